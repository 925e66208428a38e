//! What a CONTRL says, in words: for a terminal, and for programs.

use serde_json::{Value, json};

use super::{Action, Contrl, GroupSaid, MessageSaid, Trouble, words_of};
use crate::edifact::envelope::{Address, MessageType};
use crate::text::{Lang, Text, visible};

impl Contrl {
    /// One line for each level, the lower ones indented.
    pub fn told(&self) -> Vec<Text> {
        let (from, to) = (party(&self.sender), party(&self.recipient));
        let reference = visible(&self.reference);
        let mut lines = vec![line(
            0,
            Text::new(
                format!("Échange {reference}, de {from} à {to}"),
                format!("Interchange {reference}, from {from} to {to}"),
            ),
            &self.action,
            self.error.as_ref(),
        )];
        messages(1, &self.messages, &mut lines);
        for group in &self.groups {
            let reference = visible(&group.reference);
            let what = Text::new(format!("Groupe {reference}"), format!("Group {reference}"));
            lines.push(line(1, what, &group.action, group.error.as_ref()));
            messages(2, &group.messages, &mut lines);
        }
        lines
    }

    /// The same for programs: `facteur-contrl/1`.
    pub fn json(&self) -> Value {
        json!({
            "schema": "facteur-contrl/1",
            "reference": self.reference,
            "sender": address(&self.sender),
            "recipient": address(&self.recipient),
            "action": action(&self.action),
            "error": self.error.as_ref().map(trouble),
            "groups": self.groups.iter().map(group).collect::<Vec<_>>(),
            "messages": self.messages.iter().map(message).collect::<Vec<_>>(),
        })
    }
}

impl Action {
    /// What it means.
    pub fn words(&self) -> Text {
        match self {
            Action::Rejected => Text::new("rejeté, avec tout ce qu’il contient", "rejected, with all it holds"),
            Action::Acknowledged => Text::new("accepté", "acknowledged"),
            Action::Received => Text::new("reçu, syntaxe non jugée", "received, syntax not judged"),
            Action::Other(code) => {
                let code = visible(code);
                Text::new(format!("code {code} (0083) inconnu"), format!("unknown code {code} (0083)"))
            }
        }
    }
}

impl Trouble {
    /// The error and its place, in words.
    pub fn words(&self) -> Text {
        let mut text = meaning(&self.code);
        let mut place = |fr: String, en: String| {
            text.fr.push_str(&fr);
            text.en.push_str(&en);
        };
        if !self.tag.is_empty() {
            let tag = visible(&self.tag);
            place(format!(", {tag}"), format!(", {tag}"));
        }
        match (self.element, self.component) {
            (0, _) => {}
            // CONTRL counts the tag as 1, people count what follows it.
            (1, _) => place(", étiquette du segment".to_owned(), ", tag of the segment".to_owned()),
            (n, 0) => place(format!(", élément {}", n - 1), format!(", element {}", n - 1)),
            (n, c) => {
                place(format!(", élément {}, composant {c}", n - 1), format!(", element {}, component {c}", n - 1))
            }
        }
        text
    }
}

fn meaning(code: &str) -> Text {
    let shown = visible(code);
    match words_of(code) {
        Some(words) => Text::new(format!("{} ({shown})", words.fr), format!("{} ({shown})", words.en)),
        None if code.is_empty() => Text::new("erreur", "error"),
        None => Text::new(format!("code {shown} (0085) inconnu"), format!("unknown code {shown} (0085)")),
    }
}

fn messages(depth: usize, messages: &[MessageSaid], lines: &mut Vec<Text>) {
    for message in messages {
        let reference = visible(&message.reference);
        let what = match &message.package {
            Some(_) => Text::new(format!("Objet {reference}"), format!("Package {reference}")),
            None => {
                let kind = kind(&message.kind);
                Text::new(format!("Message {reference} ({kind})"), format!("Message {reference} ({kind})"))
            }
        };
        lines.push(line(depth, what, &message.action, message.error.as_ref()));
        for segment in &message.segments {
            let mut said: Vec<Text> = Vec::new();
            if !segment.code.is_empty() {
                said.push(meaning(&segment.code));
            }
            said.extend(segment.elements.iter().map(Trouble::words));
            let joined =
                |lang: Lang| said.iter().map(|text| text.get(lang)).collect::<Vec<_>>().join(lang.pick(" ; ", "; "));
            let (blank, position) = ("  ".repeat(depth + 1), segment.position);
            lines.push(Text::new(
                format!("{blank}Segment {position} : {}", joined(Lang::Fr)),
                format!("{blank}Segment {position}: {}", joined(Lang::En)),
            ));
        }
    }
}

fn line(depth: usize, what: Text, action: &Action, error: Option<&Trouble>) -> Text {
    let (blank, words) = ("  ".repeat(depth), action.words());
    let error = error.map(Trouble::words);
    let more = |lang: Lang| error.as_ref().map(|error| format!(" : {}", error.get(lang))).unwrap_or_default();
    Text::new(
        format!("{blank}{} : {}{}", what.fr, words.fr, more(Lang::Fr)),
        format!("{blank}{}: {}{}", what.en, words.en, more(Lang::En).replacen(" :", ":", 1)),
    )
}

fn party(address: &Address) -> String {
    let shown = match address.qualifier.as_str() {
        "" => address.id.clone(),
        qualifier => format!("{} ({qualifier})", address.id),
    };
    visible(&shown).into_owned()
}

fn kind(kind: &MessageType) -> String {
    let parts = [&kind.name, &kind.version, &kind.release, &kind.agency, &kind.association];
    let parts: Vec<&str> = parts.into_iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
    visible(&parts.join(":")).into_owned()
}

fn both(text: &Text) -> Value {
    json!({ "fr": text.fr, "en": text.en })
}

fn action(action: &Action) -> Value {
    json!({ "code": action.code(), "meaning": both(&action.words()) })
}

fn trouble(trouble: &Trouble) -> Value {
    let number = |n: u32| (n > 0).then_some(n);
    json!({
        "code": trouble.code,
        "segment": Some(&trouble.tag).filter(|tag| !tag.is_empty()),
        "element": number(trouble.element),
        "component": number(trouble.component),
        "meaning": both(&trouble.words()),
    })
}

fn address(address: &Address) -> Value {
    json!({ "id": address.id, "qualifier": address.qualifier, "internal": address.internal })
}

fn group(group: &GroupSaid) -> Value {
    json!({
        "reference": group.reference,
        "action": action(&group.action),
        "error": group.error.as_ref().map(trouble),
        "messages": group.messages.iter().map(message).collect::<Vec<_>>(),
    })
}

fn message(message: &MessageSaid) -> Value {
    let segments = message.segments.iter().map(|segment| {
        let code = Some(&segment.code).filter(|code| !code.is_empty());
        json!({
            "position": segment.position,
            "code": code,
            "meaning": code.map(|code| both(&meaning(code))),
            "elements": segment.elements.iter().map(trouble).collect::<Vec<_>>(),
        })
    });
    json!({
        "reference": message.reference,
        "type": kind(&message.kind),
        "package": message.package.is_some(),
        "action": action(&message.action),
        "error": message.error.as_ref().map(trouble),
        "segments": segments.collect::<Vec<_>>(),
    })
}
