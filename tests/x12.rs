//! The 810 judged by the same rules: one invoice in UBL, CII, EDIFACT and X12 has one verdict and the same findings, as far as X12 can say it.

use std::fs;
use std::process::{Command, Output};
use std::time::Instant;

use facteur::day::Day;
use facteur::formats::edifact::Partner;
use facteur::formats::x12::Settings;
use facteur::invoice::{Place, bt};
use facteur::report::{Report, Verdict};
use facteur::rules::Severity;
use facteur::validate::{Options, validate, validate_all};
use proptest::prelude::*;

use super::stage::PROGRAM;
use super::twins::{Change, have_one_judgement};

const TWINS: [&str; 4] = [
    "fixtures/invoices/ubl-minimal-fr.xml",
    "fixtures/invoices/cii-minimal-fr.xml",
    "fixtures/edifact/d16b.edi",
    "fixtures/x12/lavande.edi",
];
const RETAIL: &str = "fixtures/x12/retail.edi";
const CREDIT: &str = "fixtures/x12/credit-memo.edi";

/// What the other forms say beside: terms of payment, which X12 and EDIFACT say (ITD12, FTX+AAB), and the account, which X12 does not.
const ALIKE: [(&str, &str); 2] = [
    (
        "<cac:TaxTotal>",
        "<cac:PaymentTerms><cbc:Note>Pas d'escompte pour paiement anticipé</cbc:Note></cac:PaymentTerms><cac:TaxTotal>",
    ),
    (
        "<ram:SpecifiedTradePaymentTerms>",
        "<ram:SpecifiedTradePaymentTerms><ram:Description>Pas d'escompte pour paiement anticipé</ram:Description>",
    ),
];

type Changes = &'static [Change];

/// A fault in UBL, in CII, in D16B and in X12. TDS01 is total and payable amount at once, TXI02 the VAT of its rate and of the invoice: so they
/// change together.
static FAULTS: [(&str, [Changes; 4]); 8] = [
    (
        "totals",
        [
            &[
                (
                    "<cbc:TaxInclusiveAmount currencyID=\"EUR\">120.00",
                    "<cbc:TaxInclusiveAmount currencyID=\"EUR\">121.00",
                ),
                ("<cbc:PayableAmount currencyID=\"EUR\">120.00", "<cbc:PayableAmount currencyID=\"EUR\">121.00"),
            ],
            &[
                ("<ram:GrandTotalAmount>120.00", "<ram:GrandTotalAmount>121.00"),
                ("<ram:DuePayableAmount>120.00", "<ram:DuePayableAmount>121.00"),
            ],
            &[("MOA+388:120.00", "MOA+388:121.00"), ("MOA+9:120.00", "MOA+9:121.00")],
            &[("TDS*12000", "TDS*12100")],
        ],
    ),
    (
        "no seller name",
        [
            &[("<cbc:RegistrationName>Atelier Lavande SARL</cbc:RegistrationName>", "")],
            &[("<ram:Name>Atelier Lavande SARL</ram:Name>", "")],
            &[("++Atelier Lavande SARL+", "+++")],
            &[("N1*SE*Atelier Lavande SARL*", "N1*SE**")],
        ],
    ),
    (
        "country of the buyer",
        [
            &[(
                "<cbc:PostalZone>44000</cbc:PostalZone>\n        <cac:Country>\n          <cbc:IdentificationCode>FR",
                "<cbc:PostalZone>44000</cbc:PostalZone>\n        <cac:Country>\n          <cbc:IdentificationCode>XX",
            )],
            &[(
                "<ram:CityName>Nantes</ram:CityName>\n          <ram:CountryID>FR",
                "<ram:CityName>Nantes</ram:CityName>\n          <ram:CountryID>XX",
            )],
            &[("+44000+FR", "+44000+XX")],
            &[("*44000*FR", "*44000*XX")],
        ],
    ),
    (
        "VAT number of the seller",
        [
            &[("FR11123456782", "FR12123456782")],
            &[("FR11123456782", "FR12123456782")],
            &[("FR11123456782", "FR12123456782")],
            &[("FR11123456782", "FR12123456782")],
        ],
    ),
    (
        "rate of the line",
        [
            &[(
                "<cac:ClassifiedTaxCategory>\n        <cbc:ID>S</cbc:ID>\n        <cbc:Percent>20",
                "<cac:ClassifiedTaxCategory>\n        <cbc:ID>S</cbc:ID>\n        <cbc:Percent>10",
            )],
            &[(
                "<ram:RateApplicablePercent>20</ram:RateApplicablePercent>\n        </ram:ApplicableTradeTax>\n        <ram:SpecifiedTradeSettlementLine",
                "<ram:RateApplicablePercent>10</ram:RateApplicablePercent>\n        </ram:ApplicableTradeTax>\n        <ram:SpecifiedTradeSettlementLine",
            )],
            &[("PRI+AAA:50.00'\nTAX+7+VAT+++:::20", "PRI+AAA:50.00'\nTAX+7+VAT+++:::10")],
            &[("50.00~\nTXI*VA*20*.2~", "50.00~\nTXI*VA*10*.1~")],
        ],
    ),
    (
        "no note on late payment",
        [
            &[("<cbc:Note>#PMD#Pénalités de retard : trois fois le taux d'intérêt légal</cbc:Note>", "")],
            &[(
                "<ram:IncludedNote>\n      <ram:Content>Pénalités de retard : trois fois le taux d'intérêt légal</ram:Content>\n      <ram:SubjectCode>PMD</ram:SubjectCode>\n    </ram:IncludedNote>",
                "",
            )],
            &[("FTX+PMD+++Pénalités de retard ?: trois fois le taux d?'intérêt légal'\n", "")],
            &[("NTE*INV*#PMD#Pénalités de retard : trois fois le taux d'intérêt légal~\n", "")],
        ],
    ),
    (
        "due before issue",
        [
            &[("<cbc:DueDate>2026-12-22", "<cbc:DueDate>2025-12-22")],
            &[("\"102\">20261222", "\"102\">20251222")],
            &[("DTM+13:20261222", "DTM+13:20251222")],
            &[("*20261222*", "*20251222*")],
        ],
    ),
    (
        "no number",
        [
            &[("<cbc:ID>FA-2026-0044</cbc:ID>", "")],
            &[("<ram:ID>FA-2026-0044</ram:ID>", "")],
            &[("BGM+380+FA-2026-0044", "BGM+380")],
            &[("*FA-2026-0044*", "**")],
        ],
    ),
];

