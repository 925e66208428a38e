//! What stands for another quantity, in another currency, twice or beside what is read: it is put right where that is sure, else told.

use super::*;

fn line(of: &Stated, term: Term) -> String {
    texts(&of.draft, &[bt::BG_25, bt::BG_29], term).join("|")
}

fn told(stated: &Stated, segment: &str) -> bool {
    stated.untaken.iter().any(|one| one.segment == segment)
}

fn is_derived(stated: &Stated, term: Term, why: &Why) -> bool {
    stated.derived.iter().any(|one| one.term == term && one.why == *why)
}

fn doubts(stated: &Stated) -> Vec<(Term, &str, &str, bool)> {
    stated.doubts.iter().map(|d| (d.term, &*d.read, &*d.other, d.open)).collect()
}

#[test]
fn a_gross_price_is_on_the_base_of_the_net_price_or_left_out() {
    let of = |release: &str, prices: &str| {
        let stated = of(release, &super::line(&format!("QTY+47:100:PCE'MOA+203:200.00'{prices}")));
        let prices = [bt::BT_146, bt::BT_147, bt::BT_148, bt::BT_149].map(|term| line(&stated, term)).join(" ");
        (prices, is_derived(&stated, bt::BT_148, &Why::Scaled), told(&stated, "PRI+AAB 1.2"))
    };
    assert_eq!(of("96A", "PRI+AAA:2.00'PRI+AAB:250:CA::100'"), ("2.00 0.5 2.5 ".into(), true, false));
    assert_eq!(of("96A", "PRI+AAA:200:::100'PRI+AAB:250:::100'"), ("200 50 250 100".into(), false, false));
    assert_eq!(of("16B", "PRI+AAA:5000.00:::100'PRI+AAB:60.00:::1'"), ("5000.00  6000 100".into(), true, false));
    // No exact number, no base, another unit.
    assert_eq!(of("96A", "PRI+AAA:2.00'PRI+AAB:10:::3'"), ("2.00   ".into(), false, true));
    assert_eq!(of("96A", "PRI+AAA:200:::100'PRI+AAB:2.50'"), ("200   100".into(), false, true));
    assert_eq!(of("96A", "PRI+AAA:2.00:::1:PCE'PRI+AAB:2.50:::1:KGM'"), ("2.00   1".into(), false, true));
    // The binding of EN 16931 says the base of both prices once.
    assert_eq!(of("16B", "PRI+AAA:200:::100'PRI+AAB:250'"), ("200  250 100".into(), false, false));
}

#[test]
fn a_price_of_no_units_is_told() {
    assert_eq!(of("96A", &super::line("QTY+47:1'MOA+203:2'PRI+AAA:2:::0'")).zero_bases.len(), 1);
    assert!(of("96A", &super::line("QTY+47:1'MOA+203:2'PRI+AAA:2:::1'")).zero_bases.is_empty());
}

#[test]
fn the_total_vat_in_a_second_currency_is_in_that_currency() {
    let of = |release: &str, summary: &str| {
        of(release, &format!("{HEAD}CUX+2:EUR'CUX+6:GBP'LIN+1'MOA+203:100'UNS+S'MOA+79:100'MOA+176:20'{summary}"))
    };
    let tax = |stated: &Stated| texts(&stated.draft, &[bt::BG_22], bt::BT_111).join("|");
    for other in ["17.00:USD", "20.00:EUR"] {
        let stated = of("16B", &format!("MOA+2:{other}'"));
        assert_eq!(tax(&stated), "");
        assert_eq!(doubts(&stated), [(bt::BT_111, "GBP", &*other.replace(':', " "), true)]);
        assert!(told(&stated, "MOA+2"));
    }
    for own in ["17.00:GBP", "17.00"] {
        let stated = of("16B", &format!("MOA+2:{own}'"));
        assert_eq!((tax(&stated), stated.doubts.len()), ("17.00".into(), 0));
    }
    // Another total that differs is told, whichever is read; the same one says no more.
    for release in ["16B", "96A"] {
        let stated = of(release, "MOA+2:17.00:GBP'MOA+176:18.00:GBP'");
        let (read, other) = if release == "16B" { ("17.00", "18.00") } else { ("18.00", "17.00") };
        assert_eq!((tax(&stated), doubts(&stated)), (read.into(), vec![(bt::BT_111, read, other, false)]));
        assert!(of(release, "MOA+2:17.00:GBP'MOA+176:17:GBP'").doubts.is_empty());
    }
}

