//! The page in Chromium, over WebDriver: `tests/foreign/page.py` looks, this file sets the stage. `tests/run` installs both.
//! `FACTEUR_SCREENSHOTS=target/screenshots` keeps a picture of each page.

use std::path::Path;
use std::process::Command;

use crate::api::stage::{Stage, invoice};

const BROWSER: &str = "/usr/bin/chromium";
const DRIVER: &str = "/usr/bin/chromedriver";

#[tokio::test(flavor = "multi_thread")]
async fn the_main_flows_in_chromium_in_both_languages_and_widths() {
    let Some(python) = std::env::var_os("FACTEUR_FOREIGN_PYTHON") else {
        eprintln!("skipped: FACTEUR_FOREIGN_PYTHON names no Python with selenium; tests/run installs one");
        return;
    };
    if !Path::new(BROWSER).exists() || !Path::new(DRIVER).exists() {
        eprintln!("skipped: no {BROWSER} or {DRIVER}; tests/run installs Debian's chromium and chromium-driver");
        return;
    }
    let stage = Stage::new().await;
    let mut files: Vec<_> =
        std::fs::read_dir("fixtures/demo/invoices").unwrap().map(|e| e.unwrap().file_name()).collect();
    files.sort();
    for file in files {
        let file = file.into_string().unwrap();
        let id = stage.accept(&file).await;
        // Corrections come after what they correct.
        if file.starts_with("09") || file.starts_with("19") || file.starts_with("25") {
            stage.until(&id, &["blocked", "delivered", "accepted", "paid", "refused"]).await;
        }
    }
    let hostile = stage.post("/v1/invoices", hostile()).await;
    assert_eq!(hostile.status(), 202);
    let hostile = hostile.json::<serde_json::Value>().await.unwrap()["id"].as_str().unwrap().to_owned();
    stage.until(&hostile, &["blocked", "delivered", "refused"]).await;
    stage.until(&stage.accept("31-suspended-document.xml").await, &["suspended"]).await;
    let run = tokio::task::spawn_blocking({
        let (url, token) = (stage.url(""), stage.token.clone());
        let shots = std::env::var("FACTEUR_SCREENSHOTS").unwrap_or_else(|_| "-".to_owned());
        move || {
            Command::new(python)
                .arg("tests/foreign/page.py")
                .args([url, token, hostile])
                .args([BROWSER, DRIVER, &shots])
                .output()
                .unwrap()
        }
    });
    let run = run.await.unwrap();
    let told = format!("{}{}", String::from_utf8_lossy(&run.stdout), String::from_utf8_lossy(&run.stderr));
    println!("{told}");
    assert!(run.status.success() && told.ends_with("all as it must be\n"), "{told}");
    // What a person released by keyboard is at the platform.
    let released = stage.get("/v1/invoices?number=PD-2026-0135").await;
    let row = &released["invoices"][0];
    assert!(["delivered", "accepted", "paid"].contains(&row["state"].as_str().unwrap()), "{row}");
    assert_eq!(row["released"]["author"], "Camille (first)");
}

/// An invoice of ours that tries what a document can try on whoever looks at it.
fn hostile() -> Vec<u8> {
    let text = String::from_utf8(invoice("01-good-ubl-mairie.xml")).unwrap();
    let at = |text: String, from: &str, to: &str| {
        assert!(text.contains(from), "{from}");
        text.replacen(from, to, 1)
    };
    let text =
        text.replace("Commune de Saint-Aubin-sur-Orle", "&lt;script&gt;window.pwned=1&lt;/script&gt;\u{202e}eriaM");
    let text = at(text, "PD-2026-0131", "&quot;&gt;&lt;img src=x onerror=window.pwned=1&gt;");
    let note = format!("<cbc:Note>{}\u{85}\u{9b}</cbc:Note>", "&lt;b onmouseover=window.pwned=1&gt; ".repeat(300_000));
    let link = "<cac:AdditionalDocumentReference><cbc:ID>&lt;/title&gt;</cbc:ID><cac:Attachment><cac:ExternalReference>\
                <cbc:URI>javascript:window.pwned=1</cbc:URI></cac:ExternalReference></cac:Attachment>\
                </cac:AdditionalDocumentReference>";
    let text = at(text, "<cbc:Note>", &format!("{note}<cbc:Note>"));
    at(text, "<cac:AccountingSupplierParty>", &format!("{link}<cac:AccountingSupplierParty>")).into_bytes()
}
