//! What a platform's part of the configuration says of severities: for invoices that go there, and for no other.

use std::path::Path;

use facteur::config::Config;
use facteur::day::Day;
use facteur::report::{Report, Verdict, overruled};
use facteur::rules::Severity;
use facteur::rules::client::{Clients, Folder};
use facteur::text::Lang;
use facteur::validate::{Direction, Options, validate};

use super::edit;

const PLATFORMS: &str = r#"
[[platform]]
name = "portal"
kind = "chorus-pro"
base_url = "https://portal.example"
token_url = "https://portal.example/token"
client_id = "id"
client_secret_env = "A"
account_login_env = "B"
account_password_env = "C"

[[platform.severity]]
rule = "BR-FR-05"
level = "warning"
when = "BT-3 = 380"
reason = "The portal adds them"

[[platform]]
name = "other"
kind = "chorus-pro"
base_url = "https://other.example"
token_url = "https://other.example/token"
client_id = "id"
client_secret_env = "A"
account_login_env = "B"
account_password_env = "C"
"#;

fn config(more: &str) -> Config {
    Config::parse(Path::new("/etc/facteur/house.conf"), &format!("{PLATFORMS}{more}"))
        .unwrap_or_else(|error| panic!("{error}"))
}

/// No notes PMT, PMD, AAB: three findings of BR-FR-05.
fn broken() -> String {
    let edit = "delete /Invoice/cbc:Note[3] ; delete /Invoice/cbc:Note[2] ; delete /Invoice/cbc:Note[1]".to_owned();
    let case = edit::Case { base: "ubl-minimal".to_owned(), edit, fires: Vec::new(), stops: false };
    edit::List::of("fr").edited(&case)
}

fn judged(config: &Config, customer: &str, direction: Direction) -> Report {
    let folder: Folder =
        [("port.toml", format!("match = {{ siren = [\"987654324\"] }}\n{customer}"))].into_iter().collect();
    let clients = Clients::load(&folder).unwrap_or_else(|faults| panic!("{}", faults[0]));
    let routes = config.route_severities();
    let none = Default::default();
    let options = Options {
        clients: Some(&clients),
        // Not deposited with Chorus Pro itself, so that the French rules are asked.
        chorus_routes: Some(&none),
        default_route: config.routes.default.as_deref(),
        route_severities: Some(&routes),
        direction,
        ..Options::new(Day::parse_iso("2026-11-22").expect("a day"))
    };
    validate(broken().as_bytes(), "a.xml", &options).report
}

#[test]
fn what_goes_to_a_platform_has_its_severities_and_says_whose_they_are() {
    let report = judged(&config(""), "route = \"portal\"\n", Direction::Out);
    assert_eq!((report.verdict, report.lowered.map(|l| l.findings)), (Verdict::Valid, Some(3)));
    for finding in report.findings.iter().filter(|f| f.group == "BR-FR-05") {
        let was = finding.severity_was.as_ref().expect("it says so");
        assert_eq!((finding.severity, was.severity), (Severity::Warning, Severity::Fatal));
        assert_eq!((was.file.as_str(), was.line, was.platform.as_deref()), ("house.conf", 12, Some("portal")));
        assert_eq!(was.reason.as_deref(), Some("The portal adds them"));
        let said = overruled::severity_was(finding, Lang::Fr).expect("in words");
        assert!(said.ends_with("d'après house.conf:12 (plateforme portal) ; motif : The portal adds them"), "{said}");
    }
    let loud = report.findings.iter().find(|f| f.rule == "FCT-SEVERITY-LOWERED").expect("it is said loudly");
    assert!(loud.message.en.starts_with("house.conf:12 (platform portal) lowers BR-FR-05"), "{}", loud.message.en);
    assert_eq!(overruled::verdict_word(&report, Lang::En), "Valid, official rule lowered");
}

#[test]
fn the_default_route_counts_and_another_route_does_not() {
    let by_default = config("\n[routes]\ndefault = \"portal\"\n");
    for (customer, direction, verdict) in [
        ("", Direction::Out, Verdict::Valid),
        ("route = \"other\"\n", Direction::Out, Verdict::Invalid),
        // What was received goes nowhere.
        ("", Direction::In, Verdict::Invalid),
        ("route = \"portal\"\n", Direction::In, Verdict::Invalid),
    ] {
        let report = judged(&by_default, customer, direction);
        assert_eq!((report.verdict, report.lowered.is_some()), (verdict, verdict == Verdict::Valid), "{customer}");
    }
    assert_eq!(judged(&config(""), "", Direction::Out).verdict, Verdict::Invalid, "without a route");
}

#[test]
fn the_customers_file_has_the_last_word() {
    let own = |level: &str| {
        format!(
            "route = \"portal\"\n[[severity]]\nrule = \"BR-FR-05_BT-22-3\"\nlevel = \"{level}\"\nreason = \"Accord\"\n"
        )
    };
    let report = judged(&config(""), &own("fatal"), Direction::Out);
    assert_eq!((report.verdict, report.lowered.map(|l| l.findings)), (Verdict::Invalid, Some(2)));
    let report = judged(&config(""), &own("information"), Direction::Out);
    let own = report.findings.iter().find(|f| f.rule == "BR-FR-05_BT-22-3").expect("it stays");
    let was = own.severity_was.as_ref().expect("it says so");
    assert_eq!((own.severity, was.file.as_str(), was.platform.as_deref()), (Severity::Information, "port.toml", None));
}

