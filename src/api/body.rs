//! Bodies, bounded before they are held: in size, in time, and in what all of them hold together.

use std::io;
use std::pin::Pin;
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use serde_json::error::Category;
use tokio::time::{Instant, timeout};

use super::malformed::bad_pieces;
use super::multipart;
use super::problem::{Code, Problem};
use crate::limits;
use crate::store::{Room, Share};
use crate::text::{Lang, Text};

/// Longest time for a whole body: 100 MB over a slow line.
const WHOLE_WITHIN: Duration = Duration::from_secs(600);
/// Longest wait for the next piece of a body, and how often it is looked at how fast it comes.
const EVERY: Duration = Duration::from_secs(30);
/// Least bytes from one look to the next, and least part of the whole body: half the pace at which it would just be in time.
const LEAST_BYTES: usize = 64 * 1024;
const LEAST_PART: usize = 40;
/// Room is taken in steps of so many bytes, as a body comes.
const STEP: usize = 256 * 1024;

/// What bodies may hold together, counted in KiB: what came of them, not what was announced. Small bodies have a room of their
/// own, so that no document keeps anybody from acting.
#[derive(Clone)]
pub struct Budget {
    documents: Room,
    small: Room,
    /// For what a document has beyond `limits::LARGE_BYTES`: shared with whoever else holds documents.
    large: Option<Room>,
}

impl Budget {
    /// For documents, and for bodies of at most `limits::JSON_BYTES`, in bytes.
    pub fn new(documents: usize, small: usize) -> Self {
        Self { documents: Room::new(documents), small: Room::new(small), large: None }
    }

    /// As [`Budget::new`], where what documents have beyond `limits::LARGE_BYTES` is drawn from another room.
    pub fn beside(self, large: Room) -> Self {
        Self { large: Some(large), ..self }
    }

    /// Bytes given away now, those of large documents that others hold included.
    pub fn held(&self) -> u64 {
        (self.documents.held() + self.small.held() + self.large.as_ref().map_or(0, Room::held)) as u64
    }

    /// A document of the usual size finds no room now.
    pub fn full(&self) -> bool {
        !self.documents.fits(STEP)
    }

    fn fits(&self, limit: usize, bytes: usize) -> bool {
        let [(room, first), (beyond, rest)] = self.rooms(limit, 0, bytes);
        room.fits(first) && beyond.fits(rest)
    }

    /// Room for more of a body of which so much was taken before.
    fn take(&self, limit: usize, taken: usize, more: usize) -> Option<[Share; 2]> {
        let [(room, first), (beyond, rest)] = self.rooms(limit, taken, more);
        Some([room.take(first)?, beyond.take(rest)?])
    }

    /// From which rooms the bytes after `taken` are drawn.
    fn rooms(&self, limit: usize, taken: usize, more: usize) -> [(&Room, usize); 2] {
        let room = if limit <= limits::JSON_BYTES { &self.small } else { &self.documents };
        let Some(large) = &self.large else { return [(room, more), (room, 0)] };
        let first = limits::LARGE_BYTES.saturating_sub(taken).min(more);
        [(room, first), (large, more - first)]
    }
}

/// A body. Its bytes hold their share of the budget as long as anybody holds them.
pub struct Document {
    pub bytes: Bytes,
}

/// Why a body is no longer waited for; the door breaks it off with this.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Cut {
    #[error("too little of it came while others wait for the room")]
    Slow,
    #[error("facteur is stopping")]
    Stopping,
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
    let held = hold(headers, body, most + multipart::AROUND, budget).await?;
    let cut = move || {
        let file = multipart::only_file(&held.bytes, &boundary)?;
        if file.at.len() > most {
            return Err(too_large(most));
        }
        Ok((Document { bytes: held.document().bytes.slice(file.at) }, file.name))
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
    share: [Share; 2],
}

