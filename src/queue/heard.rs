//! delivered → …: what the statuses of a platform make of an invoice. Repeats and late arrivals change nothing; unknown
//! codes are kept; the raw answer is in the same commit as what was understood from it.

use serde_json::json;

use super::deposit::DUPLICATE;
use super::draft::{Draft, FACTEUR, Fault};
use super::early;
use super::moves;
use super::number::{self, Rival};
use super::ports::{Meaning, accredited_meaning, chorus_meaning, is_of_life_cycle, peppol_meaning};
use super::settings::{PlatformSettings, backoff};
use super::trouble::{self, Trouble};
use crate::clock::{Millis, moment};
use crate::lifecycle::State;
use crate::platforms::{Follow, PlatformStatus, Raw, Voice};
use crate::problems::{Family, Mapped, Problem, Said, cause_of_code};
use crate::store::{Heard, InvoiceRow};

/// The cause of what is wrong with a status message of ours, and not with the invoice (601).
pub(super) const OUR_STATUS: &str = "X1";

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
        Follow::NoAnswer { why, retry_after_ms, raw, .. } => {
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
    let fresh = fresh(&draft.row.statuses, statuses);
    let named = platform_invoice.filter(|id| draft.row.platform_invoice.as_deref() != Some(*id));
    draft.row.last_error = None;
    if fresh.is_empty() && named.is_none() {
        // What came by messages while it was set aside, or on its way, holds from now on.
        let after = outcome(draft, settings.family);
        return match after != draft.state() && moves::allowed(draft.state(), after) {
            true => settle(draft, false, known, settings),
            false => ask_later(draft, settings),
        };
    }
    draft.keep("follow", raw);
    if let Some(id) = named {
        draft.row.platform_invoice = Some(id.into());
        draft.row.existed = true;
    }
    let resend = hear(draft, fresh, known, settings, Source::Asked);
    settle(draft, resend, known, settings);
}

/// By which way statuses came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// They were asked for: they are about the deposit that counts.
    Asked,
    /// By a message, which may be about any deposit.
    Message,
    /// By a message of a platform to which only an earlier deposit went.
    Elsewhere,
}

/// Statuses that came by themselves, in a message. They are heard in every state; where the invoice is set aside or not at the platform, they move nothing. `rival` is
/// another invoice that holds its number by now.
pub(super) fn by_message(
    draft: &mut Draft,
    statuses: &[PlatformStatus],
    known: &[Problem],
    rival: Option<&Rival>,
    settings: &PlatformSettings,
    from: Source,
) -> Result<(), Fault> {
    let fresh = fresh(&draft.row.statuses, statuses);
    if fresh.is_empty() {
        return Ok(());
    }
    let existed = draft.row.existed;
    let resend = hear(draft, fresh, known, settings, from);
    let before = draft.state();
    if before == State::Ready && draft.row.is_there_already() {
        draft.row.due_at = Some(draft.at);
    }
    if followed(before) || matches!(before, State::Refused | State::Paid | State::Cancelled) {
        settle(draft, resend, known, settings);
    }
    // Its number may have been free meanwhile.
    if draft.row.existed && !existed { number::hold_again(draft, rival, known, before) } else { Ok(()) }
}

/// ready → delivered: what a message told to be there, while another deposit was about to leave, is not sent again.
pub(super) fn there_already(row: &InvoiceRow, known: &[Problem], settings: &PlatformSettings, at: Millis) -> Draft {
    let mut draft = Draft::new(row, at);
    draft.end_doubt();
    draft.go(State::Delivered, Some(at));
    draft.say(
        "settled",
        json!({ "how": "told", "why": "a message of the platform says that an earlier deposit is there" }),
    );
    let (platform, data) =
        (draft.platform(), json!({ "reference": row.reference, "platform_invoice": row.platform_invoice }));
    draft.say_as(&platform, "delivered", data);
    trouble::close_at_delivery(&mut draft, known);
    settle(&mut draft, false, known, settings);
    draft
}

