//! What counts once: lines under lines, taxes beside VAT, a second currency; and terms of payment that stand as codes.

use super::*;

fn lines(body: &str) -> (Vec<String>, Stated) {
    let stated = of("96A", &format!("{HEAD}CUX+2:EUR:4'{body}"));
    (texts(&stated.draft, &[bt::BG_25], bt::BT_126), stated)
}

fn untaken(stated: &Stated) -> Vec<&str> {
    stated.untaken.iter().map(|one| one.segment.as_str()).collect()
}

#[test]
fn a_sub_line_is_in_the_amount_of_its_line() {
    let body = "LIN+1'QTY+47:1'MOA+203:90'LIN+2++A:EN+1:1'QTY+47:2'MOA+203:60'LIN+3++B:EN+1:1'MOA+203:30'LIN+4'MOA+203:10'UNS+S'CNT+2:4'MOA+79:100'";
    let (numbers, stated) = lines(body);
    assert_eq!(numbers, ["1", "4"]);
    assert_eq!(untaken(&stated), ["LIN+2", "LIN+3"]);
    // Senders count them or not.
    assert_eq!((stated.miscounts.len(), lines(&body.replace("CNT+2:4", "CNT+2:2")).1.miscounts.len()), (0, 0));
    let wrong = &lines(&body.replace("CNT+2:4", "CNT+2:3")).1.miscounts[0];
    assert_eq!((&*wrong.said, &*wrong.found, wrong.is_of_lines()), ("3", "4", true));
    let told: Vec<_> = stated.derived.iter().filter(|d| matches!(d.why, Why::SubLine { .. })).collect();
    assert_eq!(told.len(), 2);
    assert!(told[0].why.text().en.contains("details line 1"));
    // By levels alone (1222), of sub-lines of sub-lines too.
    let levels =
        "LIN+1++++0'MOA+203:90'LIN+2++++1'MOA+203:60'LIN+3++++2'MOA+203:60'LIN+4++++0'MOA+203:10'UNS+S'MOA+79:100'";
    assert_eq!(lines(levels).0, ["1", "4"]);
    // One level for all is none, and says nothing.
    let (numbers, stated) = lines("LIN+1++++1'MOA+203:90'LIN+2++++1'MOA+203:10'UNS+S'MOA+79:100'");
    assert_eq!((numbers.len(), untaken(&stated).len()), (2, 0));
}

#[test]
fn sub_lines_count_where_the_sum_of_the_lines_says_so() {
    let body = |sum: u32| format!("LIN+1'MOA+203:90'LIN+2+++1:1'MOA+203:10'UNS+S'MOA+79:{sum}'");
    let (numbers, stated) = lines(&body(100));
    assert_eq!((numbers, untaken(&stated)), (vec!["1".to_owned(), "2".to_owned()], vec!["LIN+2 4.1", "LIN+2 4.2"]));
    // Neither: the line alone, and rules say that the sum is another.
    assert_eq!(lines(&body(95)).0, ["1"]);
}

#[test]
fn a_line_without_amount_is_a_heading() {
    let body =
        "LIN+1'IMD+F++:::Lot'TAX+7+VAT+++:::5.5+S'LIN+2+++1:1'MOA+203:60'LIN+3+++1:1'MOA+203:30'UNS+S'MOA+79:90'";
    let (numbers, stated) = lines(body);
    assert_eq!(
        (numbers, untaken(&stated)),
        (vec!["2".to_owned(), "3".to_owned()], vec!["LIN+1", "LIN+2 4.1", "LIN+2 4.2", "LIN+3 4.1", "LIN+3 4.2"])
    );
    assert_eq!(texts(&stated.draft, &[bt::BG_25, bt::BG_30], bt::BT_152), ["5.5", "5.5"]);
    // Without any amount nobody can say which counts: the line stays, and lacks its amount.
    assert_eq!(lines("LIN+1'LIN+2+++1:1'UNS+S'MOA+79:90'").0, ["1"]);
}

