//! One party under two qualifiers (NAD+BY and IV, NAD+SU and SE): often one of them stands in full, the other by its identifier alone. They complete each
//! other where something proves that they are one, and nothing that they are two. Two places of one company share what is of the company alone.

use crate::formats::same;
use crate::invoice::{Draft, Place, Term, bt};

use super::Why;
use super::fill::Filler;
use super::party::{Company, Kin, unstructured};

/// Groups of terms, and under which other qualifier the same party may stand.
const TWICE: [(Term, [&str; 2]); 2] = [(bt::BG_4, ["SE", "SU"]), (bt::BG_7, ["IV", "BY"])];

/// What is of a company, wherever it is: its registrations for law and tax.
const OF_COMPANY: [Term; 5] = [bt::BT_30, bt::BT_31, bt::BT_32, bt::BT_47, bt::BT_48];

/// Fills in what the seller or buyer that was read does not say, and the same party under its other qualifier does (D96A and D01B).
pub(super) fn complete(filler: &mut Filler<'_>, draft: &mut Draft) {
    for (group, [read, other]) in TWICE {
        let (Some((own_node, own)), Some((node, company))) =
            (Company::called(filler, read), Company::called(filler, other))
        else {
            continue;
        };
        let own_at = filler.groups.trigger(own_node) + 1;
        let is_own = |g: &Draft| matches!(g.place, Some(Place::Edifact { segment, .. }) if segment == own_at);
        let Some(at) = draft.groups.iter().position(|g| g.term == Some(group) && is_own(g)) else { continue };
        let kin = own.kin(&company);
        if kin == Kin::None {
            continue;
        }
        let before = filler.memory(node);
        let mut more = Draft { groups: vec![filler.group_of(group, node)], ..Draft::default() };
        if kin == Kin::Same {
            unstructured(filler, &mut more);
            filler.take(filler.groups.trigger(node));
        }
        let Some(mut more) = more.groups.pop() else { continue };
        if kin == Kin::Company {
            more.said.retain(|said| OF_COMPANY.contains(&said.term));
            more.groups.clear();
        }
        let said: Vec<Option<Place>> = more.said.iter().map(|said| said.place.clone()).collect();
        let done = same::complete(&mut draft.groups[at], more);
        if kin == Kin::Company {
            // What is of another place is not read.
            let kept = said.iter().filter(|place| !done.left.contains(place));
            let kept = kept.filter_map(|place| match place {
                Some(Place::Edifact { segment, .. }) => segment.checked_sub(1),
                _ => None,
            });
            filler.forget(before, &kept.collect::<Vec<u32>>());
        }
        for (term, place) in done.taken {
            let by = format!("NAD+{other}");
            let why = if kin == Kin::Same { Why::SameParty { by } } else { Why::SameCompany { by } };
            filler.derive(term, place, why);
        }
        done.left.iter().for_each(|place| filler.lose(place));
    }
}
