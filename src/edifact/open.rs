//! A message under way, from UNH to UNT.

use std::sync::Arc;

use super::envelope::{Envelope, Group, MessageType, said};
use super::fault::{Concern, Level, Place};
use super::faults::Faults;
use super::forms::service_forms;
use super::message::Message;
use super::repertoire;
use super::segment::Tokens;
use super::window::Found;
use super::words;
use crate::limits;
use crate::text::Text;

pub(super) struct Open {
    pub tokens: Tokens,
    pub faults: Faults,
    pub reference: String,
    pub kind: MessageType,
    access: String,
    position: u32,
    /// Segments so far, kept or not.
    count: u64,
    /// Is it larger than a message may be? Then only its UNH is kept.
    lost: bool,
    head: Option<(Vec<u8>, Vec<u32>)>,
}

impl Open {
    /// A message begins with this UNH.
    pub fn new(
        mut tokens: Tokens,
        bytes: &[u8],
        found: Found,
        elements: &[u32],
        position: u32,
        mut faults: Faults,
        version: &str,
    ) -> Open {
        tokens.push(bytes.get(found.start..).unwrap_or_default(), 0, found.end - found.start, elements);
        let (mut reference, mut kind, mut access) = Default::default();
        if let Some(unh) = tokens.segment(0) {
            (reference, kind, access) = (said(unh, 1, 1), MessageType::of(unh), said(unh, 3, 1));
            faults.breaches("UNH", Level::Message, false, service_forms(version).check(unh, version));
        }
        let head = Some((tokens.bytes().to_vec(), elements.to_vec()));
        Open { tokens, faults, reference, kind, access, position, count: 1, lost: false, head }
    }

    /// Adds a segment, whose bytes begin with what stands before it.
    pub fn push(&mut self, bytes: &[u8], found: Found, elements: &[u32]) {
        self.count += 1;
        if self.lost {
            return;
        }
        let (segments, all) = self.tokens.len();
        let large = self.tokens.bytes().len() + bytes.len() > limits::EDIFACT_MESSAGE_BYTES
            || segments >= limits::EDIFACT_SEGMENTS
            || all + elements.len() > limits::EDIFACT_ELEMENTS;
        if large {
            return self.lose(35, words::large_message());
        }
        if elements.len() > limits::EDIFACT_SEGMENT_ELEMENTS {
            return self.lose(16, words::many("éléments", "elements", limits::EDIFACT_SEGMENT_ELEMENTS));
        }
        self.tokens.push(bytes, found.start, found.end, elements);
        if bytes.len() > limits::EDIFACT_COMPONENTS.min(limits::EDIFACT_REPETITIONS) {
            self.bounded();
        }
    }

    /// Is there an element with too many components or repetitions in the segment added last?
    fn bounded(&mut self) {
        let Some(last) = self.tokens.len().0.checked_sub(1).and_then(|n| self.tokens.segment(n)) else { return };
        let most = |separator: Option<u8>| {
            let count =
                |e: usize| separator.zip(last.element(e)).map_or(0, |(c, e)| memchr::memchr_iter(c, e.raw()).count());
            (1..=last.elements()).map(count).max().unwrap_or(0)
        };
        let (components, repetitions) = (most(Some(last.service().component)), most(last.service().repetition));
        if repetitions >= limits::EDIFACT_REPETITIONS {
            self.lose(35, words::many("répétitions", "repetitions", limits::EDIFACT_REPETITIONS));
        } else if components >= limits::EDIFACT_COMPONENTS {
            self.lose(16, words::many("composants", "components", limits::EDIFACT_COMPONENTS));
        }
    }

    /// Gives up what it holds but for UNH.
    fn lose(&mut self, code: u8, what: Text) {
        let offset = self.tokens.segment(0).map_or(0, |unh| unh.offset());
        let place = Place { segment: u32::try_from(self.count).unwrap_or(u32::MAX), offset, ..Place::default() };
        self.faults.add(Concern::Limit, code, Level::Message, "", place, what);
        self.lost = true;
        let tokens = Tokens::new(*self.tokens.service(), self.tokens.charset(), self.tokens.base());
        self.tokens = tokens;
        if let Some((bytes, elements)) = self.head.take() {
            self.tokens.push(&bytes, 0, bytes.len().saturating_sub(1), &elements);
        }
    }

    /// Its UNT came, and is its last segment. `tokens` has it alone where it was not kept.
    pub fn trailer(&mut self, bytes: &[u8], found: Found, elements: &[u32], base: u64, version: &str) {
        self.push(bytes, found, elements);
        let kept = self.tokens.len().0.checked_sub(1).filter(|_| !self.lost);
        let mut alone = Tokens::new(*self.tokens.service(), self.tokens.charset(), base);
        if kept.is_none() {
            alone.push(bytes, found.start, found.end, elements);
        }
        let Some(unt) = kept.and_then(|n| self.tokens.segment(n)).or_else(|| alone.segment(0)) else { return };
        self.faults.breaches("UNT", Level::Message, false, service_forms(version).check(unt, version));
        let (count, reference) = (said(unt, 1, 1), said(unt, 2, 1));
        let place =
            |element| Place { segment: unt.number(), element, component: 0, offset: unt.at(element as usize, 0) };
        if !count.is_empty() && count.parse() != Ok(self.count) {
            let what = words::count("UNT", "0074", &count, self.count, ("segments", "segments"));
            self.faults.add(Concern::Counts, 29, Level::Message, "UNT", place(1), what);
        }
        if !reference.is_empty() && reference != self.reference {
            let what = words::reference("UNT", "UNH", "0062", &reference, &self.reference);
            self.faults.add(Concern::References, 28, Level::Message, "UNT", place(2), what);
        }
    }

    /// Its UNT never came: something else stands at this place of the file.
    pub fn cut_off(&mut self, offset: u64) {
        let place = Place { segment: u32::try_from(self.count).unwrap_or(u32::MAX), offset, ..Place::default() };
        let what = words::no_trailer("UNT", "UNH", &self.reference);
        self.faults.add(Concern::Completeness, 13, Level::Message, "UNT", place, what);
    }

    pub fn spare(&mut self, offset: u64) {
        let place = Place { segment: u32::try_from(self.count).unwrap_or(u32::MAX), offset, ..Place::default() };
        self.faults.add(Concern::Structure, 15, Level::Segment, "", place, words::spare());
    }

    pub fn message(mut self, envelope: Arc<Envelope>, group: Option<Arc<Group>>, breaks: Vec<(u64, u64)>) -> Message {
        self.tokens.set_breaks(breaks);
        self.tokens.index();
        repertoire::judge_all(&self.tokens, &mut self.faults);
        let Open { tokens, faults, reference, kind, access, position, .. } = self;
        let Faults { mut list, more, .. } = faults;
        list.sort_by_key(|fault| fault.place.offset);
        Message { reference, kind, access, envelope, group, position, faults: list, more, tokens }
    }
}
