//! What an 810 is most likely read wrongly by.

use proptest::prelude::*;

use super::*;
use crate::decimal::Decimal;

const LINE: &str = "BIG*20261102*A\nIT1*1*10*EA*10\nPID*F****X\n";

#[test]
fn two_decimals_are_implied() {
    let total = |tds: &str| said(&drawn(&format!("{LINE}TDS*{tds}")), None, "BT-115");
    assert_eq!(total("12345").as_deref(), Some("123.45"));
    assert_eq!(total("5").as_deref(), Some("0.05"));
    assert_eq!(total("-12345").as_deref(), Some("-123.45"));
    assert_eq!(total("12,345"), None);
    assert_eq!(total("1e5"), None);
    // A point in it is against its type, and plain all the same; the partner may write all of them plain.
    let pointed = drawn(&format!("{LINE}TDS*100.00"));
    assert_eq!(said(&pointed, None, "BT-115").as_deref(), Some("100.00"));
    assert_eq!(topics(&pointed), [Topic::Form]);
    let plain = Settings { implied_decimals: false, ..Settings::default() };
    assert_eq!(said(&drawn_by(&format!("{LINE}TDS*100"), &plain), None, "BT-115").as_deref(), Some("100"));
    // Who forgets the decimals is told what it looks like; nothing is put right silently.
    let forgotten = drawn(&format!("{LINE}TDS*100"));
    assert_eq!(said(&forgotten, None, "BT-115").as_deref(), Some("1.00"));
    assert_eq!(topics(&forgotten), [Topic::Arithmetic]);
    assert!(forgotten.remarks[0].what.en.contains("implied-decimals"));
}

#[test]
fn a_percentage_is_what_the_amounts_prove() {
    let rate = |txi: &str, tds: &str| {
        let drawn = drawn(&format!("{LINE}TDS*{tds}\nTXI*VA*{txi}"));
        (drawn.draft.groups(bt::BG_23).next().unwrap().text(bt::BT_119).map(str::to_owned), topics(&drawn))
    };
    assert_eq!(rate("20*.2", "12000"), (Some("20".into()), vec![]));
    assert_eq!(rate("20*20", "12000"), (Some("20".into()), vec![]));
    assert_eq!(rate("0.5*.5", "10050"), (Some("0.5".into()), vec![]));
    assert_eq!(rate("50*.5", "15000"), (Some("50".into()), vec![]));
    // Neither reading gives the amount: it is not taken over.
    assert_eq!(rate("7*.2", "10700"), (None, vec![Topic::Ambiguous]));
    // No amount, no proof.
    assert_eq!(rate("*.2", "10000"), (None, vec![Topic::Ambiguous]));
    let sac = drawn("BIG*20261102*A\nIT1*1*10*EA*10\nPID*F****X\nSAC*A*C310***1000*3*.1\nTDS*9000");
    let line = sac.draft.groups(bt::BG_25).next().unwrap();
    assert_eq!(line.groups(bt::BG_27).next().unwrap().text(bt::BT_138), Some("10"));
    assert_eq!(how(&sac, "BG-25[1]/BG-27[1]/BT-138"), Some(How::Derived));
    // An allowance of a percentage alone: the net amount is not known, and not invented.
    let alone = drawn("BIG*20261102*A\nIT1*1*10*EA*10\nPID*F****X\nSAC*A*C310****3*.1\nTDS*9000");
    assert_eq!(said(&alone, Some(1), "BT-131"), None);
    assert_eq!(said(&alone, None, "BT-106"), None);
    assert_eq!(topics(&alone), [Topic::Ambiguous, Topic::Arithmetic]);
}

#[test]
fn a_line_is_quantity_times_price_with_its_allowances_and_charges() {
    let net = |it1: &str, rest: &str| said(&drawn(&format!("BIG*20261102*A\n{it1}\n{rest}TDS*0")), Some(1), "BT-131");
    assert_eq!(net("IT1*1*3*EA*.335", "").as_deref(), Some("1.01"));
    assert_eq!(net("IT1*1*3*EA*10", "SAC*A*C310***250\nSAC*C*D240***125\n").as_deref(), Some("28.75"));
    assert_eq!(net("IT1*1*-3*EA*10", "").as_deref(), Some("-30.00"));
    assert_eq!(net("IT1*1*3*EA*10", "SAC*N*C310***250\n").as_deref(), Some("30.00"));
    assert_eq!(net("IT1*1*3*EA*10", "SAC*C*D240******2*EA*3\n").as_deref(), Some("36.00"));
    assert_eq!(net("IT1*1*500*EA*12*TP", "").as_deref(), Some("6.00"));
    assert_eq!(net("IT1*1*24*EA*6*PD", "").as_deref(), Some("12.00"));
    assert_eq!(net("IT1*1*2*DZ*6*PD", "").as_deref(), Some("12.00"));
    assert_eq!(net("IT1*1*2*EA**NC", "").as_deref(), Some("0.00"));
    // A price per pound of what is counted in pieces says nothing of the amount.
    assert_eq!(net("IT1*1*2*EA*6*PP", ""), None);
    assert_eq!(net("IT1*1*x*EA*6", ""), None);
    assert_eq!(net("IT1*1**EA*6", ""), None);
    assert_eq!(net("IT1*1*9999999999999999999999*EA*9999999999999999999999", ""), None);
}

