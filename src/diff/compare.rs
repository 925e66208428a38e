//! The comparison: block by block, term by term.

use std::collections::{BTreeMap, HashMap};

use super::moved::moved;
use super::outside::{Leaf, Paths, Unit, apart};
use super::pair::pairs;
use super::said::{leaf, said, whole};
use super::side::{At, Block, Field, Side};
use super::value::Canon;
use super::{Change, Diff, Difference, Options, Said, equal, syntax};
use crate::decimal;
use crate::invoice::{Invoice, Place, Term, bt};
use crate::limits;

/// Compares two invoices. The other way round gives the mirror image.
///
/// Time and memory grow with the documents and with what differs, whatever they hold: lines that have no counterpart are not held
/// against all others (`limits::DIFF_PAIRS`), and no more than `limits::DIFFERENCES` differences are kept.
pub fn compare(a: &Invoice<'_>, b: &Invoice<'_>, options: &Options) -> Diff {
    // Whatever has to be decided between equals is decided for the same document, whichever comes first.
    let mut diff = match a.tree().source() <= b.tree().source() {
        true => run(a, b, options, false),
        false => run(b, a, options, true).mirrored(),
    };
    diff.as_received(a, b);
    diff.outside.sort_by_key(|difference| {
        let at = |said: &Option<Said>| match said.as_ref().and_then(|s| s.place.as_ref()) {
            Some(Place::Xml { line, column, .. }) => Some((*line, *column)),
            _ => None,
        };
        at(&difference.a).or(at(&difference.b))
    });
    diff
}

fn run(a: &Invoice<'_>, b: &Invoice<'_>, options: &Options, turned: bool) -> Diff {
    let outside = !options.terms_only && options.only.is_empty();
    // What came as EDI was written as CII to be read: what it says beside the terms is no content of its own.
    let of_edi = a.origin().is_some() || b.origin().is_some();
    let outside = outside && !(a.origin().is_some() && b.origin().is_some());
    let alike = a.syntax().is_ubl() == b.syntax().is_ubl() && !of_edi;
    let mut paths = Paths::default();
    let (of_a, of_b) = (a.syntax(), b.syntax());
    let a = Side::of(a, &mut paths, outside && alike, of_b);
    let b = Side::of(b, &mut paths, outside && alike, of_a);
    let mut compare =
        Compare { a: &a, b: &b, options, outside: outside && alike, alike, turned, diff: Diff::default() };
    compare.blocks(0, 0);
    if outside && !alike {
        compare.diff.uncompared = compare.uncompared();
    }
    compare.diff
}

struct Compare<'s, 'i> {
    a: &'s Side<'i>,
    b: &'s Side<'i>,
    options: &'s Options,
    /// Is what is no term compared?
    outside: bool,
    /// Are both of one syntax, so that what is written otherwise was somebody's choice?
    alike: bool,
    /// Is `a` the document that was named second?
    turned: bool,
    diff: Diff,
}

/// An instance of a group, or a pair of them, in its turn.
struct Step {
    at: u32,
    after: bool,
    a: Option<usize>,
    b: Option<usize>,
    has_moved: bool,
}

impl<'s, 'i> Compare<'s, 'i> {
    /// Two blocks that are one.
    fn blocks(&mut self, in_a: usize, in_b: usize) {
        let groups_a = children(self.a, in_a);
        let groups_b = children(self.b, in_b);
        let terms = |block: &Block<'_>| block.fields.iter().map(|f| f.term).collect::<Vec<_>>();
        let mut all = terms(&self.a.blocks[in_a]);
        all.extend(terms(&self.b.blocks[in_b]));
        all.extend(groups_a.keys().chain(groups_b.keys()));
        all.sort_unstable();
        all.dedup();
        for term in all {
            if term.is_group() {
                let none = Vec::new();
                self.groups(term, groups_a.get(&term).unwrap_or(&none), groups_b.get(&term).unwrap_or(&none));
            } else {
                self.fields(term, in_a, in_b);
            }
        }
        if self.outside {
            self.units(in_a, in_b);
        }
    }

