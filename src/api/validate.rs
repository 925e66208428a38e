//! `POST /v1/validate`: the verdict is data; nothing is kept.

use axum::Extension;
use axum::body::Body;
use axum::extract::State;
use axum::http::HeaderMap;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::form;
use super::problem::{Answer, Code, Problem};
use super::query::{Asked, bad, language};
use super::{App, Ask, body, key, view};
use crate::clock::day_of;
use crate::day::Day;
use crate::report::{self, Document, Manner, Roll};
use crate::text::visible;
use crate::validate::Judged;

/// Longest name of a document in its report, in characters.
const NAME_CHARS: usize = 255;

/// How to judge.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct How {
    /// The name the report gives the document; a form's own file name where absent.
    #[param(example = "F-2026-1.xml")]
    file: Option<String>,
    /// The day that counts as today: the same document and the same day give the same bytes.
    #[param(example = "2026-11-21", format = Date)]
    as_of: Option<String>,
    /// The day by which packs are chosen; BT-2 where absent.
    #[param(example = "2026-11-02", format = Date)]
    date: Option<String>,
    /// `out`: an invoice of ours; `in`: one that a supplier sent.
    #[param(pattern = "^(in|out)$", default = "out")]
    direction: Option<String>,
    /// Packs by name, separated by commas; the configuration's choice where absent.
    #[param(example = "en16931")]
    rules: Option<String>,
    /// A customer file by name; the buyer's own where absent.
    client: Option<String>,
    /// The language of every form but JSON, which carries both; by `Accept-Language` where absent.
    #[param(pattern = "^(fr|en)$")]
    lang: Option<String>,
}

/// Judge a document
///
/// The verdict is data: 200, whatever it is. Nothing is kept. The report comes as JSON, text (with the lines in question), SVRL, SARIF
/// or CSV.
///
/// A file with several invoices (an EDIFACT interchange) gives a report for each: in JSON one object that holds them all, in the other forms one
/// after the other.
#[utoipa::path(post, path = "/v1/validate", operation_id = "validate", tag = "validate", params(How),
    responses((status = 200, content((Reports = "application/json"), (String = "text/plain"), (String = "application/xml"), (String = "application/svrl+xml"), (String = "text/xml"),
        (Object = "application/sarif+json"), (String = "text/csv"), (String = "text/html")))))]
pub async fn validate(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    Asked(mut how): Asked<How>,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let lang = language(how.lang.take().as_deref(), &headers);
    let named = how.file.is_some();
    let (form, lang) = (form::choose(&headers, form::REPORT)?, lang?);
    // Nothing is kept, so a key changes nothing; one that cannot be used is told here as everywhere.
    key::of_caller(&headers, &caller)?;
    let (kind, mut ask) = (body::document_type(&headers)?, ask(&app, how)?);
    let (document, name) = body::document(kind, &headers, body, &app.budget).await?;
    if let Some(name) = name.filter(|name| !named && !name.is_empty()) {
        ask.file = visible(&name).chars().take(NAME_CHARS).collect();
    }
    // Judging takes a core: as many at once as there are, the others wait their turn.
    let turn = app.judging.clone().acquire_owned().await;
    let validator = app.validator.clone();
    let judged = tokio::task::spawn_blocking(move || -> Answer<String> {
        let _turn = turn;
        let judged = validator.validate(&document.bytes, &ask).map_err(|text| bad(text.fr, text.en))?;
        if judged.len() > 1 && form.of_report().is_some_and(|format| !format.holds_many()) {
            return Err(one_alone());
        }
        Ok(match form.of_report() {
            Some(format) => all(format.form(Manner::plain(lang)).as_ref(), &judged, &document.bytes),
            None => view::written(&Reports::of(judged, ask.file)),
        })
    });
    match judged.await {
        Ok(body) => Ok(form.answer(body?, lang)),
        Err(_) => Err(Problem::fault()),
    }
}

/// The report of a document; or, of a file with several invoices, that of each.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
pub enum Reports {
    One(Box<report::Report>),
    Several(Several),
}

/// A file with several invoices (an EDIFACT interchange), each judged apart.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = SeveralReports)]
pub struct Several {
    /// `facteur-reports/1`.
    schema: &'static str,
    file: String,
    /// Of the file.
    sha256: String,
    /// `invalid` where one is; else `not-judged` where one is; else `valid`.
    #[schema(value_type = String)]
    verdict: report::Verdict,
    /// In the order of the file; each is called by the file's name, `#` and its position.
    reports: Vec<report::Report>,
}

impl Reports {
    fn of(judged: Vec<Judged>, file: String) -> Self {
        let mut reports: Vec<report::Report> = judged.into_iter().map(|judged| judged.report).collect();
        if reports.len() == 1
            && let Some(one) = reports.pop()
        {
            return Reports::One(Box::new(one));
        }
        let has = |verdict| reports.iter().any(|report| report.verdict == verdict);
        let verdict = match () {
            () if has(report::Verdict::Invalid) => report::Verdict::Invalid,
            () if has(report::Verdict::NotJudged) => report::Verdict::NotJudged,
            () => report::Verdict::Valid,
        };
        let sha256 = reports.first().map(|report| report.sha256.clone()).unwrap_or_default();
        Reports::Several(Several { schema: "facteur-reports/1", file, sha256, verdict, reports })
    }
}

/// All reports in one form, as the command line writes them.
fn all(form: &dyn report::Form, judged: &[Judged], bytes: &[u8]) -> String {
    let mut roll = Roll::new(form);
    let mut out = String::new();
    for judged in judged {
        let document = Document { bytes: Some(bytes), inside: judged.inside.as_deref() };
        out += &roll.add(form.one(&judged.report, &document));
    }
    out + &roll.end()
}

/// SVRL speaks of one document.
fn one_alone() -> Problem {
    Problem::new(
        Code::NotAcceptable,
        "Le fichier contient plusieurs factures, et SVRL n'en a qu'une : demandez du JSON, du texte, du CSV, du HTML ou du SARIF.",
        "The file holds several invoices, and SVRL has one: ask for JSON, text, CSV, HTML or SARIF.",
    )
}

fn ask(app: &App, how: How) -> Answer<Ask> {
    if let Some(client) = how.client.as_deref().filter(|client| !app.customers.knows(client)) {
        return Err(Problem::no_client(client));
    }
    let incoming = match how.direction.as_deref() {
        None | Some("out") => false,
        Some("in") => true,
        Some(_) => {
            return Err(bad("`direction` : `out` ou `in` est attendu.", "`direction`: `out` or `in` is expected."));
        }
    };
    let as_of = day("as_of", how.as_of.as_deref())?.unwrap_or_else(|| day_of(app.clock.now()));
    let date = day("date", how.date.as_deref())?;
    let file = how.file.map_or_else(|| "-".to_owned(), |name| name.chars().take(NAME_CHARS).collect());
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
