//! What surrounds every request: its id, the headers that every answer bears, one line in the log.

use axum::extract::Request;
use axum::http::header::{CONNECTION, HOST, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Version};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tracing::Instrument as _;

use super::form;
use super::malformed;
use super::observe::Watched;
use super::problem::{Code, Problem};
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

/// Work that is done elsewhere on behalf of the request being answered: it knows its id and its language.
pub fn carried<T>(work: impl Future<Output = T>) -> impl Future<Output = T> {
    ID.scope(id().unwrap_or_default(), LANG.scope(lang(), work)).in_current_span()
}

/// Gives the request an id, answers it, tells it in the log (method, route, status, time: nothing that a caller wrote but an
/// id of ours) and counts it.
pub async fn told(request: Request, next: Next) -> Response {
    let id = given(request.headers()).unwrap_or_else(fresh);
    let mut watched = Watched::new(&request);
    let lang = form::lang(request.headers());
    let span = tracing::info_span!("request", request = %id);
    let answered = async {
        match (hosted(&request), framed(request.headers())) {
            (true, true) => next.run(request).await,
            (false, _) => no_host().into_response(),
            (true, false) => {
                let mut refusal = malformed::bad_coding().into_response();
                refusal.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                refusal
            }
        }
    };
    let answer = ID.scope(id.clone(), LANG.scope(lang, answered));
    furnished(answer.instrument(span).await, &id, &mut watched)
}

/// The refusal of what could not be read as a request, with all that surrounds every answer.
pub fn unread(problem: Problem) -> Response {
    let id = fresh();
    let response = ID.sync_scope(id.clone(), || problem.into_response());
    furnished(response, &id, &mut Watched::unread())
}

/// Adds what every answer bears, and tells it in the log.
fn furnished(mut response: Response, id: &str, watched: &mut Watched) -> Response {
    let headers = response.headers_mut();
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    let status = response.status().as_u16();
    watched.status = Some(status);
    let (ms, method, route) = (watched.began.elapsed().as_millis() as u64, watched.method, watched.route.as_str());
    let about = watched.id.as_deref();
    if status >= 500 {
        tracing::warn!(request = %id, method, route, about, status, ms, "request");
    } else {
        tracing::info!(request = %id, method, route, about, status, ms, "request");
    }
    response
}

/// Names the request one host, as HTTP/1.1 wants it (RFC 9112, section 3.2)? What is between it and us could otherwise read it in
/// another way than we do.
fn hosted(request: &Request) -> bool {
    let named = request.headers().get_all(HOST).iter().count();
    named == 1 || (named == 0 && request.version() < Version::HTTP_11)
}

/// Does the body come as it is, or in pieces and in no other coding? What hyper takes out of the pieces would otherwise be kept as if
/// it were the document, packed as it is.
fn framed(headers: &HeaderMap) -> bool {
    let mut codings = headers.get_all(TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (None, _) => true,
        (Some(one), None) => one.as_bytes().trim_ascii().eq_ignore_ascii_case(b"chunked"),
        _ => false,
    }
}

fn no_host() -> Problem {
    Problem::new(
        Code::BadHost,
        "HTTP/1.1 veut un en-tête Host, et un seul.",
        "HTTP/1.1 wants one Host header, and only one.",
    )
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
