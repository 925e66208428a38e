//! Units of measure: what INVOIC writes and Recommendation 20 calls otherwise (`schemas/edifact/units.csv`).

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::table::{Table, TableError, built_in};

/// The unit as EN 16931 writes it, where it is another code than the one written; for no unit at all, pieces.
pub fn of(written: &str) -> Option<&'static str> {
    static UNITS: LazyLock<HashMap<&'static str, &'static str>> = LazyLock::new(|| built_in("edifact/units", parse()));
    UNITS.get(written.trim()).copied()
}

fn parse() -> Result<HashMap<&'static str, &'static str>, TableError> {
    const TEXT: &str = include_str!("../../../schemas/edifact/units.csv");
    let table = Table::parse(TEXT)?;
    let (old, new) = (table.column("edifact")?, table.column("unit")?);
    let whole = |cell: &str| TEXT.find(cell).and_then(|at| TEXT.get(at..at + cell.len())).unwrap_or_default();
    Ok(table.rows.iter().map(|row| (whole(row.get(old)), whole(row.get(new)))).collect())
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
