//! What the sandbox reads of a deposited document: enough to judge as Chorus Pro does at its door.

use crate::formats::facturx::{Remark, RemarkKind};
use crate::formats::{Envelope, Unreadable};
use crate::guard;
use crate::invoice::{Invoice, Place, Syntax, Term, bt};
use crate::rules::chorus::DIRECT;
use crate::rules::{self, Severity};

/// A document as far as it could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// None where the document is no invoice that we know.
    pub syntax: Option<Syntax>,
    /// It came in a PDF.
    pub in_pdf: bool,
    /// Why it cannot be read, or the first thing in it that the schema of its syntax refuses.
    pub broken: Option<String>,
    /// BT-1.
    pub number: Option<String>,
    /// BT-2, as YYYY-MM-DD.
    pub issued: Option<String>,
    /// BT-10: the service.
    pub service: Option<String>,
    /// BT-13: the commitment (*engagement*).
    pub engagement: Option<String>,
    /// BT-81.
    pub payment_means: Option<String>,
    /// BT-5.
    pub currency: Option<String>,
    /// BT-112 and BT-115, as written.
    pub total: Option<String>,
    pub payable: Option<String>,
    /// A credit note by its document element or by BT-3.
    pub credit: bool,
    pub seller_siret: Option<String>,
    pub buyer_siret: Option<String>,
    /// The seller's SIREN, from its SIRET or on its own.
    pub seller_siren: Option<String>,
    /// What the rules of the channel refuse, each rule once: its id, and its sentence in French.
    pub refused: Vec<(String, String)>,
}

/// Looks at a document. Never fails: what cannot be read is told in the [`Look`].
pub(super) fn look(bytes: &[u8]) -> Look {
    let bytes = &bytes::Bytes::copy_from_slice(bytes);
    let broken = |unreadable: &Unreadable| Look { broken: Some(why(unreadable)), ..Look::default() };
    let envelope = match Envelope::open(bytes, &guard::pdf(bytes)) {
        Ok(envelope) => envelope,
        Err(unreadable) => return broken(&unreadable),
    };
    let read = match envelope.read() {
        Ok(read) => read,
        Err(unreadable) => return Look { in_pdf: envelope.pdf.is_some(), ..broken(&unreadable) },
    };
    let container = envelope.pdf.as_ref().and_then(|inside| container(&inside.remarks));
    let invoice = &read.invoice;
    let text = |term| invoice.text(term).map(str::to_owned);
    let seller_siret = digits(invoice, [bt::BT_29, bt::BT_30], 14);
    Look {
        syntax: Some(invoice.syntax()),
        in_pdf: envelope.pdf.is_some(),
        broken: container.or_else(|| {
            read.faults.first().map(|fault| {
                let place = match invoice.place_of(fault.node) {
                    Place::Xml { line, column, .. } => format!("ligne {line}, colonne {column}"),
                    Place::Edifact { offset, .. } => format!("octet {offset}"),
                    Place::Attachment { attachment } => attachment,
                };
                format!("cvc {} : {} (attendu : {}), {place}", fault.kind.rule(), fault.found, fault.expected)
            })
        }),
        number: text(bt::BT_1),
        issued: invoice.first(bt::BT_2).and_then(|date| date.day()).map(|day| day.to_string()),
        service: text(bt::BT_10),
        engagement: text(bt::BT_13),
        payment_means: text(bt::BT_81),
        currency: text(bt::BT_5),
        total: text(bt::BT_112),
        payable: text(bt::BT_115),
        credit: invoice.is_credit(),
        seller_siren: seller_siret
            .as_ref()
            .map(|siret| siret[..9].to_owned())
            .or_else(|| digits(invoice, [bt::BT_29, bt::BT_30], 9)),
        seller_siret,
        buyer_siret: digits(invoice, [bt::BT_46, bt::BT_47], 14),
        refused: refused(invoice),
    }
}

/// The fatal rules of the pack of the channel that an invoice breaks.
fn refused(invoice: &Invoice<'_>) -> Vec<(String, String)> {
    let mut refused: Vec<(String, String)> = Vec::new();
    let findings = rules::pack(DIRECT).map(|pack| pack.judge(invoice).findings).unwrap_or_default();
    for finding in findings.into_iter().filter(|finding| finding.severity == Severity::Fatal) {
        if !refused.iter().any(|(rule, _)| *rule == finding.rule) {
            refused.push((finding.rule, finding.message.fr));
        }
    }
    refused
}

