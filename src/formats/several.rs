//! A file with several invoices, for doors that take each as a document of its own.

use crate::edifact::{self, Split, TooMany};

/// Takes a file with several invoices apart; none where it holds one, or none that could be told. EDIFACT interchanges can hold several: of
/// them each INVOIC becomes an interchange of its own.
///
/// # Errors
/// It holds too many.
pub fn several(file: &[u8]) -> Result<Option<Split>, TooMany> {
    if !edifact::is_edifact(file) {
        return Ok(None);
    }
    let split = edifact::split(file, "INVOIC")?;
    Ok(Some(split).filter(|split| split.parts().len() > 1))
}
