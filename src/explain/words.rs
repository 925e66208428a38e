//! The ids that stand in a line of an explanation, for links.

/// A piece of a line, and whether it is an id that is explained elsewhere.
pub type Piece<'l> = (&'l str, bool);

/// Cuts a line into ids that `known` knows and what stands between them. Words are looked up where they bear a dash or an
/// underscore, as ids do; the first word of a line where it is a status or a cause (`210`, `A2`).
pub fn pieces<'l>(line: &'l str, known: &dyn Fn(&str) -> bool) -> Vec<Piece<'l>> {
    let of_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
    let mut out: Vec<Piece<'l>> = Vec::new();
    let (mut done, mut at) = (0, 0);
    while let Some(start) = line[at..].find(of_word).map(|found| at + found) {
        let end = line[start..].find(|c: char| !of_word(c)).map_or(line.len(), |found| start + found);
        let word = &line[start..end];
        let leads = start == 0 && line[end..].starts_with([' ', ':']) && (short(word) || long(word));
        if (leads || (word.contains(['-', '_']) && long(word))) && known(word) {
            if done < start {
                out.push((&line[done..start], false));
            }
            out.push((word, true));
            done = end;
        }
        at = end;
    }
    if done < line.len() {
        out.push((&line[done..], false));
    }
    out
}

/// A status (`210`) or a cause (`A2`, `A11`).
fn short(word: &str) -> bool {
    let digits = word.strip_prefix(|c: char| c.is_ascii_uppercase());
    match digits {
        Some(digits) => (1..=2).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit()),
        None => word.len() == 3 && word.bytes().all(|b| b.is_ascii_digit()),
    }
}

/// Whatever is longer than an abbreviation.
fn long(word: &str) -> bool {
    word.len() >= 4
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ids_are_found_and_words_are_not() {
        let known = |word: &str| ["BT-13", "210", "A2", "TX_TVA_ERR", "UN"].contains(&word);
        let ids =
            |line| pieces(line, &known).into_iter().filter(|(_, id)| *id).map(|(word, _)| word).collect::<Vec<_>>();
        assert_eq!(ids("voir BT-13, BT-131 et (TX_TVA_ERR)."), ["BT-13", "TX_TVA_ERR"]);
        assert_eq!(ids("210 Refusée : 210"), ["210"]);
        assert_eq!(ids("A2 Référence"), ["A2"]);
        assert!(ids("UN autre 210 été — ").is_empty());
    }

    proptest! {
        #[test]
        fn nothing_is_lost(line in "\\PC{0,40}") {
            let all: String = pieces(&line, &|word| word.len() % 2 == 0).iter().map(|(piece, _)| *piece).collect();
            prop_assert_eq!(all, line);
        }
    }
}
