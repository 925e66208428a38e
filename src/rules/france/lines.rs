//! Lines of invoices of several sellers (S8, B8, M8) and in both directions (S9, B9, M9): which group, which detail, whose.
//!
//! In UBL a line says so by a reference to its own invoice: its status is the subtype of the line, the line that it names its parent.

use crate::rules::engine::{Crash, Evidence, Scene, Verdict};
use crate::xml::NodeId;

use super::ask::{differ, on, only, says, share, text};
use super::name::*;

/// Is the billing frame (BT-23) one of several sellers (`MV`), of both directions (`BD`), or `any` of the two?
pub fn frame(scene: &Scene<'_, '_>, _: NodeId, which: &'static str) -> Result<Verdict, Crash> {
    let frame = scene.whole().frame.as_ref().map_err(Clone::clone)?;
    let (several, both) = (["S8", "B8", "M8"], ["S9", "B9", "M9"]);
    Ok(Verdict::of(match which {
        "MV" => several.contains(&frame.as_str()),
        "BD" => both.contains(&frame.as_str()),
        _ => several.contains(&frame.as_str()) || both.contains(&frame.as_str()),
    }))
}

/// UBL: does this reference make its line the head of a group? It is to the invoice itself, of status GROUP, and names no parent line.
pub fn group_reference(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    Ok(Verdict::of(is_to_itself(scene, node) && is_group(scene, node)))
}

/// UBL: has the line this subtype?
pub fn line_is(scene: &Scene<'_, '_>, node: NodeId, status: &'static str) -> Result<Verdict, Crash> {
    Ok(Verdict::of(own_references(scene, node).iter().any(|r| says(scene, &statuses(scene, *r), status))))
}

/// UBL: is the reference to another invoice?
pub fn other_invoice(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    Ok(Verdict::of(differ(scene, &on(scene, node, &[cac_InvoiceDocumentReference, cbc_ID]), &scene.whole().numbers)))
}

/// Is the seller of the line (or of that of a UBL reference) the `seller` of the invoice, or its `buyer`?
pub fn of_party(scene: &Scene<'_, '_>, node: NodeId, whose: &'static str) -> Result<Verdict, Crash> {
    let line = line_of(scene, node);
    Ok(Verdict::of(share(scene, &seller_ids(scene, line), party(scene, whose))))
}

fn party<'s>(scene: &'s Scene<'_, '_>, whose: &str) -> &'s [NodeId] {
    if whose == "buyer" { &scene.whole().buyer } else { &scene.whole().seller }
}

/// UBL: the same of the seller, blanks of the line's identifier reduced; two identifiers are an error.
pub fn seller_line(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    Ok(Verdict::of(says(scene, &scene.whole().seller, &text(scene, &seller_ids(scene, node))?)))
}

/// BR-FR-CO-05 in UBL: every line that stands for itself or is a detail refers to a preceding invoice and its day.
pub fn dated_line_references(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let own = &scene.whole().numbers;
    let dated = |line: NodeId| {
        scene.all(line, cac_BillingReference).any(|reference| {
            let documents = on(scene, reference, &[cac_InvoiceDocumentReference]);
            differ(scene, &on(scene, reference, &[cac_InvoiceDocumentReference, cbc_ID]), own)
                && documents.iter().any(|d| scene.has(*d, cbc_ID) && scene.has(*d, cbc_IssueDate))
        })
    };
    let counts = |line: NodeId| {
        let references = own_references(scene, line);
        references.is_empty() || references.iter().any(|r| says(scene, &statuses(scene, *r), "DETAIL"))
    };
    let without = scene.all(node, cac_CreditNoteLine).find(|line| counts(*line) && !dated(*line));
    Ok(match without {
        None => Verdict::Holds,
        Some(_) => Verdict::failed(Evidence {
            at: Some(node),
            expected: Some("BT-25, BT-26".to_owned()),
            child: (!scene.has(node, cac_BillingReference)).then_some(cac_BillingReference),
            ..Evidence::default()
        }),
    })
}

/// The line of a UBL reference; the line itself.
pub fn line_of(scene: &Scene<'_, '_>, node: NodeId) -> NodeId {
    let node_of = scene.tree.node(node);
    if node_of.name == cac_BillingReference { node_of.parent } else { node }
}

/// UBL: the references of a line to its own invoice.
pub fn own_references(scene: &Scene<'_, '_>, line: NodeId) -> Vec<NodeId> {
    on(scene, line, &[cac_BillingReference]).into_iter().filter(|r| is_to_itself(scene, *r)).collect()
}

