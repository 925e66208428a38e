//! INVOIC judged by the same rules: one invoice in UBL, CII and three directories of EDIFACT has one verdict and the same findings.

use std::fs;
use std::process::Command;

use facteur::day::Day;
use facteur::formats::edifact::Partner;
use facteur::invoice::{Place, bt};
use facteur::report::{Report, Verdict};
use facteur::text::Lang;
use facteur::validate::{Options, validate, validate_all};
use proptest::prelude::*;

use super::stage::PROGRAM;
use super::twins::{Change, have_one_judgement};

/// The same invoice: file, and what is written there for each of [`FAULTS`].
const TWINS: [&str; 5] = [
    "fixtures/invoices/ubl-minimal-fr.xml",
    "fixtures/invoices/cii-minimal-fr.xml",
    "fixtures/edifact/d16b.edi",
    "fixtures/edifact/d01b.edi",
    "fixtures/edifact/d96a.edi",
];

/// What AAB is in EDIFACT: BT-20 and a note. The XML files have the note alone.
const TERMS: [(&str, &str); 2] = [
    (
        "<cac:TaxTotal>",
        "<cac:PaymentTerms><cbc:Note>Pas d'escompte pour paiement anticipé</cbc:Note></cac:PaymentTerms><cac:TaxTotal>",
    ),
    (
        "<ram:SpecifiedTradePaymentTerms>",
        "<ram:SpecifiedTradePaymentTerms><ram:Description>Pas d'escompte pour paiement anticipé</ram:Description>",
    ),
];

