//! What the pages of a hybrid invoice show against what its XML says: number, date, total and amount due. A page that shows
//! another total is a dispute, or a fraud; one that cannot be compared is no more than said.

mod amounts;
mod cells;
mod currency;
mod dates;
mod labels;
mod numbers;
mod plain;
mod say;
mod squeezed;

use amounts::{Amount, amounts};
use dates::{Written, dates};
use labels::{Beside, Line};
use numbers::Bare;
use squeezed::Squeezed;

use crate::day::Day;
use crate::decimal::Decimal;
use crate::invoice::{Invoice, bt};
use crate::pdf::{Pages, Refusal};
use crate::rules::Finding;

pub(super) use say::RULES;

/// From this part of a page on, a picture may hold what the invoice says.
const PICTURE: f64 = 0.25;
/// With less text than this, in letters and digits, and nothing of the invoice in it, the page may be drawn.
const LITTLE: usize = 200;

/// Why a value could not be looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Why {
    NoText,
    Little,
    Picture,
    Unreadable,
    NoAmounts,
    NoDates,
}

/// What looking for a value came to.
#[derive(Debug, Clone, PartialEq)]
enum Outcome {
    Seen,
    /// There, if the month comes first.
    MonthFirst {
        page: usize,
        value: String,
        otherwise: Day,
    },
    /// Nowhere to be seen; and what stands where it should, where something does.
    Missing {
        instead: Option<Beside>,
        hidden: bool,
    },
    /// Another value stands beside words that leave no doubt.
    Other(Beside),
    Unknown(Why),
}

/// A value of the XML, and what became of it.
struct Looked {
    term: &'static str,
    /// As the XML has it, with its currency where the page shows another one.
    value: String,
    outcome: Outcome,
}

/// The pages, ready to be searched.
struct Text {
    lines: Vec<Line>,
    /// All lines; and the text in the order in which it is drawn.
    read: String,
    drawn: String,
    /// The same without blanks.
    squeezed: [Squeezed; 2],
    hidden: String,
    amounts: Vec<Amount>,
    dates: Vec<(usize, String, Written)>,
    pictured: bool,
    unreadable: bool,
    letters: usize,
}

/// Holds the values of the XML against what the pages show.
pub(super) fn findings(invoice: &Invoice<'_>, pages: Result<Pages, Refusal>) -> Vec<Finding> {
    match pages {
        Ok(pages) => say::all(look(invoice, &Text::of(&pages))),
        Err(refusal) => {
            let there = |term: &&str| value_of(invoice, term).is_some();
            let terms: Vec<&'static str> = TERMS.into_iter().filter(there).collect();
            if terms.is_empty() { Vec::new() } else { vec![say::unread(&terms, &refusal)] }
        }
    }
}

const TERMS: [&str; 4] = ["BT-1", "BT-2", "BT-112", "BT-115"];

fn value_of(invoice: &Invoice<'_>, term: &str) -> Option<String> {
    let term = match term {
        "BT-1" => bt::BT_1,
        "BT-2" => bt::BT_2,
        "BT-112" => bt::BT_112,
        _ => bt::BT_115,
    };
    invoice.text(term).map(str::to_owned)
}

fn look(invoice: &Invoice<'_>, text: &Text) -> Vec<Looked> {
    let mut looked = Vec::new();
    let mut add = |term: &'static str, value: String, outcome: Outcome| looked.push(Looked { term, value, outcome });
    if let Some(value) = value_of(invoice, "BT-1")
        && let Some(outcome) = text.number(&value)
    {
        add("BT-1", value, outcome);
    }
    if let Some(day) = invoice.all(bt::BT_2).find_map(|occurrence| occurrence.day()) {
        add("BT-2", day.to_string(), text.date(day));
    }
    let total = invoice.all(bt::BT_112).find_map(|occurrence| occurrence.number());
    let due = invoice.all(bt::BT_115).find_map(|occurrence| occurrence.number());
    // Beside the words for the total, the amount due is no contradiction, nor the other way round.
    let fine: Vec<Decimal> = total.into_iter().chain(due).collect();
    let currency = invoice.text(bt::BT_5).map(str::trim).unwrap_or_default();
    let with = |value: String, outcome: &Outcome| match outcome {
        Outcome::Missing { instead: Some(beside), .. }
            if amounts(&beside.value).iter().any(|amount| amount.currency.is_foreign(currency)) =>
        {
            format!("{value} {currency}")
        }
        _ => value,
    };
    if let (Some(total), Some(value)) = (total, value_of(invoice, "BT-112")) {
        let outcome = text.amount("BT-112", total, &fine, currency);
        add("BT-112", with(value, &outcome), outcome);
    }
    // What is paid already is seldom shown as nought.
    if let (Some(due), Some(value)) = (due.filter(|due| !due.is_zero()), value_of(invoice, "BT-115")) {
        let outcome = text.amount("BT-115", due, &fine, currency);
        let told_before = Some(due) == total && !matches!(outcome, Outcome::Other(_));
        if !told_before {
            add("BT-115", with(value, &outcome), outcome);
        }
    }
    // A page that is drawn, with a stamp on it, shows nothing of the invoice.
    let nothing = |outcome: &Outcome| match outcome {
        Outcome::Missing { instead, .. } => instead.as_ref().is_none_or(|beside| !beside.sure),
        Outcome::Unknown(_) => true,
        _ => false,
    };
    if text.letters < LITTLE && looked.iter().all(|looked| nothing(&looked.outcome)) {
        let missing =
            looked.iter_mut().filter(|looked| matches!(looked.outcome, Outcome::Missing { hidden: false, .. }));
        missing.for_each(|looked| looked.outcome = Outcome::Unknown(Why::Little));
    }
    looked
}

