//! Private keys: PKCS#8, PKCS#1 and SEC1, and what ring signs with them.

use std::fmt;

use der::asn1::ObjectIdentifier;
use ring::rand::SystemRandom;
use ring::rsa::KeyPair as RsaKeyPair;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, RSA_PKCS1_SHA256};
use zeroize::Zeroizing;

use super::asn1::{Element, INTEGER, OCTETS, OID, SEQUENCE, Walk};
use super::certificate::Certificate;
use super::{KeyError, pbe};

pub const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
pub const EC_PUBLIC_KEY: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
pub const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");

/// Bytes of a number on P-256.
const SCALAR: usize = 32;
/// Sizes of RSA keys that ring signs with.
const RSA_LEAST: usize = 2048;
const RSA_MOST: usize = 4096;

/// What a key signs with; the digest is SHA-256 for all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// PKCS#1 v1.5, with the bits of the modulus.
    Rsa(usize),
    /// ECDSA on P-256.
    P256,
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Algorithm::Rsa(bits) => write!(f, "RSA-{bits} PKCS#1 v1.5, SHA-256"),
            Algorithm::P256 => f.write_str("ECDSA P-256, SHA-256"),
        }
    }
}

/// A signature that cannot be made, or that does not fit. No more can be told of either.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fault;

/// A key as a file holds it, not yet checked against a certificate.
pub enum RawKey {
    /// `RSAPrivateKey` (PKCS#1).
    Rsa(Zeroizing<Vec<u8>>),
    Ec {
        scalar: Zeroizing<Vec<u8>>,
        public: Option<Vec<u8>>,
    },
}

impl RawKey {
    /// `PrivateKeyInfo`.
    pub fn from_pkcs8(bytes: &[u8]) -> Result<Self, KeyError> {
        let garbled = || KeyError::Garbled("PKCS#8");
        let mut walk = whole(bytes).ok_or_else(garbled)?;
        walk.expect(INTEGER).ok_or_else(garbled)?;
        let mut algorithm = walk.expect(SEQUENCE).ok_or_else(garbled)?.inside();
        let kind = algorithm.expect(OID).ok_or_else(garbled)?.content;
        let key = walk.expect(OCTETS).ok_or_else(garbled)?.content;
        if kind == RSA_ENCRYPTION.as_bytes() {
            return Self::from_pkcs1(key);
        }
        if kind == EC_PUBLIC_KEY.as_bytes() {
            return Self::from_sec1(key, algorithm.next());
        }
        Err(KeyError::KeyKind(pbe::name(kind)))
    }

    /// `RSAPrivateKey`.
    pub fn from_pkcs1(bytes: &[u8]) -> Result<Self, KeyError> {
        whole(bytes).map(|_| Self::Rsa(Zeroizing::new(bytes.to_vec()))).ok_or(KeyError::Garbled("PKCS#1"))
    }

    /// `ECPrivateKey`; `curve` is what stood around it, where anything did.
    pub fn from_sec1(bytes: &[u8], curve: Option<Element<'_>>) -> Result<Self, KeyError> {
        let garbled = || KeyError::Garbled("SEC1");
        let mut walk = whole(bytes).ok_or_else(garbled)?;
        walk.expect(INTEGER).ok_or_else(garbled)?;
        let digits = walk.expect(OCTETS).ok_or_else(garbled)?.content;
        let own = walk.expect(0xa0).and_then(|parameters| parameters.inside().next());
        let curve = own.or(curve).ok_or_else(garbled)?;
        match curve.tag {
            OID if curve.content == P256.as_bytes() => {}
            OID => return Err(KeyError::Curve(pbe::name(curve.content))),
            // Its parameters are written out; a name is expected.
            _ => return Err(KeyError::Curve("?".into())),
        }
        let public = walk.expect(0xa1).and_then(|bits| bits.inside().next()?.content.strip_prefix(&[0]));
        // Some programs leave the zeros in front away, others add one.
        let digits = if digits.len() > SCALAR { digits.strip_prefix(&[0]).unwrap_or(digits) } else { digits };
        let zeros = SCALAR.checked_sub(digits.len()).ok_or_else(garbled)?;
        let mut scalar = Zeroizing::new(vec![0; zeros]);
        scalar.extend_from_slice(digits);
        Ok(Self::Ec { scalar, public: public.map(<[u8]>::to_vec) })
    }

