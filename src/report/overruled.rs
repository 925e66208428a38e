//! What customer files and the configuration changed, in words: waivers and severities. Every form that people read says the same.

use super::{Report, Verdict};
use crate::rules::client::severity_place;
use crate::rules::{Finding, Waived};
use crate::text::Lang;

/// The finding that an official rule was lowered.
const LOWERED: &str = "FCT-SEVERITY-LOWERED";

/// Who answers for a finding, why, and until when.
pub fn waiver(waived: &Waived, lang: Lang) -> String {
    let Waived { author, reason, until, file, line, .. } = waived;
    match lang {
        Lang::Fr => format!("Dérogation de {author}, jusqu'au {until} compris : {reason} ({file}:{line})"),
        Lang::En => format!("Waived by {author}, until {until} included: {reason} ({file}:{line})"),
    }
}

/// Which severity the rule itself gives, and who gave another one.
pub fn severity_was(finding: &Finding, lang: Lang) -> Option<String> {
    let was = finding.severity_was.as_ref()?;
    let (from, to) = (super::html::word(was.severity, lang), super::html::word(finding.severity, lang));
    let (from, to) = (from.to_lowercase(), to.to_lowercase());
    let place = severity_place(&was.file, was.line, was.platform.as_deref(), lang);
    let why =
        was.reason.as_deref().map_or(String::new(), |why| format!("{}{why}", lang.pick(" ; motif : ", "; reason: ")));
    Some(match lang {
        Lang::Fr => format!("Gravité de la règle : {from}. Ici : {to}, d'après {place}{why}"),
        Lang::En => format!("Severity of the rule: {from}. Here: {to}, by {place}{why}"),
    })
}

/// All that was changed about a finding, a sentence each.
pub fn said(finding: &Finding, lang: Lang) -> impl Iterator<Item = String> {
    let waived = finding.waived.as_ref().map(|waived| waiver(waived, lang));
    waived.into_iter().chain(severity_was(finding, lang))
}

/// The verdict in words. What is valid only because somebody answers for it, or because a rule was lowered, is called so.
pub fn verdict_word(report: &Report, lang: Lang) -> &'static str {
    match report.verdict {
        Verdict::Valid if report.by_waiver() && is_lowered(report) => {
            lang.pick("Valide par dérogation, règle officielle abaissée", "Valid by waiver, official rule lowered")
        }
        Verdict::Valid if report.by_waiver() => lang.pick("Valide par dérogation", "Valid by waiver"),
        Verdict::Valid if is_lowered(report) => {
            lang.pick("Valide, règle officielle abaissée", "Valid, official rule lowered")
        }
        verdict => super::html::verdict_word(verdict, lang),
    }
}

/// Did the configuration or a customer's file take a fatal severity from an official rule?
fn is_lowered(report: &Report) -> bool {
    report.lowered.is_some() || report.findings.iter().any(|finding| finding.rule == LOWERED)
}

/// How many findings of official rules were lowered, in words; none where none was.
pub fn counted_lowered(report: &Report, lang: Lang) -> Option<String> {
    let n = report.lowered?.findings;
    Some(match lang {
        Lang::Fr => format!("{n} {}", if n > 1 { "abaissés" } else { "abaissé" }),
        Lang::En => format!("{n} lowered"),
    })
}

/// How many findings are waived, in words; none where none is.
pub fn counted(report: &Report, lang: Lang) -> Option<String> {
    let n = report.waived?.findings;
    Some(match lang {
        Lang::Fr => format!("{n} par dérogation"),
        Lang::En => format!("{n} waived"),
    })
}

/// A severity in one word, before it the waiver where there is one: `waived (fatal)`, and `Waived (fatal)` for `Fatal`.
pub fn word(finding: &Finding, severity: &str, lang: Lang) -> String {
    match &finding.waived {
        None => severity.to_owned(),
        // At the head of a line where the severity stands there with a capital, and so does the word before it.
        Some(_) if severity.starts_with(char::is_uppercase) => {
            format!("{} ({})", lang.pick("Dérogation", "Waived"), severity.to_lowercase())
        }
        Some(_) => format!("{} ({severity})", lang.pick("dérogation", "waived")),
    }
}
