//! What the schemas of UBL and CII would refuse is a finding with its place, what was expected and what to do; such a document is
//! never valid, and what the schemas allow is never called a fault of structure.

mod mutations;
mod table;

use std::fmt::Write as _;
use std::fs;

use facteur::day::Day;
use facteur::report::{Report, Verdict};
use facteur::rules::Severity;
use facteur::validate::{Choice, Options, validate};

fn fixture(name: &str) -> String {
    fs::read_to_string(format!("{}/fixtures/{name}", env!("CARGO_MANIFEST_DIR"))).expect("a fixture")
}

fn judge(text: &str) -> Report {
    let as_of = Day::parse_iso("2026-11-21").expect("a day");
    let options = Options { choice: Choice::Named(vec!["en16931".to_owned()]), ..Options::new(as_of) };
    validate(text.as_bytes(), "a.xml", &options).report
}

fn faults(text: &str) -> Vec<&'static str> {
    let report = judge(text);
    let known = facteur::formats::FaultKind::ALL.map(facteur::formats::FaultKind::rule);
    let faults: Vec<_> = report
        .findings
        .iter()
        .filter(|f| f.severity == Severity::Fatal)
        .filter_map(|f| known.iter().copied().find(|rule| *rule == f.rule))
        .collect();
    assert!(faults.is_empty() || report.verdict == Verdict::Invalid);
    faults
}

/// The text between two marks, marks included, replaced once.
fn between(text: &str, open: &str, close: &str, by: &str) -> String {
    let start = text.find(open).unwrap_or_else(|| panic!("no {open}"));
    let end = start + text[start..].find(close).unwrap_or_else(|| panic!("no {close}")) + close.len();
    format!("{}{by}{}", &text[..start], &text[end..])
}

const EXT: &str = "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2";
const XSI: &str = "xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"";

fn extended(content: &str) -> String {
    let ubl = fixture("invoices/ubl-minimal.xml");
    let at = ubl.find("<Invoice").expect("the root");
    let end = at + ubl[at..].find('>').expect("its end") + 1;
    format!(
        "{}<e:UBLExtensions xmlns:e=\"{EXT}\"><e:UBLExtension><e:ExtensionContent>{content}</e:ExtensionContent></e:UBLExtension></e:UBLExtensions>{}",
        &ubl[..end],
        &ubl[end..]
    )
}

#[test]
fn values_are_judged_as_xml_schema_writes_them() {
    let ubl = fixture("invoices/ubl-full.xml");
    let with = |element: &str, value: &str| {
        let open = ubl[ubl.find(&format!("<cbc:{element}")).expect("the element")..].split('>').next().expect("a tag");
        between(&ubl, open, "</", &format!("{open}>{value}</"))
    };
    let long = "1".repeat(60);
    let good = [
        ("IssueDate", " 2026-11-02\n"),
        ("IssueDate", "2026-11-02Z"),
        ("IssueDate", "-12026-02-28+14:00"),
        ("PayableAmount", "+.5"),
        ("PayableAmount", long.as_str()),
        ("PayableAmount", "\t5.&#10;"),
        ("ChargeIndicator", " 1 "),
        ("EmbeddedDocumentBinaryObject", " QU JD "),
        ("EmbeddedDocumentBinaryObject", ""),
    ];
    for (element, value) in good {
        assert_eq!(faults(&with(element, value)), [""; 0], "{element} {value:?}");
    }
    let long_and_wrong = format!("{long}x");
    let bad = [
        ("IssueDate", "0000-01-01"),
        ("IssueDate", "2026-02-29"),
        ("IssueDate", "2026-11-02T00:00:00"),
        ("IssueDate", "\u{a0}2026-11-02"),
        ("PayableAmount", ""),
        ("PayableAmount", "1e3"),
        ("PayableAmount", long_and_wrong.as_str()),
        ("PayableAmount", "١"),
        ("ChargeIndicator", "TRUE"),
        ("EmbeddedDocumentBinaryObject", "QUJ"),
        ("EmbeddedDocumentBinaryObject", "AB=="),
        ("EmbeddedDocumentBinaryObject", "QUJ\u{200b}"),
    ];
    for (element, value) in bad {
        assert_eq!(faults(&with(element, value)), ["FCT-XSD-VALUE"], "{element} {value:?}");
    }
}

