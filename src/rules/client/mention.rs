//! Named legal mentions (`schemas/mentions.toml`): what a customer file can ask for by name, and what proves each of them.

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use crate::invoice::{Group, Invoice, Occurrence, Syntax, Term, bt};
use crate::text::Text;

/// A mention and the ways to prove it: any one of them is enough.
#[derive(Debug)]
pub struct Mention {
    /// Kebab-case, stable.
    pub id: String,
    pub name: Text,
    /// The article that asks for it.
    pub law: String,
    /// A sentence that satisfies it, where one exists.
    pub wording: Option<Text>,
    /// Codes of BT-21: a note under one of them that says something.
    subjects: Vec<String>,
    /// Terms whose texts the patterns are looked for in.
    terms: Vec<Term>,
    patterns: Vec<Regex>,
    codes: Vec<CodeRow>,
    /// Terms or groups whose presence is enough.
    present: Vec<Term>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeRow {
    term: Term,
    values: Vec<String>,
    syntax: Option<Family>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Family {
    Ubl,
    Cii,
}

/// All mentions, in the table's order.
pub fn all() -> &'static [Mention] {
    static TABLE: LazyLock<Vec<Mention>> = LazyLock::new(|| {
        // Built into the program, and read by the tests: what they accept cannot fail here.
        read(include_str!("../../../schemas/mentions.toml")).expect("schemas/mentions.toml is right")
    });
    &TABLE
}

/// The mention of this id.
pub fn named(id: &str) -> Option<&'static Mention> {
    all().iter().find(|m| m.id == id)
}

impl Mention {
    /// What proves that the invoice bears it: the first proof in document order of each way; empty where nothing does.
    pub fn proofs<'i>(&self, invoice: &'i Invoice<'i>) -> Vec<Occurrence<'i>> {
        let noted = invoice.groups(bt::BG_1).filter_map(|note| self.note(note));
        let worded = self
            .terms
            .iter()
            .flat_map(|term| invoice.all(*term))
            .filter(|o| self.patterns.iter().any(|p| p.is_match(o.trimmed())));
        let coded = self
            .codes
            .iter()
            .filter(|row| row.holds_for(invoice.syntax()))
            .flat_map(|row| invoice.all(row.term).filter(|o| row.values.iter().any(|v| v == o.trimmed())));
        let present = self.present.iter().filter_map(|term| content(invoice, *term));
        let first =
            [noted.into_iter().next(), worded.into_iter().next(), coded.into_iter().next(), present.into_iter().next()];
        let mut out: Vec<Occurrence<'i>> = Vec::new();
        for proof in first.into_iter().flatten() {
            // One value may prove in two ways: by its code and by its wording.
            if !out.iter().any(|o| o.place() == proof.place()) {
                out.push(proof);
            }
        }
        out
    }

    /// The text of a note under one of the mention's subject codes, where it says anything.
    fn note<'i>(&self, note: Group<'i>) -> Option<Occurrence<'i>> {
        let code = note.first(bt::BT_21)?.trimmed();
        if !self.subjects.iter().any(|s| s == code) {
            return None;
        }
        note.all(bt::BT_22).find(|text| text.text().chars().any(char::is_alphanumeric))
    }

    /// Is its wording in this text?
    pub fn is_in(&self, text: &str) -> bool {
        self.patterns.iter().any(|p| p.is_match(text))
    }

    /// The terms in which it is looked for, as findings name them.
    pub fn places(&self) -> Vec<Term> {
        let notes = (!self.subjects.is_empty()).then_some(bt::BT_22);
        let codes = self.codes.iter().map(|row| row.term);
        let mut out: Vec<Term> = Vec::new();
        for term in notes.into_iter().chain(self.terms.iter().copied()).chain(codes).chain(self.present.iter().copied())
        {
            if !out.contains(&term) {
                out.push(term);
            }
        }
        out
    }

    /// The subject codes under which a note proves it.
    pub fn subjects(&self) -> &[String] {
        &self.subjects
    }
}

impl CodeRow {
    fn holds_for(&self, syntax: Syntax) -> bool {
        self.syntax.is_none_or(|family| (family == Family::Ubl) == syntax.is_ubl())
    }
}

/// Something that is not blank in the term, or in a term of the group.
fn content<'i>(invoice: &'i Invoice<'i>, term: Term) -> Option<Occurrence<'i>> {
    let of = |term| invoice.all(term).find(|o| !o.trimmed().is_empty());
    if !term.is_group() {
        return of(term);
    }
    super::terms_of(term).find_map(of)
}

