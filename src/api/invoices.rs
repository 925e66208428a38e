//! Invoices: accepted, listed, shown with their report and their very bytes.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use utoipa::{IntoParams, ToSchema};

use super::auth::Caller;
use super::form;
use super::interchanges::{self, OtherMessage, PartTaken};
use super::key::{self, KeyHeader};
use super::page::{linked, no_cursor};
use super::problem::{Answer, Code, Problem};
use super::query::{Asked, Id, Plain, bad, language, page};
use super::{App, body, seal, sheet, token, view};
use crate::formats::{self, Split};
use crate::lifecycle::State as InvoiceState;
use crate::limits;
use crate::queue::{next, replies};
use crate::report::{self, Manner, whole as shown};
use crate::store::{
    Accepted, AcceptedSeveral, Document, Held, Incoming, InvoiceFilter, InvoiceRow, Several, StoreError,
};
use crate::text::Lang;

/// How long a page waits for room to hold a large document.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A document that is on disk.
#[derive(Debug, Serialize, ToSchema)]
pub struct Taken {
    /// The first 32 hexadecimal digits of `sha256`.
    #[schema(pattern = "^[0-9a-f]{32}$")]
    id: String,
    sha256: String,
    /// Where the invoice is followed; where the file with several is shown.
    location: String,
    /// Of a file with several invoices (an interchange of EDIFACT or X12), in the order of the file: each is a document of its own, and `id`, `sha256` and
    /// `location` above are those of the file. Absent where the document is one invoice.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    invoices: Option<Vec<PartTaken>>,
    /// What else the file holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    others: Option<Vec<OtherMessage>>,
}

/// Send an invoice
///
/// 202 once the document is on disk, and never before: judging and delivering follow. The same bytes get the same answer, 202 and
/// byte for byte the same body, with or without a key: a caller whose answer was lost repeats the call and goes on as if it had
/// not been. Only the header `Idempotent-Replayed` tells the difference.
///
/// An interchange (EDIFACT, X12) of several invoices is taken apart: each becomes an interchange of its own, with its own id, and all of them are on disk, with
/// the file as it came, before the answer. `invoices` names them, `others` what is no invoice.
#[utoipa::path(post, path = "/v1/invoices", operation_id = "acceptInvoice", tag = "invoices", params(KeyHeader),
    responses((status = 202, description = "On disk", body = Taken, headers(("Location" = String, description = "Where it is followed")))))]
pub async fn accept(
    State(app): State<App>,
    Extension(caller): Extension<Caller>,
    _: Plain,
    headers: HeaderMap,
    body: Body,
) -> Answer {
    let (kind, key) = (body::document_type(&headers)?, key::of_caller(&headers, &caller)?);
    let (document, _) = body::document(kind, &headers, body, &app.budget).await?;
    let looked = looked_at(&document.bytes).await?;
    caller.still(&app)?;
    let (received_at, source) = (app.clock.now(), "http".to_owned());
    let bytes = document.bytes.clone();
    let (taken, replayed) = match looked {
        Looked::Reply => return Err(Problem::is_answer()),
        Looked::Status => return Err(Problem::life_cycle()),
        Looked::TooMany => return Err(interchanges::too_many()),
        Looked::Several(split) => {
            let others = OtherMessage::all(&split);
            let several =
                Several { file: bytes, split: *split, received_at, source, idempotency_key: key, named: None };
            several_taken(app.store.accept_several(several).await?, others)?
        }
        Looked::One(sha256) => {
            let incoming = Incoming { bytes, received_at, source, idempotency_key: key };
            let (id, replayed) = match app.store.accept(incoming).await? {
                Accepted::New { id } => (id, false),
                Accepted::Known { id } => (id, true),
                Accepted::KeyConflict { first_sha256, this_sha256 } => {
                    return Err(key_reused(first_sha256, this_sha256));
                }
            };
            let location = format!("/v1/invoices/{id}");
            (Taken { id, sha256, location, invoices: None, others: None }, replayed)
        }
    };
    // Before the 202: whoever hears none sends the file again.
    replies::take_among(&app.store, &document.bytes, received_at, "http").await?;
    let bytes = document.bytes.len();
    match &taken.invoices {
        None => tracing::info!(invoice = %taken.id, bytes, replayed, "invoice accepted"),
        Some(invoices) => tracing::info!(bytes, invoices = invoices.len(), replayed, "invoices accepted"),
    }
    Ok(key::on_disk(&taken.location.clone(), taken, replayed))
}

