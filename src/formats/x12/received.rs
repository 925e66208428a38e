//! A file of X12 interchanges as documents: each 810 in it, written as CII so that the same rules judge it, with the place of everything in the
//! file as it came.

use std::sync::Arc;

use super::{Drafts, Drawn, Other, Remark, Settings, Topic, drafts_by};
use crate::formats::edifact::Partner;
use crate::formats::write::{Loss, Target, write};
use crate::formats::{Beside, BesideKind, Cut, zeros};
use crate::invoice::{Origin, Place};
use crate::x12::{self, Code, Fault, List, Refusal};

/// An 810 as it was received, and what it is as CII.
#[derive(Debug)]
pub struct Received {
    /// The document as CII.
    pub text: String,
    /// What it was and where everything in it stands.
    pub origin: Arc<Origin>,
    /// What it states, as it was read.
    pub drawn: Drawn,
    /// Invoices of the file whose release is not read.
    pub unread: Arc<[Other]>,
    /// Why the rest of the file is not read.
    pub refusal: Option<Refusal>,
    /// What no element of CII holds.
    pub losses: Vec<Loss>,
    /// ST02, and which invoice of the file it is, from 1.
    pub reference: String,
    pub position: usize,
}

impl Received {
    /// Whether its set, or else the group or interchange around it, ended too early, and where.
    pub fn cut(&self) -> Option<(Cut, Place)> {
        // AK502 and AK905: the trailer of the set, of the group, is missing. TA105: that of the interchange.
        const MISSING: [(&str, List, u8, bool); 3] =
            [("SE", List::Ak502, 2, true), ("GE", List::Ak905, 3, false), ("IEA", List::Ta105, 23, false)];
        MISSING.into_iter().find_map(|(trailer, list, number, inside)| {
            let faults = if inside { &self.drawn.faults[..] } else { &self.drawn.around[..] };
            let fault = faults.iter().find(|fault| fault.code == Code { list, number } && fault.refuses())?;
            Some((Cut { trailer, inside }, place_of(fault)))
        })
    }

    /// What the set says and its CII does not, with its place: what no term takes as the set writes it, and the addresses of terms that could not be written.
    pub fn not_carried(&self) -> impl Iterator<Item = (String, Option<Place>)> {
        let unread = self.drawn.remarks.iter().filter(|remark| remark.is_left());
        let unread = unread.map(|remark| (remark.said.clone(), Some(remark.place.clone())));
        unread.chain(self.losses.iter().map(|loss| (loss.address.clone(), loss.place.clone())))
    }
}

impl Received {
    /// What it says beside its terms: what it says twice, what it is sent for, what was left aside.
    pub fn beside(&self) -> Vec<Beside> {
        let of_remark = |remark: &Remark| {
            // `BIG08 05` and `SAC07 50` have an element and its text, `AMT*GV*1` the whole segment.
            let at_element = matches!(remark.place, Place::Edifact { element, .. } if element > 0);
            let cut = remark.said.split_once(' ').filter(|_| at_element);
            let kind = match remark.topic {
                Topic::Contradiction => BesideKind::Contradiction,
                Topic::Cancelled => BesideKind::Function,
                Topic::Code if remark.said.starts_with("BIG08 ") => BesideKind::Function,
                _ => BesideKind::Left,
            };
            let term = remark.terms.first().copied().filter(|_| kind == BesideKind::Contradiction);
            Beside {
                kind,
                term,
                what: term
                    .map_or_else(|| cut.map_or_else(|| remark.kind(), |(e, _)| e.to_owned()), |t| t.id().to_owned()),
                value: Some(cut.map_or(&*remark.said, |(_, text)| text).to_owned()),
                place: Some(remark.place.clone()),
            }
        };
        let cut = self.cut().map(|(cut, place)| cut.beside(place));
        let test = self.drawn.envelope.test.then(|| Beside {
            kind: BesideKind::Function,
            term: None,
            what: "ISA15".to_owned(),
            value: Some("T".to_owned()),
            place: None,
        });
        let losses = self.losses.iter().map(|loss| Beside {
            kind: BesideKind::Left,
            term: loss.term,
            what: loss.address.clone(),
            value: Some(loss.value.clone()),
            place: loss.place.clone(),
        });
        let remarks = self.drawn.remarks.iter().filter(|remark| remark.is_left()).map(of_remark);
        cut.into_iter().chain(remarks).chain(test).chain(losses).collect()
    }
}

