//! A file with several invoices (an EDIFACT interchange): kept whole, and each invoice in it accepted as a document of its own, in one commit.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Millis;
use crate::edifact::Split;

/// A file with several invoices to accept.
#[derive(Debug, Clone)]
pub struct Several {
    /// The file as it came.
    pub file: Bytes,
    /// The same taken apart.
    pub split: Split,
    pub received_at: Millis,
    /// The door it came through.
    pub source: String,
    pub idempotency_key: Option<String>,
    /// The name under which a watched folder had it: an event `file` of each invoice that it brought.
    pub named: Option<Value>,
}

/// What became of a [`Several`]: all of it is on disk, or nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AcceptedSeveral {
    Kept {
        /// SHA-256 of the file, hexadecimal.
        sha256: String,
        /// The same file was here before.
        known: bool,
        /// Each invoice, in the order of the file.
        parts: Vec<AcceptedPart>,
    },
    /// The idempotency key was used with other bytes; nothing was accepted. Both are SHA-256, hexadecimal.
    KeyConflict { first_sha256: String, this_sha256: String },
}

/// An invoice of a file with several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedPart {
    pub id: String,
    pub sha256: String,
    /// The same bytes were here before.
    pub known: bool,
    pub origin: PartOf,
}

/// Where an invoice stood in the file it came in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartOf {
    /// SHA-256 of the file, hexadecimal: the store keeps it.
    pub sha256: String,
    /// Which of its invoices, from 1.
    pub position: u32,
    /// 0062 of its message.
    pub message: String,
    /// 0020 of the interchange.
    pub reference: String,
    /// Bytes of the file before the message.
    pub offset: u64,
    /// What concerns it and other messages together, and cannot be seen in it alone: codes of CONTRL (0085).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub around: Vec<u8>,
}

impl Several {
    /// The invoices: where each stood, and its bytes as a document of its own. `sha256` is that of the file.
    pub fn parts<'s>(&'s self, sha256: &'s str) -> impl Iterator<Item = (PartOf, Vec<u8>)> + 's {
        parts(&self.split, &self.file, sha256)
    }
}

/// The invoices of a file that was taken apart.
pub fn parts<'s>(
    split: &'s Split,
    file: &'s [u8],
    sha256: &'s str,
) -> impl Iterator<Item = (PartOf, Vec<u8>)> + use<'s> {
    (1u32..).zip(split.parts()).map(move |(position, part)| {
        let origin = PartOf {
            sha256: sha256.to_owned(),
            position,
            message: part.reference.clone(),
            reference: part.interchange.clone(),
            offset: part.offset,
            around: part.around.clone(),
        };
        (origin, split.bytes(part, file))
    })
}
