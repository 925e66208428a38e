//! The sums of the document, but for a cent for each amount that is added up (BR-FREXT-CO-10 to BR-FREXT-CO-15).
//!
//! UBL adds texts up as doubles, CII decimals. BR-FREXT-CO-13 is computed from lines, allowances and charges themselves.

use crate::invoice::Term;
use crate::rules::en16931::sums::{differs, named};
use crate::rules::en16931::vat_total::no_single_vat;
use crate::rules::engine::{Addends, Crash, Evidence, Scene, Verdict};
use crate::text::{Lang, Text};
use crate::xml::{Name, NodeId};

use super::added::{Total, What};
use super::name::*;
use super::number::Number;

/// BR-FREXT-CO-10: BT-106 is the sum of the lines that count.
pub fn line_total_near(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let ubl = scene.syntax.is_ubl();
    let name = if ubl { cbc_LineExtensionAmount } else { ram_LineTotalAmount };
    let lines = lines(scene, node)?;
    let sum = lines.sum.rounded(node)?;
    let parts = || told([(&lines, "+", "BT-131")]);
    let Some(stated) = scene.decimal_of(node, name)? else {
        return Ok(differs(scene, (node, name), sum.shown(), parts()));
    };
    let difference = Number::Exact(stated).minus(sum, node)?.abs();
    // In CII the lines that do not count lend their cent too.
    let (difference, count) = if ubl {
        (difference.rounded(node)?, lines.count)
    } else {
        (difference, scene.all(transaction(scene, node), ram_IncludedSupplyChainTradeLineItem).count())
    };
    Ok(if difference.within(count) { Verdict::Holds } else { differs(scene, (node, name), sum.shown(), parts()) })
}

/// BR-FREXT-CO-11 (`false`: BT-107, the allowances) and BR-FREXT-CO-12 (`true`: BT-108, the charges).
pub fn allowance_total_near(scene: &Scene<'_, '_>, node: NodeId, charge: &'static str) -> Result<Verdict, Crash> {
    let charges = charge == "true";
    let name = match (scene.syntax.is_ubl(), charges) {
        (true, false) => cbc_AllowanceTotalAmount,
        (true, true) => cbc_ChargeTotalAmount,
        (false, false) => ram_AllowanceTotalAmount,
        (false, true) => ram_ChargeTotalAmount,
    };
    let items = side(scene, node, if charges { What::Charges } else { What::Allowances })?;
    let stated = scene.decimal_of(node, name)?;
    // What logistics charges come to is asked only where there are others, or a total.
    if stated.is_none() && !scene.has(node, name) && items.count == 0 {
        return Ok(Verdict::Holds);
    }
    let mut sum = items.sum.rounded(node)?.as_decimal(scene, node)?;
    let mut count = items.count;
    let mut parts = vec![(&items, "+", if charges { "BT-99" } else { "BT-92" })];
    let logistics = logistics(scene, node)?;
    if charges {
        sum = sum.plus(logistics.sum.rounded(node)?, node)?;
        count += logistics.count;
        parts.push((&logistics, "+", "BT-99"));
    }
    let holds = match stated {
        Some(stated) => Number::Exact(stated).minus(sum, node)?.abs().within(count),
        None => false,
    };
    Ok(if holds { Verdict::Holds } else { differs(scene, (node, name), sum.shown(), told(parts)) })
}

/// BR-FREXT-CO-13: BT-109 is the lines that count, minus the allowances, plus the charges.
pub fn without_vat_near(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let ubl = scene.syntax.is_ubl();
    let name = if ubl { cbc_TaxExclusiveAmount } else { ram_TaxBasisTotalAmount };
    let (lines, parts) = (lines(scene, node)?, Sides::of(scene, node)?);
    let [allowances, charges, logistics] =
        [&parts.allowances, &parts.charges, &parts.logistics].map(|total| total.sum.rounded(node));
    let allowances = allowances?.as_decimal(scene, node)?;
    let charges = charges?.as_decimal(scene, node)?.plus(logistics?, node)?;
    let sum = lines.sum.rounded(node)?;
    let computed = sum.minus(allowances, node)?.plus(charges, node)?;
    let wrong = || {
        let all = [
            (&lines, "+", "BT-131"),
            (&parts.allowances, "-", "BT-92"),
            (&parts.charges, "+", "BT-99"),
            (&parts.logistics, "+", "BT-99"),
        ];
        differs(scene, (node, name), computed.shown(), told(all))
    };
    let Some(stated) = scene.decimal_of(node, name)? else { return Ok(wrong()) };
    let difference = Number::Exact(stated).minus(sum, node)?.plus(allowances, node)?.minus(charges, node)?.abs();
    let difference = if ubl { difference.rounded(node)? } else { difference };
    Ok(if difference.within(lines.count + parts.count()) { Verdict::Holds } else { wrong() })
}

