//! The store of a run: the real one, in a process that may end at any moment, on a disk that fails.

use super::*;
use crate::store::{Related, Statement, StatementsOf, Turn};

/// The real store, in a process that may end before or after any commit, on a disk that is full now and then.
pub(super) struct Failing {
    pub inner: Sqlite,
    pub life: Arc<Life>,
    pub dice: std::sync::Mutex<Dice>,
    pub edition: Arc<AtomicU64>,
    pub clock: Arc<ManualClock>,
}

impl Failing {
    /// No intent by a verdict of yesterday or of customer files that are others by now, but for what a person let go.
    fn intends_by_what_holds(&self, step: &Step) {
        let Some(row) = step.row.as_ref().filter(|_| step.events.iter().any(|event| event.kind == "intent")) else {
            return;
        };
        let by_person = row.released.is_some();
        let on = row.judged_on.as_ref().expect("what leaves was judged");
        let holds = (crate::clock::day_of(self.clock.now()), self.edition.load(Ordering::Relaxed).to_string());
        assert!(by_person || (on.day, on.basis.clone()) == holds, "leaves by {on:?} while {holds:?} holds");
    }

    fn alive<T>(&self, work: impl FnOnce(&Sqlite) -> Result<T>) -> Result<T> {
        if self.life.is_over() { Err(gone()) } else { work(&self.inner) }
    }
}

fn gone() -> StoreError {
    StoreError::Failed("the process is no more".into())
}

impl Store for Failing {
    fn commit(&self, writes: &[Write]) -> Result<Vec<Written>> {
        if self.life.is_over() || self.life.ends_here() {
            return Err(gone());
        }
        if self.dice.lock().unwrap().one_in(100) {
            return Err(StoreError::Failed("disk full".into()));
        }
        for write in writes {
            if let Write::Record(step) = write {
                self.intends_by_what_holds(step);
            }
        }
        let written = self.inner.commit(writes)?;
        // On disk, and nobody was told.
        if self.life.ends_here() { Err(gone()) } else { Ok(written) }
    }
    fn document(&self, sha256: &str) -> Result<Option<bytes::Bytes>> {
        self.alive(|store| store.document(sha256))
    }
    fn size(&self, sha256: &str) -> Result<Option<u64>> {
        self.alive(|store| store.size(sha256))
    }
    fn piece(&self, sha256: &str, from: u64, most: usize) -> Result<Option<bytes::Bytes>> {
        self.alive(|store| store.piece(sha256, from, most))
    }
    fn invoice(&self, id: &str) -> Result<Option<InvoiceRow>> {
        self.alive(|store| store.invoice(id))
    }
    fn invoices(&self, filter: &InvoiceFilter) -> Result<Vec<InvoiceRow>> {
        self.alive(|store| store.invoices(filter))
    }
    fn matched(&self, filter: &InvoiceFilter, most: usize) -> Result<crate::store::Matched> {
        self.alive(|store| store.matched(filter, most))
    }
    fn latest(&self, limit: usize) -> Result<Vec<Event>> {
        self.alive(|store| store.latest(limit))
    }
    fn report(&self, id: &str) -> Result<Option<String>> {
        self.alive(|store| store.report(id))
    }
    fn seal(&self, id: &str) -> Result<Option<Vec<u8>>> {
        self.alive(|store| store.seal(id))
    }
    fn events(&self, id: Option<&str>, after: u64, limit: usize) -> Result<Vec<Event>> {
        self.alive(|store| store.events(id, after, limit))
    }
    fn problems(&self, filter: &ProblemFilter) -> Result<Vec<Problem>> {
        self.alive(|store| store.problems(filter))
    }
    fn problem(&self, id: &str) -> Result<Option<Problem>> {
        self.alive(|store| store.problem(id))
    }
    fn answered(&self, key: &str) -> Result<Option<Keyed>> {
        self.alive(|store| store.answered(key))
    }
    fn bearers(&self, key: &NumberKey) -> Result<Vec<InvoiceRow>> {
        self.alive(|store| store.bearers(key))
    }
    fn related(&self, how: &Related) -> Result<Vec<InvoiceRow>> {
        self.alive(|store| store.related(how))
    }

    fn holder(&self, key: &NumberKey) -> Result<Option<InvoiceRow>> {
        self.alive(|store| store.holder(key))
    }
    fn due(&self) -> Result<Vec<Due>> {
        self.alive(|store| store.due())
    }
    fn counts(&self) -> Result<Vec<(String, u64)>> {
        self.alive(|store| store.counts())
    }
    fn gauges(&self, now: Millis) -> Result<crate::store::Gauges> {
        self.alive(|store| store.gauges(now))
    }
    fn messages(&self, of: &MessagesOf) -> Result<Vec<PlatformMessage>> {
        self.alive(|store| store.messages(of))
    }
    fn mark(&self, platform: &str) -> Result<Option<(String, Millis)>> {
        self.alive(|store| store.mark(platform))
    }
    fn messages_due(&self, turn: &Turn) -> Result<Option<Millis>> {
        self.alive(|store| store.messages_due(turn))
    }
    fn statements(&self, of: &StatementsOf) -> Result<Vec<(u64, Statement)>> {
        self.alive(|store| store.statements(of))
    }
    fn statements_due(&self, platform: &str) -> Result<Option<Millis>> {
        self.alive(|store| store.statements_due(platform))
    }
    fn lookup(&self, named: [&str; 3], now: Millis) -> Result<Option<crate::store::Lookup>> {
        self.alive(|store| store.lookup(named, now))
    }
    fn check(&self) -> Result<()> {
        self.alive(|store| store.check())
    }
}
