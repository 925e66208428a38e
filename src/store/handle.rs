//! The store for async callers: one writer thread that puts whatever arrived meanwhile into one commit (group commit),
//! and reads that do not wait for it.

mod asks;

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::{Notify, mpsc, oneshot};

use super::{
    Accepted, AcceptedSeveral, AnswerIn, Answering, Claim, Collected, Document, Event, Incoming, InvoiceFilter,
    InvoiceRow, Keyed, Lease, Looked, Matched, MessagesOf, Millis, PlatformMessage, Problem, ProblemFilter, Result,
    Room, Several, Step, Store, StoreError, Want, Write, Written,
};
use crate::limits;
use crate::telemetry::metrics;

/// Writes that may wait before callers do; each holds at most one document.
const WAITING: usize = 256;
/// Most writes in one commit.
const GROUP: usize = 128;
/// Most document bytes in one commit, so that large documents do not delay all others.
const GROUP_BYTES: usize = 32 * 1024 * 1024;

/// A store for async callers. Cheap to clone; all clones share one writer.
#[derive(Clone)]
pub struct Handle {
    store: Arc<dyn Store>,
    writer: Option<Arc<Writer>>,
    /// Told after each write that may have made something due.
    work: Arc<Notify>,
    /// Told after each write that may have made an answer in EDIFACT possible.
    letters: Arc<Notify>,
    /// Told when messages of platforms came, or are to be looked at again.
    arrivals: Arc<Notify>,
    /// Told when a statement of ours was kept.
    posts: Arc<Notify>,
    /// When the last commit failed, where it did.
    failure: Arc<Mutex<Option<Instant>>>,
    /// The key under which steps are recorded; see [`Handle::under`].
    promise: Option<Arc<Promise>>,
    room: Room,
}

/// What came of asking for a document whole. See [`Handle::hold`].
#[derive(Debug)]
pub enum Held {
    Here(Bytes),
    Absent,
    /// Others hold large documents; later.
    NoRoom,
}

/// What will be answered to an act that bears an idempotency key. See [`Keyed`].
pub struct Promise {
    pub key: String,
    pub request: String,
    /// The answer's body, from the row after the act.
    pub answer: fn(&InvoiceRow) -> String,
}

struct Writer {
    /// None once shut down.
    queue: Mutex<Option<mpsc::Sender<Waiting>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Waiting {
    write: Write,
    answer: oneshot::Sender<Result<Written>>,
}

impl Handle {
    /// Starts the writer thread.
    pub fn start(store: Arc<dyn Store>) -> Result<Self> {
        let (queue, waiting) = mpsc::channel(WAITING);
        let own = store.clone();
        let failure: Arc<Mutex<Option<Instant>>> = Arc::default();
        let told = failure.clone();
        let thread = std::thread::Builder::new()
            .name("store".into())
            .spawn(move || write_groups(&*own, waiting, &told))
            .map_err(|e| StoreError::Failed(format!("no thread for the store: {e}")))?;
        let writer = Writer { queue: Mutex::new(Some(queue)), thread: Mutex::new(Some(thread)) };
        Ok(Self {
            store,
            writer: Some(Arc::new(writer)),
            work: Arc::default(),
            letters: Arc::default(),
            arrivals: Arc::default(),
            posts: Arc::default(),
            failure,
            promise: None,
            room: large(),
        })
    }

    /// A handle that does everything at once in the caller's thread: for commands that do one thing, and for simulations,
    /// which must be the same at each run.
    pub fn direct(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            writer: None,
            work: Arc::default(),
            letters: Arc::default(),
            arrivals: Arc::default(),
            posts: Arc::default(),
            failure: Arc::default(),
            promise: None,
            room: large(),
        }
    }

    /// How long ago the last commit failed; none where it is on disk. Stays until a commit passes.
    pub fn failed_since(&self) -> Option<Duration> {
        locked(&self.failure).map(|at| at.elapsed())
    }

