//! A body on its way to us, and when it is no longer waited for: at a stop, and where the room is full. (What is asked of every
//! body, and how it is refused, stands in `api::body`.)

use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Bytes, HttpBody};
use hyper::body::{Frame, Incoming, SizeHint};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use super::connection::{STUCK, Told};
use super::door::Bounds;
use crate::api::body::Cut;

/// How often a body is looked at.
const EVERY: Duration = Duration::from_millis(250);
/// Where the room is full: the least that must come in [`STUCK`], in bytes.
const LEAST: usize = 12 * 1024;
/// At a stop: the least that must come in so long, in bytes.
const AT_STOP: (Duration, usize) = (Duration::from_secs(5), 20 * 1024);

type Broken = Box<dyn std::error::Error + Send + Sync>;

/// The body of a request, as it comes.
pub(super) struct Arriving {
    body: Incoming,
    told: Told,
    most_at_stop: Duration,
    /// Runs from the first wait on.
    looks: Option<Interval>,
    /// Bytes since the last look.
    came: usize,
    /// How it came lately.
    lately: Spell,
    /// As much, since the stop.
    at_stop: Spell,
}

/// Some looks in a row.
#[derive(Default)]
struct Spell {
    looks: u32,
    bytes: usize,
}

impl Spell {
    /// Adds a look; where it is the last one of `within`, the bytes of all of them, and the next spell begins.
    fn ended(&mut self, came: usize, within: Duration) -> Option<usize> {
        self.looks += 1;
        self.bytes += came;
        (EVERY * self.looks >= within).then(|| std::mem::take(self).bytes)
    }
}

impl Arriving {
    pub fn new(body: Incoming, told: Told, bounds: Bounds) -> Self {
        let most_at_stop = bounds.bodies_at_stop;
        Self { body, told, most_at_stop, looks: None, came: 0, lately: Spell::default(), at_stop: Spell::default() }
    }

    /// Looks how it comes, once in a while.
    fn look(&mut self, context: &mut Context<'_>) -> Option<Cut> {
        let looks = self.looks.get_or_insert_with(|| {
            let mut looks = interval_at(Instant::now() + EVERY, EVERY);
            looks.set_missed_tick_behavior(MissedTickBehavior::Delay);
            looks
        });
        while looks.poll_tick(context).is_ready() {
            let came = std::mem::take(&mut self.came);
            let slow = self.lately.ended(came, STUCK).is_some_and(|bytes| bytes < LEAST);
            let stopped = *self.told.stopped.borrow();
            if let Some(since) = stopped {
                let (within, least) = AT_STOP;
                let slow = self.at_stop.ended(came, within).is_some_and(|bytes| bytes < least);
                if slow || since.elapsed() >= self.most_at_stop {
                    return Some(Cut::Stopping);
                }
            }
            if slow && *self.told.pressed.borrow() {
                return Some(if stopped.is_some() { Cut::Stopping } else { Cut::Slow });
            }
        }
        None
    }
}

impl HttpBody for Arriving {
    type Data = Bytes;
    type Error = Broken;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Broken>>> {
        let came = Pin::new(&mut self.body).poll_frame(context);
        match &came {
            Poll::Ready(Some(Ok(frame))) => self.came += frame.data_ref().map_or(0, Bytes::len),
            Poll::Ready(_) => return came.map_err(Into::into),
            Poll::Pending => {}
        }
        if let Some(cut) = self.look(context) {
            return Poll::Ready(Some(Err(cut.into())));
        }
        came.map_err(Into::into)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}
