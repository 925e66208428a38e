//! Amounts: exact decimals, read as XML Schema writes them and rounded as EN 16931 rounds.
//!
//! Nothing here can overflow silently: every operation is checked and answers `None` past 28 digits.

pub use rust_decimal::Decimal;
use rust_decimal::RoundingStrategy;

use crate::text::trim;

/// Why a text is no decimal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadDecimal {
    NotANumber,
    TooManyDigits,
}

/// Reads the lexical form of `xs:decimal`: sign, digits, one point; blanks around it are folded; no exponent.
pub fn parse(text: &str) -> Result<Decimal, BadDecimal> {
    let text = trim(text);
    short(text).map_or_else(|| long(text), Ok)
}

/// An amount as nearly all are: digits, perhaps a sign before and a point between, eighteen of them at most. None for any other.
pub fn short(text: &str) -> Option<Decimal> {
    let (negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits.as_bytes()),
        None => (false, text.as_bytes()),
    };
    if digits.len() > 18 || digits.is_empty() {
        return None;
    }
    let (mut value, mut fraction) = (0i64, None);
    for (n, byte) in digits.iter().enumerate() {
        match byte {
            b'0'..=b'9' => value = value * 10 + i64::from(byte - b'0'),
            b'.' if fraction.is_none() && digits.len() > 1 => fraction = Some(digits.len() - n - 1),
            _ => return None,
        }
    }
    Some(Decimal::new(if negative { -value } else { value }, fraction.unwrap_or(0) as u32))
}

fn long(text: &str) -> Result<Decimal, BadDecimal> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (mut mantissa, mut scale, mut point, mut seen) = (0i128, 0u32, false, false);
    for &byte in digits {
        match byte {
            b'0'..=b'9' => {
                seen = true;
                mantissa = mantissa
                    .checked_mul(10)
                    .and_then(|m| m.checked_add(i128::from(byte - b'0')))
                    .ok_or(BadDecimal::TooManyDigits)?;
                scale += u32::from(point);
            }
            b'.' if !point => point = true,
            _ => return Err(BadDecimal::NotANumber),
        }
    }
    if !seen {
        return Err(BadDecimal::NotANumber);
    }
    let signed = if negative { -mantissa } else { mantissa };
    // Trailing zeros cost digits but no precision: they are given up before the number is.
    let (mut value, mut left) = (signed, scale);
    while left > 0
        && value % 10 == 0
        && (left > Decimal::MAX_SCALE || Decimal::try_from_i128_with_scale(value, left).is_err())
    {
        value /= 10;
        left -= 1;
    }
    Decimal::try_from_i128_with_scale(value, left).map_err(|_| BadDecimal::TooManyDigits)
}

/// The sum, where 28 digits hold all of it: what would have to be rounded is no sum.
pub fn add(a: Decimal, b: Decimal) -> Option<Decimal> {
    let sum = a.checked_add(b)?;
    // Nothing is lost where both are counted in the same unit and there is room for one digit more.
    let room = |d: Decimal| d.mantissa().unsigned_abs() < 1 << 90;
    if a.scale() == b.scale() && room(a) && room(b) {
        return Some(sum);
    }
    // Lost digits show in at least one of the two ways back.
    (sum.checked_sub(b) == Some(a) && sum.checked_sub(a) == Some(b)).then_some(sum)
}

/// The difference, under the same condition.
pub fn sub(a: Decimal, b: Decimal) -> Option<Decimal> {
    add(a, -b)
}

/// The product, under the same condition.
pub fn mul(a: Decimal, b: Decimal) -> Option<Decimal> {
    let (a, b) = (a.normalize(), b.normalize());
    let mantissa = a.mantissa().checked_mul(b.mantissa())?;
    Decimal::try_from_i128_with_scale(mantissa, a.scale() + b.scale()).ok()
}

/// A hundredth, under the same condition.
pub fn hundredth(a: Decimal) -> Option<Decimal> {
    let a = a.normalize();
    Decimal::try_from_i128_with_scale(a.mantissa(), a.scale() + 2).ok()
}

/// XPath's `round`, to `places` decimals: halves go up, towards positive infinity (-0.005 becomes 0.00).
pub fn round_half_up(value: Decimal, places: u32) -> Option<Decimal> {
    let up = value.is_sign_negative();
    let up = if up { RoundingStrategy::MidpointTowardZero } else { RoundingStrategy::MidpointAwayFromZero };
    Some(value.round_dp_with_strategy(places, up))
}

/// A sum; `None` where it passes 28 digits.
pub fn sum(values: impl IntoIterator<Item = Decimal>) -> Option<Decimal> {
    values.into_iter().try_fold(Decimal::ZERO, Decimal::checked_add)
}

/// A number as people read it: no trailing zeros beyond two decimals, never an exponent.
pub fn plain(value: Decimal) -> String {
    let value = value.normalize();
    if value.scale() < 2 { format!("{value:.2}") } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_the_lexical_form_of_xml_schema_and_no_other() {
        for (text, value) in [("12.50", "12.50"), (" -0 ", "0"), ("+.5", "0.5"), ("5.", "5"), ("\n1\t", "1")] {
            assert_eq!(parse(text), Ok(value.parse().unwrap()), "{text}");
        }
        for text in ["", " ", ".", "-", "1e3", "1,5", "NaN", "INF", "--1", "1 2", "0x1", "١"] {
            assert_eq!(parse(text), Err(BadDecimal::NotANumber), "{text}");
        }
        assert_eq!(parse(&"9".repeat(60)), Err(BadDecimal::TooManyDigits));
        assert_eq!(parse(&format!("1.{}", "0".repeat(35))), Ok(Decimal::ONE));
    }

    #[test]
    fn rounds_halves_up() {
        for (value, rounded) in
            [("0.005", "0.01"), ("-0.005", "0"), ("-0.006", "-0.01"), ("2.345", "2.35"), ("-2.345", "-2.34")]
        {
            assert_eq!(round_half_up(value.parse().unwrap(), 2), Some(rounded.parse().unwrap()), "{value}");
        }
    }

    proptest! {
        #[test]
        fn reads_what_it_writes(mantissa in any::<i64>(), scale in 0u32..12) {
            let value = Decimal::from_i128_with_scale(i128::from(mantissa), scale);
            prop_assert_eq!(parse(&value.to_string()), Ok(value));
        }

        #[test]
        fn short_and_long_read_the_same(text in "[-+]?[0-9]{0,12}[.]?[0-9]{0,10}[.x]?") {
            if let Some(value) = short(&text) {
                let long = long(&text).map(|long| (long, long.scale(), long.is_sign_negative()));
                prop_assert_eq!(long, Ok((value, value.scale(), value.is_sign_negative())));
            }
        }

        #[test]
        fn sums_of_one_unit_lose_nothing(a in any::<i64>(), b in any::<i64>(), scale in 0u32..12) {
            let whole = Decimal::from_i128_with_scale(i128::from(a) + i128::from(b), scale);
            prop_assert_eq!(add(Decimal::new(a, scale), Decimal::new(b, scale)), Some(whole));
        }

        #[test]
        fn never_panics(text in "\\PC{0,40}") {
            let _ = parse(&text);
        }
    }
}