/// What X12 cannot say, and this seller always means.
fn partner() -> Partner {
    let constant = |term, text: &str| (term, text.to_owned());
    let own = |id: &str, text: &str| (id.to_owned(), text.to_owned());
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
        x12: Settings {
            constants: vec![
                own("BT-30", "123456782"),
                own("BT-30-1", "0002"),
                own("BT-47", "987654324"),
                own("BT-47-1", "0002"),
                own("BT-118", "S"),
                own("BT-151", "S"),
            ],
            ..Settings::default()
        },
        ..Partner::default()
    }
}

fn text(file: &str) -> String {
    let mut text = fs::read_to_string(file).unwrap();
    for (from, to) in ALIKE {
        text = text.replace(from, to);
    }
    text
}

fn options(partners: &[Partner]) -> Options<'_> {
    Options { partners, ..Options::new(Day::parse_iso("2026-11-22").unwrap()) }
}

fn judged(file: &str, text: &str) -> Report {
    validate(text.as_bytes(), file, &options(&[partner()])).report
}

fn rules(report: &Report) -> Vec<(&str, Severity)> {
    report.findings.iter().map(|f| (f.rule.as_str(), f.severity)).collect()
}

#[test]
fn one_invoice_in_four_syntaxes_has_one_judgement() {
    have_one_judgement(&TWINS, text, judged, FAULTS.iter().map(|(name, changes)| (*name, changes.to_vec())));
}

