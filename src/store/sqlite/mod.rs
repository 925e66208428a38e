//! The embedded store: one SQLite file in WAL mode with `synchronous=FULL`, so that what was answered survives both a
//! `kill -9` and a power cut. One writer, several readers that never wait for it.

mod edi;
mod gauges;
mod inbox;
mod lookup;
mod mentions;
mod migrate;
mod outbox;
mod read;
mod refold;
mod search;
mod write;

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use rusqlite::{Connection, OpenFlags};

use super::{
    Addressed, AnswersOf, Due, EdiAnswer, Event, Gauges, InvoiceFilter, InvoiceRow, Keyed, Lookup, Matched, MessagesOf,
    Millis, NumberKey, PlatformMessage, Problem, ProblemFilter, Related, Result, Statement, StatementsOf, Store,
    StoreError, Turn, Unanswered, Want, Write, Written,
};

/// Reader connections kept for the next reader; more are opened when needed and closed after use.
const READERS_KEPT: usize = 4;
/// How long a connection waits for another's lock before it gives up.
const BUSY: Duration = Duration::from_secs(5);
/// How often, and after which pause, a taken lock is tried again before the store counts as in use.
const LOCK_ATTEMPTS: u32 = 25;
const LOCK_PAUSE: Duration = Duration::from_millis(20);

/// A store in one SQLite file.
pub struct Sqlite {
    path: PathBuf,
    /// None where the store was opened for reading.
    writer: Option<Mutex<Connection>>,
    readers: Mutex<Vec<Connection>>,
    /// Held as long as the store is open for writing; the system frees it when the process ends, however it ends.
    _lock: Option<File>,
}

impl Sqlite {
    /// Opens the store at `path` for writing, creates or upgrades it, and voids leases of a process that is no more.
    ///
    /// Refused: while another process has it open ([`StoreError::InUse`]), where a newer facteur wrote it
    /// ([`StoreError::Newer`]), where the file is something else ([`StoreError::Open`]).
    pub fn open(path: &Path) -> Result<Self> {
        let lock = lock(path)?;
        let mut writer = connect(path, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
        migrate::prepare(&mut writer, path)?;
        // The lock proves that whoever held a lease is gone: its steps are free at once, whatever their lease said.
        writer
            .execute("UPDATE invoices SET lease_until = NULL, fence = fence + 1 WHERE lease_until IS NOT NULL", [])
            .map_err(failed)?;
        Ok(Self { path: path.into(), writer: Some(Mutex::new(writer)), readers: Mutex::default(), _lock: Some(lock) })
    }

    /// Opens an existing store for reading, also while a daemon writes to it. Whatever writes is refused.
    pub fn open_for_reading(path: &Path) -> Result<Self> {
        let reader = connect(path, OpenFlags::SQLITE_OPEN_READ_ONLY)?;
        migrate::verify(&reader, path)?;
        Ok(Self { path: path.into(), writer: None, readers: Mutex::new(vec![reader]), _lock: None })
    }

    fn read<T>(&self, work: impl FnOnce(&Connection) -> rusqlite::Result<T>) -> Result<T> {
        let kept = locked(&self.readers).pop();
        let reader = match kept {
            Some(reader) => reader,
            None => connect(&self.path, OpenFlags::SQLITE_OPEN_READ_ONLY)?,
        };
        let answer = work(&reader).map_err(failed)?;
        let mut readers = locked(&self.readers);
        if readers.len() < READERS_KEPT {
            readers.push(reader);
        }
        Ok(answer)
    }

    fn writer(&self) -> Result<MutexGuard<'_, Connection>> {
        let writer = self.writer.as_ref();
        writer.map(locked).ok_or_else(|| StoreError::Failed("the store was opened for reading only".into()))
    }
}

impl Store for Sqlite {
    fn commit(&self, writes: &[Write]) -> Result<Vec<Written>> {
        write::commit(&mut *self.writer()?, writes)
    }

    fn document(&self, sha256: &str) -> Result<Option<Bytes>> {
        self.read(|db| read::document(db, sha256))
    }

    fn size(&self, sha256: &str) -> Result<Option<u64>> {
        self.read(|db| read::size(db, sha256))
    }

    fn piece(&self, sha256: &str, from: u64, most: usize) -> Result<Option<Bytes>> {
        self.read(|db| read::piece(db, sha256, from, most))
    }

    fn invoice(&self, id: &str) -> Result<Option<InvoiceRow>> {
        self.read(|db| read::invoice(db, id))
    }

    fn invoices(&self, filter: &InvoiceFilter) -> Result<Vec<InvoiceRow>> {
        self.read(|db| search::invoices(db, filter))
    }

    fn matched(&self, filter: &InvoiceFilter, most: usize) -> Result<Matched> {
        self.read(|db| search::matched(db, filter, most))
    }

    fn latest(&self, limit: usize) -> Result<Vec<Event>> {
        self.read(|db| read::latest(db, limit))
    }

    fn report(&self, id: &str) -> Result<Option<String>> {
        self.read(|db| read::report(db, id))
    }

    fn seal(&self, id: &str) -> Result<Option<Vec<u8>>> {
        self.read(|db| read::seal(db, id))
    }

    fn events(&self, id: Option<&str>, after: u64, limit: usize) -> Result<Vec<Event>> {
        self.read(|db| read::events(db, id, after, limit))
    }

