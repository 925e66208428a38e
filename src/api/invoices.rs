//! Invoices: accepted, listed, shown with their report and their very bytes.

use std::sync::Arc;

use axum::Json;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG, LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::problem::{Answer, Code, Problem};
use super::query::{Asked, bad, page};
use super::{App, body, token, view};
use crate::lifecycle::State as InvoiceState;
use crate::limits;
use crate::store::{Accepted, Incoming, InvoiceFilter, InvoiceRow};

const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");
const REPLAYED: HeaderName = HeaderName::from_static("idempotent-replayed");

/// `POST /v1/invoices`: 202 once the document is on disk, and never before.
///
/// The same bytes get the same answer, 202 and byte for byte the same body, with or without a key: a caller whose answer
/// was lost repeats the call and goes on as if it had not been. Only the header `Idempotent-Replayed` tells the difference.
pub async fn accept(State(app): State<App>, headers: HeaderMap, body: Body) -> Answer {
    let key = match body::document_type(&headers).and_then(|()| idempotency_key(&headers)) {
        Ok(key) => key,
        Err(problem) => {
            body::dismiss(&headers, body).await;
            return Err(problem);
        }
    };
    let document = body::read(&headers, body, limits::DOCUMENT_BYTES, &app.budget).await?;
    let sha256 = sha256(&document.bytes).await?;
    let incoming = Incoming {
        bytes: document.bytes.clone(),
        received_at: app.clock.now(),
        source: "http".into(),
        idempotency_key: key,
    };
    let (id, replayed) = match app.store.accept(incoming).await? {
        Accepted::New { id } => (id, false),
        Accepted::Known { id } => (id, true),
        Accepted::KeyConflict { first_sha256, this_sha256 } => {
            return Err(Problem::new(
                Code::KeyReused,
                "Cette Idempotency-Key a déjà servi pour d'autres octets ; rien n'a été accepté.",
                "This Idempotency-Key was used with other bytes; nothing was accepted.",
            )
            .with("first_sha256", first_sha256)
            .with("this_sha256", this_sha256));
        }
    };
    tracing::info!(invoice = %id, bytes = document.bytes.len(), replayed, "invoice accepted");
    let location = format!("/v1/invoices/{id}");
    let body = json!({ "id": id, "sha256": sha256, "location": location });
    let mut response = (StatusCode::ACCEPTED, Json(body)).into_response();
    let headers = response.headers_mut();
    if let Ok(location) = HeaderValue::from_str(&location) {
        headers.insert(LOCATION, location);
    }
    if replayed {
        headers.insert(REPLAYED, HeaderValue::from_static("true"));
    }
    Ok(response)
}

/// The document's SHA-256, hexadecimal; a large one is hashed where it keeps no other request waiting.
async fn sha256(bytes: &Arc<[u8]>) -> Answer<String> {
    const LARGE: usize = 512 * 1024;
    let hash = |bytes: &[u8]| token::hex(&Sha256::digest(bytes));
    if bytes.len() < LARGE {
        return Ok(hash(bytes));
    }
    let bytes = bytes.clone();
    tokio::task::spawn_blocking(move || hash(&bytes)).await.map_err(|_| Problem::fault())
}

