//! Values as components: days, numbers, units, whose identifier it is.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::day::Day;
use crate::decimal;
use crate::edifact::{Class, ComponentForm};
use crate::formats::write::Reason;
use crate::table::{Table, TableError, built_in};

/// A day as CCYYMMDD; what is no day has no form (2379) to be written in.
pub(super) fn day(text: &str) -> Option<String> {
    let day = Day::parse_iso(text)?;
    Some(format!("{:04}{:02}{:02}", day.year(), day.month(), day.day()))
}

/// A number in the notation of EDIFACT, with a point: as it is said, but for what that notation lacks.
pub(super) fn number(text: &str) -> Option<String> {
    decimal::parse(text).ok()?;
    let (sign, digits) = match text.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", text.strip_prefix('+').unwrap_or(text)),
    };
    let digits = digits.strip_suffix('.').unwrap_or(digits);
    let zero = if digits.starts_with('.') || digits.is_empty() { "0" } else { "" };
    Some(format!("{sign}{zero}{digits}"))
}

/// Does a text fit into a component?
pub(super) fn fits(text: &str, form: &ComponentForm) -> Result<(), Reason> {
    let most = u32::from(form.most);
    let length = match form.class {
        Class::Number => text.bytes().filter(u8::is_ascii_digit).count(),
        _ => text.chars().count(),
    };
    match form.class {
        // Where the directory asks for a number there is no room for anything else.
        Class::Number if crate::edifact::plain(text).is_err() => Err(Reason::Form),
        Class::Letters if text.bytes().any(|b| b.is_ascii_digit()) => Err(Reason::Form),
        _ if length > usize::from(form.most) => Err(Reason::Long(most)),
        _ => Ok(()),
    }
}

/// A unit as older lists call it, where the reader takes it back from there.
pub(super) fn older(unit: &str) -> Option<&'static str> {
    static OLDER: LazyLock<HashMap<&'static str, &'static str>> =
        LazyLock::new(|| built_in("edifact/units", parse(include_str!("../../../../schemas/edifact/units.csv"))));
    OLDER.get(unit).copied()
}

fn parse(text: &'static str) -> Result<HashMap<&'static str, &'static str>, TableError> {
    let table = Table::parse(text)?;
    let (old, new) = (table.column("edifact")?, table.column("unit")?);
    let mut older = HashMap::new();
    let whole = |cell: &str| text.find(cell).and_then(|at| text.get(at..at + cell.len())).unwrap_or_default();
    for row in table.rows.iter().filter(|row| !row.get(old).is_empty()) {
        // The first of several names is the usual one.
        older.entry(whole(row.get(new))).or_insert_with(|| whole(row.get(old)));
    }
    Ok(older)
}

/// List (1131) and agency (3055) that say whose identifier it is; none where no code does.
pub(super) fn agency(id: &str, scheme: &str) -> Option<(String, &'static str)> {
    let digits = |n: usize| id.len() == n && id.bytes().all(|b| b.is_ascii_digit());
    let agency = match scheme {
        "0088" => "9",
        "0060" => "16",
        "0009" if digits(14) => "107",
        "0002" if digits(9) => "107",
        _ => "",
    };
    let list = scheme.len() == 4 && scheme.bytes().all(|b| b.is_ascii_digit());
    match (agency, list) {
        ("", true) => Some((scheme.to_owned(), "")),
        ("", false) => None,
        (agency, _) => Some((String::new(), agency)),
    }
}

/// The qualifier of an address in UNB (0007) for a scheme: another list than that of agencies.
pub(super) fn qualifier(scheme: &str) -> Option<&'static str> {
    match scheme {
        "0088" => Some("14"),
        "0009" => Some("5"),
        "0002" => Some("22"),
        "0060" => Some("1"),
        _ => None,
    }
}

/// Is it a scheme of ISO 6523 (four digits)? Those of EN 16931 from 9900 on are not.
pub(super) fn is_iso(scheme: &str) -> bool {
    scheme.len() == 4 && scheme.starts_with('0') && scheme.bytes().all(|b| b.is_ascii_digit())
}

/// Is it a GTIN, by its length and its check digit?
pub(super) fn is_gtin(text: &str) -> bool {
    let digits: Option<Vec<u32>> = text.chars().map(|c| c.to_digit(10)).collect();
    let Some(digits) = digits.filter(|digits| matches!(digits.len(), 8 | 12 | 13 | 14)) else { return false };
    let sum: u32 = digits.iter().rev().enumerate().map(|(n, d)| if n % 2 == 1 { d * 3 } else { *d }).sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_edifacts_notation() {
        for (text, written) in
            [("1.50", "1.50"), ("+5", "5"), (".5", "0.5"), ("-.5", "-0.5"), ("5.", "5"), ("-7", "-7")]
        {
            assert_eq!(number(text).as_deref(), Some(written));
        }
        for wrong in ["", "abc", "1e5", "1,5", "."] {
            assert_eq!(number(wrong), None, "{wrong}");
        }
        assert_eq!(day("2026-11-22").as_deref(), Some("20261122"));
        assert_eq!(day("2026-13-01"), None);
    }

    #[test]
    fn older_units_come_back() {
        assert_eq!((older("H87"), older("XCT"), older("KGM"), older("C62")), (Some("PCE"), Some("CT"), None, None));
        for (unit, old) in ["H87", "XCT", "XBX", "XPF"].map(|unit| (unit, older(unit).unwrap())) {
            assert_eq!(super::super::super::unit::of(old), Some(unit));
        }
        assert!(is_gtin("3012345678902") && !is_gtin("3012345678901") && !is_gtin("12345"));
    }

    #[test]
    fn schemes_are_agencies() {
        let none = String::new;
        assert_eq!(agency("3012345678902", "0088"), Some((none(), "9")));
        assert_eq!(agency("12345678200010", "0009"), Some((none(), "107")));
        assert_eq!(agency("1234", "0009"), Some(("0009".to_owned(), "")));
        assert_eq!(agency("x", "0199"), Some(("0199".to_owned(), "")));
        assert_eq!(agency("x", "SEPA"), None);
    }
}
