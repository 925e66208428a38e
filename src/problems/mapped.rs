//! Where a code or a finding leads: the cause, who acts, and what may be sent again.

use std::fmt;

use super::cause::Cause;
use crate::text::Text;

/// The cause behind a platform's code or a rule's finding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapped {
    pub cause: &'static Cause,
    /// Who acts next: `seller`, `integrator` (the seller's IT), `buyer`, `platform`, joined by `+`; or `none`.
    pub acts: &'static str,
    /// Which number the corrected document bears.
    pub number: Number,
    /// The rule that would have caught it before the invoice left, such as `BR-CO-15` or `customer rule BT-13`.
    pub caught_by: Option<String>,
    /// What to do next.
    pub suggestion: Text,
    /// The cause was read from a text or from silence, not told by a code: a person confirms it.
    pub inferred: bool,
    /// The table knows the code. An unknown one is kept as it came and goes to a person.
    pub known: bool,
    /// A problem is to be opened. False for good news, for what the platform settles itself, and for answers such as
    /// "netted with a credit note", which refuse nothing.
    pub opens: bool,
    pub confidence: Confidence,
}

impl Mapped {
    /// May the corrected document bear the same number?
    pub fn number_reusable(&self) -> bool {
        self.number == Number::Same
    }
}

/// Which number the corrected document bears.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// The same one: nothing bearing it exists at the other side.
    Same,
    /// Another one: the document existed there, and is dead.
    New,
    /// None is called for: the invoice lives and is answered, or there is nothing to correct.
    None,
}

/// How sure the table is of the cause. `Low` goes to a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    Low,
    Medium,
    High,
}

/// Whose codes these are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Family {
    /// An accredited platform: life-cycle statuses (CDAR) 200…601 and their reasons.
    Pa,
    /// Chorus Pro, historical channel: API statuses, deposit states, motives of refusal.
    Chorus,
    /// Acknowledgements and HTTP answers of the AFNOR Flow Service.
    FlowService,
    /// Peppol Invoice Message Response: status code, then reason code (OpenPEPPOL `OPStatusReason`).
    PeppolImr,
    /// Peppol Message Level Status.
    PeppolMls,
    /// Peppol transport.
    PeppolAs4,
    /// CONTRL and APERAK.
    Edifact,
}

impl Family {
    pub const ALL: [Family; 7] = [
        Family::Pa,
        Family::Chorus,
        Family::FlowService,
        Family::PeppolImr,
        Family::PeppolMls,
        Family::PeppolAs4,
        Family::Edifact,
    ];

    /// The name in our tables.
    pub fn as_str(self) -> &'static str {
        match self {
            Family::Pa => "pa",
            Family::Chorus => "chorus",
            Family::FlowService => "flow-service",
            Family::PeppolImr => "peppol-imr",
            Family::PeppolMls => "peppol-mls",
            Family::PeppolAs4 => "peppol-as4",
            Family::Edifact => "edifact",
        }
    }

    pub fn parse(text: &str) -> Option<Family> {
        Family::ALL.into_iter().find(|family| family.as_str() == text)
    }
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Number {
    /// Reads the column `number` of our tables.
    pub fn parse(text: &str) -> Option<Number> {
        match text {
            "yes" => Some(Number::Same),
            "no" => Some(Number::New),
            "none" => Some(Number::None),
            _ => None,
        }
    }
}

impl Confidence {
    pub fn parse(text: &str) -> Option<Confidence> {
        match text {
            "low" => Some(Confidence::Low),
            "medium" => Some(Confidence::Medium),
            "high" => Some(Confidence::High),
            _ => None,
        }
    }
}
