//! What we say of an invoice to whoever reads its life at the platform: that money came in (212), that documents complete it (209).

pub mod acts;

use axum::Json;
use axum::extract::State;
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};

use super::acts::Call;
use super::attached::{self, File};
use super::auth::Caller;
use super::body::{Holds, Said};
use super::invoices::{find, given};
use super::key::{self, KeyHeader};
use super::page::linked;
use super::problem::{Answer, Code, Problem};
use super::query::{Asked, Id, Plain, page};
use super::{App, Ask, body, form, view};
use crate::clock::day_of;
use crate::day::Day;
use crate::decimal::{self, Decimal};
use crate::formats::Envelope;
use crate::formats::cdar::{self, CASHED, COMPLETED, Cashed, Lacks, Moment, Saying, cashed_whole};
use crate::guard;
use crate::invoice::{Invoice, bt};
use crate::lifecycle::cdar_status;
use crate::limits;
use crate::queue::acts::ActError;
use crate::queue::stating::{self, Made};
use crate::report::Verdict;
use crate::rules::Severity;
use crate::store::{self, Held, InvoiceRow, StatementState, StatementsOf, StoreError};
use crate::text::{Lang, Text};

/// Longest comment, in characters.
const COMMENT: usize = 2_000;
/// How often it is looked at what else is said of the invoice at the same time.
const TRIES: u32 = 16;
/// A day, in milliseconds.
const DAY: i64 = 24 * 60 * 60 * 1_000;
/// Findings that a refusal tells.
const FINDINGS: usize = 5;

/// What is to be said of an invoice.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Say {
    /// 212: money came in (`amounts` or `whole`); 209: documents that complete it (`files`).
    #[serde(deserialize_with = "whole")]
    #[schema(example = 212, minimum = 200, maximum = 299)]
    status: u16,
    /// The day on which it became so; now where absent.
    #[schema(example = "2026-11-20", format = Date)]
    on: Option<String>,
    /// What came in, tax included, by VAT rate; negative where it was given back.
    #[serde(default)]
    #[schema(max_items = 100)]
    amounts: Vec<Amount>,
    /// All that is to be paid came in: its share by VAT rate is that of the invoice.
    #[serde(default)]
    whole: bool,
    /// Documents that the buyer asked for, of the types that the platform takes: PDF, PNG, JPEG, CSV, XLSX, ODS and XML; at Chorus Pro also the other endings that it
    /// takes with invoices, 10 MB and a name of 50 characters each at most.
    #[serde(default)]
    #[schema(max_items = 20)]
    files: Vec<File>,
    /// A word to the buyer, beside documents.
    #[schema(max_length = 2000)]
    comment: Option<String>,
    /// The person who says it, where the token is not theirs alone; needed where no token is asked for.
    #[schema(max_length = 2000, example = "Marie")]
    author: Option<String>,
}

/// What came in of one VAT rate.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Amount {
    /// In percent.
    #[schema(example = "20")]
    rate: String,
    /// In the currency of the invoice.
    #[schema(example = "1200.00")]
    amount: String,
}

/// A whole number as JSON has it: 212.0 is one.
fn whole<'d, D: serde::Deserializer<'d>>(from: D) -> Result<u16, D::Error> {
    let number = f64::deserialize(from)?;
    let fits = number.fract() == 0.0 && (0.0..=f64::from(u16::MAX)).contains(&number);
    fits.then_some(number as u16).ok_or_else(|| serde::de::Error::custom("no whole number of that size"))
}

impl Said for Say {
    const MEMBERS: &[(&str, Holds)] = &[
        ("status", Holds::Number),
        ("on", Holds::Day),
        ("amounts", Holds::Amounts),
        ("whole", Holds::YesOrNo),
        ("files", Holds::Files),
        ("comment", Holds::Words),
        ("author", Holds::Words),
    ];
}

