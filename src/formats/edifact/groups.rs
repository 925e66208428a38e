//! Segments to the tree of segment groups, by position: the same tag in several groups is told by where it stands alone.
//!
//! Each segment goes to the innermost open group that still has a place for it, at or after the place where that group is. What has no place
//! is a fault (CONTRL 15) and kept aside, and so is what could only belong to it: nothing is read as something that it may not be.

mod faults;

use crate::edifact::{Fault, Message, Segment, Strictness};

use super::structure::{Structure, Tag, code, tag, tag_of};

/// A message as groups.
pub struct Groups<'m> {
    pub message: &'m Message,
    pub structure: &'static Structure,
    tags: Vec<Tag>,
    /// Component 1 of element 1 of each segment, where its bytes are its text and few.
    qualifiers: Vec<Option<u64>>,
    nodes: Vec<Node>,
    /// The groups directly in the message but its lines, of which there may be many.
    heads: Vec<u32>,
    /// Positions (from 0) of the segments that have no place.
    pub aside: Vec<u32>,
    /// Positions of the FTX that go on with the text of the one before.
    further: Vec<u32>,
    pub faults: Vec<Fault>,
    strictness: Strictness,
    /// Was something set aside, or missing, of which a term or an amount may have come?
    lost: bool,
}

/// An instance of a group. Its own segments stand before the groups in it.
#[derive(Debug, Clone, Copy)]
struct Node {
    #[cfg_attr(not(test), expect(dead_code, reason = "what a group is called, asked by tests"))]
    form: u16,
    /// Its trigger, and what follows its own segments.
    first: u32,
    own_end: u32,
    /// The node behind all that is in it.
    end: u32,
    /// The bits of its own segments' tags and of the triggers directly in it.
    has: u64,
    /// The same of the tags with their qualifiers, as [`mark`] has them.
    marks: u64,
}

/// The message itself.
pub const MESSAGE: u32 = 0;

struct Open {
    node: u32,
    form: u16,
    at: usize,
    count: u32,
    /// Which of its parts were there.
    seen: u64,
}

