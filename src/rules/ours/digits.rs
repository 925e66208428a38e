//! Check digits, each by its standard: pure arithmetic over the characters of an identifier.
//!
//! None of them takes a number of nothing but zeros for right: several formulas would, and nobody bears it.

/// Luhn's check (ISO/IEC 7812-1 annex B), which SIREN, SIRET and several foreign numbers carry.
pub fn luhn(digits: &str) -> bool {
    weighted(digits, |at, digit| match (at % 2, digit) {
        (1, 5..) => digit * 2 - 9,
        (1, _) => digit * 2,
        _ => digit,
    })
    .is_some_and(|sum| sum.is_multiple_of(10))
}

/// SIRET: Luhn's check; those of La Poste's establishments (SIREN 356000000) may add up to a multiple of 5 instead.
pub fn siret(digits: &str) -> bool {
    let la_poste = digits.starts_with(LA_POSTE) && sum(digits).is_some_and(|sum| sum.is_multiple_of(5));
    la_poste || luhn(digits)
}

/// The SIREN whose SIRETs follow a rule of their own.
pub const LA_POSTE: &str = "356000000";

/// GS1's check: GLN and GTIN.
pub fn gs1(digits: &str) -> bool {
    weighted(digits, |at, digit| if at % 2 == 1 { digit * 3 } else { digit }).is_some_and(|sum| sum.is_multiple_of(10))
}

/// ISO 7064 MOD 97-10 over letters and digits as they stand, letters as 10 to 35: LEI, and IBAN once its start is moved to its end.
pub fn mod97(text: impl IntoIterator<Item = char>) -> bool {
    let mut rest = 0u32;
    let mut nothing = true;
    for c in text {
        let Some(value) = c.to_digit(36) else { return false };
        nothing &= value == 0;
        rest = (rest * if value > 9 { 100 } else { 10 } + value) % 97;
    }
    rest == 1 && !nothing
}

/// The same of an IBAN or a SEPA creditor identifier: country and key go to the end.
pub fn mod97_moved(text: &str) -> bool {
    text.is_char_boundary(4) && text.len() > 4 && {
        let (start, rest) = text.split_at(4);
        mod97(rest.chars().chain(start.chars()))
    }
}

/// ISO 7064 MOD 11,10: German VAT numbers, Croatian OIB.
pub fn mod11_10(digits: &str) -> bool {
    let Some((body, last)) = split_last(digits) else { return false };
    let mut product = 10;
    for digit in body {
        let sum = (digit + product) % 10;
        product = (if sum == 0 { 10 } else { sum }) * 2 % 11;
    }
    (11 - product) % 10 == last && some(digits)
}

/// The sum of the digits but the last, each by its weight, modulo 11: what the rules of several countries start from.
pub fn mod11(digits: &str, weights: &[u32]) -> Option<(u32, u32)> {
    let (body, last) = split_last(digits).filter(|(body, _)| body.len() == weights.len() && some(digits))?;
    Some((body.iter().zip(weights).map(|(digit, weight)| digit * weight).sum::<u32>() % 11, last))
}

/// The number that so many digits make; none where one is no digit, or for more than 18.
pub fn number(digits: &str) -> Option<u64> {
    let plain = digits.len() <= 18 && are_digits(digits);
    plain.then(|| digits.bytes().fold(0, |n, b| n * 10 + u64::from(b - b'0')))
}

/// Nothing but digits, and at least one.
pub fn are_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

/// Any digit other than 0?
fn some(digits: &str) -> bool {
    digits.bytes().any(|b| b != b'0')
}

fn sum(digits: &str) -> Option<u32> {
    weighted(digits, |_, digit| digit)
}

/// The digits from the last (0) to the first, each through its weight, added up; none where one is no digit, or all are 0.
fn weighted(digits: &str, weight: impl Fn(usize, u32) -> u32) -> Option<u32> {
    let plain = are_digits(digits) && some(digits);
    plain.then(|| digits.bytes().rev().enumerate().map(|(at, b)| weight(at, u32::from(b - b'0'))).sum())
}

fn split_last(digits: &str) -> Option<(Vec<u32>, u32)> {
    let mut all: Vec<u32> = digits.chars().map(|c| c.to_digit(10)).collect::<Option<_>>()?;
    let last = all.pop()?;
    Some((all, last))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_numbers_pass_and_their_neighbours_do_not() {
        for siren in ["123456782", "732829320", "356000000", "552100554"] {
            assert!(luhn(siren), "{siren}");
        }
        assert!(siret("73282932000074") && !siret("73282932000075"));
        // La Poste: one of each kind, and one of neither.
        assert!(siret("35600000000048") && siret("35600000049837") && !siret("35600000049838"));
        assert!(gs1("4012345000009") && gs1("96385074") && !gs1("4012345000008"));
        assert!(mod97_moved("FR7630006000011234567890189") && !mod97_moved("FR7630006000011234567890188"));
        assert!(mod97("5493001KJTIIGC8Y1R12".chars()) && !mod97("5493001KJTIIGC8Y1R13".chars()));
        assert!(mod11_10("136695976") && !mod11_10("136695978"));
        for nothing in ["", "000000000", "12345678a", "é"] {
            assert!(!luhn(nothing) && !gs1(nothing) && !mod11_10(nothing) && !mod97_moved(nothing), "{nothing}");
        }
        assert_eq!((number("012"), number(""), number("1a")), (Some(12), None, None));
    }

    proptest! {
        /// One digit that is other than it was is always seen.
        #[test]
        fn no_check_lets_a_single_wrong_digit_pass(body in "[1-9][0-9]{7}", at in 0usize..9, add in 1u8..10) {
            let whole = (0..10).map(|last| format!("{body}{last}")).find(|all| luhn(all)).unwrap();
            let gtin = (0..10).map(|last| format!("{body}{last}")).find(|all| gs1(all)).unwrap();
            for (right, check) in [(whole, luhn as fn(&str) -> bool), (gtin, gs1)] {
                let mut bytes = right.clone().into_bytes();
                bytes[at] = b'0' + (bytes[at] - b'0' + add) % 10;
                let wrong = String::from_utf8(bytes).unwrap();
                prop_assert!(check(&right) && !check(&wrong), "{} {}", right, wrong);
            }
        }

        #[test]
        fn nothing_panics(text in any::<String>()) {
            let _ = (luhn(&text), siret(&text), gs1(&text), mod97_moved(&text), mod11_10(&text), mod11(&text, &[1, 2]));
        }
    }
}
