//! Envelopes as senders write them, each fault with its code and place, borders, bounds.

use proptest::prelude::*;

use super::*;
use crate::limits;

const INVOICE: &[u8] = include_bytes!("../../fixtures/x12/invoice.edi");
const CREDIT: &[u8] = include_bytes!("../../fixtures/x12/credit-negative.edi");

/// An ISA with `*`, `>` and `~`.
const ISA: &str =
    "ISA*00*          *00*          *01*123456789      *ZZ*RECEIVER       *261102*0930*U*00401*000000101*0*P*>~";

fn around(body: &str) -> String {
    format!("{ISA}GS*IN*S*R*20261102*0930*7*X*004010~{body}GE*1*7~IEA*1*000000101~")
}

fn lenient(file: &[u8]) -> (Vec<Interchange<'_>>, Option<Refusal>) {
    read(file, &Options::default())
}

/// All codes of a file, outermost first.
fn codes(file: &[u8]) -> Vec<String> {
    let (found, _) = lenient(file);
    let mut out = Vec::new();
    let mut add = |faults: &Faults| out.extend(faults.listed.iter().map(|f| f.code.to_string()));
    for interchange in &found {
        add(&interchange.faults);
        for group in &interchange.groups {
            add(&group.faults);
            group.sets.iter().for_each(|set| add(&set.faults));
        }
    }
    out
}

#[test]
fn an_interchange_is_read_with_its_separators_by_place() {
    let (found, refusal) = lenient(INVOICE);
    assert_eq!((found.len(), refusal), (1, None));
    let one = &found[0];
    assert_eq!(one.service, Service { element: b'*', component: b'>', repetition: None, terminator: b'~' });
    assert_eq!(one.envelope.sender, Address { id: "123456789".into(), qualifier: "01".into() });
    assert_eq!(one.envelope.date.unwrap().to_string(), "2026-11-02");
    assert_eq!((one.groups.len(), one.groups[0].sets.len()), (1, 1));
    assert_eq!(one.groups[0].version, "004010");
    assert!(codes(INVOICE).is_empty(), "{:?}", codes(INVOICE));
    let set = &one.groups[0].sets[0];
    let big = set.segment(2).unwrap();
    assert_eq!((big.tag(), &*big.text(2), big.number()), ("BIG", "F-2026-101", 2));
    // Places are those of the file.
    assert!(INVOICE[big.at(2) as usize..].starts_with(b"F-2026-101"));
    assert!(INVOICE[big.offset() as usize..].starts_with(b"BIG*"));
    assert_eq!(big.value(5), None);
    assert_eq!(big.element(99).map(|e| e.raw()), None);
    assert_eq!(set.segments().last().unwrap().tag(), "SE");
}

#[test]
fn a_line_end_may_end_segments_and_isa11_separates_from_00402_on() {
    let (found, _) = lenient(CREDIT);
    assert_eq!(found[0].service, Service { element: b'*', component: b'>', repetition: Some(b'^'), terminator: b'\n' });
    assert!(codes(CREDIT).is_empty(), "{:?}", codes(CREDIT));
    // The same sign before 00402 is none, and is told; a letter after it separates nothing, and is told.
    for (from, to) in [("*^*00501*", "*^*00401*"), ("*^*00501*", "*U*00501*")] {
        let text = String::from_utf8_lossy(CREDIT).replace(from, to);
        assert_eq!(lenient(text.as_bytes()).0[0].service.repetition, None);
        assert_eq!(codes(text.as_bytes()), ["TA105 016"], "{to}");
    }
    let crlf = String::from_utf8_lossy(CREDIT).replace('\n', "\r\n");
    assert!(codes(crlf.as_bytes()).is_empty());
    assert_eq!(lenient(crlf.as_bytes()).0[0].groups[0].sets.len(), 1);
}

#[test]
fn repetitions_and_components_are_taken_apart() {
    let text = around("ST*810*0001~XXX*a^b>c*d~SE*3*0001~").replace("*U*00401*", "*^*00501*");
    let (found, _) = lenient(text.as_bytes());
    let segment = found[0].groups[0].sets[0].segment(2).unwrap();
    let element = segment.element(1).unwrap();
    let each: Vec<_> = element.repetitions().map(|r| (r.components(), r.component(1).unwrap().into_owned())).collect();
    assert_eq!(each, [(1, "a".to_owned()), (2, "b".to_owned())]);
    assert_eq!(segment.component(2, 1).unwrap(), "d");
    assert_eq!(segment.elements(), 2);
}

#[test]
fn an_isa_without_its_blanks_is_read_by_counting_and_told() {
    let narrow = "ISA*00**00**16*102TEST*14*PARTNER*071214*1406*U*00401*810000263*1*T*>~";
    let text = around("ST*810*0001~SE*2*0001~").replace(ISA, narrow).replace("*000000101~", "*810000263~");
    let (found, refusal) = lenient(text.as_bytes());
    assert_eq!(refusal, None);
    assert_eq!(found[0].groups[0].sets.len(), 1);
    assert!(found[0].envelope.test);
    assert_eq!(codes(text.as_bytes()), ["TA105 011", "TA105 013", "TA105 006", "TA105 008"]);
}

