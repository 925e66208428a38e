use super::*;
use crate::crypto::{Identity, KeyError, sha256};

const KEY: &[u8] = include_bytes!("../../fixtures/keys/seal.key");
const CERTIFICATES: &[u8] = include_bytes!("../../fixtures/keys/seal.pem");
/// 2026-11-21, in milliseconds.
const AT: i64 = 1_795_219_200_123;

fn identity() -> Identity {
    Identity::from_pem(KEY, Some(CERTIFICATES), None).unwrap()
}

#[test]
fn a_seal_says_who_and_when_and_fits_its_document_alone() {
    let (document, other) = (sha256(b"<Invoice/>"), sha256(b"<Invoice />"));
    let (bytes, facts) = seal(&identity(), &document, AT).unwrap();
    let verified = verify(&bytes, &document).unwrap();
    assert_eq!(verified.signed_at, 1_795_219_200_000);
    assert_eq!(facts.signed_at, verified.signed_at);
    assert_eq!(facts.subject, "Imprimerie Fictive, cachet d essai");
    assert_eq!(facts.issuer, "Autorite d essai de facteur");
    assert_eq!((facts.algorithm.as_str(), facts.format.as_str()), ("ECDSA P-256, SHA-256", "CAdES-B-B"));
    assert_eq!(facts.words().fr, "cacheté, non qualifié");
    assert_eq!(facts.words().en, "signed, not qualified");
    assert_eq!(facts.not_after, 4_922_899_200_000);
    assert_eq!(verify(&bytes, &other), Err(Flaw::Document));
    // Kept in the books and read again, also by a version that wrote less.
    let kept: SealFacts = serde_json::from_str(&serde_json::to_string(&facts).unwrap()).unwrap();
    assert_eq!(kept, facts);
    assert_eq!(serde_json::from_str::<SealFacts>("{}").unwrap(), SealFacts::default());
}

#[test]
fn every_byte_of_a_seal_counts() {
    let document = sha256(b"document");
    let alone = CERTIFICATES.split_inclusive(|byte| *byte == b'\n').scan(false, |over, line| {
        let here = !*over;
        *over |= line.starts_with(b"-----END");
        here.then(|| line.to_vec())
    });
    let alone: Vec<u8> = alone.flatten().collect();
    let identity = Identity::from_pem(KEY, Some(&alone), None).unwrap();
    assert_eq!(identity.chain().len(), 1);
    let (bytes, _) = seal(&identity, &document, AT).unwrap();
    verify(&bytes, &document).unwrap();
    for at in 0..bytes.len() {
        for bit in [0, 3, 5, 7] {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << bit;
            assert!(verify(&flipped, &document).is_err(), "byte {at}, bit {bit} changed and nobody saw it");
        }
    }
    for end in 0..bytes.len() {
        assert!(verify(&bytes[..end], &document).is_err());
    }
    let longer = [bytes.as_slice(), &[0]].concat();
    assert_eq!(verify(&longer, &document), Err(Flaw::Form));
}

/// DER written anew, with a default that should not be written: `critical FALSE` in an extension. Some authorities do.
fn with_a_default(der: &[u8]) -> Vec<u8> {
    let (mut rest, mut out) = (der, Vec::new());
    while !rest.is_empty() {
        let (header, length) = match usize::from(rest[1]) {
            short @ 0..=0x7f => (2, short),
            0x81 => (3, usize::from(rest[2])),
            _ => (4, usize::from(rest[2]) << 8 | usize::from(rest[3])),
        };
        let mut content = rest[header..header + length].to_vec();
        if rest[0] & 0x20 != 0 {
            content = with_a_default(&content);
            if content.starts_with(b"\x06\x03\x55\x1d\x0e") {
                content.splice(5..5, *b"\x01\x01\x00");
            }
        }
        out.push(rest[0]);
        match content.len() {
            length @ 0..=0x7f => out.push(length as u8),
            length @ 0..=0xff => out.extend([0x81, length as u8]),
            length => out.extend([0x82, (length >> 8) as u8, length as u8]),
        }
        out.extend(content);
        rest = &rest[header + length..];
    }
    out
}

#[test]
fn a_certificate_that_is_not_der_to_the_letter_travels_as_it_is() {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD;
    let text = std::str::from_utf8(CERTIFICATES).unwrap();
    let body: String = text.lines().skip(1).take_while(|line| !line.starts_with('-')).collect();
    let odd = with_a_default(&engine.decode(body).unwrap());
    let pem = format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", engine.encode(&odd));
    let identity = Identity::from_pem(KEY, Some(pem.as_bytes()), None).unwrap();
    let document = sha256(b"document");
    let (bytes, _) = seal(&identity, &document, AT).unwrap();
    assert!(bytes.windows(odd.len()).any(|window| window == odd), "byte for byte");
    assert_eq!(verify(&bytes, &document).unwrap().certificate.der(), odd);
}

#[test]
fn nothing_is_sealed_outside_the_certificates_time() {
    let document = sha256(b"document");
    let error = |at| match seal(&identity(), &document, at) {
        Err(SealError::Key(error)) => error,
        other => panic!("{other:?}"),
    };
    let (begin, end) = (1_767_225_600_000, 4_922_899_200_000);
    assert_eq!(error(begin - 1), KeyError::NotYet(begin / 1_000));
    assert_eq!(error(end + 1_000), KeyError::Expired(end / 1_000));
    assert!(error(end + 1_000).text().fr.contains("expiré le 2126-01-01 00:00 UTC"));
    for at in [begin, end] {
        let (bytes, _) = seal(&identity(), &document, at).unwrap();
        verify(&bytes, &document).unwrap();
    }
}

proptest::proptest! {
    #[test]
    fn no_bytes_break_the_verifier(bytes: Vec<u8>, at in 0..2_000usize, put: u8) {
        let document = sha256(b"document");
        proptest::prop_assert!(verify(&bytes, &document).is_err());
        let (mut sealed, _) = seal(&identity(), &document, AT).unwrap();
        let at = at % sealed.len();
        sealed[at] = put;
        let _ = verify(&sealed, &document);
    }
}
