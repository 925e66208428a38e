//! The sums of the document (BR-CO-10 to BR-CO-16).
//!
//! UBL computes in decimals. CII adds texts as doubles in BR-CO-10, 11, 12 and 14, and takes the first of repeated totals.

use crate::decimal::{Decimal, add, sub};
use crate::invoice::Term;
use crate::rules::engine::{
    Addends, Crash, Scene, Sum, Verdict, beside_an_integer, cents, cents_of_double, exact, round_double, same_double,
};
use crate::rules::predicate::quote;
use crate::text::{Lang, Text};
use crate::xml::{Name, NodeId};

use super::name::*;
use super::sums::{cannot, differs, differs_from_double, named, sum, sum_of_doubles};
use super::vat_total::no_single_vat;

/// BR-CO-10 in UBL: every line at whatever depth.
pub fn line_total(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let stated = scene.decimal_of(node, cbc_LineExtensionAmount)?;
    let lines = || {
        let mut lines: Vec<NodeId> = scene.named(cac_InvoiceLine).chain(scene.named(cac_CreditNoteLine)).collect();
        lines.sort_unstable();
        lines
    };
    let total = scene.summed("lines", 0, || {
        let decimal = sum(scene, lines().into_iter(), cbc_LineExtensionAmount)?;
        Ok(Sum { decimal, ..Sum::default() })
    })?;
    let computed = exact(cents(total.decimal), node)?;
    verdict(scene, node, cbc_LineExtensionAmount, stated, computed, |parts| {
        *parts = scene.addends("lines", 0, |parts| {
            let amounts = lines().into_iter().map(|l| scene.tree.child(l, cbc_LineExtensionAmount));
            amounts.for_each(|amount| _ = parts.value("+", "BT-131", amount));
        });
    })
}

/// BR-CO-10 in CII: the lines beside this header.
pub fn line_total_cii(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let stated = scene.decimal_of(node, ram_LineTotalAmount)?;
    let up = |n: NodeId| scene.tree.node(n).parent;
    let amounts = || {
        scene
            .all(up(up(node)), ram_IncludedSupplyChainTradeLineItem)
            .flat_map(|l| scene.all(l, ram_SpecifiedLineTradeSettlement))
            .flat_map(|s| scene.all(s, ram_SpecifiedTradeSettlementLineMonetarySummation))
            .flat_map(|s| scene.all(s, ram_LineTotalAmount))
    };
    let around = up(up(node));
    let total =
        scene.summed("lines", around, || Ok(Sum { double: sum_of_doubles(scene, amounts())?, ..Sum::default() }))?;
    let computed = exact(cents_of_double(total.double), node)?;
    verdict(scene, node, ram_LineTotalAmount, stated, computed, |parts| {
        *parts =
            scene.addends("lines", around, |parts| amounts().for_each(|a| _ = parts.value("+", "BT-131", Some(a))));
    })
}

/// BR-CO-11 (`false`, allowances) and BR-CO-12 (`true`, charges) in UBL.
pub fn allowance_total(scene: &Scene<'_, '_>, node: NodeId, charge: &'static str) -> Result<Verdict, Crash> {
    let total = if charge == "true" { cbc_ChargeTotalAmount } else { cbc_AllowanceTotalAmount };
    let stated = scene.decimal_of(node, total)?;
    let parent = scene.tree.node(node).parent;
    let Sum { decimal, any, .. } = scene.summed(charge, parent, || {
        let mut sum = Sum::default();
        for item in scene.all(parent, cac_AllowanceCharge) {
            if has_indicator(scene, scene.all(item, cbc_ChargeIndicator), charge == "true")? {
                sum.any = true;
                let amount = scene.decimal_of(item, cbc_Amount)?.unwrap_or_default();
                sum.decimal = exact(add(sum.decimal, amount), item)?;
            }
        }
        Ok(sum)
    })?;
    let computed = exact(cents(decimal), node)?;
    if stated == Some(computed) || (!any && !scene.has(node, total)) {
        return Ok(Verdict::Holds);
    }
    let parts = scene.addends(charge, parent, |parts| {
        for item in scene.all(parent, cac_AllowanceCharge) {
            if has_indicator(scene, scene.all(item, cbc_ChargeIndicator), charge == "true").unwrap_or(false) {
                parts.value("+", of(charge), scene.tree.child(item, cbc_Amount));
            }
        }
    });
    Ok(differs(scene, (node, total), computed, parts))
}

