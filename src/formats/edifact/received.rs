//! A file of interchanges as documents: each INVOIC in it, written as CII so that the same rules judge it, with the place of everything in the
//! file as it came.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use crate::edifact::{self, Fault, Message, Options, Refusal, Whole};
use crate::formats::write::{Loss, Target, Written, write};
use crate::formats::{Beside, BesideKind, Cut, NotCarried, zeros};
use crate::invoice::{Draft, Origin, Place, Term, bt, is_self_billed};
use crate::limits;
use crate::text::Text;

use super::{Directory, Function, Partner, Stated, home, stated};

/// An INVOIC as it was received, and what it is as CII.
#[derive(Debug)]
pub struct Received {
    /// The document as CII.
    pub text: String,
    /// What it was and where everything in it stands.
    pub origin: Arc<Origin>,
    /// What it states, as it was read.
    pub stated: Stated,
    /// Faults of its interchange.
    pub around: Vec<Fault>,
    /// Is it refused by its syntax?
    pub refused: bool,
    /// What no element of CII holds.
    pub losses: Vec<Loss>,
    /// Bytes before its UNB.
    pub unb: u64,
    /// 0062, and which message of the file it is, from 1.
    pub reference: String,
    pub position: usize,
    /// D:96A:UN:EAN008, as UNH says.
    pub kind: String,
    /// How many terms it states, where they are too many to be written (`limits::EDIFACT_TERMS`); `text` is empty then.
    pub too_many: Option<usize>,
    /// Why nothing of it but its header was kept (a bound of [`crate::limits`]): there is no invoice to judge.
    pub unkept: Option<Refusal>,
}

impl Received {
    /// Where a term stands in such a message, or would: with the parties as this one calls them.
    pub fn home(&self, term: Term) -> Option<String> {
        if let Some((element, component)) = self.in_unb(term) {
            return Some(format!("UNB, {element}.{component}"));
        }
        let directory = self.stated.directory;
        // What code reads beside the table: the second currency, the VAT total in it, the reason of an exemption.
        let beside = match (term, directory) {
            (bt::BT_6, _) => Some("CUX, 2.2 (2.1 = 6)"),
            (bt::BT_111, Directory::D96A | Directory::D01B) => Some("MOA+176, 1.2 (1.3 = BT-6)"),
            (bt::BT_120, Directory::D96A) => Some("FTX+TXD, 4.1"),
            (bt::BT_120, Directory::D01B) => Some("FTX+AGM, 4.1"),
            (bt::BT_121, Directory::D01B) => Some("FTX+AGM, 3.1"),
            _ => None,
        };
        let mut home = beside.map(str::to_owned).or_else(|| home(directory, term))?;
        for (usual, own) in &self.stated.parties {
            if let Some(rest) =
                home.strip_prefix(usual.as_str()).filter(|rest| rest.is_empty() || rest.starts_with([' ', ',']))
            {
                home = format!("{own}{rest}");
                break;
            }
        }
        Some(home)
    }

    /// The place of an electronic address, which the directories before EN 16931 have in UNB alone.
    pub fn place_in_unb(&self, term: Term) -> Option<Place> {
        let (element, component) = self.in_unb(term)?;
        Some(Place::Edifact { segment: 0, element, component, offset: self.unb })
    }

    fn in_unb(&self, term: Term) -> Option<(u32, u32)> {
        // Sender and recipient: of a self-billed invoice buyer and seller.
        let [seller, buyer] = if is_self_billed(self.stated.draft.text(bt::BT_3)) { [3, 2] } else { [2, 3] };
        let place = match term {
            bt::BT_34 => (seller, 1),
            bt::BT_34_1 => (seller, 2),
            bt::BT_49 => (buyer, 1),
            bt::BT_49_1 => (buyer, 2),
            _ => return None,
        };
        (self.stated.directory != Directory::D16B).then_some(place)
    }

