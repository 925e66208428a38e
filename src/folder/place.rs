//! Putting a file where it ends: its reports first, on disk, then the file itself. Whoever sees the file finds the reports.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde::Deserialize;

use super::PAUSE;
use super::desk::{Desk, Item, Key, Stage, Stamp};
use super::end::{End, Place};
use super::names;
use super::reply::ReplyEnd;
use super::several::{Part, SeveralEnd};
use crate::telemetry::metrics;

/// Names tried for one file before it has to wait.
const NAMES: usize = 10_000;
/// Most of a report that is looked at to know whose it is.
const REPORT_BYTES: u64 = 64 * 1024 * 1024;

/// A file that has its reports and is about to follow them.
struct Ready {
    key: Key,
    from: PathBuf,
    to: PathBuf,
    place: Place,
    id: Option<String>,
}

/// What became of a file.
pub(super) enum Ending {
    One(End),
    Several(SeveralEnd),
    /// An answer in EDIFACT.
    Reply(ReplyEnd),
}

impl Ending {
    fn key(&self) -> Key {
        match self {
            Ending::One(end) => end.key,
            Ending::Several(end) => end.key,
            Ending::Reply(end) => end.key,
        }
    }

    fn place(&self) -> Place {
        match self {
            Ending::One(end) => end.place,
            Ending::Several(end) => end.place,
            Ending::Reply(_) => Place::Done,
        }
    }

    /// SHA-256 of the file, where it was read.
    fn sha256(&self) -> &str {
        match self {
            Ending::One(end) => end.sha256(),
            Ending::Several(end) => &end.whole.sha256,
            Ending::Reply(end) => &end.reply.sha256,
        }
    }

    /// The invoice, or the first of several.
    fn id(&self) -> Option<&str> {
        match self {
            Ending::One(end) => end.id(),
            Ending::Several(end) => end.whole.parts.first().map(|part| part.id.as_str()),
            Ending::Reply(_) => None,
        }
    }
}

impl Desk {
    /// Moves files to their ends. One that cannot be moved stays in hand for later, and the others go.
    pub fn end(&mut self, ends: Vec<Ending>) {
        let mut ready: Vec<Ready> = Vec::new();
        let mut taken = HashSet::new();
        for end in ends {
            let key = end.key();
            let Some(item) = self.hand.get(&key) else { continue };
            match self.changed(item) {
                Ok(None) => {}
                Ok(Some(stamp)) => {
                    tracing::warn!(
                        folder = self.config.name,
                        invoice = end.id(),
                        "the file was written to after it was taken: what it holds now is taken as another document"
                    );
                    self.again(key, stamp);
                    continue;
                }
                Err(e) if e.kind() == io::ErrorKind::NotFound => {
                    tracing::warn!(folder = self.config.name, invoice = end.id(), "a file was taken away from .work");
                    self.forget(key);
                    continue;
                }
                Err(e) => {
                    self.later(key, &e);
                    continue;
                }
            }
            match self.report(item, &end, &mut taken) {
                Ok(to) => {
                    let (place, from) = (end.place(), self.path_of(item));
                    ready.push(Ready { key, from, to, place, id: end.id().map(str::to_owned) });
                }
                Err(e) => self.later(key, &e),
            }
        }
        let places = [Place::Done, Place::Refused].map(|place| (place, self.folder_of(place).to_owned()));
        for (place, folder) in places {
            let (here, rest): (Vec<Ready>, Vec<Ready>) = ready.into_iter().partition(|one| one.place == place);
            ready = rest;
            if here.is_empty() {
                continue;
            }
            // The reports' names are on disk before any file follows.
            if let Err(e) = sync(&folder) {
                here.iter().for_each(|one| self.later(one.key, &e));
                continue;
            }
            here.iter().for_each(|one| self.follow(one));
            let _ = sync(&folder);
        }
    }

