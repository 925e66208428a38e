//! The structure check: what the schema of the syntax would refuse, each fault with its place and what was expected there.
//!
//! It never stops the reading: all that can still be judged is judged.

use crate::day::Day;
use crate::decimal;
use crate::limits;
use crate::xml::{NodeId, Tree};

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
        let mut place = 0u16;
        let mut count = 0u32;
        for child in self.tree.children(node) {
            let name = self.tree.node(child).name;
            // The cursor only moves forward; most children stand at it or just after.
            let ahead = particles.iter().skip_while(|p| p.place < place).find(|p| p.name == name);
            let Some(particle) = ahead.or_else(|| particles.iter().find(|p| p.name == name)) else {
                let expected = self.expected_after(particles, place, count);
                self.fault(FaultKind::Unknown, child, self.tree.qualified(name), expected);
                continue;
            };
            if particle.place < place {
                let expected = self.expected_after(particles, place, count);
                self.fault(FaultKind::Misplaced, child, self.tree.qualified(name), expected);
            } else {
                if particle.place > place {
                    self.missing(node, particles, place, count, particle.place);
                    (place, count) = (particle.place, 0);
                }
                count += 1;
                if count == particle.max.saturating_add(1) {
                    self.fault(FaultKind::Repeated, child, self.tree.qualified(name), particle.max.to_string());
                }
            }
            self.element(child, Type::get(particle.kind));
        }
        let end = particles.last().map_or(0, |p| p.place + 1);
        self.missing(node, particles, place, count, end);
    }

    /// Reports required places from `place` (of which `count` were seen) to before `end`.
    fn missing(&mut self, node: NodeId, particles: &[Particle], place: u16, count: u32, end: u16) {
        for required in particles.iter().filter(|p| p.place >= place && p.place < end) {
            let first_of_place = particles.iter().find(|p| p.place == required.place).map(|p| p.name);
            let seen = if required.place == place { count } else { 0 };
            // A required child out of order was reported as such; it is not missing too.
            let elsewhere = || {
                self.tree
                    .children(node)
                    .any(|c| particles.iter().any(|p| p.place == required.place && p.name == self.tree.node(c).name))
            };
            if seen < required.min && first_of_place == Some(required.name) && !elsewhere() {
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
                    if !known.lexical.accepts(value) {
                        let found = format!("@{}={}", self.tree.qualified(attribute.name), quote(value));
                        self.fault(FaultKind::Value, node, found, known.lexical.describe().to_owned());
                    }
                }
                None => {
                    let (space, _) = self.tree.expanded(attribute.name);
                    if space != "http://www.w3.org/2001/XMLSchema-instance" {
                        let allowed: Vec<_> = kind.attributes().iter().map(|a| self.tree.qualified(a.name)).collect();
                        let found = format!("@{}", self.tree.qualified(attribute.name));
                        self.fault(FaultKind::UnknownAttribute, node, found, allowed.join(", "));
                    }
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
    fn expected_after(&self, particles: &[Particle], place: u16, count: u32) -> String {
        const SHOWN: usize = 6;
        let mut names: Vec<String> = Vec::new();
        for particle in particles.iter().filter(|p| p.place >= place) {
            let seen = if particle.place == place { count } else { 0 };
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

    fn fault(&mut self, kind: FaultKind, node: NodeId, found: String, expected: String) {
        if self.faults.len() < limits::STRUCTURE_FINDINGS {
            self.faults.push(Fault { kind, node, found, expected });
        } else {
            self.unlisted += 1;
        }
    }
}

impl Lexical {
    fn accepts(self, text: &str) -> bool {
        let trimmed = text.trim_matches([' ', '\t', '\r', '\n']);
        match self {
            Lexical::None | Lexical::Any | Lexical::Text | Lexical::Token => true,
            Lexical::Decimal => decimal::parse(trimmed) != Err(decimal::BadDecimal::NotANumber),
            Lexical::Boolean => matches!(trimmed, "true" | "false" | "0" | "1"),
            Lexical::Date => is_date(trimmed),
            Lexical::Time => is_time(trimmed),
            Lexical::DateTime => {
                trimmed.split_once('T').is_some_and(|(d, t)| Day::parse_iso(d).is_some() && is_time(t))
            }
            Lexical::Base64 => is_base64(trimmed),
        }
    }

    /// The type in the words of XML Schema, for `expected`.
    fn describe(self) -> &'static str {
        match self {
            Lexical::None => "elements",
            Lexical::Text | Lexical::Token | Lexical::Any => "text",
            Lexical::Decimal => "decimal, such as 1234.50",
            Lexical::Boolean => "true | false",
            Lexical::Date => "YYYY-MM-DD",
            Lexical::Time => "hh:mm:ss",
            Lexical::DateTime => "YYYY-MM-DDThh:mm:ss",
            Lexical::Base64 => "base64",
        }
    }
}

fn is_date(text: &str) -> bool {
    let (day, zone) = text.split_at_checked(10).unwrap_or((text, ""));
    Day::parse_iso(day).is_some() && is_zone(zone)
}

fn is_time(text: &str) -> bool {
    let clock = text.split(['Z', '+', '-']).next().unwrap_or_default();
    let zone = &text[clock.len()..];
    let (whole, fraction) = clock.split_once('.').map_or((clock, None), |(w, f)| (w, Some(f)));
    let parts: Vec<&str> = whole.split(':').collect();
    let number = |s: &str, max: u8| {
        s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit()) && s.parse::<u8>().is_ok_and(|n| n <= max)
    };
    let clock_fits = matches!(parts.as_slice(), [h, m, s] if (number(h, 23) && number(m, 59) && number(s, 59)) || (*h == "24" && *m == "00" && *s == "00"));
    clock_fits && fraction.is_none_or(|f| !f.is_empty() && f.bytes().all(|b| b.is_ascii_digit())) && is_zone(zone)
}

fn is_zone(text: &str) -> bool {
    match text.as_bytes() {
        [] | [b'Z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] if [h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit()) => {
            let (hours, minutes) = ((h1 - b'0') * 10 + (h2 - b'0'), (m1 - b'0') * 10 + (m2 - b'0'));
            hours < 14 && minutes < 60 || hours == 14 && minutes == 0
        }
        _ => false,
    }
}

/// `xs:base64Binary`: groups of four, blanks allowed between characters, padding only at the end.
fn is_base64(text: &str) -> bool {
    let (mut count, mut padding) = (0usize, 0usize);
    let mut last = b'A';
    for byte in text.bytes() {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            b'=' => padding += 1,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => last = byte,
            _ => return false,
        }
        count += 1;
    }
    // The bits that padding leaves unused must be zero.
    let canonical = match padding {
        0 => true,
        1 => matches!(
            last,
            b'A' | b'E'
                | b'I'
                | b'M'
                | b'Q'
                | b'U'
                | b'Y'
                | b'c'
                | b'g'
                | b'k'
                | b'o'
                | b's'
                | b'w'
                | b'0'
                | b'4'
                | b'8'
        ),
        2 => matches!(last, b'A' | b'Q' | b'g' | b'w'),
        _ => false,
    };
    count % 4 == 0 && canonical
}

fn quote(text: &str) -> String {
    let mut out: String = text.chars().take(limits::QUOTED_CHARS).collect();
    if out.len() < text.len() {
        out.push('…');
    }
    out
}
