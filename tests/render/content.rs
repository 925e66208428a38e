//! Nothing that says something goes unseen, and every amount is called what it is.

use std::fs;

use super::*;

fn full() -> String {
    fs::read_to_string("fixtures/invoices/ubl-full.xml").unwrap()
}

/// The page with and without findings.
fn both(text: &str) -> [Page; 2] {
    let report = judged(text.as_bytes());
    [true, false].map(|findings| {
        let how = How { lang: Lang::En, findings, verdict: true, source: None };
        let mut out = String::new();
        rendered(&mut out, text.as_bytes(), &report, how, &Direct).unwrap();
        Page::read(&out)
    })
}

#[test]
fn every_type_of_credit_note_is_money_to_be_given_back() {
    let types = ["81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"];
    for kind in types {
        let text = full().replacen(">380<", &format!(">{kind}<"), 1);
        let page = shown(text.as_bytes(), Lang::En);
        // In the headline, and in the totals.
        assert_eq!(page.text.matches("To be credited").count(), 2, "{kind}");
        assert!(!page.text.contains("Amount due"), "{kind}");
    }
    let page = shown(full().as_bytes(), Lang::En);
    assert!(page.text.contains("Amount due") && !page.text.contains("To be credited"));
    let note = fs::read("fixtures/invoices/ubl-creditnote.xml").unwrap();
    let page = shown(&note, Lang::Fr);
    assert!(!page.text.contains("À payer") && page.text.matches("À rembourser ou à déduire").count() == 2);
    // One that is below zero says the opposite of what it is called.
    let negative = full().replacen(">380<", ">381<", 1).replacen(">564.00<", ">-564.00<", 1);
    assert!(shown(negative.as_bytes(), Lang::En).text.contains("Check the sign"));
}

#[test]
fn what_is_more_than_form_is_shown() {
    let full = full();
    for (from, to, seen) in [
        ("<cbc:NetworkID>NA<", "<cbc:NetworkID>VISAcard<", "VISAcard"),
        ("<cbc:ID>FC</cbc:ID>", "<cbc:ID>GSTzz</cbc:ID>", "GSTzz"),
        ("<cac:TaxScheme>\n            <cbc:ID>VAT<", "<cac:TaxScheme>\n            <cbc:ID schemeID=\"zz9\">VAT<", "zz9"),
        ("<cbc:ChargeIndicator>false<", "<cbc:ChargeIndicator>maybe<", "maybe"),
        ("<cbc:ChargeIndicator>false<", "<cbc:ChargeIndicator note=\"zz8\">false<", "zz8"),
        ("<Invoice ", "<Invoice extra=\"zz7\" ", "zz7"),
        ("<cac:PayeeParty>", "stray text<cac:PayeeParty>", "stray text"),
    ] {
        let text = full.replacen(from, to, 1);
        assert_ne!(text, full, "{from}");
        for page in both(&text) {
            let at = page.text.find("Content outside EN 16931").unwrap_or_else(|| panic!("{seen}: no section"));
            assert!(page.text[at..].contains(seen), "{seen}");
        }
    }
    // What is form is not.
    assert!(!both(&full)[1].text.contains("Content outside EN 16931"));
}

#[test]
fn a_surcharge_on_a_price_is_no_discount() {
    let full = full();
    let at = full.find("<cac:Price>").unwrap();
    let text = full[..at].to_owned() + &full[at..].replacen("<cbc:ChargeIndicator>false<", "<cbc:ChargeIndicator>true<", 1);
    let page = shown(text.as_bytes(), Lang::En);
    assert!(page.text.contains("Price surcharge") && !page.text.contains("Price discount"), "{}", page.text);
    assert!(shown(full.as_bytes(), Lang::En).text.contains("Price discount"));
}
