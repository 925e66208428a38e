//! What people do: release, park, retry, cancel; problems taken in hand; the report.

use reqwest::{Method, Response};
use serde_json::{Value, json};

use super::stage::{Stage, refusal};

impl Stage {
    async fn act(&self, id: &str, act: &str, body: Value) -> Response {
        self.ask(Method::POST, &format!("/v1/invoices/{id}/{act}")).json(&body).send().await.unwrap()
    }

    async fn patch(&self, id: &str, body: Value) -> Response {
        self.ask(Method::PATCH, &format!("/v1/problems/{id}")).json(&body).send().await.unwrap()
    }
}

#[tokio::test]
async fn a_blocked_invoice_leaves_only_with_an_author_and_a_reason() {
    let stage = Stage::new().await;
    let id = stage.accept("09-wrong-order-number-missing.xml").await;
    stage.until(&id, &["blocked"]).await;
    let problem = stage.get("/v1/problems?open=true").await["problems"][0].clone();
    assert_eq!((&problem["cause"], &problem["invoice_id"]), (&"A2".into(), &id.as_str().into()));
    assert_eq!((&problem["owner"], &problem["owner_from"]), (&"billing@example.test".into(), &"configuration".into()));

    assert_eq!(refusal(stage.act(&id, "release", json!({})).await).await, (422, "refused".into()));
    assert_eq!(refusal(stage.act(&id, "release", json!({ "reason": " " })).await).await, (422, "refused".into()));
    assert_eq!(refusal(stage.act(&id, "release", json!({ "why": "x" })).await).await, (400, "bad-body".into()));
    let released = stage.act(&id, "release", json!({ "author": "Marie", "reason": "the customer asked" })).await;
    assert_eq!(released.status(), 200);
    let row = stage.until(&id, &["delivered", "refused", "accepted", "paid"]).await;
    assert_eq!(row["released"]["author"], "Marie (first)");
    assert_eq!(row["released"]["reason"], "the customer asked");
    assert_eq!(
        refusal(stage.act(&id, "release", json!({ "reason": "again" })).await).await,
        (409, "not-in-this-state".into())
    );
}

#[tokio::test]
async fn park_retry_and_cancel_are_told_in_the_timeline() {
    let stage = Stage::new().await;
    let id = stage.accept("16-unreadable-truncated.xml").await;
    stage.until(&id, &["blocked"]).await;
    let parked: Value = stage.act(&id, "park", json!({ "reason": "asked the ERP" })).await.json().await.unwrap();
    assert_eq!((&parked["state"], &parked["parked_why"]), (&"parked".into(), &"asked the ERP".into()));
    let retried = stage.ask(Method::POST, &format!("/v1/invoices/{id}/retry")).send().await.unwrap();
    assert_eq!(retried.status(), 200, "a retry needs no words");
    stage.until(&id, &["blocked"]).await;
    let cancelled: Value = stage.act(&id, "cancel", json!({ "reason": "sent by mistake" })).await.json().await.unwrap();
    assert_eq!(cancelled["state"], "cancelled");
    let events = stage.get(&format!("/v1/invoices/{id}/events")).await;
    let people: Vec<_> = events["events"].as_array().unwrap().iter().filter(|e| e["actor"] == "first").collect();
    let kinds: Vec<_> = people.iter().map(|e| e["kind"].as_str().unwrap()).collect();
    assert!(kinds.starts_with(&["parked", "retried", "cancelled"]), "{kinds:?}");
    let nobody = "0".repeat(32);
    assert_eq!(refusal(stage.act(&nobody, "retry", json!({})).await).await, (404, "no-invoice".into()));
}

