//! No term of an invoice is lost, whatever its syntax and whatever its text.

use facteur::formats::Envelope;
use facteur::invoice::{Kind, bt};
use facteur::pdf::Direct;
use facteur::text::Lang;
use proptest::prelude::*;

use super::page::Page;
use super::{fixtures, html, shown};

/// The terms that a page does not show, though the document has them.
fn lost(bytes: &[u8], page: &Page) -> Vec<String> {
    let envelope = Envelope::open(bytes, &Direct).unwrap();
    let read = envelope.read().unwrap();
    let missing = read.invoice.occurrences().filter(|o| {
        let card = o.term() == bt::BT_87 && o.trimmed().chars().filter(char::is_ascii_digit).count() > 10;
        // The content of a file is told by its size, a whole card number by its end.
        // The end of a line in a name is shown as what it is.
        let text = o.trimmed();
        o.term().kind() != Kind::Binary
            && !card
            && !page.says(text)
            && !page.says(&text.replace('\r', "\\u{d}").replace('\n', "\\u{a}"))
    });
    missing.map(|o| format!("{} {:?}", o.address(), o.trimmed())).collect()
}

#[test]
fn every_term_of_every_fixture_is_shown_in_both_languages() {
    for (name, bytes) in fixtures() {
        for lang in [Lang::Fr, Lang::En] {
            let lost = lost(&bytes, &shown(&bytes, lang));
            assert!(lost.is_empty(), "{name}: {lost:#?}");
        }
    }
}

#[test]
fn what_has_a_field_is_not_listed_as_other() {
    for name in ["ubl-full.xml", "cii-full.xml", "ubl-creditnote.xml", "ubl-minimal.xml", "cii-minimal.xml"] {
        let bytes = std::fs::read(format!("fixtures/invoices/{name}")).unwrap();
        let page = html(&bytes, Lang::En);
        assert!(!page.contains("Other information"), "{name}");
        assert!(
            !page.contains("Content outside"),
            "{name}: {}",
            page.split("Content outside").last().unwrap_or_default()
        );
    }
}

/// Whatever others write, where their invoices are at hand (`FACTEUR_CORPUS`, see `tests/rules/conformance.rs`).
#[test]
fn every_term_of_every_invoice_of_others_is_shown() {
    let Some(corpus) = std::env::var_os("FACTEUR_CORPUS").map(std::path::PathBuf::from) else {
        eprintln!("skipped: FACTEUR_CORPUS does not say where the invoices of others are");
        return;
    };
    let mut seen = 0;
    for folder in ["ubl-invoice", "ubl-creditnote", "cii", "facturx-pdf"] {
        for entry in std::fs::read_dir(corpus.join(folder)).unwrap() {
            let path = entry.unwrap().path();
            let bytes = std::fs::read(&path).unwrap();
            if Envelope::open(&bytes, &Direct).is_ok_and(|envelope| envelope.read().is_ok()) {
                let lost = lost(&bytes, &shown(&bytes, Lang::Fr));
                assert!(lost.is_empty(), "{}: {lost:#?}", path.display());
                seen += 1;
            }
        }
    }
    println!("{seen} invoices of others");
    assert!(seen > 200, "{seen}");
}

#[test]
fn the_two_syntaxes_of_one_invoice_read_the_same() {
    let fields = |name: &str| {
        let mut fields = shown(&std::fs::read(format!("fixtures/invoices/{name}")).unwrap(), Lang::Fr).fields;
        // The codes of BT-8 are of two lists.
        fields.retain(|(term, _)| term != "BT-8");
        fields.sort();
        fields
    };
    assert_eq!(fields("ubl-full.xml"), fields("cii-full.xml"));
}

