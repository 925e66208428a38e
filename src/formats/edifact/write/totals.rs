//! Totals and reasons of exemption, beyond what the binding says backwards.

use crate::decimal;
use crate::formats::write::Reason;
use crate::invoice::{Draft, bt};

use super::super::structure::{Directory, tag};
use super::fill::Fill;
use super::tree::MESSAGE;
use super::value;

/// BT-111: a second MOA+176 with the currency of BT-6.
pub(super) fn second_currency<'d>(fill: &mut Fill<'d>, draft: &'d Draft) {
    let (own, other) = (draft.text(bt::BT_5), draft.text(bt::BT_6));
    for said in draft.groups(bt::BG_22).flat_map(|totals| totals.all(bt::BT_111)) {
        let Some(amount) = value::number(&fill.written(said)) else { continue };
        let (Some(own), Some(other)) = (own, other) else {
            fill.lose(said, Reason::Needs(if own.is_none() { bt::BT_5 } else { bt::BT_6 }));
            continue;
        };
        let fits = fill.tree.lengths.component(tag("MOA"), 1, 2).is_some_and(|form| value::fits(&amount, form).is_ok());
        if own == other || other.chars().count() > 3 || !fits {
            continue;
        }
        let summary = fill.tree.all(MESSAGE, tag("UNS")).map(|(node, _)| node).next();
        if let Some(Ok((_, id))) = summary.map(|node| fill.tree.add(node, tag("MOA"))) {
            fill.tree.set(id, 1, 1, "176");
            fill.tree.set(id, 1, 2, fill.agreement.service.number(&amount).into_owned());
            fill.tree.set(id, 1, 3, other);
        }
    }
}

/// A summary must have an amount: the sum of the lines, where the invoice states none at all; an amount that is not said, where even that is not known.
pub(super) fn finish(fill: &mut Fill<'_>, draft: &Draft) {
    let Some(summary) = fill.tree.all(MESSAGE, tag("UNS")).map(|(node, _)| node).next() else { return };
    if fill.tree.all(summary, tag("MOA")).next().is_some() {
        return;
    }
    let amounts: Option<Vec<_>> =
        draft.groups(bt::BG_25).map(|line| decimal::parse(line.text(bt::BT_131)?).ok()).collect();
    let sum = amounts.and_then(decimal::sum).map(decimal::plain);
    if let Ok((_, id)) = fill.tree.add(summary, tag("MOA")) {
        fill.tree.set(id, 1, 1, "79");
        let fits = |sum: &String| {
            fill.tree.lengths.component(tag("MOA"), 1, 2).is_some_and(|form| value::fits(sum, form).is_ok())
        };
        if let Some(sum) = sum.filter(fits) {
            fill.tree.set(id, 1, 2, fill.agreement.service.number(&sum).into_owned());
        }
    }
}

/// The subject of a reason of exemption (FTX/4451).
pub(super) fn subject(fill: &Fill<'_>) -> String {
    let agreed = fill.agreement.qualifier(bt::BT_120);
    agreed.unwrap_or(if fill.directory == Directory::D96A { "TXD" } else { "AGM" }).to_owned()
}
