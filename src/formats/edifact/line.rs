//! A line, beyond what the binding says: its VAT, allowances that its price already holds, prices, names over several segments.

use crate::decimal::{self, Decimal};
use crate::edifact::plain;
use crate::invoice::{Draft, Place, Said, Term, bt};
use crate::text::Text;

use super::fill::Filler;
use super::groups::MESSAGE;
use super::structure::{Directory, tag};
use super::tax::Levy;
use super::{Remark, Unbalanced, Why, allowance, cascade, credit, held, price, quantity, tax};

pub(super) fn finish(filler: &mut Filler<'_>, node: u32, line: &mut Draft) {
    names(line);
    if filler.is_cut_line(node) {
        return;
    }
    for group in &mut line.groups {
        allowance::reasons(filler, group);
    }
    if filler.turning {
        credit::aligned(line);
    }
    price::bases(filler, node, line);
    quantity::one(filler, node, line);
    if filler.directory == Directory::D16B {
        held::of_line(filler, node, line);
        return;
    }
    tax::of_line(filler, node, line);
    allowance::rates(filler, node, line);
    returned(filler, node, line);
    percentages(filler, line);
    price::retail(filler, node);
    net_price(filler, node, line);
    discount(filler, line);
    in_price(filler, line);
    held::of_line(filler, node, line);
}

/// A line without an invoiced quantity is one of goods that came back (QTY+61), counted as the net amount is: a negative amount has a negative quantity; or of
/// goods that are free (QTY+192), for nothing.
fn returned(filler: &mut Filler<'_>, node: u32, line: &mut Draft) {
    if line.first(bt::BT_129).is_some() {
        return;
    }
    let for_nothing = own(line, bt::BT_131).is_some_and(|amount| amount.is_zero());
    let of = |code: &str| filler.segments(node, tag("QTY")).find(|(_, qty)| &*qty.text(1, 1) == code);
    let found = of("61").map(|found| (found, Why::Returned));
    let found = found.or_else(|| of("192").filter(|_| for_nothing).map(|found| (found, Why::Free)));
    let Some(((at, qty), why)) = found else { return };
    let Some(quantity) = plain(qty.text(1, 2).trim()).ok().and_then(|text| decimal::parse(&text).ok()) else { return };
    let negative = own(line, bt::BT_131).is_some_and(|amount| amount.is_sign_negative() && !amount.is_zero());
    let quantity = if negative != quantity.is_sign_negative() { -quantity } else { quantity };
    filler.read(at, 1, 1..=2);
    let place = filler.place(at, 1, 2);
    line.said.push(Said::new(bt::BT_129, quantity.to_string(), place.clone()));
    filler.derive(bt::BT_129, place, why);
    if line.first(bt::BT_130).is_none()
        && let Some(unit) = filler.unit(bt::BT_130, qty, at, 1, 3)
    {
        line.said.push(unit);
    }
}

/// Amounts of allowances and charges of which the percentage alone is written. Their base is quantity × gross price; or × net price, where that gives
/// the net amount of the line.
fn percentages(filler: &mut Filler<'_>, line: &mut Draft) {
    if !cascade::wants_amounts(line) {
        return;
    }
    let Some(amount) = own(line, bt::BT_131) else { return };
    let net = number(line, bt::BG_29, bt::BT_146).and_then(|price| product(line, price));
    let gross = number(line, bt::BG_29, bt::BT_148).and_then(|price| product(line, price));
    let groups = filler.groups;
    let gives = |base: Decimal| {
        let mut tried = line.clone();
        cascade::amounts(groups, &mut tried, base);
        balance(&tried).and_then(|balance| decimal::add(base, balance)) == Some(amount)
    };
    let Some(base) = [net, gross].into_iter().flatten().find(|base| gives(*base)).or(gross).or(net) else { return };
    for (term, place) in cascade::amounts(groups, line, base) {
        filler.derive(term, place, Why::Percentage);
    }
}

