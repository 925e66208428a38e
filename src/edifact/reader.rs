//! The stream of an interchange: segments in, events out, one message in memory at a time.

use std::collections::VecDeque;
use std::io::Read;
use std::sync::Arc;

use super::charset::Charset;
use super::detect::{HEAD_BYTES, Head, HeadOddity, head, is_wide};
use super::envelope::{Envelope, said};
use super::events::Event;
use super::fault::{Concern, Level, Place, Refusal, RefusalKind};
use super::faults::Faults;
use super::segment::Tokens;
use super::service::Service;
use super::session::{Piece, Session};
use super::strictness::Strictness;
use super::window::{Found, Stop, Window};
use super::words;
use crate::interchange::after_blanks;
use crate::limits;

/// How a file is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    pub strictness: Strictness,
    /// May elements repeat where 0002 is 4? Off for senders who declare `*` and write it in texts.
    pub repetition: bool,
}

impl Default for Options {
    fn default() -> Options {
        Options { strictness: Strictness::LENIENT, repetition: true }
    }
}

/// A file of interchanges, read as a stream.
pub struct Interchange<R> {
    window: Window<R>,
    options: Options,
    events: VecDeque<Event>,
    session: Option<Session>,
    opened: bool,
    /// Why nothing behind the head that was just read can be.
    refused: Option<Refusal>,
    /// Has an interchange begun in this file?
    any: bool,
    over: bool,
}

impl<R: Read> Interchange<R> {
    pub fn new(source: R, options: Options) -> Interchange<R> {
        let window = Window::new(source);
        Interchange {
            window,
            options,
            events: VecDeque::new(),
            session: None,
            opened: false,
            refused: None,
            any: false,
            over: false,
        }
    }

