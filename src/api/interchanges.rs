//! Files with several invoices (interchanges of EDIFACT or X12): taken at the same door as invoices, kept as they came, each invoice a document of its own.

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::IntoResponse;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use utoipa::{IntoParams, ToSchema};

use super::App;
use super::invoices::{PATIENCE, given};
use super::problem::{Answer, Code, Problem};
use super::query::{Id, Plain};
use super::view::Stood;
use super::{body, form, token};
use crate::formats::{self, Other, Split};
use crate::limits;
use crate::store::{AcceptedPart, Held, PartOf, parts};

/// The address of a file with several invoices.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it is read by `Id`, and stands here for the description")]
pub struct Sha {
    /// SHA-256 of the file, hexadecimal.
    #[param(pattern = "^[0-9a-f]{64}$")]
    id: String,
}

/// A file with several invoices.
#[derive(Debug, Serialize, ToSchema)]
pub struct Interchange {
    sha256: String,
    bytes: u64,
    /// Each invoice in it, in the order of the file.
    invoices: Vec<PartTaken>,
    others: Vec<OtherMessage>,
}

/// An invoice of a file with several: a document of its own.
#[derive(Debug, Serialize, ToSchema)]
pub struct PartTaken {
    #[schema(pattern = "^[0-9a-f]{32}$")]
    id: String,
    sha256: String,
    /// Where it is followed.
    location: String,
    #[serde(flatten)]
    stood: Stood,
}

/// A message of another type, a package that no invoice names (`UNO`), an acknowledgement (`TA1`): kept in the file alone, and not judged.
#[derive(Debug, Serialize, ToSchema)]
pub struct OtherMessage {
    #[schema(example = "ORDERS")]
    kind: String,
    reference: String,
    /// Bytes of the file before it.
    offset: u64,
}

impl PartTaken {
    pub fn of(part: AcceptedPart) -> Self {
        Self::at(part.id, part.sha256, part.origin)
    }

    fn at(id: String, sha256: String, origin: PartOf) -> Self {
        Self { location: format!("/v1/invoices/{id}"), id, sha256, stood: Stood::of(origin) }
    }
}

impl OtherMessage {
    pub fn all(split: &Split) -> Vec<Self> {
        let of =
            |other: &Other| Self { kind: other.kind.clone(), reference: other.reference.clone(), offset: other.offset };
        split.others().iter().map(of).collect()
    }
}

/// Show a file with several invoices
///
/// Which documents became of it, and what else is in it. Nothing of this changes: how each stands is at its own place.
#[utoipa::path(get, path = "/v1/interchanges/{id}", operation_id = "getInterchange", tag = "invoices", params(Sha),
    responses((status = 200, body = Interchange)))]
pub async fn one(State(app): State<App>, Id(sha256): Id, _: Plain) -> Answer {
    apart(&app, &sha256).await?;
    let bytes = held(&app, &sha256).await?;
    // To take it apart takes a core: as many at once as there are, the others wait their turn.
    let turn = app.judging.clone().acquire_owned().await;
    let shown = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let split = formats::several(&bytes).ok().flatten()?;
        let part = |(origin, bytes): (PartOf, Vec<u8>)| {
            let own = token::hex(&Sha256::digest(&bytes));
            PartTaken::at(own.chars().take(32).collect(), own, origin)
        };
        let invoices = parts(&split, &bytes, &sha256).map(part).collect();
        let (others, bytes) = (OtherMessage::all(&split), bytes.len() as u64);
        Some(Interchange { sha256, bytes, invoices, others })
    });
    let shown = shown.await.map_err(|_| Problem::fault())?;
    Ok(Json(shown.ok_or_else(none)?).into_response())
}

/// Give it back
///
/// Exactly the bytes that were received, to keep and never to be shown by a browser.
#[utoipa::path(get, path = "/v1/interchanges/{id}/document", operation_id = "getInterchangeDocument", tag = "invoices", params(Sha),
    responses((status = 200, content((Vec<u8> = "application/edifact"), (Vec<u8> = "application/edi-x12")))))]
pub async fn document(State(app): State<App>, Id(sha256): Id, _: Plain, headers: HeaderMap) -> Answer {
    apart(&app, &sha256).await?;
    let document = app.store.document(&sha256).await?.ok_or_else(none)?;
    let said = [
        (CONTENT_TYPE, formats::edi_type(&document.piece(0).await?).to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{}.edi\"", sha256.get(..32).unwrap_or_default())),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
    ];
    let mut response = (said, given(&document)).into_response();
    form::tagged(&headers, &format!("\"{sha256}\""), &mut response);
    Ok(response)
}

/// What came alone is an invoice, and at its own place.
async fn apart(app: &App, sha256: &str) -> Answer<()> {
    let id = sha256.get(..32).filter(|_| is_sha256(sha256)).ok_or_else(none)?;
    if app.store.invoice(id).await?.is_some() { Err(none()) } else { Ok(()) }
}

async fn held(app: &App, sha256: &str) -> Answer<Bytes> {
    match app.store.hold(sha256, PATIENCE).await? {
        Held::Here(bytes) => Ok(bytes),
        Held::Absent => Err(none()),
        Held::NoRoom => Err(body::full()),
    }
}

fn is_sha256(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|b| b.is_ascii_digit() || (b'a'..=b'f').contains(&b))
}

pub fn none() -> Problem {
    Problem::new(
        Code::NoInterchange,
        "Aucun fichier à plusieurs factures n'a ce SHA-256.",
        "No file with several invoices has this SHA-256.",
    )
}

/// The refusal of a file with more messages than are taken apart.
pub fn too_many() -> Problem {
    let most = limits::EDIFACT_MESSAGES;
    Problem::new(
        Code::TooMany,
        format!("L'échange a plus de {most} messages, un segment trop long, ou des enveloppes trop grandes pour être répétées ; rien n'a été gardé. Envoyez plusieurs échanges ; « facteur answer --contrl » écrit le CONTRL qui refuse un échange EDIFACT."),
        format!("The interchange has more than {most} messages, a segment too long, or envelopes too large to be repeated; nothing was kept. Send several; \"facteur answer --contrl\" writes the CONTRL that rejects an EDIFACT one."),
    )
    .with("rule", "FCT-EDI-MANY")
    .with("limit", most)
}
