//! VAT = base × rate, within one unit of currency (BR-CO-17, and -09 of the rated families).

use crate::decimal::{Decimal, add, hundredth, mul, sub};
use crate::rules::engine::{Addends, Crash, Evidence, Scene, Verdict, cents, exact, round_double, to_double};
use crate::rules::predicate::quote;
use crate::text::Text;
use crate::xml::{Name, NodeId};

use super::name::*;
use super::sums::{cannot, differs};
use super::vat::{is_vat, two_values};
use super::vat_rate::wrong_rate;

/// BR-CO-17 in UBL, asked of a VAT breakdown.
pub fn vat_amount(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let mut rate = None;
    for category in scene.all(node, cac_TaxCategory) {
        if is_vat(scene, category)?
            && let Some(percent) = scene.decimal_of(category, cbc_Percent)?
            && rate.replace(percent).is_some()
        {
            return Err(two_values(scene, category));
        }
    }
    within_a_unit(scene, node, rate, cbc_TaxableAmount, cbc_TaxAmount)
}

/// BR-CO-17 in CII: one unit of difference still passes. Of EDIFACT and X12 it does not.
pub fn vat_amount_cii(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let kind = scene.child(node, ram_TypeCode)?;
    let vat = kind.is_some_and(|k| scene.text(k).eq_ignore_ascii_case("VAT"));
    let rate = if vat { scene.decimal_of(node, ram_RateApplicablePercent)? } else { None };
    within_a_unit(scene, node, rate, ram_BasisAmount, ram_CalculatedAmount)
}

/// BR-S-09, BR-AF-09, BR-AG-09 in UBL, asked of the category of a breakdown.
pub fn category_amount(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let subtotal = scene.tree.node(node).parent;
    let stated = scene.decimal_of(subtotal, cbc_TaxAmount)?;
    let base = scene.decimal_of(subtotal, cbc_TaxableAmount)?;
    let rate = scene.decimal_of(node, cbc_Percent)?;
    let (Some(base), Some(rate)) = (base, rate) else {
        return Ok(without(subtotal, stated.is_some(), base.is_some(), rate.is_some()));
    };
    let computed = vat_of(base, rate, node)?;
    if let Some(stated) = stated
        && near(stated, computed, false, node)?
    {
        return Ok(Verdict::Holds);
    }
    let rate_at = scene.tree.child(node, cbc_Percent);
    if let Some(verdict) = wrong_rate(scene, rate_at, Some(base), stated, "BT-119 ≥ 0") {
        return Ok(verdict);
    }
    let parts = product(scene.tree.child(subtotal, cbc_TaxableAmount), rate_at);
    Ok(differs(scene, (subtotal, cbc_TaxAmount), signed(computed, base), parts))
}

/// BR-S-09 in CII: the product is a double, and the rate is not divided before it is rounded. Of EDIFACT and X12 also BR-AF-09 and BR-AG-09, asked of the
/// breakdown itself.
pub fn category_amount_cii(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let tax = breakdown_of(scene, node);
    let stated = scene.decimal_of(tax, ram_CalculatedAmount)?;
    let base = scene.decimal_of(tax, ram_BasisAmount)?;
    let rate = scene.child(tax, ram_RateApplicablePercent)?.map(|n| scene.double(n)).transpose()?;
    let (Some(base), Some(rate)) = (base, rate) else {
        return Ok(without(tax, stated.is_some(), base.is_some(), rate.is_some()));
    };
    let computed = round_double(to_double(base.abs()) * rate) / 100.0;
    if let Some(stated) = stated {
        let bound = |d: i64| exact(add(stated.abs(), Decimal::from(d)), node).map(to_double);
        if bound(-1)? < computed && bound(1)? > computed && !turned(scene, stated, base) {
            return Ok(Verdict::Holds);
        }
    }
    let rate_at = scene.tree.child(tax, ram_RateApplicablePercent);
    if let Some(verdict) = wrong_rate(scene, rate_at, Some(base), stated, "BT-119 ≥ 0") {
        return Ok(verdict);
    }
    let computed = exact(Decimal::from_f64_retain(computed).map(|d| d.round_dp(2)), node)?;
    let parts = product(scene.tree.child(tax, ram_BasisAmount), rate_at);
    Ok(differs(scene, (tax, ram_CalculatedAmount), signed(computed, base), parts))
}

/// A rate that rounds to zero (and no rate) asks for a VAT that rounds to zero.
fn within_a_unit(
    scene: &Scene<'_, '_>,
    node: NodeId,
    rate: Option<Decimal>,
    base: Name,
    amount: Name,
) -> Result<Verdict, Crash> {
    let stated = scene.decimal_of(node, amount)?;
    let whole = |d: Decimal| crate::decimal::round_half_up(d, 0);
    let at = scene.tree.child(node, amount);
    match rate {
        Some(rate) if whole(rate).is_some_and(|r| !r.is_zero()) => {
            let base_at = scene.tree.child(node, base);
            let Some(base) = scene.decimal_of(node, base)? else {
                return Ok(without(node, stated.is_some(), false, true));
            };
            let computed = vat_of(base, rate, node)?;
            if let Some(stated) = stated
                && near(stated, computed, !scene.syntax.is_ubl() && !scene.edi, node)?
                && !turned(scene, stated, base)
            {
                return Ok(Verdict::Holds);
            }
            let rate_at = rate_at(scene, node)?;
            if let Some(verdict) = wrong_rate(scene, rate_at, Some(base), stated, "≥ 0") {
                return Ok(verdict);
            }
            Ok(differs(scene, (node, amount), signed(computed, base), product(base_at, rate_at)))
        }
        _ if stated.and_then(whole).is_some_and(|s| s.is_zero()) => Ok(Verdict::Holds),
        _ => {
            let rate_at = rate_at(scene, node)?;
            let base = scene.decimal_of(node, base).ok().flatten();
            let wrong = wrong_rate(scene, rate_at, base, stated, "≥ 0");
            let rate_at = rate_at.filter(|_| rate.is_some_and(|rate| !rate.is_zero()));
            Ok(wrong.unwrap_or_else(|| must_be_zero(scene, (at, rate_at), node, amount)))
        }
    }
}

