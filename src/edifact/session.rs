//! An interchange under way: its groups, messages and packages, their counts and references.

use std::collections::VecDeque;
use std::sync::Arc;

use super::charset::Charset;
use super::detect::HeadOddity;
use super::envelope::{Envelope, Group, Prepared, said};
use super::events::{End, Event};
use super::fault::{Concern, Level, Place};
use super::faults::Faults;
use super::forms::service_forms;
use super::open::Open;
use super::parcel::Parcel;
use super::references::{Known, References};
use super::repertoire;
use super::segment::{Segment, Tokens};
use super::strictness::Strictness;
use super::window::Found;
use super::words;

pub(super) struct Session {
    envelope: Arc<Envelope>,
    charset: Charset,
    /// What the last message took: the next is mostly as large.
    room: [usize; 3],
    faults: Faults,
    messages: u64,
    packages: u64,
    groups: u64,
    /// Were there messages outside groups?
    bare: bool,
    mixed: bool,
    /// Were there more references than are remembered?
    unseen: bool,
    seen: References,
    group: Option<UnderWay>,
    message: Option<Open>,
    parcel: Option<Parcel>,
    over: bool,
}

/// A group under way.
struct UnderWay {
    group: Arc<Group>,
    messages: u64,
    seen: References,
    refused: bool,
}

/// A segment as the window found it.
#[derive(Clone, Copy)]
pub(super) struct Piece<'a> {
    /// With what stands before it, and its terminator.
    pub bytes: &'a [u8],
    pub found: Found,
    pub elements: &'a [u32],
    /// Of the first of `bytes`, line ends of a wrapped file not counted.
    pub position: u64,
    /// The line ends that were taken out.
    pub breaks: &'a [(u64, u64)],
}

impl Piece<'_> {
    /// Its tag, if it has three characters.
    fn tag(&self, component: u8) -> &[u8] {
        let segment = self.bytes.get(self.found.start..self.found.end).unwrap_or_default();
        let end = self.elements.first().map_or(segment.len(), |first| (*first as usize).saturating_sub(1));
        let head = segment.get(..end).unwrap_or_default();
        head.split(|b| *b == component).next().unwrap_or_default()
    }

    fn offset(&self) -> u64 {
        super::segment::raw_offset(self.breaks, self.position + self.found.start as u64)
    }
}

type Events = VecDeque<Event>;

impl Session {
    pub fn new(envelope: Arc<Envelope>, charset: Charset, strictness: Strictness) -> Session {
        Session {
            envelope,
            charset,
            room: [0; 3],
            faults: Faults::new(strictness),
            messages: 0,
            packages: 0,
            groups: 0,
            bare: false,
            mixed: false,
            unseen: false,
            seen: References::default(),
            group: None,
            message: None,
            parcel: None,
            over: false,
        }
    }

    /// Judges the head: UNA and UNB. `una` is the place of the whole.
    pub fn begin(
        &mut self,
        unb: Segment<'_>,
        oddity: Option<HeadOddity>,
        una: u64,
        wrapped: bool,
        events: &mut Events,
    ) {
        let at = |element, component: u32| {
            let offset = unb.at(element as usize, component as usize);
            Place { segment: 0, element, component, offset }
        };
        let level = Level::Interchange;
        if let Some(oddity) = oddity {
            let (code, place) =
                (if oddity == HeadOddity::Contradicted { 22 } else { 20 }, Place { offset: una, ..Place::default() });
            self.faults.add(Concern::ServiceCharacters, code, level, "UNA", place, words::una(oddity));
        }
        if wrapped {
            self.faults.add(
                Concern::Structure,
                21,
                level,
                "",
                Place { offset: una, ..Place::default() },
                words::wrapped(),
            );
        }
        let Envelope { syntax, version, encoding, .. } = &*self.envelope;
        if !self.charset.is_known() && !syntax.is_empty() {
            self.faults.add(Concern::Syntax, 2, level, "UNB", at(1, 1), words::syntax(syntax));
        }
        if syntax == "UNOX" {
            self.faults.add(Concern::Syntax, 2, level, "UNB", at(1, 1), words::escapes());
        }
        if !matches!(version.as_str(), "" | "1" | "2" | "3" | "4" | "X") {
            self.faults.add(Concern::Syntax, 2, level, "UNB", at(1, 2), words::version(version));
        }
        if matches!(encoding.as_str(), "5" | "6" | "8") {
            self.faults.add(Concern::Syntax, 2, level, "UNB", at(1, 4), words::narrow(encoding));
        }
        self.faults.breaches("UNB", level, true, service_forms(version).check(unb, version));
        // Digits of the right number; anything else is a breach of the form.
        let Prepared { date, time } = &self.envelope.prepared;
        let digits =
            |text: &str, lengths: &[usize]| lengths.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        if digits(date, &[6, 8]) && self.envelope.prepared.day().is_none() {
            self.faults.add(Concern::Forms, 12, level, "UNB", at(4, 1), words::no_day(date));
        }
        if digits(time, &[4]) && !(time.as_str() < "2400" && time.as_bytes()[2] < b'6') {
            self.faults.add(Concern::Forms, 12, level, "UNB", at(4, 2), words::no_time(time));
        }
        repertoire::judge(std::iter::once(unb), true, level, &mut self.faults);
        self.tell(events);
    }