    /// All instances of one group in two blocks that are one.
    fn groups(&mut self, group: Term, in_a: &[usize], in_b: &[usize]) {
        let (in_a, empty_a): (Vec<usize>, Vec<usize>) = in_a.iter().partition(|n| !self.a.blocks[**n].is_empty());
        let (in_b, empty_b): (Vec<usize>, Vec<usize>) = in_b.iter().partition(|n| !self.b.blocks[**n].is_empty());
        let found = pairs(self.a, self.b, group, &in_a, &in_b);
        let mut pairs = found.pairs;
        pairs.sort_unstable();
        let order: Vec<usize> = pairs.iter().map(|(_, y)| *y).collect();
        let moved: Vec<bool> = moved(&order);
        // As they stand in the document that was named first; what only the other has, after what stands there before it.
        let position = |side: &Side<'_>, n: usize| side.blocks[n].position;
        let mut steps: Vec<Step> = Vec::new();
        for ((x, y), has_moved) in pairs.iter().zip(moved) {
            let at = if self.turned { position(self.b, *y) } else { position(self.a, *x) };
            steps.push(Step { at, after: false, a: Some(*x), b: Some(*y), has_moved });
        }
        let only =
            |at: u32, after: bool, a: Option<usize>, b: Option<usize>| Step { at, after, a, b, has_moved: false };
        steps.extend(found.only_a.iter().map(|x| only(position(self.a, *x), self.turned, Some(*x), None)));
        steps.extend(found.only_b.iter().map(|y| only(position(self.b, *y), !self.turned, None, Some(*y))));
        steps.sort_by_key(|step| (step.at, step.after, step.a, step.b));
        for Step { a, b, has_moved, .. } in steps {
            match (a, b) {
                (Some(x), Some(y)) => {
                    if has_moved {
                        self.moved(group, x, y);
                    }
                    self.blocks(x, y);
                }
                (Some(x), None) => self.group_only(group, x, true),
                (None, Some(y)) => self.group_only(group, y, false),
                (None, None) => {}
            }
        }
        // What says nothing is nothing, however often.
        let few = empty_a.len().min(empty_b.len());
        for (side, empty, of_a) in [(self.a, empty_a, true), (self.b, empty_b, false)] {
            for n in empty.into_iter().skip(few) {
                let shown = self.shows(group);
                self.diff.written += usize::from(shown);
                if shown && self.options.as_written {
                    self.one(Change::Written, Some(group), Some(whole(side, n)), of_a);
                }
            }
        }
    }

    fn moved(&mut self, group: Term, x: usize, y: usize) {
        let shown = self.shows_group(self.a, x, group) || self.shows_group(self.b, y, group);
        self.diff.written += usize::from(shown);
        if shown && self.options.as_written {
            let (a, b) = (whole(self.a, x), whole(self.b, y));
            self.add(Change::Moved, Some(group), Some(a), Some(b), None);
        }
    }

    /// A group that only one of them has.
    fn group_only(&mut self, group: Term, n: usize, of_a: bool) {
        let side = if of_a { self.a } else { self.b };
        if side.blocks[n].fields.iter().all(Field::is_blank) && side.blocks[n].children.is_empty() {
            // Nothing of the norm in it: what there is else is told by itself.
            for leaf in side.blocks[n].outside.iter().flat_map(|unit| &unit.leaves) {
                if self.outside && !leaf.text.is_empty() {
                    self.leaf_only(*leaf, of_a);
                }
            }
        } else if self.shows_group(side, n, group) {
            let said = self.has_room().then(|| whole(side, n));
            let change = if of_a { Change::OnlyA } else { Change::OnlyB };
            self.one(change, Some(group), said, of_a);
        }
    }

    /// All occurrences of one term in two blocks that are one.
    fn fields(&mut self, term: Term, in_a: usize, in_b: usize) {
        if !self.shows(term) && !self.shows_part(term) {
            return;
        }
        let (a, b) = (self.a.blocks[in_a].of(term), self.b.blocks[in_b].of(term));
        let (pairs, only_a, only_b) = matched(a, b);
        for (x, y) in &pairs {
            self.field((in_a, &a[*x]), (in_b, &b[*y]));
        }
        for (change, fields, only, here, other) in
            [(Change::OnlyA, a, &only_a, in_a, in_b), (Change::OnlyB, b, &only_b, in_b, in_a)]
        {
            for field in only.iter().map(|n| &fields[*n]) {
                self.field_only(change, (here, field), other, only.len() == fields.len());
            }
        }
    }

    /// A term that only one of them has; `absent` where the other has none of it at all.
    fn field_only(&mut self, change: Change, at: At<'s, 'i>, other: usize, absent: bool) {
        let of_a = change == Change::OnlyA;
        let against = if of_a { self.b } else { self.a };
        let (here, there) = if of_a { (self.a, self.b) } else { (self.b, self.a) };
        let same = at.1.is_blank() || absent && (against.blocks[other].means_absent(at.1) || here.agrees(there, at.1));
        let change = if same { Change::Written } else { change };
        self.diff.written += usize::from(same && self.shows(at.1.term));
        if (!same || self.options.as_written) && self.shows(at.1.term) {
            let side = if of_a { self.a } else { self.b };
            let said = self.has_room().then(|| said(side, at, None));
            self.one(change, Some(at.1.term), said, of_a);
        }
    }

