//! Codes as their lists write them, the specification identifier, the VAT point, and the format of a date.

use crate::day::Day;
use crate::diff;
use crate::formats::{self, Mend};
use crate::invoice::{Kind, Occurrence, Term, bt};
use crate::rules::{self, CodeList};
use crate::text::trim;
use crate::xml::{NodeId, Tree};

use super::guard::Change;
use super::look::{Candidate, Found, Scene};
use super::table;

/// `FIX-CODE`: blanks around, and case.
pub(super) fn codes(scene: &Scene<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for term in table::coded() {
        // A code in the text of a note is another correction's.
        if term == bt::BT_21 && scene.syntax().is_ubl() {
            continue;
        }
        let Some(list) = table::list_of(term, scene.syntax()) else { continue };
        for occurrence in scene.invoice().all(term) {
            match listed(list, occurrence.text()) {
                Some(right) if table::keeps_case(term) && right != occurrence.trimmed() => {
                    found.push(another(term, list, occurrence, right));
                }
                Some(right) => {
                    found.push(Found::written(term, occurrence.node(), mend(scene.tree(), occurrence, right)))
                }
                None => {}
            }
        }
    }
    found
}

/// The one code of a list that a text is but for case and blanks; none where it is that code already.
fn listed(list: &'static CodeList, text: &str) -> Option<&'static str> {
    let code = trim(text);
    let exact = list.codes.iter().copied().find(|c| *c == code);
    let mut alike = list.codes.iter().copied().filter(|c| c.eq_ignore_ascii_case(code));
    let right = match (exact, alike.next(), alike.next()) {
        (Some(exact), ..) => exact,
        (None, Some(only), None) => only,
        _ => return None,
    };
    (right != text).then_some(right)
}

/// A symbol whose capitals are a code: `ha` is a hectare, and `HA` a hank.
fn another(term: Term, list: &'static CodeList, occurrence: Occurrence<'_>, capitals: &str) -> Found {
    let symbol = occurrence.trimmed();
    let meant = rules::meant(list, symbol).filter(|code| *code != capitals);
    let (fr, en) = match meant {
        Some(code) => (format!(" (peut-être {code})"), format!(" (perhaps {code})")),
        None => (String::new(), String::new()),
    };
    Found::left(
        term,
        occurrence.node(),
        format!(
            "le symbole « {symbol} » peut désigner une autre unité que le code {capitals} : écrire le code de l'unité voulue{fr}"
        ),
        format!(
            "the unit symbol \"{symbol}\" may mean another unit than the code {capitals}: write the code of the unit that is meant{en}"
        ),
    )
}

/// `FIX-PROFILE`.
pub(super) fn profile(scene: &Scene<'_>) -> Vec<Found> {
    let blanks = scene.invoice().all(bt::BT_24).filter(|o| !o.trimmed().is_empty() && o.trimmed() != o.text());
    blanks.map(|o| Found::written(bt::BT_24, o.node(), mend(scene.tree(), o, o.trimmed()))).collect()
}

/// `FIX-TAX-POINT`.
pub(super) fn tax_point(scene: &Scene<'_>) -> Vec<Found> {
    let Some(list) = table::list_of(bt::BT_8, scene.syntax()) else { return Vec::new() };
    let foreign = scene.invoice().all(bt::BT_8).filter(|o| !list.codes.contains(&o.trimmed()));
    let right = |o: Occurrence<'_>| diff::counterpart(bt::BT_8, scene.syntax(), o.trimmed());
    foreign
        .filter_map(|o| right(o).map(|code| Found::written(bt::BT_8, o.node(), mend(scene.tree(), o, code))))
        .collect()
}

/// `FIX-DATE-FORMAT`: CII alone; UBL writes no format.
pub(super) fn date_format(scene: &Scene<'_>) -> Vec<Found> {
    if scene.syntax().is_ubl() {
        return Vec::new();
    }
    let tree = scene.tree();
    let mut found = Vec::new();
    for (address, date) in scene.invoice().addressed() {
        if date.term().kind() != Kind::Date || date.is_attribute() {
            continue;
        }
        let said = tree.attributes(date.node()).iter().find(|a| tree.qualified(a.name) == "format");
        let said = said.map(|a| tree.text(a.value));
        // What says another format may be right in it.
        if said == Some("102") || said.is_some_and(|said| !matches!(trim(said), "" | "102")) {
            continue;
        }
        let text = date.text();
        let readings = formats::days(text);
        let plain = text.len() == 8 && text.bytes().all(|b| b.is_ascii_digit());
        if !plain || Day::parse_102(text).is_none_or(|day| readings != [day]) {
            continue;
        }
        let Some(mend) = Mend::attribute(tree, date.node(), "format", "102") else { continue };
        let beside = Change {
            term: None,
            address: format!("{address}/@format"),
            before: said.map(str::to_owned),
            after: Some("102".to_owned()),
            at: tree.node(date.node()).at as usize,
        };
        let candidate = Candidate::of(date.term(), date.node(), vec![mend]);
        found.push(Found::Change(Candidate { beside: Some(beside), ..candidate }));
    }
    found
}

/// Another value for an occurrence, whether element or attribute.
pub(super) fn mend(tree: &Tree<'_>, occurrence: Occurrence<'_>, value: &str) -> Option<Mend> {
    let node: NodeId = occurrence.node();
    match occurrence.attribute_name() {
        Some(name) => Mend::attribute(tree, node, &tree.qualified(name), value),
        None => Mend::text(tree, node, value),
    }
}
