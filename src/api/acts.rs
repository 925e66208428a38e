//! What people do with an invoice: release, retry, park, cancel. The author is the token's name, and the person's if given.

use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use serde::Deserialize;
use utoipa::ToSchema;

use super::auth::Caller;
use super::body::{Holds, Said};
use super::key::{self, KeyHeader};
use super::problem::{Answer, Code, Problem};
use super::query::{Id, Plain};
use super::view::{self, Invoice};
use super::{App, body};
use crate::clock::Millis;
use crate::queue::acts::{self, ActError};
use crate::store::{Handle, InvoiceRow, StoreError};
use crate::story::sentences;
use crate::text::Lang;

/// Longest author or reason, in characters.
const WORDS: usize = 2_000;
/// Pause before an act is tried again.
const PAUSE: Duration = Duration::from_millis(50);

/// An act and why.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Act {
    /// The person who acts, where the token is not theirs alone; needed where no token is asked for.
    #[schema(max_length = 2000, example = "Marie")]
    author: Option<String>,
    /// Why; kept with the invoice.
    #[schema(value_type = String, required = true, max_length = 2000, pattern = r"\S", example = "agreed with the customer")]
    reason: Option<String>,
}

/// A retry, which needs no words.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Retry {
    /// The person who acts, where the token is not theirs alone; needed where no token is asked for.
    #[schema(max_length = 2000, example = "Marie")]
    author: Option<String>,
    #[schema(max_length = 2000)]
    reason: Option<String>,
}

impl Said for Act {
    const MEMBERS: &[(&str, Holds)] = &[("author", Holds::Words), ("reason", Holds::Words)];
}

impl Said for Retry {
    const MEMBERS: &[(&str, Holds)] = Act::MEMBERS;
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Release,
    Retry,
    Park,
    Cancel,
}

/// A call that says who acts, on what and how.
pub struct Call {
    pub(super) app: App,
    pub(super) caller: Caller,
    pub(super) id: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Body,
}

impl FromRequest<App> for Call {
    type Rejection = Problem;

    async fn from_request(request: Request, app: &App) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let Id(id) = Id::from_request_parts(&mut parts, app).await?;
        Plain::from_request_parts(&mut parts, app).await?;
        let caller = parts.extensions.remove::<Caller>().ok_or_else(Problem::fault)?;
        Ok(Self { app: app.clone(), caller, id, headers: parts.headers, body })
    }
}

/// Let it go
///
/// A blocked or parked invoice leaves in spite of its findings; or, where nobody knows whether the platform has it, after the
/// platform was asked once more. Author and reason stay with it.
#[utoipa::path(post, path = "/v1/invoices/{id}/release", operation_id = "releaseInvoice", tag = "acts",
    params(Id, KeyHeader), request_body = Act, responses((status = 200, body = Invoice)))]
pub async fn release(call: Call) -> Answer {
    act(call, Deed::Release).await
}

/// Try again
///
/// Judges a blocked invoice again, takes a parked one up where it was, looks at once at one that waits. Needs no body.
#[utoipa::path(post, path = "/v1/invoices/{id}/retry", operation_id = "retryInvoice", tag = "acts",
    params(Id, KeyHeader), request_body(content = Retry), responses((status = 200, body = Invoice)))]
pub async fn retry(call: Call) -> Answer {
    act(call, Deed::Retry).await
}

/// Set it aside
///
/// It stays where it is until somebody retries, releases or cancels it. It keeps its number.
#[utoipa::path(post, path = "/v1/invoices/{id}/park", operation_id = "parkInvoice", tag = "acts",
    params(Id, KeyHeader), request_body = Act, responses((status = 200, body = Invoice)))]
pub async fn park(call: Call) -> Answer {
    act(call, Deed::Park).await
}

/// Withdraw it
///
/// Only what is not at a platform; what may be there is cancelled there.
#[utoipa::path(post, path = "/v1/invoices/{id}/cancel", operation_id = "cancelInvoice", tag = "acts",
    params(Id, KeyHeader), request_body = Act, responses((status = 200, body = Invoice)))]
pub async fn cancel(call: Call) -> Answer {
    act(call, Deed::Cancel).await
}

impl Deed {
    fn name(self) -> &'static str {
        match self {
            Deed::Release => "release",
            Deed::Retry => "retry",
            Deed::Park => "park",
            Deed::Cancel => "cancel",
        }
    }

    async fn done(
        self,
        store: &Handle,
        id: &str,
        author: &str,
        reason: &str,
        at: Millis,
    ) -> Result<InvoiceRow, ActError> {
        match self {
            Deed::Release => acts::release(store, id, author, reason, at).await,
            Deed::Retry => acts::retry(store, id, author, at).await,
            Deed::Park => acts::park(store, id, author, reason, at).await,
            Deed::Cancel => acts::cancel(store, id, author, reason, at).await,
        }
    }
}

