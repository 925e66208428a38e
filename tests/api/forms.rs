//! Documents in forms: one file, its exact bytes, within the same bounds; everything else refused by name.

use reqwest::Method;
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::stage::{Stage, invoice, refusal};

const GOOD: &str = "01-good-ubl-mairie.xml";

fn part(disposition: &str, bytes: &[u8]) -> Vec<u8> {
    let head = format!("--limit\r\nContent-Disposition: form-data; {disposition}\r\n\r\n");
    [head.as_bytes(), bytes, b"\r\n"].concat()
}

fn form(parts: &[Vec<u8>]) -> Vec<u8> {
    [parts.concat(), b"--limit--\r\n".to_vec()].concat()
}

fn file(name: &str, bytes: &[u8]) -> Vec<u8> {
    part(&format!("name=\"{name}\"; filename=\"F-1.xml\""), bytes)
}

impl Stage {
    async fn form(&self, path: &str, body: Vec<u8>) -> reqwest::Response {
        let kind = "multipart/form-data; boundary=\"limit\"";
        self.ask(Method::POST, path).header("content-type", kind).body(body).send().await.unwrap()
    }

    /// Sends bytes as they are, and reads until the daemon closes.
    async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.daemon.address()).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        let mut answer = Vec::new();
        let reading = stream.read_to_end(&mut answer);
        let _ = tokio::time::timeout(std::time::Duration::from_secs(20), reading).await.expect("it closes");
        String::from_utf8_lossy(&answer).into_owned()
    }
}

#[tokio::test]
async fn a_form_and_a_raw_body_are_the_same_invoice() {
    let stage = Stage::new().await;
    let raw: Value = stage.post("/v1/invoices", invoice(GOOD)).await.json().await.unwrap();
    for name in ["file", "invoice", "a \u{e9}"] {
        let sent = stage.form("/v1/invoices", form(&[file(name, &invoice(GOOD))])).await;
        assert_eq!((sent.status().as_u16(), &sent.headers()["idempotent-replayed"]), (202, &"true".parse().unwrap()));
        assert_eq!(sent.json::<Value>().await.unwrap(), raw, "{name}");
    }
    let judged = stage.form("/v1/validate", form(&[file("file", &invoice(GOOD))])).await;
    let report: Value = judged.json().await.unwrap();
    assert_eq!(
        (&report["verdict"], &report["file"], &report["sha256"]),
        (&"valid".into(), &"F-1.xml".into(), &raw["sha256"])
    );
    let named = stage.form("/v1/validate?file=mine.xml", form(&[file("file", &invoice(GOOD))])).await;
    assert_eq!(named.json::<Value>().await.unwrap()["file"], "mine.xml");
}

