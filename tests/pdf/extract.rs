//! `facteur extract` as people and scripts use it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

use super::make::{Embedded, FacturX};
use super::xml;
use crate::stage::PROGRAM;

const GOOD: &str = "fixtures/invoices/facturx-en16931.pdf";
const TWO: &str = "fixtures/invoices/facturx-attachment.pdf";
const NONE: &str = "fixtures/pdf/without-invoice.pdf";

fn facteur(arguments: &[&str]) -> (i32, Vec<u8>, String) {
    let output = Command::new(PROGRAM).args(["--lang", "en"]).args(arguments).stdin(Stdio::null()).output().unwrap();
    (output.status.code().unwrap(), output.stdout, String::from_utf8(output.stderr).unwrap())
}

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(folder).unwrap().map(|e| e.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn the_invoice_comes_out_byte_for_byte_and_nothing_is_written_over() {
    let (status, out, err) = facteur(&["extract", GOOD]);
    assert_eq!((status, &*err), (0, ""));
    assert!(out.starts_with(b"<?xml") && String::from_utf8_lossy(&out).contains("ANR-2026-0311"));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("f.xml");
    let to = path.to_str().unwrap();
    assert_eq!(facteur(&["extract", "-o", to, GOOD]).0, 0);
    assert_eq!(fs::read(&path).unwrap(), out);
    let (status, _, err) = facteur(&["extract", "-o", to, TWO]);
    assert!(status == 2 && err.contains("--force"), "{err}");
    assert_eq!(fs::read(&path).unwrap(), out, "what was there stays");
    assert_eq!(facteur(&["extract", "--force", "-o", to, TWO]).0, 0);
    assert!(fs::read_to_string(&path).unwrap().contains("ANR-2026-0312"));
    // What it judges is what it extracts.
    assert_eq!(facteur(&["validate", "--rules", "en16931", GOOD]).0, 0);
    let (status, out, _) = facteur(&["inspect", "--format", "json", GOOD]);
    let shown: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!((status, &shown["syntax"], &shown["attachment"]), (0, &"facturx-pdf".into(), &"factur-x.xml".into()));
    assert!(shown["terms"].as_array().unwrap().iter().any(|t| t["term"] == "BT-1" && t["value"] == "ANR-2026-0311"));
}

#[test]
fn several_go_into_a_folder_and_the_worst_gives_the_status() {
    let folder = tempfile::tempdir().unwrap();
    let to = folder.path().to_str().unwrap();
    assert_eq!(facteur(&["extract", GOOD, TWO]).0, 2, "to one standard output they would run together");
    let (status, _, err) = facteur(&["extract", "-o", to, GOOD, TWO, NONE]);
    assert!(status == 1 && err.contains("FCT-PDF-NO-INVOICE"), "{status} {err}");
    assert_eq!(names(folder.path()), ["facturx-attachment-factur-x.xml", "facturx-en16931-factur-x.xml"]);
    assert_eq!(facteur(&["extract", "--all", "-o", to, TWO]).0, 2, "one of them is there already");
    let other = tempfile::tempdir().unwrap();
    assert_eq!(facteur(&["extract", "--all", "-o", other.path().to_str().unwrap(), TWO]).0, 0);
    let all = names(other.path());
    assert_eq!(all, ["facturx-attachment-factur-x.xml", "facturx-attachment-relevé-interventions.txt"]);
    assert_eq!(facteur(&["extract", "fixtures/invoices/cii-minimal.xml"]).0, 2, "no PDF");
    assert_eq!(facteur(&["extract", "no-such.pdf"]).0, 2);
}

#[test]
fn a_list_is_one_object_a_line() {
    let (status, out, _) =
        facteur(&["extract", "--list", "--format", "json", GOOD, TWO, NONE, "fixtures/hostile/truncated.xml"]);
    assert_eq!(status, 2);
    let rows: Vec<Value> = String::from_utf8(out).unwrap().lines().map(|l| serde_json::from_str(l).unwrap()).collect();
    let refused: Vec<&Value> = rows.iter().map(|r| &r["refused"]).collect();
    assert_eq!(refused, [&Value::Null, &Value::Null, &"FCT-PDF-NO-INVOICE".into(), &"FCT-PDF-NOT-PDF".into()]);
    assert_eq!((&rows[1]["level"], &rows[1]["xmp"]["level"]), (&"en16931".into(), &"EN 16931".into()));
    let attachments = rows[1]["attachments"].as_array().unwrap();
    assert_eq!(attachments.len(), 2);
    assert_eq!((&attachments[0]["name"], &attachments[0]["relationship"]), (&"factur-x.xml".into(), &"Data".into()));
    assert_eq!(attachments[0]["sha256"].as_str().unwrap().len(), 64);
    let (status, out, _) = facteur(&["extract", "--list", TWO]);
    let text = String::from_utf8(out).unwrap();
    assert!(
        status == 0 && text.contains("  invoice  factur-x.xml  Data  names+af  ") && text.lines().count() == 3,
        "{text}"
    );
}

#[test]
fn names_that_lead_elsewhere_stay_in_the_folder() {
    let mut pdf = FacturX::new(&xml("F-1"));
    for name in [
        "../../../evil.sh",
        "/etc/passwd",
        "..\\boot.ini",
        ".bashrc",
        "a\nb\u{1b}[2J.txt",
        "FACTUR-X.XML",
        "..",
        "é".repeat(300).as_str(),
    ] {
        pdf.files.push(Embedded::new(name, b"#!/bin/sh\n"));
    }
    let outside = tempfile::tempdir().unwrap();
    let folder = outside.path().join("in");
    fs::write(outside.path().join("p.pdf"), pdf.bytes()).unwrap();
    let (pdf, to) = (outside.path().join("p.pdf"), folder.to_str().unwrap().to_owned());
    let (status, _, err) = facteur(&["extract", "--all", "-o", &to, pdf.to_str().unwrap()]);
    assert_eq!(status, 0, "{err}");
    assert_eq!(names(outside.path()), ["in", "p.pdf"]);
    let written = names(&folder);
    assert_eq!(written.len(), 9, "{written:?}");
    assert!(written.iter().all(|n| n.starts_with("p-") && !n.contains(['/', '\\', '\n', '\u{1b}'])), "{written:?}");
    // A list of them cannot speak to the terminal.
    let (_, out, _) = facteur(&["extract", "--list", pdf.to_str().unwrap()]);
    assert!(!out.contains(&0x1b));
    // Where the place is a link, nothing is written through it.
    #[cfg(unix)]
    {
        let victim = outside.path().join("victim");
        fs::write(&victim, "mine").unwrap();
        let link = outside.path().join("link.xml");
        std::os::unix::fs::symlink(&victim, &link).unwrap();
        let link = link.to_str().unwrap();
        assert_eq!(facteur(&["extract", "-o", link, GOOD]).0, 2);
        assert_eq!(facteur(&["extract", "--force", "-o", link, GOOD]).0, 0);
        assert_eq!(fs::read_to_string(&victim).unwrap(), "mine");
    }
}
