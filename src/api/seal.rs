//! The seal of an invoice: its bytes, and what is told of it beside the invoice and the report.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse as _;
use serde::Serialize;
use utoipa::ToSchema;

use super::invoices::find;
use super::problem::{Answer, Code, Problem};
use super::query::{Id, Plain};
use super::{App, form, view};
use crate::crypto::Standing;
use crate::report::Report;
use crate::signature::{SIGNED, SealFacts, UNSIGNED, days_left, unsigned};
use crate::text::Text;

/// The company's key, as far as anybody may know.
pub trait SealState: Send + Sync {
    fn state(&self) -> SealHealth;
}

/// How the key is, without a name or a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SealHealth {
    /// None where its files cannot be used.
    pub standing: Option<Standing>,
    /// From how many days before its end on the certificate is told to end.
    pub warn_days: i64,
    /// The files changed into some that cannot be used; the former key is still in force.
    pub refused: bool,
}

impl SealHealth {
    /// As `/readyz` tells it in English: `ok`, `expires in N days` (`within a day`), `expired`, `not yet valid` or `unreadable`;
    /// with `; new files refused` behind it where that happened.
    pub fn text(&self) -> Text {
        let (mut fr, mut en) = match self.standing {
            None => ("illisible : les envois attendent".to_owned(), "unreadable".to_owned()),
            Some(Standing::Valid(days)) if days > self.warn_days => ("en ordre".to_owned(), "ok".to_owned()),
            Some(Standing::Valid(days)) => {
                let left = days_left(days);
                (format!("expire {}", left.fr), format!("expires {}", left.en))
            }
            Some(Standing::Expired) => ("expiré : les envois attendent".to_owned(), "expired".to_owned()),
            Some(Standing::NotYet) => {
                ("pas encore valable : les envois attendent".to_owned(), "not yet valid".to_owned())
            }
        };
        if self.refused {
            fr += " ; nouveaux fichiers refusés";
            en += "; new files refused";
        }
        Text::new(fr, en)
    }

    /// Nothing for a person to do.
    pub fn is_well(&self) -> bool {
        !self.refused && matches!(self.standing, Some(Standing::Valid(days)) if days > self.warn_days)
    }
}

/// Give its seal
///
/// The detached signature over exactly the bytes of `…/document?as=outgoing`, what leaves (CAdES B-B, DER).
#[utoipa::path(get, path = "/v1/invoices/{id}/seal", operation_id = "getSeal", tag = "invoices", params(Id),
    responses((status = 200, content((Vec<u8> = "application/pkcs7-signature")))))]
pub async fn bytes(State(app): State<App>, Id(id): Id, _: Plain, headers: HeaderMap) -> Answer {
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
    let said = [
        (CONTENT_TYPE, "application/pkcs7-signature".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{}.p7s\"", row.id)),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
    ];
    let mut response = (said, bytes).into_response();
    form::tagged(&headers, &format!("\"{}\"", facts.sha256), &mut response);
    Ok(response)
}

/// Whether an invoice bears our seal, and what that is worth. All but the first two members are absent without one.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Seal {
    /// `signed` or `unsigned`.
    state: &'static str,
    words: Text,
    /// What the certificate says of itself: `not-qualified`, or as far as it declares itself qualified. No trust list is consulted.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    qualification: Option<crate::crypto::Qualification>,
    /// `CAdES-B-B`.
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<String>,
    /// Common name of who sealed.
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<String>,
    /// Common name of who certified that.
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<String>,
    /// Serial number of the certificate, hexadecimal.
    #[serde(skip_serializing_if = "Option::is_none")]
    serial: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    certificate_sha256: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    signed_at: Option<String>,
    /// The end of the certificate's time.
    #[schema(format = DateTime)]
    #[serde(skip_serializing_if = "Option::is_none")]
    not_after: Option<String>,
    /// SHA-256 of the seal itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    sha256: Option<String>,
}

/// A report, and the seal that the document bears by now.
#[derive(Debug, Serialize, ToSchema)]
pub struct SealedReport {
    #[serde(flatten)]
    report: Report,
    seal: Seal,
}

impl Seal {
    /// A seal as invoices and reports show it.
    pub fn of(seal: Option<&SealFacts>) -> Self {
        let Some(facts) = seal else {
            return Self { state: UNSIGNED, words: unsigned(), ..Self::default() };
        };
        let words = facts.words();
        let facts = facts.clone();
        Self {
            state: SIGNED,
            words,
            qualification: Some(facts.qualification),
            format: Some(facts.format),
            subject: Some(facts.subject),
            issuer: Some(facts.issuer),
            serial: Some(facts.serial),
            certificate_sha256: Some(facts.certificate_sha256),
            algorithm: Some(facts.algorithm),
            signed_at: view::time(facts.signed_at),
            not_after: view::time(facts.not_after),
            sha256: Some(facts.sha256),
        }
    }
}

/// A report with the seal as its last member; whatever the judgement wrote stays byte for byte as it was.
pub fn into_report(report: String, seal: Option<&SealFacts>) -> String {
    match report.trim_end().strip_suffix('}') {
        Some(open) => {
            let comma = if open.trim_end().ends_with('{') { "" } else { "," };
            // Texts alone: this cannot fail.
            let seal = serde_json::to_string(&Seal::of(seal)).unwrap_or_default();
            format!("{open}{comma}\"seal\":{seal}}}")
        }
        None => report,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

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
