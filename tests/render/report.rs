//! `--format html`: one page of many documents.

use std::process::{Command, Stdio};

use super::page::Page;
use crate::stage::PROGRAM;

fn report(arguments: &[&str]) -> (i32, String) {
    let run = Command::new(PROGRAM)
        .args(["validate", "--format", "html", "--rules", "en16931", "--as-of", "2026-11-21"])
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    (run.status.code().unwrap(), String::from_utf8(run.stdout).unwrap())
}

const GOOD: &str = "fixtures/demo/invoices/01-good-ubl-mairie.xml";
const WRONG: &str = "fixtures/demo/invoices/12-wrong-sum-one-cent.xml";
const BROKEN: &str = "fixtures/demo/invoices/16-unreadable-truncated.xml";

#[test]
fn all_documents_stand_in_one_page_with_a_summary_that_leads_to_them() {
    let (status, html) = report(&["--lang", "fr", GOOD, WRONG, BROKEN, WRONG]);
    assert_eq!(status, 2);
    let page = Page::read(&html.replace("<span class=\"only\"", "<span"));
    for said in ["Tous : 4", "Non valide : 2", "Non jugée : 1", "Valide : 1", "BR-CO-10", "Écart", "À faire"] {
        assert!(page.text.contains(said), "{said}");
    }
    for n in 1..=4 {
        assert!(page.around.contains_key(&format!("d{n}")), "document {n}");
        assert!(page.links.contains(&format!("#d{n}")), "a way to document {n}");
    }
    assert!(page.links.contains(&"#only-invalid".to_owned()));
    assert!(!html.contains('\u{1}'), "every number was written");
    assert_eq!(html, report(&["--lang", "fr", GOOD, WRONG, BROKEN, WRONG]).1, "the same at each run");
    assert!(report(&["--lang", "en", WRONG]).1.contains("Invalid: 1"));
}

#[test]
fn names_and_texts_of_documents_stay_text() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("<img src=x>\u{202e}.xml");
    std::fs::copy(WRONG, &path).unwrap();
    let (_, html) = report(&[&path.to_string_lossy()]);
    let page = Page::read(&html);
    assert!(page.text.contains("<img src=x>\\u{202e}.xml"));
}

#[test]
fn the_line_of_the_document_stands_with_its_finding() {
    let (_, html) = report(&[WRONG]);
    assert!(html.contains("currencyID=&quot;EUR&quot;&gt;<mark>348.72</mark>&lt;/cbc:LineExtensionAmount"), "{html}");
}

#[test]
fn findings_that_are_left_out_are_counted_before_the_others() {
    let text = std::fs::read_to_string("fixtures/invoices/ubl-minimal.xml").unwrap();
    let start = text.find("<cac:InvoiceLine>").unwrap();
    let end = text.find("</cac:InvoiceLine>").unwrap() + "</cac:InvoiceLine>".len();
    let line = text[start..end].replace("<cbc:Name>Conseil</cbc:Name>", "");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("many.xml");
    std::fs::write(&path, format!("{}{}{}", &text[..start], line.repeat(2_100), &text[end..])).unwrap();
    let (_, html) = report(&["--lang", "en", &path.to_string_lossy()]);
    let (told, first) = (html.find("findings are not listed here"), html.find("class=\"fin "));
    assert!(told.is_some() && told < first && html.contains("--format json"), "{told:?} {first:?}");
    assert_eq!(html.matches("class=\"fin ").count(), 2_000);
    assert!(html.contains("listed here: 2000"), "in the summary as well");
}

#[test]
fn the_end_of_a_line_in_a_name_is_shown() {
    let text = std::fs::read_to_string("fixtures/invoices/ubl-minimal.xml").unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.xml");
    std::fs::write(&path, text.replace("MIN-2026-0001", "MIN&#10;2026&#13;&#xfdd0;")).unwrap();
    let (_, html) = report(&[&path.to_string_lossy()]);
    assert!(html.contains("MIN\\u{a}2026\\u{d}\\u{fdd0}"), "{html}");
}
