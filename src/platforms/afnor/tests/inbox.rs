//! The inbox: pages, marks, messages that cannot be had.

use super::*;
use crate::platforms::{Content, Inbox, Mark, Message};

fn row(flow: &str, at: &str) -> Value {
    json!({ "flowId": flow, "flowType": "CustomerInvoiceLC", "flowDirection": "In", "updatedAt": at, "trackingId": "t" })
}

fn listed(rows: &[Value], cursor: Option<&str>) -> Vec<u8> {
    fine(&json!({ "results": rows, "nextCursor": cursor }).to_string())
}

async fn page(client: &Afnor, mark: &Mark) -> (Vec<Message>, Mark, bool) {
    match client.inbox(mark).await {
        Inbox::Page { messages, next, more, .. } => (messages, next, more),
        other => panic!("{other:?}"),
    }
}

fn flows(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|message| message.flow.as_str()).collect()
}

#[tokio::test]
async fn pages_follow_each_other_and_equal_times_are_not_skipped() {
    let server = with(|request| match request {
        r if r.starts_with("GET") => b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n\xff<a".to_vec(),
        r if r.contains("\"cursor\":\"two\"") => listed(&[row("b", "2026-11-02T10:00:00Z")], None),
        r if r.contains("updatedAfter") => {
            listed(&[row("b", "2026-11-02T10:00:00Z"), row("c", "2026-11-02T10:00:00Z")], None)
        }
        _ => listed(&[row("a", "2026-11-02T09:00:00Z")], Some("two")),
    })
    .await;
    let client = server.afnor();
    let (messages, mark, more) = page(&client, &Mark::default()).await;
    assert_eq!((flows(&messages), more, &mark.after), (vec!["a"], true, &None));
    assert_eq!(messages[0].content, Content::Bytes(bytes::Bytes::from_static(b"\xff<a")), "the bytes as they came");
    assert_eq!((messages[0].kind.as_str(), messages[0].tracking_id.as_deref()), ("CustomerInvoiceLC", Some("t")));
    // The mark goes through the store.
    let mark: Mark = serde_json::from_str(&serde_json::to_string(&mark).unwrap()).unwrap();
    let (messages, mark, more) = page(&client, &mark).await;
    assert_eq!((flows(&messages), more), (vec!["b"], false));
    assert_eq!(mark.after.as_deref(), Some("2026-11-02T10:00:00Z"), "as the platform wrote it");
    let (messages, mark, _) = page(&client, &mark).await;
    assert_eq!(
        flows(&messages),
        ["c"],
        "what came at the same moment later is there, what was fetched is not fetched again"
    );
    let (messages, again, _) = page(&client, &mark).await;
    assert_eq!((flows(&messages), &again), (vec![], &mark));
    let asked = server.sent("flows/search");
    assert!(asked[0].contains(r#""flowType":["CustomerInvoiceLC","StateCustomerInvoiceLC"]"#), "{}", asked[0]);
    assert!(asked[0].contains(r#""flowDirection":["In"]"#) && !asked[0].contains("updatedAfter"));
    assert!(asked[2].contains(r#""updatedAfter":"2026-11-02T09:58:00.000Z""#), "{}", asked[2]);
}

#[tokio::test]
async fn a_message_that_cannot_be_had_is_told_and_stops_no_other() {
    let server = with(|request| match request {
        r if r.starts_with("GET /flow/v1/flows/gone") => answer(404, "", ERROR),
        r if r.starts_with("GET /flow/v1/flows/ill") => answer(500, "", ""),
        r if r.starts_with("GET /flow/v1/flows/empty") => answer(200, "", ""),
        r if r.starts_with("GET /flow/v1/flows/cut") => b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n<a".to_vec(),
        r if r.starts_with("GET") => answer(200, "", "<a/>"),
        _ => {
            let rows = ["gone", "ill", "empty", "cut", "fine"].map(|flow| row(flow, "2026-11-02T10:00:00Z"));
            listed(&[&rows[..], &[json!({ "noFlow": 1 })]].concat(), None)
        }
    })
    .await;
    let client = server.afnor();
    let Inbox::Page { messages, unread, next, .. } = client.inbox(&Mark::default()).await else { panic!() };
    assert_eq!((messages.len(), unread), (5, 1));
    let gone = |n: usize| matches!(&messages[n].content, Content::Missing { gone: true, .. });
    let missing = |n: usize| matches!(&messages[n].content, Content::Missing { gone: false, .. });
    assert!(gone(0) && missing(1) && missing(2) && missing(3), "{messages:?}");
    assert_eq!(messages[4].content, Content::Bytes(bytes::Bytes::from_static(b"<a/>")));
    // Those that could not be had come again.
    let (messages, _, _) = page(&client, &next).await;
    assert_eq!(flows(&messages), ["gone", "ill", "empty", "cut"]);
    let (content, raw) = client.fetch("fine").await;
    assert!(matches!(content, Content::Bytes(_)) && raw.last().is_some_and(|raw| raw.body.is_empty()));
}

#[tokio::test]
async fn a_platform_that_turns_calls_away_is_left_alone() {
    let server = with(|request| match request.starts_with("GET") {
        true => answer(429, "Retry-After: 3\r\n", ""),
        false => listed(&[row("a", "2026-11-02T10:00:00Z"), row("b", "2026-11-02T10:00:00Z")], None),
    })
    .await;
    let Inbox::Page { messages, retry_after_ms, .. } = server.afnor().inbox(&Mark::default()).await else { panic!() };
    assert!(messages.iter().all(|m| matches!(m.content, Content::Missing { gone: false, .. })));
    assert_eq!((messages.len(), retry_after_ms, server.times("GET /flow")), (2, Some(3_000), 1));
    let none = saying(503, "").await.afnor().inbox(&Mark::default()).await;
    assert!(matches!(none, Inbox::NoAnswer { line: Line::Silent, .. }), "{none:?}");
}

#[tokio::test]
async fn what_a_platform_does_not_know_is_not_asked_again() {
    let server = with(|request| match request.contains("StateCustomerInvoiceLC") {
        true => answer(400, "", ERROR),
        false => listed(&[], None),
    })
    .await;
    let client = server.afnor();
    let mut mark = Mark::default();
    for asked in [2, 4, 5, 6] {
        mark = page(&client, &mark).await.1;
        assert_eq!(server.times("flows/search"), asked, "asked twice for the State's messages, then for long no more");
    }
    // An error that names the kind is enough.
    let server = with(|request| match request.contains("StateCustomerInvoiceLC") {
        true => answer(400, "", r#"{"errorCode":"X","errorMessage":"unknown flowType StateCustomerInvoiceLC"}"#),
        false => listed(&[], None),
    })
    .await;
    let client = server.afnor();
    page(&client, &Mark::default()).await;
    page(&client, &Mark::default()).await;
    assert_eq!(server.times("flows/search"), 3);
    // What is wrong with both is no question of the type.
    let refusing = saying(400, ERROR).await;
    let client = refusing.afnor();
    for asked in [2, 4] {
        assert!(matches!(client.inbox(&Mark::default()).await, Inbox::NoAnswer { line: Line::Answers, .. }));
        assert_eq!(refusing.times("flows/search"), asked);
    }
}

/// A refusal that passes leaves nothing out: what was not asked for meanwhile is listed from where it was left.
#[tokio::test]
async fn what_was_left_out_is_listed_later() {
    let refused = std::sync::atomic::AtomicU32::new(0);
    let server = with(move |request| match request {
        r if r.starts_with("GET") => answer(200, "", "<a/>"),
        r if r.contains("StateCustomerInvoiceLC") => match refused.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            1 => answer(422, "", ERROR),
            // Asked for alone, from the moment up to which all kinds were listed.
            _ if !r.contains(r#""CustomerInvoiceLC""#) && r.contains("2026-11-02T08:58:00.000Z") => {
                listed(&[row("state", "2026-11-02T09:30:00Z")], None)
            }
            _ if r.contains(r#""CustomerInvoiceLC""#) => listed(&[row("a", "2026-11-02T09:00:00Z")], None),
            _ => listed(&[], None),
        },
        _ => listed(&[row("b", "2026-11-02T11:00:00Z")], None),
    })
    .await;
    let client = server.afnor();
    let (messages, mark, _) = page(&client, &Mark::default()).await;
    assert_eq!((flows(&messages), mark.left_out.as_deref()), (vec!["a"], None));
    let (messages, mark, _) = page(&client, &mark).await;
    let kept = (mark.after.as_deref(), mark.left_out.as_deref());
    assert_eq!((flows(&messages), kept), (vec!["b"], (Some("2026-11-02T11:00:00Z"), Some("2026-11-02T09:00:00Z"))));
    // The mark goes through the store.
    let mark: Mark = serde_json::from_str(&serde_json::to_string(&mark).unwrap()).unwrap();
    let (messages, mark, _) = page(&client, &mark).await;
    let kept = (mark.after.as_deref(), mark.left_out.as_deref());
    assert_eq!((flows(&messages), kept), (vec!["state"], (Some("2026-11-02T11:00:00Z"), None)));
    let old: Mark = serde_json::from_str(r#"{"after":"x","newest":null,"next":null,"seen":[]}"#).unwrap();
    assert_eq!((old.kinds, old.left_out), (crate::platforms::Kinds::All, None), "a mark of an earlier version");
}

/// What comes with 200 in the place of a message is no message, and comes again.
#[tokio::test]
async fn a_web_page_in_place_of_a_message_is_no_message() {
    const PAGES: [&str; 5] =
        ["<!DOCTYPE html><p>wait", "\u{feff} <HTML><p>login", "{\"flowId\":\"0\"}", " \r\n", "<a/> cut sho"];
    let server = with(|request| match request {
        r if r.starts_with("GET") => {
            let n = request.split("flows/").nth(1).and_then(|rest| rest[..1].parse::<usize>().ok()).unwrap();
            answer(200, "", PAGES.get(n).unwrap_or(&"<a/>"))
        }
        _ => {
            let mut rows: Vec<Value> = (0..7).map(|n| row(&n.to_string(), "2026-11-02T10:00:00Z")).collect();
            // Of `<a/>`.
            let digest = "CF19AA3F6E8AAA21B9A1C51FB1FB22B15E6B5B0A9E1A0B1F3A4D4C5B6A79888F";
            rows[4]["sha256"] = digest.into();
            rows[5]["sha256"] =
                crate::crypto::sha256(b"<a/>").iter().map(|b| format!("{b:02X}")).collect::<String>().into();
            rows[6]["sha256"] = "md5:7".into();
            listed(&rows, None)
        }
    })
    .await;
    let (messages, mark, _) = page(&server.afnor(), &Mark::default()).await;
    let fine: Vec<bool> = messages.iter().map(|one| matches!(one.content, Content::Bytes(_))).collect();
    assert_eq!(fine, [false, false, false, false, false, true, true], "{messages:?}");
    assert!(messages.iter().all(|one| !matches!(one.content, Content::Missing { gone: true, .. })));
    assert_eq!(mark.seen.len(), 2, "the others are listed again");
}

/// A platform says how many rows it gives at most: as many are a full page, and there may be more.
#[tokio::test]
async fn a_page_is_full_by_the_platform_s_own_limit() {
    let at = |n: usize| format!("2026-11-02T10:00:{n:02}.000Z");
    let server = with(move |request| {
        let rows: Vec<Value> = (0..25).map(|n| row(&format!("f{n}"), &at(n))).collect();
        match request {
            r if r.starts_with("GET") => answer(200, "", "<a/>"),
            r if r.contains("10:00:23.999Z") => {
                fine(&json!({ "results": [row("f25", &at(25))], "limit": 25 }).to_string())
            }
            _ => fine(&json!({ "results": rows, "limit": 25 }).to_string()),
        }
    })
    .await;
    let client = server.afnor();
    let (messages, mark, more) = page(&client, &Mark::default()).await;
    assert_eq!((messages.len(), more), (25, true));
    let (messages, mark, more) = page(&client, &mark).await;
    assert_eq!((flows(&messages), more, mark.after.as_deref()), (vec!["f25"], false, Some("2026-11-02T10:00:25.000Z")));
    // Nor does a search for a lost deposit end there.
    let rows: Vec<Value> = (0..25).map(|n| json!({ "flowId": n.to_string(), "trackingId": "other" })).collect();
    let told = json!({ "results": rows, "limit": 25 }).to_string();
    let search = with(move |_| fine(&told)).await.afnor().search(&intent()).await;
    assert!(matches!(search, Search::NoAnswer { .. }), "{search:?}");
}

/// One row from the far future does not end all listings.
#[tokio::test]
async fn a_time_far_ahead_moves_no_mark() {
    let server = with(|request| match request {
        r if r.starts_with("GET") => answer(200, "", "<a/>"),
        r if r.contains("2026-11-02T09:58:00.000Z") => {
            listed(&[row("late", "2026-11-02T10:01:00Z"), row("odd", "2099-01-01T00:00:00Z")], None)
        }
        r if r.contains("updatedAfter") => listed(&[], None),
        _ => listed(&[row("a", "2026-11-02T10:00:00Z"), row("odd", "2099-01-01T00:00:00Z")], None),
    })
    .await;
    let client = server.afnor();
    let (messages, mark, _) = page(&client, &Mark::default()).await;
    assert_eq!((flows(&messages), mark.after.as_deref()), (vec!["a", "odd"], Some("2026-11-02T10:00:00Z")));
    let (messages, mark, _) = page(&client, &mark).await;
    assert_eq!((flows(&messages), mark.after.as_deref()), (vec!["late"], Some("2026-11-02T10:01:00Z")));
    // A mark of an earlier version that went there comes back.
    let lost = Mark { after: Some("2099-01-01T00:00:00Z".into()), ..Mark::default() };
    let (messages, mark, _) = page(&client, &lost).await;
    assert_eq!((flows(&messages), mark.after.as_deref()), (vec!["a", "odd"], Some("2026-11-02T10:00:00Z")));
}

/// A page that cannot be had, again and again, while others can: the listing begins anew.
#[tokio::test]
async fn a_cursor_that_fails_for_ever_is_left() {
    let down = std::sync::Arc::new(std::sync::atomic::AtomicBool::new(true));
    let all = down.clone();
    let server = with(move |request| match request {
        r if r.starts_with("GET") => answer(200, "", "<a/>"),
        r if r.contains("\"cursor\"") || all.load(std::sync::atomic::Ordering::Relaxed) => answer(500, "", ""),
        _ => listed(&[row("a", "2026-11-02T10:00:00Z")], None),
    })
    .await;
    let client = server.afnor();
    let mark = Mark { next: Some(crate::platforms::Next::Cursor("old".into())), ..Mark::default() };
    for _ in 0..12 {
        assert!(matches!(client.inbox(&mark).await, Inbox::NoAnswer { .. }), "where nothing answers, the cursor stays");
    }
    down.store(false, std::sync::atomic::Ordering::Relaxed);
    let mut waited = 0;
    while !matches!(client.inbox(&mark).await, Inbox::Page { .. }) {
        waited += 1;
        assert!(waited < 6, "it is asked for ever");
    }
}

#[tokio::test]
async fn a_cursor_that_died_begins_the_listing_anew() {
    let server = with(|request| match request {
        r if r.starts_with("GET") => answer(200, "", "<a/>"),
        r if r.contains("\"cursor\"") => answer(400, "", ERROR),
        _ => listed(&[row("a", "2026-11-02T10:00:00Z")], None),
    })
    .await;
    let mark = Mark { next: Some(crate::platforms::Next::Cursor("old".into())), ..Mark::default() };
    let (messages, mark, more) = page(&server.afnor(), &mark).await;
    assert_eq!((flows(&messages), more, mark.after.as_deref()), (vec!["a"], false, Some("2026-11-02T10:00:00Z")));
}

#[tokio::test]
async fn a_chorus_of_nonsense_is_no_inbox() {
    for body in ["", "[]", "{}", r#"{"results":7}"#, r#"{"results":[],"nextCursor":{}}"#] {
        let told = saying(200, body).await.afnor().inbox(&Mark::default()).await;
        assert!(matches!(told, Inbox::NoAnswer { .. }), "{body}: {told:?}");
    }
}
