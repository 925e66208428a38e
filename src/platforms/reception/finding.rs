//! What directories find against a recipient: `FCT-DIRECTORY-…`, explained in `schemas/rules/own.toml`.

use crate::invoice::Recipient;
use crate::rules::{Finding, Severity};
use crate::text::Text;

/// What a public body asks of its suppliers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Demands {
    /// BT-10 has to be there.
    pub service: bool,
    /// BT-13 has to be there.
    pub commitment: bool,
    /// One of the two.
    pub either: bool,
}

fn finding(id: &str, terms: &[&str], found: Option<&str>, expected: &str, message: Text, fix: Text) -> Finding {
    Finding {
        rule: id.into(),
        group: id.into(),
        severity: Severity::Fatal,
        pack: "facteur".into(),
        terms: terms.iter().map(|term| (*term).to_owned()).collect(),
        found: found.map(str::to_owned),
        expected: Some(expected.to_owned()).filter(|expected| !expected.is_empty()),
        message,
        fix,
        ..Finding::default()
    }
}

/// The directory does not know whom the invoice names by this term.
pub fn unknown(term: &str, found: &str) -> Finding {
    let message = Text::new(
        format!("L'annuaire de la plateforme ne connaît pas « {found} » : personne n'y reçoit de facture."),
        format!("The platform's directory does not know \"{found}\": nobody receives invoices there."),
    );
    let fix = Text::new(
        "Demander au client l'adresse de facturation électronique exacte (BT-49) ou son SIRET, la corriger dans l'outil de facturation, réémettre.",
        "Ask the customer for the exact electronic invoicing address (BT-49) or its SIRET, put it right in the billing tool, issue again.",
    );
    finding("FCT-DIRECTORY-UNKNOWN", &[term], Some(found), "", message, fix)
}

/// It is known, and receives nothing (any more).
pub fn disabled(term: &str, found: &str) -> Finding {
    let message = Text::new(
        format!("« {found} » est désactivé dans l'annuaire de la plateforme : personne n'y reçoit de facture."),
        format!("\"{found}\" is disabled in the platform's directory: nobody receives invoices there."),
    );
    let fix = Text::new(
        "Demander au client l'adresse à laquelle il reçoit aujourd'hui, réémettre.",
        "Ask the customer for the address at which it receives today, issue again.",
    );
    finding("FCT-DIRECTORY-DISABLED", &[term], Some(found), "Enabled", message, fix)
}

/// It will receive, and does not yet.
pub fn upcoming(term: &str, found: &str) -> Finding {
    let message = Text::new(
        format!("« {found} » n'est pas encore ouvert dans l'annuaire de la plateforme."),
        format!("\"{found}\" is not open yet in the platform's directory."),
    );
    let fix = Text::new(
        "Attendre l'ouverture, puis reprendre la facture ; ou demander au client une adresse déjà ouverte.",
        "Wait until it opens, then retry the invoice; or ask the customer for an address that is open already.",
    );
    finding("FCT-DIRECTORY-UPCOMING", &[term], Some(found), "Enabled", message, fix)
}

/// The company or the establishment has ceased.
pub fn ceased(term: &str, found: &str) -> Finding {
    let message = Text::new(
        format!("D'après l'annuaire, {found} a cessé son activité."),
        format!("By the directory, {found} has ceased its activity."),
    );
    let fix = Text::new(
        "Demander au client à quel établissement facturer, corriger le SIRET et l'adresse, réémettre.",
        "Ask the customer which establishment is to be invoiced, put SIRET and address right, issue again.",
    );
    finding("FCT-DIRECTORY-CEASED", &[term], Some(found), "", message, fix)
}

/// The service that BT-10 names is none of the recipient's, or is closed.
pub fn no_service(found: &str, known: bool) -> Finding {
    let message = match known {
        true => Text::new(
            format!("Le service « {found} » (BT-10) du destinataire est fermé."),
            format!("Service \"{found}\" (BT-10) of the recipient is closed."),
        ),
        false => Text::new(
            format!("Le destinataire n'a pas de service « {found} » (BT-10)."),
            format!("The recipient has no service \"{found}\" (BT-10)."),
        ),
    };
    let fix = Text::new(
        "Demander au client son code service, le saisir en BT-10, réémettre.",
        "Ask the customer for its service code, enter it as BT-10, issue again.",
    );
    finding("FCT-DIRECTORY-SERVICE", &["BT-10"], Some(found), "", message, fix)
}

/// What is demanded and the invoice does not have.
pub fn demands(of: Demands, recipient: &Recipient) -> Vec<Finding> {
    let (service, commitment) = (recipient.service.is_some(), recipient.commitment.is_some());
    let mut found = Vec::new();
    if of.service && !service {
        let message = Text::new(
            "Le destinataire exige un code service (BT-10), et la facture n'en a pas.",
            "The recipient demands a service code (BT-10), and the invoice has none.",
        );
        let fix = Text::new(
            "Demander au client son code service, le saisir en BT-10, réémettre.",
            "Ask the customer for its service code, enter it as BT-10, issue again.",
        );
        found.push(finding("FCT-DIRECTORY-SERVICE", &["BT-10"], None, "BT-10", message, fix));
    }
    if of.commitment && !commitment {
        let message = Text::new(
            "Le destinataire exige un numéro d'engagement (BT-13), et la facture n'en a pas.",
            "The recipient demands a commitment number (BT-13), and the invoice has none.",
        );
        found.push(finding("FCT-DIRECTORY-COMMITMENT", &["BT-13"], None, "BT-13", message, ask_commitment()));
    }
    if of.either && !service && !commitment && found.is_empty() {
        let message = Text::new(
            "Le destinataire exige un code service (BT-10) ou un numéro d'engagement (BT-13), et la facture n'a ni l'un ni l'autre.",
            "The recipient demands a service code (BT-10) or a commitment number (BT-13), and the invoice has neither.",
        );
        let fix = Text::new(
            "Demander l'un ou l'autre au client, le saisir, réémettre.",
            "Ask the customer for one of them, enter it, issue again.",
        );
        found.push(finding("FCT-DIRECTORY-EITHER", &["BT-10", "BT-13"], None, "BT-10 | BT-13", message, fix));
    }
    found
}

/// The commitment that BT-13 names is none of the recipient's.
pub fn no_commitment(found: &str) -> Finding {
    let message = Text::new(
        format!("Le destinataire n'a pas d'engagement ouvert « {found} » (BT-13)."),
        format!("The recipient has no open commitment \"{found}\" (BT-13)."),
    );
    finding("FCT-DIRECTORY-COMMITMENT", &["BT-13"], Some(found), "", message, ask_commitment())
}

fn ask_commitment() -> Text {
    Text::new(
        "Demander au client le numéro d'engagement de sa commande, le saisir en BT-13, réémettre.",
        "Ask the customer for the commitment number of its order, enter it as BT-13, issue again.",
    )
}
