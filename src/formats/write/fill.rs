//! Puts each term where the binding has it.
//!
//! A group is an element; its terms are found from there. Between a group and a term stand elements that only hold others: the last
//! of them that still has room is used, so that what belongs together in the source (a reference and its date) stays together.

use std::borrow::Cow;
use std::collections::HashMap;

use crate::day::Day;
use crate::invoice::{Draft, Kind, Said, Syntax, Term, bt};
use crate::xml::Name;

use super::super::bind::{Condition, Step, Take, Values};
use super::elements::{Attribute, Elements, Id, MANY, Room};
use super::paths::{Paths, Way};
use super::{Reason, codes};

/// The document in the making, and why some terms are not in it: by their numbers in the draft.
pub(super) struct Filled<'d> {
    pub elements: Elements<'d>,
    pub lost: Vec<Option<Reason>>,
}

/// `profile`: the table of a profile, where the document is to stay within one.
pub(super) fn fill<'d>(draft: &'d Draft, syntax: Syntax, profile: Option<&str>) -> Filled<'d> {
    let mut fill = Fill {
        draft,
        syntax,
        paths: Paths::of(syntax),
        elements: Elements::new(syntax, profile),
        lost: vec![None; draft.count()],
        times: HashMap::new(),
    };
    let mut around = vec![Anchor { steps: &[], element: 0, term: None }];
    fill.group(draft, 0, &mut around);
    Filled { elements: fill.elements, lost: fill.lost }
}

struct Fill<'d> {
    draft: &'d Draft,
    syntax: Syntax,
    paths: &'static Paths,
    elements: Elements<'d>,
    lost: Vec<Option<Reason>>,
    /// How often a term was said that goes everywhere.
    times: HashMap<Term, usize>,
}

/// A group around a term, and the element that it is.
#[derive(Clone, Copy)]
struct Anchor {
    steps: &'static [&'static Step],
    element: Id,
    term: Option<Term>,
}

/// A group that was opened, and the copy of the one around it that was made for it.
struct Opened {
    copy: Option<Anchor>,
    anchor: Anchor,
}

/// What is put somewhere.
struct Value<'d> {
    number: usize,
    said: &'d Said,
    text: Cow<'d, str>,
}

/// A group inside a group, the number of the first term in it as [`super::addresses::Source::of`] counts them, and whether
/// it is a fragment of another.
struct Inner<'d> {
    group: &'d Draft,
    first: usize,
    fragment: bool,
}

impl<'d> Fill<'d> {
    fn group(&mut self, draft: &'d Draft, first: usize, around: &mut Vec<Anchor>) {
        let mut later = Vec::new();
        let mut at = first;
        for said in &draft.said {
            match self.goes_through_others(said.term, around) {
                true => later.push((at, said)),
                false => self.said(at, said, around),
            }
            at += 1 + said.parts.len();
        }
        // Where the groups stand that the norm has once: their fragments go there.
        let mut wholes: Vec<(Term, Anchor)> = Vec::new();
        for Inner { group, first, fragment } in in_order(draft, at) {
            let Some(term) = group.term else { continue };
            // A group that says nothing is only told by its position, where it has one.
            if !term.is_repeatable() && group.count() == 0 {
                continue;
            }
            if fragment {
                let wholes = wholes.iter().filter(|(own, _)| *own == term).map(|(_, anchor)| *anchor);
                self.fragment(wholes.take(MANY).collect(), group, first, around);
                continue;
            }
            let anchor = self.open(group, term, around);
            match anchor {
                Some(Opened { copy, anchor }) => {
                    if !term.is_repeatable() {
                        wholes.push((term, anchor));
                    }
                    let before = around.len();
                    around.extend(copy);
                    around.push(anchor);
                    self.group(group, first, around);
                    around.truncate(before);
                }
                // A syntax may have no element for a group, and places for its terms.
                None if self.paths.ways(term).is_empty() || !term.is_repeatable() => self.group(group, first, around),
                None => self.lose_all(group, first, &Reason::Once),
            }
        }
        for (at, said) in later {
            self.said(at, said, around);
        }
    }

