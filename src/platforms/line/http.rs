//! One HTTP exchange, bounded, and an honest word on whether the request may have been acted upon.

use std::error::Error;
use std::time::Duration;

use reqwest::header::RETRY_AFTER;
use reqwest::{Client, RequestBuilder, Response, redirect, retry};

use super::address::{ConfigError, Reach};
use crate::limits;

/// The longest `Retry-After` believed.
const RETRY_AFTER_MAX_MS: u64 = 24 * 60 * 60 * 1000;

/// An answer that came whole.
#[derive(Debug)]
pub(in crate::platforms) struct Reply {
    pub http: u16,
    pub body: String,
    pub retry_after_ms: Option<u64>,
}

/// The same, before anything is made of its bytes.
#[derive(Debug)]
pub(in crate::platforms) struct Whole {
    pub http: u16,
    pub bytes: Vec<u8>,
    pub retry_after_ms: Option<u64>,
}

/// Why there is no whole answer.
#[derive(Debug)]
pub(in crate::platforms) enum Broken {
    /// No connection was made: nothing can have been acted upon.
    NoConnection { why: String },
    /// The request may have arrived. `http` is 0 and `body` empty unless part of an answer came.
    NoAnswer { why: String, http: u16, body: String },
    /// An answer came that is longer than any is believed: so it would be again.
    TooLong { why: String, http: u16, body: String },
}

/// A client that follows no redirect, repeats nothing by itself and asks no proxy of the environment.
///
/// With `fresh`, no connection is used twice: a connection that the server closes just as it is used again would leave
/// a deposit in doubt for nothing.
pub(in crate::platforms) fn client(reach: &Reach, fresh: bool) -> Result<Client, ConfigError> {
    let wrong = |e: reqwest::Error| ConfigError::Client(chain(&e.without_url()));
    if rustls::crypto::CryptoProvider::get_default().is_none() {
        // Another thread may have installed one meanwhile; either serves.
        let _ = rustls::crypto::ring::default_provider().install_default();
    }
    let mut builder = Client::builder()
        .user_agent(concat!("facteur/", env!("CARGO_PKG_VERSION")))
        .redirect(redirect::Policy::none())
        .retry(retry::never())
        .connect_timeout(reach.connect_timeout)
        .timeout(reach.timeout)
        .pool_idle_timeout(Duration::from_secs(20))
        .http1_only()
        .no_proxy();
    if fresh {
        builder = builder.pool_max_idle_per_host(0);
    }
    if let Some(proxy) = &reach.proxy {
        builder = builder.proxy(reqwest::Proxy::all(proxy).map_err(wrong)?);
    }
    builder.build().map_err(wrong)
}

/// Sends, and reads the answer up to [`limits::ANSWER_BYTES`].
pub(in crate::platforms) async fn exchange(request: RequestBuilder) -> Result<Reply, Broken> {
    let Whole { http, bytes, retry_after_ms } = exchange_bytes(request, limits::ANSWER_BYTES).await?;
    Ok(Reply { http, body: text(bytes), retry_after_ms })
}

/// Sends, and reads the answer up to so many bytes.
pub(in crate::platforms) async fn exchange_bytes(request: RequestBuilder, most: usize) -> Result<Whole, Broken> {
    let mut response = match request.send().await {
        Ok(response) => response,
        Err(e) if e.is_connect() || e.is_builder() => return Err(Broken::NoConnection { why: reason(e) }),
        Err(e) => return Err(Broken::NoAnswer { why: reason(e), http: 0, body: String::new() }),
    };
    let http = response.status().as_u16();
    let retry_after_ms = retry_after(&response);
    let mut bytes = Vec::new();
    let why = loop {
        match response.chunk().await {
            Ok(Some(chunk)) => {
                let room = most.saturating_sub(bytes.len());
                bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
                if chunk.len() > room {
                    let why = format!("the answer is longer than {most} bytes");
                    return Err(Broken::TooLong { why, http, body: text(bytes) });
                }
            }
            Ok(None) => return Ok(Whole { http, bytes, retry_after_ms }),
            Err(e) => break format!("the answer broke off: {}", reason(e)),
        }
    };
    Err(Broken::NoAnswer { why, http, body: text(bytes) })
}

pub(super) fn text(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

fn reason(e: reqwest::Error) -> String {
    let timed_out = e.is_timeout();
    let told = chain(&e.without_url());
    if timed_out { format!("time-out: {told}") } else { told }
}

/// An error with its causes, outermost first.
fn chain(error: &dyn Error) -> String {
    let mut told = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        told.push_str(": ");
        told.push_str(&error.to_string());
        cause = error.source();
    }
    told
}

/// `Retry-After` in milliseconds: seconds or an HTTP date (RFC 9110, 10.2.3).
fn retry_after(response: &Response) -> Option<u64> {
    let value = response.headers().get(RETRY_AFTER)?.to_str().ok()?;
    wait(value, jiff::Timestamp::now())
}

fn wait(value: &str, now: jiff::Timestamp) -> Option<u64> {
    let value = value.trim();
    let ms = match value.parse::<u64>() {
        Ok(seconds) => seconds.saturating_mul(1000),
        // More seconds than can be counted are as many as are waited.
        Err(_) if !value.is_empty() && value.bytes().all(|b| b.is_ascii_digit()) => u64::MAX,
        Err(_) => {
            let at = jiff::fmt::rfc2822::parse(value).ok()?.timestamp();
            u64::try_from(at.as_millisecond().saturating_sub(now.as_millisecond())).unwrap_or(0)
        }
    };
    Some(ms.min(RETRY_AFTER_MAX_MS))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: jiff::Timestamp = "2026-11-21T10:00:00Z".parse().unwrap();
        assert_eq!(wait("120", now), Some(120_000));
        assert_eq!(wait(" 0 ", now), Some(0));
        assert_eq!(wait("Sat, 21 Nov 2026 10:00:30 GMT", now), Some(30_000));
        assert_eq!(wait("Sat, 21 Nov 2026 09:00:00 GMT", now), Some(0), "a date gone by means now");
        assert_eq!(wait("99999999999999999999", now), Some(RETRY_AFTER_MAX_MS));
        assert_eq!(wait("18446744073709551615", now), Some(RETRY_AFTER_MAX_MS));
        assert_eq!(wait("soon", now), None);
        assert_eq!(wait("-5", now), None);
    }
}