#[test]
fn content_that_is_no_term_is_shown_as_well() {
    let text = std::fs::read_to_string("fixtures/invoices/ubl-minimal.xml").unwrap();
    let odd = "<cac:PaymentTerms><cbc:Note>30 jours</cbc:Note><cbc:SettlementDiscountPercent>2.5</cbc:SettlementDiscountPercent></cac:PaymentTerms>";
    let text = if text.contains("<cac:PaymentTerms>") {
        text.replace(
            "</cac:PaymentTerms>",
            "<cbc:SettlementDiscountPercent>2.5</cbc:SettlementDiscountPercent></cac:PaymentTerms>",
        )
    } else {
        text.replacen("<cac:TaxTotal>", &format!("{odd}<cac:TaxTotal>"), 1)
    };
    let page = shown(text.as_bytes(), Lang::En);
    assert!(page.text.contains("Content outside EN 16931") && page.text.contains("cbc:SettlementDiscountPercent"));
    assert!(page.text.contains("2.5"));
}

#[test]
fn a_value_that_is_none_is_shown_as_written_and_marked() {
    let text = std::fs::read_to_string("fixtures/invoices/ubl-minimal.xml").unwrap();
    let start = text.find("<cbc:IssueDate>").unwrap() + "<cbc:IssueDate>".len();
    let end = text.find("</cbc:IssueDate>").unwrap();
    let text = format!("{}31/02/2026{}", &text[..start], &text[end..]);
    let text = {
        let at = text.find("<cbc:PayableAmount").unwrap();
        let open = at + text[at..].find('>').unwrap() + 1;
        let close = open + text[open..].find('<').unwrap();
        format!("{}1.200,00{}", &text[..open], &text[close..])
    };
    let page = shown(text.as_bytes(), Lang::Fr);
    for said in ["31/02/2026 n'est pas une date", "1.200,00\u{a0}EUR n'est pas un nombre"] {
        assert!(page.text.contains(said), "{said}: {}", page.text);
    }
    let said = "1.200,00\u{a0}EUR n'est pas un nombre";
    assert_eq!(page.text.matches(said).count(), 2, "in the totals and in the headline: {}", page.text);
}

#[test]
fn an_amount_in_another_currency_says_so() {
    let text = std::fs::read_to_string("fixtures/invoices/ubl-minimal.xml").unwrap();
    let text = text.replace("<cbc:PayableAmount currencyID=\"EUR\">", "<cbc:PayableAmount currencyID=\"USD\">");
    let page = shown(text.as_bytes(), Lang::En);
    assert!(page.text.contains("Amount due120.00\u{a0}USDthe invoice's currency (BT-5) is EUR"), "{}", page.text);
    assert!(page.text.contains("=Amount due120.00\u{a0}USD") && !page.text.contains("120.00\u{a0}USD\u{a0}EUR"));
}

#[test]
fn where_every_amount_bears_another_currency_than_bt_5_no_amount_is_said_to_be_in_bt_5_and_the_vat_stands_in_the_totals()
 {
    let text = std::fs::read_to_string("fixtures/invoices/ubl-minimal.xml").unwrap();
    let text = text.replace("EUR</cbc:DocumentCurrencyCode>", "USD</cbc:DocumentCurrencyCode>");
    let raw = html(text.as_bytes(), Lang::En);
    let page = Page::read(&raw);
    assert!(page.text.contains("Amount due120.00\u{a0}EURthe invoice's currency (BT-5) is USD"), "{}", page.text);
    for wrong in ["EUR USD", "EUR\u{a0}USD", "00 USD", "00\u{a0}USD"] {
        assert!(!page.text.contains(wrong), "{wrong}: {}", page.text);
    }
    let totals = raw.split("x-sec x-totals").nth(1).unwrap().split("</section>").next().unwrap();
    assert!(
        totals.contains("Total VAT") && totals.contains("20.00</bdi>\u{a0}<span class=\"x-odd\">EUR</span>"),
        "{totals}"
    );
    assert!(
        totals.contains("its currency is neither BT-5 nor BT-6") && raw.contains("class=\"fin fatal\""),
        "{totals}"
    );
    assert!(!raw.contains("Content outside"), "told once");
}

