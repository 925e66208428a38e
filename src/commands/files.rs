//! The documents a command is given: files, folders (recursive, in the order of names) and standard input.

use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use crate::formats::Unreadable;
use crate::limits;

/// Where a document comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Stdin,
    File(PathBuf),
}

impl Source {
    /// `-` is standard input.
    pub fn of(path: &Path) -> Source {
        if path.as_os_str() == "-" { Source::Stdin } else { Source::File(path.to_owned()) }
    }

    /// As reports name it.
    pub fn name(&self) -> String {
        match self {
            Source::Stdin => "-".to_owned(),
            Source::File(path) => path.to_string_lossy().into_owned(),
        }
    }
}

/// All documents meant by the paths, in order. Folders give every file in them but hidden ones; links to folders are not
/// followed, so that no cycle is walked.
pub fn all(paths: &[PathBuf]) -> Vec<Source> {
    let mut found = Vec::new();
    for path in paths {
        match path.is_dir() {
            true => walk(path, &mut found),
            false => found.push(Source::of(path)),
        }
    }
    found
}

/// Reads a document, never more than the limit.
pub fn read(source: &Source) -> Result<Vec<u8>, Unreadable> {
    let absent = |e: io::Error| Unreadable::Absent { why: e.to_string() };
    let limit = limits::DOCUMENT_BYTES as u64;
    let mut bytes = Vec::new();
    match source {
        Source::Stdin => {
            io::stdin().lock().take(limit + 1).read_to_end(&mut bytes).map_err(absent)?;
        }
        Source::File(path) => {
            let file = fs::File::open(path).map_err(absent)?;
            let length = file.metadata().map_err(absent)?.len();
            if length > limit {
                return Err(Unreadable::too_large(length));
            }
            file.take(limit + 1).read_to_end(&mut bytes).map_err(absent)?;
        }
    }
    if bytes.len() as u64 > limit { Err(Unreadable::too_large(bytes.len() as u64)) } else { Ok(bytes) }
}

fn walk(folder: &Path, found: &mut Vec<Source>) {
    let Ok(entries) = fs::read_dir(folder) else {
        // Unreadable folders are named like unreadable files: nothing is passed over in silence.
        found.push(Source::File(folder.to_owned()));
        return;
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    paths.sort();
    for path in paths {
        let hidden = path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.'));
        if hidden {
            continue;
        }
        match fs::symlink_metadata(&path) {
            Ok(meta) if meta.is_dir() => walk(&path, found),
            Ok(meta) if meta.is_symlink() && path.is_dir() => {}
            _ => found.push(Source::File(path)),
        }
    }
}
