//! The VAT total of BR-CO-15 where none, or more than one, is in the currency of the document: what is missing, and where.

use crate::decimal::{Decimal, add, plain, sub};
use crate::formats;
use crate::invoice::{Term, bt};
use crate::rules::check::{codes, trim};
use crate::rules::engine::{Scene, Verdict};
use crate::rules::predicate::quote;
use crate::text::{Lang, Text};
use crate::xml::{Name, NodeId};

use super::name::*;
use super::sums::named;
use super::totals::header_settlements;

/// No VAT total, or several, bear the document's currency: the rule fires for that alone, and says so.
pub fn no_single_vat(scene: &Scene<'_, '_>, node: NodeId, currency: &str, count: usize) -> Verdict {
    let currency = quote(currency);
    let (totals, amount) = if scene.syntax.is_ubl() {
        (node, cbc_TaxAmount)
    } else {
        let summation = ram_SpecifiedTradeSettlementHeaderMonetarySummation;
        (header_settlements(scene).flat_map(|s| scene.all(s, summation)).next().unwrap_or(node), ram_TaxTotalAmount)
    };
    let tree = scene.tree;
    let stated = formats::vat_totals(scene.syntax, tree);
    // The total that is to be the one in the document's currency.
    let main = |n: &NodeId| formats::vat_total(scene.syntax, tree, *n).is_some_and(|(term, _)| term == bt::BT_110);
    let main = stated.iter().copied().find(main).filter(|_| count == 0);
    let written = |n: NodeId| scene.attribute(n, at_currencyID).map(trim).filter(|own| !own.is_empty());
    let bare = main.filter(|n| written(*n).is_none());
    let blank = bare.is_some_and(|n| scene.attribute(n, at_currencyID).is_some());
    let (none_fr, none_en) = if blank { ("est vide", "is empty") } else { ("manque", "is missing") };
    let mut others: Vec<&str> = Vec::new();
    for own in stated.iter().filter_map(|&n| written(n)) {
        if !others.contains(&own) {
            others.push(own);
        }
    }
    let only = others.first().filter(|_| others.len() == 1).map(|own| format!("currencyID=\"{}\"", quote(own)));
    let others = quote(&others.join(", "));
    let (vat, with) = (named(Term::parse("BT-110"), Lang::Fr), named(Term::parse("BT-112"), Lang::Fr));
    let (vat_en, with_en) = (named(Term::parse("BT-110"), Lang::En), named(Term::parse("BT-112"), Lang::En));
    // The missing currency is what is told; it does not vouch for the sum.
    let silent = |fr: &str, en: &str| {
        Text::new(
            format!(
                "{vat} ne dit pas sa devise : l'attribut {fr}. C'est la devise qui est en cause, non le calcul : sans elle, BT-112 ne peut pas être vérifié."
            ),
            format!(
                "{vat_en} does not state its currency: the attribute {en}. The currency is at fault here, not the arithmetic: BT-112 cannot be checked without it."
            ),
        )
    };
    // A currency that is no code is not to be written a second time.
    let known = codes::ISO_4217.contains(&currency);
    let (message, fix, found, expected) = match (count, bare) {
        (0, Some(_)) if !known => (
            silent(&format!("currencyID {none_fr}"), &format!("currencyID {none_en}")),
            Text::new(
                format!(
                    "Corriger d'abord la devise de la facture (BT-5), « {currency} », puis l'écrire dans currencyID de {}.",
                    tree.qualified(amount)
                ),
                format!(
                    "Correct the invoice currency (BT-5), \"{currency}\", first, then write it in currencyID of {}.",
                    tree.qualified(amount)
                ),
            ),
            None,
            "currencyID".to_owned(),
        ),
        (0, Some(_)) if blank => (
            silent("currencyID est vide", "currencyID is empty"),
            Text::new(
                format!("Écrire currencyID=\"{currency}\" sur {}.", tree.qualified(amount)),
                format!("Write currencyID=\"{currency}\" on {}.", tree.qualified(amount)),
            ),
            None,
            format!("currencyID=\"{currency}\""),
        ),
        (0, Some(_)) => (
            silent(&format!("currencyID=\"{currency}\" manque"), &format!("currencyID=\"{currency}\" is missing")),
            Text::new(
                format!("Ajouter l'attribut currencyID=\"{currency}\" à {}.", tree.qualified(amount)),
                format!("Add the attribute currencyID=\"{currency}\" to {}.", tree.qualified(amount)),
            ),
            None,
            format!("currencyID=\"{currency}\""),
        ),
        (0, _) if currency.is_empty() => (
            Text::new(
                format!(
                    "La devise de la facture (BT-5) est vide : aucun total de TVA n'est dans cette devise, et {with} ne peut pas être vérifié."
                ),
                format!(
                    "The invoice currency (BT-5) is empty: no VAT total is in it, and {with_en} cannot be checked."
                ),
            ),
            Text::new(
                "Écrire d'abord la devise de la facture dans BT-5.",
                "Write the currency of the invoice in BT-5 first.",
            ),
            Some(others.clone()).filter(|others| !others.is_empty()),
            "BT-5".to_owned(),
        ),
        (0, None) if others.is_empty() => (
            Text::new(
                format!(
                    "{vat} manque en {currency}, la devise de la facture (BT-5) ; sans lui, {with} ne peut pas être vérifié."
                ),
                format!(
                    "{vat_en} is missing in {currency}, the invoice currency (BT-5); without it, {with_en} cannot be checked."
                ),
            ),
            Text::new(
                format!("Ajouter BT-110 en {currency} : {} currencyID=\"{currency}\".", tree.qualified(amount)),
                format!("Add BT-110 in {currency}: {} currencyID=\"{currency}\".", tree.qualified(amount)),
            ),
            None,
            format!("currencyID=\"{currency}\""),
        ),
        (0, None) => (
            Text::new(
                format!(
                    "{vat} est en {others}, et la facture (BT-5) en {currency} : aucun total de TVA n'est dans la devise de la facture."
                ),
                format!(
                    "{vat_en} is in {others}, the invoice (BT-5) in {currency}: no VAT total is in the invoice currency."
                ),
            ),
            Text::new(
                format!(
                    "Ajouter BT-110 en {currency}, corriger son currencyID, ou corriger la devise de la facture (BT-5)."
                ),
                format!("Add BT-110 in {currency}, correct its currencyID, or correct the invoice currency (BT-5)."),
            ),
            only.or_else(|| Some(others.clone())),
            format!("currencyID=\"{currency}\""),
        ),
        _ => (
            Text::new(
                format!("{vat} est donné {count} fois en {currency} : il en faut exactement un."),
                format!("{vat_en} is given {count} times in {currency}: exactly one is needed."),
            ),
            Text::new(
                format!(
                    "Garder un seul BT-110 en {currency} ; la TVA en devise de comptabilisation (BT-111) porte la devise BT-6."
                ),
                format!("Keep one BT-110 in {currency}; the VAT in accounting currency (BT-111) bears currency BT-6."),
            ),
            Some(count.to_string()),
            "1".to_owned(),
        ),
    };
    // Where no total is there that could be it: the element in which it is missing, and the amount that it must say.
    let (parent, right) = missing_vat(scene, totals, amount);
    let example = match main {
        Some(main) if known => Some(formats::put_right(tree, main, None, Some(("currencyID", &currency)), None)),
        None if known && count == 0 => {
            let (name, value) = (tree.qualified(amount), right.map_or("…".to_owned(), plain));
            let element = format!("<{name} currencyID=\"{currency}\">{value}</{name}>");
            let whole = scene.syntax.is_ubl() && parent == node;
            Some(if whole { format!("<cac:TaxTotal>{element}</cac:TaxTotal>") } else { element })
        }
        _ => None,
    };
    let child = (main.is_none() && count == 0 && parent != node).then_some(amount);
    Verdict::failed(crate::rules::engine::Evidence {
        at: Some(if count == 0 { main.unwrap_or(parent) } else { totals }),
        attribute: main.and(Some(at_currencyID)),
        child,
        right: match bare {
            Some(_) => Some(currency).filter(|_| known),
            None => right.filter(|_| child.is_some() && scene.syntax.is_ubl()).map(plain),
        },
        example,
        found,
        expected: Some(expected),
        message: Some(message),
        fix: Some(fix),
        ..Default::default()
    })
}

