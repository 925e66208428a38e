//! facteur beside its peers, over the same bytes in the same run: the `en16931-formats` crate, and SaxonC running the official
//! artefact, where `FACTEUR_ORACLE` names the folder that holds it (`venv/bin/python` with saxonche, `packs/*.xslt`).
//!
//! A peer that does not accept the invoice is not measured: the run fails.

#[path = "../../speed/invoice.rs"]
mod invoice;
#[path = "../../speed/rounds.rs"]
mod rounds;

use std::hint::black_box;
use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use en16931_formats::{Policy, Recommendation, receive};
use facteur::day::Day;
use facteur::report::{self, Verdict};
use facteur::text::Lang;
use facteur::validate::{Options, validate};

use invoice::Invoice;
use rounds::{Side, Times, measure, ratio, shown};

const ROUNDS: usize = 40;
const SAMPLE: Duration = Duration::from_millis(4);
/// How many times faster facteur is to be than each: the bar of the day, and the one after it.
const CRATE_BARS: [f64; 2] = [2.5, 4.0];
const SAXON_BAR: f64 = 200.0;

fn main() {
    let invoice = Invoice::new("F-2026-0042", 9);
    for (syntax, text) in [("UBL", invoice.ubl()), ("CII", invoice.cii())] {
        println!("{syntax}, {:.1} KB", text.len() as f64 / 1e3);
        let ours = beside_the_crate(text.as_bytes());
        beside_saxon(&syntax.to_lowercase(), &text, &ours);
    }
}

/// Bytes to judgement: theirs reads and judges, ours too, and ours to the report in JSON.
fn beside_the_crate(bytes: &[u8]) -> Times {
    let policy = Policy::default();
    assert_eq!(receive(bytes, &policy).recommendation, Recommendation::Accept, "{:?}", receive(bytes, &policy).reasons);
    let options = Options::new(Day::new(2026, 11, 21).expect("a day"));
    assert_eq!(validate(bytes, "one.xml", &options).report.verdict, Verdict::Valid);
    let mut sides = [
        Side::new(|| assert_eq!(judged(bytes), 0)),
        Side::new(|| {
            drop(black_box(report::line(&validate(bytes, "one.xml", &options).report, Lang::En)));
        }),
        Side::new(|| drop(black_box(receive(bytes, &policy)))),
    ];
    let mut times = measure(&mut sides, ROUNDS, SAMPLE);
    let names = ["facteur", "facteur, report and digest", "en16931-formats receive"];
    let crate_ = times.remove(2);
    println!("  {:<44} {:>9} (median {})", names[2], shown(crate_.min()), shown(crate_.median()));
    for (name, ours) in names.iter().zip(&times) {
        let (least, usual) = ratio(&crate_, ours);
        let bars: String = CRATE_BARS.map(|bar| format!("   bar {bar}×: {}", held(least >= bar))).concat();
        println!("  {name:<44} {:>9}   {least:5.2}× faster (median {usual:.2}×){bars}", shown(ours.min()));
    }
    times.remove(0)
}

fn judged(bytes: &[u8]) -> usize {
    let read = facteur::formats::read(bytes).expect("readable");
    let judged = facteur::rules::pack("en16931").expect("the pack").judge(&read.invoice);
    assert!(judged.not_run.is_none() && read.faults.is_empty());
    judged.findings.len()
}

/// The official artefact by the engine it is written for, compiled and warm, in one process of its own.
fn beside_saxon(syntax: &str, text: &str, ours: &Times) {
    let Some(home) = std::env::var_os("FACTEUR_ORACLE").map(PathBuf::from) else {
        println!("  SaxonC: skipped, since FACTEUR_ORACLE names no folder with the official artefact and saxonche");
        return;
    };
    let file = std::env::temp_dir().join(format!("facteur-peers-{}.xml", std::process::id()));
    std::fs::write(&file, text).expect("room on disk");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/saxon.py");
    let pack = home.join(format!("packs/en16931-{syntax}.xslt"));
    let told = Command::new(home.join("venv/bin/python")).arg(script).arg(&pack).arg(&file).output();
    let _ = std::fs::remove_file(&file);
    let told = told.unwrap_or_else(|e| panic!("{}: {e}", home.display()));
    assert!(told.status.success(), "{}", String::from_utf8_lossy(&told.stderr));
    let rounds: Vec<f64> = String::from_utf8_lossy(&told.stdout).lines().filter_map(|line| line.parse().ok()).collect();
    assert!(!rounds.is_empty(), "no times");
    let saxon = Times { rounds };
    let times = saxon.min() / ours.min();
    println!(
        "  {:<44} {:>9} (median {})   facteur {times:.0}× faster   bar {SAXON_BAR}×: {}",
        "SaxonC, the official artefact, warm",
        shown(saxon.min()),
        shown(saxon.median()),
        held(times >= SAXON_BAR)
    );
}

fn held(held: bool) -> &'static str {
    if held { "held" } else { "MISSED" }
}