impl Text {
    fn of(pages: &Pages) -> Text {
        let mut lines = Vec::new();
        let (mut read, mut drawn, mut hidden) = (String::new(), String::new(), String::new());
        let (mut pictured, mut unreadable) = (false, false);
        for (page, number) in pages.pages.iter().zip(1..) {
            for line in &page.lines {
                let text = plain::plain(&page.line(line));
                let cells = cells::cells(page, line, &text);
                let line = Line::new(number, text, cells);
                read.push_str(&line.text);
                read.push('\n');
                lines.push(line);
            }
            for run in &page.runs {
                drawn.push_str(&plain::plain(&run.text));
                drawn.push('\n');
            }
            hidden.push_str(&plain::plain(&page.hidden));
            hidden.push('\n');
            pictured |= page.pictured >= PICTURE;
            unreadable |= page.unreadable > 0;
        }
        let squeezed = [Squeezed::of(&read, false), Squeezed::of(&drawn, true)];
        let of_line = |line: &Line| {
            let cut = |date: Written| (line.page, line.text.get(date.at.clone()).unwrap_or_default().to_owned(), date);
            dates(&line.text).into_iter().map(cut).collect::<Vec<_>>()
        };
        Text {
            amounts: amounts(&read).into_iter().chain(amounts(&drawn)).collect(),
            dates: lines.iter().flat_map(of_line).collect(),
            letters: read.chars().filter(|c| c.is_alphanumeric()).count(),
            lines,
            read,
            drawn,
            squeezed,
            hidden,
            pictured,
            unreadable,
        }
    }

    /// What a value that is not seen is, beside its own kind.
    fn missing(&self, instead: Option<Beside>, hidden: bool, of_its_kind: Option<Why>) -> Outcome {
        let unknown = match () {
            () if self.letters == 0 && !self.unreadable => Some(Why::NoText),
            () if self.pictured => Some(Why::Picture),
            () if self.unreadable => Some(Why::Unreadable),
            () => of_its_kind,
        };
        unknown.map_or(Outcome::Missing { instead, hidden }, Outcome::Unknown)
    }

    fn no_money(&self) -> Option<Why> {
        let money = self.amounts.iter().any(|amount| amount.money);
        (!money).then_some(Why::NoAmounts)
    }

    fn number(&self, number: &str) -> Option<Outcome> {
        let shows = |text: &str| Bare::of(text).shows(number);
        if shows(&self.read)? || shows(&self.drawn)? {
            return Some(Outcome::Seen);
        }
        let beside = |sure: bool| {
            let beside = self.lines.iter().find_map(|line| line.number("BT-1", sure));
            beside.or_else(|| cells::number(&self.lines, "BT-1", sure))
        };
        let instead = beside(true).or_else(|| beside(false));
        let of_its_kind = if instead.is_some() { None } else { self.no_money() };
        Some(self.missing(instead, shows(&self.hidden)?, of_its_kind))
    }

    fn date(&self, day: Day) -> Outcome {
        let drawn = dates(&self.drawn);
        let says = |date: &Written| date.says.contains(&day);
        let squeezed = || self.squeezed.iter().any(|text| dates::squeezed_shows(text, day));
        if self.dates.iter().any(|(.., date)| says(date)) || drawn.iter().any(says) || squeezed() {
            return Outcome::Seen;
        }
        let turned = self.dates.iter().find(|(.., date)| date.month_first == Some(day));
        if let Some((page, value, date)) = turned
            && let Some(otherwise) = date.says.first()
        {
            return Outcome::MonthFirst { page: *page, value: value.clone(), otherwise: *otherwise };
        }
        let beside = |sure: bool| {
            let beside = self.lines.iter().find_map(|line| line.date("BT-2", sure)).map(|(beside, _)| beside);
            beside.or_else(|| cells::date(&self.lines, "BT-2", sure))
        };
        let instead = beside(true).or_else(|| beside(false));
        let of_its_kind = self.dates.is_empty().then_some(Why::NoDates);
        self.missing(instead, dates(&self.hidden).iter().any(says), of_its_kind)
    }

    fn amount(&self, term: &str, value: Decimal, fine: &[Decimal], own: &str) -> Outcome {
        let is_own = |amount: &Amount| !amount.currency.is_foreign(own);
        let agrees = |amount: &Amount| is_own(amount) && fine.iter().any(|value| amounts::shows(amount, *value));
        let beside = |sure: bool| self.lines.iter().flat_map(|line| line.money(term, sure, own)).collect::<Vec<_>>();
        let (sure, below) = (beside(true), cells::money(&self.lines, term, true, own));
        let all = || sure.iter().chain(below.iter().flatten());
        // The same in another currency is a translation; of several amounts in a column nobody knows which one is meant.
        let alone = below.iter().filter_map(|column| column.first().filter(|_| column.len() == 1));
        if let Some((other, _)) = sure.iter().chain(alone).rfind(|(_, amount)| is_own(amount))
            && !all().any(|(_, amount)| agrees(amount))
        {
            return Outcome::Other(other.clone());
        }
        let shows = |amount: &Amount| is_own(amount) && amounts::shows(amount, value);
        let squeezed = || self.squeezed.iter().any(|text| amounts::squeezed_shows(text, value, own));
        if self.amounts.iter().any(shows) || squeezed() {
            return Outcome::Seen;
        }
        let likely = || {
            let below =
                cells::money(&self.lines, term, false, own).into_iter().filter_map(|column| column.into_iter().next());
            beside(false).into_iter().chain(below).map(|(beside, _)| beside).next_back()
        };
        let instead = all().next_back().map(|(beside, _)| beside.clone()).or_else(likely);
        let hidden = amounts(&self.hidden).iter().any(|amount| amounts::shows(amount, value));
        self.missing(instead, hidden, self.no_money())
    }
}
