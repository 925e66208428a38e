//! Customer files change while the daemon runs.

use std::time::{Duration, Instant};

use serde_json::Value;

use super::stage::{PATIENCE, Stage, invoice};

#[tokio::test]
async fn a_customer_file_is_reloaded_and_a_bad_one_leaves_the_last_good_in_force() {
    let stage = Stage::new().await;
    let file = stage.folder.path().join("clients/commune-saint-aubin.toml");
    let file = if file.exists() { file } else { file_of(&stage, "21212121400010") };
    let good = std::fs::read_to_string(&file).unwrap();
    let verdict = async || {
        let response = stage.post("/v1/validate", invoice("01-good-ubl-mairie.xml")).await;
        response.json::<Value>().await.unwrap()["verdict"].as_str().unwrap().to_owned()
    };
    assert_eq!(verdict().await, "valid");

    let asks_more = format!("{good}\n[[forbid]]\nterm = \"BT-1\"\n");
    std::fs::write(&file, &asks_more).unwrap();
    let began = Instant::now();
    while verdict().await != "invalid" {
        assert!(began.elapsed() < PATIENCE, "the new rule never came into force");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }

    std::fs::write(&file, format!("{asks_more}\n[[forbidd]]\nterm = \"BT-2\"\n")).unwrap();
    let clients = loop {
        let clients = stage.get("/v1/clients").await;
        if clients["faults"] != serde_json::json!([]) {
            break clients;
        }
        assert!(began.elapsed() < 2 * PATIENCE, "the fault was never told");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let fault = &clients["faults"][0];
    let line = asks_more.lines().count() + 2;
    assert_eq!((&fault["line"], &fault["last_good_kept"]), (&line.into(), &true.into()), "{fault}");
    assert_eq!(verdict().await, "invalid", "the last good version is in force");
    let ready = stage.client.get(stage.url("/readyz")).send().await.unwrap();
    assert_eq!(ready.status(), 200);
    assert_eq!(ready.json::<Value>().await.unwrap()["clients"], "1 wrong, see /v1/clients");

    std::fs::write(&file, good).unwrap();
    while verdict().await != "valid" {
        assert!(began.elapsed() < 3 * PATIENCE, "the mended file never came into force");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn file_of(stage: &Stage, siret: &str) -> std::path::PathBuf {
    let files = std::fs::read_dir(stage.folder.path().join("clients")).unwrap().map(|entry| entry.unwrap().path());
    let bears = |path: &std::path::PathBuf| std::fs::read_to_string(path).unwrap().contains(siret);
    files.into_iter().find(bears).unwrap()
}
