//! The report as CSV: a row a finding, and one for a file without any, so that none vanishes.
//!
//! The headings are names for programs, in English whatever the language, and stay in this order; new ones are added at the end.

use std::borrow::Cow;

use super::{Document, Form, Manner, Piece, Report, overruled};
use crate::invoice::Place;
use crate::limits;
use crate::rules::Finding;
use crate::text::{Lang, amount_cell, name_cell, text_cell};

/// One table for the whole run.
pub(super) struct CsvForm(pub Manner);

impl Form for CsvForm {
    fn begin(&self) -> String {
        let headings: Vec<&str> = OF_FILE
            .iter()
            .map(|(name, _)| *name)
            .chain(OF_FINDING.iter().map(|(name, _)| *name))
            .chain(LATER.map(|(name, _)| name))
            .chain(LATER_OF_FINDING.map(|(name, _)| name))
            .chain(LAST.map(|(name, _)| name))
            .collect();
        headings.join(",") + "\r\n"
    }

    fn one(&self, report: &Report, _: &Document<'_>) -> Piece {
        let file: String = OF_FILE.iter().map(|(_, cell)| cell(report, self.0.lang) + ",").collect();
        let later: String = LATER.iter().map(|(_, cell)| ",".to_owned() + &cell(report, self.0.lang)).collect();
        let last: String = LAST.iter().map(|(_, cell)| ",".to_owned() + &cell(report, self.0.lang)).collect();
        let mut out = String::with_capacity((file.len() + 400) * report.findings.len().max(1));
        let mut row = |finding: Option<&Finding>| {
            out.push_str(&file);
            for (at, (_, cell)) in OF_FINDING.iter().enumerate() {
                if at > 0 {
                    out.push(',');
                }
                out.push_str(&finding.map_or_else(String::new, |finding| cell(finding, self.0.lang)));
            }
            out.push_str(&later);
            for (_, cell) in LATER_OF_FINDING {
                out.push(',');
                out.push_str(&finding.map_or_else(String::new, |finding| cell(finding, self.0.lang)));
            }
            out.push_str(&last);
            out.push_str("\r\n");
        };
        report.findings.iter().for_each(|finding| row(Some(finding)));
        if report.findings.is_empty() {
            row(None);
        }
        out.into()
    }
}

