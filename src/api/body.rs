//! Bodies, bounded before they are held: in size, in time, and in what all of them hold together.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, HttpBody};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT};
use axum::http::{HeaderMap, HeaderValue};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::timeout;

use super::multipart;
use super::problem::{Code, Problem};
use crate::limits;

/// Longest wait for the next piece of a body.
const PIECE_WITHIN: Duration = Duration::from_secs(30);
/// Longest time for a whole body: 100 MB over a slow line.
const WHOLE_WITHIN: Duration = Duration::from_secs(600);
/// How long and how much of a refused body is read and dropped, so that the client can read the refusal.
const DROP_WITHIN: Duration = Duration::from_secs(10);
const DROP_BYTES: usize = 4 * limits::DOCUMENT_BYTES;
/// As much of a body whose sender is not known.
const DROP_BYTES_OF_STRANGERS: usize = 16 * 1024 * 1024;

/// What bodies may hold together, counted in KiB.
#[derive(Clone)]
pub struct Budget {
    room: Arc<Semaphore>,
    all: usize,
}

impl Budget {
    pub fn new(bytes: usize) -> Self {
        let all = bytes.div_ceil(1024);
        Self { room: Arc::new(Semaphore::new(all)), all }
    }

    /// Bytes given away now.
    pub fn held(&self) -> u64 {
        let given = self.all.saturating_sub(self.room.available_permits());
        given as u64 * 1024
    }

    /// A part of the budget, or nothing: never a wait, so that half-read bodies do not wait for each other.
    fn take(&self, bytes: usize) -> Option<OwnedSemaphorePermit> {
        let share = u32::try_from(bytes.div_ceil(1024)).ok()?;
        self.room.clone().try_acquire_many_owned(share).ok()
    }
}

/// A body, and its share of the budget for as long as it lives.
pub struct Document {
    pub bytes: Arc<[u8]>,
    _share: Vec<OwnedSemaphorePermit>,
}

/// How a document comes: as the body itself, or as the one file of a form with this boundary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    Raw,
    Form(String),
}

/// Reads a document, raw or out of its form, exactly as it was sent; with the name that a form gives it.
pub async fn document(
    kind: Kind,
    headers: &HeaderMap,
    body: Body,
    budget: &Budget,
) -> Result<(Document, Option<String>), Problem> {
    let most = limits::DOCUMENT_BYTES;
    if !headers.contains_key(CONTENT_TYPE) && body.is_end_stream() {
        return Err(no_body());
    }
    let Kind::Form(boundary) = kind else { return Ok((read(headers, body, most, budget).await?, None)) };
    let mut held = hold(headers, body, most + multipart::AROUND, budget).await?;
    let cut = move || {
        let file = multipart::only_file(&held.bytes, &boundary)?;
        if file.at.len() > most {
            return Err(too_large(most));
        }
        held.bytes.truncate(file.at.end);
        held.bytes.drain(..file.at.start);
        Ok((held.document(), file.name))
    };
    // A large form is searched where it keeps no other request waiting.
    tokio::task::spawn_blocking(cut).await.unwrap_or_else(|_| Err(Problem::fault()))
}

/// Reads a body of at most `limit` bytes.
pub async fn read(headers: &HeaderMap, body: Body, limit: usize, budget: &Budget) -> Result<Document, Problem> {
    hold(headers, body, limit, budget).await.map(Held::document)
}

/// Bytes as they came, and their share of the budget.
struct Held {
    bytes: Vec<u8>,
    share: Vec<OwnedSemaphorePermit>,
}

impl Held {
    fn document(self) -> Document {
        Document { bytes: self.bytes.into(), _share: self.share }
    }
}

async fn hold(headers: &HeaderMap, mut body: Body, limit: usize, budget: &Budget) -> Result<Held, Problem> {
    if let Err(problem) = plain(headers) {
        dismiss(headers, body).await;
        return Err(problem);
    }
    let said = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    if said.is_some_and(|length: usize| length > limit) {
        if !headers.contains_key(EXPECT) {
            drop_rest(&mut body, DROP_BYTES).await;
        }
        return Err(too_large(limit));
    }
    match timeout(WHOLE_WITHIN, collect(&mut body, said, limit, budget)).await {
        Ok(Err(problem)) if problem.code == Code::TooLarge => {
            drop_rest(&mut body, DROP_BYTES).await;
            Err(problem)
        }
        Ok(done) => done,
        Err(_) => Err(too_slow()),
    }
}

