//! The HTTP door against its own description, by a judge that no one here wrote: schemathesis sends what `/openapi.json` allows and
//! what it forbids, follows its links, and holds every answer to it. `tests/run` installs it.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::stage::Stage;

/// The same requests at each run; another seed by `FACTEUR_SEED`.
const SEED: &str = "20261121";
/// Requests an operation and phase, and the longest time of all of it.
const EXAMPLES: &str = "30";
const WITHIN: Duration = Duration::from_secs(300);

#[tokio::test(flavor = "multi_thread")]
async fn schemathesis_finds_the_door_as_it_is_described() {
    let Some(judge) = judge() else {
        eprintln!("skipped: FACTEUR_FOREIGN_PYTHON names no Python beside a schemathesis; tests/run installs one");
        return;
    };
    // With a key, so that there are seals to give.
    let sealed = |folder: &Path| {
        for name in ["seal.key", "seal.pem"] {
            std::fs::copy(format!("fixtures/keys/{name}"), folder.join(name)).unwrap();
        }
        "[seal]\nkey_file = \"seal.key\"\ncertificate_file = \"seal.pem\"\n".into()
    };
    let stage = Stage::with("", sealed).await_customers().await;
    let mut ids = Vec::new();
    for name in ["01-good-ubl-mairie.xml", "09-wrong-order-number-missing.xml", "16-unreadable-truncated.xml"] {
        let bytes = std::fs::read(format!("fixtures/demo/invoices/{name}")).unwrap();
        let headers = [("content-type", "application/xml")];
        let (status, taken) = stage.post("/v1/invoices", bytes, &headers).await.unwrap();
        assert_eq!(status, 202, "{name}");
        ids.push(taken["id"].as_str().unwrap().to_owned());
    }
    stage.settled(&ids[..1], &["delivered"]).await;
    let seed = std::env::var("FACTEUR_SEED").unwrap_or_else(|_| SEED.to_owned());
    println!("seed {seed}");
    let began = Instant::now();
    let (url, token, folder) = (stage.url("/openapi.json"), stage.token(), stage.folder.path().to_owned());
    let config = std::path::absolute("tests/foreign/schemathesis.toml").unwrap();
    let run = tokio::task::spawn_blocking(move || {
        let mut command = Command::new(judge);
        command.arg("--config-file").arg(config).args(["run", &url, "--checks", "all", "--seed", &seed]);
        command.args(["--max-examples", EXAMPLES, "--no-color", "--request-timeout", "20"]);
        command.arg("-H").arg(format!("Authorization: Bearer {token}")).current_dir(folder).output().unwrap()
    });
    let run = run.await.unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    println!("{told}");
    assert!(run.status.success(), "schemathesis found the door other than described; see above");
    assert!(
        told.contains("✅ Stateful") && told.contains("✅ Fuzzing") && told.contains("✅ Coverage"),
        "a phase did not run"
    );
    assert!(began.elapsed() < WITHIN, "it took {:?}", began.elapsed());
}

fn judge() -> Option<PathBuf> {
    let python = PathBuf::from(std::env::var_os("FACTEUR_FOREIGN_PYTHON")?);
    Some(python.with_file_name("schemathesis")).filter(|path| path.exists())
}

impl Stage {
    /// Puts the customers of the demo in force.
    async fn await_customers(self) -> Self {
        for file in std::fs::read_dir("fixtures/demo/clients").unwrap() {
            let file = file.unwrap();
            std::fs::copy(file.path(), self.path("clients").join(file.file_name())).unwrap();
        }
        let began = Instant::now();
        while self.get("/v1/clients").await["clients"].as_array().unwrap().is_empty() {
            assert!(began.elapsed() < Duration::from_secs(20), "the customers were never loaded");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        self
    }
}
