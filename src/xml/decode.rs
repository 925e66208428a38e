//! Bytes to text: UTF-8 with or without a byte order mark, UTF-16, and ISO-8859-1 where the prolog declares it.

use std::borrow::Cow;

use super::{Refusal, RefusalKind};
use crate::limits;

/// Decodes a document. Borrows where the bytes are UTF-8 already.
///
/// A declared encoding that the bytes contradict is refused by name, as is one that facteur does not read.
pub fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, Refusal> {
    if bytes.is_empty() {
        return Err(Refusal::new(RefusalKind::Empty, "0 bytes"));
    }
    if bytes.len() > limits::DOCUMENT_BYTES {
        let (length, most) = (limits::mebibytes(bytes.len()), limits::mebibytes(limits::DOCUMENT_BYTES));
        let detail = format!("{length} MiB; the limit is {most} MiB");
        return Err(Refusal::new(RefusalKind::TooLarge, detail));
    }
    match bytes {
        [0xEF, 0xBB, 0xBF, rest @ ..] => {
            let text = utf8(rest)?;
            agree(text, &["utf-8", "utf8"], "UTF-8 with a byte order mark")?;
            Ok(Cow::Borrowed(text))
        }
        [0xFF, 0xFE, 0, 0, ..] | [0, 0, 0xFE, 0xFF, ..] | [0x3C, 0, 0, 0, ..] | [0, 0, 0, 0x3C, ..] => {
            Err(Refusal::new(RefusalKind::Encoding, "UTF-32 is not read; write UTF-8"))
        }
        [0xFF, 0xFE, rest @ ..] => utf16(rest, u16::from_le_bytes, "utf-16le"),
        [0xFE, 0xFF, rest @ ..] => utf16(rest, u16::from_be_bytes, "utf-16be"),
        [0x3C, 0, _, 0, ..] => utf16(bytes, u16::from_le_bytes, "utf-16le"),
        [0, 0x3C, 0, ..] => utf16(bytes, u16::from_be_bytes, "utf-16be"),
        _ => eight_bit(bytes),
    }
}

/// The bytes of a text in the encoding, and behind the byte order mark, of the document that it was decoded from. None where a
/// character does not exist there.
pub fn encode_as(original: &[u8], text: &str) -> Option<Vec<u8>> {
    let wide = |mark: &[u8], unit: fn(u16) -> [u8; 2]| -> Vec<u8> {
        mark.iter().copied().chain(text.encode_utf16().flat_map(unit)).collect()
    };
    Some(match original {
        [0xEF, 0xBB, 0xBF, ..] => [&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat(),
        [0xFF, 0xFE, ..] => wide(&[0xFF, 0xFE], u16::to_le_bytes),
        [0xFE, 0xFF, ..] => wide(&[0xFE, 0xFF], u16::to_be_bytes),
        [0x3C, 0, _, 0, ..] => wide(&[], u16::to_le_bytes),
        [0, 0x3C, 0, ..] => wide(&[], u16::to_be_bytes),
        _ => match decode(original).ok()? {
            // Where only ASCII stands, the encoding that is declared need not have any more.
            Cow::Borrowed(whole) => (!whole.is_ascii() || text.is_ascii()).then(|| text.as_bytes().to_vec())?,
            Cow::Owned(_) => text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect::<Option<_>>()?,
        },
    })
}

fn eight_bit(bytes: &[u8]) -> Result<Cow<'_, str>, Refusal> {
    let prolog = &bytes[..bytes.len().min(256)];
    let plain = prolog.iter().position(|b| !b.is_ascii()).unwrap_or(prolog.len());
    let Some(name) = declared(std::str::from_utf8(&prolog[..plain]).unwrap_or_default()) else {
        return utf8(bytes).map(Cow::Borrowed);
    };
    match name.as_str() {
        "utf-8" | "utf8" => utf8(bytes).map(Cow::Borrowed),
        "us-ascii" | "ascii" => match bytes.iter().position(|b| !b.is_ascii()) {
            None => utf8(bytes).map(Cow::Borrowed),
            Some(at) => {
                let detail = format!("the prolog declares {name}, byte {at} is not ASCII");
                Err(Refusal::new(RefusalKind::Encoding, detail))
            }
        },
        "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "latin-1" | "l1" => {
            // ASCII is UTF-8 already; what is not takes two bytes there.
            let wide = bytes.iter().filter(|b| !b.is_ascii()).count();
            if wide == 0 {
                return utf8(bytes).map(Cow::Borrowed);
            }
            let mut text = String::with_capacity(bytes.len() + wide);
            text.extend(bytes.iter().map(|&b| b as char));
            Ok(Cow::Owned(text))
        }
        "utf-16" | "utf-16le" | "utf-16be" => {
            let detail = format!("the prolog declares {name}, the bytes are 8-bit");
            Err(Refusal::new(RefusalKind::Encoding, detail))
        }
        other => {
            let known: String = other.chars().filter(|c| c.is_ascii_graphic()).take(40).collect();
            let detail = format!("encoding {known} is not read; write UTF-8");
            Err(Refusal::new(RefusalKind::Encoding, detail))
        }
    }
}

