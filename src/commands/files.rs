//! The documents a command is given: files, folders (recursive, in the order of names) and standard input.

use std::collections::HashSet;
use std::fs;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use bytes::Bytes;

use super::show;
use super::validate::output::{below, is_folder};
use crate::formats::Unreadable;
use crate::limits;
use crate::text::{Lang, Text};

/// Where a document comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    Stdin,
    File(PathBuf),
    /// Found in a folder, and no file: a pipe, a socket, a device, a link to nothing. Never opened, and never passed over.
    NoFile(PathBuf),
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
            Source::File(path) | Source::NoFile(path) => shown(path),
        }
    }
}

/// A path in text. Names are bytes, and no two of them may look the same: a byte that is not UTF-8 is shown as `\xFF`, and the
/// backslash of a name that spells such an escape itself as `\x5C`.
pub fn shown(path: &Path) -> String {
    let name = path.as_os_str();
    if cfg!(windows) {
        return name.to_string_lossy().into_owned();
    }
    let mut out = String::with_capacity(name.len());
    for chunk in name.as_encoded_bytes().utf8_chunks() {
        let mut rest = chunk.valid();
        while let Some((before, after)) = rest.split_once('\\') {
            let digits = after.as_bytes().get(1..3).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit));
            let escape = after.starts_with('x') && digits;
            out.extend([before, if escape { "\\x5C" } else { "\\" }]);
            rest = after;
        }
        out.push_str(rest);
        out.extend(chunk.invalid().iter().map(|byte| format!("\\x{byte:02X}")));
    }
    out
}

/// What the paths of a command mean.
#[derive(Debug, Default)]
pub struct Found {
    /// In the order given; a folder's files in the order of names.
    pub sources: Vec<Source>,
    /// Hidden files and folders, which are left out.
    pub hidden: usize,
    /// Links met in a folder and not followed ([`all_within`]).
    pub links: Vec<PathBuf>,
}

/// All documents meant by the paths. Links are followed; a folder that was walked is not walked again.
pub fn all(paths: &[PathBuf]) -> Found {
    gather(paths, true)
}

/// All documents meant by the paths, where files are written in place: links met in a folder may lead out of it, and are not followed.
pub fn all_within(paths: &[PathBuf]) -> Found {
    gather(paths, false)
}

/// Says how many hidden entries were left out; nothing where there were none.
pub fn tell_hidden(hidden: usize, lang: Lang) {
    if hidden == 0 {
        return;
    }
    show::tell(&match lang {
        Lang::Fr if hidden == 1 => "1 entrée cachée (nom en « . ») laissée de côté".to_owned(),
        Lang::Fr => format!("{hidden} entrées cachées (nom en « . ») laissées de côté"),
        Lang::En => {
            let entries = if hidden == 1 { "entry" } else { "entries" };
            format!("{hidden} hidden {entries} (names with a leading dot) left out")
        }
    });
}

/// Folders alone were given, and nothing lies in them.
pub fn nothing_there(lang: Lang) -> &'static str {
    lang.pick("aucun fichier : les dossiers donnés sont vides", "no file: the folders given are empty")
}

/// Where what is made of each document goes, as `--output` says; none is standard output. Below a folder each keeps its place below the
/// folder that was given (`paths`), under the name that `named` gives it.
///
/// # Errors
/// Several documents and no folder, or two of them that would be one file.
pub fn outputs(
    output: Option<&Path>,
    sources: &[Source],
    paths: &[PathBuf],
    named: impl Fn(PathBuf) -> PathBuf,
) -> Result<Vec<Option<PathBuf>>, Text> {
    let output = output.filter(|path| path.as_os_str() != "-");
    let Some(folder) = output.filter(|path| is_folder(path)) else {
        let many = sources.len();
        return match many {
            0 | 1 => Ok(vec![output.map(Path::to_owned)]),
            _ => Err(Text::new(
                format!("il y a {many} documents : donnez un dossier avec --output DOSSIER/"),
                format!("there are {many} documents: name a folder with --output FOLDER/"),
            )),
        };
    };
    let mut taken = HashSet::new();
    let mut all = Vec::with_capacity(sources.len());
    for source in sources {
        let path = named(folder.join(below(source, paths)));
        if !taken.insert(path.clone()) {
            let path = shown(&path);
            return Err(Text::new(
                format!("deux documents auraient le même fichier {path} : donnez-les séparément"),
                format!("two documents would have the same file {path}: give them apart"),
            ));
        }
        all.push(Some(path));
    }
    Ok(all)
}

