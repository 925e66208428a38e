//! Payment in instalments: several groups of terms (PAT, PYT in D16B), each with a day and what is due then. EN 16931 has one day (BT-9), and a text (BT-20).

use crate::day::Day;
use crate::invoice::{Draft, Place, Said, bt};

use super::Why;
use super::date;
use super::document::{after, is_due, is_french};
use super::fill::Filler;
use super::structure::{Directory, tag};
use super::terms::{how_much, only};

/// What is due on a day, where it stands, and the components that say it.
struct Instalment {
    day: Day,
    how_much: String,
    place: Option<Place>,
    read: Vec<(u32, usize, usize)>,
}

/// Where each of several days on which payment is due comes with its amount or percentage, none of them is the day of the invoice: all go into BT-20.
/// Anything else that states two days contradicts itself.
pub(super) fn finish(filler: &mut Filler<'_>, draft: &mut Draft) {
    let mut days = draft.said.iter().filter(|said| said.term == bt::BT_9).map(|said| &*said.text);
    let Some(first) = days.next() else { return };
    if days.all(|day| day == first) {
        return;
    }
    let french = is_french(draft);
    let issued = draft.text(bt::BT_2).and_then(Day::parse_iso);
    let Some(all) = instalments(filler, french, issued) else { return };
    // Each day that was read is one of them.
    let told = |said: &Said| all.iter().any(|one| one.day.to_string() == *said.text);
    if !draft.said.iter().filter(|said| said.term == bt::BT_9).all(told) {
        return;
    }
    draft.said.retain(|said| said.term != bt::BT_9);
    let said: Vec<String> = all
        .iter()
        .map(|one| {
            let Instalment { day, how_much, .. } = one;
            match french {
                true => format!("{how_much} le {:02}/{:02}/{:04}", day.day(), day.month(), day.year()),
                false => format!("{how_much} on {day}"),
            }
        })
        .collect();
    let said = if french { said.join(" ; ") } else { said.join("; ") };
    let text = match french {
        true => format!("Paiement en plusieurs échéances : {said}."),
        false => format!("Instalments: {said}."),
    };
    let place = all.first().and_then(|one| one.place.clone());
    match draft.said.iter_mut().find(|said| said.term == bt::BT_20) {
        Some(terms) => terms.text = format!("{} {text}", terms.text.trim_end()),
        None => draft.said.push(Said::new(bt::BT_20, text, place.clone())),
    }
    all.iter().flat_map(|one| &one.read).for_each(|(at, e, c)| filler.read(*at, *e, *c..=*c));
    // Days that were computed are in the text now.
    filler.derived.iter_mut().filter(|one| one.term == bt::BT_9).for_each(|one| one.term = bt::BT_20);
    filler.derive(bt::BT_20, place, Why::Instalments);
}

/// The instalments; none where a group of basic or fixed terms (1, 3, 7, 10) has no day, more than one, or not one amount or percentage.
fn instalments(filler: &Filler<'_>, french: bool, issued: Option<Day>) -> Option<Vec<Instalment>> {
    let groups = filler.groups;
    let trigger = tag(if filler.directory == Directory::D16B { "PYT" } else { "PAT" });
    let nodes = groups.heads().iter().filter(|node| groups.tag(groups.trigger(**node)) == trigger);
    let due = nodes.filter(|node| {
        let terms = groups.segment(groups.trigger(**node));
        terms.is_some_and(|terms| matches!(&*terms.text(1, 1), "1" | "3" | "7" | "10"))
    });
    due.map(|node| instalment(filler, *node, french, issued)).collect()
}

fn instalment(filler: &Filler<'_>, node: u32, french: bool, issued: Option<Day>) -> Option<Instalment> {
    let trigger = filler.groups.trigger(node);
    let (day, at, said) = match only(filler, node, "DTM")? {
        Some((at, dtm)) => {
            if !matches!(&*dtm.text(1, 1), "13" | "140" | "265") {
                return None;
            }
            (Day::parse_iso(&date::read(&dtm.text(1, 2), &dtm.text(1, 3), true))?, at, (1, 1..=3))
        }
        None => {
            let pat = filler.groups.segment(trigger).filter(|pat| is_due(pat))?;
            (after(&pat, issued?)?.day, trigger, (3, 1..=4))
        }
    };
    let mut read = vec![(trigger, 1, 1)];
    read.extend(said.1.map(|c| (at, said.0, c)));
    let how_much = how_much(filler, node, french, &mut read)?;
    Some(Instalment { day, how_much, place: filler.place(at, said.0, 2), read })
}
