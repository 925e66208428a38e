//! Reads a seal as this room writes it and checks it against a document. Trust is not asked for: who may seal for whom, and
//! whether an authority still stands by its certificate, is for those who know whom they trust.

use der::asn1::{ObjectIdentifier, OctetString};
use der::{Decode as _, Encode as _};
use x509_cert::attr::Attributes;

use super::cades::{
    CONTENT_TYPE, DATA, MESSAGE_DIGEST, SIGNED_DATA, SIGNING_CERTIFICATE, SIGNING_TIME, digest_algorithm,
    signature_algorithm, signer_id,
};
use super::cms::{ContentInfo, SignedData, SigningCertificate};
use crate::crypto::{Certificate, check_signature};

/// A seal that fits its document. It says whose key signed, and no more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    pub certificate: Certificate,
    /// Milliseconds since 1970, as the signer says.
    pub signed_at: i64,
}

/// Why a seal is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("the seal is no CAdES B-B as facteur writes it")]
    Form,
    #[error("the seal is over another document: its digest differs")]
    Document,
    #[error("the seal names another certificate than the one it carries")]
    Certificate,
    #[error("the certificate was not in its time when the seal was made")]
    Time,
    #[error("the signature is not that of the certificate's key")]
    Signature,
}

/// Checks a detached seal against a document, known by its SHA-256.
///
/// # Errors
/// [`Flaw`].
pub fn verify(seal: &[u8], document: &[u8; 32]) -> Result<Verified, Flaw> {
    let info = ContentInfo::from_der(seal).map_err(|_| Flaw::Form)?;
    // One document, one seal, one way to write it: bytes that would come out otherwise were touched.
    if info.content_type != SIGNED_DATA || info.to_der().map_err(|_| Flaw::Form)? != seal {
        return Err(Flaw::Form);
    }
    let signed = info.content;
    let [signer] = signed.signers.as_slice() else { return Err(Flaw::Form) };
    let digests = [&signer.digest_algorithm].into_iter().chain(signed.digest_algorithms.iter());
    let sha_256 = signed.digest_algorithms.len() == 1 && digests.into_iter().all(|one| *one == digest_algorithm());
    if signed.content.content_type != DATA || !sha_256 || (signed.version, signer.version) != (1, 1) {
        return Err(Flaw::Form);
    }
    let is_signer = |one: &Certificate| signer_id(one).is_ok_and(|id| id == signer.signer);
    let certificate = certificate(&signed, is_signer).ok_or(Flaw::Certificate)?;
    let attributes = signer.signed_attributes.as_ref().ok_or(Flaw::Form)?;
    let kind: ObjectIdentifier = single(attributes, CONTENT_TYPE).ok_or(Flaw::Form)?;
    let named: SigningCertificate = single(attributes, SIGNING_CERTIFICATE).ok_or(Flaw::Form)?;
    let digest: OctetString = single(attributes, MESSAGE_DIGEST).ok_or(Flaw::Form)?;
    let time: x509_cert::time::Time = single(attributes, SIGNING_TIME).ok_or(Flaw::Form)?;
    if kind != DATA || attributes.len() != 4 {
        return Err(Flaw::Form);
    }
    if digest.as_bytes() != document {
        return Err(Flaw::Document);
    }
    let [named] = named.certificates.as_slice() else { return Err(Flaw::Certificate) };
    if named.digest.as_bytes() != certificate.sha256() {
        return Err(Flaw::Certificate);
    }
    let algorithm = certificate.algorithm().map_err(|_| Flaw::Signature)?;
    if signer.signature_algorithm != signature_algorithm(algorithm) {
        return Err(Flaw::Form);
    }
    let seconds = i64::try_from(time.to_unix_duration().as_secs()).map_err(|_| Flaw::Time)?;
    if seconds < certificate.not_before() || seconds > certificate.not_after() {
        return Err(Flaw::Time);
    }
    let message = attributes.to_der().map_err(|_| Flaw::Form)?;
    check_signature(&certificate, &message, signer.signature.as_bytes()).map_err(|_| Flaw::Signature)?;
    Ok(Verified { certificate, signed_at: seconds.saturating_mul(1_000) })
}

fn certificate(signed: &SignedData, is_signer: impl Fn(&Certificate) -> bool) -> Option<Certificate> {
    let mut carried = signed.certificates.as_ref()?.iter();
    carried.find_map(|one| Certificate::from_der(&one.to_der().ok()?).ok().filter(&is_signer))
}

/// The one value of the one attribute of this kind.
fn single<T: for<'a> der::Decode<'a>>(attributes: &Attributes, oid: ObjectIdentifier) -> Option<T> {
    let mut found = attributes.iter().filter(|attribute| attribute.oid == oid);
    let (attribute, None) = (found.next()?, found.next()) else { return None };
    let [value] = attribute.values.as_slice() else { return None };
    T::from_der(&value.to_der().ok()?).ok()
}
