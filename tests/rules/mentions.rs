//! Legal mentions: each is found missing where it is, and nowhere else, in both syntaxes; nothing is said twice; customer files decide.

use std::collections::BTreeMap;
use std::fs;

use facteur::day::Day;
use facteur::report::{Report, Verdict};
use facteur::rules::client::{Clients, Folder, mentions};
use facteur::rules::{self, Finding, Severity};
use facteur::text::Lang;
use facteur::validate::{Choice, Options, validate};
use serde::Deserialize;

use super::edit;

#[derive(Deserialize)]
struct Cases {
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    mention: String,
    base: String,
    #[serde(default)]
    edit: String,
    fires: bool,
}

#[test]
fn a_mention_is_missing_where_it_is_not_there() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/rules/mentions/cases.toml");
    let cases: Cases = toml::from_str(&fs::read_to_string(path).expect("the cases")).expect("they read");
    let all_on: String = mentions().iter().map(|m| format!("{} = \"warning\"\n", m.id)).collect();
    let clients = clients(&format!("[mentions]\n{all_on}"));
    let mut seen: BTreeMap<(&str, bool, bool), usize> = BTreeMap::new();
    let mut wrong = Vec::new();
    for case in &cases.case {
        let report = judged(&edited(&case.base, &case.edit), Some(&clients), "mentions");
        let rule = format!("FCT-MENTION-{}", case.mention.to_ascii_uppercase());
        let found: Vec<_> = report.findings.iter().filter(|f| f.rule == rule).collect();
        if found.len() != usize::from(case.fires) {
            wrong.push(format!("{}, {}: {}: {found:?}", case.mention, case.base, case.edit));
        }
        *seen.entry((&case.mention, case.base.starts_with("cii"), case.fires)).or_default() += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    for mention in mentions() {
        for (cii, fires) in [(false, false), (false, true), (true, false), (true, true)] {
            assert!(seen.contains_key(&(&mention.id, cii, fires)), "{}: cii {cii}, fires {fires}", mention.id);
        }
    }
}

/// Whatever the official rules accept lacks nothing that the invoice itself makes due: over types and frames, in both syntaxes.
#[test]
fn what_french_rules_accept_lacks_no_mention() {
    let list = edit::List::of("fr");
    let valid = list.valid();
    assert!(valid.len() >= 30);
    for case in &valid {
        let (base, edit) = (&case.base, &case.edit);
        let report = validate(list.edited(case).as_bytes(), "a.xml", &options(None)).report;
        assert!(report.packs.iter().any(|pack| pack.id == "mentions"), "{base}: {edit}");
        assert_eq!(missing(&report), Vec::<&str>::new(), "{base}: {edit}");
    }
}

#[test]
fn nothing_is_said_twice() {
    let text = edited("ubl-minimal", "delete /Invoice/cbc:Note[3]");
    let all = validate(text.as_bytes(), "a.xml", &options(None)).report;
    assert!(all.findings.iter().any(|f| f.group == "BR-FR-05") && missing(&all).is_empty(), "{:?}", all.findings);
    // Alone, the check speaks for itself.
    let alone = judged(&text, None, "mentions");
    assert_eq!(missing(&alone), ["FCT-MENTION-EARLY-PAYMENT-DISCOUNT"]);
    assert_eq!((alone.verdict, alone.findings[0].severity), (Verdict::Valid, Severity::Warning));
    assert!(judged(&text, None, "en16931,fr").packs.iter().all(|pack| pack.id != "mentions"));
    // What the customer requires is not asked a second time.
    let required = clients("[[require]]\nmention = \"early-payment-discount\"\n");
    let report = judged(&text, Some(&required), "mentions");
    let told: Vec<_> = report.findings.iter().map(|f| f.rule.as_str()).collect();
    assert_eq!(told, ["FCT-CLIENT-MENTION"]);
}

