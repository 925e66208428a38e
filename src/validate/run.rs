//! The packs that were asked for: run, dated, and told in the report with their reason.

use std::collections::HashSet;

use super::choice::Asked;
use super::{Direction, Options, chorus, message, structure};
use crate::day::Day;
use crate::invoice::{Invoice, Occurrence, Place, bt};
use crate::report::{Calendar, NotRun, PackRun, Report};
use crate::rules::client::ClientRules;
use crate::rules::{self, Finding, Pack, Severity};

/// Runs a pack that was asked for, or says why not.
pub(super) fn run(
    asked: Asked,
    invoice: &Invoice<'_>,
    direction: Direction,
    when: (Day, &str),
    known: &chorus::Known,
    report: &mut Report,
) {
    let (day, day_from) = when;
    match asked.pack {
        Some(pack) if pack.count(invoice.syntax()) == 0 => {
            report
                .not_run
                .push(NotRun { pack: pack.id.to_owned(), reason: message::other_documents(invoice.syntax()) });
        }
        Some(pack) => {
            let mut judged = pack.judge_on(invoice, direction, day);
            rules::chorus::settle(&mut judged.findings, &known.settings.unwrap_or_default(), known.file.as_deref());
            let run = PackRun {
                id: pack.id.to_owned(),
                version: pack.version.to_owned(),
                sha256: pack.sha256.to_owned(),
                rules: pack.count(invoice.syntax()),
                reason: asked.reason,
                presumed: asked.presumed,
                calendar: calendar(pack, direction, day, day_from),
            };
            if run.presumed {
                chorus::presume(&mut judged.findings, &run, invoice);
            }
            report.packs.push(run);
            add_new(&mut report.findings, judged.findings);
            report.findings.extend(structure::more(pack.id, judged.unlisted));
            report.not_run.extend(judged.not_run.map(|reason| NotRun { pack: pack.id.to_owned(), reason }));
        }
        None => {}
    }
    report.not_run.extend(asked.not_run.map(|reason| NotRun { pack: asked.id, reason }));
}

/// The pack of a run, in the version that ran.
pub(super) fn that_ran(run: &PackRun) -> Option<&'static Pack> {
    rules::packs().iter().find(|pack| pack.id == run.id && pack.version == run.version)
}

/// The legal mentions. After the packs and the customer's rules, so that nothing is said twice.
pub(super) fn mentions(
    invoice: &Invoice<'_>,
    client: Option<&ClientRules>,
    options: &Options<'_>,
    report: &mut Report,
) {
    let Some(reason) = options.choice.mentions(&report.packs) else { return };
    let ran: Vec<&str> = report.packs.iter().map(|pack| pack.id.as_str()).collect();
    let (day, _) = day_that_counts(invoice, options);
    let found = rules::mentions::judge(invoice, client, day, &ran, &report.findings);
    report.packs.push(PackRun {
        id: rules::mentions::PACK.to_owned(),
        version: rules::mentions::VERSION.to_owned(),
        sha256: rules::mentions::sha256().to_owned(),
        rules: rules::mentions::count(client),
        reason,
        calendar: None,
        presumed: false,
    });
    // One reference that is missing is one fault: our own check follows the mention, whose severity a customer's file may have set.
    let mentioned = found.iter().position(|finding| finding.rule == "FCT-MENTION-PRECEDING-INVOICE");
    if let Some(root) = mentioned.map(|position| report.findings.len() + position) {
        let own = report.findings.iter_mut().filter(|finding| finding.rule == "FCT-PRECEDING-MISSING");
        own.for_each(|finding| finding.follows = Some(root));
    }
    report.findings.extend(found);
}

/// The day by which packs are chosen, and where it comes from.
pub(super) fn day_that_counts(invoice: &Invoice<'_>, options: &Options<'_>) -> (Day, &'static str) {
    // A day that is wrong itself, by the form or the years that BR-FR-03 wants, chooses nothing.
    let length = if invoice.syntax().is_ubl() { "2026-11-22".len() } else { "20261122".len() };
    let plain = |o: &Occurrence<'_>| o.trimmed().len() == length;
    let years = |day: &Day| (2000..=2099).contains(&day.year());
    let issued = || invoice.all(bt::BT_2).filter(plain).find_map(|o| o.day()).filter(years).map(|day| (day, "BT-2"));
    options.date.map(|day| (day, "--date")).or_else(issued).unwrap_or((options.as_of, "as_of"))
}

/// Where a pack stands in its calendar on a day.
fn calendar(pack: &Pack, direction: Direction, day: Day, day_from: &str) -> Option<Calendar> {
    let phase = pack.phase(direction)?;
    let severity = if phase.warns_on(day) { Severity::Warning } else { Severity::Fatal };
    Some(Calendar { severity, direction, day, day_from: day_from.to_owned(), warning_until: phase.warning_until })
}

/// Adds findings, less those that another pack has given already: a profile repeats rules of the norm.
fn add_new(findings: &mut Vec<Finding>, more: Vec<Finding>) {
    if findings.is_empty() || more.is_empty() {
        findings.extend(more);
        return;
    }
    let told: HashSet<(String, Option<Place>)> =
        findings.iter().map(|finding| (finding.rule.clone(), finding.place.clone())).collect();
    let is_new = |finding: &Finding| !told.contains(&(finding.rule.clone(), finding.place.clone()));
    findings.extend(more.into_iter().filter(is_new));
}
