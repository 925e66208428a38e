//! The sums of the document (BR-CO-10 to BR-CO-16).
//!
//! UBL computes in decimals. CII adds texts as doubles in BR-CO-10, 11, 12 and 14, and takes the first of repeated totals.

use crate::decimal::{Decimal, add, sub};
use crate::rules::engine::{
    Crash, Scene, Verdict, beside_an_integer, cents, cents_of_double, exact, round_double, same_double,
};
use crate::rules::predicate::quote;
use crate::text::Text;
use crate::xml::{Name, NodeId};

use super::name::*;
use super::sums::{cannot, differs, differs_from_double, sum, sum_of_doubles};

/// BR-CO-10 in UBL: every line at whatever depth.
pub fn line_total(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let stated = scene.decimal_of(node, cbc_LineExtensionAmount)?;
    let mut lines: Vec<NodeId> = scene.named(cac_InvoiceLine).chain(scene.named(cac_CreditNoteLine)).collect();
    lines.sort_unstable();
    let computed = exact(cents(sum(scene, lines.into_iter(), cbc_LineExtensionAmount)?), node)?;
    verdict(scene, node, cbc_LineExtensionAmount, stated, computed)
}

/// BR-CO-10 in CII: the lines beside this header.
pub fn line_total_cii(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let stated = scene.decimal_of(node, ram_LineTotalAmount)?;
    let up = |n: NodeId| scene.tree.node(n).parent;
    let lines = scene.all(up(up(node)), ram_IncludedSupplyChainTradeLineItem);
    let amounts = lines
        .flat_map(|l| scene.all(l, ram_SpecifiedLineTradeSettlement))
        .flat_map(|s| scene.all(s, ram_SpecifiedTradeSettlementLineMonetarySummation))
        .flat_map(|s| scene.all(s, ram_LineTotalAmount));
    let computed = exact(cents_of_double(sum_of_doubles(scene, amounts)?), node)?;
    verdict(scene, node, ram_LineTotalAmount, stated, computed)
}

/// BR-CO-11 (`false`, allowances) and BR-CO-12 (`true`, charges) in UBL.
pub fn allowance_total(scene: &Scene<'_, '_>, node: NodeId, charge: &'static str) -> Result<Verdict, Crash> {
    let total = if charge == "true" { cbc_ChargeTotalAmount } else { cbc_AllowanceTotalAmount };
    let stated = scene.decimal_of(node, total)?;
    let parent = scene.tree.node(node).parent;
    let mut computed = Decimal::ZERO;
    let mut any = false;
    for item in scene.all(parent, cac_AllowanceCharge) {
        if has_indicator(scene, scene.all(item, cbc_ChargeIndicator), charge == "true")? {
            any = true;
            let amount = scene.decimal_of(item, cbc_Amount)?.unwrap_or_default();
            computed = exact(add(computed, amount), item)?;
        }
    }
    let computed = exact(cents(computed), node)?;
    if stated == Some(computed) || (!any && !scene.has(node, total)) {
        return Ok(Verdict::Holds);
    }
    Ok(differs(scene, scene.tree.child(node, total), node, computed))
}

/// BR-CO-11 and BR-CO-12 in CII.
pub fn allowance_total_cii(scene: &Scene<'_, '_>, node: NodeId, charge: &'static str) -> Result<Verdict, Crash> {
    let total = if charge == "true" { ram_ChargeTotalAmount } else { ram_AllowanceTotalAmount };
    let mut chosen = Vec::new();
    for item in header_settlements(scene).flat_map(|s| scene.all(s, ram_SpecifiedTradeAllowanceCharge)) {
        let indicators = scene.all(item, ram_ChargeIndicator).flat_map(|c| scene.all(c, udt_Indicator));
        if has_indicator(scene, indicators, charge == "true")? {
            chosen.push(item);
        }
    }
    if chosen.is_empty() && !scene.has(node, total) {
        return Ok(Verdict::Holds);
    }
    let amounts = chosen.iter().filter_map(|&item| scene.tree.child(item, ram_ActualAmount));
    let computed = round_double(sum_of_doubles(scene, amounts)? * 10.0 * 10.0) / 100.0;
    for stated in scene.all(node, total) {
        let value = scene.double(stated)?;
        // The sum of nothing is an integer.
        let zero = beside_an_integer(scene.tree.text_of(stated)) == Some(0.0);
        if same_double(value, computed) || (chosen.is_empty() && zero) {
            return Ok(Verdict::Holds);
        }
    }
    Ok(differs_from_double(scene, scene.tree.child(node, total), node, computed))
}

/// BR-CO-13 in UBL: without VAT = lines - allowances + charges.
pub fn total_without_vat(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    without_vat(
        scene,
        node,
        [cbc_TaxExclusiveAmount, cbc_LineExtensionAmount, cbc_AllowanceTotalAmount, cbc_ChargeTotalAmount],
    )
}

