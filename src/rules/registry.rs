//! The rule book: every rule with its documentation, and the packs they come in.
//!
//! The table is written by `build.rs` from `schemas/rules/`: rows for the engine, Rust items, and the texts of both.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use crate::day::Day;
use crate::invoice::{Invoice, Syntax, Term};
use crate::text::{Lang, Text};

use super::calendar::Phase;
use super::engine::{self, Judged, Table};
use super::finding::Severity;

/// One rule of a pack.
pub struct Rule {
    /// Exactly as the authority writes it.
    pub id: &'static str,
    /// The id that both syntaxes share.
    pub group: &'static str,
    pub severity_ubl: Severity,
    pub severity_cii: Severity,
    pub severity_cdar: Severity,
    /// The terms it is about.
    pub terms: &'static [Term],
    /// The official artefact carries it and can never fire it. Without rows it stands in both syntaxes.
    pub never: bool,
    /// Its severity does not follow the calendar of its pack.
    pub steady: bool,
    /// Its rows, as the catalogue writes them; empty where a syntax has none.
    pub ubl: &'static str,
    pub cii: &'static str,
    /// In life-cycle messages.
    pub cdar: &'static str,
    /// The same with the paths of the elements that are judged.
    pub(super) asked_ubl: &'static [Assertion],
    pub(super) asked_cii: &'static [Assertion],
    pub(super) asked_edi: &'static [Assertion],
    pub(super) asked_cdar: &'static [Assertion],
    /// An example that fails, and the same put right.
    pub wrong: &'static str,
    pub right: &'static str,
    /// The same in CII, where no piece of our own examples says it.
    pub right_cii: &'static str,
    /// What is expected, in signs, where its question does not show it.
    pub expected: &'static str,
    fr: Doc,
    en: Doc,
}

/// The paths of the elements that are judged, and what is asked of them, as the catalogue writes it.
pub type Assertion = (&'static str, &'static str);

/// The texts of a rule in one language.
pub struct Doc {
    /// What it checks, in a sentence.
    pub title: &'static str,
    pub why: &'static str,
    pub fix: &'static str,
    /// The sentence of a finding; `{found}` and `{expected}` are filled in.
    pub message: &'static str,
    /// Where the official artefact does not do what one would think.
    pub odd: &'static str,
}

/// Rules that are judged together.
pub struct Pack {
    pub id: &'static str,
    /// Version of the official artefact that it follows.
    pub version: &'static str,
    /// SHA-256 of the catalogue and code lists it was built from, in hexadecimal.
    pub sha256: &'static str,
    /// Its name in a sentence, and where its rules come from.
    pub(super) title_fr: &'static str,
    pub(super) title_en: &'static str,
    pub(super) source_fr: &'static str,
    pub(super) source_en: &'static str,
    pub(super) judged_fr: &'static str,
    pub(super) judged_en: &'static str,
    /// The first day of this version; none where nothing is known to have been in force before.
    pub from: Option<Day>,
    /// The first day of the version after it, where there is one: it is in force before that day.
    pub before: Option<Day>,
    /// Its rules show what is right themselves: better than a piece of our own examples.
    pub(super) own_examples: bool,
    /// No official artefact of it is published: what its rules say beside their sentence is told of the rule itself.
    pub(super) unpublished: bool,
    /// The days on which what is fatal only warns.
    pub calendar: &'static [Phase],
    pub rules: &'static [&'static Rule],
    pub(super) ubl: &'static Table,
    pub(super) cii: &'static Table,
    pub(super) cdar: &'static Table,
}

/// The packs that can be asked for, in all their versions.
pub fn packs() -> &'static [Pack] {
    &catalogue::PACKS
}

/// The pack of that id, such as `en16931`, in its newest version.
pub fn pack(id: &str) -> Option<&'static Pack> {
    packs().iter().rfind(|p| p.id == id)
}

/// What a day finds of a pack.
#[derive(Clone, Copy)]
pub enum Version {
    InForce(&'static Pack),
    /// Its first version, this one, begins later.
    NotYet(&'static Pack),
}

/// The version of a pack that is in force on a day; none where no pack is called so.
pub fn version_on(packs: &'static [Pack], id: &str, day: Day) -> Option<Version> {
    let mut versions = packs.iter().filter(|pack| pack.id == id);
    match versions.clone().find(|pack| pack.is_in_force(day)) {
        Some(pack) => Some(Version::InForce(pack)),
        // Versions follow one another without a gap: the only one is before the first.
        None => versions.next().map(Version::NotYet),
    }
}

/// Every rule once, whichever packs have it.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    static ALL: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
        let mut seen = HashSet::new();
        let all = packs().iter().flat_map(|pack| pack.rules.iter().copied());
        all.filter(|rule| seen.insert(std::ptr::from_ref(*rule))).collect()
    });
    ALL.iter().copied()
}