    /// Two occurrences that are one.
    fn field(&mut self, a: At<'s, 'i>, b: At<'s, 'i>) {
        let (x, y) = (a.1, b.1);
        if self.shows(x.term) {
            if x.value != y.value {
                // A value that is blank beside one that is not: what absence means counts here as well.
                let means = x.value == Canon::Blank && self.a.blocks[a.0].means_absent(y)
                    || y.value == Canon::Blank && self.b.blocks[b.0].means_absent(x);
                let change = if means { Change::Written } else { Change::Changed };
                self.both(change, x.term, (a, None), (b, None), delta(&x.value, &y.value));
            } else if x.occurrence.text() != y.occurrence.text() && !self.bound_by_syntax(&x.value) {
                self.both(Change::Written, x.term, (a, None), (b, None), None);
            }
        }
        if self.shows(x.term) {
            self.repeats(a, b);
        }
        let mut parts: Vec<Term> = x.parts.iter().chain(&y.parts).map(|(term, _, _)| *term).collect();
        parts.sort_unstable();
        parts.dedup();
        parts.retain(|term| self.shows(*term));
        for term in parts {
            let of = |field: &'s Field<'i>| {
                field.parts.iter().find(|(t, _, _)| *t == term).map(|(_, o, v)| (o.text(), v.clone()))
            };
            let part = Some(term);
            match (of(x), of(y)) {
                (Some((s, v)), Some((t, w))) if v == w => {
                    if s != t && !self.bound_by_syntax(&v) {
                        self.both(Change::Written, term, (a, part), (b, part), None);
                    }
                }
                (Some(_), Some(_)) => self.both(Change::Changed, term, (a, part), (b, part), None),
                (Some((_, v)), None) => self.part_only(v, said(self.a, a, part), term, true),
                (None, Some((_, w))) => self.part_only(w, said(self.b, b, part), term, false),
                (None, None) => {}
            }
            self.more_parts(a, b, term);
        }
    }

    /// A part that stands several times, such as a scheme given twice: what one side says beyond the first, and the other does not.
    fn more_parts(&mut self, a: At<'s, 'i>, b: At<'s, 'i>, part: Term) {
        let all = |field: &'s Field<'i>| field.parts.iter().filter(move |(t, _, v)| *t == part && *v != Canon::Blank);
        for (side, at, other, of_a) in [(self.a, a, b, true), (self.b, b, a, false)] {
            let mut beside: Vec<&Canon<'_>> = all(other.1).skip(1).map(|(_, _, value)| value).collect();
            for (_, occurrence, value) in all(at.1).skip(1) {
                if let Some(same) = beside.iter().position(|v| *v == value) {
                    beside.swap_remove(same);
                    continue;
                }
                let mut said = said(side, at, Some(part));
                (said.value, said.place) = (value.shown(*occurrence), Some(occurrence.place()));
                // The same once more says nothing new.
                let again = all(at.1).next().is_some_and(|(_, _, first)| first == value);
                match again {
                    false => self.part_only(value.clone(), said, part, of_a),
                    true => {
                        self.diff.written += 1;
                        if self.options.as_written {
                            self.one(Change::Written, Some(part), Some(said), of_a);
                        }
                    }
                }
            }
        }
    }

    /// What one of them says more often than the other, and what UBL says of one of several means of payment and CII of the invoice.
    fn repeats(&mut self, a: At<'s, 'i>, b: At<'s, 'i>) {
        let few = a.1.repeats.len().min(b.1.repeats.len());
        for (side, at, of_a) in [(self.a, a, true), (self.b, b, false)] {
            for occurrence in at.1.repeats.iter().skip(few) {
                self.diff.written += 1;
                if self.options.as_written {
                    let mut said = said(side, at, None);
                    (said.value, said.place) = (at.1.value.shown(*occurrence), Some(occurrence.place()));
                    self.one(Change::Written, Some(at.1.term), Some(said), of_a);
                }
            }
        }
        let of_means = equal::once(a.1.term) && a.1.term.group() == Some(bt::BG_16);
        let apart = |side: &Side<'_>, field: &Field<'_>| {
            side.invoice.syntax().is_ubl() && 1 + field.repeats.len() < side.means()
        };
        if of_means && !self.alike && (apart(self.a, a.1) || apart(self.b, b.1)) {
            self.diff.written += 1;
            if self.options.as_written && self.has_room() {
                let (x, y) = (said(self.a, a, None), said(self.b, b, None));
                self.add(Change::Moved, Some(a.1.term), Some(x), Some(y), None);
            }
        }
    }

