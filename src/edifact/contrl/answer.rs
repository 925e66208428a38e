//! From what reading an interchange told to what a CONTRL says of it, by the principles of ISO 9735-4: each level says one thing, at the lowest level that can
//! say it, and nothing stands below a level that is rejected for its own sake.

use super::codes::valid;
use super::{Action, Contrl, GroupSaid, MessageSaid, SegmentSaid, Subject, SubjectGroup, SubjectMessage, Trouble};
use crate::edifact::envelope::{Acknowledge, Address};
use crate::edifact::fault::{Concern, Fault, Level};
use crate::limits;
use crate::text::Text;

/// How interchanges are answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct How {
    pub when: When,
    /// Are faults that refuse nothing told too, with action 7? A level may be acknowledged and say what was wrong with it; many partners
    /// take any code for a refusal, so that nothing is told unless it is agreed.
    pub warnings: bool,
}

/// When a CONTRL is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum When {
    #[default]
    Always,
    /// Where the sender asks for it (0031), or something is refused.
    Asked,
    /// Where something is refused.
    OnErrors,
}

/// Why an interchange gets no CONTRL.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoAnswer {
    /// It holds answers alone: CONTRL is never answered, APERAK where its sender asks for it.
    Answers,
    /// Nobody asked for it.
    NotAsked,
    /// Its reference (0020) is missing or cannot be repeated: nobody could tell what is answered.
    Reference,
    /// Its sender or recipient is missing or cannot be written: nobody could be answered.
    Address,
}

impl NoAnswer {
    pub fn words(self) -> Text {
        match self {
            NoAnswer::Answers => Text::new(
                "l’échange ne contient que des réponses (CONTRL, APERAK) : il n’y est pas répondu",
                "the interchange holds answers alone (CONTRL, APERAK): it is not answered",
            ),
            NoAnswer::NotAsked => Text::new(
                "aucun accusé n’est demandé (0031) et rien n’est refusé",
                "no acknowledgement is asked for (0031), and nothing is refused",
            ),
            NoAnswer::Reference => Text::new(
                "la référence de l’échange (0020) manque ou ne peut être répétée : prévenir l’émetteur autrement",
                "the reference of the interchange (0020) is missing or cannot be repeated: tell the sender by other means",
            ),
            NoAnswer::Address => Text::new(
                "l’émetteur ou le destinataire d’UNB manque ou ne peut être écrit : prévenir l’émetteur autrement",
                "sender or recipient of UNB is missing or cannot be written: tell the sender by other means",
            ),
        }
    }
}

/// What is to be said of an interchange.
///
/// # Errors
/// Why nothing is said.
pub fn answer(subject: &Subject, how: How) -> Result<Contrl, NoAnswer> {
    let envelope = &*subject.envelope;
    let refused = subject.is_refused_anywhere();
    let asked = envelope.acknowledge != Acknowledge::No;
    if is_answer(subject, refused || asked) {
        return Err(NoAnswer::Answers);
    }
    if ![&envelope.sender, &envelope.recipient].into_iter().all(addressable) {
        return Err(NoAnswer::Address);
    }
    if !repeatable(&envelope.reference) {
        return Err(NoAnswer::Reference);
    }
    match how.when {
        When::Always => {}
        When::Asked if asked || refused => {}
        When::OnErrors if refused => {}
        When::Asked | When::OnErrors => return Err(NoAnswer::NotAsked),
    }
    let teller = Teller { four: envelope.version == "4", how };
    let mut contrl = Contrl {
        reference: envelope.reference.clone(),
        sender: envelope.sender.clone(),
        recipient: envelope.recipient.clone(),
        ..Contrl::default()
    };
    if subject.refused {
        contrl.action = Action::Rejected;
        contrl.error = teller.of_interchange(subject);
        return Ok(contrl);
    }
    if envelope.acknowledge == Acknowledge::Receipt && !refused {
        contrl.action = Action::Received;
        return Ok(contrl);
    }
    contrl.error = teller.warned(&subject.faults, Level::Interchange);
    // Where something is rejected by name, what stands beside it is acknowledged by name too, in so far as it can be counted.
    let all = refused && subject.messages.len() <= NAMED;
    contrl.groups =
        subject.groups.iter().enumerate().map(|(at, group)| teller.group(subject, at, group, all)).collect();
    contrl
        .groups
        .retain(|group| all || group.action == Action::Rejected || group.error.is_some() || !group.messages.is_empty());
    contrl.messages = teller.messages(subject, None, all);
    Ok(contrl)
}

