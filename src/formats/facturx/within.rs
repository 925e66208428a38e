//! Whether a file that is no invoice itself has one inside: one or more elements deep in other XML, as text in an element,
//! packed, or in base64. Such a file is never chosen; beside the one that was chosen it is a second invoice.

use std::borrow::Cow;
use std::io::Read as _;

use base64::Engine as _;
use base64::alphabet;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use flate2::read::{MultiGzDecoder, ZlibDecoder};

use super::ROOTS;
use super::disguise::{begins_as_markup, is_invoice, text};
use crate::formats::vocabulary;
use crate::limits;
use crate::xml::{NodeId, Tree};

/// So many wrappings inside each other are looked into.
const LAYERS: usize = 4;
/// XML up to this size is read element by element; in larger one, an element that is called as an invoice is enough.
const TREE_BYTES: usize = 8 * 1024 * 1024;
/// Shorter texts hold no invoice.
const SHORTEST: usize = 64;

/// What is never unpacked here, by its first bytes: bzip2, xz, zstd, lzip, lz4 and compress each hold one file; and XML in
/// EBCDIC and in UTF-7, of which nobody here reads a letter.
const SEALED: [&[u8]; 8] = [
    b"BZh",
    b"\xFD7zXZ\0",
    b"\x28\xB5\x2F\xFD",
    b"LZIP",
    b"\x04\x22\x4D\x18",
    b"\x1F\x9D",
    b"\x4C\x6F\xA7\x94\x93",
    b"+ADw-",
];

/// What is inside a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Inner {
    /// The invoice that was chosen, once more.
    Same,
    /// An invoice, or what may be one: it was not compared.
    Unknown,
    /// Another invoice, in the clear.
    Other,
}

/// Looks into the files beside an invoice, all of them within one bound.
pub(super) struct Search<'i> {
    invoice: Option<Tree<'i>>,
    bytes: &'i [u8],
    /// So many bytes may still be unpacked.
    room: usize,
}

impl<'i> Search<'i> {
    /// `bytes`: the invoice that was chosen.
    pub fn beside(bytes: &'i [u8]) -> Self {
        let invoice = text(bytes).and_then(|text| Tree::parse(text, vocabulary()).ok());
        Self { invoice, bytes, room: limits::PDF_WITHIN_BYTES }
    }

    /// What is inside a file that is no invoice itself; the gravest thing, where there are several.
    pub fn look_into(&mut self, bytes: &[u8]) -> Option<Inner> {
        self.layer(bytes, 0)
    }

    fn layer(&mut self, bytes: &[u8], depth: usize) -> Option<Inner> {
        if depth > 0 && bytes == self.bytes {
            return Some(Inner::Same);
        }
        if depth > 0 && is_invoice(bytes) {
            return Some(Inner::Unknown);
        }
        if SEALED.iter().any(|magic| bytes.starts_with(magic)) || depth > LAYERS {
            return Some(Inner::Unknown);
        }
        if is_packed(bytes) {
            let (out, whole) = self.unpack(bytes);
            // Of what was not unpacked to its end, nobody knows the rest.
            let rest = (!whole).then_some(Inner::Unknown);
            return self.layer(&out, depth + 1).map(in_wrapping).max(rest);
        }
        match self.of_base64(bytes) {
            Some(Ok(out)) => return self.layer(&out, depth + 1).map(in_wrapping),
            Some(Err(unknown)) => return Some(unknown),
            None => {}
        }
        let text = text(bytes)?;
        if !text.contains('<') {
            return None;
        }
        if text.len() > TREE_BYTES {
            return by_tags(&text);
        }
        match Tree::parse(Cow::Borrowed(&*text), vocabulary()) {
            Ok(tree) => self.elements(&tree, depth),
            Err(_) => by_tags(&text),
        }
    }

    fn elements(&mut self, tree: &Tree<'_>, depth: usize) -> Option<Inner> {
        let (mut gravest, mut id) = (None, 0);
        while (id as usize) < tree.len() {
            let node = tree.node(id);
            let name = tree.expanded(node.name);
            if ROOTS.iter().any(|(space, local, _)| (*space, *local) == name) {
                let same = self.invoice.as_ref().is_some_and(|invoice| same(tree, id, invoice));
                gravest = gravest.max(Some(if same { Inner::Same } else { Inner::Other }));
                id = node.end.max(id + 1);
                continue;
            }
            let values = tree.attributes(id).iter().map(|attribute| tree.text(attribute.value));
            for text in values.chain([tree.text_of(id)]).map(str::trim).filter(|text| text.len() >= SHORTEST) {
                // Text counts where it is a file of its own.
                if text.starts_with('<') || is_base64(text.as_bytes()) {
                    gravest = gravest.max(self.layer(text.as_bytes(), depth + 1).map(in_wrapping));
                }
            }
            id += 1;
        }
        gravest
    }

