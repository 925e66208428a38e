//! Maximum payment terms: how they are written, and the last day that each allows.

use std::sync::LazyLock;

use serde::Deserialize;

use crate::day::Day;
use crate::text::Text;

/// A maximum: so many days, counted one way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub struct Ceiling {
    pub days: u16,
    pub count: Count,
    /// So many days count as well, where they end later.
    #[serde(default)]
    pub or_days: Option<u16>,
}

/// What is done with ends of months.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Count {
    Days,
    /// Either the days and then the end of the month, or the end of the month and then the days: the later.
    EndOfMonth,
    AfterEndOfMonth,
    AfterDecade,
}

/// One way of counting, and where it ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    pub last: Day,
    /// The way written out: `2026-11-01 + 60 jours = 2026-12-31`.
    pub shown: Text,
}

/// A maximum of the law.
#[derive(Debug, Deserialize)]
pub struct Legal {
    pub id: String,
    #[serde(flatten)]
    pub ceiling: Ceiling,
    pub from: From,
    pub article: String,
    pub name: Text,
}

/// The day from which is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum From {
    Issue,
    Delivery,
}

/// The maximum of that id.
pub fn legal(id: &str) -> Option<&'static Legal> {
    laws().iter().find(|legal| legal.id == id)
}

/// All of them.
pub fn laws() -> &'static [Legal] {
    #[derive(Deserialize)]
    struct File {
        term: Vec<Legal>,
    }
    static TABLE: LazyLock<Vec<Legal>> = LazyLock::new(|| {
        let file: File = toml::from_str(include_str!("../../../schemas/payment-terms.toml"))
            .expect("invariant: the tests read this table");
        file.term
    });
    &TABLE
}

impl Ceiling {
    /// Reads `60 days`, `45 days end of month`, `60 jours`, `45 jours fin de mois`.
    pub fn parse(text: &str) -> Option<Ceiling> {
        let mut words = text.split_whitespace();
        let days = words.next()?.parse().ok().filter(|days| (1..=MOST).contains(days))?;
        let unit = words.next()?;
        let rest: Vec<&str> = words.collect();
        let english = matches!(unit, "day" | "days");
        let count = match (english || matches!(unit, "jour" | "jours"), english, rest.join(" ").as_str()) {
            (true, _, "") => Count::Days,
            (true, true, "end of month") | (true, false, "fin de mois") => Count::EndOfMonth,
            _ => return None,
        };
        Some(Ceiling { days, count, or_days: None })
    }

    /// The ways of counting from a day, the latest first; none past the calendar.
    pub fn ways(&self, start: Day) -> Vec<Way> {
        let days = i64::from(self.days);
        let mut ways: Vec<Way> = match self.count {
            Count::Days => plus(start, days).into_iter().collect(),
            Count::EndOfMonth => [to_end(start, days), from_end(start, days)].into_iter().flatten().collect(),
            Count::AfterEndOfMonth => from_end(start, days).into_iter().collect(),
            Count::AfterDecade => from_decade(start, days).into_iter().collect(),
        };
        ways.extend(self.or_days.and_then(|days| plus(start, i64::from(days))));
        ways.sort_by_key(|way| std::cmp::Reverse(way.last));
        ways
    }

    /// As it is written in a sentence.
    pub fn shown(&self) -> Text {
        let days = self.days;
        let mut text = match self.count {
            Count::Days => Text::new(format!("{days} jours"), format!("{days} days")),
            Count::EndOfMonth => Text::new(format!("{days} jours fin de mois"), format!("{days} days end of month")),
            Count::AfterEndOfMonth => Text::new(
                format!("{days} jours après la fin du mois"),
                format!("{days} days after the end of the month"),
            ),
            Count::AfterDecade => Text::new(
                format!("{days} jours après la fin de la décade"),
                format!("{days} days after the end of the ten days"),
            ),
        };
        if let Some(days) = self.or_days {
            text.fr.push_str(&format!(" ou {days} jours"));
            text.en.push_str(&format!(" or {days} days"));
        }
        text
    }
}

/// More than any contract has.
const MOST: u16 = 365;

fn plus(start: Day, days: i64) -> Option<Way> {
    let last = later(start, days)?;
    Some(Way {
        last,
        shown: Text::new(format!("{start} + {days} jours = {last}"), format!("{start} + {days} days = {last}")),
    })
}

