//! An APERAK that came, whoever wrote it, as what it says. Tolerant: what is missing is empty, unknown codes stay as they came.

use std::collections::HashSet;

use super::{Aperak, ErrorSaid, Outcome, PartySaid, UNKNOWN_RULE, rule_of};
use crate::edifact::{Message, Segment};
use crate::formats::edifact::text::joined;

impl Aperak {
    /// What a message says as an APERAK; none where it is of another type.
    pub fn read(message: &Message) -> Option<Aperak> {
        if !message.kind.name.trim().eq_ignore_ascii_case("APERAK") {
            return None;
        }
        let mut aperak = Aperak::default();
        // What a DTM belongs to: the document, or the reference before it.
        let mut behind: Option<String> = None;
        for segment in message.segments() {
            let text = |e, c| segment.text(e, c).trim().to_owned();
            match segment.tag() {
                "BGM" => {
                    // 1001 may be a word where partners agree on one; 1225 is the third element in both directories.
                    (aperak.kind, aperak.reference) = (text(1, 1), text(2, 1));
                    aperak.outcome = Outcome::of(&text(3, 1));
                }
                "DTM" => aperak.date(segment, behind.as_deref()),
                "DOC" | "RFF" if aperak.errors.is_empty() => {
                    let (qualifier, number) =
                        if segment.tag() == "DOC" { ("DOC".to_owned(), text(2, 1)) } else { (text(1, 1), text(1, 2)) };
                    aperak.references.push((qualifier.clone(), number));
                    behind = Some(qualifier);
                }
                "NAD" => aperak.parties.push(PartySaid {
                    role: text(1, 1),
                    id: text(2, 1),
                    list: text(2, 2),
                    agency: text(2, 3),
                    name: joined(segment, 4, 1, 5),
                }),
                "ERC" => aperak.errors.push(ErrorSaid {
                    code: text(1, 1),
                    list: text(1, 2),
                    agency: text(1, 3),
                    ..ErrorSaid::default()
                }),
                "RFF" => {
                    if let Some(error) = aperak.errors.last_mut() {
                        if error.line.is_none() && !text(1, 3).is_empty() {
                            error.line = Some(text(1, 3));
                        }
                        error.references.push((text(1, 1), text(1, 2)));
                    }
                }
                "FTX" => aperak.text(segment),
                _ => {}
            }
        }
        aperak.settle();
        Some(aperak)
    }

    /// The same for each message that it names, where it names several (RFF+ACW, RFF+IV): what it says holds for all of them. None beyond `most`: whoever
    /// reads has to say so.
    pub fn each(self, most: usize) -> (Vec<Aperak>, bool) {
        let of = |qualifier: &str| {
            let mut known = HashSet::new();
            let all = self.references.iter().filter(|(q, number)| q == qualifier && !number.is_empty());
            all.map(|(_, number)| number.clone()).filter(|number| known.insert(number.clone())).collect::<Vec<_>>()
        };
        let (received, invoices) = (of("ACW"), of("IV"));
        let count = received.len().max(invoices.len());
        if count < 2 {
            return (vec![self], false);
        }
        let one = |n: usize| {
            let mut one = self.clone();
            // Where both are named as often, each number is that of the message beside it; one alone is that of the first.
            one.invoice = invoices.get(n).cloned().unwrap_or_default();
            (one.interchange, one.message) = received.get(n).map(|acw| reference(acw)).unwrap_or_default();
            one
        };
        ((0..count.min(most)).map(one).collect(), count > most)
    }

    fn date(&mut self, segment: Segment<'_>, behind: Option<&str>) {
        let (qualifier, date) = (segment.text(1, 1), segment.text(1, 2));
        match (behind, &*qualifier) {
            (None, "137") => self.written = date.trim().to_owned(),
            (Some("IV" | "DOC"), _) if self.issued.is_empty() => self.issued = date.trim().to_owned(),
            _ => {}
        }
    }

    fn text(&mut self, segment: Segment<'_>) {
        let mut text = joined(segment, 4, 1, 5);
        // A code in the place of the text (4441) says something too.
        let code = segment.text(3, 1);
        if text.is_empty() && !code.is_empty() {
            text = code.trim().to_owned();
        }
        match self.errors.last_mut() {
            None => self.notes.push(text),
            Some(error) if error.text.is_empty() => error.text = text,
            Some(error) => {
                error.text.push(' ');
                error.text.push_str(&text);
            }
        }
    }

    /// What follows from the whole.
    fn settle(&mut self) {
        let of = |qualifiers: &[&str]| {
            let found = qualifiers.iter().find_map(|q| self.references.iter().find(|(known, _)| known == q));
            found.map(|(_, number)| number.clone())
        };
        let invoice = of(&["IV", "ACE", "DOC", "DM", "AAK"]);
        let received = of(&["ACW"]).unwrap_or_default();
        self.invoice = invoice.unwrap_or_default();
        (self.interchange, self.message) = reference(&received);
        for error in &mut self.errors {
            // Only codes in our list are ours: others may have a BRCO10 of their own.
            let ours = error.list == "ZZZ";
            error.rule = rule_of(&error.code).map(str::to_owned).filter(|_| ours);
            if ours && error.code == UNKNOWN_RULE {
                error.rule = error.text.split_once(": ").map(|(rule, _)| rule.to_owned()).filter(|rule| is_name(rule));
            }
        }
    }
}

/// The interchange and the message that RFF+ACW names.
fn reference(received: &str) -> (String, String) {
    let (interchange, message) = received.rsplit_once('/').unwrap_or((received, ""));
    (interchange.to_owned(), message.to_owned())
}

/// Does it look like the id of a rule? A sentence does not.
fn is_name(text: &str) -> bool {
    (1..=80).contains(&text.len()) && text.chars().all(|c| !c.is_whitespace() && !c.is_control())
}
