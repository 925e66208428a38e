//! What a rule found.

use serde::{Deserialize, Serialize};

use crate::invoice::Place;
use crate::text::Text;

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub enum Severity {
    Information,
    Warning,
    Fatal,
}

/// One failed assertion, with all that a person needs to mend it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub struct Finding {
    /// The id exactly as the authority writes it; our own start with `FCT-`.
    pub rule: String,
    /// The id that two syntaxes share.
    pub group: String,
    pub severity: Severity,
    /// Id of the pack the rule belongs to.
    pub pack: String,
    /// Terms concerned, such as `BT-106`.
    pub terms: Vec<String>,
    pub place: Option<Place>,
    pub found: Option<String>,
    pub expected: Option<String>,
    pub message: Text,
    pub fix: Text,
}
