//! Answers in EDIFACT (CONTRL, APERAK): those that facteur wrote for what it received, and those that came for what was sent.

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, Uri};
use axum::response::IntoResponse;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::interchanges::Sha;
use super::invoices::{find, given};
use super::page::linked;
use super::problem::{Answer, Code, Problem};
use super::query::{Asked, Id, Plain, page};
use super::{App, body, form, key, token, view};
use crate::formats::edifact::{came, is_answer, kind_of};
use crate::limits;
use crate::store::{AnswerIn, AnswersOf, EdiAnswer};

/// An answer in EDIFACT.
#[derive(Debug, Serialize, ToSchema)]
pub struct Reply {
    /// The first 32 hexadecimal digits of `sha256`: the same bytes are the same answer.
    #[schema(pattern = "^[0-9a-f]{32}$")]
    id: String,
    sha256: String,
    /// `CONTRL` speaks of syntax, `APERAK` of the invoice that was understood; one interchange may have both.
    #[schema(pattern = "^(CONTRL|APERAK|CONTRL\\+APERAK)$")]
    kind: String,
    /// By facteur, for what it received; else it came, for what was sent.
    written: bool,
    #[schema(format = DateTime)]
    at: Option<String>,
    /// The door it came through, or `facteur`.
    source: String,
    /// SHA-256 of the file that it answers, where facteur wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    answers: Option<String>,
    /// Messages in it.
    messages: u32,
    /// Messages that speak of no invoice that is known: they are looked for again whenever one arrives that may be meant.
    unmatched: u32,
    /// The invoices of which it speaks, 500 at most.
    invoices: Vec<String>,
    /// Its bytes.
    document: String,
}

/// Answers in EDIFACT.
#[derive(Debug, Serialize, ToSchema)]
pub struct Replies {
    answers: Vec<Reply>,
    /// The `after` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    next: Option<String>,
}

/// An answer that is on disk.
#[derive(Debug, Serialize, ToSchema)]
pub struct ReplyTaken {
    #[schema(pattern = "^[0-9a-f]{32}$")]
    id: String,
    sha256: String,
    kind: String,
    messages: u32,
    /// Where it is shown, with the invoices of which it speaks.
    location: String,
}

impl Reply {
    fn of(answer: EdiAnswer) -> Self {
        let document = format!("/v1/answers/{}/document", answer.id);
        let EdiAnswer { id, sha256, kind, written, subject, at, source, messages, unmatched, invoices, .. } = answer;
        let at = view::time(at);
        Self { id, sha256, kind, written, at, source, answers: subject, messages, unmatched, invoices, document }
    }
}

/// Send an answer
///
/// An EDIFACT interchange of CONTRL or APERAK that a partner sent for invoices of yours: 202 once it is on disk. It is then told to the invoices that it speaks
/// of; a rejection becomes a billing problem. The same bytes are the same answer, and nothing happens twice.
#[utoipa::path(post, path = "/v1/answers", operation_id = "acceptAnswer", tag = "answers",
    responses((status = 202, description = "On disk", body = ReplyTaken, headers(("Location" = String, description = "Where it is shown")))))]
pub async fn accept(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    _: Plain,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let kind = body::document_type(&headers)?;
    let (document, _) = body::document(kind, &headers, body, &app.budget).await?;
    let bytes = document.bytes.clone();
    let read = tokio::task::spawn_blocking(move || answer_in(&bytes)).await.map_err(|_| Problem::fault())?;
    let (kind, names) = read.ok_or_else(no_answer_message)?;
    caller.still(&app)?;
    if names.len() > limits::EDIFACT_MESSAGES {
        return Err(super::interchanges::too_many());
    }
    let messages = u32::try_from(names.len()).unwrap_or(u32::MAX);
    let sha256 = token::hex(&Sha256::digest(&document.bytes));
    let bytes = document.bytes.clone();
    let came =
        AnswerIn { bytes, kind: kind.to_owned(), at: app.clock.now(), source: "http".to_owned(), names, alone: true };
    let (id, replayed) = app.store.take_answer(came).await?;
    tracing::info!(answer = %id, kind, messages, replayed, "answer accepted");
    let location = format!("/v1/answers/{id}");
    let taken = ReplyTaken { id, sha256, kind: kind.to_owned(), messages, location: location.clone() };
    Ok(key::on_disk(&location, taken, replayed))
}

/// What an answer is and names, message by message; none where it is none.
fn answer_in(bytes: &Bytes) -> Option<(&'static str, Vec<(String, String)>)> {
    let all = is_answer(bytes).then(|| came(bytes))?;
    Some((kind_of(&all), all.iter().map(crate::formats::edifact::Came::names).collect()))
}

