//! A Pareto chart as SVG: a bar for each cause, largest first, and the line of what they come to together.

use super::show;
use crate::problems::{Money, ReportRow};
use crate::text::Lang;

/// Bars of a chart; the rest is one more.
const BARS: usize = 12;
/// Height and width of the plot in its own units; it is stretched to the page, its writing is not.
const HIGH: i128 = 1_000;
const WIDE: i128 = 1_000;

pub struct Bar {
    pub id: String,
    pub label: String,
    pub value: String,
    pub share: String,
    pub cumulated: String,
    /// In whole percent, for narrow windows.
    pub short: String,
    pub x: String,
    pub wide: String,
    pub y: i128,
    pub high: i128,
    /// The middle of the bar, in percent of the width.
    pub middle: String,
}

/// The chart, for `pareto.html`.
pub struct Pareto {
    pub id: String,
    pub title: String,
    pub desc: String,
    pub bars: Vec<Bar>,
    /// Marks of the scale: their height in the plot, and what they say.
    pub axis: Vec<(i128, String)>,
    /// Points of the line.
    pub line: String,
}

/// The chart of these rows; none where there is nothing to compare. Amounts below zero (credit notes) have no bar and do not
/// count in the whole.
pub fn of(id: &str, rows: &[ReportRow], title: String, rest: &str, lang: Lang) -> Option<Pareto> {
    let mut all: Vec<(String, String, Money)> = rows
        .iter()
        .filter_map(|row| {
            Some((row.id.clone(), row.label.get(lang).to_owned(), row.amount.filter(|a| a.is_positive())?))
        })
        .collect();
    // Stable: rows of the same amount stay as the table has them.
    all.sort_by_key(|(_, _, amount)| std::cmp::Reverse(*amount));
    if all.len() > BARS {
        let others = all.split_off(BARS - 1).into_iter().map(|(_, _, amount)| amount).sum();
        all.push(("…".to_owned(), rest.to_owned(), others));
    }
    let whole: Money = all.iter().map(|(_, _, amount)| *amount).sum();
    if all.is_empty() {
        return None;
    }
    let slot = WIDE / i128::try_from(all.len()).ok()?;
    let (mut bars, mut points, mut sum) = (Vec::new(), Vec::new(), Money::ZERO);
    for ((id, label, amount), n) in all.into_iter().zip(0i128..) {
        sum = sum + amount;
        let (share, cumulated) = (amount.per_mille_of(whole).unwrap_or(0), sum.per_mille_of(whole).unwrap_or(0));
        // Bars and line have one scale: the whole is the height of the plot.
        let high = share.clamp(2, HIGH);
        let middle = n * slot + slot / 2;
        points.push(format!("{middle},{}", HIGH - cumulated));
        bars.push(Bar {
            id: show::said(&id, 14),
            label: show::said(&label, 60),
            value: show::money_of(amount, lang),
            share: show::per_mille(share, lang),
            cumulated: show::per_mille(cumulated, lang),
            short: show::percent((cumulated + 5) / 10, lang),
            x: (n * slot + slot / 8).to_string(),
            wide: (slot * 3 / 4).to_string(),
            y: HIGH - high,
            high,
            middle: format!("{}.{}", middle / 10, middle % 10),
        });
    }
    let told = bars.iter().take(3).map(|bar| format!("{} {} ({})", bar.id, bar.label, bar.share)).collect::<Vec<_>>();
    let desc = told.join(", ");
    Some(Pareto { id: id.to_owned(), title, desc, bars, line: points.join(" "), axis: axis(lang) })
}

/// The four fifths of Pareto's rule among them.
fn axis(lang: Lang) -> Vec<(i128, String)> {
    [0, 50, 80, 100].map(|part| (HIGH - part * HIGH / 100, show::percent(part, lang))).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::Text;

    fn row(id: &str, amount: &str) -> ReportRow {
        ReportRow {
            id: id.into(),
            label: Text::new(format!("Fr {id}"), format!("En {id}")),
            invoices: 1,
            customers: 1,
            amount: Money::parse(amount),
            amount_unknown: 0,
            open: 1,
            closed: 0,
            inferred: 0,
            mean_ms: None,
            median_ms: None,
            parts: Vec::new(),
        }
    }

    #[test]
    fn bars_fall_and_the_line_ends_at_the_whole() {
        let rows: Vec<_> =
            (1..=20).map(|n| row(&format!("A{n}"), &format!("{}.00", n * 10))).chain([row("B1", "-5")]).collect();
        let pareto = of("p", &rows, "t".into(), "Others", Lang::En).unwrap();
        assert_eq!(pareto.bars.len(), BARS);
        // 200 of 2,100.
        assert_eq!((pareto.bars[0].id.as_str(), pareto.bars[0].high), ("A20", 95));
        let sum: i128 = pareto.bars.iter().map(|bar| bar.high).sum();
        assert!((HIGH - 12..=HIGH).contains(&sum), "the bars come to the whole, as the line does: {sum}");
        assert_eq!(pareto.axis[2], (200, "80%".to_owned()));
        assert_eq!(pareto.bars.last().map(|bar| (bar.id.as_str(), bar.cumulated.as_str())), Some(("…", "100.0%")));
        assert!(pareto.line.ends_with(",0"));
        assert!(of("p", &[row("B1", "-5")], "t".into(), "", Lang::Fr).is_none());
        assert!(of("p", &[], "t".into(), "", Lang::Fr).is_none());
    }
}