type OfFile = (&'static str, fn(&Report, Lang) -> String);
type OfFinding = (&'static str, fn(&Finding, Lang) -> String);

const OF_FILE: [OfFile; 15] = [
    ("file", |r, _| name_cell(&r.file)),
    ("sha256", |r, _| r.sha256.clone()),
    ("as_of", |r, _| r.as_of.to_string()),
    ("verdict", |r, _| r.verdict.as_str().to_owned()),
    // Why a file is not judged stands in its own row, whatever else was found.
    ("not_run", |r, lang| {
        let told = r.not_run.iter().map(|missing| format!("{}: {}", missing.pack, missing.reason.get(lang)));
        fitting(&told.collect::<Vec<_>>().join("; "), name_cell)
    }),
    ("syntax", |r, _| optional(&r.syntax)),
    ("profile", |r, _| r.profile.as_deref().map_or_else(String::new, held)),
    ("number", |r, _| of_invoice(r, |i| &i.number)),
    ("issued", |r, _| of_invoice(r, |i| &i.issued)),
    ("seller", |r, _| of_invoice(r, |i| &i.seller)),
    ("buyer", |r, _| of_invoice(r, |i| &i.buyer)),
    ("payable", |r, _| {
        r.invoice
            .as_ref()
            .and_then(|i| i.payable.as_deref())
            .map_or_else(String::new, |text| amount_cell(&cut(text, HELD)))
    }),
    ("currency", |r, _| of_invoice(r, |i| &i.currency)),
    ("packs", |r, _| {
        let ran = r.packs.iter().map(|pack| format!("{} {}", pack.id, pack.version));
        name_cell(&ran.collect::<Vec<_>>().join("; "))
    }),
    ("findings", |r, _| r.findings.len().to_string()),
];

const OF_FINDING: [OfFinding; 16] = [
    ("rule", |f, _| name_cell(&f.rule)),
    ("group", |f, _| name_cell(&f.group)),
    ("severity", |f, _| super::svrl::word(f.severity).to_owned()),
    ("pack", |f, _| name_cell(&f.pack)),
    ("terms", |f, _| name_cell(&f.terms.join(" "))),
    ("attachment", |f, _| match &f.place {
        Some(Place::Xml { attachment, .. }) => optional(attachment),
        Some(Place::Attachment { attachment }) => name_cell(attachment),
        _ => String::new(),
    }),
    ("line", |f, _| match &f.place {
        Some(Place::Xml { line, .. }) => line.to_string(),
        Some(Place::Edifact { segment, .. }) => segment.to_string(),
        _ => String::new(),
    }),
    ("column", |f, _| match &f.place {
        Some(Place::Xml { column, .. }) => column.to_string(),
        Some(Place::Edifact { element, .. }) => element.to_string(),
        _ => String::new(),
    }),
    ("path", |f, _| match &f.place {
        Some(Place::Xml { path, .. }) => fitting(path, name_cell),
        _ => String::new(),
    }),
    ("found", |f, lang| f.found_in(lang).as_deref().map_or_else(String::new, compared)),
    ("expected", |f, lang| f.expected_in(lang).as_deref().map_or_else(String::new, compared)),
    ("difference", |f, _| {
        let off = f.working.as_ref().and_then(|working| working.difference.as_deref());
        // A plus sign is no part of a number that a program reads, and a formula to a spreadsheet.
        off.map_or_else(String::new, |off| amount_cell(off.strip_prefix('+').unwrap_or(off)))
    }),
    ("message", |f, lang| fitting(f.message.get(lang), text_cell)),
    ("fix", |f, lang| fitting(f.fix.get(lang), text_cell)),
    ("example", |f, _| f.example.as_deref().map_or_else(String::new, |example| fitting(example, text_cell))),
    // Counted from 1 among the findings of this file: the row that this one goes with.
    ("follows", |f, _| f.follows.map_or_else(String::new, |at| at.saturating_add(1).to_string())),
];

/// Columns of the file that came later, and so stand last.
const LATER: [OfFile; 1] = [
    // Of `payable`, where it is not `currency`.
    ("payable_currency", |r, _| of_invoice(r, |i| &i.payable_currency)),
];

/// Columns of the file that came last: how the packs of `packs` were chosen, and where those with a calendar stood in it.
const LAST: [OfFile; 5] = [
    ("reasons", |r, _| {
        let told = r.packs.iter().map(|pack| format!("{}: {}", pack.id, pack.reason));
        fitting(&told.collect::<Vec<_>>().join("; "), name_cell)
    }),
    ("direction", |r, _| of_calendar(r, |c| super::dated::direction(c).to_owned())),
    ("day", |r, _| of_calendar(r, |c| c.day.to_string())),
    ("day_from", |r, _| of_calendar(r, |c| c.day_from.clone())),
    ("calendar", |r, _| {
        let told = r.packs.iter().filter_map(|pack| Some((pack, pack.calendar.as_ref()?)));
        let told = told.map(|(pack, calendar)| format!("{}: {}", pack.id, super::dated::stood(calendar)));
        fitting(&told.collect::<Vec<_>>().join("; "), name_cell)
    }),
];

/// The same of all packs of a report.
fn of_calendar(report: &Report, tell: fn(&super::Calendar) -> String) -> String {
    let calendar = report.packs.iter().find_map(|pack| pack.calendar.as_ref());
    calendar.map_or_else(String::new, |calendar| fitting(&tell(calendar), name_cell))
}

/// Columns of the finding that came later still. A finding with `waived_by` blocks nothing, whatever its severity.
const LATER_OF_FINDING: [OfFinding; 5] = [
    ("waived_by", |f, _| f.waived.as_ref().map_or_else(String::new, |waived| fitting(&waived.author, name_cell))),
    ("waived_until", |f, _| f.waived.as_ref().map_or_else(String::new, |waived| waived.until.to_string())),
    ("waiver", |f, lang| {
        f.waived.as_ref().map_or_else(String::new, |w| fitting(&overruled::waiver(w, lang), text_cell))
    }),
    ("severity_was", |f, _| {
        f.severity_was.as_ref().map_or_else(String::new, |was| super::svrl::word(was.severity).to_owned())
    }),
    ("severity_by", |f, _| {
        let was = f.severity_was.as_ref();
        was.map_or_else(String::new, |was| fitting(&format!("{}:{}", was.file, was.line), name_cell))
    }),
];

fn optional(text: &Option<String>) -> String {
    text.as_deref().map_or_else(String::new, |text| fitting(text, name_cell))
}

/// Longest value of the invoice's head, which stands in every row of its file, in characters.
const HELD: usize = 255;
/// Most characters that a spreadsheet takes in a cell.
const CELL: usize = 32_767;

/// The first characters of a text, and `…` where it has more.
fn cut(text: &str, most: usize) -> Cow<'_, str> {
    match text.char_indices().nth(most) {
        Some((end, _)) => Cow::Owned(format!("{}…", &text[..end])),
        None => Cow::Borrowed(text),
    }
}

fn held(text: &str) -> String {
    name_cell(&cut(text, HELD))
}

/// What was found or expected, as the text shows it.
fn compared(text: &str) -> String {
    amount_cell(&cut(text, 2 * limits::QUOTED_CHARS))
}

/// A cell that a spreadsheet takes whole. What hides is longer where it is shown: then less of it stays.
fn fitting(text: &str, cell: fn(&str) -> String) -> String {
    let mut most = CELL - 1;
    loop {
        let written = cell(&cut(text, most));
        let inside = written.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(&written);
        if inside.len() <= CELL || inside.replace("\"\"", "\"").chars().count() <= CELL {
            return written;
        }
        most = most * 3 / 4;
    }
}

fn of_invoice(report: &Report, pick: fn(&super::Summary) -> &Option<String>) -> String {
    report.invoice.as_ref().map_or_else(String::new, |invoice| pick(invoice).as_deref().map_or_else(String::new, held))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::{Summary, Verdict};

    #[test]
    fn no_cell_is_longer_than_a_spreadsheet_takes() {
        for text in ["x".repeat(1 << 20), "\u{202e}".repeat(40_000), "\"".repeat(40_000), "=1\n".repeat(30_000)] {
            let (one, whole) = (fitting(&text, text_cell), fitting(&text[..99], text_cell));
            let mut read = one.trim_matches('"').replace("\"\"", "\"");
            assert!(read.chars().count() <= CELL && read.pop() == Some('…'), "{}", read.len());
            assert!(!whole.contains('…'));
            assert_eq!(held(&text).chars().filter(|c| *c == '…').count(), 1);
        }
        assert_eq!(compared("-12.50"), "-12.50");
    }

    #[test]
    fn every_row_has_every_column_and_nothing_runs_in_a_spreadsheet() {
        let trap = "=cmd|' /C calc'!A0\u{202e}\n\"x\",";
        let mut report = Report {
            schema: "facteur-report/1".into(),
            tool: "facteur".into(),
            file: trap.into(),
            sha256: "00".into(),
            as_of: crate::day::Day::parse_iso("2026-11-21").unwrap(),
            verdict: Verdict::Valid,
            syntax: None,
            profile: Some(trap.into()),
            invoice: Some(Summary { number: Some(trap.into()), payable: Some(trap.into()), ..Summary::default() }),
            message: None,
            packs: Vec::new(),
            findings: Vec::new(),
            waived: None,
            not_run: Vec::new(),
        };
        let form = CsvForm(Manner::plain(Lang::En));
        let none = super::super::whole(&form, &report, &Document::default());
        assert_eq!(none.matches("\r\n").count(), 2, "a file without findings has its row: {none}");
        report.findings = vec![
            Finding {
                rule: trap.into(),
                found: Some("-12.50".into()),
                message: crate::text::Text::new(trap, trap),
                ..Finding::default()
            };
            2
        ];
        let two = super::super::whole(&form, &report, &Document::default());
        assert!(two.contains(",-12.50,") && !two.contains(['\u{202e}']), "{two}");
        for line in two.split("\r\n").skip(1).filter(|line| !line.is_empty()) {
            assert!(line.starts_with("\"'=cmd"), "{line}");
        }
    }
}
