//! delivered → …: what the statuses of a platform make of an invoice. Repeats and late arrivals change nothing; unknown
//! codes are kept; the raw answer is in the same commit as what was understood from it.

use serde_json::json;

use super::draft::{Draft, FACTEUR};
use super::moves;
use super::ports::{Meaning, chorus_meaning};
use super::settings::{PlatformSettings, backoff};
use super::trouble::{self, Trouble};
use crate::clock::Millis;
use crate::lifecycle::State;
use crate::platforms::{Follow, PlatformStatus, Raw, Voice};
use crate::problems::{Family, Mapped, Problem, Said, cause_of_code};
use crate::store::{Heard, InvoiceRow};

/// Most statuses kept for one invoice; a platform that tells more is out of order, and a person looks.
const STATUSES: usize = 1_000;

pub(super) fn heard(
    row: &InvoiceRow,
    follow: &Follow,
    known: &[Problem],
    settings: &PlatformSettings,
    at: Millis,
) -> Draft {
    let mut draft = Draft::new(row, at);
    match follow {
        Follow::Statuses { platform_invoice, statuses, raw } => {
            told(&mut draft, platform_invoice.as_deref(), statuses, raw, known, settings);
        }
        Follow::NoAnswer { why, retry_after_ms, raw } => {
            if row.last_error.as_deref() != Some(why) {
                draft.keep("follow", raw);
                draft.say("unanswered", json!({ "about": "follow", "why": why }));
            }
            let asked = retry_after_ms.map_or(0, |ms| Millis::try_from(ms).unwrap_or(Millis::MAX / 2));
            ask_later(&mut draft, settings);
            draft.row.due_at = draft.row.due_at.map(|due| due.max(at + asked));
            draft.row.last_error = Some(why.clone());
        }
    }
    draft
}

fn told(
    draft: &mut Draft,
    platform_invoice: Option<&str>,
    statuses: &[PlatformStatus],
    raw: &[Raw],
    known: &[Problem],
    settings: &PlatformSettings,
) {
    let fresh: Vec<&PlatformStatus> = fresh(&draft.row.statuses, statuses);
    let named = platform_invoice.filter(|id| draft.row.platform_invoice.as_deref() != Some(*id));
    draft.row.last_error = None;
    if fresh.is_empty() && named.is_none() {
        return ask_later(draft, settings);
    }
    draft.keep("follow", raw);
    if let Some(id) = named {
        draft.row.platform_invoice = Some(id.into());
        draft.row.existed = true;
    }
    let mut resend = false;
    for status in fresh {
        let meaning = meaning(settings.family, &status.code);
        let mapped = cause_of_code(settings.family, &status.code, status.reason.as_deref(), status.text.as_deref());
        let about_resend = is_about_resend(draft, status, &mapped);
        resend |= meaning.resend;
        note(draft, status, &meaning, about_resend);
        let refuses = matches!(meaning.state, Some(State::Refused | State::Suspended | State::Disputed));
        if !about_resend && (refuses || meaning.known && mapped.opens) {
            let said = if status.voice == Voice::Buyer { Said::Buyer } else { Said::Platform };
            let code = status.reason.as_deref().unwrap_or(&status.code);
            trouble::open(draft, known, &Trouble { said, code, text: status.text.as_deref(), mapped });
        }
    }
    settle(draft, resend, known, settings);
}

/// Statuses not heard before: another code, time, reason or speaker.
fn fresh<'a>(before: &[Heard], statuses: &'a [PlatformStatus]) -> Vec<&'a PlatformStatus> {
    let mut fresh: Vec<&PlatformStatus> = Vec::new();
    for status in statuses {
        let heard = heard_of(status);
        if !before.contains(&heard) && !fresh.iter().any(|other| heard_of(other) == heard) {
            fresh.push(status);
        }
    }
    fresh
}

fn note(draft: &mut Draft, status: &PlatformStatus, meaning: &Meaning, about_resend: bool) {
    draft.row.statuses.push(heard_of(status));
    if meaning.exists == Some(true) {
        draft.row.existed = true;
    }
    let data = json!({
        "code": status.code, "reason": status.reason, "text": status.text, "at": status.at, "voice": status.voice,
        "known": meaning.known, "state": meaning.state, "cdar": meaning.cdar, "label": meaning.label,
        "about_resend": about_resend,
    });
    let platform = draft.platform();
    draft.say_as(&platform, "status", data);
}

