//! Judging never panics, whatever is done to a fixture.

use std::sync::LazyLock;

use facteur::formats;
use facteur::rules;
use proptest::prelude::*;

use super::edit::List;

static FIXTURES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let lists = ["en16931", "fr"].map(List::of);
    lists.iter().flat_map(|list| list.base.keys().map(|name| list.text(name))).collect()
});

/// Pieces that break things: numbers past every bound, categories, tags that close too early.
const PIECES: [&str; 18] = [
    "",
    " ",
    "-",
    "1e309",
    "NaN",
    "79228162514264337593543950336",
    "-0.00000000000000000000000000001",
    "S",
    "true",
    "\u{a0}é",
    "2026-02-30",
    "<cbc:ID/>",
    "0",
    "9999999999999999999999999999999999",
    "#BAR##PMT#",
    "S8",
    "B2B",
    "2026112é",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn judging_never_panics(
        which in 0usize..64,
        edits in proptest::collection::vec((any::<prop::sample::Index>(), 0usize..PIECES.len()), 1..4),
    ) {
        let mut text = FIXTURES[which % FIXTURES.len()].clone();
        for (at, piece) in edits {
            // Replaces what stands between two tags.
            let starts: Vec<usize> = text.match_indices('>').map(|(n, _)| n + 1).filter(|n| *n < text.len()).collect();
            let start = starts[at.index(starts.len())];
            let end = text[start..].find('<').map_or(text.len(), |n| start + n);
            text.replace_range(start..end, PIECES[piece]);
        }
        if let Ok(read) = formats::read(text.as_bytes()) {
            for pack in rules::packs() {
                let judged = pack.judge(&read.invoice);
                prop_assert!(judged.findings.len() <= 100_000);
            }
        }
    }

    #[test]
    fn judging_never_panics_where_bytes_go_missing(which in 0usize..64, at in any::<prop::sample::Index>(), many in 1usize..400) {
        let text = &FIXTURES[which % FIXTURES.len()];
        let start = at.index(text.len());
        let bytes = [&text.as_bytes()[..start], &text.as_bytes()[(start + many).min(text.len())..]].concat();
        if let Ok(read) = formats::read(&bytes) {
            for pack in rules::packs() {
                pack.judge(&read.invoice);
            }
        }
    }
}
