//! Accepts connections, bounded in number and in patience.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::sync::watch::Receiver;
use tokio::task::JoinSet;

use super::patient::Patient;
use super::told;

/// Longest time for the head of a request, and for a connection to stay idle between two.
const HEAD_WITHIN: Duration = Duration::from_secs(15);
/// Longest wait for a client to read on.
const READ_WITHIN: Duration = Duration::from_secs(60);
/// Largest head of a request, in bytes.
const HEAD_BYTES: usize = 64 * 1024;
/// Pause where the machine gives no more connections.
const PAUSE: Duration = Duration::from_millis(100);

/// Serves until told to stop, then lets requests under way end.
pub(super) async fn serve(listener: TcpListener, router: Router, connections: usize, mut stopped: Receiver<bool>) {
    let room = Arc::new(Semaphore::new(connections));
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
            one(stream, router, stopped).await;
        });
    }
    drop(listener);
    while tasks.join_next().await.is_some() {}
}

async fn one(stream: TcpStream, router: Router, mut stopped: Receiver<bool>) {
    // Answers are small and written whole: waiting for more would only delay them.
    let _ = stream.set_nodelay(true);
    let mut builder = http1::Builder::new();
    builder.timer(TokioTimer::new()).header_read_timeout(HEAD_WITHIN).max_buf_size(HEAD_BYTES);
    let io = TokioIo::new(Patient::new(stream, READ_WITHIN));
    let mut connection = pin!(builder.serve_connection(io, TowerToHyperService::new(router)));
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = told(&mut stopped) => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        // Clients break off and take their time: their matter, told only to those who ask.
        tracing::debug!(%error, "a connection ended early");
    }
}
