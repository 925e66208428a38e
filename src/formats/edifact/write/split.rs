//! Texts cut to components, so that the reader joins them to the same text: on word borders, or hard at the full length.

use super::super::text::FULL;

/// The components of a text, none longer than `most` characters and no more than `parts`, and what is left of it. Nothing is left of a text that fits.
pub(super) fn split(text: &str, most: usize, parts: usize) -> (Vec<String>, String) {
    let chars: Vec<char> = text.chars().collect();
    let words = cut(&chars, most, parts, word_border);
    if words.1 == chars.len() {
        return (words.0, String::new());
    }
    // Words leave room at the ends of components that a hard cut has.
    let hard = cut(&chars, most, parts, |_, _| None);
    let (taken, to) = if hard.1 > words.1 && hard.1 == chars.len() { hard } else { words };
    let left: String = chars.get(to..).unwrap_or_default().iter().collect();
    (taken, left.trim_start().to_owned())
}

/// The components of a text that goes on in the next segment, and what is left of it: as many as there are, the last taken to its end, by which the reader
/// knows (`Groups::text`). None where a blank stands at every such end.
pub(super) fn full(text: &str, most: usize, parts: usize) -> Option<(Vec<String>, String)> {
    let chars: Vec<char> = text.chars().collect();
    // Where the first is cut moves the end of the last.
    (most / 2..=most).rev().find_map(|first| {
        let (mut taken, mut at) = (Vec::with_capacity(parts), 0);
        while taken.len() < parts {
            let rest = chars.get(at..)?;
            let last = taken.len() + 1 == parts;
            let room = if taken.is_empty() && !last { first } else { most };
            let (end, next) = match word_border(rest, room).filter(|_| !last) {
                Some(end) => (end, end + 1),
                None if last => (most, most),
                None => (hard_end(rest, room), hard_end(rest, room)),
            };
            taken.push(rest.get(..end)?.iter().collect::<String>());
            at += next;
        }
        let ends_well = taken.last().is_some_and(|last| !last.ends_with(char::is_whitespace));
        let left: String = chars.get(at..)?.iter().collect();
        (ends_well && !left.trim().is_empty()).then_some((taken, left))
    })
}

/// The components, and how many characters they took.
fn cut(
    chars: &[char],
    most: usize,
    parts: usize,
    border: impl Fn(&[char], usize) -> Option<usize>,
) -> (Vec<String>, usize) {
    let (mut taken, mut at) = (Vec::new(), 0);
    while taken.len() < parts && at < chars.len() {
        let rest = &chars[at.min(chars.len())..];
        if rest.len() <= most {
            taken.push(rest.iter().collect());
            return (taken, chars.len());
        }
        let (end, next) = match border(rest, most) {
            // The blank itself is what the reader puts back.
            Some(end) => (end, end + 1),
            None => {
                // A blank at the end of a component would be cut off.
                let end = hard_end(rest, most);
                (end, end)
            }
        };
        taken.push(rest.iter().take(end).collect());
        at += next;
    }
    (taken, at)
}

/// The last blank between two words that leaves a component the reader does not take for a full one.
fn word_border(rest: &[char], most: usize) -> Option<usize> {
    let is_border = |end: &usize| {
        let blank = |n: usize| rest.get(n).is_none_or(|c| c.is_whitespace());
        rest.get(*end) == Some(&' ') && !blank(end - 1) && !blank(end + 1) && !FULL.contains(end)
    };
    // Half an empty component is worse than a cut word.
    (most / 2..=most).rev().filter(|end| *end > 0).find(is_border)
}

/// Where a text without a usable border is cut: at a full length that no blank ends.
fn hard_end(rest: &[char], most: usize) -> usize {
    let ends_well = |end: &usize| rest.get(end - 1).is_some_and(|c| !c.is_whitespace());
    let mut full: Vec<usize> = FULL.into_iter().filter(|n| *n <= most).collect();
    full.sort_unstable_by(|a, b| b.cmp(a));
    full.into_iter().find(ends_well).unwrap_or(most)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As the reader joins.
    fn joined(parts: &[String]) -> String {
        let mut text = String::new();
        let mut full = true;
        for part in parts {
            if !full {
                text.push(' ');
            }
            full = FULL.contains(&part.trim_end().chars().count());
            text.push_str(part.trim_end());
        }
        text
    }

    #[test]
    fn what_is_cut_is_joined_to_the_same_text() {
        let words =
            "Pénalités de retard au taux de la BCE majoré de dix points, indemnité forfaitaire de quarante euros";
        for text in
            [words, &"x".repeat(340), "a b", &format!("{} y", "x".repeat(70)), &format!("{}  z", "x".repeat(69))]
        {
            for most in [35, 70] {
                let (parts, left) = split(text, most, 10);
                assert_eq!((joined(&parts).as_str(), left.as_str()), (text, ""), "{most} {parts:?}");
                assert!(parts.iter().all(|part| part.chars().count() <= most));
            }
        }
        // Longer than a segment: what goes on does so behind a full component.
        let mut rest = format!("{} {words}", words.repeat(4));
        let (whole, mut segments) = (rest.clone(), Vec::new());
        while let Some((parts, left)) = full(&rest, 70, 5).filter(|_| !split(&rest, 70, 5).1.is_empty()) {
            assert_eq!((parts.len(), parts[4].chars().count()), (5, 70));
            segments.push(joined(&parts));
            rest = left;
        }
        segments.push(joined(&split(&rest, 70, 5).0));
        assert!(segments.len() > 1);
        assert_eq!(segments.concat(), whole);
        let (parts, left) = split(words, 35, 2);
        assert_eq!(format!("{} {left}", joined(&parts)), words);
        assert_eq!(parts[0], "Pénalités de retard au taux de la");
    }
}
