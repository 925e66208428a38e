//! Dates and periods by their format (2379).

use crate::day::Day;

/// What a date says: the day, where format and digits agree; else the text as written, to be judged. None where it says several days, such
/// as a month (610) or a period (718): which of them is meant, nobody can tell but the sender.
pub fn one(text: &str, format: &str) -> Option<String> {
    (!is_several(text, format)).then(|| end(text, format, false))
}

/// The same of a term that is an end of a period: the first day of several, or the last.
pub fn end(text: &str, format: &str, last: bool) -> String {
    let text = text.trim();
    day(text, format, last).map_or_else(|| text.to_owned(), |day| day.to_string())
}

/// Does it say several days?
pub fn is_several(text: &str, format: &str) -> bool {
    let [first, last] = [false, true].map(|last| day(text.trim(), format, last));
    first != last
}

/// The day of a date in a format; of several, the first or the last.
pub fn day(text: &str, format: &str, last: bool) -> Option<Day> {
    if !text.is_ascii() {
        return None;
    }
    let long = |digits: &str| Day::parse_102(digits);
    match format.trim() {
        "102" => long(text),
        // A moment: its day is what an invoice says.
        "203" | "204" | "303" | "304" => long(text.get(..8)?),
        "718" => {
            let (from, to) = text.split_once('-').or_else(|| Some((text.get(..8)?, text.get(8..)?)))?;
            long(if last { to } else { from })
        }
        // The same with years of two digits, and with times.
        "717" => {
            let (from, to) = text.split_once('-').or_else(|| Some((text.get(..6)?, text.get(6..)?)))?;
            let one = if last { to } else { from };
            century(one.get(..2)?, one.get(2..).filter(|rest| rest.len() == 4)?)
        }
        "719" => {
            let (from, to) = text.split_once('-').or_else(|| Some((text.get(..12)?, text.get(12..)?)))?;
            let one = if last { to } else { from };
            long(one.get(..8).filter(|_| one.len() == 12)?)
        }
        // Years of two digits are those from 1970 to 2069.
        "101" => century(text.get(..2)?, text.get(2..).filter(|rest| rest.len() == 4)?),
        "2" => {
            let (day, month, year) = (text.get(..2)?, text.get(2..4)?, text.get(4..).filter(|rest| rest.len() == 2)?);
            century(year, &format!("{month}{day}"))
        }
        // A month: its first day or its last.
        "610" => {
            let (year, month): (i32, u32) = (text.get(..4)?.parse().ok()?, text.get(4..6)?.parse().ok()?);
            let first = long(&format!("{year:04}{month:02}01"))?;
            let next = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
            let after = long(&format!("{:04}{:02}01", next.0, next.1))?;
            if last { Day::from_epoch(after.since_epoch() - 1) } else { Some(first) }
        }
        // Senders leave the format out; eight digits can be nothing else.
        "" if text.len() == 8 => long(text),
        _ => None,
    }
}

fn century(year: &str, rest: &str) -> Option<Day> {
    let century = if year < "70" { "20" } else { "19" };
    Day::parse_102(&format!("{century}{year}{rest}"))
}

#[cfg(test)]
mod tests {
    use super::{end, one};

    #[test]
    fn dates_by_format() {
        for (text, format, last, wanted) in [
            ("20261122", "102", false, "2026-11-22"),
            ("202611221430", "203", false, "2026-11-22"),
            ("261122", "101", false, "2026-11-22"),
            ("221126", "2", false, "2026-11-22"),
            ("20261101-20261130", "718", false, "2026-11-01"),
            ("20261101-20261130", "718", true, "2026-11-30"),
            ("261101-261130", "717", true, "2026-11-30"),
            ("261101261130", "717", false, "2026-11-01"),
            ("202611010800-202611301800", "719", true, "2026-11-30"),
            ("202611010800202611301800", "719", false, "2026-11-01"),
            ("202602", "610", true, "2026-02-28"),
            ("20261122", "", false, "2026-11-22"),
            // What is no date stays as it came.
            ("20261332", "102", false, "20261332"),
            ("202647", "616", false, "202647"),
            ("é0261122", "102", false, "é0261122"),
            ("1", "718", true, "1"),
        ] {
            assert_eq!(end(text, format, last), wanted, "{text} {format}");
        }
    }

    #[test]
    fn several_days_are_none_of_them() {
        for (text, format, wanted) in [
            ("20261122", "102", Some("2026-11-22")),
            ("20261122-20261122", "718", Some("2026-11-22")),
            ("20261121-20261122", "718", None),
            ("261121261122", "717", None),
            ("202611210800202611221800", "719", None),
            ("202611", "610", None),
            // What cannot be read as days at all stays as it came.
            ("20261332", "102", Some("20261332")),
            ("202613", "610", Some("202613")),
        ] {
            assert_eq!(one(text, format).as_deref(), wanted, "{text} {format}");
        }
    }
}
