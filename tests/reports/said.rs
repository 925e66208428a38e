//! What people read in every form: amounts with the currency they bear, and forms of values in their language.

use super::{run, shown, validate};

const MINIMAL: &str = "fixtures/invoices/ubl-minimal.xml";
const MINIMAL_CII: &str = "fixtures/invoices/cii-minimal.xml";
const FORMS: [&str; 6] = ["text", "html", "csv", "svrl", "sarif", "junit"];

fn changed(from: &str, what: &str, to: &str) -> (tempfile::TempDir, String) {
    let text = std::fs::read_to_string(from).unwrap();
    assert!(text.contains(what), "{what}");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xml");
    std::fs::write(&path, text.replace(what, to)).unwrap();
    let path = shown(&path).to_owned();
    (folder, path)
}

/// The official artefact lets this pass: an invoice in EUR whose amount due is one of USD.
#[test]
fn an_amount_due_stands_with_the_currency_it_bears() {
    let (_folder, path) = changed(
        MINIMAL,
        "<cbc:PayableAmount currencyID=\"EUR\">120.00<",
        "<cbc:PayableAmount currencyID=\"USD\">120.00<",
    );
    for (lang, told) in [("fr", "devise de la facture, BT-5 : EUR"), ("en", "invoice currency, BT-5: EUR")] {
        for format in ["text", "html"] {
            let (_, out, _) = run(&["--lang", lang, "--format", format, &path]);
            let due = match (format, lang) {
                ("html", "fr") => "120,00\u{a0}USD",
                ("html", _) => "120.00\u{a0}USD",
                _ => "120.00 USD",
            };
            assert!(!out.contains(&due.replace("USD", "EUR")) && out.contains(due), "{format}: {out}");
            let times = if format == "html" { 2 } else { 1 };
            assert_eq!(out.matches(told).count(), times, "{format}: {out}");
        }
    }
    let (_, out, _) = run(&["--format", "json", &path]);
    assert!(out.contains("\"payable\":\"120.00\",\"currency\":\"EUR\",\"payable_currency\":\"USD\""), "{out}");
    let (_, csv, _) = run(&["--format", "csv", &path]);
    // Columns that came later stand behind it.
    let currency = |csv: &str| csv.lines().nth(1).and_then(|row| row.rsplit(',').nth(10).map(str::to_owned));
    let later = ",waived_by,waived_until,waiver,severity_was,severity_by,reasons,direction,day,day_from,calendar";
    assert!(csv.lines().next().unwrap().ends_with(&format!(",payable_currency{later}")), "{csv}");
    assert_eq!(currency(&csv).as_deref(), Some("USD"), "{csv}");
    let diff = validate(&[]).get_program().to_owned();
    let diff = std::process::Command::new(diff).args(["diff", "--lang", "en", &path, MINIMAL]).output().unwrap();
    let out = String::from_utf8(diff.stdout).unwrap();
    assert!(out.contains("120.00 USD") && !out.lines().next().unwrap().contains("120.00 EUR"), "{out}");
}

#[test]
fn an_invoice_in_one_currency_says_it_once() {
    let (_, out, _) = run(&["--format", "json", MINIMAL]);
    assert!(!out.contains("payable_currency"), "{out}");
    let (_, csv, _) = run(&["--format", "csv", MINIMAL]);
    assert_eq!(csv.lines().nth(1).and_then(|row| row.rsplit(',').nth(10)), Some(""), "{csv}");
    let (_, text, _) = run(&["--lang", "en", MINIMAL]);
    assert!(text.contains("120.00 EUR") && !text.contains("invoice currency"), "{text}");
}

#[test]
fn the_form_that_is_expected_is_told_in_the_language() {
    for (from, what, to, fr, en) in [
        (MINIMAL, ">2026-12-02<", ">2 décembre<", "AAAA-MM-JJ", "YYYY-MM-DD"),
        (MINIMAL, ">120.00</cbc:PayableAmount", ">cent vingt</cbc:PayableAmount", "nombre décimal", "decimal number"),
        (MINIMAL, ">120.00</cbc:PayableAmount", ">120.000</cbc:PayableAmount", "≤ 2 décimales", "≤ 2 decimals"),
        (MINIMAL_CII, ">20261102<", ">2 novembre<", "AAAAMMJJ", "YYYYMMDD"),
    ] {
        let (_folder, path) = changed(from, what, to);
        for format in FORMS {
            let (_, french, _) = run(&["--lang", "fr", "--format", format, &path]);
            assert!(french.contains(fr) && !french.contains(en), "{format} says {en} for {fr}: {french}");
            let (_, english, _) = run(&["--lang", "en", "--format", format, &path]);
            assert!(english.contains(en) && !english.contains(fr), "{format}: {english}");
        }
    }
}

#[test]
fn a_credit_note_is_called_one_and_gives_back() {
    let note = "fixtures/demo/invoices/03-good-creditnote-mairie.xml";
    let (_, out, _) = super::run(&["--format", "html", "--lang", "fr", note]);
    assert!(out.contains("avoir <strong>PD-AV-2026-0007") && out.contains("\u{2212}60,00\u{a0}EUR"), "{out}");
    assert!(!out.contains(">60.00") && !out.contains(" 60.00 EUR"));
    let (_, out, _) = super::run(&["--lang", "en", note]);
    assert!(out.contains("credit note PD-AV-2026-0007") && out.contains(", -60.00 EUR"), "{out}");
    // What programs read stays as written.
    let (_, out, _) = super::run(&["--format", "json", note]);
    assert!(out.contains("\"payable\":\"60.00\""), "{out}");
}
