//! What the official artefacts let pass and no receiver can read: warnings of our own, which change no verdict.

use std::collections::HashSet;

use crate::day::Day;
use crate::formats::{self, Lexical, put_right};
use crate::invoice::{Bad, Invoice, Kind, Occurrence, Place, Value};
use crate::rules::{Finding, Severity};
use crate::text::Text;

/// Dates that are no day of the calendar, or not in the form that the norm reads; attachments with characters that base64 does not
/// have. Only where nothing else says so.
pub(super) fn findings(invoice: &Invoice<'_>, said: &[Finding]) -> Vec<Finding> {
    let odd: Vec<Finding> = invoice
        .occurrences()
        .filter(|o| !o.is_echo())
        .filter_map(|o| match o.term().kind() {
            Kind::Date => odd(o.value()).map(|bad| date(invoice, o, bad)),
            Kind::Binary if !o.is_attribute() => strays(o.text()).map(|stray| base64(o, stray)),
            _ => None,
        })
        .collect();
    if odd.is_empty() {
        return odd;
    }
    // A path tells an element or attribute from all others.
    let path = |finding: &'_ Finding| match &finding.place {
        Some(Place::Xml { path, .. }) => Some(path.clone()),
        _ => None,
    };
    let fatal: HashSet<String> = said.iter().filter(|s| s.severity == Severity::Fatal).filter_map(path).collect();
    odd.into_iter().filter(|f| path(f).is_none_or(|path| !fatal.contains(&path))).collect()
}

fn odd(value: Value) -> Option<Bad> {
    match value {
        Value::Bad(bad @ (Bad::NotADay | Bad::DateFormat)) => Some(bad),
        _ => None,
    }
}

fn date(invoice: &Invoice<'_>, date: Occurrence<'_>, bad: Bad) -> Finding {
    let syntax = invoice.syntax();
    let term = date.term();
    let form = if syntax.is_ubl() { ["AAAA-MM-JJ", "YYYY-MM-DD"] } else { ["AAAAMMJJ", "YYYYMMDD"] };
    let found = crate::rules::predicate::quote(date.trimmed());
    // The day is right, and its attribute is what keeps it from being read.
    let tree = invoice.tree();
    let format = tree.attributes(date.node()).iter().find(|a| tree.qualified(a.name) == "format");
    let code = format.map(|attribute| crate::rules::predicate::quote(tree.text(attribute.value).trim()));
    let is_day = !syntax.is_ubl() && Day::parse_102(date.trimmed()).is_some();
    let (fr, en) = match bad {
        Bad::DateFormat if is_day && code.is_none() => (
            "n'a pas d'attribut format=\"102\" : aucune règle ne la regarde, un destinataire ne la lira pas",
            "has no attribute format=\"102\": no rule looks at it, a receiver will not read it",
        ),
        Bad::DateFormat => (
            "n'est pas au format 102 : aucune règle ne la regarde, un destinataire ne la lira pas",
            "is not in format 102: no rule looks at it, a receiver will not read it",
        ),
        _ => (
            "n'est pas un jour du calendrier ; la référence officielle ne le voit pas",
            "is no day of the calendar; the official artefact does not see it",
        ),
    };
    let doubt = formats::doubt(Lexical::Date, date.trimmed());
    let doubt = doubt.map_or(Text::new("", ""), |d| Text::new(format!(" {}", d.fr), format!(" {}", d.en)));
    Finding {
        rule: "FCT-DATE".to_owned(),
        group: "FCT-DATE".to_owned(),
        severity: Severity::Warning,
        pack: "structure".to_owned(),
        terms: vec![term.id().to_owned()],
        place: Some(date.place()),
        expected: Some(if is_day { "format=\"102\"".to_owned() } else { form[1].to_owned() }),
        message: Text::new(format!("« {found} » ({term}) {fr}."), format!("\"{found}\" ({term}) {en}.")),
        fix: match is_day {
            true => Text::new("Écrire format=\"102\".", "Write format=\"102\"."),
            false => Text::new(
                format!("Écrire un jour du calendrier, {}.{}", form[0], doubt.fr),
                format!("Write a day of the calendar, {}.{}", form[1], doubt.en),
            ),
        },
        example: example(invoice, date),
        found: Some(found),
        ..Finding::default()
    }
}

/// The element with the day that is meant where there is one, else one of ours: both in the form that the norm reads.
fn example(invoice: &Invoice<'_>, date: Occurrence<'_>) -> Option<String> {
    let (tree, syntax) = (invoice.tree(), invoice.syntax());
    let [day] = formats::days(date.text())[..] else {
        return formats::example(syntax, date.term(), None);
    };
    let iso = day.to_string();
    Some(match syntax.is_ubl() {
        true => put_right(tree, date.node(), Some(&iso), None, None),
        false => put_right(tree, date.node(), Some(&iso.replace('-', "")), Some(("format", "102")), None),
    })
}

/// The first character that is neither of base64 nor a blank.
fn strays(text: &str) -> Option<char> {
    text.chars().find(|c| !c.is_ascii_alphanumeric() && !matches!(c, '+' | '/' | '=' | ' ' | '\t' | '\r' | '\n'))
}

fn base64(attachment: Occurrence<'_>, stray: char) -> Finding {
    let term = attachment.term();
    let code = format!("U+{:04X}", u32::from(stray));
    Finding {
        rule: "FCT-BASE64".to_owned(),
        group: "FCT-BASE64".to_owned(),
        severity: Severity::Warning,
        pack: "structure".to_owned(),
        terms: vec![term.id().to_owned()],
        place: Some(attachment.place()),
        expected: Some("base64".to_owned()),
        message: Text::new(
            format!(
                "La pièce jointe ({term}) contient {code}, qui n'est pas de base64 : un destinataire l'ignore, un autre la refuse."
            ),
            format!(
                "The attachment ({term}) holds {code}, which is not base64: one receiver ignores it, another refuses it."
            ),
        ),
        fix: Text::new(
            "Encoder le fichier à nouveau, sans autre caractère.",
            "Encode the file again, with no other character.",
        ),
        found: Some(code),
        ..Finding::default()
    }
}