/// A fault in UBL, in CII, in D16B, and in the other directories.
static FAULTS: [(&str, [Change; 4]); 12] = [
    (
        "total with VAT",
        [
            ("<cbc:TaxInclusiveAmount currencyID=\"EUR\">120.00", "<cbc:TaxInclusiveAmount currencyID=\"EUR\">121.00"),
            ("<ram:GrandTotalAmount>120.00", "<ram:GrandTotalAmount>121.00"),
            ("MOA+388:120.00", "MOA+388:121.00"),
            ("MOA+86:120.00", "MOA+86:121.00"),
        ],
    ),
    (
        "sum of lines",
        [
            (
                "<cac:LegalMonetaryTotal>\n    <cbc:LineExtensionAmount currencyID=\"EUR\">100.00",
                "<cac:LegalMonetaryTotal>\n    <cbc:LineExtensionAmount currencyID=\"EUR\">90.00",
            ),
            (
                "MonetarySummation>\n        <ram:LineTotalAmount>100.00</ram:LineTotalAmount>\n        <ram:TaxBasis",
                "MonetarySummation>\n        <ram:LineTotalAmount>90.00</ram:LineTotalAmount>\n        <ram:TaxBasis",
            ),
            ("MOA+79:100.00", "MOA+79:90.00"),
            ("MOA+79:100.00", "MOA+79:90.00"),
        ],
    ),
    (
        "amount of VAT",
        [
            (
                "<cbc:TaxAmount currencyID=\"EUR\">20.00</cbc:TaxAmount>\n      <cac:TaxCategory>",
                "<cbc:TaxAmount currencyID=\"EUR\">15.00</cbc:TaxAmount>\n      <cac:TaxCategory>",
            ),
            ("<ram:CalculatedAmount>20.00", "<ram:CalculatedAmount>15.00"),
            ("MOA+124:20.00", "MOA+124:15.00"),
            ("MOA+124:20.00", "MOA+124:15.00"),
        ],
    ),
    (
        "no seller name",
        [
            ("<cbc:RegistrationName>Atelier Lavande SARL</cbc:RegistrationName>", ""),
            ("<ram:Name>Atelier Lavande SARL</ram:Name>", ""),
            ("++Atelier Lavande SARL+", "+++"),
            ("++Atelier Lavande SARL+", "+++"),
        ],
    ),
    (
        "no country of the buyer",
        [
            (
                "<cbc:PostalZone>44000</cbc:PostalZone>\n        <cac:Country>\n          <cbc:IdentificationCode>FR",
                "<cbc:PostalZone>44000</cbc:PostalZone>\n        <cac:Country>\n          <cbc:IdentificationCode>XX",
            ),
            (
                "<ram:CityName>Nantes</ram:CityName>\n          <ram:CountryID>FR",
                "<ram:CityName>Nantes</ram:CityName>\n          <ram:CountryID>XX",
            ),
            ("+44000+FR", "+44000+XX"),
            ("+44000+FR", "+44000+XX"),
        ],
    ),
    (
        "VAT number of the seller",
        [
            ("FR11123456782", "FR12123456782"),
            ("FR11123456782", "FR12123456782"),
            ("FR11123456782", "FR12123456782"),
            ("FR11123456782", "FR12123456782"),
        ],
    ),
    (
        "unit",
        [
            ("unitCode=\"HUR\"", "unitCode=\"ZZX\""),
            ("unitCode=\"HUR\"", "unitCode=\"ZZX\""),
            (":2:HUR", ":2:ZZX"),
            (":2:HUR", ":2:ZZX"),
        ],
    ),
    (
        "type",
        [
            ("<cbc:InvoiceTypeCode>380", "<cbc:InvoiceTypeCode>999"),
            ("<ram:TypeCode>380", "<ram:TypeCode>999"),
            ("BGM+380", "BGM+999"),
            ("BGM+380", "BGM+999"),
        ],
    ),
    (
        "rate of the line",
        [
            (
                "<cac:ClassifiedTaxCategory>\n        <cbc:ID>S</cbc:ID>\n        <cbc:Percent>20",
                "<cac:ClassifiedTaxCategory>\n        <cbc:ID>S</cbc:ID>\n        <cbc:Percent>10",
            ),
            (
                "<ram:RateApplicablePercent>20</ram:RateApplicablePercent>\n        </ram:ApplicableTradeTax>\n        <ram:SpecifiedTradeSettlementLine",
                "<ram:RateApplicablePercent>10</ram:RateApplicablePercent>\n        </ram:ApplicableTradeTax>\n        <ram:SpecifiedTradeSettlementLine",
            ),
            ("PRI+AAA:50.00'\nTAX+7+VAT+++:::20", "PRI+AAA:50.00'\nTAX+7+VAT+++:::10"),
            ("PRI+AAA:50.00'\nTAX+7+VAT+++:::20", "PRI+AAA:50.00'\nTAX+7+VAT+++:::10"),
        ],
    ),
    (
        "no registration of the buyer",
        [
            ("<cbc:CompanyID schemeID=\"0002\">987654324</cbc:CompanyID>", ""),
            (
                "<ram:SpecifiedLegalOrganization>\n          <ram:ID schemeID=\"0002\">987654324</ram:ID>\n        </ram:SpecifiedLegalOrganization>",
                "",
            ),
            ("RFF+GN:987654324'\n", ""),
            ("RFF+GN:987654324'\n", ""),
        ],
    ),
    (
        "no note on late payment",
        [
            ("<cbc:Note>#PMD#Pénalités de retard : trois fois le taux d'intérêt légal</cbc:Note>", ""),
            (
                "<ram:IncludedNote>\n      <ram:Content>Pénalités de retard : trois fois le taux d'intérêt légal</ram:Content>\n      <ram:SubjectCode>PMD</ram:SubjectCode>\n    </ram:IncludedNote>",
                "",
            ),
            ("FTX+PMD+++Pénalités de retard ?: trois fois le taux d?'intérêt légal'\n", ""),
            ("FTX+PMD+++Pénalités de retard ?: trois fois le taux d?'intérêt légal'\n", ""),
        ],
    ),
    (
        "due before issue",
        [
            ("<cbc:DueDate>2026-12-22", "<cbc:DueDate>2025-12-22"),
            ("\"102\">20261222", "\"102\">20251222"),
            ("DTM+13:20261222", "DTM+13:20251222"),
            ("DTM+13:20261222", "DTM+13:20251222"),
        ],
    ),
];

