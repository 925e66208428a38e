//! `POST /v1/flows`: what is asked of a deposit at the door, and what is kept of it.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Json, Response};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::door::{Sorry, sorry};
use super::judge::{Judgement, judge};
use super::record::{About, Flow, INVOICE, MESSAGE};
use super::{form, life, search};
use crate::day::Day;
use crate::formats;
use crate::formats::cdar::{self, COMPLETED, Told};
use crate::invoice::{Draft, Syntax};
use crate::platforms::sandbox::behaviour::{Action, Behaviour};
use crate::platforms::sandbox::record::Millis;
use crate::platforms::sandbox::script::{LineStatus, Script};
use crate::platforms::sandbox::world::World;

const SYNTAXES: [&str; 5] = ["CII", "UBL", "Factur-X", "CDAR", "FRR"];
const PROFILES: [&str; 4] = ["Basic", "CIUS", "Extended-CTC-FR", "Undefined"];
/// Longest `trackingId` and `name`, in characters.
const TRACKING_CHARS: usize = 64;
const NAME_CHARS: usize = 255;
const DAY_MS: i64 = 24 * 60 * 60 * 1000;

/// A deposit in the shape of the norm.
pub(super) struct Submission {
    tracking: Option<String>,
    name: String,
    syntax: String,
    profile: Option<String>,
    rule: Option<String>,
    sha256: Option<String>,
    bytes: Vec<u8>,
}

impl Submission {
    pub fn names(&self) -> Vec<String> {
        let look = crate::platforms::sandbox::look::look(&self.bytes);
        look.number.into_iter().chain([self.name.clone()]).chain(self.tracking.clone()).collect()
    }
}

/// Reads the form.
pub(super) fn read(content_type: &str, body: &[u8]) -> Result<Submission, Sorry> {
    let wrong = |text: &str| sorry(StatusCode::BAD_REQUEST, "PARAMS_ERROR", text);
    let parts = form::parts(content_type, body).ok_or_else(|| wrong("the body is no multipart/form-data"))?;
    let part = |name: &str| parts.iter().find(|part| part.name == name);
    let info = part("flowInfo").ok_or_else(|| wrong("there is no flowInfo"))?;
    let file = part("file").ok_or_else(|| wrong("there is no file"))?;
    let info: Value = serde_json::from_slice(info.bytes).map_err(|_| wrong("flowInfo is not JSON"))?;
    let text = |key: &str| info.get(key).and_then(Value::as_str).map(str::to_owned);
    let within = |text: &Option<String>, most: usize| text.as_ref().is_none_or(|text| text.chars().count() <= most);
    let syntax = text("flowSyntax").filter(|syntax| SYNTAXES.contains(&syntax.as_str()));
    let (tracking, profile) = (text("trackingId"), text("flowProfile"));
    let name = text("name").filter(|name| !name.is_empty());
    if !within(&tracking, TRACKING_CHARS) || !within(&name, NAME_CHARS) {
        return Err(wrong("trackingId or name is too long"));
    }
    if profile.as_ref().is_some_and(|profile| !PROFILES.contains(&profile.as_str())) {
        return Err(wrong("flowProfile is none of the norm's"));
    }
    Ok(Submission {
        syntax: syntax.ok_or_else(|| wrong("flowSyntax is none of the norm's"))?,
        name: name.ok_or_else(|| wrong("name is missing"))?,
        rule: text("processingRule"),
        sha256: text("sha256"),
        bytes: file.bytes.to_vec(),
        tracking,
        profile,
    })
}

/// Takes a deposit, or says why not.
///
/// # Errors
/// The state file cannot be written: nothing was taken.
pub(super) fn take(submission: &Submission, world: &mut World, now: Millis) -> std::io::Result<Response> {
    let sha256 = life::hex(&submission.bytes);
    let refuse = |code, text: &str| Ok(sorry(StatusCode::BAD_REQUEST, code, text).into_response());
    let same = |flow: &&Flow| !flow.incoming && flow.tracking.is_some() && flow.tracking == submission.tracking;
    if world.flows().iter().filter(same).any(|flow| flow.refused.is_empty()) {
        return refuse("AlreadyExistingFlow", "a flow of this trackingId is there already");
    }
    if submission.sha256.as_ref().is_some_and(|said| *said != sha256) {
        return refuse("ChecksumMismatch", "the file has another SHA-256");
    }
    let flow = Flow {
        id: String::new(),
        nth: 0,
        tracking: submission.tracking.clone(),
        name: submission.name.clone(),
        syntax: submission.syntax.clone(),
        profile: submission.profile.clone(),
        rule: submission.rule.clone(),
        kind: if submission.syntax == "CDAR" { MESSAGE } else { INVOICE }.into(),
        incoming: false,
        sha256,
        content: STANDARD.encode(&submission.bytes),
        at: now,
        due: now.saturating_add_unsigned(world.script().processing_ms),
        refused: Vec::new(),
        rejected: None,
        about: None,
        status: None,
    };
    let flows = judged(flow, submission, world, now)?;
    let id = world.keep_flows(flows)?;
    let row = world.flows().iter().find(|flow| flow.id == id).map(|flow| search::row(flow, now)).unwrap_or_default();
    Ok((StatusCode::ACCEPTED, Json(row)).into_response())
}

