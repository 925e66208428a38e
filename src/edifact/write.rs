//! Segments to bytes: service characters, character set, release, envelopes and their counts.
//!
//! Counts and the references of trailers are computed, separators at the end of segments and elements are left out, exactly the service
//! characters in force are released, and what the character set cannot hold is written otherwise and told ([`Loss`]).

use std::borrow::Cow;

use super::charset::Charset;
use super::envelope::{Acknowledge, Address, Envelope, MessageType};
use super::service::Service;
use super::strange;

/// How an interchange is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub service: Service,
    /// Is UNA written? It is in any case where the service characters are not those by default.
    pub una: bool,
    pub line_ends: LineEnds,
    /// Is what the character set lacks written with other characters (`œ` as `oe`)? If not, as `?`.
    pub transliterate: bool,
}

/// What follows the terminator of each segment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LineEnds {
    #[default]
    None,
    Lf,
    CrLf,
}

impl Default for Settings {
    fn default() -> Settings {
        let service = Service { declared: true, ..Service::DEFAULT };
        Settings { service, una: true, line_ends: LineEnds::None, transliterate: true }
    }
}

/// A character that was not written as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    pub tag: String,
    /// Position within the message, UNH being 1; 0 outside messages.
    pub segment: u32,
    pub element: u32,
    pub component: u32,
    pub from: char,
    /// What stands for it; empty where nothing does.
    pub to: String,
}

/// A segment to be written: `Line::new("NAD").with("BY").with(["5790000436101", "", "9"])`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line<'a> {
    pub tag: Cow<'a, str>,
    /// Elements, their repetitions, their components.
    pub elements: Vec<Vec<Vec<Cow<'a, str>>>>,
}

/// What can be an element.
pub trait IntoElement<'a> {
    fn into_element(self) -> Vec<Cow<'a, str>>;
}

impl<'a> IntoElement<'a> for &'a str {
    fn into_element(self) -> Vec<Cow<'a, str>> {
        vec![Cow::Borrowed(self)]
    }
}

impl<'a> IntoElement<'a> for String {
    fn into_element(self) -> Vec<Cow<'a, str>> {
        vec![Cow::Owned(self)]
    }
}

impl<'a> IntoElement<'a> for &'a String {
    fn into_element(self) -> Vec<Cow<'a, str>> {
        vec![Cow::Borrowed(self)]
    }
}

impl<'a, const N: usize> IntoElement<'a> for [&'a str; N] {
    fn into_element(self) -> Vec<Cow<'a, str>> {
        self.into_iter().map(Cow::Borrowed).collect()
    }
}

impl<'a> IntoElement<'a> for Vec<Cow<'a, str>> {
    fn into_element(self) -> Vec<Cow<'a, str>> {
        self
    }
}

impl<'a> IntoElement<'a> for Vec<String> {
    fn into_element(self) -> Vec<Cow<'a, str>> {
        self.into_iter().map(Cow::Owned).collect()
    }
}

impl<'a> Line<'a> {
    pub fn new(tag: impl Into<Cow<'a, str>>) -> Line<'a> {
        Line { tag: tag.into(), elements: Vec::new() }
    }

    /// With one more element: a text, or the texts of its components.
    #[must_use]
    pub fn with(mut self, element: impl IntoElement<'a>) -> Line<'a> {
        self.elements.push(vec![element.into_element()]);
        self
    }

    /// With an element that says nothing.
    #[must_use]
    pub fn skip(self) -> Line<'a> {
        self.with("")
    }

    /// With one more repetition of the last element. Written only where the service characters have a repetition separator.
    #[must_use]
    pub fn again(mut self, element: impl IntoElement<'a>) -> Line<'a> {
        match self.elements.last_mut() {
            Some(last) => last.push(element.into_element()),
            None => self.elements.push(vec![element.into_element()]),
        }
        self
    }

    /// With component `c` (from 1) of element `e` (from 1) set, whatever comes before it.
    pub fn set(&mut self, e: usize, c: usize, text: impl Into<Cow<'a, str>>) {
        let (Some(e), Some(c)) = (e.checked_sub(1), c.checked_sub(1)) else { return };
        if self.elements.len() <= e {
            self.elements.resize(e + 1, Vec::new());
        }
        let element = &mut self.elements[e];
        if element.is_empty() {
            element.push(Vec::new());
        }
        if element[0].len() <= c {
            element[0].resize(c + 1, Cow::Borrowed(""));
        }
        element[0][c] = text.into();
    }
}

/// A text as it is written under the set that 0001 names, whatever of it the set lacks written with other characters. Nothing else is said of
/// it: it may be longer than it was, and what is cut to a length is cut after this.
pub fn as_written<'t>(text: &'t str, syntax: &str) -> Cow<'t, str> {
    let charset = Charset::of(syntax);
    let mut bytes = Vec::new();
    if text.chars().all(|c| charset.encode(c, &mut bytes)) {
        return Cow::Borrowed(text);
    }
    let mut written = String::with_capacity(text.len());
    for c in text.chars() {
        if charset.encode(c, &mut bytes) {
            written.push(c);
            continue;
        }
        let before = written.len();
        for c in strange::plain(c).chars() {
            written.extend([c, c.to_ascii_uppercase()].into_iter().find(|c| charset.encode(*c, &mut bytes)));
        }
        if written.len() == before {
            written.push('?');
        }
    }
    Cow::Owned(written)
}

