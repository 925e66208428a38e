//! The interchange that a CONTRL answers: what reading it told, and nothing of what its messages say.

use std::io::Read;
use std::sync::Arc;

use crate::edifact::envelope::{Envelope, Group, MessageType};
use crate::edifact::events::Event;
use crate::edifact::fault::{Fault, Level, Refusal};
use crate::edifact::reader::{Interchange, Options};
use crate::limits;

/// An interchange to be answered.
#[derive(Debug, Clone)]
pub struct Subject {
    pub envelope: Arc<Envelope>,
    /// Those of its own level.
    pub faults: Vec<Fault>,
    pub groups: Vec<SubjectGroup>,
    /// Messages and packages, in their order.
    pub messages: Vec<SubjectMessage>,
    /// Groups, messages and packages beyond [`limits::EDIFACT_MESSAGES`]: counted, and nothing is kept of them.
    pub beyond: usize,
    /// Is it refused as a whole?
    pub refused: bool,
    /// Why the rest of it was not read.
    pub refusal: Option<Refusal>,
}

#[derive(Debug, Clone)]
pub struct SubjectGroup {
    pub group: Arc<Group>,
    pub faults: Vec<Fault>,
    pub refused: bool,
}

/// A message, or a package.
#[derive(Debug, Clone)]
pub struct SubjectMessage {
    /// 0062, or 0800.
    pub reference: String,
    pub kind: MessageType,
    /// Of a package: what it belongs to (0813, 0802).
    pub package: Option<[String; 2]>,
    /// The position of its group in [`Subject::groups`].
    pub group: Option<usize>,
    /// Of the syntax; whoever knows the structure of the message adds what breaks that.
    pub faults: Vec<Fault>,
}

impl SubjectMessage {
    pub fn is_refused(&self) -> bool {
        self.faults.iter().any(Fault::refuses)
    }

    /// Is it of that type (0065), a message and no package?
    pub fn is(&self, name: &str) -> bool {
        self.package.is_none() && self.kind.name.trim().eq_ignore_ascii_case(name)
    }
}

impl Subject {
    fn new(envelope: Arc<Envelope>, faults: Vec<Fault>) -> Subject {
        let (groups, messages) = (Vec::new(), Vec::new());
        let refused = faults.iter().any(Fault::refuses_interchange);
        Subject { envelope, faults, groups, messages, beyond: 0, refused, refusal: None }
    }

    /// Is there room for one more group, message or package? What has none is counted.
    fn has_room(&mut self) -> bool {
        let room = self.messages.len() + self.groups.len() <= limits::EDIFACT_MESSAGES;
        self.beyond += usize::from(!room);
        room
    }

    /// Is anything in it refused?
    pub fn is_refused_anywhere(&self) -> bool {
        self.refused
            || self.groups.iter().any(|group| group.refused)
            || self.messages.iter().any(SubjectMessage::is_refused)
    }

    /// Is this message refused, by itself or with what it stands in?
    pub fn refuses(&self, message: &SubjectMessage) -> bool {
        let group = message.group.and_then(|group| self.groups.get(group));
        self.refused || message.is_refused() || group.is_some_and(|group| group.refused)
    }
}

/// Collects subjects from the events of a file.
#[derive(Debug, Default)]
pub struct Subjects {
    all: Vec<Subject>,
    /// Faults of bytes before the first UNB, which belong to what follows.
    early: Vec<Fault>,
    /// Has the last one ended?
    ended: bool,
}

impl Subjects {
    pub fn event(&mut self, event: &Event) {
        if let Event::Begin(envelope) = event {
            let early = std::mem::take(&mut self.early);
            self.all.push(Subject::new(envelope.clone(), early));
            self.ended = false;
            return;
        }
        let Some(subject) = self.all.last_mut() else {
            if let Event::Fault(fault) = event {
                self.early.push(fault.clone());
            }
            return;
        };
        match event {
            Event::Begin(_) => {}
            Event::GroupBegin(_) | Event::Message(_) | Event::Package(_) if !subject.has_room() => {}
            Event::GroupBegin(group) => {
                subject.groups.push(SubjectGroup { group: group.clone(), faults: Vec::new(), refused: false });
            }
            Event::Fault(fault) => match (fault.level, subject.groups.last_mut()) {
                (Level::Group, Some(_)) if subject.beyond > 0 => {}
                (Level::Group, Some(group)) => group.faults.push(fault.clone()),
                _ => {
                    // What stands behind UNZ comes when its interchange has ended.
                    subject.refused |= fault.refuses_interchange();
                    subject.faults.push(fault.clone());
                }
            },
            Event::GroupEnd { refused, .. } => {
                if let Some(group) = subject.groups.last_mut().filter(|_| subject.beyond == 0) {
                    group.refused |= *refused;
                }
            }
            Event::Message(message) => subject.messages.push(SubjectMessage {
                reference: message.reference.clone(),
                kind: message.kind.clone(),
                package: None,
                group: message.group.as_ref().and_then(|_| subject.groups.len().checked_sub(1)),
                faults: message.faults.clone(),
            }),
            Event::Package(package) => {
                let said = |c| package.header().map(|uno| uno.text(2, c).into_owned()).unwrap_or_default();
                subject.messages.push(SubjectMessage {
                    reference: package.reference.clone(),
                    kind: MessageType::default(),
                    package: Some([said(1), said(2)]),
                    group: package.group.as_ref().and_then(|_| subject.groups.len().checked_sub(1)),
                    faults: package.faults.clone(),
                });
            }
            Event::End(end) => {
                subject.refused |= end.refused;
                self.ended = true;
            }
        }
    }

    /// What was collected, and why the rest was not read, if so: that refuses the interchange under way.
    pub fn finish(mut self, refusal: Option<Refusal>) -> Vec<Subject> {
        if let (Some(refusal), Some(subject), false) = (refusal, self.all.last_mut(), self.ended) {
            subject.refused = true;
            subject.refusal = Some(refusal);
        }
        self.all
    }
}

/// The interchanges of a source, one message in memory at a time, and why the rest was not read.
pub fn subjects(source: impl Read, options: &Options) -> (Vec<Subject>, Option<Refusal>) {
    let mut interchange = Interchange::new(source, options.clone());
    let mut subjects = Subjects::default();
    loop {
        match interchange.next_event() {
            Ok(Some(event)) => subjects.event(&event),
            Ok(None) => return (subjects.finish(None), None),
            Err(refusal) => return (subjects.finish(Some(refusal.clone())), Some(refusal)),
        }
    }
}
