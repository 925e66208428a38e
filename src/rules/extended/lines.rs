//! Sub-lines: which lines count in the totals, which is whose parent, and what a group holds.
//!
//! In UBL a line says so by a reference to its own invoice: its status is the subtype of the line (EXT-FR-FE-163), the line that it names
//! the parent (EXT-FR-FE-162). CII has an element for each.

use std::collections::{HashMap, HashSet};

use crate::rules::en16931::sums::{differs, sum_of_doubles};
use crate::rules::engine::{Addends, Crash, Evidence, Scene, Verdict, beside_an_integer, same_double};
use crate::rules::france::ask::{normal, on, only, says, text};
use crate::rules::france::lines::{line_ids, own_references, parents, statuses, subtypes};
use crate::rules::predicate::quote;
use crate::xml::{Name, NodeId};

use super::name::*;
use super::number::Number;

const SUBTYPES: [&str; 3] = ["DETAIL", "GROUP", "INFORMATION"];

/// The lines of the document by the line that they say is around them, and the identifiers of all.
pub struct Below<'t> {
    ids: HashSet<&'t str>,
    by_parent: HashMap<&'t str, Held>,
}

/// What a line holds: of the lines DETAIL and GROUP that name it.
#[derive(Default)]
struct Held {
    amounts: Vec<NodeId>,
    groups: usize,
    amounts_of_groups: usize,
    /// The first line GROUP that has no amount.
    without: Option<NodeId>,
}

impl<'t> Below<'t> {
    pub fn of(scene: &Scene<'t, '_>) -> Self {
        let mut below = Below { ids: HashSet::new(), by_parent: HashMap::new() };
        for &line in &scene.whole().lines {
            below.ids.extend(line_ids(scene, line).into_iter().map(|id| scene.tree.text_of(id)));
            let said = said_subtypes(scene, line);
            let group = says(scene, &said, "GROUP");
            if !group && !says(scene, &said, "DETAIL") {
                continue;
            }
            let amounts = amounts(scene, line);
            let around: HashSet<&str> = parents(scene, line).into_iter().map(|id| scene.tree.text_of(id)).collect();
            for id in around {
                let held = below.by_parent.entry(id).or_default();
                held.amounts.extend(&amounts);
                if group {
                    held.groups += 1;
                    held.amounts_of_groups += amounts.len();
                    if amounts.is_empty() {
                        held.without.get_or_insert(line);
                    }
                }
            }
        }
        below
    }
}

/// UBL: does the line count in the totals? Not where it refers to its own invoice, but as a DETAIL.
pub fn line_counts(scene: &Scene<'_, '_>, line: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    Ok(Verdict::of(counts(scene, line)))
}

/// UBL: the same, and it refers to no other invoice either, but as a DETAIL of its own.
pub fn line_stands_alone(scene: &Scene<'_, '_>, line: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let refers = !on(scene, line, &[cac_BillingReference, cac_InvoiceDocumentReference, cbc_ID]).is_empty();
    Ok(Verdict::of(!refers || says(scene, &own_statuses(scene, line), "DETAIL")))
}

/// Does a line count in the totals?
pub fn counts(scene: &Scene<'_, '_>, line: NodeId) -> bool {
    let (is_sub_line, said) = if scene.syntax.is_ubl() {
        let own = own_references(scene, line);
        (!own.is_empty(), own.into_iter().flat_map(|r| statuses(scene, r)).collect())
    } else {
        let said = subtypes(scene, line);
        (!said.is_empty(), said)
    };
    !is_sub_line || says(scene, &said, "DETAIL")
}

/// BR-FREXT-05 in UBL: the subtype is one of three words; another status on the line stops the artefact.
pub fn sub_line_status(scene: &Scene<'_, '_>, line: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    if own_statuses(scene, line).is_empty() {
        return Ok(Verdict::Holds);
    }
    let all = on(scene, line, &[cac_BillingReference, cac_InvoiceDocumentReference, cbc_DocumentStatusCode]);
    let said = text(scene, &all)?;
    if SUBTYPES.contains(&said.as_str()) {
        return Ok(Verdict::Holds);
    }
    let at = only(scene, &all)?;
    let found = Some(quote(&said)).filter(|_| !said.is_empty());
    Ok(Verdict::failed(Evidence { at, found, expected: Some(SUBTYPES.join(", ")), ..Evidence::default() }))
}

/// BR-FREXT-06 in UBL: a line that names its parent has a subtype.
pub fn parent_needs_status(scene: &Scene<'_, '_>, line: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let named = own_references(scene, line)
        .into_iter()
        .find(|r| !on(scene, *r, &[cac_BillingReferenceLine, cbc_ID]).is_empty());
    let Some(named) = named.filter(|_| own_statuses(scene, line).is_empty()) else { return Ok(Verdict::Holds) };
    let at = scene.tree.child(named, cac_InvoiceDocumentReference).unwrap_or(named);
    Ok(Verdict::failed(Evidence { at: Some(at), child: Some(cbc_DocumentStatusCode), ..Evidence::default() }))
}

