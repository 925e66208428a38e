//! Which instance of a group in one document is which in the other: by content, by key, then by likeness; never by position alone.
//!
//! Instances that say the same are pairs first. Then those that say the same but for the terms by which they are told apart
//! (a line that got another number). Of the rest, those that share a value are candidates, the likest are pairs first, and what is
//! left has no counterpart. The candidates are bounded ([`limits::DIFF_PAIRS`]), so that 10,000 lines against 10,000 others cost
//! their number, not its square.

use std::collections::hash_map::DefaultHasher;
use std::collections::{HashMap, HashSet};
use std::hash::{Hash as _, Hasher as _};

use super::side::{Block, Side};
use crate::invoice::{Term, bt};
use crate::limits;

/// The terms by which the instances of a group are told apart.
const KEYS: [(Term, &[Term]); 13] = [
    (bt::BG_1, &[bt::BT_21]),
    (bt::BG_3, &[bt::BT_25]),
    (bt::BG_16, &[bt::BT_81]),
    (bt::BG_17, &[bt::BT_84]),
    (bt::BG_20, &[bt::BT_95, bt::BT_96, bt::BT_97, bt::BT_98]),
    (bt::BG_21, &[bt::BT_102, bt::BT_103, bt::BT_104, bt::BT_105]),
    (bt::BG_23, &[bt::BT_118, bt::BT_119]),
    (bt::BG_24, &[bt::BT_122]),
    (bt::BG_25, &[bt::BT_126]),
    (bt::BG_27, &[bt::BT_139, bt::BT_140]),
    (bt::BG_28, &[bt::BT_144, bt::BT_145]),
    (bt::BG_32, &[bt::BT_160]),
    (bt::EXT_FR_FE_BG_12, &[bt::EXT_FR_FE_164]),
];

/// What a term weighs in a likeness where it says more than others which instance is meant; any other value weighs 1.
const KEY_WEIGHT: u64 = 3;
const WEIGHTS: [(Term, u64); 4] = [(bt::BT_153, 3), (bt::BT_155, 2), (bt::BT_156, 2), (bt::BT_157, 2)];
/// What two instances share, in thousandths, so that they may be one.
const HALF: u64 = 500;
/// Most instances without a counterpart, up to which the others are matched in their order; time and memory grow with its square.
const EDITS: usize = 1_000;
/// Most candidates for one value that several instances of both documents have.
const SHARED: usize = 64;

/// Is it one of the terms by which instances of the group are told apart?
pub(super) fn is_key(group: Term, term: Term) -> bool {
    keys(group).contains(&term)
}

/// Instances of one group in both documents that are one.
pub(super) struct Pairs {
    pub pairs: Vec<(usize, usize)>,
    pub only_a: Vec<usize>,
    pub only_b: Vec<usize>,
}

/// Pairs of the instances of a group, given as blocks of each side in document order.
pub(super) fn pairs(a: &Side<'_>, b: &Side<'_>, group: Term, in_a: &[usize], in_b: &[usize]) -> Pairs {
    let mut found = Pairs { pairs: Vec::new(), only_a: in_a.to_vec(), only_b: in_b.to_vec() };
    found.take_equal_in_place(|n| a.blocks[n].whole, |n| b.blocks[n].whole);
    found.take_equal(|n| a.blocks[n].whole, |n| b.blocks[n].whole);
    found.take_in_order(|n| a.blocks[n].content, |n| b.blocks[n].content);
    found.take_equal(|n| a.blocks[n].content, |n| b.blocks[n].content);
    if !found.only_a.is_empty() && !found.only_b.is_empty() {
        found.take_likest(a, b, group);
    }
    found
}

/// An instance as likeness sees it: hashes of its values, sorted, each with its weight.
struct Likeness {
    values: Vec<(u64, u64)>,
    weight: u64,
    key: Option<u64>,
}