#[test]
fn an_amount_due_given_twice_is_no_amount_due() {
    let text = std::fs::read_to_string("fixtures/invoices/ubl-minimal.xml").unwrap();
    let second = "<cbc:PayableAmount currencyID=\"EUR\">999.00</cbc:PayableAmount></cac:LegalMonetaryTotal>";
    let text = text.replace("</cac:LegalMonetaryTotal>", second);
    let page = shown(text.as_bytes(), Lang::En);
    let head = "Amount due120.00\u{a0}EUR999.00\u{a0}EURAmbiguous: BT-115 is given 2 times";
    assert!(page.text.contains(head), "{}", page.text);
}

#[test]
fn attributes_without_a_part_are_shown_and_a_thousand_elements_outside_the_norm_are() {
    let text = std::fs::read_to_string("fixtures/invoices/ubl-minimal.xml").unwrap();
    let odd = "<cac:SubInvoiceLine><cbc:ID>x</cbc:ID><cbc:LineExtensionAmount currencyID=\"CHF\">7.77</cbc:LineExtensionAmount><cac:Item/></cac:SubInvoiceLine>";
    let text = text.replace("</cac:InvoiceLine>", &format!("{}</cac:InvoiceLine>", odd.repeat(1_000)));
    let text = text.replace("<cbc:InvoiceTypeCode>", "<cbc:InvoiceTypeCode listID=\"UNCL1001\">");
    let page = shown(text.as_bytes(), Lang::En);
    assert_eq!(page.text.matches("7.77").count(), 1_000);
    assert_eq!(page.text.matches("currencyID CHF").count(), 1_000);
    assert!(page.text.contains("BT-3 @listIDUNCL1001") && !page.text.contains("not shown"), "{}", page.text.len());
    let text = text.replace("</cac:InvoiceLine>", &format!("{}</cac:InvoiceLine>", odd.repeat(4_500)));
    let page = shown(text.as_bytes(), Lang::En);
    let (told, title) = (page.text.find("elements outside EN 16931 are not shown"), page.text.find("Amount due"));
    assert!(told.is_some() && told < title, "before anything else");
}

#[test]
fn snapshots_of_small_invoices() {
    for (name, lang) in [("ubl-minimal.xml", Lang::Fr), ("cii-minimal.xml", Lang::En), ("ubl-creditnote.xml", Lang::Fr)]
    {
        let page = html(&std::fs::read(format!("fixtures/invoices/{name}")).unwrap(), lang);
        let body = page.split("</head>").nth(1).unwrap().replace("><", ">\n<");
        insta::assert_snapshot!(format!("{}-{}", name.trim_end_matches(".xml"), lang.as_str()), body);
    }
}

/// The texts of elements, by their positions, so that any can be replaced.
fn leaves(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find('>') {
        let start = at + open + 1;
        let Some(next) = text[start..].find('<') else { break };
        if next > 0 && !text[start..start + next].trim().is_empty() && text[start + next..].starts_with("</") {
            found.push((start, start + next));
        }
        at = start + next;
    }
    found
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn whatever_the_texts_nothing_is_lost_and_nothing_is_markup(
        cii in any::<bool>(),
        put in prop::collection::vec((any::<prop::sample::Index>(), "(?s)[^\u{0}-\u{8}\u{b}\u{c}\u{e}-\u{1f}\u{fffe}\u{ffff}\r]{0,40}|<[a-z]{1,6} on=\"x\">|[0-9.,-]{1,20}|\u{202e}[a-z]{1,5}"), 1..12),
        lang in prop::sample::select(vec![Lang::Fr, Lang::En]),
    ) {
        let name = if cii { "cii-full.xml" } else { "ubl-full.xml" };
        let mut text = std::fs::read_to_string(format!("fixtures/invoices/{name}")).unwrap();
        let escaped = |value: &str| value.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        for (index, value) in &put {
            let leaves = leaves(&text);
            let (start, end) = leaves[index.index(leaves.len())];
            text.replace_range(start..end, &escaped(value));
        }
        if Envelope::open(text.as_bytes(), &Direct).unwrap().read().is_ok() {
            let page = shown(text.as_bytes(), lang);
            let lost = lost(text.as_bytes(), &page);
            prop_assert!(lost.is_empty(), "{lost:#?}");
        }
    }
}