#[test]
fn units_become_those_of_rec_20_or_stay_unsaid() {
    let unit = |code: &str| {
        let drawn = drawn(&format!("BIG*20261102*A\nIT1*1*1*{code}*1\nTDS*100"));
        (said(&drawn, Some(1), "BT-130"), topics(&drawn))
    };
    assert_eq!(unit("CA"), (Some("XCS".into()), vec![]));
    // CR is a cubic metre here, and a crate in EDIFACT.
    assert_eq!(unit("CR"), (Some("MTQ".into()), vec![]));
    assert_eq!(unit("ST"), (Some("SET".into()), vec![]));
    assert_eq!(unit("QQ"), (None, vec![Topic::Code]));
    let own = Settings { units: vec![("QQ".into(), "XBX".into())], ..Settings::default() };
    let drawn = drawn_by("BIG*20261102*A\nIT1*1*1*QQ*1\nTDS*100", &own);
    assert_eq!(said(&drawn, Some(1), "BT-130").as_deref(), Some("XBX"));
    assert_eq!(how(&drawn, "BG-25[1]/BT-130"), Some(How::Partner));
}

#[test]
fn dollars_are_by_practice_and_said_so() {
    let drawn = drawn(&format!("{LINE}TDS*10000"));
    assert_eq!(said(&drawn, None, "BT-5").as_deref(), Some("USD"));
    assert_eq!(how(&drawn, "BT-5"), Some(How::Practice));
    assert_eq!(how(&drawn, "BT-3"), Some(How::Practice));
    let euros = drawn_by(&format!("{LINE}TDS*10000"), &constants(&[("BT-5", "EUR")]));
    assert_eq!((said(&euros, None, "BT-5").as_deref(), how(&euros, "BT-5")), (Some("EUR"), Some(How::Partner)));
    // The set has the last word.
    let stated = drawn_by("BIG*20261102*A\nCUR*SE*CAD\nTDS*0", &constants(&[("BT-5", "EUR")]));
    assert_eq!((said(&stated, None, "BT-5").as_deref(), how(&stated, "BT-5")), (Some("CAD"), None));
}

#[test]
fn a_credit_keeps_its_signs_unless_the_partner_writes_them_negative() {
    let found = drafts(CREDIT, &Settings::default());
    let left = &found.invoices[0];
    assert_eq!(said(left, None, "BT-3").as_deref(), Some("381"));
    assert_eq!(said(left, None, "BT-115").as_deref(), Some("-40.00"));
    assert_eq!(said(left, Some(1), "BT-129").as_deref(), Some("-10"));
    assert_eq!(topics(left), [Topic::Sign]);
    let found = drafts(CREDIT, &Settings { negative_credits: true, ..Settings::default() });
    let turned = &found.invoices[0];
    assert_eq!(said(turned, None, "BT-115").as_deref(), Some("40.00"));
    assert_eq!(said(turned, Some(1), "BT-129").as_deref(), Some("10"));
    assert_eq!(said(turned, Some(1), "BT-146").as_deref(), Some("4"));
    assert_eq!(said(turned, Some(1), "BT-131").as_deref(), Some("40.00"));
    assert_eq!((topics(turned), how(turned, "BT-3")), (vec![], Some(How::Partner)));
    assert_eq!(turned.draft.groups(bt::BG_3).next().unwrap().text(bt::BT_25), Some("F-2026-101"));
    assert_eq!(
        (said(turned, None, "BT-27").as_deref(), said(turned, None, "BT-44").as_deref()),
        (Some("Acme Supplies"), Some("Mega Retail"))
    );
    // The flag turns credits alone; a negative invoice stays one, and is told.
    let invoice = drawn_by(
        "BIG*20261102*A\nIT1*1*-1*EA*5\nTDS*-500",
        &Settings { negative_credits: true, ..Settings::default() },
    );
    assert_eq!((said(&invoice, None, "BT-115").as_deref(), topics(&invoice)), (Some("-5.00"), vec![Topic::Sign]));
    let unknown = drawn("BIG*20261102*A*****ZZ\nTDS*0");
    assert_eq!((said(&unknown, None, "BT-3"), topics(&unknown)), (None, vec![Topic::Code]));
}