    fn part_only(&mut self, value: Canon<'_>, said: Said, term: Term, of_a: bool) {
        let blank = value == Canon::Blank;
        self.diff.written += usize::from(blank);
        if !blank || self.options.as_written {
            let change = match of_a {
                _ if blank => Change::Written,
                true => Change::OnlyA,
                false => Change::OnlyB,
            };
            self.one(change, Some(term), Some(said), of_a);
        }
    }

    /// Does the syntax itself ask for another way to write such a value?
    fn bound_by_syntax(&self, value: &Canon<'_>) -> bool {
        !self.alike && matches!(value, Canon::Day(_) | Canon::Meaning(_))
    }

    fn both(
        &mut self,
        change: Change,
        term: Term,
        a: (At<'s, 'i>, Option<Term>),
        b: (At<'s, 'i>, Option<Term>),
        delta: Option<decimal::Decimal>,
    ) {
        if change == Change::Written {
            self.diff.written += 1;
            if !self.options.as_written {
                return;
            }
        }
        if !self.has_room() {
            self.diff.unlisted += 1;
            return;
        }
        let mut sides = (said(self.a, a.0, a.1), said(self.b, b.0, b.1));
        let differ = change == Change::Changed && sides.0.value == sides.1.value;
        if differ {
            // Two values that only look the same: what keeps each from being the other is told beside it.
            sides.0.why = a.0.1.value.odd(a.0.1.occurrence);
            sides.1.why = b.0.1.value.odd(b.0.1.occurrence);
        }
        if change == Change::Written || differ {
            // What is the same is told as it stands there.
            let raw = |(at, part): (At<'s, 'i>, Option<Term>)| match part {
                None => at.1.occurrence.text().to_owned(),
                Some(part) => {
                    at.1.parts.iter().find(|(t, _, _)| *t == part).map_or("", |(_, o, _)| o.text()).to_owned()
                }
            };
            (sides.0.value, sides.1.value) = (raw(a), raw(b));
        }
        self.add(change, Some(term), Some(sides.0), Some(sides.1), delta);
    }

    fn one(&mut self, change: Change, term: Option<Term>, said: Option<Said>, of_a: bool) {
        match (said, of_a) {
            (None, _) => self.unlisted(term),
            (said, true) => self.add(change, term, said, None, None),
            (said, false) => self.add(change, term, None, said, None),
        }
    }