#[test]
fn the_french_extension_holds_sub_lines() {
    let profile = "urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr";
    let partner = Partner { constants: vec![(bt::BT_24, profile.into())], ..Partner::default() };
    let of = |body: &str| {
        let stated = with("96A", &format!("{HEAD}CUX+2:EUR:4'{body}"), &partner);
        let own = |term| texts(&stated.draft, &[bt::BG_25], term);
        (own(bt::BT_126), own(bt::EXT_FR_FE_162), own(bt::EXT_FR_FE_163), stated.untaken.len())
    };
    let all = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let (numbers, parents, kinds, left) = of("LIN+1'MOA+203:90'LIN+2+++1:1'MOA+203:60'UNS+S'MOA+79:90'");
    assert_eq!((numbers, parents, kinds, left), (all(&["1", "2"]), all(&["1"]), all(&["INFORMATION"]), 0));
    let (_, parents, kinds, _) = of("LIN+1'LIN+2+++1:1'MOA+203:60'UNS+S'MOA+79:60'");
    assert_eq!((parents, kinds), (all(&["1"]), all(&["GROUP", "DETAIL"])));
}

#[test]
fn a_tax_beside_the_lines_is_a_charge_of_the_document() {
    let line = "LIN+1'QTY+47:10'MOA+203:90'PRI+AAA:9'TAX+7+VAT+++:::20+S'TAX+7+ENV+++'MOA+124:1.50'";
    let body = |base: &str, more: &str| {
        let body = format!("{HEAD}CUX+2:EUR:4'{line}{line}UNS+S'MOA+79:180'MOA+125:{base}'MOA+77:219.6'{more}");
        of("96A", &body.replacen("LIN+1'", "LIN+2'", 1))
    };
    let stated = body("183", "");
    let own = |term| texts(&stated.draft, &[bt::BG_21], term);
    assert_eq!(
        (own(bt::BT_99), own(bt::BT_104), own(bt::BT_103)),
        (vec!["3.00".to_owned()], vec!["ENV".to_owned()], vec!["20".to_owned()])
    );
    assert_eq!(texts(&stated.draft, &[bt::BG_22], bt::BT_108), ["3.00"]);
    assert!(stated.derived.iter().any(|d| matches!(d.why, Why::Beside { .. })));
    // In the price: nothing is added, and that is told.
    let stated = body("180", "");
    assert!(
        stated.draft.groups(bt::BG_21).next().is_none()
            && stated.derived.iter().any(|d| matches!(d.why, Why::InPrice { .. }))
    );
    // In the summary alone.
    let plain = line.replace("TAX+7+ENV+++'MOA+124:1.50'", "");
    let body = format!(
        "{HEAD}CUX+2:EUR:4'{plain}UNS+S'MOA+79:90'MOA+125:92'TAX+7+VAT+++:::20+S'MOA+125:92'MOA+124:18.4'TAX+7+ENV'MOA+124:2'"
    );
    let stated = of("96A", &body);
    assert_eq!(texts(&stated.draft, &[bt::BG_21], bt::BT_99), ["2.00"]);
    assert_eq!(texts(&stated.draft, &[bt::BG_21], bt::BT_103), ["20"]);
    let stated = of("96A", &body.replace("MOA+125:92", "MOA+125:90"));
    assert!(stated.draft.groups(bt::BG_21).next().is_none() && untaken(&stated).contains(&"TAX+7"));
    // With an allowance of the line that is real.
    let body = format!(
        "{HEAD}CUX+2:EUR:4'LIN+1'QTY+47:10'MOA+203:85'PRI+AAA:9'TAX+7+VAT+++:::20+S'TAX+7+ENV'MOA+124:1'ALC+A'MOA+8:5'UNS+S'MOA+79:85'MOA+125:86'"
    );
    let stated = of("96A", &body);
    assert_eq!((texts(&stated.draft, &[bt::BG_21], bt::BT_99), stated.unbalanced.len()), (vec!["1.00".to_owned()], 0));
    assert_eq!(texts(&stated.draft, &[bt::BG_25, bt::BG_27], bt::BT_136), ["5"]);
}