/// One name; what further segments call it is its description.
fn names(line: &mut Draft) {
    let Some(item) = line.groups.iter_mut().find(|group| group.term == Some(bt::BG_31)) else { return };
    if item.all(bt::BT_153).nth(1).is_none() && item.first(bt::BT_154).is_none() {
        return;
    }
    let names: Vec<Said> = item.all(bt::BT_153).cloned().collect();
    if names.len() < 2 && item.first(bt::BT_154).is_none_or(|d| names.iter().all(|name| name.text != d.text)) {
        return;
    }
    let mut further: Vec<Said> = names.iter().skip(1).cloned().collect();
    further.extend(item.all(bt::BT_154).filter(|d| names.iter().all(|name| name.text != d.text)).cloned());
    item.said.retain(|said| said.term != bt::BT_153 && said.term != bt::BT_154);
    item.said.extend(names.into_iter().next());
    if let Some(first) = further.first() {
        let text: Vec<&str> = further.iter().map(|said| said.text.as_str()).collect();
        item.said.push(Said::new(bt::BT_154, text.join(" "), first.place.clone()));
    }
}

/// A price that is written as gross alone is the net price where the guide says so (5387 = NTP), or where quantity and price give the net amount.
fn net_price(filler: &mut Filler<'_>, node: u32, line: &mut Draft) {
    let Some(gross) = said(line, bt::BG_29, bt::BT_148).cloned() else { return };
    if number(line, bt::BG_29, bt::BT_146).is_some() {
        return;
    }
    let says_net = filler.segments(node, tag("PRI")).any(|(_, pri)| &*pri.text(1, 4) == "NTP");
    let (Some(price), Some(amount)) = (value(&gross), own(line, bt::BT_131)) else { return };
    let charges: Option<Decimal> = balance(line);
    let reached = product(line, price);
    let agrees =
        |with: Option<Decimal>| with.is_some_and(|with| reached.and_then(|r| decimal::add(r, with)) == Some(amount));
    // The gross price of a line without discount is its net price; allowances of the line come on top.
    if says_net || agrees(Some(Decimal::ZERO)) || agrees(charges) {
        let price = Said { term: bt::BT_146, ..gross.clone() };
        filler.derive(bt::BT_146, gross.place.clone(), Why::Computed);
        if let Some(group) = line.groups.iter_mut().find(|group| group.term == Some(bt::BG_29)) {
            group.said.retain(|said| said.term != bt::BT_148);
            group.said.push(price);
        }
    }
}

/// BT-147 is what lies between gross and net price.
fn discount(filler: &mut Filler<'_>, line: &mut Draft) {
    let Some(gross) = number(line, bt::BG_29, bt::BT_148) else { return };
    let Some(net) = number(line, bt::BG_29, bt::BT_146) else { return };
    let place = said(line, bt::BG_29, bt::BT_148).and_then(|said| said.place.clone());
    if gross < net {
        filler.remarks.push(Remark {
            open: false,
            terms: vec![bt::BT_148, bt::BT_146],
            place,
            what: Text::new(
                format!("le prix brut ({gross}) est inférieur au prix net ({net}) : une remise ne peut l’expliquer"),
                format!("the gross price ({gross}) is lower than the net one ({net}): no discount explains that"),
            ),
            fix: Text::new(
                "Demander à l’émetteur quel prix vaut (PRI+AAA net, PRI+AAB brut).",
                "Ask the sender which price holds (PRI+AAA net, PRI+AAB gross).",
            ),
        });
        return;
    }
    let Some(discount) = decimal::sub(gross, net).filter(|d| *d > Decimal::ZERO) else { return };
    if let Some(group) = line.groups.iter_mut().find(|group| group.term == Some(bt::BG_29))
        && group.first(bt::BT_147).is_none()
    {
        group.said.push(Said::new(bt::BT_147, discount.normalize().to_string(), place.clone()));
        filler.derive(bt::BT_147, place, Why::Computed);
    }
}

