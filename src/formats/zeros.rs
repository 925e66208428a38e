//! Zeros at the end of numbers that came as EDIFACT or X12: those behind the second decimal say nothing there, and in XML rules count every character.

use crate::invoice::{Draft, Kind};

/// Leaves them out, wherever a number of the draft has them: `95.000` is 95.00, and `95.125` stays.
pub(super) fn left_out(draft: &mut Draft) {
    for said in &mut draft.said {
        if matches!(said.term.kind(), Kind::Amount | Kind::UnitPrice | Kind::Quantity | Kind::Percentage) {
            let spare = spare(&said.text);
            said.text.truncate(said.text.len() - spare);
        }
    }
    draft.groups.iter_mut().for_each(left_out);
}

/// How many zeros at the end of a number say nothing; none where the text is no number.
fn spare(text: &str) -> usize {
    let Some((whole, fraction)) = text.split_once('.') else { return 0 };
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    if !digits(whole.strip_prefix('-').unwrap_or(whole)) || !digits(fraction) {
        return 0;
    }
    let beyond = fraction.as_bytes().get(2..).unwrap_or_default();
    beyond.iter().rev().take_while(|byte| **byte == b'0').count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoice::{Said, bt};

    #[test]
    fn zeros_behind_the_cents_say_nothing() {
        for (text, said) in [
            ("95.000", "95.00"),
            ("-95.10000", "-95.10"),
            ("95.1250", "95.125"),
            ("95.125", "95.125"),
            ("95.00", "95.00"),
            ("95.0", "95.0"),
            ("95000", "95000"),
            ("95.", "95."),
            ("1.000.000", "1.000.000"),
            ("x.000", "x.000"),
        ] {
            let mut draft = Draft { said: vec![Said::new(bt::BT_131, text, None)], ..Draft::default() };
            left_out(&mut draft);
            assert_eq!(draft.said[0].text, said);
        }
        // What is no number keeps its zeros.
        let mut draft = Draft { said: vec![Said::new(bt::BT_1, "F-1.000", None)], ..Draft::default() };
        left_out(&mut draft);
        assert_eq!(draft.said[0].text, "F-1.000");
    }
}
