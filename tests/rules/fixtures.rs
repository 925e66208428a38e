//! Every base is clean, and every case fires exactly what its list says.

use std::collections::BTreeSet;

use facteur::formats;
use facteur::invoice::Syntax;
use facteur::rules::{self, Judged};

use super::edit::List;

/// Rows that the official artefact writes so that they always hold: what cannot fire has no case.
const NEVER_IN_CII: [&str; 4] = ["BR-AF-08", "BR-AG-08", "BR-AF-09", "BR-AG-09"];
const NEVER_IN_UBL: [&str; 2] = ["BR-DEC-13", "BR-DEC-15"];

pub fn judge(text: &str) -> Judged {
    let read = formats::read(text.as_bytes()).expect("a fixture reads");
    rules::pack("en16931").expect("the pack").judge(&read.invoice)
}

#[test]
fn nothing_fires_on_the_accept_fixtures() {
    let list = List::read();
    for name in list.base.keys() {
        let judged = judge(&list.text(name));
        let fired: Vec<_> = judged.findings.iter().map(|f| &f.rule).collect();
        assert!(fired.is_empty() && judged.not_run.is_none(), "{name}: {fired:?} {:?}", judged.not_run);
    }
}

#[test]
fn each_reject_fires_exactly_its_rules() {
    let list = List::read();
    let mut wrong = Vec::new();
    for case in &list.case {
        let mut fired: Vec<String> = judge(&list.edited(case)).findings.into_iter().map(|f| f.rule).collect();
        fired.sort();
        let mut expected = case.fires.clone();
        expected.sort();
        if fired != expected {
            wrong.push(format!("{}: {}\n  expected {expected:?}\n  fired    {fired:?}", case.base, case.edit));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn each_rule_has_a_reject_fixture_in_each_syntax() {
    let list = List::read();
    let mut seen = BTreeSet::new();
    for case in &list.case {
        let cii = case.base.starts_with("cii");
        seen.extend(case.fires.iter().map(|id| (id.as_str(), cii)));
    }
    for rule in rules::packs().iter().flat_map(|p| p.rules).filter(|r| !r.never) {
        for (syntax, cii) in [(Syntax::UblInvoice, false), (Syntax::Cii, true)] {
            let never: &[&str] = if cii { &NEVER_IN_CII } else { &NEVER_IN_UBL };
            let wanted = rule.severity(syntax).is_some() && !never.contains(&rule.id);
            assert_eq!(seen.contains(&(rule.id, cii)), wanted, "{} in {syntax:?}", rule.id);
        }
    }
}

#[test]
fn findings_come_in_the_order_of_the_document_with_place_and_words() {
    let list = List::read();
    for case in &list.case {
        let judged = judge(&list.edited(case));
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
