//! VAT where the message leaves it to be understood, and taxes that are no VAT.

use std::collections::BTreeMap;

use crate::decimal::{self, Decimal};
use crate::invoice::{Draft, Place, Said, Term, bt};

use super::Why;
use super::fill::Filler;
use super::groups::MESSAGE;
use super::line::value;
use super::structure::{Directory, tag};

/// A tax of a line that is no VAT, and that the amount of the line does not hold beside its price.
#[derive(Debug, Clone)]
pub struct Levy {
    tax: String,
    amount: String,
    place: Option<Place>,
    /// Of the line.
    rate: Option<Rate>,
}

impl Levy {
    /// A charge that was made of a tax: it stands where the amount of the tax does, an ALC where it begins.
    pub(super) fn of(filler: &Filler<'_>, line: &Draft, charge: &Draft) -> Option<Levy> {
        let Some(Place::Edifact { segment, .. }) = charge.place else { return None };
        let at = segment.checked_sub(1)?;
        (filler.groups.tag(at) == tag("MOA") && charge.term == Some(bt::BG_28)).then(|| Levy {
            tax: charge.text(bt::BT_144).unwrap_or_default().to_owned(),
            amount: charge.text(bt::BT_141).unwrap_or_default().to_owned(),
            place: charge.place.clone(),
            rate: rate(line, bt::BT_151, bt::BT_152, Some(bt::BG_30)),
        })
    }
}

/// Category and rate as written.
type Rate = (String, String);

/// A line without VAT has that of the header; a tax of the line that is no VAT is a charge.
pub(super) fn of_line(filler: &mut Filler<'_>, node: u32, line: &mut Draft) {
    if line.groups(bt::BG_30).next().is_none()
        && let Some((at, category, rate)) = header_rate(filler)
    {
        let place = filler.place(at, 0, 0);
        let mut vat = Draft::group(bt::BG_30, place.clone());
        push(&mut vat, bt::BT_151, category, filler.place(at, 6, 1));
        push(&mut vat, bt::BT_152, rate, filler.place(at, 5, 4));
        line.groups.push(vat);
        filler.derive(bt::BG_30, place, Why::Rate);
    }
    let groups = filler.groups;
    for child in groups.children(node).filter(|child| groups.tag(groups.trigger(*child)) == tag("TAX")) {
        if let Some((tax, amount, place)) = other_tax(filler, child) {
            let mut charge = Draft::group(bt::BG_28, place.clone());
            push(&mut charge, bt::BT_141, amount, place.clone());
            push(&mut charge, bt::BT_144, tax.clone(), place.clone());
            filler.derive(bt::BG_28, place, Why::OtherTax { tax });
            line.groups.push(charge);
        }
    }
}

/// A tax other than VAT: its segment and name, and the segment and text of its amount.
fn other(filler: &Filler<'_>, node: u32) -> Option<((u32, String), (u32, String))> {
    let at = filler.groups.trigger(node);
    let tax = filler.groups.segment(at)?;
    let kind = tax.text(2, 1).trim().to_owned();
    // Taxes, customs duties and fees; 9 is information.
    if !matches!(&*tax.text(1, 1), "5" | "6" | "7") || kind.is_empty() || kind == "VAT" {
        return None;
    }
    let name = tax.component(2, 4).map_or_else(|| kind.clone(), |name| name.trim().to_owned());
    let amount = filler.segments(node, tag("MOA")).find(|(_, moa)| matches!(&*moa.text(1, 1), "124" | "161"))?;
    Some(((at, name), (amount.0, amount.1.text(1, 2).trim().to_owned())))
}

/// A tax other than VAT that is read: its name, amount and place.
fn other_tax(filler: &mut Filler<'_>, node: u32) -> Option<(String, String, Option<Place>)> {
    let ((at, name), (moa_at, amount)) = other(filler, node)?;
    filler.read(at, 1, 1..=1);
    filler.read(at, 2, 1..=4);
    filler.read(moa_at, 1, 1..=2);
    Some((name, amount, filler.place(moa_at, 1, 2)))
}

