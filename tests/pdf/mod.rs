//! PDFs: what is read out of them, what is said of them, and what they cannot do to us.

mod ambiguous;
mod bombs;
mod container;
mod corpus;
mod door;
mod elsewhere;
mod extract;
mod fixtures;
mod font;
mod hostile;
pub mod make;
mod overruled;
mod pages;
mod visible;

/// A good invoice in CII, under this number.
pub fn xml(number: &str) -> Vec<u8> {
    let text = std::fs::read_to_string("fixtures/demo/invoices/02-good-cii-hopital.xml").unwrap();
    assert!(text.contains("ANR-2026-0310"));
    text.replace("ANR-2026-0310", number).into_bytes()
}
