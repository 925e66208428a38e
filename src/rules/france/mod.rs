//! The French rules (BR-FR-Flux2) that are more than a row: notes, parties, dates, and invoices of several sellers.
//!
//! Each item follows the official artefact of its syntax; the catalogue (`schemas/rules/fr.toml`) names it, gives it its context and
//! its texts. Several are conditions of contexts and rows rather than whole rules.

pub(super) mod ask;
mod dates;
mod groups;
mod lines;
mod notes;
mod parties;
mod totals;
mod whole;

pub use dates::{days_in_order, due_date_given, real_date};
pub use groups::{line_country, line_vat, numbers_once, own_number, same_number, same_seller, status_given};
pub use lines::{dated_line_references, frame, group_reference, line_is, of_party, other_invoice, seller_line};
pub use notes::{has_note, one_note, one_treatment, single_taxable, treatment_is, treatment_known};
pub use parties::{own_address, siret};
pub use totals::{group_sum, group_vat, number_in_reason, paid_in_full, with_vat};

pub(super) use whole::Whole;

use super::en16931::name;
