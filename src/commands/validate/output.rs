//! Where the report goes: standard output, a file, or a folder with a file for each document.
//!
//! A file is written under another name and takes its own at the end: who looks there finds the whole report, or what was there
//! before. Ctrl-C takes the unfinished one away.

use std::collections::{HashMap, HashSet};
use std::fs::{self, File};
use std::io::{self, BufWriter, ErrorKind, Write as _};
use std::path::{Component, Path, PathBuf};
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};

use sha2::{Digest as _, Sha256};

use super::super::files::{Source, shown};
use super::super::out;
use crate::report::Format;
use crate::text::{Text, visible};
use crate::validate::hex;

/// Where the report goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    Stdout,
    File(PathBuf),
    /// A file for each document, in the order of the documents.
    Files(Vec<PathBuf>),
}

impl Target {
    /// What `--output` means for these documents.
    ///
    /// # Errors
    /// The form asks for a file for each of them, or something would be overwritten or judged at the next run.
    pub fn of(output: Option<&Path>, format: Format, args: &[PathBuf], sources: &[Source]) -> Result<Target, Text> {
        let one_each = !format.holds_many() && sources.len() > 1;
        match output {
            Some(path) if is_folder(path) => files(path, format, args, sources).map(Target::Files),
            _ if one_each => {
                let (name, many) = (format.as_str(), sources.len());
                Err(Text::new(
                    format!(
                        "le format {name} est un document par facture, et il y en a {many} : donnez un dossier avec --output DOSSIER/"
                    ),
                    format!(
                        "the format {name} is one document an invoice, and there are {many}: name a folder with --output FOLDER/"
                    ),
                ))
            }
            None => Ok(Target::Stdout),
            Some(path) if path.as_os_str() == "-" => Ok(Target::Stdout),
            Some(path) => {
                let real = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
                if path.exists() && reals(sources).contains(&real) {
                    return Err(overwrites(path));
                }
                // A device or a pipe is nothing to judge.
                let written = !path.exists() || path.is_file();
                if written && lies_in(&self::real(path), args.iter()) {
                    return Err(judged_next(path));
                }
                Ok(Target::File(real))
            }
        }
    }
}

/// A folder that is there, or whose name ends as one.
pub fn is_folder(path: &Path) -> bool {
    path.is_dir() || path.as_os_str().to_string_lossy().ends_with(std::path::MAIN_SEPARATOR)
}

/// Where the documents really are.
fn reals(sources: &[Source]) -> HashSet<PathBuf> {
    let path = |source: &Source| match source {
        Source::Stdin => None,
        Source::File(path) | Source::NoFile(path) => fs::canonicalize(path).ok(),
    };
    sources.iter().filter_map(path).collect()
}

/// Is it below one of the folders that are judged?
fn lies_in<'a>(real: &Path, mut args: impl Iterator<Item = &'a PathBuf>) -> bool {
    args.any(|arg| arg.is_dir() && fs::canonicalize(arg).is_ok_and(|arg| real.starts_with(arg)))
}

fn judged_next(path: &Path) -> Text {
    let path = visible(&shown(path)).into_owned();
    Text::new(
        format!(
            "--output {path} est dans un dossier à juger : ce qui y serait écrit serait jugé la fois suivante ; donnez-en un ailleurs"
        ),
        format!(
            "--output {path} lies in a folder that is judged: what is written there would be judged the next time; name one elsewhere"
        ),
    )
}

fn overwrites(path: &Path) -> Text {
    let path = visible(&shown(path)).into_owned();
    Text::new(
        format!("--output {path} est l'un des documents à juger, qui serait perdu : donnez un autre nom"),
        format!("--output {path} is one of the documents to judge, which would be lost: give another name"),
    )
}

