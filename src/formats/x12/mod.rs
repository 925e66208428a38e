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
mod lines;
mod parties;
mod settings;
mod structure;
mod taxes;
#[cfg(test)]
mod tests;
mod totals;
mod tree;
mod words;

use crate::invoice::{Draft, Place, Term};
use crate::text::Text;
use crate::x12::{self, Envelope, Fault, Refusal};

pub use settings::Settings;

/// What a file holds.
#[derive(Debug, Clone)]
pub struct Drafts {
    /// The invoices, in the order of the file. Those whose set is refused are among [`Drafts::others`].
    pub invoices: Vec<Drawn>,
    /// Sets that are no invoice, of a release that is not read, or refused.
    pub others: Vec<Other>,
    /// Of interchanges and groups.
    pub faults: Vec<Fault>,
    /// Why the rest of the file is not read.
    pub refusal: Option<Refusal>,
}

/// An invoice.
#[derive(Debug, Clone)]
pub struct Drawn {
    /// As reports name the syntax: `x12-810-004010`.
    pub syntax: &'static str,
    pub draft: Draft,
    /// Terms that the set does not state so.
    pub made: Vec<Made>,
    pub remarks: Vec<Remark>,
    /// What is wrong with the set as X12.
    pub faults: Vec<Fault>,
    pub envelope: Envelope,
    /// ISA13, GS06, ST02.
    pub controls: [String; 3],
    /// Bytes of the file before ST.
    pub offset: u64,
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
}

/// The invoices of a file, each as a draft. Bounded by [`crate::limits`]; never panics, whatever the bytes.
pub fn drafts(bytes: &[u8], settings: &Settings) -> Drafts {
    let (interchanges, refusal) = x12::read(bytes, &x12::Options { strict: settings.strict });
    let mut out = Drafts { invoices: Vec::new(), others: Vec::new(), faults: Vec::new(), refusal };
    for interchange in interchanges {
        let mut refused = interchange.faults.refuse();
        out.faults.extend(interchange.faults.listed.iter().cloned());
        for group in &interchange.groups {
            // A set that is whole is kept, even if its group or the interchange is cut behind it; what contradicts itself is not.
            let kept = !settings.strict;
            refused |= group.faults.refuse();
            out.faults.extend(group.faults.listed.iter().cloned());
            for set in &group.sets {
                let other = |why| Other {
                    code: set.code.clone(),
                    control: set.control.clone(),
                    version: group.version.clone(),
                    offset: set.offset(),
                    why,
                    faults: set.faults.listed.clone(),
                };
                let syntax = syntax(&group.version);
                if set.code != "810" {
                    out.others.push(other(words::no_invoice(&set.code)));
                } else if set.is_refused() || (refused && !kept) {
                    out.others.push(other(words::refused()));
                } else if let Some(syntax) = syntax {
                    let controls = [interchange.envelope.control.clone(), group.control.clone(), set.control.clone()];
                    let envelope = interchange.envelope.clone();
                    out.invoices.push(gather::drawn(set, syntax, settings, envelope, controls));
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
    ("004010", "x12-810-004010"),
    ("004020", "x12-810-004020"),
    ("004030", "x12-810-004030"),
    ("004040", "x12-810-004040"),
    ("004050", "x12-810-004050"),
    ("004060", "x12-810-004060"),
    ("005010", "x12-810-005010"),
];

/// By GS08, behind whose six digits an industry may write its own letters.
fn syntax(version: &str) -> Option<&'static str> {
    RELEASES.iter().find(|(release, _)| version.starts_with(release)).map(|(_, syntax)| *syntax)
}
