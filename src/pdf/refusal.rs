//! Why a PDF is not read.

use std::fmt;

/// The kinds of refusal. Each has a stable id that the report shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefusalKind {
    /// No `%PDF-` within the first kilobyte.
    NotPdf,
    /// Not put together as a PDF is, or cut off.
    Damaged,
    /// Opens with a password only, or with a kind of protection that nobody here knows.
    Encrypted,
    /// The file is past [`crate::limits::PDF_BYTES`].
    TooLarge,
    /// Unpacks to more than the limits allow.
    Bomb,
    /// More objects, references or nodes than the limits allow.
    TooManyObjects,
    /// Parts that contain themselves.
    Cyclic,
    /// Lists within lists past the limit.
    TooDeep,
    /// Not done by the deadline.
    Slow,
    /// No reader was free by the deadline.
    Busy,
    /// A reader broke: facteur's own fault.
    Fault,
}

impl RefusalKind {
    pub const ALL: [RefusalKind; 11] = [
        RefusalKind::NotPdf,
        RefusalKind::Damaged,
        RefusalKind::Encrypted,
        RefusalKind::TooLarge,
        RefusalKind::Bomb,
        RefusalKind::TooManyObjects,
        RefusalKind::Cyclic,
        RefusalKind::TooDeep,
        RefusalKind::Slow,
        RefusalKind::Busy,
        RefusalKind::Fault,
    ];

    /// The rule id under which the report names it.
    pub fn rule(self) -> &'static str {
        match self {
            RefusalKind::NotPdf => "FCT-PDF-NOT-PDF",
            RefusalKind::Damaged => "FCT-PDF-DAMAGED",
            RefusalKind::Encrypted => "FCT-PDF-ENCRYPTED",
            RefusalKind::TooLarge => "FCT-PDF-SIZE",
            RefusalKind::Bomb => "FCT-PDF-BOMB",
            RefusalKind::TooManyObjects => "FCT-PDF-OBJECTS",
            RefusalKind::Cyclic => "FCT-PDF-CYCLE",
            RefusalKind::TooDeep => "FCT-PDF-DEPTH",
            RefusalKind::Slow => "FCT-PDF-SLOW",
            RefusalKind::Busy => "FCT-PDF-BUSY",
            RefusalKind::Fault => "FCT-PDF-FAULT",
        }
    }
}

/// A PDF, or a part of one, that is not read. `detail` is about the container and never quotes what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub kind: RefusalKind,
    pub detail: String,
}

impl Refusal {
    pub fn new(kind: RefusalKind, detail: impl Into<String>) -> Self {
        Self { kind, detail: detail.into() }
    }

    pub(super) fn damaged(detail: impl Into<String>) -> Self {
        Self::new(RefusalKind::Damaged, detail)
    }

    /// Is it a limit that was met, so that looking further is what must not be done? Damage is local; a limit ends all.
    pub fn is_bound(&self) -> bool {
        !matches!(self.kind, RefusalKind::Damaged)
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.kind.rule(), self.detail)
    }
}

impl std::error::Error for Refusal {}
