//! What is told of a seal, in the books and to people.

use serde::{Deserialize, Serialize};

use crate::crypto::Qualification;
use crate::text::Text;

/// The form of our seals.
pub const FORMAT: &str = "CAdES-B-B";
/// The state of a document with a seal, and of one without.
pub const SIGNED: &str = "signed";
pub const UNSIGNED: &str = "unsigned";

/// A seal as it was made. Times are milliseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SealFacts {
    pub format: String,
    /// The common name of who sealed, and of who certified that.
    pub subject: String,
    pub issuer: String,
    /// Serial number of the certificate, hexadecimal.
    pub serial: String,
    pub certificate_sha256: String,
    pub algorithm: String,
    pub signed_at: i64,
    /// The end of the certificate's time.
    pub not_after: i64,
    pub qualification: Qualification,
    /// SHA-256 of the seal itself, hexadecimal.
    pub sha256: String,
}

impl SealFacts {
    /// What the seal is worth, exactly as far as it is known.
    pub fn words(&self) -> Text {
        self.qualification.words()
    }
}

/// How long a certificate lasts, in whole days, as it is said after "expires".
pub fn days_left(days: i64) -> Text {
    match days {
        ..=0 => Text::new("dans moins d'un jour", "within a day"),
        1 => Text::new("dans 1 jour", "in 1 day"),
        _ => Text::new(format!("dans {days} jours"), format!("in {days} days")),
    }
}

/// What is said of a document without a seal.
pub fn unsigned() -> Text {
    Text::new("non signé", "unsigned")
}
