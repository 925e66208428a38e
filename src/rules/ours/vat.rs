//! VAT identification numbers: their forms (`schemas/identifiers/vat.txt`), their keys where those are well defined, and the SIREN
//! in a French one.

use std::sync::LazyLock;

use super::digits::{are_digits, luhn, mod11, mod11_10, number};

/// What is to be said of a VAT number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Vat {
    /// Of the form and with the key of its country, or of a country whose numbers are not known here.
    Right,
    /// Not of a form that its country gives; those that there are.
    Form(Vec<&'static str>),
    /// Its key is not the one that its digits make; the right number where it can be told.
    Key(Option<String>),
    /// French, its key right for digits that are no SIREN.
    NoSiren,
}

/// Judges a number without blanks, in upper case.
pub fn judge(vat: &str) -> Vat {
    let Some((country, rest)) = vat.split_at_checked(2) else { return Vat::Right };
    let forms = forms_of(country);
    if forms.is_empty() {
        return Vat::Right;
    }
    let Some(form) = forms.iter().find(|form| form.fits(rest)) else {
        return Vat::Form(forms.iter().map(|form| form.shape).collect());
    };
    match form.key {
        None => Vat::Right,
        Some("fr") => french(rest),
        Some(key) if holds(key, rest) => Vat::Right,
        Some(_) => Vat::Key(None),
    }
}

/// Does the table know the numbers of a country?
pub fn is_known(country: &str) -> bool {
    !forms_of(country).is_empty()
}

/// The French VAT number of a SIREN, with a key of two digits.
pub fn of_siren(siren: &str) -> Option<String> {
    let n = number(siren).filter(|_| siren.len() == 9)?;
    Some(format!("FR{:02}{siren}", (12 + 3 * (n % 97)) % 97))
}

fn french(rest: &str) -> Vat {
    let Some((key, siren)) = rest.split_at_checked(2) else { return Vat::Right };
    // Numbers of Monaco start with three zeros where a SIREN stands, and are none.
    let monaco = siren.starts_with("000");
    let right = of_siren(siren);
    let holds = match are_digits(key) {
        true => right.as_deref().and_then(|right| right.get(2..4)) == Some(key),
        false => lettered(key, siren),
    };
    match (holds, monaco || luhn(siren)) {
        (true, true) => Vat::Right,
        (true, false) => Vat::NoSiren,
        // Of a key with a letter nobody can tell whether it was meant.
        (false, known) => Vat::Key(right.filter(|_| known && are_digits(key))),
    }
}

/// A key with a letter. The letters are those of the alphabet without I and O.
fn lettered(key: &str, siren: &str) -> bool {
    let place = |c: char| LETTERS.chars().position(|letter| letter == c).map(|at| at as u64);
    let mut signs = key.chars();
    let (Some(first), Some(second), Some(n)) =
        (signs.next().and_then(place), signs.next().and_then(place), number(siren))
    else {
        return false;
    };
    let sum = if first < 10 { first * 24 + second } else { first * 34 + second };
    let Some(sum) = sum.checked_sub(if first < 10 { 10 } else { 100 }) else { return false };
    (n + 1 + sum / 11) % 11 == sum % 11
}

const LETTERS: &str = "0123456789ABCDEFGHJKLMNPQRSTUVWXYZ";

/// The key of another country, by the name that the table gives it.
fn holds(key: &str, rest: &str) -> bool {
    let last_two = |modulo: u64, complement: bool| {
        let Some((body, key)) = rest.len().checked_sub(2).and_then(|at| rest.split_at_checked(at)) else {
            return false;
        };
        let key_is = |n: u64| number(key) == Some(if complement { modulo - n % modulo } else { n % modulo });
        number(body).is_some_and(|n| n > 0 && key_is(n))
    };
    match key {
        "luhn" => luhn(rest),
        "iso11" => mod11_10(rest),
        // Belgium: 97 less the first eight digits modulo 97. Luxembourg: the first six modulo 89.
        "be" => last_two(97, true),
        "lu" => last_two(89, false),
        // Sweden: the number of the organisation, then which of its registrations.
        "se" => rest.get(..10).is_some_and(luhn),
        "at" => rest.get(1..).is_some_and(austrian),
        "pt" => mod11(rest, &[9, 8, 7, 6, 5, 4, 3, 2]).is_some_and(|(sum, last)| last == (11 - sum) % 11 % 10),
        "pl" => mod11(rest, &[6, 5, 7, 2, 3, 4, 5, 6, 7]).is_some_and(|(sum, last)| last == sum),
        "fi" => mod11(rest, &[7, 9, 10, 5, 8, 4, 2]).is_some_and(|(sum, last)| last == (11 - sum) % 11),
        _ => true,
    }
}

