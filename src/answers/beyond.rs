//! What is well-formed EDIFACT and yet not taken here: messages of types that nobody reads, and more messages than are taken apart. It is neither judged
//! nor kept as an invoice, so that its sender must not take it for received.

use crate::edifact::contrl::{Subject, SubjectMessage};
use crate::edifact::{Answer, Concern, Event, Fault, Level, Place, Refusal, RefusalKind};
use crate::limits;
use crate::text::{Text, visible};

/// The types that are read: INVOIC is judged, the others are told to the invoices that they speak of.
const READ: [&str; 3] = ["INVOIC", "CONTRL", "APERAK"];

/// An interchange, with what is said of all that in it which is not taken.
pub(super) fn told(mut subject: Subject) -> Subject {
    for message in &mut subject.messages {
        // Where it has no type, that is told already.
        let unnamed = message.kind.name.trim().is_empty();
        if message.package.is_none() && !unnamed && !READ.iter().any(|name| message.is(name)) {
            let fault = unread(message);
            message.faults.push(fault);
        }
    }
    let (count, most) = (subject.messages.len() + subject.groups.len() + subject.beyond, limits::EDIFACT_MESSAGES);
    if count > most {
        // First: what else is wrong would be so in a smaller one too.
        subject.faults.insert(0, many(count, most));
        subject.refused = true;
    }
    subject
}

/// 17 at UNH, 0065: no agreement allows a message of that type.
fn unread(message: &SubjectMessage) -> Fault {
    let kind: String = visible(message.kind.name.trim()).chars().take(6).collect();
    Fault {
        code: 17,
        level: Level::Message,
        concern: Concern::Completeness,
        answer: Answer::Refuse,
        tag: "UNH".to_owned(),
        place: Place { segment: 1, element: 2, component: 1, ..Place::default() },
        what: Text::new(
            format!("les messages {kind} ne sont pas lus ici : INVOIC, CONTRL et APERAK le sont"),
            format!("messages of type {kind} are not read here: INVOIC, CONTRL and APERAK are"),
        ),
    }
}

/// Most messages, packages, groups and faults of a file that are answered, whatever interchanges they stand in: each is kept until its answer is written.
pub(super) const MOST: usize = 20 * limits::EDIFACT_MESSAGES;

/// That the file holds more; the interchange under way is not whole, and is rejected.
pub(super) fn most(event: &Event) -> Refusal {
    let offset = match event {
        Event::Begin(envelope) => envelope.offset,
        Event::Message(message) => message.envelope.offset,
        Event::Package(package) => package.envelope.offset,
        Event::GroupBegin(group) | Event::GroupEnd { group, .. } => group.offset,
        Event::Fault(fault) => fault.place.offset,
        Event::End(end) => end.envelope.offset,
    };
    Refusal {
        kind: RefusalKind::Limit,
        code: 14,
        offset,
        what: Text::new(
            "le fichier a trop de messages pour qu’il y soit répondu d’un coup : envoyer plusieurs fichiers",
            "the file has too many messages to be answered at once: send several files",
        ),
    }
}

/// 14 at UNZ, 0036: so high a count is not supported, whatever it should be.
fn many(count: usize, most: usize) -> Fault {
    Fault {
        code: 14,
        level: Level::Interchange,
        concern: Concern::Limit,
        answer: Answer::Refuse,
        tag: "UNZ".to_owned(),
        place: Place { element: 1, ..Place::default() },
        what: Text::new(
            format!("{count} messages dans l’échange, {most} au plus sont pris : envoyer plusieurs échanges"),
            format!("{count} messages in the interchange, at most {most} are taken: send several interchanges"),
        ),
    }
}
