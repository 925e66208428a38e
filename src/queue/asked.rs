//! unknown → delivered | ready | parked: a lost answer is settled by asking the platform, never by sending again.

use serde_json::json;

use super::draft::Draft;
use super::settings::{PlatformSettings, backoff};
use crate::clock::Millis;
use crate::lifecycle::State;
use crate::platforms::Search;
use crate::store::InvoiceRow;

/// `asked_at` is when the question was about to leave: what was absent then says nothing about later.
pub(super) fn asked(
    row: &InvoiceRow,
    search: &Search,
    asked_at: Millis,
    settings: &PlatformSettings,
    at: Millis,
) -> Draft {
    let mut draft = Draft::new(row, at);
    let platform = draft.platform();
    let last_call = row.call_until.unwrap_or(row.updated_at);
    match search {
        Search::Found { reference, platform_invoice, raw } => {
            draft.keep("search", raw);
            draft.row.reference = reference.clone().or(draft.row.reference.take());
            draft.row.platform_invoice = platform_invoice.clone().or(draft.row.platform_invoice.take());
            draft.row.existed |= draft.row.platform_invoice.is_some();
            draft.go(State::Delivered, Some(at));
            draft.say("settled", json!({ "how": "found", "questions": row.attempt.saturating_add(1) }));
            let data = json!({ "reference": draft.row.reference, "platform_invoice": draft.row.platform_invoice });
            draft.say_as(&platform, "delivered", data);
        }
        Search::Absent { raw } => {
            draft.keep("search", raw);
            let proof_at = settings.absence_proof.map(|wait| last_call + wait);
            match proof_at {
                Some(proof_at) if asked_at >= proof_at => absent(&mut draft, last_call, asked_at, settings),
                None if at >= last_call + settings.park_unknown_after => draft.park(
                    "the answer to its deposit was lost, and this platform gives no proof of absence: \
                     look there for it; release it only if it is not there",
                ),
                _ => wait(&mut draft, row, proof_at, settings),
            }
        }
        Search::NoAnswer { why, raw } => {
            // The same silence again is no news; the first one of its kind is kept.
            if row.last_error.as_deref() != Some(why) {
                draft.keep("search", raw);
                draft.say("unanswered", json!({ "about": "search", "why": why }));
            }
            wait(&mut draft, row, None, settings);
            draft.row.last_error = Some(why.clone());
        }
    }
    draft
}

/// Proven: a deposit would be visible by now.
fn absent(draft: &mut Draft, last_call: Millis, asked_at: Millis, settings: &PlatformSettings) {
    let waited = asked_at - last_call;
    if draft.row.deposits >= settings.deposits {
        draft.park("deposited several times, lost each time, and never found at the platform: something eats deposits");
        return;
    }
    draft.go(State::Ready, Some(draft.at));
    draft.say(
        "settled",
        json!({
            "how": "absent", "last_call_before": last_call, "asked_at": asked_at, "waited_ms": waited,
            "proof_ms": settings.absence_proof,
            "why": "the platform does not have it, and would show a deposit by now: it may be sent again",
        }),
    );
}

fn wait(draft: &mut Draft, row: &InvoiceRow, proof_at: Option<Millis>, settings: &PlatformSettings) {
    let pause = backoff(settings.ask_first, settings.ask_most, row.attempt.saturating_add(1), &row.id);
    // One question falls right on the moment from which absence is proof.
    let next = proof_at.filter(|&proof| proof > draft.at).map_or(draft.at + pause, |proof| proof.min(draft.at + pause));
    draft.row.due_at = Some(next);
    draft.row.attempt = row.attempt.saturating_add(1);
}
