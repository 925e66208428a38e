//! A currency of the document that none of its amounts bears.

use crate::formats::{Edit, Read, currency_of, put_right};
use crate::invoice::{Kind, bt};
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
    let invoice = &read.invoice;
    let (Some(document), Some(borne)) = (invoice.first(bt::BT_5), borne(read)) else { return Vec::new() };
    let says = document.trimmed();
    if says == borne || says.is_empty() || !any(findings, open, |g| matches!(g, "BR-CO-15" | "BR-53" | "BR-CL-04")) {
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
