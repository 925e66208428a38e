//! The base of a VAT category is what its lines, charges and allowances add up to (-08).
//!
//! S, L and M are asked for each rate. UBL allows them less than one unit of difference and wants the others exact; CII wants S, L,
//! M and O exact and allows the others less than one unit; of EDIFACT and X12 all are exact. UBL takes the lines and allowances of the document element; CII rounds
//! each of the three sums.

use crate::decimal::{Decimal, add, sub};
use crate::rules::engine::{Addends, Broken, Crash, Scene, Verdict, cents, exact, same_double, to_double};
use crate::xml::{Name, NodeId};

use super::name::*;
use super::sums::differs;
use super::totals::{has_indicator, header_settlements};
use super::vat::two_values;
use super::vat_amount::breakdown_of;
use super::vat_items::Kind;

/// -08 in UBL, asked of the category of a breakdown.
pub fn base(scene: &Scene<'_, '_>, node: NodeId, category: &'static str) -> Result<Verdict, Crash> {
    let subtotal = scene.tree.node(node).parent;
    let rated = matches!(category, "S" | "L" | "M");
    let rate = if rated { scene.decimal_of(node, cbc_Percent)? } else { None };
    if rated && rate.is_none() {
        return Ok(Verdict::Holds);
    }
    let near = |computed: Decimal| -> Result<bool, Crash> {
        if !rated {
            return Ok(scene.decimal_of(subtotal, cbc_TaxableAmount)? == Some(computed));
        }
        // The stated base is taken as a double before one is taken off or added.
        let Some(stated) = scene.child(subtotal, cbc_TaxableAmount)? else { return Ok(false) };
        let value = scene.double(stated)?;
        let exactly = |v: f64| {
            let what = if v.is_finite() { Broken::TooManyDigits } else { Broken::NotADecimal };
            Decimal::from_f64_retain(v).ok_or_else(|| scene.crash(stated, what))
        };
        Ok(exactly(value - 1.0)? < computed && exactly(value + 1.0)? > computed)
    };
    let mut nearest = None;
    for line in [cac_InvoiceLine, cac_CreditNoteLine] {
        if !applies(scene, line, category, rate)? {
            continue;
        }
        if let Some(bases) = scene.bases() {
            let [lines, charges, allowances] =
                [kind_of(line), Kind::Charge, Kind::Allowance].map(|kind| bases.sum(kind, category, rate));
            let computed = exact(add(lines, charges).and_then(|sum| sub(sum, allowances)), node)?;
            if near(computed)? {
                return Ok(Verdict::Holds);
            }
            nearest.get_or_insert((computed, line));
            continue;
        }
        let lines =
            sum_where(scene, scene.all(0, line), cbc_LineExtensionAmount, |l| item_has(scene, l, category, rate))?;
        let side = |charge: bool| {
            sum_where(scene, scene.all(0, cac_AllowanceCharge), cbc_Amount, |a| {
                Ok(has_indicator(scene, scene.all(a, cbc_ChargeIndicator), charge)?
                    && has(scene, a, cac_TaxCategory, category, rate)?)
            })
        };
        let computed = add(lines, side(true)?);
        let allowances = side(false)?;
        let computed = exact(computed.and_then(|c| sub(c, allowances)), node)?;
        if near(computed)? {
            return Ok(Verdict::Holds);
        }
        nearest.get_or_insert((computed, line));
    }
    let parts = match nearest {
        Some((_, line)) => parts_of(scene, line, category, rate),
        None => Addends::new(),
    };
    let computed = nearest.map(|(computed, _)| computed).unwrap_or_default();
    Ok(differs(scene, (subtotal, cbc_TaxableAmount), computed, parts))
}

/// What the base in UBL is the sum of. The rule has read all of it by now; what it did not look at is no part.
fn parts_of(scene: &Scene<'_, '_>, line: Name, category: &'static str, rate: Option<Decimal>) -> Addends {
    if let Some(bases) = scene.bases() {
        return bases.parts(scene, kind_of(line), category, rate);
    }
    let mut parts = Addends::new();
    for line in scene.all(0, line).filter(|l| item_has(scene, *l, category, rate).unwrap_or(false)) {
        parts.value("+", "BT-131", scene.tree.child(line, cbc_LineExtensionAmount));
    }
    for (charge, sign, term) in SIDES {
        let applies = |item: NodeId| {
            has_indicator(scene, scene.all(item, cbc_ChargeIndicator), charge).unwrap_or(false)
                && has(scene, item, cac_TaxCategory, category, rate).unwrap_or(false)
        };
        for item in scene.all(0, cac_AllowanceCharge).filter(|i| applies(*i)) {
            parts.value(sign, term, scene.tree.child(item, cbc_Amount));
        }
    }
    parts
}

/// Is it a charge, and how it goes into the base.
const SIDES: [(bool, &str, &str); 2] = [(true, "+", "BT-99"), (false, "-", "BT-92")];

