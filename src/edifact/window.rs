//! The part of a file that is looked at: bytes come in as they are read, segments go out, and nothing is kept that was handed on.

use std::io::Read;

use super::service::Service;
use crate::interchange::is_blank;
use crate::limits;

/// How much is read at once, and how much of a file decides whether it is wrapped.
const CHUNK: usize = 64 * 1024;
const SAMPLE: usize = 8 * 1024;

/// Why the window cannot go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stop {
    /// The source failed.
    Unreadable,
    /// A segment is longer than [`limits::EDIFACT_SEGMENT_BYTES`].
    Segment,
}

pub(super) struct Window<R> {
    source: R,
    buffer: Vec<u8>,
    /// The first byte not yet handed on.
    from: usize,
    /// Bytes of the file before `buffer[0]`, taken-out line ends not counted.
    base: u64,
    eof: bool,
    /// Is the file cut in lines of one length, whose ends are no part of it?
    pub wrapped: bool,
    breaks: Vec<(u64, u64)>,
    classes: [Class; 256],
    /// Where the elements of the segment found last begin, counted from its start.
    pub elements: Vec<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Class {
    Plain,
    Element,
    Terminator,
    Release,
}

/// A segment in the window, counted from its first byte not handed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Found {
    /// Behind blanks and spare terminators.
    pub start: usize,
    /// Its terminator, or the end of the file.
    pub end: usize,
    pub terminated: bool,
    /// Terminators before it that end nothing.
    pub spare: u64,
}

impl<R: Read> Window<R> {
    pub fn new(source: R) -> Window<R> {
        Window {
            source,
            buffer: Vec::new(),
            from: 0,
            base: 0,
            eof: false,
            wrapped: false,
            breaks: Vec::new(),
            classes: [Class::Plain; 256],
            elements: Vec::new(),
        }
    }

    /// Reads the beginning of the file and sees whether it is wrapped.
    pub fn open(&mut self) -> Result<(), Stop> {
        self.at_least(SAMPLE)?;
        if is_wrapped(&self.buffer, self.eof) {
            self.wrapped = true;
            self.unwrap_from(0);
        }
        Ok(())
    }

    pub fn set_service(&mut self, service: &Service) {
        self.classes = [Class::Plain; 256];
        self.classes[usize::from(service.element)] = Class::Element;
        self.classes[usize::from(service.terminator)] = Class::Terminator;
        if let Some(release) = service.release {
            self.classes[usize::from(release)] = Class::Release;
        }
    }

    /// What is not handed on yet.
    pub fn rest(&self) -> &[u8] {
        self.buffer.get(self.from..).unwrap_or_default()
    }

    /// Sees to it that there are at least so many bytes, fewer where the file ends.
    pub fn at_least(&mut self, bytes: usize) -> Result<(), Stop> {
        while self.rest().len() < bytes && !self.eof {
            self.fill()?;
        }
        Ok(())
    }

    /// How many bytes it holds room for.
    #[cfg(test)]
    pub fn room(&self) -> usize {
        self.buffer.capacity() + 4 * self.elements.capacity()
    }

    pub fn consume(&mut self, bytes: usize) {
        self.from = self.from.saturating_add(bytes).min(self.buffer.len());
    }

    /// The place of the first byte not handed on, line ends of a wrapped file not counted.
    pub fn position(&self) -> u64 {
        self.base + self.from as u64
    }

    /// Bytes of the file before the byte at this position.
    pub fn raw_offset(&self, position: u64) -> u64 {
        super::segment::raw_offset(&self.breaks, position)
    }

    /// The line ends taken out of what is remembered.
    pub fn breaks(&self) -> &[(u64, u64)] {
        &self.breaks
    }

    /// Sums up the line ends that lie before what is not handed on.
    pub fn forget(&mut self) {
        let position = self.position();
        let past = self.breaks.partition_point(|(place, _)| *place <= position);
        self.breaks.drain(..past.saturating_sub(1));
    }

