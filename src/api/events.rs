//! Events, oldest first, to be read again from any cursor.

use axum::Json;
use axum::extract::State;
use axum::http::Uri;
use axum::response::IntoResponse;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::page::{linked, no_cursor};
use super::problem::Answer;
use super::query::{Asked, Id, page};
use super::{App, invoices, view};

/// From where on.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// The `next` of the page before; 0 for the first.
    #[param(minimum = 0, maximum = 9223372036854775807i64, default = 0)]
    after: Option<u64>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<usize>,
}

/// A page of events, oldest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct EventPage {
    events: Vec<view::Event>,
    /// The cursor to go on from, also where nothing came: events that come later are after it.
    next: u64,
    /// More is there already.
    more: bool,
}

/// Follow all invoices
///
/// Events of all invoices after a cursor. Read it again from `next`, at any time: nothing is lost by a pause.
#[utoipa::path(get, path = "/v1/events", operation_id = "listEvents", tag = "events", params(After),
    responses((status = 200, body = EventPage)))]
pub async fn all(State(app): State<App>, uri: Uri, Asked(asked): Asked<After>) -> Answer {
    some(&app, None, &asked, &uri).await
}

/// Follow one invoice
///
/// Its timeline: what happened to it, who did it, and every raw answer of a platform.
#[utoipa::path(get, path = "/v1/invoices/{id}/events", operation_id = "listInvoiceEvents", tag = "events",
    params(Id, After), responses((status = 200, body = EventPage)))]
pub async fn of_invoice(State(app): State<App>, Id(id): Id, uri: Uri, Asked(asked): Asked<After>) -> Answer {
    let row = invoices::find(&app, &id).await?;
    some(&app, Some(&row.id), &asked, &uri).await
}

async fn some(app: &App, id: Option<&str>, asked: &After, uri: &Uri) -> Answer {
    let after = asked.after.unwrap_or(0);
    if after > i64::MAX as u64 {
        return Err(no_cursor());
    }
    let limit = page(asked.limit)?;
    // One more tells whether there is more.
    let mut events = app.store.events(id, after, limit + 1).await?;
    let more = events.len() > limit;
    events.truncate(limit);
    let next = events.last().map_or(after, |event| event.cursor);
    let shown = EventPage { events: events.into_iter().map(view::Event::of).collect(), next, more };
    let link = more.then(|| next.to_string());
    Ok(linked(Json(shown).into_response(), uri, link.as_deref()))
}
