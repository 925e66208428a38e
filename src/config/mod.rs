//! The one configuration file, `facteur.toml`: read whole, every fault told at once with its line and column.
//!
//! Secrets never stand in the file: it names files or environment variables that hold them ([`SecretSource`]), and they are
//! read only when a connection is built. So a [`Config`] can be printed without care.

mod afnor;
mod chorus;
mod fault;
mod folder;
mod partner_out;
mod partners;
mod seal;
mod secret;
mod section;
mod shape;
mod spelling;
mod time;

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::rules::client::SeverityRule;
use crate::validate::RouteSeverities;

pub use afnor::{AfnorKeys, FlowVersion};
pub use chorus::ChorusKeys;
pub use fault::{ConfigError, Fault};
pub use folder::{FolderConfig, WORK, inside};
pub use partners::{Partners, lines as partner_lines, partner_file as partner, partners};
pub use seal::{Seal, SealFiles};
pub use secret::{Secret, SecretSource, Word};
pub use spelling::nearest;
pub use time::parse_duration;

/// Everything that `facteur.toml` says, with defaults in place and relative paths resolved against the file's folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Config {
    /// The file it was read from.
    pub file: PathBuf,
    pub server: Server,
    pub store: Store,
    pub rules: Rules,
    pub clients: Clients,
    /// `[partners]`: the folder of partner files; none where nothing is agreed with anybody.
    pub partners: Option<PathBuf>,
    pub platforms: Vec<PlatformConfig>,
    pub folders: Vec<FolderConfig>,
    pub routes: Routes,
    pub problems: Problems,
    /// None: nothing is sealed.
    pub seal: Option<Seal>,
    pub log: Log,
}

/// `[server]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Where HTTP is served; port 0 lets the machine choose.
    pub listen: SocketAddr,
    /// The file that holds the hashes of the tokens.
    pub tokens: PathBuf,
    /// The file the first token is written to, once, where there is none yet.
    pub token_file: PathBuf,
    /// No token is asked for. Refused unless `listen` is a loopback address.
    pub open_on_loopback: bool,
    /// Most connections at once; further ones wait.
    pub connections: usize,
    /// How long a stop waits for what is under way.
    pub stop_within: Duration,
    /// How long a stop says "not ready" and serves all the same, before it begins.
    pub drain: Duration,
    /// `/metrics` asks for no token.
    pub metrics_open: bool,
}

/// `[store]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// The SQLite file.
    pub path: PathBuf,
    /// How long idempotency keys are kept.
    pub idempotency_keys: Duration,
}

/// `[rules]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rules {
    /// Packs to judge by; none where the content asks for them.
    pub packs: Option<Vec<String>>,
}

/// `[clients]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clients {
    /// The folder of customer files; none where there are no customers' rules.
    pub folder: Option<PathBuf>,
}

/// `[routes]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Routes {
    /// The platform for customers whose file names none.
    pub default: Option<String>,
}

/// `[problems]`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problems {
    /// Owner by sub-cause (`A2`) or category (`A`).
    pub owners: BTreeMap<String, String>,
}

impl Problems {
    /// Who owns problems of this sub-cause: its own entry, else its category's.
    pub fn owner(&self, cause: &str) -> Option<&str> {
        let category = cause.get(..1).unwrap_or("");
        self.owners.get(cause).or_else(|| self.owners.get(category)).map(String::as_str)
    }
}

/// `[log]`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Log {
    pub format: crate::telemetry::Format,
}

/// One `[[platform]]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformConfig {
    /// The name that routes and customer files use.
    pub name: String,
    pub kind: PlatformKind,
    /// How often statuses are asked for.
    pub poll: Duration,
    /// Within this time a deposit is visible at the platform for certain, so that one which is absent after it never
    /// arrived. None: absence proves nothing, and a lost answer that no search finds goes to a person.
    pub absence_proof: Option<Duration>,
    /// Most invoices under way with it at once.
    pub concurrency: usize,
    /// Whether and how its directory is asked about recipients.
    pub directory: DirectoryKeys,
    /// Other severities of rules, for whatever goes there: `[[platform.severity]]`.
    pub severities: Vec<Arc<SeverityRule>>,
}

