//! Waivers and severities of customer files: they mark and take nothing away, touch nobody else's invoices, and end on their day.

use facteur::day::Day;
use facteur::report::{Document, Format, Manner, Report, Verdict, whole};
use facteur::rules::client::{Clients, Folder};
use facteur::rules::{Finding, Severity};
use facteur::text::Lang;
use facteur::validate::{Options, validate};
use proptest::prelude::*;

use super::edit;

/// The buyer of the fixtures, and somebody else.
const BUYER: &str = "987654324";
const OTHER: &str = "732829320";
const SELLER: &str = "123456782";
const NUMBER: &str = "FA-2026-0043";
/// No notes PMT, PMD, AAB: three findings of BR-FR-05.
const BROKEN: &str = "delete /Invoice/cbc:Note[3] ; delete /Invoice/cbc:Note[2] ; delete /Invoice/cbc:Note[1]";

fn waiver(rule: &str, scope: &str, until: &str) -> String {
    format!(
        "[[waive]]\nrule = \"{rule}\"\n{scope}\nauthor = \"Marie Dupont\"\nreason = \"Accord du 12/11\"\nuntil = {until}\n\n"
    )
}

fn shared(text: &str) -> Clients {
    let folder: Folder = [("waivers.toml", text)].into_iter().collect();
    Clients::load(&folder).unwrap_or_else(|faults| panic!("{}", faults[0]))
}

/// A customer's file that is the fixtures' buyer's.
fn own(text: &str) -> Clients {
    let folder: Folder = [("port.toml", format!("match = {{ siren = [\"{BUYER}\"] }}\n{text}"))].into_iter().collect();
    Clients::load(&folder).unwrap_or_else(|faults| panic!("{}", faults[0]))
}

fn broken() -> String {
    let case = edit::Case { base: "ubl-minimal".to_owned(), edit: BROKEN.to_owned(), fires: Vec::new(), stops: false };
    edit::List::of("fr").edited(&case)
}

fn judged(text: &str, clients: Option<&Clients>, as_of: &str) -> Report {
    let options = Options { clients, ..Options::new(Day::parse_iso(as_of).expect("a day")) };
    validate(text.as_bytes(), "a.xml", &options).report
}

/// What is found, without what customer files made of it.
fn bare(report: &Report) -> Vec<Finding> {
    let found = report.findings.iter().filter(|f| f.pack != "waivers");
    found
        .map(|f| Finding {
            severity: f.severity_was.as_ref().map_or(f.severity, |was| was.severity),
            severity_was: None,
            waived: None,
            ..f.clone()
        })
        .collect()
}

fn rules(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|f| f.rule.as_str()).collect()
}

#[test]
fn what_is_waived_is_marked_and_no_longer_blocks() {
    let text = broken();
    assert_eq!(judged(&text, None, "2026-11-22").verdict, Verdict::Invalid);
    let clients = shared(&waiver("BR-FR-05", &format!("customer = {{ siren = [\"{BUYER}\"] }}"), "2026-12-31"));
    let report = judged(&text, Some(&clients), "2026-11-22");
    assert_eq!((report.verdict, report.by_waiver()), (Verdict::Valid, true));
    let waived = report.waived.expect("three are");
    assert_eq!((waived.findings, waived.fatal, report.count(Severity::Fatal)), (3, 3, 0));
    for finding in report.findings.iter().filter(|f| f.group == "BR-FR-05") {
        let by = finding.waived.as_ref().expect("a waiver");
        assert_eq!((by.author.as_str(), by.file.as_str(), by.line), ("Marie Dupont", "waivers.toml", 1));
        assert_eq!((finding.severity, finding.blocks()), (Severity::Fatal, false));
    }
    // One of the three alone: the others still block.
    let one = own(&waiver("BR-FR-05_BT-22-3", "", "2026-12-31"));
    let report = judged(&text, Some(&one), "2026-11-22");
    assert_eq!((report.verdict, report.waived.map(|w| w.findings)), (Verdict::Invalid, Some(1)));
}

