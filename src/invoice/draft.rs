//! What a document states, term by term and in no syntax: readers of formats that are no XML make it, writers write it.
//!
//! A draft holds what was found, not what is right: texts that are no numbers stay as they came, and are judged like any other. Terms are in
//! the order in which they were found; a writer puts them in the order of its syntax.

use std::collections::HashMap;

use super::{GroupId, Invoice, Occurrence, Place, Term, Value};

/// An instance of a group, or, with no term, the invoice itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Draft {
    /// Its BG; none for the invoice.
    pub term: Option<Term>,
    /// Where the source says it begins.
    pub place: Option<Place>,
    pub said: Vec<Said>,
    pub groups: Vec<Draft>,
}

/// A term and what is said of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said {
    pub term: Term,
    /// Days as `YYYY-MM-DD` and numbers as `xs:decimal` where the source's text is one; else as written.
    pub text: String,
    pub place: Option<Place>,
    /// Scheme identifiers and the like: parts of the term, each with its own place.
    pub parts: Vec<Said>,
}

impl Said {
    pub fn new(term: Term, text: impl Into<String>, place: Option<Place>) -> Said {
        Said { term, text: text.into(), place, parts: Vec::new() }
    }

    /// The same with a part, such as a scheme identifier.
    pub fn with(mut self, part: Term, text: impl Into<String>, place: Option<Place>) -> Said {
        self.parts.push(Said::new(part, text, place));
        self
    }
}

impl Draft {
    pub fn group(term: Term, place: Option<Place>) -> Draft {
        Draft { term: Some(term), place, ..Draft::default() }
    }

    /// What is said of a term in this group itself, in the order found.
    pub fn all(&self, term: Term) -> impl Iterator<Item = &Said> {
        self.said.iter().filter(move |said| said.term == term)
    }

    pub fn first(&self, term: Term) -> Option<&Said> {
        self.all(term).next()
    }

    /// The text of the first that is not blank.
    pub fn text(&self, term: Term) -> Option<&str> {
        self.all(term).map(|said| said.text.trim()).find(|text| !text.is_empty())
    }

    /// Groups of that term directly inside.
    pub fn groups(&self, term: Term) -> impl Iterator<Item = &Draft> {
        self.groups.iter().filter(move |group| group.term == Some(term))
    }

    /// How many terms are said in it, parts and groups inside included.
    pub fn count(&self) -> usize {
        let own: usize = self.said.iter().map(|said| 1 + said.parts.len()).sum();
        own + self.groups.iter().map(Draft::count).sum::<usize>()
    }

    /// What an invoice says, whatever its syntax. What a syntax writes twice is said once.
    pub fn of(invoice: &Invoice<'_>) -> Draft {
        Self::gather(invoice, true)
    }

    /// The same, where nobody asks for places: they take most of the room.
    pub fn unplaced(invoice: &Invoice<'_>) -> Draft {
        Self::gather(invoice, false)
    }

    fn gather(invoice: &Invoice<'_>, placed: bool) -> Draft {
        let mut children: HashMap<GroupId, Vec<GroupId>> = HashMap::new();
        for group in invoice.all_groups() {
            if let Some(parent) = group.parent() {
                children.entry(parent.id()).or_default().push(group.id());
            }
        }
        let mut own: HashMap<GroupId, Vec<Occurrence<'_>>> = HashMap::new();
        let mut parts: HashMap<u32, Vec<Occurrence<'_>>> = HashMap::new();
        for occurrence in invoice.occurrences().filter(|o| !o.is_echo()) {
            match occurrence.whole() {
                Some(whole) => parts.entry(whole.id()).or_default().push(occurrence),
                None => own.entry(occurrence.group().id()).or_default().push(occurrence),
            }
        }
        gathered((invoice, placed), 0, &children, &own, &parts)
    }
}

fn gathered(
    (invoice, placed): (&Invoice<'_>, bool),
    id: GroupId,
    children: &HashMap<GroupId, Vec<GroupId>>,
    own: &HashMap<GroupId, Vec<Occurrence<'_>>>,
    parts: &HashMap<u32, Vec<Occurrence<'_>>>,
) -> Draft {
    let group = invoice.group(id);
    let said = |occurrence: &Occurrence<'_>| {
        Said::new(occurrence.term(), text(*occurrence), placed.then(|| occurrence.place()))
    };
    let whole = |occurrence: &Occurrence<'_>| {
        let parts = parts.get(&occurrence.id()).into_iter().flatten();
        Said { parts: parts.map(said).collect(), ..said(occurrence) }
    };
    Draft {
        term: group.and_then(|group| group.term()),
        place: group.filter(|_| placed).and_then(|group| group.place()),
        said: own.get(&id).into_iter().flatten().map(whole).collect(),
        // Groups lie no deeper than the norm nests them.
        groups: children
            .get(&id)
            .into_iter()
            .flatten()
            .map(|&id| gathered((invoice, placed), id, children, own, parts))
            .collect(),
    }
}

fn text(occurrence: Occurrence<'_>) -> String {
    match occurrence.value() {
        Value::Day(day) => day.to_string(),
        Value::Number(_) => occurrence.trimmed().to_owned(),
        _ => occurrence.text().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoice::bt;

    #[test]
    fn a_draft_says_what_the_listing_says() {
        let bytes = include_bytes!("../../schemas/examples/cii.xml");
        let read = crate::formats::read(bytes).unwrap();
        let draft = Draft::of(&read.invoice);
        assert_eq!(draft.count(), read.invoice.listing().len());
        assert_eq!(draft.text(bt::BT_1), read.invoice.text(bt::BT_1));
        assert_eq!(draft.groups(bt::BG_25).count(), read.invoice.lines().count());
        assert_eq!(draft.text(bt::BT_2).unwrap().len(), "2026-11-22".len());
    }
}
