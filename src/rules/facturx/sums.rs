//! The sums of the document in EXTENDED, each with a tolerance of a cent for what goes into it; and the charges of the other profiles.
//!
//! Of lines, those of detail count. The artefact adds allowances as doubles, the rest as decimals.

use crate::decimal::{Decimal, add, sub};
use crate::rules::en16931::sums::{differs, differs_from_double, sum_of_doubles};
use crate::rules::engine::{Addends, Crash, Scene, Verdict, cents, exact, round_double, same_double};
use crate::rules::france::ask::on;
use crate::xml::{Name, NodeId};

use super::base::{cents_of, within};
use super::lines::{AMOUNT, is_detail};
use super::name::*;

/// BR-FXEXT-CO-10: BT-106 is the sum of the lines.
pub fn lines_near(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let all = lines(scene, node);
    let amounts = line_amounts(scene, &all);
    let computed = sum(scene, &amounts, node)?;
    let stated = scene.decimal_of(node, ram_LineTotalAmount)?;
    verdict(scene, (node, ram_LineTotalAmount), stated, computed, all.len(), |p| add_all(p, "+", "BT-131", &amounts))
}

/// BR-FXEXT-CO-11: BT-107 is the sum of the allowances.
pub fn allowances_near(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let items = allowance_charges(scene, header_settlements(scene), "false");
    let stated = scene.decimal_of(node, ram_AllowanceTotalAmount)?;
    if items.is_empty() && stated.is_none() {
        return Ok(Verdict::Holds);
    }
    let amounts: Vec<NodeId> = items.iter().flat_map(|i| scene.all(*i, ram_ActualAmount)).collect();
    let double = round_double(sum_of_doubles(scene, amounts.iter().copied())? * 10.0 * 10.0) / 100.0;
    let computed = exact(Decimal::from_f64_retain(double), node)?;
    let count = allowance_charges(scene, [scene.tree.node(node).parent], "false").len();
    if let Some(stated) = stated
        && within(stated, computed, count, node)?
    {
        return Ok(Verdict::Holds);
    }
    let mut parts = Addends::new();
    add_all(&mut parts, "+", "BT-92", &amounts);
    Ok(differs(scene, (node, ram_AllowanceTotalAmount), computed.round_dp(2), parts))
}

/// BR-FXEXT-CO-12: BT-108 is the sum of the charges, those of logistics included.
pub fn charges_near(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let stated = scene.decimal_of(node, ram_ChargeTotalAmount)?;
    let Charges { any, amounts, logistics } = Charges::of(scene);
    if !any && stated.is_none() {
        return Ok(Verdict::Holds);
    }
    let computed = exact(add(sum(scene, &amounts, node)?, sum(scene, &logistics, node)?), node)?;
    let around = scene.tree.node(node).parent;
    verdict(scene, (node, ram_ChargeTotalAmount), stated, computed, charges_beside(scene, around), |p| {
        add_all(p, "+", "BT-99", &amounts);
        add_all(p, "+", "BT-99", &logistics);
    })
}

/// BR-CO-12 in the other profiles: BT-108 is exactly that sum, in floating point.
pub fn charges_add_up(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let Charges { any, amounts, logistics } = Charges::of(scene);
    if !any && !scene.has(node, ram_ChargeTotalAmount) {
        return Ok(Verdict::Holds);
    }
    let rounded = |value: f64| round_double(value * 10.0 * 10.0) / 100.0;
    let part = |nodes: &[NodeId]| Ok(rounded(sum_of_doubles(scene, nodes.iter().copied())?));
    let computed = rounded(part(&amounts)? + part(&logistics)?);
    let totals = on(
        scene,
        0,
        &[
            rsm_SupplyChainTradeTransaction,
            ram_ApplicableHeaderTradeSettlement,
            ram_SpecifiedTradeSettlementHeaderMonetarySummation,
            ram_ChargeTotalAmount,
        ],
    );
    let stated = crate::rules::france::ask::only(scene, &totals)?;
    if let Some(stated) = stated
        && same_double(rounded(scene.double(stated)?), computed)
    {
        return Ok(Verdict::Holds);
    }
    let mut parts = Addends::new();
    add_all(&mut parts, "+", "BT-99", &amounts);
    add_all(&mut parts, "+", "BT-99", &logistics);
    Ok(differs_from_double(scene, stated, (node, ram_ChargeTotalAmount), computed, parts))
}