#[test]
fn the_last_day_counts() {
    let text = broken();
    let clients = own(&waiver("BR-FR-05", "", "2026-11-22"));
    for (as_of, verdict, told) in
        [("2026-11-22", Verdict::Valid, None), ("2026-11-23", Verdict::Invalid, Some(Severity::Warning))]
    {
        let report = judged(&text, Some(&clients), as_of);
        let expired = report.findings.iter().find(|f| f.rule == "FCT-WAIVER-EXPIRED");
        assert_eq!((report.verdict, expired.map(|f| f.severity)), (verdict, told), "{as_of}");
    }
}

/// Where another waiver in force covers all that one covered, nothing counts again.
#[test]
fn an_expired_waiver_that_another_replaces_is_an_information() {
    let (old, new) = (waiver("BR-FR-05", "", "2026-11-01"), waiver("BR-FR-05", "", "2026-12-31"));
    for (file, verdict, told) in [
        (format!("{old}{new}"), Verdict::Valid, Severity::Information),
        (format!("{new}{old}"), Verdict::Valid, Severity::Information),
        // The new one covers one of three.
        (format!("{old}{}", waiver("BR-FR-05_BT-22-3", "", "2026-12-31")), Verdict::Invalid, Severity::Warning),
    ] {
        let report = judged(&broken(), Some(&own(&file)), "2026-11-22");
        let expired = report.findings.iter().find(|f| f.rule == "FCT-WAIVER-EXPIRED").map(|f| f.severity);
        assert_eq!((report.verdict, expired), (verdict, Some(told)), "{file}");
    }
}

/// A waiver in a customer's file leaks no more than one in `waivers.toml`: a buyer with two SIRENs is covered if both are named.
#[test]
fn a_customers_waiver_covers_no_buyer_of_two_sirens() {
    let (text, waived) = (broken(), waiver("BR-FR-05", "", "2026-12-31"));
    let other =
        format!("<cac:PartyIdentification><cbc:ID schemeID=\"0002\">{OTHER}</cbc:ID></cac:PartyIdentification>");
    let at = text.find("<cac:AccountingCustomerParty>").expect("a buyer");
    let within = at + text[at..].find("<cac:PostalAddress>").expect("an address");
    let name = text[at..within].find("<cac:PartyName>").map_or(within, |found| at + found);
    let two = format!("{}{other}{}", &text[..name], &text[name..]);
    assert_eq!(judged(&text, Some(&own(&waived)), "2026-11-22").verdict, Verdict::Valid);
    let report = judged(&two, Some(&own(&waived)), "2026-11-22");
    assert!(report.findings.iter().all(|f| f.waived.is_none()), "{:?}", report.findings);
    let both = format!("match = {{ siren = [\"{BUYER}\", \"{OTHER}\"] }}\n{waived}");
    let folder: Folder = [("port.toml", both)].into_iter().collect();
    let both = Clients::load(&folder).unwrap_or_else(|faults| panic!("{}", faults[0]));
    assert!(judged(&two, Some(&both), "2026-11-22").findings.iter().any(|f| f.waived.is_some()));
}

#[test]
fn an_unused_waiver_is_announced_where_its_rule_was_judged() {
    let good = edit::List::of("fr").text("ubl-minimal");
    let told = |file: &str, as_of: &str| {
        let report = judged(&good, Some(&own(file)), as_of);
        assert_eq!(report.verdict, Verdict::Valid);
        report.findings.iter().map(|f| (f.rule.clone(), f.severity)).collect::<Vec<_>>()
    };
    let unused = waiver("BR-FR-05", "", "2026-12-31");
    assert_eq!(told(&unused, "2026-11-22"), [("FCT-WAIVER-UNUSED".to_owned(), Severity::Information)]);
    assert_eq!(told(&unused, "2027-01-01"), [("FCT-WAIVER-EXPIRED".to_owned(), Severity::Information)]);
    assert_eq!(told(&waiver("BR-FR-05", "document = \"X-1\"", "2026-12-31"), "2026-11-22"), []);
    // Nothing can be said of a rule that was not asked.
    let clients = own(&unused);
    let options = Options {
        clients: Some(&clients),
        choice: facteur::validate::Choice::parse("en16931").expect("a pack"),
        ..Options::new(Day::parse_iso("2026-11-22").expect("a day"))
    };
    assert_eq!(rules(&validate(good.as_bytes(), "a.xml", &options).report), Vec::<&str>::new());
}

