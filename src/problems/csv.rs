//! The report as CSV, safe to open in a spreadsheet.

use super::summary::{By, ReportRow, Section, Summary};
use crate::text::{Lang, visible};

/// The headings in English, which programs read, and in French.
const CSV_COLUMNS: [(&str, &str); 15] = [
    ("level", "niveau"),
    ("currency", "devise"),
    ("category", "catégorie"),
    ("id", "id"),
    ("label_fr", "libellé_fr"),
    ("label_en", "libellé_en"),
    ("invoices", "factures"),
    ("customers", "clients"),
    ("amount", "montant"),
    ("amount_unknown", "montant_inconnu"),
    ("open", "ouvertes"),
    ("closed", "closes"),
    ("inferred", "déduites"),
    ("mean_days", "jours_moyenne"),
    ("median_days", "jours_médiane"),
];

impl Summary {
    /// CSV (RFC 4180, UTF-8, comma, header row, point as decimal mark), a line per row of the report.
    ///
    /// `level` is `category`, `cause` (under its category), `customer`, `total` (of a currency), `all` (every currency:
    /// no amount, since currencies do not add) or `left-out` (category X).
    ///
    /// Labels and identifiers come from invoices, and a spreadsheet would run one that looks like a formula. So in these
    /// text columns an apostrophe goes before whatever starts, at the head of the cell or after a `;`, tab or line end
    /// (some spreadsheets cut there), with `=`, `+`, `-`, `@`, their full-width forms or an apostrophe. Dropping one
    /// apostrophe in these places gives the text back. Numbers are ours and are left alone.
    pub fn csv(&self) -> String {
        self.csv_in(Lang::En)
    }

    /// As [`Summary::csv`], with the headings of a language; everything else is the same.
    pub fn csv_in(&self, lang: Lang) -> String {
        let headings = CSV_COLUMNS.map(|(en, fr)| if lang == Lang::Fr { fr } else { en });
        let mut out = headings.join(",") + "\r\n";
        let top = if self.by == By::Cause { "category" } else { "customer" };
        for section in &self.sections {
            for row in &section.rows {
                let category = if self.by == By::Cause { row.id.as_str() } else { "" };
                csv_row(&mut out, top, section, category, row);
                for part in &row.parts {
                    csv_row(&mut out, "cause", section, category, part);
                }
            }
            csv_row(&mut out, "total", section, "", &section.total);
        }
        let (invoices, customers, left_out) = (self.invoices, self.customers, self.left_out.invoices);
        out += &format!("all,,,all,Toutes devises,All currencies,{invoices},{customers},,,,,,,\r\n");
        out += &format!("left-out,,X,X,Hors rapport,Left out,{left_out},,,,,,,,\r\n");
        out
    }
}

fn csv_row(out: &mut String, level: &str, section: &Section, category: &str, row: &ReportRow) {
    let currency = section.currency.as_deref().unwrap_or("");
    let days = |ms: Option<i64>| ms.map_or_else(String::new, days);
    let cells = [
        level.to_owned(),
        name_cell(currency),
        name_cell(category),
        name_cell(&row.id),
        name_cell(&row.label.fr),
        name_cell(&row.label.en),
        row.invoices.to_string(),
        row.customers.to_string(),
        row.amount.map_or_else(String::new, |amount| amount.to_string()),
        row.amount_unknown.to_string(),
        row.open.to_string(),
        row.closed.to_string(),
        row.inferred.to_string(),
        days(row.mean_ms),
        days(row.median_ms),
    ];
    *out += &cells.join(",");
    *out += "\r\n";
}

/// Days with four decimals (a step of 8.64 seconds), cut.
fn days(ms: i64) -> String {
    const DAY: i64 = 86_400_000;
    format!("{}.{:04}", ms / DAY, ms % DAY / (DAY / 10_000))
}

