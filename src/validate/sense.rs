//! What the official artefacts let pass and no receiver can read: warnings of our own, which change no verdict.

use crate::invoice::{Bad, Invoice, Kind, Occurrence, Syntax, Value};
use crate::rules::{Finding, Severity};
use crate::text::Text;

/// Dates that are no day of the calendar, or not in the form that the norm reads, where nothing else says so.
pub(super) fn findings(invoice: &Invoice<'_>, said: &[Finding]) -> Vec<Finding> {
    invoice
        .occurrences()
        .filter(|o| o.term().kind() == Kind::Date && !o.is_echo())
        .filter_map(|o| Some((o, odd(o.value())?)))
        .map(|(o, bad)| date(invoice.syntax(), o, bad))
        .filter(|f| !said.iter().any(|s| s.place == f.place && s.severity == Severity::Fatal))
        .collect()
}

fn odd(value: Value) -> Option<Bad> {
    match value {
        Value::Bad(bad @ (Bad::NotADay | Bad::DateFormat)) => Some(bad),
        _ => None,
    }
}

fn date(syntax: Syntax, date: Occurrence<'_>, bad: Bad) -> Finding {
    let term = date.term();
    let form = if syntax.is_ubl() { ["AAAA-MM-JJ", "YYYY-MM-DD"] } else { ["AAAAMMJJ", "YYYYMMDD"] };
    let found = crate::rules::predicate::quote(date.trimmed());
    let (fr, en) = match bad {
        Bad::DateFormat => (
            "n'est pas au format 102 : aucune règle ne la regarde, un destinataire ne la lira pas",
            "is not in format 102: no rule looks at it, a receiver will not read it",
        ),
        _ => (
            "n'est pas un jour du calendrier ; la référence officielle ne le voit pas",
            "is no day of the calendar; the official artefact does not see it",
        ),
    };
    Finding {
        rule: "FCT-DATE".to_owned(),
        group: "FCT-DATE".to_owned(),
        severity: Severity::Warning,
        pack: "structure".to_owned(),
        terms: vec![term.id().to_owned()],
        place: Some(date.place()),
        expected: Some(form[1].to_owned()),
        message: Text::new(format!("« {found} » ({term}) {fr}."), format!("\"{found}\" ({term}) {en}.")),
        fix: Text::new(
            format!("Écrire un jour du calendrier, {}.", form[0]),
            format!("Write a day of the calendar, {}.", form[1]),
        ),
        found: Some(found),
    }
}
