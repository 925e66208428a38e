//! Are the characters of a message those that its interchange declares (CONTRL 21)?

use std::borrow::Cow;

use super::charset::{Oddity, is_level_a};
use super::fault::{Concern, Level, Place};
use super::faults::Faults;
use super::segment::{Element, Segment, Tokens, released};
use super::words;

/// Kinds of strange characters, each told once for a message: the first place, and in how many texts.
const KINDS: usize = 6;

/// Holds the texts of a message against the declared character set, of which it is known where to look.
pub(super) fn judge_all(tokens: &Tokens, faults: &mut Faults) {
    let mut found: [Option<(Place, String, u64)>; KINDS] = Default::default();
    for (segment, e) in tokens.strange() {
        if let Some(element) = segment.element(e) {
            texts(&segment, e, element, false, &mut found);
        }
    }
    told(found, Level::Element, faults);
}

/// Holds the texts of segments against the declared character set.
pub(super) fn judge<'a>(segments: impl Iterator<Item = Segment<'a>>, outside: bool, level: Level, faults: &mut Faults) {
    let mut found: [Option<(Place, String, u64)>; KINDS] = Default::default();
    for segment in segments {
        for e in 1..=segment.elements() {
            if let Some(element) = segment.element(e).filter(Element::may_be_strange) {
                texts(&segment, e, element, outside, &mut found);
            }
        }
    }
    told(found, level, faults);
}

fn told(found: [Option<(Place, String, u64)>; KINDS], level: Level, faults: &mut Faults) {
    for (kind, found) in found.into_iter().enumerate() {
        if let Some((place, tag, texts)) = found {
            faults.add(Concern::Repertoire, 21, level, &tag, place, words::repertoire(kind, texts));
        }
    }
}

fn texts(
    segment: &Segment<'_>,
    e: usize,
    element: Element<'_>,
    outside: bool,
    found: &mut [Option<(Place, String, u64)>; KINDS],
) {
    let charset = segment.charset();
    for repetition in element.repetitions() {
        for (raw, c) in repetition.raws().zip(1..) {
            let plain = match segment.service().release {
                // The usual one is in every repertoire, and its meaning changes nothing.
                Some(release) if release != b'?' && raw.contains(&release) => Cow::Owned(released(raw, release)),
                _ => Cow::Borrowed(raw),
            };
            let (text, oddity) = charset.read(&plain);
            // Control characters beyond ASCII are U+0080 to U+009F.
            let control = |b: u8| b < b' ' || b == 0x7F || b == 0xC2;
            let control = text.bytes().any(control) && text.chars().any(char::is_control);
            let kind = match oddity {
                Some(Oddity::Utf8) => 0,
                Some(Oddity::Windows) => 1,
                Some(Oddity::Undefined) => 2,
                None if control && text.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) => 5,
                None if control => 3,
                None if charset.is_level_a() && !text.chars().all(is_level_a) => 4,
                None => continue,
            };
            let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let number = if outside { 0 } else { segment.number() };
            let place = || Place { segment: number, element: small(e), component: small(c), offset: repetition.at(c) };
            found[kind].get_or_insert_with(|| (place(), segment.tag().to_owned(), 0)).2 += 1;
        }
    }
}
