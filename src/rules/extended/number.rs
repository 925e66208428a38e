//! A number as XPath 2.0 computes with it: a decimal, which a double turns into a double.
//!
//! UBL adds texts up, which makes doubles: whether a difference of exactly a cent is more than a cent then hangs on the last bit, and the
//! official artefact decides by it.

use crate::decimal::{self, Decimal};
use crate::rules::engine::{Broken, Crash, Scene, cents, exact, round_double, to_double};
use crate::xml::NodeId;

#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Number {
    Exact(Decimal),
    Double(f64),
}

impl Number {
    pub const ZERO: Number = Number::Exact(Decimal::ZERO);

    fn double(self) -> f64 {
        match self {
            Number::Exact(value) => to_double(value),
            Number::Double(value) => value,
        }
    }

    pub fn plus(self, other: Number, node: NodeId) -> Result<Number, Crash> {
        Ok(match (self, other) {
            (Number::Exact(a), Number::Exact(b)) => Number::Exact(exact(with_dust(a, b, decimal::add), node)?),
            (a, b) => Number::Double(a.double() + b.double()),
        })
    }

    pub fn minus(self, other: Number, node: NodeId) -> Result<Number, Crash> {
        Ok(match (self, other) {
            (Number::Exact(a), Number::Exact(b)) => Number::Exact(exact(with_dust(a, b, decimal::sub), node)?),
            (a, b) => Number::Double(a.double() - b.double()),
        })
    }

    pub fn abs(self) -> Number {
        match self {
            Number::Exact(value) => Number::Exact(value.abs()),
            Number::Double(value) => Number::Double(value.abs()),
        }
    }

    /// Rounded to two decimals: `round(x * 100) div 100`.
    pub fn rounded(self, node: NodeId) -> Result<Number, Crash> {
        Ok(match self {
            Number::Exact(value) => Number::Exact(exact(cents(value), node)?),
            Number::Double(value) => Number::Double(round_double(value * 100.0) / 100.0),
        })
    }

    /// As a decimal: every digit of the double.
    pub fn as_decimal(self, scene: &Scene<'_, '_>, node: NodeId) -> Result<Number, Crash> {
        match self {
            Number::Exact(_) => Ok(self),
            Number::Double(value) => {
                let what = if value.is_finite() { Broken::TooManyDigits } else { Broken::NotADecimal };
                Decimal::from_f64_retain(value).map(Number::Exact).ok_or_else(|| scene.crash(node, what))
            }
        }
    }

    /// Is it so many cents at most?
    pub fn within(self, count: usize) -> bool {
        let most = Decimal::new(i64::try_from(count).unwrap_or(i64::MAX), 2);
        match self {
            Number::Exact(value) => value <= most,
            Number::Double(value) => value <= to_double(most),
        }
    }

    /// As people read it: no binary dust.
    pub fn shown(self) -> Decimal {
        let value = match self {
            Number::Exact(value) if value.scale() < DUST => return value.normalize(),
            Number::Exact(value) => value,
            Number::Double(value) => Decimal::from_f64_retain(value).unwrap_or_default(),
        };
        // A double holds fifteen digits for sure.
        value.round_dp(15u32.saturating_sub(whole_digits(value)).min(10)).normalize()
    }
}

/// Adds or takes off what was a double, with all the digits of that: where 28 digits do not hold them, the last go. On which side of a
/// cent the dust lies stays known: of a number of two decimals it is no smaller than the last digits of the double.
fn with_dust(a: Decimal, b: Decimal, compute: fn(Decimal, Decimal) -> Option<Decimal>) -> Option<Decimal> {
    compute(a, b).or_else(|| {
        // Amounts as written have fewer decimals.
        let dusty = a.scale().max(b.scale()) >= DUST;
        let places = 26u32.checked_sub(whole_digits(a).max(whole_digits(b))).filter(|_| dusty)?;
        compute(a.round_dp(places), b.round_dp(places))
    })
}

/// Decimals that only the digits of a double reach.
const DUST: u32 = 16;

fn whole_digits(value: Decimal) -> u32 {
    value.trunc().mantissa().unsigned_abs().checked_ilog10().map_or(1, |log| log + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn exactly(cents: i64) -> Number {
        Number::Exact(Decimal::new(cents, 2))
    }

    #[test]
    fn a_cent_in_binary_may_be_more_than_a_cent() {
        let (stated, sum) = (exactly(10_001), Number::Double(100.0));
        assert!(!stated.minus(sum, 0).unwrap().abs().within(1));
        assert!(stated.minus(exactly(10_000), 0).unwrap().abs().within(1));
        assert!(stated.minus(sum, 0).unwrap().rounded(0).unwrap().within(1));
    }

    #[test]
    fn all_digits_of_a_double_are_computed_with() {
        let exactly_that = |value: f64| Number::Exact(Decimal::from_f64_retain(value).unwrap());
        // Of some numbers the double is a little more, of others a little less.
        for (stated, double, within) in [
            ("15.69", 3.16, 1253),
            ("10.00", 9.99, 1),
            ("1.00", 0.29, 71),
            ("100.00", 9.99, 9001),
            ("12345678901.00", 3.16, 1_234_567_889_784),
        ] {
            let stated = Number::Exact(decimal::parse(stated).unwrap());
            let difference = stated.minus(exactly_that(double), 0).unwrap().abs();
            let dust_is_added = exactly_that(double).shown() < Decimal::from_f64_retain(double).unwrap();
            assert!(difference.within(within + 1) && !difference.within(within - 1), "{double}");
            assert_eq!(difference.within(within), dust_is_added, "{stated:?} {double}");
        }
        // Amounts as written are never rounded.
        let long = decimal::parse("0.12345678901").unwrap();
        assert!(with_dust(Decimal::MAX, long, decimal::add).is_none());
    }

    proptest! {
        #[test]
        fn a_double_differs_from_a_decimal_by_dust_only(a in -1_000_000_000..1_000_000_000i64, b in -1_000_000_000..1_000_000_000i64) {
            let double = |n: i64| Number::Double(n as f64 / 100.0);
            for (left, right) in [(exactly(a), exactly(b)), (double(a), exactly(b)), (double(a), double(b))] {
                assert_eq!(left.plus(right, 0).unwrap().rounded(0).unwrap().shown(), exactly(a + b).shown());
                assert_eq!(left.minus(right, 0).unwrap().rounded(0).unwrap().shown(), exactly(a - b).shown());
            }
        }

        #[test]
        fn rounding_halves_goes_up_in_both(thousandths in -10_000_000..10_000_000i64) {
            let (exact, double) = (Decimal::new(thousandths, 3), thousandths as f64 / 1000.0);
            let both = [Number::Exact(exact), Number::Double(double)].map(|n| n.rounded(0).unwrap().shown());
            // A half that binary cannot write may fall to either side.
            prop_assert!((both[0] - both[1]).abs() <= Decimal::new(1, 2), "{both:?}");
            prop_assert!(thousandths % 5 == 0 || both[0] == both[1], "{both:?}");
        }
    }
}
