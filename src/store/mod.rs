//! What facteur must never lose: documents by SHA-256, an append-only event per step, invoices, intents, answers, problems.
//!
//! [`Store`] speaks in few coarse verbs; each call that writes is one durable commit, and [`Store::commit`] puts many
//! writes into one. Async callers go through [`Handle`], whose single writer does just that with whatever arrived.

mod document;
mod edi;
mod handle;
mod inbox;
mod lookup;
mod outbox;
mod room;
mod row;
mod several;
pub mod sqlite;
mod step;

#[cfg(test)]
pub mod conformance;
#[cfg(test)]
pub mod gate;

pub use crate::clock::Millis;
use crate::problems::Problem;
use bytes::Bytes;
pub use document::{Document, PIECE, Pieces};
pub use edi::{Addressed, AnswerIn, Answering, AnswersOf, EdiAnswer, ToldBy, Unanswered, Want};
pub use handle::{Handle, Held, Promise};
pub use inbox::{Collect, Collected, Looked, MessageState, MessagesOf, PlatformMessage, Turn};
pub use lookup::{Looked as LookedUp, Lookup, Reception, ReceptionAnswer};
pub use outbox::{LOOKED_AT, Statement, StatementState, StatementsOf};
pub use room::{Room, Share};
pub use row::{
    Excused, Facts, Heard, InvoiceFilter, InvoiceRow, JudgedOn, Matched, NumberKey, Order, Outgoing, Related, Released,
    ReleasedOf, Sent,
};
pub use several::{AcceptedPart, AcceptedSeveral, PartOf, Several, parts};
pub use step::{
    Accepted, Claim, Due, Event, Gauges, Incoming, Keyed, LaneDue, Lease, NewEvent, ProblemFilter, Step, Write, Written,
};

/// The store's refusals. Each says who erred and what to do.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// Configuration or machine: the path, its rights, its content.
    #[error("the store cannot be opened: {0}")]
    Open(String),
    /// Configuration: two programs were pointed at one store.
    #[error(
        "the store {path} is in use by {holder}: only one facteur may write to a store; \
         stop the other one, or speak to it over its HTTP address"
    )]
    InUse { path: String, holder: String },
    /// Installation: an older program on a newer store.
    #[error(
        "the store was written by a newer facteur (schema {found}, this program knows up to {known}): \
         use that version or restore a backup made before the upgrade"
    )]
    Newer { found: u32, known: u32 },
    /// Machine: disk, memory, rights. Nothing of the commit was kept.
    #[error("the store failed: {0}")]
    Failed(String),
    #[error("the lease was lost; another worker took the step")]
    LeaseLost,
    /// A worker has a step of this invoice in hand; the same act will pass in a moment.
    #[error("invoice {0} is being worked on: try again in a moment")]
    Busy(String),
    /// It changed since it was read; read again and decide again.
    #[error("{0} changed since it was read")]
    Stale(String),
    #[error("number taken by invoice {by}")]
    NumberTaken { by: String },
    /// The idempotency key was used before: for the same request, whose answer this is, or for another one. Nothing was done.
    #[error("the idempotency key was used before")]
    KeyUsed(Keyed),
    #[error("no invoice {0}")]
    NoInvoice(String),
}

pub type Result<T> = std::result::Result<T, StoreError>;

/// The store. Calls block until the commit is on disk; async callers go through [`Handle`].
pub trait Store: Send + Sync {
    /// Writes all of it in one durable transaction, in order. An `Err` means that nothing was kept; a step that is refused
    /// for its own sake is an answer in the list and takes nothing with it.
    fn commit(&self, writes: &[Write]) -> Result<Vec<Written>>;

    /// Puts documents on disk. The answers are given after the commit, in order.
    fn accept(&self, batch: &[Incoming]) -> Result<Vec<Accepted>> {
        let writes: Vec<Write> = batch.iter().cloned().map(Write::Accept).collect();
        let answers = self.commit(&writes)?.into_iter().filter_map(|answer| match answer {
            Written::Accepted(accepted) => Some(accepted),
            _ => None,
        });
        Ok(answers.collect())
    }

    /// Takes leases on invoices that are due.
    fn claim(&self, claim: &Claim) -> Result<Vec<Lease>> {
        match self.commit(&[Write::Claim(claim.clone())])?.pop() {
            Some(Written::Claimed(leases)) => Ok(leases),
            _ => Err(StoreError::Failed("a claim was not answered".into())),
        }
    }

    /// Commits steps, in order, in one transaction; each succeeds or fails alone.
    fn record(&self, steps: &[Step]) -> Result<Vec<Result<()>>> {
        let writes: Vec<Write> = steps.iter().cloned().map(|step| Write::Record(Box::new(step))).collect();
        let answers = self.commit(&writes)?.into_iter().filter_map(|answer| match answer {
            Written::Recorded(result) => Some(result),
            _ => None,
        });
        Ok(answers.collect())
    }

