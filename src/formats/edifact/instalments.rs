//! Payment in instalments: several groups of terms (PAT, PYT in D16B), each with a day and what is due then.

use std::collections::BTreeSet;

use crate::day::Day;
use crate::decimal;
use crate::edifact::plain;
use crate::formats::instalments::{Instalment, are_whole, behind, off, sentences};
use crate::invoice::{Draft, Place, Said, bt};
use crate::text::Text;

use super::document::{after, is_due, is_french};
use super::fill::Filler;
use super::line::value;
use super::structure::{Directory, tag};
use super::terms::only;
use super::{Remark, Why, date};

/// What is due on a day, where it stands, and the components that say it.
struct Found {
    one: Instalment,
    place: Option<Place>,
    read: Vec<Cell>,
}

/// Segment, element, component.
type Cell = (u32, usize, usize);

/// The terms that say when payment is due.
#[derive(Default)]
struct Terms {
    parts: Vec<Found>,
    /// A day without amount or percentage, beside them.
    general: Vec<(Day, Vec<Cell>)>,
    /// Are some called instalments (21)?
    called: bool,
}

/// Where each of several days on which payment is due comes with its amount or percentage, none of them is the day of the invoice: all go into BT-20, and with
/// them the day of a general term (PAT+1, PAT+3, or of the header). Anything else that states two days contradicts itself. Whether they are what is due is
/// asked in any case.
pub(super) fn finish(filler: &mut Filler<'_>, draft: &mut Draft) {
    let issued = draft.text(bt::BT_2).and_then(Day::parse_iso);
    let Some(Terms { parts: found, mut general, called }) = terms(filler, issued) else { return };
    let Some(first) = found.first() else { return };
    let all: Vec<Instalment> = found.iter().map(|found| found.one.clone()).collect();
    let days: BTreeSet<Day> = all.iter().map(|one| one.day).collect();
    for said in draft.all(bt::BT_9) {
        let Some(day) = Day::parse_iso(&said.text) else { return };
        // That of the header.
        if !days.contains(&day) {
            general.push((day, Vec::new()));
        }
    }
    let (day, place) = (first.one.day, first.place.clone());
    let due = draft.groups(bt::BG_22).find_map(|totals| totals.first(bt::BT_115)).and_then(value);
    let wrong = off(&all, due, filler.currency());
    let other = general.iter().any(|(day, _)| !days.contains(day));
    if other && !called && !are_whole(&all, due, filler.currency()) {
        return;
    }
    if let Some(what) = &wrong {
        filler.remarks.push(Remark {
            open: false,
            terms: vec![bt::BT_20, bt::BT_115],
            place: place.clone(),
            what: what.clone(),
            fix: Text::new(
                "Demander à l’émetteur ce qui est dû, et quand ; corriger les montants (MOA) ou pourcentages (PCD) de ses conditions de paiement.",
                "Ask the sender what is due, and when; correct the amounts (MOA) or percentages (PCD) of the terms of payment.",
            ),
        });
    }
    let several = other || days.len() > 1;
    let stated = draft.first(bt::BT_9).is_some();
    // What is due on one day that is stated is due on it in whole: what a part says beside is told as not carried.
    if !several && stated && wrong.is_some() {
        return;
    }
    let cells = found.iter().flat_map(|found| &found.read).chain(general.iter().flat_map(|(_, read)| read));
    cells.for_each(|(at, e, c)| filler.read(*at, *e, *c..=*c));
    if !several && (stated || wrong.is_none()) {
        if !stated {
            draft.said.push(Said::new(bt::BT_9, day.to_string(), place.clone()));
            filler.derive(bt::BT_9, place, Why::InstalmentsOfOneDay);
        }
        return;
    }
    draft.said.retain(|said| said.term != bt::BT_9);
    let general: BTreeSet<Day> = general.into_iter().map(|(day, _)| day).collect();
    let text = sentences(&all, &general, is_french(draft));
    match draft.said.iter_mut().find(|said| said.term == bt::BT_20) {
        Some(terms) => terms.text = behind(&terms.text, &text),
        None => draft.said.push(Said::new(bt::BT_20, text, place.clone())),
    }
    // Days that were computed are in the text now.
    filler.derived.iter_mut().filter(|one| one.term == bt::BT_9).for_each(|one| one.term = bt::BT_20);
    filler.derive(bt::BT_20, place, Why::Instalments);
}

