//! Payment in instalments: several groups of terms (PAT, PYT in D16B), each with a day and what is due then.

use crate::day::Day;
use crate::decimal;
use crate::edifact::plain;
use crate::formats::instalments::{Instalment, off, sentence};
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
    read: Vec<(u32, usize, usize)>,
}

/// Where each of several days on which payment is due comes with its amount or percentage, none of them is the day of the invoice: all go into BT-20.
/// Anything else that states two days contradicts itself. Whether they are what is due is asked in any case.
pub(super) fn finish(filler: &mut Filler<'_>, draft: &mut Draft) {
    let issued = draft.text(bt::BT_2).and_then(Day::parse_iso);
    let Some(found) = found(filler, issued) else { return };
    let Some(first) = found.first() else { return };
    // Each day that was read is one of them.
    let told = |said: &Said| found.iter().any(|one| one.one.day.to_string() == *said.text);
    if !draft.said.iter().filter(|said| said.term == bt::BT_9).all(told) {
        return;
    }
    let (day, place) = (first.one.day, first.place.clone());
    let all: Vec<Instalment> = found.iter().map(|found| found.one.clone()).collect();
    let due = draft.groups(bt::BG_22).find_map(|totals| totals.first(bt::BT_115)).and_then(value);
    let wrong = off(&all, due, filler.currency());
    if let Some(what) = &wrong {
        filler.remarks.push(Remark {
            terms: vec![bt::BT_20, bt::BT_115],
            place: place.clone(),
            what: what.clone(),
            fix: Text::new(
                "Demander à l’émetteur ce qui est dû, et quand ; corriger les montants (MOA) ou pourcentages (PCD) de ses conditions de paiement.",
                "Ask the sender what is due, and when; correct the amounts (MOA) or percentages (PCD) of the terms of payment.",
            ),
        });
    }
    let several = all.iter().any(|one| one.day != day);
    // On one day the whole is due: its parts say no more.
    if several || wrong.is_none() {
        found.iter().flat_map(|found| &found.read).for_each(|(at, e, c)| filler.read(*at, *e, *c..=*c));
    }
    if !several {
        if draft.first(bt::BT_9).is_none() {
            draft.said.push(Said::new(bt::BT_9, day.to_string(), place.clone()));
            filler.derive(bt::BT_9, place, Why::Instalments);
        }
        return;
    }
    draft.said.retain(|said| said.term != bt::BT_9);
    let text = sentence(&all, is_french(draft));
    match draft.said.iter_mut().find(|said| said.term == bt::BT_20) {
        Some(terms) => terms.text = format!("{} {text}", terms.text.trim_end()),
        None => draft.said.push(Said::new(bt::BT_20, text, place.clone())),
    }
    // Days that were computed are in the text now.
    filler.derived.iter_mut().filter(|one| one.term == bt::BT_9).for_each(|one| one.term = bt::BT_20);
    filler.derive(bt::BT_20, place, Why::Instalments);
}

/// The instalments; none where a group of terms that say when payment is due (4279 = 1, 3, 7, 10, 21) has no day, more than one, or neither amount nor
/// percentage. One that says none of all these is about something else, such as the means of payment.
fn found(filler: &Filler<'_>, issued: Option<Day>) -> Option<Vec<Found>> {
    let groups = filler.groups;
    let trigger = tag(if filler.directory == Directory::D16B { "PYT" } else { "PAT" });
    let nodes = groups.heads().iter().filter(|node| groups.tag(groups.trigger(**node)) == trigger);
    let due = nodes.filter(|node| {
        let says = |name: &str| filler.segments(**node, tag(name)).next().is_some();
        groups.segment(groups.trigger(**node)).is_some_and(|terms| {
            let when = terms.element(3).is_some_and(|e| !e.raw().is_empty());
            matches!(&*terms.text(1, 1), "1" | "3" | "7" | "10" | "21")
                && (when || ["DTM", "MOA", "PCD"].iter().any(|name| says(name)))
        })
    });
    due.map(|node| instalment(filler, *node, issued)).collect()
}

fn instalment(filler: &Filler<'_>, node: u32, issued: Option<Day>) -> Option<Found> {
    let trigger = filler.groups.trigger(node);
    let number = |text: &str| decimal::parse(&plain(text.trim()).ok()?).ok();
    let (day, at, said) = match only(filler, node, "DTM")? {
        Some((at, dtm)) => {
            if !matches!(&*dtm.text(1, 1), "13" | "140" | "265") {
                return None;
            }
            (Day::parse_iso(&date::read(&dtm.text(1, 2), &dtm.text(1, 3), true))?, at, (1, 1..=3))
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
    read.extend(said.1.map(|c| (at, said.0, c)));
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
    let place = filler.place(at, said.0, 2);
    (one.percent.is_some() || one.amount.is_some()).then_some(Found { one, place, read })
}
