//! The files in hand, and everything that touches the disk. All of it may block: it runs in threads that may.

use std::collections::{BTreeMap, HashMap};
use std::ffi::OsString;
use std::fmt;
use std::fs::{self, File, Metadata, TryLockError};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;
use sha2::{Digest as _, Sha256};

use super::look::Seen;
use super::reply::Reply;
use super::several::Whole;
use crate::clock::Millis;
use crate::config::FolderConfig;
use crate::formats::Split;
use crate::validate;

/// A watched folder that can be worked in.
pub(super) struct Desk {
    pub(super) config: Arc<FolderConfig>,
    /// Held as long as the folder is worked in: two programs would take each other's files.
    _lock: File,
    /// What the folder and its `.work` were when it was opened: a share that went away leaves another in its place.
    identity: [Identity; 2],
    /// Files seen and not taken, by name.
    pub(super) seen: HashMap<OsString, Seen>,
    /// Names that settled, the next to be taken last.
    pub(super) settled: Vec<OsString>,
    pub(super) looked: Option<Instant>,
    pub(super) hand: BTreeMap<Key, Item>,
    last_key: Key,
    /// The latest moment that names a pick-up.
    last_slot: Millis,
}

/// Names a file in hand.
pub(super) type Key = u64;

/// A file in hand: in `.work/<slot>/<name>`.
pub(super) struct Item {
    pub slot: Millis,
    pub name: OsString,
    /// Found in `.work` when the folder was opened.
    pub repeated: bool,
    pub stage: Stage,
    /// Not looked at before: something failed, or it is not judged yet.
    pub not_before: Instant,
    /// Times in a row that it had to wait.
    pub waits: u32,
}

pub(super) enum Stage {
    /// To be read, once it has been like this for long enough.
    Picked { stamp: Option<Stamp>, since: Option<Instant> },
    /// In the store.
    Accepted { what: Accepted, stamp: Stamp },
}

/// What of a file is in the store.
#[derive(Clone)]
pub(super) enum Accepted {
    One {
        id: String,
        /// The same bytes had come before.
        before: bool,
    },
    Several(Arc<Whole>),
    /// CONTRL or APERAK.
    Reply(Arc<Reply>),
}

/// A document read.
pub(super) struct Document {
    pub key: Key,
    /// Its name, as far as it is text.
    pub name: String,
    /// The moment of its pick-up.
    pub at: Millis,
    pub bytes: Bytes,
    pub repeated: bool,
    pub stamp: Stamp,
    /// Taken apart, where it has several invoices.
    pub split: Option<Box<Split>>,
    /// Is it CONTRL or APERAK?
    pub reply: bool,
}

impl Document {
    pub fn bytes_sha256(&self) -> String {
        validate::hex(&Sha256::digest(&self.bytes))
    }
}

/// What of a file tells that somebody wrote to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    pub modified: Option<SystemTime>,
    pub length: u64,
    inode: u64,
}

type Identity = (u64, u64);

/// A folder on another file system, without a `.work`, stands where the one that was worked in stood: the place of a share that
/// went away. One on the same file system was made anew by somebody, and is worked in.
const ANEW: &str = "it is another one than before, on another file system and without its .work: mount that back, or restart \
                    facteur to work in this one";

/// Why a folder cannot be worked in. Names no path: the configuration does.
#[derive(Debug)]
pub(super) struct Trouble {
    what: &'static str,
    error: Option<io::Error>,
}

impl Trouble {
    pub fn own(what: &'static str) -> Self {
        Self { what, error: None }
    }

    /// A restart would take it up.
    pub fn is_anew(&self) -> bool {
        self.what == ANEW
    }

    pub fn of(what: &'static str) -> impl Fn(io::Error) -> Self {
        move |error| Self { what, error: Some(error) }
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.error {
            Some(error) => write!(f, "{}: {error}", self.what),
            None => f.write_str(self.what),
        }
    }
}

impl Desk {
    /// Opens the folder, makes what is missing beside it, and takes up what an earlier process left in `.work`.
    ///
    /// `known` is the file system of a folder that was open before in this process: what stands there now must have its `.work`,
    /// or lie on the same one; else it may be the empty place where a share was mounted.
    pub fn open(config: Arc<FolderConfig>, known: Option<u64>) -> Result<Self, Trouble> {
        let meta = fs::metadata(&config.path).map_err(Trouble::of("it is not there"))?;
        if !meta.is_dir() {
            return Err(Trouble::own("it is no folder"));
        }
        if known.is_some_and(|device| device != identity(&meta).0) && !config.work.is_dir() {
            return Err(Trouble::own(ANEW));
        }
        make(&config.work, true).map_err(Trouble::of("its .work cannot be made"))?;
        // Whoever may write into the folder could lead facteur's own hands elsewhere.
        let work = fs::symlink_metadata(&config.work).map_err(Trouble::of("its .work cannot be looked at"))?;
        if !work.is_dir() {
            return Err(Trouble::own("its .work is a link: facteur makes that folder itself"));
        }
        for aside in [&config.done, &config.refused] {
            make(aside, false).map_err(Trouble::of("its done or refused cannot be made"))?;
            let there = fs::metadata(aside).map_err(Trouble::of("its done or refused cannot be looked at"))?;
            if identity(&there).0 != identity(&meta).0 {
                return Err(Trouble::own(
                    "its done or refused is on another file system, where nothing can be moved at once",
                ));
            }
        }
        let lock = lock(&config.work)?;
        let mut desk = Self {
            identity: [identity(&meta), identity(&work)],
            config,
            _lock: lock,
            seen: HashMap::new(),
            settled: Vec::new(),
            looked: None,
            hand: BTreeMap::new(),
            last_key: 0,
            last_slot: 0,
        };
        desk.take_up().map_err(Trouble::of("its .work cannot be listed"))?;
        Ok(desk)
    }