#[test]
fn findings_are_in_the_set_and_speak_no_xml() {
    let bad = text(TWINS[3]).replace("TDS*12000", "TDS*12100");
    let report = judged(TWINS[3], &bad);
    assert_eq!(report.syntax.as_deref(), Some("x12-004010"));
    let wrong = report.findings.iter().find(|f| f.group == "BR-CO-15").unwrap();
    let Some(Place::Edifact { element, offset, .. }) = wrong.place else { panic!("{wrong:?}") };
    assert_eq!(element, 1);
    assert!(bad[offset as usize..].starts_with("12100"), "{wrong:?}");
    assert!(wrong.fix.en.contains("In 810 004010: "), "{wrong:?}");
    for file in [TWINS[3], RETAIL, CREDIT, "fixtures/x12/invoice.edi", "fixtures/x12/credit-negative.edi"] {
        let report = validate(&fs::read(file).unwrap(), file, &options(&[])).report;
        for finding in &report.findings {
            let said = format!("{finding:?}");
            assert!(!said.contains("ram:") && !said.contains("rsm:"), "{file}: {said}");
            assert!(matches!(finding.place, None | Some(Place::Edifact { .. })), "{file}: {said}");
        }
    }
}

/// Whatever the set says is in a term or told: no value is lost in silence.
#[test]
fn every_value_is_carried_or_told() {
    for file in [RETAIL, CREDIT] {
        let bytes = fs::read(file).unwrap();
        let report = validate(&bytes, file, &options(&[])).report;
        let told = format!("{:?}", report.findings);
        let run = Command::new(PROGRAM).args(["inspect", "--format", "json", file]).output().unwrap();
        let terms = String::from_utf8(run.stdout).unwrap();
        for value in [
            "20261109",
            "118",
            "00094",
            "88120045",
            "19.99",
            "CAD*M***RDWY",
            "AMT*GV*498.20",
            "ISS*27",
            "SLN*1*S1",
            "PO4*6*1*EA",
            "0118",
            "RES",
        ]
        .iter()
        .filter(|_| file == RETAIL)
        {
            assert!(terms.contains(value) || told.contains(value), "{file}: {value} is lost: {told}");
        }
    }
}

/// Envelopes that lie, other sets, other releases: each has its name.
#[test]
fn refusals_are_named() {
    let good = fs::read_to_string(RETAIL).unwrap();
    let none: [Partner; 0] = [];
    let told = |text: &str| {
        let report = validate(text.as_bytes(), "a.edi", &options(&none)).report;
        (report.verdict, rules(&report).iter().map(|(rule, _)| (*rule).to_owned()).collect::<Vec<_>>())
    };
    for (from, to, rule) in [
        ("*X*004010VICS", "*X*003040", "FCT-X12-RELEASE"),
        ("*X*004010VICS", "*X*006010", "FCT-X12-RELEASE"),
        ("ST*810*", "ST*850*", "FCT-READ-NOT-INVOICE"),
        ("ISA*00*          *00", "ISA*00*\n*00", "FCT-READ-X12"),
    ] {
        let (verdict, rules) = told(&good.replace(from, to));
        assert_eq!((verdict, &rules[..]), (Verdict::NotJudged, &[rule.to_owned()][..]), "{to}");
    }
    // A set that did not end may not be whole: fatal, and the rest is judged all the same.
    let cut = &good[..good.find("TDS*").unwrap()];
    let (verdict, rules) = told(cut);
    assert_eq!(verdict, Verdict::Invalid);
    assert!(rules.contains(&"FCT-X12-ENVELOPE".to_owned()) && rules.contains(&"FCT-X12-STRUCTURE".to_owned()));
    // A wrong count is a warning, and refuses where the partner is strict.
    let wrong = good.replace("SE*42*", "SE*41*");
    let strict = [Partner {
        identifiers: vec!["FIRSPRUCE".into()],
        x12: Settings { strict: true, ..Settings::default() },
        ..Partner::default()
    }];
    for (partners, severity) in [(&none[..], Severity::Warning), (&strict[..], Severity::Fatal)] {
        let report = validate(wrong.as_bytes(), "a.edi", &options(partners)).report;
        assert!(rules_of(&report, "FCT-X12-ENVELOPE").iter().all(|s| *s == severity), "{:?}", report.findings);
        assert!(!rules_of(&report, "FCT-X12-ENVELOPE").is_empty());
    }
}

fn rules_of(report: &Report, rule: &str) -> Vec<Severity> {
    rules(report).into_iter().filter(|(known, _)| *known == rule).map(|(_, severity)| severity).collect()
}

