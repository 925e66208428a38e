//! What lines, charges and allowances of each VAT category come to, at each rate, and for each exemption reason: added up once for a
//! document, however many breakdowns and lines there are.

use std::collections::BTreeMap;

use crate::decimal::{Decimal, add};
use crate::limits;
use crate::rules::engine::{Addends, Broken, Crash, Scene, exact};
use crate::rules::france::ask::{normal, on};
use crate::xml::NodeId;

use super::lines::{amounts, counts};
use super::name::*;
use super::number::Number;

/// Category and rate; O has no rate.
type Rated<'t> = (&'t str, Option<Decimal>);
/// The exemption code and reason, blanks reduced; empty where there is none.
pub type Reason = (String, String);

pub struct Bases<'t> {
    sums: BTreeMap<(Rated<'t>, Option<Reason>), Sums>,
    /// What says two reasons, of which the artefact reads one: it stops where it comes to that, of this code or of any.
    odd: BTreeMap<Rated<'t>, Vec<(Option<String>, NodeId)>>,
}

/// What goes into a base.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Line,
    Allowance,
    Charge,
    /// CII: a logistics charge.
    Logistics,
}
const KINDS: usize = 4;

/// How each kind goes into a base.
const SIGNS: [(Kind, &str, &str); KINDS] = [
    (Kind::Line, "+", "BT-131"),
    (Kind::Allowance, "-", "BT-92"),
    (Kind::Charge, "+", "BT-99"),
    (Kind::Logistics, "+", "BT-99"),
];

#[derive(Default)]
pub struct Sums {
    sums: [Option<Number>; KINDS],
    /// How many amounts may be out by a cent each.
    pub count: usize,
    first: [Vec<NodeId>; KINDS],
    more: usize,
}

/// What an element says of its VAT: categories and rates (CII: of all its taxes together), code, reason.
struct Said<'t> {
    rated: Vec<Rated<'t>>,
    codes: Vec<NodeId>,
    reasons: Vec<NodeId>,
}

