//! What the figures of a message prove, and what they leave open.

use super::*;

fn remarks(stated: &Stated) -> Vec<&str> {
    stated.remarks.iter().map(|one| one.what.en.as_str()).collect()
}

fn terms(release: &str, terms: &str) -> Stated {
    of(
        release,
        &format!("{HEAD}CUX+2:EUR:4'{terms}LIN+1'UNS+S'MOA+79:100'MOA+125:100'MOA+176:20'MOA+77:120'MOA+9:120'"),
    )
}

fn deposits(summary: &str) -> (String, Stated) {
    let stated =
        of("96A", &format!("{HEAD}CUX+2:EUR:4'LIN+1'UNS+S'MOA+79:100'MOA+125:100'MOA+176:20'MOA+77:120'{summary}"));
    (texts(&stated.draft, &[bt::BG_22], bt::BT_113).join("|"), stated)
}

#[test]
fn several_deposits_are_summed_where_the_amount_due_proves_it() {
    for summary in ["MOA+113:30'MOA+113:20'MOA+9:70'", "MOA+113:25'MOA+113:25'MOA+9:70'"] {
        let (paid, stated) = deposits(summary);
        assert_eq!((&*paid, stated.doubts.len(), stated.untaken.len()), ("50.00", 0, 0), "{summary}");
        assert!(stated.derived.iter().any(|d| d.why == Why::Paid));
    }
    assert_eq!(deposits("MOA+113:30'MOA+113:20.02'MOA+366:0.02'MOA+9:70'").0, "50.02");
    // One of them alone, or another sum, and nobody says which holds.
    assert_eq!(deposits("MOA+113:30'MOA+113:20'MOA+9:90'").1.doubts[0].term, bt::BT_113);
    assert_eq!(deposits("MOA+113:30'MOA+113:20'MOA+9:80'").1.doubts[0].term, bt::BT_113);
    assert_eq!(deposits("MOA+113:30'MOA+113:20'").1.doubts[0].term, bt::BT_113);
}

#[test]
fn a_deposit_of_nothing_says_nothing_beside_another() {
    for summary in ["MOA+113:0'MOA+113:50'MOA+9:70'", "MOA+113:50'MOA+113:0.00'MOA+9:70'", "MOA+113:0'MOA+113:50'"] {
        let (paid, stated) = deposits(summary);
        assert_eq!((&*paid, stated.doubts.len(), stated.untaken.len()), ("50", 0, 0), "{summary}");
        assert_eq!(texts(&stated.draft, &[bt::BG_22], bt::BT_115).len(), 1);
    }
    assert_eq!(deposits("MOA+113:0'MOA+113:30'MOA+113:20'MOA+9:70'").0, "50.00");
    // Nothing was paid, by what is due: the other contradicts it.
    assert_eq!(deposits("MOA+113:0'MOA+113:50'MOA+9:120'").1.doubts[0].term, bt::BT_113);
}

#[test]
fn a_total_that_is_what_is_due_says_nothing_else() {
    assert!(deposits("MOA+113:50'MOA+86:70'MOA+9:70'").1.doubts.is_empty());
    assert_eq!(deposits("MOA+113:50'MOA+86:71'MOA+9:70'").1.doubts[0].term, bt::BT_112);
}

#[test]
fn a_total_without_an_amount_is_told() {
    let stated = deposits("MOA+9'").1;
    assert_eq!((remarks(&stated), &*stated.remarks[0].terms), (vec!["MOA+9 has no amount"], &[bt::BT_115][..]));
}

