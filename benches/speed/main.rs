//! The bars of speed, as ratios of one run: `cargo bench`, or `cargo bench -- PART…` for some of the parts, `--quick` for few rounds.
//!
//! Nothing here is a test of time: a line shows its ratio and its bar. What is no bench fails: an invoice that did not get the verdict
//! that it should. Run by `cargo test` (without `--bench`), every part runs once on small inputs, so that none of them rots.

mod documents;
mod edifact;
mod hostile;
mod invoice;
mod large;
mod process;
mod rounds;

use std::time::Duration;

use rounds::{Times, ratio, shown};

/// How much is measured.
#[derive(Clone, Copy)]
pub struct Scale {
    pub rounds: usize,
    /// How long one side runs in one round.
    pub sample: Duration,
    /// Are inputs small, only to see that the bench works?
    pub smoke: bool,
}

impl Scale {
    const FULL: Scale = Scale { rounds: 60, sample: Duration::from_millis(4), smoke: false };
    const QUICK: Scale = Scale { rounds: 8, sample: Duration::from_millis(2), smoke: false };
    const SMOKE: Scale = Scale { rounds: 1, sample: Duration::ZERO, smoke: true };

    /// The same with fewer rounds, for what takes long each time.
    pub fn rounds(self, most: usize) -> Scale {
        Scale { rounds: self.rounds.min(most), ..self }
    }

    /// `full`, or `small` where only to see that it works.
    pub fn size(self, full: usize, small: usize) -> usize {
        if self.smoke { small } else { full }
    }
}

/// A part of the bench: its name, and what measures it.
type Part = (&'static str, fn(Scale));

const PARTS: [Part; 5] = [
    ("documents", documents::run),
    ("edifact", edifact::run),
    ("large", large::run),
    ("hostile", hostile::run),
    ("process", process::run),
];

fn main() {
    let args: Vec<String> = std::env::args().skip(1).collect();
    if let [mode, file] = args.as_slice()
        && mode == large::CHILD
    {
        return large::child(file);
    }
    if let [mode, messages] = args.as_slice()
        && mode == edifact::CHILD
    {
        return edifact::child(messages);
    }
    if let [mode, lines] = args.as_slice()
        && mode == edifact::CII
    {
        return edifact::child_of_cii(lines);
    }
    let scale = match (args.iter().any(|a| a == "--bench"), args.iter().any(|a| a == "--quick")) {
        (_, true) => Scale::QUICK,
        (true, _) => Scale::FULL,
        _ => Scale::SMOKE,
    };
    let asked: Vec<&String> = args.iter().filter(|a| !a.starts_with('-')).collect();
    if let Some(unknown) = asked.iter().find(|a| !PARTS.iter().any(|(name, _)| name == **a)) {
        let names: Vec<&str> = PARTS.iter().map(|(name, _)| *name).collect();
        eprintln!("no part is called {unknown}; there are: {}", names.join(", "));
        std::process::exit(2);
    }
    if scale.smoke {
        println!("small inputs, once each, to see that every part works: the figures say nothing");
    }
    for (name, run) in PARTS {
        if asked.is_empty() || asked.iter().any(|a| *a == name) {
            println!("\n{name}");
            run(scale);
        }
    }
}

/// A line of the table: what, how long, and how it stands to what it is held against.
pub fn line(what: &str, ours: &Times, than: (&str, &Times), bar: Option<f64>) {
    let (least, usual) = ratio(ours, than.1);
    let held = match bar {
        None => String::new(),
        Some(bar) => format!("   bar {bar}×: {}", if least <= bar { "held" } else { "MISSED" }),
    };
    println!(
        "  {what:<44} {:>9} (median {:>9})   {least:5.2}× {} (median {usual:.2}×){held}",
        shown(ours.min()),
        shown(ours.median()),
        than.0
    );
}
