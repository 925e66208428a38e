//! Allowances and charges of which the percentage alone is written: their amounts, step by step as 1227 numbers them.
//!
//! Those of one number have one base; what they give or take is taken off, or added to, the base of the next number (EANCOM: sequence of calculation).
//! Without a number an allowance stands by itself, on the base of the first.

use crate::decimal::{self, Decimal};
use crate::edifact::plain;
use crate::invoice::{Draft, Place, Said, Term, bt};

use super::Why;
use super::fill::Filler;
use super::groups::Groups;
use super::line::value;
use super::structure::{Directory, tag};

/// Amount, base and percentage.
struct Terms {
    amount: Term,
    base: Term,
    percent: Term,
    charge: bool,
}

fn terms(group: &Draft) -> Option<Terms> {
    let of = |amount, base, percent, charge| Some(Terms { amount, base, percent, charge });
    match group.term? {
        bt::BG_20 => of(bt::BT_92, bt::BT_93, bt::BT_94, false),
        bt::BG_21 => of(bt::BT_99, bt::BT_100, bt::BT_101, true),
        bt::BG_27 => of(bt::BT_136, bt::BT_137, bt::BT_138, false),
        bt::BG_28 => of(bt::BT_141, bt::BT_142, bt::BT_143, true),
        _ => None,
    }
}

/// Does one of them state a percentage and no amount?
pub(super) fn wants_amounts(of: &Draft) -> bool {
    let lacks = |g: &Draft| terms(g).is_some_and(|t| g.first(t.amount).is_none() && g.first(t.percent).is_some());
    of.groups.iter().any(lacks)
}

/// Computes amounts that are not stated, from `base` on, in the order of 1227. What is stated stays, and a stated base is the base of its own.
/// The amounts, with their places.
pub(super) fn amounts(groups: &Groups<'_>, of: &mut Draft, base: Decimal) -> Vec<(Term, Option<Place>)> {
    let mut computed = Vec::new();
    let mut steps: Vec<(u32, usize)> = Vec::new();
    for (at, group) in of.groups.iter().enumerate().filter(|(_, group)| terms(group).is_some()) {
        steps.push((number(groups, group).unwrap_or(0), at));
    }
    steps.sort();
    let (mut now, mut next, mut step) = (base, base, 0);
    for (own, at) in steps {
        if own != step {
            (now, step) = (next, own);
        }
        let Some(group) = of.groups.get_mut(at) else { continue };
        let Some(Terms { amount, base, percent, charge }) = terms(group) else { continue };
        if group.first(amount).is_none()
            && let Some(rate) = group.first(percent).and_then(value)
        {
            let stated = group.first(base).and_then(value);
            let whole = decimal::mul(stated.unwrap_or(now), rate).and_then(decimal::hundredth);
            let Some(cents) = whole.and_then(|whole| decimal::round_half_up(whole, 2)) else { break };
            let place = group.first(percent).and_then(|said| said.place.clone());
            group.said.push(Said::new(amount, decimal::plain(cents), place.clone()));
            if stated.is_none() {
                group.said.push(Said::new(base, decimal::plain(now), place.clone()));
            }
            computed.push((amount, place));
        }
        let Some(effect) = group.first(amount).and_then(value) else { break };
        let after = if charge { decimal::add(next, effect) } else { decimal::sub(next, effect) };
        let Some(after) = after else { break };
        // What has no number is no step.
        next = if own == 0 { next } else { after };
    }
    computed
}

/// The amount of an allowance or charge that is written as so much for each unit (RTE) and so many units (QTY), with neither amount nor percentage.
pub(super) fn per_unit(filler: &mut Filler<'_>, alc: u32, group: &mut Draft) {
    let lacks = terms(group).filter(|t| group.first(t.amount).is_none() && group.first(t.percent).is_none());
    let Some(terms) = lacks else { return };
    let Some((amount, rte, qty)) = rate(filler, alc, terms.charge) else { return };
    filler.read(rte, 1, 1..=4);
    filler.read(qty, 1, 1..=3);
    let place = filler.place(rte, 1, 2);
    group.said.push(Said::new(terms.amount, decimal::plain(amount), place.clone()));
    filler.derive(terms.amount, place, Why::PerUnit);
}

/// Rate × quantity ÷ base of the rate, in cents, with the segments that say them; none where either is missing, stands twice or counts something else.
fn rate(filler: &Filler<'_>, alc: u32, charge: bool) -> Option<(Decimal, u32, u32)> {
    let only = |name: &str| {
        let mut all = filler.segments(alc, tag(name));
        all.next().filter(|_| all.next().is_none())
    };
    let ((at, rte), (of, qty)) = (only("RTE")?, only("QTY")?);
    let number = |text: &str| decimal::parse(&plain(text.trim()).ok()?).ok();
    let kind = rte.text(1, 1);
    let units = (qty.text(1, 3).trim().to_owned(), rte.text(1, 4).trim().to_owned());
    let other = !units.0.is_empty() && !units.1.is_empty() && units.0 != units.1;
    if other || &*kind != if charge { "2" } else { "1" } || !matches!(&*qty.text(1, 1), "1" | "47") {
        return None;
    }
    let base = match rte.component(1, 3) {
        Some(base) => number(&base).filter(|base| !base.is_zero())?,
        None => Decimal::ONE,
    };
    let whole = decimal::mul(number(&rte.text(1, 2))?, number(&qty.text(1, 2))?)?.checked_div(base)?;
    Some((decimal::round_half_up(whole, 2)?, at, of))
}

