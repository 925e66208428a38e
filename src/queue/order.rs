//! The timeline of an invoice in the order in which it came about: what was told of it stands at its own time, however late it was heard.

use serde_json::Value;

use crate::clock::{Millis, moment};

/// Further than that from its own time, it is worth telling when something was heard.
const PROMPT: Millis = 60_000;

/// When an event was, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct When {
    /// By its own time, where it tells one.
    pub at: Millis,
    /// When facteur heard of it, where the two differ by more than a minute.
    pub heard: Option<Millis>,
}

impl When {
    /// Of an event as the API gives it.
    pub fn of(event: &Value) -> When {
        let heard = millis(&event["at"]).unwrap_or_default();
        let tells = matches!(event["kind"].as_str(), Some("status" | "message"));
        let own = tells.then(|| millis(&event["data"]["at"])).flatten().unwrap_or(heard);
        When { at: own, heard: (heard.abs_diff(own) > PROMPT.unsigned_abs()).then_some(heard) }
    }
}

fn millis(at: &Value) -> Option<Millis> {
    at.as_i64().or_else(|| moment(at.as_str()?))
}

/// Events, oldest first, as they came about. Of one time they stay as they were heard. A platform that writes its hour without a zone is ahead of us all day: what
/// it tells of times to come stands where it was heard, before what followed from it, and among its like in the order of those times.
pub fn in_order<T>(heard: Vec<T>, event: impl Fn(&T) -> &Value) -> Vec<(When, T)> {
    let mut placed: Vec<(When, T)> = heard.into_iter().map(|one| (When::of(event(&one)), one)).collect();
    let ahead = |when: &When| when.heard.is_some_and(|heard| heard < when.at);
    placed.sort_by_key(|(when, _)| when.heard.map_or(when.at, |heard| heard.min(when.at)));
    let (mut early, mut rest): (Vec<_>, Vec<_>) = (Vec::new(), Vec::new());
    let places: Vec<bool> = placed.iter().map(|(when, _)| ahead(when)).collect();
    for one in placed {
        if ahead(&one.0) { early.push(one) } else { rest.push(one) }
    }
    early.sort_by_key(|(when, _)| when.at);
    let (mut early, mut rest) = (early.into_iter(), rest.into_iter());
    places.into_iter().filter_map(|ahead| if ahead { early.next() } else { rest.next() }).collect()
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
            event("status", "08:02", Some("2027-01-01T10:00:00Z")),
            event("refused", "08:02", None),
            event("status", "08:05", Some("2027-01-01T09:00:00Z")),
            event("status", "08:03", Some("2026-11-20T00:00:00Z")),
            event("status", "08:04", Some("soon")),
        ];
        let order: Vec<(String, bool)> = in_order(heard, |event| event)
            .iter()
            .map(|(when, event)| (event["at"].as_str().unwrap()[11..16].to_owned(), when.heard.is_some()))
            .collect();
        let expected = [("08:03", true), ("06:00", false), ("06:01", false), ("08:01", true), ("08:00", true)];
        let expected = expected.into_iter().chain([
            ("08:01", false),
            ("08:05", true),
            ("08:02", false),
            ("08:04", false),
            ("08:02", true),
        ]);
        assert_eq!(order, expected.map(|(at, late)| (at.to_owned(), late)).collect::<Vec<_>>());
    }
}
