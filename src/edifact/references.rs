//! Which references were used already.

use std::collections::{HashSet, VecDeque};

use crate::limits;

/// The references of an interchange or of a group. Those that count up, as nearly all do, are runs and take no room each; other short ones take 16
/// bytes.
#[derive(Debug, Default)]
pub(super) struct References {
    count: usize,
    runs: Vec<Run>,
    /// What came last, of a few patterns: where the next counts on, a run begins.
    last: VecDeque<Run>,
    short: HashSet<u128>,
    long: HashSet<Box<str>>,
}

/// References that say the same but for the number at their end, which counts up.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Run {
    before: Box<str>,
    /// Of the digits, where they begin with a zero; else 0.
    width: usize,
    from: u64,
    to: u64,
}

/// Runs that are remembered; whatever else counts up is remembered one by one.
const RUNS: usize = 64;

/// Patterns of which the last is remembered.
const PATTERNS: usize = 8;

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
        let number = numbered(reference);
        if let Some((before, width, number)) = number {
            let same = |run: &Run| run.width == width && *run.before == *before;
            if self.runs.iter().any(|run| same(run) && (run.from..=run.to).contains(&number)) {
                return Known::Twice;
            }
        }
        if self.is_kept(reference) {
            return Known::Twice;
        }
        if self.count >= limits::EDIFACT_REFERENCES {
            return Known::Full;
        }
        self.count += 1;
        let Some((before, width, number)) = number else {
            self.keep(reference);
            return Known::New;
        };
        let follows = |run: &Run| run.width == width && *run.before == *before && run.to.checked_add(1) == Some(number);
        if let Some(run) = self.runs.iter_mut().find(|run| follows(run)) {
            run.to = number;
            return Known::New;
        }
        let begins = self.last.iter().any(follows) && self.runs.len() < RUNS;
        let own = Run { before: before.into(), width, from: number, to: number };
        self.last.retain(|last| last.width != width || last.before != own.before);
        if begins {
            self.runs.push(own);
        } else {
            self.keep(reference);
            self.last.truncate(PATTERNS - 1);
            self.last.push_front(own);
        }
        Known::New
    }

    fn is_kept(&self, reference: &str) -> bool {
        match packed(reference) {
            Some(short) => self.short.contains(&short),
            None => self.long.contains(reference),
        }
    }

    fn keep(&mut self, reference: &str) {
        _ = match packed(reference) {
            Some(short) => self.short.insert(short),
            None => self.long.insert(reference.into()),
        };
    }
}

/// A reference of at most 15 bytes as a number.
fn packed(reference: &str) -> Option<u128> {
    let bytes = reference.as_bytes();
    let mut packed = [0; 16];
    (bytes.len() < 16).then(|| {
        packed[..bytes.len()].copy_from_slice(bytes);
        packed[15] = u8::try_from(bytes.len()).unwrap_or(u8::MAX);
        u128::from_le_bytes(packed)
    })
}

/// What stands before the number at the end of a reference, how many digits it is written with if they begin with a zero, and the number.
fn numbered(reference: &str) -> Option<(&str, usize, u64)> {
    let before = reference.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = reference.get(before.len()..).filter(|digits| (1..=18).contains(&digits.len()))?;
    let width = if digits.starts_with('0') { digits.len() } else { 0 };
    Some((before, width, digits.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn remembers_short_and_long_ones() {
        let mut seen = References::default();
        for reference in ["1", "1\0", "", "123456789012345", "1234567890123456", "12345678901234567890"] {
            assert_eq!(seen.add(reference), Known::New, "{reference}");
            assert_eq!(seen.add(reference), Known::Twice, "{reference}");
        }
    }

    #[test]
    fn those_that_count_up_take_no_room() {
        let mut seen = References::default();
        for n in 1..100_000 {
            assert_eq!(seen.add(&format!("M{n}")), Known::New);
            assert_eq!(seen.add(&format!("{n:09}")), Known::New);
        }
        assert!(seen.short.len() + seen.long.len() < 200 && seen.runs.len() <= RUNS, "{}", seen.short.len());
        assert_eq!(seen.add("M99999"), Known::Twice);
        assert_eq!(seen.add("000000001"), Known::Twice);
        assert_eq!(seen.add("1"), Known::New);
        assert_eq!(seen.add("M018"), Known::New);
    }

    proptest! {
        #[test]
        fn they_are_a_set(all in prop::collection::vec("[A-B]?0{0,2}[0-9]{0,2}", 0..200)) {
            let (mut seen, mut known) = (References::default(), HashSet::new());
            for reference in &all {
                let wanted = if known.insert(reference.clone()) { Known::New } else { Known::Twice };
                prop_assert_eq!(seen.add(reference), wanted, "{}", reference);
            }
        }
    }
}