impl Pairs {
    /// Of instances with the same digest, more in one document than in the other, takes out those at the same place: it is the one
    /// whose place says otherwise that changed.
    fn take_equal_in_place(&mut self, of_a: impl Fn(usize) -> u64, of_b: impl Fn(usize) -> u64) {
        if self.only_a.len() != self.only_b.len() {
            return;
        }
        let mut surplus: HashMap<u64, i64> = HashMap::new();
        for (x, y) in self.only_a.iter().zip(&self.only_b) {
            *surplus.entry(of_a(*x)).or_default() += 1;
            *surplus.entry(of_b(*y)).or_default() -= 1;
        }
        let taken = |x: usize, y: usize| of_a(x) == of_b(y) && surplus.get(&of_a(x)).is_some_and(|n| *n != 0);
        let both = std::mem::take(&mut self.only_a).into_iter().zip(std::mem::take(&mut self.only_b));
        for (x, y) in both {
            if taken(x, y) {
                self.pairs.push((x, y));
            } else {
                self.only_a.push(x);
                self.only_b.push(y);
            }
        }
    }

    /// Takes out instances with the same digest, in document order.
    fn take_equal(&mut self, of_a: impl Fn(usize) -> u64, of_b: impl Fn(usize) -> u64) {
        let mut waiting: HashMap<u64, Vec<usize>> = HashMap::new();
        for n in self.only_b.iter().rev().filter(|n| of_b(**n) != 0) {
            waiting.entry(of_b(*n)).or_default().push(*n);
        }
        let mut taken = HashSet::new();
        self.only_a.retain(|n| match waiting.get_mut(&of_a(*n)).and_then(Vec::pop) {
            Some(other) => {
                self.pairs.push((*n, other));
                taken.insert(other);
                false
            }
            None => true,
        });
        self.only_b.retain(|n| !taken.contains(n));
    }

    /// Takes out instances with the same digest that stand in the same order, as many as there are, where few stand between them: of
    /// lines that look alike it is then the one put in that has no counterpart, and none has moved.
    fn take_in_order(&mut self, of_a: impl Fn(usize) -> u64, of_b: impl Fn(usize) -> u64) {
        let digests = |of: &dyn Fn(usize) -> u64, list: &[usize]| list.iter().map(|n| of(*n)).collect::<Vec<_>>();
        let (in_a, in_b) = (digests(&of_a, &self.only_a), digests(&of_b, &self.only_b));
        let Some(same) = in_order(&in_a, &in_b) else { return };
        let (mut taken_a, mut taken_b) = (vec![false; in_a.len()], vec![false; in_b.len()]);
        for (x, y) in same {
            // What says nothing is like all that says nothing.
            if in_a[x] != 0 {
                (taken_a[x], taken_b[y]) = (true, true);
                self.pairs.push((self.only_a[x], self.only_b[y]));
            }
        }
        let left = |list: &[usize], taken: &[bool]| -> Vec<usize> {
            list.iter().zip(taken).filter(|(_, taken)| !**taken).map(|(n, _)| *n).collect()
        };
        (self.only_a, self.only_b) = (left(&self.only_a, &taken_a), left(&self.only_b, &taken_b));
    }

