//! A whole invoice, term by term, with places.

use super::*;
use crate::x12::Code;

#[test]
fn a_whole_invoice_says_its_terms() {
    let found = drafts(INVOICE, &Settings::default());
    let [drawn] = &found.invoices[..] else { panic!("one invoice") };
    assert_eq!(drawn.syntax, "x12-004010");
    assert_eq!(drawn.controls, ["000000101", "7", "0001"]);
    assert!(drawn.faults.is_empty(), "{:?}", drawn.faults);
    for (id, text) in [
        ("BT-1", "F-2026-101"),
        ("BT-2", "2026-11-02"),
        ("BT-3", "380"),
        ("BT-5", "EUR"),
        ("BT-9", "2026-12-02"),
        ("BT-10", "DEPT-9"),
        ("BT-12", "C-55"),
        ("BT-13", "PO-7788"),
        ("BT-14", "SO-31"),
        ("BT-20", "2% 10 days, net 30 days"),
        ("BT-27", "Acme Supplies"),
        ("BT-31", "FR83404833048"),
        ("BT-35", "1 Harbor Road"),
        ("BT-36", "Dock 3"),
        ("BT-162", "Building B"),
        ("BT-37", "Newark"),
        ("BT-38", "07102"),
        ("BT-39", "NJ"),
        ("BT-40", "US"),
        ("BT-41", "Jane Roe"),
        ("BT-42", "+1 555 0100"),
        ("BT-43", "jane@example.org"),
        ("BT-44", "Mega Retail"),
        ("BT-46", "CUST-1"),
        ("BT-52", "Chicago"),
        ("BT-59", "Factor Bank Services"),
        ("BT-70", "Mega Retail Depot"),
        ("BT-72", "2026-10-30"),
        ("BT-73", "2026-10-01"),
        ("BT-74", "2026-10-31"),
        ("BT-106", "165.00"),
        ("BT-109", "165.00"),
        ("BT-110", "33"),
        ("BT-112", "198.00"),
        ("BT-115", "198.00"),
    ] {
        assert_eq!(said(drawn, None, id).as_deref(), Some(text), "{id}");
    }
    for (line, id, text) in [
        (1, "BT-126", "1"),
        (1, "BT-129", "48"),
        (1, "BT-130", "EA"),
        (1, "BT-146", "3.125"),
        (1, "BT-131", "145.00"),
        (1, "BT-152", "20"),
        (1, "BT-153", "Steel hinge"),
        (1, "BT-154", "Galvanised, 40 mm"),
        (1, "BT-155", "A-1"),
        (1, "BT-156", "77"),
        (1, "BT-157", "012345678905"),
        (2, "BT-130", "LBR"),
        (2, "BT-149", "100"),
        (2, "BT-131", "20.00"),
        (2, "BT-152", "20"),
        (2, "BT-155", "B-2"),
    ] {
        assert_eq!(said(drawn, Some(line), id).as_deref(), Some(text), "line {line} {id}");
    }
    let seller = drawn.draft.groups(bt::BG_4).next().unwrap();
    assert_eq!(seller.first(bt::BT_29).unwrap().parts[0].text, "0088");
    let payee = drawn.draft.groups(bt::BG_10).next().unwrap();
    assert_eq!(payee.first(bt::BT_60).unwrap().parts[0].text, "0060");
    let item = drawn.draft.groups(bt::BG_25).next().unwrap().groups(bt::BG_31).next().unwrap();
    assert_eq!(item.first(bt::BT_157).unwrap().parts[0].text, "0160");
    assert_eq!(
        drawn.draft.groups(bt::BG_1).next().unwrap().text(bt::BT_22),
        Some("Fictitious invoice, nothing is owed")
    );
    let breakdown = drawn.draft.groups(bt::BG_23).next().unwrap();
    assert_eq!((breakdown.text(bt::BT_116), breakdown.text(bt::BT_119)), (Some("165"), Some("20")));
    // X12 has no VAT category: it stays unsaid, and the rules will say so.
    assert_eq!(breakdown.text(bt::BT_118), None);
    let allowance = drawn.draft.groups(bt::BG_25).next().unwrap().groups(bt::BG_27).next().unwrap();
    assert_eq!((allowance.text(bt::BT_136), allowance.text(bt::BT_138)), (Some("5.00"), Some("3.3333")));
    assert_eq!((allowance.text(bt::BT_139), allowance.text(bt::BT_140)), (Some("Volume rebate"), Some("95")));
    // What was made is known as such, what was stated is not.
    for address in
        ["BG-25[1]/BT-131", "BT-106", "BT-109", "BT-9", "BG-25[2]/BT-130", "BG-25[2]/BT-149", "BG-25[2]/BT-152"]
    {
        assert_eq!(how(drawn, address), Some(How::Derived), "{address}");
    }
    for address in ["BT-1", "BT-5", "BT-110", "BT-112", "BG-25[1]/BT-130"] {
        assert_eq!(how(drawn, address), None, "{address}");
    }
    // Only the order's date, the bill of lading, the manufacturer's number and the tax of a line have no home.
    assert_eq!(topics(drawn), [Topic::Unread; 4], "{:#?}", drawn.remarks);
}

