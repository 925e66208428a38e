//! `facteur validate` as people and scripts use it: verdicts, exit statuses, bad input, nothing hidden and nothing forged.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use facteur::day::Day;
use facteur::report::Verdict;
use facteur::rules::client::{Clients, Folder};
use facteur::validate::{Choice, Options, validate};
use serde_json::Value;

use super::stage::PROGRAM;

const GOOD: &str = "fixtures/demo/invoices/01-good-ubl-mairie.xml";
const WRONG: &str = "fixtures/demo/invoices/12-wrong-sum-one-cent.xml";

/// Exit status, standard output, standard error.
fn facteur(arguments: &[&str]) -> (i32, String, String) {
    let output =
        Command::new(PROGRAM).args(["--lang", "en", "validate"]).args(arguments).stdin(Stdio::null()).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

fn core() -> Options<'static> {
    Options { choice: Choice::parse("en16931").unwrap(), ..Options::new(Day::parse_iso("2026-11-21").unwrap()) }
}

fn rows(out: &str) -> Vec<Value> {
    out.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn exit_statuses_are_those_of_the_contract() {
    let core = ["--rules", "en16931"];
    let with = |paths: &[&str]| facteur(&[&core[..], paths].concat()).0;
    let unreadable = "fixtures/hostile/truncated.xml";
    assert_eq!(with(&[GOOD]), 0);
    assert_eq!(with(&[GOOD, WRONG]), 1);
    assert_eq!(with(&[GOOD, WRONG, unreadable]), 2, "2 wins");
    assert_eq!(with(&["--fail-on", "never", WRONG]), 0);
    assert_eq!(with(&["--fail-on", "never", unreadable]), 2, "nothing hides a 2");
    assert_eq!(with(&["no-such-file.xml"]), 2);
    assert_eq!(facteur(&["--rules", "en16931-cor", GOOD]).0, 2, "misuse");
    // Not everything that the content asks for is built: nothing is called valid.
    assert_eq!(facteur(&["--rules", "en16931,facturx", GOOD]).0, 2);
    assert_eq!(facteur(&["fixtures/rules/fr/ubl.xml"]).0, 0, "a French invoice that French rules accept");
    assert_eq!(facteur(&[WRONG]).0, 1, "what is proven fatal is invalid, whatever else did not run");
    let empty = tempfile::tempdir().unwrap();
    assert_eq!(with(&[&empty.path().to_string_lossy()]), 2, "no file matched");
}

#[test]
fn json_is_one_object_a_line_in_the_order_given_and_the_same_at_each_run() {
    let folder = "fixtures/demo/invoices";
    let run = || facteur(&["--rules", "en16931", "--as-of", "2026-11-21", "--format", "json", folder]).1;
    let out = run();
    assert_eq!(out, run());
    let rows = rows(&out);
    let names: Vec<&str> = rows.iter().map(|r| r["file"].as_str().unwrap()).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert!(names.len() == 43 && names == sorted);
    let wrong = rows.iter().find(|r| r["file"] == WRONG).unwrap();
    let finding = &wrong["findings"][0];
    assert_eq!(
        (&finding["rule"], &finding["found"], &finding["expected"]),
        (&"BR-CO-10".into(), &"348.72".into(), &"348.71".into())
    );
    assert_eq!(finding["place"]["path"], "/Invoice/cac:LegalMonetaryTotal/cbc:LineExtensionAmount");
    let keys: Vec<&str> = wrong.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(wrong["schema"], "facteur-report/1");
    for key in ["tool", "sha256", "as_of", "verdict", "syntax", "profile", "invoice", "packs", "findings", "not_run"] {
        assert!(keys.contains(&key), "{key}");
    }
}

#[test]
fn a_document_of_200_megabytes_is_refused_in_little_memory() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("huge.xml");
    fs::File::create(&path).unwrap().set_len(200 * 1024 * 1024).unwrap();
    let (status, out, _) = facteur(&["--format", "json", &path.to_string_lossy()]);
    let row = &rows(&out)[0];
    assert_eq!(
        (status, &row["verdict"], &row["findings"][0]["rule"]),
        (2, &"not-judged".into(), &"FCT-LIMIT-SIZE".into())
    );
}

