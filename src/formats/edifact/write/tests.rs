//! What is written, and that it comes back.

use super::*;
use crate::day::Day;
use crate::formats::read;
use crate::formats::write::Reason;
use crate::invoice::{Draft, Said, bt};

pub(super) fn moment() -> Moment {
    Moment { day: Day::new(2026, 11, 22).unwrap(), hour: 10, minute: 5 }
}

fn of(bytes: &[u8]) -> Draft {
    Draft::of(&read(bytes).unwrap().invoice)
}

fn text(written: &Interchange) -> String {
    encoding_rs::WINDOWS_1252.decode(&written.bytes).0.replace('\'', "'\n")
}

fn told(losses: &[Loss]) -> Vec<String> {
    losses.iter().map(|loss| format!("{} {:?} {:?}", loss.address, loss.value, loss.reason)).collect()
}

/// One of everything, with the agreement of an EANCOM partner.
#[test]
fn an_example_is_written_as_a_trading_partner_knows_it() {
    let draft = of(include_bytes!("../../../../fixtures/invoices/cii-full.xml"));
    let eancom = Agreement { association: "EAN008".to_owned(), ..Agreement::default() };
    let written = write(&draft, Directory::D96A, &eancom, moment(), Some("1"));
    assert_eq!((&written.faults, &written.refusal), (&Vec::new(), &None), "{:#?}", told(&written.losses));
    let text = text(&written);
    for line in [
        "UNB+UNOC:3+0225111222337:30+0225888999117:30+261122:1005+1'",
        "UNH+1+INVOIC:D:96A:UN:EAN008'",
        "BGM+380+TOUT-2026-0001+9'",
        "DTM+137:20261103:102'",
        "PAI+::30'",
        "FTX+AAB+++30 jours'",
        "NAD+SU+3000000000014::9++",
        "FII+RB+FR7699999000011234567890152:Affacturage Exemple SA+FICTFRPPXXX:25:5'",
        "NAD+BY+88899911700045::107++",
        "CUX+2:CHF:4+6:EUR'",
        "PAT+3'\nDTM+13:20261203:102'",
        "ALC+A+:95+++DI:::Remise de fidélité'\nPCD+1:10'\nMOA+8:24.00'\nMOA+25:240.00'\nTAX+7+VAT+++:::20+S'",
        "LIN+1++03000000333662:EN'",
        "QTY+47:10:PCE'",
        "PRI+AAA:20.00:::1:PCE'\nPRI+AAB:22.00:::1:PCE'\nRFF+ON:CDE-4711:10'",
        "UNS+S'\nCNT+2:4'\nMOA+79:584.00'",
        "MOA+176:94.11:EUR'",
        "TAX+7+VAT+++:::20+S'\nMOA+125:426.00'\nMOA+124:85.20'",
    ] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    let later = write(&draft, Directory::D01B, &Agreement::default(), moment(), None);
    let text = self::text(&later);
    for line in ["LIN+1++03000000333662:SRV'", "+:::Grand Est+67000+FR'", "FTX+ACF+++", "MOA+366:0.05'", "NAD+LC+"] {
        assert!(text.contains(line), "{line} in\n{text}");
    }
    assert_eq!(later.reference.len(), 14);
    assert!(!later.losses.iter().any(|loss| loss.term == Some(bt::BT_121)), "{:#?}", told(&later.losses));
}

