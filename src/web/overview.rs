//! The overview: what needs a person now, where everything stands, and whether facteur itself is well.

use askama::Template;
use axum::Extension;
use axum::extract::State;

use super::Web;
use super::frame::{Frame, html};
use super::guard::Visitor;
use super::invoices::Line;
use super::list;
use super::show::{self, Instant};
use super::trouble::Done;
use super::words;
use crate::lifecycle::State as InvoiceState;
use crate::problems::{By, Money, Problem, ReportRow, cause, summarise};
use crate::queue::{next, order};
use crate::store::{AnswersOf, Event, InvoiceFilter, InvoiceRow, Order, ProblemFilter};
use crate::story::timeline;
use crate::text::{Lang, Text};

/// Rows of each small list.
const FEW: usize = 5;
/// Waiting invoices of a state, the oldest, that are told apart by what comes next.
const WAITING: usize = 50;
const EVENTS: usize = 8;
/// Answers that speak of nothing known, counted.
const UNMATCHED: usize = 500;
/// Bars of a currency.
const BARS: usize = 8;

/// A problem as a line, safe to show.
pub struct Trouble {
    pub id: String,
    pub cause: String,
    pub label: String,
    pub customer: String,
    pub number: String,
    pub amount: String,
    pub currency: String,
    pub owner: String,
    pub opened: Instant,
    pub closed: Option<Instant>,
    pub due: String,
    pub overdue: bool,
    pub inferred: bool,
}

impl Trouble {
    pub fn of(problem: &Problem, web: &Web, visitor: &Visitor) -> Self {
        let lang = visitor.lang;
        let owner = problem.owner.as_deref().or_else(|| web.app.owners.owner(&problem.cause)).unwrap_or_default();
        Self {
            id: problem.id.clone(),
            cause: show::said(&problem.cause, 12),
            label: label(&problem.cause, lang),
            customer: show::said(named(problem), 80),
            number: show::said(problem.invoice_number.as_deref().unwrap_or_default(), 60),
            amount: problem.amount.as_deref().map(|amount| show::amount(amount, lang)).unwrap_or_default(),
            currency: show::said(problem.currency.as_deref().unwrap_or_default(), 8),
            owner: show::said(owner, 60),
            opened: show::instant(problem.opened_at, visitor.now, lang),
            closed: problem.closed_at.map(|at| show::instant(at, visitor.now, lang)),
            due: problem.next_action_on.map(|day| show::day_of(day, lang)).unwrap_or_default(),
            overdue: problem.closed_at.is_none()
                && problem.next_action_on.is_some_and(|day| day < crate::clock::day_of(visitor.now)),
            inferred: problem.inferred,
        }
    }
}

/// The customer of a problem by name, else by its identifier.
pub fn named(problem: &Problem) -> &str {
    if problem.customer_name.trim().is_empty() { &problem.customer } else { &problem.customer_name }
}

/// A cause in words; its id where the taxonomy does not know it.
pub fn label(id: &str, lang: Lang) -> String {
    cause(id).map_or_else(|| show::said(id, 12), |cause| cause.label.get(lang).to_owned())
}

/// An event as a line.
pub struct Happened {
    pub invoice: String,
    /// Its number, where the page knows it; else the beginning of its id.
    pub number: String,
    pub what: String,
    pub who: String,
    pub at: Instant,
    /// When it was heard of, where that was later.
    pub heard: Option<Instant>,
}

impl Happened {
    pub fn of(event: &Event, visitor: &Visitor) -> Self {
        let value = serde_json::to_value(event).unwrap_or_default();
        Self {
            invoice: event.invoice_id.clone(),
            number: event.invoice_id.chars().take(8).collect(),
            what: show::said(timeline::words(&value).get(visitor.lang), 400),
            who: show::said(&event.actor, 60),
            at: show::instant(event.at, visitor.now, visitor.lang),
            heard: None,
        }
    }

    /// All events of an invoice but raw answers, the latest first, each at its own time.
    pub fn timeline(events: &[Event], visitor: &Visitor) -> Vec<Self> {
        let shown = events.iter().filter(|event| event.kind != "answer");
        let heard = shown.map(|event| (serde_json::to_value(event).unwrap_or_default(), event)).collect();
        let placed = order::in_order(heard, |(value, _)| value).into_iter().rev();
        let instant = |at| show::instant(at, visitor.now, visitor.lang);
        let line = |(when, (_, event)): (order::When, (_, &Event))| Self {
            at: instant(when.at),
            heard: when.heard.map(instant),
            ..Self::of(event, visitor)
        };
        placed.map(line).collect()
    }
}

