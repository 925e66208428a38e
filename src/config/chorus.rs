//! What the file says of a connection to Chorus Pro.

use std::net::IpAddr;
use std::time::Duration;

use reqwest::Url;

use super::secret::{SecretSource, Word};
use super::section::Section;

/// A connection to Chorus Pro, its secrets by name only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChorusKeys {
    /// Where the services are; `/cpro/…` is added to it.
    pub base_url: String,
    /// Where tokens are given.
    pub token_url: String,
    /// The PISTE application.
    pub client_id: Word,
    pub client_secret: SecretSource,
    /// The technical account of the structure that sends.
    pub account_login: Word,
    pub account_password: SecretSource,
    pub connect_timeout: Duration,
    /// Longest wait for a whole answer.
    pub timeout: Duration,
    pub proxy: Option<String>,
}

impl ChorusKeys {
    /// Reads the keys of a `[[platform]]` whose kind is `chorus-pro`; all of them are asked for even where one is missing.
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let base_url = section.required("base_url");
        let token_url = section.required("token_url");
        let client_id = section.word("client_id");
        let client_secret = section.secret("client_secret");
        let account_login = section.word("account_login");
        let account_password = section.secret("account_password");
        let (connect_timeout, timeout) = timeouts(section);
        let proxy = section.string("proxy");
        Some(Self {
            base_url: base_url?.0,
            token_url: token_url?.0,
            client_id: client_id?,
            client_secret: client_secret?,
            account_login: account_login?,
            account_password: account_password?,
            connect_timeout,
            timeout,
            proxy: proxy.map(|(text, _)| text),
        })
    }
}

/// How long a connection waits to be made, and for a whole answer.
pub(super) fn timeouts(section: &Section<'_>) -> (Duration, Duration) {
    let connect_timeout = section.duration("connect_timeout", Duration::from_millis(100));
    let timeout = section.duration("timeout", Duration::from_millis(200));
    let connect = connect_timeout.as_ref().map_or(Duration::from_secs(10), |(long, _)| *long);
    let whole = timeout.as_ref().map_or(Duration::from_secs(60).max(connect * 2), |(long, _)| *long);
    if whole <= connect {
        let at = timeout.or(connect_timeout).map_or(section.at(), |(_, at)| at);
        section.fault(
            &at,
            "`timeout` doit être plus long que `connect_timeout` (10s s'il n'est pas donné)",
            "`timeout` must be longer than `connect_timeout` (10s where it is not given)",
        );
    }
    (connect, whole)
}

/// Is this no platform where invoices are: one on this machine (`facteur sandbox`), or the one that PISTE has for trying?
pub(super) fn is_for_trying(base_url: &str) -> bool {
    let Ok(url) = Url::parse(base_url) else { return false };
    let host = url.host_str().unwrap_or_default();
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host == "sandbox-api.piste.gouv.fr" || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}
