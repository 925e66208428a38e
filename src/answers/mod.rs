//! Answers to the EDIFACT that was received: one CONTRL for each interchange (its syntax), one APERAK for each INVOIC in it (what the rules say).
//!
//! Pure: whoever calls judges the invoices, and hands in the moment and the references under which the answers are written. An invoice that was not judged, or
//! whose message CONTRL rejects, gets no APERAK, and why is said.

mod beyond;
mod reported;
#[cfg(test)]
mod tests;

use crate::edifact::contrl::{Contrl, How, NoAnswer, Subject, Subjects, answer};
use crate::edifact::{self, Dress, Event, Fault, Interchange, Message, Refusal, Stamp};
use crate::formats::edifact::aperak::{Aperak, Form, PartySaid};
use crate::formats::edifact::{Partner, partner_of, stated};
use crate::limits;
use crate::report::Report;
use crate::text::{Lang, Text};

pub use reported::{Concerned, aperak_of};

/// How is answered.
#[derive(Debug, Clone, Copy)]
pub struct Ask {
    pub contrl: How,
    /// Are warnings told in APERAK too?
    pub warnings: bool,
    /// The language of texts: the partner's.
    pub lang: Lang,
}

/// An interchange and its answers.
#[derive(Debug)]
pub struct Answered {
    pub subject: Subject,
    pub contrl: Result<Contrl, NoAnswer>,
    pub invoices: Vec<Invoice>,
}

/// An INVOIC and its answer.
#[derive(Debug)]
pub struct Invoice {
    /// 0062.
    pub message: String,
    /// The position of its message in [`Subject::messages`].
    pub at: usize,
    /// Which document of the file it is, from 1, as reports count (`FILE#2`).
    pub document: usize,
    pub form: Form,
    pub aperak: Result<Aperak, NoAperak>,
}

/// Why an INVOIC gets no APERAK.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAperak {
    /// Its message, group or interchange is rejected for its syntax: CONTRL says so.
    Syntax,
    /// It was not judged, or not wholly: nothing can be said of it.
    NotJudged,
    /// Nothing of the kind is agreed with its sender.
    NotAsked,
    /// Nobody can be answered ([`NoAnswer::Address`]).
    Address,
}

impl NoAperak {
    pub fn words(self) -> Text {
        match self {
            NoAperak::Syntax => Text::new("message rejeté par CONTRL", "message rejected by CONTRL"),
            NoAperak::NotAsked => Text::new("non convenu avec l’émetteur", "not agreed with its sender"),
            NoAperak::Address => NoAnswer::Address.words(),
            NoAperak::NotJudged => Text::new(
                "facture non jugée (voir « facteur validate ») : ni acceptée ni refusée",
                "invoice not judged (see \"facteur validate\"): neither accepted nor refused",
            ),
        }
    }
}

