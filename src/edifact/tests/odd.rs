//! What is found in the field and read all the same.

use super::*;

fn plain(text: &str) -> Whole {
    let whole = one(text);
    assert_eq!(found(&whole), [], "{text}");
    whole
}

#[test]
fn segments_elements_and_components_are_counted_as_the_norm_counts_them() {
    let text =
        around("UNH+M1+INVOIC:D:96A:UN'FTX+AAI+++one?'s ?+1?:2 ?? end::three+:x'ODI'LIN:1:2+1++9:EN++'UNT+5+M1'");
    let message = &plain(&text).messages[0];
    assert_eq!(said(message)[1..4], ["FTX=AAI;;;one's +1:2 ? end||three;|x", "ODI=", "LIN=1;;9|EN;;"]);
    let ftx = message.segment(2).unwrap();
    assert_eq!((ftx.number(), ftx.elements(), ftx.tag()), (2, 5, "FTX"));
    assert_eq!(ftx.component(4, 1).unwrap(), "one's +1:2 ? end");
    assert_eq!(
        (ftx.component(4, 2), ftx.component(2, 1), ftx.component(9, 9), ftx.component(0, 0)),
        (None, None, None, None)
    );
    assert_eq!(ftx.component(5, 2).unwrap(), "x");
    assert_eq!(
        (message.reference.as_str(), message.kind.name.as_str(), message.kind.release.as_str()),
        ("M1", "INVOIC", "96A")
    );
}

#[test]
fn line_ends_go_between_segments_and_stay_within_texts() {
    let text = around("\r\n  UNH+M1+INVOIC:D:96A:UN'\r\n\tFTX+AAI+++first\r\nsecond'\r\n\r\nUNT+3+M1'\n");
    let whole = one(&text);
    assert_eq!(said(&whole.messages[0])[1], "FTX=AAI;;;first\r\nsecond");
    assert_eq!(found(&whole).len(), 1, "the line end in the text is told");
}

#[test]
fn repetition_is_only_where_version_4_declares_it() {
    let body = "UNH+M1+INVOIC:D:96A:UN'TST+a*b*c:d'UNT+3+M1'";
    let repeated = |whole: &Whole| said(&whole.messages[0])[1].clone();
    let four = |una: &str| format!("{una}UNB+UNOC:4+S+R+20260102:1200+R1'{body}UNZ+1+R1'");
    assert_eq!(repeated(&plain(&four(""))), "TST=a~b~c|d");
    assert_eq!(repeated(&plain(&four("UNA:+.?*'"))), "TST=a~b~c|d");
    assert_eq!(repeated(&plain(&four("UNA:+.? '"))), "TST=a*b*c|d");
    assert_eq!(repeated(&plain(&format!("UNA:+.?*'{}", around(body)))), "TST=a*b*c|d");
    let off = Options { repetition: false, ..Options::default() };
    assert_eq!(repeated(&one_with(four("UNA:+.?*'"), &off)), "TST=a*b*c|d");
}

#[test]
fn una_and_other_separators() {
    let text = "UNA|^,~ \n\nUNB^UNOC|3^S^R^260102|1200^R1\nUNH^M1^INVOIC|D|96A|UN\nMOA^79|1,5~^\nUNT^3^M1\nUNZ^1^R1\n";
    let whole = plain(text);
    assert_eq!(said(&whole.messages[0])[1], "MOA=79|1,5^");
    assert_eq!(whole.envelope.service.decimal, b',');
    let controls =
        around(MESSAGE).replace("UNOC", "UNOB").replace('\'', "\x1c").replace('+', "\x1d").replace(':', "\x1f");
    assert_eq!(said(&plain(&controls).messages[0])[1], "BGM=380;F1;9");
}

#[test]
fn several_interchanges_marks_and_spare_terminators() {
    let second = around(MESSAGE).replace("R1", "R2");
    let text = format!("\u{feff}UNA:+.? '{}''\r\nUNA:+,?*'\r\n{second}\r\n\x1a", around(MESSAGE));
    let (wholes, refusal) = read(text.as_bytes(), &Options::default());
    assert_eq!(refusal, None);
    let references: Vec<&str> = wholes.iter().map(|w| w.envelope.reference.as_str()).collect();
    assert_eq!(references, ["R1", "R2"]);
    assert!(wholes.iter().all(|w| w.end.complete && w.messages.len() == 1 && found(w).is_empty()));
    assert_eq!(wholes[0].envelope.offset, 12);
}

#[test]
fn an_interchange_without_unz_ends_where_the_next_begins() {
    let text = format!("UNB+UNOC:3+S+R+260102:1200+R0'{}{}", MESSAGE.replace("M1", "M0"), around(MESSAGE));
    let (wholes, refusal) = read(text.as_bytes(), &Options::default());
    assert_eq!((wholes.len(), refusal), (2, None));
    assert_eq!((wholes[0].end.complete, wholes[0].end.refused, wholes[1].end.complete), (false, true, true));
    assert_eq!(said(&wholes[0].messages[0]), said(&one(around(&MESSAGE.replace("M1", "M0"))).messages[0]));
}

