//! The guard: what differs between two texts of one invoice, and whether that may be.
//!
//! It knows nothing of how a correction was made. It reads both texts, term by term and byte by byte, and holds what differs against
//! what the correction may touch, and against what none may ever touch.

use std::collections::{HashMap, HashSet};

use crate::decimal;
use crate::formats::Read;
use crate::invoice::{Invoice, Kind, Occurrence, Term, bt};
use crate::rules::codes::FR_TREATMENT;
use crate::text::trim;
use crate::xml::{Name, NodeId};

use super::table::Correction;

/// A term that a correction changes, adds or takes away.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// None for what is no term: the format of a date in CII.
    pub term: Option<Term>,
    /// Such as `BG-25[2]/BT-152`.
    pub address: String,
    /// As written; none where it was not there.
    pub before: Option<String>,
    /// As written; none where it is gone.
    pub after: Option<String>,
    /// Offset in the text; of the text before where the term is gone, else of the text after.
    pub(super) at: usize,
}

/// All terms that differ, byte for byte, in document order.
pub(super) fn changes(before: &Invoice<'_>, after: &Invoice<'_>) -> Vec<Change> {
    let at = |invoice: &Invoice<'_>, o: Occurrence<'_>| invoice.tree().node(o.node()).at as usize;
    let old: HashMap<String, Occurrence<'_>> = before.addressed().into_iter().collect();
    let mut changes = Vec::new();
    let mut kept: HashSet<String> = HashSet::with_capacity(old.len());
    for (address, new) in after.addressed() {
        let was = old.get(&address);
        kept.insert(address.clone());
        if was.is_some_and(|was| was.text() == new.text() && was.is_attribute() == new.is_attribute()) {
            continue;
        }
        changes.push(Change {
            term: Some(new.term()),
            address,
            before: was.map(|was| was.text().to_owned()),
            after: Some(new.text().to_owned()),
            at: at(after, new),
        });
    }
    let mut gone: Vec<(&String, &Occurrence<'_>)> =
        old.iter().filter(|(address, _)| !kept.contains(*address)).collect();
    gone.sort_by_key(|(_, o)| o.id());
    changes.extend(gone.into_iter().map(|(address, o)| Change {
        term: Some(o.term()),
        address: address.clone(),
        before: Some(o.text().to_owned()),
        after: None,
        at: at(before, *o),
    }));
    changes
}

/// What differs between the two and may not, by this correction; for whoever mends facteur.
pub(super) fn breach(
    correction: &Correction,
    before: &Read<'_>,
    after: &Read<'_>,
    changes: &[Change],
) -> Option<String> {
    let refused = |change: &&Change| {
        let Some(term) = change.term else { return true };
        is_never_touched(term) || !correction.terms.contains(&term) || !is_alike(term, change)
    };
    if let Some(change) = changes.iter().find(refused) {
        return Some(format!("{} {:?} -> {:?}", change.address, change.before, change.after));
    }
    beside(correction, before, after)
}

/// Terms that no correction touches: amounts, prices, quantities, dates, parties, the values of identifiers and references, VAT
/// categories, currencies, countries. What is not named here as harmless is one of them.
pub(super) fn is_never_touched(term: Term) -> bool {
    const NEVER: [Term; 10] =
        [bt::BT_5, bt::BT_6, bt::BT_40, bt::BT_55, bt::BT_69, bt::BT_80, bt::BT_95, bt::BT_102, bt::BT_118, bt::BT_151];
    const HARMLESS: [Term; 4] = [bt::BT_22, bt::BT_23, bt::BT_24, bt::BT_123];
    match term.kind() {
        Kind::Code | Kind::Part => NEVER.contains(&term),
        // Its text, not its number: `is_alike`.
        Kind::Percentage => !matches!(term, bt::BT_96 | bt::BT_103 | bt::BT_119 | bt::BT_152),
        _ => !HARMLESS.contains(&term),
    }
}

/// Does a rate stay the same number, a code the same code, a note the same text but for the code at its beginning? What may come is a
/// note, its code, a scheme, a frame; nothing may go.
fn is_alike(term: Term, change: &Change) -> bool {
    let is_scheme = SCHEMES.contains(&term);
    match (&change.before, &change.after) {
        (Some(before), Some(after)) => match term {
            bt::BT_96 | bt::BT_103 | bt::BT_119 | bt::BT_152 => {
                decimal::parse(before).is_ok_and(|number| decimal::parse(after) == Ok(number))
            }
            bt::BT_22 => {
                let behind = before.trim_start().strip_prefix('#').and_then(|rest| rest.split_once('#'));
                behind.is_some_and(|(_, text)| text.trim_start() == after.trim_start())
                    || is_same_treatment(before, after)
            }
            bt::BT_8 | bt::BT_23 => true,
            // The case of a unit is a part of it.
            bt::BT_24 | bt::BT_130 | bt::BT_150 => trim(before) == trim(after),
            _ => is_scheme || trim(before).eq_ignore_ascii_case(trim(after)),
        },
        (None, Some(_)) => is_scheme || matches!(term, bt::BT_21 | bt::BT_22 | bt::BT_23),
        _ => false,
    }
}

/// The treatment of a BAR note, its code in front of it or not: the same but for case and blanks.
fn is_same_treatment(before: &str, after: &str) -> bool {
    let behind = before.trim_start().strip_prefix('#').and_then(|rest| rest.split_once('#'));
    let said = behind.filter(|(code, _)| code.trim().eq_ignore_ascii_case("BAR")).map_or(before, |(_, text)| text);
    let right = after.strip_prefix("#BAR#").unwrap_or(after);
    FR_TREATMENT.codes.contains(&right) && said.trim().eq_ignore_ascii_case(right)
}

const SCHEMES: [Term; 9] = [
    bt::BT_29_1,
    bt::BT_30_1,
    bt::BT_34_1,
    bt::BT_46_1,
    bt::BT_47_1,
    bt::BT_49_1,
    bt::BT_60_1,
    bt::BT_61_1,
    bt::BT_71_1,
];

/// What is no term of the norm must be the same, in the same order: card networks, tax schemes, currencies of amounts, extensions.
fn beside(correction: &Correction, before: &Read<'_>, after: &Read<'_>) -> Option<String> {
    let is_date_format = correction.id == "FIX-DATE-FORMAT";
    let (old, new) = (outside(&before.invoice, is_date_format), outside(&after.invoice, is_date_format));
    let same = |(a, b): (&Outside<'_>, &Outside<'_>)| (a.name, a.attribute, a.text) == (b.name, b.attribute, b.text);
    let first = old.iter().zip(&new).position(|pair| !same(pair));
    let first = first.or_else(|| (old.len() != new.len()).then(|| old.len().min(new.len())));
    let node = first.map(|at| old.get(at).or(new.get(at)).map_or(0, |outside| outside.node));
    node.map(|node| before.invoice.tree().path(node))
}

/// Something that no term is bound to.
struct Outside<'i> {
    node: NodeId,
    name: Name,
    attribute: Option<Name>,
    text: &'i str,
}

