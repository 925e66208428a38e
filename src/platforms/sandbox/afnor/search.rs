//! `POST /v1/flows/search`: criteria, pages, and a flow as the platform tells it.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use serde_json::{Value, json};

use super::door::{Sorry, sorry};
use super::record::Flow;
use crate::platforms::sandbox::record::Millis;
use crate::platforms::sandbox::world::World;

/// Rows of a page unless said, and at most.
const USUAL: u64 = 25;
const MOST: u64 = 100;
/// `flowType` of the norm.
pub(super) const TYPES: [&str; 19] = [
    "CustomerInvoice",
    "SupplierInvoice",
    "CustomerInvoiceLC",
    "SupplierInvoiceLC",
    "StateCustomerInvoiceLC",
    "StateSupplierInvoiceLC",
    "AggregatedCustomerTransactionReport",
    "UnitaryCustomerTransactionReport",
    "AggregatedCustomerPaymentReport",
    "UnitaryCustomerPaymentReport",
    "UnitarySupplierTransactionReport",
    "MultiFlowReport",
    "StateCustomerInvoice",
    "StateSupplierInvoice",
    "StateTransactionReport",
    "StateTransactionReportLC",
    "StatePaymentReport",
    "StatePaymentReportLC",
    "Undefined",
];

/// Reads the question; one without a criterion is none.
pub(super) fn read(body: &[u8]) -> Result<Value, Sorry> {
    let wrong = |text: &str| sorry(StatusCode::BAD_REQUEST, "PARAMS_ERROR", text);
    let ask: Value = serde_json::from_slice(body).map_err(|_| wrong("the body is not JSON"))?;
    let criteria = ask.get("where").and_then(Value::as_object);
    if criteria.is_none_or(serde_json::Map::is_empty) {
        return Err(wrong("at least one criterion is needed"));
    }
    if ask.get("limit").is_some_and(|limit| !limit.as_u64().is_some_and(|n| (1..=MOST).contains(&n))) {
        return Err(wrong("limit is a number from 1 to 100"));
    }
    let types = criteria.and_then(|criteria| criteria.get("flowType")).and_then(Value::as_array);
    if types.into_iter().flatten().any(|kind| !kind.as_str().is_some_and(|kind| TYPES.contains(&kind))) {
        return Err(wrong("flowType is none of the norm's"));
    }
    for key in ["updatedAfter", "updatedBefore"] {
        if criteria.and_then(|criteria| criteria.get(key)).is_some_and(|at| millis(at).is_none()) {
            return Err(wrong("a moment is none"));
        }
    }
    Ok(ask)
}

/// One page, in order of change; a cursor holds its place whatever comes in between.
pub(super) fn answer(world: &World, ask: &Value, now: Millis) -> Response {
    let limit = ask.get("limit").and_then(Value::as_u64).unwrap_or(USUAL).min(world.script().page_size);
    let after = match ask.get("cursor").and_then(Value::as_str) {
        None => None,
        Some(cursor) => match place(cursor) {
            Some(place) => Some(place),
            None => return sorry(StatusCode::BAD_REQUEST, "PARAMS_ERROR", "the cursor is none").into_response(),
        },
    };
    let criteria = &ask["where"];
    let mut found: Vec<&Flow> =
        world.flows().iter().filter(|flow| flow.at <= now && fits(flow, criteria, now)).collect();
    found.sort_by_key(|flow| (flow.updated(now), flow.nth));
    found.retain(|flow| after.is_none_or(|after| (flow.updated(now), flow.nth) > after));
    let page = &found[..found.len().min(usize::try_from(limit).unwrap_or(usize::MAX))];
    let more = page.len() < found.len();
    let next = page.last().filter(|_| more).map(|flow| format!("{}.{}", flow.updated(now), flow.nth));
    let rows: Vec<Value> = page.iter().map(|flow| row(flow, now)).collect();
    Json(json!({ "limit": limit, "nextCursor": next, "filters": criteria, "results": rows })).into_response()
}

fn place(cursor: &str) -> Option<(Millis, u64)> {
    let (at, nth) = cursor.split_once('.')?;
    Some((at.parse().ok()?, nth.parse().ok()?))
}

fn fits(flow: &Flow, criteria: &Value, now: Millis) -> bool {
    let one_of = |key: &str, own: &str| match criteria.get(key) {
        None | Some(Value::Null) => true,
        Some(Value::Array(wanted)) => wanted.iter().any(|word| word == own),
        Some(wanted) => wanted == own,
    };
    let moment = |key: &str| criteria.get(key).and_then(millis);
    let updated = flow.updated(now);
    one_of("flowType", &flow.kind)
        && one_of("flowDirection", if flow.incoming { "In" } else { "Out" })
        && one_of("trackingId", flow.tracking.as_deref().unwrap_or_default())
        && one_of("ackStatus", flow.ack(now))
        && moment("updatedAfter").is_none_or(|after| updated > after)
        && moment("updatedBefore").is_none_or(|before| updated < before)
}

fn millis(at: &Value) -> Option<Millis> {
    at.as_str()?.parse::<jiff::Timestamp>().ok().map(jiff::Timestamp::as_millisecond)
}

/// A flow as `Metadata` and searches tell it.
pub(super) fn row(flow: &Flow, now: Millis) -> Value {
    let details: Vec<Value> = flow
        .refused
        .iter()
        .filter(|_| now >= flow.due)
        .map(|(code, text)| json!({ "level": "Error", "item": "file", "reasonCode": code, "reasonMessage": text }))
        .collect();
    let mut row = json!({
        "flowId": flow.id, "submittedAt": moment(flow.at), "updatedAt": moment(flow.updated(now)), "name": flow.name,
        "flowSyntax": flow.syntax, "flowType": flow.kind, "flowDirection": if flow.incoming { "In" } else { "Out" },
        "processingRule": flow.rule.as_deref().unwrap_or("B2B"),
        "processingRuleSource": if flow.rule.is_some() { "Input" } else { "Computed" }, "sha256": flow.sha256,
        "acknowledgement": { "status": flow.ack(now), "details": details },
    });
    for (key, value) in [("trackingId", &flow.tracking), ("flowProfile", &flow.profile)] {
        if let Some(value) = value {
            row[key] = value.as_str().into();
        }
    }
    row
}

pub(super) fn moment(at: Millis) -> String {
    let at = jiff::Timestamp::from_millisecond(at).unwrap_or_default();
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}