/// A statement of ours.
#[derive(Debug, Serialize, ToSchema)]
pub struct Statement {
    #[schema(pattern = "^[0-9a-f]{32}$")]
    id: String,
    invoice: String,
    platform: String,
    /// 209 or 212.
    status: u16,
    /// The status in words.
    label: Text,
    /// `ready`, `sending`, `unknown` (the answer was lost: the platform is asked), `delivered` (the platform has it), `taken` (and took it up), `refused`,
    /// `parked` (a person has to look: `why` says what for), `withdrawn` (by a person, before the platform had it).
    #[schema(pattern = "^(ready|sending|unknown|delivered|taken|refused|parked|withdrawn)$")]
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    why: Option<String>,
    author: String,
    /// When it was said.
    #[schema(format = DateTime)]
    at: Option<String>,
    /// When the status was reached.
    #[schema(format = DateTime)]
    reached_at: String,
    /// Who let it go after it was set aside, and why.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    released: Option<view::Released>,
    /// When its next step is due, where one is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false, format = DateTime)]
    next_at: Option<String>,
    /// The platform's reference of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    reference: Option<String>,
    /// What it says beside its status: amounts by rate, names of files, a comment.
    #[schema(value_type = Object)]
    said: Value,
    sha256: String,
    /// The message itself.
    document: String,
}

/// Statements of ours.
#[derive(Debug, Serialize, ToSchema)]
pub struct Statements {
    statements: Vec<Statement>,
}

/// Statements of ours, a page of them.
#[derive(Debug, Serialize, ToSchema)]
pub struct StatementPage {
    statements: Vec<Statement>,
    /// The `after` of the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(required = false)]
    next: Option<String>,
}

impl Statement {
    fn of(one: store::Statement) -> Self {
        Self {
            document: format!("/v1/statements/{}/document", one.id),
            label: cdar_status(one.status).map_or_else(Text::default, |status| status.label.clone()),
            state: one.state.as_str(),
            why: Some(one.why).filter(|why| !why.is_empty()),
            at: view::time(one.made_at),
            next_at: one.due_at.and_then(view::time),
            id: one.id,
            invoice: one.invoice,
            platform: one.platform,
            status: one.status,
            author: one.author,
            reached_at: one.reached_at,
            released: one.released.as_ref().map(view::Released::of),
            reference: one.reference,
            said: one.said,
            sha256: one.sha256,
        }
    }
}

/// Say something of it
///
/// A life-cycle message to the platform of the invoice: 212 where money came in, one amount for each VAT rate; 209 with the documents that its buyer asked for.
/// 202: the message is made, judged and on disk, and leaves by itself.
#[utoipa::path(post, path = "/v1/invoices/{id}/statements", operation_id = "sayOfInvoice", tag = "statements",
    params(Id, KeyHeader), request_body = Say, responses((status = 202, description = "It is on disk", body = Statement)))]
pub async fn say(call: Call) -> Answer {
    let Call { app, caller, id, headers, body } = call;
    let key = key::of_caller(&headers, &caller)?;
    let (said, document) = body::json_within::<Say>(&headers, body, limits::STATEMENT_BYTES, &app.budget).await?;
    caller.still(&app)?;
    let what = format!("POST /v1/invoices/{id}/statements");
    let asked = key.map(|key| key::Asked::new(key, &what, &document.bytes));
    let mut answer = key::once(&app, asked.as_ref(), async {
        let author = author(&said, &caller)?;
        // What else is said of the invoice meanwhile counts: then all of it is looked at again.
        let mut tries = 0;
        loop {
            tries += 1;
            let kept = keep(&app, &id, said.clone(), &author, asked.as_ref(), tries < TRIES).await?;
            if let Some(answer) = kept {
                return Ok(answer);
            }
        }
    })
    .await?;
    *answer.status_mut() = StatusCode::ACCEPTED;
    Ok(answer)
}