#[test]
fn instalments_in_every_form_are_text() {
    let said = "Instalments: 60 EUR on 2026-12-22; 60 EUR on 2027-01-22.";
    let two = |code: &str| format!("{code}'DTM+13:20261222:102'MOA+9:60'{code}'DTM+13:20270122:102'MOA+9:60'");
    // PYT that names the means of payment alone is no instalment.
    for (release, body) in
        [("16B", two("PYT+1") + "PYT+1'PAI+::30'"), ("96A", two("PAT+21")), ("96A", two("PAT+1") + "PAT+1'FII+RB+X'")]
    {
        let stated = terms(release, &body);
        assert_eq!((stated.draft.text(bt::BT_20), stated.draft.text(bt::BT_9)), (Some(said), None), "{body}");
        assert!(stated.doubts.is_empty() && stated.remarks.is_empty(), "{:?}", stated.remarks);
    }
    let days = terms("96A", "PAT+21++5:3:D:30'PCD+12:50'PAT+21++5:3:D:60'PCD+12:50'");
    assert_eq!(days.draft.text(bt::BT_20), Some("Instalments: 50% on 2026-12-22; 50% on 2027-01-21."));
    // One day, of which the whole is due.
    let one = terms("96A", "PAT+21'DTM+13:20261222:102'MOA+9:120'");
    assert_eq!((one.draft.text(bt::BT_9), one.draft.text(bt::BT_20)), (Some("2026-12-22"), None));
    assert!(one.untaken.is_empty(), "{:?}", one.untaken);
}

#[test]
fn a_general_day_stands_beside_instalments() {
    let two = |code: &str| format!("{code}'DTM+13:20261222:102'MOA+9:60'{code}'DTM+13:20270122:102'MOA+9:60'");
    let said =
        "Instalments: 60 EUR on 2026-12-22; 60 EUR on 2027-01-22. Due date stated without an amount: 2027-01-22.";
    for body in [
        "PAT+3'DTM+13:20270122:102'".to_owned() + &two("PAT+21"),
        two("PAT+1") + "PAT+3'DTM+13:20270122:102'",
        "PAT+1++5:3:D:61'".to_owned() + &two("PAT+21"),
    ] {
        let stated = terms("96A", &body);
        assert_eq!((stated.draft.text(bt::BT_20), stated.draft.text(bt::BT_9)), (Some(said), None), "{body}");
        assert!(stated.doubts.is_empty() && stated.remarks.is_empty() && stated.untaken.is_empty(), "{body}");
    }
    let stated = terms("16B", &("PYT+1'DTM+13:20270122:102'".to_owned() + &two("PYT+21")));
    assert_eq!((stated.draft.text(bt::BT_20), stated.draft.text(bt::BT_9)), (Some(said), None));
    // One that gives no day is told; what is not the whole says nothing of another day, unless it is called an instalment.
    let none = terms("96A", &("PAT+1++5:5:D:30'".to_owned() + &two("PAT+21")));
    assert_eq!(none.draft.text(bt::BT_9), None);
    assert!(none.untaken.iter().any(|one| one.segment == "PAT+1"), "{:?}", none.untaken);
    let part = |code: &str| terms("96A", &format!("PAT+3'DTM+13:20270122:102'{code}'DTM+13:20261222:102'MOA+9:60'"));
    assert_eq!(part("PAT+1").doubts.len(), 1);
    let called = part("PAT+21");
    let said = "Instalment: 60 EUR on 2026-12-22. Due date stated without an amount: 2027-01-22.";
    assert_eq!((called.draft.text(bt::BT_20), called.draft.text(bt::BT_9)), (Some(said), None));
    assert!(called.doubts.is_empty() && remarks(&called)[0].contains("come to 60"));
}

#[test]
fn a_part_of_what_is_due_is_not_all_of_it() {
    for (body, said) in [
        ("PAT+21'DTM+13:20261222:102'MOA+9:60'", "Instalment: 60 EUR on 2026-12-22."),
        (
            "PAT+21'DTM+13:20261222:102'MOA+9:60'PAT+21'DTM+13:20261222:102'MOA+9:50'",
            "Instalments: 60 EUR on 2026-12-22; 50 EUR on 2026-12-22.",
        ),
    ] {
        let stated = terms("96A", body);
        assert_eq!((stated.draft.text(bt::BT_20), stated.draft.text(bt::BT_9)), (Some(said), None));
        assert!(stated.untaken.is_empty() && stated.remarks.len() == 1, "{:?}", stated.untaken);
    }
    let whole = "PAT+21'DTM+13:20261222:102'MOA+9:60'";
    let stated = terms("96A", &[whole, whole].concat());
    assert_eq!((stated.draft.text(bt::BT_20), stated.draft.text(bt::BT_9)), (None, Some("2026-12-22")));
    assert!(stated.derived.iter().any(|one| one.why == Why::InstalmentsOfOneDay));
}

