//! How Chorus Pro's historical channel judges a deposit: faults of the file end the flow, faults of the addressing end the
//! invoice. The sentences are ours; what they say about is known from the field (`IN_REJETE`, `REJETEE`).

use serde::{Deserialize, Serialize};

use super::look::Look;
use super::script::Script;
use crate::invoice::Syntax;

/// The syntaxes of deposits (`syntaxeFlux`) that are read here.
pub(super) const UBL: &str = "IN_DP_E1_UBL_INVOICE";
pub(super) const CII: &str = "IN_DP_E1_CII_16B";
pub(super) const FACTURX: &str = "IN_DP_E2_CII_FACTURX";

const NO_SELLER: &str = "Le SIRET du fournisseur est obligatoire";

/// How the portal says what a rule of the pack `chorus` foresees, by the paths that it names whatever the syntax. The others are said as
/// the rule says them.
const SAID: [(&str, &str); 5] = [
    (
        "FCT-CHORUS-FRAME",
        "CrossIndustryInvoice.ExchangedDocumentContext.BusinessProcessSpecifiedDocumentContextParameter.ID.value : cadre de \
         facturation inconnu",
    ),
    ("FCT-CHORUS-SELLER-SIRET", NO_SELLER),
    (
        "FCT-CHORUS-PAYMENT-MEANS",
        "CrossIndustryInvoice.SupplyChainTradeTransaction.ApplicableHeaderTradeSettlement.\
         SpecifiedTradeSettlementPaymentMeans.TypeCode.value est obligatoire",
    ),
    ("FCT-CHORUS-SERVICE-SIGNS", "BuyerReference.value doit etre alphanumerique"),
    (
        "FCT-CHORUS-GROSS-PRICE",
        "AppliedTradeAllowanceCharge.ActualAmount.value obligatoire si GrossPriceProductTradePrice est renseigne",
    ),
];

/// An invoice without its addressee exists, and is refused afterwards.
const OF_THE_DIRECTORY: &str = "FCT-CHORUS-BUYER-SIRET";

/// Where the platform cuts the text of `libelleErreurDP`, in characters.
const TEXT_CHARS: usize = 200;

/// A fault of the file itself (`listeErreurTechnique`).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Technical {
    pub code: String,
    pub nature: String,
    pub text: String,
}

/// What becomes of a deposit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Judgement {
    /// `IN_REJETE`: nothing of it exists.
    Rejected { technical: Vec<Technical>, payment: Option<String> },
    /// `IN_INTEGRE`; with a refusal, the invoice exists and is `REJETEE` before any buyer sees it.
    Integrated { refusal: Option<String> },
}

/// Judges. `taken`: does an invoice of this seller with this number exist for that year?
pub(super) fn judge(look: &Look, syntax: &str, file_name: &str, script: &Script, taken: bool) -> Judgement {
    if let Some(text) = unreadable(look, syntax).or_else(|| wrong_ending(syntax, file_name)) {
        let technical = Technical {
            code: "ERR_XSD_001".into(),
            nature: "IRRECEVABILITE".into(),
            text: cut(&format!("IRRECEVABILITE : {text}")),
        };
        return Judgement::Rejected { technical: vec![technical], payment: None };
    }
    let mut faults: Vec<String> = Vec::new();
    match &look.number {
        None => faults.push("Le numéro de la facture est obligatoire".into()),
        Some(n) if taken => faults.push(format!("Doublon : ce fournisseur a déjà une facture de numéro {n}")),
        Some(_) => {}
    }
    if look.seller_siren.is_none() {
        faults.push(NO_SELLER.into());
    }
    // What the pack of this channel refuses, as the portal says it where that is known from the field.
    for (rule, message) in look.refused.iter().filter(|(rule, _)| rule != OF_THE_DIRECTORY) {
        let known = SAID.iter().find(|(known, _)| known == rule).map(|(_, said)| (*said).to_owned());
        let said = known.unwrap_or_else(|| message.trim_end_matches('.').to_owned());
        if !faults.contains(&said) {
            faults.push(said);
        }
    }
    if faults.is_empty() {
        Judgement::Integrated { refusal: refusal(look, script) }
    } else {
        Judgement::Rejected { technical: Vec::new(), payment: Some(cut(&faults.join(" ; "))) }
    }
}

fn unreadable(look: &Look, syntax: &str) -> Option<String> {
    if let Some(broken) = &look.broken {
        return Some(broken.clone());
    }
    let fits = match syntax {
        UBL => matches!(look.syntax, Some(Syntax::UblInvoice | Syntax::UblCreditNote)) && !look.in_pdf,
        CII => look.syntax == Some(Syntax::Cii) && !look.in_pdf,
        FACTURX => look.syntax == Some(Syntax::Cii) && look.in_pdf,
        _ => false,
    };
    (!fits).then(|| format!("le document n'est pas de la syntaxe {syntax} annoncée"))
}