#[test]
fn attributes_have_their_facets() {
    let cii = fixture("invoices/cii-full.xml");
    let scheme = |value: &str| cii.replacen("<ram:ID>", &format!("<ram:ID schemeURI=\"{value}\">"), 1);
    assert_eq!(faults(&scheme("http://a#[x]")), [""; 0]);
    assert_eq!(faults(&scheme("http://a/[x]")), ["FCT-XSD-VALUE"]);
    // A weight, whose unit has one to three characters.
    let close = "</ram:BilledQuantity>";
    let weighed = |unit: &str| {
        let weight = format!("<ram:NetWeightMeasure unitCode=\"{unit}\">1</ram:NetWeightMeasure>");
        cii.replacen(close, &format!("{close}{weight}"), 1)
    };
    assert_eq!(faults(&weighed("KG")), [""; 0]);
    for unit in ["", "KILO", "  "] {
        assert_eq!(faults(&weighed(unit)), ["FCT-XSD-VALUE"], "{unit:?}");
    }
}

#[test]
fn xsi_attributes_are_those_that_the_schemas_allow() {
    let ubl = fixture("invoices/ubl-minimal.xml");
    let dated = |attribute: &str| ubl.replacen("<cbc:IssueDate", &format!("<cbc:IssueDate {XSI} {attribute}"), 1);
    for good in
        ["xsi:schemaLocation=\"urn:x y.xsd\"", "xsi:type=\"cbc:IssueDateType\"", "xsi:type=\" cbc:IssueDateType \""]
    {
        assert_eq!(faults(&dated(good)), [""; 0], "{good}");
    }
    for bad in ["xsi:nil=\"false\"", "xsi:type=\"cbc:IDType\"", "xsi:type=\"x:IssueDateType\"", "xsi:foo=\"\""] {
        assert_eq!(faults(&dated(bad)), ["FCT-XSD-ATTRIBUTE"], "{bad}");
    }
}

#[test]
fn extensions_hold_one_element_of_another_vocabulary() {
    let empty: [&str; 0] = [];
    for good in [
        "<x xmlns=\"urn:x\"/>",
        "<x xmlns=\"urn:x\">text <b a='1'>and</b> text</x>",
        "<x xmlns=\"urn:x\"><cbc:IssueDate>2026-11-02</cbc:IssueDate></x>",
        "<cbc:IssueDate>2026-11-02</cbc:IssueDate>",
    ] {
        assert_eq!(faults(&extended(good)), empty, "{good}");
    }
    for (bad, rule) in [
        ("", "FCT-XSD-MISSING"),
        ("text<x xmlns=\"urn:x\"/>", "FCT-XSD-TEXT"),
        ("<x xmlns=\"\"/>", "FCT-XSD-UNKNOWN"),
        ("<e:Foo/>", "FCT-XSD-UNKNOWN"),
        ("<x xmlns=\"urn:x\"/><x xmlns=\"urn:x\"/>", "FCT-XSD-ORDER"),
        ("<cbc:IssueDate>yesterday</cbc:IssueDate>", "FCT-XSD-VALUE"),
        ("<x xmlns=\"urn:x\"><y><cbc:IssueDate>yesterday</cbc:IssueDate></y></x>", "FCT-XSD-VALUE"),
    ] {
        assert_eq!(faults(&extended(bad)), [rule], "{bad}");
    }
}

