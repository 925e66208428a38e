//! Accepts connections, bounded in number and in patience.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::Semaphore;
use tokio::sync::watch::{self as channel, Receiver};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::connection::{self, Told};
use super::told;

/// Largest head of a request, in bytes.
pub(super) const HEAD_BYTES: usize = 64 * 1024;
/// What the machine keeps of an answer that its client has not read yet, in bytes. Without a bound of ours it keeps megabytes for
/// each connection, and a write is seen to get on only once in a long while.
const SEND_BYTES: u32 = 128 * 1024;
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
    /// At a stop: longest time for a body to come whole, and for an answer to be read.
    pub bodies_at_stop: Duration,
}

impl Bounds {
    /// `stop_within` is how long a stop may take: what depends on clients ends before, so that they hear why.
    pub fn of(connections: usize, stop_within: Duration) -> Self {
        let (head_within, read_within) = (Duration::from_secs(15), Duration::from_secs(15));
        let bodies_at_stop = stop_within.saturating_sub(Duration::from_secs(3)).max(stop_within / 2);
        Self { connections, head_within, read_within, bodies_at_stop }
    }
}

/// Most connections that the machine keeps waiting for us: what it was asked for, and one more.
const QUEUE: u32 = 1_025;

/// Listens on an address.
///
/// # Errors
/// As the machine says: the address is taken, or not ours to take.
pub(super) fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // As tokio's own: an address is free again as soon as nobody listens on it.
    #[cfg(unix)]
    socket.set_reuseaddr(true)?;
    // Its connections have it from here.
    socket.set_send_buffer_size(SEND_BYTES)?;
    socket.bind(address)?;
    socket.listen(QUEUE - 1)
}

/// Serves until told to stop, then lets requests under way end. Connections that the machine had taken before the stop are
/// served too; whoever comes after it is refused by the machine, however many try.
pub(super) async fn serve(
    listener: TcpListener,
    router: Router,
    bounds: Bounds,
    awaited: Receiver<usize>,
    mut stopped: Receiver<bool>,
) {
    let room = Arc::new(Semaphore::new(bounds.connections));
    let (full, pressed) = channel::channel(false);
    let (stop, since) = channel::channel(None);
    let told_of = Told { stopped: since, pressed, awaited };
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
        let (router, told) = (router.clone(), told_of.clone());
        tasks.spawn(async move {
            let _place = place;
            connection::serve(stream, router, bounds, told).await;
        });
    }
    stop.send_replace(Some(Instant::now()));
    let waiting = last_call(listener);
    full.send_replace(waiting.len() > room.available_permits());
    for stream in waiting {
        let (router, room, told) = (router.clone(), room.clone(), told_of.clone());
        tasks.spawn(async move {
            let _place = room.acquire_owned().await;
            connection::serve(stream, router, bounds, told).await;
        });
    }
    while tasks.join_next().await.is_some() {}
}

/// Closes the door, and gives what waited before it. The queue is first in, first out: those who stood in it at the stop are
/// among as many as it holds, and no wait lets others join them.
fn last_call(listener: TcpListener) -> Vec<TcpStream> {
    let Ok(listener) = listener.into_std() else { return Vec::new() };
    let waiting = std::iter::from_fn(|| listener.accept().ok()).take(QUEUE as usize);
    let plain = |(stream, _): (std::net::TcpStream, _)| {
        stream.set_nonblocking(true).ok()?;
        TcpStream::from_std(stream).ok()
    };
    waiting.filter_map(plain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::task::JoinHandle;
    use tokio::time::timeout;

    const SOON: Duration = Duration::from_secs(10);

    /// Nobody waits for room for an answer.
    fn nobody() -> Receiver<usize> {
        channel::channel(0).1
    }

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
        let bounds = Bounds { connections, head_within: half, read_within: half, bodies_at_stop: half };
        Door { address, stop, task: tokio::spawn(serve(listener, router, bounds, nobody(), stopped)) }
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
        let answer = say(&mut half, "GET / HTTP/1.1\r\nHost: x\r\n").await;
        assert!(answer.starts_with("HTTP/1.1 408") && answer.contains("\"code\":\"too-slow\""), "{answer}");
        let mut idle = TcpStream::connect(door.address).await.unwrap();
        assert!(say(&mut idle, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.ends_with("here"));
        assert!(began.elapsed() >= Duration::from_secs(1), "each had its time");
        let mut mute = TcpStream::connect(door.address).await.unwrap();
        assert_eq!(say(&mut mute, "").await, "", "whoever asked nothing is told nothing");
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
    async fn what_is_no_request_is_refused_after_the_whole_of_the_answer_before_it() {
        let listener = listen("127.0.0.1:0".parse().unwrap()).unwrap();
        let address = listener.local_addr().unwrap();
        let long: Vec<u8> = (0..6_000_000u32).map(|n| (n % 251) as u8).collect();
        let sent = long.clone();
        let router = Router::new().route("/", get(move || async { sent }));
        let (_stop, stopped) = tokio::sync::watch::channel(false);
        let minute = Duration::from_secs(60);
        let bounds = Bounds { connections: 2, head_within: minute, read_within: minute, bodies_at_stop: minute };
        let serving = tokio::spawn(serve(listener, router, bounds, nobody(), stopped));
        let mut stream = TcpStream::connect(address).await.unwrap();
        stream.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\nGARBAGE\r\n\r\n").await.unwrap();
        // It reads late: the garbage is seen while most of the answer waits.
        tokio::time::sleep(Duration::from_millis(400)).await;
        let mut answer = Vec::new();
        timeout(SOON, stream.read_to_end(&mut answer)).await.expect("it ends").unwrap();
        let head = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap() + 4;
        let (body, after) = answer[head..].split_at(long.len());
        assert!(body == long, "the answer came whole");
        assert!(after.starts_with(b"HTTP/1.1 400 "), "{}", String::from_utf8_lossy(after));
        serving.abort();
    }

    #[tokio::test]
    async fn old_connections_give_others_their_turn_with_an_answer_that_says_so() {
        let door = door(1).await;
        let mut kept = TcpStream::connect(door.address).await.unwrap();
        let mut other = TcpStream::connect(door.address).await.unwrap();
        other.write_all(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await.unwrap();
        let began = Instant::now();
        let mut answers = Vec::new();
        loop {
            // Never idle for long.
            if kept.write_all(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n").await.is_err() {
                break;
            }
            let mut piece = [0; 4096];
            match timeout(SOON, kept.read(&mut piece)).await.unwrap() {
                Ok(length) if length > 0 => answers.push(String::from_utf8_lossy(&piece[..length]).into_owned()),
                _ => break,
            }
            assert!(began.elapsed() < Duration::from_secs(20), "the other one waits for ever");
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        assert!(answers.last().unwrap().contains("connection: close"), "{answers:?}");
        let mut answer = String::new();
        timeout(SOON, other.read_to_string(&mut answer)).await.expect("its turn").unwrap();
        assert!(answer.ends_with("here"), "{answer}");
    }

    #[tokio::test]
    async fn idle_connections_make_room_for_those_who_have_something_to_say() {
        let mut door = door(2).await;
        door.task.abort();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        door.address = listener.local_addr().unwrap();
        let minute = Duration::from_secs(60);
        let bounds = Bounds { connections: 2, head_within: minute, read_within: minute, bodies_at_stop: minute };
        let router = Router::new().route("/", get(|| async { "here" }));
        let serving = tokio::spawn(serve(listener, router, bounds, nobody(), door.stop.subscribe()));
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
