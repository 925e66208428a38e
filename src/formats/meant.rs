//! The value that is meant by one of the wrong form: `31/12/2026` is 2026-12-31, `1 155,00 €` is 1155.00. Only where it can be read
//! one way; what can be read two ways is for a person to say.

use std::ops::RangeInclusive;

use super::syntax::Lexical;
use crate::day::Day;
use crate::decimal;
use crate::text::Text;

/// The one value of that form that a text can mean. None where it is none of it, or several.
pub fn meant(form: Lexical, written: &str) -> Option<String> {
    let written = written.trim();
    let value = match form {
        Lexical::Decimal => number(written)?,
        Lexical::Integer => decimal::parse(&number(written)?).ok().filter(|n| n.is_integer())?.trunc().to_string(),
        Lexical::Boolean => boolean(written)?.to_string(),
        Lexical::Date => match days(written).as_slice() {
            [day] => day.to_string(),
            _ => return None,
        },
        Lexical::Time => time(written)?,
        Lexical::DateTime => {
            let (day, clock) = written.split_once([' ', 'T'])?;
            match days(day).as_slice() {
                [day] => format!("{day}T{}", time(clock.trim())?),
                _ => return None,
            }
        }
        Lexical::Language => written.replace('_', "-"),
        _ => return None,
    };
    (value != written && form.accepts(&value)).then_some(value)
}

/// Why an example has a value of ours where the document's own cannot be told; none where it can.
pub fn doubt(form: Lexical, written: &str) -> Option<Text> {
    let days = if form == Lexical::Date { days(written) } else { Vec::new() };
    let written = written.trim();
    match days.as_slice() {
        [_] => None,
        [one, other, ..] => Some(Text::new(
            format!("« {written} » peut se lire {one} ou {other} ; l'exemple n'en montre que la forme."),
            format!("\"{written}\" can be read as {one} or {other}; the example shows the form alone."),
        )),
        [] if meant(form, written).is_some() => None,
        [] => Some(Text::new(
            "L'exemple montre la forme, non votre valeur.",
            "The example shows the form, not your value.",
        )),
    }
}

/// The days that a date can mean, the day before the month first: two of `03/04/2026`, one of `31/12/2026`, none of `31/02/2026` nor
/// of `1/2/26`. The year has four digits; a time behind the day does not count.
pub fn days(written: &str) -> Vec<Day> {
    let written = written.trim();
    let written = written.split_once('T').filter(|(_, clock)| time(clock).is_some()).map_or(written, |(day, _)| day);
    if written.len() == 8 && written.bytes().all(|b| b.is_ascii_digit()) {
        let swapped = format!("{}{}{}", &written[4..], &written[2..4], &written[..2]);
        return likely([Day::parse_102(written), Day::parse_102(&swapped)]);
    }
    let parts: Vec<&str> =
        written.split(['/', '.', '-', ' ', '\u{a0}']).map(str::trim).filter(|part| !part.is_empty()).collect();
    let [first, second, third] = parts.as_slice() else { return Vec::new() };
    let day = |year: &str, month: Option<u8>, day: &str| {
        let year: i16 = year.parse().ok().filter(|_| digits(year, 4..=4))?;
        Day::new(year, month?, day.parse().ok().filter(|_| digits(day, 1..=2))?)
    };
    let month = |text: &str| text.parse().ok().filter(|_| digits(text, 1..=2));
    if digits(first, 4..=4) {
        return likely([day(first, month(second).or_else(|| month_named(second)), third), None]);
    }
    match month_named(second) {
        Some(named) => likely([day(third, Some(named), first), None]),
        None => likely([day(third, month(second), first), day(third, month(first), second)]),
    }
}

/// Those that an invoice may bear; each once.
fn likely(days: [Option<Day>; 2]) -> Vec<Day> {
    let mut days: Vec<Day> = days.into_iter().flatten().filter(|day| (1900..=2199).contains(&day.year())).collect();
    days.dedup();
    days
}

