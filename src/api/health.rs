//! Is it alive, and may it be given work? Asked without a token, so nothing here names a customer or a path.

use std::sync::atomic::Ordering;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::App;

/// `GET /healthz`: the process answers.
pub async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// `GET /readyz`: documents can be taken. Wrong customer files are told and do not count against it: the last good ones
/// are in force.
pub async fn ready(State(app): State<App>) -> (StatusCode, Json<Value>) {
    let store = match app.store.check().await {
        Ok(()) => true,
        Err(error) => {
            tracing::error!(%error, "the store failed its check");
            false
        }
    };
    let stopping = app.stopping.load(Ordering::Acquire);
    let faults = app.customers.faults();
    let ready = store && !stopping;
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let clients = if faults == 0 { "ok".to_owned() } else { format!("{faults} wrong, see /v1/clients") };
    let body = json!({
        "ready": ready,
        "store": if store { "ok" } else { "failed" },
        "stopping": stopping,
        "clients": clients,
    });
    (status, Json(body))
}
