//! Days as people write them: `2026-11-02`, `02/11/2026`, `2.11.26`, `2 novembre 2026`, `November 2nd, 2026`, `1er janvier 2026`.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization as _;

use super::squeezed::Squeezed;
use crate::day::Day;

/// A date on a page.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Written {
    pub at: Range<usize>,
    /// What it says, as it is read here.
    pub says: Vec<Day>,
    /// What it says to who writes the month first; none where it is the same or no day.
    pub month_first: Option<Day>,
}

/// All of them: those of digits, then those with the name of a month.
pub(super) fn dates(text: &str) -> Vec<Written> {
    let pieces = pieces(text);
    let mut found: Vec<Written> = Vec::new();
    for (n, piece) in pieces.iter().enumerate() {
        let rest = pieces.get(n..).unwrap_or_default();
        found.extend(compact(piece).or_else(|| of_digits(text, rest)).or_else(|| of_words(rest)));
    }
    found
}

/// A row of digits, or a word.
#[derive(Debug)]
struct Piece<'t> {
    text: &'t str,
    at: usize,
    /// A word: which month it names.
    month: Option<u8>,
    /// The same letters or digits go on in no other piece.
    number: Option<u32>,
}

impl Piece<'_> {
    fn end(&self) -> usize {
        self.at + self.text.len()
    }

    fn day(&self) -> Option<u8> {
        self.number.filter(|_| self.text.len() <= 2).and_then(|n| u8::try_from(n).ok())
    }

    fn year(&self) -> Option<i16> {
        let number = self.number.and_then(|n| i16::try_from(n).ok())?;
        match self.text.len() {
            4 => Some(number),
            2 => Some(2_000 + number),
            _ => None,
        }
    }
}

/// Between the parts of a date and of no weight.
const BETWEEN: [&str; 14] = ["er", "st", "nd", "rd", "th", "de", "of", "del", "den", "eme", "e", "o", "ter", "ten"];

fn pieces(text: &str) -> Vec<Piece<'_>> {
    static MONTHS: LazyLock<HashMap<&'static str, u8>> = LazyLock::new(|| {
        let rows = include_str!("../../../schemas/pdf/months.txt").lines().filter(|row| !row.starts_with('#'));
        (1u8..).zip(rows).flat_map(|(month, row)| row.split(' ').map(move |name| (name, month))).collect()
    });
    let mut pieces = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let alike = |c: char| if first.is_ascii_digit() { c.is_ascii_digit() } else { c.is_alphabetic() };
        let length = rest.find(|c| !alike(c)).unwrap_or(rest.len());
        let at = text.len() - rest.len();
        let (piece, behind) = rest.split_at(length.max(first.len_utf8()));
        rest = behind;
        if first.is_ascii_digit() {
            pieces.push(Piece { text: piece, at, month: None, number: piece.parse().ok() });
        } else if first.is_alphabetic() {
            let folded: String =
                piece.nfkd().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).take(12).collect();
            if !BETWEEN.contains(&folded.as_str()) {
                pieces.push(Piece { text: piece, at, month: MONTHS.get(folded.as_str()).copied(), number: None });
            }
        }
    }
    pieces
}

/// `20261102`, and `02112026`.
fn compact(piece: &Piece<'_>) -> Option<Written> {
    if piece.text.len() != 8 {
        return None;
    }
    let number = |range: Range<usize>| piece.text.get(range).and_then(|digits| digits.parse::<i16>().ok());
    let day = |year: Option<i16>, month: Option<i16>, day: Option<i16>| {
        Day::new(year?, u8::try_from(month?).ok()?, u8::try_from(day?).ok()?)
    };
    let forward = day(number(0..4), number(4..6), number(6..8)).filter(|day| (1900..2200).contains(&day.year()));
    let backward = day(number(4..8), number(2..4), number(0..2)).filter(|day| (1900..2200).contains(&day.year()));
    let says: Vec<Day> = forward.into_iter().chain(backward).collect();
    (!says.is_empty()).then_some(Written { at: piece.at..piece.end(), says, month_first: None })
}

