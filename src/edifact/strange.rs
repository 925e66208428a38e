//! Characters that a set lacks, written with those that every set has.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;

/// What stands for a character in ASCII; empty where nothing does.
pub(super) fn plain(c: char) -> Cow<'static, str> {
    if let Some((_, text)) = KNOWN.iter().find(|(known, _)| *known == c) {
        return Cow::Borrowed(text);
    }
    if c.is_ascii_lowercase() {
        return Cow::Owned(c.to_ascii_uppercase().to_string());
    }
    if c.is_whitespace() || c.is_control() {
        return Cow::Borrowed(" ");
    }
    let base: String = std::iter::once(c).nfkd().filter(char::is_ascii).collect();
    if base.is_empty() { Cow::Borrowed("?") } else { Cow::Owned(base) }
}

/// What has no decomposition, or a better reading than its own.
const KNOWN: [(char, &str); 36] = [
    ('Œ', "OE"),
    ('œ', "oe"),
    ('Æ', "AE"),
    ('æ', "ae"),
    ('ß', "ss"),
    ('ẞ', "SS"),
    ('Ø', "O"),
    ('ø', "o"),
    ('Đ', "D"),
    ('đ', "d"),
    ('Ð', "D"),
    ('ð', "d"),
    ('Þ', "TH"),
    ('þ', "th"),
    ('Ł', "L"),
    ('ł', "l"),
    ('ı', "i"),
    ('ħ', "h"),
    ('€', "EUR"),
    ('£', "GBP"),
    ('¥', "JPY"),
    ('°', "o"),
    ('²', "2"),
    ('³', "3"),
    ('×', "x"),
    ('‘', "'"),
    ('’', "'"),
    ('“', "\""),
    ('”', "\""),
    ('«', "\""),
    ('»', "\""),
    ('–', "-"),
    ('—', "-"),
    ('‑', "-"),
    ('…', "..."),
    ('•', "-"),
];
