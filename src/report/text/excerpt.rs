//! The line of the document that a finding is about, with the part in question underlined.

use std::borrow::Cow;
use std::collections::HashMap;

use super::paint::{cells, width};
use crate::invoice::Place;
use crate::report::Document;
use crate::rules::Finding;
use crate::text::visible;
use crate::xml;

/// Cells of a line that are shown; what is longer is cut around the part in question.
const SHOWN: usize = 110;
/// Cells shown before that part, where the line has to be cut.
const BEFORE: usize = 40;
/// A tab is shown as this.
const TAB: &str = "    ";

/// The places of some findings in the text of their document.
#[derive(Debug, Default)]
pub(in crate::report) struct Source<'d> {
    text: Cow<'d, str>,
    spots: HashMap<(u32, u32), Spot>,
}

/// Byte offsets of a place and of the start of its line.
#[derive(Debug, Clone, Copy)]
struct Spot {
    line: usize,
    at: usize,
}

/// A line as it is shown, and where the underlining starts and how long it is, in cells.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::report) struct Excerpt {
    pub line: String,
    pub from: usize,
    pub length: usize,
}

impl Excerpt {
    /// What stands before the part in question, the part, and what follows it.
    pub fn parts(&self) -> [&str; 3] {
        let at = |wanted: usize| {
            let mut used = 0;
            let found = self.line.char_indices().find(|(_, c)| {
                let here = used;
                used += cells(*c);
                here >= wanted
            });
            found.map_or(self.line.len(), |(at, _)| at)
        };
        let (from, to) = (at(self.from), at(self.from + self.length));
        let (before, rest) = self.line.split_at(from);
        let (part, after) = rest.split_at(to.saturating_sub(from).min(rest.len()));
        [before, part, after]
    }
}

impl<'d> Source<'d> {
    /// Looks all places up in one pass over the document, however many there are and however long its lines.
    pub fn new<'f>(document: &Document<'d>, findings: impl Iterator<Item = &'f Finding>) -> Source<'d> {
        let mut wanted: Vec<(u32, u32)> = findings.filter_map(place).collect();
        let Some(bytes) = document.judged().filter(|_| !wanted.is_empty()) else { return Source::default() };
        // What is refused for its encoding is shown all the same, up to where it can be read.
        let text = xml::decode(bytes).unwrap_or_else(|_| String::from_utf8_lossy(bytes));
        wanted.sort_unstable();
        wanted.dedup();
        let spots = spots(&text, &wanted);
        Source { text, spots }
    }

    /// The columns from which and before which a finding's part stands, in the line of its place, counted in characters from 1.
    pub fn columns(&self, finding: &Finding) -> Option<(usize, usize)> {
        let (line, column) = place(finding)?;
        let rest = self.text.get(self.spots.get(&(line, column))?.at..)?;
        let (from, to) = marked(rest, finding);
        let from_place = |end: usize| rest.get(..end).map(|part| column as usize + part.chars().count());
        let (start, end) = (from_place(from)?, from_place(to)?);
        (end > start && !rest.starts_with(['\n', '\r'])).then_some((start, end))
    }

    /// The line of a finding; none where the document is not at hand or has no such place.
    pub fn excerpt(&self, finding: &Finding) -> Option<Excerpt> {
        let spot = self.spots.get(&place(finding)?)?;
        let rest = self.text.get(spot.at..)?;
        let before = self.text.get(spot.line..spot.at)?;
        let (from, to) = marked(rest, finding);
        Some(cut(before, rest, from, to))
    }
}

fn place(finding: &Finding) -> Option<(u32, u32)> {
    match finding.place.as_ref()? {
        Place::Xml { line, column, .. } => Some((*line, *column)),
        _ => None,
    }
}

/// Offsets of places, which come sorted.
fn spots(text: &str, wanted: &[(u32, u32)]) -> HashMap<(u32, u32), Spot> {
    let bytes = text.as_bytes();
    let mut found = HashMap::with_capacity(wanted.len());
    let (mut line, mut start, mut at, mut column) = (1u32, 0usize, 0usize, 1u32);
    for &(wanted_line, wanted_column) in wanted {
        while line < wanted_line {
            let Some(rest) = bytes.get(at..) else { return found };
            let Some(end) = rest.iter().position(|b| matches!(b, b'\n' | b'\r')) else { return found };
            // As XML ends lines: a carriage return alone is one, and one with the line feed behind it.
            let next = at + end + 1 + usize::from(rest.get(end..end + 2) == Some(b"\r\n"));
            (line, start, at, column) = (line.saturating_add(1), next, next, 1);
        }
        while column < wanted_column {
            let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()).filter(|c| !is_end(*c)) else { break };
            (at, column) = (at + c.len_utf8(), column.saturating_add(1));
        }
        found.insert((wanted_line, wanted_column), Spot { line: start, at });
    }
    found
}

