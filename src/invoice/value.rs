//! The value of a term, as its type reads it.

use crate::day::Day;
use crate::decimal::Decimal;

/// What the text of a term means. The text itself is always kept beside it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value {
    /// Text, a code, an identifier: the text is the value.
    Text,
    /// Amount, unit price, quantity or percentage.
    Number(Decimal),
    Day(Day),
    /// The text is no value of the term's type; rules and the structure check say so.
    Bad(Bad),
}

/// Why a text is no value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bad {
    /// Nothing but blanks where a number or a day must stand.
    Empty,
    /// Not a decimal number (`xs:decimal`: digits, one point, a sign; no exponent, no comma).
    NotANumber,
    /// More digits than can be computed exactly (28).
    TooManyDigits,
    /// Not a day of the calendar in the form of the syntax.
    NotADay,
    /// A date with a format code other than 102 (CCYYMMDD).
    DateFormat,
}
