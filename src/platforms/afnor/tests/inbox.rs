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
    page(&client, &Mark::default()).await;
    page(&client, &Mark::default()).await;
    assert_eq!(server.times("flows/search"), 3, "the State's messages are asked for once");
    // What is wrong with both is no question of the type.
    let refusing = saying(400, ERROR).await;
    let client = refusing.afnor();
    for asked in [2, 4] {
        assert!(matches!(client.inbox(&Mark::default()).await, Inbox::NoAnswer { line: Line::Answers, .. }));
        assert_eq!(refusing.times("flows/search"), asked);
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
