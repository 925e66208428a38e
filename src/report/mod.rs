//! What was judged, and how it is shown: `facteur-report/1`.

mod causes;
mod csv;
pub mod dated;
mod form;
pub mod html;
mod json;
mod junit;
mod markup;
mod message;
pub mod overruled;
mod sarif;
mod svrl;
mod text;

use serde::{Deserialize, Serialize};

use crate::day::Day;
use crate::invoice::{is_credit, owed};
use crate::rules::{Direction, Finding, Severity};
use crate::text::{Lang, Text};

pub use causes::{Group, groups};
pub use form::{Document, Form, Format, Later, Manner, Piece, Roll, Seen, whole};
pub use json::line;
pub use message::Message;
pub use text::text;

/// The three verdicts. Never `valid` where a required pack did not run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub enum Verdict {
    Valid,
    Invalid,
    NotJudged,
}

impl Verdict {
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Valid => "valid",
            Verdict::Invalid => "invalid",
            Verdict::NotJudged => "not-judged",
        }
    }
}

/// The report of one document, in both languages. The same input and the same `as_of` give the same bytes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub struct Report {
    /// `facteur-report/1`.
    pub schema: String,
    pub tool: String,
    pub file: String,
    /// SHA-256 of the bytes, hexadecimal.
    pub sha256: String,
    /// The day that counts as today.
    #[cfg_attr(feature = "world", schema(value_type = String, format = Date))]
    pub as_of: Day,
    pub verdict: Verdict,
    pub syntax: Option<String>,
    /// BT-24, as written.
    pub profile: Option<String>,
    pub invoice: Option<Summary>,
    /// What the status says, where the document is a life-cycle message rather than an invoice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<Message>,
    pub packs: Vec<PackRun>,
    pub findings: Vec<Finding>,
    /// How many of the findings somebody answers for; none where none is waived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub waived: Option<Waivers>,
    /// How many findings of official rules are fatal no more; none where no such rule was lowered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lowered: Option<Lowered>,
    pub not_run: Vec<NotRun>,
}

/// Findings that are waived: they stand in the report, and block nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub struct Waivers {
    pub findings: usize,
    /// How many of them would block.
    pub fatal: usize,
}

impl Waivers {
    /// Those among these findings.
    pub fn of(findings: &[Finding]) -> Option<Self> {
        let waived = || findings.iter().filter(|f| f.waived.is_some());
        let fatal = waived().filter(|f| f.severity == Severity::Fatal).count();
        Some(Self { findings: waived().count(), fatal }).filter(|all| all.findings > 0)
    }
}

/// Findings of official rules from which a customer's file or the platform's configuration took the fatal severity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub struct Lowered {
    pub findings: usize,
}

impl Lowered {
    /// Those among these findings.
    pub fn of(findings: &[Finding]) -> Option<Self> {
        let findings = findings.iter().filter(|finding| finding.lowered().is_some()).count();
        Some(Self { findings }).filter(|all| all.findings > 0)
    }
}

/// The invoice in six terms, as written.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "world", schema(as = ReportedInvoice))]
pub struct Summary {
    /// BT-1.
    pub number: Option<String>,
    /// BT-2, as YYYY-MM-DD where it is a date, else as written.
    pub issued: Option<String>,
    /// BT-27.
    pub seller: Option<String>,
    /// BT-44.
    pub buyer: Option<String>,
    /// BT-115.
    pub payable: Option<String>,
    /// BT-5.
    pub currency: Option<String>,
    /// The currency written on BT-115, where it is not that of BT-5: what `payable` is an amount of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub payable_currency: Option<String>,
    /// BT-3, for whoever shows the amount at once; not part of what is written.
    #[serde(skip)]
    pub kind: Option<String>,
}

impl Summary {
    /// The currency that `payable` bears: the one written on it, else that of the invoice.
    pub fn payable_in(&self) -> Option<&str> {
        self.payable_currency.as_deref().or(self.currency.as_deref())
    }

    /// The invoice's currency, where the amount due bears another one.
    pub fn other_currency(&self, lang: Lang) -> Option<String> {
        self.payable_currency.as_ref()?;
        let own = self.currency.as_deref().unwrap_or(lang.pick("absente", "missing"));
        Some(format!("{} {own}", lang.pick("devise de la facture, BT-5 :", "invoice currency, BT-5:")))
    }
}

/// A pack that ran.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub struct PackRun {
    pub id: String,
    pub version: String,
    /// SHA-256 of the pack's tables, so that two reports can be told to come from the same rules.
    pub sha256: String,
    /// How many rules it has for this syntax.
    pub rules: usize,
    /// Why it ran: `always`, `BT-24`, `BT-40 = FR`, `--rules`, the customer's file.
    pub reason: String,
    /// Its reason is a guess: what is fatal in it only warns.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub presumed: bool,
    /// How severe it was on the day that counts, where it has a calendar.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub calendar: Option<Calendar>,
    /// Why this version ran, where the day could have chosen another one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_force: Option<InForce>,
}

/// When a version of a pack is in force, and the day that chose it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub struct InForce {
    /// Its first day; absent where nothing was in force before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "world", schema(value_type = Option<String>, format = Date))]
    pub from: Option<Day>,
    /// The first day of the version after it; absent where there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "world", schema(value_type = Option<String>, format = Date))]
    pub before: Option<Day>,
    /// The day that counts.
    #[cfg_attr(feature = "world", schema(value_type = String, format = Date))]
    pub day: Day,
    /// Where that day comes from, as in the calendar.
    pub day_from: String,
}

/// Where a pack stood in its calendar: which severity its fatal rules had, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub struct Calendar {
    /// `fatal`, or `warning` in the days of warning.
    pub severity: Severity,
    /// Is the invoice about to be sent (`out`), or was it received (`in`)?
    pub direction: Direction,
    /// The day that counts.
    #[cfg_attr(feature = "world", schema(value_type = String, format = Date))]
    pub day: Day,
    /// Where that day comes from: `--date`, `BT-2`, or `as_of` where the invoice has no date.
    pub day_from: String,
    /// The last day of warning in that direction; without one, they have no end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "world", schema(value_type = Option<String>, format = Date))]
    pub warning_until: Option<Day>,
}

/// A pack that was asked for and did not run, or not whole.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub struct NotRun {
    pub pack: String,
    pub reason: Text,
}

impl Report {
    /// Is the document a credit note?
    pub fn is_credit(&self) -> bool {
        is_credit(self.syntax.as_deref(), self.invoice.as_ref().and_then(|invoice| invoice.kind.as_deref()))
    }

    /// BT-115 as people are told: of a credit note below zero.
    pub fn due(&self) -> Option<std::borrow::Cow<'_, str>> {
        self.invoice.as_ref()?.payable.as_deref().map(|payable| owed(payable, self.is_credit()))
    }

    /// How many findings of a severity there are, but for those that are waived.
    pub fn count(&self, severity: Severity) -> usize {
        self.findings.iter().filter(|f| f.severity == severity && f.waived.is_none()).count()
    }

    /// Is it valid only because somebody answers for what is fatal?
    pub fn by_waiver(&self) -> bool {
        self.verdict == Verdict::Valid && self.waived.is_some_and(|waived| waived.fatal > 0)
    }
}
