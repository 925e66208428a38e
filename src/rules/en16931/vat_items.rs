//! What has a VAT category: lines, charges and allowances, each once, where nothing about them is odd.

use crate::decimal::{self, Decimal};
use crate::rules::engine::Scene;
use crate::xml::{Name, NodeId};

use super::name::*;
use super::totals::header_settlements;
use super::vat_base::line_settlements;

/// What an item says of its VAT: category and rate. In UBL blanks around the category are removed.
pub type Vat<'t> = Option<(&'t str, Option<Decimal>)>;

pub struct Item<'t> {
    pub vat: Vat<'t>,
    pub kind: Kind,
    /// The element that holds the amount, and the amount; zero where none stands.
    pub at: Option<NodeId>,
    pub amount: Decimal,
}

#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(usize)]
pub enum Kind {
    InvoiceLine,
    CreditNoteLine,
    Charge,
    Allowance,
    /// An allowance or charge that is none of the document: of a line, of a price.
    Elsewhere,
}
pub const KINDS: usize = Kind::Elsewhere as usize;

/// Calls `f` for each item, in the order in which they are added up. None where `f` says so, and where anything is such that it matters
/// who asks for what first: a value that stands twice, a text that is no number, a line within a line.
pub fn each<'t>(scene: &Scene<'t, '_>, f: &mut impl FnMut(Item<'t>) -> Option<()>) -> Option<()> {
    if scene.syntax.is_ubl() { each_ubl(scene, f) } else { each_cii(scene, f) }
}

fn each_ubl<'t>(scene: &Scene<'t, '_>, f: &mut impl FnMut(Item<'t>) -> Option<()>) -> Option<()> {
    for (kind, line) in [(Kind::InvoiceLine, cac_InvoiceLine), (Kind::CreditNoteLine, cac_CreditNoteLine)] {
        for n in scene.named(line) {
            if n == 0 || scene.tree.node(n).parent != 0 {
                return None;
            }
            let item = only(scene, Some(n), cac_Item)?;
            let vat = vat(scene, only(scene, item, cac_ClassifiedTaxCategory)?)?;
            let at = only(scene, Some(n), cbc_LineExtensionAmount)?;
            f(Item { vat, kind, at, amount: number(scene, at)?.unwrap_or_default() })?;
        }
    }
    for n in scene.named(cac_AllowanceCharge) {
        let vat = vat(scene, only(scene, Some(n), cac_TaxCategory)?)?;
        let in_document = n != 0 && scene.tree.node(n).parent == 0;
        let kind = match only(scene, Some(n), cbc_ChargeIndicator)?.filter(|_| in_document) {
            Some(indicator) if scene.boolean(indicator).ok()? => Kind::Charge,
            Some(_) => Kind::Allowance,
            None => Kind::Elsewhere,
        };
        let at = if in_document { only(scene, Some(n), cbc_Amount)? } else { None };
        f(Item { vat, kind, at, amount: number(scene, at)?.unwrap_or_default() })?;
    }
    Some(())
}

fn each_cii<'t>(scene: &Scene<'t, '_>, f: &mut impl FnMut(Item<'t>) -> Option<()>) -> Option<()> {
    for settlement in line_settlements(scene) {
        let vat = trade_tax(scene, only(scene, Some(settlement), ram_ApplicableTradeTax)?)?;
        let sums = only(scene, Some(settlement), ram_SpecifiedTradeSettlementLineMonetarySummation)?;
        let at = only(scene, sums, ram_LineTotalAmount)?;
        f(Item { vat, kind: Kind::InvoiceLine, at, amount: number(scene, at)?.unwrap_or_default() })?;
    }
    for item in header_settlements(scene).flat_map(|s| scene.all(s, ram_SpecifiedTradeAllowanceCharge)) {
        let vat = trade_tax(scene, only(scene, Some(item), ram_CategoryTradeTax)?)?;
        let indicator = only(scene, only(scene, Some(item), ram_ChargeIndicator)?, udt_Indicator)?;
        let kind = if scene.boolean(indicator?).ok()? { Kind::Charge } else { Kind::Allowance };
        let at = only(scene, Some(item), ram_ActualAmount)?;
        f(Item { vat, kind, at, amount: number(scene, at)?.unwrap_or_default() })?;
    }
    Some(())
}

/// The one child of that name, if any. The outer none: there are two.
fn only(scene: &Scene<'_, '_>, node: Option<NodeId>, name: Name) -> Option<Option<NodeId>> {
    let Some(node) = node else { return Some(None) };
    let mut all = scene.all(node, name);
    let first = all.next();
    all.next().is_none().then_some(first)
}

/// The outer none: no number.
fn number(scene: &Scene<'_, '_>, node: Option<NodeId>) -> Option<Option<Decimal>> {
    node.map_or(Some(None), |node| decimal::parse(scene.tree.text_of(node)).ok().map(Some))
}

fn vat<'t>(scene: &Scene<'t, '_>, category: Option<NodeId>) -> Option<Vat<'t>> {
    let id = only(scene, category, cbc_ID)?;
    let rate = number(scene, only(scene, category, cbc_Percent)?)?;
    Some(id.map(|id| (scene.text(id), rate)))
}

/// CII takes the category exactly as written.
fn trade_tax<'t>(scene: &Scene<'t, '_>, tax: Option<NodeId>) -> Option<Vat<'t>> {
    let code = only(scene, tax, ram_CategoryCode)?;
    let rate = number(scene, only(scene, tax, ram_RateApplicablePercent)?)?;
    Some(code.map(|code| (scene.tree.text_of(code), rate)))
}
