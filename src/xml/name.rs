//! Names by number, and as written.

use super::hash::ends;

/// The number of a name: below [`Name::KNOWN`] in the vocabulary, above it in the document's own list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(pub u16);

impl Name {
    pub const KNOWN: u16 = 0x8000;

    pub fn is_known(self) -> bool {
        self.0 < Self::KNOWN
    }
}

/// Are two names the same? They are short: four words at most tell, where a call would cost more than the comparison.
#[inline]
pub(super) fn same(a: &[u8], b: &[u8]) -> bool {
    a.len() == b.len()
        && match a.len() {
            0..=16 => ends(a) == ends(b),
            17..=32 => a.first_chunk::<16>() == b.first_chunk::<16>() && a.last_chunk::<16>() == b.last_chunk::<16>(),
            _ => a == b,
        }
}

#[cfg(test)]
mod tests {
    use super::same;

    #[test]
    fn names_of_every_length_are_told_apart() {
        let text: String = ('a'..='z').chain('A'..='Z').collect();
        for length in 0..40 {
            let name = &text[..length];
            let again = name.to_owned();
            assert!(same(name.as_bytes(), again.as_bytes()));
            for at in 0..length {
                let mut other = name.to_owned();
                other.replace_range(at..=at, "-");
                assert!(!same(name.as_bytes(), other.as_bytes()), "{name} {other}");
            }
            assert!(!same(name.as_bytes(), &text.as_bytes()[..length + 1]));
        }
    }
}
