//! What one document says, as it is told: addresses, values, places.

use super::outside::Leaf;
use super::side::{At, Side};
use super::{Said, words};
use crate::invoice::{Invoice, Listed, Place, Term, bt, place};

/// An occurrence, or a part of it.
pub(super) fn said(side: &Side<'_>, (block, field): At<'_, '_>, part: Option<Term>) -> Said {
    let (occurrence, value) = match part.and_then(|part| field.parts.iter().find(|(t, _, _)| *t == part)) {
        Some((_, occurrence, value)) => (*occurrence, value),
        None => (field.occurrence, &field.value),
    };
    Said {
        address: side.address(block, field, part),
        value: value.shown(occurrence),
        place: Some(occurrence.place()),
        terms: Vec::new(),
        why: None,
    }
}

/// A group instance in short, and its terms.
pub(super) fn whole(side: &Side<'_>, n: usize) -> Said {
    let block = &side.blocks[n];
    let mut terms = Vec::new();
    list(side, n, &mut terms);
    let address = match block.prefix.strip_suffix('/').filter(|_| block.term.is_some_and(Term::is_repeatable)) {
        Some(address) => address.to_owned(),
        None => format!("{}{}[{}]", block.prefix, block.term.map_or("", Term::id), block.position),
    };
    let at = block.node.or_else(|| block.fields.first().map(|f| f.occurrence.node()));
    let place: Option<Place> = at.map(|node| side.invoice.place_of(node));
    let currency = side.invoice.text(bt::BT_5).unwrap_or_default();
    Said { address, value: words::brief(side, n, currency), place, terms, why: None }
}

fn list(side: &Side<'_>, n: usize, terms: &mut Vec<Listed>) {
    let block = &side.blocks[n];
    for field in block.fields.iter().filter(|f| !f.is_blank()) {
        let value = field.value.shown(field.occurrence);
        terms.push(Listed { term: side.address(n, field, None), value });
        for (part, occurrence, value) in &field.parts {
            terms.push(Listed { term: side.address(n, field, Some(*part)), value: value.shown(*occurrence) });
        }
    }
    for child in &block.children {
        list(side, *child, terms);
    }
}

/// An element or attribute that is no term.
pub(super) fn leaf(invoice: &Invoice<'_>, leaf: Leaf<'_>) -> Said {
    let place = place(invoice.tree(), leaf.node, leaf.attribute);
    let address = match &place {
        Place::Xml { path, .. } => path.clone(),
        _ => String::new(),
    };
    Said { address, value: leaf.text.to_owned(), place: Some(place), terms: Vec::new(), why: None }
}
