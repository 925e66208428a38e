//! The report as people and programs read it: an aligned table, and JSON. CSV is next door.

use super::money::Money;
use super::summary::{By, ReportRow, Section, Summary};
use crate::text::{Lang, Text};

/// Widest label of the text table, in characters; the rest becomes an ellipsis.
const LABEL_CHARS: usize = 40;

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
                format!("All currencies: invoices {}, distinct customers {}.", self.invoices, self.customers),
            ));
        }
        if unknown > 0 {
            notes.push(Text::new(
                format!("Montant ou devise illisible : factures {unknown}, comptées mais hors des montants."),
                format!("Amount or currency unreadable: invoices {unknown}, counted but in no amount."),
            ));
        }
        if inferred > 0 {
            notes.push(Text::new(
                format!("Cause déduite (aucun code ne la dit) : factures {inferred}, à confirmer."),
                format!("Cause inferred (no code tells it): invoices {inferred}, to be confirmed."),
            ));
        }
        let left_out = self.left_out;
        if left_out.problems > 0 {
            notes.push(Text::new(
                format!(
                    "Hors rapport (catégorie X) : problèmes {}, factures {}.",
                    left_out.problems, left_out.invoices
                ),
                format!("Left out (category X): problems {}, invoices {}.", left_out.problems, left_out.invoices),
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
    let whole = section.total.amount.unwrap_or_default();
    let mut cumul = Money::ZERO;
    for row in &section.rows {
        cumul = cumul + row.amount.unwrap_or_default();
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
    // A dash where no amount could be read, since zero would be a figure.
    let amount = match (row.amount, lang) {
        (None, _) => "–".to_owned(),
        (Some(amount), Lang::Fr) => amount.grouped(" ", ','),
        (Some(amount), Lang::En) => amount.grouped(",", '.'),
    };
    vec![
        printable(id),
        printable(row.label.get(lang)),
        row.invoices.to_string(),
        row.customers.to_string(),
        amount,
        row.amount.map_or_else(String::new, share),
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
    let clean = |c: char| if crate::text::hides(c) { '\u{fffd}' } else { c };
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_written_for_their_reader() {
        assert_eq!(duration(86_400_000 * 5 / 2, Lang::Fr), "2,5 j");
        assert_eq!(duration(86_399_999, Lang::En), "23 h");
        assert_eq!(duration(90_000, Lang::Fr), "1 min");
        assert_eq!(duration(0, Lang::En), "0 s");
        assert_eq!((percent(1_000, Lang::Fr), percent(-5, Lang::En)), ("100,0 %".into(), "-0.5%".into()));
        assert_eq!(printable("a\u{1b}[2Jb\u{202e}"), "a\u{fffd}[2Jb\u{fffd}");
        assert_eq!(printable(&"x".repeat(50)).chars().count(), LABEL_CHARS);
    }
}
