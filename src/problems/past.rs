//! The problems as they stood at a past instant.

use super::record::{Change, Problem};

/// The problems as they stood at `millis` (milliseconds since the epoch, UTC; that instant included): those opened
/// later are not there, those closed later are open, and causes, owners and next actions given later are undone.
///
/// The undoing reads [`Problem::changes`]: a `cause`, `owner` or `next-action` change later than the instant puts its
/// `from` back, and a closing that was reopened is found there too. A problem closed without such a change is judged by
/// `closed_at` alone.
pub fn as_at(problems: &[Problem], millis: i64) -> Vec<Problem> {
    problems.iter().filter(|problem| problem.opened_at <= millis).map(|problem| one_as_at(problem, millis)).collect()
}

fn one_as_at(problem: &Problem, millis: i64) -> Problem {
    let mut then = problem.clone();
    // Stable, so that two changes of the same instant keep the order they were written in.
    then.changes.sort_by_key(|change| change.at);
    let later = then.changes.split_off(then.changes.partition_point(|change| change.at <= millis));
    for change in later.iter().rev() {
        match change.what.as_str() {
            "cause" => then.cause = change.from.clone().unwrap_or_else(|| then.cause.clone()),
            "owner" => then.owner.clone_from(&change.from),
            // The date is not part of the change: unknown is better than the one of a later plan.
            "next-action" => (then.next_action, then.next_action_on) = (change.from.clone(), None),
            _ => {}
        }
    }
    (then.closed_at, then.closed_why) = closing(problem, &then.changes, millis);
    then
}

/// When and why the problem was closed, as known at `millis`; `before` are its changes up to then, oldest first.
fn closing(problem: &Problem, before: &[Change], millis: i64) -> (Option<i64>, Option<String>) {
    let by_field = problem.closed_at.filter(|at| *at <= millis).map(|at| (at, problem.closed_why.clone()));
    let last = before.iter().rev().find(|change| matches!(change.what.as_str(), "closed" | "reopened"));
    let closed = match last {
        // The record says closed since; only a closing later than this change may be trusted over it.
        Some(change) if by_field.as_ref().is_some_and(|(at, _)| *at >= change.at) => by_field,
        Some(change) if change.what == "closed" => Some((change.at, change.to.clone())),
        Some(_) => None,
        None => by_field,
    };
    closed.map_or((None, None), |(at, why)| (Some(at), why))
}
