//! Documents made to be dear: four times as much of something must cost about four times as much, whatever it is.

use std::hint::black_box;

use facteur::formats;
use facteur::rules;

use crate::Scale;
use crate::invoice::Invoice;
use crate::rounds::{Side, measure, shown};

/// How much dearer than linear a document may be before it is called quadratic.
const BAR: f64 = 1.5;

type Document = (&'static str, fn(usize) -> String, usize);

const DOCUMENTS: [Document; 9] = [
    ("allowances of the document", allowances, 20_000),
    ("VAT breakdowns, 5,000 lines", breakdowns, 800),
    ("VAT breakdowns in CII, 2,000 lines", breakdowns_cii, 400),
    ("attributes of one element, over and over", attributes, 20_000),
    ("elements nested as deep as allowed", nested, 4_000),
    ("elements that no table knows", unknown, 40_000),
    ("prefixes declared on every line", declared, 20_000),
    ("references in one text", references, 200_000),
    ("notes of the document", notes, 40_000),
];

pub fn run(scale: Scale) {
    for (name, document, size) in DOCUMENTS {
        let size = scale.size(size, 16);
        let (small, large) = (document(size / 4), document(size));
        let mut sides = [Side::new(|| judge(small.as_bytes())), Side::new(|| judge(large.as_bytes()))];
        let times = measure(&mut sides, scale.rounds(7).rounds, scale.sample);
        let [quarter, whole] = times.as_slice() else { unreachable!("two sides") };
        let linear = whole.min() / (quarter.min() * large.len() as f64 / small.len() as f64);
        let held = if linear <= BAR { "held" } else { "MISSED" };
        println!(
            "  {:<44} {:>9} for {:5.1} MB   {linear:5.2}× linear   bar {BAR}×: {held}",
            format!("{size} {name}"),
            shown(whole.min()),
            large.len() as f64 / 1e6
        );
    }
}

/// Reads and judges, whatever comes out.
fn judge(bytes: &[u8]) {
    if let Ok(read) = formats::read(bytes) {
        black_box(rules::pack("en16931").expect("the pack").judge(&read.invoice));
    }
}

/// An invoice of three lines with `piece` so many times before `before`.
fn with(before: &str, lines: usize, count: usize, piece: impl Fn(usize) -> String) -> String {
    let text = Invoice::new("F-2026-0042", lines).ubl();
    let at = text.find(before).expect("it stands there");
    let pieces: String = (0..count).map(piece).collect();
    [&text[..at], &pieces, &text[at..]].concat()
}

fn allowances(count: usize) -> String {
    with("<cac:TaxTotal>", 3, count, |n| {
        format!(
            "<cac:AllowanceCharge><cbc:ChargeIndicator>{}</cbc:ChargeIndicator><cbc:AllowanceChargeReason>r</cbc:AllowanceChargeReason>\
             <cbc:Amount currencyID=\"EUR\">1.00</cbc:Amount><cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>{}</cbc:Percent>\
             <cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:TaxCategory></cac:AllowanceCharge>\n",
            n % 2 == 0,
            n % 30
        )
    })
}

/// Every breakdown is held against every line: the number of lines grows with the breakdowns' document, not with their number.
fn breakdowns(count: usize) -> String {
    with("</cac:TaxTotal>", 5_000, count, |n| {
        format!(
            "<cac:TaxSubtotal><cbc:TaxableAmount currencyID=\"EUR\">0.00</cbc:TaxableAmount><cbc:TaxAmount currencyID=\"EUR\">0.00\
             </cbc:TaxAmount><cac:TaxCategory><cbc:ID>S</cbc:ID><cbc:Percent>{}.{:02}</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID>\
             </cac:TaxScheme></cac:TaxCategory></cac:TaxSubtotal>\n",
            n / 100,
            n % 100
        )
    })
}

fn breakdowns_cii(count: usize) -> String {
    let text = Invoice::new("F-2026-0042", 2_000).cii();
    let at = text.find("<ram:SpecifiedTradePaymentTerms>").expect("it stands there");
    let breakdown = |n: usize| {
        format!(
            "<ram:ApplicableTradeTax><ram:CalculatedAmount>0.00</ram:CalculatedAmount><ram:TypeCode>VAT</ram:TypeCode><ram:BasisAmount>0.00\
             </ram:BasisAmount><ram:CategoryCode>S</ram:CategoryCode><ram:RateApplicablePercent>{}.{:02}</ram:RateApplicablePercent>\
             </ram:ApplicableTradeTax>\n",
            n / 100,
            n % 100
        )
    };
    [&text[..at], &(0..count).map(breakdown).collect::<String>(), &text[at..]].concat()
}

fn attributes(count: usize) -> String {
    let all: String = (0..50).map(|n| format!(" a{n}='v{n}'")).collect();
    with("<cbc:DocumentCurrencyCode>", 3, count, |_| format!("<cbc:Note{all}>n</cbc:Note>\n"))
}

fn nested(count: usize) -> String {
    let (down, up) = ("<cac:SubInvoiceLine>".repeat(60), "</cac:SubInvoiceLine>".repeat(60));
    with("</Invoice>", 3, count, |_| format!("{down}{up}\n"))
}

fn unknown(count: usize) -> String {
    with("</Invoice>", 3, count, |n| format!("<x{} xmlns='urn:x:{}'>t</x{}>\n", n % 500, n % 8, n % 500))
}

fn declared(count: usize) -> String {
    with("</Invoice>", 3, count, |n| {
        let all: String = (0..20).map(|p| format!(" xmlns:p{p}='urn:{n}:{p}'")).collect();
        format!("<cbc:Note{all}>n</cbc:Note>\n")
    })
}

fn references(count: usize) -> String {
    with("</cbc:Note>", 3, count, |_| "&amp;&#233;".to_owned())
}

fn notes(count: usize) -> String {
    with("<cbc:DocumentCurrencyCode>", 3, count, |n| format!("<cbc:Note>#AAB#{n}</cbc:Note>\n"))
}
