//! Free text of the header: terms of payment and the French mention that share a code, notes, reasons of exemption.

use crate::formats::write::Reason;
use crate::invoice::{Draft, Said, bt};
use crate::text::trim;

use super::super::binding::Binding;
use super::super::structure::{Directory, Tag, tag};
use super::fill::Fill;
use super::split::split;
use super::totals;
use super::tree::{Full, MESSAGE, NodeId};

/// The subject of a note that has none: general information.
const GENERAL: &str = "AAI";
/// Terms of payment, and the mention that French law asks for.
const TERMS: &str = "AAB";

/// Writes BT-20, BG-1 and BT-120.
pub(super) fn write<'d>(fill: &mut Fill<'d>, draft: &'d Draft) {
    exemptions(fill, draft);
    terms(fill, draft);
    for note in draft.groups(bt::BG_1).filter(|note| !is_terms(note)) {
        self::note(fill, note);
    }
}

fn is_terms(note: &Draft) -> bool {
    note.text(bt::BT_21) == Some(TERMS)
}

/// The first FTX+AAB is read as BT-20. Of a French seller it is read as a note too where no other is there: what both say in the same words is written once.
fn terms<'d>(fill: &mut Fill<'d>, draft: &'d Draft) {
    let seller = draft.groups(bt::BG_4).next();
    let vat = seller.and_then(|s| s.text(bt::BT_31)).is_some_and(|vat| vat.starts_with("FR"));
    let country = seller.and_then(|s| s.groups(bt::BG_5).next()).and_then(|a| a.text(bt::BT_40)) == Some("FR");
    let notes: Vec<&Draft> = draft.groups(bt::BG_1).filter(|note| is_terms(note)).collect();
    let own = draft.first(bt::BT_20).filter(|said| !trim(&said.text).is_empty());
    if let Some(own) = own {
        let same = notes.iter().position(|note| note.text(bt::BT_22) == Some(trim(&own.text)));
        match same.filter(|_| (vat || country) && notes.len() == 1) {
            Some(_) => {}
            None => {
                let text = fill.written(own);
                if let Err(why) = free_text(fill, TERMS, "", &text) {
                    fill.lose(own, why);
                }
            }
        }
    }
    for again in draft.all(bt::BT_20).skip(1) {
        fill.lose(again, Reason::Once);
    }
    notes.into_iter().for_each(|note| self::note(fill, note));
}

fn note(fill: &mut Fill<'_>, note: &Draft) {
    let subject = note.first(bt::BT_21).map(|said| fill.written(said)).filter(|code| !code.is_empty());
    let fits = |code: &String| code.chars().count() <= 3 && may_be_note(fill.directory, code);
    let code = subject.clone().filter(fits).unwrap_or_else(|| GENERAL.to_owned());
    if let (Some(own), Some(said)) = (&subject, note.first(bt::BT_21)) {
        let long = own.chars().count() > 3;
        if code != *own {
            fill.lose(said, if long { Reason::Long(3) } else { Reason::Reads(Some(code.clone())) });
        }
    }
    let text = note.first(bt::BT_22).map(|said| fill.written(said)).unwrap_or_default();
    if let Err(why) = free_text(fill, &code, "", &text) {
        fill.lose_all(note, &why);
    }
    let again = |term| note.all(term).skip(1);
    again(bt::BT_21).chain(again(bt::BT_22)).for_each(|said| fill.lose(said, Reason::Once));
}

/// Codes under which the reader finds no note but something else (REG, TXD).
fn may_be_note(directory: Directory, code: &str) -> bool {
    let bound = Binding::of(directory).inside(None);
    let notes = bound.and_then(|bound| bound.groups.iter().find(|(term, _)| *term == bt::BG_1));
    let steps = notes.into_iter().flat_map(|(_, routes)| routes).flat_map(|route| &route.steps);
    let taken = |values: &[Box<str>]| values.iter().any(|value| &**value == code);
    code == TERMS || !steps.flat_map(|step| &step.conditions).any(|c| c.not && taken(&c.values))
}

/// Why nothing is charged: once for all breakdowns that say the same.
fn exemptions(fill: &mut Fill<'_>, draft: &Draft) {
    let subject = totals::subject(fill);
    let mut written: Vec<(String, String)> = Vec::new();
    for breakdown in draft.groups(bt::BG_23) {
        let (reason, code) = (breakdown.first(bt::BT_120), breakdown.first(bt::BT_121));
        let said = |fill: &mut Fill<'_>, said: Option<&Said>| said.map(|said| fill.written(said)).unwrap_or_default();
        let text = said(fill, reason);
        let mut vatex = said(fill, code);
        let most = fill.tree.lengths.component(tag("FTX"), 3, 1).map_or(3, |form| usize::from(form.most));
        if !vatex.to_ascii_uppercase().starts_with("VATEX") || vatex.chars().count() > most {
            vatex.clear();
        }
        if text.is_empty() && vatex.is_empty() || !totals::is_exempt(breakdown) {
            continue;
        }
        let pair = (vatex, text);
        if !written.contains(&pair) {
            if let Err(why) = free_text(fill, &subject, &pair.0, &pair.1) {
                reason.into_iter().chain(code).for_each(|said| fill.lose(said, why.clone()));
            }
            written.push(pair);
        }
    }
}

/// An FTX of the header: subject, code of the text, the text as far as it goes; the rest is for later.
fn free_text(fill: &mut Fill<'_>, subject: &str, code: &str, text: &str) -> Result<(), Reason> {
    let ftx = tag("FTX");
    let left = put(fill, MESSAGE, ftx, subject, code, text).map_err(|Full(most)| Reason::Full(most))?;
    if !left.is_empty() {
        fill.further.push((MESSAGE, ftx, subject.to_owned(), left));
    }
    Ok(())
}

/// What was left of long texts goes into further segments of the same code, as many as there is room for: it is read as another text, and told as
/// such, but nobody misses it.
pub(super) fn further(fill: &mut Fill<'_>) {
    for (node, tag, subject, mut text) in std::mem::take(&mut fill.further) {
        while !text.is_empty() {
            match put(fill, node, tag, &subject, "", &text) {
                Ok(left) if left.len() < text.len() => text = left,
                _ => break,
            }
        }
    }
}

fn put(fill: &mut Fill<'_>, node: NodeId, ftx: Tag, subject: &str, code: &str, text: &str) -> Result<String, Full> {
    let most = fill.tree.lengths.component(ftx, 4, 1).map_or(70, |form| usize::from(form.most));
    let (_, id) = fill.tree.add(node, ftx)?;
    fill.tree.set(id, 1, 1, subject);
    fill.tree.set(id, 3, 1, code);
    let (components, left) = split(text, most, 5);
    for (c, component) in (1..).zip(components) {
        fill.tree.set(id, 4, c, component);
    }
    Ok(left)
}
