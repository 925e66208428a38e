//! The rules of the profile EXTENDED-CTC-FR that are more than a row: sub-lines, totals and VAT bases that may be out by a cent for each
//! amount.
//!
//! Each item follows the official artefact of its syntax; the catalogue (`schemas/rules/fr-extended.toml`) names it, gives it its context
//! and its texts. What the profile leaves as it is stays with `en16931`.

// Names of elements keep the case of the syntaxes: `cac_TaxTotal`.
#![allow(non_upper_case_globals)]

mod added;
mod bases;
mod category;
mod lines;
mod number;
mod totals;
mod vat;

pub use category::category_in_breakdown;
pub use lines::{
    group_amount, groups_have_amounts, line_counts, line_stands_alone, parent_line_exists, parent_needs_status,
    sub_line_status,
};
pub use totals::{allowance_total_near, line_total_near, with_vat_near, without_vat_near};
pub use vat::{base_near, base_of_category, base_of_reason, vat_near};

use std::cell::OnceCell;

use super::en16931::name;
use super::engine::{Crash, Scene};

/// What several rules of the profile ask of the whole document, found once.
#[derive(Default)]
pub struct Extended<'t> {
    pub(self) below: OnceCell<lines::Below<'t>>,
    pub(self) added: added::Added,
    pub(self) bases: OnceCell<Result<bases::Bases<'t>, Crash>>,
    pub(self) uses: OnceCell<Result<category::Uses<'t>, Crash>>,
}

impl<'t> Extended<'t> {
    fn below(&self, scene: &Scene<'t, '_>) -> &lines::Below<'t> {
        self.below.get_or_init(|| lines::Below::of(scene))
    }

    fn bases(&self, scene: &Scene<'t, '_>) -> Result<&bases::Bases<'t>, Crash> {
        self.bases.get_or_init(|| bases::Bases::of(scene)).as_ref().map_err(Clone::clone)
    }

    fn uses(&self, scene: &Scene<'t, '_>) -> Result<&category::Uses<'t>, Crash> {
        self.uses.get_or_init(|| category::Uses::of(scene)).as_ref().map_err(Clone::clone)
    }
}
