//! What stands on a page beside the words that announce it.

use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;

use super::amounts::{Amount, amounts};
use super::cells::Cell;
use super::dates::{Written, dates};
use super::plain::Words;

/// A line of a page, ready to be searched.
pub(super) struct Line {
    /// From 1.
    pub page: usize,
    pub text: String,
    /// Where its pieces stand on the page.
    pub cells: Vec<Cell>,
    words: Words,
}

/// A value beside its words, both as the page writes them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Beside {
    pub page: usize,
    pub words: String,
    pub value: String,
    /// Do the words leave no doubt?
    pub sure: bool,
}

struct Label {
    term: &'static str,
    sure: bool,
    /// Made ready once: each of some dozens is looked for in each line.
    words: Finder<'static>,
}

/// Words after which an amount is still that of the words before.
const PASSED: [&str; 14] =
    ["eur", "euro", "euros", "usd", "gbp", "chf", "en", "in", "ttc", "de", "of", "is", "est", "net"];

impl Line {
    pub fn new(page: usize, text: String, cells: Vec<Cell>) -> Line {
        Line { page, words: Words::of(&text), text, cells }
    }

    /// Where words for this term stand.
    pub fn labels(&self, term: &str, sure: bool) -> impl Iterator<Item = Range<usize>> {
        static LABELS: LazyLock<Vec<Label>> = LazyLock::new(|| {
            let rows = include_str!("../../../schemas/pdf/labels.txt").lines().filter(|row| !row.starts_with('#'));
            let label = |row: &'static str| {
                let mut parts = row.splitn(3, ' ');
                Some(Label { term: parts.next()?, sure: parts.next()? == "sure", words: Finder::new(parts.next()?) })
            };
            rows.filter_map(label).collect()
        });
        let labels = LABELS.iter().filter(move |label| label.term == term && label.sure == sure);
        labels.flat_map(|label| self.words.places(&label.words))
    }

    /// Does this phrase stand here, in small letters without accents?
    pub fn has(&self, phrase: &str) -> bool {
        self.words.places(&Finder::new(phrase)).next().is_some()
    }

    pub fn cut(&self, range: Range<usize>) -> &str {
        self.text.get(range).unwrap_or_default().trim()
    }

    fn beside(&self, words: &Range<usize>, value: Range<usize>, sure: bool) -> Beside {
        let cut = |range: Range<usize>| self.cut(range).to_owned();
        Beside { page: self.page, words: cut(words.clone()), value: cut(value), sure }
    }

    /// Money beside words for this term, each with the words: all amounts up to the next word. Another currency than `own` is shown
    /// with the amount.
    pub fn money(&self, term: &str, sure: bool, own: &str) -> Vec<(Beside, Amount)> {
        let mut found = Vec::new();
        for words in self.labels(term, sure) {
            let rest = self.text.get(words.end..).unwrap_or_default();
            let mut behind = 0;
            for amount in amounts(rest) {
                let between = rest.get(behind..amount.at.start).unwrap_or_default();
                let mut letters = between.split(|c: char| !c.is_alphabetic()).filter(|word| !word.is_empty());
                if !letters.all(|word| PASSED.contains(&word.to_lowercase().as_str())) {
                    break;
                }
                behind = amount.at.end;
                if amount.money {
                    let shown = if amount.currency.is_foreign(own) { &amount.currency.at } else { &amount.at };
                    let at = words.end + shown.start..words.end + shown.end;
                    found.push((self.beside(&words, at, sure), amount));
                }
            }
        }
        found
    }

    /// The first date beside words for this term.
    pub fn date(&self, term: &str, sure: bool) -> Option<(Beside, Written)> {
        self.labels(term, sure).find_map(|words| {
            let rest = self.text.get(words.end..).unwrap_or_default();
            let date = dates(rest).into_iter().min_by_key(|date| date.at.start)?;
            let between = rest.get(..date.at.start).unwrap_or_default();
            let at = words.end + date.at.start..words.end + date.at.end;
            (!between.chars().any(char::is_alphanumeric)).then(|| (self.beside(&words, at, sure), date))
        })
    }

    /// What stands beside words for this term and has a digit, up to a blank.
    pub fn number(&self, term: &str, sure: bool) -> Option<Beside> {
        self.labels(term, sure).find_map(|words| {
            let rest = self.text.get(words.end..).unwrap_or_default();
            let from = rest.find(char::is_alphanumeric)?;
            let length = rest.get(from..)?.find(char::is_whitespace).unwrap_or(rest.len() - from);
            let value = rest.get(from..from + length)?.trim_end_matches(['.', ',', ';', ':', ')']);
            let at = words.end + from..words.end + from + value.len();
            value.contains(|c: char| c.is_ascii_digit()).then(|| self.beside(&words, at, sure))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(text: &str) -> Line {
        Line::new(1, text.to_owned(), Vec::new())
    }

    fn money(text: &str, term: &str) -> Vec<String> {
        line(text).money(term, true, "EUR").into_iter().map(|(beside, _)| beside.value).collect()
    }

    #[test]
    fn amounts_belong_to_the_words_before_them() {
        assert_eq!(money("TVA 20 %\t200,00\tTotal T.T.C. :\t1 200,00 €", "BT-112"), ["1 200,00"]);
        assert_eq!(money("Total TTC\t1 000,00\t200,00\t1 200,00", "BT-112").len(), 3);
        assert_eq!(money("NET À PAYER EN EUROS 12,50", "BT-115"), ["12,50"]);
        assert_eq!(money("Total TTC USD 12,50 11,00 €", "BT-112"), ["USD 12,50", "11,00"]);
        for text in
            ["Total TTC hors remise 12,00", "Net à payer 30 jours", "Net à payer le 30/11/2026", "Total TTC 20 %"]
        {
            assert!(money(text, "BT-112").is_empty() && money(text, "BT-115").is_empty(), "{text}");
        }
    }

    #[test]
    fn numbers_and_dates_belong_to_theirs() {
        let beside = line("Facture N° : FA-1, du 2 mai 2026").number("BT-1", true).unwrap();
        assert_eq!((beside.words.as_str(), beside.value.as_str()), ("Facture N°", "FA-1"));
        assert_eq!(line("Facture proforma").number("BT-1", false), None);
        let (beside, _) = line("Date de facture\t02/11/2026\tPage 1").date("BT-2", true).unwrap();
        assert_eq!(beside.value, "02/11/2026");
        assert!(line("Date de facture voir 02/11/2026").date("BT-2", true).is_none());
    }
}
