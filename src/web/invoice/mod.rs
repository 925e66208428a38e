//! One invoice: what it is, where it stands and what comes next, what was found, its terms, its story, its document.

pub mod acts;
pub mod chain;
pub mod findings;
pub mod rendering;
pub mod source;
pub mod terms;

use askama::Template;
use axum::Extension;
use axum::extract::{Path, Query, State};
use serde_json::Value;

use super::Web;
use super::frame::{Frame, html};
use super::guard::Visitor;
use super::invoices::Line;
use super::list::Asked;
use super::overview::{Happened, Trouble as ProblemLine};
use super::show;
use super::trouble::{Done, Trouble};
use crate::api::invoices::whole;
use crate::queue::next;
use crate::report::Report;
use crate::signature::{SealFacts, unsigned};
use crate::store::{Event, InvoiceRow, ProblemFilter, ReleasedOf};
use findings::Judged;
use terms::Terms;

/// Events of one invoice that are shown.
const EVENTS: usize = 500;
/// Characters of a raw answer that are shown.
const ANSWER_CHARS: usize = 8_000;

/// A raw answer of a platform.
struct Answer {
    call: String,
    http: String,
    at: show::Instant,
    body: String,
    cut: usize,
}

/// Who let it go, and why.
struct Released {
    author: String,
    reason: String,
    at: show::Instant,
    doubt: bool,
}

#[derive(Template)]
#[template(path = "invoice.html")]
struct Page {
    f: Frame,
    line: Line,
    row: InvoiceRow,
    next: String,
    /// Key of who acts.
    who: String,
    /// Another invoice that holds its number.
    rival: Option<Line>,
    acts: Vec<&'static str>,
    released: Option<Released>,
    judged: Option<Judged>,
    problems: Vec<ProblemLine>,
    /// Which invoices correct which.
    chain: Option<chain::Chain>,
    terms: Option<Terms>,
    unreadable: bool,
    events: Vec<Happened>,
    answers: Vec<Answer>,
    size: String,
    due: Option<show::Instant>,
    /// What its seal is worth, in words.
    seal: String,
    /// What leaves in the place of its document.
    leaves: Option<Leaves>,
}

/// A document that facteur wrote.
struct Leaves {
    syntax: String,
    size: String,
    /// How much of what came is not in it.
    lacks: usize,
}

pub async fn page(
    State(web): State<Web>,
    Extension(visitor): Extension<Visitor>,
    Path(id): Path<String>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Done {
    let row = find(&web, &id).await?;
    let store = &web.app.store;
    let report = store.report(&row.id).await?.and_then(|text| serde_json::from_str::<Report>(&text).ok());
    let document = whole(&web.app, &row).await?;
    let size = show::size(document.len(), visitor.lang);
    let lang = visitor.lang;
    // Reading a large document takes a core for a moment: not one that answers requests.
    let partners = web.app.partners.in_force();
    let terms = tokio::task::spawn_blocking(move || terms::of(&document, lang, partners.list()));
    let terms = terms.await.map_err(|_| Trouble::fault())?;
    let problems =
        store.problems(ProblemFilter { invoice_id: Some(row.id.clone()), ..ProblemFilter::default() }).await?;
    let events = store.events(Some(&row.id), 0, EVENTS).await?;
    let chain = chain::of(&web, &row, &visitor).await?;
    let line = Line::of(&row, &visitor);
    let next = next::of(store, &row).await?;
    let title = if line.number.is_empty() { line.id.chars().take(8).collect() } else { line.number.clone() };
    html(&Page {
        f: Frame::new(&visitor, "invoices", "invoice.title")
            .titled(title)
            .after(&visitor, Asked(pairs).some("did").as_deref()),
        next: next.words.words.get(lang).to_owned(),
        who: format!("who.{}", next.words.who),
        rival: next.rival.as_ref().map(|row| Line::of(row, &visitor)),
        acts: next.acts.iter().filter(|_| visitor.may_write).map(|act| act.as_str()).collect(),
        released: row.released.as_ref().map(|released| Released {
            author: show::said(&released.author, 80),
            reason: show::said(&released.reason, 2_000),
            at: show::instant(released.at, visitor.now, lang),
            doubt: released.of != ReleasedOf::Findings,
        }),
        judged: report.map(|report| Judged::of(&report, lang, Some(&row.id))),
        problems: problems.iter().map(|problem| ProblemLine::of(problem, &web, &visitor)).collect(),
        chain,
        unreadable: terms.is_none(),
        terms,
        events: Happened::timeline(&events, &visitor),
        answers: events.iter().rev().flat_map(|event| answers(event, &visitor)).collect(),
        size,
        seal: row.seal.as_ref().map_or_else(unsigned, SealFacts::words).get(lang).to_owned(),
        leaves: row.outgoing.as_ref().map(|outgoing| Leaves {
            syntax: outgoing.syntax.to_uppercase(),
            size: show::size(usize::try_from(outgoing.bytes).unwrap_or(usize::MAX), lang),
            lacks: usize::try_from(outgoing.not_carried).unwrap_or(usize::MAX),
        }),
        due: row.due_at.map(|at| show::instant(at, visitor.now, lang)),
        line,
        row,
    })
}

/// The invoice of an address.
pub async fn find(web: &Web, id: &str) -> Result<InvoiceRow, Trouble> {
    web.app.store.invoice(id).await?.ok_or_else(Trouble::no_invoice)
}

/// The raw answers that an event keeps, the latest first.
fn answers(event: &Event, visitor: &Visitor) -> Vec<Answer> {
    let raw = event.data.get("raw").and_then(Value::as_array);
    let raw = raw.map(|all| all.iter().rev().collect::<Vec<_>>()).unwrap_or_default();
    let one = |raw: &&Value| {
        let text = |key: &str| {
            raw.get(key).map(|v| v.as_str().map_or_else(|| v.to_string(), str::to_owned)).unwrap_or_default()
        };
        let body = text("body");
        let cut = body.chars().count().saturating_sub(ANSWER_CHARS);
        let shown: String = body.chars().take(ANSWER_CHARS).collect();
        // Line ends stay: it is shown as it came.
        let shown = shown.lines().map(|line| crate::text::visible(line).into_owned()).collect::<Vec<_>>().join("\n");
        Answer {
            call: show::said(&text("call"), 120),
            http: show::said(&text("http"), 12),
            at: show::instant(event.at, visitor.now, visitor.lang),
            body: shown,
            cut,
        }
    };
    raw.iter().map(one).collect()
}
