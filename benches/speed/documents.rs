//! Documents of 12 KB: reading, mapping and judging by all rules of EN 16931, against a bare pass of `quick_xml::Reader` over the same
//! bytes; and by all that their content asks for, against EN 16931 alone.

use std::hint::black_box;

use facteur::day::Day;
use facteur::formats;
use facteur::report::{self, Verdict};
use facteur::rules;
use facteur::text::Lang;
use facteur::validate::{Choice, Options, validate};
use quick_xml::events::Event;

use crate::invoice::Invoice;
use crate::rounds::{Side, measure, shown};
use crate::{Scale, line};

/// At most so many times a bare pass: the bar of the day, and the one after it.
const BARS: [f64; 2] = [2.0, 1.2];

pub fn run(scale: Scale) {
    let invoice = Invoice::new("F-2026-0042", 9);
    let (ubl, cii) = (invoice.ubl(), invoice.cii());
    let broken = broken(&ubl);
    for (name, text, findings) in [("UBL", &ubl, 0..=0), ("CII", &cii, 0..=0), ("UBL, 20 findings", &broken, 20..=25)] {
        let found = judged(text.as_bytes());
        assert!(findings.contains(&found), "{name}: {found} findings");
        one(scale, &format!("{name}, {:.1} KB", text.len() as f64 / 1e3), text.as_bytes());
    }
    let french = || Invoice::french("F-2026-0042", 9);
    let extended = french().under(EXTENDED_CTC_FR).ubl();
    for (name, text) in [("French UBL", french().ubl()), ("French CII", french().cii()), ("EXTENDED-CTC-FR", extended)]
    {
        by_content(scale, name, text.as_bytes());
    }
    by_content(scale, "Factur-X", FACTURX);
}

const EXTENDED_CTC_FR: &str = "urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr";

const FACTURX: &[u8] = include_bytes!("../../fixtures/demo/invoices/39-good-facturx.pdf");

/// What a valid document costs where nobody names packs: beside EN 16931 (or the profile in its place) the French rules, our own
/// checks and the legal mentions. Of a PDF also opening it and reading its pages, against the same judgement of the XML inside.
fn by_content(scale: Scale, name: &str, bytes: &[u8]) {
    let all = Options::new(Day::new(2026, 11, 21).expect("a day"));
    let whole = validate(bytes, "one", &all);
    assert_eq!(whole.report.verdict, Verdict::Valid, "{name}: {:?}", whole.report.findings);
    let own = [facteur::rules::ours::PACK, facteur::rules::mentions::PACK];
    let mut packs: Vec<String> = whole.report.packs.iter().map(|pack| pack.id.clone()).collect();
    packs.retain(|id| {
        !own.contains(&id.as_str()) && !["structure", "container", "structure-d16b"].contains(&id.as_str())
    });
    let named = |packs: &[String]| Options { choice: Choice::Named(packs.to_vec()), ..all.clone() };
    let (official, norm) = (named(&packs), named(packs.get(..1).expect("the norm or its profile")));
    let inside = whole.inside.as_deref().unwrap_or(bytes);
    let run = |bytes: &[u8], options: &Options<'_>| drop(black_box(validate(bytes, "one", options)));
    let mut sides = [
        Side::new(|| run(inside, &norm)),
        Side::new(|| run(inside, &official)),
        Side::new(|| run(inside, &all)),
        Side::new(|| run(bytes, &all)),
    ];
    let times = measure(&mut sides, scale.rounds, scale.sample);
    let [norm, official, content, pdf] = times.as_slice() else { unreachable!("four sides") };
    let first = packs.first().map_or("", String::as_str);
    println!("  {name}, {:.1} KB: {first} alone takes {}", inside.len() as f64 / 1e3, shown(norm.min()));
    line(&packs.join(", "), official, (first, norm), None);
    line("all that the content asks for", content, (first, norm), Some(BY_CONTENT));
    if whole.inside.is_some() {
        line("with its PDF opened and its pages read", pdf, ("its XML", content), None);
    }
}

/// At most so many times the norm alone.
const BY_CONTENT: f64 = 1.5;

