//! Faults and the CONTRL that tells of each, by ISO 9735-4; one that is written is read as it was meant, and never answered.

use proptest::prelude::*;

use super::*;
use crate::day::Day;
use crate::edifact::{Concern, Dress, End, Event, Fault, Interchange, Options, Stamp, Strictness, read};

fn stamp() -> Stamp {
    Stamp { day: Day::new(2026, 11, 22).unwrap(), hour: 9, minute: 5, reference: "A1".to_owned() }
}

fn strict() -> Options {
    Options { strictness: Strictness::STRICT, ..Options::default() }
}

fn all(bytes: &[u8], options: &Options, how: How) -> Vec<Result<(Contrl, String), NoAnswer>> {
    let (subjects, _) = subjects(bytes, options);
    let written = subjects.iter().map(|subject| {
        let contrl = answer(subject, how)?;
        let bytes = contrl.write(&Dress::of(&subject.envelope), &stamp());
        Ok((contrl, String::from_utf8_lossy(&bytes).into_owned()))
    });
    written.collect()
}

/// The segments between UNH and UNT.
fn body(text: &str, options: &Options, how: How) -> String {
    let mut all = all(text.as_bytes(), options, how);
    assert_eq!(all.len(), 1, "{text}");
    let (_, written) = all.remove(0).unwrap();
    let from = written.find("UCI+").unwrap();
    written[from..written.rfind("UNT+").unwrap()].to_owned()
}

const INVOICE: &str = "UNH+M1+INVOIC:D:96A:UN:EAN008'BGM+380+F1+9'UNT+3+M1'";
const OTHER: &str = "UNH+M2+INVOIC:D:96A:UN:EAN008'BGM+380+F2+9'UNT+3+M2'";

fn three(body: &str, count: usize) -> String {
    format!("UNB+UNOC:3+SENDER:14+RECIPIENT:14+260102:1200+R1'{body}UNZ+{count}+R1'")
}

fn four(body: &str, count: usize) -> String {
    format!("UNB+UNOC:4+SENDER:14+RECIPIENT:14+20260102:1200+R1'{body}UNZ+{count}+R1'")
}

const UCI: &str = "UCI+R1+SENDER:14+RECIPIENT:14";
const UCM1: &str = "UCM+M1+INVOIC:D:96A:UN:EAN008";
const UCM2: &str = "UCM+M2+INVOIC:D:96A:UN:EAN008";

