//! The states of an outgoing invoice and the moves between them.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Where an outgoing invoice stands. Written in lower case wherever a user or a program reads it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "world", schema(as = InvoiceState))]
pub enum State {
    /// On disk, not judged yet.
    Received,
    /// A fatal finding or a verdict `not-judged`: it does not leave until corrected or released.
    Blocked,
    /// Judged, waiting for delivery.
    Ready,
    /// The intent is on disk and a call may be under way.
    Sending,
    /// The platform has it, and said so.
    Delivered,
    /// The platform or the buyer refused it.
    Refused,
    /// The platform may or may not have it: the answer was lost. Settled by asking, never by sending again.
    Unknown,
    /// The buyer took it or approved it.
    Accepted,
    /// The buyer waits for documents.
    Suspended,
    /// The buyer disagrees with all or part of it.
    Disputed,
    Paid,
    Cancelled,
    /// It needs a person.
    Parked,
}

impl State {
    pub const ALL: [State; 13] = [
        State::Received,
        State::Blocked,
        State::Ready,
        State::Sending,
        State::Delivered,
        State::Refused,
        State::Unknown,
        State::Accepted,
        State::Suspended,
        State::Disputed,
        State::Paid,
        State::Cancelled,
        State::Parked,
    ];

    pub fn as_str(self) -> &'static str {
        match self {
            State::Received => "received",
            State::Blocked => "blocked",
            State::Ready => "ready",
            State::Sending => "sending",
            State::Delivered => "delivered",
            State::Refused => "refused",
            State::Unknown => "unknown",
            State::Accepted => "accepted",
            State::Suspended => "suspended",
            State::Disputed => "disputed",
            State::Paid => "paid",
            State::Cancelled => "cancelled",
            State::Parked => "parked",
        }
    }

    pub fn parse(text: &str) -> Option<State> {
        State::ALL.into_iter().find(|s| s.as_str() == text)
    }

    /// May a document in this state exist at a platform? Such an invoice keeps its number taken
    /// (seller SIREN + BT-1 + year of BT-2); a refused one counts only if it existed there, which its row tells.
    pub fn may_exist_at_platform(self) -> bool {
        !matches!(self, State::Received | State::Blocked | State::Ready | State::Parked)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
