//! EDIFACT and X12 have no official artefact. They are judged as the CII that they are written as, but by the sense of each rule: where the official form
//! of CII lets pass what a rule means to refuse, the invoice that came as EDIFACT or X12 is refused all the same, and CII is not.

use std::fs;

use facteur::day::Day;
use facteur::formats::edifact::{Partner, received};
use facteur::formats::x12;
use facteur::invoice::bt;
use facteur::report::{Report, Verdict};
use facteur::validate::{Options, validate};

const D16B: &str = "fixtures/edifact/d16b.edi";

/// What is written otherwise in the invoice.
type Changes = &'static [(&'static str, &'static str)];

const LINE: &str = "PRI+AAA:50.00'\nTAX+7+VAT+++:::20+S'";
const SUMMARY: &str = "MOA+9:120.00'\nTAX+7+VAT+++:::20+S'";
/// Category L at 7 %, in line and breakdown.
const OF_7: [(&str, &str); 5] = [
    (LINE, "PRI+AAA:50.00'\nTAX+7+VAT+++:::7+L'"),
    (SUMMARY, "MOA+9:107.00'\nTAX+7+VAT+++:::7+L'"),
    ("MOA+388:120.00", "MOA+388:107.00"),
    ("MOA+176:20.00", "MOA+176:7.00"),
    ("MOA+124:20.00", "MOA+124:7.00"),
];
/// Without VAT, by category: line and breakdown, and their amounts.
const OF_O: [(&str, &str); 5] = [
    (LINE, "PRI+AAA:50.00'\nTAX+7+VAT++++O'"),
    (SUMMARY, "MOA+9:100.00'\nTAX+7+VAT++++O'"),
    ("MOA+388:120.00", "MOA+388:100.00"),
    ("MOA+176:20.00", "MOA+176:0.00"),
    ("MOA+124:20.00", "MOA+124:0.00"),
];
const OF_E: [(&str, &str); 5] = [
    (LINE, "PRI+AAA:50.00'\nTAX+7+VAT+++:::0+E'"),
    (SUMMARY, "MOA+9:100.00'\nTAX+7+VAT+++:::0+E'"),
    ("MOA+388:120.00", "MOA+388:100.00"),
    ("MOA+176:20.00", "MOA+176:0.00"),
    ("MOA+124:20.00", "MOA+124:0.00"),
];
const NONE: [(&str, &str); 0] = [];

/// A second line of 0, as this says of its VAT.
macro_rules! second_line {
    ($vat:literal) => {
        (
            "UNS+S'",
            concat!("LIN+2'\nIMD+F++:::Option'\nQTY+47:1:HUR'\nMOA+203:0.00'\nPRI+AAA:0.00'\n", $vat, "\nUNS+S'"),
        )
    };
}

/// The rule, what the invoice is of before, and what is wrong.
static WEAK: &[(&str, Changes, Changes)] = &[
    // The total with VAT leaves its VAT out.
    ("BR-CO-15", &NONE, &[("MOA+388:120.00", "MOA+388:100.00"), ("MOA+9:120.00", "MOA+9:100.00")]),
    (
        "BR-CO-15",
        &NONE,
        &[("MOA+388:120.00", "MOA+388:100.00"), ("MOA+9:120.00", "MOA+9:100.00"), ("MOA+176:20.00'\n", "")],
    ),
    // A category that two lines use and the breakdown has not; one that it has and no line uses.
    (
        "BR-S-01",
        &OF_E,
        &[
            second_line!("TAX+7+VAT+++:::20+S'"),
            ("PRI+AAA:50.00'\nTAX+7+VAT+++:::0+E'", "PRI+AAA:50.00'\nTAX+7+VAT+++:::20+S'"),
        ],
    ),
    ("BR-S-01", &OF_E, &[("UNT+", "TAX+7+VAT+++:::20+S'\nMOA+125:10.00'\nMOA+124:2.00'\nUNT+")]),
    ("BR-AF-01", &OF_E, &[("UNT+", "TAX+7+VAT+++:::7+L'\nMOA+125:100.00'\nMOA+124:7.00'\nUNT+")]),
    ("BR-O-01", &NONE, &[second_line!("TAX+7+VAT++++O'")]),
    // A base, within a unit of what it is, or of what is never looked at.
    ("BR-E-08", &OF_E, &[("MOA+125:100.00", "MOA+125:100.60")]),
    ("BR-AF-08", &OF_7, &[("MOA+125:100.00", "MOA+125:90.00")]),
    ("BR-AF-09", &OF_7, &[("MOA+124:7.00", "MOA+124:9.00")]),
    // A unit off, and of another sign than its base.
    ("BR-CO-17", &NONE, &[("MOA+124:20.00", "MOA+124:21.00")]),
    ("BR-CO-17", &NONE, &[("MOA+124:20.00", "MOA+124:-20.00")]),
    ("BR-S-09", &NONE, &[("MOA+124:20.00", "MOA+124:-20.00")]),
    ("BR-CO-17", &OF_7, &[("MOA+124:7.00", "MOA+124:9.00")]),
    // What the categories of their own contexts escape.
    ("BR-45", &OF_7, &[("MOA+125:100.00'\n", "")]),
    ("BR-46", &OF_7, &[("MOA+124:7.00'\n", "")]),
    ("BR-48", &OF_7, &[("MOA+9:107.00'\nTAX+7+VAT+++:::7+L'", "MOA+9:107.00'\nTAX+7+VAT++++L'")]),
    ("BR-CO-03", &OF_O, &[("DTM+137:20261122:102'", "DTM+137:20261122:102'\nDTM+131:20261122:102'\nDTM+35'")]),
    ("BR-DEC-19", &OF_O, &[("MOA+125:100.00", "MOA+125:100.001")]),
    ("BR-DEC-20", &OF_O, &[("MOA+124:0.00", "MOA+124:0.001")]),
    // Another total of VAT, which is right.
    (
        "BR-DEC-13",
        &NONE,
        &[("CUX+2:EUR'", "CUX+2:EUR'\nCUX+6:USD'"), ("MOA+176:20.00'", "MOA+176:20.001'\nMOA+2:22.00:USD'")],
    ),
];

