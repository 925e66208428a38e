//! The lexical forms of XML Schema: is a text a value of its type?

use super::syntax::Lexical;
use crate::day::Day;
use crate::decimal;

impl Lexical {
    pub(super) fn accepts(self, text: &str) -> bool {
        let trimmed = text.trim_matches([' ', '\t', '\r', '\n']);
        match self {
            Lexical::None | Lexical::Any | Lexical::Text | Lexical::Token => true,
            Lexical::Language => is_language(trimmed),
            Lexical::Uri => is_reference(trimmed),
            Lexical::Decimal => decimal::parse(trimmed) != Err(decimal::BadDecimal::NotANumber),
            Lexical::Boolean => matches!(trimmed, "true" | "false" | "0" | "1"),
            Lexical::Date => is_date(trimmed),
            Lexical::Time => is_time(trimmed),
            Lexical::DateTime => {
                trimmed.split_once('T').is_some_and(|(d, t)| Day::parse_iso(d).is_some() && is_time(t))
            }
            Lexical::Base64 => is_base64(trimmed),
        }
    }

    /// The form expected, in no language.
    pub(super) fn describe(self) -> &'static str {
        match self {
            Lexical::None => "elements",
            Lexical::Text | Lexical::Token | Lexical::Any => "text",
            Lexical::Decimal => "1234.50",
            Lexical::Language => "fr, en, fr-FR",
            Lexical::Uri => "https://…, urn:…",
            Lexical::Boolean => "true | false",
            Lexical::Date => "YYYY-MM-DD",
            Lexical::Time => "hh:mm:ss",
            Lexical::DateTime => "YYYY-MM-DDThh:mm:ss",
            Lexical::Base64 => "base64",
        }
    }
}

/// `xs:date`: a year of four digits or more, perhaps negative, a month, a day that the calendar has, perhaps a zone.
fn is_date(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
    let (year, rest) = unsigned.split_at(digits);
    let long_form = digits == 4 || digits > 4 && !year.starts_with('0');
    let Some((day, zone)) = rest.split_at_checked(6).filter(|_| long_form && year.bytes().any(|b| b != b'0')) else {
        return false;
    };
    // The calendar repeats every 400 years: 2000 to 2399 stand for all.
    let stand_in = year[digits - 4..].parse::<u32>().unwrap_or(0)
        + year[..digits - 4].bytes().fold(0, |n, b| (n * 10 + u32::from(b - b'0') * 10_000) % 400);
    Day::parse_iso(&format!("{}{day}", 2000 + stand_in % 400)).is_some() && is_zone(zone)
}

/// `xs:language`: subtags of one to eight letters, from the second on digits too.
fn is_language(text: &str) -> bool {
    let fits = |tag: &str, first: bool| {
        (1..=8).contains(&tag.len()) && tag.bytes().all(|b| b.is_ascii_alphabetic() || (!first && b.is_ascii_digit()))
    };
    text.split('-').enumerate().all(|(n, tag)| fits(tag, n == 0))
}

/// `xs:anyURI`, as RFC 3986 reads a reference: whole escapes, a scheme before the first colon, brackets around a host alone.
fn is_reference(text: &str) -> bool {
    let escapes_whole =
        text.split('%').skip(1).all(|rest| rest.len() >= 2 && rest.as_bytes()[..2].iter().all(u8::is_ascii_hexdigit));
    let head = text.split(['/', '?', '#']).next().unwrap_or_default();
    let scheme_fits = match head.split_once(':') {
        None => true,
        Some((scheme, _)) => {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.'))
        }
    };
    let host = text.split_once("//").map_or("", |(_, rest)| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let outside = text.replacen(host, "", usize::from(!host.is_empty()));
    let brackets_fit = host.contains('[') == host.contains(']') && !outside.contains(['[', ']']);
    escapes_whole && scheme_fits && brackets_fit && text.matches('#').count() <= 1
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

/// `xs:base64Binary`: groups of four, blanks allowed between characters, padding only at the end.
fn is_base64(text: &str) -> bool {
    let (mut count, mut padding) = (0usize, 0usize);
    let mut last = b'A';
    for byte in text.bytes() {
        match byte {
            b' ' | b'\t' | b'\r' | b'\n' => continue,
            b'=' => padding += 1,
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'+' | b'/' if padding == 0 => last = byte,
            _ => return false,
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
        assert!(["fr", "fr-FR", "x-1", "de-1996"].iter().all(|l| Lexical::Language.accepts(l)));
        assert!(!["", "not a lang!!", "francaise1", "fr_FR", "1a"].iter().any(|l| Lexical::Language.accepts(l)));
        assert!(
            ["", "urn:x:y", "https://a.example/b?c#d", "../x", "http://[::1]/", "a%20b", "é"]
                .iter()
                .all(|u| Lexical::Uri.accepts(u))
        );
        assert!(!["%%", ":::", "http://[x", "a#b#c", "1:2"].iter().any(|u| Lexical::Uri.accepts(u)));
    }
}