    /// What comes next; none at the end of the file.
    ///
    /// # Errors
    /// Nothing further can be read. What came before stands; nothing comes after.
    pub fn next_event(&mut self) -> Result<Option<Event>, Refusal> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            if let Some(refusal) = self.refused.take() {
                self.over = true;
                return Err(refusal);
            }
            if self.over {
                return Ok(None);
            }
            if let Err(refusal) = self.step() {
                self.over = true;
                self.session = None;
                self.events.clear();
                return Err(refusal);
            }
        }
    }

    #[cfg(test)]
    pub(super) fn room(&self) -> usize {
        self.window.room()
    }

    fn step(&mut self) -> Result<(), Refusal> {
        if !self.opened {
            self.opened = true;
            self.window.open().map_err(|stop| self.stopped(stop))?;
            if is_wide(self.window.rest()) {
                return Err(self.refusal(RefusalKind::Encoding, 21, words::wide()));
            }
        }
        match self.session.is_some() {
            false => self.outside(),
            true => self.inside(),
        }
    }

    /// Looks for the next interchange.
    fn outside(&mut self) -> Result<(), Refusal> {
        let (mut passed, mut first) = (0_usize, None);
        loop {
            let spare = self.window.skip_between();
            spare.map_err(|stop| self.stopped(stop))?;
            let enough = self.window.at_least(HEAD_BYTES);
            enough.map_err(|stop| self.stopped(stop))?;
            let rest = self.window.rest();
            if rest.starts_with(b"\xEF\xBB\xBF") {
                self.window.consume(3);
                continue;
            }
            if let Some(found) = head(rest) {
                if let Some((position, tag)) = first {
                    self.stray(position, tag);
                }
                return self.begin(found);
            }
            if rest.is_empty() {
                return self.nothing_more(first);
            }
            if first.is_none() {
                first = Some((self.window.position(), self.looks_like()));
            }
            // To the next place where a head could stand.
            let rest = self.window.rest();
            let next = memchr::memchr(b'U', &rest[1..]).map_or(rest.len(), |at| at + 1);
            passed = passed.saturating_add(next);
            self.window.consume(next);
            if !self.any && passed > limits::EDIFACT_OUTSIDE_BYTES {
                return Err(self.refusal(RefusalKind::NotEdifact, 33, words::no_head()));
            }
        }
    }

    fn nothing_more(&mut self, stray: Option<(u64, &'static str)>) -> Result<(), Refusal> {
        match (self.any, stray) {
            (false, None) => Err(self.refusal(RefusalKind::Empty, 18, words::empty())),
            (false, Some((_, "UI"))) => Err(self.refusal(RefusalKind::Envelope, 47, words::interactive())),
            (false, Some((_, "UN"))) => Err(self.refusal(RefusalKind::ServiceCharacters, 20, words::no_service())),
            (false, Some(_)) => Err(self.refusal(RefusalKind::NotEdifact, 33, words::no_head())),
            (true, Some((position, tag))) => {
                self.stray(position, tag);
                self.over = true;
                Ok(())
            }
            (true, None) => {
                self.over = true;
                Ok(())
            }
        }
    }

    /// What stands where an interchange should begin: interactive EDIFACT, a head whose characters are not usable, or anything.
    fn looks_like(&self) -> &'static str {
        match self.window.rest() {
            [b'U', b'I', b'B' | b'H', ..] => "UI",
            [b'U', b'N', b'A' | b'B', c, ..] if !c.is_ascii_alphanumeric() => "UN",
            _ => "",
        }
    }

    /// Tells of data outside interchanges.
    fn stray(&mut self, position: u64, _: &str) {
        let place = Place { offset: self.window.raw_offset(position), ..Place::default() };
        let mut faults = Faults::new(self.options.strictness);
        faults.add(Concern::Structure, 33, Level::Interchange, "", place, words::outside());
        self.events.extend(faults.list.into_iter().map(Event::Fault));
    }

    fn begin(&mut self, head: Head) -> Result<(), Refusal> {
        let una = self.window.raw_offset(self.window.position());
        let refused = head.oddity.filter(|oddity| matches!(oddity, HeadOddity::Foreign(..))).map(|oddity| Refusal {
            kind: RefusalKind::ServiceCharacters,
            code: 20,
            offset: una,
            what: words::una(oddity),
        });
        self.window.consume(head.unb);
        self.window.set_service(&head.service);
        let (found, position) = (self.window.segment(), self.window.position());
        let found = found.map_err(|stop| self.stopped(stop))?;
        let Some(found) = found.filter(|found| found.terminated) else {
            let what = words::unterminated("UNB");
            return Err(refused.unwrap_or_else(|| self.refusal(RefusalKind::ServiceCharacters, 22, what)));
        };
        let mut tokens = Tokens::new(head.service, Charset::of("UNOB"), position);
        tokens.push(self.window.bytes(found), found.start, found.end, &self.window.elements);
        tokens.set_breaks(self.window.breaks().to_vec());
        self.window.consume(found.end + 1);
        // The syntax identifier tells the character set of everything else, names of sender and recipient included.
        let (syntax, version) = tokens.segment(0).map(|unb| (said(unb, 1, 1), said(unb, 1, 2))).unwrap_or_default();
        let charset = Charset::of(&syntax);
        let mut service = head.service;
        let repeats = version == "4" && self.options.repetition;
        service.repetition = match service.declared {
            _ if !repeats => None,
            true => service.repetition,
            false if service == Service::DEFAULT => Some(b'*'),
            false => None,
        };
        tokens.set_service(service, charset);
        let Some(unb) = tokens.segment(0) else {
            return Err(self.refusal(RefusalKind::ServiceCharacters, 22, words::unterminated("UNB")));
        };
        self.any = true;
        if refused.is_some() {
            // Who writes to whom can be read, so that CONTRL can say it, with separators that can be used.
            let envelope = Envelope::of(unb, Service { declared: true, ..Service::DEFAULT });
            self.events.push_back(Event::Begin(Arc::new(envelope)));
            self.refused = refused;
            return Ok(());
        }
        let envelope = Arc::new(Envelope::of(unb, service));
        self.events.push_back(Event::Begin(envelope.clone()));
        let mut session = Session::new(envelope, charset, self.options.strictness);
        session.begin(unb, head.oddity, una, self.window.wrapped, &mut self.events);
        self.session = Some(session);
        Ok(())
    }

    /// Reads a segment of the interchange under way.
    fn inside(&mut self) -> Result<(), Refusal> {
        let found = self.window.segment();
        let found = found.map_err(|stop| self.stopped(stop))?;
        let Some(session) = self.session.as_mut() else { return Ok(()) };
        let Some(found) = found.filter(|found| found.terminated || closes(&self.window, *found)) else {
            // The end of the file, in the middle of the interchange and perhaps of a segment.
            let at = found.map(|found| self.window.raw_offset(self.window.position() + found.start as u64));
            let end = self.window.raw_offset(self.window.position() + self.window.rest().len() as u64);
            session.cut_off(at, end, self.window.breaks(), &mut self.events);
            self.window.consume(usize::MAX);
            self.session = None;
            self.over = true;
            return Ok(());
        };
        let rest = self.window.rest();
        let starts = rest.get(found.start..).unwrap_or_default();
        if matches!(starts, [b'U', b'N', b'A' | b'B', ..]) && is_head(&mut self.window, found) {
            let Some(mut session) = self.session.take() else { return Ok(()) };
            let offset = self.window.raw_offset(self.window.position() + found.start as u64);
            session.end_without_trailer(offset, self.window.breaks(), &mut self.events);
            self.window.consume(found.start);
            return Ok(());
        }
        let position = self.window.position();
        let breaks = self.window.breaks();
        let (bytes, elements) = (self.window.bytes(found), &self.window.elements);
        let octets = session.segment(Piece { bytes, found, elements, position, breaks }, &mut self.events);
        self.window.consume(found.end + usize::from(found.terminated));
        if let Some(octets) = octets {
            self.package(octets)?;
        }
        if self.session.as_ref().is_some_and(Session::is_idle) {
            self.window.forget();
        }
        if self.session.as_ref().is_some_and(Session::is_over) {
            self.session = None;
        }
        Ok(())
    }

    /// Reads the octets that follow UNO.
    fn package(&mut self, octets: u64) -> Result<(), Refusal> {
        let offset = self.window.raw_offset(self.window.position());
        let keep = octets <= limits::EDIFACT_PACKAGE_BYTES as u64;
        let read = self.window.octets(octets, keep);
        let (read, data) = read.map_err(|stop| self.stopped(stop))?;
        if let Some(session) = self.session.as_mut() {
            session.octets(offset, read, data);
        }
        Ok(())
    }

    fn stopped(&self, stop: Stop) -> Refusal {
        match stop {
            Stop::Unreadable => self.refusal(RefusalKind::Unreadable, 18, words::unreadable()),
            Stop::Segment => self.refusal(RefusalKind::Limit, 39, words::long_segment()),
        }
    }

    fn refusal(&self, kind: RefusalKind, code: u8, what: crate::text::Text) -> Refusal {
        Refusal { kind, code, offset: self.window.raw_offset(self.window.position()), what }
    }
}

/// Is this the UNZ of a file that ends without a terminator?
fn closes<R: Read>(window: &Window<R>, found: Found) -> bool {
    after_blanks(window.rest().get(found.start..found.end).unwrap_or_default()).starts_with(b"UNZ")
}

/// Does another interchange begin where this segment was found?
fn is_head<R: Read>(window: &mut Window<R>, found: Found) -> bool {
    let enough = window.at_least(found.start + HEAD_BYTES);
    enough.is_ok() && head(window.rest().get(found.start..).unwrap_or_default()).is_some()
}
