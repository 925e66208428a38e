//! One question to the daemon and its answer, bounded in time and size.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{ACCEPT, CONTENT_TYPE};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode, Url, redirect, retry};
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::door::{Door, RemoteArgs};
use super::trouble::Refusal;
use super::{Asked, Trouble};
use crate::config::Secret;
use crate::limits;
use crate::text::Text;

const CONNECT: Duration = Duration::from_secs(5);
/// For a whole answer. A large document on a slow line takes its time.
const WHOLE: Duration = Duration::from_secs(120);
/// Before a call whose answer was lost is made once more.
const AGAIN: Duration = Duration::from_millis(300);

/// A way to the daemon. Cheap to clone.
#[derive(Clone)]
pub struct Remote {
    client: Client,
    base: Url,
    token: Option<Secret>,
}

/// An answer that came whole and is a success.
#[derive(Debug)]
pub struct Reply {
    /// The daemon had the same document before.
    pub replayed: bool,
    base: String,
    body: Vec<u8>,
}

impl Remote {
    /// Finds the daemon; asks nothing yet.
    pub fn open(args: &RemoteArgs) -> Asked<Remote> {
        let door = Door::find(args, |name| std::env::var(name).ok())?;
        let client = client(WHOLE).map_err(|why| Trouble::Setup(Text::new(why.clone(), why)))?;
        Ok(Remote { client, base: door.base, token: door.token })
    }

    pub async fn get(&self, path: &[&str], query: &[(&str, &str)]) -> Asked<Reply> {
        self.ask(self.client.get(self.url(path, query))).await
    }

    /// As [`Remote::get`], where "not now" (503) is an answer, too.
    pub async fn look(&self, path: &[&str]) -> Asked<Reply> {
        let response = self.sent(self.client.get(self.url(path, &[]))).await?;
        let status = response.status();
        let reply = self.whole(response).await?;
        if status == StatusCode::SERVICE_UNAVAILABLE || status.is_success() {
            Ok(reply)
        } else {
            Err(self.refused(status, &reply))
        }
    }

    /// Has something done, once: under a key of its own, so that where the answer is lost or the daemon is busy the same call
    /// is made once more, and told what the first one did.
    pub async fn send_json(&self, method: &str, path: &[&str], body: &Value) -> Asked<Reply> {
        let method = if method == "PATCH" { Method::PATCH } else { Method::POST };
        let (url, key, body) = (self.url(path, &[]), fresh_key()?, body.to_string());
        let send = || {
            let request = self.client.request(method.clone(), url.clone()).header("idempotency-key", &key);
            self.ask(request.header(CONTENT_TYPE, "application/json").body(body.clone()))
        };
        match send().await {
            Err(first) if first.is_passing() => {
                tokio::time::sleep(AGAIN).await;
                match send().await {
                    // Gone by now: what is to be told is that the first call may have been acted upon.
                    Err(Trouble::NoDaemon { .. }) => Err(first),
                    second => second,
                }
            }
            other => other,
        }
    }

    pub async fn post_document(&self, path: &str, document: Bytes, key: Option<&str>) -> Asked<Reply> {
        let path: Vec<&str> = path.trim_start_matches('/').split('/').collect();
        let mut request = self.client.post(self.url(&path, &[])).header(CONTENT_TYPE, "application/octet-stream");
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        self.ask(request.body(document)).await
    }

    /// The daemon's address, as people write it.
    pub fn base(&self) -> String {
        self.base.as_str().trim_end_matches('/').to_owned()
    }

    /// Segments and parameters are escaped: an id of the user's own making stays one segment.
    fn url(&self, path: &[&str], query: &[(&str, &str)]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut segments) = url.path_segments_mut() {
            segments.pop_if_empty().extend(path);
        }
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        url
    }

    async fn ask(&self, request: RequestBuilder) -> Asked<Reply> {
        let response = self.sent(request).await?;
        let status = response.status();
        let reply = self.whole(response).await?;
        if status.is_success() { Ok(reply) } else { Err(self.refused(status, &reply)) }
    }

    async fn sent(&self, request: RequestBuilder) -> Asked<Response> {
        let mut request = request.header(ACCEPT, "application/json");
        if let Some(token) = &self.token {
            // Marked as sensitive by `bearer_auth`: it appears in no message.
            request = request.bearer_auth(token.expose());
        }
        request.send().await.map_err(|e| self.broken(e))
    }

    async fn whole(&self, mut response: Response) -> Asked<Reply> {
        let replayed = response.headers().get("idempotent-replayed").is_some_and(|value| value == "true");
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|e| self.broken(e))? {
            if body.len() + chunk.len() > limits::DAEMON_ANSWER_BYTES {
                let most = limits::DAEMON_ANSWER_BYTES;
                return Err(self
                    .foreign(format!("sa réponse dépasse {most} octets"), format!("its answer is over {most} bytes")));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Reply { replayed, base: self.base(), body })
    }

    fn broken(&self, error: reqwest::Error) -> Trouble {
        let (connect, error) = (error.is_connect(), error.without_url());
        let (base, why) = (self.base(), reason(&error));
        if connect { Trouble::NoDaemon { base, why } } else { Trouble::NoAnswer { base, why } }
    }

    fn refused(&self, status: StatusCode, reply: &Reply) -> Trouble {
        match Refusal::read(status, &reply.body) {
            Some(refusal) => Trouble::Refused(Box::new(refusal)),
            None => {
                self.foreign(format!("HTTP {status} sans explication"), format!("HTTP {status} without an explanation"))
            }
        }
    }

    fn foreign(&self, fr: String, en: String) -> Trouble {
        Trouble::Foreign { base: self.base(), what: Text::new(fr, en) }
    }
}

/// A client that follows no redirect, repeats nothing by itself and asks no proxy: a token goes to whom it is for and to nobody
/// else. `whole` is the longest wait for an answer.
pub fn client(whole: Duration) -> Result<Client, String> {
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have installed one meanwhile; either serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let builder = Client::builder()
        .user_agent(concat!("facteur/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .connect_timeout(CONNECT)
        .timeout(whole)
        .no_proxy();
    builder.build().map_err(|e| reason(&e))
}

impl Reply {
    /// The answer as it came.
    pub fn into_bytes(self) -> Vec<u8> {
        self.body
    }

    pub fn read<T: DeserializeOwned>(self) -> Asked<T> {
        serde_json::from_slice(&self.body).map_err(|e| Trouble::Foreign {
            base: self.base,
            what: Text::new(format!("réponse JSON inattendue : {e}"), format!("unexpected JSON in its answer: {e}")),
        })
    }
}

/// A key that nobody used before.
fn fresh_key() -> Asked<String> {
    let mut bytes = [0u8; 16];
    getrandom::fill(&mut bytes).map_err(|e| {
        Trouble::Setup(Text::new(
            format!("la machine ne donne pas de nombres aléatoires : {e}"),
            format!("the machine gives no random numbers: {e}"),
        ))
    })?;
    Ok(format!("cli-{}", crate::api::token::hex(&bytes)))
}

/// What lies at the bottom of an error: the part that people understand.
fn reason(error: &reqwest::Error) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |e| e.source());
    causes.last().map_or_else(String::new, ToString::to_string)
}
