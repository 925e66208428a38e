//! Segments, elements and components over the bytes of a message, and where each of them stands in the file.

use std::borrow::Cow;

use super::charset::Charset;
use super::components::{Components, Finder};
use super::service::Service;

/// The bytes of a message (or of one service segment) and where its segments and elements begin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tokens {
    bytes: Vec<u8>,
    service: Service,
    charset: Charset,
    /// Bytes of the file before the first, line ends of a wrapped file not counted.
    base: u64,
    segments: Vec<Mark>,
    /// Where each element begins, segment after segment.
    elements: Vec<u32>,
    /// Line ends that were taken out of a wrapped file: the place (as `base` counts) behind which they stood, and how many bytes
    /// were taken out up to there.
    breaks: Vec<(u64, u64)>,
    /// Nothing until [`Tokens::index`].
    components: Components,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Mark {
    start: u32,
    /// Its terminator.
    end: u32,
    /// The first of its elements.
    first: u32,
}

impl Tokens {
    pub(super) fn new(service: Service, charset: Charset, base: u64) -> Tokens {
        Tokens {
            bytes: Vec::new(),
            service,
            charset,
            base,
            segments: Vec::new(),
            elements: Vec::new(),
            breaks: Vec::new(),
            components: Components::default(),
        }
    }

    /// Adds a segment: `bytes` with what stood before it and its terminator, where it starts and ends in them, and where its elements
    /// begin, counted from where it starts. The caller keeps messages below [`crate::limits::EDIFACT_MESSAGE_BYTES`].
    pub(super) fn push(&mut self, bytes: &[u8], start: usize, end: usize, elements: &[u32]) {
        let before = self.bytes.len();
        let at = |n: usize| u32::try_from(before + n).unwrap_or(u32::MAX);
        let first = u32::try_from(self.elements.len()).unwrap_or(u32::MAX);
        self.segments.push(Mark { start: at(start), end: at(end), first });
        let from = at(start);
        self.elements.extend(elements.iter().map(|e| from.saturating_add(*e)));
        self.bytes.extend_from_slice(bytes);
    }

    /// Bytes, segments and elements.
    pub(super) fn size(&self) -> [usize; 3] {
        [self.bytes.len(), self.segments.len(), self.elements.len()]
    }

    /// Makes room for so many; of what is large only a part.
    pub(super) fn reserve(&mut self, [bytes, segments, elements]: [usize; 3]) {
        const MOST: usize = 1 << 16;
        self.bytes.reserve(bytes.min(MOST));
        self.segments.reserve(segments.min(MOST));
        self.elements.reserve(elements.min(MOST));
    }

    /// Finds all components, once no segment is added any more: whoever asks for one need not look for it.
    pub(super) fn index(&mut self) {
        let mut finder = Finder::new(&self.service, self.charset, self.elements.len());
        for (n, mark) in self.segments.iter().enumerate() {
            let next = self.segments.get(n + 1).map_or(self.elements.len(), |m| m.first as usize);
            let own = self.elements.get(mark.first as usize..next).unwrap_or_default();
            for (n, start) in own.iter().enumerate() {
                let end = own.get(n + 1).map_or(mark.end, |next| next.saturating_sub(1));
                finder.element(self.bytes.get(*start as usize..end as usize).unwrap_or_default(), *start);
            }
        }
        self.components = finder.found;
    }

    pub(super) fn set_breaks(&mut self, breaks: Vec<(u64, u64)>) {
        self.breaks = breaks;
    }

    pub(super) fn set_service(&mut self, service: Service, charset: Charset) {
        (self.service, self.charset) = (service, charset);
    }

    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn charset(&self) -> Charset {
        self.charset
    }

    pub(super) fn base(&self) -> u64 {
        self.base
    }

    pub(super) fn service(&self) -> &Service {
        &self.service
    }

    /// How many segments it has, and how many elements together.
    pub(super) fn len(&self) -> (usize, usize) {
        (self.segments.len(), self.elements.len())
    }

