//! Credit notes with negative amounts, where a partner writes them so: EN 16931 has them positive.

use crate::decimal::Decimal;
use crate::invoice::{Draft, Kind, Place, Said, bt, is_credit};

use super::Why;
use super::fill::Filler;
use super::line::value;

/// Turns every amount and quantity of a credit note of a negative total round; prices, base quantities and percentages are never negative. One that
/// is positive already says what EN 16931 says, whatever its sender does at other times.
pub(super) fn positive(filler: &mut Filler<'_>, draft: &mut Draft) {
    let place = negative(draft).and_then(|(_, place)| place);
    turn(draft);
    for line in &mut filler.unbalanced {
        (line.amount, line.reached, line.balance) = (-line.amount, -line.reached, -line.balance);
    }
    filler.derive(bt::BG_22, place, Why::Turned);
}

/// Of a credit note that is to be turned: a quantity counts as the net amount of its line does, since many who write amounts negative write quantities
/// without a sign. So a positive one beside a negative amount stays positive when both are turned.
pub(super) fn aligned(line: &mut Draft) {
    let Some(amount) = line.first(bt::BT_131).and_then(value).filter(|amount| !amount.is_zero()) else { return };
    // Some write the sign in the price: EN 16931 has it in the quantity.
    let counted = line.first(bt::BT_129).and_then(value).is_some_and(|quantity| quantity > Decimal::ZERO);
    if counted && amount < Decimal::ZERO {
        let prices = line.groups.iter_mut().flat_map(|group| &mut group.said);
        prices
            .filter(|said| [bt::BT_146, bt::BT_147, bt::BT_148].contains(&said.term))
            .filter(|said| value(said).is_some_and(|price| price < Decimal::ZERO))
            .for_each(turned);
    }
    let quantity = line.said.iter_mut().find(|said| said.term == bt::BT_129);
    if let Some(quantity) =
        quantity.filter(|said| value(said).is_some_and(|q| q.is_sign_negative() != amount.is_sign_negative()))
    {
        turned(quantity);
    }
}

/// What a credit note says is due, where that is negative: a credit note of a debt, or of a partner who writes them so. A total of nothing says neither.
pub(super) fn negative(draft: &Draft) -> Option<(String, Option<Place>)> {
    let totals = draft.groups(bt::BG_22).next().filter(|_| is_credit(None, draft.text(bt::BT_3)))?;
    let totals = [bt::BT_112, bt::BT_115, bt::BT_109, bt::BT_106].into_iter().filter_map(|term| totals.first(term));
    let (due, amount) = totals.filter_map(|said| Some((said, value(said)?))).find(|(_, amount)| !amount.is_zero())?;
    (amount < Decimal::ZERO).then(|| (due.text.clone(), due.place.clone()))
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
