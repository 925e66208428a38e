//! Acts on an invoice: a page that says what will happen, then the act, then the invoice again.
//!
//! The form bears the version of the row that its page showed: a second submit, or one after something else happened, does
//! nothing and says so.

use std::time::Duration;

use askama::Template;
use axum::Extension;
use axum::body::Body;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::Response;

use super::find;
use super::findings::{Found, Judged};
use crate::queue::acts::{self, Act, ActError, Bar};
use crate::report::Report;
use crate::store::{InvoiceRow, StoreError};
use crate::text::{blank, hides};
use crate::web::Web;
use crate::web::form;
use crate::web::frame::{Frame, html};
use crate::web::guard::Visitor;
use crate::web::invoices::Line;
use crate::web::login::{self, see};
use crate::web::notice;
use crate::web::trouble::{Done, Trouble};

/// Longest author or reason, in characters; as the API's.
const WORDS: usize = 2_000;
/// Tries while the queue has a step of the invoice in hand, and the pause between them.
const TRIES: usize = 20;
const PAUSE: Duration = Duration::from_millis(50);

#[derive(Template)]
#[template(path = "act.html")]
struct Page {
    f: Frame,
    line: Line,
    act: &'static str,
    /// Key of what will happen.
    what: String,
    possible: bool,
    /// Another invoice that holds its number, where that stands in the way.
    rival: Option<Line>,
    reasoned: bool,
    doubt: bool,
    version: u64,
    author: String,
    reason: String,
    /// Key of why nothing was done, where somebody sent the form.
    wrong: Option<&'static str>,
    /// What the release is in spite of.
    against: Vec<Found>,
}

/// `GET /invoices/{id}/act/{act}`
pub async fn confirm(
    State(web): State<Web>,
    Extension(visitor): Extension<Visitor>,
    Path((id, act)): Path<(String, String)>,
    headers: HeaderMap,
) -> Done {
    visitor.writes()?;
    let act = Act::parse(&act).ok_or_else(Trouble::nothing_here)?;
    let typed = login::typed(&web, &visitor, &headers).map_or_else(Typed::default, |fields| Typed {
        author: fields.get("author").to_owned(),
        reason: fields.get("reason").to_owned(),
        wrong: Some("login.typed_here"),
    });
    shown(&web, &visitor, &id, act, &typed).await
}

/// What somebody filled in that could not be done, to be shown again: nothing typed is lost.
#[derive(Default)]
struct Typed {
    author: String,
    reason: String,
    wrong: Option<&'static str>,
}

async fn shown(web: &Web, visitor: &Visitor, id: &str, act: Act, typed: &Typed) -> Done {
    let row = find(web, id).await?;
    let rival = acts::rival(&web.app.store, &row).await?;
    let check = act.check(&row, rival.as_ref());
    let against = match act {
        Act::Release => fatal(web, &row, visitor).await?,
        _ => Vec::new(),
    };
    let mut page = html(&Page {
        f: Frame::new(visitor, "invoices", "invoice.title").titled(String::new()),
        act: act.as_str(),
        what: format!("act.{}-what", act.as_str()),
        possible: check.is_ok(),
        rival: rival.filter(|_| matches!(check, Err(Bar::NumberTaken { .. }))).map(|row| Line::of(&row, visitor)),
        reasoned: act.needs_reason(),
        doubt: row.parked_from.is_some_and(|from| from.may_exist_at_platform()),
        version: row.version,
        author: typed.author.clone(),
        reason: typed.reason.clone(),
        wrong: typed.wrong,
        against,
        line: Line::of(&row, visitor),
    })?;
    *page.status_mut() = match typed.wrong {
        None | Some("login.typed_here") => StatusCode::OK,
        Some("act.meanwhile" | "act.busy" | "act.number") => StatusCode::CONFLICT,
        Some(_) => StatusCode::BAD_REQUEST,
    };
    Ok(page)
}

async fn fatal(web: &Web, row: &InvoiceRow, visitor: &Visitor) -> Result<Vec<Found>, Trouble> {
    let report = web.app.store.report(&row.id).await?.and_then(|text| serde_json::from_str::<Report>(&text).ok());
    let judged = report.map(|report| Judged::of(&report, visitor.lang, Some(&row.id)));
    let found = judged.map(|judged| judged.findings).unwrap_or_default();
    Ok(found.into_iter().filter(|found| found.severity == "fatal").collect())
}

/// `POST /invoices/{id}/act/{act}`
pub async fn act(
    State(web): State<Web>,
    Extension(visitor): Extension<Visitor>,
    Path((id, act)): Path<(String, String)>,
    headers: HeaderMap,
    body: Body,
) -> Done {
    visitor.writes()?;
    let act = Act::parse(&act).ok_or_else(Trouble::nothing_here)?;
    let fields = form::read(&web.app, &visitor, &headers, body).await?;
    let (person, reason) = (fields.get("author").trim(), fields.get("reason").trim());
    let again = async |wrong: &'static str| {
        let typed = Typed { author: person.to_owned(), reason: reason.to_owned(), wrong: Some(wrong) };
        shown(&web, &visitor, &id, act, &typed).await
    };
    if person.chars().count() > WORDS || reason.chars().count() > WORDS {
        return again("act.too_long").await;
    }
    let author = visitor.author(person);
    let Some(author) = author.filter(|_| !act.needs_reason() || !blank(reason)) else {
        return again("act.missing").await;
    };
    let row = find(&web, &id).await?;
    if row.version.to_string() != fields.get("version") {
        // Sent twice, done once: what was typed is with the invoice.
        let kept = row.parked_why.iter().chain(row.released.as_ref().map(|released| &released.reason));
        if kept.into_iter().any(|kept| kept == reason) && act.needs_reason() {
            return Ok(back(&visitor, &row.id, "meanwhile"));
        }
        return again("act.meanwhile").await;
    }
    let (store, now) = (&web.app.store, || web.app.clock.now());
    for _ in 0..TRIES {
        let done = match act {
            Act::Release => acts::release(store, &id, &author, reason, now()).await,
            Act::Retry => acts::retry(store, &id, &author, now()).await,
            Act::Park => acts::park(store, &id, &author, reason, now()).await,
            Act::Cancel => acts::cancel(store, &id, &author, reason, now()).await,
        };
        match done {
            Ok(row) => {
                tracing::info!(invoice = %row.id, act = act.as_str(), "a person acted");
                return Ok(back(&visitor, &row.id, act.as_str()));
            }
            Err(ActError::Store(StoreError::Busy(_) | StoreError::Stale(_))) => tokio::time::sleep(PAUSE).await,
            Err(ActError::NotNow { .. }) => return again("act.meanwhile").await,
            Err(ActError::NumberTaken { .. }) => return again("act.number").await,
            // Pasted, most often: nobody can find in a form what cannot be seen, so it comes back without it.
            Err(ActError::Hidden { .. }) => {
                let typed = Typed { author: seen(person), reason: seen(reason), wrong: Some("act.hidden") };
                return shown(&web, &visitor, &id, act, &typed).await;
            }
            Err(error) => return Err(error.into()),
        }
    }
    again("act.busy").await
}

fn seen(text: &str) -> String {
    text.chars().filter(|c| !hides(*c) || matches!(c, '\n' | '\t')).collect()
}

fn back(visitor: &Visitor, id: &str, did: &str) -> Response {
    see(&notice::address(visitor, &format!("/invoices/{id}"), did))
}
