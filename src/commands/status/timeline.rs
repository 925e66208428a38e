//! The timeline as a table, as things came about: local time, who, and what in words. The kinds of events, which are ids, are in `--format json`.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::super::{show, timeline, words};
use crate::queue::order;
use crate::text::Lang;

/// Longest sentence of a line, in characters. The whole is in `--format json`.
const SAID_CHARS: usize = 160;

pub fn text(events: &[Value], zone: &TimeZone, lang: Lang) -> String {
    let lines: Vec<Vec<String>> = order::in_order(events.iter().collect(), |event| event)
        .into_iter()
        .map(|(when, event)| {
            let said = show::cut(&show::plain(timeline::words(event).get(lang)), SAID_CHARS);
            let heard = |at| format!(" ({} {})", words::pick(lang, "su le", "heard"), show::instant(at, zone));
            let actor = event["actor"].as_str().unwrap_or("?").to_owned();
            vec![show::instant(when.at, zone), actor, said + &when.heard.map(heard).unwrap_or_default()]
        })
        .collect();
    show::table(&lines)
}
