//! The report as JUnit's XML, as Jenkins, GitLab and others read it: a suite a file, a test case a rule pack.
//!
//! A pack with fatal findings failed; what could not be judged is an error, so that no reader takes it for a success; warnings are
//! output of a case that passed, and so is what is waived. Names stay the same from run to run, so that a server can tell what is new.

use std::fmt::Write as _;

use super::markup::{escaped, lines};
use super::svrl::beside;
use super::{Document, Form, Manner, NotRun, Piece, Report, Seen, overruled};
use crate::invoice::{Place, in_message};
use crate::rules::{Finding, Severity};
use crate::text::{Lang, visible};

/// One document for the whole run.
pub(super) struct JunitForm(pub Manner);

impl Form for JunitForm {
    fn begin(&self) -> String {
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"facteur\">\n".to_owned()
    }

    fn one(&self, report: &Report, _: &Document<'_>) -> Piece {
        let mut out = String::with_capacity(1_024 + 512 * report.findings.len());
        // Writing to a string cannot fail.
        let _ = suite(&mut out, report, self.0.lang);
        out.into()
    }

    fn end(&self, _: &Seen) -> String {
        "</testsuites>\n".to_owned()
    }
}

/// A test case: a pack and what it found.
struct Case<'r> {
    name: String,
    findings: Vec<&'r Finding>,
}

