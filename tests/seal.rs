//! Seals held against OpenSSL, which made the keys and judges the signatures; keys of every kind, and what is wrong with them.

mod daemon;
mod openssl;

use facteur::crypto::{Identity, KeyError, Qualification, sha256};
use facteur::signature::{Flaw, seal, verify};
use proptest::prelude::*;

use openssl::{Leaf, Workshop, present};

const DOCUMENT: &[u8] = b"<?xml version=\"1.0\"?>\r\n<Invoice>\n\x00\xff\r</Invoice>\n";

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    since.as_millis() as i64
}

/// Seals the document with this identity, and lets OpenSSL judge it.
fn judged_by_openssl(shop: &Workshop, identity: &Identity, what: &str) {
    let (bytes, _) = seal(identity, &sha256(DOCUMENT), now()).unwrap();
    verify(&bytes, &sha256(DOCUMENT)).unwrap();
    shop.write("doc", DOCUMENT);
    shop.write("doc.p7s", &bytes);
    shop.verifies("doc", "doc.p7s").unwrap_or_else(|said| panic!("{what}: {said}"));
    // A flipped byte of the document, and of the seal: never accepted.
    let mut other = DOCUMENT.to_vec();
    other[30] ^= 1;
    shop.write("doc-flipped", &other);
    assert!(shop.verifies("doc-flipped", "doc.p7s").is_err(), "{what}");
    for at in [bytes.len() - 5, bytes.len() - 60, bytes.len() / 2, 40] {
        let mut flipped = bytes.clone();
        flipped[at] ^= 4;
        shop.write("flipped.p7s", &flipped);
        assert!(shop.verifies("doc", "flipped.p7s").is_err(), "{what}, byte {at} of the seal");
    }
}

#[test]
fn openssl_accepts_seals_of_every_key_in_every_container() {
    let Some(shop) = present() else { return };
    for kind in ["rsa:2048", "rsa:4096", "P-256"] {
        let leaf = shop.leaf(kind, &Leaf::default());
        let chain = shop.read(&leaf.chain);
        let load = |key: &str, passphrase: Option<&str>| {
            let identity = Identity::from_pem(&shop.read(key), Some(&chain), passphrase);
            identity.unwrap_or_else(|error| panic!("{kind} {key}: {error}"))
        };
        let identity = load(&leaf.key, None);
        assert_eq!(identity.chain().len(), 2, "the key's certificate and its authority");
        judged_by_openssl(&shop, &identity, kind);

        // The older shape: PKCS#1 or SEC1, the latter with its EC PARAMETERS before it.
        let old = format!("{}.old", leaf.key);
        if kind == "P-256" {
            shop.run(&["ecparam", "-name", "prime256v1", "-out", "parameters"]);
            shop.run(&["ec", "-in", &leaf.key, "-out", &old]);
            let both = [shop.read("parameters"), shop.read(&old)].concat();
            assert!(String::from_utf8_lossy(&both).contains("BEGIN EC PRIVATE KEY"));
            shop.write(&old, &both);
        } else {
            shop.run(&["rsa", "-in", &leaf.key, "-traditional", "-out", &old]);
            assert!(String::from_utf8_lossy(&shop.read(&old)).contains("BEGIN RSA PRIVATE KEY"));
        }
        judged_by_openssl(&shop, &load(&old, None), &old);

        for cipher in ["aes-128-cbc", "aes-256-cbc", "des3"] {
            let closed = format!("{}.{cipher}", leaf.key);
            shop.run(&["pkcs8", "-topk8", "-in", &leaf.key, "-v2", cipher, "-passout", "pass:épée", "-out", &closed]);
            judged_by_openssl(&shop, &load(&closed, Some("épée")), &closed);
        }
        let closed = format!("{}.v1", leaf.key);
        let v1 = ["-v1", "PBE-SHA1-3DES", "-passout", "pass:x", "-out", &closed];
        shop.run(&[&["pkcs8", "-topk8", "-in", &leaf.key], &v1[..]].concat());
        judged_by_openssl(&shop, &load(&closed, Some("x")), &closed);

        for (name, options) in [("modern", &[][..]), ("legacy", &["-legacy"]), ("without-mac", &["-nomac"])] {
            for word in ["correct horse", "", "épée€"] {
                let file = shop.pkcs12(&leaf, name, word, options);
                let identity = Identity::from_pkcs12(&shop.read(&file), Some(word));
                let identity = identity.unwrap_or_else(|error| panic!("{kind} {name} '{word}': {error}"));
                assert_eq!(identity.chain().len(), 2);
                judged_by_openssl(&shop, &identity, &file);
            }
        }
    }
}

