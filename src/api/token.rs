//! Tokens: random words that programs bear; the file holds their SHA-256 alone.

use std::collections::BTreeSet;
use std::fmt;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use crate::day::Day;
use crate::text::Lang;

/// What a token allows. Each scope includes those before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scope {
    /// Look, and judge without keeping.
    Read,
    /// Send invoices, act on them, work on problems.
    Write,
    /// What changes the daemon itself.
    Admin,
}

impl Scope {
    pub const ALL: [Scope; 3] = [Scope::Read, Scope::Write, Scope::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Write => "write",
            Scope::Admin => "admin",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|scope| scope.as_str() == text)
    }
}

/// One token as the file knows it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Who bears it; the author of what is done with it.
    pub name: String,
    /// SHA-256 of the token, hexadecimal.
    pub sha256: String,
    pub scopes: BTreeSet<Scope>,
    /// The day it was made, as YYYY-MM-DD.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created: Option<String>,
    /// The last day on which it is good (UTC), as YYYY-MM-DD; none where it does not expire.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Day>,
}

impl Token {
    pub fn expired(&self, today: Day) -> bool {
        self.expires.is_some_and(|last| last < today)
    }

    pub fn allows(&self, scope: Scope) -> bool {
        self.scopes.iter().any(|given| *given >= scope)
    }
}

/// The file's shape.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape {
    #[serde(default)]
    token: Vec<Token>,
}

/// Why the tokens cannot be used. Never quotes the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("the tokens file {path} cannot be used: {why}")]
    File { path: String, why: String },
    #[error("line {line} of the tokens file {path}: {why}")]
    Shape { path: String, line: usize, why: String },
    #[error("a token named `{0}` exists already; revoke it first or choose another name")]
    NameTaken(String),
    #[error("no token is named `{0}`")]
    NoSuchName(String),
    #[error("a name of 1 to 64 letters, digits, `-`, `_`, `.`, `@` is expected")]
    BadName,
    #[error("the machine gives no random numbers: {0}")]
    NoRandomness(String),
}

impl TokenError {
    /// In the language of who reads it.
    pub fn say(&self, lang: Lang) -> String {
        if lang == Lang::En {
            return self.to_string();
        }
        match self {
            TokenError::File { path, why } => format!("le fichier des jetons {path} est inutilisable : {why}"),
            TokenError::Shape { path, line, why } => format!("ligne {line} du fichier des jetons {path} : {why}"),
            TokenError::NameTaken(name) => {
                format!("un jeton nommé « {name} » existe déjà ; révoquez-le d'abord ou choisissez un autre nom")
            }
            TokenError::NoSuchName(name) => format!("aucun jeton ne se nomme « {name} »"),
            TokenError::BadName => "un nom de 1 à 64 lettres, chiffres, `-`, `_`, `.`, `@` est attendu".to_owned(),
            TokenError::NoRandomness(why) => format!("la machine ne donne pas de nombres aléatoires : {why}"),
        }
    }
}

/// The tokens in force, shared by all requests and replaced whole when the file changes.
#[derive(Debug, Default)]
pub struct Tokens {
    in_force: RwLock<Arc<Vec<Token>>>,
    file: AtomicU8,
}

/// How the file is that the tokens come from, since it was last looked at.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[repr(u8)]
pub enum FileState {
    #[default]
    Fine = 0,
    /// Gone, or it cannot be looked at: those it named last are in force.
    Gone = 1,
    /// It cannot be read, or is no tokens file: those it named last are in force.
    Wrong = 2,
}

impl Tokens {
    pub fn new(tokens: Vec<Token>) -> Self {
        Self { in_force: RwLock::new(Arc::new(tokens)), file: AtomicU8::default() }
    }

    /// How their file is.
    pub fn file(&self) -> FileState {
        match self.file.load(Ordering::Relaxed) {
            0 => FileState::Fine,
            1 => FileState::Gone,
            _ => FileState::Wrong,
        }
    }

    pub fn note(&self, file: FileState) {
        self.file.store(file as u8, Ordering::Relaxed);
    }

    pub fn replace(&self, tokens: Vec<Token>) {
        *self.in_force.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(tokens);
    }

    /// The token that this word is. All are compared, each in constant time.
    pub fn find(&self, word: &str) -> Option<Token> {
        let tokens = self.in_force.read().unwrap_or_else(PoisonError::into_inner).clone();
        let presented = hash(word);
        let mut found = None;
        for token in tokens.iter() {
            if same(presented.as_bytes(), token.sha256.as_bytes()) {
                found = Some(token.clone());
            }
        }
        found
    }

    /// The token of this hash, where it is still in force and has the scope.
    pub fn of_hash(&self, sha256: &str, scope: Scope, today: Day) -> Option<Token> {
        let tokens = self.in_force.read().unwrap_or_else(PoisonError::into_inner);
        let fits = |token: &&Token| token.sha256 == sha256 && token.allows(scope) && !token.expired(today);
        tokens.iter().find(fits).cloned()
    }

    /// Is it still in force? A token may be revoked, or lose a scope, while a request that bears it is under way.
    pub fn holds(&self, sha256: &str, scope: Scope, today: Day) -> bool {
        self.of_hash(sha256, scope, today).is_some()
    }
}

