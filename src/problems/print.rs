//! The report as people and programs read it: an aligned table, CSV, JSON.

use super::money::Money;
use super::summary::{By, ReportRow, Section, Summary};
use crate::text::{Lang, Text};

/// Widest label of the text table, in characters; the rest becomes an ellipsis.
const LABEL_CHARS: usize = 44;

const CSV_COLUMNS: [&str; 15] = [
    "level",
    "currency",
    "category",
    "id",
    "label_fr",
    "label_en",
    "invoices",
    "customers",
    "amount",
    "amount_unknown",
    "open",
    "closed",
    "inferred",
    "mean_days",
    "median_days",
];

impl Summary {
    /// A table for people: a section per currency with its total row, then what the figures leave out.
    pub fn text(&self, lang: Lang) -> String {
        if self.sections.is_empty() {
            let none = Text::new("Aucun problème de facturation.\n", "No billing problem.\n");
            return none.get(lang).to_owned() + &self.notes(lang);
        }
        let mut lines: Vec<Option<Vec<String>>> = vec![Some(headings(self.by, lang)), None];
        for (index, section) in self.sections.iter().enumerate() {
            if index > 0 {
                lines.push(None);
            }
            section_lines(section, lang, &mut lines);
        }
        aligned(&lines) + &self.notes(lang)
    }

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
        let mut out = CSV_COLUMNS.join(",") + "\r\n";
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

    /// One JSON object (`facteur-problems/1`); labels in both languages, amounts as decimal strings.
    ///
    /// # Errors
    /// None in practice: the summary holds nothing that JSON can not write.
    pub fn json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    fn notes(&self, lang: Lang) -> String {
        let mut notes = Vec::new();
        let count = |of: fn(&ReportRow) -> usize| self.sections.iter().map(|section| of(&section.total)).sum::<usize>();
        let (unknown, inferred) = (count(|row| row.amount_unknown), count(|row| row.inferred));
        if self.sections.len() > 1 {
            notes.push(Text::new(
                format!("Toutes devises : factures {}, clients distincts {}.", self.invoices, self.customers),
                format!("All currencies: {} invoices, {} distinct customers.", self.invoices, self.customers),
            ));
        }
        if unknown > 0 {
            notes.push(Text::new(
                format!("Montant ou devise illisible : factures {unknown}, comptées mais hors des montants."),
                format!("Amount or currency unreadable: {unknown} invoices, counted but in no amount."),
            ));
        }
        if inferred > 0 {
            notes.push(Text::new(
                format!("Cause déduite (aucun code ne la dit) : factures {inferred}, à confirmer."),
                format!("Cause inferred (no code tells it): {inferred} invoices, to be confirmed."),
            ));
        }
        let left_out = self.left_out;
        if left_out.problems > 0 {
            notes.push(Text::new(
                format!(
                    "Hors rapport (catégorie X) : problèmes {}, factures {}.",
                    left_out.problems, left_out.invoices
                ),
                format!("Left out (category X): {} problems, {} invoices.", left_out.problems, left_out.invoices),
            ));
        }
        notes.iter().map(|note| format!("{}\n", note.get(lang))).collect()
    }
}

fn headings(by: By, lang: Lang) -> Vec<String> {
    let what = match by {
        By::Cause => Text::new("Cause", "Cause"),
        By::Client => Text::new("Client", "Customer"),
    };
    let rest = match lang {
        Lang::Fr => ["Factures", "Clients", "Montant", "Part", "Cumul", "Ouvertes", "Closes", "Délai moyen", "Médian"],
        Lang::En => ["Invoices", "Customers", "Amount", "Share", "Cumul.", "Open", "Closed", "Mean time", "Median"],
    };
    [String::new(), what.get(lang).to_owned()].into_iter().chain(rest.map(str::to_owned)).collect()
}

fn section_lines(section: &Section, lang: Lang, lines: &mut Vec<Option<Vec<String>>>) {
    let whole = section.total.amount;
    let mut cumul = Money::ZERO;
    for row in &section.rows {
        cumul = cumul + row.amount;
        lines.push(Some(cells(row, &row.id, whole, Some(cumul), lang)));
        for part in &row.parts {
            lines.push(Some(cells(part, &format!("  {}", part.id), whole, None, lang)));
        }
    }
    let unknown = Text::new("devise inconnue", "currency unknown");
    let currency = section.currency.as_deref().unwrap_or(unknown.get(lang));
    let mut total = cells(&section.total, "", whole, None, lang);
    total[1] = printable(&format!("Total {currency}"));
    lines.push(Some(total));
}

