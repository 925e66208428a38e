//! Where in the received bytes something stands.

use serde::{Deserialize, Serialize};

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
