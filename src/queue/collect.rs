//! What a platform has for us is fetched page by page: messages and the mark behind them in one commit, before any of it is understood.

use std::sync::PoisonError;
use std::time::Instant;

use sha2::{Digest as _, Sha256};

use super::ports::Route;
use super::settings::backoff;
use super::worker::{Worker, hex};
use crate::clock::Millis;
use crate::platforms::{Content, Inbox, Line, Mark, Message};
use crate::store::{Collect, Collected, Looked, MessagesOf, PlatformMessage, StoreError, Turn};

/// Pause between two pages of one listing; it doubles with each page that brings nothing new, so that a platform whose listing never ends is not asked
/// without a pause.
const BETWEEN: Millis = 20;
/// Pages of a listing from further back that may bring nothing new before it is no longer hurried on.
const KNOWN_PAGES: u32 = 1_000;
/// Least time between two listings that notices ask for.
const NOTICED: Millis = 1_000;

/// So often one that cannot be read is fetched, for about a quarter of an hour.
pub(super) const READS: u32 = 10;

/// So often a message is fetched in vain before a person looks; whoever retries it, and each start of the program, fetches it once more.
const DOWNLOADS: u32 = 30;

/// How the listings of one platform went so far.
#[derive(Debug, Default)]
pub(super) struct Listing {
    /// Times in a row that nothing came.
    failures: u32,
    /// Pages in a row without anything new.
    idle: u32,
    /// No notice makes the next listing come before this: what the platform asked to wait for holds, and so do the waits after failures.
    pub not_before: Millis,
    /// Why nothing came the last time, so that the same is not logged again and again.
    why: Option<String>,
}

impl Worker {
    /// Fetches a page. When the next is to be fetched; none where the platform has nothing of the kind.
    pub(super) async fn collect(&self, name: &str, listing: &mut Listing) -> Result<Option<Millis>, StoreError> {
        let Some(route) = self.ports.routes.get(name) else { return Ok(None) };
        if let Some(until) = self.health(name).0.filter(|until| *until > self.now()) {
            listing.not_before = until;
            return Ok(Some(until));
        }
        let mark = match self.store.mark(name).await? {
            None => Mark::default(),
            // From the beginning, then: what is known is not kept twice.
            Some((text, _)) => serde_json::from_str(&text).unwrap_or_else(|_| {
                tracing::error!(platform = name, "the mark of its messages cannot be read: listed from the beginning");
                Mark::default()
            }),
        };
        let (began, until) = (Instant::now(), self.now() + route.settings.call_timeout);
        let answer = self.limited(until, route.platform.inbox(&mark)).await;
        let answer = answer.unwrap_or_else(|| Inbox::NoAnswer {
            why: "the call lasted too long".into(),
            retry_after_ms: None,
            line: Line::Silent,
            raw: vec![],
        });
        let asked = |ms: Option<u64>| ms.map_or(0, |ms| Millis::try_from(ms).unwrap_or(Millis::MAX / 2));
        match answer {
            Inbox::None => Ok(None),
            Inbox::Page { messages, unread, next, more, retry_after_ms, .. } => {
                // It listed its messages, and may have turned a download away.
                self.note_call(name, route, "inbox", Line::Answers, began);
                if let Some(ms) = retry_after_ms {
                    self.rest(name, route, ms);
                }
                if unread > 0 {
                    tracing::warn!(
                        platform = name,
                        unread,
                        "messages of the platform have no name and cannot be fetched"
                    );
                }
                if next.left_out.is_some() && mark.left_out.is_none() {
                    tracing::warn!(
                        platform = name,
                        "the platform takes no question about the State's messages: listed without them, and asked again later"
                    );
                }
                let (at, back) = (self.now(), next.back > 0);
                {
                    let mut stuck = route.inbox.lock().unwrap_or_else(PoisonError::into_inner);
                    stuck.silent = None;
                    stuck.nameless = (unread > 0).then_some((at, unread)).or(stuck.nameless.take());
                }
                let page = Collected {
                    platform: name.to_owned(),
                    at,
                    messages: messages.into_iter().map(collected).collect(),
                    handed_by: None,
                    mark: Some(serde_json::to_string(&next).map_err(|e| StoreError::Failed(e.to_string()))?),
                };
                let fresh = self.store.collect(page).await?;
                let idle = if fresh == 0 { listing.idle.saturating_add(1) } else { 0 };
                let usual = route.settings.follow_first;
                let not_before = at + asked(retry_after_ms).max(NOTICED.min(usual));
                *listing = Listing { idle, not_before, ..Listing::default() };
                if fresh > 0 {
                    tracing::info!(platform = name, messages = fresh, "messages of the platform are kept");
                }
                // Further back most is known: its pages bring nothing new and go on all the same, up to a bound.
                let idle = if back && idle < KNOWN_PAGES { idle.min(3) } else { idle.min(20) };
                let wait = if more { (BETWEEN << idle).min(usual) } else { usual };
                Ok(Some(at + wait.max(asked(retry_after_ms))))
            }
            Inbox::NoAnswer { why, retry_after_ms, line, .. } => {
                self.note_call(name, route, "inbox", line, began);
                let settings = &route.settings;
                let wait = backoff(settings.follow_first, settings.follow_most, listing.failures, name);
                listing.failures = listing.failures.saturating_add(1);
                {
                    let mut stuck = route.inbox.lock().unwrap_or_else(PoisonError::into_inner);
                    let since = stuck.silent.take().map_or(self.now(), |(since, _)| since);
                    stuck.silent = Some((since, why.clone()));
                }
                if listing.why.as_ref() != Some(&why) {
                    tracing::warn!(platform = name, why, "the platform's messages could not be listed; asked again");
                    listing.why = Some(why);
                }
                listing.not_before = self.now() + wait.max(asked(retry_after_ms));
                Ok(Some(listing.not_before))
            }
        }
    }

