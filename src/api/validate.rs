//! `POST /v1/validate`: the verdict is data; nothing is kept.

use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::Deserialize;

use super::auth::Caller;
use super::problem::{Answer, Problem};
use super::query::{Asked, bad};
use super::{App, Ask, body};
use crate::clock::day_of;
use crate::day::Day;
use crate::limits;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct How {
    /// The name the report gives the document.
    file: Option<String>,
    as_of: Option<String>,
    date: Option<String>,
    direction: Option<String>,
    rules: Option<String>,
    client: Option<String>,
}

pub async fn validate(
    State(app): State<App>,
    Extension(_): Extension<Caller>,
    Asked(how): Asked<How>,
    headers: HeaderMap,
    body: Body,
) -> Answer<Response> {
    let ask = match body::document_type(&headers).and_then(|()| ask(&app, how)) {
        Ok(ask) => ask,
        Err(problem) => {
            body::dismiss(&headers, body).await;
            return Err(problem);
        }
    };
    let document = body::read(&headers, body, limits::DOCUMENT_BYTES, &app.budget).await?;
    // Judging takes a core: as many at once as there are, the others wait their turn.
    let turn = app.judging.clone().acquire_owned().await;
    let validator = app.validator.clone();
    let judged = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        validator.validate(&document.bytes, &ask)
    });
    match judged.await {
        Ok(Ok(report)) => Ok(Json(report).into_response()),
        Ok(Err(text)) => Err(bad(text.fr, text.en)),
        Err(_) => Err(Problem::fault()),
    }
}

fn ask(app: &App, how: How) -> Answer<Ask> {
    let incoming = match how.direction.as_deref() {
        None | Some("out") => false,
        Some("in") => true,
        Some(_) => {
            return Err(bad("`direction` : `out` ou `in` est attendu.", "`direction`: `out` or `in` is expected."));
        }
    };
    let as_of = day("as_of", how.as_of.as_deref())?.unwrap_or_else(|| day_of(app.clock.now()));
    let date = day("date", how.date.as_deref())?;
    let file = how.file.unwrap_or_else(|| "-".to_owned());
    Ok(Ask { file, as_of, date, incoming, rules: how.rules, client: how.client })
}

fn day(key: &str, text: Option<&str>) -> Answer<Option<Day>> {
    let read = |text| Day::parse_iso(text).ok_or_else(|| wrong_day(key));
    text.map(read).transpose()
}

fn wrong_day(key: &str) -> Problem {
    bad(
        format!("`{key}` : une date comme 2026-11-21 est attendue."),
        format!("`{key}`: a date such as 2026-11-21 is expected."),
    )
}
