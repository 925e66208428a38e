//! How a watched folder is, for `/readyz`, `/metrics` and the log.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::desk::Trouble;
use crate::telemetry::FolderNow;

/// A look that takes longer than this, at least, hangs.
const HANGS: Duration = Duration::from_secs(60);

/// The health of one folder; written by its own task, read by whoever asks.
pub struct FolderHealth {
    name: String,
    hangs: Duration,
    seen: Mutex<Seen>,
}

struct Seen {
    up: bool,
    anew: bool,
    /// What was logged last, so that it is told once.
    told: Option<String>,
    waiting: u64,
    oldest: Option<Instant>,
    in_hand: usize,
    left: u64,
    looked: Instant,
}

impl FolderHealth {
    pub(super) fn new(name: &str, poll: Duration) -> Self {
        let seen = Seen {
            up: true,
            anew: false,
            told: None,
            waiting: 0,
            oldest: None,
            in_hand: 0,
            left: 0,
            looked: Instant::now(),
        };
        Self { name: name.to_owned(), hangs: HANGS.max(poll * 5), seen: Mutex::new(seen) }
    }

    /// How it is now. A look that hangs (a share whose server is gone) is one that failed.
    pub fn now(&self) -> FolderNow {
        let seen = self.lock();
        let looked = seen.looked.elapsed();
        FolderNow {
            name: self.name.clone(),
            up: seen.up && looked < self.hangs,
            waiting: seen.waiting,
            oldest: seen.oldest.map_or(0.0, |since| since.elapsed().as_secs_f64()),
            in_hand: seen.in_hand as u64,
            left: seen.left,
            looked: looked.as_secs_f64(),
        }
    }

    /// Another folder stands in its place, which facteur works in after a restart only.
    pub fn made_anew(&self) -> bool {
        self.lock().anew
    }

    /// A look failed. Said once, until something else is the matter or it is back.
    pub(super) fn lost(&self, trouble: &Trouble) {
        let mut seen = self.lock();
        seen.up = false;
        seen.anew = trouble.is_anew();
        seen.looked = Instant::now();
        let said = trouble.to_string();
        if seen.told.as_deref() != Some(&said) {
            tracing::error!(folder = self.name, error = said, "the folder cannot be worked in; it is tried again");
            seen.told = Some(said);
        }
    }

    /// A look ended well.
    pub(super) fn found(&self) {
        let mut seen = self.lock();
        seen.looked = Instant::now();
        (seen.up, seen.anew) = (true, false);
        seen.told = None;
    }

    /// What a look saw: files that wait, since when the oldest, and entries that are no files.
    pub(super) fn saw(&self, waiting: usize, oldest: Option<Instant>, left: usize) {
        let mut seen = self.lock();
        if left as u64 > seen.left {
            tracing::warn!(folder = self.name, left, "links, pipes or devices in the folder are left alone");
        }
        (seen.waiting, seen.oldest, seen.left) = (waiting as u64, oldest, left as u64);
    }

    pub(super) fn in_hand(&self, count: usize) {
        self.lock().in_hand = count;
    }

    fn lock(&self) -> MutexGuard<'_, Seen> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
