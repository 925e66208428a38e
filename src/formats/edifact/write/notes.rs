//! Free text of the header: terms of payment and the French mention that share a code, notes, reasons of exemption.

use crate::edifact::write::as_written;
use crate::formats::write::Reason;
use crate::invoice::{Draft, Said, bt};
use crate::text::trim;

use super::super::exemption::{self, Whose};
use super::super::structure::{Directory, tag};
use super::fill::Fill;
use super::split::{full, split};
use super::totals;
use super::tree::{Full, MESSAGE, SegmentId};

/// The subject of a note that has none: general information.
pub(super) const GENERAL: &str = "AAI";
/// Terms of payment, and the mention that French law asks for.
const TERMS: &str = "AAB";

/// Writes BT-23, BT-24, BT-20, BG-1 and BT-120.
pub(super) fn write<'d>(fill: &mut Fill<'d>, draft: &'d Draft) {
    process(fill, draft);
    exemptions(fill, draft);
    terms(fill, draft);
    for note in draft.groups(bt::BG_1).filter(|note| !is_terms(note)) {
        self::note(fill, note);
    }
}

/// BT-24 with BT-23 as the binding of EN 16931 has them: D01B has the segment, and a place of 17 characters for BT-23 that D96A has not.
fn process<'d>(fill: &mut Fill<'d>, draft: &'d Draft) {
    if fill.directory == Directory::D96A {
        return;
    }
    let most = fill.tree.lengths.component(tag("FTX"), 3, 1).map_or(0, |form| usize::from(form.most));
    for control in draft.groups(bt::BG_2).take(1) {
        // Only an identifier is read as one, and BT-23 beside it.
        let Some(named) = control.first(bt::BT_24).filter(|said| trim(&said.text).starts_with("urn:")) else {
            fill.lose_all(control, &Reason::NoPlace);
            continue;
        };
        let text = trim(&named.text).to_owned();
        let own = control.first(bt::BT_23);
        // A character set of capitals alone has no such identifier: it would be read as a note.
        if as_written(&text, &fill.agreement.charset) != text {
            fill.lose(named, Reason::Charset);
            own.into_iter().for_each(|said| fill.lose(said, Reason::Needs(bt::BT_24)));
            continue;
        }
        let mut code = own.map(|said| fill.written(said)).unwrap_or_default();
        if code.chars().count() > most {
            own.into_iter().for_each(|said| fill.lose(said, Reason::Long(u32::try_from(most).unwrap_or(u32::MAX))));
            code.clear();
        }
        if let Err(why) = free_text(fill, "DOC", &code, &text) {
            own.into_iter().chain([named]).for_each(|said| fill.lose(said, why.clone()));
        }
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
    let text = note.first(bt::BT_22).map(|said| fill.written(said)).unwrap_or_default();
    let fits = |code: &String| code.chars().count() <= 3 && may_be_note(fill, code, &text);
    let code = subject.clone().filter(fits).unwrap_or_else(|| GENERAL.to_owned());
    if let (Some(own), Some(said)) = (&subject, note.first(bt::BT_21)) {
        let long = own.chars().count() > 3;
        if code != *own {
            fill.lose(said, if long { Reason::Long(3) } else { Reason::Reads(Some(code.clone())) });
        }
    }
    if let Err(why) = free_text(fill, &code, "", &text) {
        fill.lose_all(note, &why);
    }
    let again = |term| note.all(term).skip(1);
    again(bt::BT_21).chain(again(bt::BT_22)).for_each(|said| fill.lose(said, Reason::Once));
}

/// Would the reader find a note under that code? Not the first FTX+REG, which is BT-33, nor what may be a reason of exemption while a breakdown waits for one,
/// or where they are of several categories: it would be one reason more, of which nobody knows whose.
fn may_be_note(fill: &Fill<'_>, code: &str, text: &str) -> bool {
    let is_there = |code: &str| fill.tree.all(MESSAGE, tag("FTX")).any(|(_, id)| fill.tree.get(id, 1, 1) == code);
    let open = |breakdown: &Draft| exemption::exempt(breakdown).is_some() && breakdown.text(bt::BT_120).is_none();
    match code {
        "REG" => is_there(code),
        "TXD" | "AGM" | "BAQ" if code == "TXD" || fill.directory != Directory::D96A => {
            let several = exemption::waiting(fill.draft).len() > 1;
            !exemption::is_reason(text) || !several && !fill.draft.groups(bt::BG_23).any(open)
        }
        _ => true,
    }
}