#[test]
fn signatures_are_judged_by_their_own_schemas() {
    const SIGNATURE: &str = "<ds:Signature xmlns:ds=\"http://www.w3.org/2000/09/xmldsig#\" Id=\"s\"><ds:SignedInfo>\
        <ds:CanonicalizationMethod Algorithm=\"urn:c\"/><ds:SignatureMethod Algorithm=\"urn:s\"/>\
        <ds:Reference Id=\"r\" URI=\"\"><ds:Transforms><ds:Transform Algorithm=\"urn:t\"><ds:XPath>x</ds:XPath></ds:Transform></ds:Transforms>\
        <ds:DigestMethod Algorithm=\"urn:d\"/><ds:DigestValue>QUJD</ds:DigestValue></ds:Reference></ds:SignedInfo>\
        <ds:SignatureValue>QUJD</ds:SignatureValue><ds:KeyInfo>a <ds:KeyName>k</ds:KeyName> b<ds:X509Data><ds:X509IssuerSerial>\
        <ds:X509IssuerName>CN=x</ds:X509IssuerName><ds:X509SerialNumber>12</ds:X509SerialNumber></ds:X509IssuerSerial>\
        <ds:X509Certificate>QUJD</ds:X509Certificate></ds:X509Data></ds:KeyInfo><ds:Object><any xmlns=\"urn:any\"/></ds:Object></ds:Signature>";
    assert_eq!(faults(&extended(SIGNATURE)), [""; 0]);
    for (what, by, rule) in [
        ("<ds:SignatureValue>QUJD</ds:SignatureValue>", "", "FCT-XSD-MISSING"),
        ("<ds:SignatureValue>QUJD", "<ds:SignatureValue>QUJ", "FCT-XSD-VALUE"),
        ("<ds:X509SerialNumber>12", "<ds:X509SerialNumber>1.5", "FCT-XSD-VALUE"),
        (" Id=\"r\"", " Id=\"1\"", "FCT-XSD-VALUE"),
        (" Id=\"r\"", " Id=\"s\"", "FCT-XSD-VALUE"),
        (" Algorithm=\"urn:d\"", "", "FCT-XSD-ATTRIBUTE-MISSING"),
        ("<ds:DigestValue>QUJD</ds:DigestValue>", "", "FCT-XSD-MISSING"),
        ("<ds:SignedInfo>", "<ds:SignedInfo>text", "FCT-XSD-TEXT"),
        ("<ds:Transforms>", "<ds:Transforms><ds:Other/>", "FCT-XSD-UNKNOWN"),
        ("<ds:KeyName>k</ds:KeyName>", "<ds:Nobody/>", "FCT-XSD-UNKNOWN"),
    ] {
        let wrong = SIGNATURE.replacen(what, by, 1);
        assert_ne!(wrong, SIGNATURE, "{what}");
        assert_eq!(faults(&extended(&wrong)).first(), Some(&rule), "{what} → {by}");
    }
}

#[test]
fn blanks_are_those_of_xml() {
    let ubl = fixture("invoices/ubl-minimal.xml");
    let party =
        |text: &str| ubl.replacen("<cac:AccountingSupplierParty>", &format!("<cac:AccountingSupplierParty>{text}"), 1);
    for blank in ["", "\n\t ", "<!-- c -->", "<?p i?>", "<![CDATA[]]>", "&#32;"] {
        assert_eq!(faults(&party(blank)), [""; 0], "{blank:?}");
    }
    for text in ["\u{a0}", "x", "<![CDATA[x]]>", "&#160;"] {
        assert_eq!(faults(&party(text)), ["FCT-XSD-TEXT"], "{text:?}");
    }
}

/// Twenty faults as an accountant reads them.
#[test]
fn faults_are_told_in_both_languages() {
    let (ubl, cii) = (fixture("invoices/ubl-full.xml"), fixture("invoices/cii-full.xml"));
    let value = |text: &str, open: &str, by: &str| {
        let start = text.find(open).expect("the element");
        let from = start + text[start..].find('>').expect("its end") + 1;
        let to = from + text[from..].find("</").expect("its close");
        format!("{}{by}{}", &text[..from], &text[to..])
    };
    let cases = [
        (
            "unknown element",
            ubl.replacen("<cbc:IssueDate>", "<cbc:InvoiceNumber>1</cbc:InvoiceNumber><cbc:IssueDate>", 1),
        ),
        ("other letter case", ubl.replacen("cbc:DueDate", "cbc:Duedate", 2)),
        ("other name space", ubl.replacen("cbc:DueDate", "cac:DueDate", 2)),
        ("no number", between(&ubl, "<cbc:ID>", "</cbc:ID>", "")),
        ("no buyer", between(&ubl, "<cac:AccountingCustomerParty>", "</cac:AccountingCustomerParty>", "")),
        ("two dates", ubl.replacen("<cbc:DueDate>", "<cbc:DueDate>2026-12-01</cbc:DueDate><cbc:DueDate>", 1)),
        ("date like people write", value(&ubl, "<cbc:IssueDate", "02/11/2026")),
        ("amount like people write", value(&ubl, "<cbc:PayableAmount", "1 200,50")),
        ("amount left out", value(&ubl, "<cbc:PayableAmount", "")),
        ("yes", value(&ubl, "<cbc:ChargeIndicator", "oui")),
        ("broken attachment", value(&ubl, "<cbc:EmbeddedDocumentBinaryObject", "JVBERi0x=")),
        ("no currency", between(&ubl, "<cbc:PayableAmount", ">", "<cbc:PayableAmount>")),
        ("attribute too many", ubl.replacen("<cbc:IssueDate>", "<cbc:IssueDate format=\"102\">", 1)),
        ("nil", ubl.replacen("<cbc:DueDate>", &format!("<cbc:DueDate {XSI} xsi:nil=\"true\">"), 1)),
        (
            "text among elements",
            ubl.replacen("<cac:AccountingSupplierParty>", "<cac:AccountingSupplierParty>Dupont", 1),
        ),
        ("element in an amount", value(&ubl, "<cbc:PayableAmount", "<cbc:ID>3</cbc:ID>")),
        ("empty extension", extended("")),
        (
            "no delivery",
            between(&cii, "<ram:ApplicableHeaderTradeDelivery>", "</ram:ApplicableHeaderTradeDelivery>", ""),
        ),
        ("true in French", value(&cii, "<udt:Indicator", "vrai")),
        ("two forms of a date", {
            let close = "</udt:DateTimeString>";
            cii.replacen(close, &format!("{close}<udt:DateTime>2026-11-02T00:00:00</udt:DateTime>"), 1)
        }),
        ("wrong order", {
            let buyer = {
                let start = cii.find("<ram:BuyerTradeParty>").expect("a buyer");
                let end = cii.find("</ram:BuyerTradeParty>").expect("its end") + "</ram:BuyerTradeParty>".len();
                cii[start..end].to_owned()
            };
            cii.replacen(&buyer, "", 1).replacen("<ram:SellerTradeParty>", &format!("{buyer}<ram:SellerTradeParty>"), 1)
        }),
    ];
    let mut told = String::new();
    for (what, text) in cases {
        let report = judge(&text);
        assert_eq!(report.verdict, Verdict::Invalid, "{what}");
        writeln!(told, "{what}").expect("a string");
        for finding in report.findings.iter().filter(|f| f.pack == "structure") {
            let place = serde_json::to_value(&finding.place).expect("a place");
            let line = format!("{}:{} {}", place["line"], place["column"], place["path"].as_str().unwrap_or_default());
            writeln!(told, "  {} {:?} {line}", finding.rule, finding.terms).expect("a string");
            writeln!(told, "    {:?} ≠ {:?}", finding.found, finding.expected).expect("a string");
            for (message, fix) in [(&finding.message.fr, &finding.fix.fr), (&finding.message.en, &finding.fix.en)] {
                writeln!(told, "    {message} → {fix}").expect("a string");
            }
        }
    }
    insta::assert_snapshot!(told);
}

