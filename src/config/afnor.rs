//! What the file says of a connection to an accredited platform.

use std::time::Duration;

use super::chorus;
use super::secret::{SecretSource, Word};
use super::section::Section;

/// The version of the AFNOR Flow Service (XP Z12-013, annex A) that a platform speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FlowVersion {
    V1_1,
    V1_2,
    V1_3,
}

impl FlowVersion {
    pub const ALL: [FlowVersion; 3] = [FlowVersion::V1_1, FlowVersion::V1_2, FlowVersion::V1_3];

    pub fn as_str(self) -> &'static str {
        match self {
            FlowVersion::V1_1 => "1.1",
            FlowVersion::V1_2 => "1.2",
            FlowVersion::V1_3 => "1.3",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        FlowVersion::ALL.into_iter().find(|version| version.as_str() == text)
    }
}

/// A connection to an accredited platform, its secrets by name only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AfnorKeys {
    /// Where the Flow Service is; `/v1/…` is added to it.
    pub base_url: String,
    /// Where the Directory Service is; none where the connection has none.
    pub directory_url: Option<String>,
    /// Where tokens are given.
    pub token_url: String,
    pub client_id: Word,
    pub client_secret: SecretSource,
    pub organization_id: Option<String>,
    pub scope: Option<String>,
    pub version: FlowVersion,
    /// The key that the platform signs its notices with; none where it sends none.
    pub webhook_key: Option<SecretSource>,
    pub connect_timeout: Duration,
    /// Longest wait for a whole answer.
    pub timeout: Duration,
    pub proxy: Option<String>,
}

impl AfnorKeys {
    /// Reads the keys of a `[[platform]]` whose kind is `afnor`; all of them are asked for even where one is missing.
    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let base_url = section.required("base_url");
        let directory_url = section.string("directory_url");
        let token_url = section.required("token_url");
        let client_id = section.word("client_id");
        let client_secret = section.secret("client_secret");
        let organization_id = section.string("organization_id");
        let scope = section.string("scope");
        let version = match section.string("version") {
            None => FlowVersion::V1_3,
            Some((text, at)) => FlowVersion::parse(&text).unwrap_or_else(|| {
                section.fault(
                    &at,
                    "`version` : \"1.1\", \"1.2\" ou \"1.3\" est attendu",
                    "`version`: \"1.1\", \"1.2\" or \"1.3\" is expected",
                );
                FlowVersion::V1_3
            }),
        };
        let webhook_key = section.optional_secret("webhook_key");
        let (connect_timeout, timeout) = chorus::timeouts(section);
        let proxy = section.string("proxy");
        Some(Self {
            base_url: base_url?.0,
            directory_url: directory_url.map(|(text, _)| text),
            token_url: token_url?.0,
            client_id: client_id?,
            client_secret: client_secret?,
            organization_id: organization_id.map(|(text, _)| text),
            scope: scope.map(|(text, _)| text),
            version,
            webhook_key,
            connect_timeout,
            timeout,
            proxy: proxy.map(|(text, _)| text),
        })
    }
}