/// The same in CII.
fn parts_of_cii(scene: &Scene<'_, '_>, category: &'static str, rate: Option<Decimal>) -> Addends {
    if let Some(bases) = scene.bases() {
        return bases.parts(scene, Kind::InvoiceLine, category, rate);
    }
    let mut parts = Addends::new();
    let applies = |node: NodeId, name: Name| has_cii(scene, node, name, category, rate).unwrap_or(false);
    for settlement in line_settlements(scene).filter(|s| applies(*s, ram_ApplicableTradeTax)) {
        let sums = scene.all(settlement, ram_SpecifiedTradeSettlementLineMonetarySummation);
        sums.for_each(|s| _ = parts.value("+", "BT-131", scene.tree.child(s, ram_LineTotalAmount)));
    }
    for (charge, sign, term) in SIDES {
        for item in header_settlements(scene).flat_map(|s| scene.all(s, ram_SpecifiedTradeAllowanceCharge)) {
            if applies(item, ram_CategoryTradeTax) && indicator(scene, item, category, charge).unwrap_or(false) {
                parts.value(sign, term, scene.tree.child(item, ram_ActualAmount));
            }
        }
    }
    parts
}

fn kind_of(line: Name) -> Kind {
    if line == cac_CreditNoteLine { Kind::CreditNoteLine } else { Kind::InvoiceLine }
}

pub(super) fn line_settlements<'s>(scene: &'s Scene<'_, '_>) -> impl Iterator<Item = NodeId> + 's {
    scene
        .all(0, rsm_SupplyChainTradeTransaction)
        .flat_map(|t| scene.all(t, ram_IncludedSupplyChainTradeLineItem))
        .flat_map(|l| scene.all(l, ram_SpecifiedLineTradeSettlement))
}

/// -08 in CII, asked of the category code of a breakdown (of the breakdown itself for L, M and O).
pub fn base_cii(scene: &Scene<'_, '_>, node: NodeId, category: &'static str) -> Result<Verdict, Crash> {
    base_in_cii(scene, node, category, false)
}

/// The same; in the Factur-X profiles, `closed`, a base that is one unit more is right too.
pub fn base_in_cii(
    scene: &Scene<'_, '_>,
    node: NodeId,
    category: &'static str,
    closed: bool,
) -> Result<Verdict, Crash> {
    let tax = breakdown_of(scene, node);
    if !matches!(category, "S" | "L" | "M") {
        let computed = base_of(scene, node, category, None)?;
        let limit = to_double(computed);
        let right = if category == "O" {
            any_amount(scene, tax, limit)?
        } else {
            match scene.child(tax, ram_BasisAmount)? {
                Some(stated) => {
                    let value = scene.double(stated)?;
                    match scene.edi {
                        true => same_double(value, limit),
                        false => {
                            (value - 1.0 < limit || closed && same_double(value - 1.0, limit)) && value + 1.0 > limit
                        }
                    }
                }
                None => false,
            }
        };
        if right {
            return Ok(Verdict::Holds);
        }
        return Ok(differs(scene, (tax, ram_BasisAmount), computed, parts_of_cii(scene, category, None)));
    }
    let around = tax;
    for rate in scene.all(around, ram_RateApplicablePercent) {
        let rate = scene.decimal(rate)?;
        let computed = base_of(scene, node, category, Some(rate))?;
        if !any_amount(scene, around, to_double(computed))? {
            return Ok(differs(scene, (around, ram_BasisAmount), computed, parts_of_cii(scene, category, Some(rate))));
        }
    }
    Ok(Verdict::Holds)
}

