//! The AFNOR Directory Service: who can receive, and at which address. Each look-up is one call; nothing is kept here.
//!
//! What is asked about an invoice is the very string of its BT-49, never only the SIREN: a company may have lines that are disabled beside
//! ones that are not.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Afnor;
use super::NAME;
use super::answer::understand;
use super::calls::segment;
use crate::platforms::Line;
use crate::platforms::line::{Trouble, text_of};
pub use crate::platforms::reception::Look;

/// A line: an electronic address of scheme 0225.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DirectoryLine {
    /// The address that was asked for.
    pub address: String,
    pub status: LineStatus,
    pub siren: Option<String>,
    pub siret: Option<String>,
    pub routing_code: Option<String>,
    pub suffix: Option<String>,
}

/// May an invoice be sent there now?
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum LineStatus {
    Enabled,
    Disabled,
    Upcoming,
    /// Another word, or none: nothing is known.
    Other(Option<String>),
}

/// A company.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Company {
    pub siren: String,
    /// None where it is not told.
    pub public: Option<bool>,
    /// False once it has ceased (`administrativeStatus`).
    pub active: Option<bool>,
}

/// An establishment, with what a public body asks of its suppliers. None: not told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Establishment {
    pub siret: String,
    pub active: Option<bool>,
    pub public: Option<bool>,
    /// `serviceCodeStatus`: BT-10 has to be there.
    pub service_required: Option<bool>,
    /// `managesLegalCommitment`: BT-13 has to be there.
    pub commitment_required: Option<bool>,
    /// `managesLegalCommitmentOrService`: one of the two.
    pub either_required: Option<bool>,
    /// `pmOnly`
    pub pm_only: Option<bool>,
    /// `managesPaymentStatus`
    pub tells_payment: Option<bool>,
}

/// A routing code (scheme 0224) of an establishment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RoutingCode {
    pub siret: String,
    pub code: String,
    pub name: Option<String>,
    /// BT-13 has to be there.
    pub commitment_required: Option<bool>,
}

impl Afnor {
    /// The line of exactly this address: what BT-49 says, at the moment of sending.
    pub async fn directory_line(&self, address: &str) -> Look<DirectoryLine> {
        let path = format!("/v1/directory-line/code:{}", segment(address));
        self.look(&path, |answer| {
            let told = text_of(answer, "addressingIdentifier");
            told.is_none_or(|told| told == address).then(|| line_of(address, answer))
        })
        .await
    }

    pub async fn company(&self, siren: &str) -> Look<Company> {
        let path = format!("/v1/siren/code-insee:{}", segment(siren));
        self.look(&path, |answer| {
            let same = text_of(answer, "siren").is_none_or(|told| told == siren);
            same.then(|| Company { siren: siren.to_owned(), public: public(answer), active: active(answer) })
        })
        .await
    }

    pub async fn establishment(&self, siret: &str) -> Look<Establishment> {
        let path = format!("/v1/siret/code-insee:{}", segment(siret));
        self.look(&path, |answer| {
            text_of(answer, "siret").is_none_or(|told| told == siret).then(|| establishment_of(siret, answer))
        })
        .await
    }

    pub async fn routing_code(&self, siret: &str, code: &str) -> Look<RoutingCode> {
        let path = format!("/v1/routing-code/siret:{}/code:{}", segment(siret), segment(code));
        self.look(&path, |answer| {
            text_of(answer, "routingIdentifier").is_none_or(|told| told == code).then(|| RoutingCode {
                siret: siret.to_owned(),
                code: code.to_owned(),
                name: text_of(answer, "routingCodeName"),
                commitment_required: flag(answer, &["managesLegalCommitmentCode", "managesLegalCommitment"]),
            })
        })
        .await
    }

    /// One question. `read` gives none where the answer is about something else.
    async fn look<T>(&self, path: &str, read: impl FnOnce(&Value) -> Option<T>) -> Look<T> {
        let mut raw = Vec::new();
        let Some(base) = &self.line.directory else {
            let why = "this connection has no directory (directory_url)".into();
            return Look::NoAnswer { why, retry_after_ms: None, line: Line::Unused, raw };
        };
        let request = || {
            let request = self.line.caller.questions.get(format!("{base}{path}")).header("Accept", "application/json");
            self.line.named(request)
        };
        let outcome = self.line.caller.call(request, &format!("GET {path}"), &mut raw).await.and_then(understand);
        let not_found = raw.last().is_some_and(|raw| raw.http == 404);
        let trouble = match outcome {
            Ok(answer) => match read(&answer) {
                Some(entry) => return Look::Found { entry, raw },
                None => Trouble::Beside { why: "the answer is about something else".into() },
            },
            // An error in the shape of the norm: the directory itself says that there is none.
            Err(Trouble::Refused { answer, .. }) if not_found && answer.is_object() => return Look::Unknown { raw },
            Err(trouble) => trouble,
        };
        let line = trouble.line();
        let (why, retry_after_ms) = trouble.into_why(NAME);
        Look::NoAnswer { why, retry_after_ms, line, raw }
    }
}

fn line_of(address: &str, answer: &Value) -> DirectoryLine {
    let routing = answer.get("routingCode");
    DirectoryLine {
        address: address.to_owned(),
        status: match text_of(answer, "directoryLineStatus").as_deref() {
            Some("Enabled") => LineStatus::Enabled,
            Some("Disabled") => LineStatus::Disabled,
            Some("Upcoming") => LineStatus::Upcoming,
            other => LineStatus::Other(other.map(str::to_owned)),
        },
        siren: text_of(answer, "siren"),
        siret: text_of(answer, "siret"),
        routing_code: routing.and_then(|routing| text_of(routing, "routingIdentifier")),
        suffix: text_of(answer, "addressingSuffix"),
    }
}

fn establishment_of(siret: &str, answer: &Value) -> Establishment {
    let flag = |key: &str| flag(answer, &[key]);
    Establishment {
        siret: siret.to_owned(),
        active: active(answer),
        public: public(answer),
        service_required: flag("serviceCodeStatus"),
        commitment_required: flag("managesLegalCommitment"),
        either_required: flag("managesLegalCommitmentOrService"),
        pm_only: flag("pmOnly"),
        tells_payment: flag("managesPaymentStatus"),
    }
}

/// The first of these keys that says yes or no, wherever it stands: platforms put what concerns public bodies into an object of its own.
fn flag(answer: &Value, keys: &[&str]) -> Option<bool> {
    let here = |object: &Value| keys.iter().find_map(|key| object.get(key).and_then(yes_or_no));
    here(answer).or_else(|| answer.as_object()?.values().filter(|inner| inner.is_object()).find_map(here))
}

fn yes_or_no(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(told) => Some(*told),
        Value::String(text) if text.eq_ignore_ascii_case("true") => Some(true),
        Value::String(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn public(answer: &Value) -> Option<bool> {
    text_of(answer, "entityType").map(|kind| kind == "Public")
}

/// `A` is active, `C` has ceased (INSEE).
fn active(answer: &Value) -> Option<bool> {
    match text_of(answer, "administrativeStatus")?.as_str() {
        "A" => Some(true),
        "C" => Some(false),
        _ => None,
    }
}
