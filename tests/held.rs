//! A daemon that dies with an invoice that only a waiver made ready: once the waiver is gone it does not leave, whoever starts again.

use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::stage::{Process, Stage, invoice};

const NUMBER: &str = "HELD-1";
const RULE: &str = "BR-CO-15";

/// One that is wrong by a cent, and one that is good.
fn documents() -> [Vec<u8>; 2] {
    let text = String::from_utf8(invoice(NUMBER)).unwrap();
    let total =
        text.split("<cbc:TaxInclusiveAmount").nth(1).and_then(|rest| rest.split('<').next()).unwrap().to_owned();
    let amount = total.split('>').nth(1).unwrap();
    let off = format!("{}9", &amount[..amount.len() - 1]);
    assert_ne!(off, amount);
    [text.replace(&total, &total.replace(amount, &off)).into_bytes(), invoice("HELD-2")]
}

fn waivers(stage: &Stage, rules: &[String], until: &str) {
    let one = |rule: &String| {
        format!(
            "[[waive]]\nrule = \"{rule}\"\ndocument = \"{NUMBER}\"\nauthor = \"Marie Dupont\"\nreason = \"Accord\"\nuntil = {until}\n"
        )
    };
    let text: String = rules.iter().map(one).collect();
    fs::write(stage.path("clients/waivers.toml"), text).unwrap();
}

async fn until(stage: &Stage, id: &str, what: &str, is: impl Fn(&Value) -> bool) -> Value {
    let began = Instant::now();
    loop {
        let row = stage.get(&format!("/v1/invoices/{id}")).await;
        if is(&row) {
            return row;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{what} never came: {row}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_waiver_that_ended_holds_what_waits_to_leave_even_after_kill_9() {
    for dies in [true, false] {
        let mut stage = Stage::new("");
        let mut ids = Vec::new();
        // What is fatal in the wrong one, as the program itself says.
        let (_, report) = stage.post("/v1/validate", documents()[0].clone(), &[]).await.unwrap();
        let mut fatal: Vec<String> = report["findings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|f| f["severity"] == "fatal")
            .map(|f| f["rule"].as_str().unwrap().to_owned())
            .collect();
        fatal.dedup();
        assert!(fatal.iter().any(|rule| rule == RULE), "{report}");
        waivers(&stage, &fatal, "2999-12-31");
        stage.kill();
        stage.start();
        let address = stage.sandbox.url.trim_start_matches("http://").trim_end_matches('/').to_owned();
        stage.sandbox.kill();
        for document in documents() {
            let (status, answer) = stage.post("/v1/invoices", document, &[]).await.unwrap();
            assert_eq!(status.as_u16(), 202, "{answer}");
            ids.push(answer["id"].as_str().unwrap().to_owned());
        }
        for id in &ids {
            let row = until(&stage, id, "a deposit that did not leave", |row| {
                row["state"] == "ready" && row["last_error"].is_string()
            });
            assert_eq!(row.await["waived"], *id == ids[0]);
        }
        if dies {
            stage.kill();
        }
        waivers(&stage, &fatal, "2020-01-01");
        if dies {
            stage.start();
        } else {
            // In force within a second.
            tokio::time::sleep(Duration::from_millis(2500)).await;
        }
        stage.sandbox =
            Process::start(stage.folder.path(), &["sandbox", "--listen", &address, "--script", "sandbox.toml"]);
        let held = until(&stage, &ids[0], "blocked", |row| row["state"] == "blocked").await;
        assert_eq!((held["verdict"].as_str(), held["waived"].as_bool()), (Some("invalid"), Some(false)), "{held}");
        until(&stage, &ids[1], "delivered", |row| row["state"] == "delivered" || row["state"] == "accepted").await;
        assert_eq!(stage.at_sandbox("deposits").await.len(), 1, "the good one alone");
        let problems = stage.get("/v1/problems?open=true").await;
        let of = |problem: &&Value| problem["invoice_id"] == ids[0].as_str();
        assert!(problems["problems"].as_array().unwrap().iter().any(|problem| of(&problem)), "{problems}");
        let report = stage.get(&format!("/v1/invoices/{}/report", ids[0])).await;
        let expired = |finding: &Value| finding["rule"] == "FCT-WAIVER-EXPIRED";
        assert!(report["findings"].as_array().unwrap().iter().any(expired), "{report}");
        // Prolonged, and judged again: it leaves, once.
        waivers(&stage, &fatal, "2999-12-31");
        tokio::time::sleep(Duration::from_millis(2500)).await;
        let (status, answer) = stage.post(&format!("/v1/invoices/{}/retry", ids[0]), Vec::new(), &[]).await.unwrap();
        assert_eq!(status.as_u16(), 200, "{answer}");
        until(&stage, &ids[0], "delivered", |row| row["state"] == "delivered" || row["state"] == "accepted").await;
        assert_eq!(stage.at_sandbox("deposits").await.len(), 2);
    }
}
