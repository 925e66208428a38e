//! An invoice that goes by waiver: who answers for it is in its timeline and its report, and no problem stays open.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};

use super::stage::{PATIENCE, Stage, invoice};

const WRONG: &str = "12-wrong-sum-one-cent.xml";

#[tokio::test]
async fn an_invoice_goes_by_waiver_and_says_so() {
    let stage = Stage::new().await;
    let id = stage.accept(WRONG).await;
    stage.until(&id, &["blocked"]).await;
    let report = stage.get(&format!("/v1/invoices/{id}/report")).await;
    let fatal = fatal(&report);
    assert!(!fatal.is_empty());
    let number = report["invoice"]["number"].as_str().unwrap();
    let one = |rule: &&str| {
        format!(
            "[[waive]]\nrule = \"{rule}\"\ndocument = \"{number}\"\nauthor = \"Marie Dupont\"\nreason = \"Accord écrit\"\nuntil = 2999-12-31\n\n"
        )
    };
    std::fs::write(stage.folder.path().join("clients/waivers.toml"), fatal.iter().map(one).collect::<String>())
        .unwrap();
    until_valid(&stage).await;
    let retried = stage.ask(Method::POST, &format!("/v1/invoices/{id}/retry")).send().await.unwrap();
    assert_eq!(retried.status(), 200);
    let row = stage.until(&id, &["delivered"]).await;
    assert_eq!((&row["verdict"], &row["waived"], &row["lowered"]), (&json!("valid"), &json!(true), &json!(false)));
    let list = stage.get("/v1/invoices").await;
    let listed = list["invoices"].as_array().unwrap().iter().find(|row| row["id"] == id.as_str()).unwrap();
    assert_eq!(listed["waived"], true, "{listed}");

    // A list of those that went by somebody's word alone, in JSON and as a sheet; and none of the others.
    let other = stage.accept("01-good-ubl-mairie.xml").await;
    stage.until(&other, &["delivered", "accepted"]).await;
    for (verdict, ids) in
        [("waived", vec![&id]), ("excused", vec![&id]), ("lowered", vec![]), ("valid", vec![&other, &id])]
    {
        let list = stage.get(&format!("/v1/invoices?verdict={verdict}")).await;
        let found: Vec<&str> =
            list["invoices"].as_array().unwrap().iter().map(|row| row["id"].as_str().unwrap()).collect();
        assert_eq!(found, ids, "{verdict}");
        for limit in ["", "&limit=10"] {
            let path = format!("/v1/invoices?verdict={verdict}&lang=fr{limit}");
            let sheet = stage.ask(Method::GET, &path).header("accept", "text/csv").send().await.unwrap();
            assert_eq!(sheet.headers()["content-type"], "text/csv; charset=utf-8; header=present");
            let sheet = sheet.text().await.unwrap();
            assert_eq!(sheet.lines().count(), ids.len() + 1, "{sheet}");
            assert_eq!(sheet.contains("valide par dérogation"), ids.contains(&&id), "{sheet}");
        }
    }
    let wrong = stage.ask(Method::GET, "/v1/invoices?verdict=WAIVED").send().await.unwrap();
    assert_eq!(super::stage::refusal(wrong).await, (400, "bad-query".to_owned()));

    let report = stage.get(&format!("/v1/invoices/{id}/report")).await;
    assert_eq!(report["waived"], json!({ "findings": fatal.len(), "fatal": fatal.len() }), "{report}");
    let waived: BTreeSet<&str> = report["findings"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|f| f["waived"]["author"] == "Marie Dupont")
        .map(|f| f["rule"].as_str().unwrap())
        .collect();
    assert_eq!(waived, fatal);
    let events = stage.get(&format!("/v1/invoices/{id}/events")).await;
    let judged: Vec<&Value> = events["events"].as_array().unwrap().iter().filter(|e| e["kind"] == "judged").collect();
    let named = judged.last().unwrap()["data"]["waived"].as_array().unwrap();
    assert_eq!(named.len(), fatal.len());
    assert_eq!((&named[0]["author"], &named[0]["until"]), (&json!("Marie Dupont"), &json!("2999-12-31")));
    assert_eq!(named[0]["reason"], "Accord écrit");
    let problems = stage.get(&format!("/v1/problems?invoice={id}")).await;
    let of = |problem: &&Value| problem["invoice_id"] == id.as_str();
    let all: Vec<&Value> = problems["problems"].as_array().unwrap().iter().filter(of).collect();
    assert!(!all.is_empty() && all.iter().all(|problem| problem["closed_why"] == "waived"), "{problems}");
}

#[tokio::test]
async fn a_lowered_official_rule_is_said_wherever_the_verdict_is() {
    let stage = Stage::new().await;
    let id = stage.accept(WRONG).await;
    let row = stage.until(&id, &["blocked"]).await;
    assert_eq!((&row["waived"], &row["lowered"]), (&json!(false), &json!(false)));
    let report = stage.get(&format!("/v1/invoices/{id}/report")).await;
    let fatal = fatal(&report);
    let one = |rule: &&str| {
        format!("[[severity]]\nrule = \"{rule}\"\nlevel = \"warning\"\nreason = \"Un centime ; accord écrit\"\n\n")
    };
    let file = format!("match = {{ siret = [\"{}\"] }}\n\n", row["customer"].as_str().unwrap())
        + &fatal.iter().map(one).collect::<String>();
    std::fs::write(stage.folder.path().join("clients/lowered.toml"), file).unwrap();
    until_valid(&stage).await;
    assert_eq!(stage.ask(Method::POST, &format!("/v1/invoices/{id}/retry")).send().await.unwrap().status(), 200);
    let row = stage.until(&id, &["delivered"]).await;
    assert_eq!(
        (&row["verdict"], &row["waived"], &row["lowered"]),
        (&json!("valid"), &json!(false), &json!(true)),
        "{row}"
    );
    let events = stage.get(&format!("/v1/invoices/{id}/events")).await;
    let judged = events["events"].as_array().unwrap().iter().rfind(|e| e["kind"] == "judged").unwrap();
    let named = judged["data"]["lowered"].as_array().unwrap();
    assert_eq!(named.len(), fatal.len());
    assert_eq!((&named[0]["reason"], &named[0]["to"]), (&json!("Un centime ; accord écrit"), &json!("warning")));
    let said = facteur::story::timeline::words(judged);
    assert!(said.en.starts_with("judged: valid, official rule lowered (") && said.en.contains("Un centime ; accord"));
    assert!(said.fr.starts_with("jugée : valide, règle officielle abaissée ("), "{}", said.fr);
}

/// The rules of the fatal findings of a report.
fn fatal(report: &Value) -> BTreeSet<&str> {
    let findings = report["findings"].as_array().unwrap().iter().filter(|f| f["severity"] == "fatal");
    findings.map(|f| f["rule"].as_str().unwrap()).collect()
}

/// Waits until the files just written are in force.
async fn until_valid(stage: &Stage) {
    let began = Instant::now();
    while stage.post("/v1/validate", invoice(WRONG)).await.json::<Value>().await.unwrap()["verdict"] != "valid" {
        assert!(began.elapsed() < PATIENCE, "what was written never came into force");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
