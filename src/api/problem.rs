//! Errors as RFC 9457 problem+json: a stable `code`, a sentence in both languages, the request's id.

use axum::Json;
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_LANGUAGE, CONTENT_TYPE, RETRY_AFTER, VARY, WWW_AUTHENTICATE};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::{Map, Value};
use utoipa::ToSchema;

pub use super::code::Code;
use super::{form, request};
use crate::store::StoreError;
use crate::text::{Text, hidden};

/// An error on its way out.
#[derive(Debug, Clone)]
pub struct Problem {
    pub code: Code,
    pub detail: Text,
    /// Further members, such as the two hashes of a reused key.
    more: Map<String, Value>,
}

/// What handlers give back.
pub type Answer<T = Response> = Result<T, Problem>;

impl Problem {
    pub fn new(code: Code, fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self { code, detail: Text::new(fr, en), more: Map::new() }
    }

    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.more.insert(key.to_owned(), value.into());
        self
    }

    /// A further member, where it is a text.
    #[cfg(test)]
    pub fn member(&self, key: &str) -> Option<String> {
        self.more.get(key).and_then(Value::as_str).map(str::to_owned)
    }

    /// Ours; the log tells more.
    pub fn fault() -> Self {
        let fr = "Faute de facteur ; rien n'a été fait. Voir le journal.";
        Self::new(Code::Facteur, fr, "A fault of facteur's own; nothing was done. See the log.")
    }

    /// A text holds a character that its readers would not see.
    pub fn hidden(member: &str, character: char) -> Self {
        let sign = format!("U+{:04X}", u32::from(character));
        Self::new(
            Code::HiddenCharacter,
            format!(
                "`{member}` contient un caractère de commande ou invisible ({sign}) : enlevez-le. Rien n'a été fait."
            ),
            format!("`{member}` holds a control or invisible character ({sign}): take it out. Nothing was done."),
        )
        .with("member", member)
        .with("character", sign)
    }

    /// Are these texts, by the names of their members, ones that can be read? Those that may have several lines say so.
    ///
    /// # Errors
    /// [`Code::HiddenCharacter`].
    pub fn legible(texts: &[(&str, &Option<String>, bool)]) -> Answer<()> {
        let found = texts.iter().find_map(|(member, text, lines)| Some((member, hidden(text.as_deref()?, *lines)?)));
        found.map_or(Ok(()), |(member, character)| Err(Self::hidden(member, character)))
    }

    /// A life-cycle message (CDAR) came where invoices are taken.
    pub fn life_cycle() -> Self {
        Self::new(
            Code::LifeCycle,
            "Ce document est un message de cycle de vie (CDAR) : le statut d'une facture, pas une facture. Rien n'a été gardé. Envoyez la facture elle-même ; POST /v1/validate juge le message.",
            "This document is a life-cycle message (CDAR): the status of an invoice, no invoice. Nothing was kept. Send the invoice itself; POST /v1/validate judges the message.",
        )
        .with("rule", "FCT-READ-LIFE-CYCLE")
    }

    /// An answer in EDIFACT came where invoices are taken.
    pub fn is_answer() -> Self {
        Self::new(
            Code::IsAnswer,
            "Ce document est une réponse EDIFACT (CONTRL, APERAK), pas une facture. Rien n'a été gardé. Envoyez-le à POST /v1/answers.",
            "This document is an answer in EDIFACT (CONTRL, APERAK), no invoice. Nothing was kept. Send it to POST /v1/answers.",
        )
    }

    pub fn no_invoice(id: &str) -> Self {
        let id = shown(id);
        Self::new(Code::NoInvoice, format!("Aucune facture {id}."), format!("No invoice {id}."))
    }

    pub fn key_reused() -> Self {
        Self::new(
            Code::KeyReused,
            "Cette Idempotency-Key a déjà servi pour une autre demande ; rien n'a été fait.",
            "This Idempotency-Key was used for another request; nothing was done.",
        )
    }

    pub fn no_client(id: &str) -> Self {
        let id = shown(id);
        Self::new(Code::NoClient, format!("Aucun fichier client {id}."), format!("No customer file {id}."))
    }

    pub fn no_problem(id: &str) -> Self {
        let id = shown(id);
        Self::new(Code::NoProblem, format!("Aucun problème {id}."), format!("No problem {id}."))
    }
}

