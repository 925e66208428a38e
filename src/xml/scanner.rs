//! Text to pieces of markup: the grammar of XML 1.0 for tags, attributes, comments, instructions, sections and references, in one pass
//! and without a copy. What pieces mean together (matching tags, name spaces, one root) is the builder's.
//!
//! Ours because a bare pass of quick-xml cost more than all that facteur does with the pieces (docs/speed.md). It refuses at least
//! what quick-xml and roxmltree refuse: the tests hold it to both.

use memchr::{memchr, memchr2};

use super::RefusalKind;
use super::grammar::{Outcome, is_blank, is_xml_name, malformed, refused};
use super::name::same;

/// A piece of markup, or the text between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Piece<'s> {
    /// The beginning of a start tag; [`Scanner::name`] and [`Scanner::attribute`] read on, to the end of the tag.
    Open,
    /// The beginning of an end tag; [`Scanner::close`] reads on.
    Close,
    /// Text as written, up to markup or a reference; is there nothing but blanks?
    Text(&'s str, bool),
    /// The inside of a CDATA section.
    Section(&'s str),
    /// What stands between `&` and `;`.
    Reference(&'s str),
    /// An XML declaration, without its `<?` and `?>`.
    Declaration(&'s str),
    /// A comment or a processing instruction.
    Aside,
    End,
}

/// An attribute as written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Raw<'s> {
    pub name: &'s str,
    /// Between its quotes; nothing in it is judged yet but that no `<` stands there.
    pub value: &'s str,
    /// Byte offsets of both.
    pub at: usize,
    pub value_at: usize,
}

/// How a start tag ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum TagEnd {
    /// `>`
    Open,
    /// `/>`
    Empty,
}

pub(super) struct Scanner<'s> {
    source: &'s str,
    at: usize,
}

impl<'s> Scanner<'s> {
    pub fn new(source: &'s str) -> Self {
        Self { source, at: 0 }
    }

    /// Byte offset of what is read next; after a refusal, of where it is.
    pub fn at(&self) -> usize {
        self.at
    }

