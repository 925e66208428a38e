//! What surrounds every request: its id, the headers that every answer bears, one line in the log.

use std::time::Instant;

use axum::extract::Request;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id taken over from a client.
const ID_CHARS: usize = 64;

tokio::task_local! {
    static ID: String;
}

/// The id of the request being answered; none outside of one.
pub fn id() -> Option<String> {
    ID.try_with(String::clone).ok()
}

/// Gives the request an id, answers it, and tells it in the log: method, path, status and time; no query, no body.
pub async fn told(request: Request, next: Next) -> Response {
    let id = given(request.headers()).unwrap_or_else(fresh);
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let began = Instant::now();
    let mut response = ID.scope(id.clone(), next.run(request)).await;
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(&id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.entry("cache-control").or_insert(HeaderValue::from_static("no-store"));
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
