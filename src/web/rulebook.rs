//! `/rules/BR-CO-15`: what `facteur explain` prints, as a page.

use askama::Template;
use axum::Extension;
use axum::extract::Path;

use super::frame::{Frame, html};
use super::guard::Visitor;
use super::trouble::{Done, Trouble};
use crate::rules::explain;

/// A part of an explanation: its heading, and its lines; lines of an example are shown as they are.
struct Part {
    heading: String,
    lines: Vec<String>,
    code: bool,
}

#[derive(Template)]
#[template(path = "rule.html")]
struct Page {
    f: Frame,
    id: String,
    subtitle: String,
    parts: Vec<Part>,
}

pub async fn page(Extension(visitor): Extension<Visitor>, Path(id): Path<String>) -> Done {
    // A pack's own id for one syntax (`BR-FR-05_BT-22-1`) is explained under what both syntaxes share.
    let shared = || id.split('_').next().and_then(|group| explain(group, visitor.lang));
    let text = explain(&id, visitor.lang).or_else(shared).ok_or_else(Trouble::nothing_here)?;
    let mut sections = text.split("\n## ");
    let head = sections.next().unwrap_or_default();
    let (title, rest) = head.split_once('\n').unwrap_or((head, ""));
    let (id, subtitle) = title.split_once(": ").unwrap_or((title, ""));
    let part = |heading: &str, body: &str| {
        let lines: Vec<String> = body.trim().lines().map(str::to_owned).collect();
        let code = lines.iter().any(|line| line.trim_start().starts_with('<') || line.starts_with("[["));
        Part { heading: heading.to_owned(), lines, code }
    };
    let mut parts = Vec::new();
    if !rest.trim().is_empty() {
        parts.push(part("", rest));
    }
    for section in sections {
        let (heading, body) = section.split_once('\n').unwrap_or((section, ""));
        parts.push(part(heading, body));
    }
    let f = Frame::new(&visitor, "", "rule.title").titled(id.to_owned());
    html(&Page { f, id: id.to_owned(), subtitle: subtitle.to_owned(), parts })
}