#[test]
fn each_fault_has_its_lines() {
    let both = format!("{INVOICE}{OTHER}");
    let bad = |from: &str, to: &str| three(&both, 2).replace(from, to);
    let group = |count: usize, reference: &str| {
        format!("UNG+INVOIC+SENDER:14+RECIPIENT:14+260102:1200+G1+UN+D:96A'{both}UNE+{count}+{reference}'")
    };
    let table = [
        ("nothing wrong", three(&both, 2), format!("{UCI}+7'")),
        ("count of UNZ", three(&both, 3), format!("{UCI}+4+29+UNZ+2'")),
        ("reference of UNZ", bad("+2+R1'", "+2+R9'"), format!("{UCI}+4+28+UNZ+3'")),
        ("no UNZ", bad("UNZ+2+R1'", ""), format!("{UCI}+4+13+UNZ'")),
        ("count of UNT", bad("UNT+3+M1", "UNT+9+M1"), format!("{UCI}+7'{UCM1}+4+29+UNT+2'{UCM2}+7'")),
        ("reference of UNT", bad("UNT+3+M2", "UNT+3+M9"), format!("{UCI}+7'{UCM1}+7'{UCM2}+4+28+UNT+3'")),
        ("no UNT", bad("UNT+3+M1'", ""), format!("{UCI}+7'{UCM1}+4+13+UNT'{UCM2}+7'")),
        (
            "the same message reference twice",
            bad("UNH+M2", "UNH+M1").replace("UNT+3+M2", "UNT+3+M1"),
            format!("{UCI}+7'{UCM1}+7'{UCM1}+4+26+UNH+2'"),
        ),
        ("segment outside messages", bad("UNH+M2", "BGM+1'UNH+M2"), format!("{UCI}+4+33'")),
        ("nothing inside", three("", 0), format!("{UCI}+4+32+UNB'")),
        (
            "a message without a type",
            bad("M2+INVOIC:D:96A:UN:EAN008", "M2+INVOIC:D"),
            format!("{UCI}+7'{UCM1}+7'UCM+M2+INVOIC:D+4+13+UNH+3:3'"),
        ),
        (
            "characters outside the set",
            bad("UNOC", "UNOA").replace("380+F2", "380+f2"),
            format!("{UCI}+7'{UCM1}+7'{UCM2}+4'UCS+2'UCD+21+3:1'"),
        ),
        ("unknown version", bad("UNOC:3", "UNOC:7"), format!("{UCI}+4+2+UNB+2:2'")),
        ("unknown set", bad("UNOC:3", "QQQQ:3"), format!("{UCI}+4+2+UNB+2:1'")),
        ("date of UNB too short", bad("260102", "2601"), format!("{UCI}+4+40+UNB+5:1'")),
        ("no such day in UNB", bad("260102", "261302"), format!("{UCI}+4+12+UNB+5:1'")),
        ("no such time in UNB", bad("1200", "2460"), format!("{UCI}+4+12+UNB+5:2'")),
        (
            "no such day in UNB, version 4",
            four(&both, 2).replace("20260102", "20260230"),
            format!("{UCI}+4+12+UNB+5:1'"),
        ),
        ("spare terminator", bad("F2+9'", "F2+9''"), format!("{UCI}+7'{UCM1}+7'{UCM2}+4'UCS+2+15'")),
        ("group", three(&group(2, "G1"), 1), format!("{UCI}+7'")),
        ("count of UNE", three(&group(5, "G1"), 1), format!("{UCI}+7'UCF+G1+SENDER:14+RECIPIENT:14+4+29+UNE+2'")),
        ("reference of UNE", three(&group(2, "G7"), 1), format!("{UCI}+7'UCF+G1+SENDER:14+RECIPIENT:14+4+28+UNE+3'")),
        (
            "a message of a group",
            three(&group(2, "G1"), 1).replace("UNT+3+M2", "UNT+4+M2"),
            format!("{UCI}+7'UCF+G1+SENDER:14+RECIPIENT:14+7'{UCM1}+7'{UCM2}+4+29+UNT+2'"),
        ),
        ("groups and messages", three(&format!("{}{INVOICE}", group(2, "G1")), 1), format!("{UCI}+4+30'")),
        (
            "a CONTRL among others",
            three(&format!("{INVOICE}UNH+M2+CONTRL:D:3:UN'UCI+X+A+B+7'UNT+9+M2'"), 2),
            format!("{UCI}+7'{UCM1}+7'"),
        ),
        // Version 4 has its own codes.
        ("version 4", four(&both, 2), format!("{UCI}+7'")),
        (
            "version 4, count of UNT",
            four(&both, 2).replace("UNT+3+M1", "UNT+x+M1"),
            format!("{UCI}+7'{UCM1}+4+37+UNT+2'{UCM2}+7'"),
        ),
        (
            "version 4, a point without digits",
            four(&both, 2).replace("UNT+3+M1", "UNT+3.+M1"),
            format!("{UCI}+7'{UCM1}+4+12+UNT+2'{UCM2}+7'"),
        ),
        (
            "version 3, a point without digits",
            three(&both, 2).replace("UNT+3+M1", "UNT+3.+M1"),
            format!("{UCI}+7'{UCM1}+4+19+UNT+2'{UCM2}+7'"),
        ),
    ];
    for (what, text, expected) in table {
        assert_eq!(body(&text, &strict(), How::default()), expected, "{what}: {text}");
    }
}

#[test]
fn what_version_3_has_no_character_set_for_is_answered_in_version_4() {
    let written = |sender: &str| {
        all(three(INVOICE, 1).replace("SENDER", sender).as_bytes(), &Options::default(), How::default())
            .remove(0)
            .unwrap()
            .1
    };
    assert!(written("SENDER").contains("UNB+UNOC:3+") && written("SENDER").contains("+CONTRL:D:3:UN'"));
    let wide = written("S日本");
    assert!(wide.contains("UNB+UNOW:4::7+") && wide.contains("+CONTRL:4:1:UN'"), "{wide}");
}

