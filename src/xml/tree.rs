//! A document as a flat list of elements in document order.
//!
//! An element's subtree is the run of nodes from itself to its `end`, so children need no pointers and a pass over the
//! document is a pass over one array.

use std::borrow::Cow;
use std::cell::OnceCell;
use std::fmt::Write;

use super::kin::{self, Kin};
use super::line;
use super::name::Name;
use super::shapes::{Shape, ShapeId};
use super::vocabulary::Vocabulary;

/// Index of an element in its [`Tree`].
pub type NodeId = u32;

/// A piece of text: a range of the document, or of the text gathered where entities or line ends had to be resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    pub(super) start: u32,
    pub(super) len: u32,
}

impl Span {
    /// The bit that says "in the gathered text".
    pub(super) const GATHERED: u32 = 1 << 31;

    pub fn is_empty(self) -> bool {
        self.len == 0
    }

    /// The part of a span from `from` to `to`, in bytes of the span.
    pub fn slice(self, from: usize, to: usize) -> Span {
        let (from, to) = (from.min(self.len as usize) as u32, to.min(self.len as usize) as u32);
        Span { start: self.start + from, len: to.saturating_sub(from) }
    }
}

#[derive(Debug, Clone, Copy)]
pub struct Node {
    pub name: Name,
    /// At most `limits::XML_ATTRIBUTES`.
    pub attributes: u8,
    /// Does it hold text other than blanks, before, between or after its children?
    pub has_text: bool,
    /// The element around this one; itself for the root.
    pub parent: NodeId,
    /// The first node after this element's subtree.
    pub end: NodeId,
    pub text: Span,
    pub(super) first_attribute: u32,
    /// Byte offset of the start tag in the decoded text.
    pub at: u32,
    /// Its name and those around it.
    pub shape: ShapeId,
}

#[derive(Debug, Clone, Copy)]
pub struct Attribute {
    pub name: Name,
    pub value: Span,
    /// Byte offset of the attribute's name.
    pub at: u32,
}

/// A well-formed document.
#[derive(Debug)]
pub struct Tree<'a> {
    pub(super) source: Cow<'a, str>,
    pub(super) gathered: String,
    pub(super) nodes: Vec<Node>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) shapes: Vec<Shape>,
    /// Name space URI, prefix as written and local name of names the vocabulary lacks.
    pub(super) unknown: Vec<(String, String, String)>,
    /// What `xsi:type` names, for the elements that have it, in document order.
    pub(super) types: Vec<(NodeId, String)>,
    pub(super) vocabulary: &'static Vocabulary,
    pub(super) marks: OnceCell<Vec<line::Mark>>,
    /// For each element its position among siblings of its name, or 0 where it is the only one.
    pub(super) positions: OnceCell<Vec<u32>>,
    pub(super) kin: OnceCell<Kin>,
}

impl<'a> Tree<'a> {
    /// Number of elements; at least one.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// How many names the vocabulary has: known names are numbered below it.
    pub fn known_names(&self) -> usize {
        self.vocabulary.names.len()
    }

    /// Never true: a document has a root.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    /// All elements in document order; the root is number 0.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The ways of names that lead to elements, from the outside to the inside.
    pub fn shapes(&self) -> &[Shape] {
        &self.shapes
    }

