//! VAT categories over the whole document: who uses which, and who has which VAT number (rules -01 to -04).
//!
//! The ten families share this code; the category's code tells them apart. One pass counts, the rules then only look.

use crate::invoice::Syntax;
use crate::rules::engine::{Broken, Crash, Scene, Verdict};
use crate::xml::{Name, NodeId};

use super::name::*;
use super::totals::has_indicator;
use super::vat_said::{others_than_outside, said};

/// UNTDID 5305 codes that have a family of rules; any other code is counted last.
pub const CATEGORIES: [&str; 10] = ["S", "Z", "E", "AE", "K", "G", "O", "L", "M", "B"];
const OTHER: usize = CATEGORIES.len();

/// Where a category stands. "Vat": its scheme is VAT; "Any": whatever its scheme.
#[derive(Clone, Copy)]
#[repr(usize)]
enum Use {
    /// `cac:TaxCategory` at whatever depth (UBL).
    Tax,
    /// The category of a line's item.
    LineVat,
    LineAny,
    /// Of an allowance, at whatever depth.
    AllowanceVat,
    AllowanceAny,
    ChargeVat,
    ChargeAny,
    /// Of a charge, the code exactly as written.
    ChargeVatExact,
    /// Of an allowance or charge, indicator not looked at; in CII `ram:CategoryTradeTax`.
    EitherVat,
    EitherAny,
    /// Of an allowance or charge of the document itself.
    DocumentAllowanceVat,
    DocumentChargeVat,
    /// Of the VAT breakdown.
    BreakdownVat,
    BreakdownAny,
    BreakdownExact,
    BreakdownVatExact,
}
const USES: usize = Use::BreakdownVatExact as usize + 1;

/// What one pass over the document found.
#[derive(Debug, Default, Clone, PartialEq)]
pub struct Facts {
    counts: [[u32; USES]; CATEGORIES.len() + 1],
    /// The seller has a tax registration, of VAT or not.
    seller: bool,
    seller_vat: bool,
    representative_vat: bool,
    buyer_vat: bool,
    buyer_legal: bool,
    /// A registration with two schemes: asking whether its scheme is VAT is an error. Seller, representative, buyer.
    two_schemes: [Option<NodeId>; 3],
}

impl Facts {
    pub fn of(scene: &Scene<'_, '_>) -> Result<Facts, Crash> {
        let mut facts = Facts::default();
        let tree = scene.tree;
        for (n, node) in tree.nodes().iter().enumerate() {
            let n = n as NodeId;
            match (scene.syntax, node.name) {
                (Syntax::Cii, ram_ApplicableTradeTax | ram_CategoryTradeTax) => facts.trade_tax(scene, n),
                (Syntax::Cii, _) => {}
                (_, cac_TaxCategory) => facts.tax_category(scene, n)?,
                (_, cac_ClassifiedTaxCategory) => facts.classified(scene, n)?,
                (_, cac_AllowanceCharge) => {
                    // The artefact reads every indicator, wherever it stands.
                    has_indicator(scene, scene.all(n, cbc_ChargeIndicator), false)?;
                }
                (_, cac_PartyTaxScheme) => facts.registration(scene, n)?,
                (_, cac_PartyLegalEntity) if party(scene, n) == Some(cac_AccountingCustomerParty) => {
                    facts.buyer_legal |= scene.has(n, cbc_CompanyID);
                }
                _ => {}
            }
        }
        Ok(facts)
    }

    fn get(&self, category: &str, of: Use) -> u32 {
        self.counts[index(category)][of as usize]
    }

    fn add(&mut self, category: &str, of: Use) {
        self.counts[index(category)][of as usize] += 1;
    }

    /// All of a use that are not of this category.
    fn others(&self, category: &str, of: Use) -> u32 {
        let all: u32 = self.counts.iter().map(|c| c[of as usize]).sum();
        all - self.get(category, of)
    }

