//! What the document itself says is right is tried and told: a line, a rate, a breakdown, a currency that explains what a sum says.

use facteur::formats::{self, Edit};
use facteur::report::{Report, Verdict};
use facteur::rules::Finding;
use facteur::xml::NodeId;

use super::complete::{judged, path};
use super::edit::{Case, List};

fn edited(base: &str, edit: &str) -> String {
    List::read().edited(&Case { base: base.to_owned(), edit: edit.to_owned(), fires: Vec::new(), stops: false })
}

fn roots(report: &Report) -> Vec<&Finding> {
    report.findings.iter().filter(|f| f.follows.is_none()).collect()
}

/// The only root of a document edited so: its place, what was found and what is right; written there, the document is valid.
fn cured(base: &str, edit: &str) -> Finding {
    let text = edited(base, edit);
    let report = judged(&text);
    let roots = roots(&report);
    let [root] = roots.as_slice() else { panic!("{edit}: {:?}", roots.iter().map(|f| &f.rule).collect::<Vec<_>>()) };
    let right = root.expected.clone().filter(|_| root.found.is_some()).unwrap_or_default();
    let at = path(root).unwrap();
    let read = formats::read(text.as_bytes()).unwrap();
    let tree = read.invoice.tree();
    let (element, attribute) = at.split_once("/@").map_or((at, None), |(element, name)| (element, Some(name)));
    let node = (0..tree.len() as NodeId).find(|n| tree.path(*n) == element).unwrap();
    let change = match attribute {
        Some(name) => Edit::Attribute { node, name: name.to_owned(), value: right },
        None => Edit::Text { node, value: right },
    };
    let after = judged(&change.apply(tree).unwrap());
    assert_eq!(after.verdict, Verdict::Valid, "{edit}: {root:?}");
    (*root).clone()
}

#[test]
fn the_line_that_makes_a_sum_wrong_is_named() {
    let root = cured("ubl-full", "set /Invoice/cac:InvoiceLine[1]/cbc:LineExtensionAmount = 990.00");
    assert_eq!(path(&root), Some("/Invoice/cac:InvoiceLine[1]/cbc:LineExtensionAmount"));
    assert_eq!((root.found.as_deref(), root.terms.as_slice()), (Some("990.00"), ["BT-131".to_owned()].as_slice()));
    assert!(root.message.en.contains("BG-25[1]") && root.message.fr.contains("BG-25[1]"), "{root:?}");
}

#[test]
fn a_line_at_a_rate_that_no_breakdown_has_is_named_and_no_base_proposed() {
    let rate = "/Invoice/cac:InvoiceLine[1]/cac:Item/cac:ClassifiedTaxCategory/cbc:Percent";
    let root = cured("ubl-full", &format!("set {rate} = 10"));
    assert_eq!((root.rule.as_str(), path(&root), root.found.as_deref()), ("BR-S-08", Some(rate), Some("10")));
    assert!(root.message.en.contains("no VAT breakdown") && root.working.is_none(), "{root:?}");
}

#[test]
fn a_breakdown_at_a_rate_that_no_line_has_is_the_one_to_mend() {
    let rate = "/Invoice/cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent";
    let root = cured("ubl-vat-S", &format!("set {rate} = 10"));
    assert_eq!((path(&root), root.found.as_deref(), root.expected.as_deref()), (Some(rate), Some("10"), Some("20")));
    assert!(root.fix.en.starts_with("Write 20 in BT-119") && root.working.is_none(), "{root:?}");
}

#[test]
fn a_currency_that_no_amount_bears_is_no_arithmetic_error() {
    let root = cured("ubl-full", "set /Invoice/cbc:DocumentCurrencyCode = CHF");
    assert_eq!((root.expected.as_deref(), root.terms.as_slice()), (Some("EUR"), ["BT-5".to_owned()].as_slice()));
    assert!(root.message.en.contains("no arithmetic error") && root.working.is_none(), "{root:?}");
    // An empty one is not repeated in sentences, and the one that amounts bear is proposed.
    let report = judged(&edited("ubl-full", "set /Invoice/cbc:DocumentCurrencyCode = "));
    let all = roots(&report);
    assert_eq!(all.len(), 1, "{all:?}");
    assert_eq!(all[0].example.as_deref(), Some("<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>"));
    assert!(
        report
            .findings
            .iter()
            .all(|f| !f.message.fr.contains(" en  ") && f.expected.as_deref() != Some("currencyID=\"\""))
    );
}

