//! Words as they are looked for: without accents, typographic signs as their plain ones.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

use super::hides;

/// A text in which words are looked for: accents folded away, typographic hyphens, dashes, apostrophes and blanks as those of a
/// keyboard, without what is not seen. Its case stays, its letters of other alphabets too.
pub fn plain(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return Cow::Borrowed(text);
    }
    let seen = text.chars().filter(|c| c.is_whitespace() || !hides(*c)).flat_map(|c| signs(c).nfd());
    let bare = seen.filter(|c| !is_combining_mark(*c));
    let mut out = String::with_capacity(text.len());
    for c in bare {
        match c {
            'œ' => out.push_str("oe"),
            'Œ' => out.push_str("OE"),
            c if c.is_whitespace() && !c.is_ascii() => out.push(' '),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

fn signs(c: char) -> std::iter::Once<char> {
    std::iter::once(match c {
        '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{2043}' | '\u{fe58}' | '\u{fe63}' | '\u{ff0d}' => '-',
        '\u{2018}' | '\u{2019}' | '\u{201b}' | '\u{2bc}' | '\u{2b9}' | '\u{b4}' | '\u{2032}' | '\u{ff07}' => '\'',
        c => c,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_plain() {
        for (text, right) in [
            ("Pas d\u{2019}escompte", "Pas d'escompte"),
            ("auto\u{2011}liquidation", "auto-liquidation"),
            ("auto\u{ad}liquidation", "autoliquidation"),
            ("Pe\u{301}nalite\u{301}s 40\u{a0}€", "Penalites 40 €"),
            ("Éco-participation, œuvre d’art", "Eco-participation, oeuvre d'art"),
            ("Ωμέγα", "Ωμεγα"),
        ] {
            assert_eq!(plain(text), right);
        }
        assert!(matches!(plain("plain"), Cow::Borrowed(_)));
    }
}
