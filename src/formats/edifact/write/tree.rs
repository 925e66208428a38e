//! The message as it is filled: instances of segment groups with their segments, each at its place in the directory's structure, in whatever
//! order they come.

use crate::edifact::write::Line;

use super::super::structure::{Structure, Tag};
use super::forms::{Lengths, name};

/// The number of a group's instance.
pub(super) type NodeId = usize;
/// The number of a segment.
pub(super) type SegmentId = usize;

/// The message itself.
pub(super) const MESSAGE: NodeId = 0;

pub(super) struct Tree {
    structure: &'static Structure,
    pub lengths: Lengths,
    nodes: Vec<Node>,
    segments: Vec<Segment>,
}

struct Node {
    form: usize,
    /// Its parts in the order in which they came, each with its place in the form.
    items: Vec<(usize, Item)>,
    /// How often each part is there.
    counts: Vec<(usize, u32)>,
}

#[derive(Clone, Copy)]
enum Item {
    Segment(SegmentId),
    Group(NodeId),
}

pub(super) struct Segment {
    pub tag: Tag,
    elements: Vec<Vec<String>>,
}

/// The place is taken so many times already.
pub(super) struct Full(pub u32);

impl Segment {
    /// Element and component from 1; empty where nothing is said.
    pub fn get(&self, e: usize, c: usize) -> &str {
        let component = e.checked_sub(1).and_then(|e| self.elements.get(e)).zip(c.checked_sub(1));
        component.and_then(|(element, c)| element.get(c)).map_or("", String::as_str)
    }

    pub fn set(&mut self, e: usize, c: usize, text: impl Into<String>) {
        let (Some(e), Some(c)) = (e.checked_sub(1), c.checked_sub(1)) else { return };
        if self.elements.len() <= e {
            self.elements.resize(e + 1, Vec::new());
        }
        if let Some(element) = self.elements.get_mut(e) {
            if element.len() <= c {
                element.resize(c + 1, String::new());
            }
            if let Some(component) = element.get_mut(c) {
                *component = text.into();
            }
        }
    }

    /// Empties elements that lack a component which they must have.
    fn clear(&mut self, lengths: Lengths) {
        for (element, form) in self.elements.iter_mut().zip(lengths.elements(self.tag)) {
            let lacks = form
                .components
                .iter()
                .enumerate()
                .any(|(n, component)| component.mandatory && element.get(n).is_none_or(String::is_empty));
            if form.composite && lacks {
                element.clear();
            }
        }
    }

    fn lacks(&self, lengths: Lengths) -> bool {
        let is_said = |n: usize| self.elements.get(n).is_some_and(|e| e.iter().any(|c| !c.is_empty()));
        lengths.elements(self.tag).iter().enumerate().any(|(n, form)| form.mandatory && !is_said(n))
    }

    fn line(&self) -> Line<'static> {
        let mut line = Line::new(name(self.tag));
        for element in &self.elements {
            line = line.with(element.clone());
        }
        line
    }
}

impl Tree {
    pub fn new(structure: &'static Structure, lengths: Lengths) -> Tree {
        let root = Node { form: 0, items: Vec::new(), counts: Vec::new() };
        Tree { structure, lengths, nodes: vec![root], segments: Vec::new() }
    }

    pub fn segment(&self, id: SegmentId) -> Option<&Segment> {
        self.segments.get(id)
    }

    pub fn get(&self, id: SegmentId, e: usize, c: usize) -> &str {
        self.segments.get(id).map_or("", |segment| segment.get(e, c))
    }

    pub fn set(&mut self, id: SegmentId, e: usize, c: usize, text: impl Into<String>) {
        if let Some(segment) = self.segments.get_mut(id) {
            segment.set(e, c, text);
        }
    }

    /// Says in one segment what another says.
    pub fn copy(&mut self, from: SegmentId, to: SegmentId) {
        let elements = self.segments.get(from).map(|segment| segment.elements.clone());
        if let (Some(elements), Some(segment)) = (elements, self.segments.get_mut(to)) {
            segment.elements = elements;
        }
    }

    /// The segment that begins a group.
    pub fn trigger(&self, node: NodeId) -> Option<SegmentId> {
        match self.nodes.get(node)?.items.first()?.1 {
            Item::Segment(id) if node != MESSAGE => Some(id),
            _ => None,
        }
    }

