//! A report as a page shows it: the verdict, what was found and how to put it right, and what could not be judged.

use std::collections::BTreeMap;

use crate::invoice::{Place, Term, in_message};
use crate::problems::{is_credit, signed};
use crate::report::html::verdict_word;
use crate::report::{Report, dated, overruled};
use crate::rules::Severity;
use crate::text::Lang;
use crate::web::show;

/// Findings shown; the rest is counted.
const MOST: usize = 200;

/// A report, safe to show.
pub struct Judged {
    pub file: String,
    pub verdict: &'static str,
    pub number: String,
    pub seller: String,
    pub buyer: String,
    pub payable: String,
    pub currency: String,
    /// The invoice's currency, where the amount bears another.
    pub other_currency: Option<String>,
    pub credit: bool,
    /// What it says, where it is a life-cycle message.
    pub message: Option<String>,
    pub as_of: String,
    pub tool: String,
    pub profile: String,
    pub findings: Vec<Found>,
    pub unlisted: usize,
    pub counts: Vec<(&'static str, usize)>,
    /// The verdict in words, where waivers or a lowered rule made it.
    pub by_waiver: Option<String>,
    /// How many findings are waived, in words.
    pub waived: Option<String>,
    /// Where packs stood in their calendars.
    pub calendars: Vec<String>,
    pub packs: Vec<Ran>,
    pub not_run: Vec<(String, String)>,
}

/// One finding.
pub struct Found {
    pub rule: String,
    /// The rule's own page, where it has one.
    pub page: Option<String>,
    /// As it is shown: what is waived is no more than an information.
    pub severity: &'static str,
    /// The severity itself, where it is waived.
    pub waived: Option<&'static str>,
    /// Who waived it or changed its severity, in sentences.
    pub overruled: Vec<String>,
    pub terms: Vec<(String, String)>,
    pub place: String,
    pub path: String,
    /// The line of the document's own page.
    pub link: Option<String>,
    pub found: Option<String>,
    pub expected: Option<String>,
    pub message: String,
    pub fix: String,
}

/// A pack that ran.
pub struct Ran {
    pub id: String,
    pub version: String,
    pub rules: usize,
    pub reason: String,
}

impl Judged {
    /// `invoice` is the id of the invoice in the store, where it is there.
    pub fn of(report: &Report, lang: Lang, invoice: Option<&str>) -> Self {
        let facts = report.invoice.clone().unwrap_or_default();
        let credit = is_credit(report.syntax.as_deref(), facts.kind.as_deref());
        let said = |text: &Option<String>| show::said(text.as_deref().unwrap_or_default(), 120);
        let mut order: Vec<_> = report.findings.iter().collect();
        // The gravest first; of equal ones in the order of the report.
        order.sort_by_key(|finding| std::cmp::Reverse((finding.waived.is_none(), finding.severity)));
        let counts =
            [Severity::Fatal, Severity::Warning, Severity::Information].map(|s| (severity(s), report.count(s)));
        Self {
            file: show::said(&report.file, 120),
            verdict: report.verdict.as_str(),
            number: said(&facts.number),
            seller: said(&facts.seller),
            buyer: said(&facts.buyer),
            payable: facts.payable.as_deref().map(|amount| payable(amount, credit, lang)).unwrap_or_default(),
            currency: said(&facts.payable_in().map(str::to_owned)),
            other_currency: facts.other_currency(lang).map(|text| show::said(&text, 120)),
            credit,
            message: report
                .message
                .as_ref()
                .map(|message| message.said(lang, |value| show::said(value, 120)).join(", ")),
            as_of: show::day_of(report.as_of, lang),
            tool: show::said(&report.tool, 40),
            profile: said(&report.profile),
            unlisted: order.len().saturating_sub(MOST),
            findings: order.into_iter().take(MOST).map(|finding| found(finding, lang, invoice)).collect(),
            by_waiver: Some(overruled::verdict_word(report, lang))
                .filter(|word| *word != verdict_word(report.verdict, lang))
                .map(str::to_owned),
            waived: overruled::counted(report, lang),
            calendars: dated::calendars(report, lang).map(|said| show::said(&said, 300)).collect(),
            counts: counts.into_iter().filter(|(_, n)| *n > 0).collect(),
            packs: report
                .packs
                .iter()
                .map(|pack| Ran {
                    id: show::said(&pack.id, 80),
                    version: show::said(&pack.version, 40),
                    rules: pack.rules,
                    reason: show::said(&pack.reason, 80),
                })
                .collect(),
            not_run: report
                .not_run
                .iter()
                .map(|not| (show::said(&not.pack, 80), show::said(not.reason.get(lang), 400)))
                .collect(),
        }
    }
}

/// The findings of each line of a document: for the margin of its page.
pub fn by_line(report: &Report) -> BTreeMap<u32, Vec<(u32, String, &'static str)>> {
    let mut lines: BTreeMap<u32, Vec<(u32, String, &'static str)>> = BTreeMap::new();
    for finding in report.findings.iter().take(10 * MOST) {
        if let Some(Place::Xml { line, column, .. }) = &finding.place {
            let marks = lines.entry(*line).or_default();
            marks.push((*column, show::said(&finding.rule, 60), shown_severity(finding)));
        }
    }
    lines
}

pub fn found(finding: &crate::rules::Finding, lang: Lang, invoice: Option<&str>) -> Found {
    let (place, path, link) = match &finding.place {
        None => (String::new(), String::new(), None),
        Some(Place::Xml { line, column, path, .. }) => {
            let (label, at) = if lang == Lang::Fr { ("ligne", "colonne") } else { ("line", "column") };
            let link = invoice.map(|id| format!("/invoices/{id}/source?line={line}&column={column}#here"));
            (format!("{label}\u{a0}{line}, {at}\u{a0}{column}"), show::said(path, 300), link)
        }
        Some(Place::Attachment { attachment }) => (show::said(attachment, 120), String::new(), None),
        Some(Place::Edifact { segment, element, component, offset }) => {
            (in_message(*segment, *element, *component, *offset, lang), String::new(), None)
        }
    };
    let plain = finding.rule.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    let explained = plain && crate::rules::explain(finding.rule.split('_').next().unwrap_or_default(), lang).is_some();
    let name = |id: &String| Term::parse(id).map(|term| term.name(lang).to_owned()).unwrap_or_default();
    Found {
        page: explained.then(|| format!("/rules/{}", finding.rule)),
        rule: show::said(&finding.rule, 60),
        severity: shown_severity(finding),
        waived: finding.waived.as_ref().map(|_| severity(finding.severity)),
        overruled: overruled::said(finding, lang).map(|said| show::said(&said, 600)).collect(),
        terms: finding.terms.iter().take(8).map(|id| (show::said(id, 20), name(id))).collect(),
        place,
        path,
        link,
        found: finding.found_in(lang).map(|text| show::said(&text, 300)),
        expected: finding.expected_in(lang).map(|text| show::said(&text, 300)),
        message: show::said(finding.message.get(lang), 1_000),
        fix: show::said(finding.fix.get(lang), 1_000),
    }
}

/// As everywhere on the page: what a credit note takes from what is owed is below zero.
fn payable(amount: &str, credit: bool, lang: Lang) -> String {
    signed(amount, credit).map_or_else(|| show::said(amount, 40), |amount| show::money_of(amount, lang))
}

fn shown_severity(finding: &crate::rules::Finding) -> &'static str {
    severity(if finding.waived.is_some() { Severity::Information } else { finding.severity })
}

pub fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Fatal => "fatal",
        Severity::Warning => "warning",
        Severity::Information => "information",
    }
}