/// A text longer than one segment goes on in the next; one longer than all of them is read in part, and the rest is told.
#[test]
fn what_has_no_room_is_told_and_not_left_out() {
    let mut draft = of(include_bytes!("../../../../schemas/examples/cii.xml"));
    let long = "Ces mots reviennent souvent. ".repeat(20);
    let short = "Et ceux-ci sont d'une autre note.";
    draft.groups.retain(|group| group.term != Some(bt::BG_1));
    draft.groups.extend([note("PMD", long.trim()), note("PMD", short), note("PMT", &"x".repeat(400))]);
    let written = write(&draft, Directory::D96A, &Agreement::default(), moment(), None);
    assert_eq!(text(&written).matches("FTX+PMD").count(), 3);
    let count = |written: &Interchange| {
        written.losses.iter().filter(|loss| loss.term == Some(bt::BT_22) && loss.reason.is_loss()).count()
    };
    assert_eq!(count(&written), 0, "{:#?}", told(&written.losses));
    let back = of(&written.bytes);
    let texts: Vec<&str> = back.groups(bt::BG_1).filter_map(|note| note.text(bt::BT_22)).collect();
    assert!(texts.contains(&long.trim()) && texts.contains(&short), "{texts:?}");
    let longer = "Ces mots reviennent souvent. ".repeat(200);
    draft.groups.push(note("PMD", longer.trim()));
    let written = write(&draft, Directory::D96A, &Agreement::default(), moment(), None);
    assert!(written.losses.iter().any(|loss| loss.value == longer.trim()));
    // In D01B there is room for all of it.
    let written = write(&draft, Directory::D01B, &Agreement::default(), moment(), None);
    assert!(!written.losses.iter().any(|loss| loss.value == long.trim()), "{:#?}", told(&written.losses));
}

/// Two reasons of two categories: where no code says which is whose, none is read as that of another, and both are told.
#[test]
fn reasons_of_exemption_are_never_those_of_another_breakdown() {
    let mut draft = of(include_bytes!("../../../../schemas/examples/cii.xml"));
    draft.groups.retain(|group| group.term != Some(bt::BG_23));
    let mut breakdown = |category: &str, reason: &str, code: &str| {
        let mut group = Draft::group(bt::BG_23, None);
        let said =
            [(bt::BT_116, "1"), (bt::BT_117, "0"), (bt::BT_118, category), (bt::BT_120, reason), (bt::BT_121, code)];
        group.said.extend(said.map(|(term, text)| crate::invoice::Said::new(term, text, None)));
        draft.groups.push(group);
    };
    breakdown("E", "Santé", "VATEX-EU-132");
    breakdown("AE", "Chantier", "VATEX-EU-AE");
    for (directory, wanted) in [(Directory::D96A, [None, None]), (Directory::D01B, [Some("Santé"), Some("Chantier")])]
    {
        let written = write(&draft, directory, &Agreement::default(), moment(), None);
        let back = of(&written.bytes);
        let reasons: Vec<_> = back.groups(bt::BG_23).map(|group| group.text(bt::BT_120)).collect();
        assert_eq!(reasons, wanted, "{directory:?}");
        let lost = written.losses.iter().filter(|loss| loss.term == Some(bt::BT_120) && loss.reason.is_loss());
        assert_eq!(lost.count(), wanted.iter().filter(|reason| reason.is_none()).count());
    }
}

/// A draft with a breakdown of each category, its reason (BT-120) and the code of that (BT-121).
fn exempt(breakdowns: &[(&str, &str, &str)]) -> Draft {
    let mut draft = of(include_bytes!("../../../../schemas/examples/cii.xml"));
    draft.groups.retain(|group| group.term != Some(bt::BG_23));
    for (category, reason, code) in breakdowns {
        let mut group = Draft::group(bt::BG_23, None);
        let said = [(bt::BT_116, "1"), (bt::BT_118, *category), (bt::BT_120, *reason), (bt::BT_121, *code)];
        let said = said.into_iter().filter(|(_, text)| !text.is_empty());
        group.said.extend(said.map(|(term, text)| crate::invoice::Said::new(term, text, None)));
        draft.groups.push(group);
    }
    draft
}