fn outside<'i>(invoice: &'i Invoice<'_>, without_date_formats: bool) -> Vec<Outside<'i>> {
    let tree = invoice.tree();
    let mut bound: HashSet<(NodeId, Option<usize>)> = HashSet::new();
    let mut dates: HashSet<NodeId> = HashSet::new();
    for occurrence in invoice.occurrences() {
        bound.insert((occurrence.node(), occurrence.attribute()));
        if without_date_formats && occurrence.term().kind() == Kind::Date {
            dates.insert(occurrence.node());
        }
    }
    let mut all = Vec::new();
    for (node, element) in (0..).zip(tree.nodes()) {
        let text = tree.text_of(node);
        if !bound.contains(&(node, None)) && !trim(text).is_empty() {
            all.push(Outside { node, name: element.name, attribute: None, text });
        }
        for (at, attribute) in tree.attributes(node).iter().enumerate() {
            let is_format = dates.contains(&node) && tree.qualified(attribute.name) == "format";
            if !is_format && !bound.contains(&(node, Some(at))) {
                let (name, text) = (element.name, tree.text(attribute.value));
                all.push(Outside { node, name, attribute: Some(attribute.name), text });
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fix::corrections;
    use crate::formats::read;

    const UBL: &str = include_str!("../../fixtures/rules/fr/ubl-minimal.xml");
    const CII: &str = include_str!("../../fixtures/rules/fr/cii-minimal.xml");

    fn stopped(correction: &Correction, before: &str, after: &str) -> bool {
        let (before, after) = (read(before.as_bytes()).unwrap(), read(after.as_bytes()).unwrap());
        let changes = changes(&before.invoice, &after.invoice);
        breach(correction, &before, &after, &changes).is_some()
    }

    /// Whatever a correction is: what it must not change, it does not get past the guard.
    #[test]
    fn the_guard_lets_nothing_else_pass() {
        let changes: [(&str, &str, &str); 25] = [
            (UBL, "120.00</cbc:PayableAmount>", "120.0</cbc:PayableAmount>"),
            (UBL, ">50.00<", ">50<"),
            (UBL, "\"HUR\">2<", "\"HUR\">2.0<"),
            (UBL, "\"HUR\">2<", "\"DAY\">2<"),
            (UBL, "\"HUR\">2<", "\"hur\">2<"),
            (UBL, ">2026-12-22<", ">2026-12-23<"),
            (UBL, ">FA-2026-0043<", "> FA-2026-0043<"),
            (UBL, "<cbc:CompanyID schemeID=\"0002\">123456782", "<cbc:CompanyID schemeID=\"0002\">987654324"),
            (UBL, ">Chantiers du Port SAS<", ">Chantiers du port SAS<"),
            (UBL, ">12 rue du", ">13 rue du"),
            (UBL, ">FR<", ">fr<"),
            (UBL, "<cbc:ID>S</cbc:ID>", "<cbc:ID>s</cbc:ID>"),
            (UBL, "<cbc:Percent>20<", "<cbc:Percent>20.01<"),
            (UBL, "<cbc:Percent>20</cbc:Percent>", ""),
            (UBL, "currencyID=\"EUR\">100", "currencyID=\"USD\">100"),
            (UBL, ">EUR</cbc:Doc", ">eur</cbc:Doc"),
            (UBL, "40 EUR</cbc:Note>", "45 EUR</cbc:Note>"),
            (UBL, "  <cbc:Note>#BAR#B2B</cbc:Note>\n", ""),
            (UBL, ">VAT<", ">TVA<"),
            (UBL, ">FR7630006000011234567890189<", ">FR7630006000011234567890188<"),
            (UBL, "<cbc:InvoiceTypeCode>380<", "<cbc:InvoiceTypeCode>381<"),
            (CII, "\"102\">20261222<", "\"102\">20261223<"),
            (CII, "40 EUR</ram:Content>", "45 EUR</ram:Content>"),
            (CII, "<ram:TypeCode>VAT</ram:TypeCode>", "<ram:TypeCode>TVA</ram:TypeCode>"),
            (CII, "currencyID=\"EUR\"", "currencyID=\"USD\""),
        ];
        for (text, from, to) in changes {
            assert!(text.contains(from), "{from}");
            for correction in corrections() {
                assert!(stopped(correction, text, &text.replacen(from, to, 1)), "{}: {from} -> {to}", correction.id);
            }
        }
        for text in [UBL, CII] {
            assert!(corrections().iter().all(|correction| !stopped(correction, text, text)));
        }
    }
}
