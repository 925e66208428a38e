//! Text whose blanks say nothing, because letters are set apart or columns run together; but what stood between two characters
//! still tells where a number goes on.

/// So many bytes around what was found are looked at.
const AROUND: usize = 16;

/// What stands before a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Gap {
    None,
    Blank,
    /// A tabulator, or another line.
    Wide,
}

/// A text without its blanks.
pub(super) struct Squeezed {
    text: String,
    /// For each byte: what stood before its character.
    gaps: Vec<Gap>,
}

/// A place where something that was looked for stands, and what is around it.
pub(super) struct Found<'s> {
    /// Some characters, as far as nothing wider than a blank parts them from what was found.
    pub before: &'s str,
    pub behind: &'s str,
    /// Does the character before, or behind, belong to the same number or word as far as blanks can tell?
    pub joined_before: bool,
    pub joined_behind: bool,
}

impl Squeezed {
    /// `line_ends` says whether what stands on two lines may be one value.
    pub fn of(text: &str, line_ends: bool) -> Squeezed {
        let mut squeezed = Squeezed { text: String::new(), gaps: Vec::new() };
        let mut gap = Gap::None;
        for c in text.chars() {
            match c {
                ' ' => gap = gap.max(Gap::Blank),
                '\t' => gap = Gap::Wide,
                c if c.is_whitespace() && line_ends => gap = Gap::Wide,
                c => {
                    squeezed.gaps.push(gap);
                    squeezed.text.push(c);
                    squeezed.gaps.resize(squeezed.text.len(), Gap::None);
                    gap = Gap::None;
                }
            }
        }
        squeezed
    }

    /// Each place where this stands.
    pub fn find<'s>(&'s self, what: &'s str) -> impl Iterator<Item = Found<'s>> + 's {
        self.text.match_indices(what).map(move |(at, _)| {
            let end = at + what.len();
            let gap = |at: usize| self.gaps.get(at).copied().unwrap_or(Gap::Wide);
            let inner = (at + 1..end).map(gap).max().unwrap_or(Gap::None);
            // What is set apart by blanks goes on behind a blank.
            let joined = |gap: Gap| gap == Gap::None || (gap == Gap::Blank && inner == Gap::Blank);
            let low = (at.saturating_sub(AROUND)..=at).find(|at| self.text.is_char_boundary(*at)).unwrap_or(at);
            let from = (low + 1..=at).rev().find(|at| gap(*at) == Gap::Wide).unwrap_or(low);
            let high = (end..=self.text.len().min(end + AROUND)).rev().find(|at| self.text.is_char_boundary(*at));
            let high = high.unwrap_or(end);
            let to = (end..high).find(|at| gap(*at) == Gap::Wide).unwrap_or(high);
            Found {
                before: self.text.get(from..at).unwrap_or_default(),
                behind: self.text.get(end..to).unwrap_or_default(),
                joined_before: at > 0 && joined(gap(at)),
                joined_behind: end < self.text.len() && joined(gap(end)),
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str, what: &str) -> Vec<(String, String, bool, bool)> {
        let squeezed = Squeezed::of(text, true);
        let of = |f: Found<'_>| (f.before.to_owned(), f.behind.to_owned(), f.joined_before, f.joined_behind);
        squeezed.find(what).map(of).collect()
    }

    #[test]
    fn what_goes_on_is_told_from_what_stands_beside() {
        let one = |before: &str, behind: &str, a: bool, b: bool| vec![(before.to_owned(), behind.to_owned(), a, b)];
        assert_eq!(found("x1 23", "1"), one("x", "23", true, false));
        assert_eq!(found("0 5 / 1 0 7", "05/10"), one("", "7", false, true));
        assert_eq!(found("0 5 / 1 0\t7", "05/10"), one("", "", false, false));
        assert_eq!(found("a\t0 5\n7", "05"), one("", "", false, false));
        assert_eq!(found("05/10 7", "05/10"), one("", "7", false, false));
        assert!(found("05", "06").is_empty() && found("", "0").is_empty());
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_it(text in "(\\PC|[0-9 \t\n€]){0,30}", what in "[0-9]{1,2}|\\PC") {
            let _ = found(&text, &what);
        }
    }
}
