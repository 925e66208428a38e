//! A document that tries what it can on whoever reads its page.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use facteur::limits;
use facteur::pdf::Direct;
use facteur::render::{How, section};
use facteur::report::html::Anchors;
use facteur::text::Lang;

use super::{html, judged, shown};

fn minimal() -> String {
    std::fs::read_to_string("fixtures/invoices/ubl-minimal.xml").unwrap()
}

/// The invoice with so many copies of its line.
fn with_lines(count: usize) -> String {
    let text = minimal();
    let start = text.find("<cac:InvoiceLine>").unwrap();
    let end = text.find("</cac:InvoiceLine>").unwrap() + "</cac:InvoiceLine>".len();
    let line = &text[start..end];
    let mut all = text[..start].to_owned();
    for _ in 0..count {
        all.push_str(line);
    }
    all + &text[end..]
}

#[test]
fn markup_in_texts_stays_text() {
    let evil = "&lt;/bdi&gt;&lt;script&gt;alert(1)&lt;/script&gt;&quot; onload=&quot;x&#x202e;&#x9b;";
    let text = minimal();
    let at = text.find("<cbc:ID>").unwrap() + 8;
    let end = at + text[at..].find('<').unwrap();
    let text = format!("{}{evil}{}", &text[..at], &text[end..]);
    let page = shown(text.as_bytes(), Lang::Fr);
    assert!(page.text.contains("</bdi><script>alert(1)</script>\" onload=\"x\\u{202e}\\u{9b}"), "{}", page.text);
    let raw = html(text.as_bytes(), Lang::Fr);
    assert!(!raw.contains("<script"), "the number stands in the title as well");
}

#[test]
fn a_text_of_megabytes_is_cut_inside_another_page_and_the_cut_is_told() {
    let note = "&lt;b onmouseover=x&gt; ".repeat(100_000);
    let text = minimal().replacen(
        "<cbc:DocumentCurrencyCode>",
        &format!("<cbc:Note>{note}</cbc:Note><cbc:DocumentCurrencyCode>"),
        1,
    );
    let mut out = String::new();
    let how = How { lang: Lang::En, findings: true, verdict: true, source: None };
    section(&mut out, text.as_bytes(), &judged(text.as_bytes()), how, (Anchors::ONE, 1), &Direct).unwrap();
    assert!(
        out.len() < 500_000 && out.contains("characters of texts are not shown"),
        "{}: {}",
        out.len(),
        &out[..3_000.min(out.len())]
    );
    let whole = html(text.as_bytes(), Lang::En);
    assert!(whole.len() > 1_200_000 && whole.contains("characters of texts are not shown"));
}

#[test]
fn ten_thousand_lines_are_shown_and_more_than_the_bound_are_counted() {
    let text = with_lines(10_000);
    let (report, start) = (judged(text.as_bytes()), Instant::now());
    let how = How { lang: Lang::Fr, findings: true, verdict: true, source: None };
    let mut out = String::new();
    facteur::render::page(&mut out, text.as_bytes(), &report, how, &Direct).unwrap();
    let long = start.elapsed();
    println!("10,000 lines: {long:?}, {} bytes of {}", out.len(), text.len());
    assert_eq!(out.matches("class=\"x-line\"").count(), 10_000 + 1, "and the VAT breakdown");
    assert!(!out.contains("ne sont pas montrées"));
    // No bar of speed, only that nothing is quadratic: a thousandth of it would take seconds otherwise.
    assert!(long < Duration::from_secs(60), "{long:?}");
    let mut out = String::new();
    section(&mut out, text.as_bytes(), &report, how, (Anchors::ONE, 1), &Direct).unwrap();
    assert_eq!(out.matches("class=\"x-line\"").count(), limits::RENDERED_LINES_WITHIN + 1);
    assert!(out.contains("<strong>9500 lignes de facture ne sont pas montrées</strong>"), "{}", &out[..2_000]);
}

#[test]
fn many_findings_at_one_place_are_counted() {
    let mut text = minimal();
    let mut ids = String::new();
    for n in 0..60 {
        let _ = write!(ids, "<cbc:ID>{n}</cbc:ID>");
    }
    text = text.replacen("<cbc:IssueDate>", &format!("{ids}<cbc:IssueDate>"), 1);
    let page = shown(text.as_bytes(), Lang::En);
    for n in 0..60 {
        assert!(page.says(&n.to_string()), "{n}");
    }
}
