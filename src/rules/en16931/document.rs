//! Rules about the document's parties, notes and currencies.

use crate::formats;
use crate::invoice::bt;
use crate::rules::check::codes;
use crate::rules::engine::{Crash, Evidence, Scene, Verdict};
use crate::rules::predicate::quote;
use crate::text::{Lang, Text};
use crate::xml::{Name, NodeId};

use super::name::*;
use super::sums::named;
use super::totals::header_settlements;

/// BR-17: a payee is named where he is another than the seller; UBL compares trading names and identifiers.
pub fn payee_is_not_seller(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let parent = scene.tree.node(node).parent;
    let seller = || scene.all(parent, cac_AccountingSupplierParty).flat_map(|s| scene.all(s, cac_Party));
    let named = below(scene, node, cac_PartyName, cbc_Name).next().is_some();
    let shares = |group: Name, value: Name| {
        below(scene, node, group, value)
            .any(|own| seller().any(|s| below(scene, s, group, value).any(|other| same(scene, own, other))))
    };
    let clash = shares(cac_PartyName, cbc_Name) || shares(cac_PartyIdentification, cbc_ID);
    Ok(Verdict::of(named && !clash))
}

/// BR-17: CII compares names, identifiers and legal identifiers.
pub fn payee_is_not_seller_cii(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let settlement = scene.tree.node(node).parent;
    let around = scene.tree.node(settlement).parent;
    let seller =
        || scene.all(around, ram_ApplicableHeaderTradeAgreement).flat_map(|a| scene.all(a, ram_SellerTradeParty));
    let named = scene.has(node, ram_Name);
    let shares = |value: Name| {
        scene.all(node, value).any(|own| seller().any(|s| scene.all(s, value).any(|other| same(scene, own, other))))
    };
    let legal = below(scene, node, ram_SpecifiedLegalOrganization, ram_ID).any(|own| {
        seller().any(|s| below(scene, s, ram_SpecifiedLegalOrganization, ram_ID).any(|other| same(scene, own, other)))
    });
    Ok(Verdict::of(named && !shares(ram_Name) && !shares(ram_ID) && !legal))
}

/// BR-CO-09 in UBL: the first two characters are looked for anywhere in the list's text.
pub fn prefix_anywhere(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let Some(id) = scene.child(node, cbc_CompanyID)? else { return Ok(Verdict::Holds) };
    let text = scene.tree.text_of(id);
    let list = codes::VAT_ID_PREFIX_UBL.codes;
    let mut start = text.chars().take(2);
    let found = match (start.next(), start.next()) {
        (None, _) => true,
        (Some(only), None) => only == ' ' || list.iter().any(|c| c.contains(only)),
        (Some(' '), Some(second)) => list.iter().any(|c| c.starts_with(second)),
        (Some(first), Some(' ')) => list.iter().any(|c| c.ends_with(first)),
        (Some(first), Some(second)) => list.iter().any(|c| c.chars().eq([first, second])),
    };
    Ok(if found { Verdict::Holds } else { Verdict::fails(id, quote(text), codes::VAT_ID_PREFIX_UBL.name().to_owned()) })
}

/// BR-CO-09 in CII: the first two characters are in the list.
pub fn prefix_of_vat_number(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let text = scene.tree.text_of(node);
    let end = text.char_indices().nth(2).map_or(text.len(), |(at, _)| at);
    let found = codes::VAT_ID_PREFIX_CII.codes.contains(&&text[..end]);
    Ok(if found {
        Verdict::Holds
    } else {
        Verdict::fails(node, quote(text), codes::VAT_ID_PREFIX_CII.name().to_owned())
    })
}

/// BR-CL-08 in UBL: a note that starts `#XYZ#`: three characters between the first two `#` are a code of the list. They are
/// looked for anywhere in the list's text, so blanks among them may pass.
pub fn note_subject(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let text = scene.tree.text_of(node);
    let Some((_, after)) = text.split_once('#') else { return Ok(Verdict::Holds) };
    let code = after.split_once('#').map_or("", |(code, _)| code);
    if code.chars().count() != 3 {
        return Ok(Verdict::Holds);
    }
    let list = codes::UNTDID_4451_UBL.codes;
    let known = list.binary_search(&code).is_ok()
        || code.strip_prefix(' ').is_some_and(|rest| list.iter().any(|c| c.starts_with(rest)))
        || code.strip_suffix(' ').is_some_and(|rest| list.iter().any(|c| c.ends_with(rest)));
    Ok(if known {
        Verdict::Holds
    } else {
        Verdict::fails(node, code.to_owned(), codes::UNTDID_4451_UBL.name().to_owned())
    })
}

