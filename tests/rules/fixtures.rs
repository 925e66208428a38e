//! Every base is clean, and every case fires exactly what its list says.

use std::collections::BTreeSet;
use std::path::PathBuf;

use facteur::formats;
use facteur::invoice::{Place, Syntax};
use facteur::rules::{self, Judged, Pack, Rule, Severity};

use super::edit::{Case, List};

pub fn judge(text: &str) -> Judged {
    judge_by(rules::pack("en16931").expect("the pack"), text)
}

pub fn judge_by(pack: &'static Pack, text: &str) -> Judged {
    let read = formats::read_any(text.as_bytes()).expect("a fixture reads");
    pack.judge(&read.invoice)
}

/// The packs in their newest version, with their fixtures.
fn packs() -> Vec<(&'static Pack, List)> {
    let newest = rules::packs().iter().filter(|pack| std::ptr::eq(*pack, rules::pack(pack.id).expect("it is there")));
    newest.map(|pack| (pack, List::of(pack.id))).collect()
}

#[test]
fn nothing_fires_on_the_accept_fixtures() {
    for (pack, list) in packs() {
        for name in list.base.keys() {
            let judged = judge_by(pack, &list.text(name));
            let fired: Vec<_> = judged.findings.iter().map(|f| &f.rule).collect();
            let clean = fired.is_empty() && judged.not_run.is_none();
            assert!(clean, "{}, {name}: {fired:?} {:?}", pack.id, judged.not_run);
        }
    }
}

/// Every invoice of the fixtures as a file, for the official judges (`tests/conformance.py --cases FOLDER`): only where
/// `FACTEUR_CASES` names the folder.
#[test]
fn cases_are_written_for_the_official_judges() {
    let Some(folder) = std::env::var_os("FACTEUR_CASES").map(PathBuf::from) else { return };
    for pack in List::packs() {
        let list = List::of(&pack);
        let to = folder.join(&pack);
        std::fs::create_dir_all(&to).expect("a folder");
        let write = |name: String, text: &str| std::fs::write(to.join(name), text).expect("it is written");
        list.base.keys().for_each(|base| write(format!("base-{base}.xml"), &list.text(base)));
        for (kind, cases) in [("case", &list.case), ("valid", &list.valid())] {
            for (at, case) in cases.iter().enumerate() {
                write(format!("{kind}-{at:04}-{}.xml", case.base), &list.edited(case));
            }
        }
    }
}