#[test]
fn a_breakdown_that_stands_twice_is_named_and_the_total_left() {
    let text = List::read().text("ubl-vat-S");
    let (start, end) = (text.find("<cac:TaxSubtotal>").unwrap(), text.find("</cac:TaxSubtotal>").unwrap() + 18);
    let report = judged(&format!("{}{}{}", &text[..end], &text[start..end], &text[end..]));
    let all = roots(&report);
    let [root] = all.as_slice() else { panic!("{all:?}") };
    assert_eq!((root.rule.as_str(), path(root)), ("BR-CO-14", Some("/Invoice/cac:TaxTotal/cac:TaxSubtotal[2]")));
    assert!(root.fix.en.contains("BG-23[2] repeats BG-23[1]") && root.expected.is_none(), "{root:?}");
}

#[test]
fn a_category_that_is_empty_or_gone_is_the_one_that_mends() {
    let tax = "/rsm:CrossIndustryInvoice/rsm:SupplyChainTradeTransaction/ram:IncludedSupplyChainTradeLineItem/ram:SpecifiedLineTradeSettlement/ram:ApplicableTradeTax";
    for edit in [format!("set {tax}/ram:CategoryCode = "), format!("delete {tax}/ram:CategoryCode")] {
        let report = judged(&edited("cii-vat-S", &edit));
        let all = roots(&report);
        let [root] = all.as_slice() else { panic!("{edit}: {all:?}") };
        assert_eq!(root.example.as_deref(), Some("<ram:CategoryCode>S</ram:CategoryCode>"), "{edit}");
    }
    // The type of every tax is TVA: each is a cause, and no sound code is blamed.
    let text = List::read().text("cii-vat-S").replace("<ram:TypeCode>VAT<", "<ram:TypeCode>TVA<");
    let report = judged(&text);
    for root in roots(&report) {
        assert_eq!(root.rule, "CII-DT-037", "{root:?}");
        assert_eq!(root.example.as_deref(), Some("<ram:TypeCode>VAT</ram:TypeCode>"));
    }
}

#[test]
fn examples_have_the_document_s_own_amounts() {
    let sums = "/Invoice/cac:LegalMonetaryTotal";
    let own = |text: &str, name: &str| {
        let start = text.find(&format!("<cbc:{name} ")).unwrap();
        text[start..start + text[start..].find("</").unwrap()].to_owned() + &format!("</cbc:{name}>")
    };
    let whole = List::read().text("ubl-full");
    for name in ["TaxExclusiveAmount", "TaxInclusiveAmount"] {
        let report = judged(&edited("ubl-full", &format!("delete {sums}/cbc:{name}")));
        let root = roots(&report)[0].clone();
        assert_eq!(root.example, Some(own(&whole, name)), "{root:?}");
        assert!(root.fix.en.contains("Here: "), "{root:?}");
    }
    // What stands out of place keeps what it holds.
    let amount = own(&whole, "LineExtensionAmount");
    let moved = edited("ubl-full", &format!("delete {sums}/cbc:LineExtensionAmount ; insert {sums} < {amount}"));
    let report = judged(&moved);
    let order = report.findings.iter().find(|f| f.rule == "FCT-XSD-ORDER").unwrap();
    assert!(order.example.as_deref().unwrap().starts_with(&amount), "{order:?}");
}

#[test]
fn a_rate_with_its_sign_is_read() {
    let report =
        judged(&edited("ubl-vat-S", "set /Invoice/cac:TaxTotal/cac:TaxSubtotal/cac:TaxCategory/cbc:Percent = 20,0 %"));
    let value = report.findings.iter().find(|f| f.rule == "FCT-XSD-VALUE").unwrap();
    assert_eq!(value.example.as_deref(), Some("<cbc:Percent>20.0</cbc:Percent>"));
    assert!(!value.fix.en.contains("1234.50"), "{value:?}");
    // No amount is a percentage.
    let report = judged(&edited("ubl-vat-S", "set /Invoice/cac:LegalMonetaryTotal/cbc:PayableAmount = 20 %"));
    let value = report.findings.iter().find(|f| f.rule == "FCT-XSD-VALUE").unwrap();
    assert!(!value.fix.en.contains("Write 20:"), "{value:?}");
}

#[test]
fn an_example_that_cures_nothing_shows_the_form_alone() {
    let report =
        judged(&edited("ubl-full", "set /Invoice/cac:AdditionalDocumentReference[2]/cbc:DocumentTypeCode = 130,00"));
    for finding in report.findings.iter().filter(|f| f.rule == "UBL-SR-43") {
        assert!(finding.example.as_deref().is_none_or(|e| e.contains('…')), "{finding:?}");
    }
    // A value is asked for, not all that is around it.
    let report = judged(&edited("ubl-full", "set /Invoice/cac:AllowanceCharge[1]/cac:TaxCategory/cbc:ID = ??"));
    let code = report.findings.iter().find(|f| f.rule == "BR-CL-17").unwrap();
    assert!(code.example.as_deref().is_some_and(|e| e.starts_with("<cbc:ID>")), "{code:?}");
}
