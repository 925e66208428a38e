//! Life-cycle messages that wait for us at the platform: page after page, from a mark that only the platform's own times move.
//!
//! `updatedAfter` is strict, and a flow may show late under an earlier time: so every listing begins a little before the newest moment met,
//! and what was listed then is remembered by the mark. A platform's clock, or one of several, may run ahead and be put right: the mark never goes beyond the present,
//! and now and then a listing begins further back, of which only what is not known yet is fetched. Platforms page by cursor (1.3), or by `updatedAfter` alone: a full page without a
//! cursor goes on by its times.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::calls::{Line, Page};
use super::flow::Flow;
use super::version;
use crate::limits;
use crate::platforms::line::Trouble;
use crate::platforms::{Content, Inbox, Kinds, Mark, Message, Next, Raw, Seen};

/// How far before the newest moment a listing begins again.
const OVERLAP: Duration = Duration::from_secs(120);
/// Smallest step of the times that platforms write.
const STEP: Duration = Duration::from_millis(1);

/// No message is changed later than this from now: a time further ahead is an error, and tells nothing.
const AHEAD: Duration = Duration::from_secs(24 * 60 * 60);
/// So often in a row a platform refuses a kind of messages before it is taken not to know it; it is asked all the same once in so many listings.
const REFUSALS: u32 = 2;
const ASKED_AGAIN: u32 = 100;
/// So often in a row the next page cannot be had before it is looked whether the listing can be begun anew.
const NO_PAGE: u32 = 5;

/// In times the longest wait for one answer: how long the messages of a page are fetched with it.
const DOWNLOADS: u32 = 2;

/// One page.
pub(super) async fn page(line: &Line, since: &Mark, name: &str) -> Inbox {
    let mut raw = Vec::new();
    let listed = match list(line, since, &mut raw).await {
        Ok(listed) => listed,
        Err(trouble) => {
            let (line, (why, retry_after_ms)) = (trouble.line(), trouble.into_why(name));
            return Inbox::NoAnswer { why, retry_after_ms, line, raw };
        }
    };
    let seen: HashSet<(&str, &str)> = since.seen.iter().map(|seen| (&*seen.flow, &*seen.at)).collect();
    let at = |flow: &Flow| flow.updated_at.clone().unwrap_or_default();
    let fresh: Vec<&Flow> =
        listed.page.rows.iter().filter(|flow| !seen.contains(&(flow.id.as_str(), at(flow).as_str()))).collect();
    let (mut messages, mut room, mut stopped): (Vec<Message>, usize, Option<String>) =
        (Vec::new(), limits::INBOX_PAGE_BYTES, None);
    let mut retry_after_ms = None;
    let began = Instant::now();
    // Of what is further back most is known, which whoever keeps them tells: it is named, and fetched alone where it is not.
    let ordinary = since.after.as_deref().and_then(moment).and_then(|at| at.checked_sub(OVERLAP).ok());
    let back = Duration::from_secs(listed.back);
    let known = |flow: &Flow| {
        let at = flow.updated_at.as_deref().and_then(moment);
        back > OVERLAP && at.zip(ordinary).is_some_and(|(at, from)| at <= from)
    };
    for flow in fresh {
        if known(flow) {
            let why = "listed from further back: fetched alone";
            let content = Content::Missing { why: why.into(), gone: false, line: crate::platforms::Line::Unused };
            messages.push(message(flow, content));
            continue;
        }
        // A page that takes too long would be cut off, and nothing of it kept.
        if stopped.is_none() && began.elapsed() > line.config.timeout * DOWNLOADS {
            stopped = Some("the messages before it took long: fetch it alone".into());
        }
        let content = match &stopped {
            Some(why) => Content::Missing { why: why.clone(), gone: false, line: crate::platforms::Line::Unused },
            None => match line.original(&flow.id, &mut raw).await {
                Ok(bytes) if !is_told(flow, &bytes) => {
                    let why = "its bytes are not those whose SHA-256 the platform tells: fetched once more";
                    Content::Missing { why: why.into(), gone: false, line: crate::platforms::Line::Answers }
                }
                Ok(bytes) => {
                    room = room.saturating_sub(bytes.len());
                    if room == 0 {
                        stopped = Some("the messages before it fill the page: fetch it alone".into());
                    }
                    Content::Bytes(bytes)
                }
                Err(trouble) => {
                    // A platform that turns calls away does so with the next one too.
                    if let Trouble::NotSent { why, retry_after_ms: wait }
                    | Trouble::Away { why, retry_after_ms: wait } = &trouble
                    {
                        (stopped, retry_after_ms) = (Some(why.clone()), *wait);
                    }
                    missing(trouble, name)
                }
            },
        };
        messages.push(message(flow, content));
    }
    let next = moved(since, &listed, &messages);
    let more = next.next.is_some();
    let unread = listed.page.told.saturating_sub(listed.page.rows.len());
    Inbox::Page { messages, unread, next, more, retry_after_ms, raw }
}