#[test]
fn what_looks_like_a_header_in_a_text_is_text() {
    let text = around("UNH+M1+INVOIC:D:96A:UN'FTX+AAI+++UNB1234?'UNB?+UNOA:UNA'UNT+3+M1'");
    assert_eq!(said(&plain(&text).messages[0])[1], "FTX=AAI;;;UNB1234'UNB+UNOA|UNA");
}

#[test]
fn wrapped_files_are_joined_and_places_are_those_of_the_file() {
    let flat =
        around("UNH+M1+INVOIC:D:96A:UN:EAN008'FTX+AAI+++a text that is long enough to be cut once or twice'UNT+3+M1'");
    for (width, end) in [(30, "\n"), (40, "\r\n")] {
        let lines: Vec<&str> = flat.as_bytes().chunks(width).map(|c| std::str::from_utf8(c).unwrap()).collect();
        let text = lines.join(end);
        let whole = one(&text);
        assert_eq!(said(&whole.messages[0]), said(&one(&flat).messages[0]));
        assert_eq!(found(&whole), [(21, Level::Interchange, String::new(), [0, 0, 0])]);
        for segment in whole.messages[0].segments() {
            let joined: String = text[segment.offset() as usize..].replace(['\r', '\n'], "");
            assert!(joined.starts_with(segment.tag()), "{joined}");
        }
        let word = whole.messages[0].segment(2).unwrap().at(4, 1);
        assert_eq!(text[word as usize..].replace(['\r', '\n'], "")[..6], *"a text");
    }
}

#[test]
fn groups_hold_their_messages() {
    let text = around(&format!(
        "UNG+INVOIC+S:14+R+260102:1200+G1+UN+D:96A:EAN008'{MESSAGE}UNE+1+G1'UNG+INVOIC+S+R+260102:1200+G2+UN+D:96A'{MESSAGE}UNE+1+G2'"
    ))
    .replace("UNZ+1", "UNZ+2");
    let whole = plain(&text);
    let groups: Vec<&str> =
        whole.messages.iter().filter_map(|m| m.group.as_ref()).map(|g| g.reference.as_str()).collect();
    assert_eq!((groups, whole.end.groups), (vec!["G1", "G2"], 2));
    assert_eq!(whole.messages[0].group.as_ref().unwrap().association, "EAN008");
}

#[test]
fn packages_are_octets_whatever_they_look_like() {
    let data: Vec<u8> = (0..=255).chain(*b"'UNP+1+P1'UNZ+").collect();
    let mut text = format!("UNB+UNOC:4+S+R+20260102:1200+R1'{MESSAGE}UNO+P1+1:doc+13:+{}:0'", data.len()).into_bytes();
    text.extend_from_slice(&data);
    text.extend_from_slice(format!("UNP+{}+P1'UNZ+2+R1'", data.len()).as_bytes());
    let whole = one(&text);
    assert_eq!(found(&whole), []);
    let package = &whole.packages[0];
    assert_eq!((&package.data, package.reference.as_str()), (&data, "P1"));
    assert_eq!(text[package.offset as usize..][..data.len()], data);
    assert_eq!(package.header().unwrap().component(2, 2).unwrap(), "doc");
}

#[test]
fn the_envelope_says_who_when_and_whether_it_is_a_test() {
    let text = "UNB+UNOY:4:::7+S:14:dept:sub+R:5:in:out+20260102:1200+R1+pw+INVOIC+A+2+EANCOM+1'UNH+1+INVOIC:D:14B:UN::16B:X+ref'UNT+2+1'UNZ+1+R1'";
    let whole = one(text);
    let e = &whole.envelope;
    assert_eq!((e.sender.id.as_str(), e.sender.internal.as_str(), e.sender.sub.as_str()), ("S", "dept", "sub"));
    assert_eq!((e.recipient.qualifier.as_str(), e.recipient.sub.as_str()), ("5", "out"));
    assert_eq!((e.prepared.day(), e.prepared.time.as_str()), (crate::day::Day::parse_iso("2026-01-02"), "1200"));
    assert_eq!(
        (e.application.as_str(), e.priority.as_str(), e.acknowledge, e.agreement.as_str()),
        ("INVOIC", "A", Acknowledge::Receipt, "EANCOM")
    );
    assert!(e.is_test());
    let m = &whole.messages[0];
    assert_eq!((m.kind.codes.as_str(), m.kind.subfunction.as_str(), m.access.as_str()), ("16B", "X", "ref"));
    let short = Prepared { date: "991231".into(), time: String::new() };
    assert_eq!(short.day(), crate::day::Day::parse_iso("1999-12-31"));
    assert_eq!(Prepared { date: "260102".into(), time: String::new() }.day(), crate::day::Day::parse_iso("2026-01-02"));
}
