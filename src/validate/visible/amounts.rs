//! Amounts as people write them: `1 200,00`, `1.200,00`, `1,200.00`, `1'200.00`, `1200`.

use std::ops::Range;

use super::currency;
use super::squeezed::Squeezed;
use crate::decimal::{self, Decimal};

/// Longest row of digits and marks that is an amount.
const LONGEST: usize = 40;

/// Digits on a page that may be an amount, without a sign.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Amount {
    pub at: Range<usize>,
    /// `1.200` has two.
    pub readings: Vec<Decimal>,
    /// Is it written as money is: with two digits behind a mark, or a currency beside it?
    pub money: bool,
    /// The currency that stands beside it.
    pub currency: currency::Beside,
}

/// All of them, in order.
pub(super) fn amounts(text: &str) -> Vec<Amount> {
    let bytes = text.as_bytes();
    let (mut found, mut at) = (Vec::new(), 0);
    while let Some(byte) = bytes.get(at) {
        if !byte.is_ascii_digit() {
            at += 1;
            continue;
        }
        let end = at + length(bytes.get(at..).unwrap_or_default());
        let token = text.get(at..end).unwrap_or_default();
        let rest = text.get(end..).unwrap_or_default();
        // A percentage, and a piece of a word, are none.
        let percent = rest.trim_start_matches(' ').starts_with('%');
        let readings = if percent || token.len() > LONGEST { Vec::new() } else { readings(token) };
        if !readings.is_empty() {
            let marked =
                token.len() > 3 && token.as_bytes().get(token.len() - 3).is_some_and(|b| matches!(b, b'.' | b','));
            let before = text.get(..at).unwrap_or_default();
            let currency = currency::Beside::of(text, at..end);
            found.push(Amount { at: at..end, readings, money: marked || is_currency(before, rest), currency });
        }
        at = end;
    }
    found
}

/// Does it show this amount, whatever the sign?
pub(super) fn shows(amount: &Amount, value: Decimal) -> bool {
    let value = value.abs();
    let rounded = decimal::round_half_up(value, 2);
    amount.readings.iter().any(|reading| *reading == value || Some(*reading) == rounded)
}

/// The same in text whose blanks say nothing: letters set apart, or columns run together. The digits must stand by themselves, and
/// beside no currency but this one (ISO 4217; none where it is empty).
pub(super) fn squeezed_shows(squeezed: &Squeezed, value: Decimal, own: &str) -> bool {
    let value = decimal::round_half_up(value.abs(), 2).unwrap_or(value.abs());
    let Some((whole, fraction)) = two_places(value) else { return false };
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let grouped = |mark: char| {
        let mut out = String::new();
        for (n, c) in whole.chars().enumerate() {
            if n > 0 && (whole.len() - n).is_multiple_of(3) {
                out.push(mark);
            }
            out.push(c);
        }
        out
    };
    let forms = [
        format!("{whole},{fraction}"),
        format!("{whole}.{fraction}"),
        format!("{},{fraction}", grouped('.')),
        format!("{}.{fraction}", grouped(',')),
        format!("{}.{fraction}", grouped('\'')),
    ];
    forms.iter().any(|form| {
        squeezed.find(form).any(|found| {
            let mut back = found.before.chars().rev();
            let last = back.next();
            let inside = digit(last) || (matches!(last, Some('.' | ',' | '\'')) && digit(back.next()));
            let mut forth = found.behind.chars();
            let next = forth.next();
            let goes_on = digit(next) || next == Some('%') || (matches!(next, Some('.' | ',')) && digit(forth.next()));
            !inside && !goes_on && !currency::squeezed_is_foreign(found.before, found.behind, own)
        })
    })
}

/// Whole part and two decimals.
fn two_places(value: Decimal) -> Option<(String, String)> {
    let text = format!("{value:.2}");
    let (whole, fraction) = text.split_once('.')?;
    Some((whole.to_owned(), fraction.to_owned()))
}

/// How far digits and the marks between them go. A blank belongs to it where three digits follow, and up to three stood before.
fn length(bytes: &[u8]) -> usize {
    let digits = |from: usize| bytes.get(from..).unwrap_or_default().iter().take_while(|b| b.is_ascii_digit()).count();
    let mut at = digits(0);
    let (mut blanks_only, mut group) = (true, at);
    loop {
        let next = digits(at + 1);
        match bytes.get(at) {
            Some(b' ') if blanks_only && group <= 3 && next == 3 => {}
            Some(b'.' | b',' | b'\'') if next > 0 => blanks_only = false,
            _ => return at,
        }
        group = next;
        at += 1 + next;
    }
}

