//! The sheet being written: fields with their terms, and the findings that belong to them.
//!
//! Whatever is written of the invoice goes through [`Sheet::value`], which remembers it: what was never written is listed at the
//! end. A field's findings wait until its block is closed ([`Sheet::notes`]), so that they stand below it and not inside.

mod value;

use std::collections::{HashMap, HashSet};

use super::pins::{Pins, scope};
use super::{About, words};
use crate::html::Html;
use crate::invoice::{Group, GroupId, Invoice, Kind, Occurrence, OccurrenceId, Term, Value, bt};
use crate::limits;
use crate::report::html::{Around, class, finding};
use crate::report::{self, Report};
use crate::rules::{Finding, Severity};
use crate::text::{Lang, Text};
use crate::xml::NodeId;

/// Findings at one field that are shown in full; the rest is counted.
const NOTES: usize = 20;

/// Bytes without a blank from which on a value may wrap anywhere: more than an amount of 18 digits with its marks.
const LONG: usize = 24;

/// What a sheet is written of, found once for both passes.
pub struct Facts<'s> {
    pub invoice: &'s Invoice<'s>,
    pub report: Option<&'s Report>,
    pub pins: Pins,
    parts: HashMap<OccurrenceId, Vec<OccurrenceId>>,
    /// What a finding takes with it, for those that do.
    sentences: HashMap<usize, Text>,
    /// BT-5 and BT-6.
    currency: String,
    vat_currency: String,
}

impl<'s> Facts<'s> {
    pub fn new(invoice: &'s Invoice<'s>, report: Option<&'s Report>, attachment: Option<&str>) -> Self {
        let findings: &[Finding] = report.map_or(&[], |report| &report.findings);
        let mut parts: HashMap<OccurrenceId, Vec<OccurrenceId>> = HashMap::new();
        for part in invoice.occurrences().filter(|o| o.term().kind() == Kind::Part) {
            if let Some(whole) = part.whole() {
                parts.entry(whole.id()).or_default().push(part.id());
            }
        }
        let groups = report::groups(findings);
        let sentences = groups.iter().filter_map(|group| Some((group.root, group.sentence(findings)?))).collect();
        let text = |term| invoice.text(term).unwrap_or_default().to_owned();
        let pins = Pins::new(invoice, findings, attachment);
        Self { invoice, report, pins, parts, sentences, currency: text(bt::BT_5), vat_currency: text(bt::BT_6) }
    }

    pub fn findings(&self) -> &'s [Finding] {
        self.report.map_or(&[], |report| &report.findings)
    }

    pub fn sentence(&self, at: usize, lang: Lang) -> Option<&str> {
        self.sentences.get(&at).map(|text| text.get(lang))
    }

    /// The currency written on an amount (`currencyID`).
    pub fn written_currency(&self, node: NodeId) -> Option<&'s str> {
        self.invoice.currency_on(node)
    }

    pub fn currency(&self) -> &str {
        &self.currency
    }
}

/// What a pass over the invoice left behind.
#[derive(Debug, Default)]
pub struct Left {
    /// By finding: does it stand at a field?
    pub placed: Vec<bool>,
    /// By occurrence: was it written?
    pub shown: Vec<bool>,
    /// Terms that were not written for want of room.
    pub unshown: usize,
    /// Characters of values that were not written.
    pub cut: usize,
    /// Lines that were not written.
    pub lines: usize,
    /// Elements that are no term and were not written.
    pub foreign: usize,
    /// Findings at fields that were only counted.
    pub counted: usize,
}

pub struct Sheet<'s, 'w> {
    pub html: Html<'w>,
    pub lang: Lang,
    pub facts: &'s Facts<'s>,
    pub about: &'s About<'s>,
    pub left: Left,
    /// Does every amount bear its currency here?
    pub currencies: bool,
    /// Elements that are no term and were written where the term would stand.
    pub strays: HashSet<NodeId>,
    room: usize,
    chars: usize,
    noted: usize,
    pending: Vec<usize>,
}

impl<'s, 'w> Sheet<'s, 'w> {
    pub fn new(html: Html<'w>, facts: &'s Facts<'s>, about: &'s About<'s>) -> Self {
        let left = Left {
            placed: vec![false; facts.findings().len()],
            shown: vec![false; facts.invoice.occurrences().size_hint().0],
            ..Left::default()
        };
        let room = limits::RENDERED_TERMS;
        Self {
            html,
            lang: about.lang,
            facts,
            about,
            left,
            currencies: false,
            strays: HashSet::new(),
            room,
            chars: about.bounds.chars,
            noted: 0,
            pending: Vec::new(),
        }
    }

