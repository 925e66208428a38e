//! Documents that came in no XML (EDIFACT, X12): each invoice of a file, written as CII so that the same rules judge it, with the place of
//! everything in the file as it came.

use std::sync::Arc;

use crate::invoice::{Origin, Place, Term};
use crate::limits;
use crate::text::Text;
use crate::{edifact as syntax_of_edifact, x12 as syntax_of_x12};

use super::write::Loss;
use super::{NotCarried, Unreadable, edifact, x12};

/// An invoice as it was received, and what it is as CII.
#[derive(Debug)]
pub enum Received {
    Edifact(Box<edifact::Received>),
    X12(Box<x12::Received>),
}

/// That a message, or the interchange around it, ended before its trailer: what came behind is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cut {
    /// The trailer that never came: `UNT`, `UNZ`, `SE`, `IEA` …
    pub trailer: &'static str,
    /// Is it the message itself that is not whole? Else messages behind it may be missing.
    pub inside: bool,
}

impl Cut {
    /// A clause without a full stop.
    pub fn text(&self) -> Text {
        let trailer = self.trailer;
        match self.inside {
            true => Text::new(
                format!(
                    "le message est coupé avant son {trailer} : ce qui le suivait n’est pas là ; demander un nouvel envoi"
                ),
                format!(
                    "the message is cut before its {trailer}: what came behind is not here; ask for it to be sent again"
                ),
            ),
            false => Text::new(
                format!(
                    "l’échange est coupé avant son {trailer} : d’autres factures peuvent manquer ; demander un nouvel envoi"
                ),
                format!(
                    "the interchange is cut before its {trailer}: further invoices may be missing; ask for it to be sent again"
                ),
            ),
        }
    }

    /// As what a message says beside its terms, though it is what it does not say.
    pub(super) fn beside(self, place: Place) -> Beside {
        let (what, place) = (self.trailer.to_owned(), Some(place));
        Beside { kind: BesideKind::Cut(self), term: None, what, value: Some(String::new()), place }
    }
}

/// Something that an invoice of EDIFACT or X12 says and that is in none of the terms read of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beside {
    pub kind: BesideKind,
    pub term: Option<Term>,
    /// What says it: `MOA+86`, `BGM 1225`, `SAC07`; of a contradiction, the term.
    pub what: String,
    /// None where it is what the file has at `place`.
    pub value: Option<String>,
    pub place: Option<Place>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum BesideKind {
    /// It, or the interchange around it, ended too early.
    Cut(Cut),
    /// A term said again, otherwise: which holds is open.
    Contradiction,
    /// A term said in another currency than the invoice, and not in its own.
    Currency,
    /// What the message is for: no original (BGM 1225, BIG08), or a test.
    Function,
    /// What no term takes, or was not taken over.
    Left,
}

/// The segment of an EDIFACT message as written, from the byte of its place on; of a component, what stands from there on.
pub fn written_at(bytes: &[u8], place: &Place) -> Option<String> {
    let Place::Edifact { offset, .. } = place else { return None };
    let (terminator, release) = match bytes {
        [b'U', b'N', b'A', _, _, _, release, _, terminator, ..] => (*terminator, *release),
        _ => (b'\'', b'?'),
    };
    let rest = bytes.get(usize::try_from(*offset).ok()?..)?;
    let mut released = false;
    let end = rest.iter().take(limits::QUOTED_SEGMENT).position(|byte| {
        let ends = *byte == terminator && !released;
        released = *byte == release && release != b' ' && !released;
        ends
    });
    let text = String::from_utf8_lossy(&rest[..end.unwrap_or(rest.len().min(limits::QUOTED_SEGMENT))]);
    match text {
        std::borrow::Cow::Borrowed(text) => Some(text.trim().to_owned()),
        // Not UTF-8: as Latin 1, which holds every byte apart.
        std::borrow::Cow::Owned(_) => {
            let raw = &rest[..end.unwrap_or(rest.len().min(limits::QUOTED_SEGMENT))];
            Some(raw.iter().map(|byte| char::from(*byte)).collect::<String>().trim().to_owned())
        }
    }
}

