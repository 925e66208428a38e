//! "Did you mean": the word that was probably wanted.

use crate::invoice::Term;
use crate::near::distance;
use crate::rules::registry;
use crate::text::Lang;

use super::fold::fold;

/// The nearest of the words known, where one is near enough to be a slip of the keyboard.
pub fn nearest<'k>(word: &str, known: impl IntoIterator<Item = &'k str>) -> Option<&'k str> {
    let word = fold(word).replace('_', "-");
    // A slip for every three letters, one at least.
    let near = (word.chars().count() / 3).clamp(1, 3);
    let distances = known.into_iter().map(|k| (distance(&word, &fold(k).replace('_', "-")), k));
    distances.filter(|(d, _)| *d <= near).min_by_key(|(d, _)| *d).map(|(_, k)| k)
}

/// The rule or group that was probably wanted.
pub fn rule(word: &str) -> Option<&'static str> {
    let word = word.trim();
    let known = || registry::names();
    known().find(|id| id.eq_ignore_ascii_case(word)).or_else(|| nearest(word, known()))
}

/// The key that was probably wanted, also where its name was written in French.
pub fn key<'k>(word: &str, known: &[&'k str]) -> Option<&'k str> {
    const FRENCH: [(&str, &str); 28] = [
        ("etend", "extends"),
        ("nom", "name"),
        ("correspond", "match"),
        ("plateforme", "route"),
        ("exige", "require"),
        ("autorise", "allow"),
        ("permet", "allow"),
        ("interdit", "forbid"),
        ("limites", "limits"),
        ("motif", "pattern"),
        ("texte", "text"),
        ("valeurs", "values"),
        ("quand", "when"),
        ("si", "when"),
        ("gravite", "severity"),
        ("tva", "vat"),
        ("derogation", "waive"),
        ("derogations", "waive"),
        ("waiver", "waive"),
        ("waivers", "waive"),
        ("regle", "rule"),
        ("auteur", "author"),
        ("raison", "reason"),
        ("expiry", "until"),
        ("expires", "until"),
        ("jusqu'au", "until"),
        ("fournisseur", "supplier"),
        ("niveau", "level"),
    ];
    let folded = fold(word);
    let translated = FRENCH.iter().find(|(french, _)| *french == folded).map(|(_, key)| *key);
    known.iter().copied().find(|k| Some(*k) == translated).or_else(|| nearest(word, known.iter().copied()))
}

/// The term that was probably wanted: `bt13` is `BT-13`, "Purchase order reference" too.
pub fn term(word: &str) -> Option<Term> {
    let squeezed: String = word.chars().filter(|c| c.is_ascii_alphanumeric()).collect::<String>().to_ascii_uppercase();
    if let Some(term) = Term::all().find(|t| t.id().replace('-', "") == squeezed) {
        return Some(term);
    }
    let name = fold(word);
    if name.len() < 4 {
        return None;
    }
    let names = |t: &Term| [fold(t.name(Lang::Fr)), fold(t.name(Lang::En))];
    Term::all()
        .find(|t| names(t).contains(&name))
        .or_else(|| Term::all().find(|t| names(t).iter().any(|n| n.contains(&name))))
        // All its long words, in whatever order: "numéro de commande".
        .or_else(|| {
            let words: Vec<&str> = name.split(|c: char| !c.is_alphanumeric()).filter(|w| w.len() > 3).collect();
            let bears = |name: &String| words.iter().all(|w| name.contains(w));
            Term::all().filter(|_| words.len() > 1).find(|t| names(t).iter().any(bears))
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_the_word_that_was_wanted() {
        let known = ["term", "pattern", "attachment_bytes", "attachments"];
        for (word, wanted) in [
            ("pattren", Some("pattern")),
            ("Term", Some("term")),
            ("attachment-bytes", Some("attachment_bytes")),
            ("attachment", Some("attachments")),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, known), wanted, "{word}");
        }
    }

    #[test]
    fn finds_keys_written_in_french() {
        let known = ["name", "severity", "when"];
        for (word, wanted) in
            [("nom", Some("name")), ("Gravité", Some("severity")), ("si", Some("when")), ("motif", None)]
        {
            assert_eq!(key(word, &known), wanted, "{word}");
        }
    }

    #[test]
    fn finds_the_term_that_was_wanted() {
        for (word, wanted) in [
            ("bt13", Some("BT-13")),
            ("BT 29 1", Some("BT-29-1")),
            ("BT\u{2011}13", Some("BT-13")),
            ("Purchase order reference", Some("BT-13")),
            ("numéro d'engagement", Some("BT-13")),
            ("Numéro de commande", Some("BT-13")),
            ("BT-999", None),
            ("xyz", None),
            ("", None),
        ] {
            assert_eq!(term(word).map(Term::id), wanted, "{word}");
        }
    }
}