/// Where a VAT total is missing, and what it must say: the sum of the breakdown, or what lies between the totals with and without
/// VAT.
fn missing_vat(scene: &Scene<'_, '_>, totals: NodeId, amount: Name) -> (NodeId, Option<Decimal>) {
    let tree = scene.tree;
    let ubl = scene.syntax.is_ubl();
    let without = |n: &NodeId| tree.child(*n, amount).is_none();
    let parent = if ubl { scene.all(totals, cac_TaxTotal).find(without) } else { Some(totals) };
    let own: Vec<NodeId> = if ubl {
        let breakdown = parent.into_iter().flat_map(|t| scene.all(t, cac_TaxSubtotal));
        breakdown.filter_map(|s| tree.child(s, cbc_TaxAmount)).collect()
    } else {
        let breakdown = header_settlements(scene).flat_map(|s| scene.all(s, ram_ApplicableTradeTax));
        breakdown.filter_map(|t| tree.child(t, ram_CalculatedAmount)).collect()
    };
    let read = |n: NodeId| crate::decimal::parse(scene.text(n)).ok();
    let sum = own.iter().try_fold(Decimal::ZERO, |sum, n| add(sum, read(*n)?)).filter(|_| !own.is_empty());
    let between = || {
        let (sums, with, without) = if ubl {
            let sums = scene.all(totals, cac_LegalMonetaryTotal).next()?;
            (sums, cbc_TaxInclusiveAmount, cbc_TaxExclusiveAmount)
        } else {
            (totals, ram_GrandTotalAmount, ram_TaxBasisTotalAmount)
        };
        sub(read(tree.child(sums, with)?)?, read(tree.child(sums, without)?)?)
    };
    (parent.unwrap_or(totals), sum.or_else(between))
}
