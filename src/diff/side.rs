//! One of the two documents, cut into blocks: the document itself and every instance of a group that repeats.
//!
//! Groups that do not repeat are no blocks: their terms stand in the block around them, whether a syntax has an element for the
//! group or not. Payment instructions (BG-16) are one, as documents have several, though the norm has one.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash as _, Hasher as _};

use super::equal::{self, Absent};
use super::outside::{Paths, Unit};
use super::pair::is_key;
use super::syntax;
use super::value::Canon;
use crate::decimal;
use crate::invoice::{Group, Invoice, Kind, Occurrence, OccurrenceId, Syntax, Term, bt};
use crate::xml::NodeId;

/// Most elements in one whose terms are looked at for what they say together.
const FEW: u32 = 8;

/// A document ready to be compared.
pub(super) struct Side<'i> {
    pub invoice: &'i Invoice<'i>,
    /// The document is number 0; a block comes after the one around it.
    pub blocks: Vec<Block<'i>>,
    /// For each term of the document: the digest of what it says, where that is one thing.
    agreed: HashMap<Term, Option<u64>>,
}

/// The document, or an instance of a group that repeats.
pub(super) struct Block<'i> {
    /// None for the document.
    pub term: Option<Term>,
    /// Number of the block around it; its own for the document.
    pub parent: usize,
    /// From 1, among those of its term in the block around it.
    pub position: u32,
    /// Addresses of what is in it start so: `BG-25[2]/`.
    pub prefix: String,
    pub node: Option<NodeId>,
    /// In the order of the norm.
    pub fields: Vec<Field<'i>>,
    /// In document order.
    pub children: Vec<usize>,
    /// What in it is no term.
    pub outside: Vec<Unit<'i>>,
    /// Of all that it says, the order of what repeats left out.
    pub whole: u64,
    /// The same without the terms by which instances are told apart.
    pub content: u64,
}

/// A term in a block.
pub(super) struct Field<'i> {
    pub term: Term,
    pub occurrence: Occurrence<'i>,
    /// From 1, among those of its term.
    pub position: u32,
    pub value: Canon<'i>,
    /// Scheme identifiers and the like.
    pub parts: Vec<(Term, Occurrence<'i>, Canon<'i>)>,
    /// Occurrences that say the same once more, where the norm has the term once.
    pub repeats: Vec<Occurrence<'i>>,
}

/// A field, and the number of the block that it is in.
pub(super) type At<'s, 'i> = (usize, &'s Field<'i>);

