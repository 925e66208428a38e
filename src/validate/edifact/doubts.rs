//! What an INVOIC says twice, differently, or in a way that leaves open what is meant.

use crate::formats::edifact::{Doubt, Miscount, Remark};
use crate::invoice::bt;
use crate::rules::{Finding, Severity};
use crate::text::{Lang, Text};
use crate::validate::received::finding;

/// What leaves open what is meant, or does not add up.
pub(super) fn remark(one: &Remark) -> Finding {
    let severity = if one.open { Severity::Fatal } else { Severity::Warning };
    Finding {
        terms: one.terms.iter().map(|term| term.id().to_owned()).collect(),
        place: one.place.clone(),
        ..finding("FCT-EDI-AMBIGUOUS", severity, one.what.clone(), one.fix.clone())
    }
}

/// A control total (CNT) that is not what it counts.
pub(super) fn miscount(one: &Miscount) -> Finding {
    let Miscount { code, said, found, place } = one;
    let said: String = said.chars().take(18).collect();
    let (message, term) = match one.is_of_lines() {
        true => (
            Text::new(
                format!("CNT+{code} annonce {said} lignes ; la facture en a {found}."),
                format!("CNT+{code} says {said} lines; the invoice has {found}."),
            ),
            bt::BG_25,
        ),
        false => (
            Text::new(
                format!(
                    "CNT+{code} annonce {said} comme somme des quantités ; celles des lignes (QTY+47) font {found}."
                ),
                format!(
                    "CNT+{code} says {said} as the sum of the quantities; those of the lines (QTY+47) make {found}."
                ),
            ),
            bt::BT_129,
        ),
    };
    Finding {
        terms: vec![term.id().to_owned()],
        place: place.clone(),
        found: Some(said),
        expected: Some(found.clone()),
        ..finding(
            "FCT-EDI-LINE-COUNT",
            Severity::Warning,
            message,
            Text::new(
                "Vérifier qu’aucune ligne ne manque, et demander à l’émetteur un compte juste.",
                "Check that no line is missing, and ask the sender for a right count.",
            ),
        )
    }
}

/// A term that is stated twice, differently.
pub(super) fn doubt(doubt: &Doubt) -> Finding {
    let cut = |text: &str| text.chars().take(60).collect::<String>();
    let (read, other) = (cut(&doubt.read), cut(&doubt.other));
    let (fr, en) = (doubt.term.called(Lang::Fr), doubt.term.called(Lang::En));
    let (severity, message) = match doubt.open {
        true if doubt.foreign && doubt.term == bt::BT_111 => (
            Severity::Fatal,
            Text::new(
                format!("{fr} est dit en une autre devise (« {other} ») que la seconde de la facture (BT-6, {read})."),
                format!(
                    "{en} is stated in another currency (\"{other}\") than the second of the invoice (BT-6, {read})."
                ),
            ),
        ),
        true if doubt.foreign => (
            Severity::Fatal,
            Text::new(
                format!(
                    "{fr} est dit en une autre devise (« {other} ») que celle de la facture ({read}), et n’y est pas dit."
                ),
                format!(
                    "{en} is stated in another currency (\"{other}\") than that of the invoice ({read}), and not in that one."
                ),
            ),
        ),
        true => (
            Severity::Fatal,
            Text::new(
                format!(
                    "Le message se contredit sur {fr} : « {read} », puis « {other} ». Le premier est lu ; rien ne dit lequel vaut."
                ),
                format!(
                    "The message contradicts itself on {en}: \"{read}\", then \"{other}\". The first is read; nothing says which holds."
                ),
            ),
        ),
        false if doubt.term == bt::BT_2 => (
            Severity::Warning,
            Text::new(
                format!(
                    "Le message a deux dates qui peuvent être {fr} : {read} (DTM+137) est lue, {other} (DTM+3) ne l’est pas."
                ),
                format!(
                    "The message has two dates that may be {en}: {read} (DTM+137) is read, {other} (DTM+3) is not."
                ),
            ),
        ),
        false => (
            Severity::Warning,
            Text::new(
                format!("Le message a plusieurs totaux qui peuvent être {fr} : {read} est lu, {other} ne l’est pas."),
                format!("The message has several totals that may be {en}: {read} is read, {other} is not."),
            ),
        ),
    };
    Finding {
        terms: vec![doubt.term.id().to_owned()],
        place: doubt.place.clone(),
        found: Some(other),
        expected: Some(read),
        ..finding(
            "FCT-EDI-CONTRADICTION",
            severity,
            message,
            match doubt.term {
                bt::BT_9 => Text::new(
                    "BT-9 n’a qu’une date. Un paiement en plusieurs échéances s’écrit par un groupe PAT (PYT) chacune, avec sa date et son montant (MOA) ou pourcentage (PCD), ou comme texte (BT-20) ; sinon, demander à l’émetteur quelle date vaut.",
                    "BT-9 has one date. Payment in instalments is written as one group PAT (PYT) for each, with its date and its amount (MOA) or percentage (PCD), or as text (BT-20); otherwise ask the sender which date holds.",
                ),
                _ => Text::new(
                    "Demander à l’émetteur ce qui vaut, et un message qui ne le dise qu’une fois.",
                    "Ask the sender which holds, and for a message that says it once.",
                ),
            },
        )
    }
}
