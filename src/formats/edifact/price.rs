//! Prices of a line: gross and net on one base, and the allowances that a net price holds already.

use crate::decimal::{self, Decimal};
use crate::edifact::{Segment, plain};
use crate::invoice::{Draft, Place, Said, Term, bt};
use crate::text::Text;

use super::fill::Filler;
use super::line::{balance, number, own, said};
use super::structure::{Directory, tag};
use super::tax::Levy;
use super::{Remark, Why};

/// What prices have as digits behind the point at most (BR-FR-DEC-03).
const DIGITS: u32 = 6;

/// A net price that calls itself one for consumers (5387: SRP, RTP) is read as it is, and in doubt.
pub(super) fn retail(filler: &mut Filler<'_>, node: u32) {
    let is_retail = |pri: &Segment<'_>| {
        matches!(&*pri.text(1, 1), "AAA" | "INV") && matches!(pri.text(1, 4).trim(), "SRP" | "RTP" | "srp" | "rtp")
    };
    let found: Vec<_> = filler.segments(node, tag("PRI")).filter(|(_, pri)| is_retail(pri)).collect();
    for (at, pri) in found {
        let (place, said) = (filler.place(at, 1, 4), pri.text(1, 4).trim().to_uppercase());
        filler.lose(&place);
        let net = pri.text(1, 1).into_owned();
        filler.remarks.push(Remark {
            open: false,
            terms: vec![bt::BT_146],
            place,
            what: Text::new(
                format!("le prix net (PRI+{net}) se dit prix de vente au consommateur (5387 = {said}) ; il est lu comme prix net"),
                format!("the net price (PRI+{net}) calls itself a retail price (5387 = {said}); it is read as the net price"),
            ),
            fix: Text::new(
                "Demander à l’émetteur quel prix il facture, et PRI+AAA pour celui-là seul.",
                "Ask the sender which price is invoiced, and for PRI+AAA with that one alone.",
            ),
        });
    }
}

/// EN 16931 has one base (BT-149, BT-150) for both prices, that of the net one: a gross price on another base is scaled to it where that can be done
/// exactly, else it is left out and told. A gross price that is of the same quantity and unit says no more by them.
pub(super) fn bases(filler: &mut Filler<'_>, node: u32, line: &mut Draft) {
    let of = |code: &str| filler.segments(node, tag("PRI")).find(|(_, pri)| *pri.text(1, 1) == *code);
    let gross = of("AAB");
    let net = gross.and_then(|_| of("AAA").or_else(|| of("INV")));
    let pieces = gross.and_then(|_| line.text(bt::BT_130)).unwrap_or_default().to_owned();
    let Some(price) = line.groups.iter_mut().find(|group| group.term == Some(bt::BG_29)) else { return };
    if let (Some((_, net)), Some((at, gross))) = (net, gross) {
        filler.read(at, 1, 5..=6);
        // What stands with the gross price says nothing of the net one.
        let of_gross = |said: &Said| matches!(said.place, Some(Place::Edifact { segment, .. }) if segment == at + 1);
        price.said.retain(|said| !(matches!(said.term, bt::BT_149 | bt::BT_150) && of_gross(said)));
        if let Some(own) = price.said.iter().position(|said| said.term == bt::BT_148) {
            on_base(filler, price, own, (net, gross, &pieces));
        }
    }
    let zero = price.first(bt::BT_149).filter(|said| super::line::value(said).is_some_and(|base| base.is_zero()));
    filler.zero_bases.extend(zero.map(|said| said.place.clone()));
}

/// Puts the gross price (at `own`) on the base of the net one.
fn on_base(
    filler: &mut Filler<'_>,
    price: &mut Draft,
    own: usize,
    (net, gross, pieces): (Segment<'_>, Segment<'_>, &str),
) {
    let base = |pri: Segment<'_>| match pri.text(1, 5).trim() {
        "" => None,
        text => Some(plain(text).ok().and_then(|text| decimal::parse(&text).ok()).unwrap_or_default()),
    };
    let bases = match (base(net), base(gross)) {
        (None, None) => Some((Decimal::ONE, Decimal::ONE)),
        (None, Some(gross)) => Some((Decimal::ONE, gross)),
        (Some(net), Some(gross)) => Some((net, gross)),
        // The binding of EN 16931 says the base of both once. Elsewhere it may be one, or that of the net price.
        (Some(net), None) => (net == Decimal::ONE || filler.directory == Directory::D16B).then_some((net, net)),
    };
    let unit = |pri: Segment<'_>| match pri.text(1, 6).trim() {
        "" => pieces.to_owned(),
        unit => super::unit::of(unit).unwrap_or(unit).to_owned(),
    };
    let said = &mut price.said[own];
    let place = said.place.clone();
    let same = unit(net) == unit(gross);
    match bases.filter(|_| same).and_then(|(net, gross)| scaled(super::line::value(said)?, net, gross)) {
        Some(number) if super::line::value(said) == Some(number) => {}
        Some(number) => {
            said.text = number.to_string();
            filler.derive(bt::BT_148, place, Why::Scaled);
        }
        None => {
            price.said.remove(own);
            filler.lose(&place);
        }
    }
}

