//! Preceding invoices (BG-3) that lines name: a credit note or a corrected invoice often says with each line which invoice it is about (RFF+IV), and nothing
//! in its header.

use std::collections::{HashMap, HashSet};

use crate::invoice::{Draft, Said, bt, is_credit};

use super::date;
use super::fill::Filler;
use super::groups::MESSAGE;
use super::structure::{Directory, tag};
use super::{Doubt, Why};

/// An invoice that a line names, its day, and where they stand.
struct Named {
    number: String,
    day: Option<String>,
    at: u32,
    day_at: Option<u32>,
}

/// The header says of which day an invoice is that it names without one, where lines do; where it names none and each line does, theirs are those of the
/// document. One invoice of two days contradicts itself: the first is read.
pub(super) fn finish(filler: &mut Filler<'_>, draft: &mut Draft) {
    let kind = draft.text(bt::BT_3).unwrap_or_default();
    if !(is_credit(None, Some(kind)) || matches!(kind, "384" | "471" | "472" | "473")) {
        return;
    }
    let groups = filler.groups;
    let stated = draft.groups(bt::BG_3).next().is_some();
    let lines = groups.children(MESSAGE).filter(|n| groups.tag(groups.trigger(*n)) == tag("LIN"));
    let by_line: Vec<Vec<Named>> = lines.map(|line| named(filler, line)).collect();
    let every = !filler.cut && !by_line.is_empty() && by_line.iter().all(|named| !named.is_empty());
    let mut all: HashMap<&str, Vec<&Named>> = HashMap::new();
    for one in by_line.iter().flatten() {
        all.entry(&one.number).or_default().push(one);
    }
    let of_lines = filler.directory != Directory::D16B;
    if !stated && every && of_lines {
        let mut known = HashSet::new();
        for one in by_line.iter().flatten().filter(|one| known.insert(&one.number)) {
            let place = filler.place(one.at, 1, 2);
            let mut group = Draft::group(bt::BG_3, place.clone());
            group.said.push(Said::new(bt::BT_25, one.number.clone(), place.clone()));
            draft.groups.push(group);
            filler.derive(bt::BT_25, place, Why::OfLines);
        }
    }
    // The day of each invoice that was read already, and the invoices of which a second one was told.
    let (mut days, mut told) = (HashMap::<String, String>::new(), HashSet::<String>::new());
    for group in draft.groups.iter_mut().filter(|group| group.term == Some(bt::BG_3)) {
        let number = group.text(bt::BT_25).unwrap_or_default().trim().to_owned();
        let own = all.get(&*number).map(Vec::as_slice).unwrap_or_default();
        if !stated {
            own.iter().for_each(|one| filler.read(one.at, 1, 1..=2));
        }
        let first = group.first(bt::BT_26).cloned();
        let dated = || own.iter().filter_map(|one| Some((one, one.day.clone()?, one.day_at?)));
        if let (None, true, Some((_, day, at))) = (&first, of_lines, dated().next()) {
            let place = filler.place(at, 1, 2);
            for (one, _, at) in dated() {
                filler.read(one.at, 1, 1..=2);
                filler.read(at, 1, 1..=3);
            }
            filler.derive(bt::BT_26, place.clone(), Why::OfLines);
            group.said.push(Said::new(bt::BT_26, day, place));
        }
        let header = first.map(|said| (said.text, said.place));
        let lines = dated().map(|(_, day, at)| (day, filler.place(at, 1, 2)));
        for (day, place) in header.into_iter().chain(lines).collect::<Vec<_>>() {
            let read = days.entry(number.clone()).or_insert_with(|| day.clone());
            if *read != day && told.insert(number.clone()) {
                filler.doubts.push(Doubt::twice(bt::BT_26, &**read, day, place));
            }
        }
    }
}

/// The invoices that a line names.
fn named(filler: &Filler<'_>, line: u32) -> Vec<Named> {
    let groups = filler.groups;
    let references = groups.children(line).filter(|n| groups.tag(groups.trigger(*n)) == tag("RFF"));
    let named = references.filter_map(|node| {
        let at = groups.trigger(node);
        let rff = groups.segment(at).filter(|rff| matches!(&*rff.text(1, 1), "IV" | "OI"))?;
        let number = rff.text(1, 2).trim().to_owned();
        let day = filler.segments(node, tag("DTM")).find(|(_, dtm)| matches!(&*dtm.text(1, 1), "171" | "384"));
        let said = day.as_ref().and_then(|(_, dtm)| date::one(&dtm.text(1, 2), &dtm.text(1, 3)));
        let said = said.filter(|day| !day.is_empty());
        (!number.is_empty()).then_some(Named { number, day: said, at, day_at: day.map(|(at, _)| at) })
    });
    named.collect()
}
