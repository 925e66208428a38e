//! A CONTRL that came, whoever wrote it, as what it says. Tolerant: what is missing is empty, unknown codes stay as they came.

use super::{Action, Contrl, GroupSaid, MessageSaid, SegmentSaid, Trouble};
use crate::edifact::envelope::{Address, MessageType, said};
use crate::edifact::message::Message;
use crate::edifact::segment::Segment;

impl Contrl {
    /// What a message says as a CONTRL; none where it is of another type or has no UCI. Of one that answers several interchanges, the first.
    pub fn read(message: &Message) -> Option<Contrl> {
        Contrl::read_all(message).into_iter().next()
    }

    /// The same of each interchange that it answers: ISO 9735 has one UCI in a CONTRL, and some write several, each with what follows it.
    pub fn read_all(message: &Message) -> Vec<Contrl> {
        if !message.kind.name.trim().eq_ignore_ascii_case("CONTRL") {
            return Vec::new();
        }
        let mut all: Vec<Contrl> = Vec::new();
        for segment in message.segments() {
            if segment.tag() == "UCI" {
                all.push(Contrl {
                    reference: said(segment, 1, 1),
                    sender: Address::of(segment, 2),
                    recipient: Address::of(segment, 3),
                    action: Action::of(&said(segment, 4, 1)),
                    error: error(segment, 5),
                    ..Contrl::default()
                });
            } else if let Some(contrl) = all.last_mut() {
                contrl.take(segment);
            }
        }
        all
    }

    fn take(&mut self, segment: Segment<'_>) {
        match segment.tag() {
            "UCF" => self.groups.push(GroupSaid {
                reference: said(segment, 1, 1),
                sender: Address::of(segment, 2),
                recipient: Address::of(segment, 3),
                action: Action::of(&said(segment, 4, 1)),
                error: error(segment, 5),
                messages: Vec::new(),
            }),
            "UCM" => {
                let package = said(segment, 7, 1);
                let is_package = said(segment, 1, 1).is_empty() && !package.is_empty();
                let message = MessageSaid {
                    reference: if is_package { package } else { said(segment, 1, 1) },
                    kind: MessageType::of(segment),
                    package: is_package.then(|| [said(segment, 8, 1), said(segment, 8, 2)]),
                    action: Action::of(&said(segment, 3, 1)),
                    error: error(segment, 4),
                    segments: Vec::new(),
                };
                match self.groups.last_mut() {
                    Some(group) => group.messages.push(message),
                    None => self.messages.push(message),
                }
            }
            "UCS" => {
                let position = said(segment, 1, 1).parse().unwrap_or(0);
                let read = SegmentSaid { position, code: said(segment, 2, 1), elements: Vec::new() };
                if let Some(message) = self.last() {
                    message.segments.push(read);
                }
            }
            "UCD" => {
                let mut trouble = Trouble { code: said(segment, 1, 1), ..Trouble::default() };
                (trouble.element, trouble.component) = place(segment, 2);
                if let Some(last) = self.last().and_then(|message| message.segments.last_mut()) {
                    last.elements.push(trouble);
                }
            }
            _ => {}
        }
    }

    /// The message of which was spoken last.
    fn last(&mut self) -> Option<&mut MessageSaid> {
        match self.groups.last_mut() {
            Some(group) => group.messages.last_mut(),
            None => self.messages.last_mut(),
        }
    }
}

/// 0085, 0013 and S011 from this element on.
fn error(segment: Segment<'_>, from: usize) -> Option<Trouble> {
    let (element, component) = place(segment, from + 2);
    let trouble = Trouble { code: said(segment, from, 1), tag: said(segment, from + 1, 1), element, component };
    (trouble != Trouble::default()).then_some(trouble)
}

/// S011.
fn place(segment: Segment<'_>, element: usize) -> (u32, u32) {
    let number = |component| said(segment, element, component).parse().unwrap_or(0);
    (number(1), number(2))
}
