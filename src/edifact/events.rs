//! What a file of interchanges holds, one thing after the other; and the whole of a small one.

use std::sync::Arc;

use super::envelope::{Envelope, Group};
use super::fault::{Fault, Refusal};
use super::message::{Message, Package};
use super::reader::{Interchange, Options};

/// What an [`Interchange`] yields.
#[derive(Debug, Clone)]
pub enum Event {
    /// An interchange began (UNB).
    Begin(Arc<Envelope>),
    /// A group began (UNG).
    GroupBegin(Arc<Group>),
    Message(Box<Message>),
    Package(Box<Package>),
    /// A fault of the interchange or of a group, or of a message that could not be kept. Those of messages and packages are in them.
    Fault(Fault),
    /// A group ended (UNE, or by what followed); does a fault at its level refuse it?
    GroupEnd {
        group: Arc<Group>,
        refused: bool,
    },
    /// The interchange ended (UNZ, or by what followed). Only now is it known whether it is refused as a whole.
    End(End),
}

/// How an interchange ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    pub envelope: Arc<Envelope>,
    pub messages: u64,
    pub groups: u64,
    pub packages: u64,
    /// Is there a fault at the level of the interchange that refuses it, and with it all messages (CONTRL 0083 = 4)?
    pub refused: bool,
    /// Did its UNZ come?
    pub complete: bool,
    /// Faults of the interchange or its groups that were counted and not told.
    pub more: u64,
}

/// An interchange with all that it holds.
#[derive(Debug, Clone)]
pub struct Whole {
    pub envelope: Arc<Envelope>,
    pub messages: Vec<Message>,
    pub packages: Vec<Package>,
    /// Faults of the interchange and of its groups.
    pub faults: Vec<Fault>,
    pub end: End,
}

/// Reads a file that is in memory. The interchanges that were read, the one under way included, and why the rest was not, if so.
pub fn read(bytes: &[u8], options: &Options) -> (Vec<Whole>, Option<Refusal>) {
    gather(bytes, options, &mut |message, whole| whole.messages.push(message))
}

/// The same without the messages, each of which is handed on as it comes.
pub fn read_around(bytes: &[u8], options: &Options, take: &mut dyn FnMut(Message)) -> (Vec<Whole>, Option<Refusal>) {
    gather(bytes, options, &mut |message, _| take(message))
}

fn gather(bytes: &[u8], options: &Options, take: &mut dyn FnMut(Message, &mut Whole)) -> (Vec<Whole>, Option<Refusal>) {
    let mut interchange = Interchange::new(bytes, options.clone());
    let mut wholes: Vec<Whole> = Vec::new();
    // Faults of bytes before the first UNB, which belong to what follows.
    let mut early = Vec::new();
    loop {
        let event = match interchange.next_event() {
            Ok(Some(event)) => event,
            Ok(None) => return (wholes, None),
            Err(refusal) => {
                // Nobody can say what else was in it.
                if let Some(whole) = wholes.last_mut().filter(|whole| !whole.end.complete) {
                    whole.end.refused = true;
                }
                return (wholes, Some(refusal));
            }
        };
        if let Event::Begin(envelope) = &event {
            let end = End {
                envelope: envelope.clone(),
                messages: 0,
                groups: 0,
                packages: 0,
                refused: false,
                complete: false,
                more: 0,
            };
            let faults = std::mem::take(&mut early);
            let end = End { refused: faults.iter().any(Fault::refuses_interchange), ..end };
            wholes.push(Whole { envelope: envelope.clone(), messages: Vec::new(), packages: Vec::new(), faults, end });
        }
        match (event, wholes.last_mut()) {
            (Event::Fault(fault), None) => early.push(fault),
            (Event::Fault(fault), Some(whole)) => {
                // What stands behind UNZ comes when its interchange has ended.
                whole.end.refused |= fault.refuses_interchange();
                whole.faults.push(fault);
            }
            (Event::Message(message), Some(whole)) => take(*message, whole),
            (Event::Package(package), Some(whole)) => whole.packages.push(*package),
            (Event::End(end), Some(whole)) => whole.end = End { refused: end.refused || whole.end.refused, ..end },
            _ => {}
        }
    }
}
