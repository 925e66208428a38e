//! Who seals: a key that signs, its certificate, and the certificates between it and its authority.

use std::fmt;

use super::asn1::{SEQUENCE, Walk};
use super::certificate::Certificate;
use super::key::{Algorithm, Fault, RawKey, SigningKey};
use super::pbe::Passphrase;
use super::qualified::Qualification;
use super::{KeyError, pem, pkcs12};
use crate::limits::{CERTIFICATES, KEY_FILE_BYTES};

/// A company's key and certificate, which belong together.
pub struct Identity {
    key: SigningKey,
    /// The key's own first, then those above it.
    chain: Vec<Certificate>,
}

/// Where a moment stands against a certificate's time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    NotYet,
    /// So many whole days are left.
    Valid(i64),
    Expired,
}

const DAY: i64 = 86_400;

impl Identity {
    /// From PEM: the key, encrypted or not, and the certificates; both may stand in one text.
    ///
    /// # Errors
    /// [`KeyError`] says what is wrong by name. Whether the certificate is in its time is [`Identity::standing`]'s.
    pub fn from_pem(key: &[u8], certificates: Option<&[u8]>, passphrase: Option<&str>) -> Result<Self, KeyError> {
        let passphrase = Passphrase::new(passphrase);
        let blocks = pem::blocks(bounded(key)?)?;
        let mut keys = Vec::new();
        for block in &blocks {
            if block.headers && block.label.ends_with("PRIVATE KEY") {
                return Err(KeyError::Encryption("Proc-Type: 4,ENCRYPTED".into()));
            }
            keys.push(match block.label.as_str() {
                "PRIVATE KEY" => RawKey::from_pkcs8(&block.bytes)?,
                "RSA PRIVATE KEY" => RawKey::from_pkcs1(&block.bytes)?,
                "EC PRIVATE KEY" => RawKey::from_sec1(&block.bytes, None)?,
                "ENCRYPTED PRIVATE KEY" => {
                    let info = Walk::new(&block.bytes).expect(SEQUENCE).ok_or(KeyError::Garbled("PKCS#8"))?;
                    RawKey::from_pkcs8(&pkcs12::open_key(info, &passphrase)?)?
                }
                // Keys of kinds that are not read have labels of their own.
                other if other.ends_with("PRIVATE KEY") => return Err(KeyError::KeyKind(other.to_owned())),
                _ => continue,
            });
        }
        // A key of its own kind comes first: an empty one is told before certificates that do not matter.
        if keys.is_empty() {
            return Err(KeyError::NoKey);
        }
        let others = certificates.map(|bytes| pem::blocks(bounded(bytes)?)).transpose()?;
        let found = others.as_ref().unwrap_or(&blocks).iter();
        let found = found.filter(|block| matches!(block.label.as_str(), "CERTIFICATE" | "X509 CERTIFICATE"));
        Self::of(&keys, found.map(|block| Certificate::from_der(&block.bytes)))
    }

    /// From PKCS#12, modern or legacy.
    ///
    /// # Errors
    /// As [`Identity::from_pem`].
    pub fn from_pkcs12(bytes: &[u8], passphrase: Option<&str>) -> Result<Self, KeyError> {
        let contents = pkcs12::open(bounded(bytes)?, &Passphrase::new(passphrase))?;
        let keys = contents.keys.iter().map(|key| RawKey::from_pkcs8(key)).collect::<Result<Vec<_>, _>>()?;
        Self::of(&keys, contents.certificates.iter().map(|der| Certificate::from_der(der)))
    }

    fn of(keys: &[RawKey], found: impl Iterator<Item = Result<Certificate, KeyError>>) -> Result<Self, KeyError> {
        let [key, others @ ..] = keys else { return Err(KeyError::NoKey) };
        if others.iter().any(|other| !other.is_same(key)) {
            return Err(KeyError::SeveralKeys(keys.len()));
        }
        let certificates = found.take(CERTIFICATES + 1).collect::<Result<Vec<_>, _>>()?;
        if certificates.len() > CERTIFICATES {
            return Err(KeyError::TooMany(CERTIFICATES));
        }
        // The certificates of the key; why the last one is none, where there are none.
        let (mut own, mut why) = (Vec::new(), KeyError::NoCertificate);
        for certificate in &certificates {
            match key.for_certificate(certificate) {
                Ok(key) => own.push((certificate.not_after(), certificate, key)),
                Err(error) => why = error,
            }
        }
        // Where a key was certified again, the certificate that lasts longest is meant.
        let Some((_, leaf, key)) = own.into_iter().max_by_key(|(until, ..)| *until) else { return Err(why) };
        leaf.algorithm()?;
        if !leaf.may_sign() {
            return Err(KeyError::Usage);
        }
        Ok(Self { key, chain: path(leaf, &certificates) })
    }

    /// The certificate whose key signs.
    pub fn certificate(&self) -> &Certificate {
        // `of` puts it there.
        &self.chain[0] // invariant: a chain begins with the key's certificate
    }

    /// That certificate and those above it, as far as they were given.
    pub fn chain(&self) -> &[Certificate] {
        &self.chain
    }

    pub fn algorithm(&self) -> Algorithm {
        self.key.algorithm()
    }

    pub fn qualification(&self) -> Qualification {
        self.certificate().qualification()
    }

    /// Is the certificate in its time at a moment (seconds since 1970)?
    pub fn standing(&self, at: i64) -> Standing {
        let certificate = self.certificate();
        if at < certificate.not_before() {
            return Standing::NotYet;
        }
        match certificate.not_after().saturating_sub(at) {
            left if left < 0 => Standing::Expired,
            left => Standing::Valid(left / DAY),
        }
    }

    /// As [`Identity::standing`], where only a certificate in its time will do.
    ///
    /// # Errors
    /// [`KeyError::Expired`], [`KeyError::NotYet`].
    pub fn in_time(&self, at: i64) -> Result<(), KeyError> {
        match self.standing(at) {
            Standing::NotYet => Err(KeyError::NotYet(self.certificate().not_before())),
            Standing::Expired => Err(KeyError::Expired(self.certificate().not_after())),
            Standing::Valid(_) => Ok(()),
        }
    }

    /// Signs a message; its SHA-256 is taken here.
    ///
    /// # Errors
    /// The machine has no randomness, or the key is not what it seemed.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        self.key.sign(message)
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (subject, algorithm) = (self.certificate().subject(), self.algorithm());
        f.debug_struct("Identity").field("subject", &subject).field("algorithm", &algorithm).finish_non_exhaustive()
    }
}

/// From a certificate up, as far as the others lead.
fn path(leaf: &Certificate, others: &[Certificate]) -> Vec<Certificate> {
    let mut path = vec![leaf.clone()];
    while let Some(top) = path.last().filter(|top| !top.is_self_issued()) {
        match others.iter().find(|other| other.names_issuer_of(top) && !path.contains(other)) {
            Some(above) => path.push(above.clone()),
            None => break,
        }
    }
    path
}

fn bounded(bytes: &[u8]) -> Result<&[u8], KeyError> {
    let limit = KEY_FILE_BYTES;
    if bytes.len() > limit { Err(KeyError::TooLarge { bytes: bytes.len(), limit }) } else { Ok(bytes) }
}
