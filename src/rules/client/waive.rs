//! Waivers: somebody answers for a rule that some invoices break, with name, reason and last day.
//!
//! They stand as `[[waive]]` in a customer's file, for that customer's invoices, or in `waivers.toml` beside the customer files, for
//! the customers, suppliers and documents that each of them names. A waiver marks findings; it takes none away.

use std::sync::Arc;

use crate::day::Day;
use crate::invoice::{Invoice, Term, bt};
use crate::limits;
use crate::rules::{Finding, Waived};

use super::fault::FileError;
use super::file::{Key, KeyKind, Origin, Placed};
use super::matching::{BUYER, SELLER, Side, known_as};

/// The name of the file beside the customer files that holds waivers alone.
pub const WAIVERS: &str = "waivers.toml";

/// One `[[waive]]`.
#[derive(Debug, Clone)]
pub struct Waiver {
    pub origin: Origin,
    /// The id of a rule, or of the group that several share.
    pub rule: String,
    /// Only findings about this term.
    pub term: Option<Term>,
    /// Only invoices for this buyer; empty for any. In a customer's file its `match` has said it already.
    pub customer: Vec<Key>,
    /// Only invoices of this seller; empty for any.
    pub supplier: Vec<Key>,
    /// Only documents of these numbers (BT-1); empty for any.
    pub document: Vec<String>,
    pub author: String,
    pub reason: String,
    /// The last day on which it holds.
    pub until: Day,
}

/// What `waivers.toml` says.
#[derive(Debug)]
pub struct WaiverFile {
    /// SHA-256 of the file's bytes.
    pub sha256: [u8; 32],
    pub waivers: Vec<Arc<Waiver>>,
    pub remarks: Vec<FileError>,
}

/// Where a waiver stands on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    InForce,
    /// In force, for so many days more: 0 on the last one, `limits::WAIVER_SOON_DAYS` at most.
    Soon(i64),
    Expired,
}

impl Standing {
    /// As programs read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Standing::InForce => "in-force",
            Standing::Soon(_) => "soon",
            Standing::Expired => "expired",
        }
    }
}

impl Waiver {
    /// Is the invoice one that it speaks of?
    pub fn covers(&self, invoice: &Invoice<'_>) -> bool {
        let number = || {
            let mut numbers = invoice.all(bt::BT_1).map(|number| number.trimmed());
            // Of two numbers nobody knows which counts.
            numbers.next().filter(|_| numbers.next().is_none())
        };
        named(&self.customer, invoice, &BUYER)
            && named(&self.supplier, invoice, &SELLER)
            && (self.document.is_empty() || number().is_some_and(|number| self.document.iter().any(|d| d == number)))
    }

    /// Is it one of the findings that it speaks of?
    pub fn is_about(&self, finding: &Finding) -> bool {
        let term = |wanted: &Term| finding.terms.iter().any(|term| term == wanted.id());
        (finding.rule == self.rule || finding.group == self.rule) && self.term.as_ref().is_none_or(term)
    }

    /// Its last day counts.
    pub fn standing(&self, as_of: Day) -> Standing {
        match self.until.since_epoch() - as_of.since_epoch() {
            ..0 => Standing::Expired,
            left if left <= limits::WAIVER_SOON_DAYS => Standing::Soon(left),
            _ => Standing::InForce,
        }
    }

    pub fn in_force(&self, as_of: Day) -> bool {
        self.standing(as_of) != Standing::Expired
    }

    /// As it marks a finding.
    pub fn mark(&self) -> Waived {
        Waived {
            rule: self.rule.clone(),
            author: self.author.clone(),
            reason: self.reason.clone(),
            until: self.until,
            file: format!("{}.toml", self.origin.file),
            line: self.origin.line,
        }
    }

    /// The rule, with the term where it is about one alone.
    pub fn what(&self) -> String {
        self.term.map_or_else(|| self.rule.clone(), |term| format!("{} ({term})", self.rule))
    }
}

/// Is the party one of these? The most precise identifier that both of them name decides, and decides alone: an invoice that bears
/// another one of that kind as well is not covered.
fn named(keys: &[Key], invoice: &Invoice<'_>, side: &Side) -> bool {
    if keys.is_empty() {
        return true;
    }
    let borne = known_as(invoice, side);
    let deciding = KeyKind::ALL
        .into_iter()
        .find(|kind| keys.iter().any(|key| key.kind == *kind) && borne.iter().any(|known| known.kind == *kind));
    deciding.is_some_and(|kind| {
        let is_named = |value: &str| keys.iter().any(|key| key.kind == kind && key.value == value);
        borne.iter().filter(|known| known.kind == kind).all(|known| is_named(&known.value))
    })
}

/// Does an invoice that a customer's file was chosen for name nobody else? All identifiers of the kind that chose the file have to be
/// among its keys, and all SIRENs where that kind is SIRET or SIREN. Of one that bears no key of the file (a file that somebody named
/// by hand, or one without `match`) nothing can be said against it.
pub fn is_only_for(keys: &[Placed<Key>], invoice: &Invoice<'_>) -> bool {
    let borne = known_as(invoice, &BUYER);
    let is_key = |kind: KeyKind, value: &str| keys.iter().any(|key| key.value.kind == kind && key.value.value == value);
    let chosen = KeyKind::ALL
        .into_iter()
        .find(|kind| borne.iter().any(|known| known.kind == *kind && is_key(*kind, &known.value)));
    let Some(chosen) = chosen else { return true };
    let of_kind = |kind: KeyKind| borne.iter().filter(move |known| known.kind == kind);
    let named = |siren: &str| {
        let establishment = |key: &Key| key.kind == KeyKind::Siret && key.value.starts_with(siren);
        is_key(KeyKind::Siren, siren) || keys.iter().any(|key| establishment(&key.value))
    };
    match chosen {
        KeyKind::Siret => {
            of_kind(chosen).all(|known| is_key(chosen, &known.value))
                && of_kind(KeyKind::Siren).all(|known| named(&known.value))
        }
        KeyKind::Siren => of_kind(chosen).all(|known| named(&known.value)),
        _ => of_kind(chosen).all(|known| is_key(chosen, &known.value)),
    }
}
