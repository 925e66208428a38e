//! Bank identifiers: IBAN (ISO 13616), BIC (ISO 9362), SEPA creditor identifier (EPC262-08).

use std::sync::LazyLock;

use super::digits::mod97_moved;

/// What is wrong with an IBAN.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrong {
    /// So many characters are right in its country, and it has others.
    Length(usize),
    /// The two digits after the country do not fit the rest.
    Key,
}

/// Does a text claim to be an IBAN: two letters, two digits, then letters and digits? Blanks and case do not count.
pub fn claims(compact: &str) -> bool {
    let bytes = compact.as_bytes();
    bytes.len() >= 5
        && bytes[..2].iter().all(u8::is_ascii_uppercase)
        && bytes[2..4].iter().all(u8::is_ascii_digit)
        && bytes[4..].iter().all(u8::is_ascii_alphanumeric)
}

/// Judges a text that claims to be one. Of countries that are not in the table, only the key counts.
pub fn judge(compact: &str) -> Result<(), Wrong> {
    match compact.get(..2).and_then(length_in) {
        Some(right) if right != compact.len() => Err(Wrong::Length(right)),
        _ if compact.len() > LONGEST || !mod97_moved(compact) => Err(Wrong::Key),
        _ => Ok(()),
    }
}

/// A BIC: four letters or digits, the country's two letters, two letters or digits, and perhaps three more.
pub fn is_bic(compact: &str) -> bool {
    let bytes = compact.as_bytes();
    [8, 11].contains(&bytes.len())
        && bytes[4..6].iter().all(u8::is_ascii_uppercase)
        && bytes.iter().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit())
}

/// A SEPA creditor identifier: country, key, three characters of the creditor's own that do not count, then the national number.
pub fn is_creditor(compact: &str) -> bool {
    let own = (8..=35).contains(&compact.len()) && claims(compact);
    own && match (compact.get(..4), compact.get(7..)) {
        (Some(start), Some(national)) => mod97_moved(&format!("{start}{national}")),
        _ => false,
    }
}

/// How many characters an IBAN of a country has.
fn length_in(country: &str) -> Option<usize> {
    // Read once, and in order, as a test holds.
    static ROWS: LazyLock<Vec<(&str, usize)>> = LazyLock::new(|| {
        let rows = LENGTHS.lines().filter_map(|line| line.split_once(' '));
        rows.filter_map(|(country, length)| Some((country, length.parse().ok()?))).collect()
    });
    let at = ROWS.binary_search_by_key(&country, |(known, _)| *known).ok()?;
    ROWS.get(at).map(|(_, length)| *length)
}

const LENGTHS: &str = include_str!("../../../schemas/identifiers/iban.txt");
const LONGEST: usize = 34;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ibans_bics_and_creditors() {
        for iban in [
            "FR7630006000011234567890189",
            "DE89370400440532013000",
            "NO9386011117947",
            "MT84MALT011000012345MTLCAST001S",
        ] {
            assert!(claims(iban) && judge(iban).is_ok(), "{iban}");
        }
        assert_eq!(judge("FR7630006000011234567890188"), Err(Wrong::Key));
        assert_eq!(judge("FR763000600001123456789018"), Err(Wrong::Length(27)));
        for other in ["1234567890", "FR", "ACCOUNT-1", "FR7é", "12FR45"] {
            assert!(!claims(other), "{other}");
        }
        assert!(is_bic("AGRIFRPP") && is_bic("AGRIFRPP882") && !is_bic("AGRIFRP") && !is_bic("AGRI1RPP"));
        assert!(is_creditor("DE98ZZZ09999999999") && is_creditor("FR72ZZZ123456") && !is_creditor("FR73ZZZ123456"));
        assert!(!is_creditor("FR72ZZé") && !is_creditor(""));
    }

    #[test]
    fn the_table_reads() {
        let rows: Vec<&str> = LENGTHS.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(rows.len() > 80 && rows.is_sorted());
        for row in rows {
            let (country, length) = row.split_once(' ').unwrap();
            assert!(country.len() == 2 && (15..=34).contains(&length.parse::<usize>().unwrap()), "{row}");
        }
    }
}