/// BR-CO-13 in CII.
pub fn total_without_vat_cii(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    without_vat(
        scene,
        node,
        [ram_TaxBasisTotalAmount, ram_LineTotalAmount, ram_AllowanceTotalAmount, ram_ChargeTotalAmount],
    )
}

/// BR-CO-15 in UBL: with VAT = without VAT + VAT, VAT stated once in the document's currency.
pub fn total_with_vat(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    for currency in scene.all(node, cbc_DocumentCurrencyCode) {
        let wanted = scene.tree.text_of(currency);
        let mut vat = Vec::new();
        for total in scene.all(node, cac_TaxTotal) {
            let mut amounts =
                scene.all(total, cbc_TaxAmount).filter(|&a| scene.attribute(a, at_currencyID) == Some(wanted));
            if let (Some(first), second) = (amounts.next(), amounts.next()) {
                if let Some(second) = second {
                    return Err(scene.crash(second, crate::rules::engine::Broken::TwoValues));
                }
                vat.push((first, scene.decimal(first)?));
            }
        }
        let [(_, vat)] = vat.as_slice() else { return Ok(no_single_vat(scene, node, wanted, vat.len())) };
        let sums = || scene.all(node, cac_LegalMonetaryTotal);
        let with = one(scene, sums(), cbc_TaxInclusiveAmount)?;
        let without = one(scene, sums(), cbc_TaxExclusiveAmount)?;
        if let Some(verdict) = with_vat(scene, node, with, without, *vat)? {
            return Ok(verdict);
        }
    }
    Ok(Verdict::Holds)
}

/// BR-CO-15 in CII: it also holds where the totals with and without VAT are equal.
pub fn total_with_vat_cii(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let summations =
        || header_settlements(scene).flat_map(|s| scene.all(s, ram_SpecifiedTradeSettlementHeaderMonetarySummation));
    let first = |name: Name| summations().flat_map(|s| scene.all(s, name)).next();
    for currency in header_settlements(scene).flat_map(|s| scene.all(s, ram_InvoiceCurrencyCode)) {
        let wanted = scene.tree.text_of(currency);
        let mut vat = summations()
            .flat_map(|s| scene.all(s, ram_TaxTotalAmount))
            .filter(|&a| scene.attribute(a, at_currencyID) == Some(wanted));
        let (one, rest) = (vat.next(), vat.count());
        let read = |n: Option<NodeId>| n.map(|n| scene.decimal(n).map(|d| (n, d))).transpose();
        let (with, without) = (first(ram_GrandTotalAmount), first(ram_TaxBasisTotalAmount));
        let (with, without) = (read(with)?, read(without)?);
        if with.is_some_and(|(_, w)| without.is_some_and(|(_, o)| w == o)) {
            continue;
        }
        let (Some(one), 0) = (one, rest) else {
            return Ok(no_single_vat(scene, node, wanted, usize::from(one.is_some()) + rest));
        };
        if let Some(verdict) = with_vat(scene, node, with, without, scene.decimal(one)?)? {
            return Ok(verdict);
        }
    }
    Ok(Verdict::Holds)
}

/// BR-CO-16 in UBL: to pay = with VAT - paid + rounding. Each side is rounded, but not where nothing was paid or rounded.
pub fn to_pay(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let (has_paid, has_rounding) = (scene.has(node, cbc_PrepaidAmount), scene.has(node, cbc_PayableRoundingAmount));
    let pay = scene.decimal_of(node, cbc_PayableAmount)?;
    let with = scene.decimal_of(node, cbc_TaxInclusiveAmount)?;
    let paid = if has_paid { scene.decimal_of(node, cbc_PrepaidAmount)? } else { None };
    let rounding = if has_rounding { scene.decimal_of(node, cbc_PayableRoundingAmount)? } else { None };
    let (Some(pay), Some(with)) = (pay, with) else {
        return Ok(cannot(node, &[("BT-112", with.is_some()), ("BT-115", pay.is_some())]));
    };
    let paid_or_zero = paid.unwrap_or_default();
    let rounding_or_zero = rounding.unwrap_or_default();
    let left = exact(sub(pay, rounding_or_zero), node)?;
    let right = exact(sub(with, paid_or_zero), node)?;
    let left = if has_rounding { exact(cents(left), node)? } else { left };
    let right = if has_paid { exact(cents(right), node)? } else { right };
    if left == right {
        return Ok(Verdict::Holds);
    }
    let computed = exact(add(right, rounding_or_zero), node)?;
    Ok(differs(scene, scene.tree.child(node, cbc_PayableAmount), node, computed))
}

