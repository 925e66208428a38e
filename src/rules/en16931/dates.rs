//! The end of a period is not before its start (BR-29, BR-30).

use crate::day::Day;
use crate::rules::engine::{Broken, Crash, Evidence, Scene, Verdict};
use crate::text::Text;
use crate::xml::NodeId;

use super::name::*;

/// UBL compares days, time zones counted.
pub fn ubl_period(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    if !scene.has(node, cbc_EndDate) || !scene.has(node, cbc_StartDate) {
        return Ok(Verdict::Holds);
    }
    let (Some(end), Some(start)) = (scene.child(node, cbc_EndDate)?, scene.child(node, cbc_StartDate)?) else {
        return Ok(Verdict::Holds);
    };
    if minute(scene, end)? >= minute(scene, start)? {
        return Ok(Verdict::Holds);
    }
    Ok(Verdict::fails(end, scene.text(end).to_owned(), format!("≥ {}", scene.text(start))))
}

/// CII compares the texts of format 102.
pub fn cii_period(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    if !scene.has(node, ram_EndDateTime) || !scene.has(node, ram_StartDateTime) {
        return Ok(Verdict::Holds);
    }
    let texts = |name| {
        scene
            .all(node, name)
            .flat_map(|d| scene.all(d, udt_DateTimeString))
            .filter(|d| scene.attribute(*d, at_format) == Some("102"))
    };
    // Any end and any start: the last and the first of them.
    let written = |name| texts(name).map(|d| scene.tree.text_of(d));
    let (last, first) = (written(ram_EndDateTime).max(), written(ram_StartDateTime).min());
    if last.zip(first).is_some_and(|(end, start)| end >= start) {
        return Ok(Verdict::Holds);
    }
    match (texts(ram_EndDateTime).next(), texts(ram_StartDateTime).next()) {
        (Some(end), Some(start)) => {
            Ok(Verdict::fails(end, scene.text(end).to_owned(), format!("≥ {}", scene.text(start))))
        }
        _ => Ok(Verdict::failed(Evidence {
            at: Some(node),
            expected: Some("format=\"102\"".to_owned()),
            message: Some(Text::new(
                "Le début et la fin de la période ne sont pas tous deux au format 102 (AAAAMMJJ).",
                "The start and the end of the period are not both in format 102 (YYYYMMDD).",
            )),
            fix: Some(Text::new(
                "Écrire les deux dates au format 102, par exemple 20261102.",
                "Write both dates in format 102, such as 20261102.",
            )),
            ..Evidence::default()
        })),
    }
}

/// The minute a day starts at, `xs:date` with its time zone.
fn minute(scene: &Scene<'_, '_>, node: NodeId) -> Result<i64, Crash> {
    let bad = || scene.crash(node, Broken::NotADate);
    let text = scene.text(node);
    let (day, zone) = split(text).ok_or_else(bad)?;
    let day = days(day).ok_or_else(bad)?;
    let offset = match zone.as_bytes() {
        [] | [b'Z'] => 0,
        [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] if [h1, h2, m1, m2].iter().all(|b| b.is_ascii_digit()) => {
            let number = |a: &u8, b: &u8| i64::from(a - b'0') * 10 + i64::from(b - b'0');
            let (hours, minutes) = (number(h1, h2), number(m1, m2));
            if hours > 14 || minutes > 59 || (hours == 14 && minutes > 0) {
                return Err(bad());
            }
            (hours * 60 + minutes) * if *sign == b'-' { -1 } else { 1 }
        }
        _ => return Err(bad()),
    };
    Ok(day * 1_440 - offset)
}

/// The day and the time zone of an `xs:date`; years may have a sign and more than four digits.
fn split(text: &str) -> Option<(&str, &str)> {
    let year = text.get(1..)?.find('-')? + 1;
    text.split_at_checked(year + 6)
}

/// Days since an epoch of its own; the year 0000 and years before are years of XML Schema 1.1.
fn days(text: &str) -> Option<i64> {
    let (year, rest) = text.split_at_checked(text.len().checked_sub(6)?)?;
    let digits = year.strip_prefix('-').unwrap_or(year);
    let fits = (4..=9).contains(&digits.len()) && digits.bytes().all(|b| b.is_ascii_digit());
    let year: i64 = year.parse().ok().filter(|_| fits && (digits.len() == 4 || !digits.starts_with('0')))?;
    // The calendar repeats every 400 years; the month and the day are judged in a year that `Day` knows.
    let day = Day::parse_iso(&format!("{:04}{rest}", year.rem_euclid(400) + 400))?;
    Some(day.since_epoch() + (year.div_euclid(400) - 1) * 146_097)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_days_before_year_one_and_after_9999() {
        assert_eq!(days("1970-01-01"), Some(0));
        assert_eq!(days("2026-11-21"), Day::parse_iso("2026-11-21").map(Day::since_epoch));
        assert!(days("0000-02-29") < days("0000-03-01") && days("-0001-12-31") < days("0000-01-01"));
        assert!(days("10000-01-01") > days("9999-12-31"));
        for bad in ["2026-02-29", "26-01-01", "2026-1-01", "", "-", "012026-01-01", "2026-01-0a"] {
            assert_eq!(days(bad), None, "{bad}");
        }
        assert_eq!(split("2026-01-01+02:00"), Some(("2026-01-01", "+02:00")));
        assert_eq!(split("-12026-01-01Z"), Some(("-12026-01-01", "Z")));
    }
}
