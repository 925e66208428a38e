//! Looking at the folder: what is there, what has settled, what is picked up.

use std::collections::{BinaryHeap, HashMap};
use std::ffi::OsString;
use std::fs;
use std::time::{Instant, SystemTime};

use super::desk::{Desk, Stage, Stamp, Trouble};
use super::health::FolderHealth;
use super::locks::Locks;
use super::names::{fits, unfinished};
use crate::clock::Millis;

/// Files kept in mind at a time: the oldest of those that wait. The others have their turn when these are taken.
const IN_MIND: usize = 4_096;
/// An empty file is often one that somebody is about to write: it takes this many times longer to settle.
const EMPTY_TIMES: u32 = 10;

/// A file as it was seen.
pub(super) struct Seen {
    stamp: Stamp,
    /// Since when it has been like this.
    since: Instant,
    /// When it was first seen.
    first: Instant,
}

impl Desk {
    /// Lists the folder, where the last time was long enough ago.
    pub fn look(&mut self, health: &FolderHealth) -> Result<(), Trouble> {
        let now = Instant::now();
        if self.looked.is_some_and(|at| now.duration_since(at) < self.config.poll) {
            return Ok(());
        }
        self.check()?;
        self.looked = Some(now);
        let (mut waiting, mut left) = (0, 0);
        // The oldest come first; the youngest of those in mind is on top, to be let go.
        let mut oldest: BinaryHeap<(Option<SystemTime>, OsString, Found)> = BinaryHeap::new();
        for entry in fs::read_dir(&self.config.path).map_err(Trouble::of("it cannot be listed"))? {
            let entry = entry.map_err(Trouble::of("it cannot be listed"))?;
            let name = entry.file_name();
            if unfinished(&name) || !self.wanted(&name) {
                continue;
            }
            // Neither follows a link. An entry that is gone by now is none.
            let Ok(meta) = entry.metadata() else { continue };
            if meta.is_dir() {
                continue;
            }
            if !meta.is_file() {
                left += 1;
                continue;
            }
            waiting += 1;
            let stamp = Stamp::of(&meta);
            oldest.push((stamp.modified, name, Found(stamp)));
            if oldest.len() > IN_MIND {
                oldest.pop();
            }
        }
        self.remember(oldest.into_sorted_vec(), now);
        health.saw(waiting, self.seen.values().map(|seen| seen.first).min(), left);
        Ok(())
    }

    fn wanted(&self, name: &std::ffi::OsStr) -> bool {
        self.config.pattern.as_ref().is_none_or(|list| list.iter().any(|pattern| fits(name, pattern)))
    }

    fn remember(&mut self, found: Vec<(Option<SystemTime>, OsString, Found)>, now: Instant) {
        let mut before = std::mem::take(&mut self.seen);
        let mut seen = HashMap::with_capacity(found.len());
        self.settled.clear();
        for (_, name, Found(stamp)) in found {
            let known = before.remove(&name);
            let first = known.as_ref().map_or(now, |seen| seen.first);
            let since = known.filter(|seen| seen.stamp == stamp).map_or(now, |seen| seen.since);
            let times = if stamp.length == 0 { EMPTY_TIMES } else { 1 };
            if now.duration_since(since) >= self.config.settle.saturating_mul(times) {
                self.settled.push(name.clone());
            }
            seen.insert(name, Seen { stamp, since, first });
        }
        self.settled.reverse();
        self.seen = seen;
    }

    /// Picks up files that have settled, oldest first, as long as there are fewer than `most` in hand.
    pub fn take(&mut self, most: usize, now: Millis) {
        if self.settled.is_empty() || self.hand.len() >= most {
            return;
        }
        let locks = Locks::now();
        while self.hand.len() < most {
            let Some(name) = self.settled.pop() else { return };
            let Some(seen) = self.seen.get(&name) else { continue };
            let (stamp, from) = (seen.stamp, self.config.path.join(&name));
            // Written to since, gone, held by its writer, or something else by now: another look will tell.
            let same = fs::symlink_metadata(&from)
                .is_ok_and(|meta| meta.is_file() && Stamp::of(&meta) == stamp && !locks.hold(&meta));
            if !same {
                continue;
            }
            let slot = self.fresh_slot(now);
            let folder = self.slot(slot);
            if let Err(error) = fs::create_dir(&folder) {
                tracing::error!(folder = self.config.name, %error, "a file cannot be picked up: no place in .work");
                return;
            }
            match fs::rename(&from, folder.join(&name)) {
                Ok(()) => {
                    self.seen.remove(&name);
                    self.add(slot, name, false, Stage::Picked { stamp: Some(stamp), since: None });
                }
                Err(error) => {
                    let _ = fs::remove_dir(&folder);
                    tracing::warn!(folder = self.config.name, %error, "a file cannot be picked up; it is tried again");
                }
            }
        }
    }
}

/// A stamp that takes no part in the order.
struct Found(Stamp);

impl PartialEq for Found {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Found {}

impl PartialOrd for Found {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Found {
    fn cmp(&self, _: &Self) -> std::cmp::Ordering {
        std::cmp::Ordering::Equal
    }
}