/// One reason, of one of two categories: it is that one's where it is read, or nobody's, and can be read all the same.
#[test]
fn one_reason_is_not_that_of_two_categories() {
    for (ae, e, wanted) in [
        (["Autoliquidation art 283-2", ""], ["", "VATEX-FR-CGI261-1"], [Some("Autoliquidation art 283-2"), None]),
        (["", "VATEX-EU-AE"], ["Exonération art 261 CGI", ""], [None, Some("Exonération art 261 CGI")]),
        (["Chantier", ""], ["", ""], [None, None]),
        (["Chantier", ""], ["Chantier", ""], [Some("Chantier"), Some("Chantier")]),
        (["", ""], ["Sans exonération, autoliquidation", ""], [None, None]),
        (["Autoliquidation", ""], ["Autoliquidation", ""], [Some("Autoliquidation"), None]),
    ] {
        let draft = exempt(&[("AE", ae[0], ae[1]), ("E", e[0], e[1])]);
        let written = write(&draft, Directory::D96A, &Agreement::default(), moment(), None);
        let back = of(&written.bytes);
        let reasons: Vec<_> = back.groups(bt::BG_23).map(|group| group.text(bt::BT_120)).collect();
        assert_eq!(reasons, wanted, "{ae:?} {e:?}\n{}", text(&written));
        let stated = [ae[0], e[0]].into_iter().find(|text| !text.is_empty());
        let whole = text(&written);
        assert!(stated.is_none_or(|stated| whole.contains(stated)), "{whole}");
    }
}

/// Whatever the reasons of two categories are: what comes back is what was said, or told.
#[test]
fn no_reason_changes_its_breakdown_untold() {
    let reasons = [
        ("", ""),
        ("", "VATEX-EU-AE"),
        ("", "VATEX-FR-CGI261-1"),
        ("Chantier", ""),
        ("Autoliquidation", "VATEX-EU-AE"),
        ("Exonération, art. 261 du CGI", ""),
        ("Exonération, art. 262 ter I ; autoliquidation", ""),
        ("TVA sur les débits", ""),
        ("Exonération de TVA", "VATEX-FR-FRANCHISE"),
    ];
    for categories in [["AE", "E"], ["K", "AE"], ["E", "G"], ["S", "E"]] {
        for (one, other) in reasons.iter().flat_map(|one| reasons.iter().map(move |other| (one, other))) {
            let draft = exempt(&[(categories[0], one.0, one.1), (categories[1], other.0, other.1)]);
            for directory in [Directory::D96A, Directory::D01B] {
                let written = write(&draft, directory, &Agreement::default(), moment(), None);
                let back = of(&written.bytes);
                for (n, (own, read)) in (1..).zip(draft.groups(bt::BG_23).zip(back.groups(bt::BG_23))) {
                    for term in [bt::BT_120, bt::BT_121].into_iter().filter(|term| own.text(*term) != read.text(*term))
                    {
                        let address = format!("BG-23[{n}]/{term}");
                        let is_told = |loss: &Loss| loss.address == address && loss.reason.is_loss();
                        assert!(written.losses.iter().any(is_told), "{address} {one:?} {other:?}");
                    }
                }
            }
        }
    }
}

/// Whatever a writer does: the reason that comes back with another breakdown, in the same words, is told.
#[test]
fn a_reason_that_came_to_another_breakdown_is_told() {
    let mut draft = Draft::default();
    for (category, reason) in [("AE", "Chantier"), ("E", "")] {
        let mut group = Draft::group(bt::BG_23, None);
        group.said.push(crate::invoice::Said::new(bt::BT_118, category, None));
        if !reason.is_empty() {
            group.said.push(crate::invoice::Said::new(bt::BT_120, reason, None));
        }
        draft.groups.push(group);
    }
    let mut back = draft.clone();
    back.groups[1].said.push(crate::invoice::Said::new(bt::BT_120, "Chantier", None));
    let losses = crate::formats::write::held(&draft, vec![None; draft.count()], &back);
    assert_eq!(told(&losses), ["BG-23[2]/BT-120 \"Chantier\" Added"]);
}

fn note(code: &str, text: &str) -> Draft {
    let mut note = Draft::group(bt::BG_1, None);
    let said = [(bt::BT_21, code), (bt::BT_22, text)].into_iter().filter(|(_, text)| !text.is_empty());
    note.said.extend(said.map(|(term, text)| crate::invoice::Said::new(term, text, None)));
    note
}

