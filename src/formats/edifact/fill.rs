//! Segment groups to terms, as the binding says: what each segment states, with its place.

use std::collections::HashSet;

use crate::decimal;
use crate::edifact::{Element, Segment, plain};
use crate::invoice::{Draft, Kind, Place, Said, Term, bt};

use super::binding::{Binding, Condition, Route, Value};
use super::doubt::{differ, is_once, vat_number};
use super::groups::{Groups, LIN, MESSAGE};
use super::left::{Cells, Left, cell};
use super::line::value;
use super::structure::{Directory, Tag, tag};
use super::tax::Levy;
use super::way::{From, begins, holds, walk};
use super::{Derived, Doubt, Remark, Unbalanced, Why, date, party, text, unit};

/// What the message says, as it is filled in.
pub struct Filler<'m> {
    pub groups: &'m Groups<'m>,
    pub directory: Directory,
    binding: &'static Binding,
    /// Which segments said something that was taken, and which of their components were read.
    used: Vec<(bool, Cells)>,
    pub derived: Vec<Derived>,
    /// Lines whose net amount is neither quantity × price nor that with the line's allowances and charges.
    pub unbalanced: Vec<Unbalanced>,
    pub doubts: Vec<Doubt>,
    pub remarks: Vec<Remark>,
    /// What was read and is left aside all the same.
    lost: Vec<Left>,
    /// Places of prices of 0 units.
    pub zero_bases: Vec<Option<Place>>,
    /// Are negative credit notes agreed with the partner? And is this one?
    pub turns: bool,
    pub turning: bool,
    /// Taxes of lines that are no VAT and not in the amounts of their lines.
    pub levies: Vec<Levy>,
    /// Did the message end before its UNT? What it does not say may stand in what never came: nothing is concluded from that.
    pub cut: bool,
    /// BT-24 as agreed with the partner, where the message says none.
    pub profile: String,
    /// BT-5: amounts in another currency are no amounts of this invoice.
    currency: String,
    /// BT-6: amounts in another currency are no BT-111.
    second: String,
    /// Room for what segments say, and for groups that are begun: each takes what is its own from the end.
    found: Vec<Said>,
    instances: Vec<From>,
    drafts: Vec<Draft>,
    /// Numbers that look like thousands under a mark that is not that of UNA, and whether that is a decimal mark all the same, as others show.
    parted: Vec<(Term, String, Option<Place>)>,
    is_decimal: bool,
    /// The first amount in another currency that was met for the term that is looked for.
    foreign: Option<Doubt>,
}

/// See [`Filler::memory`].
pub struct Memory {
    first: u32,
    used: Vec<(bool, Cells)>,
    derived: usize,
    doubts: usize,
}

