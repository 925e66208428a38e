//! The client against servers that no platform should be: raw sockets on this machine.

mod directory;
mod inbox;

use std::time::Duration;

use serde_json::{Value, json};

use super::{Afnor, AfnorConfig};
use crate::config::FlowVersion;
use crate::limits;
use crate::platforms::line::hostile::{Hostile, TOKEN, answer, fine};
use crate::platforms::{Deposit, Follow, Intent, Line, Platform, Search, Voice};
use crate::store::Document;

const ERROR: &str = r#"{"errorCode":"PARAMS","errorMessage":"no"}"#;
const EXISTS: &str = r#"{"errorCode":"FLOW_ERROR","details":[{"reasonCode":"AlreadyExistingFlow"}]}"#;

impl Hostile {
    fn afnor_config(&self) -> AfnorConfig {
        let base = format!("http://{}", self.address);
        let mut config = AfnorConfig::new("pa", format!("{base}/flow/v1"), format!("{base}/token"));
        config.directory_url = Some(format!("{base}/directory"));
        config.client_id = "id".into();
        config.client_secret = "client-s3cret".into();
        config.connect_timeout = Duration::from_millis(900);
        config.timeout = Duration::from_secs(20);
        config
    }

    fn afnor(&self) -> Afnor {
        Afnor::new(self.afnor_config()).unwrap()
    }

    /// The requests whose first line has this.
    fn sent(&self, path: &str) -> Vec<String> {
        let heard = self.heard.lock().unwrap();
        heard.iter().filter(|text| text.lines().next().is_some_and(|line| line.contains(path))).cloned().collect()
    }
}

/// Gives tokens, and this to everything else.
async fn saying(http: u16, body: &'static str) -> Hostile {
    with(move |_| answer(http, "", body)).await
}

async fn with(to: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> Hostile {
    Hostile::start(move |request| if request.starts_with("POST /token") { TOKEN.into() } else { to(request) }).await
}

fn is_search(request: &str) -> bool {
    request.starts_with("POST /flow/v1/flows/search")
}

fn intent() -> Intent {
    Intent {
        invoice_id: "inv-1".into(),
        sha256: "ab".repeat(32),
        file_name: "f.xml".into(),
        syntax: "UBL CIUS".into(),
        number: "F-1".into(),
        seller: None,
        issued: None,
    }
}

async fn deposit(server: &Hostile) -> Deposit {
    server.afnor().deposit(&intent(), &Document::of(&b"<a/>"[..])).await
}

fn kind(deposit: &Deposit) -> &'static str {
    match deposit {
        Deposit::Taken { .. } => "taken",
        Deposit::Refused { .. } => "refused",
        Deposit::NotSent { .. } => "not-sent",
        Deposit::Unknown { .. } => "unknown",
    }
}

