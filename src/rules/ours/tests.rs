//! What the checks find together.

use super::*;
use crate::formats;
use crate::rules;
use crate::text::Lang;

#[test]
fn every_rule_is_explained() {
    for id in RULES {
        assert!(rules::explain(id, Lang::Fr).is_some(), "{id} is not in schemas/rules/own.toml");
    }
}

/// The worst case of the walk over identifiers: thousands of lines, each with a wrong one.
#[test]
fn findings_about_one_siren_follow_the_legal_one() {
    let text = include_str!("../../../fixtures/rules/fr/ubl-minimal.xml").replace("987654324", "987654323");
    let read = formats::read(text.as_bytes()).unwrap();
    let setting = Setting { as_of: Day::parse_iso("2026-11-22").unwrap(), date: None, payment: None, french_rules: true };
    let found = judge(&read.invoice, setting, &[]);
    let told: Vec<(&str, &str, Option<usize>)> =
        found.iter().map(|f| (f.rule.as_str(), f.terms[0].as_str(), f.follows)).collect();
    let legal = told.iter().position(|(_, term, _)| *term == "BT-47");
    assert_eq!(
        told,
        [
            ("FCT-SIREN", "BT-49", legal),
            ("FCT-SIRET", "BT-46", legal),
            ("FCT-VAT", "BT-48", legal),
            ("FCT-SIREN", "BT-47", None),
        ]
    );
}
