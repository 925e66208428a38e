//! What people read, in the two languages facteur speaks.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

/// The language of a message. The API always carries both; a terminal shows one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[cfg_attr(feature = "world", derive(utoipa::ToSchema))]
pub enum Lang {
    Fr,
    En,
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

/// A text for one line of a terminal: control characters, line ends and marks that turn the direction of writing are shown as
/// `\u{9b}`, so that what an invoice or a file name holds can neither forge a line nor speak to the terminal.
pub fn visible(text: &str) -> Cow<'_, str> {
    let hides = |c: char| {
        c.is_control()
            || matches!(c, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{61c}' | '\u{feff}')
    };
    if !text.contains(hides) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(
        text.chars()
            .flat_map(|c| if hides(c) { Shown::Escaped(c.escape_unicode()) } else { Shown::Plain(Some(c)) })
            .collect(),
    )
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
    fn what_hides_is_shown() {
        assert_eq!(visible("Café « x »"), "Café « x »");
        assert_eq!(visible("a\nb\u{9b}\u{202e}c"), "a\\u{a}b\\u{9b}\\u{202e}c");
    }
}
