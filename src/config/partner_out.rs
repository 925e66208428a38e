//! `[out]` of a partner file: how an INVOIC for that partner is written.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use crate::edifact::write::LineEnds;
use crate::edifact::{Acknowledge, Address, Service};
use crate::formats::edifact::Directory;
use crate::formats::edifact::write::{Agreement, may_be};
use crate::invoice::Term;
use crate::text::Text;

use super::nearest;

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
    association: Association,
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

/// 0057: one for all messages, or one for each directory that is written.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Association {
    One(String),
    Each(BTreeMap<String, String>),
}

impl Association {
    /// The one of all, and those of single directories.
    fn read(self) -> Result<(String, Vec<(Directory, String)>), Text> {
        let of_room = |text: &str| plain("association", text, 6);
        let each = match self {
            Association::One(all) => return of_room(&all).map(|()| (all, Vec::new())),
            Association::Each(each) => each,
        };
        let written = [Directory::D96A, Directory::D01B];
        let known = |key: &str| written.into_iter().find(|known| known.as_str().eq_ignore_ascii_case(key));
        let of_one = |(key, text): (String, String)| {
            of_room(&text)?;
            let directory = known(&key).ok_or_else(|| {
                let meant = nearest(&key, written.map(Directory::as_str)).unwrap_or("D96A");
                Text::new(
                    format!("[out] association : {key} n'est pas un répertoire qui s'écrit ; D96A ou D01B est attendu ; vouliez-vous dire {meant} ?"),
                    format!("[out] association: {key} is no directory that is written; D96A or D01B is expected; did you mean {meant}?"),
                )
            })?;
            Ok((directory, text))
        };
        Ok((String::new(), each.into_iter().map(of_one).collect::<Result<_, Text>>()?))
    }
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
            association: Association::One(String::new()),
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
    /// The qualifiers of sender and recipient, as they are written.
    pub fn qualifiers_of_addresses(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let both = [("sender", &self.sender), ("recipient", &self.recipient)];
        both.into_iter().filter_map(|(key, party)| Some((key, party.as_ref()?.qualifier.as_str())))
    }

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
            ("application", &self.application, 14),
            ("agreement", &self.agreement, 35),
            ("message", &self.message, 14),
        ];
        for (key, text, most) in room {
            plain(key, text, most)?;
        }
        let (association, associations) = self.association.read()?;
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
            association,
            associations,
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
                "[out] separators « {text} » : six caractères ASCII, comme derrière UNA, tels que « {usual} » : tous différents, ni lettre ni chiffre ; le troisième est la marque décimale (« . » ou « , »), le quatrième (libération) n'est pas un blanc"
            ),
            format!(
                "[out] separators `{text}`: six ASCII characters as behind UNA, such as `{usual}`: all different, no letter or digit; the third is the decimal mark (`.` or `,`), the fourth (release) no blank"
            ),
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
        let each = of("association = { d96a = \"EAN008\", D01B = \"EAN010\" }").unwrap();
        let wanted = [(Directory::D01B, "EAN010".to_owned()), (Directory::D96A, "EAN008".to_owned())];
        assert_eq!((&*each.association, &each.associations[..]), ("", &wanted[..]));
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
            "association = { D96A = \"EAN0081\" }",
            "association = { D16B = \"EAN010\" }",
            "association = 8",
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
