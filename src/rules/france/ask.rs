//! What the items ask of elements, as XPath does: all elements on a way, the one text of several.

use crate::rules::check::trim;
use crate::rules::engine::{Broken, Crash, Scene};
use crate::xml::{Name, NodeId};

/// All elements on a way of names, in the order of the document.
pub fn on(scene: &Scene<'_, '_>, node: NodeId, way: &[Name]) -> Vec<NodeId> {
    let mut found = Vec::new();
    collect(scene, node, way, &mut found);
    found
}

fn collect(scene: &Scene<'_, '_>, node: NodeId, way: &[Name], found: &mut Vec<NodeId>) {
    match way {
        [] => found.push(node),
        [last] => found.extend(scene.all(node, *last)),
        [name, rest @ ..] => scene.all(node, *name).for_each(|n| collect(scene, n, rest, found)),
    }
}

/// The last elements of a way that have an attribute of this value.
pub fn with(scene: &Scene<'_, '_>, found: Vec<NodeId>, attribute: Name, value: &str) -> Vec<NodeId> {
    found.into_iter().filter(|n| scene.attribute(*n, attribute) == Some(value)).collect()
}

/// One element at most: two stop the official artefact.
pub fn only(scene: &Scene<'_, '_>, found: &[NodeId]) -> Result<Option<NodeId>, Crash> {
    match found {
        [] => Ok(None),
        [one] => Ok(Some(*one)),
        [_, second, ..] => Err(scene.crash(*second, Broken::TwoValues)),
    }
}

/// `normalize-space` of one element at most; of none, nothing.
pub fn text(scene: &Scene<'_, '_>, found: &[NodeId]) -> Result<String, Crash> {
    Ok(only(scene, found)?.map_or_else(String::new, |n| normal(scene.tree.text_of(n))))
}

/// Blanks around removed, those between words reduced to one.
pub fn normal(text: &str) -> String {
    let words = trim(text).split([' ', '\t', '\r', '\n']).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ")
}

/// `=` between two sets: is any value of the one a value of the other?
pub fn share(scene: &Scene<'_, '_>, one: &[NodeId], other: &[NodeId]) -> bool {
    one.iter().any(|a| other.iter().any(|b| scene.tree.text_of(*a) == scene.tree.text_of(*b)))
}

/// `!=` between two sets: does any value of the one differ from any of the other?
pub fn differ(scene: &Scene<'_, '_>, one: &[NodeId], other: &[NodeId]) -> bool {
    one.iter().any(|a| other.iter().any(|b| scene.tree.text_of(*a) != scene.tree.text_of(*b)))
}

/// Is any of the values this text?
pub fn says(scene: &Scene<'_, '_>, found: &[NodeId], text: &str) -> bool {
    found.iter().any(|n| scene.tree.text_of(*n) == text)
}
