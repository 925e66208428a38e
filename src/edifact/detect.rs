//! Where an interchange begins, and with which service characters: told by what stands there, never by a name.

use super::service::Service;
use super::words;
use crate::interchange::{self, after_blanks, is_blank};
use crate::text::Text;

/// What is odd about the service characters of an interchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadOddity {
    /// UNA has more or fewer than its nine characters (CONTRL 20).
    Length,
    /// One of its characters cannot do its work: it is taken for another already, or is a letter (CONTRL 20).
    Unusable,
    /// This character at this place of UNA (from 0) can separate nothing, and UNB is separated as UNA says: nothing further is read (CONTRL 20).
    Foreign(usize, u8),
    /// The decimal mark is neither point nor comma (CONTRL 20).
    Decimal,
    /// UNB is not separated by what UNA declares (CONTRL 22).
    Contradicted,
}

/// The beginning of an interchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    pub service: Service,
    /// Bytes from the beginning of the head to UNB.
    pub unb: usize,
    pub oddity: Option<HeadOddity>,
}

/// How far an interchange is looked for behind what is none.
const BEFORE_BYTES: usize = 4096;

/// How far [`head`] looks.
pub(super) const HEAD_BYTES: usize = 64;

/// Is this an EDIFACT interchange? UNB stands where it should, behind UNA if there is one; blanks and a byte order mark may stand before. Text
/// that merely begins with these letters is none. UTF-16 is told as well, so that its refusal can be by name.
pub fn is_edifact(bytes: &[u8]) -> bool {
    is_wide(bytes) || head(after_blanks(bytes)).is_some() || is_behind(bytes)
}

/// Does an interchange begin a line behind something else, such as the head of a mail? Markup, archives and X12 are what they say they are.
fn is_behind(bytes: &[u8]) -> bool {
    let bytes = after_blanks(bytes);
    let start = bytes.get(..BEFORE_BYTES).unwrap_or(bytes);
    if ["<", "{", "[", "%PDF", "PK", "ISA", "UN", "UI"].iter().any(|other| start.starts_with(other.as_bytes())) {
        return false;
    }
    memchr::memchr_iter(b'\n', start).any(|at| bytes.get(at + 1..).and_then(head).is_some())
}

/// What is missing where a text begins as EDIFACT does, and is no interchange: without it nobody knows who writes to whom. None for any other text.
pub fn headless(bytes: &[u8]) -> Option<Text> {
    let rest = after_blanks(bytes);
    let (tag, behind) = (rest.get(..3)?, rest.get(3)?);
    if !behind.is_ascii_punctuation() && *behind != 0x1D || is_edifact(bytes) {
        return None;
    }
    match tag {
        b"UNA" => Some(words::una_alone()),
        b"UNB" => Some(words::unb_damaged()),
        b"UNG" | b"UNH" => Some(words::no_unb(&String::from_utf8_lossy(tag))),
        b"UIB" => Some(words::interactive()),
        _ => None,
    }
}

/// Is this an interchange in two or four bytes a character?
pub(super) fn is_wide(bytes: &[u8]) -> bool {
    interchange::is_wide(bytes, &[b"UNA", b"UNB"])
}

/// The head that stands at the very beginning of these bytes, which begin with UNA or UNB.
pub(super) fn head(bytes: &[u8]) -> Option<Head> {
    let bytes = bytes.get(..HEAD_BYTES).unwrap_or(bytes);
    if bytes.starts_with(b"UNB") {
        let service = match unb(bytes)? {
            b'+' => Service::DEFAULT,
            0x1D => Service::CONTROL,
            _ => return None,
        };
        return Some(Head { service, unb: 0, oddity: None });
    }
    let rest = bytes.strip_prefix(b"UNA")?;
    if let Some(head) = foreign(rest) {
        return Some(head);
    }
    let (at, separator) = (0..rest.len()).find_map(|at| unb(&rest[at..]).map(|separator| (at, separator)))?;
    let between = &rest[..at];
    let (service, oddity) = match six(between) {
        Some((six, oddity)) => match declared(six, separator) {
            Ok(service) => (service, oddity.or_else(|| decimal(service))),
            Err(other) => (fallback(separator)?, Some(other)),
        },
        None => (fallback(separator)?, Some(HeadOddity::Length)),
    };
    Some(Head { service, unb: 3 + at, oddity })
}

