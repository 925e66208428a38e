//! Pieces of any size, hostile bytes, files without end.

use std::io::Read;

use proptest::prelude::*;

use super::*;
use crate::limits;

/// Gives its bytes in pieces of so many.
struct Pieces<'a>(&'a [u8], usize);

impl Read for Pieces<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        let count = self.1.min(self.0.len()).min(into.len());
        let (now, later) = self.0.split_at(count);
        into[..count].copy_from_slice(now);
        self.0 = later;
        Ok(count)
    }
}

/// All events of a file as text, and how it ended.
fn events(source: impl Read) -> Vec<String> {
    let mut interchange = Interchange::new(source, Options::default());
    let mut events = Vec::new();
    loop {
        match interchange.next_event() {
            Ok(Some(event)) => events.push(format!("{event:?}")),
            Ok(None) => return events,
            Err(refusal) => {
                events.push(format!("{refusal:?}"));
                assert!(matches!(interchange.next_event(), Ok(None)), "nothing comes after a refusal");
                return events;
            }
        }
    }
}

const SAMPLE: &[u8] = "\u{feff}UNA:+.?*'\r\nUNB+UNOW:4+S:14+R:14+20260102:1200+R1'\r\nUNH+M1+INVOIC:D:96A:UN'\r\nFTX+AAI+++it?'s ??'\r\nTST+a*b'\r\nUNT+4+M1'\r\nUNO+P1+1:d+13:+5'?'+:?UNP+5+P1'UNZ+2+R1'\r\nUNB+UNOA:1+S+R+260102:1200+R2'UNG+INVOIC+S+R+260102:1200+G+UN+D:96A'UNH+1+A:1:1:UN'UNT+9+1'UNZ+1+R3'junk"
    .as_bytes();

#[test]
fn pieces_of_any_size_give_the_same_events() {
    let whole = events(SAMPLE);
    assert!(whole.len() >= 12, "{whole:#?}");
    for size in 1..=SAMPLE.len() {
        assert_eq!(events(Pieces(SAMPLE, size)), whole, "pieces of {size}");
    }
    for at in 0..SAMPLE.len() {
        let (before, after) = SAMPLE.split_at(at);
        assert_eq!(events(before.chain(after)), whole, "cut at {at}");
    }
}

#[test]
fn a_file_cut_anywhere_says_so() {
    let text = around(MESSAGE);
    for at in 1..text.len() - 1 {
        let (wholes, refusal) = read(&text.as_bytes()[..at], &Options::default());
        let told = refusal.is_some() || wholes.iter().any(|w| w.end.refused);
        // A message that is whole is kept; one that is not is refused.
        let kept: usize = wholes.iter().flat_map(|w| &w.messages).filter(|m| !m.is_refused()).count();
        assert!(told, "{}", &text[..at]);
        assert_eq!(kept, usize::from(text[..at].contains("UNT+3+M1'")), "{}", &text[..at]);
    }
}

/// A file that is made while it is read.
struct Endless<F> {
    make: F,
    now: Vec<u8>,
    at: usize,
    left: u64,
}

impl<F: FnMut() -> Vec<u8>> Read for Endless<F> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.at == self.now.len() {
            (self.now, self.at) = ((self.make)(), 0);
        }
        let count = into.len().min(self.now.len() - self.at).min(usize::try_from(self.left).unwrap());
        into[..count].copy_from_slice(&self.now[self.at..][..count]);
        self.at += count;
        self.left -= count as u64;
        Ok(count)
    }
}

fn endless(head: String, left: u64, make: impl FnMut() -> Vec<u8>) -> impl Read {
    std::io::Cursor::new(head.into_bytes()).chain(Endless { make, now: Vec::new(), at: 0, left })
}

const HEAD: &str = "UNB+UNOC:3+S+R+260102:1200+R1'";

#[test]
fn an_interchange_of_many_messages_takes_the_room_of_one() {
    let mut number = 0;
    let source = endless(HEAD.to_owned(), 20_000_000, move || {
        number += 1;
        let lines: String =
            (1..200).map(|n| format!("LIN+{n}++4000862141404:EN'QTY+47:{n}:PCE'MOA+203:12.50'\r\n")).collect();
        format!("UNH+{number}+INVOIC:D:96A:UN'\r\n{lines}UNT+599+{number}'\r\n").into_bytes()
    });
    let mut interchange = Interchange::new(source, Options::default());
    let (mut messages, mut room) = (0, 0);
    while let Some(event) = interchange.next_event().unwrap() {
        room = room.max(interchange.room());
        if let Event::Message(message) = event {
            messages += 1;
            // The last is cut off.
            assert!(message.faults.is_empty() || message.faults[0].code == 13, "{:?}", message.faults);
        }
    }
    assert!(messages > 1_700, "{messages}");
    assert!(room < 512 * 1024, "{room} bytes");
}

