//! The lexical forms of XML Schema: is a text a value of its type?

use super::syntax::{Facet, Lexical};
use crate::day::Day;
use crate::text::trim;
use crate::xml::is_xml_name;

impl Lexical {
    pub(super) fn accepts(self, text: &str) -> bool {
        let trimmed = trim(text);
        match self {
            Lexical::None | Lexical::Any | Lexical::Mixed | Lexical::Text | Lexical::Token => true,
            Lexical::Language => is_language(trimmed),
            Lexical::Uri => is_reference(trimmed),
            Lexical::Decimal => is_decimal(trimmed),
            Lexical::Integer => !trimmed.contains('.') && is_decimal(trimmed),
            Lexical::Id => is_xml_name(trimmed),
            Lexical::Boolean => matches!(trimmed, "true" | "false" | "0" | "1"),
            Lexical::Date => is_date(trimmed),
            Lexical::Time => is_time(trimmed),
            Lexical::DateTime => {
                trimmed.split_once('T').is_some_and(|(day, time)| is_day(day) == Some("") && is_time(time))
            }
            Lexical::Base64 => is_base64(trimmed),
        }
    }

    /// The form expected, in no language.
    pub fn describe(self) -> &'static str {
        match self {
            Lexical::None => "elements",
            Lexical::Text | Lexical::Token | Lexical::Any | Lexical::Mixed => "text",
            Lexical::Integer => "whole number",
            Lexical::Id => "a1, b2 (xs:ID)",
            Lexical::Decimal => "decimal number",
            Lexical::Language => "language code",
            Lexical::Uri => "https://…, urn:…",
            Lexical::Boolean => "true | false",
            Lexical::Date => "YYYY-MM-DD",
            Lexical::Time => "hh:mm:ss",
            Lexical::DateTime => "YYYY-MM-DDThh:mm:ss",
            Lexical::Base64 => "base64",
        }
    }
}

impl Facet {
    pub(super) fn accepts(self, text: &str) -> bool {
        let collapsed = || text.split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty());
        match self {
            Facet::None => true,
            Facet::Length(min, max) => {
                let words = collapsed().count();
                let length = collapsed().map(|word| word.chars().count()).sum::<usize>() + words.saturating_sub(1);
                (min..=max).contains(&length)
            }
            Facet::Fixed(value) => collapsed().eq(value.split(' ')),
            Facet::OneOf(values) => values.contains(&text),
        }
    }

    /// What is expected, in no language.
    pub(super) fn describe(self) -> String {
        match self {
            Facet::None => String::new(),
            Facet::Length(min, usize::MAX) => format!("{min} …"),
            Facet::Length(min, max) => format!("{min}–{max} × A…Z 0…9"),
            Facet::Fixed(value) => value.to_owned(),
            Facet::OneOf(values) => values.join(" | "),
        }
    }
}

/// `xs:decimal`, of any length: a sign perhaps, digits, one point perhaps, no exponent.
fn is_decimal(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    !(whole.is_empty() && fraction.is_empty()) && whole.bytes().chain(fraction.bytes()).all(|b| b.is_ascii_digit())
}

/// `xs:date`: a day, perhaps with a zone.
fn is_date(text: &str) -> bool {
    is_day(text).is_some_and(is_zone)
}

/// Reads a day and returns what follows it: a year of four digits or more, perhaps negative, a month, a day that the calendar
/// has.
fn is_day(text: &str) -> Option<&str> {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    let (year, rest) = unsigned.split_at(digits);
    let long_form = digits == 4 || digits > 4 && !year.starts_with('0');
    let (day, rest) = rest.split_at_checked(6).filter(|_| long_form && year.bytes().any(|b| b != b'0'))?;
    // The calendar repeats every 400 years: 2000 to 2399 stand for all.
    let stand_in = year.bytes().fold(0, |n, b| (n * 10 + u32::from(b - b'0')) % 400);
    Day::parse_iso(&format!("{}{day}", 2000 + stand_in)).map(|_| rest)
}

/// `xs:language`: subtags of one to eight letters, from the second on digits too.
fn is_language(text: &str) -> bool {
    let fits = |tag: &str, first: bool| {
        (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphabetic() || (!first && b.is_ascii_digit()))
    };
    text.split('-').enumerate().all(|(n, tag)| fits(tag, n == 0))
}

/// `xs:anyURI`: what is a reference of RFC 2396 with RFC 2732 once the characters that a URI cannot hold are escaped, as XML
/// Schema has it. An authority may be a registered name, so that `http://a:/` is one; brackets stand around an IPv6 host, in a
/// query and in a fragment.
fn is_reference(text: &str) -> bool {
    let escapes_whole =
        text.split('%').skip(1).all(|rest| rest.len() >= 2 && rest.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit));
    let (before, fragment) = text.split_once('#').unwrap_or((text, ""));
    let hierarchy = before.split('?').next().unwrap_or_default();
    let head = hierarchy.split('/').next().unwrap_or_default();
    let (scheme_fits, rest) = match head.split_once(':') {
        None => (true, hierarchy),
        Some((scheme, _)) => (is_scheme(scheme), &hierarchy[scheme.len() + 1..]),
    };
    let (authority, path) = match rest.strip_prefix("//") {
        None => ("", rest),
        Some(rest) => rest.split_at(rest.find('/').unwrap_or(rest.len())),
    };
    escapes_whole && scheme_fits && is_authority(authority) && !path.contains(['[', ']']) && !fragment.contains('#')
}