/// A text cell, whose lines stay lines: what hides or turns the writing is shown, what a spreadsheet would run is disarmed, then
/// it is quoted where RFC 4180 asks for it.
pub fn text_cell(text: &str) -> String {
    if is_plain(text) {
        return text.to_owned();
    }
    let lines = |c: char| matches!(c, '\n' | '\r' | '\t');
    let seen: String = text
        .split_inclusive(lines)
        .map(|piece| {
            let end = piece.chars().next_back().filter(|c| lines(*c));
            visible(piece.strip_suffix(lines).unwrap_or(piece)).chars().chain(end).collect::<String>()
        })
        .collect();
    let safe = disarmed(&seen);
    if safe.contains([',', '"', '\r', '\n', ';', '\t']) || safe.starts_with(' ') || safe.ends_with(' ') {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
}

/// Letters, digits, and signs that mean nothing to a spreadsheet: stays as it is. Most cells do.
fn is_plain(text: &str) -> bool {
    let sign = |b: &u8| matches!(b, b' ' | b'.' | b':' | b'-' | b'_' | b'/' | b'(' | b')');
    let bytes = text.as_bytes();
    bytes.first().is_none_or(u8::is_ascii_alphanumeric)
        && bytes.last().is_none_or(|last| *last != b' ')
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || sign(b))
}

/// A name or an identifier, on one line and with nothing hidden in it.
pub fn name_cell(text: &str) -> String {
    text_cell(&visible(text))
}

fn disarmed(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 1);
    let mut at_head = true;
    for (index, c) in text.char_indices() {
        if at_head {
            // Quotes and blanks do not stop a spreadsheet from seeing the sign behind them.
            let first = text[index..].chars().find(|c| !(c.is_whitespace() || *c == '"'));
            if first.is_some_and(|c| matches!(c, '=' | '+' | '-' | '@' | '\'' | '＝' | '＋' | '－' | '＠')) {
                out.push('\'');
            }
        }
        out.push(c);
        at_head = is_cut(c);
    }
    out
}

/// Where a spreadsheet may begin another cell.
fn is_cut(c: char) -> bool {
    matches!(c, ';' | '\t' | '\r' | '\n')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What `csv` says of the way back.
    fn armed(cell: &str) -> String {
        let mut out = String::new();
        let mut at_head = true;
        for c in cell.chars() {
            if !(at_head && c == '\'') {
                out.push(c);
            }
            at_head = is_cut(c);
        }
        out
    }

    #[test]
    fn a_formula_is_disarmed_wherever_a_spreadsheet_might_start_a_cell() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            (" -2", "' -2"),
            ("Lab;=cmd|' /C calc'!A0", "\"Lab;'=cmd|' /C calc'!A0\""),
            ("a\n+1", "\"a\n'+1\""),
            ("'quoted", "''quoted"),
            ("；＝1", "；＝1"),
            ("＝1", "'＝1"),
            ("Dupont - Fils", "Dupont - Fils"),
            ("Dupont, \"Fils\"", "\"Dupont, \"\"Fils\"\"\""),
        ] {
            assert_eq!(text_cell(text), cell, "{text}");
        }
    }

    #[test]
    fn no_column_of_the_report_hides_anything() {
        use crate::problems::{Problem, sample, summarise};
        const TRAP: &str = "x\u{202e}\u{1b}[31m\u{200b}\u{9b}\u{2028}";
        let trap = |problem: Problem| Problem {
            currency: Some(TRAP.into()),
            customer: TRAP.into(),
            customer_name: TRAP.into(),
            cause: TRAP.into(),
            ..problem
        };
        for by in [By::Cause, By::Client] {
            let csv = summarise(&[trap(sample::problem("p", "i", "A2", 0))], by).csv();
            let hidden: Vec<char> = csv.chars().filter(|c| crate::text::hides(*c) && !"\r\n".contains(*c)).collect();
            assert!(hidden.is_empty(), "{hidden:?} in {csv:?}");
        }
        assert_eq!(text_cell("a\u{202e}\nb\u{1b}"), "\"a\\u{202e}\nb\\u{1b}\"");
    }

    #[test]
    fn a_name_hides_nothing() {
        assert_eq!(name_cell("Du\u{202e}pont\u{200b}\n=1"), "Du\\u{202e}pont\\u{200b}\\u{a}=1");
    }

    #[test]
    fn days_are_cut_not_rounded() {
        assert_eq!((days(43_200_000), days(86_399_999)), ("0.5000".into(), "0.9999".into()));
    }

    proptest! {
        #[test]
        fn disarming_can_be_undone(text in r#"(?s)[a;'"=+@\- \n\t]{0,12}|.*"#) {
            let safe = disarmed(&text);
            prop_assert_eq!(armed(&safe), text);
            for piece in safe.split(is_cut) {
                let first = piece.trim_start_matches(|c: char| c.is_whitespace() || c == '"').chars().next();
                prop_assert!(!first.is_some_and(|c| "=+-@".contains(c)), "{piece:?}");
            }
        }
    }
}