/// UNA whose characters cannot be used, where UNB bears out that they are: what separates the identifier of the character set is what UNA says.
fn foreign(rest: &[u8]) -> Option<Head> {
    let (six, more) = rest.split_first_chunk::<6>()?;
    let at = Service::foreign(*six)?;
    let blanks = more.iter().take_while(|b| is_blank(**b)).count();
    let [separator, set @ .., component] = more.get(blanks..)?.strip_prefix(b"UNB")?.first_chunk::<6>()?;
    let [component_said, element_said, decimal, release, _, terminator] = *six;
    let is_borne_out = *separator == element_said && *component == component_said;
    if !is_borne_out || !set.iter().all(u8::is_ascii_alphanumeric) {
        return None;
    }
    let service = Service {
        component: component_said,
        element: element_said,
        decimal,
        release: Some(release).filter(|c| *c != b' '),
        repetition: None,
        terminator,
        declared: true,
    };
    Some(Head { service, unb: 9 + blanks, oddity: Some(HeadOddity::Foreign(at, six[at])) })
}

/// The separator behind UNB, where what follows is a syntax identifier.
fn unb(bytes: &[u8]) -> Option<u8> {
    let rest = bytes.strip_prefix(b"UNB")?;
    let (separator, rest) = rest.split_first()?;
    let end = rest.iter().position(|b| !b.is_ascii_alphanumeric())?;
    let is_head = !separator.is_ascii_alphanumeric() && separator.is_ascii() && *separator != b' ' && end == 4;
    is_head.then_some(*separator)
}

/// The six characters out of what stands between UNA and UNB.
fn six(between: &[u8]) -> Option<([u8; 6], Option<HeadOddity>)> {
    let lines = between.iter().rposition(|b| !matches!(b, b'\r' | b'\n')).map_or(0, |last| last + 1);
    let text = &between[..lines];
    if let [component, element, decimal, release, terminator @ (b'\'' | b'~')] = *text {
        return Some(([component, element, decimal, release, b' ', terminator], Some(HeadOddity::Length)));
    }
    let (six, more) = between.split_first_chunk::<6>()?;
    let terminator = six[5];
    if more.iter().all(|b| is_blank(*b) || *b == terminator) {
        return Some((*six, None));
    }
    // Characters too many: the last of them ends UNA as it ends every segment.
    let last = *text.last()?;
    Some(([six[0], six[1], six[2], six[3], six[4], last], Some(HeadOddity::Length)))
}

/// The characters that UNA declares, if UNB bears them out.
fn declared(six: [u8; 6], separator: u8) -> Result<Service, HeadOddity> {
    let service = Service::declared(six).ok_or(HeadOddity::Unusable);
    let service = service.or_else(|fault| {
        // A stray character in the place reserved for later use harms nobody.
        let reserved = [six[0], six[1], six[2], six[3], b' ', six[5]];
        Service::declared(reserved).filter(|_| six[4] == six[5] || six[4].is_ascii_alphanumeric()).ok_or(fault)
    })?;
    if service.element == separator { Ok(service) } else { Err(HeadOddity::Contradicted) }
}

fn decimal(service: Service) -> Option<HeadOddity> {
    (!matches!(service.decimal, b'.' | b',')).then_some(HeadOddity::Decimal)
}

