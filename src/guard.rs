//! Opens PDFs on threads of their own: few at once, each with a deadline, and a fault of the reader ends nothing else.
//!
//! The reader ends by its own budget; this is the second wall. A thread cannot be killed: one that does not end keeps its
//! place, so that no document can take more of the machine than these few threads.

use std::num::NonZero;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::sync::{Arc, Condvar, LazyLock, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::limits;
use crate::pdf::{self, Container, Pages, Refusal, RefusalKind, Unpack};

/// Who reads.
pub type Reader = fn(&[u8]) -> Result<Container, Refusal>;

/// How long the text of the pages may take: it is worth less waiting than the invoice.
const PAGES_WITHIN: Duration = Duration::from_millis(limits::PDF_PAGES_MS);

/// Opens PDFs under a deadline.
#[derive(Debug)]
pub struct Guard {
    reader: Reader,
    within: Duration,
    places: Arc<Places>,
}

/// The one that every door of this process goes through, so that the bound holds for all of them together.
///
/// The thread that reads a PDF may outlive its caller: it shares `document` where that is what it is to read.
pub fn pdf(document: &Bytes) -> Shared<'_> {
    static GUARD: LazyLock<Guard> = LazyLock::new(|| {
        let cores = thread::available_parallelism().map_or(2, NonZero::get);
        Guard::new(pdf::open, Duration::from_millis(limits::PDF_READ_MS), cores.clamp(2, 8))
    });
    Shared { guard: &GUARD, document }
}

/// A guard, and a document that need not be copied.
#[derive(Debug)]
pub struct Shared<'d> {
    guard: &'static Guard,
    document: &'d Bytes,
}

impl Unpack for Shared<'_> {
    fn unpack(&self, bytes: &[u8]) -> Result<Container, Refusal> {
        let (reader, within) = (self.guard.reader, self.guard.within);
        self.guard.run(self.shared(bytes), reader, within)
    }

    fn read_pages(&self, bytes: &[u8]) -> Result<Pages, Refusal> {
        self.guard.run(self.shared(bytes), pdf::pages, PAGES_WITHIN)
    }
}

impl Shared<'_> {
    /// The document itself where that is what is asked for, else a copy.
    fn shared(&self, bytes: &[u8]) -> Bytes {
        let same = std::ptr::eq(self.document.as_ref(), bytes);
        if same { self.document.clone() } else { Bytes::copy_from_slice(bytes) }
    }
}

impl Guard {
    /// At most `places` readers at once; `within` is for waiting and reading together.
    pub fn new(reader: Reader, within: Duration, places: usize) -> Self {
        Self { reader, within, places: Arc::new(Places { free: Mutex::new(places), freed: Condvar::new() }) }
    }
}

impl Unpack for Guard {
    fn unpack(&self, bytes: &[u8]) -> Result<Container, Refusal> {
        self.run(Bytes::copy_from_slice(bytes), self.reader, self.within)
    }

    fn read_pages(&self, bytes: &[u8]) -> Result<Pages, Refusal> {
        self.run(Bytes::copy_from_slice(bytes), pdf::pages, PAGES_WITHIN.min(self.within))
    }
}

impl Guard {
    fn run<T: Send + 'static>(
        &self,
        bytes: Bytes,
        reader: fn(&[u8]) -> Result<T, Refusal>,
        within: Duration,
    ) -> Result<T, Refusal> {
        let until = Instant::now() + within;
        let busy = |why: &str| Refusal::new(RefusalKind::Busy, why);
        let place = self.places.take(within).ok_or_else(|| busy("all readers are at work"))?;
        let (sender, receiver) = sync_channel(1);
        let read = move || {
            let _place = place;
            let read = reader(&bytes);
            // Before the answer: whoever waits for it may give the room of the document back.
            drop(bytes);
            let _ = sender.send(read);
        };
        let thread = thread::Builder::new().name("pdf".to_owned()).stack_size(limits::PDF_STACK_BYTES).spawn(read);
        thread.map_err(|_| busy("the machine gives no thread"))?;
        match receiver.recv_timeout(until.saturating_duration_since(Instant::now())) {
            Ok(read) => read,
            Err(RecvTimeoutError::Timeout) => {
                let within = within.as_millis();
                Err(Refusal::new(RefusalKind::Slow, format!("not read within {within} ms")))
            }
            Err(RecvTimeoutError::Disconnected) => {
                tracing::error!("the reader of PDFs broke: a fault of facteur");
                Err(Refusal::new(RefusalKind::Fault, "the reader broke"))
            }
        }
    }
}

#[derive(Debug)]
struct Places {
    free: Mutex<usize>,
    freed: Condvar,
}

/// A place taken, given back when the thread ends.
struct Place(Arc<Places>);

impl Places {
    fn take(self: &Arc<Self>, within: Duration) -> Option<Place> {
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.freed.wait_timeout_while(free, within, |free| *free == 0);
        let (mut free, _) = waited.unwrap_or_else(PoisonError::into_inner);
        *free = free.checked_sub(1)?;
        Some(Place(self.clone()))
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        *self.0.free.lock().unwrap_or_else(PoisonError::into_inner) += 1;
        self.0.freed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(guard: &Guard) -> Result<(), RefusalKind> {
        guard.unpack(b"%PDF-").map(|_| ()).map_err(|refusal| refusal.kind)
    }

    #[test]
    fn a_reader_that_hangs_is_given_up_in_time_and_keeps_only_its_own_place() {
        let hangs: Reader = |bytes| {
            if bytes.is_empty() {
                return Ok(Container::default());
            }
            loop {
                thread::park();
            }
        };
        let guard = Guard::new(hangs, Duration::from_millis(100), 2);
        let began = Instant::now();
        assert_eq!(kind(&guard), Err(RefusalKind::Slow));
        assert!(guard.unpack(b"").is_ok(), "the other place is free");
        assert_eq!(kind(&guard), Err(RefusalKind::Slow));
        // Both places are held now: nobody else waits longer than the deadline, and no thread is added.
        assert_eq!(kind(&guard), Err(RefusalKind::Busy));
        assert_eq!(kind(&guard), Err(RefusalKind::Busy));
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }

    #[test]
    fn a_reader_that_breaks_is_a_fault_and_gives_its_place_back() {
        let breaks: Reader = |bytes| {
            assert!(bytes.is_empty(), "as it was made to");
            Ok(Container::default())
        };
        let guard = Guard::new(breaks, Duration::from_secs(5), 1);
        for _ in 0..3 {
            assert_eq!(kind(&guard), Err(RefusalKind::Fault));
        }
        assert!(guard.unpack(b"").is_ok());
    }

    #[test]
    fn a_place_that_becomes_free_is_taken_by_who_waits() {
        let slow: Reader = |_| {
            thread::sleep(Duration::from_millis(50));
            Ok(Container::default())
        };
        let guard = Guard::new(slow, Duration::from_secs(10), 1);
        let all = thread::scope(|scope| {
            let waiting: Vec<_> = (0..6).map(|_| scope.spawn(|| kind(&guard))).collect();
            waiting.into_iter().map(|w| w.join().unwrap()).collect::<Vec<_>>()
        });
        assert_eq!(all, vec![Ok(()); 6]);
    }
}
