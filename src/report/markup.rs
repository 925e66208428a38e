//! Text for XML, whatever came from outside: what hides is shown as `\u{…}`, which covers every control character that XML 1.0
//! forbids; its two forbidden non-characters likewise; the rest is escaped. An attribute keeps no line ends, so that none is lost.

use std::borrow::Cow;

use crate::text::visible;

/// Text for one line: content or attribute value.
pub(super) fn escaped(text: &str) -> Cow<'_, str> {
    let special = |c: char| matches!(c, '&' | '<' | '>' | '"' | '\'' | '\u{fffe}' | '\u{ffff}');
    let seen = visible(text);
    if !seen.contains(special) {
        return seen;
    }
    let mut out = String::with_capacity(seen.len() + 16);
    for c in seen.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => out.extend(c.escape_unicode()),
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Content of several lines: each as [`escaped`].
pub(super) fn lines(text: &str) -> String {
    text.lines().map(escaped).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn nothing_breaks_out() {
        assert_eq!(escaped("a ]]> <b c=\"d\">&'"), "a ]]&gt; &lt;b c=&quot;d&quot;&gt;&amp;&#39;");
        assert_eq!(escaped("\u{1b}[31m\n\u{0}\u{fffe}\u{202e}"), "\\u{1b}[31m\\u{a}\\u{0}\\u{fffe}\\u{202e}");
    }

    proptest! {
        #[test]
        fn an_independent_reader_takes_it(text in "(?s).*|[\\x00-\\x1f<>&\"'\u{fffe}\u{ffff}\u{85}\u{2028}a]{0,40}") {
            let document = format!("<a b=\"{0}\">{0}</a>", escaped(&text));
            let read = roxmltree::Document::parse(&document);
            prop_assert!(read.is_ok(), "{:?}: {document:?}", read.err());
            let read = read.unwrap();
            let said = read.root_element().text().unwrap_or_default().to_owned();
            prop_assert_eq!(Some(said.as_str()), read.root_element().attribute("b"));
        }
    }
}
