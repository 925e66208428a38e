//! Room for bytes in memory: what may be held together, given away in shares that come back by themselves.

use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// A number of bytes that may be held together, counted in KiB. Cheap to clone; clones are the same room.
#[derive(Debug, Clone)]
pub struct Room {
    left: Arc<Semaphore>,
    all: usize,
}

/// A part of a room, given back when it is dropped.
#[derive(Debug, Default)]
pub struct Share(Option<OwnedSemaphorePermit>);

impl Room {
    pub fn new(bytes: usize) -> Self {
        let all = bytes.div_ceil(1024).min(Semaphore::MAX_PERMITS);
        Self { left: Arc::new(Semaphore::new(all)), all }
    }

    /// Bytes given away now.
    pub fn held(&self) -> usize {
        self.all.saturating_sub(self.left.available_permits()) * 1024
    }

    /// Is there room for so much now?
    pub fn fits(&self, bytes: usize) -> bool {
        bytes.div_ceil(1024) <= self.left.available_permits()
    }

    /// A part of it, or nothing: never a wait, so that half-read bodies do not wait for each other.
    pub fn take(&self, bytes: usize) -> Option<Share> {
        if bytes == 0 {
            return Some(Share::default());
        }
        let share = u32::try_from(bytes.div_ceil(1024)).ok()?;
        self.left.clone().try_acquire_many_owned(share).ok().map(|share| Share(Some(share)))
    }

    /// A part of it, in the order of those who wait. Only for who holds nothing of it yet.
    pub async fn wait(&self, bytes: usize) -> Share {
        if bytes == 0 {
            return Share::default();
        }
        // More than all of it is all of it.
        let share = u32::try_from(bytes.div_ceil(1024).min(self.all)).unwrap_or(u32::MAX);
        // The semaphore is never closed.
        Share(self.left.clone().acquire_many_owned(share).await.ok())
    }
}

impl Share {
    /// Bytes that hold this share for as long as anything of them is held: whoever asked for them may have gone away, and yet a
    /// commit or a reader still has them in hand.
    pub fn around(self, bytes: impl Into<Bytes>) -> Bytes {
        let bytes = bytes.into();
        match self.0 {
            None => bytes,
            Some(_) => Bytes::from_owner(Owned { bytes, _share: self }),
        }
    }

    /// Adds another share of the same room.
    pub fn merge(&mut self, other: Share) {
        match (&mut self.0, other.0) {
            (Some(all), Some(more)) => all.merge(more),
            (none @ None, more) => *none = more,
            (Some(_), None) => {}
        }
    }
}

struct Owned {
    bytes: Bytes,
    _share: Share,
}

impl AsRef<[u8]> for Owned {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_hold_their_share_to_the_last_piece_of_them() {
        let room = Room::new(100 * 1024);
        let bytes = room.take(10 * 1024).unwrap().around(vec![b'x'; 9000]);
        let piece = bytes.slice(100..200);
        drop(bytes);
        assert_eq!((room.held(), &piece[..]), (10 * 1024, &[b'x'; 100][..]));
        drop(piece);
        assert_eq!(room.held(), 0);
    }

    #[tokio::test]
    async fn what_is_given_away_comes_back_and_waiters_take_turns() {
        let room = Room::new(100 * 1024);
        let mut share = room.take(60 * 1024).unwrap();
        assert!(room.take(60 * 1024).is_none() && room.fits(40 * 1024) && !room.fits(41 * 1024));
        share.merge(room.take(20 * 1024).unwrap());
        assert_eq!(room.held(), 80 * 1024);
        let waits = tokio::spawn({
            let room = room.clone();
            async move { room.wait(1 << 40).await }
        });
        tokio::task::yield_now().await;
        assert!(room.take(1024).is_none(), "whoever waits comes first");
        drop(share);
        let all = waits.await.unwrap();
        assert_eq!(room.held(), 100 * 1024);
        drop(all);
        assert_eq!(room.held(), 0);
        assert!(room.take(0).is_some());
    }
}
