//! A table: what is wrong, and how CONTRL would say so.

use super::*;
use Level::{Element, Group, Interchange as Whole_, Message as Within, Segment as Seg};

type Row = (&'static str, String, Vec<(u8, Level, &'static str, [u32; 3])>);

/// The ordinary interchange with one thing replaced.
fn with(from: &str, to: &str) -> String {
    let text = around(MESSAGE);
    assert_eq!(text.matches(from).count(), 1, "{from}");
    text.replace(from, to)
}

fn rows() -> Vec<Row> {
    let group = |inside: &str, une: &str| around(&format!("UNG+INVOIC+S+R+260102:1200+G1+UN+D:96A'{inside}{une}"));
    let package =
        |uno: &str, rest: &str| format!("UNB+UNOC:4+S+R+20260102:1200+R1'UNO+P1+1:doc+13:+{uno}'{rest}UNZ+1+R1'");
    vec![
        ("nothing", around(MESSAGE), vec![]),
        ("2: syntax identifier", with("UNOC", "IATB"), vec![(2, Whole_, "UNB", [0, 1, 1])]),
        ("2: syntax version", with("UNOC:3", "UNOC:7"), vec![(2, Whole_, "UNB", [0, 1, 2])]),
        (
            "12: length of an object",
            package("x", "UNP+1+P1'"),
            vec![(37, Within, "UNO", [0, 4, 1]), (12, Within, "UNO", [0, 4, 1]), (29, Within, "UNP", [0, 1, 0])],
        ),
        ("13: no sender", with("SENDER:14", ""), vec![(13, Whole_, "UNB", [0, 2, 0])]),
        (
            "13: no reference of the message",
            with("UNH+M1", "UNH+"),
            vec![(13, Within, "UNH", [1, 1, 0]), (28, Within, "UNT", [3, 2, 0])],
        ),
        ("13: no agency", with(":96A:UN:EAN008", ":96A"), vec![(13, Within, "UNH", [1, 2, 4])]),
        ("13: no UNT", with("UNT+3+M1'", ""), vec![(13, Within, "UNT", [2, 0, 0])]),
        ("13: no UNZ", with("UNZ+1+R1'", ""), vec![(13, Whole_, "UNZ", [0, 0, 0])]),
        ("13: no UNE", group(MESSAGE, ""), vec![(13, Group, "UNE", [0, 0, 0])]),
        ("13: UNZ without its terminator", with("UNZ+1+R1'", "UNZ+1+R1"), vec![(13, Whole_, "UNZ", [0, 0, 0])]),
        (
            "13: cut within a segment",
            with("UNT+3+M1'UNZ+1+R1'", "FTX+A"),
            vec![(13, Whole_, "", [0, 0, 0]), (13, Whole_, "UNZ", [0, 0, 0]), (13, Within, "UNT", [2, 0, 0])],
        ),
        ("16: too many elements", with("UNZ+1+R1'", "UNZ+1+R1+X'"), vec![(16, Whole_, "UNZ", [0, 3, 0])]),
        ("16: too many components", with("260102:1200", "260102:1200:X"), vec![(16, Whole_, "UNB", [0, 4, 3])]),
        ("15: a terminator too many", with("BGM", "'BGM"), vec![(15, Seg, "", [1, 0, 0])]),
        ("20: UNA too short", format!("UNA:+.?'{}", around(MESSAGE)), vec![(20, Whole_, "UNA", [0, 0, 0])]),
        ("20: a decimal mark", format!("UNA:+!? '{}", around(MESSAGE)), vec![(20, Whole_, "UNA", [0, 0, 0])]),
        ("20: one character twice", format!("UNA++.? '{}", around(MESSAGE)), vec![(20, Whole_, "UNA", [0, 0, 0])]),
        ("22: not as UNA says", format!("UNA:*.? '{}", around(MESSAGE)), vec![(22, Whole_, "UNA", [0, 0, 0])]),
        ("21: UTF-8", with("F1", "FÉ"), vec![(21, Element, "BGM", [2, 2, 1])]),
        ("21: level A", with("UNOC", "UNOA").replace("F1", "f1"), vec![(21, Element, "BGM", [2, 2, 1])]),
        ("21: a line end in a text", with("F1", "F\n1"), vec![(21, Element, "BGM", [2, 2, 1])]),
        (
            "26: a reference twice",
            around(&format!("{MESSAGE}{MESSAGE}")).replace("UNZ+1", "UNZ+2"),
            vec![(26, Within, "UNH", [1, 1, 0])],
        ),
        ("28: UNT", with("UNT+3+M1", "UNT+3+M2"), vec![(28, Within, "UNT", [3, 2, 0])]),
        ("28: UNZ", with("UNZ+1+R1", "UNZ+1+R2"), vec![(28, Whole_, "UNZ", [0, 2, 0])]),
        ("28: UNE", group(MESSAGE, "UNE+1+G2'"), vec![(28, Group, "UNE", [0, 2, 0])]),
        ("29: UNT", with("UNT+3+M1", "UNT+4+M1"), vec![(29, Within, "UNT", [3, 1, 0])]),
        ("29: UNZ", with("UNZ+1+R1", "UNZ+2+R1"), vec![(29, Whole_, "UNZ", [0, 1, 0])]),
        ("29: UNE", group(MESSAGE, "UNE+7+G1'"), vec![(29, Group, "UNE", [0, 1, 0])]),
        (
            "29: octets",
            package("3", "abcdUNP+3+P1'"),
            vec![(29, Within, "UNO", [0, 4, 1]), (13, Within, "UNP", [0, 0, 0])],
        ),
        (
            "30: mixed",
            group(MESSAGE, &format!("UNE+1+G1'{}", MESSAGE.replace("M1", "M2"))),
            vec![(30, Whole_, "UNH", [0, 0, 0])],
        ),
        (
            "30: mixed the other way",
            around(&format!(
                "{MESSAGE}UNG+INVOIC+S+R+260102:1200+G1+UN+D:96A'{}UNE+1+G1'",
                MESSAGE.replace("M1", "M2")
            )),
            vec![(30, Whole_, "UNG", [0, 0, 0])],
        ),
        (
            "31: another type in a group",
            group(&MESSAGE.replace("INVOIC", "ORDERS"), "UNE+1+G1'"),
            vec![(31, Within, "UNH", [1, 1, 0])],
        ),
        ("32: nothing inside", with(MESSAGE, "").replace("UNZ+1", "UNZ+0"), vec![(32, Whole_, "UNB", [0, 0, 0])]),
        ("32: nothing in a group", group("", "UNE+0+G1'"), vec![(32, Group, "UNG", [0, 0, 0])]),
        ("33: before UNB", format!("HELLO'{}", around(MESSAGE)), vec![(33, Whole_, "", [0, 0, 0])]),
        ("33: behind UNZ", format!("{}HELLO'", around(MESSAGE)), vec![(33, Whole_, "", [0, 0, 0])]),
        ("33: outside messages", with("UNH+M1", "BGM+1'UNH+M1"), vec![(33, Whole_, "BGM", [0, 0, 0])]),
        ("33: UNT without UNH", with("UNZ+1", "UNT+1+M1'UNZ+1"), vec![(33, Whole_, "UNT", [0, 0, 0])]),
        ("33: UNE without UNG", with("UNZ+1", "UNE+1+M1'UNZ+1"), vec![(33, Whole_, "UNE", [0, 0, 0])]),
        (
            "35: repeated",
            "UNB+UNOC:4+S+R+20260102:1200+R1*R1'UNH+1+A:1:1:UN'UNT+2+1'UNZ+1+R1'".to_owned(),
            vec![(35, Whole_, "UNB", [0, 5, 0])],
        ),
        (
            "37: no number",
            with("UNT+3+", "UNT+3A+"),
            vec![(37, Within, "UNT", [3, 1, 0]), (29, Within, "UNT", [3, 1, 0])],
        ),
        ("37: no letters", with("UNOC", "UN0C"), vec![(2, Whole_, "UNB", [0, 1, 1]), (37, Whole_, "UNB", [0, 1, 1])]),
        (
            "39: too long",
            with("R1'UNH", "R12345678901234'UNH").replace("UNZ+1+R1", "UNZ+1+R12345678901234"),
            vec![(39, Whole_, "UNB", [0, 5, 0]), (39, Whole_, "UNZ", [0, 2, 0])],
        ),
        ("40: too short", with("260102:1200", "260102:900"), vec![(40, Whole_, "UNB", [0, 4, 2])]),
        (
            "38: no digit before the mark",
            with("UNT+3+", "UNT+.3+"),
            vec![(38, Within, "UNT", [3, 1, 0]), (29, Within, "UNT", [3, 1, 0])],
        ),
        (
            "19: none behind it",
            with("UNT+3+", "UNT+3.+"),
            vec![(19, Within, "UNT", [3, 1, 0]), (29, Within, "UNT", [3, 1, 0])],
        ),
    ]
}

