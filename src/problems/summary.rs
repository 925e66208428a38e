//! The report's arithmetic: cause × amount × invoices × customers, adding up.
//!
//! An invoice counts once, under its principal problem: the first still open, else the last closed. So the rows of a
//! section add up to its total, in invoices and in amount. Amounts of different currencies are never added: there is a
//! section for each. Customers are counted distinct in each row and in each total, so their rows may add up to more.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Add;

use serde::Serialize;

use super::cause::{category, cause};
use super::money::Money;
use super::record::Problem;
use crate::text::Text;

/// What the rows of the report are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub enum By {
    /// Categories, with their sub-causes under them.
    Cause,
    /// Customers.
    Client,
}

impl By {
    /// Reads `cause` or `client`, as the command line and the API write them.
    pub fn parse(text: &str) -> Option<By> {
        match text {
            "cause" => Some(By::Cause),
            "client" => Some(By::Client),
            _ => None,
        }
    }
}

/// The report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "world", schema(as = ProblemsReport))]
pub struct Summary {
    pub schema: &'static str,
    pub by: By,
    /// One section per currency, by code; invoices whose currency is not known come last.
    pub sections: Vec<Section>,
    /// All invoices and customers, whatever the currency.
    pub invoices: usize,
    pub customers: usize,
    pub left_out: LeftOut,
}

/// What category X holds: shown to operators, counted apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub struct LeftOut {
    /// Problems of category X.
    pub problems: usize,
    /// Invoices that have no other problem, and so are in no row.
    pub invoices: usize,
}

/// The rows of one currency and their total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "world", schema(as = ProblemsReportSection))]
pub struct Section {
    /// ISO 4217 code as the invoices give it; none where it is not known.
    pub currency: Option<String>,
    /// By amount, largest first; then by invoices; then by id.
    pub rows: Vec<ReportRow>,
    pub total: ReportRow,
}

/// A category, a sub-cause, a customer or a total.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "world", schema(as = ProblemsReportRow))]
pub struct ReportRow {
    /// `A`, `A2`, the customer's identifier, or `total`. `?` holds causes that the taxonomy does not know; a customer
    /// nobody could identify has an empty id.
    pub id: String,
    pub label: Text,
    pub invoices: usize,
    /// Distinct customers; one that nobody could identify is not counted.
    pub customers: usize,
    /// Sum of the amounts that could be read; none where none could: that is not zero.
    #[cfg_attr(feature = "world", schema(value_type = Option<String>, example = "1200.00"))]
    pub amount: Option<Money>,
    /// Invoices whose amount could not be read, or bears no currency: counted here, not in `amount`.
    pub amount_unknown: usize,
    pub open: usize,
    pub closed: usize,
    /// Invoices whose cause was computed from dates, text or silence rather than told by a code.
    pub inferred: usize,
    /// Time from opening to closing of the closed ones, in milliseconds.
    pub mean_ms: Option<i64>,
    pub median_ms: Option<i64>,
    /// Sub-causes of a category, in the same order as rows; empty elsewhere.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[cfg_attr(feature = "world", schema(no_recursion, required = false))]
    pub parts: Vec<ReportRow>,
}

/// Counts the problems. The order they come in does not matter.
///
/// For the state at a past instant, give it [`as_at`](super::as_at).
pub fn summarise(problems: &[Problem], by: By) -> Summary {
    let mut by_invoice: BTreeMap<&str, Vec<&Problem>> = BTreeMap::new();
    let mut left_out = LeftOut::default();
    let mut outside = BTreeSet::new();
    for problem in problems {
        if cause(&problem.cause).is_some_and(|cause| !cause.in_report) {
            left_out.problems += 1;
            outside.insert(problem.invoice_id.as_str());
        } else {
            by_invoice.entry(&problem.invoice_id).or_default().push(problem);
        }
    }
    left_out.invoices = outside.iter().filter(|invoice| !by_invoice.contains_key(*invoice)).count();
    let counted: Vec<Counted<'_>> = by_invoice.values().filter_map(|all| principal(all)).map(Counted::new).collect();

    // `None` sorts first; the unknown currency belongs at the end.
    let mut by_currency: BTreeMap<(bool, Option<&str>), Vec<&Counted<'_>>> = BTreeMap::new();
    for one in &counted {
        by_currency.entry((one.currency.is_none(), one.currency)).or_default().push(one);
    }
    let sections = by_currency.into_iter().map(|((_, currency), all)| Section {
        currency: currency.map(str::to_owned),
        rows: match by {
            By::Cause => category_rows(&all),
            By::Client => client_rows(&all),
        },
        total: row("total", Text::new("Total", "Total"), &all),
    });
    Summary {
        schema: "facteur-problems/1",
        by,
        sections: sections.collect(),
        invoices: counted.len(),
        customers: distinct(counted.iter()),
        left_out,
    }
}

/// The problem an invoice counts under: the first still open, else the last closed. Equal instants are settled by id.
fn principal<'p>(problems: &[&'p Problem]) -> Option<&'p Problem> {
    let key = |p: &&'p Problem| (p.opened_at, p.id.as_str(), p.cause.as_str(), p.code.as_str(), p.amount.as_deref());
    let open = problems.iter().copied().filter(|problem| problem.closed_at.is_none()).min_by_key(key);
    open.or_else(|| problems.iter().copied().max_by_key(|problem| (problem.closed_at, key(problem))))
}

