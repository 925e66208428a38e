//! What bears a VAT category: lines, allowances and charges, found once. A breakdown is held against all of its category.

use std::cell::OnceCell;
use std::collections::HashMap;

use crate::decimal::Decimal;
use crate::rules::engine::{Crash, Scene};
use crate::rules::france::ask::on;
use crate::xml::NodeId;

use super::base::reason;
use super::lines::{AMOUNT, is_detail};
use super::name::*;

/// All of a document, lines first, and those of each category.
pub struct Uses {
    all: Vec<Use>,
    by_category: HashMap<String, Vec<usize>>,
}

pub enum What {
    Line,
    /// An allowance or a charge of the document: its indicator says which.
    Item,
    /// A charge for logistics.
    Logistics,
}

/// A line, an allowance or a charge.
pub struct Use {
    pub node: NodeId,
    pub what: What,
    pub amounts: Vec<NodeId>,
    /// Of lines: is it one of detail?
    pub detail: bool,
    taxes: Vec<NodeId>,
    rates: OnceCell<Result<Vec<Decimal>, Crash>>,
    reason: OnceCell<Result<[String; 2], Crash>>,
}

impl Uses {
    pub fn of_document(scene: &Scene<'_, '_>) -> Uses {
        let mut all = Vec::new();
        let mut add = |node, what, detail, taxes, amounts| {
            all.push(Use { node, what, amounts, detail, taxes, rates: OnceCell::new(), reason: OnceCell::new() });
        };
        for line in on(scene, 0, &[rsm_SupplyChainTradeTransaction, ram_IncludedSupplyChainTradeLineItem]) {
            let taxes = on(scene, line, &[ram_SpecifiedLineTradeSettlement, ram_ApplicableTradeTax]);
            add(line, What::Line, is_detail(scene, line), taxes, on(scene, line, AMOUNT));
        }
        for settlement in on(scene, 0, &[rsm_SupplyChainTradeTransaction, ram_ApplicableHeaderTradeSettlement]) {
            for item in scene.all(settlement, ram_SpecifiedTradeAllowanceCharge) {
                let amounts = scene.all(item, ram_ActualAmount).collect();
                add(item, What::Item, true, on(scene, item, &[ram_CategoryTradeTax]), amounts);
            }
            for item in scene.all(settlement, ram_SpecifiedLogisticsServiceCharge) {
                let amounts = scene.all(item, ram_AppliedAmount).collect();
                add(item, What::Logistics, true, on(scene, item, &[ram_AppliedTradeTax]), amounts);
            }
        }
        let mut by_category: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, used) in all.iter().enumerate() {
            for code in used.taxes.iter().flat_map(|tax| scene.all(*tax, ram_CategoryCode)) {
                let known = by_category.entry(scene.tree.text_of(code).to_owned()).or_default();
                if known.last() != Some(&at) {
                    known.push(at);
                }
            }
        }
        Uses { all, by_category }
    }

    /// Those of a category, in the order of the document.
    pub fn of(&self, category: &str) -> impl Iterator<Item = &Use> {
        self.by_category.get(category).into_iter().flatten().filter_map(|at| self.all.get(*at))
    }
}

impl Use {
    /// Is the rate that of one of its taxes? A rate that is no number stops the artefact where it is reached.
    pub fn has_rate(&self, scene: &Scene<'_, '_>, rate: Decimal) -> Result<bool, Crash> {
        let of = |tax: &NodeId| scene.decimal_of(*tax, ram_RateApplicablePercent).transpose();
        let rates = self.rates.get_or_init(|| self.taxes.iter().filter_map(of).collect());
        match rates {
            Ok(rates) => Ok(rates.contains(&rate)),
            Err(_) => {
                for tax in &self.taxes {
                    if scene.decimal_of(*tax, ram_RateApplicablePercent)? == Some(rate) {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
        }
    }

    /// The code and the text of its exemption reason.
    pub fn reason(&self, scene: &Scene<'_, '_>) -> Result<&[String; 2], Crash> {
        self.reason.get_or_init(|| reason(scene, &self.taxes)).as_ref().map_err(Clone::clone)
    }
}