impl Held {
    fn document(self) -> Document {
        let [first, rest] = self.share;
        Document { bytes: rest.around(first.around(self.bytes)) }
    }
}

/// A refusal is told at once, whatever is still on its way: the connection takes that in after the answer.
async fn hold(headers: &HeaderMap, mut body: Body, limit: usize, budget: &Budget) -> Result<Held, Problem> {
    plain(headers)?;
    let said = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()).and_then(|text| text.parse().ok());
    if said.is_some_and(|length: usize| length > limit) {
        return Err(too_large(limit));
    }
    // Better now than after most of it came. Nobody else is kept from the room by what is only announced.
    if !budget.fits(limit, said.unwrap_or(0)) {
        return Err(full());
    }
    match timeout(WHOLE_WITHIN, collect(&mut body, said, limit, budget, EVERY)).await {
        Ok(done) => done,
        Err(_) => Err(too_slow()),
    }
}

async fn collect(
    body: &mut Body,
    said: Option<usize>,
    limit: usize,
    budget: &Budget,
    every: Duration,
) -> Result<Held, Problem> {
    let mut held = Held { bytes: Vec::with_capacity(said.unwrap_or(0).min(STEP)), share: Default::default() };
    let mut taken = 0;
    let (mut look, mut came) = (Instant::now() + every, 0);
    loop {
        let Some(piece) = piece(body, every).await? else { return Ok(held) };
        let length = held.bytes.len() + piece.len();
        if length > limit {
            return Err(too_large(limit));
        }
        if length > taken {
            let rest = said.map_or(STEP, |said| said.saturating_sub(taken)).min(STEP).min(limit - taken);
            let more = rest.max(length - taken);
            let shares = budget.take(limit, taken, more).ok_or_else(full)?;
            taken += more;
            held.share.iter_mut().zip(shares).for_each(|(all, more)| all.merge(more));
        }
        held.bytes.extend_from_slice(&piece);
        came += piece.len();
        if Instant::now() >= look {
            if came < LEAST_BYTES.max(length.max(said.unwrap_or(0)) / LEAST_PART) {
                return Err(too_slow());
            }
            (look, came) = (Instant::now() + every, 0);
        }
    }
}

async fn piece(body: &mut Body, within: Duration) -> Result<Option<Bytes>, Problem> {
    loop {
        let next = std::future::poll_fn(|context| Pin::new(&mut *body).poll_frame(context));
        match timeout(within, next).await {
            Err(_) => return Err(too_slow()),
            Ok(None) => return Ok(None),
            Ok(Some(Err(error))) => return Err(broken_off(&error)),
            Ok(Some(Ok(frame))) => {
                // Trailers say nothing here.
                if let Ok(data) = frame.into_data() {
                    return Ok(Some(data));
                }
            }
        }
    }
}

