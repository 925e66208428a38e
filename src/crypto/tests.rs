use proptest::prelude::*;

use super::*;

const KEY: &[u8] = include_bytes!("../../fixtures/keys/seal.key");
const CERTIFICATES: &[u8] = include_bytes!("../../fixtures/keys/seal.pem");

fn load(key: &[u8], certificates: &[u8]) -> Result<Identity, KeyError> {
    Identity::from_pem(key, Some(certificates), None)
}

#[test]
fn a_key_and_its_certificates_are_an_identity() {
    let identity = load(KEY, CERTIFICATES).unwrap();
    assert_eq!((identity.algorithm(), identity.chain().len()), (Algorithm::P256, 2));
    assert_eq!(identity.qualification(), Qualification::NotQualified);
    assert_eq!(identity.certificate().serial(), "1001");
    assert_eq!(identity.standing(0), Standing::NotYet);
    assert_eq!(identity.standing(1_767_225_600), Standing::Valid(36_524));
    assert_eq!(identity.standing(4_922_899_200), Standing::Valid(0));
    assert_eq!(identity.standing(4_922_899_201), Standing::Expired);
    let signature = identity.sign(b"message").unwrap();
    check_signature(identity.certificate(), b"message", &signature).unwrap();
    assert_eq!(check_signature(identity.certificate(), b"massage", &signature), Err(Fault));
    // One text may hold both, in any order, with words between.
    let both = [CERTIFICATES, b"Bag Attributes\n  friendlyName: x\n", KEY].concat();
    assert_eq!(Identity::from_pem(&both, None, None).unwrap().chain().len(), 2);
}

#[test]
fn nothing_secret_is_printed() {
    let identity = load(KEY, CERTIFICATES).unwrap();
    let shown = format!("{identity:?}");
    assert_eq!(shown, "Identity { subject: \"Imprimerie Fictive, cachet d essai\", algorithm: P256, .. }");
}

#[test]
fn what_is_wrong_is_told_by_name() {
    let is = |key: &[u8], certificates: &[u8], code: &str| {
        let error = load(key, certificates).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        let text = error.text();
        assert!(text.fr.len() > 10 && text.en.len() > 10 && text.fr != text.en);
    };
    is(b"", CERTIFICATES, "not-pem");
    is(b"\xff\xfe", CERTIFICATES, "not-pem");
    is(CERTIFICATES, CERTIFICATES, "no-key");
    is(KEY, KEY, "no-certificate");
    is(KEY, b"text", "not-pem");
    let cut = &KEY[..KEY.len() - 40];
    is(cut, CERTIFICATES, "garbled");
    is(&CERTIFICATES[..200], CERTIFICATES, "garbled");
    let old = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAAAA\n-----END RSA PRIVATE KEY-----\n";
    is(old.as_bytes(), CERTIFICATES, "unknown-encryption");
    is(b"-----BEGIN DSA PRIVATE KEY-----\nAAAA\n-----END DSA PRIVATE KEY-----\n", CERTIFICATES, "unsupported-key");
    is(&vec![b'a'; 10_000_000], CERTIFICATES, "too-large");
    let twice = [KEY, KEY].concat();
    load(&twice, CERTIFICATES).expect("the same key said twice is one key");
    let garbage = vec![7; 10_000_000];
    assert_eq!(Identity::from_pkcs12(&garbage, None).unwrap_err().code(), "too-large");
    assert_eq!(Identity::from_pkcs12(b"", None).unwrap_err(), KeyError::NotPkcs12);
    assert_eq!(Identity::from_pkcs12(KEY, None).unwrap_err(), KeyError::NotPkcs12);
    let many = CERTIFICATES.repeat(40);
    is(KEY, &many, "too-many-certificates");
}

proptest! {
    #[test]
    fn mutated_pem_never_panics(at in 0..241usize, put: u8, certificate: bool) {
        let (mut key, mut certificates) = (KEY.to_vec(), CERTIFICATES.to_vec());
        let bytes = if certificate { &mut certificates } else { &mut key };
        let at = at % bytes.len();
        bytes[at] = put;
        let _ = load(&key, &certificates);
    }

    #[test]
    fn no_bytes_break_the_readers(bytes: Vec<u8>) {
        let _ = Identity::from_pkcs12(&bytes, Some("x"));
        let _ = Identity::from_pem(&bytes, None, Some("x"));
        let _ = Certificate::from_der(&bytes);
    }
}
