//! Segments to loops, by position: what a REF, a TXI or an N1 belongs to is told by where it stands alone.

use super::structure::{Loop, Structure};
use super::words;
use crate::limits;
use crate::text::Text;
use crate::x12::{Answer, Code, Fault, Faults, List, Place, Segment, Set};

/// A loop with its own segments, the first of which began it; or, without a tag, the set.
#[derive(Debug, Default)]
pub struct Node<'a> {
    pub tag: &'static str,
    pub segments: Vec<Segment<'a>>,
    pub loops: Vec<Node<'a>>,
}

impl<'a> Node<'a> {
    /// Loops of that tag directly inside.
    pub fn loops(&self, tag: &str) -> impl Iterator<Item = &Node<'a>> {
        self.loops.iter().filter(move |inside| inside.tag == tag)
    }

    /// Its own segments of that tag.
    pub fn all(&self, tag: &str) -> impl Iterator<Item = Segment<'a>> {
        self.segments.iter().copied().filter(move |segment| segment.tag() == tag)
    }

    pub fn first(&self, tag: &str) -> Option<Segment<'a>> {
        self.all(tag).next()
    }
}

/// The loops of a set, the segments that have no place in it, and what breaks its order.
pub fn of<'a>(set: &Set<'a>) -> (Node<'a>, Vec<Segment<'a>>, Faults) {
    let root = Frame { form: &Structure::get().set, at: 0, count: 0, many: 0, lost: false, node: Node::default() };
    let mut build = Build { stack: vec![root], aside: Vec::new(), faults: set.faults.clone() };
    let mut last = None;
    for segment in set.segments() {
        // SE ends the set, wherever it is; it was held against ST already.
        if segment.tag() != "SE" {
            build.put(segment);
        }
        last = Some(segment);
    }
    build.close(0);
    let Some(root) = build.stack.pop() else { return (Node::default(), build.aside, build.faults) };
    let missing = |tag: &str| tag != "SE" && !root.node.segments.iter().any(|s| s.tag() == tag);
    for part in root.form.parts.iter().filter(|part| part.required && missing(part.tag)) {
        if let Some(last) = last {
            fault(&mut build.faults, &last, part.tag, 3, words::missing(part.tag));
        }
    }
    (root.node, build.aside, build.faults)
}

struct Frame<'a> {
    form: &'static Loop,
    /// The part where it is, and how often that came.
    at: usize,
    count: u32,
    /// Segments and loops in it, lines left out: what is read of them is held against each other.
    many: usize,
    /// Is the loop one too many? It is put aside with all that is in it: none of that is taken for a part of the one before.
    lost: bool,
    node: Node<'a>,
}

struct Build<'a> {
    stack: Vec<Frame<'a>>,
    aside: Vec<Segment<'a>>,
    faults: Faults,
}

impl<'a> Build<'a> {
    fn put(&mut self, segment: Segment<'a>) {
        let tag = segment.tag();
        if let Some((depth, at)) = self.find(tag, Frame::ahead) {
            self.close(depth);
            let Some(frame) = self.stack.last_mut() else { return };
            (frame.count, frame.at) = (if at == frame.at { frame.count.saturating_add(1) } else { 1 }, at);
            let Some(part) = frame.form.parts.get(at) else { return };
            if frame.count == part.most.saturating_add(1) {
                let number = if part.inside.is_some() { 4 } else { 5 };
                fault(&mut self.faults, &segment, tag, number, words::too_often(tag, part.most));
            }
            self.add(segment, at);
        } else if let Some((depth, at)) = self.find(tag, Frame::anywhere) {
            fault(&mut self.faults, &segment, tag, 7, words::out_of_order(tag));
            self.close(depth);
            self.add(segment, at);
        } else {
            let number = if Structure::get().knows(tag) { 2 } else { 6 };
            fault(&mut self.faults, &segment, tag, number, words::unexpected(tag));
            self.aside.push(segment);
        }
    }

    /// The innermost open loop with such a place, and the place.
    fn find(&self, tag: &str, place: fn(&Frame<'a>, &str) -> Option<usize>) -> Option<(usize, usize)> {
        self.stack.iter().enumerate().rev().find_map(|(depth, frame)| Some((depth, place(frame, tag)?)))
    }

    /// Ends all loops deeper than `depth`.
    fn close(&mut self, depth: usize) {
        while self.stack.len() > depth + 1 {
            let Some(done) = self.stack.pop() else { return };
            match self.stack.last_mut() {
                _ if done.lost => self.lose(done.node),
                Some(around) => around.node.loops.push(done.node),
                None => {}
            }
        }
    }

    fn lose(&mut self, node: Node<'a>) {
        self.aside.extend(node.segments);
        node.loops.into_iter().for_each(|inside| self.lose(inside));
    }

    fn add(&mut self, segment: Segment<'a>, at: usize) {
        let Some(frame) = self.stack.last_mut() else { return };
        let most = if segment.tag() == "IT1" { limits::X12_LINES } else { limits::X12_REPEATS };
        let many = if segment.tag() == "IT1" { frame.node.loops.len() } else { frame.many };
        let lost = many >= most;
        frame.many += usize::from(segment.tag() != "IT1");
        match frame.form.parts.get(at) {
            Some(part) if part.inside.is_some() => {
                let Some(form) = &part.inside else { return };
                let node = Node { tag: part.tag, segments: vec![segment], loops: Vec::new() };
                self.stack.push(Frame { form, at: 0, count: 0, many: 0, lost, node });
            }
            _ if lost => self.aside.push(segment),
            _ => frame.node.segments.push(segment),
        }
    }
}

impl Frame<'_> {
    /// Where it is or later; no segment that must stand is passed over.
    fn ahead(&self, tag: &str) -> Option<usize> {
        for (n, part) in self.form.parts.iter().enumerate().skip(self.at) {
            if part.tag == tag {
                return Some(n);
            }
            let seen = n == self.at && self.count > 0;
            if part.required && !seen && self.node.tag.is_empty() {
                return None;
            }
        }
        None
    }

    fn anywhere(&self, tag: &str) -> Option<usize> {
        self.form.parts.iter().position(|part| part.tag == tag)
    }
}

fn fault(faults: &mut Faults, segment: &Segment<'_>, tag: &str, number: u8, what: Text) {
    let place = Place { segment: segment.number(), element: 0, component: 0, offset: segment.offset() };
    faults.push(Fault { code: Code::new(List::Ak304, number), answer: Answer::Warn, tag: tag.to_owned(), place, what });
}