    /// The file follows its reports.
    fn follow(&mut self, one: &Ready) {
        match fs::rename(&one.from, &one.to) {
            Ok(()) => {
                let result = if one.place == Place::Done { "done" } else { "refused" };
                metrics().folder_file(&self.config.name, result);
                tracing::info!(folder = self.config.name, invoice = one.id, result, "file ended");
                self.forget(one.key);
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound && !one.from.exists() => self.forget(one.key),
            Err(e) => self.later(one.key, &e),
        }
    }

    /// The stamp of a document that is not any more what was read.
    fn changed(&self, item: &Item) -> io::Result<Option<Stamp>> {
        let now = Stamp::of(&fs::symlink_metadata(self.path_of(item))?);
        Ok(match &item.stage {
            Stage::Accepted { stamp, .. } if *stamp != now => Some(now),
            _ => None,
        })
    }

    fn again(&mut self, key: Key, stamp: Stamp) {
        let (slot, now) = match self.hand.get(&key) {
            Some(item) => (item.slot, Instant::now()),
            None => return,
        };
        // Another document: another moment.
        let fresh = self.fresh_slot(slot + 1);
        let (old, new) = (self.slot(slot), self.slot(fresh));
        let moved = fs::rename(&old, &new);
        let Some(item) = self.hand.get_mut(&key) else { return };
        if moved.is_ok() {
            item.slot = fresh;
        }
        item.stage = Stage::Picked { stamp: Some(stamp), since: Some(now) };
        (item.not_before, item.waits) = (now, 0);
    }

    /// Writes the reports; gives the place of the document, where nothing is and nothing else of this round will be.
    fn report(&self, item: &Item, end: &Ending, taken: &mut HashSet<PathBuf>) -> io::Result<PathBuf> {
        let folder = self.folder_of(end.place());
        let to = free(folder, &item.name, end, taken)?;
        let name = to.file_name().unwrap_or(&item.name);
        let shown = item.name.to_string_lossy();
        let part = folder.join(format!(".facteur-{}.part", item.slot));
        match end {
            Ending::One(end) => {
                end.letters().write(name, &|name, bytes| write(&part, &folder.join(name), bytes))?;
                let (json, text) = names::reports(name);
                write(&part, &folder.join(text), end.text(&shown, self.config.lang).as_bytes())?;
                write(&part, &folder.join(json), end.json().as_bytes())?;
            }
            Ending::Reply(end) => {
                let (json, text) = names::reports(name);
                write(&part, &folder.join(text), end.text(self.config.lang).as_bytes())?;
                write(&part, &folder.join(json), end.json().as_bytes())?;
            }
            Ending::Several(end) => {
                let into = |name: &OsStr, bytes: &[u8]| write(&part, &folder.join(name), bytes);
                end.write(name, &shown, self.config.lang, &into)?;
            }
        }
        taken.insert(to.clone());
        Ok(to)
    }

    fn folder_of(&self, place: Place) -> &Path {
        match place {
            Place::Done => &self.config.done,
            Place::Refused => &self.config.refused,
        }
    }

    /// A full disk, a share that hiccups: the file stays in `.work`, and waits a little longer each time.
    fn later(&mut self, key: Key, error: &io::Error) {
        let Some(item) = self.hand.get(&key) else { return };
        if item.waits == 0 || item.waits.is_multiple_of(32) {
            tracing::error!(folder = self.config.name, %error, "a file cannot be moved to its end; it is tried again");
        }
        self.ask_later(key, Instant::now(), PAUSE, Duration::from_secs(60));
    }
}

/// The first of a file's names under which nothing stands in the folder: no document, and no report but one of these very
/// bytes, which a process that was killed left without its document.
fn free(folder: &Path, name: &OsStr, end: &Ending, taken: &HashSet<PathBuf>) -> io::Result<PathBuf> {
    for nth in 1..NAMES {
        let candidate: OsString = names::nth(name, nth);
        let path = folder.join(&candidate);
        if taken.contains(&path) || is_there(&path)? {
            continue;
        }
        let parts: &[Part] = match end {
            Ending::One(_) | Ending::Reply(_) => &[],
            Ending::Several(end) => &end.whole.parts,
        };
        let mut parts = (1..).zip(parts).map(|(nth, part)| (names::part(&candidate, nth), part.sha256.as_str()));
        let letters = match end {
            Ending::One(end) => Some(end.letters()),
            Ending::Several(end) => Some(&end.letters),
            Ending::Reply(_) => None,
        };
        if let Some(letters) = letters
            && !letters.fit(folder, &candidate)?
        {
            continue;
        }
        if ours(folder, &candidate, end.sha256())?
            && parts.try_fold(true, |so, (name, sha256)| Ok::<_, io::Error>(so && ours(folder, &name, sha256)?))?
        {
            return Ok(path);
        }
    }
    Err(io::Error::new(io::ErrorKind::AlreadyExists, "too many files of this name are there already"))
}

/// May the reports of a document be written under this name?
fn ours(folder: &Path, document: &OsStr, sha256: &str) -> io::Result<bool> {
    let (json, text) = names::reports(document);
    let (json, text) = (folder.join(json), folder.join(text));
    let ours = if is_there(&json)? { says(&json, sha256) } else { true };
    // The text is written first: alone, it says that somebody was interrupted, or that it is not ours.
    Ok(ours && (is_there(&json)? || !is_there(&text)? || half_done(&text)))
}

fn is_there(path: &Path) -> io::Result<bool> {
    match fs::symlink_metadata(path) {
        Ok(_) => Ok(true),
        Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(e) => Err(e),
    }
}

/// Is it a report of a document with this SHA-256?
fn says(path: &Path, sha256: &str) -> bool {
    #[derive(Deserialize)]
    struct Whose {
        sha256: String,
    }
    let mut text = String::new();
    let regular = fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file());
    let mut read = || File::open(path)?.take(REPORT_BYTES).read_to_string(&mut text);
    regular && read().is_ok() && serde_json::from_str::<Whose>(&text).is_ok_and(|whose| whose.sha256 == sha256)
}

/// How our text reports begin.
const BEGINS: [&[u8]; 4] = [b"Facture ", b"Invoice ", "Réponse ".as_bytes(), b"Answer "];

/// Does the text report look like one of ours?
fn half_done(path: &Path) -> bool {
    let mut begin = [0u8; 16];
    let regular = fs::symlink_metadata(path).is_ok_and(|meta| meta.is_file());
    let mut read = || File::open(path)?.read(&mut begin);
    regular && read().is_ok() && BEGINS.iter().any(|known| begin.starts_with(known))
}

/// Under a name for the meantime, to the disk, then to its own name.
fn write(part: &Path, to: &Path, bytes: &[u8]) -> io::Result<()> {
    let written = || -> io::Result<()> {
        let mut file = File::create(part)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(part, to)
    };
    written().inspect_err(|_| {
        // Whatever could be written is worth nothing.
        let _ = fs::remove_file(part);
    })
}

/// A folder's own entries to the disk, on systems that know how.
fn sync(folder: &Path) -> io::Result<()> {
    if cfg!(not(unix)) {
        return Ok(());
    }
    match File::open(folder)?.sync_all() {
        // Some shares cannot.
        Err(e) if matches!(e.kind(), io::ErrorKind::InvalidInput | io::ErrorKind::Unsupported) => Ok(()),
        done => done,
    }
}