impl<'m> Filler<'m> {
    pub fn new(groups: &'m Groups<'m>, directory: Directory) -> Filler<'m> {
        let used = vec![(false, 0); groups.message.len()];
        let binding = Binding::of(directory);
        let mut filler = Filler {
            groups,
            directory,
            binding,
            used,
            derived: Vec::new(),
            unbalanced: Vec::new(),
            doubts: Vec::new(),
            remarks: Vec::new(),
            lost: Vec::new(),
            zero_bases: Vec::new(),
            turns: false,
            turning: false,
            levies: Vec::new(),
            cut: false,
            profile: String::new(),
            currency: String::new(),
            second: String::new(),
            found: Vec::new(),
            instances: Vec::new(),
            drafts: Vec::new(),
            parted: Vec::new(),
            is_decimal: false,
            foreign: None,
        };
        let mut document = Draft::default();
        filler.terms(None, From { node: MESSAGE, segment: None }, &mut document, &[bt::BT_5, bt::BT_6]);
        // What it says twice is told when the document is read.
        filler.doubts.clear();
        filler.currency = document.text(bt::BT_5).unwrap_or_default().to_owned();
        filler.second = document.text(bt::BT_6).unwrap_or_default().to_owned();
        filler
    }

    /// All that the binding finds.
    pub fn document(&mut self) -> Draft {
        let mut draft = Draft { place: self.place(1, 0, 0), ..Draft::default() };
        let from = From { node: MESSAGE, segment: None };
        self.terms(None, from, &mut draft, &[]);
        self.inner(None, from, &mut draft);
        draft
    }

    /// Is it the last line of a message that was cut within its lines?
    pub fn is_cut_line(&self, node: u32) -> bool {
        let groups = self.groups;
        let tag_of = |node: &u32| groups.tag(groups.trigger(*node));
        self.cut
            && groups.heads().iter().all(|head| tag_of(head) != tag("UNS"))
            && groups.children(MESSAGE).filter(|child| tag_of(child) == LIN).last() == Some(node)
    }

    /// Marks a segment as understood.
    pub fn take(&mut self, segment: u32) {
        if let Some(used) = self.used.get_mut(segment as usize) {
            used.0 = true;
        }
        if self.groups.is_whole() {
            return;
        }
        for further in (segment + 1..).take_while(|next| self.groups.is_further(*next)) {
            if let Some(used) = self.used.get_mut(further as usize) {
                *used = (true, Cells::MAX);
            }
        }
    }

    /// Marks components of an element of a segment as read.
    pub fn read(&mut self, segment: u32, e: usize, components: std::ops::RangeInclusive<usize>) {
        self.take(segment);
        if let Some((_, cells)) = self.used.get_mut(segment as usize) {
            *cells = components.fold(*cells, |cells, c| cells | cell(e, c));
        }
    }

    /// Leaves a group of segments and all in it out: its trigger alone is told as not taken.
    pub fn leave_out(&mut self, node: u32) {
        let (first, end) = self.groups.extent(node);
        for (n, used) in self.used.iter_mut().enumerate().take(end as usize).skip(first as usize) {
            *used = (n != first as usize, Cells::MAX);
        }
    }

    /// What is known of a group of segments before it is read.
    pub fn memory(&self, node: u32) -> Memory {
        let (first, end) = self.groups.extent(node);
        let used = self.used.get(first as usize..end as usize).unwrap_or_default().to_vec();
        Memory { first, used, derived: self.derived.len(), doubts: self.doubts.len() }
    }

    /// Was it not read after all? Then it is as before, but for the segments named.
    pub fn forget(&mut self, memory: Memory, but: &[u32]) {
        for (at, before) in (memory.first..).zip(memory.used) {
            if let Some(used) = self.used.get_mut(at as usize).filter(|_| !but.contains(&at)) {
                *used = before;
            }
        }
        self.derived.truncate(memory.derived);
        self.doubts.truncate(memory.doubts);
    }

    /// Tells what stands there as not carried, though it was read.
    pub fn lose(&mut self, place: &Option<Place>) {
        if let Some(Place::Edifact { segment: segment @ 1.., element, component, .. }) = place {
            self.lost.push((segment - 1, *element as usize, *component as usize));
        }
    }

    /// What was read and left aside; segments that nobody took are told as such.
    pub fn lost(&self) -> impl Iterator<Item = Left> {
        self.lost.iter().copied().filter(|(at, ..)| self.used.get(*at as usize).is_some_and(|used| used.0))
    }

    /// The segments that were taken, and which of their components were read.
    pub fn cells(&self) -> impl Iterator<Item = (u32, Cells)> {
        (0u32..).zip(&self.used).filter(|(_, (used, _))| *used).map(|(n, (_, cells))| (n, *cells))
    }

    /// BT-5, as CUX says it.
    pub fn currency(&self) -> &str {
        &self.currency
    }

    /// Positions of the segments that say something which no term took.
    pub fn untaken(&self) -> impl Iterator<Item = u32> {
        const FORM: [&str; 4] = ["UNH", "UNT", "UNS", "CNT"];
        (0u32..)
            .zip(&self.used)
            .filter(|(n, (used, _))| {
                !used && !FORM.iter().any(|f| tag(f) == self.groups.tag(*n)) && !self.groups.aside.contains(n)
            })
            .map(|(n, _)| n)
    }

    /// The place of a component of a segment (its position from 0).
    pub fn place(&self, segment: u32, element: usize, component: usize) -> Option<Place> {
        let at = self.groups.segment(segment)?;
        Some(place_in(at, segment, element, component))
    }

    pub fn derive(&mut self, term: Term, place: Option<Place>, why: Why) {
        self.derived.push(Derived { term, place, why });
    }

    /// What a group of segments says as a group of terms, wherever the binding looks for that first.
    pub fn group_of(&mut self, term: Term, node: u32) -> Draft {
        self.group(term, From { node, segment: None })
    }

    fn group(&mut self, term: Term, from: From) -> Draft {
        let trigger = from.segment.unwrap_or_else(|| self.groups.trigger(from.node));
        let mut draft = Draft::group(term, self.place(trigger, 0, 0));
        self.terms(Some(term), from, &mut draft, &[]);
        self.inner(Some(term), from, &mut draft);
        if trigger == 0 {
            // No segment opens it: it is where what it says begins.
            let places = draft.said.iter().map(|said| &said.place).chain(draft.groups.iter().map(|group| &group.place));
            let first = places.flatten().find_map(|place| match place {
                Place::Edifact { segment, .. } => segment.checked_sub(1),
                _ => None,
            });
            draft.place = first.and_then(|segment| self.place(segment, 0, 0)).or(draft.place);
        }
        match term {
            bt::BG_25 => super::line::finish(self, from.node, &mut draft),
            bt::BG_20 | bt::BG_21 | bt::BG_27 | bt::BG_28 => super::cascade::per_unit(self, from.node, &mut draft),
            _ => {}
        }
        draft
    }

    fn inner(&mut self, of: Option<Term>, from: From, draft: &mut Draft) {
        let binding = self.binding;
        let first = self.drafts.len();
        for (term, routes) in binding.inside(of).into_iter().flat_map(|bound| &bound.groups) {
            let before = self.drafts.len();
            // Totals stand in the table before lines.
            if *term == bt::BG_25 && self.turns {
                draft.groups = self.drafts.split_off(first);
                self.turning = super::credit::negative(draft).is_some();
                self.drafts.append(&mut draft.groups);
            }
            for route in routes {
                if begins(self.groups, route, from) {
                    self.groups_by(*term, route, from);
                }
                if self.drafts.len() > before {
                    break;
                }
            }
        }
        // Of an invoice of many lines there are many: they take no more room than they need.
        draft.groups = self.drafts.drain(first..).collect();
    }

    fn groups_by(&mut self, term: Term, route: &Route, from: From) {
        let mut found = std::mem::take(&mut self.instances);
        let first = found.len();
        self.instances_of(route, from, &mut found);
        let end = found.len();
        self.instances = found;
        for n in first..end {
            let Some(instance) = self.instances.get(n).copied() else { break };
            let group = self.group(term, instance);
            if group.said.is_empty() && group.groups.is_empty() {
                continue;
            }
            // A code without a text is no note: nobody would read one.
            if let Some(at) = instance.segment.filter(|_| term == bt::BG_1 && group.first(bt::BT_22).is_none()) {
                if let Some(used) = self.used.get_mut(at as usize) {
                    *used = (false, 0);
                }
                continue;
            }
            if !route.steps.is_empty() {
                self.take(instance.segment.unwrap_or_else(|| self.groups.trigger(instance.node)));
            }
            self.drafts.push(group);
        }
        self.instances.truncate(first);
    }

    fn instances_of(&self, route: &Route, from: From, found: &mut Vec<From>) {
        let from = if route.from_message { From { node: MESSAGE, segment: None } } else { from };
        if route.steps.is_empty() {
            found.push(from);
            return;
        }
        let groups = self.groups;
        walk(groups, &route.steps, from, &mut |node, segment| {
            let is_group = node != MESSAGE && groups.trigger(node) == segment;
            found.push(From { node, segment: (!is_group).then_some(segment) });
        });
    }

    /// The terms of a group; only those named, where any are.
    fn terms(&mut self, of: Option<Term>, from: From, draft: &mut Draft, only: &[Term]) {
        let binding = self.binding;
        let Some(bound) = binding.inside(of) else { return };
        let first = self.found.len();
        for (term, routes) in &bound.terms {
            if !only.is_empty() && !only.contains(term) {
                continue;
            }
            let start = self.found.len();
            for route in routes {
                if let Some(value) = route.value.as_ref().filter(|_| begins(self.groups, route, from)) {
                    self.values(*term, route, value, from);
                }
                if self.found.len() > start {
                    break;
                }
            }
            self.once(start);
            let none = self.found.len() == start;
            if self.foreign.is_some() {
                let foreign = self.foreign.take();
                self.doubts.extend(foreign.filter(|doubt| none && is_once(doubt.term)));
            }
        }
        draft.said = self.found.drain(first..).collect();
    }

    /// What is said twice in the same words is said once.
    fn once(&mut self, start: usize) {
        if self.found.len() < start + 2 {
            return;
        }
        let mut known = HashSet::new();
        let all = self.found.split_off(start);
        // What has parts, such as a scheme, is not compared.
        self.found.extend(all.into_iter().filter(|said| !said.parts.is_empty() || known.insert(same_as(said))));
    }

    fn values(&mut self, term: Term, route: &Route, value: &Value, from: From) {
        let from = if route.from_message { From { node: MESSAGE, segment: None } } else { from };
        walk(self.groups, &route.steps, from, &mut |node, at| self.values_at(term, value, node, at));
    }

    /// What a segment says of a term.
    fn values_at(&mut self, term: Term, value: &Value, node: u32, at: u32) {
        let Some(segment) = self.groups.segment(at) else { return };
        for e in value.elements.0..=value.elements.1 {
            let Some(element) = segment.element(e) else { return };
            if !value.conditions.iter().all(|c| holds(c, &segment, e)) {
                continue;
            }
            if let Some(said) = self.said(term, value, (segment, element), at, e) {
                again(&said, value, (segment, element), (at, e), &mut self.doubts);
                self.read(at, e, value.components.0..=value.components.1);
                if node != MESSAGE {
                    self.take(self.groups.trigger(node));
                }
                self.found.push(said);
            }
        }
    }

    fn said(
        &mut self,
        term: Term,
        value: &Value,
        (segment, element): (Segment<'m>, Element<'m>),
        at: u32,
        e: usize,
    ) -> Option<Said> {
        let (first, last) = value.components;
        if term == bt::BT_130 || term == bt::BT_150 {
            return self.unit(term, segment, at, e, first);
        }
        let (c, part) = (first..=last).find_map(|c| Some((c, element.saying_part(c)?)))?;
        let place = Some(placed(at, e, c, part.at(0)));
        let raw = || part.whole().unwrap_or_default();
        let text = match term.kind() {
            Kind::Date => self.day(term, segment, (at, e, c))?,
            Kind::Amount | Kind::UnitPrice | Kind::Quantity | Kind::Percentage => {
                let is_amount = self.groups.tag(at) == MOA;
                if is_amount && self.is_foreign(term, &element, c) {
                    let other = format!("{} {}", raw().trim(), segment.text(e, c + 1).trim());
                    let own = self.currency_of(term).to_owned();
                    if !own.is_empty() {
                        let doubt = Doubt::twice(term, own, other, place);
                        self.foreign.get_or_insert(Doubt { foreign: true, ..doubt });
                    }
                    return None;
                }
                if is_amount {
                    self.read(at, e, c + 1..=c + 1);
                }
                let raw = raw();
                let raw = raw.trim();
                self.mark(term, raw, &place);
                plain(raw).map_or_else(|_| raw.to_owned(), |number| number.into_owned())
            }
            Kind::Text => self.groups.text(at, e, first, last),
            _ if first < last => text::joined(segment, e, first, last),
            _ => text::ended(raw()),
        };
        if text.chars().all(char::is_whitespace) {
            return None;
        }
        let mut said = Said::new(term, text, place);
        self.parts(&mut said, segment, at, e, c);
        Some(said)
    }

    /// A unit: as written, or what it is called today; none at all is pieces, where the directory asks for none.
    pub fn unit(&mut self, term: Term, segment: Segment<'m>, at: u32, e: usize, c: usize) -> Option<Said> {
        let written = segment.text(e, c);
        let written = written.trim();
        if written.is_empty() && (term == bt::BT_150 || self.directory == Directory::D16B) {
            return None;
        }
        self.read(at, e, c..=c);
        let place = self.place(at, e, c);
        let Some(today) = unit::of(written) else { return Some(Said::new(term, written, place)) };
        self.derive(term, place.clone(), Why::Unit { written: written.to_owned(), unit: today });
        Some(Said::new(term, today, place))
    }

    /// Scheme identifiers and the like.
    fn parts(&mut self, said: &mut Said, segment: Segment<'m>, at: u32, e: usize, c: usize) {
        let own = |filler: &Self, c: usize| filler.place(at, e, c);
        let code = |c: usize| segment.text(e, c);
        let whole = |c: usize| Some(code(c).trim().to_owned());
        let (part, text, place) = match said.term {
            bt::BT_157 if matches!(code(c + 1).trim(), "EN" | "SRV" | "UP" | "IB") => {
                (bt::BT_157_1, Some("0160".to_owned()), own(self, c + 1))
            }
            bt::BT_158 => (bt::BT_158_1, whole(c + 1), own(self, c + 1)),
            bt::BT_34 => (bt::BT_34_1, whole(c + 1), own(self, c + 1)),
            bt::BT_49 => (bt::BT_49_1, whole(c + 1), own(self, c + 1)),
            term => match party::scheme_of(term) {
                Some(part) => (part, party::scheme(&said.text, code(c + 1).trim(), &code(c + 2)), own(self, c + 2)),
                None => return,
            },
        };
        if let Some(text) = text.filter(|text| !text.is_empty()) {
            self.read(at, e, c + 1..=c + 1);
            // One is all it has.
            said.parts.reserve_exact(1);
            said.parts.push(Said::new(part, text, place));
        }
    }

    fn currency_of(&self, term: Term) -> &str {
        if term == bt::BT_111 { &self.second } else { &self.currency }
    }

    /// An amount in another currency than the term is in; of BT-111, where BT-6 is not said, in any.
    fn is_foreign(&self, term: Term, element: &Element<'_>, c: usize) -> bool {
        let wanted = self.currency_of(term);
        let own = element.component(c + 1).filter(|_| !wanted.is_empty() || term == bt::BT_111);
        own.is_some_and(|own| !own.trim().is_empty() && own.trim() != wanted)
    }

    /// The day that a date says. Of several days a term that is one day is none, which is told; one day for a period is both its ends.
    fn day(&mut self, term: Term, segment: Segment<'m>, (at, e, c): (u32, usize, usize)) -> Option<String> {
        let (text, format) = (segment.text(e, c), segment.text(e, c + 1));
        let is_end = is_last(term) || matches!(term, bt::BT_73 | bt::BT_134);
        if !is_end && date::is_several(&text, &format) {
            let dtm = format!("{}+{}", segment.tag(), segment.text(1, 1));
            self.remarks.push(Remark::several_days(term, &dtm, &text, self.place(at, e, c)));
            return None;
        }
        self.read(at, e, c + 1..=c + 1);
        if is_end && &*segment.text(1, 1) == "263" {
            let [first, last] = [false, true].map(|last| date::day(text.trim(), &format, last));
            if first.is_some() && first == last {
                self.derive(term, self.place(at, e, c), Why::OneDay);
            }
        }
        Some(date::end(&text, &format, is_last(term)))
    }

    /// Looks at the mark of a number that is not that of UNA: behind one digit to three, with three behind it, it may part thousands.
    fn mark(&mut self, term: Term, raw: &str, place: &Option<Place>) {
        let other = if self.groups.message.envelope.service.decimal == b',' { '.' } else { ',' };
        let Some((whole, rest)) = raw.split_once(other) else { return };
        let whole = whole.strip_prefix('-').unwrap_or(whole);
        if [whole, rest].into_iter().any(|part| part.is_empty() || !part.bytes().all(|b| b.is_ascii_digit())) {
            return;
        }
        match rest.len() == 3 && whole.len() <= 3 && !whole.starts_with('0') {
            true => self.parted.push((term, raw.to_owned(), place.clone())),
            false => self.is_decimal = true,
        }
    }

    /// Tells the numbers of which nothing shows what their mark is.
    pub fn tell_marks(&mut self) {
        let decimal = self.groups.message.envelope.service.decimal;
        let mut told = HashSet::new();
        for (term, raw, place) in std::mem::take(&mut self.parted).into_iter().filter(|_| !self.is_decimal) {
            if told.insert(place.clone()) {
                self.remarks.push(Remark::thousands(term, &raw, decimal, place));
            }
        }
    }

    /// Segments of a group by tag and qualifier, for what no table says.
    pub fn segments(&self, node: u32, wanted: Tag) -> impl Iterator<Item = (u32, Segment<'m>)> {
        let groups = self.groups;
        let has = groups.has(node, groups.structure.bit(wanted));
        let is_there = move |s: &u32| !groups.is_further(*s) && groups.aside.binary_search(s).is_err();
        let own = groups.own_of(node, wanted).filter(is_there);
        let (heads, all) =
            if node == MESSAGE && wanted != LIN { (groups.heads(), None) } else { (&[][..], Some(node)) };
        let children = heads.iter().copied().chain(all.into_iter().flat_map(move |node| groups.children(node)));
        let triggers = children.map(move |child| groups.trigger(child)).filter(move |s| groups.tag(*s) == wanted);
        own.chain(triggers).filter(move |_| has).filter_map(move |s| Some((s, groups.segment(s)?)))
    }
}