/// A name for each document below the folder: as below the folder that was given, with the form's ending added.
fn files(folder: &Path, format: Format, args: &[PathBuf], sources: &[Source]) -> Result<Vec<PathBuf>, Text> {
    let real = real(folder);
    // The folder of a document is one of documents, whether or not it was given whole.
    let holds = |source: &Source| match source {
        Source::File(path) => fs::canonicalize(path).is_ok_and(|path| path.parent() == Some(real.as_path())),
        Source::Stdin | Source::NoFile(_) => false,
    };
    if lies_in(&real, args.iter()) || sources.iter().any(holds) {
        return Err(judged_next(folder));
    }
    let mut taken: HashMap<PathBuf, usize> = HashMap::new();
    let mut judged: Option<HashSet<PathBuf>> = None;
    let mut all = Vec::with_capacity(sources.len());
    for (at, source) in sources.iter().enumerate() {
        let path = folder.join(named(&below(source, args), format));
        if let Some(other) = taken.insert(path.clone(), at) {
            let (one, two) = (sources[other].name(), source.name());
            return Err(Text::new(
                format!("{one} et {two} auraient le même fichier {} : jugez-les séparément", shown(&path)),
                format!("{one} and {two} would have the same file {}: judge them apart", shown(&path)),
            ));
        }
        if path.exists() && judged.get_or_insert_with(|| reals(sources)).contains(&self::real(&path)) {
            return Err(overwrites(&path));
        }
        all.push(path);
    }
    Ok(all)
}

/// The real path of what need not be there yet.
fn real(path: &Path) -> PathBuf {
    let mut missing: Vec<&std::ffi::OsStr> = Vec::new();
    let mut here = path;
    loop {
        let there = if here.as_os_str().is_empty() { Path::new(".") } else { here };
        if let Ok(real) = fs::canonicalize(there) {
            return missing.iter().rev().fold(real, |path, name| path.join(name));
        }
        match (here.file_name(), here.parent()) {
            (Some(name), Some(parent)) => {
                missing.push(name);
                here = parent;
            }
            _ => return path.to_owned(),
        }
    }
}

/// The path of a document below the folder that was given, or its name; never one that leads out of where it is put.
pub fn below(source: &Source, args: &[PathBuf]) -> PathBuf {
    let path = match source {
        Source::Stdin => return PathBuf::from("stdin"),
        Source::File(path) | Source::NoFile(path) => path,
    };
    let roots = args.iter().filter(|arg| arg.is_dir());
    let inside = roots.filter_map(|root| path.strip_prefix(root).ok()).find(|rest| !rest.as_os_str().is_empty());
    let rest = inside.or_else(|| path.file_name().map(Path::new)).unwrap_or(Path::new("document"));
    rest.components().filter(|part| matches!(part, Component::Normal(_))).collect()
}

/// The name of its report. What file systems would refuse as too long is cut, and keeps a piece of its hash, so that two long
/// names that start alike stay two.
fn named(path: &Path, format: Format) -> PathBuf {
    /// Longest name of a file, in bytes, on the file systems in use.
    const LONGEST: usize = 255;
    let ending = format!(".{}", format.ending());
    let name = path.file_name().unwrap_or_default();
    if name.len() + ending.len() <= LONGEST {
        let mut name = path.as_os_str().to_owned();
        name.push(ending);
        return PathBuf::from(name);
    }
    let hash = hex(&Sha256::digest(name.as_encoded_bytes()));
    let tail = format!("~{}{ending}", hash.get(..12).unwrap_or(&hash));
    let shown = name.to_string_lossy();
    let most = LONGEST.saturating_sub(tail.len());
    let kept = (0..=most.min(shown.len())).rev().find_map(|at| shown.get(..at)).unwrap_or_default();
    path.with_file_name(format!("{kept}{tail}"))
}

/// What is written to as documents come.
pub enum Sink {
    Stdout,
    File(Unfinished),
    Files { paths: Vec<PathBuf>, watch: Watch, failed: bool },
}

impl Sink {
    pub fn open(target: Target) -> Result<Sink, ExitCode> {
        match target {
            Target::Stdout => Ok(Sink::Stdout),
            Target::File(path) => {
                let watch = Watch::begin();
                Unfinished::create(&path, &watch).map(Sink::File).map_err(|e| failed(&path, &e))
            }
            Target::Files(paths) => Ok(Sink::Files { paths, watch: Watch::begin(), failed: false }),
        }
    }

    /// Has every document a file of its own, with head and tail?
    pub fn is_one_each(&self) -> bool {
        matches!(self, Sink::Files { .. })
    }

    /// Writes what belongs to the document of this number. A file of its own that cannot be written is told and does not stop the
    /// others, unless none of them could be; [`Self::finish`] remembers.
    pub fn write(&mut self, number: usize, text: &str) -> Result<(), ExitCode> {
        self.write_part(number, 0, text)
    }

