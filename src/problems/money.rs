//! Sums of amounts, exact: no rounding, no overflow, no binary fraction.

use std::fmt;
use std::iter::Sum;
use std::ops::{Add, Neg};

use rust_decimal::Decimal;
use serde::{Serialize, Serializer};

/// An exact sum of amounts of one currency, kept in billionths.
///
/// Amounts of at most nineteen whole digits and nine decimals are read (BR-FR-DEC-01 allows nineteen digits in all), so
/// that more than ten thousand million of them can be added before the sum could leave its bounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Money(i128);

const DECIMALS: u32 = 9;
const UNIT: i128 = 1_000_000_000;
const WHOLE_MAX: i128 = 10_000_000_000_000_000_000;

impl Money {
    pub const ZERO: Money = Money(0);

    /// Reads a decimal number with a point as decimal mark. `None` where it is no number or out of bounds; it is then
    /// unknown, never zero.
    pub fn parse(text: &str) -> Option<Money> {
        let text = text.trim();
        // Digits, one point and a sign, as amounts are written; no exponent, no `_`, which the library would take.
        if !text.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | '-' | '+')) {
            return None;
        }
        let value = Decimal::from_str_exact(text).ok()?.normalize();
        let missing = DECIMALS.checked_sub(value.scale())?;
        let billionths = value.mantissa().checked_mul(10_i128.pow(missing))?;
        (billionths.abs() < WHOLE_MAX * UNIT).then_some(Money(billionths))
    }

    pub fn is_positive(self) -> bool {
        self.0 > 0
    }

    /// What share of `whole` this is, in tenths of a percent, rounded half away from zero; `None` unless `whole` is
    /// above zero.
    pub fn per_mille_of(self, whole: Money) -> Option<i128> {
        if !whole.is_positive() {
            return None;
        }
        let twice = self.0.checked_mul(2_000)?;
        let half = if self.0 < 0 { -whole.0 } else { whole.0 };
        twice.checked_add(half)?.checked_div(whole.0.checked_mul(2)?)
    }

    /// Digits with a group separator and a decimal mark, at least two decimals.
    pub(super) fn grouped(self, group: &str, mark: char) -> String {
        let plain = self.to_string();
        let (sign, plain) = plain.strip_prefix('-').map_or(("", plain.as_str()), |rest| ("-", rest));
        let (whole, decimals) = plain.split_once('.').unwrap_or((plain, "00"));
        let mut out = String::from(sign);
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index) % 3 == 0 {
                out.push_str(group);
            }
            out.push(digit);
        }
        out.push(mark);
        out.push_str(decimals);
        out
    }
}

/// What an amount due (BT-115) adds to what is owed: of a credit note, which writes what it gives back without a sign, its
/// opposite. None where it is no amount.
pub fn signed(payable: &str, credit: bool) -> Option<Money> {
    let amount = Money::parse(payable)?;
    Some(if credit { -amount } else { amount })
}

impl Neg for Money {
    type Output = Money;

    fn neg(self) -> Money {
        Money(self.0.saturating_neg())
    }
}

impl Add for Money {
    type Output = Money;

    /// Each amount is bounded by [`Money::parse`], so that no sum of amounts that fit in memory reaches the end of the
    /// type; saturation only spares a panic.
    fn add(self, other: Money) -> Money {
        Money(self.0.saturating_add(other.0))
    }
}

impl Sum for Money {
    fn sum<I: Iterator<Item = Money>>(amounts: I) -> Money {
        amounts.fold(Money::ZERO, Add::add)
    }
}

/// As a decimal number with a point and at least two decimals: `1200.00`, `0.125`.
impl fmt::Display for Money {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, value) = (if self.0 < 0 { "-" } else { "" }, self.0.unsigned_abs());
        let unit = UNIT.unsigned_abs();
        let decimals = format!("{:09}", value % unit);
        let kept = decimals.trim_end_matches('0').len().max(2);
        write!(f, "{sign}{}.{}", value / unit, &decimals[..kept])
    }
}

impl Serialize for Money {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn reads_exactly_or_not_at_all() {
        for (text, shown) in
            [("1200", "1200.00"), ("-0.1", "-0.10"), (" 0.125 ", "0.125"), ("0.100000000000", "0.10"), ("+5.5", "5.50")]
        {
            assert_eq!(Money::parse(text).map(|m| m.to_string()).as_deref(), Some(shown));
        }
        for bad in ["", "abc", "1,5", "1e3", "1_000", "0.0000000001", "10000000000000000000", "--1", "1.2.3", "NaN"] {
            assert_eq!(Money::parse(bad), None, "{bad}");
        }
        assert_eq!(Money::parse("1234567.5").unwrap().grouped(" ", ','), "1 234 567,50");
        assert_eq!(Money::parse("-123").unwrap().grouped(" ", ','), "-123,00");
    }

    #[test]
    fn shares_round_half_away_from_zero() {
        let m = |text| Money::parse(text).unwrap();
        assert_eq!(m("1").per_mille_of(m("3")), Some(333));
        assert_eq!(m("2").per_mille_of(m("3")), Some(667));
        assert_eq!(m("-2").per_mille_of(m("3")), Some(-667));
        assert_eq!(m("1").per_mille_of(m("0")), None);
        assert_eq!(m("1").per_mille_of(m("-3")), None);
    }

    proptest! {
        #[test]
        fn ten_times_a_tenth_is_one(cents in any::<i64>()) {
            let text = format!("{}{}.{:02}", if cents < 0 { "-" } else { "" }, (cents / 100).abs(), (cents % 100).abs());
            let amount = Money::parse(&text).unwrap();
            let sum: Money = std::iter::repeat_n(amount, 10).sum();
            prop_assert_eq!(sum.0, i128::from(cents) * 100_000_000);
            prop_assert_eq!(Money::parse(&amount.to_string()), Some(amount));
        }

        #[test]
        fn never_panics(text in ".*") {
            let _ = Money::parse(&text);
        }
    }
}
