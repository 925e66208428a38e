//! `facteur fix`: what is corrected is what was named, nothing else differs, no finding comes up, and nothing is proposed twice.

mod cases;
mod command;

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;

use facteur::day::Day;
use facteur::diff::{self, Options as DiffOptions};
use facteur::fix::{self, Asked, Fixed, Frame, Standing};
use facteur::formats::{self, read};
use facteur::invoice::{Invoice, Kind, Term, bt};
use facteur::validate::{Options, validate};
use facteur::xml;
use proptest::prelude::*;

fn fixture(path: &str) -> String {
    fs::read_to_string(format!("fixtures/{path}")).unwrap_or_else(|e| panic!("{path}: {e}"))
}

fn judge(bytes: &[u8]) -> Standing {
    let as_of = Day::parse_iso("2026-11-22").unwrap();
    let report = validate(bytes, "", &Options { linked: false, ..Options::new(as_of) }).report;
    Standing {
        packs: report.packs.into_iter().map(|run| run.id).collect(),
        not_run: report.not_run.into_iter().map(|not| not.pack).collect(),
        findings: report.findings,
    }
}

fn fixed(bytes: &[u8], asked: &Asked) -> Fixed {
    fix::fix(bytes, asked, &judge).unwrap_or_else(|trouble| panic!("{trouble:?}"))
}

fn ids(fixed: &Fixed) -> Vec<&str> {
    fixed.applied.iter().map(|applied| applied.correction.id.as_str()).collect()
}

/// What a mechanical correction never touches, in the words of whoever pays: every such text, in order.
fn owed(invoice: &Invoice<'_>) -> Vec<(Term, String)> {
    let codes =
        [bt::BT_5, bt::BT_6, bt::BT_40, bt::BT_55, bt::BT_69, bt::BT_80, bt::BT_95, bt::BT_102, bt::BT_118, bt::BT_151];
    let texts = [bt::BT_22, bt::BT_23, bt::BT_24, bt::BT_123];
    let is = |term: Term| match term.kind() {
        Kind::Code | Kind::Part => codes.contains(&term),
        Kind::Percentage => false,
        _ => !texts.contains(&term),
    };
    invoice.occurrences().filter(|o| is(o.term())).map(|o| (o.term(), o.text().to_owned())).collect()
}

/// The rates as numbers, whatever their text.
fn rates(invoice: &Invoice<'_>) -> Vec<Option<facteur::decimal::Decimal>> {
    invoice.occurrences().filter(|o| o.term().kind() == Kind::Percentage).map(|o| o.number()).collect()
}

/// Comments, instructions and the like, which nobody's correction concerns.
fn remarks(text: &str) -> Vec<&str> {
    let starts =
        text.match_indices("<!--").map(|(at, _)| (at, "-->")).chain(text.match_indices("<?").map(|(at, _)| (at, "?>")));
    let mut all: Vec<(usize, &str)> =
        starts.map(|(at, end)| (at, &text[at..at + text[at..].find(end).unwrap_or(0)])).collect();
    all.sort_unstable();
    all.into_iter().map(|(_, remark)| remark).collect()
}

/// Holds everything that is promised of a corrected document.
fn holds(bytes: &[u8], asked: &Asked) -> Result<Fixed, TestCaseError> {
    let fixed = match fix::fix(bytes, asked, &judge) {
        Ok(fixed) => fixed,
        Err(fix::Trouble::Unreadable(_)) => return Err(TestCaseError::reject("unreadable")),
        Err(trouble) => return Err(TestCaseError::fail(format!("{trouble:?}"))),
    };
    let (before, after) = (read(bytes).unwrap(), read(&fixed.bytes).unwrap());
    let terms: Vec<Term> = fixed.applied.iter().flat_map(|a| a.correction.terms.clone()).collect();
    // What is owed, byte for byte; rates as numbers.
    prop_assert_eq!(owed(&before.invoice), owed(&after.invoice));
    prop_assert_eq!(rates(&before.invoice), rates(&after.invoice));
    // What facteur diff sees is what was named.
    let options = DiffOptions { as_written: true, ..DiffOptions::default() };
    let seen = diff::compare(&before.invoice, &after.invoice, &options);
    let formats = ids(&fixed).contains(&"FIX-DATE-FORMAT");
    for difference in &seen.differences {
        let Some(term) = difference.term else { continue };
        let named = terms.iter().any(|t| *t == term || t.parent() == Some(term) || t.group() == Some(term));
        let inside = |said: &Option<diff::Said>| said.as_ref().is_some_and(|s| !s.terms.is_empty());
        let whole = inside(&difference.a) || inside(&difference.b);
        prop_assert!(named || whole || formats && term.kind() == Kind::Date, "{} {:?}", term, difference);
    }
    for difference in &seen.outside {
        let address = &difference.a.as_ref().or(difference.b.as_ref()).unwrap().address;
        prop_assert!(formats && address.ends_with("@format"), "{:?}", difference);
    }
    // No finding that was not there, as a whole judgement tells.
    let count = |bytes: &[u8]| {
        let mut count: BTreeMap<String, usize> = BTreeMap::new();
        for finding in judge(bytes).findings {
            *count.entry(finding.rule).or_default() += 1;
        }
        count
    };
    let old = count(bytes);
    for (rule, n) in count(&fixed.bytes) {
        prop_assert!(old.get(&rule).is_some_and(|was| *was >= n), "{} comes up", rule);
    }
    // Comments, encoding, line ends.
    let (old, new) = (xml::decode(bytes).unwrap(), xml::decode(&fixed.bytes).unwrap());
    prop_assert_eq!(remarks(&old), remarks(&new));
    let encoded = xml::encode_as(bytes, &new);
    prop_assert_eq!(encoded.as_deref(), Some(&fixed.bytes[..]));
    let ends = |text: &str| (text.contains("\r\n"), text.replace("\r\n", "").contains('\n'));
    prop_assert_eq!(ends(&old), ends(&new));
    // Once is enough.
    let again = fix::fix(&fixed.bytes, asked, &judge).map_err(|trouble| TestCaseError::fail(format!("{trouble:?}")))?;
    prop_assert!(again.applied.is_empty(), "{:?}", ids(&again));
    prop_assert_eq!(&again.bytes, &fixed.bytes);
    if fixed.applied.is_empty() {
        prop_assert_eq!(&fixed.bytes, bytes);
    }
    Ok(fixed)
}