/// The portal goes by the ending of the name too: a Factur-X that arrives without `.pdf` is turned away.
fn wrong_ending(syntax: &str, file_name: &str) -> Option<String> {
    let ending = if syntax == FACTURX { ".pdf" } else { ".xml" };
    let fits = file_name.to_ascii_lowercase().ends_with(ending);
    (!fits).then(|| format!("l'extension du fichier n'est pas celle de la syntaxe {syntax} ({ending} attendu)"))
}

/// The comment of a `REJETEE`, beginning with its motive where there is one.
fn refusal(look: &Look, script: &Script) -> Option<String> {
    if script.structure.is_empty() {
        return None;
    }
    let Some(siret) = &look.buyer_siret else {
        return Some("Le SIRET du destinataire est absent".into());
    };
    let Some((_, structure)) = script.find(siret) else {
        return Some(format!("Le SIRET du destinataire {siret} est inconnu de l'annuaire"));
    };
    match &look.service {
        None if structure.service_required => {
            return Some(format!("SE_ERR : {} exige un code service", structure.name));
        }
        Some(code) if !structure.services.is_empty() => match structure.services.iter().find(|s| s.code == *code) {
            None => return Some(format!("SE_ERR : le code service {code} est inconnu pour {}", structure.name)),
            Some(s) if !s.active => return Some(format!("SE_ERR : le service {code} n'est plus actif")),
            Some(_) => {}
        },
        _ => {}
    }
    match &look.engagement {
        None if structure.engagement_required => {
            Some(format!("EJ_ERR : {} exige un numéro d'engagement", structure.name))
        }
        None if structure.service_or_engagement_required && look.service.is_none() => {
            Some(format!("EJ_ERR : {} exige un code service ou un numéro d'engagement", structure.name))
        }
        Some(number) if !structure.engagements.is_empty() && !structure.engagements.contains(number) => {
            Some(format!("EJ_ERR : l'engagement {number} est inconnu pour {}", structure.name))
        }
        _ => None,
    }
}

/// As in the field: what lies beyond is lost, so that a second fault often does not show.
fn cut(text: &str) -> String {
    text.chars().take(TEXT_CHARS).collect()
}

#[cfg(test)]
mod tests {
    use super::super::look::look;
    use super::super::samples::{BUYER, Invoice};
    use super::super::script::{Service, Structure};
    use super::*;

    fn script() -> Script {
        let service = |code: &str, active| Service { code: code.into(), name: String::new(), active };
        let structure = Structure {
            siret: BUYER.into(),
            name: "Ville".into(),
            services: vec![service("COMPTA", true), service("OLD", false)],
            engagements: vec!["1234567890".into()],
            service_required: true,
            engagement_required: true,
            service_or_engagement_required: false,
            active: true,
        };
        Script { structure: vec![structure], ..Script::default() }
    }

    fn judged(invoice: &Invoice, taken: bool) -> Judgement {
        judge(&look(invoice.ubl().as_bytes()), UBL, "f.xml", &script(), taken)
    }

    #[test]
    fn faults_of_the_file_leave_nothing_behind() {
        let payment = |invoice: &Invoice, taken| match judged(invoice, taken) {
            Judgement::Rejected { technical, payment: Some(text) } if technical.is_empty() => text,
            other => panic!("{other:?}"),
        };
        let no_means = Invoice { payment_means: None, ..Invoice::default() };
        assert!(payment(&no_means, false).ends_with("PaymentMeans.TypeCode.value est obligatoire"));
        assert!(payment(&Invoice::numbered("F-123456789012345678-"), false).contains("plus de 20 caractères"));
        assert!(payment(&Invoice::default(), true).starts_with("Doublon"));
        let both = Invoice { payment_means: None, number: "F-123456789012345678-", ..Invoice::default() };
        assert_eq!(payment(&both, false).chars().count(), TEXT_CHARS);
        for (bytes, syntax) in [("<a>", UBL), ("<a/>", UBL), (&Invoice::default().ubl(), "IN_DP_E1_CII_16B")] {
            let Judgement::Rejected { technical, payment: None } =
                judge(&look(bytes.as_bytes()), syntax, "f.xml", &script(), false)
            else {
                panic!("{bytes}")
            };
            assert!(technical[0].text.starts_with("IRRECEVABILITE"));
        }
    }

