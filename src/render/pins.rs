//! Which field of the invoice each finding speaks of.
//!
//! The place of a finding leads to an element; the element to an occurrence of a term, which is a field. Where the element holds no
//! term, or the term is missing, the finding stands where the field would: its term in the nearest repeatable group around the
//! place (a line, an allowance), else the group itself, else the section. What stands nowhere is told above the invoice.

use std::collections::HashMap;

use crate::invoice::{Group, GroupId, Invoice, Occurrence, OccurrenceId, Place, Term};
use crate::rules::Finding;
use crate::xml::NodeId;

/// Findings by where they stand; by their position in the report.
#[derive(Debug, Default)]
pub struct Pins {
    pub occurrences: HashMap<OccurrenceId, Vec<usize>>,
    /// A term that is not there, in a scope (see [`scope`]).
    pub fields: HashMap<(GroupId, Term), Vec<usize>>,
    pub groups: HashMap<GroupId, Vec<usize>>,
    pub sections: HashMap<Term, Vec<usize>>,
}

/// The nearest repeatable group instance, by its number; 0 for the document.
pub fn scope(group: Group<'_>) -> GroupId {
    std::iter::successors(Some(group), |g| g.parent())
        .find(|g| g.term().is_some_and(Term::is_repeatable))
        .map_or(0, Group::id)
}

impl Pins {
    /// `attachment` is the file in the PDF that the invoice came from.
    pub fn new(invoice: &Invoice<'_>, findings: &[Finding], attachment: Option<&str>) -> Self {
        let mut pins = Pins::default();
        if findings.is_empty() {
            return pins;
        }
        let map = Map::new(invoice);
        for (at, finding) in findings.iter().enumerate() {
            pins.pin(&map, at, finding, attachment);
        }
        pins
    }

    fn pin(&mut self, map: &Map<'_>, at: usize, finding: &Finding, attachment: Option<&str>) {
        let terms: Vec<Term> = finding.terms.iter().filter_map(|id| Term::parse(id)).collect();
        let node = match &finding.place {
            Some(Place::Xml { line, column, attachment: inside, .. }) => {
                if inside.as_deref() != attachment {
                    return;
                }
                Some((map.node(*line, *column), (*line, *column)))
            }
            Some(_) => return,
            None => None,
        };
        if let Some((node, place)) = node
            && let Some(occurrence) = map.occurrence(node, place, &terms)
        {
            self.occurrences.entry(occurrence).or_default().push(at);
            return;
        }
        let around = map.group(node.map_or(0, |(node, _)| node));
        let homes: Vec<(Term, GroupId)> =
            terms.iter().filter_map(|term| Some((*term, map.home(*term, around)?))).collect();
        let there = |(term, scope): &&(Term, GroupId)| map.has(*scope, *term);
        // Nothing was found: the term that is not there is meant. Else the first, which the rule is about.
        let absent = homes.iter().find(|home| finding.found.is_none() && !there(home));
        if let Some((term, scope)) = absent.or(homes.first()) {
            match map.of_scope(*scope, *term) {
                // There, though the place is elsewhere: a sum of what is around.
                Some(occurrence) => self.occurrences.entry(occurrence.id()).or_default().push(at),
                None if term.is_group() => match map.instance(*scope, *term) {
                    Some(group) => self.groups.entry(group).or_default().push(at),
                    None => self.sections.entry(*term).or_default().push(at),
                },
                None => self.fields.entry((*scope, *term)).or_default().push(at),
            }
            return;
        }
        // A term of lines, and no line to tell it at.
        if let Some(section) = terms.first().and_then(|term| section(*term)) {
            self.sections.entry(section).or_default().push(at);
        } else if around.id() != 0 {
            self.groups.entry(around.id()).or_default().push(at);
        }
    }
}

/// The outermost group a term stands in, itself included.
fn section(term: Term) -> Option<Term> {
    std::iter::successors(Some(term), |t| t.parent()).filter(|t| t.is_group()).last()
}