/// Where a line was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Written {
    /// Position within its message, UNH being 1; 0 outside messages.
    pub segment: u32,
    /// Bytes before it.
    pub offset: u64,
}

/// Writes interchanges.
#[derive(Debug)]
pub struct Writer {
    settings: Settings,
    /// The service characters in force in the interchange under way.
    service: Service,
    charset: Charset,
    bytes: Vec<u8>,
    losses: Vec<Loss>,
    /// The reference of the interchange under way, and how many messages and packages it has.
    interchange: Option<(String, u64)>,
    message: Option<(String, u32)>,
}

impl Writer {
    pub fn new(settings: Settings) -> Writer {
        Writer {
            service: settings.service,
            settings,
            charset: Charset::of("UNOB"),
            bytes: Vec::new(),
            losses: Vec::new(),
            interchange: None,
            message: None,
        }
    }

    /// Begins an interchange: UNA if asked for, and UNB. What the envelope says of service characters does not count; the settings do.
    /// One under way is ended.
    pub fn begin(&mut self, envelope: &Envelope) -> Written {
        self.end();
        self.charset = Charset::of(&envelope.syntax);
        let four = envelope.version == "4";
        let usual = Service { declared: false, repetition: None, ..self.settings.service } == Service::DEFAULT;
        let una = self.settings.una || !usual;
        self.service = self.settings.service;
        self.service.repetition = match self.settings.service.repetition {
            _ if !four => None,
            // Without UNA readers of version 4 take `*` for it.
            _ if !una => Some(b'*'),
            declared => declared,
        };
        if una {
            let Service { component, element, decimal, release, repetition, terminator, .. } = self.service;
            let (release, repetition) = (release.unwrap_or(b' '), repetition.unwrap_or(b' '));
            self.bytes.extend_from_slice(b"UNA");
            self.bytes.extend_from_slice(&[component, element, decimal, release, repetition, terminator]);
            self.end_line();
        }
        let address = |address: &Address| {
            let sub = if four { address.sub.clone() } else { String::new() };
            vec![address.id.clone(), address.qualifier.clone(), address.internal.clone(), sub]
        };
        let acknowledge = match envelope.acknowledge {
            Acknowledge::No => "",
            Acknowledge::Yes => "1",
            Acknowledge::Receipt => "2",
        };
        let line = Line::new("UNB")
            .with([
                envelope.syntax.as_str(),
                envelope.version.as_str(),
                "",
                if four { envelope.encoding.as_str() } else { "" },
            ])
            .with(address(&envelope.sender))
            .with(address(&envelope.recipient))
            .with([envelope.prepared.date.as_str(), envelope.prepared.time.as_str()])
            .with(envelope.reference.as_str())
            .skip()
            .with(envelope.application.as_str())
            .with(envelope.priority.as_str())
            .with(acknowledge)
            .with(envelope.agreement.as_str())
            .with(envelope.test.as_str());
        let written = self.line(&line);
        self.interchange = Some((envelope.reference.clone(), 0));
        written
    }

    /// Begins a message: UNH. One under way is ended.
    pub fn message(&mut self, reference: &str, kind: &MessageType, access: &str) -> Written {
        self.end_message();
        if let Some((_, count)) = &mut self.interchange {
            *count += 1;
        }
        self.message = Some((reference.to_owned(), 0));
        let MessageType { name, version, release, agency, association, codes, subfunction } = kind;
        let kind = [name, version, release, agency, association, codes, subfunction].map(String::as_str);
        self.line(&Line::new("UNH").with(reference).with(kind).with(access))
    }

