//! What `/metrics` tells adds up with what was done, and Prometheus' own parser reads it.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::stage::{Stage, invoice};

/// Samples by name and labels, as written.
struct Seen(BTreeMap<String, f64>);

impl Seen {
    fn read(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.starts_with('#'));
        let samples = lines.map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap())
        });
        Self(samples.collect())
    }

    fn get(&self, sample: &str) -> f64 {
        *self.0.get(sample).unwrap_or_else(|| panic!("no {sample} among {:#?}", self.0))
    }

    /// The sum over all labels of these that hold each of those words.
    fn sum(&self, name: &str, words: &[&str]) -> f64 {
        let fits = |sample: &&String| {
            sample.starts_with(&format!("{name}{{")) && words.iter().all(|word| sample.contains(word))
        };
        self.0.iter().filter(|(sample, _)| fits(sample)).map(|(_, value)| value).sum()
    }
}

async fn scrape(stage: &Stage) -> (String, Seen) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.get(stage.url("/metrics")).bearer_auth(stage.token()).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/openmetrics-text; version=1.0.0; charset=utf-8");
    let text = answer.text().await.unwrap();
    let seen = Seen::read(&text);
    (text, seen)
}

#[tokio::test]
async fn counters_add_up_with_what_was_done() {
    let script = "processing_ms = 50\nstep_ms = 50\n[[behaviour]]\nmatch = \"COUNT-LOST\"\ndo = \"lose-answer\"\n";
    let mut stage = Stage::new(script);
    stage.kill();
    let inbox = stage.path("in");
    fs::create_dir(&inbox).unwrap();
    let folder =
        format!("[[folder]]\nname = \"erp\"\npath = \"{}\"\nsettle = \"100ms\"\npoll = \"50ms\"\n", inbox.display());
    let config = fs::read_to_string(stage.path("facteur.toml")).unwrap();
    fs::write(stage.path("facteur.toml"), config + &folder).unwrap();
    stage.start();

    let (_, before) = scrape(&stage).await;
    assert_eq!(before.sum("facteur_documents_accepted_total", &[]), 0.0);
    assert_eq!(before.get("facteur_invoices{state=\"delivered\"}"), 0.0);

    // 30 over HTTP, of which five twice; eight through the folder, two of them wrong; one of all whose answer is lost.
    let mut ids = BTreeSet::new();
    for n in 0..30 {
        let number = if n == 17 { "COUNT-LOST".to_owned() } else { format!("COUNT-{n}") };
        let times = if n % 6 == 0 { 2 } else { 1 };
        for _ in 0..times {
            let (status, answer) = stage.post("/v1/invoices", invoice(&number), &[]).await.unwrap();
            assert_eq!(status, 202);
            ids.insert(answer["id"].as_str().unwrap().to_owned());
        }
    }
    let wrong = fs::read_to_string("fixtures/demo/invoices/12-wrong-sum-one-cent.xml").unwrap();
    for n in 0..8 {
        let bytes = if n < 2 { format!("{wrong}<!-- {n} -->").into_bytes() } else { invoice(&format!("FOLDER-{n}")) };
        let part = inbox.join(".part");
        fs::write(&part, bytes).unwrap();
        fs::rename(part, inbox.join(format!("{n}.xml"))).unwrap();
    }
    assert_eq!(stage.post("/v1/nothing/here", vec![], &[]).await.unwrap().0, 404);
    assert_eq!(stage.post("/v1/nothing/there", vec![], &[]).await.unwrap().0, 404);

    let began = Instant::now();
    let (text, seen) = loop {
        let (text, seen) = scrape(&stage).await;
        let files = seen.sum("facteur_folder_files_total", &[]);
        let there =
            seen.get("facteur_invoices{state=\"delivered\"}") + seen.get("facteur_invoices{state=\"accepted\"}");
        if files == 8.0 && there == 36.0 {
            break (text, seen);
        }
        assert!(began.elapsed() < Duration::from_secs(60), "{text}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    };
    let accepted = |door: &str, known: &str| {
        let sample = format!("facteur_documents_accepted_total{{door=\"{door}\",known=\"{known}\"}}");
        seen.0.get(&sample).copied().unwrap_or(0.0)
    };
    assert_eq!((accepted("http", "no"), accepted("http", "yes"), accepted("folder", "no")), (30.0, 5.0, 8.0));
    assert_eq!(seen.get("facteur_documents_judged_total{verdict=\"valid\"}"), 36.0);
    assert_eq!(seen.sum("facteur_documents_judged_total", &["invalid"]), 2.0);
    assert_eq!(seen.get("facteur_judging_seconds_count"), 38.0);
    assert_eq!(seen.sum("facteur_invoices", &[]), 38.0, "each invoice is in one state");
    assert_eq!(
        seen.get("facteur_invoices{state=\"blocked\"}") + seen.get("facteur_invoices{state=\"cancelled\"}"),
        2.0
    );
    let deposits =
        |outcome: &str| seen.get(&format!("facteur_deposits_total{{platform=\"chorus-pro\",outcome=\"{outcome}\"}}"));
    assert_eq!((deposits("taken"), deposits("unknown"), deposits("refused")), (35.0, 1.0, 0.0));
    assert_eq!(seen.sum("facteur_platform_calls_total", &["call=\"deposit\""]), 36.0 + deposits("not-sent"));
    assert_eq!(seen.get("facteur_folder_files_total{folder=\"erp\",result=\"done\"}"), 6.0);
    assert_eq!(seen.get("facteur_folder_files_total{folder=\"erp\",result=\"refused\"}"), 2.0);
    assert_eq!(seen.get("facteur_folder_up{folder=\"erp\"}"), 1.0);
    let posted = "facteur_http_requests_total{route=\"/v1/invoices\",method=\"POST\",status=\"202\"}";
    assert_eq!(seen.get(posted), 35.0);
    assert_eq!(seen.get("facteur_http_requests_total{route=\"other\",method=\"POST\",status=\"404\"}"), 2.0);
    assert_eq!(seen.get("facteur_http_requests_now"), 1.0, "this very scrape");
    assert_eq!(seen.get("facteur_http_bodies_bytes"), 0.0);
    assert!(seen.get("facteur_problems_open{category=\"A\"}") >= 1.0);
    assert_eq!(seen.get("facteur_unknown_oldest_seconds"), 0.0, "no doubt is left");
    assert_eq!(seen.get("facteur_store_commits_total{result=\"failed\"}"), 0.0);
    assert!(seen.get("facteur_store_commit_writes_sum") >= 38.0 * 4.0, "accept, judge, intent and answer of each");
    assert_eq!(seen.sum("facteur_queue_steps_total", &["step=\"judge\"", "result=\"ok\""]), 38.0);
    assert!(seen.get("process_resident_memory_bytes") > 1e6 && seen.get("process_start_time_seconds") > 1.7e9);
    for told in ["Saint-Aubin", "COUNT-", "21212121400010"] {
        assert!(!text.contains(told), "a label tells {told}");
    }
    let documented = fs::read_to_string("docs/observability.md").unwrap();
    for line in text.lines().filter_map(|line| line.strip_prefix("# TYPE ")) {
        let name = line.split(' ').next().unwrap();
        assert!(documented.contains(&format!("`{name}")), "docs/observability.md does not name {name}");
    }
    read_by_a_stranger(&text);
}

#[tokio::test]
async fn metrics_ask_for_a_token_unless_they_are_opened() {
    let mut stage = Stage::new("");
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    assert_eq!(client.get(stage.url("/metrics")).send().await.unwrap().status(), 401);
    stage.kill();
    let file = stage.path("facteur.toml");
    let text = fs::read_to_string(&file).unwrap().replacen("[server]\n", "[server]\nmetrics_open = true\n", 1);
    fs::write(file, text).unwrap();
    stage.start();
    assert_eq!(client.get(stage.url("/metrics")).send().await.unwrap().status(), 200);
    assert_eq!(client.get(stage.url("/v1/invoices")).send().await.unwrap().status(), 401, "nothing else is opened");
}

/// The parser of `prometheus-client` from PyPI.
fn read_by_a_stranger(text: &str) {
    let Some(python) = std::env::var_os("FACTEUR_FOREIGN_PYTHON") else {
        eprintln!("skipped: FACTEUR_FOREIGN_PYTHON names no Python with prometheus-client; tests/run installs one");
        return;
    };
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/foreign/metrics.py");
    let mut child = Command::new(python)
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(text.as_bytes()).unwrap();
    let run = child.wait_with_output().unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    println!("{told}");
    assert!(run.status.success() && told.ends_with("all as it must be\n"), "{told}");
}
