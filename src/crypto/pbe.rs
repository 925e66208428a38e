//! Passphrases: how they turn into keys, and how what they protect is opened. PBES2 (RFC 8018) with PBKDF2 and AES or triple DES
//! in CBC, and the two schemes of PKCS#12 (RFC 7292) that `openssl pkcs12 -legacy` writes. Reading only: nothing of ours is
//! encrypted this way.

use std::num::NonZeroU32;

use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockModeDecrypt, InnerIvInit, KeyIvInit};
use ring::{digest, hmac, pbkdf2};
use zeroize::Zeroizing;

use super::KeyError;
use super::asn1::{Element, OCTETS, OID, SEQUENCE, Walk};
use crate::limits::KEY_ITERATIONS;

/// A passphrase, or none. The two shapes in which standards want it.
pub struct Passphrase<'a>(Option<&'a str>);

impl<'a> Passphrase<'a> {
    pub fn new(passphrase: Option<&'a str>) -> Self {
        Self(passphrase)
    }

    pub fn given(&self) -> bool {
        self.0.is_some()
    }

    fn utf8(&self) -> &[u8] {
        self.0.unwrap_or_default().as_bytes()
    }

    /// For PKCS#12: UTF-16, big end first, with two zero bytes at its end. Without any passphrase there are two customs: that
    /// end alone, and nothing at all.
    pub fn bmp(&self) -> Vec<Zeroizing<Vec<u8>>> {
        let text = self.0.unwrap_or_default();
        let mut bytes = Zeroizing::new(Vec::with_capacity(2 * text.len() + 2));
        bytes.extend(text.encode_utf16().chain([0]).flat_map(u16::to_be_bytes));
        let nothing = text.is_empty().then(Zeroizing::default);
        [bytes].into_iter().chain(nothing).collect()
    }

    fn wrong(&self) -> KeyError {
        if self.given() { KeyError::WrongPassphrase } else { KeyError::NoPassphrase }
    }
}

mod oid {
    pub const PBES2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0d";
    pub const PBKDF2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x05\x0c";
    pub const SHA_3DES: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x03";
    pub const SHA_RC2_128: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x05";
    pub const SHA_RC2_40: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x01\x06";
    pub const HMAC_SHA1: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x07";
    pub const HMAC_SHA256: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x09";
    pub const HMAC_SHA384: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x0a";
    pub const HMAC_SHA512: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x02\x0b";
    pub const AES_128: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x01\x02";
    pub const AES_192: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x01\x16";
    pub const AES_256: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x01\x2a";
    pub const DES_EDE3: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x03\x07";
    pub const SHA1: &[u8] = b"\x2b\x0e\x03\x02\x1a";
    pub const SHA256: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01";
    pub const SHA384: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x02";
    pub const SHA512: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x03";
}

type Opened = Result<Zeroizing<Vec<u8>>, KeyError>;

/// Opens what an algorithm (an `AlgorithmIdentifier`) closed with a passphrase.
///
/// # Errors
/// The passphrase is absent or wrong, or the way of encrypting is none of ours.
pub fn open(algorithm: Element<'_>, closed: &[u8], passphrase: &Passphrase<'_>) -> Opened {
    let garbled = || KeyError::Garbled("PBE");
    let mut walk = algorithm.inside();
    let scheme = walk.expect(OID).ok_or_else(garbled)?.content;
    let parameters = walk.expect(SEQUENCE);
    if scheme == oid::PBES2 {
        return pbes2(parameters.ok_or_else(garbled)?, closed, passphrase);
    }
    let (cipher, key) = match scheme {
        oid::SHA_3DES => (Cipher::Des3, 24),
        oid::SHA_RC2_128 => (Cipher::Rc2, 16),
        oid::SHA_RC2_40 => (Cipher::Rc2, 5),
        other => return Err(unknown(other)),
    };
    let (salt, iterations) = salt_and_count(&mut parameters.ok_or_else(garbled)?.inside()).ok_or_else(garbled)?;
    let iterations = bounded(iterations)?;
    for word in passphrase.bmp() {
        let key = derive(&digest::SHA1_FOR_LEGACY_USE_ONLY, 1, &word, &salt, iterations, key);
        let iv = derive(&digest::SHA1_FOR_LEGACY_USE_ONLY, 2, &word, &salt, iterations, 8);
        if let Some(opened) = cipher.open(&key, &iv, closed) {
            return Ok(opened);
        }
    }
    Err(passphrase.wrong())
}

