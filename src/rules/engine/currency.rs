//! The currency of an amount: whether a finding is about one, and which one it must be.

use crate::formats;
use crate::invoice::{Invoice, bt};
use crate::rules::check::{codes, trim};
use crate::text::Text;

use super::Scene;
use super::count::Lack;
use super::tell::Spot;

/// The attribute of a finding, standing or not, is the currency of an amount.
pub(super) fn is_currency(scene: &Scene<'_, '_>, spot: &Spot) -> bool {
    let name = match (spot.attribute, spot.lacks) {
        (Some(name), _) | (None, Some(Lack::Attribute(name))) => name,
        _ => return false,
    };
    scene.tree.qualified(name) == "currencyID"
}

/// The currency of an amount stands and is empty: that is what the finding must say.
pub(super) fn empty_currency(scene: &Scene<'_, '_>, spot: &Spot) -> Option<Text> {
    let empty = spot.value.as_deref().is_some_and(|value| trim(value).is_empty());
    (empty && is_currency(scene, spot)).then(|| {
        Text::new(
            "L'attribut currencyID est vide ; un code de la liste ISO 4217 est attendu.",
            "The attribute currencyID is empty; a code of list ISO 4217 is expected.",
        )
    })
}

/// The currency that an amount must bear where it bears none: that of BT-6 for the second VAT total, else that of the document.
pub(super) fn currency(invoice: &Invoice<'_>, scene: &Scene<'_, '_>, spot: &Spot, none: bool) -> Option<String> {
    if !none || !is_currency(scene, spot) {
        return None;
    }
    let currency = match formats::vat_total(scene.syntax, scene.tree, spot.at) {
        Some((_, currency)) => currency?,
        None => invoice.text(bt::BT_5)?.trim(),
    };
    codes::ISO_4217.contains(currency).then(|| currency.to_owned())
}

/// What to write where an amount bears no currency.
pub(super) fn write_the_currency(scene: &Scene<'_, '_>, spot: &Spot, currency: &str) -> Text {
    let told = formats::vat_total(scene.syntax, scene.tree, spot.at);
    let (term, fr, en) = match told {
        Some((bt::BT_111, _)) => ("BT-6", "la devise de comptabilisation de la TVA", "the VAT accounting currency"),
        _ => ("BT-5", "la devise de la facture", "the invoice's currency"),
    };
    Text::new(
        format!("Écrire currencyID=\"{currency}\" : {fr} ({term}) est {currency}."),
        format!("Write currencyID=\"{currency}\": {en} ({term}) is {currency}."),
    )
}