#[test]
fn each_fault_has_its_code_level_and_place_and_refuses_only_where_it_should() {
    for (name, text, expected) in rows() {
        let expected: Vec<_> = expected.into_iter().map(|(c, l, t, p)| (c, l, t.to_owned(), p)).collect();
        let (lenient, hard) = (one(&text), one_with(&text, &strict()));
        assert_eq!(found(&lenient), expected, "{name}: {text}");
        assert_eq!(found(&hard), expected, "{name}, strict: {text}");
        let at_whole = expected.iter().any(|(_, level, ..)| *level == Whole_);
        assert_eq!(hard.end.refused, at_whole, "{name}");
        let at_message = expected.iter().any(|(_, level, ..)| *level > Group);
        let refused = hard.messages.iter().any(Message::is_refused) || hard.packages.iter().any(Package::is_refused);
        assert_eq!(refused, at_message, "{name}");
        // Leniently only what may be cut off, or was not read, is refused.
        let whole = !name.starts_with("13: no U")
            && !name.starts_with("13: cut")
            && !name.starts_with("32: ")
            && name != "33: outside messages"
            && !name.contains("octets")
            && !name.contains("object");
        let messages =
            lenient.messages.iter().any(Message::is_refused) || lenient.packages.iter().any(Package::is_refused);
        let in_group = name == "13: no UNE" || name == "32: nothing in a group";
        assert_eq!(!(messages || lenient.end.refused), whole || in_group, "{name}");
    }
}