/// What the older directories cannot say.
fn partner() -> Partner {
    let constant = |term, text: &str| (term, text.to_owned());
    Partner {
        identifiers: vec!["LAVANDE".into()],
        constants: vec![
            constant(bt::BT_23, "S1"),
            constant(bt::BT_24, "urn:cen.eu:en16931:2017"),
            constant(bt::BT_34, "123456782"),
            constant(bt::BT_34_1, "0225"),
            constant(bt::BT_49, "987654324"),
            constant(bt::BT_49_1, "0225"),
        ],
        ..Partner::default()
    }
}

/// A fixture as text; what is no UTF-8 is ISO 8859-1.
fn text(file: &str) -> String {
    let bytes = fs::read(file).unwrap();
    let mut text = String::from_utf8(bytes).unwrap_or_else(|e| e.as_bytes().iter().map(|b| char::from(*b)).collect());
    for (from, to) in TERMS {
        text = text.replace(from, to);
    }
    text
}

fn judged(file: &str, text: &str) -> Report {
    let partners = [partner()];
    let options = Options { partners: &partners, ..Options::new(Day::parse_iso("2026-11-22").unwrap()) };
    let latin = file.contains("d96a") || file.contains("d01b");
    let bytes: Vec<u8> = if latin { text.chars().map(|c| c as u8).collect() } else { text.as_bytes().to_vec() };
    validate(&bytes, file, &options).report
}

#[test]
fn one_invoice_in_five_forms_has_one_judgement() {
    let faults = FAULTS.iter().map(|(name, changes)| {
        let of_each = (0..TWINS.len()).map(|n| std::slice::from_ref(&changes[n.min(3)]));
        (*name, of_each.collect())
    });
    have_one_judgement(&TWINS, text, judged, faults);
}

#[test]
fn findings_are_in_the_message_and_speak_no_xml() {
    for (name, changes) in FAULTS {
        for (n, file) in TWINS.iter().enumerate().skip(2) {
            let (from, to) = changes[n.min(3)];
            let report = judged(file, &text(file).replacen(from, to, 1));
            for finding in &report.findings {
                let said = format!("{finding:?}");
                assert!(!said.contains("ram:") && !said.contains("rsm:"), "{name}: {said}");
                assert!(matches!(finding.place, None | Some(Place::Edifact { .. })), "{name}: {said}");
            }
            assert!(report.syntax.as_deref().is_some_and(|syntax| syntax.starts_with("edifact-")));
        }
    }
    // The total is in the segment that states it, at its byte.
    let bad = text(TWINS[2]).replace("MOA+388:120.00", "MOA+388:121.00");
    let report = judged(TWINS[2], &bad);
    let wrong = report.findings.iter().find(|f| f.group == "BR-CO-15").unwrap();
    let Some(Place::Edifact { element, component, offset, .. }) = wrong.place else { panic!("{wrong:?}") };
    assert_eq!((element, component), (1, 2));
    assert!(bad[offset as usize..].starts_with("121.00"), "{wrong:?}");
    assert!(wrong.fix.en.contains("INVOIC D16B"), "{wrong:?}");
}