    /// Waits until something was written through this handle or a clone that may be due now. For one waiter.
    pub async fn work(&self) {
        self.work.notified().await;
    }

    /// As [`Handle::work`], for whoever answers EDIFACT and reads what is answered. For one waiter.
    pub async fn letters(&self) {
        self.letters.notified().await;
    }

    fn wake(&self) {
        self.work.notify_one();
        self.letters.notify_one();
    }

    /// Takes no more writes, finishes those that wait, and returns when the last is on disk.
    pub async fn shutdown(&self) {
        let Some(writer) = &self.writer else { return };
        drop(locked(&writer.queue).take());
        let thread = locked(&writer.thread).take();
        if let Some(thread) = thread {
            // A panic of the writer was already told to each waiter.
            let _ = tokio::task::spawn_blocking(move || thread.join()).await;
        }
    }

    pub async fn accept(&self, incoming: Incoming) -> Result<Accepted> {
        let source = incoming.source.clone();
        match self.write(Write::Accept(incoming)).await? {
            Written::Accepted(accepted) => {
                count(&source, &accepted);
                self.wake();
                Ok(accepted)
            }
            other => Err(mismatch(&other)),
        }
    }

    /// Several documents, in one commit where they fit; answers in order.
    pub async fn accept_all(&self, batch: Vec<Incoming>) -> Result<Vec<Accepted>> {
        let mut answers = Vec::with_capacity(batch.len());
        let mut waiting = Vec::with_capacity(batch.len());
        for incoming in batch {
            waiting.push((incoming.source.clone(), self.send(Write::Accept(incoming)).await?));
        }
        for (source, answer) in waiting {
            match answer.await? {
                Written::Accepted(accepted) => {
                    count(&source, &accepted);
                    answers.push(accepted);
                }
                other => return Err(mismatch(&other)),
            }
        }
        self.wake();
        Ok(answers)
    }

    /// A file with several invoices: all of them and the file itself in one commit.
    pub async fn accept_several(&self, several: Several) -> Result<AcceptedSeveral> {
        let source = several.source.clone();
        match self.write(Write::AcceptSeveral(Box::new(several))).await? {
            Written::AcceptedSeveral(accepted) => {
                if let AcceptedSeveral::Kept { parts, .. } = &accepted {
                    parts.iter().for_each(|part| metrics().accepted(&source, part.known));
                }
                self.wake();
                Ok(accepted)
            }
            other => Err(mismatch(&other)),
        }
    }

    pub async fn record(&self, mut step: Step) -> Result<()> {
        if let (Some(promise), Some(row), None) = (&self.promise, &step.row, &step.under) {
            let Promise { key, request, answer } = &**promise;
            step.under = Some(Keyed { key: key.clone(), request: request.clone(), answer: answer(row) });
        }
        let states = step.statement.is_some();
        match self.write(Write::Record(Box::new(step))).await? {
            Written::Recorded(result) => {
                self.wake();
                if states {
                    self.posts.notify_waiters();
                }
                result
            }
            other => Err(mismatch(&other)),
        }
    }

    pub async fn claim(&self, claim: Claim) -> Result<Vec<Lease>> {
        match self.write(Write::Claim(claim)).await? {
            Written::Claimed(leases) => Ok(leases),
            other => Err(mismatch(&other)),
        }
    }

    /// A document, to be read piece by piece.
    pub async fn document(&self, sha256: &str) -> Result<Option<Document>> {
        let wanted = sha256.to_owned();
        let size = self.read(move |store| store.size(&wanted)).await?;
        Ok(size.map(|size| Document::kept(self.clone(), sha256.to_owned(), size)))
    }

