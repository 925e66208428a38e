//! `FIX-RATE`: the same number in a text that the list of French rates knows, or with two decimals.

use crate::decimal;
use crate::invoice::bt;
use crate::rules::codes::FR_VAT_RATE;

use super::codes::mend;
use super::look::{Found, Scene};

pub(super) fn rates(scene: &Scene<'_>) -> Vec<Found> {
    let terms = [bt::BT_96, bt::BT_103, bt::BT_119, bt::BT_152];
    let all = terms.into_iter().flat_map(|term| scene.invoice().all(term));
    all.filter_map(|o| {
        let right = right(o.text())?;
        Some(Found::written(o.term(), o.node(), mend(scene.tree(), o, &right)))
    })
    .collect()
}

/// The same number with two decimals, or as the list has it; none where the text is in order, is no number, or has more than
/// two decimals that count.
fn right(text: &str) -> Option<String> {
    let number = decimal::parse(text).ok()?;
    if FR_VAT_RATE.codes.contains(&text) || number.is_sign_negative() {
        return None;
    }
    let same = |code: &&&str| decimal::parse(code).is_ok_and(|listed| listed == number);
    // Of several texts of one number, the one with the most decimals: 20.00, 5.50.
    let listed = FR_VAT_RATE.codes.iter().filter(same).max_by_key(|code| code.len());
    if let Some(listed) = listed {
        return Some((*listed).to_owned());
    }
    let short = number.normalize();
    let written = decimal::plain(short);
    (short.scale() <= 2 && written != text && decimals(text) > 2).then_some(written)
}

fn decimals(text: &str) -> usize {
    text.trim().split_once('.').map_or(0, |(_, decimals)| decimals.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_stays_and_the_text_is_known() {
        for (text, expected) in [
            ("20.000", Some("20.00")),
            ("5.500", Some("5.50")),
            ("020", Some("20.00")),
            (" 20 ", Some("20.00")),
            ("0.000", Some("0.00")),
            ("2.1000", Some("2.10")),
            ("1.0500", Some("1.05")),
            ("21.000", Some("21.00")),
            ("20", None),
            ("5.5", None),
            ("20.00", None),
            ("21", None),
            ("19.975", None),
            ("20 %", None),
            ("20,0", None),
            ("-20.000", None),
            ("", None),
        ] {
            assert_eq!(right(text).as_deref(), expected, "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_written_is_the_same_number(text in "[+ ]?0{0,2}[0-9]{1,3}(\\.[0-9]{0,5})?0{0,3}") {
            if let Some(written) = right(&text) {
                proptest::prop_assert_eq!(decimal::parse(&written).ok(), decimal::parse(&text).ok());
                proptest::prop_assert_eq!(right(&written), None);
            }
        }
    }
}