/// Takes up what was not heard before. True where the platform asks for the deposit again. What came by a message may be about any deposit, what was asked for
/// is about the one that counts.
fn hear(
    draft: &mut Draft,
    fresh: Vec<&PlatformStatus>,
    known: &[Problem],
    settings: &PlatformSettings,
    from: Source,
) -> bool {
    let mut resend = false;
    for status in fresh {
        let meaning = meaning(settings.family, &status.code);
        let mapped = cause_of_code(
            family_of(settings.family, &status.code),
            &status.code,
            status.reason.as_deref(),
            status.text.as_deref(),
        );
        let heard = heard_of(status, &mapped);
        let family = settings.family;
        let before = draft.row.statuses.iter().any(|other| exists(family, other));
        let former = match from {
            Source::Asked => false,
            Source::Message => early::is_of_former(&draft.row, status, &meaning, settings),
            Source::Elsewhere => true,
        };
        let early = !former && early::is_early(&draft.row, status, &meaning, settings);
        let mut heard = Heard { former, early, ..heard };
        let about_resend = former || early || is_about_resend(family, &heard, draft.row.deposits > 1, before);
        resend |= meaning.resend && !former && !early;
        let opens = !about_resend && is_wrong(&meaning, &mapped);
        // Nothing of ours left twice: whose duplicate it is, a person has to find out.
        let whose = about_resend && !former && !early && draft.row.deposits <= 1 && meaning.exists != Some(false);
        let unknown = !meaning.known && !opens && !about_resend && status.voice != Voice::Seller;
        heard.cause = match unknown {
            true => Some(early::MESSAGE.into()),
            false => (opens || whose).then(|| mapped.cause.id.clone()),
        };
        let graver = |other: &Heard| {
            other.cause.is_some()
                && other.cause == heard.cause
                && weight(&self::meaning(family, &other.code)) > weight(&meaning)
        };
        let outweighs = !draft.row.statuses.iter().any(graver);
        draft.row.statuses.push(heard);
        note(draft, status, &meaning, about_resend);
        if early {
            early::open(draft, known, status);
        }
        if from == Source::Elsewhere && meaning.exists == Some(true) && status.voice != Voice::Seller {
            early::open_elsewhere(draft, known, status);
        }
        if whose {
            early::open_duplicate(draft, known, status);
        }
        if unknown {
            early::open_unknown(draft, known, status);
        }
        if opens {
            let said = if status.voice == Voice::Buyer { Said::Buyer } else { Said::Platform };
            let code = status.reason.as_deref().unwrap_or(&status.code);
            let text = status.text.as_deref();
            trouble::open(draft, known, &Trouble { said, code, text, message: None, mapped, passed: None, outweighs });
        }
    }
    resend
}

/// Does it open a problem?
fn is_wrong(meaning: &Meaning, mapped: &Mapped) -> bool {
    weight(meaning) > 0 || meaning.known && mapped.opens
}

/// How much a status weighs against the invoice: what refuses it, what holds it up, the rest.
fn weight(meaning: &Meaning) -> u8 {
    match meaning.state {
        Some(State::Refused) => 2,
        Some(State::Suspended | State::Disputed) => 1,
        _ => 0,
    }
}

/// Statuses not heard before, in order of the platform's own times.
fn fresh<'a>(before: &[Heard], statuses: &'a [PlatformStatus]) -> Vec<&'a PlatformStatus> {
    let mut fresh: Vec<&PlatformStatus> = Vec::new();
    for status in statuses {
        let known = before.iter().any(|heard| is_same(heard, status));
        let repeated = || {
            let same = |other: &&PlatformStatus| {
                (&other.code, &other.reason, &other.at) == (&status.code, &status.reason, &status.at)
                    && other.voice == status.voice
            };
            fresh.iter().any(same)
        };
        if !known && !repeated() {
            fresh.push(status);
        }
    }
    in_order(fresh, |status| (status.at.as_deref(), &status.code))
}

fn is_same(heard: &Heard, status: &PlatformStatus) -> bool {
    (&heard.code, &heard.reason, &heard.at) == (&status.code, &status.reason, &status.at) && heard.voice == status.voice
}

