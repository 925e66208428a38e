//! One party under two qualifiers (NAD+BY and IV, NAD+SU and SE): often one of them stands in full, the other by its identifier alone. They complete each
//! other where something proves that they are one, and nothing that they are two.

use crate::formats::same;
use crate::invoice::{Draft, Place, Term, bt};

use super::Why;
use super::fill::Filler;
use super::party::{Company, unstructured};

/// Groups of terms, and under which other qualifier the same party may stand.
const TWICE: [(Term, [&str; 2]); 2] = [(bt::BG_4, ["SE", "SU"]), (bt::BG_7, ["IV", "BY"])];

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
        if !own.is_the_same(&company) {
            continue;
        }
        let mut more = Draft { groups: vec![filler.group_of(group, node)], ..Draft::default() };
        unstructured(filler, &mut more);
        filler.take(filler.groups.trigger(node));
        let Some(more) = more.groups.pop() else { continue };
        let done = same::complete(&mut draft.groups[at], more);
        for (term, place) in done.taken {
            filler.derive(term, place, Why::SameParty { by: format!("NAD+{other}") });
        }
        done.left.iter().for_each(|place| filler.lose(place));
    }
}
