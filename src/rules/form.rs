//! Values of a finding that are words rather than signs: the form that is expected where no value is, in either language.

use std::borrow::Cow;

use super::finding::Finding;
use crate::text::{Lang, hides};

impl Finding {
    /// What was expected, as a person is told. [`Finding::expected`] itself is for programs and in no language.
    pub fn expected_in(&self, lang: Lang) -> Option<Cow<'_, str>> {
        let expected = self.expected.as_deref()?;
        // A customer's file may name any word as a value: only what is counted is a form there.
        let forms = if self.pack.starts_with("client") { &[] } else { FORMS };
        Some(in_lang(expected, lang, &[COUNTED, forms]))
    }

    /// What was found, as a person is told: as it stands in the document, but for what a container has no name for. Where blanks stand
    /// around it, which nobody would see, it stands between quotes. [`Finding::found`] itself is exactly what the document says.
    pub fn found_in(&self, lang: Lang) -> Option<Cow<'_, str>> {
        let outside = if self.rule.starts_with("FCT-PDF-") { OBJECTS } else { &[] };
        let found = self.found.as_deref()?;
        if found.starts_with(char::is_whitespace) || found.ends_with(char::is_whitespace) {
            return Some(Cow::Owned(in_quotes(found)));
        }
        Some(in_lang(found, lang, &[outside]))
    }
}

/// A text between quotes, with its blanks in sight: spaces as they are, what else is blank or hidden as `\n` or `\u{a0}`.
pub fn in_quotes(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        match c {
            ' ' => out.push(c),
            '\t' | '\n' | '\r' => out.extend(c.escape_debug()),
            c if c.is_whitespace() || hides(c) => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

type Forms = &'static [(&'static str, &'static str)];

/// Of any rule. `{}` is a whole number.
const COUNTED: Forms = &[
    ("decimal number", "nombre décimal"),
    ("≤ {} characters", "≤ {} caractères"),
    ("≥ {} characters", "≥ {} caractères"),
    ("{}–{} characters", "{}–{} caractères"),
    ("≤ {} decimals", "≤ {} décimales"),
    ("≤ {} digits, ≤ {} decimals", "≤ {} chiffres, ≤ {} décimales"),
    ("≤ {} digits, ≤ {} decimals, ≥ 0", "≤ {} chiffres, ≤ {} décimales, ≥ 0"),
];

/// Of the official rules and of our own.
const FORMS: Forms = &[
    ("{} digits, Luhn check digit", "{} chiffres, clé de contrôle de Luhn"),
    ("{} digits, sum a multiple of {}", "{} chiffres, somme multiple de {}"),
    ("whole number", "nombre entier"),
    ("language code", "code de langue"),
    ("elements", "éléments"),
    ("text", "texte"),
    ("a1, b2 (xs:ID)", "a1, b2 (xs:ID)"),
    ("YYYY-MM-DD", "AAAA-MM-JJ"),
    ("YYYYMMDD", "AAAAMMJJ"),
    ("hh:mm:ss", "hh:mm:ss"),
    ("YYYY-MM-DDThh:mm:ss", "AAAA-MM-JJThh:mm:ss"),
    ("true | false", "true | false"),
    ("base64", "base64"),
    ("https://…, urn:…", "https://…, urn:…"),
];

const OBJECTS: Forms = &[("object {}", "objet {}")];

fn in_lang<'t>(text: &'t str, lang: Lang, tables: &[Forms]) -> Cow<'t, str> {
    let french = || tables.iter().copied().flatten().find_map(|(en, fr)| Some(filled(fr, &numbers(text, en)?)));
    match lang {
        Lang::En => None,
        Lang::Fr => french(),
    }
    .map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The numbers of a text that has this form.
fn numbers<'t>(text: &'t str, form: &str) -> Option<Vec<&'t str>> {
    let mut pieces = form.split("{}");
    let mut rest = text.strip_prefix(pieces.next()?)?;
    let mut found = Vec::new();
    for piece in pieces {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (number, after) = rest.split_at(digits);
        found.push(Some(number).filter(|number| !number.is_empty())?);
        rest = after.strip_prefix(piece)?;
    }
    rest.is_empty().then_some(found)
}

fn filled(form: &str, numbers: &[&str]) -> String {
    numbers.iter().fold(form.to_owned(), |text, number| text.replacen("{}", number, 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::check::Check;

    fn said(pack: &str, expected: &str) -> String {
        let one = Finding { pack: pack.to_owned(), expected: Some(expected.to_owned()), ..Finding::default() };
        assert_eq!(one.expected_in(Lang::En).as_deref(), Some(expected));
        one.expected_in(Lang::Fr).unwrap_or_default().into_owned()
    }

    #[test]
    fn forms_are_told_in_french_and_values_as_they_stand() {
        for (pack, expected, fr) in [
            ("structure", "decimal number", "nombre décimal"),
            ("structure", "YYYY-MM-DDThh:mm:ss", "AAAA-MM-JJThh:mm:ss"),
            ("structure-d16b", "text", "texte"),
            ("en16931", "≤ 2 decimals", "≤ 2 décimales"),
            ("fr", "≤ 19 digits, ≤ 6 decimals, ≥ 0", "≤ 19 chiffres, ≤ 6 décimales, ≥ 0"),
            ("fr", "≤ 19 digits, ≤ 2 decimals", "≤ 19 chiffres, ≤ 2 décimales"),
            ("client:x", "2–35 characters", "2–35 caractères"),
            ("client:x", "text", "text"),
            ("client:x", "≤ two characters", "≤ two characters"),
            ("en16931", "YYYYMMDD", "AAAAMMJJ"),
            ("en16931", "100.00", "100.00"),
        ] {
            assert_eq!(said(pack, expected), fr, "{expected}");
        }
        let object = Finding { found: Some("object 12".into()), rule: "FCT-PDF-TWO".into(), ..Finding::default() };
        assert_eq!(object.found_in(Lang::Fr).as_deref(), Some("objet 12"));
        let written = Finding { rule: "BR-CL-01".into(), ..object };
        assert_eq!(written.found_in(Lang::Fr).as_deref(), Some("object 12"), "what a document says stays");
    }

    #[test]
    fn every_form_that_the_checks_and_the_structure_ask_for_has_its_french() {
        let lengths = [(0, 5), (5, u32::MAX), (2, 5)].map(|(min, max)| Check::Length { min, max });
        let checks = lengths.into_iter().chain([Check::Number { min: None, max: None }, Check::Decimals { max: 2 }]);
        for check in checks {
            let form = check.expected().unwrap_or_default();
            assert_ne!(said("client:x", &form), form);
        }
        use crate::formats::Lexical as L;
        let words = [L::None, L::Text, L::Token, L::Language, L::Id, L::Mixed, L::Any];
        let signs = [L::Uri, L::Decimal, L::Integer, L::Boolean, L::Date, L::Time, L::DateTime, L::Base64];
        for form in words.iter().chain(&signs).map(|lexical| lexical.describe()) {
            assert!(FORMS.iter().chain(COUNTED).any(|(en, _)| *en == form), "{form}");
        }
    }
}
