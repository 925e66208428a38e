//! Invoices in, and everything that can be read of them.

use reqwest::Method;
use serde_json::Value;

use super::stage::{Stage, invoice, refusal};

const GOOD: &str = "01-good-ubl-mairie.xml";

#[tokio::test]
async fn an_invoice_is_accepted_once_and_its_bytes_come_back_exactly() {
    let stage = Stage::new().await;
    let first = stage.post("/v1/invoices", invoice(GOOD)).await;
    assert_eq!(first.status(), 202);
    assert!(first.headers().get("idempotent-replayed").is_none());
    let location = first.headers()["location"].to_str().unwrap().to_owned();
    let first_body = first.text().await.unwrap();

    let again = stage.post("/v1/invoices", invoice(GOOD)).await;
    assert_eq!(again.status(), 202);
    assert_eq!(again.headers()["idempotent-replayed"], "true");
    assert_eq!(again.text().await.unwrap(), first_body, "the same bytes get the same answer");

    let id = serde_json::from_str::<Value>(&first_body).unwrap()["id"].as_str().unwrap().to_owned();
    assert_eq!(location, format!("/v1/invoices/{id}"));
    let row = stage.until(&id, &["delivered", "accepted", "paid"]).await;
    assert_eq!((&row["number"], &row["verdict"]), (&"PD-2026-0131".into(), &"valid".into()));

    let document = stage.ask(Method::GET, &format!("{location}/document")).send().await.unwrap();
    let headers = document.headers().clone();
    assert_eq!(headers["content-type"], "application/xml");
    assert_eq!(headers["content-disposition"], format!("attachment; filename=\"{id}.xml\""));
    assert_eq!(headers["x-content-type-options"], "nosniff");
    assert_eq!(document.bytes().await.unwrap(), invoice(GOOD));

    let report = stage.get(&format!("{location}/report")).await;
    assert_eq!((&report["schema"], &report["verdict"]), (&"facteur-report/1".into(), &"valid".into()));
    assert_eq!(stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len(), 1);
    let events = stage.get(&format!("{location}/events")).await;
    let kinds: Vec<_> = events["events"].as_array().unwrap().iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds[0], "received");
    assert!(kinds.contains(&"intent") && kinds.contains(&"delivered"), "{kinds:?}");
    assert!(stage.daemon.stop().await);
}

#[tokio::test]
async fn a_key_stands_for_its_bytes() {
    let stage = Stage::new().await;
    let send = |key: &'static str, name| {
        let request = stage.ask(Method::POST, "/v1/invoices").header("content-type", "application/xml");
        request.header("idempotency-key", key).body(invoice(name)).send()
    };
    let first = send("k-1", GOOD).await.unwrap().text().await.unwrap();
    assert_eq!(send("k-1", GOOD).await.unwrap().text().await.unwrap(), first);
    let other = send("k-1", "02-good-cii-hopital.xml").await.unwrap();
    assert_eq!(other.status(), 422);
    let body: Value = other.json().await.unwrap();
    assert_eq!(body["code"], "idempotency-key-reused");
    assert_eq!(body["first_sha256"], serde_json::from_str::<Value>(&first).unwrap()["sha256"]);
    assert_ne!(body["first_sha256"], body["this_sha256"]);
    assert_eq!(stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len(), 1, "nothing was accepted");
    assert_eq!(refusal(send("", GOOD).await.unwrap()).await, (400, "bad-idempotency-key".into()));
    let long = "k".repeat(257).leak();
    assert_eq!(refusal(send(long, GOOD).await.unwrap()).await, (400, "bad-idempotency-key".into()));
}

