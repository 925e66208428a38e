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
    let setting =
        Setting { as_of: Day::parse_iso("2026-11-22").unwrap(), date: None, payment: None, french_rules: true };
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

/// Numbers made at random and judged by another program (`fixtures/identifiers/`): those of each country whose IBAN or VAT numbers are
/// registered, French ones of every style, and La Poste's.
#[test]
fn numbers_are_judged_as_another_program_judges_them() {
    let (mut seen, mut wrong) = (HashMap::<&str, usize>::new(), Vec::new());
    for row in include_str!("../../../fixtures/identifiers/judged.csv").lines().skip(1) {
        let [kind, value, judged] = row.split(',').collect::<Vec<_>>().try_into().unwrap();
        let right = match kind {
            "siren" => value.len() == 9 && digits::luhn(value),
            "siret" => value.len() == 14 && digits::luhn(&value[..9]) && digits::siret(value),
            "vat" => vat::judge(value) == vat::Vat::Right,
            "iban" => iban::claims(value) && iban::judge(value).is_ok(),
            "gln" => value.len() == 13 && digits::gs1(value),
            other => panic!("{other}"),
        };
        *seen.entry(kind).or_default() += 1;
        if right != (judged == "right") {
            wrong.push(row);
        }
    }
    assert!(wrong.is_empty(), "{wrong:?}");
    let least = [("siren", 20), ("siret", 40), ("vat", 100), ("iban", 100), ("gln", 14)];
    assert!(least.iter().all(|(kind, least)| seen.get(kind).is_some_and(|seen| seen >= least)), "{seen:?}");
}
