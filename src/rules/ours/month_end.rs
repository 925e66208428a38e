//! How people write "end of month" in terms of payment (`schemas/payment-terms.toml`).

use std::sync::LazyLock;

use regex::{Regex, RegexBuilder};
use serde::Deserialize;

use crate::text::plain;

/// Does a text of terms of payment (BT-20) count from or to the end of a month?
pub fn in_terms(text: &str) -> bool {
    is_in(&WORDS.terms, text)
}

/// Does a note (BT-22) lay down a term of so many days with an end of month?
pub fn in_note(text: &str) -> bool {
    is_in(&WORDS.notes, text)
}

fn is_in(words: &[Regex], text: &str) -> bool {
    let text = plain(text);
    words.iter().any(|words| words.is_match(&text))
}

struct Words {
    terms: Vec<Regex>,
    notes: Vec<Regex>,
}

static WORDS: LazyLock<Words> = LazyLock::new(|| {
    #[derive(Deserialize)]
    #[serde(rename_all = "kebab-case")]
    struct File {
        end_of_month: Row,
    }
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Row {
        terms: Vec<String>,
        notes: Vec<String>,
    }
    let file: File = toml::from_str(include_str!("../../../schemas/payment-terms.toml"))
        .expect("invariant: the tests read this table");
    let compiled = |pattern: String| {
        let pattern = RegexBuilder::new(&pattern).case_insensitive(true).build();
        pattern.expect("invariant: the tests compile these patterns")
    };
    let all = |patterns: Vec<String>| patterns.into_iter().map(compiled).collect();
    Words { terms: all(file.end_of_month.terms), notes: all(file.end_of_month.notes) }
});

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_end_of_month_is_written_in_many_ways() {
        for (text, terms, note) in [
            ("45 jours fin de mois", true, true),
            ("45 jours FDM", true, true),
            ("45JFDM", true, true),
            ("45 j. FDM", true, true),
            ("45 jours f.d.m.", true, true),
            ("45 jours FM", true, false),
            ("45 EOM", true, true),
            ("45 days EOM", true, true),
            ("45 days e.o.m.", true, true),
            ("Net 45 days end of month", true, true),
            ("end-of-month + 45", true, true),
            ("Fin de mois + 45 jours", true, true),
            ("Paiement à 45 j. fin de mois", true, true),
            ("Règlement à 45 jours à compter de la fin de mois", true, true),
            ("60 jours nets", false, false),
            ("45 jours date de facture", false, false),
            ("Diffusé sur 100.5 FM", false, false),
            ("Prestation de fin de mois", true, false),
            ("Bilan arrêté en fin de mois", true, false),
            ("FDMA 45", false, false),
            ("Lot 12 EOMX", false, false),
        ] {
            assert_eq!((in_terms(text), in_note(text)), (terms, note), "{text}");
        }
    }
}
