//! What a draft says, put where the reader would find it: the ways of the binding, followed backwards.

use std::collections::{HashMap, HashSet};

use crate::edifact::write::{Line, as_written};
use crate::formats::write::Reason;
use crate::invoice::{Draft, Kind, Said, Term, bt};

use super::super::binding::{Binding, Condition, Route, Step, Value};
use super::super::structure::{Directory, tag};
use super::super::{allowance, party};
use super::agreement::{Agreement, with_code};
use super::forms::Lengths;
use super::split::split;
use super::tree::{Full, MESSAGE, NodeId, SegmentId, Tree};
use super::{lines, notes, tables, totals, value};

/// The segments, and why what could not be written was not.
pub(super) struct Filled {
    pub lines: Vec<Line<'static>>,
    /// By the numbers of the draft's terms in their order.
    pub known: Vec<Option<Reason>>,
}

pub(super) fn fill(draft: &Draft, directory: Directory, agreement: &Agreement) -> Filled {
    let mut numbers = HashMap::new();
    number(draft, &mut 0, &mut numbers);
    let known = vec![None; draft.count()];
    let tree = Tree::new(directory.structure(), Lengths::of(directory));
    let claimed = HashSet::new();
    let path = Vec::new();
    let mut fill = Fill {
        draft,
        directory,
        agreement,
        tree,
        numbers,
        path,
        known,
        claimed,
        further: Vec::new(),
        streets: Vec::new(),
    };
    fill.document();
    fill.tree.segments_mut().for_each(tables::complete);
    Filled { lines: fill.tree.lines(), known: fill.known }
}

fn number(draft: &Draft, next: &mut usize, numbers: &mut HashMap<*const Said, usize>) {
    for said in &draft.said {
        for said in std::iter::once(said).chain(&said.parts) {
            numbers.insert(std::ptr::from_ref(said), *next);
            *next += 1;
        }
    }
    draft.groups.iter().for_each(|group| number(group, next, numbers));
}

/// Where a group of terms stands: in a group of segments, or in one segment of it.
#[derive(Debug, Clone, Copy)]
pub(super) struct From {
    pub node: NodeId,
    pub segment: Option<SegmentId>,
}

pub(super) const DOCUMENT: From = From { node: MESSAGE, segment: None };

pub(super) struct Fill<'d> {
    pub draft: &'d Draft,
    pub directory: Directory,
    pub agreement: &'d Agreement,
    pub tree: Tree,
    numbers: HashMap<*const Said, usize>,
    /// The groups of terms around, outermost first, and where they stand.
    path: Vec<(Option<Term>, From)>,
    known: Vec<Option<Reason>>,
    /// Segments that are instances of a group of terms already.
    claimed: HashSet<(Term, SegmentId)>,
    /// What of long texts is left for further segments, once everything else has its place: the group, the segment that it goes on, the text.
    pub further: Vec<(NodeId, SegmentId, String)>,
    /// The same of streets: NAD, the text.
    pub streets: Vec<(SegmentId, String)>,
}

/// Texts are cut only where there is room for so many characters.
const LEAST: usize = 20;

/// The element of NAD that has the street.
pub(super) const STREET: usize = 5;

impl<'d> Fill<'d> {
    fn document(&mut self) {
        let draft = self.draft;
        // What a message must have, whatever is said.
        for (wanted, code) in [("BGM", ""), ("DTM", "137"), ("UNS", "S")] {
            if let Ok((_, id)) = self.tree.add(MESSAGE, tag(wanted)) {
                self.tree.set(id, 1, 1, code);
            }
        }
        self.parties();
        self.group(None, draft, DOCUMENT);
        totals::second_currency(self, draft);
        notes::write(self, draft);
        totals::finish(self, draft);
        lines::count(self, draft);
        self.ordering();
        notes::further(self);
        lines::streets(self);
    }

    /// Seller before buyer, whatever else is said of them first.
    fn parties(&mut self) {
        for group in [bt::BG_4, bt::BG_7] {
            if self.draft.groups(group).next().is_some() {
                let route = self.ways(group).into_iter().next();
                if let Some(step) = route.as_ref().and_then(|route| route.steps.first())
                    && let Ok((_, id)) = self.tree.add(MESSAGE, step.tag)
                {
                    self.fulfil(step, id);
                }
            }
        }
    }

