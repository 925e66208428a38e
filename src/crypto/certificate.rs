//! Certificates (X.509, RFC 5280): who, until when, for what.

use der::asn1::{BmpString, ObjectIdentifier};
use der::{Decode as _, Tag, Tagged as _};
use ring::signature;
use x509_cert::ext::pkix::KeyUsage;
use x509_cert::name::Name;

use super::asn1::{INTEGER, SEQUENCE, Walk};
use super::key::{Algorithm, EC_PUBLIC_KEY, Fault, P256, RSA_ENCRYPTION, rsa_bits};
use super::qualified::{Qualification, qualification};
use super::{KeyError, sha256};

const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");
const QC_STATEMENTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.1.3");

/// A certificate, with the bytes it came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    der: Vec<u8>,
    /// As they stand in it: what is parsed would come out sorted anew where an authority did not write DER to the letter.
    issuer: Vec<u8>,
    serial: Vec<u8>,
    parsed: x509_cert::Certificate,
}

impl Certificate {
    /// Reads DER.
    ///
    /// # Errors
    /// It is no certificate.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        let garbled = || KeyError::Garbled("X.509");
        let parsed = x509_cert::Certificate::from_der(der).map_err(|_| garbled())?;
        let (issuer, serial) = issuer_and_serial(der).ok_or_else(garbled)?;
        Ok(Self { issuer: issuer.to_vec(), serial: serial.to_vec(), der: der.to_vec(), parsed })
    }

    pub fn der(&self) -> &[u8] {
        &self.der
    }

    /// The issuer's name and the serial number, as they are encoded in it.
    pub fn issuer_and_serial(&self) -> (&[u8], &[u8]) {
        (&self.issuer, &self.serial)
    }

    pub fn sha256(&self) -> [u8; 32] {
        sha256(&self.der)
    }

    /// The subject's common name; the whole name where it has none.
    pub fn subject(&self) -> String {
        common_name(&self.parsed.tbs_certificate.subject)
    }

    /// The issuer's common name; the whole name where it has none.
    pub fn issuer(&self) -> String {
        common_name(&self.parsed.tbs_certificate.issuer)
    }

    /// Hexadecimal, as OpenSSL and browsers show it.
    pub fn serial(&self) -> String {
        let bytes = self.parsed.tbs_certificate.serial_number.as_bytes();
        // A byte that only keeps the number positive is no digit of it.
        let shown = bytes.strip_prefix(&[0]).filter(|rest| !rest.is_empty()).unwrap_or(bytes);
        shown.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// Seconds since 1970.
    pub fn not_before(&self) -> i64 {
        seconds(self.parsed.tbs_certificate.validity.not_before)
    }

    /// Seconds since 1970.
    pub fn not_after(&self) -> i64 {
        seconds(self.parsed.tbs_certificate.validity.not_after)
    }

    /// May its key make signatures? One without the extension may do everything (RFC 5280, 4.2.1.3).
    pub fn may_sign(&self) -> bool {
        match self.parsed.tbs_certificate.get::<KeyUsage>() {
            Ok(None) => true,
            Ok(Some((_, usage))) => usage.digital_signature() || usage.non_repudiation(),
            Err(_) => false,
        }
    }

    /// What it says of itself in its QcStatements. Nobody else was asked.
    pub fn qualification(&self) -> Qualification {
        let extensions = self.parsed.tbs_certificate.extensions.as_deref().unwrap_or(&[]);
        let found = extensions.iter().find(|extension| extension.extn_id == QC_STATEMENTS);
        found.map_or(Qualification::NotQualified, |extension| qualification(extension.extn_value.as_bytes()))
    }

    /// The algorithm its key signs with.
    ///
    /// # Errors
    /// It is none of ours, or too weak.
    pub fn algorithm(&self) -> Result<Algorithm, KeyError> {
        let key = &self.parsed.tbs_certificate.subject_public_key_info;
        match key.algorithm.oid {
            RSA_ENCRYPTION => match rsa_bits(self.public_key()).ok_or(KeyError::Garbled("X.509"))? {
                bits if bits < 2048 => Err(KeyError::Weak(bits)),
                bits => Ok(Algorithm::Rsa(bits)),
            },
            EC_PUBLIC_KEY => {
                let curve = key.algorithm.parameters.as_ref().and_then(|any| any.decode_as::<ObjectIdentifier>().ok());
                match curve {
                    Some(P256) => Ok(Algorithm::P256),
                    Some(other) => Err(KeyError::Curve(other.to_string())),
                    None => Err(KeyError::Curve("?".into())),
                }
            }
            other => Err(KeyError::KeyKind(other.to_string())),
        }
    }

    /// The bits of its public key: `RSAPublicKey`, or a point.
    pub fn public_key(&self) -> &[u8] {
        self.parsed.tbs_certificate.subject_public_key_info.subject_public_key.raw_bytes()
    }

    /// Did this one issue the other, by their names?
    pub fn names_issuer_of(&self, other: &Certificate) -> bool {
        self.parsed.tbs_certificate.subject == other.parsed.tbs_certificate.issuer
    }

    pub fn is_self_issued(&self) -> bool {
        self.names_issuer_of(self)
    }
}

/// Checks a signature over a message with a certificate's key. Says nothing about whether the certificate is to be trusted.
///
/// # Errors
/// The signature is not that of this key over this message.
pub fn check_signature(certificate: &Certificate, message: &[u8], signature: &[u8]) -> Result<(), Fault> {
    let algorithm: &dyn signature::VerificationAlgorithm = match certificate.algorithm().map_err(|_| Fault)? {
        Algorithm::Rsa(_) => &signature::RSA_PKCS1_2048_8192_SHA256,
        Algorithm::P256 => &signature::ECDSA_P256_SHA256_ASN1,
    };
    let key = signature::UnparsedPublicKey::new(algorithm, certificate.public_key());
    key.verify(message, signature).map_err(|_| Fault)
}

/// From the bytes of a certificate: version, serial number, signature, issuer, …
fn issuer_and_serial(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut tbs = Walk::new(der).expect(SEQUENCE)?.inside().expect(SEQUENCE)?.inside();
    tbs.expect(0xa0);
    let serial = tbs.expect(INTEGER)?.whole;
    tbs.expect(SEQUENCE)?;
    Some((tbs.expect(SEQUENCE)?.whole, serial))
}

fn seconds(time: x509_cert::time::Time) -> i64 {
    i64::try_from(time.to_unix_duration().as_secs()).unwrap_or(i64::MAX)
}

/// The last common name of a name, which is the one meant.
fn common_name(name: &Name) -> String {
    let pairs = name.0.iter().flat_map(|part| part.0.iter());
    let named = pairs.rev().find(|pair| pair.oid == COMMON_NAME).and_then(|pair| directory_string(&pair.value));
    named.unwrap_or_else(|| name.to_string())
}

/// `DirectoryString` in the encodings that occur (RFC 5280, 4.1.2.4).
fn directory_string(value: &der::Any) -> Option<String> {
    let bytes = value.value();
    match value.tag() {
        Tag::Utf8String | Tag::PrintableString | Tag::Ia5String => Some(String::from_utf8_lossy(bytes).into_owned()),
        Tag::BmpString => BmpString::from_ucs2(bytes.to_vec()).ok().map(|text| text.to_string()),
        // Latin-1 is what everybody meant by it.
        Tag::TeletexString => Some(bytes.iter().map(|byte| char::from(*byte)).collect()),
        _ => None,
    }
}
