//! What an APERAK says, in words: for a terminal, and for programs.

use serde_json::{Value, json};

use super::{Aperak, ErrorSaid, Outcome, Release};
use crate::text::{Lang, Text, visible};

impl Outcome {
    /// What it means.
    pub fn words(&self) -> Text {
        match self {
            Outcome::Accepted => Text::new("acceptée sans modification (29)", "accepted without amendment (29)"),
            Outcome::Amended => Text::new("acceptée avec modification (34)", "accepted with amendment (34)"),
            Outcome::Taken => Text::new("acceptée (44)", "accepted (44)"),
            Outcome::Refused => Text::new("refusée (27)", "not accepted (27)"),
            Outcome::Unsaid => Text::new("décision non dite (1225)", "decision not said (1225)"),
            Outcome::Other(code) => {
                let code = visible(code);
                Text::new(format!("code {code} (1225) inconnu"), format!("unknown code {code} (1225)"))
            }
        }
    }
}

impl Aperak {
    /// 1001 as the directory has it for what is decided.
    pub fn usual_kind(outcome: &Outcome, release: Release) -> &'static str {
        super::write::kind(outcome, release)
    }

    /// A line for the document, then one for each error.
    pub fn told(&self) -> Vec<Text> {
        let invoice = if self.invoice.is_empty() { "?".to_owned() } else { visible(&self.invoice).into_owned() };
        let words = self.outcome.words();
        let mut lines =
            vec![Text::new(format!("Facture {invoice} : {}", words.fr), format!("Invoice {invoice}: {}", words.en))];
        if !self.interchange.is_empty() {
            let (interchange, message) = (visible(&self.interchange), visible(&self.message));
            lines.push(Text::new(
                format!("  reçue dans l’échange {interchange}, message {message}"),
                format!("  received in interchange {interchange}, message {message}"),
            ));
        }
        lines.extend(self.notes.iter().map(|note| {
            let note = visible(note);
            Text::new(format!("  {note}"), format!("  {note}"))
        }));
        lines.extend(self.errors.iter().map(ErrorSaid::told));
        lines
    }

    /// The same for programs: `facteur-aperak/1`.
    pub fn json(&self) -> Value {
        let parties = self
            .parties
            .iter()
            .map(|party| json!({ "role": party.role, "id": party.id, "agency": party.agency, "name": party.name }));
        let pair = |(qualifier, number): &(String, String)| json!({ "qualifier": qualifier, "number": number });
        let errors = self.errors.iter().map(|error| {
            json!({
                "code": error.code,
                "list": error.list,
                "agency": error.agency,
                "rule": error.rule,
                "text": error.text,
                "line": error.line,
                "references": error.references.iter().map(pair).collect::<Vec<_>>(),
            })
        });
        let words = self.outcome.words();
        json!({
            "schema": "facteur-aperak/1",
            "type": self.kind,
            "reference": self.reference,
            "outcome": { "code": self.outcome.code(), "meaning": { "fr": words.fr, "en": words.en } },
            "accepted": self.accepts(),
            "written": self.written,
            "invoice": self.invoice,
            "issued": self.issued,
            "interchange": self.interchange,
            "message": self.message,
            "references": self.references.iter().map(pair).collect::<Vec<_>>(),
            "parties": parties.collect::<Vec<_>>(),
            "notes": self.notes,
            "errors": errors.collect::<Vec<_>>(),
        })
    }
}

impl ErrorSaid {
    fn told(&self) -> Text {
        let code = visible(&self.code);
        let name = match &self.rule {
            Some(rule) if !self.text.starts_with(rule.as_str()) => format!("{code} ({})", visible(rule)),
            _ => code.into_owned(),
        };
        let text = visible(&self.text);
        let say = |lang: Lang| {
            let line = self.line.as_deref().map(visible);
            let line =
                line.map(|line| lang.pick(format!(", ligne {line}"), format!(", line {line}"))).unwrap_or_default();
            format!("  {name}{line}{}{text}", lang.pick(" : ", ": "))
        };
        Text::new(say(Lang::Fr), say(Lang::En))
    }
}
