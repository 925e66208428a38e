//! What was read as something that the message does not say.

use super::*;

fn doubts(release: &str, body: &str) -> Vec<(Term, String, String)> {
    of(release, body).doubts.into_iter().filter(|d| d.open).map(|d| (d.term, d.read, d.other)).collect()
}

fn body(line: &str, summary: &str) -> String {
    format!("{HEAD}CUX+2:EUR:4'LIN+1'{line}UNS+S'MOA+79:100'MOA+125:100'MOA+86:120'{summary}")
}

#[test]
fn an_element_that_is_repeated_says_it_twice() {
    let of = |line: &str, summary: &str| doubts("01B", &body(line, summary));
    assert_eq!(of("", "MOA+9:120.00*9:500.00'"), [(bt::BT_115, "120.00".into(), "500.00".into())]);
    assert_eq!(of("QTY+47:2*47:3'", ""), [(bt::BT_129, "2".into(), "3".into())]);
    assert_eq!(of("TAX+7+VAT+++:::20*:::10+S'", ""), [(bt::BT_152, "20".into(), "10".into())]);
    assert_eq!(of("", "MOA+9:120.00*9:120'"), []);
    // Another qualifier is another term, which is told as not carried.
    let stated = super::of("01B", &body("", "MOA+9:120.00*113:20'"));
    assert!(stated.doubts.is_empty());
    assert!(stated.untaken.iter().any(|one| one.segment == "MOA+9 1"), "{:?}", stated.untaken);
    let twice =
        body("", "").replace("F-1+9", "F-1*F-2+9").replace("137:20261122:102", "137:20261122:102*137:20261123:102");
    let twice = twice.replace("2:EUR:4", "2:EUR:4*2:USD:4");
    let terms: Vec<Term> = doubts("01B", &twice).into_iter().map(|d| d.0).collect();
    assert_eq!(terms, [bt::BT_1, bt::BT_2, bt::BT_5]);
}

#[test]
fn a_total_in_another_currency_is_not_computed() {
    let of = |summary: &str| of("96A", &body("MOA+203:100'", summary));
    for (summary, term) in [
        ("MOA+176:20'MOA+9:120.00:USD'", bt::BT_115),
        ("MOA+176:20'MOA+113:120.00:USD'", bt::BT_113),
        ("MOA+176:120.00:USD'", bt::BT_110),
    ] {
        let stated = of(summary);
        let [doubt] = &*stated.doubts else { panic!("{:?}", stated.doubts) };
        assert_eq!((doubt.term, &*doubt.read, &*doubt.other), (term, "EUR", "120.00 USD"));
        assert!(doubt.open && doubt.foreign);
        assert!(texts(&stated.draft, &[bt::BG_22], term).is_empty());
    }
    // Beside the amount in the currency of the invoice it says no more of it.
    assert!(of("MOA+176:20'MOA+9:120'MOA+9:130:USD'").doubts.is_empty());
    // The total VAT in a second currency is BT-111.
    let second = body("MOA+203:100'", "MOA+176:22:USD'").replace("2:EUR:4", "2:EUR:4+3:USD:4");
    let stated = super::of("96A", &second);
    assert_eq!(texts(&stated.draft, &[bt::BG_22], bt::BT_111), ["22"]);
    assert!(stated.doubts.is_empty());
}

#[test]
fn a_currency_of_one_amount_is_not_lost() {
    for line in ["MOA+203:100'CUX+2:USD'PRI+AAA:50'", "MOA+203:100'PRI+AAA:50'CUX+2:USD'"] {
        assert_eq!(doubts("01B", &body(line, "")), [(bt::BT_5, "EUR".into(), "USD".into())]);
    }
    assert_eq!(doubts("96A", &body("MOA+203:100'CUX+2:EUR'", "")), []);
}

#[test]
fn a_due_date_is_stated_or_sure() {
    let due = |terms: &str| {
        let stated = of("96A", &format!("{HEAD}CUX+2:EUR:4'{terms}LIN+1'UNS+S'MOA+79:1'"));
        (texts(&stated.draft, &[], bt::BT_9).join("|"), stated.untaken.len())
    };
    assert_eq!(due("PAT+7++5:3:D:30'DTM+13:20270101:102'").0, "2027-01-01");
    assert_eq!(due("PAT+7++5:3:D:30'"), ("2026-12-22".into(), 0));
    assert_eq!(due("PAT+3++5:1'").0, "2026-11-22");
    for terms in ["PAT+3++5:6:D:45'", "PAT+1++5:2:D:10'", "PAT+3++5:8:D:5'", "PAT+3++5:6:D:45'PAT+3++5:3:D:30'"] {
        let (day, left) = due(terms);
        assert!(day.is_empty() && left > 0, "{terms}: {day} {left}");
    }
}

