//! What is said where categories and breakdown do not agree: looked for once a rule has failed.

use std::collections::HashSet;

use crate::invoice::{Term, bt};
use crate::rules::engine::{Evidence, Scene, Verdict};
use crate::rules::predicate::quote;
use crate::text::{Lang, Text};
use crate::xml::NodeId;

use super::name::*;
use super::totals::has_indicator;

/// A category code where it stands.
struct Code<'t> {
    at: NodeId,
    code: &'t str,
    stands: Stands,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stands {
    Breakdown,
    Line,
    Allowance,
    Charge,
}

impl Stands {
    fn term(self) -> Term {
        match self {
            Stands::Breakdown => bt::BT_118,
            Stands::Line => bt::BT_151,
            Stands::Allowance => bt::BT_95,
            Stands::Charge => bt::BT_102,
        }
    }
}

/// What is used, what the breakdown lists, and which of adding, removing and correcting mends it.
pub fn said(scene: &Scene<'_, '_>, right: bool, category: &str, used: u32, listed: u32) -> Verdict {
    if right {
        return Verdict::Holds;
    }
    let codes = codes(scene);
    let breakdown = |lang: Lang| bt::BG_23.called(lang);
    let uses: Vec<&Code<'_>> = codes.iter().filter(|c| c.code == category && c.stands != Stands::Breakdown).collect();
    let entries: Vec<&Code<'_>> =
        codes.iter().filter(|c| c.code == category && c.stands == Stands::Breakdown).collect();
    let (message, fix, at, meant) = match (used, listed) {
        (1.., 0) => {
            // An entry that nothing uses may have been meant for it; a category that stands once may be the one that is wrong.
            let in_use: HashSet<&str> =
                codes.iter().filter(|c| c.stands != Stands::Breakdown).map(|c| c.code).collect();
            let unused = |c: &&Code<'_>| c.stands == Stands::Breakdown && !in_use.contains(c.code);
            let mut orphans = codes.iter().filter(unused);
            let orphan = orphans.next().filter(|_| orphans.next().is_none());
            let lone = uses.first().filter(|_| uses.len() == 1).copied();
            let listed = the_only(codes.iter().filter(|c| c.stands == Stands::Breakdown));
            let (at, meant) = match (orphan, lone.zip(listed)) {
                (Some(orphan), _) => (Some((orphan.at, orphan.stands)), Some(category.to_owned())),
                (None, Some((lone, code))) => (Some((lone.at, lone.stands)), Some(code.to_owned())),
                _ => (None, None),
            };
            let (or_fr, or_en) = match (at, &meant) {
                (Some((_, stands)), Some(code)) => (
                    format!(", ou corriger {} en {code}", stands.term().called(Lang::Fr)),
                    format!(", or correct {} to {code}", stands.term().called(Lang::En)),
                ),
                _ => Default::default(),
            };
            (
                Text::new(
                    format!(
                        "La catégorie {category} sert sur des lignes, remises ou frais ({used} fois), mais {} ne l'a pas.",
                        breakdown(Lang::Fr)
                    ),
                    format!(
                        "Category {category} is used on lines, allowances or charges (uses: {used}), but {} does not have it.",
                        breakdown(Lang::En)
                    ),
                ),
                Text::new(
                    format!("Ajouter une ligne de ventilation (BG-23) de catégorie {category}{or_fr}."),
                    format!("Add a VAT breakdown (BG-23) of category {category}{or_en}."),
                ),
                at.map(|(at, _)| at),
                meant,
            )
        }
        (0, 1..) => {
            // What is used and has no breakdown is what this one may have been meant for.
            let has: HashSet<&str> = codes.iter().filter(|c| c.stands == Stands::Breakdown).map(|c| c.code).collect();
            let lacking = |c: &&Code<'_>| c.stands != Stands::Breakdown && !has.contains(c.code);
            let meant = the_only(codes.iter().filter(lacking));
            let (or_fr, or_en) = match meant {
                Some(code) => (
                    format!("Corriger BT-118 en {code}, la catégorie des lignes, ou retirer"),
                    format!("Correct BT-118 to {code}, the category of the lines, or remove"),
                ),
                None => ("Retirer".to_owned(), "Remove".to_owned()),
            };
            (
                Text::new(
                    format!(
                        "{} a la catégorie {category}, mais aucune ligne, remise ni aucun frais ne l'a.",
                        breakdown(Lang::Fr)
                    ),
                    format!(
                        "{} has category {category}, but no line, allowance or charge has it.",
                        breakdown(Lang::En)
                    ),
                ),
                Text::new(
                    format!(
                        "{or_fr} la ligne de ventilation (BG-23) de catégorie {category}, ou corriger la catégorie des lignes."
                    ),
                    format!(
                        "{or_en} the VAT breakdown (BG-23) of category {category}, or correct the category of the lines."
                    ),
                ),
                entries.first().map(|e| e.at),
                meant.map(str::to_owned),
            )
        }
        (_, 2..) => (
            Text::new(
                format!("{} a {listed} lignes de catégorie {category} : il en faut une seule.", breakdown(Lang::Fr)),
                format!("{} has {listed} entries of category {category}: one is needed.", breakdown(Lang::En)),
            ),
            Text::new(
                format!("Réunir les lignes de ventilation (BG-23) de catégorie {category} en une seule."),
                format!("Merge the VAT breakdowns (BG-23) of category {category} into one."),
            ),
            entries.get(1).map(|e| e.at),
            None,
        ),
        // The code of the breakdown is there with blanks around it, which the artefact counts in one place and not in the other.
        _ => return Verdict::of(false),
    };
    Verdict::failed(Evidence {
        at,
        found: Some(listed.to_string()),
        expected: Some(if used == 0 { "0" } else { "1" }.to_owned()),
        right: meant,
        message: Some(message),
        fix: Some(fix),
        ..Evidence::default()
    })
}