/// The place of a component of a segment that stands at a position from 0.
fn place_in(segment: Segment<'_>, at: u32, element: usize, component: usize) -> Place {
    placed(at, element, component, segment.at(element, component))
}

fn placed(at: u32, element: usize, component: usize, offset: u64) -> Place {
    let small = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    Place::Edifact { segment: at.saturating_add(1), element: small(element), component: small(component), offset }
}

/// An element that is repeated (`120.00*9:500.00`) says under the same qualifier what it said before: of a term that an invoice says once, that is a
/// contradiction as if the segment stood twice. What else a repetition says is told as not carried.
fn again(
    first: &Said,
    value: &Value,
    (segment, element): (Segment<'_>, Element<'_>),
    (at, e): (u32, usize),
    doubts: &mut Vec<Doubt>,
) {
    if !element.is_repeated() || !is_once(first.term) {
        return;
    }
    let (c, last) = value.components;
    let text = |of: Element<'_>, c: usize| of.component(c).unwrap_or_default().trim().to_owned();
    for other in element.repetitions().skip(1) {
        let meets = |condition: &Condition| {
            let own = condition.element == 0 || condition.element == e;
            let said = text(other, condition.component);
            !own || condition.values.iter().any(|value| **value == *said) != condition.not
        };
        if c > 1 && text(other, 1) != text(element, 1) || !value.conditions.iter().all(meets) {
            continue;
        }
        let said = match first.term.kind() {
            Kind::Date => date::end(&text(other, c), &text(other, c + 1), is_last(first.term)),
            _ => (c..=last).map(|c| text(other, c)).filter(|text| !text.is_empty()).collect::<Vec<_>>().join(" "),
        };
        let place = Some(match place_in(segment, at, e, c) {
            Place::Edifact { segment, element, component, .. } => {
                Place::Edifact { segment, element, component, offset: other.at(c) }
            }
            place => place,
        });
        // The first that differs says all there is to say.
        if !said.is_empty() && differ(first, &Said::new(first.term, &*said, None)) {
            doubts.push(Doubt::twice(first.term, &*first.text, said, place));
            return;
        }
    }
}

const MOA: Tag = u32::from_be_bytes([0, b'M', b'O', b'A']);

/// What two of one term have in common that say the same: numbers in other digits do, and VAT numbers in small letters.
fn same_as(said: &Said) -> String {
    match (vat_number(said), is_number(said.term)) {
        (Some(number), _) => number,
        (None, true) => value(said).map_or_else(|| said.text.trim().to_owned(), decimal::plain),
        (None, false) => said.text.clone(),
    }
}

fn is_number(term: Term) -> bool {
    is_once(term) && matches!(term.kind(), Kind::Amount | Kind::UnitPrice | Kind::Quantity | Kind::Percentage)
}

fn is_last(term: Term) -> bool {
    matches!(term, bt::BT_74 | bt::BT_135)
}