    /// Takes a segment. How many octets follow that are no segments, if it says so (UNO).
    pub fn segment(&mut self, piece: Piece<'_>, events: &mut Events) -> Option<u64> {
        let component = self.envelope.service.component;
        let tag = piece.tag(component);
        let service = matches!(tag, [b'U', b'N' | b'I', b'A'..=b'Z']) && tag != b"UNS";
        let mut octets = None;
        if piece.found.spare > 0 {
            self.spare(&piece);
        }
        match (service, &mut self.message) {
            (false, Some(message)) => {
                message.push(piece.bytes, piece.found, piece.elements);
                return None;
            }
            (true, _) => match tag {
                b"UNH" => self.unh(piece, events),
                b"UNT" => self.unt(piece, events),
                b"UNG" => self.ung(piece, events),
                b"UNE" => self.une(piece, events),
                b"UNO" => octets = self.uno(piece, events),
                b"UNP" => self.unp(piece, events),
                b"UNZ" => self.unz(piece, events),
                // What else begins with UN or UI is some segment of a message, or has no place here.
                _ => match &mut self.message {
                    Some(message) => message.push(piece.bytes, piece.found, piece.elements),
                    None => self.stray(&piece, tag),
                },
            },
            (false, None) => self.stray(&piece, tag),
        }
        self.tell(events);
        octets
    }

    /// The octets that UNO announced.
    pub fn octets(&mut self, offset: u64, read: u64, data: Vec<u8>) {
        if let Some(parcel) = &mut self.parcel {
            parcel.octets(offset, read, data);
        }
    }

    /// Is nothing under way whose places are still to be told?
    pub fn is_idle(&self) -> bool {
        self.message.is_none() && self.parcel.is_none()
    }

    pub fn is_over(&self) -> bool {
        self.over
    }

    /// The file ends here, in the middle of the interchange, and of a segment if it has a place.
    pub fn cut_off(&mut self, segment: Option<u64>, end: u64, breaks: &[(u64, u64)], events: &mut Events) {
        if let Some(offset) = segment {
            let place = Place { offset, ..Place::default() };
            self.faults.add(Concern::Completeness, 13, Level::Interchange, "", place, words::cut_segment());
        }
        self.end_without_trailer(end, breaks, events);
    }

    /// UNZ never came; what stands at `offset` is something else.
    pub fn end_without_trailer(&mut self, offset: u64, breaks: &[(u64, u64)], events: &mut Events) {
        self.close_inner(offset, breaks, events);
        self.close_group(Some(offset), events);
        let what = words::no_trailer("UNZ", "UNB", &self.envelope.reference);
        let place = Place { offset, ..Place::default() };
        self.faults.add(Concern::Completeness, 13, Level::Interchange, "UNZ", place, what);
        self.end(false, events);
    }