    /// What the norm has in a group that it has once, and the source beside it: it goes for every instance that the source has.
    fn fragment(&mut self, mut wholes: Vec<Anchor>, fragment: &'d Draft, first: usize, around: &mut Vec<Anchor>) {
        if wholes.is_empty() {
            return self.group(fragment, first, around);
        }
        // Where the syntax too has it beside, it is there once.
        let beside = |said: &Said| self.goes_through_others(said.term, around);
        if !fragment.said.iter().any(beside) {
            wholes.truncate(1);
        }
        for anchor in wholes {
            around.push(anchor);
            self.group(fragment, first, around);
            around.pop();
        }
    }

    /// The element of an instance of a group: one that other terms made and no group is yet, or a new one.
    fn open(&mut self, group: &'d Draft, term: Term, around: &[Anchor]) -> Option<Opened> {
        let way = self.paths.ways(term).first()?;
        let (anchor, rest) = from(around, &way.steps)?;
        let (copy, element) = match self.claim(anchor.element, rest, term) {
            Some(element) => (None, element),
            None => self.split(anchor, rest, term).map(|(copy, element)| (Some(copy), element))?,
        };
        let opened = self.elements.get_mut(element);
        // A group that the source has no element for, and nothing of what it must say, is no group here either.
        opened.claimed = group.place.is_some() || term.is_repeatable() || is_main(group);
        opened.wanted = term.is_repeatable();
        opened.place = group.place.as_ref();
        let anchor = Anchor { steps: &way.steps, element, term: Some(term) };
        Some(Opened { copy, anchor })
    }

