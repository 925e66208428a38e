use super::*;
use crate::formats::read_any as read;
use crate::lifecycle::{cdar_status, cdar_statuses};

fn refusal(status: u16) -> Statement<'static> {
    let at = |text| Moment::parse(text).unwrap();
    Statement {
        process: "REGULATED",
        profile: ABOUT_INVOICE,
        created: at("20261121101500"),
        at: at("20261121101400"),
        sender: Party { id: Some(("0238".into(), "0123".into())), role: "WK".into(), ..Party::default() },
        issuer: Party {
            id: Some(("0002".into(), "987654324".into())),
            name: Some("Les <Rives> & Cie".into()),
            role: "BY".into(),
            ..Party::default()
        },
        recipients: vec![
            Party {
                id: Some(("0002".into(), "123456782".into())),
                name: Some("Papeterie Duval".into()),
                role: "SE".into(),
                address: Some(("0225".into(), "123456782_STATUTS".into())),
            },
            Party { id: Some(("0238".into(), "0000".into())), role: "DFH".into(), ..Party::default() },
        ],
        about: About {
            number: "PD-2026-0135".into(),
            kind: Some("380".into()),
            issued: Day::parse_iso("2026-11-02"),
            seller: Some("123456782".into()),
            received: Some(at("20261102090000")),
        },
        status: cdar_status(status).unwrap(),
        details: vec![
            Detail {
                reason: Some("CMD_ERR".into()),
                words: Some("N° de commande incorrect ou manquant".into()),
                action: Some("NIN".into()),
                comment: Some("Commande 4500012345 attendue".into()),
                data: vec![
                    Datum { kind: "DIV".into(), term: Some("BT-13".into()), ..Datum::default() },
                    Datum { kind: "DVA".into(), name: Some("Commande".into()), ..Datum::default() },
                ],
            },
            Detail { reason: Some("CONTRAT_ERR".into()), comment: Some("Contrat inconnu".into()), ..Detail::default() },
        ],
        attachments: Vec::new(),
    }
}

#[test]
fn all_that_is_said_is_written_and_read() {
    let mut statement = refusal(210);
    statement.attachments.push(Attachment {
        name: "bon de livraison.pdf".into(),
        mime: "application/pdf".into(),
        content: "JVBERi0=".into(),
    });
    let written = statement.write();
    assert_eq!(written.losses, [], "{}", written.text);
    assert!(written.text.contains("<rsm:CrossDomainAcknowledgementAndResponse xmlns:rsm="), "{}", written.text);
    let read = read(written.text.as_bytes()).unwrap();
    assert!(read.faults.is_empty(), "{:?}\n{}", read.faults, written.text);
    let message = &read.invoice;
    assert_eq!(message.text(bt::MDT_4), Some("PD-2026-0135_210_20261121101500#380_20261102"));
    assert_eq!(message.text(bt::MDT_105), Some("210"));
    assert_eq!(message.all(bt::MDT_113).map(|o| o.trimmed()).collect::<Vec<_>>(), ["CMD_ERR", "CONTRAT_ERR"]);
    assert_eq!(message.all(bt::MDT_207).count(), 2);
    assert_eq!(message.text(bt::MDT_39), Some("Les <Rives> & Cie"));
}

#[test]
fn amounts_stand_with_their_rates() {
    let mut statement = refusal(212);
    let cash = |amount: &str, rate: &str| Datum {
        kind: "MEN".into(),
        amount: Some((amount.into(), "EUR".into())),
        date: Day::parse_iso("2026-11-20"),
        rate: Some(rate.into()),
        ..Datum::default()
    };
    statement.details = vec![Detail { data: vec![cash("120.00", "20"), cash("-10.55", "5.5")], ..Detail::default() }];
    let written = statement.write();
    assert_eq!(written.losses, [], "{}", written.text);
    let at = |text: &str| written.text.find(text).unwrap_or_else(|| panic!("{text}\n{}", written.text));
    assert!(at(">120.00<") < at(">20<") && at(">20<") < at(">-10.55<") && at(">-10.55<") < at(">5.5<"));
}

/// Whatever the status: what is written has the structure of such a message, and says all that it should.
#[test]
fn every_status_can_be_said() {
    for status in cdar_statuses() {
        let written = refusal(status.code).write();
        assert_eq!(written.losses, [], "{}", status.code);
        let read = read(written.text.as_bytes()).unwrap();
        assert!(read.faults.is_empty(), "{} {:?}", status.code, read.faults);
    }
    // One that could not be read has neither type nor date.
    let bare = Statement { about: About { number: "?".into(), ..About::default() }, ..refusal(501) };
    let written = bare.write();
    assert_eq!(written.losses, []);
    assert!(read(written.text.as_bytes()).unwrap().faults.is_empty());
}