/// A bar: a label, a value in words, its part of the largest.
pub struct Bar {
    pub id: String,
    pub label: String,
    pub value: String,
    pub percent: i128,
}

/// The rows of one currency as bars.
pub fn bars(rows: Vec<ReportRow>, lang: Lang) -> Vec<Bar> {
    let most = rows.iter().filter_map(|row| row.amount).max();
    rows.iter()
        .map(|row| Bar {
            id: row.id.clone(),
            label: show::said(row.label.get(lang), 60),
            value: row.amount.map_or_else(|| "–".to_owned(), |amount| show::money_of(amount, lang)),
            percent: part(row.amount, most),
        })
        .collect()
}

/// The largest rows, and the others as one that has no id: together they come to what all do.
fn shortened(mut rows: Vec<ReportRow>) -> Vec<ReportRow> {
    rows.sort_by_key(|row| std::cmp::Reverse(row.amount));
    if rows.len() > BARS {
        let rest = rows.split_off(BARS - 1);
        let amount = rest.iter().filter_map(|row| row.amount).reduce(|sum, amount| sum + amount);
        let label = |lang| words::say("report.others", lang);
        let label = Text::new(label(Lang::Fr), label(Lang::En));
        rows.extend(rest.into_iter().next().map(|row| ReportRow { id: String::new(), label, amount, ..row }));
    }
    rows
}

/// A part in whole percent, from 0 to 100.
pub fn part(amount: Option<Money>, of: Option<Money>) -> i128 {
    let share = amount.zip(of).and_then(|(amount, of)| amount.per_mille_of(of)).unwrap_or(0);
    (share / 10).clamp(0, 100)
}

/// Invoices of one state that wait, the oldest of them by what they wait for.
struct Waiting {
    state: &'static str,
    count: usize,
    groups: Vec<Group>,
}

/// Invoices for which the same comes next, and what that is.
struct Group {
    next: String,
    /// The oldest few, each with the invoice that holds its number, where one does.
    lines: Vec<(Line, Option<Line>)>,
    /// Those that are not among the few.
    more: usize,
}

/// Rows by what comes next for them, in the order of the first of each.
async fn grouped(web: &Web, rows: &[InvoiceRow], visitor: &Visitor) -> Result<Vec<Group>, super::trouble::Trouble> {
    let mut groups: Vec<Group> = Vec::new();
    for row in rows {
        let next = next::of(&web.app.store, row).await?;
        let words = next.words.words.get(visitor.lang);
        let mut line = Line::of(row, visitor);
        line.told_apart(web).await?;
        let line = (line, next.rival.as_ref().map(|rival| Line::of(rival, visitor)));
        match groups.iter_mut().find(|group| group.next == words) {
            Some(group) if group.lines.len() == FEW => group.more += 1,
            Some(group) => group.lines.push(line),
            None => groups.push(Group { next: words.to_owned(), lines: vec![line], more: 0 }),
        }
    }
    Ok(groups)
}

