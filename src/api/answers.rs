//! Large answers, bounded: in how many are made at once, and in what all of them hold until their clients have read them.
//!
//! Lists, tables and reports are made on a thread of their own, so that none of them keeps a small request waiting. What is made
//! has its share of one room until its last byte is on its way. Who finds no place within [`PATIENCE`] is told to come back; and
//! while somebody waits for the room, the door lets clients go that do not read (see `daemon::connection`).

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{MatchedPath, Request, State};
use axum::middleware::Next;
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::spawn_blocking;
use tokio::time::{Instant, sleep, sleep_until};

use super::App;
use super::problem::{Answer, Code, Problem};
use super::request;
use crate::limits;
use crate::store::{PIECE, Room, Share};

/// How long a request waits for a maker and for room, both together. Longer than a client that does not read is borne by then.
const PATIENCE: Duration = Duration::from_secs(5);
/// How much longer it waits once facteur stops.
const LAST_WORDS: Duration = Duration::from_secs(1);
/// An answer up to so many bytes is no large one: its connection has as much at hand anyhow.
const SMALL: usize = 64 * 1024;
/// What an answer holds that is read from the store while its client reads: one piece with the connection, one on its way, one that
/// was read ahead, one being read.
const STREAMED_BYTES: usize = 4 * PIECE;
/// A page of so many rows is soon made.
const FEW_ROWS: usize = 20;
/// Most makers, whatever the machine has.
const MAKERS: usize = 4;

/// Routes whose answers take a maker, unless few rows are asked for. None of them waits for anything but the store: a maker is
/// never kept by what others hold.
const MADE: [&str; 18] = [
    "/v1/answers",
    "/v1/invoices/{id}/answers",
    "/v1/interchanges/{id}/answers",
    "/v1/invoices",
    "/v1/invoices/{id}/events",
    "/v1/invoices/{id}/report",
    "/v1/events",
    "/v1/problems",
    "/v1/reports/problems",
    "/v1/clients",
    "/v1/clients/{id}",
    "/",
    "/invoices",
    "/invoices.csv",
    "/problems",
    "/report",
    "/report.csv",
    "/customers",
];
/// Routes whose answers are read from the store while they are sent.
const STREAMED: [&str; 6] = [
    "/v1/answers/{id}/document",
    "/v1/invoices/{id}/document",
    "/v1/interchanges/{id}/document",
    "/invoices/{id}/download",
    "/invoices/{id}/outgoing",
    "/invoices/{id}/interchange",
];

/// Where large answers have their place. Cheap to clone; clones are the same place.
#[derive(Clone)]
pub struct Answers {
    makers: Arc<Semaphore>,
    room: Room,
    waiting: Arc<watch::Sender<usize>>,
    stopped: watch::Receiver<bool>,
}

impl Answers {
    /// For a machine with so many cores, and a facteur that says when it stops.
    pub fn new(cores: usize, stopped: watch::Receiver<bool>) -> Self {
        Self {
            makers: Arc::new(Semaphore::new(cores.saturating_sub(1).clamp(1, MAKERS))),
            room: Room::new(limits::ANSWERS_BYTES),
            waiting: Arc::new(watch::Sender::new(0)),
            stopped,
        }
    }

    /// How many answers wait for room that others hold.
    pub fn waiting(&self) -> watch::Receiver<usize> {
        self.waiting.subscribe()
    }

    /// Answers a request, in its turn where its answer may be large.
    ///
    /// # Errors
    /// [`Code::Busy`]: no place for it in time.
    pub async fn give(&self, request: Request, next: Next) -> Answer {
        let route = request.extensions().get::<MatchedPath>().map_or("", MatchedPath::as_str).to_owned();
        let until = Instant::now() + PATIENCE;
        if STREAMED.contains(&route.as_str()) {
            // Read ahead of its client, it holds its share from the first byte on.
            let share = self.share(STREAMED_BYTES, until).await?;
            return Ok(sharing(next.run(request).await, share));
        }
        // Pages have lengths of their own, whatever their address says.
        let few = route.starts_with("/v1/") && asks_for_few(request.uri().query());
        if few || !MADE.contains(&route.as_str()) {
            return self.held(next.run(request).await, until).await;
        }
        let maker = self.maker(until).await?;
        let runtime = tokio::runtime::Handle::current();
        let work = request::carried(async move {
            let response = next.run(request).await;
            whole(response).await
        });
        // Who goes away does not free the maker: what was begun is worked on.
        let made = spawn_blocking(move || (runtime.block_on(work), maker)).await;
        let (response, _maker) = made.map_err(|_| Problem::fault())?;
        self.held(response, until).await
    }

