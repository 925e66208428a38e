//! Which currency is that of the invoice (CUX 6343), what the totals come to, the sign of a credit note's price, quantities for nothing.

use super::*;

/// Currencies of the invoice (BT-5), and whether the message contradicts itself.
fn currencies(cux: &str) -> (Vec<String>, bool) {
    let stated = of("01B", &format!("{HEAD}{cux}LIN+1'MOA+203:90'UNS+S'MOA+79:90'"));
    (texts(&stated.draft, &[], bt::BT_5), stated.doubts.iter().any(|doubt| doubt.term == bt::BT_5 && doubt.open))
}

#[test]
fn the_invoicing_currency_is_that_of_the_invoice() {
    let one = |code: &str| (vec![code.to_owned()], false);
    assert_eq!(currencies("CUX+2:EUR:4'"), one("EUR"));
    assert_eq!(currencies("CUX+2:EUR:9'"), one("EUR"), "alone, whatever it is called");
    assert_eq!(currencies("CUX+2:EUR:9+3:USD:4+1.10'"), one("USD"));
    assert_eq!(currencies("CUX+2:USD:9+3:EUR:4'"), one("EUR"));
    assert_eq!(currencies("CUX+2:USD:9'CUX+2:EUR:4'"), one("EUR"));
    assert_eq!(currencies("CUX+2:EUR:10'CUX+2:USD:4'"), one("USD"));
    assert_eq!(currencies("CUX+2:EUR:4+3:GBP:4'"), one("EUR"), "the reference before the target");
    assert!(currencies("CUX+2:EUR:4'CUX+2:USD:4'").1, "two of them");
}

#[test]
fn a_rate_of_exchange_is_told_as_not_carried() {
    let stated = of("01B", &format!("{HEAD}CUX+2:USD:4+3:EUR:11+0.9'LIN+1'MOA+203:90'UNS+S'MOA+79:90'"));
    assert!(stated.untaken.iter().any(|one| one.segment.starts_with("CUX+2 3")), "{:?}", stated.untaken);
}

#[test]
fn totals_that_the_breakdowns_prove_are_computed() {
    let totals = |gross: &str, term| {
        let body = format!("UNS+S'MOA+79:100'MOA+77:{gross}'TAX+7+VAT+++:::20+S'MOA+125:100'MOA+124:20'");
        texts(&of("01B", &format!("{HEAD}CUX+2:EUR:4'LIN+1'MOA+203:100'{body}")).draft, &[bt::BG_22], term)
    };
    assert_eq!((totals("120", bt::BT_109), totals("120", bt::BT_110)), (vec!["100.00".into()], vec!["20.00".into()]));
    assert!(totals("125", bt::BT_109).is_empty() && totals("125", bt::BT_110).is_empty(), "nothing proves it");
}

#[test]
fn base_and_tax_of_a_rate_under_other_codes() {
    let rate = |tax: &str| {
        let body = format!("{HEAD}CUX+2:EUR:4'LIN+1'MOA+203:100'UNS+S'MOA+79:100'{tax}");
        let draft = of("01B", &body).draft;
        (texts(&draft, &[bt::BG_23], bt::BT_116), texts(&draft, &[bt::BG_23], bt::BT_117))
    };
    let wanted = (vec!["100".to_owned()], vec!["20".to_owned()]);
    assert_eq!(rate("TAX+7+VAT+++:::20+S'MOA+125:100'MOA+150:20'"), wanted);
    assert_eq!(rate("TAX+7+VAT+++:::20+S'MOA+125:100'MOA+176:20'"), wanted);
    assert_eq!(rate("TAX+7+VAT++100+:::20+S'MOA+124:20'"), wanted);
}

