//! `[seal]`: where the company's key and certificate are.

use std::path::PathBuf;

use super::secret::SecretSource;
use super::section::Section;

/// Days before a certificate's end from which it is told, unless the file says otherwise.
const WARN_DAYS: usize = 30;

/// The key that invoices are sealed with. Where there is one, nothing leaves without a seal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seal {
    pub files: SealFiles,
    /// What opens the key, where it is encrypted.
    pub passphrase: Option<SecretSource>,
    /// From so many days before the certificate's end on, it is told.
    pub warn_days: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SealFiles {
    /// Without a certificate file, the key file holds both.
    Pem {
        key: PathBuf,
        certificate: Option<PathBuf>,
    },
    Pkcs12(PathBuf),
}

impl Seal {
    /// All files that a change of the key may touch, secrets included.
    pub fn paths(&self) -> Vec<&PathBuf> {
        let mut paths = match &self.files {
            SealFiles::Pem { key, certificate } => [key].into_iter().chain(certificate).collect(),
            SealFiles::Pkcs12(file) => vec![file],
        };
        if let Some(SecretSource::File(path)) = &self.passphrase {
            paths.push(path);
        }
        paths
    }

    /// The files that hold secrets.
    pub fn secret_paths(&self) -> Vec<&PathBuf> {
        let certificate = match &self.files {
            SealFiles::Pem { certificate, .. } => certificate.as_ref(),
            SealFiles::Pkcs12(_) => None,
        };
        self.paths().into_iter().filter(|path| Some(*path) != certificate).collect()
    }

    pub(super) fn read(section: &Section<'_>) -> Option<Self> {
        let key = section.string("key_file");
        let certificate = section.path("certificate_file");
        let pkcs12 = section.string("pkcs12_file");
        let passphrase = section.optional_secret("passphrase");
        let warn_days = section.number("warn_days", 0, 3_650).unwrap_or(WARN_DAYS);
        let files = match (key, pkcs12) {
            (Some((key, _)), None) => SealFiles::Pem { key: section.resolve(&key), certificate },
            (None, Some((file, at))) => {
                if certificate.is_some() {
                    section.fault(
                        &at,
                        "`certificate_file` ne va pas avec `pkcs12_file`, qui contient le certificat",
                        "`certificate_file` does not go with `pkcs12_file`, which holds the certificate",
                    );
                }
                SealFiles::Pkcs12(section.resolve(&file))
            }
            (Some(_), Some((_, at))) => {
                section.fault(
                    &at,
                    "`key_file` et `pkcs12_file` sont donnés tous les deux : en garder un",
                    "both `key_file` and `pkcs12_file` are given: keep one",
                );
                return None;
            }
            (None, None) => {
                section.fault(
                    &section.at(),
                    "`[seal]` : il manque `key_file` (PEM) ou `pkcs12_file` (.p12, .pfx)",
                    "`[seal]`: `key_file` (PEM) or `pkcs12_file` (.p12, .pfx) is missing",
                );
                return None;
            }
        };
        Some(Self { files, passphrase, warn_days: i64::try_from(warn_days).unwrap_or(i64::MAX) })
    }
}
