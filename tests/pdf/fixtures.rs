//! The PDFs of `fixtures/` are what `make` makes, and foreign tools find nothing wrong with them.
//! `FACTEUR_WRITE_FIXTURES=1 cargo test pdf::fixtures` writes them anew.

use std::fs;
use std::process::Command;

use super::make::{Embedded, FacturX};
use super::xml;

/// A Factur-X of level EN 16931 under this number, whose page says what its XML says.
pub fn good(number: &str) -> FacturX {
    let text = String::from_utf8(xml(number)).unwrap();
    let text = text.replace("<!-- Good: quarterly IT maintenance for a hospital, in CII. Delivered. -->\n", "");
    let mut pdf = FacturX::new(text.as_bytes());
    let page = [
        "ATELIER NUMÉRIQUE DU RHÔNE SAS",
        "8 quai Perrache, Bâtiment C, 69002 Lyon",
        "SIREN 222444663 - TVA FR94222444663",
        "",
        &format!("FACTURE {number} DU 05/10/2026"),
        "Client : Centre hospitalier des Deux-Rives",
        "Bon de commande CH26-004217",
        "",
        "Maintenance, forfait mensuel   3 x 2450.00   7350.00",
        "Intervention sur site      12.5 H x 96.00   1200.00",
        "Deplacement                340 km x 0.62     210.80",
        "",
        "Total HT                    8760.80 EUR",
        "TVA 20 %                    1752.16 EUR",
        "TOTAL TTC                  10512.96 EUR",
        "",
        "Payable a 30 jours, le 04/11/2026, par virement",
        "Penalites de retard : taux BCE majore de 10 points",
        "Indemnite pour frais de recouvrement : 40 EUR",
        "Pas d'escompte pour paiement anticipe",
    ];
    pdf.page = page.map(str::to_owned).to_vec();
    pdf
}

/// The same with a second file that is no invoice: a schedule of works as text.
fn with_attachment(number: &str) -> FacturX {
    let mut pdf = good(number);
    let mut note =
        Embedded::new("relevé-interventions.txt", "2026-07-08 4 h\n2026-08-19 5 h\n2026-09-22 3,5 h\n".as_bytes());
    note.relationship = Some("Supplement");
    pdf.files.push(note);
    pdf
}

fn no_invoice(number: &str) -> FacturX {
    let mut pdf = good(number);
    pdf.files.clear();
    pdf.xmp = None;
    pdf
}

pub fn all() -> [(&'static str, Vec<u8>); 6] {
    [
        ("fixtures/invoices/facturx-en16931.pdf", good("ANR-2026-0311").bytes()),
        ("fixtures/invoices/facturx-attachment.pdf", with_attachment("ANR-2026-0312").bytes()),
        ("fixtures/pdf/without-invoice.pdf", no_invoice("ANR-2026-0313").bytes()),
        ("fixtures/demo/invoices/39-good-facturx.pdf", good("ANR-2026-0340").bytes()),
        ("fixtures/demo/invoices/40-good-facturx-dropped.pdf", with_attachment("ANR-2026-0341").bytes()),
        ("fixtures/demo/invoices/41-unreadable-picture-dropped.pdf", no_invoice("ANR-2026-0342").bytes()),
    ]
}

#[test]
fn the_fixtures_are_what_is_made() {
    for (path, bytes) in all() {
        if std::env::var_os("FACTEUR_WRITE_FIXTURES").is_some() {
            fs::write(path, &bytes).unwrap();
        }
        assert!(fs::read(path).unwrap() == bytes, "{path} is not what `make` makes");
    }
}

/// Is the tool there? Where it is not, the test says so by name.
pub fn tool(name: &str, test: &str) -> bool {
    let there = Command::new(name).arg("--version").output().is_ok();
    if !there {
        eprintln!("{test} skipped: {name} is not installed; tests/run installs it");
    }
    there
}

#[test]
fn qpdf_finds_nothing_wrong() {
    if !tool("qpdf", "qpdf_finds_nothing_wrong") {
        return;
    }
    for (path, _) in all() {
        let run = Command::new("qpdf").args(["--check", path]).output().unwrap();
        let said = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
        assert!(run.status.success() && said.contains("No syntax or stream encoding errors"), "{path}: {said}");
    }
}

#[test]
fn the_page_says_what_the_invoice_says() {
    if !tool("pdftotext", "the_page_says_what_the_invoice_says") {
        return;
    }
    let run =
        Command::new("pdftotext").args(["-layout", "fixtures/invoices/facturx-en16931.pdf", "-"]).output().unwrap();
    let text = String::from_utf8(run.stdout).unwrap();
    assert!(run.stderr.is_empty(), "{}", String::from_utf8_lossy(&run.stderr));
    for part in ["ANR-2026-0311", "10512.96 EUR", "CENTRE HOSPITALIER DES DEUX-RIVES"] {
        assert!(text.contains(part), "{part}: {text}");
    }
}
