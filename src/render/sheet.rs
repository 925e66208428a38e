//! The sheet being written: fields with their terms, and the findings that belong to them.
//!
//! Whatever is written of the invoice goes through [`Sheet::value`], which remembers it: what was never written is listed at the
//! end. A field's findings wait until its block is closed ([`Sheet::notes`]), so that they stand below it and not inside.

use std::collections::HashMap;

use super::pins::{Pins, scope};
use super::{About, form, words};
use crate::html::Html;
use crate::invoice::{Bad, Group, GroupId, Invoice, Kind, Occurrence, OccurrenceId, Term, Value, bt};
use crate::limits;
use crate::report::html::{Around, class, finding};
use crate::report::{self, Report};
use crate::rules::{Finding, Severity};
use crate::text::{Lang, Text};
use crate::xml::NodeId;

/// Findings at one field that are shown in full; the rest is counted.
const NOTES: usize = 20;
/// Longest number that is given the marks of a language; of a longer one, all of it zeros, nothing is gained.
const NUMBER_CHARS: usize = 60;
/// Digits of a card number that may be shown: the first six and the last four (BT-87).
const CARD_DIGITS: usize = 10;

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
    /// Findings at fields that were only counted.
    pub counted: usize,
}

pub struct Sheet<'s, 'w> {
    pub html: Html<'w>,
    pub lang: Lang,
    pub facts: &'s Facts<'s>,
    pub about: &'s About<'s>,
    pub left: Left,
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

    /// The value of an occurrence with its parts, in the form of its kind.
    pub fn value(&mut self, o: Occurrence<'s>) {
        if !self.begin(o) {
            return;
        }
        let written = o.trimmed();
        let (term, lang) = (o.term(), self.lang);
        match o.value() {
            _ if written.is_empty() => {
                self.html
                    .raw(" data-value=\"\"><em class=\"soft\">")
                    .text(lang.pick("(vide)", "(empty)"))
                    .raw("</em></bdi>");
            }
            Value::Number(_) if written.len() <= NUMBER_CHARS => {
                let shown = match term.kind() {
                    Kind::Percentage => form::percent(written, lang),
                    _ => form::number(written, lang),
                };
                self.html.attr("data-value", written).raw(">").text(&shown).raw("</bdi>");
                self.foreign(o);
            }
            Value::Day(day) => {
                self.html.attr("data-value", written).raw(">").text(&form::day(day, lang)).raw("</bdi>");
            }
            Value::Bad(bad) => {
                self.html.raw(">");
                self.cut(written);
                self.html.raw("</bdi> <em class=\"x-odd\">").text(wrong(bad, lang)).raw("</em>");
            }
            Value::Text | Value::Number(_) => self.words(o, written),
        }
        self.parts(o);
    }