#[test]
fn dates_have_their_century_and_a_bad_one_stays_as_written() {
    assert_eq!(said(&drawn("BIG*20261102*A\nTDS*0"), None, "BT-2").as_deref(), Some("2026-11-02"));
    for bad in ["261102", "20261302", "11/02/2026"] {
        assert_eq!(said(&drawn(&format!("BIG*{bad}*A\nTDS*0")), None, "BT-2").as_deref(), Some(bad));
    }
}

#[test]
fn taxes_that_are_no_vat_are_charges_unless_the_partner_says_otherwise() {
    let body = format!("{LINE}TDS*10825\nTXI*ST*8.25\nCTT*1");
    let sales = drawn(&body);
    let charge = sales.draft.groups(bt::BG_21).next().unwrap();
    assert_eq!((charge.text(bt::BT_99), charge.text(bt::BT_104)), (Some("8.25"), Some("Tax (ST)")));
    assert_eq!((said(&sales, None, "BT-108").as_deref(), said(&sales, None, "BT-110")), (Some("8.25"), None));
    assert_eq!(topics(&sales), []);
    let vat = drawn_by(&body, &Settings { vat_types: vec!["ST".into()], ..Settings::default() });
    assert_eq!((vat.draft.groups(bt::BG_21).count(), said(&vat, None, "BT-110").as_deref()), (0, Some("8.25")));
}

#[test]
fn sums_and_line_counts_are_held_against_what_is_stated() {
    let drawn = drawn(&format!("{LINE}TDS*10001\nCTT*2"));
    assert_eq!(topics(&drawn), [Topic::Arithmetic, Topic::Arithmetic]);
    // What is stated stays: the rules find the difference.
    assert_eq!(
        (said(&drawn, None, "BT-115").as_deref(), said(&drawn, None, "BT-109").as_deref()),
        (Some("100.01"), Some("100.00"))
    );
}

#[test]
fn constants_fill_what_x12_lacks_and_a_breakdown_follows_from_the_lines() {
    let settings = constants(&[
        ("BT-24", "urn:cen.eu:en16931:2017"),
        ("BT-40", "FR"),
        ("BT-151", "S"),
        ("BT-152", "20"),
        ("BT-102", "S"),
        ("BT-103", "20"),
    ]);
    let drawn = drawn_by("BIG*20261102*A\nN1*SE*X\nIT1*1*10*EA*10\nTDS*13200\nSAC*C*D240***1000", &settings);
    assert_eq!(said(&drawn, None, "BT-24").as_deref(), Some("urn:cen.eu:en16931:2017"));
    assert_eq!(said(&drawn, Some(1), "BT-151").as_deref(), Some("S"));
    assert_eq!(how(&drawn, "BG-25[1]/BT-151"), Some(How::Partner));
    let breakdown = drawn.draft.groups(bt::BG_23).next().unwrap();
    let texts: Vec<_> = [bt::BT_116, bt::BT_117, bt::BT_118, bt::BT_119].map(|t| breakdown.text(t).unwrap()).into();
    assert_eq!(texts, ["110.00", "22.00", "S", "20"]);
    assert_eq!((said(&drawn, None, "BT-110").as_deref(), topics(&drawn)), (Some("22.00"), vec![]));
}

#[test]
fn roles_and_references_of_the_partner_come_first() {
    let settings = Settings {
        roles: vec![("BT".into(), "BG-7".into()), ("BY".into(), "BG-13".into())],
        references: vec![("BM".into(), "BT-16".into())],
        ..Settings::default()
    };
    let body = "BIG*20261102*A\nREF*BM*77\nN1*BY*Shop\nN1*BT*Head office\nTDS*0";
    let own = drawn_by(body, &settings);
    assert_eq!(
        (said(&own, None, "BT-44").as_deref(), said(&own, None, "BT-70").as_deref()),
        (Some("Head office"), Some("Shop"))
    );
    assert_eq!(said(&own, None, "BT-16").as_deref(), Some("77"));
    let table = drawn(body);
    assert_eq!(said(&table, None, "BT-44").as_deref(), Some("Head office"));
    // The buyer that is not invoiced and the bill of lading are told.
    assert_eq!(topics(&table), [Topic::Unread, Topic::Unread]);
}

#[test]
fn lines_beyond_the_bound_are_told_and_leave_the_last_as_it_is() {
    let many = "IT1*1*1*EA*1\nSAC*C*D240***100\n".repeat(crate::limits::X12_LINES + 3);
    let drawn = drawn(&format!("BIG*20261102*A\n{many}TDS*0"));
    assert_eq!(drawn.draft.groups(bt::BG_25).count(), crate::limits::X12_LINES);
    assert_eq!(said(&drawn, Some(crate::limits::X12_LINES), "BT-131").as_deref(), Some("2.00"));
    assert!(drawn.faults.iter().any(|f| f.code.to_string() == "AK304 4"));
}