/// The days, then the end of the month.
fn to_end(start: Day, days: i64) -> Option<Way> {
    let on = later(start, days)?;
    let last = end_of_month(on)?;
    let shown = Text::new(
        format!("{start} + {days} jours = {on}, fin de mois : {last}"),
        format!("{start} + {days} days = {on}, end of month: {last}"),
    );
    Some(Way { last, shown })
}

/// The end of the month, then the days.
fn from_end(start: Day, days: i64) -> Option<Way> {
    let end = end_of_month(start)?;
    let last = later(end, days)?;
    let shown = Text::new(
        format!("fin de mois {end} + {days} jours = {last}"),
        format!("end of month {end} + {days} days = {last}"),
    );
    Some(Way { last, shown })
}

/// The end of the ten days, then the days.
fn from_decade(start: Day, days: i64) -> Option<Way> {
    let end = match start.day() {
        1..=10 => Day::new(start.year(), start.month(), 10)?,
        11..=20 => Day::new(start.year(), start.month(), 20)?,
        _ => end_of_month(start)?,
    };
    let last = later(end, days)?;
    let shown = Text::new(
        format!("fin de décade {end} + {days} jours = {last}"),
        format!("end of the ten days {end} + {days} days = {last}"),
    );
    Some(Way { last, shown })
}

fn later(day: Day, days: i64) -> Option<Day> {
    Day::from_epoch(day.since_epoch().checked_add(days)?)
}

