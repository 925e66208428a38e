//! Elements as text, in the order of the schema.

use crate::invoice::Syntax;
use crate::xml::NodeId;

use super::super::syntax::vocabulary;
use super::Written;
use super::elements::{Element, Elements, Id};
use super::paths::qualified;

/// The prefixes declared; the document element of UBL has none.
const UBL: [&str; 2] = ["cac", "cbc"];
const CII: [&str; 4] = ["rsm", "qdt", "ram", "udt"];

pub(super) fn serial(elements: &Elements, syntax: Syntax) -> Written {
    numbered(elements, syntax).0
}

/// The same, with the element that each [`NodeId`] of what is written is.
pub(super) fn numbered(elements: &Elements, syntax: Syntax) -> (Written, Vec<Id>) {
    let mut out = Out { elements, written: Written::default(), ids: Vec::new() };
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
        Syntax::Cii | Syntax::Cdar => CII.iter().map(declared).collect(),
    }
}

struct Out<'e> {
    elements: &'e Elements,
    written: Written,
    ids: Vec<Id>,
}

impl Out<'_> {
    /// The depth is that of the tables.
    fn element(&mut self, id: Id, depth: usize, more: &str) {
        let element = self.elements.get(id);
        let node = self.written.places.len() as NodeId;
        self.written.places.push(element.place.clone());
        self.ids.push(id);
        let name = qualified(element.name);
        let name = name.strip_prefix("ubl:").or_else(|| name.strip_prefix("cn:")).unwrap_or(&name);
        let indent = |text: &mut String, depth: usize| (0..depth).for_each(|_| text.push_str("  "));
        indent(&mut self.written.text, depth);
        self.written.text.push('<');
        self.written.text.push_str(name);
        self.written.text.push_str(more);
        for attribute in &element.attributes {
            let called = qualified(attribute.name);
            if let Some(place) = &attribute.place {
                self.written.attribute_places.push((node, called.clone(), place.clone()));
            }
            let text = &mut self.written.text;
            text.push(' ');
            text.push_str(&called);
            text.push_str("=\"");
            escaped(&attribute.value, true, text);
            text.push('"');
        }
        let children = self.in_order(id);
        if children.is_empty() {
            let text = &mut self.written.text;
            match said(element) {
                None => text.push_str("/>"),
                Some(said) => {
                    text.push('>');
                    escaped(&said, false, text);
                    text.push_str(&format!("</{name}>"));
                }
            }
            return;
        }
        self.written.text.push('>');
        for child in children {
            self.written.text.push('\n');
            self.element(child, depth + 1, "");
        }
        let text = &mut self.written.text;
        text.push('\n');
        indent(text, depth);
        text.push_str(&format!("</{name}>"));
    }

    fn in_order(&self, id: Id) -> Vec<Id> {
        let kind = self.elements.kind(id);
        let mut children: Vec<Id> = self.elements.get(id).children.clone();
        children.retain(|child| !self.elements.get(*child).dropped);
        let place = |child: &Id| {
            let name = self.elements.get(*child).name;
            kind.and_then(|kind| kind.names().iter().position(|known| *known == name))
        };
        children.sort_by_cached_key(place);
        children
    }
}

/// The text of an element: of a UBL note, with its subject code.
fn said(element: &Element) -> Option<String> {
    let text = element.text.as_deref();
    match element.code.as_deref().filter(|code| !code.trim().is_empty()) {
        Some(code) => Some(format!("#{code}#{}", text.unwrap_or_default())),
        None => text.map(str::to_owned),
    }
}

/// Text that reads back as it was; what no XML holds is left out.
fn escaped(text: &str, in_attribute: bool, out: &mut String) {
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
