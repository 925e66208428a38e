//! What stands several times, and what one syntax alone can say: told, or counted, never passed over.

use super::*;

/// A UBL invoice with these payment means.
fn paid(means: &[(&str, &str)]) -> String {
    let text = fixture("diff/twin-ubl.xml");
    let found = elements(&text, "cac:PaymentMeans");
    let means: String = means
        .iter()
        .map(|(id, iban)| {
            let id = if id.is_empty() { String::new() } else { format!("<cbc:PaymentID>{id}</cbc:PaymentID>") };
            format!(
                "<cac:PaymentMeans><cbc:PaymentMeansCode>58</cbc:PaymentMeansCode>{id}\
                 <cac:PayeeFinancialAccount><cbc:ID>{iban}</cbc:ID></cac:PayeeFinancialAccount></cac:PaymentMeans>"
            )
        })
        .collect();
    format!("{}{means}{}", &text[..found[0].start], &text[found.last().unwrap().end..])
}

#[test]
fn of_equal_means_of_payment_the_one_that_changed_is_told() {
    let same = paid(&[("X", "FR1"), ("X", "FR1")]);
    let found = plain(&same, &paid(&[("X", "FR2"), ("X", "FR1")]));
    let [only] = found.differences.as_slice() else { panic!("{:?}", told(&found)) };
    let at = |said: &Option<diff::Said>| said.as_ref().unwrap().address.clone();
    assert_eq!((at(&only.a), at(&only.b)), ("BG-17[1]/BT-84".to_owned(), "BG-17[1]/BT-84".to_owned()));
}

#[test]
fn a_reference_stands_with_its_means_of_payment() {
    let of = |means: &[(&str, &str)]| paid(means);
    let both = of(&[("X", "FR1"), ("Y", "FR2")]);
    let found = told(&plain(&both, &of(&[("Y", "FR1"), ("X", "FR2")])));
    assert_eq!(found, ["changed BT-83: X | Y", "changed BT-83[2]: Y | X"]);
    let found = told(&plain(&both, &of(&[("X", "FR2"), ("Y", "FR1")])));
    assert_eq!(found.len(), 2, "{found:?}");
    let one = of(&[("X", "FR1"), ("X", "FR2")]);
    assert_eq!(told(&plain(&one, &of(&[("X", "FR1"), ("", "FR2")]))), ["only-a BT-83[2]: X | -"]);
    assert_eq!(told(&plain(&one, &of(&[("", "FR1"), ("X", "FR2")]))), ["only-a BT-83: X | -"]);
    assert!(plain(&both, &of(&[("Y", "FR2"), ("X", "FR1")])).is_same());
}

#[test]
fn what_is_said_twice_is_counted() {
    for (path, element) in [
        ("invoices/cii-full.xml", "ram:DespatchAdviceReferencedDocument"),
        ("invoices/cii-full.xml", "ram:CreditorReferenceID"),
        ("invoices/cii-full.xml", "ram:ReceivingAdviceReferencedDocument"),
        ("invoices/ubl-full.xml", "cbc:DescriptionCode"),
        ("invoices/cii-full.xml", "ram:ReferenceTypeCode"),
    ] {
        let text = fixture(path);
        let Some(range) = elements(&text, element).first().cloned() else { panic!("{path} has no {element}") };
        let twice = replaced(&text, &(range.end..range.end), &text[range.clone()]);
        let after = plain(&twice, &text);
        assert!(after.is_same(), "{element}: {:?}", told(&after));
        assert_eq!(after.written, 1, "{element}");
        assert_eq!(compare(&twice, &text, &as_written()).differences.len(), 1, "{element}");
    }
}

#[test]
fn a_charge_on_a_price_is_not_passed_over_between_syntaxes() {
    let (ubl, cii) = (fixture("invoices/ubl-full.xml"), fixture("invoices/cii-full.xml"));
    let before = plain(&ubl, &cii).uncompared.len();
    let price = elements(&ubl, "cac:Price").into_iter().find(|r| ubl[r.clone()].contains(">false<")).unwrap();
    let at = price.start + ubl[price].find(">false<").unwrap() + 1;
    assert_eq!(plain(&replaced(&ubl, &(at..at + 5), "true"), &cii).uncompared.len(), before + 1);
    let discount = elements(&cii, "ram:AppliedTradeAllowanceCharge").remove(0);
    let at = discount.start + cii[discount].find(">false<").unwrap() + 1;
    assert_eq!(plain(&ubl, &replaced(&cii, &(at..at + 5), "true")).uncompared.len(), before + 1);
}

#[test]
fn an_amount_in_the_currency_of_accounting_is_not_passed_over_between_syntaxes() {
    let (ubl, cii) = (fixture("invoices/ubl-full.xml"), fixture("invoices/cii-full.xml"));
    let read = read(ubl.as_bytes()).unwrap();
    let accounting = read.invoice.text(bt::BT_6).unwrap();
    let open =
        ubl.find("<cbc:LineExtensionAmount currencyID=\"").unwrap() + "<cbc:LineExtensionAmount currencyID=\"".len();
    let other = replaced(&ubl, &(open..open + 3), accounting);
    assert_eq!(plain(&other, &cii).uncompared.len(), plain(&ubl, &cii).uncompared.len() + 1);
}

#[test]
fn an_amount_in_a_group_is_told_in_the_currency_it_bears() {
    let ubl = fixture("invoices/ubl-full.xml");
    let line = elements(&ubl, "cac:InvoiceLine").remove(0);
    let odd = ubl[line.clone()].replacen(
        "LineExtensionAmount currencyID=\"CHF\"",
        "LineExtensionAmount currencyID=\"USD\"",
        1,
    );
    assert_ne!(odd, ubl[line.clone()]);
    let found = plain(&replaced(&ubl, &line, &odd), &replaced(&ubl, &line, ""));
    let only = found.differences.iter().find(|d| d.term == Some(bt::BG_25)).and_then(|d| d.a.as_ref()).unwrap();
    assert!(only.value.ends_with(" USD"), "{}", only.value);
}

/// A scheme or a code of a date that is given twice, and the second is another: told, never `the same invoice`.
#[test]
fn a_second_value_that_is_another_is_told() {
    for (path, element, other, told_as) in [
        ("invoices/cii-full.xml", "ram:ReferenceTypeCode", "AWV", "BG-25[1]/BT-128-1"),
        ("invoices/ubl-full.xml", "cbc:DescriptionCode", "35", "BT-8[2]"),
    ] {
        let text = fixture(path);
        let range = elements(&text, element).remove(0);
        let second = format!("{}<{element}>{other}</{element}>", &text[range.clone()]);
        let twice = replaced(&text, &range, &second);
        for (a, b, change) in [(&text, &twice, "only-b"), (&twice, &text, "only-a")] {
            let found = plain(a, b);
            assert_eq!(found.differences.len(), 1, "{element}: {:?}", told(&found));
            let only = &found.differences[0];
            let said = only.a.as_ref().or(only.b.as_ref()).unwrap();
            assert_eq!((only.change.as_str(), said.address.as_str(), said.value.as_str()), (change, told_as, other));
        }
        assert!(plain(&twice, &twice).is_same());
    }
}