#[test]
fn every_code_of_the_brief_is_reached() {
    let mut codes: Vec<u8> = rows().iter().flat_map(|(.., expected)| expected.iter().map(|e| e.0)).collect();
    codes.sort_unstable();
    codes.dedup();
    assert_eq!(codes, [2, 12, 13, 15, 16, 19, 20, 21, 22, 26, 28, 29, 30, 31, 32, 33, 35, 37, 38, 39, 40]);
}

#[test]
fn places_are_bytes_of_the_file() {
    let text = around(MESSAGE).replace("UNT+3+M1", "UNT+4+M2");
    let whole = one(&text);
    let places: Vec<&str> = whole.messages[0].faults.iter().map(|f| &text[f.place.offset as usize..][..2]).collect();
    assert_eq!(places, ["4+", "M2"]);
    let bgm = whole.messages[0].segment(2).unwrap();
    assert_eq!(&text[bgm.offset() as usize..][..3], "BGM");
    assert_eq!(&text[bgm.at(2, 1) as usize..][..2], "F1");
    assert_eq!(bgm.at(9, 1), bgm.at(3, 0) + 1, "what is missing would stand at the end");
}

#[test]
fn good_messages_are_kept_when_one_is_bad() {
    let bad = MESSAGE.replace("M1", "M2").replace("UNT+3", "UNT+9");
    let text = around(&format!("{MESSAGE}{bad}{}", MESSAGE.replace("M1", "M3"))).replace("UNZ+1", "UNZ+3");
    let whole = one_with(&text, &strict());
    let refused: Vec<bool> = whole.messages.iter().map(Message::is_refused).collect();
    assert_eq!((refused, whole.end.refused), (vec![false, true, false], false));
}

#[test]
fn what_is_ignored_is_not_told() {
    let mut options = Options::default();
    options.strictness.counts = Answer::Ignore;
    let whole = one_with(around(MESSAGE).replace("UNT+3", "UNT+9"), &options);
    assert_eq!(found(&whole), []);
}