    /// Segments of that tag in a group and those that begin groups in it, with the groups that they are in.
    pub fn all(&self, node: NodeId, tag: Tag) -> impl Iterator<Item = (NodeId, SegmentId)> + '_ {
        let items = self.nodes.get(node).into_iter().flat_map(|node| &node.items);
        let found = items.filter_map(move |(_, item)| match item {
            Item::Segment(id) => Some((node, *id)),
            Item::Group(inner) => Some((*inner, self.trigger(*inner)?)),
        });
        found.filter(move |(_, id)| self.segments.get(*id).is_some_and(|segment| segment.tag == tag))
    }

    /// One more segment or group of that tag.
    pub fn add(&mut self, node: NodeId, tag: Tag) -> Result<(NodeId, SegmentId), Full> {
        let form = self.nodes.get(node).map_or(0, |node| node.form);
        let parts = self.structure.groups.get(form).map_or(&[][..], |form| &form.parts);
        let skipped = usize::from(node != MESSAGE);
        let Some((at, part)) = parts.iter().enumerate().skip(skipped).find(|(_, part)| part.tag == tag) else {
            return Err(Full(1));
        };
        let (most, group) = (part.most, part.group);
        let next = self.nodes.len();
        let Some(own) = self.nodes.get_mut(node) else { return Err(Full(0)) };
        match own.counts.iter_mut().find(|(part, _)| *part == at) {
            Some((_, count)) if *count >= most => return Err(Full(most)),
            Some((_, count)) => *count += 1,
            None => own.counts.push((at, 1)),
        }
        let id = self.segments.len();
        let item = if group.is_some() { Item::Group(next) } else { Item::Segment(id) };
        own.items.push((at, item));
        self.segments.push(Segment { tag, elements: Vec::new() });
        match group {
            Some(form) => {
                let items = vec![(0, Item::Segment(id))];
                self.nodes.push(Node { form: usize::from(form), items, counts: Vec::new() });
                Ok((next, id))
            }
            None => Ok((node, id)),
        }
    }

    /// One more segment of the same tag right behind another of a group.
    pub fn add_behind(&mut self, node: NodeId, behind: SegmentId) -> Result<SegmentId, Full> {
        let tag = self.segments.get(behind).map_or(0, |segment| segment.tag);
        let (_, id) = self.add(node, tag)?;
        let items = self.nodes.get_mut(node).map(|node| &mut node.items);
        if let Some(items) = items
            && let Some(at) = items.iter().position(|(_, item)| matches!(item, Item::Segment(own) if *own == behind))
            && let Some(last) = items.pop()
        {
            items.insert(at + 1, last);
        }
        Ok(id)
    }

    pub fn segments_mut(&mut self) -> impl Iterator<Item = &mut Segment> {
        self.segments.iter_mut()
    }

    /// All segments in the order of the structure.
    pub fn lines(&mut self) -> Vec<Line<'static>> {
        let lengths = self.lengths;
        self.segments.iter_mut().for_each(|segment| segment.clear(lengths));
        for node in &mut self.nodes {
            node.items.sort_by_key(|(part, _)| *part);
        }
        let mut lines = Vec::with_capacity(self.segments.len());
        self.put(MESSAGE, &mut lines);
        lines
    }

    fn put(&self, node: NodeId, lines: &mut Vec<Line<'static>>) {
        let Some(own) = self.nodes.get(node) else { return };
        for (n, (_, item)) in own.items.iter().enumerate() {
            match item {
                Item::Segment(id) => {
                    let Some(segment) = self.segments.get(*id) else { continue };
                    // A group needs its first segment; any other that lacks what it must have says nothing.
                    let first = n == 0 && node != MESSAGE;
                    if first || !segment.lacks(self.lengths) {
                        lines.push(segment.line());
                    }
                }
                // Groups lie no deeper than the directory nests them.
                Item::Group(inner) => {
                    let says = self.trigger(*inner).and_then(|id| self.segments.get(id));
                    if says.is_some_and(|segment| !segment.lacks(self.lengths)) {
                        self.put(*inner, lines);
                    }
                }
            }
        }
    }
}