/// Why there is no invoice in a file that is X12.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoInvoice {
    /// The file cannot be read as X12.
    Refused(Refusal),
    /// Its transaction sets are no invoices; their codes (ST01).
    Others(Vec<String>),
    /// Its invoices are of releases that are not read (GS08).
    Releases(Vec<String>),
    /// It holds so many invoices where one is expected.
    Several(usize),
}

impl NoInvoice {
    /// The rule id under which a report names it.
    pub fn rule(&self) -> &'static str {
        match self {
            NoInvoice::Refused(refusal) => refusal.kind.rule(),
            NoInvoice::Others(_) => "FCT-READ-NOT-INVOICE",
            NoInvoice::Releases(_) => "FCT-X12-RELEASE",
            NoInvoice::Several(_) => "FCT-X12-SEVERAL",
        }
    }
}

/// Is it X12, as far as its beginning tells?
pub fn is_x12(bytes: &[u8]) -> bool {
    x12::is_x12(bytes)
}

/// Each 810 of a file. Partners are tried by the sender of each interchange (ISA06), then of each group (GS02).
///
/// # Errors
/// The file is no X12, or holds no 810 of a release that is read.
pub fn received(bytes: &[u8], partners: &[Partner]) -> Result<Vec<Received>, NoInvoice> {
    let known: Vec<Settings> = partners.iter().map(settings).collect();
    let default = Settings::default();
    let by = |senders: [&str; 2]| {
        let at =
            senders.iter().find_map(|sender| partners.iter().position(|p| p.identifiers.iter().any(|id| id == sender)));
        at.and_then(|at| known.get(at)).unwrap_or(&default)
    };
    let Drafts { invoices, others, refusal, .. } = drafts_by(bytes, &by);
    if invoices.is_empty() {
        return Err(none(others, refusal));
    }
    let unread: Arc<[Other]> = others.into_iter().filter(Other::is_invoice).collect();
    let documents = invoices.into_iter().zip(1..).map(|(mut drawn, position)| {
        zeros::left_out(&mut drawn.draft);
        let written = write(&drawn.draft, Target::Cii);
        // Written, it is not asked again.
        drawn.draft = Default::default();
        let origin = Origin { format: drawn.syntax, places: written.places, attributes: written.attribute_places };
        Received {
            text: written.text,
            origin: Arc::new(origin),
            unread: unread.clone(),
            refusal: refusal.clone(),
            losses: written.losses.into_iter().filter(|loss| loss.reason.is_loss()).collect(),
            reference: drawn.controls[2].clone(),
            position,
            drawn,
        }
    });
    Ok(documents.collect())
}

/// Is there a partner for each sender of the file (ISA06, else GS02)?
pub fn is_agreed_with(bytes: &[u8], partners: &[Partner]) -> bool {
    let (interchanges, _) = x12::read(bytes, &x12::Options::default());
    let known = |sender: &str| partners.iter().any(|p| p.identifiers.iter().any(|id| id == sender.trim()));
    let all = |one: &x12::Interchange<'_>| {
        known(&one.envelope.sender.id)
            || (!one.groups.is_empty() && one.groups.iter().all(|group| known(&group.sender)))
    };
    !interchanges.is_empty() && interchanges.iter().all(all)
}

/// What is agreed with a partner in any syntax, with what is agreed of its X12.
fn settings(partner: &Partner) -> Settings {
    let mut settings = partner.x12.clone();
    for (term, text) in &partner.constants {
        if settings.constants.iter().all(|(known, _)| known != term.id()) {
            settings.constants.push((term.id().to_owned(), text.clone()));
        }
    }
    settings
}

fn none(others: Vec<Other>, refusal: Option<Refusal>) -> NoInvoice {
    let (releases, sets): (Vec<Other>, Vec<Other>) = others.into_iter().partition(Other::is_invoice);
    match (releases.is_empty(), refusal) {
        (false, _) => NoInvoice::Releases(releases.into_iter().map(|other| other.version).collect()),
        (true, Some(refusal)) => NoInvoice::Refused(refusal),
        (true, None) => NoInvoice::Others(sets.into_iter().map(|other| other.code).collect()),
    }
}

/// The place of a fault, as findings have it.
pub fn place_of(fault: &Fault) -> Place {
    let x12::Place { segment, element, component, offset } = fault.place;
    Place::Edifact { segment, element, component, offset }
}