/// Each fault: what is written in the place of what, and the code that names it.
#[test]
fn each_fault_has_its_code() {
    let good = around("ST*810*0001~BIG*1~SE*3*0001~");
    assert_eq!(codes(good.as_bytes()), [""; 0]);
    for (from, to, expected) in [
        ("IEA*1*000000101", "IEA*1*000000102", vec!["TA105 001"]),
        ("IEA*1*", "IEA*2*", vec!["TA105 021"]),
        ("GE*1*7", "GE*1*8", vec!["AK905 4"]),
        ("GE*1*7", "GE*3*7", vec!["AK905 5"]),
        ("GE*1*7~", "", vec!["AK905 3"].into_iter().rev().collect()),
        ("SE*3*0001", "SE*3*0002", vec!["AK502 3"]),
        ("SE*3*0001", "SE*9*0001", vec!["AK502 4"]),
        ("SE*3*0001~", "", vec!["AK502 2"]),
        ("IEA*1*000000101~", "", vec!["TA105 023"]),
        ("*261102*", "*261302*", vec!["TA105 014"]),
        ("*0930*U", "*2530*U", vec!["TA105 015"]),
        ("ST*810*0001~BIG*1~SE*3*0001", "ST*810*1~BIG*1~SE*3*1", vec!["AK502 7"]),
        ("ST*810", "ST*", vec!["AK502 6"]),
        ("BIG*1~", "big*1~", vec!["AK304 1"]),
        ("BIG*1~", "BIG*1~~", vec!["AK304 1"]),
        ("GE*1*7~", "GE*1*7~XX*1~", vec!["TA105 024"]),
        ("000000101~", "000000101~trailing words", vec!["TA105 024"]),
    ] {
        let last = good.rfind(from).unwrap_or_else(|| panic!("{from} is not in the sample"));
        let at = if from == "000000101~" { last } else { good.find(from).unwrap() };
        let bad = format!("{}{to}{}", &good[..at], &good[at + from.len()..]);
        assert_eq!(codes(bad.as_bytes()), expected, "{from} -> {to}");
        for code in expected {
            let words: Vec<_> = lenient(bad.as_bytes()).0.iter().flat_map(|i| i.faults.listed.clone()).collect();
            assert!(words.iter().all(|f| !f.code.words().en.is_empty()), "{code} has no words");
        }
    }
}

#[test]
fn control_numbers_that_come_twice_are_told() {
    let two = around("ST*810*0001~SE*2*0001~ST*810*0001~SE*2*0001~").replace("GE*1*7", "GE*2*7");
    assert_eq!(codes(two.as_bytes()), ["AK502 23"]);
    let again = format!("{0}\r\n{0}", around("ST*810*0001~SE*2*0001~"));
    assert_eq!(codes(again.as_bytes()), ["TA105 025"]);
}

#[test]
fn several_interchanges_with_separators_of_their_own() {
    let other = around("ST*810*0001~SE*2*0001~").replace('*', "|").replace('~', "'").replace("000000101", "000000102");
    let text = format!("\u{feff}{}\n\n{other}", around("ST*810*0001~SE*2*0001~"));
    let (found, refusal) = lenient(text.as_bytes());
    assert_eq!((found.len(), refusal), (2, None));
    assert_eq!((found[1].service.element, found[1].service.terminator), (b'|', b'\''));
    assert!(codes(text.as_bytes()).is_empty(), "{:?}", codes(text.as_bytes()));
}

#[test]
fn strictness_decides_what_a_wrong_count_does_and_what_is_cut_is_refused_either_way() {
    let text = around("ST*810*0001~SE*9*0001~");
    let refused = |text: &str, strict| {
        read(text.as_bytes(), &Options { strict }).0[0].groups[0].sets.iter().map(Set::is_refused).collect::<Vec<_>>()
    };
    assert_eq!((refused(&text, false), refused(&text, true)), (vec![false], vec![true]));
    let cut = text.split("SE*").next().unwrap().to_owned();
    assert_eq!((refused(&cut, false), refused(&cut, true)), (vec![true], vec![true]));
}

#[test]
fn the_good_sets_are_kept_when_one_is_cut() {
    let text =
        around("ST*810*0001~BIG*1~SE*3*0001~ST*810*0002~BIG*2~ST*810*0003~SE*2*0003~").replace("GE*1*7", "GE*3*7");
    let (found, _) = lenient(text.as_bytes());
    let sets: Vec<_> = found[0].groups[0].sets.iter().map(|s| (s.control.as_str(), s.is_refused())).collect();
    assert_eq!(sets, [("0001", false), ("0002", true), ("0003", false)]);
}

