//! Messages that platforms had for us: listed, shown, given back as they came, and looked at again.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{StatusCode, Uri};
use axum::response::IntoResponse;
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::invoices::{find, given};
use super::page::linked;
use super::problem::{Answer, Code, Problem};
use super::query::{Asked, Id, Plain, page};
use super::{App, body, form, key, token, view};
use crate::queue::{Stuck, messages as life};
use crate::store::{Collect, Collected, MessageState, MessagesOf, PlatformMessage};
use crate::story::sentences;
use crate::text::Text;

/// A message that was looked at so often, and still waits, is shown among those that a person should look at.
const STUCK: u32 = 5;

/// A message that a platform had for us.
#[derive(Debug, Serialize, ToSchema)]
pub struct Message {
    /// Its number here.
    #[schema(pattern = "^[0-9]{1,18}$")]
    id: String,
    /// Whose it is; empty where nobody said.
    platform: String,
    /// What the platform calls it; the SHA-256 of what came over HTTP.
    flow: String,
    /// What kind of message the platform says it is, such as `CustomerInvoiceLC`.
    kind: String,
    /// `new`; `waiting` (its invoice is not known here, or its content is still to be fetched); `told` (it is in the timeline of `invoice`); `parked` (a
    /// person has to look: `why` says what for).
    #[schema(pattern = "^(new|waiting|told|parked)$")]
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    why: Option<String>,
    /// When it came.
    #[schema(format = DateTime)]
    at: Option<String>,
    /// The platform's own time of it, as written.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    updated_at: Option<String>,
    /// When it is looked at again, where it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, format = DateTime)]
    again_at: Option<String>,
    /// How often it was looked at.
    tries: u32,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    sha256: Option<String>,
    /// The token by which it was handed in, where it did not come over the platform's connection; `loopback` where none is asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    handed_by: Option<String>,
    /// The invoice in whose timeline it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    invoice: Option<String>,
    /// Its bytes, once they are here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    document: Option<String>,
}

/// Messages of platforms.
#[derive(Debug, Serialize, ToSchema)]
pub struct Messages {
    messages: Vec<Message>,
    /// Platforms whose messages do not come at present, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(required = false)]
    stuck: Vec<Inbox>,
    /// The `after` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    next: Option<String>,
}

/// A platform whose messages do not come.
#[derive(Debug, Serialize, ToSchema)]
pub struct Inbox {
    platform: String,
    /// Since when nothing could be listed; when messages that cannot be fetched were listed last.
    #[schema(format = DateTime)]
    since: Option<String>,
    why: Text,
}

/// What keeps messages from coming, by platform.
fn stuck(app: &App) -> Vec<Inbox> {
    let Some(ports) = &app.ports else { return Vec::new() };
    let mut all = Vec::new();
    for (name, route) in &ports.routes {
        let Stuck { silent, nameless } = route.stuck();
        let told = |since, why| Inbox { platform: name.clone(), since: view::time(since), why };
        all.extend(silent.map(|(since, why)| told(since, sentences::both(&why))));
        all.extend(nameless.map(|(at, count)| {
            let fr = format!("messages sans nom (flowId), que personne ne peut chercher : {count}");
            told(at, Text::new(fr, format!("messages without a name (flowId), which nobody can fetch: {count}")))
        }));
    }
    all.sort_by(|one, other| one.platform.cmp(&other.platform));
    all
}

impl Message {
    fn of(one: PlatformMessage) -> Self {
        let document = one.sha256.is_some().then(|| format!("/v1/messages/{}/document", one.seq));
        let some = |text: String| Some(text).filter(|text| !text.is_empty());
        Self {
            id: one.seq.to_string(),
            platform: one.platform,
            flow: one.flow,
            kind: one.kind,
            state: one.state.as_str(),
            why: some(one.why),
            at: view::time(one.at),
            updated_at: some(one.updated_at),
            again_at: one.due_at.and_then(view::time),
            tries: one.tries,
            sha256: one.sha256,
            handed_by: one.handed_by,
            invoice: one.invoice,
            document,
        }
    }
}

/// Whose a message is.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Whence {
    /// The platform that it came from, by its name in the configuration: only invoices that went there are meant. Any, where absent.
    platform: Option<String>,
}