fn suite(out: &mut String, report: &Report, lang: Lang) -> std::fmt::Result {
    let of = |pack: &str| report.findings.iter().filter(|finding| finding.pack == pack).collect::<Vec<_>>();
    let ran = report.packs.iter().map(|pack| Case { name: pack.id.clone(), findings: of(&pack.id) });
    // Findings of what could not even be read stand with the error; a second case for them would have passed.
    let cases: Vec<Case<'_>> = ran
        .chain(beside(report).into_iter().map(|pack| Case { name: pack.to_owned(), findings: of(pack) }))
        .filter(|case| !is_unread(report, case))
        .collect();
    let failures = cases.iter().filter(|case| case.findings.iter().any(|f| f.blocks())).count();
    let file = escaped(&report.file);
    let alone = || report.not_run.iter().filter(|missing| !cases.iter().any(|case| case.name == missing.pack));
    let (tests, errors) = (cases.len() + alone().count(), report.not_run.len());
    writeln!(
        out,
        r#"  <testsuite name="{file}" tests="{tests}" failures="{failures}" errors="{errors}" skipped="0" file="{file}">"#
    )?;
    properties(out, report)?;
    for case in &cases {
        let missing: Vec<&NotRun> = report.not_run.iter().filter(|missing| missing.pack == case.name).collect();
        self::case(out, &file, case, &missing, lang)?;
    }
    for missing in alone() {
        writeln!(out, r#"    <testcase classname="{file}" name="{}">"#, escaped(&missing.pack))?;
        let unread: Vec<&Finding> = match report.packs.is_empty() {
            true => of(&missing.pack),
            false => Vec::new(),
        };
        let body = unread.iter().map(|finding| told(finding, lang)).collect::<Vec<_>>().join("\n");
        error(out, missing, &body, lang)?;
        writeln!(out, "    </testcase>")?;
    }
    writeln!(out, "  </testsuite>")
}

/// Not judged: in the case that the pack has in every run, so that its name stays the same.
fn error(out: &mut String, missing: &NotRun, body: &str, lang: Lang) -> std::fmt::Result {
    let message = escaped(missing.reason.get(lang));
    writeln!(out, r#"      <error type="not-judged" message="{message}">{}</error>"#, lines(body))
}

/// A case that only says why the document could not be read, which its error says already.
fn is_unread(report: &Report, case: &Case<'_>) -> bool {
    report.packs.is_empty()
        && report.not_run.iter().any(|missing| missing.pack == case.name)
        && case.findings.iter().all(|finding| finding.severity != Severity::Fatal)
}

fn properties(out: &mut String, report: &Report) -> std::fmt::Result {
    let invoice = report.invoice.clone().unwrap_or_default();
    let values = [
        ("verdict", Some(report.verdict.as_str().to_owned())),
        ("waived", report.waived.map(|waived| waived.findings.to_string())),
        ("lowered", report.lowered.map(|lowered| lowered.findings.to_string())),
        ("sha256", Some(report.sha256.clone())),
        ("as_of", Some(report.as_of.to_string())),
        ("syntax", report.syntax.clone()),
        ("profile", report.profile.clone()),
        ("number", invoice.number),
        ("seller", invoice.seller),
        ("buyer", invoice.buyer),
        ("status", report.message.as_ref().and_then(|message| message.status.clone())),
        ("status-of", report.message.as_ref().and_then(|message| message.invoice.clone())),
        ("tool", Some(report.tool.clone())),
    ];
    writeln!(out, "    <properties>")?;
    for (name, value) in values.iter().filter_map(|(name, value)| Some((name, value.as_deref()?))) {
        writeln!(out, r#"      <property name="{name}" value="{}"/>"#, escaped(value))?;
    }
    for pack in &report.packs {
        let (id, version) = (escaped(&pack.id), escaped(&pack.version));
        writeln!(out, r#"      <property name="pack:{id}" value="{version} {}"/>"#, escaped(&pack.sha256))?;
        let chosen = super::dated::chosen(pack);
        writeln!(out, r#"      <property name="chosen:{id}" value="{}"/>"#, escaped(&chosen))?;
    }
    writeln!(out, "    </properties>")
}

fn case(out: &mut String, file: &str, case: &Case<'_>, missing: &[&NotRun], lang: Lang) -> std::fmt::Result {
    let (fatal, others): (Vec<&Finding>, Vec<&Finding>) = case.findings.iter().partition(|finding| finding.blocks());
    write!(out, r#"    <testcase classname="{file}" name="{}""#, escaped(&case.name))?;
    if case.findings.is_empty() && missing.is_empty() {
        return writeln!(out, "/>");
    }
    writeln!(out, ">")?;
    for missing in missing {
        error(out, missing, "", lang)?;
    }
    let body = |findings: &[&Finding]| findings.iter().map(|f| told(f, lang)).collect::<Vec<_>>().join("\n");
    if !fatal.is_empty() {
        let message = escaped(&summary(&fatal, lang)).into_owned();
        writeln!(out, r#"      <failure type="fatal" message="{message}">{}</failure>"#, lines(&body(&fatal)))?;
    }
    if !others.is_empty() {
        writeln!(out, "      <system-out>{}</system-out>", lines(&body(&others)))?;
    }
    writeln!(out, "    </testcase>")
}

/// How many, of which rules, and the first sentence.
fn summary(fatal: &[&Finding], lang: Lang) -> String {
    const NAMED: usize = 6;
    let mut rules: Vec<&str> = Vec::new();
    for finding in fatal {
        if !rules.contains(&finding.rule.as_str()) {
            rules.push(&finding.rule);
        }
    }
    let first = fatal.first().map_or("", |finding| finding.message.get(lang));
    let more = if rules.len() > NAMED { ", …" } else { "" };
    let named = rules.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match lang {
        Lang::Fr => format!("{} bloquante(s) : {named}{more}. {first}", fatal.len()),
        Lang::En => format!("{} fatal: {named}{more}. {first}", fatal.len()),
    }
}

/// A finding in plain text.
fn told(finding: &Finding, lang: Lang) -> String {
    let pick = |fr: &'static str, en: &'static str| if lang == Lang::Fr { fr } else { en };
    let place = match &finding.place {
        Some(Place::Xml { line, column, path, attachment }) => {
            let inside = attachment.as_ref().map_or(String::new(), |name| format!("{}:", visible(name)));
            format!("{inside}{line}:{column} {}", visible(path))
        }
        Some(Place::Edifact { segment, element, component, offset }) => {
            in_message(*segment, *element, *component, *offset, lang)
        }
        Some(Place::Attachment { attachment }) => visible(attachment).into_owned(),
        None => String::new(),
    };
    let mut out = format!("{} {}", finding.rule, finding.terms.join(", "));
    let mut add = |label: &str, text: &str| {
        if !text.trim().is_empty() {
            let _ = write!(out, "\n  {label}{}", visible(text));
        }
    };
    add("", finding.message.get(lang));
    overruled::said(finding, lang).for_each(|said| add("", &said));
    add(pick("où : ", "where: "), &place);
    add(pick("trouvé : ", "found: "), finding.found_in(lang).as_deref().unwrap_or_default());
    add(pick("attendu : ", "expected: "), finding.expected_in(lang).as_deref().unwrap_or_default());
    add("→ ", finding.fix.get(lang));
    out
}