fn options(partners: &[Partner]) -> Options<'_> {
    Options { partners, ..Options::new(Day::parse_iso("2026-11-22").unwrap()) }
}

fn judged(bytes: &[u8], partners: &[Partner]) -> Report {
    validate(bytes, "invoice", &options(partners)).report
}

fn fires(report: &Report, rule: &str) -> bool {
    report.findings.iter().any(|finding| finding.rule == rule && finding.blocks())
}

fn rules(report: &Report) -> Vec<&str> {
    report.findings.iter().map(|finding| finding.rule.as_str()).collect()
}

fn changed(of: &[(&str, &str)], changes: Changes) -> String {
    of.iter().chain(changes).fold(fs::read_to_string(D16B).unwrap(), |text, (from, to)| {
        assert!(text.contains(from), "no {from} in\n{text}");
        text.replacen(from, to, 1)
    })
}

#[test]
fn what_the_form_of_cii_lets_pass_is_refused_of_edifact() {
    for (rule, of, changes) in WEAK {
        let text = changed(of, changes);
        let came = judged(text.as_bytes(), &[]);
        assert!(fires(&came, rule), "{rule} {changes:?}: {:?}", rules(&came));
        assert_eq!(came.verdict, Verdict::Invalid, "{rule}");
        let finding = came.findings.iter().find(|finding| finding.rule == *rule).unwrap();
        assert!(matches!(finding.place, Some(facteur::invoice::Place::Edifact { segment: 1.., .. })), "{finding:?}");
        for said in [&finding.message.fr, &finding.message.en, &finding.fix.fr, &finding.fix.en] {
            assert!(!said.is_empty() && !said.contains("ram:") && !said.contains("currencyID"), "{rule}: {said}");
        }
        // The CII that it is written as follows the official artefact.
        let cii = &received(text.as_bytes(), &[]).unwrap()[0].text;
        let official = judged(cii.as_bytes(), &[]);
        assert!(!official.packs.is_empty() && !fires(&official, rule), "{rule} {changes:?} fires in CII");
    }
}

#[test]
fn an_account_is_demanded_of_a_transfer() {
    let with = fs::read_to_string(D16B).unwrap();
    let without = with.replace("FII+RB+FR7630006000011234567890189'\n", "");
    assert!(!fires(&judged(with.as_bytes(), &[]), "BR-61") && fires(&judged(without.as_bytes(), &[]), "BR-61"));
    let cii = &received(without.as_bytes(), &[]).unwrap()[0].text;
    assert!(!fires(&judged(cii.as_bytes(), &[]), "BR-61"));
    // Another way to pay needs none.
    let other = without.replace("PAI+::30'", "PAI+::10'");
    assert!(!fires(&judged(other.as_bytes(), &[]), "BR-61"));
}

#[test]
fn nothing_is_asked_that_no_rule_means() {
    // Without VAT, no total of VAT need be said; and what is right stays so in each category.
    let none: Changes = &[("MOA+176:0.00'\n", "")];
    for (of, changes) in [(&OF_E[..], none), (&OF_O, none), (&OF_E, &[]), (&OF_O, &[]), (&OF_7, &[]), (&NONE, &[])] {
        let report = judged(changed(of, changes).as_bytes(), &[]);
        let sums = ["BR-CO-15", "BR-CO-17", "BR-45", "BR-46", "BR-48", "BR-DEC-13", "BR-DEC-19", "BR-DEC-20"];
        let odd = |rule: &str| sums.contains(&rule) || ["-01", "-08", "-09"].iter().any(|end| rule.ends_with(end));
        let odd: Vec<&str> = rules(&report)
            .into_iter()
            .filter(|rule| rule.starts_with("BR-") && !rule.starts_with("BR-FR") && odd(rule))
            .collect();
        assert!(odd.is_empty(), "{of:?} {changes:?}: {odd:?}");
    }
}

#[test]
fn an_810_that_leaves_its_vat_out_is_invalid() {
    let own = |id: &str, text: &str| (id.to_owned(), text.to_owned());
    let partner = Partner {
        identifiers: vec!["LAVANDE".into()],
        constants: vec![(bt::BT_24, "urn:cen.eu:en16931:2017".to_owned())],
        x12: x12::Settings { constants: vec![own("BT-118", "S"), own("BT-151", "S")], ..x12::Settings::default() },
        ..Partner::default()
    };
    let right = fs::read_to_string("fixtures/x12/lavande.edi").unwrap();
    let partners = [partner];
    assert!(!fires(&judged(right.as_bytes(), &partners), "BR-CO-15"));
    let report = judged(right.replace("TDS*12000~", "TDS*10000~").as_bytes(), &partners);
    assert!(fires(&report, "BR-CO-15"), "{:?}", rules(&report));
}
