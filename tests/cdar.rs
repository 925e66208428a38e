//! Life-cycle messages of ours, held against the rules of such messages: which status bears which reason, and who must be named. What is expected here is what
//! the official schematron said of the same cases.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use facteur::day::Day;
use facteur::formats::cdar::{
    ABOUT_INVOICE, About, Attachment, Cashed, Datum, Detail, Moment, Party, Saying, Statement,
};
use facteur::formats::read_any as read;
use facteur::invoice::bt;
use facteur::lifecycle::{About as Of, Reason, cdar_reason, cdar_reasons, cdar_status, cdar_statuses};
use facteur::report::Verdict;
use facteur::rules::Severity;
use facteur::text::Lang;
use facteur::validate::{Options, validate};

fn party(scheme: &str, id: &str, role: &str) -> Party {
    Party { id: Some((scheme.into(), id.into())), role: role.into(), ..Party::default() }
}

fn detail(reason: &str) -> Detail {
    Detail { reason: Some(reason.into()), ..Detail::default() }
}

/// A status of an invoice, with one reason or none, as its buyer or a platform says it.
fn statement(status: u16, reason: Option<&str>) -> Statement<'static> {
    let status = cdar_status(status).unwrap();
    let at = |text| Moment::parse(text).unwrap();
    let issuer = match status.type_code {
        Some(305) => party("0238", "0123", "WK"),
        _ => Party { name: Some("Commune de Saint-Aubin".into()), ..party("0002", "987654324", "BY") },
    };
    let seller = Party {
        name: Some("Papeterie Duval".into()),
        address: Some(("0225".into(), "123456782_STATUTS".into())),
        ..party("0002", "123456782", "SE")
    };
    Statement {
        process: "REGULATED",
        profile: ABOUT_INVOICE,
        created: at("20261121101500"),
        at: at("20261121101400"),
        sender: party("0238", "0123", "WK"),
        issuer,
        recipients: vec![seller, party("0238", "0000", "DFH")],
        about: About {
            number: "PD-2026-0135".into(),
            kind: Some("380".into()),
            issued: Day::parse_iso("2026-11-02"),
            seller: Some("123456782".into()),
            received: Some(at("20261102090000")),
        },
        status,
        details: reason.map(detail).into_iter().collect(),
        attachments: Vec::new(),
    }
}

/// The fatal rules that a message breaks.
fn broken(statement: &Statement<'_>) -> BTreeSet<String> {
    let written = statement.write();
    assert_eq!(written.losses, [], "{}", written.text);
    let report =
        validate(written.text.as_bytes(), "status.xml", &Options::new(Day::parse_iso("2026-11-22").unwrap())).report;
    let fatal = report.findings.iter().filter(|finding| finding.severity == Severity::Fatal);
    let fatal: BTreeSet<String> = fatal.map(|finding| finding.rule.to_string()).collect();
    assert_eq!(report.verdict == Verdict::Valid, fatal.is_empty(), "{fatal:?}\n{}", written.text);
    fatal
}

fn rules(ids: &[&str]) -> BTreeSet<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

#[test]
fn a_status_bears_the_reasons_that_it_may() {
    for (status, reason, expected) in [
        (210, Some("CMD_ERR"), &[][..]),
        (210, None, &["BR-FR-CDV-15_MDT-113"]),
        (210, Some("SIRET_ERR"), &["BR-FR-CDV-CL-09_MDT-113_210"]),
        (210, Some("REJ_SEMAN"), &["BR-FR-CDV-CL-09_MDT-113_210"]),
        (210, Some("REF_INC"), &["BR-FR-CDV-CL-09_MDT-113", "BR-FR-CDV-CL-09_MDT-113_210"]),
        (210, Some("AUTRE"), &["BR-FR-CDV-CL-09_MDT-113_210"]),
        (213, Some("REJ_SEMAN"), &[]),
        (213, Some("DOUBLON"), &[]),
        (213, Some("CMD_ERR"), &["BR-FR-CDV-CL-09_MDT-113_213"]),
        (206, Some("PU_ERR"), &[]),
        (206, None, &["BR-FR-CDV-15_MDT-113"]),
        (208, Some("JUSTIF_ABS"), &[]),
        (200, Some("NON_TRANSMISE"), &[]),
        (221, Some("ROUTAGE_ERR"), &[]),
        (200, None, &[]),
        (204, None, &[]),
        (205, None, &[]),
        (211, None, &[]),
        (221, None, &[]),
        (207, None, &["BR-FR-CDV-15_MDT-113"]),
        (208, None, &["BR-FR-CDV-15_MDT-113"]),
        (213, None, &["BR-FR-CDV-15_MDT-113"]),
        (501, None, &["BR-FR-CDV-15_MDT-113"]),
    ] {
        assert_eq!(broken(&statement(status, reason)), rules(expected), "{status} {reason:?}");
    }
}

