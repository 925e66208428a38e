//! Platforms as the configuration names them: built, and with their times.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use super::StartError;
use crate::clock::Millis;
use crate::config::{AfnorKeys, Config, PlatformConfig, PlatformKind};
use crate::platforms::Platform;
use crate::platforms::afnor::{Afnor, AfnorConfig, ConfigError};
use crate::platforms::chorus_pro::{ChorusConfig, ChorusPro};
use crate::problems::Family;
use crate::queue::{PlatformSettings, Route};
use crate::text::Text;

/// Calls that one step makes at most, one after the other: a token, the call itself, a token again, the call again; where an accredited
/// platform says that it has the flow already, the search for it besides.
fn calls(kind: &PlatformKind) -> u32 {
    match kind {
        PlatformKind::ChorusPro(_) => 4,
        PlatformKind::Afnor(_) => 6,
    }
}

/// Times in a row that waits may double before they stay.
const DOUBLED: Millis = 16;

/// All platforms, by name.
pub(super) fn routes(config: &Config) -> Result<HashMap<String, Route>, StartError> {
    let mut routes = HashMap::new();
    for one in &config.platforms {
        let platform = platform(one).map_err(StartError::Configuration)?;
        routes.insert(one.name.clone(), Route::new(platform, settings(one)));
    }
    Ok(routes)
}

/// Builds a connection; reads its secrets, calls nothing.
///
/// # Errors
/// A secret cannot be read, or an address cannot be used.
pub fn platform(config: &PlatformConfig) -> Result<Arc<dyn Platform>, Text> {
    let built: Result<Arc<dyn Platform>, ConfigError> = match &config.kind {
        PlatformKind::ChorusPro(keys) => {
            let mut chorus = ChorusConfig::new(&config.name, &keys.base_url, &keys.token_url);
            chorus.client_id = keys.client_id.read()?;
            chorus.client_secret = keys.client_secret.read()?.expose().to_owned();
            chorus.account_login = keys.account_login.read()?;
            chorus.account_password = keys.account_password.read()?.expose().to_owned();
            chorus.directory = config.directory.on;
            chorus.connect_timeout = keys.connect_timeout;
            chorus.timeout = keys.timeout;
            chorus.proxy.clone_from(&keys.proxy);
            ChorusPro::new(chorus).map(|platform| Arc::new(platform) as Arc<dyn Platform>)
        }
        PlatformKind::Afnor(keys) => {
            return accredited(config, keys).map(|platform| Arc::new(platform) as Arc<dyn Platform>);
        }
    };
    built.map_err(|error| unusable(config, &error))
}

/// As [`platform`], of an accredited one.
///
/// # Errors
/// As [`platform`].
pub fn accredited(config: &PlatformConfig, keys: &AfnorKeys) -> Result<Afnor, Text> {
    let mut afnor = AfnorConfig::new(&config.name, &keys.base_url, &keys.token_url);
    afnor.directory_url = keys.directory_url.clone().filter(|_| config.directory.on);
    afnor.client_id = keys.client_id.read()?;
    afnor.client_secret = keys.client_secret.read()?.expose().to_owned();
    afnor.organization_id.clone_from(&keys.organization_id);
    afnor.scope.clone_from(&keys.scope);
    afnor.version = keys.version;
    afnor.connect_timeout = keys.connect_timeout;
    afnor.timeout = keys.timeout;
    afnor.proxy.clone_from(&keys.proxy);
    Afnor::new(afnor).map_err(|error| unusable(config, &error))
}

fn unusable(config: &PlatformConfig, error: &ConfigError) -> Text {
    let name = &config.name;
    Text::new(format!("plateforme {name} : {error}"), format!("platform {name}: {error}"))
}

/// The queue's times for a platform. All follow from `poll`, so that one key makes a connection livelier or calmer; none is
/// longer than the queue's own.
pub fn settings(config: &PlatformConfig) -> PlatformSettings {
    let poll = millis(config.poll);
    let usual = PlatformSettings::default();
    let first = |usual: Millis| usual.min(poll);
    let most = |usual: Millis, first: Millis| usual.min(poll.saturating_mul(DOUBLED)).max(first);
    PlatformSettings {
        family: match &config.kind {
            PlatformKind::ChorusPro(_) => Family::Chorus,
            PlatformKind::Afnor(_) => Family::Pa,
        },
        concurrency: config.concurrency,
        call_timeout: millis(config.kind.timeout().saturating_mul(calls(&config.kind))),
        absence_proof: config.absence_proof.map(millis),
        ask_first: first(usual.ask_first),
        ask_most: most(usual.ask_most, first(usual.ask_first)),
        retry_first: first(usual.retry_first),
        retry_most: most(usual.retry_most, first(usual.retry_first)),
        follow_first: poll,
        follow_most: most(usual.follow_most, poll),
        circuit_first: first(usual.circuit_first),
        circuit_most: most(usual.circuit_most, first(usual.circuit_first)),
        directory_keep: millis(config.directory.keep),
        directory_keep_refused: millis(config.directory.keep_refused),
        ..usual
    }
}

fn millis(long: Duration) -> Millis {
    Millis::try_from(long.as_millis()).unwrap_or(Millis::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_follow_from_poll_and_stay_ordered() {
        let text = |poll: &str| {
            format!(
                "[[platform]]\nname = \"p\"\nkind = \"chorus-pro\"\nbase_url = \"http://127.0.0.1:1\"\n\
                 token_url = \"http://127.0.0.1:1\"\nclient_id = \"a\"\nclient_secret_env = \"A\"\naccount_login = \"l\"\n\
                 account_password_env = \"B\"\npoll = \"{poll}\"\n"
            )
        };
        for poll in ["200ms", "30s", "5m", "12h"] {
            let config = Config::parse(std::path::Path::new("f.toml"), &text(poll)).unwrap();
            let settings = settings(&config.platforms[0]);
            assert_eq!(settings.follow_first, millis(config.platforms[0].poll), "{poll}");
            assert!(settings.follow_first <= settings.follow_most && settings.ask_first <= settings.ask_most, "{poll}");
            assert!(settings.retry_first <= settings.retry_most && settings.circuit_first <= settings.circuit_most);
            assert_eq!(settings.absence_proof, None, "absence proves nothing unless somebody says so");
            assert!(settings.call_timeout > millis(Duration::from_secs(60)), "{poll}");
        }
    }

    #[test]
    fn an_accredited_platform_is_built_and_spoken_of_as_one() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("secret"), "s3cret\n").unwrap();
        let text = "[[platform]]\nname = \"pa\"\nkind = \"afnor\"\nbase_url = \"http://127.0.0.1:1/flow\"\n\
            token_url = \"http://127.0.0.1:1/t\"\nclient_id = \"a\"\nclient_secret_file = \"secret\"\ntimeout = \"20s\"\n";
        let config = |text: &str| Config::parse(&folder.path().join("f.toml"), text).unwrap().platforms.remove(0);
        let built = platform(&config(text)).unwrap();
        assert_eq!(built.name(), "pa");
        let settings = settings(&config(text));
        assert_eq!((settings.family, settings.call_timeout), (Family::Pa, 120_000));
        let plain = platform(&config(&text.replace("127.0.0.1:1/flow", "pa.example/flow"))).err().unwrap();
        assert!(plain.fr.contains("pa") && plain.en.contains("base_url"), "{plain:?}");
    }
}