#[test]
fn openssl_shows_the_attributes_of_cades_b_b() {
    let Some(shop) = present() else { return };
    let leaf = shop.leaf("rsa:2048", &Leaf::default());
    let identity = Identity::from_pem(&shop.read(&leaf.key), Some(&shop.read(&leaf.chain)), None).unwrap();
    let (bytes, facts) = seal(&identity, &sha256(DOCUMENT), now()).unwrap();
    shop.write("doc.p7s", &bytes);
    let shown = shop.run(&["cms", "-cmsout", "-print", "-inform", "DER", "-in", "doc.p7s"]);
    for expected in [
        "pkcs7-signedData",
        "eContent: <ABSENT>",
        "contentType (1.2.840.113549.1.9.3)",
        "signingTime (1.2.840.113549.1.9.5)",
        "messageDigest (1.2.840.113549.1.9.4)",
        "id-smime-aa-signingCertificateV2 (1.2.840.113549.1.9.16.2.47)",
        "sha256WithRSAEncryption",
        "Imprimerie Fictive",
    ] {
        assert!(shown.contains(expected), "{expected}: {shown}");
    }
    assert_eq!(facts.algorithm, "RSA-2048 PKCS#1 v1.5, SHA-256");
    let serial = shop.run(&["x509", "-in", &leaf.certificate, "-noout", "-serial"]);
    assert_eq!(serial.trim().trim_start_matches("serial=").to_lowercase(), facts.serial);
}

#[test]
fn a_certificate_is_taken_at_its_word_and_no_further() {
    let Some(shop) = present() else { return };
    for (statements, expected, fr) in [
        (None, Qualification::NotQualified, "cacheté, non qualifié"),
        (Some("c:0.4.0.1862.1.4"), Qualification::NotQualified, "cacheté, non qualifié"),
        (Some("c:0.4.0.1862.1.1"), Qualification::DeclaresUnsaid, "sans dire que c'est pour les cachets"),
        (Some("c:0.4.0.1862.1.1 t:0.4.0.1862.1.6.1"), Qualification::DeclaresOther, "mais pas pour les cachets"),
        (
            Some("c:0.4.0.1862.1.1 t:0.4.0.1862.1.6.2"),
            Qualification::DeclaresSeal,
            "se déclare qualifié pour les cachets",
        ),
        (
            Some("c:0.4.0.1862.1.1 c:0.4.0.1862.1.4 t:0.4.0.1862.1.6.2"),
            Qualification::DeclaresSealInDevice,
            "dans un dispositif qualifié",
        ),
    ] {
        let leaf = shop.leaf("P-256", &Leaf { statements, ..Leaf::default() });
        let identity = Identity::from_pem(&shop.read(&leaf.key), Some(&shop.read(&leaf.chain)), None).unwrap();
        assert_eq!(identity.qualification(), expected, "{statements:?}");
        assert!(identity.qualification().words().fr.contains(fr), "{statements:?}");
        judged_by_openssl(&shop, &identity, fr);
    }
    let words = Qualification::DeclaresSeal.words().en;
    let said = "the certificate declares itself qualified for electronic seals; the trust list was not consulted";
    assert!(words.contains(said), "{words}");
}

