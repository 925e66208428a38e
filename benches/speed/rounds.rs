//! Measuring sides against each other in one run: rounds of A B A B, so that whatever else the machine does meets all of them.

use std::time::{Duration, Instant};

/// One of the things compared.
pub struct Side<'s> {
    run: Box<dyn FnMut() + 's>,
}

impl<'s> Side<'s> {
    pub fn new(run: impl FnMut() + 's) -> Self {
        Self { run: Box::new(run) }
    }
}

/// What one call of a side took, in nanoseconds, round by round.
pub struct Times {
    pub rounds: Vec<f64>,
}

impl Times {
    /// The least: what the call costs where nothing disturbs it.
    pub fn min(&self) -> f64 {
        self.rounds.iter().copied().fold(f64::INFINITY, f64::min)
    }

    pub fn median(&self) -> f64 {
        median(self.rounds.clone())
    }
}

/// So many rounds; in each, every side runs often enough to last for `sample`, and is timed as a whole.
pub fn measure(sides: &mut [Side<'_>], rounds: usize, sample: Duration) -> Vec<Times> {
    let calls: Vec<u32> = sides.iter_mut().map(|side| warm(side, sample)).collect();
    let mut times: Vec<Times> = sides.iter().map(|_| Times { rounds: Vec::with_capacity(rounds) }).collect();
    for _ in 0..rounds {
        for ((side, calls), times) in sides.iter_mut().zip(&calls).zip(&mut times) {
            let start = Instant::now();
            (0..*calls).for_each(|_| (side.run)());
            times.rounds.push(start.elapsed().as_nanos() as f64 / f64::from(*calls));
        }
    }
    times
}

/// How much dearer `a` is than `b`: by their least times, and the median over rounds.
pub fn ratio(a: &Times, b: &Times) -> (f64, f64) {
    (a.min() / b.min(), median(a.rounds.iter().zip(&b.rounds).map(|(a, b)| a / b).collect()))
}

/// Calls a side until it is warm, and tells how many calls fill a sample.
fn warm(side: &mut Side<'_>, sample: Duration) -> u32 {
    (side.run)();
    let start = Instant::now();
    (side.run)();
    let one = start.elapsed().max(Duration::from_nanos(100));
    u32::try_from(sample.as_nanos() / one.as_nanos()).unwrap_or(u32::MAX).clamp(1, 100_000)
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or(f64::NAN)
}

/// A duration as people read it.
pub fn shown(ns: f64) -> String {
    match ns {
        ns if ns < 1e3 => format!("{ns:.0} ns"),
        ns if ns < 1e6 => format!("{:.1} µs", ns / 1e3),
        ns if ns < 1e9 => format!("{:.1} ms", ns / 1e6),
        ns => format!("{:.2} s", ns / 1e9),
    }
}
