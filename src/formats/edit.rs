//! One change to the text of a document, all else left as it stands: a value, an attribute, an element more or less.
//!
//! Made to try a correction: the text that comes out is read and judged again. What is written back is a `Mend` instead.

use crate::invoice::Syntax;
use crate::xml::{Name, NodeId, Tree};

use super::syntax::{self, Type};

/// What to change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// The text of an element, whatever stood in it.
    Text {
        node: NodeId,
        value: String,
    },
    /// An attribute, whether it stands there or not.
    Attribute {
        node: NodeId,
        name: String,
        value: String,
    },
    /// An attribute under another name, its value kept.
    RenameAttribute {
        node: NodeId,
        from: String,
        to: String,
    },
    /// A child in the place that the schema has for it; `xml` may use the prefixes of [`element`].
    Insert {
        parent: NodeId,
        name: Name,
        xml: String,
    },
    Remove {
        node: NodeId,
    },
    /// Another element in its place; `xml` may use the prefixes of [`element`].
    Replace {
        node: NodeId,
        xml: String,
    },
    /// Another name, such as `cbc:Name`, with its name space.
    Rename {
        node: NodeId,
        name: String,
        space: &'static str,
    },
}

impl Edit {
    /// The text of the document with this change made.
    pub fn apply(&self, tree: &Tree<'_>) -> Option<String> {
        let source = tree.source();
        let (range, new) = match self {
            Edit::Rename { node, name, space } => {
                let (tag, whole) = (Tag::of(tree, *node)?, end(tree, *node)?);
                let declares = format!("xmlns:{}=", name.split_once(':')?.0);
                let rest = source.get(tag.start + 1 + tag.name.len()..tag.end)?;
                let declared = if rest.contains(&declares) { String::new() } else { format!(" {declares}\"{space}\"") };
                let start = format!("<{name}{declared}{rest}");
                match close(tree, *node) {
                    Some(close) => (tag.start..whole, format!("{start}{}</{name}>", source.get(tag.end..close)?)),
                    None => (tag.start..whole, start),
                }
            }
            Edit::Text { node, value } => {
                let tag = Tag::of(tree, *node)?;
                let value = escaped(value);
                match close(tree, *node) {
                    Some(close) => (tag.end..close, value),
                    None => (tag.end - 2..tag.end, format!(">{value}</{}>", tag.name)),
                }
            }
            Edit::Attribute { node, name, value } => {
                let tag = Tag::of(tree, *node)?;
                let written = format!("{name}=\"{}\"", escaped(value));
                let known = tree.attributes(*node).iter().find(|a| tree.qualified(a.name) == *name);
                match known.and_then(|a| extent(source, a.at as usize)) {
                    Some(range) => (range, written),
                    None => {
                        let at = tag.start + 1 + tag.name.len();
                        (at..at, format!(" {written}"))
                    }
                }
            }
            Edit::RenameAttribute { node, from, to } => {
                let known = tree.attributes(*node).iter().find(|a| tree.qualified(a.name) == *from)?;
                let range = extent(source, known.at as usize)?;
                let (_, value) = source.get(range.clone())?.split_once('=')?;
                (range, format!("{to}={value}"))
            }
            Edit::Insert { parent, name, xml } => {
                let tag = Tag::of(tree, *parent)?;
                match (follower(tree, *parent, *name), close(tree, *parent)) {
                    (Some(before), _) => (tree.node(before).at as usize..tree.node(before).at as usize, xml.clone()),
                    (None, Some(close)) => (close..close, xml.clone()),
                    (None, None) => (tag.end - 2..tag.end, format!(">{xml}</{}>", tag.name)),
                }
            }
            Edit::Replace { node, xml } => (tree.node(*node).at as usize..end(tree, *node)?, xml.clone()),
            Edit::Remove { node } => (tree.node(*node).at as usize..end(tree, *node)?, String::new()),
        };
        let (before, after) = (source.get(..range.start)?, source.get(range.end..)?);
        Some(format!("{before}{new}{after}"))
    }
}