    /// Writes octets beside messages (UNO to UNP, version 4): what they refer to (0813, 0802), what they are (0805, 0809, 0808). A message under
    /// way is ended. Where the data begins is told.
    pub fn package(&mut self, reference: &str, refers: [&str; 2], kind: [&str; 3], data: &[u8]) -> u64 {
        self.end_message();
        if let Some((_, count)) = &mut self.interchange {
            *count += 1;
        }
        let length = data.len().to_string();
        self.put_line(&Line::new("UNO").with(reference).with(refers).with(kind).with(length.as_str()));
        let offset = self.bytes.len() as u64;
        // Octets follow the terminator at once: a line end would be counted among them.
        self.bytes.extend_from_slice(data);
        self.line(&Line::new("UNP").with(length).with(reference));
        offset
    }

    /// Writes a segment.
    pub fn line(&mut self, line: &Line<'_>) -> Written {
        let written = self.put_line(line);
        self.end_line();
        written
    }

    fn put_line(&mut self, line: &Line<'_>) -> Written {
        if let Some((_, count)) = &mut self.message {
            *count += 1;
        }
        let written = Written { segment: self.segments(), offset: self.bytes.len() as u64 };
        let Service { element: separator, repetition, terminator, component, .. } = self.service;
        self.text(&line.tag, &line.tag, (0, 0));
        let says = |components: &Vec<Cow<'_, str>>| components.iter().any(|c| !c.is_empty());
        let last = line.elements.iter().rposition(|element| element.iter().any(says)).map_or(0, |last| last + 1);
        for (e, element) in line.elements.iter().take(last).enumerate() {
            self.bytes.push(separator);
            let times = if repetition.is_some() { element.len() } else { 1 };
            let times = element.iter().take(times).rposition(says).map_or(0, |last| last + 1);
            for (n, components) in element.iter().take(times).enumerate() {
                if n > 0 {
                    self.bytes.extend(repetition);
                }
                let last = components.iter().rposition(|c| !c.is_empty()).map_or(0, |last| last + 1);
                for (c, text) in components.iter().take(last).enumerate() {
                    if c > 0 {
                        self.bytes.push(component);
                    }
                    self.text(text, &line.tag, (e + 1, c + 1));
                }
            }
        }
        self.bytes.push(terminator);
        written
    }

    /// Ends the message under way: UNT.
    pub fn end_message(&mut self) {
        if let Some((reference, count)) = self.message.clone() {
            self.line(&Line::new("UNT").with((count + 1).to_string()).with(reference));
            self.message = None;
        }
    }

    /// Ends the interchange under way, and the message in it: UNZ.
    pub fn end(&mut self) {
        self.end_message();
        if let Some((reference, count)) = self.interchange.take() {
            self.line(&Line::new("UNZ").with(count.to_string()).with(reference));
        }
    }

    /// The bytes, everything under way ended, and what could not be written as it is.
    pub fn finish(mut self) -> (Vec<u8>, Vec<Loss>) {
        self.end();
        (self.bytes, self.losses)
    }

    /// Position of the segment written last within its message.
    pub fn segments(&self) -> u32 {
        self.message.as_ref().map_or(0, |(_, count)| *count)
    }

    fn end_line(&mut self) {
        self.bytes.extend_from_slice(match self.settings.line_ends {
            LineEnds::None => b"",
            LineEnds::Lf => b"\n",
            LineEnds::CrLf => b"\r\n",
        });
    }

    /// Writes a text, each character as the set has it.
    fn text(&mut self, text: &str, tag: &str, (element, component): (usize, usize)) {
        for c in text.chars() {
            if self.put(c) {
                continue;
            }
            let stands_for = if self.settings.transliterate { strange::plain(c) } else { Cow::Borrowed("?") };
            let mut to = String::new();
            for c in stands_for.chars() {
                // Level A has no lower case.
                if let Some(c) = [c, c.to_ascii_uppercase()].into_iter().find(|c| self.put(*c)) {
                    to.push(c);
                }
            }
            // Nothing is left out without a trace.
            if to.is_empty() && self.put('?') {
                to.push('?');
            }
            let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let (element, component) = (small(element), small(component));
            self.losses.push(Loss { tag: tag.to_owned(), segment: self.segments(), element, component, from: c, to });
        }
    }

    /// Writes a character if the set has it and it can be told from the service characters.
    fn put(&mut self, c: char) -> bool {
        let before = self.bytes.len();
        if !self.charset.encode(c, &mut self.bytes) {
            return false;
        }
        let active =
            self.bytes.get(before).is_some_and(|b| self.bytes.len() == before + 1 && self.service.is_active(*b));
        match self.service.release {
            Some(release) if active => self.bytes.insert(before, release),
            None if active => {
                self.bytes.truncate(before);
                return false;
            }
            _ => {}
        }
        true
    }
}
