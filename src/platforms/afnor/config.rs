//! What a connection to an accredited platform needs, and what of it is refused before the first call.

use std::fmt;
use std::time::Duration;

use reqwest::Url;

use crate::config::FlowVersion;
use crate::platforms::line::{ConfigError, Grant, Reach, checked, longest_first};

/// A connection to a platform that speaks the AFNOR Flow Service. Its `Debug` hides the secrets.
#[derive(Clone)]
pub struct AfnorConfig {
    /// The name in the configuration.
    pub name: String,
    /// Where the Flow Service is; `/v1/…` is added to it, and taken as said where it ends so already.
    pub base_url: String,
    /// Where the Directory Service is, in the same way; none where the connection has none.
    pub directory_url: Option<String>,
    /// Where tokens are given: each platform has an address of its own.
    pub token_url: String,
    pub client_id: String,
    pub client_secret: String,
    /// Asked for with the token, where the platform wants it.
    pub scope: Option<String>,
    /// For accounts that serve several companies (`Organization-Id`).
    pub organization_id: Option<String>,
    pub version: FlowVersion,
    /// Longest wait for a connection, TLS included. Ends before anything was sent.
    pub connect_timeout: Duration,
    /// Longest wait for a whole answer, counted from the start of the call; longer than `connect_timeout`.
    pub timeout: Duration,
    /// A proxy to go through. The environment's proxies are never used by themselves.
    pub proxy: Option<String>,
}

/// The addresses of a connection, parsed, with nothing behind which `/v1` could not be put.
pub(super) struct Addresses {
    pub flow: String,
    pub directory: Option<String>,
    pub token: Url,
}

impl AfnorConfig {
    /// A connection with the usual patience: 10 s to connect, 60 s for an answer, no proxy.
    pub fn new(name: impl Into<String>, base_url: impl Into<String>, token_url: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            base_url: base_url.into(),
            directory_url: None,
            token_url: token_url.into(),
            client_id: String::new(),
            client_secret: String::new(),
            scope: None,
            organization_id: None,
            version: FlowVersion::V1_3,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            proxy: None,
        }
    }

    /// The addresses, or whatever is wrong with this configuration.
    pub(super) fn checked(&self) -> Result<Addresses, ConfigError> {
        let words = [("client_id", &*self.client_id), ("client_secret", &self.client_secret)];
        // Without a directory of its own the Flow Service's address stands in, and is not used.
        let directory = self.directory_url.as_deref().unwrap_or(&self.base_url);
        let addresses = [("base_url", &*self.base_url), ("directory_url", directory), ("token_url", &self.token_url)];
        let [flow, directory, token] = checked(&self.reach(), &words, addresses)?;
        let directory = self.directory_url.as_ref().map(|_| trimmed(&directory));
        Ok(Addresses { flow: trimmed(&flow), directory, token })
    }

    pub(super) fn reach(&self) -> Reach {
        Reach { connect_timeout: self.connect_timeout, timeout: self.timeout, proxy: self.proxy.clone() }
    }

    pub(super) fn grant(&self, url: Url) -> Grant {
        Grant {
            url,
            client_id: self.client_id.clone(),
            client_secret: self.client_secret.clone(),
            scope: self.scope.clone(),
            name: "token",
            refused: "the platform does not accept client_id and client_secret (or the scope)",
        }
    }

    /// What no answer may carry into the store.
    pub(super) fn secrets(&self) -> Vec<String> {
        longest_first(vec![self.client_secret.clone()])
    }
}

/// People copy addresses with `/v1` at the end, as platforms print them.
fn trimmed(url: &Url) -> String {
    let text = url.as_str().trim_end_matches('/');
    text.strip_suffix("/v1").unwrap_or(text).trim_end_matches('/').to_owned()
}

impl fmt::Debug for AfnorConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AfnorConfig")
            .field("name", &self.name)
            .field("base_url", &self.base_url)
            .field("directory_url", &self.directory_url)
            .field("token_url", &self.token_url)
            .field("client_id", &self.client_id)
            .field("client_secret", &"***")
            .field("scope", &self.scope)
            .field("organization_id", &self.organization_id)
            .field("version", &self.version)
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .field("proxy", &self.proxy.as_ref().map(|_| "***"))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_taken_with_and_without_v1_and_no_secret_prints() {
        let mut config =
            AfnorConfig::new("pa", "https://api.example/afnor-flow/v1/", "https://api.example/oauth2/token");
        (config.client_id, config.client_secret) = ("id".into(), "s3cret-of-ours".into());
        config.directory_url = Some("https://api.example/afnor-directory".into());
        let addresses = config.checked().unwrap();
        assert_eq!(addresses.flow, "https://api.example/afnor-flow");
        assert_eq!(addresses.directory.as_deref(), Some("https://api.example/afnor-directory"));
        assert!(!format!("{config:?}").contains("s3cret"));
        config.directory_url = Some("http://directory.example".into());
        assert!(matches!(config.checked(), Err(ConfigError::PlainHttp { key: "directory_url", .. })));
        config.client_secret.clear();
        assert!(matches!(config.checked(), Err(ConfigError::Missing("client_secret"))));
    }
}
