//! The corrections of a document as JSON: `facteur-fix/1`, one object on one line.

use std::collections::BTreeMap;

use serde::Serialize;

use super::run::{Applied, Fixed, Left};
use super::table::corrections;
use crate::diff::Heading;
use crate::invoice::{Place, Term};
use crate::rules::{Finding, Severity};
use crate::text::{Lang, Text, one_line};

/// What came of a document.
#[derive(Debug)]
pub struct Outcome<'o> {
    /// What the document given is.
    pub heading: Heading,
    pub fixed: &'o Fixed,
    /// Where the corrected document was written.
    pub written: Option<String>,
    /// Why it was not, though it was asked for or would be of no use.
    pub refused: Option<Text>,
}

/// The whole outcome; without a line end.
pub fn json(outcome: &Outcome<'_>, as_of: &str, lang: Lang) -> String {
    let fixed = outcome.fixed;
    let document = Document {
        schema: "facteur-fix/1",
        tool: concat!("facteur ", env!("CARGO_PKG_VERSION")),
        as_of,
        document: &outcome.heading,
        corrections: fixed.applied.iter().map(|applied| One::of(applied, &outcome.heading, lang)).collect(),
        left: fixed.left.iter().map(|left| Rest::of(left, &outcome.heading, lang)).collect(),
        signed: fixed.sealed,
        written: outcome.written.as_deref(),
        refused: outcome.refused.as_ref().map(|why| why.get(lang)),
        before: Count::of(&fixed.before.findings),
        after: Count::of(&fixed.after.findings),
    };
    one_line(serde_json::to_string(&document).unwrap_or_default())
}

/// Every correction, one object a line.
pub fn list(lang: Lang) -> String {
    let one = |c: &'static super::Correction| {
        let words = c.words(lang);
        let listed = Listed {
            id: &c.id,
            title: &words.title,
            changes: &words.changes,
            why: &words.why,
            rules: &c.rules,
            terms: &c.terms,
            asked: c.asked.as_deref(),
        };
        one_line(serde_json::to_string(&listed).unwrap_or_default()) + "\n"
    };
    corrections().iter().map(one).collect()
}

#[derive(Serialize)]
struct Listed<'d> {
    id: &'d str,
    title: &'d str,
    changes: &'d str,
    why: &'d str,
    rules: &'d [String],
    terms: &'d [Term],
    asked: Option<&'d str>,
}

#[derive(Serialize)]
struct Document<'d> {
    schema: &'static str,
    tool: &'static str,
    as_of: &'d str,
    document: &'d Heading,
    corrections: Vec<One<'d>>,
    left: Vec<Rest<'d>>,
    signed: bool,
    written: Option<&'d str>,
    refused: Option<&'d str>,
    before: Count,
    after: Count,
}

#[derive(Serialize)]
struct One<'d> {
    id: &'d str,
    title: &'d str,
    why: &'d str,
    changes: Vec<Changed<'d>>,
    gone: &'d BTreeMap<String, usize>,
}

#[derive(Serialize)]
struct Changed<'d> {
    term: Option<Term>,
    address: &'d str,
    name: Option<&'static str>,
    before: Option<&'d str>,
    after: Option<&'d str>,
    place: Place,
}

#[derive(Serialize)]
struct Rest<'d> {
    id: &'d str,
    term: &'d str,
    place: Option<Place>,
    why: &'d str,
}

/// Findings by severity.
#[derive(Serialize)]
struct Count {
    fatal: usize,
    warning: usize,
    information: usize,
}

impl Count {
    fn of(findings: &[Finding]) -> Count {
        let count = |severity| findings.iter().filter(|f| f.severity == severity).count();
        Count {
            fatal: count(Severity::Fatal),
            warning: count(Severity::Warning),
            information: count(Severity::Information),
        }
    }
}

impl<'d> One<'d> {
    fn of(applied: &'d Applied, heading: &Heading, lang: Lang) -> One<'d> {
        let words = applied.correction.words(lang);
        let changes = applied.changes.iter().map(|(change, place)| Changed {
            term: change.term,
            address: &change.address,
            name: change.term.map(|term| term.name(lang)),
            before: change.before.as_deref(),
            after: change.after.as_deref(),
            place: within(place, heading),
        });
        One {
            id: &applied.correction.id,
            title: &words.title,
            why: &words.why,
            changes: changes.collect(),
            gone: &applied.gone,
        }
    }
}

impl<'d> Rest<'d> {
    fn of(left: &'d Left, heading: &Heading, lang: Lang) -> Rest<'d> {
        Rest {
            id: &left.correction.id,
            term: left.term,
            place: left.place.as_ref().map(|place| within(place, heading)),
            why: left.why.get(lang),
        }
    }
}

/// The place, with the name of the file in the PDF where it came out of one.
fn within(place: &Place, heading: &Heading) -> Place {
    match place.clone() {
        Place::Xml { line, column, path, .. } => {
            Place::Xml { line, column, path, attachment: heading.attachment.clone() }
        }
        other => other,
    }
}
