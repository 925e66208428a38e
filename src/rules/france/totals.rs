//! Amounts: what a paid invoice states, and what the groups of an invoice of several sellers add up to.
//!
//! The artefact adds texts as doubles and computes with them: a difference of exactly one cent may be more than a cent to it.

use crate::decimal::{Decimal, plain};
use crate::rules::engine::{Broken, Crash, Evidence, Scene, Verdict, exact, to_double};
use crate::rules::predicate::quote;
use crate::text::Text;
use crate::xml::{Name, NodeId};

use super::ask::{on, only, says, share, text};
use super::groups::vat_in;
use super::lines::*;
use super::name::*;
use super::whole::Sum;

/// BR-FR-CO-09: what is paid (BT-113) is all there is to pay (BT-112).
pub fn paid_in_full(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let (around, paid, total): (&[Name], Name, Name) = if scene.syntax.is_ubl() {
        (&[cac_LegalMonetaryTotal], cbc_PrepaidAmount, cbc_TaxInclusiveAmount)
    } else {
        (
            &[
                rsm_SupplyChainTradeTransaction,
                ram_ApplicableHeaderTradeSettlement,
                ram_SpecifiedTradeSettlementHeaderMonetarySummation,
            ],
            ram_TotalPrepaidAmount,
            ram_GrandTotalAmount,
        )
    };
    let totals = on(scene, node, around);
    let of = |name: Name| totals.iter().flat_map(|t| scene.all(*t, name)).collect::<Vec<_>>();
    let (paid_at, total_at) = (of(paid), of(total));
    let (paid_amount, total_amount) = (amount(scene, &paid_at)?, amount(scene, &total_at)?);
    if paid_amount.is_some() && paid_amount == total_amount {
        return Ok(Verdict::Holds);
    }
    let at = paid_at.first().or(totals.first()).copied().or(Some(node));
    Ok(Verdict::failed(Evidence {
        at,
        child: (paid_at.is_empty() && !totals.is_empty()).then_some(paid),
        found: paid_at.first().map(|n| quote(scene.text(*n))),
        expected: total_amount.map(plain),
        right: total_amount.map(plain),
        ..Evidence::default()
    }))
}

/// BR-FR-MV-05: the amount of a group is the sum of its lines, but for a cent a line.
pub fn group_sum(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let line = line_of(scene, node);
    let id = text(scene, &line_ids(scene, line))?;
    let whole = scene.whole();
    let is_below = |l: &NodeId| {
        if !scene.syntax.is_ubl() {
            let informs = subtypes(scene, *l).iter().any(|s| scene.tree.text_of(*s) != "INFORMATION");
            return informs && says(scene, &parents(scene, *l), &id);
        }
        on(scene, *l, &[cac_BillingReference]).iter().any(|r| {
            share(scene, &on(scene, *r, &[cac_InvoiceDocumentReference, cbc_ID]), &whole.numbers)
                && statuses(scene, *r).iter().any(|s| scene.tree.text_of(*s) != "INFORMATION")
                && says(scene, &on(scene, *r, &[cac_BillingReferenceLine, cbc_ID]), &id)
        })
    };
    let below = whole.sum_below(scene, &id, || {
        whole.below(scene, &id).iter().copied().filter(is_below).flat_map(|l| net_amounts(scene, l)).collect()
    });
    let own = net_amounts(scene, line);
    let stated = amount(scene, &own)?;
    let count = i64::try_from(below.0).unwrap_or(i64::MAX);
    let cents = Decimal::new(1, 2) * Decimal::from(count);
    near(scene, (stated, &own, line), below, cents)
}

/// BR-FR-MV-09: the VAT of a group is that of the breakdowns that name its number, but for a cent.
pub fn group_vat(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let line = line_of(scene, node);
    let number = text(scene, &line_numbers(scene, line))?;
    let own = vat_in(scene, line, &scene.whole().currency);
    let stated = amount(scene, &own)?;
    let vat = scene.whole().vat_sum(scene, &number)?;
    near(scene, (stated, &own, line), vat, Decimal::new(1, 2))
}

/// BR-FR-MV-10: the amount of a group with VAT is its amount without and its VAT, but for a cent a line.
pub fn with_vat(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let line = line_of(scene, node);
    let gross = if scene.syntax.is_ubl() {
        on(scene, line, &[cbc_TaxInclusiveLineExtensionAmount])
    } else {
        on(
            scene,
            line,
            &[
                ram_SpecifiedLineTradeSettlement,
                ram_SpecifiedTradeSettlementLineMonetarySummation,
                ram_GrandTotalAmount,
            ],
        )
    };
    let at = gross.first().copied().unwrap_or(line);
    if text(scene, &gross)?.is_empty() {
        return Ok(Verdict::failed(Evidence { at: Some(at), ..Evidence::default() }));
    }
    let stated = amount(scene, &gross)?;
    let net = amount(scene, &net_amounts(scene, line))?;
    let vat = amount(scene, &vat_in(scene, line, &scene.whole().currency))?;
    let (Some(stated), Some(net), Some(vat)) = (stated, net, vat) else {
        let term = if net.is_none() { "BT-131" } else { "EXT-FR-FE-181" };
        return Ok(Verdict::failed(Evidence {
            at: Some(at),
            found: stated.map(plain),
            message: Some(Text::new(
                format!(
                    "Le montant TTC du groupe (EXT-FR-FE-184) ne peut pas être comparé à son montant net et à sa TVA : {term} manque."
                ),
                format!(
                    "The group's amount with VAT (EXT-FR-FE-184) cannot be held against its net amount and its VAT: {term} is missing."
                ),
            )),
            ..Evidence::default()
        }));
    };
    let computed = exact(net.checked_add(vat), at)?;
    let difference = exact(stated.checked_sub(computed), at)?;
    let count = i64::try_from(lines_below(scene, line)).unwrap_or(i64::MAX);
    if difference.abs() <= Decimal::new(1, 2) * Decimal::from(count) {
        return Ok(Verdict::Holds);
    }
    Ok(Verdict::failed(Evidence {
        at: Some(at),
        found: Some(plain(stated)),
        expected: Some(plain(computed)),
        difference: Some(difference),
        right: Some(plain(computed)),
        ..Evidence::default()
    }))
}