    /// Where the buyer is who is invoiced (IV), the same party is who bought (BY): EANCOM asks for one, and the reader takes what is alike for one.
    fn ordering(&mut self) {
        let party = |fill: &Self, code: &str| {
            fill.tree.all(MESSAGE, tag("NAD")).map(|(_, id)| id).find(|id| fill.tree.get(*id, 1, 1) == code)
        };
        let Some(invoicee) = party(self, "IV") else { return };
        let Some(buyer) = party(self, "BY").or_else(|| self.tree.add(MESSAGE, tag("NAD")).ok().map(|(_, id)| id))
        else {
            return;
        };
        self.tree.copy(invoicee, buyer);
        self.tree.set(buyer, 1, 1, "BY");
    }

    /// The terms and groups of a group, in the order of the binding.
    pub fn group(&mut self, of: Option<Term>, draft: &'d Draft, from: From) {
        self.path.push((of, from));
        self.inside(of, draft, from);
        self.path.pop();
    }

    fn inside(&mut self, of: Option<Term>, draft: &'d Draft, from: From) {
        let bound = Binding::of(self.directory).inside(of);
        let terms = bound.map_or(&[][..], |bound| &bound.terms);
        let groups = bound.map_or(&[][..], |bound| &bound.groups);
        for (term, _) in terms {
            let mut all: Vec<&Said> = draft.all(*term).collect();
            if party::scheme_of(*term).is_some() {
                all.sort_by_key(|said| preference(said));
            }
            all.into_iter().for_each(|said| self.term(said, draft, from));
        }
        for said in draft.said.iter().filter(|said| terms.iter().all(|(term, _)| *term != said.term)) {
            let elsewhere = said.term.group() != of && !self.ways(said.term).is_empty();
            match elsewhere.then(|| self.around(said.term.group())).flatten() {
                Some(at) => self.term(said, draft, at),
                // BT-111 has a place, and no way of its own (`totals`).
                None if said.term == bt::BT_111 => {}
                // The same of these in D01B (`notes`).
                None if matches!(said.term, bt::BT_23 | bt::BT_24) && self.directory != Directory::D96A => {}
                None => self.lose(said, Reason::NoPlace),
            }
        }
        for (term, _) in groups {
            for inner in draft.groups(*term) {
                if *term == bt::BG_1 {
                    continue;
                }
                match self.instance(*term, from) {
                    Ok(at) => {
                        self.group(Some(*term), inner, at);
                        if *term == bt::BG_25 {
                            lines::finish(self, inner, at);
                        }
                    }
                    Err(why) => self.lose_all(inner, &why),
                }
            }
        }
        for inner in draft.groups.iter().filter(|inner| groups.iter().all(|(term, _)| Some(*term) != inner.term)) {
            match inner.term.and_then(|term| Some((term, self.around(term.group())?))) {
                Some((term, outer)) => match self.instance(term, outer) {
                    Ok(at) => self.group(Some(term), inner, at),
                    Err(why) => self.lose_all(inner, &why),
                },
                None => self.lose_all(inner, &Reason::NoPlace),
            }
        }
    }

    /// Where a group stands that the norm has around something, and the draft has elsewhere or not at all: BG-14 is in BG-13 and BG-30 in the line, though
    /// UBL has the one in the document and the other in the item.
    fn around(&mut self, home: Option<Term>) -> Option<From> {
        let mut missing = Vec::new();
        let mut outer = home;
        let mut at = loop {
            if let Some((_, from)) = self.path.iter().rev().find(|(term, _)| *term == outer) {
                break *from;
            }
            // A group that the norm repeats could be any of several.
            let group = outer.filter(|group| !group.is_repeatable())?;
            missing.push(group);
            outer = group.group();
        };
        for group in missing.into_iter().rev() {
            at = match self.there(group, at) {
                Some(there) => there,
                None => self.instance(group, at).ok()?,
            };
        }
        Some(at)
    }

    /// The instance of a group that is there already.
    fn there(&self, term: Term, from: From) -> Option<From> {
        self.ways(term).into_iter().find_map(|way| {
            let Some(last) = way.steps.last() else { return Some(from) };
            let mut found = self.tree.all(from.node, last.tag).filter(|(_, id)| self.meets(last, *id));
            let (node, id) = found.next().filter(|_| way.steps.len() == 1)?;
            Some(From { node, segment: (node == from.node).then_some(id) })
        })
    }

