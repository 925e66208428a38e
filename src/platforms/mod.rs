//! Platforms that take invoices. One module a kind; all speak through [`Platform`], whose outcomes cannot lie.

pub mod afnor;
pub mod chorus_pro;
mod inbox;
mod line;
mod reception;
pub mod sandbox;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use self::inbox::{Content, Inbox, Kinds, Mark, Message, Next, Seen};
pub use self::reception::{Heard, Known, Look, Silence};
pub use crate::invoice::Recipient;
use crate::store::Document;

/// What is about to be sent. On disk (as the intent) before any call is made with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Our id of the invoice.
    pub invoice_id: String,
    /// SHA-256 of the document, hexadecimal.
    pub sha256: String,
    /// The file name given to the platform; unique to the invoice, and so a key to search by.
    pub file_name: String,
    /// The platform's own name of the syntax, such as `IN_DP_E1_UBL_INVOICE`; at an accredited platform `flowSyntax`, then a blank and the
    /// `flowProfile` where it is known (`CII Extended-CTC-FR`).
    pub syntax: String,
    /// BT-1, to search by.
    pub number: String,
    /// SIRET or SIREN of the seller, where the document has one.
    pub seller: Option<String>,
    /// BT-2, as YYYY-MM-DD.
    pub issued: Option<String>,
}

/// The syntax of an intent that is about a life-cycle message of ours.
pub const STATEMENT: &str = "CDAR";

/// Why nobody knows what became of a deposit that the platform says to have already, where none of ours is there.
pub const UNSEEN: &str = "the platform says that it has this flow already, yet shows none that is ours";

/// An answer as it came: kept whole before it is understood.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Raw {
    /// What was asked: method and path, never a secret.
    pub call: String,
    /// HTTP status, or 0 where the connection broke before one came.
    pub http: u16,
    /// The body, cut at `limits::ANSWER_BYTES`.
    pub body: String,
}

/// How a deposit ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deposit {
    /// The platform took the file and gave this reference.
    Taken { reference: String, raw: Vec<Raw> },
    /// The platform answered and did not take it: nothing exists there.
    Refused { code: String, text: String, raw: Vec<Raw> },
    /// The request provably never left or was provably not processed (connection refused, no token, 429).
    NotSent { why: String, retry_after_ms: Option<u64>, raw: Vec<Raw> },
    /// Nobody knows: the answer was lost after the request may have left.
    Unknown { why: String, retry_after_ms: Option<u64>, raw: Vec<Raw> },
}

/// What asking about a lost deposit brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Search {
    /// It is there, under this reference of the deposit or of the invoice.
    Found { reference: Option<String>, platform_invoice: Option<String>, raw: Vec<Raw> },
    /// The platform answered, and does not have it (so far: the caller decides when that is proof).
    Absent { raw: Vec<Raw> },
    /// The platform said nothing of it.
    NoAnswer { why: String, line: Line, raw: Vec<Raw> },
}

/// What a question that brought nothing of use tells of the connection: an error about one invoice says nothing against the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Line {
    /// The platform answered, and knows us.
    Answers,
    /// Nothing came that could be read, or we were turned away.
    Silent,
    /// We were turned away, and asked to come back no sooner than after so long.
    Rests { ms: u64 },
    /// There was nothing to ask with: no call was made.
    Unused,
}

/// One status as a platform told it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformStatus {
    /// The platform's own code, such as `REJETEE` or `IN_REJETE`, kept even where unknown.
    pub code: String,
    /// The motive or error code that came with it, where one did.
    pub reason: Option<String>,
    /// The comment or error text that came with it.
    pub text: Option<String>,
    /// The platform's own time, as written.
    pub at: Option<String>,
    /// Who spoke: the platform itself or the buyer behind it.
    pub voice: Voice,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Voice {
    Platform,
    Buyer,
    /// Us, or whoever speaks for us.
    Seller,
}

/// What following a deposit brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Follow {
    /// All statuses known so far, oldest first; repeats are harmless.
    Statuses {
        /// The platform's id of the invoice, once it has one.
        platform_invoice: Option<String>,
        statuses: Vec<PlatformStatus>,
        raw: Vec<Raw>,
    },
    NoAnswer {
        why: String,
        retry_after_ms: Option<u64>,
        line: Line,
        raw: Vec<Raw>,
    },
}

/// A connection to one platform.
#[async_trait]
pub trait Platform: Send + Sync {
    /// The name in the configuration.
    fn name(&self) -> &str;

    /// Deposits one document. Called only with the intent on disk, and once per intent.
    async fn deposit(&self, intent: &Intent, document: &Document) -> Deposit;

    /// Looks for a deposit whose answer was lost.
    async fn search(&self, intent: &Intent) -> Search;

    /// Asks for the statuses of a deposit taken under `reference`, or of the invoice the platform calls `platform_invoice`.
    async fn follow(&self, intent: &Intent, reference: Option<&str>, platform_invoice: Option<&str>) -> Follow;

    /// The statuses that it takes from us as life-cycle messages (an [`Intent`] whose syntax is [`STATEMENT`]).
    fn hears(&self) -> &'static [u16] {
        &[]
    }

    /// The kind of platform, as [`crate::lifecycle::statement_files`] calls it.
    fn kind(&self) -> &'static str {
        ""
    }

    /// Can the recipient receive, as the platform's directory says? A platform without a directory has nothing to ask, and nothing is looked at.
    async fn reception(&self, recipient: &Recipient, known: &dyn Known) -> Heard {
        let _ = (recipient, known);
        Heard::default()
    }

    /// Does the directory answer? None where there is none. For `doctor`.
    async fn check_directory(&self) -> Option<Result<(), String>> {
        None
    }

    /// Is the platform reachable and does it know us? For `doctor` and `/readyz`.
    async fn check(&self) -> Result<(), String>;

    /// Messages that wait for us, from a mark on: one page. Platforms that are asked about each invoice have none.
    async fn inbox(&self, since: &Mark) -> Inbox {
        let _ = since;
        Inbox::None
    }

    /// One message of the inbox that a page could not bring, by its flow.
    async fn fetch(&self, flow: &str) -> (Content, Vec<Raw>) {
        let why = format!("this platform has no message {flow}");
        (Content::Missing { why, gone: true, line: Line::Unused }, Vec::new())
    }
}