/// Beyond so many messages, those that are acknowledged are not named one by one.
const NAMED: usize = 9_999;

/// Does it hold nothing but answers? CONTRL is never answered; `wanted`: an APERAK is.
fn is_answer(subject: &Subject, wanted: bool) -> bool {
    let mut messages = subject.messages.iter();
    match messages.len() {
        // A CONTRL that lost its UNH is one all the same.
        0 => {
            let strays = subject.faults.iter().any(|fault| fault.code == 33 && fault.tag == "UCI");
            strays || subject.envelope.application.eq_ignore_ascii_case("CONTRL")
        }
        _ => messages.all(|message| message.is("CONTRL") || (message.is("APERAK") && !wanted)),
    }
}

/// Can it be written again as it is?
fn repeatable(reference: &str) -> bool {
    !reference.trim().is_empty() && !reference.chars().any(char::is_control)
}

/// Can an answer be sent there? An..35 with a qualifier of an..4: what is longer would have to be cut, and cut it is somebody else's.
fn addressable(address: &Address) -> bool {
    let fits = |text: &str, most: usize| text.chars().count() <= most && !text.chars().any(char::is_control);
    !address.id.trim().is_empty() && fits(&address.id, 35) && fits(&address.qualifier, 4)
}

struct Teller {
    four: bool,
    how: How,
}

impl Teller {
    fn of_interchange(&self, subject: &Subject) -> Option<Trouble> {
        let refusing = || subject.faults.iter().filter(|fault| fault.refuses());
        let fault = refusing().find(|fault| !named(fault, &OF_INTERCHANGE).is_empty()).or_else(|| refusing().next());
        match (fault, &subject.refusal) {
            (_, Some(refusal)) => {
                let tag = if refusal.code == 20 { "UNA" } else { "" };
                let code = self.code(refusal.code, Level::Interchange);
                Some(Trouble { code, tag: tag.to_owned(), ..Trouble::default() })
            }
            (Some(fault), None) => Some(self.trouble(fault, Level::Interchange, &OF_INTERCHANGE)),
            (None, None) => Some(Trouble { code: "18".to_owned(), ..Trouble::default() }),
        }
    }

    fn group(&self, subject: &Subject, at: usize, group: &SubjectGroup, all: bool) -> GroupSaid {
        let mut said = GroupSaid {
            reference: group.group.reference.clone(),
            sender: group.group.sender.clone(),
            recipient: group.group.recipient.clone(),
            ..GroupSaid::default()
        };
        if group.refused {
            said.action = Action::Rejected;
            let refusing = group.faults.iter().find(|fault| fault.refuses());
            said.error = refusing.map(|fault| self.trouble(fault, Level::Group, &OF_GROUP));
        } else {
            said.error = self.warned(&group.faults, Level::Group);
            said.messages = self.messages(subject, Some(at), all);
        }
        said
    }

    fn messages(&self, subject: &Subject, group: Option<usize>, all: bool) -> Vec<MessageSaid> {
        // A CONTRL is never answered, not even among others.
        let theirs = subject.messages.iter().filter(|m| m.group == group && !m.is("CONTRL"));
        let said = theirs.map(|message| self.message(message));
        said.filter(|said| all || said.action == Action::Rejected || said.error.is_some() || !said.segments.is_empty())
            .collect()
    }