#[tokio::test]
async fn a_page_goes_on_where_the_last_one_ended() {
    let stage = Stage::new().await;
    let names = [
        GOOD,
        "02-good-cii-hopital.xml",
        "16-unreadable-truncated.xml",
        "17-unreadable-image.xml",
        "18-unreadable-empty.xml",
    ];
    let mut sent = Vec::new();
    for name in names {
        sent.push(stage.accept(name).await);
    }
    let mut seen = Vec::new();
    let mut after = String::new();
    loop {
        let page = stage.get(&format!("/v1/invoices?limit=2{after}")).await;
        seen.extend(page["invoices"].as_array().unwrap().iter().map(|i| i["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => after = format!("&after={next}"),
            None => break,
        }
    }
    seen.reverse();
    assert_eq!(seen, sent, "newest first, each once");
    let last = &sent[4];
    stage.until(last, &["blocked"]).await;
    let blocked = stage.get("/v1/invoices?state=blocked").await;
    assert!(blocked["invoices"].as_array().unwrap().iter().any(|i| i["id"] == last.as_str()));
    assert_eq!(stage.get("/v1/invoices?number=PD-2026-0131").await["invoices"].as_array().unwrap().len(), 1);

    let mut cursor = 0;
    let mut kinds = 0;
    loop {
        let page = stage.get(&format!("/v1/events?after={cursor}&limit=3")).await;
        let events = page["events"].as_array().unwrap();
        assert!(events.iter().all(|e| e["cursor"].as_u64().unwrap() > cursor));
        kinds += events.iter().filter(|e| e["kind"] == "received").count();
        cursor = page["next"].as_u64().unwrap();
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(kinds, 5);
}

#[tokio::test]
async fn validate_tells_the_verdict_and_keeps_nothing() {
    let stage = Stage::new().await;
    let verdict = async |name: &str, query: &str| {
        let response = stage.post(&format!("/v1/validate{query}"), invoice(name)).await;
        assert_eq!(response.status(), 200);
        response.json::<Value>().await.unwrap()
    };
    let good = verdict(GOOD, "?file=good.xml&as_of=2026-11-21").await;
    assert_eq!(
        (&good["verdict"], &good["file"], &good["as_of"]),
        (&"valid".into(), &"good.xml".into(), &"2026-11-21".into())
    );
    let missing = verdict("09-wrong-order-number-missing.xml", "").await;
    assert_eq!(missing["verdict"], "invalid");
    let finding = &missing["findings"][0];
    assert!(finding["message"]["fr"].is_string() && finding["message"]["en"].is_string(), "{finding}");
    assert_eq!(verdict("16-unreadable-truncated.xml", "").await["verdict"], "not-judged");
    assert_eq!(verdict(GOOD, "?client=centre-hospitalier-deux-rives").await["verdict"], "invalid");
    for wrong in ["?rules=nothing", "?as_of=yesterday", "?direction=up", "?colour=red"] {
        let response = stage.post(&format!("/v1/validate{wrong}"), invoice(GOOD)).await;
        assert_eq!(refusal(response).await, (400, "bad-query".into()), "{wrong}");
    }
    assert_eq!(stage.get("/v1/invoices").await["invoices"].as_array().unwrap().len(), 0);
    assert_eq!(stage.get("/v1/events").await["events"].as_array().unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_each_kept_once_and_none_is_mistaken_for_another() {
    const CLIENTS: usize = 16;
    const EACH: usize = 8;
    let stage = std::sync::Arc::new(Stage::new().await);
    let text = String::from_utf8(invoice(GOOD)).unwrap();
    let document = move |n: usize| text.replace("PD-2026-0131", &format!("PD-2026-9{n:03}")).into_bytes();
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..CLIENTS {
        let (stage, document) = (stage.clone(), document.clone());
        clients.spawn(async move {
            let mut kept = Vec::new();
            for n in client * EACH..(client + 1) * EACH {
                let response = stage.post("/v1/invoices", document(n)).await;
                assert_eq!(response.status(), 202);
                let body: Value = response.json().await.unwrap();
                kept.push((n, body["id"].as_str().unwrap().to_owned()));
            }
            kept
        });
    }
    let kept: Vec<_> = clients.join_all().await.into_iter().flatten().collect();
    let ids: std::collections::BTreeSet<_> = kept.iter().map(|(_, id)| id).collect();
    assert_eq!(ids.len(), CLIENTS * EACH);
    for (n, id) in &kept {
        let bytes = stage.ask(Method::GET, &format!("/v1/invoices/{id}/document")).send().await.unwrap().bytes().await;
        assert_eq!(bytes.unwrap(), document(*n));
    }
}
