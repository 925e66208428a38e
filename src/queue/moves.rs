//! The moves an invoice may make, from `schemas/lifecycle/transitions.csv`. A move that is not there is a fault of ours
//! and is not written.

use std::sync::LazyLock;

use crate::lifecycle::State;

const TABLE: &str = include_str!("../../schemas/lifecycle/transitions.csv");

static MOVES: LazyLock<Vec<(State, State)>> = LazyLock::new(|| {
    TABLE
        .lines()
        .skip(1)
        .filter_map(|line| {
            let mut cells = line.splitn(3, ',');
            Some((State::parse(cells.next()?)?, State::parse(cells.next()?)?))
        })
        .collect()
});

/// May an invoice go from one state to the other? Staying is no move and always allowed.
pub fn allowed(from: State, to: State) -> bool {
    from == to || MOVES.contains(&(from, to))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_a_move_said_once() {
        assert_eq!(MOVES.len(), TABLE.lines().count() - 1, "a line names a state that is none");
        for (n, found) in MOVES.iter().enumerate() {
            assert!(found.0 != found.1 && !MOVES[..n].contains(found), "{found:?}");
        }
    }

    #[test]
    fn the_oath_is_in_the_table() {
        let to = |to: State| -> Vec<State> { State::ALL.into_iter().filter(|&s| s != to && allowed(s, to)).collect() };
        let from =
            |from: State| -> Vec<State> { State::ALL.into_iter().filter(|&s| s != from && allowed(from, s)).collect() };
        assert_eq!(to(State::Sending), [State::Ready], "nothing is sent but from ready");
        assert_eq!(
            to(State::Unknown),
            [State::Sending, State::Delivered, State::Parked],
            "a doubt begins with a deposit"
        );
        assert!(!from(State::Sending).contains(&State::Parked), "a call under way ends in what is known of it");
        assert!(!from(State::Unknown).contains(&State::Sending), "never sent again without having asked");
        assert_eq!(from(State::Cancelled), [], "what is cancelled stays so");
        assert_eq!(from(State::Paid), [State::Refused], "an announced payment can be taken back, by a refusal alone");
        for state in State::ALL {
            let reached = state == State::Received || !to(state).is_empty();
            assert!(reached, "nothing leads to {state}");
        }
    }
}