#[test]
fn the_target_currency_is_that_of_the_vat_where_it_is_stated_so() {
    let read = |release: &str, cux: &str, more: &str| {
        let stated = of(release, &format!("{HEAD}CUX+{cux}'LIN+1'UNS+S'MOA+79:100'MOA+176:20'{more}"));
        (
            stated.draft.text(bt::BT_6).map(str::to_owned),
            texts(&stated.draft, &[bt::BG_22], bt::BT_111),
            stated.untaken.len(),
        )
    };
    let both = (Some("CHF".to_owned()), vec!["19".to_owned()], 0);
    assert_eq!(read("96A", "2:EUR:4+3:CHF:4", "MOA+176:19:CHF'"), both);
    assert_eq!(read("96A", "2:EUR:4+6:CHF:4", "MOA+124:19:CHF'"), both);
    assert_eq!(read("14B", "2:EUR+6:CHF", "MOA+2:19:CHF'"), both);
    let rates = "TAX+7+VAT+++:::20+S'MOA+124:12'MOA+124:10:CHF'TAX+7+VAT+++:::10+S'MOA+124:8'MOA+124:9:CHF'";
    assert_eq!(read("01B", "2:EUR:4+3:CHF:4", rates).1, ["19.00"]);
    // A currency to pay in is none of VAT.
    assert_eq!(read("96A", "2:EUR:4+3:CHF:4", "MOA+9:95:CHF'"), (None, vec![], 2));
}

#[test]
fn discounts_and_penalties_as_codes_become_sentences() {
    let seller = |country: &str| format!("NAD+SU+1::9++Morel+r+Lyon++69007+{country}'CUX+2:EUR:4'");
    let read = |country: &str, terms: &str| {
        let stated = of("96A", &format!("{HEAD}{}{terms}LIN+1'UNS+S'MOA+79:1'", seller(country)));
        let notes = texts(&stated.draft, &[bt::BG_1], bt::BT_21);
        (stated.draft.text(bt::BT_20).unwrap_or_default().to_owned(), notes.join(" "), untaken(&stated).join(" "))
    };
    let none = String::new;
    let (discount, penalty) = ("PAT+22'DTM+12:20261202:102'PCD+12:2.5:13'", "PAT+20++5:3:D:30'PCD+15:10:13'");
    assert_eq!(
        read("FR", &format!("{penalty}{discount}")),
        (
            "Pénalités de retard : 10 % au-delà de 30 jours après la date de la facture. Escompte de 2,5 % pour un paiement au plus tard le 02/12/2026.".to_owned(),
            "AAB PMD".to_owned(),
            none()
        )
    );
    assert_eq!(read("DE", discount), ("Discount of 2.5% for payment by 2026-12-02.".to_owned(), none(), none()));
    assert_eq!(
        read("DE", "PAT+22++5:3:D:10'MOA+52:5'").0,
        "Discount of 5 EUR for payment within 10 days of the date of the invoice."
    );
    // What a text says already, or a sentence cannot say, is left and told.
    let body = format!("{HEAD}FTX+AAB+++2,5 % sous dix jours'{}{discount}LIN+1'UNS+S'MOA+79:1'", seller("DE"));
    let stated = of("96A", &body);
    assert_eq!(stated.draft.text(bt::BT_20), Some("2,5 % sous dix jours"));
    assert_eq!(untaken(&stated), ["PAT+22", "DTM+12", "PCD+12"]);
    assert_eq!(read("DE", "PAT+22++5:3:ZZZ:10'PCD+12:2'").2, "PAT+22 PCD+12");
}