fn readings(token: &str) -> Vec<Decimal> {
    let marks: Vec<char> = token.chars().filter(|c| !c.is_ascii_digit()).collect();
    let groups: Vec<&str> = token.split(|c: char| !c.is_ascii_digit()).collect();
    let (Some(first), Some(last), Some(mark)) = (groups.first(), groups.last(), marks.last()) else {
        return Decimal::from_str_exact(token).into_iter().collect();
    };
    let all_alike = |marks: &[char]| marks.windows(2).all(|pair| pair.first() == pair.last());
    let thousands = |groups: &[&str]| groups.iter().skip(1).all(|group| group.len() == 3) && first.len() <= 3;
    let joined = groups.concat();
    let mut readings = Vec::new();
    if all_alike(&marks) && thousands(&groups) {
        readings.extend(Decimal::from_str_exact(&joined).ok());
    }
    let (before, of_whole) = (marks.split_last().map_or(&[][..], |(_, rest)| rest), groups.len() - 1);
    let whole = groups.get(..of_whole).unwrap_or_default();
    let decimal = matches!(mark, '.' | ',') && !before.contains(mark) && all_alike(before);
    if decimal && (before.is_empty() || thousands(whole)) {
        let written = format!("{}.{last}", whole.concat());
        readings.extend(Decimal::from_str_exact(&written).ok());
    }
    readings
}

/// Does a currency stand right before or right behind?
fn is_currency(before: &str, behind: &str) -> bool {
    const SIGNS: [char; 5] = ['€', '$', '£', '¥', '¤'];
    const CODES: [&str; 6] = ["EUR", "USD", "GBP", "CHF", "euro", "Euro"];
    let (before, behind) = (before.trim_end_matches([' ', '-']), behind.trim_start_matches(' '));
    before.ends_with(SIGNS)
        || behind.starts_with(SIGNS)
        || CODES.iter().any(|code| before.ends_with(code) || behind.starts_with(code))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(text: &str, value: &str) -> bool {
        let value = decimal::parse(value).unwrap();
        let squeezed = Squeezed::of(text, true);
        amounts(text).iter().any(|amount| shows(amount, value)) || squeezed_shows(&squeezed, value, "EUR")
    }

    #[test]
    fn usual_forms_are_seen() {
        let forms = [
            "1 200,50",
            "1.200,50",
            "1,200.50",
            "1200.50",
            "1200,50",
            "1'200.50",
            "€1,200.50",
            "-1 200,50 €",
            "1200,5",
        ];
        for form in
            forms.into_iter().chain(["EUR 1.200,50-", "Total: 1200.50.", "(1 200,50)", "1 2 0 0 , 5 0", "1200,500"])
        {
            assert!(seen(form, "1200.50") && seen(form, "-1200.5"), "{form}");
        }
        for form in ["1 200", "1.200", "1,200", "1200", "1 200,00", "1200.00", "1.200,-", "1'200.–"] {
            assert!(seen(form, "1200.00"), "{form}");
        }
        for (form, value) in [("1 234 567,89", "1234567.89"), ("1.234.567,89", "1234567.89"), ("0,90", "0.9")] {
            assert!(seen(form, value), "{form}");
        }
        assert!(seen("163,16183,14\t163,16", "163.1625"));
    }

    #[test]
    fn pieces_of_other_numbers_are_not() {
        let others =
            ["1 200,00", "1.200,00", "11200,00", "1'200.00", "200,005", "200,00%", "200,001", "F200.00.12", "12200.00"];
        for other in others {
            assert!(!seen(other, "200.00"), "{other}");
        }
        assert!(!seen("1 200,00 €", "1000.00") && !seen("13.11.2017", "13.11") && !seen("1000,0", "1000.05"));
        // Columns are told apart, and so is what three digits do not follow.
        assert!(seen("20\t200,00", "200.00") && seen("2026 200,00", "200.00") && seen("20 % 200,00", "200.00"));
    }

    proptest::proptest! {
        #[test]
        fn any_amount_is_seen_in_any_form(cents in 0i64..100_000_000_000, form in 0usize..6) {
            let value = Decimal::new(cents, 2);
            let (whole, fraction) = two_places(value).unwrap();
            let (mark, point) = [(" ", ","), (".", ","), (",", "."), ("'", "."), ("", "."), ("", ",")][form];
            let mut out = String::new();
            for (n, c) in whole.chars().enumerate() {
                if n > 0 && (whole.len() - n) % 3 == 0 { out += mark; }
                out.push(c);
            }
            let out = format!("Total {out}{point}{fraction} EUR");
            proptest::prop_assert!(seen(&out, &value.to_string()), "{out}");
            proptest::prop_assert!(!seen(&out, &Decimal::new(cents + 1, 2).to_string()), "{out}");
        }

        #[test]
        fn no_text_breaks_it(text in "[0-9., '€%a-z\t\\PC]{0,60}", cents: i64) {
            let _ = (amounts(&text), squeezed_shows(&Squeezed::of(&text, true), Decimal::new(cents, 2), "EUR"));
        }
    }
}