/// The VAT of the header (TAX before the lines); none where it states several, since nobody can say which is whose.
pub(super) fn header_rate(filler: &Filler<'_>) -> Option<(u32, String, String)> {
    let mut header = header_rates(filler);
    let first = header.next()?;
    header.all(|other| (&other.1, &other.2) == (&first.1, &first.2)).then_some(first)
}

/// The VAT of the header as people write it (`S 20`), where it states several.
pub(super) fn several_rates(filler: &Filler<'_>) -> Vec<String> {
    let mut several = Vec::new();
    for (_, category, rate) in header_rates(filler) {
        let said = format!("{category} {rate}").trim().to_owned();
        if !said.is_empty() && !several.contains(&said) {
            several.push(said);
        }
    }
    several.truncate(5);
    if several.len() > 1 { several } else { Vec::new() }
}

fn header_rates(filler: &Filler<'_>) -> impl Iterator<Item = (u32, String, String)> {
    let groups = filler.groups;
    groups.heads().iter().map(|n| groups.trigger(*n)).filter_map(|at| {
        let tax = Some(at).filter(|at| groups.tag(*at) == tag("TAX")).and_then(|at| groups.segment(at))?;
        let vat = &*tax.text(1, 1) == "7" && &*tax.text(2, 1) == "VAT";
        vat.then(|| (at, tax.text(6, 1).trim().to_owned(), tax.text(5, 4).trim().to_owned()))
    })
}

/// What the directories without a form of their own leave to be understood: taxes of the header, the VAT of allowances, the breakdown.
pub(super) fn of_document(filler: &mut Filler<'_>, draft: &mut Draft) {
    if filler.directory == Directory::D16B {
        return;
    }
    if let Some((at, ..)) = header_rate(filler) {
        filler.read(at, 5, 4..=4);
        filler.read(at, 6, 1..=1);
    }
    let groups = filler.groups;
    let header: Vec<u32> = groups.children(MESSAGE).filter(|n| groups.tag(groups.trigger(*n)) == tag("TAX")).collect();
    for node in header {
        if let Some((tax, amount, place)) = other_tax(filler, node) {
            let mut charge = Draft::group(bt::BG_21, place.clone());
            push(&mut charge, bt::BT_99, amount, place.clone());
            push(&mut charge, bt::BT_104, tax.clone(), place.clone());
            filler.derive(bt::BG_21, place, Why::OtherTax { tax });
            draft.groups.push(charge);
        }
    }
    beside_lines(filler, draft);
    // Of lines that never came nobody knows the rates.
    if filler.cut {
        return;
    }
    single_rate(filler, draft);
    if draft.groups(bt::BG_23).next().is_none() {
        breakdown(filler, draft);
    }
}

/// A breakdown of nothing (0 of 0), of a category and rate that no line, allowance or charge has: some write all rates that there are. It says nothing, and
/// is told as not carried.
pub(super) fn idle(filler: &mut Filler<'_>, draft: &mut Draft) {
    if draft.groups(bt::BG_23).nth(1).is_none() {
        return;
    }
    let zero = |group: &Draft, term: Term| group.first(term).and_then(value).is_some_and(|amount| amount.is_zero());
    let said = |group: &Draft, [category, rate]: [Term; 2]| {
        let rate = group.first(rate).and_then(value).map(|rate| rate.normalize());
        (group.text(category).unwrap_or_default().to_owned(), rate)
    };
    let is_idle = |draft: &Draft, own: &Draft| {
        let own = said(own, [bt::BT_118, bt::BT_119]);
        draft.groups.iter().all(|group| match group.term {
            Some(bt::BG_25) => group.groups(bt::BG_30).all(|vat| said(vat, [bt::BT_151, bt::BT_152]) != own),
            Some(bt::BG_20) => said(group, [bt::BT_95, bt::BT_96]) != own,
            Some(bt::BG_21) => said(group, [bt::BT_102, bt::BT_103]) != own,
            _ => true,
        })
    };
    let nothing = |group: &Draft| {
        let rated = group.first(bt::BT_119).and_then(value).is_some_and(|rate| !rate.is_zero());
        group.term == Some(bt::BG_23) && rated && zero(group, bt::BT_116) && zero(group, bt::BT_117)
    };
    let idle: Vec<usize> = (0..draft.groups.len())
        .filter(|at| draft.groups.get(*at).is_some_and(|group| nothing(group) && is_idle(draft, group)))
        .collect();
    if idle.len() == draft.groups(bt::BG_23).count() {
        return;
    }
    for at in idle.into_iter().rev() {
        filler.lose(&draft.groups.remove(at).place);
    }
}

