//! A message, and a package of octets beside messages.

use std::sync::Arc;

use super::envelope::{Envelope, Group, MessageType};
use super::fault::Fault;
use super::segment::{Segment, Tokens};

/// A message, UNH to UNT. Stands alone: the file that it came from need not be kept.
#[derive(Debug, Clone)]
pub struct Message {
    /// 0062.
    pub reference: String,
    /// S009.
    pub kind: MessageType,
    /// 0068.
    pub access: String,
    pub envelope: Arc<Envelope>,
    pub group: Option<Arc<Group>>,
    /// Which message of its interchange it is, from 1, those that could not be kept included.
    pub position: u32,
    /// What breaks the syntax in it, as far as `more` faults were not left out.
    pub faults: Vec<Fault>,
    /// Faults beyond [`crate::limits::EDIFACT_FAULTS`].
    pub more: u64,
    pub(super) tokens: Tokens,
}

impl Message {
    /// Its segments, UNH and UNT included.
    pub fn segments(&self) -> impl DoubleEndedIterator<Item = Segment<'_>> + Clone {
        (0..self.len()).filter_map(|n| self.tokens.segment(n))
    }

    /// A segment by its position, UNH being 1.
    pub fn segment(&self, number: u32) -> Option<Segment<'_>> {
        self.tokens.segment(usize::try_from(number).ok()?.checked_sub(1)?)
    }

    /// How many segments it has.
    pub fn len(&self) -> usize {
        self.tokens.len().0
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Its bytes as they came, UNH to the terminator of UNT (without the line ends of a wrapped file).
    pub fn raw(&self) -> &[u8] {
        self.tokens.bytes()
    }

    /// Does a fault in it refuse it?
    pub fn is_refused(&self) -> bool {
        self.faults.iter().any(Fault::refuses)
    }
}

/// Octets of any kind beside messages (UNO to UNP, from syntax version 4 on).
#[derive(Debug, Clone)]
pub struct Package {
    /// 0800.
    pub reference: String,
    pub envelope: Arc<Envelope>,
    pub group: Option<Arc<Group>>,
    pub faults: Vec<Fault>,
    pub data: Vec<u8>,
    /// Bytes of the file before `data`.
    pub offset: u64,
    pub(super) tokens: Tokens,
}

impl Package {
    /// Its UNO: references (S020) in element 2, type of the object (S021) in element 3, status (S022) in element 4.
    pub fn header(&self) -> Option<Segment<'_>> {
        self.tokens.segment(0)
    }

    /// Does a fault in it refuse it?
    pub fn is_refused(&self) -> bool {
        self.faults.iter().any(Fault::refuses)
    }
}
