//! Payment in instalments: several ITD, each with a day and what is due then (ITD10, ITD11), are a text (BT-20) as those of EDIFACT are.

use std::collections::BTreeSet;

use super::amounts::{self, Amount};
use super::gather::{Gather, place, put};
use super::heading::{after, days, is_basic};
use super::settings;
use super::tree::Node;
use super::{How, Topic, words};
use crate::day::Day;
use crate::decimal::{self, Decimal};
use crate::formats::instalments::{Instalment, are_whole, behind, is_french, off, sentences};
use crate::invoice::{Said, bt};
use crate::x12::Segment;

/// The terms that say when payment is due.
#[derive(Default)]
pub struct Terms<'a> {
    /// What is due on which day, each with its ITD; none where one lacks either.
    parts: Vec<(Instalment, Segment<'a>)>,
    /// Days of basic terms without amount or percentage, which stand beside them.
    general: BTreeSet<Day>,
    /// Are there several days, each of which is accounted for: is none of them BT-9?
    pub several: bool,
}

/// A basic term that gives a day and no part of what is due is a general one, where the others are called instalments (ITD01 = 04) or come to what is due.
pub fn of<'a>(gather: &Gather<'_>, root: &Node<'a>) -> Terms<'a> {
    let all = root.all("ITD").filter(|itd| itd.value(6).or(itd.value(7)).or(itd.value(9)).is_some());
    let is_general = |itd: &Segment<'_>| is_basic(itd) && itd.value(10).or(itd.value(11)).is_none();
    let (general, parts): (Vec<_>, Vec<_>) = all.partition(is_general);
    let parts: Option<Vec<_>> = parts.into_iter().map(|itd| Some((instalment(gather, root, &itd)?, itd))).collect();
    let Some(mut parts) = parts.filter(|parts| !parts.is_empty()) else { return Terms::default() };
    if !in_percent(&mut parts) {
        return Terms::default();
    }
    let general: BTreeSet<Day> = general.iter().filter_map(|itd| day(root, itd)).collect();
    let days: BTreeSet<Day> = parts.iter().map(|(one, _)| one.day).collect();
    if !general.is_subset(&days) && parts.iter().all(|(_, itd)| itd.text(1) != "04") {
        let all: Vec<Instalment> = parts.iter().map(|(one, _)| one.clone()).collect();
        let due = root
            .first("TDS")
            .and_then(|tds| tds.value(1))
            .map(|due| amounts::n2(&due, gather.settings.implied_decimals));
        let due = match due {
            Some(Amount::Known(due) | Amount::Pointed(due)) => Some(due),
            _ => None,
        };
        if !are_whole(&all, due, "") {
            return Terms::default();
        }
    }
    let several = days.union(&general).count() > 1;
    Terms { parts, general, several }
}

/// The day that an ITD states (ITD06, ITD09), or that so many days from the invoice (ITD07) give.
pub(super) fn day(root: &Node<'_>, itd: &Segment<'_>) -> Option<Day> {
    let stated = |e: usize| itd.value(e).and_then(|day| Day::parse_102(&day));
    let counted = || days(itd).filter(|_| itd.text(2) == "3").and_then(|days| after(root, days));
    stated(6).or(stated(9)).or_else(counted)
}

fn instalment(gather: &Gather<'_>, root: &Node<'_>, itd: &Segment<'_>) -> Option<Instalment> {
    let amount = match itd.value(10) {
        Some(text) => match amounts::n2(&text, gather.settings.implied_decimals) {
            Amount::Known(amount) | Amount::Pointed(amount) => Some(amount),
            Amount::Bad => return None,
        },
        None => None,
    };
    let percent = match itd.value(11) {
        Some(text) => Some(amounts::number(&text)?),
        None => None,
    };
    let day = day(root, itd)?;
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
pub fn finish(gather: &mut Gather<'_>, terms: &Terms<'_>) {
    let Some((_, first)) = terms.parts.first().filter(|_| terms.several) else { return };
    let currency = gather.draft.text(bt::BT_5).unwrap_or_default();
    let all = signed(gather, terms, currency);
    let french = is_french(&gather.draft) || settings::of(&gather.settings.constants, "BT-40") == Some("FR");
    let text = sentences(&all, &terms.general, french);
    match gather.draft.said.iter_mut().find(|said| said.term == bt::BT_20) {
        Some(terms) => terms.text = behind(&terms.text, &text),
        None => put(&mut gather.draft, Said::new(bt::BT_20, text, Some(place(first, 6)))),
    }
    gather.made("BT-20", bt::BT_20, How::Derived, words::instalments);
}

/// With the sign that EN 16931 has for them.
fn signed(gather: &Gather<'_>, terms: &Terms<'_>, currency: &str) -> Vec<Instalment> {
    let turned = |(one, _): &(Instalment, Segment<'_>)| Instalment {
        amount: one.amount.map(|amount| gather.turn(amount)),
        currency: currency.to_owned(),
        ..one.clone()
    };
    terms.parts.iter().map(turned).collect()
}

/// Are they what is due? Asked when the totals are read.
pub fn check(gather: &mut Gather<'_>, terms: &Terms<'_>) {
    let all = signed(gather, terms, "");
    let due = gather.draft.groups(bt::BG_22).find_map(|totals| totals.text(bt::BT_115)).and_then(amounts::number);
    if let Some((what, (_, first))) = off(&all, due, "").zip(terms.parts.first()) {
        gather.remark(Topic::Arithmetic, first, 10, &[bt::BT_20, bt::BT_115], what);
    }
}
