//! The real program on a real stage: a sandbox and a daemon as processes, over real sockets, in a temporary folder.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use reqwest::{Client, StatusCode};
use serde_json::Value;

pub const PROGRAM: &str = env!("CARGO_BIN_EXE_facteur");

/// A small generator of our own, so that a seed says all.
pub struct Dice(pub u64);

impl Dice {
    pub fn roll(&mut self, below: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % below
    }
}

/// A child process that ends with the test.
pub struct Process {
    child: Child,
    pub url: String,
}

impl Process {
    pub fn start(folder: &Path, arguments: &[&str]) -> Process {
        let log = fs::OpenOptions::new()
            .create(true)
            .append(true)
            .open(folder.join(format!("{}.log", arguments[0])))
            .unwrap();
        let mut child = Command::new(PROGRAM)
            .args(arguments)
            .current_dir(folder)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.by_ref().map_while(Result::ok).find(|line| line.contains("http://"));
        let Some(line) = line else {
            let _ = child.kill();
            let _ = child.wait();
            panic!("{arguments:?} did not say where it listens; {}", log_of(folder, arguments[0]));
        };
        std::thread::spawn(move || lines.for_each(drop));
        let url = line[line.find("http://").unwrap()..].split_whitespace().next().unwrap().to_owned();
        Process { child, url }
    }

    pub fn id(&self) -> u32 {
        self.child.id()
    }

    pub fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Waits for the process to end by itself: its exit status, and how long it took.
    pub fn ended(&mut self) -> (Option<i32>, Duration) {
        let began = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return (status.code(), began.elapsed());
            }
            assert!(began.elapsed() < Duration::from_secs(60), "it never ended");
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// As `kill -9`.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub struct Stage {
    pub folder: tempfile::TempDir,
    pub sandbox: Process,
    pub daemon: Option<Process>,
    client: Client,
}

impl Stage {
    /// A sandbox with this script, and a daemon that delivers to it.
    pub fn new(script: &str) -> Stage {
        Self::with(script, |_| String::new())
    }

    /// As [`Stage::new`], with more in `facteur.toml` and in its folder.
    pub fn with(script: &str, more: impl FnOnce(&Path) -> String) -> Stage {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("sandbox.toml", script);
        let sandbox =
            Process::start(folder.path(), &["sandbox", "--listen", "127.0.0.1:0", "--script", "sandbox.toml"]);
        furnish(folder.path(), &sandbox.url, "", &more(folder.path()));
        let client = Client::builder().no_proxy().timeout(Duration::from_secs(60)).build().unwrap();
        let mut stage = Stage { folder, sandbox, daemon: None, client };
        stage.start();
        stage
    }

    /// A sandbox with this script, and a daemon that delivers to the accredited platform that it plays.
    pub fn accredited(script: &str) -> Stage {
        Self::accredited_with(script, |_| String::new())
    }