#[test]
fn an_invoice_that_could_not_be_read_has_no_date() {
    let mut unread = statement(501, Some("IRR_SYNTAX"));
    unread.about.issued = None;
    assert_eq!(broken(&unread), rules(&[]));
    let mut refused = statement(210, Some("CMD_ERR"));
    refused.about.issued = None;
    assert_eq!(broken(&refused), rules(&["BR-FR-CDV-11_MDG-35"]));
}

#[test]
fn who_is_told_has_an_address_and_codes_are_those_of_their_lists() {
    let mut silent = statement(210, Some("CMD_ERR"));
    silent.recipients[0].address = None;
    assert_eq!(broken(&silent), rules(&["BR-FR-CDV-08_MDT-73"]));
    let mut action = statement(210, Some("CMD_ERR"));
    action.details[0].action = Some("XYZ".into());
    assert_eq!(broken(&action), rules(&["BR-FR-CDV-CL-10_MDT-121"]));
    let mut datum = statement(210, Some("CMD_ERR"));
    datum.details[0].data.push(Datum { kind: "QQQ".into(), ..Datum::default() });
    assert_eq!(broken(&datum), rules(&["BR-FR-CDV-CL-11_MDT-207"]));
    // Chorus Pro may say what others may not.
    let mut chorus = statement(210, Some("AUTRE"));
    chorus.sender = party("0238", "9999", "WK");
    assert_eq!(broken(&chorus), rules(&[]));
}

#[test]
fn money_received_is_said_rate_by_rate() {
    let cash = |rate: Option<&str>| Datum {
        kind: "MEN".into(),
        amount: Some(("120.00".into(), "EUR".into())),
        rate: rate.map(Into::into),
        ..Datum::default()
    };
    let with = |data: Vec<Datum>| Statement {
        issuer: Party { name: Some("Papeterie Duval".into()), ..party("0002", "123456782", "SE") },
        details: vec![Detail { data, ..Detail::default() }],
        ..statement(212, None)
    };
    assert_eq!(broken(&with(vec![cash(Some("20"))])), rules(&[]));
    assert_eq!(broken(&with(vec![cash(Some("20")), cash(Some("5.5"))])), rules(&[]));
    assert_eq!(broken(&with(vec![cash(None)])), rules(&["BR-FR-CDV-14_MDT-207"]));
    assert_eq!(broken(&with(Vec::new())), rules(&["BR-FR-CDV-14_MDT-207"]));
}