    fn tax_category(&mut self, scene: &Scene<'_, '_>, n: NodeId) -> Result<(), Crash> {
        let tree = scene.tree;
        let vat = is_vat(scene, n)?;
        for id in scene.all(n, cbc_ID).filter(|_| vat) {
            self.add(scene.text(id), Use::Tax);
        }
        let parent = tree.node(n).parent;
        match tree.node(parent).name {
            cac_AllowanceCharge => {
                let id = scene.child(n, cbc_ID)?;
                let code = id.map_or("", |id| scene.text(id));
                self.add(code, Use::EitherAny);
                if vat {
                    self.add(code, Use::EitherVat);
                }
                let in_document = tree.node(parent).parent == 0;
                let indicators = || scene.all(parent, cbc_ChargeIndicator);
                if has_indicator(scene, indicators(), false)? {
                    self.add(code, Use::AllowanceAny);
                    if vat {
                        self.add(code, Use::AllowanceVat);
                        if in_document {
                            self.add(code, Use::DocumentAllowanceVat);
                        }
                    }
                }
                if has_indicator(scene, indicators(), true)? {
                    self.add(code, Use::ChargeAny);
                    if vat {
                        self.add(code, Use::ChargeVat);
                        self.add(id.map_or("", |id| tree.text_of(id)), Use::ChargeVatExact);
                        if in_document {
                            self.add(code, Use::DocumentChargeVat);
                        }
                    }
                }
            }
            cac_TaxSubtotal => {
                let total = tree.node(parent).parent;
                if tree.node(total).name == cac_TaxTotal && total != 0 && tree.node(total).parent == 0 {
                    let id = scene.child(n, cbc_ID)?;
                    let code = id.map_or("", |id| scene.text(id));
                    let exact = id.map_or("", |id| tree.text_of(id));
                    self.add(code, Use::BreakdownAny);
                    self.add(exact, Use::BreakdownExact);
                    if vat {
                        self.add(code, Use::BreakdownVat);
                        self.add(exact, Use::BreakdownVatExact);
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn classified(&mut self, scene: &Scene<'_, '_>, n: NodeId) -> Result<(), Crash> {
        let code = scene.child(n, cbc_ID)?.map_or("", |id| scene.text(id));
        self.add(code, Use::LineAny);
        if is_vat(scene, n)? {
            self.add(code, Use::LineVat);
        }
        Ok(())
    }

    fn registration(&mut self, scene: &Scene<'_, '_>, n: NodeId) -> Result<(), Crash> {
        let Some(role) = party(scene, n) else { return Ok(()) };
        if !scene.has(n, cbc_CompanyID) {
            return Ok(());
        }
        let vat = is_vat(scene, n)?;
        let slot = match role {
            cac_AccountingSupplierParty => 0,
            cac_TaxRepresentativeParty => 1,
            _ => 2,
        };
        if scene.all(n, cac_TaxScheme).count() > 1 {
            self.two_schemes[slot].get_or_insert(n);
        }
        match role {
            cac_AccountingSupplierParty => {
                self.seller = true;
                self.seller_vat |= vat;
            }
            cac_TaxRepresentativeParty => self.representative_vat |= vat,
            cac_AccountingCustomerParty => self.buyer_vat |= vat,
            _ => {}
        }
        Ok(())
    }

    /// CII counts a category once for each element that holds it, exactly as written.
    fn trade_tax(&mut self, scene: &Scene<'_, '_>, n: NodeId) {
        let tree = scene.tree;
        let of = match (tree.node(n).name, tree.node(tree.node(n).parent).name) {
            (ram_CategoryTradeTax, _) => Use::EitherAny,
            (_, ram_ApplicableHeaderTradeSettlement) => Use::BreakdownAny,
            (_, ram_SpecifiedLineTradeSettlement) => Use::LineAny,
            _ => return,
        };
        let mut seen = [false; OTHER + 1];
        for code in scene.all(n, ram_CategoryCode) {
            let at = index(tree.text_of(code));
            if !std::mem::replace(&mut seen[at], true) {
                self.counts[at][of as usize] += 1;
            }
        }
    }
}

/// -01 in UBL: a category that is used stands in the breakdown (once, but for S, L and M), and only then.
pub fn breakdown(scene: &Scene<'_, '_>, _: NodeId, category: &'static str) -> Result<Verdict, Crash> {
    let facts = scene.facts()?;
    let count = |of: Use| facts.get(category, of);
    let (used, listed, right) = match category {
        "S" => {
            let (used, listed) = (count(Use::EitherAny) + count(Use::LineAny), count(Use::BreakdownAny));
            (used, listed, (used > 0) == (listed > 0))
        }
        "L" | "M" => {
            let used = count(Use::EitherVat) + count(Use::LineVat);
            let exact = if category == "L" { Use::BreakdownExact } else { Use::BreakdownVatExact };
            let (listed, trimmed) = (count(exact), count(Use::BreakdownVat));
            (used, listed, (used > 0 && listed > 0) || (used == 0 && trimmed == 0))
        }
        _ => {
            // `Tax` counts the breakdown too.
            let (used, listed) = (count(Use::Tax) + count(Use::LineVat), count(Use::BreakdownVat));
            (used.saturating_sub(listed), listed, if used > 0 { listed == 1 } else { true })
        }
    };
    Ok(said(scene, right, category, used, listed))
}

/// -01 in CII. Of EDIFACT and X12 a category stands in the breakdown where it is used, and only there, however many lines use it.
pub fn breakdown_cii(scene: &Scene<'_, '_>, _: NodeId, category: &'static str) -> Result<Verdict, Crash> {
    let facts = scene.facts()?;
    let (listed, line, either) = (
        facts.get(category, Use::BreakdownAny),
        facts.get(category, Use::LineAny),
        facts.get(category, Use::EitherAny),
    );
    let right = match category {
        "S" | "L" | "M" if scene.edi => (line + either > 0) == (listed > 0),
        "O" if scene.edi => listed == u32::from(line + either > 0),
        "S" | "L" | "M" => (line == 0 || line + listed >= 2) && (either == 0 || either + listed >= 2),
        "O" => listed == 0 || (listed == 1 && line + either > 0),
        _ => (listed == 0 && line == 0 && either == 0) || (listed == 1 && line + either > 0),
    };
    Ok(said(scene, right, category, line + either, listed))
}

/// -02 in UBL: a line of this category, and the parties' VAT numbers that it needs (or, for O, must not have).
pub fn line_party(scene: &Scene<'_, '_>, _: NodeId, category: &'static str) -> Result<Verdict, Crash> {
    let facts = scene.facts()?;
    let any = if category == "S" { Use::LineAny } else { Use::LineVat };
    needs(scene, category, facts.get(category, Use::LineVat), facts.get(category, any))
}

/// -03 in UBL: the same for a document allowance.
pub fn allowance_party(scene: &Scene<'_, '_>, _: NodeId, category: &'static str) -> Result<Verdict, Crash> {
    let facts = scene.facts()?;
    let (left, right) = match category {
        "O" => (Use::DocumentAllowanceVat, Use::DocumentAllowanceVat),
        "G" => (Use::AllowanceAny, Use::AllowanceVat),
        _ => (Use::AllowanceVat, Use::AllowanceVat),
    };
    needs(scene, category, facts.get(category, left), facts.get(category, right))
}

/// -04 in UBL: the same for a document charge.
pub fn charge_party(scene: &Scene<'_, '_>, _: NodeId, category: &'static str) -> Result<Verdict, Crash> {
    let facts = scene.facts()?;
    let (left, right) = match category {
        "O" => (Use::DocumentChargeVat, Use::DocumentChargeVat),
        "G" => (Use::ChargeAny, Use::ChargeVat),
        "L" => (Use::ChargeVat, Use::ChargeVatExact),
        _ => (Use::ChargeVat, Use::ChargeVat),
    };
    needs(scene, category, facts.get(category, left), facts.get(category, right))
}

/// O-11 to O-14 in UBL: where the breakdown has category O, nothing else stands in it, on lines, allowances or charges.
pub fn only_outside_scope(scene: &Scene<'_, '_>, _: NodeId, where_: &'static str) -> Result<Verdict, Crash> {
    let facts = scene.facts()?;
    let of = match where_ {
        "breakdown" => Use::BreakdownVat,
        "line" => Use::LineVat,
        "allowance" => Use::AllowanceVat,
        _ => Use::ChargeVat,
    };
    if facts.get("O", Use::BreakdownVat) == 0 || facts.others("O", of) == 0 {
        return Ok(Verdict::Holds);
    }
    Ok(Verdict::failed(others_than_outside(scene, where_)))
}

/// (used and parties) or not used, where the two uses may be counted differently.
fn needs(scene: &Scene<'_, '_>, category: &str, used: u32, counted: u32) -> Result<Verdict, Crash> {
    let facts = scene.facts()?;
    if used == 0 {
        return Ok(Verdict::of(counted == 0));
    }
    let known = |slot: usize, answer: bool| match facts.two_schemes[slot] {
        Some(node) => Err(scene.crash(node, Broken::TwoValues)),
        None => Ok(answer),
    };
    let seller_vat = || Ok(known(0, facts.seller_vat)? || known(1, facts.representative_vat)?);
    let seller = || Ok(facts.seller || known(1, facts.representative_vat)?);
    let parties = match category {
        "O" => !seller_vat()? && !known(2, facts.buyer_vat)?,
        "AE" => seller()? && (known(2, facts.buyer_vat)? || facts.buyer_legal),
        "K" => seller_vat()? && known(2, facts.buyer_vat)?,
        "G" => seller_vat()?,
        _ => seller()?,
    };
    Ok(Verdict::of(parties || counted == 0))
}

fn index(category: &str) -> usize {
    CATEGORIES.iter().position(|c| *c == category).unwrap_or(OTHER)
}

/// Is the scheme of this category or registration VAT? Blanks and case do not count.
pub(super) fn is_vat(scene: &Scene<'_, '_>, node: NodeId) -> Result<bool, Crash> {
    for scheme in scene.all(node, cac_TaxScheme) {
        if let Some(id) = scene.child(scheme, cbc_ID)?
            && scene.text(id).eq_ignore_ascii_case("VAT")
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The role of the party around: the element around `cac:Party`, or around the registration for a tax representative.
fn party(scene: &Scene<'_, '_>, node: NodeId) -> Option<Name> {
    let tree = scene.tree;
    let parent = tree.node(node).parent;
    match tree.node(parent).name {
        cac_TaxRepresentativeParty => Some(cac_TaxRepresentativeParty),
        cac_Party => Some(tree.node(tree.node(parent).parent).name),
        _ => None,
    }
    .filter(|role| {
        matches!(*role, cac_TaxRepresentativeParty | cac_AccountingSupplierParty | cac_AccountingCustomerParty)
    })
}

/// A value that must stand once stands twice.
pub(super) fn two_values(scene: &Scene<'_, '_>, node: NodeId) -> Crash {
    scene.crash(node, Broken::TwoValues)
}