/// Taxes of lines that are no VAT and in no amount of a line, and those of the summary: they are charges of the document where that is what lies between
/// the lines and the taxable amount. Where nothing lies between, those of lines are in their prices, and the summary says them again.
fn beside_lines(filler: &mut Filler<'_>, draft: &mut Draft) {
    let levies = std::mem::take(&mut filler.levies);
    let between = between(draft).filter(|between| !between.is_zero() && !filler.cut);
    let all =
        |levies: &[Levy]| decimal::sum(levies.iter().map(|l| amount(&l.amount)).collect::<Option<Vec<Decimal>>>()?);
    if between.is_some() && all(&levies) == between {
        return charged(filler, draft, levies);
    }
    for levy in levies {
        filler.lose(&levy.place);
        filler.derive(bt::BG_28, levy.place, Why::InPrice { charge: true, amount: levy.amount, reason: levy.tax });
    }
    let groups = filler.groups;
    let summary = groups.heads().iter().copied().filter(|n| groups.tag(groups.trigger(*n)) == tag("UNS"));
    let taxes = summary.flat_map(|n| groups.children(n)).filter(|n| groups.tag(groups.trigger(*n)) == tag("TAX"));
    let taxes: Vec<u32> = taxes.collect();
    let said: Option<Vec<Decimal>> =
        taxes.iter().filter_map(|node| other(filler, *node)).map(|(_, (_, said))| amount(&said)).collect();
    if between.is_some() && said.and_then(decimal::sum) == between {
        let levies = taxes.iter().filter_map(|node| other_tax(filler, *node));
        let levies: Vec<Levy> = levies.map(|(tax, amount, place)| Levy { tax, amount, place, rate: None }).collect();
        charged(filler, draft, levies);
    }
}

fn amount(text: &str) -> Option<Decimal> {
    value(&Said::new(bt::BT_99, text, None))
}

/// What the taxable amount has more than lines, allowances and charges give.
fn between(draft: &Draft) -> Option<Decimal> {
    let stated = |term: Term| draft.groups(bt::BG_22).find_map(|totals| totals.first(term)).and_then(value);
    let sum = |group: Term, term: Term| {
        decimal::sum(draft.groups(group).map(|g| g.first(term).and_then(value)).collect::<Option<Vec<Decimal>>>()?)
    };
    let lines = stated(bt::BT_106).or_else(|| sum(bt::BG_25, bt::BT_131))?;
    let charged = decimal::add(decimal::sub(lines, sum(bt::BG_20, bt::BT_92)?)?, sum(bt::BG_21, bt::BT_99)?)?;
    decimal::sub(stated(bt::BT_109)?, charged)
}

/// A charge of the document for each tax and rate.
fn charged(filler: &mut Filler<'_>, draft: &mut Draft, levies: Vec<Levy>) {
    let mut charges: BTreeMap<(String, Option<Rate>), (Decimal, Option<Place>)> = BTreeMap::new();
    for levy in levies {
        let Some(amount) = amount(&levy.amount) else { continue };
        let charge = charges.entry((levy.tax, levy.rate)).or_insert((Decimal::ZERO, levy.place));
        charge.0 = decimal::add(charge.0, amount).unwrap_or(charge.0);
    }
    for ((tax, rate), (amount, place)) in charges {
        let mut charge = Draft::group(bt::BG_21, place.clone());
        push(&mut charge, bt::BT_99, decimal::plain(amount), place.clone());
        push(&mut charge, bt::BT_104, tax.clone(), place.clone());
        if let Some((category, rate)) = rate {
            push(&mut charge, bt::BT_102, category, place.clone());
            push(&mut charge, bt::BT_103, rate, place.clone());
        }
        filler.derive(bt::BG_21, place, Why::Beside { tax });
        draft.groups.push(charge);
    }
}

