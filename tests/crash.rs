//! The oath under `kill -9`: what was answered with 202 is never lost, and no invoice is at the platform twice.

use std::collections::BTreeMap;
use std::time::Duration;

use facteur::crypto::sha256;
use facteur::signature::verify;

use super::stage::{Dice, Stage, invoice, message};

#[tokio::test]
async fn a_daemon_killed_again_and_again_loses_nothing_and_sends_nothing_twice() {
    let seed: u64 = std::env::var("FACTEUR_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(20_261_121);
    println!("FACTEUR_SEED={seed}");
    let mut dice = Dice(seed);
    // Slow enough that deposits and questions are under way when the daemon dies; two answers are lost besides.
    let script = "processing_ms = 150\nstep_ms = 50\n\
        [[behaviour]]\nmatch = \"KILL-07\"\ndo = \"lose-answer\"\n[[behaviour]]\nmatch = \"KILL-13\"\ndo = \"drop-before\"\n\
        [[behaviour]]\nmatch = \"*\"\ndo = \"delay\"\nms = 60\n";
    // With a key: what left had its seal on disk before, whenever the daemon died.
    let mut stage = Stage::with(script, |folder| {
        std::fs::copy("fixtures/keys/seal.key", folder.join("seal.key")).unwrap();
        std::fs::copy("fixtures/keys/seal.pem", folder.join("seal.pem")).unwrap();
        "[seal]\nkey_file = \"seal.key\"\ncertificate_file = \"seal.pem\"\n".into()
    });
    let mut ids = BTreeMap::new();
    let mut deaths = 0;
    for n in 0..24 {
        let number = format!("KILL-{n:02}");
        // A caller whose answer was lost asks again, with the same bytes; that is all it has to do.
        while !ids.contains_key(&number) {
            // Every third came as EDIFACT, of which something else leaves.
            let document = if n % 3 == 0 { message(&number) } else { invoice(&number) };
            match stage.post("/v1/invoices", document, &[("idempotency-key", &number)]).await {
                Some((status, answer)) => {
                    assert_eq!(status.as_u16(), 202, "{answer}");
                    ids.insert(number.clone(), answer["id"].as_str().unwrap().to_owned());
                }
                None => tokio::time::sleep(Duration::from_millis(20)).await,
            }
        }
        if dice.roll(3) == 0 {
            tokio::time::sleep(Duration::from_millis(dice.roll(250))).await;
            stage.kill();
            stage.start();
            deaths += 1;
        }
    }
    for _ in 0..6 {
        tokio::time::sleep(Duration::from_millis(dice.roll(400))).await;
        stage.kill();
        stage.start();
        deaths += 1;
    }
    println!("{deaths} deaths");
    let ids: Vec<String> = ids.into_values().collect();
    assert_eq!(ids.len(), 24);
    stage.settled(&ids, &["delivered"]).await;

    // Taken is not yet integrated: the platform has its own pace.
    let mut integrated = stage.at_sandbox("invoices").await;
    for _ in 0..100 {
        if integrated.len() >= ids.len() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        integrated = stage.at_sandbox("invoices").await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    integrated = if integrated.len() == ids.len() { stage.at_sandbox("invoices").await } else { integrated };
    let mut count: BTreeMap<String, usize> = BTreeMap::new();
    for row in &integrated {
        *count.entry(row["number"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    let expected: BTreeMap<String, usize> = (0..24).map(|n| (format!("KILL-{n:02}"), 1)).collect();
    assert_eq!(count, expected, "each invoice is at the platform exactly once");
    let deposits = stage.at_sandbox("deposits").await;
    assert_eq!(deposits.len(), 24, "nothing was deposited twice, not even refused");

    for id in &ids {
        let seal = stage.raw(&format!("/v1/invoices/{id}/seal")).await.bytes().await.unwrap();
        let document = stage.raw(&format!("/v1/invoices/{id}/document?as=outgoing")).await.bytes().await.unwrap();
        verify(&seal, &sha256(&document)).unwrap();
        let digest: String = sha256(&document).iter().map(|byte| format!("{byte:02x}")).collect();
        let row = stage.get(&format!("/v1/invoices/{id}")).await;
        let there = deposits.iter().find(|deposit| deposit["number"] == row["number"]).unwrap();
        assert_eq!(there["sha256"], digest, "the platform has the very bytes");
        let written = row["syntax"] == "edifact-d16b";
        assert_eq!(row["outgoing"]["sha256"].as_str(), written.then_some(digest.as_str()), "{row}");
        assert_eq!(row["sha256"] == digest.as_str(), !written);
        let kinds: Vec<String> = stage.get(&format!("/v1/invoices/{id}/events")).await["events"]
            .as_array()
            .unwrap()
            .iter()
            .map(|event| event["kind"].as_str().unwrap().to_owned())
            .collect();
        assert_eq!(kinds.iter().filter(|kind| *kind == "sealed").count(), 1, "{kinds:?}");
        assert!(kinds.iter().position(|kind| kind == "sealed") < kinds.iter().position(|kind| kind == "intent"));
    }

    // The log of events has no hole.
    let (mut after, mut last) = (0, 0);
    loop {
        let page = stage.get(&format!("/v1/events?after={after}")).await;
        for event in page["events"].as_array().unwrap() {
            let cursor = event["cursor"].as_u64().unwrap();
            assert_eq!(cursor, last + 1);
            last = cursor;
        }
        after = page["next"].as_u64().unwrap();
        if page["more"] != true {
            break;
        }
    }
    assert!(last > 24 * 5);
}