/// Makes it and keeps it; none where something else was said of the invoice meanwhile, and it may be tried `again`.
async fn keep(
    app: &App,
    id: &str,
    said: Say,
    author: &str,
    asked: Option<&key::Asked>,
    again: bool,
) -> Answer<Option<Response>> {
    let row = find(app, id).await?;
    stating::may_say(&row, said.status).map_err(|why| not_now(&row, why))?;
    let takes = row.platform.as_ref().and_then(|name| app.speaking.get(name)).copied().unwrap_or_default();
    if !takes.contains(&said.status) {
        return Err(refused(
            "La plateforme de la facture ne prend pas ce statut de notre part : dites-le-lui sur son portail.",
            "The platform of the invoice does not take this status from us: tell it there.",
        ));
    }
    let made = made(app, row, said, author).await?;
    let shown = Statement::of(made.statement.clone());
    let under = asked.map(|asked| asked.keyed(view::written(&shown)));
    match stating::keep(&app.store, made, under).await {
        Ok(kept) => {
            tracing::info!(invoice = %kept.invoice, status = kept.status, "a statement leaves for its platform");
            Ok(Some(Json(shown).into_response()))
        }
        Err(ActError::Store(StoreError::Stale(_))) if again => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// Which statements.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub struct WhichStatements {
    /// Only those in this state.
    #[param(pattern = "^(ready|sending|unknown|delivered|taken|refused|parked|withdrawn)$")]
    state: Option<String>,
    /// The `next` of the page before.
    #[param(pattern = "^[0-9]{1,18}$")]
    after: Option<String>,
    /// Rows of a page.
    #[param(minimum = 1, maximum = 500, default = 100)]
    limit: Option<usize>,
}

/// List statements of ours
///
/// Newest first: what was said of invoices, and how far each is. Those `refused` or `parked` wait for a person.
#[utoipa::path(get, path = "/v1/statements", operation_id = "listStatements", tag = "statements", params(WhichStatements),
    responses((status = 200, body = StatementPage)))]
pub async fn list(State(app): State<App>, uri: Uri, Asked(asked): Asked<WhichStatements>) -> Answer {
    let limit = page(asked.limit)?;
    let before = asked.after.as_ref().map(|text| cursor(text).ok_or_else(super::page::no_cursor)).transpose()?;
    let unknown = || {
        let known = "ready, sending, unknown, delivered, taken, refused, parked, withdrawn";
        Problem::new(Code::BadQuery, format!("`state` : {known}."), format!("`state`: {known}."))
    };
    let state = asked.state.as_ref().map(|text| StatementState::parse(text).ok_or_else(unknown)).transpose()?;
    // One more tells whether there is more.
    let mut found = app.store.statements(StatementsOf::List { state, before, limit: limit + 1 }).await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let next = found.last().filter(|_| more).map(|(seq, _)| seq.to_string());
    let statements = found.into_iter().map(|(_, one)| Statement::of(one)).collect();
    let response = Json(StatementPage { statements, next: next.clone() }).into_response();
    Ok(linked(response, &uri, next.as_deref()))
}

fn cursor(text: &str) -> Option<u64> {
    let digits = (1..=18).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    text.parse().ok().filter(|_| digits)
}

/// Show what was said of it
///
/// Oldest first: statements of ours, and how far each is.
#[utoipa::path(get, path = "/v1/invoices/{id}/statements", operation_id = "listInvoiceStatements", tag = "statements", params(Id),
    responses((status = 200, body = Statements)))]
pub async fn of_invoice(State(app): State<App>, Id(id): Id, _: Plain) -> Answer {
    let row = find(&app, &id).await?;
    let found = app.store.statements(StatementsOf::Invoice(row.id)).await?;
    Ok(Json(Statements { statements: found.into_iter().map(|(_, one)| Statement::of(one)).collect() }).into_response())
}

/// Show a statement
#[utoipa::path(get, path = "/v1/statements/{id}", operation_id = "getStatement", tag = "statements", params(Id),
    responses((status = 200, body = Statement)))]
pub async fn one(State(app): State<App>, Id(id): Id, _: Plain) -> Answer {
    Ok(Json(Statement::of(found(&app, &id).await?)).into_response())
}

/// Give its message back
///
/// Exactly the bytes that leave.
#[utoipa::path(get, path = "/v1/statements/{id}/document", operation_id = "getStatementDocument", tag = "statements", params(Id),
    responses((status = 200, content((Vec<u8> = "application/xml")))))]
