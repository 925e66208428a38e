//! Seals through the real program: a daemon and a sandbox as processes, judged by OpenSSL.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::openssl::{Leaf, Workshop, present};
use crate::stage::{PROGRAM, Stage, invoice};

const SCRIPT: &str = "processing_ms = 50\nstep_ms = 50\n";

async fn post(stage: &Stage, number: &str) -> String {
    let (status, answer) = stage.post("/v1/invoices", invoice(number), &[]).await.unwrap();
    assert_eq!(status.as_u16(), 202, "{answer}");
    answer["id"].as_str().unwrap().to_owned()
}

/// The seal and the document of an invoice, as the daemon hands them out, before OpenSSL.
async fn judged(stage: &Stage, shop: &Workshop, id: &str) {
    let answer = stage.raw(&format!("/v1/invoices/{id}/seal")).await;
    assert_eq!(answer.status().as_u16(), 200);
    let header = |name: &str| answer.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/pkcs7-signature");
    assert_eq!(header("content-disposition"), format!("attachment; filename=\"{id}.p7s\""));
    shop.write("f.p7s", &answer.bytes().await.unwrap());
    let document = stage.raw(&format!("/v1/invoices/{id}/document")).await.bytes().await.unwrap();
    shop.write("f.xml", &document);
    shop.verifies("f.xml", "f.p7s").unwrap();
    shop.write("g.xml", &[&document[..], b" "].concat());
    assert!(shop.verifies("g.xml", "f.p7s").is_err());
}

async fn ready(stage: &Stage) -> Value {
    let answer = stage.raw("/readyz").await;
    assert_eq!(answer.status().as_u16(), 200, "documents can be taken whatever the key does");
    answer.json().await.unwrap()
}

/// Runs a command of ours in the stage's folder: its status, and all it said.
fn run(stage: &Stage, arguments: &[&str]) -> (i32, String) {
    let ran = Command::new(PROGRAM)
        .env("FACTEUR_URL", stage.url(""))
        .args(arguments)
        .current_dir(stage.folder.path())
        .output()
        .unwrap();
    let said = [ran.stdout, ran.stderr].concat();
    (ran.status.code().unwrap(), String::from_utf8_lossy(&said).into_owned())
}

fn put(shop: &Workshop, name: &str, folder: &Path, as_name: &str) {
    let path = folder.join(as_name);
    fs::write(&path, shop.read(name)).unwrap();
    #[cfg(unix)]
    fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
}

#[tokio::test]
async fn what_leaves_is_sealed_and_openssl_agrees() {
    let Some(shop) = present() else { return };
    for (kind, shape) in [("rsa:4096", "pkcs12"), ("P-256", "legacy"), ("rsa:2048", "pem")] {
        let leaf = shop.leaf(kind, &Leaf::default());
        let stage = Stage::with(SCRIPT, |folder| {
            fs::write(folder.join("word"), "épée\n").unwrap();
            let options: &[&str] = if shape == "legacy" { &["-legacy"] } else { &[] };
            match shape {
                "pem" => {
                    put(&shop, &leaf.key, folder, "seal.key");
                    put(&shop, &leaf.chain, folder, "seal.pem");
                    "[seal]\nkey_file = \"seal.key\"\ncertificate_file = \"seal.pem\"\n".into()
                }
                _ => {
                    put(&shop, &shop.pkcs12(&leaf, shape, "épée", options), folder, "seal.p12");
                    "[seal]\npkcs12_file = \"seal.p12\"\npassphrase_file = \"word\"\n".into()
                }
            }
        });
        let id = post(&stage, "SEAL-1").await;
        stage.settled(std::slice::from_ref(&id), &["delivered", "accepted", "paid"]).await;
        judged(&stage, &shop, &id).await;
        let row = stage.get(&format!("/v1/invoices/{id}")).await;
        assert_eq!(row["seal"]["state"], "signed");
        assert_eq!(row["seal"]["words"]["fr"], "cacheté, non qualifié");
        assert_eq!(row["seal"]["subject"], "Imprimerie Fictive, cachet");
        assert_eq!(row["seal"]["issuer"], "Autorité d'essai");
        assert_eq!(row["links"]["seal"], format!("/v1/invoices/{id}/seal"));
        let report = stage.get(&format!("/v1/invoices/{id}/report")).await;
        assert_eq!((&report["verdict"], &report["seal"]), (&"valid".into(), &row["seal"]));
        assert_eq!(ready(&stage).await["seal"], "ok");

        // The command line: the state, and the file.
        let (status, said) = run(&stage, &["status", &id, "--config", "facteur.toml", "--lang", "fr"]);
        assert_eq!(status, 0, "{said}");
        assert!(
            said.contains("cacheté, non qualifié (Imprimerie Fictive, cachet, ") && said.contains("cachetée : "),
            "{said}"
        );
        let saved = ["seal", "SEAL-1", "--config", "facteur.toml", "--output", "mine.p7s"];
        let (status, said) = run(&stage, &saved);
        assert_eq!((status, said.contains("signed, not qualified")), (0, true), "{said}");
        shop.write("mine.p7s", &fs::read(stage.path("mine.p7s")).unwrap());
        shop.verifies("f.xml", "mine.p7s").unwrap();
        let (status, said) = run(&stage, &["doctor", "--config", "facteur.toml"]);
        assert!(said.contains("seal") && said.contains("days left"), "{status} {said}");
        assert!(!said.contains("seal.p12 can be read by other"), "{said}");

        // No secret, no content in the log.
        let log = fs::read_to_string(stage.path("serve.log")).unwrap();
        assert!(
            !log.contains("épée") && !log.contains("PRIVATE KEY") && log.contains("sealed before they leave"),
            "{log}"
        );
    }
}

