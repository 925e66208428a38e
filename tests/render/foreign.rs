//! Judges that no one here wrote: html5lib reads every page strictly, and Chromium prints one on paper.

use std::path::Path;
use std::process::Command;

use facteur::text::Lang;

use super::html;
use crate::stage::PROGRAM;

const BROWSER: &str = "/usr/bin/chromium";

/// Pages of every kind, in files.
fn pages(folder: &Path) -> Vec<String> {
    let mut paths = Vec::new();
    let mut put = |name: &str, text: &str| {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        paths.push(path.to_string_lossy().into_owned());
    };
    for name in [
        "invoices/ubl-full.xml",
        "invoices/cii-full.xml",
        "invoices/ubl-creditnote.xml",
        "demo/invoices/12-wrong-sum-one-cent.xml",
    ] {
        for lang in [Lang::Fr, Lang::En] {
            let bytes = std::fs::read(format!("fixtures/{name}")).unwrap();
            put(&format!("{}-{}.html", name.replace('/', "-"), lang.as_str()), &html(&bytes, lang));
        }
    }
    let run = Command::new(PROGRAM)
        .args(["--lang", "fr", "validate", "--format", "html", "fixtures/demo/invoices"])
        .output()
        .unwrap();
    put("report.html", &String::from_utf8(run.stdout).unwrap());
    let run =
        Command::new(PROGRAM).args(["render", "fixtures/demo/invoices/16-unreadable-truncated.xml"]).output().unwrap();
    put("unreadable.html", &String::from_utf8(run.stdout).unwrap());
    paths
}

#[test]
fn html5lib_finds_no_fault_in_any_page() {
    let Some(python) = std::env::var_os("FACTEUR_FOREIGN_PYTHON") else {
        eprintln!("skipped: FACTEUR_FOREIGN_PYTHON names no Python with html5lib; tests/run installs one");
        return;
    };
    let there = Command::new(&python).args(["-c", "import html5lib"]).output().unwrap();
    if !there.status.success() {
        eprintln!("skipped: this Python has no html5lib; tests/run installs it");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let judge = "import sys, html5lib\nfor path in sys.argv[1:]:\n    \
                 html5lib.HTMLParser(strict=True).parse(open(path, encoding='utf-8').read())\nprint('all as it must be')";
    let run = Command::new(python).args(["-c", judge]).args(pages(folder.path())).output().unwrap();
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    assert_eq!(String::from_utf8(run.stdout).unwrap(), "all as it must be\n");
}

#[test]
fn on_paper_nothing_is_cut_off() {
    if !Path::new(BROWSER).exists() || Command::new("pdftotext").arg("-v").output().is_err() {
        eprintln!("skipped: no {BROWSER} or no pdftotext; tests/run installs Debian's chromium and poppler-utils");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (page, pdf) = (folder.path().join("page.html"), folder.path().join("page.pdf"));
    std::fs::write(&page, html(&std::fs::read("fixtures/invoices/ubl-full.xml").unwrap(), Lang::Fr)).unwrap();
    let run = Command::new(BROWSER)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", "--no-first-run"])
        .arg(format!("--user-data-dir={}", folder.path().join("profile").display()))
        .arg(format!("--print-to-pdf={}", pdf.display()))
        .arg(format!("file://{}", page.display()))
        .output()
        .unwrap();
    assert!(pdf.exists(), "{}", String::from_utf8_lossy(&run.stderr));
    let text = Command::new("pdftotext").args(["-layout".as_ref(), pdf.as_os_str(), "-".as_ref()]).output().unwrap();
    let text = String::from_utf8(text.stdout).unwrap();
    for said in [
        "Facture TOUT-2026-0001",
        "564,00 CHF",
        "Comptoir de l'Exemple SAS",
        "663,95 CHF",
        "Pommes séchées",
        "releve.csv",
        "Aide à la lecture",
    ] {
        assert!(text.contains(said), "{said} is not on paper:\n{text}");
    }
    assert!(text.matches('\u{c}').count() <= 4, "{} sheets", text.matches('\u{c}').count());
}
