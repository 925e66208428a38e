//! One connection: served as long as its client gets on, and told in time when it has to end.
//!
//! It ends early in two cases. *Where the room is full*: idle connections, those whose client does not read and those whose body
//! does not come make room, and old ones end with their next answer. *At a stop*: requests that arrive within [`LAST_WORDS`] are
//! answered, each with `connection: close`; then the connection is closed, and nobody's silence holds the stop for long.

use std::convert::Infallible;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use axum::http::HeaderValue;
use axum::http::header::CONNECTION;
use hyper::body::Frame;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::sync::watch::Receiver;
use tokio::time::{Instant, sleep, sleep_until, timeout_at};

use super::arriving::Arriving;
use super::door::{Bounds, HEAD_BYTES};
use super::patient::{Patient, Turn};
use super::told;
use crate::api::malformed;

/// At a stop, and where the room is full: how long a connection may stay without a request under way. A head that is half sent
/// has that long to arrive. At a stop, a write that does not get on is given as much.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Where the room is full: longest wait for a client to read on.
pub(super) const STUCK: Duration = Duration::from_secs(3);
/// Where the room is full: the age from which a connection ends with its next answer, so that others have their turn.
const TURN: Duration = STUCK;
/// Longest piece of an answer that is handed on at a time, in bytes.
const PIECE: usize = 64 * 1024;

type Waits = Receiver<Option<Instant>>;

/// What a connection is told from outside.
#[derive(Clone)]
pub(super) struct Told {
    /// Since when the daemon stops.
    pub stopped: Receiver<Option<Instant>>,
    /// The room is full.
    pub pressed: Receiver<bool>,
    /// So many answers wait for room that others hold.
    pub awaited: Receiver<usize>,
}

impl Told {
    /// Resolves at the stop, to when it began.
    async fn stop(&mut self) -> Instant {
        // An error means that the door is gone: a stop, too.
        self.stopped.wait_for(Option::is_some).await.ok().and_then(|since| *since).unwrap_or_else(Instant::now)
    }
}

/// Serves one connection until it ends.
pub(super) async fn serve(stream: TcpStream, router: Router, bounds: Bounds, told: Told) {
    // Answers are small and written whole: waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(bounds.head_within)
        .max_buf_size(HEAD_BYTES)
        .max_header_size(HEAD_BYTES);
    let turn = Arc::new(Turn::default());
    let patient = Patient::new(stream, bounds.read_within, turn.clone());
    let waits = patient.waits();
    let service = {
        let (inner, turn, told, waits) = (TowerToHyperService::new(router), turn.clone(), told.clone(), waits.clone());
        let born = Instant::now();
        service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
            let held = Held::new(&turn);
            let (inner, told, mut waits) = (inner.clone(), told.clone(), waits.clone());
            async move {
                // One after the other: whoever sends ahead is not worked for before the answer before was taken.
                let _ = waits.wait_for(Option::is_none).await;
                let request = request.map(|body| Body::new(Arriving::new(body, told.clone(), bounds)));
                let Ok(mut response) = inner.call(request).await;
                if told.stopped.borrow().is_some() || (*told.pressed.borrow() && born.elapsed() > TURN) {
                    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
                }
                held.0.spoken.store(true, Ordering::Release);
                Ok::<_, Infallible>(response.map(|body| Answer { body, rest: Bytes::new(), _held: held }))
            }
        })
    };
    let mut connection = builder.serve_connection(TokioIo::new(patient), service);
    let Some(ended) = attended(Pin::new(&mut connection), &turn, waits, told, bounds).await else { return };
    let Err(error) = ended else { return };
    // Clients break off and take their time: their matter, told only to those who ask.
    tracing::debug!(%error, "a connection ended early");
    let parts = connection.into_parts();
    let mut patient = parts.io.into_inner();
    let status = patient.take_refused();
    // What is written now is ours.
    turn.spoken.store(true, Ordering::Release);
    if let Some(words) = malformed::answer(status, &error, &parts.read_buf).await
        && patient.write_all(&words).await.is_ok()
    {
        let _ = patient.shutdown().await;
    }
}

/// A connection that hyper serves.
type Served<S> = http1::Connection<TokioIo<Patient>, S>;

