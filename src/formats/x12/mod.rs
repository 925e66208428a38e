//! The invoice (810) of ANSI X12, 004010 and 005010, read only: transaction sets to loops by position, loops to a [`Draft`] by the tables of
//! `schemas/x12/`, and the meanings that no table can say.
//!
//! What is computed, or comes from the partner or from practice, is remembered as such ([`Made`]); what has no home in EN 16931, or could be read in two
//! ways, is told ([`Remark`]). Nothing is guessed: what amounts do not prove stays unsaid, and the rules report it.

mod amounts;
mod binding;
mod charges;
mod gather;
mod heading;
mod home;
mod instalments;
mod lines;
mod parties;
mod received;
mod settings;
mod structure;
mod taxes;
#[cfg(test)]
mod tests;
mod totals;
mod tree;
mod words;

use std::sync::Arc;

use crate::invoice::{Draft, Place, Term, bt};
use crate::text::Text;
use crate::x12::{self, Envelope, Fault, Refusal};

pub use binding::PARTIES;
pub use home::{home, is_agreed};
pub use received::{NoInvoice, Received, is_agreed_with, is_x12, place_of, received};
pub use settings::Settings;

/// What a file holds.
#[derive(Debug, Clone)]
pub struct Drafts {
    /// The invoices, in the order of the file; those that are refused too, which say so.
    pub invoices: Vec<Drawn>,
    /// Sets that are no invoice, or of a release that is not read.
    pub others: Vec<Other>,
    /// Of interchanges and groups.
    pub faults: Vec<Fault>,
    /// Why the rest of the file is not read.
    pub refusal: Option<Refusal>,
}

/// An invoice.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// As reports name the syntax: `x12-004010`.
    pub syntax: &'static str,
    pub draft: Draft,
    /// Terms that the set does not state so.
    pub made: Vec<Made>,
    pub remarks: Vec<Remark>,
    /// How many remarks there are beyond those.
    pub unremarked: usize,
    /// What is wrong with the set as X12.
    pub faults: Vec<Fault>,
    /// What is wrong with its group and its interchange.
    pub around: Arc<[Fault]>,
    /// Do these faults refuse it? What may not be whole is refused; what is wrong around it only where the partner is strict.
    pub refused: bool,
    /// That of its interchange.
    pub envelope: Arc<Envelope>,
    /// ISA13, GS06, ST02.
    pub controls: [String; 3],
    /// Bytes of the file before ST.
    pub offset: u64,
}

impl Drawn {
    /// The release, such as `004010`.
    pub fn release(&self) -> &'static str {
        self.syntax.rsplit('-').next().unwrap_or(self.syntax)
    }
}

/// A set that was not drawn.
#[derive(Debug, Clone)]
pub struct Other {
    /// ST01 and ST02.
    pub code: String,
    pub control: String,
    /// GS08.
    pub version: String,
    pub offset: u64,
    pub why: Text,
    pub faults: Vec<Fault>,
}

impl Other {
    /// Is it an invoice, of a release that is not read?
    pub fn is_invoice(&self) -> bool {
        self.code == INVOICE
    }
}

/// ST01 of an invoice.
const INVOICE: &str = "810";

/// How a term came to be said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// Computed, or concluded, from what the set says.
    Derived,
    /// The partner's settings say it.
    Partner,
    /// Nobody says it; it is so by practice.
    Practice,
}

/// A term that the set does not state so.
#[derive(Debug, Clone)]
pub struct Made {
    /// Such as `BG-25[2]/BT-131`.
    pub address: String,
    pub term: Term,
    pub how: How,
    why: Why,
}

impl Made {
    pub fn why(&self) -> Text {
        match &self.why {
            Why::Always(words) => words(),
            Why::Here(text) => Text::clone(text),
        }
    }
}

/// Put into words when asked for: an invoice of many lines has many.
#[derive(Debug, Clone)]
enum Why {
    Always(fn() -> Text),
    Here(Box<Text>),
}

/// What a remark is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Topic {
    /// Data without a home in EN 16931, or that this reader has no meaning for.
    Unread,
    /// It could be read in two ways, and nothing decides.
    Ambiguous,
    /// Sums that do not meet: TDS01, CTT01.
    Arithmetic,
    /// A code of X12 without a counterpart.
    Code,
    /// It takes back what was sent before (BIG08): no invoice.
    Cancelled,
    /// Said twice, differently, where an invoice says it once: nothing says which holds.
    Contradiction,
    /// A credit with negative amounts, or the other way round.
    Sign,
    /// A tax that is not VAT.
    Tax,
    /// An amount written against its type.
    Form,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    pub topic: Topic,
    pub place: Place,
    /// Terms that are in doubt, or missing, for it.
    pub terms: Vec<Term>,
    pub what: Text,
    /// What stands there, as the set writes it: `AMT*GV*123.45`, `BIG03 20261001`.
    pub said: String,
}