/// The answer for a file with several invoices, and whether it was given before.
fn several_taken(accepted: AcceptedSeveral, others: Vec<OtherMessage>) -> Answer<(Taken, bool)> {
    match accepted {
        AcceptedSeveral::Kept { sha256, known, parts } => {
            let location = format!("/v1/interchanges/{sha256}");
            let invoices = Some(parts.into_iter().map(PartTaken::of).collect());
            let id = sha256.chars().take(32).collect();
            Ok((Taken { id, sha256, location, invoices, others: Some(others) }, known))
        }
        AcceptedSeveral::KeyConflict { first_sha256, this_sha256 } => Err(key_reused(first_sha256, this_sha256)),
    }
}

fn key_reused(first_sha256: String, this_sha256: String) -> Problem {
    Problem::key_reused().with("first_sha256", first_sha256).with("this_sha256", this_sha256)
}

/// What a document is, before it is kept.
enum Looked {
    /// One, with its SHA-256, hexadecimal.
    One(String),
    /// A file with several invoices.
    Several(Box<Split>),
    TooMany,
    /// A life-cycle message rather than an invoice.
    Status,
    /// CONTRL or APERAK.
    Reply,
}

/// Looks at a document; a large one where it keeps no other request waiting.
async fn looked_at(bytes: &Bytes) -> Answer<Looked> {
    const LARGE: usize = 512 * 1024;
    let look = |bytes: &[u8]| match formats::several(bytes) {
        Err(_) => Looked::TooMany,
        Ok(Some(split)) => Looked::Several(Box::new(split)),
        Ok(None) if formats::is_life_cycle(bytes) => Looked::Status,
        Ok(None) if formats::edifact::is_answer(bytes) => Looked::Reply,
        Ok(None) => Looked::One(token::hex(&Sha256::digest(bytes))),
    };
    if bytes.len() < LARGE {
        return Ok(look(bytes));
    }
    let bytes = bytes.clone();
    tokio::task::spawn_blocking(move || look(&bytes)).await.map_err(|_| Problem::fault())
}

/// Which invoices.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Filter {
    /// Those in this state, or in one of several, separated by commas.
    #[param(
        pattern = "^(received|blocked|ready|sending|delivered|refused|unknown|accepted|suspended|disputed|paid|cancelled|parked)(,(received|blocked|ready|sending|delivered|refused|unknown|accepted|suspended|disputed|paid|cancelled|parked))*$"
    )]
    state: Option<String>,
    /// `waived` and `lowered`: those of `valid` that are so only because waivers answer for what is fatal, or because a customer's file
    /// lowered an official rule; `excused`: the one or the other.
    #[param(pattern = "^(valid|invalid|not-judged|waived|lowered|excused)$")]
    verdict: Option<String>,
    /// By its name in the configuration; `none` for those that go nowhere.
    platform: Option<String>,
    /// As `customer` shows it: SIRET, else SIREN, VAT number, GLN, else the name.
    customer: Option<String>,
    /// BT-1 exactly.
    number: Option<String>,
    /// Words that begin as those of number, customer, seller or references do; or the beginning of an id.
    #[param(max_length = 200)]
    q: Option<String>,
    /// BT-2 on this day or later.
    #[param(format = Date)]
    issued_from: Option<String>,
    /// BT-2 on this day or earlier.
    #[param(format = Date)]
    issued_to: Option<String>,
    /// Received on this day (UTC) or later.
    #[param(format = Date)]
    received_from: Option<String>,
    /// Received on this day (UTC) or earlier.
    #[param(format = Date)]
    received_to: Option<String>,
    /// The `next` of the page before.
    after: Option<String>,
    /// Rows of a page. CSV gives the whole list where none is asked for.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<usize>,
    /// The language of CSV; by `Accept-Language` where absent.
    #[param(pattern = "^(fr|en)$")]
    lang: Option<String>,
}

