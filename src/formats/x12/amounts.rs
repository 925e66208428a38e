//! Numbers of X12 (N2, R), and percentages that are fractions with one sender and percents with the next.

use crate::decimal::{self, Decimal};

/// An amount as read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Amount {
    /// With its decimals.
    Known(Decimal),
    /// An N2 that has a decimal point all the same: what it says is plain, and against its type.
    Pointed(Decimal),
    /// No number.
    Bad,
}

/// Type N2: an integer, two decimals implied (12345 is 123.45) unless the partner writes them otherwise.
pub fn n2(text: &str, implied: bool) -> Amount {
    match number(text) {
        Some(value) if text.contains('.') => Amount::Pointed(value),
        Some(value) if implied => {
            Decimal::try_from_i128_with_scale(value.mantissa(), 2).map_or(Amount::Bad, Amount::Known)
        }
        Some(value) => Amount::Known(value),
        None => Amount::Bad,
    }
}

/// Type R: digits with a point where it is needed, a minus in front; `.5` is one.
pub fn number(text: &str) -> Option<Decimal> {
    if text.starts_with('+') { None } else { decimal::parse(text).ok() }
}

/// The same as the rules have numbers: a digit on either side of the point, or no point (`.5` is 0.5, `20.` is 20). Nothing else is rewritten.
pub fn plain(text: &str) -> String {
    let bare = text.starts_with('.') || text.starts_with("-.") || text.ends_with('.');
    number(text).filter(|_| bare).map_or_else(|| text.to_owned(), self::text)
}

/// To the cent, halves up.
pub fn cents(value: Decimal) -> Option<Decimal> {
    let rounded = decimal::round_half_up(value, 2)?;
    Some(if rounded.scale() < 2 { with_cents(rounded) } else { rounded })
}

fn with_cents(value: Decimal) -> Decimal {
    let mut value = value;
    value.rescale(2);
    value
}

/// `base` × `percent` / 100, to the cent.
pub fn part(base: Decimal, percent: Decimal) -> Option<Decimal> {
    cents(decimal::hundredth(decimal::mul(base, percent)?)?)
}

/// What a percentage means, where amounts prove it: itself, or, if it is a fraction, a hundred times as much. None where both would do, or neither.
pub fn percent(written: Decimal, base: Decimal, amount: Decimal) -> Option<Decimal> {
    let fraction = decimal::mul(written, Decimal::ONE_HUNDRED)?;
    let fits = |percent| part(base.abs(), percent).is_some_and(|part| near(part, amount.abs()));
    match (fits(written), fits(fraction)) {
        (true, false) => Some(written.normalize()),
        (false, true) => Some(fraction.normalize()),
        (true, true) if written.is_zero() => Some(Decimal::ZERO),
        _ => None,
    }
}

/// Within a cent: who rounds, rounds somehow.
pub fn near(a: Decimal, b: Decimal) -> bool {
    decimal::sub(a, b).is_some_and(|difference| difference.abs() <= Decimal::new(1, 2))
}

/// As a draft says it: no exponent, no zeros lost.
pub fn text(value: Decimal) -> String {
    value.to_string()
}
