//! Text to tree, over quick-xml, with the well-formedness checks that quick-xml leaves to its caller.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::collections::HashMap;

use quick_xml::Reader;
use quick_xml::escape::resolve_xml_entity;
use quick_xml::events::{BytesStart, Event};

use super::grammar::{Outcome, XML_SPACE, declared, is_xml_char, is_xml_name, malformed, resolve_reference};
use super::name::Name;
use super::tree::{Attribute, Node, NodeId, Span, Tree};
use super::vocabulary::{UNKNOWN_SPACE, Vocabulary};
use super::{Refusal, RefusalKind, line};
use crate::limits;
use crate::text::trim;

impl<'a> Tree<'a> {
    /// Reads a document. Refuses, by name and place: anything not well-formed, a DTD, an entity other than the five of XML,
    /// and whatever passes a bound of `limits`.
    pub fn parse(source: Cow<'a, str>, vocabulary: &'static Vocabulary) -> Result<Tree<'a>, Refusal> {
        let mut builder = Builder::new(&source, vocabulary);
        let read = builder.read();
        let Builder { gathered, nodes, attributes, unknown, mixed, types, at, .. } = builder;
        match read {
            Ok(()) => {
                let (marks, positions) = (OnceCell::new(), OnceCell::new());
                Ok(Tree { source, gathered, nodes, attributes, unknown, mixed, types, vocabulary, marks, positions })
            }
            Err(mut refusal) => {
                refusal.place.get_or_insert_with(|| line::of(&source, at));
                Err(refusal)
            }
        }
    }
}

/// The prefix of a name space declaration, the number of its URI, and the depth at which it was declared.
struct Binding {
    prefix: String,
    uri: String,
    space: u8,
    depth: usize,
}

struct Builder<'s> {
    source: &'s str,
    vocabulary: &'static Vocabulary,
    gathered: String,
    nodes: Vec<Node>,
    attributes: Vec<Attribute>,
    unknown: Vec<(String, String, String)>,
    unknown_index: HashMap<(String, String), usize>,
    mixed: Vec<NodeId>,
    types: Vec<(NodeId, String)>,
    bindings: Vec<Binding>,
    open: Vec<NodeId>,
    /// Offset of the event being read, for refusals.
    at: usize,
}

impl<'s> Builder<'s> {
    fn new(source: &'s str, vocabulary: &'static Vocabulary) -> Self {
        // One element in about fifty bytes; a wrong guess only costs a reallocation.
        let guess = source.len() / 50 + 8;
        Self {
            source,
            vocabulary,
            gathered: String::new(),
            nodes: Vec::with_capacity(guess),
            attributes: Vec::with_capacity(guess / 2),
            unknown: Vec::new(),
            unknown_index: HashMap::new(),
            mixed: Vec::new(),
            types: Vec::new(),
            bindings: Vec::new(),
            open: Vec::with_capacity(limits::XML_DEPTH),
            at: 0,
        }
    }