    /// What comes out, and whether it is all there is. What breaks later has begun all the same.
    fn unpack(&mut self, bytes: &[u8]) -> (Vec<u8>, bool) {
        let (mut out, room) = (Vec::new(), self.room as u64);
        let _ = match bytes {
            [0x1F, ..] => MultiGzDecoder::new(bytes).take(room).read_to_end(&mut out),
            _ => ZlibDecoder::new(bytes).take(room).read_to_end(&mut out),
        };
        self.room = self.room.saturating_sub(out.len());
        (out, self.room > 0)
    }

    /// What base64 stands for, where that begins as markup or packed data do; an error where it is too much, or breaks off.
    fn of_base64(&mut self, bytes: &[u8]) -> Option<Result<Vec<u8>, Inner>> {
        let bytes = bytes.trim_ascii();
        if bytes.len() < SHORTEST || !is_base64(bytes) {
            return None;
        }
        let letters = bytes.iter().filter(|b| !b.is_ascii_whitespace()).map(|b| match b {
            b'-' => b'+',
            b'_' => b'/',
            other => *other,
        });
        let beginning: Vec<u8> = letters.clone().take(SHORTEST / 4 * 4).collect();
        let decode = |letters: &[u8]| FORGIVING.decode(letters).ok();
        let beginning = decode(&beginning)?;
        let of_interest = begins_as_markup(&beginning)
            || is_packed(&beginning)
            || SEALED.iter().any(|magic| beginning.starts_with(magic));
        let length = bytes.len() / 4 * 3;
        if !of_interest {
            return None;
        }
        let Some(room) = self.room.checked_sub(length) else { return Some(Err(Inner::Unknown)) };
        self.room = room;
        Some(decode(&letters.collect::<Vec<u8>>()).ok_or(Inner::Unknown))
    }
}

const FORGIVING: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Inside a wrapping that most readers leave alone, an invoice is a doubt.
fn in_wrapping(inner: Inner) -> Inner {
    inner.min(Inner::Unknown)
}

/// gzip, or zlib by its check of two bytes.
fn is_packed(bytes: &[u8]) -> bool {
    match bytes {
        [0x1F, 0x8B, ..] => true,
        [0x78, flags, ..] => (0x7800 + u16::from(*flags)) % 31 == 0,
        _ => false,
    }
}

fn is_base64(bytes: &[u8]) -> bool {
    let letter = |b: &u8| b.is_ascii_alphanumeric() || b"+/-_=\r\n\t ".contains(b);
    bytes.iter().all(letter)
}

/// In what is no XML that facteur reads: is an element called as an invoice, and is an invoice's name space named?
fn by_tags(text: &str) -> Option<Inner> {
    let hides = || text.contains("<!DOCTYPE") || text.contains("&#");
    if !ROOTS.iter().any(|(space, ..)| text.contains(space)) && !hides() {
        return None;
    }
    // Markup inside text is written as entities.
    let tags = text.split('<').skip(1).chain(text.split("&lt;").skip(1));
    let end = |c: char| c.is_whitespace() || matches!(c, '>' | '/' | '&');
    let mut names = tags.filter_map(|tag| tag.split(end).next());
    let called = |name: &str| {
        let local = name.split_once(':').map_or(name, |(_, local)| local);
        ROOTS.iter().any(|(_, root, _)| *root == local)
    };
    names.any(called).then_some(Inner::Unknown)
}