    /// A document whole in memory, which has its share of the [room](Handle::room) for as long as it is held. Waits for the room
    /// behind those who came before, at most `patience`: none then, as where there is no such document.
    pub async fn hold(&self, sha256: &str, patience: Duration) -> Result<Held> {
        let wanted = sha256.to_owned();
        let Some(size) = self.read(move |store| store.size(&wanted)).await? else { return Ok(Held::Absent) };
        let beyond = usize::try_from(size).unwrap_or(usize::MAX).saturating_sub(limits::LARGE_BYTES);
        let share = match self.room.take(beyond) {
            Some(share) => share,
            None => match tokio::time::timeout(patience, self.room.wait(beyond)).await {
                Ok(share) => share,
                Err(_) => return Ok(Held::NoRoom),
            },
        };
        let sha256 = sha256.to_owned();
        let bytes = self.read(move |store| store.document(&sha256)).await?;
        Ok(bytes.map_or(Held::Absent, |bytes| Held::Here(share.around(bytes))))
    }

    /// Room for what documents have beyond `limits::LARGE_BYTES` each, whoever holds them: bodies that come, files that are
    /// picked up, what is judged or shown. It has place for one of the largest.
    pub fn room(&self) -> &Room {
        &self.room
    }

    pub(super) async fn piece(&self, sha256: &str, from: u64, most: usize) -> Result<Option<Bytes>> {
        let sha256 = sha256.to_owned();
        self.read(move |store| store.piece(&sha256, from, most)).await
    }

    pub async fn invoice(&self, id: &str) -> Result<Option<InvoiceRow>> {
        let id = id.to_owned();
        self.read(move |store| store.invoice(&id)).await
    }

    pub async fn invoices(&self, filter: InvoiceFilter) -> Result<Vec<InvoiceRow>> {
        self.read(move |store| store.invoices(&filter)).await
    }

    pub async fn matched(&self, filter: InvoiceFilter, most: usize) -> Result<Matched> {
        self.read(move |store| store.matched(&filter, most)).await
    }

    pub async fn latest(&self, limit: usize) -> Result<Vec<Event>> {
        self.read(move |store| store.latest(limit)).await
    }

    pub async fn report(&self, id: &str) -> Result<Option<String>> {
        let id = id.to_owned();
        self.read(move |store| store.report(&id)).await
    }

    pub async fn seal(&self, id: &str) -> Result<Option<Vec<u8>>> {
        let id = id.to_owned();
        self.read(move |store| store.seal(&id)).await
    }

    pub async fn events(&self, id: Option<&str>, after: u64, limit: usize) -> Result<Vec<Event>> {
        let id = id.map(str::to_owned);
        self.read(move |store| store.events(id.as_deref(), after, limit)).await
    }

    pub async fn problems(&self, filter: ProblemFilter) -> Result<Vec<Problem>> {
        self.read(move |store| store.problems(&filter)).await
    }

    pub async fn problem(&self, id: &str) -> Result<Option<Problem>> {
        let id = id.to_owned();
        self.read(move |store| store.problem(&id)).await
    }

    /// See [`Store::answered`].
    pub async fn answered(&self, key: &str) -> Result<Option<Keyed>> {
        let key = key.to_owned();
        self.read(move |store| store.answered(&key)).await
    }

    /// Forgets idempotency keys used before this moment, at most so many of each kind: how many there were.
    pub async fn forget_keys(&self, before: Millis, most: usize) -> Result<u64> {
        match self.write(Write::Forget { before, most }).await? {
            Written::Forgotten(count) => Ok(count),
            other => Err(mismatch(&other)),
        }
    }

    /// This handle, for one act under an idempotency key: the step that it records keeps its answer, made of the row as it
    /// will be.
    pub fn under(&self, promise: Promise) -> Self {
        Self { promise: Some(Arc::new(promise)), ..self.clone() }
    }

    /// Keeps the answers of an EDIFACT file, once: false where it was answered before.
    pub async fn answer(&self, done: Answering) -> Result<bool> {
        match self.write(Write::Answer(Box::new(done))).await? {
            Written::Answered(now) => Ok(now),
            other => Err(mismatch(&other)),
        }
    }

