//! Is it alive, and may it be given work? Asked without a token, so nothing here names a customer or a path.

use std::sync::atomic::Ordering;
use std::time::Duration;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

use super::App;
use super::query::Plain;
use super::token::FileState;

/// For how long a failed commit is reason enough to take work elsewhere.
const FAILED_WITHIN: Duration = Duration::from_secs(30);

/// The process answers.
#[derive(Debug, Serialize, ToSchema)]
pub struct Alive {
    /// `ok`.
    status: &'static str,
}

/// What stands in the way of taking documents.
#[derive(Debug, Serialize, ToSchema)]
pub struct Ready {
    ready: bool,
    /// `ok` or `failed`.
    store: &'static str,
    /// `ok` or `failed`.
    last_commit: &'static str,
    stopping: bool,
    /// `ok`, or `full`: bodies under way hold all the room there is, and documents are told to come back.
    bodies: &'static str,
    /// `ok`, how many customer files are wrong, or that their folder is gone.
    clients: String,
    /// `ok`, how many partner files are wrong, or that their folder is gone.
    partners: String,
    /// `ok`, `off` (no token is asked for), or why those known so far stay in force.
    tokens: &'static str,
    /// `ok`, or how many watched folders are out of reach.
    folders: String,
    /// `ok`, `off`, `expires in N days`, `expired`, `not yet valid` or `unreadable`.
    seal: String,
}

/// Is it alive?
#[utoipa::path(get, path = "/healthz", operation_id = "alive", tag = "health",
    responses((status = 200, body = Alive)))]
pub async fn alive(_: Plain) -> Json<Alive> {
    Json(Alive { status: "ok" })
}

/// May it be given work?
///
/// 200 where documents can be taken, 503 where not. Wrong customer or partner files are told and do not count against it: the last good ones
/// are in force.
///
/// A tokens file that is gone or spoilt is told and does not count: the tokens that it named last stay in force, so that an accident
/// locks nobody out.
///
/// A watched folder out of reach is told and does not count either: documents can be posted all the same.
///
/// A seal that cannot be made does not count against it either: documents are taken, judged and kept, and only their deliveries
/// wait. It is told, so that a watch on `seal` can call somebody.
///
/// A store may write a probe and yet have no room for documents: a commit that failed counts until one passes, or until
/// it is so long ago that it is worth trying again.
#[utoipa::path(get, path = "/readyz", operation_id = "ready", tag = "health",
    responses((status = 200, body = Ready), (status = 503, description = "Not now", body = Ready)))]
pub async fn ready(State(app): State<App>, _: Plain) -> (StatusCode, Json<Ready>) {
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
    let files = |gone: bool, faults: usize, see: &str| match (gone, faults) {
        (true, _) => "the folder is gone: what its files said last is in force".to_owned(),
        (false, 0) => "ok".to_owned(),
        (false, faults) => format!("{faults} wrong, {see}"),
    };
    let clients = files(app.customers.gone(), faults, "see /v1/clients");
    let partner_faults = app.partners.in_force().wrong();
    let partners = files(app.partners.gone(), partner_faults, "`facteur doctor` names them");
    let word = |fine: bool| if fine { "ok" } else { "failed" };
    let seal = app.seal.as_ref().map_or_else(|| "off".to_owned(), |seal| seal.state().text().en);
    let lost = app.folders.iter().filter(|folder| !folder.now().up).count();
    let anew = app.folders.iter().filter(|folder| folder.made_anew()).count();
    let mut folders =
        if lost == 0 { "ok".to_owned() } else { format!("{lost} of {} out of reach, see the log", app.folders.len()) };
    if anew > 0 {
        folders += &format!("; {anew} on another file system: mount it back, or restart facteur to work there");
    }
    let bodies = if app.budget.full() { "full" } else { "ok" };
    let tokens = match app.tokens.file() {
        _ if app.open => "off",
        FileState::Fine => "ok",
        FileState::Gone => "the tokens file is gone: those it named last are in force",
        FileState::Wrong => "the tokens file is wrong, see the log: those it named last are in force",
    };
    let last_commit = word(failed.is_none());
    let body =
        Ready { ready, store: word(store), last_commit, stopping, bodies, clients, partners, tokens, folders, seal };
    (status, Json(body))
}
