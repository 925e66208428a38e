//! An invoice as a page, and a report as one: over HTTP, sealed against whatever a document holds.

use reqwest::{Method, Response};

use super::stage::{Stage, invoice, refusal};

const WRONG: &str = "12-wrong-sum-one-cent.xml";

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invoice_is_given_as_a_page_that_runs_and_loads_nothing() {
    let stage = Stage::new().await;
    let id = stage.accept(WRONG).await;
    stage.until(&id, &["blocked"]).await;
    let path = format!("/v1/invoices/{id}/rendering");
    for (query, accept, lang, word) in [
        ("", "fr-FR, en;q=0.5", "fr", "À payer"),
        ("?lang=en", "fr", "en", "Amount due"),
        ("", "de", "en", "Amount due"),
    ] {
        let request = stage.ask(Method::GET, &format!("{path}{query}")).header("accept-language", accept);
        let page = request.header("accept", "text/html,application/xhtml+xml,*/*;q=0.8").send().await.unwrap();
        assert_eq!((page.status().as_u16(), header(&page, "content-type")), (200, "text/html; charset=utf-8"));
        assert_eq!((header(&page, "content-language"), header(&page, "content-disposition")), (lang, "inline"));
        let policy = header(&page, "content-security-policy").to_owned();
        for part in ["default-src 'none'", "style-src 'sha256-", "frame-ancestors 'none'", "form-action 'none'"] {
            assert!(policy.contains(part), "{part} in {policy}");
        }
        assert_eq!(header(&page, "x-content-type-options"), "nosniff");
        let etag = header(&page, "etag").to_owned();
        let text = page.text().await.unwrap();
        assert!(text.contains(word) && text.contains("BR-CO-10") && text.contains("PD-2026-0135"));
        let request = stage.ask(Method::GET, &format!("{path}{query}")).header("accept-language", accept);
        assert_eq!(request.header("if-none-match", etag).send().await.unwrap().status(), 304);
    }
    let refused = stage.ask(Method::GET, &path).header("accept", "image/png").send().await.unwrap();
    assert_eq!(refusal(refused).await, (406, "not-acceptable".to_owned()));
    let refused = stage.ask(Method::GET, &format!("{path}?lang=de")).send().await.unwrap();
    assert_eq!(refusal(refused).await, (400, "bad-query".to_owned()));
    let refused = stage.ask(Method::GET, "/v1/invoices/0/rendering").send().await.unwrap();
    assert_eq!(refusal(refused).await, (404, "no-invoice".to_owned()));
    // A document that is none has a page that says so.
    let broken = stage.accept("16-unreadable-truncated.xml").await;
    stage.until(&broken, &["blocked"]).await;
    let page = stage.ask(Method::GET, &format!("/v1/invoices/{broken}/rendering")).send().await.unwrap();
    assert!(page.text().await.unwrap().contains("This document cannot be read as an invoice"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_a_page_where_html_is_asked_for() {
    let stage = Stage::new().await;
    let request = stage.ask(Method::POST, "/v1/validate?rules=en16931").header("accept", "text/html");
    let request = request.header("content-type", "application/xml").header("accept-language", "fr");
    let page = request.body(invoice(WRONG)).send().await.unwrap();
    assert_eq!((page.status().as_u16(), header(&page, "content-type")), (200, "text/html; charset=utf-8"));
    assert!(header(&page, "content-security-policy").starts_with("default-src 'none'; style-src 'sha256-"));
    let text = page.text().await.unwrap();
    assert!(text.contains("BR-CO-10") && text.contains("Non valide") && text.ends_with("</html>\n"));
    let json = stage.ask(Method::POST, "/v1/validate?rules=en16931").header("content-type", "application/xml");
    let json = json.body(invoice(WRONG)).send().await.unwrap();
    assert_eq!(header(&json, "content-type"), "application/json", "JSON where nothing is asked for");
}
