//! No rule that the program can print goes without its documentation, in both languages.

use std::collections::BTreeSet;

use facteur::explain::{What, everything};
use facteur::invoice::Term;
use facteur::rules;
use facteur::text::Lang;

/// Rules without a right and a wrong example, and why no document of a few lines could show one.
const NO_EXAMPLE: &[(&str, &str)] = &[
    ("FCT-XSD-MORE", "it tells what the report leaves out, and judges nothing"),
    ("FCT-NOT-JUDGED", "it tells that a pack did not run, whatever the document says"),
    ("FCT-MORE", "it tells what the report leaves out, and judges nothing"),
    ("FCT-READ-ABSENT", "there is no document to show"),
    ("FCT-LIMIT-SIZE", "a bound: an example would be as long as the bound"),
    ("FCT-LIMIT-DEPTH", "a bound: an example would be as long as the bound"),
    ("FCT-LIMIT-ELEMENTS", "a bound: an example would be as long as the bound"),
    ("FCT-LIMIT-NAMES", "a bound: an example would be as long as the bound"),
    ("FCT-LIMIT-ATTRIBUTES", "a bound: an example would be as long as the bound"),
    ("FCT-LIMIT-NAME", "a bound: an example would be as long as the bound"),
    ("FCT-LIMIT-BREAKDOWNS", "a bound: an example would be as long as the bound"),
    ("FCT-PDF-SIZE", "a bound: an example would be as long as the bound"),
    ("FCT-PDF-BOMB", "a bound: an example would be as long as the bound"),
    ("FCT-PDF-OBJECTS", "a bound: an example would be as long as the bound"),
    ("FCT-PDF-DEPTH", "a bound: an example would be as long as the bound"),
    ("FCT-PDF-SLOW", "it is about time, not about what the document says"),
    ("FCT-PDF-BUSY", "it is about the machine, not about the document"),
    ("FCT-PDF-FAULT", "it is about facteur, not about the document"),
    ("FCT-PDF-DAMAGED", "the fault lies in bytes or offsets of a PDF, which no few lines show"),
    ("FCT-PDF-CYCLE", "the fault lies in bytes or offsets of a PDF, which no few lines show"),
    ("FCT-PDF-CUT", "the fault lies in bytes or offsets of a PDF, which no few lines show"),
    ("FCT-PDF-REBUILT", "the fault lies in bytes or offsets of a PDF, which no few lines show"),
    ("FCT-PDF-UNREAD", "the fault lies in bytes or offsets of a PDF, which no few lines show"),
    ("FCT-PDF-UNSEEN", "the fault lies in bytes or offsets of a PDF, which no few lines show"),
    ("FCT-PDF-NOT-COMPARED", "it tells what was not looked at, and judges nothing"),
    ("FCT-PDF-XMP", "what is missing is a packet of a page"),
    ("FCT-PDF-XMP-SCHEMA", "what is missing is a schema of a page"),
];

#[test]
fn every_rule_has_all_its_sections() {
    let mut bare = Vec::new();
    for id in rules::explained().filter(|id| id.contains('-') && id.chars().all(|c| !c.is_ascii_lowercase())) {
        // The official artefact cannot fire it: nothing would be refused.
        let never = rules::rule(id).is_some_and(|rule| rule.never);
        for (lang, sections, examples) in [
            (Lang::Fr, ["Ce qui est vérifié", "Pourquoi", "Correction"], ["Exemple refusé", "Exemple accepté"]),
            (Lang::En, ["What it checks", "Why", "Fix"], ["Wrong", "Right"]),
        ] {
            let page = facteur::explain::find(id, lang).remove(0);
            assert_eq!(page.id, id);
            let has = |heading: &str| page.sections.iter().any(|section| section.heading == heading);
            for section in sections {
                assert!(has(section), "{id}: {section} is missing");
            }
            assert!(has("Source") || id.starts_with("FCT-"), "{id} has no source");
            assert!(!page.title.is_empty() && !page.text().contains("%1"), "{id}");
            let mut shown = examples.map(has);
            // What may not stand at all is put right by leaving it out, wherever it stood.
            shown[1] |= rules::rule(id).is_some_and(|rule| rule.is_plain());
            let excused = never || NO_EXAMPLE.iter().any(|(known, _)| *known == id);
            if shown.contains(&false) && !excused {
                bare.push(format!("{id}: {:?}", examples));
            }
            assert!(
                shown.contains(&false) || !NO_EXAMPLE.iter().any(|(known, _)| *known == id),
                "{id} has its examples now"
            );
        }
    }
    bare.sort();
    bare.dedup();
    assert!(bare.is_empty(), "rules without examples:\n{}", bare.join("\n"));
}

/// Every id that stands in the sources is explained: what the program can print.
#[test]
fn every_id_in_the_sources_is_explained() {
    let mut ids = BTreeSet::new();
    walk(std::path::Path::new("src"), &mut ids);
    assert!(ids.len() > 70, "only {} ids found", ids.len());
    let unknown: Vec<_> = ids.iter().filter(|id| rules::explain(id, Lang::En).is_none()).collect();
    assert!(unknown.is_empty(), "printed and not explained: {unknown:?}");
}

fn walk(folder: &std::path::Path, ids: &mut BTreeSet<String>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            // What tests ask about need not be an id.
            if !path.ends_with("tests") {
                walk(&path, ids);
            }
        } else if path.extension().is_some_and(|e| e == "rs") && !path.ends_with("tests.rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let program = text.split("#[cfg(test)]\nmod tests {").next().unwrap();
            for rest in program.split("\"FCT-").skip(1) {
                let id = format!("FCT-{}", rest.split('"').next().unwrap());
                let of_id = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '-';
                // A family (`FCT-PDF-`) is made whole where it is printed; the tests of its room hold those.
                if id.chars().all(of_id) && !id.ends_with('-') {
                    ids.insert(id);
                }
            }
        }
    }
}

#[test]
fn terms_statuses_and_lists_have_both_languages() {
    for term in Term::all() {
        assert!(!term.name(Lang::Fr).is_empty() && !term.name(Lang::En).is_empty(), "{term}");
    }
    let (mut statuses, mut lists) = (0, 0);
    for what in everything() {
        let [fr, en] = [Lang::Fr, Lang::En].map(|lang| what.title(lang));
        match what {
            What::Status(_) | What::Chorus(_) | What::Reason(_) | What::Deposit(..) => {
                // A word may be the same in both languages; a sentence is not.
                assert!(!fr.is_empty() && !en.is_empty() && (fr != en || !fr.contains(' ')), "{}: {fr}", what.id());
                statuses += 1;
            }
            What::List(_) => {
                assert!(!fr.is_empty() && fr != en, "{}: {fr}", what.id());
                lists += 1;
            }
            _ => {}
        }
    }
    assert!(statuses > 110 && lists >= 19, "{statuses} {lists}");
}