/// BR-O-11 to 14: the first category other than O where none may stand.
pub fn others_than_outside(scene: &Scene<'_, '_>, of: &str) -> Evidence {
    let stands = match of {
        "breakdown" => Stands::Breakdown,
        "line" => Stands::Line,
        "allowance" => Stands::Allowance,
        _ => Stands::Charge,
    };
    match codes(scene).into_iter().find(|c| c.stands == stands && c.code != "O") {
        Some(other) => Evidence { at: Some(other.at), found: Some(quote(other.code)), ..Evidence::default() },
        None => Evidence::default(),
    }
}

/// The one code of several.
fn the_only<'t>(codes: impl Iterator<Item = impl std::borrow::Borrow<Code<'t>>>) -> Option<&'t str> {
    let mut only = None;
    for code in codes {
        let code = code.borrow().code;
        if *only.get_or_insert(code) != code {
            return None;
        }
    }
    only
}

/// All category codes of the document, in its order.
fn codes<'t>(scene: &Scene<'t, '_>) -> Vec<Code<'t>> {
    let tree = scene.tree;
    let mut all = Vec::new();
    for (n, node) in tree.nodes().iter().enumerate() {
        let n = n as NodeId;
        let around = tree.node(n).parent;
        let charge = |indicator: bool| if indicator { Stands::Charge } else { Stands::Allowance };
        let (stands, code) = match (node.name, tree.node(around).name) {
            (cac_ClassifiedTaxCategory, _) => (Stands::Line, cbc_ID),
            (cac_TaxCategory, cac_TaxSubtotal) => (Stands::Breakdown, cbc_ID),
            (cac_TaxCategory, cac_AllowanceCharge) => {
                let charged = has_indicator(scene, scene.all(around, cbc_ChargeIndicator), true).unwrap_or(false);
                (charge(charged), cbc_ID)
            }
            (ram_ApplicableTradeTax, ram_ApplicableHeaderTradeSettlement) => (Stands::Breakdown, ram_CategoryCode),
            (ram_ApplicableTradeTax, ram_SpecifiedLineTradeSettlement) => (Stands::Line, ram_CategoryCode),
            (ram_CategoryTradeTax, _) => {
                let indicators = scene.all(around, ram_ChargeIndicator).flat_map(|c| scene.all(c, udt_Indicator));
                (charge(has_indicator(scene, indicators, true).unwrap_or(false)), ram_CategoryCode)
            }
            _ => continue,
        };
        all.extend(scene.all(n, code).map(|at| Code { at, code: scene.text(at), stands }));
    }
    all
}
