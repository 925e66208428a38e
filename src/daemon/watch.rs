//! What may change while the daemon runs: customer files and tokens. Looked at every second, and at once on SIGHUP.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use tokio::sync::watch::Receiver;

use super::customers::Book;
use super::told;
use crate::api::token::{TokenFile, Tokens};

const EVERY: Duration = Duration::from_secs(1);

/// Looks until told to stop.
pub(super) async fn watch(book: Arc<Book>, tokens: Arc<Tokens>, file: Option<TokenFile>, mut stopped: Receiver<bool>) {
    let mut hang_up = HangUp::new();
    let mut seen = book.look();
    let mut stamp = file.as_ref().map(|file| stamp_of(&file.path));
    loop {
        let forced = tokio::select! {
            () = told(&mut stopped) => return,
            () = tokio::time::sleep(EVERY) => false,
            () = hang_up.came() => true,
        };
        let looked = tokio::task::spawn_blocking({
            let book = book.clone();
            move || book.look()
        });
        if let Ok(look) = looked.await
            && (forced || look != seen)
        {
            seen = look;
            reload(&book).await;
        }
        if let (Some(file), Some(before)) = (&file, &mut stamp) {
            let now = stamp_of(&file.path);
            if forced || now != *before {
                *before = now;
                reload_tokens(file, &tokens);
            }
        }
    }
}

async fn reload(book: &Arc<Book>) {
    let book = book.clone();
    match tokio::task::spawn_blocking(move || book.reload()).await {
        Ok(Ok(())) => {}
        Ok(Err(text)) => tracing::error!(error = text.en, "customer files stay as they were"),
        Err(error) => tracing::error!(%error, "customer files stay as they were"),
    }
}

fn reload_tokens(file: &TokenFile, tokens: &Tokens) {
    // A file that is gone would lock everybody out by accident; `token revoke` leaves an empty one.
    let read = if file.path.exists() { file.read() } else { return };
    match read {
        Ok(found) => {
            tracing::info!(count = found.len(), "tokens loaded");
            tokens.replace(found);
        }
        Err(error) => tracing::error!(%error, "tokens stay as they were"),
    }
}

fn stamp_of(path: &Path) -> Option<(SystemTime, u64)> {
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
