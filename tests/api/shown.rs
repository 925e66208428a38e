//! What answers look like: forms, languages, pages, marks of what the client has already.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::stage::{Stage, invoice, refusal};

const GOOD: &str = "01-good-ubl-mairie.xml";
const MISSING: &str = "09-wrong-order-number-missing.xml";

impl Stage {
    async fn see(&self, path: &str, headers: &[(&str, &str)]) -> Response {
        let request = self.ask(Method::GET, path);
        headers.iter().fold(request, |request, (name, value)| request.header(*name, *value)).send().await.unwrap()
    }
}

fn header<'r>(response: &'r Response, name: &str) -> &'r str {
    response.headers().get(name).map_or("", |value| value.to_str().unwrap())
}

#[tokio::test]
async fn a_report_is_text_in_the_language_asked_for_and_not_sent_twice() {
    let stage = Stage::new().await;
    let id = stage.accept(MISSING).await;
    stage.until(&id, &["blocked"]).await;
    let path = format!("/v1/invoices/{id}/report");
    for (query, accept, lang, word) in [
        ("", "fr-FR, en;q=0.5", "fr", "NON VALIDE"),
        ("", "de, en;q=0.1", "en", ": INVALID"),
        ("?lang=fr", "en", "fr", "NON VALIDE"),
    ] {
        let headers = [("accept", "text/plain"), ("accept-language", accept)];
        let text = stage.see(&format!("{path}{query}"), &headers).await;
        assert_eq!(
            (header(&text, "content-type"), header(&text, "content-language")),
            ("text/plain; charset=utf-8", lang)
        );
        assert_eq!(header(&text, "vary"), "accept, accept-language");
        let etag = header(&text, "etag").to_owned();
        let body = text.text().await.unwrap();
        assert!(body.contains(word), "{body}");
        let again =
            stage.see(&format!("{path}{query}"), &[headers[0], headers[1], ("if-none-match", etag.as_str())]).await;
        assert_eq!((again.status().as_u16(), header(&again, "etag")), (304, etag.as_str()));
        assert_eq!(again.text().await.unwrap(), "");
    }
    let json = stage.see(&path, &[]).await;
    let etag = header(&json, "etag").to_owned();
    assert_eq!(header(&json, "cache-control"), "private, no-cache");
    assert_eq!(
        json.json::<Value>().await.unwrap()["findings"][0]["message"]["fr"].as_str().map(str::is_empty),
        Some(false)
    );
    assert_eq!(stage.see(&path, &[("if-none-match", "\"other\"")]).await.status(), 200);
    let document = stage.see(&format!("/v1/invoices/{id}/document"), &[]).await;
    assert_ne!(header(&document, "etag"), etag);
    let known = [("if-none-match", header(&document, "etag"))];
    assert_eq!(stage.see(&format!("/v1/invoices/{id}/document"), &known).await.status(), 304);
    let head = stage.ask(Method::HEAD, &path).send().await.unwrap();
    assert_eq!((head.status().as_u16(), header(&head, "etag")), (200, etag.as_str()));
    assert!(header(&head, "content-length").parse::<usize>().unwrap() > 100);

    let none = stage.see(&path, &[("accept", "application/pdf, image/*;q=0.5")]).await;
    let told: Value = none.json().await.unwrap();
    assert_eq!(
        (&told["code"], &told["available"]),
        (
            &"not-acceptable".into(),
            &json!([
                "application/json",
                "text/plain",
                "application/xml",
                "application/svrl+xml",
                "text/xml",
                "application/sarif+json",
                "text/csv",
                "text/html"
            ])
        )
    );
    let judged = stage.ask(Method::POST, "/v1/validate?lang=fr").header("accept", "text/plain");
    let judged = judged.header("content-type", "text/xml").body(invoice(GOOD)).send().await.unwrap();
    assert!(judged.text().await.unwrap().starts_with("-: VALIDE"), "the verdict is data, whatever its form");
}