#[test]
fn quantities_are_turned_as_their_amounts_are() {
    let partner = Partner { negative_credit_notes: true, ..Partner::default() };
    let of = |quantity: &str, amount: &str| {
        let body = format!(
            "BGM+381+A-1+9'DTM+137:20261122:102'LIN+1'QTY+47:{quantity}'MOA+203:{amount}'PRI+AAA:2'UNS+S'MOA+79:-150'MOA+77:-180'"
        );
        let stated = with("96A", &body, &partner);
        let said = [bt::BT_129, bt::BT_131].map(|term| texts(&stated.draft, &[bt::BG_25], term).join("|")).join(" ");
        (said, stated.unbalanced)
    };
    assert_eq!(of("100", "-200"), ("100 200".into(), vec![]));
    assert_eq!(of("-100", "-200"), ("100 200".into(), vec![]));
    assert_eq!(of("25", "50"), ("-25 -50".into(), vec![]));
    let (said, unbalanced) = of("100", "-300");
    assert_eq!(said, "100 300");
    assert_eq!(
        unbalanced.iter().map(|one| (one.amount.to_string(), one.reached.to_string())).collect::<Vec<_>>(),
        [("300".to_owned(), "200".to_owned())]
    );
}

#[test]
fn a_day_is_what_its_term_asks_for() {
    let of = |header: &str| of("96A", &format!("{HEAD}{header}CUX+2:EUR'LIN+1'MOA+203:2'UNS+S'MOA+79:2'"));
    let day = |stated: &Stated, way: &[Term], term| texts(&stated.draft, way, term).join("|");
    let stated = of("RFF+IV:OLD1'DTM+13:20261231:102'");
    assert_eq!(day(&stated, &[bt::BG_3], bt::BT_26), "");
    assert!(told(&stated, "DTM+13"));
    assert_eq!(day(&of("RFF+IV:OLD1'DTM+171:20261031:102'"), &[bt::BG_3], bt::BT_26), "2026-10-31");
    let stated = of("DTM+35:2026111820261119:718'");
    assert_eq!((day(&stated, &[bt::BG_13], bt::BT_72), &*stated.remarks[0].terms), (String::new(), &[bt::BT_72][..]));
    assert!(told(&stated, "DTM+35"));
    assert_eq!(day(&of("DTM+35:20261118-20261118:718'"), &[bt::BG_13], bt::BT_72), "2026-11-18");
    assert!(of("DTM+35:20261118:102'").untaken.is_empty());
    let stated = of("DTM+263:20261101:102'");
    assert!([bt::BT_73, bt::BT_74].iter().all(|term| is_derived(&stated, *term, &Why::OneDay)));
    let stated = of("DTM+263:2026110120261130:718'");
    assert!(stated.untaken.is_empty() && !is_derived(&stated, bt::BT_74, &Why::OneDay));
}

#[test]
fn a_month_or_a_period_is_no_day_of_issue_and_none_on_which_payment_is_due() {
    let of = |dates: &str| super::of("96A", &format!("BGM+380+F-1+9'{dates}CUX+2:EUR'LIN+1'MOA+203:2'UNS+S'MOA+79:2'"));
    let day = |stated: &Stated, term| texts(&stated.draft, &[], term).join("|");
    for several in ["202611:610", "20261120-20261121:718"] {
        let stated = of(&format!("DTM+137:{several}'DTM+13:{several}'"));
        assert_eq!((day(&stated, bt::BT_2), day(&stated, bt::BT_9)), (String::new(), String::new()), "{several}");
        let asked: Vec<_> = stated.remarks.iter().flat_map(|one| &one.terms).collect();
        assert_eq!(asked, [&bt::BT_2, &bt::BT_9], "{several}");
        assert!(told(&stated, "DTM+137") && told(&stated, "DTM+13"), "{:?}", stated.untaken);
        // Another date of the invoice is one all the same.
        assert_eq!(day(&of(&format!("DTM+137:{several}'DTM+3:20261120:102'")), bt::BT_2), "2026-11-20");
        let stated = of(&format!("DTM+137:20261120:102'DTM+3:{several}'"));
        assert_eq!((day(&stated, bt::BT_2), doubts(&stated)), ("2026-11-20".into(), vec![]));
    }
}