#[test]
fn what_is_no_x12_is_refused_by_name() {
    for (file, kind) in [
        (&b""[..], RefusalKind::Empty),
        (b" \r\n", RefusalKind::Empty),
        (b"UNB+UNOA:1'", RefusalKind::NotX12),
        (b"ISA is an acronym", RefusalKind::NotX12),
        (b"I\0S\0A\0*\0", RefusalKind::Encoding),
        (b"ISA*00*   ", RefusalKind::Separators),
    ] {
        let (found, refusal) = lenient(file);
        assert!(found.is_empty());
        assert_eq!(refusal.map(|r| r.kind), Some(kind), "{}", String::from_utf8_lossy(file));
    }
    for bad in [ISA.replace(">~", "~~"), ISA.replace(">~", ">G"), ISA.replace(">~", "*~")] {
        assert_eq!(lenient(bad.as_bytes()).1.map(|r| r.kind), Some(RefusalKind::Separators), "{bad}");
    }
    assert!(is_x12(INVOICE) && is_x12(CREDIT) && is_x12(b"\r\n ISA*00*") && is_x12(b"I\0S\0A\0*\0"));
    for no in [&b"ISAAC*00*"[..], b"ISA", b"ISA 00 ", b"<Invoice/>", b"UNA:+.? '", b""] {
        assert!(!is_x12(no), "{}", String::from_utf8_lossy(no));
    }
}

#[test]
fn bytes_that_are_no_utf8_are_windows_1252_and_told() {
    let text = around("ST*810*0001~NTE**caf\u{e9}~SE*3*0001~");
    let utf8 = text.clone().into_bytes();
    assert!(codes(&utf8).is_empty());
    let latin: Vec<u8> = text.chars().map(|c| c as u8).collect();
    assert_eq!(codes(&latin), ["AK403 6"]);
    let (found, _) = lenient(&latin);
    assert_eq!(found[0].groups[0].sets[0].segment(2).unwrap().text(2), "café");
    let place = found[0].groups[0].sets[0].faults.listed[0].place;
    assert_eq!((place.segment, place.element), (2, 2));
    assert_eq!(latin[place.offset as usize], 0xE9);
}

#[test]
fn bounds_end_the_reading_by_name() {
    let long = around(&format!("ST*810*0001~NTE**{}~SE*3*0001~", "x".repeat(limits::X12_SEGMENT_BYTES)));
    assert_eq!(lenient(long.as_bytes()).1.map(|r| r.kind), Some(RefusalKind::Limit));
    let many = around(&"ST*810*0001~".repeat(limits::X12_ENVELOPES + 1));
    assert_eq!(lenient(many.as_bytes()).1.map(|r| r.kind), Some(RefusalKind::Limit));
    let wide = around(&format!("ST*810*0001~NTE{}~SE*3*0001~", "*".repeat(limits::X12_ELEMENTS + 1)));
    let (found, refusal) = lenient(wide.as_bytes());
    assert_eq!(refusal, None);
    assert!(found[0].groups[0].sets[0].is_refused());
}

#[test]
fn a_file_cut_anywhere_says_so() {
    let text = around("ST*810*0001~BIG*1~SE*3*0001~");
    for at in 1..text.len() - 1 {
        let (found, refusal) = lenient(&text.as_bytes()[..at]);
        let told = refusal.is_some() || found.iter().any(|i| i.faults.refuse());
        // IEA whole but for its terminator, or its number, is told by a warning.
        let warned = found.iter().any(|i| !i.faults.listed.is_empty());
        assert!(told || warned, "{}", &text[..at]);
        let kept = found.iter().flat_map(|i| &i.groups).flat_map(|g| &g.sets).filter(|s| !s.is_refused()).count();
        let whole = text[..at].contains("SE*");
        assert!(kept <= usize::from(whole), "{}", &text[..at]);
    }
}

proptest! {
    #[test]
    fn never_panics_on_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = is_x12(&bytes);
        let _ = read(&bytes, &Options { strict: true });
    }

    #[test]
    fn never_panics_on_damage(at in 0..INVOICE.len(), with in any::<u8>(), cut in 0..INVOICE.len(), insert in any::<bool>()) {
        let mut bytes = INVOICE.to_vec();
        if insert { bytes.insert(at, with) } else { bytes[at] = with }
        bytes.truncate(cut.max(1));
        let (found, _) = lenient(&bytes);
        for set in found.iter().flat_map(|i| &i.groups).flat_map(|g| &g.sets) {
            for segment in set.segments() {
                for e in 0..=segment.elements() + 1 {
                    prop_assert!(segment.at(e) <= bytes.len() as u64);
                    let _ = (segment.value(e), segment.component(e, 1), segment.component(e, 9));
                }
            }
        }
    }
}