#[test]
fn a_segment_without_end_is_refused_by_name_in_little_room() {
    for fill in ["x", "?'", "+", "?"] {
        let source =
            endless(format!("{HEAD}{MESSAGE}UNH+2+A:1:1:UN'FTX+"), 500_000_000, || fill.repeat(32 * 1024).into_bytes());
        let mut interchange = Interchange::new(source, Options::default());
        let mut kept = 0;
        let refusal = loop {
            match interchange.next_event() {
                Ok(Some(Event::Message(_))) => kept += 1,
                Ok(Some(_)) => {}
                Ok(None) => panic!("never refused"),
                Err(refusal) => break refusal,
            }
        };
        assert_eq!((refusal.kind, kept), (RefusalKind::Limit, 1), "{fill}");
        assert!(interchange.room() < 12 * limits::EDIFACT_SEGMENT_BYTES, "{fill}: {}", interchange.room());
    }
}

#[test]
fn a_message_with_too_much_of_anything_is_told_and_those_around_it_are_read() {
    let many = |text: &str, n: usize| format!("TST+{}'", text.repeat(n));
    for (inside, code) in [
        (many("+", limits::EDIFACT_SEGMENT_ELEMENTS + 1), 16),
        (many(":", limits::EDIFACT_COMPONENTS + 1), 16),
        (many("*", limits::EDIFACT_REPETITIONS + 1), 35),
        (many("x", 900_000).repeat(limits::EDIFACT_MESSAGE_BYTES / 900_000 + 1), 35),
    ] {
        let body = format!("{MESSAGE}UNH+BIG+INVOIC:D:96A:UN'{inside}UNT+3+BIG'{}", MESSAGE.replace("M1", "M3"));
        let whole = one(format!("UNB+UNOC:4+S+R+20260102:1200+R1'{body}UNZ+3+R1'"));
        let [first, big, last] = &whole.messages[..] else { panic!("{}", whole.messages.len()) };
        assert!(!first.is_refused() && !last.is_refused() && big.is_refused());
        assert_eq!((big.reference.as_str(), big.len(), big.faults[0].code), ("BIG", 1, code));
        assert_eq!(big.segment(1).unwrap().tag(), "UNH");
    }
}

#[test]
fn faults_beyond_the_bound_are_counted() {
    let text = around(&format!("{}{MESSAGE}", "X'".repeat(limits::EDIFACT_FAULTS + 50)));
    let whole = one(&text);
    assert_eq!((whole.faults.len(), whole.end.more), (limits::EDIFACT_FAULTS, 50));
}

/// Pieces that look like EDIFACT.
fn soup() -> impl Strategy<Value = Vec<u8>> {
    let word = prop_oneof![
        Just("UNA:+.? '".to_owned()),
        Just(HEAD.to_owned()),
        Just("UNB+UNOC:4+S+R+20260102:1200+R1'".to_owned()),
        Just("UNH+M1+INVOIC:D:96A:UN'".to_owned()),
        Just("UNG+INVOIC+S+R+260102:1200+G1+UN+D:96A'".to_owned()),
        Just("UNE+1+G1'".to_owned()),
        Just("UNT+2+M1'".to_owned()),
        Just("UNZ+1+R1'".to_owned()),
        (0..40_u32).prop_map(|n| format!("UNO+P+1:a+2:b+{n}'")),
        Just("UNP+4+P'".to_owned()),
        "[A-Z:+?'*\r\n é]{0,12}",
    ];
    let bytes = prop::collection::vec(any::<u8>(), 0..6);
    let piece = prop_oneof![8 => word.prop_map(String::into_bytes), 1 => bytes];
    prop::collection::vec(piece, 0..25).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic_and_pieces_change_nothing(bytes in soup(), size in 1..40_usize) {
        let whole = events(&bytes[..]);
        prop_assert_eq!(events(Pieces(&bytes, size)), whole);
    }

    #[test]
    fn every_place_is_within_the_file(bytes in soup()) {
        let (wholes, _) = read(&bytes, &Options::default());
        let most = bytes.len() as u64;
        for whole in &wholes {
            let all = whole.faults.iter().chain(whole.messages.iter().flat_map(|m| &m.faults)).chain(whole.packages.iter().flat_map(|p| &p.faults));
            for fault in all {
                prop_assert!(fault.place.offset <= most, "{:?}", fault);
            }
            for segment in whole.messages.iter().flat_map(Message::segments) {
                for e in 0..segment.elements() + 2 {
                    for c in 0..4 {
                        prop_assert!(segment.at(e, c) <= most);
                        let _ = segment.component(e, c);
                    }
                }
            }
        }
    }

    #[test]
    fn any_bytes_at_all(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = (events(&bytes[..]), is_edifact(&bytes));
    }
}

