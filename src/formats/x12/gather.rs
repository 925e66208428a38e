//! The draft as it grows, and what is remembered beside it.

use std::collections::HashSet;
use std::sync::Arc;

use super::amounts::{self, Amount};
use super::binding::{self, Form, Row};
use super::{Drawn, How, Made, Remark, Settings, Topic, Why};
use super::{charges, heading, instalments, lines, parties, taxes, totals, tree, words};
use crate::day::Day;
use crate::decimal::Decimal;
use crate::invoice::{Draft, Kind, Place, Said, Term, bt};
use crate::limits;
use crate::text::Text;
use crate::x12::{Envelope, Segment, Set};

/// What all parts of the reading share.
pub struct Gather<'s> {
    pub settings: &'s Settings,
    pub draft: Draft,
    pub made: Vec<Made>,
    pub remarks: Vec<Remark>,
    /// Is every amount turned (a credit whose partner writes it negative)?
    pub turned: bool,
    /// Did the set end before its SE? What it does not say may stand in what never came: nothing is concluded from that.
    pub cut: bool,
    /// Remarks beyond those that are kept, and how many of those kept are of what was not read.
    unremarked: usize,
    unread: usize,
    /// Segments that were read, by number.
    used: HashSet<u32>,
}

/// Reads a set.
pub fn drawn(
    set: &Set<'_>,
    syntax: &'static str,
    settings: &Settings,
    envelope: Arc<Envelope>,
    controls: [String; 3],
) -> Drawn {
    let (root, aside, faults) = tree::of(set);
    let draft = Draft { place: set.segment(1).map(|st| place(&st, 0)), ..Draft::default() };
    let mut gather = Gather {
        settings,
        draft,
        made: Vec::new(),
        remarks: Vec::new(),
        turned: false,
        cut: false,
        unremarked: 0,
        unread: 0,
        used: HashSet::new(),
    };
    let ended = set.segments().last().is_some_and(|last| last.tag() == "SE");
    gather.cut = !ended;
    let elsewhere = set.segments().filter(|segment| segment.tag() == "CUR").count() > root.all("CUR").count();
    let instalments = instalments::of(&gather, &root);
    heading::read(&mut gather, &root, ended && !elsewhere, instalments.several);
    parties::read(&mut gather, &root);
    instalments::finish(&mut gather, &instalments);
    let nets = lines::read(&mut gather, &root);
    let charged = charges::summary(&mut gather, &root, &nets);
    gather.constants();
    heading::currencies(&mut gather, set, &root);
    let taxed = taxes::read(&mut gather, &root, &nets, &charged);
    totals::read(&mut gather, &root, &nets, &charged, &taxed);
    instalments::check(&mut gather, &instalments);
    gather.left(set, &aside);
    Drawn {
        syntax,
        draft: gather.draft,
        made: gather.made,
        remarks: gather.remarks,
        unremarked: gather.unremarked,
        faults: faults.listed,
        around: Default::default(),
        refused: false,
        envelope,
        controls,
        offset: set.offset(),
    }
}

/// Where an element stands; 0 is the segment.
pub fn place(segment: &Segment<'_>, e: usize) -> Place {
    let element = u32::try_from(e).unwrap_or(u32::MAX);
    Place::Edifact { segment: segment.number(), element, component: 0, offset: segment.at(e) }
}

/// Says a term in its group, which is begun where it is not there yet; a group that may be repeated is begun anew.
pub fn put(base: &mut Draft, said: Said) {
    let mut chain = Vec::new();
    let mut group = said.term.group();
    while let Some(term) = group.filter(|term| base.term != Some(*term)) {
        chain.push(term);
        group = term.group();
    }
    let mut here = base;
    for term in chain.into_iter().rev() {
        let there = if term.is_repeatable() { None } else { here.groups.iter().position(|g| g.term == Some(term)) };
        let at = there.unwrap_or_else(|| {
            here.groups.push(Draft::group(term, said.place.clone()));
            here.groups.len() - 1
        });
        here = &mut here.groups[at]; // invariant: it is there, or was just pushed
    }
    here.said.push(said);
}

/// Is the term said in this group, or in one inside that cannot be repeated?
pub fn says(base: &Draft, term: Term) -> bool {
    base.text(term).is_some() || base.groups.iter().any(|g| g.term.is_some_and(|t| !t.is_repeatable()) && says(g, term))
}

/// The text of a term in this group, or in one inside that cannot be repeated.
pub fn text_of(base: &Draft, term: Term) -> Option<&str> {
    base.text(term).or_else(|| {
        let inside = base.groups.iter().filter(|g| g.term.is_some_and(|t| !t.is_repeatable()));
        inside.into_iter().find_map(|g| text_of(g, term))
    })
}

