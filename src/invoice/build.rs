//! How readers fill the model.

use std::collections::HashMap;

use crate::day::Day;
use crate::decimal::{self, BadDecimal};
use crate::text::trim;
use crate::xml::{NodeId, Span, Tree};

use super::model::{GroupRow, NONE, OccurrenceRow};
use super::{Bad, GroupId, Invoice, Kind, OccurrenceId, Syntax, Term, Value};

/// How a syntax writes dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateForm {
    /// `YYYY-MM-DD`, as `xs:date`: a time zone may follow and is not looked at.
    Iso,
    /// `CCYYMMDD`, with format code 102.
    Format102,
    /// A date with another format code.
    OtherFormat,
}

/// Collects occurrences and groups in document order.
pub struct Builder {
    syntax: Syntax,
    terms: Vec<Term>,
    rows: Vec<OccurrenceRow>,
    groups: Vec<GroupRow>,
    open: Vec<GroupId>,
    /// Groups for which the syntax has no element, by their BG and the group around them.
    virtual_groups: HashMap<(Term, GroupId), GroupId>,
    heads: Vec<OccurrenceId>,
    tails: Vec<OccurrenceId>,
}

impl Builder {
    pub fn new(syntax: Syntax, expected: usize) -> Self {
        let document = GroupRow { term: None, parent: 0, node: 0, first: 0, end: 0, end_group: 1 };
        Self {
            syntax,
            terms: Vec::with_capacity(expected),
            rows: Vec::with_capacity(expected),
            groups: vec![document],
            open: vec![0],
            virtual_groups: HashMap::new(),
            heads: vec![NONE; Term::count()],
            tails: vec![NONE; Term::count()],
        }
    }

    /// Opens an instance of a group; close it with [`Builder::close`].
    pub fn open(&mut self, term: Term, node: NodeId) {
        let id = self.groups.len() as GroupId;
        let parent = self.innermost();
        let first = self.rows.len() as OccurrenceId;
        self.groups.push(GroupRow { term: Some(term), parent, node, first, end: first, end_group: id + 1 });
        self.open.push(id);
    }

    /// Closes the innermost open group.
    pub fn close(&mut self) {
        if self.open.len() > 1
            && let Some(id) = self.open.pop()
        {
            self.groups[id as usize].end = self.rows.len() as OccurrenceId;
            self.groups[id as usize].end_group = self.groups.len() as GroupId;
        }
    }

    /// Adds an occurrence; `text` lies in `tree`, `attribute` is the position of the attribute that holds it.
    pub fn add(
        &mut self,
        tree: &Tree<'_>,
        term: Term,
        node: NodeId,
        attribute: Option<usize>,
        text: Span,
        form: DateForm,
    ) {
        let id = self.rows.len() as OccurrenceId;
        let whole = match term.kind() {
            Kind::Part => term.parent().map_or(NONE, |whole| self.tails[whole.index()]),
            _ => NONE,
        };
        let group = match self.rows.get(whole as usize) {
            Some(row) => row.group,
            None => self.group_of(term),
        };
        let value = value(term.kind(), tree.text(text), form);
        let echo = group == 0 && self.open.len() > 1 && self.repeats(tree, term, text);
        let attribute = attribute.and_then(|n| u16::try_from(n).ok()).unwrap_or(u16::MAX);
        self.terms.push(term);
        self.rows.push(OccurrenceRow { group, node, attribute, echo, text, value, next: NONE, whole });
        let tail = std::mem::replace(&mut self.tails[term.index()], id);
        match self.rows.get_mut(tail as usize) {
            Some(before) if tail != id => before.next = id,
            _ => self.heads[term.index()] = id,
        }
    }

    /// Has an occurrence of the document's own term the same text already?
    fn repeats(&self, tree: &Tree<'_>, term: Term, text: Span) -> bool {
        let first = self.heads[term.index()];
        self.rows.get(first as usize).is_some_and(|row| trim(tree.text(row.text)) == trim(tree.text(text)))
    }

