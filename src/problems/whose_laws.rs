//! Laws of the words: of whom a refusal speaks decides what is wrong and what to do. Sentences as platforms and buyers write them.

use super::advice::advice;
use super::{Family, cause_of_code};

/// Sentence, cause, advice, who acts.
const SAID: &[(&str, &str, &str, &str)] = &[
    // The seller's identity, and the customer's.
    ("Le SIRET du fournisseur est obligatoire", "A9", "seller-siret", "seller"),
    ("SIRET fournisseur absent", "A9", "seller-siret", "seller"),
    ("Le numéro SIREN de l'émetteur n'est pas renseigné", "A9", "seller-siret", "seller"),
    ("The supplier's SIRET is missing", "A9", "seller-siret", "seller"),
    ("Seller SIREN does not have nine digits", "A9", "seller-siret", "seller"),
    ("Le SIRET du fournisseur est inconnu de la plateforme", "C3", "seller-record", "seller"),
    ("SIRET of the supplier is not registered", "C3", "seller-record", "seller"),
    ("Le SIRET du destinataire est inactif", "A5", "siret", "seller"),
    ("Le SIRET de la structure destinataire est inconnu de l'annuaire", "A5", "siret", "seller"),
    ("Le fournisseur doit indiquer le SIRET du destinataire", "A5", "siret", "seller"),
    ("Le fournisseur n'a pas indiqué le SIRET de l'acheteur", "A5", "siret", "seller"),
    ("The customer's SIRET is unknown", "A5", "siret", "seller"),
    ("SIRET absent ; le fournisseur doit corriger", "A5", "siret", "seller"),
    ("Le SIREN du client est erroné", "A5", "recipient", "seller"),
    ("SIRET du bénéficiaire invalide", "A11", "payee", "seller"),
    ("SIRET du valideur inconnu", "A12", "approver", "seller"),
    ("La raison sociale du fournisseur ne correspond pas", "A9", "seller-identity", "seller"),
    ("La raison sociale du client est fausse", "A5", "recipient", "seller"),
    ("SellerTradeParty.SpecifiedLegalOrganization.ID.value est obligatoire", "A9", "seller-siret", "seller"),
    ("BuyerTradeParty.SpecifiedLegalOrganization.ID.value est obligatoire", "A5", "siret", "seller"),
    // VAT numbers and VAT.
    ("Le numéro de TVA intracommunautaire du vendeur est absent", "A7", "seller-vat", "seller"),
    ("Numéro de TVA du client manquant", "A7", "buyer-vat", "seller"),
    ("The buyer's VAT number is not valid", "A7", "buyer-vat", "seller"),
    ("Supplier VAT identifier missing", "A7", "seller-vat", "seller"),
    ("N° de TVA incorrect", "A7", "vat-number", "seller"),
    ("TVA à 20 % au lieu de 10 %", "A7", "vat", "seller"),
    // Addresses.
    ("L'adresse électronique du vendeur est absente", "A5", "seller-endpoint", "seller"),
    ("Adresse électronique du destinataire inconnue", "A5", "electronic-address", "seller"),
    ("The electronic address of the seller is not in the directory", "A5", "seller-endpoint", "seller"),
    ("Adresse postale du fournisseur incomplète", "A9", "seller-address", "seller"),
    ("L'adresse du client n'est pas la bonne", "A5", "buyer-address", "seller"),
    ("Adresse de livraison manquante", "A9", "delivery-address", "seller"),
    // Money's way.
    ("L'IBAN du fournisseur n'est pas celui du marché", "A11", "bank", "seller"),
    ("Le client ne reconnaît pas le RIB", "A11", "bank", "seller"),
    ("IBAN du débiteur absent pour le prélèvement", "A11", "debit-account", "seller"),
    ("Compte bancaire clos", "A11", "bank", "seller"),
    ("The supplier's bank account differs from the contract", "A11", "bank", "seller"),
    // Services, engagements, orders.
    ("Le code service du destinataire est inconnu", "A5", "service", "seller"),
    ("Le fournisseur a indiqué un code service inconnu", "A5", "service", "seller"),
    ("Le service fournisseur est inactif", "C3", "seller-record", "seller"),
    ("Le numéro d'engagement est obligatoire pour ce client", "A2", "engagement", "seller"),
    ("Le fournisseur n'est pas le titulaire de l'engagement", "A11", "creditor", "seller"),
    ("Le fournisseur doit porter la référence du bon de commande", "A2", "order", "seller"),
    // Who is unknown.
    ("Fournisseur inconnu", "C3", "supplier", "buyer+seller"),
    ("Le fournisseur n'est pas référencé chez nous", "C3", "supplier", "buyer+seller"),
    ("This supplier is unknown to us", "C3", "supplier", "buyer+seller"),
    ("Émetteur inconnu", "C3", "supplier", "buyer+seller"),
    ("Destinataire inconnu", "A5", "recipient-unknown", "seller"),
    ("Unknown customer", "A5", "recipient-unknown", "seller"),
    ("Doublon : ce fournisseur a déjà une facture de ce numéro", "A6", "duplicate", "seller"),
    // Of the file, and whoever makes it.
    ("Le nom du fichier envoyé par le fournisseur est invalide", "A8", "file-name", "integrator"),
];

#[test]
fn a_refusal_is_about_whom_it_names() {
    let mut wrong = Vec::new();
    for (text, cause, key, acts) in SAID {
        let mapped = cause_of_code(Family::Chorus, "IN_REJETE", None, Some(text));
        let expected = advice(key).unwrap_or_else(|| panic!("no advice {key}"));
        if (mapped.cause.id.as_str(), &mapped.suggestion, mapped.acts) != (*cause, expected, *acts) {
            wrong.push(format!("{text}: {} {} {}", mapped.cause.id, mapped.suggestion.en, mapped.acts));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_customer_is_not_told_to_be_corrected_where_the_seller_is_at_fault() {
    for (text, cause, key, _) in SAID.iter().filter(|(.., key, _)| key.starts_with("seller")) {
        let said = &advice(key).unwrap_or_else(|| panic!("no advice {key}")).en;
        assert!(said.contains(" our"), "{text} {cause}: {said}");
    }
}