async fn collect(body: &mut Body, said: Option<usize>, limit: usize, budget: &Budget) -> Result<Held, Problem> {
    let expected = said.unwrap_or(0);
    let mut share = vec![budget.take(expected).ok_or_else(full)?];
    let (mut bytes, mut room) = (Vec::with_capacity(expected), expected);
    while let Some(piece) = piece(body).await? {
        if bytes.len() + piece.len() > limit {
            return Err(too_large(limit));
        }
        if bytes.len() + piece.len() > room {
            // No length was said: room is taken as the body grows.
            let more = piece.len().max(room).max(64 * 1024).min(limit - room);
            share.push(budget.take(more).ok_or_else(full)?);
            room += more;
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(Held { bytes, share })
}

async fn piece(body: &mut Body) -> Result<Option<axum::body::Bytes>, Problem> {
    loop {
        let next = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
        match timeout(PIECE_WITHIN, next).await {
            Err(_) => return Err(too_slow()),
            Ok(None) => return Ok(None),
            Ok(Some(Err(_))) => return Err(interrupted()),
            Ok(Some(Ok(frame))) => {
                // Trailers say nothing here.
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

/// Reads on without keeping: a client that is still writing would otherwise meet a closed connection and no answer.
async fn drop_rest(body: &mut Body, most: usize) {
    let mut dropped = 0;
    let rest = async {
        while let Ok(Some(piece)) = piece(body).await {
            dropped += piece.len();
            if dropped > most {
                break;
            }
        }
    };
    let _ = timeout(DROP_WITHIN, rest).await;
}

/// Lets a request go whose body nobody wants: see [`drop_rest`]. A client that waits for a word before it sends is spared it.
pub async fn dismiss(headers: &HeaderMap, mut body: Body) {
    if !headers.contains_key(EXPECT) {
        drop_rest(&mut body, DROP_BYTES_OF_STRANGERS).await;
    }
}

/// What is kept are the very bytes of the document: a body that is packed on the way is none.
fn plain(headers: &HeaderMap) -> Result<(), Problem> {
    let coded = |value: &HeaderValue| {
        value.to_str().map_or(true, |text| text.split(',').any(|one| !matches!(one.trim(), "" | "identity")))
    };
    if !headers.get_all(CONTENT_ENCODING).iter().any(coded) {
        return Ok(());
    }
    Err(Problem::new(
        Code::BadEncoding,
        "Envoyez le corps sans Content-Encoding : facteur garde les octets tels quels et ne décompresse rien.",
        "Send the body without Content-Encoding: facteur keeps the very bytes and unpacks nothing.",
    ))
}

/// Types under which documents come raw. The content alone tells what a document is.
pub const TAKEN: [&str; 6] = [
    "application/xml",
    "text/xml",
    "application/octet-stream",
    "application/pdf",
    "application/edifact",
    "application/edi-edifact",
];
/// The type of forms.
pub const FORM: &str = "multipart/form-data";

/// How the document comes. No type is taken too. A web page may post a form unasked, but not with a token; and where none is
/// asked for, [`super::auth`] turns web pages away before anything is read.
pub fn document_type(headers: &HeaderMap) -> Result<Kind, Problem> {
    let mut all = headers.get_all(CONTENT_TYPE).iter();
    let Some(value) = all.next() else { return Ok(Kind::Raw) };
    let text = value.to_str().unwrap_or("");
    let name = text.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    if all.next().is_none() {
        if name == FORM {
            return multipart::boundary(text).map(Kind::Form);
        }
        if TAKEN.contains(&name.as_str()) || (name.starts_with("application/") && name.ends_with("+xml")) {
            return Ok(Kind::Raw);
        }
    }
    let known = TAKEN.join(", ");
    Err(Problem::new(
        Code::BadMediaType,
        format!(
            "Envoyez le document tel quel, sous l'un de ces types : {known} ; ou seul dans un formulaire ({FORM})."
        ),
        format!("Send the document as it is, under one of these types: {known}; or alone in a form ({FORM})."),
    ))
}

/// Types under which JSON comes.
pub const JSON: [&str; 2] = ["application/json", "application/merge-patch+json"];

/// Reads a small JSON body into its type, and gives its bytes as well; unknown members are refused by that type.
pub async fn json<T: serde::de::DeserializeOwned>(
    headers: &HeaderMap,
    body: Body,
    budget: &Budget,
) -> Result<(T, Document), Problem> {
    let name = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let name = name.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    if !JSON.contains(&name.as_str()) {
        dismiss(headers, body).await;
        return Err(Problem::new(
            Code::BadMediaType,
            "Du JSON est attendu ici (Content-Type: application/json).",
            "JSON is expected here (Content-Type: application/json).",
        ));
    }
    let document = read(headers, body, limits::JSON_BYTES, budget).await?;
    let said = serde_json::from_slice(&document.bytes).map_err(|e| {
        // What it may quote is the caller's own JSON, never a document.
        let (line, column) = (e.line(), e.column());
        Problem::new(
            Code::BadBody,
            format!("Le JSON ne convient pas, ligne {line}, colonne {column} : {e}"),
            format!("The JSON does not fit, line {line}, column {column}: {e}"),
        )
    })?;
    Ok((said, document))
}

/// Neither a body nor a word of one: a document of no bytes at least comes with its type.
fn no_body() -> Problem {
    Problem::new(
        Code::BadBody,
        "La requête n'a pas de corps : envoyez-y le document, avec son Content-Type.",
        "The request has no body: send the document in it, with its Content-Type.",
    )
}

fn too_large(limit: usize) -> Problem {
    Problem::new(
        Code::TooLarge,
        format!("Le document dépasse {limit} octets ; rien n'a été gardé."),
        format!("The document is over {limit} bytes; nothing was kept."),
    )
    .with("limit", limit)
}

fn too_slow() -> Problem {
    Problem::new(
        Code::TooSlow,
        "Le corps de la requête est arrivé trop lentement ; rien n'a été gardé.",
        "The body of the request came too slowly; nothing was kept.",
    )
}

fn interrupted() -> Problem {
    Problem::new(
        Code::Interrupted,
        "La connexion s'est arrêtée avant la fin du document ; rien n'a été gardé.",
        "The connection ended before the document did; nothing was kept.",
    )
}

fn full() -> Problem {
    Problem::new(
        Code::Busy,
        "Trop de documents arrivent en même temps ; recommencez dans un instant.",
        "Too many documents come at the same time; try again in a moment.",
    )
}

#[cfg(test)]
mod tests;
