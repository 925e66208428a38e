//! The daemon or the sandbox as the demo asks them: JSON over HTTP on loopback.

use std::time::{Duration, Instant};

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;

/// How long a daemon that does not answer is waited for.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(100);

pub struct Peer {
    client: Client,
    url: String,
    token: Option<String>,
}

impl Peer {
    pub fn new(url: &str, token: Option<&str>) -> Result<Peer, String> {
        let client = super::super::remote::client(Duration::from_secs(30))?;
        Ok(Peer { client, url: url.to_owned(), token: token.map(str::to_owned) })
    }

    /// The JSON at a path; anything but 200 is an error.
    pub async fn get(&self, path: &str) -> Result<Value, String> {
        let (status, body) = self.ask(Method::GET, path, None).await?;
        if status == StatusCode::OK { Ok(body) } else { Err(format!("GET {path}: {status} {body}")) }
    }

    /// The bytes at a path; anything but 200 is an error.
    pub async fn bytes(&self, path: &str) -> Result<Vec<u8>, String> {
        let wrong = |e: reqwest::Error| format!("{path}: {e}");
        let answer = self.request(Method::GET, path).send().await.map_err(wrong)?;
        let status = answer.status();
        let bytes = answer.bytes().await.map_err(wrong)?;
        if status == StatusCode::OK { Ok(bytes.to_vec()) } else { Err(format!("GET {path}: {status}")) }
    }

    /// Is there something at this path?
    pub async fn has(&self, path: &str) -> Result<bool, String> {
        match self.ask(Method::GET, path, None).await? {
            (StatusCode::OK, _) => Ok(true),
            (StatusCode::NOT_FOUND, _) => Ok(false),
            (status, body) => Err(format!("GET {path}: {status} {body}")),
        }
    }

    /// Posts a document.
    pub async fn post(&self, path: &str, bytes: &[u8]) -> Result<(StatusCode, Value), String> {
        self.ask(Method::POST, path, Some(bytes)).await
    }

    /// Posts JSON, once under this key however often it is repeated.
    pub async fn say(&self, path: &str, said: &Value, key: &str) -> Result<(StatusCode, Value), String> {
        let request = self.request(Method::POST, path).header("content-type", "application/json");
        answered(path, request.header("idempotency-key", key).body(said.to_string())).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.url));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&[u8]>) -> Result<(StatusCode, Value), String> {
        let mut request = self.request(method, path);
        if let Some(bytes) = body {
            request = request.header("content-type", "application/octet-stream").body(bytes.to_vec());
        }
        answered(path, request).await
    }
}

async fn answered(path: &str, request: RequestBuilder) -> Result<(StatusCode, Value), String> {
    let (status, text) = patiently(request).await.map_err(|e| format!("{path}: {e}"))?;
    let value = serde_json::from_str(&text).map_err(|e| format!("{path}: {status}, no JSON: {e}"))?;
    Ok((status, value))
}

/// Asks again where the connection breaks: the daemon may have been killed and be on its way back. Whatever is asked here may be
/// asked twice; the same document is the same invoice.
async fn patiently(request: RequestBuilder) -> reqwest::Result<(StatusCode, String)> {
    let started = Instant::now();
    loop {
        let Some(again) = request.try_clone() else { return read(request.send().await?).await };
        let answer = match again.send().await {
            Ok(answer) => read(answer).await,
            Err(e) => Err(e),
        };
        match answer {
            Err(_) if started.elapsed() < PATIENCE => tokio::time::sleep(PAUSE).await,
            answer => return answer,
        }
    }
}

async fn read(answer: Response) -> reqwest::Result<(StatusCode, String)> {
    Ok((answer.status(), answer.text().await?))
}

/// A text inside JSON; empty where there is none.
pub fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