fn idempotency_key(headers: &HeaderMap) -> Result<Option<String>, Problem> {
    let Some(value) = headers.get(IDEMPOTENCY_KEY) else { return Ok(None) };
    let fits = |key: &&str| (1..=limits::IDEMPOTENCY_KEY_BYTES).contains(&key.len());
    let most = limits::IDEMPOTENCY_KEY_BYTES;
    match value.to_str().ok().filter(fits) {
        Some(key) if headers.get_all(IDEMPOTENCY_KEY).iter().count() == 1 => Ok(Some(key.to_owned())),
        _ => Err(Problem::new(
            Code::BadKey,
            format!("Une seule Idempotency-Key, de 1 à {most} caractères ASCII imprimables, est attendue."),
            format!("One Idempotency-Key of 1 to {most} printable ASCII characters is expected."),
        )),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// One or several, separated by commas.
    state: Option<String>,
    verdict: Option<String>,
    platform: Option<String>,
    customer: Option<String>,
    number: Option<String>,
    /// Words, as in [`InvoiceFilter::words`].
    q: Option<String>,
    issued_from: Option<String>,
    issued_to: Option<String>,
    received_from: Option<String>,
    received_to: Option<String>,
    after: Option<String>,
    limit: Option<usize>,
}

impl Filter {
    fn asked(self, limit: usize) -> Answer<InvoiceFilter> {
        let named = |name: &str| InvoiceState::parse(name.trim()).ok_or_else(|| no_state(name));
        let states = self.state.as_deref().map(|all| all.split(',').map(named).collect::<Answer<Vec<_>>>());
        if self.verdict.as_deref().is_some_and(|verdict| !["valid", "invalid", "not-judged"].contains(&verdict)) {
            let known = "valid, invalid, not-judged";
            return Err(bad(
                format!("`verdict` : l'un de {known} est attendu."),
                format!("`verdict`: one of {known} is expected."),
            ));
        }
        let day = |key: &str, text: &Option<String>| {
            let read = |text: &String| crate::day::Day::parse_iso(text).ok_or_else(|| no_day(key));
            text.as_ref().map(read).transpose()
        };
        const DAY: i64 = 86_400_000;
        let received = (day("received_from", &self.received_from)?, day("received_to", &self.received_to)?);
        Ok(InvoiceFilter {
            states: states.transpose()?.unwrap_or_default(),
            issued: (day("issued_from", &self.issued_from)?, day("issued_to", &self.issued_to)?),
            // Whole days, UTC.
            received: (
                received.0.map(|day| day.since_epoch() * DAY),
                received.1.map(|day| (day.since_epoch() + 1) * DAY - 1),
            ),
            verdict: self.verdict,
            platform: self.platform,
            customer: self.customer,
            number: self.number,
            words: self.q,
            after: self.after,
            limit,
            ..InvoiceFilter::default()
        })
    }
}

/// `GET /v1/invoices`: newest first; `next` is the `after` of the next page.
pub async fn list(State(app): State<App>, Asked(filter): Asked<Filter>) -> Answer<Json<Value>> {
    let limit = page(filter.limit)?;
    let filter = filter.asked(limit)?;
    let rows = app.store.invoices(filter).await?;
    let next = (rows.len() == limit).then(|| rows.last().map(|row| row.id.clone())).flatten();
    let invoices: Vec<Value> = rows.iter().map(view::invoice).collect();
    Ok(Json(json!({ "invoices": invoices, "next": next })))
}

fn no_day(key: &str) -> Problem {
    bad(
        format!("`{key}` : une date comme 2026-11-21 est attendue."),
        format!("`{key}`: a date such as 2026-11-21 is expected."),
    )
}

fn no_state(name: &str) -> Problem {
    let known = InvoiceState::ALL.map(InvoiceState::as_str).join(", ");
    let meant = crate::config::nearest(name, InvoiceState::ALL.map(InvoiceState::as_str));
    let (mut fr, mut en) =
        (format!("`state` : l'un de {known} est attendu."), format!("`state`: one of {known} is expected."));
    if let Some(meant) = meant {
        fr += &format!(" Vouliez-vous dire `{meant}` ?");
        en += &format!(" Did you mean `{meant}`?");
    }
    bad(fr, en)
}

/// `GET /v1/invoices/{id}`
pub async fn one(State(app): State<App>, Path(id): Path<String>) -> Answer<Json<Value>> {
    Ok(Json(view::invoice(&find(&app, &id).await?)))
}

/// `GET /v1/invoices/{id}/report`: the latest judgement, in both languages.
pub async fn report(State(app): State<App>, Path(id): Path<String>) -> Answer {
    let row = find(&app, &id).await?;
    let Some(report) = app.store.report(&row.id).await? else {
        return Err(Problem::new(
            Code::NoReport,
            "La facture n'est pas encore jugée ; recommencez dans un instant.",
            "The invoice is not judged yet; try again in a moment.",
        ));
    };
    Ok(([(CONTENT_TYPE, "application/json")], report).into_response())
}

/// `GET /v1/invoices/{id}/document`: exactly the bytes that were received, to keep and never to be shown by a browser.
pub async fn document(State(app): State<App>, Path(id): Path<String>) -> Answer {
    let row = find(&app, &id).await?;
    let Some(bytes) = app.store.document(&row.sha256).await? else {
        tracing::error!(invoice = %row.id, "the document is not in the store");
        return Err(Problem::new(
            Code::Facteur,
            "Le document manque dans le magasin : c'est une faute de facteur ou de la machine.",
            "The document is missing from the store: a fault of facteur or of the machine.",
        ));
    };
    let (kind, ending) = match row.facts.syntax.as_deref() {
        Some("ubl-invoice" | "ubl-creditnote" | "cii") => ("application/xml", "xml"),
        _ => ("application/octet-stream", "bin"),
    };
    let headers = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{}.{ending}\"", row.id)),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
        (ETAG, format!("\"{}\"", row.sha256)),
    ];
    Ok((headers, bytes).into_response())
}

pub async fn find(app: &App, id: &str) -> Answer<InvoiceRow> {
    app.store.invoice(id).await?.ok_or_else(|| Problem::no_invoice(id))
}

/// An invoice after an act.
pub fn shown(row: &InvoiceRow) -> Response {
    Json(view::invoice(row)).into_response()
}
