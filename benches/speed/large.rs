//! Invoices of ten and a hundred thousand lines: time against linear, memory against the file.

use std::hint::black_box;
use std::process::Command;

use facteur::day::Day;
use facteur::report::Verdict;
use facteur::validate::{Choice, Options, validate};

use crate::documents::{bare, judged, verdict};
use crate::invoice::Invoice;
use crate::rounds::{Side, measure, shown};
use crate::{Scale, line};

/// The argument with which this program judges one file and tells what it held at most.
pub const CHILD: &str = "--memory-of";

const TEN_THOUSAND_MS: f64 = 60.0;
const MEMORY: f64 = 4.0;

pub fn run(scale: Scale) {
    // A hundred thousand lines of CII are more bytes than a document may have.
    let syntaxes = [("UBL", Invoice::ubl as fn(&Invoice) -> String, 100_000), ("CII", Invoice::cii, 80_000)];
    for (syntax, write, most) in syntaxes {
        let small = scale.size(1_000, 10);
        let least = per_line(scale, syntax, write, small, None);
        for (lines, rounds) in [(10_000, 15), (most, 5)] {
            per_line(scale.rounds(rounds), syntax, write, scale.size(lines, small * 2), Some(least));
        }
        by_content(scale, syntax, write, small);
    }
}

/// A French invoice through the front door, by all that its content asks for, against EN 16931 alone; and against linear.
fn by_content(scale: Scale, syntax: &str, write: fn(&Invoice) -> String, small: usize) {
    let all = Options::new(Day::new(2026, 11, 21).expect("a day"));
    let norm = Options { choice: Choice::Named(vec!["en16931".to_owned()]), ..all.clone() };
    let mut least = None;
    for lines in [small, scale.size(10_000, small * 2)] {
        let text = write(&Invoice::french("F-2026-0042", lines));
        let run = |options: &Options<'_>| {
            let judged = validate(text.as_bytes(), "large.xml", options);
            assert_eq!(judged.report.verdict, Verdict::Valid, "{syntax}, {lines} lines");
            drop(black_box(judged));
        };
        let mut sides = [Side::new(|| run(&norm)), Side::new(|| run(&all))];
        let times = measure(&mut sides, scale.rounds(15).rounds, scale.sample);
        let [norm, all] = times.as_slice() else { unreachable!("two sides") };
        println!("  French {syntax}, {lines} lines, {:.1} MB", text.len() as f64 / 1e6);
        line("all that the content asks for", all, ("EN 16931", norm), None);
        let each = all.min() / lines as f64;
        let linear = each / *least.get_or_insert(each);
        println!("  {:<44} {:>9}   {linear:5.2}× linear", "one line", shown(each));
    }
}

/// Judges an invoice of so many lines; what one line costs, in nanoseconds.
fn per_line(scale: Scale, syntax: &str, write: fn(&Invoice) -> String, lines: usize, least: Option<f64>) -> f64 {
    let text = write(&Invoice::new("F-2026-0042", lines));
    let bytes = text.as_bytes();
    assert_eq!((judged(bytes), verdict(bytes)), (0, Verdict::Valid), "{syntax}, {lines} lines");
    let mut sides = [Side::new(|| _ = black_box(bare(bytes))), Side::new(|| _ = black_box(judged(bytes)))];
    let times = measure(&mut sides, scale.rounds, scale.sample);
    let [bare, judge] = times.as_slice() else { unreachable!("two sides") };
    let each = judge.min() / lines as f64;
    let megabytes = bytes.len() as f64 / 1e6;
    println!("  {syntax}, {lines} lines, {megabytes:.1} MB: {} a line", shown(each));
    line("read, map, all rules of EN 16931", judge, ("bare pass", bare), None);
    if let Some(least) = least {
        println!("  {:<44} {:>9}   {:5.2}× linear", "one line", shown(each), each / least);
        memory(bytes);
    }
    if lines == 10_000 && syntax == "UBL" {
        let held = if judge.min() <= TEN_THOUSAND_MS * 1e6 { "held" } else { "MISSED" };
        println!("  {:<44} {:>9}   bar {TEN_THOUSAND_MS} ms: {held}", "10,000 lines", shown(judge.min()));
    }
    each
}

/// What a process holds at most that reads this file and judges it, file included, beyond what it holds before.
fn memory(bytes: &[u8]) {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("large.xml");
    std::fs::write(&file, bytes).expect("room on disk");
    let this = std::env::current_exe().expect("this program");
    let told = Command::new(this).arg(CHILD).arg(&file).output().expect("a child");
    let told = String::from_utf8_lossy(&told.stdout).into_owned();
    let Some((before, peak)) = told.trim().split_once(' ').and_then(|(a, b)| Some((a.parse().ok()?, b.parse().ok()?)))
    else {
        println!("  memory: not told by this system");
        return;
    };
    let (before, peak): (f64, f64) = (before, peak);
    let times = (peak - before) * 1024.0 / bytes.len() as f64;
    let held = if times <= MEMORY { "held" } else { "MISSED" };
    println!(
        "  {:<44} {:>6.1} MB   {times:5.2}× file   bar {MEMORY}×: {held}",
        "peak memory, file included",
        (peak - before) / 1e3
    );
}

/// The child: judges the file and prints what the process held at most, in KiB, before and after.
pub fn child(file: &str) {
    judged(Invoice::new("F-1", 1).ubl().as_bytes());
    let before = peak();
    let bytes = std::fs::read(file).expect("the file");
    assert_eq!(verdict(&bytes), Verdict::Valid);
    if let (Some(before), Some(after)) = (before, peak()) {
        println!("{before} {after}");
    }
}

/// What this process held at most, in KiB.
pub fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?.trim().trim_end_matches("kB").trim().parse().ok()
}