fn is_scheme(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
}

/// Brackets only around an address, which nobody looks into, with a port after it at most.
fn is_authority(text: &str) -> bool {
    let Some((user, rest)) = text.split_once('[') else { return !text.contains(']') };
    let Some((host, port)) = rest.split_once(']') else { return false };
    (user.is_empty() || user.ends_with('@') && !user.contains(']'))
        && !host.is_empty()
        && !host.contains('[')
        && (port.is_empty() || port.strip_prefix(':').is_some_and(|p| p.bytes().all(|b| b.is_ascii_digit())))
}

fn is_time(text: &str) -> bool {
    let clock = text.split(['Z', '+', '-']).next().unwrap_or_default();
    let zone = &text[clock.len()..];
    let (whole, fraction) = clock.split_once('.').map_or((clock, None), |(w, f)| (w, Some(f)));
    let parts: Vec<&str> = whole.split(':').collect();
    let number = |s: &str, max: u8| {
        s.len() == 2 && s.bytes().all(|b| b.is_ascii_digit()) && s.parse::<u8>().is_ok_and(|n| n <= max)
    };
    let clock_fits = matches!(parts.as_slice(), [h, m, s] if (number(h, 23) && number(m, 59) && number(s, 59)) || (*h == "24" && *m == "00" && *s == "00"));
    clock_fits && fraction.is_none_or(|f| !f.is_empty() && f.bytes().all(|b| b.is_ascii_digit())) && is_zone(zone)
}

fn is_zone(text: &str) -> bool {
    match text.as_bytes() {
        [] | [b'Z'] => true,
        [b'+' | b'-', h1, h2, b':', m1, m2] if [h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit()) => {
            let (hours, minutes) = ((h1 - b'0') * 10 + (h2 - b'0'), (m1 - b'0') * 10 + (m2 - b'0'));
            hours < 14 && minutes < 60 || hours == 14 && minutes == 0
        }
        _ => false,
    }
}

/// `xs:base64Binary`: groups of four, padding only at the end. Characters outside the alphabet do not count, as RFC 2045 (section 6.8),
/// which XML Schema 1.0 names, bids decoders; `validate` warns of those that are no blanks.
fn is_base64(text: &str) -> bool {
    let (mut count, mut padding) = (0usize, 0usize);
    let mut last = b'A';
    for byte in text.bytes() {
        match byte {
            b'=' => padding += 1,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => last = byte,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' => return false,
            _ => continue,
        }
        count += 1;
    }
    // The bits that padding leaves unused must be zero.
    let canonical = match padding {
        0 => true,
        1 => matches!(
            last,
            b'A' | b'E'
                | b'I'
                | b'M'
                | b'Q'
                | b'U'
                | b'Y'
                | b'c'
                | b'g'
                | b'k'
                | b'o'
                | b's'
                | b'w'
                | b'0'
                | b'4'
                | b'8'
        ),
        2 => matches!(last, b'A' | b'Q' | b'g' | b'w'),
        _ => false,
    };
    count % 4 == 0 && canonical
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_those_of_xml_schema() {
        for date in [
            "2026-11-02",
            "2024-02-29",
            "2026-11-02Z",
            "2026-11-02+02:00",
            "-2026-01-01",
            "12026-01-01",
            "2026-11-02-14:00",
        ] {
            assert!(Lexical::Date.accepts(date), "{date}");
        }
        for date in [
            "2026-02-29",
            "0000-01-01",
            "026-01-01",
            "02026-01-01",
            "2026-11-02+14:01",
            "2026-1-1",
            "",
            "20261102",
            "+2026-01-01",
        ] {
            assert!(!Lexical::Date.accepts(date), "{date}");
        }
        let time = "T12:00:00";
        for day in ["-2026-01-01", "12026-02-28", "2024-02-29"] {
            assert!(Lexical::DateTime.accepts(&format!("{day}{time}Z")), "{day}");
            assert!(!Lexical::DateTime.accepts(&format!("{day}Z{time}")), "{day}");
        }
        for number in ["1", "-.5", "5.", " +1 ", &"9".repeat(60), "0.0000000000000000000000000000000001"] {
            assert!(Lexical::Decimal.accepts(number), "{number}");
        }
        for number in ["", ".", "-", "1e3", "1,5", "NaN", &format!("{}x", "9".repeat(60)), "1.2.3", "+-1"] {
            assert!(!Lexical::Decimal.accepts(number), "{number}");
        }
        assert!(["fr", "fr-FR", "x-1", "de-1996"].iter().all(|l| Lexical::Language.accepts(l)));
        assert!(!["", "not a lang!!", "francaise1", "fr_FR", "1a"].iter().any(|l| Lexical::Language.accepts(l)));
        assert!(
            [
                "",
                "urn:x:y",
                "https://a.example/b?c#d",
                "../x",
                "http://[::1]/",
                "http://u@[::1]:80/x",
                "a%20b",
                "é",
                "http://a#[x]",
                "a?[b]",
                "http://a:/",
                "//a:x/",
                "a/b:c",
            ]
            .iter()
            .all(|u| Lexical::Uri.accepts(u))
        );
        assert!(
            !["%%", ":::", "http://[x", "a#b#c", "1:2", "//[::1]x/", "a[b]", "http://a/[x]", "//::1]/"]
                .iter()
                .any(|u| Lexical::Uri.accepts(u))
        );
    }
}
