//! OAuth2 client credentials: one token for all calls of a connection, kept until shortly before it ends.

use std::time::{Duration, Instant};

use serde_json::Value;
use tokio::sync::Mutex;

use super::http::{self, Broken};
use super::trouble::Trouble;
use crate::platforms::Raw;

/// How long before its end a token is renewed; a short-lived one lasts three quarters of its life.
const RENEW_BEFORE: Duration = Duration::from_secs(240);
/// The longest life believed.
const LIFE_MAX: Duration = Duration::from_secs(24 * 60 * 60);

pub(in crate::platforms) struct Tokens {
    kept: Mutex<Kept>,
}

/// Where a token is asked for, in whose name, and how it is spoken of.
pub(in crate::platforms) struct Grant {
    pub url: reqwest::Url,
    pub client_id: String,
    pub client_secret: String,
    pub scope: Option<String>,
    /// As sentences call it, such as `PISTE token`.
    pub name: &'static str,
    /// The sentence for 400 and 401.
    pub refused: &'static str,
}

#[derive(Default)]
struct Kept {
    token: Option<Token>,
    /// The last failure, so that those who waited for the same attempt share its end instead of repeating it in turn.
    failed: Option<(Instant, Trouble)>,
}

#[derive(Clone)]
struct Token {
    value: String,
    renew_at: Instant,
}

impl Tokens {
    pub fn new() -> Self {
        Self { kept: Mutex::new(Kept::default()) }
    }

    /// A token to use now. `stale` is one that the platform has just refused: it is not given again.
    ///
    /// What goes to `raw` is the call and a refusal's body, never a token.
    pub async fn bearer(
        &self,
        client: &reqwest::Client,
        grant: &Grant,
        stale: Option<&str>,
        raw: &mut Vec<Raw>,
    ) -> Result<String, Trouble> {
        let asked_at = Instant::now();
        let mut kept = self.kept.lock().await;
        if let Some(token) = &kept.token
            && Some(token.value.as_str()) != stale
            && Instant::now() < token.renew_at
        {
            return Ok(token.value.clone());
        }
        if let Some((at, trouble)) = &kept.failed
            && *at >= asked_at
        {
            return Err(trouble.clone());
        }
        kept.token = None;
        match fetch(client, grant, raw).await {
            Ok(token) => {
                kept.failed = None;
                kept.token = Some(token.clone());
                Ok(token.value)
            }
            Err(trouble) => {
                kept.failed = Some((Instant::now(), trouble.clone()));
                Err(trouble)
            }
        }
    }
}

async fn fetch(client: &reqwest::Client, grant: &Grant, raw: &mut Vec<Raw>) -> Result<Token, Trouble> {
    let call = format!("POST {}", grant.url.path());
    let asked_at = Instant::now();
    let mut form = vec![
        ("grant_type", "client_credentials"),
        ("client_id", &grant.client_id),
        ("client_secret", &grant.client_secret),
    ];
    form.extend(grant.scope.as_deref().map(|scope| ("scope", scope)));
    // Without a token no business call is made: whatever happens here, nothing was sent.
    let failed =
        |why: String, retry_after_ms| Trouble::NotSent { why: format!("no {}: {why}", grant.name), retry_after_ms };
    let reply = match http::exchange(client.post(grant.url.clone()).form(&form)).await {
        Ok(reply) => reply,
        Err(Broken::NoConnection { why }) => {
            raw.push(Raw { call, http: 0, body: String::new() });
            return Err(failed(why, None));
        }
        Err(Broken::NoAnswer { why, http, body } | Broken::TooLong { why, http, body }) => {
            // A token that broke off is still a secret.
            let body = if http == 200 { String::new() } else { body };
            raw.push(Raw { call, http, body });
            return Err(failed(why, None));
        }
    };
    if reply.http != 200 {
        let why = match reply.http {
            400 | 401 => grant.refused.to_owned(),
            other => format!("HTTP {other}"),
        };
        raw.push(Raw { call, http: reply.http, body: reply.body });
        return Err(failed(why, reply.retry_after_ms));
    }
    raw.push(Raw { call, http: 200, body: String::new() });
    read(&reply.body, asked_at).ok_or_else(|| failed("the answer holds no access_token".to_owned(), None))
}

fn read(body: &str, asked_at: Instant) -> Option<Token> {
    let answer: Value = serde_json::from_str(body).ok()?;
    let value = answer.get("access_token")?.as_str().filter(|v| !v.is_empty())?.to_owned();
    // Without a stated life the token serves this one call.
    let life = answer.get("expires_in").and_then(|v| v.as_u64().or_else(|| v.as_str()?.parse().ok())).unwrap_or(0);
    let life = Duration::from_secs(life).min(LIFE_MAX);
    Some(Token { value, renew_at: asked_at + (life - RENEW_BEFORE.min(life / 4)) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_before_it_ends() {
        let now = Instant::now();
        let life = |body: &str| read(body, now).map(|t| t.renew_at - now);
        assert_eq!(life(r#"{"access_token":"t","expires_in":3600}"#), Some(Duration::from_secs(3360)));
        assert_eq!(life(r#"{"access_token":"t","expires_in":"3600"}"#), Some(Duration::from_secs(3360)));
        assert_eq!(life(r#"{"access_token":"t","expires_in":4}"#), Some(Duration::from_secs(3)));
        assert_eq!(life(r#"{"access_token":"t"}"#), Some(Duration::ZERO));
        assert_eq!(life(r#"{"access_token":"t","expires_in":18446744073709551615}"#), Some(LIFE_MAX - RENEW_BEFORE));
        assert_eq!(life(r#"{"access_token":""}"#), None);
        assert_eq!(life(r#"{"token":"t"}"#), None);
        assert_eq!(life("<html>"), None);
    }
}