/// Which answers.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhichReplies {
    /// Only those of which a message speaks of no invoice that is known.
    unmatched: Option<bool>,
    /// The `next` of the page before.
    #[param(pattern = "^[0-9]{1,18}$")]
    after: Option<String>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<usize>,
}

/// List answers
///
/// Newest first: those that facteur wrote, and those that came.
#[utoipa::path(get, path = "/v1/answers", operation_id = "listAnswers", tag = "answers", params(WhichReplies),
    responses((status = 200, body = Replies)))]
pub async fn list(State(app): State<App>, uri: Uri, Asked(asked): Asked<WhichReplies>) -> Answer {
    let limit = page(asked.limit)?;
    let cursor = |text: &String| {
        let digits = (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
        text.parse::<u64>().ok().filter(|_| digits).ok_or_else(super::page::no_cursor)
    };
    let before = asked.after.as_ref().map(cursor).transpose()?;
    let unmatched = asked.unmatched.unwrap_or(false);
    // One more tells whether there is more.
    let mut found = app.store.edi_answers(AnswersOf::List { unmatched, before, limit: limit + 1 }).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| last.seq.to_string());
    let answers = found.into_iter().map(Reply::of).collect();
    let response = Json(Replies { answers, next: next.clone() }).into_response();
    Ok(linked(response, &uri, next.as_deref()))
}

/// Show an answer
///
/// What it is, and of which invoices it speaks; what it says of each is in their events.
#[utoipa::path(get, path = "/v1/answers/{id}", operation_id = "getAnswer", tag = "answers", params(Id),
    responses((status = 200, body = Reply)))]
pub async fn one(State(app): State<App>, Id(id): Id, _: Plain) -> Answer {
    Ok(Json(Reply::of(found(&app, &id).await?)).into_response())
}

/// Give it back
///
/// Exactly the bytes that were written or received.
#[utoipa::path(get, path = "/v1/answers/{id}/document", operation_id = "getAnswerDocument", tag = "answers", params(Id),
    responses((status = 200, content((Vec<u8> = "application/edifact")))))]
pub async fn document(State(app): State<App>, Id(id): Id, _: Plain, headers: HeaderMap) -> Answer {
    let answer = found(&app, &id).await?;
    let document = app.store.document(&answer.sha256).await?.ok_or_else(none)?;
    let ending = answer.kind.to_ascii_lowercase().replace('+', "-");
    let said = [
        (CONTENT_TYPE, "application/edifact".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{}.{ending}.edi\"", answer.id)),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
    ];
    let mut response = (said, given(&document)).into_response();
    form::tagged(&headers, &format!("\"{}\"", answer.sha256), &mut response);
    Ok(response)
}

/// Show the answers of an invoice
///
/// Oldest first: what facteur answered to the interchange it came in, and what partners answered to it.
#[utoipa::path(get, path = "/v1/invoices/{id}/answers", operation_id = "listInvoiceAnswers", tag = "answers", params(Id),
    responses((status = 200, body = Replies)))]
pub async fn of_invoice(State(app): State<App>, Id(id): Id, _: Plain) -> Answer {
    let row = find(&app, &id).await?;
    all(&app, AnswersOf::Invoice(row.id)).await
}

/// Show the answers of a file
///
/// What facteur answered to an EDIFACT file, of several invoices or of one, by the SHA-256 of the file.
#[utoipa::path(get, path = "/v1/interchanges/{id}/answers", operation_id = "listInterchangeAnswers", tag = "answers", params(Sha),
    responses((status = 200, body = Replies)))]
pub async fn of_file(State(app): State<App>, Id(sha256): Id, _: Plain) -> Answer {
    if app.store.document(&sha256).await?.is_none() {
        return Err(super::interchanges::none());
    }
    all(&app, AnswersOf::File(sha256)).await
}

async fn all(app: &App, of: AnswersOf) -> Answer {
    let answers = app.store.edi_answers(of).await?.into_iter().map(Reply::of).collect();
    Ok(Json(Replies { answers, next: None }).into_response())
}

async fn found(app: &App, id: &str) -> Answer<EdiAnswer> {
    app.store.edi_answers(AnswersOf::One(id.to_owned())).await?.pop().ok_or_else(none)
}

fn none() -> Problem {
    Problem::new(Code::NoAnswer, "Aucune réponse EDIFACT n'a cet identifiant.", "No answer in EDIFACT has this id.")
}

fn no_answer_message() -> Problem {
    Problem::new(
        Code::NotAnAnswer,
        "Ce document n'est pas un échange EDIFACT de CONTRL ou d'APERAK ; rien n'a été gardé. Les factures vont à POST /v1/invoices.",
        "This document is no EDIFACT interchange of CONTRL or APERAK; nothing was kept. Invoices go to POST /v1/invoices.",
    )
}
