//! APERAK, the application error and acknowledgement message (D96A, D01B): what the rules say of an invoice, told to who sent it, and what a recipient of ours
//! says.
//!
//! CONTRL speaks of syntax; APERAK of the document that was understood. One APERAK answers one INVOIC.

mod codes;
mod read;
#[cfg(test)]
mod tests;
mod told;
mod write;

use crate::text::Lang;

pub use codes::{UNKNOWN_RULE, code_of, rule_of};

/// What an APERAK says.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Aperak {
    /// 1001: 313 application error, 312 acknowledgement, 305 by agreement.
    pub kind: String,
    /// 1004: the number of the APERAK itself.
    pub reference: String,
    pub outcome: Outcome,
    /// DTM+137, as written.
    pub written: String,
    /// RFF+IV, else ACE, DM or what stands first: the number of the invoice.
    pub invoice: String,
    /// Date of the invoice (DTM of that reference), `CCYYMMDD`.
    pub issued: String,
    /// RFF+ACW: the interchange (0020) and the message (0062) that were received.
    pub interchange: String,
    pub message: String,
    /// All references of the document concerned: qualifier and number.
    pub references: Vec<(String, String)>,
    pub parties: Vec<PartySaid>,
    /// FTX of the header.
    pub notes: Vec<String>,
    pub errors: Vec<ErrorSaid>,
}

/// What was decided (1225).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Outcome {
    /// 29: accepted without amendment.
    Accepted,
    /// 34: accepted with amendment.
    Amended,
    /// 44: accepted.
    Taken,
    /// 27: not accepted.
    Refused,
    /// Nothing is said of it.
    #[default]
    Unsaid,
    /// Another code, as it came.
    Other(String),
}

/// A party (NAD).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct PartySaid {
    /// 3035: SU, SE, BY, IV.
    pub role: String,
    /// C082: identifier, 1131, 3055.
    pub id: String,
    pub list: String,
    pub agency: String,
    pub name: String,
}

/// An error (ERC).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ErrorSaid {
    /// 9321, as it came, with 1131 and 3055.
    pub code: String,
    pub list: String,
    pub agency: String,
    /// The rule of ours that the code stands for.
    pub rule: Option<String>,
    pub text: String,
    /// 1156: the line concerned.
    pub line: Option<String>,
    /// RFF of the error: qualifier and number.
    pub references: Vec<(String, String)>,
}

/// How an APERAK is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Form {
    /// The release (0054) of D: `96A` or `01B`.
    pub release: Release,
    /// 0057: EAN001 with D96A, EAN003 with D01B where the invoice was EANCOM; empty for none.
    pub association: String,
    pub lang: Lang,
}

/// The directories in which APERAK is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Release {
    D96A,
    #[default]
    D01B,
}

impl Outcome {
    pub fn of(code: &str) -> Outcome {
        match code {
            "29" => Outcome::Accepted,
            "34" => Outcome::Amended,
            "44" => Outcome::Taken,
            "27" => Outcome::Refused,
            "" => Outcome::Unsaid,
            other => Outcome::Other(other.to_owned()),
        }
    }

    pub fn code(&self) -> &str {
        match self {
            Outcome::Accepted => "29",
            Outcome::Amended => "34",
            Outcome::Taken => "44",
            Outcome::Refused => "27",
            Outcome::Unsaid => "",
            Outcome::Other(code) => code,
        }
    }
}

impl Aperak {
    /// Is the invoice accepted, refused, or is it not said? Where 1225 is silent, 1001 and the errors tell.
    pub fn accepts(&self) -> Option<bool> {
        match (&self.outcome, self.kind.as_str()) {
            (Outcome::Accepted | Outcome::Amended | Outcome::Taken, _) => Some(true),
            (Outcome::Refused, _) | (_, "313") => Some(false),
            (_, "312") if self.errors.is_empty() => Some(true),
            (Outcome::Unsaid, _) if !self.errors.is_empty() => Some(false),
            _ => None,
        }
    }
}

impl Form {
    /// As the INVOIC that is answered: its directory, and EANCOM where it was.
    pub fn of(kind: &crate::edifact::MessageType, lang: Lang) -> Form {
        let release = if super::Directory::of(kind) == super::Directory::D96A { Release::D96A } else { Release::D01B };
        let eancom = kind.association.starts_with("EAN");
        let association = match release {
            _ if !eancom => "",
            Release::D96A => "EAN001",
            Release::D01B => "EAN003",
        };
        Form { release, association: association.to_owned(), lang }
    }
}