/// The part in question, as byte offsets in what follows its place: the attribute, the content that was found, or the tag.
fn marked(rest: &str, finding: &Finding) -> (usize, usize) {
    /// Longest tag that is looked through.
    const TAG_BYTES: usize = 8_192;
    /// Of a longer one only the name is underlined.
    const LONG_TAG: usize = 80;
    let line = rest.split(is_end).next().unwrap_or_default();
    let most = (0..=line.len().min(TAG_BYTES)).rev().find(|at| line.is_char_boundary(*at)).unwrap_or(0);
    let line = &line[..most];
    let one = line.chars().next().map_or(0, char::len_utf8);
    let attribute = match &finding.place {
        Some(Place::Xml { path, .. }) => path.rsplit('/').next().and_then(|last| last.strip_prefix('@')),
        _ => None,
    };
    if !line.starts_with('<') {
        // A place inside a tag: an attribute; else whatever character it is.
        return (0, attribute.and_then(|_| quoted(line)).unwrap_or(one));
    }
    let Some(end) = tag_end(line) else { return (0, line.trim_end().len().max(one)) };
    let tag = &line[..end];
    if let Some(name) = attribute
        && let Some(at) = attribute_at(tag, name)
        && let Some(length) = quoted(&tag[at..])
    {
        return (at, at + length);
    }
    let content = &line[end..end + line[end..].find('<').unwrap_or(line.len() - end)];
    let said = content.trim();
    let is_found = finding.found.as_deref().is_some_and(|found| is_value(said, found));
    // Blanks that count are underlined with the value, those of them that stand in its line.
    let counted = finding.found.as_deref().is_some_and(|found| found.trim().len() < found.len());
    if !said.is_empty() && is_found && counted {
        return (end, end + content.len());
    }
    if !said.is_empty() && is_found {
        let at = end + content.len() - content.trim_start().len();
        return (at, at + said.len());
    }
    // Name spaces in a tag are not what is wrong with it.
    let long = tag.len() > LONG_TAG;
    let name = tag.find(|c: char| c.is_ascii_whitespace()).filter(|_| long && attribute.is_none());
    (0, name.unwrap_or(end))
}

/// Is it what the finding quotes? A quotation may be shortened, and has its references resolved.
fn is_value(content: &str, found: &str) -> bool {
    let plain = if content.contains('&') {
        Cow::Owned(
            content
                .replace("&lt;", "<")
                .replace("&gt;", ">")
                .replace("&quot;", "\"")
                .replace("&apos;", "'")
                .replace("&amp;", "&"),
        )
    } else {
        Cow::Borrowed(content)
    };
    let found = found.trim();
    plain == found || found.strip_suffix('…').is_some_and(|start| !start.is_empty() && plain.starts_with(start))
}

/// Where a start tag ends, its `>` included; none where it goes on in the next line.
fn tag_end(line: &str) -> Option<usize> {
    let mut quote = None;
    for (at, byte) in line.bytes().enumerate() {
        match (quote, byte) {
            (None, b'>') => return Some(at + 1),
            (None, b'"' | b'\'') => quote = Some(byte),
            (Some(open), _) if open == byte => quote = None,
            _ => {}
        }
    }
    None
}

fn attribute_at(tag: &str, name: &str) -> Option<usize> {
    let after = |at: usize| tag[at + name.len()..].trim_start().starts_with('=');
    let is_head = |at: usize| tag[..at].ends_with(|c: char| c.is_ascii_whitespace());
    tag.match_indices(name).map(|(at, _)| at).find(|at| is_head(*at) && after(*at))
}

/// Length of `name="value"` at the head of a text.
fn quoted(text: &str) -> Option<usize> {
    let open = text.find(['"', '\''])?;
    let quote = text.as_bytes()[open] as char;
    Some(open + 2 + text[open + 1..].find(quote)?)
}

