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
use tokio::sync::watch::{self as channel, Receiver};
use tokio::task::JoinSet;
use tokio::time::Instant;

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
        Self { connections, head_within: Duration::from_secs(15), read_within: Duration::from_secs(15) }
    }
}

/// At a stop, and where the room is full: how long a connection may stay without a request under way. A head that is half sent has that long to arrive.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// Most connections that the machine keeps waiting for us: what it was asked for, and one more.
const QUEUE: usize = 1_025;

/// Serves until told to stop, then lets requests under way end. Connections that the machine had taken before the stop are
/// served too; whoever comes after it is refused by the machine, however many try.
pub(super) async fn serve(listener: TcpListener, router: Router, bounds: Bounds, mut stopped: Receiver<bool>) {
    let room = Arc::new(Semaphore::new(bounds.connections));
    let (full, pressed) = channel::channel(false);
    let mut tasks = JoinSet::new();
    loop {
        while tasks.try_join_next().is_some() {}
        let next = async {
            // Room first: connections beyond the bound wait in the machine's queue, and idle ones make room for them.
            let place = match room.clone().try_acquire_owned() {
                Ok(place) => Ok(place),
                Err(_) => {
                    full.send_replace(true);
                    let place = room.clone().acquire_owned().await;
                    full.send_replace(false);
                    place
                }
            };
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
        let (router, stopped, pressed) = (router.clone(), stopped.clone(), pressed.clone());
        tasks.spawn(async move {
            let _place = place;
            one(stream, router, bounds, stopped, pressed).await;
        });
    }
    for stream in last_call(listener) {
        let (router, stopped, room, pressed) = (router.clone(), stopped.clone(), room.clone(), pressed.clone());
        tasks.spawn(async move {
            let _place = room.acquire_owned().await;
            one(stream, router, bounds, stopped, pressed).await;
        });
    }
    while tasks.join_next().await.is_some() {}
}

/// Closes the door, and gives what waited before it. The queue is first in, first out: those who stood in it at the stop are
/// among as many as it holds, and no wait lets others join them.
fn last_call(listener: TcpListener) -> Vec<TcpStream> {
    let Ok(listener) = listener.into_std() else { return Vec::new() };
    let waiting = std::iter::from_fn(|| listener.accept().ok()).take(QUEUE);
    let plain = |(stream, _): (std::net::TcpStream, _)| {
        stream.set_nonblocking(true).ok()?;
        TcpStream::from_std(stream).ok()
    };
    waiting.filter_map(plain).collect()
}

async fn one(
    stream: TcpStream,
    router: Router,
    bounds: Bounds,
    mut stopped: Receiver<bool>,
    mut pressed: Receiver<bool>,
) {
    // Answers are small and written whole: waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(bounds.head_within).max_buf_size(HEAD_BYTES);
    let patient = Patient::new(stream, bounds.read_within);
    let (waits, heard) = (patient.waits(), patient.heard());
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
        biased;
        ended = connection.as_mut() => ended,
        () = async {
            to_leave(&mut stopped, &mut pressed, &busy, &waits).await;
            // Told to end, hyper closes a connection that has not said a word; what it is about to say may be on its way.
            first_word(&heard).await;
        } => {
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

/// Resolves at a stop; or once the room is full and the connection stands idle in it.
async fn to_leave(stopped: &mut Receiver<bool>, pressed: &mut Receiver<bool>, busy: &AtomicUsize, waits: &AtomicBool) {
    let idle = async {
        told(pressed).await;
        silent(busy, waits).await;
    };
    tokio::select! {
        () = told(stopped) => {}
        () = idle => {}
    }
}

/// Resolves once the client said something, or has been silent for as long as it may.
async fn first_word(heard: &AtomicBool) {
    let began = Instant::now();
    while !heard.load(Ordering::Acquire) && began.elapsed() < LAST_WORDS {
        tokio::time::sleep(LAST_WORDS / 50).await;
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
    use tokio::time::timeout;

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

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn a_stop_ends_although_clients_keep_coming() {
        let door = door(64).await;
        let address = door.address;
        let clients: Vec<_> = (0..8)
            .map(|_| {
                tokio::spawn(async move {
                    // Until the machine refuses.
                    while let Ok(mut stream) = TcpStream::connect(address).await {
                        let _ = stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
                        let _ = stream.read_to_end(&mut Vec::new()).await;
                    }
                })
            })
            .collect();
        tokio::time::sleep(Duration::from_millis(300)).await;
        let began = Instant::now();
        door.stop.send(true).unwrap();
        timeout(SOON, door.task).await.expect("the door ends").unwrap();
        assert!(began.elapsed() < Duration::from_secs(4), "{:?}", began.elapsed());
        for client in clients {
            timeout(SOON, client).await.expect("the machine refuses").unwrap();
        }
    }

    #[tokio::test]
    async fn those_who_stood_before_the_door_at_the_stop_are_answered_also_beyond_the_bound() {
        let door = door(1).await;
        let ask = |path: &str| format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        let mut waiting = Vec::new();
        for path in ["/slow", "/", "/", "/slow", "/"] {
            let mut stream = TcpStream::connect(door.address).await.unwrap();
            stream.write_all(ask(path).as_bytes()).await.unwrap();
            waiting.push(stream);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
        door.stop.send(true).unwrap();
        for (at, mut stream) in waiting.into_iter().enumerate() {
            let mut answer = String::new();
            timeout(SOON, stream.read_to_string(&mut answer)).await.expect("in time").unwrap();
            assert!(answer.starts_with("HTTP/1.1 200"), "{at}: {answer}");
        }
        timeout(SOON, door.task).await.expect("the door ends").unwrap();
    }

    #[tokio::test]
    async fn idle_connections_make_room_for_those_who_have_something_to_say() {
        let mut door = door(2).await;
        door.task.abort();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        door.address = listener.local_addr().unwrap();
        let minute = Duration::from_secs(60);
        let bounds = Bounds { connections: 2, head_within: minute, read_within: minute };
        let router = Router::new().route("/", get(|| async { "here" }));
        let serving = tokio::spawn(serve(listener, router, bounds, door.stop.subscribe()));
        let mut silent = TcpStream::connect(door.address).await.unwrap();
        let mut kept = TcpStream::connect(door.address).await.unwrap();
        kept.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        let mut third = TcpStream::connect(door.address).await.unwrap();
        let answer = say(&mut third, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
        assert!(answer.ends_with("here"), "{answer}");
        let mut answer = String::new();
        timeout(SOON, silent.read_to_string(&mut answer)).await.expect("it is let go").unwrap();
        timeout(SOON, kept.read_to_string(&mut answer)).await.expect("it is let go").unwrap();
        assert!(answer.ends_with("here"));
        serving.abort();
    }
}