fn pbes2(parameters: Element<'_>, closed: &[u8], passphrase: &Passphrase<'_>) -> Opened {
    let garbled = || KeyError::Garbled("PBES2");
    let mut walk = parameters.inside();
    let mut kdf = walk.expect(SEQUENCE).ok_or_else(garbled)?.inside();
    let mut scheme = walk.expect(SEQUENCE).ok_or_else(garbled)?.inside();
    let name = kdf.expect(OID).ok_or_else(garbled)?.content;
    if name != oid::PBKDF2 {
        return Err(unknown(name));
    }
    let mut kdf = kdf.expect(SEQUENCE).ok_or_else(garbled)?.inside();
    let (salt, iterations) = salt_and_count(&mut kdf).ok_or_else(garbled)?;
    let _length = kdf.expect(super::asn1::INTEGER);
    let prf = match kdf.expect(SEQUENCE) {
        None => oid::HMAC_SHA1,
        Some(prf) => prf.inside().expect(OID).ok_or_else(garbled)?.content,
    };
    let prf = match prf {
        oid::HMAC_SHA1 => pbkdf2::PBKDF2_HMAC_SHA1,
        oid::HMAC_SHA256 => pbkdf2::PBKDF2_HMAC_SHA256,
        oid::HMAC_SHA384 => pbkdf2::PBKDF2_HMAC_SHA384,
        oid::HMAC_SHA512 => pbkdf2::PBKDF2_HMAC_SHA512,
        other => return Err(unknown(other)),
    };
    let (cipher, length) = match scheme.expect(OID).ok_or_else(garbled)?.content {
        oid::AES_128 => (Cipher::Aes, 16),
        oid::AES_192 => (Cipher::Aes, 24),
        oid::AES_256 => (Cipher::Aes, 32),
        oid::DES_EDE3 => (Cipher::Des3, 24),
        other => return Err(unknown(other)),
    };
    let iv = scheme.expect(OCTETS).ok_or_else(garbled)?.content;
    let iterations = NonZeroU32::new(bounded(iterations)?).ok_or_else(garbled)?;
    let mut key = Zeroizing::new(vec![0; length]);
    pbkdf2::derive(prf, iterations, &salt, passphrase.utf8(), &mut key);
    cipher.open(&key, iv, closed).ok_or_else(|| passphrase.wrong())
}

fn salt_and_count(walk: &mut Walk<'_>) -> Option<(Vec<u8>, u64)> {
    Some((walk.expect(OCTETS)?.octets()?, walk.next()?.small()?))
}

/// A count of rounds that is no attack on whoever opens the file.
pub fn bounded(iterations: u64) -> Result<u32, KeyError> {
    let count = u32::try_from(iterations).ok().filter(|count| (1..=KEY_ITERATIONS).contains(count));
    count.ok_or_else(|| KeyError::Encryption(format!("{iterations} iterations")))
}

fn unknown(oid: &[u8]) -> KeyError {
    KeyError::Encryption(name(oid))
}

/// An object identifier in figures.
pub fn name(oid: &[u8]) -> String {
    der::asn1::ObjectIdentifier::from_bytes(oid).map_or_else(|_| "?".into(), |oid| oid.to_string())
}