/// Austria: as Luhn, and 4 more.
fn austrian(digits: &str) -> bool {
    let doubled = |at: usize, d: u32| if at.is_multiple_of(2) { d } else { d * 2 / 10 + d * 2 % 10 };
    let all: Option<Vec<u32>> = digits.chars().map(|c| c.to_digit(10)).collect();
    let Some((last, body)) = all.as_deref().and_then(<[u32]>::split_last) else { return false };
    let sum: u32 = body.iter().enumerate().map(|(at, d)| doubled(at, *d)).sum();
    (96 - sum.min(96)) % 10 == *last && body.iter().any(|d| *d > 0)
}

struct Form {
    country: &'static str,
    shape: &'static str,
    key: Option<&'static str>,
}

/// The forms of a country, in the order of the table.
fn forms_of(country: &str) -> &'static [Form] {
    let start = FORMS.partition_point(|form| form.country < country);
    let rest = FORMS.get(start..).unwrap_or_default();
    rest.get(..rest.partition_point(|form| form.country == country)).unwrap_or_default()
}

/// Read once, for every VAT number of every invoice asks; in the order of countries.
static FORMS: LazyLock<Vec<Form>> =
    LazyLock::new(|| include_str!("../../../schemas/identifiers/vat.txt").lines().filter_map(form).collect());

fn form(line: &'static str) -> Option<Form> {
    let mut words = line.split(' ').filter(|_| !line.starts_with('#'));
    Some(Form { country: words.next()?, shape: words.next()?, key: words.next() })
}

impl Form {
    fn fits(&self, rest: &str) -> bool {
        self.shape.len() == rest.len()
            && self.shape.chars().zip(rest.chars()).all(|(sign, c)| match sign {
                '9' => c.is_ascii_digit(),
                'A' => c.is_ascii_uppercase(),
                'X' => c.is_ascii_digit() || c.is_ascii_uppercase(),
                '+' => c.is_ascii_digit() || c.is_ascii_uppercase() || matches!(c, '+' | '*'),
                _ => sign == c,
            })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn known_numbers_are_right() {
        for vat in [
            "FR40303265045",
            "FR23334175221",
            "FRK7399859412",
            "FR4Z123456782",
            "FR53000004605",
            "BE0411905847",
            "DE136695976",
            "IT00743110157",
            "LU15027442",
            "PT501964843",
            "PL8567346215",
            "FI20774740",
            "HR33392005961",
            "SE556188840401",
            "ATU13585627",
            "NL123456789B01",
            "ES54362315K",
            "CHE123456788MWST",
            "X",
            "",
            "É1",
        ] {
            assert_eq!(judge(vat), Vat::Right, "{vat}");
        }
    }

    #[test]
    fn wrong_ones_are_told_apart() {
        let right = of_siren("303265045");
        assert_eq!(right.as_deref(), Some("FR40303265045"));
        assert_eq!(judge("FR41303265045"), Vat::Key(right));
        assert_eq!(judge(&of_siren("303265046").unwrap()), Vat::NoSiren);
        assert_eq!(judge("FR41303265046"), Vat::Key(None));
        assert_eq!(judge("FR303265045"), Vat::Form(vec!["XX999999999"]));
        assert_eq!(judge("DE12345678"), Vat::Form(vec!["999999999"]));
        for vat in ["BE0411905848", "DE136695977", "IT00743110158", "LU15027443", "PT501964844", "PL8567346216"]
            .into_iter()
            .chain(["FI20774741", "HR33392005962", "SE556188840301", "ATU13585628", "FRK8399859412", "FRA0000000000"])
        {
            assert_eq!(judge(vat), Vat::Key(None), "{vat}");
        }
    }

    #[test]
    fn the_table_reads() {
        assert!(FORMS.len() > 35 && FORMS.is_sorted_by_key(|form| form.country));
        for form in FORMS.iter() {
            assert!(form.country.len() == 2 && form.shape.is_ascii(), "{}", form.country);
            let known = |key: &str| ["fr", "luhn", "iso11", "be", "lu", "se", "at", "pt", "pl", "fi"].contains(&key);
            assert!(form.key.is_none_or(known), "{}", form.country);
        }
    }

    proptest! {
        /// Every SIREN has a number with the key of two digits, and only one key of two digits is right.
        #[test]
        fn one_key_of_two_digits_belongs_to_a_siren(body in "[1-9][0-9]{7}") {
            let siren = (0..10).map(|last| format!("{body}{last}")).find(|all| luhn(all)).unwrap();
            let right: Vec<String> =
                (0..100).map(|key| format!("FR{key:02}{siren}")).filter(|vat| judge(vat) == Vat::Right).collect();
            prop_assert_eq!(right, [of_siren(&siren).unwrap()]);
        }

        #[test]
        fn nothing_panics(text in any::<String>(), country in "[A-Z]{2}", rest in "[A-Z0-9+*]{0,14}") {
            let _ = (judge(&text), judge(&format!("{country}{rest}")), of_siren(&text));
        }
    }
}