#[test]
fn a_waiver_is_for_whom_it_names() {
    let text = broken();
    for (scope, covered) in [
        (format!("customer = {{ siren = [\"{BUYER}\"] }}"), true),
        (format!("customer = {{ siren = [\"{OTHER}\"] }}"), false),
        (format!("customer = {{ siren = [\"{OTHER}\", \"{BUYER}\"] }}"), true),
        // The more precise identifier decides: the name alone is not enough where it says another.
        ("customer = { siret = [\"73282932000074\"], name = [\"Chantiers du Port SAS\"] }".to_owned(), false),
        ("customer = { name = [\"chantiers du port sas\"] }".to_owned(), true),
        (format!("supplier = {{ siren = [\"{SELLER}\"] }}"), true),
        (format!("supplier = {{ siren = [\"{BUYER}\"] }}"), false),
        (format!("supplier = {{ siren = [\"{SELLER}\"] }}\ndocument = \"{NUMBER}\""), true),
        (format!("supplier = {{ siren = [\"{SELLER}\"] }}\ndocument = [\"F-1\", \"{NUMBER}\"]"), true),
        (format!("supplier = {{ siren = [\"{SELLER}\"] }}\ndocument = \"{}\"", NUMBER.to_lowercase()), false),
        (format!("customer = {{ siren = [\"{OTHER}\"] }}\nsupplier = {{ siren = [\"{SELLER}\"] }}"), false),
    ] {
        let clients = shared(&waiver("BR-FR-05", &scope, "2026-12-31"));
        let report = judged(&text, Some(&clients), "2026-11-22");
        assert_eq!(report.verdict == Verdict::Valid, covered, "{scope}");
        if !covered {
            assert_eq!(report, judged(&text, None, "2026-11-22"), "{scope}");
        }
    }
    // A buyer that bears another SIREN as well is not surely the one that is meant.
    let two =
        text.replace("<cbc:EndpointID schemeID=\"0225\">987654324", "<cbc:EndpointID schemeID=\"0225\">732829320");
    let clients = shared(&waiver("BR-FR-05", &format!("customer = {{ siren = [\"{BUYER}\"] }}"), "2026-12-31"));
    assert_eq!(judged(&two, Some(&clients), "2026-11-22").waived, None);
}

#[test]
fn what_nobody_can_answer_for_is_refused_in_the_file() {
    for id in [
        "FCT-XSD-ORDER",
        "FCT-PDF-AMBIGUOUS",
        "FCT-READ-EMPTY",
        "FCT-XML-MALFORMED",
        "FCT-DUPLICATE-NUMBER",
        "FCT-WAIVER-UNUSED",
    ] {
        let folder: Folder = [("waivers.toml", waiver(id, "document = \"F-1\"", "2026-12-31"))].into_iter().collect();
        let faults = Clients::load(&folder).expect_err("refused");
        assert!(faults[0].line(Lang::En).starts_with("waivers.toml:2:8: no waiver for this rule: "), "{}", faults[0]);
        assert_eq!(faults[0].found.as_deref(), Some(id));
        assert!(!faults[0].message.en.contains("None") && !faults[0].message.fr.contains("Aucune :"), "{}", faults[0]);
    }
}

/// No pattern waives more than it seems to, and nothing that nobody can read or check is taken.
#[test]
fn a_waiver_says_exactly_what_it_waives_and_who_answers() {
    let scope = format!("customer = {{ siren = [\"{BUYER}\"] }}");
    let load = |text: &str| {
        let folder: Folder = [("waivers.toml", text)].into_iter().collect();
        Clients::load(&folder).map(|_| ()).map_err(|faults| faults[0].line(Lang::En))
    };
    for rule in ["*", "FCT-*", "BR-FR-*", "FCT", "FCT-CLIENT", "BR-FR-0", "br-fr-05", "BR-FR-05*", "BR-FR-99", ""] {
        let said = load(&waiver(rule, &scope, "2026-12-31")).expect_err(rule);
        assert!(said.starts_with("waivers.toml:2:8: ") && said.contains("no rule"), "{rule}: {said}");
    }
    assert_eq!(load(&waiver("BR-FR-05", &scope, "2026-12-31")), Ok(()));
    let good = waiver("BR-FR-05", &scope, "2026-12-31");
    for (from, to, why) in [
        ("Marie Dupont", "", "author is empty"),
        ("Marie Dupont", " \\t ", "author is empty"),
        ("Accord du 12/11", "\\u200b", "a character that nobody sees"),
        ("Accord du 12/11", "\\u001b[2J", "a character that nobody sees"),
        ("Accord du 12/11", "\\u202etxet", "a character that nobody sees"),
        ("until = 2026-12-31", "until = 2026-12-31T23:59:59Z", "until is no day"),
        ("until = 2026-12-31", "until = \"31/12/2026\"", "until is no day"),
        ("until = 2026-12-31", "until = 2026-02-30", ""),
        ("until = 2026-12-31", "", "until"),
    ] {
        let said = load(&good.replace(from, to)).expect_err(why);
        assert!(said.contains(why), "{to}: {said}");
    }
    let long = |n: usize| load(&good.replace("Accord du 12/11", &"é".repeat(n)));
    assert!(long(1_000).is_ok() && long(1_001).expect_err("too long").contains("reason is too long"));
}