/// BR-53 in UBL: some VAT total, at whatever depth, is in the accounting currency.
pub fn tax_currency(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let tree = scene.tree;
    for currency in scene.all(node, cbc_TaxCurrencyCode) {
        let wanted = tree.text_of(currency);
        let found = scene
            .named(cac_TaxTotal)
            .flat_map(|t| scene.all(t, cbc_TaxAmount))
            .any(|a| scene.attribute(a, at_currencyID) == Some(wanted));
        if !found {
            if let Some(verdict) = other_total(scene, quote(wanted).trim()) {
                return Ok(verdict);
            }
            let expected = Some(format!("BT-111 currencyID=\"{wanted}\""));
            let total = || Evidence { found: Some(wanted.to_owned()), expected, ..no_total(scene, wanted) };
            let told = no_currency(scene, wanted).unwrap_or_else(total);
            return Ok(Verdict::failed(Evidence { at: Some(currency), ..told }));
        }
    }
    Ok(Verdict::Holds)
}

fn below<'s>(scene: &'s Scene<'_, '_>, node: NodeId, group: Name, value: Name) -> impl Iterator<Item = NodeId> + 's {
    scene.all(node, group).flat_map(move |g| scene.all(g, value))
}

fn same(scene: &Scene<'_, '_>, a: NodeId, b: NodeId) -> bool {
    scene.tree.text_of(a) == scene.tree.text_of(b)
}

/// BR-53 in CII: a VAT total of the header is in the accounting currency, which is another than the document's.
pub fn tax_currency_cii(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let tree = scene.tree;
    let codes = |name: Name| header_settlements(scene).flat_map(move |s| scene.all(s, name)).map(|c| tree.text_of(c));
    let Some(first) = codes(ram_TaxCurrencyCode).next() else { return Ok(Verdict::Holds) };
    let totals = || scene.all(node, ram_TaxTotalAmount).filter_map(|a| scene.attribute(a, at_currencyID));
    let listed = codes(ram_TaxCurrencyCode).any(|c| totals().any(|t| t == c));
    let same = codes(ram_TaxCurrencyCode).any(|c| codes(ram_InvoiceCurrencyCode).any(|d| d == c));
    if listed && !same {
        return Ok(Verdict::Holds);
    }
    if !same && let Some(verdict) = other_total(scene, quote(first).trim()) {
        return Ok(verdict);
    }
    if same {
        return Ok(Verdict::failed(Evidence {
            message: Some(Text::new(
                format!(
                    "BT-6 annonce {0}, la devise de la facture (BT-5) : BT-6 n'est là que pour une autre.",
                    quote(first)
                ),
                format!(
                    "BT-6 announces {0}, the invoice's currency (BT-5): BT-6 is for another one only.",
                    quote(first)
                ),
            )),
            fix: Some(Text::new("Retirer BT-6 (ram:TaxCurrencyCode).", "Remove BT-6 (ram:TaxCurrencyCode).")),
            found: Some(quote(first)),
            expected: Some(format!("≠ {}", quote(first))),
            at: codes_at(scene, ram_TaxCurrencyCode),
            example: codes_at(scene, ram_InvoiceCurrencyCode).map(|n| formats::put_right(tree, n, None, None, None)),
            ..Evidence::default()
        }));
    }
    Ok(Verdict::failed(no_total_cii(scene, node, first)))
}

/// The first code of that name in the settlements of the header.
fn codes_at(scene: &Scene<'_, '_>, name: Name) -> Option<NodeId> {
    header_settlements(scene).flat_map(|s| scene.all(s, name)).next()
}

/// No VAT total is in the accounting currency: the element in which it is missing.
pub(super) fn no_total_cii(scene: &Scene<'_, '_>, totals: NodeId, wanted: &str) -> Evidence {
    match no_currency(scene, wanted) {
        Some(told) => Evidence { at: codes_at(scene, ram_TaxCurrencyCode), ..told },
        None => Evidence {
            at: Some(totals),
            child: Some(ram_TaxTotalAmount),
            found: Some(quote(wanted)),
            expected: Some("BT-111".to_owned()),
            ..no_total(scene, wanted)
        },
    }
}

