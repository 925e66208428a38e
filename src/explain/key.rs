//! Ids as they are compared: `bt13`, ` BT-13.` and `BT 13` are one.

use crate::rules::client::fold;

/// Upper case without accents; of what is neither letter nor digit only the part between two digits stays, so that `BT-29-1`
/// and `BT-291` are two.
pub fn key(text: &str) -> String {
    // Nobody's id is longer; whatever is typed here is bounded.
    const LONGEST: usize = 200;
    let folded = fold(&text.chars().take(LONGEST).collect::<String>());
    let mut out = String::with_capacity(folded.len());
    let mut parted = false;
    for c in folded.chars().flat_map(char::to_uppercase) {
        if !c.is_alphanumeric() {
            parted = true;
            continue;
        }
        if parted && c.is_ascii_digit() && out.ends_with(|last: char| last.is_ascii_digit()) {
            out.push('-');
        }
        parted = false;
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_one_however_they_are_written() {
        for (written, wanted) in [
            (" BR-CO-10.", "BRCO10"),
            ("bt13", "BT13"),
            ("BT\u{2011}13", "BT13"),
            ("BT-29-1", "BT29-1"),
            ("bt 29 1", "BT29-1"),
            ("Refusée", "REFUSEE"),
            ("UNTDID 1001", "UNTDID1001"),
            ("«PMD»", "PMD"),
            ("...", ""),
        ] {
            assert_eq!(key(written), wanted, "{written}");
        }
        assert!(key(&"é".repeat(10_000)).len() <= 200);
    }
}