/// A message that is on disk.
#[derive(Debug, Serialize, ToSchema)]
pub struct MessageTaken {
    #[schema(pattern = "^[0-9]{1,18}$")]
    id: String,
    sha256: String,
    /// `CDAR`, or `PeppolInvoiceResponse`.
    kind: String,
    /// Where it is shown, with the invoice of which it speaks.
    location: String,
}

/// Send a message
///
/// A life-cycle message that came otherwise than by a configured platform: a CDAR (D22B), or a Peppol Invoice Response (UBL ApplicationResponse). 202 once it is on
/// disk; then it is told to the invoice that it names, as what platforms have for us is, where whoever says it may: the buyer of that invoice or its seller, by an
/// identifier that both the message and the invoice bear. What a platform says counts from the platform's own connection alone. Anything else is parked. The same bytes
/// are the same message, and nothing happens twice.
#[utoipa::path(post, path = "/v1/messages", operation_id = "acceptMessage", tag = "messages", params(Whence),
    responses((status = 202, description = "On disk", body = MessageTaken, headers(("Location" = String, description = "Where it is shown")))))]
pub async fn accept(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Asked(from): Asked<Whence>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    if from.platform.as_ref().is_some_and(|name| !app.platforms.contains(name)) {
        return Err(Problem::new(
            Code::Refused,
            "`platform` : aucune plateforme de ce nom dans la configuration.",
            "`platform`: no platform of this name in the configuration.",
        ));
    }
    let kind = body::document_type(&headers)?;
    let (document, name) = body::document(kind, &headers, body, &app.budget).await?;
    let bytes = document.bytes.clone();
    let read = tokio::task::spawn_blocking(move || (life::read(&bytes), life::kind(&bytes)));
    let (Ok(told), kind) = read.await.map_err(|_| Problem::fault())? else {
        return Err(Problem::new(
            Code::NotAMessage,
            "Ni un message de cycle de vie (CDAR) ni une réponse Peppol à une facture, ou sans statut lisible.",
            "Neither a life-cycle message (CDAR) nor a Peppol Invoice Response, or without a status that can be read.",
        ));
    };
    caller.still(&app)?;
    let sha256 = token::hex(&Sha256::digest(&document.bytes));
    let message = Collect {
        flow: sha256.clone(),
        kind: kind.to_owned(),
        name: name.unwrap_or_default(),
        tracking: String::new(),
        updated_at: told.first().and_then(|told| told.at.clone()).unwrap_or_default(),
        content: Ok(document.bytes.clone()),
    };
    let platform = from.platform.unwrap_or_default();
    let named = platform.clone();
    // Without tokens, nobody in particular on this machine.
    let handed_by = Some(caller.author(None).unwrap_or_else(|| "loopback".to_owned()));
    let page = Collected { platform, at: app.clock.now(), messages: vec![message], handed_by, mark: None };
    let fresh = app.store.collect(page).await?;
    tracing::info!(kind, fresh, "a message came over HTTP");
    let kept = app.store.messages(MessagesOf::Named { platform: named, flow: sha256.clone() }).await?.pop();
    let id = kept.ok_or_else(Problem::fault)?.seq.to_string();
    let location = format!("/v1/messages/{id}");
    let taken = MessageTaken { id, sha256, kind: kind.to_owned(), location: location.clone() };
    Ok(key::on_disk(&location, taken, fresh == 0))
}

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhichMessages {
    /// Only those in this state; `stuck`: parked, or waiting although looked at five times and more.
    #[param(pattern = "^(new|waiting|told|parked|stuck)$")]
    state: Option<String>,
    /// The `next` of the page before.
    #[param(pattern = "^[0-9]{1,18}$")]
    after: Option<String>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<usize>,
}

/// List messages of platforms
///
/// Newest first: what accredited platforms say of the life of invoices, each kept as it came before anything was understood of it.
#[utoipa::path(get, path = "/v1/messages", operation_id = "listMessages", tag = "messages", params(WhichMessages),
    responses((status = 200, body = Messages)))]
