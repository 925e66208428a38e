//! Notices of platforms (webhooks): that there is something to fetch. What a notice says is not believed, only that it is the platform's: whatever it is about
//! is fetched, and read as everything else is.

use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::IntoResponse;
use utoipa::IntoParams;

use super::problem::{Answer, Code, Problem};
use super::query::Plain;
use super::{App, body};
use crate::limits;

const SIGNATURE: &str = "afnor-signature";
const TIMESTAMP: &str = "afnor-signature-timestamp";

/// Judges notices, and has what they are about fetched.
pub trait Notices: Send + Sync {
    /// Takes a notice of a platform: its body as it came, its signature and its time as written.
    fn take(&self, platform: &str, body: &[u8], signature: &str, timestamp: &str) -> Taken;
}

/// What became of a notice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    Good,
    /// No such platform, or none whose notices are taken.
    Nobody,
    /// Not signed by the platform, or not for now.
    Refused,
    /// More of them came than are remembered.
    TooMany,
}

/// Whose notice it is.
#[derive(IntoParams)]
#[into_params(parameter_in = Path)]
#[expect(dead_code, reason = "it is read by `Path`, and stands here for the description")]
pub struct Whose {
    /// The platform's name in the configuration.
    platform: String,
}

/// Take a notice of a platform
///
/// A webhook of the AFNOR Flow Service. `Afnor-Signature` and `Afnor-Signature-Timestamp` have to hold for the very bytes of the body, under the platform's
/// `webhook_key`, within five minutes. What the platform has is fetched then; nothing in the notice is believed. One that comes again is answered as it was
/// the first time, and does nothing.
#[utoipa::path(post, path = "/v1/notices/{platform}", operation_id = "takeNotice", tag = "notices",
    params(Whose, ("Afnor-Signature" = Option<String>, Header, description = "HMAC-SHA-256, in base64"),
        ("Afnor-Signature-Timestamp" = Option<String>, Header, description = "Seconds since 1970")),
    request_body(content = Object, content_type = "application/json"), responses((status = 204)))]
pub async fn take(
    State(app): State<App>,
    Path(platform): Path<String>,
    _: Plain,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let said = body::read(&headers, body, limits::JSON_BYTES, &app.budget).await?;
    // Twice the same header could mean two things.
    let only = |name: &str| {
        let mut all = headers.get_all(name).iter();
        let first = all.next().and_then(|value| value.to_str().ok()).unwrap_or_default();
        if all.next().is_some() { "" } else { first }
    };
    match app.notices.take(&platform, &said.bytes, only(SIGNATURE), only(TIMESTAMP)) {
        Taken::Good => Ok(StatusCode::NO_CONTENT.into_response()),
        Taken::Nobody => Err(Problem::new(
            Code::NotFound,
            "Aucune plateforme de ce nom n'a de `webhook_key` qui se lise.",
            "No platform of this name has a `webhook_key` that can be read.",
        )),
        Taken::Refused => Err(Problem::new(
            Code::BadSignature,
            "Afnor-Signature et Afnor-Signature-Timestamp ne valent pas pour ce corps, sous la clé de cette plateforme, à cette heure.",
            "Afnor-Signature and Afnor-Signature-Timestamp do not hold for this body, under this platform's key, at this time.",
        )),
        Taken::TooMany => Err(Problem::new(
            Code::Busy,
            "Trop d'avis en cinq minutes pour se souvenir de chacun.",
            "More notices within five minutes than can be remembered.",
        )),
    }
}
