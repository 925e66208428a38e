//! Which service of the platform a call is, who may make it, and the faults that strike on the way.

use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Json, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::directory::Ask;
use super::hooks;
use super::search;
use super::submit::{self, Submission};
use crate::platforms::sandbox::behaviour::Call;
use crate::platforms::sandbox::cut::Cut;
use crate::platforms::sandbox::door::{App, after, broken, instead, now};
use crate::platforms::sandbox::world::{Faults, World};

/// Where its tokens are given: those of the one application open both platforms.
pub(in crate::platforms::sandbox) const TOKEN: &str = "/afnor/oauth2/token";
const FLOW: &str = "/afnor-flow/v1/";
const DIRECTORY: &str = "/afnor-directory/v1/";

/// Is this path one of its services?
pub(in crate::platforms::sandbox) fn is_there(path: &str) -> bool {
    path.starts_with(FLOW) || path.starts_with(DIRECTORY)
}

/// A call that was understood.
enum Asked {
    Health,
    Submit(Box<Submission>),
    Search(Value),
    /// A flow, and what of it (`docType`).
    Read(String, String),
    Directory(Ask),
    Hooks(hooks::Ask),
}

/// An error in the shape of the norm.
pub(super) struct Sorry {
    pub status: StatusCode,
    pub code: &'static str,
    pub text: String,
}

pub(super) fn sorry(status: StatusCode, code: &'static str, text: impl Into<String>) -> Sorry {
    Sorry { status, code, text: text.into() }
}

impl IntoResponse for Sorry {
    fn into_response(self) -> Response {
        let body = json!({ "errorCode": self.code, "errorMessage": self.text, "type": "about:blank" });
        (self.status, Json(body)).into_response()
    }
}

/// All that is under its two paths.
pub(in crate::platforms::sandbox) async fn service(
    app: &App,
    cut: &Cut,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Response {
    if app.token_of(headers).is_none() {
        return sorry(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", "no token, or one that has ended").into_response();
    }
    let asked = match understood(method, uri, headers, body) {
        Ok(asked) => asked,
        Err(sorry) => return sorry.into_response(),
    };
    let faults = {
        let mut world = app.world();
        match asked.call() {
            None => Faults::default(),
            Some(call) => {
                let names = asked.names(&world);
                if call == Call::Directory {
                    world.looked(&names);
                }
                match world.strike(call, &names) {
                    Ok(faults) => faults,
                    Err(e) => return broken(&e),
                }
            }
        }
    };
    if let Some(fault) = &faults.before {
        return instead(fault, cut, app, headers);
    }
    let answer = asked.answer(app).unwrap_or_else(|e| broken(&e));
    after(faults, cut, answer).await
}

fn understood(method: &Method, uri: &Uri, headers: &HeaderMap, body: &[u8]) -> Result<Asked, Sorry> {
    let not_here = || sorry(StatusCode::NOT_FOUND, "NOT_FOUND", "there is no such service here");
    if let Some(path) = uri.path().strip_prefix(DIRECTORY) {
        return match path {
            "healthcheck" => Ok(Asked::Health),
            path => Ask::read(path).map(Asked::Directory).ok_or_else(not_here),
        };
    }
    let path = uri.path().strip_prefix(FLOW).unwrap_or_default();
    if let Some(ask) = hooks::Ask::read(method.as_str(), path, body) {
        return ask.map(Asked::Hooks);
    }
    match (method.as_str(), path) {
        ("GET", "healthcheck") => Ok(Asked::Health),
        ("POST", "flows") => {
            let kind = headers.get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
            submit::read(kind, body).map(|submission| Asked::Submit(Box::new(submission)))
        }
        ("POST", "flows/search") => search::read(body).map(Asked::Search),
        ("GET", path) => {
            let flow = path.strip_prefix("flows/").filter(|id| !id.is_empty() && !id.contains('/'));
            let kind = uri.query().and_then(|q| q.split('&').find_map(|word| word.strip_prefix("docType=")));
            flow.map(|id| Asked::Read(id.to_owned(), kind.unwrap_or("Metadata").to_owned())).ok_or_else(not_here)
        }
        _ => Err(not_here()),
    }
}

impl Asked {
    fn call(&self) -> Option<Call> {
        match self {
            Asked::Health => None,
            Asked::Submit(_) => Some(Call::Deposit),
            Asked::Search(ask) if ask["where"].get("trackingId").is_none() => Some(Call::Inbox),
            Asked::Search(_) => Some(Call::Search),
            Asked::Read(_, kind) if kind == "Metadata" => Some(Call::Report),
            Asked::Read(..) => Some(Call::Download),
            Asked::Directory(_) => Some(Call::Directory),
            Asked::Hooks(_) => Some(Call::Webhook),
        }
    }

    /// The names of what it is about, as far as they are known.
    fn names(&self, world: &World) -> Vec<String> {
        let of = |is: &dyn Fn(&super::Flow) -> bool| {
            let found = world.flows().iter().find(|flow| is(flow));
            found.map(super::Flow::names).unwrap_or_default()
        };
        match self {
            Asked::Submit(submission) => submission.names(),
            Asked::Search(ask) => match ask["where"]["trackingId"].as_str() {
                Some(tracking) => of(&|flow| flow.tracking.as_deref() == Some(tracking)),
                None => Vec::new(),
            },
            Asked::Read(id, _) => of(&|flow| flow.id == *id),
            Asked::Directory(ask) => ask.names(),
            Asked::Hooks(ask) => ask.names(),
            Asked::Health => Vec::new(),
        }
    }

    /// # Errors
    /// The state file cannot be written.
    fn answer(&self, app: &App) -> std::io::Result<Response> {
        let mut world = app.world();
        let now = now().saturating_add(world.script().clock_skew_ms);
        Ok(match self {
            Asked::Health => Json(json!({ "status": "UP" })).into_response(),
            Asked::Submit(submission) => submit::take(submission, &mut world, now)?,
            Asked::Search(ask) => search::answer(&world, ask, now),
            Asked::Directory(ask) => ask.answer(world.script()),
            Asked::Hooks(ask) => ask.answer(&mut world, now)?,
            Asked::Read(id, kind) => {
                let found = world.flows().iter().find(|flow| flow.id == *id && flow.at <= now);
                match (found, kind.as_str()) {
                    (None, _) => sorry(StatusCode::NOT_FOUND, "NOT_FOUND", "no such flow").into_response(),
                    (Some(flow), "Metadata") => Json(search::row(flow, now)).into_response(),
                    (Some(flow), "Original") => match STANDARD.decode(&flow.content) {
                        Ok(bytes) => ([("content-type", "application/octet-stream")], bytes).into_response(),
                        Err(e) => broken(&std::io::Error::other(e)),
                    },
                    (Some(_), "Converted" | "ReadableView") => {
                        sorry(StatusCode::NOT_FOUND, "NOT_FOUND", "this flow has no such document").into_response()
                    }
                    _ => {
                        sorry(StatusCode::BAD_REQUEST, "PARAMS_ERROR", "docType is none of the norm's").into_response()
                    }
                }
            }
        })
    }
}
