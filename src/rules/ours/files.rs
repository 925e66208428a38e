//! Files by their first bytes and by the end of their name (`schemas/attachments.toml`).

use std::sync::LazyLock;

use serde::Deserialize;

use crate::text::Text;

pub const SOURCE: &str = include_str!("../../../schemas/attachments.toml");

/// What is read from the table.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Table {
    /// Signs that no file name has.
    pub never: String,
    /// Signs that no file name has at Chorus Pro.
    pub not_at_chorus: String,
    /// In bytes.
    pub longest: usize,
    /// In characters.
    pub longest_at_chorus: usize,
    /// Endings of programs.
    pub programs: Vec<String>,
    r#type: Vec<Kind>,
    other: Vec<Kind>,
}

/// Files of one type.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Kind {
    #[serde(default)]
    mime: Vec<String>,
    name: Option<Text>,
    #[serde(default)]
    extensions: Vec<String>,
    #[serde(default)]
    starts: Vec<Sign>,
    #[serde(default)]
    within: usize,
    #[serde(default)]
    blank: bool,
    #[serde(default)]
    text: bool,
    #[serde(default)]
    entries: Vec<String>,
    marked: Option<String>,
    #[serde(default)]
    program: bool,
}

/// Bytes, written in hexadecimal.
#[derive(Debug, Deserialize)]
#[serde(try_from = "String")]
struct Sign(Vec<u8>);

impl TryFrom<String> for Sign {
    type Error = std::num::ParseIntError;

    fn try_from(hex: String) -> Result<Sign, Self::Error> {
        let byte = |at: usize| u8::from_str_radix(hex.get(at..at + 2).unwrap_or_default(), 16);
        (0..hex.len()).step_by(2).map(byte).collect::<Result<_, _>>().map(Sign)
    }
}

/// What a content is, where it is not what was declared.
pub struct Other {
    pub mime: Option<String>,
    pub name: Option<Text>,
}

/// The table.
pub fn table() -> &'static Table {
    static TABLE: LazyLock<Table> =
        LazyLock::new(|| toml::from_str(SOURCE).expect("invariant: the tests read this table"));
    &TABLE
}

/// The types that an invoice may carry.
pub fn types() -> &'static [Kind] {
    &table().r#type
}

/// Their names, in the order of the table.
pub fn mimes() -> Vec<&'static str> {
    types().iter().flat_map(|kind| &kind.mime).map(String::as_str).collect()
}

/// The type of that name.
pub fn declared(mime: &str) -> Option<&'static Kind> {
    types().iter().find(|kind| kind.mime.iter().any(|known| known == mime))
}

/// Does the table know what such an ending means?
pub fn knows(ext: &str) -> bool {
    types().iter().chain(&table().other).any(|kind| kind.ends(ext))
}

/// What a program's first bytes make of it.
pub fn program(start: &[u8]) -> Option<Text> {
    table().other.iter().find(|kind| kind.program && kind.begins(start, 0)).and_then(|kind| kind.name.clone())
}

/// Is a text that begins with `<` XML, rather than a list whose first cell is `<Date>` or `<5 days`?
fn is_markup(start: &[u8]) -> bool {
    // Whoever writes UTF-16 is no list in CSV: it is told by its first bytes.
    if start.starts_with(b"\xFF\xFE") || start.starts_with(b"\xFE\xFF") {
        return true;
    }
    let text = start.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(start).trim_ascii_start();
    let Some(close) = text.iter().position(|b| *b == b'>') else { return text.starts_with(b"<?xml") };
    let (tag, rest) = text.split_at(close);
    let element = tag.get(1).is_some_and(|b| b.is_ascii_alphabetic() || matches!(b, b'_' | b'?' | b'!'));
    element && (tag.ends_with(b"/") || tag.ends_with(b"?") || rest[1..].trim_ascii_start().starts_with(b"<"))
}

impl Kind {
    /// Do names of this type end so?
    pub fn ends(&self, ext: &str) -> bool {
        self.extensions.iter().any(|known| known == ext)
    }

