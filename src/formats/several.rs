//! A file with several invoices, for doors that take each as a document of its own.

pub use crate::interchange::{Other, Part, TooMany};
use crate::{edifact, x12};

/// A file of interchanges taken apart: each INVOIC or 810 of it as an interchange of its own. It is told by places of the file, which it does not hold.
#[derive(Debug, Clone)]
pub enum Split {
    Edifact(edifact::Split),
    X12(x12::Split),
}

impl Split {
    /// Its invoices, in the order of the file.
    pub fn parts(&self) -> &[Part] {
        match self {
            Split::Edifact(split) => split.parts(),
            Split::X12(split) => split.parts(),
        }
    }

    /// What else there is, in the order of the file.
    pub fn others(&self) -> &[Other] {
        match self {
            Split::Edifact(split) => split.others(),
            Split::X12(split) => split.others(),
        }
    }

    /// Invoice `n`, from 0, as an interchange of its own. `file` is the one that was taken apart.
    pub fn bytes(&self, n: usize, file: &[u8]) -> Vec<u8> {
        match self {
            Split::Edifact(split) => split.bytes(n, file),
            Split::X12(split) => split.bytes(n, file),
        }
    }
}

/// Takes a file of interchanges apart, however many invoices it holds; none where it is no such file.
///
/// # Errors
/// It holds too many.
pub fn split(file: &[u8]) -> Result<Option<Split>, TooMany> {
    if edifact::is_edifact(file) {
        edifact::split(file, "INVOIC").map(|split| Some(Split::Edifact(split)))
    } else if x12::is_x12(file) {
        x12::split(file, "810").map(|split| Some(Split::X12(split)))
    } else {
        Ok(None)
    }
}

/// The same, where it holds several invoices; none where it holds one, or none that could be told.
///
/// # Errors
/// It holds too many.
pub fn several(file: &[u8]) -> Result<Option<Split>, TooMany> {
    Ok(split(file)?.filter(|split| split.parts().len() > 1))
}
