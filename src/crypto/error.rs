//! What is wrong with a key or a certificate, by name. Nothing here shows a secret or a path.

use crate::text::Text;

/// Why no key came out of what was given. The configuration erred, or whoever made the files.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.text().en)]
pub enum KeyError {
    /// Larger than any key file.
    TooLarge {
        bytes: usize,
        limit: usize,
    },
    NotPem,
    NotPkcs12,
    /// The part that cannot be read.
    Garbled(&'static str),
    NoKey,
    SeveralKeys(usize),
    NoCertificate,
    /// More certificates than come with any key.
    TooMany(usize),
    /// None of the certificates is the key's.
    OtherCertificate,
    NoPassphrase,
    WrongPassphrase,
    /// A way of encrypting that is not read, by name.
    Encryption(String),
    /// Bits of an RSA key under 2048.
    Weak(usize),
    /// Bits of an RSA key that ring does not sign with.
    Size(usize),
    /// An RSA key with a public exponent under 65537.
    Exponent,
    /// The curve's object identifier.
    Curve(String),
    /// The key algorithm's object identifier.
    KeyKind(String),
    /// The certificate's key usage allows no signatures.
    Usage,
    /// Not after this moment, seconds since 1970.
    Expired(i64),
    /// Not before this moment, seconds since 1970.
    NotYet(i64),
}

impl KeyError {
    /// A stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } => "too-large",
            Self::NotPem => "not-pem",
            Self::NotPkcs12 => "not-pkcs12",
            Self::Garbled(_) => "garbled",
            Self::NoKey => "no-key",
            Self::SeveralKeys(_) => "several-keys",
            Self::NoCertificate => "no-certificate",
            Self::TooMany(_) => "too-many-certificates",
            Self::OtherCertificate => "other-certificate",
            Self::NoPassphrase => "no-passphrase",
            Self::WrongPassphrase => "wrong-passphrase",
            Self::Encryption(_) => "unknown-encryption",
            Self::Weak(_) => "weak-key",
            Self::Size(_) => "unsupported-size",
            Self::Exponent => "weak-exponent",
            Self::Curve(_) => "unsupported-curve",
            Self::KeyKind(_) => "unsupported-key",
            Self::Usage => "wrong-key-usage",
            Self::Expired(_) => "expired",
            Self::NotYet(_) => "not-yet-valid",
        }
    }

    /// What was found, what was expected, what to do.
    pub fn text(&self) -> Text {
        let plain = |fr: &str, en: &str| Text::new(fr, en);
        match self {
            Self::TooLarge { bytes, limit } => Text::new(
                format!("le fichier a {bytes} octets ; une clé ou un certificat en a {limit} au plus"),
                format!("the file has {bytes} bytes; a key or a certificate has at most {limit}"),
            ),
            Self::NotPem => plain(
                "ce n'est pas du PEM (aucune ligne -----BEGIN …-----) ; pour un .p12 ou .pfx, utiliser `pkcs12_file`",
                "this is not PEM (no -----BEGIN …----- line); for a .p12 or .pfx use `pkcs12_file`",
            ),
            Self::NotPkcs12 => plain(
                "ce n'est pas un fichier PKCS#12 (.p12, .pfx) entier",
                "this is not a whole PKCS#12 file (.p12, .pfx)",
            ),
            Self::Garbled(what) => {
                Text::new(format!("{what} illisible ou tronqué"), format!("{what} cannot be read or is cut off"))
            }
            Self::NoKey => plain(
                "aucune clé privée (PRIVATE KEY, ENCRYPTED PRIVATE KEY, RSA PRIVATE KEY ou EC PRIVATE KEY)",
                "no private key (PRIVATE KEY, ENCRYPTED PRIVATE KEY, RSA PRIVATE KEY or EC PRIVATE KEY)",
            ),
            Self::SeveralKeys(count) => Text::new(
                format!("{count} clés privées là où une seule est attendue"),
                format!("{count} private keys where one is expected"),
            ),
            Self::NoCertificate => plain("aucun certificat n'accompagne la clé", "no certificate comes with the key"),
            Self::TooMany(most) => Text::new(
                format!("plus de {most} certificats : ne garder que celui de la clé et ceux au-dessus de lui"),
                format!("more than {most} certificates: keep only the key's own and those above it"),
            ),
            Self::OtherCertificate => plain(
                "la clé n'est celle d'aucun des certificats : clé et certificat ne vont pas ensemble",
                "the key belongs to none of the certificates: key and certificate do not match",
            ),
            Self::NoPassphrase => plain(
                "la clé est chiffrée : donner `passphrase_file` ou `passphrase_env`",
                "the key is encrypted: give `passphrase_file` or `passphrase_env`",
            ),
            Self::WrongPassphrase => plain(
                "la phrase secrète n'ouvre pas la clé (ou le fichier est abîmé)",
                "the passphrase does not open the key (or the file is damaged)",
            ),
            Self::Encryption(what) => Text::new(
                format!(
                    "chiffrement non lu ({what}) : convertir avec `openssl pkcs8 -topk8` ou `openssl pkcs12 -export`"
                ),
                format!(
                    "encryption that is not read ({what}): convert with `openssl pkcs8 -topk8` or `openssl pkcs12 -export`"
                ),
            ),
            Self::Weak(bits) => Text::new(
                format!("clé RSA de {bits} bits : 2048 au moins sont attendus"),
                format!("RSA key of {bits} bits: at least 2048 are expected"),
            ),
            Self::Size(bits) => Text::new(
                format!("clé RSA de {bits} bits : 2048 à 4096, par pas de 512, sont lus"),
                format!("RSA key of {bits} bits: 2048 to 4096 in steps of 512 are read"),
            ),
            Self::Exponent => plain(
                "clé RSA d'exposant public inférieur à 65537 : 65537 au moins est attendu",
                "RSA key with a public exponent under 65537: at least 65537 is expected",
            ),
            Self::Curve(oid) => Text::new(
                format!("courbe {oid} : seule P-256 (prime256v1) est lue"),
                format!("curve {oid}: only P-256 (prime256v1) is read"),
            ),
            Self::KeyKind(oid) => Text::new(
                format!("clé d'algorithme {oid} : RSA ou ECDSA P-256 sont attendus"),
                format!("key of algorithm {oid}: RSA or ECDSA P-256 are expected"),
            ),
            Self::Usage => plain(
                "l'usage de clé du certificat ne permet pas de signer (ni digitalSignature ni nonRepudiation)",
                "the certificate's key usage does not allow signatures (neither digitalSignature nor nonRepudiation)",
            ),
            Self::Expired(at) => Text::new(
                format!("le certificat a expiré le {}", day(*at)),
                format!("the certificate expired on {}", day(*at)),
            ),
            Self::NotYet(at) => Text::new(
                format!("le certificat ne vaut qu'à partir du {}", day(*at)),
                format!("the certificate is valid only from {}", day(*at)),
            ),
        }
    }
}

/// A moment as people read it, UTC to the minute.
pub fn day(at: i64) -> String {
    let seconds = u64::try_from(at).unwrap_or(0);
    let moment = der::DateTime::from_unix_duration(std::time::Duration::from_secs(seconds));
    moment.map_or_else(
        |_| at.to_string(),
        |m| format!("{}-{:02}-{:02} {:02}:{:02} UTC", m.year(), m.month(), m.day(), m.hour(), m.minutes()),
    )
}
