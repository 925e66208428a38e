//! The report as CSV, safe to open in a spreadsheet.

use super::summary::{By, ReportRow, Section, Summary};
use crate::text::{Lang, name_cell};

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

#[cfg(test)]
mod tests {
    use super::*;

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
    }

    #[test]
    fn days_are_cut_not_rounded() {
        assert_eq!((days(43_200_000), days(86_399_999)), ("0.5000".into(), "0.9999".into()));
    }
}