#[test]
fn the_sign_of_a_price_turns_with_its_credit_note() {
    let partner = Partner { negative_credit_notes: true, ..Partner::default() };
    let note = |line: &str| {
        let body = format!("BGM+381+A-1+9'DTM+137:20261122:102'CUX+2:EUR:4'LIN+1'{line}UNS+S'MOA+79:-100'MOA+77:-120'");
        let stated = with("01B", &body, &partner);
        let of = |way: &[Term], term| texts(&stated.draft, way, term);
        let line = [bt::BG_25];
        let price = of(&[bt::BG_25, bt::BG_29], bt::BT_146);
        (of(&line, bt::BT_129), price, of(&line, bt::BT_131), stated.unbalanced.len())
    };
    let wanted = |unbalanced| (vec!["2".to_owned()], vec!["50".to_owned()], vec!["100".to_owned()], unbalanced);
    assert_eq!(note("QTY+47:2'MOA+203:-100'PRI+AAA:-50'"), wanted(0));
    assert_eq!(note("QTY+47:-2'MOA+203:-100'PRI+AAA:50'"), wanted(0));
    assert_eq!(note("QTY+47:2'MOA+203:-100'PRI+AAA:50'"), wanted(0));
}

#[test]
fn goods_for_nothing_are_a_quantity_where_none_is_invoiced() {
    let quantity = |qty: &str, amount: &str| {
        let stated = of("96A", &line(&format!("{qty}MOA+203:{amount}'PRI+AAA:0'")));
        texts(&stated.draft, &[bt::BG_25], bt::BT_129)
    };
    assert_eq!(quantity("QTY+192:1:PCE'", "0.00"), ["1"]);
    assert!(quantity("QTY+192:1:PCE'", "90").is_empty(), "not for nothing");
    assert_eq!(quantity("QTY+47:12'QTY+192:1'", "0"), ["12"]);
}

#[test]
fn a_percentage_of_a_rate_is_of_the_lines_of_that_rate() {
    let lines = "LIN+1'MOA+203:100'TAX+7+VAT+++:::20+S'LIN+2'MOA+203:100'TAX+7+VAT+++:::5.5+S'UNS+S'MOA+79:200'";
    let amounts = |allowances: &str, total: &str| {
        let stated = of("01B", &format!("{HEAD}CUX+2:EUR:4'{allowances}{lines}MOA+125:{total}'"));
        texts(&stated.draft, &[bt::BG_20], bt::BT_92)
    };
    let both = "ALC+A+:95'PCD+1:10'TAX+7+VAT+++:::20+S'ALC+A+:95'PCD+1:10'TAX+7+VAT+++:::5.5+S'";
    assert_eq!(amounts(both, "180"), ["10.00", "10.00"]);
    assert_eq!(amounts(both, "160"), ["20.00", "20.00"], "the total proves the other");
    let one = "ALC+A+:95'PCD+1:10'TAX+7+VAT+++:::20+S'";
    assert_eq!((amounts(one, "190"), amounts(one, "180")), (vec!["10.00".to_owned()], vec!["20.00".to_owned()]));
}

#[test]
fn a_line_of_another_order_names_it() {
    let line = |header: &str, order: &str| {
        let body = format!("{HEAD}{header}CUX+2:EUR:4'LIN+1'MOA+203:90'{order}LIN+2'MOA+203:1'UNS+S'MOA+79:91'");
        let stated = of("01B", &body);
        let left = stated.untaken.iter().filter(|one| one.segment.starts_with("RFF+ON")).count();
        let of = |term| texts(&stated.draft, &[bt::BG_25], term).join(" ");
        (of(bt::EXT_FR_FE_135), of(bt::BT_132), left)
    };
    let is = |order: &str, line: &str, left| (order.to_owned(), line.to_owned(), left);
    assert_eq!(line("RFF+ON:PO1'", "RFF+ON:PO1:10'"), is("", "10", 0));
    assert_eq!(line("RFF+ON:PO1'", "RFF+ON:PO9:10'"), is("PO9", "10", 0));
    assert_eq!(line("RFF+ON:PO1'", "RFF+ON:PO9'"), is("PO9", "", 0));
    assert_eq!(line("RFF+ON:PO1'", "RFF+ON::10'"), is("", "10", 0));
    assert_eq!(line("", "RFF+ON:PO9:10'"), is("PO9", "10", 0), "the header names none");
    assert_eq!(line("RFF+ON:PO1'", "RFF+ON:PO9:5'RFF+ON:PO1:10'"), is("", "10", 2), "of two, that of the invoice");
    assert_eq!(line("RFF+ON:PO1'", "RFF+ON:PO8:5'RFF+ON:PO9:10'"), is("PO8", "5", 2), "else the first");
}