/// The interchanges of a file with their answers, and why the rest of it was not read. `reports` are those of its invoices in their order
/// ([`crate::validate::validate_all`]), none for one that has none.
pub fn answers(
    bytes: &[u8],
    partners: &[Partner],
    reports: &[Option<&Report>],
    ask: Ask,
) -> (Vec<Answered>, Option<Refusal>) {
    let default = Partner::default();
    let partner = partner_of(bytes, partners).unwrap_or(&default);
    let options = edifact::Options { strictness: partner.strictness, repetition: partner.repetition };
    let mut reader = Interchange::new(bytes, options);
    let (mut subjects, mut found) = (Subjects::default(), Vec::new());
    let (mut interchange, mut at, mut document) = (0_usize, 0_usize, 0_usize);
    // Events that something is kept of; of those beyond what an interchange may hold nothing is.
    let mut kept = 0_usize;
    let refusal = loop {
        let event = match reader.next_event() {
            Ok(Some(event)) => event,
            Ok(None) => break None,
            Err(refusal) => break Some(refusal),
        };
        kept += usize::from(at <= limits::EDIFACT_MESSAGES);
        if kept > beyond::MOST {
            break Some(beyond::most(&event));
        }
        subjects.event(&event);
        match &event {
            Event::Begin(_) => (interchange, at) = (interchange + 1, 0),
            Event::Message(message) => {
                if message.kind.name.trim().eq_ignore_ascii_case("INVOIC") {
                    // Of more than are taken none is answered by itself.
                    if at <= limits::EDIFACT_MESSAGES {
                        found.push((document, interchange, at, Known::of(message, partner, ask.lang)));
                    }
                    document += 1;
                }
                at += 1;
            }
            Event::Package(_) => at += 1,
            _ => {}
        }
    };
    let mut answered: Vec<Answered> = subjects
        .finish(refusal.clone())
        .into_iter()
        .map(beyond::told)
        .map(|subject| Answered { subject, contrl: Err(NoAnswer::NotAsked), invoices: Vec::new() })
        .collect();
    for (document, interchange, at, known) in found {
        let Some(around) = interchange.checked_sub(1).and_then(|n| answered.get_mut(n)) else { continue };
        let Some(message) = around.subject.messages.get_mut(at) else { continue };
        message.faults.extend(known.faults);
        let reference = message.reference.clone();
        let refused = around.subject.messages.get(at).is_some_and(|message| around.subject.refuses(message));
        let concerned = Concerned {
            interchange: around.subject.envelope.reference.clone(),
            message: reference.clone(),
            parties: known.parties,
            lines: known.lines,
        };
        let aperak = match (refused, reports.get(document).copied().flatten()) {
            (true, _) => Err(NoAperak::Syntax),
            (false, None) => Err(NoAperak::NotJudged),
            (false, Some(report)) => aperak_of(report, &concerned, &known.form, ask.warnings),
        };
        let form = known.form;
        around.invoices.push(Invoice { message: reference, at, document: document + 1, form, aperak });
    }
    for around in &mut answered {
        around.contrl = answer(&around.subject, ask.contrl);
        if around.contrl == Err(NoAnswer::Address) {
            around.invoices.iter_mut().for_each(|invoice| invoice.aperak = Err(NoAperak::Address));
        }
    }
    (answered, refusal)
}

impl Answered {
    /// The CONTRL, in the dress of the interchange.
    pub fn contrl_bytes(&self, dress: &Dress, stamp: &Stamp) -> Option<Vec<u8>> {
        self.contrl.as_ref().ok().map(|contrl| contrl.write(dress, stamp))
    }

    /// The APERAK messages in one interchange, numbered and dated by the stamp; none where no invoice gets one.
    pub fn aperak_bytes(&self, dress: &Dress, stamp: &Stamp) -> Option<Vec<u8>> {
        let day = stamp.day;
        let written =
            format!("{:04}{:02}{:02}{:02}{:02}", day.year(), day.month(), day.day(), stamp.hour, stamp.minute);
        let all = self.invoices.iter().filter_map(|invoice| Some((invoice.aperak.as_ref().ok()?, &invoice.form)));
        let all: Vec<(Aperak, &Form)> = all
            .enumerate()
            .map(|(n, (aperak, form))| {
                let reference = format!("{}-{}", stamp.reference, n + 1);
                (Aperak { reference, written: written.clone(), ..aperak.clone() }, form)
            })
            .collect();
        (!all.is_empty()).then(|| Aperak::write(&all, dress, stamp).0)
    }

    /// Is anything rejected by the CONTRL or refused by an APERAK, of those that are asked after?
    pub fn is_negative(&self, contrl: bool, aperak: bool) -> bool {
        let refused = |invoice: &Invoice| invoice.aperak.as_ref().is_ok_and(|aperak| aperak.accepts() == Some(false));
        (contrl && self.contrl.as_ref().is_ok_and(Contrl::is_negative)) || (aperak && self.invoices.iter().any(refused))
    }
}

/// What is taken from an INVOIC while it is at hand.
struct Known {
    form: Form,
    parties: Vec<PartySaid>,
    lines: Vec<(u32, Option<String>)>,
    faults: Vec<Fault>,
}

impl Known {
    fn of(message: &Message, partner: &Partner, lang: Lang) -> Known {
        let mut faults = stated(message, &[], partner).faults;
        // Those of the syntax are known.
        faults.drain(..message.faults.len().min(faults.len()));
        Known {
            form: Form::of(&message.kind, lang),
            parties: reported::parties(message),
            lines: reported::lines(message),
            faults,
        }
    }
}
