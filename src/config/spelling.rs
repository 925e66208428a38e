//! "Did you mean": the nearest of the words that would have been right.

use crate::near::distance;

/// The word of `known` nearest to `word`, if one is near enough to be meant: at most a third of its letters apart.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let lower = word.to_lowercase();
    let near = known.into_iter().map(|one| (distance(&lower, &one.to_lowercase()), one));
    let (apart, best) = near.min_by_key(|(apart, _)| *apart)?;
    (apart <= (best.chars().count() / 3).max(1)).then_some(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let known = ["listen", "tokens", "open_on_loopback"];
        assert_eq!(nearest("lsiten", known), Some("listen"));
        assert_eq!(nearest("Listen", known), Some("listen"));
        assert_eq!(nearest("token", known), Some("tokens"));
        assert_eq!(nearest("open_on_lopback", known), Some("open_on_loopback"));
        assert_eq!(nearest("database", known), None);
        assert_eq!(nearest("", known), None);
    }
}
