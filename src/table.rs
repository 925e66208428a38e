//! Reads the small CSV tables of `schemas/`, which are built into the program (RFC 4180, header row, UTF-8).
//!
//! Cells borrow from the text; only a cell with doubled quotes is copied. The tables are fixed when the program is
//! built and a test of each room loads them, so that an error in one of them can not reach a user.

use std::borrow::Cow;
use std::fmt;

/// A table: the names of its columns, and its rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table<'a> {
    pub columns: Vec<Cow<'a, str>>,
    pub rows: Vec<Row<'a>>,
}

/// One row, with the line of the text it starts on (from 1) so that an error can point at it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row<'a> {
    pub line: usize,
    pub cells: Vec<Cow<'a, str>>,
}

/// Why a table could not be read: the line (from 1) and what was wrong there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableError {
    pub line: usize,
    pub what: String,
}

impl<'a> Table<'a> {
    /// Reads a whole table.
    ///
    /// # Errors
    /// A quote that is not closed or stands in the middle of a bare cell, a row with more or fewer cells than the
    /// header, a column named twice, no header.
    pub fn parse(text: &'a str) -> Result<Self, TableError> {
        let mut lines = Scanner { text: text.strip_prefix('\u{feff}').unwrap_or(text), line: 1 };
        let header = lines.row()?.ok_or_else(|| TableError::new(1, "the table is empty: a header row is expected"))?;
        for (index, name) in header.cells.iter().enumerate() {
            if header.cells[..index].contains(name) {
                return Err(TableError::new(header.line, format!("column `{name}` appears twice")));
            }
        }
        let mut rows = Vec::new();
        while let Some(row) = lines.row()? {
            if row.cells.len() != header.cells.len() {
                let (found, expected) = (row.cells.len(), header.cells.len());
                return Err(TableError::new(row.line, format!("{found} cells where the header has {expected}")));
            }
            rows.push(row);
        }
        Ok(Self { columns: header.cells, rows })
    }

    /// The place of a column, to be asked once and used for every row.
    ///
    /// # Errors
    /// No column has this name.
    pub fn column(&self, name: &str) -> Result<usize, TableError> {
        let place = self.columns.iter().position(|column| column == name);
        place.ok_or_else(|| TableError::new(1, format!("there is no column `{name}`")))
    }
}

impl Row<'_> {
    /// The text of a cell; empty where the row has no such cell.
    pub fn get(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", |cell| cell.as_ref())
    }

    /// An error that points at this row.
    pub fn error(&self, what: impl Into<String>) -> TableError {
        TableError::new(self.line, what)
    }

    /// Reads a cell that says `yes` or `no`.
    ///
    /// # Errors
    /// The cell says anything else.
    pub fn yes(&self, column: usize) -> Result<bool, TableError> {
        match self.get(column) {
            "yes" => Ok(true),
            "no" => Ok(false),
            other => Err(self.error(format!("`yes` or `no` is expected, found `{other}`"))),
        }
    }
}

impl TableError {
    pub fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }
}

impl fmt::Display for TableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}

impl std::error::Error for TableError {}

/// What a built-in table was read into.
///
/// # Panics
/// Never in a released program: the text of a built-in table is fixed at build time and the tests of its room read it.
pub fn built_in<T>(name: &str, read: Result<T, TableError>) -> T {
    read.unwrap_or_else(|error| panic!("invariant: the built-in table {name} is well formed; {error}"))
}

struct Scanner<'a> {
    text: &'a str,
    line: usize,
}

