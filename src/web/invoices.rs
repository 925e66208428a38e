//! The list of invoices: searched, filtered, paged; the filter is the address.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};

use super::Web;
use super::frame::{Frame, html};
use super::guard::Visitor;
use super::list::{Asked, Pages, sums, unknown};
use super::show::{self, Instant};
use super::trouble::{Done, Trouble};
use crate::api::invoices::{as_file, table};
use crate::lifecycle::State as InvoiceState;
use crate::store::{InvoiceFilter, InvoiceRow, Matched, Order};
use crate::text::Text;

/// Rows of a page.
const ROWS: usize = 50;
/// Invoices counted and summed for the head of the list.
const COUNTED: usize = 1_000;
const DAY: i64 = 86_400_000;
/// What the list can be narrowed to: verdicts, and by whose word alone an invoice is valid.
const VERDICTS: [&str; 6] = ["valid", "waived", "lowered", "excused", "invalid", "not-judged"];

/// An invoice as a line of a list, safe to show.
pub struct Line {
    pub id: String,
    pub number: String,
    /// What tells it from others where it has no number: the file it came as, else the beginning of its id.
    pub came_as: String,
    pub customer: String,
    pub customer_id: String,
    pub seller: String,
    pub issued: String,
    /// What it adds to what is owed: below zero for a credit note.
    pub payable: String,
    pub currency: String,
    pub state: &'static str,
    pub credit: bool,
    /// As the page calls it: `waived`, `lowered` and `waived-lowered` are valid for a reason of the customer's file.
    pub verdict: Option<String>,
    pub platform: String,
    pub received: Instant,
}

impl Line {
    pub fn of(row: &InvoiceRow, visitor: &Visitor) -> Self {
        let facts = &row.facts;
        let lang = visitor.lang;
        let said = |text: &Option<String>| show::said(text.as_deref().unwrap_or_default(), 80);
        Self {
            id: row.id.clone(),
            number: said(&facts.number),
            came_as: row.id.chars().take(8).collect(),
            customer: said(&facts.customer_name),
            customer_id: said(&facts.customer),
            seller: said(&facts.seller),
            issued: facts.issued.as_deref().map(|day| show::day(day, lang)).unwrap_or_default(),
            payable: facts.amount().map_or_else(|| said(&facts.payable), |amount| show::money_of(amount, lang)),
            currency: said(&facts.currency),
            state: row.state.unwrap_or(InvoiceState::Received).as_str(),
            credit: facts.is_credit(),
            verdict: row.verdict.clone().map(|verdict| match verdict.as_str() {
                "valid" if row.waived && row.lowered => "waived-lowered".to_owned(),
                "valid" if row.waived => "waived".to_owned(),
                "valid" if row.lowered => "lowered".to_owned(),
                _ => verdict,
            }),
            platform: said(&row.platform),
            received: show::instant(row.received_at, visitor.now, lang),
        }
    }
}

impl Line {
    /// Without a number it is known by the file that it came as, where it came as one.
    pub async fn told_apart(&mut self, web: &Web) -> Result<(), Trouble> {
        if self.number.is_empty() {
            // A file is told right after the reception.
            let events = web.app.store.events(Some(&self.id), 0, 4).await?;
            let file = events.iter().find(|event| event.kind == "file").and_then(|event| event.data["file"].as_str());
            if let Some(file) = file {
                self.came_as = show::said(file, 60);
            }
        }
        Ok(())
    }
}

