//! The report as one JSON object a line, in one language.

use serde::Serialize;

use super::{Document, Form, Lowered, Manner, Message, PackRun, Piece, Report, Summary, Verdict, Waivers};
use crate::day::Day;
use crate::invoice::Place;
use crate::rules::{Severity, SeverityWas, Waived, Working};
use crate::text::{Lang, one_line};

#[derive(Serialize)]
struct Line<'r> {
    schema: &'r str,
    tool: &'r str,
    file: &'r str,
    sha256: &'r str,
    as_of: Day,
    verdict: Verdict,
    syntax: Option<&'r str>,
    profile: Option<&'r str>,
    invoice: Option<&'r Summary>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<&'r Message>,
    packs: &'r [PackRun],
    findings: Vec<Row<'r>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waived: Option<Waivers>,
    #[serde(skip_serializing_if = "Option::is_none")]
    lowered: Option<Lowered>,
    not_run: Vec<Reason<'r>>,
}

#[derive(Serialize)]
struct Row<'r> {
    rule: &'r str,
    group: &'r str,
    severity: Severity,
    pack: &'r str,
    terms: &'r [String],
    place: Option<&'r Place>,
    found: Option<&'r str>,
    expected: Option<&'r str>,
    message: &'r str,
    fix: &'r str,
    #[serde(skip_serializing_if = "Option::is_none")]
    working: Option<&'r Working>,
    #[serde(skip_serializing_if = "Option::is_none")]
    example: Option<&'r str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    follows: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    severity_was: Option<&'r SeverityWas>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waived: Option<&'r Waived>,
}

#[derive(Serialize)]
struct Reason<'r> {
    pack: &'r str,
    reason: &'r str,
}

/// One object a line.
pub(super) struct JsonForm(pub Manner);

impl Form for JsonForm {
    fn one(&self, report: &Report, _: &Document<'_>) -> Piece {
        (line(report, self.0.lang) + "\n").into()
    }
}

/// One report as one line, without the line end. Messages in `lang`.
pub fn line(report: &Report, lang: Lang) -> String {
    let findings = report.findings.iter().map(|f| Row {
        rule: &f.rule,
        group: &f.group,
        severity: f.severity,
        pack: &f.pack,
        terms: &f.terms,
        place: f.place.as_ref(),
        found: f.found.as_deref(),
        expected: f.expected.as_deref(),
        message: f.message.get(lang),
        fix: f.fix.get(lang),
        working: f.working.as_ref(),
        example: f.example.as_deref(),
        follows: f.follows,
        severity_was: f.severity_was.as_ref(),
        waived: f.waived.as_ref(),
    });
    let line = Line {
        schema: &report.schema,
        tool: &report.tool,
        file: &report.file,
        sha256: &report.sha256,
        as_of: report.as_of,
        verdict: report.verdict,
        syntax: report.syntax.as_deref(),
        profile: report.profile.as_deref(),
        invoice: report.invoice.as_ref(),
        message: report.message.as_ref(),
        packs: &report.packs,
        findings: findings.collect(),
        waived: report.waived,
        lowered: report.lowered,
        not_run: report.not_run.iter().map(|n| Reason { pack: &n.pack, reason: n.reason.get(lang) }).collect(),
    };
    // Strings, numbers and lists alone: this cannot fail.
    one_line(serde_json::to_string(&line).unwrap_or_default())
}
