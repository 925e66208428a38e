//! `facteur diff`: exit status, where the documents come from, and its forms.

use super::*;

fn run(arguments: &[&str]) -> (i32, String, String) {
    let run = Command::new(PROGRAM).arg("diff").args(arguments).env("FACTEUR_LANG", "en").output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (run.status.code().unwrap(), text(run.stdout), text(run.stderr))
}

#[test]
fn the_exit_status_is_that_of_diff() {
    let (ubl, cii) = ("fixtures/diff/twin-ubl.xml", "fixtures/diff/twin-cii.xml");
    let (status, out, err) = run(&[ubl, cii]);
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(out.contains("No term differs: the same invoice."), "{out}");
    let (status, out, _) = run(&["--lang", "fr", ubl, "fixtures/invoices/ubl-minimal.xml"]);
    assert_eq!(status, 1);
    assert!(
        out.contains("BT-1  Numéro de facture\n  a  JUM-2026-0007  ligne 5:3\n  b  MIN-2026-0001  ligne 5:3\n"),
        "{out}"
    );
    assert_eq!(run(&["--as-written", ubl, cii]).0, 1);
    // Trouble names the document, both of them where both are.
    let (status, out, err) = run(&[ubl, "fixtures/hostile/xxe.xml"]);
    assert_eq!((status, out.as_str()), (2, ""));
    assert!(err.contains("xxe.xml") && err.contains("FCT-XML-DTD") && !err.contains("twin"), "{err}");
    let (status, _, err) = run(&["nowhere.xml", "fixtures/pdf/without-invoice.pdf"]);
    assert_eq!(status, 2);
    assert!(err.contains("nowhere.xml") && err.contains("FCT-PDF-NO-INVOICE"), "{err}");
    let (status, _, err) = run(&["-", "-"]);
    assert!(status == 2 && err.contains("standard input"), "{err}");
    assert_eq!(run(&["--only", "BT-9999", ubl, cii]).0, 2);
    assert_eq!(run(&["--ignore", "other,bt-1", ubl, cii]).0, 0);
}