/// `price` of `from` units as a price of `to` units; none where that is no number of six digits behind the point.
fn scaled(price: Decimal, to: Decimal, from: Decimal) -> Option<Decimal> {
    if to == from && !to.is_zero() {
        return Some(price);
    }
    if to.is_zero() {
        return None;
    }
    let whole = decimal::mul(price, to)?;
    let number = whole.checked_div(from)?.normalize();
    (number.scale() <= DIGITS.max(price.scale()) && decimal::mul(number, from)? == whole).then_some(number)
}

/// Takes the allowances and charges of a line out of it that its price holds. One allowance is what lies between gross and net price (BT-147, BT-148),
/// where that can be said exactly; the rest is told with its amount and reason, and as not carried.
pub(super) fn holds(filler: &mut Filler<'_>, line: &mut Draft) {
    let is_alc = |group: &Draft| matches!(group.term, Some(bt::BG_27) | Some(bt::BG_28));
    let levies: Vec<Option<Levy>> =
        line.groups.iter().filter(|group| is_alc(group)).map(|group| Levy::of(filler, line, group)).collect();
    let off = discount(line).filter(|_| levies.iter().all(Option::is_none));
    let carried = off.is_some_and(|off| match number(line, bt::BG_29, bt::BT_147) {
        Some(known) => known == off,
        None => levies.len() == 1 && said(line, bt::BG_29, bt::BT_148).is_none() && priced(filler, line, off),
    });
    let (held, rest) = std::mem::take(&mut line.groups).into_iter().partition::<Vec<Draft>, _>(is_alc);
    line.groups = rest;
    for (group, levy) in held.into_iter().zip(levies) {
        if let Some(levy) = levy {
            filler.levies.push(levy);
            continue;
        }
        let charge = group.term == Some(bt::BG_28);
        let (amount, reasons) = match charge {
            true => (bt::BT_141, [bt::BT_144, bt::BT_145]),
            false => (bt::BT_136, [bt::BT_139, bt::BT_140]),
        };
        let reason: Vec<&str> = reasons.iter().filter_map(|term| group.text(*term)).collect();
        let why = Why::InPrice {
            charge,
            amount: group.text(amount).unwrap_or_default().to_owned(),
            reason: reason.join(", "),
        };
        filler.derive(group.term.unwrap_or(bt::BG_27), group.place.clone(), why);
        if carried {
            group.said.iter().filter(|said| said.term != amount).for_each(|said| filler.lose(&said.place));
        } else {
            filler.lose(&group.place);
        }
    }
}

/// What the allowances less charges of a line take off the price: of its base quantity, exactly.
fn discount(line: &Draft) -> Option<Decimal> {
    let base = number(line, bt::BG_29, bt::BT_149).unwrap_or(Decimal::ONE);
    scaled(-balance(line)?, base, own(line, bt::BT_129)?).filter(|off| *off > Decimal::ZERO)
}

/// States the discount and the gross price.
fn priced(filler: &mut Filler<'_>, line: &mut Draft, off: Decimal) -> bool {
    let Some(gross) = number(line, bt::BG_29, bt::BT_146).and_then(|net| decimal::add(net, off)) else { return false };
    let amount = line.groups(bt::BG_27).find_map(|group| group.first(bt::BT_136));
    let place = amount.and_then(|said| said.place.clone());
    let Some(price) = line.groups.iter_mut().find(|group| group.term == Some(bt::BG_29)) else { return false };
    let terms: [(Term, Decimal); 2] = [(bt::BT_147, off), (bt::BT_148, gross)];
    for (term, number) in terms {
        price.said.push(Said::new(term, number.normalize().to_string(), place.clone()));
        filler.derive(term, place.clone(), Why::Computed);
    }
    true
}