/// The document, ready to be asked.
struct Map<'i> {
    invoice: &'i Invoice<'i>,
    by_node: HashMap<NodeId, Vec<OccurrenceId>>,
    groups: HashMap<NodeId, GroupId>,
}

impl<'i> Map<'i> {
    fn new(invoice: &'i Invoice<'i>) -> Self {
        let mut by_node: HashMap<NodeId, Vec<OccurrenceId>> = HashMap::new();
        for occurrence in invoice.occurrences() {
            by_node.entry(occurrence.node()).or_default().push(occurrence.id());
        }
        let groups = invoice.all_groups().filter_map(|group| Some((group.node()?, group.id()))).collect();
        Self { invoice, by_node, groups }
    }

    /// The last element that starts at or before a place: the element itself, or the one whose attribute stands there.
    fn node(&self, line: u32, column: u32) -> NodeId {
        let tree = self.invoice.tree();
        let after = tree.nodes().partition_point(|node| tree.line_column(node.at) <= (line, column));
        after.saturating_sub(1) as NodeId
    }

    /// The occurrence that an element holds: of several the one that stands exactly there and is of a term of the finding.
    fn occurrence(&self, node: NodeId, place: (u32, u32), terms: &[Term]) -> Option<OccurrenceId> {
        let all = self.by_node.get(&node)?;
        let weight = |id: &&OccurrenceId| {
            let Some(occurrence) = self.invoice.occurrence(**id) else { return 0 };
            let there = matches!(occurrence.place(), Place::Xml { line, column, .. } if (line, column) == place);
            u8::from(terms.contains(&occurrence.term())) * 2 + u8::from(there)
        };
        // The first of the best: `max_by_key` would take the last.
        let best = all.iter().rev().max_by_key(weight)?;
        // A repetition by the syntax is shown where it was first said.
        let occurrence = self.invoice.occurrence(*best)?;
        if occurrence.is_echo() {
            return self.invoice.first(occurrence.term()).map(Occurrence::id);
        }
        Some(*best)
    }

    /// The innermost group around an element.
    fn group(&self, node: NodeId) -> Group<'i> {
        let tree = self.invoice.tree();
        let mut here = node;
        loop {
            if let Some(group) = self.groups.get(&here).and_then(|id| self.invoice.group(*id)) {
                return group;
            }
            if here == 0 {
                return self.invoice.document();
            }
            here = tree.node(here).parent;
        }
    }

    /// The scope a term belongs to, seen from a group; none where the term is of a repeatable group that is not around.
    fn home(&self, term: Term, around: Group<'i>) -> Option<GroupId> {
        let own = std::iter::successors(term.parent(), |t| t.parent()).find(|t| t.is_group() && t.is_repeatable());
        let Some(own) = own else {
            // A repeatable group of the document: the instance around, where there is one.
            return Some(0).filter(|_| !term.is_extension() || term.parent().is_some()).or(Some(scope(around)));
        };
        std::iter::successors(Some(around), |g| g.parent()).find(|g| g.term() == Some(own)).map(Group::id)
    }

    fn has(&self, wanted: GroupId, term: Term) -> bool {
        match term.is_group() {
            true => self.invoice.group(wanted).is_some_and(|group| group.groups(term).next().is_some()),
            false => self.of_scope(wanted, term).is_some(),
        }
    }

    fn of_scope(&self, wanted: GroupId, term: Term) -> Option<Occurrence<'i>> {
        let group = self.invoice.group(wanted)?;
        let found = group.all(term).find(|o| !o.is_echo() && scope(o.group()) == wanted);
        found
    }

    /// The only instance of a group in a scope.
    fn instance(&self, wanted: GroupId, term: Term) -> Option<GroupId> {
        let group = self.invoice.group(wanted)?;
        let mut all = group.groups(term);
        let first = all.next()?;
        all.next().is_none().then(|| first.id())
    }
}
