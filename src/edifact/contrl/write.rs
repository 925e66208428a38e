//! What a CONTRL says, to bytes.

use std::borrow::Cow;

use super::{Action, Contrl, MessageSaid, Trouble};
use crate::edifact::dress::{Dress, Stamp};
use crate::edifact::envelope::{Address, MessageType};
use crate::edifact::write::{Line, Writer};

impl Contrl {
    /// An interchange that holds it: sender and recipient of the one that it answers change places.
    pub fn write(&self, dress: &Dress, stamp: &Stamp) -> Vec<u8> {
        let dress = dress.clone().holding(self.texts());
        let four = dress.version == "4";
        let mut writer = Writer::new(dress.settings.clone());
        writer.begin(&dress.envelope(stamp));
        let (version, release) = if four { ("4", "1") } else { ("D", "3") };
        let kind = MessageType {
            name: "CONTRL".to_owned(),
            version: version.to_owned(),
            release: release.to_owned(),
            agency: "UN".to_owned(),
            association: dress.association.clone(),
            ..MessageType::default()
        };
        writer.message("1", &kind, "");
        self.body(&mut writer, four);
        writer.finish().0
    }

    /// The segments between UNH and UNT.
    fn body(&self, writer: &mut Writer, four: bool) {
        let uci = Line::new("UCI").with(self.reference.as_str());
        let uci = uci.with(address(&self.sender, four)).with(address(&self.recipient, four));
        writer.line(&said(uci, &self.action, self.error.as_ref()));
        for message in &self.messages {
            ucm(writer, message);
        }
        for group in &self.groups {
            let short = |address: &Address| vec![address.id.clone(), address.qualifier.clone()];
            let ucf = Line::new("UCF").with(group.reference.as_str());
            let ucf = ucf.with(short(&group.sender)).with(short(&group.recipient));
            writer.line(&said(ucf, &group.action, group.error.as_ref()));
            for message in &group.messages {
                ucm(writer, message);
            }
        }
    }

    /// What is repeated from the interchange, and must come back as it was.
    fn texts(&self) -> impl Iterator<Item = &str> {
        let own = [&self.reference, &self.sender.id, &self.sender.qualifier, &self.sender.internal];
        let other = [&self.recipient.id, &self.recipient.qualifier, &self.recipient.internal];
        let groups = self.groups.iter().flat_map(|g| [&g.reference, &g.sender.id, &g.recipient.id]);
        let messages = self.messages.iter().chain(self.groups.iter().flat_map(|group| &group.messages));
        let messages = messages.flat_map(|m| [&m.reference, &m.kind.name, &m.kind.association]);
        own.into_iter().chain(other).chain(groups).chain(messages).map(String::as_str)
    }
}

fn ucm(writer: &mut Writer, message: &MessageSaid) {
    let MessageType { name, version, release, agency, association, .. } = &message.kind;
    let ucm = match &message.package {
        None => Line::new("UCM").with(message.reference.as_str()).with([
            name.as_str(),
            version,
            release,
            agency,
            association,
        ]),
        Some(_) => Line::new("UCM").skip().skip(),
    };
    let mut line = said(ucm, &message.action, message.error.as_ref());
    if let Some([qualifier, reference]) = &message.package {
        line.set(7, 1, message.reference.as_str());
        line.set(8, 1, qualifier.as_str());
        line.set(8, 2, reference.as_str());
    }
    writer.line(&line);
    for segment in &message.segments {
        writer.line(&Line::new("UCS").with(segment.position.to_string()).with(segment.code.as_str()));
        for trouble in &segment.elements {
            writer.line(&Line::new("UCD").with(trouble.code.as_str()).with(place(trouble)));
        }
    }
}

/// With action, code, service segment and place.
fn said<'a>(line: Line<'a>, action: &'a Action, error: Option<&'a Trouble>) -> Line<'a> {
    let line = line.with(action.code());
    match error {
        None => line,
        Some(error) => line.with(error.code.as_str()).with(error.tag.as_str()).with(place(error)),
    }
}

/// S011.
fn place(trouble: &Trouble) -> Vec<Cow<'static, str>> {
    let number = |n: u32| if n == 0 { Cow::Borrowed("") } else { Cow::Owned(n.to_string()) };
    vec![number(trouble.element), number(trouble.component)]
}

/// S002 and S003.
fn address(address: &Address, four: bool) -> Vec<String> {
    let sub = if four { address.sub.clone() } else { String::new() };
    vec![address.id.clone(), address.qualifier.clone(), address.internal.clone(), sub]
}
