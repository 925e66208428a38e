//! Which of the pairs moved: the fewest that, taken out, leave both documents in the same order.

/// For each position in `b`, given in the order of `a`: did it move? The others are a longest run that ascends.
pub(super) fn moved(order: &[usize]) -> Vec<bool> {
    // The classic patience sort: `piles[n]` is where the smallest end of a run of n + 1 stands.
    let mut piles: Vec<usize> = Vec::new();
    let mut before: Vec<Option<usize>> = Vec::with_capacity(order.len());
    for (at, value) in order.iter().enumerate() {
        let pile = piles.partition_point(|top| order[*top] < *value);
        before.push(pile.checked_sub(1).map(|under| piles[under]));
        match piles.get_mut(pile) {
            Some(top) => *top = at,
            None => piles.push(at),
        }
    }
    let mut moved = vec![true; order.len()];
    let mut next = piles.last().copied();
    while let Some(at) = next {
        moved[at] = false;
        next = before[at];
    }
    moved
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fewest_move() {
        let who =
            |order: &[usize]| moved(order).iter().enumerate().filter(|(_, m)| **m).map(|(n, _)| n).collect::<Vec<_>>();
        assert_eq!(who(&[]), Vec::<usize>::new());
        assert_eq!(who(&[0, 1, 2]), Vec::<usize>::new());
        assert_eq!(who(&[3, 0, 1, 2]), [0]);
        assert_eq!(who(&[1, 2, 3, 0]), [3]);
        assert_eq!(who(&[2, 1, 0]).len(), 2);
    }
}