/// Without a rate, or with one that rounds to zero, there is nothing to multiply.
fn must_be_zero(
    scene: &Scene<'_, '_>,
    (at, rate): (Option<NodeId>, Option<NodeId>),
    node: NodeId,
    amount: Name,
) -> Verdict {
    let stated = at.map(|n| quote(scene.text(n))).filter(|found| !found.is_empty());
    let (fr, en) = match &stated {
        Some(found) => (format!("dit {found}"), format!("says {found}")),
        None => ("est absent".to_owned(), "is absent".to_owned()),
    };
    let why = match rate.map(|n| quote(scene.text(n))) {
        Some(rate) => Text::new(
            format!(
                "Le taux de TVA (BT-119) est {rate}, que la règle arrondit à 0 (20 % s'écrit 20) : elle veut un montant de TVA (BT-117) nul ; BT-117 {fr}."
            ),
            format!(
                "The VAT rate (BT-119) is {rate}, which the rule rounds to 0 (20 % is written 20): it asks for a VAT amount (BT-117) of zero; BT-117 {en}."
            ),
        ),
        None => Text::new(
            format!(
                "Sans taux de TVA (BT-119), ou à taux nul, le montant de TVA (BT-117) doit être 0.00 ; BT-117 {fr}."
            ),
            format!("Without a VAT rate (BT-119), or at rate zero, the VAT amount (BT-117) must be 0.00; BT-117 {en}."),
        ),
    };
    let rate_first = rate.map(|n| {
        let rate = quote(scene.text(n));
        Text::new(
            format!("Vérifier d'abord le taux, BT-119 ({rate}) ; s'il est juste, écrire 0.00 dans BT-117."),
            format!("Look at the rate first, BT-119 ({rate}); if it is right, write 0.00 in BT-117."),
        )
    });
    Verdict::failed(Evidence {
        fix: rate_first,
        at: Some(at.unwrap_or(node)),
        child: at.is_none().then_some(amount),
        right: Some("0.00".to_owned()),
        found: stated,
        expected: Some("0.00".to_owned()),
        message: Some(why),
        ..Evidence::default()
    })
}

/// Base × rate ÷ 100.
fn product(base: Option<NodeId>, rate: Option<NodeId>) -> Addends {
    let mut parts = Addends::new();
    parts.value("+", "BT-116", base).value("×", "BT-119", rate).constant("÷", "100");
    parts
}

/// The element that holds the rate of a breakdown.
fn rate_at(scene: &Scene<'_, '_>, node: NodeId) -> Result<Option<NodeId>, Crash> {
    if !scene.syntax.is_ubl() {
        return Ok(scene.tree.child(node, ram_RateApplicablePercent));
    }
    for category in scene.all(node, cac_TaxCategory) {
        if is_vat(scene, category)?
            && let Some(rate) = scene.tree.child(category, cbc_Percent)
        {
            return Ok(Some(rate));
        }
    }
    Ok(None)
}

/// Base or rate are missing: the VAT of this breakdown cannot be computed.
fn without(node: NodeId, stated: bool, base: bool, rate: bool) -> Verdict {
    cannot(node, "BT-117", &[("BT-116", base), ("BT-117", stated), ("BT-119", rate)])
}

/// |base| × rate, to the cent.
fn vat_of(base: Decimal, rate: Decimal, node: NodeId) -> Result<Decimal, Crash> {
    let share = exact(hundredth(rate), node)?;
    exact(mul(base.abs(), share).and_then(cents), node)
}

/// Is |stated| less than one unit away? `inclusive`: one unit is still near.
fn near(stated: Decimal, computed: Decimal, inclusive: bool, node: NodeId) -> Result<bool, Crash> {
    let low = exact(sub(stated.abs(), Decimal::ONE), node)?;
    let high = exact(add(stated.abs(), Decimal::ONE), node)?;
    Ok(if inclusive { low <= computed && high >= computed } else { low < computed && high > computed })
}

/// Has the VAT of an invoice that came as EDIFACT or X12 another sign than its base? Of what is under a unit of currency, nothing is said.
fn turned(scene: &Scene<'_, '_>, stated: Decimal, base: Decimal) -> bool {
    scene.edi && stated.abs() >= Decimal::ONE && stated.is_sign_negative() != base.is_sign_negative()
}

/// The breakdown that a rule of CII is asked of, or of the category of which it is.
pub(super) fn breakdown_of(scene: &Scene<'_, '_>, node: NodeId) -> NodeId {
    match scene.tree.node(node).name {
        ram_ApplicableTradeTax => node,
        _ => scene.tree.node(node).parent,
    }
}

fn signed(computed: Decimal, base: Decimal) -> Decimal {
    if base.is_sign_negative() { -computed } else { computed }
}
