//! Units of measure: what INVOIC writes and Recommendation 20 calls otherwise (`schemas/edifact/units.csv`).

use std::sync::LazyLock;

use super::structure::code;
use crate::table::{Row, Table, TableError, built_in};

/// The unit as EN 16931 writes it, where it is another code than the one written; for no unit at all, pieces.
pub fn of(written: &str) -> Option<&'static str> {
    static UNITS: LazyLock<Vec<(u64, &'static str)>> = LazyLock::new(|| built_in("edifact/units", parse()));
    let written = code(written.trim().as_bytes())?;
    let at = UNITS.binary_search_by_key(&written, |(old, _)| *old).ok()?;
    UNITS.get(at).map(|(_, new)| *new)
}

/// Old codes and new ones, in the order of the former.
fn parse() -> Result<Vec<(u64, &'static str)>, TableError> {
    const TEXT: &str = include_str!("../../../schemas/edifact/units.csv");
    let table = Table::parse(TEXT)?;
    let (old, new) = (table.column("edifact")?, table.column("unit")?);
    let whole = |cell: &str| TEXT.find(cell).and_then(|at| TEXT.get(at..at + cell.len())).unwrap_or_default();
    let unit = |row: &Row<'_>| match code(row.get(old).as_bytes()) {
        Some(old) => Ok((old, whole(row.get(new)))),
        None => Err(row.error("a unit has at most seven characters")),
    };
    let mut units = table.rows.iter().map(unit).collect::<Result<Vec<_>, _>>()?;
    units.sort_unstable();
    Ok(units)
}

#[cfg(test)]
mod tests {
    #[test]
    fn old_codes_become_those_of_recommendation_20() {
        assert_eq!(super::of("PCE"), Some("H87"));
        assert_eq!(super::of("CT"), Some("XCT"));
        assert_eq!(super::of(""), Some("C62"));
        assert_eq!(super::of("KGM"), None);
    }
}
