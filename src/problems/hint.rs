//! Reads a cause out of the words of a refusal, where no code tells it: `schemas/problems/text_hints.csv`.
//!
//! The rows are tried in order and the first that matches wins, so that the precise ones stand first. A pattern is a
//! list of parts joined by `+`, all of which must appear; `=` before a part asks for whole words. Case, accents and
//! punctuation do not count; `|` stands between lists of which one is enough. Where `whose` is given, the first part must be
//! this party's ([`super::whose`]): the SIRET of the seller is not that of the customer. `acts` and `number` are given where the
//! words say more than the status: who has to act, and, `number`, which number to use: a
//! duplicate is never sent again under the number that is taken.

use std::sync::LazyLock;

use super::advice::advice;
use super::cause::{Cause, cause};
use super::mapped::{Family, Number};
use super::whose::{Party, owner};
use crate::table::{Table, TableError, built_in};
use crate::text::Text;

/// What the words of a refusal point at.
#[derive(Debug)]
pub(super) struct Hint {
    family: Option<Family>,
    /// Lists of parts, of which one must be met whole.
    patterns: Vec<Vec<Part>>,
    whose: Option<Party>,
    /// Who acts; none where the status tells.
    pub acts: Option<String>,
    pub cause: &'static Cause,
    /// Which number a corrected document bears; none where the status tells.
    pub number: Option<Number>,
    pub caught_by: Option<String>,
    pub advice: &'static Text,
}

/// The first hint whose words are all in the text.
pub(super) fn hint(family: Family, text: &str) -> Option<&'static Hint> {
    let words = plain(text);
    let all = |parts: &Vec<Part>, whose: Option<Party>| {
        let owned = || parts.first().is_some_and(|first| whose.is_none_or(|whose| first.is_of(whose, &words)));
        parts.iter().all(|part| part.is_in(&words)) && owned()
    };
    let fits = |hint: &&Hint| {
        hint.family.is_none_or(|f| f == family) && hint.patterns.iter().any(|parts| all(parts, hint.whose))
    };
    HINTS.iter().find(fits)
}

/// The first rule id named in the text, such as `BR-CO-10` or `BR-FR-05_BT-22-1`; platforms quote them.
pub(super) fn rule_named(text: &str) -> Option<&str> {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    text.split(|c| !inside(c)).map(|word| word.trim_matches(['-', '_'])).find(|word| {
        let known = ["BR-", "UBL-SR-", "UBL-CR-", "UBL-DT-", "CII-SR-", "CII-DT-"].iter().any(|p| word.starts_with(p));
        known && word.contains(|c: char| c.is_ascii_digit())
    })
}

/// Places at which the owner of a thing is asked for: whoever repeats itself more has said it.
const OCCURRENCES: usize = 16;

#[derive(Debug)]
struct Part {
    words: String,
    whole: bool,
}

impl Part {
    fn parse(text: &str) -> Part {
        let (words, whole) = text.strip_prefix('=').map_or((text, false), |words| (words, true));
        Part { words: if whole { format!(" {words} ") } else { words.to_owned() }, whole }
    }

    /// `words` comes from [`plain`]: a space before, between and after the words.
    fn is_in(&self, words: &str) -> bool {
        debug_assert!(!self.whole || self.words.starts_with(' '));
        words.contains(&self.words)
    }

    /// Somewhere it is this party's.
    fn is_of(&self, party: Party, words: &str) -> bool {
        words
            .match_indices(&self.words)
            .take(OCCURRENCES)
            .any(|(at, found)| owner(words, at..at + found.len()) == Some(party))
    }
}

/// Lower case, without accents, words apart by one space, and a space at both ends.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push(' ');
    for c in text.chars().flat_map(char::to_lowercase) {
        match c {
            'à' | 'â' | 'ä' => out.push('a'),
            'é' | 'è' | 'ê' | 'ë' => out.push('e'),
            'î' | 'ï' => out.push('i'),
            'ô' | 'ö' => out.push('o'),
            'ù' | 'û' | 'ü' => out.push('u'),
            'ç' => out.push('c'),
            'œ' => out.push_str("oe"),
            // A combining accent left by a decomposed text belongs to the letter before it.
            '\u{300}'..='\u{36f}' => {}
            c if c.is_alphanumeric() => out.push(c),
            _ if !out.ends_with(' ') => out.push(' '),
            _ => {}
        }
    }
    if !out.ends_with(' ') {
        out.push(' ');
    }
    out
}

static HINTS: LazyLock<Vec<Hint>> = LazyLock::new(|| built_in("problems/text_hints.csv", read(TEXT)));

const TEXT: &str = include_str!("../../schemas/problems/text_hints.csv");

