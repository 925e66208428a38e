//! Accepts connections, bounded in number and in patience.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody};
use hyper::body::Frame;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::sync::watch::Receiver;
use tokio::task::JoinSet;

use super::patient::Patient;
use super::told;

/// Largest head of a request, in bytes.
const HEAD_BYTES: usize = 64 * 1024;
/// Pause where the machine gives no more connections.
const PAUSE: Duration = Duration::from_millis(100);

/// How much of clients is borne.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    /// Most connections at once; further ones wait.
    pub connections: usize,
    /// Longest time for the head of a request, and for a connection to stay idle between two.
    pub head_within: Duration,
    /// Longest wait for a client to read on.
    pub read_within: Duration,
}

impl Bounds {
    pub fn of(connections: usize) -> Self {
        Self { connections, head_within: Duration::from_secs(15), read_within: Duration::from_secs(60) }
    }
}

/// At a stop: how long a connection may stay without a request under way. A head that is half sent has that long to arrive.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// At a stop: how long the machine's queue is asked for connections that were made before.
const LAST_CALL: Duration = Duration::from_millis(20);

/// Serves until told to stop, then lets requests under way end. Connections that the machine had taken before the stop are
/// served too: to be cut off without a word, a client must come after it.
pub(super) async fn serve(listener: TcpListener, router: Router, bounds: Bounds, mut stopped: Receiver<bool>) {
    let room = Arc::new(Semaphore::new(bounds.connections));
    let mut tasks = JoinSet::new();
    loop {
        while tasks.try_join_next().is_some() {}
        let next = async {
            // Room first: connections beyond the bound wait in the machine's queue.
            let place = room.clone().acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = tokio::select! {
            () = told(&mut stopped) => break,
            next = next => next,
        };
        let stream = match accepted {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(PAUSE).await;
                continue;
            }
        };
        let (router, stopped) = (router.clone(), stopped.clone());
        tasks.spawn(async move {
            let _place = place;
            one(stream, router, bounds, stopped).await;
        });
    }
    while let Ok(Ok((stream, _))) = tokio::time::timeout(LAST_CALL, listener.accept()).await {
        let Ok(place) = room.clone().try_acquire_owned() else { break };
        let (router, stopped) = (router.clone(), stopped.clone());
        tasks.spawn(async move {
            let _place = place;
            one(stream, router, bounds, stopped).await;
        });
    }
    drop(listener);
    while tasks.join_next().await.is_some() {}
}

async fn one(stream: TcpStream, router: Router, bounds: Bounds, mut stopped: Receiver<bool>) {
    // Answers are small and written whole: waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(bounds.head_within).max_buf_size(HEAD_BYTES);
    let patient = Patient::new(stream, bounds.read_within);
    let waits = patient.waits();
    let io = TokioIo::new(patient);
    let busy = Arc::new(AtomicUsize::new(0));
    let service = service_fn({
        let (inner, busy) = (TowerToHyperService::new(router), busy.clone());
        move |request| {
            let held = Held::new(&busy);
            let answer = inner.call(request);
            async move {
                let (parts, body) = answer.await?.into_parts();
                Ok::<_, std::convert::Infallible>(axum::response::Response::from_parts(
                    parts,
                    Answer { body, _held: held },
                ))
            }
        }
    });
    let mut connection = pin!(builder.serve_connection(io, service));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = told(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            tokio::select! {
                ended = connection.as_mut() => ended,
                () = silent(&busy, &waits) => return,
            }
        }
    };
    if let Err(error) = ended {
        // Clients break off and take their time: their matter, told only to those who ask.
        tracing::debug!(%error, "a connection ended early");
    }
}

/// Resolves once no request was under way, and nothing waited to be written, for a while.
async fn silent(busy: &AtomicUsize, waits: &AtomicBool) {
    let mut quiet = 0;
    const LOOKS: u32 = 10;
    while quiet < LOOKS {
        tokio::time::sleep(LAST_WORDS / LOOKS).await;
        let quiet_now = busy.load(Ordering::Acquire) == 0 && !waits.load(Ordering::Acquire);
        quiet = if quiet_now { quiet + 1 } else { 0 };
    }
}

/// Counts a request under way, until its answer was written or given up.
struct Held(Arc<AtomicUsize>);

impl Held {
    fn new(busy: &Arc<AtomicUsize>) -> Self {
        busy.fetch_add(1, Ordering::AcqRel);
        Self(busy.clone())
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The body of an answer, which keeps its request under way as long as it is written.
struct Answer {
    body: Body,
    _held: Held,
}

impl HttpBody for Answer {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> hyper::body::SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::task::JoinHandle;
    use tokio::time::{Instant, timeout};

    const SOON: Duration = Duration::from_secs(10);

    struct Door {
        address: std::net::SocketAddr,
        stop: tokio::sync::watch::Sender<bool>,
        task: JoinHandle<()>,
    }

    async fn door(connections: usize) -> Door {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let slow = || async {
            tokio::time::sleep(Duration::from_millis(300)).await;
            "slow"
        };
        let router = Router::new().route("/", get(|| async { "here" })).route("/slow", get(slow));
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let half = Duration::from_millis(500);
        let bounds = Bounds { connections, head_within: half, read_within: half };
        Door { address, stop, task: tokio::spawn(serve(listener, router, bounds, stopped)) }
    }

    /// Sends, and reads until the door closes.
    async fn say(stream: &mut TcpStream, words: &str) -> String {
        stream.write_all(words.as_bytes()).await.unwrap();
        let mut answer = String::new();
        timeout(SOON, stream.read_to_string(&mut answer)).await.expect("the door closes").unwrap();
        answer
    }

    #[tokio::test]
    async fn half_a_head_and_an_idle_connection_are_let_go() {
        let door = door(8).await;
        let began = Instant::now();
        let mut half = TcpStream::connect(door.address).await.unwrap();
        assert_eq!(say(&mut half, "GET / HTTP/1.1\r\nHost: x\r\n").await, "");
        let mut idle = TcpStream::connect(door.address).await.unwrap();
        assert!(say(&mut idle, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.ends_with("here"));
        assert!(began.elapsed() >= Duration::from_secs(1), "each had its time");
    }

    #[tokio::test]
    async fn connections_beyond_the_bound_wait_their_turn() {
        let door = door(1).await;
        let mut first = TcpStream::connect(door.address).await.unwrap();
        first.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_millis(50)).await;
        let began = Instant::now();
        let mut second = TcpStream::connect(door.address).await.unwrap();
        let answer = say(&mut second, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        assert!(answer.ends_with("here"));
        assert!(began.elapsed() >= Duration::from_millis(200), "it waited for the first to end");
    }

    #[tokio::test]
    async fn a_request_under_way_is_answered_at_the_stop_and_new_ones_are_not_taken() {
        let door = door(8).await;
        let mut stream = TcpStream::connect(door.address).await.unwrap();
        stream.write_all(b"GET /slow HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        door.stop.send(true).unwrap();
        let mut answer = String::new();
        timeout(SOON, stream.read_to_string(&mut answer)).await.unwrap().unwrap();
        assert!(answer.ends_with("slow"), "{answer}");
        timeout(SOON, door.task).await.expect("the door ends").unwrap();
        assert!(TcpStream::connect(door.address).await.is_err());
    }
}