#[tokio::test]
async fn a_report_comes_in_the_form_asked_for() {
    let stage = Stage::new().await;
    let id = stage.accept(MISSING).await;
    stage.until(&id, &["blocked"]).await;
    for (accept, kind, holds) in [
        ("application/svrl+xml, */*;q=0.1", "application/svrl+xml", "<svrl:failed-assert id=\"FCT-CLIENT-REQUIRE\""),
        ("application/json;q=0.5, application/sarif+json", "application/sarif+json", "\"version\":\"2.1.0\""),
        ("text/csv", "text/csv; charset=utf-8; header=present", "file,sha256,"),
        ("text/plain", "text/plain; charset=utf-8", "NON VALIDE"),
    ] {
        let validate = stage.ask(Method::POST, "/v1/validate?file=a%20b.xml").header("content-type", "text/xml");
        let validate = validate.header("accept", accept).header("accept-language", "fr").body(invoice(MISSING));
        let judged = validate.send().await.unwrap();
        let kept =
            stage.see(&format!("/v1/invoices/{id}/report"), &[("accept", accept), ("accept-language", "fr")]).await;
        for answer in [judged, kept] {
            assert_eq!(
                (header(&answer, "content-type"), header(&answer, "content-language")),
                (kind, "fr"),
                "{accept}"
            );
            assert_eq!(header(&answer, "vary"), "accept, accept-language");
            let text = answer.text().await.unwrap();
            assert!(text.contains(holds), "{accept}: {text}");
        }
    }
    // Only where the document itself is at hand is its line shown.
    let validate =
        stage.ask(Method::POST, "/v1/validate").header("content-type", "text/xml").header("accept", "text/plain");
    let wrong = std::fs::read("fixtures/demo/invoices/12-wrong-sum-one-cent.xml").unwrap();
    let text = validate.body(wrong).send().await.unwrap().text().await.unwrap();
    assert!(text.contains(" ^^^^^^ found: 348.72; expected: 348.71\n"), "{text}");
}

#[tokio::test]
async fn refusals_and_tables_speak_the_language_asked_for() {
    let stage = Stage::new().await;
    let id = stage.accept(MISSING).await;
    stage.until(&id, &["blocked"]).await;
    let french = [("accept-language", "fr")];
    let refused = stage.see("/v1/invoices/none", &french).await;
    assert_eq!((header(&refused, "content-language"), header(&refused, "vary")), ("fr", "accept-language"));
    let told: Value = refused.json().await.unwrap();
    assert_eq!(
        (&told["detail"], &told["title"]),
        (&told["messages"]["fr"], &"Aucune facture n'a cet identifiant".into())
    );
    for (path, fr, en) in [
        ("/v1/reports/problems", "niveau,devise,", "level,currency,"),
        ("/v1/problems", "id,id_facture,", "id,invoice_id,"),
    ] {
        let csv = stage.see(path, &[("accept", "text/csv"), french[0]]).await;
        assert_eq!((header(&csv, "content-language"), header(&csv, "vary")), ("fr", "accept, accept-language"));
        assert!(header(&csv, "content-disposition").contains("problems.csv"));
        assert!(csv.text().await.unwrap().starts_with(fr), "{path}");
        let csv = stage.see(&format!("{path}?lang=en"), &[("accept", "text/csv"), french[0]]).await;
        let text = csv.text().await.unwrap();
        assert!(text.starts_with(en) && text.ends_with("\r\n"), "{path}: {text}");
        assert_eq!(refusal(stage.see(&format!("{path}?lang=de"), &[]).await).await, (400, "bad-query".into()));
    }
}