pub async fn document(State(app): State<App>, Id(id): Id, _: Plain, headers: HeaderMap) -> Answer {
    let statement = found(&app, &id).await?;
    let document = app.store.document(&statement.sha256).await?.ok_or_else(none)?;
    let said = [
        (CONTENT_TYPE, "application/xml".to_owned()),
        (CONTENT_DISPOSITION, format!("attachment; filename=\"{}_{}.xml\"", statement.status, statement.id)),
        (CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox".to_owned()),
    ];
    let mut response = (said, given(&document)).into_response();
    form::tagged(&headers, &format!("\"{}\"", statement.sha256), &mut response);
    Ok(response)
}

/// The message, made of the invoice that left and judged as such messages are.
async fn made(app: &App, row: InvoiceRow, said: Say, author: &str) -> Answer<Made> {
    let now = app.clock.now();
    let before = stating::before(&app.store, &row.id).await?;
    let reached = before.apart(said.status, reached(&said, &row, now)?);
    let created = Moment::from_millis(now).ok_or_else(Problem::fault)?;
    let bytes = match app.store.hold(row.leaving(), super::invoices::PATIENCE).await? {
        Held::Here(bytes) => bytes,
        Held::Absent => return Err(Problem::fault()),
        Held::NoRoom => return Err(body::full()),
    };
    // Reading and judging take a core: as many at once as there are, the others wait their turn.
    let turn = app.judging.clone().acquire_owned().await;
    let (validator, author) = (app.validator.clone(), author.to_owned());
    let routes = app.ports.as_ref().map(|ports| &ports.routes);
    let route = row.platform.as_ref().and_then(|name| routes?.get(name));
    let kind = route.map_or("", |route| route.platform.kind());
    let work = move || -> Answer<Made> {
        let _turn = turn;
        let pdf = guard::pdf(&bytes);
        let envelope = Envelope::open(&bytes, &pdf).map_err(|_| Problem::fault())?;
        let read = envelope.read().map_err(|_| Problem::fault())?;
        let saying = saying(said, &read.invoice, &before.cashed, kind)?;
        let mut statement = saying.of(&read.invoice, reached, created).map_err(lacks)?;
        let named = |statement: &cdar::Statement<'_>| {
            format!("{}_{}.xml", statement.id().replace(['/', '\\', ' ', '#'], "-"), &row.id[..8])
        };
        statement.created = before.written(created, |created| named(&cdar::Statement { created, ..statement.clone() }));
        let name = named(&statement);
        let written = statement.write();
        let message = Bytes::from(written.text.clone());
        let today = day_of(now);
        let ask = Ask {
            file: name.clone(),
            as_of: today,
            date: Some(today),
            incoming: false,
            rules: Some("fr-cdv".into()),
            client: None,
        };
        let judged = validator.validate(&message, &ask).map_err(|_| Problem::fault())?;
        let report = &judged.first().ok_or_else(Problem::fault)?.report;
        if report.verdict != Verdict::Valid || !written.losses.is_empty() {
            let fatal = report.findings.iter().filter(|one| one.severity == Severity::Fatal).take(FINDINGS);
            let (mut fr, mut en) = (Vec::new(), Vec::new());
            for one in fatal {
                fr.push(format!("{} : {}", one.rule, one.message.fr));
                en.push(format!("{}: {}", one.rule, one.message.en));
            }
            let (fr, en) = (fr.join(" ; "), en.join("; "));
            return Err(Problem::new(
                Code::Refused,
                format!("Le message qui le dirait ne serait pas valide : {fr}"),
                format!("The message that would say it would not be valid: {en}"),
            ));
        }
        let mut made = stating::made(row, &saying, name, written.text, reached, &author, now);
        made.statement.before = before.times;
        Ok(made)
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| Problem::fault())?
}

