//! "Did you mean": how far two words are apart, and which of those known was probably meant.

/// The characters of a word that are compared: longer ones are no slips.
pub const LONGEST: usize = 64;

/// Edit distance with neighbours swapped counting once (optimal string alignment), of the first 64 characters.
pub fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().take(LONGEST).collect(), b.chars().take(LONGEST).collect());
    let mut two_above: Vec<usize> = vec![0; b.len() + 1];
    let mut above: Vec<usize> = (0..=b.len()).collect();
    for i in 0..a.len() {
        let mut row = vec![i + 1; b.len() + 1];
        for j in 0..b.len() {
            let replaced = above[j] + usize::from(a[i] != b[j]);
            row[j + 1] = replaced.min(above[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && a[i] == b[j - 1] && a[i - 1] == b[j] {
                row[j + 1] = row[j + 1].min(two_above[j - 1] + 1);
            }
        }
        two_above = std::mem::replace(&mut above, row);
    }
    above[b.len()]
}

/// Are they one edit apart, as [`distance`] counts? Answered without a table.
pub fn one_apart(a: &str, b: &str) -> bool {
    let cut = |text: &str| text.char_indices().nth(LONGEST).map_or(text.len(), |(at, _)| at);
    let (mut a, mut b) = (a[..cut(a)].chars(), b[..cut(b)].chars());
    // What both begin and end with is the same in both; what is left tells.
    loop {
        let (before, beside) = (a.clone(), b.clone());
        match (a.next(), b.next()) {
            (Some(x), Some(y)) if x == y => {}
            _ => {
                (a, b) = (before, beside);
                break;
            }
        }
    }
    loop {
        let (before, beside) = (a.clone(), b.clone());
        match (a.next_back(), b.next_back()) {
            (Some(x), Some(y)) if x == y => {}
            _ => {
                (a, b) = (before, beside);
                break;
            }
        }
    }
    match ([a.next(), a.next(), a.next()], [b.next(), b.next(), b.next()]) {
        ([Some(_), None, _], [Some(_), None, _] | [None, ..]) | ([None, ..], [Some(_), None, _]) => true,
        ([Some(x), Some(y), None], [Some(z), Some(w), None]) => (x, y) == (w, z),
        _ => false,
    }
}

/// How many slips a word of that length may hold and still be recognised: one for every four characters, three at most.
fn slips(word: &str) -> usize {
    (word.chars().count() / 4).min(3)
}

/// The known ids that were probably meant, nearest first, `most` at most. Those that look alike (`BT-1l`, `2O7`) come first; of
/// the others only the nearest, and none where too many are equally near to say anything. Words come as they are to be
/// compared: upper case, without accents.
pub fn ids<'k>(word: &str, known: impl IntoIterator<Item = &'k str>, most: usize) -> Vec<&'k str> {
    if word.is_empty() || word.len() > LONGEST {
        return Vec::new();
    }
    let (bare, limit) = (alike(word), slips(word));
    let number = word.chars().all(|c| c.is_ascii_digit());
    let mut best = usize::MAX;
    let mut found: Vec<(usize, &str)> = Vec::new();
    for id in known {
        let far = if word.len() >= 3 && alike(id) == bare {
            0
        } else if number || id.len().abs_diff(word.len()) > limit.max(1) || other_number(word, id) {
            continue;
        } else {
            let far = distance(word, id);
            // A short word is recognised where two of its letters were swapped, or where it is long enough for one to be wrong.
            let swapped = far == 1 && word.len() >= 3 && sorted(word) == sorted(id);
            if far > limit && !swapped {
                continue;
            }
            // Whoever slips more than once still begins as the id does.
            if far > 1 && word.chars().next() != id.chars().next() {
                continue;
            }
            far * 2 - usize::from(swapped)
        };
        if far <= best {
            best = far;
            found.push((far, id));
        }
    }
    found.retain(|(far, _)| *far == best);
    found.sort_by_key(|(_, id)| id.len().abs_diff(word.len()));
    let mut ids: Vec<&str> = Vec::new();
    for (_, id) in found {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    // Ids that differ in their last digits alone are all as near: three of them are three guesses.
    if best > 0 && ids.len() > 2 * most {
        ids.clear();
    }
    ids.truncate(most);
    ids
}

/// The same but for the value of its digits: `BG-99` is no slip of `BG-19`, only another number.
fn other_number(word: &str, id: &str) -> bool {
    let shape = |c: char| if c.is_ascii_digit() { '0' } else { c };
    word.chars().map(shape).eq(id.chars().map(shape))
}

/// The word with letters and digits that look alike made the same, dashes left out.
fn alike(word: &str) -> String {
    word.chars()
        .filter(|c| *c != '-')
        .map(|c| match c {
            'O' | 'Q' => '0',
            'I' | 'L' => '1',
            c => c,
        })
        .collect()
}

fn sorted(word: &str) -> Vec<char> {
    let mut letters: Vec<char> = word.chars().collect();
    letters.sort_unstable();
    letters
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn counts_slips() {
        for (a, b, slips) in [("", "abc", 3), ("abc", "acb", 1), ("kitten", "sitting", 3), ("same", "same", 0)] {
            assert_eq!(distance(a, b), slips, "{a} {b}");
            assert_eq!(distance(b, a), slips, "{b} {a}");
        }
    }

    #[test]
    fn the_nearest_alone_are_named() {
        let known = ["BT-10", "BT-11", "BT-13", "BT-131", "REJETEE", "REFUSEE_1", "PMD", "EUR", "207", "208", "S", "E"];
        for (word, wanted) in [
            ("BT-1L", vec!["BT-11"]),
            ("2O7", vec!["207"]),
            ("REJETE", vec!["REJETEE"]),
            ("PDM", vec!["PMD"]),
            ("EUD", vec![]),
            ("209", vec![]),
            ("BT-99", vec![]),
            ("T", vec![]),
            ("", vec![]),
            ("NOTHING AT ALL", vec![]),
        ] {
            assert_eq!(ids(word, known, 3), wanted, "{word}");
        }
    }

    #[test]
    fn too_many_that_are_as_near_say_nothing() {
        let known: Vec<String> = (10..99).map(|n| format!("BT-{n}")).collect();
        assert!(ids("BT-X9", known.iter().map(String::as_str), 3).is_empty());
    }

    proptest! {
        #[test]
        fn a_distance_is_one(a in "[A-C0-2]{0,8}", b in "[A-C0-2]{0,8}") {
            prop_assert_eq!(distance(&a, &b), distance(&b, &a));
            prop_assert_eq!(distance(&a, &b) == 0, a == b);
            prop_assert!(distance(&a, &b) <= a.len().max(b.len()));
            prop_assert_eq!(one_apart(&a, &b), distance(&a, &b) == 1);
        }

        #[test]
        fn never_panics(word in "\\PC{0,80}") {
            ids(&word, ["BR-CO-10", "é"], 3);
        }
    }
}