#[tokio::test]
async fn an_expired_key_holds_deliveries_with_a_reason_and_a_new_one_lets_them_go() {
    let Some(shop) = present() else { return };
    let old = shop.leaf("P-256", &Leaf { begin: "20200101000000Z", end: "20210101000000Z", ..Leaf::default() });
    let new = shop.leaf("rsa:2048", &Leaf::default());
    let stage = Stage::with(SCRIPT, |folder| {
        put(&shop, &old.key, folder, "seal.key");
        put(&shop, &old.chain, folder, "seal.pem");
        "[seal]\nkey_file = \"seal.key\"\ncertificate_file = \"seal.pem\"\n".into()
    });
    let id = post(&stage, "SEAL-2").await;
    let started = Instant::now();
    let row = loop {
        let row = stage.get(&format!("/v1/invoices/{id}")).await;
        if row["last_error"].is_string() {
            break row;
        }
        assert!(started.elapsed() < Duration::from_secs(30), "{row}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!((&row["state"], &row["seal"]["state"]), (&"ready".into(), &"unsigned".into()));
    let why = row["last_error"].as_str().unwrap();
    assert!(why.starts_with("waits for its seal: the certificate expired on 2021-01-01"), "{why}");
    assert_eq!(row["deposits"], 0);
    assert_eq!(ready(&stage).await["seal"], "expired");
    assert_eq!(stage.raw(&format!("/v1/invoices/{id}/seal")).await.status().as_u16(), 404);
    let (status, said) = run(&stage, &["seal", &id, "--config", "facteur.toml"]);
    assert_eq!((status, said.contains("bears no seal")), (1, true), "{said}");
    let (status, said) = run(&stage, &["doctor", "--config", "facteur.toml", "--lang", "fr"]);
    assert!(
        status == 1 && said.contains("le certificat a expiré le 2021-01-01 00:00 UTC ; les livraisons attendent"),
        "{said}"
    );
    let (_, said) = run(&stage, &["status", &id, "--config", "facteur.toml", "--lang", "fr"]);
    assert!(said.contains("attend son cachet, ne part pas sans lui : le certificat a expiré"), "{said}");
    assert!(stage.at_sandbox("deposits").await.is_empty());

    // Renewed, without a restart.
    put(&shop, &new.key, stage.folder.path(), "seal.key");
    tokio::time::sleep(Duration::from_millis(1_500)).await;
    assert_eq!(ready(&stage).await["seal"], "expired; new files refused", "half a renewal is none");
    put(&shop, &new.chain, stage.folder.path(), "seal.pem");
    stage.settled(std::slice::from_ref(&id), &["delivered", "accepted", "paid"]).await;
    assert_eq!(ready(&stage).await["seal"], "ok");
    judged(&stage, &shop, &id).await;
}

#[tokio::test]
async fn a_key_that_is_not_there_is_told_everywhere_and_without_a_key_all_is_unsigned() {
    let Some(shop) = present() else { return };
    let stage = Stage::with(SCRIPT, |_| "[seal]\nkey_file = \"gone.key\"\n".into());
    assert_eq!(ready(&stage).await["seal"], "unreadable");
    let (status, said) = run(&stage, &["doctor", "--config", "facteur.toml"]);
    assert!(status == 1 && said.contains("gone.key cannot be read"), "{said}");
    let log = fs::read_to_string(stage.path("serve.log")).unwrap();
    assert!(log.contains("deliveries wait"), "{log}");
    // A key that others can read is told.
    let leaf = shop.leaf("P-256", &Leaf::default());
    fs::write(stage.path("gone.key"), [shop.read(&leaf.key), shop.read(&leaf.chain)].concat()).unwrap();
    #[cfg(unix)]
    {
        fs::set_permissions(stage.path("gone.key"), std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
        let (_, said) = run(&stage, &["doctor", "--config", "facteur.toml"]);
        assert!(said.contains("gone.key can be read by other accounts (mode 644)"), "{said}");
    }

    let stage = Stage::new(SCRIPT);
    let id = post(&stage, "SEAL-3").await;
    stage.settled(std::slice::from_ref(&id), &["delivered", "accepted", "paid"]).await;
    let row = stage.get(&format!("/v1/invoices/{id}")).await;
    assert_eq!(
        row["seal"],
        serde_json::json!({ "state": "unsigned", "words": { "fr": "non signé", "en": "unsigned" } })
    );
    assert_eq!(row["links"]["seal"], Value::Null);
    assert_eq!(ready(&stage).await["seal"], "off");
    let problem: Value = stage.raw(&format!("/v1/invoices/{id}/seal")).await.json().await.unwrap();
    assert_eq!(problem["code"], "no-seal");
    let (status, said) = run(&stage, &["doctor", "--config", "facteur.toml"]);
    assert!(said.contains("invoices leave unsigned"), "{status} {said}");
}
