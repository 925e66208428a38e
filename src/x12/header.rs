//! ISA: who sends what to whom, and whether its elements are what they must be.

use super::fault::{Answer, Code, Fault, List, Place};
use super::segment::Segment;
use super::service::{ISA_WIDTHS, Isa};
use super::words;
use crate::day::Day;

/// Who sends or receives: ISA05/06, ISA07/08.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Address {
    pub id: String,
    /// 01 and 14 D-U-N-S, 08 UCC, 12 telephone, ZZ mutually agreed, and others.
    pub qualifier: String,
}

/// What ISA says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Envelope {
    pub sender: Address,
    pub recipient: Address,
    /// ISA09, YYMMDD: years 50 to 99 are of the last century. None where it is no day.
    pub date: Option<Day>,
    /// ISA10, HHMM, as written.
    pub time: String,
    /// ISA12, such as `00401`.
    pub version: String,
    /// ISA13.
    pub control: String,
    /// ISA14: is a TA1 asked for?
    pub acknowledge: bool,
    /// ISA15 is T: a test, never to be taken for production.
    pub test: bool,
}

impl Envelope {
    pub(super) fn read(isa: &Segment<'_>) -> Envelope {
        let text = |e| isa.text(e).into_owned();
        Envelope {
            sender: Address { qualifier: text(5), id: text(6) },
            recipient: Address { qualifier: text(7), id: text(8) },
            date: short_day(&isa.text(9)),
            time: text(10),
            version: text(12),
            control: text(13),
            acknowledge: isa.text(14) == "1",
            test: isa.text(15) == "T",
        }
    }
}

/// YYMMDD. X12 gives no rule for the century; this one is that of its own rollover: 50 to 99 are 1950 to 1999.
pub(super) fn short_day(text: &str) -> Option<Day> {
    if text.len() != 6 || !text.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let century = if text >= "500000" { "19" } else { "20" };
    Day::parse_102(&format!("{century}{text}"))
}

/// GS04: CCYYMMDD from 004010 on, YYMMDD before.
pub(super) fn group_day(text: &str) -> Option<Day> {
    Day::parse_102(text).or_else(|| short_day(text))
}

/// The code of TA105 that speaks of each element of ISA.
const NOTES: [u8; 16] = [10, 11, 12, 13, 5, 6, 7, 8, 14, 15, 16, 17, 18, 19, 20, 27];

/// What breaks the rules of ISA.
pub(super) fn check(isa: &Segment<'_>, head: &Isa, envelope: &Envelope, answer: Answer) -> Vec<Fault> {
    let fault = |e: usize, what| {
        let place = Place { element: e as u32, offset: isa.at(e), ..Place::default() };
        Fault { code: Code::new(List::Ta105, NOTES[e - 1]), answer, tag: "ISA".into(), place, what }
    };
    let mut found = Vec::new();
    let lengths = head.elements.iter().zip(ISA_WIDTHS).zip(1..);
    for (((from, to), width), e) in lengths.filter(|(((from, to), width), _)| to - from != *width) {
        found.push(fault(e, words::width(e, to - from, width)));
    }
    if envelope.date.is_none() {
        found.push(fault(9, words::expected("ISA09", "AAMMJJ", "YYMMDD")));
    }
    if !is_time(&envelope.time) {
        found.push(fault(10, words::expected("ISA10", "HHMM", "HHMM")));
    }
    let sign = isa.text(11);
    let later = envelope.version.as_str() >= "00402";
    if later && head.service.repetition.is_none() {
        found.push(fault(11, words::no_repetition(&envelope.version)));
    } else if !later && !sign.chars().all(char::is_alphanumeric) {
        found.push(fault(11, words::early_repetition(&envelope.version)));
    }
    if envelope.version.len() != 5 || !envelope.version.bytes().all(|b| b.is_ascii_digit()) {
        found.push(fault(
            12,
            words::expected("ISA12", "une version de contrôle à cinq chiffres", "a control version of five digits"),
        ));
    }
    if envelope.control.is_empty() || !envelope.control.bytes().all(|b| b.is_ascii_digit()) {
        found.push(fault(13, words::expected("ISA13", "neuf chiffres", "nine digits")));
    }
    if !matches!(&*isa.text(14), "0" | "1") {
        found.push(fault(14, words::expected("ISA14", "0 ou 1", "0 or 1")));
    }
    if !matches!(&*isa.text(15), "P" | "T" | "I") {
        found.push(fault(15, words::expected("ISA15", "P ou T", "P or T")));
    }
    found
}

fn is_time(text: &str) -> bool {
    text.len() == 4 && text.bytes().all(|b| b.is_ascii_digit()) && &text[..2] < "24" && &text[2..] < "60"
}