fn note(draft: &mut Draft, status: &PlatformStatus, meaning: &Meaning, about_resend: bool) {
    // That a repeated deposit is a duplicate says that another one is there, not that this one is.
    // Nor does what we say ourselves prove anything of what the platform has.
    if meaning.exists == Some(true) && !about_resend && status.voice != Voice::Seller {
        draft.row.existed = true;
    }
    let data = json!({
        "code": status.code, "reason": status.reason, "text": status.text, "at": status.at, "voice": status.voice,
        "known": meaning.known, "state": meaning.state, "cdar": meaning.cdar, "label": meaning.label,
        "about_resend": about_resend, "early": draft.row.statuses.last().is_some_and(|heard| heard.early),
    });
    let speaker = draft.speaker.clone().unwrap_or_else(|| draft.platform());
    draft.say_as(&speaker, "status", data);
}

/// The platform (not the buyer) calls it a duplicate: is that about another deposit of the same document, while the invoice itself stands? Where more than one
/// deposit may have left, or where the invoice was told to be there before: what was taken once is no duplicate of itself, and stands, whoever deposited the
/// other. One that was never told to be there is refused by it. Chorus Pro tells it of the deposit, accredited platforms of the number as well; what Chorus Pro
/// says of an invoice by the invoice's own id is about that invoice.
fn is_about_resend(family: Family, heard: &Heard, repeated: bool, existed: bool) -> bool {
    let meaning = meaning(family, &heard.code);
    let of_file = meaning.exists == Some(false);
    let of_deposit = !meaning.beside && (of_file || family_of(family, &heard.code) != Family::Chorus);
    (repeated || existed)
        && of_deposit
        && !heard.former
        && !heard.early
        && heard.duplicate
        && heard.voice == Voice::Platform
}

fn exists(family: Family, heard: &Heard) -> bool {
    let counts = heard.voice != Voice::Seller && !heard.former && !heard.early;
    counts && meaning(family, &heard.code).exists == Some(true)
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
    let about_resend = |heard: &Heard| is_about_resend(settings.family, heard, draft.row.deposits > 1, false);
    if !draft.row.existed && draft.row.statuses.iter().any(about_resend) {
        return look_for_the_former(draft);
    }
    let after = outcome(draft, settings.family);
    if before == State::Unknown && after == State::Unknown {
        // It is asked on, as it was.
        return;
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
            draft.free_number = !draft.row.keeps_number();
        } else if before == State::Refused {
            // What refused was about another deposit: nothing that was told of this one says it.
            let told: Vec<String> = draft.row.statuses.iter().filter_map(|heard| heard.cause.clone()).collect();
            let about_another = |problem: &Problem| {
                problem.said == Said::Platform && (problem.cause == "A6" || !told.contains(&problem.cause))
            };
            trouble::close(draft, known, after.as_str(), FACTEUR, None, about_another);
        }
    }
    let now = draft.state();
    if matches!(now, State::Accepted | State::Paid) {
        let (why, lasting) = (now.as_str(), lasting(&draft.row, settings.family));
        let over = |problem: &Problem| {
            problem.said != Said::Rule && problem.cause != OUR_STATUS && !lasting.contains(&problem.cause)
        };
        trouble::close(draft, known, why, FACTEUR, None, over);
    }
    draft.row.attempt = 0;
    let wait = backoff(settings.follow_first, settings.follow_most, 0, &draft.row.id);
    draft.row.due_at = followed(now).then_some(draft.at + wait);
}

/// Causes of what an acceptance does not end: what was said after it, and what is about something else than the invoice.
fn lasting(row: &InvoiceRow, family: Family) -> Vec<String> {
    let told = row.statuses.iter().filter(|heard| !heard.former).collect();
    let mut said: Vec<(String, bool)> = Vec::new();
    for heard in in_order(told, |heard| (heard.at.as_deref(), &heard.code)) {
        let meaning = meaning(family, &heard.code);
        if heard.voice != Voice::Seller && matches!(meaning.state, Some(State::Accepted | State::Paid)) {
            said.retain(|(_, beside)| *beside);
        }
        said.extend(heard.cause.clone().map(|cause| (cause, meaning.beside)));
    }
    said.into_iter().map(|(cause, _)| cause).collect()
}

