//! The currency that stands beside an amount (`schemas/pdf/currencies.txt`), and whether it can be the invoice's.

use std::ops::Range;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;

/// What a mark may mean, as ISO 4217 codes.
type Means = &'static str;

struct Mark {
    kind: &'static str,
    text: &'static str,
    means: Means,
}

fn marks() -> &'static [Mark] {
    static MARKS: LazyLock<Vec<Mark>> = LazyLock::new(|| {
        let rows = include_str!("../../../schemas/pdf/currencies.txt").lines().filter(|row| !row.starts_with('#'));
        let mark = |row: &'static str| {
            let (kind, rest) = row.split_once(' ')?;
            let (text, means) = rest.split_once(' ').unwrap_or((rest, rest));
            Some(Mark { kind, text, means })
        };
        rows.filter_map(mark).collect()
    });
    &MARKS
}

/// What stands right before and right behind an amount and names a currency.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Beside {
    means: Vec<Means>,
    /// With the amount between them.
    pub at: Range<usize>,
}

impl Beside {
    /// Of the amount that stands there in a text.
    pub fn of(text: &str, at: Range<usize>) -> Beside {
        let (before, behind) = (text.get(..at.start).unwrap_or_default(), text.get(at.end..).unwrap_or_default());
        let before = before.trim_end_matches([' ', '-', '(']);
        let after = behind.trim_start_matches([' ', '-', ')']);
        let mut beside = Beside { means: Vec::new(), at: at.clone() };
        if let Some((mark, length)) = last(before) {
            beside.means.push(mark);
            beside.at.start = before.len() - length;
        }
        if let Some((mark, length)) = first(after) {
            beside.means.push(mark);
            beside.at.end = text.len() - after.len() + length;
        }
        beside
    }

    /// Does a currency stand there, and none that is this one (ISO 4217)? Never where this one is none.
    pub fn is_foreign(&self, own: &str) -> bool {
        let is = |means: &Means| means.split(' ').any(|code| code == own);
        !own.is_empty() && !self.means.is_empty() && !self.means.iter().any(is)
    }
}

/// The same in text without blanks, where words run together: does one of another currency begin or end there, and none of this one?
pub(super) fn squeezed_is_foreign(before: &str, behind: &str, own: &str) -> bool {
    let (before, behind) = (before.trim_end_matches(['-', '(']), behind.trim_start_matches(['-', ')']));
    let mut all = marks()
        .iter()
        .filter(|mark| mark.kind != "word" || mark.text.len() >= LONG)
        .filter(|mark| before.ends_with(mark.text) || behind.starts_with(mark.text))
        .peekable();
    !own.is_empty() && all.peek().is_some() && !all.any(|mark| mark.means.split(' ').any(|code| code == own))
}

/// Shorter words are the beginning of others.
const LONG: usize = 4;

/// The mark with which a text begins, as a whole word, and its length.
fn first(text: &str) -> Option<(Means, usize)> {
    let c = text.chars().next()?;
    let length =
        if c.is_alphabetic() { text.find(|c: char| !c.is_alphabetic()).unwrap_or(text.len()) } else { c.len_utf8() };
    Some((meant(text.get(..length)?)?, length))
}

/// The mark with which a text ends.
fn last(text: &str) -> Option<(Means, usize)> {
    let c = text.chars().next_back()?;
    let word =
        text.rfind(|c: char| !c.is_alphabetic()).and_then(|at| Some(at + text.get(at..)?.chars().next()?.len_utf8()));
    let from = if c.is_alphabetic() { word.unwrap_or(0) } else { text.len() - c.len_utf8() };
    Some((meant(text.get(from..)?)?, text.len() - from))
}

fn meant(mark: &str) -> Option<Means> {
    let folded: String = mark.nfkd().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(12).collect();
    let known = |known: &&Mark| match known.kind {
        "word" => known.text == folded,
        _ => known.text == mark,
    };
    marks().iter().find(known).map(|mark| mark.means)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn foreign(text: &str, own: &str) -> bool {
        let at = text.find("1200").unwrap();
        Beside::of(text, at..at + 4).is_foreign(own)
    }

    #[test]
    fn a_currency_beside_an_amount_is_the_invoices_or_another() {
        for (text, own, other) in [
            ("Total 1200 USD", "EUR", true),
            ("Total USD 1200", "EUR", true),
            ("Total $1200", "EUR", true),
            ("Total 1200 £", "EUR", true),
            ("1200 francs suisses", "EUR", true),
            ("(1200) USD", "EUR", true),
            ("-1200- USD", "EUR", true),
            ("Total 1200 USD", "USD", false),
            ("Total $1200", "CAD", false),
            ("Total 1200", "EUR", false),
            ("Total 1200 EUR", "EUR", false),
            ("Total EUR 1200 USD 1305", "EUR", false),
            ("1200 € TTC", "EUR", false),
            ("1200 euros", "EUR", false),
            ("1200 USDT", "EUR", false),
            ("TOTAL ALL 1200", "EUR", false),
            ("Usd 1200", "EUR", false),
            ("1200\tUSD 1305", "EUR", false),
            ("1200 USD", "", false),
        ] {
            assert_eq!(foreign(text, own), other, "{text} in {own}");
        }
        let beside = Beside::of("Total 1200 USD.", 6..10);
        assert_eq!(&"Total 1200 USD."[beside.at], "1200 USD");
        assert!(squeezed_is_foreign("Total", "USDTVA", "EUR") && !squeezed_is_foreign("Total€", "USDTVA", "EUR"));
        assert!(!squeezed_is_foreign("Total", "TVA", "EUR") && squeezed_is_foreign("Total", "dollarsTVA", "EUR"));
    }

    #[test]
    fn the_table_reads() {
        let known: Vec<&str> = include_str!("../../../schemas/codes/iso-4217.txt").lines().collect();
        for mark in marks() {
            assert!(["sign", "word", "code"].contains(&mark.kind), "{}", mark.text);
            // In use, or until lately, and not in the list.
            let listed = |code: &str| known.contains(&code) || ["IMP", "JEP", "GGP", "BGN"].contains(&code);
            assert!(mark.means.split(' ').all(listed), "{}: {}", mark.text, mark.means);
        }
    }

    proptest::proptest! {
        #[test]
        fn no_text_breaks_it(text in "(\\PC|[0-9 €$-]|EUR|USD){0,20}", at in 0usize..30, length in 0usize..9) {
            let _ = Beside::of(&text, at..at + length).is_foreign("EUR");
            let _ = squeezed_is_foreign(&text, &text, "EUR");
        }
    }
}
