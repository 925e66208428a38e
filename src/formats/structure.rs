//! The structure check: what the schema of the syntax would refuse, each fault with its place and what was expected there.
//!
//! It never stops the reading: all that can still be judged is judged.

use crate::limits;
use crate::xml::{Name, NodeId, Tree};

use super::syntax::{self, Lexical, Particle, Type};

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
}

/// Checks a document against the schema of its document element. Returns the faults listed, and how many more there are.
pub fn check(tree: &Tree<'_>) -> (Vec<Fault>, usize) {
    let mut check = Check { tree, faults: Vec::new(), unlisted: 0 };
    if let Some(kind) = syntax::root(tree.node(0).name) {
        check.element(0, Type::get(kind));
    }
    for &node in tree.mixed() {
        check.fault(FaultKind::Text, node, String::new(), String::new());
    }
    check.faults.sort_by_key(|f| f.node);
    (check.faults, check.unlisted)
}

struct Check<'t, 'a> {
    tree: &'t Tree<'a>,
    faults: Vec<Fault>,
    unlisted: usize,
}

impl Check<'_, '_> {
    fn element(&mut self, node: NodeId, kind: &Type) {
        if kind.lexical == Lexical::Any {
            return;
        }
        self.attributes(node, kind);
        if kind.lexical == Lexical::None {
            let text = self.tree.text_of(node).trim();
            if !text.is_empty() && !self.tree.mixed().contains(&node) {
                self.fault(FaultKind::Text, node, quote(text), String::new());
            }
            self.children(node, kind);
        } else if self.tree.has_children(node) {
            let child = self.tree.qualified(self.tree.node(node + 1).name);
            self.fault(FaultKind::Elements, node, child, kind.lexical.describe().to_owned());
        } else {
            let text = self.tree.text_of(node);
            if !kind.lexical.accepts(text) {
                self.fault(FaultKind::Value, node, quote(text), kind.lexical.describe().to_owned());
            }
        }
    }

    /// Children against the sequence: one pass, a cursor over the places.
    fn children(&mut self, node: NodeId, kind: &Type) {
        let particles = kind.particles();
        // The first particle of the place where the cursor stands, and how many children stood there.
        let (mut cursor, mut count) = (0usize, 0u32);
        for child in self.tree.children(node) {
            let name = self.tree.node(child).name;
            // The cursor only moves forward; most children stand at it or just after.
            let ahead = particles[cursor..].iter().position(|p| p.name == name).map(|n| n + cursor);
            let Some(at) = ahead.or_else(|| particles.iter().position(|p| p.name == name)) else {
                let expected = self.expected_after(&particles[cursor..], count);
                self.fault(FaultKind::Unknown, child, self.tree.qualified(name), expected);
                continue;
            };
            let particle = &particles[at];
            if ahead.is_none() && particle.place != particles[cursor].place {
                let expected = self.expected_after(&particles[cursor..], count);
                self.fault(FaultKind::Misplaced, child, self.tree.qualified(name), expected);
            } else {
                if particle.place != particles[cursor].place {
                    let start = at - particles[..at].iter().rev().take_while(|p| p.place == particle.place).count();
                    self.missing(node, &particles[cursor..start], count);
                    (cursor, count) = (start, 0);
                }
                count += 1;
                if count == particle.max.saturating_add(1) {
                    self.fault(FaultKind::Repeated, child, self.tree.qualified(name), particle.max.to_string());
                }
            }
            self.element(child, Type::get(particle.kind));
        }
        self.missing(node, &particles[cursor.min(particles.len())..], count);
    }

    /// Reports required places among `passed`, of the first of which `count` children were seen.
    fn missing(&mut self, node: NodeId, passed: &[Particle], count: u32) {
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
                self.fault(FaultKind::Missing, node, name.clone(), name);
            }
        }
    }

    fn attributes(&mut self, node: NodeId, kind: &Type) {
        for attribute in self.tree.attributes(node) {
            match kind.attributes().iter().find(|a| a.name == attribute.name) {
                Some(known) => {
                    let value = self.tree.text(attribute.value);
                    let expected = match known.facet.accepts(value) {
                        _ if !known.lexical.accepts(value) => known.lexical.describe().to_owned(),
                        true => continue,
                        false => known.facet.describe(),
                    };
                    let found = format!("@{}={}", self.tree.qualified(attribute.name), quote(value));
                    self.fault(FaultKind::Value, node, found, expected);
                }
                None if self.is_hint(attribute.name) => {}
                None if self.is_full() => self.unlisted += 1,
                None => {
                    let allowed: Vec<_> = kind.attributes().iter().map(|a| self.tree.qualified(a.name)).collect();
                    let found = format!("@{}", self.tree.qualified(attribute.name));
                    self.fault(FaultKind::UnknownAttribute, node, found, allowed.join(", "));
                }
            }
        }
        for required in kind.attributes().iter().filter(|a| a.required) {
            if self.tree.attribute(node, required.name).is_none() {
                let name = format!("@{}", self.tree.qualified(required.name));
                self.fault(FaultKind::MissingAttribute, node, name.clone(), name);
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

    /// `xsi:schemaLocation` and its kin say where a schema may lie, and are never followed. `xsi:nil` and `xsi:type` would change
    /// what may stand in the element; no type of these syntaxes allows either.
    fn is_hint(&self, name: Name) -> bool {
        let (space, local) = self.tree.expanded(name);
        space == "http://www.w3.org/2001/XMLSchema-instance"
            && matches!(local, "schemaLocation" | "noNamespaceSchemaLocation")
    }

    fn is_full(&self) -> bool {
        self.faults.len() >= limits::STRUCTURE_FINDINGS
    }

    fn fault(&mut self, kind: FaultKind, node: NodeId, found: String, expected: String) {
        if !self.is_full() {
            self.faults.push(Fault { kind, node, found, expected });
        } else {
            self.unlisted += 1;
        }
    }
}

fn quote(text: &str) -> String {
    let mut out: String = text.chars().take(limits::QUOTED_CHARS).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}
