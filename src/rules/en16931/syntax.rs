//! Rules of syntax that are more than a row.

use std::sync::LazyLock;

use regex::Regex;

use crate::rules::check::trim;
use crate::rules::engine::{Crash, Evidence, Scene, Verdict};
use crate::rules::predicate::quote;
use crate::text::Text;
use crate::xml::{Name, NodeId};

use super::name::*;

/// UBL-DT-01 leaves out unit prices, and every amount within a price that has an allowance.
pub fn of_a_price(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let (_, name) = scene.tree.expanded(scene.tree.node(node).name);
    let mut here = node;
    let mut exempt = name.ends_with("PriceAmount");
    while here != 0 && !exempt {
        here = scene.tree.node(here).parent;
        exempt = scene.tree.node(here).name == cac_Price && scene.has(here, cac_AllowanceCharge);
    }
    Ok(Verdict::of(exempt))
}

/// UBL-DT-18: `name` stands on payment means codes only.
pub fn name_attribute(scene: &Scene<'_, '_>, _: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let tree = scene.tree;
    if !tree.has_any_attribute(|name| name == at_name) {
        return Ok(Verdict::Holds);
    }
    let elsewhere = (0..tree.len() as NodeId)
        .filter(|&n| tree.node(n).name != cbc_PaymentMeansCode)
        .find_map(|n| Some((n, scene.attribute(n, at_name)?)));
    Ok(match elsewhere {
        None => Verdict::Holds,
        Some((at, value)) => Verdict::failed(Evidence {
            at: Some(at),
            attribute: Some(at_name),
            found: Some(quote(trim(value))),
            ..Evidence::default()
        }),
    })
}

/// UBL-SR-19 to 21: some name of the payee differs from some legal name of the seller.
pub fn payee_has_another_name(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let tree = scene.tree;
    let around = tree.node(node).parent;
    let seller = || {
        scene
            .all(around, cac_AccountingSupplierParty)
            .flat_map(|s| scene.all(s, cac_Party))
            .flat_map(|p| scene.all(p, cac_PartyLegalEntity))
            .flat_map(|l| scene.all(l, cbc_RegistrationName))
    };
    let own = || scene.all(node, cac_PartyName).flat_map(|n| scene.all(n, cbc_Name));
    if own().any(|own| seller().any(|s| tree.text_of(s) != tree.text_of(own))) {
        return Ok(Verdict::Holds);
    }
    let said = |fr: &str, en: &str| Some(Text::new(fr, en));
    Ok(Verdict::failed(match (own().next(), seller().next()) {
        (None, _) => Evidence {
            expected: Some("BT-59".to_owned()),
            message: said("BT-59 (Nom du bénéficiaire) manque.", "Payee name (BT-59) is missing."),
            ..lacking(scene, node, [cac_PartyName, cbc_Name])
        },
        (Some(_), None) => Evidence {
            expected: Some("BT-27".to_owned()),
            message: said(
                "BT-59 (Nom du bénéficiaire) ne peut pas être comparé au vendeur : BT-27 manque.",
                "Payee name (BT-59) cannot be compared with the seller: BT-27 is missing.",
            ),
            fix: said("Renseigner BT-27 (Raison sociale du vendeur).", "Fill in Seller name (BT-27)."),
            // As for the rule that asks for the seller's name.
            ..lacking(
                scene,
                around,
                [cac_AccountingSupplierParty, cac_Party, cac_PartyLegalEntity, cbc_RegistrationName],
            )
        },
        (Some(own), Some(_)) => Evidence {
            at: Some(own),
            found: Some(quote(scene.text(own))),
            expected: Some("BT-59 ≠ BT-27".to_owned()),
            message: said(
                "BT-59 (Nom du bénéficiaire) est le nom du vendeur (BT-27) : un bénéficiaire est un autre que lui.",
                "Payee name (BT-59) is the seller's name (BT-27): a payee is another party.",
            ),
            ..Evidence::default()
        },
    }))
}

/// The deepest element on a way that stands, and the child that it lacks.
fn lacking(scene: &Scene<'_, '_>, from: NodeId, way: impl IntoIterator<Item = Name>) -> Evidence {
    let mut at = from;
    let child = way.into_iter().find(|name| scene.tree.child(at, *name).map(|n| at = n).is_none());
    Evidence { at: Some(at), child, ..Evidence::default() }
}

/// CII-DT-097: eight digits that look like a date, blanks around them allowed. The artefact takes the digits of the year in any
/// script, and does not look whether the day exists.
pub fn date_of_eight_digits(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    static LOOKS: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(r"^\d{4}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])$").ok());
    let text = scene.text(node);
    let looks = LOOKS.as_ref().is_some_and(|looks| looks.is_match(text));
    Ok(if looks { Verdict::Holds } else { Verdict::fails(node, quote(text), "YYYYMMDD".to_owned()) })
}
