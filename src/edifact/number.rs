//! Numbers as EDIFACT writes them (ISO 9735-1, clause 10): digits, a minus in front, one decimal mark, no grouping.

use std::borrow::Cow;

/// Why a text is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NumberFault {
    /// A character that no number holds, a plus, or a minus that is not in front (CONTRL 37).
    Character,
    /// No digit before the decimal mark: `.5` (CONTRL 38).
    NoWhole,
    /// No digit behind it: `5.` (CONTRL 45, in version 3 and before 19).
    NoFraction,
    /// Two marks: groups of thousands, or a slip (CONTRL 19, from version 4 on 12).
    Marks,
}

/// A number with a point as its decimal mark, whichever of `.` and `,` it was written with.
///
/// # Errors
/// The text is no number of EDIFACT.
pub fn plain(text: &str) -> Result<Cow<'_, str>, NumberFault> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let (mut marks, mut strange) = (0, false);
    for b in digits.bytes() {
        match b {
            b'0'..=b'9' => {}
            b'.' | b',' => marks += 1,
            _ => strange = true,
        }
    }
    match () {
        () if marks == 0 && !strange && !digits.is_empty() => Ok(Cow::Borrowed(text)),
        () if strange || digits.len() == marks => Err(NumberFault::Character),
        () if marks > 1 => Err(NumberFault::Marks),
        () if digits.starts_with(['.', ',']) => Err(NumberFault::NoWhole),
        () if digits.ends_with(['.', ',']) => Err(NumberFault::NoFraction),
        () if digits.contains(',') => Ok(Cow::Owned(text.replace(',', "."))),
        () => Ok(Cow::Borrowed(text)),
    }
}

/// Its length as the norm counts it: digits alone, neither sign nor decimal mark.
pub(super) fn length(text: &str) -> usize {
    text.bytes().filter(u8::is_ascii_digit).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_either_mark_and_nothing_else() {
        for (text, plain_text) in [("1,5", "1.5"), ("-1.50", "-1.50"), ("0012", "0012"), ("-0,1", "-0.1")] {
            assert_eq!(plain(text).as_deref(), Ok(plain_text));
        }
        for (text, fault) in [
            (".5", NumberFault::NoWhole),
            ("-,5", NumberFault::NoWhole),
            ("5.", NumberFault::NoFraction),
            ("1.234,56", NumberFault::Marks),
            ("1.234.567", NumberFault::Marks),
            ("+5", NumberFault::Character),
            ("5-", NumberFault::Character),
            ("1 000", NumberFault::Character),
            ("1E3", NumberFault::Character),
            ("", NumberFault::Character),
            (".", NumberFault::Character),
            ("-", NumberFault::Character),
            ("٣", NumberFault::Character),
        ] {
            assert_eq!(plain(text), Err(fault), "{text}");
        }
        assert_eq!(length("-0012,50"), 6);
    }
}
