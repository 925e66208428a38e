//! A line, beyond what the binding says backwards: its number, the item's codes, gross price, the order that it belongs to.

use std::collections::HashSet;

use crate::decimal::{self, Decimal};
use crate::formats::write::Reason;
use crate::invoice::{Draft, Said, Term, bt};
use crate::text::trim;

use super::super::structure::{Directory, tag};
use super::fill::{Fill, From, STREET};
use super::split::split;
use super::tree::MESSAGE;
use super::value;

/// Terms of lines that are written by another rule than their way; true where that was done.
pub(super) fn own<'d>(fill: &mut Fill<'d>, said: &'d Said, text: &str, around: &'d Draft, from: From) -> bool {
    match said.term {
        bt::BT_126 => {
            // Where no number can stand a running one does (`number`), so that nobody gets a line without.
            if fill.put(said.term, text, from).is_err() {
                fill.lose(said, line_length(fill.directory));
            }
        }
        bt::BT_157 => return !standard_item(fill, said, text),
        bt::BT_158 => return !classified(fill, said, text, from),
        bt::BT_132 => ordered(fill, said, text, around, from),
        bt::BT_149 | bt::BT_150 if around.first(bt::BT_146).is_none() => fill.lose(said, Reason::Needs(bt::BT_146)),
        bt::BT_130 if around.text(bt::BT_129).is_none() => fill.lose(said, Reason::Needs(bt::BT_129)),
        bt::BT_36 | bt::BT_51 | bt::BT_65 | bt::BT_76 | bt::BT_162 | bt::BT_163 | bt::BT_164 | bt::BT_165 => {
            let first = STREETS.iter().find(|(_, others)| others.contains(&said.term)).map(|(first, _)| *first);
            if let Some(first) = first.filter(|first| around.text(*first).is_none()) {
                fill.lose(said, Reason::Needs(first));
                return true;
            }
            return false;
        }
        _ => return false,
    }
    true
}

/// The further lines of an address, which need the first.
const STREETS: [(Term, [Term; 2]); 4] = [
    (bt::BT_35, [bt::BT_36, bt::BT_162]),
    (bt::BT_50, [bt::BT_51, bt::BT_163]),
    (bt::BT_64, [bt::BT_65, bt::BT_164]),
    (bt::BT_75, [bt::BT_76, bt::BT_165]),
];

fn line_length(directory: Directory) -> Reason {
    if directory == Directory::D96A { Reason::Form } else { Reason::Long(6) }
}

/// Only a GTIN has a code of its own (EN, SRV); no other scheme has. False where it is to be written.
fn standard_item(fill: &mut Fill<'_>, said: &Said, text: &str) -> bool {
    let scheme = said.parts.iter().find(|part| part.term == bt::BT_157_1).map_or("", |part| trim(&part.text));
    let may = scheme == "0160" || matches!(scheme, "" | "0088") && value::is_gtin(text);
    if !may {
        fill.lose(said, Reason::NoPlace);
    }
    may
}

/// A classification needs the code of its list (7143), and not one that says something else. The version of the list has no place.
fn classified(fill: &mut Fill<'_>, said: &Said, text: &str, from: From) -> bool {
    const OTHERS: [&str; 7] = ["SA", "IN", "BP", "EN", "SRV", "UP", "IB"];
    let scheme = said.parts.iter().find(|part| part.term == bt::BT_158_1);
    let Some(list) = scheme.map(|part| fill.written(part)).filter(|list| !list.is_empty()) else {
        fill.lose(said, Reason::Needs(bt::BT_158_1));
        return false;
    };
    if list.chars().count() > 3 || OTHERS.contains(&list.as_str()) {
        let why = if list.chars().count() > 3 { Reason::Long(3) } else { Reason::NoPlace };
        fill.lose(said, why);
        return false;
    }
    match fill.put(said.term, text, from) {
        Ok((id, e)) => {
            fill.tree.set(id, e, 2, list);
            let parts = said.parts.iter().filter(|part| part.term != bt::BT_158_1);
            parts.for_each(|part| fill.lose(part, Reason::NoPlace));
        }
        Err(why) => fill.lose(said, why),
    }
    false
}

