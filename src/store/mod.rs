//! What facteur must never lose: documents by SHA-256, an append-only event per step, invoices, intents, answers, problems.
//!
//! [`Store`] speaks in few coarse verbs; each call that writes is one durable commit, or part of a group of them.

pub mod sqlite;

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::lifecycle::State;
use crate::problems::Problem;

/// Milliseconds since 1970-01-01 UTC.
pub type Millis = i64;

/// A document to accept.
#[derive(Debug, Clone)]
pub struct Incoming {
    pub bytes: Arc<[u8]>,
    pub received_at: Millis,
    /// The door it came through: `http`, `cli`, `folder`.
    pub source: String,
    pub idempotency_key: Option<String>,
}

/// What became of an [`Incoming`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Accepted {
    /// Now on disk, for the first time.
    New { id: String },
    /// The same bytes were here before: the same id, and nothing happens twice.
    Known { id: String },
    /// The idempotency key was used with other bytes; nothing was accepted. Both are SHA-256, hexadecimal.
    KeyConflict { first_sha256: String, this_sha256: String },
}

/// An invoice as the store knows it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct InvoiceRow {
    /// First 32 hexadecimal digits of the document's SHA-256: the same bytes are the same invoice.
    pub id: String,
    pub sha256: String,
    pub state: Option<State>,
    pub received_at: Millis,
    pub updated_at: Millis,
    pub source: String,
    /// What reading found; all of it absent until judged or where the document cannot be read.
    pub facts: Facts,
    pub verdict: Option<String>,
    /// Name of the platform it goes to or went to.
    pub platform: Option<String>,
    /// The platform's reference of the deposit (Chorus Pro: `numeroFluxDepot`).
    pub reference: Option<String>,
    /// The platform's id of the invoice (Chorus Pro: `identifiantFactureCPP`).
    pub platform_invoice: Option<String>,
    /// The platform has had it as an invoice: its number stays taken even if refused later.
    pub existed: bool,
    pub replaces: Option<String>,
    pub replaced_by: Option<String>,
    /// Who let it go in spite of its findings, and why.
    pub released: Option<Released>,
    /// Why it is parked, where it is.
    pub parked_why: Option<String>,
    /// The intent, once there was one (JSON of `platforms::Intent`).
    pub intent: Option<Value>,
    /// When the queue looks at it next; none where nothing is due.
    pub due_at: Option<Millis>,
    /// Attempts of the present step.
    pub attempt: u32,
    pub last_error: Option<String>,
}

/// What reading an invoice tells about it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    pub syntax: Option<String>,
    pub profile: Option<String>,
    pub number: Option<String>,
    pub issued: Option<String>,
    pub seller: Option<String>,
    /// SIREN of the seller, or what else identifies it, for the uniqueness key.
    pub seller_key: Option<String>,
    pub customer: Option<String>,
    pub customer_name: Option<String>,
    pub payable: Option<String>,
    pub currency: Option<String>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Released {
    pub author: String,
    pub reason: String,
    pub at: Millis,
}

/// The key under which a number may exist once: seller, BT-1, year of BT-2.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct NumberKey {
    pub seller: String,
    pub number: String,
    pub year: i16,
}

/// A lease on the next step of an invoice. A [`Step`] with a stale fence is refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Lease {
    pub row: InvoiceRow,
    pub fence: u64,
}

/// Everything that one step changes, committed together or not at all.
#[derive(Debug, Clone, Default)]
pub struct Step {
    pub invoice_id: String,
    /// The lease under which the step was taken; none for a person's act (release, park, cancel).
    pub fence: Option<u64>,
    pub at: Millis,
    /// The row after the step; none where it does not change.
    pub row: Option<InvoiceRow>,
    pub events: Vec<NewEvent>,
    /// The report, as JSON, where the step judged.
    pub report: Option<String>,
    /// Claim this number for the invoice; the whole step fails with [`StoreError::NumberTaken`] where another holds it.
    pub take_number: Option<NumberKey>,
    /// Give up the number the invoice holds.
    pub free_number: bool,
    /// Problems as they stand after the step (new or changed).
    pub problems: Vec<Problem>,
    /// Keep the lease after the step (an intent before its call) instead of giving it back.
    pub keep_lease: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewEvent {
    /// `received`, `judged`, `blocked`, `ready`, `intent`, `answer`, `delivered`, `status`, `refused`, `unknown`, `settled`,
    /// `parked`, `released`, `replaced`, `problem-opened`, `problem-closed`…
    pub kind: String,
    /// Who did it: `facteur`, a platform's name, a person.
    pub actor: String,
    pub data: Value,
}

/// An event as stored. `cursor` grows by one from event to event, over all invoices.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Event {
    pub cursor: u64,
    pub invoice_id: String,
    pub at: Millis,
    pub kind: String,
    pub actor: String,
    pub data: Value,
}

/// Which invoices a list shows, newest first.
#[derive(Debug, Clone, Default)]
pub struct InvoiceFilter {
    pub state: Option<State>,
    pub number: Option<String>,
    /// Rows after this one (an id), for the next page.
    pub after: Option<String>,
    pub limit: usize,
}

/// Which problems a list shows.
#[derive(Debug, Clone, Default)]
pub struct ProblemFilter {
    pub invoice_id: Option<String>,
    pub cause: Option<String>,
    pub customer: Option<String>,
    pub open_only: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("the store cannot be opened: {0}")]
    Open(String),
    #[error("the store failed: {0}")]
    Failed(String),
    #[error("the lease was lost; another worker took the step")]
    LeaseLost,
    #[error("number taken by invoice {by}")]
    NumberTaken { by: String },
    #[error("no invoice {0}")]
    NoInvoice(String),
}

pub type Result<T> = std::result::Result<T, StoreError>;

/// The store. Calls block until the commit is on disk; async callers go through [`Handle`].
pub trait Store: Send + Sync {
    /// Puts documents on disk. The answers are given after the commit, in order.
    fn accept(&self, batch: &[Incoming]) -> Result<Vec<Accepted>>;
    /// Takes leases on up to `limit` invoices that are due at `now`, until `now + lease`.
    fn claim(&self, now: Millis, lease: Millis, limit: usize) -> Result<Vec<Lease>>;
    /// Commits steps, in order, in one transaction; each succeeds or fails alone.
    fn record(&self, steps: &[Step]) -> Result<Vec<Result<()>>>;
    fn document(&self, sha256: &str) -> Result<Option<Vec<u8>>>;
    fn invoice(&self, id: &str) -> Result<Option<InvoiceRow>>;
    fn invoices(&self, filter: &InvoiceFilter) -> Result<Vec<InvoiceRow>>;
    fn report(&self, id: &str) -> Result<Option<String>>;
    /// Events of one invoice (or of all) after a cursor, oldest first.
    fn events(&self, id: Option<&str>, after: u64, limit: usize) -> Result<Vec<Event>>;
    fn problems(&self, filter: &ProblemFilter) -> Result<Vec<Problem>>;
    fn problem(&self, id: &str) -> Result<Option<Problem>>;
    /// Invoices that bear this number and were not replaced, newest first.
    fn bearers(&self, key: &NumberKey) -> Result<Vec<InvoiceRow>>;
    /// Earliest time at which something is due.
    fn next_due(&self) -> Result<Option<Millis>>;
    /// Writes and reads back a probe. For `doctor` and `/readyz`.
    fn check(&self) -> Result<()>;
}