#[test]
fn days_of_payment_that_differ_are_instalments_or_contradict_each_other() {
    let of = |terms: &str| of("96A", &format!("{HEAD}CUX+2:EUR'{terms}LIN+1'MOA+203:2'UNS+S'MOA+79:2'"));
    let due = |stated: &Stated| texts(&stated.draft, &[], bt::BT_9).join("|");
    let stated = of("PAT+1++5:3:D:30'MOA+9:100.00'PAT+1++5:3:D:60'MOA+9:250.30'");
    assert_eq!((due(&stated), doubts(&stated)), (String::new(), vec![]));
    let terms = texts(&stated.draft, &[], bt::BT_20).join("|");
    assert_eq!(terms, "Instalments: 100.00 EUR on 2026-12-22; 250.30 EUR on 2027-01-21.");
    assert!(stated.untaken.is_empty(), "{:?}", stated.untaken);
    let stated = of("PAT+1++5:3:D:30'PAT+1++5:3:D:60'");
    assert_eq!(doubts(&stated), [(bt::BT_9, "2026-12-22", "2027-01-21", true)]);
    assert_eq!((due(&of("PAT+1++5:3:D:30'PAT+3++5:3:D:30'")), doubts(&of(""))), ("2026-12-22".into(), vec![]));
    // The header's day counts as much as that of the terms.
    let header = |day: &str| {
        super::of("96A", &format!("{HEAD}DTM+13:{day}:102'CUX+2:EUR'PAT+3'DTM+13:20261220:102'LIN+1'UNS+S'MOA+79:2'"))
    };
    assert_eq!(doubts(&header("20261231")), [(bt::BT_9, "2026-12-20", "2026-12-31", true)]);
    let same = header("20261220");
    assert!(same.doubts.is_empty() && same.untaken.is_empty(), "{:?}", same.untaken);
}

#[test]
fn totals_that_differ_are_told_and_lost() {
    let of = |summary: &str| of("96A", &format!("{HEAD}CUX+2:EUR'LIN+1'MOA+203:100'UNS+S'MOA+79:100'{summary}"));
    for (summary, found, lost) in [
        ("MOA+77:120'MOA+86:130'", (bt::BT_112, "120", "130", false), "MOA+86 1.2"),
        ("MOA+176:20'MOA+124:99.00'", (bt::BT_110, "20", "99.00", false), "MOA+124"),
        ("MOA+176:20'MOA+150:48'", (bt::BT_110, "20", "48", false), "MOA+150"),
        ("MOA+389:100'MOA+125:999'", (bt::BT_109, "100", "999", false), "MOA+125"),
    ] {
        let stated = of(summary);
        assert_eq!(doubts(&stated), [found]);
        assert!(told(&stated, lost), "{:?}", stated.untaken);
    }
    let same = of("MOA+176:20'MOA+124:20.00'MOA+389:100'MOA+125:100.00'");
    assert!(same.doubts.is_empty() && same.untaken.is_empty(), "{:?}", same.untaken);
    // A contradiction leaves a value aside, too.
    assert!(told(&of("MOA+9:120'MOA+9:130'"), "MOA+9 1.2"));
    assert!(told(&of("MOA+9'"), "MOA+9"));
}

#[test]
fn the_same_number_in_other_digits_is_said_once() {
    let of = |first: &str, again: &str| {
        let stated = of("96A", &format!("{HEAD}CUX+2:EUR'LIN+1'MOA+203:300'UNS+S'MOA+79:{first}'MOA+79:{again}'"));
        (texts(&stated.draft, &[bt::BG_22], bt::BT_106).len(), stated.doubts.len())
    };
    assert_eq!((of("300.00", "300"), of("300.00", "301")), ((1, 0), (2, 1)));
}

