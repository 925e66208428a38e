//! Writes HTML in which nothing of others can be markup: what is not a literal of ours goes through [`Html::text`] or
//! [`Html::attr`], and there is no third way.
//!
//! What hides or turns the writing is shown ([`crate::text::visible`]); the ends of lines stay, for texts that have several.

use std::borrow::Cow;
use std::fmt::{self, Write};

use crate::text::visible;

/// A document being written to a sink. The first failure of the sink is kept and told by [`Html::end`]; what comes after it is lost.
pub struct Html<'w> {
    out: &'w mut dyn Write,
    failed: bool,
}

impl<'w> Html<'w> {
    pub fn new(out: &'w mut dyn Write) -> Self {
        Self { out, failed: false }
    }

    /// Markup of ours, as it stands.
    pub fn raw(&mut self, markup: &'static str) -> &mut Self {
        self.put(markup);
        self
    }

    /// A text, wherever it comes from: escaped, and what hides in it made visible.
    pub fn text(&mut self, text: &str) -> &mut Self {
        for line in text.split_inclusive('\n') {
            let bare = line.strip_suffix('\n').map(|bare| bare.strip_suffix('\r').unwrap_or(bare));
            self.escaped(&visible(&blanks(bare.unwrap_or(line))));
            if bare.is_some() {
                self.put("\n");
            }
        }
        self
    }

    /// A text that has but one line, such as a name, a number or a code: the end of a line in it is shown as well.
    pub fn line(&mut self, text: &str) -> &mut Self {
        self.escaped(&visible(&blanks(text)));
        self
    }

    /// An attribute with its leading blank: ` name="value"`.
    pub fn attr(&mut self, name: &'static str, value: &str) -> &mut Self {
        self.put(" ");
        self.put(name);
        self.put("=\"");
        self.text(value);
        self.put("\"");
        self
    }

    /// An attribute that is a name of ours with a number, such as an anchor: ` id="f12"`.
    pub fn anchor(&mut self, name: &'static str, prefix: &'static str, n: usize) -> &mut Self {
        if !self.failed {
            self.failed = write!(self.out, " {name}=\"{prefix}{n}\"").is_err();
        }
        self
    }

    pub fn number(&mut self, n: usize) -> &mut Self {
        if !self.failed {
            self.failed = write!(self.out, "{n}").is_err();
        }
        self
    }

    /// # Errors
    /// The sink refused something.
    pub fn end(self) -> fmt::Result {
        if self.failed { Err(fmt::Error) } else { Ok(()) }
    }

    fn escaped(&mut self, text: &str) {
        let mut rest = text;
        while let Some(at) = rest.find(['&', '<', '>', '"', '\'']) {
            let (before, special) = rest.split_at(at);
            self.put(before);
            self.put(match special.as_bytes().first() {
                Some(b'&') => "&amp;",
                Some(b'<') => "&lt;",
                Some(b'>') => "&gt;",
                Some(b'"') => "&quot;",
                _ => "&#39;",
            });
            rest = special.get(1..).unwrap_or_default();
        }
        self.put(rest);
    }

    fn put(&mut self, text: &str) {
        if !self.failed {
            self.failed = self.out.write_str(text).is_err();
        }
    }
}

/// Tabs are blanks.
fn blanks(line: &str) -> Cow<'_, str> {
    if line.contains('\t') { Cow::Owned(line.replace('\t', " ")) } else { Cow::Borrowed(line) }
}

/// A sink that keeps nothing: for a pass that only looks what would be written.
pub struct Nowhere;

impl Write for Nowhere {
    fn write_str(&mut self, _: &str) -> fmt::Result {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(text: &str) -> String {
        let mut out = String::new();
        Html::new(&mut out).text(text);
        out
    }

    #[test]
    fn nothing_of_others_is_markup() {
        assert_eq!(written("<b a='1'>\"&\""), "&lt;b a=&#39;1&#39;&gt;&quot;&amp;&quot;");
        assert_eq!(written("a\r\nb\tc\u{202e}\0\r"), "a\nb c\\u{202e}\\u{0}\\u{d}");
        let mut out = String::new();
        Html::new(&mut out).line("a\r\nb\tc\u{fffe}\u{fdd0}\u{1ffff}<");
        assert_eq!(out, "a\\u{d}\\u{a}b c\\u{fffe}\\u{fdd0}\\u{1ffff}&lt;");
        let mut out = String::new();
        Html::new(&mut out).raw("<a").attr("title", "\" onclick=\"x").anchor("id", "f", 3).raw(">");
        assert_eq!(out, "<a title=\"&quot; onclick=&quot;x\" id=\"f3\">");
    }

    #[test]
    fn a_sink_that_fails_is_told_once_and_not_asked_again() {
        struct Broken(usize);
        impl Write for Broken {
            fn write_str(&mut self, _: &str) -> fmt::Result {
                self.0 += 1;
                Err(fmt::Error)
            }
        }
        let mut sink = Broken(0);
        let mut html = Html::new(&mut sink);
        html.raw("<p>").text("x").number(1);
        assert_eq!((html.end(), sink.0), (Err(fmt::Error), 1));
    }

    proptest! {
        #[test]
        fn whatever_the_text_no_markup_comes_of_it(text in any::<String>()) {
            let out = written(&text);
            let bad = out.contains(['<', '>', '"', '\'']) || out.chars().any(|c| c != '\n' && crate::text::hides(c));
            prop_assert!(!bad, "{out:?}");
        }
    }
}
