//! What the findings of the Factur-X profiles say, read as a user reads them: a sentence that says what the profile asks, an example that
//! is right in that profile.

use std::collections::BTreeMap;

use facteur::invoice::Place;
use facteur::rules::{self, Finding};
use facteur::text::{Lang, Text};

use super::edit::List;
use super::fixtures::judge_by;

const PROFILES: [&str; 5] = ["minimum", "basicwl", "basic", "en16931", "extended"];

/// Every finding of a restriction that the edits of a profile's fixtures bring, once for each sentence.
fn said(profile: &str) -> BTreeMap<(String, String), Finding> {
    let list = List::of(&format!("facturx-{profile}"));
    let pack = rules::pack(&format!("facturx-{profile}")).expect("the pack");
    let mut all = BTreeMap::new();
    for case in &list.case {
        for finding in judge_by(pack, &list.edited(case)).findings {
            if finding.rule.starts_with("FCT-FX-") {
                all.entry((finding.rule.clone(), finding.message.en.clone())).or_insert(finding);
            }
        }
    }
    all
}

/// A finding as text, in both languages.
fn shown(finding: &Finding) -> String {
    let mut out = format!("{} {}\n", finding.rule, finding.terms.join(", "));
    for lang in [Lang::Fr, Lang::En] {
        out.push_str(&format!("  {}\n  → {}\n", finding.message.get(lang), finding.fix.get(lang)));
    }
    let or = |text: Option<&str>| text.unwrap_or("–").to_owned();
    out.push_str(&format!("  {} / {}\n", or(finding.found.as_deref()), or(finding.expected.as_deref())));
    out + &format!("  {}\n", or(finding.example.as_deref()))
}

/// MINIMUM has the fewest words, EXTENDED the most restrictions: a sentence of each kind and element reads well.
#[test]
fn the_restrictions_read_well() {
    for profile in ["minimum", "extended"] {
        let all: Vec<String> = said(profile).values().map(shown).collect();
        insta::assert_snapshot!(format!("facturx-{profile}-said"), all.join("\n"));
    }
}

/// Each says which profile asks, with a verb, and leaves no gap.
#[test]
fn every_sentence_names_its_profile_and_leaves_no_gap() {
    let mut count = 0;
    for profile in PROFILES {
        let own = format!("FCT-FX-{}-", profile.to_uppercase());
        for finding in said(profile).values().filter(|finding| finding.rule.starts_with(&own)) {
            count += 1;
            let Text { fr, en } = &finding.message;
            assert!(fr.contains("profil Factur-X") && en.contains("Factur-X profile"), "{fr}\n{en}");
            assert!(
                !fr.contains('…') && !en.contains("factur-X") && !finding.fix.fr.contains('…'),
                "{}",
                shown(finding)
            );
            let verbs = [" exige ", " veut ", " n'emploie ", " n'admet "];
            assert!(verbs.iter().any(|verb| fr.contains(verb)), "{fr}");
            let verbs = [" requires ", " wants ", " does not use ", " does not allow "];
            assert!(verbs.iter().any(|verb| en.contains(verb)), "{en}");
        }
    }
    assert!(count > 100, "{count}");
}

/// What an example shows, the profile takes: never the element that it does not use, never a code or identifier of another profile.
#[test]
fn an_example_is_of_its_profile() {
    for profile in PROFILES {
        for finding in said(profile).values() {
            let Some(example) = &finding.example else { continue };
            let Some(Place::Xml { path, .. }) = &finding.place else { continue };
            let last = path.rsplit('/').next().unwrap_or_default();
            let name = last.split('[').next().unwrap_or_default();
            if finding.rule.ends_with("-UNUSED") {
                assert!(!example.contains(&format!("<{name}")), "{}", shown(finding));
            }
            if finding.rule.ends_with("-CODE") {
                let element = if name.starts_with('@') { path.rsplit('/').nth(1).unwrap_or_default() } else { name };
                let element = element.split('[').next().unwrap_or_default();
                assert!(example.starts_with(&format!("<{element}")), "{}", shown(finding));
            }
            let norm = profile != "en16931" && example.contains(">urn:cen.eu:en16931:2017<");
            assert!(!norm, "{}", shown(finding));
        }
    }
}
