//! A currency of the document that none of its amounts bears.

use crate::formats::{Edit, Read, currency_of, put_right};
use crate::invoice::{Kind, bt};
use crate::limits;
use crate::rules::predicate::quote;
use crate::rules::{About, Finding, codes};
use crate::text::Text;

use super::{Suspect, any};

/// The currency that every amount bears but the VAT totals of the header; in CII, where no other bears one, the only one of those.
pub(super) fn borne<'r>(read: &'r Read<'_>) -> Option<&'r str> {
    let tree = read.invoice.tree();
    let totals = crate::formats::vat_totals(read.invoice.syntax(), tree);
    let mut one = None;
    let amounts = read.invoice.occurrences().filter(|o| o.term().kind() == Kind::Amount && !o.is_attribute());
    for amount in amounts.filter(|o| !totals.contains(&o.node())) {
        if let Some(currency) = currency_of(tree, amount.node()).map(str::trim)
            && *one.get_or_insert(currency) != currency
        {
            return None;
        }
    }
    let only = || match totals.as_slice() {
        [total] => currency_of(tree, *total).map(str::trim),
        _ => None,
    };
    one.or_else(only).filter(|code| codes::ISO_4217.contains(code))
}

pub(super) fn suspects(read: &Read<'_>, findings: &[Finding], open: &[usize]) -> Vec<Suspect> {
    if !any(findings, open, |group| matches!(group, "BR-CO-15" | "BR-53" | "BR-CL-04")) {
        return Vec::new();
    }
    // Where every amount bears another currency, no single one of them is what is wrong.
    let document = document(read);
    if document.is_empty() { totals(read) } else { document }
}

/// A VAT total that should bear the currency of the document and bears another: alone, or the wrong way round with the one that has it.
fn totals(read: &Read<'_>) -> Vec<Suspect> {
    let (invoice, tree) = (&read.invoice, read.invoice.tree());
    let document = invoice.text(bt::BT_5).map(str::trim).filter(|code| codes::ISO_4217.contains(code));
    let Some(document) = document else { return Vec::new() };
    let totals = crate::formats::vat_totals(invoice.syntax(), tree);
    let attribute =
        |node, value: &str| Edit::Attribute { node, name: "currencyID".to_owned(), value: value.to_owned() };
    let borne = |node| currency_of(tree, node).map(str::trim).unwrap_or_default();
    let one = |node: crate::xml::NodeId| {
        let says = borne(node);
        let other = totals.iter().copied().find(|other| *other != node && borne(*other) == document);
        let swapped = other.map(|other| attribute(other, says));
        let (more_fr, more_en) = match other {
            Some(_) => (
                format!(" ; le total en {document} porte alors {}", quote(says)),
                format!("; the total in {document} then bears {}", quote(says)),
            ),
            None => Default::default(),
        };
        Suspect {
            own: None,
            edits: std::iter::once(attribute(node, document)).chain(swapped).collect(),
            whole: None,
            node,
            attribute: tree.attributes(node).iter().map(|a| a.name).find(|name| tree.qualified(*name) == "currencyID"),
            terms: vec![bt::BT_110],
            about: About::Value,
            found: Some(quote(says)),
            right: Some(document.to_owned()),
            example: Some(put_right(tree, node, None, Some(("currencyID", document)), None)),
            message: Text::new(
                format!(
                    "Le total de TVA {} porte {}, et c'est lui qui s'accorde avec les totaux en {document}.",
                    quote(tree.text_of(node).trim()),
                    quote(says)
                ),
                format!(
                    "The VAT total {} bears {}, and it is the one that agrees with the totals in {document}.",
                    quote(tree.text_of(node).trim()),
                    quote(says)
                ),
            ),
            fix: Text::new(
                format!("Écrire currencyID=\"{document}\" sur ce total (BT-110){more_fr}."),
                format!("Write currencyID=\"{document}\" on this total (BT-110){more_en}."),
            ),
        }
    };
    let wrong = totals.iter().copied().filter(|n| !borne(*n).is_empty() && borne(*n) != document);
    wrong.take(limits::SUSPECTS_EACH).map(one).collect()
}

fn document(read: &Read<'_>) -> Vec<Suspect> {
    let invoice = &read.invoice;
    let (Some(document), Some(borne)) = (invoice.first(bt::BT_5), borne(read)) else { return Vec::new() };
    let says = document.trimmed();
    if says == borne || says.is_empty() {
        return Vec::new();
    }
    let tree = invoice.tree();
    let node = document.node();
    let own = Edit::Text { node, value: borne.to_owned() };
    // The two currencies may stand the wrong way round.
    let tax = invoice.first(bt::BT_6).filter(|tax| tax.trimmed() == borne);
    let swapped = tax.map(|tax| Edit::Text { node: tax.node(), value: says.to_owned() });
    let (more_fr, more_en) = match &swapped {
        Some(_) => (format!(", et {} dans BT-6", quote(says)), format!(", and {} in BT-6", quote(says))),
        None => Default::default(),
    };
    vec![Suspect {
        own: None,
        edits: std::iter::once(own).chain(swapped).collect(),
        whole: None,
        node,
        attribute: None,
        terms: vec![bt::BT_5],
        about: About::Value,
        found: Some(quote(says)),
        right: Some(borne.to_owned()),
        example: Some(put_right(tree, node, Some(borne), None, None)),
        message: Text::new(
            format!(
                "Ce n'est pas une erreur de calcul : les montants portent {borne}, et la devise de la facture (BT-5) dit {}.",
                quote(says)
            ),
            format!(
                "This is no arithmetic error: the amounts bear {borne}, and the currency of the invoice (BT-5) says {}.",
                quote(says)
            ),
        ),
        fix: Text::new(
            format!("Écrire {borne} dans BT-5{more_fr}, ou la devise de la facture sur les montants."),
            format!("Write {borne} in BT-5{more_en}, or the currency of the invoice on the amounts."),
        ),
    }]
}