/// Codes that mean something else first keep their place as codes of notes, where the reader can tell.
#[test]
fn notes_keep_their_subject() {
    let mut draft = of(include_bytes!("../../../../fixtures/invoices/cii-full.xml"));
    draft.groups.retain(|group| group.term != Some(bt::BG_1));
    draft.groups.extend([
        note("REG", "SAS au capital de 1000 euros"),
        note("TXD", "TVA sur les encaissements"),
        note("", "Merci"),
    ]);
    for directory in [Directory::D96A, Directory::D01B] {
        let written = write(&draft, directory, &Agreement::default(), moment(), None);
        let back = of(&written.bytes);
        let mut notes: Vec<_> =
            back.groups(bt::BG_1).map(|note| (note.text(bt::BT_21), note.text(bt::BT_22))).collect();
        notes.sort();
        for (code, text) in
            [("REG", "SAS au capital de 1000 euros"), ("TXD", "TVA sur les encaissements"), ("AAI", "Merci")]
        {
            assert!(notes.contains(&(Some(code), Some(text))), "{directory:?} {notes:?}");
        }
        assert!(back.groups(bt::BG_4).all(|seller| seller.all(bt::BT_33).count() == 1));
        let demanded: Vec<_> = written.losses.iter().filter(|loss| loss.reason == Reason::Demanded).collect();
        assert_eq!(demanded.len(), 1, "{:#?}", told(&written.losses));
    }
    // Alone it would be the seller's registration: the code is told.
    for group in &mut draft.groups {
        group.said.retain(|said| said.term != bt::BT_33);
    }
    let written = write(&draft, Directory::D96A, &Agreement::default(), moment(), None);
    assert!(written.losses.iter().any(|loss| loss.term == Some(bt::BT_21) && loss.value == "REG"));
    assert!(of(&written.bytes).groups(bt::BG_4).all(|seller| seller.text(bt::BT_33).is_none()));
}

/// Who is invoiced is who bought, unless somebody says otherwise: partners ask for NAD+BY. Reasons have their code in the list that they know.
#[test]
fn a_partner_finds_the_codes_that_it_knows() {
    let draft = of(include_bytes!("../../../../fixtures/invoices/cii-full.xml"));
    let qualifiers = vec![(bt::BG_7, "IV".to_owned())];
    for directory in [Directory::D96A, Directory::D01B] {
        let agreement =
            Agreement { association: "EAN010".to_owned(), qualifiers: qualifiers.clone(), ..Agreement::default() };
        let written = write(&draft, directory, &agreement, moment(), None);
        let text = text(&written);
        let party = |code: &str| text.lines().find_map(|l| l.strip_prefix(&format!("NAD+{code}+"))).map(str::to_owned);
        assert!(party("IV").is_some_and(|iv| iv.len() > 30 && Some(iv) == party("BY")), "{text}");
        assert!(text.contains("ALC+A+:95+++DI:::"), "{text}");
        assert!(!written.losses.iter().any(|loss| loss.term == Some(bt::BT_46)), "{:#?}", told(&written.losses));
    }
    let plain = write(&draft, Directory::D01B, &Agreement::default(), moment(), None);
    assert!(text(&plain).contains("ALC+A+:95+++:::"));
}

/// What is said again in the same words is no loss.
#[test]
fn a_second_payment_means_of_the_same_words_is_no_loss() {
    let mut draft = of(include_bytes!("../../../../schemas/examples/cii.xml"));
    let lost = |draft: &Draft| {
        let written = write(draft, Directory::D01B, &Agreement::default(), moment(), None);
        written.losses.iter().filter(|loss| loss.reason.is_loss()).map(|loss| loss.address.clone()).collect::<Vec<_>>()
    };
    let once = lost(&draft);
    let means = draft.groups(bt::BG_16).next().unwrap().clone();
    draft.groups.push(means);
    let told: std::collections::BTreeSet<_> =
        lost(&draft).into_iter().filter(|address| !once.contains(address)).collect();
    // But for what INVOIC cannot say of the first one either.
    assert!(
        told.iter().all(|address| ["BT-82", "BT-87", "BT-88"].iter().any(|term| address.ends_with(term))),
        "{told:?}"
    );
}