impl<'i> Side<'i> {
    /// `outside`: whether what is no term counts when blocks are told apart. `beside`: the syntax of the other document.
    pub fn of(invoice: &'i Invoice<'i>, paths: &mut Paths, outside: bool, beside: Syntax) -> Side<'i> {
        let mut side = Side { invoice, blocks: Vec::new(), agreed: HashMap::new() };
        let of_group = side.cut();
        let nodes: HashMap<NodeId, usize> =
            side.blocks.iter().enumerate().filter_map(|(n, block)| Some((block.node?, n))).collect();
        side.fill(&of_group, &nodes, beside);
        side.units(paths, &nodes);
        side.sort();
        side.silence();
        side.agree();
        side.digest(outside);
        side
    }

    /// The address of a field, or of a part of it.
    pub fn address(&self, block: usize, field: &Field<'_>, part: Option<Term>) -> String {
        let id = field.term.id();
        let suffix = part.and_then(|p| p.id().strip_prefix(id)).unwrap_or_default();
        // A term of the document is addressed as such, wherever the syntax writes it.
        let of_document = equal::once(field.term) || is_of_document(field.term);
        let prefix = if of_document { "" } else { self.blocks[block].prefix.as_str() };
        match field.term.is_repeatable() || field.position > 1 {
            true => format!("{prefix}{id}[{}]{suffix}", field.position),
            false => format!("{prefix}{id}{suffix}"),
        }
    }

    /// The blocks; for each group instance, the block that it is or stands in.
    fn cut(&mut self) -> Vec<usize> {
        let mut of_group: Vec<usize> = Vec::new();
        let mut counts: HashMap<(usize, Term), u32> = HashMap::new();
        for group in self.invoice.all_groups() {
            let around = group.parent().and_then(|p| of_group.get(p.id() as usize)).copied().unwrap_or(0);
            let term = match group.term() {
                Some(term) if term.is_repeatable() || term == bt::BG_16 && group.node().is_some() => term,
                Some(_) => {
                    of_group.push(around);
                    continue;
                }
                None => {
                    of_group.push(self.add(None, 0, 1, String::new(), group));
                    continue;
                }
            };
            let home = self.addressed(around);
            let count = counts.entry((home, term)).or_default();
            *count += 1;
            let prefix = match term.is_repeatable() {
                true => format!("{}{term}[{count}]/", self.blocks[home].prefix),
                false => self.blocks[home].prefix.clone(),
            };
            let position = *count;
            let number = self.add(Some(term), around, position, prefix, group);
            self.blocks[around].children.push(number);
            of_group.push(number);
        }
        of_group
    }

    fn add(&mut self, term: Option<Term>, parent: usize, position: u32, prefix: String, group: Group<'i>) -> usize {
        let node = if term.is_none() { Some(0) } else { group.node() };
        let (fields, children, outside) = (Vec::new(), Vec::new(), Vec::new());
        self.blocks.push(Block {
            term,
            parent,
            position,
            prefix,
            node,
            fields,
            children,
            outside,
            whole: 0,
            content: 0,
        });
        self.blocks.len() - 1
    }

    /// The nearest block that addresses name: BG-16 has no position in them.
    fn addressed(&self, block: usize) -> usize {
        match self.blocks[block].term {
            Some(term) if !term.is_repeatable() => self.addressed(self.blocks[block].parent),
            _ => block,
        }
    }

    fn fill(&mut self, of_group: &[usize], nodes: &HashMap<NodeId, usize>, beside: Syntax) {
        let syntax = self.invoice.syntax();
        // Where the syntax writes a term of the document with each means of payment, or each breakdown, that is where two documents
        // of one syntax say it; UBL and CII, and an invoice and a credit note, have some of them in different places.
        let stands = |occurrence: Occurrence<'_>| {
            let term = occurrence.term();
            let here = syntax == beside || !is_of_document(term) && syntax.is_ubl() == beside.is_ubl();
            if here { around(self.invoice, nodes, occurrence.node()) } else { 0 }
        };
        let mut echoes: HashSet<(usize, Term)> = HashSet::new();
        let mut counts: HashMap<(usize, Term), u32> = HashMap::new();
        let mut standing: HashMap<OccurrenceId, (usize, usize)> = HashMap::new();
        for occurrence in self.invoice.occurrences() {
            let term = occurrence.term();
            let value = Canon::of(occurrence);
            if term.kind() == Kind::Part
                && let Some(whole) = occurrence.whole()
            {
                if let Some((block, field)) = standing.get(&whole.id())
                    && let Some(field) = self.blocks[*block].fields.get_mut(*field)
                {
                    field.parts.push((term, occurrence, value));
                }
                continue;
            }
            let group = occurrence.group().id() as usize;
            let of_document = equal::once(term) || is_of_document(term);
            let block = if of_document { stands(occurrence) } else { of_group.get(group).copied().unwrap_or(0) };
            let count = counts.entry((if of_document { 0 } else { self.addressed(block) }, term)).or_default();
            // What only says again what the first said has no address of its own.
            *count += u32::from(!occurrence.is_echo() || *count == 0);
            // The first one in each group is the form of the syntax, where the other has no such place for it.
            let home = if of_document { around(self.invoice, nodes, occurrence.node()) } else { block };
            if block != home && echoes.insert((home, term)) && occurrence.is_echo() {
                continue;
            }
            let fields = &mut self.blocks[block].fields;
            // A term that has parts can be asked for them; the others cannot.
            standing.insert(occurrence.id(), (block, fields.len()));
            fields.push(Field { term, occurrence, position: *count, value, parts: Vec::new(), repeats: Vec::new() });
        }
    }

    fn units(&mut self, paths: &mut Paths, nodes: &HashMap<NodeId, usize>) {
        for (block, unit) in paths.units(self.invoice, nodes) {
            self.blocks[block].outside.push(unit);
        }
    }

    /// Fields in the order of the norm; what a syntax writes in several places, once.
    fn sort(&mut self) {
        for block in &mut self.blocks {
            block.fields.sort_by_key(|f| (f.term, f.position));
            let mut kept: Vec<Field<'_>> = Vec::with_capacity(block.fields.len());
            let mut known: HashMap<u64, Vec<usize>> = HashMap::new();
            for field in block.fields.drain(..) {
                if equal::once(field.term) || is_of_document(field.term) || field.occurrence.is_echo() {
                    let like = known.entry(field.hash()).or_default();
                    let same = like.iter().copied().find(|n| kept[*n].same(&field));
                    if let Some(same) = same.and_then(|n| kept.get_mut(n)).filter(|_| field.may_repeat()) {
                        same.repeats.push(field.occurrence);
                        continue;
                    }
                    like.push(kept.len());
                }
                kept.push(field);
            }
            block.fields = kept;
        }
    }

    /// The currency of an amount that counts as absent, and the indicator of a price discount of nothing, say nothing either.
    fn silence(&mut self) {
        let tree = self.invoice.tree();
        for n in 0..self.blocks.len() {
            let block = &self.blocks[n];
            if block.outside.is_empty() {
                continue;
            }
            let absent: HashMap<NodeId, Term> =
                block.fields.iter().filter(|f| block.is_default(f)).map(|f| (f.occurrence.node(), f.term)).collect();
            if absent.is_empty() {
                continue;
            }
            let speaks: HashSet<NodeId> =
                block.fields.iter().filter(|f| !block.is_default(f)).map(|f| f.occurrence.node()).collect();
            // An element all of whose terms count as absent; of one with more than a few elements it is not asked.
            let around = |node: NodeId| {
                let (from, to) = (node + 1, tree.node(node).end);
                let few = node != 0 && to - from <= FEW && !(from..to).any(|n| speaks.contains(&n));
                (from..to).filter(|_| few).find_map(|n| absent.get(&n).copied())
            };
            let mut with: Vec<Option<Term>> = Vec::with_capacity(block.outside.len());
            for unit in &block.outside {
                let Some(leaf) = unit.leaves.first() else { continue };
                let own = absent.get(&leaf.node).copied().filter(|_| leaf.attribute.is_some());
                let beside = || around(tree.node(leaf.node).parent).filter(|_| syntax::is_form(self, n, leaf));
                with.push(own.or_else(|| if leaf.attribute.is_none() { beside() } else { None }));
            }
            for (unit, with) in self.blocks[n].outside.iter_mut().zip(with) {
                unit.with_absent = with;
            }
        }
    }

    /// What each term of the document says, where all its occurrences say the same.
    fn agree(&mut self) {
        for field in self.blocks.iter().flat_map(|block| &block.fields).filter(|f| is_of_document(f.term)) {
            let hash = Some(field.hash());
            let agreed = self.agreed.entry(field.term).or_insert(hash);
            *agreed = agreed.filter(|_| *agreed == hash);
        }
    }

    /// Do both say this and nothing else by this term of the document, wherever and however often?
    pub fn agrees(&self, other: &Side<'_>, field: &Field<'_>) -> bool {
        let of = |side: &Side<'_>| side.agreed.get(&field.term).copied().flatten();
        of(self) == Some(field.hash()) && of(other) == of(self)
    }

    /// How many means of payment has it?
    pub fn means(&self) -> usize {
        self.blocks.iter().filter(|block| block.term == Some(bt::BG_16)).count()
    }

    /// Digests from the inside out.
    fn digest(&mut self, outside: bool) {
        for n in (0..self.blocks.len()).rev() {
            let block = &self.blocks[n];
            let mut whole: Vec<u64> = Vec::with_capacity(block.fields.len() + block.children.len());
            let mut content: Vec<u64> = Vec::with_capacity(whole.capacity());
            for field in block.fields.iter().filter(|f| !block.is_default(f)) {
                let hash = field.hash();
                whole.push(hash);
                if !block.term.is_some_and(|group| is_key(group, field.term)) {
                    content.push(hash);
                }
            }
            let inside = block.children.iter().map(|child| self.blocks[*child].whole).filter(|h| *h != 0);
            let foreign = block.outside.iter().filter(|unit| outside && unit.with_absent.is_none()).map(Unit::hash);
            let more: Vec<u64> = inside.chain(foreign).collect();
            whole.extend(&more);
            content.extend(&more);
            let (whole, content) = (fold(whole, block.term), fold(content, block.term));
            let block = &mut self.blocks[n];
            (block.whole, block.content) = (whole, content);
        }
    }
}