    /// The file system that the folder lies on.
    pub fn device(&self) -> u64 {
        self.identity[0].0
    }

    /// Is this still the folder that was opened?
    pub fn check(&self) -> Result<(), Trouble> {
        for (path, was) in [(&self.config.path, self.identity[0]), (&self.config.work, self.identity[1])] {
            let meta = if path == &self.config.work { fs::symlink_metadata(path) } else { fs::metadata(path) };
            let meta = meta.map_err(Trouble::of("it went away"))?;
            if identity(&meta) != was {
                return Err(Trouble::own("it was replaced by another one"));
            }
        }
        // Somebody tidied up.
        for aside in [&self.config.done, &self.config.refused] {
            make(aside, false).map_err(Trouble::of("its done or refused cannot be made"))?;
        }
        Ok(())
    }

    /// What an earlier process left: to be read again once it has been still for long enough.
    fn take_up(&mut self) -> io::Result<()> {
        let mut slots: Vec<Millis> = Vec::new();
        for entry in fs::read_dir(&self.config.work)? {
            slots.extend(entry?.file_name().to_str().and_then(|name| name.parse::<Millis>().ok()));
        }
        slots.sort_unstable();
        for slot in slots {
            let folder = self.slot(slot);
            let Ok(entries) = fs::read_dir(&folder) else { continue };
            let mut names: Vec<OsString> = entries.flatten().map(|entry| entry.file_name()).collect();
            names.sort();
            if names.is_empty() {
                // Made for a pick-up that did not come to pass, or left behind by one that ended.
                let _ = fs::remove_dir(&folder);
            }
            for name in names {
                self.add(slot, name, true, Stage::Picked { stamp: None, since: None });
            }
            self.last_slot = self.last_slot.max(slot);
        }
        Ok(())
    }

    pub fn add(&mut self, slot: Millis, name: OsString, repeated: bool, stage: Stage) {
        self.last_key += 1;
        let item = Item { slot, name, repeated, stage, not_before: Instant::now(), waits: 0 };
        self.hand.insert(self.last_key, item);
    }

    /// A moment that names no other pick-up.
    pub fn fresh_slot(&mut self, now: Millis) -> Millis {
        self.last_slot = now.max(self.last_slot + 1);
        self.last_slot
    }

    pub fn slot(&self, slot: Millis) -> PathBuf {
        self.config.work.join(slot.to_string())
    }

    pub fn path_of(&self, item: &Item) -> PathBuf {
        self.slot(item.slot).join(&item.name)
    }

    pub fn in_hand(&self) -> usize {
        self.hand.len()
    }

    /// Files picked up that are not in the store yet.
    pub fn picked(&self) -> usize {
        self.hand.values().filter(|item| matches!(item.stage, Stage::Picked { .. })).count()
    }

    /// A document is in the store.
    pub fn accepted(&mut self, key: Key, what: Accepted, stamp: Stamp) {
        if let Some(item) = self.hand.get_mut(&key) {
            item.stage = Stage::Accepted { what, stamp };
            (item.not_before, item.waits) = (Instant::now(), 0);
        }
    }

    /// Documents of which it may be known by now what became of them.
    pub fn to_ask(&self, now: Instant) -> Vec<(Key, Accepted)> {
        let due = self.hand.iter().filter(|(_, item)| item.not_before <= now);
        due.filter_map(|(key, item)| match &item.stage {
            Stage::Accepted { what, .. } => Some((*key, what.clone())),
            Stage::Picked { .. } => None,
        })
        .collect()
    }

    /// When something in hand is to be looked at next.
    pub fn next_ask(&self) -> Option<Instant> {
        self.hand.values().map(|item| item.not_before).min()
    }

    /// It waits a little longer, each time twice as long.
    pub fn ask_later(&mut self, key: Key, now: Instant, first: Duration, most: Duration) {
        if let Some(item) = self.hand.get_mut(&key) {
            item.not_before = now + first.saturating_mul(1 << item.waits.min(16)).min(most);
            item.waits = item.waits.saturating_add(1);
        }
    }
}

impl Stamp {
    pub fn of(meta: &Metadata) -> Self {
        Self { modified: meta.modified().ok(), length: meta.len(), inode: identity(meta).1 }
    }
}

/// Makes a folder where it is missing; what is worked on is its owner's alone.
fn make(folder: &Path, private: bool) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(!private);
    #[cfg(unix)]
    if private {
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    }
    match builder.create(folder) {
        Err(e) if e.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(()),
        made => made,
    }
}

fn lock(work: &Path) -> Result<File, Trouble> {
    let opened = File::options().write(true).create(true).truncate(false).open(work.join("lock"));
    let file = opened.map_err(Trouble::of("its .work cannot be written to"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Trouble::own("another facteur works in it")),
        // A share that knows no locks; the lock of the store still keeps a second daemon of this configuration out.
        Err(TryLockError::Error(_)) => Ok(file),
    }
}

/// Which file system, and which file on it; where the machine does not tell, all are the same.
#[cfg(unix)]
fn identity(meta: &Metadata) -> Identity {
    use std::os::unix::fs::MetadataExt as _;
    (meta.dev(), meta.ino())
}

#[cfg(not(unix))]
fn identity(_: &Metadata) -> Identity {
    (0, 0)
}
