//! The number of an invoice on its pages: its letters and digits in order, whatever stands between them and in whatever case.

use crate::text;

/// Longest number that is looked for, in characters.
const LONGEST: usize = 200;
/// Most signs and blanks between two letters or digits of a number; a line end is one.
const APART: usize = 4;
/// A number of digits alone up to this length is not looked for inside amounts.
const SHORT: usize = 4;

/// A text of letters and digits alone, and where each came from.
pub(super) struct Bare {
    text: String,
    /// For each byte of it: the place of the character among those of the whole text.
    places: Vec<usize>,
    /// All characters.
    whole: Vec<char>,
}

impl Bare {
    pub fn of(whole: &str) -> Bare {
        let mut bare = Bare { text: String::new(), places: Vec::new(), whole: whole.chars().collect() };
        for (place, c) in whole.chars().enumerate() {
            match c {
                c if c.is_ascii_alphanumeric() => bare.text.push(c.to_ascii_uppercase()),
                c if c.is_ascii() => continue,
                c => bare.text.extend(text::folded(c.encode_utf8(&mut [0; 4])).chars().filter(|c| c.is_alphanumeric())),
            }
            bare.places.resize(bare.text.len(), place);
        }
        bare
    }

    /// Does the number stand here? None where it has nothing to look for.
    pub fn shows(&self, number: &str) -> Option<bool> {
        let key: String = text::folded(number).chars().filter(|c| c.is_alphanumeric()).collect();
        if key.is_empty() || key.chars().count() > LONGEST {
            return None;
        }
        let short = key.len() <= SHORT && key.bytes().all(|b| b.is_ascii_digit());
        let mut from = 0;
        while let Some(at) = self.text.get(from..).and_then(|rest| rest.find(&key)).map(|at| from + at) {
            if self.stands_alone(at, &key, short) {
                return Some(true);
            }
            from = at + key.chars().next().map_or(1, char::len_utf8);
        }
        Some(false)
    }

    fn stands_alone(&self, at: usize, key: &str, short: bool) -> bool {
        let Some(places) = self.places.get(at..at + key.len()) else { return false };
        let (Some(first), Some(last)) = (places.first().copied(), places.last().copied()) else { return false };
        if places.windows(2).any(|pair| matches!(pair, [a, b] if b - a > APART)) {
            return false;
        }
        let near = |from: usize, by: isize| from.checked_add_signed(by).and_then(|n| self.whole.get(n)).copied();
        let kind = |c: Option<char>| c.map_or(0, |c| u8::from(c.is_ascii_digit()) + 2 * u8::from(c.is_alphabetic()));
        let goes_on = |end: usize, by: isize| kind(near(end, by)) != 0 && kind(near(end, by)) == kind(near(end, 0));
        let of_amount =
            |end: usize, by: isize| matches!(near(end, by), Some('.' | ',')) && kind(near(end, 2 * by)) == 1;
        !goes_on(first, -1) && !goes_on(last, 1) && !(short && (of_amount(first, -1) || of_amount(last, 1)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str, number: &str) -> bool {
        Bare::of(text).shows(number).unwrap()
    }

    #[test]
    fn a_number_is_seen_however_it_is_set() {
        for text in
            ["Facture n° FA-2026/0310", "FA – 2026 / 0310", "fa-2026-\n0310", "(FA 2026 0310)", "N°:FA20260310du 2 mai"]
        {
            assert!(seen(text, "FA-2026/0310"), "{text}");
        }
        assert!(seen("Rechnung Nr. 42\n", "42") && seen("Ref. F42.", "42") && seen("ＦＡ１", "FA1"));
        assert_eq!(Bare::of("x").shows(" - "), None);
    }

    #[test]
    fn another_number_is_not() {
        for text in ["FA-2026/0311", "FA-2026/03101", "XFA-2026/0310", "FA-2026            0310", "2026/0310"] {
            assert!(!seen(text, "FA-2026/0310"), "{text}");
        }
        for text in ["42,00", "1.42", "142", "427", "4\n\n\n\n\n2"] {
            assert!(!seen(text, "42"), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_it(text in "\\PC{0,40}", number in "\\PC{1,6}") {
            let _ = Bare::of(&text).shows(&number);
            let _ = Bare::of(&format!("{text} {number}")).shows(&number);
        }
    }
}