fn digits(text: &str, count: RangeInclusive<usize>) -> bool {
    count.contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

/// Months by the letters that begin them, in French and English.
const MONTHS: [(&str, u8); 21] = [
    ("jan", 1),
    ("fév", 2),
    ("fev", 2),
    ("feb", 2),
    ("mar", 3),
    ("avr", 4),
    ("apr", 4),
    ("mai", 5),
    ("may", 5),
    ("juin", 6),
    ("jun", 6),
    ("juil", 7),
    ("jul", 7),
    ("aoû", 8),
    ("aou", 8),
    ("aug", 8),
    ("sep", 9),
    ("oct", 10),
    ("nov", 11),
    ("déc", 12),
    ("dec", 12),
];

fn month_named(text: &str) -> Option<u8> {
    let text = text.to_lowercase();
    text.chars().all(char::is_alphabetic).then_some(())?;
    MONTHS.iter().find(|(start, _)| text.starts_with(start)).map(|(_, month)| *month)
}

fn boolean(text: &str) -> Option<bool> {
    match text.to_lowercase().as_str() {
        "true" | "vrai" | "oui" | "o" | "yes" | "y" => Some(true),
        "false" | "faux" | "non" | "no" | "n" => Some(false),
        _ => None,
    }
}

/// `14h30` and `9:05`.
fn time(text: &str) -> Option<String> {
    let text = text.trim_end_matches('h');
    let parts: Vec<&str> = text.split([':', 'h']).collect();
    let (hour, rest) = parts.split_first()?;
    if rest.is_empty() || rest.len() > 2 || !digits(hour, 1..=2) || !rest.iter().all(|part| digits(part, 2..=2)) {
        return None;
    }
    let value = format!("{hour:0>2}:{}:{}", rest[0], rest.get(1).unwrap_or(&"00"));
    Lexical::Time.accepts(&value).then_some(value)
}

/// A number without the blanks, currency, grouping and decimal comma that it was written with.
fn number(found: &str) -> Option<String> {
    let sign = |c: char| matches!(c, '€' | '$' | '£');
    let kept = found.trim().replace('\u{2212}', "-");
    let kept = kept.trim_matches(sign).trim();
    let kept = coded(kept).unwrap_or(kept).trim();
    let kept: String =
        kept.chars().filter(|c| !c.is_whitespace() && !matches!(c, '\u{a0}' | '\u{202f}' | '\'' | '’')).collect();
    let mark = kept.rfind([',', '.']);
    let number = match mark {
        None => kept,
        Some(at) => {
            let (whole, digits) = (&kept[..at], &kept[at + 1..]);
            let sign = &kept[at..=at];
            let other = if sign == "," { '.' } else { ',' };
            // The sign that stands last and once is that of decimals; three digits after a comma may be thousands.
            if whole.contains(sign) || sign == "," && digits.len() == 3 && !whole.contains(other) {
                return None;
            }
            let groups: Vec<&str> = whole.split(other).collect();
            if groups.iter().skip(1).any(|group| group.len() != 3) {
                return None;
            }
            format!("{}.{digits}", groups.concat())
        }
    };
    decimal::parse(&number).ok().map(|_| number)
}

/// What stands beside the code of a currency: `45.00 EUR`.
fn coded(text: &str) -> Option<&str> {
    let is_code = |code: &str| code.len() == 3 && code.bytes().all(|b| b.is_ascii_uppercase());
    let end = text.len().checked_sub(3)?;
    let before = text.split_at_checked(end).filter(|(_, code)| is_code(code)).map(|(rest, _)| rest);
    before.or_else(|| text.split_at_checked(3).filter(|(code, _)| is_code(code)).map(|(_, rest)| rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_be_read_one_way_is_read() {
        for (form, written, value) in [
            (Lexical::Date, "31/12/2026", "2026-12-31"),
            (Lexical::Date, " 31.12.2026 ", "2026-12-31"),
            (Lexical::Date, "12/31/2026", "2026-12-31"),
            (Lexical::Date, "2026/1/5", "2026-01-05"),
            (Lexical::Date, "20261231", "2026-12-31"),
            (Lexical::Date, "31122026", "2026-12-31"),
            (Lexical::Date, "5/5/2026", "2026-05-05"),
            (Lexical::Date, "2026-12-31T00:00:00", "2026-12-31"),
            (Lexical::Date, "31 décembre 2026", "2026-12-31"),
            (Lexical::Date, "5-Feb-2026", "2026-02-05"),
            (Lexical::Boolean, "Oui", "true"),
            (Lexical::Boolean, "FALSE", "false"),
            (Lexical::Time, "14h30", "14:30:00"),
            (Lexical::Time, "9:05", "09:05:00"),
            (Lexical::DateTime, "31/12/2026 9:05", "2026-12-31T09:05:00"),
            (Lexical::Integer, "12.00", "12"),
            (Lexical::Integer, "1 200", "1200"),
            (Lexical::Language, "fr_FR", "fr-FR"),
            (Lexical::Decimal, "1234,50", "1234.50"),
            (Lexical::Decimal, "1.234,50 €", "1234.50"),
            (Lexical::Decimal, "EUR 1'234.50", "1234.50"),
            (Lexical::Decimal, "\u{2212}45,5 EUR", "-45.5"),
        ] {
            assert_eq!(meant(form, written).as_deref(), Some(value), "{written}");
        }
    }

    #[test]
    fn what_can_be_read_two_ways_or_none_is_left_to_a_person() {
        for (form, written) in [
            (Lexical::Date, "03/04/2026"),
            (Lexical::Date, "31/02/2026"),
            (Lexical::Date, "1/2/26"),
            (Lexical::Date, "2026-13-01"),
            (Lexical::Date, "31/12"),
            (Lexical::Date, "31/12/0026"),
            (Lexical::Date, "demain"),
            (Lexical::Date, ""),
            (Lexical::Boolean, "2"),
            (Lexical::Time, "25:00"),
            (Lexical::DateTime, "2026-12-31"),
            (Lexical::Integer, "12.5"),
            (Lexical::Language, "le français"),
            (Lexical::Decimal, "1,155"),
            (Lexical::Decimal, "12 EUROS"),
            (Lexical::Base64, "é"),
        ] {
            assert_eq!(meant(form, written), None, "{written}");
        }
        let both: Vec<String> = days("03/04/2026").iter().map(ToString::to_string).collect();
        assert_eq!(both, ["2026-04-03", "2026-03-04"]);
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_meant_is_of_the_form(written in "[0-9]{0,4}[-/. T:hé€A-Z,]{0,2}[0-9]{0,4}[-/. ,]?[a-zé0-9]{0,4}") {
            for form in [Lexical::Date, Lexical::Decimal, Lexical::Integer, Lexical::Time, Lexical::DateTime, Lexical::Boolean] {
                if let Some(value) = meant(form, &written) {
                    proptest::prop_assert!(form.accepts(&value), "{} for {}", value, written);
                }
            }
        }
    }
}