    fn problems(&self, filter: &ProblemFilter) -> Result<Vec<Problem>> {
        self.read(|db| read::problems(db, filter))
    }

    fn problem(&self, id: &str) -> Result<Option<Problem>> {
        self.read(|db| read::problem(db, id))
    }

    fn answered(&self, key: &str) -> Result<Option<Keyed>> {
        self.read(|db| read::answered(db, key))
    }

    fn bearers(&self, key: &NumberKey) -> Result<Vec<InvoiceRow>> {
        self.read(|db| read::bearers(db, key))
    }

    fn holder(&self, key: &NumberKey) -> Result<Option<InvoiceRow>> {
        self.read(|db| read::holder(db, key))
    }

    fn related(&self, how: &Related) -> Result<Vec<InvoiceRow>> {
        self.read(|db| mentions::related(db, how))
    }

    fn due(&self) -> Result<Vec<Due>> {
        self.read(read::due)
    }

    fn counts(&self) -> Result<Vec<(String, u64)>> {
        self.read(read::counts)
    }

    fn gauges(&self, now: Millis) -> Result<Gauges> {
        self.read(|db| gauges::gauges(db, now))
    }

    fn unanswered(&self, limit: usize) -> Result<Vec<Unanswered>> {
        self.read(|db| edi::unanswered(db, limit))
    }

    fn is_unanswered(&self, sha256: &str) -> Result<bool> {
        self.read(|db| edi::is_unanswered(db, sha256))
    }

    fn edi_answers(&self, of: &AnswersOf) -> Result<Vec<EdiAnswer>> {
        self.read(|db| edi::answers(db, of))
    }

    fn wants(&self, limit: usize) -> Result<Vec<Want>> {
        self.read(|db| edi::wants(db, limit))
    }

    fn of_interchange(&self, named: [&str; 3], limit: usize) -> Result<Vec<Addressed>> {
        self.read(|db| edi::of_interchange(db, named, limit))
    }

    fn addressed(&self, invoice: &str) -> Result<Option<Addressed>> {
        self.read(|db| edi::of_invoice(db, invoice))
    }

    fn messages(&self, of: &MessagesOf) -> Result<Vec<PlatformMessage>> {
        self.read(|db| inbox::messages(db, of))
    }

    fn mark(&self, platform: &str) -> Result<Option<(String, Millis)>> {
        self.read(|db| inbox::mark(db, platform))
    }

    fn messages_due(&self, turn: &Turn) -> Result<Option<Millis>> {
        self.read(|db| inbox::next(db, turn))
    }

    fn statements(&self, of: &StatementsOf) -> Result<Vec<(u64, Statement)>> {
        self.read(|db| outbox::statements(db, of))
    }

    fn statements_due(&self, platform: &str) -> Result<Option<Millis>> {
        self.read(|db| outbox::next(db, platform))
    }

    fn lookup(&self, named: [&str; 3], now: Millis) -> Result<Option<Lookup>> {
        self.read(|db| lookup::one(db, named, now))
    }

    fn check(&self) -> Result<()> {
        write::probe(&mut *self.writer()?)
    }
}

/// Takes the lock file beside the store and writes into it who holds it.
fn lock(path: &Path) -> Result<File> {
    let mut name = path.as_os_str().to_owned();
    name.push(".lock");
    let name = PathBuf::from(name);
    let cannot = |e: std::io::Error| {
        StoreError::Open(format!("{}: {e}; does the folder exist and may this user write to it?", name.display()))
    };
    let mut file =
        OpenOptions::new().read(true).write(true).create(true).truncate(false).open(&name).map_err(cannot)?;
    // A process that ends, or one caught between fork and exec, holds it a moment longer than it should.
    let mut patience = LOCK_ATTEMPTS;
    let taken = loop {
        match file.try_lock() {
            Err(TryLockError::WouldBlock) if patience > 0 => {
                patience -= 1;
                std::thread::sleep(LOCK_PAUSE);
            }
            taken => break taken,
        }
    };
    match taken {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut holder = String::new();
            let _ = (&mut file).take(100).read_to_string(&mut holder);
            let holder = if holder.is_empty() { "another process".into() } else { holder };
            return Err(StoreError::InUse { path: path.display().to_string(), holder });
        }
        Err(TryLockError::Error(e)) => return Err(cannot(e)),
    }
    // For people who meet the lock; a failure to write it takes nothing from the lock itself.
    let _ = file.set_len(0);
    let _ = file.rewind();
    let _ = write!(file, "process {}", std::process::id());
    Ok(file)
}

fn connect(path: &Path, flags: OpenFlags) -> Result<Connection> {
    let open = || -> rusqlite::Result<Connection> {
        let db = Connection::open_with_flags(path, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        db.busy_timeout(BUSY)?;
        db.pragma_update(None, "foreign_keys", true)?;
        db.pragma_update(None, "recursive_triggers", true)?;
        db.pragma_update(None, "trusted_schema", false)?;
        db.pragma_update(None, "synchronous", "FULL")?;
        db.set_prepared_statement_cache_capacity(64);
        Ok(db)
    };
    open().map_err(|e| StoreError::Open(format!("{}: {e}", path.display())))
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic in another thread leaves no half-done state here: transactions roll back when dropped.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(e: rusqlite::Error) -> StoreError {
    StoreError::Failed(e.to_string())
}

#[cfg(test)]
mod tests;