/// The VAT total and the amount due are wrong together; the second follows the first.
fn two_wrong() -> String {
    let edit = "set /Invoice/cac:LegalMonetaryTotal/cbc:TaxInclusiveAmount = 121.00".to_owned();
    let case = edit::Case { base: "ubl-minimal".to_owned(), edit, fires: Vec::new(), stops: false };
    edit::List::of("fr").edited(&case)
}

#[test]
fn what_blocks_follows_nothing_that_does_not() {
    let text = two_wrong();
    let judged = |customer: &str| {
        let folder: Folder =
            [("port.toml", format!("match = {{ siren = [\"987654324\"] }}\n{customer}"))].into_iter().collect();
        let clients = Clients::load(&folder).unwrap_or_else(|faults| panic!("{}", faults[0]));
        let options = Options { clients: Some(&clients), ..Options::new(Day::parse_iso("2026-11-22").expect("a day")) };
        validate(text.as_bytes(), "a.xml", &options).report
    };
    let follows = |report: &Report, rule: &str| {
        let at = report.findings.iter().find(|f| f.rule == rule).unwrap_or_else(|| panic!("{rule} is found"));
        at.follows.and_then(|root| report.findings.get(root)).map(|root| root.rule.clone())
    };
    let plain = judged("");
    assert_eq!(follows(&plain, "BR-CO-16").as_deref(), Some("BR-CO-15"), "where nothing is changed it follows");
    let waiver = "[[waive]]\nrule = \"BR-CO-15\"\nauthor = \"Marie\"\nreason = \"Accord\"\nuntil = 2026-12-31\n";
    let lowered = "[[severity]]\nrule = \"BR-CO-15\"\nlevel = \"warning\"\nreason = \"Accord\"\n";
    for excused in [waiver, lowered] {
        let report = judged(excused);
        assert_eq!((report.verdict, follows(&report, "BR-CO-16")), (Verdict::Invalid, None), "{excused}");
    }
    // What passes as well stays below its cause.
    let both = format!("{lowered}{}", lowered.replace("BR-CO-15", "BR-CO-16"));
    let report = judged(&both);
    assert_eq!((report.verdict, report.lowered.map(|l| l.findings)), (Verdict::Valid, Some(2)));
    assert_eq!(follows(&report, "BR-CO-16").as_deref(), Some("BR-CO-15"));
}

#[test]
fn every_form_marks_a_lowered_document_and_both_reasons_are_said() {
    use facteur::report::{Document, Format, Manner, whole};
    let customer = "route = \"portal\"\n[[waive]]\nrule = \"BR-FR-05_BT-22-2\"\nauthor = \"Marie\"\nreason = \"Accord\"\nuntil = 2026-12-31\n[[severity]]\nrule = \"BR-FR-05_BT-22-2\"\nlevel = \"fatal\"\n";
    let report = judged(&config(""), customer, Direction::Out);
    assert_eq!(
        (report.verdict, report.by_waiver(), report.lowered.map(|l| l.findings)),
        (Verdict::Valid, true, Some(2))
    );
    for (format, said) in [
        (Format::Text, "VALID BY WAIVER, OFFICIAL RULE LOWERED"),
        (Format::Html, "Valid by waiver, official rule lowered"),
        (Format::Json, "\"lowered\":{\"findings\":2}"),
        (Format::Svrl, "<svrl:text>lowered: 2 lowered</svrl:text>"),
        (Format::Junit, "<property name=\"lowered\" value=\"2\"/>"),
        (Format::Sarif, "\"lowered\":{\"findings\":2}"),
        (Format::Csv, ",2\r\n"),
    ] {
        let text = whole(&*format.form(Manner::plain(Lang::En)), &report, &Document::default());
        assert!(text.contains(said), "{format:?}: {text}");
        // Who, where and why.
        let place = if format == Format::Json { "\"platform\":\"portal\"" } else { "house.conf:12 (platform portal)" };
        assert!(text.contains(place), "{format:?}: {text}");
    }
}

#[test]
fn a_bad_severity_of_a_platform_is_told_at_its_place() {
    let refused = |block: &str| {
        let text = PLATFORMS.replace("[[platform.severity]]\nrule = \"BR-FR-05\"", block);
        Config::parse(Path::new("facteur.toml"), &text).expect_err("it is wrong").to_string()
    };
    for (block, said) in [
        ("[[platform.severity]]\nrule = \"BR-FR-5\"", "facteur.toml:13:8: no rule and no group is called so"),
        (
            "[[platform.severity]]\nrule = \"BR-FR-05\"\nlevl = \"fatal\"",
            "facteur.toml:14:1: unknown key here; found: levl",
        ),
        ("[[platform.severity]]\nrule = \"FCT-XML-SYNTAX\"", "facteur.toml:13:8: "),
    ] {
        let told = refused(block);
        assert!(told.contains(said), "{told}");
    }
    // Lowering an official rule takes a reason here too.
    let text = PLATFORMS.replace("reason = \"The portal adds them\"\n", "");
    let told = Config::parse(Path::new("facteur.toml"), &text).expect_err("no reason").to_string();
    assert!(told.contains("facteur.toml:12:1: this official rule is fatal") && told.contains("reason"), "{told}");
}
