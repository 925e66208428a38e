//! The rendered invoice keeps its promises: it loses no term, pins every finding once, and nothing of a document becomes markup.

mod command;
mod content;
mod foreign;
mod hostile;
mod page;
mod pins;
mod report;
mod terms;

use facteur::day::Day;
use facteur::pdf::Direct;
use facteur::render::{How, Rendered, page as rendered};
use facteur::report::Report;
use facteur::text::Lang;
use facteur::validate::{Choice, Options, validate};

use page::Page;

/// Judged by EN 16931 alone, on a day of the fixtures.
fn judged(bytes: &[u8]) -> Report {
    let as_of = Day::parse_iso("2026-11-21").unwrap();
    let options = Options { choice: Choice::parse("en16931").unwrap(), ..Options::new(as_of) };
    validate(bytes, "invoice.xml", &options).report
}

fn html(bytes: &[u8], lang: Lang) -> String {
    let mut out = String::new();
    let how = How { lang, findings: true, verdict: true, source: None };
    let done = rendered(&mut out, bytes, &judged(bytes), how, &Direct).unwrap();
    assert_eq!(done, Rendered::Invoice, "{}", String::from_utf8_lossy(&bytes[..bytes.len().min(300)]));
    out
}

/// Read by a reader of our own that takes nothing but well-formed markup.
fn shown(bytes: &[u8], lang: Lang) -> Page {
    Page::read(&html(bytes, lang))
}

/// Our own invoices of every syntax.
fn fixtures() -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    for folder in ["fixtures/invoices", "fixtures/demo/invoices", "fixtures/rules/en16931"] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.to_string_lossy().into_owned();
            if !name.contains("unreadable") && (name.ends_with(".xml") || name.ends_with(".pdf")) {
                found.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    found.sort();
    // The bases of the rules have places to be filled.
    found.retain(|(name, bytes)| !name.contains("/rules/") || !String::from_utf8_lossy(bytes).contains('%'));
    assert!(found.len() > 40, "{}", found.len());
    found
}
