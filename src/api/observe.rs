//! What is told and counted of a request: its route as a template of ours, never the address as it was written.

use std::time::Instant;

use axum::extract::{MatchedPath, Request};
use axum::http::Method;

use crate::telemetry::metrics;

/// Longest route told, in bytes; ours are shorter.
const ROUTE_BYTES: usize = 64;
/// The route of an address that is none of ours.
const NO_ROUTE: &str = "other";

/// A request under way. It is counted when it is dropped: also where its client gave up.
pub(super) struct Watched {
    pub method: &'static str,
    pub route: String,
    /// The invoice or problem that the address names, where what stands there can be an id.
    pub id: Option<String>,
    pub began: Instant,
    pub status: Option<u16>,
}

impl Watched {
    pub fn new(request: &Request) -> Self {
        metrics().request_begins();
        let matched = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
        let route = matched.filter(|route| route.len() <= ROUTE_BYTES).unwrap_or(NO_ROUTE);
        Self {
            method: named(request.method()),
            route: route.to_owned(),
            id: id_of(route, request.uri().path()),
            began: Instant::now(),
            status: None,
        }
    }
}

impl Watched {
    /// What could not be read as a request.
    pub fn unread() -> Self {
        metrics().request_begins();
        Self { method: "other", route: NO_ROUTE.to_owned(), id: None, began: Instant::now(), status: None }
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        metrics().request_ended(&self.route, self.method, self.status, self.began.elapsed());
    }
}

/// The name of a method, as far as it is one that anybody uses.
fn named(method: &Method) -> &'static str {
    const KNOWN: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"];
    KNOWN.into_iter().find(|known| *known == method.as_str()).unwrap_or("other")
}

/// What stands at `{id}`, where it looks like an id of ours: a stranger's address could carry anything.
fn id_of(route: &str, path: &str) -> Option<String> {
    let at = route.split('/').position(|part| part == "{id}")?;
    let id = path.split('/').nth(at)?;
    let ours = |b: u8| b.is_ascii_digit() || (b'a'..=b'f').contains(&b);
    (id.len() == 32 && id.bytes().all(ours)).then(|| id.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_told_only_where_it_can_be_one() {
        let id = "0123456789abcdef0123456789abcdef";
        assert_eq!(id_of("/v1/invoices/{id}/report", &format!("/v1/invoices/{id}/report")).as_deref(), Some(id));
        for path in ["/v1/invoices/MARTIN-SA", "/v1/invoices/", "/v1/invoices/0123456789ABCDEF0123456789ABCDEF"] {
            assert_eq!(id_of("/v1/invoices/{id}", path), None, "{path}");
        }
        assert_eq!(id_of(NO_ROUTE, &format!("/{id}")), None);
        assert_eq!((named(&Method::POST), named(&Method::from_bytes(b"MARTIN").unwrap())), ("POST", "other"));
    }
}