    /// Hands on blanks and spare terminators, and says how many of the latter there were.
    pub fn skip_between(&mut self) -> Result<u64, Stop> {
        let mut spare = 0;
        loop {
            let (mut skipped, mut over) = (0, false);
            for b in self.rest() {
                let ends = self.classes[usize::from(*b)] == Class::Terminator;
                if !ends && !is_blank(*b) {
                    over = true;
                    break;
                }
                skipped += 1;
                spare += u64::from(ends && !is_blank(*b));
            }
            self.consume(skipped);
            if over || self.eof {
                return Ok(spare);
            }
            self.fill()?;
        }
    }

    /// Finds the next segment; none where only blanks are left.
    pub fn segment(&mut self) -> Result<Option<Found>, Stop> {
        let (mut at, mut start, mut spare) = (0, None, 0);
        self.elements.clear();
        loop {
            let rest = self.buffer.get(self.from..).unwrap_or_default();
            let from = match start {
                Some(from) => Some(from),
                None => {
                    let classes = &self.classes;
                    let end_of_none = |b: u8| classes[usize::from(b)] == Class::Terminator;
                    while let Some(b) = rest.get(at).filter(|b| is_blank(**b) || end_of_none(**b)) {
                        spare += u64::from(!is_blank(*b));
                        at += 1;
                    }
                    (at < rest.len()).then_some(at)
                }
            };
            start = from;
            if let Some(from) = from {
                while let Some(found) =
                    rest.get(at..).and_then(|r| r.iter().position(|b| self.classes[usize::from(*b)] != Class::Plain))
                {
                    at += found;
                    match self.classes[usize::from(rest[at])] {
                        Class::Element => {
                            at += 1;
                            self.elements.push(u32::try_from(at - from).unwrap_or(u32::MAX));
                        }
                        Class::Terminator => return Ok(Some(Found { start: from, end: at, terminated: true, spare })),
                        // What is released must be here, or be asked for first.
                        _ if at + 1 < rest.len() => at += 2,
                        _ => break,
                    }
                }
                let waits = rest.get(at).is_some_and(|b| self.classes[usize::from(*b)] == Class::Release)
                    && at + 1 == rest.len();
                if !waits {
                    at = rest.len();
                }
            }
            if at > limits::EDIFACT_SEGMENT_BYTES {
                return Err(Stop::Segment);
            }
            if self.eof {
                let end = rest.len();
                return Ok(start.map(|start| Found { start, end, terminated: false, spare }));
            }
            self.fill()?;
        }
    }

    /// The bytes of what was found, blanks before it and its terminator included.
    pub fn bytes(&self, found: Found) -> &[u8] {
        let end = found.end + usize::from(found.terminated);
        self.rest().get(..end).unwrap_or_default()
    }

    /// Hands on so many octets, and keeps them as far as `keep` of them; fewer where the file ends.
    pub fn octets(&mut self, count: u64, keep: bool) -> Result<(u64, Vec<u8>), Stop> {
        let (mut left, mut kept) = (count, Vec::new());
        while left > 0 {
            if self.rest().is_empty() {
                if self.eof {
                    break;
                }
                self.fill()?;
                continue;
            }
            let take = usize::try_from(left).unwrap_or(usize::MAX).min(self.rest().len());
            if keep {
                kept.extend_from_slice(&self.rest()[..take]);
            }
            self.consume(take);
            left -= take as u64;
        }
        Ok((count - left, kept))
    }

    /// Reads one more piece of the file.
    fn fill(&mut self) -> Result<(), Stop> {
        if self.from > 0 {
            self.buffer.drain(..self.from);
            self.base += self.from as u64;
            self.from = 0;
        }
        let before = self.buffer.len();
        self.buffer.resize(before + CHUNK, 0);
        let read = loop {
            match self.source.read(&mut self.buffer[before..]) {
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                other => break other,
            }
        };
        let read = read.map_err(|_| Stop::Unreadable)?;
        self.buffer.truncate(before + read);
        self.eof = read == 0;
        if self.wrapped {
            self.unwrap_from(before);
        }
        Ok(())
    }

