//! What is no request, and therefore reaches no handler: its refusal, written out. It is problem+json as every other one.

use std::fmt::Write as _;

use axum::http::header::{CONNECTION, CONTENT_LENGTH, DATE};
use axum::http::{HeaderValue, StatusCode};

use super::problem::{Code, Problem};
use super::request;
use crate::limits;

/// Of a head that is too large: a first line beyond this is to blame for it, in bytes.
const LONG_LINE: usize = 32 * 1024;

/// The answer to what was no request, whole, where it deserves one: whoever said nothing, or broke off, gets none.
///
/// `status` is what hyper would refuse it with, `left` what of it had come.
pub async fn answer(status: Option<u16>, error: &hyper::Error, left: &[u8]) -> Option<Vec<u8>> {
    let problem = cause(status, error, left)?;
    let mut response = request::unread(problem);
    let headers = response.headers_mut();
    headers.insert(CONNECTION, HeaderValue::from_static("close"));
    let now = jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&jiff::Timestamp::now());
    if let Some(date) = now.ok().and_then(|now| HeaderValue::from_str(&now).ok()) {
        headers.insert(DATE, date);
    }
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, limits::JSON_BYTES).await.ok()?;
    let mut head = format!("HTTP/1.1 {}\r\n", parts.status);
    for (name, value) in parts.headers.iter().filter(|(name, _)| **name != CONTENT_LENGTH) {
        let _ = write!(head, "{name}: {}\r\n", value.to_str().unwrap_or_default());
    }
    let _ = write!(head, "content-length: {}\r\n\r\n", body.len());
    Some([head.as_bytes(), &body].concat())
}

fn cause(status: Option<u16>, error: &hyper::Error, left: &[u8]) -> Option<Problem> {
    let begun = !left.is_empty();
    let status = status.and_then(|status| StatusCode::from_u16(status).ok());
    match status {
        Some(StatusCode::URI_TOO_LONG) => Some(long_address()),
        Some(StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE) => {
            let line = left.iter().position(|b| *b == b'\n').unwrap_or(left.len());
            Some(if line > LONG_LINE { long_address() } else { long_head() })
        }
        Some(_) => Some(bad_request(&error.to_string())),
        None if error.is_timeout() && begun => Some(slow_head()),
        None if error.is_incomplete_message() && begun => Some(bad_request("end")),
        None if error.is_parse_version_h2() => Some(bad_request("version")),
        None => None,
    }
}

/// What hyper says of a head that is none, by a word of it, and what we say.
const WHY: [(&str, &str, &str); 7] = [
    ("method", "La première ligne ne commence pas par une méthode.", "The first line does not begin with a method."),
    ("URI", "L'adresse de la première ligne n'en est pas une.", "The address in the first line is none."),
    (
        "version",
        "facteur parle HTTP/1.1 et HTTP/1.0, sans TLS ; la première ligne dit autre chose.",
        "facteur speaks HTTP/1.1 and HTTP/1.0, without TLS; the first line says something else.",
    ),
    (
        "content-length",
        "Content-Length doit être un nombre entier d'octets, le même s'il vient plusieurs fois.",
        "Content-Length has to be a whole number of bytes, the same where it comes more than once.",
    ),
    (
        "transfer-encoding",
        "Seul « Transfer-Encoding: chunked » est compris, et en HTTP/1.1 seulement.",
        "Transfer-Encoding is understood as `chunked` alone, and in HTTP/1.1 only.",
    ),
    ("header", "Une ligne d'en-tête n'en est pas une (« Nom: valeur »).", "A header line is none (`Name: value`)."),
    ("end", "La connexion s'est arrêtée au milieu de l'en-tête.", "The connection ended in the middle of the head."),
];

fn bad_request(why: &str) -> Problem {
    let known = WHY.iter().find(|(word, ..)| why.contains(word));
    let (fr, en) = known.map_or(
        ("L'en-tête de la requête n'est pas du HTTP/1.1.", "The head of the request is not HTTP/1.1."),
        |(_, fr, en)| (fr, en),
    );
    Problem::new(Code::BadRequest, format!("{fr} Rien n'a été fait."), format!("{en} Nothing was done."))
}

/// A `Transfer-Encoding` that is not `chunked` alone.
pub fn bad_coding() -> Problem {
    bad_request("transfer-encoding")
}

/// Pieces of a body (`Transfer-Encoding: chunked`) that are none.
pub fn bad_pieces() -> Problem {
    Problem::new(
        Code::BadRequest,
        "Le corps vient en morceaux (chunked) dont l'un ne dit pas sa longueur comme il faut ; rien n'a été gardé.",
        "The body comes in pieces (chunked), and one does not tell its length as it should; nothing was kept.",
    )
}

fn long_address() -> Problem {
    Problem::new(
        Code::LongAddress,
        "L'adresse de la requête est trop longue : la première ligne tient avec l'en-tête en 64 Kio.",
        "The address of the request is too long: its first line fits into 64 KiB, with the whole head.",
    )
}

fn long_head() -> Problem {
    Problem::new(
        Code::LongHead,
        "L'en-tête de la requête est trop grand : 64 Kio et 100 lignes au plus.",
        "The head of the request is too large: 64 KiB and 100 lines at most.",
    )
}

fn slow_head() -> Problem {
    Problem::new(
        Code::TooSlow,
        "L'en-tête de la requête n'est pas arrivé entier à temps ; rien n'a été fait.",
        "The head of the request did not come whole in time; nothing was done.",
    )
}
