//! `GET /v1/invoices/{id}/rendering`: the invoice as people read one, its findings at the fields they speak of.

use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY};
use axum::http::{HeaderMap, HeaderValue};

use super::App;
use super::form::{self, Form};
use super::invoices::{In, find, judged, whole};
use super::problem::{Answer, Problem};
use super::query::{Asked, Id, language};
use crate::guard;
use crate::render::{self, How};

/// Show it as people read one
///
/// One page of HTML that loads and runs nothing: parties, lines, VAT, totals and payment, and what was found at each field. A reading
/// aid, not the original: that is its document.
#[utoipa::path(get, path = "/v1/invoices/{id}/rendering", operation_id = "getRendering", tag = "invoices", params(Id, In),
    responses((status = 200, content((String = "text/html")))))]
pub async fn rendering(State(app): State<App>, Id(id): Id, Asked(how): Asked<In>, headers: HeaderMap) -> Answer {
    form::choose(&headers, form::PAGE)?;
    let lang = language(how.lang(), &headers)?;
    let row = find(&app, &id).await?;
    let report = judged(&app, &row).await?;
    let bytes = whole(&app, &row).await?;
    // Writing takes a core: as many at once as there are, the others wait their turn.
    let partners = app.partners.in_force();
    let turn = app.judging.clone().acquire_owned().await;
    let made = tokio::task::spawn_blocking(move || {
        let _turn = turn;
        let mut page = String::new();
        let how = How { lang, findings: true, verdict: true, source: None };
        let guard = guard::pdf(&bytes);
        render::page_agreed(&mut page, &bytes, &report, how, &guard, partners.list()).map(|_| page)
    });
    let page = made.await.map_err(|_| Problem::fault())?.map_err(|_| Problem::fault())?;
    let mark = page.clone();
    let mut response = Form::Html.answer(page, lang);
    let said = response.headers_mut();
    said.insert(CONTENT_DISPOSITION, HeaderValue::from_static("inline"));
    if let Ok(policy) = HeaderValue::from_str(&format!("{}; frame-ancestors 'none'", render::page_policy())) {
        said.insert(CONTENT_SECURITY_POLICY, policy);
    }
    Ok(form::unless_known(&headers, mark.as_bytes(), response))
}
