//! The list of problems: filtered by cause, customer, owner and age, in the order that work is done in.

use std::cmp::Reverse;

use askama::Template;
use axum::Extension;
use axum::extract::{Query, State};

use super::Web;
use super::frame::{Frame, html};
use super::guard::Visitor;
use super::list::{Asked, Pages, sums};
use super::overview::{Trouble as Line, label, named};
use super::show;
use super::trouble::{Done, Trouble};
use crate::problems::{By, Money, Problem, categories, category, cause, causes, summarise};
use crate::store::ProblemFilter;
use crate::text::Text;

/// Rows of a page.
const ROWS: usize = 50;
const DAY: i64 = 86_400_000;

/// Words of the filter; the first holds where nothing is asked.
const STATES: [&str; 3] = ["open", "closed", "all"];
const ORDERS: [&str; 4] = ["amount", "oldest", "newest", "due"];
/// Oldest age that can be asked for, in days: a century.
const OLDEST: usize = 36_500;

/// A choice of a list: its value, its words.
pub struct Choice {
    pub value: String,
    pub words: String,
    pub inner: bool,
}

#[derive(Template)]
#[template(path = "problems.html")]
struct Page {
    f: Frame,
    asked: Asked,
    filtered: bool,
    lines: Vec<Line>,
    causes: Vec<Choice>,
    customers: Vec<Choice>,
    owners: Vec<String>,
    ages: [&'static str; 3],
    orders: [&'static str; 4],
    found: usize,
    sums: Vec<(String, String)>,
    pages: Pages,
}

pub async fn page(
    State(web): State<Web>,
    Extension(visitor): Extension<Visitor>,
    Query(pairs): Query<Vec<(String, String)>>,
) -> Done {
    let asked = Asked(pairs);
    let (open_only, order) = (asked.one_of("state", &STATES)? == "open", asked.one_of("order", &ORDERS)?);
    let (from, wanted) = (asked.number("from", usize::MAX)?.unwrap_or(0), wanted(&asked, visitor.now)?);
    let all = web.app.store.problems(ProblemFilter { open_only, ..ProblemFilter::default() }).await?;
    let owner = |problem: &Problem| {
        problem.owner.clone().or_else(|| web.app.owners.owner(&problem.cause).map(str::to_owned)).unwrap_or_default()
    };
    let customers = customers(&all);
    let mut owners: Vec<String> = all.iter().map(&owner).filter(|owner| !owner.is_empty()).collect();
    owners.sort();
    owners.dedup();
    let mut found: Vec<Problem> = all.into_iter().filter(wanted).collect();
    if let Some(wanted) = asked.some("owner") {
        found.retain(|problem| if wanted == "-" { owner(problem).is_empty() } else { owner(problem) == wanted });
    }
    let amount = |problem: &Problem| problem.amount.as_deref().and_then(Money::parse);
    match order {
        "oldest" => found.sort_by_key(|problem| problem.opened_at),
        "newest" => found.sort_by_key(|problem| Reverse(problem.opened_at)),
        "due" => found.sort_by_key(|problem| (problem.next_action_on.is_none(), problem.next_action_on)),
        _ => found.sort_by_key(|problem| Reverse(amount(problem))),
    }
    // An invoice with several problems is at stake once, as on the overview and in the report.
    let summary = summarise(&found, By::Cause);
    let known = summary.sections.iter();
    let known = known.filter_map(|section| Some((section.currency.as_deref()?, section.total.amount?)));
    let lang = visitor.lang;
    let sums = sums(known, lang);
    // Problems that were closed meanwhile make a list shorter: its last page then.
    let from = from.min(found.len().saturating_sub(1) / ROWS * ROWS);
    let lines = found.iter().skip(from).take(ROWS).map(|problem| Line::of(problem, &web, &visitor)).collect();
    let go = |from: usize| asked.with(&[("from", &from.to_string())]);
    html(&Page {
        f: Frame::new(&visitor, "problems", "problems.title"),
        lines,
        causes: of_taxonomy(lang),
        customers,
        owners,
        ages: ["7", "30", "90"],
        orders: ORDERS,
        found: found.len(),
        sums,
        pages: Pages {
            newer: (from > 0).then(|| go(from.saturating_sub(ROWS))),
            older: (from + ROWS < found.len()).then(|| go(from + ROWS)),
        },
        filtered: asked.0.iter().any(|(name, value)| name != "did" && !value.is_empty()),
        asked,
    })
}

/// Categories, each with its causes.
pub fn of_taxonomy(lang: crate::text::Lang) -> Vec<Choice> {
    let mut choices = Vec::new();
    for category in categories() {
        choices.push(Choice { value: category.id.clone(), words: category.label.get(lang).to_owned(), inner: false });
        for cause in causes().iter().filter(|cause| cause.category == category.id) {
            choices.push(Choice { value: cause.id.clone(), words: label(&cause.id, lang), inner: true });
        }
    }
    choices
}

fn customers(all: &[Problem]) -> Vec<Choice> {
    let mut choices: Vec<Choice> = Vec::new();
    for problem in all {
        if !choices.iter().any(|known| known.value == problem.customer) {
            let words = show::said(named(problem), 60);
            choices.push(Choice { value: problem.customer.clone(), words, inner: false });
        }
    }
    choices.sort_by_key(|choice| choice.words.to_lowercase());
    choices.truncate(500);
    choices
}

fn wanted(asked: &Asked, now: i64) -> Result<impl Fn(&Problem) -> bool + use<>, Trouble> {
    let of_cause = asked.some("cause");
    if let Some(unknown) = of_cause.as_deref().filter(|id| cause(id).is_none() && category(id).is_none()) {
        let id: String = unknown.chars().filter(char::is_ascii_alphanumeric).take(12).collect();
        return Err(Trouble::asked(Text::new(
            format!("La taxonomie n'a pas de cause « {id} »."),
            format!("The taxonomy has no cause \"{id}\"."),
        )));
    }
    let customer = asked.some("customer");
    let closed = asked.get("state") == "closed";
    let age = asked.number("age", OLDEST)?.and_then(|days| i64::try_from(days).ok()).map(|days| now - days * DAY);
    Ok(move |problem: &Problem| {
        let of = |id: &String| problem.cause == *id || cause(&problem.cause).is_some_and(|cause| cause.category == *id);
        of_cause.as_ref().is_none_or(of)
            && customer.as_ref().is_none_or(|wanted| problem.customer == *wanted)
            && (!closed || problem.closed_at.is_some())
            && age.is_none_or(|before| problem.opened_at <= before)
    })
}