    fn unh(&mut self, piece: Piece<'_>, events: &mut Events) {
        self.close_inner(piece.offset(), piece.breaks, events);
        self.messages += 1;
        let mut tokens = Tokens::new(self.envelope.service, self.charset, piece.position + piece.found.start as u64);
        tokens.reserve(self.room);
        let position = u32::try_from(self.messages).unwrap_or(u32::MAX);
        let faults = Faults::new(self.faults.strictness);
        let version = &self.envelope.version;
        let mut open = Open::new(tokens, piece.bytes, piece.found, piece.elements, position, faults, version);
        let place = Place { segment: 1, element: 1, component: 0, offset: piece.offset() };
        let seen = match &mut self.group {
            Some(group) => {
                group.messages += 1;
                let kind = &group.group.kind;
                if !kind.is_empty() && *kind != open.kind.name {
                    let what = words::kinds(kind, &open.kind.name);
                    open.faults.add(Concern::Structure, 31, Level::Message, "UNH", place, what);
                }
                &mut group.seen
            }
            None => {
                self.bare = true;
                &mut self.seen
            }
        };
        match seen.add(&open.reference) {
            Known::Twice => {
                let what = words::duplicate("0062", &open.reference);
                open.faults.add(Concern::Duplicates, 26, Level::Message, "UNH", place, what);
            }
            Known::Full => self.unseen(place.offset),
            Known::New => {}
        }
        self.message = Some(open);
        self.mixes(&piece, "UNH");
    }

    fn unt(&mut self, piece: Piece<'_>, events: &mut Events) {
        match self.message.take() {
            None => self.stray(&piece, b"UNT"),
            Some(mut open) => {
                let version = &self.envelope.version;
                open.trailer(piece.bytes, piece.found, piece.elements, piece.position, version);
                self.hand_on(open, piece.breaks, events);
            }
        }
    }

    fn ung(&mut self, piece: Piece<'_>, events: &mut Events) {
        self.close_inner(piece.offset(), piece.breaks, events);
        self.close_group(Some(piece.offset()), events);
        self.groups += 1;
        let tokens = self.alone(&piece);
        let Some(ung) = tokens.segment(0) else { return };
        let group = Arc::new(Group::of(ung));
        events.push_back(Event::GroupBegin(group.clone()));
        let under_way = UnderWay { group: group.clone(), messages: 0, seen: References::default(), refused: false };
        self.group = Some(under_way);
        self.judge(Level::Group, ung);
        let place = Place { segment: 0, element: 5, component: 0, offset: ung.at(5, 0) };
        match self.seen.add(&format!("UNG {}", group.reference)) {
            Known::Twice => {
                let what = words::duplicate("0048", &group.reference);
                self.add(Concern::Duplicates, 26, Level::Group, "UNG", place, what);
            }
            Known::Full => self.unseen(place.offset),
            Known::New => {}
        }
        self.mixes(&piece, "UNG");
    }

    fn une(&mut self, piece: Piece<'_>, events: &mut Events) {
        self.close_inner(piece.offset(), piece.breaks, events);
        let Some((messages, group)) = self.group.as_ref().map(|under| (under.messages, under.group.clone())) else {
            return self.stray(&piece, b"UNE");
        };
        let tokens = self.alone(&piece);
        if let Some(une) = tokens.segment(0) {
            self.judge(Level::Group, une);
            self.count(Level::Group, une, "0060", messages, ("messages", "messages"));
            self.reference(Level::Group, une, "UNG", "0048", &group.reference);
        }
        self.close_group(None, events);
    }

    fn unz(&mut self, piece: Piece<'_>, events: &mut Events) {
        self.close_inner(piece.offset(), piece.breaks, events);
        self.close_group(Some(piece.offset()), events);
        let tokens = self.alone(&piece);
        if let Some(unz) = tokens.segment(0) {
            self.judge(Level::Interchange, unz);
            let (count, what) = match self.groups {
                0 if self.packages > 0 => {
                    (self.messages + self.packages, ("messages et objets", "messages and packages"))
                }
                0 => (self.messages, ("messages", "messages")),
                groups => (groups, ("groupes", "groups")),
            };
            self.count(Level::Interchange, unz, "0036", count, what);
            let reference = self.envelope.reference.clone();
            self.reference(Level::Interchange, unz, "UNB", "0020", &reference);
        }
        if !piece.found.terminated {
            // One that says all it should is whole, but for its terminator.
            let says = |e| tokens.segment(0).map(|unz| said(unz, e, 1)).unwrap_or_default();
            let whole = says(2) == self.envelope.reference && !says(1).is_empty();
            let concern = if whole { Concern::Structure } else { Concern::Completeness };
            let place = Place { offset: piece.offset(), ..Place::default() };
            self.add(concern, 13, Level::Interchange, "UNZ", place, words::cut_segment());
        }
        if self.messages + self.packages + self.groups == 0 {
            let place = Place { offset: piece.offset(), ..Place::default() };
            // Acknowledged, it would be taken for received.
            self.add(Concern::Completeness, 32, Level::Interchange, "UNB", place, words::nothing_inside("UNB"));
        }
        self.end(true, events);
    }