/// The platform (not the buyer) calls a duplicate what it has already taken as an invoice: that is about another deposit
/// of the same document, and the invoice itself stands.
fn is_about_resend(draft: &Draft, status: &PlatformStatus, mapped: &Mapped) -> bool {
    status.voice == Voice::Platform && mapped.cause.id == "A6" && draft.row.existed
}

/// The state that follows from all that was heard.
fn settle(draft: &mut Draft, resend: bool, known: &[Problem], settings: &PlatformSettings) {
    let before = draft.state();
    if resend && !draft.row.existed {
        return send_anew(draft, settings);
    }
    if draft.row.statuses.len() > STATUSES {
        return draft.park("the platform tells more statuses than an invoice can have");
    }
    let after = outcome(draft, settings.family);
    if draft.row.deposits > 1 && after == State::Refused && !draft.row.existed && last_is_duplicate(draft, settings) {
        return draft.park("a repeated deposit was refused as a duplicate: look for the first one at the platform");
    }
    let platform = draft.platform();
    if after != before && moves::allowed(before, after) {
        draft.go(after, None);
        let last = draft.row.statuses.last().cloned();
        draft.say_as(
            &platform,
            after.as_str(),
            json!({ "from": before, "status": last, "existed": draft.row.existed }),
        );
        if after == State::Refused {
            draft.free_number = !draft.row.existed;
        }
    }
    let now = draft.state();
    if matches!(now, State::Accepted | State::Paid) {
        let why = now.as_str();
        trouble::close(draft, known, why, FACTEUR, None, |problem| problem.said != Said::Rule);
    }
    draft.row.attempt = 0;
    let wait = backoff(settings.follow_first, settings.follow_most, 0, &draft.row.id);
    draft.row.due_at = followed(now).then_some(draft.at + wait);
}

/// The states of a row in order of the platform's own times, applied one after the other.
fn outcome(draft: &Draft, family: Family) -> State {
    let mut in_order: Vec<(&str, &Heard)> = Vec::with_capacity(draft.row.statuses.len());
    let mut time = "";
    for heard in &draft.row.statuses {
        // One without a time stands where it was heard.
        time = heard.at.as_deref().unwrap_or(time);
        in_order.push((time, heard));
    }
    in_order.sort_by(|a, b| a.0.cmp(b.0));
    let mut state = State::Delivered;
    let mut existed = false;
    for (_, heard) in in_order {
        let meaning = meaning(family, &heard.code);
        let duplicate = cause_of_code(family, &heard.code, heard.reason.as_deref(), None).cause.id == "A6";
        let about_resend = duplicate && existed && heard.voice == Voice::Platform;
        existed |= meaning.exists == Some(true);
        if let Some(next) = meaning.state.filter(|&next| !about_resend && moves::allowed(state, next)) {
            state = next;
        }
    }
    state
}

fn last_is_duplicate(draft: &Draft, settings: &PlatformSettings) -> bool {
    let of =
        |heard: &Heard| cause_of_code(settings.family, &heard.code, heard.reason.as_deref(), None).cause.id == "A6";
    draft.row.statuses.last().is_some_and(of)
}

/// The platform says that it did not process the deposit and wants it again.
fn send_anew(draft: &mut Draft, settings: &PlatformSettings) {
    if draft.row.deposits >= settings.deposits {
        return draft.park("the platform failed to process it several times: ask its support, then retry");
    }
    let reference = draft.row.reference.clone();
    let wait = backoff(settings.retry_first, settings.retry_most, draft.row.deposits, &draft.row.id);
    let next = draft.at + wait;
    draft.go(State::Ready, Some(next));
    draft.say(
        "resend",
        json!({ "why": "the platform did not process the deposit", "former_reference": reference, "next_at": next }),
    );
}

fn ask_later(draft: &mut Draft, settings: &PlatformSettings) {
    draft.row.attempt = draft.row.attempt.saturating_add(1);
    let wait = backoff(settings.follow_first, settings.follow_most, draft.row.attempt, &draft.row.id);
    draft.row.due_at = Some(draft.at + wait);
}

/// States in which the platform may still have news.
pub(super) fn followed(state: State) -> bool {
    matches!(state, State::Unknown | State::Delivered | State::Accepted | State::Suspended | State::Disputed)
}

fn heard_of(status: &PlatformStatus) -> Heard {
    Heard { code: status.code.clone(), reason: status.reason.clone(), at: status.at.clone(), voice: status.voice }
}

fn meaning(family: Family, code: &str) -> Meaning {
    match family {
        Family::Chorus => chorus_meaning(code),
        // Their tables come with their clients; until then a code is kept and changes nothing.
        _ => Meaning::default(),
    }
}
