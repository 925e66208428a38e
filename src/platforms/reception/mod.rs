//! Can the recipient of an invoice receive it? A platform's directory is asked before anything is sent: one look-up after the other, each
//! answer kept for a while by whoever asks ([`Known`]). What a directory says is a list of findings; that it says nothing holds nobody back.

mod finding;

use async_trait::async_trait;
use serde::Serialize;
use serde::de::DeserializeOwned;

pub(super) use self::finding::{Demands, ceased, demands, disabled, no_commitment, no_service, unknown, upcoming};
use super::{Line, Raw};
use crate::clock::Millis;
use crate::rules::Finding;
use crate::store::LookedUp;

/// What was heard of a recipient.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Heard {
    /// What keeps it from receiving the invoice: proven, whatever else was not answered.
    pub findings: Vec<Finding>,
    /// What was looked at. Nothing: there was nothing to ask.
    pub looked: Vec<LookedUp>,
    /// The first question that brought no answer; none were asked after it.
    pub silence: Option<Silence>,
    /// Answers as they came.
    pub raw: Vec<Raw>,
}

/// That a directory said nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Silence {
    pub why: String,
    pub retry_after_ms: Option<u64>,
    pub line: Line,
}

/// What a look-up brought.
#[derive(Debug, Clone, PartialEq)]
pub enum Look<T> {
    Found {
        entry: T,
        raw: Vec<Raw>,
    },
    /// The directory answered, and does not know it.
    Unknown {
        raw: Vec<Raw>,
    },
    /// The directory said nothing of it.
    NoAnswer {
        why: String,
        retry_after_ms: Option<u64>,
        line: Line,
        raw: Vec<Raw>,
    },
}

/// What directories said before, and where what they say is kept.
#[async_trait]
pub trait Known: Send + Sync {
    fn now(&self) -> Millis;
    /// Why no question may be made now, where that is so; asked before the first.
    fn barred(&self) -> Option<String>;
    /// An earlier answer that still counts: JSON, and when it was given.
    async fn recall(&self, kind: &str, key: &str) -> Option<(String, Millis)>;
    /// An answer to keep; `good` where nothing of it keeps anybody from receiving.
    fn learn(&self, kind: &str, key: &str, entry: String, good: bool);
}

/// Look-ups about one recipient, in order, up to the first that brings no answer.
pub(super) struct Looks<'k> {
    known: &'k dyn Known,
    pub heard: Heard,
}

impl<'k> Looks<'k> {
    pub fn new(known: &'k dyn Known) -> Self {
        Self { known, heard: Heard::default() }
    }

    /// The entry of this kind under this key: `Some(None)` where the directory does not know it, none where it did not answer, now or before.
    /// `good` says of an entry whether it keeps nobody from receiving: that decides how long it is kept.
    pub async fn ask<T: Serialize + DeserializeOwned>(
        &mut self,
        kind: &str,
        key: &str,
        good: impl FnOnce(Option<&T>) -> bool,
        look: impl Future<Output = Look<T>>,
    ) -> Option<Option<T>> {
        if self.heard.silence.is_some() {
            return None;
        }
        if let Some((entry, at)) = self.known.recall(kind, key).await
            && let Ok(entry) = serde_json::from_str::<Option<T>>(&entry)
        {
            self.looked(kind, key, entry.is_some(), at, true);
            return Some(entry);
        }
        if let Some(why) = self.known.barred() {
            self.heard.silence = Some(Silence { why, retry_after_ms: None, line: Line::Unused });
            return None;
        }
        let at = self.known.now();
        let (entry, mut raw) = match look.await {
            Look::Found { entry, raw } => (Some(entry), raw),
            Look::Unknown { raw } => (None, raw),
            Look::NoAnswer { why, retry_after_ms, line, mut raw } => {
                self.heard.raw.append(&mut raw);
                self.heard.silence = Some(Silence { why, retry_after_ms, line });
                return None;
            }
        };
        self.heard.raw.append(&mut raw);
        self.looked(kind, key, entry.is_some(), at, false);
        if let Ok(text) = serde_json::to_string(&entry) {
            self.known.learn(kind, key, text, good(entry.as_ref()));
        }
        Some(entry)
    }

    pub fn say(&mut self, finding: Option<Finding>) {
        self.heard.findings.extend(finding);
    }

    fn looked(&mut self, kind: &str, key: &str, known: bool, asked_at: Millis, kept: bool) {
        self.heard.looked.push(LookedUp { kind: kind.to_owned(), key: key.to_owned(), known, asked_at, kept });
    }
}