    /// Opens a section with its heading; findings about the section as a whole stand right below.
    pub fn open(&mut self, class: &'static str, title: &str, group: Option<Term>) {
        self.html.raw("<section class=\"x-sec ").raw(class).raw("\"");
        if let Some(group) = group {
            self.html.attr("data-group", group.id());
        }
        self.html.raw(">");
        self.heading(2, title);
        if let Some(group) = group {
            self.pin_section(group);
            self.notes();
        }
    }

    pub fn close(&mut self) {
        self.html.raw("</section>");
    }

    /// A heading, below those of the page around.
    pub fn heading(&mut self, level: usize, title: &str) {
        let (open, close) = heading(level + self.about.below);
        self.html.raw(open).text(title).raw(close);
    }

    /// Fields of a group as a list; nothing where none of them is there.
    pub fn fields(&mut self, group: Group<'s>, terms: &[Term]) {
        if !terms.iter().any(|term| self.wants(group, *term)) {
            return;
        }
        self.html.raw("<dl class=\"x-dl\">");
        for term in terms {
            self.field(group, *term);
        }
        self.html.raw("</dl>");
    }

    /// One field of a list: label, values, findings. Nothing where there is neither value nor finding.
    pub fn field(&mut self, group: Group<'s>, term: Term) {
        self.field_called(group, term, words::label(term, self.lang));
    }

    pub fn field_called(&mut self, group: Group<'s>, term: Term, label: &str) {
        if !self.wants(group, term) {
            return;
        }
        self.html.raw("<div><dt>").text(label).raw("</dt><dd>");
        self.values(group, term);
        self.notes();
        self.html.raw("</dd></div>");
    }

    /// Two days as one field: from, to.
    pub fn span(&mut self, group: Group<'s>, terms: [Term; 2], label: &str) {
        if !terms.iter().any(|term| self.wants(group, *term)) {
            return;
        }
        self.html.raw("<div><dt>").text(label).raw("</dt><dd>");
        for (term, word) in terms.into_iter().zip([self.lang.pick("du ", "from "), self.lang.pick(" au ", " to ")]) {
            if self.wants(group, term) {
                self.html.text(word);
                self.values(group, term);
            }
        }
        self.notes();
        self.html.raw("</dd></div>");
    }

    /// Is there something to write of a term: a value not written yet, or a finding about its absence?
    pub fn wants(&self, group: Group<'s>, term: Term) -> bool {
        self.own(group, term).next().is_some() || self.facts.pins.fields.contains_key(&(scope(group), term))
    }

