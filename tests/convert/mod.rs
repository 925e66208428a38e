//! Conversion loses nothing in silence: what a draft says is read back from what was written, or it is among the losses.

mod command;
mod corners;
mod drafts;
mod edifact;
mod others;

use std::collections::HashMap;

use facteur::diff;
use facteur::formats::write::{Loss, Reason, Target, Written, draft_of_json, json, write};
use facteur::formats::{Read, read};
use facteur::invoice::{Draft, Term, bt};
use proptest::prelude::*;
use serde_json::Value;

use drafts::{Manner, draft};

const SANE: Manner = Manner { dense: 60, wild: false };

/// Home (`BG-25[2]/`) with term, and value, of all that a draft says.
fn said(draft: &Draft) -> HashMap<(String, String), u32> {
    let listing: Value = serde_json::from_str(&json(draft)).unwrap();
    let mut said = HashMap::new();
    for listed in listing["terms"].as_array().unwrap() {
        let (address, value) = (listed["term"].as_str().unwrap(), listed["value"].as_str().unwrap());
        *said.entry((at(address), value.to_owned())).or_default() += 1;
    }
    said
}

/// An address without the position of the term itself, as the order of what a group repeats means nothing.
fn at(address: &str) -> String {
    let (home, term) = address.rsplit_once('/').map_or(("", address), |(home, term)| (home, term));
    // Groups that the norm has once are told apart in JSON alone, and number what is in them apart.
    let step = |step: &str| -> Option<String> {
        let bare = step.split('[').next().unwrap_or(step);
        let group = Term::parse(bare).filter(|group| group.is_repeatable())?;
        let apart = group.group().is_some_and(|around| !around.is_repeatable());
        Some(if apart { bare.to_owned() } else { step.to_owned() })
    };
    let home = home.split('/').filter_map(step).collect::<Vec<_>>().join("/");
    let plain: String = term.split('[').map(|piece| piece.split_once(']').map_or(piece, |(_, after)| after)).collect();
    format!("{home}/{plain}")
}

fn as_cii(term: &str, value: &str) -> String {
    let is_point = term.ends_with("/BT-8") || term.ends_with("/EXT-FR-FE-180");
    match value {
        "5" if is_point => "3".to_owned(),
        "29" if is_point => "35".to_owned(),
        "72" if is_point => "432".to_owned(),
        other => other.to_owned(),
    }
}

/// Every term is there, or lost; no loss is there.
fn hold(draft: &Draft, written: &Written) -> Result<(), TestCaseError> {
    let read: Read<'_> = read(written.text.as_bytes()).expect("what is written is read");
    let mut back: HashMap<(String, String), u32> = HashMap::new();
    for ((at, value), count) in said(&Draft::of(&read.invoice)) {
        let value = as_cii(&at, &value);
        *back.entry((at, value)).or_default() += count;
    }
    let mut lost: HashMap<(String, String), u32> = HashMap::new();
    for loss in written.losses.iter().filter(|loss| !matches!(loss.reason, Reason::Added | Reason::Again)) {
        *lost.entry((at(&loss.address), loss.value.clone())).or_default() += 1;
    }
    for ((at, value), count) in said(draft).iter().filter(|((_, value), _)| !value.is_empty()) {
        let value = as_cii(at, value);
        let key = (at.clone(), value.clone());
        let found = back.get(&key).copied().unwrap_or(0);
        let gone = lost.get(&key).copied().unwrap_or(0);
        let term = at.rsplit('/').next().and_then(Term::parse).unwrap();
        // Said again with every payment means or breakdown, it is no loss to say it once.
        let enough = found + gone >= *count || found > 0 && ONCE.contains(&term);
        prop_assert!(enough, "{at} = {value:?} is neither there nor lost\n{}", written.text);
        let invented = found + gone > *count && gone > 0 && found >= *count;
        prop_assert!(!invented, "{at} = {value:?} is called lost and is there\n{}", written.text);
    }
    prop_assert_eq!(written.places.len(), read.invoice.tree().len());
    Ok(())
}

