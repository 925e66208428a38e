//! Events, oldest first, to be read again from any cursor.

use axum::Json;
use axum::extract::{Path, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::problem::Answer;
use super::query::{Asked, page};
use super::{App, invoices, view};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct After {
    after: Option<u64>,
    limit: Option<usize>,
}

/// `GET /v1/events?after=cursor`: of all invoices. `next` is the cursor to go on from, also where nothing came.
pub async fn all(State(app): State<App>, Asked(asked): Asked<After>) -> Answer<Json<Value>> {
    some(&app, None, &asked).await
}

/// `GET /v1/invoices/{id}/events`
pub async fn of_invoice(
    State(app): State<App>,
    Path(id): Path<String>,
    Asked(asked): Asked<After>,
) -> Answer<Json<Value>> {
    let row = invoices::find(&app, &id).await?;
    some(&app, Some(&row.id), &asked).await
}

async fn some(app: &App, id: Option<&str>, asked: &After) -> Answer<Json<Value>> {
    let after = asked.after.unwrap_or(0);
    let limit = page(asked.limit)?;
    let events = app.store.events(id, after, limit).await?;
    let next = events.last().map_or(after, |event| event.cursor);
    let more = events.len() == limit;
    Ok(Json(json!({ "events": events.iter().map(view::event).collect::<Vec<_>>(), "next": next, "more": more })))
}