/// Whoever reads the message finds a seller's address, a discount and a country of which the source says nothing: that is told.
#[test]
fn what_the_reader_works_out_and_nobody_stated_is_told() {
    let mut draft = of(include_bytes!("../../../../fixtures/invoices/cii-full.xml"));
    draft.said.retain(|said| said.term != bt::BT_106);
    for group in &mut draft.groups {
        group.said.retain(|said| ![bt::BT_34, bt::BT_40].contains(&said.term));
        for inner in &mut group.groups {
            inner.said.retain(|said| ![bt::BT_40, bt::BT_147].contains(&said.term));
        }
    }
    let written = write(&draft, Directory::D01B, &Agreement::default(), moment(), None);
    let added: Vec<_> =
        written.losses.iter().filter(|loss| loss.reason == Reason::Added).filter_map(|loss| loss.term).collect();
    for term in [bt::BT_34, bt::BT_40, bt::BT_147] {
        assert!(added.contains(&term), "{term}: {:#?}", told(&written.losses));
    }
    // What absence means is no addition.
    assert!(!added.iter().any(|term| [bt::BT_107, bt::BT_108, bt::BT_149].contains(term)), "{added:?}");
}

/// A line of another order is written with its number; in a set of capitals alone BT-24 is lost rather than read as a note.
#[test]
fn a_line_of_another_order_and_a_specification_in_capitals() {
    let mut draft = of(include_bytes!("../../../../schemas/examples/cii.xml"));
    let line = draft.groups.iter_mut().find(|group| group.term == Some(bt::BG_25)).unwrap();
    line.said.retain(|said| said.term != bt::BT_132 && said.term != bt::EXT_FR_FE_135);
    line.said.push(Said::new(bt::BT_132, "10", None));
    line.said.push(Said::new(bt::EXT_FR_FE_135, "PO9", None));
    let is = |losses: &[Loss], term| losses.iter().any(|loss| loss.term == Some(term) && loss.reason.is_loss());
    for directory in [Directory::D96A, Directory::D01B] {
        let written = write(&draft, directory, &Agreement::default(), moment(), None);
        assert!(text(&written).contains("RFF+ON:PO9:10'"), "{}", text(&written));
        assert!(!is(&written.losses, bt::BT_132) && !is(&written.losses, bt::EXT_FR_FE_135));
    }
    // A number that has no room takes its line along.
    let line = draft.groups.iter_mut().find(|group| group.term == Some(bt::BG_25)).unwrap();
    line.said.last_mut().unwrap().text = "9".repeat(100);
    let written = write(&draft, Directory::D96A, &Agreement::default(), moment(), None);
    assert!(is(&written.losses, bt::BT_132) && is(&written.losses, bt::EXT_FR_FE_135), "{:#?}", told(&written.losses));
    let capitals = Agreement { charset: "UNOA".to_owned(), ..Agreement::default() };
    let written = write(&draft, Directory::D01B, &capitals, moment(), None);
    assert!(!text(&written).contains("FTX+DOC") && is(&written.losses, bt::BT_24));
    let told = told(&written.losses);
    assert!(told.iter().all(|loss| !loss.contains("URN:")), "{told:#?}");
    assert!(told.contains(&"BT-24 \"urn:cen.eu:en16931:2017\" Charset".to_owned()), "{told:#?}");
    assert!(told.contains(&"BT-23 \"S1\" Needs(BT-24)".to_owned()), "{told:#?}");
    // Where BT-23 has no room, that is the reason.
    let control = draft.groups.iter_mut().find(|group| group.term == Some(bt::BG_2)).unwrap();
    let process = control.said.iter_mut().find(|said| said.term == bt::BT_23).unwrap();
    process.text = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0".to_owned();
    let written = write(&draft, Directory::D01B, &Agreement::default(), moment(), None);
    let long = |loss: &Loss| loss.term == Some(bt::BT_23) && loss.reason == Reason::Long(17);
    assert!(written.losses.iter().any(long), "{:#?}", self::told(&written.losses));
}