/// Why a body did not come to its end.
fn broken_off(error: &(dyn std::error::Error + 'static)) -> Problem {
    let mut next = Some(error);
    while let Some(error) = next {
        match error.downcast_ref::<Cut>() {
            Some(Cut::Slow) => return too_slow(),
            Some(Cut::Stopping) => return stopping(),
            None => {}
        }
        let kind = error.downcast_ref::<io::Error>().map(io::Error::kind);
        if matches!(kind, Some(io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData)) {
            return bad_pieces();
        }
        next = error.source();
    }
    interrupted()
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
pub const TAKEN: [&str; 7] = [
    "application/xml",
    "text/xml",
    "application/octet-stream",
    "application/pdf",
    "application/edifact",
    "application/edi-edifact",
    "application/edi-x12",
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
pub async fn json<T: Said>(headers: &HeaderMap, body: Body, budget: &Budget) -> Result<(T, Document), Problem> {
    json_within(headers, body, limits::JSON_BYTES, budget).await
}

/// As [`json`], with documents in it: of at most so many bytes.
pub async fn json_within<T: Said>(
    headers: &HeaderMap,
    body: Body,
    most: usize,
    budget: &Budget,
) -> Result<(T, Document), Problem> {
    let name = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or("");
    let name = name.split(';').next().unwrap_or("").trim().to_ascii_lowercase();
    if !JSON.contains(&name.as_str()) {
        return Err(Problem::new(
            Code::BadMediaType,
            "Du JSON est attendu ici (Content-Type: application/json).",
            "JSON is expected here (Content-Type: application/json).",
        ));
    }
    let document = read(headers, body, most, budget).await?;
    Ok((said(&document.bytes)?, document))
}

/// What a JSON body says: members by name, so that nothing is taken for what it was not called.
///
/// # Errors
/// Where it goes wrong and what is expected there; never a word of what was sent.
fn said<T: Said>(bytes: &[u8]) -> Result<T, Problem> {
    let wrong = |fr: String, en: String| Err(Problem::new(Code::BadBody, fr, en));
    let known = |lang| {
        let each = T::MEMBERS.iter().map(|(name, kind)| format!("`{name}` ({})", kind.text().get(lang)));
        each.collect::<Vec<_>>().join(", ")
    };
    let (fr, en) = (known(Lang::Fr), known(Lang::En));
    let blank = |b: &&u8| b.is_ascii_whitespace();
    let open = bytes.iter().find(|b| !blank(b));
    let error = match serde_json::from_slice::<T>(bytes) {
        Ok(said) if open == Some(&b'{') => return Ok(said),
        Ok(_) => None,
        Err(error) => Some(error),
    };
    match error {
        Some(error) if open == Some(&b'{') || error.classify() != Category::Data => {
            let (line, column) = (error.line(), error.column());
            if error.classify() == Category::Data {
                return wrong(
                    format!(
                        "Le JSON ne convient pas, ligne {line}, colonne {column}. Membres attendus, une fois au plus : {fr}."
                    ),
                    format!(
                        "The JSON does not fit, line {line}, column {column}. Members expected, once at most: {en}."
                    ),
                );
            }
            wrong(
                format!("Ce n'est pas du JSON, ligne {line}, colonne {column}. Un objet est attendu, avec : {fr}."),
                format!("This is not JSON, line {line}, column {column}. An object is expected, with: {en}."),
            )
        }
        _ => wrong(
            format!("Un objet JSON est attendu ({{…}}), avec : {fr}."),
            format!("A JSON object is expected ({{…}}), with: {en}."),
        ),
    }
}

/// A JSON body: a flat object.
pub trait Said: serde::de::DeserializeOwned {
    /// Its members, and what each holds.
    const MEMBERS: &'static [(&'static str, Holds)];
}

/// What a member holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Holds {
    Words,
    Day,
    YesOrNo,
    Number,
    Amounts,
    Files,
}

impl Holds {
    fn text(self) -> Text {
        match self {
            Holds::Words => Text::new("texte", "text"),
            Holds::Day => Text::new("date comme \"2026-11-21\"", "date such as \"2026-11-21\""),
            Holds::YesOrNo => Text::new("true ou false", "true or false"),
            Holds::Number => Text::new("nombre entier", "whole number"),
            Holds::Amounts => Text::new("liste de {rate, amount}", "list of {rate, amount}"),
            Holds::Files => Text::new("liste de {name, type, content}", "list of {name, type, content}"),
        }
    }
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

fn stopping() -> Problem {
    Problem::new(
        Code::Stopping,
        "facteur s'arrête et le corps n'est pas venu entier à temps ; rien n'a été gardé. Renvoyez-le dès qu'il est de retour.",
        "facteur is stopping, and the body did not come whole in time; nothing was kept. Send it again once it is back.",
    )
}

pub fn full() -> Problem {
    Problem::new(
        Code::Busy,
        "Trop de documents arrivent en même temps ; recommencez dans un instant.",
        "Too many documents come at the same time; try again in a moment.",
    )
}

#[cfg(test)]
mod tests;