/// One message alone.
pub(super) async fn fetch(line: &Line, flow: &str, name: &str) -> (Content, Vec<Raw>) {
    let mut raw = Vec::new();
    let content = match line.original(flow, &mut raw).await {
        Ok(bytes) => Content::Bytes(bytes),
        Err(trouble) => missing(trouble, name),
    };
    (content, raw)
}

/// Are these the bytes of which the listing tells the digest, where it tells one?
fn is_told(flow: &Flow, bytes: &[u8]) -> bool {
    let digest = || Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let told = flow.sha256.as_deref().filter(|told| told.len() == 64 && told.bytes().all(|b| b.is_ascii_hexdigit()));
    told.is_none_or(|told| told.eq_ignore_ascii_case(&digest()))
}

fn missing(trouble: Trouble, name: &str) -> Content {
    // The platform said itself that it has no such document, or it is longer than any is taken; an error of another kind may pass.
    let gone = matches!(&trouble, Trouble::Refused { .. } | Trouble::TooLong { .. });
    let line = trouble.line();
    Content::Missing { why: trouble.into_why(name).0, gone, line }
}

fn message(flow: &Flow, content: Content) -> Message {
    Message {
        flow: flow.id.clone(),
        kind: flow.kind.clone().unwrap_or_default(),
        updated_at: flow.updated_at.clone(),
        tracking_id: flow.tracking.clone(),
        name: flow.name.clone(),
        content,
    }
}

struct Listed {
    page: Page,
    kinds: Kinds,
    next: Option<Next>,
    /// How far before the mark it began, in seconds.
    back: u64,
    /// The listing was begun anew: the platform did not take its own cursor again.
    anew: bool,
}

async fn list(line: &Line, since: &Mark, raw: &mut Vec<Raw>) -> Result<Listed, Trouble> {
    let first = ask(line, since, since.next.as_ref(), raw).await;
    let ((page, kinds), anew) = match first {
        Ok(asked) => (asked, false),
        // A cursor does not live for ever.
        Err(Trouble::Refused { .. }) if since.next.is_some() => (ask(line, since, None, raw).await?, true),
        Err(trouble) if since.next.is_some() && line.no_page.fetch_add(1, Ordering::Relaxed) + 1 >= NO_PAGE => {
            line.no_page.store(0, Ordering::Relaxed);
            // Where nothing at all can be listed, it is not for the cursor.
            (ask(line, since, None, raw).await.map_err(|_| trouble)?, true)
        }
        Err(trouble) => return Err(trouble),
    };
    line.no_page.store(0, Ordering::Relaxed);
    let before = since.next.as_ref().filter(|_| !anew);
    let next = next(&page, before)?;
    let begun = since.next.is_none() || anew;
    let back = if begun { line.looks_back().map_or(0, |back| back.as_secs()) } else { since.back };
    if begun && back > 0 {
        line.looked_back(Duration::from_secs(back));
    }
    Ok(Listed { page, kinds, next, back, anew })
}

