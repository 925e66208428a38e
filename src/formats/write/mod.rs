//! What a document states ([`Draft`]), written in a syntax: CII, UBL, or the JSON of the model.
//!
//! The writer knows no syntax by itself. It follows the paths of `schemas/binding.csv`, fulfils their conditions by writing what they
//! ask for, puts children in the order of `schemas/syntax/*.txt`, and adds what a syntax needs beside the terms
//! (`schemas/syntax/written.csv`). Then it reads what it wrote with the ordinary reader and compares: a term that does not come back is
//! a loss, whatever the reason. So nothing is lost in silence, and nothing is called lost that is there.
//!
//! Values are written as they are said, right or wrong: whether they may stand there is for rules to judge.

mod addresses;
mod check;
mod codes;
mod elements;
mod facturx;
mod fill;
mod fixed;
mod json;
mod lost;
mod outside;
mod paths;
mod serial;

use crate::formats::Cut;
use crate::formats::facturx::Level;
use crate::invoice::{Draft, Place, Spot, Syntax, Term, bt, is_credit};
use crate::xml::NodeId;

pub use codes::taken_otherwise;
pub use facturx::{FacturX, Unused, Uses, facturx};
pub use json::{BadJson, draft as draft_of_json, json, json_of, json_written};
pub use outside::outside;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Target {
    /// UN/CEFACT CII: names and order of D22B, of which D16B and Factur-X are parts.
    Cii,
    /// UBL 2.1: Invoice or CreditNote by BT-3.
    Ubl,
    /// `facteur-invoice/1`.
    Json,
}

/// A document as written.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Written {
    pub text: String,
    /// For each element in document order (the [`NodeId`]s of the tree that reading `text` gives): the place of what it says, or of the
    /// group that it is in what came as EDIFACT or X12; none where it only holds others, or is form. Empty for JSON.
    pub places: Vec<Option<Spot>>,
    /// The same for terms that are attributes: element, name of the attribute as written, place.
    pub attribute_places: Vec<(NodeId, String, Place)>,
    /// Terms that the written document does not say, or says otherwise.
    pub losses: Vec<Loss>,
}

/// A term of the draft that the written document does not say, or says otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// In the draft, such as `BG-25[2]/BT-131`; for what is bound to no term, its path in the source.
    pub address: String,
    /// None for what is bound to no term.
    pub term: Option<Term>,
    /// As the draft says it.
    pub value: String,
    /// In the source.
    pub place: Option<Place>,
    pub reason: Reason,
}

/// Why a term did not survive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reason {
    /// The syntax has no element for it.
    NoPlace,
    /// The syntax has room for one, and another value is there.
    Once,
    /// The syntax has it only inside, or beside, this term, which is not written.
    Needs(Term),
    /// Some characters cannot stand in XML; the rest is written.
    Characters,
    /// What was written is read as something else there: the text read, or nothing.
    Reads(Option<String>),
    /// The character set has not all its characters, and in others it would say something else: it is not written.
    Charset,
    /// An amount in another currency than the invoice, which has none beside it.
    Currency,
    /// The written document says this, and the draft does not.
    Added,
    /// It is no term of EN 16931 nor of the French extension: the model does not carry it.
    Outside,
    /// Its text is longer than the syntax has room for, in characters.
    Long(u32),
    /// The syntax has room for so many, and they are taken.
    Full(u32),
    /// It is no date or number, and the syntax has room for nothing else.
    Form,
    /// The profile of Factur-X has no place for it; CII has.
    Profile(Level),
    /// It names the profile, which is another: what is written for it.
    Changed(String),
    /// The same words are there already: said once for several times, or once more.
    Again,
    /// The written document does not say it, the partner's file does ([`crate::formats::edifact::Partner::constants`]).
    Agreed,
    /// The syntax demands a value where the draft has none, and the most general one is written (FTX+AAI).
    Demanded,
    /// The message, or the interchange around it, was cut: what came behind is not in the document.
    Cut(Cut),
    /// What was written is past a bound of the reader and could not be compared.
    Unread(String),
}

/// Writes what a draft states. Never fails: what cannot be written is a loss. Takes time in proportion to the draft.
pub fn write(draft: &Draft, target: Target) -> Written {
    let syntax = match target {
        Target::Json => return Written { text: json(draft), ..Written::default() },
        Target::Cii => Syntax::Cii,
        Target::Ubl if is_credit(None, draft.text(bt::BT_3)) => Syntax::UblCreditNote,
        Target::Ubl => Syntax::UblInvoice,
    };
    in_syntax(draft, syntax)
}

/// Writes what a draft says in the terms of life-cycle messages (MDT) as UN/CEFACT CDAR D22B. As [`write`], it never fails: what does not come back is a loss.
pub fn message(draft: &Draft) -> Written {
    in_syntax(draft, Syntax::Cdar)
}

fn in_syntax(draft: &Draft, syntax: Syntax) -> Written {
    let mut filled = fill::fill(draft, syntax, None);
    fixed::finish(&mut filled, draft, syntax);
    let mut written = serial::serial(&filled.elements, syntax);
    // What was written is read again: the elements need not be held beside it.
    let fill::Filled { elements, lost, .. } = filled;
    drop(elements);
    written.losses = check::losses(draft, lost, &written.text);
    written
}

/// What of a draft does not come back in what was written and read again. `known` has the reasons that the writer knows, a place for each term
/// and part of the draft in its order: a group's own terms, each with its parts, then the groups in it.
pub(in crate::formats) fn held(draft: &Draft, known: Vec<Option<Reason>>, back: &Draft) -> Vec<Loss> {
    check::held(draft, known, back)
}

#[cfg(test)]
mod tests;
