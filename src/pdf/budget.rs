//! What one PDF may cost. Every byte looked at, every object made and every byte unpacked is drawn from here, so that time
//! and memory end by arithmetic and not by the clock.

use super::refusal::{Refusal, RefusalKind};
use crate::limits;

#[derive(Debug)]
pub(super) struct Budget {
    bytes: usize,
    objects: usize,
    /// As many objects were there to begin with.
    most: usize,
    entries: usize,
    unpacked: usize,
}

impl Budget {
    pub fn for_file(length: usize) -> Self {
        Self {
            bytes: length.saturating_mul(4).saturating_add(limits::PDF_LOOKED_AT),
            objects: limits::PDF_OBJECTS,
            most: limits::PDF_OBJECTS,
            entries: limits::PDF_XREF_ENTRIES,
            unpacked: limits::PDF_UNPACKED_BYTES,
        }
    }

    /// For what pages show: their streams have more numbers and names than objects lead to an attachment.
    pub fn for_pages(length: usize) -> Self {
        Self { objects: limits::PDF_PAGE_TOKENS, most: limits::PDF_PAGE_TOKENS, ..Self::for_file(length) }
    }

    /// So many bytes are looked at.
    pub fn look(&mut self, bytes: usize) -> Result<(), Refusal> {
        draw(&mut self.bytes, bytes)
            .ok_or_else(|| Refusal::new(RefusalKind::TooManyObjects, "the same bytes would be looked at over and over"))
    }

    /// One object more.
    pub fn object(&mut self) -> Result<(), Refusal> {
        draw(&mut self.objects, 1)
            .ok_or_else(|| Refusal::new(RefusalKind::TooManyObjects, format!("more than {} objects", self.most)))
    }

    /// One cross-reference entry more.
    pub fn entry(&mut self) -> Result<(), Refusal> {
        draw(&mut self.entries, 1).ok_or_else(|| {
            let most = limits::PDF_XREF_ENTRIES;
            Refusal::new(RefusalKind::TooManyObjects, format!("more than {most} cross-reference entries"))
        })
    }

    /// The most that the next stream may unpack to.
    pub fn room(&self) -> usize {
        self.unpacked.min(limits::PDF_STREAM_BYTES)
    }

    /// So many bytes were unpacked.
    pub fn unpacked(&mut self, bytes: usize) -> Result<(), Refusal> {
        draw(&mut self.unpacked, bytes).ok_or_else(bomb)
    }
}

pub(super) fn bomb() -> Refusal {
    let (one, all) = (limits::mebibytes(limits::PDF_STREAM_BYTES), limits::mebibytes(limits::PDF_UNPACKED_BYTES));
    Refusal::new(RefusalKind::Bomb, format!("unpacks to more than {one} MiB in one stream, or {all} MiB in all"))
}

fn draw(from: &mut usize, amount: usize) -> Option<()> {
    *from = from.checked_sub(amount)?;
    Some(())
}