impl<'i> Block<'i> {
    /// Does it say nothing at all?
    pub fn is_empty(&self) -> bool {
        self.whole == 0
    }

    /// The fields of a term.
    pub fn of(&self, term: Term) -> &[Field<'i>] {
        let from = self.fields.partition_point(|f| f.term < term);
        let to = self.fields.partition_point(|f| f.term <= term);
        &self.fields[from..to]
    }

    /// Does the field say what its absence would say?
    pub fn is_default(&self, field: &Field<'_>) -> bool {
        field.is_blank() || self.means_absent(field)
    }

    /// Would the absence of this field, here, say the same? The field may be of the block compared with.
    pub fn means_absent(&self, field: &Field<'_>) -> bool {
        let number = |term: Term| match self.of(term) {
            [] => Some(decimal::Decimal::ZERO),
            [only] => only.value.number(),
            _ => None,
        };
        match equal::absent(field.term) {
            None => false,
            Some(Absent::Number(means)) => field.value.number() == Some(*means),
            Some(Absent::Like(terms)) => match terms.as_slice() {
                [like] => matches!(self.of(*like), [only] if only.value == field.value),
                terms => {
                    let sum = terms.iter().try_fold(decimal::Decimal::ZERO, |sum, t| decimal::add(sum, number(*t)?));
                    // Nothing to add up is no price.
                    let any = terms.first().is_some_and(|first| !self.of(*first).is_empty());
                    any && sum.is_some() && sum == field.value.number()
                }
            },
        }
    }
}