async fn act(call: Call, deed: Deed) -> Answer {
    let Call { app, caller, id, headers, body } = call;
    let key = key::of_caller(&headers, &caller)?;
    let (said, document) = said(&app, &headers, body, deed).await?;
    caller.still(&app)?;
    let what = format!("POST /v1/invoices/{id}/{}", deed.name());
    let asked = key.map(|key| key::Asked::new(key, &what, &document));
    key::once(&app, asked.as_ref(), async {
        let (author, reason) = words(said, &caller, deed != Deed::Retry)?;
        let store = match &asked {
            Some(asked) => app.store.under(asked.promise(shown)),
            None => app.store.clone(),
        };
        let row = patiently(|| deed.done(&store, &id, &author, &reason, app.clock.now())).await?;
        tracing::info!(invoice = %row.id, act = deed.name(), "a person acted");
        Ok(key::json(shown(&row)))
    })
    .await
}

fn shown(row: &InvoiceRow) -> String {
    view::written(&Invoice::of(row))
}

/// What was said, and the bytes that said it. A retry needs no words: no type and no bytes is no body.
async fn said(app: &App, headers: &HeaderMap, body: Body, deed: Deed) -> Answer<(Act, Vec<u8>)> {
    if !headers.contains_key(CONTENT_TYPE) && body.is_end_stream() {
        return Ok((Act::default(), Vec::new()));
    }
    if deed == Deed::Retry {
        let (Retry { author, reason }, document) = body::json(headers, body, &app.budget).await?;
        return Ok((Act { author, reason }, document.bytes.to_vec()));
    }
    let (said, document) = body::json(headers, body, &app.budget).await?;
    Ok((said, document.bytes.to_vec()))
}

/// Who takes something up again, of a body as that of an invoice's retry.
///
/// # Errors
/// Nobody is named, or the body is none.
pub(super) async fn retried_by(app: &App, caller: &Caller, headers: &HeaderMap, body: Body) -> Answer<String> {
    let (said, _) = said(app, headers, body, Deed::Retry).await?;
    Ok(words(said, caller, false)?.0)
}

/// Who acts and why, both of them due, and the bytes that said it.
pub(super) async fn reasoned(
    app: &App,
    headers: &HeaderMap,
    body: Body,
    caller: &Caller,
) -> Answer<(String, String, Vec<u8>)> {
    let (said, document) = body::json(headers, body, &app.budget).await?;
    let (author, reason) = words(said, caller, true)?;
    Ok((author, reason, document.bytes.to_vec()))
}

/// Who acts and why; is a reason due?
fn words(said: Act, caller: &Caller, due: bool) -> Answer<(String, String)> {
    let long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.chars().count() > WORDS);
    if long(&said.author) || long(&said.reason) {
        let (fr, en) = ("caractères au plus pour l'auteur et le motif", "characters at most for author and reason");
        return Err(Problem::new(Code::BadBody, format!("{WORDS} {fr}."), format!("{WORDS} {en}.")));
    }
    // A retry keeps no reason; what cannot be kept is refused all the same.
    Problem::legible(&[("author", &said.author, false), ("reason", &said.reason, true)])?;
    let author = caller.author(said.author.as_deref()).ok_or_else(|| {
        Problem::new(
            Code::Refused,
            "Sans jeton, le membre `author` dit qui agit : il est conservé avec la facture.",
            "Without a token, the member `author` says who acts: it is kept with the invoice.",
        )
    })?;
    let reason = said.reason.filter(|reason| !crate::text::blank(reason));
    if reason.is_none() && due {
        return Err(Problem::new(
            Code::Refused,
            "Un motif (`reason`) est nécessaire : il est conservé avec la facture.",
            "A `reason` is needed: it is kept with the invoice.",
        ));
    }
    Ok((author, reason.unwrap_or_default()))
}

/// Tries again for a second where the queue has a step of the invoice in hand: most steps are short.
pub(super) async fn patiently<T, F: Future<Output = Result<T, ActError>>>(act: impl Fn() -> F) -> Result<T, ActError> {
    for _ in 0..20 {
        match act().await {
            Err(ActError::Store(StoreError::Busy(_) | StoreError::Stale(_))) => tokio::time::sleep(PAUSE).await,
            done => return done,
        }
    }
    act().await
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
            ActError::Hidden { member, character } => Problem::hidden(member, character),
            ActError::NotNow { id, state, why } => Problem::new(
                Code::NotNow,
                format!("La facture {id} est dans l'état « {state} » : {}.", sentences::both(why).fr),
                format!("Invoice {id} is {state}: {why}."),
            )
            .with("state", state.as_str()),
            ActError::StatementNotNow { id, state, why } => {
                let of = |lang| crate::story::words::statement(state.as_str(), lang);
                let why = sentences::both(why);
                Problem::new(
                    Code::NotNow,
                    format!("Le message {id} est dans l'état « {} » : {}.", of(Lang::Fr), why.fr),
                    format!("Statement {id} is {}: {}.", of(Lang::En), why.en),
                )
                .with("state", state.as_str())
            }
            ActError::Fault(fault) => {
                tracing::error!(error = %fault, "an act failed");
                Problem::fault()
            }
        }
    }
}