#[derive(Template)]
#[template(path = "overview.html")]
struct Page {
    f: Frame,
    empty: bool,
    total: usize,
    counts: Vec<(&'static str, usize)>,
    waiting: Vec<Waiting>,
    largest: Vec<Trouble>,
    open: usize,
    sums: Vec<(String, String)>,
    bars: Vec<(String, Vec<Bar>)>,
    events: Vec<Happened>,
    store: &'static str,
    faults: usize,
    customers: usize,
    platforms: Vec<String>,
    seal: String,
    seal_well: bool,
    /// Name, and whether it can be looked at.
    folders: Vec<(String, bool)>,
    /// Answers in EDIFACT that speak of no invoice known, as far as they are counted.
    unmatched: usize,
    address: String,
}

pub async fn page(
    State(web): State<Web>,
    Extension(visitor): Extension<Visitor>,
    headers: axum::http::HeaderMap,
) -> Done {
    let store = &web.app.store;
    let counts = store.counts().await?;
    let count = |state: InvoiceState| counts.iter().find(|(name, _)| name == state.as_str()).map_or(0, |(_, n)| *n);
    let mut waiting = Vec::new();
    for state in [InvoiceState::Parked, InvoiceState::Unknown, InvoiceState::Blocked] {
        let filter = InvoiceFilter {
            states: vec![state],
            order: Order::OldestFirst,
            limit: WAITING,
            ..InvoiceFilter::default()
        };
        let rows = store.invoices(filter).await?;
        let groups = grouped(&web, &rows, &visitor).await?;
        waiting.push(Waiting { state: state.as_str(), count: count(state) as usize, groups });
    }
    let mut problems = store.problems(ProblemFilter { open_only: true, ..ProblemFilter::default() }).await?;
    let summary = summarise(&problems, By::Cause);
    let known = summary.sections.iter().filter(|section| section.currency.is_some());
    let sums = known.clone().filter_map(|section| Some((section.currency.as_deref()?, section.total.amount?)));
    let sums = list::sums(sums, visitor.lang);
    let bars = known.map(|section| {
        let parts: Vec<ReportRow> = section.rows.iter().flat_map(|row| row.parts.iter().cloned()).collect();
        let bars = bars(shortened(parts), visitor.lang);
        (show::said(section.currency.as_deref().unwrap_or_default(), 8), bars)
    });
    let bars = bars.collect();
    let open = problems.len();
    let amount = |problem: &Problem| problem.amount.as_deref().and_then(Money::parse);
    problems.sort_by_key(|problem| std::cmp::Reverse(amount(problem)));
    let mut events = Vec::new();
    // Raw answers are on the invoice's own page.
    for event in store.latest(4 * EVENTS).await?.iter().filter(|event| event.kind != "answer").take(EVENTS) {
        let mut happened = Happened::of(event, &visitor);
        if let Some(number) = store.invoice(&event.invoice_id).await?.and_then(|row| row.facts.number) {
            happened.number = show::said(&number, 40);
        }
        events.push(happened);
    }
    let well = store.check().await.is_ok() && store.failed_since().is_none();
    let total: usize = counts.iter().map(|(_, n)| *n as usize).sum();
    let unmatched = AnswersOf::List { unmatched: true, before: None, limit: UNMATCHED };
    let unmatched = store.edi_answers(unmatched).await?.len();
    let host = headers.get(axum::http::header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1:8480");
    let seal = web.app.seal.as_ref().map(|seal| seal.state());
    let folders = web.app.folders.iter().map(|folder| folder.now());
    html(&Page {
        f: Frame::new(&visitor, "overview", "overview.title"),
        empty: total == 0,
        total,
        counts: InvoiceState::ALL.into_iter().map(|state| (state.as_str(), count(state) as usize)).collect(),
        waiting,
        largest: problems.iter().take(FEW).map(|problem| Trouble::of(problem, &web, &visitor)).collect(),
        open,
        sums,
        bars,
        events,
        store: if well { "overview.store_well" } else { "overview.store_ill" },
        faults: web.app.customers.faults(),
        customers: web.app.customers.in_force().map_or(0, |clients| clients.iter().count()),
        platforms: web.app.platforms.iter().cloned().collect(),
        seal: match &seal {
            Some(health) => health.text().get(visitor.lang).to_owned(),
            None => words::say("overview.no_seal", visitor.lang).to_owned(),
        },
        seal_well: seal.is_none_or(|health| health.is_well()),
        unmatched,
        folders: folders.map(|folder| (show::said(&folder.name, 60), folder.up)).collect(),
        address: show::said(host, 80),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_shown_by_itself_is_among_the_others() {
        let row = |n: i64| ReportRow {
            id: format!("A{n}"),
            label: Text::default(),
            invoices: 1,
            customers: 1,
            amount: (n != 3).then(|| Money::parse(&format!("{n}.50"))).flatten(),
            amount_unknown: 0,
            open: 1,
            closed: 0,
            inferred: 0,
            mean_ms: None,
            median_ms: None,
            parts: Vec::new(),
        };
        let all: Vec<ReportRow> = (-1..20).map(row).collect();
        let sum = |rows: &[ReportRow]| rows.iter().filter_map(|row| row.amount).reduce(|a, b| a + b);
        let few = shortened(all.clone());
        assert_eq!((few.len(), sum(&few)), (BARS, sum(&all)));
        assert!(few.last().is_some_and(|row| row.id.is_empty() && row.label.fr == "Autres"));
        assert_eq!(shortened(all[..BARS].to_vec()).len(), BARS);
    }
}
