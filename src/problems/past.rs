//! The problems as they stood at a past instant.

use super::record::{Change, Problem};
use crate::day::Day;

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
            "cause" => {
                then.cause = change.from.clone().unwrap_or_else(|| then.cause.clone());
                then.inferred = change.was_inferred.unwrap_or(then.inferred);
            }
            "owner" => then.owner.clone_from(&change.from),
            // Its day is a change of its own; records of before had none: unknown is better than the one of a later plan.
            "next-action" => (then.next_action, then.next_action_on) = (change.from.clone(), None),
            "due" => then.next_action_on = change.from.as_deref().and_then(Day::parse_iso),
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problems::sample::problem;

    fn change(at: i64, what: &str, from: Option<&str>, to: Option<&str>) -> Change {
        let text = |text: &str| text.to_owned();
        Change {
            at,
            author: "lea".into(),
            what: what.into(),
            from: from.map(text),
            to: to.map(text),
            was_inferred: None,
        }
    }

    #[test]
    fn what_came_later_is_undone() {
        let mut now = problem("p1", "i1", "A5", 100);
        now.owner = Some("marc".into());
        now.changes = vec![
            change(150, "owner", None, Some("lea")),
            change(200, "cause", Some("C1"), Some("A2")),
            change(300, "cause", Some("A2"), Some("A5")),
            change(310, "owner", Some("lea"), Some("marc")),
        ];
        let then = |millis| as_at(std::slice::from_ref(&now), millis);
        assert!(then(99).is_empty());
        let seen =
            |millis| (then(millis)[0].cause.clone(), then(millis)[0].owner.clone(), then(millis)[0].changes.len());
        assert_eq!(seen(100), ("C1".into(), None, 0));
        assert_eq!(seen(199), ("C1".into(), Some("lea".into()), 1));
        assert_eq!(seen(200), ("A2".into(), Some("lea".into()), 2));
        assert_eq!(seen(300), ("A5".into(), Some("lea".into()), 3));
        assert_eq!(then(310)[0], now);
    }

    #[test]
    fn the_day_of_an_action_is_undone_with_it() {
        let mut now = problem("p1", "i1", "A2", 100);
        (now.next_action, now.next_action_on) = (Some("write".into()), Day::parse_iso("2026-12-02"));
        now.changes = vec![
            change(200, "due", None, Some("2026-12-01")),
            change(200, "next-action", None, Some("call")),
            change(300, "due", Some("2026-12-01"), Some("2026-12-02")),
            change(300, "next-action", Some("call"), Some("write")),
        ];
        let then = |millis| as_at(std::slice::from_ref(&now), millis)[0].clone();
        assert_eq!(
            (then(250).next_action.as_deref(), then(250).next_action_on),
            (Some("call"), Day::parse_iso("2026-12-01"))
        );
        assert_eq!((then(150).next_action, then(150).next_action_on), (None, None));
    }

    #[test]
    fn a_cause_that_was_confirmed_is_inferred_before() {
        let mut now = problem("p1", "i1", "A2", 100);
        now.changes = vec![
            Change { was_inferred: Some(true), ..change(200, "cause", Some("A2"), Some("A2")) },
            Change { was_inferred: Some(false), ..change(300, "cause", Some("A2"), Some("A2")) },
        ];
        let inferred = |millis| as_at(std::slice::from_ref(&now), millis)[0].inferred;
        assert_eq!([199, 200, 299, 300].map(inferred), [true, false, false, false]);
    }

    #[test]
    fn a_closing_is_seen_from_its_instant_on_even_when_it_was_reopened() {
        let mut now = problem("p1", "i1", "A2", 100);
        now.closed_at = Some(200);
        now.closed_why = Some("accepted".into());
        let closed = |p: &Problem, millis| as_at(std::slice::from_ref(p), millis)[0].closed_at;
        // No change was written: the field alone tells.
        assert_eq!((closed(&now, 199), closed(&now, 200), closed(&now, 999)), (None, Some(200), Some(200)));
        now.changes = vec![
            change(120, "closed", None, Some("replaced")),
            change(150, "reopened", None, None),
            change(200, "closed", None, Some("accepted")),
        ];
        let seen = [119, 120, 149, 150, 199, 200, 300].map(|millis| closed(&now, millis));
        assert_eq!(seen, [None, Some(120), Some(120), None, None, Some(200), Some(200)]);
        assert_eq!(as_at(&[now.clone()], 130)[0].closed_why.as_deref(), Some("replaced"));
        // Reopened for good: open today, closed in between.
        now.changes.push(change(400, "reopened", None, None));
        (now.closed_at, now.closed_why) = (None, None);
        assert_eq!([300, 400].map(|millis| closed(&now, millis)), [Some(200), None]);
    }
}