impl<'m> Groups<'m> {
    pub fn of(message: &'m Message, structure: &'static Structure, strictness: &Strictness) -> Groups<'m> {
        let (mut tags, mut qualifiers) = (Vec::with_capacity(message.len()), Vec::with_capacity(message.len()));
        for segment in message.segments() {
            tags.push(tag_of(segment.tag_bytes()));
            qualifiers.push(segment.code(1, 1).and_then(code));
        }
        let has = structure.bit(tags.first().copied().unwrap_or(0));
        // A step that asks for no qualifier has all marks: one is enough for it.
        let root = Node { form: 0, first: 0, own_end: 1, end: 1, has, marks: 1 };
        let mut groups = Groups {
            message,
            structure,
            tags,
            qualifiers,
            nodes: Vec::with_capacity(message.len() / 2 + 1),
            heads: Vec::new(),
            aside: Vec::new(),
            further: Vec::new(),
            faults: Vec::new(),
            strictness: *strictness,
            lost: false,
        };
        groups.nodes.push(root);
        groups.place_all();
        groups.further = groups.continuations();
        groups.heads = groups.children(MESSAGE).filter(|child| groups.tag(groups.trigger(*child)) != LIN).collect();
        groups
    }

    pub fn tag(&self, segment: u32) -> Tag {
        self.tags.get(segment as usize).copied().unwrap_or_default()
    }

    /// Component 1 of element 1 of a segment without blanks around it, as a [`code`]; none where its bytes are not its text.
    pub fn qualifier(&self, segment: u32) -> Option<u64> {
        *self.qualifiers.get(segment as usize)?
    }

    /// The own segments of a group with that tag.
    #[inline]
    pub fn own_of(&self, node: u32, wanted: Tag) -> impl Iterator<Item = u32> {
        let own = self.own(node);
        let tags = self.tags.get(own.start as usize..own.end as usize).unwrap_or_default();
        own.zip(tags).filter(move |(_, tag)| **tag == wanted).map(|(segment, _)| segment)
    }

    /// May a group have a segment, or directly in it a group, with a tag of this bit?
    pub fn has(&self, node: u32, bit: u64) -> bool {
        self.nodes.get(node as usize).is_some_and(|node| node.has & bit != 0)
    }

    /// The same for a tag with one of the qualifiers of these marks.
    #[inline]
    pub fn may_have(&self, node: u32, bit: u64, marks: u64) -> bool {
        self.nodes.get(node as usize).is_some_and(|node| node.has & bit != 0 && node.marks & marks != 0)
    }

    /// The groups directly in the message but its lines.
    pub fn heads(&self) -> &[u32] {
        &self.heads
    }

    /// A segment by its position from 0.
    pub fn segment(&self, segment: u32) -> Option<Segment<'m>> {
        self.message.segment(segment.checked_add(1)?)
    }

    /// The positions of a group's own segments.
    pub fn own(&self, node: u32) -> std::ops::Range<u32> {
        self.nodes.get(node as usize).map_or(0..0, |node| node.first..node.own_end)
    }

    /// Is there no segment that goes on with the text of the one before?
    #[inline]
    pub fn is_whole(&self) -> bool {
        self.further.is_empty()
    }

    /// Does this segment go on with the text of the one before, so that it says nothing by itself?
    pub fn is_further(&self, segment: u32) -> bool {
        !self.further.is_empty() && self.further.binary_search(&segment).is_ok()
    }

    /// The components of a segment as one text, with that of the FTX that go on with it.
    pub fn text(&self, segment: u32, element: usize, first: usize, last: usize) -> String {
        let Some(own) = self.segment(segment) else { return String::new() };
        let mut text = super::text::joined(own, element, first, last);
        // The last component was full: it goes on without a blank.
        let further = (segment + 1..).take_while(|next| last == TEXTS && self.is_further(*next));
        for own in further.filter_map(|next| self.segment(next)) {
            text.push_str(&super::text::joined(own, element, 1, TEXTS));
        }
        text
    }

    /// FTX right behind one of the same subject whose five components are taken, the last of them to its end: senders go on so with texts longer than a
    /// segment.
    fn continuations(&self) -> Vec<u32> {
        let count = u32::try_from(self.tags.len()).unwrap_or(u32::MAX);
        let is_text = |segment: u32| self.tag(segment) == FTX;
        let goes_on = |segment: &u32| {
            let pair = is_text(*segment) && is_text(segment - 1);
            let Some((before, own)) = pair.then(|| self.segment(segment - 1).zip(self.segment(*segment))).flatten()
            else {
                return false;
            };
            let taken = (1..=TEXTS).all(|c| before.component(4, c).is_some());
            let end = before.text(4, TEXTS).chars().count();
            let plain = own.component(2, 1).is_none() && own.component(3, 1).is_none();
            let full = taken && matches!(end, 70 | 512) && !before.text(4, TEXTS).ends_with(' ');
            full && plain && own.component(4, 1).is_some() && own.text(1, 1) == before.text(1, 1)
        };
        let mut further: Vec<u32> = (1..count).filter(goes_on).collect();
        further.retain(|segment| self.aside.binary_search(segment).is_err());
        further
    }

    /// The trigger of a group.
    pub fn trigger(&self, node: u32) -> u32 {
        self.nodes.get(node as usize).map_or(0, |node| node.first)
    }

    /// The positions of its first segment and of what follows all that is in it.
    pub fn extent(&self, node: u32) -> (u32, u32) {
        let Some(own) = self.nodes.get(node as usize) else { return (0, 0) };
        let inner = self.nodes.get(node as usize + 1..own.end as usize).unwrap_or_default();
        (own.first, inner.iter().map(|inner| inner.own_end).fold(own.own_end, u32::max))
    }

    /// The groups directly in a group.
    pub fn children(&self, node: u32) -> impl Iterator<Item = u32> {
        let end = self.nodes.get(node as usize).map_or(0, |node| node.end);
        let mut next = node + 1;
        std::iter::from_fn(move || {
            let child = (next < end).then_some(next)?;
            next = self.nodes.get(child as usize)?.end;
            Some(child)
        })
    }

    /// `SG26`: what the directory calls the group.
    #[cfg(test)]
    fn name(&self, node: u32) -> &'static str {
        let form = self.nodes.get(node as usize).map_or(0, |node| usize::from(node.form));
        self.structure.groups.get(form).map_or("", |form| &form.name)
    }

    fn place_all(&mut self) {
        let count = u32::try_from(self.tags.len()).unwrap_or(u32::MAX);
        // The first is UNH, the last UNT where it came.
        let end = if self.tags.last() == Some(&tag("UNT")) { count - 1 } else { count };
        let last_line = self.tags.iter().rposition(|t| *t == LIN).unwrap_or_default() as u32;
        let mut stack = vec![Open { node: MESSAGE, form: 0, at: 0, count: 0, seen: 0 }];
        let mut shadow: Option<&'static [Tag]> = None;
        // The fault of the segment that was set aside last.
        let mut told = None;
        for segment in 1..end {
            let tag = self.tag(segment);
            if shadow.is_some_and(|shadow| shadow.contains(&tag)) {
                self.aside.push(segment);
                self.weigh(segment, told);
                continue;
            }
            let early = tag == UNS && segment < last_line;
            let bit = self.structure.bit(tag);
            match self.find(&stack, tag, bit).filter(|_| !early) {
                Some((depth, part)) => {
                    shadow = None;
                    self.close(&mut stack, depth, segment);
                    self.put(&mut stack, part, bit, segment);
                }
                None => {
                    self.aside.push(segment);
                    told = self.misplaced(segment);
                    if !early {
                        self.weigh(segment, told);
                    }
                    shadow = self.structure.inside(tag).filter(|_| tag != UNS);
                }
            }
        }
        self.close(&mut stack, 0, end);
        if let Some(open) = stack.pop() {
            // Without UNS, what belongs behind it has no place: there it is missing.
            let astray = self.aside.iter().copied().find(|segment| *segment > last_line && last_line > 0);
            self.missing((open.form, open.seen, open.at..usize::MAX), astray.unwrap_or(end));
        }
        let all = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        if let Some(root) = self.nodes.first_mut() {
            root.end = all;
        }
    }

    /// The innermost open group with a place for the segment, and the place.
    fn find(&self, stack: &[Open], tag: Tag, bit: u64) -> Option<(usize, usize)> {
        stack.iter().enumerate().rev().find_map(|(depth, open)| {
            let form = self.structure.groups.get(usize::from(open.form)).filter(|form| form.bits & bit != 0)?;
            let ahead = form.parts.get(open.at..)?.iter().position(|part| part.tag == tag)?;
            Some((depth, open.at + ahead))
        })
    }

    /// Closes all groups deeper than `depth`.
    fn close(&mut self, stack: &mut Vec<Open>, depth: usize, segment: u32) {
        let next = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        while stack.len() > depth + 1 {
            if let Some(open) = stack.pop() {
                self.missing((open.form, open.seen, open.at..usize::MAX), segment);
                if let Some(node) = self.nodes.get_mut(open.node as usize) {
                    node.end = next;
                }
            }
        }
    }

    fn put(&mut self, stack: &mut Vec<Open>, at: usize, bit: u64, segment: u32) {
        let structure = self.structure;
        let Some(open) = stack.last_mut() else { return };
        let Some(part) = structure.groups.get(usize::from(open.form)).and_then(|form| form.parts.get(at)) else {
            return;
        };
        // What is passed over can come no more: it is missing behind the segment before this one.
        let passed = (open.form, open.seen, open.at..at);
        let counted = if at == open.at { open.count } else { 0 };
        (open.at, open.count) = (at, counted + 1);
        open.seen |= 1u64.checked_shl(u32::try_from(at).unwrap_or(u32::MAX)).unwrap_or_default();
        let node = open.node;
        let marks = self.qualifier(segment).map_or(u64::MAX, |code| mark(part.tag, code));
        if let Some(node) = self.nodes.get_mut(node as usize) {
            node.has |= bit;
            node.marks |= marks;
        }
        let part = *part;
        self.missing(passed, segment);
        if counted == part.most {
            self.too_many(segment, part.group.is_some(), part.most);
        }
        match part.group {
            None => {
                if let Some(node) = self.nodes.get_mut(node as usize) {
                    node.own_end = segment + 1;
                }
            }
            Some(form) => {
                let node = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
                self.nodes.push(Node { form, first: segment, own_end: segment + 1, end: node + 1, has: bit, marks });
                stack.push(Open { node, form, at: 1, count: 0, seen: 1 });
            }
        }
    }
}

/// A tag with its qualifier as one of 64 bits: two that share a bit are looked at in vain, none is missed.
pub fn mark(tag: Tag, code: u64) -> u64 {
    1 << ((u64::from(tag) ^ code.rotate_left(17)).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 58)
}

pub const LIN: Tag = u32::from_be_bytes([0, b'L', b'I', b'N']);
const FTX: Tag = u32::from_be_bytes([0, b'F', b'T', b'X']);
/// How many components of FTX are text.
const TEXTS: usize = 5;
const UNS: Tag = u32::from_be_bytes([0, b'U', b'N', b'S']);

fn text(tag: Tag) -> String {
    tag.to_be_bytes().iter().filter(|b| **b != 0).map(|b| char::from(*b)).collect()
}

#[cfg(test)]
mod tests;
