//! A calendar day, as invoices write them: no clock, no zone.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A day of the proleptic Gregorian calendar, years 1 to 9999. Ordered by time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day {
    year: i16,
    month: u8,
    day: u8,
}

impl Day {
    /// `None` where the calendar has no such day.
    pub const fn new(year: i16, month: u8, day: u8) -> Option<Self> {
        let month_is_one = year >= 1 && year <= 9999 && month >= 1 && month <= 12;
        if month_is_one && day >= 1 && day <= days_in(year, month) { Some(Self { year, month, day }) } else { None }
    }

    /// Reads `YYYY-MM-DD`, the form of UBL and of facteur's own output.
    pub fn parse_iso(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
            return None;
        }
        Self::from_digits(&bytes[0..4], &bytes[5..7], &bytes[8..10])
    }

    /// Reads `CCYYMMDD`, format 102 of UNTDID 2379, the form of CII and EDIFACT.
    pub fn parse_102(text: &str) -> Option<Self> {
        let bytes = text.as_bytes();
        if bytes.len() != 8 {
            return None;
        }
        Self::from_digits(&bytes[0..4], &bytes[4..6], &bytes[6..8])
    }

    pub fn year(self) -> i16 {
        self.year
    }

    pub fn month(self) -> u8 {
        self.month
    }

    pub fn day(self) -> u8 {
        self.day
    }

    /// Days since 1970-01-01; negative before.
    pub fn since_epoch(self) -> i64 {
        // Howard Hinnant's civil-calendar arithmetic: years start in March so that the leap day comes last.
        let (y, m, d) = (i64::from(self.year), i64::from(self.month), i64::from(self.day));
        let y = if m <= 2 { y - 1 } else { y };
        let era = y.div_euclid(400);
        let year_of_era = y - era * 400;
        let day_of_year = (153 * (if m > 2 { m - 3 } else { m + 9 }) + 2) / 5 + d - 1;
        era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
    }

    /// The day this many days after 1970-01-01; none outside the years 1 to 9999.
    pub fn from_epoch(days: i64) -> Option<Self> {
        if !(-720_000..=2_940_000).contains(&days) {
            return None;
        }
        let days = days + 719_468;
        let era = days.div_euclid(146_097);
        let of_era = days - era * 146_097;
        let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let m = (5 * of_year + 2) / 153;
        let (month, day) = (if m < 10 { m + 3 } else { m - 9 }, of_year - (153 * m + 2) / 5 + 1);
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        Self::new(i16::try_from(year).ok()?, u8::try_from(month).ok()?, u8::try_from(day).ok()?)
    }

    fn from_digits(year: &[u8], month: &[u8], day: &[u8]) -> Option<Self> {
        let number = |digits: &[u8]| {
            digits.iter().try_fold(0i16, |n, b| b.is_ascii_digit().then(|| n * 10 + i16::from(b - b'0')))
        };
        Self::new(number(year)?, number(month)? as u8, number(day)? as u8)
    }
}

const fn days_in(year: i16, month: u8) -> u8 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

impl Serialize for Day {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Day {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        Self::parse_iso(&text).ok_or_else(|| serde::de::Error::custom("a day is written YYYY-MM-DD"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_both_forms_and_refuses_what_is_no_day() {
        let day = Day::parse_iso("2026-11-02").unwrap();
        assert_eq!(Day::parse_102("20261102"), Some(day));
        assert_eq!(day.to_string(), "2026-11-02");
        for bad in ["2026-02-30", "2026-13-01", "20260101", "0000-01-01", "2026-1-01", "", "2026-01-0a", "+026-01-01"] {
            assert_eq!(Day::parse_iso(bad), None, "{bad}");
        }
        assert_eq!(Day::parse_iso("2024-02-29").map(Day::since_epoch), Some(19_782));
        assert_eq!(Day::parse_iso("1970-01-01").map(Day::since_epoch), Some(0));
    }

    #[test]
    fn every_day_is_found_again_by_its_number() {
        let (first, last) = (Day::new(1, 1, 1).unwrap().since_epoch(), Day::new(9_999, 12, 31).unwrap().since_epoch());
        for days in (first..=last).step_by(7).chain([first, last, -1, 0, 59, 11_016, 11_017]) {
            assert_eq!(Day::from_epoch(days).map(Day::since_epoch), Some(days), "{days}");
        }
        assert_eq!(Day::from_epoch(i64::MAX), None);
        assert_eq!(Day::from_epoch(last + 1), None);
    }
}
