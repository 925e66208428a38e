//! The forms a report comes in, and how a run of many documents is written in one of them: a head, a piece for each document, a
//! tail. Pieces are made where the document is judged, on any core; what is joined is text, so that no report is kept.

use std::collections::BTreeMap;

use super::Report;
use crate::text::Lang;

/// The forms of a report.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Text,
    Json,
    Svrl,
    Sarif,
    Junit,
    Csv,
    Html,
}

impl Format {
    pub const ALL: [Format; 7] =
        [Format::Text, Format::Json, Format::Svrl, Format::Sarif, Format::Junit, Format::Csv, Format::Html];

    /// As `--format` names it.
    pub fn as_str(self) -> &'static str {
        match self {
            Format::Text => "text",
            Format::Json => "json",
            Format::Svrl => "svrl",
            Format::Sarif => "sarif",
            Format::Junit => "junit",
            Format::Csv => "csv",
            Format::Html => "html",
        }
    }

    pub fn parse(name: &str) -> Option<Format> {
        Self::ALL.into_iter().find(|format| format.as_str() == name)
    }

    /// How files of this form end, without the dot.
    pub fn ending(self) -> &'static str {
        match self {
            Format::Text => "txt",
            Format::Json => "json",
            Format::Svrl => "svrl",
            Format::Sarif => "sarif",
            Format::Junit => "junit.xml",
            Format::Csv => "csv",
            Format::Html => "html",
        }
    }

    /// Is a run of many documents one document in this form? Where not, each needs a file of its own.
    pub fn holds_many(self) -> bool {
        self != Format::Svrl
    }

    /// The form, ready to be written. A new form is a variant, its row in [`Self::ALL`], and an arm in each of these.
    pub fn form(self, manner: Manner) -> Box<dyn Form> {
        match self {
            Format::Text => Box::new(super::text::TextForm(manner)),
            Format::Json => Box::new(super::json::JsonForm(manner)),
            Format::Svrl => Box::new(super::svrl::SvrlForm(manner)),
            Format::Sarif => Box::new(super::sarif::SarifForm(manner)),
            Format::Junit => Box::new(super::junit::JunitForm(manner)),
            Format::Csv => Box::new(super::csv::CsvForm(manner)),
            Format::Html => Box::new(super::html::HtmlForm(manner)),
        }
    }
}

/// How it is to be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Manner {
    pub lang: Lang,
    /// With the colours of a terminal; for forms that people read there.
    pub colour: bool,
    /// With every finding, however many; for text, which counts what is too much to read.
    pub all: bool,
}

impl Manner {
    pub fn plain(lang: Lang) -> Self {
        Self { lang, colour: false, all: false }
    }
}

/// The bytes of a document, for forms that show more of it than the report holds.
#[derive(Debug, Clone, Copy, Default)]
pub struct Document<'d> {
    /// As received; none where they could not be had.
    pub bytes: Option<&'d [u8]>,
    /// The XML that was judged, where it came out of a PDF.
    pub inside: Option<&'d [u8]>,
}

impl<'d> Document<'d> {
    /// The bytes that lines and columns of the report count in.
    pub fn judged(&self) -> Option<&'d [u8]> {
        self.inside.or(self.bytes)
    }
}

/// A form of a run: `begin`, `one` for each document, `end`.
pub trait Form: Send + Sync {
    /// What stands before the first document.
    fn begin(&self) -> String {
        String::new()
    }

    /// One document. Called on any core and in any order; `document` is gone afterwards.
    fn one(&self, report: &Report, document: &Document<'_>) -> Piece;

    /// A text of a piece once its place in the run is known, counted from 1; for forms whose documents refer to each other.
    fn numbered(&self, text: String, _n: usize) -> String {
        text
    }

    /// What stands between two pieces that are not empty.
    fn between(&self) -> &'static str {
        ""
    }

    /// What stands after the last document.
    fn end(&self, _seen: &Seen) -> String {
        String::new()
    }
}

/// One document in a form.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Piece {
    pub text: String,
    /// What the tail needs of it.
    pub later: Vec<Later>,
}

impl From<String> for Piece {
    fn from(text: String) -> Self {
        Piece { text, later: Vec::new() }
    }
}

/// Something that a form writes once all documents were seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Later {
    /// Once a key, in the order of keys, however many documents bring it.
    Once { list: &'static str, key: String, text: String },
    /// As often as it is brought, in the order of the documents.
    Each { list: &'static str, text: String },
}

/// What was brought for the tail.
#[derive(Debug, Default)]
pub struct Seen {
    once: BTreeMap<(&'static str, String), String>,
    each: Vec<(&'static str, String)>,
}

impl Seen {
    /// The texts of a list: those that are there once, by their keys, then the others.
    pub fn list(&self, list: &'static str) -> impl Iterator<Item = &str> {
        let once = self.once.iter().filter(move |((of, _), _)| *of == list).map(|(_, text)| text.as_str());
        once.chain(self.each.iter().filter(move |(of, _)| *of == list).map(|(_, text)| text.as_str()))
    }
}

/// A run being written: pieces come in the order of the documents.
pub struct Roll<'f> {
    form: &'f dyn Form,
    seen: Seen,
    /// How many documents came.
    count: usize,
    begun: bool,
    filled: bool,
}

impl<'f> Roll<'f> {
    pub fn new(form: &'f dyn Form) -> Self {
        Self { form, seen: Seen::default(), count: 0, begun: false, filled: false }
    }

    /// The text to write for this piece, with the head where it is the first.
    pub fn add(&mut self, piece: Piece) -> String {
        let mut out = self.head();
        self.count += 1;
        let piece = Piece { text: self.form.numbered(piece.text, self.count), ..piece };
        for later in piece.later {
            match later {
                Later::Once { list, key, text } => {
                    self.seen.once.entry((list, key)).or_insert(text);
                }
                Later::Each { list, text } => self.seen.each.push((list, self.form.numbered(text, self.count))),
            }
        }
        if piece.text.is_empty() {
            return out;
        }
        if std::mem::replace(&mut self.filled, true) {
            out.push_str(self.form.between());
        }
        if out.is_empty() {
            return piece.text;
        }
        out + &piece.text
    }

    /// The last text to write.
    pub fn end(mut self) -> String {
        self.head() + &self.form.end(&self.seen)
    }

    fn head(&mut self) -> String {
        if std::mem::replace(&mut self.begun, true) { String::new() } else { self.form.begin() }
    }
}

/// One document whole, with head and tail.
pub fn whole(form: &dyn Form, report: &Report, document: &Document<'_>) -> String {
    let mut roll = Roll::new(form);
    let text = roll.add(form.one(report, document));
    text + &roll.end()
}
