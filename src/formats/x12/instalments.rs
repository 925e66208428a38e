//! Payment in instalments: several ITD, each with a day and what is due then (ITD10, ITD11), are a text (BT-20) as those of EDIFACT are.

use super::amounts::{self, Amount};
use super::gather::{Gather, place, put};
use super::heading::{after, days};
use super::settings;
use super::tree::Node;
use super::{How, Topic, words};
use crate::day::Day;
use crate::decimal::{self, Decimal};
use crate::formats::instalments::{Instalment, is_french, off, sentence};
use crate::invoice::{Said, bt};
use crate::x12::Segment;

/// What is due on which day, each with its ITD; none where one lacks either.
pub fn of<'a>(gather: &Gather<'_>, root: &Node<'a>) -> Vec<(Instalment, Segment<'a>)> {
    let all: Vec<Segment<'a>> =
        root.all("ITD").filter(|itd| itd.value(6).or(itd.value(7)).or(itd.value(9)).is_some()).collect();
    let found: Option<Vec<(Instalment, Segment<'a>)>> =
        all.into_iter().map(|itd| Some((instalment(gather, root, &itd)?, itd))).collect();
    let mut found = found.unwrap_or_default();
    if !in_percent(&mut found) {
        found.clear();
    }
    found
}

/// Are there several days?
pub fn are_several(found: &[(Instalment, Segment<'_>)]) -> bool {
    found.iter().any(|(one, _)| one.day != found[0].0.day)
}

fn instalment(gather: &Gather<'_>, root: &Node<'_>, itd: &Segment<'_>) -> Option<Instalment> {
    let stated = |e: usize| itd.value(e).and_then(|day| Day::parse_102(&day));
    let counted = || days(itd).filter(|_| itd.text(2) == "3").and_then(|days| after(root, days));
    let amount = match itd.value(10) {
        Some(text) => match amounts::n2(&text, gather.settings.implied_decimals) {
            Amount::Known(amount) | Amount::Pointed(amount) => Some(gather.turn(amount)),
            Amount::Bad => return None,
        },
        None => None,
    };
    let percent = match itd.value(11) {
        Some(text) => Some(amounts::number(&text)?),
        None => None,
    };
    let day = stated(6).or(stated(9)).or_else(counted)?;
    (amount.is_some() || percent.is_some()).then_some(Instalment { day, percent, amount, currency: String::new() })
}

/// ITD11 is a percentage, which some write as a fraction: what their sum proves. Without proof amounts say enough, and percentages alone nothing.
fn in_percent(found: &mut [(Instalment, Segment<'_>)]) -> bool {
    let shares: Option<Vec<Decimal>> = found.iter().map(|(one, _)| one.percent).collect();
    let sum = shares.and_then(decimal::sum);
    let sure = found.iter().all(|(one, _)| one.percent.is_none_or(|share| share > Decimal::ONE));
    if sum == Some(Decimal::ONE_HUNDRED) {
        return true;
    }
    if sum == Some(Decimal::ONE) {
        found.iter_mut().for_each(|(one, _)| {
            one.percent = one.percent.and_then(|p| Some(decimal::mul(p, Decimal::ONE_HUNDRED)?.normalize()))
        });
    } else if !sure {
        found.iter_mut().filter(|(one, _)| one.amount.is_some()).for_each(|(one, _)| one.percent = None);
        return found.iter().all(|(one, _)| one.amount.is_some());
    }
    true
}

/// Puts them into BT-20.
pub fn finish(gather: &mut Gather<'_>, found: &[(Instalment, Segment<'_>)]) {
    let Some((_, first)) = found.first().filter(|_| are_several(found)) else { return };
    let currency = gather.draft.text(bt::BT_5).unwrap_or_default().to_owned();
    let all: Vec<Instalment> =
        found.iter().map(|(one, _)| Instalment { currency: currency.clone(), ..one.clone() }).collect();
    let french = is_french(&gather.draft) || settings::of(&gather.settings.constants, "BT-40") == Some("FR");
    let text = sentence(&all, french);
    match gather.draft.said.iter_mut().find(|said| said.term == bt::BT_20) {
        Some(terms) => terms.text = format!("{} {text}", terms.text.trim_end()),
        None => put(&mut gather.draft, Said::new(bt::BT_20, text, Some(place(first, 6)))),
    }
    gather.made("BT-20", bt::BT_20, How::Derived, words::instalments);
}

/// Are they what is due? Asked when the totals are read.
pub fn check(gather: &mut Gather<'_>, found: &[(Instalment, Segment<'_>)]) {
    let all: Vec<Instalment> = found.iter().map(|(one, _)| one.clone()).collect();
    let due = gather.draft.groups(bt::BG_22).find_map(|totals| totals.text(bt::BT_115)).and_then(amounts::number);
    if let Some((what, (_, first))) = off(&all, due, "").zip(found.first()) {
        gather.remark(Topic::Arithmetic, first, 10, &[bt::BT_20, bt::BT_115], what);
    }
}
