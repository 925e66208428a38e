//! Amounts that several rules add up: the lines that count, the charges and the allowances, each once.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use crate::decimal::{Decimal, add};
use crate::limits;
use crate::rules::en16931::sums::sum_of_doubles;
use crate::rules::engine::{Addends, Crash, Scene, exact};
use crate::rules::france::ask::on;
use crate::xml::NodeId;

use super::lines::{amounts, counts};
use super::name::*;
use super::number::Number;

/// What was added up so far: by what, and around which element.
#[derive(Default)]
pub struct Added {
    known: RefCell<HashMap<(What, NodeId), Result<Total, Crash>>>,
    doubles: RefCell<HashMap<NodeId, Result<f64, Crash>>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum What {
    /// The lines that count.
    Lines,
    /// The allowances, the charges of the document.
    Allowances,
    Charges,
    /// CII: the logistics charges.
    Logistics,
}

/// A sum, of what, and how many there are.
#[derive(Debug, Clone)]
pub struct Total {
    /// Not rounded: as doubles in UBL, exact in CII; the sum of nothing is zero.
    pub sum: Number,
    /// How many elements have such an amount (of lines in UBL: how many amounts).
    pub count: usize,
    pub amounts: Rc<[NodeId]>,
}

impl Added {
    /// A sum of doubles, by the first of them.
    pub fn doubles(&self, key: NodeId, sum: impl FnOnce() -> Result<f64, Crash>) -> Result<f64, Crash> {
        if let Some(known) = self.doubles.borrow().get(&key) {
            return known.clone();
        }
        let sum = sum();
        self.doubles.borrow_mut().insert(key, sum.clone());
        sum
    }

    pub fn total(&self, scene: &Scene<'_, '_>, what: What, around: NodeId) -> Result<Total, Crash> {
        if let Some(known) = self.known.borrow().get(&(what, around)) {
            return known.clone();
        }
        let total = total(scene, what, around);
        self.known.borrow_mut().insert((what, around), total.clone());
        total
    }
}

impl Total {
    /// What it is the sum of, for a finding.
    pub fn tell(&self, sign: &'static str, term: &'static str, parts: &mut Addends) {
        self.amounts.iter().take(limits::ADDENDS).for_each(|amount| _ = parts.value(sign, term, Some(*amount)));
        parts.and_more(self.amounts.len().saturating_sub(limits::ADDENDS));
    }
}

/// `around`: of lines in CII the transaction, of allowances and charges what holds them.
fn total(scene: &Scene<'_, '_>, what: What, around: NodeId) -> Result<Total, Crash> {
    let ubl = scene.syntax.is_ubl();
    let (items, amounts): (Vec<NodeId>, Vec<NodeId>) = match what {
        What::Lines => {
            let mut lines: Vec<NodeId> = if ubl {
                scene.named(cac_InvoiceLine).chain(scene.named(cac_CreditNoteLine)).collect()
            } else {
                scene.all(around, ram_IncludedSupplyChainTradeLineItem).collect()
            };
            lines.sort_unstable();
            lines.retain(|line| counts(scene, *line));
            let found: Vec<NodeId> = lines.iter().flat_map(|line| amounts(scene, *line)).collect();
            (if ubl { found.clone() } else { lines }, found)
        }
        What::Logistics => {
            let items: Vec<NodeId> = scene.all(around, ram_SpecifiedLogisticsServiceCharge).collect();
            let amounts = items.iter().flat_map(|item| scene.all(*item, ram_AppliedAmount)).collect();
            (items, amounts)
        }
        What::Allowances | What::Charges => {
            let wanted = what == What::Charges;
            let (item, amount) = match ubl {
                true => (cac_AllowanceCharge, cbc_Amount),
                false => (ram_SpecifiedTradeAllowanceCharge, ram_ActualAmount),
            };
            let mut items = Vec::new();
            for item in scene.all(around, item) {
                if is_charge(scene, item, wanted)? {
                    items.push(item);
                }
            }
            let amounts = items.iter().flat_map(|item| scene.all(*item, amount)).collect();
            (items, amounts)
        }
    };
    let sum = match amounts.as_slice() {
        [] => Number::ZERO,
        all if ubl => Number::Double(sum_of_doubles(scene, all.iter().copied())?),
        all => Number::Exact(sum_of_decimals(scene, all)?),
    };
    Ok(Total { sum, count: items.len(), amounts: amounts.into() })
}

/// Is it a charge, or an allowance? UBL reads a boolean; CII compares the words, so that `0` and `1` are neither.
fn is_charge(scene: &Scene<'_, '_>, item: NodeId, wanted: bool) -> Result<bool, Crash> {
    if !scene.syntax.is_ubl() {
        let word = if wanted { "true" } else { "false" };
        return Ok(on(scene, item, &[ram_ChargeIndicator, udt_Indicator])
            .iter()
            .any(|said| scene.tree.text_of(*said) == word));
    }
    for indicator in scene.all(item, cbc_ChargeIndicator) {
        if scene.boolean(indicator)? == wanted {
            return Ok(true);
        }
    }
    Ok(false)
}

pub fn sum_of_decimals(scene: &Scene<'_, '_>, amounts: &[NodeId]) -> Result<Decimal, Crash> {
    let mut sum = Decimal::ZERO;
    for amount in amounts {
        sum = exact(add(sum, scene.decimal(*amount)?), *amount)?;
    }
    Ok(sum)
}
