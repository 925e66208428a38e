//! Pieces of markup to a tree, with what well-formedness asks of them together.

use std::borrow::Cow;
use std::cell::OnceCell;

use memchr::memchr;

use super::grammar::{Outcome, declared, is_xml_char, malformed, refused, resolve_reference};
use super::scanner::{Piece, Raw, Scanner, TagEnd};
use super::shapes::{NO_SHAPE, ShapeId, Shapes};
use super::spaces::Spaces;
use super::texts::value;
use super::tree::{Attribute, Node, NodeId, Span, Tree};
use super::vocabulary::Vocabulary;
use super::{Refusal, RefusalKind, line};
use crate::limits;
use crate::text::trim;

impl<'a> Tree<'a> {
    /// Reads a document. Refuses, by name and place: anything not well-formed, a DTD, an entity other than the five of XML,
    /// and whatever passes a bound of `limits`.
    pub fn parse(source: Cow<'a, str>, vocabulary: &'static Vocabulary) -> Result<Tree<'a>, Refusal> {
        let mut builder = Builder::new(&source, vocabulary);
        let read = builder.read();
        let Builder { spaces, shapes, gathered, nodes, attributes, types, at, .. } = builder;
        match read {
            Ok(()) => {
                let (marks, positions, kin) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
                let (unknown, shapes) = (spaces.unknown, shapes.all);
                Ok(Tree {
                    source,
                    gathered,
                    nodes,
                    attributes,
                    shapes,
                    unknown,
                    types,
                    vocabulary,
                    marks,
                    positions,
                    kin,
                })
            }
            Err(mut refusal) => {
                refusal.place.get_or_insert_with(|| line::of(&source, at));
                Err(*refusal)
            }
        }
    }
}

/// An element that is open.
pub(super) struct Open<'s> {
    pub(super) id: NodeId,
    shape: ShapeId,
    /// The shape of the last element inside it.
    last: ShapeId,
    /// Its name as written.
    name: &'s str,
    /// Does it hold text other than blanks?
    pub(super) text: bool,
}

pub(super) struct Builder<'s> {
    pub(super) source: &'s str,
    spaces: Spaces<'s>,
    shapes: Shapes<'s>,
    pub(super) gathered: String,
    pub(super) nodes: Vec<Node>,
    attributes: Vec<Attribute>,
    types: Vec<(NodeId, String)>,
    pub(super) open: Vec<Open<'s>>,
    /// The attributes of the tag that is being read.
    raw: Vec<Raw<'s>>,
    /// Signs that most documents do not have, so that texts need not be searched for them.
    pub(super) has: Signs,
    /// Offset of the piece being read, for refusals.
    pub(super) at: usize,
}

/// What the document has at all, somewhere.
#[derive(Default)]
pub(super) struct Signs {
    pub(super) carriage_return: bool,
    pub(super) bracket: bool,
}

impl Signs {
    /// Is one of them in a text?
    #[inline]
    fn are_in(&self, text: &[u8]) -> bool {
        self.carriage_return && memchr(b'\r', text).is_some() || self.bracket && memchr(b']', text).is_some()
    }
}

impl<'s> Builder<'s> {
    fn new(source: &'s str, vocabulary: &'static Vocabulary) -> Self {
        // One element in about fifty bytes; a wrong guess only costs a reallocation.
        let guess = source.len() / 50 + 8;
        Self {
            source,
            spaces: Spaces::new(vocabulary),
            shapes: Shapes::new(),
            gathered: String::new(),
            nodes: Vec::with_capacity(guess),
            attributes: Vec::with_capacity(guess / 2),
            types: Vec::new(),
            open: Vec::with_capacity(limits::XML_DEPTH),
            raw: Vec::new(),
            has: Signs::default(),
            at: 0,
        }
    }

    fn read(&mut self) -> Outcome {
        self.survey()?;
        let mut scanner = Scanner::new(self.source);
        loop {
            self.at = scanner.at();
            let piece = scanner.next().inspect_err(|_| self.at = scanner.at())?;
            match piece {
                Piece::Open => self.start(&mut scanner)?,
                Piece::Close => {
                    let Some(open) = self.open.last() else {
                        return malformed("an end tag without a start tag");
                    };
                    scanner.close(open.name)?;
                    self.end();
                    scanner.part();
                }
                Piece::Text(text, blank) => self.characters(text, blank)?,
                Piece::Section(text) => self.section(text)?,
                Piece::Reference(name) => {
                    let resolved = resolve_reference(name)?;
                    self.gather(&resolved)?;
                }
                Piece::Declaration(content) => declared(content)?,
                Piece::Aside => {}
                Piece::End => break,
            }
        }
        if let Some(open) = self.open.last() {
            let name: String = open.name.chars().take(80).collect();
            return malformed(format!("the document ends before </{name}>"));
        }
        if self.nodes.is_empty() { malformed("no element") } else { Ok(()) }
    }