    /// Takes the line ends out of the buffer from `from` on.
    fn unwrap_from(&mut self, from: usize) {
        let mut taken = self.breaks.last().map_or(0, |(_, taken)| *taken);
        let mut to = from;
        for at in from..self.buffer.len() {
            let b = self.buffer[at];
            if matches!(b, b'\r' | b'\n') {
                taken += 1;
                let place = self.base + to as u64;
                match self.breaks.last_mut() {
                    Some(last) if last.0 == place => last.1 = taken,
                    _ => self.breaks.push((place, taken)),
                }
            } else {
                self.buffer[to] = b;
                to += 1;
            }
        }
        self.buffer.truncate(to);
    }
}

/// Is this file cut in lines of one length, wherever segments end? At least three lines, all as long as the first but the last, most of them
/// ending within a segment.
pub(super) fn is_wrapped(bytes: &[u8], whole: bool) -> bool {
    let sample = bytes.get(..SAMPLE).unwrap_or(bytes);
    let mut lines: Vec<&[u8]> =
        sample.split(|b| *b == b'\n').map(|line| line.strip_suffix(b"\r").unwrap_or(line)).collect();
    if whole && sample.len() == bytes.len() {
        while lines.last().is_some_and(|last| last.is_empty()) {
            lines.pop();
        }
    }
    let Some((last, lines)) = lines.split_last() else { return false };
    let lines = lines.get(usize::from(is_una_alone(bytes))..).unwrap_or_default();
    // Lines are of one length in bytes, or in characters of UTF-8.
    let characters = |line: &[u8]| -> usize { line.iter().filter(|b| !matches!(b, 0x80..0xC0)).count() };
    let even = |length: fn(&[u8]) -> usize| {
        let width = lines.first().map_or(0, |first| length(first));
        (lines.iter().all(|line| length(line) == width) && length(last) <= width).then_some(width)
    };
    let width = even(<[u8]>::len).or_else(|| even(characters));
    let ends = lines.iter().filter(|line| matches!(line.last(), Some(b'\'' | b'~' | 0x1C))).count();
    width.is_some_and(|width| width >= 20) && lines.len() >= 3 && ends * 2 < lines.len()
}

/// Does UNA stand on a line of its own, before lines of another length?
pub(super) fn is_una_alone(bytes: &[u8]) -> bool {
    bytes.starts_with(b"UNA") && matches!(bytes.get(UNA_BYTES), Some(b'\r' | b'\n'))
}

/// UNA and the six characters that it names.
const UNA_BYTES: usize = 9;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wrapped_files_are_told_from_files_with_a_segment_a_line() {
        let text = "UNB+UNOA:3+SENDER:14+RECIPIENT:14+260101:1200+1'UNH+1+INVOIC:D:96A:UN'BGM+380+F1+9'DTM+137:20260101:102'UNT+4+1'UNZ+1+1'";
        let lines = |width: usize, end: &str| {
            text.as_bytes().chunks(width).map(|c| String::from_utf8_lossy(c).into_owned()).collect::<Vec<_>>().join(end)
        };
        assert!(is_wrapped(lines(30, "\n").as_bytes(), true));
        assert!(is_wrapped(lines(30, "\r\n").as_bytes(), true));
        assert!(is_wrapped((lines(30, "\n") + "\n").as_bytes(), true));
        assert!(!is_wrapped(text.as_bytes(), true));
        assert!(!is_wrapped(text.replace('\'', "'\n").as_bytes(), true));
        assert!(!is_wrapped(lines(60, "\n").as_bytes(), true), "two lines prove nothing");
        for end in ["\n", "\r\n"] {
            assert!(is_wrapped(format!("UNA:+.? '{end}{}", lines(30, end)).as_bytes(), true), "UNA on its own line");
            assert!(!is_wrapped(format!("UNA:+.? '{end}{}", lines(60, end)).as_bytes(), true));
        }
        let accents = lines(30, "\n").replace("SENDER", "SÉNDÉR");
        assert!(is_wrapped(accents.as_bytes(), true), "lines are as long in characters");
    }
}