/// Half a gigabyte of one segment, made while it is read: refused by name, within a few mebibytes of it.
#[test]
fn half_a_gigabyte_of_one_segment_is_refused_at_once() {
    for (what, piece) in
        [("text", "x".repeat(60_000)), ("elements", "+a".repeat(30_000)), ("released", "?'".repeat(30_000))]
    {
        let head = format!("{HEAD}UNH+1+INVOIC:D:96A:UN'FTX+AAI+++");
        let source = endless(head, 500_000_000, move || piece.clone().into_bytes());
        let mut interchange = Interchange::new(source, Options::default());
        let (mut room, mut refusal) = (0, None);
        for _ in 0..1_000 {
            match interchange.next_event() {
                Ok(None) => break,
                Ok(Some(_)) => {}
                Err(other) => {
                    refusal = Some(other);
                    break;
                }
            }
            room = room.max(interchange.room());
        }
        let refusal = refusal.unwrap_or_else(|| panic!("{what}"));
        assert_eq!((refusal.kind, refusal.code), (RefusalKind::Limit, 39), "{what}");
        assert!(refusal.offset < 2 * limits::EDIFACT_SEGMENT_BYTES as u64 && room < 16 << 20, "{what}: {room}");
    }
}

#[test]
fn a_million_tiny_segments_are_one_message() {
    let mut left = 1_000_000 / 1_000;
    let head = format!("{HEAD}UNH+1+INVOIC:D:96A:UN'");
    let source = endless(head, u64::MAX, move || {
        left -= 1;
        if left < 0 { b"UNT+1000002+1'UNZ+1+R1'".to_vec() } else { b"A+1'".repeat(1_000) }
    });
    let mut interchange = Interchange::new(source.take(4_000_100), Options::default());
    let mut found = 0;
    while let Ok(Some(event)) = interchange.next_event() {
        if let Event::Message(message) = event {
            // Version 3 has six digits for the count (0074).
            let codes: Vec<_> = message.faults.iter().map(|fault| (fault.code, fault.tag.as_str())).collect();
            assert_eq!(codes, [(39, "UNT")]);
            found = message.len();
            break;
        }
    }
    assert_eq!(found, 1_000_002);
}

/// Windows-1252, UTF-8 and what is neither in one message: each text is read as what it is, and each kind is told once.
#[test]
fn mixed_sets_in_one_message_are_told_by_kind() {
    let mut text = format!("{HEAD}UNH+1+INVOIC:D:96A:UN'FTX+AAI+++l").into_bytes();
    text.extend_from_slice(b"\x92usine'FTX+AAI+++");
    text.extend_from_slice("payé".as_bytes());
    text.extend_from_slice(b"'FTX+AAI+++pay\xE9'FTX+AAI+++\x81'UNT+6+1'UNZ+1+R1'");
    let (wholes, refusal) = read(&text, &Options::default());
    assert_eq!(refusal, None);
    let message = &wholes[0].messages[0];
    let said: Vec<String> = (2..=4).map(|n| message.segment(n).unwrap().text(4, 1).into_owned()).collect();
    assert_eq!(said, ["l’usine", "payé", "payé"]);
    let codes: Vec<u8> = message.faults.iter().map(|fault| fault.code).collect();
    assert!(codes.len() >= 2 && codes.iter().all(|code| *code == 21), "{:?}", message.faults);
}

proptest! {
    /// A component that is looked for is the one that taking the element apart gives.
    #[test]
    fn one_component_is_that_of_all(body in "[+:?*a]{0,12}") {
        let body = format!("{}:", body.trim_end_matches('?'));
        let text = format!("UNB+UNOC:4+S+R+20260102:1200+R1'UNH+1+INVOIC:D:96A:UN'XYZ+{body}'UNT+3+1'UNZ+1+R1'");
        let (wholes, _) = read(text.as_bytes(), &Options::default());
        for segment in wholes.iter().flat_map(|whole| &whole.messages).flat_map(|message| message.segments()) {
            for (e, element) in (1..=segment.elements()).filter_map(|e| Some((e, segment.element(e)?))) {
                let all: Vec<&[u8]> = element.raws().collect();
                for c in 1..=all.len() + 1 {
                    let wanted = all.get(c - 1).copied();
                    prop_assert_eq!(element.component_raw(c), wanted, "{}", &body);
                    prop_assert_eq!(segment.says(e, c), wanted.is_some_and(|raw| !raw.is_empty()), "{}", &body);
                }
            }
        }
    }
}
