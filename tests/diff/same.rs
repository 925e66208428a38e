//! What counts as absent takes along what stands with it; what only looks the same is told; what is many times the same is one.

use super::*;

fn full() -> String {
    fixture("invoices/ubl-full.xml")
}

fn shown(a: &str, b: &str, lang: Lang) -> String {
    let (read_a, read_b) = (read(a.as_bytes()).unwrap(), read(b.as_bytes()).unwrap());
    let options = Options::default();
    let heading = |read: &facteur::formats::Read<'_>, file: &str| {
        Heading::of(&read.invoice, file.to_owned(), String::new(), "syntax", None)
    };
    let diff = diff::compare(&read_a.invoice, &read_b.invoice, &options);
    diff::text(&diff, &heading(&read_a, "a.xml"), &heading(&read_b, "b.xml"), &options, lang)
}

#[test]
fn what_stands_with_a_term_that_counts_as_absent_is_absent() {
    let full = full();
    for (with, without) in [
        ("<cbc:PrepaidAmount currencyID=\"CHF\">0.00</cbc:PrepaidAmount>", ""),
        ("<cbc:AllowanceTotalAmount currencyID=\"CHF\">0</cbc:AllowanceTotalAmount>", ""),
        ("<cbc:PayableRoundingAmount currencyID=\"CHF\">0.00</cbc:PayableRoundingAmount>", ""),
    ] {
        let name = &with[..with.find(' ').unwrap()];
        let from = full.find(name).unwrap();
        let to = from + full[from..].find('\n').unwrap();
        let text = |by: &str| format!("{}{by}{}", &full[..from], &full[to..]);
        for (a, b) in [(with, without), (without, with)] {
            assert_eq!(told(&plain(&text(a), &text(b))), [""; 0], "{with}");
        }
        // What the other has, with another currency, is another amount.
        let other = with.replace("CHF", "USD").replace(">0", ">7");
        assert!(!plain(&text(with), &text(&other)).is_same());
    }
    // A discount of nothing on a price, with its indicator.
    let price = "<cbc:PriceAmount currencyID=\"CHF\">80.00</cbc:PriceAmount>";
    let discount = format!(
        "{price}<cac:AllowanceCharge><cbc:ChargeIndicator>false</cbc:ChargeIndicator>\
         <cbc:Amount currencyID=\"CHF\">0.00</cbc:Amount><cbc:BaseAmount currencyID=\"CHF\">80.00</cbc:BaseAmount></cac:AllowanceCharge>"
    );
    let discounted = full.replace(price, &discount);
    assert_ne!(discounted, full);
    assert_eq!(told(&plain(&full, &discounted)), [""; 0]);
    // Of something it is told.
    assert!(!plain(&full, &discounted.replace(">0.00</cbc:Amount>", ">1.00</cbc:Amount>")).is_same());
}

#[test]
fn an_indicator_is_the_same_in_both_forms_of_a_boolean() {
    let full = full();
    let other = full.replacen("<cbc:ChargeIndicator>false<", "<cbc:ChargeIndicator>0<", 1);
    let diff = plain(&full, &other);
    assert!(diff.is_same() && diff.written == 1, "{:?}", told(&diff));
    assert_eq!(told(&compare(&full, &other, &as_written())).len(), 1);
    // A quantity of 0 is no quantity of nothing at all: elsewhere the digits are digits.
    assert!(!plain(&full, &full.replacen("<cbc:ChargeIndicator>false<", "<cbc:ChargeIndicator>no<", 1)).is_same());
}

#[test]
fn text_between_elements_is_content_wherever_it_stands() {
    let full = full();
    for (before, text) in [("<cac:PayeeParty>", "stray text"), ("</Invoice>", "at the end"), ("<cbc:ID>", "x")] {
        let other = full.replacen(before, &format!("{text}{before}"), 1);
        let told = told(&plain(&full, &other));
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("only-b /Invoice") && told[0].ends_with(text), "{told:?}");
    }
}

