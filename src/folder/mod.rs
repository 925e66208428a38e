//! Watched folders, a door like HTTP: whoever can write a file can send an invoice.
//!
//! A file that has settled is renamed into `.work/<moment>/` (its pick-up: whole or not at all), read there and put into the
//! store; once it is judged, its report is written beside where it will be, then the file itself is moved to `done/` or
//! `refused/`. The bytes are in the store before the file leaves `.work`, and nothing else needs remembering: whatever a
//! process that was killed left in `.work` is gone through again, and the same bytes are the same invoice.
//!
//! The moment in the name of a pick-up is the invoice's `received_at`, which tells a repeat after a restart from the same
//! document sent twice.

mod desk;
mod end;
mod health;
mod locks;
mod look;
mod names;
mod place;
mod read;
mod reply;
mod several;

use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::clock::Clock;
use crate::config::FolderConfig;
use crate::formats::edifact::{Came, came, kind_of};
use crate::queue::replies;
use crate::store::{Accepted, AcceptedSeveral, AnswerIn, Handle, Incoming, NewEvent, Several, Step, StoreError};
use crate::telemetry::metrics;

use desk::{Desk, Trouble};
use end::End;
pub use health::FolderHealth;
use place::Ending;
use reply::{Letters, Reply, ReplyEnd};
use several::{Part, SeveralEnd, Whole};

/// Files taken and not yet at their end, at most: what a restart goes through again.
const HAND: usize = 256;
/// Files that one round accepts together, and their bytes.
const BATCH: usize = 64;
const BATCH_BYTES: usize = 32 * 1024 * 1024;
/// Pause after the store or a move failed.
const PAUSE: Duration = Duration::from_secs(1);
/// First and longest wait between two looks at an invoice that is not judged yet.
const ASK_FIRST: Duration = Duration::from_millis(25);
const ASK_MOST: Duration = Duration::from_secs(1);

/// A watched folder, ready to run.
pub struct Folder {
    config: Arc<FolderConfig>,
    store: Handle,
    clock: Arc<dyn Clock>,
    health: Arc<FolderHealth>,
    /// None while the folder cannot be worked in.
    desk: Option<Desk>,
    /// The file system it was on when it could be worked in last: what comes back is held to it.
    known: Option<u64>,
    /// Files picked up and not yet in the store when the folder was lost.
    lost: usize,
}

impl Folder {
    pub fn new(config: FolderConfig, store: Handle, clock: Arc<dyn Clock>) -> Self {
        let health = Arc::new(FolderHealth::new(&config.name, config.poll));
        metrics().folder(&config.name);
        Self { config: Arc::new(config), store, clock, health, desk: None, known: None, lost: 0 }
    }

    pub fn health(&self) -> Arc<FolderHealth> {
        self.health.clone()
    }

    /// Works until `stopped` resolves; what is in hand then stays in `.work` for the next start. Nothing that happens to one
    /// file stops the others, and nothing that happens to this folder stops anything else.
    pub async fn run(mut self, stopped: impl Future<Output = ()>) {
        tokio::pin!(stopped);
        loop {
            let next = self.round().await;
            tokio::select! {
                () = &mut stopped => return,
                () = tokio::time::sleep(next) => {}
            }
        }
    }

    /// One round; says how long to wait for the next.
    async fn round(&mut self) -> Duration {
        let read = match self.look().await {
            Ok(read) => read,
            Err(trouble) => {
                self.health.lost(&trouble);
                return self.config.poll;
            }
        };
        let mut wait = self.config.poll;
        if !read.documents.is_empty()
            && let Err(error) = self.accept(read.documents).await
        {
            // The files stay where they are, and are read again.
            tracing::error!(folder = self.config.name, %error, "the store takes no documents of the folder");
            wait = wait.max(PAUSE);
        } else if read.more {
            wait = Duration::ZERO;
        }
        match self.judged().await {
            Ok(ends) if !ends.is_empty() => self.end(ends).await,
            Ok(_) => {}
            Err(error) => {
                tracing::error!(folder = self.config.name, %error, "the store does not say what became of documents");
                wait = wait.max(PAUSE);
            }
        }
        let Some(desk) = &self.desk else { return self.config.poll };
        self.health.in_hand(desk.in_hand());
        desk.next_ask().map_or(wait, |ask| wait.min(ask.saturating_duration_since(Instant::now())))
    }