/// BR-FXEXT-CO-13: BT-109 is the lines, less the allowances, plus the charges.
pub fn net_near(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let details = details(scene, node);
    let lines = line_amounts(scene, &details);
    let allowances: Vec<NodeId> = allowance_charges(scene, header_settlements(scene), "false")
        .iter()
        .flat_map(|i| scene.all(*i, ram_ActualAmount))
        .collect();
    let Charges { amounts, logistics, .. } = Charges::of(scene);
    let charges = exact(add(sum(scene, &amounts, node)?, sum(scene, &logistics, node)?), node)?;
    let net = sub(sum(scene, &lines, node)?, sum(scene, &allowances, node)?).and_then(|net| add(net, charges));
    let stated = scene.decimal_of(node, ram_TaxBasisTotalAmount)?;
    let count = count(scene, node);
    verdict(scene, (node, ram_TaxBasisTotalAmount), stated, exact(net, node)?, count, |p| {
        add_all(p, "+", "BT-131", &lines);
        add_all(p, "-", "BT-92", &allowances);
        add_all(p, "+", "BT-99", &amounts);
        add_all(p, "+", "BT-99", &logistics);
    })
}

/// BR-FXEXT-CO-15: BT-112 is BT-109 and the VAT, which stands once in the currency of the invoice.
pub fn gross_near(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let currencies = on(scene, scene.tree.node(node).parent, &[ram_InvoiceCurrencyCode]);
    let in_currency = |n: &NodeId| {
        let own = scene.attribute(*n, at_currencyID);
        own.is_some_and(|own| currencies.iter().any(|c| scene.tree.text_of(*c) == own))
    };
    let vat: Vec<NodeId> = scene.all(node, ram_TaxTotalAmount).filter(in_currency).collect();
    let vat = crate::rules::france::ask::only(scene, &vat)?;
    let (net, gross) =
        (scene.decimal_of(node, ram_TaxBasisTotalAmount)?, scene.decimal_of(node, ram_GrandTotalAmount)?);
    let mut parts = Addends::new();
    parts.value("+", "BT-109", scene.tree.child(node, ram_TaxBasisTotalAmount)).value("+", "BT-110", vat);
    let (Some(net), Some(vat)) = (net, vat) else {
        return Ok(Verdict::fails(node, gross.map(crate::decimal::plain), "BT-109, BT-110".to_owned()));
    };
    let computed = exact(add(net, scene.decimal(vat)?), node)?;
    verdict(scene, (node, ram_GrandTotalAmount), gross, computed, count(scene, node), |p| *p = parts)
}

/// BR-FXEXT-CO-16: BT-115 is BT-112, less what is paid, plus rounding and financial adjustments; exactly so.
pub fn due_exact(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let of = |name: Name| scene.all(node, name).collect::<Vec<NodeId>>();
    let adjustments = on(scene, scene.tree.node(node).parent, &[ram_SpecifiedFinancialAdjustment, ram_ActualAmount]);
    let parts = [
        ("+", "BT-112", of(ram_GrandTotalAmount)),
        ("-", "BT-113", of(ram_TotalPrepaidAmount)),
        ("+", "BT-114", of(ram_RoundingAmount)),
        ("+", "BT-114", adjustments),
    ];
    let mut computed = Decimal::ZERO;
    for (sign, _, amounts) in &parts {
        for amount in amounts {
            let value = scene.decimal(*amount)?;
            let next = if *sign == "-" { sub(computed, value) } else { add(computed, value) };
            computed = exact(next, *amount)?;
        }
    }
    let stated = scene.decimal_of(node, ram_DuePayableAmount)?;
    verdict(scene, (node, ram_DuePayableAmount), stated, computed, 0, |p| {
        parts.iter().for_each(|(sign, term, amounts)| add_all(p, sign, term, amounts));
    })
}