/// Several interchanges of several senders in one file: each invoice has its report, and its sender's settings.
#[test]
fn each_set_has_its_report() {
    let (one, two) = (text(TWINS[3]), fs::read_to_string(RETAIL).unwrap());
    let both = format!("{one}\r\n{two}");
    let partners = [partner()];
    let judged = validate_all(both.as_bytes(), "two.edi", &options(&partners));
    let told: Vec<_> = judged.iter().map(|j| (j.report.file.as_str(), j.report.verdict)).collect();
    assert_eq!(
        told,
        [("two.edi#1", Verdict::Valid), ("two.edi#2", Verdict::Invalid)],
        "{:?}",
        judged[0].report.findings
    );
    let alone = validate(both.as_bytes(), "two.edi", &options(&partners)).report;
    assert_eq!((alone.verdict, alone.findings[0].rule.as_str()), (Verdict::NotJudged, "FCT-X12-SEVERAL"));
    // An invoice of another release beside it is told, not dropped.
    let old = format!("{one}{}", two.replace("*X*004010VICS", "*X*003040"));
    let judged = validate_all(old.as_bytes(), "old.edi", &options(&partners));
    assert_eq!(judged.len(), 1);
    assert_eq!(rules_of(&judged[0].report, "FCT-X12-RELEASE"), [Severity::Warning]);
}

#[test]
fn commands_take_an_810() {
    let run = |args: &[&str]| -> Output { Command::new(PROGRAM).args(args).output().unwrap() };
    let out = |args: &[&str]| String::from_utf8(run(args).stdout).unwrap();
    let inspected = out(&["inspect", "--format", "json", RETAIL]);
    assert!(inspected.contains("\"syntax\":\"x12-004010\"") && inspected.contains("INV-90417"), "{inspected}");
    assert!(out(&["render", "--lang", "en", RETAIL]).contains("INV-90417"));
    assert!(out(&["explain", "FCT-X12-NOT-CARRIED", "--lang", "en"]).contains("no term"));
    for (to, head) in [("cii", "CrossIndustryInvoice"), ("ubl", "<Invoice "), ("json", "facteur-invoice/1")] {
        assert!(out(&["convert", "--to", to, RETAIL]).contains(head), "{to}");
    }
    let same = run(&["diff", RETAIL, RETAIL]);
    assert_eq!(same.status.code(), Some(0));
    let fixed = run(&["fix", "--lang", "en", RETAIL]);
    assert_eq!(fixed.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&fixed.stderr).contains("interchange of X12"), "{fixed:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    /// Damage at random: a report comes all the same, in French and English, and never a panic.
    #[test]
    fn damage_is_judged(edits in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..4), 1..12), which in 0usize..3) {
        let mut bytes = fs::read([TWINS[3], RETAIL, CREDIT][which]).unwrap();
        for (at, byte, kind) in edits {
            if bytes.is_empty() { break; }
            let at = at.index(bytes.len());
            match kind {
                0 => bytes[at] = byte,
                1 => { bytes.remove(at); }
                2 => bytes.insert(at, byte),
                _ => bytes.truncate(at),
            }
        }
        for judged in validate_all(&bytes, "a.edi", &options(&[partner()])) {
            prop_assert!(!judged.report.findings.is_empty() || judged.report.verdict == Verdict::Valid);
        }
    }
}

/// Much of one thing takes time in proportion, and bounds end the rest.
#[test]
fn what_is_large_is_bounded() {
    let good = fs::read_to_string(RETAIL).unwrap();
    let begin = good.find("IT1*0001").unwrap();
    let with = |filling: String| format!("{}{filling}{}", &good[..begin], &good[begin..]);
    let none: [Partner; 0] = [];
    // One segment without an end.
    let endless = format!("{}{}", &good[..begin], "A".repeat(8 * 1024 * 1024));
    let report = validate(endless.as_bytes(), "a.edi", &options(&none)).report;
    assert_ne!(report.verdict, Verdict::Valid);
    // Many of the same small segment.
    for segment in ["N1*ST*A~\n", "REF*ZZ*1~\n", "~\n", "IT1~\n", "SAC*A~\n"] {
        let began = Instant::now();
        let report = validate(with(segment.repeat(5_000)).as_bytes(), "a.edi", &options(&none)).report;
        assert_ne!(report.verdict, Verdict::Valid);
        eprintln!("5000 of {segment:?}: {:?}", began.elapsed());
    }
}