/// Allowances and charges of a line whose net amount is quantity × price are in its price: they explain it and are not taken off again. Where they
/// make the difference they are real. Where neither holds they stay, and rules say what does not add up.
fn in_price(filler: &mut Filler<'_>, line: &mut Draft) {
    let is_alc = |group: &Draft| matches!(group.term, Some(bt::BG_27) | Some(bt::BG_28));
    if !line.groups.iter().any(is_alc) {
        return plainly(filler, line);
    }
    let (Some(price), Some(amount)) = (number(line, bt::BG_29, bt::BT_146), own(line, bt::BT_131)) else { return };
    let reached = product(line, price);
    if beside(filler, line, reached, amount) {
        return;
    }
    if reached == Some(amount) && balance(line).is_some_and(|balance| !balance.is_zero()) {
        price::holds(filler, line);
    } else if let (Some(reached), Some(balance)) = (reached, balance(line))
        && decimal::add(reached, balance) != Some(amount)
    {
        let place = line.first(bt::BT_131).and_then(|said| said.place.clone());
        filler.unbalanced.push(Unbalanced { place, amount, reached, balance });
    }
}

/// Taxes of a line that are no VAT, where the allowances of the line give its amount without them: they are not in it.
fn beside(filler: &mut Filler<'_>, line: &mut Draft, reached: Option<Decimal>, amount: Decimal) -> bool {
    let gives = |line: &Draft| reached.and_then(|r| decimal::add(r, balance(line)?)) == Some(amount);
    let levies: Vec<Levy> = line.groups.iter().filter_map(|group| Levy::of(filler, line, group)).collect();
    if levies.is_empty() || gives(line) || reached == Some(amount) {
        return false;
    }
    let mut without = line.clone();
    without.groups.retain(|group| Levy::of(filler, line, group).is_none());
    if !gives(&without) {
        return false;
    }
    *line = without;
    filler.levies.extend(levies);
    true
}

/// A line without allowances and charges, whose amount is quantity × price as nearly as the price is written.
fn plainly(filler: &mut Filler<'_>, line: &Draft) {
    let (Some(price), Some(amount)) = (number(line, bt::BG_29, bt::BT_146), own(line, bt::BT_131)) else { return };
    let Some(reached) = product(line, price).filter(|reached| *reached != amount) else { return };
    // Half of the last digit of the price (of a cent, where it has fewer), for each piece; and a cent of the amount.
    let digit = Decimal::new(5, price.scale().clamp(2, 19) + 1);
    let slack = product(line, digit).and_then(|slack| decimal::add(slack.abs(), Decimal::new(1, 2)));
    let apart = decimal::sub(amount, reached).map(|apart| apart.abs());
    if apart.zip(slack).is_some_and(|(apart, slack)| apart > slack) {
        let place = line.first(bt::BT_131).and_then(|said| said.place.clone());
        filler.unbalanced.push(Unbalanced { place, amount, reached, balance: Decimal::ZERO });
    }
}

/// Quantity × price ÷ base quantity, in cents.
fn product(line: &Draft, price: Decimal) -> Option<Decimal> {
    let base = number(line, bt::BG_29, bt::BT_149).filter(|base| !base.is_zero()).unwrap_or(Decimal::ONE);
    let whole = decimal::mul(own(line, bt::BT_129)?, price)?;
    let whole = if base == Decimal::ONE { whole } else { whole.checked_div(base)? };
    decimal::round_half_up(whole, 2)
}

/// Charges less allowances; none where one of them has no amount.
pub(super) fn balance(line: &Draft) -> Option<Decimal> {
    let mut balance = Decimal::ZERO;
    for group in &line.groups {
        let (term, sign) = match group.term {
            Some(bt::BG_27) => (bt::BT_136, -Decimal::ONE),
            Some(bt::BG_28) => (bt::BT_141, Decimal::ONE),
            _ => continue,
        };
        balance = decimal::add(balance, sign.checked_mul(value(group.first(term)?)?)?)?;
    }
    Some(balance)
}

