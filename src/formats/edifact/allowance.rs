//! Reasons of allowances and charges. EN 16931 has codes of UNTDID 5189 for allowances and of 7161 for charges; INVOIC writes 7161 for both.

use crate::decimal;
use crate::edifact::plain;
use crate::invoice::{Draft, Said, Term, bt};
use crate::text::Text;

use super::fill::Filler;
use super::line::{self, value};
use super::structure::tag;
use super::{Remark, Why};

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

/// The VAT that allowances and charges of a line state: EN 16931 has that of the line alone. The same again says no more; another is in doubt.
pub(super) fn rates(filler: &mut Filler<'_>, node: u32, line: &Draft) {
    let groups = filler.groups;
    let Some(category) = line::said(line, bt::BG_30, bt::BT_151).map(|said| said.text.trim().to_owned()) else {
        return;
    };
    let of_line = line::said(line, bt::BG_30, bt::BT_152).and_then(value);
    for alc in groups.children(node).filter(|child| groups.tag(groups.trigger(*child)) == tag("ALC")) {
        let all: Vec<_> = filler.segments(alc, tag("TAX")).collect();
        for (at, tax) in all {
            if &*tax.text(1, 1) != "7" || !matches!(tax.text(2, 1).trim(), "VAT" | "") {
                continue;
            }
            let (own, rate) = (tax.text(6, 1).trim().to_owned(), tax.text(5, 4).trim().to_owned());
            let number = plain(&rate).ok().and_then(|rate| decimal::parse(&rate).ok());
            if (own.is_empty() || own == category) && (rate.is_empty() || number == of_line) {
                filler.read(at, 2, 1..=7);
                filler.read(at, 5, 1..=7);
                filler.read(at, 6, 1..=1);
                continue;
            }
            let said = format!("{own} {rate}").trim().to_owned();
            filler.remarks.push(Remark {
                open: false,
                terms: vec![bt::BT_151, bt::BT_152],
                place: filler.place(at, 0, 0),
                what: Text::new(
                    format!("une remise ou des frais de la ligne disent une autre TVA ({said}) que la ligne ; celle de la ligne est lue pour le tout"),
                    format!("an allowance or charge of the line states another VAT ({said}) than the line; that of the line is read for the whole"),
                ),
                fix: Text::new(
                    "Demander à l’émetteur quelle TVA vaut : une ligne n’en a qu’une dans EN 16931, d’autres frais vont sur une ligne à eux ou dans l’en-tête.",
                    "Ask the sender which VAT holds: a line has one in EN 16931, other charges go on a line of their own or into the header.",
                ),
            });
        }
    }
}