#[tokio::test]
async fn problems_come_in_pages_that_stay_while_others_arrive() {
    let stage = Stage::new().await;
    let wrong = ["09-wrong-order-number-missing.xml", "12-wrong-sum-one-cent.xml", "16-unreadable-truncated.xml"];
    for name in wrong {
        let id = stage.accept(name).await;
        stage.until(&id, &["blocked"]).await;
    }
    let all: Vec<String> = ids(&stage.get("/v1/problems").await);
    assert!(all.len() >= 3, "{all:?}");
    assert!(stage.get("/v1/problems").await.get("next").is_none(), "absent at the end");
    let (mut seen, mut path) = (Vec::new(), "/v1/problems?limit=2&open=true".to_owned());
    loop {
        let page = stage.see(&path, &[]).await;
        let link = header(&page, "link").to_owned();
        let page: Value = page.json().await.unwrap();
        seen.extend(ids(&page));
        // One more arrives between two pages.
        if seen.len() == 2 {
            let id = stage.accept("17-unreadable-image.xml").await;
            stage.until(&id, &["blocked"]).await;
        }
        let Some(next) = page["next"].as_str() else {
            assert_eq!(link, "");
            break;
        };
        path = link.strip_prefix('<').unwrap().strip_suffix(">; rel=\"next\"").unwrap().to_owned();
        assert_eq!(path, format!("/v1/problems?limit=2&open=true&after={next}"));
    }
    let now = ids(&stage.get("/v1/problems").await);
    assert_eq!((seen.len(), &seen), (all.len() + 1, &now), "each once, in order, the late one too");
    // A page that is just full is the last one.
    let exact = stage.get(&format!("/v1/problems?limit={}", now.len())).await;
    assert_eq!((ids(&exact).len(), exact.get("next")), (now.len(), None));
    let csv = stage.see("/v1/problems", &[("accept", "text/csv")]).await.text().await.unwrap();
    assert_eq!(csv.lines().count(), now.len() + 1, "a spreadsheet is given all of them");
    for (path, code) in [
        ("/v1/problems?limit=0", (400, "bad-query")),
        ("/v1/problems?limit=501", (400, "bad-query")),
        ("/v1/problems?after=p0", (404, "bad-cursor")),
        ("/v1/invoices?after=0", (404, "bad-cursor")),
        ("/v1/events?after=9223372036854775808", (404, "bad-cursor")),
    ] {
        assert_eq!(refusal(stage.see(path, &[]).await).await, (code.0, code.1.to_owned()), "{path}");
    }
    let events = stage.see("/v1/events?limit=1", &[]).await;
    assert_eq!(header(&events, "link"), "</v1/events?limit=1&after=1>; rel=\"next\"");
}

fn ids(page: &Value) -> Vec<String> {
    page["problems"].as_array().unwrap().iter().map(|problem| problem["id"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_customers_rules_are_told_in_words_with_their_places() {
    let stage = Stage::new().await;
    let page = stage.see("/v1/clients?limit=1", &[]).await;
    assert!(header(&page, "link").starts_with("</v1/clients?limit=1&after="));
    let mut after = String::new();
    let mut seen = 0;
    loop {
        let page = stage.get(&format!("/v1/clients?limit=1{after}")).await;
        let client = &page["clients"][0];
        let full = stage.get(&format!("/v1/clients/{}", client["id"].as_str().unwrap())).await;
        assert_eq!(full["asks"].as_array().unwrap().len() as u64, client["rules"].as_u64().unwrap(), "{full}");
        for ask in full["asks"].as_array().unwrap() {
            let file = stage.folder.path().join("clients").join(ask["file"].as_str().unwrap());
            let line = std::fs::read_to_string(file)
                .unwrap()
                .lines()
                .nth(ask["line"].as_u64().unwrap() as usize - 1)
                .unwrap()
                .to_owned();
            assert!(line.contains(ask["kind"].as_str().unwrap()) || line.contains("attachment"), "{line}: {ask}");
            assert!(ask["asks"]["fr"].is_string() && ask["asks"]["en"].is_string());
        }
        seen += 1;
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    assert_eq!(seen, stage.get("/v1/clients").await["clients"].as_array().unwrap().len());
    assert_eq!(refusal(stage.see("/v1/clients/nobody", &[]).await).await, (404, "no-client".into()));
    let request = stage.ask(Method::POST, "/v1/validate?client=nobody").header("content-type", "text/xml").body("<a/>");
    assert_eq!(refusal(request.send().await.unwrap()).await, (404, "no-client".into()));
}

#[tokio::test]
async fn every_answer_bears_the_headers_that_keep_browsers_out() {
    let stage = Stage::new().await;
    for path in ["/healthz", "/openapi.json", "/v1/invoices", "/v1/none"] {
        let answer = stage.see(path, &[]).await;
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("cache-control", "no-store"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-resource-policy", "same-origin"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(header(&answer, name), value, "{path}");
        }
        assert!(header(&answer, "content-security-policy").starts_with("default-src 'none'"), "{path}");
        assert!(
            answer.headers().get("access-control-allow-origin").is_none() && answer.headers().get("server").is_none()
        );
    }
}