fn end_of_month(day: Day) -> Option<Day> {
    (28..=31).rev().find_map(|last| Day::new(day.year(), day.month(), last))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> Day {
        Day::parse_iso(text).unwrap()
    }

    fn last(id: &str, start: &str) -> String {
        legal(id).unwrap().ceiling.ways(day(start))[0].last.to_string()
    }

    #[test]
    fn the_law_in_days() {
        for (id, start, end) in [
            ("general", "2026-11-01", "2026-12-31"),
            ("general", "2027-12-31", "2028-02-29"),
            // 15 January: 1 March, its end; or 31 January and 45 days, 17 March. The first is later.
            ("end-of-month", "2027-01-15", "2027-03-31"),
            ("end-of-month", "2026-11-01", "2027-01-14"),
            ("end-of-month", "2027-02-28", "2027-04-30"),
            ("periodic", "2026-11-22", "2027-01-06"),
            ("public", "2026-11-22", "2026-12-22"),
            ("alcohol", "2026-11-03", "2026-12-30"),
            ("perishable-food-periodic", "2028-02-21", "2028-03-30"),
            ("perishable-food-periodic", "2026-11-10", "2026-12-10"),
            ("perishable-food-periodic", "2026-11-11", "2026-12-20"),
            ("livestock", "2026-11-22", "2026-12-12"),
            ("wine", "2026-11-30", "2027-01-31"),
        ] {
            assert_eq!(last(id, start), end, "{id} {start}");
        }
        assert!(laws().iter().all(|law| !law.article.is_empty() && law.name.fr != law.name.en));
        assert!(Ceiling::parse("60 days").unwrap().ways(day("9999-12-01")).is_empty());
    }

    /// Both ways of counting 45 days end of month, and the other terms, where months end and years leap.
    #[test]
    fn the_law_at_the_edges_of_months() {
        let both = |start: &str| {
            let (start, ceiling) = (day(start), legal("end-of-month").unwrap().ceiling);
            [to_end(start, 45), from_end(start, 45)].map(|way| {
                let last = way.unwrap().last;
                assert!(ceiling.ways(start).iter().any(|way| way.last == last) && ceiling.ways(start)[0].last >= last);
                last.to_string()
            })
        };
        for (start, days_first, month_first) in [
            ("2027-01-01", "2027-02-28", "2027-03-17"),
            ("2027-01-14", "2027-02-28", "2027-03-17"),
            ("2027-01-15", "2027-03-31", "2027-03-17"),
            ("2027-01-31", "2027-03-31", "2027-03-17"),
            ("2028-01-14", "2028-02-29", "2028-03-16"),
            ("2028-01-15", "2028-02-29", "2028-03-16"),
            ("2028-01-16", "2028-03-31", "2028-03-16"),
            ("2028-02-29", "2028-04-30", "2028-04-14"),
            ("2027-02-28", "2027-04-30", "2027-04-14"),
            ("2026-11-16", "2026-12-31", "2027-01-14"),
            ("2026-11-17", "2027-01-31", "2027-01-14"),
            ("2026-12-31", "2027-02-28", "2027-02-14"),
            ("2027-04-30", "2027-06-30", "2027-06-14"),
        ] {
            assert_eq!(both(start), [days_first, month_first], "{start}");
        }
        for (id, start, end) in [
            ("public", "2027-01-31", "2027-03-02"),
            ("public", "2028-01-31", "2028-03-01"),
            ("public", "2028-02-29", "2028-03-30"),
            ("periodic", "2028-01-15", "2028-02-29"),
            ("periodic", "2027-01-31", "2027-03-17"),
            ("general", "2027-12-31", "2028-02-29"),
            ("alcohol", "2027-01-31", "2027-03-02"),
            ("transport", "2028-01-30", "2028-02-29"),
            ("perishable-food-periodic", "2027-01-31", "2027-03-02"),
            ("perishable-food-periodic", "2027-02-20", "2027-03-22"),
            ("wine", "2027-01-01", "2027-03-17"),
        ] {
            assert_eq!(last(id, start), end, "{id} {start}");
        }
    }

    #[test]
    fn what_a_file_writes() {
        let of = |days, count| Some(Ceiling { days, count, or_days: None });
        for (text, right) in [
            ("60 days", of(60, Count::Days)),
            (" 45  jours fin de mois ", of(45, Count::EndOfMonth)),
            ("45 days end of month", of(45, Count::EndOfMonth)),
            ("1 jour", of(1, Count::Days)),
            ("45 days fin de mois", None),
            ("0 days", None),
            ("366 days", None),
            ("sixty days", None),
            ("60", None),
            ("", None),
            ("60 days net", None),
        ] {
            assert_eq!(Ceiling::parse(text), right, "{text}");
        }
    }

    /// The calendar once more, by hand: one day after the other.
    #[derive(Clone, Copy, PartialEq, Debug)]
    struct Wall(i32, u32, u32);

    impl Wall {
        fn length(self) -> u32 {
            let leap = self.0 % 400 == 0 || (self.0 % 4 == 0 && self.0 % 100 != 0);
            [31, if leap { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][self.1 as usize - 1]
        }

        fn next(self) -> Wall {
            match (self.2 < self.length(), self.1 < 12) {
                (true, _) => Wall(self.0, self.1, self.2 + 1),
                (false, true) => Wall(self.0, self.1 + 1, 1),
                (false, false) => Wall(self.0 + 1, 1, 1),
            }
        }

        fn after(self, days: u16) -> Wall {
            (0..days).fold(self, |day, _| day.next())
        }

        fn end(self) -> Wall {
            Wall(self.0, self.1, self.length())
        }

        fn text(self) -> String {
            format!("{:04}-{:02}-{:02}", self.0, self.1, self.2)
        }
    }

    proptest! {
        #[test]
        fn days_are_those_of_the_calendar_on_the_wall(
            year in 1996i32..2110, month in 1u32..13, at in 1u32..32, days in 1u16..120,
        ) {
            let wall = Wall(year, month, at.min(Wall(year, month, 1).length()));
            let start = day(&wall.text());
            let of = |count| {
                let ceiling = Ceiling { days, count, or_days: None };
                ceiling.ways(start).into_iter().map(|way| way.last.to_string()).collect::<Vec<_>>()
            };
            let decade = if wall.2 > 20 { wall.end() } else { Wall(year, month, wall.2.div_ceil(10) * 10) };
            prop_assert_eq!(of(Count::Days), [wall.after(days).text()]);
            let mut both = [wall.after(days).end().text(), wall.end().after(days).text()];
            both.sort_by(|a, b| b.cmp(a));
            prop_assert_eq!(of(Count::EndOfMonth), both);
            prop_assert_eq!(of(Count::AfterEndOfMonth), [wall.end().after(days).text()]);
            prop_assert_eq!(of(Count::AfterDecade), [decade.after(days).text()]);
        }
    }
}