#[test]
fn all_that_is_said_is_written_and_read() {
    let mut refusal = statement(210, None);
    refusal.issuer.name = Some("Les <Rives> & Cie".into());
    let data = vec![
        Datum { kind: "DIV".into(), term: Some("BT-13".into()), ..Datum::default() },
        Datum { kind: "DVA".into(), name: Some("Commande".into()), ..Datum::default() },
    ];
    let order = Detail {
        words: Some("N° de commande incorrect ou manquant".into()),
        action: Some("NIN".into()),
        comment: Some("Commande 4500012345 attendue".into()),
        data,
        ..detail("CMD_ERR")
    };
    refusal.details = vec![order, Detail { comment: Some("Contrat inconnu".into()), ..detail("CONTRAT_ERR") }];
    refusal.attachments.push(Attachment {
        name: "bon de livraison.pdf".into(),
        mime: "application/pdf".into(),
        content: "JVBERi0=".into(),
    });
    let written = refusal.write();
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
    let cash = |amount: &str, rate: &str| Datum {
        kind: "MEN".into(),
        amount: Some((amount.into(), "EUR".into())),
        date: Day::parse_iso("2026-11-20"),
        rate: Some(rate.into()),
        ..Datum::default()
    };
    let data = vec![cash("120.00", "20"), cash("-10.55", "5.5")];
    let paid = Statement { details: vec![Detail { data, ..Detail::default() }], ..statement(212, None) };
    let written = paid.write();
    assert_eq!(written.losses, [], "{}", written.text);
    let at = |text: &str| written.text.find(text).unwrap_or_else(|| panic!("{text}\n{}", written.text));
    assert!(at(">120.00<") < at(">20<") && at(">20<") < at(">-10.55<") && at(">-10.55<") < at(">5.5<"));
}

/// Whatever the status: what is written has the structure of such a message, and says all that it should.
#[test]
fn every_status_can_be_said() {
    for status in cdar_statuses() {
        let written = statement(status.code, Some("CMD_ERR")).write();
        assert_eq!(written.losses, [], "{}", status.code);
        let read = read(written.text.as_bytes()).unwrap();
        assert!(read.faults.is_empty(), "{} {:?}", status.code, read.faults);
    }
    // One that could not be read has neither type nor date.
    let bare = Statement { about: About { number: "?".into(), ..About::default() }, ..statement(501, None) };
    let written = bare.write();
    assert_eq!(written.losses, []);
    assert!(read(written.text.as_bytes()).unwrap().faults.is_empty());
}

/// Every message that can be written: each status of an invoice with each reason that it may bear, and without where it needs none; a refusal with all
/// that a refusal can say; what the seller says, as it is made of an invoice.
fn everything() -> BTreeMap<String, String> {
    let mut all = BTreeMap::new();
    let mut put = |name: String, statement: &Statement<'_>| {
        let written = statement.write();
        assert_eq!(written.losses, [], "{name}");
        // Ours and the foreign judge's are one law: what it is given is valid to us.
        assert_eq!(broken(statement), rules(&[]), "{name}");
        assert!(all.insert(name.clone(), written.text).is_none(), "{name}");
    };
    for status in cdar_statuses().iter().filter(|status| matches!(status.about, Of::Invoice) || status.code == 501) {
        let code = status.code;
        let ours = |statement: &mut Statement<'_>| match status.senders.as_str() {
            _ if status.type_code == Some(305) => {}
            "seller" => {
                statement.issuer = Party { name: Some("Papeterie Duval".into()), ..party("0002", "123456782", "SE") }
            }
            _ => {}
        };
        if status.reason != Reason::Required && code != 212 {
            let mut plain = statement(code, None);
            ours(&mut plain);
            put(code.to_string(), &plain);
        }
        for reason in cdar_reasons().iter().filter(|reason| reason.statuses.contains(&code)) {
            let mut said = statement(code, Some(&reason.code));
            ours(&mut said);
            said.details[0].words = Some(reason.label.get(Lang::Fr).to_owned());
            put(format!("{code}-{}", reason.code), &said);
        }
        // The published schematron forgets this one, which its own words allow.
        let forgotten = |reason: &str| reason == "CONTACT_ACHTR";
        for reason in cdar_reasons().iter().filter(|reason| reason.chorus_statuses.contains(&code)) {
            if !forgotten(&reason.code) {
                let mut said = statement(code, Some(&reason.code));
                said.sender = party("0238", "9999", "WK");
                put(format!("{code}-chorus-{}", reason.code), &said);
            }
        }
    }
    let mut unread = statement(501, Some("IRR_SYNTAX"));
    unread.about = About { number: "?".into(), ..About::default() };
    put("501-unread".into(), &unread);
    put("210-in-full".into(), &refused_in_full());
    let bytes = fs::read("fixtures/rules/fr/ubl.xml").unwrap();
    let invoice = read(&bytes).unwrap().invoice;
    let at = |text| Moment::parse(text).unwrap();
    let cash = |rate: &str, amount: &str| Cashed { rate: rate.parse().unwrap(), amount: amount.parse().unwrap() };
    let files = vec![file("bon de livraison n° 7.pdf"), file("Relevé d'heures.pdf")];
    for (name, saying) in [
        ("209-ours", Saying::Completed { files, comment: Some("Voici ce qui manquait, signé & daté.".into()) }),
        ("209-ours-mute", Saying::Completed { files: vec![file("a.pdf")], comment: None }),
        ("212-ours-one-rate", Saying::Cashed { amounts: vec![cash("20", "1200")] }),
        (
            "212-ours-rates",
            Saying::Cashed {
                amounts: vec![cash("20", "120.00"), cash("5.5", "-10.55"), cash("2.1", "0.01"), cash("0", "3")],
            },
        ),
    ] {
        put(name.into(), &saying.of(&invoice, at("20261121101400"), at("20261121101500")).unwrap());
    }
    all
}

