//! A group instance in a few words.

use super::side::Side;
use crate::invoice::{Kind, Term, bt};
use crate::text::trim;
use crate::xml::NodeId;

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
        let own = block.of(bt::BT_131).first().and_then(|f| written(side, f.occurrence.node())).unwrap_or(currency);
        let amount = amount.map(|amount| format!("{amount} {own}").trim().to_owned());
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
        let unit = match field.term.kind() {
            Kind::Amount => format!(" {}", written(side, field.occurrence.node()).unwrap_or(currency)),
            _ => String::new(),
        };
        let comma = if out.is_empty() { "" } else { ", " };
        let value = cut(&field.value.shown(field.occurrence), TEXT);
        *out += &format!("{comma}{} {value}{}", field.term, unit.trim_end());
    }
    for child in &side.blocks[n].children {
        all(side, *child, currency, out);
    }
}

/// The currency written on an amount; that of the invoice is only what it means where nothing is written.
fn written<'i>(side: &Side<'i>, node: NodeId) -> Option<&'i str> {
    let tree = side.invoice.tree();
    let own = tree.attributes(node).iter().find(|a| tree.expanded(a.name).1 == "currencyID")?;
    Some(trim(tree.text(own.value))).filter(|own| !own.is_empty())
}

fn cut(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((at, _)) => format!("{}…", &text[..at]),
        None => text.to_owned(),
    }
}
