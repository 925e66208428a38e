//! A connection with an end to its patience: a client that neither reads what it asked for nor lets go is let go.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch::{self as channel, Receiver, Sender};
use tokio::time::{Instant, Sleep, sleep};

use crate::limits;

/// At the end, how long a client that is still sending may go on, so that it comes to read the answer: closing at once would
/// have the machine take back what it has not read yet.
const LINGERS: Duration = Duration::from_secs(10);
/// As much without a word from it.
const LINGERS_SILENT: Duration = Duration::from_secs(2);
/// As much of what it sends, in bytes.
const LINGERS_BYTES: usize = 4 * limits::DOCUMENT_BYTES;

/// Pieces dropped at one go.
const ROUNDS: usize = 16;

/// What a connection is at: shared by its stream, its service and whoever watches over it.
#[derive(Debug, Default)]
pub(super) struct Turn {
    /// Requests whose answers are not wholly given.
    pub busy: AtomicUsize,
    /// Requests so far.
    pub begun: AtomicUsize,
    /// Since the last time that all was written, an answer of ours was given.
    pub spoken: AtomicBool,
    /// The client said something.
    pub heard: AtomicBool,
}

impl Turn {
    /// Whatever is written now is none of our answers: hyper refuses a head that is none, with an empty body.
    fn hypers_own(&self) -> bool {
        !self.spoken.load(Ordering::Acquire) && self.busy.load(Ordering::Acquire) == 0
    }
}

/// A stream whose writes must get on. Reads have bounds of their own: headers by hyper, bodies by the handlers.
pub(super) struct Patient {
    stream: TcpStream,
    within: Duration,
    /// Runs while a write waits for the client.
    end: Option<Pin<Box<Sleep>>>,
    /// Since when a write has waited for the client.
    waits: Sender<Option<Instant>>,
    turn: Arc<Turn>,
    /// The status that hyper refused a head with. What it wrote was kept back: it says nothing.
    refused: Option<u16>,
    /// All was said and the client was told so; what it still sends is dropped.
    linger: Option<Linger>,
}

struct Linger {
    until: Instant,
    left: usize,
    silence: Pin<Box<Sleep>>,
}

impl Patient {
    pub fn new(stream: TcpStream, within: Duration, turn: Arc<Turn>) -> Self {
        let waits = channel::Sender::new(None);
        Self { stream, within, end: None, waits, turn, refused: None, linger: None }
    }

    /// Since when a write has waited for the client without getting on; none while none does.
    pub fn waits(&self) -> Receiver<Option<Instant>> {
        self.waits.subscribe()
    }

    /// The status with which hyper refused a head, where it did. Whoever asks writes the refusal in its place.
    pub fn take_refused(&mut self) -> Option<u16> {
        self.refused.take()
    }

    /// Keeps back what hyper refuses a head with.
    fn kept_back(&mut self, bytes: &[u8]) -> bool {
        if self.refused.is_some() {
            return true;
        }
        if !self.turn.hypers_own() {
            return false;
        }
        let status = bytes.strip_prefix(b"HTTP/1.1 ").or_else(|| bytes.strip_prefix(b"HTTP/1.0 "));
        let status = status.and_then(|rest| std::str::from_utf8(rest.get(..3)?).ok()?.parse().ok());
        self.refused = status.filter(|status| (400..500).contains(status));
        self.refused.is_some()
    }

    /// Drops what comes until the client ends too, or has had its time.
    fn poll_linger(&mut self, context: &mut Context<'_>) -> Poll<()> {
        let Some(linger) = &mut self.linger else { return Poll::Ready(()) };
        let mut scratch = [0; 16 * 1024];
        for _ in 0..ROUNDS {
            let mut piece = ReadBuf::new(&mut scratch);
            match Pin::new(&mut self.stream).poll_read(context, &mut piece) {
                Poll::Ready(Ok(())) if !piece.filled().is_empty() => {
                    linger.left = linger.left.saturating_sub(piece.filled().len());
                    if linger.left == 0 || Instant::now() >= linger.until {
                        return Poll::Ready(());
                    }
                    linger.silence.as_mut().reset((Instant::now() + LINGERS_SILENT).min(linger.until));
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return linger.silence.as_mut().poll(context),
            }
        }
        // Others have their turn.
        context.waker().wake_by_ref();
        Poll::Pending
    }

    /// Passes on what a write came to; a wait that lasts too long is an error.
    fn judge<T>(&mut self, context: &mut Context<'_>, came: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        self.waits.send_if_modified(|since| match (came.is_pending(), since.is_some()) {
            (true, false) => since.replace(Instant::now()).is_none(),
            (false, true) => since.take().is_some(),
            _ => false,
        });
        if came.is_ready() {
            self.end = None;
            return came;
        }
        let within = self.within;
        let end = self.end.get_or_insert_with(|| Box::pin(sleep(within)));
        if end.deadline() <= Instant::now() {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        ready!(end.as_mut().poll(context));
        Poll::Ready(Err(io::ErrorKind::TimedOut.into()))
    }
}

impl AsyncRead for Patient {
    fn poll_read(mut self: Pin<&mut Self>, context: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let came = Pin::new(&mut self.stream).poll_read(context, buf);
        if buf.filled().len() > before {
            self.turn.heard.store(true, Ordering::Release);
        }
        came
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        if self.kept_back(bytes) {
            return Poll::Ready(Ok(bytes.len()));
        }
        let came = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(context, came)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let came = Pin::new(&mut self.stream).poll_flush(context);
        // hyper flushes once it has written all it had.
        if came.is_ready() && self.turn.busy.load(Ordering::Acquire) == 0 {
            self.turn.spoken.store(false, Ordering::Release);
        }
        self.judge(context, came)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.refused.is_some() {
            // The refusal is still to be written.
            return Poll::Ready(Ok(()));
        }
        if self.linger.is_none() {
            let came = Pin::new(&mut self.stream).poll_shutdown(context);
            ready!(self.judge(context, came))?;
            let silence = Box::pin(sleep(LINGERS_SILENT));
            self.linger = Some(Linger { until: Instant::now() + LINGERS, left: LINGERS_BYTES, silence });
        }
        self.poll_linger(context).map(Ok)
    }

    /// No: hyper would put the refusal of a request that is none before the rest of an answer not yet read. Answers come in
    /// pieces, so that little is copied at a time.
    fn is_write_vectored(&self) -> bool {
        false
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::io::AsyncWriteExt;
    use tokio::net::TcpListener;

    #[tokio::test]
    async fn a_client_that_does_not_read_is_let_go() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        let mut patient = Patient::new(stream, Duration::from_millis(200), Arc::default());
        let piece = vec![0u8; 1 << 20];
        let error = loop {
            if let Err(error) = patient.write_all(&piece).await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