/// Asks for a page, and of which kinds it is. A kind that the platform takes no question about is left out, and asked for again later, from where it was left.
async fn ask(line: &Line, since: &Mark, next: Option<&Next>, raw: &mut Vec<Raw>) -> Result<(Page, Kinds), Trouble> {
    let types = version::life_cycle(line.config.version);
    let (known, other) = types.split_at(types.len().min(1));
    let cursor = match next {
        Some(Next::Cursor(cursor)) => Some(cursor.as_str()),
        _ => None,
    };
    let refusals = line.unknown_kinds.load(Ordering::Relaxed);
    let back = line.looks_back().unwrap_or(OVERLAP);
    let criteria = |kinds: &[&str], from: Option<String>, next: Option<&Next>| criteria(kinds, from, back, next);
    let kinds = match next {
        // As it began.
        Some(_) => since.kinds,
        None if other.is_empty() => Kinds::All,
        None if refusals >= REFUSALS && !refusals.is_multiple_of(ASKED_AGAIN) => Kinds::Known,
        None if since.left_out.is_some() => Kinds::LeftOut,
        None => Kinds::All,
    };
    let of = |kinds: Kinds| match kinds {
        Kinds::All => types,
        Kinds::Known => known,
        Kinds::LeftOut => other,
    };
    let outcome = line.page(&criteria(of(kinds), from(since, kinds), next), cursor, raw).await;
    match outcome {
        Err(Trouble::Refused { code, text, .. }) if next.is_none() && !other.is_empty() && kinds != Kinds::Known => {
            // It may be the kind that it does not know, or another matter.
            let page = line.page(&criteria(known, from(since, Kinds::Known), None), None, raw).await?;
            let named = other.iter().any(|kind| code.contains(kind) || text.contains(kind));
            let counted = if named { (refusals + 1).max(REFUSALS) } else { refusals + 1 };
            line.unknown_kinds.store(counted, Ordering::Relaxed);
            Ok((page, Kinds::Known))
        }
        Ok(page) => {
            match kinds {
                Kinds::Known if next.is_none() => _ = line.unknown_kinds.fetch_add(1, Ordering::Relaxed),
                Kinds::Known => {}
                Kinds::All | Kinds::LeftOut => line.unknown_kinds.store(0, Ordering::Relaxed),
            }
            Ok((page, kinds))
        }
        Err(trouble) => Err(trouble),
    }
}

/// From which moment messages of these kinds are listed; none for the beginning.
fn from(since: &Mark, kinds: Kinds) -> Option<String> {
    let from = match kinds {
        Kinds::All | Kinds::Known => since.after.as_deref(),
        Kinds::LeftOut => since.left_out.as_deref(),
    };
    from.filter(|at| !at.is_empty() && !is_ahead(at)).map(|at| present(at.to_owned()))
}

/// The moment, or now where it is still to come: what comes meanwhile bears an earlier one, once the clock that wrote it is right.
fn present(at: String) -> String {
    let now = Timestamp::now();
    if moment(&at).is_some_and(|at| at > now) { written(now) } else { at }
}

fn is_ahead(at: &str) -> bool {
    let most = Timestamp::now().checked_add(AHEAD);
    moment(at).is_some_and(|at| most.is_ok_and(|most| at > most))
}

fn criteria(types: &[&str], from: Option<String>, back: Duration, next: Option<&Next>) -> Value {
    let mut criteria = json!({ "flowType": types, "flowDirection": ["In"] });
    let overlapped = from.map(|after| earlier(&after, back));
    let after = if let Some(Next::After(after)) = next { Some(after.clone()) } else { overlapped };
    if let Some(after) = after {
        criteria["updatedAfter"] = after.into();
    }
    if let Some(Next::Before(before)) = next {
        criteria["updatedBefore"] = before.clone().into();
    }
    criteria
}

/// Where the listing goes on after this page; none where it is over.
fn next(page: &Page, before: Option<&Next>) -> Result<Option<Next>, Trouble> {
    let stuck = |why: &str| Err(Trouble::Beside { why: why.to_owned() });
    if let Some(cursor) = &page.cursor {
        let next = Next::Cursor(cursor.clone());
        return if before == Some(&next) {
            stuck("the cursor of the next page is that of this one")
        } else {
            Ok(Some(next))
        };
    }
    if !page.full {
        return Ok(None);
    }
    let times: Option<Vec<(Timestamp, &str)>> =
        page.rows.iter().map(|flow| flow.updated_at.as_deref().and_then(|at| Some((moment(at)?, at)))).collect();
    let Some(times) = times.filter(|times| times.len() == page.told) else {
        return stuck("a full page without a cursor, and flows without a time: what follows cannot be asked for");
    };
    let next = match (times.first(), times.last()) {
        (Some((first, _)), Some((last, at))) if first < last && times.is_sorted_by_key(|(at, _)| *at) => {
            Next::After(earlier(at, STEP))
        }
        (Some((first, _)), Some((last, at))) if first > last && times.is_sorted_by(|a, b| a.0 >= b.0) => {
            Next::Before(later(at))
        }
        _ => {
            return stuck(
                "a full page without a cursor, in no order or of one instant: what follows cannot be asked for",
            );
        }
    };
    if before == Some(&next) { stuck("the next page is this one") } else { Ok(Some(next)) }
}

