//! EDIFACT that answers: interchanges of CONTRL and APERAK alone.

use std::sync::Arc;

use super::aperak::Aperak;
use crate::edifact::contrl::Contrl;
use crate::edifact::{self, Envelope, Event, Interchange, Message, Options};
use crate::limits;

/// What answers in an interchange.
#[derive(Debug, Clone)]
pub struct Came {
    /// The interchange it came in: who says it.
    pub envelope: Arc<Envelope>,
    pub says: Says,
}

#[derive(Debug, Clone)]
pub enum Says {
    Contrl(Box<Contrl>),
    Aperak(Box<Aperak>),
    /// It calls itself an answer, and says nothing that could be read.
    Nothing,
}

/// Is it EDIFACT that holds answers alone? Of one that is cut short, what can be read decides.
pub fn is_answer(bytes: &[u8]) -> bool {
    if !edifact::is_edifact(bytes) {
        return false;
    }
    let mut reader = Interchange::new(bytes, Options::default());
    let mut some = false;
    while let Ok(Some(event)) = reader.next_event() {
        match event {
            Event::Message(message) if answers(&message) => some = true,
            Event::Message(_) | Event::Package(_) => return false,
            _ => {}
        }
    }
    some
}

/// Each message of such an interchange, in the order of the file, and of one that answers several each of them; at most some more than
/// `limits::EDIFACT_MESSAGES`.
pub fn came(bytes: &[u8]) -> Vec<Came> {
    let mut reader = Interchange::new(bytes, Options::default());
    let mut all = Vec::new();
    while let Ok(Some(event)) = reader.next_event() {
        let Event::Message(message) = event else { continue };
        if !answers(&message) || all.len() > limits::EDIFACT_MESSAGES {
            continue;
        }
        let mut says: Vec<Says> =
            Contrl::read_all(&message).into_iter().map(|one| Says::Contrl(Box::new(one))).collect();
        let mut more = says.len() > limits::EDIFACT_MESSAGES;
        says.truncate(limits::EDIFACT_MESSAGES);
        if let Some(aperak) = Aperak::read(&message) {
            let (each, beyond) = aperak.each(limits::APERAK_SUBJECTS);
            says.extend(each.into_iter().map(|one| Says::Aperak(Box::new(one))));
            more |= beyond;
        }
        // What is not read stands among the answers that mean nothing known.
        if more || says.is_empty() {
            says.push(Says::Nothing);
        }
        all.extend(says.into_iter().map(|says| Came { envelope: message.envelope.clone(), says }));
    }
    all
}

/// The answers that stand among other messages, each as an interchange of its own; none where all are answers.
pub fn among(file: &[u8]) -> Vec<Vec<u8>> {
    let named = |kind: &str| memchr::memmem::find(file, kind.as_bytes()).is_some();
    if !edifact::is_edifact(file) || !ANSWERS.into_iter().any(named) || is_answer(file) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for kind in ANSWERS.into_iter().filter(|kind| named(kind)) {
        let Ok(split) = edifact::split(file, kind) else { continue };
        found.extend((0..split.parts().len()).map(|n| split.bytes(n, file)));
    }
    found
}

impl Came {
    /// `CONTRL` or `APERAK`.
    pub fn kind(&self) -> &'static str {
        match &self.says {
            Says::Aperak(_) => "APERAK",
            Says::Contrl(_) | Says::Nothing => "CONTRL",
        }
    }

    /// The number of the invoice and the reference of the interchange (0020) that it names; empty where it does not.
    pub fn names(&self) -> (String, String) {
        match &self.says {
            Says::Contrl(contrl) => (String::new(), contrl.reference.clone()),
            Says::Aperak(aperak) => (aperak.invoice.clone(), aperak.interchange.clone()),
            Says::Nothing => Default::default(),
        }
    }
}

/// `CONTRL`, `APERAK`, or both.
pub fn kind_of(all: &[Came]) -> &'static str {
    let has = |kind: &str| all.iter().any(|one| one.kind() == kind);
    match (has("CONTRL"), has("APERAK")) {
        (true, true) => "CONTRL+APERAK",
        (_, true) => "APERAK",
        _ => "CONTRL",
    }
}

/// The types that answer.
const ANSWERS: [&str; 2] = ["CONTRL", "APERAK"];

fn answers(message: &Message) -> bool {
    ANSWERS.iter().any(|name| message.kind.name.trim().eq_ignore_ascii_case(name))
}
