//! What is written is read back, and means the same.

use proptest::prelude::*;

use super::*;
use crate::edifact::write::{Line, LineEnds, Settings, Writer};

fn envelope(syntax: &str, version: &str) -> Envelope {
    let text = format!(
        "UNB+{syntax}:{version}+S:14+R:14+{}:1200+R1++INVOIC++1+EANCOM+1'UNZ+0+R1'",
        if version == "4" { "20260102" } else { "260102" }
    );
    (*read(text.as_bytes(), &Options::default()).0[0].envelope).clone()
}

fn kind() -> MessageType {
    let text = |s: &str| s.to_owned();
    MessageType {
        name: text("INVOIC"),
        version: text("D"),
        release: text("96A"),
        agency: text("UN"),
        association: text("EAN008"),
        ..MessageType::default()
    }
}

#[test]
fn writes_what_is_asked_for_and_no_more() {
    let mut writer = Writer::new(Settings { line_ends: LineEnds::CrLf, ..Settings::default() });
    writer.begin(&envelope("UNOC", "3"));
    let unh = writer.message("M1", &kind(), "");
    let bgm = writer.line(&Line::new("BGM").with("380").with("F'1+2:3?4*5").with("9").skip().with(["", ""]));
    writer.line(&Line::new("NAD").with("BY").with(["579", "", "9", ""]).skip().with("Café").again("x"));
    let mut line = Line::new("FTX");
    line.set(4, 2, "two");
    line.set(1, 1, "AAI");
    writer.line(&line);
    let (bytes, losses) = writer.finish();
    let expected = "UNA:+.? '\r\nUNB+UNOC:3+S:14+R:14+260102:1200+R1++INVOIC++1+EANCOM+1'\r\nUNH+M1+INVOIC:D:96A:UN:EAN008'\r\n\
        BGM+380+F?'1?+2?:3??4*5+9'\r\nNAD+BY+579::9++Caf\u{e9}'\r\nFTX+AAI+++:two'\r\nUNT+5+M1'\r\nUNZ+1+R1'\r\n";
    let text: String = bytes.iter().map(|b| char::from(*b)).collect();
    assert_eq!((text.as_str(), losses), (expected, vec![]));
    assert_eq!((unh.segment, bgm.segment), (1, 2));
    assert!(text[bgm.offset as usize..].starts_with("BGM"));
    let whole = one(&bytes);
    assert_eq!(found(&whole), []);
    assert_eq!(*whole.envelope, Envelope { offset: 11, service: whole.envelope.service, ..envelope("UNOC", "3") });
}

#[test]
fn what_the_set_lacks_is_written_otherwise_and_told() {
    let write = |syntax: &str, text: &str| {
        let mut writer = Writer::new(Settings { una: false, ..Settings::default() });
        writer.begin(&envelope(syntax, "3"));
        writer.message("M1", &kind(), "");
        writer.line(&Line::new("FTX").with("AAI").with(["", text]));
        let (bytes, losses) = writer.finish();
        let told: Vec<(char, String)> = losses.iter().map(|l| (l.from, l.to.clone())).collect();
        assert!(losses.iter().all(|l| (l.tag.as_str(), l.segment, l.element, l.component) == ("FTX", 2, 2, 2)));
        (one(bytes).messages[0].segment(2).unwrap().text(2, 2).into_owned(), told)
    };
    let to = |from, to: &str| (from, to.to_owned());
    assert_eq!(
        write("UNOC", "l’œuvre à 5 €"),
        ("l'oeuvre à 5 EUR".into(), vec![to('’', "'"), to('œ', "oe"), to('€', "EUR")])
    );
    assert_eq!(write("UNOL", "œ €"), ("œ €".into(), vec![]));
    assert_eq!(write("UNOB", "é日"), ("e?".into(), vec![to('é', "e"), to('日', "?")]));
    assert_eq!(write("UNOA", "aé@"), ("AE?".into(), vec![to('a', "A"), to('é', "E"), to('@', "?")]));
    assert_eq!(write("UNOW", "日\u{301}"), ("日\u{301}".into(), vec![]));
    assert_eq!(write("UNOC", "a\nb"), ("a b".into(), vec![to('\n', " ")]));
}