    /// A value that was written elsewhere already, or will be: no findings, only the value.
    pub fn again(&mut self, o: Occurrence<'s>) {
        let shown = match o.value() {
            Value::Number(_) if o.trimmed().len() <= NUMBER_CHARS => form::number(o.trimmed(), self.lang),
            Value::Day(day) => form::day(day, self.lang),
            _ => o.trimmed().chars().take(NUMBER_CHARS).collect(),
        };
        self.html.raw("<bdi>").text(&shown).raw("</bdi>");
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
            }
        }
        if over > 0 {
            self.left.counted += over;
            self.html.raw("<p class=\"x-goes\">").text(self.lang.pick("… et ", "… and ")).number(over);
            self.html.text(self.lang.pick(" autres constats ici.", " more findings here.")).raw("</p>");
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

    /// A code by itself, where its name stands beside.
    pub fn code(&mut self, o: Occurrence<'s>) {
        if self.begin(o) {
            self.html.raw(">").text(o.trimmed()).raw("</bdi>");
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
        if let Some(severity) = severity {
            self.html.raw(" class=\"x-hot ").raw(class(severity)).raw("\"");
        }
        self.html.attr("data-term", o.term().id()).raw(" title=\"").text(o.term().id()).raw(" ");
        self.html.text(o.term().name(self.lang)).raw("\"");
        true
    }

    /// A text, an identifier or a code.
    fn words(&mut self, o: Occurrence<'s>, written: &str) {
        let (term, lang) = (o.term(), self.lang);
        // The schemes of electronic addresses are known by their codes.
        let name = words::code(term, written, self.facts.invoice.syntax(), lang)
            .filter(|_| !matches!(term, bt::BT_34_1 | bt::BT_49_1));
        if term == bt::BT_87 && written.chars().filter(char::is_ascii_digit).count() > CARD_DIGITS {
            // A whole card number has no place on a page that is passed around.
            let last: String = written.chars().rev().take(4).collect::<Vec<_>>().into_iter().rev().collect();
            self.html.raw(">•••• ").text(&last).raw("</bdi> <span class=\"soft\">");
            self.html.text(lang.pick("(le reste n'est pas montré)", "(the rest is not shown)")).raw("</span>");
            return;
        }
        let groups = match term {
            bt::BT_84 | bt::BT_91 => form::iban(written),
            bt::BT_29 | bt::BT_30 | bt::BT_46 | bt::BT_47 | bt::BT_60 | bt::BT_61 => {
                let french = self.parts_of(o).iter().any(|part| matches!(part.trimmed(), "0002" | "0009"));
                form::siren(written).filter(|_| french)
            }
            _ => None,
        };
        match (name, groups) {
            (_, Some(groups)) => {
                // The blanks are drawn, not written: what is copied is the number.
                self.html.attr("data-value", written).raw(">");
                for group in groups {
                    self.html.raw("<span class=\"x-g\">").text(group).raw("</span>");
                }
                self.html.raw("</bdi>");
            }
            (Some(name), None) => {
                let shown = if short(term) { words::head(name) } else { name };
                if plain(term) {
                    self.html.attr("data-value", written).raw(">").text(shown).raw("</bdi>");
                } else {
                    self.html.raw(">").text(shown).raw(" <span class=\"soft\">(").text(written).raw(")</span></bdi>");
                }
            }
            (None, None) if term == bt::BT_24 => {
                self.html.raw(">");
                if let Some(known) = words::profile(written) {
                    self.html.text(known).raw(" ");
                }
                self.html.raw("<span class=\"soft\">").text(written).raw("</span></bdi>");
            }
            (None, None) => {
                self.html.raw(">");
                self.cut(written);
                self.html.raw("</bdi>");
            }
        }
    }

    /// As much of a text as there is room for, and how much more there is.
    fn cut(&mut self, text: &str) {
        let most = self.about.bounds.value.min(self.chars);
        // As many bytes are no more characters.
        let end = if text.len() <= most { None } else { text.char_indices().nth(most) };
        let (shown, rest) = text.split_at(end.map_or(text.len(), |(at, _)| at));
        self.chars -= shown.len().min(self.chars);
        self.html.text(shown);
        if !rest.is_empty() {
            let more = rest.chars().count();
            self.left.cut += more;
            self.html.raw("<span class=\"soft\">… (+").number(more).raw(")</span>");
        }
    }

    /// Scheme and version behind an identifier.
    fn parts(&mut self, o: Occurrence<'s>) {
        for part in self.parts_of(o) {
            self.html.raw(" <span class=\"x-part\">");
            self.value(part);
            self.html.raw("</span>");
        }
    }

    /// An amount in another currency than its place says.
    fn foreign(&mut self, o: Occurrence<'s>) {
        if o.term().kind() != Kind::Amount && o.term().kind() != Kind::UnitPrice {
            return;
        }
        let tree = self.facts.invoice.tree();
        let own = tree.attributes(o.node()).iter().find(|a| tree.expanded(a.name).1 == "currencyID");
        let Some(own) = own.map(|attribute| tree.text(attribute.value)) else { return };
        let vat = matches!(o.term(), bt::BT_111 | bt::EXT_FR_FE_182);
        let usual = if vat { &self.facts.vat_currency } else { &self.facts.currency };
        if own.trim() != usual || vat {
            let odd = own.trim() != usual;
            self.html.raw(if odd { " <span class=\"x-odd\">" } else { " <span>" }).text(own).raw("</span>");
        }
    }

    fn absent(&mut self, list: &[usize]) {
        let severity = self.worst(Some(&list.to_vec())).unwrap_or(Severity::Information);
        self.html.raw("<em class=\"x-hot ").raw(class(severity)).raw("\">");
        self.html.text(self.lang.pick("absent", "missing")).raw("</em>");
    }

    fn worst(&self, list: Option<&Vec<usize>>) -> Option<Severity> {
        list?.iter().filter_map(|at| self.facts.findings().get(*at)).map(|f| f.severity).max()
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

/// Codes whose names carry an explanation that a narrow field has no room for.
fn short(term: Term) -> bool {
    term.kind() == Kind::Part
        || matches!(
            term,
            bt::BT_95 | bt::BT_102 | bt::BT_118 | bt::BT_151 | bt::BT_130 | bt::BT_150 | bt::BT_5 | bt::BT_6
        )
}

/// Codes whose names say all that a reader wants; the code itself is in `data-value`.
fn plain(term: Term) -> bool {
    term.kind() == Kind::Part
        || matches!(
            term,
            bt::BT_40
                | bt::BT_55
                | bt::BT_69
                | bt::BT_80
                | bt::BT_159
                | bt::BT_130
                | bt::BT_150
                | bt::EXT_FR_FE_161
                | bt::EXT_FR_FE_177
        )
}

fn wrong(bad: Bad, lang: Lang) -> &'static str {
    match bad {
        Bad::Empty => lang.pick("vide", "empty"),
        Bad::NotANumber => lang.pick("n'est pas un nombre", "is no number"),
        Bad::TooManyDigits => lang.pick("trop de chiffres pour être calculé", "too many digits to compute with"),
        Bad::NotADay => lang.pick("n'est pas une date", "is no date"),
        Bad::DateFormat => lang.pick("date d'un autre format", "date in another format"),
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