/// An element with a text, its name spaces declared on it, so that it may stand in any document: `<cbc:ID xmlns:cbc="…">1</cbc:ID>`.
pub fn element(syntax: Syntax, xml: &str) -> String {
    let declared: String = spaces(syntax).iter().map(|(prefix, uri)| format!(" xmlns:{prefix}=\"{uri}\"")).collect();
    let name_end = xml.find([' ', '>', '/']).unwrap_or(xml.len());
    format!("{}{declared}{}", &xml[..name_end], &xml[name_end..])
}

/// Prefixes and name spaces of a syntax.
pub fn spaces(syntax: Syntax) -> &'static [(&'static str, &'static str)] {
    if syntax.is_ubl() {
        &[
            ("cac", "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"),
            ("cbc", "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"),
        ]
    } else if syntax == Syntax::Cdar {
        &[
            ("rsm", "urn:un:unece:uncefact:data:standard:CrossDomainAcknowledgementAndResponse:100"),
            ("ram", "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"),
            ("qdt", "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"),
            ("udt", "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"),
        ]
    } else {
        &[
            ("rsm", "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"),
            ("ram", "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100"),
            ("qdt", "urn:un:unece:uncefact:data:standard:QualifiedDataType:100"),
            ("udt", "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100"),
        ]
    }
}

/// The first child of `parent` that the schema puts after an element of that name; none where it comes last, or where the schema
/// does not say.
pub fn follower(tree: &Tree<'_>, parent: NodeId, name: Name) -> Option<NodeId> {
    let particles = type_of(tree, parent)?.particles();
    let place = particles.iter().find(|p| p.name == name)?.place;
    let later = |c: &NodeId| {
        let name = tree.node(*c).name;
        particles.iter().find(|p| p.name == name).is_some_and(|p| p.place > place)
    };
    tree.children(parent).find(later)
}

/// Does the schema have elements inside this one?
pub fn holds_elements(tree: &Tree<'_>, node: NodeId) -> bool {
    type_of(tree, node).is_some_and(|kind| !kind.particles().is_empty())
}

/// The type of an element, found from the document element down.
fn type_of(tree: &Tree<'_>, node: NodeId) -> Option<&'static Type> {
    if node == 0 {
        return syntax::root(tree.node(0).name).map(Type::get);
    }
    let name = tree.node(node).name;
    let particle = type_of(tree, tree.node(node).parent)?.particles().iter().find(|p| p.name == name)?;
    Some(Type::get(particle.kind))
}

/// Where an element starts and ends in the decoded text.
pub fn extent_of(tree: &Tree<'_>, node: NodeId) -> Option<(usize, usize)> {
    Some((tree.node(node).at as usize, end(tree, node)?))
}

/// A start tag: where it starts, where it ends, the name as written.
pub(super) struct Tag<'s> {
    pub start: usize,
    pub end: usize,
    pub name: &'s str,
}

impl<'s> Tag<'s> {
    pub fn of(tree: &'s Tree<'_>, node: NodeId) -> Option<Tag<'s>> {
        let source = tree.source();
        let start = tree.node(node).at as usize;
        let rest = source.get(start + 1..)?;
        let name = rest.get(..rest.find([' ', '\t', '\r', '\n', '>', '/'])?)?;
        let mut quote = None;
        for (at, byte) in rest.bytes().enumerate() {
            match (quote, byte) {
                (None, b'"' | b'\'') => quote = Some(byte),
                (Some(open), close) if open == close => quote = None,
                (None, b'>') => return Some(Tag { start, end: start + 2 + at, name }),
                _ => {}
            }
        }
        None
    }

    fn is_empty(&self, source: &str) -> bool {
        source.get(..self.end).is_some_and(|before| before.ends_with("/>"))
    }
}

/// Where the end tag of an element starts; none where its start tag closes it.
pub(super) fn close(tree: &Tree<'_>, node: NodeId) -> Option<usize> {
    let source = tree.source();
    let tag = Tag::of(tree, node)?;
    if tag.is_empty(source) {
        return None;
    }
    let mut at = match tree.children(node).last() {
        Some(last) => end(tree, last)?,
        None => tag.end,
    };
    loop {
        at += source.get(at..)?.find('<')?;
        let rest = source.get(at..)?;
        let skipped =
            [("<!--", "-->"), ("<![CDATA[", "]]>"), ("<?", "?>")].into_iter().find(|(open, _)| rest.starts_with(open));
        match skipped {
            Some((_, end)) => at += rest.find(end)? + end.len(),
            None => return Some(at),
        }
    }
}

