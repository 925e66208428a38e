//! The table of corrections: `schemas/fix/corrections.toml`.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};
use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use crate::invoice::{Syntax, Term};
use crate::rules::{CodeList, codes};
use crate::text::{Lang, plain};

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
    unless: Regex,
    forms: Vec<Form>,
}

/// A known form of a mention.
#[derive(Debug)]
struct Form {
    /// All the patterns of one of the ways.
    shape: Vec<Vec<Regex>>,
    /// Pieces that may stand in it.
    parts: Vec<Regex>,
    /// Words that may stand between them.
    words: HashSet<&'static str>,
}

impl Known {
    /// Is a text surely this mention: of a known form, to the last word? A customer's rule may be content with less.
    pub fn is_surely(&self, text: &str) -> bool {
        let text = plain(text).to_lowercase();
        !text.contains('?') && !self.unless.is_match(&text) && self.forms.iter().any(|form| form.is(&text))
    }

    /// Does a text speak of something that only sounds alike?
    pub fn is_elsewhere(&self, text: &str) -> bool {
        self.unless.is_match(&plain(text).to_lowercase())
    }
}

impl Form {
    fn is(&self, text: &str) -> bool {
        let all = |way: &Vec<Regex>| way.iter().all(|pattern| pattern.is_match(text));
        if !self.shape.iter().any(all) {
            return false;
        }
        let mut rest = Cow::Borrowed(text);
        for part in &self.parts {
            if let Cow::Owned(less) = part.replace_all(&rest, " ") {
                rest = Cow::Owned(less);
            }
        }
        // What is neither a word nor between words is an amount, a rate or a number of something that is not known.
        let is_plain = |c: char| c.is_alphabetic() || c.is_whitespace() || " .,;:'\"()-+/!«»*#".contains(c);
        let words = rest.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
        rest.chars().all(is_plain) && words.into_iter().all(|word| self.words.contains(word))
    }
}

/// The mandatory mentions, by the code of their note.
pub(super) fn mentions() -> &'static [Known] {
    static KNOWN: LazyLock<Vec<Known>> = LazyLock::new(|| {
        let compiled = |pattern: &String| {
            let pattern = RegexBuilder::new(pattern).case_insensitive(true).build();
            pattern.expect("invariant: a test compiles the patterns of the built-in table")
        };
        let form = |row: &'static FormRow| Form {
            shape: row.shape.iter().map(|way| way.iter().map(compiled).collect()).collect(),
            parts: row.parts.iter().chain(&TABLE.parts.any).map(compiled).collect(),
            words: row.words.split_whitespace().collect(),
        };
        let known = TABLE.mention.iter().map(|row| Known {
            code: row.code.clone(),
            id: row.id.clone(),
            unless: compiled(&row.unless),
            forms: row.form.iter().map(form).collect(),
        });
        known.collect()
    });
    &KNOWN
}