/// BR-CO-16 in CII: nothing is rounded.
pub fn to_pay_cii(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let pay = scene.first_decimal(node, ram_DuePayableAmount)?;
    let with = scene.first_decimal(node, ram_GrandTotalAmount)?;
    let paid = scene.first_decimal(node, ram_TotalPrepaidAmount)?.unwrap_or_default();
    let rounding = scene.first_decimal(node, ram_RoundingAmount)?.unwrap_or_default();
    let Some(with) = with else {
        return Ok(cannot(node, &[("BT-112", false)]));
    };
    let computed = exact(sub(with, paid).and_then(|v| add(v, rounding)), node)?;
    verdict(scene, node, ram_DuePayableAmount, pay, computed)
}

/// BR-CO-14 in UBL: the VAT total is the sum of the breakdown's VAT.
pub fn vat_total(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    if !scene.has(node, cac_TaxSubtotal) {
        return Ok(Verdict::Holds);
    }
    let stated = scene.decimal_of(node, cbc_TaxAmount)?;
    let computed = exact(cents(sum(scene, scene.all(node, cac_TaxSubtotal), cbc_TaxAmount)?), node)?;
    verdict(scene, node, cbc_TaxAmount, stated, computed)
}

/// BR-CO-14 in CII, asked of the VAT total in the document's currency.
pub fn vat_total_cii(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let amounts = || {
        header_settlements(scene)
            .flat_map(|s| scene.all(s, ram_ApplicableTradeTax))
            .flat_map(|t| scene.all(t, ram_CalculatedAmount))
    };
    let computed = round_double(sum_of_doubles(scene, amounts())? * 10.0 * 10.0) / 100.0;
    let stated = scene.double(node)?;
    let zero = beside_an_integer(scene.tree.text_of(node)) == Some(0.0);
    let nothing = zero && amounts().next().is_none();
    if nothing || same_double(stated, computed) {
        return Ok(Verdict::Holds);
    }
    Ok(differs_from_double(scene, Some(node), node, computed))
}

/// BR-DEC-13 (`document`) and BR-DEC-15 (`tax`) in CII: some VAT total passes, by having two decimals or another currency.
pub fn vat_total_decimals(scene: &Scene<'_, '_>, node: NodeId, of: &'static str) -> Result<Verdict, Crash> {
    let code = if of == "tax" { ram_TaxCurrencyCode } else { ram_InvoiceCurrencyCode };
    let currencies = || header_settlements(scene).flat_map(|s| scene.all(s, code));
    let mut first = None;
    for total in scene.all(node, ram_TaxTotalAmount) {
        let own = scene.attribute(total, at_currencyID);
        let concerned = currencies().any(|c| own == Some(scene.tree.text_of(c)));
        if concerned {
            let value = scene.double(total)?;
            if same_double(value, round_double(value * 100.0) / 100.0) {
                return Ok(Verdict::Holds);
            }
        } else if of == "document" || currencies().next().is_none() {
            return Ok(Verdict::Holds);
        }
        first = first.or(Some(total));
    }
    let Some(first) = first else { return Ok(Verdict::Holds) };
    Ok(Verdict::fails(first, scene.text(first).to_owned(), "≤ 2 decimals".to_owned()))
}

/// The settlements of the header, from the document element.
pub(super) fn header_settlements<'s>(scene: &'s Scene<'_, '_>) -> impl Iterator<Item = NodeId> + 's {
    scene
        .all(0, rsm_SupplyChainTradeTransaction)
        .filter(|_| scene.tree.node(0).name == rsm_CrossIndustryInvoice)
        .flat_map(|t| scene.all(t, ram_ApplicableHeaderTradeSettlement))
}

/// Is any of these the boolean?
pub(super) fn has_indicator(
    scene: &Scene<'_, '_>,
    indicators: impl Iterator<Item = NodeId>,
    wanted: bool,
) -> Result<bool, Crash> {
    for indicator in indicators {
        if scene.boolean(indicator)? == wanted {
            return Ok(true);
        }
    }
    Ok(false)
}

fn without_vat(scene: &Scene<'_, '_>, node: NodeId, names: [Name; 4]) -> Result<Verdict, Crash> {
    let read = |name: Name| {
        if scene.syntax.is_ubl() { scene.decimal_of(node, name) } else { scene.first_decimal(node, name) }
    };
    let [total, lines, allowances, charges] = names;
    let (has_allowances, has_charges) = (scene.has(node, allowances), scene.has(node, charges));
    let charge = if has_charges || !scene.syntax.is_ubl() { read(charges)? } else { None };
    let allowance = if has_allowances || !scene.syntax.is_ubl() { read(allowances)? } else { None };
    let (stated, lines) = (read(total)?, read(lines)?);
    let Some(lines) = lines else {
        return Ok(cannot(node, &[("BT-106", false)]));
    };
    let computed = add(lines, charge.unwrap_or_default()).and_then(|v| sub(v, allowance.unwrap_or_default()));
    let computed = exact(computed, node)?;
    // UBL rounds only where something was added or taken off.
    let round = has_allowances || has_charges || !scene.syntax.is_ubl();
    let computed = if round { exact(cents(computed), node)? } else { computed };
    verdict(scene, node, total, stated, computed)
}

