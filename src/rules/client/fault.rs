//! What is wrong in a customer file, said so that its author can mend it without asking anyone.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::text::{Lang, Text};

use super::file::Origin;
use super::parse::id;
use super::reader::place;

/// The kinds of fault, stable: doors use them as codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FaultKind {
    /// The file could not be read at all (rights, disk).
    Unreadable,
    /// Nothing but blanks.
    Empty,
    /// More bytes than `limits::CONFIG_BYTES`.
    TooLarge,
    /// Not UTF-8.
    Encoding,
    /// Not TOML.
    Syntax,
    UnknownKey,
    MissingKey,
    /// Keys that exclude each other, such as `term` and `mention` in one rule.
    Conflict,
    /// A value of the wrong type.
    WrongType,
    /// A value of the right type that means nothing here.
    BadValue,
    UnknownTerm,
    UnknownMention,
    BadPattern,
    BadCondition,
    /// `extends` names a file that is not there.
    UnknownParent,
    /// A file extends itself, perhaps through others.
    Cycle,
    /// A chain of `extends` over `limits::CLIENT_EXTENDS_DEPTH`.
    TooDeep,
    /// More rules than `limits::CLIENT_RULES`, parents included.
    TooManyRules,
    /// Two files match the same identifier or name.
    DuplicateMatch,
    /// The file itself is right, one that it extends is not.
    BadParent,
    /// Only a remark: the file is in force, but probably does not mean what it says.
    Doubtful,
}

/// A fault in a customer file, or with [`FaultKind::Doubtful`] a remark on one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileError {
    /// The file's name in its folder.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// Counts characters, from 1.
    pub column: u32,
    pub kind: FaultKind,
    pub message: Text,
    /// What stands there, shortened to `limits::QUOTED_CHARS`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expected: Option<Text>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub did_you_mean: Option<String>,
    /// The last good version of the file stays in force: see [`super::Clients::reload`].
    #[serde(default)]
    pub last_good_kept: bool,
}

impl FileError {
    /// A fault at a place of a file, with nothing found or expected yet.
    pub(super) fn at(origin: &Origin, kind: FaultKind, message: Text) -> Self {
        Self {
            file: format!("{}.toml", origin.file),
            line: origin.line,
            column: origin.column,
            kind,
            message,
            found: None,
            expected: None,
            did_you_mean: None,
            last_good_kept: false,
        }
    }

    /// A fault at a byte of the text of a file.
    pub fn within(file: &str, text: &str, at: usize, kind: FaultKind, message: Text) -> Self {
        let (line, column) = place(text, at);
        Self {
            file: file.to_owned(),
            line,
            column,
            ..Self::at(&Origin { file: id(file), line, column }, kind, message)
        }
    }

    /// A file that could not be read at all, and why.
    pub fn unreadable(file: &str, why: &str) -> Self {
        let message = Text::new("fichier illisible", "the file cannot be read");
        Self { found: Some(why.to_owned()), ..Self::within(file, "", 0, FaultKind::Unreadable, message) }
    }

    /// One line, as compilers write it: `ville.toml:8:1: unknown key; found: pattren; expected: …; did you mean pattern?`
    pub fn line(&self, lang: Lang) -> String {
        format!("{}:{}:{}: {}", self.file, self.line, self.column, self.said(lang))
    }

    /// The same without the place.
    pub fn said(&self, lang: Lang) -> String {
        let (found, expected, did_you_mean, kept) = match lang {
            Lang::Fr => ("trouvé", "attendu", "vouliez-vous dire", "la dernière version correcte reste en vigueur"),
            Lang::En => ("found", "expected", "did you mean", "the last good version stays in force"),
        };
        // French sets a space before a colon, a semicolon and a question mark.
        let space = if lang == Lang::Fr { " " } else { "" };
        let mut out = self.message.get(lang).to_owned();
        if let Some(text) = self.found.as_deref().filter(|t| !t.trim().is_empty()) {
            out.push_str(&format!("{space}; {found}{space}: {text}"));
        }
        if let Some(text) = &self.expected {
            out.push_str(&format!("{space}; {expected}{space}: {}", text.get(lang)));
        }
        if let Some(text) = &self.did_you_mean {
            out.push_str(&format!("{space}; {did_you_mean} {text}{space}?"));
        }
        if self.last_good_kept {
            out.push_str(&format!("{space}; {kept}"));
        }
        out
    }

    /// A fault, not a remark: the file is refused.
    pub fn is_fatal(&self) -> bool {
        self.kind != FaultKind::Doubtful
    }
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.line(Lang::En))
    }
}

impl std::error::Error for FileError {}
