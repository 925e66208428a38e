//! VAT where the message leaves it to be understood, and taxes that are no VAT.

use std::collections::BTreeMap;

use crate::decimal::{self, Decimal};
use crate::invoice::{Draft, Place, Said, Term, bt};

use super::Why;
use super::fill::Filler;
use super::groups::MESSAGE;
use super::line::value;
use super::structure::{Directory, tag};

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

/// A tax other than VAT: its name, amount and place.
fn other_tax(filler: &mut Filler<'_>, node: u32) -> Option<(String, String, Option<Place>)> {
    let at = filler.groups.trigger(node);
    let tax = filler.groups.segment(at)?;
    let kind = tax.text(2, 1).trim().to_owned();
    if &*tax.text(1, 1) != "7" || kind.is_empty() || kind == "VAT" {
        return None;
    }
    let name = tax.component(2, 4).map_or_else(|| kind.clone(), |name| name.trim().to_owned());
    let (moa_at, amount) = filler
        .segments(node, tag("MOA"))
        .find(|(_, moa)| matches!(&*moa.text(1, 1), "124" | "161"))
        .map(|(at, moa)| (at, moa.text(1, 2).trim().to_owned()))?;
    filler.take(at);
    filler.take(moa_at);
    Some((name, amount, filler.place(moa_at, 1, 2)))
}

/// The VAT of the header (TAX before the lines); none where it states several, since nobody can say which is whose.
fn header_rate(filler: &Filler<'_>) -> Option<(u32, String, String)> {
    let groups = filler.groups;
    let mut header = groups.heads().iter().map(|n| groups.trigger(*n)).filter_map(|at| {
        let tax = groups.segment(at).filter(|_| groups.tag(at) == tag("TAX"))?;
        let vat = &*tax.text(1, 1) == "7" && &*tax.text(2, 1) == "VAT";
        vat.then(|| (at, tax.text(6, 1).trim().to_owned(), tax.text(5, 4).trim().to_owned()))
    });
    let first = header.next()?;
    header.all(|other| (&other.1, &other.2) == (&first.1, &first.2)).then_some(first)
}

/// What the directories without a form of their own leave to be understood: taxes of the header, the VAT of allowances, the breakdown.
pub(super) fn of_document(filler: &mut Filler<'_>, draft: &mut Draft) {
    if filler.directory == Directory::D16B {
        return;
    }
    if let Some((at, ..)) = header_rate(filler) {
        filler.take(at);
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
    single_rate(filler, draft);
    if draft.groups(bt::BG_23).next().is_none() {
        breakdown(filler, draft);
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

fn push(group: &mut Draft, term: Term, text: impl Into<String>, place: Option<Place>) {
    let text = text.into();
    if !text.trim().is_empty() {
        group.said.push(Said::new(term, text, place));
    }
}

/// Why nothing is charged is written once in the header (FTX), and belongs to the breakdowns that are exempt.
pub(super) fn exemption(filler: &mut Filler<'_>, draft: &mut Draft) {
    let subjects: &[&str] = match filler.directory {
        Directory::D96A => &["TXD"],
        Directory::D01B => &["AGM", "TXD", "BAQ"],
        Directory::D16B => &["AGM"],
    };
    let found: Vec<_> =
        filler.segments(MESSAGE, tag("FTX")).filter(|(_, ftx)| subjects.contains(&&*ftx.text(1, 1))).collect();
    for (at, ftx) in found {
        let text = filler.groups.text(at, 4, 1, 5);
        let code = ftx.text(3, 1).trim().to_owned();
        let exempt = |group: &&mut Draft| {
            group.term == Some(bt::BG_23)
                && group.text(bt::BT_118).is_some_and(|c| matches!(c, "E" | "AE" | "K" | "G" | "O"))
        };
        let mut taken = false;
        for group in draft.groups.iter_mut().filter(exempt) {
            if group.first(bt::BT_120).is_none() {
                push(group, bt::BT_120, text.clone(), filler.place(at, 4, 1));
                if code.to_ascii_uppercase().starts_with("VATEX") {
                    push(group, bt::BT_121, code.clone(), filler.place(at, 3, 1));
                }
                taken = true;
            }
        }
        match taken {
            true => filler.take(at),
            // Where nothing is left to be explained it is a note as any other.
            false if filler.directory != Directory::D16B && !text.is_empty() => {
                super::document::note(filler, draft, at, text);
            }
            false => {}
        }
    }
}