/// An invoice under its principal problem, read once.
struct Counted<'p> {
    problem: &'p Problem,
    currency: Option<&'p str>,
    amount: Option<Money>,
    customer: &'p str,
    category: &'p str,
}

impl<'p> Counted<'p> {
    fn new(problem: &'p Problem) -> Self {
        let currency = problem.currency.as_deref().map(str::trim).filter(|currency| !currency.is_empty());
        let amount = problem.amount.as_deref().and_then(Money::parse);
        let known = |text: &'p str| Some(text.trim()).filter(|text| !text.is_empty());
        Self {
            problem,
            currency,
            // An amount of no currency can be added to nothing.
            amount: amount.filter(|_| currency.is_some()),
            customer: known(&problem.customer).or_else(|| known(&problem.customer_name)).unwrap_or(""),
            category: cause(&problem.cause).map_or("?", |cause| &cause.category),
        }
    }

    /// Milliseconds from opening to closing; a closing before the opening (a clock set back) counts as none.
    fn resolved_in(&self) -> Option<i64> {
        self.problem.closed_at.map(|closed| closed.saturating_sub(self.problem.opened_at).max(0))
    }
}

fn category_rows(all: &[&Counted<'_>]) -> Vec<ReportRow> {
    let rows = grouped(all, |one| one.category).into_iter().map(|(id, members)| {
        let parts = grouped(&members, |one| one.problem.cause.trim()).into_iter().map(|(id, members)| {
            let label = cause(id).map_or_else(unknown_cause, |cause| cause.label.clone());
            row(id, label, &members)
        });
        let label = category(id).map_or_else(unknown_cause, |category| category.label.clone());
        ReportRow { parts: sorted(parts.collect()), ..row(id, label, &members) }
    });
    sorted(rows.collect())
}

fn client_rows(all: &[&Counted<'_>]) -> Vec<ReportRow> {
    let rows = grouped(all, |one| one.customer).into_iter().map(|(id, members)| {
        let name = usual_name(&members);
        let label = match (name.is_empty(), id.is_empty()) {
            (false, _) => Text::new(name, name),
            (true, false) => Text::new(id, id),
            (true, true) => Text::new("Client non identifié", "Customer not identified"),
        };
        row(id, label, &members)
    });
    sorted(rows.collect())
}

/// Invoices may name one customer in several ways, and one of them does not rename it for the rest: the name borne most often,
/// of equals the one seen first. (Where there is a customer file, all bear the name it gives.)
fn usual_name<'p>(members: &[&Counted<'p>]) -> &'p str {
    let mut names: BTreeMap<&str, (usize, (i64, &str))> = BTreeMap::new();
    for problem in members.iter().map(|one| one.problem) {
        let name = problem.customer_name.trim();
        if !name.is_empty() {
            let seen = (problem.opened_at, problem.id.as_str());
            let known = names.entry(name).or_insert((0, seen));
            *known = (known.0 + 1, known.1.min(seen));
        }
    }
    let usual = names.into_iter().max_by_key(|(name, (times, seen))| (*times, Reverse((*seen, *name))));
    usual.map_or("", |(name, _)| name)
}

fn unknown_cause() -> Text {
    Text::new("Cause hors taxonomie", "Cause outside the taxonomy")
}

fn grouped<'a, 'p>(
    all: &[&'a Counted<'p>],
    key: impl Fn(&'a Counted<'p>) -> &'a str,
) -> BTreeMap<&'a str, Vec<&'a Counted<'p>>> {
    let mut groups: BTreeMap<&str, Vec<&Counted<'_>>> = BTreeMap::new();
    for one in all {
        groups.entry(key(one)).or_default().push(one);
    }
    groups
}

fn row(id: &str, label: Text, members: &[&Counted<'_>]) -> ReportRow {
    let mut times: Vec<i64> = members.iter().filter_map(|one| one.resolved_in()).collect();
    times.sort_unstable();
    ReportRow {
        id: id.to_owned(),
        label,
        invoices: members.len(),
        customers: distinct(members.iter().copied()),
        amount: members.iter().filter_map(|one| one.amount).reduce(Add::add),
        amount_unknown: members.iter().filter(|one| one.amount.is_none()).count(),
        open: members.iter().filter(|one| one.problem.closed_at.is_none()).count(),
        closed: times.len(),
        inferred: members.iter().filter(|one| one.problem.inferred).count(),
        mean_ms: mean(&times),
        median_ms: median(&times),
        parts: Vec::new(),
    }
}

fn distinct<'a, 'p: 'a>(members: impl Iterator<Item = &'a Counted<'p>>) -> usize {
    members.map(|one| one.customer).filter(|customer| !customer.is_empty()).collect::<BTreeSet<_>>().len()
}

fn sorted(mut rows: Vec<ReportRow>) -> Vec<ReportRow> {
    rows.sort_by(|a, b| (b.amount, b.invoices).cmp(&(a.amount, a.invoices)).then_with(|| a.id.cmp(&b.id)));
    rows
}

fn mean(times: &[i64]) -> Option<i64> {
    let sum: i128 = times.iter().map(|time| i128::from(*time)).sum();
    // The mean of 64-bit numbers is one.
    i64::try_from(sum.checked_div(i128::try_from(times.len()).ok()?)?).ok()
}

/// `times` is sorted; the middle one, or the mean of the two middle ones.
fn median(times: &[i64]) -> Option<i64> {
    let upper = *times.get(times.len() / 2)?;
    let lower = *times.get((times.len() - 1) / 2)?;
    mean(&[lower, upper])
}
