//! What is owed of an 810 and when: terms of payment, instalments, discounts, what was paid.

use super::*;

#[test]
fn days_of_payment_count_only_from_a_day_that_is_known() {
    let due = |itd: &str| said(&drawn(&format!("BIG*20261102*A\n{itd}\nTDS*0")), None, "BT-9");
    assert_eq!(due("ITD*01*3*****30").as_deref(), Some("2026-12-02"));
    assert_eq!(due("ITD*01*3****20261215*30").as_deref(), Some("2026-12-15"));
    assert_eq!(due("ITD*01*15*****30"), None);
    assert_eq!(due("ITD*01******30"), None);
}

#[test]
fn days_from_no_date_are_told_as_such() {
    let drawn = drawn("BIG*261101*F1\nITD*01*3*****30\nIT1*1*1*EA*1\nTDS*100");
    let told =
        drawn.remarks.iter().find(|r| r.terms.contains(&bt::BT_9)).map(|r| r.what.en.clone()).unwrap_or_default();
    assert!(told.contains("BIG01") && !told.contains("ITD02"), "{told}");
}

#[test]
fn what_was_paid_is_read_by_agreement_alone() {
    let body = "BIG*20261102*A\nIT1*1*10*EA*10\nPID*F****X\nTDS*10000\nAMT*C4*30.5";
    let told = drawn(body);
    assert_eq!((said(&told, None, "BT-113"), said(&told, None, "BT-115").as_deref()), (None, Some("100.00")));
    assert_eq!(topics(&told), [Topic::Unread]);
    let amounts = vec![("C4".to_owned(), "BT-113".to_owned()), ("XX".to_owned(), "BT-114".to_owned())];
    let agreed = Settings { amounts, ..Settings::default() };
    let read = drawn_by(&format!("{body}\nAMT*XX*-.5"), &agreed);
    let values = ["BT-112", "BT-113", "BT-114", "BT-115"].map(|id| said(&read, None, id).unwrap_or_default());
    assert_eq!(values, ["100.00", "30.5", "-0.5", "69.00"]);
    assert_eq!((how(&read, "BT-113"), topics(&read)), (Some(How::Partner), vec![]));
    // An amount that is none leaves what is owed unsaid.
    let wrong = drawn_by(&body.replace("30.5", "3O"), &agreed);
    assert_eq!(said(&wrong, None, "BT-115"), None);
}

#[test]
fn a_due_date_is_computed_of_basic_terms_alone() {
    let of = |itd: &str| drawn(&format!("BIG*20261102*A\nITD*{itd}\nIT1*1*1*EA*1\nTDS*100"));
    assert_eq!(said(&of("01*3*****30"), None, "BT-9").as_deref(), Some("2026-12-02"));
    let end_of_month = of("02*3*****30");
    assert_eq!(said(&end_of_month, None, "BT-9"), None);
    assert_eq!(said(&end_of_month, None, "BT-20"), None);
    assert_eq!(topics(&end_of_month), [Topic::Ambiguous, Topic::Unread]);
}

/// What is left, as losses name it.
#[test]
fn a_day_that_is_stated_holds_beside_a_number_of_days() {
    let itd = |itd: &str| drawn(&format!("BIG*20261122*A\nITD*{itd}\nIT1*1*10*EA*10\nPID*F****X\nTDS*10000"));
    let apart = itd("01*3****20261222*60");
    assert_eq!((topics(&apart), said(&apart, None, "BT-20")), (vec![Topic::Ambiguous], None));
    assert!(apart.remarks[0].what.en.contains("the day written holds"));
    assert_eq!((said(&apart, None, "BT-9").as_deref(), left(&apart)), (Some("2026-12-22"), vec!["ITD07 60"]));
    let one = itd("01*3****20261222*30");
    assert_eq!((topics(&one), said(&one, None, "BT-9").as_deref()), (vec![], Some("2026-12-22")));
    // Counted from another day than the invoice's they may well be the same.
    assert_eq!(topics(&itd("01*2****20261222*60")), []);
}