/// Where an element ends: after its end tag.
pub(super) fn end(tree: &Tree<'_>, node: NodeId) -> Option<usize> {
    match close(tree, node) {
        Some(close) => Some(close + tree.source().get(close..)?.find('>')? + 1),
        None => Tag::of(tree, node).map(|tag| tag.end),
    }
}

/// An attribute from its name to its closing quote.
pub(super) fn extent(source: &str, at: usize) -> Option<std::ops::Range<usize>> {
    let rest = source.get(at..)?;
    let open = rest.find(['"', '\''])?;
    let quote = rest.as_bytes().get(open).copied()?;
    let length = rest.get(open + 1..)?.find(char::from(quote))?;
    Some(at..at + open + length + 2)
}

pub(super) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::read;

    const INVOICE: &str = r#"<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2" xmlns:b="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2" xmlns:cac="urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"><b:ID a=">">F-1<!-- </b:ID> --></b:ID><b:Note/><cac:LegalMonetaryTotal><b:PayableAmount currencyID='EUR'>1</b:PayableAmount></cac:LegalMonetaryTotal></Invoice>"#;

    fn made(edit: &Edit) -> String {
        let read = read(INVOICE.as_bytes()).unwrap();
        edit.apply(read.invoice.tree()).unwrap()
    }

    #[test]
    fn one_thing_changes_and_all_else_stays() {
        let text = |node, value: &str| made(&Edit::Text { node, value: value.to_owned() });
        assert_eq!(text(1, "A&B"), INVOICE.replace("F-1<!-- </b:ID> -->", "A&amp;B"));
        assert_eq!(text(2, "x"), INVOICE.replace("<b:Note/>", "<b:Note>x</b:Note>"));
        let attribute =
            |node, name: &str| made(&Edit::Attribute { node, name: name.to_owned(), value: "SEK".to_owned() });
        assert_eq!(attribute(4, "currencyID"), INVOICE.replace("currencyID='EUR'", "currencyID=\"SEK\""));
        assert_eq!(attribute(2, "languageID"), INVOICE.replace("<b:Note/>", "<b:Note languageID=\"SEK\"/>"));
        let rename = |node| made(&Edit::Rename { node, name: "cbc:Note".to_owned(), space: "urn:x" });
        assert_eq!(rename(2), INVOICE.replace("<b:Note/>", "<cbc:Note xmlns:cbc=\"urn:x\"/>"));
        assert_eq!(
            rename(1),
            INVOICE.replace("<b:ID a", "<cbc:Note xmlns:cbc=\"urn:x\" a").replace("--></b:ID>", "--></cbc:Note>")
        );
        assert_eq!(made(&Edit::Replace { node: 2, xml: "<x/>".to_owned() }), INVOICE.replace("<b:Note/>", "<x/>"));
        assert_eq!(made(&Edit::Remove { node: 2 }), INVOICE.replace("<b:Note/>", ""));
        assert_eq!(made(&Edit::Remove { node: 1 }), INVOICE.replace("<b:ID a=\">\">F-1<!-- </b:ID> --></b:ID>", ""));
    }

    #[test]
    fn an_element_goes_where_the_schema_has_it() {
        let read = read(INVOICE.as_bytes()).unwrap();
        let tree = read.invoice.tree();
        let names: Vec<Name> = tree.nodes().iter().map(|n| n.name).collect();
        // A second note belongs before the totals; an identifier before the note.
        let insert = |name| made(&Edit::Insert { parent: 0, name, xml: "<x/>".to_owned() });
        assert_eq!(insert(names[2]), INVOICE.replace("<cac:Legal", "<x/><cac:Legal"));
        assert_eq!(insert(names[1]), INVOICE.replace("<b:Note/>", "<x/><b:Note/>"));
        assert_eq!(insert(names[3]), INVOICE.replace("</Invoice>", "<x/></Invoice>"));
        assert!(element(Syntax::UblInvoice, "<cbc:ID>1</cbc:ID>").starts_with("<cbc:ID xmlns:cac=\"urn:oasis"));
    }
}
