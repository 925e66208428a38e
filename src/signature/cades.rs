//! Writes CAdES B-B: a `SignedData` (RFC 5652) without content, whose signed attributes bind the document's digest, the time
//! and the certificate (ESS signing-certificate-v2, RFC 5035).

use der::asn1::{GeneralizedTime, ObjectIdentifier, OctetString, SetOfVec, UtcTime};
use der::{Any, DateTime, Decode as _, Encode};
use x509_cert::attr::Attribute;
use x509_cert::spki::AlgorithmIdentifierOwned;

use super::cms::{CertificateId, ContentInfo, Detached, IssuerAndSerial, SignedData, SignerInfo, SigningCertificate};
use super::facts::{FORMAT, SealFacts};
use crate::crypto::{Algorithm, Certificate, Identity, KeyError, sha256};

pub(super) const DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.1");
pub(super) const SIGNED_DATA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.7.2");
pub(super) const CONTENT_TYPE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.3");
pub(super) const MESSAGE_DIGEST: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.4");
pub(super) const SIGNING_TIME: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.5");
pub(super) const SIGNING_CERTIFICATE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.9.16.2.47");
const SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.2.1");
const SHA_256_WITH_RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.11");
const ECDSA_WITH_SHA_256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.4.3.2");

/// Why no seal was made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The certificate is not in its time.
    #[error(transparent)]
    Key(#[from] KeyError),
    /// Facteur or the machine erred: no randomness, a moment that no certificate knows.
    #[error("facteur could not sign: {0}")]
    Fault(String),
}

impl From<der::Error> for SealError {
    fn from(error: der::Error) -> Self {
        SealError::Fault(error.to_string())
    }
}

/// Seals a document, known by its SHA-256, at a moment (milliseconds since 1970, UTC).
///
/// # Errors
/// [`SealError`]: the certificate is not in its time, or the signature could not be made.
pub fn seal(identity: &Identity, document: &[u8; 32], at: i64) -> Result<(Vec<u8>, SealFacts), SealError> {
    let seconds = at.div_euclid(1_000);
    identity.in_time(seconds)?;
    let attributes = SetOfVec::try_from(vec![
        attribute(CONTENT_TYPE, &DATA)?,
        attribute(SIGNING_TIME, &time(seconds)?)?,
        attribute(MESSAGE_DIGEST, &OctetString::new(document.to_vec())?)?,
        attribute(SIGNING_CERTIFICATE, &signing_certificate(identity.certificate())?)?,
    ])?;
    // What is signed is the set under its own tag, not under the one it has inside SignerInfo (RFC 5652, 5.4).
    let signature =
        identity.sign(&attributes.to_der()?).map_err(|_| SealError::Fault("the key did not sign".into()))?;
    let signer = SignerInfo {
        version: 1,
        signer: signer_id(identity.certificate())?,
        digest_algorithm: digest_algorithm(),
        signed_attributes: Some(attributes),
        signature_algorithm: signature_algorithm(identity.algorithm()),
        signature: OctetString::new(signature)?,
    };
    let chain = identity.chain().iter().map(|one| Any::from_der(one.der()));
    let signed = SignedData {
        version: 1,
        digest_algorithms: SetOfVec::try_from(vec![digest_algorithm()])?,
        content: Detached { content_type: DATA },
        certificates: Some(SetOfVec::try_from(chain.collect::<der::Result<Vec<_>>>()?)?),
        signers: SetOfVec::try_from(vec![signer])?,
    };
    let bytes = ContentInfo { content_type: SIGNED_DATA, content: signed }.to_der()?;
    let facts = facts(identity, &bytes, seconds);
    Ok((bytes, facts))
}

fn facts(identity: &Identity, bytes: &[u8], seconds: i64) -> SealFacts {
    let certificate = identity.certificate();
    SealFacts {
        format: FORMAT.into(),
        subject: certificate.subject(),
        issuer: certificate.issuer(),
        serial: certificate.serial(),
        certificate_sha256: hex(&certificate.sha256()),
        algorithm: identity.algorithm().to_string(),
        signed_at: seconds.saturating_mul(1_000),
        not_after: certificate.not_after().saturating_mul(1_000),
        qualification: identity.qualification(),
        sha256: hex(&sha256(bytes)),
    }
}

fn attribute(oid: ObjectIdentifier, value: &impl Encode) -> Result<Attribute, SealError> {
    Ok(Attribute { oid, values: SetOfVec::try_from(vec![Any::from_der(&value.to_der()?)?])? })
}

/// UTCTime up to 2049, GeneralizedTime from then on (RFC 5652, 11.3).
fn time(seconds: i64) -> Result<x509_cert::time::Time, SealError> {
    let since = std::time::Duration::from_secs(u64::try_from(seconds).unwrap_or(0));
    let moment = DateTime::from_unix_duration(since)?;
    Ok(if moment.year() <= UtcTime::MAX_YEAR {
        x509_cert::time::Time::UtcTime(UtcTime::from_date_time(moment)?)
    } else {
        x509_cert::time::Time::GeneralTime(GeneralizedTime::from_date_time(moment))
    })
}

fn signing_certificate(certificate: &Certificate) -> Result<SigningCertificate, SealError> {
    let digest = OctetString::new(certificate.sha256().to_vec())?;
    Ok(SigningCertificate { certificates: vec![CertificateId { digest }] })
}

pub(super) fn signer_id(certificate: &Certificate) -> der::Result<IssuerAndSerial> {
    let (issuer, serial) = certificate.issuer_and_serial();
    Ok(IssuerAndSerial { issuer: Any::from_der(issuer)?, serial: Any::from_der(serial)? })
}

/// Without parameters (RFC 5754, section 2).
pub(super) fn digest_algorithm() -> AlgorithmIdentifierOwned {
    AlgorithmIdentifierOwned { oid: SHA_256, parameters: None }
}

pub(super) fn signature_algorithm(algorithm: Algorithm) -> AlgorithmIdentifierOwned {
    match algorithm {
        Algorithm::Rsa(_) => AlgorithmIdentifierOwned { oid: SHA_256_WITH_RSA, parameters: Some(Any::null()) },
        Algorithm::P256 => AlgorithmIdentifierOwned { oid: ECDSA_WITH_SHA_256, parameters: None },
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
