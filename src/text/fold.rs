//! When two numbers look alike: what a number comes to when everything that a reader would not notice is taken away.

use unicode_normalization::UnicodeNormalization as _;

use super::hides;

/// Letters of other scripts that stand in every typeface as a Latin capital does, each with it.
const TWINS: &str = "АAВBЕEЅSІIЈJКKМMНHОOРPСCТTУYХXԚQԜW\
                     ΑAΒBΕEΖZΗHΙIΚKΜMΝNΟOΡPΤTΥYΧX";

/// A number as it is compared: compatibility forms (full-width digits, ligatures) as what they stand for, one hyphen, one slash, one
/// case, letters of other scripts that look Latin as Latin ones; without blanks and without what is not seen. What a document says,
/// shows and sends stays as written; this is a key alone. Two numbers with one key look alike.
pub fn folded(text: &str) -> String {
    // Capitals may compose anew, and what composes may have another form: a few rounds end it.
    let mut key = once(text);
    for _ in 0..4 {
        let next = once(&key);
        if next == key {
            break;
        }
        key = next;
    }
    key
}

/// A number with everything in view that [`folded`] takes away or changes but for ASCII: `F\u{2010}1` for a number whose hyphen is
/// not the usual one.
pub fn spelled(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for c in text.chars() {
        let plain = c.is_ascii() || folded(c.encode_utf8(&mut [0; 4])).chars().eq(c.to_uppercase());
        if plain && !hides(c) { shown.push(c) } else { shown.extend(c.escape_unicode()) }
    }
    shown
}

fn once(text: &str) -> String {
    let seen = text.nfkc().filter(|c| !hides(*c) && !c.is_whitespace()).map(joined);
    // Down first: some letters have a capital that is nobody else's.
    let capitals = seen.flat_map(char::to_lowercase).flat_map(char::to_uppercase);
    capitals.map(latin).nfkc().collect()
}

fn joined(c: char) -> char {
    match c {
        '\u{2010}'..='\u{2015}'
        | '\u{2043}'
        | '\u{2212}'
        | '\u{2e3a}'
        | '\u{2e3b}'
        | '\u{58a}'
        | '\u{1806}'
        | '\u{30fb}' => '-',
        '\u{2044}' | '\u{2215}' | '\u{29f8}' => '/',
        c => c,
    }
}

fn latin(c: char) -> char {
    if c.is_ascii() {
        return c;
    }
    let mut twins = TWINS.chars();
    while let (Some(twin), Some(latin)) = (twins.next(), twins.next()) {
        if twin == c {
            return latin;
        }
    }
    c
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_looks_alike_has_one_key() {
        for alike in [
            "F-2026-1",
            "f-2026-1",
            " F-2026-1\u{a0}",
            "F\u{a0}-2026-1",
            "F-20\u{200b}26-1",
            "F\u{2010}2026\u{2011}1",
            "F\u{2212}2026\u{2013}1",
            "\u{ff26}-\u{ff12}\u{ff10}\u{ff12}\u{ff16}-\u{ff11}",
            "F \u{2060}-\u{ad} 2026-1\u{feff}",
            "F\u{202e}-2026-1",
        ] {
            assert_eq!(folded(alike), "F-2026-1", "{alike:?}");
        }
        assert_eq!(
            (folded("АС-1"), folded("ας/1"), folded("straße")),
            ("AC-1".into(), "AΣ/1".into(), "STRASSE".into())
        );
        assert_eq!(folded("\u{200b}\u{a0} "), "");
        for (one, two) in [("F-1", "F1"), ("F-1", "F/1"), ("F-1", "F-01"), ("F-1", "F-l"), ("F-0", "F-O"), ("É1", "E1")]
        {
            assert_ne!(folded(one), folded(two));
        }
    }

    #[test]
    fn what_differs_to_no_eye_is_spelled_out() {
        assert_eq!(spelled("F-1 é Łódź"), "F-1 é Łódź");
        assert_eq!(spelled("F\u{2010}1\u{a0}\u{200b}\u{ff11}А"), "F\\u{2010}1\\u{a0}\\u{200b}\\u{ff11}\\u{410}");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        #[test]
        fn a_key_is_its_own_key(text in "\\PC{0,20}|[\\u{0}-\\u{ffff}]{0,20}|[ -~\u{a0}-\u{24f}\u{370}-\u{52f}\u{ff00}-\u{ffef}]{0,20}") {
            let key = folded(&text);
            prop_assert_eq!(folded(&key), key.clone());
            prop_assert!(!key.contains(|c: char| hides(c) || c.is_whitespace()));
        }

        #[test]
        fn what_is_hidden_or_blank_makes_no_other_number(
            number in "[A-Za-z0-9/._-]{1,12}",
            at in 0..12usize,
            hidden in prop::sample::select(vec!['\u{200b}', '\u{a0}', ' ', '\u{2060}', '\u{feff}', '\u{ad}', '\u{e0041}']),
        ) {
            let at = at.min(number.len());
            let twin = format!("{}{hidden}{}", &number[..at], &number[at..]);
            prop_assert_eq!(folded(&twin), folded(&number));
            prop_assert_eq!(folded(&number), number.to_ascii_uppercase(), "a plain number is its own key but for case");
            prop_assert!(hidden == ' ' || spelled(&twin) != spelled(&number));
        }
    }
}
