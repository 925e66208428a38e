//! What is asked of the document, or of one element of it.

use crate::rules::check::trim;
use crate::rules::engine::{Crash, Evidence, Scene, Verdict};
use crate::rules::france::ask::on;
use crate::xml::{Name, NodeId};

use super::name::*;

/// Is the currency of a VAT total that of the invoice (`BT-5`), or that of accounting (`BT-6`), as the settlement around it says?
pub fn currency_is(scene: &Scene<'_, '_>, node: NodeId, term: &'static str) -> Result<Verdict, Crash> {
    let Some(own) = scene.attribute(node, at_currencyID) else { return Ok(Verdict::of(false)) };
    let name = if term == "BT-5" { ram_InvoiceCurrencyCode } else { ram_TaxCurrencyCode };
    let settlement = scene.tree.node(scene.tree.node(node).parent).parent;
    let stated = scene.all(settlement, name).any(|code| scene.tree.text_of(code) == own);
    Ok(Verdict::of(stated))
}

/// PEPPOL-EN16931-R008: no element without elements is without text. One finding for all of them, at the first.
pub fn no_empty_element(scene: &Scene<'_, '_>, _: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let is_empty = |node: &NodeId| scene.tree.children(*node).next().is_none() && scene.text(*node).is_empty();
    let mut empty = (0..scene.tree.len() as NodeId).filter(is_empty);
    let Some(first) = empty.next() else { return Ok(Verdict::Holds) };
    let count = 1 + empty.count();
    Ok(Verdict::fails(first, (count > 1).then(|| count.to_string()), None))
}

/// A sale between German parties, asked of the transaction: the day of delivery or the period it covers is given, of the document or of
/// every line. A prepayment (386) has neither yet.
pub fn german_delivery(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let types = on(scene, 0, &[rsm_ExchangedDocument, ram_TypeCode]);
    let is_german = |group: Name, party: Name| {
        let countries = on(scene, node, &[group, party, ram_PostalTradeAddress, ram_CountryID]);
        countries.iter().any(|country| scene.text(*country).eq_ignore_ascii_case("DE"))
    };
    let seller = is_german(ram_ApplicableHeaderTradeAgreement, ram_SellerTradeParty)
        || is_german(ram_ApplicableHeaderTradeSettlement, ram_InvoicerTradeParty);
    let buyer = is_german(ram_ApplicableHeaderTradeAgreement, ram_BuyerTradeParty)
        || is_german(ram_ApplicableHeaderTradeSettlement, ram_InvoiceeTradeParty);
    if !(seller && buyer && types.iter().any(|t| scene.tree.text_of(*t) != "386")) {
        return Ok(Verdict::Holds);
    }
    let deliveries = on(scene, node, &[ram_ApplicableHeaderTradeDelivery]);
    let day = deliveries
        .iter()
        .any(|d| !on(scene, *d, &[ram_ActualDeliverySupplyChainEvent, ram_OccurrenceDateTime]).is_empty());
    let period = !on(scene, node, &[ram_ApplicableHeaderTradeSettlement, ram_BillingSpecifiedPeriod]).is_empty()
        || scene
            .all(node, ram_IncludedSupplyChainTradeLineItem)
            .all(|line| !on(scene, line, &[ram_SpecifiedLineTradeSettlement, ram_BillingSpecifiedPeriod]).is_empty());
    let says_something = |n: &NodeId| (*n..scene.tree.node(*n).end).any(|n| !trim(scene.tree.text_of(n)).is_empty());
    if day || period && deliveries.iter().any(says_something) {
        return Ok(Verdict::Holds);
    }
    Ok(Verdict::failed(Evidence {
        at: deliveries.first().copied().or(Some(node)),
        expected: Some("BT-72, BG-14".to_owned()),
        ..Evidence::default()
    }))
}
