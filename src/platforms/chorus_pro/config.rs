//! What a connection to Chorus Pro needs, and what of it is refused before the first call.

use std::fmt;
use std::time::Duration;

use reqwest::Url;

use crate::platforms::line::{ConfigError, Reach, checked, longest_first};

/// A connection to Chorus Pro through PISTE. Its `Debug` hides the secrets.
#[derive(Clone)]
pub struct ChorusConfig {
    /// The name in the configuration, such as `chorus-pro`.
    pub name: String,
    /// Where the services are, such as `https://api.piste.gouv.fr`; `/cpro/…` is added to it.
    pub base_url: String,
    /// Where tokens are given, such as `https://oauth.piste.gouv.fr/api/oauth/token`.
    pub token_url: String,
    /// The PISTE application.
    pub client_id: String,
    pub client_secret: String,
    /// The technical account (*compte technique*) of the structure that sends.
    pub account_login: String,
    pub account_password: String,
    /// Is the directory of structures asked about a recipient before anything is sent?
    pub directory: bool,
    /// Longest wait for a connection, TLS included. Ends before anything was sent.
    pub connect_timeout: Duration,
    /// Longest wait for a whole answer, counted from the start of the call; longer than `connect_timeout`.
    pub timeout: Duration,
    /// A proxy to go through. The environment's proxies are never used by themselves.
    pub proxy: Option<String>,
}

impl ChorusConfig {
    /// A connection with the usual patience: 10 s to connect, 60 s for an answer, no proxy.
    pub fn new(name: impl Into<String>, base_url: impl Into<String>, token_url: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            base_url: base_url.into(),
            token_url: token_url.into(),
            client_id: String::new(),
            client_secret: String::new(),
            account_login: String::new(),
            account_password: String::new(),
            directory: true,
            connect_timeout: Duration::from_secs(10),
            timeout: Duration::from_secs(60),
            proxy: None,
        }
    }

    /// The two addresses, parsed, or whatever is wrong with this configuration.
    pub(super) fn checked(&self) -> Result<(Url, Url), ConfigError> {
        let words = [
            ("client_id", &*self.client_id),
            ("client_secret", &self.client_secret),
            ("account_login", &self.account_login),
            ("account_password", &self.account_password),
        ];
        let [base, token] =
            checked(&self.reach(), &words, [("base_url", &self.base_url), ("token_url", &self.token_url)])?;
        Ok((base, token))
    }

    /// How far its patience goes, and by which way.
    pub(super) fn reach(&self) -> Reach {
        Reach { connect_timeout: self.connect_timeout, timeout: self.timeout, proxy: self.proxy.clone() }
    }

    /// Everything that must never reach a log or the store, longest first so that no part of one survives.
    pub(super) fn secrets(&self) -> Vec<String> {
        longest_first(vec![self.account_header(), self.client_secret.clone(), self.account_password.clone()])
    }

    /// The value of the header `cpro-account`: base64 of login, colon, password.
    pub(super) fn account_header(&self) -> String {
        use base64::Engine;
        base64::engine::general_purpose::STANDARD.encode(format!("{}:{}", self.account_login, self.account_password))
    }
}

impl fmt::Debug for ChorusConfig {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChorusConfig")
            .field("name", &self.name)
            .field("base_url", &self.base_url)
            .field("token_url", &self.token_url)
            .field("client_id", &self.client_id)
            .field("client_secret", &"***")
            .field("account_login", &self.account_login)
            .field("account_password", &"***")
            .field("directory", &self.directory)
            .field("connect_timeout", &self.connect_timeout)
            .field("timeout", &self.timeout)
            .field("proxy", &self.proxy.as_ref().map(|_| "***"))
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(base: &str) -> ChorusConfig {
        let mut config = ChorusConfig::new("c", base, "https://oauth.example/api/oauth/token");
        config.client_id = "id".into();
        config.client_secret = "client-s3cret".into();
        config.account_login = "tech@example".into();
        config.account_password = "acc0unt-pass".into();
        config
    }

    #[test]
    fn plain_http_only_to_this_machine() {
        for good in ["https://api.example", "http://127.0.0.1:8080", "http://[::1]:9", "http://127.8.8.8/x"] {
            assert!(config(good).checked().is_ok(), "{good}");
        }
        for bad in ["http://api.example", "http://localhost:1", "http://10.0.0.1", "http://127.0.0.1.evil.example"] {
            assert!(matches!(config(bad).checked(), Err(ConfigError::PlainHttp { .. })), "{bad}");
        }
        for bad in ["", "api.example", "ftp://127.0.0.1", "https://u:p@api.example", "https://api.example/?token=1"] {
            assert!(matches!(config(bad).checked(), Err(ConfigError::Address { .. })), "{bad}");
        }
    }

    #[test]
    fn debug_shows_no_secret() {
        let mut config = config("https://api.example");
        config.proxy = Some("http://user:pr0xy@proxy.example".into());
        let shown = format!("{config:?}");
        for secret in ["client-s3cret", "acc0unt-pass", "pr0xy"] {
            assert!(!shown.contains(secret), "{shown}");
        }
        assert!(shown.contains("tech@example"));
    }

    #[test]
    fn an_empty_secret_or_swapped_timeouts_are_refused() {
        let mut without = config("https://api.example");
        without.account_password.clear();
        assert_eq!(without.checked(), Err(ConfigError::Missing("account_password")));
        let mut swapped = config("https://api.example");
        swapped.timeout = swapped.connect_timeout;
        assert_eq!(swapped.checked(), Err(ConfigError::Timeouts));
    }
}
