//! Life-cycle messages (BR-FR-CDV on CDAR): what depends on the phase of the status, or on who receives the message.
//!
//! Values are compared as the official artefact compares them: as written, and true where any of several is right.

use crate::rules::engine::{Crash, Evidence, Scene, Verdict};
use crate::rules::predicate::quote;
use crate::xml::{Name, NodeId};

use super::ask::{normal, on, says, with};
use super::name::*;

/// The tax portal (PPF) as these rules know it: its number among the platforms, the scheme of such numbers, its role.
const PORTAL: (&str, &str, &str) = ("0000", "0238", "DFH");
/// The profile of a status about an invoice, and that of one for the portal alone.
const PROFILES: [&str; 2] = ["urn.cpro.gouv.fr:1p0:CDV:invoice", "urn.cpro.gouv.fr:1p0:CDV:einvoicingF2"];
/// What stands as the business process of a message that others than the portal receive.
const PROCESSES: [&str; 6] = ["REGULATED", "NON_REGULATED", "B2C", "B2CINT", "B2BINT", "OUTOFSCOPE"];
/// Characters of the business process in a message for the portal alone: a billing frame.
const FRAME: usize = 3;

/// BR-FR-CDV-02: the profile is that of a status about an invoice; for the portal alone, its own will do too.
pub fn message_profile(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let stands = on(scene, node, &[ram_GuidelineSpecifiedDocumentContextParameter, ram_ID]);
    let allowed = if for_the_portal(scene, node) { &PROFILES[..] } else { &PROFILES[..1] };
    Ok(one_of(scene, &stands, allowed, node))
}

/// BR-FR-CDV-CL-01: the business process is one of a list; for the portal alone, a billing frame of three characters at most.
pub fn message_process(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let stands = on(scene, node, &[ram_BusinessProcessSpecifiedDocumentContextParameter, ram_ID]);
    if !for_the_portal(scene, node) {
        return Ok(match one_of(scene, &stands, &PROCESSES, node) {
            Verdict::Fails(evidence) if stands.is_empty() => {
                // It is missing with what is around it.
                let around = "ram:BusinessProcessSpecifiedDocumentContextParameter";
                let example = format!("<{around}><ram:ID>{}</ram:ID></{around}>", PROCESSES[0]);
                Verdict::failed(Evidence { example: Some(example), ..*evidence })
            }
            other => other,
        });
    }
    let frame = super::ask::text(scene, &stands)?;
    if frame.chars().count() <= FRAME {
        return Ok(Verdict::Holds);
    }
    let expected = format!("≤ {FRAME} characters");
    Ok(Verdict::failed(Evidence {
        at: stands.first().copied(),
        found: Some(quote(&frame)),
        expected: Some(expected),
        // The frame of most invoices: goods.
        example: stands.first().map(|at| crate::formats::put_right(scene.tree, *at, Some("B1"), None, None)),
        ..Evidence::default()
    }))
}

/// BR-FR-CDV-CL-02 and CL-03: in a phase (`305`, `23`), the role of a party (`sender`, `author`) is one of these.
pub fn role_in_phase(scene: &Scene<'_, '_>, node: NodeId, told: &'static str) -> Result<Verdict, Crash> {
    let mut words = told.split(' ');
    let (phase, party) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let around = scene.tree.node(node).parent;
    if !says(scene, &on(scene, around, &PHASE), phase) {
        return Ok(Verdict::Holds);
    }
    let party = if party == "sender" { ram_SenderTradeParty } else { ram_IssuerTradeParty };
    let allowed: Vec<&str> = words.collect();
    let at = scene.all(node, party).next().unwrap_or(node);
    Ok(one_of(scene, &on(scene, node, &[party, ram_RoleCode]), &allowed, at))
}

/// BR-FR-CDV-CL-05: in a phase, the condition of the document is one of these, where it is given. Only a message that is of another
/// phase, rather than of none, is let be.
pub fn condition_in_phase(scene: &Scene<'_, '_>, node: NodeId, told: &'static str) -> Result<Verdict, Crash> {
    let (phase, allowed) = told.split_once(' ').unwrap_or((told, ""));
    let phases: Vec<NodeId> = scene.all(scene.tree.node(node).parent, ram_TypeCode).collect();
    let other = phases.iter().any(|n| scene.tree.text_of(*n) != phase);
    let stands: Vec<NodeId> = scene.all(node, ram_StatusCode).collect();
    if other || stands.is_empty() {
        return Ok(Verdict::Holds);
    }
    let allowed: Vec<&str> = allowed.split(' ').collect();
    Ok(one_of(scene, &stands, &allowed, node))
}

/// The phase of the status, from the document element.
const PHASE: [Name; 2] = [cdar_AcknowledgementDocument, ram_TypeCode];

/// Is the portal the only one who receives the message? `node` stands directly in the document element.
fn for_the_portal(scene: &Scene<'_, '_>, node: NodeId) -> bool {
    let around = scene.tree.node(node).parent;
    let recipients = |name: Name| on(scene, around, &[cdar_ExchangedDocument, ram_RecipientTradeParty, name]);
    let (number, scheme, role) = PORTAL;
    let ids = recipients(ram_GlobalID);
    ids.len() == 1
        && says(scene, &with(scene, ids, at_schemeID, scheme), number)
        && says(scene, &recipients(ram_RoleCode), role)
}

/// Holds where any of the elements has one of the values. A failure is told at the first of them, else at `around`.
fn one_of(scene: &Scene<'_, '_>, stands: &[NodeId], allowed: &[&str], around: NodeId) -> Verdict {
    if allowed.iter().any(|value| says(scene, stands, value)) {
        return Verdict::Holds;
    }
    let first = stands.first().copied();
    let found = first.map(|at| quote(scene.tree.text_of(at))).filter(|found| !normal(found).is_empty());
    let right = match allowed {
        [only] => Some((*only).to_owned()),
        _ => None,
    };
    Verdict::failed(Evidence {
        at: first.or(Some(around)),
        found,
        expected: Some(allowed.join(" ")),
        right: right.filter(|_| first.is_some()),
        ..Evidence::default()
    })
}
