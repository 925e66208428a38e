//! Lines that stand under another line (LIN, C829 and 1222): EN 16931 has lines alone, the French extension has both.
//!
//! Where the line around them has an amount (MOA+203), it holds what its sub-lines detail, unless the sum of the lines says that all of them count. Where it
//! has none, its sub-lines are the lines.

use std::collections::HashMap;

use crate::decimal::{self, Decimal};
use crate::invoice::{Draft, Place, Said, Term, bt};

use super::Why;
use super::fill::Filler;
use super::groups::MESSAGE;
use super::line::value;
use super::structure::tag;

/// A line among the groups of the draft.
struct Line {
    /// Its group in the draft, its segment from 0.
    group: usize,
    segment: u32,
    /// 1222; 0 where it says none.
    level: u32,
    /// The line around it, by its place among the lines.
    parent: Option<usize>,
    amount: Option<Decimal>,
}

/// What becomes of a line.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fate {
    Line,
    /// It details the line around it, whose amount holds its own.
    Detail,
    /// It is the heading of those under it, and has no amount.
    Heading,
}

/// Keeps what counts once. How many lines there were before.
pub(super) fn finish(filler: &mut Filler<'_>, draft: &mut Draft) -> usize {
    let lines = lines(filler, draft);
    let count = lines.len();
    if lines.iter().all(|line| line.parent.is_none()) {
        // Levels under which nothing stands say nothing.
        lines.iter().filter(|line| line.level > 0).for_each(|line| filler.read(line.segment, 5, 1..=1));
        return count;
    }
    let fates = fates(&lines, draft);
    let profile = draft.groups(bt::BG_2).find_map(|process| process.text(bt::BT_24)).unwrap_or(&filler.profile);
    let extended = profile.contains(EXTENDED);
    let numbers: Vec<Option<Said>> =
        lines.iter().map(|line| draft.groups.get(line.group).and_then(|g| g.first(bt::BT_126)).cloned()).collect();
    let vat: Vec<Vec<Draft>> = lines
        .iter()
        .map(|line| draft.groups.get(line.group).map(|g| g.groups(bt::BG_30).cloned().collect()).unwrap_or_default())
        .collect();
    let nodes: HashMap<u32, u32> =
        filler.groups.children(MESSAGE).map(|node| (filler.groups.trigger(node), node)).collect();
    let mut gone = vec![false; draft.groups.len()];
    for (line, fate) in lines.iter().zip(&fates) {
        let Some(group) = draft.groups.get_mut(line.group) else { continue };
        let parent = line.parent.and_then(|at| numbers.get(at)?.as_ref());
        if let Some(parent) = line.parent.filter(|_| *fate == Fate::Line) {
            // What the heading says of VAT is said of those under it.
            let own = |vat: &Draft| matches!(vat.place, Some(Place::Edifact { segment, .. }) if segment > line.segment);
            if fates.get(parent) == Some(&Fate::Heading)
                && !group.groups(bt::BG_30).any(own)
                && let Some(vat) = vat.get(parent).and_then(|all| all.first())
            {
                group.groups.retain(|inner| inner.term != Some(bt::BG_30));
                filler.derive(bt::BG_30, vat.place.clone(), Why::Heading);
                group.groups.push(vat.clone());
            }
        }
        if extended && (line.parent.is_some() || *fate != Fate::Line) {
            let kind = match fate {
                Fate::Line => "DETAIL",
                Fate::Detail => "INFORMATION",
                Fate::Heading => "GROUP",
            };
            let place = filler.place(line.segment, 4, 2);
            if let Some(parent) = parent {
                filler.read(line.segment, 4, 1..=2);
                group.said.push(Said::new(bt::EXT_FR_FE_162, parent.text.clone(), place.clone()));
            }
            filler.read(line.segment, 5, 1..=1);
            filler.derive(bt::EXT_FR_FE_163, place.clone(), Why::SubLine { of: of(parent), fate: kind });
            group.said.push(Said::new(bt::EXT_FR_FE_163, kind, place));
            continue;
        }
        if *fate == Fate::Line {
            continue;
        }
        let why = match fate {
            Fate::Heading => Why::SubLine { of: None, fate: "GROUP" },
            _ => Why::SubLine { of: of(parent), fate: "INFORMATION" },
        };
        filler.derive(bt::BG_25, group.place.clone(), why);
        gone[line.group] = true;
        if let Some(node) = nodes.get(&line.segment) {
            filler.leave_out(*node);
        }
    }
    let mut gone = gone.into_iter();
    draft.groups.retain(|_| !gone.next().unwrap_or_default());
    count
}