    /// Looks at every byte once: characters that XML 1.0 does not know are refused before anything is read.
    fn survey(&mut self) -> Outcome {
        // Branch-free, so that the compiler vectorises it; what it is, and where, is looked for only where there is something.
        let mut unusual = 0u8;
        for &b in self.source.as_bytes() {
            unusual |= u8::from((b < 0x20) & (b != b'\t') & (b != b'\n')) | u8::from(b == 0xEF) | u8::from(b == b']');
        }
        if unusual == 0 {
            return Ok(());
        }
        let has = |sign| memchr(sign, self.source.as_bytes()).is_some();
        self.has = Signs { carriage_return: has(b'\r'), bracket: has(b']') };
        if let Some((at, c)) = self.source.char_indices().find(|(_, c)| !is_xml_char(*c)) {
            self.at = at;
            return malformed(format!("character U+{:04X} is not allowed in XML", u32::from(c)));
        }
        Ok(())
    }

    fn start(&mut self, scanner: &mut Scanner<'s>) -> Outcome {
        if self.open.is_empty() && !self.nodes.is_empty() {
            return malformed("a second root element");
        }
        if self.open.len() >= limits::XML_DEPTH {
            let detail = format!("elements nested deeper than {}", limits::XML_DEPTH);
            return refused(RefusalKind::TooDeep, detail);
        }
        if self.nodes.len() >= limits::XML_ELEMENTS {
            let detail = format!("more than {} elements", limits::XML_ELEMENTS);
            return refused(RefusalKind::TooManyElements, detail);
        }
        let (around, before) = self.open.last().map_or((NO_SHAPE, NO_SHAPE), |open| (open.shape, open.last));
        let epoch = self.spaces.epoch;
        let likely = self.shapes.likely(around, before, epoch).filter(|(_, name)| scanner.is_next(name));
        let written = match likely {
            Some((_, written)) => scanner.take(written.len()),
            None => scanner.name(),
        };
        self.raw.clear();
        let end = loop {
            match scanner.attribute()? {
                Ok(raw) => self.raw.push(raw),
                Err(end) => break end,
            }
        };
        let first_attribute = self.attributes.len();
        if !self.raw.is_empty() {
            self.read_attributes()?;
        }
        let (shape, name) = match likely.filter(|_| epoch == self.spaces.epoch) {
            Some((shape, _)) => (shape, self.shapes.all[shape as usize].name), // invariant: what is likely was met
            None => {
                let name = self.spaces.element(written)?;
                (self.shapes.of(around, before, name, (written, self.spaces.epoch)), name)
            }
        };
        // Most elements hold one text and nothing else: they are closed here and never stand open.
        let from = scanner.at();
        let (length, blank) = match end {
            TagEnd::Open => scanner.run(|text| self.has.are_in(text)).unwrap_or((0, true)),
            TagEnd::Empty => (0, true),
        };
        let closed = end == TagEnd::Empty || scanner.closes(written);
        let id = number(self.nodes.len());
        let parent = match self.open.last_mut() {
            Some(open) => {
                open.last = shape;
                open.id
            }
            None => id,
        };
        let text = if length > 0 { Span { start: number(from), len: number(length) } } else { Span::default() };
        self.nodes.push(Node {
            name,
            attributes: u8::try_from(self.attributes.len() - first_attribute).unwrap_or(u8::MAX),
            has_text: !blank,
            parent,
            end: id + 1,
            text,
            first_attribute: number(first_attribute),
            at: number(self.at),
            shape,
        });
        if closed {
            self.spaces.leave(self.open.len());
            scanner.part();
        } else {
            self.open.push(Open { id, shape, last: NO_SHAPE, name: written, text: !blank });
        }
        Ok(())
    }

    fn end(&mut self) {
        let Some(Open { id, text, .. }) = self.open.pop() else { return };
        let end = number(self.nodes.len());
        if let Some(node) = self.nodes.get_mut(id as usize) {
            (node.end, node.has_text) = (end, text);
        }
        self.spaces.leave(self.open.len());
    }

    /// The attributes of a tag: declarations of name spaces first, so that every name can be resolved.
    fn read_attributes(&mut self) -> Outcome {
        let raw = std::mem::take(&mut self.raw);
        let declares = |raw: &Raw<'_>| raw.name == "xmlns" || raw.name.starts_with("xmlns:");
        for declaration in raw.iter().take(limits::XML_ATTRIBUTES).filter(|raw| declares(raw)) {
            let uri = value(declaration.value)?;
            self.spaces.declare(declaration.name, &uri, self.open.len() + 1)?;
        }
        let first = self.attributes.len();
        for (count, raw) in raw.iter().enumerate() {
            if count >= limits::XML_ATTRIBUTES {
                let detail = format!("more than {} attributes on one element", limits::XML_ATTRIBUTES);
                return refused(RefusalKind::TooManyAttributes, detail);
            }
            if declares(raw) {
                continue;
            }
            let resolved = value(raw.value)?;
            if raw.name.ends_with(":type") && self.spaces.is_xsi(raw.name) {
                self.types.push((number(self.nodes.len()), self.spaces.type_name(trim(&resolved))));
            }
            let value = match resolved {
                Cow::Borrowed(text) => Span { start: number(raw.value_at), len: number(text.len()) },
                Cow::Owned(text) => self.keep(&text),
            };
            let name = self.spaces.attribute(raw.name)?;
            if self.attributes[first..].iter().any(|a| a.name == name) {
                return malformed("an attribute that stands twice");
            }
            self.attributes.push(Attribute { name, value, at: number(raw.at) });
        }
        self.raw = raw;
        Ok(())
    }
}

/// Offsets fit: a document is at most `limits::DOCUMENT_BYTES`, decoded at most twice that.
pub(super) fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