#[derive(Template)]
#[template(path = "invoices.html")]
struct Page {
    f: Frame,
    asked: Asked,
    filtered: bool,
    lines: Vec<Line>,
    states: [&'static str; 13],
    verdicts: [&'static str; 6],
    /// The same list as CSV.
    sheet: String,
    platforms: Vec<String>,
    matched: Matched,
    sums: Vec<(String, String)>,
    pages: Pages,
}

pub async fn page(
    State(web): State<Web>,
    Extension(visitor): Extension<Visitor>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Done {
    let asked = Asked(pairs);
    let filter = filter(&asked)?;
    let filtered = filter != InvoiceFilter { limit: filter.limit, ..InvoiceFilter::default() };
    let matched = web.app.store.matched(filter.clone(), COUNTED).await?;
    let (rows, pages) = paged(&web, &asked, filter).await?;
    let sums = sums(matched.amounts.iter().map(|(currency, sum)| (currency.as_str(), *sum)), visitor.lang);
    let platforms = web.app.platforms.iter().cloned().collect();
    let mut lines: Vec<Line> = rows.iter().map(|row| Line::of(row, &visitor)).collect();
    for line in &mut lines {
        line.told_apart(&web).await?;
    }
    let sheet = format!("/invoices.csv{}", asked.with(&[]));
    html(&Page {
        sheet,
        f: Frame::new(&visitor, "invoices", "invoices.title"),
        lines,
        states: InvoiceState::ALL.map(InvoiceState::as_str),
        verdicts: VERDICTS,
        pages,
        asked,
        filtered,
        platforms,
        matched,
        sums,
    })
}

/// `GET /invoices.csv`: the whole list that the filter finds, as RFC 4180, with the headings of the page's language.
pub async fn csv(
    State(web): State<Web>,
    Extension(visitor): Extension<Visitor>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Done {
    let text = table(&web.app, filter(&Asked(pairs))?, visitor.lang).await?;
    Ok(as_file(text, visitor.lang))
}

/// The rows of a page, and the pages around it. What arrives meanwhile moves nothing.
async fn paged(web: &Web, asked: &Asked, filter: InvoiceFilter) -> Result<(Vec<InvoiceRow>, Pages), Trouble> {
    let before = asked.some("before");
    if let Some(place) = before.clone().or_else(|| asked.some("after"))
        && web.app.store.invoice(&place).await?.is_none()
    {
        return Err(Trouble::asked(Text::new(
            "Cette page de la liste commence après une facture qui n'existe pas : reprenez la liste au début.",
            "This page of the list begins after an invoice that does not exist: start again from the first page.",
        )));
    }
    let (order, after) = match &before {
        Some(_) => (Order::OldestFirst, before.clone()),
        None => (Order::NewestFirst, asked.some("after")),
    };
    let mut rows =
        web.app.store.invoices(InvoiceFilter { order, after: after.clone(), limit: ROWS + 1, ..filter }).await?;
    let more = rows.len() > ROWS;
    rows.truncate(ROWS);
    let backwards = before.is_some();
    if backwards {
        rows.reverse();
    }
    let (has_newer, has_older) = if backwards { (more, true) } else { (after.is_some(), more) };
    let newer = rows.first().filter(|_| has_newer).map(|row| asked.with(&[("before", &row.id)]));
    let older = rows.last().filter(|_| has_older).map(|row| asked.with(&[("after", &row.id)]));
    Ok((rows, Pages { newer, older }))
}

fn filter(asked: &Asked) -> Result<InvoiceFilter, Trouble> {
    let states = asked.all("state").map(|name| InvoiceState::parse(name).ok_or_else(|| unknown(name)));
    let verdict = Some(asked.get("verdict")).filter(|verdict| !verdict.is_empty());
    let verdict = verdict.map(|name| InvoiceFilter::verdict_named(name).ok_or_else(|| unknown(name))).transpose()?;
    let (verdict, excused) = verdict.unwrap_or_default();
    let (from, to) = (asked.day("from")?, asked.day("to")?);
    let by_reception = asked.one_of("by", &["issued", "received"])? == "received";
    let received = (from.map(|day| day.since_epoch() * DAY), to.map(|day| (day.since_epoch() + 1) * DAY - 1));
    Ok(InvoiceFilter {
        states: states.collect::<Result<_, _>>()?,
        verdict,
        excused,
        platform: asked.some("platform"),
        customer: asked.some("customer"),
        words: asked.some("q"),
        issued: if by_reception { (None, None) } else { (from, to) },
        received: if by_reception { received } else { (None, None) },
        limit: ROWS,
        ..InvoiceFilter::default()
    })
}
