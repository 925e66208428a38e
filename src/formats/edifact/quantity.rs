//! A line's quantity said in two units (QTY+47 in pieces and by weight): EN 16931 has one, that by which the price counts.

use crate::decimal::{self, Decimal};
use crate::edifact::plain;
use crate::invoice::{Draft, Place, Said, bt};

use super::Why;
use super::fill::Filler;
use super::line::{balance, number, own, said};
use super::structure::tag;

/// An invoiced quantity of a line, and its segment.
struct Quantity {
    at: u32,
    number: Decimal,
    unit: String,
}

/// Of invoiced quantities in different units, the one whose unit is that of the price; else the one that gives the net amount of the line. Where neither
/// decides, or they decide otherwise, the message contradicts itself.
pub(super) fn one(filler: &mut Filler<'_>, node: u32, line: &mut Draft) {
    if line.all(bt::BT_129).nth(1).is_none() && line.all(bt::BT_130).nth(1).is_none() {
        return;
    }
    let found = filler.segments(node, tag("QTY")).filter(|(_, qty)| &*qty.text(1, 1) == "47");
    let found: Option<Vec<Quantity>> = found
        .map(|(at, qty)| {
            let number = decimal::parse(&plain(qty.text(1, 2).trim()).ok()?).ok()?;
            let written = qty.text(1, 3).trim().to_owned();
            let unit = super::unit::of(&written).map_or(written, str::to_owned);
            Some(Quantity { at, number, unit })
        })
        .collect();
    let Some(found) = found.filter(|found| found.len() == 2 && found[0].unit != found[1].unit) else { return };
    let unit = said(line, bt::BG_29, bt::BT_150).map(|unit| unit.text.clone());
    let by_unit = only(&found, |one| unit.as_deref() == Some(&*one.unit));
    let by_amount = only(&found, |one| gives(line, one.number));
    let chosen = match (by_unit, by_amount) {
        (Some(by_unit), Some(by_amount)) if by_unit.at != by_amount.at => return,
        (by_unit, by_amount) => by_unit.or(by_amount),
    };
    let Some((chosen, other)) = chosen.and_then(|c| Some((c, found.iter().find(|one| one.at != c.at)?))) else {
        return;
    };
    let is_of = |said: &Said, at: u32| matches!(said.place, Some(Place::Edifact { segment, .. }) if segment == at + 1);
    let place = filler.place(chosen.at, 1, 2);
    line.said.retain(|said| said.term != bt::BT_129 && !(said.term == bt::BT_130 && is_of(said, other.at)));
    line.said.push(Said::new(bt::BT_129, chosen.number.to_string(), place.clone()));
    let other_said = format!("{} {}", other.number, other.unit);
    filler.derive(bt::BT_129, place, Why::Quantity { other: other_said.trim().to_owned() });
    filler.lose(&filler.place(other.at, 1, 2));
    filler.lose(&filler.place(other.at, 1, 3));
}

fn only(found: &[Quantity], is: impl Fn(&&Quantity) -> bool) -> Option<&Quantity> {
    let mut all = found.iter().filter(is);
    all.next().filter(|_| all.next().is_none())
}

/// Is quantity × price the net amount, or that with the allowances and charges of the line?
fn gives(line: &Draft, quantity: Decimal) -> bool {
    let price = number(line, bt::BG_29, bt::BT_146).or_else(|| number(line, bt::BG_29, bt::BT_148));
    let (Some(price), Some(amount)) = (price, own(line, bt::BT_131)) else { return false };
    let base = number(line, bt::BG_29, bt::BT_149).filter(|base| !base.is_zero()).unwrap_or(Decimal::ONE);
    let whole = decimal::mul(quantity, price).and_then(|whole| whole.checked_div(base));
    let Some(reached) = whole.and_then(|whole| decimal::round_half_up(whole, 2)) else { return false };
    reached == amount || balance(line).and_then(|balance| decimal::add(reached, balance)) == Some(amount)
}