/// An id as far as it can be one: nothing of an address is echoed unbounded.
fn shown(id: &str) -> String {
    id.chars().filter(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).take(64).collect()
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        let busy = "La facture est en cours de traitement : recommencez dans un instant.";
        match error {
            StoreError::NoInvoice(id) => Problem::no_invoice(&id),
            StoreError::Busy(_) | StoreError::Stale(_) | StoreError::LeaseLost => {
                Problem::new(Code::Busy, busy, "The invoice is being worked on: try again in a moment.")
            }
            // An answer that is kept is given by `key`; what is left is a key that was used for something else.
            StoreError::KeyUsed(_) => Problem::key_reused(),
            StoreError::NumberTaken { by } => Problem::new(
                Code::NotNow,
                format!("Le numéro est pris par la facture {by}."),
                format!("The number is taken by invoice {by}."),
            )
            .with("held_by", by),
            other => {
                // The store's own sentence names paths of this machine: it belongs in the log.
                tracing::error!(error = %other, "the store failed");
                Problem::new(
                    Code::Store,
                    "Le magasin de documents ne répond pas ; rien n'a été accepté. Voir le journal de facteur.",
                    "The store does not answer; nothing was accepted. See facteur's log.",
                )
            }
        }
    }
}

/// A refusal as it is sent (RFC 9457). A code may bring further members, named in its description.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Problem)]
pub struct Sent {
    /// `urn:facteur:problem:` and the code.
    #[schema(example = "urn:facteur:problem:no-invoice")]
    r#type: String,
    /// What this code means, in the language asked for.
    title: String,
    status: u16,
    /// What was found, what was expected and what to do, in the language asked for.
    detail: String,
    /// Stable: programs branch on it.
    code: &'static str,
    /// The detail in both languages.
    messages: Text,
    /// As in the header `x-request-id`, and in the log.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    request_id: Option<String>,
    #[serde(flatten)]
    #[schema(ignore)]
    more: Map<String, Value>,
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (code, status, lang) = (self.code, self.code.status(), request::lang());
        let sent = Sent {
            r#type: format!("urn:facteur:problem:{}", code.as_str()),
            title: code.title().get(lang).to_owned(),
            status: status.as_u16(),
            detail: self.detail.get(lang).to_owned(),
            code: code.as_str(),
            messages: self.detail,
            request_id: request::id(),
            more: self.more,
        };
        let mut response = (status, Json(sent)).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(form::tag(lang)));
        let vary = if code == Code::NotAcceptable { "accept, accept-language" } else { "accept-language" };
        headers.append(VARY, HeaderValue::from_static(vary));
        if let Some(seconds) = later(code) {
            headers.insert(RETRY_AFTER, HeaderValue::from_static(seconds));
        }
        if let Some(challenge) = challenge(code) {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        response
    }
}

/// Seconds after which another try is worth while.
pub fn later(code: Code) -> Option<&'static str> {
    match code {
        Code::Busy | Code::NoReport => Some("1"),
        Code::Stopping => Some("5"),
        _ => None,
    }
}

/// What is said to whoever is not let in: to a bearer what RFC 6750 wants.
fn challenge(code: Code) -> Option<&'static str> {
    match code {
        Code::NoToken => Some("Bearer realm=\"facteur\""),
        Code::BadToken | Code::ExpiredToken => Some("Bearer realm=\"facteur\", error=\"invalid_token\""),
        Code::BadSignature => Some("Afnor-Signature realm=\"facteur\""),
        Code::MissingScope => Some("Bearer realm=\"facteur\", error=\"insufficient_scope\""),
        _ => None,
    }
}

pub async fn not_found() -> Problem {
    Problem::new(Code::NotFound, "Il n'y a rien à cette adresse.", "There is nothing at this address.")
}

/// The router adds `Allow`.
pub async fn method_not_allowed() -> Problem {
    Problem::new(
        Code::MethodNotAllowed,
        "Cette adresse ne connaît pas cette méthode ; voir l'en-tête Allow.",
        "This address does not know this method; see the Allow header.",
    )
}