/// When it became so: a day is its beginning, and documents are not supplied before they were asked for.
fn reached(said: &Say, row: &InvoiceRow, now: store::Millis) -> Answer<Moment> {
    let now_moment = Moment::from_millis(now).ok_or_else(Problem::fault)?;
    let Some(on) = &said.on else { return Ok(now_moment) };
    let bad =
        || refused("`on` : une date comme 2026-11-20, pas à venir.", "`on`: a date such as 2026-11-20, not to come.");
    let day = Day::parse_iso(on).ok_or_else(bad)?;
    let moment = Moment::parse(&format!("{:04}{:02}{:02}", day.year(), day.month(), day.day())).ok_or_else(bad)?;
    if moment > now_moment {
        return Err(bad());
    }
    // A platform that tells no zone may be ahead of us.
    let asked = stating::requested(row).filter(|_| said.status == COMPLETED).map(|asked| asked.min(now));
    match asked.and_then(Moment::from_millis) {
        Some(asked) if asked.millis() >= moment.millis() + DAY => Err(Problem::new(
            Code::Refused,
            format!("`on` : les documents ont été demandés après ce jour, le {}.", asked.rfc3339()),
            format!("`on`: the documents were asked for after that day, at {}.", asked.rfc3339()),
        )),
        Some(asked) => Ok(asked.max(moment)),
        None => Ok(moment),
    }
}

/// What is said, held against the invoice, what was said before, and what that `kind` of platform takes.
fn saying(said: Say, invoice: &Invoice<'_>, before: &[Cashed], kind: &str) -> Answer<Saying> {
    match said.status {
        CASHED if !said.files.is_empty() || said.comment.is_some() => {
            Err(refused("Un 212 ne porte ni document ni commentaire.", "A 212 bears neither document nor comment."))
        }
        CASHED => Ok(Saying::Cashed { amounts: amounts(&said, invoice, before)? }),
        COMPLETED if said.whole || !said.amounts.is_empty() => {
            Err(refused("Un 209 ne porte pas de montant.", "A 209 bears no amount."))
        }
        COMPLETED => Ok(Saying::Completed { files: attached::files(said.files, kind)?, comment: said.comment }),
        _ => Err(refused("`status` : 209 ou 212.", "`status`: 209 or 212.")),
    }
}

fn amounts(said: &Say, invoice: &Invoice<'_>, before: &[Cashed]) -> Answer<Vec<Cashed>> {
    let asked = cashed_whole(invoice);
    if said.whole {
        if !said.amounts.is_empty() || before.iter().any(|one| one.amount != Decimal::ZERO) {
            return Err(refused(
                "`whole` vaut sans `amounts`, et tant que rien n'a été dit encaissé.",
                "`whole` holds without `amounts`, and while nothing was said to have come in.",
            ));
        }
        return asked.map_err(lacks);
    }
    let bad = || {
        refused(
            "`amounts` : pour chaque taux de TVA de la facture, une fois, un montant comme \"1200.00\".",
            "`amounts`: for each VAT rate of the invoice, once, an amount such as \"1200.00\".",
        )
    };
    let one = |amount: &Amount| {
        let (rate, amount) = (decimal::parse(&amount.rate).ok()?, decimal::parse(&amount.amount).ok()?);
        (amount.scale() <= 2 && rate.scale() <= 4).then(|| Cashed { rate: rate.normalize(), amount })
    };
    let said: Vec<Cashed> = said.amounts.iter().map(one).collect::<Option<_>>().ok_or_else(bad)?;
    // Where the invoice tells what is due by rate, no more than that comes in, and no more goes back than came.
    let Ok(asked) = asked else { return in_all(said, invoice, before) };
    for one in &said {
        let of = |list: &[Cashed]| list.iter().find(|other| other.rate == one.rate).map(|other| other.amount);
        let due = of(&asked).ok_or_else(bad)?;
        let after = decimal::add(of(before).unwrap_or(Decimal::ZERO), one.amount).ok_or_else(bad)?;
        let (least, most) = if due < Decimal::ZERO { (due, Decimal::ZERO) } else { (Decimal::ZERO, due) };
        if after < least || after > most {
            let rate = one.rate;
            return Err(Problem::new(
                Code::Refused,
                format!("Au taux de {rate} %, {after} serait encaissé en tout, et {due} est dû."),
                format!("At the rate of {rate} %, {after} would have come in in all, and {due} is due."),
            ));
        }
    }
    Ok(said)
}

