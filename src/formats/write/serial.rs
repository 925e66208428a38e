//! Elements as text, in the order of the schema.

use std::borrow::Cow;

use crate::invoice::{Spot, Syntax};
use crate::xml::{Name, NodeId};

use super::super::syntax::vocabulary;
use super::Written;
use super::elements::{Element, Elements, Id};
use super::paths::qualified;

/// The prefixes declared; the document element of UBL has none.
const UBL: [&str; 2] = ["cac", "cbc"];
const CII: [&str; 4] = ["rsm", "qdt", "ram", "udt"];
/// What `rsm` is in CDAR; the tables know that of CII by this prefix.
const CDAR: &str = "urn:un:unece:uncefact:data:standard:CrossDomainAcknowledgementAndResponse:100";

pub(super) fn serial(elements: &Elements<'_>, syntax: Syntax) -> Written {
    numbered(elements, syntax).0
}

/// The same, with the element that each [`NodeId`] of what is written is.
pub(super) fn numbered(elements: &Elements<'_>, syntax: Syntax) -> (Written, Vec<Id>) {
    let written = Written { places: Vec::with_capacity(elements.len()), ..Written::default() };
    let mut out = Out { elements, written, ids: Vec::new(), order: Vec::new() };
    out.written.text.push_str("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.element(0, 0, &spaces(syntax));
    out.written.text.push('\n');
    (out.written, out.ids)
}

fn spaces(syntax: Syntax) -> String {
    let uri = |prefix: &str| vocabulary().spaces.iter().find(|(known, _)| *known == prefix).map_or("", |(_, uri)| uri);
    let declared = |prefix: &&str| format!(" xmlns:{prefix}=\"{}\"", uri(prefix));
    match syntax {
        Syntax::UblInvoice => format!(" xmlns=\"{}\"", uri("ubl")) + &UBL.iter().map(declared).collect::<String>(),
        Syntax::UblCreditNote => format!(" xmlns=\"{}\"", uri("cn")) + &UBL.iter().map(declared).collect::<String>(),
        Syntax::Cii => CII.iter().map(declared).collect(),
        Syntax::Cdar => format!(" xmlns:rsm=\"{CDAR}\"") + &CII[1..].iter().map(declared).collect::<String>(),
    }
}

struct Out<'e> {
    elements: &'e Elements<'e>,
    written: Written,
    ids: Vec<Id>,
    /// Children yet to be written, of all elements around: their place in the order of the schema.
    order: Vec<(Option<usize>, Id)>,
}

impl Out<'_> {
    /// The depth is that of the tables.
    fn element(&mut self, id: Id, depth: usize, more: &str) {
        let element = self.elements.get(id);
        let node = self.written.places.len() as NodeId;
        self.written.places.push(element.place.and_then(Spot::of));
        self.ids.push(id);
        let name = called(element.name);
        indent(&mut self.written.text, depth);
        self.written.text.push('<');
        name.write(&mut self.written.text);
        self.written.text.push_str(more);
        for attribute in &element.attributes {
            if let Some(place) = attribute.place {
                self.written.attribute_places.push((node, qualified(attribute.name), place.clone()));
            }
            let text = &mut self.written.text;
            text.push(' ');
            called(attribute.name).write(text);
            text.push_str("=\"");
            escaped(&attribute.value, true, text);
            text.push('"');
        }
        let first = self.order.len();
        self.in_order(id);
        let text = &mut self.written.text;
        if self.order.len() == first {
            match said(element) {
                None => text.push_str("/>"),
                Some(said) => {
                    text.push('>');
                    escaped(&said, false, text);
                    name.end(text);
                }
            }
            return;
        }
        text.push('>');
        for at in first..self.order.len() {
            self.written.text.push('\n');
            self.element(self.order[at].1, depth + 1, "");
        }
        self.order.truncate(first);
        let text = &mut self.written.text;
        text.push('\n');
        indent(text, depth);
        name.end(text);
    }

    /// Puts the children of an element behind what is in `order`.
    fn in_order(&mut self, id: Id) {
        let first = self.order.len();
        let names = self.elements.kind(id).map(|kind| kind.names());
        for child in self.elements.children(id) {
            let own = self.elements.get(child);
            if !own.dropped {
                self.order.push((names.and_then(|names| names.iter().position(|known| *known == own.name)), child));
            }
        }
        // Those of one name stay as they came.
        if let Some(own) = self.order.get_mut(first..)
            && !own.is_sorted_by_key(|(place, _)| *place)
        {
            own.sort_by_key(|(place, _)| *place);
        }
    }
}

fn indent(text: &mut String, depth: usize) {
    (0..depth).for_each(|_| text.push_str("  "));
}

/// The name of an element or attribute as it is written; document elements of UBL have no prefix.
#[derive(Clone, Copy)]
struct Called(&'static str, &'static str);

fn called(name: Name) -> Called {
    match vocabulary().name(name) {
        Some(("ubl" | "cn", local)) => Called("", local),
        Some((prefix, local)) => Called(prefix, local),
        None => Called("", ""),
    }
}

impl Called {
    fn write(self, text: &mut String) {
        text.push_str(self.0);
        if !self.0.is_empty() {
            text.push(':');
        }
        text.push_str(self.1);
    }

    fn end(self, text: &mut String) {
        text.push_str("</");
        self.write(text);
        text.push('>');
    }
}

/// The text of an element: of a UBL note, with its subject code.
fn said<'e>(element: &'e Element<'_>) -> Option<Cow<'e, str>> {
    let text = element.text.as_deref();
    match element.code.as_deref().filter(|code| !code.trim().is_empty()) {
        Some(code) => Some(Cow::Owned(format!("#{code}#{}", text.unwrap_or_default()))),
        None => text.map(Cow::Borrowed),
    }
}

/// Text that reads back as it was; what no XML holds is left out.
fn escaped(text: &str, in_attribute: bool, out: &mut String) {
    // Most texts are written as they are.
    if text.bytes().all(|b| matches!(b, b' '..0x7F) && !matches!(b, b'&' | b'<' | b'>' | b'"')) {
        return out.push_str(text);
    }
    for c in text.chars().filter(|c| is_xml(*c)) {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if in_attribute => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\n' if in_attribute => out.push_str("&#10;"),
            '\t' if in_attribute => out.push_str("&#9;"),
            c => out.push(c),
        }
    }
}

/// The characters of XML 1.0 (2.2).
pub(super) fn is_xml(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