#[test]
fn what_is_wrong_with_a_key_is_told_by_name() {
    let Some(shop) = present() else { return };
    let good = shop.leaf("rsa:2048", &Leaf::default());
    let other = shop.leaf("P-256", &Leaf::default());
    let third = shop.leaf("P-256", &Leaf::default());
    let pem = |key: &str, chain: &str, word: Option<&str>| {
        Identity::from_pem(&shop.read(key), Some(&shop.read(chain)), word).map(|_| ()).unwrap_err()
    };
    let p12 = |file: &str, word: Option<&str>| Identity::from_pkcs12(&shop.read(file), word).map(|_| ()).unwrap_err();

    assert_eq!(pem(&good.key, &other.chain, None), KeyError::OtherCertificate);
    assert_eq!(pem(&other.key, &good.chain, None), KeyError::OtherCertificate);
    assert_eq!(pem(&other.key, &third.chain, None), KeyError::OtherCertificate);
    shop.write("two.key", &[shop.read(&good.key), shop.read(&other.key)].concat());
    assert_eq!(pem("two.key", &good.chain, None), KeyError::SeveralKeys(2));
    assert_eq!(pem(&good.chain, &good.chain, None), KeyError::NoKey);

    shop.run(&["pkcs8", "-topk8", "-in", &good.key, "-passout", "pass:right", "-out", "closed.key"]);
    assert_eq!(pem("closed.key", &good.chain, None), KeyError::NoPassphrase);
    assert_eq!(pem("closed.key", &good.chain, Some("wrong")), KeyError::WrongPassphrase);
    shop.run(&["pkcs8", "-topk8", "-in", &good.key, "-scrypt", "-passout", "pass:right", "-out", "scrypt.key"]);
    assert_eq!(pem("scrypt.key", &good.chain, Some("right")).code(), "unknown-encryption");
    for options in [&[][..], &["-legacy"]] {
        let file = shop.pkcs12(&good, "closed", "right", options);
        assert_eq!(p12(&file, Some("wrong")), KeyError::WrongPassphrase);
        assert_eq!(p12(&file, None), KeyError::NoPassphrase);
        let bytes = shop.read(&file);
        for cut in [1, 10, bytes.len() / 2, bytes.len() - 1] {
            let error = Identity::from_pkcs12(&bytes[..cut], Some("right")).map(|_| ()).unwrap_err();
            assert_eq!(error, KeyError::NotPkcs12, "cut at {cut}");
        }
    }
    let file = shop.pkcs12(&good, "no-mac", "right", &["-nomac"]);
    assert_eq!(p12(&file, Some("wrong")), KeyError::WrongPassphrase);
    shop.run(&["pkcs12", "-export", "-nokeys", "-in", &good.chain, "-passout", "pass:x", "-out", "no-key.p12"]);
    assert_eq!(p12("no-key.p12", Some("x")), KeyError::NoKey);

    for (kind, code) in [
        ("rsa:1024", "weak-key"),
        ("rsa:8192", "unsupported-size"),
        ("rsa-e3", "weak-exponent"),
        ("P-384", "unsupported-curve"),
        ("secp256k1", "unsupported-curve"),
        ("ed25519", "unsupported-key"),
        ("rsa-pss", "unsupported-key"),
    ] {
        let leaf = shop.leaf(kind, &Leaf::default());
        let error = pem(&leaf.key, &leaf.chain, None);
        assert_eq!(error.code(), code, "{kind}: {error}");
    }
    let leaf = shop.leaf("P-256", &Leaf { usage: "keyEncipherment", ..Leaf::default() });
    assert_eq!(pem(&leaf.key, &leaf.chain, None), KeyError::Usage);
    for (usage, begin, end, code) in [
        ("digitalSignature", "20200101000000Z", "20210101000000Z", "expired"),
        ("nonRepudiation", "20900101000000Z", "20910101000000Z", "not-yet-valid"),
    ] {
        let leaf = shop.leaf("P-256", &Leaf { usage, begin, end, ..Leaf::default() });
        let identity = Identity::from_pem(&shop.read(&leaf.key), Some(&shop.read(&leaf.chain)), None).unwrap();
        assert_eq!(identity.in_time(now() / 1_000).unwrap_err().code(), code);
        assert!(seal(&identity, &sha256(DOCUMENT), now()).is_err());
    }
}

