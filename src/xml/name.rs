//! Names by number.

/// The number of a name: below [`Name::KNOWN`] in the vocabulary, above it in the document's own list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(pub u16);

impl Name {
    pub const KNOWN: u16 = 0x8000;

    pub fn is_known(self) -> bool {
        self.0 < Self::KNOWN
    }
}