    /// The shapes of what stands directly inside elements of that shape, and their names.
    pub fn shapes_inside(&self, shape: ShapeId) -> impl Iterator<Item = (ShapeId, Name)> + '_ {
        let mut next = self.shapes.get(shape as usize).map(|shape| shape.first);
        std::iter::from_fn(move || {
            let (at, shape) = (next?, self.shapes.get(next? as usize)?);
            next = Some(shape.next);
            Some((at, shape.name))
        })
    }

    /// The elements directly inside `id`, in document order.
    #[inline]
    pub fn children(&self, id: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        self.inside(id).map(|(child, _)| child)
    }

    /// The same, each with what is known of it. Every pass comes through here, so one comparison bounds it.
    #[inline]
    pub fn inside(&self, id: NodeId) -> impl Iterator<Item = (NodeId, &Node)> + '_ {
        let nodes = self.nodes.get(..self.node(id).end as usize).unwrap_or_default();
        let mut next = id + 1;
        std::iter::from_fn(move || {
            let (current, node) = (next, nodes.get(next as usize)?);
            next = node.end;
            Some((current, node))
        })
    }

    /// The children of that name, in document order.
    pub fn all(&self, id: NodeId, name: Name) -> impl Iterator<Item = NodeId> + '_ {
        let wide = self.is_wide(id);
        let known = if wide { self.family(id, name) } else { &[] };
        let walked = self.inside(id).take_while(move |_| !wide).filter(move |(_, child)| child.name == name);
        known.iter().copied().chain(walked.map(|(child, _)| child))
    }

    /// Does it hold so much that its children are looked up by name?
    pub fn is_wide(&self, id: NodeId) -> bool {
        self.node(id).end - id > kin::WIDE
    }

    /// The children of that name of a wide element.
    pub fn family(&self, id: NodeId, name: Name) -> &[NodeId] {
        self.kin.get_or_init(|| Kin::of(self)).all(id, name)
    }

    /// The first child of that name.
    pub fn child(&self, id: NodeId, name: Name) -> Option<NodeId> {
        if self.is_wide(id) {
            return self.family(id, name).first().copied();
        }
        self.inside(id).find(|(_, child)| child.name == name).map(|(child, _)| child)
    }

    pub fn has_children(&self, id: NodeId) -> bool {
        self.node(id).end > id + 1
    }

    /// Does it hold both elements and text other than blanks?
    pub fn is_mixed(&self, id: NodeId) -> bool {
        self.node(id).has_text && self.has_children(id)
    }

    /// The text of a span.
    pub fn text(&self, span: Span) -> &str {
        let (from, whole) = match span.start & Span::GATHERED {
            0 => (span.start as usize, self.source.as_ref()),
            _ => ((span.start & !Span::GATHERED) as usize, self.gathered.as_str()),
        };
        whole.get(from..from + span.len as usize).unwrap_or_default()
    }

    /// The text directly inside an element, as written, entities resolved.
    pub fn text_of(&self, id: NodeId) -> &str {
        self.text(self.node(id).text)
    }

    /// Attributes of an element, name space declarations left out, in the order written.
    pub fn attributes(&self, id: NodeId) -> &[Attribute] {
        self.attributes_of(self.node(id))
    }

    fn attributes_of(&self, node: &Node) -> &[Attribute] {
        let first = node.first_attribute as usize;
        &self.attributes[first..first + usize::from(node.attributes)]
    }

    /// Does any element have an attribute of one of these names?
    pub fn has_any_attribute(&self, wanted: impl Fn(Name) -> bool) -> bool {
        self.attributes.iter().any(|a| wanted(a.name))
    }

    /// The attributes of all elements: the name of the element, and theirs.
    pub fn all_attributes(&self) -> impl Iterator<Item = (Name, Name)> + '_ {
        let bearers = self.nodes.iter().filter(|node| node.attributes > 0);
        bearers.flat_map(|node| self.attributes_of(node).iter().map(|attribute| (node.name, attribute.name)))
    }

    pub fn attribute(&self, id: NodeId, name: Name) -> Option<&Attribute> {
        self.attributes(id).iter().find(|a| a.name == name)
    }

    /// The whole decoded text.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Line and column, from 1, of a byte offset in the decoded text.
    pub fn line_column(&self, offset: u32) -> (u32, u32) {
        line::with(self.marks.get_or_init(|| line::marks(&self.source)), &self.source, offset as usize)
    }

    /// A name as facteur writes it: `cbc:ID`, or as the document wrote it where no table knows it.
    pub fn qualified(&self, name: Name) -> String {
        let (prefix, local) = self.written(name);
        let mut out = String::with_capacity(prefix.len() + local.len() + 1);
        push_name(&mut out, prefix, local);
        out
    }

    /// Prefix and local name as facteur writes them.
    fn written(&self, name: Name) -> (&str, &str) {
        match self.vocabulary.name(name) {
            Some(known) => known,
            None => match self.unknown.get(usize::from(name.0 - Name::KNOWN)) {
                Some((_, prefix, local)) => (prefix.as_str(), local.as_str()),
                None => ("", "?"),
            },
        }
    }

    /// Name space and local name of a name.
    pub fn expanded(&self, name: Name) -> (&str, &str) {
        if name.is_known() {
            return self
                .vocabulary
                .names
                .get(usize::from(name.0))
                .map_or(("", "?"), |(space, local)| (self.vocabulary.spaces[usize::from(*space)].1, *local));
        }
        self.unknown
            .get(usize::from(name.0 - Name::KNOWN))
            .map_or(("", "?"), |(uri, _, local)| (uri.as_str(), local.as_str()))
    }

    /// The path from the root, with a position where siblings share a name: `/Invoice/cac:InvoiceLine[2]/cbc:ID`.
    /// The root of UBL documents is written without a prefix.
    pub fn path(&self, id: NodeId) -> String {
        let mut path = String::with_capacity(96);
        self.push_path(id, &mut path);
        path
    }

    fn push_path(&self, id: NodeId, path: &mut String) {
        let node = self.node(id);
        if id == 0 {
            path.push('/');
            let (prefix, local) = self.written(node.name);
            return push_name(path, if matches!(prefix, "ubl" | "cn") { "" } else { prefix }, local);
        }
        self.push_path(node.parent, path);
        path.push('/');
        let (prefix, local) = self.written(node.name);
        push_name(path, prefix, local);
        if let Some(position @ 1..) = self.positions.get_or_init(|| self.count_positions()).get(id as usize) {
            _ = write!(path, "[{position}]");
        }
    }

    /// One pass over all elements, so that a document with many findings does not count its siblings for each.
    fn count_positions(&self) -> Vec<u32> {
        let mut positions = vec![0u32; self.nodes.len()];
        // Siblings of each name so far, and the first of them; put back to nothing after each family.
        let mut counts = vec![(0u32, 0 as NodeId); self.known_names() + self.unknown.len()];
        let slot = |name: Name| match name.is_known() {
            true => usize::from(name.0),
            false => self.known_names() + usize::from(name.0 - Name::KNOWN),
        };
        for parent in 0..self.nodes.len() as NodeId {
            for child in self.children(parent) {
                let Some((count, first)) = counts.get_mut(slot(self.node(child).name)) else { continue };
                *count += 1;
                match *count {
                    1 => *first = child,
                    2 => positions[*first as usize] = 1,
                    _ => {}
                }
                // The only one has no position.
                positions[child as usize] = if *count > 1 { *count } else { 0 };
            }
            for child in self.children(parent) {
                if let Some(count) = counts.get_mut(slot(self.node(child).name)) {
                    *count = (0, 0);
                }
            }
        }
        positions
    }
}

fn push_name(out: &mut String, prefix: &str, local: &str) {
    if !prefix.is_empty() {
        out.push_str(prefix);
        out.push(':');
    }
    out.push_str(local);
}
