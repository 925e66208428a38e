//! ready → received: an invoice that waits to leave is judged again where the day or the customer files that its verdict rests on are
//! others by now. A waiver that ended, or a rule that a customer wants since, holds it before it leaves and not after.
//!
//! It keeps its number until that judgement is done, and nothing of it is at a platform: what is `ready` never left, or provably did
//! not arrive. The judgement itself is the usual one, so that a process that ends in between goes on where it stood.

use serde_json::json;

use super::draft::Draft;
use super::ports::Verdict;
use crate::clock::Millis;
use crate::lifecycle::State;
use crate::store::{InvoiceRow, JudgedOn, ReleasedOf};

/// What is other than it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Why {
    /// The customer files, or what else the judge goes by.
    Files,
    Day,
    /// It was judged before this was written down.
    Unknown,
    /// No platform takes its document, and what leaves in its place is not there: an earlier version judged it.
    Unwritten,
    /// Its number is that of another one, which a platform told late to have.
    Number,
}

impl Why {
    /// As events call it.
    fn as_str(self) -> &'static str {
        match self {
            Why::Files => "customer-files",
            Why::Day => "day",
            Why::Unknown => "unknown",
            Why::Unwritten => "unwritten",
            Why::Number => "number",
        }
    }
}

/// Does the verdict of a ready invoice rest on something else than what holds `now`? One that a person let go in spite of its
/// verdict leaves by that person's word.
pub(super) fn outdated(row: &InvoiceRow, now: &JudgedOn) -> Option<Why> {
    if row.is_unwritten() {
        return Some(Why::Unwritten);
    }
    let by_person = row.released.as_ref().is_some_and(|released| released.of == ReleasedOf::Findings);
    if by_person || row.verdict.as_deref() != Some(Verdict::Valid.as_str()) {
        return None;
    }
    match &row.judged_on {
        None => Some(Why::Unknown),
        Some(on) if on.basis != now.basis => Some(Why::Files),
        Some(on) if on.day != now.day => Some(Why::Day),
        Some(_) => None,
    }
}

/// Back to be judged, at once.
pub(super) fn judge_again(row: &InvoiceRow, why: Why, at: Millis) -> Draft {
    let mut draft = Draft::new(row, at);
    draft.go(State::Received, Some(at));
    let since = row.judged_on.as_ref().map(|on| on.day);
    draft.say("judged-again", json!({ "why": why.as_str(), "judged_on": since, "verdict": row.verdict }));
    draft
}