    pub fn finish(mut self, tree: Tree<'_>) -> Invoice<'_> {
        while self.open.len() > 1 {
            self.close();
        }
        self.groups[0].end = self.rows.len() as OccurrenceId;
        self.groups[0].end_group = self.groups.len() as GroupId;
        let Self { syntax, terms, rows, groups, heads, .. } = self;
        Invoice { syntax, tree, terms, rows, groups, heads, origin: None }
    }

    fn innermost(&self) -> GroupId {
        self.open.last().copied().unwrap_or(0)
    }

    /// The open instance of the term's group, or an instance without an element, made at its first term.
    fn group_of(&mut self, term: Term) -> GroupId {
        let Some(wanted) = term.group() else {
            // A term of the norm without a group is the document's, wherever a syntax writes it (CII repeats BT-8 in every
            // VAT breakdown); one of the extension belongs where it stands.
            return if term.is_extension() { self.innermost_repeatable() } else { 0 };
        };
        if let Some(&open) = self.open.iter().rev().find(|&&id| self.groups[id as usize].term == Some(wanted)) {
            return open;
        }
        if let Some(sibling) = self.sibling(wanted) {
            return sibling;
        }
        let parent = self.innermost_repeatable();
        if let Some(&known) = self.virtual_groups.get(&(wanted, parent)) {
            return known;
        }
        let id = self.groups.len() as GroupId;
        let first = self.rows.len() as OccurrenceId;
        // Its occurrences are scattered, so its own range stays empty; they are found through their term.
        self.groups.push(GroupRow { term: Some(wanted), parent, node: NONE, first, end: first, end_group: id + 1 });
        self.virtual_groups.insert((wanted, parent), id);
        id
    }

    /// The last instance of the group inside the innermost open one: some syntaxes write a term beside its group (BT-86 in CII
    /// stands after BG-17). The instance takes it in where nothing came between.
    fn sibling(&mut self, wanted: Term) -> Option<GroupId> {
        let around = self.innermost();
        if around == 0 {
            return None;
        }
        let after = self.rows.len() as OccurrenceId;
        let at =
            self.groups[around as usize + 1..].iter().rposition(|g| g.term == Some(wanted) && g.parent == around)?;
        let id = around + 1 + at as GroupId;
        let row = &mut self.groups[id as usize];
        (row.end == after && row.node != NONE).then(|| {
            row.end = after + 1;
            id
        })
    }

    fn innermost_repeatable(&self) -> GroupId {
        let repeatable = |&&id: &&GroupId| self.groups[id as usize].term.is_none_or(|t| t.is_repeatable());
        self.open.iter().rev().find(repeatable).copied().unwrap_or(0)
    }
}

fn value(kind: Kind, text: &str, form: DateForm) -> Value {
    match kind {
        Kind::Amount | Kind::UnitPrice | Kind::Quantity | Kind::Percentage => match decimal::parse(text) {
            Ok(number) => Value::Number(number),
            Err(_) if trim(text).is_empty() => Value::Bad(Bad::Empty),
            Err(BadDecimal::NotANumber) => Value::Bad(Bad::NotANumber),
            Err(BadDecimal::TooManyDigits) => Value::Bad(Bad::TooManyDigits),
        },
        Kind::Date => {
            let trimmed = trim(text);
            let day = match form {
                DateForm::Iso => Day::parse_iso(without_zone(trimmed)),
                DateForm::Format102 => Day::parse_102(trimmed),
                DateForm::OtherFormat => return Value::Bad(Bad::DateFormat),
            };
            match day {
                Some(day) => Value::Day(day),
                None if trimmed.is_empty() => Value::Bad(Bad::Empty),
                None => Value::Bad(Bad::NotADay),
            }
        }
        _ => Value::Text,
    }
}

/// Cuts the time zone that `xs:date` allows: `Z`, `+02:00`, `-05:00`, at most 14 hours.
fn without_zone(text: &str) -> &str {
    if let Some(day) = text.strip_suffix('Z') {
        return day;
    }
    match text.as_bytes() {
        [.., sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] if text.len() == 16 => {
            let digits = [h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit());
            let (hours, minutes) = ((h1 & 15) * 10 + (h2 & 15), (m1 & 15) * 10 + (m2 & 15));
            let fits = hours < 14 && minutes < 60 || hours == 14 && minutes == 0;
            let _ = sign;
            if digits && fits { &text[..10] } else { text }
        }
        _ => text,
    }
}
