//! Credit notes with negative amounts, where a partner writes them so: EN 16931 has them positive.

use crate::decimal::Decimal;
use crate::invoice::{Draft, Kind, Place, Said, bt, is_credit};

use super::line::value;

/// Turns every amount and quantity of a credit note round; prices, base quantities and percentages are never negative.
pub(super) fn positive(draft: &mut Draft) {
    if is_credit(None, draft.text(bt::BT_3)) {
        turn(draft);
    }
}

/// What a credit note says is due, where that is negative: a credit note of a debt, or of a partner who writes them so.
pub(super) fn negative(draft: &Draft) -> Option<(String, Option<Place>)> {
    let totals = draft.groups(bt::BG_22).next().filter(|_| is_credit(None, draft.text(bt::BT_3)))?;
    let due = [bt::BT_112, bt::BT_115, bt::BT_109].into_iter().find_map(|term| totals.first(term))?;
    value(due).filter(|amount| *amount < Decimal::ZERO)?;
    Some((due.text.clone(), due.place.clone()))
}

fn turn(draft: &mut Draft) {
    for said in &mut draft.said {
        let counts = matches!(said.term.kind(), Kind::Amount | Kind::Quantity) && said.term != bt::BT_149;
        if counts {
            turned(said);
        }
    }
    draft.groups.iter_mut().for_each(turn);
}

fn turned(said: &mut Said) {
    let zero = said.text.bytes().all(|b| matches!(b, b'0' | b'.' | b','));
    said.text = match said.text.strip_prefix('-') {
        Some(positive) => positive.to_owned(),
        None if zero || said.text.is_empty() => return,
        None => format!("-{}", said.text),
    };
}
