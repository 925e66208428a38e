//! Preceding invoices (BG-3) that lines name: a credit note or a corrected invoice often says with each line which invoice it is about (RFF+IV), and nothing
//! in its header.

use crate::invoice::{Draft, Place, Said, bt, is_credit};

use super::Why;
use super::date;
use super::fill::Filler;
use super::groups::MESSAGE;
use super::structure::{Directory, tag};

/// An invoice that a line names, its day, and where they stand.
struct Named {
    number: String,
    day: Option<String>,
    at: u32,
    day_at: Option<u32>,
}

/// The header says of which day an invoice is that it names without one, where lines do; where it names none and each line does, theirs are those of the
/// document. Nothing is concluded where lines give one invoice two days.
pub(super) fn finish(filler: &mut Filler<'_>, draft: &mut Draft) {
    let kind = draft.text(bt::BT_3).unwrap_or_default();
    let corrects = is_credit(None, Some(kind)) || matches!(kind, "384" | "471" | "472" | "473");
    let undated = |group: &Draft| group.text(bt::BT_26).is_none();
    let stated = draft.groups(bt::BG_3).next().is_some();
    if !corrects || filler.directory == Directory::D16B || stated && !draft.groups(bt::BG_3).any(undated) {
        return;
    }
    let groups = filler.groups;
    let lines = groups.children(MESSAGE).filter(|n| groups.tag(groups.trigger(*n)) == tag("LIN"));
    let by_line: Vec<Vec<Named>> = lines.map(|line| named(filler, line)).collect();
    let every = !by_line.is_empty() && by_line.iter().all(|named| !named.is_empty());
    let all: Vec<Named> = by_line.into_iter().flatten().collect();
    let day = |number: &str| {
        let mut days = all.iter().filter(|one| one.number == number).filter_map(|one| one.day.as_deref());
        let first = days.next()?;
        days.all(|day| day == first).then(|| first.to_owned())
    };
    if !stated && every {
        let mut known: Vec<&str> = Vec::new();
        for one in &all {
            if !known.contains(&&*one.number) {
                known.push(&one.number);
                let place = filler.place(one.at, 1, 2);
                let mut group = Draft::group(bt::BG_3, place.clone());
                group.said.push(Said::new(bt::BT_25, one.number.clone(), place.clone()));
                draft.groups.push(group);
                filler.derive(bt::BT_25, place, Why::OfLines);
            }
        }
    }
    for group in draft.groups.iter_mut().filter(|group| group.term == Some(bt::BG_3)) {
        let number = group.text(bt::BT_25).unwrap_or_default().to_owned();
        let own: Vec<&Named> = all.iter().filter(|one| one.number == number).collect();
        if !stated {
            own.iter().for_each(|one| filler.read(one.at, 1, 1..=2));
        }
        let Some(day) = Some(&*group).filter(|group| undated(group)).and_then(|_| day(&number)) else { continue };
        let place: Option<Place> = own.iter().find_map(|one| filler.place(one.day_at?, 1, 2));
        for one in own {
            filler.read(one.at, 1, 1..=2);
            one.day_at.into_iter().for_each(|at| filler.read(at, 1, 1..=3));
        }
        filler.derive(bt::BT_26, place.clone(), Why::OfLines);
        group.said.push(Said::new(bt::BT_26, day, place));
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
        let said = day.map(|(_, dtm)| date::read(&dtm.text(1, 2), &dtm.text(1, 3), false));
        let said = said.filter(|day| !day.is_empty());
        (!number.is_empty()).then_some(Named { number, day: said, at, day_at: day.map(|(at, _)| at) })
    });
    named.collect()
}