fn read(text: &str) -> Result<Vec<Hint>, TableError> {
    let table = Table::parse(text)?;
    let [whose, acts] = ["whose", "acts"].map(|name| table.column(name));
    let (whose, acts) = (whose?, acts?);
    let [family, pattern, id, number, caught_by, key] =
        ["family", "pattern", "cause", "number", "caught_by", "advice"].map(|name| table.column(name));
    let (family, pattern, id, number, caught_by, key) = (family?, pattern?, id?, number?, caught_by?, key?);
    let rows = table.rows.iter().map(|row| {
        let patterns: Vec<Vec<Part>> =
            row.get(pattern).split('|').map(|one| one.split('+').map(Part::parse).collect()).collect();
        if patterns
            .iter()
            .flatten()
            .any(|part| part.words.trim().is_empty() || plain(&part.words).trim() != part.words.trim())
        {
            return Err(row.error("a part of the pattern is empty, or not in plain lower case"));
        }
        Ok(Hint {
            family: match row.get(family) {
                "" => None,
                name => Some(Family::parse(name).ok_or_else(|| row.error("unknown family"))?),
            },
            patterns,
            whose: match row.get(whose) {
                "" => None,
                name => Some(Party::parse(name).ok_or_else(|| row.error("unknown party"))?),
            },
            acts: match row.get(acts) {
                "" => None,
                who @ ("seller" | "integrator" | "platform" | "buyer+seller") => Some(who.to_owned()),
                _ => return Err(row.error("unknown actor")),
            },
            cause: cause(row.get(id)).ok_or_else(|| row.error("unknown cause"))?,
            number: match row.get(number) {
                "" => None,
                text => {
                    Some(Number::parse(text).ok_or_else(|| row.error("`yes`, `no`, `none` or nothing is expected"))?)
                }
            },
            caught_by: Some(row.get(caught_by)).filter(|rule| !rule.is_empty()).map(str::to_owned),
            advice: advice(row.get(key)).ok_or_else(|| row.error("unknown advice"))?,
        })
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_words_whatever_their_dress() {
        read(TEXT).unwrap();
        let id = |text: &str| hint(Family::Chorus, text).map(|hint| hint.cause.id.as_str());
        let payment_means = "SpecifiedTradeSettlementPaymentMeans.TypeCode.value est obligatoire";
        for (text, expected) in [
            (payment_means, Some("A11")),
            ("BuyerReference.value doit être alphanumérique", Some("A5")),
            ("AppliedTradeAllowanceCharge.ActualAmount.value obligatoire si GrossPriceProductTradePrice", Some("A8")),
            ("BusinessProcessSpecifiedDocumentContextParameter.ID : valeur non admise", Some("A8")),
            ("IRRECEVABILITE: cvc-complex-type.2.4.a", Some("A8")),
            ("Le numéro d'engagement n'existe pas", Some("A2")),
            ("N° EJ erroné", Some("A2")),
            ("Merci d'indiquer le n° de commande", Some("A2")),
            ("Code service inconnu", Some("A5")),
            ("Le SIRET du destinataire est inactif", Some("A5")),
            ("TVA a\u{300} 20 % au lieu de 5,5 %", Some("A7")),
            ("Facture déjà reçue", Some("A6")),
            ("Service fait non constaté", Some("B4")),
            ("Joindre le procès-verbal de réception", Some("C4")),
            ("Absence de service fait", Some("B4")),
            ("RIB différent de celui du marché", Some("A11")),
            // "rejet" and "projet" hold the letters of "ej", yet are other words.
            ("Projet refusé", None),
            ("Voir avec nos services", None),
            ("", None),
        ] {
            assert_eq!(id(text), expected, "{text}");
        }
        assert_ne!(hint(Family::Pa, payment_means).map(|h| &h.advice.en), None);
    }

    #[test]
    fn finds_the_rule_a_platform_quotes() {
        assert_eq!(rule_named("[BR-CO-10]-Sum of lines"), Some("BR-CO-10"));
        assert_eq!(rule_named("regle BR-FR-05_BT-22-1, ligne 3"), Some("BR-FR-05_BT-22-1"));
        assert_eq!(rule_named("Code BR-FR- absent"), None);
        assert_eq!(rule_named("FABR-10"), None);
    }

    #[test]
    fn a_pattern_nobody_could_meet_is_refused() {
        let header = "family,pattern,whose,cause,acts,number,caught_by,advice";
        assert!(read(&format!("{header}\n,x|y+=z,seller,A2,seller,,,order\n")).is_ok());
        for row in [
            ",Engagement,,A2,,,,order",
            ",+,,A2,,,,order",
            ",x|,,A2,,,,order",
            ",x,,Z9,,,,order",
            ",x,,A2,,,,nowhere",
            "edi,x,,A2,,,,order",
            ",x,,A2,,?,,order",
            ",x,nobody,A2,,,,order",
            ",x,,A2,somebody,,,order",
        ] {
            assert!(read(&format!("{header}\n{row}\n")).is_err(), "{row}");
        }
    }
}
