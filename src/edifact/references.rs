//! Which references were used already.

use std::collections::HashSet;

use crate::limits;

/// The references of an interchange or of a group. Short ones, as nearly all are, take 16 bytes.
#[derive(Debug, Default)]
pub(super) struct References {
    short: HashSet<u128>,
    long: HashSet<Box<str>>,
}

/// What is known of a reference.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Known {
    New,
    Twice,
    /// There are too many to remember; told the first time.
    Full,
}

impl References {
    pub fn add(&mut self, reference: &str) -> Known {
        let count = self.short.len() + self.long.len();
        let bytes = reference.as_bytes();
        let mut packed = [0; 16];
        let short = (bytes.len() < 16).then(|| {
            packed[..bytes.len()].copy_from_slice(bytes);
            packed[15] = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
            u128::from_le_bytes(packed)
        });
        let known = match short {
            Some(short) => self.short.contains(&short),
            None => self.long.contains(reference),
        };
        match (known, short) {
            (true, _) => Known::Twice,
            _ if count >= limits::EDIFACT_REFERENCES => Known::Full,
            (_, Some(short)) => {
                self.short.insert(short);
                Known::New
            }
            (_, None) => {
                self.long.insert(reference.into());
                Known::New
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_short_and_long_ones() {
        let mut seen = References::default();
        for reference in ["1", "1\0", "", "123456789012345", "1234567890123456", "12345678901234567890"] {
            assert_eq!(seen.add(reference), Known::New, "{reference}");
            assert_eq!(seen.add(reference), Known::Twice, "{reference}");
        }
    }
}