#[test]
fn a_note_aab_beside_the_terms_is_read_once() {
    let body = |texts: &str| format!("{HEAD}{texts}NAD+SU+1::9++Morel+r+Lyon++69007+FR'LIN+1'UNS+S'MOA+79:1'");
    let read = |ftx: &str| {
        let stated = of("96A", &body(ftx));
        (texts(&stated.draft, &[], bt::BT_20), texts(&stated.draft, &[bt::BG_1], bt::BT_22), stated.untaken.len())
    };
    let own = |text: &str| vec![text.to_owned()];
    assert_eq!(read("FTX+AAB+++30 jours'FTX+AAB+++Escompte'"), (own("30 jours"), own("Escompte"), 0));
    assert_eq!(read("FTX+AAB+++Escompte'"), (own("Escompte"), own("Escompte"), 0));
    assert_eq!(read("FTX+AAB'FTX+AAB+++Escompte'").1, own("Escompte"));
}

/// More invoices than are judged at once are refused by name, before room is made for them.
#[test]
fn too_many_invoices_are_not_taken() {
    let file = |count: usize| {
        let messages: String = (0..count).map(|n| format!("UNH+{n}+INVOIC:D:96A:UN'UNT+2+{n}'")).collect();
        format!("UNB+UNOC:3+A+B+261122:1000+1'{messages}UNZ+{count}+1'")
    };
    let most = crate::limits::EDIFACT_MESSAGES;
    let many = received(file(most + 1).as_bytes(), &[]);
    assert_eq!(many.map(|all| all.len()), Err(NoInvoic::TooMany(most)));
    assert_eq!(received(file(3).as_bytes(), &[]).map(|all| all.len()), Ok(3));
}

/// Terms of payment and the note AAB of a French seller: both, once each, there and back.
#[test]
fn terms_and_the_note_aab_come_back_as_they_were() {
    use super::super::write::{Agreement, Moment, write};
    let bytes = include_bytes!("../../../../fixtures/invoices/ubl-full.xml");
    let draft = Draft::of(&crate::formats::read(bytes).unwrap().invoice);
    let moment = Moment { day: crate::day::Day::new(2026, 11, 22).unwrap(), hour: 10, minute: 5 };
    let own = |draft: &Draft| {
        let notes = draft.groups(bt::BG_1).filter(|note| note.text(bt::BT_21) == Some("AAB"));
        (texts(draft, &[], bt::BT_20), notes.map(|note| texts(note, &[], bt::BT_22)).collect::<Vec<_>>())
    };
    for directory in [Directory::D96A, Directory::D01B] {
        let written = write(&draft, directory, &Agreement::default(), moment, Some("1"));
        let read = received(&written.bytes, &[]).unwrap();
        assert_eq!(own(&read[0].stated.draft), own(&draft), "{directory:?}");
    }
    assert_eq!(own(&draft).1.len(), 1);
}

/// CNT+1 is the sum of the quantities: of those invoiced, or of all; CNT+2 the number of lines. What does not hold is told where it stands.
#[test]
fn control_totals_are_held_against_the_lines() {
    let miscounts = |cnt: &str| {
        let body =
            format!("LIN+1'QTY+47:2,5:KGM'QTY+46:3:PCE'MOA+203:1'LIN+2'QTY+47:-1:PCE'MOA+203:1'UNS+S'{cnt}MOA+79:2'");
        let (_, stated) = lines(&body);
        assert!(untaken(&stated).iter().all(|one| !one.starts_with("CNT")), "{:?}", stated.untaken);
        stated
            .miscounts
            .iter()
            .map(|one| (one.code.clone(), one.said.clone(), one.found.clone(), one.place.clone()))
            .collect::<Vec<_>>()
    };
    for holds in ["CNT+1:1.5'", "CNT+1:1,50'", "CNT+1:4.5'", "CNT+2:2'CNT+1:1.5'", ""] {
        assert_eq!(miscounts(holds), [], "{holds}");
    }
    for (cnt, code, said, found) in
        [("CNT+1:7'", "1", "7", "1.5"), ("CNT+2:3'", "2", "3", "2"), ("CNT+1:x'", "1", "x", "1.5")]
    {
        let [(own, stated, there, place)] = &miscounts(cnt)[..] else { panic!("{cnt}") };
        assert_eq!((&**own, &**stated, &**there), (code, said, found));
        assert!(matches!(place, Some(Place::Edifact { segment: 2.., element: 1, component: 2, .. })), "{place:?}");
    }
}

