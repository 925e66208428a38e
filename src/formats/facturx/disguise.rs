//! Whether a file is an invoice that facteur would not read as one, but that somebody else may: in an encoding that is not
//! read here, or behind a DTD. Such a file is never chosen; beside the one that was chosen it is a second invoice.

use std::borrow::Cow;

use super::ROOTS;
use crate::xml::{self, Head};

/// Does this begin as an invoice does, in whatever encoding?
pub(super) fn is_invoice(bytes: &[u8]) -> bool {
    text(bytes).is_some_and(|text| is_root(&text))
}

fn is_root(text: &str) -> bool {
    let is_one = |head: Head| ROOTS.iter().any(|(space, name, _)| *space == head.space && *name == head.name);
    Head::read(text, &[]).is_some_and(is_one) || is_behind_dtd(text)
}

/// A DTD can give the root its name space, and can be written so that its end is hard to find: with one, an element that is
/// called as an invoice is enough.
fn is_behind_dtd(text: &str) -> bool {
    let Some((_, rest)) = text.split_once("<!DOCTYPE") else { return false };
    let tags =
        rest.split('<').skip(1).map(|tag| tag.split(|c: char| c.is_whitespace() || matches!(c, '>' | '/')).next());
    let mut names = tags.flatten().map(|name| name.split_once(':').map_or(name, |(_, local)| local));
    names.any(|local| ROOTS.iter().any(|(_, name, _)| *name == local))
}

pub(super) fn begins_as_markup(bytes: &[u8]) -> bool {
    let mark = |b: &u8| matches!(b, 0 | 0xEF | 0xBB | 0xBF | 0xFE | 0xFF) || b.is_ascii_whitespace();
    bytes.iter().find(|b| !mark(b)) == Some(&b'<')
}

/// The text, read as facteur reads XML, or else as far as it can be guessed where it begins as markup.
pub(super) fn text(bytes: &[u8]) -> Option<Cow<'_, str>> {
    match xml::decode(bytes) {
        Ok(text) => Some(text),
        Err(_) => begins_as_markup(bytes).then(|| forgiving(bytes)),
    }
}

/// The text as far as it can be guessed. Roots and name spaces are plain letters, alike in every encoding of one byte.
fn forgiving(bytes: &[u8]) -> Cow<'_, str> {
    let wide = |unit: fn(&[u8]) -> u32, width: usize| {
        let chars = bytes.chunks_exact(width).map(|c| char::from_u32(unit(c)).unwrap_or('\u{FFFD}'));
        Cow::Owned(chars.filter(|c| *c != '\u{FEFF}').collect())
    };
    let little = |c: &[u8]| c.iter().rev().fold(0u32, |n, b| (n << 8) | u32::from(*b));
    let big = |c: &[u8]| c.iter().fold(0u32, |n, b| (n << 8) | u32::from(*b));
    match bytes {
        [0xFF, 0xFE, 0, 0, ..] | [_, 0, 0, 0, ..] => wide(little, 4),
        [0, 0, 0xFE, 0xFF, ..] | [0, 0, 0, _, ..] => wide(big, 4),
        [0xFF, 0xFE, ..] | [_, 0, _, 0, ..] => wide(little, 2),
        [0xFE, 0xFF, ..] | [0, _, 0, _, ..] => wide(big, 2),
        [0xEF, 0xBB, 0xBF, rest @ ..] => Cow::Owned(rest.iter().map(|b| char::from(*b)).collect()),
        _ => Cow::Owned(bytes.iter().map(|b| char::from(*b)).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const UBL: &str = r#"<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><ID>é</ID></Invoice>"#;

    fn wide(text: &str, encode: impl Fn(char) -> Vec<u8>) -> Vec<u8> {
        text.chars().flat_map(encode).collect()
    }

    #[test]
    fn an_invoice_is_one_in_every_encoding() {
        let latin: Vec<u8> = UBL.chars().map(|c| c as u8).collect();
        let prolog = |name: &str| format!("<?xml version=\"1.0\" encoding=\"{name}\"?>").into_bytes();
        let marked = format!("\u{FEFF}{UBL}");
        for bytes in [
            UBL.as_bytes().to_vec(),
            [prolog("windows-1252"), latin.clone()].concat(),
            [prolog("utf-8"), latin].concat(),
            format!("<!DOCTYPE Invoice [<!ENTITY a \"b\">]>{UBL}").into_bytes(),
            format!("<!DOCTYPE Invoice [<!-- ]> --><!ENTITY a \"]>\">]>{UBL}").into_bytes(),
            b"<!DOCTYPE a [<!ENTITY s 'urn:x'>]><i:Invoice xmlns:i=\"&s;\"/>".to_vec(),
            UBL.replace("Invoice-2", "Invoice-&#50;").into_bytes(),
            wide(UBL, |c| u32::from(c).to_le_bytes().to_vec()),
            wide(&marked, |c| u32::from(c).to_be_bytes().to_vec()),
            wide(UBL, |c| (c as u16).to_be_bytes().to_vec()),
            wide(&marked, |c| (c as u16).to_le_bytes().to_vec()),
            // Half a pair at the end: no UTF-16 that is read, and yet.
            [wide(&marked, |c| (c as u16).to_le_bytes().to_vec()), vec![b'<']].concat(),
        ] {
            assert!(is_invoice(&bytes), "{:?}", String::from_utf8_lossy(&bytes));
        }
    }

    #[test]
    fn other_files_are_none() {
        for bytes in [
            &b""[..],
            b"<",
            b"\x89PNG<Invoice",
            b"<Invoice/>",
            b"<!DOCTYPE svg><svg/>",
            b"%PDF-1.7 <Invoice",
            &[0xFF; 40],
            &[0x1F, 0x8B],
        ] {
            assert!(!is_invoice(bytes), "{bytes:?}");
        }
    }
}