    pub(super) fn segment(&self, index: usize) -> Option<Segment<'_>> {
        let mark = *self.segments.get(index)?;
        let next = self.segments.get(index + 1).map_or(self.elements.len(), |m| m.first as usize);
        let elements = self.elements.get(mark.first as usize..next)?;
        Some(Segment { tokens: self, mark, elements, index })
    }

    /// The elements (from 1, with their segments) of which a byte may stand outside of the character set, once components are found.
    pub(super) fn strange(&self) -> impl Iterator<Item = (Segment<'_>, usize)> {
        self.components.strange().filter_map(|element| {
            let index = self.segments.partition_point(|mark| mark.first <= element).checked_sub(1)?;
            let segment = self.segment(index)?;
            Some((segment, (element - segment.mark.first) as usize + 1))
        })
    }

    /// Bytes of the file before the one at `at`.
    #[inline]
    fn offset(&self, at: u32) -> u64 {
        let at = self.base + u64::from(at);
        if self.breaks.is_empty() { at } else { raw_offset(&self.breaks, at) }
    }
}

/// The place in the file of a place in its text without the line ends of a wrapped file.
pub(super) fn raw_offset(breaks: &[(u64, u64)], at: u64) -> u64 {
    let before = breaks.partition_point(|(place, _)| *place <= at);
    at + before.checked_sub(1).map_or(0, |last| breaks[last].1)
}

/// A segment of a message.
#[derive(Debug, Clone, Copy)]
pub struct Segment<'a> {
    tokens: &'a Tokens,
    mark: Mark,
    elements: &'a [u32],
    index: usize,
}