fn told(losses: &[Loss]) -> Vec<String> {
    losses.iter().map(|loss| format!("{} {:?} {}", loss.address, loss.value, loss.reason.code())).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_said_survives_or_is_told(seed in any::<u64>(), dense in 5u64..95, wild in any::<bool>()) {
        let draft = draft(seed, Manner { dense, wild });
        for target in [Target::Cii, Target::Ubl] {
            hold(&draft, &write(&draft, target))?;
        }
    }

    /// What CII and UBL have no room for is known, term by term.
    #[test]
    fn a_sane_document_loses_only_what_the_syntax_lacks(seed in any::<u64>()) {
        let draft = draft(seed, SANE);
        for (target, lacks) in [(Target::Cii, LACKS_CII), (Target::Ubl, LACKS_UBL)] {
            let written = write(&draft, target);
            let read = read(written.text.as_bytes()).unwrap();
            prop_assert_eq!(&read.faults, &Vec::new(), "{}", written.text);
            let there = said(&draft);
            let is_known = |loss: &&Loss| match loss.reason {
                // True where the term is not said beside it, nor in the document.
                Reason::Needs(term) => {
                    let home = loss.address.rsplit_once('/').map_or("", |(home, _)| home);
                    !there.keys().any(|(at, _)| *at == format!("{home}/{term}"))
                }
                Reason::Again => true,
                _ => loss.term.is_some_and(|term| lacks.contains(&term)),
            };
            let odd: Vec<Loss> = written.losses.iter().filter(|loss| !is_known(loss)).cloned().collect();
            prop_assert!(odd.is_empty(), "{target:?} {:#?}\n{}", told(&odd), written.text);
        }
    }

    /// The two syntaxes of one draft are one invoice for `facteur diff`.
    #[test]
    fn both_syntaxes_say_the_same(seed in any::<u64>()) {
        let draft = draft(seed, SANE);
        let (cii, ubl) = (write(&draft, Target::Cii), write(&draft, Target::Ubl));
        let lost: Vec<Term> = cii.losses.iter().chain(&ubl.losses).filter_map(|loss| loss.term).collect();
        let (a, b) = (read(cii.text.as_bytes()).unwrap(), read(ubl.text.as_bytes()).unwrap());
        let options = diff::Options { ignore: lost, terms_only: true, ..diff::Options::default() };
        let found = diff::compare(&a.invoice, &b.invoice, &options);
        let brief = |said: &Option<diff::Said>| said.as_ref().map(|said| format!("{} = {}", said.address, said.value));
        let apart: Vec<_> = found.differences.iter().map(|d| (brief(&d.a), brief(&d.b))).collect();
        prop_assert!(found.is_same(), "{apart:#?}\n{}\n{}", cii.text, ubl.text);
        // Written again from either, nothing changes.
        for text in [&cii.text, &ubl.text] {
            let read = read(text.as_bytes()).unwrap();
            let again = write(&Draft::of(&read.invoice), if read.invoice.syntax().is_ubl() { Target::Ubl } else { Target::Cii });
            prop_assert_eq!(told(&again.losses), Vec::<String>::new());
            let (first, second): (Vec<&str>, Vec<&str>) = (text.lines().collect(), again.text.lines().collect());
            let other: Vec<_> = first.iter().zip(&second).filter(|(a, b)| a != b).collect();
            prop_assert_eq!(other, Vec::<(&&str, &&str)>::new());
            prop_assert_eq!(first.len(), second.len());
        }
    }

    #[test]
    fn json_says_all_of_it(seed in any::<u64>(), dense in 5u64..95) {
        let draft = draft(seed, Manner { dense, wild: false });
        let text = json(&draft);
        prop_assert_eq!(json(&draft_of_json(&text).unwrap()), text);
    }
}

/// What one syntax writes in each of several groups, and the other one once.
const ONCE: [Term; 7] = [bt::BT_7, bt::BT_8, bt::BT_9, bt::BT_83, bt::BT_89, bt::BT_90, bt::BT_91];

const LACKS_CII: &[Term] = &[];

const LACKS_UBL: &[Term] = &[bt::EXT_FR_FE_184];

/// Twice the lines, twice the time at most, and a little; a document of 10,000 lines is written in seconds even unoptimised.
#[test]
fn ten_thousand_lines_are_written() {
    let mut draft = draft(7, SANE);
    let line = draft.groups(bt::BG_25).next().unwrap().clone();
    draft.groups.retain(|group| group.term != Some(bt::BG_25));
    draft.groups.extend(std::iter::repeat_n(line, 10_000));
    for target in [Target::Cii, Target::Ubl] {
        let started = std::time::Instant::now();
        let written = write(&draft, target);
        assert!(written.losses.len() <= 80_000, "{:?}", &told(&written.losses)[..9]);
        assert!(started.elapsed() < std::time::Duration::from_secs(300), "{:?}", started.elapsed());
    }
}
