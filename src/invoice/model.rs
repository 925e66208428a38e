//! The invoice: occurrences and groups over the document they came from.

use std::sync::Arc;

use crate::day::Day;
use crate::decimal::Decimal;
use crate::text::trim;
use crate::xml::{NodeId, Span, Tree};

use super::{Origin, Place, Term, Value, bt};

/// The syntax a document is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Syntax {
    UblInvoice,
    UblCreditNote,
    Cii,
    /// A life-cycle message (UN/CEFACT CDAR D22B): no invoice, but what becomes of one. It has terms of its own (MDT, MDG).
    Cdar,
}

impl Syntax {
    /// As reports name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Syntax::UblInvoice => "ubl-invoice",
            Syntax::UblCreditNote => "ubl-creditnote",
            Syntax::Cii => "cii",
            Syntax::Cdar => "cdar",
        }
    }

    pub fn is_ubl(self) -> bool {
        matches!(self, Syntax::UblInvoice | Syntax::UblCreditNote)
    }

    /// Is a document of this syntax an invoice or a credit note?
    pub fn is_invoice(self) -> bool {
        self != Syntax::Cdar
    }
}

/// Index of a group instance. Number 0 is the document itself.
pub type GroupId = u32;

/// Index of an occurrence, in document order.
pub type OccurrenceId = u32;

pub(super) const NONE: u32 = u32::MAX;

#[derive(Debug, Clone, Copy)]
pub(super) struct OccurrenceRow {
    pub group: GroupId,
    pub node: NodeId,
    /// Position of the attribute on its element, or `u16::MAX` where the element itself holds the value.
    pub attribute: u16,
    /// The syntax writes a term of the document once in each of several groups, and this one says again what the first said.
    pub echo: bool,
    pub text: Span,
    pub value: Value,
    /// The next occurrence of the same term, or `NONE`.
    pub next: OccurrenceId,
    /// For a part: the occurrence it belongs to, or `NONE`.
    pub whole: OccurrenceId,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct GroupRow {
    pub term: Option<Term>,
    pub parent: GroupId,
    /// The element that is the group; `NONE` where the syntax has no element for it.
    pub node: NodeId,
    /// Occurrences within it, groups inside included: from `first` to before `end`.
    pub first: OccurrenceId,
    pub end: OccurrenceId,
    /// Groups within it: from its own number + 1 to before this.
    pub end_group: GroupId,
}

/// An invoice as it was written.
#[derive(Debug)]
pub struct Invoice<'a> {
    pub(super) syntax: Syntax,
    pub(super) tree: Tree<'a>,
    /// Term of each occurrence, apart from the rows so that looking for a term reads little memory.
    pub(super) terms: Vec<Term>,
    pub(super) rows: Vec<OccurrenceRow>,
    pub(super) groups: Vec<GroupRow>,
    /// First occurrence of each term, or `NONE`.
    pub(super) heads: Vec<OccurrenceId>,
    /// Of a document that came in a format that is no XML.
    pub(super) origin: Option<Arc<Origin>>,
}

impl<'a> Invoice<'a> {
    pub fn syntax(&self) -> Syntax {
        self.syntax
    }

    /// What it came as, where that is no XML.
    pub fn origin(&self) -> Option<&Origin> {
        self.origin.as_deref()
    }

    /// Says what it came as, where its XML was made of it.
    pub fn set_origin(&mut self, origin: Arc<Origin>) {
        self.origin = Some(origin);
    }

