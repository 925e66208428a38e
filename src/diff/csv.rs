//! The differences as CSV (RFC 4180, UTF-8, comma, header row, point as decimal mark), safe to open in a spreadsheet.

use super::{Diff, Difference, Said};
use crate::invoice::{Kind, Place};
use crate::text::Lang;
use crate::text::{amount_cell, name_cell, text_cell};

const COLUMNS: [&str; 14] = [
    "change",
    "term",
    "name",
    "a_address",
    "a_value",
    "a_line",
    "a_column",
    "a_path",
    "b_address",
    "b_value",
    "b_line",
    "b_column",
    "b_path",
    "delta",
];

/// Kinds of terms whose values stay numbers in a spreadsheet, whatever their sign.
const NUMBERS: [Kind; 4] = [Kind::Amount, Kind::UnitPrice, Kind::Quantity, Kind::Percentage];

/// A row a difference, first those of terms; `change` is `uncompared-a` or `uncompared-b` for what was not compared, and
/// `unlisted` for how many more there are (in `delta`).
pub fn csv(diff: &Diff, lang: Lang) -> String {
    let mut out = COLUMNS.join(",") + "\r\n";
    for difference in diff.differences.iter().chain(&diff.outside) {
        row(&mut out, difference.change.as_str(), difference, lang);
    }
    for difference in &diff.uncompared {
        let side = if difference.a.is_some() { "uncompared-a" } else { "uncompared-b" };
        row(&mut out, side, difference, lang);
    }
    let unlisted = diff.unlisted + diff.unlisted_outside;
    if unlisted > 0 {
        out += &format!("unlisted{}{unlisted}\r\n", ",".repeat(COLUMNS.len() - 1));
    }
    out
}

fn row(out: &mut String, change: &str, difference: &Difference, lang: Lang) {
    let term = difference.term.map_or(String::new(), |term| term.id().to_owned());
    let name = difference.term.map_or(String::new(), |term| name_cell(term.name(lang)));
    let mut cells = vec![change.to_owned(), term, name];
    let numeric = difference.term.is_some_and(|term| NUMBERS.contains(&term.kind()));
    cells.extend(side(&difference.a, numeric));
    cells.extend(side(&difference.b, numeric));
    // A number of ours, whatever its sign.
    cells.push(difference.delta.map_or_else(String::new, |delta| delta.to_string()));
    *out += &cells.join(",");
    *out += "\r\n";
}

fn side(said: &Option<Said>, numeric: bool) -> [String; 5] {
    let Some(said) = said else { return Default::default() };
    let (line, column, path) = match &said.place {
        Some(Place::Xml { line, column, path, .. }) => (line.to_string(), column.to_string(), name_cell(path)),
        // Of what has no lines, its own place stands in the column of paths.
        Some(Place::Edifact { segment, element, component, .. }) => {
            (String::new(), String::new(), format!("segment {segment}:{element}:{component}"))
        }
        _ => Default::default(),
    };
    let value = if numeric { amount_cell(&said.value) } else { text_cell(&said.value) };
    [name_cell(&said.address), value, line, column, path]
}
