//! The report as a person reads it on a terminal.

pub(super) mod brief;
pub(super) mod excerpt;
mod paint;
mod working;

use std::collections::HashMap;
use std::fmt::Write as _;

use super::{Document, Form, Group, Manner, Piece, Report, Verdict, dated, groups, overruled};
use crate::invoice::{Place, Term, called, in_message};
use crate::limits;
use crate::rules::{Finding, Severity};
use crate::text::{Lang, visible};
use brief::{brief, quoted};
use excerpt::Source;
use paint::Paint;

/// Reports one below the other.
pub(super) struct TextForm(pub Manner);

impl Form for TextForm {
    fn one(&self, report: &Report, document: &Document<'_>) -> Piece {
        shown(report, document, self.0).into()
    }
}

/// The report in one language, ending with a line end, without colours and without lines of the document.
pub fn text(report: &Report, lang: Lang) -> String {
    shown(report, &Document::default(), Manner::plain(lang))
}

/// The report with the lines of its document.
fn shown(report: &Report, document: &Document<'_>, manner: Manner) -> String {
    let groups = groups(&report.findings);
    let listed = if manner.all { groups.iter().collect() } else { listed(report, &groups) };
    // What is listed in full is looked up in the document; nothing else is.
    let heads = listed.iter().filter_map(|group| report.findings.get(group.root));
    let page = Page {
        report,
        lang: manner.lang,
        paint: Paint(manner.colour),
        source: Source::new(document, heads),
        margin: margin(&report.findings),
        all: manner.all,
    };
    let mut out = String::new();
    // Writing to a string cannot fail.
    let _ = page.header(&mut out);
    for group in &listed {
        let _ = page.group(&mut out, group);
    }
    let _ = page.more(&mut out, &groups, &listed);
    let _ = page.not_run(&mut out);
    if !listed.is_empty() {
        out.push('\n');
    }
    out
}

/// Of groups that come from the same rule, the first few: a wrong unit in ten thousand lines is told once, and counted.
fn listed<'g>(report: &Report, groups: &'g [Group]) -> Vec<&'g Group> {
    let mut seen: HashMap<&str, usize> = HashMap::new();
    let few = |group: &&Group| {
        let Some(finding) = report.findings.get(group.root) else { return false };
        let count = seen.entry(finding.rule.as_str()).or_default();
        *count += 1;
        *count <= limits::TEXT_FINDINGS_PER_RULE
    };
    groups.iter().filter(few).collect()
}

/// Digits of the largest line number.
fn margin(findings: &[Finding]) -> usize {
    let line = |finding: &Finding| match &finding.place {
        Some(Place::Xml { line, .. }) => *line,
        _ => 0,
    };
    findings.iter().map(line).max().unwrap_or(0).to_string().len()
}

struct Page<'p> {
    report: &'p Report,
    lang: Lang,
    paint: Paint,
    source: Source<'p>,
    margin: usize,
    /// Is everything listed, however much it is?
    all: bool,
}

