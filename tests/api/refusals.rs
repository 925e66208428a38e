//! Requests that are refused: each with its code, none with a trace in the store.

use std::time::Duration;

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