#[test]
fn without_the_partner_what_has_no_home_is_missing() {
    let bytes = fs::read(TWINS[4]).unwrap();
    let report = validate(&bytes, "a.edi", &Options::new(Day::parse_iso("2026-11-22").unwrap())).report;
    assert_eq!(report.verdict, Verdict::Invalid);
    let missing = report.findings.iter().find(|f| f.rule == "BR-01" && f.terms == ["BT-24"]).unwrap();
    // The norm says it of the term; elements of CII say nothing to who sends EDIFACT.
    assert!(missing.follows.is_none() && report.findings.iter().all(|f| !f.rule.starts_with("CII-")));
    // Electronic addresses stand in UNB, and the partner file.
    let address = report.findings.iter().find(|f| f.rule == "BR-FR-12_BT-49").unwrap();
    let Some(Place::Edifact { segment, element, offset, .. }) = address.place else { panic!("{address:?}") };
    assert_eq!((segment, element), (0, 3));
    assert!(bytes[offset as usize..].starts_with(b"UNB+"), "{address:?}");
    assert!(address.fix.en.contains("UNB, 3.1") && !address.fix.en.contains("schemeID"), "{address:?}");
    assert!(
        report.findings.iter().any(|f| f.rule == "FCT-EDI-NOT-CARRIED")
            || report.syntax.as_deref() == Some("edifact-d96a")
    );
}

/// What is missing for the structure of CII is told by the rule of the norm, as it is of UBL; parties are called as the message calls them.
#[test]
fn findings_speak_of_the_message() {
    let good = text(TWINS[4]);
    let report = judged(TWINS[4], &good.replace("DTM+137:20261122:102'\n", "").replace("RFF+GN:123456782'\n", ""));
    assert_eq!(report.verdict, Verdict::Invalid);
    assert!(report.findings.iter().any(|f| f.rule == "BR-03" && f.follows.is_none()), "{:?}", report.findings);
    assert!(report.findings.iter().all(|f| f.rule != "FCT-XSD-MISSING"), "{:?}", report.findings);
    let legal = report.findings.iter().find(|f| f.rule == "BR-FR-10_BT-30").unwrap();
    assert!(legal.fix.en.contains("NAD+SU / RFF+GN"), "{legal:?}");
}

/// An interchange of two invoices: each has its report, and the good one is kept where the other is bad.
#[test]
fn each_message_has_its_report() {
    let one = text(TWINS[2]);
    let start = one.find("UNH").unwrap();
    let end = one.find("UNZ").unwrap();
    let second = one[start..end]
        .replace("UNH+1+", "UNH+2+")
        .replace("+1'\n", "+2'\n")
        .replace("MOA+388:120.00", "MOA+388:121.00");
    let both = format!("{}{}UNZ+2+0044'\n", &one[..end], second);
    let options = Options::new(Day::parse_iso("2026-11-22").unwrap());
    let judged = validate_all(both.as_bytes(), "two.edi", &options);
    let told: Vec<_> = judged.iter().map(|j| (j.report.file.as_str(), j.report.verdict)).collect();
    assert_eq!(told, [("two.edi#1", Verdict::Valid), ("two.edi#2", Verdict::Invalid)]);
    assert_eq!(validate(both.as_bytes(), "two.edi", &options).report.verdict, Verdict::NotJudged);
    // On the command line too.
    let path = std::env::temp_dir().join(format!("facteur-two-{}.edi", std::process::id()));
    fs::write(&path, &both).unwrap();
    let run = |verb: &str| Command::new(PROGRAM).args([verb, "--format", "json"]).arg(&path).output().unwrap();
    let (validated, inspected) = (run("validate"), run("inspect"));
    fs::remove_file(&path).unwrap();
    assert_eq!(validated.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&validated.stdout).lines().count(), 2);
    assert_eq!(String::from_utf8_lossy(&inspected.stdout).lines().count(), 2);
}

