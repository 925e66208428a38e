//! PKCS#12 (.p12, .pfx; RFC 7292): keys and certificates in one file under one passphrase.

use zeroize::Zeroizing;

use super::KeyError;
use super::asn1::{Element, INTEGER, OCTETS, OID, SEQUENCE, Walk};
use super::pbe::{self, Passphrase};

/// What a file holds: keys as PKCS#8, certificates as DER.
#[derive(Default)]
pub struct Contents {
    pub keys: Vec<Zeroizing<Vec<u8>>>,
    pub certificates: Vec<Vec<u8>>,
    /// Parts that were opened with the passphrase.
    opened: usize,
}

impl Contents {
    /// Each opening may cost all the rounds that are allowed: a file is granted only so many.
    fn count_opening(&mut self) -> Result<(), KeyError> {
        self.opened += 1;
        if self.opened > OPENINGS { Err(garbled()) } else { Ok(()) }
    }
}

/// Most parts under the passphrase. A file of OpenSSL's has two: the certificates, and the key.
const OPENINGS: usize = 16;

const DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
const ENCRYPTED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06";
/// Bags are 1.2.840.113549.1.12.10.1.n.
const BAG: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c\x0a\x01";
const X509: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x16\x01";
const EXPLICIT_0: u8 = 0xa0;
/// Bags inside bags that are followed.
const DEPTH: usize = 4;

/// Opens a file.
///
/// # Errors
/// It is none, is cut off, is closed by another passphrase, or in a way that is not read.
pub fn open(bytes: &[u8], passphrase: &Passphrase<'_>) -> Result<Contents, KeyError> {
    let mut pfx = Walk::new(bytes).expect(SEQUENCE).ok_or(KeyError::NotPkcs12)?.inside();
    let version = pfx.expect(INTEGER).and_then(|version| version.small());
    let safe = pfx.expect(SEQUENCE).filter(|_| version == Some(3)).ok_or(KeyError::NotPkcs12)?;
    let safe = data(safe).ok_or(KeyError::NotPkcs12)?;
    if let Some(mac) = pfx.expect(SEQUENCE) {
        check_mac(mac, &safe, passphrase)?;
    }
    let mut contents = Contents::default();
    let mut parts = Walk::new(&safe).expect(SEQUENCE).ok_or(garbled())?.inside();
    while !parts.is_empty() {
        let part = parts.expect(SEQUENCE).ok_or(garbled())?;
        match data(part) {
            Some(bags) => collect(&bags, passphrase, &mut contents, 0)?,
            None => {
                contents.count_opening()?;
                let bags = open_encrypted(part, passphrase)?;
                collect(&bags, passphrase, &mut contents, 0)?;
            }
        }
    }
    Ok(contents)
}

fn garbled() -> KeyError {
    KeyError::Garbled("PKCS#12")
}

/// The octets of a `ContentInfo` that is plain data.
fn data(info: Element<'_>) -> Option<Vec<u8>> {
    let mut walk = info.inside();
    walk.expect(OID).filter(|kind| kind.content == DATA)?;
    walk.expect(EXPLICIT_0)?.inside().next()?.octets()
}

fn check_mac(mac: Element<'_>, content: &[u8], passphrase: &Passphrase<'_>) -> Result<(), KeyError> {
    let mut walk = mac.inside();
    let read = || -> Option<_> {
        let mut info = walk.expect(SEQUENCE)?.inside();
        let algorithm = info.expect(SEQUENCE)?.inside().expect(OID)?.content;
        let value = info.expect(OCTETS)?.content;
        let salt = walk.expect(OCTETS)?.content;
        let iterations = walk.expect(INTEGER).map_or(Some(1), |count| count.small())?;
        Some((algorithm, value, salt, iterations))
    };
    let (algorithm, value, salt, iterations) = { read }().ok_or(garbled())?;
    pbe::check_mac(algorithm, value, salt, iterations, content, passphrase)
}

/// `EncryptedData` (RFC 5652, section 8) inside a `ContentInfo`.
fn open_encrypted(info: Element<'_>, passphrase: &Passphrase<'_>) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut walk = info.inside();
    let kind = walk.expect(OID).ok_or(garbled())?.content;
    if kind != ENCRYPTED_DATA {
        return Err(KeyError::Encryption(pbe::name(kind)));
    }
    let mut read = || -> Option<_> {
        let mut encrypted = walk.expect(EXPLICIT_0)?.inside().expect(SEQUENCE)?.inside();
        encrypted.expect(INTEGER)?;
        let mut content = encrypted.expect(SEQUENCE)?.inside();
        content.expect(OID)?;
        let algorithm = content.expect(SEQUENCE)?;
        Some((algorithm, content.next().filter(|closed| closed.tag & 0xdf == 0x80)?.octets()?))
    };
    let (algorithm, closed) = read().ok_or(garbled())?;
    pbe::open(algorithm, &closed, passphrase)
}

fn collect(bags: &[u8], passphrase: &Passphrase<'_>, found: &mut Contents, depth: usize) -> Result<(), KeyError> {
    let mut bags = Walk::new(bags).expect(SEQUENCE).filter(|_| depth <= DEPTH).ok_or(garbled())?.inside();
    while !bags.is_empty() {
        let mut bag = bags.expect(SEQUENCE).ok_or(garbled())?.inside();
        let kind = bag.expect(OID).ok_or(garbled())?.content;
        let value = bag.expect(EXPLICIT_0).ok_or(garbled())?;
        let inner = value.inside().next().ok_or(garbled())?;
        match kind.strip_prefix(BAG) {
            Some([1]) => found.keys.push(Zeroizing::new(inner.whole.to_vec())),
            Some([2]) => {
                found.count_opening()?;
                found.keys.push(open_key(inner, passphrase)?);
            }
            Some([3]) => {
                let mut bag = inner.inside();
                let kind = bag.expect(OID).ok_or(garbled())?.content;
                let certificate = bag.expect(EXPLICIT_0).and_then(|value| value.inside().next()?.octets());
                if kind == X509 {
                    found.certificates.push(certificate.ok_or(garbled())?);
                }
            }
            Some([6]) => collect(value.content, passphrase, found, depth + 1)?,
            // Revocation lists and secrets are of no use here.
            _ => {}
        }
    }
    Ok(())
}

/// `EncryptedPrivateKeyInfo` (RFC 5958): a PKCS#8 key under a passphrase.
pub fn open_key(info: Element<'_>, passphrase: &Passphrase<'_>) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let mut walk = info.inside();
    let algorithm = walk.expect(SEQUENCE).ok_or(KeyError::Garbled("PKCS#8"))?;
    let closed = walk.next().and_then(|closed| closed.octets()).ok_or(KeyError::Garbled("PKCS#8"))?;
    let opened = pbe::open(algorithm, &closed, passphrase)?;
    // A wrong passphrase passes the padding once in 256 times; then this is no key.
    let is_key = Walk::new(&opened).expect(SEQUENCE).is_some_and(|key| key.whole.len() == opened.len());
    if is_key { Ok(opened) } else { Err(KeyError::WrongPassphrase) }
}