fn cells(row: &ReportRow, id: &str, whole: Money, cumul: Option<Money>, lang: Lang) -> Vec<String> {
    let share = |amount: Money| amount.per_mille_of(whole).map_or_else(String::new, |share| percent(share, lang));
    let time = |ms: Option<i64>| ms.map_or_else(String::new, |ms| duration(ms, lang));
    // Nothing but unreadable amounts: a dash, since zero would be a figure.
    let amount = match (row.amount_unknown == row.invoices, lang) {
        (true, _) => "–".to_owned(),
        (false, Lang::Fr) => row.amount.grouped(" ", ','),
        (false, Lang::En) => row.amount.grouped(",", '.'),
    };
    vec![
        printable(id),
        printable(row.label.get(lang)),
        row.invoices.to_string(),
        row.customers.to_string(),
        amount,
        share(row.amount),
        cumul.map_or_else(String::new, share),
        row.open.to_string(),
        row.closed.to_string(),
        time(row.mean_ms),
        time(row.median_ms),
    ]
}

/// `None` is a rule across the table. The first two columns stand left, the figures right.
fn aligned(lines: &[Option<Vec<String>>]) -> String {
    let mut widths: Vec<usize> = Vec::new();
    for cells in lines.iter().flatten() {
        widths.resize(widths.len().max(cells.len()), 0);
        for (width, cell) in widths.iter_mut().zip(cells) {
            *width = (*width).max(cell.chars().count());
        }
    }
    let across = widths.iter().sum::<usize>() + 2 * widths.len().saturating_sub(1);
    let mut out = String::new();
    for line in lines {
        let Some(cells) = line else {
            out += &format!("{}\n", "─".repeat(across));
            continue;
        };
        let padded = cells.iter().zip(&widths).enumerate().map(|(column, (cell, width))| match column {
            0 | 1 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        });
        out += padded.collect::<Vec<_>>().join("  ").trim_end();
        out.push('\n');
    }
    out
}

/// Names come from invoices: what would move the cursor or turn the writing round is replaced.
fn printable(text: &str) -> String {
    let harmful = |c: char| {
        c.is_control() || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    let clean = |c: char| if harmful(c) { '\u{fffd}' } else { c };
    if text.chars().count() <= LABEL_CHARS {
        return text.chars().map(clean).collect();
    }
    text.chars().take(LABEL_CHARS - 1).map(clean).chain(['…']).collect()
}

/// Tenths of a percent.
fn percent(tenths: i128, lang: Lang) -> String {
    let (sign, tenths) = (if tenths < 0 { "-" } else { "" }, tenths.unsigned_abs());
    match lang {
        Lang::Fr => format!("{sign}{},{} %", tenths / 10, tenths % 10),
        Lang::En => format!("{sign}{}.{}%", tenths / 10, tenths % 10),
    }
}

/// In the unit that fits: days with one decimal, hours, minutes, seconds; cut, never rounded up.
fn duration(ms: i64, lang: Lang) -> String {
    let seconds = ms / 1_000;
    match (seconds, lang) {
        (86_400.., Lang::Fr) => format!("{},{} j", seconds / 86_400, seconds % 86_400 / 8_640),
        (86_400.., Lang::En) => format!("{}.{} d", seconds / 86_400, seconds % 86_400 / 8_640),
        (3_600.., _) => format!("{} h", seconds / 3_600),
        (60.., _) => format!("{} min", seconds / 60),
        _ => format!("{seconds} s"),
    }
}

fn csv_row(out: &mut String, level: &str, section: &Section, category: &str, row: &ReportRow) {
    let currency = section.currency.as_deref().unwrap_or("");
    let days = |ms: Option<i64>| ms.map_or_else(String::new, days);
    let cells = [
        level.to_owned(),
        text_cell(currency),
        text_cell(category),
        text_cell(&row.id),
        text_cell(&row.label.fr),
        text_cell(&row.label.en),
        row.invoices.to_string(),
        row.customers.to_string(),
        row.amount.to_string(),
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

/// A text cell: what a spreadsheet would run is disarmed, then quoted where RFC 4180 asks for it.
fn text_cell(text: &str) -> String {
    let safe = disarmed(text);
    if safe.contains([',', '"', '\r', '\n', ';', '\t']) || safe.starts_with(' ') || safe.ends_with(' ') {
        format!("\"{}\"", safe.replace('"', "\"\""))
    } else {
        safe
    }
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
    fn figures_are_written_for_their_reader() {
        assert_eq!(duration(86_400_000 * 5 / 2, Lang::Fr), "2,5 j");
        assert_eq!(duration(86_399_999, Lang::En), "23 h");
        assert_eq!(duration(90_000, Lang::Fr), "1 min");
        assert_eq!(duration(0, Lang::En), "0 s");
        assert_eq!(days(43_200_000), "0.5000");
        assert_eq!((percent(1_000, Lang::Fr), percent(-5, Lang::En)), ("100,0 %".into(), "-0.5%".into()));
        assert_eq!(printable("a\u{1b}[2Jb\u{202e}"), "a\u{fffd}[2Jb\u{fffd}");
        assert_eq!(printable(&"x".repeat(50)).chars().count(), LABEL_CHARS);
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