/// The deposit, and everything that will become of it.
fn judged(mut flow: Flow, submission: &Submission, world: &mut World, now: Millis) -> std::io::Result<Vec<Flow>> {
    if submission.syntax == "CDAR" {
        return Ok(stated(flow, &submission.bytes, world, now));
    }
    let today = Day::from_epoch(now.div_euclid(DAY_MS)).ok_or_else(|| std::io::Error::other("no day of our years"))?;
    let (about, rejected) = match judge(&submission.bytes, &submission.name, &submission.syntax, today) {
        Judgement::Refused(reasons) => {
            flow.refused = reasons;
            return Ok(vec![flow]);
        }
        Judgement::Invoice { about, rejected } => (about, rejected),
    };
    flow.about = Some((*about).clone());
    let key = flow.key();
    let taken = key.is_some() && world.flows().iter().any(|other| other.key() == key);
    let rejected = rejected
        .or_else(|| taken.then(|| ("DOUBLON", format!("la facture {} de ce vendeur est déjà là", about.number))))
        .or_else(|| unreachable(&about, world.script()));
    let behaviours = world.befalling(&flow.names())?;
    let hold = |b: &Behaviour| if b.action == Action::Hold { b.ms.unwrap_or(1000) } else { 0 };
    flow.due = flow.due.saturating_add_unsigned(behaviours.iter().map(hold).fold(0, u64::saturating_add));
    let behaviours: Vec<&Behaviour> = behaviours.iter().collect();
    flow.rejected = rejected.as_ref().map(|(reason, _)| (*reason).to_owned());
    let messages = life::plan(&flow, rejected, world.script(), &behaviours);
    Ok(std::iter::once(flow).chain(messages).collect())
}

/// A status that the seller says is taken as it is. Documents (209) that the buyer waits for make him go on.
fn stated(mut flow: Flow, bytes: &[u8], world: &World, now: Millis) -> Vec<Flow> {
    let Some(told) = told(bytes) else { return vec![flow] };
    let is_of_seller = |own: &str| told.seller.as_deref().is_none_or(|seller| seller.get(..9) == own.get(..9));
    let of_it = |other: &&Flow| {
        let about = other.about.as_ref().filter(|_| other.is_invoice() && other.rejected.is_none());
        about.is_some_and(|about| about.number == told.number && is_of_seller(&about.seller_siren))
    };
    let code: u16 = told.code.parse().unwrap_or_default();
    let at = told.at.as_deref().and_then(|at| at.parse::<jiff::Timestamp>().ok());
    flow.status = Some((code, at.map_or(now, jiff::Timestamp::as_millisecond)));
    let Some(deposit) = world.flows().iter().find(of_it) else { return vec![flow] };
    flow.about.clone_from(&deposit.about);
    if code != COMPLETED {
        return vec![flow];
    }
    let about_it = |other: &&Flow| other.kind == MESSAGE && other.about == deposit.about;
    let said = |other: &Flow, codes: &[u16]| other.status.is_some_and(|(code, _)| codes.contains(&code));
    let said_at = flow.status.map_or(now, |(_, at)| at);
    let (mut asked, mut answered, mut last) = (false, 0, now.max(said_at));
    for other in world.flows().iter().filter(about_it) {
        asked |= other.incoming && other.at <= now && said(other, &[207, 208]);
        answered += usize::from(!other.incoming && said(other, &[COMPLETED]));
        last = last.max(if other.incoming { other.at } else { now });
    }
    // Messages tell seconds: whoever answers the documents does so in a later one, or nobody could tell which came first.
    let last = last.div_euclid(1_000).saturating_add(1).saturating_mul(1_000);
    let behaviours = world.behaviours_of(&deposit.names());
    let behaviours: Vec<&Behaviour> = behaviours.iter().collect();
    let then = if asked { life::completed(deposit, answered, last, world.script(), &behaviours) } else { Vec::new() };
    std::iter::once(flow).chain(then).collect()
}

/// What a message of the seller's says, where it can be read.
fn told(bytes: &[u8]) -> Option<Told> {
    let read = formats::read_any(bytes).ok()?;
    let is_message = read.invoice.syntax() == Syntax::Cdar;
    is_message.then(|| cdar::told(&Draft::of(&read.invoice)))?.into_iter().next()
}

/// Nobody receives at the invoice's address.
fn unreachable(about: &About, script: &Script) -> Option<(&'static str, String)> {
    let address = about.buyer_address.as_deref().unwrap_or_default();
    let open = script.line(address) == Some(LineStatus::Enabled);
    (!open).then(|| ("REJ_ADR", format!("personne ne reçoit à l'adresse « {address} »")))
}