#[cfg(unix)]
#[test]
fn a_folder_with_odd_entries_neither_hangs_nor_hides() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::create_dir(at("inner")).unwrap();
    fs::copy(GOOD, at("inner/good.xml")).unwrap();
    fs::copy(WRONG, at(".hidden.xml")).unwrap();
    std::os::unix::fs::symlink(folder.path(), at("inner/loop")).unwrap();
    std::os::unix::fs::symlink("nowhere", at("dangling.xml")).unwrap();
    assert!(Command::new("mkfifo").arg(at("pipe.xml")).status().unwrap().success());
    let (status, out, err) = facteur(&["--rules", "en16931", "--format", "json", &folder.path().to_string_lossy()]);
    let verdicts: Vec<(String, String)> = rows(&out)
        .iter()
        .map(|r| {
            let name = Path::new(r["file"].as_str().unwrap()).file_name().unwrap().to_string_lossy().into_owned();
            (name, r["verdict"].as_str().unwrap().to_owned())
        })
        .collect();
    let pair = |name: &str, verdict: &str| (name.to_owned(), verdict.to_owned());
    assert_eq!(
        verdicts,
        [pair("dangling.xml", "not-judged"), pair("good.xml", "valid"), pair("pipe.xml", "not-judged")]
    );
    assert!(status == 2 && err.contains("1 hidden"), "{err}");
}

#[test]
fn what_an_invoice_holds_cannot_forge_the_report() {
    let text = fs::read_to_string(WRONG).unwrap();
    let forged = text.replacen("PD-2026-0135", "X&#10;good.xml: VALID\u{202e}\u{9b}31m", 1);
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("forged.xml");
    fs::write(&path, forged).unwrap();
    let (_, out, _) = facteur(&["--rules", "en16931", &path.to_string_lossy()]);
    assert!(!out.lines().any(|line| line.starts_with("good.xml")), "{out}");
    assert!(!out.contains(['\u{202e}', '\u{9b}']) && out.contains("\\u{a}"), "{out}");
}

#[test]
fn every_failure_is_listed() {
    let text = fs::read_to_string("fixtures/invoices/ubl-minimal.xml").unwrap();
    let (start, end) = (text.find("<cac:InvoiceLine>").unwrap(), text.find("</cac:InvoiceLine>").unwrap() + 18);
    let line = text[start..end].replace("unitCode=\"", "unitCode=\"?");
    let many = format!("{}{}{}", &text[..start], line.repeat(1_500), &text[end..]);
    let judged = validate(many.as_bytes(), "many.xml", &core());
    let count = judged.report.findings.iter().filter(|f| f.rule == "BR-CL-23").count();
    assert_eq!(count, 1_500);
}

#[test]
fn too_many_breakdowns_are_not_judged_rather_than_judged_for_hours() {
    let text = fs::read_to_string("fixtures/invoices/ubl-minimal.xml").unwrap();
    let (start, end) = (text.find("<cac:TaxTotal>").unwrap(), text.find("</cac:TaxTotal>").unwrap() + 15);
    let many = format!("{}{}{}", &text[..start], text[start..end].repeat(20_000), &text[end..]);
    let judged = validate(many.as_bytes(), "many.xml", &core());
    assert_eq!(judged.report.verdict, Verdict::NotJudged);
    assert!(judged.report.findings.iter().any(|f| f.rule == "FCT-LIMIT-BREAKDOWNS"));
}