#[tokio::test]
async fn an_outcome_says_no_more_than_the_answer() {
    for (http, body, expected) in [
        (202, r#"{"flowId":"f-1","submittedAt":"2026-11-02T10:00:00Z"}"#, "taken"),
        (202, r#"{"flowId":"f-1","trackingId":"inv-1"}"#, "taken"),
        (202, r#"{"flowId":"f-1","trackingId":"another"}"#, "unknown"),
        (202, r#"{"flowId":"f-1","sha256":"00"}"#, "unknown"),
        (202, "{}", "unknown"),
        (200, "<html>login</html>", "unknown"),
        (202, "", "unknown"),
        (302, "", "unknown"),
        (400, ERROR, "refused"),
        (400, "", "refused"),
        (413, "too large", "refused"),
        (422, ERROR, "refused"),
        (401, "", "not-sent"),
        (403, ERROR, "not-sent"),
        (404, "<html>", "not-sent"),
        (404, ERROR, "not-sent"),
        (405, ERROR, "not-sent"),
        (408, "", "unknown"),
        (429, "", "not-sent"),
        (503, ERROR, "unknown"),
        (500, ERROR, "unknown"),
        (502, "", "unknown"),
        (504, "gateway", "unknown"),
    ] {
        let server = saying(http, body).await;
        let outcome = deposit(&server).await;
        assert_eq!(kind(&outcome), expected, "{http} {body}: {outcome:?}");
        // A 401 alone is asked once more, with a new token.
        assert_eq!(server.times("POST /flow/v1/flows "), if http == 401 { 2 } else { 1 }, "{http} {body}");
    }
}

#[tokio::test]
async fn an_answer_that_breaks_off_proves_nothing() {
    for cut in [
        &b""[..],
        b"HTTP/1.1 202 Accepted\r\n",
        b"HTTP/1.1 202 Accepted\r\nContent-Length: 90\r\n\r\n{\"flowId\":\"f-1\"}",
        b"HTTP/1.1 400 Bad\r\nContent-Length: 90\r\n\r\n{\"errorCode\":\"X\"}",
        b"\x00\x01\x02",
    ] {
        let server = with(move |_| cut.to_vec()).await;
        let outcome = deposit(&server).await;
        assert_eq!(kind(&outcome), "unknown", "{:?}: {outcome:?}", String::from_utf8_lossy(cut));
        let search = server.afnor().search(&intent()).await;
        assert!(matches!(search, Search::NoAnswer { line: Line::Silent, .. }), "{search:?}");
        let followed = server.afnor().follow(&intent(), Some("f-1"), None).await;
        assert!(matches!(followed, Follow::NoAnswer { line: Line::Silent, .. }), "{followed:?}");
    }
}

#[tokio::test]
async fn a_platform_that_asks_for_patience_gets_it() {
    let server = with(|_| answer(429, "Retry-After: 9\r\n", "")).await;
    assert!(matches!(deposit(&server).await, Deposit::NotSent { retry_after_ms: Some(9_000), .. }));
    let followed = server.afnor().follow(&intent(), Some("f-1"), None).await;
    assert!(matches!(followed, Follow::NoAnswer { retry_after_ms: Some(9_000), .. }), "{followed:?}");
}

#[tokio::test]
async fn without_a_token_nothing_leaves() {
    let server = Hostile::start(|_| answer(400, "", r#"{"error":"invalid_client"}"#)).await;
    let outcome = deposit(&server).await;
    assert!(matches!(&outcome, Deposit::NotSent { why, .. } if why.contains("client_id")), "{outcome:?}");
    assert_eq!(server.times("/v1/flows"), 0);
    assert!(server.afnor().check().await.unwrap_err().contains("token"));
}

/// A repeated deposit is the first one's success, where a search shows that one.
#[tokio::test]
async fn what_is_there_already_is_looked_for() {
    let sha256 = "ab".repeat(32);
    let row = |extra: Value| {
        let mut row = json!({ "flowId": "f-7", "trackingId": "inv-1", "acknowledgement": { "status": "Ok" } });
        row.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        json!({ "results": [row] }).to_string()
    };
    let repetition =
        json!({ "status": "Error", "details": [{ "level": "Error", "reasonCode": "AlreadyExistingFlow" }] });
    for (search, expected) in [
        (answer(200, "", &row(json!({}))), "taken"),
        (answer(200, "", &row(json!({ "sha256": sha256 }))), "taken"),
        (answer(200, "", &row(json!({ "sha256": "cd".repeat(32) }))), "unknown"),
        (answer(200, "", &row(json!({ "acknowledgement": repetition }))), "unknown"),
        (answer(200, "", &row(json!({ "trackingId": "another" }))), "unknown"),
        (answer(200, "", r#"{"results":[]}"#), "unknown"),
        (answer(200, "", "{}"), "unknown"),
        (answer(500, "", ""), "unknown"),
        (Vec::new(), "unknown"),
    ] {
        for (http, body) in [(400, EXISTS), (409, ""), (422, EXISTS)] {
            let told = search.clone();
            let server = with(move |request| match is_search(request) {
                true => told.clone(),
                false => answer(http, "", body),
            })
            .await;
            let outcome = deposit(&server).await;
            assert_eq!(kind(&outcome), expected, "{http}: {outcome:?}");
            if let Deposit::Taken { reference, raw } = outcome {
                assert_eq!((reference.as_str(), raw.len()), ("f-7", 3));
            }
            assert_eq!(server.times("POST /flow/v1/flows "), 1, "never a second deposit");
        }
    }
}

#[tokio::test]
async fn the_body_of_a_deposit_is_what_the_norm_asks_for() {
    let server = saying(202, r#"{"flowId":"f-1"}"#).await;
    let mut config = server.afnor_config();
    (config.organization_id, config.scope) = (Some("org-9".into()), Some("flows".into()));
    let client = Afnor::new(config).unwrap();
    let document: Vec<u8> =
        std::iter::repeat_n(b"<line>\r\n--x--</line>".as_slice(), 9_000).flatten().copied().collect();
    for _ in 0..2 {
        let outcome = client.deposit(&intent(), &Document::of(document.clone())).await;
        assert!(matches!(outcome, Deposit::Taken { .. }), "{outcome:?}");
    }
    assert!(server.sent("/token")[0].contains("scope=flows"));
    let sent = server.sent("/flow/v1/flows");
    let header = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.to_ascii_lowercase().starts_with(name));
        line.and_then(|line| line.split_once(": ")).map(|(_, value)| value.to_owned()).unwrap_or_default()
    };
    assert_ne!(header(&sent[0], "request-id"), header(&sent[1], "request-id"));
    assert_eq!((header(&sent[0], "organization-id").as_str(), header(&sent[0], "request-id").len()), ("org-9", 36));
    let boundary = header(&sent[0], "content-type").split_once("boundary=").unwrap().1.to_owned();
    assert_ne!(header(&sent[1], "content-type"), header(&sent[0], "content-type"));
    let body = sent[0].split_once("\r\n\r\n").unwrap().1;
    assert_eq!(body.len().to_string(), header(&sent[0], "content-length"));
    let parts: Vec<&str> = body.split(&format!("--{boundary}")).collect();
    assert_eq!((parts.len(), parts[3]), (4, "--\r\n"));
    let (head, info) = parts[1].split_once("\r\n\r\n").unwrap();
    assert!(head.contains("name=\"flowInfo\"") && head.contains("application/json"), "{head}");
    let info: Value = serde_json::from_str(info.trim_end()).unwrap();
    let expected = json!({ "flowSyntax": "UBL", "flowProfile": "CIUS", "name": "f.xml", "trackingId": "inv-1", "sha256": "ab".repeat(32) });
    assert_eq!(info, expected);
    let (head, file) = parts[2].split_once("\r\n\r\n").unwrap();
    assert!(head.contains("name=\"file\"; filename=\"f.xml\"") && head.contains("application/xml"), "{head}");
    assert_eq!(file.strip_suffix("\r\n").unwrap().as_bytes(), document);
}

#[tokio::test]
async fn only_a_stated_and_whole_list_proves_absence() {
    let full = json!({ "results": vec![json!({ "flowId": "x", "trackingId": "other" }); 50] }).to_string();
    for (body, absent) in [
        (r#"{"results":[]}"#.to_owned(), true),
        (r#"{"results":[],"nextCursor":null}"#.into(), true),
        (r#"{"results":[{"flowId":"x","trackingId":"other"}],"nextCursor":""}"#.into(), true),
        (r#"{"results":[{"flowId":"x","trackingId":"inv-1","flowType":"CustomerInvoiceLC"}]}"#.into(), true),
        (r#"{"results":null}"#.into(), false),
        (r#"{"results":[7]}"#.into(), false),
        (r#"{"results":[{"flowId":"x"}]}"#.into(), false),
        (r#"{"results":[],"nextCursor":7}"#.into(), false),
        // One page over and over.
        (r#"{"results":[],"nextCursor":"c"}"#.into(), false),
        (full, false),
        ("{}".into(), false),
        ("[]".into(), false),
    ] {
        let told = body.clone();
        let server = with(move |_| fine(&told)).await;
        let search = server.afnor().search(&intent()).await;
        assert_eq!(matches!(search, Search::Absent { .. }), absent, "{body}: {search:?}");
        assert_eq!(matches!(search, Search::NoAnswer { .. }), !absent, "{body}: {search:?}");
    }
}

#[tokio::test]
async fn a_search_reads_all_pages_and_prefers_what_was_taken() {
    let server = with(|request| match request.contains("\"cursor\":\"two\"") {
        true => fine(r#"{"results":[{"flowId":"good","trackingId":"inv-1","submittedAt":"1","acknowledgement":{"status":"Pending"}}]}"#),
        false => fine(r#"{"results":[{"flowId":"bad","trackingId":"inv-1","submittedAt":"2","acknowledgement":{"status":"Error"}}],"nextCursor":"two"}"#),
    })
    .await;
    let Search::Found { reference, raw, .. } = server.afnor().search(&intent()).await else { panic!() };
    assert_eq!(reference.as_deref(), Some("good"));
    assert_eq!((server.times("flows/search"), raw.len()), (2, 3));
    assert!(server.sent("flows/search")[0].contains(r#""where":{"trackingId":"inv-1"}"#));
}

#[tokio::test]
async fn an_acknowledgement_is_technical_and_about_this_flow() {
    for (body, codes) in [
        (r#"{"flowId":"f/1","acknowledgement":{"status":"Ok"},"updatedAt":"u"}"#, Some(vec![("FLOW_OK", None)])),
        (r#"{"flowId":"f/1","acknowledgement":{"status":"Pending"}}"#, Some(vec![("FLOW_PENDING", None)])),
        (
            r#"{"flowId":"f/1","acknowledgement":{"status":"Error","details":[{"level":"Error","reasonCode":"InvalidSchema"}]}}"#,
            Some(vec![("FLOW_ERROR", Some("InvalidSchema"))]),
        ),
        (r#"{"flowId":"f/1","acknowledgement":{"status":"Parti"}}"#, Some(vec![("FLOW_PARTI", None)])),
        (r#"{"flowId":"f/2","acknowledgement":{"status":"Ok"}}"#, None),
        (r#"{"flowId":"f/1"}"#, None),
        ("{}", None),
    ] {
        let server = saying(200, body).await;
        let followed = server.afnor().follow(&intent(), Some("f/1"), None).await;
        match (followed, codes) {
            (Follow::Statuses { statuses, .. }, Some(codes)) => {
                let told: Vec<_> = statuses.iter().map(|s| (s.code.as_str(), s.reason.as_deref())).collect();
                assert_eq!(told, codes, "{body}");
                assert!(statuses.iter().all(|status| status.voice == Voice::Platform));
            }
            (Follow::NoAnswer { line, .. }, None) => assert_eq!(line, Line::Answers, "{body}"),
            (followed, _) => panic!("{body}: {followed:?}"),
        }
        assert_eq!(server.times("GET /flow/v1/flows/f%2F1?docType=Metadata"), 1, "a foreign id leads nowhere else");
    }
}

#[tokio::test]
async fn a_server_that_echoes_gives_no_secret_away_and_one_that_never_ends_is_left() {
    let server = with(|request| answer(400, "", &format!("{request} client-s3cret"))).await;
    let outcome = deposit(&server).await;
    assert!(matches!(outcome, Deposit::Refused { .. }));
    for secret in ["t0ken-of-gold", "client-s3cret"] {
        assert!(!format!("{outcome:?}").contains(secret), "{secret}");
    }
    let endless = with(|_| {
        let mut answer = b"HTTP/1.1 202 OK\r\n\r\n".to_vec();
        answer.resize(limits::ANSWER_BYTES + 100_000, b' ');
        answer
    })
    .await;
    let Deposit::Unknown { why, .. } = deposit(&endless).await else { panic!() };
    assert!(why.contains("longer"), "{why}");
}

#[tokio::test]
async fn the_version_bounds_our_reference() {
    let long = Intent { invoice_id: "f".repeat(60), ..intent() };
    for (version, length) in [(FlowVersion::V1_3, 60), (FlowVersion::V1_2, 32)] {
        let server = saying(200, r#"{"results":[]}"#).await;
        let client = Afnor::new(AfnorConfig { version, ..server.afnor_config() }).unwrap();
        assert!(matches!(client.search(&long).await, Search::Absent { .. }));
        let sent = server.sent("flows/search");
        let body: Value = serde_json::from_str(sent[0].split_once("\r\n\r\n").unwrap().1).unwrap();
        assert_eq!(body["where"]["trackingId"].as_str().map(str::len), Some(length));
    }
}
