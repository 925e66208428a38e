//! The structure check: what the schema of the syntax would refuse, each fault with its place and what was expected there.
//!
//! It never stops the reading: all that can still be judged is judged.

use std::collections::HashSet;

use crate::limits;
use crate::text::trim;
use crate::xml::{Name, Node, NodeId, ShapeId, Tree};

use super::syntax::{self, Facet, Lexical, Particle, Type};

/// What is wrong with the structure. Each kind has a rule id, `FCT-XSD-*`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FaultKind {
    /// An element that the syntax does not know in this place.
    Unknown,
    /// A known element in the wrong order.
    Misplaced,
    /// An element that stands more often than allowed.
    Repeated,
    /// An element that must stand here and does not.
    Missing,
    /// A text that is no value of its type.
    Value,
    /// An attribute that the element does not have.
    UnknownAttribute,
    /// An attribute that the element must have.
    MissingAttribute,
    /// Text in an element that holds only elements.
    Text,
    /// Child elements in an element that holds only text.
    Elements,
}

impl FaultKind {
    pub const ALL: [FaultKind; 9] = [
        FaultKind::Unknown,
        FaultKind::Misplaced,
        FaultKind::Repeated,
        FaultKind::Missing,
        FaultKind::Value,
        FaultKind::UnknownAttribute,
        FaultKind::MissingAttribute,
        FaultKind::Text,
        FaultKind::Elements,
    ];

    pub fn rule(self) -> &'static str {
        match self {
            FaultKind::Unknown => "FCT-XSD-UNKNOWN",
            FaultKind::Misplaced => "FCT-XSD-ORDER",
            FaultKind::Repeated => "FCT-XSD-REPEATED",
            FaultKind::Missing => "FCT-XSD-MISSING",
            FaultKind::Value => "FCT-XSD-VALUE",
            FaultKind::UnknownAttribute => "FCT-XSD-ATTRIBUTE",
            FaultKind::MissingAttribute => "FCT-XSD-ATTRIBUTE-MISSING",
            FaultKind::Text => "FCT-XSD-TEXT",
            FaultKind::Elements => "FCT-XSD-ELEMENTS",
        }
    }
}

/// One fault of structure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub kind: FaultKind,
    /// The element that is wrong, or in which something is missing.
    pub node: NodeId,
    /// The element, attribute or value concerned.
    pub found: String,
    /// What the syntax expects there.
    pub expected: String,
    pub hint: Hint,
}

/// What helps to put a fault right.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hint {
    /// The element or attribute that is missing.
    pub missing: Option<Name>,
    /// The sibling before which the element belongs.
    pub before: Option<String>,
    /// The name that was meant, where it was nearly written.
    pub meant: Option<String>,
    /// The form of the value.
    pub form: Option<Lexical>,
}

/// Checks a document against the schema of its document element. Returns the faults listed, and how many more there are.
pub fn check(tree: &Tree<'_>) -> (Vec<Fault>, usize) {
    against(tree, syntax::root(tree.node(0).name))
}

/// What the schema of another release (`d16b`) or of a profile (`facturx-basic`) would refuse and that of CII D22B, whose faults
/// `today` lists, allows; nothing for other syntaxes. All share their name spaces.
pub fn beyond(tree: &Tree<'_>, release: &str, today: &[Fault]) -> Vec<Fault> {
    let (faults, _) = against(tree, syntax::other_root(release, tree.node(0).name));
    let told = |fault: &Fault| today.iter().any(|t| t.kind == fault.kind && t.node == fault.node);
    faults.into_iter().filter(|fault| !told(fault)).collect()
}

fn against(tree: &Tree<'_>, root: Option<u16>) -> (Vec<Fault>, usize) {
    let places = vec![0; tree.shapes().len()];
    let mut check = Check { tree, places, ids: HashSet::new(), faults: Vec::new(), unlisted: 0 };
    if let Some(kind) = root {
        check.element(0, Type::get(kind));
    }
    check.faults.sort_by_key(|f| f.node);
    (check.faults, check.unlisted)
}

pub(super) struct Check<'t, 'a> {
    pub(super) tree: &'t Tree<'a>,
    /// For each shape the position of its particle in the type around it, as it was found last.
    places: Vec<u16>,
    /// Values of `xs:ID` seen.
    ids: HashSet<&'t str>,
    faults: Vec<Fault>,
    unlisted: usize,
}