/// The characters by default, where UNB is separated by them.
fn fallback(separator: u8) -> Option<Service> {
    match separator {
        b'+' => Some(Service { declared: true, ..Service::DEFAULT }),
        0x1D => Some(Service { declared: true, ..Service::CONTROL }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_interchanges_from_texts() {
        for yes in [
            &b"UNB+UNOA:3+A+B"[..],
            b"UNA:+.? 'UNB+UNOA:3+A",
            b"UNA:+,?*'\r\nUNB+UNOW:4",
            b"\xEF\xBB\xBFUNA:+.? '\nUNB+IATB:1",
            b"  \r\n\tUNB+UNOC:3",
            b"UNB\x1DUNOB\x1F1\x1DA",
            b"UNA:+.?'UNB+UNOA:3",
            b"UNA:*.? ~UNB*UNOA:1*A",
            b"UNA:+.? \nUNB+UNOA:1",
            b"\xFF\xFEU\0N\0B\0+\0U\0N\0O\0A\0:\0",
            b"\0U\0N\0B\0+\0U\0N\0O\0A\0:",
            b"Subject: x\r\n\r\nUNA:+.? '\nUNB+UNOC:3+A",
            b"UNA:X.? '\nUNBXUNOC:3XA",
            b"UNA\xB5+.? 'UNB+UNOC\xB53+A",
        ] {
            assert!(is_edifact(yes), "{}", String::from_utf8_lossy(yes));
        }
        for no in [
            &b""[..],
            b"UNB",
            b"UNA",
            b"UNB+",
            b"UNBELIEVABLE",
            b"UNANIMOUS: we are. 'UNB' is a word",
            b"UNAabcdefUNBELIEVABLE",
            b"UNA:+.? '",
            b"UNB 1234",
            b"UNB1234+UNOA:3",
            b"UNB+a sentence",
            b"UNH+1+INVOIC:D:96A:UN'",
            b"<UNB/>",
            b"%PDF UNB+UNOA:3",
            b"<a>\nUNB+UNOA:3+A",
            b"A text of UNB+UNOA:3+A",
        ] {
            assert!(!is_edifact(no), "{}", String::from_utf8_lossy(no));
        }
    }

    #[test]
    fn reads_una_as_it_is_found() {
        let two = |text: &str| head(text.as_bytes()).map(|h| (h.service, h.oddity));
        let service = |text: &str| two(text).unwrap().0;
        let oddity = |text: &str| two(text).unwrap().1;
        assert_eq!(service("UNA:+.? 'UNB+UNOA:3"), Service { declared: true, ..Service::DEFAULT });
        assert_eq!(service("UNA:+,?*'UNB+UNOA:4").repetition, Some(b'*'));
        assert_eq!(service("UNA:+,?*'UNB+UNOA:4").decimal, b',');
        assert_eq!(service("UNA:+.  'UNB+UNOA:4").release, None);
        assert_eq!(service("UNA|^.\\ ~UNB^UNOA|3").terminator, b'~');
        assert_eq!(service("UNA:+.? \r\nUNB+UNOA:3").terminator, b'\r');
        assert_eq!(oddity("UNA:+.? ''\r\nUNB+UNOA:3"), None);
        assert_eq!(oddity("UNA:+.?'UNB+UNOA:3"), Some(HeadOddity::Length));
        assert_eq!(oddity("UNA:+.?'\r\nUNB+UNOA:3"), Some(HeadOddity::Length));
        assert_eq!(service("UNA:+.?'\r\nUNB+UNOA:3").terminator, b'\'');
        assert_eq!(oddity("UNA:+.? *'UNB+UNOA:3"), Some(HeadOddity::Length));
        assert_eq!(service("UNA:+.? *'UNB+UNOA:3").terminator, b'\'');
        assert_eq!(oddity("UNA:+;? 'UNB+UNOA:3"), Some(HeadOddity::Decimal));
        assert_eq!(service("UNA:+.?''UNB+UNOA:3").repetition, None);
        assert_eq!(oddity("UNA:++? 'UNB+UNOA:3"), Some(HeadOddity::Decimal));
        assert_eq!(oddity("UNA++.? 'UNB+UNOA:3"), Some(HeadOddity::Unusable));
        assert_eq!(oddity("UNA:*.? 'UNB+UNOA:3"), Some(HeadOddity::Contradicted));
        assert_eq!(two("UNA:*.? 'UNB|UNOA:3"), None);
        assert_eq!(service("UNB\x1DUNOB\x1F1"), Service::CONTROL);
    }
}