/// What the guard tells terms apart by.
#[test]
fn no_two_terms_have_one_address() {
    for path in BASES {
        let text = fixture(path);
        for lost in 0..text.lines().count() {
            let kept: Vec<&str> = text.lines().enumerate().filter(|(n, _)| *n != lost).map(|(_, line)| line).collect();
            let Ok(read) = formats::read_text(Cow::Owned(kept.join("\n"))) else { continue };
            let mut addresses: Vec<String> = read.invoice.addressed().into_iter().map(|(address, _)| address).collect();
            let count = addresses.len();
            addresses.sort_unstable();
            addresses.dedup();
            assert_eq!(addresses.len(), count, "{path}, line {}", lost + 1);
        }
    }
}

/// Faults that machines make, each as texts to be replaced.
const FAULTS: [&[(&str, &str)]; 36] = [
    &[("  <cbc:Note>#BAR#B2B</cbc:Note>\n", "")],
    &[("#PMT#", "")],
    &[("#PMD#", "# pmd #")],
    &[("#AAB#", "#aab#")],
    &[("#AAB#Pas d'escompte", "#PMT#Pas d'escompte")],
    &[("Pas d'escompte pour paiement anticipé", "Pas d'escompte ; indemnité forfaitaire de recouvrement : 40 EUR")],
    &[("<ram:SubjectCode>PMT</ram:SubjectCode>", "")],
    &[("<ram:SubjectCode>PMD</ram:SubjectCode>", ""), ("<ram:Content>Pénal", "<ram:Content>#PMD#Pénal")],
    &[("<ram:SubjectCode>PMD</ram:SubjectCode>", ""), ("<ram:Content>Pénal", "<ram:Content>\n  # pmd# Pénal")],
    &[("#PMD#", " \n #pMd # <![CDATA[ ]]>")],
    &[("<ram:SubjectCode>BAR</ram:SubjectCode>", "<ram:SubjectCode>bar </ram:SubjectCode>")],
    &[("<ram:SubjectCode>BAR</ram:SubjectCode>", ""), (">B2B<", ">#BAR#B2B<")],
    &[("Percent>20<", "Percent>20.000<")],
    &[("Percent>20<", "Percent>020<")],
    &[("Percent>20<", "Percent>20.001<")],
    &[("Percent>20<", "Percent><![CDATA[20.000]]><")],
    &[(" schemeID=\"0002\"", "")],
    &[("schemeID=\"0002\"", "schemeID=\"SIREN\"")],
    &[(" schemeID=\"0009\"", "")],
    &[("schemeID=\"0009\"", "schemeID='0002'")],
    &[(" schemeID=\"0225\"", "")],
    &[("schemeID=\"0225\"", "schemeID=\" 0225\"")],
    &[("unitCode=\"HUR\"", "unitCode=\"HUR \"")],
    &[("unitCode=\"HUR\"", "unitCode=\"heure\"")],
    &[("TypeCode>380<", "TypeCode>380 <")],
    &[(" format=\"102\"", "")],
    &[("format=\"102\"", "format=\"203\"")],
    &[(">S1<", ">s1<")],
    &[(">S1<", "><")],
    &[(">urn:cen.eu:en16931:2017<", ">\n    urn:cen.eu:en16931:2017 <")],
    &[("120.00</cbc:PayableAmount>", "120.01</cbc:PayableAmount>"), ("120.00</ram:Due", "120.01</ram:Due")],
    &[(">FR<", ">DE<")],
    &[(">FR14987654324<", ">FR99987654324<")],
    &[(">98765432400019<", ">987654324<")],
    &[(">987654324<", ">987654321<")],
    &[
        ("<cac:PaymentMeans>", "<!-- a > b --><?p x?><cac:PaymentMeans>"),
        ("<ram:TypeCode>30", "<!-- é --><ram:TypeCode>30"),
    ],
];

