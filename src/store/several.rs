//! A file with several invoices (an interchange of EDIFACT or X12): kept whole, and each invoice in it accepted as a document of its own, in one commit.

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Millis;
use crate::formats::Split;

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
    /// 0062 of its message, ST02 of its set.
    pub message: String,
    /// 0020 or ISA13 of the interchange.
    pub reference: String,
    /// Bytes of the file before the message.
    pub offset: u64,
    /// What concerns it and other messages together, and cannot be seen in it alone: see [`crate::interchange::Part::around`].
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
        (origin, split.bytes(position as usize - 1, file))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::sqlite::Sqlite;
    use crate::store::{Incoming, InvoiceFilter, Store, Write, Written};

    const HEAD: &str = "UNB+UNOC:3+A:14+B:14+261122:1200+R'";

    fn several(file: &str, key: Option<&str>) -> Write {
        let split = crate::formats::split(file.as_bytes()).unwrap().unwrap();
        let file = Bytes::from(file.to_owned());
        let key = key.map(str::to_owned);
        let several = Several { file, split, received_at: 1, source: "http".into(), idempotency_key: key, named: None };
        Write::AcceptSeveral(Box::new(several))
    }

    fn message(n: u32) -> String {
        format!("UNH+{n}+INVOIC:D:96A:UN'UNT+2+{n}'")
    }

    fn kept(answer: &Written) -> (bool, Vec<(String, bool)>) {
        match answer {
            Written::AcceptedSeveral(AcceptedSeveral::Kept { known, parts, .. }) => {
                (*known, parts.iter().map(|part| (part.id.clone(), part.known)).collect())
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_file_and_its_invoices_are_kept_together_and_once() {
        let folder = tempfile::tempdir().unwrap();
        let store = Sqlite::open(&folder.path().join("s.db")).unwrap();
        let alone = format!("{HEAD}{}UNZ+1+R'", message(1));
        let first =
            Incoming { bytes: alone.clone().into(), received_at: 1, source: "http".into(), idempotency_key: None };
        store.accept(&[first]).unwrap();
        // The first of them came alone before; the third is the second once more, byte for byte.
        let file = format!("{HEAD}{}{}{}UNZ+3+R'", message(1), message(2), message(2));
        let answers = store.commit(&[several(&file, Some("k"))]).unwrap();
        let (known, parts) = kept(&answers[0]);
        assert!(!known);
        assert_eq!(parts.iter().map(|(_, known)| *known).collect::<Vec<_>>(), [true, false, true]);
        assert_eq!(parts[1].0, parts[2].0);
        let events = store.events(Some(&parts[0].0), 0, 10).unwrap();
        assert_eq!(
            events.last().map(|e| (e.kind.as_str(), e.data["part_of"]["position"].as_u64())),
            Some(("received-again", Some(1)))
        );
        let Written::AcceptedSeveral(AcceptedSeveral::Kept { sha256, .. }) = &answers[0] else { panic!() };
        assert_eq!(store.document(sha256).unwrap().as_deref(), Some(file.as_bytes()));
        assert_eq!(store.invoices(&InvoiceFilter { limit: 10, ..InvoiceFilter::default() }).unwrap().len(), 2);

        let again = store.commit(&[several(&file, Some("k"))]).unwrap();
        assert!(kept(&again[0]).0 && kept(&again[0]).1.iter().all(|(_, known)| *known));
        assert_eq!(store.events(Some(&parts[0].0), 0, 10).unwrap().len(), events.len(), "nothing happened");
        let other = format!("{HEAD}{}{}UNZ+2+R'", message(8), message(9));
        let refused = store.commit(&[several(&other, Some("k"))]).unwrap();
        assert!(matches!(&refused[0], Written::AcceptedSeveral(AcceptedSeveral::KeyConflict { .. })));
        assert_eq!(store.invoices(&InvoiceFilter { limit: 10, ..InvoiceFilter::default() }).unwrap().len(), 2);
    }
}
