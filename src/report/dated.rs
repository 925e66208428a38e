//! Where packs stood in their calendars, in words: only where it says something.

use super::{PackRun, Report};
use crate::rules::{Direction, Severity};
use crate::text::Lang;

/// One line a pack whose fatal rules only warned, or for which somebody chose day or direction.
pub fn calendars(report: &Report, lang: Lang) -> impl Iterator<Item = String> {
    let message = report.message.is_some();
    report.packs.iter().filter_map(move |pack| told(pack, message, lang))
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