#[test]
fn places_are_segment_element_and_byte() {
    let found = drafts(INVOICE, &Settings::default());
    let number = found.invoices[0].draft.first(bt::BT_1).unwrap();
    let Some(Place::Edifact { segment, element, component, offset }) = number.place.clone() else { panic!("a place") };
    assert_eq!((segment, element, component), (2, 2, 0));
    assert!(INVOICE[offset as usize..].starts_with(b"F-2026-101"));
}

#[test]
fn several_sets_and_what_is_no_invoice() {
    let body = "ST*810*0001~BIG*20261102*A~TDS*0~SE*4*0001~ST*850*0002~SE*2*0002~ST*810*0003~BIG*20261102*B~";
    let text = interchange("BIG*1*2").split("ST*").next().unwrap().to_owned() + body + "GE*3*7~IEA*1*000000101~";
    let found = drafts(text.as_bytes(), &Settings::default());
    assert_eq!(found.invoices.iter().map(|d| said(d, None, "BT-1").unwrap()).collect::<Vec<_>>(), ["A", "B"]);
    // The last is cut, and the purchase order is none.
    assert_eq!(found.invoices.iter().map(|d| d.refused).collect::<Vec<_>>(), [false, true]);
    assert_eq!(found.others.iter().map(|o| o.control.as_str()).collect::<Vec<_>>(), ["0002"]);
    let old = interchange("BIG*261102*A").replace("*004010", "*003060");
    let found = drafts(old.as_bytes(), &Settings::default());
    assert_eq!((found.invoices.len(), found.others.len()), (0, 1));
    let trade = interchange("BIG*20261102*A\nTDS*0").replace("*004010", "*005010VICS");
    assert_eq!(drafts(trade.as_bytes(), &Settings::default()).invoices[0].syntax, "x12-005010");
    assert!(drafts(b"<Invoice/>", &Settings::default()).refusal.is_some());
}

#[test]
fn order_is_held_and_a_misplaced_segment_does_not_hide() {
    let codes = |body: &str| drawn(body).faults.iter().map(|f| f.code.to_string()).collect::<Vec<_>>();
    assert_eq!(codes("BIG*20261102*A\nTDS*0"), [""; 0]);
    assert_eq!(codes("TDS*0"), ["AK304 7", "AK304 3"]);
    assert_eq!(codes("BIG*20261102*A\nIT1*1*1*EA*1"), ["AK304 3"]);
    assert_eq!(codes("BIG*20261102*A\nZZZ*1\nTDS*0"), ["AK304 6"]);
    assert_eq!(codes("BIG*20261102*A\nLQ*1\nTDS*0"), ["AK304 2"]);
    assert_eq!(codes("BIG*20261102*A\nTDS*0\nTDS*0"), ["AK304 5"]);
    // A tax behind the description is still one of the line, not of the summary.
    let late = drawn("BIG*20261102*A\nIT1*1*1*EA*10\nPID*F****X\nTXI*VA*2*.2\nTDS*1200\nTXI*VA*2*.2");
    assert_eq!(said(&late, Some(1), "BT-152").as_deref(), Some("20"));
    assert_eq!(late.faults[0].code, Code::new(crate::x12::List::Ak304, 7));
}

#[test]
fn units_and_codes_of_the_tables_are_codes_of_their_lists() {
    let list = |text: &'static str| text.lines().filter(|l| !l.starts_with('#')).collect::<Vec<_>>();
    let rec20 = list(include_str!("../../../../schemas/codes/rec20-21.txt"));
    let allowances = list(include_str!("../../../../schemas/codes/untdid-5189.txt"));
    let charges = list(include_str!("../../../../schemas/codes/untdid-7161.txt"));
    let types = list(include_str!("../../../../schemas/codes/untdid-1001.txt"));
    let schemes = list(include_str!("../../../../schemas/codes/icd-6523.txt"));
    for line in include_str!("../../../../schemas/x12/units.csv").lines().skip(1) {
        let (x12, unit) = line.split_once(',').unwrap();
        assert!(rec20.contains(&unit), "{line}");
        assert_eq!(binding::unit(x12), Some(unit));
    }
    for line in include_str!("../../../../schemas/x12/codes.csv").lines().skip(1) {
        let cells: Vec<&str> = line.split(',').collect();
        let holds = match (cells[0], cells[2], cells[3]) {
            ("98", group, _) => binding::PARTIES.contains(&Term::parse(group).unwrap()),
            ("66", "", _) => true,
            // What is described (PID02), what a price is (CTP02): words.
            ("750", what, _) | ("236", what, _) => !what.is_empty(),
            ("66", scheme, _) => schemes.contains(&scheme),
            ("235", term, _) => Term::parse(term).is_some(),
            ("640", kind, _) => types.contains(&kind),
            ("639", count, of) => count.parse::<u32>().is_ok() && (of.is_empty() || binding::unit(of).is_some()),
            ("1300", allowance, charge) => {
                (allowance.is_empty() || allowances.contains(&allowance))
                    && (charge.is_empty() || charges.contains(&charge))
            }
            _ => false,
        };
        assert!(holds, "{line}");
    }
    for row in ["", "N9", "IT1"].into_iter().flat_map(binding::rows) {
        assert!(structure::Structure::get().knows(row.segment), "{}", row.segment);
    }
    let bound = include_str!("../../../../schemas/x12/binding.csv").lines().count() - 1;
    assert_eq!(["", "N9", "IT1"].into_iter().map(|l| binding::rows(l).len()).sum::<usize>(), bound);
}
