//! What an APERAK says, to segments.

use super::{Aperak, ErrorSaid, Form, Outcome, Release};
use crate::edifact::write::{Line, Loss, Writer};
use crate::edifact::{Dress, MessageType, Stamp};
use crate::text::Lang;

/// Most errors of one APERAK (the group of ERC).
const ERRORS: usize = 999;

impl Aperak {
    /// An interchange that holds these, one message each, and what could not be written as it is.
    pub fn write(all: &[(Aperak, &Form)], dress: &Dress, stamp: &Stamp) -> (Vec<u8>, Vec<Loss>) {
        let numbers = all.iter().flat_map(|(a, _)| [&a.reference, &a.invoice, &a.interchange, &a.message]);
        let parties = all.iter().flat_map(|(a, _)| &a.parties).map(|party| &party.id);
        let dress = dress.clone().holding(numbers.chain(parties).map(String::as_str));
        let mut writer = Writer::new(dress.settings.clone());
        writer.begin(&dress.envelope(stamp));
        for (n, (aperak, form)) in all.iter().enumerate() {
            let release = if form.release == Release::D96A { "96A" } else { "01B" };
            let kind = MessageType {
                name: "APERAK".to_owned(),
                version: "D".to_owned(),
                release: release.to_owned(),
                agency: "UN".to_owned(),
                association: form.association.clone(),
                ..MessageType::default()
            };
            writer.message(&(n + 1).to_string(), &kind, "");
            aperak.body(&mut writer, form);
        }
        writer.finish()
    }

    fn body(&self, writer: &mut Writer, form: &Form) {
        let outcome = self.outcome.code();
        writer.line(&Line::new("BGM").with(self.kind.as_str()).with(self.reference.as_str()).with(outcome));
        if !self.written.is_empty() {
            writer.line(&Line::new("DTM").with(["137", self.written.as_str(), "203"]));
        }
        // FTX+AAO ahead of all: the whole in a sentence.
        for note in self.notes.iter().take(9) {
            writer.line(&free("AAO", note, form));
        }
        if !self.invoice.is_empty() {
            writer.line(&Line::new("RFF").with(["IV", self.invoice.as_str()]));
            if !self.issued.is_empty() {
                writer.line(&Line::new("DTM").with(["171", self.issued.as_str(), "102"]));
            }
            writer.line(&Line::new("RFF").with(["ACE", self.invoice.as_str()]));
        }
        if !self.interchange.is_empty() {
            let received = format!("{}/{}", self.interchange, self.message);
            writer.line(&Line::new("RFF").with(["ACW", received.as_str()]));
        }
        for party in &self.parties {
            let line = Line::new("NAD").with(party.role.as_str());
            let line = line.with([party.id.as_str(), party.list.as_str(), party.agency.as_str()]);
            // Who has an identifier is known by it; a name stands where there is none.
            let name: String = party.name.chars().take(35).collect();
            writer.line(&if party.id.is_empty() { line.skip().with(name) } else { line });
        }
        let many = self.errors.len() > ERRORS;
        let told = if many { ERRORS - 1 } else { self.errors.len() };
        for error in self.errors.iter().take(told) {
            self.error(error, writer, form);
        }
        if many {
            let more = self.errors.len() - told;
            let text = form.lang.pick(
                format!("{more} autres erreurs ne sont pas listées"),
                format!("{more} more errors are not listed"),
            );
            self.error(
                &ErrorSaid {
                    code: super::UNKNOWN_RULE.to_owned(),
                    list: "ZZZ".to_owned(),
                    agency: "92".to_owned(),
                    text,
                    ..ErrorSaid::default()
                },
                writer,
                form,
            );
        }
    }

    fn error(&self, error: &ErrorSaid, writer: &mut Writer, form: &Form) {
        writer.line(&Line::new("ERC").with([error.code.as_str(), error.list.as_str(), error.agency.as_str()]));
        if !error.text.is_empty() {
            writer.line(&free("AAO", &error.text, form));
        }
        // 1156 is the number of the line, as its LIN has it (1082): an..6.
        if let Some(line) = error.line.as_deref().filter(|line| line.chars().count() <= 6) {
            writer.line(&Line::new("RFF").with(["IV", self.invoice.as_str(), line]));
        }
    }
}

/// A text in the components of an FTX: five of 70 characters in D96A, of 512 in D01B; what is beyond ends in dots.
fn free<'a>(subject: &'a str, text: &str, form: &Form) -> Line<'a> {
    let width = if form.release == Release::D96A { 70 } else { 512 };
    // What changes its length in another character set would be cut there; plain signs are the same in all.
    let text: String = text
        .chars()
        .flat_map(|c| plain(c).chars().map(move |p| if p == SAME { c } else { p }).collect::<Vec<_>>())
        .collect();
    let lang = if form.lang == Lang::Fr { "FR" } else { "EN" };
    Line::new("FTX").with(subject).skip().skip().with(split(&text, width, 5)).with(lang)
}

/// Typographic signs as every set has them; [`SAME`] for what stays.
fn plain(c: char) -> &'static str {
    match c {
        '\u{2019}' | '\u{2018}' => "'",
        '\u{ab}' | '\u{bb}' | '\u{201c}' | '\u{201d}' => "\"",
        '\u{2010}'..='\u{2015}' | '\u{2212}' => "-",
        '\u{d7}' => "x",
        '\u{2026}' => "...",
        '\u{20ac}' => "EUR",
        '\u{153}' => "oe",
        '\u{2264}' => "<=",
        '\u{2265}' => ">=",
        '\u{2260}' => "<>",
        '\u{2192}' => "->",
        c if c.is_control() || c.is_whitespace() => " ",
        _ => "\u{0}",
    }
}

/// Stands for the character itself.
const SAME: char = '\u{0}';

/// In pieces of at most `width` characters, at blanks where there are any; at most `count` of them.
fn split(text: &str, width: usize, count: usize) -> Vec<String> {
    let mut pieces: Vec<String> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        let end = rest.char_indices().nth(width).map_or(rest.len(), |(at, _)| at);
        // A piece that is full goes on without a blank (`text::joined`): what ends at a blank is shorter.
        let cut = match rest.get(..end).and_then(|piece| piece.rfind(' ')) {
            _ if end == rest.len() => end,
            Some(blank) if blank > 0 => blank,
            _ => end,
        };
        let (piece, after) = rest.split_at(cut);
        pieces.push(piece.trim_end().to_owned());
        rest = after.trim_start();
    }
    if pieces.len() > count {
        pieces.truncate(count);
        if let Some(last) = pieces.last_mut() {
            let kept: String = last.chars().take(width.saturating_sub(4)).collect();
            *last = format!("{kept} ...");
        }
    }
    pieces
}

/// 1001 for an outcome: D01B has codes for it (313, 312); in D96A partners agree on one, 305 unless they did.
pub(super) fn kind(outcome: &Outcome, release: Release) -> &'static str {
    match (release, outcome) {
        (Release::D96A, _) => "305",
        (Release::D01B, Outcome::Refused) => "313",
        (Release::D01B, _) => "312",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_cut_at_blanks_and_end_in_dots() {
        // A piece that a blank ends is shorter than the width, so that it is joined with one again.
        assert_eq!(split("un deux trois", 8, 5), ["un deux", "trois"]);
        assert_eq!(split("abcdefghij", 4, 5), ["abcd", "efgh", "ij"]);
        assert_eq!(split("aa bbb ccc ddd eee", 7, 2), ["aa bbb", "ccc ..."]);
        assert!(split("", 70, 5).is_empty());
    }
}
