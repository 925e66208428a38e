//! What people read, in the two languages facteur speaks.

mod cell;
mod fold;
mod number;
mod plain;

use std::borrow::Cow;

pub use fold::{folded, spelled};
pub use number::number;
pub use plain::plain;
use serde::{Deserialize, Serialize};

pub use cell::{amount_cell, name_cell, text_cell};

/// The language of a message. The API always carries both; a terminal shows one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub enum Lang {
    Fr,
    En,
}

impl Lang {
    /// The one of two that is in this language.
    pub fn pick<T>(self, fr: T, en: T) -> T {
        match self {
            Lang::Fr => fr,
            Lang::En => en,
        }
    }

    /// The `s` of a plural, where so many take one: in French from two on, in English whenever it is not one.
    pub fn s(self, n: usize) -> &'static str {
        let plural = match self {
            Lang::Fr => n > 1,
            Lang::En => n != 1,
        };
        if plural { "s" } else { "" }
    }

    /// As HTML and HTTP name it.
    pub fn as_str(self) -> &'static str {
        self.pick("fr", "en")
    }
}

/// One sentence in French and in English.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub struct Text {
    pub fr: String,
    pub en: String,
}

impl Text {
    pub fn new(fr: impl Into<String>, en: impl Into<String>) -> Self {
        Self { fr: fr.into(), en: en.into() }
    }

    pub fn get(&self, lang: Lang) -> &str {
        match lang {
            Lang::Fr => &self.fr,
            Lang::En => &self.en,
        }
    }
}

/// Is nothing of it seen, or does it turn what is? Control characters, line ends, marks of direction, and what Unicode calls
/// default ignorable: zero-width spaces and joiners, the soft hyphen, variation selectors, fillers, tags. Joiners are at home in
/// Persian, Indic scripts and emoji as well; two numbers or names that look alike and are not are the greater evil.
pub fn hides(c: char) -> bool {
    c.is_control()
        || u32::from(c) & 0xfffe == 0xfffe
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{2800}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{1bca0}'..='\u{1bca3}' | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
}

/// A text for one line of a terminal or a page: what [`hides`] is shown as `\u{9b}`, so that what an invoice or a file name
/// holds can neither forge a line, nor speak to the terminal, nor pass for another.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(hides) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .flat_map(|c| if hides(c) { Shown::Escaped(c.escape_unicode()) } else { Shown::Plain(Some(c)) })
            .collect(),
    )
}

/// JSON on one line, whoever splits it, and harmless on a terminal: the controls that JSON itself lets pass (U+007F to U+009F, which
/// some terminals obey) and what some readers take for the end of a line (U+2028, U+2029) are escaped.
pub fn one_line(json: String) -> String {
    let odd = |c: char| matches!(c, '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}');
    // Each of them is 7F or starts with one of these two bytes.
    if memchr::memchr3(0x7f, 0xc2, 0xe2, json.as_bytes()).is_none() || !json.contains(odd) {
        return json;
    }
    let mut out = String::with_capacity(json.len() + 16);
    for c in json.chars() {
        match odd(c) {
            true => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            false => out.push(c),
        }
    }
    out
}

/// Without the blanks of XML (space, tab, line ends) around it.
pub fn trim(text: &str) -> &str {
    let inside = |b: &u8| !matches!(b, b' ' | b'\t' | b'\r' | b'\n');
    let bytes = text.as_bytes();
    let (Some(start), Some(last)) = (bytes.iter().position(inside), bytes.iter().rposition(inside)) else { return "" };
    text.get(start..=last).unwrap_or_default()
}

/// Nothing that anybody could read.
pub fn blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || hides(c))
}

/// The first character that hides in what a person writes, which is refused for it: whoever reads it later shall read all of it,
/// in the order in which it was written. A text of several lines may hold tabs and the ends of its lines.
pub fn hidden(text: &str, lines: bool) -> Option<char> {
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let of_lines = matches!(c, '\n' | '\t') || (c == '\r' && rest.peek() == Some(&'\n'));
        if hides(c) && !(lines && of_lines) {
            return Some(c);
        }
    }
    None
}

/// One character, as it is or escaped.
enum Shown {
    Plain(Option<char>),
    Escaped(std::char::EscapeUnicode),
}

impl Iterator for Shown {
    type Item = char;

    fn next(&mut self) -> Option<char> {
        match self {
            Shown::Plain(c) => c.take(),
            Shown::Escaped(escape) => escape.next(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_stays_on_one_line_for_every_reader() {
        let text = "a\u{2028}b\u{85}c\u{2029}\u{9b}\u{7f}é\n";
        let line = one_line(serde_json::to_string(text).unwrap());
        assert_eq!(line, "\"a\\u2028b\\u0085c\\u2029\\u009b\\u007fé\\n\"");
        assert_eq!(serde_json::from_str::<String>(&line).unwrap(), text);
    }

    #[test]
    fn what_hides_is_shown() {
        assert_eq!(visible("Café « x »"), "Café « x »");
        assert_eq!(
            visible("FA\u{200b}-\u{ad}1\u{2060}\u{fe0f}\u{e0041}"),
            "FA\\u{200b}-\\u{ad}1\\u{2060}\\u{fe0f}\\u{e0041}"
        );
        assert_eq!(visible("Łódź \u{a0}日本 Ünïcode 🙂"), "Łódź \u{a0}日本 Ünïcode 🙂");
        assert_eq!(visible("a\nb\u{9b}\u{202e}c"), "a\\u{a}b\\u{9b}\\u{202e}c");
    }

    #[test]
    fn what_hides_in_a_text_is_found() {
        for text in ["Zoé Łódź « x » 日本 🙂", "", "a\u{a0}b"] {
            assert_eq!((hidden(text, true), hidden(text, false)), (None, None), "{text:?}");
        }
        for text in ["a\nb", "a\tb", "a\r\nb"] {
            assert_eq!((hidden(text, true), hidden(text, false)), (None, text.chars().nth(1)), "{text:?}");
        }
        for c in ['\0', '\u{1b}', '\u{7f}', '\u{9b}', '\u{202e}', '\u{2066}', '\u{200b}', '\u{feff}', '\u{e0041}', '\r']
        {
            assert_eq!(hidden(&format!("a\n{c}b"), true), Some(c));
        }
    }
}