    /// What the first bytes of a file say that it is, where it cannot be of this type; none for a file without bytes.
    pub fn other(&self, start: &[u8]) -> Option<Other> {
        let is = recognised(start).filter(|kind| !std::ptr::eq(*kind, self));
        let is = is.filter(|kind| !self.text || !kind.ends("xml") || is_markup(start));
        let fits = match self.text {
            true => is_text(start) && is.is_none(),
            // Further on may stand what an archive or a picture holds: then the start itself counts.
            false => self.begins(start, 0) || (is.is_none() && self.begins(start, self.within)),
        };
        if start.is_empty() || (fits && self.holds(start)) {
            return None;
        }
        Some(Other {
            mime: is.and_then(|kind| kind.mime.first().cloned()).or_else(|| mark(start).map(str::to_owned)),
            name: is.and_then(|kind| kind.name.clone()),
        })
    }

    fn begins(&self, start: &[u8], within: usize) -> bool {
        let blanks = start.iter().take_while(|b| self.blank && b.is_ascii_whitespace()).count();
        let start = start.get(blanks..).unwrap_or_default();
        // Two letters may be those of any text.
        let enough = |sign: &&Sign| sign.0.len() > 2 || self.blank || !is_text(start);
        self.starts
            .iter()
            .filter(enough)
            .any(|Sign(sign)| start.windows(sign.len().max(1)).take(within + 1).any(|window| window == sign.as_slice()))
    }

    /// Of an archive: is its first entry one of this type's?
    fn holds(&self, start: &[u8]) -> bool {
        let Some(entry) = first_entry(start).filter(|_| !self.entries.is_empty()) else { return true };
        let named = self.entries.iter().any(|known| match known.ends_with('/') {
            true => entry.starts_with(known),
            false => entry == *known,
        });
        named && mark(start).is_none_or(|says| self.marked.as_ref().is_some_and(|own| says.starts_with(own.as_str())))
    }
}

/// The first type, of those allowed and then of the others, whose bytes these are; those that are text are no more than text.
fn recognised(start: &[u8]) -> Option<&'static Kind> {
    let table = table();
    let of_bytes = |kind: &&Kind| kind.begins(start, 0) && kind.holds(start);
    let (loose, strict): (Vec<&Kind>, Vec<&Kind>) = table.r#type.iter().partition(|kind| kind.blank);
    let further = strict.iter().copied().find(|kind| kind.within > 0 && kind.begins(start, kind.within));
    strict.iter().copied().chain(&table.other).find(of_bytes).or(further).or_else(|| loose.into_iter().find(of_bytes))
}

/// Bytes that people write: no control but blanks, unless the encoding says that it needs them.
fn is_text(start: &[u8]) -> bool {
    let wide = start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff");
    let control = |b: &u8| *b < 0x20 && !matches!(b, b'\t' | b'\n' | b'\r' | 0x0C | 0x1A | 0x1B);
    wide || !start.iter().any(control)
}

/// The name of the first entry of a ZIP archive (APPNOTE, 4.3.7), as far as it is there.
fn first_entry(start: &[u8]) -> Option<&str> {
    let header = start.strip_prefix(b"PK\x03\x04")?;
    let length = u16::from_le_bytes([*header.get(22)?, *header.get(23)?]);
    std::str::from_utf8(header.get(26..26 + usize::from(length))?).ok()
}