/// Where the invoice does not tell what is due by rate: the rates are its own, and no more than is due in all comes in.
fn in_all(said: Vec<Cashed>, invoice: &Invoice<'_>, before: &[Cashed]) -> Answer<Vec<Cashed>> {
    let rates: Vec<Decimal> =
        invoice.groups(bt::BG_23).map(|group| group.number(bt::BT_119).unwrap_or(Decimal::ZERO)).collect();
    if let Some(other) = said.iter().find(|one| !rates.contains(&one.rate)) {
        let rate = other.rate;
        return Err(Problem::new(
            Code::Refused,
            format!("La facture n'a pas de taux de TVA de {rate} %."),
            format!("The invoice has no VAT rate of {rate} %."),
        ));
    }
    let Some(due) = invoice.first(bt::BT_115).and_then(|due| due.number()) else { return Ok(said) };
    let after = decimal::sum(said.iter().chain(before).map(|one| one.amount));
    let (least, most) = if due < Decimal::ZERO { (due, Decimal::ZERO) } else { (Decimal::ZERO, due) };
    match after.filter(|after| (least..=most).contains(after)) {
        Some(_) => Ok(said),
        None => {
            let after = after.map_or_else(|| "?".to_owned(), |after| after.to_string());
            Err(Problem::new(
                Code::Refused,
                format!("{after} serait encaissé en tout, et {due} est dû."),
                format!("{after} would have come in in all, and {due} is due."),
            ))
        }
    }
}

fn author(said: &Say, caller: &Caller) -> Answer<String> {
    if said.comment.as_ref().is_some_and(|text| text.chars().count() > COMMENT) {
        return Err(Problem::new(
            Code::BadBody,
            format!("{COMMENT} caractères au plus pour le commentaire."),
            format!("{COMMENT} characters at most for the comment."),
        ));
    }
    Problem::legible(&[("author", &said.author, false), ("comment", &said.comment, true)])?;
    caller.author(said.author.as_deref()).ok_or_else(|| {
        refused(
            "Sans jeton, le membre `author` dit qui parle : il est conservé avec la facture.",
            "Without a token, the member `author` says who speaks: it is kept with the invoice.",
        )
    })
}

fn lacks(lacks: Lacks) -> Problem {
    match lacks {
        Lacks::Term(term) => Problem::new(
            Code::Refused,
            format!("La facture n'a pas de {} ({term}), dont le message a besoin.", term.name(Lang::Fr)),
            format!("The invoice has no {} ({term}), which the message needs.", term.name(Lang::En)),
        ),
        Lacks::Nothing => refused(
            "Il manque ce qui est à dire : des documents (209), des montants (212).",
            "What is to be said is missing: documents (209), amounts (212).",
        ),
        Lacks::Amounts => {
            refused("Un taux est dit deux fois, ou un montant est nul.", "A rate is said twice, or an amount is zero.")
        }
        Lacks::Share => refused(
            "La facture ne dit pas ce qui est dû par taux de TVA (acompte, arrondi, ventilation) : donnez `amounts`.",
            "The invoice does not tell what is due by VAT rate (prepayment, rounding, breakdowns): give `amounts`.",
        ),
    }
}

fn not_now(row: &InvoiceRow, why: &'static str) -> Problem {
    let state = row.state.unwrap_or(crate::lifecycle::State::Received);
    crate::queue::acts::ActError::NotNow { id: row.id.clone(), state, why }.into()
}

async fn found(app: &App, id: &str) -> Answer<store::Statement> {
    let found = app.store.statements(StatementsOf::One(id.to_owned())).await?;
    found.into_iter().next().map(|(_, one)| one).ok_or_else(none)
}

pub(super) fn refused(fr: &str, en: &str) -> Problem {
    Problem::new(Code::Refused, fr, en)
}

fn none() -> Problem {
    Problem::new(
        Code::NoStatement,
        "Aucun message de facteur n'a cet identifiant.",
        "No statement of facteur's has this id.",
    )
}
