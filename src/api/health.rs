//! Is it alive, and may it be given work? Asked without a token, so nothing here names a customer or a path.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::App;

/// For how long a failed commit is reason enough to take work elsewhere.
const FAILED_WITHIN: Duration = Duration::from_secs(30);

/// `GET /healthz`: the process answers.
pub async fn alive() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// `GET /readyz`: documents can be taken. Wrong customer files are told and do not count against it: the last good ones
/// are in force. A watched folder out of reach is told and does not count either: documents can be posted all the same.
///
/// A store may write a probe and yet have no room for documents: a commit that failed counts until one passes, or until
/// it is so long ago that it is worth trying again.
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
    let failed = app.store.failed_since();
    let ready = store && !stopping && failed.is_none_or(|since| since > FAILED_WITHIN);
    let status = if ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    let clients = if faults == 0 { "ok".to_owned() } else { format!("{faults} wrong, see /v1/clients") };
    let lost = app.folders.iter().filter(|folder| !folder.now().up).count();
    let folders =
        if lost == 0 { "ok".to_owned() } else { format!("{lost} of {} out of reach, see the log", app.folders.len()) };
    let body = json!({
        "ready": ready,
        "store": if store { "ok" } else { "failed" },
        "last_commit": if failed.is_none() { "ok" } else { "failed" },
        "stopping": stopping,
        "clients": clients,
        "folders": folders,
    });
    (status, Json(body))
}
