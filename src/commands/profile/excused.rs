//! What waivers and severities make of an invoice, for `facteur profile test`: read off the report that `validate` gives.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use serde_json::{Value, json};

use super::super::{show, words};
use crate::report::Report;
use crate::rules::client::{Outcome, Verdict};
use crate::rules::{Finding, Severity, Waived};
use crate::text::Lang;

/// The pack under which what there is to tell of waivers and severities stands.
const TOLD: &str = "waivers";

/// Puts the findings of a report in the place of those that the rules gave by themselves: the same ones, with the severity that
/// counts and with who waived them.
pub fn apply(outcomes: &mut [Outcome], judged: &Report) {
    let mut left: Vec<&Finding> =
        judged.findings.iter().filter(|finding| finding.rule.starts_with("FCT-CLIENT-")).collect();
    for outcome in outcomes {
        let Verdict::Failed(findings) = &mut outcome.verdict else { continue };
        for finding in findings.iter_mut() {
            let same = |other: &&Finding| {
                other.rule == finding.rule && other.message == finding.message && other.terms == finding.terms
            };
            // In the order in which they were found: two that say the same of two places stay apart.
            if let Some(at) = left.iter().position(same) {
                let other = left.remove(at);
                (finding.severity, finding.severity_was) = (other.severity, other.severity_was.clone());
                finding.waived.clone_from(&other.waived);
            }
        }
        outcome.severity = findings.iter().map(|finding| finding.severity).max().unwrap_or(outcome.severity);
    }
}

/// Broken, and somebody answers for all of it.
pub fn all_waived(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::Failed(findings) if findings.iter().all(|finding| finding.waived.is_some()))
}

/// Each waiver that is used here, then what is told of those that ended, are of no use, and of official rules that are lowered.
pub fn text(judged: &Report, lang: Lang) -> String {
    let mut out = String::new();
    for (waived, count) in used(judged) {
        let (rule, author, reason) =
            (show::plain(&waived.rule), show::plain(&waived.author), show::plain(&waived.reason));
        let (until, file, line) = (waived.until, show::plain(&waived.file), waived.line);
        // Writing to a string cannot fail.
        let _ = match lang {
            Lang::Fr => {
                let s = if count > 1 { "s" } else { "" };
                writeln!(
                    out,
                    "  dérogation     {rule}  {file}:{line}  {count} constat{s}, {author}, jusqu'au {until} : {reason}"
                )
            }
            Lang::En => {
                let s = if count > 1 { "s" } else { "" };
                writeln!(
                    out,
                    "  waiver         {rule}  {file}:{line}  {count} finding{s}, {author}, until {until}: {reason}"
                )
            }
        };
    }
    for finding in told(judged) {
        let word = match finding.severity {
            Severity::Information => "information",
            _ => words::pick(lang, "avertissement", "warning"),
        };
        let _ = writeln!(out, "  {word:13}  {}  {}", finding.rule, show::plain(finding.message.get(lang)));
        let _ = writeln!(out, "    → {}", show::plain(finding.fix.get(lang)));
    }
    if out.is_empty() {
        out
    } else {
        format!("{}\n{out}", words::pick(lang, "Dérogations et gravités :", "Waivers and severities:"))
    }
}

pub fn json(judged: &Report) -> Value {
    let used = used(judged).into_iter().map(|(waived, count)| json!({ "waiver": waived, "findings": count }));
    json!({ "used": used.collect::<Vec<_>>(), "told": told(judged).collect::<Vec<_>>() })
}

fn told(judged: &Report) -> impl Iterator<Item = &Finding> {
    judged.findings.iter().filter(|finding| finding.pack == TOLD)
}

/// By the place where each is written, with how many findings it covers.
fn used(judged: &Report) -> Vec<(&Waived, usize)> {
    let mut used: BTreeMap<(&str, u32), (&Waived, usize)> = BTreeMap::new();
    for waived in judged.findings.iter().filter_map(|finding| finding.waived.as_ref()) {
        used.entry((&waived.file, waived.line)).or_insert((waived, 0)).1 += 1;
    }
    used.into_values().collect()
}
