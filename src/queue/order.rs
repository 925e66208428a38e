//! The timeline of an invoice in the order in which it came about: what was told of it stands at its own time, however late it was heard.

use serde_json::Value;

use crate::clock::{Millis, moment};

/// Later than that after its own time, it is worth telling when something was heard.
const PROMPT: Millis = 60_000;

/// When an event was, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// By its own time, where it tells one.
    pub at: Millis,
    /// When facteur heard of it, where that was later by more than a minute.
    pub heard: Option<Millis>,
}

impl When {
    /// Of an event as the API gives it. What it tells of itself is never later than it was heard.
    pub fn of(event: &Value) -> When {
        let heard = millis(&event["at"]).unwrap_or_default();
        let tells = matches!(event["kind"].as_str(), Some("status" | "message"));
        let own = tells.then(|| millis(&event["data"]["at"])).flatten().unwrap_or(heard).min(heard);
        When { at: own, heard: (heard - own > PROMPT).then_some(heard) }
    }
}

fn millis(at: &Value) -> Option<Millis> {
    at.as_i64().or_else(|| moment(at.as_str()?))
}

/// Events, oldest first, as they came about. Of one time, and before the first of them, they stay as they were heard.
pub fn in_order<T>(heard: Vec<T>, event: impl Fn(&T) -> &Value) -> Vec<(When, T)> {
    let mut placed: Vec<(When, T)> = heard.into_iter().map(|one| (When::of(event(&one)), one)).collect();
    let first = placed.first().map_or(0, |(when, _)| when.at);
    placed.sort_by_key(|(when, _)| when.at.max(first));
    placed
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_was_heard_late_stands_at_its_own_time() {
        let event = |kind: &str, heard: &str, own: Option<&str>| json!({ "kind": kind, "at": format!("2026-11-23T{heard}:00Z"), "data": { "at": own } });
        let heard = vec![
            event("received", "06:00", None),
            event("delivered", "06:01", None),
            event("status", "08:00", Some("2026-11-23T07:30:00Z")),
            event("status", "08:01", Some("2026-11-23T07:00:00+00:00")),
            event("accepted", "08:01", Some("2026-11-20T00:00:00Z")),
            event("status", "08:02", Some("2027-01-01T00:00:00Z")),
            event("status", "08:03", Some("2026-11-20T00:00:00Z")),
            event("status", "08:04", Some("soon")),
        ];
        let order: Vec<(String, bool)> = in_order(heard, |event| event)
            .iter()
            .map(|(when, event)| (event["at"].as_str().unwrap()[11..16].to_owned(), when.heard.is_some()))
            .collect();
        let expected = [("06:00", false), ("08:03", true), ("06:01", false), ("08:01", true), ("08:00", true)];
        let expected = expected.into_iter().chain([("08:01", false), ("08:02", false), ("08:04", false)]);
        assert_eq!(order, expected.map(|(at, late)| (at.to_owned(), late)).collect::<Vec<_>>());
    }
}
