//! Credit notes with negative amounts, where a partner writes them so: EN 16931 has them positive.

use crate::invoice::{Draft, Kind, Said, bt, is_credit};

/// Turns every amount and quantity of a credit note round; prices, base quantities and percentages are never negative.
pub(super) fn positive(draft: &mut Draft) {
    if is_credit(None, draft.text(bt::BT_3)) {
        turn(draft);
    }
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
