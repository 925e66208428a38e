//! What the groups of an invoice of several sellers must say: who sells, under which number, with how much VAT (BR-FR-MV-*).

use std::collections::HashMap;

use crate::rules::engine::{Crash, Evidence, Scene, Verdict};
use crate::rules::predicate::quote;
use crate::text::Text;
use crate::xml::{Name, NodeId};

use super::ask::{on, says, share, text, with};
use super::lines::*;
use super::name::*;
use super::whole::Whole;

/// BR-FR-MV-01 in UBL: the line refers to its own invoice, and says its subtype there.
pub fn status_given(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let own = own_references(scene, node);
    let statuses: Vec<NodeId> = own.iter().flat_map(|r| statuses(scene, *r)).collect();
    if !own.is_empty() && !text(scene, &statuses)?.is_empty() {
        return Ok(Verdict::Holds);
    }
    Ok(Verdict::failed(Evidence {
        at: statuses.first().or(own.first()).copied().or(Some(node)),
        child: own.is_empty().then_some(cac_BillingReference),
        ..Evidence::default()
    }))
}

/// BR-FR-MV-03 in UBL: the country of the seller of the line, in the item of the line or of a line within it.
pub fn line_country(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let line = line_of(scene, node);
    let end = scene.tree.node(line).end;
    let items = scene.named(cac_Item).filter(|n| *n > line && *n < end);
    let way = [cac_ManufacturerParty, cac_PostalAddress, cac_Country, cbc_IdentificationCode];
    let found: Vec<NodeId> = items.flat_map(|item| on(scene, item, &way)).collect();
    if !text(scene, &found)?.is_empty() {
        return Ok(Verdict::Holds);
    }
    Ok(Verdict::failed(Evidence { at: found.first().copied().or(Some(line)), ..Evidence::default() }))
}

/// BR-FR-MV-03: the VAT of the group's line, in the currency of BT-5 or (where there is one) of BT-6.
pub fn line_vat(scene: &Scene<'_, '_>, node: NodeId, currency: &'static str) -> Result<Verdict, Crash> {
    let line = line_of(scene, node);
    let whole = scene.whole();
    let codes = if currency == "BT-6" { &whole.accounting } else { &whole.currency };
    if currency == "BT-6" {
        if codes.is_empty() {
            return Ok(Verdict::Holds);
        }
        if codes.iter().all(|c| scene.tree.text_of(*c).is_empty()) {
            return Ok(Verdict::failed(Evidence { at: codes.first().copied(), ..Evidence::default() }));
        }
    }
    let found = vat_in(scene, line, codes);
    if !text(scene, &found)?.is_empty() {
        return Ok(Verdict::Holds);
    }
    let wanted = codes.first().map(|c| format!("currencyID=\"{}\"", quote(scene.text(*c))));
    Ok(Verdict::failed(Evidence { at: found.first().copied().or(Some(line)), expected: wanted, ..Evidence::default() }))
}

/// BR-FR-MV-06: the line names its seller, the same as the line around it.
pub fn same_seller(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    same(scene, node, seller_ids)
}

/// BR-FR-MV-07: the line says the number of its invoice, the same as the line around it.
pub fn same_number(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    same(scene, node, line_numbers)
}

type Values = fn(&Scene<'_, '_>, NodeId) -> Vec<NodeId>;

fn same(scene: &Scene<'_, '_>, line: NodeId, values: Values) -> Result<Verdict, Crash> {
    let all = values(scene, line);
    let own = text(scene, &all)?;
    let around = parents(scene, line);
    let at = all.first().copied().or(Some(line));
    if own.is_empty() {
        return Ok(Verdict::failed(Evidence { at, ..Evidence::default() }));
    }
    if around.is_empty() {
        return Ok(Verdict::Holds);
    }
    let heads = scene.whole().called(scene, &around);
    // Two already stop the artefact: the rest of many need not be looked at.
    let found: Vec<NodeId> = heads.iter().flat_map(|l| values(scene, *l)).take(2).collect();
    let wanted = text(scene, &found)?;
    if own == wanted {
        return Ok(Verdict::Holds);
    }
    let expected = Some(quote(&wanted)).filter(|wanted| !wanted.is_empty());
    Ok(Verdict::failed(Evidence { at, found: Some(quote(&own)), expected, ..Evidence::default() }))
}

