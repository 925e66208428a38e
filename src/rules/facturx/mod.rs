//! The rules of the Factur-X profiles that are more than a row: sums with a tolerance, lines below lines, what tells a second currency.
//!
//! All in CII. Each item follows the official artefact; the tables of the profiles (`schemas/rules/facturx-*.txt`) name it and give it its
//! context, `schemas/rules/facturx.toml` its texts.

mod base;
mod document;
mod lines;
mod sums;
mod unused;
mod uses;

pub use base::{sublines_base_near, sublines_base_near_line, sublines_vat_near};
pub use document::{currency_is, german_delivery, no_empty_element};
pub use lines::{groups_add_up, groups_below_have_amounts, parent_stands};
pub use sums::{allowances_near, charges_add_up, charges_near, due_exact, gross_near, lines_near, net_near};

pub use unused::unused;

pub(super) use lines::Sublines;

use super::en16931::name;
