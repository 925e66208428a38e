//! ready → sending → delivered | refused | unknown: the intent on disk before the call, and what the answer makes of it.

use serde_json::json;

use super::draft::Draft;
use super::outgoing;
use super::settings::{PlatformSettings, Settings, backoff};
use super::trouble::{self, Trouble};
use crate::clock::Millis;
use crate::lifecycle::State;
use crate::platforms::{Deposit, Intent, UNSEEN};
use crate::problems::{Family, Mapped, Problem, Said, cause_of_code};
use crate::store::{InvoiceRow, Sent};

pub(super) const DUPLICATE: &str = "a repeated deposit was refused as a duplicate: an earlier one seems to be there";

/// Written and on disk before the platform is called. Whatever finds the row in `sending` without a lease knows that the
/// call may have been made.
pub(super) fn intend(
    row: &InvoiceRow,
    intent: &Intent,
    settings: &Settings,
    platform: &PlatformSettings,
    at: Millis,
) -> Draft {
    let mut draft = Draft::new(row, at);
    let (attempt, until) = (row.attempt, at + platform.call_timeout);
    draft.go(State::Sending, Some(at));
    // Counts on over sends that provably did not leave, so that their waits grow.
    draft.row.attempt = attempt;
    draft.row.deposits += 1;
    begun(&mut draft);
    outgoing::fix(&mut draft);
    // What was said of a former deposit, which came to nothing, says nothing about this one; its events stay.
    draft.row.reference = None;
    draft.row.platform_invoice = None;
    draft.row.statuses.clear();
    draft.row.said_duplicate = false;
    draft.row.call_until = Some(until);
    draft.keep_until = Some(until + settings.lease_margin);
    let nth = draft.row.deposits;
    draft.say("intent", json!({ "platform": draft.row.platform, "deposit": nth, "intent": intent }));
    draft
}

/// The first is kept, however many there are: it tells since when the platform may know the invoice.
fn begun(draft: &mut Draft) {
    const KEPT: usize = 50;
    if draft.row.sends.len() >= KEPT {
        draft.row.sends.remove(1);
    }
    let platform = draft.row.platform.clone().unwrap_or_default();
    draft.row.sends.push(Sent { platform, at: draft.at, reference: None });
}

pub(super) fn ended(
    row: &InvoiceRow,
    deposit: &Deposit,
    known: &[Problem],
    settings: &PlatformSettings,
    at: Millis,
) -> Draft {
    let mut draft = Draft::new(row, at);
    let platform = draft.platform();
    match deposit {
        Deposit::Taken { reference, raw } => {
            draft.keep("deposit", raw);
            draft.row.reference = Some(reference.clone());
            if let Some(sent) = draft.row.sends.last_mut() {
                sent.reference = Some(reference.clone());
            }
            draft.go(State::Delivered, Some(at + backoff(settings.follow_first, settings.follow_most, 0, &row.id)));
            draft.say_as(&platform, "delivered", json!({ "reference": reference }));
            trouble::close_at_delivery(&mut draft, known);
        }
        Deposit::Refused { code, text, raw } => {
            draft.keep("deposit", raw);
            let mapped = refusal(settings.family, code, text);
            if mapped.cause.id == "A6" && row.deposits > 1 {
                // The platform knows it: an earlier deposit of ours got through after all. Asking settles it.
                draft.row.said_duplicate = true;
                doubt(&mut draft, DUPLICATE, settings);
                return draft;
            }
            draft.go(State::Refused, None);
            draft.free_number = !draft.row.keeps_number();
            draft.say_as(&platform, "refused", json!({ "code": code, "text": text, "existed": draft.row.existed }));
            let (said, text, message, passed) = (Said::Platform, Some(text.as_str()), None, None);
            let trouble = Trouble { said, code, text, message, mapped, passed, outweighs: true };
            trouble::open(&mut draft, known, &trouble);
        }
        Deposit::NotSent { why, retry_after_ms, raw } => {
            draft.keep("deposit", raw);
            let attempt = row.attempt.saturating_add(1);
            let wait = backoff(settings.retry_first, settings.retry_most, row.attempt, &row.id);
            let asked = retry_after_ms.map_or(0, |ms| Millis::try_from(ms).unwrap_or(Millis::MAX / 2));
            let next = at + wait.max(asked);
            draft.go(State::Ready, Some(next));
            draft.row.attempt = attempt;
            // It did not leave: this one is not counted among the deposits that might be there.
            draft.row.deposits = draft.row.deposits.saturating_sub(1);
            draft.row.sends.pop();
            draft.row.call_until = None;
            draft.row.last_error = Some(why.clone());
            draft.say("postponed", json!({ "why": why, "attempt": attempt, "next_at": next }));
        }
        Deposit::Unknown { why, raw, .. } => {
            draft.keep("deposit", raw);
            // There, and not as ours: no absence is proof of anything.
            draft.row.said_duplicate = why == UNSEEN;
            doubt(&mut draft, why, settings);
        }
    }
    draft
}

/// A row in `sending` that nobody works on: whoever wrote the intent is gone, and its call may have been made. Or it slept
/// (a suspended machine) and is making it now, until its own time is up.
pub(super) fn interrupted(row: &InvoiceRow, settings: &PlatformSettings, at: Millis) -> Draft {
    let mut draft = Draft::new(row, at);
    draft.row.call_until = Some(at + settings.call_timeout);
    doubt(&mut draft, "facteur stopped between the intent and the answer", settings);
    draft
}

fn doubt(draft: &mut Draft, why: &str, settings: &PlatformSettings) {
    let at = draft.at;
    let until = draft.row.call_until.map_or(at, |until| until.max(at));
    draft.row.call_until = Some(until);
    draft.go(State::Unknown, Some(at + backoff(settings.ask_first, settings.ask_most, 0, &draft.row.id)));
    draft.row.last_error = Some(why.into());
    draft.say("unknown", json!({ "why": why, "proof_after": settings.absence_proof.map(|wait| until + wait) }));
}

/// The cause behind a deposit that was not taken. A code of its own in the map counts; any other is a technical refusal.
fn refusal(family: Family, code: &str, text: &str) -> Mapped {
    let mapped = cause_of_code(family, code, None, Some(text));
    if mapped.known {
        return mapped;
    }
    match family {
        // `codeRetour`, a number, and the status of an answer without one have rows of their own.
        Family::Chorus if code.parse::<f64>().is_ok() => {
            cause_of_code(family, &format!("codeRetour {code}"), None, Some(text))
        }
        Family::Chorus if code.starts_with("HTTP_") => {
            cause_of_code(family, &code.replacen('_', " ", 1), None, Some(text))
        }
        Family::Chorus => cause_of_code(family, "IN_REJETE", Some(code), Some(text)),
        Family::Pa => cause_of_code(family, "501", Some(code), Some(text)),
        _ => mapped,
    }
}