/// Is a code of this term another thing in capitals?
pub(super) fn keeps_case(term: Term) -> bool {
    TABLE.cases.kept.contains(&term)
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
    parts: Parts,
    mention: Vec<MentionRow>,
    codes: BTreeMap<Term, String>,
    cases: Cases,
    lines: Lines,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct MentionRow {
    code: String,
    id: String,
    unless: String,
    form: Vec<FormRow>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FormRow {
    shape: Vec<Vec<String>>,
    parts: Vec<String>,
    words: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Parts {
    any: Vec<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cases {
    kept: Vec<Term>,
}

static TABLE: LazyLock<File> =
    LazyLock::new(|| toml::from_str(TEXT).expect("invariant: the built-in table reads, a test holds it"));

const TEXT: &str = include_str!("../../schemas/fix/corrections.toml");

#[cfg(test)]
mod tests {
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
        let surely = |text: &str| -> Vec<&str> {
            mentions().iter().filter(|known| known.is_surely(text)).map(|known| known.code.as_str()).collect()
        };
        for (code, text) in SURE {
            assert_eq!(surely(text), [code], "{text}");
        }
        for text in UNSURE {
            assert_eq!(surely(text), [""; 0], "{text}");
        }
        assert!(TABLE.cases.kept.iter().all(|term| TABLE.codes.contains_key(term)));
        let touched = &correction("FIX-CODE").unwrap().terms;
        assert_eq!(coded().collect::<Vec<_>>(), *touched);
        for (term, syntax) in coded().flat_map(|t| [Syntax::UblInvoice, Syntax::Cii].map(|s| (t, s))) {
            assert!(list_of(term, syntax).is_some(), "{term}");
        }
        for unit in &lines().service_units {
            assert!(codes::REC20_21.contains(unit), "{unit}");
        }
    }

    const SURE: [(&str, &str); 35] = [
        ("PMT", "Indemnité forfaitaire pour frais de recouvrement : 40 EUR"),
        ("PMT", "Indemnité forfaitaire de recouvrement en cas de retard de paiement : 40,00 €"),
        ("PMT", "Indemnite de recouvrement de 40 euros due de plein droit, sans mise en demeure"),
        (
            "PMT",
            "INDEMNITÉ FORFAITAIRE POUR FRAIS DE RECOUVREMENT DUE AU CRÉANCIER EN CAS DE RETARD DE PAIEMENT : 40\u{a0}€",
        ),
        (
            "PMT",
            "Indemnité forfaitaire de 40 € pour frais de recouvrement (art. L441-10 et D441-5 du code de commerce)",
        ),
        ("PMT", "Une indemnité de 40 € sera due (D441-5)"),
        ("PMT", "Forfait de recouvrement 40 EUR"),
        ("PMT", "Frais de recouvrement : 40 EUR"),
        ("PMT", "Fixed indemnity for recovery costs: EUR 40."),
        ("PMT", "Lump-sum compensation of 40 euros for collection costs"),
        ("PMT", "Recovery costs of €40 are due"),
        ("PMD", "Pénalités de retard : trois fois le taux d'intérêt légal"),
        ("PMD", "Pénalités de retard de paiement"),
        ("PMD", "Tout retard de paiement entraîne des pénalités au taux de la BCE majoré de 10 points, sans rappel"),
        (
            "PMD",
            "En cas de retard de paiement, une pénalité égale à 3 fois le taux d\u{2019}intérêt légal sera exigible",
        ),
        ("PMD", "Taux des pénalités exigibles à compter du lendemain de la date d'échéance : 12 %"),
        ("PMD", "Intérêts moratoires : taux BCE + 8 points"),
        ("PMD", "Pénalités de retard : 1,5 % par mois"),
        ("PMD", "Late-payment penalties: ECB refinancing rate plus 10 points."),
        ("PMD", "Interest on late payments: 12 % a year"),
        ("PMD", "Default interest at ECB + 10 pts"),
        ("AAB", "Pas d'escompte pour paiement anticipé"),
        ("AAB", "Pas d\u{2019}escompte en cas de règlement anticipé"),
        ("AAB", "Nous n'accordons pas d'escompte"),
        ("AAB", "Aucun escompte accordé"),
        ("AAB", "Aucun escompte ne sera accordé"),
        ("AAB", "Escompte pour paiement anticipé : néant"),
        ("AAB", "L'escompte n'est pas accordé"),
        ("AAB", "Escompte 1,5 % à 8 jours"),
        ("AAB", "No discount for early payment."),
        ("AAB", "Early settlement discount: none"),
        ("AAB", "Early payment discount: 2% within 10 days"),
        ("AAB", "2% discount for prompt payment"),
        ("AAB", "2% cash discount within 10 days"),
        ("AAB", "2/10 net 30"),
    ];

    const UNSURE: [&str; 48] = [
        "Indemnité forfaitaire pour frais de recouvrement 40 EUR : non applicable (client particulier)",
        "Nous renonçons à l'indemnité forfaitaire pour frais de recouvrement de 40 EUR",
        "L'indemnité forfaitaire pour frais de recouvrement de 40 EUR est annulée",
        "Indemnité forfaitaire de recouvrement : 40 EUR. Exceptionnellement remise",
        "Rappel : indemnité forfaitaire de recouvrement de 40 EUR facturée le 12/10",
        "Indemnité forfaitaire de recouvrement 40 EUR facturée",
        "Avoir sur indemnité forfaitaire de recouvrement de 40 EUR",
        "Remboursement frais de recouvrement 40 EUR",
        "Frais de recouvrement 40€ inclus dans le prix des colis",
        "Indemnité forfaitaire de recouvrement de 40 EUR ?",
        "Frais de recouvrement : forfait 140 EUR",
        "Nous vous faisons grâce des pénalités de retard de paiement",
        "Annulation des pénalités de retard de paiement au taux de 12 %",
        "Pénalités de retard de paiement au taux de 12 % : 35,20 EUR",
        "Pénalités de retard de paiement au taux de 12 % sur FA-2",
        "Pénalités de retard de paiement : néant",
        "Escompte 2 % déduit sur FA-2",
        "Escompte 2 % déduit",
        "Annule l'escompte de 2 % pour paiement anticipé",
        "Escompte de 2% refusé",
        "Aucun escompte sauf accord écrit",
        "2/10 net 30 sur la commande",
        "Indemnité forfaitaire de déplacement",
        "Indemnité forfaitaire de déplacement : 40 EUR",
        "Frais de recouvrement de toiture",
        "Frais de recouvrement de toiture : forfait 40 EUR",
        "Pas d'indemnité forfaitaire de recouvrement",
        "Aucune indemnité forfaitaire pour frais de recouvrement (40 EUR)",
        "Sans indemnité forfaitaire pour frais de recouvrement de 40 EUR",
        "L'indemnité forfaitaire de recouvrement de 40 EUR n'est pas due",
        "No fixed indemnity for recovery costs (EUR 40)",
        "Fixed indemnity for recovery costs (EUR 40) waived",
        "Data recovery costs: EUR 140",
        "Data recovery costs: EUR 40 fixed",
        "Pénalités",
        "Pénalités de retard",
        "Pas de pénalités de retard de paiement",
        "Pénalités de retard de livraison : 1 % par jour",
        "No late payment interest",
        "Late payment interest at 12 % is not charged",
        "Escompte",
        "Effet remis à l'escompte le 12",
        "Effet remis à l'escompte au taux de 3 %",
        "Taux d'escompte de la banque : 3 %",
        "Early payment discount code: see the catalogue",
        "Discount: 10% on spare parts",
        "Early payment by card",
        "Indemnité forfaitaire de recouvrement : 40 EUR. Pas d'escompte",
    ];
}
