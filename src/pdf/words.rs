//! Text strings of a PDF (ISO 32000-2, 7.9.2.2): UTF-16BE, UTF-8, or PDFDocEncoding.

use lopdf::{Object, decode_text_string};

use crate::limits;

/// A text string, cut at the longest name kept; none where it is no string. What does not decode is shown as far as it does.
pub(super) fn text(object: &Object) -> Option<String> {
    let bytes = object.as_str().ok()?;
    let text = match (decode_text_string(object), bytes) {
        (Ok(text), _) => text,
        (Err(_), [0xFE, 0xFF, rest @ ..]) => {
            let units: Vec<u16> = rest.chunks_exact(2).map(|c| u16::from_be_bytes([c[0], c[1]])).collect();
            String::from_utf16_lossy(&units)
        }
        (Err(_), bytes) => String::from_utf8_lossy(bytes).into_owned(),
    };
    Some(text.chars().take(limits::PDF_NAME_CHARS).collect())
}