    /// Opens the folder where need be, looks, picks up and reads, in a thread that may wait for a slow share.
    async fn look(&mut self) -> Result<Read, Trouble> {
        let (desk, known) = (self.desk.take(), self.known);
        if let Some(desk) = &desk {
            self.lost = desk.picked();
        }
        let (config, health, clock) = (self.config.clone(), self.health.clone(), self.clock.clone());
        let room = self.store.room().clone();
        let work = move || -> Result<(Desk, Read), Trouble> {
            let mut desk = match desk {
                Some(desk) => desk,
                None => Desk::open(config, known)?,
            };
            desk.look(&health)?;
            desk.take(HAND, clock.now());
            let (documents, unread) = desk.read(BATCH, BATCH_BYTES, &room);
            let more = documents.len() + unread.len() >= BATCH;
            desk.end(unread.into_iter().map(|(key, why)| Ending::One(End::unread(key, &why, &*clock))).collect());
            Ok((desk, Read { documents, more }))
        };
        let (desk, read) = blocking(work).await??;
        if self.known.is_none() || !self.health.now().up {
            tracing::info!(folder = self.config.name, in_hand = desk.in_hand(), "folder watched");
        }
        if self.lost > desk.in_hand() {
            let lost = self.lost - desk.in_hand();
            tracing::warn!(
                folder = self.config.name,
                lost,
                "files picked up and not yet in the store went away with the folder that was there before"
            );
        }
        self.lost = 0;
        self.known = Some(desk.device());
        self.health.found();
        self.desk = Some(desk);
        Ok(read)
    }

    /// Puts documents into the store, and beside each the name under which it came.
    async fn accept(&mut self, documents: Vec<desk::Document>) -> Result<(), StoreError> {
        let source = format!("folder:{}", self.config.name);
        let (replies, documents): (Vec<_>, Vec<_>) = documents.into_iter().partition(|one| one.reply);
        for document in replies {
            self.accept_reply(document, &source).await?;
        }
        let (several, documents): (Vec<_>, Vec<_>) = documents.into_iter().partition(|one| one.split.is_some());
        let batch = documents.iter().map(|document| Incoming {
            bytes: document.bytes.clone(),
            received_at: document.at,
            source: source.clone(),
            idempotency_key: None,
        });
        let accepted = self.store.accept_all(batch.collect()).await?;
        for (document, accepted) in documents.into_iter().zip(accepted) {
            let (id, known) = match accepted {
                Accepted::New { id } => (id, false),
                Accepted::Known { id } => (id, true),
                // No key was given.
                Accepted::KeyConflict { .. } => continue,
            };
            let before = self.came_before(&id, known, &document, &source).await?;
            self.note(&id, &document, before).await?;
            replies::take_among(&self.store, &document.bytes, document.at, &source).await?;
            let bytes = document.bytes.len();
            tracing::info!(folder = self.config.name, invoice = %id, bytes, replayed = before, "invoice accepted");
            if let Some(desk) = &mut self.desk {
                desk.accepted(document.key, desk::Accepted::One { id, before }, document.stamp);
            }
        }
        for document in several {
            self.accept_several(document, &source).await?;
        }
        Ok(())
    }

    /// Puts an answer in EDIFACT into the store: what it says is told to the invoices that it speaks of.
    async fn accept_reply(&mut self, document: desk::Document, source: &str) -> Result<(), StoreError> {
        let bytes = document.bytes.clone();
        let read = tokio::task::spawn_blocking(move || came(&bytes)).await;
        // It was read a moment ago: what brings the reader down now says nothing.
        let all = read.unwrap_or_default();
        let kind = kind_of(&all).to_owned();
        let names: Vec<_> = all.iter().map(Came::names).collect();
        let reply = AnswerIn {
            bytes: document.bytes.clone(),
            kind: kind.clone(),
            at: document.at,
            source: source.to_owned(),
            names,
            alone: true,
        };
        let (id, known) = self.store.take_answer(reply).await?;
        tracing::info!(folder = self.config.name, answer = %id, replayed = known, "answer accepted");
        let invoices = replies::known(&self.store, &all).await?;
        let told = all.iter().flat_map(Reply::told).collect();
        let sha256 = document.bytes_sha256();
        let reply = Arc::new(Reply { id, sha256, kind, invoices, told });
        if let Some(desk) = &mut self.desk {
            desk.accepted(document.key, desk::Accepted::Reply(reply), document.stamp);
        }
        Ok(())
    }