/// The groups and details of which a line says that this one is around them: in UBL references, in CII lines.
fn lines_below(scene: &Scene<'_, '_>, line: NodeId) -> usize {
    let ids = line_ids(scene, line);
    scene.whole().count_below(scene, &ids, || count_below(scene, &ids))
}

fn count_below(scene: &Scene<'_, '_>, ids: &[NodeId]) -> usize {
    let counts = |found: &[NodeId]| ["DETAIL", "GROUP"].iter().any(|status| says(scene, found, status));
    let mut candidates: Vec<NodeId> =
        ids.iter().flat_map(|id| scene.whole().below(scene, scene.tree.text_of(*id))).copied().collect();
    candidates.sort_unstable();
    candidates.dedup();
    if !scene.syntax.is_ubl() {
        return candidates.into_iter().filter(|l| counts(&subtypes(scene, *l))).count();
    }
    let references = candidates.into_iter().flat_map(|l| own_references(scene, l));
    let below = |r: &NodeId| {
        counts(&statuses(scene, *r)) && share(scene, &on(scene, *r, &[cac_BillingReferenceLine, cbc_ID]), ids)
    };
    references.filter(below).count()
}

/// BR-FR-MV-08: the exemption reason of a detail starts with the number of its invoice between two `#`.
pub fn number_in_reason(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let way: &[Name] = if scene.syntax.is_ubl() {
        &[cac_Item, cac_ClassifiedTaxCategory, cbc_TaxExemptionReason]
    } else {
        &[ram_SpecifiedLineTradeSettlement, ram_ApplicableTradeTax, ram_ExemptionReason]
    };
    let reasons = on(scene, node, way);
    // Without a number the artefact does not come to the reason: two of them do not stop it.
    if reasons.len() > 1 && text(scene, &line_numbers(scene, node))?.is_empty() {
        return Ok(Verdict::failed(Evidence {
            at: reasons.first().copied(),
            expected: Some("#AFL#…".to_owned()),
            ..Evidence::default()
        }));
    }
    let said = only(scene, &reasons)?.map_or("", |n| scene.tree.text_of(n));
    let number = if said.trim().is_empty() { String::new() } else { text(scene, &line_numbers(scene, node))? };
    if !number.is_empty() && said.starts_with(&format!("#{number}#")) {
        return Ok(Verdict::Holds);
    }
    let known = text(scene, &line_numbers(scene, node)).unwrap_or_default();
    let shown = if known.is_empty() { "AFL".to_owned() } else { quote(&known) };
    Ok(Verdict::failed(Evidence {
        at: reasons.first().copied().or(Some(node)),
        found: Some(quote(said.trim())).filter(|said| !said.is_empty()),
        expected: Some(format!("#{shown}#…")),
        ..Evidence::default()
    }))
}

/// The net amounts of a line (BT-131).
fn net_amounts(scene: &Scene<'_, '_>, line: NodeId) -> Vec<NodeId> {
    if scene.syntax.is_ubl() {
        on(scene, line, &[cbc_LineExtensionAmount])
    } else {
        on(
            scene,
            line,
            &[ram_SpecifiedLineTradeSettlement, ram_SpecifiedTradeSettlementLineMonetarySummation, ram_LineTotalAmount],
        )
    }
}

/// Is a stated amount the sum of others, but for so much? The sum of none is a whole number, of others a double.
fn near(
    scene: &Scene<'_, '_>,
    (stated, own, line): (Option<Decimal>, &[NodeId], NodeId),
    (count, sum): Sum,
    most: Decimal,
) -> Result<Verdict, Crash> {
    let at = own.first().copied().or(Some(line));
    let shown = |sum: f64| Decimal::from_f64_retain(sum).map(|sum| sum.round_dp(10).normalize());
    let Some(stated) = stated else {
        let computed = sum.ok().filter(|_| count > 0).and_then(shown);
        return Ok(Verdict::failed(Evidence { at, expected: computed.map(plain), ..Evidence::default() }));
    };
    let sum = sum?;
    let holds = match count {
        0 => stated.abs() <= most,
        _ => (to_double(stated) - sum).abs() <= to_double(most),
    };
    if holds {
        return Ok(Verdict::Holds);
    }
    let computed = shown(sum).ok_or_else(|| scene.crash(line, Broken::TooManyDigits))?;
    Ok(Verdict::failed(Evidence {
        at,
        found: Some(plain(stated)),
        expected: Some(plain(computed)),
        difference: stated.checked_sub(computed),
        ..Evidence::default()
    }))
}
