//! French identifiers of parties: a SIRET starts with the SIREN of its party, an address in the directory with the party's SIREN.

use crate::formats;
use crate::rules::check::Pattern;
use crate::rules::engine::{Crash, Evidence, Scene, Verdict};
use crate::rules::predicate::quote;
use crate::text::Text;
use crate::xml::{Name, NodeId};

use super::ask::{on, only, with};
use super::name::*;

static SIRET: Pattern = Pattern::of(r"^\d{14}$");
static SIREN: Pattern = Pattern::of(r"^\d{9}$");

/// BR-FR-09: the first SIRET of a party has 14 digits and starts with its SIREN. Of a `party` the SIREN must be given; of an `other`,
/// and of the `place` of a delivery, it need not. Texts are compared as written.
pub fn siret(scene: &Scene<'_, '_>, node: NodeId, whose: &'static str) -> Result<Verdict, Crash> {
    let (ids, legal): (&[Name], &[Name]) = match (scene.syntax.is_ubl(), whose) {
        (false, _) => (&[ram_GlobalID], &[ram_SpecifiedLegalOrganization, ram_ID]),
        (true, "place") => (&[cac_DeliveryLocation, cbc_ID], &[cac_DeliveryParty, cac_PartyLegalEntity, cbc_CompanyID]),
        (true, _) => (&[cac_PartyIdentification, cbc_ID], &[cac_PartyLegalEntity, cbc_CompanyID]),
    };
    let sirets = with(scene, on(scene, node, ids), at_schemeID, "0009");
    let Some(&first) = sirets.first() else { return Ok(Verdict::Holds) };
    let legal = only(scene, &with(scene, on(scene, node, legal), at_schemeID, "0002"))?;
    let siren = legal.map(|n| scene.tree.text_of(n));
    let found = scene.tree.text_of(first);
    let whole = SIRET.matches(found);
    let start = found.char_indices().nth(9).map_or(found, |(at, _)| &found[..at]);
    let siren = match siren {
        // Where nothing is said, there is nothing to differ from; CII reads all SIRETs for that, and stops at a second.
        None | Some("") if whose != "party" => {
            if !scene.syntax.is_ubl() {
                only(scene, &sirets)?;
            }
            Some(start)
        }
        siren => siren,
    };
    if whole && siren == Some(start) {
        return Ok(Verdict::Holds);
    }
    let said = quote(found);
    let (message, expected) = match siren {
        _ if !whole => (
            Text::new(
                format!("Le SIRET « {said} » n'est pas fait de 14 chiffres."),
                format!("The SIRET \"{said}\" is not made of 14 digits."),
            ),
            "14 digits".to_owned(),
        ),
        Some(siren) if !siren.trim().is_empty() => (
            Text::new(
                format!("Le SIRET « {said} » ne commence pas par le SIREN de la même partie, {}.", quote(siren)),
                format!("The SIRET \"{said}\" does not start with the SIREN of the same party, {}.", quote(siren)),
            ),
            format!("{}…", quote(siren)),
        ),
        _ => (
            Text::new(
                format!("Le SIRET « {said} » est donné sans le SIREN (schéma 0002) de la même partie."),
                format!("The SIRET \"{said}\" is given without the SIREN (scheme 0002) of the same party."),
            ),
            format!("0002: {}", quote(start)),
        ),
    };
    Ok(Verdict::failed(Evidence {
        at: Some(first),
        found: Some(said).filter(|said| !said.trim().is_empty()),
        expected: Some(expected),
        message: (!found.trim().is_empty()).then_some(message),
        ..Evidence::default()
    }))
}

/// BR-FR-21 (`buyer`) and BR-FR-22 (`seller`): the electronic address is of scheme 0225 and starts with the SIREN of the party. CII
/// takes whatever legal identifier stands, UBL that of scheme 0002; where there is none, every address starts with it.
pub fn own_address(scene: &Scene<'_, '_>, node: NodeId, whose: &'static str) -> Result<Verdict, Crash> {
    let buyer = whose == "buyer";
    let (address, legal) = if scene.syntax.is_ubl() {
        let around = if buyer { cac_AccountingCustomerParty } else { cac_AccountingSupplierParty };
        let legal = on(scene, node, &[around, cac_Party, cac_PartyLegalEntity, cbc_CompanyID]);
        (on(scene, node, &[around, cac_Party, cbc_EndpointID]), with(scene, legal, at_schemeID, "0002"))
    } else {
        let party = if buyer { ram_BuyerTradeParty } else { ram_SellerTradeParty };
        let way = [rsm_SupplyChainTradeTransaction, ram_ApplicableHeaderTradeAgreement, party];
        let below = |more: [Name; 2]| way.iter().copied().chain(more).collect::<Vec<_>>();
        (
            on(scene, node, &below([ram_URIUniversalCommunication, ram_URIID])),
            on(scene, node, &below([ram_SpecifiedLegalOrganization, ram_ID])),
        )
    };
    let (address, legal) = (only(scene, &address)?, only(scene, &legal)?);
    let siren = legal.map_or("", |n| scene.tree.text_of(n));
    let starts = address.map_or("", |n| scene.tree.text_of(n)).starts_with(siren);
    let scheme = address.and_then(|n| scene.attribute(n, at_schemeID));
    if starts && scheme == Some("0225") {
        return Ok(Verdict::Holds);
    }
    let shown = address.map(|n| match scheme {
        Some(scheme) => format!("{}:{}", quote(scheme), quote(scene.text(n))),
        None => quote(scene.text(n)),
    });
    // The directory's shortest form of the address is the SIREN itself.
    let example = address
        .filter(|_| SIREN.matches(siren))
        .map(|n| formats::put_right(scene.tree, n, Some(siren), Some(("schemeID", "0225")), None));
    let siren = if siren.trim().is_empty() { "SIREN" } else { siren };
    Ok(Verdict::failed(Evidence {
        example,
        at: address.or(Some(node)),
        found: shown.filter(|shown| !shown.trim().is_empty()),
        expected: Some(format!("0225:{}…", quote(siren))),
        ..Evidence::default()
    }))
}
