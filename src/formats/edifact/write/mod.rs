//! What a document states, written as INVOIC of D96A or D01B.
//!
//! Terms go where the reader would find them: the ways of `schemas/edifact/binding.csv` are followed backwards, segments and groups are put in
//! the order of `schemas/edifact/invoic.txt`, and nothing is longer than `schemas/edifact/segments.txt` has room for. What cannot be said backwards stands in
//! `writing.csv` (other places) and `constants.csv` (values beside the terms), and in code where the reader has a meaning in code. Then what was written is
//! read with the ordinary reader and compared: a term that does not come back is a loss, whatever the reason.

mod agreement;
mod check;
mod envelope;
mod fill;
mod forms;
mod lines;
mod notes;
mod split;
mod tables;
#[cfg(test)]
mod tests;
mod totals;
mod tree;
mod value;

use crate::edifact::write::Writer;
use crate::edifact::{Address, Fault, Refusal};
use crate::formats::write::Loss;
use crate::invoice::Draft;

use super::Partner;
use super::structure::Directory;

pub use agreement::{Agreement, may_be};
pub use envelope::{Moment, Reference, document_of};
pub use tables::lacks;
pub(super) use tables::usual;

/// An interchange with one INVOIC.
#[derive(Debug, Clone)]
pub struct Interchange {
    pub bytes: Vec<u8>,
    /// Terms that it does not say, or says otherwise.
    pub losses: Vec<Loss>,
    /// 0020.
    pub reference: String,
    /// UNB: who issues it, and to whom.
    pub sender: Address,
    pub recipient: Address,
    /// What our own reader finds wrong with syntax and structure: a fault of facteur, and the interchange is to reach nobody.
    pub faults: Vec<Fault>,
    pub refusal: Option<Refusal>,
}

/// The partner that an invoice is for: one of whose identifiers is one of the buyer's, or the buyer's name; of a self-billed invoice the seller's.
pub fn partner_of<'p>(draft: &Draft, partners: &'p [Partner]) -> Option<&'p Partner> {
    envelope::partner_of(draft, partners)
}

/// Writes what a draft states as an INVOIC of D96A or D01B (of D16B: as D01B) for a partner. `reference` is 0020, or what it is worked out
/// from. Never fails: what cannot be written is a loss.
pub fn write<'r>(
    draft: &Draft,
    directory: Directory,
    agreement: &Agreement,
    moment: Moment,
    reference: impl Into<Reference<'r>>,
) -> Interchange {
    let directory = if directory == Directory::D96A { directory } else { Directory::D01B };
    let filled = fill::fill(draft, directory, agreement);
    let (sender, recipient) = (envelope::sender(draft, agreement), envelope::recipient(draft, agreement));
    let content = || envelope::reference(&filled.lines, &sender, &recipient, directory);
    let reference = envelope::reference_of(reference.into(), content);
    let mut writer = Writer::new(agreement.settings());
    writer.begin(&envelope::envelope(draft, agreement, moment, reference.clone()));
    writer.message(&agreement.message, &envelope::kind(directory, agreement), "");
    for line in &filled.lines {
        writer.line(line);
    }
    let (bytes, _) = writer.finish();
    let checked = check::check(draft, filled.known, &bytes, &agreement.constants);
    let check::Checked { losses, faults, refusal } = checked;
    Interchange { bytes, losses, reference, sender, recipient, faults, refusal }
}