/// BT-6 is no currency: that is what is wrong.
fn no_currency(scene: &Scene<'_, '_>, wanted: &str) -> Option<Evidence> {
    (!codes::ISO_4217.contains(wanted)).then(|| Evidence {
        found: Some(quote(wanted)).filter(|wanted| !wanted.trim().is_empty()),
        expected: Some(codes::ISO_4217.name().to_owned()),
        fix: Some(Text::new(
            "Écrire dans BT-6 le code de la devise du second total de TVA, ou retirer BT-6.",
            "Write the code of the second VAT total's currency in BT-6, or remove BT-6.",
        )),
        example: formats::example(scene.syntax, bt::BT_6, None),
        ..Evidence::default()
    })
}

/// What to do about it. The amount is not known here: the rate of exchange is no term of the norm, and BT-110 alone does not give it.
fn no_total(scene: &Scene<'_, '_>, wanted: &str) -> Evidence {
    let element = match scene.syntax.is_ubl() {
        true => format!("<cac:TaxTotal><cbc:TaxAmount currencyID=\"{wanted}\">…</cbc:TaxAmount></cac:TaxTotal>"),
        false => format!("<ram:TaxTotalAmount currencyID=\"{wanted}\">…</ram:TaxTotalAmount>"),
    };
    Evidence {
        fix: Some(Text::new(
            format!(
                "Ajouter le total de TVA en {wanted} (attribut currencyID) : BT-110 converti au taux que vous appliquez. La facture ne dit pas ce taux, le montant n'est donc pas calculé ici. Ou retirer BT-6."
            ),
            format!(
                "Add the VAT total in {wanted} (attribute currencyID): BT-110 converted at the rate that you apply. The invoice does not state that rate, so the amount is not computed here. Or remove BT-6."
            ),
        )),
        example: Some(element),
        ..Evidence::default()
    }
}

/// The second VAT total stands, without a currency or in another than that of BT-6: that is what is wrong.
pub(super) fn other_total(scene: &Scene<'_, '_>, wanted: &str) -> Option<Verdict> {
    let (tree, syntax) = (scene.tree, scene.syntax);
    let second = |n: &NodeId| {
        let told = formats::vat_total(syntax, tree, *n);
        told.is_some_and(|(term, currency)| term == bt::BT_111 && currency == Some(wanted))
    };
    let at = formats::vat_totals(syntax, tree).into_iter().find(second)?;
    let own = formats::currency_of(tree, at).map(|own| quote(own.trim()));
    let (fr, en) = (named([bt::BT_111], Lang::Fr), named([bt::BT_111], Lang::En));
    let (said_fr, said_en) = match own.as_deref() {
        None => (
            "ne dit pas sa devise : l'attribut currencyID manque".to_owned(),
            "does not state its currency: the attribute currencyID is missing".to_owned(),
        ),
        Some("") => (
            "ne dit pas sa devise : l'attribut currencyID est vide".to_owned(),
            "does not state its currency: the attribute currencyID is empty".to_owned(),
        ),
        Some(own) => (format!("est en {own}"), format!("is in {own}")),
    };
    let name = tree.qualified(tree.node(at).name);
    Some(Verdict::failed(Evidence {
        at: Some(at),
        attribute: Some(at_currencyID),
        found: own.filter(|own| !own.is_empty()).map(|own| format!("currencyID=\"{own}\"")),
        expected: Some(format!("currencyID=\"{wanted}\"")),
        right: codes::ISO_4217.contains(wanted).then(|| wanted.to_owned()),
        message: Some(Text::new(
            format!("{fr} {said_fr} ; BT-6 annonce {wanted}."),
            format!("{en} {said_en}; BT-6 announces {wanted}."),
        )),
        fix: Some(Text::new(
            format!("Écrire currencyID=\"{wanted}\" sur {name} (BT-111), ou corriger BT-6."),
            format!("Write currencyID=\"{wanted}\" on {name} (BT-111), or correct BT-6."),
        )),
        example: Some(formats::put_right(tree, at, None, Some(("currencyID", wanted)), None)),
        ..Evidence::default()
    }))
}

/// Is this VAT total in the document's currency?
pub fn in_document_currency(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let Some(own) = scene.attribute(node, at_currencyID) else { return Ok(Verdict::of(false)) };
    let mut codes = header_settlements(scene).flat_map(|s| scene.all(s, ram_InvoiceCurrencyCode));
    Ok(Verdict::of(codes.any(|c| scene.tree.text_of(c) == own)))
}
