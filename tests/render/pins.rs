//! Every finding stands on the page exactly once in full, and at its field where it has one.

use facteur::rules::Severity;
use facteur::text::Lang;

use super::page::Page;
use super::{judged, shown};
use crate::rules::edit::List;

/// Where a finding stands: inside the invoice, or above it.
fn pinned(page: &Page, at: usize) -> bool {
    let around = page.around.get(&format!("f{at}")).unwrap_or_else(|| panic!("finding {at} is not on the page"));
    !around.iter().any(|one| one.contains("x-above"))
}

#[test]
fn every_finding_of_every_reject_fixture_is_there_once_and_nearly_all_at_their_fields() {
    let list = List::read();
    let (mut all, mut at_fields, mut apart) = (0, 0, std::collections::BTreeMap::new());
    for case in &list.case {
        let text = list.edited(case);
        let (report, page) = (judged(text.as_bytes()), shown(text.as_bytes(), Lang::En));
        for (at, finding) in report.findings.iter().enumerate() {
            let said = &page.text;
            assert!(said.contains(&super::page::plain(&finding.message.en)), "{}: {}", case.edit, finding.message.en);
            all += 1;
            if pinned(&page, at) {
                at_fields += 1;
            } else {
                *apart.entry(finding.rule.clone()).or_insert(0) += 1;
            }
        }
    }
    println!("{at_fields} of {all} at their fields; apart: {apart:?}");
    assert!(all > 500 && at_fields * 10 >= all * 8, "{at_fields} of {all}; apart: {apart:?}");
}

#[test]
fn a_sum_that_is_wrong_is_told_at_the_total() {
    let bytes = std::fs::read("fixtures/demo/invoices/12-wrong-sum-one-cent.xml").unwrap();
    let report = judged(&bytes);
    let at = report.findings.iter().position(|f| f.rule == "BR-CO-10").unwrap();
    let page = shown(&bytes, Lang::Fr);
    let around = &page.around[&format!("f{at}")];
    assert!(around.iter().any(|one| one.contains("x-totals")), "{around:?}");
    let said = &page.ids[&format!("f{at}")];
    for part in ["Bloquante", "BR-CO-10", "348.72", "348.71", "127.36", "Écart", "À faire"] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[test]
fn what_is_missing_is_told_where_it_would_stand() {
    let bytes = std::fs::read_to_string("fixtures/invoices/ubl-minimal.xml").unwrap();
    let without = |text: &str, element: &str| {
        let start = text.find(&format!("<{element}>")).or_else(|| text.find(&format!("<{element} "))).unwrap();
        let close = format!("</{element}>");
        let end = start + text[start..].find(&close).unwrap() + close.len();
        format!("{}{}", &text[..start], &text[end..])
    };
    for (element, rule, card) in [
        ("cbc:RegistrationName", "BR-06", "BG-4"),
        ("cbc:InvoicedQuantity", "BR-22", "BG-25"),
        ("cbc:IssueDate", "BR-03", "x-title"),
    ] {
        let text = without(&bytes, element);
        let report = judged(text.as_bytes());
        let at = report.findings.iter().position(|f| f.rule == rule).unwrap_or_else(|| panic!("{rule}: {report:?}"));
        let page = shown(text.as_bytes(), Lang::En);
        let around = &page.around[&format!("f{at}")];
        assert!(around.iter().any(|one| one.contains(card)), "{rule} stands in {around:?}");
        assert!(page.text.contains("missing"), "{rule}");
    }
}

#[test]
fn without_findings_the_page_has_none_and_says_so() {
    let bytes = std::fs::read("fixtures/demo/invoices/12-wrong-sum-one-cent.xml").unwrap();
    let report = judged(&bytes);
    assert!(report.count(Severity::Fatal) > 0);
    let how = facteur::render::How { lang: Lang::En, findings: false, verdict: true, source: None };
    let mut out = String::new();
    facteur::render::page(&mut out, &bytes, &report, how, &facteur::pdf::Direct).unwrap();
    let page = Page::read(&out);
    assert!(!page.text.contains("BR-CO-10") && page.text.contains("Findings were not asked for"));
    assert!(!page.text.contains("Valid"), "no verdict where nothing is shown of it");
}

/// Of many findings at one field the last are only counted; a cause leads to them all the same.
#[test]
fn a_cause_that_is_only_counted_is_led_to() {
    let bytes = std::fs::read_to_string("fixtures/invoices/ubl-minimal.xml").unwrap();
    let odd: String = (0..30).map(|n| format!(" odd{n}=\"\"")).collect();
    let text = bytes.replace("<cbc:ID>MIN", &format!("<cbc:ID{odd}>MIN"));
    let report = judged(text.as_bytes());
    let page = shown(text.as_bytes(), Lang::En);
    let last = report.findings.iter().rposition(|f| f.rule == "FCT-XSD-ATTRIBUTE").unwrap();
    assert!(page.text.contains("10 more findings here"), "{}", page.text);
    assert!(page.links.contains(&format!("#f{last}")) && page.around.contains_key(&format!("f{last}")));
}