impl Received {
    /// The document as CII.
    pub fn text(&self) -> &str {
        match self {
            Received::Edifact(received) => &received.text,
            Received::X12(received) => &received.text,
        }
    }

    /// The same, which is then nowhere else.
    pub fn take_text(&mut self) -> String {
        match self {
            Received::Edifact(received) => std::mem::take(&mut received.text),
            Received::X12(received) => std::mem::take(&mut received.text),
        }
    }

    /// How many terms it states, where they are more than are written (`limits::EDIFACT_TERMS`).
    pub fn too_many(&self) -> Option<usize> {
        match self {
            Received::Edifact(received) => received.too_many,
            Received::X12(_) => None,
        }
    }

    /// The bound that it met, where nothing of it was kept.
    pub fn unkept(&self) -> Option<&syntax_of_edifact::Refusal> {
        match self {
            Received::Edifact(received) => received.unkept.as_ref(),
            Received::X12(_) => None,
        }
    }

    /// What it was and where everything in it stands.
    pub fn origin(&self) -> &Arc<Origin> {
        match self {
            Received::Edifact(received) => &received.origin,
            Received::X12(received) => &received.origin,
        }
    }

    /// What no element of CII holds.
    pub fn losses(&self) -> &[Loss] {
        match self {
            Received::Edifact(received) => &received.losses,
            Received::X12(received) => &received.losses,
        }
    }

    /// What it says and [`Received::text`] does not.
    pub fn not_carried(&self) -> Vec<NotCarried> {
        match self {
            Received::Edifact(received) => received.not_carried(),
            Received::X12(received) => received.not_carried().map(|(what, place)| NotCarried { what, place }).collect(),
        }
    }

    /// What it says beside the terms that were read of it.
    pub fn beside(&self) -> Vec<Beside> {
        match self {
            Received::Edifact(received) => received.beside(),
            Received::X12(received) => received.beside(),
        }
    }

    /// Where it says a term of the document for the second time.
    pub fn again(&self, term: Term) -> Option<Place> {
        let draft = match self {
            Received::Edifact(received) => &received.stated.draft,
            Received::X12(received) => &received.drawn.draft,
        };
        draft.said.iter().filter(|said| said.term == term).nth(1).and_then(|said| said.place.clone())
    }

    /// The rates of VAT that its header states, where they are several.
    pub fn rates(&self) -> &[String] {
        match self {
            Received::Edifact(received) => &received.stated.rates,
            Received::X12(_) => &[],
        }
    }

    /// Did it end before its trailer (UNT, SE)? Then nobody knows what else it says.
    pub fn is_cut(&self) -> bool {
        self.cut().is_some_and(|(cut, _)| cut.inside)
    }

    /// Whether it, or else the interchange around it, ended too early, and where.
    pub fn cut(&self) -> Option<(Cut, Place)> {
        match self {
            Received::Edifact(received) => received.cut(),
            Received::X12(received) => received.cut(),
        }
    }

    /// Its reference in the file: 0062 of UNH, ST02.
    pub fn reference(&self) -> &str {
        match self {
            Received::Edifact(received) => &received.reference,
            Received::X12(received) => &received.reference,
        }
    }

    /// Which invoice of the file it is, from 1.
    pub fn position(&self) -> usize {
        match self {
            Received::Edifact(received) => received.position,
            Received::X12(received) => received.position,
        }
    }

    /// What people call it: `INVOIC D96A`, `810 004010`.
    pub fn message(&self) -> String {
        match self {
            Received::Edifact(received) => format!("INVOIC {}", received.stated.directory.as_str()),
            Received::X12(received) => format!("810 {}", received.drawn.release()),
        }
    }

    /// Where a term stands in such a message; none where it has no place there.
    pub fn home(&self, term: Term) -> Option<String> {
        match self {
            Received::Edifact(received) => received.home(term),
            Received::X12(_) => x12::home(term),
        }
    }