fn file(name: &str) -> Attachment {
    Attachment { name: name.into(), mime: "application/pdf".into(), content: "JVBERi0=".into() }
}

/// With everything that a refusal can say: two reasons, each with words, what is asked for, a comment, and data of each kind.
fn refused_in_full() -> Statement<'static> {
    let mut refusal = statement(210, None);
    refusal.issuer.name = Some("Les <Rives> & Cie".into());
    let detail = |reason: &str, term: &str, action: &str| Detail {
        words: cdar_reason(reason).map(|reason| reason.label.get(Lang::Fr).to_owned()),
        action: Some(action.into()),
        comment: Some("Commande « 4500012345 » attendue, > 3 lignes".into()),
        data: ["DIV", "DVA"]
            .map(|kind| Datum {
                kind: kind.into(),
                term: Some(term.into()),
                name: Some("Commande".into()),
                location: Some("/Invoice/cac:OrderReference/cbc:ID".into()),
                amount: Some(("-10.50".into(), "EUR".into())),
                date: Day::parse_iso("2026-11-20"),
                rate: Some("5.5".into()),
            })
            .into(),
        ..detail(reason)
    };
    refusal.details = vec![detail("CMD_ERR", "BT-13", "NIN"), detail("REF_CT_ABSENT", "BT-12", "CNF")];
    refusal.attachments = vec![file("constat.pdf")];
    refusal
}

/// D22B as UN/CEFACT publishes it, and the schematron of the reform where it can run: pyfrctc carries both, lxml and Saxon judge.
#[test]
fn what_is_written_is_of_the_published_schema() {
    let all = everything();
    let Some(python) = std::env::var_os("FACTEUR_FOREIGN_PYTHON") else {
        eprintln!("skipped: FACTEUR_FOREIGN_PYTHON names no Python with pyfrctc; tests/run installs one");
        return;
    };
    let there = Command::new(&python)
        .args(["-c", "import lxml.etree, importlib.util as u, sys; sys.exit(not u.find_spec('pyfrctc'))"])
        .output()
        .unwrap();
    if !there.status.success() {
        eprintln!("skipped: FACTEUR_FOREIGN_PYTHON has no pyfrctc; tests/run installs it");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in &all {
        fs::write(folder.path().join(format!("{name}.xml")), text).unwrap();
    }
    let judged = Command::new(python).arg("tests/foreign/cdar.py").arg(folder.path()).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&judged.stdout), String::from_utf8_lossy(&judged.stderr));
    println!("{said}");
    assert!(judged.status.success() && said.ends_with("all as it must be\n"), "{said}");
    assert!(said.contains(&format!("schema: {} messages\n", all.len())), "{said}");
}