proptest! {
    #[test]
    fn damaged_invoices_never_panic(at in 0..INVOICE.len(), with in any::<u8>(), from in 0..INVOICE.len(), length in 0usize..80) {
        let mut bytes = INVOICE.to_vec();
        bytes[at] = with;
        let _ = drafts(&bytes, &Settings::default());
        let piece: Vec<u8> = bytes.iter().skip(from).take(length).copied().collect();
        let mut doubled = bytes.clone();
        doubled.splice(at..at, piece);
        let settings = Settings { negative_credits: true, strict: true, vat_types: vec!["ST".into()], ..Settings::default() };
        let _ = drafts(&doubled, &settings);
        bytes.drain(from..(from + length).min(INVOICE.len()));
        let _ = drafts(&bytes, &Settings::default());
    }

    #[test]
    fn any_segments_never_panic(lines in prop::collection::vec("(BIG|CUR|REF|N1|N2|N3|N4|PER|ITD|DTM|IT1|TXI|PID|SAC|TDS|CTT|SLN|N9|MSG)(\\*[-A-Z0-9.]{0,6}){0,12}", 0..25)) {
        let found = drafts(interchange(&lines.join("\n")).as_bytes(), &Settings::default());
        prop_assert!(found.invoices.len() == 1);
    }

    /// A percentage is never said unless base and amount agree with it.
    #[test]
    fn a_percentage_that_is_said_gives_its_amount(written in 1u32..5000, cents in 0i64..100_000, base in 1i64..1_000_000) {
        let (written, amount, base) = (Decimal::new(i64::from(written), 2), Decimal::new(cents, 2), Decimal::new(base, 2));
        if let Some(percent) = amounts::percent(written, base, amount) {
            prop_assert!(amounts::near(amounts::part(base, percent).unwrap(), amount));
            prop_assert!(percent == written.normalize() || percent == (written * Decimal::ONE_HUNDRED).normalize());
        }
    }
}

#[test]
fn what_is_common_in_retail_has_its_terms() {
    let body = "BIG*20261102*A\nNTE*GEN*#PMD#Late payment costs\nN1*BY*Store 7\nN1*BT*Head office\nIT1*1*2*EA\nCTP**NET*5\nPID*F*08***Skillet\nPID*F*75***Black\nPID*X*91***10 in\nPID*F****Cast iron\nTDS*950\nSAC*A*C310****1*5";
    let found = drawn(body);
    let note = found.draft.groups(bt::BG_1).next().unwrap();
    assert_eq!((note.text(bt::BT_21), note.text(bt::BT_22)), (Some("PMD"), Some("Late payment costs")));
    // Who is invoiced is the buyer; the store is told.
    assert_eq!(said(&found, None, "BT-44").as_deref(), Some("Head office"));
    assert!(found.remarks.iter().any(|remark| remark.said == "N1*BY*Store 7"));
    for (id, text) in [("BT-146", "5"), ("BT-131", "10.00"), ("BT-153", "Skillet"), ("BT-154", "Cast iron")] {
        assert_eq!(said(&found, Some(1), id).as_deref(), Some(text), "{id}");
    }
    let item = found.draft.groups(bt::BG_25).next().unwrap().groups(bt::BG_31).next().unwrap();
    let attributes: Vec<_> = item.groups(bt::BG_32).map(|a| (a.text(bt::BT_160), a.text(bt::BT_161))).collect();
    assert_eq!(attributes, [(Some("Color"), Some("Black")), (Some("Size"), Some("10 in"))]);
    // Five percent of the lines is what is missing of the total; where it proves nothing, nothing is said.
    let amount =
        |found: &Drawn| found.draft.groups(bt::BG_20).next().and_then(|a| a.text(bt::BT_92).map(str::to_owned));
    assert_eq!(amount(&found).as_deref(), Some("0.50"));
    assert_eq!(how(&found, "BG-20[1]/BT-92"), Some(How::Derived));
    let unproven = drawn(&body.replace("TDS*950", "TDS*940"));
    assert_eq!(amount(&unproven), None);
    assert!(topics(&unproven).contains(&Topic::Ambiguous));
}

#[test]
fn what_no_element_takes_is_told_with_its_value() {
    let found = drawn("BIG*20261102*A*20261001\nIT1*1*1*EA*5\nSLN*1**I*2*EA\nTDS*500*400\nAMT*GV*5");
    let told: Vec<&str> = found.remarks.iter().map(|remark| remark.said.as_str()).collect();
    assert_eq!(told, ["BIG03 20261001", "SLN*1**I*2*EA", "TDS02 400", "AMT*GV*5"]);
}

