//! When a pack's fatal rules only warn.

use serde::{Deserialize, Serialize};

use crate::day::Day;
use crate::invoice::Invoice;
use crate::text::Lang;

use super::engine::Judged;
use super::finding::Severity;
use super::registry::Pack;

/// Are we about to send the invoice, or did we receive it?
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub enum Direction {
    #[default]
    Out,
    In,
}

/// Days on which what is fatal only warns, for invoices of one direction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Phase {
    pub direction: Direction,
    /// The last of these days; without one, they have no end.
    pub warning_until: Option<Day>,
}

impl Phase {
    /// Whose invoices, until when they warn, and from when they are fatal: `issuing: warning until 2026-08-31, fatal from 2026-09-01`.
    pub fn said(&self, lang: Lang) -> String {
        let direction = match self.direction {
            Direction::Out => lang.pick("émission", "issuing"),
            Direction::In => lang.pick("réception", "receiving"),
        };
        let colon = lang.pick(" : ", ": ");
        let Some(last) = self.warning_until else {
            return format!("{direction}{colon}{}", lang.pick("avertissement, sans fin", "warning, without end"));
        };
        let until = lang.pick("avertissement jusqu'au", "warning until");
        let from = Day::from_epoch(last.since_epoch() + 1).map_or_else(String::new, |first| {
            format!(", {} {first}", lang.pick("bloquante à partir du", "fatal from"))
        });
        format!("{direction}{colon}{until} {last}{from}")
    }

    /// Is a day one of them?
    pub fn warns_on(&self, day: Day) -> bool {
        self.warning_until.is_none_or(|last| day <= last)
    }
}

impl Pack {
    /// The days of warning of a direction, where the pack has any.
    pub fn phase(&self, direction: Direction) -> Option<&'static Phase> {
        self.calendar.iter().find(|phase| phase.direction == direction)
    }

    /// Judges a document as of a day: in the days of warning, what is fatal warns, but for rules that follow no calendar.
    pub fn judge_on(&'static self, invoice: &Invoice<'_>, direction: Direction, day: Day) -> Judged {
        let mut judged = self.judge(invoice);
        if self.phase(direction).is_some_and(|phase| phase.warns_on(day)) {
            let steady = |id: &str| self.rules.iter().any(|rule| rule.steady && rule.id == id);
            for finding in judged.findings.iter_mut().filter(|f| f.severity == Severity::Fatal) {
                if !steady(&finding.rule) {
                    finding.severity = Severity::Warning;
                }
            }
        }
        judged
    }
}
