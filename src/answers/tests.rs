//! Files received, judged and answered: what is said of each, and what is not.

use super::*;
use crate::day::Day;
use crate::edifact::contrl::Action;
use crate::edifact::{Options as Read, Strictness, read};
use crate::invoice::bt;
use crate::rules;
use crate::validate::{Options, validate_all};

const D96A: &[u8] = include_bytes!("../../fixtures/edifact/d96a.edi");
const D01B: &[u8] = include_bytes!("../../fixtures/edifact/d01b.edi");

fn stamp() -> Stamp {
    Stamp { day: Day::new(2026, 11, 22).unwrap(), hour: 9, minute: 5, reference: "A1".to_owned() }
}

fn ask() -> Ask {
    Ask { contrl: How::default(), warnings: false, lang: Lang::Fr }
}

fn answered(bytes: &[u8], partners: &[Partner]) -> Vec<Answered> {
    let options = Options { partners, ..Options::new(Day::new(2026, 11, 22).unwrap()) };
    let judged = validate_all(bytes, "a.edi", &options);
    let reports: Vec<_> = judged.iter().map(|judged| Some(&judged.report)).collect();
    answers(bytes, partners, &reports, ask()).0
}

fn aperak(answered: &Answered) -> String {
    let bytes = answered.aperak_bytes(&Dress::of(&answered.subject.envelope), &stamp()).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

fn replaced(bytes: &[u8], from: &str, to: &str) -> Vec<u8> {
    let at = bytes.windows(from.len()).position(|w| w == from.as_bytes()).unwrap_or_else(|| panic!("no {from}"));
    [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat()
}

#[test]
fn a_good_invoice_is_accepted_and_a_wrong_one_refused_with_its_codes() {
    for (bytes, release) in [(D96A, "96A"), (D01B, "01B")] {
        let partner = Partner {
            identifiers: vec!["LAVANDE".to_owned()],
            constants: [
                (bt::BT_23, "S1"),
                (bt::BT_24, "urn:cen.eu:en16931:2017"),
                (bt::BT_34, "123456782"),
                (bt::BT_34_1, "0225"),
                (bt::BT_49, "987654324"),
                (bt::BT_49_1, "0225"),
            ]
            .map(|(term, text)| (term, text.to_owned()))
            .to_vec(),
            ..Partner::default()
        };
        let partners = [partner];
        let good = answered(bytes, &partners);
        assert!(!good[0].is_negative(true, true));
        let written = aperak(&good[0]);
        assert!(written.contains(&format!("APERAK:D:{release}:UN")) && written.contains("+29'"), "{written}");
        assert!(!written.contains("ERC+"), "{written}");
        let wrong = replaced(bytes, "MOA+203:100.00", "MOA+203:90.00");
        let wrong = answered(&wrong, &partners);
        assert_eq!(wrong[0].contrl.as_ref().unwrap().action, Action::Acknowledged);
        let written = aperak(&wrong[0]);
        assert!(written.contains("+27'") && written.contains("ERC+BRCO10:ZZZ:92'FTX+AAO+++BR-CO-10?: "), "{written}");
        // It is read as it was meant.
        let (wholes, _) = read(written.as_bytes(), &Read { strictness: Strictness::STRICT, ..Read::default() });
        assert!(
            wholes[0].faults.is_empty() && wholes[0].messages[0].faults.is_empty(),
            "{:?}",
            wholes[0].messages[0].faults
        );
        let again = Aperak::read(&wholes[0].messages[0]).unwrap();
        assert_eq!(again.accepts(), Some(false));
        let own: Vec<_> = again.errors.iter().map(|e| e.rule.clone()).collect();
        let meant: Vec<_> =
            wrong[0].invoices[0].aperak.as_ref().unwrap().errors.iter().map(|e| e.rule.clone()).collect();
        assert_eq!(own, meant);
        // The CONTRL alone refuses nothing.
        assert!(wrong[0].is_negative(true, true) && !wrong[0].is_negative(true, false));
    }
}

#[test]
fn an_unknown_segment_is_told_by_contrl_alone_and_the_others_are_answered() {
    let good = String::from_utf8_lossy(D96A).replace('\u{fffd}', "e");
    let from = good.find("UNH+").unwrap();
    let to = good.find("UNZ+").unwrap();
    let message = &good[from..to];
    let second = message.replace("UNH+1+", "UNH+2+").replace("UNT+36+1", "UNT+37+2").replace("CUX+2", "ZZZ+1'\nCUX+2");
    let text = format!("{}{message}{second}{}", &good[..from], good[to..].replace("UNZ+1", "UNZ+2"));
    let all = answered(text.as_bytes(), &[]);
    let contrl = all[0].contrl.as_ref().unwrap();
    assert_eq!(contrl.action, Action::Acknowledged);
    let actions: Vec<_> = contrl.messages.iter().map(|m| (m.reference.as_str(), m.action.code())).collect();
    assert_eq!(actions, [("1", "7"), ("2", "4")]);
    assert_eq!(contrl.messages[1].segments[0].code, "15");
    assert_eq!(all[0].invoices[1].aperak, Err(NoAperak::Syntax));
    assert!(all[0].invoices[0].aperak.is_ok());
}

/// What the report calls a warning is acknowledged; what it calls fatal is rejected.
#[test]
fn segments_out_of_place_are_answered_as_they_are_judged() {
    for (unread, action) in [("LOC+7+FRPAR'", "7"), ("XYZ+ABC'", "7"), ("MOA+9:1'", "4"), ("escompte'", "4")] {
        let text = replaced(D96A, "CUX+2", &format!("{unread}CUX+2"));
        let text = match unread.starts_with("LOC") {
            true => replaced(D96A, "CNT+2", "LOC+7+FRPAR'CNT+2"),
            false => text,
        };
        let all = answered(&text, &[]);
        let contrl = all[0].contrl.as_ref().unwrap();
        let told = contrl.messages.first().map_or("7", |message| message.action.code());
        assert_eq!(told, action, "{unread} {contrl:?}");
        assert_eq!(all[0].invoices[0].aperak.is_ok(), action == "7", "{unread}");
    }
}

/// Leniently too: acknowledged, an invoice that lost its UNH would be taken for received.
#[test]
fn an_invoice_that_lost_its_header_is_not_acknowledged() {
    let text = String::from_utf8_lossy(D96A).replace('\u{fffd}', "e");
    let (from, to) = (text.find("UNH+").unwrap(), text.find("BGM+").unwrap());
    let headless = format!("{}{}", &text[..from], &text[to..]);
    let empty = format!("{}{}", &text[..from], &text[text.find("UNZ+").unwrap()..]);
    let beside = format!("{}UNH+9+X:D:96A:UN'BGM'UNT+3+9'{}", &text[..from], &text[to..]);
    for (text, code) in [(&headless, "32"), (&empty, "32"), (&beside, "33")] {
        let all = answered(text.as_bytes(), &[]);
        let contrl = all[0].contrl.as_ref().unwrap();
        assert_eq!((&contrl.action, contrl.error.as_ref().unwrap().code.as_str()), (&Action::Rejected, code));
    }
    // A CONTRL that lost its own is answered all the less.
    let contrl = format!("{}UCI+1+A+B+4+32'UNT+3+1'{}", &text[..from], &text[text.find("UNZ+").unwrap()..]);
    assert_eq!(answered(contrl.as_bytes(), &[])[0].contrl, Err(NoAnswer::Answers));
}

/// What nobody reads is not received, whatever stands beside it; what answers is no part of that.
#[test]
fn types_that_are_not_read_are_rejected_and_the_invoices_are_not() {
    let order = "UNH+O1+ORDERS:D:96A:UN'BGM+220+C1+9'UNT+3+O1'UNH+C1+CONTRL:D:3:UN'UCI+1+A+B+7'UNT+3+C1'UNZ+3";
    let both = answered(&replaced(D96A, "UNZ+1", order), &[]);
    let contrl = both[0].contrl.as_ref().unwrap();
    assert_eq!(contrl.action, Action::Acknowledged);
    let said: Vec<_> = contrl.messages.iter().map(|one| (one.reference.as_str(), &one.action)).collect();
    assert_eq!(said, [("1", &Action::Acknowledged), ("O1", &Action::Rejected)]);
    let bytes = both[0].contrl_bytes(&Dress::of(&both[0].subject.envelope), &stamp()).unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("UCM+O1+ORDERS:D:96A:UN+4+17+UNH+3:1'"));
    assert!(both[0].invoices[0].aperak.is_ok());
}

#[test]
fn more_messages_than_are_taken_are_rejected_at_unz() {
    let count = crate::limits::EDIFACT_MESSAGES + 1;
    let file = |count: usize| {
        let all: String = (0..count).map(|n| format!("UNH+{n}+INVOIC:D:96A:UN'BGM+380'UNT+3+{n}'")).collect();
        format!("UNB+UNOC:3+A:14+B:14+260102:1200+R1'{all}UNZ+{count}+R1'")
    };
    let (many, _) = answers(file(count).as_bytes(), &[], &[], ask());
    let bytes = many[0].contrl_bytes(&Dress::of(&many[0].subject.envelope), &stamp()).unwrap();
    assert!(String::from_utf8_lossy(&bytes).contains("UCI+R1+A:14+B:14+4+14+UNZ+2'UNT"), "{bytes:?}");
    assert!(many[0].invoices.iter().all(|invoice| invoice.aperak == Err(NoAperak::Syntax)));
    let (most, _) = answers(file(count - 1).as_bytes(), &[], &[], ask());
    assert!(most[0].contrl.as_ref().is_ok_and(|contrl| contrl.action == Action::Acknowledged));
}

/// Of what is refused for its number nothing is kept, however many there are.
#[test]
fn what_is_beyond_is_counted_and_not_kept() {
    let most = crate::limits::EDIFACT_MESSAGES;
    let around = |inside: &str| format!("UNB+UNOC:3+A:14+B:14+260102:1200+R1'{inside}UNZ+1+R1'");
    let messages: String = (0..3 * most).map(|n| format!("UNH+{n}+INVOIC:D:96A:UN'XYZ'UNT+9+2'")).collect();
    let groups: String = (0..3 * most).map(|n| format!("UNG+INVOIC+A+B+260102:1200+{n}+UN+D:96A'UNE+0+{n}'")).collect();
    for inside in [messages, groups] {
        let (all, refusal) = answers(around(&inside).as_bytes(), &[], &[], ask());
        let (subject, contrl) = (&all[0].subject, all[0].contrl.as_ref().unwrap());
        assert_eq!(refusal, None);
        assert_eq!(subject.messages.len() + subject.groups.len(), most + 1);
        assert_eq!((subject.beyond, all[0].invoices.len().min(1)), (2 * most - 1, subject.messages.len().min(1)));
        assert_eq!((&contrl.action, contrl.error.as_ref().unwrap().code.as_str()), (&Action::Rejected, "14"));
        assert!(contrl.error.as_ref().unwrap().tag == "UNZ" && contrl.messages.is_empty() && contrl.groups.is_empty());
    }
}

#[test]
fn a_report_that_is_missing_takes_no_answer_from_the_others() {
    let second = replaced(&replaced(D96A, "UNH+1+", "UNH+2+"), "UNT+36+1'", "UNT+36+2'");
    let at = |bytes: &[u8], tag: &str| bytes.windows(tag.len()).position(|w| w == tag.as_bytes()).unwrap();
    let (head, end) = (&D96A[..at(D96A, "UNZ+")], at(&second, "UNZ+"));
    let both =
        [head, &second[at(&second, "UNH+")..end], &replaced(&D96A[at(D96A, "UNZ+")..], "UNZ+1", "UNZ+2")].concat();
    let judged = validate_all(&both, "a.edi", &Options::new(Day::new(2026, 11, 22).unwrap()));
    let (all, _) = answers(&both, &[], &[None, Some(&judged[1].report)], ask());
    assert_eq!(all[0].invoices[0].aperak, Err(NoAperak::NotJudged));
    assert!(all[0].invoices[1].aperak.is_ok());
}

/// What our CII looks like in between is none of the sender's business.
#[test]
fn remarks_about_the_cii_are_not_the_sender_s() {
    let options = Options::new(Day::new(2026, 11, 22).unwrap());
    let judged = validate_all(D96A, "a.edi", &options);
    let mut report = judged[0].report.clone();
    let sum = report.findings.first().cloned().unwrap();
    for (rule, severity) in
        [("CII-SR-009", crate::rules::Severity::Fatal), ("BR-CO-10", crate::rules::Severity::Warning)]
    {
        report.findings.push(crate::rules::Finding { rule: rule.to_owned(), severity, ..sum.clone() });
    }
    let ask = Ask { warnings: true, ..ask() };
    let (all, _) = answers(D96A, &[], &[Some(&report)], ask);
    let aperak = all[0].invoices[0].aperak.as_ref().unwrap();
    let codes: Vec<&str> = aperak.errors.iter().filter_map(|error| error.rule.as_deref()).collect();
    assert!(codes.contains(&"BR-01") && codes.contains(&"BR-CO-10"), "{codes:?}");
    assert!(!codes.iter().any(|code| code.starts_with("CII-")), "{codes:?}");
}

#[test]
fn what_was_not_judged_is_not_answered() {
    let options = Options::new(Day::new(2026, 11, 22).unwrap());
    let mut judged = validate_all(D96A, "a.edi", &options);
    judged[0].report.verdict = crate::report::Verdict::NotJudged;
    let (all, _) = answers(D96A, &[], &[Some(&judged[0].report)], ask());
    assert_eq!(all[0].invoices[0].aperak, Err(NoAperak::NotJudged));
    assert!(aperak(&all[0]).is_empty());
}

#[test]
fn without_an_address_nothing_is_answered_and_without_a_reference_no_contrl() {
    let nobody = answered(&replaced(D96A, "UNB+UNOC:3+LAVANDE:ZZ", "UNB+UNOC:3+"), &[]);
    assert_eq!(nobody[0].contrl, Err(NoAnswer::Address));
    assert_eq!(nobody[0].invoices[0].aperak, Err(NoAperak::Address));
    let unnamed = answered(&replaced(D96A, "+0044'", "+'"), &[]);
    assert_eq!(unnamed[0].contrl, Err(NoAnswer::Reference));
    let written = aperak(&unnamed[0]);
    assert!(written.contains("RFF+IV:FA-2026-0044'") && !written.contains("ACW"), "{written}");
}

#[test]
fn what_stands_behind_unz_refuses_the_interchange_of_a_strict_partner() {
    let strict =
        Partner { identifiers: vec!["LAVANDE".to_owned()], strictness: Strictness::STRICT, ..Partner::default() };
    let one = |partners: &[Partner]| answered(&[D01B, b"merci"].concat(), partners).remove(0);
    let refused = one(&[strict]);
    let contrl = refused.contrl.as_ref().unwrap();
    assert_eq!(contrl.action, Action::Rejected);
    assert_eq!(contrl.error.as_ref().map(|error| error.code.as_str()), Some("33"));
    assert_eq!(refused.invoices[0].aperak.as_ref().err(), Some(&NoAperak::Syntax));
    assert_ne!(one(&[]).contrl.unwrap().action, Action::Rejected);
}

#[test]
fn a_strict_partner_is_told_of_the_envelope() {
    let strict =
        Partner { identifiers: vec!["LAVANDE".to_owned()], strictness: Strictness::STRICT, ..Partner::default() };
    let wrong = replaced(D96A, "UNZ+1+0044", "UNZ+1+9999");
    let all = answered(&wrong, &[strict]);
    let contrl = all[0].contrl.as_ref().unwrap();
    assert_eq!((&contrl.action, contrl.error.as_ref().unwrap().code.as_str()), (&Action::Rejected, "28"));
    assert_eq!(all[0].invoices[0].aperak, Err(NoAperak::Syntax));
}

/// Every rule of every pack, and every rule of our own, has a code of its own: who adds a rule adds a line to `schemas/edifact/erc.csv`, and no line is
/// ever changed.
#[test]
fn every_rule_has_a_code() {
    use crate::formats::edifact::aperak::{UNKNOWN_RULE, code_of, rule_of};
    let rules: Vec<&str> = rules::rules().map(|rule| rule.id).collect();
    let own = rules::explained().filter(|id| id.starts_with("FCT-"));
    let missing: Vec<&str> = rules.iter().copied().chain(own).filter(|id| code_of(id) == UNKNOWN_RULE).collect();
    assert!(
        missing.is_empty(),
        "append a line `F…,RULE` with the next number to schemas/edifact/erc.csv for: {missing:?}"
    );
    for id in rules {
        assert_eq!(rule_of(code_of(id)), Some(id));
    }
}