    /// The place of a term that the envelope alone can say, and no message.
    pub fn around(&self, term: Term) -> Option<Place> {
        match self {
            Received::Edifact(received) => received.place_in_unb(term),
            Received::X12(_) => None,
        }
    }

    /// Can the term be said by agreement alone, since such a message has no place for it and nothing computes it?
    pub fn is_agreed(&self, term: Term) -> bool {
        matches!(self, Received::X12(_)) && x12::is_agreed(term)
    }
}

/// Is it a file of interchanges, as far as its beginning tells?
pub fn is_edi(bytes: &[u8]) -> bool {
    edi_name(bytes).is_some()
}

/// `EDIFACT` or `X12`, where it is a file of interchanges.
pub fn edi_name(bytes: &[u8]) -> Option<&'static str> {
    match (edifact::is_edifact(bytes), x12::is_x12(bytes)) {
        (true, _) => Some("EDIFACT"),
        (_, true) => Some("X12"),
        _ => None,
    }
}

/// The media type of a file of interchanges, by its beginning.
pub fn edi_type(start: &[u8]) -> &'static str {
    if x12::is_x12(start) { "application/edi-x12" } else { "application/edifact" }
}

/// Each invoice of a file of interchanges. Partners are found by the sender of the interchange; those that are nobody's are read leniently.
///
/// # Errors
/// The file cannot be read as EDIFACT or X12, or holds no invoice that could be read.
pub fn received(bytes: &[u8], partners: &[edifact::Partner]) -> Result<Vec<Received>, Unreadable> {
    if x12::is_x12(bytes) {
        let documents = x12::received(bytes, partners).map_err(Unreadable::X12)?;
        return Ok(documents.into_iter().map(|one| Received::X12(Box::new(one))).collect());
    }
    let documents = edifact::received(bytes, partners).map_err(Unreadable::Edifact)?;
    Ok(documents.into_iter().map(|one| Received::Edifact(Box::new(one))).collect())
}

/// A text that begins as EDIFACT or X12 does, and lacks the head without which it is no interchange; none for any other.
pub(super) fn headless(bytes: &[u8]) -> Option<Unreadable> {
    let edifact = syntax_of_edifact::headless(bytes).map(|what| {
        let kind = syntax_of_edifact::RefusalKind::NotEdifact;
        let refusal = syntax_of_edifact::Refusal { kind, code: 0, offset: 0, what };
        Unreadable::Edifact(edifact::NoInvoic::Refused(refusal))
    });
    edifact.or_else(|| {
        let (kind, what) = (syntax_of_x12::RefusalKind::NotX12, syntax_of_x12::headless(bytes)?);
        Some(Unreadable::X12(x12::NoInvoice::Refused(syntax_of_x12::Refusal { kind, code: None, offset: 0, what })))
    })
}

/// The same one after the other, so that of many in one file few are held at once, where it holds several; none where it holds one or cannot be read.
pub fn several_received<'b>(
    bytes: &'b [u8],
    partners: &'b [edifact::Partner],
) -> Option<Box<dyn Iterator<Item = Received> + 'b>> {
    if x12::is_x12(bytes) {
        let documents = x12::received(bytes, partners).ok().filter(|documents| documents.len() > 1)?;
        return Some(Box::new(documents.into_iter().map(|one| Received::X12(Box::new(one)))));
    }
    let survey = edifact::Survey::of(bytes, partners);
    if !(2..=limits::EDIFACT_MESSAGES).contains(&survey.invoices) {
        None
    } else {
        Some(Box::new(survey.documents().map(|one| Received::Edifact(Box::new(one)))))
    }
}

/// That a file holds so many invoices where one is expected.
pub(super) fn several(bytes: &[u8], count: usize) -> Unreadable {
    if x12::is_x12(bytes) {
        Unreadable::X12(x12::NoInvoice::Several(count))
    } else {
        Unreadable::Edifact(edifact::NoInvoic::Several(count))
    }
}