/// The states that were told, in order of the platform's own times, applied one after the other.
fn outcome(draft: &Draft, family: Family) -> State {
    // What was refused in the answer to its deposit, or cancelled, stays so until the platform says something of it as an invoice: what we say of it proves nothing.
    let counts = |heard: &Heard| !heard.former && !heard.early;
    let says =
        |heard: &Heard| counts(heard) && heard.voice != Voice::Seller && meaning(family, &heard.code).state.is_some();
    if matches!(draft.state(), State::Refused | State::Cancelled) && !draft.row.statuses.iter().any(says) {
        return draft.state();
    }
    // A doubt ends by what proves that it is there, or that nothing came of it.
    let proves =
        |heard: &Heard| !heard.former && heard.voice != Voice::Seller && meaning(family, &heard.code).exists.is_some();
    let named = draft.row.reference.is_some() || draft.row.platform_invoice.is_some();
    if draft.state() == State::Unknown && !named && !draft.row.statuses.iter().any(proves) {
        return State::Unknown;
    }
    let mut state = State::Delivered;
    let mut existed = false;
    let told = draft.row.statuses.iter().filter(|heard| counts(heard)).collect();
    for heard in in_order(told, |heard| (heard.at.as_deref(), &heard.code)) {
        let about_resend = is_about_resend(family, heard, draft.row.deposits > 1, existed);
        existed |= exists(family, heard);
        let told = meaning(family, &heard.code).state;
        // A refusal stands, whatever is told after it; what is told late of the time before it is in its place here.
        let stands = state == State::Refused;
        if let Some(next) = told.filter(|&next| !about_resend && !stands && moves::allowed(state, next)) {
            state = next;
        }
    }
    state
}