/// The same ASN.1 with indefinite lengths and octet strings in pieces, as some programs write PKCS#12.
fn ber(der: &[u8]) -> Vec<u8> {
    let (mut rest, mut out) = (der, Vec::new());
    while !rest.is_empty() {
        let (tag, first) = (rest[0], usize::from(rest[1]));
        let (header, length) = match first {
            0..=0x7f => (2, first),
            _ => {
                let count = first & 0x7f;
                (2 + count, rest[2..2 + count].iter().fold(0, |n, byte| (n << 8) | usize::from(*byte)))
            }
        };
        let content = &rest[header..header + length];
        if tag & 0x20 != 0 {
            out.extend([&[tag, 0x80][..], &ber(content), &[0, 0]].concat());
        } else if tag == 4 && length > 200 {
            let pieces: Vec<u8> =
                content.chunks(100).flat_map(|piece| [&[4, piece.len() as u8], piece].concat()).collect();
            out.extend([&[0x24, 0x80][..], &pieces, &[0, 0]].concat());
        } else {
            out.extend(&rest[..header + length]);
        }
        rest = &rest[header + length..];
    }
    out
}

#[test]
fn pkcs12_in_ber_is_read_too() {
    let Some(shop) = present() else { return };
    let leaf = shop.leaf("rsa:2048", &Leaf::default());
    for options in [&[][..], &["-legacy"]] {
        let file = shop.read(&shop.pkcs12(&leaf, "ber", "word", options));
        let ber = ber(&file);
        assert!(ber.len() > file.len());
        let identity = Identity::from_pkcs12(&ber, Some("word")).unwrap();
        judged_by_openssl(&shop, &identity, "BER");
    }
}

#[test]
fn mutated_containers_never_panic_and_never_take_long() {
    let Some(shop) = present() else { return };
    let leaf = shop.leaf("P-256", &Leaf::default());
    let files = [shop.pkcs12(&leaf, "modern", "word", &[]), shop.pkcs12(&leaf, "legacy", "word", &["-legacy"])];
    let files = files.map(|file| shop.read(&file));
    let pem = [shop.read(&leaf.key), shop.read(&leaf.chain)].concat();
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig { cases: 400, ..ProptestConfig::default() });
    let change = (0..2usize, proptest::collection::vec((0..100_000usize, any::<u8>()), 1..6), any::<bool>());
    let started = std::time::Instant::now();
    runner
        .run(&change, |(which, changes, cut)| {
            for (mut bytes, is_pem) in [(files[which].clone(), false), (pem.clone(), true)] {
                for (at, put) in &changes {
                    let at = at % bytes.len();
                    bytes[at] = *put;
                }
                if cut {
                    bytes.truncate(changes[0].0 % bytes.len());
                }
                let read = match is_pem {
                    true => Identity::from_pem(&bytes, None, None),
                    false => Identity::from_pkcs12(&bytes, Some("word")),
                };
                // Whatever is read all the same is a key that signs what verifies. A certificate damaged so that it comes out of the
                // container as another is told when the seal is read back, as the queue does with each.
                let sealed = read.ok().and_then(|identity| seal(&identity, &sha256(DOCUMENT), now()).ok());
                if let Some((sealed, _)) = sealed {
                    prop_assert!(matches!(verify(&sealed, &sha256(DOCUMENT)), Ok(_) | Err(Flaw::Certificate)));
                }
            }
            Ok(())
        })
        .unwrap();
    assert!(started.elapsed().as_secs() < 120);
}
