//! VAT rates written with zeros that say nothing: the French list compares them letter by letter.

use crate::invoice::{Occurrence, bt};
use crate::rules::Finding;
use crate::text::Text;

use super::facts::Facts;
use super::say::{Said, called, value};

/// Of French sellers alone, and only where the French rules did not speak of it: elsewhere `21.000` is a rate like another.
pub fn findings(facts: &Facts<'_>, out: &mut Vec<Said>) {
    if facts.french_rules || !facts.seller_is_french() {
        return;
    }
    for term in [bt::BT_96, bt::BT_103, bt::BT_119, bt::BT_152] {
        out.extend(facts.invoice.all(term).filter_map(long));
    }
}

fn long(at: Occurrence<'_>) -> Option<Said> {
    at.number()?;
    let written = at.trimmed();
    let right = short(written).filter(|right| right != written)?;
    let (fr, en) = called(at.term());
    let message = Text::new(
        format!(
            "{fr} est écrit « {written} » : la liste des taux français est comparée lettre pour lettre, et n'en connaît que deux décimales."
        ),
        format!(
            "{en} is written \"{written}\": the list of French rates is compared letter by letter, and knows two decimals at most."
        ),
    );
    let fix = Text::new(format!("Écrire {right}."), format!("Write {right}."));
    let finding = value("FCT-RATE-FORM", at, Some(&right), message, fix);
    Some(Said::yielding(Finding { found: Some(written.to_owned()), ..finding }))
}

/// The same rate without a plus sign, leading zeros, and zeros past the second decimal; none where it has other digits there.
fn short(written: &str) -> Option<String> {
    let plain = written.strip_prefix('+').unwrap_or(written);
    let (whole, decimals) = plain.split_once('.').unwrap_or((plain, ""));
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let (kept, beyond) = decimals.split_at_checked(2).unwrap_or((decimals, ""));
    let only_zeros = beyond.bytes().all(|b| b == b'0');
    only_zeros.then(|| match kept {
        "" => whole.to_owned(),
        kept => format!("{whole}.{kept}"),
    })
}

#[cfg(test)]
mod tests {
    use super::short;

    #[test]
    fn a_rate_keeps_its_value() {
        for (written, right) in [
            ("20.000", "20.00"),
            ("20", "20"),
            ("5.500", "5.50"),
            ("+5.5", "5.5"),
            ("020.0", "20.0"),
            ("0.000", "0.00"),
        ] {
            assert_eq!(short(written).as_deref(), Some(right), "{written}");
        }
        assert_eq!(short("5.505"), None);
    }
}
