//! Reading what was picked up: whole, bounded, and only while nobody else writes to it.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _};
use std::path::Path;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::PAUSE;
use super::desk::{Desk, Document, Key, Stage, Stamp};
use crate::formats::Split;
use crate::formats::edifact::NoInvoic;
use crate::formats::{self, Unreadable};
use crate::limits;
use crate::store::Room;

/// Pause before a file that found no room is read.
const NO_ROOM: Duration = Duration::from_millis(200);

/// What reading a file brought.
enum Reading {
    Whole(Bytes, Stamp, Option<Box<Split>>, bool),
    /// Others hold large documents: in a moment.
    NoRoom,
    /// Somebody writes to it, or just did: later. With what it looks like now.
    Moving(Stamp),
    /// It is not there any more.
    Gone,
    /// It can never be read as it is; whoever sent it has to do something.
    Never(Unreadable),
    /// The machine failed: later.
    Failed(io::Error),
}

impl Desk {
    /// Reads what can be read, up to so many files and bytes (the last may go over). Gives the documents, and those files that
    /// will never be one.
    pub fn read(&mut self, files: usize, bytes: usize, room: &Room) -> (Vec<Document>, Vec<(Key, Unreadable)>) {
        let now = Instant::now();
        let (mut documents, mut never, mut held) = (Vec::new(), Vec::new(), 0);
        let keys: Vec<Key> = self.hand.keys().copied().collect();
        for key in keys {
            if documents.len() + never.len() >= files || held >= bytes {
                break;
            }
            let settle = self.config.settle;
            let Some(item) = self.hand.get(&key) else { continue };
            let Stage::Picked { stamp, since } = &item.stage else { continue };
            if item.not_before > now {
                continue;
            }
            let path = self.path_of(item);
            let reading = match still(&path, *stamp, *since, settle) {
                Some(other) => other,
                None => read(&path, room),
            };
            let Some(item) = self.hand.get_mut(&key) else { continue };
            match reading {
                Reading::Whole(bytes, stamp, split, reply) => {
                    held += bytes.len();
                    let name = item.name.to_string_lossy().into_owned();
                    let (at, repeated) = (item.slot, item.repeated);
                    documents.push(Document { key, name, at, bytes, repeated, stamp, split, reply });
                    // Read again where the store does not take it.
                    item.repeated = true;
                    item.stage = Stage::Picked { stamp: Some(stamp), since: None };
                    item.not_before = now + PAUSE;
                }
                Reading::NoRoom => item.not_before = now + NO_ROOM,
                Reading::Moving(seen) => {
                    let since = Some(since_when(&item.stage, seen, now));
                    item.stage = Stage::Picked { stamp: Some(seen), since };
                    item.not_before = now + settle.min(PAUSE);
                }
                Reading::Gone => {
                    tracing::warn!(folder = self.config.name, "a file was taken away before it was read");
                    self.forget(key);
                }
                Reading::Never(why) => never.push((key, why)),
                Reading::Failed(error) => {
                    if item.waits == 0 {
                        tracing::error!(folder = self.config.name, %error, "a file cannot be read; it is tried again");
                    }
                    self.ask_later(key, now, PAUSE, Duration::from_secs(60));
                }
            }
        }
        (documents, never)
    }

    /// Lets a file go that is not in `.work` any more.
    pub fn forget(&mut self, key: Key) {
        if let Some(item) = self.hand.remove(&key) {
            // Not empty where somebody put something there.
            let _ = fs::remove_dir(self.slot(item.slot));
        }
    }
}

/// Since when it looks like this: as before, or from now on.
fn since_when(stage: &Stage, seen: Stamp, now: Instant) -> Instant {
    match stage {
        Stage::Picked { stamp: Some(stamp), since: Some(since) } if *stamp == seen => *since,
        _ => now,
    }
}

/// None where it may be opened: a file, and as it was when it was last seen, for long enough.
fn still(path: &Path, stamp: Option<Stamp>, since: Option<Instant>, settle: Duration) -> Option<Reading> {
    let meta = match fs::symlink_metadata(path) {
        Ok(meta) => meta,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Some(Reading::Gone),
        Err(e) => return Some(Reading::Failed(e)),
    };
    if !meta.is_file() {
        // Put in its place at the last moment. Opening a pipe would wait for ever.
        return Some(Reading::Never(Unreadable::Absent { why: "not a file".to_owned() }));
    }
    let now = Stamp::of(&meta);
    // Settled before it was picked up; or, after a restart or a change, for long enough since.
    let settled = stamp == Some(now) && since.is_none_or(|since| since.elapsed() >= settle);
    (!settled).then_some(Reading::Moving(now))
}

fn read(path: &Path, room: &Room) -> Reading {
    let opened = File::open(path).and_then(|file| Ok((file.metadata()?, file)));
    let (meta, mut file) = match opened {
        Ok(opened) => opened,
        Err(e) if e.kind() == io::ErrorKind::NotFound => return Reading::Gone,
        Err(e) if e.kind() == io::ErrorKind::PermissionDenied => {
            return Reading::Never(Unreadable::Absent { why: "permission denied".to_owned() });
        }
        Err(e) => return Reading::Failed(e),
    };
    let before = Stamp::of(&meta);
    let limit = limits::DOCUMENT_BYTES as u64;
    if before.length > limit {
        return Reading::Never(Unreadable::too_large(before.length));
    }
    // A program that locks what it writes says so. A share that knows no locks says nothing.
    if matches!(file.try_lock_shared(), Err(TryLockError::WouldBlock)) {
        return Reading::Moving(before);
    }
    let beyond = usize::try_from(before.length).unwrap_or(usize::MAX).saturating_sub(limits::LARGE_BYTES);
    let Some(share) = room.take(beyond) else { return Reading::NoRoom };
    let mut bytes = Vec::with_capacity(usize::try_from(before.length).unwrap_or(0));
    if let Err(e) = (&mut file).take(before.length + 1).read_to_end(&mut bytes) {
        return Reading::Failed(e);
    }
    match file.metadata() {
        Ok(meta) if Stamp::of(&meta) == before && bytes.len() as u64 == before.length => {
            // A status among the invoices: it is put aside, and says what it is.
            match (formats::life_cycle(&bytes), formats::several(&bytes)) {
                (Some(why), _) => Reading::Never(why),
                (None, Err(_)) => Reading::Never(too_many()),
                (None, Ok(split)) => {
                    let reply = split.is_none() && formats::edifact::is_answer(&bytes);
                    if reply && formats::edifact::came(&bytes).len() > limits::EDIFACT_MESSAGES {
                        return Reading::Never(too_many());
                    }
                    Reading::Whole(share.around(bytes), before, split.map(Box::new), reply)
                }
            }
        }
        Ok(meta) => Reading::Moving(Stamp::of(&meta)),
        Err(e) => Reading::Failed(e),
    }
}

fn too_many() -> Unreadable {
    Unreadable::Edifact(NoInvoic::TooMany(limits::EDIFACT_MESSAGES))
}
