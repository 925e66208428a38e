//! What the tables are read from and written to: rows of CSV, Rust lists.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// Rows of a CSV file with a header, quotes allowed; enough for our own tables.
pub fn csv(text: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = text.lines().map(fields);
    let header = lines.next().expect("a header");
    lines.map(|row| header.iter().cloned().zip(row).collect()).collect()
}

fn fields(line: &str) -> Vec<String> {
    let (mut out, mut field, mut quoted) = (Vec::new(), String::new(), false);
    let mut chars = line.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted && chars.peek() == Some(&'"') => field.extend(chars.next()),
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(std::mem::take(&mut field)),
            c => field.push(c),
        }
    }
    out.push(field);
    out
}

/// A Rust list of items.
pub fn list(items: impl IntoIterator<Item = String>) -> String {
    let mut out = String::from("&[");
    for item in items {
        write!(out, "{item},").expect("strings take all");
    }
    out.push(']');
    out
}
