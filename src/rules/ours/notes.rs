//! Mentions that stand and say nothing: `#AAB#` alone satisfies the official rules, and no reader.

use crate::invoice::{Group, Occurrence, bt};
use crate::text::Text;

use super::facts::{Facts, subject};
use super::say::{Said, value};

pub fn findings(facts: &Facts<'_>, out: &mut Vec<Said>) {
    let ubl = facts.invoice.syntax().is_ubl();
    for note in facts.invoice.groups(bt::BG_1) {
        out.extend(empty(note, ubl));
    }
}

/// The subjects of a note under which nothing is said. In UBL several may stand in one note, each as `#CODE#`.
fn empty(note: Group<'_>, ubl: bool) -> Option<Said> {
    let code = subject(note).filter(|code| !code.is_empty())?;
    let text = note.first(bt::BT_22);
    let written = text.map_or("", Occurrence::text);
    let mute = match ubl {
        true => marks(code, written).into_iter().find(|(_, said)| says_nothing(said)).map(|(code, _)| code),
        false => says_nothing(written).then_some(code),
    }?;
    let at = text.or_else(|| note.first(bt::BT_21))?;
    let (name_fr, name_en) = NAMES.iter().find(|(known, ..)| *known == mute).map_or(("", ""), |(_, fr, en)| (fr, en));
    let message = Text::new(
        format!("La note {mute}{name_fr} est là et ne dit rien : la règle officielle l'accepte, le destinataire non."),
        format!(
            "The note {mute}{name_en} is there and says nothing: the official rule accepts it, the receiver does not."
        ),
    );
    let fix = Text::new(
        format!("Écrire la mention sous {mute}, en toutes lettres."),
        format!("Write the mention under {mute}, in full."),
    );
    let words = WORDS.iter().find(|(known, _)| *known == mute).map(|(_, words)| *words);
    let mut finding = value("FCT-MENTION-EMPTY", at, None, message, fix);
    finding.terms = vec![bt::BT_21.id().to_owned(), bt::BT_22.id().to_owned()];
    finding.found = Some(if ubl { format!("#{mute}#") } else { mute.to_owned() });
    finding.expected = words.map(str::to_owned);
    let right = words.unwrap_or("…");
    let right = if ubl { format!("#{mute}#{right}") } else { right.to_owned() };
    let node = text.filter(|text| ubl || text.term() == bt::BT_22).map(Occurrence::node);
    finding.example = node.map(|node| crate::formats::put_right(note.invoice().tree(), node, Some(&right), None, None));
    Some(Said::yielding(finding))
}

/// Each subject code of a UBL note with what stands under it.
fn marks<'t>(first: &'t str, text: &'t str) -> Vec<(&'t str, &'t str)> {
    let mut found = vec![(first, text)];
    let mut from = 0;
    while let Some((at, code)) = next_mark(text, from) {
        if let Some(last) = found.last_mut() {
            let start = text.len() - last.1.len();
            last.1 = text.get(start..at).unwrap_or_default();
        }
        from = at + code.len() + 2;
        found.push((code, text.get(from..).unwrap_or_default()));
    }
    found
}

/// The next `#CODE#` of three capitals.
fn next_mark(text: &str, from: usize) -> Option<(usize, &str)> {
    text.get(from..)?.match_indices('#').find_map(|(at, _)| {
        let start = from + at;
        let code = text.get(start + 1..start + 4).filter(|code| code.bytes().all(|b| b.is_ascii_uppercase()))?;
        text.get(start + 4..)?.starts_with('#').then_some((start, code))
    })
}

fn says_nothing(text: &str) -> bool {
    !text.chars().any(char::is_alphanumeric)
}

/// What the codes of French mentions are about.
const NAMES: [(&str, &str, &str); 4] = [
    ("PMT", " (indemnité forfaitaire de recouvrement)", " (fixed recovery indemnity)"),
    ("PMD", " (pénalités de retard)", " (late-payment penalties)"),
    ("AAB", " (escompte)", " (discount for early payment)"),
    ("TXD", " (membre d'un assujetti unique)", " (member of a single taxable person)"),
];

/// Words that satisfy them; the penalties are the seller's to say.
const WORDS: [(&str, &str); 3] = [
    ("PMT", "Indemnité forfaitaire pour frais de recouvrement : 40 EUR"),
    ("AAB", "Pas d'escompte pour paiement anticipé"),
    ("TXD", "MEMBRE_ASSUJETTI_UNIQUE"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn several_mentions_of_one_note_are_told_apart() {
        assert_eq!(marks("AAB", "none"), [("AAB", "none")]);
        assert_eq!(marks("PMT", "40 EUR#PMD##AAB# - "), [("PMT", "40 EUR"), ("PMD", ""), ("AAB", " - ")]);
        assert_eq!(marks("PMT", "n° #12# et #abc#"), [("PMT", "n° #12# et #abc#")]);
        assert_eq!(marks("PMT", ""), [("PMT", "")]);
        for (text, nothing) in [("", true), (" . - …", true), ("0", false), ("é", false)] {
            assert_eq!(says_nothing(text), nothing, "{text}");
        }
    }
}