/// Holds where the stated amount is the computed one, but for a cent for each of so many.
fn verdict(
    scene: &Scene<'_, '_>,
    place: (NodeId, Name),
    stated: Option<Decimal>,
    computed: Decimal,
    count: usize,
    told: impl FnOnce(&mut Addends),
) -> Result<Verdict, Crash> {
    if let Some(stated) = stated
        && exact(sub(stated, computed), place.0)?.abs() <= cents_of(count)
    {
        return Ok(Verdict::Holds);
    }
    let mut parts = Addends::new();
    told(&mut parts);
    Ok(differs(scene, place, computed, parts))
}

fn add_all(parts: &mut Addends, sign: &'static str, term: &'static str, amounts: &[NodeId]) {
    amounts.iter().for_each(|amount| _ = parts.value(sign, term, Some(*amount)));
}

/// Charges of the document, and what they amount to.
struct Charges {
    /// Is there a charge that is not of logistics?
    any: bool,
    amounts: Vec<NodeId>,
    logistics: Vec<NodeId>,
}

impl Charges {
    fn of(scene: &Scene<'_, '_>) -> Charges {
        let items = allowance_charges(scene, header_settlements(scene), "true");
        let logistics = header_settlements(scene).into_iter();
        Charges {
            any: !items.is_empty(),
            amounts: items.iter().flat_map(|i| scene.all(*i, ram_ActualAmount)).collect(),
            logistics: logistics
                .flat_map(|s| on(scene, s, &[ram_SpecifiedLogisticsServiceCharge, ram_AppliedAmount]))
                .collect(),
        }
    }
}

/// How many lines of detail, allowances and charges a total is of.
fn count(scene: &Scene<'_, '_>, node: NodeId) -> usize {
    let around = scene.tree.node(node).parent;
    details(scene, node).len() + allowance_charges(scene, [around], "false").len() + charges_beside(scene, around)
}

fn charges_beside(scene: &Scene<'_, '_>, settlement: NodeId) -> usize {
    allowance_charges(scene, [settlement], "true").len()
        + scene.all(settlement, ram_SpecifiedLogisticsServiceCharge).count()
}

/// The allowances (`false`) or charges (`true`) of settlements, by the indicator as it is written.
fn allowance_charges(
    scene: &Scene<'_, '_>,
    settlements: impl IntoIterator<Item = NodeId>,
    indicator: &str,
) -> Vec<NodeId> {
    let says = |item: &NodeId| {
        on(scene, *item, &[ram_ChargeIndicator, udt_Indicator]).iter().any(|n| scene.tree.text_of(*n) == indicator)
    };
    let items = settlements.into_iter().flat_map(|s| scene.all(s, ram_SpecifiedTradeAllowanceCharge));
    items.filter(says).collect()
}

fn header_settlements(scene: &Scene<'_, '_>) -> Vec<NodeId> {
    on(scene, 0, &[rsm_SupplyChainTradeTransaction, ram_ApplicableHeaderTradeSettlement])
}

/// The lines beside the settlement in which a total stands.
fn lines(scene: &Scene<'_, '_>, node: NodeId) -> Vec<NodeId> {
    let transaction = scene.tree.node(scene.tree.node(node).parent).parent;
    scene.all(transaction, ram_IncludedSupplyChainTradeLineItem).collect()
}

fn details(scene: &Scene<'_, '_>, node: NodeId) -> Vec<NodeId> {
    lines(scene, node).into_iter().filter(|line| is_detail(scene, *line)).collect()
}

fn line_amounts(scene: &Scene<'_, '_>, lines: &[NodeId]) -> Vec<NodeId> {
    lines.iter().filter(|line| is_detail(scene, **line)).flat_map(|line| on(scene, *line, AMOUNT)).collect()
}

/// Amounts added up and rounded to the cent.
fn sum(scene: &Scene<'_, '_>, amounts: &[NodeId], node: NodeId) -> Result<Decimal, Crash> {
    let mut total = Decimal::ZERO;
    for amount in amounts {
        total = exact(add(total, scene.decimal(*amount)?), *amount)?;
    }
    exact(cents(total), node)
}
