//! Whose identifier it is: agencies of INVOIC (3055) and lists (1131) as schemes of ISO/IEC 6523, as EN 16931 writes them.

use crate::edifact::Address;
use crate::invoice::{Term, bt};

/// The part that holds the scheme, of the identifiers of NAD that have one.
pub fn scheme_of(term: Term) -> Option<Term> {
    const SCHEMES: [(Term, Term); 4] =
        [(bt::BT_29, bt::BT_29_1), (bt::BT_46, bt::BT_46_1), (bt::BT_60, bt::BT_60_1), (bt::BT_71, bt::BT_71_1)];
    SCHEMES.iter().find(|(whole, _)| *whole == term).map(|(_, part)| *part)
}

/// The scheme of an identifier by who assigned it. What sender, seller or buyer assign (86, 91, 92) has none; 5 is ISO here, not SIRET as in UNB.
pub fn scheme(id: &str, list: &str, agency: &str) -> Option<String> {
    let digits = |n: usize| id.len() == n && id.bytes().all(|b| b.is_ascii_digit());
    match agency.trim() {
        "9" => Some("0088".to_owned()),
        "16" => Some("0060".to_owned()),
        "107" if digits(14) => Some("0009".to_owned()),
        "107" if digits(9) => Some("0002".to_owned()),
        // The binding of EN 16931 writes the scheme itself in the place of the list.
        _ => Some(list.trim()).filter(|l| l.len() == 4 && l.bytes().all(|b| b.is_ascii_digit())).map(str::to_owned),
    }
}

/// The electronic address that UNB states, with its scheme: the list of 0007 is not that of 3055.
pub fn electronic(address: &Address) -> Option<(String, String)> {
    let id = address.id.trim();
    if address.qualifier.trim() == "30" {
        // ISO 6523: the scheme stands before the identifier.
        let (scheme, id) = id.split_at_checked(4)?;
        let known = scheme.starts_with('0') && scheme.bytes().all(|b| b.is_ascii_digit());
        return (known && !id.is_empty()).then(|| (id.to_owned(), scheme.to_owned()));
    }
    let scheme = match address.qualifier.trim() {
        "14" => "0088",
        "5" => "0009",
        "22" => "0002",
        "1" | "9" => "0060",
        _ => return None,
    };
    (!id.is_empty()).then(|| (id.to_owned(), scheme.to_owned()))
}

/// Is it a SIREN, as far as its digits tell?
pub fn is_siren(text: &str) -> bool {
    let digits: Vec<u32> = text.chars().filter_map(|c| c.to_digit(10)).collect();
    if text.chars().count() != 9 || digits.len() != 9 {
        return false;
    }
    let doubled = |n: usize, d: u32| if n % 2 == 1 { d * 2 / 10 + d * 2 % 10 } else { d };
    digits.iter().rev().enumerate().map(|(n, d)| doubled(n, *d)).sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agencies_are_schemes() {
        assert_eq!(scheme("3012345678902", "", "9").as_deref(), Some("0088"));
        assert_eq!(scheme("12345678200010", "", "107").as_deref(), Some("0009"));
        assert_eq!(scheme("123456782", "", "107").as_deref(), Some("0002"));
        assert_eq!(scheme("5790000436101", "0088", "").as_deref(), Some("0088"));
        assert_eq!(scheme("C-17", "", "91"), None);
        assert_eq!(scheme("12345678200010", "", "5"), None);
    }

    #[test]
    fn in_unb_5_is_siret() {
        let address = Address { id: "12345678200010".into(), qualifier: "5".into(), ..Address::default() };
        assert_eq!(electronic(&address), Some(("12345678200010".to_owned(), "0009".to_owned())));
        let iso = Address { id: "0225123456782_A".into(), qualifier: "30".into(), ..Address::default() };
        assert_eq!(electronic(&iso), Some(("123456782_A".to_owned(), "0225".to_owned())));
        assert_eq!(electronic(&Address { id: "é02".into(), ..iso }), None);
        assert_eq!(electronic(&Address { qualifier: "ZZ".into(), ..address }), None);
        assert!(is_siren("123456782") && !is_siren("123456789") && !is_siren("12345678"));
    }
}