/// Is it a term of the norm that stands in no group of it?
pub(super) fn is_of_document(term: Term) -> bool {
    !term.is_group() && term.kind() != Kind::Part && term.group().is_none() && !term.is_extension()
}

/// The innermost block that an element is in.
fn around(invoice: &Invoice<'_>, nodes: &HashMap<NodeId, usize>, node: NodeId) -> usize {
    let mut at = node;
    loop {
        match nodes.get(&at) {
            Some(block) => return *block,
            None if at == 0 => return 0,
            None => at = invoice.tree().node(at).parent,
        }
    }
}

impl Field<'_> {
    /// May it be said again without saying more?
    fn may_repeat(&self) -> bool {
        equal::once(self.term) || self.occurrence.is_echo()
    }

    pub fn is_blank(&self) -> bool {
        self.value == Canon::Blank && self.parts.iter().all(|(_, _, value)| *value == Canon::Blank)
    }

    /// Do both say the same, parts included?
    pub fn same(&self, other: &Field<'_>) -> bool {
        self.term == other.term && self.value == other.value && self.same_parts(other)
    }

    pub fn same_parts(&self, other: &Field<'_>) -> bool {
        let said = |field: &Field<'_>| field.parts.iter().filter(|(_, _, v)| *v != Canon::Blank).count();
        said(self) == said(other)
            && self
                .parts
                .iter()
                .filter(|(_, _, v)| *v != Canon::Blank)
                .all(|(term, _, value)| other.parts.iter().any(|(t, _, v)| t == term && v == value))
    }

    /// Of the value and its parts.
    pub fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.hash_of_value(), self.hash_of_parts()).hash(&mut hasher);
        hasher.finish()
    }

    pub fn hash_of_value(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        (self.term, &self.value).hash(&mut hasher);
        hasher.finish()
    }

    pub fn hash_of_parts(&self) -> u64 {
        let mut parts: Vec<_> = self.parts.iter().filter(|(_, _, v)| *v != Canon::Blank).collect();
        parts.sort_by_key(|(term, _, _)| *term);
        let mut hasher = DefaultHasher::new();
        for (term, _, value) in parts {
            (term, value).hash(&mut hasher);
        }
        hasher.finish()
    }
}

/// One number for a set of them; 0 for the empty set alone.
fn fold(mut hashes: Vec<u64>, term: Option<Term>) -> u64 {
    if hashes.is_empty() {
        return 0;
    }
    hashes.sort_unstable();
    let mut hasher = DefaultHasher::new();
    (term, hashes).hash(&mut hasher);
    hasher.finish().max(1)
}