/// The rule of that id, in any pack.
pub fn rule(id: &str) -> Option<&'static Rule> {
    static BY_ID: LazyLock<HashMap<String, &'static Rule>> = LazyLock::new(|| {
        // Of several packs the first counts.
        let all = packs().iter().rev().flat_map(|pack| pack.rules.iter().rev());
        all.map(|rule| (rule.id.to_ascii_uppercase(), *rule)).collect()
    });
    BY_ID.get(&id.to_ascii_uppercase()).copied()
}

/// Is a rule or a group called exactly so? Those of the packs and our own.
pub fn is_named(id: &str) -> bool {
    packs_of(id).next().is_some() || super::own::explained().any(|known| known == id)
}

/// The ids of all rules and groups: those of the packs, then our own.
pub fn names() -> impl Iterator<Item = &'static str> {
    let of_packs = rules().flat_map(|rule| [rule.group, rule.id]);
    of_packs.chain(super::own::explained()).chain(super::mentions::explained())
}

/// The ids of the packs that have a rule or group of that id.
pub fn packs_of(id: &str) -> impl Iterator<Item = &'static str> {
    static BY_ID: LazyLock<HashMap<&'static str, Vec<&'static str>>> = LazyLock::new(|| {
        let mut by_id: HashMap<&str, Vec<&str>> = HashMap::new();
        for pack in packs() {
            let named = pack.rules.iter().flat_map(|rule| [rule.id, rule.group]).collect::<HashSet<_>>();
            named.into_iter().for_each(|name| by_id.entry(name).or_default().push(pack.id));
        }
        super::mentions::explained().for_each(|name| by_id.entry(name).or_default().push(super::mentions::PACK));
        super::ours::RULES.iter().for_each(|name| by_id.entry(name).or_default().push(super::ours::PACK));
        by_id
    });
    BY_ID.get(id).into_iter().flatten().copied()
}

impl Pack {
    /// Is this the version in force on a day?
    pub fn is_in_force(&self, day: Day) -> bool {
        self.from.is_none_or(|from| from <= day) && self.before.is_none_or(|before| day < before)
    }

    /// Its name in a sentence.
    pub fn title(&self) -> Text {
        Text::new(self.title_fr, self.title_en)
    }

    /// Where its rules come from.
    pub fn source(&self, lang: Lang) -> &'static str {
        lang.pick(self.source_fr, self.source_en)
    }

    /// How it was made sure that its rules judge as the official ones do, where that has to be said of each; else empty.
    pub fn how_judged(&self, lang: Lang) -> &'static str {
        lang.pick(self.judged_fr, self.judged_en)
    }

    /// Judges a document. Findings come in the order of the document.
    pub fn judge(&'static self, invoice: &Invoice<'_>) -> Judged {
        engine::run(self, invoice)
    }

    /// The same, of each finding only rule, severity and place.
    pub fn judge_for_places(&'static self, invoice: &Invoice<'_>) -> Judged {
        engine::run_for_places(self, invoice)
    }

    /// Its contexts in a syntax.
    pub(super) fn table(&self, syntax: Syntax) -> &'static Table {
        match syntax {
            Syntax::UblInvoice | Syntax::UblCreditNote => self.ubl,
            Syntax::Cii => self.cii,
            Syntax::Cdar => self.cdar,
        }
    }

    /// How many of its rules apply to a syntax.
    pub fn count(&self, syntax: Syntax) -> usize {
        let count = || self.rules.iter().filter(|r| r.severity(syntax).is_some()).count();
        *self.table(syntax).count.get_or_init(count)
    }

    /// How many of them are fatal.
    pub fn fatal(&self, syntax: Syntax) -> usize {
        self.rules.iter().filter(|r| r.severity(syntax) == Some(Severity::Fatal)).count()
    }
}

impl Rule {
    /// Its severity in a syntax; `None` where the syntax does not have it.
    pub fn severity(&self, syntax: Syntax) -> Option<Severity> {
        let severity = match syntax {
            Syntax::UblInvoice | Syntax::UblCreditNote => self.severity_ubl,
            Syntax::Cii => self.severity_cii,
            Syntax::Cdar => self.severity_cdar,
        };
        let nowhere = [self.ubl, self.cii, self.cdar].iter().all(|row| row.is_empty());
        let in_both = self.never && nowhere && syntax.is_invoice();
        (in_both || !self.row(syntax).is_empty()).then_some(severity)
    }