fn any_amount(scene: &Scene<'_, '_>, tax: NodeId, wanted: f64) -> Result<bool, Crash> {
    for stated in scene.all(tax, ram_BasisAmount) {
        if same_double(scene.double(stated)?, wanted) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Lines + charges - allowances of a category (at a rate), each rounded to the cent.
fn base_of(
    scene: &Scene<'_, '_>,
    node: NodeId,
    category: &'static str,
    rate: Option<Decimal>,
) -> Result<Decimal, Crash> {
    if let Some(bases) = scene.bases() {
        let sum = |kind: Kind| exact(cents(bases.sum(kind, category, rate)), node);
        let (lines, charges, allowances) = (sum(Kind::InvoiceLine)?, sum(Kind::Charge)?, sum(Kind::Allowance)?);
        return exact(add(lines, charges).and_then(|c| sub(c, allowances)), node);
    }
    let mut total = Decimal::ZERO;
    for settlement in line_settlements(scene) {
        if has_cii(scene, settlement, ram_ApplicableTradeTax, category, rate)? {
            for sums in scene.all(settlement, ram_SpecifiedTradeSettlementLineMonetarySummation) {
                let value = scene.decimal_of(sums, ram_LineTotalAmount)?.unwrap_or_default();
                total = exact(add(total, value), sums)?;
            }
        }
    }
    let side = |charge: bool| -> Result<Decimal, Crash> {
        let mut total = Decimal::ZERO;
        for item in header_settlements(scene).flat_map(|s| scene.all(s, ram_SpecifiedTradeAllowanceCharge)) {
            // Of Z and O the artefact asks the category first: an indicator that is missing elsewhere stops nothing.
            let first = matches!(category, "Z" | "O");
            if first && !has_cii(scene, item, ram_CategoryTradeTax, category, rate)? {
                continue;
            }
            if indicator(scene, item, category, charge)?
                && (first || has_cii(scene, item, ram_CategoryTradeTax, category, rate)?)
            {
                let value = scene.first_decimal(item, ram_ActualAmount)?.unwrap_or_default();
                total = exact(add(total, value), item)?;
            }
        }
        exact(cents(total), node)
    };
    let (lines, charges, allowances) = (exact(cents(total), node)?, side(true)?, side(false)?);
    exact(add(lines, charges).and_then(|c| sub(c, allowances)), node)
}

/// Z and O read the indicator as one boolean that must be there; the others as any of several.
fn indicator(scene: &Scene<'_, '_>, item: NodeId, category: &str, charge: bool) -> Result<bool, Crash> {
    let mut indicators = scene.all(item, ram_ChargeIndicator).flat_map(|c| scene.all(c, udt_Indicator));
    if !matches!(category, "Z" | "O") {
        return has_indicator(scene, indicators, charge);
    }
    match (indicators.next(), indicators.next()) {
        (Some(only), None) => Ok(scene.boolean(only)? == charge),
        (None, _) => Err(scene.crash(item, Broken::NotABoolean)),
        (_, Some(second)) => Err(two_values(scene, second)),
    }
}

/// Is -08 asked of this kind of line? S: of a rate that some line or allowance has; the others: where such lines stand at all.
fn applies(scene: &Scene<'_, '_>, line: Name, category: &'static str, rate: Option<Decimal>) -> Result<bool, Crash> {
    if let Some(bases) = scene.bases().filter(|_| category == "S") {
        return Ok(bases.has(kind_of(line), category, rate));
    }
    for n in scene.named(line) {
        if category != "S" || item_has(scene, n, category, rate)? {
            return Ok(true);
        }
    }
    if category == "S" {
        for n in scene.named(cac_AllowanceCharge) {
            if has(scene, n, cac_TaxCategory, category, rate)? {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

fn sum_where(
    scene: &Scene<'_, '_>,
    nodes: impl Iterator<Item = NodeId>,
    amount: Name,
    chosen: impl Fn(NodeId) -> Result<bool, Crash>,
) -> Result<Decimal, Crash> {
    let mut total = Decimal::ZERO;
    for node in nodes {
        if chosen(node)? {
            let value = scene.decimal_of(node, amount)?.unwrap_or_default();
            total = exact(add(total, value), node)?;
        }
    }
    Ok(total)
}

/// Does a line's item have the category, and (perhaps in another of its categories) the rate?
fn item_has(scene: &Scene<'_, '_>, line: NodeId, category: &str, rate: Option<Decimal>) -> Result<bool, Crash> {
    let mut categories = scene.all(line, cac_Item).flat_map(|i| scene.all(i, cac_ClassifiedTaxCategory));
    let mut again = scene.all(line, cac_Item).flat_map(|i| scene.all(i, cac_ClassifiedTaxCategory));
    either(scene, &mut categories, &mut again, category, rate)
}

fn has(scene: &Scene<'_, '_>, node: NodeId, name: Name, category: &str, rate: Option<Decimal>) -> Result<bool, Crash> {
    either(scene, &mut scene.all(node, name), &mut scene.all(node, name), category, rate)
}

fn either(
    scene: &Scene<'_, '_>,
    categories: &mut dyn Iterator<Item = NodeId>,
    again: &mut dyn Iterator<Item = NodeId>,
    category: &str,
    rate: Option<Decimal>,
) -> Result<bool, Crash> {
    let mut found = false;
    for c in categories {
        if scene.child(c, cbc_ID)?.is_some_and(|id| scene.text(id) == category) {
            found = true;
            break;
        }
    }
    let Some(rate) = rate.filter(|_| found) else { return Ok(found) };
    for c in again {
        if scene.decimal_of(c, cbc_Percent)? == Some(rate) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn has_cii(
    scene: &Scene<'_, '_>,
    node: NodeId,
    name: Name,
    category: &str,
    rate: Option<Decimal>,
) -> Result<bool, Crash> {
    let found =
        scene.all(node, name).any(|t| scene.all(t, ram_CategoryCode).any(|c| scene.tree.text_of(c) == category));
    let Some(rate) = rate.filter(|_| found) else { return Ok(found) };
    for tax in scene.all(node, name) {
        if scene.decimal_of(tax, ram_RateApplicablePercent)? == Some(rate) {
            return Ok(true);
        }
    }
    Ok(false)
}
