//! Forms: bounded, and only with the word that their page carried.

use axum::Form;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, FromRequest as _, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;

use super::guard::Visitor;
use super::session::same;
use super::trouble::Trouble;
use crate::api::problem::{Code, Problem};
use crate::api::{App, body, multipart};
use crate::limits;

/// Most parts of one form.
const PARTS: usize = 64;

/// Longest text that is shown again in its form, in bytes: escaped, a page of it is a few times as long.
pub const SHOWN_AGAIN: usize = 4 * limits::CONFIG_BYTES;

/// The fields of a form; what is absent reads as empty.
#[derive(Debug, Default)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.as_str())
    }

    /// As `get`; none where the form has no such field.
    pub fn find(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Is this value among those of the name?
    pub fn has(&self, name: &str, value: &str) -> bool {
        self.0.iter().any(|(known, found)| known == name && found == value)
    }
}

impl From<Vec<(String, String)>> for Fields {
    fn from(fields: Vec<(String, String)>) -> Self {
        Self(fields)
    }
}

/// A file of a form.
pub struct Upload {
    /// As the browser names it: to be shown, never used as a path.
    pub name: String,
    pub bytes: axum::body::Bytes,
}

/// A small form of this visitor's own page.
pub async fn read(app: &App, visitor: &Visitor, headers: &HeaderMap, body: Body) -> Result<Fields, Trouble> {
    let fields = unchecked(app, headers, body).await?;
    check(visitor, &fields)?;
    Ok(fields)
}

/// A small form of somebody who has no session yet.
pub async fn unchecked(app: &App, headers: &HeaderMap, body: Body) -> Result<Fields, Trouble> {
    let document = body::read(headers, body, limits::JSON_BYTES, &app.budget).await?;
    let request = rebuilt(headers, &document.bytes)?;
    let form = Form::<Vec<(String, String)>>::from_request(request, &()).await.map_err(|_| Trouble::bad_form())?;
    Ok(Fields(form.0.into_iter().map(|(name, value)| (name, lines(&value))).collect()))
}

/// A form with files, as large as one document and what surrounds it. The share of the budget lives as long as the last value.
pub async fn files(
    app: &App,
    visitor: &Visitor,
    headers: &HeaderMap,
    body: Body,
) -> Result<(Fields, Vec<Upload>, body::Document), Trouble> {
    let document = body::read(headers, body, limits::DOCUMENT_BYTES + limits::CONFIG_BYTES, &app.budget).await;
    let document = document
        .map_err(|problem| if problem.code == Code::TooLarge { Trouble::too_large_form() } else { problem.into() })?;
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or("");
    let boundary = multipart::boundary(kind).map_err(|_| Trouble::bad_form())?;
    let bytes = document.bytes.clone();
    // A large form is searched where it keeps no other request waiting; its parts point into it.
    let cut = tokio::task::spawn_blocking(move || {
        let parts = multipart::parts(&bytes, &boundary, PARTS)?;
        Ok(parts.map(|parts| {
            parts.into_iter().map(|part| (part.name, part.file, bytes.slice(part.at))).collect::<Vec<_>>()
        }))
    });
    let parts = cut.await.map_err(|_| Trouble::fault())?.map_err(|_: Problem| Trouble::bad_form())?;
    let (mut fields, mut files) = (Fields::default(), Vec::new());
    for (name, file, bytes) in parts.ok_or_else(Trouble::too_many_parts)? {
        match file {
            // A browser sends an empty part where no file was chosen.
            Some(file) if file.is_empty() && bytes.is_empty() => {}
            Some(file) => files.push(Upload { name: file, bytes }),
            None => fields.0.push((name, lines(&String::from_utf8_lossy(&bytes)))),
        }
    }
    check(visitor, &fields)?;
    Ok((fields, files, document))
}

/// A form's line ends are two characters on the wire and one in what a browser counts.
fn lines(value: &str) -> String {
    value.replace("\r\n", "\n")
}

fn check(visitor: &Visitor, fields: &Fields) -> Result<(), Trouble> {
    if same(&visitor.csrf, fields.get("csrf")) { Ok(()) } else { Err(Trouble::stale_form()) }
}

fn rebuilt(headers: &HeaderMap, bytes: &axum::body::Bytes) -> Result<Request, Trouble> {
    let kind = headers.get(CONTENT_TYPE).ok_or_else(Trouble::bad_form)?;
    let mut request = Request::new(Body::from(bytes.clone()));
    *request.method_mut() = axum::http::Method::POST;
    request.headers_mut().insert(CONTENT_TYPE, kind.clone());
    // Bounded already, by what a document may hold.
    DefaultBodyLimit::disable().apply(&mut request);
    Ok(request)
}