#[test]
fn what_is_missing_is_told_before_what_comes_too_often() {
    let fault = |code, concern, segment| Fault {
        code,
        level: crate::edifact::Level::Segment,
        concern,
        answer: crate::edifact::Answer::Refuse,
        tag: String::new(),
        place: crate::edifact::FaultPlace { segment, ..Default::default() },
        what: crate::text::Text::default(),
    };
    let often = |segment| fault(35, Concern::Presence, segment);
    let (mut subjects, _) = subjects(three(INVOICE, 1).as_bytes(), &strict());
    subjects[0].messages[0].faults = vec![often(1), often(2), fault(13, Concern::Completeness, 2)];
    let contrl = answer(&subjects[0], How::default()).unwrap();
    let told: Vec<_> = contrl.messages[0].segments.iter().map(|one| (one.position, &*one.code)).collect();
    assert_eq!(told, [(1, "35"), (2, "13")]);
}

#[test]
fn a_package_is_answered_by_its_own_reference() {
    let text = four(&format!("{INVOICE}UNO+P1+1:F1+5+4'abcdUNP+5+P1'"), 2);
    let expected = format!("{UCI}+7'{UCM1}+7'UCM+++4+29+UNP+2+P1+1:F1'");
    assert_eq!(body(&text, &strict(), How::default()), expected);
}

#[test]
fn a_bound_rejects_the_interchange_and_its_head_is_answered() {
    let mut text = three(INVOICE, 1).into_bytes();
    let at = text.windows(4).position(|w| w == b"UNZ+").unwrap();
    text.splice(at..at, std::iter::repeat_n(b'x', crate::limits::EDIFACT_SEGMENT_BYTES * 4));
    let (subjects, refusal) = subjects(&text[..], &Options::default());
    assert!(refusal.is_some());
    let contrl = answer(&subjects[0], How::default()).unwrap();
    assert_eq!((contrl.action, contrl.error.unwrap().code), (Action::Rejected, "39".to_owned()));
}

#[test]
fn lenient_acknowledges_and_tells_warnings_only_where_agreed() {
    let text = three(INVOICE, 1).replace("UNT+3+M1", "UNT+9+M1").replace("UNZ+1", "UNZ+5");
    assert_eq!(body(&text, &Options::default(), How::default()), format!("{UCI}+7'"));
    let told = How { warnings: true, ..How::default() };
    assert_eq!(body(&text, &Options::default(), told), format!("{UCI}+7+29+UNZ+2'{UCM1}+7+29+UNT+2'"));
}

#[test]
fn who_asks_is_answered() {
    let plain = three(INVOICE, 1);
    let asked = plain.replace("+R1'UNH", "+R1++++1'UNH");
    let receipt = four(INVOICE, 1).replace("+R1'UNH", "+R1++++2'UNH");
    let wrong = three(INVOICE, 7);
    let when = |text: &str, when: When| {
        let how = How { when, ..How::default() };
        let all = all(text.as_bytes(), &strict(), how);
        all.into_iter().next().unwrap().map(|(contrl, _)| contrl.action.code().to_owned())
    };
    for (text, always, on_request, on_errors) in [
        (&plain, Ok("7"), Err(NoAnswer::NotAsked), Err(NoAnswer::NotAsked)),
        (&asked, Ok("7"), Ok("7"), Err(NoAnswer::NotAsked)),
        (&receipt, Ok("8"), Ok("8"), Err(NoAnswer::NotAsked)),
        (&wrong, Ok("4"), Ok("4"), Ok("4")),
    ] {
        assert_eq!(when(text, When::Always), always.map(str::to_owned), "{text}");
        assert_eq!(when(text, When::Asked), on_request.map(str::to_owned), "{text}");
        assert_eq!(when(text, When::OnErrors), on_errors.map(str::to_owned), "{text}");
    }
}