/// Code of the subject and text of a note that is written `#PMD#…`, as UBL has it: X12 has no code of UNTDID 4451.
fn subject(text: &str) -> Option<(&str, &str)> {
    let (code, rest) = text.strip_prefix('#')?.split_once('#')?;
    let is_code = code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    (is_code && !rest.trim().is_empty()).then(|| (code, rest.trim()))
}

/// The groups of that term, in this one or in those inside that cannot be repeated.
fn groups_of<'d>(base: &'d mut Draft, term: Term, found: &mut Vec<&'d mut Draft>) {
    for group in &mut base.groups {
        if group.term == Some(term) {
            found.push(group);
        } else if group.term.is_some_and(|own| !own.is_repeatable()) {
            groups_of(group, term, found);
        }
    }
}

/// What is said of a term in this group, or in one inside that cannot be repeated.
fn said_of(base: &mut Draft, term: Option<Term>) -> Option<&mut Said> {
    let term = term?;
    if let Some(at) = base.said.iter().position(|said| said.term == term) {
        return base.said.get_mut(at);
    }
    let mut inside = base.groups.iter_mut().filter(|g| g.term.is_some_and(|t| !t.is_repeatable()));
    inside.find_map(|group| said_of(group, Some(term)))
}

/// Terms of the heading that decide what is invoiced, in which currency and until when it is to be paid: an invoice says each once.
const ONCE: [Term; 4] = [bt::BT_1, bt::BT_2, bt::BT_5, bt::BT_9];

