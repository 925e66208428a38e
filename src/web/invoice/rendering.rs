//! The invoice as people read one, with what was found beside the field: a page of its own, and a part of others.

use std::fmt;

use askama::Template;
use askama::filters::HtmlSafe;
use axum::Extension;
use axum::body::Bytes;
use axum::extract::{Path, State};

use super::find;
use crate::api::invoices::whole;
use crate::formats::edifact::Partner;
use crate::guard;
use crate::render::{self, How, Rendered};
use crate::report::Report;
use crate::report::html::Anchors;
use crate::text::Lang;
use crate::web::Web;
use crate::web::frame::{Frame, html};
use crate::web::guard::Visitor;
use crate::web::show;
use crate::web::trouble::{Done, Trouble};

/// Markup that the escaping writer made (`crate::html`): the one thing that templates do not escape once more.
pub struct Written(String);

impl fmt::Display for Written {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Written {}

/// Stands for the number of the document on its page; no text of a document can hold it (`text::hides`).
const NUMBER: char = '\u{1}';
const ANCHORS: Anchors = Anchors { id: "r\u{1}f", link: "#r\u{1}f" };

#[derive(Template)]
#[template(path = "rendering.html")]
struct Page {
    f: Frame,
    id: String,
    number: String,
    rendering: Option<Written>,
    judged: bool,
}

/// `GET /invoices/{id}/rendering`
pub async fn page(State(web): State<Web>, Extension(visitor): Extension<Visitor>, Path(id): Path<String>) -> Done {
    let row = find(&web, &id).await?;
    let report = web.app.store.report(&row.id).await?.and_then(|text| serde_json::from_str::<Report>(&text).ok());
    let number = show::said(row.facts.number.as_deref().unwrap_or_default(), 60);
    let judged = report.is_some();
    let rendering = match report {
        None => None,
        Some(report) => {
            let (bytes, lang) = (whole(&web.app, &row).await?, visitor.lang);
            let source = format!("/invoices/{}/source", row.id);
            let partners = web.app.partners.in_force();
            let made = tokio::task::spawn_blocking(move || {
                part(&bytes, &report, lang, (1, 0), Some(&source), partners.list())
            });
            made.await.map_err(|_| Trouble::fault())?
        }
    };
    let f = Frame::new(&visitor, "invoices", "rendering.title").titled(number.clone());
    html(&Page { f, id: row.id, number, rendering, judged })
}

/// A rendering inside a page, as the n-th of it, its headings so many below the page's: where there are any, the page has told the
/// verdict. None where it cannot be read as an invoice.
pub fn part(
    bytes: &Bytes,
    report: &Report,
    lang: Lang,
    (n, below): (usize, usize),
    source: Option<&str>,
    partners: &[Partner],
) -> Option<Written> {
    let mut out = String::new();
    let how = How { lang, findings: true, verdict: below == 0, source };
    match render::section_agreed(&mut out, bytes, report, how, (ANCHORS, below), &guard::pdf(bytes), partners) {
        Ok(Rendered::Invoice) => Some(Written(out.replace(NUMBER, &n.to_string()))),
        Ok(Rendered::Unreadable) | Err(fmt::Error) => None,
    }
}
