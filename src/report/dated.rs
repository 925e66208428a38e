//! Where packs stood in their calendars, in words: only where it says something.

use super::{PackRun, Report};
use crate::rules::{Direction, Severity};
use crate::text::Lang;

/// One line a pack whose fatal rules only warned, or for which somebody chose day or direction.
pub fn calendars(report: &Report, lang: Lang) -> impl Iterator<Item = String> {
    report.packs.iter().filter_map(move |pack| told(pack, lang))
}

fn told(pack: &PackRun, lang: Lang) -> Option<String> {
    let calendar = pack.calendar.as_ref()?;
    let warns = calendar.severity == Severity::Warning;
    // The invoice's own day and the usual direction are no news.
    if !warns && calendar.day_from == "BT-2" && calendar.direction == Direction::Out {
        return None;
    }
    let direction = match calendar.direction {
        Direction::Out => lang.pick("à émettre (out)", "to be issued (out)"),
        Direction::In => lang.pick("reçue (in)", "received (in)"),
    };
    let (id, until, day, from) = (&pack.id, calendar.warning_until, calendar.day, &calendar.day_from);
    Some(match (lang, warns) {
        (Lang::Fr, true) => {
            format!(
                "{id} : ses règles bloquantes avertissent seulement, jusqu'au {until} ; facture {direction}, jour {day} ({from})"
            )
        }
        (Lang::En, true) => {
            format!("{id}: its fatal rules only warn, until {until}; invoice {direction}, day {day} ({from})")
        }
        (Lang::Fr, false) => {
            format!("{id} : ses règles bloquent, après le {until} ; facture {direction}, jour {day} ({from})")
        }
        (Lang::En, false) => {
            format!("{id}: its fatal rules block, after {until}; invoice {direction}, day {day} ({from})")
        }
    })
}
