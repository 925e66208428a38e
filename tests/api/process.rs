//! The daemon as a process: how it starts, stops and speaks, what it holds in memory, what it never writes to its log.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use facteur::day::Day;
use serde_json::Value;

use super::stage::{PATIENCE, furnish, invoice, sandbox};

const PROGRAM: &str = env!("CARGO_BIN_EXE_facteur");

struct Process {
    child: Child,
    address: String,
    folder: tempfile::TempDir,
}

impl Process {
    async fn start() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let file = furnish(folder.path(), &sandbox().await, "");
        let (child, address) = serve(&file, folder.path());
        Self { child, address, folder }
    }

    fn token(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("token")).unwrap().trim().to_owned()
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap()
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Starts `facteur serve`; its log, at the most talkative level, goes to a file.
fn serve(config: &Path, folder: &Path) -> (Child, String) {
    let mut child = Command::new(PROGRAM)
        .args(["serve", "--config"])
        .arg(config)
        .env("FACTEUR_LOG", "trace")
        .stdout(Stdio::piped())
        .stderr(std::fs::File::create(folder.join("log")).unwrap())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().rsplit("http://").next().unwrap().to_owned();
    assert!(line.contains("http://"), "{line}{}", std::fs::read_to_string(folder.join("log")).unwrap());
    (child, address)
}

fn wait(child: &mut Child) -> Option<i32> {
    let began = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            return status.code();
        }
        assert!(began.elapsed() < PATIENCE, "it never ended");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[tokio::test]
async fn the_log_never_holds_what_invoices_say_nor_a_secret() {
    let mut process = Process::start().await;
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = |path: &str| format!("http://{}{path}", process.address);
    let token = process.token();
    let names = [
        "01-good-ubl-mairie.xml",
        "02-good-cii-hopital.xml",
        "09-wrong-order-number-missing.xml",
        "16-unreadable-truncated.xml",
        "22-refused-siret-unknown.xml",
    ];
    let mut waiting = Vec::new();
    for name in names {
        for path in ["/v1/validate", "/v1/invoices"] {
            let request = client.post(url(path)).bearer_auth(&token).header("content-type", "application/xml");
            let body: Value = request.body(invoice(name)).send().await.unwrap().json().await.unwrap();
            waiting.extend(body["id"].as_str().map(str::to_owned));
        }
    }
    let began = Instant::now();
    for id in waiting {
        loop {
            let row = client.get(url(&format!("/v1/invoices/{id}"))).bearer_auth(&token).send().await.unwrap();
            let row: Value = row.json().await.unwrap();
            if ["blocked", "parked", "delivered", "refused", "accepted", "paid"]
                .contains(&row["state"].as_str().unwrap())
            {
                break;
            }
            assert!(began.elapsed() < PATIENCE, "{row}");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
    process.signal("TERM");
    assert_eq!(wait(&mut process.child), Some(0));
    let log = process.log();
    assert!(log.lines().count() > 20, "the log was read:\n{log}");
    for line in log.lines().filter(|line| line.starts_with('{')) {
        serde_json::from_str::<Value>(line).unwrap();
    }
    let secrets = [token.as_str(), "sandbox-secret", "sandbox-password"];
    let mut words: Vec<String> = secrets.map(str::to_owned).to_vec();
    for name in names {
        words.extend(telling(&invoice(name)));
    }
    assert!(words.len() > 100, "the fixtures say something");
    let told: Vec<_> = words.iter().filter(|word| log.contains(word.as_str())).collect();
    assert!(told.is_empty(), "the log tells {told:?}");
}

/// What an invoice says: texts long enough to be told from words of a log.
fn telling(bytes: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(bytes);
    let texts = text.split('<').filter_map(|piece| piece.split_once('>')).map(|(_, text)| text.trim());
    // Days stand in the log as times do.
    let tells = |text: &&str| text.chars().count() >= 8 && !text.starts_with("urn:") && Day::parse_iso(text).is_none();
    texts.filter(tells).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_body_said_to_be_too_large_is_refused_and_never_held() {
    let process = Process::start().await;
    let before = peak(&process);
    let mut stream = TcpStream::connect(&process.address).unwrap();
    let (token, length) = (process.token(), 101 * 1024 * 1024);
    write!(
        stream,
        "POST /v1/invoices HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n"
    )
    .unwrap();
    let piece = vec![b'x'; 1024 * 1024];
    for _ in 0..101 {
        stream.write_all(&piece).unwrap();
    }
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 413") && answer.contains("\"code\":\"too-large\""), "{answer}");
    if let (Some(before), Some(after)) = (before, peak(&process)) {
        assert!(after < before + 16 * 1024, "memory rose from {before} to {after} KiB");
    }
}

/// The most memory the process ever held, in KiB; none where the machine does not tell.
fn peak(process: &Process) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{}/status", process.child.id())).ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[tokio::test]
async fn a_store_in_use_is_refused_and_free_again_after_the_stop() {
    let mut process = Process::start().await;
    let config = process.folder.path().join("facteur.toml");
    let second = Command::new(PROGRAM).args(["serve", "--config"]).arg(&config).output().unwrap();
    assert_eq!(second.status.code(), Some(1));
    assert!(second.stdout.is_empty());
    let said = String::from_utf8_lossy(&second.stderr).into_owned();
    assert!(said.contains("facteur.db"), "{said}");
    process.signal("INT");
    assert_eq!(wait(&mut process.child), Some(0));
    let (child, _) = serve(&config, process.folder.path());
    process.child = child;
    process.signal("TERM");
    assert_eq!(wait(&mut process.child), Some(0));
}

#[test]
fn a_wrong_configuration_is_placed_and_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("facteur.toml");
    std::fs::write(&file, "[server]\nlsiten = \"127.0.0.1:0\"\n").unwrap();
    let run =
        |file: &Path| Command::new(PROGRAM).args(["serve", "--config"]).arg(file).env("LC_ALL", "C").output().unwrap();
    let output = run(&file);
    assert_eq!(output.status.code(), Some(2));
    assert!(output.stdout.is_empty());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("facteur.toml:2:1:") && said.contains("`listen`"), "{said}");
    assert_eq!(run(&folder.path().join("absent.toml")).status.code(), Some(2));
    std::fs::write(&file, "[server]\nlisten = \"0.0.0.0:0\"\n").unwrap();
    let open = Command::new(PROGRAM).args(["serve", "--no-token", "--config"]).arg(&file).output().unwrap();
    assert_eq!(open.status.code(), Some(2), "no open door off loopback");
    let filter =
        Command::new(PROGRAM).args(["serve", "--config"]).arg(&file).env("FACTEUR_LOG", "facteur=loud").output();
    assert_eq!(filter.unwrap().status.code(), Some(2), "a log filter that means nothing is told");
}

#[cfg(unix)]
#[tokio::test]
async fn what_holds_invoices_or_tokens_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let process = Process::start().await;
    for name in ["facteur.db", "facteur.db-wal", "token", "tokens.toml"] {
        let mode = std::fs::metadata(process.folder.path().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{name}");
    }
}
