//! What came in of an invoice (212), as far as it was said: by us and by others. Each says what came in at one moment; the sum tells whether it is paid.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::decimal::{self, Decimal};
use crate::formats::cdar::{CASHED, Told};
use crate::store::{Handle, InvoiceRow, StatementsOf, StoreError};

/// Events of an invoice that are looked through.
const EVENTS: usize = 10_000;
/// MDT-207: an amount that came in.
pub(super) const CAME_IN: &str = "MEN";

/// What was said to have come in, and the moment of which it was said: one that is told again, or echoed by the platform, counts once. Of one moment we say one.
pub(super) type Sums = BTreeSet<(String, Decimal)>;

/// All that was said by now.
///
/// # Errors
/// The store's.
pub(super) async fn so_far(store: &Handle, id: &str) -> Result<Sums, StoreError> {
    let mut sums = Sums::new();
    for (_, one) in store.statements(StatementsOf::Invoice(id.to_owned())).await? {
        if one.status == CASHED && one.state.counts() {
            sums.insert((one.reached_at, said(&one.said)));
        }
    }
    for event in store.events(Some(id), 0, EVENTS).await? {
        if event.kind == "message" && event.data["status"] == CASHED.to_string().as_str() {
            let at = event.data["at"].as_str().unwrap_or_default().to_owned();
            sums.insert((at, heard(&event.data)));
        }
    }
    Ok(sums)
}

/// How the invoice stands with this one: what the event tells. `part`, `whole` and `more` are against what is due; nothing is told of that where it is not known.
pub(super) fn standing(row: &InvoiceRow, sums: &mut Sums, at: &str, now: Decimal) -> Value {
    sums.insert((at.to_owned(), now));
    let sum = sums.iter().try_fold(Decimal::ZERO, |sum, (_, one)| decimal::add(sum, *one));
    let due = row.facts.payable.as_deref().and_then(|text| decimal::parse(text).ok());
    let paid = match (sum, due) {
        (Some(sum), Some(due)) if sum <= Decimal::ZERO && due > Decimal::ZERO => Some("nothing"),
        (Some(sum), Some(due)) if sum < due => Some("part"),
        (Some(sum), Some(due)) if sum == due => Some("whole"),
        (Some(_), Some(_)) => Some("more"),
        _ => None,
    };
    json!({
        "now": now.to_string(), "sum": sum.map(|sum| sum.to_string()), "due": due.map(|due| due.to_string()),
        "currency": row.facts.currency, "paid": paid,
    })
}

/// What a message of others says to have come in.
pub(super) fn of_message(told: &Told) -> Option<Decimal> {
    if told.code != CASHED.to_string() {
        return None;
    }
    let data = told.details.iter().flat_map(|detail| &detail.data);
    let amounts = data.filter(|figure| figure.kind.as_deref() == Some(CAME_IN));
    let amounts: Vec<Decimal> = amounts.filter_map(|figure| decimal::parse(&figure.amount.as_ref()?.0).ok()).collect();
    // One that tells no amount does not say that nothing came in.
    if amounts.is_empty() { None } else { decimal::sum(amounts) }
}

/// The sum of what a statement of ours says.
pub(super) fn said(said: &Value) -> Decimal {
    sum(said["amounts"].as_array(), |one| one["amount"].as_str())
}

fn heard(message: &Value) -> Decimal {
    let details = message["details"].as_array().map(Vec::as_slice).unwrap_or_default();
    let data: Vec<Value> = details.iter().filter_map(|detail| detail["data"].as_array()).flatten().cloned().collect();
    let data = data.into_iter().filter(|figure| figure["kind"] == CAME_IN).collect();
    sum(Some(&data), |one| one["amount"].as_str())
}

fn sum(all: Option<&Vec<Value>>, of: impl Fn(&Value) -> Option<&str>) -> Decimal {
    let amounts = all.into_iter().flatten().filter_map(|one| decimal::parse(of(one)?).ok());
    decimal::sum(amounts).unwrap_or(Decimal::ZERO)
}