/// Why nothing is charged: once for all breakdowns that say the same. What would be read as the reason of another category is no reason where it is written, but
/// information: nobody takes it for what it is not, and everybody can read it.
fn exemptions(fill: &mut Fill<'_>, draft: &Draft) {
    let subject = totals::subject(fill);
    let most = fill.tree.lengths.component(tag("FTX"), 3, 1).map_or(3, |form| usize::from(form.most));
    let mut reasons: Vec<exemption::Reason> = Vec::new();
    let mut by: Vec<Vec<&Draft>> = Vec::new();
    for breakdown in draft.groups(bt::BG_23) {
        if exemption::exempt(breakdown).is_none() {
            continue;
        }
        let said = |fill: &mut Fill<'_>, said: Option<&Said>| said.map(|said| fill.written(said)).unwrap_or_default();
        let text = said(fill, breakdown.first(bt::BT_120));
        let mut vatex = said(fill, breakdown.first(bt::BT_121));
        if !vatex.to_ascii_uppercase().starts_with("VATEX") || vatex.chars().count() > most {
            vatex.clear();
        }
        if text.is_empty() && vatex.is_empty() {
            continue;
        }
        let own = exemption::Reason { text, code: vatex };
        let at = reasons.iter().position(|known| *known == own).unwrap_or_else(|| {
            reasons.push(own);
            by.push(Vec::new());
            reasons.len() - 1
        });
        by[at].push(breakdown);
    }
    let read: Vec<exemption::Reason> =
        reasons.iter().map(|own| exemption::Reason { text: own.text.clone(), code: own.code.to_uppercase() }).collect();
    for ((own, by), whose) in reasons.iter().zip(by).zip(exemption::whose(&read, &exemption::waiting(draft))) {
        let foreign = match whose {
            Whose::Of(read) | Whose::Named(read) => {
                read.iter().any(|one| by.iter().all(|own| exemption::exempt(own) != Some(*one)))
            }
            Whose::Unsure | Whose::None => false,
        };
        let written = match foreign {
            true if own.text.is_empty() => Err(Reason::Reads(None)),
            true => free_text(fill, GENERAL, "", &own.text),
            false => free_text(fill, &subject, &own.code, &own.text),
        };
        if let Err(why) = written {
            let terms = by.into_iter().flat_map(|own| [own.first(bt::BT_120), own.first(bt::BT_121)]).flatten();
            terms.for_each(|said| fill.lose(said, why.clone()));
        }
    }
}

/// An FTX of the header: subject, code of the text, the text as far as it goes; the rest is for later.
fn free_text(fill: &mut Fill<'_>, subject: &str, code: &str, text: &str) -> Result<(), Reason> {
    let (_, id) = fill.tree.add(MESSAGE, tag("FTX")).map_err(|Full(most)| Reason::Full(most))?;
    fill.tree.set(id, 1, 1, subject);
    fill.tree.set(id, 3, 1, code);
    let (components, left) = segment(fill, text);
    say(fill, id, components);
    if !left.is_empty() {
        fill.further.push((MESSAGE, id, left));
    }
    Ok(())
}

/// What one FTX says of a text, and what is left of it for those behind it.
pub(super) fn segment(fill: &Fill<'_>, text: &str) -> (Vec<String>, String) {
    const PARTS: usize = 5;
    let most = fill.tree.lengths.component(tag("FTX"), 4, 1).map_or(70, |form| usize::from(form.most));
    let whole = split(text, most, PARTS);
    if whole.1.is_empty() {
        return whole;
    }
    full(text, most, PARTS).unwrap_or(whole)
}

fn say(fill: &mut Fill<'_>, id: SegmentId, components: Vec<String>) {
    for (c, component) in (1..).zip(components) {
        fill.tree.set(id, 4, c, component);
    }
}

/// What was left of long texts goes into further segments of the same code right behind, as many as there is room for: the reader joins them. Where there
/// is not room for all, or no end without a blank, that is told, but nobody misses what is there.
pub(super) fn further(fill: &mut Fill<'_>) {
    for (node, mut behind, mut text) in std::mem::take(&mut fill.further) {
        while !text.is_empty() {
            let subject = fill.tree.get(behind, 1, 1).to_owned();
            let Ok(id) = fill.tree.add_behind(node, behind) else { break };
            fill.tree.set(id, 1, 1, subject);
            let (components, left) = segment(fill, &text);
            say(fill, id, components);
            if left.len() >= text.len() {
                break;
            }
            (behind, text) = (id, left);
        }
    }
}