impl<'t> Bases<'t> {
    pub fn of(scene: &Scene<'t, '_>) -> Result<Bases<'t>, Crash> {
        let mut bases = Bases { sums: BTreeMap::new(), odd: BTreeMap::new() };
        if scene.syntax.is_ubl() {
            bases.ubl(scene)?
        } else {
            bases.cii(scene)?
        }
        Ok(bases)
    }

    /// Of a category at a rate: of all reasons, or of one.
    pub fn sums(&self, scene: &Scene<'_, '_>, rated: Rated<'t>, reason: Option<&Reason>) -> Result<&Sums, Crash> {
        if let Some((code, _)) = reason {
            let odd = self.odd.get(&rated).into_iter().flatten();
            if let Some((_, at)) = odd.into_iter().find(|(of, _)| of.as_ref().is_none_or(|of| of == code)) {
                return Err(scene.crash(*at, Broken::TwoValues));
            }
        }
        static NONE: std::sync::LazyLock<Sums> = std::sync::LazyLock::new(Sums::default);
        Ok(self.sums.get(&(rated, reason.cloned())).unwrap_or(&NONE))
    }

    fn ubl(&mut self, scene: &Scene<'t, '_>) -> Result<(), Crash> {
        let mut lines: Vec<NodeId> = scene.named(cac_InvoiceLine).chain(scene.named(cac_CreditNoteLine)).collect();
        lines.sort_unstable();
        for line in lines {
            let categories = on(scene, line, &[cac_Item, cac_ClassifiedTaxCategory]);
            if !counts(scene, line) {
                // The artefact asks of its VAT first: two reasons stop it before it sees that the line does not count.
                self.note_odd(scene, &said_by_each(scene, &categories).unwrap_or_default());
                continue;
            }
            let amounts = amounts(scene, line);
            let count = amounts.len();
            self.item(scene, &said_by_each(scene, &categories)?, (Kind::Line, &amounts, count))?;
        }
        for item in scene.all(0, cac_AllowanceCharge) {
            let said = said_by_each(scene, &scene.all(item, cac_TaxCategory).collect::<Vec<_>>())?;
            let kind = match scene.child(item, cbc_ChargeIndicator)? {
                Some(indicator) if scene.boolean(indicator)? => Kind::Charge,
                Some(_) => Kind::Allowance,
                None => continue,
            };
            let amounts: Vec<NodeId> = scene.all(item, cbc_Amount).collect();
            let count = amounts.len();
            self.item(scene, &said, (kind, &amounts, count))?;
        }
        Ok(())
    }

    fn cii(&mut self, scene: &Scene<'t, '_>) -> Result<(), Crash> {
        for &line in scene.whole().lines.iter().filter(|line| counts(scene, **line)) {
            let taxes = on(scene, line, &[ram_SpecifiedLineTradeSettlement, ram_ApplicableTradeTax]);
            self.item(scene, &[said_together(scene, &taxes)?], (Kind::Line, &amounts(scene, line), 1))?;
        }
        let settlement = [rsm_SupplyChainTradeTransaction, ram_ApplicableHeaderTradeSettlement];
        for settlement in on(scene, 0, &settlement) {
            for item in scene.all(settlement, ram_SpecifiedTradeAllowanceCharge) {
                let said = said_together(scene, &on(scene, item, &[ram_CategoryTradeTax]))?;
                let indicators = on(scene, item, &[ram_ChargeIndicator, udt_Indicator]);
                let amounts = on(scene, item, &[ram_ActualAmount]);
                let kind = match indicators.first() {
                    Some(indicator) if scene.boolean(*indicator)? => Kind::Charge,
                    Some(_) => Kind::Allowance,
                    // Counted, and in no sum.
                    None => {
                        self.item(scene, &[said], (Kind::Charge, &[], 1))?;
                        continue;
                    }
                };
                self.item(scene, &[said], (kind, &amounts, 1))?;
            }
            for item in scene.all(settlement, ram_SpecifiedLogisticsServiceCharge) {
                let said = said_together(scene, &on(scene, item, &[ram_AppliedTradeTax]))?;
                let amounts = on(scene, item, &[ram_AppliedAmount]);
                self.item(scene, &[said], (Kind::Logistics, &amounts, 1))?;
            }
        }
        Ok(())
    }

    /// Notes which bases an element stops.
    fn note_odd(&mut self, scene: &Scene<'t, '_>, said: &[Said<'t>]) {
        for Said { rated, codes, reasons } in said {
            for rated in rated {
                match (codes.get(1), reasons.get(1)) {
                    (Some(second), _) => self.odd.entry(*rated).or_default().push((None, *second)),
                    (_, Some(second)) => self.odd.entry(*rated).or_default().push((Some(first(scene, codes)), *second)),
                    _ => {}
                }
            }
        }
    }

    /// Adds what an element holds, once to each base that it belongs to.
    fn item(
        &mut self,
        scene: &Scene<'t, '_>,
        said: &[Said<'t>],
        (kind, amounts, count): (Kind, &[NodeId], usize),
    ) -> Result<(), Crash> {
        let mut keys: Vec<(Rated<'t>, Option<Reason>)> = Vec::new();
        self.note_odd(scene, said);
        for Said { rated, codes, reasons } in said {
            for rated in rated {
                keys.push((*rated, None));
                if codes.len() < 2 && reasons.len() < 2 {
                    keys.push((*rated, Some((first(scene, codes), first(scene, reasons)))));
                }
            }
        }
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            self.sums.entry(key).or_default().add(scene, kind, amounts, count)?;
        }
        Ok(())
    }
}

impl Sums {
    fn add(&mut self, scene: &Scene<'_, '_>, kind: Kind, amounts: &[NodeId], count: usize) -> Result<(), Crash> {
        self.count += count;
        for &amount in amounts {
            let (Some(sum), Some(first)) = (self.sums.get_mut(kind as usize), self.first.get_mut(kind as usize)) else {
                continue;
            };
            // UBL adds texts, which are doubles; a sum starts at the first of them.
            *sum = Some(match (&*sum, scene.syntax.is_ubl()) {
                (None, true) => Number::Double(scene.double(amount)?),
                (Some(before), true) => before.plus(Number::Double(scene.double(amount)?), amount)?,
                (None, false) => Number::Exact(scene.decimal(amount)?),
                (Some(Number::Exact(before)), false) => {
                    Number::Exact(exact(add(*before, scene.decimal(amount)?), amount)?)
                }
                (Some(before), false) => before.plus(Number::Exact(scene.decimal(amount)?), amount)?,
            });
            if first.len() < limits::ADDENDS {
                first.push(amount);
            } else {
                self.more += 1;
            }
        }
        Ok(())
    }

    /// How far a stated base is from what it should be, computed in the order of the artefact; and what it should be.
    pub fn difference(&self, scene: &Scene<'_, '_>, stated: Decimal, node: NodeId) -> Result<Number, Crash> {
        let mut difference = Number::Exact(stated);
        for (kind, sign, _) in SIGNS {
            let sum = self.rounded(scene, kind, node)?;
            difference = if sign == "+" { difference.minus(sum, node)? } else { difference.plus(sum, node)? };
        }
        Ok(difference.abs())
    }

    pub fn base(&self, scene: &Scene<'_, '_>, node: NodeId) -> Result<Decimal, Crash> {
        let mut base = Number::ZERO;
        for (kind, sign, _) in SIGNS {
            let sum = self.rounded(scene, kind, node)?;
            base = if sign == "+" { base.plus(sum, node)? } else { base.minus(sum, node)? };
        }
        Ok(base.shown())
    }

    pub fn parts(&self) -> Addends {
        let mut parts = Addends::new();
        for (kind, sign, term) in SIGNS {
            let first = self.first.get(kind as usize).into_iter().flatten();
            first.for_each(|at| _ = parts.value(sign, term, Some(*at)));
        }
        parts.and_more(self.more);
        parts
    }

    /// The lines stay what they are, doubles in UBL; allowances and charges are decimals, of all their binary digits.
    fn rounded(&self, scene: &Scene<'_, '_>, kind: Kind, node: NodeId) -> Result<Number, Crash> {
        let sum = self.sums.get(kind as usize).copied().flatten().unwrap_or(Number::ZERO).rounded(node)?;
        if kind == Kind::Line { Ok(sum) } else { sum.as_decimal(scene, node) }
    }
}

/// The text of the first, blanks reduced; empty where there is none.
fn first(scene: &Scene<'_, '_>, found: &[NodeId]) -> String {
    found.first().map_or(String::new(), |n| normal(scene.tree.text_of(*n)))
}

/// UBL: what each of several categories says.
fn said_by_each<'t>(scene: &Scene<'t, '_>, categories: &[NodeId]) -> Result<Vec<Said<'t>>, Crash> {
    let one = |category: &NodeId| -> Result<Said<'t>, Crash> {
        let id = scene.child(*category, cbc_ID)?.map_or("", |id| scene.text(id));
        let rate = scene.decimal_of(*category, cbc_Percent)?;
        Ok(Said {
            rated: rated(id, rate).into_iter().collect(),
            codes: scene.all(*category, cbc_TaxExemptionReasonCode).collect(),
            reasons: scene.all(*category, cbc_TaxExemptionReason).collect(),
        })
    };
    categories.iter().map(one).collect()
}