#[test]
fn instalments_that_are_not_what_is_due_are_told() {
    let two = |a: &str, b: &str| format!("PAT+1'DTM+13:20261222:102'{a}PAT+1'DTM+13:20270122:102'{b}");
    let of = |a: &str, b: &str| remarks(&terms("96A", &two(a, b))).join("|");
    assert_eq!(of("MOA+9:60'", "MOA+9:50'"), "the instalments come to 110.00, the amount due (BT-115) is 120.00");
    assert_eq!(of("PCD+12:30'", "PCD+12:60'"), "the instalments come to 90% of the amount due (BT-115), not to 100%");
    assert!(of("PCD+12:50'MOA+9:40'", "PCD+12:50'MOA+9:80'").contains("contradicts itself"));
    assert!(of("MOA+9:60:USD'", "MOA+9:60:USD'").contains("in USD, the invoice in EUR"));
    assert!(remarks(&terms("96A", "PAT+1'DTM+13:20261222:102'MOA+9:60'"))[0].contains("come to 60"));
}

#[test]
fn a_coded_discount_that_the_text_denies_is_told() {
    let of = |text: &str| {
        remarks(&super::of(
            "96A",
            &format!("{HEAD}FTX+AAB+++{text}'CUX+2:EUR:4'PAT+22'DTM+12:20261128:102'PCD+12:2'LIN+1'UNS+S'MOA+79:1'"),
        ))
        .len()
    };
    assert_eq!(["Escompte néant", "Pas d?'escompte pour paiement anticipé", "No discount"].map(of), [1, 1, 1]);
    assert_eq!(["Escompte 2 % à 8 jours, sans escompte au-delà", "30 jours net"].map(of), [0, 0]);
    let none = super::of("96A", &format!("{HEAD}FTX+AAB+++Escompte néant'PAT+22'PCD+12:0'LIN+1'UNS+S'MOA+79:1'"));
    assert!(none.remarks.is_empty());
}

#[test]
fn a_code_of_the_parties_own_is_no_code_of_the_norm() {
    let line = |alc: &str| line(&format!("QTY+47:10'MOA+203:91'PRI+AAA:9'TAX+7+VAT+++:::20+S'{alc}MOA+23:1'"));
    let charge = |alc: &str| {
        let stated = of("96A", &line(alc));
        let own = |term| texts(&stated.draft, &[bt::BG_25, bt::BG_28], term).join("|");
        (own(bt::BT_145), own(bt::BT_144), stated.untaken.iter().any(|one| one.segment == "ALC+C 5.1"))
    };
    let all = |code: &str, reason: &str, left| (code.to_owned(), reason.to_owned(), left);
    assert_eq!(charge("ALC+C++++X26::91:Ecopart'"), all("", "Ecopart", true));
    // GS1 has the codes of the UN and codes of its own; the lists of others are others.
    assert_eq!(charge("ALC+C++++ABW::9:Ecopart'"), all("", "Ecopart", true));
    assert_eq!(charge("ALC+C++++FC::9'"), charge("ALC+C++++FC::6'"));
    assert_eq!(charge("ALC+C++++FC::65:Port'"), all("", "Port", true));
    assert_eq!(charge("ALC+C++++X26::92'"), all("", "X26", false));
    assert_eq!(charge("ALC+C++++FC'"), all("FC", "", false));
    // What is TD in UNTDID may be anything in a list of the seller's.
    let stated = of("96A", &format!("{HEAD}ALC+A++++TD::91'MOA+8:1'LIN+1'UNS+S'MOA+79:1'"));
    assert!(texts(&stated.draft, &[bt::BG_20], bt::BT_98).is_empty());
    assert_eq!(texts(&stated.draft, &[bt::BG_20], bt::BT_97), ["TD"]);
}