    fn read(&mut self) -> Outcome {
        self.refuse_characters()?;
        let mut reader = Reader::from_str(self.source);
        let config = reader.config_mut();
        config.check_comments = true;
        config.allow_unmatched_ends = false;
        loop {
            self.at = usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX);
            let event = reader.read_event().map_err(|e| {
                self.at = usize::try_from(reader.error_position()).unwrap_or(self.at);
                Refusal::new(RefusalKind::Malformed, e.to_string())
            })?;
            match event {
                Event::Start(tag) => self.start(&tag)?,
                Event::Empty(tag) => {
                    self.start(&tag)?;
                    self.end();
                }
                Event::End(_) => self.end(),
                Event::Text(text) => self.characters(&text, false)?,
                Event::CData(text) => self.characters(&text, true)?,
                Event::GeneralRef(reference) => {
                    let resolved = match reference.resolve_char_ref() {
                        Ok(Some(c)) if is_xml_char(c) => c.to_string(),
                        Ok(Some(_)) | Err(_) => return malformed("a character reference that XML does not allow"),
                        Ok(None) => match resolve_xml_entity(&reference) {
                            Some(text) => text.to_owned(),
                            None => {
                                return Err(Refusal::new(
                                    RefusalKind::Entity,
                                    "an entity that is not one of the five of XML",
                                ));
                            }
                        },
                    };
                    self.gather(&resolved)?;
                }
                Event::Decl(_) if self.at != 0 => return malformed("an XML declaration that is not at the start"),
                Event::PI(pi) if pi.target().eq_ignore_ascii_case("xml") => {
                    return malformed("an XML declaration that is not at the start");
                }
                Event::PI(pi) if !is_xml_name(pi.target()) => {
                    return malformed("a processing instruction without a name");
                }
                Event::Decl(declaration) => declared(&declaration)?,
                Event::Comment(_) | Event::PI(_) => {}
                Event::DocType(_) => {
                    return Err(Refusal::new(RefusalKind::Dtd, "a document type declaration; invoices carry none"));
                }
                Event::Eof => break,
            }
        }
        if let Some(&open) = self.open.last() {
            let start = self.nodes[open as usize].at as usize;
            let name: String =
                self.source[start + 1..].chars().take_while(|c| !c.is_whitespace() && *c != '>').take(80).collect();
            return malformed(format!("the document ends before </{name}>"));
        }
        if self.nodes.is_empty() { malformed("no element") } else { Ok(()) }
    }

    /// Characters that XML 1.0 does not know are refused before anything is read.
    fn refuse_characters(&mut self) -> Outcome {
        // Branch-free over all bytes, so that the compiler vectorises it; the position is looked for only on refusal.
        let suspicious =
            self.source.bytes().fold(false, |bad, b| bad | (b < 0x20 && !matches!(b, 9 | 10 | 13)) | (b == 0xEF));
        if suspicious && let Some((at, c)) = self.source.char_indices().find(|(_, c)| !is_xml_char(*c)) {
            self.at = at;
            return malformed(format!("character U+{:04X} is not allowed in XML", u32::from(c)));
        }
        Ok(())
    }

    fn start(&mut self, tag: &BytesStart<'_>) -> Outcome {
        if self.open.is_empty() && !self.nodes.is_empty() {
            return malformed("a second root element");
        }
        if self.open.len() >= limits::XML_DEPTH {
            let detail = format!("elements nested deeper than {}", limits::XML_DEPTH);
            return Err(Refusal::new(RefusalKind::TooDeep, detail));
        }
        if self.nodes.len() >= limits::XML_ELEMENTS {
            let detail = format!("more than {} elements", limits::XML_ELEMENTS);
            return Err(Refusal::new(RefusalKind::TooManyElements, detail));
        }
        let first_attribute = number(self.attributes.len());
        let at = number(self.at);
        if !tag.attributes_raw().trim_ascii().is_empty() {
            if holds(tag.attributes_raw(), b"xmlns") {
                self.declare(tag)?;
            }
            self.read_attributes(tag)?;
        }
        let name = self.resolve(tag.name().0, true)?;
        let id = number(self.nodes.len());
        let parent = self.open.last().copied().unwrap_or(id);
        let attributes = u16::try_from(self.attributes.len() - first_attribute as usize).unwrap_or(u16::MAX);
        self.nodes.push(Node { name, attributes, parent, end: id + 1, text: Span::default(), first_attribute, at });
        self.open.push(id);
        Ok(())
    }

    fn end(&mut self) {
        // quick-xml has matched the names; an unmatched end never comes here.
        if let Some(id) = self.open.pop() {
            let end = number(self.nodes.len());
            let node = &mut self.nodes[id as usize];
            node.end = end;
            if end > id + 1 && !blank(self.source, &self.gathered, node.text) && self.mixed.last() != Some(&id) {
                self.mixed.push(id);
            }
            while self.bindings.last().is_some_and(|b| b.depth > self.open.len()) {
                self.bindings.pop();
            }
        }
    }

    /// First pass over the attributes: name space declarations, so that every name can be resolved.
    fn declare(&mut self, tag: &BytesStart<'_>) -> Outcome {
        let depth = self.open.len() + 1;
        for attribute in tag.attributes().with_checks(false).take(limits::XML_ATTRIBUTES) {
            let attribute = attribute.map_err(|e| Refusal::new(RefusalKind::Malformed, e.to_string()))?;
            let key = attribute.key.0;
            let prefix = match key.strip_prefix("xmlns") {
                Some("") => "",
                Some(rest) => match rest.strip_prefix(':') {
                    Some(prefix) => prefix,
                    None => continue,
                },
                None => continue,
            };
            let uri = self.value(&attribute.value)?.into_owned();
            if (uri.is_empty() && !prefix.is_empty())
                || !(prefix.is_empty() || is_xml_name(prefix))
                || prefix == "xmlns"
                || (prefix == "xml") != (uri == XML_SPACE)
            {
                return malformed("a name space declaration that XML does not allow");
            }
            if self.bindings.iter().rev().take_while(|b| b.depth == depth).any(|b| b.prefix == prefix) {
                return malformed("a name space declaration that stands twice");
            }
            let space = self.vocabulary.space(&uri).unwrap_or(UNKNOWN_SPACE);
            self.bindings.push(Binding { prefix: prefix.to_owned(), uri, space, depth });
        }
        Ok(())
    }

    fn read_attributes(&mut self, tag: &BytesStart<'_>) -> Outcome {
        let first = self.attributes.len();
        for (count, attribute) in tag.attributes().with_checks(false).enumerate() {
            let attribute = attribute.map_err(|e| Refusal::new(RefusalKind::Malformed, e.to_string()))?;
            if count >= limits::XML_ATTRIBUTES {
                let detail = format!("more than {} attributes on one element", limits::XML_ATTRIBUTES);
                return Err(Refusal::new(RefusalKind::TooManyAttributes, detail));
            }
            let key = attribute.key.0;
            let at = self.offset(key).unwrap_or(self.at);
            if !self.source.as_bytes()[at.saturating_sub(1)].is_ascii_whitespace() {
                return malformed("attributes that no blank parts");
            }
            if key == "xmlns" || key.starts_with("xmlns:") {
                continue;
            }
            let resolved = self.value(&attribute.value)?;
            if key.ends_with(":type") && self.is_xsi(key) {
                let name = self.type_name(trim(&resolved));
                self.types.push((number(self.nodes.len()), name));
            }
            let value = match resolved {
                Cow::Borrowed(text) => match self.offset(text) {
                    Some(start) => Span { start: number(start), len: number(text.len()) },
                    None => self.keep(text),
                },
                Cow::Owned(text) => self.keep(&text),
            };
            let name = self.resolve(key, false)?;
            if self.attributes[first..].iter().any(|a| a.name == name) {
                return malformed("an attribute that stands twice");
            }
            self.attributes.push(Attribute { name, value, at: number(at) });
        }
        Ok(())
    }

    fn is_xsi(&self, key: &str) -> bool {
        let prefix = key.split(':').next().unwrap_or_default();
        self.binding(prefix).is_some_and(|b| b.uri == "http://www.w3.org/2001/XMLSchema-instance")
    }

    /// The name of a type under the prefix of our tables; empty where its name space is not one of theirs.
    fn type_name(&self, value: &str) -> String {
        let (prefix, local) = value.split_once(':').unwrap_or(("", value));
        let known = self.binding(prefix).and_then(|binding| match binding.uri.as_str() {
            "http://www.w3.org/2001/XMLSchema" => Some("xs"),
            _ => self.vocabulary.spaces.get(usize::from(binding.space)).map(|(prefix, _)| *prefix),
        });
        known.map_or_else(String::new, |known| format!("{known}:{local}"))
    }

    fn binding(&self, prefix: &str) -> Option<&Binding> {
        self.bindings.iter().rev().find(|b| b.prefix == prefix)
    }

    /// An attribute's value with references resolved and white space normalised (XML 1.0, section 3.3.3).
    fn value<'v>(&self, raw: &'v str) -> Outcome<Cow<'v, str>> {
        if raw.contains('<') {
            return malformed("a '<' inside an attribute");
        }
        if !raw.bytes().any(|b| matches!(b, b'&' | b'\n' | b'\r' | b'\t')) {
            return Ok(Cow::Borrowed(raw));
        }
        let mut out = String::with_capacity(raw.len());
        let mut rest = raw;
        while let Some(at) = rest.find(['&', '\n', '\r', '\t']) {
            out.push_str(&rest[..at]);
            let tail = &rest[at..];
            if let Some(reference) = tail.strip_prefix('&') {
                let Some((name, after)) = reference.split_once(';') else {
                    return malformed("a '&' that starts no reference");
                };
                out.push_str(&resolve_reference(name)?);
                rest = after;
            } else {
                out.push(' ');
                rest = tail.strip_prefix("\r\n").unwrap_or(&tail[1..]);
            }
        }
        out.push_str(rest);
        Ok(Cow::Owned(out))
    }

    fn characters(&mut self, text: &str, cdata: bool) -> Outcome {
        let Some(&id) = self.open.last() else {
            if !cdata && text.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')) {
                return Ok(());
            }
            return malformed("text outside the root element");
        };
        if !cdata && holds(text, b"]]>") {
            return malformed("']]>' in text");
        }
        let node = &self.nodes[id as usize];
        if node.text.len == 0
            && !self.has_child(id)
            && !text.contains('\r')
            && let Some(start) = self.offset(text)
        {
            self.nodes[id as usize].text = Span { start: number(start), len: number(text.len()) };
            return Ok(());
        }
        if self.has_child(id) {
            self.beside_children(id, text);
            return Ok(());
        }
        self.gathered.reserve(text.len());
        // Line by line, so that a large value is copied once.
        let mut rest = text;
        while let Some((line, after)) = rest.split_once('\r') {
            self.gather(line)?;
            self.gather("\n")?;
            rest = after.strip_prefix('\n').unwrap_or(after);
        }
        self.gather(rest)
    }

    /// Adds resolved text to the open element, moving what it had into the gathered text.
    fn gather(&mut self, text: &str) -> Outcome {
        let Some(&id) = self.open.last() else {
            return malformed("text outside the root element");
        };
        if self.has_child(id) {
            self.beside_children(id, text);
            return Ok(());
        }
        let had = self.nodes[id as usize].text;
        let grows_last = had.start & Span::GATHERED != 0
            && ((had.start & !Span::GATHERED) + had.len) as usize == self.gathered.len();
        let span = if grows_last {
            self.gathered.push_str(text);
            Span { start: had.start, len: had.len + number(text.len()) }
        } else {
            let start = number(self.gathered.len());
            match had.start & Span::GATHERED {
                0 => self.gathered.push_str(&self.source[had.start as usize..(had.start + had.len) as usize]),
                _ => {
                    let from = (had.start & !Span::GATHERED) as usize;
                    self.gathered.extend_from_within(from..from + had.len as usize);
                }
            }
            self.gathered.push_str(text);
            Span { start: start | Span::GATHERED, len: had.len + number(text.len()) }
        };
        self.nodes[id as usize].text = span;
        Ok(())
    }

    /// Text after a child element: no syntax of ours has any, so it is noted and not kept.
    fn beside_children(&mut self, id: NodeId, text: &str) {
        if !text.bytes().all(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n')) && self.mixed.last() != Some(&id) {
            self.mixed.push(id);
        }
    }

    fn has_child(&self, id: NodeId) -> bool {
        self.nodes.len() > id as usize + 1
    }

    fn keep(&mut self, text: &str) -> Span {
        let start = number(self.gathered.len()) | Span::GATHERED;
        self.gathered.push_str(text);
        Span { start, len: number(text.len()) }
    }

    fn resolve(&mut self, qualified: &str, element: bool) -> Outcome<Name> {
        if qualified.len() > limits::XML_NAME_BYTES {
            let detail = format!("a name longer than {} bytes", limits::XML_NAME_BYTES);
            return Err(Refusal::new(RefusalKind::NameTooLong, detail));
        }
        let (prefix, local) = qualified.split_once(':').unwrap_or(("", qualified));
        if prefix.is_empty() && !element {
            if let Some(name) = self.vocabulary.find(0, local) {
                return Ok(name);
            }
            return self.unknown_name("", "", local);
        }
        let Some(binding) = self.binding(prefix) else {
            return match prefix {
                "" => match self.vocabulary.find(0, local) {
                    Some(name) => Ok(name),
                    None => self.unknown_name("", "", local),
                },
                "xml" => self.unknown_name(XML_SPACE, "xml", local),
                _ => malformed("a prefix that no name space declaration binds"),
            };
        };
        if binding.space != UNKNOWN_SPACE
            && let Some(name) = self.vocabulary.find(binding.space, local)
        {
            return Ok(name);
        }
        let uri = binding.uri.clone();
        self.unknown_name(&uri, prefix, local)
    }

    fn unknown_name(&mut self, uri: &str, prefix: &str, local: &str) -> Outcome<Name> {
        if !is_xml_name(local) || (!prefix.is_empty() && !is_xml_name(prefix)) {
            return malformed("a name that XML does not allow");
        }
        let key = (uri.to_owned(), local.to_owned());
        let index = match self.unknown_index.get(&key) {
            Some(&index) => index,
            None if self.unknown.len() >= limits::XML_UNKNOWN_NAMES => {
                let detail = format!("more than {} different unknown names", limits::XML_UNKNOWN_NAMES);
                return Err(Refusal::new(RefusalKind::TooManyNames, detail));
            }
            None => {
                self.unknown.push((uri.to_owned(), prefix.to_owned(), local.to_owned()));
                self.unknown_index.insert(key, self.unknown.len() - 1);
                self.unknown.len() - 1
            }
        };
        Ok(Name(Name::KNOWN + u16::try_from(index).unwrap_or(0)))
    }

    /// Where a piece borrowed from the source stands in it.
    fn offset(&self, piece: &str) -> Option<usize> {
        let start = (piece.as_ptr() as usize).checked_sub(self.source.as_ptr() as usize)?;
        (start + piece.len() <= self.source.len()).then_some(start)
    }
}

/// A short needle in a short text: what a general searcher sets up costs more than the text is worth.
fn holds(text: &str, needle: &[u8]) -> bool {
    text.len() >= needle.len() && text.as_bytes().windows(needle.len()).any(|piece| piece == needle)
}

fn blank(source: &str, gathered: &str, span: Span) -> bool {
    let (from, whole) = match span.start & Span::GATHERED {
        0 => (span.start as usize, source),
        _ => ((span.start & !Span::GATHERED) as usize, gathered),
    };
    whole[from..from + span.len as usize].trim_ascii().is_empty()
}

/// Offsets fit: a document is at most `limits::DOCUMENT_BYTES`, decoded at most twice that.
fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
