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
    ("Le fournisseur n'est pas référencé chez le destinataire", "C3", "supplier", "buyer+seller"),
    ("Fournisseur inconnu de l'acheteur", "C3", "supplier", "buyer+seller"),
    ("La référence du vendeur est absente", "A2", "reference-other", "seller"),
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

/// The motives of Chorus Pro and the reasons of the life cycle in words: with the code lost on the way, the words alone lead
/// where the code does.
const MOTIVES: &[(Family, &str, &str, &str)] = &[
    (Family::Chorus, "REJETEE", "COORD_BANC_ERR", "Coordonnées bancaires erronées"),
    (Family::Chorus, "REJETEE", "CREANCIER_ERR", "Créancier inconnu, ou autre que celui de l'engagement"),
    (Family::Chorus, "REJETEE", "DOUBLE_FACT", "Double facturation"),
    (Family::Chorus, "REJETEE", "ERREUR_DONNEE_EJ", "Donnée de l'engagement erronée"),
    (Family::Chorus, "REJETEE", "EJ_ERR", "Engagement juridique absent ou inconnu"),
    (Family::Chorus, "REJETEE", "ERR_VALIDEUR", "Valideur erroné"),
    (Family::Chorus, "REJETEE", "FACT_NON_CONFORME", "Facture non conforme à la commande"),
    (Family::Chorus, "REJETEE", "HONORER_LA_COMMANDE", "La commande n'a pas été livrée"),
    (Family::Chorus, "REJETEE", "LIVR_INCOMP", "Livraison incomplète"),
    (Family::Chorus, "REJETEE", "MARCHE_TERM", "Le marché est terminé"),
    (Family::Chorus, "REJETEE", "MONTANT_ERR", "Montant erroné"),
    (Family::Chorus, "REJETEE", "SE_ERR", "Service exécutant erroné"),
    (Family::Chorus, "REJETEE", "ST_CT_NON_DECLAR", "Sous-traitant ou cotraitant non déclaré"),
    (Family::Chorus, "REJETEE", "TX_TVA_ERR", "Taux de TVA erroné"),
    (Family::Pa, "207", "MONTANTTOTAL_ERR", "Montant total erroné"),
    (Family::Pa, "207", "CALCUL_ERR", "Erreur de calcul"),
    (Family::Pa, "207", "NON_CONFORME", "Mention légale absente"),
    (Family::Pa, "207", "DOUBLON", "Facture en doublon"),
    (Family::Pa, "207", "DEST_INC", "Destinataire inconnu"),
    (Family::Pa, "207", "DEST_ERR", "Erreur de destinataire"),
    (Family::Pa, "207", "TRANSAC_INC", "Transaction inconnue"),
    (Family::Pa, "207", "EMMET_INC", "Émetteur inconnu"),
    (Family::Pa, "207", "CONTRAT_TERM", "Contrat terminé"),
    (Family::Pa, "207", "CMD_ERR", "Numéro de commande incorrect ou manquant"),
    (Family::Pa, "207", "ADR_ERR", "Adresse de facturation électronique erronée"),
    (Family::Pa, "206", "SIRET_ERR", "SIRET erroné ou absent"),
    (Family::Pa, "206", "CODE_ROUTAGE_ERR", "Code routage absent ou erroné"),
    (Family::Pa, "206", "REF_CT_ABSENT", "Référence contractuelle manquante"),
    (Family::Pa, "206", "PU_ERR", "Prix unitaires incorrects"),
    (Family::Pa, "206", "REM_ERR", "Remise erronée"),
    (Family::Pa, "206", "QTE_ERR", "Quantité facturée incorrecte"),
    (Family::Pa, "206", "ART_ERR", "Article facturé incorrect"),
    (Family::Pa, "206", "MODPAI_ERR", "Modalités de paiement incorrectes"),
    (Family::Pa, "206", "QUALITE_ERR", "Qualité de l'article livré incorrecte"),
    (Family::Pa, "208", "JUSTIF_ABS", "Justificatif absent ou insuffisant"),
    (Family::Pa, "221", "ROUTAGE_ERR", "Erreur de routage"),
    (Family::Pa, "501", "IRR_TAILLE_PJ", "Pièce jointe trop grosse"),
    (Family::Pa, "501", "IRR_NOM_F", "Nom du fichier non admis"),
];

#[test]
fn the_words_of_a_motive_lead_where_its_code_does() {
    let mut wrong = Vec::new();
    for (family, status, reason, text) in MOTIVES {
        let by_code = cause_of_code(*family, status, Some(reason), None);
        let by_words = cause_of_code(*family, "IN_REJETE", None, Some(text));
        let by_words =
            if *family == Family::Chorus { by_words } else { cause_of_code(*family, "213", None, Some(text)) };
        if by_code.cause.id != by_words.cause.id {
            wrong.push(format!(
                "{reason}, {text}: {} by its code, {} by its words",
                by_code.cause.id, by_words.cause.id
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
