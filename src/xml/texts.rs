//! What stands between tags and in attributes, as the tree keeps it: where it stands in the document where that is all there is to it,
//! gathered where references and line ends had to be resolved.

use std::borrow::Cow;

use super::build::{Builder, Open, number};
use super::grammar::{Outcome, is_blank, malformed, resolve_reference};
use super::tree::Span;

impl<'s> Builder<'s> {
    pub(super) fn characters(&mut self, text: &'s str, blank: bool) -> Outcome {
        let Some(open) = self.open.last_mut() else {
            return if blank { Ok(()) } else { malformed("text outside the root element") };
        };
        if !blank {
            open.text = true;
            if self.has.bracket && text.contains("]]>") {
                return malformed("']]>' in text");
            }
        }
        self.add(text, self.at)
    }

    pub(super) fn section(&mut self, text: &'s str) -> Outcome {
        let Some(open) = self.open.last_mut() else { return malformed("text outside the root element") };
        open.text |= !text.bytes().all(is_blank);
        self.add(text, self.at + "<![CDATA[".len())
    }

    /// Adds text that stands at an offset of the document.
    fn add(&mut self, text: &'s str, at: usize) -> Outcome {
        let Some(&Open { id, .. }) = self.open.last() else { return Ok(()) };
        // Text after a child element: no syntax of ours has any, so it is noted and not kept.
        if self.nodes.len() > id as usize + 1 {
            return Ok(());
        }
        let carriage_return = self.has.carriage_return && text.contains('\r');
        if let Some(node) = self.nodes.get_mut(id as usize).filter(|node| node.text.len == 0 && !carriage_return) {
            node.text = Span { start: number(at), len: number(text.len()) };
            return Ok(());
        }
        self.gathered.reserve(text.len());
        // Line by line, so that a large value is copied once.
        let mut rest = text;
        while let Some((line, after)) = rest.split_once('\r') {
            self.gather(line)?;
            self.gather("\n")?;
            rest = after.strip_prefix('\n').unwrap_or(after);
        }
        self.gather(rest)
    }

    /// Adds resolved text to the open element, moving what it had into the gathered text.
    pub(super) fn gather(&mut self, text: &str) -> Outcome {
        let Some(open) = self.open.last_mut() else {
            return malformed("text outside the root element");
        };
        open.text |= !text.bytes().all(is_blank);
        let id = open.id;
        if self.nodes.len() > id as usize + 1 {
            return Ok(());
        }
        let had = self.nodes[id as usize].text;
        let grows_last = had.start & Span::GATHERED != 0
            && ((had.start & !Span::GATHERED) + had.len) as usize == self.gathered.len();
        let span = if grows_last {
            self.gathered.push_str(text);
            Span { start: had.start, len: had.len + number(text.len()) }
        } else {
            let start = number(self.gathered.len());
            match had.start & Span::GATHERED {
                0 => self.gathered.push_str(&self.source[had.start as usize..(had.start + had.len) as usize]),
                _ => {
                    let from = (had.start & !Span::GATHERED) as usize;
                    self.gathered.extend_from_within(from..from + had.len as usize);
                }
            }
            self.gathered.push_str(text);
            Span { start: start | Span::GATHERED, len: had.len + number(text.len()) }
        };
        self.nodes[id as usize].text = span;
        Ok(())
    }

    pub(super) fn keep(&mut self, text: &str) -> Span {
        let start = number(self.gathered.len()) | Span::GATHERED;
        self.gathered.push_str(text);
        Span { start, len: number(text.len()) }
    }
}

/// An attribute's value with references resolved and white space normalised (XML 1.0, section 3.3.3).
pub(super) fn value(raw: &str) -> Outcome<Cow<'_, str>> {
    if !raw.bytes().any(|b| matches!(b, b'<' | b'&' | b'\n' | b'\r' | b'\t')) {
        return Ok(Cow::Borrowed(raw));
    }
    if raw.contains('<') {
        return malformed("a '<' inside an attribute");
    }
    let mut out = String::with_capacity(raw.len());
    let mut rest = raw;
    while let Some(at) = rest.find(['&', '\n', '\r', '\t']) {
        out.push_str(&rest[..at]);
        let tail = &rest[at..];
        if let Some(reference) = tail.strip_prefix('&') {
            let Some((name, after)) = reference.split_once(';') else {
                return malformed("a '&' that starts no reference");
            };
            out.push_str(&resolve_reference(name)?);
            rest = after;
        } else {
            out.push(' ');
            rest = tail.strip_prefix("\r\n").unwrap_or(&tail[1..]);
        }
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}