#[test]
fn without_a_release_character_separators_in_texts_are_lost_and_told() {
    let service = Service { release: None, declared: true, ..Service::DEFAULT };
    let mut writer = Writer::new(Settings { service, ..Settings::default() });
    writer.begin(&envelope("UNOC", "3"));
    writer.message("M1", &kind(), "");
    writer.line(&Line::new("FTX").with("a+b"));
    let (bytes, losses) = writer.finish();
    assert_eq!(losses.len(), 1);
    assert_eq!(one(bytes).messages[0].segment(2).unwrap().elements(), 1);
}

#[test]
fn packages_are_written_and_read_back_with_line_ends_or_without() {
    for line_ends in [LineEnds::None, LineEnds::CrLf] {
        let mut writer = Writer::new(Settings { line_ends, ..Settings::default() });
        writer.begin(&envelope("UNOW", "4"));
        writer.message("M1", &kind(), "");
        let data: Vec<u8> = (0..=255).collect();
        let offset = writer.package("P1", ["1", "doc"], ["13", "", ""], &data);
        let (bytes, _) = writer.finish();
        let whole = one(&bytes);
        assert_eq!((found(&whole), &whole.packages[0].data, whole.packages[0].offset), (vec![], &data, offset));
    }
}

#[test]
fn one_writer_writes_interchanges_of_several_versions() {
    let mut writer = Writer::new(Settings { una: false, ..Settings::default() });
    for version in ["3", "4", "3"] {
        writer.begin(&envelope("UNOC", version));
        writer.message("M1", &kind(), "");
        writer.line(&Line::new("FTX").with("a*b"));
    }
    let (bytes, _) = writer.finish();
    let (wholes, refusal) = read(&bytes, &Options::default());
    assert_eq!((wholes.len(), refusal), (3, None));
    for whole in &wholes {
        assert_eq!((found(whole), &*whole.messages[0].segment(2).unwrap().text(1, 1)), (vec![], "a*b"));
    }
    assert_eq!(Service { decimal: b',', ..Service::DEFAULT }.number("-1.5"), "-1,5");
}

fn components() -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec("[ -~à-ÿ]{0,8}", 1..4)
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(
        elements in prop::collection::vec(prop::collection::vec(components(), 1..3), 0..6),
        four in any::<bool>(),
        controls in any::<bool>(),
        una in any::<bool>(),
        utf8 in any::<bool>(),
    ) {
        let service = match (controls, four) {
            (true, _) => Service { release: Some(b'\\'), declared: true, ..Service::CONTROL },
            (false, true) => Service { repetition: Some(b'*'), ..Service::DEFAULT },
            (false, false) => Service::DEFAULT,
        };
        let mut writer = Writer::new(Settings { service, una: una || controls, ..Settings::default() });
        let version = if four { "4" } else { "3" };
        writer.begin(&envelope(if utf8 { "UNOW" } else { "UNOC" }, version));
        writer.message("M1", &kind(), "");
        let mut line = Line::new("TST");
        for element in &elements {
            for (n, components) in element.iter().enumerate() {
                line = if n == 0 { line.with(components.clone()) } else { line.again(components.clone()) };
            }
        }
        writer.line(&line);
        let (bytes, losses) = writer.finish();
        prop_assert!(losses.is_empty());
        let whole = one(&bytes);
        prop_assert_eq!(found(&whole), vec![]);
        let segment = whole.messages[0].segment(2).unwrap();
        for (e, element) in elements.iter().enumerate() {
            let times = if four && !controls { element.len() } else { 1 };
            for (r, components) in element.iter().take(times).enumerate() {
                for (c, text) in components.iter().enumerate() {
                    let back = segment.element(e + 1).and_then(|x| x.repetitions().nth(r)).and_then(|x| x.component(c + 1));
                    prop_assert_eq!(back.as_deref().unwrap_or_default(), text.as_str(), "{} {} {}", e, r, c);
                }
            }
        }
    }
}
