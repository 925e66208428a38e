//! `[out]` of a partner file: how an INVOIC for that partner is written.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::edifact::write::LineEnds;
use crate::edifact::{Acknowledge, Address, Service};
use crate::formats::edifact::write::{Agreement, may_be};
use crate::invoice::Term;
use crate::text::Text;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Out {
    sender: Option<Party>,
    recipient: Option<Party>,
    charset: String,
    syntax: u8,
    una: bool,
    /// The six characters of UNA.
    separators: Option<String>,
    line_ends: Ends,
    association: String,
    application: String,
    agreement: String,
    acknowledge: Answer,
    test: bool,
    message: String,
    older_units: Option<bool>,
    /// Codes by term.
    qualifiers: BTreeMap<String, String>,
    /// Terms that the partner knows without being told; read with those of the file.
    pub constants: BTreeMap<Spanned<String>, String>,
}

/// An address of UNB.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Party {
    id: String,
    #[serde(default)]
    qualifier: String,
    /// 0008, 0014.
    #[serde(default)]
    internal: String,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Ends {
    #[default]
    None,
    Lf,
    Crlf,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Answer {
    #[default]
    No,
    Yes,
    Receipt,
}

impl Default for Out {
    fn default() -> Out {
        let Agreement { charset, una, message, .. } = Agreement::default();
        Out {
            sender: None,
            recipient: None,
            charset,
            syntax: 3,
            una,
            separators: None,
            line_ends: Ends::None,
            association: String::new(),
            application: String::new(),
            agreement: String::new(),
            acknowledge: Answer::No,
            test: false,
            message,
            older_units: None,
            qualifiers: BTreeMap::new(),
            constants: BTreeMap::new(),
        }
    }
}

impl Out {
    /// As the writer has it.
    ///
    /// # Errors
    /// What cannot be written: a character set that the syntax version does not know, separators that separate nothing, texts longer than UNB and UNH have
    /// room for, a code under which nobody would find the term.
    pub fn agreement(self) -> Result<Agreement, Text> {
        let charset = self.charset.to_ascii_uppercase();
        let old = ["UNOA", "UNOB", "UNOC", "UNOD", "UNOE", "UNOF"].contains(&&*charset);
        let new = ["UNOG", "UNOH", "UNOI", "UNOJ", "UNOK", "UNOL", "UNOW", "UNOY"].contains(&&*charset);
        match self.syntax {
            3 if new => {
                return Err(Text::new(
                    format!("[out] charset {charset} est de la syntaxe 4 ; la syntaxe 3 a UNOA à UNOF"),
                    format!("[out] charset {charset} is of syntax 4; syntax 3 has UNOA to UNOF"),
                ));
            }
            3 | 4 if old || new => {}
            3 | 4 => {
                return Err(Text::new(
                    format!("[out] charset {charset} : UNOA à UNOL, UNOW ou UNOY est attendu"),
                    format!("[out] charset {charset}: UNOA to UNOL, UNOW or UNOY is expected"),
                ));
            }
            other => {
                return Err(Text::new(
                    format!("[out] syntax {other} : 3 ou 4 est attendu"),
                    format!("[out] syntax {other}: 3 or 4 is expected"),
                ));
            }
        }
        let room = [
            ("association", &self.association, 6),
            ("application", &self.application, 14),
            ("agreement", &self.agreement, 35),
            ("message", &self.message, 14),
        ];
        for (key, text, most) in room {
            plain(key, text, most)?;
        }
        if self.message.is_empty() {
            return Err(Text::new(
                "[out] message est vide : une référence est attendue",
                "[out] message is empty: a reference is expected",
            ));
        }
        let service = service(self.separators.as_deref(), self.syntax)?;
        let qualifier = |(id, code): (String, String)| {
            let term = Term::parse(&id).ok_or_else(|| {
                Text::new(
                    format!("[out.qualifiers] {id} n'est pas un terme"),
                    format!("[out.qualifiers] {id} is no term"),
                )
            })?;
            match may_be(term, &code) {
                true => Ok((term, code)),
                false => Err(Text::new(
                    format!("[out.qualifiers] {id} : facteur ne le relirait pas sous {code}"),
                    format!("[out.qualifiers] {id}: facteur would not read it back from {code}"),
                )),
            }
        };
        Ok(Agreement {
            charset,
            version: self.syntax.to_string(),
            service,
            una: self.una,
            line_ends: match self.line_ends {
                Ends::None => LineEnds::None,
                Ends::Lf => LineEnds::Lf,
                Ends::Crlf => LineEnds::CrLf,
            },
            sender: self.sender.map(|party| party.address("sender", self.syntax)).transpose()?,
            recipient: self.recipient.map(|party| party.address("recipient", self.syntax)).transpose()?,
            association: self.association,
            application: self.application,
            agreement: self.agreement,
            acknowledge: match self.acknowledge {
                Answer::No => Acknowledge::No,
                Answer::Yes => Acknowledge::Yes,
                Answer::Receipt if self.syntax == 4 => Acknowledge::Receipt,
                Answer::Receipt => {
                    return Err(Text::new(
                        "[out] acknowledge = \"receipt\" est de la syntaxe 4",
                        "[out] acknowledge = \"receipt\" is of syntax 4",
                    ));
                }
            },
            test: self.test,
            message: self.message,
            qualifiers: self.qualifiers.into_iter().map(qualifier).collect::<Result<_, Text>>()?,
            constants: Vec::new(),
            older_units: self.older_units,
        })
    }
}

impl Party {
    fn address(self, key: &str, syntax: u8) -> Result<Address, Text> {
        plain(key, &self.id, 35)?;
        plain(key, &self.qualifier, 4)?;
        plain(key, &self.internal, if syntax == 4 { 35 } else { 14 })?;
        if self.id.is_empty() {
            return Err(Text::new(format!("[out] {key} n'a pas d'id"), format!("[out] {key} has no id")));
        }
        Ok(Address { id: self.id, qualifier: self.qualifier, internal: self.internal, sub: String::new() })
    }
}

/// What stands in UNB and UNH is of the character set that every other holds.
fn plain(key: &str, text: &str, most: usize) -> Result<(), Text> {
    let printable = text.bytes().all(|b| (b' '..0x7F).contains(&b));
    match printable && text.len() <= most && text.trim() == text {
        true => Ok(()),
        false => Err(Text::new(
            format!("[out] {key} « {text} » : au plus {most} caractères ASCII, sans blanc au bord"),
            format!("[out] {key} `{text}`: at most {most} ASCII characters, no blank at either end"),
        )),
    }
}

fn service(separators: Option<&str>, syntax: u8) -> Result<Service, Text> {
    let usual = if syntax == 4 { ":+.?*'" } else { ":+.? '" };
    let text = separators.unwrap_or(usual);
    let wrong = || {
        Text::new(
            format!(
                "[out] separators « {text} » : six caractères ASCII différents, comme derrière UNA, tels que « {usual} »"
            ),
            format!("[out] separators `{text}`: six different ASCII characters as behind UNA, such as `{usual}`"),
        )
    };
    let six: [u8; 6] = text.as_bytes().try_into().map_err(|_| wrong())?;
    let service = Service::declared(six).ok_or_else(wrong)?;
    let mark = matches!(service.decimal, b'.' | b',');
    // Without a release character a separator could stand in no text.
    if !mark || service.release.is_none() { Err(wrong()) } else { Ok(service) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::invoice::bt;

    fn of(text: &str) -> Result<Agreement, String> {
        toml::from_str::<Out>(text).map_err(|e| e.to_string())?.agreement().map_err(|said| said.en)
    }

    #[test]
    fn what_is_agreed_is_read_and_what_cannot_be_written_refused() {
        let agreed = of("sender = { id = \"3012345678902\", qualifier = \"14\" }\nassociation = \"EAN008\"\ntest = true\n[qualifiers]\nBG-4 = \"SU\"\nBT-112 = \"86\"\n").unwrap();
        assert_eq!((agreed.test, agreed.una, agreed.version.as_str()), (true, true, "3"));
        assert_eq!(agreed.qualifiers, [(bt::BG_4, "SU".to_owned()), (bt::BT_112, "86".to_owned())]);
        assert_eq!(of("").unwrap().charset, "UNOC");
        assert_eq!(of("syntax = 4\ncharset = \"UNOW\"").unwrap().service.repetition, Some(b'*'));
        for wrong in [
            "charset = \"UNOW\"",
            "charset = \"LATIN1\"",
            "syntax = 2",
            "separators = \":+.?\"",
            "separators = \"::.? '\"",
            "separators = \":+.  '\"",
            "separators = \":+;? '\"",
            "association = \"EAN0081\"",
            "message = \"\"",
            "acknowledge = \"receipt\"",
            "sender = { id = \"\" }",
            "sender = { id = \"é\" }",
            "[qualifiers]\nBT-112 = \"999\"",
            "[qualifiers]\nBT-999 = \"1\"",
            "colour = 1",
        ] {
            assert!(of(wrong).is_err(), "{wrong}");
        }
    }
}
