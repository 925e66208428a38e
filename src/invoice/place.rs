//! Where in the received bytes something stands.

use serde::{Deserialize, Serialize};

use crate::text::Lang;

/// A place a person can find in the document as it was received.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(untagged)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub enum Place {
    Xml {
        /// From 1.
        line: u32,
        /// Counts characters, from 1.
        column: u32,
        /// Path of elements from the root, with a position where an element is repeated, such as
        /// `/Invoice/cac:InvoiceLine[2]/cbc:ID`.
        path: String,
        /// The attachment's name, where the XML came out of a PDF.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attachment: Option<String>,
    },
    /// In EDIFACT, and in X12: as acknowledgements count.
    Edifact {
        segment: u32,
        element: u32,
        component: u32,
        /// Bytes from the start of the interchange.
        offset: u64,
    },
    /// A file in a PDF as a whole.
    Attachment { attachment: String },
}

/// A place in EDIFACT in a few words: segment, element and component as CONTRL counts them; of the envelope, which is in no message, the byte.
pub fn in_message(segment: u32, element: u32, component: u32, offset: u64, lang: Lang) -> String {
    match (segment, lang) {
        (0, Lang::Fr) => format!("enveloppe, octet {offset}"),
        (0, Lang::En) => format!("envelope, byte {offset}"),
        (_, Lang::Fr) => format!("segment {segment}:{element}:{component}, octet {offset}"),
        (_, Lang::En) => format!("segment {segment}:{element}:{component}, byte {offset}"),
    }
}