/// How a platform's directory is asked before an invoice leaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DirectoryKeys {
    pub on: bool,
    /// How long it counts that somebody can receive.
    pub keep: Duration,
    /// How long it counts that somebody cannot.
    pub keep_refused: Duration,
}

/// What a platform speaks, and what is needed to speak to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PlatformKind {
    ChorusPro(ChorusKeys),
    /// An accredited platform, through the AFNOR Flow Service.
    Afnor(AfnorKeys),
}

impl PlatformKind {
    /// Longest wait for a whole answer.
    pub fn timeout(&self) -> Duration {
        match self {
            PlatformKind::ChorusPro(keys) => keys.timeout,
            PlatformKind::Afnor(keys) => keys.timeout,
        }
    }

    pub(crate) fn base_url(&self) -> &str {
        match self {
            PlatformKind::ChorusPro(keys) => &keys.base_url,
            PlatformKind::Afnor(keys) => &keys.base_url,
        }
    }
}

impl Config {
    /// Reads and checks a file.
    ///
    /// # Errors
    /// The file cannot be read, is no TOML, has unknown keys, secrets, or values that do not fit; all of them are listed.
    pub fn load(file: &Path) -> Result<Self, ConfigError> {
        let text = read_bounded(file)?;
        shape::read(file, &text)
    }

    /// Reads and checks a text as if it were the content of `file`.
    ///
    /// # Errors
    /// As [`Config::load`].
    pub fn parse(file: &Path, text: &str) -> Result<Self, ConfigError> {
        shape::read(file, text)
    }

    /// What each platform says of severities.
    pub fn route_severities(&self) -> RouteSeverities {
        let of = |platform: &PlatformConfig| (platform.name.clone(), platform.severities.clone());
        self.platforms.iter().filter(|platform| !platform.severities.is_empty()).map(of).collect()
    }

    /// The platforms that are Chorus Pro, by name.
    pub fn chorus_routes(&self) -> BTreeSet<String> {
        let chorus = self.platforms.iter().filter(|platform| matches!(platform.kind, PlatformKind::ChorusPro(_)));
        chorus.map(|platform| platform.name.clone()).collect()
    }

    /// The accredited platforms, by name.
    pub fn afnor_routes(&self) -> BTreeSet<String> {
        let afnor = self.platforms.iter().filter(|platform| matches!(platform.kind, PlatformKind::Afnor(_)));
        afnor.map(|platform| platform.name.clone()).collect()
    }

    /// The platform of this name.
    pub fn platform(&self, name: &str) -> Option<&PlatformConfig> {
        self.platforms.iter().find(|platform| platform.name == name)
    }
}

/// The environment variable that names the configuration file.
pub const FILE: &str = "FACTEUR_CONFIG";

/// Which file holds the configuration: the one given, else what `FACTEUR_CONFIG` names, else `facteur.toml` here, else
/// `/etc/facteur/facteur.toml`; where none of them is there, the one that would be here.
pub fn find(given: Option<&Path>) -> PathBuf {
    let here = PathBuf::from("facteur.toml");
    let named = || std::env::var_os(FILE).filter(|path| !path.is_empty()).map(PathBuf::from);
    let usual = || [here.clone(), PathBuf::from("/etc/facteur/facteur.toml")].into_iter().find(|path| path.is_file());
    given.map(Path::to_owned).or_else(named).or_else(usual).unwrap_or(here)
}

fn read_bounded(file: &Path) -> Result<String, ConfigError> {
    use std::io::Read;
    let unreadable = |e: std::io::Error| ConfigError::unreadable(file, &e);
    let mut bytes = Vec::new();
    let limit = crate::limits::CONFIG_BYTES;
    let opened = std::fs::File::open(file).map_err(unreadable)?;
    opened.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() > limit {
        return Err(ConfigError::too_large(file, limit));
    }
    String::from_utf8(bytes).map_err(|e| ConfigError::not_utf8(file, e.as_bytes(), e.utf8_error().valid_up_to()))
}

#[cfg(test)]
mod tests;
