//! The calls of a platform that a step makes, each within its time, and what each tells of the line.

use std::time::Instant;

use super::ports::Route;
use super::worker::Worker;
use crate::clock::Millis;
use crate::platforms::{Deposit, Follow, Intent, Line, Search};
use crate::store::Document;

/// Of a call that its time cut off.
const TOO_LONG: &str = "the call lasted too long";

impl Worker {
    /// From here on the platform may have it, whatever happens to this process.
    pub(super) async fn call_deposit(
        &self,
        name: &str,
        route: &Route,
        intent: &Intent,
        document: &Document,
    ) -> Deposit {
        let (until, began) = (self.now() + route.settings.call_timeout, Instant::now());
        let outcome = self.limited(until, route.platform.deposit(intent, document)).await;
        let outcome =
            outcome.unwrap_or_else(|| Deposit::Unknown { why: TOO_LONG.into(), retry_after_ms: None, raw: vec![] });
        self.note_call(name, route, "deposit", line_of(&outcome), began);
        outcome
    }

    /// And when the question was about to leave: what was absent then says nothing about later.
    pub(super) async fn call_search(&self, name: &str, route: &Route, intent: &Intent) -> (Millis, Search) {
        let (asked_at, began) = (self.now(), Instant::now());
        let call = route.platform.search(intent);
        let search = self.limited(asked_at + route.settings.call_timeout, call).await;
        let cut = || Search::NoAnswer { why: TOO_LONG.into(), line: Line::Silent, raw: vec![] };
        let search = search.unwrap_or_else(cut);
        let line = if let Search::NoAnswer { line, .. } = &search { *line } else { Line::Answers };
        self.note_call(name, route, "search", line, began);
        (asked_at, search)
    }

    /// By the platform's reference of the deposit and its own number of the invoice, as far as they are known.
    pub(super) async fn call_follow(
        &self,
        name: &str,
        route: &Route,
        intent: &Intent,
        (reference, platform_invoice): (Option<&str>, Option<&str>),
    ) -> Follow {
        let (until, began) = (self.now() + route.settings.call_timeout, Instant::now());
        let follow = self.limited(until, route.platform.follow(intent, reference, platform_invoice)).await;
        let (line, why) = (Line::Silent, TOO_LONG.to_owned());
        let follow = follow.unwrap_or(Follow::NoAnswer { why, retry_after_ms: None, line, raw: vec![] });
        let line = if let Follow::NoAnswer { line, .. } = &follow { *line } else { Line::Answers };
        self.note_call(name, route, "follow", line, began);
        follow
    }
}

/// What the end of a deposit tells of the connection.
fn line_of(deposit: &Deposit) -> Line {
    match deposit {
        Deposit::Taken { .. } | Deposit::Refused { .. } => Line::Answers,
        Deposit::NotSent { retry_after_ms: Some(ms), .. } | Deposit::Unknown { retry_after_ms: Some(ms), .. } => {
            Line::Rests { ms: *ms }
        }
        Deposit::NotSent { .. } | Deposit::Unknown { .. } => Line::Silent,
    }
}