impl<'a> Scanner<'a> {
    /// The next row; blank lines between rows are skipped.
    fn row(&mut self) -> Result<Option<Row<'a>>, TableError> {
        while let Some(rest) = self.text.strip_prefix('\n').or_else(|| self.text.strip_prefix("\r\n")) {
            self.text = rest;
            self.line += 1;
        }
        if self.text.is_empty() {
            return Ok(None);
        }
        let line = self.line;
        let mut cells = Vec::new();
        loop {
            cells.push(self.cell()?);
            if let Some(rest) = self.text.strip_prefix(',') {
                self.text = rest;
            } else {
                break;
            }
        }
        if let Some(rest) = self.text.strip_prefix("\r\n").or_else(|| self.text.strip_prefix('\n')) {
            self.text = rest;
            self.line += 1;
        }
        Ok(Some(Row { line, cells }))
    }

    fn cell(&mut self) -> Result<Cow<'a, str>, TableError> {
        match self.text.strip_prefix('"') {
            Some(rest) => self.quoted(rest),
            None => {
                let end = self.text.find([',', '\n']).unwrap_or(self.text.len());
                let cell = &self.text[..end];
                // The carriage return of a line end is no part of the cell; one elsewhere is.
                let line_end = self.text[end..].starts_with('\n');
                let cell = cell.strip_suffix('\r').filter(|_| line_end).unwrap_or(cell);
                if cell.contains('"') {
                    return Err(TableError::new(self.line, "a quote inside a cell that does not start with one"));
                }
                self.text = &self.text[cell.len()..];
                Ok(Cow::Borrowed(cell))
            }
        }
    }

    fn quoted(&mut self, body: &'a str) -> Result<Cow<'a, str>, TableError> {
        let opened = self.line;
        let (mut end, mut doubled) = (0, false);
        loop {
            let Some(quote) = body[end..].find('"') else {
                return Err(TableError::new(opened, "a quoted cell is not closed"));
            };
            end += quote;
            if body[end + 1..].starts_with('"') {
                doubled = true;
                end += 2;
            } else {
                break;
            }
        }
        let (cell, rest) = (&body[..end], &body[end + 1..]);
        self.line += cell.matches('\n').count();
        if !(rest.is_empty() || rest.starts_with([',', '\n']) || rest.starts_with("\r\n")) {
            return Err(TableError::new(self.line, "text after the closing quote of a cell"));
        }
        self.text = rest;
        Ok(if doubled { Cow::Owned(cell.replace("\"\"", "\"")) } else { Cow::Borrowed(cell) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn cells(text: &str) -> Vec<Vec<String>> {
        let table = Table::parse(text).unwrap();
        table.rows.iter().map(|row| row.cells.iter().map(|cell| cell.to_string()).collect()).collect()
    }

    #[test]
    fn reads_quotes_line_ends_and_empty_cells() {
        assert_eq!(cells("a,b\r\n1,\"x, \"\"y\"\"\r\nz\"\r\n,\n"), [["1", "x, \"y\"\r\nz"], ["", ""]]);
        assert_eq!(cells("\u{feff}a,b\n1,2"), [["1", "2"]]);
        assert_eq!(cells("a\n\n1\n\n"), [["1"]]);
    }

    #[test]
    fn borrows_unless_a_quote_is_doubled() {
        let table = Table::parse("a,b\n\"x\",\"\"\"\"\n").unwrap();
        assert!(matches!(table.rows[0].cells[0], Cow::Borrowed("x")));
        assert!(matches!(&table.rows[0].cells[1], Cow::Owned(cell) if cell == "\""));
    }

    #[test]
    fn says_which_line_is_wrong() {
        for (text, line) in [
            ("", 1),
            ("a,a\n", 1),
            ("a,b\n1,2\n3\n", 3),
            ("a,b\n\"1\n2\",3\n4,5,6\n", 4),
            ("a,b\n1,\"2\n", 2),
            ("a,b\n1,2\"\n", 2),
            ("a,b\n\"1\"x,2\n", 2),
        ] {
            assert_eq!(Table::parse(text).map_err(|e| e.line).unwrap_err(), line, "{text:?}");
        }
        let table = Table::parse("a\nmaybe\n").unwrap();
        assert!(table.column("b").is_err());
        assert_eq!(table.rows[0].yes(0).unwrap_err().line, 2);
    }

    /// Every table under `schemas/` that this module may be asked to read.
    #[test]
    fn every_table_of_the_house_parses() {
        fn walk(folder: &std::path::Path, seen: &mut usize) {
            for entry in std::fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    walk(&path, seen);
                } else if path.extension().is_some_and(|e| e == "csv") {
                    let text = std::fs::read_to_string(&path).unwrap();
                    let table = Table::parse(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
                    assert!(!table.rows.is_empty(), "{} has no row", path.display());
                    *seen += 1;
                }
            }
        }
        let mut seen = 0;
        walk(&std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas"), &mut seen);
        assert!(seen >= 9, "only {seen} tables found");
    }

    proptest! {
        #[test]
        fn what_is_quoted_comes_back(rows in prop::collection::vec(prop::collection::vec(".*", 3), 1..5)) {
            let mut text = String::from("a,b,c\r\n");
            for row in &rows {
                let quoted: Vec<_> = row.iter().map(|cell| format!("\"{}\"", cell.replace('"', "\"\""))).collect();
                text += &quoted.join(",");
                text += "\r\n";
            }
            prop_assert_eq!(cells(&text), rows);
        }

        #[test]
        fn never_panics(text in "[a,\"\r\n]{0,40}") {
            let _ = Table::parse(&text);
        }
    }
}
