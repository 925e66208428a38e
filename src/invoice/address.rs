//! The address of a term in an invoice: `BT-13`, `BT-29[1]-1`, `BG-25[2]/BT-131`.
//!
//! An address names the repeatable groups around a term, each with its position, then the term, with its position where it
//! may be repeated or is. `[*]` stands for every position.

use std::fmt;

use super::{Group, Invoice, Kind, Occurrence, Term};

/// An address, or with `[*]` a pattern of addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Address {
    /// Repeatable groups around the term, outermost first; position from 1, or every one.
    pub groups: Vec<(Term, Option<u32>)>,
    pub term: Term,
    /// Position of the term among those of its group, where one is asked for.
    pub position: Option<u32>,
}

impl Address {
    /// Reads an address. A part of a repeated term may be written `BT-29[1]-1` or `BT-29-1`.
    pub fn parse(text: &str) -> Result<Address, String> {
        let mut steps = text.split('/').map(str::trim).collect::<Vec<_>>();
        let last = steps.pop().unwrap_or_default();
        let groups = steps.into_iter().map(group).collect::<Result<Vec<_>, _>>()?;
        let (bare, position) = match (last.split_once('['), last.split_once(']')) {
            (Some((before, _)), Some((inside, after))) => {
                let position = inside.rsplit('[').next().unwrap_or_default();
                (format!("{before}{after}"), index(position)?)
            }
            (None, None) => (last.to_owned(), None),
            _ => return Err(format!("{last}: a position is written [2] or [*]")),
        };
        let term = Term::parse(&bare).ok_or_else(|| format!("{bare} is no term of EN 16931"))?;
        Ok(Address { groups, term, position })
    }

    /// All occurrences that the address means. Without groups it means the term wherever it stands.
    pub fn occurrences<'i>(&self, invoice: &'i Invoice<'i>) -> Vec<Occurrence<'i>> {
        invoice.all(self.term).filter(|o| !o.is_echo() && self.matches(*o)).collect()
    }

    /// All instances of the innermost group named; the document where none is.
    pub fn scopes<'i>(&self, invoice: &'i Invoice<'i>) -> Vec<Group<'i>> {
        let Some((last, _)) = self.groups.last() else { return vec![invoice.document()] };
        invoice.groups(*last).filter(|g| g.is_within(&self.groups)).collect()
    }

    fn matches(&self, occurrence: Occurrence<'_>) -> bool {
        if self.position.is_some_and(|wanted| position(occurrence) != wanted) {
            return false;
        }
        occurrence.group().is_within(&self.groups)
    }
}

impl Group<'_> {
    /// Is it, or does it stand in, instances of these groups (outermost first), each at its position where one is asked for?
    pub fn is_within(self, groups: &[(Term, Option<u32>)]) -> bool {
        let mut here = Some(self);
        groups.iter().rev().all(|(term, wanted)| {
            while let Some(group) = here {
                here = group.parent();
                if group.term() == Some(*term) && wanted.is_none_or(|n| group_position(group) == n) {
                    return true;
                }
            }
            false
        })
    }
}

impl Occurrence<'_> {
    /// Its address in this invoice.
    pub fn address(self) -> String {
        let mut out = String::new();
        if let Some(group) = enclosing(self.group()) {
            for step in chain(group) {
                if let Some(term) = step.term() {
                    out.push_str(&format!("{term}[{}]/", group_position(step)));
                }
            }
        }
        let (of, suffix) = match (self.term().kind(), self.whole()) {
            (Kind::Part, Some(whole)) => (whole, self.term().id().strip_prefix(whole.term().id()).unwrap_or_default()),
            _ => (self, ""),
        };
        let n = position(of);
        let id = of.term().id();
        if of.term().is_repeatable() || n > 1 {
            out.push_str(&format!("{id}[{n}]{suffix}"))
        } else {
            out.push_str(&format!("{id}{suffix}"))
        }
        out
    }
}

/// Position of an occurrence among those of its term in the nearest repeatable group around it.
fn position(occurrence: Occurrence<'_>) -> u32 {
    let home = enclosing(occurrence.group()).map(Group::id);
    let before = occurrence
        .invoice
        .all(occurrence.term())
        .take_while(|o| o.id() != occurrence.id())
        .filter(|o| enclosing(o.group()).map(Group::id) == home);
    before.count() as u32 + 1
}

/// The nearest repeatable group: the group itself or one around it; `None` for the document.
fn enclosing(group: Group<'_>) -> Option<Group<'_>> {
    std::iter::successors(Some(group), |g| g.parent()).find(|g| g.term().is_some_and(Term::is_repeatable))
}

/// The repeatable groups around and including one, outermost first.
fn chain(group: Group<'_>) -> Vec<Group<'_>> {
    let mut out: Vec<_> = std::iter::successors(Some(group), |g| g.parent())
        .filter(|g| g.term().is_some_and(Term::is_repeatable))
        .collect();
    out.reverse();
    out
}

/// Position of a repeatable group among those of its kind in the nearest repeatable group around it.
fn group_position(group: Group<'_>) -> u32 {
    let Some(term) = group.term() else { return 1 };
    let home = group.parent().and_then(enclosing).map(Group::id);
    let before = group
        .invoice()
        .groups(term)
        .take_while(|g| g.id() != group.id())
        .filter(|g| g.parent().and_then(enclosing).map(Group::id) == home);
    before.count() as u32 + 1
}

fn group(step: &str) -> Result<(Term, Option<u32>), String> {
    let (id, position) = match step.split_once('[') {
        Some((id, rest)) => (id, index(rest.strip_suffix(']').ok_or_else(|| format!("{step}: ] is missing"))?)?),
        None => (step, None),
    };
    let term = Term::parse(id).ok_or_else(|| format!("{id} is no group of EN 16931"))?;
    if term.is_group() { Ok((term, position)) } else { Err(format!("{id} is a term, not a group")) }
}

fn index(text: &str) -> Result<Option<u32>, String> {
    match text.trim_end_matches(']') {
        "*" => Ok(None),
        digits => match digits.parse() {
            Ok(n) if n > 0 => Ok(Some(n)),
            _ => Err(format!("[{digits}]: a position is a number from 1, or *")),
        },
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (term, position) in &self.groups {
            match position {
                Some(n) => write!(f, "{term}[{n}]/")?,
                None => write!(f, "{term}[*]/")?,
            }
        }
        match self.position {
            Some(n) => write!(f, "{}[{n}]", self.term),
            None => write!(f, "{}", self.term),
        }
    }
}
