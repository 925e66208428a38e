//! What comes over the wire and is no request, and clients that take up room: refused in problem+json, and let go in time.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::timeout;

use super::stage::{Stage, refusal};

/// Longest wait for room where others hold it against the rules.
const SOON: Duration = Duration::from_secs(9);

/// An answer as it came: its status, its headers by name, its body.
fn parted(answer: &[u8]) -> (u16, BTreeMap<String, String>, Vec<u8>) {
    let shown = String::from_utf8_lossy(answer);
    let at = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap_or_else(|| panic!("no head: {shown:?}"));
    let head = String::from_utf8(answer[..at].to_vec()).unwrap();
    let mut lines = head.split("\r\n");
    let status = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers = lines.map(|line| line.split_once(": ").unwrap()).map(|(name, value)| (name.into(), value.into()));
    (status, headers.collect(), answer[at + 4..].to_vec())
}

#[tokio::test]
async fn what_is_no_request_is_refused_as_every_other_fault_is() {
    let stage = Stage::new().await;
    let long = "a".repeat(70_000);
    let post = |lines: &str| format!("POST /v1/invoices HTTP/1.1\r\nHost: x\r\n{lines}\r\n\r\n");
    let get = |line: &str| format!("GET /healthz HTTP/1.1\r\nHost: x\r\n{line}\r\n\r\n");
    let cases: [(String, u16, &str); 14] = [
        ("G@T / HTTP/1.1\r\nHost: x\r\n\r\n".into(), 400, "bad-request"),
        ("\u{16}\u{3}\u{1}\u{2}\u{0}\u{1}".into(), 400, "bad-request"),
        ("GET / HTTP/9.9\r\nHost: x\r\n\r\n".into(), 400, "bad-request"),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".into(), 400, "bad-request"),
        ("GET /\u{1} HTTP/1.1\r\nHost: x\r\n\r\n".into(), 400, "bad-request"),
        (get("b ad: x"), 400, "bad-request"),
        (get("X: a\u{0}b"), 400, "bad-request"),
        (post("Content-Length: -1"), 400, "bad-request"),
        (post("Content-Length: 1\r\nContent-Length: 2"), 400, "bad-request"),
        (post("Transfer-Encoding: gzip"), 400, "bad-request"),
        (format!("GET /{long} HTTP/1.1\r\nHost: x\r\n\r\n"), 414, "address-too-long"),
        (get(&format!("X: {long}")), 431, "head-too-large"),
        (get(&"X: a\r\n".repeat(120)), 431, "head-too-large"),
        // The same after an answer, on a connection that was used.
        ("\r\nGARBAGE\r\n\r\n".into(), 400, "bad-request"),
    ];
    let mut details = BTreeMap::new();
    for (request, status, code) in &cases {
        for before in ["", "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"] {
            let shown: String = request.chars().take(60).collect();
            let mut stream = TcpStream::connect(stage.daemon.address()).await.unwrap();
            if !before.is_empty() {
                stream.write_all(before.as_bytes()).await.unwrap();
                let mut answer = [0; 4096];
                assert!(stream.read(&mut answer).await.unwrap() > 0);
            }
            let _ = stream.write_all(request.as_bytes()).await;
            let mut answer = Vec::new();
            timeout(SOON, stream.read_to_end(&mut answer)).await.expect("it closes").unwrap();
            let (found, headers, body) = parted(&answer);
            assert_eq!(found, *status, "{shown:?}");
            assert_eq!(headers["content-type"], "application/problem+json", "{shown:?}");
            assert_eq!(headers["connection"], "close", "{shown:?}");
            assert_eq!(headers["content-length"], body.len().to_string(), "{shown:?}");
            assert_eq!(headers["x-content-type-options"], "nosniff");
            assert!(headers["date"].ends_with(" GMT"), "{}", headers["date"]);
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!((&body["code"], &body["status"]), (&json!(code), &json!(status)), "{shown:?}");
            assert_eq!(body["request_id"], headers["x-request-id"].as_str());
            assert_ne!(body["messages"]["fr"], body["messages"]["en"]);
            details.insert(body["detail"].as_str().unwrap().to_owned(), shown);
        }
    }
    assert!(details.len() >= 8, "each says what is wrong: {details:#?}");
    let told = stage.get("/openapi.json").await.to_string();
    for code in ["bad-request", "address-too-long", "head-too-large", "stopping", "hidden-character"] {
        assert!(told.contains(&format!("`{code}`: ")), "{code} is described");
    }
    let mut stream = TcpStream::connect(stage.daemon.address()).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nHos").await.unwrap();
    stream.shutdown().await.unwrap();
    let mut half = String::new();
    timeout(SOON, stream.read_to_string(&mut half)).await.expect("it closes").unwrap();
    assert!(half.starts_with("HTTP/1.1 400 ") && half.contains("bad-request"), "{half}");
}