impl<'a> Segment<'a> {
    /// Its tag; empty where it is no text.
    pub fn tag(&self) -> &'a str {
        std::str::from_utf8(self.tag_bytes()).unwrap_or_default()
    }

    /// The same as its bytes came.
    pub fn tag_bytes(&self) -> &'a [u8] {
        let tag = self.head();
        let end = tag.iter().position(|b| *b == self.tokens.service.component).unwrap_or(tag.len());
        &tag[..end]
    }

    /// What stands where its tag should, whatever it is.
    pub fn opening(&self) -> Cow<'a, str> {
        let end = self.elements.first().map_or(self.mark.end, |first| first.saturating_sub(1));
        Element::new(self.tokens, self.mark.start, end).component(1).unwrap_or_default()
    }

    /// Position within its message, UNH being 1.
    pub fn number(&self) -> u32 {
        u32::try_from(self.index + 1).unwrap_or(u32::MAX)
    }

    /// Bytes of the file before it.
    pub fn offset(&self) -> u64 {
        self.tokens.offset(self.mark.start)
    }

    /// How many elements it has, empty ones included.
    pub fn elements(&self) -> usize {
        self.elements.len()
    }

    /// Element `e` (from 1), even if nothing stands in it; none beyond the last.
    pub fn element(&self, e: usize) -> Option<Element<'a>> {
        let index = e.checked_sub(1)?;
        let start = *self.elements.get(index)?;
        let end = self.elements.get(index + 1).map_or(self.mark.end, |next| next.saturating_sub(1));
        let index = self.mark.first.saturating_add(u32::try_from(index).unwrap_or(u32::MAX));
        Some(Element { tokens: self.tokens, start, end, index, plain: false })
    }

    /// Where the components of element `e` (from 1) begin, with the place behind them, and whether its bytes are its text; none where that is not known.
    #[inline]
    pub(super) fn known(&self, e: usize) -> Option<(&'a [u32], bool)> {
        self.tokens.components.starts(self.mark.first.checked_add(u32::try_from(e.checked_sub(1)?).ok()?)?)
    }

    /// The bytes of the message between two places.
    #[inline]
    pub(super) fn between(&self, start: u32, end: u32) -> &'a [u8] {
        self.tokens.bytes.get(start as usize..end as usize).unwrap_or_default()
    }

    /// Calls `found` with each element and component of its first repetition (both from 1) that says something, and with component 0 of an element that
    /// has further repetitions.
    pub fn each_saying(&self, mut found: impl FnMut(usize, usize)) {
        for e in 1..=self.elements.len() {
            let known = self.known(e);
            if let Some((starts, true)) = known {
                let says = |pair: &[u32]| pair[0] + 1 < pair[1];
                starts.windows(2).zip(1..).filter(|(pair, _)| says(pair)).for_each(|(_, c)| found(e, c));
                continue;
            }
            let Some(element) = self.element(e) else { continue };
            element.saying().for_each(|c| found(e, c));
            if element.is_repeated() {
                found(e, 0);
            }
        }
    }

    /// Does component `c` (from 1) of the first repetition of element `e` (from 1) say anything?
    pub fn says(&self, e: usize, c: usize) -> bool {
        self.element(e).is_some_and(|element| element.says(c))
    }

    /// What component `c` (from 1) of the first repetition of element `e` (from 1) says; none where it says nothing.
    pub fn component(&self, e: usize, c: usize) -> Option<Cow<'a, str>> {
        self.element(e)?.component(c)
    }

    /// The same, empty where it says nothing.
    pub fn text(&self, e: usize, c: usize) -> Cow<'a, str> {
        self.component(e, c).unwrap_or_default()
    }

    /// What component `c` of element `e` says as bytes, without blanks around it: of codes, cheaper than [`Segment::text`]. None where the bytes are not
    /// the text: released characters, repetitions, what is not ASCII.
    pub fn code(&self, e: usize, c: usize) -> Option<&'a [u8]> {
        let Some(element) = self.element(e) else { return Some(&[]) };
        let before = c.checked_sub(1)?;
        if let Some((starts, plain)) = self.tokens.components.starts(element.index) {
            let part = element.between(starts, c).map_or(&[][..], |part| part.raw());
            return plain.then(|| part.trim_ascii());
        }
        let (raw, service) = (element.raw(), &self.tokens.service);
        let odd = |b: &u8| service.release == Some(*b) || service.repetition == Some(*b) || !b.is_ascii();
        let part = raw.split(|b| *b == service.component).nth(before).unwrap_or_default();
        (!raw.iter().any(odd)).then(|| part.trim_ascii())
    }

    /// Bytes of the file before component `c` of element `e`; `c` 0 is the element, `e` 0 the segment. Where there is none, where it would have
    /// to stand: the end of what it is missing from.
    pub fn at(&self, e: usize, c: usize) -> u64 {
        if e == 0 {
            return self.offset();
        }
        self.element(e).map_or_else(|| self.tokens.offset(self.mark.end), |element| element.at(c))
    }

    /// Its bytes, without the terminator.
    pub fn raw(&self) -> &'a [u8] {
        self.tokens.bytes.get(self.mark.start as usize..self.mark.end as usize).unwrap_or_default()
    }

    /// The service characters in force.
    pub fn service(&self) -> &'a Service {
        &self.tokens.service
    }

    pub(super) fn charset(&self) -> Charset {
        self.tokens.charset
    }

    fn head(&self) -> &'a [u8] {
        let end = self.elements.first().map_or(self.mark.end, |first| first.saturating_sub(1));
        self.tokens.bytes.get(self.mark.start as usize..end as usize).unwrap_or_default()
    }
}

/// An element of a segment, or one of its repetitions.
#[derive(Debug, Clone, Copy)]
pub struct Element<'a> {
    tokens: &'a Tokens,
    start: u32,
    end: u32,
    /// Which element of the message it is; beyond all of them where it is none but a part of one.
    index: u32,
    /// Are its bytes known to be its text?
    plain: bool,
}

impl<'a> Element<'a> {
    fn new(tokens: &'a Tokens, start: u32, end: u32) -> Element<'a> {
        Element { tokens, start, end, index: u32::MAX, plain: false }
    }

    /// Its repetitions, at least one; each is an element of its own.
    pub fn repetitions(self) -> impl Iterator<Item = Element<'a>> + Clone {
        Parts { element: self, separator: self.tokens.service.repetition, next: Some(self.start) }
    }

