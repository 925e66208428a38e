//! UBL notes, which carry their subject code as text: `#PMT#…`. The official artefact joins all notes with `#` and searches the whole,
//! so a code counts wherever it stands, even across two notes.

use std::borrow::Cow;

use crate::rules::engine::{Crash, Evidence, Scene, Verdict};
use crate::rules::predicate::quote;
use crate::xml::NodeId;

use super::ask::on;
use super::name::*;

/// BR-FR-05: a note of this subject code is there.
pub fn has_note(scene: &Scene<'_, '_>, node: NodeId, code: &'static str) -> Result<Verdict, Crash> {
    if joined(scene, node).contains(&*mark(code)) {
        return Ok(Verdict::Holds);
    }
    Ok(Verdict::failed(Evidence {
        at: Some(node),
        child: Some(cbc_Note),
        expected: Some(format!("{}…", mark(code))),
        ..Evidence::default()
    }))
}

/// BR-FR-06: no more than one.
pub fn one_note(scene: &Scene<'_, '_>, node: NodeId, code: &'static str) -> Result<Verdict, Crash> {
    let count = joined(scene, node).matches(&*mark(code)).count();
    if count <= 1 {
        return Ok(Verdict::Holds);
    }
    let mut bearing = scene.all(node, cbc_Note).filter(|n| scene.tree.text_of(*n).contains(&mark(code)));
    let first = bearing.next();
    Ok(Verdict::failed(Evidence {
        at: bearing.next().or(first).or(Some(node)),
        found: Some(count.to_string()),
        expected: Some("1".to_owned()),
        ..Evidence::default()
    }))
}

/// Is the treatment that the first BAR note asks for this one?
pub fn treatment_is(scene: &Scene<'_, '_>, node: NodeId, wanted: &'static str) -> Result<Verdict, Crash> {
    Ok(Verdict::of(after(&joined(scene, node), "BAR") == wanted))
}

/// BR-FR-20: it is one of those that exist; none is fine.
pub fn treatment_known(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let all = joined(scene, node);
    let found = after(&all, "BAR");
    if found.is_empty() || TREATMENTS.contains(&found) {
        return Ok(Verdict::Holds);
    }
    let bearing = scene.all(node, cbc_Note).find(|n| scene.tree.text_of(*n).contains("#BAR#"));
    Ok(Verdict::failed(Evidence {
        at: bearing.or(Some(node)),
        found: Some(quote(found)).filter(|found| !found.trim().is_empty()),
        expected: Some(TREATMENTS.join(" | ")),
        ..Evidence::default()
    }))
}

/// BR-FR-31 (named BR-FR-30 by the artefact): one treatment at most, whichever.
pub fn one_treatment(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let notes: Vec<NodeId> =
        on(scene, node, &[cbc_Note]).into_iter().filter(|n| scene.tree.text_of(*n).contains("#BAR#")).collect();
    let all: String = notes.iter().map(|n| scene.tree.text_of(*n)).collect::<String>() + "#";
    let is_one = |rest: &str| TREATMENTS.iter().any(|t| rest.strip_prefix(t).is_some_and(|end| end.starts_with('#')));
    let named = |(at, mark): &(usize, &str)| all.get(at + mark.len()..).is_some_and(is_one);
    let count = all.match_indices("BAR#").filter(named).count();
    if count <= 1 {
        return Ok(Verdict::Holds);
    }
    Ok(Verdict::failed(Evidence {
        at: notes.get(1).or(notes.first()).copied(),
        found: Some(count.to_string()),
        expected: Some("1".to_owned()),
        ..Evidence::default()
    }))
}

/// BR-FR-CO-14: the first TXD note says that the seller is a member of a single taxable person.
pub fn single_taxable(scene: &Scene<'_, '_>, node: NodeId, _: &'static str) -> Result<Verdict, Crash> {
    let all = joined(scene, node);
    let found = after(&all, "TXD");
    if found == "MEMBRE_ASSUJETTI_UNIQUE" {
        return Ok(Verdict::Holds);
    }
    Ok(Verdict::failed(Evidence {
        at: Some(node),
        child: found.is_empty().then_some(cbc_Note),
        found: Some(quote(found)).filter(|found| !found.trim().is_empty()),
        ..Evidence::default()
    }))
}

/// The treatments of a BAR note.
const TREATMENTS: [&str; 6] = ["B2B", "B2BINT", "B2C", "B2CINT", "OUTOFSCOPE", "ARCHIVEONLY"];

fn mark(code: &str) -> String {
    format!("#{code}#")
}

/// All notes, those of the document joined once for all that ask.
fn joined<'s>(scene: &'s Scene<'_, '_>, node: NodeId) -> Cow<'s, str> {
    let join = || scene.all(node, cbc_Note).map(|n| scene.tree.text_of(n)).collect::<Vec<_>>().join("#");
    // An invoice may stand within another, where no structure has one.
    if node == 0 { Cow::Borrowed(scene.whole().notes(join)) } else { Cow::Owned(join()) }
}

/// What follows the first `#CODE#`, up to the next `#`.
fn after<'t>(all: &'t str, code: &str) -> &'t str {
    let rest = all.split_once(&mark(code)).map_or("", |(_, rest)| rest);
    rest.split('#').next().unwrap_or(rest)
}