#[test]
fn of_two_quantities_the_one_of_the_price_is_the_quantity() {
    let of = |body: &str| {
        let stated = of("96A", &line(body));
        let own = |term| texts(&stated.draft, &[bt::BG_25], term).join("|");
        (format!("{} {}", own(bt::BT_129), own(bt::BT_130)), stated.doubts.len(), stated)
    };
    let both = "QTY+47:5:PCE'QTY+47:12.5:KGM'MOA+203:100'";
    for body in [
        format!("{both}PRI+AAA:8'"),
        format!("{both}PRI+AAA:8:::1:KGM'"),
        format!("{both}PRI+AAA:8:::1:KGM'").replace("203:100", "203:99"),
    ] {
        let (said, doubts, stated) = of(&body);
        assert_eq!((&*said, doubts), ("12.5 KGM", 0), "{body}");
        assert!(stated.derived.iter().any(|d| d.why == Why::Quantity { other: "5 H87".into() }));
        assert!(stated.untaken.iter().any(|one| one.segment == "QTY+47 1.2"));
    }
    assert_eq!(of("QTY+47:5:PCE'QTY+47:5:KGM'MOA+203:40'PRI+AAA:8:::1:KGM'").0, "5 KGM");
    // Nothing decides, or the two say otherwise; one unit twice is a contradiction.
    assert_eq!(of("QTY+47:5:PCE'QTY+47:12.5:KGM'MOA+203:99'PRI+AAA:8'").1, 2);
    assert_eq!(of("QTY+47:5:PCE'QTY+47:12.5:KGM'MOA+203:40'PRI+AAA:8:::1:KGM'").1, 2);
    assert_eq!(of("QTY+47:5:KGM'QTY+47:12.5:KGM'MOA+203:100'PRI+AAA:8'").1, 1);
}

#[test]
fn a_gross_price_below_the_net_one_is_told() {
    let of = |gross: &str| {
        remarks(&super::of("96A", &line(&format!("QTY+47:10'MOA+203:20'PRI+AAA:2.00'PRI+AAB:{gross}'")))).len()
    };
    assert_eq!(["1.80", "2", "2.20"].map(of), [1, 0, 0]);
}

#[test]
fn preceding_invoices_that_lines_name_are_those_of_the_document() {
    let of = |kind: &str, header: &str, lines: &[&str]| {
        let lines: String = lines.iter().map(|own| format!("LIN+1'MOA+203:1'PRI+AAA:1'{own}")).collect();
        let stated = of("96A", &format!("BGM+{kind}+A-1+9'DTM+137:20261122:102'{header}{lines}UNS+S'MOA+79:1'"));
        let said = |term| texts(&stated.draft, &[bt::BG_3], term).join("|");
        format!("{} {}", said(bt::BT_25), said(bt::BT_26))
    };
    let (one, two) = ("RFF+IV:F-1:1'DTM+171:20261001:102'", "RFF+IV:F-2:1'DTM+171:20261002:102'");
    assert_eq!(of("381", "RFF+IV:F-1'", &[one]), "F-1 2026-10-01");
    assert_eq!(of("381", "", &[one, one]), "F-1 2026-10-01");
    assert_eq!(of("384", "", &[one, two]), "F-1|F-2 2026-10-01|2026-10-02");
    // A line that names none says nothing of the document; an invoice may name what it likes.
    assert_eq!(of("381", "", &[one, ""]), " ");
    assert_eq!(of("380", "", &[one]), " ");
    assert_eq!(of("381", "RFF+IV:F-1'DTM+171:20260901:102'", &[one]), "F-1 2026-09-01");
}

#[test]
fn two_days_of_one_preceding_invoice_contradict_each_other() {
    let [one, two] = ["20261001", "20261003"].map(|day| format!("RFF+IV:F-1:1'DTM+171:{day}:102'"));
    let of = |header: &str, lines: [&str; 2]| {
        let [first, second] = lines.map(|own| format!("LIN+1'MOA+203:1'PRI+AAA:1'{own}"));
        super::of("96A", &format!("BGM+381+A-1+9'DTM+137:20261122:102'{header}{first}{second}UNS+S'MOA+79:1'"))
    };
    for stated in [of("", [&one, &two]), of("RFF+IV:F-1'", [&one, &two]), of(&one, [&one, &two]), of(&one, [&two, ""])]
    {
        let said: Vec<_> = stated.doubts.iter().map(|d| (d.term, &*d.read, &*d.other, d.open)).collect();
        assert_eq!(said, [(bt::BT_26, "2026-10-01", "2026-10-03", true)]);
        assert_eq!(texts(&stated.draft, &[bt::BG_3], bt::BT_26), ["2026-10-01"]);
        assert!(stated.untaken.iter().any(|one| one.segment.starts_with("DTM+171")), "{:?}", stated.untaken);
    }
    assert!(of(&one, [&one, &one]).doubts.is_empty());
}

