//! The grammar of XML 1.0 in the small: characters, names, references, the declaration.

use quick_xml::escape::resolve_xml_entity;

use super::{Refusal, RefusalKind};

/// The name space that the prefix `xml` always has.
pub(super) const XML_SPACE: &str = "http://www.w3.org/XML/1998/namespace";

/// Boxed, so that what is usually there is all that is handed around.
pub(super) type Outcome<T = ()> = Result<T, Box<Refusal>>;

#[cold]
pub(super) fn malformed<T>(detail: impl Into<String>) -> Outcome<T> {
    refused(RefusalKind::Malformed, detail)
}

#[cold]
pub(super) fn refused<T>(kind: RefusalKind, detail: impl Into<String>) -> Outcome<T> {
    Err(Box::new(Refusal::new(kind, detail)))
}

pub(super) fn is_xml_char(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..)
}

pub(super) fn is_blank(b: u8) -> bool {
    matches!(b, b' ' | b'\t' | b'\r' | b'\n')
}

/// Name characters of XML 1.0 (fifth edition), without the colon.
pub(crate) fn is_xml_name(name: &str) -> bool {
    let start = |c: char| {
        matches!(c, 'A'..='Z' | 'a'..='z' | '_' | '\u{C0}'..='\u{D6}' | '\u{D8}'..='\u{F6}' | '\u{F8}'..='\u{2FF}'
            | '\u{370}'..='\u{37D}' | '\u{37F}'..='\u{1FFF}' | '\u{200C}'..='\u{200D}' | '\u{2070}'..='\u{218F}'
            | '\u{2C00}'..='\u{2FEF}' | '\u{3001}'..='\u{D7FF}' | '\u{F900}'..='\u{FDCF}' | '\u{FDF0}'..='\u{FFFD}'
            | '\u{10000}'..='\u{EFFFF}')
    };
    let rest = |c: char| {
        start(c) || matches!(c, '-' | '.' | '0'..='9' | '\u{B7}' | '\u{300}'..='\u{36F}' | '\u{203F}'..='\u{2040}')
    };
    let mut chars = name.chars();
    chars.next().is_some_and(start) && chars.all(rest)
}

/// The text of `&name;`, given the name.
pub(super) fn resolve_reference(name: &str) -> Outcome<String> {
    if let Some(digits) = name.strip_prefix('#') {
        let code = match digits.strip_prefix('x') {
            Some(hex) if !hex.starts_with('+') => u32::from_str_radix(hex, 16).ok(),
            None if !digits.starts_with('+') => digits.parse().ok(),
            _ => None,
        };
        return match code.and_then(char::from_u32).filter(|c| is_xml_char(*c)) {
            Some(c) => Ok(c.to_string()),
            None => malformed("a character reference that XML does not allow"),
        };
    }
    match resolve_xml_entity(name) {
        Some(text) => Ok(text.to_owned()),
        None => refused(RefusalKind::Entity, "an entity that is not one of the five of XML"),
    }
}

/// The grammar of the XML declaration: version, then perhaps encoding, then perhaps standalone.
pub(super) fn declared(content: &str) -> Outcome {
    let mut rest = content.strip_prefix("xml").unwrap_or(content);
    let mut seen = 0;
    while !rest.trim_ascii().is_empty() {
        let trimmed = rest.trim_ascii_start();
        let parted = trimmed.split_once('=').filter(|_| trimmed.len() < rest.len());
        let Some((name, value)) = parted else { return malformed("an XML declaration that XML does not allow") };
        let value = value.trim_ascii_start();
        let quote = value.chars().next().filter(|c| matches!(c, '"' | '\''));
        let Some((value, after)) = quote.and_then(|q| value[1..].split_once(q)) else {
            return malformed("an XML declaration that XML does not allow");
        };
        let allowed = match (name.trim_ascii_end(), seen) {
            ("version", 0) => {
                value.strip_prefix("1.").is_some_and(|n| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
            }
            ("encoding", 1) => {
                value.starts_with(|c: char| c.is_ascii_alphabetic())
                    && value.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
            }
            ("standalone", 1 | 2) => matches!(value, "yes" | "no"),
            _ => false,
        };
        if !allowed {
            return malformed("an XML declaration that XML does not allow");
        }
        seen = if name.trim_ascii_end() == "standalone" { 3 } else { seen + 1 };
        rest = after;
    }
    if seen == 0 { malformed("an XML declaration without a version") } else { Ok(()) }
}
