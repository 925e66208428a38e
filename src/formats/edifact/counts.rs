//! Control totals (CNT) held against the message: how many lines it has, and what their quantities come to.

use std::cell::LazyCell;

use crate::decimal::{self, Decimal};
use crate::edifact::plain;
use crate::invoice::Place;

use super::fill::Filler;
use super::groups::{LIN, MESSAGE};
use super::structure::{Tag, tag};

/// A control total that is not what it counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Miscount {
    /// 6069: 1 for the sum of quantities, 2 or 4 for the lines.
    pub code: String,
    /// What CNT says, and what there is.
    pub said: String,
    pub found: String,
    pub place: Option<Place>,
}

impl Miscount {
    /// Is it the number of lines?
    pub fn is_of_lines(&self) -> bool {
        self.code != QUANTITIES
    }
}

const CNT: Tag = u32::from_be_bytes([0, b'C', b'N', b'T']);
/// 6069: the algebraic sum of the quantities of the lines.
const QUANTITIES: &str = "1";

/// Is it held against the message?
pub(super) fn is_held(code: &str) -> bool {
    matches!(code, QUANTITIES | "2" | "4")
}

/// All that do not hold. `lines` are the ways in which lines may be counted: with those under lines, and without.
pub(super) fn wrong(filler: &Filler<'_>, lines: [usize; 2]) -> Vec<Miscount> {
    let groups = filler.groups;
    // Asked for once, however many say one.
    let sums = LazyCell::new(|| quantities(filler));
    let all = (0..u32::try_from(groups.message.len()).unwrap_or(u32::MAX)).filter(|at| groups.tag(*at) == CNT);
    let wrong = all.filter_map(|at| {
        let cnt = groups.segment(at)?;
        let (code, said) = (cnt.text(1, 1).trim().to_owned(), cnt.text(1, 2).trim().to_owned());
        let found = match code.as_str() {
            QUANTITIES => {
                let sums = (*sums)?;
                (!sums.iter().any(|sum| number(&said) == Some(*sum))).then(|| sums[0].normalize().to_string())?
            }
            "2" | "4" => (!lines.iter().any(|count| said.parse() == Ok(*count))).then(|| lines[0].to_string())?,
            _ => return None,
        };
        Some(Miscount { code, said, found, place: filler.place(at, 1, 2) })
    });
    wrong.collect()
}

/// What the quantities invoiced (QTY+47) of the lines come to, and what all of their quantities do, which some count.
fn quantities(filler: &Filler<'_>) -> Option<[Decimal; 2]> {
    let groups = filler.groups;
    let lines = groups.children(MESSAGE).filter(|node| groups.tag(groups.trigger(*node)) == LIN);
    let quantities: Vec<(bool, Decimal)> = lines
        .flat_map(|line| filler.segments(line, tag("QTY")))
        .filter_map(|(_, qty)| Some((&*qty.text(1, 1) == "47", number(&qty.text(1, 2))?)))
        .collect();
    let sum = |all: bool| decimal::sum(quantities.iter().filter(|(own, _)| all || *own).map(|(_, number)| *number));
    Some([sum(false)?, sum(true)?])
}

fn number(text: &str) -> Option<Decimal> {
    plain(text.trim()).ok().and_then(|text| decimal::parse(&text).ok())
}