/// CII: what several taxes say together: any category, any rate, the one code and the one reason.
fn said_together<'t>(scene: &Scene<'t, '_>, taxes: &[NodeId]) -> Result<Said<'t>, Crash> {
    let mut rates = Vec::new();
    for tax in taxes {
        rates.extend(scene.decimal_of(*tax, ram_RateApplicablePercent)?);
    }
    let categories = taxes.iter().flat_map(|tax| scene.all(*tax, ram_CategoryCode)).map(|n| scene.tree.text_of(n));
    let mut all: Vec<Rated<'t>> = Vec::new();
    for category in categories {
        match category {
            "O" => all.push((category, None)),
            _ => all.extend(rates.iter().map(|rate| (category, Some(*rate)))),
        }
    }
    all.sort_unstable();
    all.dedup();
    let each = |name| taxes.iter().flat_map(|tax| scene.all(*tax, name)).collect();
    Ok(Said { rated: all, codes: each(ram_ExemptionReasonCode), reasons: each(ram_ExemptionReason) })
}

/// Without a rate it belongs to no base, but for O.
pub fn rated(category: &str, rate: Option<Decimal>) -> Option<Rated<'_>> {
    if category == "O" { Some((category, None)) } else { rate.map(|rate| (category, Some(rate))) }
}
