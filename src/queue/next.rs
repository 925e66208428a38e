//! What comes next for an invoice and why, and what a person may do with it: one judgement for the page, the API and the command
//! line. What is offered is what the acts themselves would take.

use super::acts::{Act, Bar, rival};
use super::judged::DUPLICATE;
use crate::lifecycle::State;
use crate::problems::Problem;
use crate::store::{Handle, InvoiceRow, ProblemFilter, StoreError};
use crate::story::next::{Next as Words, next as words};
use crate::text::blank;

/// What comes next.
#[derive(Debug)]
pub struct Next {
    /// Id of its sentence: the state, or the state and a cause.
    pub id: &'static str,
    /// The sentence, and who acts.
    pub words: &'static Words,
    /// What would be taken now, the most fitting first.
    pub acts: Vec<Act>,
    /// Another invoice that holds its number.
    pub rival: Option<InvoiceRow>,
}

/// What comes next for this invoice, as it and the store stand.
///
/// # Errors
/// The store does not answer.
pub async fn of(store: &Handle, row: &InvoiceRow) -> Result<Next, StoreError> {
    let (mut rival_row, mut open) = (None, Vec::new());
    // Nothing of it matters in other states: a list asks for its few.
    if matches!(row.state, Some(State::Blocked | State::Parked | State::Refused)) {
        rival_row = rival(store, row).await?;
        let of = ProblemFilter { invoice_id: Some(row.id.clone()), open_only: true, ..ProblemFilter::default() };
        open = store.problems(of).await?;
    }
    Ok(judged(row, rival_row, &open))
}

fn judged(row: &InvoiceRow, rival: Option<InvoiceRow>, open: &[Problem]) -> Next {
    let id = id(row, rival.as_ref(), open);
    let mut acts: Vec<Act> = Act::ALL.into_iter().filter(|act| act.check(row, rival.as_ref()).is_ok()).collect();
    // What the sentence asks for stands first.
    let first = match id {
        "blocked-copy" | "blocked-number" | "blocked-unreadable" | "blocked-keyless" | "parked-number" => Some(Act::Cancel),
        "blocked-number-free" | "blocked-not-judged" => Some(Act::Retry),
        _ => None,
    };
    acts.sort_by_key(|act| Some(*act) != first);
    static NOTHING: std::sync::LazyLock<Words> =
        std::sync::LazyLock::new(|| Words { who: "nobody".into(), words: crate::text::Text::default() });
    // Each id has its words; a test looks.
    Next { id, words: words(id).unwrap_or(&NOTHING), acts, rival }
}

fn id(row: &InvoiceRow, rival: Option<&InvoiceRow>, open: &[Problem]) -> &'static str {
    let state = row.state.unwrap_or(State::Received);
    let release = Act::Release.check(row, rival);
    match (state, &release) {
        (State::Blocked, _) if row.facts.number.as_deref().is_none_or(blank) => "blocked-unreadable",
        (State::Blocked, _) if row.number_key.is_none() => "blocked-keyless",
        (State::Blocked | State::Parked, _) if rival.is_some() => match rival {
            _ if state == State::Parked => "parked-number",
            Some(rival) if is_copy(row, rival) => "blocked-copy",
            _ => "blocked-number",
        },
        (State::Blocked, _) if open.iter().any(|problem| problem.code == DUPLICATE) => "blocked-number-free",
        (State::Blocked, Err(_)) => "blocked-correct",
        (State::Blocked, Ok(())) if row.verdict.as_deref() == Some("not-judged") => "blocked-not-judged",
        (State::Parked, Ok(())) if row.parked_from.is_some_and(State::may_exist_at_platform) => "parked-unknown",
        (State::Parked, Err(Bar::NotNow(_))) if row.parked_from.is_some_and(State::may_exist_at_platform) => "parked-there",
        (State::Parked, Err(_)) => "parked-held",
        (State::Refused, _) if row.existed => "refused-existed",
        (State::Refused, _) if open.iter().any(is_duplicate) => "refused-duplicate",
        (State::Cancelled, _) if row.replaced_by.is_some() => "replaced",
        _ => state.as_str(),
    }
}

/// The platform says that the number is there already.
fn is_duplicate(problem: &Problem) -> bool {
    problem.cause == "A6" && !problem.number_reusable
}

/// Do both ask the same customer for the same, as far as was read?
fn is_copy(row: &InvoiceRow, other: &InvoiceRow) -> bool {
    let (a, b) = (&row.facts, &other.facts);
    a.customer == b.customer
        && a.issued == b.issued
        && a.currency == b.currency
        && a.amount() == b.amount()
        && a.is_credit() == b.is_credit()
}