/// The term that BR-CO-11 and BR-CO-12 add up.
fn of(charge: &str) -> &'static str {
    if charge == "true" { "BT-99" } else { "BT-92" }
}

/// BR-CO-11 and BR-CO-12 in CII; `as written` where the indicator is compared as a text.
pub fn allowance_total_cii(scene: &Scene<'_, '_>, node: NodeId, charge: &'static str) -> Result<Verdict, Crash> {
    let as_written = charge.ends_with(" as written");
    let charge = charge.trim_end_matches(" as written");
    let total = if charge == "true" { ram_ChargeTotalAmount } else { ram_AllowanceTotalAmount };
    let chosen = || -> Result<Vec<NodeId>, Crash> {
        let mut chosen = Vec::new();
        for item in header_settlements(scene).flat_map(|s| scene.all(s, ram_SpecifiedTradeAllowanceCharge)) {
            let indicators = scene.all(item, ram_ChargeIndicator).flat_map(|c| scene.all(c, udt_Indicator));
            let mut indicators = indicators;
            let fits = match as_written {
                true => indicators.any(|n| scene.tree.text_of(n) == charge),
                false => has_indicator(scene, indicators, charge == "true")?,
            };
            if fits {
                chosen.push(item);
            }
        }
        Ok(chosen)
    };
    // As written, all amounts of an item count; else its first.
    let amount = |item: NodeId| scene.all(item, ram_ActualAmount).take(if as_written { usize::MAX } else { 1 });
    let any = scene.summed(if charge == "true" { "charges" } else { "allowances" }, 0, || {
        Ok(Sum { any: !chosen()?.is_empty(), ..Sum::default() })
    })?;
    let any = any.any;
    if !any && !scene.has(node, total) {
        return Ok(Verdict::Holds);
    }
    let sum = scene.summed(charge, 0, || {
        Ok(Sum { double: sum_of_doubles(scene, chosen()?.into_iter().flat_map(amount))?, ..Sum::default() })
    })?;
    let computed = round_double(sum.double * 10.0 * 10.0) / 100.0;
    for stated in scene.all(node, total) {
        let value = scene.double(stated)?;
        // The sum of nothing is an integer.
        let zero = beside_an_integer(scene.tree.text_of(stated)) == Some(0.0);
        if same_double(value, computed) || (!any && zero) {
            return Ok(Verdict::Holds);
        }
    }
    let parts = scene.addends(charge, 0, |parts| {
        let amounts = chosen().unwrap_or_default().into_iter().flat_map(amount);
        amounts.for_each(|a| _ = parts.value("+", of(charge), Some(a)));
    });
    Ok(differs_from_double(scene, scene.tree.child(node, total), (node, total), computed, parts))
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
        let [vat] = vat.as_slice() else { return Ok(no_single_vat(scene, node, wanted, vat.len())) };
        let sums = || scene.all(node, cac_LegalMonetaryTotal);
        let with = one(scene, sums(), cbc_TaxInclusiveAmount)?;
        let without = one(scene, sums(), cbc_TaxExclusiveAmount)?;
        let totals = sums().next().unwrap_or(node);
        if let Some(verdict) = with_vat(scene, (totals, cbc_TaxInclusiveAmount), with, without, *vat)? {
            return Ok(verdict);
        }
    }
    Ok(Verdict::Holds)
}

/// BR-CO-15 in CII: it also holds where the totals with and without VAT are equal. Of EDIFACT and X12 it does not; there, a VAT total that is not said is
/// what the breakdown comes to, and need not be said where that is nothing.
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
        let equal = with.is_some_and(|(_, w)| without.is_some_and(|(_, o)| w == o));
        if equal && (!scene.edi || one.is_none() && sum(scene, breakdown(scene), ram_CalculatedAmount)?.is_zero()) {
            continue;
        }
        let (Some(one), 0) = (one, rest) else {
            return Ok(no_single_vat(scene, node, wanted, usize::from(one.is_some()) + rest));
        };
        let totals = summations().next().unwrap_or(node);
        let vat = (one, scene.decimal(one)?);
        if let Some(verdict) = with_vat(scene, (totals, ram_GrandTotalAmount), with, without, vat)? {
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
    let Some(with) = with else {
        return Ok(cannot(node, "BT-115", &[("BT-112", false), ("BT-115", pay.is_some())]));
    };
    let paid_or_zero = paid.unwrap_or_default();
    let rounding_or_zero = rounding.unwrap_or_default();
    let right = exact(sub(with, paid_or_zero), node)?;
    let right = if has_paid { exact(cents(right), node)? } else { right };
    if let Some(pay) = pay {
        let left = exact(sub(pay, rounding_or_zero), node)?;
        let left = if has_rounding { exact(cents(left), node)? } else { left };
        if left == right {
            return Ok(Verdict::Holds);
        }
    }
    let computed = exact(add(right, rounding_or_zero), node)?;
    let names = [cbc_TaxInclusiveAmount, cbc_PrepaidAmount, cbc_PayableRoundingAmount];
    Ok(differs(scene, (node, cbc_PayableAmount), computed, paid_parts(scene, node, names)))
}