/// Is this the seal of integrity of a PKCS#12 file? `digest` is its algorithm's object identifier.
///
/// # Errors
/// The passphrase is absent or wrong, or the digest is none of ours.
pub fn check_mac(
    digest: &[u8],
    mac: &[u8],
    salt: &[u8],
    iterations: u64,
    content: &[u8],
    passphrase: &Passphrase<'_>,
) -> Result<(), KeyError> {
    let (algorithm, keyed) = match digest {
        oid::SHA1 => (&digest::SHA1_FOR_LEGACY_USE_ONLY, hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY),
        oid::SHA256 => (&digest::SHA256, hmac::HMAC_SHA256),
        oid::SHA384 => (&digest::SHA384, hmac::HMAC_SHA384),
        oid::SHA512 => (&digest::SHA512, hmac::HMAC_SHA512),
        other => return Err(unknown(other)),
    };
    let iterations = bounded(iterations)?;
    let fits = passphrase.bmp().into_iter().any(|word| {
        let key = derive(algorithm, 3, &word, salt, iterations, algorithm.output_len());
        hmac::verify(&hmac::Key::new(keyed, &key), content, mac).is_ok()
    });
    if fits { Ok(()) } else { Err(passphrase.wrong()) }
}

/// The key derivation of PKCS#12 (RFC 7292, appendix B.2); `id` is 1 for keys, 2 for initial values, 3 for MACs.
fn derive(
    algorithm: &'static digest::Algorithm,
    id: u8,
    passphrase: &[u8],
    salt: &[u8],
    iterations: u32,
    length: usize,
) -> Zeroizing<Vec<u8>> {
    let block = algorithm.block_len();
    let fill = |bytes: &[u8]| -> Vec<u8> {
        bytes.iter().copied().cycle().take(bytes.len().div_ceil(block).saturating_mul(block)).collect()
    };
    let mut input = Zeroizing::new([fill(salt), fill(passphrase)].concat());
    let mut out = Zeroizing::new(Vec::with_capacity(length + algorithm.output_len()));
    loop {
        let mut context = digest::Context::new(algorithm);
        context.update(&vec![id; block]);
        context.update(&input);
        let mut hash = context.finish();
        for _ in 1..iterations {
            hash = digest::digest(algorithm, hash.as_ref());
        }
        out.extend_from_slice(hash.as_ref());
        if out.len() >= length {
            out.truncate(length);
            return out;
        }
        // Each block of the input, plus the hash repeated, plus one.
        let added: Vec<u8> = hash.as_ref().iter().copied().cycle().take(block).collect();
        for piece in input.chunks_mut(block) {
            let mut carry = 1u16;
            for (byte, add) in piece.iter_mut().zip(&added).rev() {
                carry += u16::from(*byte) + u16::from(*add);
                *byte = carry as u8;
                carry >>= 8;
            }
        }
    }
}

#[derive(Clone, Copy)]
enum Cipher {
    Aes,
    Des3,
    Rc2,
}

impl Cipher {
    /// None where padding or lengths do not fit: another key was used, or the bytes are damaged.
    fn open(self, key: &[u8], iv: &[u8], closed: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        fn with<D: KeyIvInit + BlockModeDecrypt>(key: &[u8], iv: &[u8], closed: &[u8]) -> Option<Vec<u8>> {
            D::new_from_slices(key, iv).ok()?.decrypt_padded_vec::<Pkcs7>(closed).ok()
        }
        let opened = match (self, key.len()) {
            (Cipher::Aes, 16) => with::<Decryptor<aes::Aes128>>(key, iv, closed),
            (Cipher::Aes, 24) => with::<Decryptor<aes::Aes192>>(key, iv, closed),
            (Cipher::Aes, _) => with::<Decryptor<aes::Aes256>>(key, iv, closed),
            (Cipher::Des3, _) => with::<Decryptor<des::TdesEde3>>(key, iv, closed),
            (Cipher::Rc2, _) => {
                let cipher = rc2::Rc2::new_with_eff_key_len(key, key.len() * 8);
                let mode: Decryptor<rc2::Rc2> = InnerIvInit::inner_iv_slice_init(cipher, iv).ok()?;
                mode.decrypt_padded_vec::<Pkcs7>(closed).ok()
            }
        };
        opened.map(Zeroizing::new)
    }
}
