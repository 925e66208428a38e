//! The sandbox's own pages: what it holds, and one more behaviour.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use serde_json::{Value, json};

use super::behaviour::Behaviour;
use super::door::{App, broken, now};
use super::ledger;
use super::script::Line;
use super::services::moment;

/// Every integrated invoice, for tests and people.
pub(super) async fn all_invoices(State(app): State<Arc<App>>) -> Json<Value> {
    let (world, now) = (app.world(), now());
    // Deposited under the same number by the same seller, whatever became of it.
    let mut deposits: HashMap<(&str, &str), Vec<&str>> = HashMap::new();
    for deposit in world.deposits() {
        if let (Some(number), Some(seller)) = (&deposit.number, deposit.seller.as_deref().and_then(|s| s.get(..9))) {
            deposits.entry((number, seller)).or_default().push(&deposit.flow);
        }
    }
    let rows: Vec<Value> = world
        .invoices(now)
        .map(|invoice| {
            let flows = deposits.get(&(invoice.number.as_str(), invoice.seller_siren.as_str()));
            let statuses: Vec<Value> = invoice
                .past(now)
                .map(|s| json!({ "code": s.code, "at": moment(s.at), "comment": s.comment }))
                .collect();
            json!({
                "id": invoice.id, "number": invoice.number, "seller": invoice.seller, "buyer": invoice.buyer,
                "flow": invoice.flow, "file_name": invoice.file_name, "sha256": invoice.sha256,
                "deposited": flows.map_or(0, Vec::len), "flows": flows,
                "status": invoice.current(now).map(|s| &s.code), "statuses": statuses,
            })
        })
        .collect();
    Json(json!({ "invoices": rows }))
}

/// Every deposit, for tests and people.
pub(super) async fn all_deposits(State(app): State<Arc<App>>) -> Json<Value> {
    let (world, now) = (app.world(), now());
    let rows: Vec<Value> = world
        .deposits()
        .iter()
        .map(|d| {
            json!({ "flow": d.flow, "at": moment(d.at), "file_name": d.file_name, "syntax": d.syntax, "sha256": d.sha256,
                "number": d.number, "seller": d.seller, "buyer": d.buyer, "state": d.state(now),
                "errors": d.technical.iter().map(|t| &t.text).chain(&d.payment).collect::<Vec<_>>() })
        })
        .collect();
    Json(json!({ "deposits": rows }))
}

/// Every flow of the accredited platform, seen or to come, for tests and people.
pub(super) async fn all_flows(State(app): State<Arc<App>>) -> Json<Value> {
    let world = app.world();
    let now = now().saturating_add(world.script().clock_skew_ms);
    let rows: Vec<Value> = world
        .flows()
        .iter()
        .map(|flow| {
            json!({ "id": flow.id, "type": flow.kind, "direction": if flow.incoming { "In" } else { "Out" },
                "tracking": flow.tracking, "name": flow.name, "sha256": flow.sha256,
                "number": flow.about.as_ref().map(|about| &about.number), "status": flow.status.map(|(code, _)| code),
                "at": moment(flow.at), "shown": flow.at <= now, "ack": flow.ack(now),
                "errors": flow.refused.iter().map(|(code, _)| code).collect::<Vec<_>>() })
        })
        .collect();
    Json(json!({ "flows": rows }))
}

/// Everything at both platforms until now, as JSON lines.
pub(super) async fn ledger(State(app): State<Arc<App>>) -> Response {
    ([("content-type", "application/x-ndjson")], ledger::lines(&app.world(), now())).into_response()
}

/// Every behaviour, and how often each that is counted has struck.
pub(super) async fn all_behaviours(State(app): State<Arc<App>>) -> Json<Value> {
    let row = |(behaviour, struck): &(Behaviour, u32)| {
        let mut row = json!(behaviour);
        row["struck"] = json!(behaviour.action.is_counted().then_some(*struck));
        row
    };
    Json(json!({ "behaviours": app.world().behaviours().iter().map(row).collect::<Vec<_>>() }))
}

/// What directories were asked, for tests and people: since this start alone.
pub(super) async fn all_lookups(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({ "lookups": app.world().lookups() }))
}

/// Every try of a notice, for tests and people: since this start alone.
pub(super) async fn all_notices(State(app): State<Arc<App>>) -> Json<Value> {
    Json(json!({ "notices": app.world().tries() }))
}

/// A line of the directory as it is from now on; until the next start.
pub(super) async fn set_line(State(app): State<Arc<App>>, body: Bytes) -> Response {
    match serde_json::from_slice::<Line>(&body) {
        Ok(line) => {
            app.world().set_line(line);
            StatusCode::NO_CONTENT.into_response()
        }
        Err(e) => (StatusCode::BAD_REQUEST, Json(json!({ "error": e.to_string() }))).into_response(),
    }
}

/// One more behaviour, at run time.
pub(super) async fn add_behaviour(State(app): State<Arc<App>>, body: Bytes) -> Response {
    let wrong = |why: String| (StatusCode::BAD_REQUEST, Json(json!({ "error": why }))).into_response();
    let behaviour: Behaviour = match serde_json::from_slice(&body) {
        Ok(behaviour) => behaviour,
        Err(e) => return wrong(e.to_string()),
    };
    if let Err(why) = behaviour.check() {
        return wrong(why);
    }
    match app.world().add(behaviour, now()) {
        Ok(()) => StatusCode::NO_CONTENT.into_response(),
        Err(e) => broken(&e),
    }
}
