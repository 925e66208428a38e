//! Which schemes an identifier can be of, by its form and by what else is known of its party.
//!
//! A form alone proves little: one number in ten passes a check digit by chance, and a customer number has nine digits too. So a SIREN
//! is one where the party's VAT number, SIRET or legal register says so as well.

use crate::text::Text;

use super::scheme::{Evidence, Role};

/// What an identifier can be.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    One(&'static str),
    Several(Vec<&'static str>),
    None(Text),
}

pub(super) fn read(value: &str, role: Role, evidence: &Evidence) -> Reading {
    let french = evidence.country.as_deref() == Some("FR");
    let known = |siren: &str| evidence.sirens.iter().any(|own| own == siren);
    let contradicted = |siren: &str| !evidence.sirens.is_empty() && !known(siren);
    if role == Role::Address {
        return address(value, french, &known);
    }
    if is_siren(value) {
        return match role {
            _ if known(value) => Reading::One("0002"),
            Role::Legal if french && !contradicted(value) => Reading::One("0002"),
            // A DUNS number has nine digits as well, and the group of a single taxable entity is known by a SIREN.
            _ => Reading::Several(vec!["0002", "0060", "0231"]),
        };
    }
    if is_siret(value) {
        let siren = value.get(..9).unwrap_or_default();
        return match known(siren) || french && !contradicted(siren) {
            true => Reading::One("0009"),
            false => none(
                "14 chiffres qui ne sont le SIRET d'aucun établissement de cette partie, d'après son SIREN ou son pays",
                "14 digits that are the SIRET of no establishment of this party, by its SIREN or its country",
            ),
        };
    }
    if is_gln(value) {
        return Reading::One("0088");
    }
    if is_vat(value) {
        let own = evidence.vat.as_deref() == Some(value);
        let abroad =
            evidence.country.as_deref().filter(|c| *c != "FR" && value.starts_with(if *c == "GR" { "EL" } else { c }));
        if own && abroad.is_some() && UNION.contains(&value.get(..2).unwrap_or_default()) {
            return Reading::One("0223");
        }
        if value.starts_with("FR") {
            return none(
                "le schéma 0223 est celui des numéros de TVA d'entreprises de l'Union hors de France : une entreprise française se désigne par son SIREN (0002)",
                "scheme 0223 is for the VAT numbers of companies of the Union outside France: a French company is named by its SIREN (0002)",
            );
        }
    }
    unknown()
}

fn address(value: &str, french: bool, known: &dyn Fn(&str) -> bool) -> Reading {
    let is_mail = value.split_once('@').is_some_and(|(name, host)| {
        let plain = |text: &str| !text.is_empty() && !text.contains(['@', '/', ':', ' ']);
        plain(name) && plain(host) && host.contains('.') && !host.starts_with('.') && !host.ends_with('.')
    });
    if is_mail {
        return Reading::One("EM");
    }
    let (siren, rest) = value.split_once('_').map_or((value, None), |(siren, rest)| (siren, Some(rest)));
    let suffix =
        |rest: &str| !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
    if is_siren(siren) && rest.is_none_or(suffix) {
        // The directory writes it so; without the SIREN of the party it is nine digits like others.
        return match (known(siren), rest.is_some() && french) {
            (false, false) => Reading::Several(vec!["0225", "0002", "0060"]),
            _ => Reading::One("0225"),
        };
    }
    if is_siret(value) {
        return Reading::Several(vec!["0225", "0009"]);
    }
    if is_gln(value) {
        return Reading::One("0088");
    }
    unknown()
}

fn none(fr: &str, en: &str) -> Reading {
    Reading::None(Text::new(fr, en))
}

fn unknown() -> Reading {
    none(
        "sa forme n'est celle d'aucun schéma que facteur reconnaît",
        "its form is that of no scheme that facteur recognises",
    )
}

/// Nine digits whose check digit is right (ISO/IEC 7812-1, annex B).
pub(super) fn is_siren(text: &str) -> bool {
    digits(text, 9) && luhn(text) && text != "000000000"
}

/// Fourteen digits, a SIREN and the number of an establishment; those of La Poste add up to a multiple of five instead.
pub(super) fn is_siret(text: &str) -> bool {
    let of_la_poste =
        || text.starts_with("356000000") && text.bytes().map(|b| u32::from(b - b'0')).sum::<u32>() % 5 == 0;
    digits(text, 14) && text.get(..9).is_some_and(is_siren) && (luhn(text) || of_la_poste())
}

