//! A VAT category that is used stands in the breakdown, and only then (BR-FREXT-*-01). Groups and information use none.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::rules::en16931::vat_said::said;
use crate::rules::engine::{Crash, Scene, Verdict};
use crate::rules::france::ask::{on, text};
use crate::xml::NodeId;

use super::lines::counts;
use super::name::*;

/// Of each category, how often it is used and how often it stands in the breakdown.
pub struct Uses<'t> {
    of: BTreeMap<Cow<'t, str>, (u32, u32)>,
}

/// Where a category stands.
#[derive(Clone, Copy)]
enum At {
    Use,
    Breakdown,
}

/// BR-FREXT-*-01.
pub fn category_in_breakdown(scene: &Scene<'_, '_>, _: NodeId, category: &'static str) -> Result<Verdict, Crash> {
    let (used, listed) = scene.extended().uses(scene)?.of.get(category).copied().unwrap_or_default();
    Ok(said(scene, (used > 0) == (listed > 0), category, used, listed))
}

impl<'t> Uses<'t> {
    pub fn of(scene: &Scene<'t, '_>) -> Result<Self, Crash> {
        let mut uses = Uses { of: BTreeMap::new() };
        if scene.syntax.is_ubl() {
            uses.ubl(scene)?
        } else {
            uses.cii(scene)
        }
        Ok(uses)
    }

    /// Of allowances and charges of the document, its lines and its breakdown, blanks reduced, whatever the scheme.
    fn ubl(&mut self, scene: &Scene<'t, '_>) -> Result<(), Crash> {
        let mut add = |category: NodeId, at: At| -> Result<(), Crash> {
            self.add(text(scene, &on(scene, category, &[cbc_ID]))?.into(), at);
            Ok(())
        };
        for category in on(scene, 0, &[cac_AllowanceCharge, cac_TaxCategory]) {
            add(category, At::Use)?;
        }
        for &line in scene.whole().lines.iter().filter(|line| counts(scene, **line)) {
            for category in on(scene, line, &[cac_Item, cac_ClassifiedTaxCategory]) {
                add(category, At::Use)?;
            }
        }
        for category in on(scene, 0, &[cac_TaxTotal, cac_TaxSubtotal, cac_TaxCategory]) {
            add(category, At::Breakdown)?;
        }
        Ok(())
    }

    /// Of whatever stands in a settlement, exactly as written.
    fn cii(&mut self, scene: &Scene<'t, '_>) {
        let mut add = |tax: NodeId, at: At| {
            let mut codes: Vec<&str> = scene.all(tax, ram_CategoryCode).map(|code| scene.tree.text_of(code)).collect();
            codes.sort_unstable();
            codes.dedup();
            codes.into_iter().for_each(|code| self.add(code.into(), at));
        };
        for tax in scene.named(ram_CategoryTradeTax) {
            add(tax, At::Use);
        }
        for tax in scene.named(ram_ApplicableTradeTax) {
            let around = scene.tree.node(tax).parent;
            match scene.tree.node(around).name {
                ram_ApplicableHeaderTradeSettlement => add(tax, At::Breakdown),
                ram_SpecifiedLineTradeSettlement if counts(scene, scene.tree.node(around).parent) => {
                    add(tax, At::Use);
                }
                _ => {}
            }
        }
    }

    fn add(&mut self, category: Cow<'t, str>, at: At) {
        let (used, listed) = self.of.entry(category).or_default();
        match at {
            At::Use => *used += 1,
            At::Breakdown => *listed += 1,
        }
    }
}
