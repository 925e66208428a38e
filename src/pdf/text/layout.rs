//! Runs to lines, as a reader sees them.

use super::Run;

/// From here on a gap is a blank, in sizes of the font; and from here on it is more than one.
pub(super) const BLANK: f64 = 0.18;
pub(super) const COLUMN: f64 = 1.1;
/// As far as this one glyph may reach into the one before it.
pub(super) const OVERLAP: f64 = 0.4;
/// As far apart as this, in sizes of the font, two lines are one.
const LINE: f64 = 0.45;

/// What stands between two runs of a line.
pub(super) fn between(before: &Run, run: &Run) -> &'static str {
    let gap = (run.from - before.to) / run.size.max(before.size).max(f64::MIN_POSITIVE);
    match gap {
        gap if gap < -OVERLAP => "\t",
        gap if gap < BLANK => "",
        gap if gap < COLUMN => " ",
        _ => "\t",
    }
}

/// Numbers of runs by lines.
pub(super) fn lines(runs: &[Run]) -> Vec<Vec<usize>> {
    let mut order: Vec<(usize, &Run)> = runs.iter().enumerate().collect();
    order.sort_by(|(_, a), (_, b)| (a.turn.cmp(&b.turn)).then(a.line.total_cmp(&b.line)));
    let mut lines: Vec<Vec<(usize, &Run)>> = Vec::new();
    let mut last: Option<&Run> = None;
    for (n, run) in order {
        let same = last.is_some_and(|l| l.turn == run.turn && run.line - l.line <= LINE * run.size.min(l.size));
        match lines.last_mut().filter(|_| same) {
            Some(line) => line.push((n, run)),
            None => {
                lines.push(vec![(n, run)]);
                last = Some(run);
            }
        }
    }
    let sorted = |mut line: Vec<(usize, &Run)>| {
        line.sort_by(|(_, a), (_, b)| a.from.total_cmp(&b.from));
        line.into_iter().map(|(n, _)| n).collect()
    };
    lines.into_iter().map(sorted).collect()
}