    /// The same for one of several invoices that came in one document: the first has the document's name, the others theirs beside it
    /// (`a.edi.html`, `a.edi.2.html`).
    pub fn write_part(&mut self, number: usize, part: usize, text: &str) -> Result<(), ExitCode> {
        match self {
            Sink::Stdout => out::piece(text),
            Sink::File(file) => file.write(text).map_err(|e| failed(&file.path, &e)),
            Sink::Files { paths, watch, failed: any } => {
                let Some(first) = paths.get(number) else { return Ok(()) };
                let path = &beside(first, part, paths);
                let whole = || -> io::Result<()> {
                    if let Some(folder) = path.parent() {
                        fs::create_dir_all(folder)?;
                    }
                    let mut file = Unfinished::create(path, watch)?;
                    file.write(text)?;
                    file.finish()
                };
                let Err(error) = whole() else { return Ok(()) };
                watch.hold(None);
                let code = failed(path, &error);
                *any = true;
                match error.kind() {
                    ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::ReadOnlyFilesystem => Err(code),
                    _ => Ok(()),
                }
            }
        }
    }

    /// Everything was written.
    pub fn finish(self) -> Result<(), ExitCode> {
        match self {
            Sink::File(file) => {
                let path = file.path.clone();
                file.finish().map_err(|e| failed(&path, &e))
            }
            Sink::Files { failed: true, .. } => Err(ExitCode::from(2)),
            Sink::Stdout | Sink::Files { .. } => Ok(()),
        }
    }
}

/// The file of a further invoice of a document: with its position before the ending of the form, and never another document's file.
fn beside(first: &Path, part: usize, taken: &[PathBuf]) -> PathBuf {
    if part == 0 {
        return first.to_owned();
    }
    let name = first.file_name().unwrap_or_default().to_string_lossy();
    let endings = Format::ALL.map(|format| format!(".{}", format.ending()));
    let ending = endings.iter().filter(|ending| name.ends_with(ending.as_str())).max_by_key(|ending| ending.len());
    let (stem, ending) = name.split_at(name.len() - ending.map_or(0, String::len));
    let mut position = format!("{}", part + 1);
    loop {
        let path = first.with_file_name(format!("{stem}.{position}{ending}"));
        if !taken.contains(&path) {
            return path;
        }
        position.push('_');
    }
}

fn failed(path: &Path, error: &io::Error) -> ExitCode {
    let _ = writeln!(io::stderr(), "facteur: {} cannot be written: {error}", visible(&shown(path)));
    ExitCode::from(2)
}

/// Writes a document whole or not at all, and on disk before its name is; folders are made where they are not there.
pub fn put_document(path: &Path, bytes: &[u8], watch: &Watch) -> io::Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder)?;
    }
    let mut file = Unfinished::create(path, watch)?;
    file.write_whole(bytes)?;
    file.finish()
}

/// A file that takes its name once it is whole.
pub struct Unfinished {
    path: PathBuf,
    /// None where it is written in place: a device or a pipe has nothing to keep whole.
    part: Option<PathBuf>,
    file: BufWriter<File>,
    watch: Watch,
}

impl Unfinished {
    pub fn create(path: &Path, watch: &Watch) -> io::Result<Unfinished> {
        let there = fs::metadata(path).ok();
        if there.as_ref().is_some_and(|there| !there.is_file()) {
            let file = BufWriter::new(File::options().write(true).open(path)?);
            return Ok(Unfinished { path: path.to_owned(), part: None, file, watch: watch.clone() });
        }
        // A link stays a link: what it leads to is replaced.
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        // A hidden name, so that nobody judges it; short, as the name itself may be as long as names can be.
        let kept: String = name.chars().take(40).collect();
        let part = path.with_file_name(format!(".{kept}.{}.part", std::process::id()));
        watch.hold(Some(part.clone()));
        let file = File::options().write(true).create_new(true).open(&part)?;
        if let Some(there) = there {
            file.set_permissions(there.permissions())?;
        }
        Ok(Unfinished { path, part: Some(part), file: BufWriter::new(file), watch: watch.clone() })
    }

