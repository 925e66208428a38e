//! The record of one billing problem (DESIGN section 5).

use serde::{Deserialize, Serialize};

use crate::day::Day;
use crate::text::Text;

/// Who said that something is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub enum Said {
    /// One of our rules, before the invoice left.
    Rule,
    /// The platform that took, or did not take, the file.
    Platform,
    /// The buyer, through the platform.
    Buyer,
}

/// A billing problem: one per invoice and sub-cause. Times are milliseconds since the epoch, UTC.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    pub id: String,
    pub invoice_id: String,
    /// BT-1 of the invoice, where it could be read.
    pub invoice_number: Option<String>,
    /// What identifies the customer in counts: SIRET, else SIREN, VAT number, GLN, else the name.
    pub customer: String,
    pub customer_name: String,
    /// Sub-cause of the taxonomy, such as `A2`.
    pub cause: String,
    /// Rule id, status or reason code, as it came.
    pub code: String,
    /// The platform's or the buyer's text, as it came.
    pub text: Option<String>,
    /// Our rule's sentence, where a rule said it.
    #[serde(default)]
    pub message: Option<Text>,
    pub said: Said,
    /// Amount at stake, as a decimal number; part of the invoice where only part is contested.
    pub amount: Option<String>,
    pub currency: Option<String>,
    pub opened_at: i64,
    pub closed_at: Option<i64>,
    /// Why it closed: `replaced`, `corrected`, `delivered`, `accepted`, `paid`, `released`, `valid`, `number-free`, `person`.
    pub closed_why: Option<String>,
    pub owner: Option<String>,
    /// What facteur proposes to do.
    #[serde(default)]
    pub suggestion: Option<Text>,
    /// What a person decided to do.
    pub next_action: Option<String>,
    pub next_action_on: Option<Day>,
    /// The rule that would have caught it before the invoice left.
    pub rule: Option<String>,
    /// Who acts next, as in the code map: `seller`, `integrator` (the seller's IT), `buyer`, `platform`, joined by `+`; or
    /// `none`.
    pub acts: String,
    /// May the corrected document bear the same number?
    pub number_reusable: bool,
    /// Computed from dates, text or silence rather than told by a code.
    pub inferred: bool,
    /// Id of the invoice that corrects this one.
    pub correction: Option<String>,
    /// What people and later answers changed, oldest first; nothing is forgotten.
    pub changes: Vec<Change>,
}

/// One change of a problem: a comment, a new cause, another owner, a closing.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Change {
    pub at: i64,
    pub author: String,
    /// `comment`, `cause`, `owner`, `next-action`, `due` (its day), `closed` (`to` says why), `reopened`, `said-again`. The state at a past
    /// instant is read from these: whoever closes, reopens or requalifies writes one.
    pub what: String,
    pub from: Option<String>,
    pub to: Option<String>,
    /// With a `cause`: whether the cause before it was inferred. A cause confirmed is a change from itself to itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub was_inferred: Option<bool>,
}
