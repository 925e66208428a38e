//! The daemon or the sandbox as the demo asks them: JSON over HTTP on loopback.

use std::time::Duration;

use reqwest::{Client, Method, Response, StatusCode};
use serde_json::Value;

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

    /// Posts a document.
    pub async fn post(&self, path: &str, bytes: &[u8]) -> Result<(StatusCode, Value), String> {
        self.ask(Method::POST, path, Some(bytes)).await
    }

    async fn ask(&self, method: Method, path: &str, body: Option<&[u8]>) -> Result<(StatusCode, Value), String> {
        let mut request = self.client.request(method, format!("{}{path}", self.url));
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        if let Some(bytes) = body {
            request = request.header("content-type", "application/octet-stream").body(bytes.to_vec());
        }
        let answer: Response = request.send().await.map_err(|e| format!("{path}: {e}"))?;
        let status = answer.status();
        let text = answer.text().await.map_err(|e| format!("{path}: {e}"))?;
        let value = serde_json::from_str(&text).map_err(|e| format!("{path}: {status}, no JSON: {e}"))?;
        Ok((status, value))
    }
}

/// A text inside JSON; empty where there is none.
pub fn text<'v>(value: &'v Value, pointer: &str) -> &'v str {
    value.pointer(pointer).and_then(Value::as_str).unwrap_or_default()
}