    /// Its row in a syntax, as the catalogue writes it; empty where the syntax has none.
    pub fn row(&self, syntax: Syntax) -> &'static str {
        match syntax {
            Syntax::UblInvoice | Syntax::UblCreditNote => self.ubl,
            Syntax::Cii => self.cii,
            Syntax::Cdar => self.cdar,
        }
    }

    /// Does the official artefact carry it for a syntax, in a form that cannot fire?
    pub fn never_in(&self, syntax: Syntax) -> bool {
        self.never || self.row(syntax).ends_with(": true")
    }

    pub fn doc(&self, lang: Lang) -> &Doc {
        match lang {
            Lang::Fr => &self.fr,
            Lang::En => &self.en,
        }
    }

    /// Its assertions in a syntax.
    pub fn assertions(&self, syntax: Syntax) -> &'static [Assertion] {
        match syntax {
            Syntax::UblInvoice | Syntax::UblCreditNote => self.asked_ubl,
            Syntax::Cii => self.asked_cii,
            Syntax::Cdar => self.asked_cdar,
        }
    }

    /// What is asked beside of EDIFACT and X12, which are judged as CII: where the official form of CII lets pass what the rule means to refuse.
    pub fn beside_of_edi(&self) -> &'static [Assertion] {
        self.asked_edi
    }

    /// Does it only say that an element or attribute may not stand, or how often it may?
    pub fn is_plain(&self) -> bool {
        let mut asked = self.asked_ubl.iter().chain(self.asked_cii).peekable();
        let plain = |question: &str| ["none ", "most ", "just ", "some "].iter().any(|kind| question.starts_with(kind));
        (self.id.starts_with("UBL-") || self.id.starts_with("CII-"))
            && asked.peek().is_some()
            && asked.all(|(_, question)| plain(question.trim_start_matches("never ")))
    }

    /// The sentence of its findings.
    pub fn message(&self) -> Text {
        Text::new(self.fr.message, self.en.message)
    }
}

pub(super) mod catalogue {
    use super::{Doc, Pack, Rule};
    use crate::invoice::Term as T;
    use crate::rules::check::{Check, Codes, Pattern, codes};
    use crate::rules::engine::{
        Ask, Ban, Candidate, Cast, Context, Counted, Entry, Fold, From, Once, Order, Path, Step, Table, Which, Whole,
    };
    use crate::rules::finding::Severity;
    use crate::rules::items;
    use crate::xml::Name;
    #[allow(unused_imports)] // Named only where a pack has a calendar.
    use crate::{
        day::Day,
        rules::calendar::{Direction, Phase},
    };

    #[allow(non_snake_case)]
    const fn Term(n: u16) -> T {
        T::from_table(n)
    }
    include!(concat!(env!("OUT_DIR"), "/rules.rs"));

    /// `fixtures/rules/versions`: a pack in two versions.
    #[cfg(test)]
    #[allow(dead_code, unused_imports)]
    pub mod versions {
        use super::*;
        include!(concat!(env!("OUT_DIR"), "/versions.rs"));
    }
}

/// A pack `dated` in two versions, from 2026-01-01 and from 2027-01-01, made as all packs are.
#[cfg(test)]
pub(crate) fn versions() -> &'static [Pack] {
    &catalogue::versions::PACKS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pack_is_whole() {
        let pack = pack("en16931").unwrap();
        assert_eq!((pack.version, pack.sha256.len()), ("1.3.16", 64));
        for (syntax, all, fatal) in
            [(Syntax::UblInvoice, 979, 281), (Syntax::UblCreditNote, 979, 281), (Syntax::Cii, 806, 335)]
        {
            assert_eq!((pack.count(syntax), pack.fatal(syntax)), (all, fatal), "{syntax:?}");
        }
    }

    #[test]
    fn every_assertion_has_a_place() {
        for rule in rules() {
            let syntaxes = [Syntax::UblInvoice, Syntax::Cii, Syntax::Cdar];
            for (place, question) in syntaxes.into_iter().flat_map(|syntax| rule.assertions(syntax)) {
                assert!(!place.is_empty() && !question.is_empty(), "{}: {question}", rule.id);
            }
        }
        let plain = packs()[0].rules.iter().filter(|rule| rule.is_plain()).count();
        assert!((1299..=1310).contains(&plain), "{plain}");
        assert_eq!(rule("BR-01").map(|rule| rule.assertions(Syntax::UblInvoice).len()), Some(1));
    }

    #[test]
    fn a_rule_is_found_whatever_the_case() {
        assert_eq!(rule("br-co-10").map(|r| r.id), Some("BR-CO-10"));
        assert_eq!(rule("BR-51").and_then(|r| r.severity(Syntax::UblInvoice)), Some(Severity::Warning));
        assert_eq!(rule("BR-51").and_then(|r| r.severity(Syntax::Cii)), Some(Severity::Fatal));
        assert!(rule("BR-CO-05").is_some_and(|r| r.never));
    }
}
