//! The report on billing problems: JSON or CSV, by `Accept`.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_DISPOSITION;
use serde::Deserialize;
use utoipa::IntoParams;

use super::form::{self, Form};
use super::problem::Answer;
use super::query::{Asked, bad, instant, language};
use super::{App, view};
use crate::problems::{By, Summary, as_at, summarise};
use crate::store::ProblemFilter;

/// How to count.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct How {
    /// Rows by cause or by customer.
    #[param(pattern = "^(cause|client)$", default = "cause")]
    by: Option<String>,
    /// As it stood at an instant (`2026-11-21T12:00:00Z`) or at the end of a day (`2026-11-21`, UTC).
    #[param(example = "2026-11-21")]
    as_at: Option<String>,
    /// The language of CSV's headings; by `Accept-Language` where absent.
    #[param(pattern = "^(fr|en)$")]
    lang: Option<String>,
}

/// Report on billing problems
///
/// Cause × amount × invoices × customers, a section for each currency, adding up; as it stands, or stood at a past date.
#[utoipa::path(get, path = "/v1/reports/problems", operation_id = "reportProblems", tag = "problems", params(How),
    responses((status = 200, content((Summary = "application/json"), (String = "text/csv")))))]
pub async fn problems(State(app): State<App>, Asked(how): Asked<How>, headers: HeaderMap) -> Answer {
    let wrong = || bad("`by` : `cause` ou `client` est attendu.", "`by`: `cause` or `client` is expected.");
    let by = By::parse(how.by.as_deref().unwrap_or("cause")).ok_or_else(wrong)?;
    let at = how.as_at.as_deref().map(instant).transpose()?;
    let form = form::choose(&headers, form::TABLE)?;
    let lang = language(how.lang.as_deref(), &headers)?;
    let mut found = app.store.problems(ProblemFilter::default()).await?;
    if let Some(at) = at {
        found = as_at(&found, at);
    }
    let summary = summarise(&found, by);
    if form != Form::Csv {
        return Ok(Form::Json.answer(view::written(&summary), lang));
    }
    let mut response = form.answer(summary.csv_in(lang), lang);
    let name = HeaderValue::from_static("attachment; filename=\"problems.csv\"");
    response.headers_mut().insert(CONTENT_DISPOSITION, name);
    Ok(response)
}
