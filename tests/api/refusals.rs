//! Requests that are refused: each with its code, none with a trace in the store.

use std::time::{Duration, Instant};

use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::stage::{Stage, invoice, refusal};

#[tokio::test]
async fn addresses_methods_queries_and_types_are_checked() {
    let stage = Stage::new().await;
    let ask = async |method, path: &str| refusal(stage.ask(method, path).send().await.unwrap()).await;
    assert_eq!(ask(Method::GET, "/v2/invoices").await, (404, "not-found".into()));
    assert_eq!(ask(Method::GET, "/v1/invoices/nothing").await, (404, "no-invoice".into()));
    assert_eq!(ask(Method::GET, "/v1/invoices?state=readdy").await, (400, "bad-query".into()));
    assert_eq!(ask(Method::GET, "/v1/invoices?numbre=1").await, (400, "bad-query".into()));
    assert_eq!(ask(Method::GET, "/v1/events?limit=0").await, (400, "bad-query".into()));
    let deleted = stage.ask(Method::DELETE, "/v1/invoices").send().await.unwrap();
    let allow = deleted.headers()["allow"].to_str().unwrap().to_owned();
    assert!(allow.contains("GET") && allow.contains("POST"), "{allow}");
    assert_eq!(refusal(deleted).await, (405, "method-not-allowed".into()));
    for kind in ["multipart/mixed; boundary=x", "application/x-www-form-urlencoded", "application/json", "text/plain"] {
        let request = stage
            .ask(Method::POST, "/v1/invoices")
            .header("content-type", kind)
            .body(invoice("01-good-ubl-mairie.xml"));
        assert_eq!(refusal(request.send().await.unwrap()).await, (415, "bad-media-type".into()), "{kind}");
    }
    for path in ["/v1/invoices", "/v1/validate"] {
        let request = stage.ask(Method::POST, path).header("content-type", "application/xml");
        let packed = request.header("content-encoding", "gzip").body(vec![0x1f, 0x8b, 8, 0]);
        assert_eq!(refusal(packed.send().await.unwrap()).await, (415, "bad-content-encoding".into()), "{path}");
    }
    assert_eq!(stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len(), 0);
}

/// A status (CDAR) is no invoice: told by name, kept nowhere; the door that judges takes it.
#[tokio::test]
async fn a_life_cycle_message_is_refused_as_an_invoice_and_judged_as_what_it_is() {
    let stage = Stage::new().await;
    let message = std::fs::read("fixtures/rules/fr-cdv/cdar-210.xml").unwrap();
    let ask = |path: &str| {
        let request = stage.ask(Method::POST, path).header("content-type", "application/xml");
        request.body(message.clone()).send()
    };
    let refused = ask("/v1/invoices").await.unwrap();
    assert_eq!(refused.headers()["content-type"], "application/problem+json");
    assert_eq!(refusal(refused).await, (422, "life-cycle-message".into()));
    let form = [
        &b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"statut.xml\"\r\n\r\n"[..],
        &message,
        b"\r\n--x--\r\n",
    ];
    let request = stage.ask(Method::POST, "/v1/invoices").header("content-type", "multipart/form-data; boundary=x");
    let refused = request.body(form.concat()).send().await.unwrap();
    assert_eq!(refusal(refused).await, (422, "life-cycle-message".into()));
    // Where a reference hides its name from the door, judging finds out, and nothing goes out.
    let hidden = String::from_utf8(message.clone()).unwrap().replace("Response:100\"", "Response:10&#48;\"");
    let request = stage.ask(Method::POST, "/v1/invoices").header("content-type", "application/xml");
    let taken: serde_json::Value = request.body(hidden).send().await.unwrap().json().await.unwrap();
    let row = stage.until(taken["id"].as_str().unwrap(), &["blocked"]).await;
    assert_eq!((&row["verdict"], &row["number"]), (&"not-judged".into(), &serde_json::Value::Null));
    let report = stage.get(&format!("/v1/invoices/{}/report", taken["id"].as_str().unwrap())).await;
    assert_eq!(report["findings"][0]["rule"], "FCT-READ-LIFE-CYCLE");
    assert_eq!(stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len(), 1);

    let report: serde_json::Value = ask("/v1/validate").await.unwrap().json().await.unwrap();
    assert_eq!(
        (&report["verdict"], &report["syntax"], &report["invoice"]),
        (&"valid".into(), &"cdar".into(), &serde_json::Value::Null)
    );
    assert_eq!((&report["message"]["status"], &report["message"]["invoice"]), (&"210".into(), &"FA-2026-0042".into()));
    for (form, words) in [
        ("text/plain", "FA-2026-0042"),
        ("text/html", "CMD_ERR"),
        ("application/svrl+xml", "fr-cdv"),
        ("application/sarif+json", "\"message\""),
        ("text/csv", "cdar"),
    ] {
        let request =
            stage.ask(Method::POST, "/v1/validate").header("content-type", "application/xml").header("accept", form);
        let body = request.body(message.clone()).send().await.unwrap().text().await.unwrap();
        assert!(body.contains(words), "{form}: {body}");
    }
}