/// Allowances and charges of the document, on the sum of its lines; those that name their VAT rate, where the lines have several, on the sum of the lines of that
/// rate, unless the total before VAT proves the other.
pub(super) fn of_document(filler: &mut Filler<'_>, draft: &mut Draft) {
    if filler.directory == Directory::D16B || !wants_amounts(draft) {
        return;
    }
    let stated = draft.groups(bt::BG_22).find_map(|totals| totals.first(bt::BT_106)).and_then(value);
    let lines = || {
        let amounts: Option<Vec<Decimal>> =
            draft.groups(bt::BG_25).map(|line| line.first(bt::BT_131).and_then(value)).collect();
        decimal::sum(amounts?)
    };
    let Some(base) = stated.or_else(lines) else { return };
    let mut whole = draft.clone();
    let mut computed = amounts(filler.groups, &mut whole, base);
    if let Some((rated, of_rates)) = by_rate(filler.groups, draft) {
        let total = before_vat(draft);
        let proves = |tried: &Draft| total.is_some() && after(tried, base) == total;
        if proves(&rated) || !proves(&whole) {
            (whole, computed) = (rated, of_rates);
        }
    }
    *draft = whole;
    for (term, place) in computed {
        filler.derive(term, place, Why::Percentage);
    }
}

/// A draft with amounts, and which of them were computed.
type Computed = (Draft, Vec<(Term, Option<Place>)>);

/// The same, each on the lines of its own VAT category and rate; none where the lines have one, or a percentage names none of theirs.
fn by_rate(groups: &Groups<'_>, draft: &Draft) -> Option<Computed> {
    let rate = |of: &Draft, category, rate| -> Option<(String, Option<Decimal>)> {
        Some((of.text(category)?.to_owned(), of.first(rate).and_then(value).map(|rate| rate.normalize())))
    };
    let of_line = |line: &Draft| line.groups(bt::BG_30).find_map(|vat| rate(vat, bt::BT_151, bt::BT_152));
    let mut bases: Vec<((String, Option<Decimal>), Decimal)> = Vec::new();
    for line in draft.groups(bt::BG_25) {
        let (own, amount) = (of_line(line)?, line.first(bt::BT_131).and_then(value)?);
        match bases.iter_mut().find(|(known, _)| *known == own) {
            Some((_, base)) => *base = decimal::add(*base, amount)?,
            None => bases.push((own, amount)),
        }
    }
    if bases.len() < 2 {
        return None;
    }
    let of_group = |group: &Draft| match group.term? {
        bt::BG_20 => rate(group, bt::BT_95, bt::BT_96),
        bt::BG_21 => rate(group, bt::BT_102, bt::BT_103),
        _ => None,
    };
    let steps = draft.groups.iter().filter(|group| matches!(group.term, Some(bt::BG_20 | bt::BG_21)));
    if !steps.clone().all(|step| of_group(step).is_some_and(|own| bases.iter().any(|(known, _)| *known == own))) {
        return None;
    }
    let (mut out, mut computed) = (draft.clone(), Vec::new());
    for (own, base) in bases {
        let at: Vec<usize> =
            (0..draft.groups.len()).filter(|n| of_group(&draft.groups[*n]).as_ref() == Some(&own)).collect();
        let mut tried = Draft { groups: at.iter().map(|n| draft.groups[*n].clone()).collect(), ..Draft::default() };
        computed.extend(amounts(groups, &mut tried, base));
        for (n, group) in at.into_iter().zip(tried.groups) {
            out.groups[n] = group;
        }
    }
    Some((out, computed))
}

/// The total before VAT, as the message states it: of the document, or of its breakdowns.
fn before_vat(draft: &Draft) -> Option<Decimal> {
    let stated = draft.groups(bt::BG_22).find_map(|totals| totals.first(bt::BT_109)).and_then(value);
    stated.or_else(|| {
        let bases: Option<Vec<Decimal>> =
            draft.groups(bt::BG_23).map(|rate| rate.first(bt::BT_116).and_then(value)).collect();
        bases.filter(|bases| !bases.is_empty()).and_then(decimal::sum)
    })
}

/// What a base comes to with the allowances and charges of the document.
fn after(draft: &Draft, base: Decimal) -> Option<Decimal> {
    draft.groups.iter().try_fold(base, |sum, group| match terms(group) {
        Some(own) => {
            let effect = group.first(own.amount).and_then(value)?;
            if own.charge { decimal::add(sum, effect) } else { decimal::sub(sum, effect) }
        }
        None => Some(sum),
    })
}

/// The number of its step (ALC 1227).
fn number(groups: &Groups<'_>, group: &Draft) -> Option<u32> {
    let Some(Place::Edifact { segment, .. }) = group.place else { return None };
    let alc = groups.segment(segment.checked_sub(1)?).filter(|alc| tag(alc.tag()) == tag("ALC"))?;
    alc.text(4, 1).trim().parse().ok()
}