#[test]
fn a_line_that_is_deleted_is_told() {
    let amended = |lin: &str| of("96A", &format!("{HEAD}{lin}UNS+S'MOA+79:1'")).amended;
    let found = amended("LIN+1'LIN+2+2'LIN+3+3'");
    assert_eq!(found.iter().map(|(code, _)| &**code).collect::<Vec<_>>(), ["2", "3"]);
    assert!(matches!(found[0].1, Some(Place::Edifact { segment: 5, element: 2, component: 1, .. })), "{found:?}");
    assert!(amended("LIN+1+1'LIN+2+4'").is_empty());
}

#[test]
fn a_positive_credit_note_stays_positive() {
    let partner = Partner { negative_credit_notes: true, ..Partner::default() };
    let note = "BGM+381+A-1+9'DTM+137:20261122:102'LIN+1'MOA+203:-50'UNS+S'MOA+79:-50'MOA+77:-60'";
    let turned = with("96A", note, &partner);
    assert_eq!(texts(&turned.draft, &[bt::BG_22], bt::BT_112), ["60"]);
    assert!(turned.derived.iter().any(|d| d.why == Why::Turned));
    let stays = with("96A", &note.replace(":-", ":"), &partner);
    assert_eq!(texts(&stays.draft, &[bt::BG_22], bt::BT_112), ["60"]);
    assert!(stays.negative.is_none() && stays.derived.iter().all(|d| d.why != Why::Turned));
}

#[test]
fn a_tax_of_a_charge_that_is_no_vat_is_not_its_vat() {
    let charge = |tax: &str| {
        let body = format!("{HEAD}ALC+C++++FC'MOA+8:10'TAX+7+{tax}+++:::7+S'LIN+1'MOA+203:1'UNS+S'MOA+79:1'");
        texts(&of("96A", &body).draft, &[bt::BG_21], bt::BT_103)
    };
    assert_eq!(charge("VAT"), ["7"]);
    assert_eq!(charge(""), ["7"]);
    assert!(charge("OTH").is_empty());
}

#[test]
fn two_vat_numbers_of_a_seller_contradict_each_other() {
    let of = |vat: &str| {
        let body = format!("{HEAD}NAD+SU+++X'RFF+VA:FR11123456782'RFF+VA:{vat}'LIN+1'UNS+S'MOA+79:1'");
        doubts("96A", &body).into_iter().map(|d| d.0).collect::<Vec<_>>()
    };
    assert_eq!(of("DE123456789"), [bt::BT_31]);
    assert!(of("FR11123456782").is_empty());
}

#[test]
fn an_allowance_of_so_much_for_each_unit_is_an_amount() {
    let allowance = |alc: &str| {
        let stated = of("96A", &line(&format!("QTY+47:2'MOA+203:90'PRI+AAA:50'ALC+A'{alc}")));
        (texts(&stated.draft, &[bt::BG_25, bt::BG_27], bt::BT_136).join("|"), stated.untaken.len())
    };
    assert_eq!(allowance("QTY+1:2'RTE+1:5'"), ("10.00".into(), 0));
    assert_eq!(allowance("QTY+1:2'RTE+1:500:100'").0, "10.00");
    let (none, left) = allowance("RTE+1:5'");
    assert!(none.is_empty() && left > 0);
}

#[test]
fn a_taxable_amount_and_a_request_for_an_answer_are_told() {
    let body = format!("{HEAD}LIN+1'UNS+S'MOA+79:1'TAX+7+VAT++500+:::20+S'MOA+125:1'").replace("F-1+9", "F-1+9+AB");
    let names: Vec<String> = of("96A", &body).untaken.into_iter().map(|one| one.segment).collect();
    assert_eq!(names, ["BGM+380 4.1", "TAX+7 4.1"]);
}