    pub fn is_same(&self, other: &RawKey) -> bool {
        match (self, other) {
            (Self::Rsa(one), Self::Rsa(other)) => one == other,
            (Self::Ec { scalar: one, .. }, Self::Ec { scalar: other, .. }) => one == other,
            _ => false,
        }
    }

    /// The key that signs, where it is the one of this certificate.
    ///
    /// # Errors
    /// It is another one's, or none that signs.
    pub fn for_certificate(&self, certificate: &Certificate) -> Result<SigningKey, KeyError> {
        let expected = certificate.public_key();
        match self {
            Self::Rsa(bytes) => {
                let bits = private_bits(bytes).ok_or(KeyError::Garbled("PKCS#1"))?;
                if bits < RSA_LEAST {
                    return Err(KeyError::Weak(bits));
                }
                if bits > RSA_MOST {
                    return Err(KeyError::Size(bits));
                }
                let key = RsaKeyPair::from_der(bytes).map_err(|rejected| match rejected.to_string().as_str() {
                    // The size was looked at above: it is the public exponent.
                    "TooSmall" => KeyError::Exponent,
                    "TooLarge" | "PrivateModulusLenNotMultipleOf512Bits" => KeyError::Size(bits),
                    _ => KeyError::Garbled("PKCS#1"),
                })?;
                let fits = key.public().as_ref() == expected;
                if fits { Ok(SigningKey::Rsa(Box::new(key), bits)) } else { Err(KeyError::OtherCertificate) }
            }
            Self::Ec { scalar, public } => {
                if public.as_deref().is_some_and(|public| public != expected) {
                    return Err(KeyError::OtherCertificate);
                }
                let algorithm = &ECDSA_P256_SHA256_ASN1_SIGNING;
                let random = SystemRandom::new();
                let key = EcdsaKeyPair::from_private_key_and_public_key(algorithm, scalar, expected, &random);
                key.map(|key| SigningKey::P256(Box::new(key))).map_err(|_| KeyError::OtherCertificate)
            }
        }
    }
}

/// A key that signs.
pub enum SigningKey {
    Rsa(Box<RsaKeyPair>, usize),
    P256(Box<EcdsaKeyPair>),
}

impl SigningKey {
    pub fn algorithm(&self) -> Algorithm {
        match self {
            Self::Rsa(_, bits) => Algorithm::Rsa(*bits),
            Self::P256(_) => Algorithm::P256,
        }
    }

    /// Signs a message, which is digested here.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Fault> {
        let random = SystemRandom::new();
        match self {
            Self::Rsa(key, _) => {
                let mut signature = vec![0; key.public().modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(|_| Fault)?;
                Ok(signature)
            }
            Self::P256(key) => key.sign(&random, message).map(|made| made.as_ref().to_vec()).map_err(|_| Fault),
        }
    }
}

/// The bits of the modulus of an `RSAPublicKey`.
pub fn rsa_bits(public: &[u8]) -> Option<usize> {
    bits(whole(public)?.expect(INTEGER)?.content)
}

/// The bits of the modulus of an `RSAPrivateKey`.
fn private_bits(private: &[u8]) -> Option<usize> {
    let mut walk = whole(private)?;
    walk.expect(INTEGER)?;
    bits(walk.expect(INTEGER)?.content)
}

fn bits(number: &[u8]) -> Option<usize> {
    let digits = number.strip_prefix(&[0]).unwrap_or(number);
    let first = digits.first()?;
    Some(digits.len() * 8 - first.leading_zeros() as usize)
}

/// The inside of a sequence that is all there is.
fn whole(bytes: &[u8]) -> Option<Walk<'_>> {
    let sequence = Walk::new(bytes).expect(SEQUENCE)?;
    (sequence.whole.len() == bytes.len()).then(|| sequence.inside())
}
