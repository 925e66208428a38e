//! `Idempotency-Key`: the same request under the same key is done once, and its answer is told again.
//!
//! A key belongs to the token that bears it, by the token's name: nobody reads another's answers by guessing a key. What was
//! done, its key and its answer are in one commit, so that no crash comes between them.

use axum::Json;
use axum::http::header::LOCATION;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use super::App;
use super::auth::Caller;
use super::form::Form;
use super::problem::{Answer, Code, Problem};
use super::token::hex;
use crate::limits;
use crate::store::{InvoiceRow, Keyed, Promise};
use crate::text::Lang;

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// 202: it is on disk, and followed at `location`; `replayed` tells that the same came before.
pub fn on_disk(location: &str, taken: impl Serialize, replayed: bool) -> Response {
    let mut response = (StatusCode::ACCEPTED, Json(taken)).into_response();
    let headers = response.headers_mut();
    if let Ok(place) = HeaderValue::from_str(location) {
        headers.insert(LOCATION, place);
    }
    if replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    response
}

/// The header, as the description shows it.
#[derive(IntoParams)]
#[into_params(parameter_in = Header)]
#[expect(dead_code, reason = "it is read by `of_caller`, and stands here for the description")]
pub struct KeyHeader {
    /// Makes the request safe to repeat: under the same key, the same request is done once and its answer told again, with
    /// `Idempotent-Replayed: true`, also after a restart. Belongs to the token that bears it. Kept for 30 days unless
    /// `[store] idempotency_keys` says otherwise.
    #[param(
        rename = "Idempotency-Key",
        required = false,
        min_length = 1,
        max_length = 256,
        pattern = "^[!-~]([ -~]*[!-~])?$"
    )]
    idempotency_key: Option<String>,
}

/// The key of a request, as the store knows it: after the name of the token. Names hold no `/`.
///
/// # Errors
/// [`Code::BadKey`]: several, empty, too long, or of other than printable ASCII characters.
pub fn of_caller(headers: &HeaderMap, caller: &Caller) -> Answer<Option<String>> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let most = limits::IDEMPOTENCY_KEY_BYTES;
    let fits = |key: &&str| (1..=most).contains(&key.len()) && !key.contains('\t');
    match value.to_str().ok().filter(fits) {
        Some(key) if headers.get_all(IDEMPOTENCY_KEY).iter().count() == 1 => {
            Ok(Some(format!("{}/{key}", caller.name.as_deref().unwrap_or(""))))
        }
        _ => Err(Problem::new(
            Code::BadKey,
            format!("Une seule Idempotency-Key, de 1 à {most} caractères ASCII imprimables, est attendue."),
            format!("One Idempotency-Key of 1 to {most} printable ASCII characters is expected."),
        )),
    }
}

/// A key and the request that bears it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Asked {
    key: String,
    request: String,
}

impl Asked {
    /// `what` is method and path; the body counts byte for byte.
    pub fn new(key: String, what: &str, body: &[u8]) -> Self {
        let mut digest = Sha256::new();
        digest.update(what.as_bytes());
        digest.update(b"\n");
        digest.update(body);
        Self { key, request: hex(&digest.finalize()) }
    }

    /// The answer that was given before, where there was one.
    ///
    /// # Errors
    /// [`Code::KeyReused`] where the key was used for something else.
    pub async fn told_before(&self, app: &App) -> Answer<Option<Response>> {
        app.store.answered(&self.key).await?.map(|keyed| self.again(keyed)).transpose()
    }

    /// The kept answer, told again.
    pub fn again(&self, keyed: Keyed) -> Answer {
        if keyed.request != self.request {
            return Err(Problem::key_reused());
        }
        let mut response = json(keyed.answer);
        response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
        Ok(response)
    }

    /// What a step is recorded with.
    pub fn keyed(&self, answer: String) -> Keyed {
        Keyed { key: self.key.clone(), request: self.request.clone(), answer }
    }

    /// As [`Asked::keyed`], for an act whose row is not known yet.
    pub fn promise(&self, answer: fn(&InvoiceRow) -> String) -> Promise {
        Promise { key: self.key.clone(), request: self.request.clone(), answer }
    }
}

/// Does what is asked under a key, or without one. What was told before is told again; and where the same request came twice at once, the other one did it, and its
/// answer is ours.
pub async fn once(app: &App, asked: Option<&Asked>, work: impl Future<Output = Answer>) -> Answer {
    let Some(asked) = asked else { return work.await };
    if let Some(before) = asked.told_before(app).await? {
        return Ok(before);
    }
    match work.await {
        Err(error) => asked.told_before(app).await?.ok_or(error),
        done => done,
    }
}

/// A JSON answer that was written before.
pub fn json(body: String) -> Response {
    let mut response = Form::Json.answer(body, Lang::En);
    response.headers_mut().remove("vary");
    response
}
