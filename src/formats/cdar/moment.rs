//! Moments of life-cycle messages: `CCYYMMDDHHMMSS` (UNTDID 2379 code 204), without a zone. facteur writes them in UTC.

use std::fmt;

use crate::day::Day;

/// A moment to the second.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    day: Day,
    second: u32,
}

const DAY_MS: i64 = 24 * 60 * 60 * 1000;

impl Moment {
    /// Code of the format.
    pub const FORMAT: &'static str = "204";

    /// Milliseconds since 1970-01-01 UTC; none outside of the years that a day may have.
    pub fn from_millis(millis: i64) -> Option<Moment> {
        let second = u32::try_from(millis.rem_euclid(DAY_MS) / 1000).ok()?;
        Some(Moment { day: Day::from_epoch(millis.div_euclid(DAY_MS))?, second })
    }

    /// As messages write it; a day alone (102) is its beginning, and seconds may be left out (203).
    pub fn parse(text: &str) -> Option<Moment> {
        let text = text.trim();
        if !matches!(text.len(), 8 | 12 | 14) || !text.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let part = |at: usize| text.get(at..at + 2).map_or(Some(0), |digits| digits.parse::<u32>().ok());
        let (hour, minute, second) = (part(8)?, part(10)?, part(12)?);
        let fits = hour < 24 && minute < 60 && second < 61;
        let day = Day::parse_102(text.get(..8)?)?;
        // A leap second is the last of its minute.
        fits.then(|| Moment { day, second: hour * 3600 + minute * 60 + second.min(59) })
    }

    /// As RFC 3339 has it, the moment taken for UTC.
    pub fn rfc3339(self) -> String {
        let s = self.second;
        format!("{}T{:02}:{:02}:{:02}Z", self.day, s / 3600, s / 60 % 60, s % 60)
    }

    /// Milliseconds since 1970-01-01, the moment taken for UTC.
    pub fn millis(self) -> i64 {
        self.day.since_epoch() * DAY_MS + i64::from(self.second) * 1000
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (day, s) = (self.day, self.second);
        write!(f, "{:04}{:02}{:02}", day.year(), day.month(), day.day())?;
        write!(f, "{:02}{:02}{:02}", s / 3600, s / 60 % 60, s % 60)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_come_back() {
        for text in ["20261121101500", "19700101000000", "20261231235959"] {
            let moment = Moment::parse(text).unwrap();
            assert_eq!(moment.to_string(), text);
            assert_eq!(Moment::from_millis(moment.millis()), Some(moment));
        }
        assert_eq!(Moment::parse("20261121").unwrap().to_string(), "20261121000000");
        assert_eq!(Moment::parse("202611211015").unwrap().to_string(), "20261121101500");
        assert_eq!(Moment::parse("20161231235960").unwrap().to_string(), "20161231235959");
        for bad in ["", "2026112", "20261321101500", "20261121241500", "2026112110150é", "2026-11-21T10"] {
            assert_eq!(Moment::parse(bad), None, "{bad}");
        }
        assert_eq!(Moment::from_millis(-1).unwrap().to_string(), "19691231235959");
    }
}