/// BR-CO-16 in CII: nothing is rounded.
pub fn to_pay_cii(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let pay = scene.first_decimal(node, ram_DuePayableAmount)?;
    let with = scene.first_decimal(node, ram_GrandTotalAmount)?;
    let paid = scene.first_decimal(node, ram_TotalPrepaidAmount)?.unwrap_or_default();
    let rounding = scene.first_decimal(node, ram_RoundingAmount)?.unwrap_or_default();
    let Some(with) = with else {
        return Ok(cannot(node, "BT-115", &[("BT-112", false)]));
    };
    let computed = exact(sub(with, paid).and_then(|v| add(v, rounding)), node)?;
    verdict(scene, node, ram_DuePayableAmount, pay, computed, |parts| {
        *parts = paid_parts(scene, node, [ram_GrandTotalAmount, ram_TotalPrepaidAmount, ram_RoundingAmount]);
    })
}

/// With VAT - paid + rounding.
fn paid_parts(scene: &Scene<'_, '_>, node: NodeId, [with, paid, rounding]: [Name; 3]) -> Addends {
    let first = |name: Name| scene.tree.child(node, name);
    let mut parts = Addends::new();
    parts.value("+", "BT-112", first(with)).value("-", "BT-113", first(paid)).value("+", "BT-114", first(rounding));
    parts
}

/// BR-CO-14 in UBL: the VAT total is the sum of the breakdown's VAT.
pub fn vat_total(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    if !scene.has(node, cac_TaxSubtotal) {
        return Ok(Verdict::Holds);
    }
    let stated = scene.decimal_of(node, cbc_TaxAmount)?;
    let computed = exact(cents(sum(scene, scene.all(node, cac_TaxSubtotal), cbc_TaxAmount)?), node)?;
    verdict(scene, node, cbc_TaxAmount, stated, computed, |parts| {
        let amounts = scene.all(node, cac_TaxSubtotal).filter_map(|s| scene.tree.child(s, cbc_TaxAmount));
        amounts.for_each(|a| _ = parts.value("+", "BT-117", Some(a)));
    })
}

/// The breakdowns of VAT in CII.
fn breakdown<'s>(scene: &'s Scene<'_, '_>) -> impl Iterator<Item = NodeId> + 's {
    header_settlements(scene).flat_map(|s| scene.all(s, ram_ApplicableTradeTax))
}

/// BR-CO-14 in CII, asked of the VAT total in the document's currency.
pub fn vat_total_cii(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let amounts = || breakdown(scene).flat_map(|t| scene.all(t, ram_CalculatedAmount));
    let sum = scene.summed("vat", 0, || Ok(Sum { double: sum_of_doubles(scene, amounts())?, ..Sum::default() }))?;
    let computed = round_double(sum.double * 10.0 * 10.0) / 100.0;
    let stated = scene.double(node)?;
    let zero = beside_an_integer(scene.tree.text_of(node)) == Some(0.0);
    let nothing = zero && amounts().next().is_none();
    if nothing || same_double(stated, computed) {
        return Ok(Verdict::Holds);
    }
    let parts = scene.addends("vat", 0, |parts| amounts().for_each(|a| _ = parts.value("+", "BT-117", Some(a))));
    Ok(differs_from_double(scene, Some(node), (node, ram_TaxTotalAmount), computed, parts))
}

