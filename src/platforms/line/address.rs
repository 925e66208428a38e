//! Where a platform is and how long it is waited for: what of that is refused before the first call.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;

/// How far the patience of a connection goes, and by which way.
#[derive(Clone)]
pub(in crate::platforms) struct Reach {
    pub connect_timeout: Duration,
    pub timeout: Duration,
    pub proxy: Option<String>,
}

/// The addresses, parsed, or whatever is wrong with a configuration: a word that is empty, times the wrong way round, an address that
/// cannot be used.
pub(in crate::platforms) fn checked<const N: usize>(
    reach: &Reach,
    words: &[(&'static str, &str)],
    addresses: [(&'static str, &str); N],
) -> Result<[Url; N], ConfigError> {
    if let Some((key, _)) = words.iter().find(|(_, value)| value.is_empty()) {
        return Err(ConfigError::Missing(key));
    }
    if reach.timeout <= reach.connect_timeout {
        return Err(ConfigError::Timeouts);
    }
    let urls = addresses.iter().map(|(key, text)| address(key, text)).collect::<Result<Vec<Url>, ConfigError>>()?;
    urls.try_into().map_err(|_| ConfigError::Client("an address was lost".into()))
}

/// Secrets as they are looked for in answers: longest first, so that no part of one survives.
pub(in crate::platforms) fn longest_first(mut secrets: Vec<String>) -> Vec<String> {
    secrets.sort_by_key(|s| std::cmp::Reverse(s.len()));
    secrets
}

/// A configuration that cannot be used. The fault is the configuration's, never the platform's.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    #[error("`{0}` is empty: the platform knows nobody without it")]
    Missing(&'static str),
    #[error("`{key}` is not an address of the form https://host/path: {why}")]
    Address { key: &'static str, why: String },
    #[error(
        "`{key}` is plain http to `{host}`: secrets go there, so https is needed except on this machine (127.0.0.1)"
    )]
    PlainHttp { key: &'static str, host: String },
    #[error(
        "`timeout` must be longer than `connect_timeout`, or a slow connection could not be told from a lost answer"
    )]
    Timeouts,
    #[error("the HTTP client could not be built: {0}")]
    Client(String),
}

pub(in crate::platforms) fn address(key: &'static str, text: &str) -> Result<Url, ConfigError> {
    let wrong = |why: &str| ConfigError::Address { key, why: why.to_owned() };
    let url = Url::parse(text).map_err(|e| wrong(&e.to_string()))?;
    if !url.username().is_empty() || url.password().is_some() || url.query().is_some() || url.fragment().is_some() {
        return Err(wrong("user, password, query and fragment have no place in it"));
    }
    let host = url.host_str().ok_or_else(|| wrong("it has no host"))?;
    match url.scheme() {
        "https" => Ok(url),
        "http" if is_loopback(host) => Ok(url),
        "http" => Err(ConfigError::PlainHttp { key, host: host.to_owned() }),
        other => Err(wrong(&format!("the scheme is `{other}`"))),
    }
}

/// Only addresses count: a name such as `localhost` could be made to resolve elsewhere.
fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
