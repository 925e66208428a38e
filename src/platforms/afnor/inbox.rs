//! Life-cycle messages that wait for us at the platform: page after page, from a mark that only the platform's own times move.
//!
//! `updatedAfter` is strict, and a flow may show late under an earlier time: so every listing begins a little before the newest moment met,
//! and what was listed then is remembered by the mark. Platforms page by cursor (1.3), or by `updatedAfter` alone: a full page without a
//! cursor goes on by its times.

use std::collections::HashSet;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::{Value, json};

use super::calls::{Line, PAGE, Page};
use super::flow::Flow;
use super::version;
use crate::limits;
use crate::platforms::line::Trouble;
use crate::platforms::{Content, Inbox, Mark, Message, Next, Raw, Seen};

/// How far before the newest moment a listing begins again.
const OVERLAP: Duration = Duration::from_secs(120);
/// Smallest step of the times that platforms write.
const STEP: Duration = Duration::from_millis(1);

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
    for flow in fresh {
        // A page that takes too long would be cut off, and nothing of it kept.
        if stopped.is_none() && began.elapsed() > line.config.timeout * DOWNLOADS {
            stopped = Some("the messages before it took long: fetch it alone".into());
        }
        let content = match &stopped {
            Some(why) => Content::Missing { why: why.clone(), gone: false },
            None => match line.original(&flow.id, &mut raw).await {
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

fn missing(trouble: Trouble, name: &str) -> Content {
    // The platform said itself that it has no such document; an error of another kind may pass.
    let gone = matches!(&trouble, Trouble::Refused { .. });
    Content::Missing { why: trouble.into_why(name).0, gone }
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
    next: Option<Next>,
    /// The listing was begun anew: the platform did not take its own cursor again.
    anew: bool,
}

async fn list(line: &Line, since: &Mark, raw: &mut Vec<Raw>) -> Result<Listed, Trouble> {
    let first = ask(line, since, since.next.as_ref(), raw).await;
    let (page, anew) = match first {
        Ok(page) => (page, false),
        // A cursor does not live for ever.
        Err(Trouble::Refused { .. }) if since.next.is_some() => (ask(line, since, None, raw).await?, true),
        Err(trouble) => return Err(trouble),
    };
    let before = since.next.as_ref().filter(|_| !anew);
    let next = next(&page, before)?;
    Ok(Listed { page, next, anew })
}

/// Asks for a page; where the platform knows the State's messages by no name, without them.
async fn ask(line: &Line, since: &Mark, next: Option<&Next>, raw: &mut Vec<Raw>) -> Result<Page, Trouble> {
    let types = version::life_cycle(line.config.version);
    let cursor = match next {
        Some(Next::Cursor(cursor)) => Some(cursor.as_str()),
        _ => None,
    };
    let all = if line.is_plain() { &types[..1] } else { types };
    let outcome = line.page(&criteria(all, since, next), cursor, raw).await;
    // With a cursor, it may be the cursor that it does not know.
    if !matches!(outcome, Err(Trouble::Refused { .. })) || all.len() == 1 || cursor.is_some() {
        return outcome;
    }
    let page = line.page(&criteria(&types[..1], since, next), cursor, raw).await?;
    line.plain.store(true, Ordering::Relaxed);
    Ok(page)
}

fn criteria(types: &[&str], since: &Mark, next: Option<&Next>) -> Value {
    let mut criteria = json!({ "flowType": types, "flowDirection": ["In"] });
    let overlapped = since.after.as_deref().map(|after| earlier(after, OVERLAP));
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
    if page.told < PAGE {
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
    let newest = |one: Option<String>, other: Option<&String>| match (one, other) {
        (Some(one), Some(other)) if moment(&one) >= moment(other) => Some(one),
        (one, other) => other.filter(|at| moment(at).is_some()).cloned().or(one),
    };
    let begun = if listed.anew { None } else { since.newest.clone() };
    let met = listed.page.rows.iter().fold(begun, |met, flow| newest(met, flow.updated_at.as_ref()));
    let over = listed.next.is_none();
    let after = if over { newest(since.after.clone(), met.as_ref()) } else { since.after.clone() };
    let mut seen = since.seen.clone();
    for message in messages.iter().filter(|message| matches!(message.content, Content::Bytes(_))) {
        if let Some(at) = &message.updated_at {
            seen.push(Seen { flow: message.flow.clone(), at: at.clone() });
        }
    }
    // What the next listing cannot bring need not be remembered.
    let from = after.as_deref().and_then(moment).and_then(|at| at.checked_sub(OVERLAP).ok());
    seen.retain(|seen| moment(&seen.at).is_some_and(|at| from.is_none_or(|from| at > from)));
    seen.sort_by_key(|seen| moment(&seen.at));
    seen.drain(..seen.len().saturating_sub(limits::INBOX_SEEN));
    Mark { after, newest: if over { None } else { met }, next: listed.next.clone(), seen }
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
    use super::*;

    fn page_of(times: &[&str], cursor: Option<&str>) -> Page {
        let rows: Vec<Flow> = times
            .iter()
            .enumerate()
            .map(|(n, at)| Flow::read(&json!({ "flowId": format!("f{n}"), "updatedAt": at })).unwrap())
            .collect();
        Page { told: rows.len(), rows, cursor: cursor.map(str::to_owned) }
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
        let listed = |times: &[&str], next: Option<Next>| Listed { page: page_of(times, None), next, anew: false };
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
        let asked = criteria(&["CustomerInvoiceLC"], &mark, None);
        assert_eq!(asked["updatedAfter"], "2026-11-02T10:03:00.000Z");
        // An empty listing moves nothing, and a time that goes back moves nothing either.
        let none = listed(&["2026-11-01T10:00:00Z"], None);
        assert_eq!(moved(&mark, &none, &[]), mark);
    }

    #[test]
    fn a_message_that_was_not_fetched_is_listed_again() {
        let listed = Listed { page: page_of(&["2026-11-02T10:00:00Z"], None), next: None, anew: false };
        let lost = message(&listed.page.rows[0], Content::Missing { why: "no".into(), gone: false });
        assert_eq!(moved(&Mark::default(), &listed, &[lost]).seen, []);
    }
}