    fn take_likest(&mut self, a: &Side<'_>, b: &Side<'_>, group: Term) {
        let of = |side: &Side<'_>, blocks: &[usize]| -> Vec<Likeness> {
            blocks.iter().map(|n| likeness(side, &side.blocks[*n], group)).collect()
        };
        let (like_a, like_b) = (of(a, &self.only_a), of(b, &self.only_b));
        let mut likest: Vec<(u64, usize, usize)> = Vec::new();
        for (x, y) in candidates(&like_a, &like_b) {
            let share = shared(&like_a[x], &like_b[y]);
            let same_key = like_a[x].key.is_some() && like_a[x].key == like_b[y].key;
            if same_key || share >= HALF {
                likest.push((share, x, y));
            }
        }
        // The likest first; of equals those whose places are nearest, so that the outcome is the same every time.
        likest.sort_by_key(|(share, x, y)| (u64::MAX - share, x.abs_diff(*y), *x.min(y), *x));
        let (mut done_a, mut done_b) = (vec![false; like_a.len()], vec![false; like_b.len()]);
        for (_, x, y) in likest {
            if !done_a[x] && !done_b[y] {
                (done_a[x], done_b[y]) = (true, true);
                self.pairs.push((self.only_a[x], self.only_b[y]));
            }
        }
        let left = |done: &[bool]| -> Vec<usize> { (0..done.len()).filter(|n| !done[*n]).collect() };
        let (left_a, left_b) = (left(&done_a), left(&done_b));
        // One left on each side is one that changed; of lines it is another.
        if let ([x], [y]) = (left_a.as_slice(), left_b.as_slice())
            && group != bt::BG_25
        {
            self.pairs.push((self.only_a[*x], self.only_b[*y]));
            (self.only_a, self.only_b) = (Vec::new(), Vec::new());
            return;
        }
        self.only_a = left_a.into_iter().map(|x| self.only_a[x]).collect();
        self.only_b = left_b.into_iter().map(|y| self.only_b[y]).collect();
    }
}

/// The longest run that both have in this order (Myers, "An O(ND) difference algorithm"); none where more than `EDITS` stand between.
fn in_order(a: &[u64], b: &[u64]) -> Option<Vec<(usize, usize)>> {
    let (n, m) = (a.len(), b.len());
    // How far into `a` the furthest path on each diagonal comes, one row for each number of edits.
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for edits in 0..=EDITS.min(n + m) {
        // Diagonals from -edits to +edits, in steps of two.
        let mut row = vec![0; edits + 1];
        for at in 0..=edits {
            let mut x = match rows.last() {
                None => 0,
                // Down, from the diagonal above; else right, from the one below.
                Some(before) if at == 0 || at < edits && before[at - 1] < before[at] => before[at],
                Some(before) => before[at - 1] + 1,
            };
            let down = |x: usize| (x + edits).checked_sub(2 * at);
            while down(x).is_some_and(|y| x < n && y < m && a[x] == b[y]) {
                x += 1;
            }
            row[at] = x;
            if x == n && down(x) == Some(m) {
                rows.push(row);
                return Some(way_back(&rows, n, m));
            }
        }
        rows.push(row);
    }
    None
}

/// The pairs along the way that [`in_order`] found.
fn way_back(rows: &[Vec<usize>], n: usize, m: usize) -> Vec<(usize, usize)> {
    let (mut x, mut y, mut pairs) = (n, m, Vec::new());
    for edits in (0..rows.len()).rev() {
        let at = (x + edits - y) / 2;
        let before = edits.checked_sub(1).map(|fewer| &rows[fewer]);
        let (from_x, from_y) = match before {
            None => (0, 0),
            Some(before) if at == 0 || at < edits && before[at - 1] < before[at] => {
                (before[at], before[at] + edits - 1 - 2 * at)
            }
            Some(before) => (before[at - 1], before[at - 1] + edits + 1 - 2 * at),
        };
        while x > from_x && y > from_y {
            (x, y) = (x - 1, y - 1);
            pairs.push((x, y));
        }
        (x, y) = (from_x, from_y);
    }
    pairs.reverse();
    pairs
}

fn likeness(side: &Side<'_>, block: &Block<'_>, group: Term) -> Likeness {
    let weight = |term| match WEIGHTS.iter().find(|(t, _)| *t == term) {
        _ if is_key(group, term) => KEY_WEIGHT,
        Some((_, weight)) => *weight,
        None => 1,
    };
    let fields = block.fields.iter().filter(|f| !block.is_default(f)).map(|f| (f.hash(), weight(f.term)));
    let inside = block.children.iter().map(|n| side.blocks[*n].whole).filter(|h| *h != 0).map(|h| (h, 1));
    let mut values: Vec<(u64, u64)> = fields.chain(inside).collect();
    values.sort_unstable();
    let mut hasher = DefaultHasher::new();
    let key: Vec<u64> =
        block.fields.iter().filter(|f| is_key(group, f.term) && !f.is_blank()).map(|f| f.hash()).collect();
    key.hash(&mut hasher);
    let key = (!key.is_empty()).then(|| hasher.finish());
    Likeness { weight: values.iter().map(|(_, w)| w).sum(), values, key }
}