    /// Each fatal rule of the pack of this channel, but for the one of the directory, ends the deposit; warnings do not.
    #[test]
    fn what_the_pack_of_the_channel_refuses_is_refused_at_the_door() {
        let ubl = Invoice::default().ubl();
        let french = |text: &str| {
            text.replace(
                "</cac:PartyIdentification></cac:Party></cac:AccountingSupplierParty>",
                "</cac:PartyIdentification><cac:PostalAddress><cac:Country><cbc:IdentificationCode>FR\
                 </cbc:IdentificationCode></cac:Country></cac:PostalAddress></cac:Party></cac:AccountingSupplierParty>",
            )
        };
        for (text, said) in [
            (ubl.replace(">A1<", ">S1<"), "cadre de facturation inconnu"),
            (ubl.replace("<cbc:ProfileID>A1</cbc:ProfileID>", ""), "cadre de facturation inconnu"),
            (ubl.replace(">COMPTA<", ">COMPTA@1<"), "BuyerReference.value doit etre alphanumerique"),
            (ubl.replace(">F-1<", ">F.1<"), "« F.1 » a d'autres signes"),
            (french(&ubl).replace("73282932000074", "732829320"), NO_SELLER),
            (ubl.replace(">1234567890<", &format!(">{}<", "9".repeat(51))), "plus de 50 caractères"),
        ] {
            let judged = judge(&look(text.as_bytes()), UBL, "f.xml", &Script::default(), false);
            match judged {
                Judgement::Rejected { technical, payment: Some(payment) } => {
                    assert!(technical.is_empty() && payment.contains(said), "{said}: {payment}");
                }
                other => panic!("{said}: {other:?}"),
            }
        }
        // A frame of works contracts is taken: it only warns.
        let works = ubl.replace(">A1<", ">A4<");
        assert!(matches!(
            judge(&look(works.as_bytes()), UBL, "f.xml", &Script::default(), false),
            Judgement::Integrated { refusal: None }
        ));
        // The ids of the table are rules of the pack, and fatal.
        let pack = crate::rules::pack(crate::rules::chorus::DIRECT).unwrap();
        for id in SAID.iter().map(|(id, _)| *id).chain([OF_THE_DIRECTORY]) {
            let rule = pack.rules.iter().find(|rule| rule.id == id).unwrap();
            assert_eq!(rule.severity(Syntax::Cii), Some(crate::rules::Severity::Fatal), "{id}");
        }
    }

    /// The PDFs themselves are made in `tests/pdf/`; here, what their look brings.
    #[test]
    fn a_factur_x_is_taken_as_one_and_as_nothing_else() {
        let pdf = include_bytes!("../../../fixtures/invoices/facturx-en16931.pdf");
        let none = include_bytes!("../../../fixtures/pdf/without-invoice.pdf");
        let text =
            |bytes: &[u8], syntax: &str, name: &str| match judge(&look(bytes), syntax, name, &Script::default(), false)
            {
                Judgement::Rejected { technical, .. } => technical[0].text.clone(),
                Judgement::Integrated { refusal } => format!("{refusal:?}"),
            };
        assert_eq!(text(pdf, FACTURX, "f.pdf"), "None");
        assert_eq!(text(pdf, FACTURX, "F.PDF"), "None");
        assert!(text(pdf, FACTURX, "f.xml").contains("extension"));
        assert!(text(pdf, CII, "f.xml").contains("n'est pas de la syntaxe"));
        assert!(text(Invoice::default().cii().as_bytes(), FACTURX, "f.pdf").contains("n'est pas de la syntaxe"));
        assert!(text(none, FACTURX, "f.pdf").contains("factur-x.xml"));
        assert!(text(&pdf[..9_000], FACTURX, "f.pdf").contains("PDF"));
    }

    #[test]
    fn faults_of_the_addressing_refuse_the_invoice() {
        let refusal = |invoice: Invoice| match judged(&invoice, false) {
            Judgement::Integrated { refusal } => refusal.unwrap_or_default(),
            other => panic!("{other:?}"),
        };
        assert_eq!(refusal(Invoice::default()), "");
        assert!(refusal(Invoice { buyer: "13002526500013", ..Invoice::default() }).contains("inconnu"));
        assert!(refusal(Invoice { buyer: "", ..Invoice::default() }).contains("absent"));
        for service in [None, Some("NOPE"), Some("OLD")] {
            assert!(refusal(Invoice { service, ..Invoice::default() }).starts_with("SE_ERR"), "{service:?}");
        }
        for engagement in [None, Some("42")] {
            assert!(refusal(Invoice { engagement, ..Invoice::default() }).starts_with("EJ_ERR"), "{engagement:?}");
        }
        let anyone = judge(
            &look(Invoice { buyer: "1", ..Invoice::default() }.ubl().as_bytes()),
            UBL,
            "f.xml",
            &Script::default(),
            false,
        );
        assert_eq!(anyone, Judgement::Integrated { refusal: None });
    }
}