impl<'t> Check<'t, '_> {
    pub(super) fn element(&mut self, node: NodeId, kind: &'static Type) {
        if kind.lexical == Lexical::Any {
            return self.lax(node);
        }
        self.attributes(node, kind);
        if matches!(kind.lexical, Lexical::None | Lexical::Mixed) {
            if kind.lexical == Lexical::None && self.tree.node(node).has_text {
                self.fault(FaultKind::Text, node, quote(trim(self.tree.text_of(node))), String::new());
            }
            match kind.model() {
                Some(model) => self.modelled(node, model),
                None => self.children(node, kind),
            }
        } else if self.tree.has_children(node) {
            let child = self.tree.qualified(self.tree.node(node + 1).name);
            self.fault(FaultKind::Elements, node, child, kind.lexical.describe().to_owned());
        } else if !kind.lexical.takes_all() {
            let text = self.tree.text_of(node);
            if !kind.lexical.accepts(text) {
                let hint = Hint { form: Some(kind.lexical), ..Hint::default() };
                self.hinted(FaultKind::Value, node, quote(text), kind.lexical.describe().to_owned(), hint);
            }
        }
    }

    /// Children against the sequence: one pass, a cursor over the places.
    fn children(&mut self, node: NodeId, kind: &'static Type) {
        let (particles, names) = (kind.particles(), kind.names());
        // The first particle of the place where the cursor stands, and how many children stood there.
        let (mut cursor, mut count) = (0usize, 0u32);
        for (child, &Node { name, shape, attributes, end, .. }) in self.tree.inside(node) {
            let Some(at) = self.particle(names, name, shape, cursor) else {
                let expected = self.expected_after(&particles[cursor..], count);
                let hint = Hint { meant: self.meant(particles, name), ..Hint::default() };
                self.hinted(FaultKind::Unknown, child, self.tree.qualified(name), expected, hint);
                continue;
            };
            let particle = &particles[at];
            let place = usize::from(particle.place);
            if place < cursor {
                let expected = self.expected_after(&particles[cursor..], count);
                let hint = Hint { before: self.follower(node, particles, particle.place), ..Hint::default() };
                self.hinted(FaultKind::Misplaced, child, self.tree.qualified(name), expected, hint);
            } else {
                if place != cursor {
                    self.missing(node, particles, &particles[cursor..place], count);
                    (cursor, count) = (place, 0);
                }
                count += 1;
                if count == particle.max.saturating_add(1) {
                    let choice: Vec<String> = particles
                        .iter()
                        .filter(|p| p.place == particle.place)
                        .map(|p| self.tree.qualified(p.name))
                        .collect();
                    let expected = if choice.len() > 1 { choice.join(" | ") } else { particle.max.to_string() };
                    self.fault(FaultKind::Repeated, child, self.tree.qualified(name), expected);
                }
            }
            // Most elements are a text that may be any, and nothing else.
            let inside = Type::get(particle.kind);
            if !inside.is_plain || attributes > 0 || end > child + 1 {
                self.element(child, inside);
            }
        }
        self.missing(node, particles, &particles[cursor..], count);
    }

    /// The position of a name, the first from the cursor on if there is one.
    #[inline]
    fn particle(&mut self, names: &[Name], name: Name, shape: ShapeId, cursor: usize) -> Option<usize> {
        let known = self.places.get_mut(shape as usize)?;
        let at = usize::from(*known);
        if at >= cursor && names.get(at) == Some(&name) {
            return Some(at);
        }
        let ahead = names[cursor..].iter().position(|known| *known == name).map(|n| n + cursor);
        let found = ahead.or_else(|| names.iter().position(|known| *known == name))?;
        *known = found as u16;
        Some(found)
    }

    /// Reports required places among `passed`, of the first of which `count` children were seen.
    #[inline(always)]
    fn missing(&mut self, node: NodeId, all: &[Particle], passed: &[Particle], count: u32) {
        // Most often nothing required was passed, or only what stood there.
        let Some((first, after)) = passed.split_first() else { return };
        let rest = after.first().map_or(0, |next| if next.place == first.place { 0 } else { usize::from(next.free) });
        if usize::from(first.free) < passed.len() && (count < first.min || rest < after.len()) {
            self.look_for_missing(node, all, passed, count);
        }
    }

    fn look_for_missing(&mut self, node: NodeId, all: &[Particle], passed: &[Particle], count: u32) {
        let first = passed.first().map(|p| p.place);
        for (n, required) in passed.iter().enumerate().filter(|(_, p)| p.min > 0) {
            // Alternatives share a place: the first of them speaks for it.
            let speaks = n == 0 || passed[n - 1].place != required.place;
            let seen = if Some(required.place) == first { count } else { 0 };
            if !speaks || seen >= required.min {
                continue;
            }
            // A required child out of order was reported as such; it is not missing too.
            let names =
                |c: NodeId| passed.iter().any(|p| p.place == required.place && p.name == self.tree.node(c).name);
            if !self.tree.children(node).any(names) {
                let name = self.tree.qualified(required.name);
                let before = self.follower(node, all, required.place);
                let hint = Hint { missing: Some(required.name), before, ..Hint::default() };
                self.hinted(FaultKind::Missing, node, name.clone(), name, hint);
            }
        }
    }

    #[inline]
    fn attributes(&mut self, node: NodeId, kind: &'static Type) {
        if kind.requires || !self.tree.attributes(node).is_empty() {
            self.check_attributes(node, kind);
        }
    }

    fn check_attributes(&mut self, node: NodeId, kind: &'static Type) {
        for attribute in self.tree.attributes(node) {
            match kind.attributes().iter().find(|a| a.name == attribute.name) {
                Some(known) => {
                    let value = self.tree.text(attribute.value);
                    let expected = match known.facet.accepts(value)
                        && (known.lexical != Lexical::Id || self.ids.insert(value.trim_ascii()))
                    {
                        _ if !known.lexical.accepts(value) => known.lexical.describe().to_owned(),
                        true => continue,
                        false if known.lexical == Lexical::Id => known.lexical.describe().to_owned(),
                        false => known.facet.describe(),
                    };
                    let found = format!("@{}={}", self.tree.qualified(attribute.name), quote(value));
                    let plain = known.facet == Facet::None && known.lexical != Lexical::Id;
                    let hint = Hint { form: plain.then_some(known.lexical), ..Hint::default() };
                    self.hinted(FaultKind::Value, node, found, expected, hint);
                }
                None if self.is_hint(node, kind, attribute.name) => {}
                None if self.is_full() => self.unlisted += 1,
                None => {
                    let allowed: Vec<_> = kind.attributes().iter().map(|a| self.tree.qualified(a.name)).collect();
                    let written = self.tree.qualified(attribute.name);
                    let free = kind.attributes().iter().filter(|a| self.tree.attribute(node, a.name).is_none());
                    let (missing, meant) = match nearest(free.map(|a| (a.name, self.tree.qualified(a.name))), &written)
                    {
                        Some((name, meant)) => (Some(name), Some(meant)),
                        None => (None, None),
                    };
                    let hint = Hint { missing, meant, ..Hint::default() };
                    self.hinted(FaultKind::UnknownAttribute, node, format!("@{written}"), allowed.join(", "), hint);
                }
            }
        }
        for required in kind.attributes().iter().filter(|a| a.required) {
            if self.tree.attribute(node, required.name).is_none() {
                let name = format!("@{}", self.tree.qualified(required.name));
                let hint = Hint { missing: Some(required.name), ..Hint::default() };
                self.hinted(FaultKind::MissingAttribute, node, name.clone(), name, hint);
            }
        }
    }

    /// What may stand at the cursor: the rest of its place, and the places after it up to the first required one.
    fn expected_after(&self, particles: &[Particle], count: u32) -> String {
        const SHOWN: usize = 6;
        let mut names: Vec<String> = Vec::new();
        let first = particles.first().map(|p| p.place);
        for particle in particles {
            let seen = if Some(particle.place) == first { count } else { 0 };
            if seen < particle.max {
                names.push(self.tree.qualified(particle.name));
            }
            if seen < particle.min || names.len() > SHOWN {
                break;
            }
        }
        if names.len() > SHOWN {
            names.truncate(SHOWN);
            names.push("…".to_owned());
        }
        names.join(", ")
    }

    /// `xsi:schemaLocation` and its kin say where a schema may lie, and are never followed; `xsi:type` may name the type that the
    /// element has anyway. `xsi:nil` would change what may stand in the element, and no type of these syntaxes allows it.
    fn is_hint(&self, node: NodeId, kind: &'static Type, name: Name) -> bool {
        self.is_xsi(name, "schemaLocation")
            || self.is_xsi(name, "noNamespaceSchemaLocation")
            || self.is_xsi(name, "type")
                && self.type_named(node).is_some_and(|named| Type::get(named).name == kind.name)
    }

    fn is_full(&self) -> bool {
        self.faults.len() >= limits::STRUCTURE_FINDINGS
    }

    /// The first child of `node` whose place comes after `place`. Looked for only while faults are listed: there may be as many
    /// faults as children.
    fn follower(&self, node: NodeId, particles: &[Particle], place: u16) -> Option<String> {
        if self.is_full() {
            return None;
        }
        let later = |c: &NodeId| {
            let name = self.tree.node(*c).name;
            particles.iter().find(|p| p.name == name).is_some_and(|p| p.place > place)
        };
        self.tree.children(node).find(later).map(|child| self.tree.qualified(self.tree.node(child).name))
    }

    /// The name among `particles` that differs by letter case or prefix alone.
    fn meant(&self, particles: &[Particle], name: Name) -> Option<String> {
        let (_, written) = self.tree.expanded(name);
        let same = |p: &&Particle| self.tree.expanded(p.name).1.eq_ignore_ascii_case(written);
        if let Some(same) = particles.iter().find(same) {
            return Some(self.tree.qualified(same.name));
        }
        // What the other kind of document calls its own.
        let twin = TWINS.iter().find_map(|(a, b)| match written {
            w if w == *a => Some(*b),
            w if w == *b => Some(*a),
            _ => None,
        });
        if let Some(twin) = particles.iter().find(|p| Some(self.tree.expanded(p.name).1) == twin) {
            return Some(self.tree.qualified(twin.name));
        }
        // Misspelt: the only one that is one edit away, or two in a long name.
        let most = if written.chars().count() >= 12 { 2 } else { 1 };
        let near = |p: &&Particle| !self.is_full() && distance(self.tree.expanded(p.name).1, written) <= most;
        let mut near = particles.iter().filter(near);
        near.next().filter(|_| near.next().is_none()).map(|p| self.tree.qualified(p.name))
    }

    pub(super) fn fault(&mut self, kind: FaultKind, node: NodeId, found: String, expected: String) {
        self.hinted(kind, node, found, expected, Hint::default());
    }

    fn hinted(&mut self, kind: FaultKind, node: NodeId, found: String, expected: String, hint: Hint) {
        if !self.is_full() {
            self.faults.push(Fault { kind, node, found, expected, hint });
        } else {
            self.unlisted += 1;
        }
    }
}

/// What an invoice and a credit note call differently in UBL.
const TWINS: [(&str, &str); 3] = [
    ("InvoiceLine", "CreditNoteLine"),
    ("InvoicedQuantity", "CreditedQuantity"),
    ("InvoiceTypeCode", "CreditNoteTypeCode"),
];

/// The attribute that is meant by a name: the same but for case, else the only one that is one edit away.
fn nearest(names: impl Iterator<Item = (Name, String)>, written: &str) -> Option<(Name, String)> {
    let all: Vec<(Name, String)> = names.collect();
    let same = all.iter().find(|(_, name)| name.eq_ignore_ascii_case(written));
    let mut near = all.iter().filter(|(_, name)| distance(name, written) <= 1);
    same.or_else(|| near.next().filter(|_| near.next().is_none())).cloned()
}

/// Edits between two names, of which 64 characters count.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().take(64).collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, ca) in a.chars().take(64).enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, cb) in b.iter().enumerate() {
            let next = (diagonal + usize::from(ca != *cb)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], next);
        }
    }
    row[b.len()]
}

fn quote(text: &str) -> String {
    let mut out: String = text.chars().take(limits::QUOTED_CHARS).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}