    fn message(&self, message: &SubjectMessage) -> MessageSaid {
        let mut said = MessageSaid {
            reference: message.reference.clone(),
            kind: message.kind.clone(),
            package: message.package.clone(),
            ..MessageSaid::default()
        };
        let rejected = message.is_refused();
        if rejected {
            said.action = Action::Rejected;
        } else if !self.how.warnings {
            return said;
        }
        let told = || message.faults.iter().filter(|fault| fault.refuses() == rejected);
        let own = told().find(|fault| is_of_message(fault));
        said.error = own.map(|fault| self.trouble(fault, Level::Message, &OF_MESSAGE));
        if own.is_none() || !rejected {
            let mut below: Vec<&Fault> = told().filter(|fault| !is_of_message(fault)).collect();
            // What comes too often is often there because something before it is missing: that is told first.
            below.sort_by_key(|fault| fault.concern == Concern::Presence && fault.place.element == 0);
            below.into_iter().for_each(|fault| self.segment(fault, &mut said.segments));
            said.segments.sort_by_key(|segment| segment.position);
        }
        said
    }

    fn segment(&self, fault: &Fault, segments: &mut Vec<SegmentSaid>) {
        let position = fault.place.segment.clamp(1, 999_999);
        let at = segments.iter().position(|segment| segment.position == position).unwrap_or_else(|| {
            segments.push(SegmentSaid { position, ..SegmentSaid::default() });
            segments.len() - 1
        });
        let segment = &mut segments[at];
        if fault.place.element == 0 {
            // One thing is said of a segment: the first, by its weight.
            if segment.code.is_empty() {
                segment.code = self.code(fault.code, Level::Segment);
            }
            return;
        }
        let trouble = self.trouble(fault, Level::Element, &[]);
        if segment.elements.len() < limits::CONTRL_ELEMENTS && !segment.elements.contains(&trouble) {
            segment.elements.push(trouble);
        }
    }

    /// What is told of a level that is acknowledged.
    fn warned(&self, faults: &[Fault], level: Level) -> Option<Trouble> {
        let tags: &[&str] = if level == Level::Group { &OF_GROUP } else { &OF_INTERCHANGE };
        let fault = faults.iter().find(|fault| !fault.refuses()).filter(|_| self.how.warnings)?;
        Some(self.trouble(fault, level, tags))
    }

    fn trouble(&self, fault: &Fault, level: Level, tags: &[&str]) -> Trouble {
        let tag = named(fault, tags);
        // Places are those of the segment that is named; CONTRL counts the tag as 1.
        let element = match (fault.place.element, level) {
            (0, _) => 0,
            (element, Level::Element) => element.saturating_add(1),
            (element, _) if !tag.is_empty() => element.saturating_add(1),
            _ => 0,
        };
        let component = if element == 0 { 0 } else { fault.place.component };
        // 45 is a separator too much; the reader says so of a number without digits behind its mark too, which is a wrong value.
        let code = if (fault.code, fault.concern) == (45, Concern::Forms) { 12 } else { fault.code };
        Trouble {
            code: self.code(code, level),
            tag: tag.to_owned(),
            element: element.min(999),
            component: component.min(999),
        }
    }

    fn code(&self, code: u8, level: Level) -> String {
        valid(code, level, self.four).to_string()
    }
}

/// The service segments that each level may name.
const OF_INTERCHANGE: [&str; 3] = ["UNA", "UNB", "UNZ"];
const OF_GROUP: [&str; 2] = ["UNG", "UNE"];
const OF_MESSAGE: [&str; 4] = ["UNH", "UNT", "UNO", "UNP"];

/// Its tag, where the level may name it.
fn named<'f>(fault: &'f Fault, tags: &[&str]) -> &'f str {
    if tags.contains(&fault.tag.as_str()) { &fault.tag } else { "" }
}

/// Is it about UNH or UNT, or about the message as a whole?
fn is_of_message(fault: &Fault) -> bool {
    OF_MESSAGE.contains(&fault.tag.as_str()) || fault.level < Level::Segment
}