    /// Whether its message, or else the interchange around it, ended too early, and where.
    pub fn cut(&self) -> Option<(Cut, Place)> {
        let of = |fault: &Fault, trailer, inside| (Cut { trailer, inside }, place_of(fault));
        let message = self.stated.faults.iter().find(|fault| is_cut(fault)).map(|fault| of(fault, "UNT", true));
        let missing = |trailer: &'static str| {
            let is_it = |fault: &&Fault| {
                (fault.code, fault.concern) == (13, edifact::Concern::Completeness) && fault.tag == trailer
            };
            self.around.iter().find(is_it).map(|fault| of(fault, trailer, false))
        };
        message.or_else(|| missing("UNE")).or_else(|| missing("UNZ"))
    }

    /// What it says and [`Received::text`] does not: segments that no term takes, then terms that no element of CII holds.
    pub fn not_carried(&self) -> Vec<NotCarried> {
        let segments = self.stated.untaken.iter().map(|one| (&one.segment, &one.place));
        let terms = self.losses.iter().map(|loss| (&loss.address, &loss.place));
        segments.chain(terms).map(|(what, place)| NotCarried { what: what.clone(), place: place.clone() }).collect()
    }
}

impl Received {
    /// What it says beside its terms: what it says twice, what it is sent for, what was left aside.
    pub fn beside(&self) -> Vec<Beside> {
        let stated = &self.stated;
        let doubts = stated.doubts.iter().map(|doubt| Beside {
            kind: match (doubt.foreign, doubt.open) {
                (true, _) => BesideKind::Currency,
                (false, true) => BesideKind::Contradiction,
                (false, false) => BesideKind::Left,
            },
            term: Some(doubt.term),
            what: doubt.term.id().to_owned(),
            value: Some(doubt.other.clone()),
            place: doubt.place.clone(),
        });
        let function = |what: &str, code: &str, place: &Option<Place>| Beside {
            kind: BesideKind::Function,
            term: None,
            what: what.to_owned(),
            value: Some(code.to_owned()),
            place: place.clone(),
        };
        let (code, place) = &stated.function;
        let purpose = (Function::of(code) != Function::Original).then(|| function("BGM 1225", code.trim(), place));
        let test = stated.test.then(|| function("UNB 0035", "1", &None));
        let left = |what: &str, term: Option<Term>, value: Option<&str>, place: &Option<Place>| Beside {
            kind: BesideKind::Left,
            term,
            what: what.to_owned(),
            value: value.map(str::to_owned),
            place: place.clone(),
        };
        let untaken = stated.untaken.iter().map(|one| left(&one.segment, None, None, &one.place));
        let losses = self.losses.iter().map(|loss| left(&loss.address, loss.term, Some(&loss.value), &loss.place));
        let cut = self.cut().map(|(cut, place)| cut.beside(place));
        // What is in doubt is told once.
        let known: HashSet<&Place> = stated.doubts.iter().filter_map(|doubt| doubt.place.as_ref()).collect();
        let segments: HashSet<u32> = known.iter().filter_map(|place| segment_of(place)).collect();
        // A segment of which nothing else was read is the doubt.
        let is_known = |place: &Place| match place {
            Place::Edifact { segment, element: 0, .. } => segments.contains(segment),
            place => known.contains(place),
        };
        let untaken = untaken.filter(|one| one.place.as_ref().is_none_or(|place| !is_known(place)));
        let losses = losses.filter(|one| one.place.as_ref().is_none_or(|place| !known.contains(place)));
        cut.into_iter().chain(doubts).chain(purpose).chain(test).chain(untaken).chain(losses).collect()
    }
}

/// Why there is no invoice in a file that is EDIFACT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoInvoic {
    /// The file cannot be read as EDIFACT.
    Refused(Refusal),
    /// Its messages are of other types; their names.
    Others(Vec<String>),
    /// It holds so many invoices where one is expected.
    Several(usize),
    /// It holds more than so many messages, or its parts would be too large together.
    TooMany(usize),
}