/// BR-FREXT-11: the parent is another line of the invoice.
pub fn parent_line_exists(scene: &Scene<'_, '_>, line: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let named = parents(scene, line);
    let own = line_ids(scene, line);
    // A line without an identifier is told apart from none.
    let is_another = |id: &str| {
        let differs = own.iter().any(|own| scene.tree.text_of(*own) != id);
        differs && scene.extended().below(scene).ids.contains(id)
    };
    let holds = if scene.syntax.is_ubl() {
        named.is_empty() || named.iter().any(|id| is_another(scene.tree.text_of(*id)))
    } else {
        let id = text(scene, &named)?;
        id.is_empty() || is_another(&id)
    };
    if holds {
        return Ok(Verdict::Holds);
    }
    let found = named.first().map(|id| normal(scene.tree.text_of(*id)));
    Ok(Verdict::fails(named.first().copied().unwrap_or(line), found.map(|id| quote(&id)), None))
}

/// BR-FREXT-08: the amount of a group is the sum of what it holds, to the cent.
pub fn group_amount(scene: &Scene<'_, '_>, line: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let stated = amounts(scene, line);
    let Some(first) = stated.first().copied().filter(|_| is_group(scene, line)) else { return Ok(Verdict::Holds) };
    let held = held(scene, line);
    let inside = held.map_or(&[][..], |held| &held.amounts);
    let around = scene.tree.node(first).parent;
    let name = scene.tree.node(first).name;
    // Added up once, however many groups bear one identifier.
    let computed = match inside {
        [] => Number::ZERO,
        [key, ..] => {
            let sum = scene.extended().added.doubles(*key, || sum_of_doubles(scene, inside.iter().copied()))?;
            Number::Double(sum).rounded(line)?
        }
    };
    for amount in &stated {
        let holds = match computed {
            // Nothing adds up to an integer.
            Number::Exact(_) => beside_an_integer(scene.tree.text_of(*amount)) == Some(0.0),
            Number::Double(sum) => same_double(scene.double(*amount)?, sum),
        };
        if holds {
            return Ok(Verdict::Holds);
        }
    }
    let parts = match inside.first() {
        Some(key) => scene.addends("group", *key, |parts| {
            inside.iter().for_each(|amount| _ = parts.value("+", "BT-131", Some(*amount)));
        }),
        None => Addends::new(),
    };
    Ok(differs(scene, (around, name), computed.shown(), parts))
}

/// BR-FREXT-12: where a group has an amount, so has each group that it holds.
pub fn groups_have_amounts(scene: &Scene<'_, '_>, line: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    if amounts(scene, line).is_empty() || !is_group(scene, line) {
        return Ok(Verdict::Holds);
    }
    let Some(held) = held(scene, line).filter(|held| held.groups != held.amounts_of_groups) else {
        return Ok(Verdict::Holds);
    };
    Ok(Verdict::failed(Evidence { at: Some(held.without.unwrap_or(line)), ..Evidence::default() }))
}

/// The net amounts of a line (BT-131).
pub fn amounts(scene: &Scene<'_, '_>, line: NodeId) -> Vec<NodeId> {
    let way: &[Name] = if scene.syntax.is_ubl() {
        &[cbc_LineExtensionAmount]
    } else {
        &[ram_SpecifiedLineTradeSettlement, ram_SpecifiedTradeSettlementLineMonetarySummation, ram_LineTotalAmount]
    };
    on(scene, line, way)
}

fn held<'s>(scene: &'s Scene<'_, '_>, line: NodeId) -> Option<&'s Held> {
    let below = scene.extended().below(scene);
    line_ids(scene, line).first().and_then(|id| below.by_parent.get(scene.tree.text_of(*id)))
}

fn is_group(scene: &Scene<'_, '_>, line: NodeId) -> bool {
    says(scene, &said_subtypes(scene, line), "GROUP")
}

/// What a line says of its subtype.
fn said_subtypes(scene: &Scene<'_, '_>, line: NodeId) -> Vec<NodeId> {
    if scene.syntax.is_ubl() { own_statuses(scene, line) } else { subtypes(scene, line) }
}

/// UBL: the statuses of the references of a line to its own invoice.
fn own_statuses(scene: &Scene<'_, '_>, line: NodeId) -> Vec<NodeId> {
    own_references(scene, line).into_iter().flat_map(|r| statuses(scene, r)).collect()
}