/// BR-DEC-13 (`document`) and BR-DEC-15 (`tax`) in CII: some VAT total passes, by having two decimals or another currency.
pub fn vat_total_decimals(scene: &Scene<'_, '_>, node: NodeId, of: &'static str) -> Result<Verdict, Crash> {
    let code = if of == "tax" { ram_TaxCurrencyCode } else { ram_InvoiceCurrencyCode };
    let currencies = || header_settlements(scene).flat_map(|s| scene.all(s, code));
    let (mut first, mut long) = (None, None);
    for total in scene.all(node, ram_TaxTotalAmount) {
        let own = scene.attribute(total, at_currencyID);
        let concerned = currencies().any(|c| own == Some(scene.tree.text_of(c)));
        if concerned {
            let value = scene.double(total)?;
            if same_double(value, round_double(value * 100.0) / 100.0) {
                return Ok(Verdict::Holds);
            }
            long = long.or(Some(total));
        } else if of == "document" || currencies().next().is_none() {
            return Ok(Verdict::Holds);
        }
        first = first.or(Some(total));
    }
    let Some(first) = long.or(first) else { return Ok(Verdict::Holds) };
    if scene.text(first).split_once('.').is_some_and(|(_, digits)| digits.len() > 2) {
        return Ok(Verdict::fails(first, scene.text(first).to_owned(), "≤ 2 decimals".to_owned()));
    }
    // The rule also fires where no total is in the accounting currency: nothing is wrong with the decimals then.
    let currency = currencies().map(|c| quote(scene.text(c))).next().unwrap_or_default();
    if let Some(verdict) = super::document::other_total(scene, currency.trim()) {
        return Ok(verdict);
    }
    let (fr, en) = (named(Term::parse("BT-111"), Lang::Fr), named(Term::parse("BT-111"), Lang::En));
    // The same as BR-53 says, in the same place.
    Ok(Verdict::failed(crate::rules::engine::Evidence {
        message: Some(Text::new(
            format!(
                "{fr} : aucun total de TVA n'est dans la devise de BT-6 ; la référence officielle le refuse aussi sous cette règle, qui porte sur les décimales."
            ),
            format!(
                "{en}: no VAT total is in the currency of BT-6; the official artefact refuses it under this rule too, which is about decimals."
            ),
        )),
        ..super::document::no_total_cii(scene, node, &currency)
    }))
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
    let [total, lines_name, allowances, charges] = names;
    let (has_allowances, has_charges) = (scene.has(node, allowances), scene.has(node, charges));
    let charge = if has_charges || !scene.syntax.is_ubl() { read(charges)? } else { None };
    let allowance = if has_allowances || !scene.syntax.is_ubl() { read(allowances)? } else { None };
    let (stated, lines) = (read(total)?, read(lines_name)?);
    let Some(lines) = lines else {
        return Ok(cannot(node, "BT-109", &[("BT-106", false)]));
    };
    let computed = add(lines, charge.unwrap_or_default()).and_then(|v| sub(v, allowance.unwrap_or_default()));
    let computed = exact(computed, node)?;
    // UBL rounds only where something was added or taken off.
    let round = has_allowances || has_charges || !scene.syntax.is_ubl();
    let computed = if round { exact(cents(computed), node)? } else { computed };
    verdict(scene, node, total, stated, computed, |parts| {
        let first = |name: Name| scene.tree.child(node, name);
        parts.value("+", "BT-106", first(lines_name)).value("-", "BT-107", first(allowances));
        parts.value("+", "BT-108", first(charges));
    })
}

/// `totals` is the element in which the total with VAT stands or should stand, by that name.
fn with_vat(
    scene: &Scene<'_, '_>,
    (totals, name): (NodeId, Name),
    with: Option<(NodeId, Decimal)>,
    without: Option<(NodeId, Decimal)>,
    (vat_at, vat): (NodeId, Decimal),
) -> Result<Option<Verdict>, Crash> {
    let Some((without_at, without)) = without else { return Ok(Some(cannot(totals, "BT-112", &[("BT-109", false)]))) };
    let computed = exact(add(without, vat).and_then(cents), totals)?;
    Ok(match with {
        Some((_, stated)) if stated == computed => None,
        _ => {
            let mut parts = Addends::new();
            parts.value("+", "BT-109", Some(without_at)).value("+", "BT-110", Some(vat_at));
            let parent = with.map_or(totals, |(n, _)| scene.tree.node(n).parent);
            Some(differs(scene, (parent, name), computed, parts))
        }
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

/// Holds where the stated amount is the computed one; what went into the computation is told only where it is not.
fn verdict(
    scene: &Scene<'_, '_>,
    node: NodeId,
    name: Name,
    stated: Option<Decimal>,
    computed: Decimal,
    told: impl FnOnce(&mut Addends),
) -> Result<Verdict, Crash> {
    if stated == Some(computed) {
        return Ok(Verdict::Holds);
    }
    let mut parts = Addends::new();
    told(&mut parts);
    Ok(differs(scene, (node, name), computed, parts))
}
