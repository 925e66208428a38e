//! unknown → delivered | ready | parked: a lost answer is settled by asking the platform, never by sending again.

use serde_json::json;

use super::draft::Draft;
use super::settings::{PlatformSettings, backoff};
use super::trouble;
use crate::clock::Millis;
use crate::lifecycle::State;
use crate::platforms::{Line, Search};
use crate::problems::Problem;
use crate::store::{InvoiceRow, Released, ReleasedOf};

/// `asked_at` is when the question was about to leave: what was absent then says nothing about later. `known` are the
/// invoice's problems as stored.
pub(super) fn asked(
    row: &InvoiceRow,
    search: &Search,
    asked_at: Millis,
    known: &[Problem],
    settings: &PlatformSettings,
    at: Millis,
) -> Draft {
    let mut draft = Draft::new(row, at);
    match search {
        Search::Found { reference, platform_invoice, raw } => {
            draft.keep("search", raw);
            found(&mut draft, reference.clone(), platform_invoice.clone());
            trouble::close_at_delivery(&mut draft, known);
        }
        Search::Absent { raw } => {
            draft.keep("search", raw);
            absent(&mut draft, row, asked_at, settings);
        }
        Search::NoAnswer { why, line: Line::Answers, raw } if ends(row, asked_at, settings, at) => {
            draft.keep("search", raw);
            undecided(&mut draft, row, asked_at, why, settings);
        }
        Search::NoAnswer { why, raw, .. } => {
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

fn found(draft: &mut Draft, reference: Option<String>, platform_invoice: Option<String>) {
    draft.row.reference = reference.or(draft.row.reference.take());
    if let Some(sent) = draft.row.sends.last_mut() {
        sent.reference = draft.row.reference.clone();
    }
    draft.row.perhaps_there = false;
    draft.row.platform_invoice = platform_invoice.or(draft.row.platform_invoice.take());
    // What it called a duplicate, and shows now, it has as an invoice.
    draft.row.existed |= draft.row.platform_invoice.is_some() || draft.row.said_duplicate;
    draft.row.said_duplicate = false;
    draft.end_doubt();
    let questions = draft.row.attempt.saturating_add(1);
    draft.go(State::Delivered, Some(draft.at));
    draft.say("settled", json!({ "how": "found", "questions": questions }));
    let data = json!({ "reference": draft.row.reference, "platform_invoice": draft.row.platform_invoice });
    let platform = draft.platform();
    draft.say_as(&platform, "delivered", data);
}

fn absent(draft: &mut Draft, row: &InvoiceRow, asked_at: Millis, settings: &PlatformSettings) {
    let last_call = row.call_until.unwrap_or(row.updated_at);
    if let Some(released) = row.released.as_ref().filter(|released| released.of == ReleasedOf::Doubt) {
        // A call that may still be leaving, or a question older than the release, says nothing. Nor does a person know more than
        // the platform where it has said how long a deposit may stay invisible: the word counts for what time cannot prove.
        let from = (last_call + settings.absence_proof.unwrap_or(0)).max(released.at);
        return if asked_at >= from {
            again_by_person(draft, released, asked_at, settings)
        } else {
            wait(draft, row, Some(from), settings)
        };
    }
    let proof_at = settings.absence_proof.map(|wait| last_call + wait);
    let long = draft.at >= last_call + settings.park_unknown_after;
    match proof_at {
        proof_at if row.said_duplicate && proof_at.map_or(long, |proof_at| asked_at >= proof_at) => draft.park(
            "the platform refused a repeated deposit as a duplicate, yet shows no invoice of this number: \
             look there for it; release it only if it is not there",
        ),
        Some(proof_at) if asked_at >= proof_at => again_by_time(draft, last_call, asked_at, settings),
        None if long => draft.park(
            "the answer to its deposit was lost, and this platform gives no proof of absence: \
             look there for it; release it only if it is not there",
        ),
        _ => wait(draft, row, proof_at, settings),
    }
}

/// Is it time to settle a doubt that the platform answers to, and does not decide? A release says so, and so does the time after which a person looks.
fn ends(row: &InvoiceRow, asked_at: Millis, settings: &PlatformSettings, at: Millis) -> bool {
    let last_call = row.call_until.unwrap_or(row.updated_at);
    match row.released.as_ref().filter(|released| released.of == ReleasedOf::Doubt) {
        Some(released) => asked_at >= (last_call + settings.absence_proof.unwrap_or(0)).max(released.at),
        None => at >= last_call + settings.park_unknown_after,
    }
}

/// The platform answers, and neither shows it nor proves its absence: no question would ever end that. A person looks; and where one looked, their word counts.
fn undecided(draft: &mut Draft, row: &InvoiceRow, asked_at: Millis, why: &str, settings: &PlatformSettings) {
    match row.released.as_ref().filter(|released| released.of == ReleasedOf::Doubt) {
        Some(released) => again_by_person(draft, released, asked_at, settings),
        None => draft.park(&format!(
            "the platform answers, and its answers decide nothing: {why}; look there for it; release it only if it is not there"
        )),
    }
}

/// A deposit that became an invoice would be visible by now. One that was refused on its way in is not visible either, and
/// may be repeated as well.
fn again_by_time(draft: &mut Draft, last_call: Millis, asked_at: Millis, settings: &PlatformSettings) {
    let waited = asked_at - last_call;
    if draft.row.deposits >= settings.deposits {
        draft.park("deposited several times, lost each time, and never found at the platform: something eats deposits");
        return;
    }
    // None of its deposits is there.
    draft.row.perhaps_there = false;
    draft.go(State::Ready, Some(draft.at));
    draft.say(
        "settled",
        json!({
            "how": "absent", "last_call_before": last_call, "asked_at": asked_at, "waited_ms": waited,
            "proof_ms": settings.absence_proof,
            "why": "the platform shows no such invoice after the time in which it would; a deposit that it refused on the \
                    way in would look the same: another deposit is allowed",
        }),
    );
}

/// A person looked, and answers for it: asked once more, the platform does not show it either.
fn again_by_person(draft: &mut Draft, released: &Released, asked_at: Millis, settings: &PlatformSettings) {
    draft.end_doubt();
    // Their word allows another deposit of the same; that there is none it does not prove.
    draft.row.perhaps_there |= settings.absence_proof.is_none() || draft.row.said_duplicate;
    draft.row.said_duplicate = false;
    draft.go(State::Ready, Some(draft.at));
    draft.say(
        "settled",
        json!({
            "how": "absent", "asked_at": asked_at, "proof_ms": settings.absence_proof,
            "released_by": released.author, "released_at": released.at, "reason": released.reason,
            "why": "asked after its release, the platform shows no such invoice: the word of the person who released it \
                    stands for the proof, and another deposit is allowed",
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
