//! Values of the wrong form: what is meant where that can be told, and the form in words.

use crate::decimal;
use crate::formats::{self, Fault, FaultKind, Hint, Lexical, Read};
use crate::text::Text;

/// The one value that is meant by one of the wrong form, on an element or an attribute.
pub(super) fn meant(read: &Read<'_>, fault: &Fault) -> Option<String> {
    let form = fault.hint.form.filter(|_| fault.kind == FaultKind::Value)?;
    let tree = read.invoice.tree();
    of_a_rate(form, &tree.qualified(tree.node(fault.node).name), split(&fault.found).1)
}

/// `5,5 %` where a rate stands: what follows the number is its unit. No amount bears one.
fn of_a_rate(form: Lexical, element: &str, value: &str) -> Option<String> {
    let number = value.trim().strip_suffix('%').filter(|_| form == Lexical::Decimal && element.ends_with("Percent"));
    match number.map(str::trim_end) {
        Some(number) => formats::meant(form, number).or_else(|| decimal::parse(number).ok().map(|_| number.to_owned())),
        None => formats::meant(form, value),
    }
}

/// The attribute that holds the value, where one does, and the value.
fn split(found: &str) -> (Option<&str>, &str) {
    match found.strip_prefix('@').and_then(|rest| rest.split_once('=')) {
        Some((name, value)) => (Some(name), value),
        None => (None, found),
    }
}

/// A value of the wrong form: on an element, or on the attribute that `found` starts with.
pub(super) fn value(found: &str, expected: &str, hint: &Hint, element: &str, called: (&str, &str)) -> (Text, Text) {
    let (attribute, value) = split(found);
    let (fr, en) = match attribute {
        Some(name) => (format!("l'attribut @{name} de {element}"), format!("attribute @{name} of {element}")),
        None => (format!("{element}{}", called.0), format!("{element}{}", called.1)),
    };
    let form = hint.form.and_then(form).unwrap_or_else(|| Text::new(expected, expected));
    let form = if element.ends_with("Percent") { rate() } else { form };
    if value.trim().is_empty() {
        return (
            Text::new(format!("La valeur de {fr} est vide."), format!("The value of {en} is empty.")),
            Text::new(
                format!("Donnez la valeur : {} ; s'il n'y en a pas, retirez l'élément ou l'attribut.", form.fr),
                format!("Give the value: {}; if there is none, remove the element or attribute.", form.en),
            ),
        );
    }
    let meant = hint.form.and_then(|form| of_a_rate(form, element, value));
    let known = meant.is_some();
    let form = match meant {
        Some(meant) => Text::new(format!("{meant} : {}", form.fr), format!("{meant}: {}", form.en)),
        None => form,
    };
    let mut fix = Text::new(format!("Écrivez {}.", form.fr), format!("Write {}.", form.en));
    let doubt = hint.form.filter(|_| !known).and_then(|form| formats::doubt(form, value));
    if let Some(doubt) = doubt {
        fix = Text::new(format!("{} {}", fix.fr, doubt.fr), format!("{} {}", fix.en, doubt.en));
    }
    if hint.form == Some(Lexical::Date) && shaped(value) {
        let message = Text::new(
            format!("La valeur de {fr} n'est pas un jour du calendrier."),
            format!("The value of {en} is no day of the calendar."),
        );
        return (message, fix);
    }
    (
        Text::new(
            format!("La valeur de {fr} n'a pas la forme que la syntaxe exige."),
            format!("The value of {en} does not have the form the syntax asks for."),
        ),
        fix,
    )
}

/// The form of a value in words.
fn form(lexical: Lexical) -> Option<Text> {
    let (fr, en) = match lexical {
        Lexical::Decimal => (
            "un nombre avec un point décimal, sans espace, devise ni exposant, par exemple 1234.50",
            "a number with a decimal point, without blanks, currency or exponent, such as 1234.50",
        ),
        Lexical::Integer => ("un nombre entier, par exemple 12", "a whole number, such as 12"),
        Lexical::Boolean => ("true (oui) ou false (non)", "true (yes) or false (no)"),
        Lexical::Date => {
            ("une date AAAA-MM-JJ, par exemple 2026-11-02", "a date written YYYY-MM-DD, such as 2026-11-02")
        }
        Lexical::Time => ("une heure hh:mm:ss, par exemple 14:30:00", "a time written hh:mm:ss, such as 14:30:00"),
        Lexical::DateTime => {
            ("une date et une heure, par exemple 2026-11-02T14:30:00", "a date and time, such as 2026-11-02T14:30:00")
        }
        Lexical::Base64 => (
            "le contenu du fichier encodé en base64, sans autre caractère",
            "the content of the file encoded in base64, with no other character",
        ),
        Lexical::Language => ("un code de langue, par exemple fr ou fr-FR", "a language code, such as fr or fr-FR"),
        Lexical::Uri => (
            "une adresse sans espace ni % isolé, par exemple https://exemple.fr/liste ou urn:exemple:liste",
            "an address without a stray %, such as https://example.org/list or urn:example:list",
        ),
        _ => return None,
    };
    Some(Text::new(fr, en))
}

/// Is it written as a date is, and no such day exists?
fn shaped(value: &str) -> bool {
    let bytes = value.trim().as_bytes();
    bytes.len() == 10
        && bytes.iter().enumerate().all(|(at, b)| if matches!(at, 4 | 7) { *b == b'-' } else { b.is_ascii_digit() })
}

/// The form of a rate.
fn rate() -> Text {
    Text::new(
        "un taux en pour cent, avec un point décimal et sans signe %, par exemple 5.5",
        "a rate in per cent, with a decimal point and without the sign %, such as 5.5",
    )
}

/// A value of that form.
pub(super) fn sample(form: Lexical) -> &'static str {
    match form {
        Lexical::Decimal => "1234.50",
        Lexical::Integer => "12",
        Lexical::Boolean => "true",
        Lexical::Date => "2026-11-02",
        Lexical::Time => "14:30:00",
        Lexical::DateTime => "2026-11-02T14:30:00",
        Lexical::Base64 => "JVBERi0=",
        Lexical::Language => "fr",
        Lexical::Uri => "https://exemple.fr/liste",
        _ => "…",
    }
}
