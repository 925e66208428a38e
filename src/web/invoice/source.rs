//! The document as it was received: shown line by line with what was found there, or given back byte for byte.

use std::borrow::Cow;
use std::collections::BTreeMap;

use askama::Template;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, ETAG};
use axum::response::{IntoResponse as _, Response};

use super::{find, findings};
use crate::api::invoices::{given, leaving, stored, whole};
use crate::formats::{Envelope, edi_type, is_edi};
use crate::guard;
use crate::report::Report;
use crate::text::visible;
use crate::web::Web;
use crate::web::frame::{Frame, html};
use crate::web::guard::Visitor;
use crate::web::list::Asked;
use crate::web::show;
use crate::web::trouble::{Done, Trouble};
use crate::xml;

/// Pieces of a page, and characters of a piece: a document in one line is cut where its tags end.
const PIECES: usize = 400;
const PIECE_CHARS: usize = 160;
const MOST_CHARS: usize = 600;

/// A piece of a line: the whole of it where it is short.
struct Piece {
    line: u32,
    /// First column, where the line has several pieces.
    column: Option<u32>,
    text: String,
    marks: Vec<(String, &'static str)>,
    here: bool,
}

#[derive(Template)]
#[template(path = "source.html")]
struct Page {
    f: Frame,
    id: String,
    number: String,
    size: String,
    pieces: Vec<Piece>,
    first: usize,
    last: usize,
    total: usize,
    before: Option<usize>,
    after: Option<usize>,
    readable: bool,
    /// The file in the PDF that is shown.
    attachment: Option<String>,
}

pub async fn page(
    State(web): State<Web>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Done {
    let row = find(&web, &id).await?;
    let bytes = whole(&web.app, &row).await?;
    let report = web.app.store.report(&row.id).await?.and_then(|text| serde_json::from_str::<Report>(&text).ok());
    let asked = Asked(pairs);
    let ask = |name: &str| asked.get(name).parse::<usize>().ok();
    let (line, column, from) = (ask("line"), ask("column"), ask("from"));
    let size = show::size(bytes.len(), visitor.lang);
    let marks = report.as_ref().map(findings::by_line).unwrap_or_default();
    // Of a PDF, the invoice in it; what is no text is not shown.
    let cut = tokio::task::spawn_blocking(move || {
        let envelope = Envelope::open(&bytes, &guard::pdf(&bytes)).ok()?;
        let text = text_of(&envelope.bytes)?;
        let cut = window(&text, &marks, from, line.map(|line| (line, column.unwrap_or(1))));
        Some((cut, envelope.pdf.map(|inside| show::said(&inside.name, 80))))
    });
    let cut = cut.await.map_err(|_| Trouble::fault())?;
    let number = show::said(row.facts.number.as_deref().unwrap_or_default(), 60);
    let readable = cut.is_some();
    let ((pieces, start, total), attachment) = cut.unwrap_or_default();
    html(&Page {
        f: Frame::new(&visitor, "invoices", "source.title").titled(format!("{number} · {size}")),
        id: row.id,
        number,
        size,
        first: start + 1,
        last: start + pieces.len(),
        before: (start > 0).then(|| start.saturating_sub(PIECES)),
        after: (start + pieces.len() < total).then(|| start + pieces.len()),
        total,
        pieces,
        readable,
        attachment,
    })
}

/// The text to show; none where it is none. Messages are mostly in a set of one byte (UNOC …): each byte is a character there, so that segments can be
/// read whatever the set is.
fn text_of(bytes: &[u8]) -> Option<Cow<'_, str>> {
    match xml::decode(bytes) {
        Ok(text) => Some(text),
        Err(_) if is_edi(bytes) && !bytes.contains(&0) => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        Err(_) => None,
    }
}

type Marks = BTreeMap<u32, Vec<(u32, String, &'static str)>>;

/// The pieces of a page, where it starts and how many there are in all.
fn window(text: &str, marks: &Marks, from: Option<usize>, to: Option<(usize, usize)>) -> (Vec<Piece>, usize, usize) {
    // (line, column, bytes)
    let mut spans: Vec<(u32, u32, &str)> = Vec::new();
    for (n, line) in text.lines().enumerate() {
        let n = u32::try_from(n + 1).unwrap_or(u32::MAX);
        split(line).into_iter().for_each(|(column, piece)| spans.push((n, column, piece)));
    }
    let total = spans.len();
    let holds = |at: usize, (line, column): (usize, usize)| {
        let Some((n, first, _)) = spans.get(at) else { return false };
        let next = spans.get(at + 1).filter(|(next, ..)| next == n).map_or(u32::MAX, |(_, column, _)| *column);
        *n as usize == line && *first as usize <= column && column < next as usize
    };
    let wanted = to.and_then(|to| (0..total).find(|at| holds(*at, to)));
    let start = from.or(wanted.map(|at| at.saturating_sub(PIECES / 4))).unwrap_or(0).min(total.saturating_sub(1));
    let piece = |at: usize| {
        let (line, column, text) = spans.get(at).copied()?;
        let alone = column == 1 && spans.get(at + 1).is_none_or(|(next, ..)| *next != line);
        let here = marks.get(&line).into_iter().flatten().filter(|(c, ..)| holds(at, (line as usize, *c as usize)));
        let mut marks: Vec<(String, &'static str)> =
            here.map(|(_, rule, severity)| (rule.clone(), *severity)).collect();
        marks.dedup();
        let long = text.chars().count();
        let mut shown: String = text.chars().take(MOST_CHARS).collect();
        if long > MOST_CHARS {
            shown.push_str(&format!("… (+{})", long - MOST_CHARS));
        }
        let text = visible(&shown.replace('\t', "    ")).into_owned();
        Some(Piece { line, column: (!alone).then_some(column), text, marks, here: wanted == Some(at) })
    };
    (((start..total).take(PIECES).filter_map(piece)).collect(), start, total)
}

/// A line in pieces, each with its first column; cut before a tag once it is long enough.
fn split(line: &str) -> Vec<(u32, &str)> {
    let mut pieces = Vec::new();
    let (mut begin, mut first, mut chars) = (0, 1u32, 0usize);
    for (column, (at, c)) in (1u32..).zip(line.char_indices()) {
        if c == '<' && chars >= PIECE_CHARS {
            pieces.push((first, &line[begin..at]));
            (begin, first, chars) = (at, column, 0);
        }
        chars += 1;
    }
    pieces.push((first, &line[begin..]));
    pieces
}

/// `GET /invoices/{id}/download`: exactly the bytes that were received, to keep and never to be shown by a browser.
pub async fn download(State(web): State<Web>, Path(id): Path<String>) -> Done {
    let row = find(&web, &id).await?;
    let document = stored(&web.app, &row).await?;
    let start = document.piece(0).await?;
    let (kind, ending) = match row.facts.syntax.as_deref() {
        Some("ubl-invoice" | "ubl-creditnote" | "cii") => ("application/xml", "xml"),
        Some(syntax) if syntax.starts_with("edifact-") => ("application/edifact", "edi"),
        Some(syntax) if syntax.starts_with("x12-") => ("application/edi-x12", "edi"),
        _ if start.starts_with(b"%PDF-") => ("application/pdf", "pdf"),
        _ => ("application/octet-stream", "bin"),
    };
    Ok(to_keep(given(&document), kind, &format!("{}.{ending}", row.id), &row.sha256))
}

/// `GET /invoices/{id}/outgoing`: exactly the bytes that leave.
pub async fn outgoing(State(web): State<Web>, Path(id): Path<String>) -> Done {
    let row = find(&web, &id).await?;
    row.outgoing.as_ref().ok_or_else(Trouble::nothing_here)?;
    let document = leaving(&web.app, &row).await?;
    Ok(to_keep(given(&document), "application/xml", &format!("{}.outgoing.xml", row.id), row.leaving()))
}

/// `GET /invoices/{id}/interchange`: the file it came in with others, as it was received.
pub async fn interchange(State(web): State<Web>, Path(id): Path<String>) -> Done {
    let row = find(&web, &id).await?;
    let part = row.part_of.as_ref().ok_or_else(Trouble::nothing_here)?;
    let document = web.app.store.document(&part.sha256).await?.ok_or_else(Trouble::fault)?;
    let name = format!("{}.edi", part.sha256.get(..32).unwrap_or_default());
    let kind = edi_type(&document.piece(0).await?);
    Ok(to_keep(given(&document), kind, &name, &part.sha256))
}

/// `GET /invoices/{id}/seal`: the detached signature over exactly the bytes that leave.
pub async fn seal(State(web): State<Web>, Path(id): Path<String>) -> Done {
    let row = find(&web, &id).await?;
    let facts = row.seal.as_ref().ok_or_else(Trouble::nothing_here)?;
    let bytes = web.app.store.seal(&row.id).await?.ok_or_else(Trouble::fault)?;
    Ok(to_keep(bytes.into(), "application/pkcs7-signature", &format!("{}.p7s", row.id), &facts.sha256))
}

/// A file to keep, never to be shown by a browser.
fn to_keep(body: Body, kind: &'static str, name: &str, sha256: &str) -> Response {
    let mut response: Response = body.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static("default-src 'none'; sandbox"));
    let named = [(CONTENT_DISPOSITION, format!("attachment; filename=\"{name}\"")), (ETAG, format!("\"{sha256}\""))];
    for (name, value) in named {
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(name, value);
        }
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_in_a_set_of_one_byte_are_text() {
        let message = include_bytes!("../../../fixtures/edifact/d96a.edi");
        assert!(xml::decode(message).is_err());
        assert!(text_of(message).unwrap().contains("Indemnité forfaitaire"));
        assert_eq!(text_of(b"\x89PNG\xff"), None);
    }

    #[test]
    fn a_document_in_one_line_is_cut_at_its_tags_and_marked_where_it_was_found() {
        let tag = format!("<a>{}</a>", "é".repeat(80));
        let line = tag.repeat(10);
        let pieces = split(&line);
        assert!(pieces.len() > 3 && pieces.iter().all(|(_, piece)| piece.starts_with('<')));
        assert_eq!(pieces.iter().map(|(_, piece)| *piece).collect::<String>(), line);
        let column = pieces[2].0 + 5;
        let marks: Marks = [(1, vec![(column, "BR-01".to_owned(), "fatal")])].into();
        let (shown, start, total) = window(&line, &marks, None, Some((1, column as usize)));
        assert_eq!((start, total), (0, pieces.len()));
        assert!(
            shown[2].here
                && shown[2].marks.len() == 1
                && shown[1].marks.is_empty()
                && shown[2].column == Some(pieces[2].0)
        );
        let (shown, start, _) = window(&"<a/>\n".repeat(5_000), &Marks::new(), None, Some((3_000, 1)));
        assert_eq!((shown.len(), start + 1), (PIECES, 2_900));
        assert!(shown[99].line == 2_999 && shown[100].here && shown[100].column.is_none());
    }
}
