//! A sealer that signs with a real key, and fails as real ones do: the certificate has expired, the machine is slow, what was
//! signed is not what was asked for, the process ends meanwhile.

use std::sync::{Arc, LazyLock};

use async_trait::async_trait;

use super::Life;
use super::world::{World, YieldOnce};
use crate::clock::{Clock as _, Millis};
use crate::crypto::Identity;
use crate::queue::{NoSeal, Sealed, Sealer};
use crate::signature::seal;
use crate::text::Text;

static IDENTITY: LazyLock<Identity> = LazyLock::new(|| {
    let (key, chain) =
        (include_bytes!("../../../fixtures/keys/seal.key"), include_bytes!("../../../fixtures/keys/seal.pem"));
    Identity::from_pem(key, Some(chain), None).expect("the fixture's key")
});

/// A seal of the fixture's key; `lasts` is how long its certificate is said to last from then on.
pub fn sealed(document: &[u8; 32], at: Millis, lasts: Option<Millis>) -> Sealed {
    let (bytes, mut facts) = seal(&IDENTITY, document, at).expect("the fixture's certificate is in its time");
    facts.not_after = lasts.map_or(facts.not_after, |lasts| at + lasts);
    Sealed { bytes, facts }
}

pub fn no_seal(code: &str) -> NoSeal {
    NoSeal { code: code.into(), why: Text::new(format!("pas de cachet : {code}"), format!("no seal: {code}")) }
}

pub struct SimSealer {
    pub world: Arc<World>,
    pub life: Arc<Life>,
}

#[async_trait]
impl Sealer for SimSealer {
    async fn seal(&self, document: &[u8; 32], at: Millis) -> Result<Sealed, NoSeal> {
        for _ in 0..self.world.roll(4) {
            YieldOnce(false).await;
        }
        if self.life.ends_here() {
            self.world.see("died-sealing");
            std::future::pending::<()>().await;
        }
        if self.world.dead("the key") {
            return Err(no_seal("expired"));
        }
        match self.world.roll(16) {
            0 => Err(no_seal("unreadable")),
            1 => {
                self.world.see("seal-cut-off");
                self.world.clock.sleep_until(self.world.clock.now() + 10_000_000).await;
                Err(no_seal("never"))
            }
            2 => {
                // Over another document: nobody may take it for this one's.
                self.world.see("seal-false");
                Ok(sealed(&[7; 32], at, None))
            }
            3..=6 => Ok(sealed(document, at, Some(120_000))),
            _ => Ok(sealed(document, at, None)),
        }
    }
}