#[test]
fn refusals_have_names() {
    let kind = |text: &[u8]| read(text, &Options::default()).1.map(|refusal| (refusal.kind, refusal.code));
    for (text, expected) in [
        (&b""[..], (RefusalKind::Empty, 18)),
        (b" \r\n\x1a", (RefusalKind::Empty, 18)),
        (b"hello, world", (RefusalKind::NotEdifact, 33)),
        (b"UNBELIEVABLE", (RefusalKind::NotEdifact, 33)),
        (b"UNB+UNOA:3+A+B", (RefusalKind::ServiceCharacters, 22)),
        (b"UNA:*.? 'UNB|UNOA:3'", (RefusalKind::ServiceCharacters, 20)),
        (b"UIB+UNOA:4+X'UIH+A'", (RefusalKind::Envelope, 47)),
        (b"\xFF\xFEU\0N\0B\0+\0U\0N\0O\0A\0:\x003\0", (RefusalKind::Encoding, 21)),
    ] {
        assert_eq!(kind(text), Some(expected), "{}", String::from_utf8_lossy(text));
    }
    let junk = [vec![b'x'; crate::limits::EDIFACT_OUTSIDE_BYTES + 200], around(MESSAGE).into_bytes()].concat();
    assert_eq!(kind(&junk), Some((RefusalKind::NotEdifact, 33)));
}

#[test]
fn una_of_letters_and_8_bit_characters_is_refused_by_name_and_answered() {
    let text = around(MESSAGE);
    let odd = |una: &[u8; 6], from: char, to: u8| {
        let body: Vec<u8> = text.bytes().map(|b| if b == from as u8 { to } else { b }).collect();
        [&b"UNA"[..], una, b"\r\n", &body].concat()
    };
    for (file, word) in [
        (odd(b"\xB5+.? '", ':', 0xB5), "byte 4 of UNA, 0xB5, cannot be the component separator"),
        (odd(b":X.? '", '+', b'X'), "byte 5 of UNA, `X`, cannot be the element separator"),
        (odd(b":+.? 9", '\'', b'9'), "byte 9 of UNA, `9`, cannot be the segment terminator"),
        (odd(b":+.\xE9 '", '?', 0xE9), "byte 7 of UNA, 0xE9, cannot be the release character"),
    ] {
        assert!(is_edifact(&file), "{word}");
        let (subjects, refusal) = crate::edifact::contrl::subjects(&file[..], &Options::default());
        let refusal = refusal.unwrap();
        assert_eq!((refusal.kind, refusal.code, refusal.offset), (RefusalKind::ServiceCharacters, 20, 0));
        assert!(refusal.what.en.starts_with(word), "{}", refusal.what.en);
        let said = crate::edifact::contrl::answer(&subjects[0], Default::default()).unwrap();
        assert_eq!((said.reference.as_str(), said.sender.id.as_str()), ("R1", "SENDER"), "{word}");
        let error = said.error.unwrap();
        assert_eq!((error.code.as_str(), error.tag.as_str()), ("20", "UNA"));
        assert_eq!(subjects[0].envelope.service.terminator, b'\'');
    }
    // Separators that UNB does not bear out harm nobody: those by default are read.
    let by_default = one([&b"UNAX+.? '"[..], text.as_bytes()].concat());
    assert_eq!(by_default.messages.len(), 1);
}

#[test]
fn segments_are_held_against_a_table() {
    let forms = "BGM C C002(M 1001 an..3, C 1131 a3) M 1004 an..6 C 5004 n..5 C 1225 an..3 *2";
    let forms = Forms::parse(forms, "").unwrap();
    let check = |bgm: &str| {
        let text = format!("UNB+UNOC:4+S+R+20260102:1200+R1'UNH+1+A:1:1:UN'BGM+{bgm}'UNT+3+1'UNZ+1+R1'");
        let whole = one(text);
        let breaches = forms.check(whole.messages[0].segment(2).unwrap(), "4").unwrap();
        breaches.iter().map(|b| (b.code, b.place.element, b.place.component)).collect::<Vec<_>>()
    };
    assert_eq!(check("380:ABC+F1+-123.45+9*7"), []);
    assert_eq!(check("+F1"), [], "a mandatory component of what says nothing is not missed");
    assert_eq!(check(":ABC+++"), [(13, 1, 1), (13, 2, 0)]);
    assert_eq!(check("380:AB1+F1"), [(37, 1, 2)]);
    assert_eq!(check("380:AB+?'?'?'?'?'?'?+"), [(40, 1, 2), (39, 2, 0)]);
    assert_eq!(check("380+F1+1.234,56+9*8*7+X"), [(12, 3, 0), (35, 4, 0), (16, 5, 0)]);
    assert_eq!(check("380::X+F1"), [(16, 1, 3)]);
    let unknown = one(around(MESSAGE));
    assert!(forms.check(unknown.messages[0].segment(1).unwrap(), "3").is_none());
}
