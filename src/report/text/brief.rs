//! Values of a document as people are shown them: no longer than a line can take, and with nothing piled up on them.

use super::paint::cells;
use crate::limits;
use crate::text::{hides, visible};

/// Marks that a letter may bear before more of them only hide the lines above.
const MARKS: usize = 2;

/// A value of the invoice's head: at most [`limits::QUOTED_CHARS`], then `…`.
pub(in crate::report) fn brief(text: &str) -> String {
    cut(text, limits::QUOTED_CHARS)
}

/// What was found or expected: a quotation, perhaps with the name of its attribute, or a list of what may stand there.
pub(in crate::report) fn quoted(text: &str) -> String {
    cut(text, 2 * limits::QUOTED_CHARS)
}

fn cut(text: &str, most: usize) -> String {
    let mut out = String::with_capacity(text.len().min(4 * most));
    // At the head there is nothing that a mark could sit on.
    let mut marks = MARKS;
    // A blank at either end that is none of XML is part of the value, and nobody would see it.
    let ends = [0, text.char_indices().next_back().map_or(0, |(at, _)| at)];
    for (n, (at, c)) in text.char_indices().enumerate() {
        if n == most {
            out.push('…');
            break;
        }
        let is_mark = !c.is_ascii() && cells(c) == 0 && !hides(c);
        marks = if is_mark { marks + 1 } else { 0 };
        let unseen = !c.is_ascii() && c.is_whitespace() && ends.contains(&at);
        match unseen || marks > MARKS {
            true => out.extend(c.escape_unicode()),
            false => out.push_str(&visible(c.encode_utf8(&mut [0; 4]))),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_value_is_cut_and_nothing_is_piled_up() {
        assert_eq!(brief(&"9".repeat(1 << 20)), format!("{}…", "9".repeat(120)));
        assert_eq!(brief(&"é".repeat(120)), "é".repeat(120));
        assert_eq!(brief("\u{301}e\u{301}\u{323}\u{302}x\n"), "\\u{301}e\u{301}\u{323}\\u{302}x\\u{a}");
    }

    #[test]
    fn a_blank_at_the_end_that_is_not_xmls_is_seen() {
        assert_eq!(brief("29\u{a0}"), "29\\u{a0}");
        assert_eq!(brief("\u{2009}1\u{a0}200"), "\\u{2009}1\u{a0}200");
    }

    proptest! {
        #[test]
        fn what_is_short_and_plain_stays(text in "[ -~é日]{0,120}") {
            prop_assert_eq!(brief(&text), text);
        }
    }
}