/// The table as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    mention: Vec<Row>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    name: Text,
    law: String,
    wording: Option<Text>,
    #[serde(default)]
    subjects: Vec<String>,
    #[serde(default)]
    terms: Vec<Term>,
    #[serde(default)]
    patterns: Vec<String>,
    #[serde(default)]
    codes: Vec<CodeRow>,
    #[serde(default)]
    present: Vec<Term>,
}

fn read(text: &str) -> Result<Vec<Mention>, String> {
    let file: File = toml::from_str(text).map_err(|e| e.to_string())?;
    file.mention.into_iter().map(mention).collect()
}

fn mention(row: Row) -> Result<Mention, String> {
    let Row { id, name, law, wording, subjects, terms, patterns, codes, present } = row;
    let compile = |p: &String| RegexBuilder::new(p).case_insensitive(true).build().map_err(|e| format!("{id}: {e}"));
    let patterns = patterns.iter().map(compile).collect::<Result<Vec<_>, _>>()?;
    if terms.is_empty() != patterns.is_empty() {
        return Err(format!("{id}: terms and patterns go together"));
    }
    if subjects.is_empty() && patterns.is_empty() && codes.is_empty() && present.is_empty() {
        return Err(format!("{id}: nothing proves it"));
    }
    Ok(Mention { id, name, law, wording, subjects, terms, patterns, codes, present })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::formats;

    #[test]
    fn the_table_is_right() {
        let mentions = read(include_str!("../../../schemas/mentions.toml")).unwrap();
        assert!(mentions.len() >= 15, "{}", mentions.len());
        let ids: HashSet<_> = mentions.iter().map(|m| &m.id).collect();
        assert_eq!(ids.len(), mentions.len(), "an id is used twice");
        for m in &mentions {
            assert!(!m.name.fr.is_empty() && !m.name.en.is_empty() && !m.law.is_empty(), "{}", m.id);
            assert!(!m.places().is_empty(), "{}", m.id);
            assert!(m.codes.iter().all(|row| !row.term.is_group() && !row.values.is_empty()), "{}", m.id);
        }
    }

    #[test]
    fn its_own_wording_proves_a_mention_that_is_looked_for_in_notes() {
        for m in all().iter().filter(|m| m.terms.contains(&bt::BT_22)) {
            let Some(wording) = &m.wording else { continue };
            for text in [&wording.fr, &wording.en] {
                if text.starts_with("Indiquer")
                    || text.starts_with("Give")
                    || text.contains("give the")
                    || text.contains("indiquer")
                {
                    continue;
                }
                let xml = note(text);
                assert_eq!(m.proofs(&formats::read(xml.as_bytes()).unwrap().invoice).len(), 1, "{}: {text}", m.id);
            }
        }
    }

    #[test]
    fn a_note_proves_by_its_code_only_if_it_says_something() {
        let m = named("early-payment-discount").unwrap();
        for (text, proven) in [
            ("#AAB#Néant", 1),
            ("#AAB#", 0),
            ("#AAB# - ", 0),
            ("#PMT#Néant", 0),
            ("Néant", 0),
            ("Pas d\u{2019}ESCOMPTE", 1),
            ("#AAB#Aucun escompte", 1),
        ] {
            let xml = note(text);
            assert_eq!(m.proofs(&formats::read(xml.as_bytes()).unwrap().invoice).len(), proven, "{text}");
        }
    }

    #[test]
    fn a_code_of_one_syntax_proves_nothing_in_the_other() {
        let m = named("vat-on-debits").unwrap();
        let ubl = |code: &str| {
            format!(
                r#"<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"><cac:InvoicePeriod><cbc:DescriptionCode>{code}</cbc:DescriptionCode></cac:InvoicePeriod></Invoice>"#
            )
        };
        for (code, proven) in [("3", 1), ("5", 0)] {
            let xml = ubl(code);
            assert_eq!(m.proofs(&formats::read(xml.as_bytes()).unwrap().invoice).len(), proven, "{code}");
        }
    }

    #[test]
    fn a_group_proves_by_its_content_only() {
        let m = named("delivery-date").unwrap();
        let period = |inside: &str| {
            format!(
                r#"<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"><cac:InvoicePeriod>{inside}</cac:InvoicePeriod></Invoice>"#
            )
        };
        for (inside, proven) in
            [("", 0), ("<cbc:StartDate> </cbc:StartDate>", 0), ("<cbc:EndDate>2026-10-31</cbc:EndDate>", 1)]
        {
            let xml = period(inside);
            assert_eq!(m.proofs(&formats::read(xml.as_bytes()).unwrap().invoice).len(), proven, "{inside}");
        }
    }

    fn note(text: &str) -> String {
        format!(
            r#"<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"><cbc:Note>{text}</cbc:Note></Invoice>"#
        )
    }
}
