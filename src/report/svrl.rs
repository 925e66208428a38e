//! The report as SVRL (ISO/IEC 19757-3, annex D), which every tool around Schematron reads.
//!
//! A pack is an active pattern, and what it found are failed assertions: `id` is the rule, `role` and `flag` its severity,
//! `location` an XPath whose prefixes are declared. What was found and expected, the fix and the rest are diagnostics. What was not
//! judged is a failed assertion as well (`FCT-NOT-JUDGED`), what is waived a successful report with the flag `waived`: a reader that counts them shall not take it for a success. All of it
//! is in the part that the editions of 2006 to 2025 have in common, except that an `id` may stand more than once, as in 2016 it
//! formally may not, and as every tool writes it all the same.

use std::fmt::Write as _;

use super::markup::escaped;
use super::{Document, Form, Manner, Piece, Report, Verdict, overruled};
use crate::formats::vocabulary;
use crate::invoice::{Place, Term};
use crate::rules::{Finding, Severity, rule};
use crate::text::Lang;

/// The id of an assertion that stands for a pack that did not run.
pub const NOT_JUDGED: &str = "FCT-NOT-JUDGED";

/// What the name space of a life-cycle message is called by.
const MESSAGE: &str = "CrossDomainAcknowledgementAndResponse";

/// One document for one file.
pub(super) struct SvrlForm(pub Manner);

impl Form for SvrlForm {
    fn one(&self, report: &Report, _: &Document<'_>) -> Piece {
        let mut out = String::with_capacity(2_048 + 1_024 * report.findings.len());
        // Writing to a string cannot fail.
        let _ = document(&mut out, report, self.0.lang);
        out.into()
    }
}

