//! Statements of ours: life-cycle messages that we send about invoices, kept whole before they leave.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Handle, Millis, Released, Result};

/// Statements of one invoice that are looked at, the first of them.
pub const LOOKED_AT: u64 = 500;

/// A statement as the store has it. Its document is in the store before it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// The first half of the document's SHA-256.
    pub id: String,
    /// As it was read; 0 where it is new. A step with another is refused as stale.
    pub version: u64,
    /// What had been said of its invoice ([`Statement::times`]) when it was made, or taken up again after a refusal: refused as stale where more was said in between.
    #[serde(default)]
    pub before: u64,
    /// How often it was taken up again after a refusal.
    #[serde(default)]
    pub again: u32,
    /// Of which invoice it speaks.
    pub invoice: String,
    /// To which platform it goes.
    pub platform: String,
    /// The status that it says, such as 212.
    pub status: u16,
    pub sha256: String,
    /// What it says beside the status, for those who read it here: amounts by rate, names of files, a comment.
    pub said: Value,
    /// Who had it said.
    pub author: String,
    pub made_at: Millis,
    /// When the status was reached (MDT-78), as written.
    pub reached_at: String,
    /// The time of what it answers, as the platform wrote it: it stands behind that, whatever the two clocks say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub behind: Option<String>,
    pub state: StatementState,
    /// JSON of `platforms::Intent`.
    pub intent: Value,
    /// The platform's reference of the deposit.
    pub reference: Option<String>,
    /// Deposits that were begun and may be there.
    pub deposits: u32,
    /// Calls in a row that settled nothing.
    pub attempt: u32,
    /// Until when the last call may have been leaving.
    pub call_until: Option<Millis>,
    pub due_at: Option<Millis>,
    /// Why it waits, was refused, is parked or was withdrawn.
    pub why: String,
    /// A person's word on one that was set aside.
    #[serde(default)]
    pub released: Option<Released>,
    /// The platform has none of its deposits: it proved so, or none left.
    #[serde(default)]
    pub absent: bool,
}

impl Statement {
    /// How often something was said of an invoice with these statements: each counts, and each time that one was taken up again.
    pub fn times(all: &[(u64, Statement)]) -> u64 {
        all.iter().map(|(_, one)| 1 + u64::from(one.again)).sum()
    }
}

/// How far a statement is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StatementState {
    /// To be deposited.
    Ready,
    /// A deposit was begun.
    Sending,
    /// Nobody knows whether the platform has it: it is asked.
    Unknown,
    /// The platform has it, and has not said yet whether it can be read.
    Delivered,
    /// The platform took it up.
    Taken,
    /// The platform did not take it.
    Refused,
    /// A person looks.
    Parked,
    /// It is not to be said any more.
    Withdrawn,
}

impl StatementState {
    pub const ALL: [StatementState; 8] = [
        StatementState::Ready,
        StatementState::Sending,
        StatementState::Unknown,
        StatementState::Delivered,
        StatementState::Taken,
        StatementState::Refused,
        StatementState::Parked,
        StatementState::Withdrawn,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            StatementState::Ready => "ready",
            StatementState::Sending => "sending",
            StatementState::Unknown => "unknown",
            StatementState::Delivered => "delivered",
            StatementState::Taken => "taken",
            StatementState::Refused => "refused",
            StatementState::Parked => "parked",
            StatementState::Withdrawn => "withdrawn",
        }
    }

    /// Does what it says count: is it there, on its way, or waiting for somebody?
    pub fn counts(self) -> bool {
        !matches!(self, StatementState::Refused | StatementState::Withdrawn)
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// Which statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementsOf {
    One(String),
    /// Of an invoice, the first to be made first.
    Invoice(String),
    /// Due at a platform at this moment, the first to be due first.
    Due {
        platform: String,
        now: Millis,
        limit: usize,
    },
    /// Newest first, before this one (its order of arrival); of a state, or all.
    List {
        state: Option<StatementState>,
        before: Option<u64>,
        limit: usize,
    },
}

impl Handle {
    /// See [`super::Store::statements`].
    pub async fn statements(&self, of: StatementsOf) -> Result<Vec<(u64, Statement)>> {
        self.read(move |store| store.statements(&of)).await
    }

    /// See [`super::Store::statements_due`].
    pub async fn statements_due(&self, platform: &str) -> Result<Option<Millis>> {
        let platform = platform.to_owned();
        self.read(move |store| store.statements_due(&platform)).await
    }
}