/// The file of tokens.
#[derive(Debug, Clone)]
pub struct TokenFile {
    pub path: PathBuf,
}

const HEADER: &str = "# The tokens of facteur: hashes only. `facteur token add|list|revoke` writes this file.\n\n";

impl TokenFile {
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// The tokens; an absent file has none.
    ///
    /// # Errors
    /// The file cannot be read or is no tokens file.
    pub fn read(&self) -> Result<Vec<Token>, TokenError> {
        let text = match std::fs::read_to_string(&self.path) {
            Ok(text) => text,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(e) => return Err(self.wrong(&e)),
        };
        let shape: Shape = toml::from_str(&text).map_err(|e| {
            let line = e.span().map_or(1, |at| text[..at.start.min(text.len())].matches('\n').count() + 1);
            // The library's message names keys and types, not values of texts.
            TokenError::Shape { path: self.shown(), line, why: e.message().to_owned() }
        })?;
        let is_hash =
            |t: &Token| t.sha256.len() == 64 && t.sha256.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'));
        if let Some(at) = shape.token.iter().position(|token| !is_hash(token)) {
            let line =
                text.match_indices("[[token]]").nth(at).map_or(1, |(at, _)| text[..at].matches('\n').count() + 1);
            let why = "sha256 is not 64 hexadecimal digits in lower case".to_owned();
            return Err(TokenError::Shape { path: self.shown(), line, why });
        }
        Ok(shape.token)
    }

    /// Makes a token and keeps its hash. The word itself is given back once and is nowhere else.
    ///
    /// # Errors
    /// The name is taken or no name, or the file cannot be written.
    pub fn add(&self, name: &str, scopes: BTreeSet<Scope>, created: Option<String>) -> Result<String, TokenError> {
        self.add_until(name, scopes, created, None)
    }

    /// As [`TokenFile::add`], good up to and including a day.
    ///
    /// # Errors
    /// As [`TokenFile::add`].
    pub fn add_until(
        &self,
        name: &str,
        scopes: BTreeSet<Scope>,
        created: Option<String>,
        expires: Option<Day>,
    ) -> Result<String, TokenError> {
        let fits = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'@');
        if name.is_empty() || name.len() > 64 || !name.bytes().all(fits) {
            return Err(TokenError::BadName);
        }
        let _alone = self.alone()?;
        let mut token = self.read()?;
        if token.iter().any(|known| known.name == name) {
            return Err(TokenError::NameTaken(name.to_owned()));
        }
        let word = fresh()?;
        token.push(Token { name: name.to_owned(), sha256: hash(&word), scopes, created, expires });
        self.write(token)?;
        Ok(word)
    }

    /// Forgets a token.
    ///
    /// # Errors
    /// There is none of this name, or the file cannot be written.
    pub fn revoke(&self, name: &str) -> Result<(), TokenError> {
        let _alone = self.alone()?;
        let mut token = self.read()?;
        let before = token.len();
        token.retain(|known| known.name != name);
        if token.len() == before {
            return Err(TokenError::NoSuchName(name.to_owned()));
        }
        self.write(token)
    }

    /// Keeps other programs from changing the file at the same time, as long as it lives: no token is lost between reading and
    /// writing.
    fn alone(&self) -> Result<std::fs::File, TokenError> {
        let mut options = std::fs::OpenOptions::new();
        options.write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(beside(&self.path, ".lock")).map_err(|e| self.wrong(&e))?;
        file.lock().map_err(|e| self.wrong(&e))?;
        Ok(file)
    }

    fn write(&self, token: Vec<Token>) -> Result<(), TokenError> {
        let text = toml::to_string(&Shape { token }).map_err(|e| self.wrong(&e))?;
        write_private(&self.path, &format!("{HEADER}{text}")).map_err(|e| self.wrong(&e))
    }

    fn wrong(&self, why: &dyn fmt::Display) -> TokenError {
        TokenError::File { path: self.shown(), why: why.to_string() }
    }

    fn shown(&self) -> String {
        self.path.display().to_string()
    }
}

/// Writes a file that only its owner may read, whole or not at all.
pub fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let beside = beside(path, ".new");
    let _ = std::fs::remove_file(&beside);
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()?;
    std::fs::rename(&beside, path)?;
    // The name is on disk as well: a token that was revoked must not come back with a power cut.
    #[cfg(unix)]
    if let Some(folder) = path.parent() {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        std::fs::File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(ending);
    path.with_file_name(name)
}

/// A new token: 256 random bits behind a mark that secret scanners can know.
fn fresh() -> Result<String, TokenError> {
    let mut bytes = [0u8; 32];
    getrandom::fill(&mut bytes).map_err(|e| TokenError::NoRandomness(e.to_string()))?;
    Ok(format!("fct_{}", URL_SAFE_NO_PAD.encode(bytes)))
}

fn hash(word: &str) -> String {
    hex(&Sha256::digest(word.as_bytes()))
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    use fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        // Writing to a string cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// Equal, in a time that tells only the lengths.
fn same(a: &[u8], b: &[u8]) -> bool {
    let differing = a.iter().zip(b).fold(0u8, |all, (x, y)| std::hint::black_box(all | (x ^ y)));
    a.len() == b.len() && differing == 0
}

#[cfg(test)]
mod tests;
