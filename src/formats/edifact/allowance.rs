//! Reasons of allowances and charges. EN 16931 has codes of UNTDID 5189 for allowances and of 7161 for charges; INVOIC writes 7161 for both.

use crate::invoice::{Draft, Said, bt};

use super::Why;
use super::fill::Filler;
use super::structure::tag;

/// What codes of 7161 are as allowances of 5189, where that is sure.
const ALLOWANCES: [(&str, &str); 7] =
    [("DI", "95"), ("TD", "95"), ("QD", "95"), ("EAB", "95"), ("RAA", "100"), ("TZ", "103"), ("64E", "105")];

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