#[test]
fn each_reject_fires_exactly_its_rules() {
    let mut wrong = Vec::new();
    for (pack, list) in packs() {
        for case in &list.case {
            let judged = judge_by(pack, &list.edited(case));
            let mut fired: Vec<String> = judged.findings.into_iter().map(|f| f.rule).collect();
            fired.sort();
            let here = format!("{}, {}: {}", pack.id, case.base, case.edit);
            if judged.not_run.is_some() != case.stops {
                wrong.push(format!("{here}\n  not run: {:?}", judged.not_run));
            }
            let mut expected = case.fires.clone();
            expected.sort();
            if fired != expected {
                wrong.push(format!("{here}\n  expected {expected:?}\n  fired    {fired:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What a pack shares with one before it holds by that one's fixtures.
#[test]
fn each_rule_has_a_reject_fixture_in_each_syntax() {
    let (mut wrong, mut before) = (Vec::new(), Vec::<&Rule>::new());
    for (pack, list) in packs() {
        let mut seen = BTreeSet::new();
        for case in &list.case {
            let syntax = match &case.base {
                base if base.starts_with("cdar") => Syntax::Cdar,
                base if base.starts_with("cii") => Syntax::Cii,
                _ => Syntax::UblInvoice,
            };
            seen.extend(case.fires.iter().map(|id| (id.as_str(), syntax.as_str())));
        }
        for &rule in pack.rules.iter().filter(|r| !r.never) {
            if before.iter().any(|known| std::ptr::eq(*known, rule)) {
                continue;
            }
            for syntax in [Syntax::UblInvoice, Syntax::Cii, Syntax::Cdar] {
                let severity = rule.severity(syntax).filter(|_| !rule.never_in(syntax));
                // The hundreds of warnings about unused elements hold by their own example (below).
                let by_example = is_plain(rule) && severity == Some(Severity::Warning);
                let by_bulk = super::chorus::BY_BULK.contains(&rule.id);
                if !by_example && !by_bulk && seen.contains(&(rule.id, syntax.as_str())) != severity.is_some() {
                    wrong.push(format!("{}: {} in {syntax:?}", pack.id, rule.id));
                }
            }
        }
        before.extend(pack.rules.iter().copied());
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Does the rule forbid a path and no more?
fn is_plain(rule: &Rule) -> bool {
    [rule.ubl, rule.cii].iter().any(|row| row.contains(": none "))
}

/// What the documentation of a plain rule shows as refused is refused, in its place; the other examples of its kind are not.
#[test]
fn each_plain_rule_fires_on_its_own_example_and_in_its_place() {
    let list = List::read();
    let mut wrong = Vec::new();
    for rule in rules::pack("en16931").expect("the pack").rules.iter().filter(|r| is_plain(r) && !r.never) {
        let (base, row) = if rule.ubl.is_empty() { ("cii-full", rule.cii) } else { ("ubl-full", rule.ubl) };
        let context = row.split(':').next().expect("a context");
        let bound = "<ext:UBLExtensions xmlns:ext=\"urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2\">";
        let example = rule.wrong.replace("<ext:UBLExtensions>", bound);
        let text = list.text(base);
        let Some(place) = place_of(base, context) else {
            wrong.push(format!("{}: no place for context {context}", rule.id));
            continue;
        };
        let edit = match row.split_once(": none @") {
            Some((_, name)) => format!("attribute {place}/@{name} = x"),
            None if row.contains(": none //@") => {
                let name = row.split_once("//@").map_or("", |(_, name)| name);
                format!("attribute {place}/cbc:ID/@{name} = x")
            }
            None => format!("insert {place} < {example}"),
        };
        let case = Case { base: base.to_owned(), edit, fires: Vec::new(), stops: false };
        let fired = judge(&list.edited(&case)).findings;
        let own: Vec<_> = fired.iter().filter(|f| f.rule == rule.id).collect();
        let found_there = match own.as_slice() {
            // Below the element of the context, and not that element itself.
            [only] => {
                matches!(&only.place, Some(Place::Xml { path, .. }) if path.len() > place.len() && path.starts_with(&place))
            }
            _ => false,
        };
        if !found_there || judge(&text).findings.iter().any(|f| f.rule == rule.id) {
            wrong.push(format!("{}: {} fired {:?}", rule.id, case.edit, own));
        }
    }
    assert!(wrong.is_empty(), "{} rules:\n{}", wrong.len(), wrong.join("\n"));
}

/// An element of a base that stands in a context of the syntax rules.
fn place_of(base: &str, context: &str) -> Option<String> {
    let places = List::read().place;
    places.get(&format!("{}-{context}", &base[..3])).cloned()
}

#[test]
fn findings_come_in_the_order_of_the_document_with_place_and_words() {
    for (pack, list) in packs() {
        for case in &list.case {
            let judged = judge_by(pack, &list.edited(case));
            let lines: Vec<u32> = judged
                .findings
                .iter()
                .map(|f| match f.place {
                    Some(facteur::invoice::Place::Xml { line, .. }) => line,
                    _ => panic!("{} without place", f.rule),
                })
                .collect();
            assert!(lines.is_sorted(), "{}: {lines:?}", case.edit);
            for finding in &judged.findings {
                for text in [&finding.message, &finding.fix] {
                    for words in [&text.fr, &text.en] {
                        assert!(!words.is_empty() && !words.contains(['{', '}']), "{}: {words}", finding.rule);
                        assert!(!words.contains("« »") && !words.contains("\"\""), "{}: {words}", finding.rule);
                    }
                }
            }
        }
    }
}