/// The mark behind a page.
fn moved(since: &Mark, listed: &Listed, messages: &[Message]) -> Mark {
    let believed = |at: &&String| moment(at).is_some() && !is_ahead(at);
    let newest = |one: Option<String>, other: Option<&String>| match (one.filter(|at| believed(&at)), other) {
        (Some(one), Some(other)) if moment(&one) >= moment(other) => Some(one),
        (one, other) => other.filter(believed).cloned().or(one),
    };
    let begun = if listed.anew { None } else { since.newest.clone() };
    let met = listed.page.rows.iter().fold(begun, |met, flow| newest(met, flow.updated_at.as_ref()));
    let over = listed.next.is_none();
    let after = match listed.kinds {
        // What was left out is listed up to then; the other kinds may not be.
        Kinds::LeftOut => since.after.clone(),
        _ if over => newest(since.after.clone(), met.as_ref()),
        _ => since.after.clone(),
    };
    let left_out = match listed.kinds {
        Kinds::Known => since.left_out.clone().or_else(|| Some(since.after.clone().unwrap_or_default())),
        Kinds::LeftOut if over => None,
        _ => since.left_out.clone(),
    };
    let mut seen = since.seen.clone();
    for message in messages.iter().filter(|message| matches!(message.content, Content::Bytes(_))) {
        if let Some(at) = &message.updated_at {
            seen.push(Seen { flow: message.flow.clone(), at: at.clone() });
        }
    }
    let after = after.map(present);
    // What the next listing cannot bring need not be remembered.
    let from = after.as_deref().and_then(moment).and_then(|at| at.checked_sub(OVERLAP).ok());
    seen.retain(|seen| moment(&seen.at).is_some_and(|at| from.is_none_or(|from| at > from)));
    seen.sort_by_key(|seen| moment(&seen.at));
    seen.drain(..seen.len().saturating_sub(limits::INBOX_SEEN));
    let (newest, next) = (if over { None } else { met }, listed.next.clone());
    let back = if over { 0 } else { listed.back };
    Mark { after, newest, next, seen, kinds: listed.kinds, left_out, back }
}

fn moment(at: &str) -> Option<Timestamp> {
    at.trim().parse().ok()
}

/// A moment of the platform, a little earlier; as it was written where it cannot be read.
fn earlier(at: &str, by: Duration) -> String {
    moment(at).and_then(|at| at.checked_sub(by).ok()).map_or_else(|| at.to_owned(), written)
}

fn later(at: &str) -> String {
    moment(at).and_then(|at| at.checked_add(STEP).ok()).map_or_else(|| at.to_owned(), written)
}

/// RFC 3339 in UTC, to the millisecond, as platforms write it.
fn written(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S.%3fZ").to_string()
}

#[cfg(test)]
mod tests {
    use super::super::calls::PAGE;
    use super::*;

    fn page_of(times: &[&str], cursor: Option<&str>) -> Page {
        let rows: Vec<Flow> = times
            .iter()
            .enumerate()
            .map(|(n, at)| Flow::read(&json!({ "flowId": format!("f{n}"), "updatedAt": at })).unwrap())
            .collect();
        Page { told: rows.len(), full: rows.len() >= PAGE, rows, cursor: cursor.map(str::to_owned) }
    }

    fn times(up: bool) -> Vec<String> {
        let at = |n: usize| format!("2026-11-02T10:00:{:02}.000Z", if up { n } else { 59 - n });
        (0..PAGE).map(at).collect()
    }