fn one(scale: Scale, name: &str, bytes: &[u8]) {
    let options = Options::new(Day::new(2026, 11, 21).expect("a day"));
    let mut sides = [
        Side::new(|| _ = black_box(BARE[0].1(bytes))),
        Side::new(|| _ = black_box(BARE[1].1(bytes))),
        Side::new(|| _ = black_box(BARE[2].1(bytes))),
        Side::new(|| drop(black_box(formats::read(bytes)))),
        Side::new(|| _ = black_box(judged(bytes))),
        Side::new(|| {
            let judged = validate(bytes, "one.xml", &options);
            drop(black_box(report::line(&judged.report, Lang::En)));
        }),
    ];
    let times = measure(&mut sides, scale.rounds, scale.sample);
    let Some((passes, [read, judge, report])) = times.split_at_checked(BARE.len()) else { unreachable!("six sides") };
    let bare = passes.iter().min_by(|a, b| a.min().total_cmp(&b.min())).expect("several passes");
    let rate = bytes.len() as f64 / bare.min() * 1e3;
    let forms: Vec<String> =
        BARE.iter().zip(passes).map(|((form, _), times)| format!("{form} {}", shown(times.min()))).collect();
    println!("  {name}: the fastest bare pass takes {} ({rate:.0} MB/s): {}", shown(bare.min()), forms.join(", "));
    line("read and map, structure checked", read, ("bare pass", bare), None);
    for bar in BARS {
        line("read, map, all rules of EN 16931", judge, ("bare pass", bare), Some(bar));
    }
    line("the same with SHA-256 and report as JSON", report, ("bare pass", bare), None);
}

/// A bare pass, and how its loop is written.
type Pass = (&'static str, fn(&[u8]) -> usize);

/// The same pass in loops that the compiler builds apart: which of them it builds well is luck, and differs from program to program.
/// The bar is held against the fastest.
const BARE: [Pass; 3] = [("events seen", bare), ("events counted", bare_counted), ("events handed on", bare_handed)];

/// What a reader costs that does nothing with what it reads.
#[inline(never)]
pub fn bare(bytes: &[u8]) -> usize {
    let mut reader = quick_xml::Reader::from_str(std::str::from_utf8(bytes).expect("UTF-8"));
    let mut events = 0;
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Eof => return events,
            event => {
                black_box(&event);
                events += 1;
            }
        }
    }
}

/// The same, each event counted by its kind.
#[inline(never)]
fn bare_counted(bytes: &[u8]) -> usize {
    let mut reader = quick_xml::Reader::from_str(std::str::from_utf8(bytes).expect("UTF-8"));
    let mut kinds = [0usize; 4];
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Eof => return black_box(kinds).iter().sum(),
            Event::Start(_) | Event::Empty(_) => kinds[0] += 1,
            Event::End(_) => kinds[1] += 1,
            Event::Text(_) | Event::CData(_) => kinds[2] += 1,
            _ => kinds[3] += 1,
        }
    }
}

/// The same, each event handed to somebody whom the compiler does not know.
#[inline(never)]
fn bare_handed(bytes: &[u8]) -> usize {
    let mut events = 0;
    let mut take = |event: Event<'_>| {
        events += 1;
        drop(event);
    };
    let taker: &mut dyn FnMut(Event<'_>) = black_box(&mut take);
    let mut reader = quick_xml::Reader::from_str(std::str::from_utf8(bytes).expect("UTF-8"));
    loop {
        match reader.read_event().expect("well-formed") {
            Event::Eof => break,
            event => taker(event),
        }
    }
    events
}

/// Reads and judges; how many findings there are. Fails where the document was not judged whole.
pub fn judged(bytes: &[u8]) -> usize {
    let read = formats::read(bytes).expect("readable");
    let judged = rules::pack("en16931").expect("the pack").judge(&read.invoice);
    assert!(judged.not_run.is_none(), "not judged: {:?}", judged.not_run);
    assert!(read.faults.is_empty(), "structure: {:?}", read.faults);
    judged.findings.len()
}

/// Through the front door: the verdict must be the one expected.
pub fn verdict(bytes: &[u8]) -> Verdict {
    validate(bytes, "one.xml", &Options::new(Day::new(2026, 11, 21).expect("a day"))).report.verdict
}

/// The same invoice with a unit that is none on each of its lines, a price below zero on each, and totals that do not add up.
fn broken(ubl: &str) -> String {
    let broken = ubl
        .replace("unitCode=\"C62\"", "unitCode=\"STUECK\"")
        .replace("<cbc:PriceAmount currencyID=\"EUR\">", "<cbc:PriceAmount currencyID=\"EUR\">-")
        .replace("<cbc:PayableAmount currencyID=\"EUR\">", "<cbc:PayableAmount currencyID=\"EUR\">9")
        .replace("<cbc:IdentificationCode>BE", "<cbc:IdentificationCode>XX");
    assert_eq!(verdict(broken.as_bytes()), Verdict::Invalid);
    broken
}
