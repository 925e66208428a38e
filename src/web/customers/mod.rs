//! Customer files: who they are for, what they ask, and what is wrong with those that are not in force.

pub mod one;

use askama::Template;
use axum::Extension;
use axum::extract::State;

use super::Web;
use super::frame::{Frame, html};
use super::guard::Visitor;
use super::show;
use super::trouble::Done;
use crate::rules::client::{ClientRules, FileError};
use crate::text::Lang;

/// A fault or a remark, with its place.
pub struct Fault {
    pub file: String,
    pub line: u32,
    pub column: u32,
    pub message: String,
    pub found: String,
    pub expected: String,
    pub meant: String,
    pub kept: bool,
    pub fatal: bool,
    /// Of a text that is only tried: no file is concerned.
    pub tried: bool,
}

impl Fault {
    pub fn of(fault: &FileError, lang: Lang) -> Self {
        Self {
            file: show::said(&fault.file, 80),
            line: fault.line,
            column: fault.column,
            message: show::said(fault.message.get(lang), 400),
            found: show::said(fault.found.as_deref().unwrap_or_default(), 200),
            expected: fault.expected.as_ref().map(|text| show::said(text.get(lang), 400)).unwrap_or_default(),
            meant: show::said(fault.did_you_mean.as_deref().unwrap_or_default(), 80),
            kept: fault.last_good_kept,
            fatal: fault.is_fatal(),
            tried: false,
        }
    }
}

/// A customer as a line.
pub struct Line {
    pub id: String,
    pub name: String,
    pub keys: Vec<(String, String)>,
    pub route: String,
    pub files: String,
    pub rules: usize,
}

impl Line {
    pub fn of(client: &ClientRules, lang: Lang) -> Self {
        let key = |key: &crate::rules::client::Placed<crate::rules::client::Key>| {
            (key.value.kind.label().get(lang).to_owned(), show::said(&key.value.written, 60))
        };
        Self {
            id: client.id.to_string(),
            name: show::said(&client.name, 80),
            keys: client.keys.iter().map(key).collect(),
            route: show::said(client.route.as_ref().map_or("", |route| &route.value), 60),
            files: client.files.iter().map(|file| format!("{file}.toml")).collect::<Vec<_>>().join(" → "),
            rules: client.count(),
        }
    }
}

#[derive(Template)]
#[template(path = "customers.html")]
struct Page {
    f: Frame,
    configured: bool,
    lines: Vec<Line>,
    bases: Vec<Line>,
    faults: Vec<Fault>,
    remarks: Vec<Fault>,
}

pub async fn page(State(web): State<Web>, Extension(visitor): Extension<Visitor>) -> Done {
    let clients = web.app.customers.in_force();
    let lang = visitor.lang;
    let all: Vec<Line> =
        clients.iter().flat_map(|clients| clients.iter()).map(|client| Line::of(client, lang)).collect();
    let told =
        |list: Option<&[FileError]>| list.unwrap_or_default().iter().map(|fault| Fault::of(fault, lang)).collect();
    let (lines, bases) = all.into_iter().partition(|line| !line.keys.is_empty());
    html(&Page {
        f: Frame::new(&visitor, "customers", "customers.title"),
        configured: clients.is_some(),
        lines,
        bases,
        faults: told(clients.as_deref().map(|clients| clients.faults())),
        remarks: told(clients.as_deref().map(|clients| clients.remarks())),
    })
}
