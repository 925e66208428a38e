//! Every rule explains itself, in both languages.

use facteur::rules::{self, explain};
use facteur::text::Lang;

use super::edit::List;
use super::fixtures::judge;

#[test]
fn no_rule_is_undocumented() {
    for rule in rules::rules() {
        for (lang, sections) in [
            (
                Lang::Fr,
                ["## Termes", "## Ce qui est vérifié", "## Pourquoi", "## Exemple", "## Correction", "## Source"],
            ),
            (Lang::En, ["## Terms", "## What it checks", "## Why", "## Wrong", "## Fix", "## Source"]),
        ] {
            let text = explain(rule.id, lang).unwrap_or_else(|| panic!("{} has no explanation", rule.id));
            for section in sections {
                let example = section.starts_with("## Ex") || section == "## Wrong";
                let terms = section.starts_with("## Ter");
                let spared = (example && rule.never) || (terms && rule.terms.is_empty());
                assert!(spared || text.contains(section), "{}: {section} is missing", rule.id);
            }
            assert!(!text.contains('%') || text.contains(" % "), "{}: a placeholder is left: {text}", rule.id);
        }
    }
}

#[test]
fn an_id_stands_once_in_a_pack() {
    for pack in rules::packs() {
        let mut ids: Vec<_> = pack.rules.iter().map(|r| r.id).collect();
        let all = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), all, "{}", pack.id);
    }
}

#[test]
fn explanations_read_well() {
    for id in [
        "BR-02",
        "BR-CO-10",
        "BR-CL-04",
        "BR-AE-02",
        "BR-S-08",
        "BR-CO-05",
        "UBL-CR-515",
        "UBL-SR-19",
        "CII-SR-439",
        "CII-DT-001",
        "CII-DT-010",
    ] {
        for lang in [Lang::Fr, Lang::En] {
            insta::assert_snapshot!(format!("explain-{id}-{lang:?}"), explain(id, lang).expect("an explanation"));
        }
    }
}

#[test]
fn findings_read_well() {
    let list = List::read();
    let mut seen = std::collections::BTreeMap::new();
    for case in &list.case {
        for finding in judge(&list.edited(case)).findings {
            let syntax = &case.base[..3];
            let said = format!(
                "{} {syntax}: {}\n    {}\n    {}\n    {}\n    found {:?}, expected {:?}\n    example {}\n",
                finding.rule,
                finding.message.fr,
                finding.message.en,
                finding.fix.fr,
                finding.fix.en,
                finding.found,
                finding.expected,
                finding.example.as_deref().unwrap_or("-")
            );
            seen.entry((finding.rule.clone(), syntax.to_owned())).or_insert(said);
        }
    }
    insta::assert_snapshot!("findings", seen.into_values().collect::<String>());
}

#[test]
fn a_missing_currency_and_a_malformed_number_are_said_to_be_that() {
    let said = |base: &str, edit: &str, rule: &str| {
        let list = List::read();
        let case = super::edit::Case { base: base.into(), edit: edit.into(), fires: Vec::new(), stops: false };
        let judged = judge(&list.edited(&case));
        let text = judged.findings.iter().find(|f| f.rule == rule).map(|f| f.message.en.clone());
        (text.unwrap_or_default(), judged.not_run.map(|t| t.en).unwrap_or_default())
    };
    let amount = "/Invoice/cac:TaxTotal[1]/cbc:TaxAmount";
    let (message, _) = said("ubl-full", &format!("delete {amount}/@currencyID"), "BR-CO-15");
    assert_eq!(
        message,
        "Invoice total VAT amount (BT-110) does not state its currency: the attribute currencyID=\"EUR\" is missing. The currency is at fault here, not the arithmetic: BT-112 cannot be checked without it."
    );
    let (message, _) = said("ubl-full", &format!("delete {amount}/@currencyID"), "BR-CL-03");
    assert_eq!(
        message,
        "Invoice total VAT amount (BT-110): the attribute currencyID is missing; a code of list ISO 4217 is expected."
    );
    let (_, crash) = said("ubl-full", &format!("set {amount} = 1 000,00"), "");
    assert_eq!(
        crash,
        format!(
            "{amount}: this is no decimal number (\"1 000,00\"); the official artefact stops here without a verdict: mend this element first"
        )
    );
}

#[test]
fn advice_fits_what_is_wrong() {
    let list = List::read();
    let judged = |base: &str, edit: &str| {
        let case = super::edit::Case { base: base.into(), edit: edit.into(), fires: Vec::new(), stops: false };
        judge(&list.edited(&case))
    };
    let fix = |base: &str, edit: &str, rule: &str| {
        let found = judged(base, edit).findings.into_iter().find(|f| f.rule == rule);
        found.unwrap_or_else(|| panic!("{rule} does not fire")).fix.en
    };
    // The currency has no total: to correct an amount would mend nothing.
    let said = fix("ubl-full", "set /Invoice/cbc:DocumentCurrencyCode = GBP", "BR-CO-15");
    assert_eq!(said, "Add BT-110 in GBP, correct its currencyID, or correct the invoice currency (BT-5).");
    let said = fix("ubl-full", "set /Invoice/cbc:DocumentCurrencyCode = EURO", "BR-CL-04");
    assert_eq!(said, "Write a code of list ISO 4217, in the same case. The nearest: EUR.");
    // A bound of facteur's own is not laid at the official artefact's door.
    let payable = "/Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount";
    let long = judged("ubl-full", &format!("set {payable} = 1234567890123456789012345678901.5")).not_run;
    let long = long.map(|text| text.en).unwrap_or_default();
    assert!(long.contains("28 digits") && !long.contains("official"), "{long}");
}
