//! Lines and columns of a text.

use memchr::memchr2;

/// How long the first line is, with its end: a line feed, a carriage return, or both (XML 1.0, 2.11). None where it has no end.
fn ended(bytes: &[u8]) -> Option<usize> {
    let at = memchr2(b'\n', b'\r', bytes)?;
    let both = bytes.get(at) == Some(&b'\r') && bytes.get(at + 1) == Some(&b'\n');
    Some(at + 1 + usize::from(both))
}

/// Line and column (in characters) of a byte offset, both from 1. An offset inside a character counts as before it.
pub(super) fn of(text: &str, offset: usize) -> (u32, u32) {
    let (bytes, offset) = (text.as_bytes(), offset.min(text.len()));
    let (mut line, mut start) = (1, 0);
    while let Some(next) = ended(&bytes[start..]).map(|length| start + length).filter(|next| *next <= offset) {
        (line, start) = (line + 1, next);
    }
    (number(line), number(column(&bytes[start..offset])))
}

/// A byte offset with its line and column.
#[derive(Debug)]
pub(super) struct Mark {
    at: u32,
    line: u32,
    column: u32,
}

/// Bytes of a line between two marks: a document may be one line of many megabytes.
const STRIDE: usize = 1_024;

/// Marks to count from, for texts that are asked about often: where lines start, and along long ones.
pub(super) fn marks(text: &str) -> Vec<Mark> {
    let bytes = text.as_bytes();
    let (mut marks, mut start, mut line) = (Vec::new(), 0, 1u32);
    loop {
        let next = ended(&bytes[start..]).map(|length| start + length);
        let (mut rest, mut at, mut along) = (&bytes[start..next.unwrap_or(bytes.len())], start, 1u32);
        marks.push(Mark { at: number(at), line, column: along });
        while let Some((piece, after)) = rest.split_at_checked(STRIDE) {
            at += STRIDE;
            along = along.saturating_add(number(column(piece) - 1));
            marks.push(Mark { at: number(at), line, column: along });
            rest = after;
        }
        match next {
            Some(next) => (start, line) = (next, line.saturating_add(1)),
            None => return marks,
        }
    }
}

/// As [`of`], with the table of [`marks`].
pub(super) fn with(marks: &[Mark], text: &str, offset: usize) -> (u32, u32) {
    let offset = offset.min(text.len());
    let before = marks.partition_point(|mark| mark.at as usize <= offset).max(1);
    let Some(mark) = marks.get(before - 1) else { return of(text, offset) };
    let along = column(&text.as_bytes()[mark.at as usize..offset]) - 1;
    (mark.line, mark.column.saturating_add(number(along)))
}

fn column(bytes: &[u8]) -> usize {
    bytes.iter().filter(|&&b| (b & 0xC0) != 0x80).count() + 1
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_characters() {
        let text = "a\né€x\n";
        let marks = marks(text);
        for (offset, place) in [(0, (1, 1)), (2, (2, 1)), (4, (2, 2)), (7, (2, 3)), (9, (3, 1))] {
            assert_eq!(of(text, offset), place);
            assert_eq!(with(&marks, text, offset), place);
        }
    }

    #[test]
    fn every_line_end_of_xml_is_one() {
        let text = "a\rb\r\nc\n\rd\r";
        let marks = marks(text);
        let lines = [(0, 1), (1, 1), (2, 2), (3, 2), (4, 2), (5, 3), (7, 4), (8, 5), (10, 6)];
        for (offset, line) in lines {
            assert_eq!(of(text, offset).0, line, "{offset}");
            assert_eq!(with(&marks, text, offset), of(text, offset), "{offset}");
        }
    }

    #[test]
    fn along_a_long_line_the_same_is_counted() {
        let text = "é1€".repeat(2_000) + "\n" + &"ab".repeat(1_500);
        let marks = marks(&text);
        assert!(marks.len() > 10);
        for offset in (0..=text.len()).step_by(7).filter(|&at| text.is_char_boundary(at)) {
            assert_eq!(with(&marks, &text, offset), of(&text, offset), "{offset}");
        }
    }
}
