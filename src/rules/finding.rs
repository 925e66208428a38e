//! What a rule found.

use serde::{Deserialize, Serialize};

use crate::day::Day;
use crate::invoice::Place;
use crate::text::Text;
use crate::xml::{Name, NodeId};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub enum Severity {
    Information,
    Warning,
    #[default]
    Fatal,
}

/// One failed assertion, with all that a person needs to mend it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
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
    /// How the expected amount was computed, where it is a sum or a product.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub working: Option<Working>,
    /// What is right, in the syntax of the document: one element, or a few.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub example: Option<String>,
    /// The finding of the same report that this one comes from, by its position from 0: with that one mended, this one goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub follows: Option<usize>,
    /// The severity that its rule gives it, where a customer's file says another one (`severity`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub severity_was: Option<SeverityWas>,
    /// Who answers for it, where somebody does: it stands, and does not block.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<Waived>,
    /// Where it aims in the tree that was judged, for whoever looks for its cause. No part of what is written, and gone from a
    /// report that is done.
    #[serde(skip)]
    pub aim: Option<Aim>,
}

/// A severity before it was changed, and who changed it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub struct SeverityWas {
    /// As the rule has it, on the day that counts.
    pub severity: Severity,
    /// The file that says otherwise, and the line.
    pub file: String,
    pub line: u32,
    /// The platform for whose invoices the configuration says so; absent where a customer's file does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// Why, in its author's words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A waiver as it marks a finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub struct Waived {
    /// The rule or group that is waived.
    pub rule: String,
    pub author: String,
    pub reason: String,
    /// The last day on which it holds.
    #[cfg_attr(feature = "world", schema(value_type = String, format = Date))]
    pub until: Day,
    /// The file it is written in, and the line.
    pub file: String,
    pub line: u32,
}

impl Finding {
    /// Does it make the document invalid? What is fatal does, unless somebody answers for it.
    pub fn blocks(&self) -> bool {
        self.severity == Severity::Fatal && self.waived.is_none()
    }

    /// Was a fatal severity of an official rule taken from it? Who did, then.
    pub fn lowered(&self) -> Option<&SeverityWas> {
        lowered(&self.rule, self.severity, self.severity_was.as_ref())
    }
}

/// Who took the fatal severity of an official rule from a finding that has this severity now; none where nobody did.
pub fn lowered<'w>(rule: &str, now: Severity, was: Option<&'w SeverityWas>) -> Option<&'w SeverityWas> {
    let fell = |was: &&SeverityWas| was.severity == Severity::Fatal && now != Severity::Fatal;
    was.filter(fell).filter(|_| super::registry::rule(rule).is_some())
}

/// What is wrong about an element or attribute: only findings about the same are mended together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum About {
    /// Its value is not the right one.
    Value,
    /// It is not there.
    Missing,
    /// It may not stand there.
    Banned,
    /// It stands once too often, or twice.
    TooMany,
}

/// What is wrong in the tree, and the value that would put it right where there is one alone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Aim {
    pub about: About,
    /// The element that is wrong, whose attribute is, or in which something is missing.
    pub node: NodeId,
    pub attribute: Option<Name>,
    /// The child that is missing.
    pub child: Option<Name>,
    pub right: Option<String>,
}

/// A computation as its rule makes it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub struct Working {
    /// What went in, in the order of the computation; the first `limits::ADDENDS`.
    pub parts: Vec<Part>,
    /// How many more went in.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub more: usize,
    /// What came out: the amount that is expected.
    pub result: String,
    /// What was found less what came out, with its sign; none where nothing was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub difference: Option<String>,
}

/// One amount of a computation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub struct Part {
    /// `+`, `-`, `×` or `÷`: how it went in.
    pub sign: String,
    /// The term with its instance, such as `BG-25[2]/BT-131`; empty where it is a number of the formula itself, such as the 100 of
    /// a percentage.
    pub term: String,
    /// As written.
    pub value: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
}

fn is_zero(n: &usize) -> bool {
    *n == 0
}
