//! `FIX-MENTION`: the note that is a mandatory mention, and does not say so by its code.

use crate::invoice::{Group, bt};
use crate::rules::client::{self, Mention};
use crate::xml::NodeId;

use super::look::{Candidate, Found, Scene};
use super::notes;
use super::table::{self, Known};

pub(super) fn mentions(scene: &Scene<'_>) -> Vec<Found> {
    let invoice = scene.invoice();
    let coded = |code: &str| invoice.all(bt::BT_21).any(|o| o.trimmed() == code);
    let bare: Vec<(NodeId, Vec<&Known>)> = invoice
        .groups(bt::BG_1)
        .filter(|note| note.first(bt::BT_21).is_none())
        .filter_map(|note| Some((notes::content(scene, note)?, speaks_of(note))))
        .filter(|(_, of)| !of.is_empty())
        .collect();
    let mut found = Vec::new();
    for known in table::mentions().iter().filter(|known| !coded(&known.code)) {
        let bearing: Vec<&(NodeId, Vec<&Known>)> =
            bare.iter().filter(|(_, of)| of.iter().any(|other| other.code == known.code)).collect();
        let Some((node, of)) = bearing.first() else { continue };
        let code = &known.code;
        if let Some(other) = of.iter().find(|other| other.code != *code) {
            let other = &other.code;
            found.push(Found::left(
                bt::BT_21,
                *node,
                format!("cette note porte plusieurs mentions ({code} et {other}) : une note par mention, chacune avec son code"),
                format!("this note bears several mentions ({code} and {other}): one note for each mention, each with its code"),
            ));
        } else if bearing.len() > 1 {
            let count = bearing.len();
            found.push(Found::left(
                bt::BT_21,
                *node,
                format!("{count} notes peuvent être la mention {code}, qui ne peut figurer qu'une fois : donner le code à la bonne"),
                format!("{count} notes can be the mention {code}, which may stand once alone: give the code to the right one"),
            ));
        } else {
            found.push(match notes::coded(scene, *node, code) {
                Some(mend) => Found::Change(Candidate::of(bt::BT_21, *node, vec![mend])),
                None => Found::written(bt::BT_21, *node, None),
            });
        }
    }
    found
}

/// The mandatory mentions that the text of a note is.
fn speaks_of(note: Group<'_>) -> Vec<&'static Known> {
    let texts: Vec<&str> = note.all(bt::BT_22).map(|o| o.text()).collect();
    let is = |known: &&Known| {
        let mention: Option<&Mention> = client::mentions().iter().find(|m| m.id == known.id);
        texts.iter().any(|text| mention.is_some_and(|m| m.is_in(text)) && !known.unless.is_match(text))
    };
    table::mentions().iter().filter(is).collect()
}
