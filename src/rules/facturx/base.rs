//! The base of a VAT category with a tolerance: a cent for each line, allowance and charge that goes into it.

use crate::decimal::{Decimal, add, hundredth, mul, sub};
use crate::rules::en16931::sums::differs;
use crate::rules::engine::{Addends, Crash, Scene, Verdict, cents, exact};
use crate::rules::france::ask::{normal, on, only};
use crate::xml::{Name, NodeId};

use super::name::*;
use super::uses::{Use, What};

/// -08b, -08ini and -08rev, asked of a breakdown: its base is what the lines, charges and allowances of its category and rate add up to.
/// `told` is which lines count (`DETAIL`, `every`), and which of them (`category`: all of the category; `reason`: those with the same
/// exemption reason; `either`).
pub fn sublines_base_near(scene: &Scene<'_, '_>, node: NodeId, told: &'static str) -> Result<Verdict, Crash> {
    let (lines, which) = told.split_once(' ').unwrap_or((told, "either"));
    let Some(of) = Of::breakdown(scene, node, lines == "DETAIL")? else { return missing(scene, node, ram_BasisAmount) };
    let stated = scene.decimal_of(node, ram_BasisAmount)?;
    let mut nearest = None;
    for with_reason in [true, false] {
        if which != "either" && with_reason != (which == "reason") {
            continue;
        }
        let asked = of.clone().only(with_reason);
        let found = asked.gather(scene, false)?;
        let computed = found.base(node)?;
        if let Some(stated) = stated
            && within(stated, computed, found.count, node)?
        {
            return Ok(Verdict::Holds);
        }
        nearest = Some((computed, asked));
    }
    let Some((computed, asked)) = nearest else { return missing(scene, node, ram_BasisAmount) };
    Ok(differs(scene, (node, ram_BasisAmount), computed, asked.gather(scene, true)?.parts))
}

/// The same for category G of MINIMUM, asked of the category code, whatever the rate; of sub-lines those of detail count.
pub fn sublines_base_near_line(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let tax = scene.tree.node(node).parent;
    let of = Of { category: "G".to_owned(), rate: None, reason: None, detail: true };
    let found = of.gather(scene, true)?;
    let computed = found.base(node)?;
    match scene.decimal_of(tax, ram_BasisAmount)? {
        Some(stated) if within(stated, computed, found.count, node)? => Ok(Verdict::Holds),
        _ => Ok(differs(scene, (tax, ram_BasisAmount), computed, found.parts)),
    }
}

/// BR-FXEXT-S-09b: the VAT of a breakdown is its base at its rate, but for a cent for each line, allowance and charge at the rate.
pub fn sublines_vat_near(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let Some(of) = Of::breakdown(scene, node, true)? else { return missing(scene, node, ram_CalculatedAmount) };
    let (Some(rate), Some(base)) = (of.rate, scene.decimal_of(node, ram_BasisAmount)?) else {
        return missing(scene, node, ram_CalculatedAmount);
    };
    let computed = exact(mul(base, rate).and_then(hundredth).and_then(cents), node)?;
    if let Some(stated) = scene.decimal_of(node, ram_CalculatedAmount)? {
        for with_reason in [true, false] {
            let found = of.clone().only(with_reason).gather(scene, false)?;
            if within(stated, computed, found.count, node)? {
                return Ok(Verdict::Holds);
            }
        }
    }
    let mut parts = Addends::new();
    parts.value("+", "BT-116", scene.tree.child(node, ram_BasisAmount));
    Ok(differs(scene, (node, ram_CalculatedAmount), computed, parts))
}

/// Without base or rate there is nothing to hold it against, and the artefact refuses.
fn missing(scene: &Scene<'_, '_>, node: NodeId, amount: Name) -> Result<Verdict, Crash> {
    let found = scene.tree.child(node, amount).map(|n| scene.text(n).to_owned());
    Ok(Verdict::fails(scene.tree.child(node, amount).unwrap_or(node), found, None))
}

/// Is it so near, a cent for each of so many?
pub fn within(stated: Decimal, computed: Decimal, count: usize, node: NodeId) -> Result<bool, Crash> {
    let difference = exact(sub(stated, computed), node)?.abs();
    Ok(difference <= cents_of(count))
}

