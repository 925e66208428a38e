//! Documents made to be dear: four times as much of something must cost about four times as much, whatever it is.

use std::hint::black_box;

use facteur::day::Day;
use facteur::formats;
use facteur::report::Verdict;
use facteur::rules;
use facteur::validate::{Options, validate};

use crate::Scale;
use crate::invoice::Invoice;
use crate::rounds::{Side, measure, shown};

/// How much dearer than linear a document may be before it is called quadratic.
const BAR: f64 = 1.5;

/// What it is, how it is made, how large, and the verdict that it must get; timed as a whole, trials of causes included, or by the rules
/// alone where the number of trials depends on the size.
type Document = (&'static str, fn(usize) -> String, usize, Verdict, Timed);

#[derive(Clone, Copy, PartialEq)]
enum Timed {
    Rules,
    Whole,
}

const DOCUMENTS: [Document; 25] = [
    ("allowances of the document", allowances, 20_000, Verdict::Invalid, Timed::Rules),
    ("VAT breakdowns, 5,000 lines", breakdowns, 800, Verdict::Invalid, Timed::Rules),
    ("VAT breakdowns that are wrong, 5,000 lines", wrong_breakdowns, 800, Verdict::Invalid, Timed::Rules),
    ("VAT breakdowns in CII, 2,000 lines", breakdowns_cii, 400, Verdict::Valid, Timed::Rules),
    ("attributes of one element, over and over", attributes, 20_000, Verdict::Invalid, Timed::Rules),
    ("elements nested as deep as allowed", nested, 4_000, Verdict::Invalid, Timed::Rules),
    ("elements that no table knows", unknown, 40_000, Verdict::Invalid, Timed::Rules),
    ("prefixes declared on every line", declared, 20_000, Verdict::Invalid, Timed::Rules),
    ("references in one text", references, 200_000, Verdict::Valid, Timed::Rules),
    ("notes of the document", notes, 40_000, Verdict::Valid, Timed::Rules),
    ("payees", payees, 20_000, Verdict::Invalid, Timed::Whole),
    ("currencies of the document", currencies, 20_000, Verdict::Invalid, Timed::Whole),
    ("categories of one breakdown", categories, 20_000, Verdict::Invalid, Timed::Whole),
    ("totals of the document", totals, 20_000, Verdict::Invalid, Timed::Whole),
    ("addresses of the seller", endpoints, 20_000, Verdict::Invalid, Timed::Whole),
    ("numbers of one reference", numbers, 20_000, Verdict::Invalid, Timed::Whole),
    ("indicators of one allowance in CII", indicators, 20_000, Verdict::Invalid, Timed::Whole),
    ("dates that are none in CII", dates, 20_000, Verdict::Invalid, Timed::Whole),
    ("lines without their currencies", no_currencies, 10_000, Verdict::Invalid, Timed::Whole),
    ("lines with a unit that is none", units, 10_000, Verdict::Invalid, Timed::Whole),
    ("notes of a French invoice that say nothing", mute_notes, 20_000, Verdict::Invalid, Timed::Whole),
    ("signs in one note of a French invoice", long_note, 200_000, Verdict::Valid, Timed::Whole),
    ("attachments of one name", attachments, 10_000, Verdict::Valid, Timed::Whole),
    ("preceding invoices of one number", preceding, 20_000, Verdict::Valid, Timed::Whole),
    ("French SIRETs of the seller", sirets, 10_000, Verdict::Invalid, Timed::Whole),
];

pub fn run(scale: Scale) {
    for (name, document, size, verdict, timed) in DOCUMENTS {
        let size = scale.size(size, 16);
        let (small, large) = (document(size / 4), document(size));
        for text in [&small, &large] {
            assert_eq!(judge(text.as_bytes()), verdict, "{name}");
        }
        let mut sides = [&small, &large].map(|text| Side::new(move || timed.run(text.as_bytes())));
        let times = measure(&mut sides, scale.rounds(7).rounds, scale.sample);
        let [quarter, whole] = times.as_slice() else { unreachable!("two sides") };
        let linear = whole.min() / (quarter.min() * large.len() as f64 / small.len() as f64);
        let held = if linear <= BAR { "held" } else { "MISSED" };
        println!(
            "  {:<50} {:>9} for {:5.1} MB   {linear:5.2}× linear   bar {BAR}×: {held}",
            format!("{size} {name}"),
            shown(whole.min()),
            large.len() as f64 / 1e6
        );
    }
    bounded(scale);
}

/// What nothing but a bound can hold: each of many names held against each of as many others.
fn bounded(scale: Scale) {
    let count = scale.size(30_000, 16);
    let names: String =
        (0..count).map(|n| format!("<cac:PartyName><cbc:Name>{n}</cbc:Name></cac:PartyName>\n")).collect();
    let text = with("<cac:TaxTotal>", 3, 1, |_| {
        format!("<cac:PayeeParty>{}</cac:PayeeParty>\n", names.replace("<cbc:Name>", "<cbc:Name>P"))
    });
    let seller = text.find("<cac:AccountingSupplierParty>").expect("a seller");
    let at = seller
        + text[seller..]
            .find("<cac:PartyTaxScheme>")
            .or(text[seller..].find("<cac:PartyLegalEntity>"))
            .expect("its party");
    let text = [&text[..at], &names, &text[at..]].concat();
    // Some of these names stand where the schema has none; what a bound stops is a pack, and what was proven stands.
    let verdict = Verdict::Invalid;
    assert_eq!(judge(text.as_bytes()), verdict, "names of payee and seller");
    let mut sides = [Side::new(|| _ = black_box(judge(text.as_bytes())))];
    let times = measure(&mut sides, scale.rounds(3).rounds, scale.sample);
    let least = times.first().map_or(f64::NAN, |times| times.min());
    println!(
        "  {:<50} {:>9} for {:5.1} MB   no verdict, by a bound",
        format!("{count} names against {count}"),
        shown(least),
        text.len() as f64 / 1e6
    );
}

impl Timed {
    fn run(self, bytes: &[u8]) {
        if self == Timed::Whole {
            black_box(judge(bytes));
        } else if let Ok(read) = formats::read(bytes) {
            black_box(rules::pack("en16931").expect("the pack").judge(&read.invoice));
        }
    }
}

/// Reads, judges and explains.
fn judge(bytes: &[u8]) -> Verdict {
    let today = Day::parse_iso("2026-11-22").expect("a day");
    validate(bytes, "hostile.xml", &Options::new(today)).report.verdict
}

/// An invoice of three lines with `piece` so many times before `before`.
fn with(before: &str, lines: usize, count: usize, piece: impl Fn(usize) -> String) -> String {
    within(&Invoice::new("F-2026-0042", lines), before, count, piece)
}

/// The same of a French invoice, which is asked for the French rules, our own checks and the legal mentions too.
fn french_with(before: &str, count: usize, piece: impl Fn(usize) -> String) -> String {
    within(&Invoice::french("F-2026-0042", 3), before, count, piece)
}

fn within(invoice: &Invoice, before: &str, count: usize, piece: impl Fn(usize) -> String) -> String {
    let text = invoice.ubl();
    let at = text.find(before).expect("it stands there");
    let pieces: String = (0..count).map(piece).collect();
    [&text[..at], &pieces, &text[at..]].concat()
}

fn mute_notes(count: usize) -> String {
    french_with("<cbc:DocumentCurrencyCode>", count, |_| "<cbc:Note>#AAB#</cbc:Note>\n".to_owned())
}

fn long_note(count: usize) -> String {
    let text = "tva 293 ".repeat(count / 8);
    french_with("<cbc:DocumentCurrencyCode>", 1, |_| format!("<cbc:Note>{text}</cbc:Note>\n"))
}

fn attachments(count: usize) -> String {
    french_with("<cac:AccountingSupplierParty>", count, |n| {
        format!(
            "<cac:AdditionalDocumentReference><cbc:ID>P{n}</cbc:ID><cac:Attachment><cbc:EmbeddedDocumentBinaryObject \
             mimeCode=\"application/pdf\" filename=\"bon.pdf\">JVBERi0xLjQKJSVFT0YK</cbc:EmbeddedDocumentBinaryObject></cac:Attachment>\
             </cac:AdditionalDocumentReference>\n"
        )
    })
}

fn preceding(count: usize) -> String {
    french_with("<cac:AccountingSupplierParty>", count, |_| {
        "<cac:BillingReference><cac:InvoiceDocumentReference><cbc:ID>F-1</cbc:ID><cbc:IssueDate>2026-01-05</cbc:IssueDate>\
         </cac:InvoiceDocumentReference></cac:BillingReference>\n"
            .to_owned()
    })
}

fn sirets(count: usize) -> String {
    french_with("<cac:PartyName>", count, |n| {
        format!("<cac:PartyIdentification><cbc:ID schemeID=\"0009\">{n:014}</cbc:ID></cac:PartyIdentification>\n")
    })
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

/// A breakdown without a base is held against all lines, and shows them.
fn wrong_breakdowns(count: usize) -> String {
    breakdowns(count)
        .replace("<cbc:TaxableAmount currencyID=\"EUR\">0.00<", "<cbc:TaxableAmount currencyID=\"EUR\">9.00<")
}

/// Another seller's name beside it would be held against each.
fn payees(count: usize) -> String {
    with("<cac:TaxTotal>", 3, count, |n| {
        format!("<cac:PayeeParty><cac:PartyName><cbc:Name>{n}</cbc:Name></cac:PartyName></cac:PayeeParty>\n")
    })
}

fn currencies(count: usize) -> String {
    with("<cbc:DocumentCurrencyCode>", 3, count, |_| {
        "<cbc:DocumentCurrencyCode>EUR</cbc:DocumentCurrencyCode>\n".to_owned()
    })
}

fn categories(count: usize) -> String {
    with("</cac:TaxSubtotal>", 3, count, |_| {
        "<cac:TaxCategory><cbc:ID>E</cbc:ID><cbc:Percent>0</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>\
         </cac:TaxCategory>\n"
            .to_owned()
    })
}

fn totals(count: usize) -> String {
    with("<cac:LegalMonetaryTotal>", 3, count, |_| {
        "<cac:LegalMonetaryTotal><cbc:PayableAmount currencyID=\"EUR\">1.00</cbc:PayableAmount></cac:LegalMonetaryTotal>\n".to_owned()
    })
}

fn endpoints(count: usize) -> String {
    with("<cbc:EndpointID", 3, count, |n| format!("<cbc:EndpointID schemeID=\"0088\">{n}</cbc:EndpointID>\n"))
}

fn numbers(count: usize) -> String {
    let ids: String = (0..count).map(|n| format!("<cbc:ID>{n}</cbc:ID>\n")).collect();
    with("<cac:AccountingSupplierParty>", 3, 1, |_| {
        format!("<cac:AdditionalDocumentReference>{ids}</cac:AdditionalDocumentReference>")
    })
}

fn indicators(count: usize) -> String {
    let text = Invoice::new("F-2026-0042", 3).cii();
    let before = "<ram:SpecifiedTradeSettlementLineMonetarySummation>";
    let at = text.find(before).expect("it stands there");
    let all = "<ram:ChargeIndicator><udt:Indicator>false</udt:Indicator></ram:ChargeIndicator>\n".repeat(count);
    let allowance = format!(
        "<ram:SpecifiedTradeAllowanceCharge>{all}<ram:ActualAmount>1.00</ram:ActualAmount></ram:SpecifiedTradeAllowanceCharge>"
    );
    [&text[..at], &allowance, &text[at..]].concat()
}

fn dates(count: usize) -> String {
    let text = Invoice::new("F-2026-0042", 3).cii();
    let at = text.find("</ram:IssueDateTime>").or(text.find("</ram:IssueDateTime")).expect("it stands there");
    let all: String =
        (0..count).map(|n| format!("<udt:DateTimeString format=\"102\">{n}</udt:DateTimeString>\n")).collect();
    [&text[..at], &all, &text[at..]].concat()
}

fn no_currencies(count: usize) -> String {
    let text = Invoice::new("F-2026-0042", count).ubl();
    let (head, lines) = text.split_at(text.find("<cac:InvoiceLine>").expect("a line"));
    [head, &lines.replace(" currencyID=\"EUR\"", "")].concat()
}

fn units(count: usize) -> String {
    let text = Invoice::new("F-2026-0042", count).ubl();
    let mut pieces = text.split("unitCode=\"");
    let mut all = pieces.next().unwrap_or_default().to_owned();
    for (n, piece) in pieces.enumerate() {
        let rest = piece.split_once('"').map_or("", |(_, rest)| rest);
        all.push_str(&format!("unitCode=\"Z{n}\"{rest}"));
    }
    all
}
