//! A report as an APERAK: the verdict, and each finding that decides it.

use super::NoAperak;
use crate::edifact::Message;
use crate::formats::edifact::aperak::{Aperak, ErrorSaid, Form, Outcome, PartySaid, code_of};
use crate::invoice::{Place, is_self_billed};
use crate::report::{Report, Verdict};
use crate::rules::{Finding, Severity};
use crate::text::Lang;

/// What an APERAK repeats from the message that it answers.
#[derive(Debug, Clone, Default)]
pub struct Concerned {
    /// 0020 and 0062.
    pub interchange: String,
    pub message: String,
    pub parties: Vec<PartySaid>,
    /// From which segment on which line (1082) is spoken of, none where it is none.
    pub lines: Vec<(u32, Option<String>)>,
}

/// The APERAK of a report.
///
/// # Errors
/// The report says neither valid nor invalid.
pub fn aperak_of(report: &Report, concerned: &Concerned, form: &Form, warnings: bool) -> Result<Aperak, NoAperak> {
    let outcome = match report.verdict {
        Verdict::Valid => Outcome::Accepted,
        Verdict::Invalid => Outcome::Refused,
        Verdict::NotJudged => return Err(NoAperak::NotJudged),
    };
    let summary = report.invoice.clone().unwrap_or_default();
    // What a rule for another syntax says is about the CII in which the invoice was judged, and none of the sender's business: it follows from what the
    // invoice itself lacks, or is a remark. Where it alone refuses, it is told all the same: nobody is refused without a reason.
    let foreign = |finding: &Finding| ["CII-", "UBL-"].iter().any(|syntax| finding.rule.starts_with(syntax));
    let told = |finding: &Finding| warnings && finding.severity != Severity::Information && !foreign(finding);
    let alone = !report.findings.iter().any(|finding| finding.blocks() && !foreign(finding));
    let tells = |finding: &&Finding| (finding.blocks() && (alone || !foreign(finding))) || told(finding);
    let self_billed = is_self_billed(summary.kind.as_deref());
    let number = summary.number.unwrap_or_default();
    let error = |finding: &Finding| ErrorSaid {
        code: code_of(&finding.rule).to_owned(),
        // Our own list: whose invoices they are assigned the codes.
        list: "ZZZ".to_owned(),
        agency: if self_billed { "91" } else { "92" }.to_owned(),
        rule: Some(finding.rule.clone()),
        text: text(finding, form.lang),
        line: line(finding, concerned),
        references: Vec::new(),
    };
    let errors: Vec<ErrorSaid> = report.findings.iter().filter(tells).map(error).collect();
    let note = match (&outcome, errors.len(), form.lang) {
        (Outcome::Refused, 1, Lang::Fr) => "Facture refusée : 1 erreur".to_owned(),
        (Outcome::Refused, 1, Lang::En) => "Invoice not accepted: 1 error".to_owned(),
        (Outcome::Refused, n, Lang::Fr) => format!("Facture refusée : {n} erreurs"),
        (Outcome::Refused, n, Lang::En) => format!("Invoice not accepted: {n} errors"),
        (_, 0, Lang::Fr) => "Facture acceptée par l’application".to_owned(),
        (_, 0, Lang::En) => "Invoice accepted by the application".to_owned(),
        (_, n, Lang::Fr) => format!("Facture acceptée par l’application ; {n} remarques"),
        (_, n, Lang::En) => format!("Invoice accepted by the application; {n} remarks"),
    };
    Ok(Aperak {
        kind: Aperak::usual_kind(&outcome, form.release).to_owned(),
        outcome,
        invoice: number,
        issued: summary.issued.filter(|day| day.len() == 10).map(|day| day.replace('-', "")).unwrap_or_default(),
        interchange: concerned.interchange.clone(),
        message: concerned.message.clone(),
        parties: concerned.parties.clone(),
        notes: vec![note],
        errors,
        ..Aperak::default()
    })
}

/// The rule, what is wrong, and what to do.
fn text(finding: &Finding, lang: Lang) -> String {
    let (message, fix) = (finding.message.get(lang).trim(), finding.fix.get(lang).trim());
    format!("{}: {message} {fix}", finding.rule).trim().to_owned()
}

/// The line in which a finding stands.
fn line(finding: &Finding, concerned: &Concerned) -> Option<String> {
    let Some(Place::Edifact { segment, .. }) = finding.place else { return None };
    let before = concerned.lines.partition_point(|(from, _)| *from <= segment);
    concerned.lines.get(before.checked_sub(1)?)?.1.clone()
}

/// Where each line of a message begins, and where the last one ends.
pub(super) fn lines(message: &Message) -> Vec<(u32, Option<String>)> {
    let mut lines = Vec::new();
    for segment in message.segments() {
        match segment.tag() {
            "LIN" => {
                let number = segment.text(1, 1).trim().to_owned();
                lines.push((segment.number(), Some(number).filter(|number| !number.is_empty())));
            }
            "UNS" => lines.push((segment.number(), None)),
            _ => {}
        }
    }
    lines
}

/// Seller and buyer as the message names them.
pub(super) fn parties(message: &Message) -> Vec<PartySaid> {
    let mut parties: Vec<PartySaid> = Vec::new();
    // Those of lines come behind them.
    for segment in message.segments().take_while(|segment| segment.tag() != "LIN").filter(|s| s.tag() == "NAD") {
        let said = |e, c| segment.text(e, c).trim().to_owned();
        let role = said(1, 1);
        if matches!(role.as_str(), "SU" | "SE" | "BY" | "IV") && parties.iter().all(|party| party.role != role) {
            let (id, list, agency, name) = (said(2, 1), said(2, 2), said(2, 3), said(4, 1));
            parties.push(PartySaid { role, id, list, agency, name });
        }
    }
    parties
}
