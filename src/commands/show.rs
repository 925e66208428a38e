//! What text on a terminal is made of: plain words, aligned columns, local times.

use std::io::Write as _;
use std::process::ExitCode;

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::clock::Millis;
use crate::formats::{Read, Received};
use crate::invoice::{Place, in_message};
use crate::text::{Lang, visible};

/// Widest cell of a table, in characters; the rest becomes an ellipsis.
const CELL_CHARS: usize = 40;

/// Something that went wrong, told on standard error; the exit status is 2.
pub fn fail(said: &str) -> ExitCode {
    tell(said);
    ExitCode::from(2)
}

/// A sentence on standard error, each line marked as ours.
pub fn tell(said: &str) {
    let lines: String = said.lines().map(|line| format!("facteur: {}\n", plain(line))).collect();
    // Nobody is left to be told that standard error is closed.
    let _ = std::io::stderr().lock().write_all(lines.as_bytes());
}

/// That the message which was read, or the interchange around it, is cut: what is shown of it is not all that was sent.
pub fn tell_cut(file: &str, read: &Read<'_>, lang: Lang) {
    let Some((cut, place)) = read.received.as_deref().and_then(Received::cut) else { return };
    let at = match place {
        Place::Edifact { segment, element, component, offset } => in_message(segment, element, component, offset, lang),
        _ => String::new(),
    };
    tell(&format!("{} ({at}){}{}", visible(file), lang.pick(" : ", ": "), cut.text().get(lang)));
}

/// Text of others, safe on a terminal: control characters, which could move its cursor or colour it, become blanks.
pub fn plain(text: &str) -> String {
    text.chars().map(|c| if c.is_control() || is_bidi(c) { ' ' } else { c }).collect()
}

/// Marks that turn the direction of writing and so can make a line read as what it is not.
fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}

/// Lines of cells, each column as wide as its widest cell. The last column is not cut.
pub fn table(lines: &[Vec<String>]) -> String {
    let last = lines.iter().map(Vec::len).max().unwrap_or(0).saturating_sub(1);
    let cell = |at: usize, text: &str| if at == last { plain(text) } else { cut(&plain(text), CELL_CHARS) };
    let shown: Vec<Vec<String>> =
        lines.iter().map(|line| line.iter().enumerate().map(|(at, text)| cell(at, text)).collect()).collect();
    let width = |at: usize| shown.iter().filter_map(|line| line.get(at)).map(|c| c.chars().count()).max().unwrap_or(0);
    let widths: Vec<usize> = (0..=last).map(width).collect();
    let mut out = String::new();
    for line in &shown {
        let padded: Vec<String> = line.iter().zip(&widths).map(|(text, wide)| format!("{text:<wide$}")).collect();
        out.push_str(padded.join("  ").trim_end());
        out.push('\n');
    }
    out
}

/// At most so many characters.
pub fn cut(text: &str, chars: usize) -> String {
    if text.chars().count() <= chars {
        return text.to_owned();
    }
    text.chars().take(chars.saturating_sub(1)).chain(['…']).collect()
}

/// An instant of the API (RFC 3339) in local time, to the second; what is no instant stays as it is.
pub fn local(at: &str, zone: &TimeZone) -> String {
    match at.parse::<Timestamp>() {
        Ok(at) => at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string(),
        Err(_) => at.to_owned(),
    }
}

/// The same of milliseconds since 1970.
pub fn instant(at: Millis, zone: &TimeZone) -> String {
    Timestamp::from_millisecond(at).map_or_else(|_| at.to_string(), |at| local(&at.to_string(), zone))
}

/// The zone of this machine; UTC where it has none.
pub fn zone() -> TimeZone {
    TimeZone::try_system().unwrap_or(TimeZone::UTC)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_aligned_and_long_cells_cut() {
        let line = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        let long = "x".repeat(60);
        let shown = table(&[line(["a", "éé", "one"]), line([&long, "b", &long])]);
        assert_eq!(shown, format!("a{}éé  one\n{}…  b   {long}\n", " ".repeat(41), "x".repeat(39)));
        assert_eq!(table(&[]), "");
    }

    #[test]
    fn a_terminal_is_not_steered_by_what_others_wrote() {
        assert_eq!(plain("a\u{1b}[31mb\nc\u{202E}d"), "a [31mb c d");
    }

    #[test]
    fn instants_are_local() {
        let zone = TimeZone::fixed(jiff::tz::offset(1));
        assert_eq!(local("2026-11-21T23:30:00.120Z", &zone), "2026-11-22 00:30:00");
        assert_eq!(local("soon", &zone), "soon");
    }
}