#[tokio::test]
async fn a_problem_is_taken_in_hand_and_nothing_is_forgotten() {
    let stage = Stage::new().await;
    let id = stage.accept("09-wrong-order-number-missing.xml").await;
    stage.until(&id, &["blocked"]).await;
    let problem = stage.get("/v1/problems").await["problems"][0]["id"].as_str().unwrap().to_owned();
    let path = format!("/v1/problems/{problem}");
    let wish =
        json!({ "owner": "Paul", "comment": "called them", "next_action": "wait", "next_action_on": "2026-12-01" });
    let changed: Value = stage.patch(&problem, wish.clone()).await.json().await.unwrap();
    assert_eq!((&changed["owner"], &changed["owner_from"]), (&"Paul".into(), &"person".into()));
    assert_eq!(changed["next_action_on"], "2026-12-01");
    let requalified = stage.patch(&problem, json!({ "author": "Zoé", "cause": "A9" })).await;
    assert_eq!(requalified.status(), 200);
    let closed: Value = stage.patch(&problem, json!({ "closed": true })).await.json().await.unwrap();
    assert!(closed["closed_at"].is_string());

    let now = stage.get(&path).await;
    assert_eq!(now, closed, "what was answered is what is kept");
    let changes: Vec<_> = now["changes"].as_array().unwrap().iter().map(|c| c["what"].as_str().unwrap()).collect();
    assert_eq!(changes, ["owner", "due", "next-action", "comment", "cause", "closed"]);
    let cause = &now["changes"][4];
    assert_eq!((&cause["from"], &cause["to"], &cause["author"]), (&"A2".into(), &"A9".into(), &"Zoé (first)".into()));
    assert_eq!(stage.patch(&problem, json!({ "owner": "Paul" })).await.status(), 200);
    assert_eq!(stage.get(&path).await["changes"].as_array().unwrap().len(), 6, "what changes nothing leaves no line");

    assert_eq!(refusal(stage.patch(&problem, json!({ "cause": "Z9" })).await).await, (422, "refused".into()));
    assert_eq!(refusal(stage.patch(&problem, json!({ "colour": "red" })).await).await, (400, "bad-body".into()));
    assert_eq!(refusal(stage.patch("p0", json!({})).await).await, (404, "no-problem".into()));
    assert_eq!(stage.get("/v1/problems?open=true").await["problems"], json!([]));
    assert_eq!(stage.get("/v1/problems?cause=A9&open=false").await["problems"].as_array().unwrap().len(), 1);
    assert_eq!(stage.get("/v1/problems?cause=A").await["problems"].as_array().unwrap().len(), 1);
    let unknown = stage.ask(reqwest::Method::GET, "/v1/problems?cause=Z9").send().await.unwrap();
    assert_eq!(refusal(unknown).await, (400, "bad-query".into()));
}

#[tokio::test]
async fn a_problem_speaks_both_languages_and_leaves_the_next_action_to_people() {
    let stage = Stage::new().await;
    let id = stage.accept("09-wrong-order-number-missing.xml").await;
    stage.until(&id, &["blocked"]).await;
    let problem = stage.get("/v1/problems").await["problems"][0].clone();
    for own in ["message", "suggestion"] {
        let said = |lang: &str| problem[own][lang].as_str().unwrap_or_default().to_owned();
        assert!(!said("fr").is_empty() && !said("en").is_empty() && said("fr") != said("en"), "{own}: {problem}");
    }
    assert_eq!((&problem["text"], &problem["next_action"]), (&Value::Null, &Value::Null));
}

#[tokio::test]
async fn changes_that_come_together_are_all_kept() {
    let stage = Stage::new().await;
    let id = stage.accept("09-wrong-order-number-missing.xml").await;
    stage.until(&id, &["blocked"]).await;
    let problem = stage.get("/v1/problems").await["problems"][0]["id"].as_str().unwrap().to_owned();
    let told = |n: usize| stage.patch(&problem, json!({ "comment": format!("comment {n}") }));
    let (a, b, c) = tokio::join!(told(1), told(2), told(3));
    assert!([a, b, c].iter().all(|response| response.status() == 200));
    let changes = stage.get(&format!("/v1/problems/{problem}")).await["changes"].clone();
    let mut comments: Vec<_> = changes.as_array().unwrap().iter().map(|c| c["to"].as_str().unwrap()).collect();
    comments.sort_unstable();
    assert_eq!(comments, ["comment 1", "comment 2", "comment 3"]);
}

#[tokio::test]
async fn the_report_comes_as_json_and_csv_and_knows_the_past() {
    let stage = Stage::new().await;
    let id = stage.accept("09-wrong-order-number-missing.xml").await;
    stage.until(&id, &["blocked"]).await;
    let report = stage.get("/v1/reports/problems?by=cause").await;
    assert_eq!((&report["schema"], &report["invoices"]), (&"facteur-problems/1".into(), &1.into()));
    assert_eq!(report["sections"][0]["rows"][0]["parts"][0]["id"], "A2");
    assert_eq!(stage.get("/v1/reports/problems?by=client").await["sections"][0]["total"]["customers"], 1);
    assert_eq!(stage.get("/v1/reports/problems?as_at=2020-01-01").await["invoices"], 0);

    let csv = stage.ask(Method::GET, "/v1/reports/problems").header("accept", "text/csv").send().await.unwrap();
    assert!(csv.headers()["content-type"].to_str().unwrap().starts_with("text/csv"));
    assert!(csv.text().await.unwrap().lines().count() >= 3);
    let image = stage.ask(Method::GET, "/v1/reports/problems").header("accept", "image/png").send().await.unwrap();
    assert_eq!(refusal(image).await, (406, "not-acceptable".into()));
    let colour = stage.ask(Method::GET, "/v1/reports/problems?by=colour").send().await.unwrap();
    assert_eq!(refusal(colour).await, (400, "bad-query".into()));
}