#[test]
fn what_d22b_added_is_told_on_a_route_that_reads_d16b() {
    let as_of = Day::parse_iso("2026-11-21").expect("a day");
    let told = |text: &str, pack: &str| -> Vec<(Severity, String)> {
        let options = Options { choice: Choice::Named(vec![pack.to_owned()]), ..Options::new(as_of) };
        let report = validate(text.as_bytes(), "a.xml", &options).report;
        let findings = report.findings.iter().filter(|f| f.rule == "FCT-XSD-D16B");
        findings.map(|f| (f.severity, f.expected.clone().unwrap_or_default())).collect()
    };
    let cii = fixture("invoices/cii-full.xml");
    assert_eq!(told(&cii, "chorus"), []);
    let settlement = "</ram:ApplicableHeaderTradeSettlement>";
    let reference = "<ram:InvoiceReferencedDocument><ram:IssuerAssignedID>F-0</ram:IssuerAssignedID></ram:InvoiceReferencedDocument>";
    let start = cii.find("<ram:InvoiceReferencedDocument>").expect("a preceding invoice");
    assert!(start < cii.find(settlement).expect("the settlement"));
    // Several preceding invoices, and an invoice without a number: D22B has both, D16B neither.
    let several = format!("{}{reference}{reference}{}", &cii[..start], &cii[start..]);
    let header = cii.find("<rsm:ExchangedDocument>").expect("the header");
    let nameless = format!("{}{}", &cii[..header], between(&cii[header..], "<ram:ID>", "</ram:ID>", ""));
    let close = "</rsm:ExchangedDocumentContext>";
    let user = "<ram:UserSpecifiedDocumentContextParameter/>";
    let added = cii.replacen(close, &format!("{user}{close}"), 1);
    for (what, text, count) in [("several", &several, 1), ("nameless", &nameless, 1), ("added", &added, 1)] {
        assert_eq!(faults(text), [""; 0], "{what}");
        assert_eq!(told(text, "chorus").len(), count, "{what}: {:?}", told(text, "chorus"));
        assert!(told(text, "chorus").iter().all(|(severity, _)| *severity == Severity::Warning));
        assert_eq!(told(text, "en16931"), [], "{what}: no route asks for D16B");
    }
    assert_eq!(told(&fixture("invoices/ubl-full.xml"), "chorus"), []);
}
