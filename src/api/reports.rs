//! The report on billing problems: JSON or CSV, by `Accept`.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_DISPOSITION, CONTENT_TYPE, VARY};
use axum::response::IntoResponse;
use serde::Deserialize;

use super::App;
use super::problem::{Answer, Code, Problem};
use super::query::{Asked, bad, instant};
use crate::problems::{By, as_at, summarise};
use crate::store::ProblemFilter;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct How {
    by: Option<String>,
    as_at: Option<String>,
}

/// `GET /v1/reports/problems?by=cause|client&as_at=…`
pub async fn problems(State(app): State<App>, Asked(how): Asked<How>, headers: HeaderMap) -> Answer {
    let by = match how.by.as_deref() {
        None | Some("cause") => By::Cause,
        Some("client") => By::Client,
        Some(_) => {
            return Err(bad("`by` : `cause` ou `client` est attendu.", "`by`: `cause` or `client` is expected."));
        }
    };
    let at = how.as_at.as_deref().map(instant).transpose()?;
    let csv = wants_csv(&headers)?;
    let mut found = app.store.problems(ProblemFilter::default()).await?;
    if let Some(at) = at {
        found = as_at(&found, at);
    }
    let summary = summarise(&found, by);
    if csv {
        let headers = [
            (CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
            (CONTENT_DISPOSITION, "attachment; filename=\"problems.csv\""),
            (VARY, "accept"),
        ];
        return Ok((headers, summary.csv()).into_response());
    }
    Ok(([(CONTENT_TYPE, "application/json"), (VARY, "accept")], axum::Json(summary).into_response().into_body())
        .into_response())
}

/// The first type named that can be given; weights are few enough in practice to be left to the order.
fn wants_csv(headers: &HeaderMap) -> Answer<bool> {
    let Some(accept) = headers.get(ACCEPT).and_then(|value| value.to_str().ok()) else { return Ok(false) };
    for kind in accept.split(',') {
        match kind.split(';').next().unwrap_or("").trim().to_ascii_lowercase().as_str() {
            "text/csv" => return Ok(true),
            "application/json" | "application/*" | "*/*" => return Ok(false),
            "text/*" => return Ok(true),
            _ => {}
        }
    }
    Err(Problem::new(
        Code::NotAcceptable,
        "Le rapport existe en application/json et en text/csv.",
        "The report comes as application/json and as text/csv.",
    ))
}