/// Is it EDIFACT, as far as its beginning tells?
pub fn is_edifact(bytes: &[u8]) -> bool {
    edifact::is_edifact(bytes)
}

/// Each INVOIC of a file. `partners` are tried by the sender of the interchange; those that are nobody's are read leniently.
///
/// # Errors
/// The file is no EDIFACT, or holds no INVOIC that could be read.
pub fn received(bytes: &[u8], partners: &[Partner]) -> Result<Vec<Received>, NoInvoic> {
    let survey = Survey::of(bytes, partners);
    match (survey.invoices, &survey.refusal) {
        (many, _) if many > limits::EDIFACT_MESSAGES => Err(NoInvoic::TooMany(limits::EDIFACT_MESSAGES)),
        (0, Some(refusal)) => Err(NoInvoic::Refused(refusal.clone())),
        (0, None) => Err(NoInvoic::Others(survey.others)),
        _ => Ok(survey.documents().collect()),
    }
}

/// What is known of a file when it was read once: what stands around its messages, which say what they say in a second reading, one at a time.
pub struct Survey<'b> {
    bytes: &'b [u8],
    partner: Cow<'b, Partner>,
    /// Its interchanges, without their messages.
    wholes: Vec<Whole>,
    refusal: Option<Refusal>,
    /// How many INVOIC it holds.
    pub invoices: usize,
    /// The types of its other messages, each once.
    others: Vec<String>,
    /// The files that the invoices of each interchange name, by the place of its UNB: a package (UNO) there that bears none of these names is nobody's.
    files: HashMap<u64, HashSet<String>>,
}

impl<'b> Survey<'b> {
    pub fn of(bytes: &'b [u8], partners: &'b [Partner]) -> Survey<'b> {
        let partner = partner_of(bytes, partners).map_or_else(Cow::default, Cow::Borrowed);
        let (mut invoices, mut others, mut files) = (0, Vec::new(), HashMap::<u64, HashSet<String>>::new());
        let (wholes, refusal) = edifact::read_around(bytes, &options(&partner), &mut |message| {
            if is_invoic(&message) {
                invoices += 1;
                super::files::named(&message, files.entry(message.envelope.offset).or_default());
            } else if others.len() < limits::EDIFACT_FAULTS && !others.contains(&message.kind.name) {
                others.push(message.kind.name.clone());
            }
        });
        Survey { bytes, partner, wholes, refusal, invoices, others, files }
    }

    /// Each INVOIC, read and written when it is asked for.
    pub fn documents(self) -> impl Iterator<Item = Received> + 'b {
        let mut interchange = edifact::Interchange::new(self.bytes, options(&self.partner));
        let (mut begun, mut position) = (0_usize, 0);
        std::iter::from_fn(move || {
            loop {
                match interchange.next_event().ok().flatten()? {
                    edifact::Event::Begin(_) => begun += 1,
                    edifact::Event::Message(message) if is_invoic(&message) => {
                        position += 1;
                        return self.document(&message, begun.checked_sub(1)?, position);
                    }
                    _ => {}
                }
            }
        })
    }

    fn document(&self, message: &Message, whole: usize, position: usize) -> Option<Received> {
        let whole = self.wholes.get(whole)?;
        let mut stated = stated(message, &whole.packages, &self.partner);
        let none = HashSet::new();
        let named = self.files.get(&message.envelope.offset).unwrap_or(&none);
        stated.untaken.extend(super::files::nobodys(&whole.packages, named));
        zeros::left_out(&mut stated.draft);
        let refused = message.is_refused() || whole.end.refused || stated.faults.iter().any(Fault::refuses);
        let (written, too_many) = written(&stated.draft, limits::EDIFACT_TERMS);
        let origin =
            Origin { format: stated.directory.syntax(), places: written.places, attributes: written.attribute_places };
        let kind = &message.kind;
        let kind = [&kind.version, &kind.release, &kind.agency, &kind.association];
        let kind: Vec<&str> = kind.iter().map(|part| part.as_str()).filter(|part| !part.is_empty()).collect();
        let mut around = whole.faults.clone();
        if whole.packages.iter().any(|package| !package.faults.is_empty()) {
            around.extend(super::files::faults(message, &whole.packages));
        }
        // What was read before stands; that the rest was not is said of each.
        around.extend(self.refusal.as_ref().map(of_refusal));
        Some(Received {
            text: written.text,
            origin: Arc::new(origin),
            stated,
            around,
            refused,
            losses: written.losses.into_iter().filter(|loss| loss.reason.is_loss()).collect(),
            unb: message.envelope.offset,
            reference: message.reference.clone(),
            position,
            kind: kind.join(":"),
            too_many,
            unkept: unkept(message),
        })
    }
}