pub fn cents_of(count: usize) -> Decimal {
    Decimal::new(1, 2) * Decimal::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// What goes into a base.
#[derive(Clone)]
struct Of {
    category: String,
    /// None for category O, and where the rate does not count.
    rate: Option<Decimal>,
    /// The code and the text of the exemption reason.
    reason: Option<[String; 2]>,
    /// Of lines, only those of detail.
    detail: bool,
}

/// What was found of it.
#[derive(Default)]
struct Gathered {
    lines: Decimal,
    allowances: Decimal,
    charges: Decimal,
    logistics: Decimal,
    count: usize,
    parts: Addends,
}

impl Gathered {
    fn base(&self, node: NodeId) -> Result<Decimal, Crash> {
        let [lines, allowances, charges, logistics] =
            [self.lines, self.allowances, self.charges, self.logistics].map(cents);
        let sum = lines.zip(charges).and_then(|(a, b)| add(a, b));
        let sum = sum.zip(logistics).and_then(|(a, b)| add(a, b));
        exact(sum.zip(allowances).and_then(|(a, b)| sub(a, b)), node)
    }
}

impl Of {
    /// That of a breakdown. None where it has no rate and is not outside the scope of VAT.
    fn breakdown(scene: &Scene<'_, '_>, node: NodeId, detail: bool) -> Result<Option<Of>, Crash> {
        let categories = on(scene, node, &[ram_CategoryCode]);
        let category = only(scene, &categories)?.map_or("", |n| scene.tree.text_of(n)).to_owned();
        let rate = if category == "O" { None } else { scene.decimal_of(node, ram_RateApplicablePercent)? };
        if category != "O" && rate.is_none() {
            return Ok(None);
        }
        let reason = Some(reason(scene, std::slice::from_ref(&node))?);
        Ok(Some(Of { category, rate, reason, detail }))
    }

    fn only(mut self, with_reason: bool) -> Of {
        self.reason = self.reason.filter(|_| with_reason);
        self
    }

    /// Adds up what has the category, the rate and the reason; `parts` says whether the addends are wanted too.
    fn gather(&self, scene: &Scene<'_, '_>, parts: bool) -> Result<Gathered, Crash> {
        let mut found = Gathered::default();
        for used in scene.sublines().uses(scene).of(&self.category) {
            if self.detail && !used.detail || !self.fits(scene, used)? {
                continue;
            }
            found.count += 1;
            let (sum, sign, term) = match used.what {
                What::Line => (&mut found.lines, "+", "BT-131"),
                What::Logistics => (&mut found.logistics, "+", "BT-99"),
                What::Item => match only(scene, &on(scene, used.node, &[ram_ChargeIndicator, udt_Indicator]))? {
                    Some(indicator) if scene.boolean(indicator)? => (&mut found.charges, "+", "BT-99"),
                    Some(_) => (&mut found.allowances, "-", "BT-92"),
                    None => continue,
                },
            };
            for &amount in &used.amounts {
                *sum = exact(add(*sum, scene.decimal(amount)?), amount)?;
                if parts {
                    found.parts.value(sign, term, Some(amount));
                }
            }
        }
        Ok(found)
    }

    /// Has it the rate and the reason? Each may be of another of its taxes.
    fn fits(&self, scene: &Scene<'_, '_>, used: &Use) -> Result<bool, Crash> {
        if let Some(rate) = self.rate
            && !used.has_rate(scene, rate)?
        {
            return Ok(false);
        }
        match &self.reason {
            Some(wanted) => Ok(used.reason(scene)? == wanted),
            None => Ok(true),
        }
    }
}

/// The code and the text of an exemption reason, blanks reduced; nothing where there is none, an error where there are two.
pub(super) fn reason(scene: &Scene<'_, '_>, taxes: &[NodeId]) -> Result<[String; 2], Crash> {
    let one = |name: Name| -> Result<String, Crash> {
        let all: Vec<NodeId> = taxes.iter().flat_map(|tax| scene.all(*tax, name)).collect();
        Ok(only(scene, &all)?.map_or_else(String::new, |n| normal(scene.tree.text_of(n))))
    };
    Ok([one(ram_ExemptionReasonCode)?, one(ram_ExemptionReason)?])
}