impl Filter {
    fn asked(self, limit: usize) -> Answer<InvoiceFilter> {
        let named = |name: &str| InvoiceState::parse(name.trim()).ok_or_else(|| no_state(name));
        let states = self.state.as_deref().map(|all| all.split(',').map(named).collect::<Answer<Vec<_>>>());
        let no_verdict = || {
            let known = "valid, invalid, not-judged, waived, lowered, excused";
            bad(format!("`verdict` : l'un de {known} est attendu."), format!("`verdict`: one of {known} is expected."))
        };
        let verdict = self.verdict.as_deref().map(|name| InvoiceFilter::verdict_named(name).ok_or_else(no_verdict));
        let (verdict, excused) = verdict.transpose()?.unwrap_or_default();
        let most = limits::SEARCH_CHARS;
        if self.q.as_ref().is_some_and(|words| words.chars().count() > most) {
            return Err(bad(format!("`q` : {most} caractères au plus."), format!("`q`: {most} characters at most.")));
        }
        let day = |key: &str, text: &Option<String>| {
            let read = |text: &String| crate::day::Day::parse_iso(text).ok_or_else(|| no_day(key));
            text.as_ref().map(read).transpose()
        };
        const DAY: i64 = 86_400_000;
        let received = (day("received_from", &self.received_from)?, day("received_to", &self.received_to)?);
        Ok(InvoiceFilter {
            states: states.transpose()?.unwrap_or_default(),
            issued: (day("issued_from", &self.issued_from)?, day("issued_to", &self.issued_to)?),
            // Whole days, UTC.
            received: (
                received.0.map(|day| day.since_epoch() * DAY),
                received.1.map(|day| (day.since_epoch() + 1) * DAY - 1),
            ),
            verdict,
            excused,
            platform: self.platform,
            customer: self.customer,
            number: self.number,
            words: self.q,
            after: self.after,
            limit,
            ..InvoiceFilter::default()
        })
    }
}

/// A page of invoices, newest first.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvoicePage {
    invoices: Vec<view::Invoice>,
    /// The `after` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

/// List invoices
///
/// Newest first, in pages that stay as they are while others arrive; JSON, or CSV for a spreadsheet.
#[utoipa::path(get, path = "/v1/invoices", operation_id = "listInvoices", tag = "invoices", params(Filter),
    responses((status = 200, content((InvoicePage = "application/json"), (String = "text/csv")))))]
pub async fn list(State(app): State<App>, uri: Uri, Asked(filter): Asked<Filter>, headers: HeaderMap) -> Answer {
    let form = form::choose(&headers, form::TABLE)?;
    let lang = language(filter.lang.as_deref(), &headers)?;
    let whole = form == form::Form::Csv && filter.limit.is_none();
    let limit = page(filter.limit)?;
    if let Some(after) = &filter.after
        && app.store.invoice(after).await?.is_none()
    {
        return Err(no_cursor());
    }
    let wanted = filter.asked(limit)?;
    if whole {
        return Ok(as_file(table(&app, wanted, lang).await?, lang));
    }
    let rows = app.store.invoices(wanted.clone()).await?;
    let next = match rows.last().filter(|_| rows.len() == limit).map(|row| row.id.clone()) {
        // A full page may be the last one.
        Some(last) => {
            let beyond = InvoiceFilter { after: Some(last.clone()), limit: 1, ..wanted };
            app.store.invoices(beyond).await?.first().map(|_| last)
        }
        None => None,
    };
    let response = match form {
        form::Form::Csv => {
            let mut out = sheet::headed_invoices(lang);
            rows.iter().for_each(|row| sheet::add_invoice(&mut out, row, lang));
            as_file(out, lang)
        }
        _ => {
            let shown = InvoicePage { invoices: rows.iter().map(view::Invoice::of).collect(), next: next.clone() };
            form::Form::Json.answer(view::written(&shown), lang)
        }
    };
    Ok(linked(response, &uri, next.as_deref()))
}

/// The whole list as CSV. It is read page by page: what is held beside the text is one page.
///
/// # Errors
/// The store's.
pub async fn table(app: &App, mut wanted: InvoiceFilter, lang: Lang) -> Result<String, StoreError> {
    wanted.limit = limits::PAGE_ROWS;
    let mut out = sheet::headed_invoices(lang);
    loop {
        let page = app.store.invoices(wanted.clone()).await?;
        page.iter().for_each(|row| sheet::add_invoice(&mut out, row, lang));
        match page.last() {
            Some(last) if page.len() == wanted.limit => wanted.after = Some(last.id.clone()),
            _ => return Ok(out),
        }
    }
}

/// As a file to keep.
pub fn as_file(text: String, lang: Lang) -> Response {
    let mut response = form::Form::Csv.answer(text, lang);
    let name = HeaderValue::from_static("attachment; filename=\"invoices.csv\"");
    response.headers_mut().insert(CONTENT_DISPOSITION, name);
    response
}

