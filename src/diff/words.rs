//! A group instance in a few words.

use super::side::{Field, Side};
use crate::invoice::{Kind, Term, bt};

/// Longest text in a group's short form, and longest short form, in characters. It only says which instance is meant: all terms
/// are in the JSON.
const TEXT: usize = 60;
const BRIEF: usize = 240;

/// Terms by which people know a line.
const LINE: [Term; 3] = [bt::BT_126, bt::BT_153, bt::BT_131];

/// A line as `3 'Vis 4x40', 12.00 EUR`; any other group as `BT-95 S, BT-92 10.00 EUR`.
pub(super) fn brief(side: &Side<'_>, n: usize, currency: &str) -> String {
    let block = &side.blocks[n];
    let value = |term: Term| block.of(term).first().map(|f| cut(&f.value.shown(f.occurrence), TEXT));
    if block.term == Some(bt::BG_25) {
        let [number, name, amount] = LINE.map(value);
        let currency = block.of(bt::BT_131).first().map_or(currency, |f| borne(f, currency));
        let amount = amount.map(|amount| format!("{amount} {currency}").trim().to_owned());
        let name = match (number, name) {
            (Some(number), Some(name)) => Some(format!("{number} '{name}'")),
            (number, None) => number,
            (None, Some(name)) => Some(format!("'{name}'")),
        };
        return name.into_iter().chain(amount).collect::<Vec<_>>().join(", ");
    }
    let mut out = String::new();
    all(side, n, currency, &mut out);
    cut(&out, BRIEF)
}

/// Its terms, then those of the groups in it.
fn all(side: &Side<'_>, n: usize, currency: &str, out: &mut String) {
    for field in side.blocks[n].fields.iter().filter(|f| !f.is_blank()) {
        if out.len() > 4 * BRIEF {
            return;
        }
        let is_amount = field.term.kind() == Kind::Amount;
        let unit = if is_amount { format!(" {}", borne(field, currency)) } else { String::new() };
        let comma = if out.is_empty() { "" } else { ", " };
        let value = cut(&field.value.shown(field.occurrence), TEXT);
        *out += &format!("{comma}{} {value}{}", field.term, unit.trim_end());
    }
    for child in &side.blocks[n].children {
        all(side, *child, currency, out);
    }
}

/// The currency of an amount: the one written on it, else that of the invoice.
fn borne<'i>(amount: &Field<'i>, currency: &'i str) -> &'i str {
    let occurrence = amount.occurrence;
    occurrence.group().invoice().currency_on(occurrence.node()).unwrap_or(currency)
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
