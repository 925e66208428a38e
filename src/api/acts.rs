//! What people do with an invoice: release, retry, park, cancel. The author is the token's name, and the person's if given.

use std::time::Duration;

use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use serde::Deserialize;

use super::auth::Caller;
use super::problem::{Answer, Code, Problem};
use super::{App, body, invoices};
use crate::queue::acts::{self, ActError};
use crate::store::{InvoiceRow, StoreError};

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Act {
    /// The person who acts, where the token is not theirs alone.
    author: Option<String>,
    reason: Option<String>,
}

/// Longest author or reason, in characters.
const WORDS: usize = 2_000;
/// Pause before an act is tried again.
const PAUSE: Duration = Duration::from_millis(50);

/// `POST /v1/invoices/{id}/release`: it leaves in spite of its findings, or, where nobody knows whether the platform has it,
/// after the platform was asked once more; author and reason stay with it.
pub async fn release(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let (author, reason) = said(&app, &caller, &headers, body).await?;
    let reason = needed(reason)?;
    told("released", patiently(|| acts::release(&app.store, &id, &author, &reason, app.clock.now())).await)
}

/// `POST /v1/invoices/{id}/retry`
pub async fn retry(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let (author, _) = said(&app, &caller, &headers, body).await?;
    told("retried", patiently(|| acts::retry(&app.store, &id, &author, app.clock.now())).await)
}

/// `POST /v1/invoices/{id}/park`
pub async fn park(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let (author, reason) = said(&app, &caller, &headers, body).await?;
    let reason = needed(reason)?;
    told("parked", patiently(|| acts::park(&app.store, &id, &author, &reason, app.clock.now())).await)
}

/// `POST /v1/invoices/{id}/cancel`
pub async fn cancel(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let (author, reason) = said(&app, &caller, &headers, body).await?;
    let reason = needed(reason)?;
    told("cancelled", patiently(|| acts::cancel(&app.store, &id, &author, &reason, app.clock.now())).await)
}

async fn said(app: &App, caller: &Caller, headers: &HeaderMap, body: Body) -> Answer<(String, Option<String>)> {
    // A retry needs no words: no type and no length means no body.
    let typed = headers.contains_key(axum::http::header::CONTENT_TYPE);
    let act: Act = if typed { body::json(headers, body, &app.budget).await? } else { Act::default() };
    let long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.chars().count() > WORDS);
    if long(&act.author) || long(&act.reason) {
        let (fr, en) = ("caractères au plus pour l'auteur et le motif", "characters at most for author and reason");
        return Err(Problem::new(Code::BadBody, format!("{WORDS} {fr}."), format!("{WORDS} {en}.")));
    }
    let author = caller.author(act.author.as_deref()).ok_or_else(|| {
        Problem::new(
            Code::Refused,
            "Sans jeton, le membre `author` dit qui agit : il est conservé avec la facture.",
            "Without a token, the member `author` says who acts: it is kept with the invoice.",
        )
    })?;
    Ok((author, act.reason))
}

fn needed(reason: Option<String>) -> Answer<String> {
    reason.filter(|reason| !reason.trim().is_empty()).ok_or_else(|| {
        Problem::new(
            Code::Refused,
            "Un motif (`reason`) est nécessaire : il est conservé avec la facture.",
            "A `reason` is needed: it is kept with the invoice.",
        )
    })
}

/// Tries again for a second where the queue has a step of the invoice in hand: most steps are short.
async fn patiently<F: Future<Output = Result<InvoiceRow, ActError>>>(
    act: impl Fn() -> F,
) -> Result<InvoiceRow, ActError> {
    for _ in 0..20 {
        match act().await {
            Err(ActError::Store(StoreError::Busy(_) | StoreError::Stale(_))) => tokio::time::sleep(PAUSE).await,
            done => return done,
        }
    }
    act().await
}

fn told(act: &'static str, done: Result<InvoiceRow, ActError>) -> Answer {
    let row = done?;
    tracing::info!(invoice = %row.id, act, "a person acted");
    Ok(invoices::shown(&row))
}

impl From<ActError> for Problem {
    fn from(error: ActError) -> Self {
        match error {
            ActError::Store(error) => error.into(),
            ActError::NumberTaken { by } => StoreError::NumberTaken { by }.into(),
            ActError::NoReason => Problem::new(
                Code::Refused,
                "Un auteur et un motif sont nécessaires : ils sont conservés avec la facture.",
                "An author and a reason are needed: both are kept with the invoice.",
            ),
            ActError::NotNow { id, state, why } => Problem::new(
                Code::NotNow,
                format!("La facture {id} est dans l'état « {state} », où cela n'est pas possible."),
                format!("Invoice {id} is {state}: {why}."),
            )
            .with("state", state.as_str()),
            ActError::Fault(fault) => {
                tracing::error!(error = %fault, "an act failed");
                Problem::fault()
            }
        }
    }
}