/// Sorts by the platform's times; what has none, or one that cannot be read, stays behind what it was told after. Life-cycle messages tell seconds, and
/// arrive in any order: those of one second are in the order of an invoice's life.
fn in_order<'a, T>(told: Vec<&'a T>, of: impl Fn(&'a T) -> (Option<&'a str>, &'a str)) -> Vec<&'a T> {
    let mut place = (i64::MIN, u16::MAX);
    let mut placed: Vec<((i64, u16), &T)> = Vec::with_capacity(told.len());
    for one in told {
        let (at, code) = of(one);
        place = match at.and_then(moment) {
            Some(time) => (time, step_of(code)),
            None => (place.0, u16::MAX),
        };
        placed.push((place, one));
    }
    placed.sort_by_key(|(place, _)| *place);
    placed.into_iter().map(|(_, one)| one).collect()
}

/// The place of a status in the life of an invoice: that of its number, but for what is asked for (207, 208) and supplied (209) before anything is decided.
fn step_of(code: &str) -> u16 {
    const ASKED: u16 = 2_045;
    match code.parse::<u16>() {
        Ok(asked @ 207..=209) => ASKED + (asked - 207),
        Ok(other) => other.saturating_mul(10),
        Err(_) => u16::MAX,
    }
}

/// The statuses of an invoice in the order of their own times.
pub fn told_in_order(row: &InvoiceRow) -> Vec<&Heard> {
    in_order(row.statuses.iter().collect(), |heard| (heard.at.as_deref(), &heard.code))
}

/// When the buyer asked for something the last time (207, 208, and what Chorus Pro calls so), as a time and as it was written.
pub(super) fn requested(row: &InvoiceRow) -> Option<(Millis, String)> {
    // Names of the one table are none of the other.
    let asks = |heard: &&Heard| !heard.former && weight(&meaning(Family::Chorus, &heard.code)) == 1;
    let asked = row.statuses.iter().filter(asks).filter_map(|heard| heard.at.clone());
    asked.filter_map(|at| Some((moment(&at)?, at))).max()
}

/// This deposit came to nothing because an earlier one of the same document seems to be there: it is looked for by its
/// number. The references of all deposits stay in the timeline.
fn look_for_the_former(draft: &mut Draft) {
    let former = draft.row.reference.take();
    draft.row.platform_invoice = None;
    draft.row.statuses.clear();
    draft.row.said_duplicate = true;
    draft.go(State::Unknown, Some(draft.at));
    draft.row.last_error = Some(DUPLICATE.into());
    draft.say("unknown", json!({ "why": DUPLICATE, "refused_reference": former, "deposit": draft.row.deposits }));
}

/// The platform says that it did not process the deposit and wants it again.
fn send_anew(draft: &mut Draft, settings: &PlatformSettings) {
    if draft.row.deposits >= settings.deposits {
        // Nothing of it is there: a person may send it once more or withdraw it, as one that waits to leave.
        draft.go(State::Ready, None);
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

fn heard_of(status: &PlatformStatus, mapped: &Mapped) -> Heard {
    Heard {
        code: status.code.clone(),
        reason: status.reason.clone(),
        at: status.at.clone(),
        voice: status.voice,
        duplicate: mapped.cause.id == "A6",
        former: false,
        early: false,
        cause: None,
    }
}

/// Whose code it is: that of the platform's, of the life cycle, or of a Peppol Invoice Response.
fn family_of(family: Family, code: &str) -> Family {
    match peppol_meaning(code) {
        Some(_) => Family::PeppolImr,
        None if is_of_life_cycle(code) => Family::Pa,
        None => family,
    }
}

fn meaning(family: Family, code: &str) -> Meaning {
    // The codes of a Peppol Invoice Response are none of any other table.
    if let Some(meaning) = peppol_meaning(code) {
        return meaning;
    }
    match family_of(family, code) {
        Family::Chorus => chorus_meaning(code),
        Family::Pa => accredited_meaning(code),
        // Their tables come with their clients; until then a code is kept and changes nothing.
        _ => Meaning::default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_compared_as_times() {
        let same = ["2026-11-21T10:08:00+01:00", "2026-11-21T09:08:00Z", "2026-11-21 09:08", "1795252080000"];
        for at in same {
            assert_eq!(moment(at), Some(1_795_252_080_000), "{at}");
        }
        assert_eq!(moment("2026-11-21"), Some(1_795_219_200_000));
        assert_eq!([moment("hier"), moment("99999999999999999999"), moment("")], [None, None, None]);
    }

    #[test]
    fn what_we_say_brings_no_refused_invoice_back() {
        let settings = PlatformSettings { family: Family::Pa, ..PlatformSettings::default() };
        let after = |state: State, code: &str, voice: Voice| {
            let row = InvoiceRow { id: "a".into(), state: Some(state), deposits: 2, ..InvoiceRow::default() };
            let status = PlatformStatus { code: code.into(), reason: None, text: None, at: None, voice };
            let mut draft = Draft::new(&row, 0);
            by_message(&mut draft, &[status], &[], None, &settings, Source::Message).unwrap();
            draft.state()
        };
        for state in [State::Refused, State::Cancelled] {
            assert_eq!(after(state, "212", Voice::Seller), state);
            assert_eq!(after(state, "601", Voice::Platform), state, "about our own status");
        }
        assert_eq!(after(State::Refused, "200", Voice::Platform), State::Delivered, "an earlier deposit is there");
    }

    #[test]
    fn what_has_no_time_stays_behind_what_it_was_told_after() {
        let told = [("a", Some("2026-11-21")), ("b", None), ("c", Some("2026-11-20")), ("d", Some("soon"))];
        let order: String = in_order(told.iter().collect(), |one| (one.1, one.0)).iter().map(|one| one.0).collect();
        assert_eq!(order, "cdab");
        let second = [("208", Some("2026-11-21T10:00:00Z")), ("200", Some("2026-11-21T10:00:00Z")), ("?", None)];
        let order: Vec<_> = in_order(second.iter().collect(), |one| (one.1, one.0)).iter().map(|one| one.0).collect();
        assert_eq!(order, ["200", "208", "?"]);
        let same = ["205", "209", "204", "208", "211", "203"].map(|code| (code, Some("2026-11-21T10:00:00Z")));
        let order: Vec<_> = in_order(same.iter().collect(), |one| (one.1, one.0)).iter().map(|one| one.0).collect();
        assert_eq!(
            order,
            ["203", "204", "208", "209", "205", "211"],
            "what is supplied is supplied before the decision"
        );
    }
}