fn document(out: &mut String, report: &Report, lang: Lang) -> std::fmt::Result {
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    let tool = escaped(&report.tool);
    writeln!(
        out,
        r#"<svrl:schematron-output xmlns:svrl="http://purl.oclc.org/dsdl/svrl" title="{tool}" schemaVersion="{}">"#,
        escaped(&report.schema)
    )?;
    for (name, value) in [
        ("file", report.file.as_str()),
        ("sha256", &report.sha256),
        ("verdict", report.verdict.as_str()),
        ("as-of", &report.as_of.to_string()),
    ]
    .into_iter()
    .chain(overruled::counted(report, Lang::En).as_deref().map(|waived| ("waived", waived)))
    {
        writeln!(out, "  <svrl:text>{name}: {}</svrl:text>", escaped(value))?;
    }
    for pack in &report.packs {
        let chosen = format!("{} {}: {}", pack.id, pack.version, super::dated::chosen(pack));
        writeln!(out, "  <svrl:text>pack: {}</svrl:text>", escaped(&chosen))?;
    }
    // Invoices and life-cycle messages call name spaces of their own by one prefix.
    let of_message = report.message.is_some();
    for (prefix, uri) in spaces().filter(|(prefix, uri)| *prefix != "rsm" || of_message == uri.contains(MESSAGE)) {
        writeln!(out, r#"  <svrl:ns-prefix-in-attribute-values prefix="{prefix}" uri="{uri}"/>"#)?;
    }
    for pack in &report.packs {
        let id = pack.id.as_str();
        pattern(out, id, &format!("{id} {}", pack.version))?;
        for finding in report.findings.iter().filter(|finding| finding.pack == id) {
            failed(out, finding, lang)?;
        }
    }
    // What was noticed before any pack ran, or beside them.
    for id in beside(report) {
        pattern(out, id, id)?;
        for finding in report.findings.iter().filter(|finding| finding.pack == id) {
            failed(out, finding, lang)?;
        }
    }
    if !report.not_run.is_empty() {
        pattern(out, "not-judged", said(lang, "non jugé", "not judged"))?;
        for missing in &report.not_run {
            let title = said(lang, "jeu de règles jugé en entier", "rule pack judged as a whole");
            let text = format!("{}: {}", missing.pack, missing.reason.get(lang));
            writeln!(
                out,
                r#"  <svrl:failed-assert id="{NOT_JUDGED}" location="/" test="{title}" role="error" flag="not-judged">"#
            )?;
            writeln!(out, r#"    <svrl:text xml:lang="{}">{}</svrl:text>"#, tag(lang), escaped(&text))?;
            writeln!(out, "  </svrl:failed-assert>")?;
        }
    } else if report.packs.is_empty() && report.verdict == Verdict::Valid {
        pattern(out, "facteur", "facteur")?;
    }
    writeln!(out, "</svrl:schematron-output>")
}

/// Packs that findings name and that are not among those that ran, in the order of the findings.
pub(super) fn beside(report: &Report) -> Vec<&str> {
    let mut beside: Vec<&str> = Vec::new();
    for finding in &report.findings {
        let pack = finding.pack.as_str();
        if !report.packs.iter().any(|ran| ran.id == pack) && !beside.contains(&pack) {
            beside.push(pack);
        }
    }
    beside
}

fn pattern(out: &mut String, id: &str, name: &str) -> std::fmt::Result {
    // A name of ours, except for customer files; an id is a name without colon.
    let plain: String =
        id.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    writeln!(out, r#"  <svrl:active-pattern id="pack-{plain}" name="{}"/>"#, escaped(name))?;
    writeln!(out, r#"  <svrl:fired-rule context="/*"/>"#)
}

fn failed(out: &mut String, finding: &Finding, lang: Lang) -> std::fmt::Result {
    let severity = word(finding.severity);
    // A reader that counts failed assertions shall not count what somebody answers for, nor miss it.
    let (element, flag) =
        if finding.waived.is_some() { ("successful-report", "waived") } else { ("failed-assert", severity) };
    let title = rule(&finding.rule).map_or(finding.rule.as_str(), |rule| rule.doc(lang).title);
    let (location, path) = match &finding.place {
        Some(Place::Xml { path, .. }) if !path.is_empty() => (xpath(path), path.as_str()),
        _ => ("/".to_owned(), ""),
    };
    writeln!(
        out,
        r#"  <svrl:{element} id="{}" location="{}" test="{}" role="{severity}" flag="{flag}">"#,
        ncname(&finding.rule),
        escaped(&location),
        escaped(title)
    )?;
    let mut diagnostic = |name: &str, text: &str| {
        if text.is_empty() {
            return Ok(());
        }
        writeln!(
            out,
            r#"    <svrl:diagnostic-reference diagnostic="{name}"><svrl:text xml:lang="{}">{}</svrl:text></svrl:diagnostic-reference>"#,
            tag(lang),
            escaped(text)
        )
    };
    let terms: Vec<String> = finding
        .terms
        .iter()
        .map(|id| Term::parse(id).map_or_else(|| id.clone(), |term| format!("{id} {}", term.name(lang))))
        .collect();
    diagnostic("terms", &terms.join(", "))?;
    diagnostic("found", finding.found_in(lang).as_deref().unwrap_or_default())?;
    diagnostic("expected", finding.expected_in(lang).as_deref().unwrap_or_default())?;
    diagnostic("fix", finding.fix.get(lang))?;
    diagnostic("example", finding.example.as_deref().unwrap_or_default())?;
    diagnostic("place", &place(finding))?;
    diagnostic("path", path)?;
    diagnostic("waiver", &finding.waived.as_ref().map_or_else(String::new, |w| overruled::waiver(w, lang)))?;
    diagnostic("severity-was", &overruled::severity_was(finding, lang).unwrap_or_default())?;
    writeln!(out, r#"    <svrl:text xml:lang="{}">{}</svrl:text>"#, tag(lang), escaped(finding.message.get(lang)))?;
    writeln!(out, "  </svrl:{element}>")
}

fn place(finding: &Finding) -> String {
    match &finding.place {
        Some(Place::Xml { line, column, attachment, .. }) => {
            attachment.as_ref().map_or_else(String::new, |name| format!("{name}:")) + &format!("{line}:{column}")
        }
        Some(Place::Edifact { segment, element, component, .. }) => format!("{segment}:{element}:{component}"),
        Some(Place::Attachment { attachment }) => attachment.clone(),
        None => String::new(),
    }
}

/// A rule's id as an XML name: those of the authorities are; whatever is not one becomes one.
fn ncname(id: &str) -> String {
    let plain: String =
        id.chars().map(|c| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' }).collect();
    if plain.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_') { plain } else { format!("_{plain}") }
}

/// Prefixes and name spaces of locations: those of our tables, which is how reports write paths.
fn spaces() -> impl Iterator<Item = (&'static str, &'static str)> {
    vocabulary().spaces.iter().copied().filter(|(prefix, uri)| !prefix.is_empty() && !uri.is_empty())
}

/// A report's path as XPath 1.0. The root of UBL gets its prefix back; a name that no table of ours knows is asked for by its
/// local name.
fn xpath(path: &str) -> String {
    let known = |prefix: &str| spaces().any(|(known, _)| known == prefix);
    let mut out = String::with_capacity(path.len() + 8);
    for (depth, step) in path.split('/').filter(|step| !step.is_empty()).enumerate() {
        let (sign, step) = step.strip_prefix('@').map_or(("", step), |name| ("@", name));
        let (name, position) = step.find('[').map_or((step, ""), |at| step.split_at(at));
        out.push('/');
        out.push_str(sign);
        match (depth, name) {
            (0, "Invoice") => out.push_str("ubl:Invoice"),
            (0, "CreditNote") => out.push_str("cn:CreditNote"),
            _ => match name.split_once(':') {
                Some((prefix, _)) if known(prefix) || prefix == "xml" => out.push_str(name),
                None if sign == "@" => out.push_str(name),
                other => {
                    let local = other.map_or(name, |(_, local)| local);
                    // A name of XML holds no quote.
                    let _ = write!(out, "*[local-name()='{local}']");
                }
            },
        }
        out.push_str(position);
    }
    out
}

pub(super) fn word(severity: Severity) -> &'static str {
    match severity {
        Severity::Fatal => "fatal",
        Severity::Warning => "warning",
        Severity::Information => "information",
    }
}

fn said(lang: Lang, fr: &'static str, en: &'static str) -> &'static str {
    match lang {
        Lang::Fr => fr,
        Lang::En => en,
    }
}

fn tag(lang: Lang) -> &'static str {
    said(lang, "fr", "en")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_xpath() {
        for (path, expected) in [
            ("/Invoice/cac:InvoiceLine[2]/cbc:ID", "/ubl:Invoice/cac:InvoiceLine[2]/cbc:ID"),
            ("/CreditNote/cbc:ID/@schemeID", "/cn:CreditNote/cbc:ID/@schemeID"),
            (
                "/rsm:CrossIndustryInvoice/x:Odd[3]/Bare",
                "/rsm:CrossIndustryInvoice/*[local-name()='Odd'][3]/*[local-name()='Bare']",
            ),
            ("/Invoice/@x:odd", "/ubl:Invoice/@*[local-name()='odd']"),
        ] {
            assert_eq!(xpath(path), expected);
        }
        for prefix in ["ubl", "cn", "cac", "cbc", "rsm", "ram", "udt"] {
            assert!(spaces().any(|(known, _)| known == prefix), "{prefix}");
        }
    }

    #[test]
    fn ids_are_names() {
        for (id, name) in [("BR-FR-05_BT-22-1", "BR-FR-05_BT-22-1"), ("1 <x>", "_1__x_"), ("", "_")] {
            assert_eq!(ncname(id), name);
        }
    }
}