    /// The format that it came in, as reports name it: that of its XML where nothing else was received.
    pub fn format(&self) -> &'static str {
        self.origin.as_ref().map_or(self.syntax.as_str(), |origin| origin.format)
    }

    /// The elements it was read from, for rules of syntax.
    pub fn tree(&self) -> &Tree<'a> {
        &self.tree
    }

    /// The document as a group: everything is in it.
    pub fn document(&self) -> Group<'_> {
        Group { invoice: self, id: 0 }
    }

    /// The place of an element.
    pub fn place_of(&self, node: NodeId) -> Place {
        place(&self.tree, node, None)
    }

    /// The first occurrence of a term, anywhere.
    pub fn first(&self, term: Term) -> Option<Occurrence<'_>> {
        self.all(term).next()
    }

    /// All occurrences of a term, anywhere, in document order.
    pub fn all(&self, term: Term) -> impl Iterator<Item = Occurrence<'_>> {
        let mut next = self.heads[term.index()];
        std::iter::from_fn(move || {
            (next != NONE).then(|| {
                let id = next;
                next = self.rows[id as usize].next;
                Occurrence { invoice: self, id }
            })
        })
    }

    /// The text of the first occurrence, blanks around it removed; `None` where absent or blank.
    pub fn text(&self, term: Term) -> Option<&str> {
        self.all(term).map(|o| o.trimmed()).find(|t| !t.is_empty())
    }

    /// The currency written on an amount (`currencyID`), blanks around it removed; none where nothing is.
    pub fn currency_on(&self, node: NodeId) -> Option<&str> {
        let tree = &self.tree;
        let own = tree.attributes(node).iter().find(|a| tree.expanded(a.name).1 == "currencyID")?;
        Some(trim(tree.text(own.value))).filter(|own| !own.is_empty())
    }

    /// The currency written on the amount due (the BT-115 that [`Invoice::text`] gives), where it is not that of BT-5.
    pub fn payable_currency(&self) -> Option<&str> {
        let payable = self.all(bt::BT_115).find(|o| !o.trimmed().is_empty())?;
        self.currency_on(payable.node()).filter(|own| Some(*own) != self.text(bt::BT_5))
    }

    /// All occurrences in document order.
    pub fn occurrences(&self) -> impl Iterator<Item = Occurrence<'_>> {
        (0..self.rows.len() as OccurrenceId).map(|id| Occurrence { invoice: self, id })
    }

    /// One occurrence by its number.
    pub fn occurrence(&self, id: OccurrenceId) -> Option<Occurrence<'_>> {
        ((id as usize) < self.rows.len()).then_some(Occurrence { invoice: self, id })
    }

    /// One group by its number.
    pub fn group(&self, id: GroupId) -> Option<Group<'_>> {
        ((id as usize) < self.groups.len()).then_some(Group { invoice: self, id })
    }

    /// All instances of all groups, the document itself first, in document order.
    pub fn all_groups(&self) -> impl Iterator<Item = Group<'_>> {
        (0..self.groups.len() as GroupId).map(|id| Group { invoice: self, id })
    }

    /// All instances of a group, in document order.
    pub fn groups(&self, term: Term) -> impl Iterator<Item = Group<'_>> {
        (0..self.groups.len() as GroupId)
            .filter(move |&id| self.groups[id as usize].term == Some(term))
            .map(|id| Group { invoice: self, id })
    }

    /// The lines (BG-25).
    pub fn lines(&self) -> impl Iterator<Item = Group<'_>> {
        self.groups(super::bt::BG_25)
    }
}

/// One instance of a group of terms.
#[derive(Clone, Copy)]
pub struct Group<'i> {
    pub(super) invoice: &'i Invoice<'i>,
    pub(super) id: GroupId,
}

impl<'i> Group<'i> {
    pub fn id(self) -> GroupId {
        self.id
    }

    pub fn invoice(self) -> &'i Invoice<'i> {
        self.invoice
    }

    /// Its BG; `None` for the document.
    pub fn term(self) -> Option<Term> {
        self.row().term
    }

    /// The group around it; `None` for the document.
    pub fn parent(self) -> Option<Group<'i>> {
        (self.id != 0).then(|| Group { invoice: self.invoice, id: self.row().parent })
    }

    /// The element that is the group, where the syntax has one.
    pub fn node(self) -> Option<NodeId> {
        (self.row().node != NONE).then_some(self.row().node)
    }

    /// Occurrences of a term within it, groups inside included, in document order.
    pub fn all(self, term: Term) -> impl Iterator<Item = Occurrence<'i>> {
        let row = self.row();
        let invoice = self.invoice;
        // Everything is in the document: the list of the term is shorter than the document.
        let whole = self.id == 0;
        let inside = if whole { &[] } else { &invoice.terms[row.first as usize..row.end as usize] };
        let own = inside
            .iter()
            .enumerate()
            .filter(move |(_, t)| **t == term)
            .map(move |(n, _)| Occurrence { invoice, id: row.first + n as u32 });
        // A group without an element has no range: its occurrences say where they belong.
        let mut next = if whole || row.node == NONE { invoice.heads[term.index()] } else { NONE };
        let scattered = std::iter::from_fn(move || {
            while next != NONE {
                let found = Occurrence { invoice, id: next };
                next = invoice.rows[next as usize].next;
                if std::iter::successors(Some(found.group()), |g| g.parent()).any(|g| g.id == self.id) {
                    return Some(found);
                }
            }
            None
        });
        own.chain(scattered)
    }

    /// All occurrences in its element, whatever their term, groups inside included.
    pub fn occurrences(self) -> impl Iterator<Item = Occurrence<'i>> {
        let (invoice, row) = (self.invoice, self.row());
        (row.first..row.end).map(move |id| Occurrence { invoice, id })
    }

    pub fn first(self, term: Term) -> Option<Occurrence<'i>> {
        self.all(term).next()
    }

    pub fn number(self, term: Term) -> Option<Decimal> {
        self.first(term).and_then(|o| o.number())
    }

    /// Instances of a group within it, at any depth.
    pub fn groups(self, term: Term) -> impl Iterator<Item = Group<'i>> {
        let invoice = self.invoice;
        let inside = self.id + 1..self.row().end_group;
        inside.filter(move |&id| invoice.groups[id as usize].term == Some(term)).map(move |id| Group { invoice, id })
    }

    /// Where the group starts; `None` where the syntax has no element for it.
    pub fn place(self) -> Option<Place> {
        self.node().map(|node| place(&self.invoice.tree, node, None))
    }

    fn row(self) -> GroupRow {
        self.invoice.groups[self.id as usize]
    }
}

