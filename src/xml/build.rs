//! Pieces of markup to a tree, with what well-formedness asks of them together.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::grammar::{Outcome, declared, is_blank, is_xml_char, malformed, refused, resolve_reference};
use super::scanner::{Piece, Raw, Scanner, TagEnd};
use super::spaces::Spaces;
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
        let Builder { spaces, gathered, nodes, attributes, mixed, types, at, .. } = builder;
        match read {
            Ok(()) => {
                let (marks, positions, kin) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
                let unknown = spaces.unknown;
                Ok(Tree {
                    source,
                    gathered,
                    nodes,
                    attributes,
                    unknown,
                    mixed,
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
struct Open<'s> {
    id: NodeId,
    /// Its name as written.
    name: &'s str,
    /// Does it hold text other than blanks?
    text: bool,
}

struct Builder<'s> {
    source: &'s str,
    spaces: Spaces<'s>,
    gathered: String,
    nodes: Vec<Node>,
    attributes: Vec<Attribute>,
    mixed: Vec<NodeId>,
    types: Vec<(NodeId, String)>,
    open: Vec<Open<'s>>,
    /// The attributes of the tag that is being read.
    raw: Vec<Raw<'s>>,
    /// Signs that most documents do not have, so that texts need not be searched for them.
    has: Signs,
    /// Offset of the piece being read, for refusals.
    at: usize,
}

/// What the document has at all, somewhere.
#[derive(Default)]
struct Signs {
    carriage_return: bool,
    bracket: bool,
}

impl<'s> Builder<'s> {
    fn new(source: &'s str, vocabulary: &'static Vocabulary) -> Self {
        // One element in about fifty bytes; a wrong guess only costs a reallocation.
        let guess = source.len() / 50 + 8;
        Self {
            source,
            spaces: Spaces::new(vocabulary),
            gathered: String::new(),
            nodes: Vec::with_capacity(guess),
            attributes: Vec::with_capacity(guess / 2),
            mixed: Vec::new(),
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
                Piece::Open(name) => self.start(&mut scanner, name)?,
                Piece::Close => {
                    let Some(open) = self.open.last() else {
                        return malformed("an end tag without a start tag");
                    };
                    scanner.close(open.name)?;
                    self.end();
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
        // Branch-free, so that the compiler vectorises it; the position is looked for only on refusal.
        let (mut suspicious, mut carriage_return, mut bracket) = (0u8, 0u8, 0u8);
        for &b in self.source.as_bytes() {
            suspicious |= u8::from((b < 0x20) & (b != b'\t') & (b != b'\n') & (b != b'\r')) | u8::from(b == 0xEF);
            carriage_return |= u8::from(b == b'\r');
            bracket |= u8::from(b == b']');
        }
        self.has = Signs { carriage_return: carriage_return != 0, bracket: bracket != 0 };
        if suspicious != 0
            && let Some((at, c)) = self.source.char_indices().find(|(_, c)| !is_xml_char(*c))
        {
            self.at = at;
            return malformed(format!("character U+{:04X} is not allowed in XML", u32::from(c)));
        }
        Ok(())
    }

    fn start(&mut self, scanner: &mut Scanner<'s>, written: &'s str) -> Outcome {
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
        let name = self.spaces.element(written)?;
        let id = number(self.nodes.len());
        let parent = self.open.last().map_or(id, |open| open.id);
        self.nodes.push(Node {
            name,
            attributes: u16::try_from(self.attributes.len() - first_attribute).unwrap_or(u16::MAX),
            parent,
            end: id + 1,
            text: Span::default(),
            first_attribute: number(first_attribute),
            at: number(self.at),
        });
        self.open.push(Open { id, name: written, text: false });
        if end == TagEnd::Empty {
            self.end();
        }
        Ok(())
    }

    fn end(&mut self) {
        let Some(Open { id, text, .. }) = self.open.pop() else { return };
        let end = number(self.nodes.len());
        if let Some(node) = self.nodes.get_mut(id as usize) {
            node.end = end;
        }
        if text && end > id + 1 {
            self.mixed.push(id);
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

    fn characters(&mut self, text: &'s str, blank: bool) -> Outcome {
        let Some(open) = self.open.last_mut() else {
            return if blank { Ok(()) } else { malformed("text outside the root element") };
        };
        if !blank {
            open.text = true;
            if self.has.bracket && text.contains("]]>") {
                return malformed("']]>' in text");
            }
        }
        self.add(text, self.at)
    }

    fn section(&mut self, text: &'s str) -> Outcome {
        let Some(open) = self.open.last_mut() else { return malformed("text outside the root element") };
        open.text |= !text.bytes().all(is_blank);
        self.add(text, self.at + "<![CDATA[".len())
    }

    /// Adds text that stands at an offset of the document.
    fn add(&mut self, text: &'s str, at: usize) -> Outcome {
        let Some(&Open { id, .. }) = self.open.last() else { return Ok(()) };
        // Text after a child element: no syntax of ours has any, so it is noted and not kept.
        if self.nodes.len() > id as usize + 1 {
            return Ok(());
        }
        let carriage_return = self.has.carriage_return && text.contains('\r');
        if let Some(node) = self.nodes.get_mut(id as usize).filter(|node| node.text.len == 0 && !carriage_return) {
            node.text = Span { start: number(at), len: number(text.len()) };
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
        let Some(open) = self.open.last_mut() else {
            return malformed("text outside the root element");
        };
        open.text |= !text.bytes().all(is_blank);
        let id = open.id;
        if self.nodes.len() > id as usize + 1 {
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

    fn keep(&mut self, text: &str) -> Span {
        let start = number(self.gathered.len()) | Span::GATHERED;
        self.gathered.push_str(text);
        Span { start, len: number(text.len()) }
    }
}

/// An attribute's value with references resolved and white space normalised (XML 1.0, section 3.3.3).
fn value(raw: &str) -> Outcome<Cow<'_, str>> {
    if !raw.bytes().any(|b| matches!(b, b'<' | b'&' | b'\n' | b'\r' | b'\t')) {
        return Ok(Cow::Borrowed(raw));
    }
    if raw.contains('<') {
        return malformed("a '<' inside an attribute");
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

/// Offsets fit: a document is at most `limits::DOCUMENT_BYTES`, decoded at most twice that.
fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}
