//! The packs that were asked for: run, dated, and told in the report with their reason.

use std::collections::HashSet;

use super::choice::Asked;
use super::{Direction, Options, chorus, message, structure};
use crate::day::Day;
use crate::invoice::{Invoice, Occurrence, Place, bt};
use crate::report::{Calendar, InForce, NotRun, PackRun, Report};
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
            let reason = message::other_documents(invoice.syntax());
            not_run(report, Some(NotRun { pack: pack.id.to_owned(), reason }));
        }
        // Asked for twice, or by two names (`facturx,facturx-basic`): once is all there is to judge.
        Some(pack) if report.packs.iter().any(|ran| ran.id == pack.id && ran.version == pack.version) => {}
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
                in_force: in_force(pack, day, day_from),
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
    not_run(report, asked.not_run.map(|reason| NotRun { pack: asked.id, reason }));
}

/// Tells what did not run, once.
fn not_run(report: &mut Report, told: Option<NotRun>) {
    report.not_run.extend(told.filter(|told| !report.not_run.contains(told)));
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
        in_force: None,
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

/// Why this version of a pack, where it has not been in force for ever and is not for ever.
fn in_force(pack: &Pack, day: Day, day_from: &str) -> Option<InForce> {
    let chosen = pack.from.is_some() || pack.before.is_some();
    chosen.then(|| InForce { from: pack.from, before: pack.before, day, day_from: day_from.to_owned() })
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

#[cfg(test)]
mod tests {
    use super::super::{choice, verdict};
    use super::*;
    use crate::formats;
    use crate::report::Verdict;
    use crate::rules::version_on;

    const INVOICE: &str = include_str!("../../fixtures/rules/fr/ubl-minimal.xml");

    /// The report of an invoice judged by the pack of two versions (`fixtures/rules/versions`) alone.
    fn report(issued: &str, date: Option<&str>) -> Report {
        let text = INVOICE.replace("<cbc:IssueDate>2026-11-22<", &format!("<cbc:IssueDate>{issued}<"));
        let read = formats::read(text.as_bytes()).unwrap();
        let as_of = Day::parse_iso("2026-11-22").unwrap();
        let options = Options { date: date.and_then(Day::parse_iso), ..Options::new(as_of) };
        let when = day_that_counts(&read.invoice, &options);
        let version = version_on(rules::versions(), "dated", when.0).unwrap();
        let asked = choice::in_version(version, "--rules".to_owned(), when.0);
        let mut report = super::super::empty("invoice.xml", String::new(), as_of);
        run(asked, &read.invoice, Direction::Out, when, &chorus::Known::default(), &mut report);
        report.verdict = verdict(&report);
        report
    }

    #[test]
    fn the_day_chooses_the_version_and_the_report_says_why() {
        // The first version asks for a note, the second, which extends it, also for a service code that is not there.
        for (issued, date, version, said, rules) in [
            ("2026-01-01", None, "1", "2026-01-01 BT-2", &["DATED-1"][..]),
            ("2026-12-31", None, "1", "2026-12-31 BT-2", &["DATED-1"]),
            ("2027-01-01", None, "2", "2027-01-01 BT-2", &["DATED-1", "DATED-2"]),
            ("2026-06-01", Some("2027-06-01"), "2", "2027-06-01 --date", &["DATED-1", "DATED-2"]),
            ("2027-06-01", Some("2026-06-01"), "1", "2026-06-01 --date", &["DATED-1"]),
        ] {
            let report = report(issued, date);
            let [ran] = &report.packs[..] else { panic!("{:?}", report.packs) };
            let fired: Vec<&str> = report.findings.iter().map(|f| f.rule.as_str()).collect();
            let chosen = ran.in_force.as_ref().unwrap();
            let told = format!("{} {}", chosen.day, chosen.day_from);
            assert_eq!((ran.version.as_str(), told.as_str(), &fired[..]), (version, said, rules), "{issued} {date:?}");
            let (from, before) = (chosen.from.unwrap().to_string(), chosen.before.map(|day| day.to_string()));
            let days = match version {
                "1" => ("2026-01-01", Some("2027-01-01")),
                _ => ("2027-01-01", None),
            };
            assert_eq!((from.as_str(), before.as_deref()), days);
        }
        // Two versions are two identities.
        let sha256 = |issued| report(issued, None).packs[0].sha256.clone();
        assert_ne!(sha256("2026-06-01"), sha256("2027-06-01"));
    }

    #[test]
    fn before_the_first_version_nothing_is_judged_and_the_report_says_so() {
        let report = report("2025-12-31", None);
        assert_eq!((report.verdict, report.packs.len(), report.findings.len()), (Verdict::NotJudged, 0, 0));
        let [told] = &report.not_run[..] else { panic!("{:?}", report.not_run) };
        assert_eq!(told.pack, "dated");
        assert_eq!(told.reason.en, "no version is in force on 2025-12-31: the first, 1, is from 2026-01-01");
        assert!(told.reason.fr.contains("2025-12-31") && told.reason.fr.contains("depuis le 2026-01-01"));
    }

    #[test]
    fn a_pack_of_one_version_without_end_needs_no_reason_for_it() {
        let judged =
            super::super::validate(INVOICE.as_bytes(), "a.xml", &Options::new(Day::new(2026, 11, 22).unwrap()));
        assert!(judged.report.packs.iter().all(|run| run.in_force.is_none()));
    }
}