#[test]
fn schemes_of_constants_belong_to_what_they_are_schemes_of() {
    let found = drawn_by("BIG*20261102*A\nN1*SE*Acme\nTDS*0", &constants(&[("BT-34", "123"), ("BT-34-1", "0088")]));
    let seller = found.draft.groups(bt::BG_4).next().unwrap();
    let address = seller.first(bt::BT_34).unwrap();
    assert_eq!((&*address.text, address.parts.len(), &*address.parts[0].text), ("123", 1, "0088"));
}

#[test]
fn a_price_on_a_basis_nobody_knows_gives_no_net_amount() {
    let line = |basis: &str| drawn(&format!("BIG*20261102*A\nIT1*1*10*EA*10*{basis}\nPID*F****X\nTDS*10000"));
    let unknown = line("TB");
    assert_eq!((said(&unknown, Some(1), "BT-131"), said(&unknown, Some(1), "BT-146").as_deref()), (None, Some("10")));
    assert!(
        unknown.remarks.iter().any(|r| r.topic == Topic::Code && r.terms.contains(&bt::BT_131)),
        "{:?}",
        unknown.remarks
    );
    assert_eq!(said(&line("RE"), Some(1), "BT-131").as_deref(), Some("100.00"));
    assert_eq!(said(&line("RC"), Some(1), "BT-131").as_deref(), Some("1.00"));
}

#[test]
fn sub_lines_that_may_be_owed_on_top_leave_the_line_without_net_amount() {
    let net = |sln: &str| {
        let drawn = drawn(&format!("BIG*20261102*A\nIT1*1*10*EA*10\nPID*F****X\n{sln}\nTDS*10000"));
        (said(&drawn, Some(1), "BT-131"), topics(&drawn).contains(&Topic::Ambiguous))
    };
    let known = (Some("100.00".to_owned()), false);
    for sln in ["SLN*1**I*2*EA*3", "SLN*1**O*2*EA*3", "SLN*1**A*2*EA", "SLN*1**A*2*EA*0", "SLN*1**I*2*EA*3\nPID*F****Y"]
    {
        assert_eq!(net(sln), known, "{sln}");
    }
    for sln in ["SLN*1**A*2*EA*3", "SLN*1**D*2*EA*3", "SLN*1**A*2*EA*x", "SLN*1**I*2*EA*3\nSAC*C*D240***125"] {
        assert_eq!(net(sln), (None, true), "{sln}");
    }
}

#[test]
fn dollars_are_for_sets_that_are_whole_and_say_no_currency() {
    let set = interchange("BIG*20261102*A\nNTE*GEN*x\nCUR*SE*EUR\nIT1*1*10*EA*10\nPID*F****X\nTDS*10000");
    let currency = |bytes: &str| said(&drafts(bytes.as_bytes(), &Settings::default()).invoices[0], None, "BT-5");
    assert_eq!(currency(&set).as_deref(), Some("EUR"));
    assert_eq!(currency(&set.replace("CUR*SE*EUR~\n", "").replace("SE*8", "SE*7")).as_deref(), Some("USD"));
    // Cut before CUR, nobody knows what it said; nor where it stands in a line.
    assert_eq!(currency(&set[..set.find("CUR").unwrap()]), None);
    assert_eq!(currency(&set[..set.find("*EUR").unwrap()]), None);
    let in_line = set.replace("CUR*SE*EUR~\n", "").replace("PID", "CUR*SE*EUR~\nPID");
    assert_eq!(currency(&in_line), None);
}

/// CR and CN are credits, and their signs are the partner's to agree on: as stated, told where negative; or turned, all of them.
#[test]
fn both_kinds_of_credit_have_the_signs_that_are_agreed() {
    for kind in ["CR", "CN"] {
        let body = |sign: &str| {
            format!(
                "BIG*20261102*A*****{kind}\nIT1*1*{sign}10*EA*10\nPID*F****X\nSAC*C*D240***{sign}125\nTDS*{sign}12150\nTXI*VA*{sign}20.25*.2*****101.25\n"
            )
        };
        let values = |drawn: &Drawn| {
            let line = ["BT-129", "BT-131", "BT-146"].map(|id| said(drawn, Some(1), id).unwrap_or_default());
            let all = ["BT-3", "BT-106", "BT-112", "BT-115"].map(|id| said(drawn, None, id).unwrap_or_default());
            [line.join(" "), all.join(" ")].join(" ")
        };
        let positive = drawn(&body(""));
        assert_eq!(values(&positive), "10 101.25 10 381 101.25 121.50 121.50", "{:?}", positive.remarks);
        assert!(!topics(&positive).contains(&Topic::Sign));
        let negative = drawn(&body("-"));
        assert_eq!(values(&negative), "-10 -101.25 10 381 -101.25 -121.50 -121.50");
        assert!(topics(&negative).contains(&Topic::Sign));
        let turned = drawn_by(&body("-"), &Settings { negative_credits: true, ..Settings::default() });
        assert_eq!(values(&turned), values(&positive));
        assert!(!topics(&turned).contains(&Topic::Sign));
    }
}

