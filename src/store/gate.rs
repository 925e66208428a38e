//! A store that counts its commits, holds them up and fails on demand: what tests put before the real one.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use bytes::Bytes;

use super::sqlite::Sqlite;
use super::{
    Due, Event, Gauges, InvoiceFilter, InvoiceRow, Keyed, Matched, Millis, NumberKey, Problem, ProblemFilter, Related,
    Result, Store, StoreError, Write, Written,
};

/// The real store behind a gate.
pub struct Gate {
    pub inner: Sqlite,
    /// Commits begun, whatever became of them.
    pub commits: AtomicUsize,
    /// Commits wait while this is set.
    pub held: AtomicBool,
    /// Commits fail while this is set, as on a full disk.
    pub broken: AtomicBool,
}

impl Gate {
    /// A gate that lets commits through.
    pub fn open(inner: Sqlite) -> Arc<Self> {
        Self::new(inner, false)
    }

    /// A gate that holds commits up until told.
    pub fn holding(inner: Sqlite) -> Arc<Self> {
        Self::new(inner, true)
    }

    fn new(inner: Sqlite, held: bool) -> Arc<Self> {
        Arc::new(Self {
            inner,
            commits: AtomicUsize::new(0),
            held: AtomicBool::new(held),
            broken: AtomicBool::new(false),
        })
    }
}

impl Store for Gate {
    fn commit(&self, writes: &[Write]) -> Result<Vec<Written>> {
        self.commits.fetch_add(1, Ordering::SeqCst);
        while self.held.load(Ordering::SeqCst) {
            std::thread::sleep(Duration::from_millis(1));
        }
        if self.broken.load(Ordering::SeqCst) {
            return Err(StoreError::Failed("disk full".into()));
        }
        self.inner.commit(writes)
    }
    fn document(&self, sha256: &str) -> Result<Option<Bytes>> {
        self.inner.document(sha256)
    }
    fn size(&self, sha256: &str) -> Result<Option<u64>> {
        self.inner.size(sha256)
    }
    fn piece(&self, sha256: &str, from: u64, most: usize) -> Result<Option<Bytes>> {
        self.inner.piece(sha256, from, most)
    }
    fn invoice(&self, id: &str) -> Result<Option<InvoiceRow>> {
        self.inner.invoice(id)
    }
    fn invoices(&self, filter: &InvoiceFilter) -> Result<Vec<InvoiceRow>> {
        self.inner.invoices(filter)
    }
    fn matched(&self, filter: &InvoiceFilter, most: usize) -> Result<Matched> {
        self.inner.matched(filter, most)
    }
    fn latest(&self, limit: usize) -> Result<Vec<Event>> {
        self.inner.latest(limit)
    }
    fn report(&self, id: &str) -> Result<Option<String>> {
        self.inner.report(id)
    }
    fn seal(&self, id: &str) -> Result<Option<Vec<u8>>> {
        self.inner.seal(id)
    }
    fn events(&self, id: Option<&str>, after: u64, limit: usize) -> Result<Vec<Event>> {
        self.inner.events(id, after, limit)
    }
    fn problems(&self, filter: &ProblemFilter) -> Result<Vec<Problem>> {
        self.inner.problems(filter)
    }
    fn problem(&self, id: &str) -> Result<Option<Problem>> {
        self.inner.problem(id)
    }
    fn answered(&self, key: &str) -> Result<Option<Keyed>> {
        self.inner.answered(key)
    }
    fn bearers(&self, key: &NumberKey) -> Result<Vec<InvoiceRow>> {
        self.inner.bearers(key)
    }
    fn related(&self, how: &Related) -> Result<Vec<InvoiceRow>> {
        self.inner.related(how)
    }

    fn holder(&self, key: &NumberKey) -> Result<Option<InvoiceRow>> {
        self.inner.holder(key)
    }
    fn due(&self) -> Result<Vec<Due>> {
        self.inner.due()
    }
    fn counts(&self) -> Result<Vec<(String, u64)>> {
        self.inner.counts()
    }
    fn gauges(&self, now: Millis) -> Result<Gauges> {
        self.inner.gauges(now)
    }
    fn check(&self) -> Result<()> {
        self.inner.check()
    }
}
