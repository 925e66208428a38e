//! Calls with a token: renewed once where it is turned away, every answer kept, no secret kept with it.

use reqwest::{Client, RequestBuilder};

use super::address::{ConfigError, Reach};
use super::http::{self, Broken, Reply, Whole};
use super::token::{Grant, Tokens};
use super::trouble::Trouble;
use crate::limits;
use crate::platforms::Raw;

/// A connection: two HTTP clients and a token. One serves any number of tasks.
pub(in crate::platforms) struct Caller {
    /// Never uses a connection twice: one that the server closes just as it is used again would leave a deposit in doubt for nothing.
    pub deposits: Client,
    pub questions: Client,
    grant: Grant,
    tokens: Tokens,
    /// Longest first.
    secrets: Vec<String>,
}

impl Caller {
    /// `secrets` are those that no answer may carry into the store, longest first.
    pub fn new(reach: &Reach, grant: Grant, secrets: Vec<String>) -> Result<Self, ConfigError> {
        let (deposits, questions) = (http::client(reach, true)?, http::client(reach, false)?);
        Ok(Self { deposits, questions, grant, tokens: Tokens::new(), secrets })
    }

    /// Sends with a token; where that is turned away, once more with a new one (a 401 is given before anything is acted upon). `call` is
    /// how it is told, method and path.
    pub async fn call(
        &self,
        request: impl Fn() -> RequestBuilder,
        call: &str,
        raw: &mut Vec<Raw>,
    ) -> Result<Reply, Trouble> {
        let Whole { http, retry_after_ms, .. } = self.send(request, call, limits::ANSWER_BYTES, true, raw).await?;
        // What is understood and quoted from here on is the cleaned body.
        Ok(Reply { http, body: raw.last().map(|r| r.body.clone()).unwrap_or_default(), retry_after_ms })
    }

    /// As [`Caller::call`], for a document: a good answer's bytes are handed on as they came, and are not told a second time in `raw`.
    pub async fn document(
        &self,
        request: impl Fn() -> RequestBuilder,
        call: &str,
        most: usize,
        raw: &mut Vec<Raw>,
    ) -> Result<Whole, Trouble> {
        self.send(request, call, most, false, raw).await
    }

    async fn send(
        &self,
        request: impl Fn() -> RequestBuilder,
        call: &str,
        most: usize,
        tell: bool,
        raw: &mut Vec<Raw>,
    ) -> Result<Whole, Trouble> {
        let mut stale: Option<String> = None;
        loop {
            let token = self.tokens.bearer(&self.questions, &self.grant, stale.as_deref(), raw).await;
            self.clean(raw, None);
            let token = token?;
            let outcome = http::exchange_bytes(request().bearer_auth(&token), most).await;
            let (told, outcome) = told(outcome, tell);
            let (http, body) = told;
            raw.push(Raw { call: call.to_owned(), http, body });
            self.clean(raw, Some(&token));
            match outcome {
                Ok(whole) if whole.http == 401 && stale.is_none() => stale = Some(token),
                Ok(whole) => return Ok(whole),
                Err(Broken::NoConnection { why }) => return Err(Trouble::NotSent { why, retry_after_ms: None }),
                Err(Broken::NoAnswer { why, http: 0, .. }) => return Err(Trouble::Lost { why }),
                Err(Broken::TooLong { why, http, .. }) => {
                    return Err(Trouble::TooLong { why: format!("HTTP {http}, {why}") });
                }
                Err(Broken::NoAnswer { why, http, .. }) => {
                    return Err(Trouble::Lost { why: format!("HTTP {http}, {why}") });
                }
            }
        }
    }

    /// A platform may echo what it was given: no secret goes to the store with its answer.
    fn clean(&self, raw: &mut [Raw], token: Option<&str>) {
        let Some(last) = raw.last_mut() else { return };
        for secret in self.secrets.iter().map(String::as_str).chain(token).filter(|s| s.len() > 3) {
            if last.body.contains(secret) {
                last.body = last.body.replace(secret, "***");
            }
        }
    }
}

/// Status and text that are kept of an answer. With `tell` the text takes the place of the bytes; without, only an error's is told.
fn told(outcome: Result<Whole, Broken>, tell: bool) -> ((u16, String), Result<Whole, Broken>) {
    match outcome {
        Ok(mut whole) => {
            let fine = (200..300).contains(&whole.http);
            let body = match (tell, fine) {
                (true, _) => http::text(std::mem::take(&mut whole.bytes)),
                (false, true) => String::new(),
                (false, false) => http::text(whole.bytes.clone()),
            };
            ((whole.http, body), Ok(whole))
        }
        Err(Broken::NoAnswer { why, http, body }) => {
            ((http, kept(tell, http, body)), Err(Broken::NoAnswer { why, http, body: String::new() }))
        }
        Err(Broken::TooLong { why, http, body }) => {
            ((http, kept(tell, http, body)), Err(Broken::TooLong { why, http, body: String::new() }))
        }
        Err(none) => ((0, String::new()), Err(none)),
    }
}

/// As much of a part as is told.
fn kept(tell: bool, http: u16, body: String) -> String {
    if tell || !(200..300).contains(&http) { body } else { String::new() }
}