/// Thirteen digits whose check digit is right (GS1), and none that GS1 leaves to each company for itself (20 to 29).
fn is_gln(text: &str) -> bool {
    let sum = || {
        text.bytes().rev().enumerate().map(|(n, b)| u32::from(b - b'0') * if n % 2 == 0 { 1 } else { 3 }).sum::<u32>()
    };
    digits(text, 13) && !text.starts_with('2') && !text.starts_with("0000") && sum() % 10 == 0
}

/// Two letters of a country, then two to twelve letters and digits.
fn is_vat(text: &str) -> bool {
    let (country, rest) = text.split_at_checked(2).unwrap_or_default();
    let upper = |text: &str| text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
    (2..=12).contains(&rest.len()) && country.bytes().all(|b| b.is_ascii_uppercase()) && upper(rest)
}

/// Prefixes of VAT numbers in the Union (Directive 2006/112/EC, article 215), France left out.
const UNION: [&str; 27] = [
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "EL", "ES", "FI", "HR", "HU", "IE", "IT", "LT", "LU", "LV", "MT",
    "NL", "PL", "PT", "RO", "SE", "SI", "SK", "XI",
];

fn digits(text: &str, count: usize) -> bool {
    text.len() == count && text.bytes().all(|b| b.is_ascii_digit())
}

fn luhn(digits: &str) -> bool {
    let doubled = |digit: u32| if digit > 4 { digit * 2 - 9 } else { digit * 2 };
    let values = digits.bytes().rev().map(|b| u32::from(b.saturating_sub(b'0'))).enumerate();
    values.map(|(n, digit)| if n % 2 == 1 { doubled(digit) } else { digit }).sum::<u32>() % 10 == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str, role: Role, country: &str, sirens: &[&str], vat: &str) -> Reading {
        let evidence = Evidence {
            country: Some(country.to_owned()),
            sirens: sirens.iter().map(|s| (*s).to_owned()).collect(),
            vat: Some(vat.to_owned()),
        };
        read(value, role, &evidence)
    }

    #[test]
    fn what_can_be_read_one_way_is_read() {
        let own: &[&str] = &["123456782"];
        for (value, role, country, sirens, vat, scheme) in [
            ("123456782", Role::Legal, "FR", &[][..], "", "0002"),
            ("123456782", Role::Party, "DE", own, "", "0002"),
            ("12345678200010", Role::Party, "FR", &[], "", "0009"),
            ("12345678200010", Role::Party, "BE", own, "", "0009"),
            ("35600000000001", Role::Party, "FR", &[], "", "0009"),
            ("3012345678902", Role::Party, "FR", &[], "", "0088"),
            ("DE123456789", Role::Legal, "DE", &[], "DE123456789", "0223"),
            ("EL123456789", Role::Party, "GR", &[], "EL123456789", "0223"),
            ("123456782", Role::Address, "FR", own, "", "0225"),
            ("123456782_12345678200010", Role::Address, "FR", &[], "", "0225"),
            ("123456782_SERVICE-1", Role::Address, "FR", own, "", "0225"),
            ("achats@exemple.fr", Role::Address, "FR", &[], "", "EM"),
        ] {
            assert_eq!(of(value, role, country, sirens, vat), Reading::One(scheme), "{value} {role:?}");
        }
    }

    #[test]
    fn what_can_be_read_two_ways_or_none_is_left() {
        let several = |value, role, country, sirens: &[&str]| match of(value, role, country, sirens, "") {
            Reading::Several(schemes) => schemes.len(),
            Reading::None(_) => 0,
            Reading::One(scheme) => panic!("{value}: {scheme}"),
        };
        assert_eq!(several("123456782", Role::Party, "FR", &[]), 3, "a customer number");
        assert_eq!(several("123456782", Role::Legal, "FR", &["987654324"]), 3, "another company's");
        assert_eq!(several("123456782", Role::Legal, "DE", &[]), 3);
        assert_eq!(several("123456782", Role::Address, "FR", &[]), 3);
        assert_eq!(several("12345678200010", Role::Address, "FR", &["123456782"]), 2);
        for (value, role) in [
            ("123456789", Role::Legal),
            ("000000000", Role::Legal),
            ("98765432400019", Role::Party),
            ("12345678200011", Role::Party),
            ("2012345678901", Role::Party),
            ("FR11123456782", Role::Party),
            ("DE123456789", Role::Party),
            ("C-1042", Role::Party),
            (" 123456782", Role::Legal),
            ("123456782_é", Role::Address),
            ("a@b", Role::Address),
        ] {
            assert_eq!(several(value, role, "FR", &["123456782"]), 0, "{value}");
        }
    }
}
