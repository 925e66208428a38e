//! Whether the French rules are asked of an invoice, and why: who sells, where, and what the invoice says of itself. Where it looks
//! French and they are not asked, the report says why not.

use super::choice::EXTENDED_CTC_FR_PART;
use crate::invoice::{Identity, Invoice, Term, bt, siren_of_vat};
use crate::rules::ours::{self, department};
use crate::rules::{Finding, Severity};
use crate::text::Text;

/// The id of what tells that an invoice looks French and was not judged by the French rules.
pub const NOT_ASKED: &str = "FCT-FR-NOT-ASKED";

/// Why the French rules are asked, where they are.
pub(super) fn reason(invoice: &Invoice<'_>, identity: &Identity) -> Option<String> {
    let seller = &identity.seller;
    let country = seller.country.as_deref().unwrap_or_default();
    if country == "FR" {
        return Some("BT-40 = FR".to_owned());
    }
    if let Some(siren) = &seller.siren {
        return Some(format!("SIREN {siren}"));
    }
    if department(country) == Some(true) {
        return Some(format!("BT-40 = {country}"));
    }
    if of_the_profile(invoice) {
        return Some("BT-24".to_owned());
    }
    let (frame, vat) = (frame_of_the_reform(invoice)?, french_vat(identity)?);
    Some(format!("BT-23 = {frame}, BT-31 = {vat}"))
}

/// Is the seller French, as its own address and numbers say: in France, where French VAT holds, or in its register?
pub(super) fn is_seller(identity: &Identity) -> bool {
    let seller = &identity.seller;
    let country = seller.country.as_deref().unwrap_or_default();
    country == "FR" || seller.siren.is_some() || department(country) == Some(true)
}

/// Does BT-24 name the French profile? It is judged by the French rules whoever sells.
pub(super) fn of_the_profile(invoice: &Invoice<'_>) -> bool {
    invoice.text(bt::BT_24).is_some_and(|profile| profile.to_ascii_lowercase().contains(EXTENDED_CTC_FR_PART))
}

/// What looks French of an invoice that the French rules are not asked of, and how to ask for them.
pub(super) fn not_asked(invoice: &Invoice<'_>, identity: &Identity) -> Option<Finding> {
    let seller = &identity.seller;
    let country = seller.country.as_deref().filter(|country| department(country).is_some());
    let (term, found): (Term, String) = match (country, french_vat(identity), frame_of_the_reform(invoice)) {
        (Some(country), ..) => (bt::BT_40, country.to_owned()),
        (None, Some(vat), _) => (bt::BT_31, vat.to_owned()),
        (None, None, frame) => (bt::BT_23, frame?.to_owned()),
    };
    let (fr, en) = match country {
        Some(_) => (
            "un département où la TVA française ne s'applique pas (CGI, art. 294), et le vendeur n'a ni SIREN ni cadre de la réforme avec un numéro de TVA français",
            "a department where French VAT does not hold (CGI, art. 294), and the seller has neither a SIREN nor a frame of the reform with a French VAT number",
        ),
        None if term == bt::BT_31 => (
            "un numéro de TVA français, mais ni l'adresse du vendeur, ni un SIREN, ni le cadre (BT-23) ne disent qu'il est établi en France",
            "a French VAT number, but neither the seller's address nor a SIREN nor the frame (BT-23) says that it is established in France",
        ),
        None => (
            "un cadre de la réforme française, mais ni l'adresse du vendeur, ni un SIREN, ni un numéro de TVA ne disent qu'il est français",
            "a frame of the French reform, but neither the seller's address nor a SIREN nor a VAT number says that it is French",
        ),
    };
    Some(Finding {
        rule: NOT_ASKED.to_owned(),
        group: NOT_ASKED.to_owned(),
        severity: Severity::Information,
        pack: ours::PACK.to_owned(),
        terms: vec![term.to_string()],
        place: invoice.first(term).map(|o| o.place()),
        found: Some(found.clone()),
        message: Text::new(
            format!("Les règles françaises n'ont pas été demandées : {term} = {found} est {fr}."),
            format!("The French rules were not asked: {term} = {found} is {en}."),
        ),
        fix: Text::new(
            "Si la facture relève de la réforme, donner le SIREN du vendeur (BT-30, schéma 0002), ou demander --rules en16931,fr.",
            "Where the invoice is one of the reform, give the seller's SIREN (BT-30, scheme 0002), or ask for --rules en16931,fr.",
        ),
        ..Finding::default()
    })
}

/// The seller's VAT number, where it is a French one. Monaco has them too.
fn french_vat(identity: &Identity) -> Option<&str> {
    identity.seller.vat.as_deref().filter(|vat| siren_of_vat(vat).is_some())
}

/// A frame of the reform: goods (B), services (S) or both (M), and a digit.
fn frame_of_the_reform<'i>(invoice: &'i Invoice<'_>) -> Option<&'i str> {
    invoice.text(bt::BT_23).filter(|frame| matches!(frame.as_bytes(), [b'B' | b'S' | b'M', b'1'..=b'9']))
}