    #[inline]
    pub fn next(&mut self) -> Outcome<Piece<'s>> {
        match self.byte(self.at) {
            Some(b'<') => match self.byte(self.at + 1) {
                Some(b'/') => {
                    self.at += 2;
                    Ok(Piece::Close)
                }
                Some(b'!') => self.bang(),
                Some(b'?') => self.instruction(),
                _ => {
                    self.at += 1;
                    Ok(Piece::Open)
                }
            },
            Some(b'&') => self.reference(),
            Some(_) => Ok(self.text()),
            None => Ok(Piece::End),
        }
    }

    /// Half of all texts part tags and are a few blanks, which are counted faster than anything is searched for.
    #[inline]
    fn text(&mut self) -> Piece<'s> {
        let bytes = &self.source.as_bytes()[self.at..];
        let blanks = blanks(bytes);
        let length = blanks + until_markup(&bytes[blanks..]);
        Piece::Text(self.take(length), length == blanks)
    }

    /// The next attribute of the start tag that is being read, or how the tag ends.
    #[inline]
    pub fn attribute(&mut self) -> Outcome<Result<Raw<'s>, TagEnd>> {
        match self.byte(self.at) {
            Some(b'>') => {
                self.at += 1;
                return Ok(Err(TagEnd::Open));
            }
            Some(b'/') if self.byte(self.at + 1) == Some(b'>') => {
                self.at += 2;
                return Ok(Err(TagEnd::Empty));
            }
            Some(b) if is_blank(b) => {}
            Some(b'/') => return malformed("a '/' that ends no tag"),
            Some(_) => return malformed("attributes that no blank parts"),
            None => return malformed("a tag that does not end"),
        }
        self.pass_blanks();
        if matches!(self.byte(self.at), Some(b'>' | b'/') | None) {
            return self.attribute();
        }
        let at = self.at;
        let name = self.name();
        self.pass_blanks();
        if self.byte(self.at) != Some(b'=') {
            return malformed("an attribute without a value");
        }
        self.at += 1;
        self.pass_blanks();
        let Some(quote @ (b'"' | b'\'')) = self.byte(self.at) else {
            return malformed("an attribute value without quotes");
        };
        self.at += 1;
        let value_at = self.at;
        let Some(length) = memchr(quote, self.rest(value_at).as_bytes()) else {
            return malformed("an attribute value that does not end");
        };
        let value = self.take(length);
        self.at += 1;
        Ok(Ok(Raw { name, value, at, value_at }))
    }

    /// The rest of an end tag, which must be that of `open`.
    pub fn close(&mut self, open: &str) -> Outcome {
        let end = self.at + open.len();
        if self.stands(open) && self.byte(end) == Some(b'>') {
            self.at = end + 1;
            return Ok(());
        }
        let found = self.name();
        if found != open {
            let shown = |name: &str| name.chars().take(80).collect::<String>();
            return malformed(format!("</{}> where </{}> is due", shown(found), shown(open)));
        }
        self.pass_blanks();
        if self.byte(self.at) != Some(b'>') {
            return malformed("an end tag that holds more than its name");
        }
        self.at += 1;
        Ok(())
    }

    /// Text up to the next tag, where nothing else comes before and nothing in it is odd: how long it is, and is there nothing but
    /// blanks? Passes over it.
    #[inline]
    pub fn run(&mut self, is_odd: impl Fn(&[u8]) -> bool) -> Option<(usize, bool)> {
        let bytes = &self.source.as_bytes()[self.at..];
        let blanks = blanks(bytes);
        let length = blanks + until_markup(&bytes[blanks..]);
        if bytes.get(length) != Some(&b'<') || is_odd(&bytes[..length]) {
            return None;
        }
        self.at += length;
        Some((length, length == blanks))
    }

    /// Passes over the end tag of `open`, where that stands here and holds nothing but the name.
    #[inline]
    pub fn closes(&mut self, open: &str) -> bool {
        let closes = self.byte(self.at) == Some(b'<') && self.byte(self.at + 1) == Some(b'/') && {
            let name = Scanner { source: self.source, at: self.at + 2 };
            name.stands(open) && self.byte(name.at + open.len()) == Some(b'>')
        };
        if closes {
            self.at += open.len() + "</>".len();
        }
        closes
    }

    /// Passes over blanks that part two tags.
    #[inline]
    pub fn part(&mut self) {
        let bytes = &self.source.as_bytes()[self.at..];
        let blanks = blanks(bytes);
        if bytes.get(blanks) == Some(&b'<') {
            self.at += blanks;
        }
    }

    /// Is this the name that stands here, whole?
    #[inline]
    pub fn is_next(&self, name: &str) -> bool {
        self.stands(name) && self.byte(self.at + name.len()).is_none_or(|b| ENDS_NAME[usize::from(b)])
    }

    fn stands(&self, name: &str) -> bool {
        let found = self.source.as_bytes().get(self.at..self.at + name.len());
        found.is_some_and(|found| same(found, name.as_bytes()))
    }

    /// `<!`: a comment, a section, a document type, or nothing that XML knows.
    fn bang(&mut self) -> Outcome<Piece<'s>> {
        let rest = self.rest(self.at);
        if let Some(inside) = rest.strip_prefix("<!--") {
            return match inside.find("--") {
                Some(end) if inside[end..].starts_with("-->") => {
                    self.at += "<!--".len() + end + "-->".len();
                    Ok(Piece::Aside)
                }
                Some(end) => {
                    self.at += "<!--".len() + end;
                    malformed("'--' inside a comment")
                }
                None => malformed("a comment that does not end"),
            };
        }
        if let Some(inside) = rest.strip_prefix("<![CDATA[") {
            let Some(end) = inside.find("]]>") else { return malformed("a CDATA section that does not end") };
            self.at += "<![CDATA[".len() + end + "]]>".len();
            return Ok(Piece::Section(&inside[..end]));
        }
        match rest.as_bytes().get(..9) {
            Some(start) if start.eq_ignore_ascii_case(b"<!DOCTYPE") => {
                refused(RefusalKind::Dtd, "a document type declaration; invoices carry none")
            }
            _ => malformed("'<!' that starts nothing that XML knows"),
        }
    }

    /// `<?`: the XML declaration, which stands at the very start alone, or an instruction, which is passed over.
    fn instruction(&mut self) -> Outcome<Piece<'s>> {
        let rest = self.rest(self.at);
        let Some(inside) = rest.strip_prefix("<?").and_then(|inside| Some(&inside[..inside.find("?>")?])) else {
            return malformed("a processing instruction that does not end");
        };
        let target = inside.split(|c: char| c.is_ascii() && is_blank(c as u8)).next().unwrap_or_default();
        if target.eq_ignore_ascii_case("xml") && (self.at != 0 || target != "xml") {
            return malformed("an XML declaration that is not at the start");
        }
        if !is_xml_name(target) {
            return malformed("a processing instruction without a name");
        }
        self.at += inside.len() + "<??>".len();
        Ok(if target == "xml" { Piece::Declaration(inside) } else { Piece::Aside })
    }

    fn reference(&mut self) -> Outcome<Piece<'s>> {
        let inside = &self.rest(self.at)[1..];
        match inside.bytes().position(|b| matches!(b, b';' | b'&' | b'<')) {
            Some(end) if inside.as_bytes()[end] == b';' => {
                self.at += end + 2;
                Ok(Piece::Reference(&inside[..end]))
            }
            _ => malformed("a '&' that starts no reference"),
        }
    }

    /// The bytes up to a blank or a sign that no name has. Whether they are a name is judged where it is known or not.
    pub fn name(&mut self) -> &'s str {
        let bytes = &self.source.as_bytes()[self.at..];
        let length = bytes.iter().position(|&b| ENDS_NAME[usize::from(b)]).unwrap_or(bytes.len());
        self.take(length)
    }

    fn pass_blanks(&mut self) {
        while self.byte(self.at).is_some_and(is_blank) {
            self.at += 1;
        }
    }

    /// So many bytes, which end before an ASCII sign or at the end.
    pub fn take(&mut self, length: usize) -> &'s str {
        let piece = self.source.get(self.at..self.at + length).unwrap_or_default();
        self.at += length;
        piece
    }

    fn rest(&self, at: usize) -> &'s str {
        self.source.get(at..).unwrap_or_default()
    }

    fn byte(&self, at: usize) -> Option<u8> {
        self.source.as_bytes().get(at).copied()
    }
}

