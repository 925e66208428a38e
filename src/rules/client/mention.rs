//! Named legal mentions (`schemas/mentions.toml`): what a customer file can ask for by name, and what proves each of them.

use std::ops::Range;
use std::sync::{LazyLock, OnceLock};

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

use crate::day::Day;
use crate::invoice::{Group, Invoice, Occurrence, Syntax, Term, bt};
use crate::rules::Condition;
use crate::text::{Text, plain};

use super::denial;

/// A mention and the ways to prove it: any one of them is enough.
#[derive(Debug)]
pub struct Mention {
    /// Kebab-case, stable.
    pub id: String,
    rule: String,
    pub name: Text,
    /// The article that asks for it.
    pub law: String,
    /// A sentence that satisfies it, where one exists.
    pub wording: Option<Text>,
    /// Codes of BT-21: a note under one of them that says something.
    subjects: Vec<String>,
    /// In which texts which words are looked for.
    worded: Vec<Worded>,
    /// What is about something else, or denies it within the words themselves.
    denied: Vec<Wording>,
    /// "Pas d'escompte" is a mention of it; of the others, a text that denies it is none.
    deniable: bool,
    codes: Vec<CodeRow>,
    /// Terms or groups whose presence is enough.
    present: Vec<Term>,
    /// Its parts, each of which has to be there; then nothing else proves it.
    needs: Vec<Need>,
    /// Where it is never due, whoever asks for it by its name.
    pub except: Option<Condition>,
    /// When it is asked of every invoice of a French seller; none where only a customer's file asks.
    pub check: Option<Check>,
}

/// Words as a pattern of plain text (`text::plain`), compiled when first looked for: most invoices prove by codes.
#[derive(Debug)]
struct Wording {
    source: String,
    compiled: OnceLock<Option<Regex>>,
}

/// Terms whose texts are searched, and for what.
#[derive(Debug)]
struct Worded {
    terms: Vec<Term>,
    patterns: Vec<Wording>,
}

/// A part of a mention: one of some terms, in the document or in each instance of a group.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Need {
    pub any: Vec<Term>,
    pub each: Option<Term>,
    #[serde(default, deserialize_with = "condition")]
    pub when: Option<Condition>,
    /// Official rules that say the same.
    #[serde(default)]
    pub said: Vec<String>,
}

/// When a mention is due.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Check {
    /// The same in words.
    pub asked: Text,
    #[serde(default, deserialize_with = "condition")]
    pub when: Option<Condition>,
    pub from: Option<Day>,
    /// The mention that makes this one needless.
    pub unless: Option<String>,
    #[serde(default)]
    pub also: Vec<Term>,
    /// Official rules that say the same: no second finding.
    #[serde(default)]
    pub said: Vec<String>,
    /// Official rules that judge just this: not asked where they ran.
    #[serde(default)]
    pub judged_by: Vec<String>,
}

/// A part of a mention that is not there, and the instance of the group in which it is missing.
pub struct Missing<'m, 'i> {
    pub need: &'m Need,
    pub within: Group<'i>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct CodeRow {
    term: Term,
    #[serde(default)]
    values: Vec<String>,
    /// Instead of `values`: any code but these, each by its beginning.
    #[serde(default)]
    but: Vec<String>,
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
        read(TABLE_AS_JSON).expect("schemas/mentions.toml is right")
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
        if !self.needs.is_empty() {
            return if self.missing(invoice).is_empty() { self.parts(invoice) } else { Vec::new() };
        }
        let noted = invoice.groups(bt::BG_1).filter_map(|note| self.note(note));
        let worded = self.worded.iter().flat_map(|worded| {
            let texts = worded.terms.iter().flat_map(|term| invoice.all(*term));
            texts.filter(|o| self.says(&worded.patterns, o.trimmed()))
        });
        let coded = self
            .codes
            .iter()
            .filter(|row| row.holds_for(invoice.syntax()))
            .flat_map(|row| invoice.all(row.term).filter(|o| row.is(o.trimmed())));
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

    /// Is there any proof? The same question, without looking for more than one.
    pub fn is_proven(&self, invoice: &Invoice<'_>) -> bool {
        if !self.needs.is_empty() {
            return self.missing(invoice).is_empty();
        }
        let coded =
            |row: &CodeRow| row.holds_for(invoice.syntax()) && invoice.all(row.term).any(|o| row.is(o.trimmed()));
        invoice.groups(bt::BG_1).any(|note| self.note(note).is_some())
            || self.codes.iter().any(coded)
            || self.present.iter().any(|term| content(invoice, *term).is_some())
            || self.worded.iter().any(|worded| {
                let mut texts = worded.terms.iter().flat_map(|term| invoice.all(*term));
                texts.any(|o| self.says(&worded.patterns, o.trimmed()))
            })
    }

