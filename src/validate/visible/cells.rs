//! Values that stand below the words for them, as in a table whose first row names its columns.

use std::ops::Range;

use super::amounts::{Amount, amounts};
use super::dates::dates;
use super::labels::{Beside, Line};
use super::plain;
use crate::pdf::Page;

/// A piece of a line: its part of the line's text, and where it stands on the page, in points.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Cell {
    pub text: Range<usize>,
    from: f64,
    to: f64,
    line: f64,
    size: f64,
    turn: u8,
}

/// As far below its words a value still belongs to them, in sizes of the font.
const BELOW: f64 = 3.5;
/// Most rows of a column that are looked at.
const ROWS: usize = 40;
/// In a row or two that name columns, these say that it is the table of lines: what stands in it is no total of the invoice.
const OF_LINES: [&str; 24] = [
    "qte",
    "quantite",
    "qty",
    "quantity",
    "designation",
    "description",
    "libelle",
    "article",
    "item",
    "reference",
    "ref",
    "prix",
    "price",
    "pu",
    "p u",
    "unite",
    "unit",
    "unitaire",
    "menge",
    "preis",
    "bezeichnung",
    "artikel",
    "produit",
    "prestation",
];

/// The pieces of a line of a page, each found in the line's text.
pub(super) fn cells(page: &Page, runs: &[usize], text: &str) -> Vec<Cell> {
    let mut cells = Vec::new();
    let mut from = 0;
    for run in runs.iter().filter_map(|run| page.runs.get(*run)) {
        let own = plain::plain(&run.text);
        let Some(at) = text.get(from..).and_then(|rest| rest.find(&own)).map(|at| from + at) else { continue };
        from = at + own.len();
        cells.push(Cell { text: at..from, from: run.from, to: run.to, line: run.line, size: run.size, turn: run.turn });
    }
    cells
}

/// Amounts in the column below words for this term, from the first row on, as far as it goes; nothing where the row names columns of
/// the invoice's lines, or where amounts stand beside the words.
pub(super) fn money(lines: &[Line], term: &str, sure: bool, own: &str) -> Vec<Vec<(Beside, Amount)>> {
    let mut columns = Vec::new();
    for (n, line) in lines.iter().enumerate() {
        for words in line.labels(term, sure) {
            let near = [n.checked_sub(1), Some(n), Some(n + 1)].into_iter().flatten().filter_map(|n| lines.get(n));
            if near.filter(|near| near.page == line.page).any(is_of_lines) {
                continue;
            }
            let read = |text: &str| {
                let amount = amounts(text).into_iter().find(|amount| amount.money)?;
                let alone = amount.currency.at.clone();
                let rest = text.get(..alone.start)?.chars().chain(text.get(alone.end..)?.chars());
                rest.into_iter().all(|c| !c.is_alphanumeric()).then_some(amount)
            };
            let column = column(lines, n, &words, read);
            let told = |(row, amount): (String, Amount)| {
                let foreign = amount.currency.is_foreign(own);
                let shown = if foreign { amount.currency.at.clone() } else { amount.at.clone() };
                (beside(line, &words, row.get(shown).unwrap_or_default(), sure), amount)
            };
            columns.push(column.into_iter().map(told).collect());
        }
    }
    columns
}

/// The date right below words for this term.
pub(super) fn date(lines: &[Line], term: &str, sure: bool) -> Option<Beside> {
    first(lines, term, sure, |text| {
        let date = dates(text).into_iter().next()?;
        let rest = text.get(..date.at.start)?.chars().chain(text.get(date.at.end..)?.chars());
        rest.into_iter().all(|c| !c.is_alphanumeric()).then_some(())
    })
}

/// One word with a digit in it, right below words for this term.
pub(super) fn number(lines: &[Line], term: &str, sure: bool) -> Option<Beside> {
    first(lines, term, sure, |text| {
        let one = !text.contains(char::is_whitespace) && text.contains(|c: char| c.is_ascii_digit());
        (one && dates(text).is_empty() && amounts(text).iter().all(|amount| !amount.money)).then_some(())
    })
}

fn first(lines: &[Line], term: &str, sure: bool, read: impl Fn(&str) -> Option<()>) -> Option<Beside> {
    lines.iter().enumerate().find_map(|(n, line)| {
        line.labels(term, sure).find_map(|words| {
            let (value, ()) = column(lines, n, &words, &read).into_iter().next()?;
            Some(beside(line, &words, &value, sure))
        })
    })
}

fn beside(line: &Line, words: &Range<usize>, value: &str, sure: bool) -> Beside {
    Beside { page: line.page, words: line.cut(words.clone()).to_owned(), value: value.trim().to_owned(), sure }
}

fn is_of_lines(line: &Line) -> bool {
    OF_LINES.iter().any(|word| line.has(word))
}

