//! What goes into the store: documents, claims, steps; and what comes back of each.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    AcceptedSeveral, AnswerIn, Answering, Collected, InvoiceRow, Looked, Lookup, Millis, NumberKey, Result, Several,
    Statement, ToldBy, Want,
};
use crate::problems::Problem;

/// A document to accept.
#[derive(Debug, Clone)]
pub struct Incoming {
    pub bytes: Bytes,
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

/// Asks for leases on invoices that are due in one lane, oldest due first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// A platform's name; none for documents that wait to be judged. See [`InvoiceRow::lane`].
    pub lane: Option<String>,
    pub now: Millis,
    /// When the leases end by themselves.
    pub until: Millis,
    pub limit: usize,
}

/// A lease on the next step of an invoice. A [`Step`] with a stale fence is refused.
#[derive(Debug, Clone, PartialEq)]
pub struct Lease {
    pub row: InvoiceRow,
    pub fence: u64,
    /// How often a lease was taken, this one included, since the row last changed. A count that grows means that workers
    /// end without a word: the step may bring the process down.
    pub takes: u32,
}

/// Something due: a lane and the earliest moment at which one of its invoices can be claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Due {
    pub lane: Option<String>,
    pub at: Millis,
}

/// How much there is of what, at one moment.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Gauges {
    /// Lanes in which something can be claimed now.
    pub due: Vec<LaneDue>,
    /// Steps under way.
    pub leases: u64,
    /// Since when the oldest invoice in state `unknown` has been in doubt.
    pub unknown_since: Option<Millis>,
    /// Open problems by cause.
    pub problems: Vec<(String, u64)>,
}

/// What is due in a lane.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LaneDue {
    pub lane: Option<String>,
    pub count: u64,
    /// Since when the oldest of them has been due.
    pub oldest: Millis,
}

/// Everything that one step changes, committed together or not at all.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Step {
    pub invoice_id: String,
    /// The lease under which the step was taken; none for a person's act (release, park, cancel).
    pub fence: Option<u64>,
    pub at: Millis,
    /// The row after the step; none where it does not change. Its `version` is the one it was read with.
    pub row: Option<InvoiceRow>,
    pub events: Vec<NewEvent>,
    /// The report, as JSON, where the step judged.
    pub report: Option<String>,
    /// A document to keep under its SHA-256: what leaves in the place of the one that came. Kept once, whoever has it.
    pub document: Option<Bytes>,
    /// The seal over the document that leaves, where the step made one.
    pub seal: Option<Vec<u8>>,
    /// Claim this number for the invoice; the whole step fails with `NumberTaken` where another holds it.
    pub take_number: Option<NumberKey>,
    /// Give up the number the invoice holds.
    pub free_number: bool,
    /// Problems as they stand after the step (new or changed). What was in `changes` stays: a record whose list does not
    /// begin with the stored one is refused as stale.
    pub problems: Vec<Problem>,
    /// Keep the lease after the step (an intent before its call) instead of giving it back.
    pub keep_lease: bool,
    /// A new end for a lease that is kept.
    pub lease_until: Option<Millis>,
    /// The key under which the step is taken, with the answer it gets: kept in the same commit. Where the key was used before,
    /// nothing is changed and the step is refused with [`StoreError::KeyUsed`](super::StoreError::KeyUsed).
    pub under: Option<Keyed>,
    /// The message of an answer in EDIFACT that the step tells of; told before, the step is refused as stale.
    pub told_by: Option<ToldBy>,
    /// The message of a platform ([`super::PlatformMessage::seq`]) that the step tells of; told before, the step is refused as stale.
    pub told_message: Option<u64>,
    /// A statement of ours about the invoice: new, or as it stands after the step. Its `version` is the one it was read with.
    pub statement: Option<Statement>,
    /// What the same act changes on other invoices (the one that this one replaces): together or not at all.
    pub also: Vec<Step>,
}