    /// The parts that are not there, each once, in the first instance that lacks it.
    pub fn missing<'i>(&self, invoice: &'i Invoice<'i>) -> Vec<Missing<'_, 'i>> {
        self.needs.iter().filter_map(|need| need.missing(invoice).map(|within| Missing { need, within })).collect()
    }

    /// What fills each part, first in the document.
    fn parts<'i>(&self, invoice: &'i Invoice<'i>) -> Vec<Occurrence<'i>> {
        self.needs.iter().filter_map(|need| need.any.iter().find_map(|term| content(invoice, *term))).collect()
    }

    /// Is a term or group of the check's own list there?
    pub fn is_met_otherwise(&self, invoice: &Invoice<'_>) -> bool {
        let also = self.check.iter().flat_map(|check| &check.also);
        also.copied().any(|term| content(invoice, term).is_some())
    }

    /// Is it made of parts that all have to be there?
    pub fn has_parts(&self) -> bool {
        !self.needs.is_empty()
    }

    pub fn needs(&self) -> &[Need] {
        &self.needs
    }

    /// `FCT-MENTION-` and its id in capitals: what its check is called.
    pub fn rule(&self) -> &str {
        &self.rule
    }

    /// The text of a note under one of the mention's subject codes, where it says anything.
    fn note<'i>(&self, note: Group<'i>) -> Option<Occurrence<'i>> {
        let code = note.first(bt::BT_21)?.trimmed();
        if !self.subjects.iter().any(|s| s == code) {
            return None;
        }
        note.all(bt::BT_22).find(|text| text.text().chars().any(char::is_alphanumeric))
    }

    /// Does a text speak of it, be it to deny it?
    pub fn is_like(&self, text: &str) -> bool {
        let text = plain(text);
        self.worded.iter().any(|worded| worded.patterns.iter().any(|p| p.is_in(&text)))
    }

    /// Does a text say it, and not only that it is not so?
    fn says(&self, patterns: &[Wording], text: &str) -> bool {
        let text = plain(text);
        patterns.iter().any(|pattern| pattern.matches(&text).any(|at| !self.is_denied(&text, at)))
    }

    fn is_denied(&self, text: &str, at: Range<usize>) -> bool {
        let overlaps = |other: Range<usize>| other.start < at.end && at.start < other.end;
        self.denied.iter().any(|denied| denied.matches(text).any(overlaps))
            || self.deniable && denial::is_denied(text, at)
    }

    /// The codes that prove it, each row as `BT-8 = 3 (UBL)`.
    pub fn coded(&self) -> Vec<Text> {
        let row = |row: &CodeRow| {
            let family = match row.syntax {
                Some(Family::Ubl) => " (UBL)",
                Some(Family::Cii) => " (CII)",
                None => "",
            };
            let (term, values) = (row.term, row.values.join(" | "));
            match row.values.is_empty() {
                true => Text::new(format!("un code en {term}"), format!("a code in {term}")),
                false => Text::new(format!("{term} = {values}{family}"), format!("{term} = {values}{family}")),
            }
        };
        self.codes.iter().map(row).collect()
    }

    /// The terms whose texts may say it.
    pub fn texts(&self) -> Vec<Term> {
        let mut out: Vec<Term> = Vec::new();
        let notes = (!self.subjects.is_empty()).then_some(bt::BT_22);
        for term in notes.into_iter().chain(self.worded.iter().flat_map(|worded| worded.terms.iter().copied())) {
            if !out.contains(&term) {
                out.push(term);
            }
        }
        out
    }

    /// The terms in which it is looked for, as findings name them.
    pub fn places(&self) -> Vec<Term> {
        let notes = (!self.subjects.is_empty()).then_some(bt::BT_22);
        let codes = self.codes.iter().map(|row| row.term);
        let needed = self.needs.iter().flat_map(|need| need.any.iter().copied());
        let mut out: Vec<Term> = Vec::new();
        for term in notes.into_iter().chain(self.texts()).chain(codes).chain(self.present.iter().copied()).chain(needed)
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

impl Need {
    /// The first instance in which none of the terms is there.
    fn missing<'i>(&self, invoice: &'i Invoice<'i>) -> Option<Group<'i>> {
        let lacks = |scope: &Group<'i>| {
            self.when.as_ref().is_none_or(|when| when.holds(*scope))
                && !self.any.iter().any(|term| scope.all(*term).any(|o| !o.trimmed().is_empty()))
        };
        match self.each {
            None => Some(invoice.document()).filter(lacks),
            Some(group) => invoice.groups(group).find(lacks),
        }
    }
}

impl Wording {
    fn new(source: String) -> Wording {
        Wording { source, compiled: OnceLock::new() }
    }

    fn pattern(&self) -> Option<&Regex> {
        self.compiled.get_or_init(|| compiled(&self.source).ok()).as_ref()
    }

    fn is_in(&self, text: &str) -> bool {
        self.pattern().is_some_and(|pattern| pattern.is_match(text.as_bytes()))
    }