    /// Why a term may not come back; what was said first stays.
    pub fn lose(&mut self, said: &Said, why: Reason) {
        for said in std::iter::once(said).chain(&said.parts) {
            let number = self.numbers.get(&std::ptr::from_ref(said)).copied();
            if let Some(known) = number.and_then(|n| self.known.get_mut(n)) {
                known.get_or_insert(why.clone());
            }
        }
    }

    pub fn lose_all(&mut self, group: &Draft, why: &Reason) {
        group.said.iter().for_each(|said| self.lose(said, why.clone()));
        group.groups.iter().for_each(|group| self.lose_all(group, why));
    }

    /// A text as the character set has it.
    pub fn written(&mut self, said: &Said) -> String {
        let text = crate::text::trim(&said.text);
        let written = as_written(text, &self.agreement.charset).into_owned();
        if written != text {
            self.lose(said, Reason::Characters);
        }
        written
    }

    fn term(&mut self, said: &'d Said, around: &'d Draft, from: From) {
        let text = self.written(said);
        // BT-20 shares its place with notes (`notes`).
        if text.is_empty() || said.term == bt::BT_20 || lines::own(self, said, &text, around, from) {
            return;
        }
        let text = match said.term {
            bt::BT_130 | bt::BT_150 if self.agreement.older_units(self.directory) => {
                value::older(&text).map_or(text, str::to_owned)
            }
            _ => text,
        };
        match self.put(said.term, &text, from) {
            Ok((id, e)) => {
                self.parts(said, id, e);
                self.special(said.term, &text, id);
            }
            Err(why) => self.lose(said, why),
        }
    }

    /// Puts a text where the first way leads that has room for it; a text that fits nowhere, as far as it goes where most of it does.
    pub fn put(&mut self, term: Term, text: &str, from: From) -> Result<(SegmentId, usize), Reason> {
        let mut reason = None;
        let ways = self.ways(term);
        for way in &ways {
            match self.content(term, text, way) {
                Ok((content, left)) if left.is_empty() => match self.slot(way, from, content.len()) {
                    Ok((_, id, e)) => return Ok(self.say(way, id, e, content)),
                    // What is taken by another is not put where it would be read only without that other.
                    Err(Reason::Once) => return Err(Reason::Once),
                    Err(why) => _ = reason.get_or_insert(why),
                },
                Ok(_) => {}
                Err(why) => _ = reason.get_or_insert(why),
            }
        }
        if reason.is_none() && term.kind() == Kind::Text {
            let mut ways = ways;
            ways.sort_by_key(|way| self.content(term, text, way).map_or(usize::MAX, |(_, left)| left.len()));
            for way in &ways {
                let Ok((content, left)) = self.content(term, text, way) else { continue };
                let room = self.room(way);
                // A postcode or a region that is cut is another one.
                if room < LEAST {
                    return Err(Reason::Long(u32::try_from(room).unwrap_or(u32::MAX)));
                }
                let Ok((node, id, e)) = self.slot(way, from, content.len()) else { continue };
                let is_text = self.tree.segment(id).is_some_and(|segment| segment.tag == tag("FTX"));
                let whole = is_text && way.value.as_ref().is_some_and(|value| value.components.0 == 1);
                let (content, left) = if whole { notes::segment(self, text) } else { (content, left) };
                let segment = self.say(way, id, e, content);
                if is_text {
                    self.further.push((node, id, left));
                } else if self.tree.segment(id).is_some_and(|s| s.tag == tag("NAD")) && segment.1 == STREET {
                    self.streets.push((id, left));
                }
                // The rest is told; what is there is read as it is.
                return Ok(segment);
            }
        }
        Err(reason.unwrap_or(Reason::NoPlace))
    }

    /// How many characters a component has on that way.
    fn room(&self, way: &Route) -> usize {
        let (Some(value), Some(step)) = (&way.value, way.steps.last()) else { return 0 };
        let form = self.tree.lengths.component(step.tag, value.elements.0, value.components.0);
        form.map_or(0, |form| usize::from(form.most))
    }

    /// The components of a text, and what is left of it.
    fn content(&self, term: Term, text: &str, way: &Route) -> Result<(Vec<String>, String), Reason> {
        let (Some(value), Some(step)) = (&way.value, way.steps.last()) else { return Err(Reason::NoPlace) };
        let (first, last) = value.components;
        let form = self.tree.lengths.component(step.tag, value.elements.0, first).ok_or(Reason::NoPlace)?;
        let one = match term.kind() {
            Kind::Date => value::day(text).ok_or(Reason::Form)?,
            _ if term.is_number() => value::number(text).ok_or(Reason::Form)?,
            Kind::Text => return Ok(split(text, usize::from(form.most), last - first + 1)),
            _ => text.to_owned(),
        };
        value::fits(&one, form)?;
        let one = if term.is_number() { self.agreement.service.number(&one).into_owned() } else { one };
        Ok((vec![one], String::new()))
    }