#[test]
fn thousands_of_one_segment_are_read_in_linear_time() {
    let began = std::time::Instant::now();
    let quantities: String = (0..60_000).map(|n| format!("QTY+47:{n}:PCE'")).collect();
    let stated = of("96A", &format!("{HEAD}CUX+2:EUR'LIN+1'{quantities}MOA+203:2'UNS+S'MOA+79:2'"));
    assert_eq!(texts(&stated.draft, &[bt::BG_25], bt::BT_129).len(), 60_000);
    assert!(began.elapsed() < std::time::Duration::from_secs(30), "{:?}", began.elapsed());
}

/// What is missing in a group is looked for where the group is, not at the head of the message.
#[test]
fn a_group_that_no_segment_opens_stands_where_it_begins() {
    let body = "BGM+380+F-1+9'DTM+137:20261122:102'DTM+167:20261101:102'DTM+168:20261130:102'PAI+::30'CUX+2:EUR'LIN+1'MOA+203:2'UNS+S'MOA+79:2'MOA+9:2'";
    let stated = of("96A", body);
    let of = |way: &[Term]| {
        let group = way.iter().try_fold(&stated.draft, |draft, term| draft.groups(*term).next());
        match group.and_then(|group| group.place.clone()) {
            Some(Place::Edifact { segment, element, .. }) => (segment, element),
            place => panic!("{way:?}: {place:?}"),
        }
    };
    assert_eq!((of(&[bt::BG_13, bt::BG_14]), of(&[bt::BG_16]), of(&[bt::BG_22])), ((4, 0), (6, 0), (11, 0)));
}

/// DTM+384 is the date of an invoice before in D01B and D16B, beside DTM+171; D96A has no such code, and tells it.
#[test]
fn the_date_of_the_invoice_before_is_read_where_it_stands() {
    let of = |release: &str, dates: &str| {
        let body =
            format!("BGM+381+A-1+9'DTM+137:20261122:102'RFF+OI:F-1'{dates}CUX+2:EUR'LIN+1'MOA+203:2'UNS+S'MOA+79:2'");
        of(release, &body)
    };
    let read = |stated: &Stated| {
        let said = stated.draft.groups(bt::BG_3).next().and_then(|group| group.first(bt::BT_26)).cloned()?;
        match said.place {
            Some(Place::Edifact { segment, element, component, .. }) => Some((said.text, segment, element, component)),
            place => panic!("{place:?}"),
        }
    };
    let (new, old) = ("DTM+384:20261001:102'", "DTM+171:20261002:102'");
    for (release, dates, wanted, left) in [
        ("01B", new.to_owned(), Some(("2026-10-01", 5)), ""),
        ("16B", new.to_owned(), Some(("2026-10-01", 5)), ""),
        ("01B", format!("{new}{old}"), Some(("2026-10-02", 6)), "DTM+384"),
        ("16B", format!("{old}{new}"), Some(("2026-10-01", 6)), "DTM+171"),
        ("96A", old.to_owned(), Some(("2026-10-02", 5)), ""),
        ("96A", new.to_owned(), None, "DTM+384"),
    ] {
        let stated = of(release, &dates);
        let wanted = wanted.map(|(day, segment)| (day.to_owned(), segment, 1, 2));
        assert_eq!(read(&stated), wanted, "{release} {dates}");
        let told: Vec<&str> =
            stated.untaken.iter().map(|one| one.segment.as_str()).filter(|one| one.starts_with("DTM")).collect();
        assert_eq!(told.join(" "), left, "{release} {dates}");
    }
}