fn no_day(key: &str) -> Problem {
    bad(
        format!("`{key}` : une date comme 2026-11-21 est attendue."),
        format!("`{key}`: a date such as 2026-11-21 is expected."),
    )
}

fn no_state(name: &str) -> Problem {
    let known = InvoiceState::ALL.map(InvoiceState::as_str).join(", ");
    let meant = crate::config::nearest(name, InvoiceState::ALL.map(InvoiceState::as_str));
    let (mut fr, mut en) =
        (format!("`state` : l'un de {known} est attendu."), format!("`state`: one of {known} is expected."));
    if let Some(meant) = meant {
        fr += &format!(" Vouliez-vous dire `{meant}` ?");
        en += &format!(" Did you mean `{meant}`?");
    }
    bad(fr, en)
}

/// Show an invoice
///
/// With what comes next for it, by cause: what a person may do with it is what would be taken at this moment.
#[utoipa::path(get, path = "/v1/invoices/{id}", operation_id = "getInvoice", tag = "invoices", params(Id),
    responses((status = 200, body = view::InvoiceNow)))]
pub async fn one(State(app): State<App>, Id(id): Id, _: Plain) -> Answer {
    let row = find(&app, &id).await?;
    let next = next::of(&app.store, &row).await?;
    let route = app.ports.as_ref().zip(row.lane()).and_then(|(ports, lane)| ports.routes.get(lane));
    let rests_until = route.and_then(|route| route.rests_until(app.clock.now()));
    Ok(Json(view::InvoiceNow::of(&row, next).not_before(&row, rests_until)).into_response())
}

/// In which language.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct In {
    /// The language of every form but JSON, which carries both; by `Accept-Language` where absent.
    #[param(pattern = "^(fr|en)$")]
    lang: Option<String>,
}

impl In {
    pub fn lang(&self) -> Option<&str> {
        self.lang.as_deref()
    }
}

/// Show its report
///
/// The latest judgement, and the seal that the document bears by now: JSON with both languages; or the judgement as text, HTML,
/// SVRL, SARIF or CSV in one.
#[utoipa::path(get, path = "/v1/invoices/{id}/report", operation_id = "getReport", tag = "invoices", params(Id, In),
    responses((status = 200, content((seal::SealedReport = "application/json"), (String = "text/plain"), (String = "application/xml"), (String = "application/svrl+xml"), (String = "text/xml"),
        (Object = "application/sarif+json"), (String = "text/csv"), (String = "text/html")))))]
pub async fn report(State(app): State<App>, Id(id): Id, Asked(how): Asked<In>, headers: HeaderMap) -> Answer {
    let form = form::choose(&headers, form::REPORT)?;
    let lang = language(how.lang.as_deref(), &headers)?;
    let row = find(&app, &id).await?;
    let kept = kept(&app, &row).await?;
    let body = match form.of_report() {
        Some(format) => {
            let read = read(&row, &kept)?;
            shown(format.form(Manner::plain(lang)).as_ref(), &read, &report::Document::default())
        }
        None => seal::into_report(kept, row.seal.as_ref()),
    };
    let mark = body.clone();
    Ok(form::unless_known(&headers, mark.as_bytes(), form.answer(body, lang)))
}

/// The latest judgement as it is kept.
///
/// # Errors
/// [`Code::NoReport`]: there is none yet.
async fn kept(app: &App, row: &InvoiceRow) -> Answer<String> {
    app.store.report(&row.id).await?.ok_or_else(|| {
        Problem::new(
            Code::NoReport,
            "La facture n'est pas encore jugée ; recommencez dans un instant.",
            "The invoice is not judged yet; try again in a moment.",
        )
    })
}

fn read(row: &InvoiceRow, kept: &str) -> Answer<report::Report> {
    serde_json::from_str(kept).map_err(|error| {
        tracing::error!(invoice = %row.id, %error, "the report cannot be read");
        Problem::fault()
    })
}

/// The latest judgement.
///
/// # Errors
/// [`Code::NoReport`]: there is none yet.
pub async fn judged(app: &App, row: &InvoiceRow) -> Answer<report::Report> {
    read(row, &kept(app, row).await?)
}

/// Which document of an invoice.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct Which {
    /// `received`, which is what came and what the id is of; or `outgoing`, which is what is sealed and deposited: the same bytes, but
    /// where no platform takes the syntax that came (EDIFACT), what facteur wrote of it.
    #[serde(rename = "as")]
    #[param(pattern = "^(received|outgoing)$", default = "received")]
    form: Option<String>,
}