    /// How many components its first repetition has, empty ones included.
    pub fn components(&self) -> usize {
        let known = self.tokens.components.starts(self.index);
        known.map_or_else(|| self.parts().count(), |(starts, _)| starts.len().saturating_sub(1))
    }

    /// Does component `c` (from 1) of its first repetition say anything?
    pub fn says(&self, c: usize) -> bool {
        self.part(c).is_some_and(|part| part.start < part.end)
    }

    /// Which components of its first repetition say something, from 1.
    pub fn saying(&self) -> impl Iterator<Item = usize> {
        let known = self.tokens.components.starts(self.index).map(|(starts, _)| starts);
        let parts = if known.is_none() { Some(self.parts()) } else { None };
        let known = known.unwrap_or_default().windows(2).map(|pair| pair[0] + 1 < pair[1]);
        known
            .chain(parts.into_iter().flatten().map(|part| part.start < part.end))
            .zip(1..)
            .filter(|(says, _)| *says)
            .map(|(_, c)| c)
    }

    /// Has it several repetitions?
    pub fn is_repeated(&self) -> bool {
        let known_not = self.tokens.components.starts(self.index).is_some_and(|(_, plain)| plain);
        !known_not && self.tokens.service.repetition.is_some() && self.repetitions().nth(1).is_some()
    }

    /// Are its bytes its text: ASCII without released characters and repetitions?
    pub(super) fn is_plain(&self) -> bool {
        self.plain || self.tokens.components.starts(self.index).is_some_and(|(_, plain)| plain)
    }

    /// May a byte of it stand outside of its character set, or be a control character?
    pub(super) fn may_be_strange(&self) -> bool {
        self.tokens.components.may_be_strange(self.index)
    }