/// BR-FR-MV-11: one group of the main seller bears the number of the invoice; where several would, none may.
pub fn own_number(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let line = line_of(scene, node);
    let own = &scene.whole().numbers;
    let count = scene.whole().own_groups(scene)?;
    let numbers = line_numbers(scene, line);
    let number = text(scene, &numbers)?;
    let same = says(scene, own, &number);
    let other = own.iter().any(|n| scene.tree.text_of(*n) != number);
    if count == 1 || count == 0 && same || count > 1 && other {
        return Ok(Verdict::Holds);
    }
    if same && !number.is_empty() {
        // Its own number is right: it is the others that bear it too.
        let shown = quote(&number);
        return Ok(Verdict::failed(Evidence {
            at: numbers.first().copied().or(Some(line)),
            found: Some(shown.clone()),
            message: Some(Text::new(
                format!(
                    "Le numéro de la facture, « {shown} », est porté par {count} groupes du vendeur principal (BT-128) ; un seul doit le porter."
                ),
                format!(
                    "The number of the invoice, \"{shown}\", stands on {count} groups of the main seller (BT-128); one alone may bear it."
                ),
            )),
            ..Evidence::default()
        }));
    }
    Ok(Verdict::failed(Evidence {
        at: numbers.first().copied().or(Some(line)),
        found: Some(quote(&number)).filter(|number| !number.is_empty()),
        expected: own.first().map(|n| quote(scene.text(*n))),
        ..Evidence::default()
    }))
}

/// How many groups of the seller bear the number of the invoice: in UBL lines, in CII references.
pub fn groups_with_own_number(scene: &Scene<'_, '_>, whole: &Whole) -> Result<usize, Crash> {
    let (sellers, own) = (&whole.seller, &whole.numbers);
    if !scene.syntax.is_ubl() {
        let heads = scene.named(ram_IncludedSupplyChainTradeLineItem).filter(|line| {
            share(scene, &seller_ids(scene, *line), sellers)
                && says(scene, &subtypes(scene, *line), "GROUP")
                && parents(scene, *line).is_empty()
        });
        let documents = heads.flat_map(|line| numbered(scene, line));
        return Ok(documents.filter(|(_, ids)| share(scene, ids, own)).count());
    }
    let mut count = 0;
    for &line in &whole.lines {
        let seller = text(scene, &seller_ids(scene, line))?;
        let references = on(scene, line, &[cac_BillingReference]);
        let is_head =
            says(scene, sellers, &seller) && references.iter().any(|r| is_group(scene, *r) && is_to_itself(scene, *r));
        count += usize::from(is_head && share(scene, &line_numbers(scene, line), own));
    }
    Ok(count)
}

/// BR-FR-MV-12: the number of a group stands nowhere before. UBL looks among the numbers of lines, CII among all references.
pub fn numbers_once(scene: &Scene<'_, '_>, _: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let ubl = scene.syntax.is_ubl();
    let is_head = |line: &NodeId| match ubl {
        true => own_references(scene, *line).iter().any(|r| is_group(scene, *r)),
        false => says(scene, &subtypes(scene, *line), "GROUP") && parents(scene, *line).is_empty(),
    };
    // For each number, where the first that bears it ends: what ends before another begins is not around it.
    let mut ends: HashMap<&str, NodeId> = HashMap::new();
    let mut bears = |around: NodeId, id: NodeId| {
        let end = scene.tree.node(around).end;
        let first = ends.entry(scene.tree.text_of(id)).or_insert(end);
        *first = end.min(*first);
    };
    if ubl {
        let documents = scene.named(cac_DocumentReference);
        let coded = documents.filter(|d| says(scene, &on(scene, *d, &[cbc_DocumentTypeCode]), "130"));
        coded.for_each(|d| {
            with(scene, on(scene, d, &[cbc_ID]), at_schemeID, "AFL").into_iter().for_each(|id| bears(d, id));
        });
    } else {
        scene.named(ram_IssuerAssignedID).for_each(|id| bears(id, id));
    }
    let heads = scene.whole().lines.iter().filter(|line| is_head(line));
    let again = heads
        .flat_map(|line| line_numbers(scene, *line))
        .find(|own| ends.get(scene.tree.text_of(*own)).is_some_and(|end| end <= own));
    Ok(match again {
        None => Verdict::Holds,
        Some(again) => Verdict::failed(Evidence {
            at: Some(again),
            found: Some(quote(scene.text(again))).filter(|found| !found.is_empty()),
            ..Evidence::default()
        }),
    })
}

/// The VAT totals of a line in one of these currencies.
pub fn vat_in(scene: &Scene<'_, '_>, line: NodeId, codes: &[NodeId]) -> Vec<NodeId> {
    let way: &[Name] = if scene.syntax.is_ubl() {
        &[cac_TaxTotal, cbc_TaxAmount]
    } else {
        &[ram_SpecifiedLineTradeSettlement, ram_SpecifiedTradeSettlementLineMonetarySummation, ram_TaxTotalAmount]
    };
    let fits = |n: &NodeId| {
        scene.attribute(*n, at_currencyID).is_some_and(|own| codes.iter().any(|c| scene.tree.text_of(*c) == own))
    };
    on(scene, line, way).into_iter().filter(fits).collect()
}
