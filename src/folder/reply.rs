//! Answers in EDIFACT: those that facteur writes beside the file that they answer, and those that somebody put into the folder.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use serde_json::json;

use super::desk::Key;
use super::names;
use crate::formats::edifact::{Came, Says};
use crate::store::{AnswersOf, Handle, Held, StoreError};
use crate::text::{Lang, Text, visible};

/// What a file is answered: kind and bytes.
#[derive(Default)]
pub(super) struct Letters(Vec<(String, Bytes)>);

impl Letters {
    /// Those of a file, by its SHA-256; none for what is no EDIFACT, or is not answered.
    pub async fn of(store: &Handle, sha256: &str) -> Result<Self, StoreError> {
        let mut letters = Vec::new();
        for answer in store.edi_answers(AnswersOf::File(sha256.to_owned())).await? {
            // Bounded as what it answers is; where there is no room now, the file waits.
            match store.hold(&answer.sha256, std::time::Duration::from_secs(10)).await? {
                Held::Here(bytes) => letters.push((answer.kind, bytes)),
                Held::Absent => {}
                Held::NoRoom => return Err(StoreError::Busy(answer.id)),
            }
        }
        Ok(Self(letters))
    }

    /// May they be written under the names that belong to this document? Not where something else stands.
    pub fn fit(&self, folder: &Path, document: &OsStr) -> io::Result<bool> {
        for (kind, bytes) in &self.0 {
            let path = folder.join(names::letter(document, kind));
            match fs::symlink_metadata(&path) {
                Err(e) if e.kind() == io::ErrorKind::NotFound => {}
                Err(e) => return Err(e),
                // Left by a process that was killed.
                Ok(meta) if meta.is_file() && meta.len() == bytes.len() as u64 && fs::read(&path)? == *bytes => {}
                Ok(_) => return Ok(false),
            }
        }
        Ok(true)
    }

    /// Writes them beside the document.
    pub fn write(&self, document: &OsStr, write: &dyn Fn(&OsStr, &[u8]) -> io::Result<()>) -> io::Result<()> {
        self.0.iter().try_for_each(|(kind, bytes)| write(&names::letter(document, kind), bytes))
    }
}

/// How many invoices a report lists by id; the JSON has all.
const LISTED: usize = 10;

/// An answer that is in the store.
pub(super) struct Reply {
    pub id: String,
    pub sha256: String,
    pub kind: String,
    /// The invoices of which it speaks, of those known when it came.
    pub invoices: Vec<String>,
    /// What it says, in words.
    pub told: Vec<Text>,
}

impl Reply {
    /// What a message says.
    pub fn told(came: &Came) -> Vec<Text> {
        match &came.says {
            Says::Contrl(contrl) => contrl.told(),
            Says::Aperak(aperak) => aperak.told(),
            Says::Nothing => vec![Text::new("message illisible", "message that cannot be read")],
        }
    }
}

/// Such a file at its end.
pub(super) struct ReplyEnd {
    pub key: Key,
    pub reply: Arc<Reply>,
}

impl ReplyEnd {
    pub fn json(&self) -> String {
        let Reply { id, sha256, kind, invoices, told } = &*self.reply;
        let told: Vec<_> = told.iter().map(|text| json!({ "fr": text.fr, "en": text.en })).collect();
        let said = json!({
            "schema": "facteur-reply/1", "sha256": sha256, "id": id, "kind": kind, "invoices": invoices, "told": told,
        });
        format!("{said}\n")
    }

    pub fn text(&self, lang: Option<Lang>) -> String {
        match lang {
            Some(lang) => self.in_language(lang),
            None => format!("{}\n--\n\n{}", self.in_language(Lang::Fr), self.in_language(Lang::En)),
        }
    }

    fn in_language(&self, lang: Lang) -> String {
        let Reply { id, kind, invoices, told, .. } = &*self.reply;
        let listed = invoices.iter().take(LISTED).map(String::as_str).collect::<Vec<_>>().join(", ");
        let more = if invoices.len() > LISTED { ", …" } else { "" };
        let said = match invoices.len() {
            0 => Text::new(
                "elle ne désigne aucune facture connue ici à cet instant, et n'est donc dite à aucune ; GET /v1/answers?unmatched=true et « facteur status » la listent.",
                "it means no invoice that is known here at this moment, so that none is told of it; GET /v1/answers?unmatched=true and \"facteur status\" list it.",
            ),
            1 => Text::new(
                format!("elle parle de la facture {listed}, dont la chronologie dit ce qu'elle dit."),
                format!("it speaks of invoice {listed}, whose timeline tells what it says."),
            ),
            count => Text::new(
                format!("elle parle de {count} factures ({listed}{more}), dont la chronologie dit ce qu'elle dit."),
                format!("it speaks of {count} invoices ({listed}{more}), whose timelines tell what it says."),
            ),
        };
        let mut out = match lang {
            Lang::Fr => format!("Réponse {kind} reçue ({id}) : {}\n", said.fr),
            Lang::En => format!("Answer {kind} received ({id}): {}\n", said.en),
        };
        for line in told {
            out += &visible(line.get(lang));
            out.push('\n');
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_told_to_nobody_is_not_said_to_be_told() {
        let text = |invoices: &[&str], lang| {
            let invoices = invoices.iter().map(|id| (*id).to_owned()).collect();
            let (id, sha256, kind) = ("a1".to_owned(), String::new(), "APERAK".to_owned());
            let reply = Arc::new(Reply { id, sha256, kind, invoices, told: Vec::new() });
            ReplyEnd { key: 0, reply }.text(Some(lang))
        };
        assert!(text(&[], Lang::En).contains("it means no invoice that is known here at this moment"));
        assert!(text(&[], Lang::Fr).contains("elle ne désigne aucune facture connue"));
        assert!(text(&["f1"], Lang::En).contains("speaks of invoice f1, whose timeline"));
        assert!(text(&["f1", "f2"], Lang::En).contains("speaks of 2 invoices (f1, f2), whose timelines"));
        assert!(text(&["f1"; 11], Lang::Fr).contains("elle parle de 11 factures"));
    }
}
