//! Why a question to the daemon has no answer: who erred, what was found, what to do.

use std::fmt::Write as _;

use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::Value;

use crate::config::ConfigError;
use crate::text::{Lang, Text};

/// Everything that can go wrong on the way to the daemon and back.
#[derive(Debug)]
pub enum Trouble {
    /// The command line or the environment; nothing was asked.
    Setup(Text),
    /// The configuration file; nothing was asked.
    Config(Box<ConfigError>),
    /// Nobody listens there: what was asked did not arrive.
    NoDaemon { base: String, why: String },
    /// The connection broke or took too long after the question may have arrived.
    NoAnswer { base: String, why: String },
    /// The daemon answered, and said no.
    Refused(Box<Refusal>),
    /// Something answered that does not speak as this facteur expects.
    Foreign { base: String, what: Text },
}

/// The daemon's no: RFC 9457 problem+json.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct Refusal {
    pub status: u16,
    /// Stable; programs branch on it.
    pub code: String,
    pub title: String,
    pub detail: String,
    pub messages: Option<Text>,
    pub request_id: Option<String>,
    pub first_sha256: Option<String>,
    pub this_sha256: Option<String>,
}

impl Refusal {
    /// Reads the body of an answer that is no success; none where it is not the daemon's.
    pub fn read(status: StatusCode, body: &[u8]) -> Option<Refusal> {
        let value: Value = serde_json::from_slice(body).ok()?;
        let refusal: Refusal = serde_json::from_value(value).ok().filter(|r: &Refusal| !r.code.is_empty())?;
        Some(Refusal { status: status.as_u16(), ..refusal })
    }
}

impl Trouble {
    /// A part of an answer that is not what this version expects.
    pub fn unexpected(why: &dyn std::fmt::Display) -> Self {
        Self::Setup(Text::new(
            format!("réponse inattendue du facteur interrogé (autre version ?) : {why}"),
            format!("unexpected answer of the facteur that was asked (another version?): {why}"),
        ))
    }

    /// The same question may be put again at once: it did not arrive whole, or the daemon asked for patience.
    pub fn is_passing(&self) -> bool {
        match self {
            Trouble::NoAnswer { .. } => true,
            Trouble::Refused(refusal) => matches!(refusal.code.as_str(), "busy" | "interrupted"),
            _ => false,
        }
    }

    /// Nothing else that is asked will fare better: the way to the daemon itself is wrong.
    pub fn is_general(&self) -> bool {
        match self {
            Trouble::Refused(refusal) => matches!(refusal.status, 401 | 403) || refusal.code == "store",
            _ => true,
        }
    }

    pub fn is_not_found(&self) -> bool {
        matches!(self, Trouble::Refused(refusal) if refusal.status == 404)
    }

    pub fn say(&self, lang: Lang) -> String {
        match (self, lang) {
            (Trouble::Setup(text), lang) => text.get(lang).to_owned(),
            (Trouble::Config(error), lang) => error.show(lang),
            (Trouble::NoDaemon { base, why }, Lang::Fr) => format!(
                "aucun facteur ne répond à {base} ({why})\n\
                 démarrez-le (`facteur serve`), ou donnez son adresse avec --url, FACTEUR_URL ou --config"
            ),
            (Trouble::NoDaemon { base, why }, Lang::En) => format!(
                "no facteur answers at {base} ({why})\n\
                 start it (`facteur serve`), or give its address with --url, FACTEUR_URL or --config"
            ),
            (Trouble::NoAnswer { base, why }, Lang::Fr) => format!(
                "facteur, à {base}, n'a pas répondu jusqu'au bout ({why}) : on ne sait pas si la demande a été faite\n\
                 un document peut être renvoyé sans risque (les mêmes octets sont la même facture) ; avant de répéter un acte, regarder : facteur status, facteur problems"
            ),
            (Trouble::NoAnswer { base, why }, Lang::En) => format!(
                "facteur, at {base}, gave no whole answer ({why}): nobody knows whether it was done\n\
                 a document may be sent again (the same bytes are the same invoice); before an act is repeated, look: facteur status, facteur problems"
            ),
            (Trouble::Foreign { base, what }, Lang::Fr) => {
                format!("ce qui répond à {base} n'est pas un facteur que ce programme comprend : {}", what.fr)
            }
            (Trouble::Foreign { base, what }, Lang::En) => {
                format!("what answers at {base} is not a facteur that this program understands: {}", what.en)
            }
            (Trouble::Refused(refusal), lang) => refusal.say(lang),
        }
    }
}

impl Refusal {
    fn say(&self, lang: Lang) -> String {
        let detail = self.messages.as_ref().map_or(self.detail.as_str(), |both| both.get(lang));
        let mut out = if detail.is_empty() { self.title.clone() } else { detail.to_owned() };
        // Writing to a string cannot fail.
        if let (Some(first), Some(this)) = (&self.first_sha256, &self.this_sha256) {
            let _ = match lang {
                Lang::Fr => write!(out, "\npremiers octets : SHA-256 {first}\nceux-ci : SHA-256 {this}"),
                Lang::En => write!(out, "\nfirst bytes: SHA-256 {first}\nthese: SHA-256 {this}"),
            };
        }
        if matches!(self.code.as_str(), "no-token" | "bad-token") {
            let _ = match lang {
                Lang::Fr => write!(out, "\ndonnez le jeton avec --token-file, FACTEUR_TOKEN ou --config"),
                Lang::En => write!(out, "\ngive the token with --token-file, FACTEUR_TOKEN or --config"),
            };
        }
        let _ = write!(out, "\n[{} {}", self.status, self.code);
        if let Some(id) = &self.request_id {
            let _ = write!(out, ", {} {id}", if lang == Lang::Fr { "requête" } else { "request" });
        }
        out + "]"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_to_do() {
        let body = br#"{"type":"urn:facteur:problem:bad-token","title":"The token is not known","status":401,
            "detail":"This token is not known, or was revoked.","code":"bad-token",
            "messages":{"fr":"Ce jeton n'est pas connu.","en":"This token is not known."},"request_id":"r1"}"#;
        let refusal = Refusal::read(StatusCode::UNAUTHORIZED, body).unwrap();
        let trouble = Trouble::Refused(Box::new(refusal));
        assert_eq!(
            trouble.say(Lang::Fr),
            "Ce jeton n'est pas connu.\ndonnez le jeton avec --token-file, FACTEUR_TOKEN ou --config\n[401 bad-token, requête r1]"
        );
        assert!(trouble.is_general() && !trouble.is_passing());
    }

    #[test]
    fn both_hashes_of_a_reused_key_are_told() {
        let body = br#"{"code":"idempotency-key-reused","detail":"Used.","first_sha256":"aa","this_sha256":"bb"}"#;
        let said =
            Trouble::Refused(Box::new(Refusal::read(StatusCode::UNPROCESSABLE_ENTITY, body).unwrap())).say(Lang::En);
        assert_eq!(said, "Used.\nfirst bytes: SHA-256 aa\nthese: SHA-256 bb\n[422 idempotency-key-reused]");
    }

    #[test]
    fn what_is_not_the_daemons_is_told_apart() {
        assert!(Refusal::read(StatusCode::BAD_GATEWAY, b"<html>").is_none());
        assert!(Refusal::read(StatusCode::BAD_GATEWAY, b"{}").is_none());
        assert!(Refusal::read(StatusCode::BAD_GATEWAY, b"[]").is_none());
    }
}
