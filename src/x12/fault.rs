//! What breaks a rule of the syntax, with the code by which an acknowledgement says so, and what ends the reading.

use std::fmt;
use std::sync::LazyLock;

pub use crate::interchange::{Answer, Place};
use crate::limits;
use crate::table::Table;
use crate::text::Text;

/// The list a code is from: the element of the acknowledgement that bears it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum List {
    /// TA105: the interchange.
    Ta105,
    /// AK905 of 997 and 999: the group.
    Ak905,
    /// AK502 (IK502): the transaction set.
    Ak502,
    /// AK304 (IK304): the segment.
    Ak304,
    /// AK403 (IK403): the element.
    Ak403,
}

impl List {
    pub fn name(self) -> &'static str {
        match self {
            List::Ta105 => "TA105",
            List::Ak905 => "AK905",
            List::Ak502 => "AK502",
            List::Ak304 => "AK304",
            List::Ak403 => "AK403",
        }
    }
}

/// A code of an acknowledgement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Code {
    pub list: List,
    pub number: u8,
}

impl Code {
    pub fn new(list: List, number: u8) -> Code {
        Code { list, number }
    }

    /// What it means, from `schemas/x12/faults.csv`; empty where that table has no such code.
    pub fn words(self) -> Text {
        WORDS.iter().find(|(code, _)| *code == self.to_string()).map(|(_, words)| words.clone()).unwrap_or_default()
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.list {
            List::Ta105 => write!(f, "TA105 {:03}", self.number),
            _ => write!(f, "{} {}", self.list.name(), self.number),
        }
    }
}

static WORDS: LazyLock<Vec<(String, Text)>> = LazyLock::new(|| {
    let text = include_str!("../../schemas/x12/faults.csv");
    let table = Table::parse(text).expect("invariant: schemas/x12/faults.csv is a table");
    let row = |row: &crate::table::Row<'_>| (row.get(0).to_owned(), Text::new(row.get(1), row.get(2)));
    table.rows.iter().map(row).collect()
});

/// A breach of the syntax.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub code: Code,
    pub answer: Answer,
    /// The tag of the segment concerned.
    pub tag: String,
    pub place: Place,
    /// What was found and what was expected. Never quotes more than a number, a code or a character.
    pub what: Text,
}

impl Fault {
    pub fn refuses(&self) -> bool {
        self.answer == Answer::Refuse
    }
}

/// Faults, at most [`limits::X12_FAULTS`] of them; the rest is counted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Faults {
    pub listed: Vec<Fault>,
    pub unlisted: usize,
    refused: bool,
}

impl Faults {
    pub fn push(&mut self, fault: Fault) {
        self.refused |= fault.refuses();
        if self.listed.len() < limits::X12_FAULTS {
            self.listed.push(fault);
        } else {
            self.unlisted += 1;
        }
    }

    /// Does any of them refuse, listed or not?
    pub fn refuse(&self) -> bool {
        self.refused
    }
}

/// The kinds of refusal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum RefusalKind {
    /// No byte, or blanks alone.
    Empty,
    /// No ISA where one should be.
    NotX12,
    /// Two or four bytes a character.
    Encoding,
    /// ISA is cut, or its separators cannot do their work.
    Separators,
    /// A bound of [`crate::limits`] was met.
    Limit,
}

impl RefusalKind {
    /// The rule id under which a report names it.
    pub fn rule(self) -> &'static str {
        match self {
            RefusalKind::Empty => "FCT-READ-EMPTY",
            RefusalKind::Encoding => "FCT-READ-ENCODING",
            RefusalKind::Limit => "FCT-LIMIT-SIZE",
            RefusalKind::NotX12 | RefusalKind::Separators => "FCT-READ-X12",
        }
    }
}

/// Why nothing further is read of a file. What was read before stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub kind: RefusalKind,
    /// How TA1 would say so, where an interchange had begun.
    pub code: Option<Code>,
    pub offset: u64,
    pub what: Text,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} (byte {})", self.what.en, self.offset)
    }
}

impl std::error::Error for Refusal {}