impl Gather<'_> {
    pub fn remark(&mut self, topic: Topic, segment: &Segment<'_>, e: usize, terms: &[Term], what: Text) {
        // What was not read is often much, and leaves room for what is in doubt.
        let unread = topic == Topic::Unread;
        let kept = if unread { self.unread } else { self.remarks.len() - self.unread };
        // What is fatal is told at least once.
        let fatal = |topic| matches!(topic, Topic::Cancelled | Topic::Contradiction);
        let first = fatal(topic) && !self.remarks.iter().any(|known| fatal(known.topic));
        if kept >= limits::X12_REMARKS && !first {
            self.unremarked += 1;
            return;
        }
        self.unread += usize::from(unread);
        let said = words::said(segment, e);
        self.remarks.push(Remark { topic, place: place(segment, e), terms: terms.to_vec(), what, said });
    }

    /// A term that is said again, otherwise: what was read, and what stands beside it.
    pub fn contradiction(&mut self, segment: &Segment<'_>, e: usize, term: Term, [read, other]: [&str; 2]) {
        let what = words::contradiction(term, read, other);
        self.remark(Topic::Contradiction, segment, e, &[term], what);
    }

    pub fn made(&mut self, address: impl Into<String>, term: Term, how: How, why: fn() -> Text) {
        self.made.push(Made { address: address.into(), term, how, why: Why::Always(why) });
    }

    pub fn made_with(&mut self, address: impl Into<String>, term: Term, how: How, why: Text) {
        self.made.push(Made { address: address.into(), term, how, why: Why::Here(Box::new(why)) });
    }

    /// This segment is read.
    pub fn used(&mut self, segment: &Segment<'_>) {
        self.used.insert(segment.number());
    }

    /// Was anything of it read?
    pub fn is_used(&self, segment: &Segment<'_>) -> bool {
        self.used.contains(&segment.number())
    }

    /// What a row of the binding says of a segment, if anything.
    pub fn bound(&mut self, base: &mut Draft, row: &Row, segment: &Segment<'_>) {
        let Some(text) = segment.value(row.element) else { return };
        self.used(segment);
        let text = match row.form {
            Form::Date => Day::parse_102(&text).map_or_else(|| text.into_owned(), |day| day.to_string()),
            Form::Number if row.term == bt::BT_129 => self.turn_text(&text),
            Form::Number => amounts::plain(&text),
            Form::Text | Form::Spare => text.into_owned(),
        };
        let once = !row.term.is_repeatable() && row.term.group().is_none_or(|g| !g.is_repeatable());
        if (row.form == Form::Spare || once) && says(base, row.term) {
            let Some(read) = text_of(base, row.term).filter(|read| *read != text) else { return };
            if row.form != Form::Spare && ONCE.contains(&row.term) {
                self.contradiction(segment, row.element, row.term, [read, &text]);
            } else {
                let what = words::said_twice(row.term, &text);
                self.remark(Topic::Unread, segment, row.element, &[row.term], what);
            }
            return;
        }
        if row.term == bt::BT_22
            && let Some((subject, rest)) = subject(&text)
        {
            put(base, Said::new(bt::BT_22, rest, Some(place(segment, row.element))));
            let note = base.groups.iter_mut().rfind(|group| group.term == Some(bt::BG_1));
            note.into_iter().for_each(|note| {
                note.said.insert(0, Said::new(bt::BT_21, subject, Some(place(segment, row.element))));
            });
            return;
        }
        put(base, Said::new(row.term, text, Some(place(segment, row.element))));
    }

    /// An amount of type N2; what is wrong with it is told.
    pub fn n2(&mut self, segment: &Segment<'_>, e: usize, terms: &[Term]) -> Option<Decimal> {
        let text = segment.value(e)?;
        match amounts::n2(&text, self.settings.implied_decimals) {
            Amount::Known(value) => Some(self.turn(value)),
            Amount::Pointed(value) => {
                self.remark(Topic::Form, segment, e, terms, words::pointed(segment.tag(), e));
                Some(self.turn(value))
            }
            Amount::Bad => {
                self.remark(Topic::Form, segment, e, terms, words::no_number(segment.tag(), e));
                None
            }
        }
    }

    /// A number of type R.
    pub fn number(&mut self, segment: &Segment<'_>, e: usize, terms: &[Term]) -> Option<Decimal> {
        let text = segment.value(e)?;
        let value = amounts::number(&text);
        if value.is_none() {
            self.remark(Topic::Form, segment, e, terms, words::no_number(segment.tag(), e));
        }
        value
    }

    /// The sign that EN 16931 has for it.
    pub fn turn(&self, value: Decimal) -> Decimal {
        if self.turned && !value.is_zero() { -value } else { value }
    }

    fn turn_text(&self, text: &str) -> String {
        match amounts::number(text) {
            Some(value) if self.turned => amounts::text(self.turn(value)),
            _ => amounts::plain(text),
        }
    }

    /// What the partner's settings say, where the set does not.
    fn constants(&mut self) {
        for (id, text) in &self.settings.constants {
            let Some(term) = Term::parse(id).filter(|term| !term.is_group()) else { continue };
            let home = std::iter::successors(term.group(), |g| g.group()).filter(|g| g.is_repeatable()).last();
            let why = || Why::Always(words::constant);
            if term.kind() == Kind::Part {
                // A scheme belongs to what is said without one.
                if let Some(whole) = said_of(&mut self.draft, term.parent())
                    && whole.parts.iter().all(|part| part.term != term)
                {
                    whole.parts.push(Said::new(term, text.clone(), None));
                    self.made.push(Made { address: id.clone(), term, how: How::Partner, why: why() });
                }
                continue;
            }
            match home {
                None => {
                    if !says(&self.draft, term) {
                        put(&mut self.draft, Said::new(term, text.clone(), None));
                        self.made.push(Made { address: id.clone(), term, how: How::Partner, why: why() });
                    }
                }
                Some(home) => {
                    let mut instances = Vec::new();
                    groups_of(&mut self.draft, home, &mut instances);
                    let none = instances.is_empty();
                    for (instance, n) in instances.into_iter().zip(1..) {
                        if !says(instance, term) {
                            put(instance, Said::new(term, text.clone(), None));
                            let address = format!("{home}[{n}]/{term}");
                            self.made.push(Made { address, term, how: How::Partner, why: why() });
                        }
                    }
                    // The 810 has no account at all: the one of the partner's file is the one there is.
                    if none && home == bt::BG_17 {
                        put(&mut self.draft, Said::new(term, text.clone(), None));
                        let address = format!("{home}[1]/{term}");
                        self.made.push(Made { address, term, how: How::Partner, why: why() });
                    }
                }
            }
        }
    }

    /// Tells of segments that nothing was read of, and of elements of the others that no term takes.
    fn left(&mut self, set: &Set<'_>, aside: &[Segment<'_>]) {
        const ENVELOPE: [&str; 2] = ["ST", "SE"];
        let aside: HashSet<u32> = aside.iter().map(Segment::number).collect();
        for segment in set.segments().filter(|segment| !ENVELOPE.contains(&segment.tag())) {
            if !self.used.contains(&segment.number()) || aside.contains(&segment.number()) {
                self.remark(Topic::Unread, &segment, 0, &[], words::unread(segment.tag(), &segment.text(1)));
                continue;
            }
            for e in binding::beyond(&segment) {
                // What is in doubt is told once.
                let doubted = |remark: &Remark| remark.place == place(&segment, e);
                if segment.tag() == "CUR" && self.remarks.iter().any(doubted) {
                    continue;
                }
                self.remark(Topic::Unread, &segment, e, &[], words::unread_element(segment.tag(), e));
            }
        }
    }
}