/// A segment that has no place is not read as another, and the message is not called valid.
#[test]
fn what_was_not_read_is_never_valid() {
    let moved =
        text(TWINS[2]).replace("CUX+2:EUR'\n", "CUX+2:EUR'\nFTX+AAI+++trop tard'\n").replace("UNT+45", "UNT+46");
    let report = judged(TWINS[2], &moved);
    assert_eq!(report.verdict, Verdict::Invalid);
    assert!(report.findings.iter().any(|f| f.rule == "FCT-EDI-STRUCTURE" && f.message.en.contains("CONTRL 15")));
    let cut = text(TWINS[2]);
    let report = judged(TWINS[2], &cut[..cut.find("UNT").unwrap()]);
    assert_ne!(report.verdict, Verdict::Valid);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    /// Whatever happens to the bytes: a report, and places within the file.
    #[test]
    fn never_panics_on_damaged_bytes(
        file in 2usize..5,
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..12),
    ) {
        let mut bytes = fs::read(TWINS[file]).unwrap();
        for (at, byte, what) in cuts {
            let at = at.index(bytes.len());
            match what {
                0 => bytes[at] = byte,
                1 => bytes.insert(at, b"+:'?*"[usize::from(byte) % 5]),
                2 => drop(bytes.remove(at)),
                _ => {
                    let segment: Vec<u8> = bytes[at..].iter().take(40).copied().collect();
                    bytes.splice(at..at, segment);
                }
            }
        }
        let options = Options { linked: false, ..Options::new(Day::parse_iso("2026-11-22").unwrap()) };
        for judged in validate_all(&bytes, "x", &options) {
            for finding in &judged.report.findings {
                if let Some(Place::Edifact { offset, .. }) = finding.place {
                    prop_assert!(offset <= bytes.len() as u64);
                }
            }
        }
    }
}

/// What begins as EDIFACT or X12 does and lacks its head is told as that, with what is missing.
#[test]
fn a_file_without_its_head_is_told_by_what_is_missing() {
    let partners: [Partner; 0] = [];
    let options = Options { partners: &partners, ..Options::new(Day::parse_iso("2026-11-22").unwrap()) };
    for (bytes, rule, says) in [
        ("UNH+1+INVOIC:D:96A:UN'BGM+380'", "FCT-READ-EDIFACT", "begins with UNH: UNB"),
        ("\n UNG+INVOIC+A+B'", "FCT-READ-EDIFACT", "begins with UNG: UNB"),
        ("UNA:+.? '", "FCT-READ-EDIFACT", "UNA is there, and UNB"),
        ("UNA:+.? 'UNH+1+INVOIC'", "FCT-READ-EDIFACT", "UNA is there, and UNB"),
        ("UNB+:3+A+B'", "FCT-READ-EDIFACT", "UNB is damaged"),
        ("UNB:UNOC+3'", "FCT-READ-EDIFACT", "UNB is damaged"),
        ("GS*IN*A*B*20261122~", "FCT-READ-X12", "begins with GS: ISA"),
        ("ST*810*0001~BIG*1~", "FCT-READ-X12", "begins with ST: ISA"),
        ("UNBELIEVABLE", "FCT-READ-NOT-XML", ""),
        ("ST*ANDARD*810", "FCT-READ-NOT-XML", ""),
    ] {
        let report = validate(bytes.as_bytes(), "a.edi", &options).report;
        let told = &report.findings[0];
        assert_eq!((told.rule.as_str(), report.verdict), (rule, Verdict::NotJudged), "{bytes}");
        assert!(told.message.en.contains(says), "{bytes}: {}", told.message.en);
    }
}

#[test]
fn a_wrong_value_says_its_form_and_every_finding_its_byte() {
    let bad = text(TWINS[2]).replacen("MOA+79:100.00", "MOA+79:1OO.00", 1);
    let report = judged(TWINS[2], &bad);
    let value = report.findings.iter().find(|f| f.rule == "FCT-XSD-VALUE").unwrap();
    assert!(value.expected.as_deref().is_some_and(|form| !form.is_empty()), "{value:?}");
    let Some(Place::Edifact { offset, .. }) = value.place else { panic!("{value:?}") };
    assert!(bad.as_bytes()[offset as usize..].starts_with(b"1OO.00"), "{value:?}");
    for (lang, word) in [(Lang::En, "byte"), (Lang::Fr, "octet")] {
        let shown = facteur::report::text(&report, lang);
        assert!(shown.contains(&format!(":1:2, {word} {offset}\n")), "{shown}");
    }
}