#[test]
fn instalments_are_text_as_those_of_edifact() {
    let itd = |itd: &[&str]| {
        let itd = itd.iter().map(|itd| format!("ITD*{itd}\n")).collect::<String>();
        drawn(&format!("BIG*20261122*A\nCUR*SE*EUR\n{itd}IT1*1*10*EA*10\nPID*F****X\nTDS*10000"))
    };
    let text = |drawn: &Drawn| said(drawn, None, "BT-20").unwrap_or_default();
    let two = itd(&["04*3****20261222****5000*50", "04*3****20270122****5000*50"]);
    assert_eq!(text(&two), "Instalments: 50% (50.00 EUR) on 2026-12-22; 50% (50.00 EUR) on 2027-01-22.");
    assert_eq!((said(&two, None, "BT-9"), topics(&two), left(&two).len()), (None, vec![], 0));
    assert_eq!(how(&two, "BT-20"), Some(How::Derived));
    // By amount, by percentage, by a fraction that the sum proves; a day by its number of days, or as deferred (ITD09).
    let amounts = itd(&["04*3****20261222****6000", "04*3*****61***4000"]);
    assert_eq!(text(&amounts), "Instalments: 60.00 EUR on 2026-12-22; 40.00 EUR on 2027-01-22.");
    let shares = itd(&["04*3*******20261222**.4", "04*3*******20270122**.6"]);
    assert_eq!(text(&shares), "Instalments: 40% on 2026-12-22; 60% on 2027-01-22.");
    // What does not come to the amount due is told; so is a part of it due on the only day.
    let short = itd(&["04*3****20261222****5000", "04*3****20270122****4000"]);
    assert_eq!(topics(&short), [Topic::Arithmetic]);
    assert!(short.remarks[0].what.en.contains("come to 90.00, the amount due (BT-115) is 100.00"));
    let one = itd(&["04*3****20261222****5000"]);
    assert_eq!(
        (said(&one, None, "BT-9").as_deref(), topics(&one)),
        (Some("2026-12-22"), vec![Topic::Unread, Topic::Arithmetic])
    );
    // Without what is due on each, nobody can tell which day holds.
    assert!(topics(&itd(&["04*3****20261222****5000", "04*3****20270122"])).contains(&Topic::Contradiction));
}

#[test]
fn a_general_term_stands_beside_instalments() {
    let itd = |itd: &[&str]| {
        let itd = itd.iter().map(|itd| format!("ITD*{itd}\n")).collect::<String>();
        drawn(&format!("BIG*20261122*A\nCUR*SE*EUR\n{itd}IT1*1*10*EA*10\nPID*F****X\nTDS*10000"))
    };
    let two = ["20261222****5000", "20270122****5000"];
    let [first, second] = ["04", "01"].map(|code| two.map(|day| format!("{code}*3****{day}")));
    let text =
        "Instalments: 50.00 EUR on 2026-12-22; 50.00 EUR on 2027-01-22. Due date stated without an amount: 2027-01-06.";
    for parts in [first, second] {
        let drawn = itd(&["01*3****20270106", &parts[0], &parts[1]]);
        assert_eq!((said(&drawn, None, "BT-20").as_deref(), said(&drawn, None, "BT-9")), (Some(text), None));
        assert_eq!((topics(&drawn), left(&drawn).len()), (vec![], 0));
    }
    // One that gives no day is told, and what is no whole says nothing of another day.
    let other = itd(&["01*2*****30", "04*3****20261222****5000", "04*3****20270122****5000"]);
    assert_eq!((said(&other, None, "BT-9"), left(&other)), (None, vec!["ITD07 30"]));
    assert!(topics(&itd(&["01*3****20270106", "01*3****20261222****5000"])).contains(&Topic::Contradiction));
    let against = itd(&["04*3****20261222****4000*50", "04*3****20270122****6000*50"]);
    assert_eq!(topics(&against), [Topic::Arithmetic]);
    assert!(against.remarks[0].what.en.contains("contradicts itself"));
}

#[test]
fn a_discount_that_a_text_denies_is_asked_about() {
    let of = |heading: &str| drawn(&format!("BIG*20261122*A\n{heading}\nIT1*1*10*EA*10\nPID*F****X\nTDS*10000"));
    for heading in [
        "ITD*01*3*2**10**30*****Escompte pour paiement anticipe neant",
        "NTE*GEN*#AAB#Pas d'escompte\nITD*01*3*2**10**30",
    ] {
        let drawn = of(heading);
        let told: Vec<_> = drawn.remarks.iter().filter(|one| one.topic == Topic::Ambiguous).collect();
        assert_eq!(told.len(), 1, "{heading} {:?}", drawn.remarks);
        assert!(told[0].what.en.contains("gives a discount"), "{}", told[0].what.en);
        assert!(!drawn.draft.text(bt::BT_20).unwrap_or_default().contains("2%"));
    }
    for heading in ["ITD*01*3*****30*****Pas d'escompte", "NTE*GEN*#AAB#2% a 10 jours, sinon neant\nITD*01*3*2**10**30"]
    {
        assert!(!topics(&of(heading)).contains(&Topic::Ambiguous), "{heading}");
    }
}