/// An 810 has no account, and reports say that it is to be agreed: so it can be.
#[test]
fn the_account_is_the_one_of_the_partner_file() {
    let settings = constants(&[("BT-81", "30"), ("BT-84", "FR76"), ("BT-85", "A")]);
    let read = drawn_by("BIG*20261102*A\nIT1*1*10*EA*10\nPID*F****X\nTDS*10000", &settings);
    let means = read.draft.groups(bt::BG_16).next().unwrap();
    let account: Vec<_> = means.groups(bt::BG_17).map(|group| (group.text(bt::BT_84), group.text(bt::BT_85))).collect();
    assert_eq!((means.text(bt::BT_81), account), (Some("30"), vec![(Some("FR76"), Some("A"))]));
    assert_eq!(how(&read, "BG-17[1]/BT-85"), Some(How::Partner));
}

/// What is fatal in EDIFACT is fatal here.
#[test]
fn what_is_said_twice_and_differently_is_a_contradiction() {
    let contradicted = |body: &str| {
        let drawn = drawn(body);
        let of = drawn.remarks.iter().filter(|remark| remark.topic == Topic::Contradiction);
        of.flat_map(|remark| remark.terms.iter().map(|term| term.id())).collect::<Vec<_>>()
    };
    let rest = "IT1*1*1*EA*1\nTDS*100";
    assert_eq!(contradicted(&format!("BIG*20261102*A\nBIG*20261103*B*****CR\n{rest}")), ["BT-3", "BT-2", "BT-1"]);
    assert!(contradicted(&format!("BIG*20261102*A\nBIG*20261102*A\n{rest}")).is_empty());
    assert_eq!(contradicted(&format!("BIG*20261102*A\nCUR*SE*EUR\nCUR*BY*USD\n{rest}")), ["BT-5"]);
    assert_eq!(contradicted(&format!("BIG*20261102*A\nN1*SE*Morel\nN1*SE*Autre\n{rest}")), ["BT-27"]);
    assert!(contradicted(&format!("BIG*20261102*A\nN1*SE*Morel\nN1*SE*MOREL\nN1*RI*Autre\n{rest}")).is_empty());
    assert_eq!(contradicted(&format!("BIG*20261102*A\n{rest}\nTDS*500")), ["BT-112"]);
    let itd = |first: &str, second: &str| contradicted(&format!("BIG*20261102*A\nITD*{first}\nITD*{second}\n{rest}"));
    assert_eq!(itd("01*3****20261222", "01*3****20270122"), ["BT-9"]);
    assert_eq!(itd("01*3*****30", "01*3*****60"), ["BT-9"]);
    assert!(itd("01*3****20261222", "08*3*2**10").is_empty());
    assert!(itd("01*3****20261222", "01*3****20261222").is_empty());
    let txi = |rates: &str| contradicted(&format!("BIG*20261102*A\nIT1*1*2*EA*50\n{rates}TDS*12000"));
    assert_eq!(txi("TXI*VA*20*.2\nTXI*VA*5.5*.055\n"), ["BT-152"]);
    assert!(txi("TXI*VA*20*.2\n").is_empty());
}

#[test]
fn a_cancellation_is_no_invoice() {
    let rest = "IT1*1*1*EA*1\nTDS*100";
    assert_eq!(topics(&drawn(&format!("BIG*20261102*A*****DI*01\n{rest}"))), [Topic::Cancelled]);
    assert_eq!(topics(&drawn(&format!("BIG*20261102*A*****DI*07\n{rest}"))), [Topic::Code]);
}