/// How many blanks a text begins with: most often a line end and some spaces, which are counted by eight.
#[inline]
fn blanks(bytes: &[u8]) -> usize {
    let mut at = usize::from(bytes.first() == Some(&b'\n'));
    while let Some(eight) = bytes.get(at..).and_then(|rest| rest.first_chunk()) {
        let others = u64::from_le_bytes(*eight) ^ u64::from_le_bytes([b' '; 8]);
        at += others.trailing_zeros() as usize / 8;
        if others != 0 {
            break;
        }
    }
    while bytes.get(at).is_some_and(|&b| is_blank(b)) {
        at += 1;
    }
    at
}

/// How long a text is up to a `<` or a `&`, or to the end. Most are short, and a call would cost more than sixteen bytes.
#[inline]
fn until_markup(bytes: &[u8]) -> usize {
    // The highest bit of each byte that is zero; of those above the first such, perhaps of others.
    let zeros = |word: u64| word.wrapping_sub(u64::from_le_bytes([1; 8])) & !word & u64::from_le_bytes([0x80; 8]);
    for at in [0, 8] {
        let Some(eight) = bytes.get(at..).and_then(|rest| rest.first_chunk()) else { break };
        let word = u64::from_le_bytes(*eight);
        let found = zeros(word ^ u64::from_le_bytes([b'<'; 8])) | zeros(word ^ u64::from_le_bytes([b'&'; 8]));
        if found != 0 {
            return at + found.trailing_zeros() as usize / 8;
        }
    }
    memchr2(b'<', b'&', bytes).unwrap_or(bytes.len())
}

/// Blanks and the signs that stand after names.
const ENDS_NAME: [bool; 256] = {
    let (mut table, signs) = ([false; 256], b" \t\r\n/>=<&'\"");
    let mut n = 0;
    while n < signs.len() {
        table[signs[n] as usize] = true;
        n += 1;
    }
    table
};
