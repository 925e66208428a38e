//! The timeline as a table: local time, who, and what in words. The kinds of events, which are ids, are in `--format json`.

use jiff::tz::TimeZone;
use serde_json::Value;

use super::super::{show, timeline};
use crate::text::Lang;

/// Longest sentence of a line, in characters. The whole is in `--format json`.
const SAID_CHARS: usize = 160;

pub fn text(events: &[Value], zone: &TimeZone, lang: Lang) -> String {
    let word = |event: &Value, key: &str| event[key].as_str().unwrap_or("?").to_owned();
    let lines: Vec<Vec<String>> = events
        .iter()
        .map(|event| {
            let said = show::cut(&show::plain(timeline::words(event).get(lang)), SAID_CHARS);
            vec![show::local(&word(event, "at"), zone), word(event, "actor"), said]
        })
        .collect();
    show::table(&lines)
}