    fn claim(&mut self, from: Id, steps: &'static [&'static Step], term: Term) -> Option<Id> {
        let [step, rest @ ..] = steps else { return None };
        if rest.is_empty() {
            let free = self.elements.last(from, step).filter(|id| !self.elements.get(*id).claimed);
            if free.is_some() {
                return free;
            }
            return if self.elements.has_room(from, step.name, Room::InUse) { self.make(from, step) } else { None };
        }
        for within in self.candidates(from, step, term) {
            if let Some(found) = self.claim(within, rest, term) {
                return Some(found);
            }
        }
        let foreign = !step.groups.is_empty() && self.elements.count(from, step.name) > 0;
        if foreign || !self.elements.has_room(from, step.name, Room::Widest) {
            return None;
        }
        let within = self.make(from, step)?;
        self.claim(within, rest, term)
    }

    /// Where the norm has several of a group in one that the syntax repeats instead (accounts of payment means): one more of the
    /// element around, with what it must say.
    fn split(&mut self, anchor: Anchor, rest: &'static [&'static Step], term: Term) -> Option<(Anchor, Id)> {
        let around = anchor.term.filter(|around| term.is_repeatable() && !around.is_repeatable())?;
        let (parent, step) = (self.elements.get(anchor.element).parent, self.elements.get(anchor.element).step?);
        if !self.elements.has_room(parent, step.name, Room::InUse) {
            return None;
        }
        let copy = self.make(parent, step)?;
        self.elements.get_mut(copy).claimed = true;
        let own = |child: &Step| child.binds.iter().any(|bind| bind.term.group() == Some(around));
        for child in self.elements.children(anchor.element).collect::<Vec<Id>>() {
            let child = self.elements.get(child);
            let Some(step) = child.step.filter(|step| own(step) && step.children.is_empty()) else { continue };
            let (text, place, attributes) = (child.text.clone(), child.place, child.attributes.clone());
            if let Some(added) = self.elements.add(copy, step.name, Some(step)) {
                let added = self.elements.get_mut(added);
                (added.text, added.place, added.attributes) = (text, place, attributes);
            }
        }
        let element = self.claim(copy, rest, term)?;
        Some((Anchor { element: copy, ..anchor }, element))
    }

    fn said(&mut self, number: usize, said: &'d Said, around: &[Anchor]) {
        let ways = self.paths.ways(said.term);
        if ways.is_empty() {
            return self.lose(number, said, &Reason::NoPlace);
        }
        let text = self.text(said);
        let value = Value { number, said, text };
        if said.term == bt::BT_111 && self.is_total_too(said) {
            return;
        }
        if self.is_everywhere(said.term) {
            return self.everywhere(&value, &ways[0]);
        }
        let mut order: Vec<&'static Way> = ways.iter().collect();
        if order.len() > 1 {
            order.sort_by_key(|way| self.rank(way, said, around));
        }
        let mut why = None;
        for way in order {
            match self.way(&value, way, around) {
                Ok(leaf) => return self.parts(said, number, leaf, way, around),
                Err(reason) => why = why.or(Some(reason)),
            }
        }
        self.lose(number, said, &why.unwrap_or(Reason::NoPlace));
    }

    /// Is BT-111 what BT-110 says, in one currency? One element is read as both.
    fn is_total_too(&self, said: &Said) -> bool {
        let groups = self.draft.groups(bt::BG_22).chain([self.draft]);
        self.draft.text(bt::BT_5) == self.draft.text(bt::BT_6)
            && groups
                .flat_map(|group| group.all(bt::BT_110))
                .take(MANY)
                .any(|total| total.text.trim() == said.text.trim())
    }

    fn way(&mut self, value: &Value<'d>, way: &'static Way, around: &[Anchor]) -> Result<Id, Reason> {
        let (anchor, rest) = from(around, &way.steps).ok_or(Reason::NoPlace)?;
        let missing = rest.iter().flat_map(|step| step.groups).find(|group| group.is_repeatable());
        if let Some(group) = missing {
            return Err(Reason::Needs(*group));
        }
        for step in rest {
            self.can_fulfil(step.condition.as_ref())?;
        }
        if let Some(there) = self.said_already(anchor.element, rest, value) {
            return Ok(there);
        }
        let leaf = self.put(anchor.element, rest, way.take, value.said.term).ok_or(Reason::Once)?;
        self.set(leaf, way.take, value);
        Ok(leaf)
    }

    /// The element that says the same of a term that the source has in each of several groups, and the syntax once.
    fn said_already(&self, from: Id, steps: &[&'static Step], value: &Value<'_>) -> Option<Id> {
        let said = value.said;
        if !codes::once(said.term) || !said.parts.is_empty() {
            return None;
        }
        let leaf = steps.iter().try_fold(from, |id, step| self.elements.last(id, step))?;
        let there = self.elements.get(leaf);
        let says = self.elements.says(leaf).next().is_some();
        (leaf != from && says && there.text.as_deref() == Some(&value.text)).then_some(leaf)
    }

    /// The element that takes a term: as deep inside what is there as there is room.
    fn put(&mut self, from: Id, steps: &'static [&'static Step], take: Take, term: Term) -> Option<Id> {
        let [step, rest @ ..] = steps else { return self.elements.is_free(from, take).then_some(from) };
        // Said again, it goes into an allowance of its own: CII's artefact takes one amount in each (CII-SR-440).
        if ALONE.contains(&term) && rest.is_empty() && !self.syntax.is_ubl() && self.elements.count(from, step.name) > 0
        {
            return None;
        }
        // The total in the currency of accounting has a TaxTotal of its own (EN 16931-3-2).
        let apart = APART.contains(&term) && !rest.is_empty() && self.syntax.is_ubl();
        if !apart {
            for within in self.candidates(from, step, term) {
                if let Some(found) = self.put(within, rest, take, term) {
                    return Some(found);
                }
            }
        }
        if !step.groups.is_empty() && self.elements.last(from, step).is_some() {
            return None;
        }
        let room = if rest.is_empty() { Room::InUse } else { Room::Widest };
        if !self.elements.has_room(from, step.name, room) {
            return None;
        }
        let made = if apart { self.make_apart(from, step)? } else { self.make(from, step)? };
        self.put(made, rest, take, term)
    }

    /// The children that a step means and that may be used: of what only holds others the last, of groups of others every one.
    fn candidates(&self, from: Id, step: &'static Step, term: Term) -> Vec<Id> {
        if step.groups.is_empty() {
            return self.elements.last(from, step).into_iter().collect();
        }
        let mut all = self.elements.all(from, step);
        if step.groups.contains(&bt::BG_16) && (term == bt::BG_19 || term.group() == Some(bt::BG_19)) {
            // A mandate belongs to a direct debit (UNTDID 4461).
            let is_debit = |id: &Id| {
                let mut codes =
                    self.elements.children(*id).filter_map(|child| self.elements.get(child).text.as_deref());
                codes.any(|code| matches!(code.trim(), "49" | "59"))
            };
            all.sort_by_key(|id| !is_debit(id));
        }
        all
    }

    /// A new child for a step, with what its condition asks for.
    fn make(&mut self, parent: Id, step: &'static Step) -> Option<Id> {
        let id = self.elements.add(parent, step.name, Some(step))?;
        self.fulfil(id, step)
    }

    fn make_apart(&mut self, parent: Id, step: &'static Step) -> Option<Id> {
        let id = self.elements.add_apart(parent, step.name, step)?;
        self.fulfil(id, step)
    }

    fn fulfil(&mut self, id: Id, step: &'static Step) -> Option<Id> {
        let Some(condition) = step.condition.as_ref().filter(|c| !c.negated) else { return Some(id) };
        let Some(value) = self.asked(condition) else { return Some(id) };
        let mut here = id;
        for name in condition.path {
            here = self.elements.add(here, *name, None)?;
        }
        match condition.attribute {
            Some(name) => self.elements.get_mut(here).attributes.push(Attribute { name, value, place: None }),
            None => self.elements.get_mut(here).text = Some(value),
        }
        Some(id)
    }

    fn can_fulfil(&self, condition: Option<&'static Condition>) -> Result<(), Reason> {
        let Some(condition) = condition.filter(|c| !c.negated) else { return Ok(()) };
        match (&condition.values, self.asked(condition)) {
            (_, Some(_)) => Ok(()),
            (Values::Document(path), None) => Err(self.paths.term_of(path).map_or(Reason::NoPlace, Reason::Needs)),
            (_, None) => Err(Reason::NoPlace),
        }
    }

    /// A value that fulfils a condition; none where the document does not state what it asks for.
    fn asked(&self, condition: &'static Condition) -> Option<Cow<'d, str>> {
        match &condition.values {
            Values::Any => None,
            Values::Literal(values) => values.first().map(|value| Cow::Borrowed(*value)),
            Values::Document(path) => self.draft.text(self.paths.term_of(path)?).map(Cow::Borrowed),
        }
    }

    fn parts(&mut self, said: &'d Said, number: usize, leaf: Id, way: &'static Way, around: &[Anchor]) {
        for (part, number) in said.parts.iter().zip(number + 1..) {
            let text = self.text(part);
            let own = Value { number, said: part, text };
            let ways = self.paths.ways(part.term);
            let on_leaf = ways.iter().find(|part| is_same(&part.steps, &way.steps) && part.take != way.take);
            let done = match on_leaf {
                Some(part) if self.elements.is_free(leaf, part.take) => {
                    self.set(leaf, part.take, &own);
                    Ok(leaf)
                }
                Some(_) => Err(Reason::Once),
                // Beside it rather than on it.
                None => {
                    let beside = ways.iter().find(|part| !part.steps.last().is_some_and(|s| hosts(s)));
                    beside.map_or(Err(Reason::NoPlace), |way| self.way(&own, way, around))
                }
            };
            if let Err(reason) = done {
                self.lose(number, part, &reason);
            }
        }
    }

    fn set(&mut self, leaf: Id, take: Take, value: &Value<'d>) {
        let place = value.said.place.as_ref();
        self.elements.say(leaf, value.number);
        let element = self.elements.get_mut(leaf);
        match take {
            Take::Attribute(name) => {
                // Most have one, and none many.
                element.attributes.reserve_exact(1);
                element.attributes.push(Attribute { name, value: value.text.clone(), place });
                return;
            }
            Take::NoteCode => element.code = Some((*value.text).into()),
            Take::Text | Take::NoteText => element.text = Some(value.text.clone()),
        }
        if element.place.is_none() || take == Take::Text || take == Take::NoteText {
            element.place = place.or(element.place);
        }
    }

    /// As the syntax writes it.
    fn text(&self, said: &'d Said) -> Cow<'d, str> {
        let is_day = said.term.kind() == Kind::Date && !self.syntax.is_ubl();
        match is_day.then(|| Day::parse_iso(&said.text)).flatten() {
            Some(_) => Cow::Owned(said.text.replace('-', "")),
            None => codes::written(said.term, self.syntax, &said.text),
        }
    }

    /// Alternatives: first those that hold the parts there are, and that are in groups that are there.
    fn rank(&self, way: &'static Way, said: &Said, around: &[Anchor]) -> (bool, bool, bool) {
        let holds = |part: &Said| self.paths.ways(part.term).iter().any(|p| is_same(&p.steps, &way.steps));
        let absent = from(around, &way.steps).is_none_or(|(anchor, rest)| {
            rest.first().is_some_and(|s| !s.groups.is_empty() && self.elements.last(anchor.element, s).is_none())
        });
        let iban = self.paths.ways(said.term).len() > 1
            && said.term == bt::BT_84
            && way.steps.last().is_some_and(|s| is_iban_element(s.name)) != is_iban(&said.text);
        (!said.parts.iter().all(holds), absent, iban)
    }

    /// Does every way lead through a group that is not around? Then it waits until those are there.
    fn goes_through_others(&self, term: Term, around: &[Anchor]) -> bool {
        let ways = self.paths.ways(term);
        !ways.is_empty()
            && ways.iter().all(|way| {
                from(around, &way.steps).is_some_and(|(_, rest)| rest.iter().any(|step| !step.groups.is_empty()))
            })
    }

    /// Is it a term of the document that the syntax has only in a group that repeats (BT-7 and BT-8 in CII)?
    fn is_everywhere(&self, term: Term) -> bool {
        let [way] = self.paths.ways(term) else { return false };
        let repeats = |step: &&'static Step| step.groups.iter().any(|group| group.is_repeatable());
        term.group().is_none() && !term.is_extension() && way.steps.iter().any(repeats)
    }

    /// Into every instance of that group: readers look into any of them. Where there are several values, each into one.
    fn everywhere(&mut self, value: &Value<'d>, way: &'static Way) {
        let at = way.steps.iter().position(|step| step.groups.iter().any(|group| group.is_repeatable()));
        let (to, rest) = way.steps.split_at(at.map_or(0, |at| at + 1));
        if self.times.get(&value.said.term).is_some_and(|times| *times >= MANY) {
            return self.lose(value.number, value.said, &Reason::Once);
        }
        let mut here = vec![0];
        for step in to {
            here = here.iter().flat_map(|id| self.elements.all(*id, step)).collect();
        }
        let nth = self.times.entry(value.said.term).or_default();
        *nth += 1;
        let nth = *nth - 1;
        let group = to.last().and_then(|step| step.groups.first()).copied();
        if nth >= here.len() {
            let reason = if here.is_empty() { group.map_or(Reason::NoPlace, Reason::Needs) } else { Reason::Once };
            return self.lose(value.number, value.said, &reason);
        }
        // The first is said wherever none of the others is; those come later and replace it.
        let chosen: Vec<Id> = match nth {
            0 if IN_ONE.contains(&value.said.term) => here.first().copied().into_iter().collect(),
            0 => here,
            _ => here.get(nth).copied().into_iter().collect(),
        };
        for id in chosen {
            let free = self.put(id, rest, way.take, value.said.term);
            let leaf = free.or_else(|| rest.iter().try_fold(id, |id, step| self.elements.last(id, step)));
            if let Some(leaf) = leaf {
                self.elements.unsay(leaf);
                self.set(leaf, way.take, value);
            }
        }
    }

    fn lose(&mut self, number: usize, said: &Said, reason: &Reason) {
        for n in number..=number + said.parts.len() {
            if let Some(lost) = self.lost.get_mut(n) {
                *lost = Some(reason.clone());
            }
        }
    }

    fn lose_all(&mut self, group: &Draft, first: usize, reason: &Reason) {
        for lost in self.lost.iter_mut().skip(first).take(group.count()) {
            *lost = Some(reason.clone());
        }
    }
}

/// What CII takes in one of the breakdowns alone (CII-SR-461), though any of them may say it.
const IN_ONE: [Term; 1] = [bt::BT_7];

/// What stands alone in the element around it, which may stand again.
const ALONE: [Term; 1] = [bt::BT_147];

/// Totals that UBL writes in an element of their own each.
const APART: [Term; 2] = [bt::BT_111, bt::EXT_FR_FE_182];

/// The groups in the order of the norm, instances of one in their own. Of a group that the norm has once, an instance without any of
/// the terms that it must have is a fragment: CII writes BT-83 beside the payment means, not in them.
/// `first` is the number of the first term in them.
fn in_order(draft: &Draft, first: usize) -> Vec<Inner<'_>> {
    let once = |group: &Draft| group.term.filter(|term| !term.is_repeatable());
    let mut mains: Vec<Term> = Vec::new();
    for term in draft.groups.iter().filter(|group| is_main(group)).filter_map(once) {
        if !mains.contains(&term) {
            mains.push(term);
        }
    }
    let mut next = first;
    let numbered = draft.groups.iter().map(|group| {
        // What has an element of its own in the source keeps it; and groups that repeat are told by their order.
        let repeats = || group.groups.iter().any(|inner| inner.term.is_some_and(Term::is_repeatable));
        let bare = once(group).filter(|_| group.place.is_none() && !is_main(group) && !repeats());
        let first = next;
        next += group.count();
        Inner { group, first, fragment: bare.is_some_and(|term| mains.contains(&term)) }
    });
    let mut order: Vec<Inner<'_>> = numbered.collect();
    order.sort_by_key(|inner| (inner.group.term.map(|term| term.index()), inner.fragment));
    order
}

