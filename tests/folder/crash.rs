//! The oath under `kill -9`, through a folder: every file ends once, every invoice is at the platform once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant};

use super::{all_told, count, documents, invoice, names, report, section};
use crate::stage::{Dice, Stage};

#[tokio::test]
async fn a_daemon_killed_amid_forty_files_ends_each_once() {
    let seed: u64 = std::env::var("FACTEUR_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(20_261_122);
    println!("FACTEUR_SEED={seed}");
    let mut dice = Dice(seed);
    let mut stage = Stage::new("processing_ms = 100\nstep_ms = 50\n");
    stage.kill();
    let inbox = stage.path("in");
    fs::create_dir(&inbox).unwrap();
    let config = fs::read_to_string(stage.path("facteur.toml")).unwrap();
    let folder = section("erp", &inbox, "").replace("200ms", "50ms").replace("100ms", "50ms");
    fs::write(stage.path("facteur.toml"), config + &folder).unwrap();
    stage.start();

    // Thirty-two good ones, four wrong ones, four that repeat a good one under another name.
    let wrong = fs::read("fixtures/demo/invoices/12-wrong-sum-one-cent.xml").unwrap();
    let mut files: Vec<(String, Vec<u8>)> =
        (0..32).map(|n| (format!("F{n:02}.xml"), invoice(&format!("CRASH-{n:02}")))).collect();
    for n in 0..4 {
        let wrong = String::from_utf8(wrong.clone()).unwrap().replace("PD-2026-01", &format!("PW-{n}-01"));
        files.push((format!("W{n}.xml"), wrong.into_bytes()));
        files.push((format!("R{n}.xml"), invoice(&format!("CRASH-{n:02}"))));
    }
    let mut deaths = 0;
    for (name, bytes) in &files {
        super::put(&inbox, name, bytes);
        if dice.roll(4) == 0 {
            tokio::time::sleep(Duration::from_millis(dice.roll(250))).await;
            stage.kill();
            stage.start();
            deaths += 1;
        }
    }
    for _ in 0..8 {
        tokio::time::sleep(Duration::from_millis(dice.roll(300))).await;
        stage.kill();
        stage.start();
        deaths += 1;
    }
    println!("{deaths} deaths");
    let began = Instant::now();
    while documents(&inbox, "done").len() + documents(&inbox, "refused").len() < files.len() {
        let log = fs::read_to_string(stage.path("serve.log")).unwrap();
        assert!(began.elapsed() < Duration::from_secs(60), "still there: {:?}\n{log}", names(&inbox.join(".work")));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    tokio::time::sleep(Duration::from_millis(500)).await;
    let expected: BTreeSet<String> = files.iter().map(|(name, _)| name.clone()).collect();
    let (done, refused) = (documents(&inbox, "done"), documents(&inbox, "refused"));
    let ended: Vec<String> = done.iter().chain(&refused).cloned().collect();
    assert_eq!(ended.len(), files.len(), "none ended twice: {ended:?}");
    assert_eq!(ended.iter().cloned().collect::<BTreeSet<_>>(), expected);
    assert_eq!(refused, ["W0.xml", "W1.xml", "W2.xml", "W3.xml"]);
    all_told(&inbox).await;
    for (name, bytes) in &files {
        let place = if name.starts_with('W') { "refused" } else { "done" };
        assert_eq!(&fs::read(inbox.join(place).join(name)).unwrap(), bytes, "{name}");
    }
    // Of each pair of the same bytes, one came first, however often the daemon died meanwhile.
    for n in 0..4 {
        let before = |name: &str| report(&inbox, "done", name)["received"]["before"] == true;
        assert_ne!(before(&format!("F{n:02}.xml")), before(&format!("R{n}.xml")), "{n}");
    }
    for n in 4..32 {
        assert_eq!(report(&inbox, "done", &format!("F{n:02}.xml"))["received"]["before"], false, "{n}");
    }

    let expected: BTreeMap<String, usize> = (0..32).map(|n| (format!("CRASH-{n:02}"), 1)).collect();
    let began = Instant::now();
    while count(&stage.at_sandbox("invoices").await) != expected {
        let there = count(&stage.at_sandbox("invoices").await);
        assert!(began.elapsed() < Duration::from_secs(60) && there.values().all(|n| *n == 1), "{there:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    // The name of each file is kept once with its invoice.
    let rows = stage.get("/v1/invoices?limit=100").await;
    for row in rows["invoices"].as_array().unwrap() {
        let events = stage.get(&format!("/v1/invoices/{}/events", row["id"].as_str().unwrap())).await;
        let named = events["events"].as_array().unwrap().iter().filter(|event| event["kind"] == "file").count();
        assert_eq!(named, 1, "{row}");
    }
}