/// Three numbers with the same mark in between.
fn of_digits(text: &str, pieces: &[Piece<'_>]) -> Option<Written> {
    let [a, b, c, ..] = pieces else { return None };
    let mark = mark(text, a, b)?;
    if self::mark(text, b, c)? != mark || !(1..=2).contains(&b.text.len()) {
        return None;
    }
    let (before, behind) = (text.get(..a.at)?, text.get(c.end()..)?);
    if goes_on(before.chars().rev(), mark) || goes_on(behind.chars(), mark) {
        return None;
    }
    let spread = (a.text.len(), b.text.len(), c.text.len());
    if mark == ' ' && !matches!(spread, (2, 2, 4) | (4, 2, 2)) {
        return None;
    }
    let day = |year: &Piece<'_>, month: &Piece<'_>, day: &Piece<'_>| Day::new(year.year()?, month.day()?, day.day()?);
    let (says, month_first): (Vec<Day>, _) = match spread {
        (4, _, 1..=2) => (day(a, b, c).into_iter().collect(), None),
        (1..=2, _, 4) => (day(c, b, a).into_iter().collect(), day(c, a, b)),
        (1..=2, _, 2) => (day(c, b, a).into_iter().chain(day(a, b, c)).collect(), day(c, a, b)),
        _ => return None,
    };
    // The twenty-second month is none: only one way is left.
    let (says, month_first) =
        if says.is_empty() { (month_first.into_iter().collect(), None) } else { (says, month_first) };
    let month_first = month_first.filter(|day| !says.contains(day));
    (!says.is_empty()).then(|| Written { at: a.at..c.end(), says, month_first })
}

/// The one mark between two numbers, blanks around it aside; a blank where there is nothing else.
fn mark(text: &str, a: &Piece<'_>, b: &Piece<'_>) -> Option<char> {
    let between = text.get(a.end()..b.at)?;
    a.number.and(b.number)?;
    let mut marks = between.trim_matches(' ').chars();
    match (marks.next(), marks.next()) {
        (None, _) if between == " " => Some(' '),
        (Some(mark @ ('-' | '/' | '.')), None) if between.len() <= 3 => Some(mark),
        _ => None,
    }
}

/// A month by its name, a day and a year around it.
fn of_words(pieces: &[Piece<'_>]) -> Option<Written> {
    let [a, b, c, ..] = pieces else { return None };
    // As far as this the parts of one date stand apart.
    let apart = |a: &Piece<'_>, b: &Piece<'_>| b.at.saturating_sub(a.end()) > 8;
    if apart(a, b) || apart(b, c) {
        return None;
    }
    let day = match (a.month, b.month) {
        (None, Some(month)) if a.text.len() == 4 => Day::new(a.year()?, month, c.day()?),
        (None, Some(month)) => Day::new(c.year()?, month, a.day()?),
        (Some(month), None) => Day::new(c.year().filter(|_| c.text.len() == 4)?, month, b.day()?),
        _ => None,
    };
    day.map(|day| Written { at: a.at..c.end(), says: vec![day], month_first: None })
}

/// The day in text whose blanks say nothing; part of a longer number it is none.
pub(super) fn squeezed_shows(squeezed: &Squeezed, day: Day) -> bool {
    let (y, m, d) = (day.year(), day.month(), day.day());
    let forms = ['/', '.', '-'].map(|mark| (mark, format!("{d:02}{mark}{m:02}{mark}{y:04}")));
    let iso = ('-', day.to_string());
    forms.iter().chain([&iso]).any(|(mark, form)| {
        squeezed.find(form).any(|found| {
            let (before, behind) = (found.before, found.behind);
            let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
            let inside = digit(before.chars().next_back()) || goes_on(before.chars().rev(), *mark);
            let more = digit(behind.chars().next()) || goes_on(behind.chars(), *mark);
            !(found.joined_before && inside || found.joined_behind && more)
        })
    })
}

/// Does a number go on behind the mark that parts it: `12/02/11/2026`? A blank parts numbers anyway.
fn goes_on(mut rest: impl Iterator<Item = char>, mark: char) -> bool {
    mark != ' ' && rest.next() == Some(mark) && rest.next().is_some_and(|c| c.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn says(text: &str) -> Vec<Day> {
        dates(text).into_iter().flat_map(|date| date.says).collect()
    }

    #[test]
    fn usual_forms_are_read() {
        let day = Day::new(2026, 11, 2).unwrap();
        let digits = [
            "2026-11-02",
            "02/11/2026",
            "2.11.2026",
            "02-11-26",
            "02.11.26",
            "02 / 11 / 2026",
            "02 11 2026",
            "20261102",
        ];
        let french = ["2 novembre 2026", "Fait le 02 nov. 2026", "le 2 NOVEMBRE 2026,", "2-nov-26", "02112026"];
        let others = [
            "November 2, 2026",
            "2nd of November 2026",
            "Nov. 2nd, 2026",
            "2. November 2026",
            "2 de noviembre de 2026",
        ];
        for text in
            digits.into_iter().chain(french).chain(others).chain(["2026/11/2", "2026 nov 2", "2026-11-02T00:00:00"])
        {
            assert!(says(text).contains(&day), "{text}: {:?}", says(text));
        }
        assert_eq!(
            says("1er janvier 2026, 1. März 2026"),
            [Day::new(2026, 1, 1).unwrap(), Day::new(2026, 3, 1).unwrap()]
        );
        assert_eq!(says("August 31, 2026"), [Day::new(2026, 8, 31).unwrap()]);
    }

    #[test]
    fn the_month_first_is_a_doubt_but_where_there_is_no_other_way() {
        let [date] = dates("11/03/2017").try_into().unwrap();
        assert_eq!((date.says, date.month_first), (vec![Day::new(2017, 3, 11).unwrap()], Day::new(2017, 11, 3)));
        let [date] = dates("11/17/2017").try_into().unwrap();
        assert_eq!((date.says, date.month_first), (vec![Day::new(2017, 11, 17).unwrap()], None));
        let [date] = dates("11/11/2017").try_into().unwrap();
        assert_eq!(date.month_first, None);
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in [
            "1.200,00",
            "31/02/2026x",
            "FR 20 1242 1242",
            "192.168.1.20",
            "12.5.6",
            "mai",
            "2 novembre",
            "99/99/9999",
            "1 2 3",
            "02/11/20261",
            "102/11/2026",
            "12/02/11/2026",
            "02.11.2026.5",
        ] {
            assert!(says(text).is_empty(), "{text}: {:?}", says(text));
        }
    }

    #[test]
    fn letters_set_apart_show_a_day_and_longer_numbers_do_not() {
        let day = Day::new(2026, 11, 2).unwrap();
        let shows = |text: &str| squeezed_shows(&Squeezed::of(text, true), day);
        for text in
            ["0 2 / 1 1 / 2 0 2 6", "x02/11/2026", "02/11/2026 15", "0 2/11/2026\t7", "12\n02.11.2026", "2026-11-02T00"]
        {
            assert!(shows(text), "{text}");
        }
        for text in
            ["02/11/20261", "102/11/2026", "0 2 / 1 1 / 2 0 2 6 1", "12/02/11/2026", "2026-11-021", "02.11.2026.5"]
        {
            assert!(!shows(text), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn every_day_is_read_in_every_form(days in 10_957i64..40_000, form in 0usize..5) {
            let day = Day::from_epoch(days).unwrap();
            let (y, m, d) = (day.year(), day.month(), day.day());
            let names = ["janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"];
            let name = names[usize::from(m) - 1];
            let text = match form {
                0 => format!("Date {day}"),
                1 => format!("{d}/{m}/{y}"),
                2 => format!("{d:02}.{m:02}.{y}"),
                3 => format!("le {d} {name} {y}"),
                _ => format!("{name} {d}, {y}"),
            };
            proptest::prop_assert!(says(&text).contains(&day), "{text}");
        }

        #[test]
        fn no_text_breaks_it(text in "[0-9./ -]{0,30}|(\\PC|[0-9]|nov|mai ){0,30}") {
            let _ = dates(&text);
        }
    }
}
