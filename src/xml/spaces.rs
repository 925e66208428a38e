//! Name spaces: which prefix stands for what, and the number of a name.

use std::collections::HashMap;

use super::RefusalKind;
use super::grammar::{Outcome, XML_SPACE, is_xml_name, malformed, refused};
use super::hash::{ends, mix};
use super::name::{Name, same};
use super::vocabulary::{UNKNOWN_SPACE, Vocabulary};
use crate::limits;

const XSI: &str = "http://www.w3.org/2001/XMLSchema-instance";
/// The name space of declarations themselves: nothing may be bound to it (Namespaces in XML 1.0, 3).
const XMLNS: &str = "http://www.w3.org/2000/xmlns/";
const XSD: &str = "http://www.w3.org/2001/XMLSchema";

/// A prefix, the number of its URI in the vocabulary, and the depth of the element that declares it.
struct Binding<'s> {
    prefix: &'s str,
    uri: Box<str>,
    space: u8,
    depth: usize,
}

/// A name that was met lately, as written: documents say the same few names over and over.
#[derive(Clone, Copy)]
struct Recent<'s> {
    written: &'s str,
    element: bool,
    /// The declarations it was met under.
    epoch: u32,
    name: Name,
}

/// How many are remembered.
const RECENT: usize = 128;

/// The declarations in force, and the names that no table knows.
pub(super) struct Spaces<'s> {
    vocabulary: &'static Vocabulary,
    bindings: Vec<Binding<'s>>,
    /// Another number after each change of the declarations.
    pub epoch: u32,
    recent: Vec<Recent<'s>>,
    /// Name space URI, prefix as written and local name of unknown names.
    pub unknown: Vec<(String, String, String)>,
    /// By URI, then by local name: where an unknown name stands in that list.
    index: HashMap<Box<str>, HashMap<&'s str, usize>>,
}

impl<'s> Spaces<'s> {
    pub fn new(vocabulary: &'static Vocabulary) -> Self {
        let never = Recent { written: "", element: false, epoch: u32::MAX, name: Name(0) };
        let (bindings, recent) = (Vec::new(), vec![never; RECENT]);
        Self { vocabulary, bindings, epoch: 0, recent, unknown: Vec::new(), index: HashMap::new() }
    }

    /// Takes in the declaration `name="uri"` of an element at that depth.
    pub fn declare(&mut self, name: &'s str, uri: &str, depth: usize) -> Outcome {
        let prefix = name.strip_prefix("xmlns:").unwrap_or_default();
        let named = name == "xmlns" || is_xml_name(prefix);
        if !named
            || (uri.is_empty() && !prefix.is_empty())
            || prefix == "xmlns"
            || uri == XMLNS
            || (prefix == "xml") != (uri == XML_SPACE)
        {
            return malformed("a name space declaration that XML does not allow");
        }
        if self.bindings.iter().rev().take_while(|b| b.depth == depth).any(|b| b.prefix == prefix) {
            return malformed("a name space declaration that stands twice");
        }
        let space = self.vocabulary.space(uri).unwrap_or(UNKNOWN_SPACE);
        self.bindings.push(Binding { prefix, uri: uri.into(), space, depth });
        self.epoch += 1;
        Ok(())
    }

    /// Forgets what elements deeper than this have declared.
    pub fn leave(&mut self, depth: usize) {
        while self.bindings.last().is_some_and(|b| b.depth > depth) {
            self.bindings.pop();
            self.epoch += 1;
        }
    }

    /// The number of an element's name.
    pub fn element(&mut self, qualified: &'s str) -> Outcome<Name> {
        self.resolve(qualified, true)
    }

    /// The number of an attribute's name: without a prefix it is in no name space.
    pub fn attribute(&mut self, qualified: &'s str) -> Outcome<Name> {
        self.resolve(qualified, false)
    }

