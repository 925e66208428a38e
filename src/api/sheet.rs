//! Lists as CSV (RFC 4180, UTF-8, comma, header row, point as decimal mark), safe to open in a spreadsheet: see
//! [`text_cell`], which disarms what a spreadsheet would run.

use super::view::Problem;
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headings_are_in_the_language_asked_for() {
        assert!(
            problems(&[], Lang::Fr, Lang::Fr).starts_with("id,id_facture,numéro_facture,")
                && problems(&[], Lang::En, Lang::Fr).ends_with("inferred\r\n")
        );
    }
}