fn of(parent: Option<&Said>) -> Option<String> {
    parent.map(|said| said.text.chars().take(6).collect())
}

/// The profile (BT-24) that has sub-lines.
const EXTENDED: &str = ":extended-ctc-fr";

fn lines(filler: &Filler<'_>, draft: &Draft) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut by_number: HashMap<&str, usize> = HashMap::new();
    // The last line of each level that is still open.
    let mut open: Vec<(u32, usize)> = Vec::new();
    for (group, own) in draft.groups.iter().enumerate().filter(|(_, group)| group.term == Some(bt::BG_25)) {
        let Some(Place::Edifact { segment, .. }) = own.place else { continue };
        let segment = segment.saturating_sub(1);
        let Some(lin) = filler.groups.segment(segment).filter(|lin| tag(lin.tag()) == tag("LIN")) else { continue };
        let at = lines.len();
        let level: u32 = lin.text(5, 1).trim().parse().unwrap_or_default();
        open.retain(|(above, _)| *above < level);
        // Lines without a level are under nobody, whatever stood before.
        let above = open.last().map(|(_, line)| *line).filter(|_| level > 0);
        let named = by_number.get(lin.text(4, 2).trim()).copied().filter(|_| matches!(lin.text(4, 1).trim(), "1" | ""));
        open.push((level, at));
        lines.push(Line {
            group,
            segment,
            level,
            parent: named.or(above),
            amount: own.first(bt::BT_131).and_then(value),
        });
        if let Some(number) = own.text(bt::BT_126) {
            by_number.entry(number).or_insert(at);
        }
    }
    lines
}

/// A parent stands before its sub-lines, so that one pass down and one up are enough.
fn fates(lines: &[Line], draft: &Draft) -> Vec<Fate> {
    // Is there an amount anywhere under it?
    let mut holds = vec![false; lines.len()];
    for (at, line) in lines.iter().enumerate().rev() {
        if let Some(parent) = line.parent.filter(|_| line.amount.is_some() || holds[at]) {
            holds[parent] = true;
        }
    }
    let mut fates: Vec<Fate> = Vec::with_capacity(lines.len());
    for (at, line) in lines.iter().enumerate() {
        let around = line.parent.and_then(|parent| fates.get(parent).copied());
        fates.push(match around {
            Some(Fate::Line | Fate::Detail) => Fate::Detail,
            Some(Fate::Heading) | None if line.amount.is_none() && holds[at] => Fate::Heading,
            Some(Fate::Heading) | None => Fate::Line,
        });
    }
    let sum = |which: &dyn Fn(usize) -> bool| {
        let amounts = lines.iter().enumerate().filter(|(at, _)| which(*at)).map(|(_, line)| line.amount);
        decimal::sum(amounts.map(Option::unwrap_or_default).collect::<Vec<Decimal>>())
    };
    let stated = |term: Term| draft.groups(bt::BG_22).find_map(|totals| totals.first(term)).and_then(value);
    let main = sum(&|at| fates[at] == Fate::Line);
    if let Some(stated) = stated(bt::BT_106)
        && main != Some(stated)
        && sum(&|_| true) == Some(stated)
    {
        // All of them add up to what is said of the lines: each counts by itself.
        return lines
            .iter()
            .zip(fates)
            .map(|(line, fate)| if line.amount.is_some() { Fate::Line } else { fate })
            .collect();
    }
    fates
}
