//! The bytes of a document, where they are used piece by piece: given back to a caller, sent to a platform. Never whole in memory.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use sha2::{Digest, Sha256};
use tokio::sync::mpsc;

use super::{Handle, Result, StoreError};

/// Documents are kept, read and sent in pieces of so many bytes: a multiple of three, so that each is base64 of its own.
pub const PIECE: usize = 96 * 1024;

/// A document that can be read as often as need be.
#[derive(Clone)]
pub struct Document {
    size: u64,
    from: From,
}

#[derive(Clone)]
enum From {
    Memory(Bytes),
    Store { store: Handle, sha256: String },
}

impl Document {
    /// One that is in memory anyhow.
    pub fn of(bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { size: bytes.len() as u64, from: From::Memory(bytes) }
    }

    pub(super) fn kept(store: Handle, sha256: String, size: u64) -> Self {
        Self { size, from: From::Store { store, sha256 } }
    }

    /// Its length in bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The piece that begins at `from`, at most [`PIECE`] bytes long; empty at the end and beyond.
    ///
    /// # Errors
    /// The store failed, or has less of it than it said.
    pub async fn piece(&self, from: u64) -> Result<Bytes> {
        let left = usize::try_from(self.size.saturating_sub(from)).unwrap_or(usize::MAX);
        let wanted = left.min(PIECE);
        if wanted == 0 {
            return Ok(Bytes::new());
        }
        let piece = match &self.from {
            From::Memory(bytes) => {
                let from = usize::try_from(from).unwrap_or(usize::MAX);
                bytes.slice(from..from + wanted)
            }
            From::Store { store, sha256 } => store.piece(sha256, from, wanted).await?.unwrap_or_default(),
        };
        match piece.len() == wanted {
            true => Ok(piece),
            false => Err(StoreError::Failed("a document in the store is shorter than it was".into())),
        }
    }

    /// All of it, in memory: for small ones, and for tests.
    pub async fn whole(&self) -> Result<Bytes> {
        let mut all = Vec::with_capacity(usize::try_from(self.size).unwrap_or(0));
        while (all.len() as u64) < self.size {
            all.extend_from_slice(&self.piece(all.len() as u64).await?);
        }
        Ok(all.into())
    }

    /// Its SHA-256, hexadecimal, read piece by piece.
    pub async fn sha256(&self) -> Result<String> {
        let (mut hash, mut at) = (Sha256::new(), 0);
        while at < self.size {
            let piece = self.piece(at).await?;
            at += piece.len() as u64;
            hash.update(&piece);
        }
        Ok(hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// A body of exactly `head`, the pieces as `turn` makes them, and `tail`; `length` is what all of it comes to. Whoever reads
    /// slowly holds two pieces, and whoever goes away stops the reading.
    ///
    /// Where the store's bytes are not those that it kept, the body breaks off before its end: nobody takes it for whole.
    pub fn body(&self, head: Bytes, turn: fn(Bytes) -> Bytes, tail: Bytes, length: u64) -> Pieces {
        let sha256 = match &self.from {
            From::Memory(_) => None,
            From::Store { sha256, .. } => Some(sha256.clone()),
        };
        let (sender, pieces) = mpsc::channel(1);
        let document = self.clone();
        tokio::spawn(async move {
            let (mut hash, mut at) = (Sha256::new(), 0);
            if !head.is_empty() && sender.send(Ok(head)).await.is_err() {
                return;
            }
            while at < document.size {
                let read = document.piece(at).await;
                let piece = match read {
                    Ok(piece) => piece,
                    Err(error) => {
                        tracing::error!(%error, "a document cannot be read to its end");
                        let _ = sender.send(Err(io::Error::other("the document cannot be read to its end"))).await;
                        return;
                    }
                };
                at += piece.len() as u64;
                if sha256.is_some() {
                    hash.update(&piece);
                }
                let last = at >= document.size;
                if last && let Some(sha256) = &sha256 {
                    let found: String =
                        std::mem::take(&mut hash).finalize().iter().map(|byte| format!("{byte:02x}")).collect();
                    if found != *sha256 {
                        tracing::error!(document = %sha256, "a document came out of the store as another one");
                        let _ = sender.send(Err(io::Error::other("the document is another one"))).await;
                        return;
                    }
                }
                if sender.send(Ok(turn(piece))).await.is_err() {
                    return;
                }
            }
            if !tail.is_empty() {
                let _ = sender.send(Ok(tail)).await;
            }
        });
        Pieces { pieces, left: length }
    }
}

/// A body that comes in pieces, of a length that is known.
pub struct Pieces {
    pieces: mpsc::Receiver<io::Result<Bytes>>,
    left: u64,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<io::Result<Frame<Bytes>>>> {
        let next = match self.pieces.poll_recv(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(next) => next,
        };
        Poll::Ready(match next {
            Some(Ok(piece)) => {
                self.left = self.left.saturating_sub(piece.len() as u64);
                Some(Ok(Frame::data(piece)))
            }
            Some(Err(error)) => Some(Err(error)),
            None if self.left > 0 => {
                self.left = 0;
                Some(Err(io::Error::other("the document ended early")))
            }
            None => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn read(mut body: Pieces) -> io::Result<Vec<u8>> {
        let mut all = Vec::new();
        while let Some(frame) = std::future::poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
            all.extend_from_slice(&frame?.into_data().unwrap());
        }
        Ok(all)
    }

    #[tokio::test]
    async fn a_body_is_its_head_its_pieces_and_its_tail_or_breaks_off() {
        for length in [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE + 7] {
            let bytes: Vec<u8> = (0..length).map(|n| (n % 251) as u8).collect();
            let document = Document::of(bytes.clone());
            assert_eq!(document.whole().await.unwrap(), bytes);
            let (head, tail) = (Bytes::from_static(b"<<"), Bytes::from_static(b">>"));
            let body = document.body(head.clone(), |piece| piece, tail.clone(), length as u64 + 4);
            assert_eq!(body.size_hint().exact(), Some(length as u64 + 4));
            assert_eq!(read(body).await.unwrap(), [b"<<", bytes.as_slice(), b">>"].concat());
        }
    }
}