    fn uno(&mut self, piece: Piece<'_>, events: &mut Events) -> Option<u64> {
        self.close_inner(piece.offset(), piece.breaks, events);
        self.packages += 1;
        if let Some(group) = &mut self.group {
            group.messages += 1;
        }
        let tokens = self.alone(&piece);
        let faults = Faults::new(self.faults.strictness);
        let mut parcel = Parcel::new(tokens, faults, &self.envelope.version, !piece.breaks.is_empty());
        let seen = self.group.as_mut().map_or(&mut self.seen, |group| &mut group.seen);
        match seen.add(&format!("UNO {}", parcel.reference)) {
            Known::Twice => parcel.duplicate(),
            Known::Full => self.unseen(piece.offset()),
            Known::New => {}
        }
        let octets = parcel.announced();
        self.parcel = Some(parcel);
        octets
    }

    fn unp(&mut self, piece: Piece<'_>, events: &mut Events) {
        match self.parcel.take() {
            None => self.stray(&piece, b"UNP"),
            Some(mut parcel) => {
                let tokens = self.alone(&piece);
                if let Some(unp) = tokens.segment(0) {
                    parcel.trailer(unp, &self.envelope.version);
                }
                let group = self.group.as_ref().map(|under| under.group.clone());
                events.push_back(Event::Package(Box::new(parcel.package(self.envelope.clone(), group))));
            }
        }
    }

    /// Something that belongs to no message.
    fn stray(&mut self, piece: &Piece<'_>, tag: &[u8]) {
        let place = Place { offset: piece.offset(), ..Place::default() };
        if let Some(parcel) = &mut self.parcel {
            return parcel.strange(place.offset);
        }
        let tag = String::from_utf8_lossy(tag.get(..3).unwrap_or(tag)).into_owned();
        // What stands in no message is not read: an invoice may have lost its header. A trailer alone says nothing.
        let trailer = matches!(tag.as_str(), "UNT" | "UNE" | "UNP");
        let concern = if trailer { Concern::Structure } else { Concern::Completeness };
        self.add(concern, 33, Level::Interchange, &tag, place, words::no_message(&tag));
    }

    fn spare(&mut self, piece: &Piece<'_>) {
        match &mut self.message {
            Some(message) => message.spare(piece.offset()),
            None => {
                let place = Place { offset: piece.offset(), ..Place::default() };
                self.add(Concern::Structure, 33, Level::Interchange, "", place, words::spare());
            }
        }
    }

    /// Ends the message or package under way, whose trailer never came.
    fn close_inner(&mut self, offset: u64, breaks: &[(u64, u64)], events: &mut Events) {
        if let Some(mut open) = self.message.take() {
            open.cut_off(offset);
            self.hand_on(open, breaks, events);
        }
        if let Some(mut parcel) = self.parcel.take() {
            parcel.cut_off(offset);
            let group = self.group.as_ref().map(|under| under.group.clone());
            events.push_back(Event::Package(Box::new(parcel.package(self.envelope.clone(), group))));
        }
    }

    fn hand_on(&mut self, open: Open, breaks: &[(u64, u64)], events: &mut Events) {
        self.room = open.tokens.size();
        let group = self.group.as_ref().map(|under| under.group.clone());
        let message = open.message(self.envelope.clone(), group, breaks.to_vec());
        events.push_back(Event::Message(Box::new(message)));
    }