/// Does a group say something that the norm demands of it?
fn is_main(group: &Draft) -> bool {
    group.said.iter().any(|said| said.term.is_required())
}

/// The innermost group around from which a way leads on, and the steps that are left.
fn from(around: &[Anchor], steps: &'static [&'static Step]) -> Option<(Anchor, &'static [&'static Step])> {
    let leads = |anchor: &&Anchor| {
        let whole = anchor.steps.len() <= steps.len();
        // A step without condition means elements whatever their condition.
        whole
            && anchor
                .steps
                .iter()
                .zip(steps)
                .all(|(a, b)| std::ptr::eq(*a, *b) || a.name == b.name && b.condition.is_none())
    };
    let anchor = around.iter().rev().find(leads)?;
    Some((*anchor, steps.get(anchor.steps.len()..)?))
}

fn is_same(a: &[&'static Step], b: &[&'static Step]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| std::ptr::eq(*a, *b))
}

/// Does an element of that step hold a term besides its attributes?
fn hosts(step: &Step) -> bool {
    step.binds.iter().any(|bind| bind.take == Take::Text && bind.term.kind() != Kind::Part)
}

fn is_iban_element(name: Name) -> bool {
    super::paths::qualified(name) == "ram:IBANID"
}

/// Has it the form of an IBAN (ISO 13616)?
fn is_iban(text: &str) -> bool {
    let bytes: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    let [a, b, c, d, rest @ ..] = bytes.as_slice() else { return false };
    a.is_ascii_uppercase()
        && b.is_ascii_uppercase()
        && c.is_ascii_digit()
        && d.is_ascii_digit()
        && (10..=30).contains(&rest.len())
        && rest.iter().all(u8::is_ascii_alphanumeric)
}
