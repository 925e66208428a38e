//! Secrets: where they are, and the value once read, which never prints.

use std::fmt;
use std::io::Read;
use std::path::PathBuf;

use crate::text::Text;

/// Where a secret is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// A file that holds nothing else; blanks and newlines at its end do not count.
    File(PathBuf),
    /// An environment variable.
    Env(String),
}

/// A secret. Neither `Debug` nor any other format shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// A name that may stand in the file or be kept where secrets are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    Here(String),
    Kept(SecretSource),
}

impl Word {
    /// The name.
    ///
    /// # Errors
    /// As [`SecretSource::read`].
    pub fn read(&self) -> Result<String, Text> {
        match self {
            Word::Here(text) => Ok(text.clone()),
            Word::Kept(source) => source.read().map(|secret| secret.expose().to_owned()),
        }
    }
}

/// Longest secret read from a file, in bytes.
const LONGEST: u64 = 64 * 1024;

impl SecretSource {
    /// Reads the secret.
    ///
    /// # Errors
    /// The file or variable is not there, not text, or empty: a sentence that names the place and never the content.
    pub fn read(&self) -> Result<Secret, Text> {
        match self.read_even_empty()? {
            secret if secret.expose().is_empty() => {
                Err(Text::new(format!("le secret de {self} est vide"), format!("the secret in {self} is empty")))
            }
            secret => Ok(secret),
        }
    }

    /// Is it kept in a file that is not there?
    pub fn is_absent(&self) -> bool {
        matches!(self, SecretSource::File(path) if !path.exists())
    }

    /// As [`SecretSource::read`], for whoever has a better word for an empty one.
    ///
    /// # Errors
    /// The file or variable is not there, or not text.
    pub fn read_even_empty(&self) -> Result<Secret, Text> {
        let found = match self {
            SecretSource::File(path) => {
                let mut text = String::new();
                let read = std::fs::File::open(path).and_then(|file| file.take(LONGEST).read_to_string(&mut text));
                read.map_err(|e| {
                    let path = path.display();
                    Text::new(
                        format!("le secret du fichier {path} ne peut pas être lu : {e}"),
                        format!("the secret in file {path} cannot be read: {e}"),
                    )
                })?;
                text.trim_end().to_owned()
            }
            SecretSource::Env(name) => std::env::var(name).map_err(|_| {
                Text::new(
                    format!("la variable d'environnement {name} n'est pas définie ou n'est pas du texte"),
                    format!("the environment variable {name} is not set or is not text"),
                )
            })?,
        };
        Ok(Secret(found))
    }
}

impl fmt::Display for SecretSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SecretSource::File(path) => write!(f, "{}", path.display()),
            SecretSource::Env(name) => write!(f, "${name}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_read_from_its_file_and_never_prints() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("secret");
        std::fs::write(&path, "s3cret\n").unwrap();
        let secret = SecretSource::File(path.clone()).read().unwrap();
        assert_eq!(secret.expose(), "s3cret");
        assert_eq!(format!("{secret:?}"), "***");
        std::fs::write(&path, "\n").unwrap();
        assert!(SecretSource::File(path).read().unwrap_err().en.contains("empty"));
        let unset = SecretSource::Env("FACTEUR_TEST_NOT_SET".into()).read().unwrap_err();
        assert!(unset.en.contains("FACTEUR_TEST_NOT_SET"));
    }
}
