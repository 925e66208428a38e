//! A workshop in a temporary folder where OpenSSL makes fictitious keys and judges seals.

use std::cell::Cell;
use std::fs;
use std::process::{Command, Stdio};

/// What a leaf certificate says.
pub struct Leaf<'a> {
    pub usage: &'a str,
    /// QcStatements: `c:OID` is a statement alone, `t:OID` a QcType.
    pub statements: Option<&'a str>,
    pub begin: &'a str,
    pub end: &'a str,
}

impl Default for Leaf<'_> {
    fn default() -> Self {
        let usage = "digitalSignature,nonRepudiation";
        Leaf { usage, statements: None, begin: "20260101000000Z", end: "20990101000000Z" }
    }
}

/// Files of a key that was made.
pub struct Made {
    pub key: String,
    pub certificate: String,
    /// The certificate, then the authority's.
    pub chain: String,
}

pub struct Workshop {
    pub folder: tempfile::TempDir,
    made: Cell<u32>,
}

/// A workshop with its authority; none, and said so, where there is no openssl.
pub fn present() -> Option<Workshop> {
    if Command::new("openssl").arg("version").stdout(Stdio::null()).status().is_err() {
        eprintln!("skipped: there is no openssl on this machine; tests/run installs it");
        return None;
    }
    let shop = Workshop { folder: tempfile::tempdir().unwrap(), made: Cell::new(0) };
    shop.write("index.txt", b"");
    shop.write("serial", b"7F01");
    shop.run(&["genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", "ca.key"]);
    let subject = "/C=FR/O=Autorité fictive/CN=Autorité d'essai";
    shop.run(&["req", "-new", "-utf8", "-key", "ca.key", "-subj", subject, "-out", "ca.csr"]);
    shop.certify(
        "ca.csr",
        "ca.pem",
        "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign",
        true,
        None,
    );
    Some(shop)
}

impl Workshop {
    pub fn write(&self, name: &str, bytes: &[u8]) {
        fs::write(self.folder.path().join(name), bytes).unwrap();
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        fs::read(self.folder.path().join(name)).unwrap()
    }

    /// Runs openssl; panics with what it said where it fails.
    pub fn run(&self, arguments: &[&str]) -> String {
        self.try_run(arguments).unwrap_or_else(|said| panic!("openssl {arguments:?}: {said}"))
    }

    fn try_run(&self, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new("openssl");
        let ran = command.args(arguments).current_dir(self.folder.path()).stdin(Stdio::null()).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&ran.stdout), String::from_utf8_lossy(&ran.stderr));
        if ran.status.success() { Ok(said) } else { Err(said) }
    }

    /// A key of this kind and a certificate for it.
    pub fn leaf(&self, kind: &str, leaf: &Leaf<'_>) -> Made {
        let n = self.made.replace(self.made.get() + 1);
        let (key, request, certificate) = (format!("{n}.key"), format!("{n}.csr"), format!("{n}.pem"));
        let bits = kind.strip_prefix("rsa:").map(|bits| format!("rsa_keygen_bits:{bits}"));
        let curve = format!("ec_paramgen_curve:{kind}");
        let make: &[&str] = match (kind, &bits) {
            (_, Some(bits)) => &["-algorithm", "RSA", "-pkeyopt", bits],
            ("rsa-e3", _) => {
                &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048", "-pkeyopt", "rsa_keygen_pubexp:3"]
            }
            ("ed25519", _) => &["-algorithm", "ED25519"],
            ("rsa-pss", _) => &["-algorithm", "RSA-PSS", "-pkeyopt", "rsa_keygen_bits:2048"],
            _ => &["-algorithm", "EC", "-pkeyopt", &curve],
        };
        self.run(&[&["genpkey", "-out", &key], make].concat());
        let subject = "/C=FR/O=Imprimerie Fictive/CN=Imprimerie Fictive, cachet";
        self.run(&["req", "-new", "-utf8", "-key", &key, "-subj", subject, "-out", &request]);
        let mut extensions = format!("basicConstraints=CA:FALSE\nkeyUsage=critical,{}", leaf.usage);
        if let Some(statements) = leaf.statements {
            extensions += "\n1.3.6.1.5.5.7.1.3=ASN1:SEQUENCE:statements\n[statements]\n";
            let statements: Vec<&str> = statements.split(' ').collect();
            for (n, _) in statements.iter().enumerate() {
                extensions += &format!("s{n}=SEQUENCE:statement{n}\n");
            }
            for (n, statement) in statements.iter().enumerate() {
                let (kind, oid) = statement.split_once(':').unwrap();
                extensions += &match kind {
                    "c" => format!("[statement{n}]\nid=OID:{oid}\n"),
                    _ => format!(
                        "[statement{n}]\nid=OID:0.4.0.1862.1.6\nfor=SEQUENCE:types{n}\n[types{n}]\na=OID:{oid}\n"
                    ),
                };
            }
        }
        self.certify(&request, &certificate, &extensions, false, Some((leaf.begin, leaf.end)));
        let chain = format!("{n}.chain");
        self.write(&chain, &[self.read(&certificate), self.read("ca.pem")].concat());
        Made { key, certificate, chain }
    }

    fn certify(&self, request: &str, out: &str, extensions: &str, own: bool, time: Option<(&str, &str)>) {
        let head = "[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=.\ndatabase=index.txt\nserial=serial\ndefault_md=sha256\n\
            policy=p\nunique_subject=no\nstring_mask=utf8only\n[p]\ncommonName=supplied\norganizationName=optional\n\
            countryName=optional\n[e]\n";
        self.write("ca.cnf", format!("{head}{extensions}\n").as_bytes());
        let (begin, end) = time.unwrap_or(("20200101000000Z", "20990101000000Z"));
        let signer: &[&str] = if own { &["-selfsign"] } else { &["-cert", "ca.pem"] };
        let common = ["ca", "-config", "ca.cnf", "-utf8", "-keyfile", "ca.key", "-in", request, "-out", out];
        let rest = ["-extensions", "e", "-startdate", begin, "-enddate", end, "-batch", "-notext"];
        self.run(&[&common[..], signer, &rest[..]].concat());
    }

    /// A PKCS#12 file of a key with its chain.
    pub fn pkcs12(&self, leaf: &Made, name: &str, passphrase: &str, options: &[&str]) -> String {
        let (file, word) = (format!("{}.{name}.p12", leaf.key), format!("pass:{passphrase}"));
        let common = ["pkcs12", "-export", "-inkey", &leaf.key, "-in", &leaf.certificate, "-certfile", "ca.pem"];
        let rest = ["-name", "cachet", "-passout", &word, "-out", &file];
        self.run(&[&common[..], &rest[..], options].concat());
        file
    }

    /// Does OpenSSL take this for a CAdES seal over this file, from our authority, and for a CMS signature as well?
    pub fn verifies(&self, document: &str, seal: &str) -> Result<(), String> {
        let common = ["cms", "-verify", "-inform", "DER", "-in", seal, "-content", document, "-binary"];
        let rest = ["-CAfile", "ca.pem", "-out", "verified"];
        let cades = self.try_run(&[&common[..], &["-cades"], &rest[..]].concat());
        let plain = self.try_run(&[&common[..], &rest[..]].concat());
        assert_eq!(cades.is_ok(), plain.is_ok(), "{cades:?} {plain:?}");
        cades?;
        // What it verified is what it was given, byte for byte.
        if self.read("verified") == self.read(document) { Ok(()) } else { Err("other bytes".into()) }
    }
}
