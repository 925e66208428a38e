//! The seal of an invoice: its bytes, and what is told of it beside the invoice and the report.

use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};
use axum::response::IntoResponse as _;
use serde_json::{Value, json};

use super::invoices::find;
use super::problem::{Answer, Code, Problem};
use super::{App, view};
use crate::signature::{SIGNED, SealFacts, UNSIGNED, unsigned};

/// The company's key, as far as anybody may know.
pub trait SealState: Send + Sync {
    /// `ok`, `expires in N days`, `expired`, `not yet valid` or `unreadable`; with `; new files refused`
    /// behind it where the files changed and the former pair stays in force.
    fn state(&self) -> String;
}

/// `GET /v1/invoices/{id}/seal`: the detached signature over exactly the bytes of `…/document` (CAdES B-B, DER).
pub async fn bytes(State(app): State<App>, Path(id): Path<String>) -> Answer {
    let row = find(&app, &id).await?;
    let Some(facts) = &row.seal else {
        return Err(Problem::new(
            Code::NoSeal,
            "La facture n'est pas cachetée : elle n'est pas encore partie, ou aucune clé n'est configurée ([seal]).",
            "The invoice bears no seal: it has not left yet, or no key is configured ([seal]).",
        ));
    };
    let Some(bytes) = app.store.seal(&row.id).await? else {
        tracing::error!(invoice = %row.id, "the seal is not in the store");
        return Err(Problem::new(
            Code::Facteur,
            "Le cachet manque dans le magasin : c'est une faute de facteur ou de la machine.",
            "The seal is missing from the store: a fault of facteur or of the machine.",
        ));
    };
    let headers = [
        (CONTENT_TYPE, "application/pkcs7-signature".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{}.p7s\"", row.id)),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        (ETAG, format!("\"{}\"", facts.sha256)),
    ];
    Ok((headers, bytes).into_response())
}

/// A seal as invoices and reports show it.
pub fn shown(seal: Option<&SealFacts>) -> Value {
    let Some(facts) = seal else {
        return json!({ "state": UNSIGNED, "words": unsigned() });
    };
    json!({
        "state": SIGNED,
        "words": facts.words(),
        "qualification": facts.qualification,
        "format": facts.format,
        "subject": facts.subject,
        "issuer": facts.issuer,
        "serial": facts.serial,
        "certificate_sha256": facts.certificate_sha256,
        "algorithm": facts.algorithm,
        "signed_at": view::time(facts.signed_at),
        "not_after": view::time(facts.not_after),
        "sha256": facts.sha256,
    })
}

/// A report with the seal as its last member; whatever the judgement wrote stays byte for byte as it was.
pub fn into_report(report: String, seal: Option<&SealFacts>) -> String {
    match report.trim_end().strip_suffix('}') {
        Some(open) => {
            let comma = if open.trim_end().ends_with('{') { "" } else { "," };
            format!("{open}{comma}\"seal\":{}}}", shown(seal))
        }
        None => report,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_gets_its_seal_and_stays_what_it_was() {
        let report = r#"{"schema":"facteur-report/1","findings":[]}"#;
        let sealed = into_report(report.into(), None);
        assert!(sealed.starts_with(r#"{"schema":"facteur-report/1","findings":[],"seal":{"#), "{sealed}");
        let value: Value = serde_json::from_str(&sealed).unwrap();
        assert_eq!(value["seal"]["state"], "unsigned");
        assert_eq!(value["seal"]["words"], json!({ "fr": "non signé", "en": "unsigned" }));
        let facts = SealFacts { signed_at: 1_795_219_200_000, ..SealFacts::default() };
        let value: Value = serde_json::from_str(&into_report("{}".into(), Some(&facts))).unwrap();
        assert_eq!(value["seal"]["state"], "signed");
        assert_eq!(value["seal"]["signed_at"], "2026-11-21T00:00:00.000Z");
        assert_eq!(value["seal"]["qualification"], "not-qualified");
        assert_eq!(into_report("text".into(), None), "text");
    }
}
