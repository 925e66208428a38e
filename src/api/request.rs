//! What surrounds every request: its id, the headers that every answer bears, one line in the log.

use std::time::Instant;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

use super::form;
use crate::text::Lang;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id taken over from a client.
const ID_CHARS: usize = 64;

tokio::task_local! {
    static ID: String;
    static LANG: Lang;
}

/// What every answer bears unless its handler says otherwise: nothing of ours is a page, nothing is kept by caches in between.
const HEADERS: [(&str, &str); 6] = [
    ("x-content-type-options", "nosniff"),
    ("cache-control", "no-store"),
    ("content-security-policy", "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"),
    ("referrer-policy", "no-referrer"),
    ("cross-origin-resource-policy", "same-origin"),
    ("x-frame-options", "DENY"),
];

/// The id of the request being answered; none outside of one.
pub fn id() -> Option<String> {
    ID.try_with(String::clone).ok()
}

/// The language in which the request being answered wants to be refused; English where it does not say.
pub fn lang() -> Lang {
    LANG.try_with(|lang| *lang).unwrap_or(Lang::En)
}

/// Gives the request an id, answers it, and tells it in the log: method, path, status and time; no query, no body.
pub async fn told(request: Request, next: Next) -> Response {
    let id = given(request.headers()).unwrap_or_else(fresh);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let began = Instant::now();
    let lang = form::lang(request.headers());
    let mut response = ID.scope(id.clone(), LANG.scope(lang, next.run(request))).await;
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    let (status, ms) = (response.status().as_u16(), began.elapsed().as_millis() as u64);
    let path = plain(&path);
    if status >= 500 {
        tracing::warn!(request = %id, %method, path, status, ms, "request");
    } else {
        tracing::info!(request = %id, %method, path, status, ms, "request");
    }
    response
}

/// The client's own id, where it is one that can be logged.
fn given(headers: &HeaderMap) -> Option<String> {
    let id = headers.get(REQUEST_ID)?.to_str().ok()?;
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    (!id.is_empty() && id.len() <= ID_CHARS && id.bytes().all(plain)).then(|| id.to_owned())
}

fn fresh() -> String {
    let mut bytes = [0u8; 16];
    // An id only: without randomness, requests share one, and nothing else changes.
    let _ = getrandom::fill(&mut bytes);
    crate::api::token::hex(&bytes)
}

/// The path as far as our addresses go: a stranger's path could carry anything.
fn plain(path: &str) -> &str {
    let fine = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'/' | b'-' | b'_');
    if path.len() <= 128 && path.bytes().all(fine) { path } else { "(other)" }
}