fn utf8(bytes: &[u8]) -> Result<&str, Refusal> {
    std::str::from_utf8(bytes).map_err(|e| {
        let at = e.valid_up_to();
        let text = std::str::from_utf8(&bytes[..at]).unwrap_or_default();
        let mut refusal = Refusal::new(RefusalKind::Encoding, format!("byte {} is not UTF-8", at + 1));
        refusal.place = Some(super::line::of(text, at));
        refusal
    })
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16, label: &str) -> Result<Cow<'static, str>, Refusal> {
    let (pairs, odd) = bytes.as_chunks::<2>();
    let decoded: Result<String, _> = char::decode_utf16(pairs.iter().map(|&pair| unit(pair))).collect();
    let text = decoded.map_err(|_| Refusal::new(RefusalKind::Encoding, format!("not well-formed {label}")))?;
    if !odd.is_empty() {
        return Err(Refusal::new(RefusalKind::Encoding, format!("{label} with an odd number of bytes")));
    }
    agree(&text, &["utf-16", label], label)?;
    Ok(Cow::Owned(text))
}

/// Refuses a prolog that declares another encoding than the bytes have.
fn agree(text: &str, allowed: &[&str], actual: &str) -> Result<(), Refusal> {
    match declared(text) {
        Some(name) if !allowed.contains(&name.as_str()) => {
            let name: String = name.chars().filter(|c| c.is_ascii_graphic()).take(40).collect();
            Err(Refusal::new(RefusalKind::Encoding, format!("the prolog declares {name}, the bytes are {actual}")))
        }
        _ => Ok(()),
    }
}

/// The encoding named in the XML declaration, in lower case.
fn declared(text: &str) -> Option<String> {
    let declaration = text.strip_prefix("<?xml")?.split("?>").next()?;
    let after = declaration.split_once("encoding")?.1.trim_start().strip_prefix('=')?.trim_start();
    let quote = after.chars().next().filter(|c| matches!(c, '"' | '\''))?;
    Some(after[1..].split(quote).next()?.to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "<?xml version=\"1.0\" encoding=\"X\"?><a>é€</a>";

    fn named(encoding: &str) -> String {
        TEXT.replace('X', encoding)
    }

    #[test]
    fn reads_the_encodings_it_promises() {
        let utf8 = named("UTF-8");
        assert!(matches!(decode(utf8.as_bytes()), Ok(Cow::Borrowed(t)) if t == utf8));
        let with_mark = [&[0xEF, 0xBB, 0xBF], utf8.as_bytes()].concat();
        assert_eq!(decode(&with_mark).unwrap(), utf8);
        let utf16 = named("UTF-16");
        let little: Vec<u8> = [0xFF, 0xFE].into_iter().chain(utf16.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        let big: Vec<u8> = [0xFE, 0xFF].into_iter().chain(utf16.encode_utf16().flat_map(u16::to_be_bytes)).collect();
        assert_eq!(decode(&little).unwrap(), utf16);
        assert_eq!(decode(&big).unwrap(), utf16);
        assert_eq!(decode(&little[2..]).unwrap(), utf16);
        assert_eq!(decode(&big[2..]).unwrap(), utf16);
        let latin = named("ISO-8859-1").replace('€', "è");
        let bytes: Vec<u8> = latin.chars().map(|c| c as u8).collect();
        assert_eq!(decode(&bytes).unwrap(), latin);
    }

    #[test]
    fn what_was_decoded_is_encoded_as_it_was() {
        let units = |text: &str, unit: fn(u16) -> [u8; 2]| text.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        let latin: Vec<u8> = named("ISO-8859-1").replace('€', "è").chars().map(|c| c as u8).collect();
        let little = units(&named("UTF-16"), u16::to_le_bytes);
        for bytes in [
            named("UTF-8").into_bytes(),
            [&[0xEF, 0xBB, 0xBF], named("UTF-8").as_bytes()].concat(),
            [&[0xFF, 0xFE], &little[..]].concat(),
            [vec![0xFE, 0xFF], units(&named("UTF-16"), u16::to_be_bytes)].concat(),
            little.clone(),
            latin.clone(),
            b"<?xml version='1.0' encoding='us-ascii'?><a>x</a>".to_vec(),
        ] {
            let text = decode(&bytes).unwrap().into_owned();
            assert_eq!(encode_as(&bytes, &text).as_deref(), Some(&bytes[..]));
        }
        assert_eq!(encode_as(&latin, "<a>€</a>"), None);
        assert_eq!(encode_as(b"<?xml version='1.0' encoding='us-ascii'?><a>x</a>", "<a>é</a>"), None);
    }

    #[test]
    fn refuses_by_name() {
        let kind = |bytes: &[u8]| decode(bytes).unwrap_err().kind;
        assert_eq!(kind(b""), RefusalKind::Empty);
        assert_eq!(kind(b"<a>\xFF</a>"), RefusalKind::Encoding);
        assert_eq!(kind(named("UTF-16").as_bytes()), RefusalKind::Encoding);
        assert_eq!(kind(named("EBCDIC").as_bytes()), RefusalKind::Encoding);
        assert_eq!(kind(named("US-ASCII").as_bytes()), RefusalKind::Encoding);
        assert_eq!(kind(b"\xFF\xFE<\0a"), RefusalKind::Encoding);
        assert_eq!(kind(b"\0\0\xFE\xFF"), RefusalKind::Encoding);
        assert_eq!(kind(b"\xFF\xFE\x00\xD8<\0"), RefusalKind::Encoding);
        let mismatch: Vec<u8> =
            [0xFF, 0xFE].into_iter().chain(named("UTF-8").encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert_eq!(kind(&mismatch), RefusalKind::Encoding);
    }
}
