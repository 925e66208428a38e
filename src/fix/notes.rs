//! `FIX-NOTE-CODE`: the code of a note where its syntax wants it. And how the code of a note is written, for other corrections.

use std::ops::Range;

use crate::formats::{Mend, Piece};
use crate::invoice::{Group, bt};
use crate::rules::codes::FR_TREATMENT;
use crate::xml::NodeId;

use super::look::{Candidate, Found, Scene};
use super::table;

pub(super) fn codes(scene: &Scene<'_>) -> Vec<Found> {
    scene.invoice().groups(bt::BG_1).filter_map(|note| of_note(scene, note)).collect()
}

fn of_note(scene: &Scene<'_>, note: Group<'_>) -> Option<Found> {
    let content = content(scene, note)?;
    if !scene.syntax().is_ubl() && note.first(bt::BT_21).is_some_and(|code| code.trimmed() == "BAR") {
        let said = scene.tree().text_of(content);
        let right = treatment_in(said).filter(|right| *right != said)?;
        return Some(Found::written(bt::BT_22, content, Mend::text(scene.tree(), content, right)));
    }
    // As written, since that is what is changed: a line end may take two characters there.
    let opening = Mend::opening(scene.tree(), content)?;
    let Some(begun) = begun(scene, opening) else {
        // Behind a comment or in a section, it is a code all the same: right in UBL, and in CII nobody takes it for one.
        let hidden = !scene.syntax().is_ubl() && note.first(bt::BT_21).is_none();
        let text = scene.tree().text_of(content);
        return (hidden && self::begun(scene, text).is_some()).then(|| Found::written(bt::BT_21, content, None));
    };
    let written = opening.get(begun.at.clone())?;
    if begun.code == "BAR" && scene.syntax().is_ubl() {
        return treatment(scene, content, opening, begun);
    }
    if scene.syntax().is_ubl() {
        let right = format!("#{}#", begun.code);
        if written == right {
            return None;
        }
        return Some(Found::written(bt::BT_21, content, Mend::within(scene.tree(), content, begun.at, &right)));
    }
    // Where a code stands beside it, the text is a text.
    if note.first(bt::BT_21).is_some() {
        return None;
    }
    let Some(cut) = Mend::within(scene.tree(), content, begun.at, "") else {
        return Some(Found::written(bt::BT_21, content, None));
    };
    let code = coded(scene, content, begun.code)?;
    Some(Found::Change(Candidate::of(bt::BT_21, content, vec![cut, code])))
}

/// `#BAR# b2b ` of UBL, code and treatment: both are of a list.
fn treatment(scene: &Scene<'_>, content: NodeId, opening: &str, begun: Begun) -> Option<Found> {
    let said = opening.get(begun.at.end..)?;
    let is_whole = scene.tree().text_of(content) == opening;
    let known = treatment_in(said).filter(|_| is_whole);
    let (piece, right) = match known {
        Some(right) => (begun.at.start..opening.len(), format!("#BAR#{right}")),
        None => (begun.at, "#BAR#".to_owned()),
    };
    if opening.get(piece.clone())? == right {
        return None;
    }
    Some(Found::written(bt::BT_21, content, Mend::within(scene.tree(), content, piece, &right)))
}

/// The treatment that a text is but for case and blanks.
fn treatment_in(text: &str) -> Option<&'static str> {
    FR_TREATMENT.codes.iter().copied().find(|code| code.eq_ignore_ascii_case(text.trim()))
}

/// Does the text of a note begin with something like a code (`#PMT `, `PMT#`)? Another one before it would make it worse.
pub(super) fn begins_with_a_mark(scene: &Scene<'_>, content: NodeId) -> bool {
    let text = scene.tree().text_of(content);
    let text = text.trim_start();
    text.starts_with('#') || text.get(..8).unwrap_or(text).contains('#')
}

/// A text without something like a code that it begins with.
pub(super) fn unmarked(text: &str) -> &str {
    let text = text.trim_start();
    let code = |text: &str| text.chars().take_while(char::is_ascii_uppercase).count();
    let (inner, opened) = text.strip_prefix('#').map_or((text, false), |inner| (inner.trim_start(), true));
    let behind = inner.get(code(inner)..).unwrap_or_default();
    match behind.trim_start().strip_prefix('#') {
        Some(rest) if code(inner) == 3 => rest,
        None if opened && code(inner) == 3 => behind,
        _ => text,
    }
}

/// The element that bears the text of a note, where it has one alone.
pub(super) fn content(scene: &Scene<'_>, note: Group<'_>) -> Option<NodeId> {
    let node = note.node()?;
    if scene.syntax().is_ubl() {
        return Some(node);
    }
    let mut contents = scene.tree().children(node).filter(|n| scene.name(*n) == "ram:Content");
    let first = contents.next()?;
    contents.next().is_none().then_some(first)
}

/// The subject code of a note that has none: in front of its text in UBL, in an element behind it in CII.
pub(super) fn coded(scene: &Scene<'_>, content: NodeId, code: &str) -> Option<Mend> {
    let (tree, syntax) = (scene.tree(), scene.syntax());
    match syntax.is_ubl() {
        true => Mend::within(tree, content, 0..0, &format!("#{code}#")),
        false => Mend::after(tree, syntax, content, &Piece::Leaf("ram:SubjectCode", code)),
    }
}

/// A code between two `#` that a text begins with, whatever its case and the blanks around and in it.
struct Begun {
    at: Range<usize>,
    code: &'static str,
}

fn begun(scene: &Scene<'_>, text: &str) -> Option<Begun> {
    let start = text.len() - text.trim_start().len();
    let inner = text.get(start..)?.strip_prefix('#')?;
    let close = inner.find('#')?;
    let said = inner.get(..close)?.trim();
    let list = table::list_of(bt::BT_21, scene.syntax())?;
    let code = list.codes.iter().copied().find(|code| code.len() == 3 && code.eq_ignore_ascii_case(said))?;
    Some(Begun { at: start..start + close + 2, code })
}