    /// Is it an attribute of XML Schema's own, such as `xsi:type`?
    pub fn is_xsi(&self, qualified: &str) -> bool {
        let prefix = qualified.split(':').next().unwrap_or_default();
        self.binding(prefix).is_some_and(|b| &*b.uri == XSI)
    }

    /// The name of a type under the prefix of our tables; empty where its name space is not one of theirs.
    pub fn type_name(&self, value: &str) -> String {
        let (prefix, local) = value.split_once(':').unwrap_or(("", value));
        let known = self.binding(prefix).and_then(|binding| match &*binding.uri {
            XSD => Some("xs"),
            _ => self.vocabulary.spaces.get(usize::from(binding.space)).map(|(prefix, _)| *prefix),
        });
        known.map_or_else(String::new, |known| format!("{known}:{local}"))
    }

    fn resolve(&mut self, written: &'s str, element: bool) -> Outcome<Name> {
        let at = mix(ends(written.as_bytes()), (written.len() as u64) << 1 | u64::from(element)) as usize % RECENT;
        let recent = &self.recent[at];
        if recent.epoch == self.epoch
            && recent.element == element
            && same(recent.written.as_bytes(), written.as_bytes())
        {
            return Ok(recent.name);
        }
        let name = self.look_up(written, element)?;
        self.recent[at] = Recent { written, element, epoch: self.epoch, name };
        Ok(name)
    }

    fn look_up(&mut self, qualified: &'s str, element: bool) -> Outcome<Name> {
        if qualified.len() > limits::XML_NAME_BYTES {
            let detail = format!("a name longer than {} bytes", limits::XML_NAME_BYTES);
            return refused(RefusalKind::NameTooLong, detail);
        }
        let colon = qualified.bytes().position(|b| b == b':');
        if colon == Some(0) {
            return malformed("a name that XML does not allow");
        }
        let (prefix, local) = match colon.and_then(|at| Some((qualified.get(..at)?, qualified.get(at + 1..)?))) {
            Some(parts) => parts,
            None => ("", qualified),
        };
        let bound = self.bindings.iter().rposition(|b| b.prefix == prefix).filter(|_| element || !prefix.is_empty());
        let space = match bound.map(|at| &self.bindings[at]) {
            Some(binding) => binding.space,
            None => match prefix {
                "" => 0,
                "xml" => UNKNOWN_SPACE,
                _ => return malformed("a prefix that no name space declaration binds"),
            },
        };
        if space != UNKNOWN_SPACE
            && let Some(name) = self.vocabulary.find(space, local)
        {
            return Ok(name);
        }
        self.unknown_name(bound, prefix, local)
    }

    fn unknown_name(&mut self, bound: Option<usize>, prefix: &str, local: &'s str) -> Outcome<Name> {
        if !is_xml_name(local) || (!prefix.is_empty() && !is_xml_name(prefix)) {
            return malformed("a name that XML does not allow");
        }
        let uri = match bound.map(|at| &self.bindings[at]) {
            Some(binding) => &*binding.uri,
            None if prefix == "xml" => XML_SPACE,
            None => "",
        };
        let known = self.index.get(uri).and_then(|names| names.get(local)).copied();
        let number = match known {
            Some(number) => number,
            None if self.unknown.len() >= limits::XML_UNKNOWN_NAMES => {
                let detail = format!("more than {} different unknown names", limits::XML_UNKNOWN_NAMES);
                return refused(RefusalKind::TooManyNames, detail);
            }
            None => {
                let number = self.unknown.len();
                self.index.entry(uri.into()).or_default().insert(local, number);
                self.unknown.push((uri.to_owned(), prefix.to_owned(), local.to_owned()));
                number
            }
        };
        Ok(Name(Name::KNOWN + u16::try_from(number).unwrap_or(0)))
    }

    fn binding(&self, prefix: &str) -> Option<&Binding<'s>> {
        self.bindings.iter().rev().find(|b| b.prefix == prefix)
    }
}
