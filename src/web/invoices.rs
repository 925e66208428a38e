//! The list of invoices: searched, filtered, paged; the filter is the address.

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};

use super::Web;
use super::frame::{Frame, html};
use super::guard::Visitor;
use super::show::{self, Instant};
use super::trouble::{Done, Trouble};
use crate::day::Day;
use crate::lifecycle::State as InvoiceState;
use crate::report::Verdict;
use crate::store::{InvoiceFilter, InvoiceRow, Matched, Order};
use crate::text::Text;

/// Rows of a page.
const ROWS: usize = 50;
/// Invoices counted and summed for the head of the list.
const COUNTED: usize = 1_000;
const DAY: i64 = 86_400_000;

/// The parameters of an address, in order.
#[derive(Debug, Clone, Default)]
pub struct Asked(pub Vec<(String, String)>);

impl Asked {
    pub fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }

    pub fn some(&self, name: &str) -> Option<String> {
        Some(self.get(name)).filter(|value| !value.is_empty()).map(str::to_owned)
    }

    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(known, value)| known == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }

    pub fn has(&self, name: &str, value: &str) -> bool {
        self.all(name).any(|known| known == value)
    }

    /// The same question with other pages' parameters replaced, as a query string.
    pub fn with(&self, changes: &[(&str, &str)]) -> String {
        const PAGES: [&str; 3] = ["after", "before", "did"];
        let kept = self.0.iter().filter(|(name, value)| {
            !value.trim().is_empty()
                && !PAGES.contains(&name.as_str())
                && changes.iter().all(|(changed, _)| changed != name)
        });
        let kept = kept.map(|(name, value)| (name.as_str(), value.trim()));
        let pairs = kept.chain(changes.iter().copied().filter(|(_, value)| !value.is_empty()));
        let pairs: Vec<String> =
            pairs.map(|(name, value)| format!("{}={}", show::in_query(name), show::in_query(value))).collect();
        format!("?{}", pairs.join("&"))
    }

    /// A day; none where nothing is asked.
    ///
    /// # Errors
    /// What is asked is no day.
    pub fn day(&self, name: &str) -> Result<Option<Day>, Trouble> {
        let wrong = || {
            Trouble::asked(Text::new(
                "Une date comme 2026-11-21 est attendue dans le filtre.",
                "A date such as 2026-11-21 is expected in the filter.",
            ))
        };
        self.some(name).map(|text| Day::parse_iso(&text).ok_or_else(wrong)).transpose()
    }
}

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
    pub payable: String,
    pub currency: String,
    pub state: &'static str,
    pub credit: bool,
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
            payable: facts.payable.as_deref().map(|amount| show::amount(amount, lang)).unwrap_or_default(),
            currency: said(&facts.currency),
            state: row.state.unwrap_or(InvoiceState::Received).as_str(),
            credit: facts.is_credit(),
            verdict: row.verdict.clone(),
            platform: said(&row.platform),
            received: show::instant(row.received_at, visitor.now, lang),
        }
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
    verdicts: [&'static str; 3],
    platforms: Vec<String>,
    matched: Matched,
    sums: Vec<(String, String)>,
    newer: Option<String>,
    older: Option<String>,
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
    let (rows, newer, older) = paged(&web, &asked, filter).await?;
    let sums = matched.amounts.iter();
    let sums = sums.map(|(currency, sum)| (show::said(currency, 8), show::money_of(*sum, visitor.lang))).collect();
    let platforms = web.app.platforms.iter().cloned().collect();
    let mut lines: Vec<Line> = rows.iter().map(|row| Line::of(row, &visitor)).collect();
    for line in lines.iter_mut().filter(|line| line.number.is_empty()) {
        // A file is told right after the reception.
        let events = web.app.store.events(Some(&line.id), 0, 4).await?;
        let file = events.iter().find(|event| event.kind == "file").and_then(|event| event.data["file"].as_str());
        if let Some(file) = file {
            line.came_as = show::said(file, 60);
        }
    }
    html(&Page {
        f: Frame::new(&visitor, "invoices", "invoices.title"),
        lines,
        states: InvoiceState::ALL.map(InvoiceState::as_str),
        verdicts: [Verdict::Valid, Verdict::Invalid, Verdict::NotJudged].map(Verdict::as_str),
        newer: newer.map(|id| asked.with(&[("before", &id)])),
        older: older.map(|id| asked.with(&[("after", &id)])),
        asked,
        filtered,
        platforms,
        matched,
        sums,
    })
}

/// The rows of a page, and the ids after which newer and older ones come, where there are any. What arrives meanwhile moves nothing.
async fn paged(
    web: &Web,
    asked: &Asked,
    filter: InvoiceFilter,
) -> Result<(Vec<InvoiceRow>, Option<String>, Option<String>), Trouble> {
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
    let first = rows.first().filter(|_| has_newer).map(|row| row.id.clone());
    let last = rows.last().filter(|_| has_older).map(|row| row.id.clone());
    Ok((rows, first, last))
}

fn filter(asked: &Asked) -> Result<InvoiceFilter, Trouble> {
    let states = asked.all("state").map(|name| InvoiceState::parse(name).ok_or_else(|| unknown(name)));
    let verdict = asked.some("verdict");
    if verdict.as_deref().is_some_and(|verdict| !["valid", "invalid", "not-judged"].contains(&verdict)) {
        return Err(unknown("verdict"));
    }
    let (from, to) = (asked.day("from")?, asked.day("to")?);
    let by_reception = match asked.get("by") {
        "" | "issued" => false,
        "received" => true,
        by => return Err(unknown(by)),
    };
    let received = (from.map(|day| day.since_epoch() * DAY), to.map(|day| (day.since_epoch() + 1) * DAY - 1));
    Ok(InvoiceFilter {
        states: states.collect::<Result<_, _>>()?,
        verdict,
        platform: asked.some("platform"),
        customer: asked.some("customer"),
        words: asked.some("q"),
        issued: if by_reception { (None, None) } else { (from, to) },
        received: if by_reception { received } else { (None, None) },
        limit: ROWS,
        ..InvoiceFilter::default()
    })
}

/// A filter has no such word.
pub fn unknown(name: &str) -> Trouble {
    let name: String = name.chars().filter(char::is_ascii_alphanumeric).take(20).collect();
    Trouble::asked(Text::new(
        format!("Le filtre ne connaît pas « {name} »."),
        format!("The filter does not know \"{name}\"."),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_is_carried_on_without_its_page() {
        let asked = Asked(
            [("q", "a&b"), ("state", "blocked"), ("state", "ready"), ("after", "x"), ("to", " ")]
                .map(|(n, v)| (n.to_owned(), v.to_owned()))
                .to_vec(),
        );
        assert_eq!(asked.with(&[("before", "y")]), "?q=a%26b&state=blocked&state=ready&before=y");
        assert_eq!(asked.with(&[("q", "")]), "?state=blocked&state=ready");
        assert!(asked.day("to").is_ok_and(|day| day.is_none()));
        assert!(Asked(vec![("to".into(), "soon".into())]).day("to").is_err());
    }
}
