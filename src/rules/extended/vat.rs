//! The VAT breakdown: a base is what its category comes to, in all or for its exemption reason (BR-FREXT-*-08), and its VAT follows
//! (BR-FREXT-S-09); but for a cent for each amount.

use crate::decimal::{self, Decimal};
use crate::rules::en16931::sums::{cannot, differs};
use crate::rules::engine::{Addends, Crash, Scene, Verdict, cents, exact};
use crate::rules::france::ask::text;
use crate::xml::{Name, NodeId};

use super::bases::{Reason, Sums, rated};
use super::name::*;
use super::number::Number;

/// -08: either way will do.
pub fn base_near(scene: &Scene<'_, '_>, node: NodeId, category: &'static str) -> Result<Verdict, Crash> {
    let entry = Entry::of(scene, node, category)?;
    if let Verdict::Holds = entry.judge(scene, entry.sums(scene, true)?)? {
        return Ok(Verdict::Holds);
    }
    entry.judge(scene, entry.sums(scene, false)?)
}

/// -08ini: the base of the category at its rate, whatever the reason.
pub fn base_of_category(scene: &Scene<'_, '_>, node: NodeId, category: &'static str) -> Result<Verdict, Crash> {
    let entry = Entry::of(scene, node, category)?;
    entry.judge(scene, entry.sums(scene, false)?)
}

/// -08rev: that of the reason too.
pub fn base_of_reason(scene: &Scene<'_, '_>, node: NodeId, category: &'static str) -> Result<Verdict, Crash> {
    let entry = Entry::of(scene, node, category)?;
    entry.judge(scene, entry.sums(scene, true)?)
}

/// S-09: VAT is base times rate.
pub fn vat_near(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let entry = Entry::of(scene, node, "S")?;
    let ubl = scene.syntax.is_ubl();
    let vat = if ubl { cbc_TaxAmount } else { ram_CalculatedAmount };
    let rate_name = if ubl { cbc_Percent } else { ram_RateApplicablePercent };
    let stated = scene.decimal_of(entry.tax, vat)?;
    let (Some(base), Some(rate)) = (entry.base, entry.rate) else {
        let terms = [("BT-116", entry.base.is_some()), ("BT-119", entry.rate.is_some())];
        return Ok(cannot(entry.tax, "BT-117", &terms));
    };
    let computed = exact(decimal::mul(base, rate).and_then(decimal::hundredth).and_then(cents), node)?;
    if let Some(stated) = stated {
        let difference = Number::Exact(exact(decimal::sub(stated, computed), node)?).abs();
        // CII lends the cents of the whole category too.
        let holds =
            difference.within(entry.count(scene, true)?) || (!ubl && difference.within(entry.count(scene, false)?));
        if holds {
            return Ok(Verdict::Holds);
        }
    }
    let mut parts = Addends::new();
    parts
        .value("+", "BT-116", scene.tree.child(entry.tax, entry.base_name))
        .value("×", "BT-119", scene.tree.child(node, rate_name))
        .constant("÷", "100");
    Ok(differs(scene, (entry.tax, vat), computed, parts))
}

/// An entry of the breakdown.
struct Entry {
    category: &'static str,
    rate: Option<Decimal>,
    reason: Reason,
    base: Option<Decimal>,
    base_name: Name,
    /// The element that holds the amounts.
    tax: NodeId,
    node: NodeId,
}

impl Entry {
    /// Asked of the category in UBL, of the tax in CII.
    fn of(scene: &Scene<'_, '_>, node: NodeId, category: &'static str) -> Result<Entry, Crash> {
        let ubl = scene.syntax.is_ubl();
        let (tax, rate, code, reason, base_name) = match ubl {
            true => {
                let tax = scene.tree.node(node).parent;
                (tax, cbc_Percent, cbc_TaxExemptionReasonCode, cbc_TaxExemptionReason, cbc_TaxableAmount)
            }
            false => (node, ram_RateApplicablePercent, ram_ExemptionReasonCode, ram_ExemptionReason, ram_BasisAmount),
        };
        let said = |name: Name| text(scene, &scene.all(node, name).collect::<Vec<_>>());
        Ok(Entry {
            category,
            rate: if category == "O" { None } else { scene.decimal_of(node, rate)? },
            reason: (said(code)?, said(reason)?),
            base: scene.decimal_of(tax, base_name)?,
            base_name,
            tax,
            node,
        })
    }

    /// What the base is the sum of: all of the category at the rate, or what has its reason.
    fn sums<'s>(&self, scene: &'s Scene<'_, '_>, of_reason: bool) -> Result<Option<&'s Sums>, Crash> {
        let Some(rated) = rated(self.category, self.rate) else { return Ok(None) };
        scene.extended().bases(scene)?.sums(scene, rated, of_reason.then_some(&self.reason)).map(Some)
    }

    fn count(&self, scene: &Scene<'_, '_>, of_reason: bool) -> Result<usize, Crash> {
        Ok(self.sums(scene, of_reason)?.map_or(0, |sums| sums.count))
    }

    /// Without a rate nothing is of it.
    fn judge(&self, scene: &Scene<'_, '_>, sums: Option<&Sums>) -> Result<Verdict, Crash> {
        let nothing = Sums::default();
        let sums = sums.unwrap_or(&nothing);
        if let Some(stated) = self.base
            && sums.difference(scene, stated, self.node)?.within(sums.count)
        {
            return Ok(Verdict::Holds);
        }
        Ok(differs(scene, (self.tax, self.base_name), sums.base(scene, self.node)?, sums.parts()))
    }
}