#[test]
fn answers_are_not_answered() {
    let contrl = "UNH+1+CONTRL:D:3:UN'UCI+X+A+B+7'UNT+3+1'";
    let aperak = "UNH+2+APERAK:D:96A:UN'BGM+305+1+29'UNT+3+2'";
    for (text, answered) in [
        (three(contrl, 1), false),
        (three(&contrl.replace("UNT+3", "UNT+9"), 1), false),
        (three(aperak, 1), false),
        (three(&format!("{contrl}{aperak}"), 2), false),
        (three(aperak, 1).replace("+R1'UNH", "+R1++++1'UNH"), true),
        (three(aperak, 2), true),
        (three("", 0).replace("+R1'UNZ", "+R1++CONTRL'UNZ"), false),
        (three(&format!("{contrl}{INVOICE}"), 2), true),
    ] {
        let all = all(text.as_bytes(), &strict(), How::default());
        assert_eq!(all[0].as_ref().err() != Some(&NoAnswer::Answers), answered, "{text}");
    }
}

#[test]
fn what_cannot_be_addressed_is_said() {
    let text = three(INVOICE, 1);
    for (from, to, expected) in [
        ("+R1'UNH", "+'UNH", NoAnswer::Reference),
        ("+R1'UNH", "+R\n1'UNH", NoAnswer::Reference),
        ("SENDER:14", "", NoAnswer::Address),
        ("SENDER:14", "SENDERSENDERSENDERSENDERSENDERSENDERSENDER:14", NoAnswer::Address),
    ] {
        let all = all(text.replacen(from, to, 1).as_bytes(), &Options::default(), How::default());
        assert_eq!(all[0].as_ref().map(|_| ()), Err(&expected), "{to}");
    }
}

#[test]
fn the_envelope_is_turned_round() {
    let text = "UNA:+,? ;UNB+UNOA:3+ann?+e:ZZ:in+BOB:14+260102:1200+Ref?'1++++1++1;UNH+M1+INVOIC:D:96A:UN;BGM+380;UNT+3+M1;UNZ+1+Ref?'1;";
    let (subjects, _) = subjects(text.as_bytes(), &Options::default());
    let contrl = answer(&subjects[0], How::default()).unwrap();
    let written = contrl.write(&Dress::of(&subjects[0].envelope), &stamp());
    let written = String::from_utf8(written).unwrap();
    // Small letters are no part of UNOA; what is repeated is repeated as it came.
    let expected = "UNA:+,? ;UNB+UNOB:3+BOB:14+ann?+e:ZZ:in+261122:0905+A1++++++1;UNH+1+CONTRL:D:3:UN;UCI+Ref'1+ann?+e:ZZ:in+BOB:14+7;UNT+3+1;UNZ+1+A1;";
    assert_eq!(written, expected);
}

#[test]
fn foreign_ones_are_read() {
    // As other programs write them: a place beside the norm, codes of before D:3, an unknown code, parts missing.
    let text = "UNB+UNOA:3+A+B+260102:1200+X'UNH+1+CONTRL:D:3:UN'UCI+131+A:14+B+7'UCM+1+PAYMUL:D:96A:UN+4+13+UNH+2:4'UCS+17+16'UCD+99+3'UCM+2+ORDERS:D:96A:UN+4+5'UNT+7+1'UNZ+1+X'";
    let (wholes, _) = read(text.as_bytes(), &Options::default());
    let contrl = Contrl::read(&wholes[0].messages[0]).unwrap();
    assert!(contrl.is_negative() && contrl.rejects("1") && contrl.rejects("2") && !contrl.rejects("3"));
    let told: Vec<String> = contrl.told().into_iter().map(|text| text.en).collect();
    assert_eq!(
        told,
        [
            "Interchange 131, from A (14) to B: acknowledged",
            "  Message 1 (PAYMUL:D:96A:UN): rejected, with all it holds: mandatory part missing (13), UNH, element 1, component 4",
            "    Segment 17: too many elements or components (16); unknown code 99 (0085), element 2",
            "  Message 2 (ORDERS:D:96A:UN): rejected, with all it holds: header and trailer do not agree (5)",
        ]
    );
    assert_eq!(contrl.json()["messages"][0]["error"]["element"], 2);
    // No UCI, no report.
    let text = text.replace("UCI+131", "XXX+131");
    assert!(Contrl::read(&read(text.as_bytes(), &Options::default()).0[0].messages[0]).is_none());
}