/// An idempotency key, what was asked under it, and what was answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keyed {
    /// Who bore it and the key itself, in one word: one bearer's keys are nobody else's.
    pub key: String,
    /// SHA-256 of the request, hexadecimal.
    pub request: String,
    /// The body of the answer.
    pub answer: String,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewEvent {
    /// What happened: `received`, `judged`, `blocked`, `ready`, `written` (as what it leaves where it came in a syntax that
    /// no platform takes: format, SHA-256, size, what is not carried), `judged-again` (ready, and about to be judged anew before it leaves), `recipient` (what the directory said of it),
    /// `sealed` (whose key, its certificate, the seal's SHA-256), `seal-waits` (no seal can be made now: nothing leaves), `intent`, `answer` (raw, as it came), `answer-late`,
    /// `postponed`, `unknown`, `unanswered`, `settled` (found or absent), `resend`, `status`, a state that a platform's word
    /// led to (`delivered`, `accepted`, `suspended`, `disputed`, `paid`, `refused`, `cancelled`), `replaced`, `failed` (our
    /// own reasons), `parked`, `released`, `retried`, `problem-opened`, `problem-changed`, `problem-closed`, `file` (the name under which a watched folder
    /// had it), `received-again` (the same bytes came once more), `answered` (CONTRL or APERAK that facteur wrote for the EDIFACT it came in), `edi-answer` (what a
    /// CONTRL or APERAK that came says of it), `message` (a life-cycle message that its platform had: who says what, and the message itself by number), `statement` (a life-cycle
    /// message of ours: what it says, and how far it is).
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

/// Which problems a list shows, oldest first.
#[derive(Debug, Clone, Default)]
pub struct ProblemFilter {
    pub invoice_id: Option<String>,
    /// A sub-cause, such as `A2`.
    pub cause: Option<String>,
    /// All sub-causes of a category, such as `A`.
    pub category: Option<String>,
    pub customer: Option<String>,
    pub open_only: bool,
    pub closed_only: bool,
    /// Those after this one (an id), for the next page.
    pub after: Option<String>,
    /// At most so many; 0 for all of them, as the report needs.
    pub limit: usize,
}

/// One thing to write. Several go into one commit.
#[derive(Debug, Clone)]
pub enum Write {
    Accept(Incoming),
    AcceptSeveral(Box<Several>),
    Record(Box<Step>),
    Claim(Claim),
    /// The answers of an EDIFACT file.
    Answer(Box<Answering>),
    /// An answer in EDIFACT that came.
    TakeAnswer(Box<AnswerIn>),
    /// That the invoice of a message was looked for in vain.
    Tried(Want),
    /// A page of a platform's messages.
    Collect(Box<Collected>),
    /// That a message of a platform was looked at and is not told.
    Looked(Looked),
    /// Parked messages that another reader than this one could not read, or one of them by its number, are due now.
    Anew {
        reader: String,
        one: Option<u64>,
        now: Millis,
    },
    /// What directories said; what has expired by `now` goes.
    Keep {
        lookups: Vec<Lookup>,
        now: Millis,
    },
    /// Forgets idempotency keys, of documents and of acts, that were used before this moment: at most so many of each.
    Forget {
        before: Millis,
        most: usize,
    },
}

/// What became of a [`Write`].
#[derive(Debug, Clone, PartialEq)]
pub enum Written {
    Accepted(Accepted),
    AcceptedSeveral(AcceptedSeveral),
    /// The step's own success or refusal; the others of the commit do not depend on it.
    Recorded(Result<()>),
    Claimed(Vec<Lease>),
    /// False where the file was answered before.
    Answered(bool),
    /// Its id, and whether it had come before.
    AnswerTaken(String, bool),
    Tried,
    Kept,
    /// How many messages of platforms are new, or were changed.
    Messages(usize),
    /// How many keys were forgotten.
    Forgotten(u64),
}
