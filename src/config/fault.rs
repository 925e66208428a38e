//! What is wrong in a configuration file, and where.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use crate::text::{Lang, Text};

/// One thing wrong, at a place that counts lines and characters from 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    pub line: usize,
    pub column: usize,
    pub message: Text,
}

/// Why a configuration cannot be used. The fault is the configuration's; every one found is listed, in file order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigError {
    pub file: PathBuf,
    pub faults: Vec<Fault>,
}

impl ConfigError {
    /// One line a fault, `file:line:column: message`, as editors and terminals link it.
    pub fn show(&self, lang: Lang) -> String {
        let file = self.file.display();
        let lines = self.faults.iter().map(|f| format!("{file}:{}:{}: {}", f.line, f.column, f.message.get(lang)));
        lines.collect::<Vec<_>>().join("\n")
    }

    pub(super) fn unreadable(file: &Path, error: &std::io::Error) -> Self {
        let fr = format!("le fichier de configuration ne peut pas être lu : {error}");
        Self::whole(file, Text::new(fr, format!("the configuration file cannot be read: {error}")))
    }

    pub(super) fn too_large(file: &Path, limit: usize) -> Self {
        let fr = format!("le fichier de configuration dépasse {limit} octets");
        Self::whole(file, Text::new(fr, format!("the configuration file is over {limit} bytes")))
    }

    pub(super) fn not_utf8(file: &Path, bytes: &[u8], at: usize) -> Self {
        let before = String::from_utf8_lossy(&bytes[..at]);
        let (line, column) = place(&before, before.len());
        let message = Text::new("le fichier n'est pas en UTF-8 ici", "the file is not UTF-8 here");
        Self { file: file.to_owned(), faults: vec![Fault { line, column, message }] }
    }

    fn whole(file: &Path, message: Text) -> Self {
        Self { file: file.to_owned(), faults: vec![Fault { line: 1, column: 1, message }] }
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.show(Lang::En))
    }
}

impl std::error::Error for ConfigError {}

/// Faults found so far, each at a byte range of the text.
pub(super) struct Faults<'t> {
    text: &'t str,
    found: std::cell::RefCell<Vec<Fault>>,
}

impl<'t> Faults<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, found: Default::default() }
    }

    pub fn add(&self, at: &Range<usize>, fr: impl Into<String>, en: impl Into<String>) {
        let (line, column) = place(self.text, at.start);
        self.add_at(line, column, Text::new(fr, en));
    }

    /// As [`Faults::add`], of whoever counted lines and columns already.
    pub fn add_at(&self, line: usize, column: usize, message: Text) {
        self.found.borrow_mut().push(Fault { line, column, message });
    }

    /// The text that places count in.
    pub fn text(&self) -> &'t str {
        self.text
    }

    /// Line and column of a byte of it.
    pub fn place(&self, at: usize) -> (usize, usize) {
        place(self.text, at)
    }

    pub fn any(&self) -> bool {
        !self.found.borrow().is_empty()
    }

    /// What was found, in file order.
    pub fn into_error(self, file: &Path) -> ConfigError {
        let mut faults = self.found.into_inner();
        faults.sort_by_key(|fault| (fault.line, fault.column));
        ConfigError { file: file.to_owned(), faults }
    }
}

/// Line and column, in characters, of a byte offset.
pub(super) fn place(text: &str, at: usize) -> (usize, usize) {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    let before = &text[..at];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    (before.matches('\n').count() + 1, before[line_start..].chars().count() + 1)
}
