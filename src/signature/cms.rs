//! The part of CMS (RFC 5652) that a seal is made of, and nothing else: no content, no revocation lists, no unsigned attributes
//! can be read into it. Certificates and names are carried byte for byte as they came, also where DER would write them otherwise.

use der::asn1::{ObjectIdentifier, OctetString, SetOfVec};
use der::{Any, Sequence, ValueOrd};
use x509_cert::attr::Attributes;
use x509_cert::spki::AlgorithmIdentifierOwned;

#[derive(Debug, PartialEq, Eq, Sequence)]
pub struct ContentInfo {
    pub content_type: ObjectIdentifier,
    #[asn1(context_specific = "0", tag_mode = "EXPLICIT")]
    pub content: SignedData,
}

#[derive(Debug, PartialEq, Eq, Sequence)]
pub struct SignedData {
    pub version: u8,
    pub digest_algorithms: SetOfVec<AlgorithmIdentifierOwned>,
    pub content: Detached,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", optional = "true")]
    pub certificates: Option<SetOfVec<Any>>,
    pub signers: SetOfVec<SignerInfo>,
}

/// `EncapsulatedContentInfo` whose content is elsewhere.
#[derive(Debug, PartialEq, Eq, Sequence)]
pub struct Detached {
    pub content_type: ObjectIdentifier,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence, ValueOrd)]
pub struct SignerInfo {
    pub version: u8,
    pub signer: IssuerAndSerial,
    pub digest_algorithm: AlgorithmIdentifierOwned,
    #[asn1(context_specific = "0", tag_mode = "IMPLICIT", constructed = "true", optional = "true")]
    pub signed_attributes: Option<Attributes>,
    pub signature_algorithm: AlgorithmIdentifierOwned,
    pub signature: OctetString,
}

#[derive(Clone, Debug, PartialEq, Eq, Sequence, ValueOrd)]
pub struct IssuerAndSerial {
    pub issuer: Any,
    pub serial: Any,
}

/// `SigningCertificateV2` (RFC 5035), with the certificate that signs alone: what it is issued under is the verifier's to find
/// out.
#[derive(Debug, PartialEq, Eq, Sequence)]
pub struct SigningCertificate {
    pub certificates: Vec<CertificateId>,
}

/// `ESSCertIDv2`. The digest's algorithm is left away where it is SHA-256, as DER wants it.
#[derive(Debug, PartialEq, Eq, Sequence)]
pub struct CertificateId {
    pub digest: OctetString,
}