/// How a document may come.
#[derive(Debug, Clone, Copy)]
enum Form {
    Plain,
    Marked,
    Utf16,
    Latin,
    Crlf,
    OneLine,
}

fn written(text: &str, form: Form) -> Vec<u8> {
    let declared = |name: &str| text.replacen("encoding=\"UTF-8\"", &format!("encoding=\"{name}\""), 1);
    match form {
        Form::Plain => text.as_bytes().to_vec(),
        Form::Marked => [&[0xEF, 0xBB, 0xBF], text.as_bytes()].concat(),
        Form::Utf16 => {
            [0xFF, 0xFE].into_iter().chain(declared("UTF-16").encode_utf16().flat_map(u16::to_le_bytes)).collect()
        }
        Form::Latin => declared("ISO-8859-1").chars().map(|c| u8::try_from(u32::from(c)).unwrap_or(b'?')).collect(),
        Form::Crlf => text.replace('\n', "\r\n").into_bytes(),
        Form::OneLine => text.lines().map(str::trim).collect::<String>().into_bytes(),
    }
}

fn asked() -> impl Strategy<Value = Asked> {
    let frame = prop_oneof![
        3 => Just(None),
        1 => Just(Some(Frame::FromLines)),
        1 => Just(Some(Frame::Named("B2".to_owned()))),
    ];
    let treatment = prop_oneof![3 => Just(None), 1 => Just(Some("B2C".to_owned())), 1 => Just(Some("B2B".to_owned()))];
    let except = prop_oneof![3 => Just(Vec::new()), 1 => Just(vec!["FIX-SCHEME".to_owned()])];
    (frame, treatment, except).prop_map(|(frame, treatment, except)| Asked {
        only: Vec::new(),
        except,
        treatment,
        frame,
    })
}

const BASES: [&str; 7] = [
    "rules/fr/ubl-minimal.xml",
    "rules/fr/cii-minimal.xml",
    "rules/fr/ubl.xml",
    "rules/fr/cii.xml",
    "rules/fr/ubl-credit.xml",
    "invoices/ubl-full.xml",
    "invoices/cii-full.xml",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 240, max_global_rejects: 4096, failure_persistence: None, ..ProptestConfig::default() })]

    /// Of invoices with faults that machines make, in every encoding, whatever is asked for.
    #[test]
    fn nothing_but_what_is_named_changes(
        base in 0..BASES.len(),
        faults in prop::collection::vec(0..FAULTS.len(), 0..8),
        once in any::<bool>(),
        form in prop_oneof![Just(Form::Plain), Just(Form::Marked), Just(Form::Utf16), Just(Form::Latin), Just(Form::Crlf), Just(Form::OneLine)],
        asked in asked(),
    ) {
        let text = faults.iter().flat_map(|n| FAULTS[*n]).fold(fixture(BASES[base]), |text, (from, to)| {
            if once { text.replacen(from, to, 1) } else { text.replace(from, to) }
        });
        holds(&written(&text, form), &asked)?;
    }

    /// Of invoices that have lost lines and had characters changed anywhere.
    #[test]
    fn nothing_else_changes_in_a_damaged_invoice(
        base in 0..BASES.len(),
        lost in prop::collection::vec(any::<prop::sample::Index>(), 0..3),
        turned in prop::collection::vec((any::<prop::sample::Index>(), "[ -~é]"), 0..3),
        fault in 0..FAULTS.len(),
    ) {
        let text = FAULTS[fault].iter().fold(fixture(BASES[base]), |text, (from, to)| text.replace(from, to));
        let mut lines: Vec<&str> = text.lines().collect();
        for at in &lost {
            lines.remove(at.index(lines.len()));
        }
        let mut letters: Vec<char> = lines.join("\n").chars().collect();
        for (at, with) in &turned {
            let at = at.index(letters.len());
            letters[at] = with.chars().next().unwrap();
        }
        let text: String = letters.into_iter().collect();
        prop_assume!(formats::read_text(Cow::Borrowed(&text)).is_ok());
        holds(text.as_bytes(), &Asked::default())?;
    }
}