impl Page<'_> {
    fn pick(&self, fr: &'static str, en: &'static str) -> &'static str {
        match self.lang {
            Lang::Fr => fr,
            Lang::En => en,
        }
    }

    fn header(&self, out: &mut String) -> std::fmt::Result {
        let report = self.report;
        let word = overruled::verdict_word(report, self.lang).to_uppercase();
        let verdict = match report.verdict {
            Verdict::Valid => self.paint.good(&word),
            Verdict::Invalid => self.paint.severity(Severity::Fatal, &word),
            Verdict::NotJudged => self.paint.severity(Severity::Warning, &word),
        };
        write!(out, "{}: {verdict}", self.paint.bold(&visible(&report.file)))?;
        if let Some(invoice) = &report.invoice {
            let or = |value: &Option<String>| value.as_deref().map_or("?".to_owned(), brief);
            write!(out, "  {} {}", called(report.is_credit(), self.lang), or(&invoice.number))?;
            write!(out, ", {}, {} → {}", or(&invoice.issued), or(&invoice.seller), or(&invoice.buyer))?;
            let due = report.due().map_or("?".to_owned(), |due| brief(&due));
            write!(out, ", {due} {}", invoice.payable_in().map_or("?".to_owned(), brief))?;
            if let Some(other) = invoice.other_currency(self.lang) {
                write!(out, " ({})", brief(&other))?;
            }
        }
        if let Some(message) = &report.message {
            write!(out, "  {}", message.said(self.lang, brief).join(", "))?;
        }
        let (fatal, warnings) = (report.count(Severity::Fatal), report.count(Severity::Warning));
        let waived = overruled::counted(report, self.lang);
        if fatal + warnings > 0 || waived.is_some() {
            let many = |n: usize, fr: &str, en: &str| match self.lang {
                Lang::Fr => format!("{n} {fr}{}", if n > 1 { "s" } else { "" }),
                Lang::En => format!("{n} {en}"),
            };
            let warned = if warnings == 1 { "warning" } else { "warnings" };
            write!(out, "  ({}, {}", many(fatal, "bloquante", "fatal"), many(warnings, "avertissement", warned))?;
            write!(out, "{})", waived.map_or(String::new(), |waived| format!(", {waived}")))?;
        }
        writeln!(out)?;
        if let Some(packs) = dated::judged_by(report, self.lang) {
            writeln!(out, "  {}", self.paint.dim(&visible(&packs)))?;
        }
        for calendar in dated::calendars(report, self.lang) {
            writeln!(out, "  {}", self.paint.dim(&visible(&calendar)))?;
        }
        Ok(())
    }

    /// A finding in full, then in short those that go once it is mended.
    fn group(&self, out: &mut String, group: &Group) -> std::fmt::Result {
        let Some(finding) = self.report.findings.get(group.root) else { return Ok(()) };
        self.one(out, finding)?;
        let Some(sentence) = group.sentence(&self.report.findings) else { return Ok(()) };
        writeln!(out, "    {}", self.paint.bold(&visible(sentence.get(self.lang))))?;
        let followers = || group.followers.iter().filter_map(|at| self.report.findings.get(*at));
        let most = if self.all { usize::MAX } else { limits::TEXT_FOLLOWERS };
        for follower in followers().take(most) {
            write!(out, "      {}", self.title(follower))?;
            if let Some(Place::Xml { line, column, path, .. }) = &follower.place {
                write!(out, "  {}", self.paint.dim(&format!("{line}:{column}  {}", visible(path))))?;
            }
            writeln!(out, "\n        {}", visible(follower.message.get(self.lang)))?;
            for said in overruled::said(follower, self.lang) {
                writeln!(out, "        {}", indented(&said, "        "))?;
            }
        }
        let mut left: Vec<(&str, usize)> = Vec::new();
        for follower in followers().skip(most) {
            match left.iter_mut().find(|(rule, _)| *rule == follower.rule) {
                Some((_, count)) => *count += 1,
                None => left.push((&follower.rule, 1)),
            }
        }
        let more: usize = left.iter().map(|(_, count)| count).sum();
        let by_rule: Vec<String> = left.iter().map(|(rule, count)| format!("{count} × {}", visible(rule))).collect();
        match more {
            0 => Ok(()),
            _ => writeln!(out, "      {}", self.and_more(more, &by_rule.join(", "))),
        }
    }

    fn one(&self, out: &mut String, finding: &Finding) -> std::fmt::Result {
        writeln!(out, "\n  {}", self.title(finding))?;
        writeln!(out, "    {}", indented(finding.message.get(self.lang), "    "))?;
        for said in overruled::said(finding, self.lang) {
            writeln!(out, "    {}", self.paint.bold(&indented(&said, "    ")))?;
        }
        let mut compared = self.compared(finding);
        if let Some(place) = self.place(finding) {
            writeln!(out, "    {}{} {place}", " ".repeat(self.margin), self.paint.frame("-->"))?;
        }
        if let Some(excerpt) = self.source.excerpt(finding)
            && let Some(Place::Xml { line, .. }) = &finding.place
        {
            let (bar, blank) = (self.paint.frame("|"), " ".repeat(self.margin));
            let number = self.paint.frame(&format!("{line:>width$}", width = self.margin));
            let carets = self.paint.severity(finding.severity, &"^".repeat(excerpt.length));
            let label = compared.take().map_or(String::new(), |text| format!(" {text}"));
            writeln!(out, "     {blank} {bar}\n     {number} {bar} {}", excerpt.line)?;
            writeln!(out, "     {blank} {bar} {}{carets}{label}", " ".repeat(excerpt.from))?;
        }
        if let Some(compared) = compared {
            writeln!(out, "    {compared}")?;
        }
        if let Some(working) = &finding.working {
            for line in working::lines(working, self.lang, self.paint) {
                writeln!(out, "      {}", line.trim_end())?;
            }
        }
        if !finding.fix.get(self.lang).is_empty() {
            writeln!(out, "    {} {}", self.paint.good("→"), indented(finding.fix.get(self.lang), "      "))?;
        }
        if let Some(example) = finding.example.as_deref().filter(|example| !example.trim().is_empty()) {
            let label = self.pick("exemple :", "example:");
            match example.trim_end().split_once('\n') {
                None => writeln!(out, "    {label} {}", visible(example.trim()))?,
                Some(_) => {
                    writeln!(out, "    {label}")?;
                    for line in example.trim_end().lines() {
                        writeln!(out, "      {}", visible(line))?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Severity, rule, and the terms with their names.
    fn title(&self, finding: &Finding) -> String {
        let word = match finding.severity {
            Severity::Fatal => self.pick("bloquante", "fatal"),
            Severity::Warning => self.pick("avertissement", "warning"),
            Severity::Information => "information",
        };
        let named = |id: &String| match Term::parse(id) {
            Some(term) => format!("{id} {}", self.paint.dim(term.name(self.lang))),
            None => visible(id).into_owned(),
        };
        let terms: Vec<String> = finding.terms.iter().map(named).collect();
        let word = overruled::word(finding, word, self.lang);
        // What somebody answers for does not cry.
        let painted = if finding.waived.is_some() { Severity::Information } else { finding.severity };
        let severity = self.paint.severity(painted, &word);
        let mut title = format!("{severity}  {}", self.paint.bold(&visible(&finding.rule)));
        if !terms.is_empty() {
            let _ = write!(title, "  {}", terms.join(", "));
        }
        title
    }

    /// As editors and terminals take it, file, line and column, then the path.
    fn place(&self, finding: &Finding) -> Option<String> {
        let file = visible(&self.report.file);
        Some(match finding.place.as_ref()? {
            Place::Xml { line, column, path, attachment } => {
                let inside = attachment.as_ref().map(|name| format!(" {}", visible(name))).unwrap_or_default();
                format!("{file}{inside}:{line}:{column}  {}", visible(path)).trim_end().to_owned()
            }
            Place::Edifact { segment, element, component, offset } => {
                format!("{file} {}", in_message(*segment, *element, *component, *offset, self.lang))
            }
            Place::Attachment { attachment } => {
                format!("{file} {} {}", self.pick("fichier joint", "attachment"), visible(attachment))
            }
        })
    }

    fn compared(&self, finding: &Finding) -> Option<String> {
        let found = finding.found_in(self.lang).as_deref().map(quoted);
        let expected = finding.expected_in(self.lang).as_deref().map(quoted);
        let (says, wants) = (self.pick("trouvé :", "found:"), self.pick("attendu :", "expected:"));
        match (found, expected) {
            (Some(found), Some(expected)) => Some(format!("{says} {found}; {wants} {expected}")),
            (Some(found), None) => Some(format!("{says} {found}")),
            (None, Some(expected)) => Some(format!("{wants} {expected}")),
            (None, None) => None,
        }
    }

    /// What was counted and not listed, by rule; nothing is left out in silence.
    fn more(&self, out: &mut String, groups: &[Group], listed: &[&Group]) -> std::fmt::Result {
        if groups.len() == listed.len() {
            return Ok(());
        }
        let rule = |group: &Group| self.report.findings.get(group.root).map(|finding| finding.rule.as_str());
        let mut left: Vec<(&str, usize)> = Vec::new();
        let mut seen: HashMap<&str, usize> = HashMap::new();
        for group in groups {
            let Some(rule) = rule(group) else { continue };
            let count = seen.entry(rule).or_default();
            *count += 1;
            if *count <= limits::TEXT_FINDINGS_PER_RULE {
                continue;
            }
            let more = 1 + group.followers.len();
            match left.iter_mut().find(|(known, _)| *known == rule) {
                Some((_, count)) => *count += more,
                None => left.push((rule, more)),
            }
        }
        writeln!(out)?;
        for (rule, more) in left {
            writeln!(out, "  {}", self.paint.bold(&self.and_more(more, &visible(rule))))?;
        }
        Ok(())
    }

    fn and_more(&self, more: usize, of: &str) -> String {
        match self.lang {
            Lang::Fr => format!("… et {more} de plus : {of} (toutes avec --verbose, ou --format json ou csv)"),
            Lang::En => format!("… and {more} more of {of} (all of them with --verbose, or --format json or csv)"),
        }
    }

    fn not_run(&self, out: &mut String) -> std::fmt::Result {
        for pack in &self.report.not_run {
            let label = self.paint.severity(Severity::Warning, self.pick("non jugé", "not judged"));
            writeln!(out, "  {label}  {}: {}", visible(&pack.pack), visible(pack.reason.get(self.lang)))?;
        }
        Ok(())
    }
}

/// Words that may have several lines: each made visible, and none at the head of a line of the report.
fn indented(text: &str, by: &str) -> String {
    text.trim_end().lines().map(visible).collect::<Vec<_>>().join(&format!("\n{by}"))
}
