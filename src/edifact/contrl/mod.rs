//! CONTRL, the syntax and service report message (ISO 9735-4; D:3 with syntax versions 1 to 3 and X, 4:1 with version 4): what is said to the sender of an
//! interchange about its syntax, and what a recipient of ours says.
//!
//! [`Subjects`] collects what reading an interchange told; [`answer`] makes of it what a CONTRL says, [`Contrl::write`] its bytes. [`Contrl::read`] reads one
//! that came, whoever wrote it.

mod answer;
mod codes;
mod read;
mod subject;
#[cfg(test)]
mod tests;
mod told;
mod write;

use super::envelope::{Address, MessageType};

pub use answer::{How, NoAnswer, When, answer};
pub use codes::words_of;
pub use subject::{Subject, SubjectGroup, SubjectMessage, Subjects, subjects};

/// What a CONTRL says of an interchange.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Contrl {
    /// 0020 of the interchange that is answered.
    pub reference: String,
    /// Its sender and recipient, as its UNB has them.
    pub sender: Address,
    pub recipient: Address,
    pub action: Action,
    /// What is wrong with UNA, UNB or UNZ.
    pub error: Option<Trouble>,
    pub groups: Vec<GroupSaid>,
    /// Messages outside groups.
    pub messages: Vec<MessageSaid>,
}

/// What is done with a level and those below it (0083).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Action {
    /// 4: rejected, with all that is below.
    Rejected,
    /// 7: acknowledged, and below it whatever is not rejected by name.
    #[default]
    Acknowledged,
    /// 8: received; nothing is said of its syntax.
    Received,
    /// Another code, as it came.
    Other(String),
}

/// What is wrong (0085), and where.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Trouble {
    /// Empty where only the place is told.
    pub code: String,
    /// The service segment (0013, from version 4 on 0135); empty where none is named.
    pub tag: String,
    /// Position of the element in the segment (0098), the tag being 1; 0 for the segment as a whole.
    pub element: u32,
    /// Position of the component (0104); 0 for the element as a whole.
    pub component: u32,
}

/// What is said of a group (UCF).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct GroupSaid {
    /// 0048.
    pub reference: String,
    pub sender: Address,
    pub recipient: Address,
    pub action: Action,
    pub error: Option<Trouble>,
    pub messages: Vec<MessageSaid>,
}

/// What is said of a message or a package (UCM).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MessageSaid {
    /// 0062; of a package 0800.
    pub reference: String,
    pub kind: MessageType,
    /// Of a package: what it belongs to (0813, 0802).
    pub package: Option<[String; 2]>,
    pub action: Action,
    /// What is wrong with UNH or UNT.
    pub error: Option<Trouble>,
    pub segments: Vec<SegmentSaid>,
}

/// What is said of a segment (UCS) and its elements (UCD).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SegmentSaid {
    /// 0096: position in the message, UNH being 1; of a missing one, the position behind which it should stand.
    pub position: u32,
    /// Empty where only its elements are wrong.
    pub code: String,
    pub elements: Vec<Trouble>,
}

impl Action {
    pub fn of(code: &str) -> Action {
        match code {
            "4" => Action::Rejected,
            "7" => Action::Acknowledged,
            "8" => Action::Received,
            other => Action::Other(other.to_owned()),
        }
    }

    pub fn code(&self) -> &str {
        match self {
            Action::Rejected => "4",
            Action::Acknowledged => "7",
            Action::Received => "8",
            Action::Other(code) => code,
        }
    }
}

impl Contrl {
    /// Does it reject the message of that reference, by itself or with what it stands in?
    pub fn rejects(&self, message: &str) -> bool {
        let of = |messages: &[MessageSaid]| {
            messages.iter().any(|m| m.package.is_none() && m.reference == message && m.action == Action::Rejected)
        };
        self.action == Action::Rejected
            || of(&self.messages)
            || self.groups.iter().any(|group| {
                let inside = group.messages.iter().any(|m| m.reference == message);
                of(&group.messages) || (group.action == Action::Rejected && inside)
            })
    }

    /// Says that the sender used the reference (UNB 0020) before for something else: a possible duplicate (26). What was taken stays acknowledged, since it is
    /// not thrown away; where something else is said of the interchange, that stays.
    pub fn doubt_reference(&mut self) {
        if self.action == Action::Acknowledged && self.error.is_none() {
            self.error = Some(Trouble { code: "26".to_owned(), tag: "UNB".to_owned(), element: 6, component: 0 });
        }
    }

    /// Is anything rejected?
    pub fn is_negative(&self) -> bool {
        let all = self.messages.iter().chain(self.groups.iter().flat_map(|group| &group.messages));
        self.action == Action::Rejected
            || self.groups.iter().any(|group| group.action == Action::Rejected)
            || all.map(|message| &message.action).any(|action| *action == Action::Rejected)
    }
}
