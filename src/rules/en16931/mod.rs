//! The rules of EN 16931 that are more than a row: sums, VAT, parties, dates, oddities of syntax.
//!
//! Each item follows the official artefact of its syntax; the catalogue (`schemas/rules/en16931.toml`) names it, gives it
//! its context and its texts.

// Names of elements keep the case of the syntaxes: `cac_TaxTotal`.
#![allow(non_upper_case_globals)]

pub(super) mod bases;
mod dates;
mod document;
pub(super) mod sums;
mod syntax;
mod totals;
pub(super) mod vat;
mod vat_amount;
mod vat_base;
mod vat_items;
mod vat_rate;
pub(super) mod vat_said;
pub(super) mod vat_total;

use super::engine::{Crash, Scene, Verdict};
use crate::xml::NodeId;

pub use dates::{cii_period, ubl_period};
pub use document::*;
pub use syntax::*;
pub use totals::*;
pub use vat::{allowance_party, breakdown, breakdown_cii, charge_party, line_party, only_outside_scope};
pub use vat_amount::{category_amount, category_amount_cii, vat_amount, vat_amount_cii};

/// -08 in UBL, asked of the category of a breakdown; what is said names the rate.
pub fn base(scene: &Scene<'_, '_>, node: NodeId, category: &'static str) -> Result<Verdict, Crash> {
    Ok(vat_said::at_rate(scene, node, category, vat_base::base(scene, node, category)?))
}

/// -08 in CII, asked of the category code of a breakdown (of the breakdown itself for L, M and O).
pub fn base_cii(scene: &Scene<'_, '_>, node: NodeId, category: &'static str) -> Result<Verdict, Crash> {
    let tax = vat_amount::breakdown_of(scene, node);
    Ok(vat_said::at_rate(scene, tax, category, vat_base::base_cii(scene, node, category)?))
}

/// The same in the Factur-X profiles, which allow a whole unit on one side.
pub fn base_within(scene: &Scene<'_, '_>, node: NodeId, category: &'static str) -> Result<Verdict, Crash> {
    let tax = scene.tree.node(node).parent;
    Ok(vat_said::at_rate(scene, tax, category, vat_base::base_in_cii(scene, node, category, true)?))
}

/// A constant for each name of the syntaxes: `cbc_ID`.
#[allow(dead_code)]
pub mod name {
    use crate::xml::Name;
    include!(concat!(env!("OUT_DIR"), "/name_constants.rs"));
}