    /// The owner and the group of the file that is replaced.
    ///
    /// # Errors
    /// They cannot be given: the file is another's.
    #[cfg(unix)]
    pub fn keep_owner(&self) -> io::Result<()> {
        use std::os::unix::fs::{MetadataExt as _, fchown};

        let (old, file) = (fs::metadata(&self.path)?, self.file.get_ref());
        let new = file.metadata()?;
        if (old.uid(), old.gid()) == (new.uid(), new.gid()) {
            return Ok(());
        }
        fchown(file, Some(old.uid()), Some(old.gid()))?;
        // A change of owner may take bits of the mode away.
        file.set_permissions(old.permissions())
    }

    #[cfg(not(unix))]
    pub fn keep_owner(&self) -> io::Result<()> {
        Ok(())
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())
    }

    /// The whole of a document, on disk before its name is.
    pub fn write_whole(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.file.write_all(bytes)?;
        self.file.flush()?;
        if self.part.is_some() { self.file.get_ref().sync_all() } else { Ok(()) }
    }

    pub fn finish(mut self) -> io::Result<()> {
        self.file.flush()?;
        if let Some(part) = &self.part {
            fs::rename(part, &self.path)?;
            self.part = None;
        }
        self.watch.hold(None);
        Ok(())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        if let Some(part) = &self.part {
            let _ = fs::remove_file(part);
        }
    }
}

/// Takes the unfinished file away when somebody ends the program.
#[derive(Clone)]
pub struct Watch(Arc<Mutex<Option<PathBuf>>>);

impl Watch {
    pub fn begin() -> Watch {
        let watch = Watch(Arc::new(Mutex::new(None)));
        let held = watch.clone();
        // Without it (no thread to be had), the unfinished file stays under its hidden name.
        let _ = std::thread::Builder::new().name("signals".to_owned()).spawn(move || held.wait());
        watch
    }

    fn hold(&self, part: Option<PathBuf>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = part;
    }

    fn wait(self) {
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_io().build() else { return };
        let signal = runtime.block_on(ended());
        // Held until the end of the program, so that nothing is created meanwhile.
        let held = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(part) = held.as_deref() {
            let _ = fs::remove_file(part);
        }
        std::process::exit(128 + signal)
    }
}

/// The number of the signal that ends the program.
#[cfg(unix)]
async fn ended() -> i32 {
    use tokio::signal::unix::{SignalKind, signal};
    let [interrupt, terminate, hangup] =
        [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()].map(signal);
    match (interrupt, terminate, hangup) {
        (Ok(mut interrupt), Ok(mut terminate), Ok(mut hangup)) => tokio::select! {
            _ = interrupt.recv() => SignalKind::interrupt().as_raw_value(),
            _ = terminate.recv() => SignalKind::terminate().as_raw_value(),
            _ = hangup.recv() => SignalKind::hangup().as_raw_value(),
        },
        _ => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn ended() -> i32 {
    match tokio::signal::ctrl_c().await {
        Ok(()) => 2,
        Err(_) => std::future::pending().await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_document_keeps_its_place_below_the_folder_and_never_leads_out() {
        let folder = tempfile::tempdir().unwrap();
        let args = [folder.path().to_owned()];
        for (path, expected) in [
            (folder.path().join("sub/a.xml"), "sub/a.xml.sarif"),
            (PathBuf::from("/else/where/b.xml"), "b.xml.sarif"),
            (PathBuf::from("../../c.xml"), "c.xml.sarif"),
        ] {
            assert_eq!(named(&below(&Source::File(path), &args), Format::Sarif), PathBuf::from(expected));
        }
        let long = |last: char| named(&PathBuf::from(format!("sub/{}{last}", "é".repeat(126))), Format::Sarif);
        assert_ne!(long('a'), long('b'));
        for name in [long('a'), long('b'), named(Path::new(&"x".repeat(255)), Format::Junit)] {
            let last = name.file_name().unwrap().to_str().unwrap();
            assert!(last.len() <= 255 && last.contains('~'), "{last}");
        }
        assert_eq!(named(&below(&Source::Stdin, &args), Format::Junit), PathBuf::from("stdin.junit.xml"));
    }

    #[test]
    fn an_unfinished_file_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.csv");
        fs::write(&path, "before").unwrap();
        let watch = Watch(Arc::default());
        let mut file = Unfinished::create(&path, &watch).unwrap();
        file.write("half").unwrap();
        drop(file);
        assert_eq!(fs::read_to_string(&path).unwrap(), "before");
        let mut file = Unfinished::create(&path, &watch).unwrap();
        file.write("whole").unwrap();
        file.finish().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