pub async fn list(State(app): State<App>, uri: Uri, Asked(asked): Asked<WhichMessages>) -> Answer {
    let limit = page(asked.limit)?;
    let before = asked.after.as_ref().map(|text| number(text).ok_or_else(super::page::no_cursor)).transpose()?;
    let unknown = || {
        Problem::new(
            Code::BadQuery,
            "`state` : new, waiting, told, parked ou stuck.",
            "`state`: new, waiting, told, parked or stuck.",
        )
    };
    // One more tells whether there is more.
    let most = limit + 1;
    let of = match asked.state.as_deref() {
        Some("stuck") => MessagesOf::Stuck { tries: STUCK, before, limit: most },
        None => MessagesOf::List { state: None, before, limit: most },
        Some(text) => {
            let state = MessageState::parse(text).ok_or_else(unknown)?;
            MessagesOf::List { state: Some(state), before, limit: most }
        }
    };
    let mut found = app.store.messages(of).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|last| last.seq.to_string());
    let messages = found.into_iter().map(Message::of).collect();
    let response = Json(Messages { messages, stuck: stuck(&app), next: next.clone() }).into_response();
    Ok(linked(response, &uri, next.as_deref()))
}

/// Show a message of a platform
///
/// What it is and how far it is; what it says is in the events of its invoice.
#[utoipa::path(get, path = "/v1/messages/{id}", operation_id = "getMessage", tag = "messages", params(Id),
    responses((status = 200, body = Message)))]
pub async fn one(State(app): State<App>, Id(id): Id, _: Plain) -> Answer {
    Ok(Json(Message::of(found(&app, &id).await?)).into_response())
}

/// Give it back
///
/// Exactly the bytes that the platform had.
#[utoipa::path(get, path = "/v1/messages/{id}/document", operation_id = "getMessageDocument", tag = "messages", params(Id),
    responses((status = 200, content((Vec<u8> = "application/octet-stream")))))]
pub async fn document(State(app): State<App>, Id(id): Id, _: Plain, headers: HeaderMap) -> Answer {
    let message = found(&app, &id).await?;
    let sha256 = message.sha256.ok_or_else(none)?;
    let document = app.store.document(&sha256).await?.ok_or_else(none)?;
    let said = [
        // Whatever it is, nobody shows it as a page.
        (CONTENT_TYPE, "application/octet-stream".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"message-{}.xml\"", message.seq)),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
    ];
    let mut response = (said, given(&document)).into_response();
    form::tagged(&headers, &format!("\"{sha256}\""), &mut response);
    Ok(response)
}

/// Show the messages of an invoice
///
/// Oldest first: those that its timeline tells of.
#[utoipa::path(get, path = "/v1/invoices/{id}/messages", operation_id = "listInvoiceMessages", tag = "messages", params(Id),
    responses((status = 200, body = Messages)))]
pub async fn of_invoice(State(app): State<App>, Id(id): Id, _: Plain) -> Answer {
    let row = find(&app, &id).await?;
    let messages = app.store.messages(MessagesOf::Invoice(row.id)).await?.into_iter().map(Message::of).collect();
    Ok(Json(Messages { messages, stuck: Vec::new(), next: None }).into_response())
}

/// Look at it again
///
/// A parked message is read once more: 202, and what came of it shows in the message. One that is not parked is left as it is.
#[utoipa::path(post, path = "/v1/messages/{id}/retry", operation_id = "retryMessage", tag = "messages", params(Id),
    responses((status = 202, description = "It is looked at", body = Message)))]
pub async fn retry(State(app): State<App>, Extension(caller): Extension<Caller>, Id(id): Id, _: Plain) -> Answer {
    let message = found(&app, &id).await?;
    caller.still(&app)?;
    let again = app.store.anew("", Some(message.seq), app.clock.now()).await?;
    tracing::info!(message = message.seq, again, "a parked message is looked at again");
    Ok((StatusCode::ACCEPTED, Json(Message::of(found(&app, &id).await?))).into_response())
}

async fn found(app: &App, id: &str) -> Answer<PlatformMessage> {
    let seq = number(id).ok_or_else(none)?;
    app.store.messages(MessagesOf::One(seq)).await?.pop().ok_or_else(none)
}

fn number(text: &str) -> Option<u64> {
    let digits = (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

fn none() -> Problem {
    Problem::new(
        Code::NoMessage,
        "Aucun message de plateforme n'a cet identifiant.",
        "No message of a platform has this id.",
    )
}
