//! What says a term beside the usual segment, or seems to: dates, prices for consumers, codes without a text, VAT of a charge, parts of UNH.

use super::*;

fn left(stated: &Stated) -> Vec<&str> {
    stated.untaken.iter().map(|one| one.segment.as_str()).collect()
}

#[test]
fn the_date_of_the_invoice_is_that_of_the_document_or_in_doubt() {
    let of = |dates: &str| of("01B", &format!("BGM+380+F-1+9'{dates}CUX+2:EUR:4'LIN+1'MOA+203:90'UNS+S'MOA+79:90'"));
    let alone = of("DTM+3:20261121:102'");
    assert_eq!(texts(&alone.draft, &[], bt::BT_2), ["2026-11-21"]);
    assert!(alone.derived.iter().any(|d| d.term == bt::BT_2 && d.why == Why::InvoiceDate));
    let same = of("DTM+137:20261121:102'DTM+3:20261121:102'");
    assert!(same.doubts.is_empty() && left(&same).is_empty() && same.derived.iter().all(|d| d.term != bt::BT_2));
    let other = of("DTM+137:20261122:102'DTM+3:20261121:102'");
    assert_eq!(texts(&other.draft, &[], bt::BT_2), ["2026-11-22"]);
    let doubts: Vec<_> = other.doubts.iter().map(|d| (d.term, d.other.as_str(), d.open)).collect();
    assert_eq!(doubts, [(bt::BT_2, "2026-11-21", false)]);
    assert_eq!(left(&other), ["DTM+3 1.2"]);
}

#[test]
fn a_price_for_consumers_as_net_price_is_in_doubt() {
    let of = |price: &str| of("01B", &line(&format!("QTY+47:10'MOA+203:90'PRI+{price}'")));
    let retail = of("AAA:9::SRP");
    assert_eq!(retail.remarks.iter().flat_map(|one| &one.terms).collect::<Vec<_>>(), [&bt::BT_146]);
    assert_eq!(left(&retail), ["PRI+AAA 1.4"]);
    let net = of("AAA:9::NTP");
    assert!(net.remarks.is_empty() && left(&net).is_empty());
}

#[test]
fn a_code_without_text_is_no_note() {
    let of = |ftx: &str| of("01B", &format!("{HEAD}{ftx}CUX+2:EUR:4'LIN+1'MOA+203:90'UNS+S'MOA+79:90'"));
    let code = of("FTX+AAI++001::91'");
    assert!(code.draft.groups(bt::BG_1).next().is_none());
    assert_eq!(left(&code), ["FTX+AAI"]);
    assert_eq!(texts(&of("FTX+AAI+++Bonjour'").draft, &[bt::BG_1], bt::BT_22), ["Bonjour"]);
}

#[test]
fn a_charge_of_a_line_with_another_vat_is_in_doubt() {
    let of = |tax: &str| {
        let charge = format!("ALC+C++++FC:::Port'MOA+23:10'{tax}");
        of("01B", &line(&format!("QTY+47:2'MOA+203:90'PRI+AAA:40'TAX+7+VAT+++:::20+S'{charge}")))
    };
    assert_eq!(of("TAX+7+VAT+++:::5.5+S'").remarks.len(), 1);
    assert_eq!(left(&of("TAX+7+VAT+++:::5.5+S'")), ["TAX+7"]);
    let same = of("TAX+7+VAT+++:::20.00+S'");
    assert!(same.remarks.is_empty() && left(&same).is_empty(), "{:?}", same.untaken);
}

#[test]
fn what_unh_says_of_other_messages_is_told() {
    let text = "UNB+UNOC:3+A+B+261122:1000+1'UNH+1+INVOIC:D:01B:UN+DOSSIER7+2:F'BGM+380+F-1+9'DTM+137:20261122:102'UNS+S'MOA+79:1'UNT+6+1'UNZ+1+1'";
    let (wholes, _) = read(text.as_bytes(), &Options::default());
    let stated = stated(&wholes[0].messages[0], &[], &Partner::default());
    assert_eq!(left(&stated), ["UNH 3.1", "UNH 4.1", "UNH 4.2"]);
}

#[test]
fn a_base_of_vat_under_389() {
    let body =
        format!("{HEAD}CUX+2:EUR:4'LIN+1'MOA+203:100'UNS+S'MOA+79:100'TAX+7+VAT+++:::20+S'MOA+389:100'MOA+124:20'");
    assert_eq!(texts(&of("01B", &body).draft, &[bt::BG_23], bt::BT_116), ["100"]);
}