#[test]
fn values_that_only_look_the_same_are_shown_as_written() {
    let cii = fixture("invoices/cii-full.xml");
    let bad = cii.replacen(">20261203<", ">2026-12-03<", 1);
    assert_ne!(bad, cii);
    let text = shown(&cii, &bad, Lang::En);
    assert!(text.contains("  a  20261203  ") && text.contains("  b  2026-12-03  "), "{text}");
    assert!(text.contains("b: written in a form that CII does not allow") && !text.contains("nothing"), "{text}");
    let ubl = full().replacen("<cbc:DescriptionCode>3<", "<cbc:DescriptionCode>5<", 1);
    let text = shown(&cii, &ubl, Lang::Fr);
    assert!(text.contains("b\u{a0}: ce code n'a pas de sens en UBL"), "{text}");
    // A blank that nobody sees, in a code, is seen.
    let hidden = full().replacen("<cbc:DescriptionCode>3<", "<cbc:DescriptionCode>3\u{a0}<", 1);
    assert!(shown(&hidden, &cii, Lang::En).contains("  a  3\\u{a0}"), "{}", shown(&hidden, &cii, Lang::En));
}

#[test]
fn what_cii_says_with_some_breakdowns_is_one_saying() {
    let cii = fixture("invoices/cii-full.xml");
    let uneven = cii.replacen("<ram:DueDateTypeCode>5<", "<ram:DueDateTypeCode>29<", 1);
    assert_ne!(cii, uneven);
    let told = told(&plain(&uneven, &full()));
    assert_eq!(told, ["only-a BT-8: 29 | -"]);
}

#[test]
fn a_group_in_short_bears_the_currency_that_it_has() {
    let full = full();
    let line = elements(&full, "cac:InvoiceLine").pop().unwrap();
    let usd = replaced(&full, &line, &full[line.clone()].replace("CHF", "USD"));
    let without = replaced(&full, &line, "");
    let said = &plain(&usd, &without).differences[0];
    let value = &said.a.as_ref().unwrap().value;
    assert!(value.ends_with("100.00 USD"), "{value}");
}

#[test]
fn a_tax_scheme_that_says_something_is_named_between_syntaxes() {
    let (full, cii) = (full(), fixture("invoices/cii-full.xml"));
    let other = full.replacen("<cbc:ID>FC</cbc:ID>", "<cbc:ID>GSTzz</cbc:ID>", 1);
    let diff = plain(&other, &cii);
    assert!(diff.differences.is_empty(), "{:?}", told(&diff));
    assert_eq!(diff.uncompared.iter().map(|d| d.a.as_ref().unwrap().value.as_str()).collect::<Vec<_>>(), ["GSTzz"]);
}

#[test]
fn one_line_put_in_is_one_difference_and_the_new_numbers_are_another() {
    // Lines that look alike, by threes, numbered.
    let full = full();
    let all = elements(&full, "cac:InvoiceLine");
    let line = |number: usize, kind: usize| {
        full[all[1].clone()]
            .replacen("<cbc:ID>2<", &format!("<cbc:ID>{number}<"), 1)
            .replace("Conseil", &format!("Conseil {kind}"))
    };
    let of = |kinds: &[usize]| -> String {
        let lines: String = kinds.iter().enumerate().map(|(n, kind)| line(n + 1, *kind)).collect();
        format!("{}{lines}{}", &full[..all[0].start], &full[all[3].end..])
    };
    let kinds: Vec<usize> = (0..60).map(|n| n % 3).collect();
    let mut more = kinds.clone();
    more.insert(20, 1);
    let diff = plain(&of(&kinds), &of(&more));
    let count = |change: Change| diff.differences.iter().filter(|d| d.change == change).count();
    assert_eq!((count(Change::Changed), count(Change::OnlyB), diff.written), (40, 1, 0), "{:?}", told(&diff));
    let text = shown(&of(&kinds), &of(&more), Lang::En);
    assert!(text.contains("40 lines have another number (+1)"), "{text}");
    let place = |what: &str| text.find(what).unwrap_or_else(|| panic!("{what}: {text}"));
    assert!(place("only in b") < place("BG-25[…]/BT-126") && text.lines().count() < 20, "{text}");
}

#[test]
fn a_credit_note_is_called_one() {
    let text = shown(&fixture("invoices/ubl-creditnote.xml"), &full().replace(">380<", ">396<"), Lang::Fr);
    let heads: Vec<&str> = text.lines().take(2).collect();
    assert!(heads.iter().all(|head| head.contains("  avoir ") && head.contains(", -")), "{heads:?}");
}

#[test]
fn amounts_stay_numbers_in_the_csv() {
    let full = full();
    let other = full.replacen(">24.00<", ">-80.00<", 1);
    let text = diff::csv(&plain(&full, &other), Lang::En);
    assert!(text.contains(",-80.00,") && !text.contains("'-80.00"), "{text}");
}