/// Allowances and charges without VAT have the one rate of the invoice, where it has one.
fn single_rate(filler: &mut Filler<'_>, draft: &mut Draft) {
    let mut rates: Vec<Rate> =
        lines(draft).filter_map(|line| rate(line, bt::BT_151, bt::BT_152, Some(bt::BG_30))).collect();
    rates.sort();
    rates.dedup();
    let [(category, rate_said)] = rates.as_slice() else { return };
    for group in &mut draft.groups {
        let (category_term, rate_term) = match group.term {
            Some(bt::BG_20) => (bt::BT_95, bt::BT_96),
            Some(bt::BG_21) => (bt::BT_102, bt::BT_103),
            _ => continue,
        };
        if group.first(category_term).is_none() && group.first(rate_term).is_none() {
            push(group, category_term, category.clone(), group.place.clone());
            push(group, rate_term, rate_said.clone(), group.place.clone());
            filler.derive(category_term, group.place.clone(), Why::Rate);
        }
    }
}

/// The breakdown that lines, allowances and charges give. Nothing is made of what cannot be added up.
fn breakdown(filler: &mut Filler<'_>, draft: &mut Draft) {
    let mut bases: BTreeMap<Rate, Decimal> = BTreeMap::new();
    let parts = draft.groups.iter().filter_map(|group| match group.term {
        Some(bt::BG_25) => Some((rate(group, bt::BT_151, bt::BT_152, Some(bt::BG_30)), group.first(bt::BT_131), false)),
        Some(bt::BG_20) => Some((rate(group, bt::BT_95, bt::BT_96, None), group.first(bt::BT_92), true)),
        Some(bt::BG_21) => Some((rate(group, bt::BT_102, bt::BT_103, None), group.first(bt::BT_99), false)),
        _ => None,
    });
    for (rate, amount, negative) in parts {
        let (Some(rate), Some(amount)) = (rate, amount.and_then(value)) else { return };
        let base = bases.entry(rate).or_default();
        let Some(sum) = decimal::add(*base, if negative { -amount } else { amount }) else { return };
        *base = sum;
    }
    for ((category, rate), base) in bases {
        let percent = if rate.is_empty() { Some(Decimal::ZERO) } else { decimal::parse(&rate).ok() };
        let tax =
            percent.and_then(|p| decimal::hundredth(decimal::mul(base, p)?)).and_then(|t| decimal::round_half_up(t, 2));
        let Some(tax) = tax else { return };
        let mut group = Draft::group(bt::BG_23, draft.place.clone());
        push(&mut group, bt::BT_116, decimal::plain(base), None);
        push(&mut group, bt::BT_117, decimal::plain(tax), None);
        push(&mut group, bt::BT_118, category, None);
        push(&mut group, bt::BT_119, rate, None);
        filler.derive(bt::BG_23, None, Why::Computed);
        draft.groups.push(group);
    }
}

fn lines(draft: &Draft) -> impl Iterator<Item = &Draft> {
    draft.groups(bt::BG_25)
}

fn rate(group: &Draft, category: Term, rate: Term, inside: Option<Term>) -> Option<Rate> {
    let group = match inside {
        Some(inside) => group.groups(inside).next()?,
        None => group,
    };
    let category = group.text(category)?.to_owned();
    Some((category, group.first(rate).map(|said| said.text.clone()).unwrap_or_default()))
}

pub(super) fn push(group: &mut Draft, term: Term, text: impl Into<String>, place: Option<Place>) {
    let text = text.into();
    if !text.trim().is_empty() {
        group.said.push(Said::new(term, text, place));
    }
}