/// What the entry `mimetype` says, where it comes first and is stored as it is.
fn mark(start: &[u8]) -> Option<&str> {
    let header = start.strip_prefix(b"PK\x03\x04").filter(|_| first_entry(start) == Some("mimetype"))?;
    let length = |at: usize| Some(usize::from(u16::from_le_bytes([*header.get(at)?, *header.get(at + 1)?])));
    let from = 26 + length(22)? + length(24)?;
    let rest = header.get(from..)?;
    // What follows is the next header, `PK`; names of types are in small letters.
    let plain = rest.iter().position(|b| !b.is_ascii_graphic() || *b == b'P').unwrap_or(rest.len());
    std::str::from_utf8(rest.get(..plain)?).ok().filter(|says| !says.is_empty())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    const ODS: &str = "application/vnd.oasis.opendocument.spreadsheet";

    /// A local header of a ZIP archive, with the content stored.
    fn zip(name: &str, content: &str) -> Vec<u8> {
        let mut out = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
        out.extend((content.len() as u32).to_le_bytes());
        out.extend((content.len() as u32).to_le_bytes());
        out.extend((name.len() as u16).to_le_bytes());
        out.extend([0, 0]);
        out.extend(name.bytes().chain(content.bytes()));
        out.extend(b"PK\x01\x02\x14\0");
        out
    }

    fn samples() -> Vec<(&'static str, Vec<u8>)> {
        vec![
            ("application/pdf", b"%PDF-1.7\n%\xe2\xe3".to_vec()),
            ("application/pdf", [vec![b'\n'; 1_000], b"%PDF-1.4\n".to_vec()].concat()),
            ("image/png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR".to_vec()),
            ("image/jpeg", b"\xff\xd8\xff\xe0\0\x10JFIF".to_vec()),
            ("text/csv", b"article;quantit\xe9\nvis;12\n".to_vec()),
            ("text/csv", b"\xef\xbb\xbfa,b\n1,2\n".to_vec()),
            ("text/csv", b"\xff\xfea\0;\0b\0".to_vec()),
            ("text/csv", b"MZ;BZ\n1;2\n".to_vec()),
            (XLSX, zip("[Content_Types].xml", "<Types/>")),
            (XLSX, zip("xl/workbook.xml", "<workbook/>")),
            (ODS, zip("mimetype", ODS)),
            (ODS, zip("content.xml", "<x/>")),
            ("application/xml", b"<?xml version='1.0'?><a/>".to_vec()),
            ("text/xml", b"\xef\xbb\xbf<a/>".to_vec()),
            ("text/xml", b"\n <a/>".to_vec()),
            ("application/xml", b"\xff\xfe<\0a\0/\0>\0".to_vec()),
        ]
    }

    #[test]
    fn each_type_takes_its_own_files_and_no_other_type_s() {
        for (mime, bytes) in samples() {
            for declared in mimes() {
                let other = super::declared(declared).unwrap().other(&bytes);
                let same = std::ptr::eq(super::declared(declared).unwrap(), super::declared(mime).unwrap());
                assert_eq!(other.is_none(), same, "{mime} as {declared}: {bytes:?}");
            }
        }
    }

    #[test]
    fn what_no_invoice_carries_is_of_none_of_the_types() {
        let others: [(&str, Vec<u8>); 9] = [
            ("a program", b"MZ\x90\0\x03\0\0\0".to_vec()),
            ("a program", b"\x7fELF\x02\x01".to_vec()),
            ("a program", b"#!/bin/sh\nrm\n".to_vec()),
            ("a ZIP archive", zip("facture.pdf", "%PDF-1.7")),
            ("a ZIP archive", b"PK\x05\x06\0\0".to_vec()),
            ("an Office file from before 2007, or an encrypted one", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0".to_vec()),
            ("a compressed file", b"\x1f\x8b\x08\0".to_vec()),
            ("an RTF text", b"{\\rtf1\\ansi".to_vec()),
            ("a picture of another type", b"GIF89a\x01\0".to_vec()),
        ];
        for (name, bytes) in others {
            for kind in types() {
                let other = kind.other(&bytes).unwrap_or_else(|| panic!("{name} as {:?}", kind.mime));
                assert_eq!(other.name.map(|text| text.en).as_deref(), Some(name), "{:?}", kind.mime);
            }
            assert_eq!(program(&bytes).is_some(), name == "a program");
        }
        // Text is no PDF, however short; an ODT is no ODS; HTML is no CSV.
        let of = |mime: &str, bytes: &[u8]| super::declared(mime).unwrap().other(bytes).is_some();
        assert!(of("application/pdf", b"Bon 12") && of("application/pdf", b"Bon de livraison 12, du 3 mai"));
        assert!(of(ODS, &zip("mimetype", "application/vnd.oasis.opendocument.text")));
        assert!(of("text/csv", b"<!DOCTYPE html><html>") && of("text/csv", b"a\0b"));
        assert!(types().iter().all(|kind| kind.other(b"").is_none()));
    }

    #[test]
    fn the_table_reads_and_holds_the_types_of_the_norm() {
        let listed = |text: &'static str| text.lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>();
        assert_eq!(mimes(), listed(include_str!("../../../schemas/codes/fr-mime.txt")));
        let table = table();
        for kind in types().iter().chain(&table.other) {
            assert!(kind.starts.iter().all(|sign| !sign.0.is_empty()) && (kind.mime.is_empty() == kind.name.is_some()));
        }
        assert!(table.programs.iter().all(|ext| !knows(ext)));
    }

    proptest! {
        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(any::<u8>(), 0..80), zipped: bool) {
            let bytes = if zipped { [b"PK\x03\x04".to_vec(), bytes].concat() } else { bytes };
            for kind in types() {
                let _ = (kind.other(&bytes).is_some(), program(&bytes));
            }
        }
    }
}
