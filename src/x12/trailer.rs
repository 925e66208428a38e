//! Headers and trailers held against each other: control numbers (02), counts (01).

use super::fault::{Answer, Code, Fault, List, Place};
use super::segment::Segment;
use super::words;

/// What a trailer is held against.
pub(super) struct Expected<'a> {
    /// The control number of the header.
    pub control: &'a str,
    /// What the trailer counts.
    pub count: usize,
    /// Codes for a control number and a count that differ.
    pub codes: [Code; 2],
    pub answer: Answer,
}

/// IEA, GE or SE.
pub(super) fn check(trailer: &Segment<'_>, expected: &Expected<'_>) -> Vec<Fault> {
    let fault = |e: usize, code, what| {
        let place = Place { segment: trailer.number(), element: e as u32, component: 0, offset: trailer.at(e) };
        Fault { code, answer: expected.answer, tag: trailer.tag().to_owned(), place, what }
    };
    let mut found = Vec::new();
    let (count, control) = (trailer.text(1), trailer.text(2));
    // An element of type N0 may be written with zeros in front.
    if count.parse::<usize>().ok() != Some(expected.count) || count.starts_with('+') {
        found.push(fault(1, expected.codes[1], words::count(trailer.tag(), &count, expected.count)));
    }
    if !same_number(&control, expected.control) {
        found.push(fault(2, expected.codes[0], words::control(trailer.tag(), &control, expected.control)));
    }
    found
}

pub(super) const INTERCHANGE: [Code; 2] =
    [Code { list: List::Ta105, number: 1 }, Code { list: List::Ta105, number: 21 }];
pub(super) const GROUP: [Code; 2] = [Code { list: List::Ak905, number: 4 }, Code { list: List::Ak905, number: 5 }];
pub(super) const SET: [Code; 2] = [Code { list: List::Ak502, number: 3 }, Code { list: List::Ak502, number: 4 }];

/// Control numbers of type N0 are numbers: zeros in front do not count. ST02 is a text of four to nine characters, and is compared as one.
fn same_number(a: &str, b: &str) -> bool {
    if a == b {
        return true;
    }
    let digits = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_digit());
    digits(a) && digits(b) && a.trim_start_matches('0') == b.trim_start_matches('0')
}
