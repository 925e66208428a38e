//! Signs in numbers and references that look like others, or are not seen: copied from a page or a mail, they make an order number
//! that the customer's tool does not find.

use crate::invoice::{Occurrence, Term, bt};
use crate::text::{Text, folded, hides, spelled};

use super::facts::Facts;
use super::say::{Said, called, value};

/// The terms that machines compare letter by letter.
const TERMS: [Term; 26] = [
    bt::BT_1,
    bt::BT_10,
    bt::BT_11,
    bt::BT_12,
    bt::BT_13,
    bt::BT_14,
    bt::BT_15,
    bt::BT_16,
    bt::BT_17,
    bt::BT_18,
    bt::BT_25,
    bt::BT_29,
    bt::BT_30,
    bt::BT_31,
    bt::BT_34,
    bt::BT_46,
    bt::BT_47,
    bt::BT_48,
    bt::BT_49,
    bt::BT_60,
    bt::BT_61,
    bt::BT_63,
    bt::BT_71,
    bt::BT_84,
    bt::BT_128,
    bt::BT_132,
];

pub fn findings(facts: &Facts<'_>, out: &mut Vec<Said>) {
    for term in TERMS {
        out.extend(facts.invoice.all(term).filter(|o| !o.is_echo()).filter_map(odd));
    }
}

fn odd(at: Occurrence<'_>) -> Option<Said> {
    let written = at.trimmed();
    // Most numbers are plain.
    if written.is_ascii() && !written.bytes().any(|b| b.is_ascii_control()) {
        return None;
    }
    let latin = written.chars().any(|c| c.is_ascii_alphabetic());
    let first = written.chars().find(|c| is_odd(*c, latin))?;
    let right: String = written.chars().flat_map(|c| if is_odd(c, latin) { plain(c) } else { vec![c] }).collect();
    let code = format!("U+{:04X}", u32::from(first));
    let (fr, en) = called(at.term());
    let message = Text::new(
        format!(
            "{fr} contient un signe qui ne se voit pas ou en imite un autre ({code}) : une machine qui compare ne reconnaît pas ce numéro."
        ),
        format!(
            "{en} holds a sign that is not seen or looks like another ({code}): a machine that compares does not know this number."
        ),
    );
    let fix = Text::new(
        "Saisir le numéro à la main, ou le recopier d'un texte simple.",
        "Type the number by hand, or copy it from plain text.",
    );
    let mut finding = value("FCT-MARKS", at, Some(&right), message, fix);
    finding.found = Some(spelled(&crate::rules::predicate::quote(written)));
    Some(Said::yielding(finding))
}

/// Not seen, or another sign than it looks like. Letters of other scripts are at home in a number of theirs: only among Latin ones
/// are they odd.
fn is_odd(c: char, latin: bool) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    if c.is_alphabetic() && !latin {
        return false;
    }
    hides(c) || c.is_whitespace() || matches!(plain(c)[..], [one] if one.is_ascii())
}

/// What it looks like; nothing for what is not seen.
fn plain(c: char) -> Vec<char> {
    let mut bytes = [0; 4];
    let capital = folded(c.encode_utf8(&mut bytes));
    match c.is_lowercase() {
        true => capital.chars().flat_map(char::to_lowercase).collect(),
        false => capital.chars().collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_like_another_is_odd_and_what_is_at_home_is_not() {
        for (c, latin) in
            [('\u{a0}', false), ('\u{2011}', true), ('\u{200b}', true), ('А', true), ('１', false), ('\u{7f}', true)]
        {
            assert!(is_odd(c, latin), "{c:?}");
        }
        for (c, latin) in [('é', true), ('А', false), ('Ω', false), ('-', true), ('ß', true), ('№', false), ('°', true)]
        {
            assert!(!is_odd(c, latin), "{c:?}");
        }
        assert_eq!((plain('\u{2011}'), plain('А'), plain('\u{200b}')), (vec!['-'], vec!['A'], vec![]));
    }
}