    /// Ends the group under way; `missing` is where its UNE should have been.
    fn close_group(&mut self, missing: Option<u64>, events: &mut Events) {
        let Some((group, messages)) = self.group.as_ref().map(|under| (under.group.clone(), under.messages)) else {
            return;
        };
        if let Some(offset) = missing {
            let place = Place { offset, ..Place::default() };
            let what = words::no_trailer("UNE", "UNG", &group.reference);
            self.add(Concern::Completeness, 13, Level::Group, "UNE", place, what);
        }
        if messages == 0 {
            let place = Place { offset: group.offset, ..Place::default() };
            self.add(Concern::Completeness, 32, Level::Group, "UNG", place, words::nothing_inside("UNG"));
        }
        self.tell(events);
        let refused = self.group.take().is_some_and(|under| under.refused);
        events.push_back(Event::GroupEnd { group, refused });
    }

    fn end(&mut self, complete: bool, events: &mut Events) {
        self.tell(events);
        self.over = true;
        events.push_back(Event::End(End {
            envelope: self.envelope.clone(),
            messages: self.messages,
            groups: self.groups,
            packages: self.packages,
            refused: self.faults.refused == Some(Level::Interchange),
            complete,
            more: self.faults.more,
        }));
    }

    fn mixes(&mut self, piece: &Piece<'_>, tag: &str) {
        let outside = self.group.is_none() && self.groups > 0;
        if (outside || (self.groups > 0 && self.bare)) && !std::mem::replace(&mut self.mixed, true) {
            let place = Place { offset: piece.offset(), ..Place::default() };
            self.add(Concern::Structure, 30, Level::Interchange, tag, place, words::mixed());
        }
    }

    /// Holds a service segment outside messages against its form and its character set.
    fn judge(&mut self, level: Level, segment: Segment<'_>) {
        let version = self.envelope.version.clone();
        let before = self.faults.list.len();
        let breaches = service_forms(&version).check(segment, &version);
        self.faults.breaches(segment.tag(), level, true, breaches);
        repertoire::judge(std::iter::once(segment), true, level, &mut self.faults);
        let refused = self.faults.list.iter().skip(before).any(|fault| fault.refuses());
        self.refuse_group(level, refused);
    }

    fn count(&mut self, level: Level, segment: Segment<'_>, number: &str, counted: u64, what: (&str, &str)) {
        let count = said(segment, 1, 1);
        if !count.is_empty() && count.parse() != Ok(counted) {
            let place = Place { segment: 0, element: 1, component: 0, offset: segment.at(1, 0) };
            let what = words::count(segment.tag(), number, &count, counted, what);
            self.add(Concern::Counts, 29, level, segment.tag(), place, what);
        }
    }

    fn reference(&mut self, level: Level, segment: Segment<'_>, header: &str, number: &str, begun: &str) {
        let reference = said(segment, 2, 1);
        if !reference.is_empty() && reference != begun {
            let place = Place { segment: 0, element: 2, component: 0, offset: segment.at(2, 0) };
            let what = words::reference(segment.tag(), header, number, &reference, begun);
            self.add(Concern::References, 28, level, segment.tag(), place, what);
        }
    }

    fn unseen(&mut self, offset: u64) {
        let place = Place { offset, ..Place::default() };
        if !std::mem::replace(&mut self.unseen, true) {
            self.add(Concern::Duplicates, 26, Level::Interchange, "", place, words::duplicates_unseen());
        }
    }

    fn add(&mut self, concern: Concern, code: u8, level: Level, tag: &str, place: Place, what: crate::text::Text) {
        self.faults.add(concern, code, level, tag, place, what);
        let refuses = self.faults.strictness.answer(concern) == super::fault::Answer::Refuse;
        self.refuse_group(level, refuses);
    }

    fn refuse_group(&mut self, level: Level, refuses: bool) {
        if level == Level::Group
            && let Some(group) = &mut self.group
        {
            group.refused |= refuses;
        }
    }

    /// A service segment by itself.
    fn alone(&self, piece: &Piece<'_>) -> Tokens {
        let mut tokens = Tokens::new(self.envelope.service, self.charset, piece.position);
        tokens.push(piece.bytes, piece.found.start, piece.found.end, piece.elements);
        tokens.set_breaks(piece.breaks.to_vec());
        tokens
    }

    /// Hands on the faults of the interchange.
    fn tell(&mut self, events: &mut Events) {
        events.extend(self.faults.list.drain(..).map(Event::Fault));
    }
}
