//! A discount for early payment that stands as a code, and a text that says there is none.

use crate::text::plain;

/// Does a text say that there is no discount? One with a percentage may say when there is one.
pub fn is_denied(text: &str) -> bool {
    const NONE: [&str; 7] = [
        "aucun escompte",
        "sans escompte",
        "pas d'escompte",
        "escompte non ",
        "no discount",
        "without discount",
        "kein skonto",
    ];
    let text = plain(text).to_lowercase();
    let none = text.contains("escompte") && text.contains("neant") || NONE.iter().any(|none| text.contains(none));
    none && !text.contains('%')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_denies_a_discount_or_says_when_there_is_one() {
        for text in ["Escompte pour paiement anticipé : néant", "Pas d’escompte", "No discount for early payment"] {
            assert!(is_denied(text), "{text}");
        }
        for text in ["Escompte de 2 % à 10 jours, sinon néant", "30 jours", "Discount of 2% for 10 days"] {
            assert!(!is_denied(text), "{text}");
        }
    }
}