/// Of two waivers for one rule the first that covers a finding marks it; the other is neither expired nor unused, and neither reaches
/// further than it says. A supplier's SIRET is one of its SIREN's, and not the other way round.
#[test]
fn two_waivers_of_one_rule_and_a_supplier_by_siret_or_siren() {
    let text = broken();
    let supplier = |key: &str| format!("supplier = {{ {key} }}");
    let siren = supplier(&format!("siren = [\"{SELLER}\"]"));
    let siret = supplier("siret = [\"12345678200010\"]");
    let both = waiver("BR-FR-05", &siren, "2026-12-31")
        + &waiver("BR-FR-05_BT-22-3", &format!("{siren}\ndocument = \"{NUMBER}\""), "2026-12-31");
    let report = judged(&text, Some(&shared(&both)), "2026-11-22");
    assert_eq!((report.verdict, report.waived.map(|w| w.findings)), (Verdict::Valid, Some(3)));
    let by: Vec<u32> = report.findings.iter().filter_map(|f| f.waived.as_ref()).map(|w| w.line).collect();
    assert_eq!(by, [1, 1, 1]);
    assert!(report.findings.iter().all(|f| f.pack != "waivers"), "{:?}", report.findings);
    // The invoice names its seller by SIREN and SIRET: a waiver for the establishment holds, one for the company too, one that names
    // another establishment of it does not. Without the SIRET, what is for one establishment is not for all of them.
    let at = text.find("<cac:AccountingSupplierParty>").unwrap();
    let from = at + text[at..].find("<cac:PartyIdentification>").unwrap();
    let to = from + text[from..].find("</cac:PartyIdentification>").unwrap() + "</cac:PartyIdentification>".len();
    assert!(text[from..to].contains("\"0009\">12345678200010<"), "{}", &text[from..to]);
    let by_siren = format!("{}{}", &text[..from], &text[to..]);
    let other = supplier(&format!("siret = [\"12345678200028\"], siren = [\"{SELLER}\"]"));
    for (document, scope, covered) in [
        (&text, &siret, true),
        (&text, &siren, true),
        (&text, &other, false),
        (&by_siren, &siret, false),
        (&by_siren, &siren, true),
        (&by_siren, &other, true),
    ] {
        let report = judged(document, Some(&shared(&waiver("BR-FR-05", scope, "2026-12-31"))), "2026-11-22");
        assert_eq!(report.waived.is_some(), covered, "{scope}");
    }
}

/// What somebody wrote as a reason is text wherever it is shown.
#[test]
fn a_reason_is_no_markup_and_no_formula() {
    let text = broken();
    let hostile = "=HYPERLINK(\\\"http://x\\\")</td><script>alert(1)</script>&amp;";
    let clients = own(&waiver("BR-FR-05", "", "2026-12-31")
        .replace("Accord du 12/11", hostile)
        .replace("Marie Dupont", "@SUM(A1)"));
    let report = judged(&text, Some(&clients), "2026-11-22");
    assert!(report.by_waiver());
    for format in Format::ALL {
        let shown = whole(&*format.form(Manner::plain(Lang::Fr)), &report, &Document::default());
        match format {
            Format::Html | Format::Svrl | Format::Junit => assert!(!shown.contains("<script>"), "{format:?}"),
            Format::Csv => {
                assert!(shown.contains("=HYPERLINK") && shown.contains("@SUM"));
                for start in [",=HYPERLINK", ",\"=HYPERLINK", ",@SUM", ",\"@SUM"] {
                    assert!(!shown.contains(start), "{start}");
                }
            }
            _ => {}
        }
    }
}

