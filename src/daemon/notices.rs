//! Notices of platforms, as the door takes them: each platform's own key and memory, and the nudge that has it listed.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::Notify;

use super::StartError;
use crate::api::notices::{Notices, Taken};
use crate::clock::Clock;
use crate::config::{Config, PlatformKind, SecretSource};
use crate::platforms::afnor::webhook::{Memory, NoNotice, verify};
use crate::queue::Route;

/// The platforms whose notices are taken.
pub(super) struct Bell {
    of: HashMap<String, One>,
    clock: Arc<dyn Clock>,
}

struct One {
    /// Read for each notice: `facteur webhook` writes another one while the daemon runs.
    key: SecretSource,
    memory: Mutex<Memory>,
    nudge: Arc<Notify>,
}

impl Bell {
    /// Looks at the keys. One whose file is not there yet comes with the subscription; until then no notice counts.
    pub fn of(config: &Config, routes: &HashMap<String, Route>, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let mut of = HashMap::new();
        for platform in &config.platforms {
            let PlatformKind::Afnor(keys) = &platform.kind else { continue };
            let (Some(source), Some(route)) = (&keys.webhook_key, routes.get(&platform.name)) else { continue };
            match source.read() {
                Ok(_) => {}
                Err(_) if source.is_absent() => {
                    tracing::warn!(platform = platform.name, "no key for its notices yet: see `facteur webhook add`");
                }
                Err(why) => return Err(StartError::Configuration(why)),
            }
            let one = One { key: source.clone(), memory: Mutex::default(), nudge: route.nudge.clone() };
            of.insert(platform.name.clone(), one);
        }
        Ok(Self { of, clock })
    }
}

impl Notices for Bell {
    fn take(&self, platform: &str, body: &[u8], signature: &str, timestamp: &str) -> Taken {
        let Some(one) = self.of.get(platform) else { return Taken::Nobody };
        let Ok(key) = one.key.read() else { return Taken::Nobody };
        let now = self.clock.now().div_euclid(1_000);
        let admitted = verify(key.expose(), body, signature, timestamp, now)
            .and_then(|notice| one.memory.lock().unwrap_or_else(PoisonError::into_inner).admit(notice, now));
        match admitted {
            Ok(()) => {
                one.nudge.notify_one();
                Taken::Good
            }
            // The platform did not get our answer: what it told of is fetched already.
            Err(NoNotice::Repeated) => Taken::Good,
            Err(NoNotice::TooMany) => Taken::TooMany,
            Err(why) => {
                tracing::warn!(platform, ?why, "a notice that claims to be the platform's is not taken");
                Taken::Refused
            }
        }
    }
}