    /// What component `c` (from 1) of its first repetition says; none where it says nothing.
    pub fn component(&self, c: usize) -> Option<Cow<'a, str>> {
        self.part(c)?.text()
    }

    /// What the components of its first repetition say, in order; none for those that say nothing.
    pub fn texts(&self) -> impl Iterator<Item = Option<Cow<'a, str>>> + Clone {
        self.parts().map(|part| part.text())
    }

    /// Component `c` (from 1) of its first repetition as its bytes came.
    pub fn component_raw(&self, c: usize) -> Option<&'a [u8]> {
        Some(self.part(c)?.raw())
    }

    /// Component `c` (from 1) of its first repetition, where it says something, as an element that has no other.
    #[inline]
    pub fn saying_part(&self, c: usize) -> Option<Element<'a>> {
        self.part(c).filter(|part| part.start < part.end)
    }

    /// All it says as one text, release characters resolved; none where it says nothing. Of an element that is one component.
    #[inline]
    pub fn whole(&self) -> Option<Cow<'a, str>> {
        self.text()
    }

    /// Bytes of the file before component `c` (from 1), or before the element itself (0). Where there is none, the end of the element.
    pub fn at(&self, c: usize) -> u64 {
        let place = if c == 0 { self.start } else { self.part(c).map_or(self.first().end, |part| part.start) };
        self.tokens.offset(place)
    }

    /// The service characters in force.
    pub fn service(&self) -> &'a Service {
        &self.tokens.service
    }

    /// Its bytes as they came, all repetitions included.
    pub fn raw(&self) -> &'a [u8] {
        self.tokens.bytes.get(self.start as usize..self.end as usize).unwrap_or_default()
    }

    /// The components of its first repetition as their bytes came.
    pub(super) fn raws(&self) -> impl Iterator<Item = &'a [u8]> {
        let (known, tokens) = (self.tokens.components.starts(self.index), self.tokens);
        let parts = if known.is_none() { Some(self.parts()) } else { None };
        let known = known.map(|(starts, _)| starts).unwrap_or_default().windows(2);
        let known = known.map(move |pair| Element::new(tokens, pair[0], pair[1].saturating_sub(1)));
        known.chain(parts.into_iter().flatten()).map(|part| part.raw())
    }

    /// Component `c`, by where the components of this element begin.
    fn between(&self, starts: &[u32], c: usize) -> Option<Element<'a>> {
        let (start, next) = (*starts.get(c.checked_sub(1)?)?, *starts.get(c)?);
        Some(Element::new(self.tokens, start, next.saturating_sub(1)))
    }

    fn part(&self, c: usize) -> Option<Element<'a>> {
        if let Some((starts, plain)) = self.tokens.components.starts(self.index) {
            return self.between(starts, c).map(|part| Element { plain, ..part });
        }
        self.look_for(c)
    }

    /// In one pass, which stops behind it.
    fn look_for(&self, c: usize) -> Option<Element<'a>> {
        let (raw, service) = (self.raw(), &self.tokens.service);
        let (mut left, mut start, mut at) = (c.checked_sub(1)?, 0, 0);
        while let Some(b) = raw.get(at) {
            if *b == service.component {
                if left == 0 {
                    break;
                }
                (left, start) = (left - 1, at + 1);
            } else if service.release == Some(*b) {
                at += 1;
            } else if service.repetition == Some(*b) {
                break;
            }
            at += 1;
        }
        let place = |n: usize| self.start.saturating_add(u32::try_from(n.min(raw.len())).unwrap_or(u32::MAX));
        (left == 0).then(|| Element::new(self.tokens, place(start), place(at)))
    }

    fn parts(&self) -> Parts<'a> {
        let first = self.first();
        Parts { element: first, separator: Some(self.tokens.service.component), next: Some(first.start) }
    }

    fn first(&self) -> Element<'a> {
        match self.tokens.service.repetition {
            Some(c) if memchr::memchr(c, self.raw()).is_some() => self.repetitions().next().unwrap_or(*self),
            _ => *self,
        }
    }

    /// As one text, release characters resolved.
    fn text(&self) -> Option<Cow<'a, str>> {
        let raw = self.raw();
        if raw.is_empty() {
            return None;
        }
        if self.plain {
            return std::str::from_utf8(raw).ok().map(Cow::Borrowed);
        }
        match self.tokens.service.release.filter(|release| memchr::memchr(*release, raw).is_some()) {
            None => Some(self.tokens.charset.decode(raw)),
            Some(release) => {
                let plain = released(raw, release);
                if plain.is_ascii() {
                    return String::from_utf8(plain).ok().map(Cow::Owned);
                }
                Some(Cow::Owned(self.tokens.charset.decode(&plain).into_owned()))
            }
        }
    }
}

/// Without its release characters; one at the very end has nothing to release and stays.
pub(super) fn released(raw: &[u8], release: u8) -> Vec<u8> {
    let mut plain = Vec::with_capacity(raw.len());
    let mut bytes = raw.iter().copied();
    while let Some(b) = bytes.next() {
        plain.push(if b == release { bytes.next().unwrap_or(b) } else { b });
    }
    plain
}

/// What a separator separates.
#[derive(Clone)]
struct Parts<'a> {
    element: Element<'a>,
    separator: Option<u8>,
    next: Option<u32>,
}

impl<'a> Iterator for Parts<'a> {
    type Item = Element<'a>;

    fn next(&mut self) -> Option<Element<'a>> {
        let start = self.next?;
        let Element { tokens, end, .. } = self.element;
        let found = self.separator.and_then(|separator| {
            let bytes = tokens.bytes.get(start as usize..end as usize)?;
            let (release, mut at) = (tokens.service.release, 0);
            loop {
                at += bytes.get(at..)?.iter().position(|b| *b == separator || release == Some(*b))?;
                if bytes.get(at) == Some(&separator) {
                    return Some(start + u32::try_from(at).ok()?);
                }
                at += 2;
            }
        });
        self.next = found.map(|at| at + 1);
        Some(Element::new(tokens, start, found.unwrap_or(end)))
    }
}
