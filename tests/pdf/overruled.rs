//! Customer files and what a PDF shows: severities and waivers reach these findings as they reach all others; what decides which
//! invoice is meant stays as it is.

use facteur::day::Day;
use facteur::formats::facturx::RemarkKind;
use facteur::pdf::RefusalKind;
use facteur::report::{Report, Verdict};
use facteur::rules::Severity;
use facteur::rules::client::{Clients, Folder};
use facteur::text::Lang;
use facteur::validate::{Options, validate};

use super::visible::{AGREEING, Drawn, OTHER};
use super::xml;

const TOTAL: &str = "FCT-PDF-VISIBLE-TOTAL";

fn clients(text: &str) -> Result<Clients, String> {
    let folder: Folder = [("waivers.toml", text)].into_iter().collect();
    Clients::load(&folder).map_err(|faults| faults[0].line(Lang::En))
}

/// The file of the invoice's buyer.
fn own(text: &str) -> Clients {
    let folder: Folder = [("own.toml", text)].into_iter().collect();
    Clients::load(&folder).unwrap_or_else(|faults| panic!("{}", faults[0]))
}

fn judged(lines: &[&str], clients: &Clients) -> Report {
    let options =
        Options { clients: Some(clients), client: Some("own"), ..Options::new(Day::parse_iso("2026-11-22").unwrap()) };
    validate(&Drawn::lines(lines).bytes(), "a.pdf", &options).report
}

fn waiver(rule: &str) -> String {
    format!(
        "[[waive]]\nrule = \"{rule}\"\nauthor = \"Marie Dupont\"\nreason = \"Accord du 12/11\"\nuntil = 2026-12-31\n"
    )
}

#[test]
fn a_severity_reaches_what_the_pages_show() {
    let raised = own(&format!("[[severity]]\nrule = \"{TOTAL}\"\nlevel = \"fatal\"\n"));
    let report = judged(&OTHER, &raised);
    assert_eq!(report.verdict, Verdict::Invalid, "{:?}", report.findings);
    let finding = report.findings.iter().find(|finding| finding.rule == TOTAL).unwrap();
    let was = finding.severity_was.as_ref().expect("it says what the check itself says");
    assert_eq!((finding.severity, was.severity, was.line), (Severity::Fatal, Severity::Warning, 1));
    assert_eq!(judged(&AGREEING, &raised).verdict, Verdict::Valid);
    // And somebody may answer for one.
    let waived = own(&format!("[[severity]]\nrule = \"{TOTAL}\"\nlevel = \"fatal\"\n{}", waiver(TOTAL)));
    let report = judged(&OTHER, &waived);
    assert_eq!((report.verdict, report.by_waiver()), (Verdict::Valid, true), "{:?}", report.findings);
    // What follows what is told by its place in the list, which these findings come first in.
    let follows = report.findings.iter().filter_map(|finding| finding.follows);
    follows.for_each(|root| assert!(root < report.findings.len()));
}

#[test]
fn a_waiver_of_what_pages_show_is_unused_only_where_pages_were_compared() {
    let file = own(&waiver(TOTAL));
    let told = |report: &Report| report.findings.iter().any(|finding| finding.rule == "FCT-WAIVER-UNUSED");
    assert!(told(&judged(&AGREEING, &file)));
    let nothing = judged(&[], &file);
    assert!(nothing.findings.iter().any(|finding| finding.rule == "FCT-PDF-NOT-COMPARED"));
    assert!(!told(&nothing), "{:?}", nothing.findings);
    let options =
        Options { clients: Some(&file), client: Some("own"), ..Options::new(Day::parse_iso("2026-11-22").unwrap()) };
    assert!(!told(&validate(&xml("F-1"), "a.xml", &options).report), "no PDF, no page that agrees");
}

/// Fatal of itself, a doubt about which invoice is meant, or a reader that gave up: nobody answers for it, and it keeps its severity.
#[test]
fn what_decides_which_invoice_is_meant_is_overruled_by_nobody() {
    let remarks = RemarkKind::ALL.map(|kind| (kind.rule(), kind.is_fatal() || kind.is_doubt()));
    let refusals = RefusalKind::ALL.map(|kind| (kind.rule(), true));
    for (rule, fixed) in remarks.into_iter().chain(refusals) {
        let waived = clients(&(waiver(rule) + "document = \"F-1\"\n"));
        assert_eq!(waived.is_err(), fixed, "{rule}: {waived:?}");
        let folder: Folder =
            [("own.toml", format!("[[severity]]\nrule = \"{rule}\"\nlevel = \"information\"\nreason = \"x\"\n"))]
                .into_iter()
                .collect();
        assert_eq!(Clients::load(&folder).is_err(), fixed, "{rule}");
    }
}
