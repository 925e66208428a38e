//! How the seller's platform judges a deposit: what cannot be read is refused with its flow, what breaks a rule is an invoice that is
//! rejected (213).

use crate::day::Day;
use crate::formats::Envelope;
use crate::guard;
use crate::invoice::{Invoice, Syntax, Term, bt};
use crate::report::Verdict;
use crate::rules::Severity;
use crate::validate::{self, Options};

use super::record::About;

/// What becomes of a deposit.
pub(super) enum Judgement {
    /// The acknowledgement ends in `Error`, for these reasons.
    Refused(Vec<(String, String)>),
    /// An invoice. With a reason and a sentence, one that is rejected.
    Invoice { about: Box<About>, rejected: Option<(&'static str, String)> },
}

/// Most sentences of a rejection.
const SENTENCES: usize = 3;

/// Judges by what the content asks for.
pub(super) fn judge(bytes: &[u8], name: &str, syntax: &str, today: Day) -> Judgement {
    let refused = |code: &str, text: String| Judgement::Refused(vec![(code.to_owned(), text)]);
    if bytes.is_empty() {
        return refused("EmptyFlow", "le fichier est vide".into());
    }
    let bytes = bytes::Bytes::copy_from_slice(bytes);
    let pdf = guard::pdf(&bytes);
    let Ok(envelope) = Envelope::open(&bytes, &pdf) else {
        return refused("InvalidSchema", "le fichier ne se lit pas".into());
    };
    let Ok(read) = envelope.read() else {
        return refused("InvalidSchema", "le fichier n'est pas une facture".into());
    };
    let fits = match (read.invoice.syntax(), envelope.pdf.is_some()) {
        (Syntax::UblInvoice | Syntax::UblCreditNote, false) => syntax == "UBL",
        (Syntax::Cii, in_pdf) => syntax == if in_pdf { "Factur-X" } else { "CII" },
        _ => false,
    };
    if !fits {
        return refused("FlowTypeError", format!("le fichier n'est pas de la syntaxe {syntax} annoncée"));
    }
    if let Some(fault) = read.faults.first() {
        return refused("InvalidSchema", format!("cvc {} : {}", fault.kind.rule(), fault.found));
    }
    let about = Box::new(about(&read.invoice));
    let none = std::collections::BTreeSet::new();
    let options = Options { chorus_routes: Some(&none), linked: false, unpack: &pdf, ..Options::new(today) };
    let report = validate::validate(&bytes, name, &options).report;
    let fatal = report.findings.iter().filter(|finding| finding.severity == Severity::Fatal && finding.blocks());
    let said: Vec<String> = fatal.take(SENTENCES).map(|f| format!("{} : {}", f.rule, f.message.fr)).collect();
    let rejected = (report.verdict != Verdict::Valid || !said.is_empty()).then(|| ("REJ_SEMAN", said.join(" ; ")));
    Judgement::Invoice { about, rejected }
}

fn about(invoice: &Invoice<'_>) -> About {
    let text = |term| invoice.text(term).map(str::to_owned);
    About {
        number: text(bt::BT_1).unwrap_or_default(),
        issued: invoice.first(bt::BT_2).and_then(|date| date.day()).map(|day| day.to_string()).unwrap_or_default(),
        kind: text(bt::BT_3),
        seller_siren: siren(invoice, [bt::BT_30, bt::BT_29]).unwrap_or_default(),
        seller_address: text(bt::BT_34),
        buyer_address: text(bt::BT_49),
        buyer_siren: siren(invoice, [bt::BT_47, bt::BT_46]),
        buyer: text(bt::BT_44),
    }
}

/// The first number of nine digits, or the head of one of fourteen.
fn siren(invoice: &Invoice<'_>, terms: [Term; 2]) -> Option<String> {
    let ids = terms.into_iter().flat_map(|term| invoice.all(term));
    ids.map(|id| id.text().chars().filter(|c| !c.is_whitespace()).collect::<String>())
        .find(|id| matches!(id.len(), 9 | 14) && id.bytes().all(|b| b.is_ascii_digit()))
        .map(|id| id[..9].to_owned())
}