#[test]
fn a_bad_file_is_refused_and_the_old_one_kept() {
    let good = waiver("BR-FR-05", &format!("customer = {{ siren = [\"{BUYER}\"] }}"), "2026-12-31");
    let clients = shared(&good);
    let bad = "[[waive]]\nrule = \"BR-FR-5\"\ncutomer = { siren = [\"987654324\"] }\nauthor = \" \"\nuntil = \"31/12/2026\"\n\n[[waive]]\nregle = \"BR-01\"\n";
    let folder: Folder = [("waivers.toml", bad)].into_iter().collect();
    let (next, faults) = Clients::reload(&clients, &folder);
    assert!(faults.iter().all(|fault| fault.last_good_kept));
    let told: Vec<String> = faults.iter().flat_map(|f| [f.line(Lang::Fr), f.line(Lang::En)]).collect();
    insta::assert_snapshot!(told.join("\n"));
    assert_eq!(judged(&broken(), Some(&next), "2026-11-22").verdict, Verdict::Valid);
    // Nobody's invoices are left unjudged by it, nor is it a customer.
    let (fresh, _) = Clients::reload(&Clients::default(), &folder);
    assert_eq!(judged(&edit::List::of("fr").text("ubl-minimal"), Some(&fresh), "2026-11-22").verdict, Verdict::Valid);
    assert!(fresh.named("waivers").is_none() && fresh.iter().next().is_none());
    // Gone is gone.
    let (gone, faults) = Clients::reload(&next, &Folder::default());
    assert!(faults.is_empty() && gone.waivers().is_empty());
}

#[test]
fn a_severity_is_changed_and_the_finding_says_by_whom() {
    let text = broken();
    let lowered =
        "[[severity]]\nrule = \"BR-FR-05\"\nlevel = \"warning\"\nwhen = \"BT-3 = 380\"\nreason = \"Recette\"\n";
    let report = judged(&text, Some(&own(lowered)), "2026-11-22");
    assert_eq!(report.verdict, Verdict::Valid);
    let finding = report.findings.iter().find(|f| f.group == "BR-FR-05").expect("it stays");
    let was = finding.severity_was.as_ref().expect("it says so");
    assert_eq!((finding.severity, was.severity), (Severity::Warning, Severity::Fatal));
    assert_eq!((was.file.as_str(), was.line, was.reason.as_deref()), ("port.toml", 2, Some("Recette")));
    let loud = report.findings.iter().find(|f| f.rule == "FCT-SEVERITY-LOWERED").expect("it is said loudly");
    assert_eq!(loud.severity, Severity::Warning);
    // Under another condition nothing changes.
    let other = lowered.replace("380", "381");
    assert_eq!(bare(&judged(&text, Some(&own(&other)), "2026-11-22")), bare(&judged(&text, None, "2026-11-22")));
    assert_eq!(judged(&text, Some(&own(&other)), "2026-11-22").verdict, Verdict::Invalid);
    // Raised without a reason; the last rule that fits counts.
    let raised = "[[severity]]\nrule = \"FCT-CLIENT-FORBID\"\nlevel = \"fatal\"\n[[severity]]\nrule = \"FCT-CLIENT-FORBID\"\nlevel = \"information\"\n[[forbid]]\nterm = \"BT-9\"\nseverity = \"warning\"\n";
    let report = judged(&edit::List::of("fr").text("ubl-minimal"), Some(&own(raised)), "2026-11-22");
    let told: Vec<_> = report.findings.iter().map(|f| (f.severity, f.severity_was.as_ref().map(|w| w.line))).collect();
    assert_eq!(told, [(Severity::Information, Some(5))]);
}

#[test]
fn lowering_an_official_rule_takes_a_reason() {
    let folder: Folder =
        [("a.toml", "match = { siren = [\"987654324\"] }\n[[severity]]\nrule = \"BR-FR-12\"\nlevel = \"warning\"\n")]
            .into_iter()
            .collect();
    let faults = Clients::load(&folder).expect_err("no reason");
    insta::assert_snapshot!(faults[0].line(Lang::En));
}

