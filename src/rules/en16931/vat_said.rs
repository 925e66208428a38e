//! What is said where categories and breakdown do not agree: looked for once a rule has failed.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::decimal::{self, Decimal};
use crate::formats;
use crate::invoice::{Syntax, Term, bt};
use crate::limits;
use crate::rules::engine::{Evidence, Scene, Verdict};
use crate::rules::predicate::quote;
use crate::text::{Lang, Text, trim};
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
    let codes = &scene.vat_codes().all;
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

/// A base that is wrong (-08) of a category that has several rates: which rate it is of; and where nothing has that rate, that.
/// `tax` is the element of the breakdown with category and rate.
pub fn at_rate(scene: &Scene<'_, '_>, tax: NodeId, category: &str, verdict: Verdict) -> Verdict {
    let Verdict::Fails(mut evidence) = verdict else { return verdict };
    let exact = scene.syntax == Syntax::Cii && !scene.edi;
    let rated = if exact { category == "S" } else { matches!(category, "S" | "L" | "M") };
    let Some((at, rate)) = rate_of(scene, tax).filter(|_| rated) else { return Verdict::Fails(evidence) };
    let none = Rates::default();
    let Rates { used, orphans } = scene.vat_codes().rates(scene, category).unwrap_or(&none);
    let shown = rate.normalize();
    let (base, term) = (|lang: Lang| bt::BT_116.called(lang), |lang: Lang| bt::BT_119.called(lang));
    if used.is_empty() || used.binary_search(&rate).is_ok() {
        // The rule has its own words for a base that is missing.
        if let (Some(found), Some(expected)) = (&evidence.found, &evidence.expected) {
            let (fr, en) = (base(Lang::Fr), base(Lang::En));
            evidence.message = Some(Text::new(
                format!(
                    "Catégorie {category} à {shown} % : {fr} vaut {found} ; lignes (BT-131) + frais (BT-99) − remises (BT-92) de cette catégorie à ce taux font {expected}."
                ),
                format!(
                    "Category {category} at {shown}%: {en} is {found}; lines (BT-131) + charges (BT-99) − allowances (BT-92) of that category at that rate make {expected}."
                ),
            ));
            evidence.fix = Some(Text::new(
                format!(
                    "Écrire {expected} dans BT-116, ou corriger les lignes, remises et frais de catégorie {category} à {shown} %."
                ),
                format!(
                    "Write {expected} in BT-116, or correct the lines, allowances and charges of category {category} at {shown}%."
                ),
            ));
        }
        return Verdict::Fails(evidence);
    }
    let listed = |rates: &[Decimal], or: &str| {
        let first: Vec<String> = rates.iter().take(limits::RATES_NAMED).map(|r| r.normalize().to_string()).collect();
        format!("{}{}", first.join(or), if rates.len() > first.len() { ", …" } else { "" })
    };
    let (fr, en) = (term(Lang::Fr), term(Lang::En));
    // Rates that stand in lines and in no breakdown are those that may be meant.
    let one = |text: &str, more: &str| if orphans.is_empty() { more.to_owned() } else { text.to_owned() };
    // Place and amounts stay those of the rule: what else comes from them is found by them.
    let example = orphans.first().filter(|_| orphans.len() == 1).map(|rate| rate.normalize().to_string());
    Verdict::failed(Evidence {
        example: example.map(|rate| formats::put_right(scene.tree, at, Some(&rate), None, None)),
        message: Some(Text::new(
            format!(
                "Catégorie {category} à {shown} % : aucune ligne, aucun frais, aucune remise n'a ce taux ({fr}) ; ceux de catégorie {category} ont {} %.",
                listed(used, ", ")
            ),
            format!(
                "Category {category} at {shown}%: no line, charge or allowance has this rate ({en}); those of category {category} have {}%.",
                listed(used, ", ")
            ),
        )),
        fix: Some(Text::new(
            one(
                &format!("Écrire {} dans BT-119, ou corriger le taux des lignes.", listed(orphans, " ou ")),
                "Retirer cette ligne de ventilation (BG-23), ou corriger le taux des lignes.",
            ),
            one(
                &format!("Write {} in BT-119, or correct the rate of the lines.", listed(orphans, " or ")),
                "Remove this VAT breakdown (BG-23), or correct the rate of the lines.",
            ),
        )),
        ..*evidence
    })
}

/// The rate beside a category code, and where it stands.
fn rate_of(scene: &Scene<'_, '_>, tax: NodeId) -> Option<(NodeId, Decimal)> {
    let name = if scene.syntax == Syntax::Cii { ram_RateApplicablePercent } else { cbc_Percent };
    let at = scene.tree.child(tax, name)?;
    Some((at, decimal::parse(trim(scene.text(at))).ok()?))
}

/// BR-O-11 to 14: the first category other than O where none may stand.
pub fn others_than_outside(scene: &Scene<'_, '_>, of: &str) -> Evidence {
    let stands = match of {
        "breakdown" => Stands::Breakdown,
        "line" => Stands::Line,
        "allowance" => Stands::Allowance,
        _ => Stands::Charge,
    };
    match scene.vat_codes().all.iter().find(|c| c.stands == stands && c.code != "O") {
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

/// The category codes of a document, looked for once, and their rates.
pub struct Codes<'t> {
    /// In the order of the document.
    all: Vec<Code<'t>>,
    rates: OnceCell<BTreeMap<&'t str, Rates>>,
}

/// The rates of a category, in order, each once.
#[derive(Default)]
struct Rates {
    /// Of lines, allowances and charges.
    used: Vec<Decimal>,
    /// Of those, the ones that no breakdown has.
    orphans: Vec<Decimal>,
}

impl<'t> Codes<'t> {
    pub fn of(scene: &Scene<'t, '_>) -> Codes<'t> {
        Codes { all: codes(scene), rates: OnceCell::new() }
    }

    fn rates(&self, scene: &Scene<'t, '_>, category: &str) -> Option<&Rates> {
        self.rates.get_or_init(|| self.gathered(scene)).get(category)
    }

    fn gathered(&self, scene: &Scene<'t, '_>) -> BTreeMap<&'t str, Rates> {
        let mut all: BTreeMap<&str, [BTreeSet<Decimal>; 2]> = BTreeMap::new();
        for code in &self.all {
            if let Some((_, rate)) = rate_of(scene, scene.tree.node(code.at).parent) {
                let [used, listed] = all.entry(trim(code.code)).or_default();
                if code.stands == Stands::Breakdown { listed } else { used }.insert(rate);
            }
        }
        let rates = |[used, listed]: [BTreeSet<Decimal>; 2]| Rates {
            orphans: used.difference(&listed).copied().collect(),
            used: used.into_iter().collect(),
        };
        all.into_iter().map(|(category, both)| (category, rates(both))).collect()
    }
}

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
