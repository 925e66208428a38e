//! A connection with an end to its patience: a client that neither reads what it asked for nor lets go is let go.

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
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

/// A stream whose writes must get on. Reads have bounds of their own: headers by hyper, bodies by the handlers.
pub(super) struct Patient {
    stream: TcpStream,
    within: Duration,
    /// Runs while a write waits for the client.
    end: Option<Pin<Box<Sleep>>>,
    waits: Arc<AtomicBool>,
    heard: Arc<AtomicBool>,
    /// All was said and the client was told so; what it still sends is dropped.
    linger: Option<Linger>,
}

struct Linger {
    until: Instant,
    left: usize,
    silence: Pin<Box<Sleep>>,
}

impl Patient {
    pub fn new(stream: TcpStream, within: Duration) -> Self {
        Self { stream, within, end: None, waits: Arc::default(), heard: Arc::default(), linger: None }
    }

    /// Is set while a write waits for the client: there is more to say.
    pub fn waits(&self) -> Arc<AtomicBool> {
        self.waits.clone()
    }

    /// Is set once the client said something.
    pub fn heard(&self) -> Arc<AtomicBool> {
        self.heard.clone()
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
        self.waits.store(came.is_pending(), Ordering::Release);
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
            self.heard.store(true, Ordering::Release);
        }
        came
    }
}

impl AsyncWrite for Patient {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let came = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.judge(context, came)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        let came = Pin::new(&mut self.stream).poll_flush(context);
        self.judge(context, came)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.linger.is_none() {
            let came = Pin::new(&mut self.stream).poll_shutdown(context);
            ready!(self.judge(context, came))?;
            let silence = Box::pin(sleep(LINGERS_SILENT));
            self.linger = Some(Linger { until: Instant::now() + LINGERS, left: LINGERS_BYTES, silence });
        }
        self.poll_linger(context).map(Ok)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let came = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.judge(context, came)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
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
        let mut patient = Patient::new(stream, Duration::from_millis(200));
        let piece = vec![0u8; 1 << 20];
        let error = loop {
            if let Err(error) = patient.write_all(&piece).await {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
    }
}
