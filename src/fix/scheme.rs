//! `FIX-SCHEME`: the scheme of an identifier, where its form and the rest of the invoice leave one alone.

use crate::formats::Mend;
use crate::invoice::{Invoice, Occurrence, Term, bt, siren_of_vat};
use crate::rules::CodeList;

use super::look::{Candidate, Found, Scene};
use super::scheme_reading::{Reading, is_siren, is_siret, read};
use super::table;

/// An identifier of a party: the term, its scheme, what it is for.
pub(super) struct Slot {
    term: Term,
    scheme: Term,
    pub role: Role,
}

/// What an identifier is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Any identifier of the party; each scheme once.
    Party,
    /// Its number in the register of companies.
    Legal,
    /// Its electronic address.
    Address,
}

/// What the rest of the invoice says of a party.
#[derive(Debug, Default)]
pub(super) struct Evidence {
    pub country: Option<String>,
    pub sirens: Vec<String>,
    pub vat: Option<String>,
}

struct Whose {
    country: Option<Term>,
    vat: Option<Term>,
    slots: &'static [Slot],
}

const fn slot(term: Term, scheme: Term, role: Role) -> Slot {
    Slot { term, scheme, role }
}

const PARTIES: [Whose; 4] = [
    Whose {
        country: Some(bt::BT_40),
        vat: Some(bt::BT_31),
        slots: &[
            slot(bt::BT_30, bt::BT_30_1, Role::Legal),
            slot(bt::BT_29, bt::BT_29_1, Role::Party),
            slot(bt::BT_34, bt::BT_34_1, Role::Address),
        ],
    },
    Whose {
        country: Some(bt::BT_55),
        vat: Some(bt::BT_48),
        slots: &[
            slot(bt::BT_47, bt::BT_47_1, Role::Legal),
            slot(bt::BT_46, bt::BT_46_1, Role::Party),
            slot(bt::BT_49, bt::BT_49_1, Role::Address),
        ],
    },
    Whose {
        country: None,
        vat: None,
        slots: &[slot(bt::BT_61, bt::BT_61_1, Role::Legal), slot(bt::BT_60, bt::BT_60_1, Role::Party)],
    },
    Whose { country: Some(bt::BT_80), vat: None, slots: &[slot(bt::BT_71, bt::BT_71_1, Role::Party)] },
];

pub(super) fn schemes(scene: &Scene<'_>) -> Vec<Found> {
    let mut found = Vec::new();
    for whose in &PARTIES {
        for slot in whose.slots {
            let Some(list) = table::list_of(slot.scheme, scene.syntax()) else { continue };
            for id in scene.invoice().all(slot.term).filter(|id| takes_scheme(scene, slot, *id)) {
                found.extend(of(scene, whose, slot, list, id));
            }
        }
    }
    found
}

fn of(scene: &Scene<'_>, whose: &Whose, slot: &Slot, list: &CodeList, id: Occurrence<'_>) -> Option<Found> {
    let said = id.part(slot.scheme).map(|o| o.trimmed()).filter(|said| !said.is_empty());
    let value = id.text();
    if value.trim().is_empty() || said.is_some_and(|said| !is_impossible(said, value, list)) {
        return None;
    }
    let evidence = evidence(scene.invoice(), whose, id);
    let (term, node) = (slot.scheme, id.node());
    let scheme = match read(value, slot.role, &evidence) {
        Reading::One(scheme) => scheme,
        Reading::Several(schemes) => {
            let (fr, en) = (schemes.join(" ou "), schemes.join(" or "));
            return Some(Found::left(
                term,
                node,
                format!("l'identifiant peut se lire de plusieurs façons, schéma {fr} : à dire par qui le connaît"),
                format!("the identifier can be read in several ways, scheme {en}: whoever knows it has to say"),
            ));
        }
        Reading::None(why) => return Some(Found::left(term, node, why.fr, why.en)),
    };
    if said == Some(scheme) {
        return None;
    }
    // Each scheme stands once in a party.
    let party = |o: &Occurrence<'_>| o.group().id() == id.group().id() && o.id() != id.id();
    let taken = scene.invoice().all(slot.term).filter(party).any(|o| {
        let own = o.part(slot.scheme).map(|o| o.trimmed());
        own == Some(scheme)
            || own.is_none() && matches!(read(o.text(), slot.role, &evidence), Reading::One(s) if s == scheme)
    });
    if taken && slot.role == Role::Party {
        return Some(Found::left(
            term,
            node,
            format!(
                "cette partie a déjà un identifiant de schéma {scheme}, qui n'est donné qu'une fois : garder le bon"
            ),
            format!(
                "this party has an identifier of scheme {scheme} already, which is given once alone: keep the right one"
            ),
        ));
    }
    Mend::attribute(scene.tree(), node, "schemeID", scheme)
        .map(|mend| Found::Change(Candidate::of(term, node, vec![mend])))
}

/// In CII an identifier without a scheme has an element of its own (`ram:ID`), where none is expected.
fn takes_scheme(scene: &Scene<'_>, slot: &Slot, id: Occurrence<'_>) -> bool {
    scene.syntax().is_ubl() || slot.role != Role::Party || scene.name(id.node()) == "ram:GlobalID"
}

/// Is it no scheme at all, or one that this identifier cannot be of? A SIREN has nine digits, a SIRET fourteen.
fn is_impossible(said: &str, value: &str, list: &CodeList) -> bool {
    let known = list.codes.iter().any(|code| code.eq_ignore_ascii_case(said));
    !known || said == "0002" && is_siret(value) || said == "0009" && is_siren(value)
}

/// What else the invoice says of the party that an identifier is of.
fn evidence(invoice: &Invoice<'_>, whose: &Whose, id: Occurrence<'_>) -> Evidence {
    let text = |term: Option<Term>| term.and_then(|term| invoice.text(term)).map(str::to_owned);
    let (country, vat) = (text(whose.country), text(whose.vat));
    let french = country.as_deref() == Some("FR");
    let mut sirens: Vec<String> = vat.as_deref().and_then(siren_of_vat).map(str::to_owned).into_iter().collect();
    for slot in whose.slots {
        for other in invoice.all(slot.term).filter(|o| o.id() != id.id()) {
            let (value, said) = (other.trimmed(), other.part(slot.scheme).map(|o| o.trimmed()));
            let siren = match said {
                Some("0002") if is_siren(value) => Some(value),
                Some("0009") if is_siret(value) => value.get(..9),
                None | Some("") if slot.role == Role::Legal && french && is_siren(value) => Some(value),
                _ => None,
            };
            sirens.extend(siren.map(str::to_owned));
        }
    }
    Evidence { country, sirens, vat }
}
