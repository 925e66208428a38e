//! The end of a period is not before its start (BR-29, BR-30).

use crate::day::Day;
use crate::rules::engine::{Broken, Crash, Scene, Verdict};
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
    for end in texts(ram_EndDateTime) {
        for start in texts(ram_StartDateTime) {
            if scene.tree.text_of(end) >= scene.tree.text_of(start) {
                return Ok(Verdict::Holds);
            }
        }
    }
    match (texts(ram_EndDateTime).next(), texts(ram_StartDateTime).next()) {
        (Some(end), Some(start)) => {
            Ok(Verdict::fails(end, scene.text(end).to_owned(), format!("≥ {}", scene.text(start))))
        }
        _ => Ok(Verdict::fails(node, None, "format=\"102\"".to_owned())),
    }
}

/// The minute a day starts at, `xs:date` with its time zone.
fn minute(scene: &Scene<'_, '_>, node: NodeId) -> Result<i64, Crash> {
    let bad = || scene.crash(node, Broken::NotADate);
    let text = scene.text(node);
    let (day, zone) = text.split_at_checked(10).ok_or_else(bad)?;
    let day = Day::parse_iso(day).ok_or_else(bad)?;
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
    Ok(day.since_epoch() * 1_440 - offset)
}