pub(super) fn value(said: &Said) -> Option<Decimal> {
    let text = said.text.trim();
    let digit = |b: Option<&u8>| b.is_some_and(u8::is_ascii_digit);
    let digits = text.strip_prefix('-').unwrap_or(text).as_bytes();
    match decimal::short(text).filter(|_| digit(digits.first()) && digit(digits.last())) {
        None => decimal::parse(&plain(text).ok()?).ok(),
        short => short,
    }
}

pub(super) fn own(line: &Draft, term: Term) -> Option<Decimal> {
    line.first(term).and_then(value)
}

pub(super) fn said(line: &Draft, group: Term, term: Term) -> Option<&Said> {
    line.groups(group).find_map(|group| group.first(term))
}

pub(super) fn number(line: &Draft, group: Term, term: Term) -> Option<Decimal> {
    said(line, group, term).and_then(value)
}

/// The order that all lines name, where the header names none; lines of other orders name their own (EXT-FR-FE-135).
pub(super) fn order(filler: &mut Filler<'_>, draft: &mut Draft) {
    if draft.first(bt::BT_13).is_none() && !filler.cut {
        of_all_lines(filler, draft);
    }
    let order = draft.text(bt::BT_13).map(|order| order.trim().to_owned());
    for line in draft.groups.iter_mut().filter(|group| group.term == Some(bt::BG_25)) {
        of_line(filler, order.as_deref(), line);
    }
}

/// A line is of one order: that of the invoice, which is not said again, else the first that it names. What it says of further ones is told as left.
fn of_line(filler: &mut Filler<'_>, order: Option<&str>, line: &mut Draft) {
    let segment = |said: &Said| match said.place {
        Some(Place::Edifact { segment, .. }) => segment,
        _ => 0,
    };
    let is_own = |said: &&Said| Some(said.text.trim()) == order;
    let named: Vec<&Said> = line.all(bt::EXT_FR_FE_135).collect();
    let own = named.iter().copied().find(is_own);
    let Some(kept) = own.or(named.first().copied()).map(segment) else { return };
    let (own, others) = (own.is_some(), named.into_iter().map(segment).filter(|at| *at != kept).collect::<Vec<_>>());
    line.said.retain(|said| {
        let is_other = matches!(said.term, bt::EXT_FR_FE_135 | bt::BT_132) && others.contains(&segment(said));
        if is_other {
            filler.lose(&said.place);
        }
        !is_other && (said.term != bt::EXT_FR_FE_135 || !own)
    });
}

fn of_all_lines(filler: &mut Filler<'_>, draft: &mut Draft) {
    let groups = filler.groups;
    let lines: Vec<u32> = groups.children(MESSAGE).filter(|n| groups.tag(groups.trigger(*n)) == tag("LIN")).collect();
    let mut first: Option<(u32, String)> = None;
    for line in &lines {
        let own = filler.segments(*line, tag("RFF")).find(|(_, rff)| &*rff.text(1, 1) == "ON");
        let Some((at, order)) = own.map(|(at, rff)| (at, rff.text(1, 2).trim().to_owned())) else { return };
        match &first {
            Some((_, known)) if *known != order => return,
            Some(_) => filler.read(at, 1, 1..=2),
            None => first = Some((at, order)),
        }
    }
    if let Some((at, order)) = first.filter(|(_, order)| !order.is_empty()) {
        filler.read(at, 1, 1..=2);
        let place = filler.place(at, 1, 2);
        filler.derive(bt::BT_13, place.clone(), Why::Lines);
        draft.said.push(Said::new(bt::BT_13, order, place));
    }
}