/// The share of what both say that is the same, in thousandths.
fn shared(a: &Likeness, b: &Likeness) -> u64 {
    let (mut x, mut y, mut same) = (0, 0, 0);
    while let (Some(left), Some(right)) = (a.values.get(x), b.values.get(y)) {
        match left.cmp(right) {
            std::cmp::Ordering::Less => x += 1,
            std::cmp::Ordering::Greater => y += 1,
            std::cmp::Ordering::Equal => {
                same += left.1;
                (x, y) = (x + 1, y + 1);
            }
        }
    }
    (same * 2_000).checked_div(a.weight + b.weight).unwrap_or(0)
}

/// Pairs that share a value: all of a value that few have; of one that many have, those at the same rank.
fn candidates(a: &[Likeness], b: &[Likeness]) -> HashSet<(usize, usize)> {
    let mut by_value: HashMap<u64, (Vec<usize>, Vec<usize>)> = HashMap::new();
    let values = |like: &Likeness| like.values.iter().map(|(h, _)| *h).chain(like.key).collect::<HashSet<_>>();
    for (n, like) in a.iter().enumerate() {
        for value in values(like) {
            by_value.entry(value).or_default().0.push(n);
        }
    }
    for (n, like) in b.iter().enumerate() {
        for value in values(like) {
            if let Some((_, of_b)) = by_value.get_mut(&value) {
                of_b.push(n);
            }
        }
    }
    // Few instances are all looked at.
    let shared = match a.len().saturating_mul(b.len()) <= SHARED * SHARED {
        true => usize::MAX,
        false => SHARED.min(limits::DIFF_PAIRS / by_value.len().max(1)),
    };
    let mut found = HashSet::new();
    for (of_a, of_b) in by_value.values() {
        match of_a.len().saturating_mul(of_b.len()) <= shared {
            true => found.extend(of_a.iter().flat_map(|x| of_b.iter().map(|y| (*x, *y)))),
            false => found.extend(of_a.iter().copied().zip(of_b.iter().copied())),
        }
    }
    found
}

fn keys(group: Term) -> &'static [Term] {
    KEYS.iter().find(|(g, _)| *g == group).map_or(&[], |(_, keys)| keys)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The length of the longest run that both have in order, by the table that everybody knows.
    fn longest(a: &[u64], b: &[u64]) -> usize {
        let mut row = vec![0; b.len() + 1];
        for x in a {
            let mut diagonal = 0;
            for (at, y) in b.iter().enumerate() {
                let above = row[at + 1];
                row[at + 1] = if x == y { diagonal + 1 } else { above.max(row[at]) };
                diagonal = above;
            }
        }
        row[b.len()]
    }

    #[test]
    fn one_put_in_among_its_like_is_the_one_without_a_counterpart() {
        let found = in_order(&[1, 1, 2, 1], &[1, 1, 1, 2, 1]).unwrap();
        assert_eq!(found.len(), 4);
        assert_eq!(in_order(&[], &[]), Some(Vec::new()));
        assert_eq!(in_order(&[7], &[8]), Some(Vec::new()));
    }

    proptest! {
        #[test]
        fn it_is_the_longest_run_in_order(a in prop::collection::vec(0_u64..5, 0..24), b in prop::collection::vec(0_u64..5, 0..24)) {
            let found = in_order(&a, &b).unwrap();
            prop_assert!(found.iter().all(|(x, y)| a[*x] == b[*y]));
            prop_assert!(found.windows(2).all(|two| two[0].0 < two[1].0 && two[0].1 < two[1].1));
            prop_assert_eq!(found.len(), longest(&a, &b));
        }
    }
}