    /// What is no term, in two blocks that are one.
    fn units(&mut self, in_a: usize, in_b: usize) {
        let (of_a, of_b) = (&self.a.blocks[in_a], &self.b.blocks[in_b]);
        // What goes with a term that counts as absent goes with it, where the other does not have the term at all.
        let told = |of: &'s Block<'i>, other: &Block<'i>| -> Vec<&'s Unit<'i>> {
            of.outside.iter().filter(|unit| unit.with_absent.is_none_or(|term| !other.of(term).is_empty())).collect()
        };
        let mut found = apart(&told(of_a, of_b), &told(of_b, of_a));
        let (a, b) = (self.a.invoice, self.b.invoice);
        if a.syntax() != b.syntax() {
            // Invoice and credit note of UBL have some terms in different places.
            found.only_a.retain(|leaf| !syntax::is_form(self.a, in_a, leaf));
            found.only_b.retain(|leaf| !syntax::is_form(self.b, in_b, leaf));
        }
        for (x, y) in found.written {
            self.diff.written += 1;
            if self.options.as_written {
                self.add(Change::Written, None, Some(leaf(a, x)), Some(leaf(b, y)), None);
            }
        }
        for (x, y) in found.changed {
            self.add(Change::Changed, None, Some(leaf(a, x)), Some(leaf(b, y)), None);
        }
        for (x, y) in found.arranged {
            self.add(Change::Moved, None, Some(leaf(a, x)), Some(leaf(b, y)), None);
        }
        for x in found.only_a {
            self.leaf_only(x, true);
        }
        for y in found.only_b {
            self.leaf_only(y, false);
        }
    }

    fn leaf_only(&mut self, found: Leaf<'i>, of_a: bool) {
        let change = if of_a { Change::OnlyA } else { Change::OnlyB };
        let said = self.has_room().then(|| leaf(if of_a { self.a.invoice } else { self.b.invoice }, found));
        self.one(change, None, said, of_a);
    }

    /// What is no term of either, but for what a syntax writes in any case.
    fn uncompared(&self) -> Vec<Difference> {
        let mut list = Vec::new();
        let mut sides = [(self.a, true), (self.b, false)];
        if self.turned {
            sides.reverse();
        }
        // What came as EDI says nothing but terms: what it was written as has the form of CII.
        for (side, of_a) in sides.into_iter().filter(|(side, _)| side.invoice.origin().is_none()) {
            let mut leaves: Vec<Leaf<'_>> = (0..side.blocks.len())
                .flat_map(|n| side.blocks[n].outside.iter().flat_map(|unit| &unit.leaves).map(move |leaf| (n, leaf)))
                .filter(|(n, leaf)| !leaf.text.is_empty() && !syntax::is_form(side, *n, leaf))
                .map(|(_, leaf)| *leaf)
                .collect();
            leaves.sort_by_key(|leaf| (leaf.node, leaf.attribute.map_or(0, |n| n + 1)));
            for found in leaves.into_iter().take(limits::DIFFERENCES) {
                let said = Some(leaf(side.invoice, found));
                let (change, a, b) = if of_a { (Change::OnlyA, said, None) } else { (Change::OnlyB, None, said) };
                list.push(Difference { change, term: None, a, b, delta: None });
            }
        }
        list
    }

    fn add(
        &mut self,
        change: Change,
        term: Option<Term>,
        a: Option<Said>,
        b: Option<Said>,
        delta: Option<decimal::Decimal>,
    ) {
        if !self.has_room() {
            self.unlisted(term);
            return;
        }
        let list = if term.is_some() { &mut self.diff.differences } else { &mut self.diff.outside };
        list.push(Difference { change, term, a, b, delta });
    }

    fn unlisted(&mut self, term: Option<Term>) {
        match term {
            Some(_) => self.diff.unlisted += 1,
            None => self.diff.unlisted_outside += 1,
        }
    }

    fn has_room(&self) -> bool {
        self.diff.differences.len() + self.diff.outside.len() < limits::DIFFERENCES
    }

    /// Is a term, as a group or inside one, among those that were asked for?
    fn shows(&self, term: Term) -> bool {
        let within = |list: &[Term]| std::iter::successors(Some(term), |t| t.parent()).any(|t| list.contains(&t));
        (self.options.only.is_empty() || within(&self.options.only)) && !within(&self.options.ignore)
    }

    /// Is a part of the term among them, though the term is not?
    fn shows_part(&self, term: Term) -> bool {
        self.options.only.iter().any(|only| only.parent() == Some(term))
    }

    /// Has the instance anything in it that was asked for?
    fn shows_group(&self, side: &Side<'_>, n: usize, group: Term) -> bool {
        let block = &side.blocks[n];
        let inside = |n: &usize| side.blocks[*n].term.is_some_and(|term| self.shows_group(side, *n, term));
        self.shows(group) && self.options.ignore.is_empty()
            || block.fields.iter().any(|f| !f.is_blank() && (self.shows(f.term) || self.shows_part(f.term)))
            || block.children.iter().any(inside)
    }
}

/// Instances by their group.
fn children(side: &Side<'_>, block: usize) -> BTreeMap<Term, Vec<usize>> {
    let mut groups: BTreeMap<Term, Vec<usize>> = BTreeMap::new();
    for child in &side.blocks[block].children {
        if let Some(term) = side.blocks[*child].term {
            groups.entry(term).or_default().push(*child);
        }
    }
    groups
}

/// Occurrences of one term that are one: the same value and parts first, then the same value, then the same parts, then in order.
fn matched(a: &[Field<'_>], b: &[Field<'_>]) -> (Vec<(usize, usize)>, Vec<usize>, Vec<usize>) {
    let (mut left_a, mut left_b): (Vec<usize>, Vec<usize>) = ((0..a.len()).collect(), (0..b.len()).collect());
    let mut pairs = Vec::new();
    let likes: [fn(&Field<'_>) -> u64; 4] = [|f| f.hash(), |f| f.hash_of_value(), |f| f.hash_of_parts(), |_| 0];
    for like in likes {
        let mut waiting: HashMap<u64, Vec<usize>> = HashMap::new();
        for y in left_b.drain(..).rev() {
            waiting.entry(like(&b[y])).or_default().push(y);
        }
        left_a.retain(|x| match waiting.get_mut(&like(&a[*x])).and_then(Vec::pop) {
            Some(y) => {
                pairs.push((*x, y));
                false
            }
            None => true,
        });
        left_b.extend(waiting.into_values().flatten());
        left_b.sort_unstable();
    }
    pairs.sort_unstable();
    (pairs, left_a, left_b)
}

fn delta(a: &Canon<'_>, b: &Canon<'_>) -> Option<decimal::Decimal> {
    decimal::sub(b.number()?, a.number()?)
}