#[test]
fn one_of_them_may_be_standard_input_or_in_a_pdf() {
    let mut child = Command::new(PROGRAM)
        .args(["diff", "--format", "json", "-", "fixtures/invoices/facturx-en16931.pdf"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(fixture("invoices/cii-minimal.xml").as_bytes()).unwrap();
    let out = child.wait_with_output().unwrap();
    let json: Value = serde_json::from_slice(&out.stdout).unwrap();
    assert_eq!(json["schema"], "facteur-diff/1");
    assert_eq!((json["a"]["file"].as_str(), json["a"]["syntax"].as_str()), (Some("-"), Some("cii")));
    assert_eq!(
        (json["b"]["syntax"].as_str(), json["b"]["attachment"].as_str()),
        (Some("facturx-pdf"), Some("factur-x.xml"))
    );
    assert_eq!(json["same"].as_bool(), Some(out.status.code() == Some(0)));
    for one in json["differences"].as_array().unwrap() {
        assert!(one["b"].is_null() || one["b"]["place"]["attachment"] == "factur-x.xml", "{one}");
        assert!(one["a"].is_null() || one["a"]["place"]["attachment"].is_null(), "{one}");
    }
}

#[test]
fn every_form_says_the_same_and_hides_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let trap = "=1+1\u{202e}\u{1b}[31m\u{200b}, \"x\"";
    let (a, b) = (folder.path().join("a.xml"), folder.path().join("b.xml"));
    fs::write(&a, fixture("invoices/ubl-minimal.xml")).unwrap();
    let escaped = trap.replace('\u{1b}', "").replace('"', "&quot;");
    fs::write(
        &b,
        fixture("invoices/ubl-minimal.xml").replace(">Conseil<", &format!(">{escaped}<")).replace(">20.00<", ">21.50<"),
    )
    .unwrap();
    let (a, b) = (a.to_str().unwrap(), b.to_str().unwrap());
    let (status, text, _) = run(&[a, b]);
    assert_eq!(status, 1);
    assert!(text.contains("=1+1\\u{202e}[31m\\u{200b}, \"x\""), "{text}");
    assert!(
        text.contains("BT-110  Invoice total VAT amount\n  a  20.00  line 55:5\n  b  21.50  line 55:5  (+1.50)"),
        "{text}"
    );
    assert!(!text.contains(['\u{202e}', '\u{200b}', '\u{1b}']));
    let (_, json, _) = run(&["--format", "json", a, b]);
    assert_eq!(json.lines().count(), 1);
    let json: Value = serde_json::from_str(&json).unwrap();
    let differences = json["differences"].as_array().unwrap();
    let terms: Vec<&str> = differences.iter().map(|d| d["term"].as_str().unwrap()).collect();
    assert_eq!(terms, ["BT-110", "BT-117", "BT-153"]);
    assert_eq!((differences[0]["delta"].as_str(), differences[0]["change"].as_str()), (Some("1.50"), Some("changed")));
    assert_eq!(differences[2]["a"]["address"], "BG-25[1]/BT-153");
    assert_eq!(differences[2]["b"]["value"], trap.replace('\u{1b}', ""));
    let (_, csv, _) = run(&["--format", "csv", a, b]);
    let rows: Vec<&str> = csv.split("\r\n").collect();
    assert_eq!(rows.len(), 5, "{csv}");
    assert!(rows[0].starts_with("change,term,name,a_address,a_value,a_line,a_column,a_path,b_address"));
    assert!(
        rows[1].starts_with("changed,BT-110,Invoice total VAT amount,BT-110,20.00,55,5,/Invoice/cac:TaxTotal/"),
        "{csv}"
    );
    assert!(rows[3].contains("\"'=1+1\\u{202e}[31m\\u{200b}, \"\"x\"\"\""), "{csv}");
    for format in ["text", "json", "csv"] {
        assert_eq!(run(&["--format", format, a, b]), run(&["--format", format, a, b]), "{format}");
    }
}

/// A fixture with something changed, in a folder.
fn changed(folder: &tempfile::TempDir, name: &str, of: &str, changes: &[(&str, &str)]) -> String {
    let mut text: String = fs::read(of).unwrap().iter().map(|b| char::from(*b)).collect();
    for (from, to) in changes {
        assert!(text.contains(from), "{of}: {from}");
        text = text.replacen(from, to, 1);
    }
    let path = folder.path().join(name);
    fs::write(&path, text.chars().map(|c| c as u8).collect::<Vec<u8>>()).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn what_edi_says_twice_or_beside_its_terms_is_no_same_invoice() {
    let folder = tempfile::tempdir().unwrap();
    let base = "fixtures/edifact/d96a.edi";
    assert_eq!(run(&[base, base]).0, 0);
    // A second quantity: the first alone is a term.
    let twice = changed(&folder, "a.edi", base, &[("QTY+47:", "QTY+47:7:HUR'QTY+47:")]);
    let (status, out, _) = run(&[&twice, base]);
    assert_eq!(status, 1, "{out}");
    assert!(out.contains("BT-129") && out.contains("only in a") && !out.contains("the same invoice"), "{out}");
    let (_, json, _) = run(&["--format", "json", base, &twice]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let said =
        json["differences"].as_array().unwrap().iter().any(|one| one["change"] == "only-b" && one["term"] == "BT-129");
    assert!(json["same"] == false && said, "{json}");
    assert!(run(&["--format", "csv", base, &twice]).1.contains("only-b,BT-129,"));
    assert_eq!(run(&["--ignore", "BT-129", base, &twice]).0, 0);
    // Both say it: nothing differs.
    assert_eq!(run(&[&twice, &twice]).0, 0);

    // A cancellation is another document.
    let cancelled = changed(&folder, "b.edi", base, &[("FA-2026-0044+9'", "FA-2026-0044+1'")]);
    let (status, out, _) = run(&[base, &cancelled]);
    assert!(status == 1 && out.contains("BGM 1225") && !out.contains("the same invoice"), "{out}");

    // What no term takes is compared between two of one syntax, and listed between two.
    let more = changed(&folder, "c.edi", base, &[("UNS+S'", "UNS+S'MOA+56:12.50'")]);
    let (status, out, _) = run(&[base, &more]);
    assert!(status == 1 && out.contains("MOA+56:12.50") && !out.contains("the same invoice"), "{out}");
    let as_cii = folder.path().join("c.xml");
    let convert = [more.as_str(), "--to", "cii", "--output"];
    let done = Command::new(PROGRAM).arg("convert").args(convert).arg(&as_cii).output().unwrap();
    assert!(done.status.success(), "{done:?}");
    let (_, out, _) = run(&[&more, as_cii.to_str().unwrap()]);
    assert!(out.contains("MOA+56:12.50") && out.contains("Not compared") && !out.contains("the same invoice"), "{out}");

    // X12: a line in another currency.
    let x12 = "fixtures/x12/invoice.edi";
    let foreign = changed(&folder, "d.edi", x12, &[("TXI*VA*29", "CUR*SE*GBP~\nTXI*VA*29")]);
    let (status, out, _) = run(&[x12, &foreign]);
    assert!(status == 1 && out.contains("BT-5") && out.contains("GBP"), "{out}");
}