pub fn is_to_itself(scene: &Scene<'_, '_>, reference: NodeId) -> bool {
    share(scene, &on(scene, reference, &[cac_InvoiceDocumentReference, cbc_ID]), &scene.whole().numbers)
}

/// UBL: is the reference of status GROUP, without a parent line?
pub fn is_group(scene: &Scene<'_, '_>, reference: NodeId) -> bool {
    says(scene, &statuses(scene, reference), "GROUP")
        && on(scene, reference, &[cac_BillingReferenceLine, cbc_ID]).is_empty()
}

/// UBL: the status codes of a reference.
pub fn statuses(scene: &Scene<'_, '_>, reference: NodeId) -> Vec<NodeId> {
    on(scene, reference, &[cac_InvoiceDocumentReference, cbc_DocumentStatusCode])
}

/// CII: the subtype codes of a line.
pub fn subtypes(scene: &Scene<'_, '_>, line: NodeId) -> Vec<NodeId> {
    on(scene, line, &[ram_AssociatedDocumentLineDocument, ram_LineStatusReasonCode])
}

/// The identifiers of a line.
pub fn line_ids(scene: &Scene<'_, '_>, line: NodeId) -> Vec<NodeId> {
    if scene.syntax.is_ubl() {
        on(scene, line, &[cbc_ID])
    } else {
        on(scene, line, &[ram_AssociatedDocumentLineDocument, ram_LineID])
    }
}

/// The lines that a line says are around it.
pub fn parents(scene: &Scene<'_, '_>, line: NodeId) -> Vec<NodeId> {
    if scene.syntax.is_ubl() {
        let references = own_references(scene, line);
        references.into_iter().flat_map(|r| on(scene, r, &[cac_BillingReferenceLine, cbc_ID])).collect()
    } else {
        declared_parents(scene, line)
    }
}

/// The same, in UBL also those of references to other invoices.
pub fn declared_parents(scene: &Scene<'_, '_>, line: NodeId) -> Vec<NodeId> {
    if scene.syntax.is_ubl() {
        on(scene, line, &[cac_BillingReference, cac_BillingReferenceLine, cbc_ID])
    } else {
        on(scene, line, &[ram_AssociatedDocumentLineDocument, ram_ParentLineID])
    }
}

/// The legal identifiers of the seller of a line (EXT-FR-FE-167).
pub fn seller_ids(scene: &Scene<'_, '_>, line: NodeId) -> Vec<NodeId> {
    if scene.syntax.is_ubl() {
        on(scene, line, &[cac_Item, cac_ManufacturerParty, cac_PartyLegalEntity, cbc_CompanyID])
    } else {
        on(
            scene,
            line,
            &[ram_SpecifiedLineTradeAgreement, ram_ItemSellerTradeParty, ram_SpecifiedLegalOrganization, ram_ID],
        )
    }
}

/// The invoice numbers of a line (BT-128 of scheme AFL).
pub fn line_numbers(scene: &Scene<'_, '_>, line: NodeId) -> Vec<NodeId> {
    numbered(scene, line).into_iter().flat_map(|(_, ids)| ids).collect()
}

/// The same, each with the document that bears it.
pub fn numbered(scene: &Scene<'_, '_>, line: NodeId) -> Vec<(NodeId, Vec<NodeId>)> {
    if scene.syntax.is_ubl() {
        let documents = on(scene, line, &[cac_DocumentReference]).into_iter();
        let of = |d: NodeId| (d, super::ask::with(scene, on(scene, d, &[cbc_ID]), at_schemeID, "AFL"));
        return documents.filter(|d| says(scene, &on(scene, *d, &[cbc_DocumentTypeCode]), "130")).map(of).collect();
    }
    let documents = on(scene, line, &[ram_SpecifiedLineTradeSettlement, ram_AdditionalReferencedDocument]).into_iter();
    let fits = |d: &NodeId| {
        says(scene, &on(scene, *d, &[ram_ReferenceTypeCode]), "AFL")
            && says(scene, &on(scene, *d, &[ram_TypeCode]), "130")
    };
    documents.filter(fits).map(|d| (d, on(scene, d, &[ram_IssuerAssignedID]))).collect()
}

/// The one amount of several, where there is one.
pub fn amount(scene: &Scene<'_, '_>, found: &[NodeId]) -> Result<Option<crate::decimal::Decimal>, Crash> {
    only(scene, found)?.map(|n| scene.decimal(n)).transpose()
}