    /// Keeps an answer in EDIFACT that came: its id, and whether it had come before.
    pub async fn take_answer(&self, came: AnswerIn) -> Result<(String, bool)> {
        match self.write(Write::TakeAnswer(Box::new(came))).await? {
            Written::AnswerTaken(id, known) => {
                self.letters.notify_one();
                Ok((id, known))
            }
            other => Err(mismatch(&other)),
        }
    }

    /// That the invoice of a message was looked for in vain.
    pub async fn tried(&self, want: Want) -> Result<()> {
        match self.write(Write::Tried(want)).await? {
            Written::Tried => Ok(()),
            other => Err(mismatch(&other)),
        }
    }

    /// Told whenever messages of platforms came or are due at once, for any number of waiters: who waits registers before it looks.
    pub fn arrivals(&self) -> &Notify {
        &self.arrivals
    }

    /// Keeps a page of a platform's messages: how many of them are new.
    pub async fn collect(&self, page: Collected) -> Result<usize> {
        let fresh = self.messages_written(Write::Collect(Box::new(page))).await?;
        if fresh > 0 {
            self.arrivals.notify_waiters();
        }
        Ok(fresh)
    }

    /// That a message of a platform was looked at and is not told.
    pub async fn looked(&self, looked: Looked) -> Result<()> {
        let fetched = looked.content.is_some();
        self.messages_written(Write::Looked(looked)).await?;
        if fetched {
            self.arrivals.notify_waiters();
        }
        Ok(())
    }

    /// Has parked messages looked at again: those that another reader could not read, or one by its number. How many.
    pub async fn anew(&self, reader: &str, one: Option<u64>, now: Millis) -> Result<usize> {
        let changed = self.messages_written(Write::Anew { reader: reader.to_owned(), one, now }).await?;
        if changed > 0 {
            self.arrivals.notify_waiters();
        }
        Ok(changed)
    }

    async fn messages_written(&self, write: Write) -> Result<usize> {
        match self.write(write).await? {
            Written::Messages(count) => Ok(count),
            other => Err(mismatch(&other)),
        }
    }

    /// See [`Store::messages`].
    pub async fn messages(&self, of: MessagesOf) -> Result<Vec<PlatformMessage>> {
        self.read(move |store| store.messages(&of)).await
    }

    /// See [`Store::mark`].
    pub async fn mark(&self, platform: &str) -> Result<Option<(String, Millis)>> {
        let platform = platform.to_owned();
        self.read(move |store| store.mark(&platform)).await
    }

    /// Told whenever a statement was kept, for any number of waiters.
    pub fn posts(&self) -> &Notify {
        &self.posts
    }

    pub(super) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&dyn Store) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        if self.writer.is_none() {
            return work(&*self.store);
        }
        let store = self.store.clone();
        let done = tokio::task::spawn_blocking(move || work(&*store)).await;
        done.unwrap_or_else(|e| Err(StoreError::Failed(ended(&e).into())))
    }

    pub(super) async fn write(&self, write: Write) -> Result<Written> {
        self.send(write).await?.await
    }

    /// Hands a write over; the future that it gives back is the answer.
    async fn send(&self, write: Write) -> Result<impl Future<Output = Result<Written>> + Send + use<>> {
        let mut at_once = None;
        let mut later = None;
        match &self.writer {
            None => at_once = Some(one(&*self.store, write, &self.failure)),
            Some(writer) => {
                let queue = locked(&writer.queue).clone().ok_or_else(stopped)?;
                let (answer, waiting) = oneshot::channel();
                queue.send(Waiting { write, answer }).await.map_err(|_| stopped())?;
                later = Some(waiting);
            }
        }
        Ok(async move {
            match (at_once, later) {
                (Some(answer), _) => answer,
                (None, Some(waiting)) => waiting.await.unwrap_or_else(|_| Err(stopped())),
                (None, None) => Err(stopped()),
            }
        })
    }
}