    /// Puts a file with several invoices into the store: all of them in one commit, with the file's name.
    async fn accept_several(&mut self, mut document: desk::Document, source: &str) -> Result<(), StoreError> {
        let Some(split) = document.split.take() else { return Ok(()) };
        let others = split.others().to_vec();
        let accepted = self.store.accept_several(Several {
            file: document.bytes.clone(),
            split: *split,
            received_at: document.at,
            source: source.to_owned(),
            idempotency_key: None,
            named: Some(self.named(&document)),
        });
        // No key was given.
        let AcceptedSeveral::Kept { sha256, known, parts } = accepted.await? else { return Ok(()) };
        replies::take_among(&self.store, &document.bytes, document.at, source).await?;
        let mut all = Vec::with_capacity(parts.len());
        for part in parts {
            let before = self.came_before(&part.id, part.known, &document, source).await?;
            if before && known {
                self.note(&part.id, &document, before).await?;
            }
            all.push(Part { id: part.id, sha256: part.sha256, message: part.origin.message, before });
        }
        let (bytes, invoices, replayed) = (document.bytes.len(), all.len(), known);
        tracing::info!(folder = self.config.name, bytes, invoices, replayed, "invoices accepted");
        let whole = Arc::new(Whole::new(sha256, all, others));
        if let Some(desk) = &mut self.desk {
            desk.accepted(document.key, desk::Accepted::Several(whole), document.stamp);
        }
        Ok(())
    }

    /// Did the same bytes come before, by another pick-up or another door?
    async fn came_before(
        &self,
        id: &str,
        known: bool,
        document: &desk::Document,
        source: &str,
    ) -> Result<bool, StoreError> {
        let row = if known { self.store.invoice(id).await? } else { None };
        Ok(row.is_some_and(|row| row.received_at != document.at || row.source != source))
    }

    fn named(&self, document: &desk::Document) -> Value {
        json!({ "folder": self.config.name, "file": document.name, "at": document.at })
    }

    /// Keeps the file's name with the invoice, once: names tell persons which file it was.
    async fn note(&self, id: &str, document: &desk::Document, before: bool) -> Result<(), StoreError> {
        let kind = if before { "received-again" } else { "file" };
        let data = self.named(document);
        if document.repeated {
            // Taken up after a restart: the one before may have got as far as this.
            let mut after = 0;
            loop {
                let events = self.store.events(Some(id), after, 200).await?;
                if events.iter().any(|event| event.kind == kind && event.data == data) {
                    return Ok(());
                }
                match events.last() {
                    Some(last) => after = last.cursor,
                    None => break,
                }
            }
        }
        let event = NewEvent { kind: kind.into(), actor: "facteur".into(), data };
        let (invoice_id, at) = (id.to_owned(), self.clock.now());
        self.store.record(Step { invoice_id, at, events: vec![event], ..Step::default() }).await
    }

    /// What became of the documents in hand, as far as it is known by now.
    async fn judged(&mut self) -> Result<Vec<Ending>, StoreError> {
        let Some(desk) = &mut self.desk else { return Ok(Vec::new()) };
        let now = Instant::now();
        let mut ends = Vec::new();
        for (key, what) in desk.to_ask(now) {
            let (id, before) = match what {
                desk::Accepted::One { id, before } => (id, before),
                desk::Accepted::Reply(reply) => {
                    ends.push(Ending::Reply(ReplyEnd { key, reply }));
                    continue;
                }
                desk::Accepted::Several(whole) => {
                    let place = match whole.place(&self.store).await? {
                        Some(_) if self.store.is_unanswered(&whole.sha256).await? => None,
                        place => place,
                    };
                    match place {
                        None => desk.ask_later(key, now, ASK_FIRST, ASK_MOST),
                        Some(place) => {
                            let (store, clock) = (self.store.clone(), self.clock.clone());
                            let letters = Letters::of(&self.store, &whole.sha256).await?;
                            ends.push(Ending::Several(SeveralEnd::new(key, place, whole, letters, store, clock)));
                        }
                    }
                    continue;
                }
            };
            let Some(row) = self.store.invoice(&id).await? else {
                return Err(StoreError::NoInvoice(id));
            };
            if end::place(&row, before).is_none() || self.store.is_unanswered(&row.sha256).await? {
                desk.ask_later(key, now, ASK_FIRST, ASK_MOST);
                continue;
            }
            let report = self.store.report(&id).await?;
            let letters = Letters::of(&self.store, &row.sha256).await?;
            ends.push(Ending::One(End::judged(key, &row, report.as_deref(), before, &*self.clock).with(letters)));
        }
        Ok(ends)
    }

    async fn end(&mut self, ends: Vec<Ending>) {
        let Some(mut desk) = self.desk.take() else { return };
        let work = move || {
            desk.end(ends);
            desk
        };
        // Lost where it panicked: the folder is then opened anew, and `.work` says how to go on.
        self.desk = blocking(work).await.ok();
    }
}

/// What a look brought.
struct Read {
    documents: Vec<desk::Document>,
    /// There is more that could be read at once.
    more: bool,
}

async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Trouble> {
    tokio::task::spawn_blocking(work).await.map_err(|_| Trouble::own("a look at the folder ended early"))
}