    /// Says it in a segment.
    fn say(&mut self, way: &Route, id: SegmentId, e: usize, content: Vec<String>) -> (SegmentId, usize) {
        if let Some(value) = &way.value {
            for (c, text) in (value.components.0..).zip(content) {
                self.tree.set(id, e, c, text);
            }
            for condition in value.conditions.iter().filter(|condition| !condition.not) {
                let e = if condition.element == 0 { e } else { condition.element };
                let code = condition.values.first().map_or("", |code| code);
                self.tree.set(id, e, condition.component, code);
            }
            if self.tree.segment(id).is_some_and(|segment| segment.tag == tag("DTM")) {
                self.tree.set(id, 1, 3, "102");
            }
        }
        (id, e)
    }

    /// Whose identifier it is.
    fn parts(&mut self, said: &Said, id: SegmentId, e: usize) {
        let schemes = [party::scheme_of(said.term), Some(bt::BT_157_1)];
        for part in said.parts.iter().filter(|part| !schemes.contains(&Some(part.term))) {
            self.lose(part, Reason::NoPlace);
        }
        let Some(part) = party::scheme_of(said.term) else { return };
        if let Some(scheme) = said.parts.iter().find(|own| own.term == part) {
            match value::agency(crate::text::trim(&said.text), crate::text::trim(&scheme.text)) {
                Some((list, _)) if list.chars().count() > self.list_room(id, e) => {
                    self.lose(scheme, Reason::Long(u32::try_from(self.list_room(id, e)).unwrap_or(u32::MAX)));
                }
                Some((list, agency)) => {
                    self.tree.set(id, e, 2, list);
                    self.tree.set(id, e, 3, agency);
                }
                None => self.lose(scheme, Reason::NoPlace),
            }
        }
    }

    /// The code of an allowance in the list that D96A and EANCOM know (7161), beside that of EN 16931 (5189), where it is sure.
    fn special(&mut self, term: Term, code: &str, id: SegmentId) {
        let known = matches!(term, bt::BT_98 | bt::BT_140).then(|| allowance::special(code)).flatten();
        let eancom = self.agreement.is_eancom(self.directory);
        let asked = eancom || self.directory == Directory::D96A;
        // A code that ends in E is one of EANCOM alone.
        if let Some(special) = known.filter(|special| asked && (eancom || !special.ends_with('E'))) {
            self.tree.set(id, 5, 1, special);
        }
    }

    /// How long the code of a list (1131) may be: three characters in D96A, which no scheme of ISO/IEC 6523 fits.
    fn list_room(&self, id: SegmentId, e: usize) -> usize {
        let form = self.tree.segment(id).and_then(|segment| self.tree.lengths.component(segment.tag, e, 2));
        form.map_or(0, |form| usize::from(form.most))
    }

    /// The ways to a term: the one agreed, else those of the tables.
    pub fn ways(&self, term: Term) -> Vec<Route> {
        let agreed = match (term, self.agreement.qualifier(term)) {
            (bt::BG_4, None) if self.agreement.is_eancom(self.directory) => Some("SU"),
            (bt::BT_10, _) if self.agreement.qualifier(bt::BG_7) == Some("IV") => Some("IV"),
            (_, code) => code,
        };
        if let Some(own) = agreed.and_then(|code| with_code(self.directory, term, code)) {
            return vec![own];
        }
        tables::routes(self.directory, term).to_vec()
    }

    /// An instance of a group of terms: the segment group or the segment that it is.
    fn instance(&mut self, term: Term, from: From) -> Result<From, Reason> {
        let mut reason = Reason::NoPlace;
        for way in self.ways(term) {
            let from = if way.from_message { DOCUMENT } else { from };
            let Some((last, before)) = way.steps.split_last() else { return Ok(from) };
            if from.segment.is_some() {
                continue;
            }
            let at = match self.follow(before, from.node) {
                Ok(at) => at,
                Err(Full(most)) => {
                    reason = full(most);
                    continue;
                }
            };
            let is_free = |id: SegmentId| last.first || !self.claimed.contains(&(term, id));
            // Only what the norm has once can be there before it is said (`parties`).
            let mut there = self.tree.all(at, last.tag).filter(|_| last.first || !term.is_repeatable());
            let free = there.find(|(_, id)| self.meets(last, *id) && is_free(*id));
            drop(there);
            let found = match free {
                Some(found) => Ok(found),
                None => self.tree.add(at, last.tag),
            };
            match found {
                Ok((node, id)) => {
                    self.fulfil(last, id);
                    self.claimed.insert((term, id));
                    return Ok(From { node, segment: (node == at).then_some(id) });
                }
                Err(Full(most)) => reason = full(most),
            }
        }
        Err(reason)
    }