proptest! {
    /// Whatever is broken in an interchange: its CONTRL is read without a fault, says what was meant, repeats 0020, and is not answered.
    #[test]
    fn any_damaged_interchange_is_answered_well(
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop_oneof![
            Just(None), any::<u8>().prop_map(Some), prop::sample::select(b"'+:?*UNZ ".to_vec()).prop_map(Some),
        ]), 0..6),
        version_four in any::<bool>(),
        severe in any::<bool>(),
        warnings in any::<bool>(),
    ) {
        let group = format!("UNG+INVOIC+SENDER:14+RECIPIENT:14+260102:1200+G1+UN+D:96A'{INVOICE}{OTHER}UNE+2+G1'");
        let text = if version_four { four(&format!("{INVOICE}UNO+P1+1:F1+5+4'abcdUNP+4+P1'"), 2) } else { three(&group, 1) };
        let mut bytes = text.into_bytes();
        for (index, change) in changes {
            let at = index.index(bytes.len());
            match change {
                Some(b) => bytes[at] = b,
                None => { bytes.remove(at); }
            }
        }
        let options = if severe { strict() } else { Options::default() };
        let (subjects, _) = subjects(&bytes[..], &options);
        for subject in &subjects {
            let Ok(contrl) = answer(subject, How { warnings, ..How::default() }) else { continue };
            let written = contrl.write(&Dress::of(&subject.envelope), &stamp());
            let (wholes, refusal) = read(&written, &strict());
            let shown = String::from_utf8_lossy(&written);
            prop_assert_eq!(refusal, None);
            prop_assert_eq!(wholes.len(), 1, "{}", shown);
            let faults: Vec<_> = wholes[0].faults.iter().chain(wholes[0].messages.iter().flat_map(|m| &m.faults)).collect();
            // Control characters of what is repeated in UCM are the only thing that is not written as it came.
            prop_assert!(faults.is_empty(), "{:?} {}", faults, shown);
            let again = Contrl::read(&wholes[0].messages[0]).unwrap();
            prop_assert_eq!(&again.reference, &contrl.reference, "{}", shown);
            prop_assert_eq!(&again.action, &contrl.action);
            prop_assert_eq!(again.messages.len(), contrl.messages.len());
            prop_assert_eq!(again.groups.len(), contrl.groups.len());
            let (answers, _) = super::subjects(&written[..], &options);
            prop_assert_eq!(answer(&answers[0], How::default()).err(), Some(NoAnswer::Answers));
        }
    }
}

#[test]
fn a_stream_gives_the_same_subjects() {
    let text = three(&format!("{INVOICE}{OTHER}"), 2);
    let mut reader = Interchange::new(text.as_bytes(), strict());
    let mut collected = Subjects::default();
    let mut ended: Option<End> = None;
    while let Some(event) = reader.next_event().unwrap() {
        collected.event(&event);
        if let Event::End(end) = event {
            ended = Some(end);
        }
    }
    let collected = collected.finish(None);
    assert_eq!(collected[0].messages.len() as u64, ended.unwrap().messages);
    assert!(!collected[0].is_refused_anywhere() && !collected[0].refuses(&collected[0].messages[0]));
}

#[test]
fn one_that_answers_several_interchanges_is_read_for_each() {
    let text = "UNB+UNOA:3+A+B+260102:1200+X'UNH+1+CONTRL:D:3:UN'UCI+1+A+B+7'UCI+2+A+B+4+18'UCM+5+INVOIC:D:96A:UN+4+12'UNT+5+1'UNZ+1+X'";
    let (wholes, _) = read(text.as_bytes(), &Options::default());
    let all = Contrl::read_all(&wholes[0].messages[0]);
    let said: Vec<_> = all.iter().map(|one| (one.reference.as_str(), one.is_negative(), one.messages.len())).collect();
    assert_eq!(said, [("1", false, 0), ("2", true, 1)]);
}
