//! Numbers in the form a language gives them. Nothing is rounded and no digit is left out: only marks between digits are added.

use super::Lang;

/// A narrow space that does not break: what French puts between thousands.
const THIN: char = '\u{202f}';

/// A decimal as XML Schema writes it, with the language's marks: `-1234.50` becomes `−1 234,50` or `−1,234.50`.
pub fn number(text: &str, lang: Lang) -> String {
    let (sign, digits) = match text.as_bytes().first() {
        Some(b'-') => ("\u{2212}", text.get(1..).unwrap_or_default()),
        Some(b'+') => ("+", text.get(1..).unwrap_or_default()),
        _ => ("", text),
    };
    let (whole, decimals) = match digits.split_once('.') {
        Some((whole, decimals)) => (whole, Some(decimals)),
        None => (digits, None),
    };
    let mut out = String::with_capacity(text.len() + text.len() / 2);
    out.push_str(sign);
    for (at, digit) in whole.chars().enumerate() {
        if at > 0 && (whole.len() - at).is_multiple_of(3) {
            out.push(lang.pick(THIN, ','));
        }
        out.push(digit);
    }
    if let Some(decimals) = decimals {
        out.push(lang.pick(',', '.'));
        out.push_str(decimals);
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_language_has_its_marks() {
        assert_eq!(number("-1234567.500", Lang::Fr), "\u{2212}1\u{202f}234\u{202f}567,500");
        assert_eq!(number("1234.5", Lang::En), "1,234.5");
        assert_eq!(number(".5", Lang::Fr), ",5");
    }

    proptest! {
        #[test]
        fn every_digit_stays_in_its_place(text in "[-+]?[0-9]{1,20}(\\.[0-9]{0,9})?") {
            for lang in [Lang::Fr, Lang::En] {
                let shown: String = number(&text, lang).chars().filter(char::is_ascii_digit).collect();
                prop_assert_eq!(shown, text.chars().filter(char::is_ascii_digit).collect::<String>());
            }
        }
    }
}
