//! Numbers as XPath 2.0 reads and compares them.

use std::cmp::Ordering;

use crate::decimal::{self, Decimal};
use crate::rules::check::Pattern;

/// As what a text is read before it is compared with a number.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Cast {
    /// Each of the values, as `xs:double`: exponents and `NaN` are numbers.
    Double,
    /// One value at most, as `xs:decimal`.
    Decimal,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Order {
    Equal,
    More,
    AtLeast,
}

impl Order {
    pub fn holds<N: PartialOrd>(self, left: N, right: N) -> bool {
        // The engine of the official artefact puts NaN above every number.
        let order = left.partial_cmp(&right).unwrap_or(Ordering::Greater);
        match self {
            Order::Equal => order.is_eq(),
            Order::More => order.is_gt(),
            Order::AtLeast => order.is_ge(),
        }
    }
}

/// The lexical form of `xs:double`.
pub fn double(text: &str) -> Option<f64> {
    let text = super::super::check::trim(text);
    // Written as amounts are: exact as a decimal, and divided once. A sign could be that of minus zero.
    if let Some(amount) = decimal::short(text).filter(|_| !text.starts_with('-')) {
        return Some(to_double(amount));
    }
    match text {
        "INF" | "+INF" => Some(f64::INFINITY),
        "-INF" => Some(f64::NEG_INFINITY),
        "NaN" => Some(f64::NAN),
        _ if text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E')) => text.parse().ok(),
        _ => None,
    }
}

/// The lexical form of `xs:double`, to be compared with a whole number. The engine of the official artefact reads a whole number as
/// one, so `-0` is zero; minus zero written with a point it takes for a double, which it puts below zero.
pub fn beside_an_integer(text: &str) -> Option<f64> {
    let value = double(text)?;
    let below = value == 0.0 && value.is_sign_negative() && text.contains(['.', 'e', 'E']);
    Some(if below { -f64::MIN_POSITIVE } else { value })
}

/// Is this a decimal number of so many characters at most but for the point, a minus sign counted, and so many digits after it? Digits
/// of any script are digits to the official artefact.
pub fn is_number(text: &str, most: usize, fraction: usize, signed: bool) -> bool {
    let digits = |part: &str| {
        let is_digit = |c: char| {
            c.is_ascii_digit() || !c.is_ascii() && c.is_numeric() && DIGIT.matches(c.encode_utf8(&mut [0; 4]))
        };
        !part.is_empty() && part.chars().all(is_digit)
    };
    let number = if signed { text.strip_prefix('-').unwrap_or(text) } else { text };
    let (whole, after) = number.split_once('.').map_or((number, None), |(whole, after)| (whole, Some(after)));
    digits(whole)
        && after.is_none_or(|after| digits(after) && after.chars().count() <= fraction)
        && text.chars().filter(|c| *c != '.').count() <= most
}

static DIGIT: Pattern = Pattern::of(r"^\d$");

/// Rounded to two decimals, halves up.
pub fn cents(value: Decimal) -> Option<Decimal> {
    decimal::round_half_up(value, 2)
}

/// A double, rounded to two decimals after it was made a decimal, as `round(xs:decimal(x) * 100) div 100` does.
pub fn cents_of_double(value: f64) -> Option<Decimal> {
    cents(Decimal::from_f64_retain(value)?)
}

/// The double nearest to a decimal.
pub fn to_double(value: Decimal) -> f64 {
    // Both are exact, so the division is rounded once; otherwise through the text, which is rounded once too.
    const POWERS: [f64; 19] =
        [1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18];
    let mantissa = value.mantissa();
    match POWERS.get(value.scale() as usize) {
        Some(power) if mantissa.unsigned_abs() < 1 << 53 => mantissa as f64 / power,
        _ => value.to_string().parse().unwrap_or(f64::NAN),
    }
}

/// XPath's `round` of a double.
pub fn round_double(value: f64) -> f64 {
    let floor = value.floor();
    let rounded = if value - floor >= 0.5 { floor + 1.0 } else { floor };
    if rounded == 0.0 && value.is_sign_negative() { -0.0 } else { rounded }
}

/// Are two doubles the same to the engine of the official artefact? It tells minus zero from zero.
pub fn same_double(a: f64, b: f64) -> bool {
    a == b && a.is_sign_negative() == b.is_sign_negative()
}