    /// Fetches what pages of one platform came without, as it is due. When the next is due, where one is.
    pub(super) async fn fetch_messages(&self, name: &str) -> Result<Option<Millis>, StoreError> {
        let Some(route) = self.ports.routes.get(name) else { return Ok(None) };
        let turn = Turn::Fetch(name.to_owned());
        loop {
            let due = MessagesOf::Due { turn: turn.clone(), now: self.now(), limit: 1 };
            let Some(message) = self.store.messages(due).await?.pop() else {
                return self.store.messages_due(turn).await;
            };
            if let Some(until) = self.health(name).0.filter(|until| *until > self.now()) {
                return Ok(Some(until));
            }
            let looked = self.fetch(route, &message).await;
            self.store.looked(looked).await?;
        }
    }

    /// Fetches a message whose page came without its content, or with one that cannot be read.
    async fn fetch(&self, route: &Route, message: &PlatformMessage) -> Looked {
        let wait = |worker: &Worker, why: String| {
            // Ten seconds, and up to an hour; for about a day.
            let wait = backoff(10_000, 3_600_000, message.tries, &message.flow);
            let again = (message.tries < DOWNLOADS).then_some(worker.now() + wait);
            let why = if again.is_some() { why } else { format!("it could not be fetched, many times: {why}") };
            let (tries, refetch) = (message.tries + 1, again.is_some() && message.sha256.is_some());
            Looked { seq: message.seq, why, again, tries, reader: String::new(), content: None, refetch }
        };
        let (began, until) = (Instant::now(), self.now() + route.settings.call_timeout);
        match self.limited(until, route.platform.fetch(&message.flow)).await {
            Some((Content::Bytes(bytes), _)) => {
                self.note_call(&message.platform, route, "fetch", Line::Answers, began);
                let again = Some(self.now());
                // Fetching it took its own number of tries: reading begins with none. What comes the same again is what the platform has.
                let tries = match &message.sha256 {
                    None => 0,
                    Some(before) if *before == hex(&Sha256::digest(&bytes)) => READS,
                    Some(_) => message.tries.min(READS),
                };
                let (why, reader, content) = (String::new(), String::new(), Some(bytes));
                Looked { seq: message.seq, why, again, tries, reader, content, refetch: false }
            }
            Some((Content::Missing { why, gone: true, line }, _)) => {
                self.note_call(&message.platform, route, "fetch", line, began);
                let (tries, reader) = (message.tries + 1, String::new());
                Looked { seq: message.seq, why, again: None, tries, reader, content: None, refetch: false }
            }
            Some((Content::Missing { why, gone: false, line }, _)) => {
                self.note_call(&message.platform, route, "fetch", line, began);
                wait(self, why)
            }
            None => {
                self.note_call(&message.platform, route, "fetch", Line::Silent, began);
                wait(self, "the call lasted too long".into())
            }
        }
    }
}

fn collected(message: Message) -> Collect {
    Collect {
        flow: message.flow,
        kind: message.kind,
        name: message.name.unwrap_or_default(),
        tracking: message.tracking_id.unwrap_or_default(),
        updated_at: message.updated_at.unwrap_or_default(),
        content: match message.content {
            Content::Bytes(bytes) => Ok(bytes),
            Content::Missing { why, .. } => Err(why),
        },
    }
}
