//! Where packs stood in their calendars, in words: only where it says something.

use super::{PackRun, Report};
use crate::rules::{Direction, Severity};
use crate::text::Lang;

/// One line a pack that has versions, and one a pack whose fatal rules only warned, or for which somebody chose day or direction.
pub fn calendars(report: &Report, lang: Lang) -> impl Iterator<Item = String> {
    let message = report.message.is_some();
    let versions = report.packs.iter().filter_map(move |pack| version(pack, lang));
    versions.chain(report.packs.iter().filter_map(move |pack| told(pack, message, lang)))
}

/// Which version ran, and the day that chose it.
fn version(pack: &PackRun, lang: Lang) -> Option<String> {
    let chosen = pack.in_force.as_ref()?;
    let (id, version) = (&pack.id, &pack.version);
    let in_force = match (chosen.from, chosen.before, lang) {
        (Some(from), Some(before), Lang::Fr) => format!("du {from} jusqu'avant le {before}"),
        (Some(from), Some(before), Lang::En) => format!("from {from} until before {before}"),
        (Some(from), None, Lang::Fr) => format!("depuis le {from}"),
        (Some(from), None, Lang::En) => format!("from {from} on"),
        (None, Some(before), Lang::Fr) => format!("jusqu'avant le {before}"),
        (None, Some(before), Lang::En) => format!("until before {before}"),
        (None, None, _) => return None,
    };
    let (day, from) = (chosen.day, &chosen.day_from);
    Some(match lang {
        Lang::Fr => format!("{id} : version {version}, en vigueur {in_force} ; jour {day} ({from})"),
        Lang::En => format!("{id}: version {version}, in force {in_force}; day {day} ({from})"),
    })
}

fn told(pack: &PackRun, message: bool, lang: Lang) -> Option<String> {
    let calendar = pack.calendar.as_ref()?;
    let warns = calendar.severity == Severity::Warning;
    // The invoice's own day and the usual direction are no news.
    if !warns && ["BT-2", "MDT-8"].contains(&calendar.day_from.as_str()) && calendar.direction == Direction::Out {
        return None;
    }
    let direction = match calendar.direction {
        Direction::Out => lang.pick("à émettre (out)", "to be issued (out)"),
        Direction::In => lang.pick(if message { "reçu (in)" } else { "reçue (in)" }, "received (in)"),
    };
    let what = match message {
        true => lang.pick("message", "message"),
        false => lang.pick("facture", "invoice"),
    };
    let (id, day, from) = (&pack.id, calendar.day, &calendar.day_from);
    let until = |fr: &str, en: &str| {
        let day = calendar.warning_until;
        day.map_or(String::new(), |day| format!(", {} {day}", lang.pick(fr, en)))
    };
    let severity = match warns {
        true => lang.pick("ses règles bloquantes avertissent seulement", "its fatal rules only warn"),
        false => lang.pick("ses règles bloquent", "its fatal rules block"),
    };
    let until = if warns { until("jusqu'au", "until") } else { until("après le", "after") };
    let colon = lang.pick(" :", ":");
    let semicolon = lang.pick(" ;", ";");
    Some(format!(
        "{id}{colon} {severity}{until}{semicolon} {what} {direction}, {} {day} ({from})",
        lang.pick("jour", "day")
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::day::Day;
    use crate::report::InForce;

    #[test]
    fn a_version_says_its_days_and_the_day_that_chose_it() {
        let day = |text: &str| Day::parse_iso(text);
        let pack = |from: Option<Day>, before: Option<Day>| PackRun {
            id: "fr".to_owned(),
            version: "2".to_owned(),
            sha256: String::new(),
            rules: 1,
            reason: "BT-40 = FR".to_owned(),
            presumed: false,
            calendar: None,
            in_force: Some(InForce { from, before, day: day("2026-11-22").unwrap(), day_from: "BT-2".to_owned() }),
        };
        let (first, last) = (day("2026-01-01"), day("2027-01-01"));
        for (pack, fr, en) in [
            (pack(first, last), "du 2026-01-01 jusqu'avant le 2027-01-01", "from 2026-01-01 until before 2027-01-01"),
            (pack(first, None), "depuis le 2026-01-01", "from 2026-01-01 on"),
            (pack(None, last), "jusqu'avant le 2027-01-01", "until before 2027-01-01"),
        ] {
            let told = |lang| version(&pack, lang).unwrap();
            assert_eq!(told(Lang::Fr), format!("fr : version 2, en vigueur {fr} ; jour 2026-11-22 (BT-2)"));
            assert_eq!(told(Lang::En), format!("fr: version 2, in force {en}; day 2026-11-22 (BT-2)"));
        }
    }
}
