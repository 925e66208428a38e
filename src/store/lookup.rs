//! What directories said of recipients: kept for a while, so that each invoice of one customer need not ask again.

use serde::{Deserialize, Serialize};

use super::handle::mismatch;
use super::{Handle, Millis, Result, Write, Written};
use crate::rules::Finding;

/// An answer of a directory. Only answers are kept, never that there was none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lookup {
    /// Name of the connection that was asked.
    pub platform: String,
    /// What was asked for, such as `line` or `structure`.
    pub kind: String,
    /// By what.
    pub key: String,
    /// JSON: what is known of it; `null` where the directory does not know it.
    pub entry: String,
    pub asked_at: Millis,
    /// From then on it is as if it had never been asked.
    pub expires_at: Millis,
}

/// Can the recipient of an invoice receive it, as its platform's directory says?
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Reception {
    /// When this was decided.
    pub at: Millis,
    pub answer: ReceptionAnswer,
    /// Why the directory said nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What keeps the recipient from receiving it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What was looked at.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub looked: Vec<Looked>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ReceptionAnswer {
    Can,
    Cannot,
    /// The directory said nothing: that holds no invoice back.
    NoAnswer,
}

impl ReceptionAnswer {
    pub fn as_str(self) -> &'static str {
        match self {
            ReceptionAnswer::Can => "can",
            ReceptionAnswer::Cannot => "cannot",
            ReceptionAnswer::NoAnswer => "no-answer",
        }
    }
}

/// One entry of a directory that was looked at.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looked {
    /// As [`Lookup::kind`].
    pub kind: String,
    pub key: String,
    pub known: bool,
    /// When the directory said so; earlier than the moment of the question where it is an answer that was kept.
    pub asked_at: Millis,
    /// It was kept from an earlier question.
    pub kept: bool,
}

impl Handle {
    /// See [`super::Store::lookup`].
    pub async fn lookup(&self, platform: &str, kind: &str, key: &str, now: Millis) -> Result<Option<Lookup>> {
        let named = [platform, kind, key].map(str::to_owned);
        self.read(move |store| store.lookup([0, 1, 2].map(|n| named[n].as_str()), now)).await
    }

    /// Keeps what directories said; what has expired by `now` goes.
    pub async fn keep_lookups(&self, lookups: Vec<Lookup>, now: Millis) -> Result<()> {
        match self.write(Write::Keep { lookups, now }).await? {
            Written::Kept => Ok(()),
            other => Err(mismatch(&other)),
        }
    }
}