#[test]
fn an_allowance_in_the_price_is_its_discount_or_told() {
    let of = |more: &str| of("96A", &super::line(&format!("QTY+47:100'MOA+203:200.00'PRI+AAA:2.00'{more}")));
    let prices = |stated: &Stated| [bt::BT_147, bt::BT_148].map(|term| line(stated, term)).join(" ");
    let why = |charge: bool, amount: &str, reason: &str| Why::InPrice {
        charge,
        amount: amount.to_owned(),
        reason: reason.to_owned(),
    };
    let stated = of("ALC+A'MOA+8:50.00'");
    assert_eq!(prices(&stated), "0.5 2.5");
    assert!(is_derived(&stated, bt::BG_27, &why(false, "50.00", "")) && stated.untaken.is_empty());
    // Its reason has no place there.
    let stated = of("ALC+A++++:::Fin de serie'MOA+8:50.00'");
    assert_eq!(prices(&stated), "0.5 2.5");
    assert!(is_derived(&stated, bt::BG_27, &why(false, "50.00", "Fin de serie")));
    assert!(told(&stated, "ALC+A 5.4"), "{:?}", stated.untaken);
    // No number, several, a charge, a tax.
    for (more, alc) in [
        ("ALC+A'MOA+8:0.00001'", "ALC+A"),
        ("ALC+A'MOA+8:50.00'ALC+A'MOA+8:10'", "ALC+A"),
        ("ALC+C++++FC'MOA+23:4.00'", "ALC+C"),
        ("TAX+5+OTH:::ECO+++:::0'MOA+161:4.00'", "MOA+161 1.2"),
    ] {
        let stated = of(more);
        assert_eq!(prices(&stated), " ", "{more}");
        assert!(told(&stated, alc), "{more} {:?}", stated.untaken);
        assert!(stated.derived.iter().any(|one| matches!(one.why, Why::InPrice { .. })), "{more}");
    }
    let tax = of("TAX+5+OTH:::ECO+++:::0'MOA+161:4.00'");
    assert!(is_derived(&tax, bt::BG_28, &why(true, "4.00", "ECO")));
}

#[test]
fn two_companies_are_no_one_seller() {
    let of = |su: &str, se: &str| {
        let stated = of("96A", &format!("{HEAD}NAD+SU{su}NAD+SE{se}CUX+2:EUR'LIN+1'UNS+S'MOA+79:2'"));
        stated.doubts.iter().map(|doubt| doubt.term).collect::<Vec<_>>()
    };
    let lavande = "+3020810000004::9++LAVANDE SAS'RFF+VA:FR11123456782'";
    assert_eq!(of(lavande, "+3020810000099::9++AUTRE SA'"), [bt::BT_27]);
    assert_eq!(of(lavande, "+3020810000004::9++LAVANDE SAS'RFF+VA:FR14987654324'"), [bt::BT_31]);
    // One company by its number, its name or its identifier.
    for same in ["+X++Lavande, siege'RFF+VA:FR 11123456782'", "+X++Lavande SAS'", "+3020810000004::9'", "'"] {
        assert_eq!(of(lavande, same), [], "{same}");
    }
}

#[test]
fn two_numbers_of_a_company_contradict_each_other() {
    let of = |number: &str| {
        let body = format!(
            "{HEAD}NAD+SU+++X'RFF+GN:123456782'RFF+GN:{number}'NAD+BY+++Y'RFF+GN:{number}'LIN+1'UNS+S'MOA+79:2'"
        );
        of("96A", &body).doubts.into_iter().map(|doubt| doubt.term).collect::<Vec<_>>()
    };
    assert_eq!(of("999999990"), [bt::BT_30]);
    // Its establishment, and what is no number of that kind.
    for other in ["12345678200010", "123 456 782", "RCS LYON"] {
        assert_eq!(of(other), [], "{other}");
    }
}

#[test]
fn the_first_line_of_an_address_is_the_name_where_none_is_written() {
    let of = |nad: &str| {
        let stated = of("96A", &format!("{HEAD}NAD+SU+X{nad}'RFF+VA:FR11123456782'LIN+1'UNS+S'MOA+79:2'"));
        let postal = |term| texts(&stated.draft, &[bt::BG_4, bt::BG_5], term).join("|");
        let name = texts(&stated.draft, &[bt::BG_4], bt::BT_27).join("|");
        let said = [name, postal(bt::BT_35), postal(bt::BT_36), postal(bt::BT_162)].join(", ");
        (said, is_derived(&stated, bt::BT_27, &Why::FirstLine), stated.untaken.len())
    };
    assert_eq!(of("+NORD SAS:ZI NORD:59000 LILLE:A:B"), ("NORD SAS, ZI NORD, 59000 LILLE, A B".into(), true, 0));
    assert_eq!(of("+ZI NORD:59000 LILLE+NORD SAS"), ("NORD SAS, ZI NORD, 59000 LILLE, ".into(), false, 0));
    assert_eq!(of("+NORD SAS++RUE A"), ("NORD SAS, RUE A, , ".into(), true, 0));
}
