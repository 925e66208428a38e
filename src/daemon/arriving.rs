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
/// Where the room is full: the least that must come from one look to the next, in bytes.
const LEAST: usize = 256;
/// At a stop: longest silence of a body, in looks: five seconds.
const HANGS: u32 = 20;

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
    /// Looks in a row at which too little had come.
    slow: u32,
    /// Looks in a row, since the stop, at which nothing had come.
    silent: u32,
    /// When the stop was seen.
    stopped: Option<Instant>,
}

impl Arriving {
    pub fn new(body: Incoming, told: Told, bounds: Bounds) -> Self {
        let most_at_stop = bounds.bodies_at_stop;
        Self { body, told, most_at_stop, looks: None, came: 0, slow: 0, silent: 0, stopped: None }
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
            self.slow = if came < LEAST { self.slow + 1 } else { 0 };
            if *self.told.stopped.borrow() {
                let since = *self.stopped.get_or_insert_with(Instant::now);
                self.silent = if came == 0 { self.silent + 1 } else { 0 };
                if self.silent >= HANGS || since.elapsed() >= self.most_at_stop {
                    return Some(Cut::Stopping);
                }
            }
            if EVERY * self.slow >= STUCK && *self.told.pressed.borrow() {
                return Some(Cut::Slow);
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
