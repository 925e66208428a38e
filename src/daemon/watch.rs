//! What may change while the daemon runs: customer files, partner files, tokens and the seal's key. Looked at every second, and at once on SIGHUP.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch::Receiver;

use super::customers::Book;
use super::seal::Keeper;
use super::shelf::Shelf;
use super::told;
use crate::api::token::{FileState, TokenFile, Tokens};
use crate::config::Partners;

const EVERY: Duration = Duration::from_secs(1);

/// The tokens in force, and the file they came from as it was just before it was read.
pub(super) struct Keys {
    pub tokens: Arc<Tokens>,
    /// None where no token is asked for.
    pub file: Option<TokenFile>,
    pub stamp: Option<Stamp>,
}

/// What of a file tells that it changed.
pub(super) type Stamp = (SystemTime, u64);

/// Looks until told to stop.
pub(super) async fn watch(
    book: Arc<Book>,
    partners: Arc<Shelf<Partners>>,
    mut keys: Keys,
    seal: Option<Arc<Keeper>>,
    mut stopped: Receiver<bool>,
) {
    let mut hang_up = HangUp::new();
    loop {
        let forced = tokio::select! {
            () = told(&mut stopped) => return,
            () = tokio::time::sleep(EVERY) => false,
            () = hang_up.came() => true,
        };
        let (book, partners, seal) = (book.clone(), partners.clone(), seal.clone());
        // Files are read in a thread that may wait for them.
        let looked = tokio::task::spawn_blocking(move || {
            book.refresh(forced);
            partners.refresh(forced);
            keys.reload(forced);
            if let Some(seal) = seal {
                seal.refresh(forced);
                seal.remind();
            }
            keys
        });
        match looked.await {
            Ok(back) => keys = back,
            Err(error) => {
                let why = if error.is_panic() { "it panicked" } else { "it was cut off" };
                tracing::error!(why, "files are no longer watched: restart to load changes");
                return;
            }
        }
    }
}

impl Keys {
    fn reload(&mut self, forced: bool) {
        let Some(file) = &self.file else { return };
        let stamp = stamp_of(&file.path);
        if stamp == self.stamp && !forced {
            return;
        }
        if stamp.is_none() {
            // To forget all of them would lock everybody out by an accident; `token revoke` leaves an empty file. Said once.
            if self.stamp.take().is_some() {
                tracing::error!(
                    "the tokens file is gone or cannot be looked at: tokens stay as they were until it is back"
                );
            }
            self.tokens.note(FileState::Gone);
            return;
        }
        self.stamp = stamp;
        match file.read() {
            Ok(found) => {
                tracing::info!(count = found.len(), "tokens loaded");
                self.tokens.replace(found);
                self.tokens.note(FileState::Fine);
            }
            Err(error) => {
                tracing::error!(%error, "tokens stay as they were");
                self.tokens.note(FileState::Wrong);
            }
        }
    }
}

pub(super) fn stamp_of(path: &Path) -> Option<Stamp> {
    let meta = std::fs::metadata(path).ok()?;
    Some((meta.modified().ok()?, meta.len()))
}

/// SIGHUP, where there is one.
struct HangUp {
    #[cfg(unix)]
    signal: Option<tokio::signal::unix::Signal>,
}

impl HangUp {
    #[cfg(unix)]
    fn new() -> Self {
        Self { signal: tokio::signal::unix::signal(tokio::signal::unix::SignalKind::hangup()).ok() }
    }

    #[cfg(not(unix))]
    fn new() -> Self {
        Self {}
    }

    async fn came(&mut self) {
        #[cfg(unix)]
        if let Some(signal) = &mut self.signal {
            signal.recv().await;
            return;
        }
        std::future::pending::<()>().await;
    }
}
