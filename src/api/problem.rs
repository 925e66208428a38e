//! Errors as RFC 9457 problem+json: a stable `code`, a sentence in both languages, the request's id.

use axum::Json;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Map, Value, json};

use super::request;
use crate::store::StoreError;
use crate::text::Text;

/// What went wrong with a request. The codes are stable; programs branch on them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Code {
    NoToken,
    BadToken,
    MissingScope,
    CrossSite,
    NotFound,
    NoInvoice,
    NoProblem,
    NoReport,
    NoSeal,
    MethodNotAllowed,
    BadQuery,
    BadBody,
    BadKey,
    BadMediaType,
    BadEncoding,
    NotAcceptable,
    TooLarge,
    TooSlow,
    Interrupted,
    KeyReused,
    Refused,
    NotNow,
    Busy,
    Store,
    Facteur,
}

impl Code {
    /// Status, the code as programs see it, and its title.
    const fn row(self) -> (StatusCode, &'static str, &'static str) {
        use StatusCode as S;
        match self {
            Code::NoToken => (S::UNAUTHORIZED, "no-token", "A token is needed"),
            Code::BadToken => (S::UNAUTHORIZED, "bad-token", "The token is not known"),
            Code::MissingScope => (S::FORBIDDEN, "missing-scope", "The token does not allow this"),
            Code::CrossSite => (S::FORBIDDEN, "cross-site", "Requests of web pages are refused"),
            Code::NotFound => (S::NOT_FOUND, "not-found", "There is nothing at this address"),
            Code::NoInvoice => (S::NOT_FOUND, "no-invoice", "No invoice has this id"),
            Code::NoProblem => (S::NOT_FOUND, "no-problem", "No problem has this id"),
            Code::NoReport => (S::NOT_FOUND, "no-report", "The invoice is not judged yet"),
            Code::NoSeal => (S::NOT_FOUND, "no-seal", "The invoice bears no seal"),
            Code::MethodNotAllowed => (S::METHOD_NOT_ALLOWED, "method-not-allowed", "Not by this method"),
            Code::BadQuery => (S::BAD_REQUEST, "bad-query", "The query cannot be understood"),
            Code::BadBody => (S::BAD_REQUEST, "bad-body", "The body cannot be understood"),
            Code::BadKey => (S::BAD_REQUEST, "bad-idempotency-key", "The Idempotency-Key cannot be used"),
            Code::BadMediaType => (S::UNSUPPORTED_MEDIA_TYPE, "bad-media-type", "Not a type of document taken here"),
            Code::BadEncoding => (S::UNSUPPORTED_MEDIA_TYPE, "bad-content-encoding", "Bodies are taken as they are"),
            Code::NotAcceptable => (S::NOT_ACCEPTABLE, "not-acceptable", "No form that is accepted can be given"),
            Code::TooLarge => (S::PAYLOAD_TOO_LARGE, "too-large", "The document is too large"),
            Code::TooSlow => (S::REQUEST_TIMEOUT, "too-slow", "The body came too slowly"),
            Code::Interrupted => (S::BAD_REQUEST, "interrupted", "The body ended early"),
            Code::KeyReused => (S::UNPROCESSABLE_ENTITY, "idempotency-key-reused", "The key was used with other bytes"),
            Code::Refused => (S::UNPROCESSABLE_ENTITY, "refused", "What was asked for cannot be done"),
            Code::NotNow => (S::CONFLICT, "not-in-this-state", "Not in the state it is in"),
            Code::Busy => (S::SERVICE_UNAVAILABLE, "busy", "Try again in a moment"),
            Code::Store => (S::SERVICE_UNAVAILABLE, "store", "The store does not answer"),
            Code::Facteur => (S::INTERNAL_SERVER_ERROR, "facteur", "A fault of facteur's own"),
        }
    }
}

/// An error on its way out.
#[derive(Debug, Clone)]
pub struct Problem {
    pub code: Code,
    pub detail: Text,
    /// Further members, such as the two hashes of a reused key.
    more: Map<String, Value>,
}

/// What handlers give back.
pub type Answer<T = Response> = Result<T, Problem>;

impl Problem {
    pub fn new(code: Code, fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code, detail: Text::new(fr, en), more: Map::new() }
    }

    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.more.insert(key.to_owned(), value.into());
        self
    }

    /// Ours; the log tells more.
    pub fn fault() -> Self {
        let fr = "Faute de facteur ; rien n'a été fait. Voir le journal.";
        Self::new(Code::Facteur, fr, "A fault of facteur's own; nothing was done. See the log.")
    }

    pub fn no_invoice(id: &str) -> Self {
        let id = shown(id);
        Self::new(Code::NoInvoice, format!("Aucune facture {id}."), format!("No invoice {id}."))
    }

    pub fn no_problem(id: &str) -> Self {
        let id = shown(id);
        Self::new(Code::NoProblem, format!("Aucun problème {id}."), format!("No problem {id}."))
    }
}

/// An id as far as it can be one: nothing of an address is echoed unbounded.
fn shown(id: &str) -> String {
    id.chars().filter(char::is_ascii_alphanumeric).take(64).collect()
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let busy = "La facture est en cours de traitement : recommencez dans un instant.";
        match error {
            StoreError::NoInvoice(id) => Problem::no_invoice(&id),
            StoreError::Busy(_) | StoreError::Stale(_) | StoreError::LeaseLost => {
                Problem::new(Code::Busy, busy, "The invoice is being worked on: try again in a moment.")
            }
            StoreError::NumberTaken { by } => Problem::new(
                Code::NotNow,
                format!("Le numéro est pris par la facture {by}."),
                format!("The number is taken by invoice {by}."),
            )
            .with("held_by", by),
            other => {
                // The store's own sentence names paths of this machine: it belongs in the log.
                tracing::error!(error = %other, "the store failed");
                Problem::new(
                    Code::Store,
                    "Le magasin de documents ne répond pas ; rien n'a été accepté. Voir le journal de facteur.",
                    "The store does not answer; nothing was accepted. See facteur's log.",
                )
            }
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, code, title) = self.code.row();
        let mut body = json!({
            "type": format!("urn:facteur:problem:{code}"),
            "title": title,
            "status": status.as_u16(),
            "detail": self.detail.en,
            "code": code,
            "messages": self.detail,
        });
        if let Some(members) = body.as_object_mut() {
            members.extend(self.more);
            if let Some(id) = request::id() {
                members.insert("request_id".into(), id.into());
            }
        }
        let mut response = (status, Json(body)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if self.code == Code::Busy {
            headers.insert(RETRY_AFTER, HeaderValue::from_static("1"));
        }
        if status == StatusCode::UNAUTHORIZED {
            headers.insert("www-authenticate", HeaderValue::from_static("Bearer realm=\"facteur\""));
        }
        response
    }
}

pub async fn not_found() -> Problem {
    Problem::new(Code::NotFound, "Il n'y a rien à cette adresse.", "There is nothing at this address.")
}

/// The router adds `Allow`.
pub async fn method_not_allowed() -> Problem {
    Problem::new(
        Code::MethodNotAllowed,
        "Cette adresse ne connaît pas cette méthode ; voir l'en-tête Allow.",
        "This address does not know this method; see the Allow header.",
    )
}
