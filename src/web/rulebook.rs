//! `/rules`: a search box over everything that is explained; `/rules/BR-CO-15`: what `facteur explain` prints, as a page.

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use serde::Deserialize;

use super::frame::{Frame, html};
use super::guard::Visitor;
use super::show;
use super::trouble::Done;
use crate::explain::{self, Explanation};

/// What is asked for in the box.
#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    q: String,
}

/// An explanation, with the ids in it cut out for links.
struct Entry {
    id: String,
    title: String,
    what: Vec<Piece>,
    parts: Vec<Part>,
}

struct Part {
    heading: String,
    lines: Vec<Vec<Piece>>,
    /// Letter for letter.
    code: bool,
}

/// A piece of a line; an id bears the address of its page.
struct Piece {
    text: String,
    page: Option<String>,
}

#[derive(Template)]
#[template(path = "rule.html")]
struct Page {
    f: Frame,
    asked: String,
    found: Vec<Entry>,
    /// Ids that were probably meant, and ids with names that bear the words: address, id, title.
    near: Vec<(String, String, String)>,
    /// Shown where nothing is asked for yet.
    examples: Vec<Piece>,
}

/// Names offered for words that are no id.
const NAMED: usize = 20;
/// Characters of what was asked for that are shown again.
const SHOWN: usize = 100;
const EXAMPLES: [&str; 9] = [
    "BR-CO-10",
    "BT-13",
    "VATEX-FR-FRANCHISE",
    "210",
    "TX_TVA_ERR",
    "C62",
    "UNTDID 1001",
    "cbc:BuyerReference",
    "FCT-XSD-ORDER",
];

/// `GET /rules?q=…`
pub async fn search(Extension(visitor): Extension<Visitor>, Query(Asked { q }): Query<Asked>) -> Done {
    html(&answer(&visitor, &q))
}

/// `GET /rules/{id}`; 404 where nothing is called so, with what was probably meant.
pub async fn page(Extension(visitor): Extension<Visitor>, Path(id): Path<String>) -> Done {
    let page = answer(&visitor, &id);
    let nothing = page.found.is_empty();
    let mut response = html(&page)?;
    if nothing {
        *response.status_mut() = StatusCode::NOT_FOUND;
    }
    Ok(response)
}

fn answer(visitor: &Visitor, asked: &str) -> Page {
    let lang = visitor.lang;
    let found: Vec<Entry> = explain::find(asked, lang).into_iter().map(entry).collect();
    let mut near = Vec::new();
    if found.is_empty() {
        for id in explain::near(asked) {
            let title = explain::find(&id, lang).first().map(|page| page.title.clone()).unwrap_or_default();
            near.push((address(&id), id, title));
        }
        let named = explain::named(asked, lang, NAMED);
        near.extend(named.into_iter().map(|(id, title)| (address(id), id.to_owned(), title)));
    }
    let examples = match asked.trim() {
        "" => EXAMPLES.iter().map(|id| Piece { text: (*id).to_owned(), page: Some(address(id)) }).collect(),
        _ => Vec::new(),
    };
    let frame = Frame::new(visitor, "rules", "rules.title");
    let f = match found.first() {
        Some(first) => frame.titled(first.id.clone()),
        None => frame,
    };
    Page { f, asked: show::said(asked.trim(), SHOWN), found, near, examples }
}

fn entry(page: Explanation) -> Entry {
    let line = |line: &String| {
        let pieces = explain::pieces(line).into_iter();
        pieces.map(|(text, is_id)| Piece { text: text.to_owned(), page: is_id.then(|| address(text)) }).collect()
    };
    let plain = |line: &String| vec![Piece { text: line.clone(), page: None }];
    let part = |section: &explain::Section| Part {
        heading: section.heading.clone(),
        lines: section.lines.iter().map(|text| if section.code { plain(text) } else { line(text) }).collect(),
        code: section.code,
    };
    Entry { what: line(&page.what), parts: page.sections.iter().map(part).collect(), id: page.id, title: page.title }
}

/// Where an id is explained.
fn address(id: &str) -> String {
    format!("/rules/{}", show::in_query(id))
}
