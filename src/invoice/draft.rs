//! What a document states, term by term and in no syntax: readers of formats that are no XML make it, writers write it.
//!
//! A draft holds what was found, not what is right: texts that are no numbers stay as they came, and are judged like any other. Terms are in
//! the order in which they were found; a writer puts them in the order of its syntax.

use super::{GroupId, Invoice, Occurrence, OccurrenceId, Place, Term, Value};

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
    pub fn groups(&self, term: Term) -> impl Iterator<Item = &Draft> + Clone {
        self.groups.iter().filter(move |group| group.term == Some(term))
    }

    /// How many terms are said in it, parts and groups inside included.
    pub fn count(&self) -> usize {
        let own: usize = self.said.iter().map(|said| 1 + said.parts.len()).sum();
        own + self.groups.iter().map(Draft::count).sum::<usize>()
    }

    /// What an invoice says, whatever its syntax. What a syntax writes twice is said once.
    pub fn of(invoice: &Invoice<'_>) -> Draft {
        Gather::of(invoice).draft(0, true, None)
    }
}

/// What an invoice says, group by group: of one of a hundred thousand lines nobody need hold a draft beside it.
pub struct Gather<'i> {
    invoice: &'i Invoice<'i>,
    /// Of each group: the first group directly in it, the next of the same parent, and its first occurrence that is no part.
    groups: Vec<[u32; 3]>,
    /// Of each occurrence: the next of the same group or whole, and its first part.
    occurrences: Vec<[u32; 2]>,
}

const NONE: u32 = u32::MAX;

impl<'i> Gather<'i> {
    pub fn of(invoice: &'i Invoice<'i>) -> Gather<'i> {
        let mut groups = vec![[NONE; 3]; invoice.all_groups().count()];
        let mut occurrences = vec![[NONE; 2]; invoice.occurrences().count()];
        // From the last to the first, each before those that are there.
        for group in (0..groups.len()).rev().filter_map(|id| invoice.group(id as GroupId)) {
            if let Some(parent) = group.parent() {
                groups[group.id() as usize][1] = std::mem::replace(&mut groups[parent.id() as usize][0], group.id());
            }
        }
        let all = (0..occurrences.len()).rev().filter_map(|id| invoice.occurrence(id as OccurrenceId));
        for occurrence in all.filter(|o| !o.is_echo()) {
            let before = match occurrence.whole() {
                Some(whole) => std::mem::replace(&mut occurrences[whole.id() as usize][1], occurrence.id()),
                None => std::mem::replace(&mut groups[occurrence.group().id() as usize][2], occurrence.id()),
            };
            occurrences[occurrence.id() as usize][0] = before;
        }
        Gather { invoice, groups, occurrences }
    }

    /// A group with all in it; 0 is the invoice. Of groups of the term `but` directly in it, only that they are there. Places take most of the room.
    pub fn draft(&self, id: GroupId, placed: bool, but: Option<Term>) -> Draft {
        let group = self.invoice.group(id);
        let said = |occurrence: Occurrence<'_>| {
            Said::new(occurrence.term(), text(occurrence), placed.then(|| occurrence.place()))
        };
        let whole = |occurrence: Occurrence<'_>| Said {
            parts: self.parts(occurrence.id()).map(said).collect(),
            ..said(occurrence)
        };
        let inner = |id: GroupId| match self.invoice.group(id).and_then(|group| group.term()) {
            Some(term) if but == Some(term) => Draft::group(term, None),
            // Groups lie no deeper than the norm nests them.
            _ => self.draft(id, placed, None),
        };
        Draft {
            term: group.and_then(|group| group.term()),
            place: group.filter(|_| placed).and_then(|group| group.place()),
            said: self.own(id).map(whole).collect(),
            groups: self.inside(id).map(inner).collect(),
        }
    }

    /// The groups directly in a group.
    pub fn inside(&self, id: GroupId) -> impl Iterator<Item = GroupId> + '_ {
        let next = |id: u32, n: usize| self.groups.get(id as usize).map(|links| links[n]).filter(|id| *id != NONE);
        std::iter::successors(next(id, 0), move |id| next(*id, 1))
    }

    /// How many terms are said in a group, as [`Draft::count`] has it.
    pub fn count(&self, id: GroupId) -> usize {
        let own: usize = self.own(id).map(|occurrence| 1 + self.parts(occurrence.id()).count()).sum();
        own + self.inside(id).map(|id| self.count(id)).sum::<usize>()
    }

    fn own(&self, id: GroupId) -> impl Iterator<Item = Occurrence<'i>> + '_ {
        self.chain(self.groups.get(id as usize).map_or(NONE, |links| links[2]))
    }

    fn parts(&self, id: OccurrenceId) -> impl Iterator<Item = Occurrence<'i>> + '_ {
        self.chain(self.occurrences.get(id as usize).map_or(NONE, |links| links[1]))
    }

    fn chain(&self, first: OccurrenceId) -> impl Iterator<Item = Occurrence<'i>> + '_ {
        let next = |id: &OccurrenceId| self.occurrences.get(*id as usize).map(|links| links[0]);
        let all = std::iter::successors(Some(first), move |id| next(id)).take_while(|id| *id != NONE);
        all.filter_map(|id| self.invoice.occurrence(id))
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
