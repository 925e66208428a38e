//! A suspended invoice at Chorus Pro: documents complete it, once, whatever is lost on the way.

use std::time::Duration;

use serde_json::{Value, json};

use crate::stage::{Stage, invoice};

const SCRIPT: &str = r#"
processing_ms = 40
step_ms = 40
[[behaviour]]
match = "CP-DOCS"
do = "suspend"
[[behaviour]]
match = "CP-LOST"
do = "suspend"
then = "pay"
[[behaviour]]
match = "CP-LOST"
do = "lose-answer"
call = "complete"
[[behaviour]]
match = "CP-DROP"
do = "suspend"
[[behaviour]]
match = "CP-DROP"
do = "drop-before"
call = "complete"
[[behaviour]]
match = "CP-PLAIN"
do = "accept"
[[behaviour]]
match = "bon.pdf"
do = "lose-answer"
call = "upload"
times = 2
"#;

async fn post(stage: &Stage, number: &str) -> String {
    let (status, answer) = stage.post("/v1/invoices", invoice(number), &[]).await.unwrap();
    assert_eq!(status.as_u16(), 202, "{answer}");
    answer["id"].as_str().unwrap().to_owned()
}

async fn say(stage: &Stage, id: &str, wish: Value, key: &str) -> (u16, Value) {
    let body = serde_json::to_vec(&wish).unwrap();
    let headers = [("content-type", "application/json"), ("idempotency-key", key)];
    let (status, answer) = stage.post(&format!("/v1/invoices/{id}/statements"), body, &headers).await.unwrap();
    (status.as_u16(), answer)
}

#[tokio::test]
async fn documents_complete_a_suspended_invoice_once() {
    let mut stage = Stage::new(SCRIPT);
    let mut ids = Vec::new();
    for number in ["CP-DOCS", "CP-LOST", "CP-DROP"] {
        ids.push(post(&stage, number).await);
    }
    let plain = post(&stage, "CP-PLAIN").await;
    stage.settled(&ids, &["suspended"]).await;
    stage.settled(std::slice::from_ref(&plain), &["accepted"]).await;
    let file = |name: &str| json!({ "name": name, "type": "application/pdf", "content": "JVBERi0xLjQK" });
    let documents = json!({ "status": 209, "files": [file("bon.pdf"), file(&format!("{}.pdf", "n".repeat(46)))],
        "comment": "le bon de livraison", "author": "Marie" });
    assert_eq!(say(&stage, &plain, documents.clone(), "p").await.0, 409, "nobody asked for any");
    let (status, answer) = say(&stage, &ids[0], json!({ "status": 212, "whole": true, "author": "Marie" }), "q").await;
    assert!(matches!(status, 409 | 422), "212 is not for Chorus Pro: {status} {answer}");
    let long = json!({ "status": 209, "files": [file(&format!("{}.pdf", "n".repeat(80)))], "author": "Marie" });
    assert_eq!(say(&stage, &ids[0], long, "r").await.0, 422, "Chorus Pro takes 50 characters");
    for id in &ids {
        let (status, answer) = say(&stage, id, documents.clone(), id).await;
        assert_eq!((status, &answer["state"]), (202, &json!("ready")), "{answer}");
        if *id == ids[1] {
            stage.kill();
            stage.start();
        }
    }
    stage.settled(&[ids[0].clone(), ids[2].clone()], &["accepted"]).await;
    stage.settled(&ids[1..2], &["paid"]).await;
    for id in &ids {
        let mut state = Value::Null;
        for _ in 0..100 {
            let all = stage.get(&format!("/v1/invoices/{id}/statements")).await;
            state = all["statements"][0]["state"].clone();
            if state == "taken" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert_eq!(state, "taken");
        let row = stage.get(&format!("/v1/invoices/{id}")).await;
        let told = row["statuses"].as_array().unwrap().iter().filter(|one| one["code"] == "COMPLETEE").count();
        assert_eq!(told, 1, "{row}");
    }
    // At the platform, too, each was completed once.
    for one in stage.at_sandbox("invoices").await {
        let steps = one["history"].as_array().or_else(|| one["statuses"].as_array()).cloned().unwrap_or_default();
        let completed = steps.iter().filter(|step| step.to_string().contains("COMPLETEE")).count();
        assert_eq!(completed, usize::from(one["number"] != "CP-PLAIN"), "{one}");
    }
}