fn with_vat(
    scene: &Scene<'_, '_>,
    node: NodeId,
    with: Option<(NodeId, Decimal)>,
    without: Option<(NodeId, Decimal)>,
    vat: Decimal,
) -> Result<Option<Verdict>, Crash> {
    let Some((_, without)) = without else { return Ok(Some(cannot(node, &[("BT-109", false)]))) };
    let computed = exact(add(without, vat).and_then(cents), node)?;
    Ok(match with {
        Some((_, stated)) if stated == computed => None,
        _ => Some(differs(scene, with.map(|(n, _)| n), node, computed)),
    })
}

/// No VAT total, or several, bear the document's currency: the rule fires for that alone.
fn no_single_vat(scene: &Scene<'_, '_>, node: NodeId, currency: &str, count: usize) -> Verdict {
    let currency = quote(currency);
    let name = if scene.syntax.is_ubl() { cbc_TaxAmount } else { ram_TaxTotalAmount };
    let tree = scene.tree;
    let header = |n: &NodeId| tree.node(*n).name == name && tree.node(tree.node(*n).parent).name != cac_TaxSubtotal;
    let bare = (0..tree.len() as NodeId).filter(header).find(|&n| scene.attribute(n, at_currencyID).is_none());
    // Totals in other currencies: perhaps it is the invoice currency that is wrong.
    let others = (0..tree.len() as NodeId).any(|n| header(&n));
    let (or_fr, or_en) = if others {
        (", ou corriger la devise de la facture (BT-5)", ", or correct the invoice currency (BT-5)")
    } else {
        ("", "")
    };
    let (message, fix) = match (count, bare) {
        (0, Some(_)) => (
            Text::new(
                format!("Le total de TVA (BT-110) ne dit pas sa devise : currencyID=\"{currency}\" manque."),
                format!("The VAT total (BT-110) does not state its currency: currencyID=\"{currency}\" is missing."),
            ),
            Text::new(
                format!("Ajouter currencyID=\"{currency}\" au total de TVA (BT-110)."),
                format!("Add currencyID=\"{currency}\" to the VAT total (BT-110)."),
            ),
        ),
        (0, None) => (
            Text::new(
                format!("Aucun total de TVA (BT-110) en {currency}, la devise de la facture (BT-5)."),
                format!("No VAT total (BT-110) in {currency}, the invoice currency (BT-5)."),
            ),
            Text::new(
                format!("Ajouter le total de TVA (BT-110) en {currency}{or_fr}."),
                format!("Add the VAT total (BT-110) in {currency}{or_en}."),
            ),
        ),
        _ => (
            Text::new(
                format!("{count} totaux de TVA (BT-110) en {currency} : il en faut exactement un."),
                format!("{count} VAT totals (BT-110) in {currency}: exactly one is needed."),
            ),
            Text::new(
                format!("Garder un seul total de TVA (BT-110) en {currency}."),
                format!("Keep one VAT total (BT-110) in {currency}."),
            ),
        ),
    };
    Verdict::Fails(crate::rules::engine::Evidence {
        at: Some(bare.filter(|_| count == 0).unwrap_or(node)),
        found: Some(count.to_string()),
        expected: Some("1".to_owned()),
        message: Some(message),
        fix: Some(fix),
        ..Default::default()
    })
}

/// The only amount of that name below several elements.
fn one(
    scene: &Scene<'_, '_>,
    mut sums: impl Iterator<Item = NodeId>,
    name: Name,
) -> Result<Option<(NodeId, Decimal)>, Crash> {
    let mut only = None;
    sums.try_for_each(|s| {
        let Some(n) = scene.child(s, name)? else { return Ok(()) };
        let value = scene.decimal(n)?;
        match only.replace((n, value)) {
            None => Ok(()),
            Some(_) => Err(scene.crash(n, crate::rules::engine::Broken::TwoValues)),
        }
    })?;
    Ok(only)
}

fn verdict(
    scene: &Scene<'_, '_>,
    node: NodeId,
    name: Name,
    stated: Option<Decimal>,
    computed: Decimal,
) -> Result<Verdict, Crash> {
    if stated == Some(computed) {
        return Ok(Verdict::Holds);
    }
    Ok(differs(scene, scene.tree.child(node, name), node, computed))
}