#[test]
fn an_invoice_of_another_country_is_not_asked() {
    let seller = "/Invoice/cac:AccountingSupplierParty/cac:Party";
    let edit = format!(
        "set {seller}/cac:PostalAddress/cac:Country/cbc:IdentificationCode = BE ; delete {seller}/cac:PartyIdentification ; \
         delete {seller}/cac:PartyLegalEntity/cbc:CompanyID ; attribute {seller}/cbc:EndpointID/@schemeID = 0088 ; \
         delete {seller}/cac:PartyTaxScheme"
    );
    let report = validate(edited("ubl-minimal", &edit).as_bytes(), "a.xml", &options(None)).report;
    assert!(report.packs.iter().all(|pack| pack.id != "mentions" && pack.id != "fr"), "{:?}", report.packs);
}

#[test]
fn a_customers_file_requires_relaxes_and_switches_on() {
    let text = edited("ubl-minimal", "delete /Invoice/cbc:Note[3] ; delete /Invoice/cbc:Note[2]");
    let judged = |rows: &str| judged(&text, Some(&clients(&format!("[mentions]\n{rows}"))), "mentions");
    let report = judged("early-payment-discount = \"off\"\nlate-payment-penalties = \"information\"\n");
    assert_eq!(missing(&report), ["FCT-MENTION-LATE-PAYMENT-PENALTIES"]);
    let finding = &report.findings[0];
    let was = finding.severity_was.as_ref().expect("it tells who changed it");
    assert_eq!((finding.severity, was.severity), (Severity::Information, Severity::Warning));
    assert_eq!((was.file.as_str(), was.line), ("all.toml", 3));
    let report =
        judged("late-payment-penalties = \"fatal\"\norder-number = \"fatal\"\nearly-payment-discount = \"off\"");
    assert_eq!(report.verdict, Verdict::Invalid);
    assert_eq!(missing(&report), ["FCT-MENTION-LATE-PAYMENT-PENALTIES", "FCT-MENTION-ORDER-NUMBER"]);
}

#[test]
fn a_file_is_refused_with_what_was_probably_meant() {
    let folder: Folder =
        [("a.toml", "[mentions]\nearly-payment-discont = \"off\"\ntotals = \"of\"\nlaw = 1\n")].into_iter().collect();
    let faults = Clients::load(&folder).expect_err("three faults");
    let told: Vec<String> = faults.iter().map(|fault| fault.line(Lang::En)).collect();
    assert!(
        told[0].starts_with("a.toml:2:1: this mention is not known")
            && told[0].contains("did you mean early-payment-discount?"),
        "{told:?}"
    );
    assert!(told[1].starts_with("a.toml:3:10: unknown severity") && told[1].contains("did you mean off?"), "{told:?}");
    assert!(told[2].starts_with("a.toml:4:1: this mention is not known"), "{told:?}");
}

#[test]
fn every_check_is_explained() {
    for mention in mentions() {
        let (fr, en) = (rules::explain(mention.rule(), Lang::Fr), rules::explain(mention.rule(), Lang::En));
        let (fr, en) = (fr.expect("in French"), en.expect("in English"));
        assert!(
            fr.contains("seconde main") && en.contains("second hand") && fr.contains(&mention.law),
            "{}",
            mention.id
        );
    }
    insta::assert_snapshot!(rules::explain("FCT-MENTION-SELLER-VAT-NUMBER", Lang::Fr).expect("a page"));
}

fn missing(report: &Report) -> Vec<&str> {
    report.findings.iter().filter(|f: &&Finding| f.pack == "mentions").map(|f| f.rule.as_str()).collect()
}

fn edited(base: &str, edits: &str) -> String {
    let mut text = edit::List::of("fr").text(base);
    if !edits.is_empty() {
        let case = edit::Case { base: base.to_owned(), edit: edits.to_owned(), fires: Vec::new(), stops: false };
        text = edit::List::of("fr").edited(&case);
    }
    text
}

fn clients(file: &str) -> Clients {
    Clients::load(&[("all.toml", file)].into_iter().collect()).expect("the file is right")
}

fn options(clients: Option<&Clients>) -> Options<'_> {
    Options { clients, client: clients.map(|_| "all"), ..Options::new(Day::parse_iso("2026-11-22").expect("a day")) }
}

fn judged(text: &str, clients: Option<&Clients>, rules: &str) -> Report {
    let options = Options { choice: Choice::parse(rules).expect("packs"), ..options(clients) };
    validate(text.as_bytes(), "a.xml", &options).report
}