/// The line around its marked part, cut where it is too long, with everything in it made visible.
fn cut(before: &str, rest: &str, from: usize, to: usize) -> Excerpt {
    let lead_in = &rest[..from];
    let mut head: Vec<String> = Vec::new();
    let mut taken = 0;
    let mut earlier = before.chars().rev().chain(std::iter::empty());
    // A line that fits is shown from its start; so the room before the mark depends on what comes after it.
    let room = SHOWN.saturating_sub(shown_width(rest, SHOWN)).max(BEFORE);
    for c in earlier.by_ref() {
        let piece = shown(c);
        if taken + width(&piece) > room {
            head.push("…".to_owned());
            taken += 1;
            break;
        }
        taken += width(&piece);
        head.push(piece);
    }
    let mut line: String = head.into_iter().rev().collect();
    let mut used = taken;
    let mut mark = (None, 0usize);
    let most = SHOWN.max(used + lead_in.chars().map(|c| width(&shown(c))).sum::<usize>().min(SHOWN) + BEFORE);
    for (at, c) in rest.char_indices() {
        if is_end(c) {
            break;
        }
        let piece = shown(c);
        if used + width(&piece) > most {
            line.push('…');
            break;
        }
        if at >= from && at < to {
            mark.0.get_or_insert(used);
            mark.1 += width(&piece);
        }
        line.push_str(&piece);
        used += width(&piece);
    }
    Excerpt { line: line.trim_end().to_owned(), from: mark.0.unwrap_or(used), length: mark.1.max(1) }
}

/// Cells of a line as it is shown, counted no further than `most`.
fn shown_width(line: &str, most: usize) -> usize {
    let mut used = 0;
    for c in line.chars().take_while(|c| !is_end(*c)) {
        used += width(&shown(c));
        if used >= most {
            return most;
        }
    }
    used
}

/// What ends a line of XML.
fn is_end(c: char) -> bool {
    matches!(c, '\n' | '\r')
}

