//! What only one syntax says in any case is no difference from the other.

use super::outside::Leaf;
use super::side::Side;
use crate::decimal;
use crate::formats;
use crate::invoice::{Kind, Term};

/// Is it only the form of its syntax, or a term said again?
pub(super) fn is_form(side: &Side<'_>, block: usize, leaf: &Leaf<'_>) -> bool {
    let says = |term: Term, text: &str| says(side, block, term, text);
    formats::is_form(side.invoice.tree(), leaf.node, leaf.attribute, leaf.text, says)
}

/// Does a term of the block, or of the document, say the same?
fn says(side: &Side<'_>, block: usize, term: Term, text: &str) -> bool {
    // A term that stands there more often than it may says nothing for sure, and shall cost nothing.
    const FEW: usize = 4;
    // A part stands with what it is part of.
    let of = term.parent().filter(|_| term.kind() == Kind::Part).unwrap_or(term);
    let blocks = [block, 0].map(|n| side.blocks[n].of(of));
    blocks.into_iter().flat_map(|fields| fields.iter().take(FEW)).any(|field| {
        let (whole, parts) = (std::iter::once((field.term, field.occurrence)), field.parts.iter());
        whole.chain(parts.map(|(term, occurrence, _)| (*term, *occurrence))).any(|(said, occurrence)| {
            said == term
                && (occurrence.trimmed() == text
                    || occurrence.number().is_some_and(|number| decimal::parse(text) == Ok(number)))
        })
    })
}
