//! What breaks a rule of the syntax, with the code and the level at which CONTRL says so, and what ends the reading.

use std::fmt;

pub use crate::interchange::{Answer, Place};
use crate::text::Text;

/// The level of a fault: the segment of CONTRL that reports it (UCI, UCF, UCM, UCS, UCD).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    Interchange,
    Group,
    Message,
    Segment,
    Element,
}

/// Which setting of a [`super::Strictness`] decides about a fault.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Concern {
    /// Control counts of UNT, UNE, UNZ (29).
    Counts,
    /// References of a header and its trailer (28).
    References,
    /// The same reference twice in an interchange (26).
    Duplicates,
    /// Characters outside the declared repertoire or contradicting the declared charset (21).
    Repertoire,
    /// Length, class and notation of what segments hold (12, 19, 37, 38, 39, 40, 45).
    Forms,
    /// Mandatory parts of segments that are missing, parts beyond the last, repetitions (13, 16, 35, 36).
    Presence,
    /// UNA and the service characters in use (20, 22).
    ServiceCharacters,
    /// Syntax identifier and version (2).
    Syntax,
    /// Data before UNB or after UNZ (33), an empty segment (15, 33), groups mixed with messages (30).
    Structure,
    /// A trailer (UNT, UNE, UNZ, UNP) or a header that never came (13), nothing inside (32), or segments that were not read (13, 15), those outside
    /// messages too (33): what was sent may not be whole.
    Completeness,
    /// A bound of the program was met; nothing can be decided about it.
    Limit,
}

/// A breach of the syntax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The code of CONTRL, data element 0085.
    pub code: u8,
    pub level: Level,
    pub concern: Concern,
    /// [`Answer::Refuse`] or [`Answer::Warn`]: what is ignored is not told.
    pub answer: Answer,
    /// The tag of the segment concerned (data element 0013/0135), empty where there is none.
    pub tag: String,
    pub place: Place,
    /// What was found and what was expected. Never quotes more than a reference, a number, a code or a character.
    pub what: Text,
}

impl Fault {
    pub fn refuses(&self) -> bool {
        self.answer == Answer::Refuse
    }

    /// Does it refuse its interchange, and with it all messages?
    pub fn refuses_interchange(&self) -> bool {
        self.refuses() && self.level == Level::Interchange
    }
}

/// The kinds of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// No byte, or blanks alone.
    Empty,
    /// Neither UNA nor UNB where one should be.
    NotEdifact,
    /// UTF-16, UCS-2, UCS-4 and other encodings in which a separator is not one byte.
    Encoding,
    /// The service characters cannot be told (CONTRL 20 or 22).
    ServiceCharacters,
    /// Interactive EDIFACT (UIB) or another envelope than UNB.
    Envelope,
    /// A bound of [`crate::limits`] was met.
    Limit,
    /// The source could not be read further.
    Unreadable,
}

impl RefusalKind {
    /// The rule id under which a report names it.
    pub fn rule(self) -> &'static str {
        match self {
            RefusalKind::Empty => "FCT-READ-EMPTY",
            RefusalKind::Encoding => "FCT-READ-ENCODING",
            RefusalKind::Limit => "FCT-LIMIT-SIZE",
            RefusalKind::NotEdifact
            | RefusalKind::ServiceCharacters
            | RefusalKind::Envelope
            | RefusalKind::Unreadable => "FCT-READ-EDIFACT",
        }
    }
}

/// Why nothing further is read of a file. What was read before stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub kind: RefusalKind,
    /// The code under which CONTRL can say so (0085), where an interchange had begun.
    pub code: u8,
    pub offset: u64,
    pub what: Text,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (byte {})", self.what.en, self.offset)
    }
}

impl std::error::Error for Refusal {}