#[test]
fn a_vat_number_with_blanks_is_the_same_number() {
    let with = |other: &str| {
        let seller = format!("NAD+SU+1::9++S'RFF+VA:FR 11 123456782'RFF+VA:{other}'");
        of("96A", &body("", "").replace("CUX+2", &format!("{seller}CUX+2")))
    };
    for same in ["FR11123456782", "fr11 123456782"] {
        let stated = with(same);
        assert!(stated.doubts.is_empty(), "{:?}", stated.doubts);
        assert_eq!(texts(&stated.draft, &[bt::BG_4], bt::BT_31), ["FR 11 123456782"]);
    }
    assert_eq!(with("FR12123456782").doubts[0].term, bt::BT_31);
}

#[test]
fn instalments_are_text_and_no_due_date() {
    let with = |terms: &str| of("96A", &body("", "").replace("CUX+2:EUR:4'", &format!("CUX+2:EUR:4'{terms}")));
    let two = "PAT+3'DTM+13:20261222:102'MOA+9:60.00'PAT+3'DTM+13:20270110:102'PCD+2:50'";
    let stated = with(two);
    assert!(stated.doubts.is_empty(), "{:?}", stated.doubts);
    assert_eq!(stated.draft.text(bt::BT_9), None);
    assert_eq!(stated.draft.text(bt::BT_20), Some("Instalments: 60.00 EUR on 2026-12-22; 50% on 2027-01-10."));
    assert!(stated.derived.iter().any(|derived| derived.why == Why::Instalments));
    assert!(
        !stated.untaken.iter().any(|one| ["PAT", "DTM", "MOA+9", "PCD"].iter().any(|t| one.segment.starts_with(t)))
    );
    // Senders say the share and what it comes to.
    let both = with("PAT+1'DTM+13:20261220:102'PCD+12:30'MOA+9:36.00'PAT+1'DTM+13:20270119:102'PCD+12:70'MOA+9:84.00'");
    assert!(both.doubts.is_empty(), "{:?}", both.doubts);
    let said = "Instalments: 30% (36.00 EUR) on 2026-12-20; 70% (84.00 EUR) on 2027-01-19.";
    assert_eq!(both.draft.text(bt::BT_20), Some(said));
    // Without what is due on each, nobody can tell which day holds.
    let stated = with(&two.replace("MOA+9:60.00'", ""));
    assert_eq!(stated.doubts[0].term, bt::BT_9);
    assert_eq!(stated.draft.text(bt::BT_20), None);
    // One day is one day.
    assert_eq!(with("PAT+3'DTM+13:20261222:102'MOA+9:60.00'").draft.text(bt::BT_9), Some("2026-12-22"));
}

#[test]
fn the_terms_of_payment_are_called_as_the_message_calls_them() {
    let with = |terms: &str| of("96A", &body("", "").replace("CUX+2:EUR:4'", &format!("CUX+2:EUR:4'{terms}"))).parties;
    assert_eq!(with("PAT+3'DTM+13:20261222:102'"), [("PAT+1".to_owned(), "PAT+3".to_owned())]);
    assert_eq!(with("PAT+3'"), [("PAT+1".to_owned(), "PAT+3".to_owned())]);
    assert_eq!(with("PAT+1'DTM+13:20261222:102'PAT+20'PCD+15:8'"), []);
    assert_eq!(
        with("PAT+22'DTM+12:20261201:102'PCD+12:2'PAT+7'DTM+13:20261222:102'"),
        [("PAT+1".to_owned(), "PAT+7".to_owned())]
    );
}

/// `2,400` where UNA has a point may be two and a half, or thousands: nobody is to pay a thousandth.
#[test]
fn a_mark_that_may_part_thousands_is_asked_about() {
    let told = |amount: &str, price: &str| -> Vec<(Term, bool)> {
        let body = format!(
            "BGM+380+F-1+9'DTM+137:20261122:102'CUX+2:EUR'LIN+1'QTY+47:2'MOA+203:{amount}'PRI+AAA:{price}'UNS+S'MOA+79:{amount}'"
        );
        of("96A", &body).remarks.iter().map(|one| (one.terms[0], one.open)).collect()
    };
    assert_eq!(told("2,400", "1,200"), [(bt::BT_106, true), (bt::BT_131, true), (bt::BT_146, true)]);
    // By UNA it is decimal; a mark that another number shows to be decimal is; and so is what no thousands look like.
    for (amount, price) in
        [("2.400", "1.200"), ("2,400", "1,20"), ("0,400", "0,200"), ("2400,000", "1200,000"), ("2400", "1200")]
    {
        assert_eq!(told(amount, price), [], "{amount} {price}");
    }
}