#[tokio::test]
async fn no_address_passes_over_a_parameter_that_it_does_not_know() {
    let stage = Stage::new().await;
    let id = stage.accept("09-wrong-order-number-missing.xml").await;
    stage.until(&id, &["blocked"]).await;
    let problem = stage.get("/v1/problems").await["problems"][0]["id"].as_str().unwrap().to_owned();
    let described = stage.get("/openapi.json").await;
    let mut asked = 0;
    for (path, item) in described["paths"].as_object().unwrap() {
        let named = if path.starts_with("/v1/problems") { &problem } else { &id };
        let at = format!("{}?nobody_knows_this=1", path.replace("{id}", named));
        for method in item.as_object().unwrap().keys() {
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let mut request = stage.ask(method.clone(), &at);
            if method != Method::GET {
                request = request.header("content-type", "application/json").body("{}");
                if path == "/v1/invoices" || path == "/v1/validate" {
                    request = stage.ask(method.clone(), &at).header("content-type", "text/xml").body("<a/>");
                }
            }
            assert_eq!(refusal(request.send().await.unwrap()).await, (400, "bad-query".into()), "{method} {path}");
            asked += 1;
        }
    }
    assert!(asked >= 23, "{asked} operations");
    // An empty query is none.
    assert_eq!(stage.ask(Method::GET, "/healthz?").send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn characters_that_hide_are_not_kept_with_what_people_do() {
    let stage = Stage::new().await;
    let id = stage.accept("09-wrong-order-number-missing.xml").await;
    stage.until(&id, &["blocked"]).await;
    let problem = stage.get("/v1/problems").await["problems"][0]["id"].as_str().unwrap().to_owned();
    let before = (stage.get(&format!("/v1/invoices/{id}/events")).await, stage.get("/v1/problems").await);
    let hiding = ['\0', '\u{7}', '\u{1b}', '\u{7f}', '\u{9b}', '\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}'];
    let mut wishes = Vec::new();
    for act in ["release", "park", "cancel", "retry"] {
        wishes.extend(["author", "reason"].map(|member| (Method::POST, format!("/v1/invoices/{id}/{act}"), member)));
    }
    for member in ["author", "comment", "owner", "next_action"] {
        wishes.push((Method::PATCH, format!("/v1/problems/{problem}"), member));
    }
    for (method, path, member) in &wishes {
        for c in hiding {
            let mut body = match *method == Method::POST {
                true => json!({ "author": "Marie", "reason": "agreed" }),
                false => json!({ "author": "Marie", "comment": "agreed" }),
            };
            body[*member] = format!("Ma{c}rie").into();
            let response = stage.ask(method.clone(), path).json(&body).send().await.unwrap();
            assert_eq!(refusal(response).await, (422, "hidden-character".into()), "{path} {member} {c:?}");
        }
    }
    let author = stage.ask(Method::PATCH, &format!("/v1/problems/{problem}")).json(&json!({ "author": "Ma\nrie" }));
    assert_eq!(refusal(author.send().await.unwrap()).await, (422, "hidden-character".into()), "a name is one line");
    let after = (stage.get(&format!("/v1/invoices/{id}/events")).await, stage.get("/v1/problems").await);
    assert_eq!(before, after, "nothing of it was kept");
    let lines = json!({ "author": "Zoé Łódź", "reason": "first\r\n\tsecond\nthird «\u{a0}x\u{a0}» 🙂" });
    let parked = stage.ask(Method::POST, &format!("/v1/invoices/{id}/park")).json(&lines).send().await.unwrap();
    assert_eq!(parked.status(), 200);
    assert_eq!(stage.get(&format!("/v1/invoices/{id}")).await["parked_why"], lines["reason"]);
}

/// Answered on a new connection, and after how long.
async fn served(stage: &Stage) -> Duration {
    let began = Instant::now();
    let ask = async {
        let mut stream = TcpStream::connect(stage.daemon.address()).await.unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await.map(|_| answer)
    };
    let answer = timeout(Duration::from_secs(30), ask).await.expect("it is served").unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    began.elapsed()
}

/// A client with hardly any room for answers, which it never reads.
async fn deaf(stage: &Stage) -> TcpStream {
    let socket = TcpSocket::new_v4().unwrap();
    socket.set_recv_buffer_size(1_024).unwrap();
    let mut stream = socket.connect(stage.daemon.address()).await.unwrap();
    let asks = "GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n".repeat(200);
    stream.write_all(asks.as_bytes()).await.unwrap();
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn clients_that_do_not_read_make_room_for_those_who_do() {
    let stage = Stage::with("connections = 24").await;
    let mut held = Vec::new();
    for _ in 0..24 {
        held.push(deaf(&stage).await);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let waited = served(&stage).await;
    println!("served after {waited:?}");
    assert!(waited > Duration::from_secs(1), "the room was full");
    assert!(waited < SOON, "{waited:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bodies_that_hardly_come_make_room_and_are_told() {
    let stage = Stage::with("connections = 8").await;
    let mut held = Vec::new();
    for _ in 0..8 {
        let mut stream = TcpStream::connect(stage.daemon.address()).await.unwrap();
        let head = format!(
            "POST /v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: text/xml\r\n\
             Content-Length: 90000\r\n\r\n<",
            stage.token
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        let (mut reader, mut writer) = stream.into_split();
        // One byte at a time, so that something always comes.
        tokio::spawn(async move {
            while writer.write_all(b" ").await.is_ok() {
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        });
        held.push(tokio::spawn(async move {
            let mut answer = String::new();
            let _ = reader.read_to_string(&mut answer).await;
            answer
        }));
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    let waited = served(&stage).await;
    println!("served after {waited:?}");
    assert!(waited < SOON, "{waited:?}");
    for held in held {
        let answer = timeout(Duration::from_secs(30), held).await.expect("it ends").unwrap();
        assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("\"code\":\"too-slow\""), "{answer}");
    }
    assert_eq!(stage.get("/v1/invoices").await["invoices"], json!([]));
}

#[tokio::test]
async fn a_body_comes_in_pieces_and_in_no_other_coding() {
    let stage = Stage::new().await;
    let before = stage.get("/v1/invoices").await;
    for lines in [
        "Transfer-Encoding: gzip, chunked",
        "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: chunked, chunked",
        "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked",
        "Transfer-Encoding: identity, chunked",
        "Transfer-Encoding: ,chunked",
    ] {
        for path in ["/v1/invoices", "/v1/validate", "/check"] {
            let token = &stage.token;
            let request = format!(
                "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: text/xml\r\n\
                 {lines}\r\n\r\n5\r\nhello\r\n0\r\n\r\n"
            );
            let mut stream = TcpStream::connect(stage.daemon.address()).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = Vec::new();
            timeout(SOON, stream.read_to_end(&mut answer)).await.expect("it closes").unwrap();
            let (status, headers, body) = parted(&answer);
            let body: Value = serde_json::from_slice(&body).unwrap();
            assert_eq!((status, &body["code"]), (400, &json!("bad-request")), "{path} {lines}");
            assert_eq!(headers["connection"], "close", "{path} {lines}");
            assert!(body["detail"].as_str().unwrap().contains("`chunked` alone"), "{body}");
        }
    }
    assert_eq!(stage.get("/v1/invoices").await, before, "nothing was kept");
    let request = format!(
        "POST /v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: text/xml\r\n\
         Transfer-Encoding: Chunked\r\nConnection: close\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        stage.token
    );
    let mut stream = TcpStream::connect(stage.daemon.address()).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    timeout(SOON, stream.read_to_end(&mut answer)).await.expect("it closes").unwrap();
    assert_eq!(parted(&answer).0, 202, "in pieces alone it is taken");
}

#[tokio::test]
async fn a_query_that_is_spoilt_on_the_way_is_no_other_question() {
    let stage = Stage::new().await;
    for spoilt in ["%zz", "%ff", "%00", "%", "%4", "%C3"] {
        for path in ["/v1/invoices?q=", "/v1/problems?customer=", "/v1/events?limit=1&after=", "/healthz?x="] {
            let response = stage.ask(Method::GET, &format!("{path}{spoilt}")).send().await.unwrap();
            assert_eq!(refusal(response).await, (400, "bad-query".into()), "{path}{spoilt}");
        }
        let judged = stage.ask(Method::POST, &format!("/v1/validate?file={spoilt}"));
        let response = judged.header("content-type", "text/xml").body("<a/>").send().await.unwrap();
        assert_eq!(refusal(response).await, (400, "bad-query".into()), "/v1/validate?file={spoilt}");
    }
    let fine = stage.ask(Method::GET, "/v1/invoices?q=%C3%A9+%25").send().await.unwrap();
    assert_eq!(fine.status(), 200);
}

#[tokio::test]
async fn a_key_that_cannot_be_used_is_refused_wherever_something_is_sent() {
    let stage = Stage::new().await;
    let id = stage.accept("09-wrong-order-number-missing.xml").await;
    stage.until(&id, &["blocked"]).await;
    let act = format!("/v1/invoices/{id}/park");
    for path in ["/v1/invoices", "/v1/validate", &act] {
        for key in ["", &"k".repeat(300), "é"] {
            let kind = if path == act { "application/json" } else { "text/xml" };
            let request = stage.ask(Method::POST, path).header("content-type", kind);
            let key = reqwest::header::HeaderValue::from_bytes(key.as_bytes()).unwrap();
            let body = if path == act { "{\"author\":\"Marie\",\"reason\":\"x\"}" } else { "<a/>" };
            let response = request.header("idempotency-key", key).body(body).send().await.unwrap();
            assert_eq!(refusal(response).await, (400, "bad-idempotency-key".into()), "{path}");
        }
    }
}