/// BR-FREXT-CO-15: BT-112 is BT-109 and BT-110. UBL asks nothing without a VAT total in the currency of the invoice, CII refuses that.
pub fn with_vat_near(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let ubl = scene.syntax.is_ubl();
    let currency = currency(scene, node);
    let in_currency = |amount: &NodeId| {
        let said = scene.attribute(*amount, at_currencyID);
        said.is_some() && currency.iter().any(|wanted| Some(scene.tree.text_of(*wanted)) == said)
    };
    let around = scene.tree.node(node).parent;
    let vat: Vec<NodeId> = if ubl {
        let totals = scene.all(around, cac_TaxTotal).flat_map(|total| scene.all(total, cbc_TaxAmount));
        totals.filter(in_currency).collect()
    } else {
        scene.all(node, ram_TaxTotalAmount).filter(in_currency).collect()
    };
    let (with, without) = match ubl {
        true => (cbc_TaxInclusiveAmount, cbc_TaxExclusiveAmount),
        false => (ram_GrandTotalAmount, ram_TaxBasisTotalAmount),
    };
    let Some(first) = vat.first().copied() else {
        if ubl || currency.is_empty() {
            return Ok(Verdict::of(ubl));
        }
        let wanted = currency.first().map_or("", |n| scene.tree.text_of(*n));
        return Ok(no_single_vat(scene, node, wanted, 0));
    };
    if let (true, Some(second)) = (ubl, vat.get(1)) {
        return Err(scene.crash(*second, crate::rules::engine::Broken::TwoValues));
    }
    let amount = Number::Exact(scene.decimal(first)?);
    let read = |name: Name| if ubl { scene.decimal_of(node, name) } else { scene.first_decimal(node, name) };
    let (Some(stated), Some(base)) = (read(with)?, read(without)?) else {
        let there = |name: Name| scene.has(node, name);
        return Ok(cannot(scene, node, [("BT-109", there(without)), ("BT-112", there(with))]));
    };
    if !ubl && vat.len() > 1 {
        let equal = stated == base;
        let wanted = currency.first().map_or("", |n| scene.tree.text_of(*n));
        return Ok(if equal { Verdict::Holds } else { no_single_vat(scene, node, wanted, vat.len()) });
    }
    let difference = Number::Exact(stated).minus(amount, node)?.minus(Number::Exact(base), node)?.abs();
    let count = lines(scene, node)?.count + Sides::of(scene, node)?.count();
    if difference.within(count) {
        return Ok(Verdict::Holds);
    }
    let computed = Number::Exact(base).plus(amount, node)?;
    let mut parts = Addends::new();
    parts.value("+", "BT-109", scene.tree.child(node, without)).value("+", "BT-110", Some(first));
    Ok(differs(scene, (node, with), computed.shown(), parts))
}

/// An amount cannot be held against anything: one of these is missing.
fn cannot(scene: &Scene<'_, '_>, node: NodeId, terms: [(&str, bool); 2]) -> Verdict {
    let missing: Vec<Term> = terms.iter().filter(|(_, there)| !there).filter_map(|(id, _)| Term::parse(id)).collect();
    let ids: Vec<&str> = missing.iter().map(|term| term.id()).collect();
    let [fr, en] = [Lang::Fr, Lang::En].map(|lang| named(missing.iter().copied(), lang));
    let [with_fr, with_en] = [Lang::Fr, Lang::En].map(|lang| named(Term::parse("BT-112"), lang));
    let name = if scene.syntax.is_ubl() { cbc_TaxInclusiveAmount } else { ram_GrandTotalAmount };
    Verdict::failed(Evidence {
        at: Some(node),
        expected: Some(ids.join(", ")),
        child: ids.contains(&"BT-112").then_some(name),
        message: Some(Text::new(
            format!("{with_fr} ne peut pas être vérifié : il manque {fr}."),
            format!("{with_en} cannot be checked: {en} is missing."),
        )),
        fix: Some(Text::new(format!("Renseigner {fr}."), format!("Fill in {en}."))),
        ..Evidence::default()
    })
}

/// What stands beside the lines.
struct Sides {
    allowances: Total,
    charges: Total,
    logistics: Total,
}

impl Sides {
    fn of(scene: &Scene<'_, '_>, node: NodeId) -> Result<Sides, Crash> {
        Ok(Sides {
            allowances: side(scene, node, What::Allowances)?,
            charges: side(scene, node, What::Charges)?,
            logistics: logistics(scene, node)?,
        })
    }

    fn count(&self) -> usize {
        self.allowances.count + self.charges.count + self.logistics.count
    }
}

fn lines(scene: &Scene<'_, '_>, node: NodeId) -> Result<Total, Crash> {
    let around = if scene.syntax.is_ubl() { 0 } else { transaction(scene, node) };
    scene.extended().added.total(scene, What::Lines, around)
}

fn side(scene: &Scene<'_, '_>, node: NodeId, what: What) -> Result<Total, Crash> {
    scene.extended().added.total(scene, what, scene.tree.node(node).parent)
}

/// UBL has none.
fn logistics(scene: &Scene<'_, '_>, node: NodeId) -> Result<Total, Crash> {
    side(scene, node, What::Logistics)
}

/// CII: what holds the settlement of a summation, and the lines.
fn transaction(scene: &Scene<'_, '_>, node: NodeId) -> NodeId {
    scene.tree.node(scene.tree.node(node).parent).parent
}

/// The currency of the invoice (BT-5).
fn currency(scene: &Scene<'_, '_>, node: NodeId) -> Vec<NodeId> {
    if scene.syntax.is_ubl() {
        return scene.whole().currency.clone();
    }
    scene.all(scene.tree.node(node).parent, ram_InvoiceCurrencyCode).collect()
}

fn told<'t>(all: impl IntoIterator<Item = (&'t Total, &'static str, &'static str)>) -> Addends {
    let mut parts = Addends::new();
    all.into_iter().for_each(|(total, sign, term)| total.tell(sign, term, &mut parts));
    parts
}
