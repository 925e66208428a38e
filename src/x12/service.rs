//! The separators of an interchange, as ISA declares them by where they stand.

use super::fault::RefusalKind;
use super::words;
use crate::interchange::{self, after_blanks};
use crate::text::Text;

/// Separators in force.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Service {
    /// Between elements: the fourth byte of ISA.
    pub element: u8,
    /// Between components: ISA16.
    pub component: u8,
    /// Between repetitions: ISA11 from control version 00402 on, where it is a sign; before, that element is a letter.
    pub repetition: Option<u8>,
    /// The byte behind ISA16.
    pub terminator: u8,
}

/// Is this an X12 interchange? ISA, a separator, a two-character ISA01 and the separator again; blanks and a byte order mark may stand
/// before. UTF-16 is told as well, so that its refusal can be by name.
pub fn is_x12(bytes: &[u8]) -> bool {
    is_wide(bytes) || begins(after_blanks(bytes))
}

/// What is missing where a text begins as X12 does, and is no interchange. None for any other text.
pub fn headless(bytes: &[u8]) -> Option<Text> {
    let rest = after_blanks(bytes);
    let separator = |at: usize| rest.get(at).filter(|b| b.is_ascii_punctuation());
    match rest {
        _ if is_x12(bytes) => None,
        [b'I', b'S', b'A', ..] if separator(3).is_some() => Some(words::no_separators()),
        // GS01 is two letters, ST01 three digits, with the same separator on either side.
        [b'G', b'S', _, b'A'..=b'Z', b'A'..=b'Z', ..] if separator(2).is_some() && separator(2) == separator(5) => {
            Some(words::no_isa("GS"))
        }
        [b'S', b'T', _, b'0'..=b'9', b'0'..=b'9', b'0'..=b'9', ..]
            if separator(2).is_some() && separator(2) == separator(6) =>
        {
            Some(words::no_isa("ST"))
        }
        _ => None,
    }
}

/// How many bytes ISA and its terminator have.
const ISA_BYTES: usize = 106;

/// Where the elements of an ISA of fixed width begin, and how long each is.
pub(super) const ISA_WIDTHS: [usize; 16] = [2, 10, 2, 10, 2, 15, 2, 15, 6, 4, 1, 5, 9, 1, 1, 1];

/// An ISA at the very beginning of these bytes.
#[derive(Debug)]
pub(super) struct Isa {
    pub service: Service,
    /// Where each element begins and ends.
    pub elements: [(usize, usize); 16],
    /// Bytes of the segment without its terminator.
    pub length: usize,
}

impl Isa {
    /// By its fixed width; where the separators do not stand there, by counting sixteen of them: some senders drop the blanks that fill
    /// an element up.
    pub fn read(bytes: &[u8]) -> Result<Isa, RefusalKind> {
        let separator = *bytes.get(3).ok_or(RefusalKind::Separators)?;
        let elements = fixed(bytes, separator).or_else(|| counted(bytes, separator)).ok_or(RefusalKind::Separators)?;
        let length = elements[15].1;
        let (component, terminator) = match (bytes.get(elements[15].0), bytes.get(length)) {
            (Some(component), Some(terminator)) => (*component, *terminator),
            _ => return Err(RefusalKind::Separators),
        };
        let distinct = separator != component && separator != terminator && component != terminator;
        let line_end = matches!(terminator, b'\n' | b'\r');
        if !distinct || !is_sign(component) || !(line_end || is_sign(terminator)) {
            return Err(RefusalKind::Separators);
        }
        let text = |e: usize| bytes.get(elements[e].0..elements[e].1).unwrap_or_default();
        let repetition = match text(10) {
            [c] if text(11) >= b"00402".as_slice() && is_sign(*c) => {
                Some(*c).filter(|c| ![separator, component, terminator].contains(c))
            }
            _ => None,
        };
        Ok(Isa { service: Service { element: separator, component, repetition, terminator }, elements, length })
    }
}

pub(super) fn begins(bytes: &[u8]) -> bool {
    bytes.starts_with(b"ISA")
        && bytes.get(3).is_some_and(|separator| is_sign(*separator) && bytes.get(6) == Some(separator))
}

pub(super) fn is_wide(bytes: &[u8]) -> bool {
    interchange::is_wide(bytes, &[b"ISA"])
}

/// Can it separate? Neither letter, digit, blank, nor a part of a character of several bytes; control characters can.
fn is_sign(b: u8) -> bool {
    b.is_ascii() && !b.is_ascii_alphanumeric() && b != b' ' && b != 0
}

fn fixed(bytes: &[u8], separator: u8) -> Option<[(usize, usize); 16]> {
    let mut elements = [(0, 0); 16];
    let mut at = 4;
    for (element, width) in elements.iter_mut().zip(ISA_WIDTHS) {
        if bytes.get(at - 1) != Some(&separator) {
            return None;
        }
        *element = (at, at + width);
        at += width + 1;
    }
    Some(elements)
}

fn counted(bytes: &[u8], separator: u8) -> Option<[(usize, usize); 16]> {
    let mut elements = [(0, 0); 16];
    // An ISA has no more than its fixed width.
    let head = bytes.get(..bytes.len().min(ISA_BYTES))?;
    let mut separators = memchr::memchr_iter(separator, head);
    let mut at = separators.next()? + 1;
    for element in &mut elements[..15] {
        let end = separators.next()?;
        *element = (at, end);
        at = end + 1;
    }
    elements[15] = (at, at + 1);
    // No element but the last can hold a line end: what was counted beyond one is another segment.
    let whole = bytes.get(..at)?;
    (!whole.iter().any(|b| matches!(b, b'\r' | b'\n'))).then_some(elements)
}
