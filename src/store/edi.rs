//! What EDIFACT is answered with, and what is answered to it: CONTRL and APERAK, written and received.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Millis, NewEvent};

/// An EDIFACT file that is not answered yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unanswered {
    pub sha256: String,
    pub at: Millis,
    /// Its invoices, in the order of the file.
    pub invoices: Vec<String>,
}

/// An answer, written by facteur or received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EdiAnswer {
    /// Order of arrival, for pages.
    pub seq: u64,
    /// First 32 hexadecimal digits of its SHA-256: the same bytes are the same answer.
    pub id: String,
    pub sha256: String,
    /// `CONTRL`, `APERAK`, or `CONTRL+APERAK` where one interchange has both.
    pub kind: String,
    /// By facteur; else received.
    pub written: bool,
    /// SHA-256 of the file that it answers, where facteur wrote it.
    pub subject: Option<String>,
    pub at: Millis,
    /// The door it came through, or `facteur`.
    pub source: String,
    /// Messages in it.
    pub messages: u32,
    /// Messages whose invoice is not known.
    pub unmatched: u32,
    /// The invoices of which it speaks.
    pub invoices: Vec<String>,
}

/// Which answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AnswersOf {
    One(String),
    /// Written and received, of an invoice.
    Invoice(String),
    /// Written, of a file by its SHA-256.
    File(String),
    /// All; or those received of which a message speaks of nothing known. Newest first, before this [`EdiAnswer::seq`].
    List {
        unmatched: bool,
        before: Option<u64>,
        limit: usize,
    },
}

/// By what a CONTRL names an invoice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Addressed {
    pub invoice: String,
    pub sender: String,
    pub recipient: String,
    /// 0020.
    pub interchange: String,
    /// 0062.
    pub message: String,
}

/// The answers of a file, with what the timelines of its invoices say of them: all of it in one commit, once.
#[derive(Debug, Clone, Default)]
pub struct Answering {
    /// SHA-256 of the file.
    pub file: String,
    pub at: Millis,
    /// Kind, bytes and number of messages. None where nothing is to be said: that is decided once, too.
    pub answers: Vec<(String, Bytes, u32)>,
    pub events: Vec<(String, NewEvent)>,
}

/// An answer that came.
#[derive(Debug, Clone)]
pub struct AnswerIn {
    pub bytes: Bytes,
    pub kind: String,
    pub at: Millis,
    pub source: String,
    /// Number of the invoice and reference of the interchange that each message names; empty where it does not.
    pub names: Vec<(String, String)>,
    /// Did it come as a file of its own, whose sender may ask for a CONTRL (0031)? What stood among invoices is answered with them.
    pub alone: bool,
}

/// A message of an answer whose invoice is to be looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Want {
    pub answer: String,
    pub sha256: String,
    /// Which message of the answer, from 0.
    pub message: u32,
    /// How many invoices it could mean: looked for again once that changes.
    pub seen: u64,
}

/// That a step tells what a message of an answer says of its invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ToldBy {
    pub answer: String,
    pub message: u32,
}