/// Does this element say what the invoice says: the same elements, attributes and texts, blanks around them aside?
fn same(tree: &Tree<'_>, root: NodeId, invoice: &Tree<'_>) -> bool {
    let end = tree.node(root).end;
    let alike = |(mine, theirs): (NodeId, NodeId)| {
        let (here, there) = (tree.node(mine), invoice.node(theirs));
        let attributes = |tree: &Tree<'_>, id: NodeId| {
            let list = tree.attributes(id).iter();
            let mut list: Vec<(String, String, String)> = list
                .map(|a| {
                    let (space, local) = tree.expanded(a.name);
                    (space.to_owned(), local.to_owned(), tree.text(a.value).to_owned())
                })
                .collect();
            list.sort_unstable();
            list
        };
        tree.expanded(here.name) == invoice.expanded(there.name)
            && here.end.checked_sub(root) == Some(there.end)
            && tree.text_of(mine).trim() == invoice.text_of(theirs).trim()
            && attributes(tree, mine) == attributes(invoice, theirs)
    };
    end.checked_sub(root) == Some(invoice.node(0).end) && (root..end).zip(0..).all(alike)
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use base64::prelude::BASE64_STANDARD;
    use flate2::Compression;
    use flate2::write::{GzEncoder, ZlibEncoder};

    use super::*;

    const ONE: &str =
        "<Invoice xmlns=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\"><ID>1</ID><Note a=\"b\"/></Invoice>";

    fn inside(bytes: &[u8]) -> Option<Inner> {
        Search::beside(ONE.as_bytes()).look_into(bytes)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn zlib(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = ZlibEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn escaped(text: &str) -> String {
        text.replace('&', "&amp;").replace('<', "&lt;")
    }

    #[test]
    fn another_invoice_is_found_however_it_is_wrapped() {
        let other = ONE.replace("<ID>1", "<ID>2");
        let deep = |n: usize| format!("{}{other}{}", "<a>".repeat(n), "</a>".repeat(n));
        let prefixed = other.replace("<", "<i:").replace("<i:/", "</i:").replace("xmlns=", "xmlns:i=");
        for (bytes, expected) in [
            (deep(1), Inner::Other),
            (deep(60), Inner::Other),
            // Deeper than any XML that is read.
            (deep(500), Inner::Unknown),
            (format!("<a xmlns=\"urn:x\">{prefixed}</a>"), Inner::Other),
            (format!("<a><b>{ONE}</b>{other}</a>"), Inner::Other),
            (format!("<a>{other}"), Inner::Unknown),
            (format!("<a><?xml version=\"1.0\"?>{other}</a>"), Inner::Unknown),
            (format!("<a><![CDATA[{other}]]></a>"), Inner::Unknown),
            (format!("<a>{}</a>", escaped(&other)), Inner::Unknown),
            (format!("<a>{}", escaped(&other)), Inner::Unknown),
            (format!("<a b=\"{}\"/>", escaped(&other).replace('"', "&quot;")), Inner::Unknown),
            (format!("<a>{}</a>", BASE64_STANDARD.encode(&other)), Inner::Unknown),
            (format!("<a>{}</a>", BASE64_STANDARD.encode(gzip(other.as_bytes()))), Inner::Unknown),
            (BASE64_STANDARD.encode(&other), Inner::Unknown),
            (BASE64_STANDARD.encode(&other).trim_end_matches('=').replace('+', "-"), Inner::Unknown),
            (format!("Content-Type: text/xml\n\n{}", deep(1)), Inner::Unknown),
        ] {
            assert_eq!(inside(bytes.as_bytes()), Some(expected), "{bytes}");
        }
        for bytes in [
            gzip(other.as_bytes()),
            zlib(other.as_bytes()),
            zlib(&gzip(other.as_bytes())),
            gzip(deep(3).as_bytes()),
            [gzip(b" "), gzip(other.as_bytes())].concat(),
            b"BZh91AY".to_vec(),
            b"\xFD7zXZ\0\0\x04".to_vec(),
            b"\x4C\x6F\xA7\x94\x93\x40".to_vec(),
            b"+ADw-?xml".to_vec(),
            // base64 that goes on behind its end.
            [BASE64_STANDARD.encode(format!("{other} ")), BASE64_STANDARD.encode(&other)].concat().into_bytes(),
            // More than is unpacked.
            gzip(&vec![b' '; limits::PDF_WITHIN_BYTES + 1]),
        ] {
            assert_eq!(inside(&bytes), Some(Inner::Unknown), "{bytes:?}");
        }
    }

    #[test]
    fn the_same_one_again_and_other_files_are_no_second_invoice() {
        let spaced = ONE.replace("<ID>", "\n  <ID>");
        for bytes in [format!("<a>{ONE}</a>"), format!("<a><b/>{spaced}</a>"), format!("<a>{}</a>", escaped(ONE))] {
            assert_eq!(inside(bytes.as_bytes()), Some(Inner::Same), "{bytes}");
        }
        assert_eq!(inside(&gzip(ONE.as_bytes())), Some(Inner::Same));
        for bytes in [
            &b""[..],
            b"<a/>",
            b"<a><Invoice/></a>",
            b"<a><i:Invoice xmlns:i=\"urn:x\"/></a>",
            b"<xsl:template xmlns:xsl=\"urn:x\" xmlns:u=\"urn:oasis:names:specification:ubl:schema:xsd:Invoice-2\" match=\"/u:Invoice\"/>",
            b"\x89PNG<Invoice",
            b"a < b",
            b"x^",
            b"PK\x03\x04",
            &gzip(b"<svg/>"),
            BASE64_STANDARD.encode([b'%'; 300]).as_bytes(),
            "word ".repeat(100).as_bytes(),
        ] {
            assert_eq!(inside(bytes), None, "{:?}", String::from_utf8_lossy(bytes));
        }
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..400)) {
            let _ = inside(&bytes);
            let _ = inside(&zlib(&bytes));
            let _ = inside(BASE64_STANDARD.encode(&bytes).as_bytes());
        }
    }
}