    #[test]
    fn a_full_page_without_a_cursor_goes_on_by_its_times() {
        let of = |times: &[String]| {
            let times: Vec<&str> = times.iter().map(String::as_str).collect();
            next(&page_of(&times, None), None)
        };
        assert_eq!(of(&times(true)), Ok(Some(Next::After("2026-11-02T10:00:48.999Z".into()))));
        assert_eq!(of(&times(false)), Ok(Some(Next::Before("2026-11-02T10:00:10.001Z".into()))));
        assert_eq!(of(&times(true)[1..]), Ok(None));
        let same = vec!["2026-11-02T10:00:00Z".to_owned(); PAGE];
        let mut mixed = times(true);
        mixed.swap(3, 9);
        for stuck in [same, mixed, vec!["soon".to_owned(); PAGE]] {
            assert!(matches!(of(&stuck), Err(Trouble::Beside { .. })));
        }
        let again = Next::Cursor("c".into());
        assert!(next(&page_of(&[], Some("c")), Some(&again)).is_err());
        assert_eq!(next(&page_of(&[], Some("c")), None), Ok(Some(again)));
    }

    #[test]
    fn the_mark_moves_at_the_end_of_a_listing_and_remembers_the_overlap() {
        let listed = |times: &[&str], next: Option<Next>| Listed {
            page: page_of(times, None),
            kinds: Kinds::All,
            next,
            back: 0,
            anew: false,
        };
        let told = |listed: &Listed| -> Vec<Message> {
            listed.page.rows.iter().map(|flow| message(flow, Content::Bytes(bytes::Bytes::from_static(b"x")))).collect()
        };
        let first = listed(&["2026-11-02T10:00:00Z", "2026-11-02T10:05:00Z"], Some(Next::Cursor("c".into())));
        let mark = moved(&Mark::default(), &first, &told(&first));
        assert_eq!((mark.after.as_deref(), mark.newest.as_deref()), (None, Some("2026-11-02T10:05:00Z")));
        let last = listed(&["2026-11-02T10:04:00Z", "never"], None);
        let mark = moved(&mark, &last, &told(&last));
        assert_eq!((mark.after.as_deref(), &mark.next), (Some("2026-11-02T10:05:00Z"), &None));
        let kept: Vec<&str> = mark.seen.iter().map(|seen| seen.at.as_str()).collect();
        assert_eq!(kept, ["2026-11-02T10:04:00Z", "2026-11-02T10:05:00Z"]);
        let asked = criteria(&["CustomerInvoiceLC"], from(&mark, Kinds::All), OVERLAP, None);
        assert_eq!(asked["updatedAfter"], "2026-11-02T10:03:00.000Z");
        // An empty listing moves nothing, and a time that goes back moves nothing either.
        let none = listed(&["2026-11-01T10:00:00Z"], None);
        assert_eq!(moved(&mark, &none, &[]), mark);
    }

    /// One node of a platform an hour ahead, put right later: what comes then is not behind the mark.
    #[test]
    fn the_mark_is_never_ahead_of_the_present() {
        let ahead = written(Timestamp::now().checked_add(Duration::from_secs(3_600)).unwrap());
        let page = page_of(&[&ahead], None);
        let listed = Listed { page, kinds: Kinds::All, next: None, back: 0, anew: false };
        let told = [message(&listed.page.rows[0], Content::Bytes(bytes::Bytes::from_static(b"x")))];
        let mark = moved(&Mark::default(), &listed, &told);
        let now = Timestamp::now();
        assert!(moment(mark.after.as_deref().unwrap()).is_some_and(|at| at <= now), "{mark:?}");
        assert_eq!(mark.seen.len(), 1, "it is not fetched each time");
        // Nor where an earlier version left it there.
        let lost = Mark { after: Some(ahead), ..Mark::default() };
        assert!(from(&lost, Kinds::All).and_then(|at| moment(&at)).is_some_and(|at| at <= Timestamp::now()));
    }

    #[test]
    fn a_message_that_was_not_fetched_is_listed_again() {
        let page = page_of(&["2026-11-02T10:00:00Z"], None);
        let listed = Listed { page, kinds: Kinds::All, next: None, back: 0, anew: false };
        let lost = message(
            &listed.page.rows[0],
            Content::Missing { why: "no".into(), gone: false, line: crate::platforms::Line::Silent },
        );
        assert_eq!(moved(&Mark::default(), &listed, &[lost]).seen, []);
    }
}