/// One occurrence of a term.
#[derive(Clone, Copy)]
pub struct Occurrence<'i> {
    pub(super) invoice: &'i Invoice<'i>,
    pub(super) id: OccurrenceId,
}

impl<'i> Occurrence<'i> {
    const FEW: usize = 16;

    pub fn id(self) -> OccurrenceId {
        self.id
    }

    pub fn term(self) -> Term {
        self.invoice.terms[self.id as usize]
    }

    /// The invoice it stands in.
    pub fn invoice(self) -> &'i Invoice<'i> {
        self.invoice
    }

    /// The text as written.
    pub fn text(self) -> &'i str {
        self.invoice.tree.text(self.row().text)
    }

    /// The text without the blanks of XML around it.
    pub fn trimmed(self) -> &'i str {
        trim(self.text())
    }

    pub fn value(self) -> Value {
        self.row().value
    }

    pub fn number(self) -> Option<Decimal> {
        match self.value() {
            Value::Number(n) => Some(n),
            _ => None,
        }
    }

    pub fn day(self) -> Option<Day> {
        match self.value() {
            Value::Day(d) => Some(d),
            _ => None,
        }
    }

    /// The group it stands in.
    pub fn group(self) -> Group<'i> {
        Group { invoice: self.invoice, id: self.row().group }
    }

    /// For a part (`BT-29-1`): the occurrence it belongs to.
    pub fn whole(self) -> Option<Occurrence<'i>> {
        (self.row().whole != NONE).then(|| Occurrence { invoice: self.invoice, id: self.row().whole })
    }

    /// The part of this occurrence that is `term`, such as its scheme identifier.
    pub fn part(self, term: Term) -> Option<Occurrence<'i>> {
        // Parts follow what they belong to, before the next occurrence of it.
        let rows = self.invoice.rows.len() as OccurrenceId;
        let end = self.row().next.min(rows);
        let mut before_end = self.invoice.all(term).take_while(|o| o.id < end);
        for _ in 0..Self::FEW {
            match before_end.next() {
                Some(other) if other.row().whole != self.id => {}
                found => return found,
            }
        }
        // So many before it: it is looked for where it must stand.
        let mut inside = (self.id + 1..end).map(|id| Occurrence { invoice: self.invoice, id });
        inside.find(|o| o.term() == term && o.row().whole == self.id)
    }

    /// The element it stands in, or whose attribute it is.
    pub fn node(self) -> NodeId {
        self.row().node
    }

    /// Is it an attribute of its element rather than the element's text?
    pub fn is_attribute(self) -> bool {
        self.row().attribute != u16::MAX
    }

    /// The attribute of its element that it is.
    pub fn attribute_name(self) -> Option<crate::xml::Name> {
        let position = self.is_attribute().then_some(usize::from(self.row().attribute))?;
        self.invoice.tree.attributes(self.node()).get(position).map(|a| a.name)
    }

    /// The position, among the attributes of its element, of the one that holds it; none where the element itself does.
    pub fn attribute(self) -> Option<usize> {
        self.is_attribute().then(|| usize::from(self.row().attribute))
    }

    /// Does it only say again, in another group of the syntax, what the document's own term said?
    pub fn is_echo(self) -> bool {
        self.row().echo
    }

    pub fn place(self) -> Place {
        let row = self.row();
        place(&self.invoice.tree, row.node, (row.attribute != u16::MAX).then_some(usize::from(row.attribute)))
    }

    fn row(self) -> &'i OccurrenceRow {
        &self.invoice.rows[self.id as usize]
    }
}

/// The place of an element, or of one of its attributes (by its position among them).
pub fn place(tree: &Tree<'_>, node: NodeId, attribute: Option<usize>) -> Place {
    let at = attribute.and_then(|n| tree.attributes(node).get(n)).map_or(tree.node(node).at, |attribute| attribute.at);
    let (line, column) = tree.line_column(at);
    Place::Xml { line, column, path: path(tree, node, attribute), attachment: None }
}

/// The same by its path alone, for what is told from others and shown to nobody: lines and columns take longer to count.
pub fn unseen_place(tree: &Tree<'_>, node: NodeId, attribute: Option<usize>) -> Place {
    Place::Xml { line: 0, column: 0, path: path(tree, node, attribute), attachment: None }
}

fn path(tree: &Tree<'_>, node: NodeId, attribute: Option<usize>) -> String {
    let mut path = tree.path(node);
    if let Some(attribute) = attribute.and_then(|n| tree.attributes(node).get(n)) {
        path.push_str("/@");
        path.push_str(&tree.qualified(attribute.name));
    }
    path
}