#[test]
fn a_line_in_another_currency_contradicts_the_invoice() {
    let cur = |cur: &str| drawn(&format!("BIG*20261102*A\nCUR*SE*EUR\nIT1*1*10*EA*10\n{cur}\nPID*F****X\nTDS*10000"));
    let other = cur("CUR*SE*USD");
    assert_eq!((topics(&other), &*other.remarks[0].terms), (vec![Topic::Contradiction], &[bt::BT_5][..]));
    assert_eq!(left(&other), ["CUR02 USD"]);
    // The same currency again says nothing new.
    assert_eq!(topics(&cur("CUR*SE*EUR")), []);
    // One CUR with two: the amounts are in one of them, and the partner's file alone can say in which.
    let body = |cur: &str| format!("BIG*20261102*A\n{cur}\nIT1*1*10*EA*10\nPID*F****X\nTDS*10000");
    let both = drawn(&body("CUR*SE*EUR*1.1*BY*USD"));
    assert_eq!((&*both.remarks[0].terms, left(&both)), (&[bt::BT_5][..], vec!["CUR05 USD", "CUR03 1.1", "CUR04 BY"]));
    assert_eq!(both.remarks[0].topic, Topic::Contradiction);
    let eur = |cur: &str| drawn_by(&body(cur), &constants(&[("BT-5", "EUR")]));
    for sure in [eur("CUR*SE*EUR**BY*USD"), drawn(&body("CUR*SE*EUR**BY*EUR"))] {
        assert!(!topics(&sure).contains(&Topic::Contradiction), "{:?}", sure.remarks);
    }
    assert!(topics(&eur("CUR*SE*USD**BY*EUR")).contains(&Topic::Contradiction));
    // Two lines in two currencies, and none of the invoice.
    let two = drawn("BIG*20261102*A\nIT1*1*10*EA*10\nCUR*SE*EUR\nIT1*2*1*EA*10\nCUR*SE*USD\nTDS*11000");
    assert!(topics(&two).contains(&Topic::Contradiction), "{:?}", two.remarks);
    assert_eq!(said(&two, None, "BT-5"), None);
}

#[test]
fn a_number_without_a_digit_beside_its_point_is_one() {
    let line = |it1: &str| {
        let drawn = drawn(&format!("BIG*20261102*A\n{it1}\nPID*F****X\nTDS*0"));
        ["BT-129", "BT-146", "BT-131"].map(|id| said(&drawn, Some(1), id).unwrap_or_default())
    };
    assert_eq!(line("IT1*1*250*EA*.5"), ["250", "0.5", "125.00"]);
    assert_eq!(line("IT1*1*.5*EA*20."), ["0.5", "20", "10.00"]);
    assert_eq!(line("IT1*1*-.5*EA*20.10"), ["-0.5", "20.10", "-10.05"]);
    assert_eq!(line("IT1*1*1*EA*."), ["1", ".", ""]);
}

#[test]
fn the_tax_of_a_line_is_told_and_its_rate_is_that_of_the_invoice_where_there_is_one() {
    let body = |txi: &str| drawn(&format!("{LINE}{txi}\nTDS*12000\nTXI*VA*20*20*****100"));
    let right = body("TXI*VA*20*20");
    assert_eq!((said(&right, Some(1), "BT-152").as_deref(), left(&right)), (Some("20"), vec!["TXI02 20"]));
    assert_eq!(topics(&right), [Topic::Unread]);
    // An amount that is not that of the rate is in doubt; the rate is the invoice's, and nothing says that it was left aside.
    let wrong = body("TXI*VA*99*20");
    assert_eq!((said(&wrong, Some(1), "BT-152").as_deref(), left(&wrong)), (Some("20"), vec!["TXI02 99"]));
    assert_eq!(topics(&wrong), [Topic::Unread, Topic::Arithmetic]);
    assert!(wrong.remarks.iter().all(|remark| !remark.what.en.contains("TXI03")), "{:?}", wrong.remarks);
    assert_eq!(left(&body("TXI*VA*20*.2*****900")), ["TXI02 20", "TXI08 900"]);
    // Another rate than the one of all lines.
    let other = body("TXI*VA**10");
    assert_eq!((topics(&other), said(&other, Some(1), "BT-152").as_deref()), (vec![Topic::Contradiction], Some("20")));
}

#[test]
fn what_a_warning_says_is_not_taken_over_is_lost() {
    let sac = drawn("BIG*20261102*A\nIT1*1*10*EA*10\nPID*F****X\nSAC*A*C310***500*Z*50\nTDS*9500");
    assert!(left(&sac).contains(&"SAC07 50"), "{:?}", left(&sac));
    assert_eq!(left(&drawn("BIG*20261102*A*****DI*05\nIT1*1*10*EA*10\nPID*F****X\nTDS*10000")), ["BIG08 05"]);
    // An element that says nothing loses nothing, and what was read all the same neither.
    assert!(left(&drawn(&format!("{LINE}TDS*100.00"))).is_empty());
    assert!(left(&drawn(&format!("{LINE}TDS*10000\nSAC*N*C310"))).len() == 1);
}

#[test]
fn what_a_contact_says_beyond_its_terms_is_told() {
    let per = "N1*SE*S\nPER*IC*Jean*TE*0102*FX*0999*EM*a@b.fr";
    let drawn = drawn(&format!("BIG*20261102*A\n{per}\nIT1*1*10*EA*10\nPID*F****X\nTDS*10000"));
    assert_eq!(left(&drawn), ["PER05 FX 0999"]);
}

