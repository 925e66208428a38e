//! A daemon and a sandbox in a folder of their own.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use facteur::config::Config;
use facteur::daemon::Daemon;
use facteur::platforms::sandbox::{self, Script};
use reqwest::{Client, Method, RequestBuilder, Response};
use serde_json::Value;
use tokio::net::TcpListener;

/// Longest wait for something that happens by itself.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub struct Stage {
    pub folder: tempfile::TempDir,
    pub daemon: Daemon,
    pub client: Client,
    pub token: String,
}

/// A fixture of the demo.
pub fn invoice(name: &str) -> Vec<u8> {
    let path = Path::new("fixtures/demo/invoices").join(name);
    std::fs::read(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// As [`crate::stage::furnish`], with the customers of the demo, an owner and a log that programs read.
pub fn furnish(folder: &Path, sandbox: &str, server: &str) -> PathBuf {
    let more = "[problems]\nA = \"billing@example.test\"\n[log]\nformat = \"json\"\n";
    let file = crate::stage::furnish(folder, sandbox, server, more);
    for file in std::fs::read_dir("fixtures/demo/clients").unwrap() {
        let file = file.unwrap();
        std::fs::copy(file.path(), folder.join("clients").join(file.file_name())).unwrap();
    }
    file
}

/// A sandbox with the directory of the demo, for as long as the test runs.
pub async fn sandbox() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let script = Script::parse(&std::fs::read_to_string("fixtures/demo/sandbox.toml").unwrap()).unwrap();
    tokio::spawn(sandbox::serve(listener, script, std::future::pending()));
    format!("http://{address}")
}

impl Stage {
    pub async fn new() -> Self {
        Self::with("").await
    }

    /// `server` is added to `[server]`.
    pub async fn with(server: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = furnish(folder.path(), &sandbox().await, server);
        let daemon = Daemon::start(Config::load(&file).unwrap()).await.unwrap_or_else(|e| panic!("{e:?}"));
        let token = std::fs::read_to_string(folder.path().join("token")).unwrap_or_default().trim().to_owned();
        Self { folder, daemon, client: Client::builder().no_proxy().build().unwrap(), token }
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.daemon.address())
    }

    /// A request with the token.
    pub fn ask(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, self.url(path)).bearer_auth(&self.token)
    }

    pub async fn get(&self, path: &str) -> Value {
        let response = self.ask(Method::GET, path).send().await.unwrap();
        assert_eq!(response.status(), 200, "{path}");
        response.json().await.unwrap()
    }

    pub async fn post(&self, path: &str, body: Vec<u8>) -> Response {
        self.ask(Method::POST, path).header("content-type", "application/xml").body(body).send().await.unwrap()
    }

    /// Sends a fixture; its id.
    pub async fn accept(&self, name: &str) -> String {
        let response = self.post("/v1/invoices", invoice(name)).await;
        assert_eq!(response.status(), 202, "{name}");
        response.json::<Value>().await.unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// Waits until the invoice is in one of these states.
    pub async fn until(&self, id: &str, states: &[&str]) -> Value {
        let began = Instant::now();
        loop {
            let row = self.get(&format!("/v1/invoices/{id}")).await;
            if states.contains(&row["state"].as_str().unwrap()) {
                return row;
            }
            assert!(began.elapsed() < PATIENCE, "{states:?} never came: {row}");
            tokio::time::sleep(Duration::from_millis(30)).await;
        }
    }
}

/// Status, code and detail of a refusal, which is problem+json whatever went wrong.
pub async fn refusal(response: Response) -> (u16, String) {
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let id = response.headers()["x-request-id"].to_str().unwrap().to_owned();
    let body: Value = response.json().await.unwrap();
    assert_eq!(body["status"], status);
    assert_eq!(body["request_id"], id.as_str());
    let code = body["code"].as_str().unwrap().to_owned();
    assert_eq!(body["type"], format!("urn:facteur:problem:{code}"));
    assert!(body["messages"]["fr"].is_string() && body["messages"]["en"] == body["detail"]);
    (status, code)
}