fn gather(paths: &[PathBuf], follow: bool) -> Found {
    let mut found = Found::default();
    let mut walked = HashSet::new();
    for path in paths {
        match path.is_dir() {
            true => walk(path, follow, &mut found, &mut walked),
            false => found.sources.push(Source::of(path)),
        }
    }
    found
}

/// Reads a document, never more than the limit.
pub fn read(source: &Source) -> Result<Bytes, Unreadable> {
    let absent = |e: io::Error| Unreadable::Absent { why: e.to_string() };
    let limit = limits::DOCUMENT_BYTES as u64;
    let mut bytes = Vec::new();
    match source {
        Source::Stdin => {
            io::stdin().lock().take(limit + 1).read_to_end(&mut bytes).map_err(absent)?;
        }
        Source::File(path) if is_named_pipe(path) => {
            return Err(Unreadable::Absent { why: "a named pipe, not a file".to_owned() });
        }
        Source::File(path) => {
            let file = fs::File::open(path).map_err(absent)?;
            let length = file.metadata().map_err(absent)?.len();
            if length > limit {
                return Err(Unreadable::too_large(length));
            }
            bytes.reserve_exact(usize::try_from(length).unwrap_or(0) + 1);
            file.take(limit + 1).read_to_end(&mut bytes).map_err(absent)?;
        }
        Source::NoFile(_) => return Err(Unreadable::Absent { why: "not a file".to_owned() }),
    }
    if bytes.len() as u64 > limit { Err(Unreadable::too_large(bytes.len() as u64)) } else { Ok(bytes.into()) }
}

/// A pipe that lies in a folder: opening it would wait for somebody to write to it, perhaps for ever. Those of `/dev/stdin` and
/// `/dev/fd/63` have their writer.
#[cfg(unix)]
fn is_named_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt as _;

    let is_own = path == Path::new("/dev/stdin") || path.starts_with("/dev/fd") || path.starts_with("/proc");
    !is_own && fs::metadata(path).is_ok_and(|there| there.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_named_pipe(_: &Path) -> bool {
    false
}

fn walk(folder: &Path, follow: bool, found: &mut Found, walked: &mut HashSet<PathBuf>) {
    if fs::canonicalize(folder).is_ok_and(|real| !walked.insert(real)) {
        return;
    }
    let Ok(entries) = fs::read_dir(folder) else {
        // Unreadable folders are named like unreadable files: nothing is passed over in silence.
        found.sources.push(Source::NoFile(folder.to_owned()));
        return;
    };
    let mut paths: Vec<PathBuf> = entries.filter_map(|e| e.ok().map(|e| e.path())).collect();
    paths.sort();
    for path in paths {
        if path.file_name().is_some_and(|n| n.to_string_lossy().starts_with('.')) {
            found.hidden += 1;
            continue;
        }
        if !follow && path.is_symlink() {
            found.links.push(path);
            continue;
        }
        match fs::metadata(&path) {
            Ok(meta) if meta.is_dir() => walk(&path, follow, found, walked),
            Ok(meta) if meta.is_file() => found.sources.push(Source::File(path)),
            _ => found.sources.push(Source::NoFile(path)),
        }
    }
}

#[cfg(all(test, unix))]
mod tests {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;

    use super::*;

    #[test]
    fn no_two_names_look_the_same() {
        for (name, expected) in [
            (&b"a\xff.xml"[..], "a\\xFF.xml"),
            (b"a\xfe.xml", "a\\xFE.xml"),
            (b"a\\xFF.xml", "a\\x5CxFF.xml"),
            (b"a\\b\\x1.xml", "a\\b\\x1.xml"),
            ("é日.xml".as_bytes(), "é日.xml"),
            (b"\xc3", "\\xC3"),
        ] {
            assert_eq!(Source::File(Path::new(OsStr::from_bytes(name)).to_owned()).name(), expected);
        }
    }
}
