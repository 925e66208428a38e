//! Numbers, days, sizes and identifiers in the form a language gives them. Nothing is rounded and no digit is left out: only marks
//! between digits are added.

use crate::day::Day;
use crate::text::Lang;
pub use crate::text::number;

/// A narrow space that does not break: what French puts between thousands.
const THIN: char = '\u{202f}';

/// A percentage with its sign.
pub fn percent(text: &str, lang: Lang) -> String {
    let number = number(text, lang);
    lang.pick(format!("{number}{THIN}%"), format!("{number}%"))
}

/// `3 novembre 2026` or `3 November 2026`.
pub fn day(day: Day, lang: Lang) -> String {
    const FR: [&str; 12] = [
        "janvier",
        "février",
        "mars",
        "avril",
        "mai",
        "juin",
        "juillet",
        "août",
        "septembre",
        "octobre",
        "novembre",
        "décembre",
    ];
    const EN: [&str; 12] = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ];
    let month = lang.pick(FR, EN).get(usize::from(day.month()).wrapping_sub(1)).copied().unwrap_or_default();
    let first = if day.day() == 1 && lang == Lang::Fr { "1er".to_owned() } else { day.day().to_string() };
    format!("{first} {month} {}", day.year())
}

/// A size in bytes.
pub fn size(bytes: usize, lang: Lang) -> String {
    let unit = lang.pick("o", "B");
    let tenths = |per: usize| {
        let tenths = (bytes.saturating_mul(10) + per / 2) / per;
        format!("{}{}{}", tenths / 10, lang.pick(',', '.'), tenths % 10)
    };
    match bytes {
        0..1_000 => format!("{bytes}\u{a0}{unit}"),
        1_000..1_000_000 => format!("{}\u{a0}k{unit}", tenths(1_000)),
        _ => format!("{}\u{a0}M{unit}", tenths(1_000_000)),
    }
}

/// How many bytes a base64 text stands for.
pub fn unpacked(base64: &str) -> usize {
    let digits = base64.bytes().filter(|b| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'-' | b'_')).count();
    digits * 3 / 4
}

/// The groups in which people read an account number: fours of an IBAN; none where it is no IBAN by its looks.
pub fn iban(text: &str) -> Option<Vec<&str>> {
    let bytes = text.as_bytes();
    let looks = (15..=34).contains(&bytes.len())
        && bytes.iter().all(u8::is_ascii_alphanumeric)
        && bytes.iter().take(2).all(u8::is_ascii_uppercase)
        && bytes.iter().skip(2).take(2).all(u8::is_ascii_digit);
    looks.then(|| cut(text, &[4; 9]))
}

/// The groups of a SIREN (9 digits) or a SIRET (14).
pub fn siren(text: &str) -> Option<Vec<&str>> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    match text.len() {
        9 | 14 if digits => Some(cut(text, &[3, 3, 3, 5])),
        _ => None,
    }
}

/// ASCII text in pieces of these lengths.
fn cut<'t>(text: &'t str, lengths: &[usize]) -> Vec<&'t str> {
    let mut rest = text;
    let mut pieces = Vec::new();
    for length in lengths {
        let (piece, after) = rest.split_at_checked((*length).min(rest.len())).unwrap_or((rest, ""));
        if piece.is_empty() {
            break;
        }
        pieces.push(piece);
        rest = after;
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_its_marks_and_no_digit_changes() {
        assert_eq!(percent("5.5", Lang::Fr), "5,5\u{202f}%");
        assert_eq!(day(Day::new(2026, 11, 1).unwrap(), Lang::Fr), "1er novembre 2026");
        assert_eq!(day(Day::new(2026, 11, 1).unwrap(), Lang::En), "1 November 2026");
        assert_eq!((size(999, Lang::Fr), size(12_340, Lang::En)), ("999\u{a0}o".into(), "12.3\u{a0}kB".into()));
        assert_eq!(unpacked("am9i\n cg=="), 4);
        assert_eq!(iban("FR7699999000011234567890152").unwrap().concat(), "FR7699999000011234567890152");
        assert_eq!(siren("11122233700011").unwrap(), ["111", "222", "337", "00011"]);
        assert!(iban("FR76 9999").is_none() && siren("1112223a7").is_none() && iban("frDE99999999999").is_none());
    }
}