/// Drives the connection to its end; none where it was cut off.
async fn attended<S>(
    mut connection: Pin<&mut Served<S>>,
    turn: &Turn,
    waits: Waits,
    mut told_of: Told,
    bounds: Bounds,
) -> Option<hyper::Result<()>>
where
    S: hyper::service::Service<hyper::Request<hyper::body::Incoming>, Response = hyper::Response<Answer>>,
    S::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let born = Instant::now();
    let (mut pressed, awaited) = (told_of.pressed.clone(), told_of.awaited.clone());
    let left = tokio::select! {
        biased;
        ended = connection.as_mut() => return Some(ended),
        since = told_of.stop() => Left::Stop(since),
        left = crowded_out(&mut pressed, turn, &waits) => left,
        () = unread(awaited, &waits) => Left::Cut,
    };
    let since = match left {
        Left::Stop(since) => since,
        Left::Cut => return None,
        Left::Idle => {
            tokio::select! {
                biased;
                ended = connection.as_mut() => return Some(ended),
                // Told to end, hyper closes a connection that has not said a word; what it is about to say may be on its way.
                () = first_word(turn) => {}
            }
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                biased;
                ended = connection.as_mut() => return Some(ended),
                since = told_of.stop() => since,
                () = silent(turn, &waits) => return None,
                () = stuck(waits.clone(), STUCK) => return None,
            }
        }
    };
    let until = since + bounds.bodies_at_stop;
    let mut cut = pin!(async {
        tokio::select! {
            () = stuck(waits.clone(), LAST_WORDS) => {}
            () = async { sleep_until(until).await; stuck(waits.clone(), Duration::ZERO).await } => {}
        }
    });
    tokio::select! {
        biased;
        ended = connection.as_mut() => return Some(ended),
        () = sleep_until(since.max(born) + LAST_WORDS) => {}
        () = cut.as_mut() => return None,
    }
    connection.as_mut().graceful_shutdown();
    tokio::select! {
        biased;
        ended = connection.as_mut() => Some(ended),
        () = silent(turn, &waits) => None,
        () = cut => None,
    }
}

/// Why a connection does not go on as it is.
#[derive(Debug, PartialEq, Eq)]
enum Left {
    /// It has nothing to say, and others wait for the room.
    Idle,
    /// Its client does not read, and others wait for the room.
    Cut,
    /// The daemon has been stopping since.
    Stop(Instant),
}

/// Resolves once the room is full and this connection is one of those that make room.
async fn crowded_out(pressed: &mut Receiver<bool>, turn: &Turn, waits: &Waits) -> Left {
    loop {
        told(pressed).await;
        let left = tokio::select! {
            () = silent(turn, waits) => Left::Idle,
            () = stuck(waits.clone(), STUCK) => Left::Cut,
        };
        // There may be room again by now; places come and go in between.
        if *pressed.borrow() {
            return left;
        }
    }
}

/// Resolves once others wait for room for their answers, and this client does not read its own.
async fn unread(mut awaited: Receiver<usize>, waits: &Waits) {
    loop {
        if awaited.wait_for(|count| *count > 0).await.is_err() {
            // Nobody will ever wait.
            return std::future::pending().await;
        }
        stuck(waits.clone(), STUCK).await;
        // There may be room again by now.
        if *awaited.borrow() > 0 {
            return;
        }
    }
}

/// Resolves once the client said something, or has been silent for as long as it may.
async fn first_word(turn: &Turn) {
    let began = Instant::now();
    while !turn.heard.load(Ordering::Acquire) && began.elapsed() < LAST_WORDS {
        sleep(LAST_WORDS / 50).await;
    }
}

/// Resolves once no request was under way, and nothing waited to be written, for a while.
async fn silent(turn: &Turn, waits: &Waits) {
    let (mut quiet, mut begun) = (0, turn.begun.load(Ordering::Acquire));
    const LOOKS: u32 = 10;
    while quiet < LOOKS {
        sleep(LAST_WORDS / LOOKS).await;
        // Requests may begin and end between two looks.
        let before = std::mem::replace(&mut begun, turn.begun.load(Ordering::Acquire));
        let quiet_now = before == begun && turn.busy.load(Ordering::Acquire) == 0 && waits.borrow().is_none();
        quiet = if quiet_now { quiet + 1 } else { 0 };
    }
}

/// Resolves once a write has waited so long for the client without getting on.
async fn stuck(mut waits: Waits, most: Duration) {
    loop {
        let since = *waits.borrow_and_update();
        let changed = match since {
            None => waits.changed().await,
            Some(since) => match timeout_at(since + most, waits.changed()).await {
                Ok(changed) => changed,
                Err(_) => return,
            },
        };
        if changed.is_err() {
            // The connection is gone, and says so itself.
            std::future::pending::<()>().await;
        }
    }
}

/// Counts a request under way, until its answer was written or given up.
pub(super) struct Held(Arc<Turn>);

impl Held {
    fn new(turn: &Arc<Turn>) -> Self {
        turn.busy.fetch_add(1, Ordering::AcqRel);
        turn.begun.fetch_add(1, Ordering::AcqRel);
        Self(turn.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The body of an answer, in pieces. It keeps its request under way as long as it is written.
struct Answer {
    body: Body,
    rest: Bytes,
    _held: Held,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        if self.rest.is_empty() {
            let frame = match std::task::ready!(Pin::new(&mut self.body).poll_frame(cx)) {
                Some(Ok(frame)) => frame,
                other => return Poll::Ready(other),
            };
            match frame.into_data() {
                Ok(data) => self.rest = data,
                Err(trailers) => return Poll::Ready(Some(Ok(trailers))),
            }
        }
        let length = self.rest.len().min(PIECE);
        Poll::Ready(Some(Ok(Frame::data(self.rest.split_to(length)))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty() && self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        let (inner, rest) = (self.body.size_hint(), self.rest.len() as u64);
        let mut hint = hyper::body::SizeHint::new();
        hint.set_lower(inner.lower() + rest);
        if let Some(upper) = inner.upper() {
            hint.set_upper(upper + rest);
        }
        hint
    }
}