    /// A document whole, in one buffer. See [`Handle::hold`] for who may.
    fn document(&self, sha256: &str) -> Result<Option<Bytes>>;
    /// The length of a document, in bytes.
    fn size(&self, sha256: &str) -> Result<Option<u64>>;
    /// At most `most` bytes of a document from `from` on; fewer where a piece ends, none at the end.
    fn piece(&self, sha256: &str, from: u64, most: usize) -> Result<Option<Bytes>>;
    fn invoice(&self, id: &str) -> Result<Option<InvoiceRow>>;
    fn invoices(&self, filter: &InvoiceFilter) -> Result<Vec<InvoiceRow>>;
    /// How many invoices a filter finds and their sums, counted up to `most`; its order and page do not matter.
    fn matched(&self, filter: &InvoiceFilter, most: usize) -> Result<Matched>;
    /// The latest report; earlier ones stay in the store.
    fn report(&self, id: &str) -> Result<Option<String>>;
    /// The seal in force of an invoice, where it was sealed; earlier ones stay in the store.
    fn seal(&self, id: &str) -> Result<Option<Vec<u8>>>;
    /// Events of one invoice (or of all) after a cursor, oldest first.
    fn events(&self, id: Option<&str>, after: u64, limit: usize) -> Result<Vec<Event>>;
    /// The newest events, newest first.
    fn latest(&self, limit: usize) -> Result<Vec<Event>>;
    fn problems(&self, filter: &ProblemFilter) -> Result<Vec<Problem>>;
    fn problem(&self, id: &str) -> Result<Option<Problem>>;
    /// What was done and answered under an idempotency key; none where no step bore it.
    fn answered(&self, key: &str) -> Result<Option<Keyed>>;
    /// Invoices that bear this number and rest, blocked or refused, without having been replaced; newest first, at most
    /// `limits::BEARERS`.
    fn bearers(&self, key: &NumberKey) -> Result<Vec<InvoiceRow>>;
    /// Invoices of one seller that are tied by a number or a contract, whatever became of them; oldest first, at most `limits::BEARERS`.
    fn related(&self, how: &Related) -> Result<Vec<InvoiceRow>>;
    /// The invoice that holds this number.
    fn holder(&self, key: &NumberKey) -> Result<Option<InvoiceRow>>;
    /// Lanes in which something is or will be due, each with the earliest moment at which it can be claimed.
    fn due(&self) -> Result<Vec<Due>>;
    /// Earliest time at which something is due.
    fn next_due(&self) -> Result<Option<Millis>> {
        Ok(self.due()?.into_iter().map(|due| due.at).min())
    }
    /// How many invoices stand in each state (by its name). For `status` and metrics.
    fn counts(&self) -> Result<Vec<(String, u64)>>;
    /// How much is due, in hand, in doubt and open. For metrics.
    fn gauges(&self, now: Millis) -> Result<Gauges>;
    /// EDIFACT files that are not answered yet, oldest first.
    fn unanswered(&self, _limit: usize) -> Result<Vec<Unanswered>> {
        Ok(Vec::new())
    }
    /// Is this file still to be answered?
    fn is_unanswered(&self, _sha256: &str) -> Result<bool> {
        Ok(false)
    }
    /// Answers in EDIFACT, written and received.
    fn edi_answers(&self, _of: &AnswersOf) -> Result<Vec<EdiAnswer>> {
        Ok(Vec::new())
    }
    /// Messages of answers whose invoice is to be looked for now.
    fn wants(&self, _limit: usize) -> Result<Vec<Want>> {
        Ok(Vec::new())
    }
    /// Invoices that came in interchanges of this reference (0020), sender and recipient, the newest first.
    fn of_interchange(&self, _named: [&str; 3], _limit: usize) -> Result<Vec<Addressed>> {
        Ok(Vec::new())
    }
    /// By what a CONTRL would name this invoice, where it came as EDIFACT.
    fn addressed(&self, _invoice: &str) -> Result<Option<Addressed>> {
        Ok(None)
    }
    /// Messages of platforms.
    fn messages(&self, _of: &MessagesOf) -> Result<Vec<PlatformMessage>> {
        Ok(Vec::new())
    }
    /// Where the listing of a platform's messages goes on (JSON of `platforms::Mark`), and since when; none where it never began.
    fn mark(&self, _platform: &str) -> Result<Option<(String, Millis)>> {
        Ok(None)
    }
    /// When the next message of a platform is to be looked at.
    fn messages_due(&self, _turn: &Turn) -> Result<Option<Millis>> {
        Ok(None)
    }
    /// Statements of ours, each with its order of arrival.
    fn statements(&self, _of: &StatementsOf) -> Result<Vec<(u64, Statement)>> {
        Ok(Vec::new())
    }
    /// When the next statement is due at a platform.
    fn statements_due(&self, _platform: &str) -> Result<Option<Millis>> {
        Ok(None)
    }
    /// What a directory said (connection, kind, key), where that is kept and counts at `now`.
    fn lookup(&self, _named: [&str; 3], _now: Millis) -> Result<Option<Lookup>> {
        Ok(None)
    }
    /// Writes and reads back a probe. For `doctor` and `/readyz`.
    fn check(&self) -> Result<()>;
}