/// Give its document back
///
/// Exactly the bytes that were received, or those that leave, to keep and never to be shown by a browser.
#[utoipa::path(get, path = "/v1/invoices/{id}/document", operation_id = "getDocument", tag = "invoices", params(Id, Which),
    responses((status = 200, content((Vec<u8> = "application/xml"), (Vec<u8> = "application/pdf"), (Vec<u8> = "application/edifact"), (Vec<u8> = "application/edi-x12"), (Vec<u8> = "application/octet-stream")))))]
pub async fn document(State(app): State<App>, Id(id): Id, Asked(which): Asked<Which>, headers: HeaderMap) -> Answer {
    let row = find(&app, &id).await?;
    let (document, sha256, written) = match which.form.as_deref() {
        None | Some("received") => (stored(&app, &row).await?, row.sha256.as_str(), false),
        Some("outgoing") => (leaving(&app, &row).await?, row.leaving(), row.outgoing.is_some()),
        Some(_) => {
            let known = "`received`, `outgoing`";
            return Err(bad(
                format!("`as` : l'un de {known} est attendu."),
                format!("`as`: one of {known} is expected."),
            ));
        }
    };
    let (kind, ending) = match written {
        true => ("application/xml", "outgoing.xml"),
        false => kind_of(&row, &document.piece(0).await?),
    };
    let said = [
        (CONTENT_TYPE, kind.to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{}.{ending}\"", row.id)),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
    ];
    let mut response = (said, given(&document)).into_response();
    form::tagged(&headers, &format!("\"{sha256}\""), &mut response);
    Ok(response)
}

/// What is sealed and deposited of an invoice.
///
/// # Errors
/// [`Code::NoOutgoing`]: it is not judged yet, or nothing of it can be sent.
pub async fn leaving(app: &App, row: &InvoiceRow) -> Answer<Document> {
    if row.intent.is_none() && row.outgoing.is_none() || row.is_unwritten() {
        return Err(Problem::new(
            Code::NoOutgoing,
            "La facture n'est pas encore jugée, ou rien ne peut en être envoyé.",
            "The invoice is not judged yet, or nothing of it can be sent.",
        ));
    }
    app.store.document(row.leaving()).await?.ok_or_else(|| missing(row))
}

/// The document of an invoice, to be read piece by piece.
pub async fn stored(app: &App, row: &InvoiceRow) -> Answer<Document> {
    app.store.document(&row.sha256).await?.ok_or_else(|| missing(row))
}

/// Exactly the bytes of a document, read as fast as they are taken.
pub fn given(document: &Document) -> Body {
    Body::new(document.body(Bytes::new(), |piece| piece, Bytes::new(), document.size()))
}

/// The document of an invoice whole in memory.
///
/// # Errors
/// [`Code::Busy`] while others hold large documents.
pub async fn whole(app: &App, row: &InvoiceRow) -> Answer<Bytes> {
    match app.store.hold(&row.sha256, PATIENCE).await? {
        Held::Here(bytes) => Ok(bytes),
        Held::Absent => Err(missing(row)),
        Held::NoRoom => Err(body::full()),
    }
}

fn missing(row: &InvoiceRow) -> Problem {
    tracing::error!(invoice = %row.id, "the document is not in the store");
    Problem::new(
        Code::Facteur,
        "Le document manque dans le magasin : c'est une faute de facteur ou de la machine.",
        "The document is missing from the store: a fault of facteur or of the machine.",
    )
}

/// Type and ending of a document, by what it is.
fn kind_of(row: &InvoiceRow, bytes: &[u8]) -> (&'static str, &'static str) {
    match row.facts.syntax.as_deref() {
        _ if bytes.starts_with(b"%PDF-") => ("application/pdf", "pdf"),
        Some("ubl-invoice" | "ubl-creditnote" | "cii") => ("application/xml", "xml"),
        Some(syntax) if syntax.starts_with("edifact-") => ("application/edifact", "edi"),
        Some(syntax) if syntax.starts_with("x12-") => ("application/edi-x12", "edi"),
        _ => ("application/octet-stream", "bin"),
    }
}

pub async fn find(app: &App, id: &str) -> Answer<InvoiceRow> {
    app.store.invoice(id).await?.ok_or_else(|| Problem::no_invoice(id))
}
