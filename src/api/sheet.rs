//! Lists as CSV (RFC 4180, UTF-8, comma, header row, point as decimal mark), safe to open in a spreadsheet: see
//! [`text_cell`], which disarms what a spreadsheet would run.

use super::view::{self, Problem};
use crate::store::InvoiceRow;
use crate::story::words;
use crate::text::{Lang, amount_cell, name_cell, text_cell};

type Column = (&'static str, &'static str, fn(&Problem, Lang) -> String);

/// Heading in English and in French, and what stands under it.
const PROBLEMS: [Column; 23] = [
    ("id", "id", |p, _| text_cell(&p.id)),
    ("invoice_id", "id_facture", |p, _| text_cell(&p.invoice_id)),
    ("invoice_number", "numéro_facture", |p, _| p.invoice_number.as_deref().map_or_else(String::new, name_cell)),
    ("customer", "client", |p, _| name_cell(&p.customer)),
    ("customer_name", "nom_client", |p, _| name_cell(&p.customer_name)),
    ("cause", "cause", |p, _| text_cell(&p.cause)),
    ("cause_label", "libellé_cause", |p, lang| {
        p.cause_label.as_ref().map_or_else(String::new, |l| text_cell(l.get(lang)))
    }),
    ("said", "dit_par", |p, _| words::said_id(p.said).to_owned()),
    ("code", "code", |p, _| text_cell(&p.code)),
    ("text", "texte", |p, _| optional(&p.text)),
    ("message", "constat", |p, lang| p.message.as_ref().map_or_else(String::new, |m| text_cell(m.get(lang)))),
    ("amount", "montant", |p, _| optional(&p.amount)),
    ("currency", "devise", |p, _| optional(&p.currency)),
    ("opened_at", "ouvert_le", |p, _| optional(&p.opened_at)),
    ("closed_at", "clos_le", |p, _| optional(&p.closed_at)),
    ("closed_why", "clos_par", |p, _| optional(&p.closed_why)),
    ("owner", "responsable", |p, _| optional(&p.owner)),
    ("next_action", "prochaine_action", |p, _| optional(&p.next_action)),
    ("next_action_on", "prochaine_action_le", |p, _| p.next_action_on.map_or_else(String::new, |day| day.to_string())),
    ("suggestion", "proposition", |p, lang| {
        p.suggestion.as_ref().or(p.advice.as_ref()).map_or_else(String::new, |s| text_cell(s.get(lang)))
    }),
    ("acts", "à_faire_par", |p, _| text_cell(&p.acts)),
    ("rule", "règle", |p, _| optional(&p.rule)),
    ("inferred", "déduit", |p, _| p.inferred.to_string()),
];

/// One row a problem; facteur's own words in one language, the headings in the same or, for programs, in English.
pub fn problems<'p>(list: impl IntoIterator<Item = &'p Problem>, headings: Lang, lang: Lang) -> String {
    let mut out = headed(headings);
    list.into_iter().for_each(|problem| add(&mut out, problem, lang));
    out
}

/// The line of headings.
pub fn headed(headings: Lang) -> String {
    PROBLEMS.map(|(en, fr, _)| if headings == Lang::Fr { fr } else { en }).join(",") + "\r\n"
}

/// Adds the row of a problem.
pub fn add(out: &mut String, problem: &Problem, lang: Lang) {
    for (at, (.., cell)) in PROBLEMS.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        out.push_str(&cell(problem, lang));
    }
    out.push_str("\r\n");
}

/// A text that may be missing. An amount is a text here as well: it comes from an invoice, and may be anything.
fn optional(text: &Option<String>) -> String {
    text.as_deref().map_or_else(String::new, amount_cell)
}

type InvoiceColumn = (&'static str, &'static str, fn(&InvoiceRow, Lang) -> String);

/// Heading in English and in French, and what stands under it.
const INVOICES: [InvoiceColumn; 18] = [
    ("id", "id", |row, _| text_cell(&row.id)),
    ("number", "numéro", |row, _| row.facts.number.as_deref().map_or_else(String::new, name_cell)),
    ("issued", "émise_le", |row, _| optional(&row.facts.issued)),
    ("seller", "vendeur", |row, _| row.facts.seller.as_deref().map_or_else(String::new, name_cell)),
    ("customer", "client", |row, _| row.facts.customer.as_deref().map_or_else(String::new, name_cell)),
    ("customer_name", "nom_client", |row, _| row.facts.customer_name.as_deref().map_or_else(String::new, name_cell)),
    ("amount", "montant", |row, _| row.facts.amount().map(|amount| amount.to_string()).unwrap_or_default()),
    ("currency", "devise", |row, _| optional(&row.facts.currency)),
    ("state", "état", |row, _| row.state.map_or_else(String::new, |state| state.as_str().to_owned())),
    ("verdict", "verdict", |row, _| optional(&row.verdict)),
    ("waived", "par_dérogation", |row, _| row.waived.to_string()),
    ("lowered", "règle_abaissée", |row, _| row.lowered.to_string()),
    ("verdict_label", "libellé_verdict", |row, lang| {
        let verdict = row.verdict.as_deref();
        verdict.map_or_else(String::new, |v| text_cell(words::verdict_by(v, row.waived, row.lowered, lang)))
    }),
    ("platform", "plateforme", |row, _| optional(&row.platform)),
    ("reference", "référence", |row, _| row.reference.as_deref().map_or_else(String::new, name_cell)),
    ("released_by", "libérée_par", |row, _| row.released.as_ref().map_or_else(String::new, |r| name_cell(&r.author))),
    ("released_why", "libérée_motif", |row, _| {
        row.released.as_ref().map_or_else(String::new, |r| text_cell(&r.reason))
    }),
    ("received_at", "reçue_le", |row, _| optional(&view::time(row.received_at))),
];

/// The line of headings of a list of invoices.
pub fn headed_invoices(headings: Lang) -> String {
    INVOICES.map(|(en, fr, _)| if headings == Lang::Fr { fr } else { en }).join(",") + "\r\n"
}

/// Adds the row of an invoice.
pub fn add_invoice(out: &mut String, row: &InvoiceRow, lang: Lang) {
    let cells: Vec<String> = INVOICES.iter().map(|(.., cell)| cell(row, lang)).collect();
    out.push_str(&cells.join(","));
    out.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invoice_in_a_sheet_runs_nothing() {
        let facts = crate::store::Facts {
            number: Some("=cmd|' /C calc'!A0".into()),
            seller: Some("+SUM(A1)".into()),
            customer_name: Some("a,\"b\"\n@c".into()),
            ..Default::default()
        };
        let row =
            InvoiceRow { id: "ab".into(), facts, verdict: Some("valid".into()), lowered: true, ..Default::default() };
        let mut out = headed_invoices(Lang::Fr);
        add_invoice(&mut out, &row, Lang::Fr);
        assert!(out.starts_with("id,numéro,") && out.contains(",true,\"valide, règle officielle abaissée\","), "{out}");
        for cell in ["=cmd", "+SUM", "@c"] {
            let at = out.find(cell).unwrap();
            assert!(!matches!(out.as_bytes()[at - 1], b',' | b'"'), "{cell}: {out}");
        }
    }

    #[test]
    fn headings_are_in_the_language_asked_for() {
        assert!(
            problems(&[], Lang::Fr, Lang::Fr).starts_with("id,id_facture,numéro_facture,")
                && problems(&[], Lang::En, Lang::Fr).ends_with("inferred\r\n")
        );
    }
}