#[tokio::test]
async fn a_form_that_is_not_one_file_is_refused_by_name_and_leaves_nothing() {
    let stage = Stage::new().await;
    let one = file("file", b"<a/>");
    let note = part("name=\"note\"", b"x");
    let whole = form(std::slice::from_ref(&one));
    for (body, reason) in [
        (form(&[one.clone(), one.clone()]), "several-files"),
        (form(&[one.clone(), note.clone()]), "unexpected-part"),
        (form(&[note]), "unexpected-part"),
        (form(&[]), "no-file"),
        (Vec::new(), "no-file"),
        (form(&[part("name=\"file\"; filename=\"\"", b"")]), "empty-file"),
        (whole[..whole.len() - 5].to_vec(), "truncated"),
        (one.clone(), "truncated"),
        (form(&[part("name=\"file\"\r\nContent-Type: multipart/mixed; boundary=in", b"--in--")]), "nested"),
        (form(&[part("name=\"file\"\r\nContent-Transfer-Encoding: base64", b"PGEvPg==")]), "encoded-part"),
    ] {
        for path in ["/v1/invoices", "/v1/validate"] {
            let refused = stage.form(path, body.clone()).await;
            assert_eq!(refused.status(), 400, "{reason}");
            let told: Value = refused.json().await.unwrap();
            assert_eq!((&told["code"], &told["reason"]), (&"bad-multipart".into(), &reason.into()), "{told}");
        }
    }
    assert_eq!(stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn an_empty_file_is_a_document_however_it_comes() {
    let stage = Stage::new().await;
    let raw = stage.post("/v1/invoices", Vec::new()).await;
    assert_eq!(raw.status(), 202);
    let raw: Value = raw.json().await.unwrap();
    let sent = stage.form("/v1/invoices", form(&[file("file", b"")])).await;
    assert_eq!(sent.status(), 202);
    assert_eq!(sent.json::<Value>().await.unwrap(), raw);
    stage.until(raw["id"].as_str().unwrap(), &["blocked"]).await;
}

#[tokio::test]
async fn a_web_page_cannot_post_a_form_where_no_token_is_asked_for() {
    let stage = Stage::with("open_on_loopback = true").await;
    let post = || {
        let request = stage.client.post(stage.url("/v1/invoices"));
        request
            .header("content-type", "multipart/form-data; boundary=limit")
            .body(form(&[file("file", &invoice(GOOD))]))
    };
    for (name, value) in [
        ("origin", "https://evil.test"),
        ("origin", "null"),
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
    ] {
        let refused = post().header(name, value).send().await.unwrap();
        assert_eq!(refusal(refused).await, (403, "cross-site".into()), "{name}: {value}");
    }
    let rebound = post().header("host", "evil.test:80").send().await.unwrap();
    assert_eq!(refusal(rebound).await, (403, "cross-site".into()));
    let list = stage.client.get(stage.url("/v1/invoices")).send().await.unwrap().json::<Value>().await.unwrap();
    assert_eq!(list["invoices"], serde_json::json!([]), "nothing came in");
    assert_eq!(post().send().await.unwrap().status(), 202, "a program of this machine may");
}

#[tokio::test]
async fn a_client_that_asks_before_it_sends_is_answered_before_it_sends() {
    let stage = Stage::new().await;
    let token = &stage.token;
    let head = |token: &str, length: usize| {
        format!(
            "POST /v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/xml\r\n\
             Expect: 100-continue\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
        )
    };
    for (token, length, status, code) in
        [("fct_wrong", 9, "401", "bad-token"), (token.as_str(), 200_000_000, "413", "too-large")]
    {
        let answer = stage.raw(head(token, length).as_bytes()).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")) && answer.contains(code), "{answer}");
    }
    let mut stream = TcpStream::connect(stage.daemon.address()).await.unwrap();
    stream.write_all(head(token, 4).as_bytes()).await.unwrap();
    let mut word = [0; 25];
    stream.read_exact(&mut word).await.unwrap();
    assert_eq!(&word, b"HTTP/1.1 100 Continue\r\n\r\n");
    stream.write_all(b"<a/>").await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 202"), "{answer}");
}

#[tokio::test]
async fn a_length_that_lies_keeps_nothing_that_was_not_sent() {
    let stage = Stage::new().await;
    let token = &stage.token;
    let send = async |length: &str, body: &str| {
        let head = format!(
            "POST /v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/xml\r\n{length}\r\n\r\n"
        );
        stage.raw(format!("{head}{body}").as_bytes()).await
    };
    // Shorter than what follows: the rest is no request, and the connection ends.
    let short = send("Content-Length: 4", "<a/>GARBAGE\r\n\r\n").await;
    assert!(
        short.starts_with("HTTP/1.1 202") && short.contains("HTTP/1.1 400 ") && short.contains("bad-request"),
        "{short}"
    );
    for lie in
        ["Content-Length: -1", "Content-Length: 4\r\nContent-Length: 5", "Content-Length: 99999999999999999999999"]
    {
        let refused = send(lie, "<b/>").await;
        assert!(refused.starts_with("HTTP/1.1 400") && refused.contains("bad-request"), "{lie}: {refused}");
    }
    let chunked = send("Connection: close\r\nTransfer-Encoding: chunked", "4\r\n<c/>\r\nzz\r\n").await;
    assert!(chunked.starts_with("HTTP/1.1 400") && chunked.contains("bad-request"), "{chunked}");
    let whole = send("Connection: close\r\nTransfer-Encoding: chunked", "2\r\n<d\r\n2\r\n/>\r\n0\r\n\r\n").await;
    assert!(whole.starts_with("HTTP/1.1 202"), "{whole}");
    assert_eq!(stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len(), 2, "`<a/>` and `<d/>`");
}
