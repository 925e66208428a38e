//! Segments, elements and components over the bytes of a file, and where each of them stands in it.

use std::borrow::Cow;

use super::service::Service;
use crate::interchange::is_blank;

/// Where a segment stands, without its terminator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Mark {
    pub start: u32,
    pub end: u32,
}

impl Mark {
    /// Where what follows it begins: behind its terminator, if it has one, and the line ends and blanks behind that.
    pub fn after(self, file: &[u8], terminator: u8) -> usize {
        let end = self.end as usize;
        match file.get(end..) {
            Some([first, rest @ ..]) if *first == terminator => {
                let line_end = matches!(terminator, b'\n' | b'\r');
                let blank = |b: &u8| is_blank(*b) && (*b != terminator || line_end);
                end + 1 + rest.iter().take_while(|b| blank(b)).count()
            }
            _ => file.len(),
        }
    }
}

/// A segment.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'a> {
    pub(super) file: &'a [u8],
    pub(super) service: Service,
    pub(super) mark: Mark,
    pub(super) number: u32,
}

impl<'a> Segment<'a> {
    /// Its tag; empty where it is no text.
    pub fn tag(&self) -> &'a str {
        let raw = self.raw();
        let end = memchr::memchr(self.service.element, raw).unwrap_or(raw.len());
        std::str::from_utf8(&raw[..end]).unwrap_or_default()
    }

    /// Position within its transaction set, ST being 1; 0 outside sets.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Bytes of the file before it.
    pub fn offset(&self) -> u64 {
        u64::from(self.mark.start)
    }

    /// How many elements it has, empty ones included.
    pub fn elements(&self) -> usize {
        memchr::memchr_iter(self.service.element, self.raw()).count()
    }

    /// Element `e` (from 1), even if nothing stands in it; none beyond the last.
    pub fn element(&self, e: usize) -> Option<Element<'a>> {
        let raw = self.raw();
        let mut separators = memchr::memchr_iter(self.service.element, raw);
        let start = separators.nth(e.checked_sub(1)?)? + 1;
        let end = separators.next().unwrap_or(raw.len());
        Some(Element { raw: &raw[start..end], offset: self.offset() + start as u64, service: self.service })
    }

    /// What element `e` (from 1) says as a whole; none where it says nothing. For elements that are no composites.
    pub fn value(&self, e: usize) -> Option<Cow<'a, str>> {
        self.element(e)?.value()
    }

    /// What component `c` (from 1) of the first repetition of element `e` (from 1) says; none where it says nothing.
    pub fn component(&self, e: usize, c: usize) -> Option<Cow<'a, str>> {
        self.element(e)?.component(c)
    }

    /// What element `e` says as a whole, empty where it says nothing.
    pub fn text(&self, e: usize) -> Cow<'a, str> {
        self.value(e).unwrap_or_default()
    }

    /// Bytes of the file before element `e`; `e` 0 is the segment. Where there is none, the end of the segment.
    pub fn at(&self, e: usize) -> u64 {
        if e == 0 {
            return self.offset();
        }
        self.element(e).map_or(u64::from(self.mark.end), |element| element.offset)
    }

    /// Its bytes, without the terminator.
    pub fn raw(&self) -> &'a [u8] {
        self.file.get(self.mark.start as usize..self.mark.end as usize).unwrap_or_default()
    }

    /// The separators in force.
    pub fn service(&self) -> Service {
        self.service
    }
}

/// An element of a segment, or one of its repetitions.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a> {
    raw: &'a [u8],
    offset: u64,
    service: Service,
}

impl<'a> Element<'a> {
    /// Its repetitions, at least one; each is an element of its own.
    pub fn repetitions(self) -> impl Iterator<Item = Element<'a>> {
        let separator = self.service.repetition;
        self.parts(separator)
    }

    /// How many components its first repetition has, empty ones included.
    pub fn components(self) -> usize {
        self.first().parts(Some(self.service.component)).count()
    }

    /// What component `c` (from 1) of its first repetition says; none where it says nothing.
    pub fn component(&self, c: usize) -> Option<Cow<'a, str>> {
        let index = c.checked_sub(1)?;
        self.first().parts(Some(self.service.component)).nth(index)?.value()
    }

    /// What it says as a whole; none where it says nothing. Blanks around are fill, not text.
    pub fn value(&self) -> Option<Cow<'a, str>> {
        let raw = self.raw.trim_ascii();
        (!raw.is_empty()).then(|| decode(raw))
    }

    /// Its bytes as they came.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    fn first(self) -> Element<'a> {
        self.repetitions().next().unwrap_or(self)
    }

    fn parts(self, separator: Option<u8>) -> impl Iterator<Item = Element<'a>> {
        let mut rest = Some((self.raw, self.offset));
        std::iter::from_fn(move || {
            let (raw, offset) = rest?;
            let end = separator.and_then(|separator| memchr::memchr(separator, raw));
            rest = end.map(|end| (&raw[end + 1..], offset + end as u64 + 1));
            Some(Element { raw: &raw[..end.unwrap_or(raw.len())], offset, service: self.service })
        })
    }
}

/// X12 declares no character set: UTF-8 where the bytes are UTF-8, else Windows-1252, in which any byte is a character.
fn decode(raw: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(raw) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) => encoding_rs::WINDOWS_1252.decode_without_bom_handling(raw).0,
    }
}