fn segment_of(place: &Place) -> Option<u32> {
    match place {
        Place::Edifact { segment, .. } => Some(*segment),
        _ => None,
    }
}

/// Is it that the trailer of a message never came?
pub(super) fn is_cut(fault: &Fault) -> bool {
    fault.code == 13 && fault.tag == "UNT"
}

/// The bound that a message met, where only its UNH was kept.
fn unkept(message: &Message) -> Option<Refusal> {
    let is_bound = |fault: &&Fault| (fault.concern, fault.level) == (edifact::Concern::Limit, edifact::Level::Message);
    let fault = message.faults.iter().find(is_bound)?;
    let kind = edifact::RefusalKind::Limit;
    Some(Refusal { kind, code: fault.code, offset: fault.place.offset, what: fault.what.clone() })
}

fn options(partner: &Partner) -> Options {
    Options { strictness: partner.strictness, repetition: partner.repetition }
}

fn is_invoic(message: &Message) -> bool {
    message.kind.name.trim().eq_ignore_ascii_case("INVOIC")
}

/// A draft as CII. What would be longer than any document may be is not written at all: it would take gigabytes to say so.
fn written(draft: &Draft, most: usize) -> (Written, Option<usize>) {
    match draft.count() {
        terms if terms > most => (Written::default(), Some(terms)),
        _ => (write(draft, Target::Cii), None),
    }
}

fn of_refusal(refusal: &Refusal) -> Fault {
    let place = edifact::FaultPlace { offset: refusal.offset, ..Default::default() };
    Fault {
        code: refusal.code,
        level: edifact::Level::Interchange,
        concern: edifact::Concern::Limit,
        answer: edifact::Answer::Warn,
        tag: String::new(),
        place,
        what: Text::new(
            format!("la suite du fichier n’est pas lue : {}", refusal.what.fr),
            format!("the rest of the file is not read: {}", refusal.what.en),
        ),
    }
}

/// The partner whose identifier UNB gives as the sender.
pub fn partner_of<'p>(bytes: &[u8], partners: &'p [Partner]) -> Option<&'p Partner> {
    if partners.is_empty() {
        return None;
    }
    let mut interchange = edifact::Interchange::new(bytes, Options::default());
    let sender = std::iter::from_fn(|| interchange.next_event().ok().flatten()).find_map(|event| match event {
        edifact::Event::Begin(envelope) => Some(envelope.sender.id.clone()),
        _ => None,
    })?;
    partners.iter().find(|partner| partner.identifiers.contains(&sender))
}

/// The place of a fault, as findings have it.
pub fn place_of(fault: &Fault) -> Place {
    let edifact::FaultPlace { segment, element, component, offset } = fault.place;
    Place::Edifact { segment, element, component, offset }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoice::Said;

    #[test]
    fn too_many_terms_are_counted_and_not_written() {
        let draft = Draft {
            said: vec![Said::new(bt::BT_1, "F-1", None), Said::new(bt::BT_3, "380", None)],
            ..Draft::default()
        };
        assert_eq!(written(&draft, 1), (Written::default(), Some(2)));
        let (whole, too_many) = written(&draft, 2);
        assert!(whole.text.contains("F-1") && too_many.is_none());
    }
}