#[tokio::test]
async fn a_request_keeps_its_own_id_where_it_is_one() {
    let stage = Stage::new().await;
    let with = async |id: &str| {
        let response = stage.client.get(stage.url("/healthz")).header("x-request-id", id).send().await.unwrap();
        response.headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    assert_eq!(with("erp-42").await, "erp-42");
    assert_ne!(with("a b\tc").await, "a b\tc");
    assert_ne!(with(&"x".repeat(65)).await.len(), 65);
}

#[tokio::test]
async fn a_document_that_breaks_off_is_not_kept() {
    let stage = Stage::new().await;
    let mut stream = TcpStream::connect(stage.daemon.address()).await.unwrap();
    let token = &stage.token;
    let head = format!(
        "POST /v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/xml\r\n\
         Content-Length: 1000\r\n\r\n<Invoice"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("\"code\":\"interrupted\""), "{answer}");
    assert_eq!(stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn a_body_without_end_is_cut_at_the_limit() {
    let stage = Stage::new().await;
    let mut stream = TcpStream::connect(stage.daemon.address()).await.unwrap();
    let token = &stage.token;
    let head = format!(
        "POST /v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nTransfer-Encoding: chunked\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let (mut reader, mut writer) = stream.into_split();
    let pump = tokio::spawn(async move {
        let piece = [b"100000\r\n".to_vec(), vec![b' '; 0x10_0000], b"\r\n".to_vec()].concat();
        // 101 MiB, then the end; the daemon may close at any time after its answer.
        for _ in 0..101 {
            if writer.write_all(&piece).await.is_err() {
                return;
            }
        }
        let _ = writer.write_all(b"0\r\n\r\n").await;
        tokio::time::sleep(Duration::from_secs(5)).await;
    });
    let mut answer = vec![0; 4096];
    let length = reader.read(&mut answer).await.unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]);
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
    assert!(answer.contains("\"code\":\"too-large\""), "{answer}");
    pump.abort();
    assert_eq!(stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn a_refusal_does_not_wait_for_the_body_and_arrives_whatever_is_still_sent() {
    let stage = Stage::new().await;
    let token = &stage.token;
    for (bearer, line, status) in [
        (token.as_str(), "Content-Type: text/xml\r\nContent-Length: 200000000", "413"),
        (token, "Content-Type: text/xml\r\nContent-Encoding: gzip\r\nContent-Length: 5000", "415"),
        (token, "Content-Type: image/png\r\nContent-Length: 5000", "415"),
        ("fct_wrong", "Content-Type: text/xml\r\nContent-Length: 5000", "401"),
    ] {
        let mut stream = TcpStream::connect(stage.daemon.address()).await.unwrap();
        let head =
            format!("POST /v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {bearer}\r\n{line}\r\n\r\nabc");
        let began = Instant::now();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut first = [0; 12];
        stream.read_exact(&mut first).await.unwrap();
        assert_eq!(String::from_utf8_lossy(&first), format!("HTTP/1.1 {status}"));
        assert!(began.elapsed() < Duration::from_secs(1), "{status} after {:?}", began.elapsed());
    }
    // A client that reads only once it has sent everything finds the answer, too.
    let mut stream = TcpStream::connect(stage.daemon.address()).await.unwrap();
    let length = 120 << 20;
    let head = format!(
        "POST /v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: text/xml\r\n\
         Content-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&vec![b' '; length]).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("too-large"), "{answer}");
}

#[tokio::test]
async fn parameters_are_known_everywhere_and_cursors_too() {
    let stage = Stage::new().await;
    let id = stage.accept("01-good-ubl-mairie.xml").await;
    let one = format!("/v1/invoices/{id}");
    for path in [format!("{one}?foo=1"), format!("{one}/document?foo=1"), "/v1/problems/0?foo=1".into()] {
        let asked = stage.ask(Method::GET, &path).send().await.unwrap();
        assert_eq!(refusal(asked).await, (400, "bad-query".into()), "{path}");
    }
    let sent = stage.post("/v1/invoices?nonsense=1", invoice("02-good-cii-hopital.xml")).await;
    assert_eq!(refusal(sent).await, (400, "bad-query".into()));
    let act = stage.ask(Method::POST, &format!("{one}/park?foo=1")).json(&serde_json::json!({"reason": "r"}));
    assert_eq!(refusal(act.send().await.unwrap()).await, (400, "bad-query".into()));
    let beyond = stage.ask(Method::GET, "/v1/clients?after=zzz").send().await.unwrap();
    assert_eq!(refusal(beyond).await, (404, "bad-cursor".into()));
}

#[tokio::test]
async fn an_act_is_an_object_and_what_it_says_is_not_told_back() {
    let stage = Stage::new().await;
    let id = stage.accept("01-good-ubl-mairie.xml").await;
    for (method, path) in [(Method::POST, format!("/v1/invoices/{id}/park")), (Method::PATCH, "/v1/problems/0".into())]
    {
        for body in [
            "[\"FA-SECRET-77\",\"why\"]",
            "{\"FA-SECRET-77\":1}",
            "{\"author\":[\"FA-SECRET-77\"]}",
            "\"FA-SECRET-77\"",
        ] {
            let request = stage.ask(method.clone(), &path).header("content-type", "application/json").body(body);
            let response = request.send().await.unwrap();
            assert_eq!(response.status(), 400, "{path} {body}");
            let told = response.text().await.unwrap();
            assert!(told.contains("bad-body") && told.contains("`author`") && !told.contains("SECRET"), "{told}");
        }
    }
}

#[tokio::test]
async fn a_request_names_one_host_and_one_length() {
    let stage = Stage::new().await;
    let token = &stage.token;
    let raw = async |head: &str| {
        let mut stream = TcpStream::connect(stage.daemon.address()).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        let mut answer = String::new();
        let reading = stream.read_to_string(&mut answer);
        let _ = tokio::time::timeout(Duration::from_secs(20), reading).await.expect("it closes");
        answer
    };
    for head in ["", "Host: a\r\nHost: b\r\n"] {
        let answer = raw(&format!("GET /healthz HTTP/1.1\r\n{head}Connection: close\r\n\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 400") && answer.contains("bad-host"), "{answer}");
    }
    assert!(raw("GET /healthz HTTP/1.0\r\n\r\n").await.starts_with("HTTP/1.0 200"));
    // Two lengths: the pieces count (RFC 9112, section 6.3), and nothing after them is taken for a request.
    let both = raw(&format!(
        "POST /v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: text/xml\r\n\
         Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n4\r\n<a/>\r\n0\r\n\r\n\
         GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    ))
    .await;
    assert_eq!(both.matches("HTTP/1.1 ").count(), 1, "{both}");
}

#[tokio::test]
async fn announced_documents_keep_nobody_out() {
    let stage = Stage::new().await;
    let mut claims = Vec::new();
    for _ in 0..4 {
        let mut stream = TcpStream::connect(stage.daemon.address()).await.unwrap();
        let head = format!(
            "POST /v1/validate HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: text/xml\r\n\
             Content-Length: {}\r\n\r\n<",
            stage.token,
            100 << 20
        );
        stream.write_all(head.as_bytes()).await.unwrap();
        claims.push(stream);
    }
    tokio::time::sleep(Duration::from_millis(200)).await;
    stage.accept("01-good-ubl-mairie.xml").await;
    let ready: serde_json::Value = stage.client.get(stage.url("/readyz")).send().await.unwrap().json().await.unwrap();
    assert_eq!(ready["bodies"], "ok");
}
