//! Where packs stood in their calendars, in words: only where it says something.

use super::{Calendar, PackRun, Report};
use crate::rules::{self, Direction, Severity};
use crate::text::Lang;

/// Which packs judged the invoice, in which version, and why each was chosen; structure and our own checks always run.
pub fn judged_by(report: &Report, lang: Lang) -> Option<String> {
    let chosen = report.packs.iter().filter(|pack| pack.reason != ALWAYS && !pack.id.starts_with("structure"));
    let mut told: Vec<String> = chosen
        .map(|pack| {
            let presumed = if pack.presumed { lang.pick(", présumé", ", presumed") } else { "" };
            format!("{} {} ({}{presumed})", pack.id, pack.version, pack.reason)
        })
        .collect();
    if told.is_empty() {
        return None;
    }
    let always = report.packs.iter().filter(|pack| pack.reason == ALWAYS && !pack.id.starts_with("structure"));
    told.extend(always.map(|pack| pack.id.clone()));
    Some(format!("{} {}", lang.pick("jugé par :", "judged by:"), told.join(", ")))
}

/// Why a pack ran, as a person reads it: names of terms and options stay.
pub fn reason(pack: &PackRun, lang: Lang) -> &str {
    if pack.reason == ALWAYS { lang.pick("toujours", "always") } else { &pack.reason }
}

const ALWAYS: &str = "always";

/// Where the day comes from that a calendar went by.
pub fn day_from(report: &Report, from: &str, lang: Lang) -> String {
    if from != "as_of" {
        return from.to_owned();
    }
    let (term, stands) = match (&report.message, &report.invoice) {
        (Some(_), _) => ("MDT-8", true),
        (None, invoice) => ("BT-2", invoice.as_ref().is_some_and(|invoice| invoice.issued.is_some())),
    };
    match stands {
        true => format!(
            "{}{term}{}",
            lang.pick("celui d'aujourd'hui : ", "today's: "),
            lang.pick(" n'est pas dans la forme qui compte", " is not in the form that counts")
        ),
        false => {
            format!("{}{term}{}", lang.pick("celui d'aujourd'hui : ", "today's: "), lang.pick(" manque", " is missing"))
        }
    }
}

/// `out` or `in`, for programs.
pub(super) fn direction(calendar: &Calendar) -> &'static str {
    match calendar.direction {
        Direction::Out => "out",
        Direction::In => "in",
    }
}

/// Where a pack stood in its calendar, for programs: `warning until 2026-08-31`, `fatal after 2026-08-31`.
pub(super) fn stood(calendar: &Calendar) -> String {
    let warns = calendar.severity == Severity::Warning;
    let until =
        calendar.warning_until.map_or(String::new(), |day| format!(" {} {day}", if warns { "until" } else { "after" }));
    format!("{}{until}", if warns { "warning" } else { "fatal" })
}

/// A pack's reason, and its calendar where it has one, in a line for programs.
pub(super) fn chosen(pack: &PackRun) -> String {
    let presumed = if pack.presumed { ", presumed" } else { "" };
    let calendar = pack.calendar.as_ref().map_or(String::new(), |c| {
        format!("; {}; direction {}; day {} ({})", stood(c), direction(c), c.day, c.day_from)
    });
    format!("{}{presumed}{calendar}", pack.reason)
}

/// The families of rules of a pack that follow no calendar, such as `BR-FR-MV`.
fn steady(pack: &PackRun) -> Vec<&'static str> {
    let Some(pack) = rules::packs().iter().find(|known| known.id == pack.id && known.version == pack.version) else {
        return Vec::new();
    };
    let family = |group: &'static str| group.rsplit_once('-').map_or(group, |(family, _)| family);
    let mut families: Vec<&str> = pack.rules.iter().filter(|rule| rule.steady).map(|rule| family(rule.group)).collect();
    families.sort_unstable();
    families.dedup();
    families
}

/// One line a pack that has versions, and one a pack whose fatal rules only warned, or for which somebody chose day or direction.
pub fn calendars(report: &Report, lang: Lang) -> impl Iterator<Item = String> {
    let message = report.message.is_some();
    let versions =
        report.packs.iter().filter_map(move |pack| version(pack, lang, &|from| day_from(report, from, lang)));
    versions.chain(report.packs.iter().filter_map(move |pack| told(report, pack, message, lang)))
}

/// Which version ran, and the day that chose it.
fn version(pack: &PackRun, lang: Lang, source: &dyn Fn(&str) -> String) -> Option<String> {
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
    let (day, from) = (chosen.day, source(&chosen.day_from));
    Some(match lang {
        Lang::Fr => format!("{id} : version {version}, en vigueur {in_force} ; jour {day} ({from})"),
        Lang::En => format!("{id}: version {version}, in force {in_force}; day {day} ({from})"),
    })
}

fn told(report: &Report, pack: &PackRun, message: bool, lang: Lang) -> Option<String> {
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
    let (id, day, from) = (&pack.id, calendar.day, day_from(report, &calendar.day_from, lang));
    let until = |fr: &str, en: &str| {
        let day = calendar.warning_until;
        day.map_or(String::new(), |day| format!(", {} {day}", lang.pick(fr, en)))
    };
    let severity = match warns {
        true => lang.pick("ses règles bloquantes avertissent seulement", "its fatal rules only warn"),
        false => lang.pick("ses règles bloquent", "its fatal rules block"),
    };
    let until = if warns { until("jusqu'au", "until") } else { until("après le", "after") };
    let always = match steady(pack) {
        families if warns && !families.is_empty() => {
            let and = lang.pick(" et ", " and ");
            let all = lang.pick("bloquent toujours", "block all along");
            format!(", {} {} {all}", lang.pick("mais", "but"), families.join(and))
        }
        _ => String::new(),
    };
    let colon = lang.pick(" :", ":");
    let semicolon = lang.pick(" ;", ";");
    Some(format!(
        "{id}{colon} {severity}{until}{always}{semicolon} {what} {direction}, {} {day} ({from})",
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
            let told = |lang| version(&pack, lang, &str::to_owned).unwrap();
            assert_eq!(told(Lang::Fr), format!("fr : version 2, en vigueur {fr} ; jour 2026-11-22 (BT-2)"));
            assert_eq!(told(Lang::En), format!("fr: version 2, in force {en}; day 2026-11-22 (BT-2)"));
        }
    }
}