    /// The groups on a way, found or made.
    fn follow(&mut self, steps: &[Step], from: NodeId) -> Result<NodeId, Full> {
        let mut at = from;
        for step in steps {
            let there = self.tree.all(at, step.tag).find(|(node, id)| *node != at && self.meets(step, *id));
            at = match there {
                Some((node, _)) => node,
                None => {
                    let (node, id) = self.tree.add(at, step.tag)?;
                    self.fulfil(step, id);
                    node
                }
            };
        }
        Ok(at)
    }

    /// A free place for a value of so many components: its group, segment and element.
    fn slot(&mut self, way: &Route, from: From, parts: usize) -> Result<(NodeId, SegmentId, usize), Reason> {
        let Some(value) = &way.value else { return Err(Reason::NoPlace) };
        let from = if way.from_message { DOCUMENT } else { from };
        let Some((last, before)) = way.steps.split_last() else { return Err(Reason::NoPlace) };
        if let Some(id) = from.segment {
            return self.free(value, id, parts).map(|e| (from.node, id, e)).ok_or(Reason::Once);
        }
        let at = self.follow(before, from.node).map_err(|Full(most)| full(most))?;
        let there: Vec<(NodeId, SegmentId)> =
            self.tree.all(at, last.tag).filter(|(_, id)| self.meets(last, *id)).collect();
        // Each number of a contact has a segment of its own.
        let shared = last.tag != tag("COM");
        for (node, id) in there.iter().filter(|_| shared) {
            if let Some(e) = self.free(value, *id, parts) {
                return Ok((*node, *id, e));
            }
        }
        if last.first && !there.is_empty() {
            return Err(Reason::Once);
        }
        let (node, id) = self.tree.add(at, last.tag).map_err(|Full(most)| full(most))?;
        self.fulfil(last, id);
        Ok((node, id, value.elements.0))
    }

    /// An element of a segment in which nothing stands yet where the value goes.
    fn free(&self, value: &Value, id: SegmentId, parts: usize) -> Option<usize> {
        let segment = self.tree.segment(id)?;
        let (first, last) = value.components;
        (value.elements.0..=value.elements.1).find(|e| {
            let empty = (first..=last.max(first + parts - 1)).all(|c| segment.get(*e, c).is_empty());
            let agrees = value.conditions.iter().all(|condition| {
                let own = if condition.element == 0 { *e } else { condition.element };
                let said = segment.get(own, condition.component);
                said.is_empty() || takes(condition, said)
            });
            empty && agrees && self.tree.lengths.alike(segment.tag, value.elements.0, *e)
        })
    }

    fn meets(&self, step: &Step, id: SegmentId) -> bool {
        step.conditions.iter().all(|condition| {
            let said = self.tree.get(id, condition.element, condition.component);
            takes(condition, said)
        })
    }

    fn fulfil(&mut self, step: &Step, id: SegmentId) {
        for condition in step.conditions.iter().filter(|condition| !condition.not) {
            let said = self.tree.get(id, condition.element, condition.component);
            let code = condition.values.first().map_or("", |code| code);
            if said.is_empty() && !code.is_empty() {
                self.tree.set(id, condition.element, condition.component, code);
            }
        }
    }
}

fn takes(condition: &Condition, said: &str) -> bool {
    condition.values.iter().any(|value| **value == *said) != condition.not
}

fn full(most: u32) -> Reason {
    if most <= 1 { Reason::Once } else { Reason::Full(most) }
}

/// Of several identifiers, the one that trading partners know each other by goes into the one place there is.
fn preference(said: &Said) -> usize {
    const FIRST: [&str; 4] = ["0088", "0009", "0002", "0060"];
    let scheme = said.parts.first().map_or("", |scheme| crate::text::trim(&scheme.text));
    FIRST.iter().position(|known| *known == scheme).unwrap_or(if scheme.is_empty() { 9 } else { 8 })
}
