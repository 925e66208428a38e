//! What platforms have waiting for us: messages about invoices, and the mark from which the next are listed.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Line, Raw};

/// Where the listing of messages goes on. Kept by whoever stored what came before it; the platform's own times move it, and never beyond the present. The default is
/// the beginning.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// The newest moment of the listings that are over, as the platform wrote it.
    pub after: Option<String>,
    /// The newest moment of the listing under way.
    pub newest: Option<String>,
    /// Where the listing under way goes on; none between listings.
    pub next: Option<Next>,
    /// Messages near the newest moment that were fetched: listed again, they are not fetched again.
    pub seen: Vec<Seen>,
    /// Which kinds of messages the listing under way is about.
    #[serde(default)]
    pub kinds: Kinds,
    /// As `after`, of the kinds that the listings since left out, as the platform took no question about them; empty for the beginning. None where nothing was left
    /// out.
    #[serde(default)]
    pub left_out: Option<String>,
    /// How far before `after` the listing under way began, in seconds.
    #[serde(default)]
    pub back: u64,
}

/// Kinds of messages in a listing.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kinds {
    #[default]
    All,
    /// Those that every platform knows.
    Known,
    /// Those that former listings left out.
    LeftOut,
}

/// The way to the next page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Next {
    /// The platform's own.
    Cursor(String),
    /// Changed after this moment, of pages in rising order.
    After(String),
    /// Changed before this moment, of pages in falling order.
    Before(String),
}

/// A message as it was when it was fetched.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Seen {
    pub flow: String,
    pub at: String,
}

/// One page of an inbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Inbox {
    /// This platform has none.
    None,
    Page {
        messages: Vec<Message>,
        /// Rows that name no message: something waits there that cannot be fetched.
        unread: usize,
        /// To be kept in the same commit as the messages.
        next: Mark,
        /// There are more pages now.
        more: bool,
        /// How long the platform asked to be left alone, where it did.
        retry_after_ms: Option<u64>,
        raw: Vec<Raw>,
    },
    NoAnswer {
        why: String,
        retry_after_ms: Option<u64>,
        line: Line,
        raw: Vec<Raw>,
    },
}

/// One message. The same may come twice: whoever stores them drops those that it knows by `flow`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Message {
    /// The platform's id of it.
    pub flow: String,
    /// `flowType`, such as `CustomerInvoiceLC`; empty where it is not told.
    pub kind: String,
    /// As the platform writes it.
    pub updated_at: Option<String>,
    pub tracking_id: Option<String>,
    pub name: Option<String>,
    pub content: Content,
}

/// What is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Exactly the bytes that were given to the platform.
    Bytes(Bytes),
    /// It could not be fetched: with `gone`, because the platform says that it has it not, or it is longer than any is taken. `line` is what that tells of the connection.
    Missing { why: String, gone: bool, line: Line },
}