#[test]
fn allowances_and_charges_of_the_summary_take_the_one_rate_of_the_invoice() {
    let summary = |txi: &str| drawn(&format!("{LINE}TDS*12600\n{txi}SAC*C*D240***500****06***Fret"));
    let rate = |drawn: &Drawn| {
        drawn.draft.groups(bt::BG_21).next().and_then(|charge| charge.text(bt::BT_103)).map(str::to_owned)
    };
    let one = summary("TXI*VA*21*20*****105\n");
    assert_eq!((rate(&one).as_deref(), how(&one, "BG-21[1]/BT-103")), (Some("20"), Some(How::Derived)));
    // A base that leaves something out may leave out this; two rates say nothing of it.
    assert_eq!(rate(&summary("TXI*VA*20*20*****100\n")), None);
    assert_eq!(rate(&summary("TXI*VA*20*20*****100\nTXI*VA*0.5*10*****5\n")), None);
    assert_eq!(rate(&summary("")), None);
    // An allowance of a percentage alone, which the total proves.
    let percent = drawn(&format!("{LINE}TDS*11400\nTXI*VA*19*20*****95\nSAC*A*C310****Z*5"));
    let allowance = percent.draft.groups(bt::BG_20).next().unwrap();
    assert_eq!((allowance.text(bt::BT_92), allowance.text(bt::BT_96)), (Some("5.00"), Some("20")));
}

#[test]
fn a_rate_of_a_line_is_the_one_of_the_summary_that_it_can_mean() {
    let lines = |[a, b]: [&str; 2]| {
        drawn(&format!(
            "BIG*20261102*A\nIT1*1*10*EA*10\nTXI*VA**{a}\nPID*F****X\nIT1*2*1*EA*100\nTXI*VA**{b}\nPID*F****Y\nTDS*22550\nTXI*VA*20*20*****100\nTXI*VA*5.5*5.5*****100"
        ))
    };
    let rates = |drawn: &Drawn| [1, 2].map(|line| said(drawn, Some(line), "BT-152"));
    for pair in [["20", "5.5"], [".2", ".055"]] {
        assert_eq!(rates(&lines(pair)), [Some("20".to_owned()), Some("5.5".to_owned())]);
        assert!(!topics(&lines(pair)).contains(&Topic::Ambiguous));
    }
    assert_eq!(rates(&lines(["20", "10"])), [Some("20".to_owned()), None]);
}

#[test]
fn the_tax_of_nothing_is_nothing() {
    let zero = drawn(
        "BIG*20261102*A\nIT1*1*10*EA*10\nTXI*VA*20*20\nPID*F****X\nIT1*2*1*EA*0\nTXI*VA*0*20\nPID*F****Y\nTDS*12000\nTXI*VA*20*20*****100",
    );
    assert!(topics(&zero).iter().all(|topic| *topic == Topic::Unread), "{:?}", zero.remarks);
}

#[test]
fn a_buyer_by_its_identifier_alone_is_completed_by_itself_in_full() {
    let buyer = |bt: &str| {
        let drawn = drawn(&format!(
            "BIG*20261102*A\nN1*BY*Port*UL*3012345678919\nN3*1 rue\nN4*Nantes**44000*FR\nREF*VX*FR14987654324\nN1*BT{bt}\nIT1*1*10*EA*10\nPID*F****X\nTDS*10000"
        ));
        let own = drawn.draft.groups(bt::BG_7).next().unwrap();
        ["BT-44", "BT-48", "BT-52"]
            .map(|id| gather::text_of(own, Term::parse(id).unwrap()).unwrap_or("-").to_owned())
            .join(" ")
    };
    assert_eq!(buyer("**UL*3012345678919"), "Port FR14987654324 Nantes");
    assert_eq!(buyer("**UL*3012345678902"), "- - -");
    assert_eq!(buyer("**UL*3012345678919\nREF*VX*FR11123456782"), "- FR11123456782 -");
    assert_eq!(buyer("**UL*3012345678919\nN4*Gent**9000*BE"), "- - Gent");
}

#[test]
fn a_breakdown_of_nothing_at_a_rate_of_no_line_says_nothing() {
    let read = |txi: &str| drawn(&format!("{LINE}TDS*12600\nTXI*VA*21*20*****105\nTXI*VA*0*10*****{txi}"));
    let idle = read("0");
    assert_eq!((idle.draft.groups(bt::BG_23).count(), left(&idle)), (1, vec!["TXI*VA*0*10*****0"]));
    assert_eq!(read("5").draft.groups(bt::BG_23).count(), 2);
}