#[test]
fn a_breakdown_of_nothing_at_a_rate_of_no_line_says_nothing() {
    let of = |release: &str, line: &str, tax: &str| {
        let vat = "TAX+7+VAT+++:::20+S'MOA+125:1'MOA+124:0.2'";
        let tax = format!("TAX+7+VAT+++:::10+S'MOA+125:{tax}'MOA+124:0'");
        let line = format!("LIN+1'MOA+203:1'TAX+7+VAT+++:::20.0+S'LIN+2'MOA+203:0'TAX+7+VAT+++:::{line}+S'");
        let stated = of(release, &format!("{HEAD}CUX+2:EUR:4'{line}UNS+S'MOA+79:1'{vat}{tax}"));
        (
            texts(&stated.draft, &[bt::BG_23], bt::BT_119).join("|"),
            stated.untaken.iter().any(|one| one.segment == "TAX+7"),
        )
    };
    for release in ["96A", "16B"] {
        assert_eq!(of(release, "20", "0"), ("20".into(), true));
        // A line of nothing at that rate, or a base: it says something.
        assert_eq!(of(release, "10", "0").0, "20|10");
        assert_eq!(of(release, "20", "5").0, "20|10");
    }
}

/// The amounts of VAT that a line states, and the rate of a header that no line has, are no terms; where they say otherwise than the line, that is asked about.
#[test]
fn vat_stated_beside_the_terms_is_held_against_them() {
    let body = |header: &str, line: &str| {
        format!(
            "{HEAD}{header}CUX+2:EUR:4'LIN+1'QTY+47:2'MOA+203:100'{line}UNS+S'MOA+79:100'TAX+7+VAT+++:::20+S'MOA+125:100'MOA+124:20'"
        )
    };
    let vat = "TAX+7+VAT+++:::20+S'";
    let remarks = |header: &str, line: &str| {
        let stated = of("01B", &body(header, line));
        let at = |place: &Option<Place>| match place {
            Some(Place::Edifact { segment, element, component, .. }) => (*segment, *element, *component),
            _ => panic!("{place:?}"),
        };
        stated.remarks.iter().map(|one| (one.what.en.clone(), at(&one.place))).collect::<Vec<_>>()
    };
    for quiet in [
        vat.to_owned(),
        format!("{vat}MOA+124:20'"),
        format!("{vat}MOA+124:20.01'MOA+125:100'"),
        format!("MOA+124:20'{vat}"),
        "TAX+7+VAT++100+:::20+S'".to_owned(),
        // Of another currency, or another tax.
        format!("{vat}MOA+124:19:USD'"),
        format!("{vat}TAX+7+GST+++:::5'MOA+124:5'"),
    ] {
        assert_eq!(remarks("", &quiet), [], "{quiet}");
    }
    for (line, said, at) in [
        (format!("{vat}MOA+124:19'"), "stated as 19.00; its net amount at 20% makes 20.00", (9, 1, 2)),
        (format!("MOA+124:19'{vat}"), "stated as 19.00", (8, 1, 2)),
        (
            format!("{vat}MOA+125:90'"),
            "taxable amount of the line is stated as 90.00; its net amount is 100.00",
            (9, 1, 2),
        ),
        ("TAX+7+VAT++90+:::20+S'".to_owned(), "stated as 90.00", (8, 4, 1)),
    ] {
        let told = remarks("", &line);
        let [(what, place)] = &told[..] else { panic!("{line}: {told:?}") };
        assert!(what.contains(said) && *place == at, "{line}: {what} at {place:?}");
    }
    // Of the header: used by a line without one, said again by lines, or by nobody.
    assert_eq!(remarks(vat, ""), []);
    assert_eq!(remarks(vat, vat), []);
    let [(what, (segment, 5, 4))] = &remarks("TAX+7+VAT+++:::10+S'", vat)[..] else { panic!() };
    assert!(what.contains("the header states VAT S 10, which no line") && *segment > 1, "{what}");
    let left = of("01B", &body("TAX+7+VAT+++:::10+S'", vat)).untaken;
    assert!(left.iter().any(|one| one.segment == "TAX+7 5.4"), "{left:?}");
}