/// The writer's life: wait for one write, take all that came meanwhile, commit, answer.
fn write_groups(store: &dyn Store, mut queue: mpsc::Receiver<Waiting>, failure: &Mutex<Option<Instant>>) {
    while let Some(first) = queue.blocking_recv() {
        let mut bytes = size(&first.write);
        let mut writes = vec![first.write];
        let mut answers = vec![first.answer];
        while writes.len() < GROUP && bytes < GROUP_BYTES {
            let Ok(next) = queue.try_recv() else { break };
            bytes += size(&next.write);
            writes.push(next.write);
            answers.push(next.answer);
        }
        // A waiter that went away takes nothing from the others: its answer is dropped, its write stands.
        let committed = timed(store, &writes);
        note(failure, committed.as_ref().err());
        match committed {
            Ok(written) if written.len() == answers.len() => {
                for (answer, written) in answers.into_iter().zip(written) {
                    let _ = answer.send(Ok(written));
                }
            }
            Ok(_) => tell_all(answers, &StoreError::Failed("a commit did not answer each of its writes".into())),
            Err(e) => tell_all(answers, &e),
        }
    }
}

fn large() -> Room {
    Room::new(limits::LARGE_ROOM_BYTES)
}

fn timed(store: &dyn Store, writes: &[Write]) -> Result<Vec<Written>> {
    let began = Instant::now();
    let committed = store.commit(writes);
    metrics().commit(writes.len(), committed.is_ok(), began.elapsed());
    committed
}

fn count(source: &str, accepted: &Accepted) {
    match accepted {
        Accepted::New { .. } => metrics().accepted(source, false),
        Accepted::Known { .. } => metrics().accepted(source, true),
        Accepted::KeyConflict { .. } => {}
    }
}

fn tell_all(answers: Vec<oneshot::Sender<Result<Written>>>, error: &StoreError) {
    for answer in answers {
        let _ = answer.send(Err(error.clone()));
    }
}

fn note(failure: &Mutex<Option<Instant>>, error: Option<&StoreError>) {
    let failed = matches!(error, Some(StoreError::Failed(_)));
    *locked(failure) = failed.then(Instant::now);
}

fn one(store: &dyn Store, write: Write, failure: &Mutex<Option<Instant>>) -> Result<Written> {
    let committed = timed(store, &[write]);
    note(failure, committed.as_ref().err());
    committed?.pop().ok_or_else(|| StoreError::Failed("a write was not answered".into()))
}

fn size(write: &Write) -> usize {
    match write {
        Write::Accept(incoming) => incoming.bytes.len(),
        Write::AcceptSeveral(several) => several.file.len().saturating_mul(2),
        Write::Record(step) => step.document.as_ref().map_or(0, |document| document.len()),
        Write::Answer(done) => done.answers.iter().map(|(_, bytes, _)| bytes.len()).sum(),
        Write::TakeAnswer(came) => came.bytes.len(),
        Write::Collect(page) => page.messages.iter().filter_map(|one| one.content.as_ref().ok()).map(Bytes::len).sum(),
        Write::Looked(looked) => looked.content.as_ref().map_or(0, Bytes::len),
        Write::Claim(_) | Write::Tried(_) | Write::Anew { .. } | Write::Forget { .. } | Write::Keep { .. } => 0,
    }
}

/// What a panic says may quote an invoice; its place is in the log.
fn ended(error: &tokio::task::JoinError) -> &'static str {
    if error.is_panic() { "a read panicked" } else { "a read was cut off" }
}

fn stopped() -> StoreError {
    StoreError::Failed("the store is shut down".into())
}

pub(super) fn mismatch(answer: &Written) -> StoreError {
    let kind = match answer {
        Written::Accepted(_) | Written::AcceptedSeveral(_) => "an accept",
        Written::Recorded(_) => "a step",
        Written::Claimed(_) => "a claim",
        Written::Answered(_) | Written::AnswerTaken(..) | Written::Tried => "an answer in EDIFACT",
        Written::Messages(_) => "messages of a platform",
        Written::Forgotten(_) => "a forgetting",
        Written::Kept => "a directory's words",
    };
    StoreError::Failed(format!("the store answered {kind} where something else was asked"))
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
