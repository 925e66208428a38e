//! The report as a person reads it on a terminal.

use std::fmt::Write as _;

use super::{Document, Form, Manner, Piece, Report, Verdict};
use crate::invoice::Place;
use crate::rules::{Finding, Severity};
use crate::text::{Lang, visible};

/// Reports one below the other.
pub(super) struct TextForm(pub Manner);

impl Form for TextForm {
    fn one(&self, report: &Report, _: &Document<'_>) -> Piece {
        text(report, self.0.lang).into()
    }
}

/// The report in one language, ending with a line end. No colours: the terminal's owner adds them.
pub fn text(report: &Report, lang: Lang) -> String {
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = header(&mut out, report, lang);
    for finding in &report.findings {
        let _ = one(&mut out, finding, lang);
    }
    for pack in &report.not_run {
        let label = pick(lang, "non jugé", "not judged");
        let _ = writeln!(out, "  {label}  {}: {}", visible(&pack.pack), visible(pack.reason.get(lang)));
    }
    out
}

fn header(out: &mut String, report: &Report, lang: Lang) -> std::fmt::Result {
    let verdict = match report.verdict {
        Verdict::Valid => pick(lang, "VALIDE", "VALID"),
        Verdict::Invalid => pick(lang, "NON VALIDE", "INVALID"),
        Verdict::NotJudged => pick(lang, "NON JUGÉE", "NOT JUDGED"),
    };
    write!(out, "{}: {verdict}", visible(&report.file))?;
    if let Some(invoice) = &report.invoice {
        let or = |value: &Option<String>| value.as_deref().map_or("?".to_owned(), |v| visible(v).into_owned());
        write!(out, "  {} {}", pick(lang, "facture", "invoice"), or(&invoice.number))?;
        write!(out, ", {}, {} → {}", or(&invoice.issued), or(&invoice.seller), or(&invoice.buyer))?;
        write!(out, ", {} {}", or(&invoice.payable), or(&invoice.currency))?;
    }
    let (fatal, warnings) = (report.count(Severity::Fatal), report.count(Severity::Warning));
    if fatal + warnings > 0 {
        let many = |n: usize, fr: &str, en: &str| match lang {
            Lang::Fr => format!("{n} {fr}{}", if n > 1 { "s" } else { "" }),
            Lang::En => format!("{n} {en}"),
        };
        let warned = if warnings == 1 { "warning" } else { "warnings" };
        write!(out, "  ({}, {})", many(fatal, "bloquante", "fatal"), many(warnings, "avertissement", warned))?;
    }
    writeln!(out)
}

fn one(out: &mut String, finding: &Finding, lang: Lang) -> std::fmt::Result {
    let severity = match finding.severity {
        Severity::Fatal => pick(lang, "bloquante", "fatal"),
        Severity::Warning => pick(lang, "avertissement", "warning"),
        Severity::Information => pick(lang, "information", "information"),
    };
    write!(out, "  {severity}  {}", finding.rule)?;
    if !finding.terms.is_empty() {
        write!(out, "  {}", finding.terms.join(", "))?;
    }
    match &finding.place {
        Some(Place::Xml { line, column, path, attachment }) => {
            let inside = attachment.as_ref().map(|name| format!("{} ", visible(name))).unwrap_or_default();
            write!(out, "  {} {inside}{line}:{column}  {}", pick(lang, "ligne", "line"), visible(path))?;
        }
        Some(Place::Edifact { segment, element, component, .. }) => {
            write!(out, "  {} {segment}:{element}:{component}", pick(lang, "segment", "segment"))?;
        }
        Some(Place::Attachment { attachment }) => {
            write!(out, "  {} {}", pick(lang, "fichier joint", "attachment"), visible(attachment))?;
        }
        None => {}
    }
    writeln!(out, "\n    {}", visible(finding.message.get(lang)))?;
    let (found, expected) = (finding.found.as_deref().map(visible), finding.expected.as_deref().map(visible));
    match (&found, &expected) {
        (Some(found), Some(expected)) => {
            writeln!(
                out,
                "    {} {found}; {} {expected}",
                pick(lang, "trouvé :", "found:"),
                pick(lang, "attendu :", "expected:")
            )?;
        }
        (Some(found), None) => writeln!(out, "    {} {found}", pick(lang, "trouvé :", "found:"))?,
        (None, Some(expected)) => writeln!(out, "    {} {expected}", pick(lang, "attendu :", "expected:"))?,
        (None, None) => {}
    }
    if finding.fix.get(lang).is_empty() {
        return Ok(());
    }
    writeln!(out, "    → {}", visible(finding.fix.get(lang)))
}

fn pick(lang: Lang, fr: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Fr => fr,
        Lang::En => en,
    }
}