impl Remark {
    /// Does it speak of something that stands there and that the draft does not say? What is in doubt is not taken over: the code, the percentage, the second
    /// value. Sums that do not meet, and what is read against its type, were read.
    pub fn is_left(&self) -> bool {
        match self.topic {
            Topic::Unread | Topic::Tax => true,
            Topic::Ambiguous | Topic::Code | Topic::Contradiction | Topic::Cancelled => {
                let at_element = matches!(self.place, Place::Edifact { element, .. } if element > 0);
                // An element that says nothing is not lost.
                !at_element || self.said.split_once(' ').is_some_and(|(_, said)| !said.is_empty())
            }
            // What is no number is not taken over, but for quantity and price, which stay as written.
            Topic::Form => {
                let as_written = self.terms.iter().any(|term| matches!(*term, bt::BT_129 | bt::BT_146));
                !as_written && self.said.split_once(' ').is_some_and(|(_, said)| amounts::number(said).is_none())
            }
            Topic::Arithmetic | Topic::Sign => false,
        }
    }

    /// Segment with its qualifier, or element, that it speaks of: `AMT*GV`, `BIG03`.
    pub fn kind(&self) -> String {
        let at_element = matches!(self.place, Place::Edifact { element, .. } if element > 0);
        let mut words = self.said.split(|c: char| if at_element { c == ' ' } else { !c.is_alphanumeric() });
        let tag = words.next().unwrap_or_default();
        match words.next().filter(|_| matches!(tag, "AMT" | "REF" | "DTM" | "N1")) {
            Some(qualifier) => format!("{tag}*{qualifier}"),
            None => tag.to_owned(),
        }
    }
}

/// The invoices of a file, each as a draft. Bounded by [`crate::limits`]; never panics, whatever the bytes.
pub fn drafts(bytes: &[u8], settings: &Settings) -> Drafts {
    drafts_by(bytes, &|_| settings)
}

/// The same, with settings by the sender of the interchange and that of the group (ISA06, GS02).
fn drafts_by<'s>(bytes: &[u8], by: &dyn Fn([&str; 2]) -> &'s Settings) -> Drafts {
    let (interchanges, refusal) = x12::read(bytes, &x12::Options { strict: false });
    let is_strict = |interchange: &x12::Interchange<'_>| {
        let senders = interchange.groups.iter().map(|group| group.sender.as_str());
        senders.chain([""]).any(|group| by([&interchange.envelope.sender.id, group]).strict)
    };
    // Strictness changes what faults do, and nothing of what is read.
    let strictly = match interchanges.iter().any(is_strict) {
        true => x12::read(bytes, &x12::Options { strict: true }).0,
        false => Vec::new(),
    };
    let mut out = Drafts { invoices: Vec::new(), others: Vec::new(), faults: Vec::new(), refusal };
    for (n, lenient) in interchanges.iter().enumerate() {
        let strict = strictly.get(n).filter(|_| is_strict(lenient));
        out.faults.extend(strict.unwrap_or(lenient).faults.listed.iter().cloned());
        let envelope = Arc::new(lenient.envelope.clone());
        for (n, group) in lenient.groups.iter().enumerate() {
            let settings = by([&lenient.envelope.sender.id, &group.sender]);
            // Each group by what is agreed with its own sender: its sets are judged so alone, too.
            let interchange = strict.filter(|_| settings.strict).unwrap_or(lenient);
            let group = interchange.groups.get(n).unwrap_or(group);
            // A set that is whole is kept, even if its group or the interchange is cut behind it.
            let refused = settings.strict && (interchange.faults.refuse() || group.faults.refuse());
            out.faults.extend(group.faults.listed.iter().cloned());
            let around: Arc<[Fault]> = interchange.faults.listed.iter().chain(&group.faults.listed).cloned().collect();
            for set in &group.sets {
                let other = |why| Other {
                    code: set.code.clone(),
                    control: set.control.clone(),
                    version: group.version.clone(),
                    offset: set.offset(),
                    why,
                    faults: set.faults.listed.clone(),
                };
                if set.code != INVOICE {
                    out.others.push(other(words::no_invoice(&set.code)));
                } else if let Some(syntax) = syntax(&group.version) {
                    let controls = [interchange.envelope.control.clone(), group.control.clone(), set.control.clone()];
                    let mut drawn = gather::drawn(set, syntax, settings, envelope.clone(), controls);
                    drawn.refused = refused || set.is_refused();
                    drawn.around = around.clone();
                    out.invoices.push(drawn);
                } else {
                    out.others.push(other(words::version(&group.version)));
                }
            }
        }
    }
    out
}

/// The releases that are read, and how reports name them: dates with their century, N2 amounts, the loops of `schemas/x12/810.txt`.
const RELEASES: [(&str, &str); 7] = [
    ("004010", "x12-004010"),
    ("004020", "x12-004020"),
    ("004030", "x12-004030"),
    ("004040", "x12-004040"),
    ("004050", "x12-004050"),
    ("004060", "x12-004060"),
    ("005010", "x12-005010"),
];

/// By GS08, behind whose six digits an industry may write its own letters.
fn syntax(version: &str) -> Option<&'static str> {
    RELEASES.iter().find(|(release, _)| version.starts_with(release)).map(|(_, syntax)| *syntax)
}
