//! Text of a page as it is searched: one kind of blank, of hyphen, of digit.

use std::ops::Range;

use memchr::memmem::Finder;
use unicode_normalization::UnicodeNormalization as _;

/// The text with each character in its plainest form; what is not seen is gone.
pub(super) fn plain(text: &str) -> String {
    text.chars().filter(|c| !matches!(c, '\u{200B}'..='\u{200F}' | '\u{2060}' | '\u{FEFF}')).map(one).collect()
}

fn one(c: char) -> char {
    match c {
        '\n' | '\t' => c,
        c if c.is_whitespace() => ' ',
        '\u{AD}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{FE63}' | '\u{FF0D}' => '-',
        '\u{2044}' | '\u{2215}' | '\u{FF0F}' => '/',
        '\u{2018}' | '\u{2019}' | '\u{2032}' | '`' | '\u{B4}' => '\'',
        // A comma below the line, as some fonts call theirs.
        '\u{201A}' => ',',
        '\u{FF10}'..='\u{FF19}' => char::from_u32(c as u32 - 0xFF10 + 0x30).unwrap_or(c),
        c => c,
    }
}

/// A line as words are looked for in it, and where each of its bytes comes from.
pub(super) struct Words {
    /// Begins and ends with a blank; words are parted by one.
    pub text: String,
    from: Vec<usize>,
}

impl Words {
    pub fn of(line: &str) -> Words {
        let mut words = Words { text: String::from(" "), from: vec![0] };
        let mut before = ' ';
        for (at, c) in line.char_indices() {
            match c {
                '°' | 'º' if matches!(before, 'n' | 'N') => words.push('o', at),
                c if c.is_alphanumeric() => {
                    let letters = c.nfkd().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase);
                    letters.for_each(|letter| words.push(letter, at));
                }
                _ if !words.text.ends_with(' ') => words.push(' ', at),
                _ => {}
            }
            before = c;
        }
        if !words.text.ends_with(' ') {
            words.push(' ', line.len());
        }
        words
    }

    fn push(&mut self, c: char, at: usize) {
        self.text.push(c);
        self.from.resize(self.text.len(), at);
    }

    /// Where in the line a phrase stands, each time that it stands there as whole words.
    pub fn places<'w>(&'w self, phrase: &'w Finder<'w>) -> impl Iterator<Item = Range<usize>> + 'w {
        let length = phrase.needle().len();
        let whole = move |at: &usize| {
            let before = self.text.get(..*at).is_some_and(|text| text.ends_with(' '));
            before && self.text.get(at + length..).is_some_and(|text| text.starts_with(' '))
        };
        let places = phrase.find_iter(self.text.as_bytes()).filter(whole);
        places.filter_map(move |at| Some(*self.from.get(at)?..*self.from.get(at + length)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_are_found_whatever_their_signs() {
        let line = "Numéro : FACTURE N° F-1 — Montant T.T.C.";
        let words = Words::of(line);
        assert_eq!(words.text, " numero facture no f 1 montant t t c ");
        let behind =
            |phrase: &'static str| words.places(&Finder::new(phrase)).map(|at| &line[at.end..]).collect::<Vec<_>>();
        assert_eq!(behind("facture no"), [" F-1 — Montant T.T.C."]);
        assert_eq!(behind("t t c"), ["."]);
        assert!(behind("acture no").is_empty() && behind("facture n").is_empty());
        assert_eq!(plain("1\u{202F}200,00\u{A0}€ ‑\u{200B}−２"), "1 200,00 € --2");
    }
}