    async fn maker(&self, until: Instant) -> Answer<OwnedSemaphorePermit> {
        // The semaphore is never closed.
        self.patiently(until, self.makers.clone().acquire_owned()).await?.map_err(|_| full())
    }

    /// The answer, with its share of the room.
    async fn held(&self, response: Response, until: Instant) -> Answer {
        let share = self.share(size(&response), until).await?;
        Ok(sharing(response, share))
    }

    async fn share(&self, size: usize, until: Instant) -> Answer<Share> {
        if size <= SMALL {
            return Ok(Share::default());
        }
        if let Some(share) = self.room.take(size) {
            return Ok(share);
        }
        let _waits = Waits::new(&self.waiting);
        self.patiently(until, self.room.wait(size)).await
    }

    async fn patiently<T>(&self, until: Instant, place: impl Future<Output = T>) -> Answer<T> {
        let mut stopped = self.stopped.clone();
        let stop = async {
            if stopped.wait_for(|stopped| *stopped).await.is_err() {
                // Nobody will ever stop it.
                std::future::pending::<()>().await;
            }
            sleep(LAST_WORDS).await;
        };
        tokio::select! {
            biased;
            found = place => Ok(found),
            () = sleep_until(until) => Err(full()),
            () = stop => Err(stopping()),
        }
    }
}

fn size(response: &Response) -> usize {
    usize::try_from(response.body().size_hint().lower()).unwrap_or(usize::MAX)
}

/// The answer, which holds its share unless it needs none.
fn sharing(response: Response, share: Share) -> Response {
    if size(&response) <= SMALL {
        return response;
    }
    response.map(|body| Body::new(Sharing { body, _share: share }))
}

/// The layer in front of the routes behind a token.
pub async fn bounded(State(app): State<App>, request: Request, next: Next) -> Answer {
    app.answers.give(request, next).await
}

/// A page of few rows: a number that can be read, and nothing is refused for it here.
fn asks_for_few(query: Option<&str>) -> bool {
    let pieces = query.unwrap_or_default().split('&');
    let mut limits = pieces.filter_map(|piece| piece.strip_prefix("limit=")).map(str::parse::<usize>);
    limits.next().is_some_and(|rows| rows.is_ok_and(|rows| rows <= FEW_ROWS))
}

/// An answer that is in memory, in no more bytes than it has.
async fn whole(response: Response) -> Response {
    let (parts, body) = response.into_parts();
    if body.size_hint().exact().is_none() {
        return Response::from_parts(parts, body);
    }
    match axum::body::to_bytes(body, usize::MAX).await {
        Ok(bytes) => {
            let mut bytes = Vec::from(bytes);
            bytes.shrink_to_fit();
            Response::from_parts(parts, Body::from(bytes))
        }
        Err(error) => {
            tracing::error!(%error, "an answer could not be made whole");
            axum::response::IntoResponse::into_response(Problem::fault())
        }
    }
}

fn full() -> Problem {
    Problem::new(
        Code::Busy,
        "Trop de grandes réponses sont demandées en même temps ; recommencez dans un instant.",
        "Too many large answers are asked for at the same time; try again in a moment.",
    )
}

fn stopping() -> Problem {
    Problem::new(
        Code::Stopping,
        "facteur s'arrête avant que la réponse ait trouvé sa place ; redemandez-la dès qu'il est de retour.",
        "facteur is stopping before there was room for the answer; ask again once it is back.",
    )
}

/// Counted among those that wait.
struct Waits<'w>(&'w watch::Sender<usize>);

impl<'w> Waits<'w> {
    fn new(all: &'w watch::Sender<usize>) -> Self {
        all.send_modify(|count| *count += 1);
        Self(all)
    }
}

impl Drop for Waits<'_> {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count = count.saturating_sub(1));
    }
}

/// A body that gives its share back once it was sent or given up.
struct Sharing {
    body: Body,
    _share: Share,
}

impl HttpBody for Sharing {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        Pin::new(&mut self.body).poll_frame(cx)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
