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
mod vat_said;
mod vat_total;

pub use dates::{cii_period, ubl_period};
pub use document::*;
pub use syntax::*;
pub use totals::*;
pub use vat::{allowance_party, breakdown, breakdown_cii, charge_party, line_party, only_outside_scope};
pub use vat_amount::{category_amount, category_amount_cii, vat_amount, vat_amount_cii};
pub use vat_base::{base, base_cii};

/// A constant for each name of the syntaxes: `cbc_ID`.
#[allow(dead_code)]
pub mod name {
    use crate::xml::Name;
    include!(concat!(env!("OUT_DIR"), "/name_constants.rs"));
}