fn shown(c: char) -> String {
    match c {
        '\t' => TAB.to_owned(),
        ' '..='~' => c.to_string(),
        // A mark without a character to sit on would move what stands before it.
        _ if cells(c) == 0 => c.escape_unicode().to_string(),
        _ => visible(c.encode_utf8(&mut [0; 4])).into_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(line: u32, column: u32, path: &str, found: Option<&str>) -> Finding {
        let place = Place::Xml { line, column, path: path.to_owned(), attachment: None };
        Finding { place: Some(place), found: found.map(str::to_owned), ..Finding::default() }
    }

    /// The line and, below it, the carets.
    fn drawn(text: &[u8], finding: &Finding) -> String {
        let document = Document { bytes: Some(text), inside: None };
        let excerpt = Source::new(&document, std::iter::once(finding)).excerpt(finding).unwrap();
        format!("{}\n{}{}", excerpt.line, " ".repeat(excerpt.from), "^".repeat(excerpt.length))
    }

    #[test]
    fn the_value_the_attribute_or_the_tag_is_underlined() {
        let text = "<a>\n\t<b x=\"1\" cur='€'>é9</b>\n  <c/>\r\n</a>".as_bytes();
        assert_eq!(
            drawn(text, &at(2, 2, "/a/b", Some("é9"))),
            "    <b x=\"1\" cur='€'>é9</b>\n                     ^^"
        );
        assert_eq!(
            drawn(text, &at(2, 2, "/a/b/@cur", Some("€"))),
            "    <b x=\"1\" cur='€'>é9</b>\n             ^^^^^^^"
        );
        assert_eq!(drawn(text, &at(2, 11, "/a/b/@cur", None)), "    <b x=\"1\" cur='€'>é9</b>\n             ^^^^^^^");
        assert_eq!(drawn(text, &at(3, 3, "/a/c", None)), "  <c/>\n  ^^^^");
        assert_eq!(drawn(b"<a>\r<b>7</b>\r</a>", &at(2, 1, "/a/b", Some("7"))), "<b>7</b>\n   ^");
        assert_eq!(drawn(b"<a>1 &amp; 2</a>", &at(1, 1, "/a", Some("1 & 2"))), "<a>1 &amp; 2</a>\n   ^^^^^^^^^");
    }

    #[test]
    fn wide_characters_hidden_ones_and_other_encodings_keep_the_carets_in_place() {
        assert_eq!(drawn("<a>日本</a>".as_bytes(), &at(1, 1, "/a", Some("日本"))), "<a>日本</a>\n   ^^^^");
        assert_eq!(drawn("<a>\u{202e}x\u{1b}</a>".as_bytes(), &at(1, 1, "/a", None)), "<a>\\u{202e}x\\u{1b}</a>\n^^^");
        let wide: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain("<é>7</é>".encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(drawn(&wide, &at(1, 1, "/é", Some("7"))), "<é>7</é>\n   ^");
        let latin = b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>\xE9</a>";
        assert!(
            drawn(latin, &at(1, 44, "/a", Some("é")))
                .starts_with("<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><a>é</a>\n")
        );
        assert_eq!(drawn(b"<a>ok\n<b>\xFF", &at(2, 4, "", None)), "<b>\u{fffd}\n   ^");
    }

    #[test]
    fn columns_are_those_of_the_part_that_is_underlined() {
        let text = "<a>\n  <b x=\"1\">日é🙂</b>\n</a>";
        let document = Document { bytes: Some(text.as_bytes()), inside: None };
        for (finding, part) in [
            (at(2, 3, "/a/b", Some("日é🙂")), "日é🙂"),
            (at(2, 3, "/a/b/@x", None), "x=\"1\""),
            (at(2, 3, "/a/b", None), "<b x=\"1\">"),
        ] {
            let (start, end) = Source::new(&document, std::iter::once(&finding)).columns(&finding).unwrap();
            let line = text.lines().nth(1).unwrap();
            assert_eq!(line.chars().skip(start - 1).take(end - start).collect::<String>(), part);
        }
        let beyond = at(1, 9, "/a", None);
        assert_eq!(Source::new(&document, std::iter::once(&beyond)).columns(&beyond), None);
    }

    #[test]
    fn a_long_line_is_cut_around_the_part() {
        let text = format!("<r>{}<b>7</b>{}</r>", "<a>1</a>".repeat(10_000), "<c>é</c>".repeat(10_000));
        let column = u32::try_from(3 + 8 * 10_000 + 1).unwrap();
        let drawn = drawn(text.as_bytes(), &at(1, column, "/r/b", Some("7")));
        let (line, carets) = drawn.split_once('\n').unwrap();
        assert!(line.starts_with('…') && line.ends_with('…') && width(line) <= SHOWN + BEFORE, "{line}");
        let under: String = line.chars().skip(carets.find('^').unwrap()).take(1).collect();
        assert_eq!((under.as_str(), carets.trim()), ("7", "^"));
    }

    #[test]
    fn the_parts_of_an_excerpt_are_its_line() {
        let text = "<a>日本 é</a>".as_bytes();
        let (document, finding) = (Document { bytes: Some(text), inside: None }, at(1, 1, "/a", Some("日本 é")));
        let excerpt = Source::new(&document, std::iter::once(&finding)).excerpt(&finding).unwrap();
        assert_eq!(excerpt.parts(), ["<a>", "日本 é", "</a>"]);
    }

    #[test]
    fn a_place_that_is_not_there_shows_nothing_or_the_end_of_its_line() {
        let document = Document { bytes: Some(b"<a>\n</a>"), inside: None };
        let beyond = at(9, 1, "/a", None);
        assert_eq!(Source::new(&document, std::iter::once(&beyond)).excerpt(&beyond), None);
        assert_eq!(drawn(b"<a>\n</a>", &at(1, 99, "/a", None)), "<a>\n   ^");
    }

    proptest! {
        #[test]
        fn whatever_the_text_and_the_place(text in "(?s).{0,200}|[<>a=\"' \t\n/@&;é日]{0,300}", line in 0u32..5, column in 0u32..80,
                                           path in "/[a@/]{0,5}", found in proptest::option::of("[a<>]{0,4}")) {
            let finding = at(line, column, &path, found.as_deref());
            let document = Document { bytes: Some(text.as_bytes()), inside: None };
            if let Some(excerpt) = Source::new(&document, std::iter::once(&finding)).excerpt(&finding) {
                prop_assert!(!excerpt.line.contains(crate::text::hides), "{:?}", excerpt.line);
                prop_assert!(excerpt.from + excerpt.length <= 3 * SHOWN && excerpt.length >= 1);
            }
        }
    }
}