/// The code of an association is one of a directory: what is written in D01B for a partner of EANCOM bears another than in D96A.
#[test]
fn each_directory_has_its_own_association() {
    let draft = of(include_bytes!("../../../../fixtures/invoices/cii-full.xml"));
    let associations = vec![(Directory::D96A, "EAN008".to_owned()), (Directory::D01B, "EAN010".to_owned())];
    let agreement = Agreement { associations, association: "ABC".to_owned(), ..Agreement::default() };
    for (directory, unh) in [(Directory::D96A, "INVOIC:D:96A:UN:EAN008'"), (Directory::D01B, "INVOIC:D:01B:UN:EAN010'")]
    {
        let written = text(&write(&draft, directory, &agreement, moment(), Some("1")));
        assert!(written.contains(unh) && written.contains("NAD+SU+"), "{written}");
    }
    let of_one = Agreement { associations: vec![(Directory::D96A, "EAN008".to_owned())], ..agreement };
    assert!(text(&write(&draft, Directory::D01B, &of_one, moment(), Some("1"))).contains("INVOIC:D:01B:UN:ABC'"));
}

/// Who issues a document sends it: of a self-billed one the buyer, to the seller, and by the agreement with the seller. Whoever reads it finds each address with
/// its party.
#[test]
fn a_self_billed_invoice_is_sent_by_the_buyer() {
    let draft = of(include_bytes!("../../../../fixtures/invoices/cii-full.xml"));
    let partner = |name: &str, id: &str| Partner {
        name: name.to_owned(),
        identifiers: vec![id.to_owned()],
        ..Partner::default()
    };
    let partners = [partner("seller", "111222337"), partner("buyer", "888999117")];
    for (kind, from, to, whose) in [
        ("380", "0225111222337", "0225888999117", "buyer"),
        ("389", "0225888999117", "0225111222337", "seller"),
        ("261", "0225888999117", "0225111222337", "seller"),
        ("527", "0225888999117", "0225111222337", "seller"),
    ] {
        let mut own = draft.clone();
        own.said.iter_mut().filter(|said| said.term == bt::BT_3).for_each(|said| said.text = kind.to_owned());
        assert_eq!(partner_of(&own, &partners).map(|partner| &*partner.name), Some(whose), "{kind}");
        for directory in [Directory::D96A, Directory::D01B] {
            let written = write(&own, directory, &Agreement::default(), moment(), Some("1"));
            assert_eq!((&*written.sender.id, &*written.recipient.id), (from, to), "{kind}");
            assert!(text(&written).contains(&format!("+{from}:30+{to}:30+")), "{kind}");
            let read = &super::super::received(&written.bytes, &[]).unwrap()[0];
            let address =
                |group, term| read.stated.draft.groups(group).find_map(|party| party.text(term).map(str::to_owned));
            assert_eq!(address(bt::BG_4, bt::BT_34).as_deref(), Some("111222337"), "{kind}");
            assert_eq!(address(bt::BG_7, bt::BT_49).as_deref(), Some("888999117"), "{kind}");
            let home = read.home(bt::BT_34).unwrap();
            assert_eq!(home, if kind == "380" { "UNB, 2.1" } else { "UNB, 3.1" });
        }
        let agreed = Agreement {
            sender: Some(Address { id: "WE".into(), ..Address::default() }),
            recipient: Some(Address { id: "THEY".into(), ..Address::default() }),
            ..Agreement::default()
        };
        let written = write(&own, Directory::D01B, &agreed, moment(), Some("1"));
        assert_eq!((&*written.sender.id, &*written.recipient.id), ("WE", "THEY"), "what is agreed holds");
    }
}
