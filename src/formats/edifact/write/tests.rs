//! What is written, and that it comes back.

use super::*;
use crate::day::Day;
use crate::formats::read;
use crate::formats::write::Reason;
use crate::invoice::{Draft, bt};

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
        "UNB+UNOC:3+11122233700011:5+88899911700045:5+261122:1005+1'",
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
        "ALC+A+:95+++:::Remise de fidélité'\nPCD+1:10'\nMOA+8:24.00'\nMOA+25:240.00'\nTAX+7+VAT+++:::20+S'",
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

/// A text longer than one segment is read in part, and the rest is there for whoever reads it.
#[test]
fn what_has_no_room_is_told_and_not_left_out() {
    let mut draft = of(include_bytes!("../../../../schemas/examples/cii.xml"));
    let long = "Ces mots reviennent souvent. ".repeat(20);
    let mut note = Draft::group(bt::BG_1, None);
    note.said.push(crate::invoice::Said::new(bt::BT_21, "PMD", None));
    note.said.push(crate::invoice::Said::new(bt::BT_22, long.trim(), None));
    draft.groups.push(note);
    let written = write(&draft, Directory::D96A, &Agreement::default(), moment(), None);
    assert!(written.losses.iter().any(|loss| loss.value == long.trim()));
    assert_eq!(text(&written).matches("reviennent").count(), 20);
    // In D01B there is room for all of it.
    let written = write(&draft, Directory::D01B, &Agreement::default(), moment(), None);
    assert!(!written.losses.iter().any(|loss| loss.value == long.trim()), "{:#?}", told(&written.losses));
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
