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
    let bare: Vec<Bare> = invoice
        .groups(bt::BG_1)
        .filter(|note| note.first(bt::BT_21).is_none())
        .filter_map(|note| Some(Bare::of(note, notes::content(scene, note)?)))
        .collect();
    let mut found = Vec::new();
    for known in table::mentions().iter().filter(|known| !coded(&known.code)) {
        let bearing: Vec<&Bare> = bare.iter().filter(|note| is_among(known, &note.surely)).collect();
        let Some(Bare { node, like, .. }) = bearing.first() else {
            if let Some(note) = bare.iter().find(|note| is_among(known, &note.like) && !note.elsewhere(known)) {
                let code = &known.code;
                if let Some(other) = note.like.iter().find(|other| other.code != *code) {
                    found.push(several(note.node, code, &other.code));
                    continue;
                }
                found.push(Found::left(
                    bt::BT_21,
                    note.node,
                    format!("cette note ressemble à la mention {code}, sans l'être sûrement : lui donner le code, ou écrire la mention"),
                    format!("this note looks like the mention {code}, and is not surely it: give it the code, or write the mention"),
                ));
            }
            continue;
        };
        let code = &known.code;
        if let Some(other) = like.iter().find(|other| other.code != *code) {
            found.push(several(*node, code, &other.code));
        } else if bearing.len() > 1 {
            let count = bearing.len();
            found.push(Found::left(
                bt::BT_21,
                *node,
                format!("{count} notes peuvent être la mention {code}, qui ne peut figurer qu'une fois : donner le code à la bonne"),
                format!("{count} notes can be the mention {code}, which may stand once alone: give the code to the right one"),
            ));
        } else if notes::begins_with_a_mark(scene, *node) {
            found.push(Found::left(
                bt::BT_21,
                *node,
                format!("cette note commence par un code mal écrit : écrire #{code}# devant le texte, et rien d'autre"),
                format!("this note begins with a code that is written wrong: write #{code}# in front of the text, and nothing else"),
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

fn several(node: NodeId, code: &str, other: &str) -> Found {
    Found::left(
        bt::BT_21,
        node,
        format!(
            "cette note porte plusieurs mentions ({code} et {other}) : une note par mention, chacune avec son code"
        ),
        format!("this note bears several mentions ({code} and {other}): one note for each mention, each with its code"),
    )
}

/// A note without a code.
struct Bare<'n> {
    node: NodeId,
    texts: Vec<&'n str>,
    /// The mandatory mentions that its text is like, and those that it surely is (each of them like it, too).
    like: Vec<&'static Known>,
    surely: Vec<&'static Known>,
}

impl<'n> Bare<'n> {
    fn of(note: Group<'n>, node: NodeId) -> Bare<'n> {
        let texts: Vec<&str> = note.all(bt::BT_22).map(|o| o.text()).collect();
        let is_like = |known: &Known| {
            let mention: Option<&Mention> = client::mentions().iter().find(|m| m.id == known.id);
            texts.iter().any(|text| mention.is_some_and(|m| m.is_like(text)))
        };
        // A broken code in front of it is told by itself.
        let is_surely = |known: &Known| texts.iter().any(|text| known.is_surely(notes::unmarked(text)));
        let surely: Vec<&Known> = table::mentions().iter().filter(|known| is_surely(known)).collect();
        let like = table::mentions().iter().filter(|known| is_like(known) || is_among(known, &surely)).collect();
        Bare { node, texts, like, surely }
    }

    /// Does it speak of something else that only sounds alike?
    fn elsewhere(&self, known: &Known) -> bool {
        self.texts.iter().any(|text| known.is_elsewhere(text))
    }
}

fn is_among(known: &Known, all: &[&Known]) -> bool {
    all.iter().any(|other| other.code == known.code)
}