/// The line of the order stands with the number of that order: the line's own (EXT-FR-FE-135), else that of the invoice, where it is known.
fn ordered<'d>(fill: &mut Fill<'d>, said: &'d Said, text: &str, around: &'d Draft, from: From) {
    let is_named = |fill: &Fill<'_>, id| fill.tree.get(id, 1, 1) == "ON" && !fill.tree.get(id, 1, 2).is_empty();
    if around.first(bt::EXT_FR_FE_135).is_some()
        && !fill.tree.all(from.node, tag("RFF")).any(|(_, id)| is_named(fill, id))
    {
        // Beside no number it would be a line of the invoice's order.
        fill.lose(said, Reason::Needs(bt::EXT_FR_FE_135));
        return;
    }
    match fill.put(said.term, text, from) {
        Ok((id, _)) if fill.tree.get(id, 1, 1) == "ON" && !is_named(fill, id) => {
            let draft = fill.draft;
            let order = draft.first(bt::BT_13).map(|order| fill.written(order)).unwrap_or_default();
            let most = fill.tree.lengths.component(tag("RFF"), 1, 2).map_or(35, |form| usize::from(form.most));
            if order.chars().count() <= most {
                fill.tree.set(id, 1, 2, order);
            }
        }
        Ok(_) => {}
        Err(why) => fill.lose(said, why),
    }
}

/// What a line of an address has no room for goes into those behind it that are free.
pub(super) fn streets(fill: &mut Fill<'_>) {
    const LINES: usize = 4;
    for (id, text) in std::mem::take(&mut fill.streets) {
        let last = (1..=LINES).rev().find(|c| !fill.tree.get(id, STREET, *c).is_empty()).unwrap_or(LINES);
        let most = fill.tree.lengths.component(tag("NAD"), STREET, 1).map_or(35, |form| usize::from(form.most));
        let (parts, _) = split(&text, most, LINES - last);
        for (c, part) in (last + 1..).zip(parts) {
            fill.tree.set(id, STREET, c, part);
        }
    }
}

/// What belongs to the line as a whole.
pub(super) fn finish<'d>(fill: &mut Fill<'d>, line: &'d Draft, from: From) {
    for price in line.groups(bt::BG_29) {
        gross(fill, price, from);
    }
}

/// A discount on the price is what lies between gross and net: the gross price is written, and says the same base as the net one.
fn gross(fill: &mut Fill<'_>, price: &Draft, from: From) {
    let number = |term: Term| price.text(term).and_then(|text| decimal::parse(text).ok());
    let discount = number(bt::BT_147).filter(|discount| *discount > Decimal::ZERO);
    if price.first(bt::BT_148).is_none()
        && let (Some(net), Some(discount)) = (number(bt::BT_146), discount)
        && let Some(gross) = decimal::add(net, discount)
    {
        // It is longer than its component only where its parts are too.
        _ = fill.put(bt::BT_148, &gross.normalize().to_string(), from);
    }
    let prices: Vec<usize> = fill.tree.all(from.node, tag("PRI")).map(|(_, id)| id).collect();
    let of = |fill: &Fill<'_>, code: &str| prices.iter().copied().find(|id| fill.tree.get(*id, 1, 1) == code);
    if let (Some(net), Some(gross)) = (of(fill, "AAA"), of(fill, "AAB")) {
        for c in [5, 6] {
            let said = fill.tree.get(net, 1, c).to_owned();
            fill.tree.set(gross, 1, c, said);
        }
    }
}

/// Running numbers for lines whose own has no place, and how many lines there are (CNT+2).
pub(super) fn count(fill: &mut Fill<'_>, draft: &Draft) {
    let lines: Vec<usize> = fill.tree.all(MESSAGE, tag("LIN")).map(|(_, id)| id).collect();
    let mut taken: HashSet<String> = lines.iter().map(|id| fill.tree.get(*id, 1, 1).to_owned()).collect();
    let mut spare = lines.len();
    for (n, id) in lines.iter().enumerate() {
        if !fill.tree.get(*id, 1, 1).is_empty() {
            continue;
        }
        let mut number = (n + 1).to_string();
        while taken.contains(&number) {
            spare += 1;
            number = spare.to_string();
        }
        fill.tree.set(*id, 1, 1, number.clone());
        taken.insert(number);
    }
    let summary = fill.tree.all(MESSAGE, tag("UNS")).map(|(node, _)| node).next();
    if let Some(node) = summary
        && let Ok((_, id)) = fill.tree.add(node, tag("CNT"))
    {
        fill.tree.set(id, 1, 1, "2");
        fill.tree.set(id, 1, 2, draft.groups(bt::BG_25).count().to_string());
    }
}
