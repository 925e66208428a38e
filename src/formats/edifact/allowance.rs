//! Reasons of allowances and charges. EN 16931 has codes of UNTDID 5189 for allowances and of 7161 for charges; INVOIC writes 7161 for both.

use crate::invoice::{Draft, Said, Term, bt};

use super::Why;
use super::fill::Filler;
use super::structure::tag;

/// What codes of 7161 are as allowances of 5189, where that is sure.
const ALLOWANCES: [(&str, &str); 7] =
    [("DI", "95"), ("TD", "95"), ("QD", "95"), ("EAB", "95"), ("RAA", "100"), ("TZ", "103"), ("64E", "105")];

/// Is a code one of another list than UNTDID 7161, by who keeps it (3055)? None or 6 is the UN. 9 is GS1, whose list has the codes of the UN and codes of its own;
/// all others (86, 91, 92: sender, seller, buyer; GS1 of a country; a trade) have lists of which the same letters may mean anything.
fn is_foreign(code: &str, agency: &str) -> bool {
    const LIST: &str = include_str!("../../../schemas/codes/untdid-7161.txt");
    match agency.trim() {
        "" | "6" => false,
        "9" => LIST.lines().all(|known| known.trim() != code) && ALLOWANCES.iter().all(|(known, _)| *known != code),
        _ => true,
    }
}

/// A code of another list says nothing by the lists of EN 16931: it is the reason as text, where no text says it.
fn foreign_code(
    filler: &mut Filler<'_>,
    group: &mut Draft,
    (reason, code): (Term, Term),
    (at, written): (u32, String),
) {
    let place = filler.place(at, 5, 1);
    group.said.retain(|said| !(said.term == code && said.place == place));
    filler.read(at, 5, 1..=1);
    if group.first(reason).is_some() {
        return filler.lose(&place);
    }
    group.said.push(Said::new(reason, written.clone(), place.clone()));
    filler.derive(reason, place, Why::Code { written: written.clone(), code: written });
}

/// A code of 5189 as 7161 has it, where that is sure.
pub(super) fn special(code: &str) -> Option<&'static str> {
    ALLOWANCES.iter().find(|(_, new)| *new == code).map(|(old, _)| *old)
}

/// Completes the reason of an allowance or charge: a code of another list becomes one of the right list, or the text of the reason.
pub(super) fn reasons(filler: &mut Filler<'_>, group: &mut Draft) {
    let (reason, code, charge) = match group.term {
        Some(bt::BG_20) => (bt::BT_97, bt::BT_98, false),
        Some(bt::BG_27) => (bt::BT_139, bt::BT_140, false),
        Some(bt::BG_21) => (bt::BT_104, bt::BT_105, true),
        Some(bt::BG_28) => (bt::BT_144, bt::BT_145, true),
        _ => return,
    };
    let Some(crate::invoice::Place::Edifact { segment, .. }) = group.place else { return };
    let at = segment.saturating_sub(1);
    let Some(alc) = filler.groups.segment(at).filter(|alc| tag(alc.tag()) == tag("ALC")) else { return };
    let written = alc.text(5, 1).trim().to_owned();
    if !written.is_empty() && is_foreign(&written, &alc.text(5, 3)) {
        return foreign_code(filler, group, (reason, code), (at, written));
    }
    if charge || written.is_empty() || group.first(code).is_some() {
        return;
    }
    if group.first(reason).is_none() || ALLOWANCES.iter().any(|(old, _)| *old == written) {
        filler.read(at, 5, 1..=1);
    }
    let place = filler.place(at, 5, 1);
    let known = ALLOWANCES.iter().find(|(old, _)| *old == written).map(|(_, new)| *new);
    match known {
        Some(new) => {
            group.said.push(Said::new(code, new, place.clone()));
            filler.derive(code, place, Why::Code { written, code: new.to_owned() });
        }
        None if group.first(reason).is_none() => {
            group.said.push(Said::new(reason, written.clone(), place.clone()));
            filler.derive(reason, place, Why::Code { written: written.clone(), code: written });
        }
        None => {}
    }
}
