//! The table of corrections: `schemas/fix/corrections.toml`.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use crate::invoice::{Syntax, Term};
use crate::rules::{CodeList, codes};
use crate::text::Lang;

/// A correction as people read it, and the terms that it may touch.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correction {
    /// `FIX-…`, stable.
    pub id: String,
    /// Groups of the rules that refuse what it corrects.
    pub rules: Vec<String>,
    /// The only terms that may differ afterwards.
    pub terms: Vec<Term>,
    /// Proposed wherever the French rules ran, although no rule refuses what it corrects.
    #[serde(default)]
    pub beyond: bool,
    /// Looked for in invoices that the French rules judge, and no other.
    #[serde(default)]
    pub french: bool,
    /// The option without which it is not proposed.
    #[serde(default)]
    pub asked: Option<String>,
    pub fr: Words,
    pub en: Words,
}

/// What a person reads of a correction.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Words {
    pub title: String,
    pub changes: String,
    /// Why it cannot change what is owed.
    pub why: String,
}

impl Correction {
    pub fn words(&self, lang: Lang) -> &Words {
        lang.pick(&self.fr, &self.en)
    }
}

/// All corrections, in the order in which they are tried.
pub fn corrections() -> &'static [Correction] {
    &TABLE.correction
}

/// The correction of this id.
pub fn correction(id: &str) -> Option<&'static Correction> {
    corrections().iter().find(|c| c.id == id)
}

/// A mandatory mention that a note may be recognised by.
#[derive(Debug)]
pub(super) struct Known {
    /// BT-21.
    pub code: String,
    /// Its id in `schemas/mentions.toml`.
    pub id: String,
    /// Of what its text must not speak.
    pub unless: Regex,
}

/// The mandatory mentions, by the code of their note.
pub(super) fn mentions() -> &'static [Known] {
    static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
        let known = TABLE.mention.iter().map(|row| {
            let unless = RegexBuilder::new(&row.unless).case_insensitive(true).build();
            let unless = unless.expect("invariant: a test compiles the patterns of the built-in table");
            Known { code: row.code.clone(), id: row.id.clone(), unless }
        });
        known.collect()
    });
    &KNOWN
}

/// The list that the codes of a term are of, in a syntax.
pub(super) fn list_of(term: Term, syntax: Syntax) -> Option<&'static CodeList> {
    let id = TABLE.codes.get(&term)?;
    let of_syntax = format!("{id}.{}", if syntax.is_ubl() { "ubl" } else { "cii" });
    let named = |id: &str| codes::ALL.iter().copied().find(|list| list.id == id);
    named(&of_syntax).or_else(|| named(id))
}

/// The terms whose codes are looked up.
pub(super) fn coded() -> impl Iterator<Item = Term> {
    TABLE.codes.keys().copied()
}

/// What proves that a line is a service or a good.
pub(super) fn lines() -> &'static Lines {
    &TABLE.lines
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Lines {
    pub service_units: Vec<String>,
    pub goods_classifications: Vec<String>,
    pub goods_schemes: Vec<String>,
    pub nomenclature: Vec<Nomenclature>,
}

/// A nomenclature of goods and services, by the numbers that begin its codes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Nomenclature {
    pub list: String,
    pub goods: Vec<String>,
    pub services: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    correction: Vec<Correction>,
    mention: Vec<MentionRow>,
    codes: BTreeMap<Term, String>,
    lines: Lines,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MentionRow {
    code: String,
    id: String,
    unless: String,
}

static TABLE: LazyLock<File> =
    LazyLock::new(|| toml::from_str(TEXT).expect("invariant: the built-in table reads, a test holds it"));

const TEXT: &str = include_str!("../../schemas/fix/corrections.toml");

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::rules;

    #[test]
    fn the_table_is_right() {
        let groups: HashSet<&str> = rules::rules().map(|rule| rule.group).collect();
        let mut ids = HashSet::new();
        for c in corrections() {
            assert!(c.id.starts_with("FIX-") && ids.insert(&c.id), "{}", c.id);
            for words in [&c.fr, &c.en] {
                assert!([&words.title, &words.changes, &words.why].iter().all(|text| !text.is_empty()), "{}", c.id);
            }
            assert!(
                !c.rules.is_empty() && c.rules.iter().all(|id| id.starts_with("FCT-") || groups.contains(&**id)),
                "{}: {:?}",
                c.id,
                c.rules
            );
            assert!(c.terms.iter().all(|term| !super::super::guard::is_never_touched(*term)), "{}", c.id);
        }
        for known in mentions() {
            assert!(rules::client::mentions().iter().any(|m| m.id == known.id), "{}", known.id);
        }
        let touched = &correction("FIX-CODE").unwrap().terms;
        assert_eq!(coded().collect::<Vec<_>>(), *touched);
        for (term, syntax) in coded().flat_map(|t| [Syntax::UblInvoice, Syntax::Cii].map(|s| (t, s))) {
            assert!(list_of(term, syntax).is_some(), "{term}");
        }
        for unit in &lines().service_units {
            assert!(codes::REC20_21.contains(unit), "{unit}");
        }
    }
}