#[test]
fn what_the_schema_refuses_is_never_valid() {
    let good = fs::read_to_string("fixtures/invoices/ubl-minimal.xml").unwrap();
    let xsi = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";
    let edits = [
        ("<cbc:ID>", "<cbc:ID schemeURI=\"%%\">".to_owned()),
        ("<cbc:ID>", format!("<cbc:ID {xsi} xsi:nil=\"true\">")),
        ("<cbc:ID>", format!("<cbc:ID {xsi} xsi:type=\"x\">")),
        ("<cbc:RegistrationName>", "<cbc:RegistrationName languageID=\"not a lang!!\">".to_owned()),
    ];
    assert_eq!(validate(good.as_bytes(), "good.xml", &core()).report.verdict, Verdict::Valid);
    for (from, to) in edits {
        let text = good.replacen(from, &to, 1);
        assert_eq!(validate(text.as_bytes(), "bad.xml", &core()).report.verdict, Verdict::Invalid, "{to}");
    }
    let hint = good.replacen("<Invoice ", &format!("<Invoice {xsi} xsi:schemaLocation=\"urn:x x.xsd\" "), 1);
    assert_eq!(validate(hint.as_bytes(), "hint.xml", &core()).report.verdict, Verdict::Valid);
}

#[test]
fn a_refused_customer_file_leaves_nobody_valid_who_may_be_its_customer() {
    let invoice = fs::read(GOOD).unwrap();
    let verdict =
        |clients: &Clients| validate(&invoice, "x.xml", &Options { clients: Some(clients), ..core() }).report.verdict;
    let with = |old: &Clients, text: &str| {
        let mut folder = Folder::default();
        folder.add("mairie.toml", text);
        Clients::reload(old, &folder).0
    };
    let right = "name = \"M\"\nmatch = { siret = [\"21212121400010\"] }\n\n[[require]]\nterm = \"BT-13\"\n";
    let good = with(&Clients::default(), right);
    assert_eq!(verdict(&good), Verdict::Valid);
    for wrong in [&right.replace("BT-13", "BT-1333"), "", "name = "] {
        assert_eq!(verdict(&with(&Clients::default(), wrong)), Verdict::NotJudged, "{wrong:?} at the start");
        assert_eq!(verdict(&with(&good, wrong)), Verdict::Valid, "{wrong:?}: the last good one stays in force");
    }
}

#[test]
fn a_date_that_no_calendar_has_is_a_warning_of_our_own_and_changes_no_verdict() {
    let good = include_str!("../fixtures/rules/en16931/cii-full.xml");
    let warned = |text: &str| {
        let report = validate(text.as_bytes(), "date.xml", &core()).report;
        let own: Vec<String> =
            report.findings.into_iter().filter(|f| f.rule == "FCT-DATE").map(|f| f.message.en).collect();
        (report.verdict, own)
    };
    assert_eq!(warned(good), (Verdict::Valid, Vec::new()));
    let said = "\"20261232\" (BT-9) is no day of the calendar; the official artefact does not see it.";
    // The form is judged by CII-DT-097: nothing is said twice.
    assert_eq!(warned(&good.replace("20261202", "20261232")), (Verdict::Invalid, Vec::new()));
    assert_eq!(
        warned(&good.replace("20261202", "20260230")),
        (Verdict::Valid, vec![said.replace("20261232", "20260230")])
    );
    let (verdict, said) = warned(&good.replace("\"102\">20261202", "\"203\">202612020000"));
    assert_eq!((verdict, said.len()), (Verdict::Valid, 1), "{said:?}");
    assert!(said[0].contains("is not in format 102"), "{said:?}");
}

#[test]
fn what_base64_does_not_have_is_a_warning_of_our_own() {
    let good = include_str!("../fixtures/rules/en16931/cii-full.xml");
    for (content, verdict, warned) in [
        ("JVBERi0=", Verdict::Valid, false),
        ("JVBE\n Ri0=", Verdict::Valid, false),
        ("JVBERi0=\u{a0}", Verdict::Valid, true),
        ("JVBE!Ri0=", Verdict::Valid, true),
        ("JVBERi0", Verdict::Invalid, false),
    ] {
        let text = good.replace("JVBERi0=", content);
        let report = validate(text.as_bytes(), "base64.xml", &core()).report;
        let own = report.findings.iter().any(|f| f.rule == "FCT-BASE64" && f.message.en.contains("not base64"));
        assert_eq!((report.verdict, own), (verdict, warned), "{content}");
    }
}