    /// Where it is found.
    fn matches(&self, text: &str) -> impl Iterator<Item = Range<usize>> {
        self.pattern()
            .into_iter()
            .flat_map(move |pattern| pattern.find_iter(text.as_bytes()).map(|found| found.range()))
    }
}

/// Over plain texts, which have no accents: without Unicode tables, that take longer to compile than an invoice to judge.
fn compiled(pattern: &str) -> Result<Regex, regex::Error> {
    RegexBuilder::new(pattern).unicode(false).case_insensitive(true).build()
}

fn condition<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Option<Condition>, D::Error> {
    let text = String::deserialize(from)?;
    Condition::parse(&text).map(Some).map_err(|bad| serde::de::Error::custom(format!("{text}: {}", bad.message.en)))
}

impl CodeRow {
    fn is(&self, code: &str) -> bool {
        match self.values.is_empty() {
            true => !code.is_empty() && !self.but.iter().any(|but| code.starts_with(but.as_str())),
            false => self.values.iter().any(|value| value == code),
        }
    }

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

/// The table, as the build wrote it.
const TABLE_AS_JSON: &str = include_str!(concat!(env!("OUT_DIR"), "/mentions.json"));

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
    more: Vec<More>,
    #[serde(default)]
    denied: Vec<String>,
    #[serde(default = "yes")]
    deniable: bool,
    #[serde(default)]
    codes: Vec<CodeRow>,
    #[serde(default)]
    present: Vec<Term>,
    #[serde(default)]
    needs: Vec<Need>,
    #[serde(default, deserialize_with = "condition")]
    except: Option<Condition>,
    check: Option<Check>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct More {
    terms: Vec<Term>,
    patterns: Vec<String>,
}

fn yes() -> bool {
    true
}

fn read(text: &str) -> Result<Vec<Mention>, String> {
    let file: File = serde_json::from_str(text).map_err(|e| e.to_string())?;
    file.mention.into_iter().map(mention).collect()
}

fn mention(row: Row) -> Result<Mention, String> {
    let Row { id, name, law, wording, subjects, terms, patterns, more, denied, deniable, codes, .. } = row;
    let Row { present, needs, except, check, .. } = row;
    let first = (!terms.is_empty() || !patterns.is_empty()).then_some(More { terms, patterns });
    let worded: Vec<Worded> = first
        .into_iter()
        .chain(more)
        .map(|More { terms, patterns }| Worded { terms, patterns: patterns.into_iter().map(Wording::new).collect() })
        .collect();
    if worded.iter().any(|worded| worded.terms.is_empty() || worded.patterns.is_empty()) {
        return Err(format!("{id}: terms and patterns go together"));
    }
    let ways = !subjects.is_empty() || !worded.is_empty() || !codes.is_empty() || !present.is_empty();
    if ways != needs.is_empty() {
        return Err(format!("{id}: it has either ways to prove it or parts that are needed"));
    }
    let rule = format!("FCT-MENTION-{}", id.to_ascii_uppercase());
    let denied = denied.into_iter().map(Wording::new).collect();
    Ok(Mention {
        id,
        rule,
        name,
        law,
        wording,
        subjects,
        worded,
        denied,
        deniable,
        codes,
        present,
        needs,
        except,
        check,
    })
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::formats;

    #[test]
    fn the_table_is_right() {
        let mentions = read(TABLE_AS_JSON).unwrap();
        assert!(mentions.len() >= 15, "{}", mentions.len());
        let ids: HashSet<_> = mentions.iter().map(|m| &m.id).collect();
        assert_eq!(ids.len(), mentions.len(), "an id is used twice");
        for m in &mentions {
            assert!(!m.name.fr.is_empty() && !m.name.en.is_empty() && !m.law.is_empty(), "{}", m.id);
            assert!(!m.places().is_empty(), "{}", m.id);
            let patterns = m.worded.iter().flat_map(|worded| &worded.patterns).chain(&m.denied);
            patterns.for_each(|p| {
                assert!(compiled(&p.source).is_ok() && p.source.replace('€', "").is_ascii(), "{}: {}", m.id, p.source)
            });
            let check = m.check.iter();
            let rules =
                check.flat_map(|c| c.said.iter().chain(&c.judged_by)).chain(m.needs.iter().flat_map(|n| &n.said));
            // Checks of ours may be in a pack that is not in this build.
            let known = |id: &str| id.starts_with("FCT-") || crate::rules::registry::is_named(id);
            rules.for_each(|id| assert!(known(id), "{}: {id}", m.id));
            let unless = m.check.as_ref().and_then(|c| c.unless.as_ref());
            assert!(unless.is_none_or(|id| mentions.iter().any(|other| other.id == *id)), "{}", m.id);
            assert!(
                m.codes.iter().all(|row| !row.term.is_group() && row.values.is_empty() != row.but.is_empty()),
                "{}",
                m.id
            );
        }
    }

    #[test]
    fn its_own_wording_proves_a_mention_that_is_looked_for_in_notes() {
        for m in all().iter().filter(|m| m.texts().contains(&bt::BT_22)) {
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