/// As each form shows it; what they say of the document itself is held elsewhere.
#[test]
fn every_form_says_who_answers_for_it() {
    let text = broken();
    let clients = own(&format!(
        "{}[[severity]]\nrule = \"BR-FR-05_BT-22-1\"\nlevel = \"information\"\nreason = \"Recette\"\n",
        waiver("BR-FR-05_BT-22-3", "", "2026-12-31") + &waiver("BR-FR-05_BT-22-2", "", "2026-12-31")
    ));
    let report = judged(&text, Some(&clients), "2026-11-22");
    assert_eq!(report.verdict, Verdict::Valid);
    for format in Format::ALL {
        let document = Document { bytes: Some(text.as_bytes()), inside: None };
        let form = format.form(Manner::plain(Lang::En));
        let shown = whole(&*form, &report, &document);
        assert!(
            shown.contains("Marie Dupont") && shown.contains("2026-12-31") && shown.contains("Accord du 12/11"),
            "{format:?}"
        );
        assert!(shown.contains("port.toml"), "{format:?}");
        match format {
            Format::Junit => assert!(shown.contains("failures=\"0\""), "{shown}"),
            Format::Svrl => assert!(!shown.contains("flag=\"fatal\"") && shown.matches("flag=\"waived\"").count() == 2),
            Format::Sarif => assert_eq!(shown.matches("\"kind\":\"external\"").count(), 2),
            Format::Html | Format::Text => assert!(shown.to_lowercase().contains("valid by waiver"), "{shown}"),
            _ => {}
        }
    }
    insta::assert_snapshot!("waived_text", facteur::report::text(&report, Lang::Fr));
}

fn some_waiver() -> impl Strategy<Value = (String, bool)> {
    let rules = ["BR-FR-05", "BR-FR-05_BT-22-1", "BR-CO-10", "FCT-MENTION-TOTALS", "FCT-CLIENT-REQUIRE", "BR-FR-12"];
    let days = ["2026-11-21", "2026-11-22", "2027-01-01"];
    (prop::sample::select(rules.to_vec()), prop::sample::select(days.to_vec()), any::<bool>(), any::<bool>()).prop_map(
        |(rule, until, right, document)| {
            let who = if right { BUYER } else { OTHER };
            let number = if document { format!("\ndocument = \"{NUMBER}\"") } else { String::new() };
            (waiver(rule, &format!("customer = {{ siren = [\"{who}\"] }}{number}"), until), right)
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Whatever the waivers: the same findings in the same order, marked or not; and those for somebody else do nothing at all.
    #[test]
    fn a_waiver_only_marks(waivers in prop::collection::vec(some_waiver(), 0..6)) {
        let text = broken();
        let plain = judged(&text, None, "2026-11-22");
        let file: String = waivers.iter().map(|(text, _)| text.as_str()).collect();
        let report = judged(&text, Some(&shared(&(file + "waive = []\n").replace("waive = []\n", if waivers.is_empty() { "waive = []\n" } else { "" }))), "2026-11-22");
        prop_assert_eq!(bare(&report), plain.findings.clone());
        prop_assert_eq!(&report.packs, &plain.packs);
        if waivers.iter().all(|(_, right)| !right) {
            prop_assert_eq!(&report, &plain);
        }
        let blocked = report.findings.iter().any(Finding::blocks);
        prop_assert_eq!(report.verdict == Verdict::Invalid, blocked);
    }

    /// Severities change no finding but their own, and each says what it was.
    #[test]
    fn a_severity_is_recorded(rule in prop::sample::select(vec!["BR-FR-05", "BR-FR-05_BT-22-2", "BR-CO-10"]), level in prop::sample::select(vec!["fatal", "warning", "information"])) {
        let text = broken();
        let plain = judged(&text, Some(&own("")), "2026-11-22");
        let file = format!("[[severity]]\nrule = \"{rule}\"\nlevel = \"{level}\"\nreason = \"essai\"\n");
        let report = judged(&text, Some(&own(&file)), "2026-11-22");
        prop_assert_eq!(bare(&report), bare(&plain));
        for finding in report.findings.iter().filter(|f| f.rule == rule || f.group == rule) {
            prop_assert_eq!(finding.severity_was.is_some(), level != "fatal");
        }
    }
}
