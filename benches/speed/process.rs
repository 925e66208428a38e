//! The program as a user runs it: one file from a cold start, and a folder of ten thousand.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use crate::Scale;
use crate::documents::judged;
use crate::invoice::Invoice;
use crate::rounds::{Side, measure, shown};

const COLD_MS: f64 = 10.0;

pub fn run(scale: Scale) {
    let folder = tempfile::tempdir().expect("a folder");
    cold(scale, folder.path());
    many(scale, folder.path());
}

/// From a process that does not exist to a verdict on the terminal, against a process that does nothing.
fn cold(scale: Scale, folder: &Path) {
    let file = folder.join("one.xml");
    std::fs::write(&file, Invoice::new("F-2026-0042", 9).ubl()).expect("room on disk");
    let mut sides = [
        Side::new(|| succeeds(&mut Command::new("true"))),
        Side::new(|| succeeds(facteur().arg("--version"))),
        Side::new(|| succeeds(facteur().arg("validate").arg(&file))),
    ];
    let times = measure(&mut sides, scale.rounds(40).rounds, scale.sample);
    let [nothing, version, validate] = times.as_slice() else { unreachable!("three sides") };
    for (name, time) in [("a process that does nothing", nothing), ("facteur --version", version)] {
        println!("  {name:<44} {:>9} (median {})", shown(time.min()), shown(time.median()));
    }
    let held = if validate.min() <= COLD_MS * 1e6 { "held" } else { "MISSED" };
    println!(
        "  {:<44} {:>9} (median {})   {:.2}× nothing   bar {COLD_MS} ms: {held}",
        "facteur validate one.xml, start to verdict",
        shown(validate.min()),
        shown(validate.median()),
        validate.min() / nothing.min()
    );
}

/// A folder of files, on all cores, against what one core judges in memory.
fn many(scale: Scale, folder: &Path) {
    let count = scale.size(10_000, 20);
    let many = folder.join("many");
    std::fs::create_dir(&many).expect("a folder");
    let mut bytes = 0;
    for n in 0..count {
        let text = Invoice::new(&format!("F-2026-{n:05}"), 9).ubl();
        bytes += text.len();
        std::fs::write(many.join(format!("{n:05}.xml")), text).expect("room on disk");
    }
    let text = Invoice::new("F-2026-0042", 9).ubl();
    let mut alone = [Side::new(|| assert_eq!(judged(text.as_bytes()), 0))];
    let one_core = 1e9 / measure(&mut alone, scale.rounds, scale.sample)[0].min();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let mut best = f64::MAX;
    for _ in 0..scale.rounds(3).rounds {
        let start = Instant::now();
        succeeds(facteur().arg("validate").arg("--format").arg("json").arg(&many));
        best = best.min(start.elapsed().as_secs_f64());
    }
    let rate = count as f64 / best;
    println!(
        "  {:<44} {rate:>7.0} files/s ({:.0} MB/s)   {:.2}× one core in memory ({one_core:.0}/s), {cores} cores",
        format!("a folder of {count} files"),
        bytes as f64 / best / 1e6,
        rate / one_core
    );
}

fn facteur() -> Command {
    Command::new(env!("CARGO_BIN_EXE_facteur"))
}

fn succeeds(command: &mut Command) {
    let status = command.stdin(Stdio::null()).stdout(Stdio::null()).status().expect("it starts");
    assert!(status.success(), "{command:?}: {status}");
}