    /// The values of a term that belong to this very scope and were not written yet.
    pub fn own(&self, group: Group<'s>, term: Term) -> impl Iterator<Item = Occurrence<'s>> {
        let home = scope(group);
        group.all(term).filter(move |o| {
            let shown = self.left.shown.get(o.id() as usize).copied().unwrap_or(true);
            !shown && !o.is_echo() && scope(o.group()) == home
        })
    }

    /// All values of a term, or that it is missing where a finding says so. Its findings wait for [`Sheet::notes`].
    pub fn values(&mut self, group: Group<'s>, term: Term) -> usize {
        let all: Vec<Occurrence<'s>> = self.own(group, term).collect();
        for (n, occurrence) in all.iter().enumerate() {
            if n > 0 {
                self.html.raw("<br>");
            }
            self.value(*occurrence);
        }
        if let Some(list) = self.facts.pins.fields.get(&(scope(group), term)) {
            if all.is_empty() {
                self.absent(list);
            }
            self.take(list);
        }
        all.len()
    }

    /// The findings of the field that was just written.
    pub fn notes(&mut self) {
        let pending = std::mem::take(&mut self.pending);
        let mut over = 0;
        for (n, at) in pending.into_iter().enumerate() {
            if n < NOTES && self.noted < limits::RENDERED_FINDINGS {
                self.noted += 1;
                self.finding(at);
            } else {
                over += 1;
                self.mark(at);
            }
        }
        if over > 0 {
            self.left.counted += over;
            self.html.raw("<p class=\"x-goes\">").text(self.lang.pick("… et ", "… and ")).number(over);
            self.html.text(self.lang.pick(" autres constats ici.", " more findings here.")).raw("</p>");
        }
    }

    /// Where a finding is only counted, a cause must still be found: what links to it leads to where it is counted.
    pub fn mark(&mut self, at: usize) {
        if self.facts.findings().get(at).is_some_and(|one| one.follows.is_none()) {
            self.html.raw("<span").anchor("id", self.about.anchors.id, at).raw("></span>");
        }
    }

    pub fn has_notes(&self) -> bool {
        !self.pending.is_empty()
    }

    /// One finding in full.
    pub fn finding(&mut self, at: usize) {
        let facts = self.facts;
        let Some(one) = facts.findings().get(at) else { return };
        let follows = one.follows.and_then(|of| Some((of, facts.findings().get(of)?.rule.as_str())));
        let source = self.about.source.and_then(|base| link(base, one));
        let around = Around {
            at,
            anchors: self.about.anchors,
            follows,
            sentence: facts.sentence(at, self.lang),
            source: source.as_deref(),
            line: None,
        };
        finding(&mut self.html, one, around, self.lang);
    }

    pub fn pin_group(&mut self, group: GroupId) {
        if let Some(list) = self.facts.pins.groups.get(&group) {
            self.take(list);
        }
    }

    pub fn pin_element(&mut self, node: NodeId) {
        if let Some(list) = self.facts.pins.elements.get(&node) {
            self.take(list);
        }
    }

    /// The findings that a term is missing, where something stands in its place.
    pub fn pin_field(&mut self, group: Group<'s>, term: Term) {
        if let Some(list) = self.facts.pins.fields.get(&(scope(group), term)) {
            self.take(list);
        }
    }

    pub fn pin_section(&mut self, term: Term) {
        if let Some(list) = self.facts.pins.sections.get(&term) {
            self.take(list);
        }
    }

    /// Counts a term as written without writing it, such as the content of a file.
    pub fn told(&mut self, o: Occurrence<'s>) {
        if let Some(shown) = self.left.shown.get_mut(o.id() as usize) {
            *shown = true;
        }
        if let Some(list) = self.facts.pins.occurrences.get(&o.id()) {
            self.take(list);
        }
    }

    /// Counts all terms of a group as done with, where there is no room for the group: its findings stand at no field.
    pub fn untold(&mut self, group: Group<'s>) {
        for o in group.occurrences() {
            if let Some(shown) = self.left.shown.get_mut(o.id() as usize) {
                *shown = true;
            }
        }
    }

    /// The parts of an occurrence.
    pub fn parts_of(&self, o: Occurrence<'s>) -> Vec<Occurrence<'s>> {
        let all = self.facts.parts.get(&o.id()).map_or(&[][..], Vec::as_slice);
        all.iter().filter_map(|id| self.facts.invoice.occurrence(*id)).collect()
    }

    /// The start tag of a value, up to its attributes. False where there is no more room.
    fn begin(&mut self, o: Occurrence<'s>) -> bool {
        let fresh = self.left.shown.get(o.id() as usize) == Some(&false);
        if fresh && self.room == 0 {
            self.left.unshown += 1;
            self.told(o);
            return false;
        }
        self.room -= usize::from(fresh && self.room > 0);
        let severity = self.worst(self.facts.pins.occurrences.get(&o.id()));
        self.told(o);
        self.html.raw("<bdi");
        let long = o.trimmed().split_ascii_whitespace().any(|word| word.len() > LONG);
        let is_number = !long && matches!(o.value(), Value::Number(_));
        if severity.is_some() || long || is_number {
            self.html.raw(" class=\"").raw(if long { "x-long" } else { "" }).raw(if is_number { "x-num" } else { "" });
            if let Some(severity) = severity {
                self.html.raw(if long || is_number { " x-hot " } else { "x-hot " }).raw(class(severity));
            }
            self.html.raw("\"");
        }
        self.html.attr("data-term", o.term().id()).raw(" title=\"").text(o.term().id()).raw(" ");
        self.html.text(o.term().name(self.lang)).raw("\"");
        true
    }

    fn absent(&mut self, list: &[usize]) {
        let severity = self.worst(Some(&list.to_vec())).unwrap_or(Severity::Information);
        self.html.raw("<em class=\"x-hot ").raw(class(severity)).raw("\">");
        self.html.text(self.lang.pick("absent", "missing")).raw("</em>");
    }

    fn worst(&self, list: Option<&Vec<usize>>) -> Option<Severity> {
        // What somebody answers for is marked, and no more.
        let shown = |f: &Finding| if f.waived.is_some() { Severity::Information } else { f.severity };
        list?.iter().filter_map(|at| self.facts.findings().get(*at)).map(shown).max()
    }

    fn take(&mut self, list: &[usize]) {
        for at in list {
            if let Some(placed) = self.left.placed.get_mut(*at).filter(|placed| !**placed) {
                *placed = true;
                self.pending.push(*at);
            }
        }
    }
}

/// The tags of a heading of a level from 1 to 6.
pub fn heading(level: usize) -> (&'static str, &'static str) {
    match level {
        0 | 1 => ("<h1>", "</h1>"),
        2 => ("<h2>", "</h2>"),
        3 => ("<h3>", "</h3>"),
        4 => ("<h4>", "</h4>"),
        5 => ("<h5>", "</h5>"),
        _ => ("<h6>", "</h6>"),
    }
}

/// The page of the source at the place of a finding.
fn link(base: &str, finding: &Finding) -> Option<String> {
    match &finding.place {
        Some(crate::invoice::Place::Xml { line, column, .. }) => {
            Some(format!("{base}?line={line}&column={column}#here"))
        }
        _ => None,
    }
}