/// What the portal turns away in a Factur-X: an invoice that it does not find, or finds twice, or a PDF that does not say
/// that there is one. It does not look at the rest of PDF/A.
fn container(remarks: &[Remark]) -> Option<String> {
    let turned_away = [
        (RemarkKind::TwoInvoices, "le PDF contient plusieurs factures"),
        (RemarkKind::NotCii, "la facture du PDF n'est pas en CII"),
        (RemarkKind::Name, "le PDF ne contient pas de fichier factur-x.xml"),
        (RemarkKind::NoXmp, "le PDF n'a pas de métadonnées XMP"),
        (RemarkKind::XmpProperties, "les métadonnées XMP n'annoncent pas de Factur-X"),
        (RemarkKind::Locked, "le PDF est protégé"),
        (RemarkKind::Rebuilt, "le PDF est endommagé"),
    ];
    let words = |kind: RemarkKind| turned_away.iter().find(|(known, _)| *known == kind).map(|(_, words)| *words);
    remarks.iter().find_map(|remark| words(remark.kind)).map(str::to_owned)
}

/// The first identifier of so many digits, whatever its scheme: this channel knows older ones than ISO 6523.
fn digits(invoice: &Invoice<'_>, terms: [Term; 2], length: usize) -> Option<String> {
    let ids = terms.into_iter().flat_map(|term| invoice.all(term));
    ids.map(|id| id.text().chars().filter(|c| !c.is_whitespace()).collect::<String>())
        .find(|id| id.len() == length && id.bytes().all(|b| b.is_ascii_digit()))
}

fn why(unreadable: &Unreadable) -> String {
    match unreadable {
        Unreadable::Xml(refusal) => format!("document XML mal formé, {refusal}"),
        Unreadable::Absent { why } => why.clone(),
        Unreadable::NotXml { looks_like } => format!("ce n'est pas du XML ({looks_like})"),
        Unreadable::Pdf(refusal) => format!("le PDF ne peut pas être lu, {refusal}"),
        Unreadable::NoInvoice { .. } => "le PDF ne contient pas de fichier factur-x.xml".to_owned(),
        Unreadable::X12(_) => "c'est du X12, pas du XML".to_owned(),
        Unreadable::Edifact(_) => "c'est de l'EDIFACT, pas du XML".to_owned(),
        Unreadable::Zugferd1 { .. } => "l'élément racine est celui de ZUGFeRD 1".to_owned(),
        Unreadable::LifeCycle { .. } => "c'est un message de cycle de vie (CDAR), pas une facture".to_owned(),
        Unreadable::NotAnInvoice { name, .. } => format!("l'élément racine {name} n'est pas celui d'une facture"),
    }
}

#[cfg(test)]
mod tests {
    use super::super::samples;
    use super::*;

    #[test]
    fn both_syntaxes_say_the_same() {
        let sample = samples::Invoice::default();
        let (ubl, cii) = (look(sample.ubl().as_bytes()), look(sample.cii().as_bytes()));
        assert_eq!(ubl.syntax, Some(Syntax::UblInvoice));
        assert_eq!(ubl.broken, None);
        assert_eq!(ubl.number.as_deref(), Some("F-1"));
        assert_eq!(ubl.issued.as_deref(), Some("2026-11-02"));
        assert_eq!(ubl.payment_means.as_deref(), Some("30"));
        assert_eq!(ubl.service.as_deref(), Some("COMPTA"));
        assert_eq!(ubl.engagement.as_deref(), Some("1234567890"));
        assert_eq!(ubl.seller_siret.as_deref(), Some(samples::SELLER));
        assert_eq!(ubl.seller_siren.as_deref(), Some(&samples::SELLER[..9]));
        assert_eq!(ubl.buyer_siret.as_deref(), Some(samples::BUYER));
        assert_eq!(ubl.payable.as_deref(), Some("120.00"));
        assert_eq!(Look { syntax: ubl.syntax, ..cii.clone() }, ubl);
        assert_eq!(cii.syntax, Some(Syntax::Cii));
    }

    #[test]
    fn what_is_not_an_invoice_is_told() {
        for broken in ["", "F-1", "<a>", "<a></b>", "<a/><b/>", "<!DOCTYPE a><a/>", "<Invoice/>", "\u{89}PNG"] {
            let look = look(broken.as_bytes());
            assert!(look.broken.is_some() && look.syntax.is_none(), "{broken}");
        }
        assert!(look(b"\xFF\xD8\xFF\xE0").broken.is_some());
        let unknown = samples::Invoice::default().ubl().replace("cbc:BuyerReference", "cbc:BuyerRef");
        let broken = look(unknown.as_bytes()).broken.unwrap();
        assert!(broken.starts_with("cvc FCT-XSD-UNKNOWN"), "{broken}");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_break_it(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..300)) {
            look(&bytes);
        }
    }
}