/// The values below words, row by row, as long as one stands in each next row of the column; a row that leaves the column free is
/// passed over.
fn column<T>(lines: &[Line], n: usize, words: &Range<usize>, read: impl Fn(&str) -> Option<T>) -> Vec<(String, T)> {
    let mut values = Vec::new();
    let Some((line, head)) = lines.get(n).and_then(|line| Some((line, place(line, words)?))) else { return values };
    let mut above = (head.line, head.size);
    for row in lines.iter().skip(n + 1).take(ROWS).take_while(|row| row.page == line.page) {
        let under = |cell: &&Cell| cell.turn == head.turn && cell.to.min(head.to) > cell.from.max(head.from);
        let mut under = row.cells.iter().filter(under);
        let Some(cell) = under.next() else { continue };
        let far = cell.line - above.0 > BELOW * above.1.max(cell.size);
        let text = row.text.get(cell.text.clone()).unwrap_or_default();
        match read(text).filter(|_| !far && under.next().is_none()) {
            Some(value) => values.push((text.to_owned(), value)),
            None => break,
        }
        above = (cell.line, cell.size);
    }
    values
}

/// Where words stand: within one piece, by how far into its text they are.
fn place(line: &Line, words: &Range<usize>) -> Option<Cell> {
    let within = |cell: &&Cell| cell.text.start < words.end && words.start < cell.text.end;
    let (first, last) = (line.cells.iter().find(within)?, line.cells.iter().rfind(within)?);
    let share = |cell: &Cell, at: usize| {
        let at = at.clamp(cell.text.start, cell.text.end) - cell.text.start;
        cell.from + (cell.to - cell.from) * at as f64 / cell.text.len().max(1) as f64
    };
    // A few letters either way: signs are not all as wide.
    let slack = 0.5 * first.size;
    let (from, to) = (share(first, words.start) - slack, share(last, words.end) + slack);
    Some(Cell { text: words.clone(), from: from.max(first.from), to: to.min(last.to), ..first.clone() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pdf::Run;

    /// Lines of a page, each of pieces with their places; eight points a letter's height, five its width.
    fn lines(rows: &[&[(f64, &str)]]) -> Vec<Line> {
        let mut page = Page::default();
        let mut out = Vec::new();
        for (n, row) in rows.iter().enumerate() {
            let runs: Vec<usize> = (page.runs.len()..page.runs.len() + row.len()).collect();
            page.runs.extend(row.iter().map(|(from, text)| Run {
                text: (*text).to_owned(),
                from: *from,
                to: from + 5.0 * text.chars().count() as f64,
                line: 14.0 * n as f64,
                size: 8.0,
                turn: 0,
            }));
            let text = plain::plain(&page.line(&runs));
            out.push(Line::new(1, text.clone(), cells(&page, &runs, &text)));
        }
        out
    }

    fn below(rows: &[&[(f64, &str)]]) -> Vec<Vec<String>> {
        let columns = money(&lines(rows), "BT-112", true, "EUR");
        columns.into_iter().map(|column| column.into_iter().map(|(beside, _)| beside.value).collect()).collect()
    }

    #[test]
    fn a_column_is_read_from_its_head_down() {
        let head: &[(f64, &str)] = &[(50.0, "Total HT"), (150.0, "TVA"), (250.0, "Total TTC"), (350.0, "Net à payer")];
        let row: &[(f64, &str)] = &[(50.0, "1 000,00"), (150.0, "200,00"), (255.0, "1 200,00 €"), (350.0, "1 200,00")];
        assert_eq!(below(&[head, row]), [["1 200,00"]]);
        assert_eq!(below(&[head, row, row]), [["1 200,00", "1 200,00"]]);
        assert_eq!(below(&[&[(250.0, "Total TTC")], &[(250.0, "1 200,00 USD")]]), [["1 200,00 USD"]]);
        let nothing: [&[&[(f64, &str)]]; 4] = [
            &[head, &[(50.0, "1 200,00")]],
            &[head, &[(250.0, "voir annexe")], row],
            &[head, &[(250.0, "dont 12,00")]],
            &[head, &[], &[], &[], row],
        ];
        for rows in &nothing[..3] {
            assert!(below(rows)[0].is_empty(), "{rows:?}");
        }
        assert!(below(nothing[3])[0].is_empty());
        let items: &[(f64, &str)] = &[(50.0, "Désignation"), (150.0, "Qté"), (250.0, "Total TTC")];
        assert!(below(&[items, row]).is_empty());
    }

    #[test]
    fn words_within_a_longer_piece_have_their_own_place() {
        // One piece for the whole row, as some tools draw it: the third column is as far along as its words are.
        let rows: &[&[(f64, &str)]] =
            &[&[(50.0, "Base HT   TVA 20 %   Total TTC")], &[(50.0, "1,00"), (155.0, "1,20")]];
        assert_eq!(below(rows), [["1,20"]]);
    }

    #[test]
    fn dates_and_numbers_stand_below_theirs() {
        let rows =
            lines(&[&[(50.0, "Facture n°"), (150.0, "Date de facture")], &[(50.0, "F-12"), (150.0, "02/11/2026")]]);
        assert_eq!(date(&rows, "BT-2", true).map(|b| b.value).as_deref(), Some("02/11/2026"));
        assert_eq!(number(&rows, "BT-1", true).map(|b| (b.words, b.value)), Some(("Facture n°".into(), "F-12".into())));
        let words = lines(&[&[(50.0, "Date de facture")], &[(50.0, "voir 02/11/2026")]]);
        assert_eq!((date(&words, "BT-2", true), number(&words, "BT-1", true)), (None, None));
    }
}