/// What the groups of terms say that say when payment is due (4279 = 1, 3, 7, 10, 21): instalments, each with a day and what is due on it, and terms without
/// amount or percentage. None where an instalment has no day, more than one, or nothing that is due on it. A group that says nothing of all these is about
/// something else, such as the means of payment; a general term that gives no day is told as not carried.
fn terms(filler: &Filler<'_>, issued: Option<Day>) -> Option<Terms> {
    let groups = filler.groups;
    let trigger = tag(if filler.directory == Directory::D16B { "PYT" } else { "PAT" });
    let mut terms = Terms::default();
    for node in groups.heads().iter().filter(|node| groups.tag(groups.trigger(**node)) == trigger) {
        let Some(head) = groups.segment(groups.trigger(*node)) else { continue };
        let says = |name: &str| filler.segments(*node, tag(name)).next().is_some();
        let code = head.text(1, 1);
        let when = head.element(3).is_some_and(|e| !e.raw().is_empty()) || says("DTM");
        let much = says("MOA") || says("PCD");
        match &*code {
            "21" if when || much => {
                terms.called = true;
                terms.parts.push(instalment(filler, *node, issued)?);
            }
            "1" | "3" | "7" | "10" if much => terms.parts.push(instalment(filler, *node, issued)?),
            "1" | "3" | "7" | "10" if when => {
                terms.general.extend(day(filler, *node, issued).map(|(day, _, read)| (day, read)));
            }
            _ => {}
        }
    }
    Some(terms)
}

/// The day of a group of terms, where that stands, and the components that say it.
fn day(filler: &Filler<'_>, node: u32, issued: Option<Day>) -> Option<(Day, (u32, usize), Vec<Cell>)> {
    let trigger = filler.groups.trigger(node);
    let (day, at, (e, components)) = match only(filler, node, "DTM")? {
        Some((at, dtm)) => {
            if !matches!(&*dtm.text(1, 1), "13" | "140" | "265") {
                return None;
            }
            (Day::parse_iso(&date::one(&dtm.text(1, 2), &dtm.text(1, 3))?)?, at, (1, 1..=3))
        }
        None => {
            let pat = filler.groups.segment(trigger)?;
            // PYT has its terms in other places.
            let counts = pat.tag() == "PAT" && (is_due(&pat) || &*pat.text(1, 1) == "21");
            let after = Some(issued?).filter(|_| counts).and_then(|issued| after(&pat, issued))?;
            (after.day, trigger, (3, 1..=4))
        }
    };
    let mut read = vec![(trigger, 1, 1)];
    read.extend(components.map(|c| (at, e, c)));
    Some((day, (at, e), read))
}

fn instalment(filler: &Filler<'_>, node: u32, issued: Option<Day>) -> Option<Found> {
    let number = |text: &str| decimal::parse(&plain(text.trim()).ok()?).ok();
    let (day, (at, e), mut read) = day(filler, node, issued)?;
    let place = filler.place(at, e, 2);
    let mut one = Instalment { day, percent: None, amount: None, currency: filler.currency().to_owned() };
    if let Some((at, pcd)) = only(filler, node, "PCD")? {
        one.percent = Some(number(&pcd.text(1, 2))?);
        read.extend([(at, 1, 1), (at, 1, 2)]);
    }
    if let Some((at, moa)) = only(filler, node, "MOA")? {
        one.amount = Some(number(&moa.text(1, 2))?);
        let own = moa.text(1, 3).trim().to_owned();
        one.currency = if own.is_empty() { one.currency } else { own };
        read.extend([(at, 1, 1), (at, 1, 2), (at, 1, 3)]);
    }
    (one.percent.is_some() || one.amount.is_some()).then_some(Found { one, place, read })
}
