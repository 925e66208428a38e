//! Codes and the texts beside them, as people read them.

/// Joins what was said, each thing once: platforms repeat the code at the head of the text (`LIVR_INCOMP : …`), and a part
/// that stands as words in another says nothing more.
pub fn said_once(parts: &[&str], between: &str) -> String {
    let parts: Vec<&str> = parts.iter().map(|part| part.trim()).filter(|part| !part.is_empty()).collect();
    let told = |n: usize, part: &str| {
        let elsewhere =
            |(m, other): (usize, &&str)| m != n && stands_in(part, other) && (other.len() > part.len() || m < n);
        parts.iter().enumerate().any(elsewhere)
    };
    let kept = parts.iter().enumerate().filter(|(n, part)| !told(*n, part)).map(|(_, part)| *part);
    kept.collect::<Vec<_>>().join(between)
}

/// Not within a longer word or code.
fn stands_in(part: &str, whole: &str) -> bool {
    let inner = |c: char| c.is_alphanumeric() || c == '_';
    whole
        .match_indices(part)
        .any(|(at, found)| !whole[..at].ends_with(inner) && !whole[at + found.len()..].starts_with(inner))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_at_the_head_of_its_text_is_said_once() {
        for (parts, expected) in [
            (&["LIVR_INCOMP", "LIVR_INCOMP : un carton"][..], "LIVR_INCOMP : un carton"),
            (&["EJ_ERR", "Motif : EJ_ERR - engagement"], "Motif : EJ_ERR - engagement"),
            (&["REJETEE", "SE_ERR", "service inconnu"], "REJETEE SE_ERR service inconnu"),
            (&["SE_ERR", "SE_ERR"], "SE_ERR"),
            (&["SE_ERR", "SE_ERREUR"], "SE_ERR SE_ERREUR"),
            (&["20001", "", " trop gros "], "20001 trop gros"),
            (&[], ""),
        ] {
            assert_eq!(said_once(parts, " "), expected);
        }
    }
}
