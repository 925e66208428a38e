//! Why a document cannot be read as XML.

use std::fmt;

/// The kinds of refusal. Each has a stable id that the report shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    Empty,
    TooLarge,
    Encoding,
    Dtd,
    Entity,
    TooDeep,
    TooManyElements,
    TooManyNames,
    TooManyAttributes,
    NameTooLong,
    Malformed,
}

impl RefusalKind {
    /// The rule id under which the report names it.
    pub fn rule(self) -> &'static str {
        match self {
            RefusalKind::Empty => "FCT-READ-EMPTY",
            RefusalKind::TooLarge => "FCT-LIMIT-SIZE",
            RefusalKind::Encoding => "FCT-READ-ENCODING",
            RefusalKind::Dtd => "FCT-XML-DTD",
            RefusalKind::Entity => "FCT-XML-ENTITY",
            RefusalKind::TooDeep => "FCT-LIMIT-DEPTH",
            RefusalKind::TooManyElements => "FCT-LIMIT-ELEMENTS",
            RefusalKind::TooManyNames => "FCT-LIMIT-NAMES",
            RefusalKind::TooManyAttributes => "FCT-LIMIT-ATTRIBUTES",
            RefusalKind::NameTooLong => "FCT-LIMIT-NAME",
            RefusalKind::Malformed => "FCT-XML-MALFORMED",
        }
    }
}

/// A document that is not read, and why. `detail` never quotes invoice content beyond a name or a character.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub kind: RefusalKind,
    /// Line and column (characters, from 1) in the decoded text, where there is a place.
    pub place: Option<(u32, u32)>,
    pub detail: String,
}

impl Refusal {
    pub fn new(kind: RefusalKind, detail: impl Into<String>) -> Self {
        Self { kind, place: None, detail: detail.into() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.rule(), self.detail)?;
        self.place.map_or(Ok(()), |(line, column)| write!(f, " (line {line}, column {column})"))
    }
}

impl std::error::Error for Refusal {}