    /// As [`Stage::accredited`], with more keys of the platform; `more` is given the sandbox's address.
    pub fn accredited_with(script: &str, more: impl FnOnce(&str) -> String) -> Stage {
        let mut stage = Self::with(script, |_| String::new());
        stage.kill();
        let (file, url) = (stage.path("facteur.toml"), &stage.sandbox.url);
        let text = fs::read_to_string(&file).unwrap().replace("default = \"chorus-pro\"", "default = \"pa\"");
        let platform = format!(
            "[[platform]]\nname = \"pa\"\nkind = \"afnor\"\nbase_url = \"{url}/afnor-flow\"\ntoken_url = \"{url}/afnor/oauth2/token\"\n\
             client_id = \"facteur-sandbox\"\nclient_secret_file = \"secret\"\npoll = \"100ms\"\nconnect_timeout = \"1s\"\n\
             timeout = \"3s\"\nabsence_proof = \"2s\"\n"
        );
        let more = more(url);
        fs::write(&file, text + &platform + &more).unwrap();
        stage.start();
        stage
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub fn start(&mut self) {
        self.daemon = Some(Process::start(self.folder.path(), &["serve", "--config", "facteur.toml"]));
    }

    /// `kill -9` of the daemon.
    pub fn kill(&mut self) {
        self.daemon.take().unwrap().kill();
    }

    pub fn token(&self) -> String {
        fs::read_to_string(self.path("token")).unwrap().trim().to_owned()
    }

    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.daemon.as_ref().unwrap().url)
    }

    /// Posts a document; `None` where the connection broke.
    pub async fn post(&self, path: &str, bytes: Vec<u8>, headers: &[(&str, &str)]) -> Option<(StatusCode, Value)> {
        let mut request = self.client.post(self.url(path)).bearer_auth(self.token()).body(bytes);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.ok()?;
        let status = answer.status();
        Some((status, answer.json().await.ok()?))
    }

    pub async fn get(&self, path: &str) -> Value {
        let answer = self.client.get(self.url(path)).bearer_auth(self.token()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{path}");
        answer.json().await.unwrap()
    }

    /// An answer that may be anything.
    pub async fn raw(&self, path: &str) -> reqwest::Response {
        self.client.get(self.url(path)).bearer_auth(self.token()).send().await.unwrap()
    }

    /// Tells the sandbox something: a `line` of its directory, a `behaviour`.
    pub async fn tell_sandbox(&self, what: &str, said: Value) {
        let url = format!("{}/sandbox/{what}", self.sandbox.url);
        let answer = self.client.post(url).body(said.to_string()).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::NO_CONTENT, "{what} {said}");
    }

    /// What the sandbox shows of itself: `invoices` or `deposits`.
    pub async fn at_sandbox(&self, what: &str) -> Vec<Value> {
        let url = format!("{}/sandbox/{what}", self.sandbox.url);
        let page: Value = self.client.get(url).send().await.unwrap().json().await.unwrap();
        page[what].as_array().unwrap().clone()
    }

    /// Waits until every invoice is in one of these states; panics with the log after the patience of a slow machine.
    pub async fn settled(&self, ids: &[String], states: &[&str]) {
        let started = Instant::now();
        loop {
            let mut waiting = Vec::new();
            for id in ids {
                let row = self.get(&format!("/v1/invoices/{id}")).await;
                let state = row["state"].as_str().unwrap().to_owned();
                if !states.contains(&state.as_str()) {
                    waiting.push(format!("{id} {state} {}", row["last_error"]));
                }
            }
            if waiting.is_empty() {
                return;
            }
            let log = || log_of(self.folder.path(), "serve");
            assert!(started.elapsed() < Duration::from_secs(120), "never settled: {waiting:?}\n{}", log());
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
}

/// An invoice of ours under another number, which the sandbox takes.
pub fn invoice(number: &str) -> Vec<u8> {
    let text = fs::read_to_string("fixtures/demo/invoices/01-good-ubl-mairie.xml").unwrap();
    assert!(text.contains("PD-2026-0131"));
    text.replace("PD-2026-0131", number).into_bytes()
}

/// The same as an INVOIC (D16B), with a segment that no term takes: what leaves of it is CII.
pub fn message(number: &str) -> Vec<u8> {
    let text = fs::read_to_string("fixtures/edifact/d16b.edi").unwrap();
    let told = [
        ("FA-2026-0044", number),
        ("FTX+DOC++S1+", "FTX+DOC++A1+"),
        ("PAI+::30'", "PAI+::30'TDT+20++30+31'"),
        ("UNT+41+", "UNT+42+"),
    ];
    told.iter()
        .fold(text, |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        })
        .into_bytes()
}

/// Writes what a daemon needs that speaks to a sandbox at `sandbox`: its configuration, its secrets, a folder for customers.
/// `server` is added to `[server]`, `more` at the end.
pub fn furnish(folder: &Path, sandbox: &str, server: &str, more: &str) -> PathBuf {
    let secrets =
        [("secret", "sandbox-secret"), ("login", "TECH_SANDBOX@facteur.example"), ("password", "sandbox-password")];
    for (name, text) in secrets {
        fs::write(folder.join(name), text).unwrap();
    }
    fs::create_dir(folder.join("clients")).unwrap();
    let text = format!(
        r#"[server]
listen = "127.0.0.1:0"
{server}
[store]
path = "facteur.db"
[rules]
packs = ["en16931"]
[clients]
folder = "clients"
[[platform]]
name = "chorus-pro"
kind = "chorus-pro"
base_url = "{sandbox}"
token_url = "{sandbox}/api/oauth/token"
client_id = "facteur-sandbox"
client_secret_file = "secret"
account_login_file = "login"
account_password_file = "password"
poll = "100ms"
connect_timeout = "1s"
timeout = "3s"
absence_proof = "2s"
[routes]
default = "chorus-pro"
{more}"#
    );
    let file = folder.join("facteur.toml");
    fs::write(&file, text).unwrap();
    file
}

fn log_of(folder: &Path, name: &str) -> String {
    fs::read_to_string(folder.join(format!("{name}.log"))).unwrap_or_default()
}
