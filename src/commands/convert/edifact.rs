//! `facteur convert --to edifact-…`: which partner's settings hold, and the interchange that they give.

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::super::judging::partners_in;
use super::super::show;
use crate::clock::{self, Clock as _};
use crate::config;
use crate::edifact::Address;
use crate::formats::edifact::write::{self, Interchange, Moment, Reference};
use crate::formats::edifact::{Directory, Partner};
use crate::formats::write::{Loss, Reason};
use crate::formats::{Beside, BesideKind, Read, written_at};
use crate::invoice::Draft;
use crate::text::{Lang, Text, visible};

#[derive(Debug, Args)]
pub(super) struct EdifactArgs {
    /// Folder of partner files (`*.toml`): what is agreed with those who send EDIFACT, and how it is written for them
    #[arg(long, value_name = "FOLDER")]
    partners: Option<PathBuf>,
    /// Partner whose settings an INVOIC is written by: a name, or a file [default: the one that names the buyer]
    #[arg(long, value_name = "NAME|FILE")]
    partner: Option<String>,
    /// Control reference of the interchange (UNB 0020) [default: the first digits of the document's id, then three characters of what is written]
    #[arg(long, value_name = "REFERENCE")]
    reference: Option<String>,
}

/// What is agreed with whom.
pub(super) struct Agreed {
    pub partners: Vec<Partner>,
    named: Option<Partner>,
    reference: Option<String>,
}

/// What is told of the interchange beside its losses.
#[derive(Debug, Serialize)]
pub(super) struct Around {
    /// Whose settings it was written by; none where those by default hold.
    partner: Option<String>,
    reference: String,
    sender: String,
    recipient: String,
}

impl EdifactArgs {
    /// Is any of them given that only writing needs?
    pub fn is_for_writing(&self) -> bool {
        self.partner.is_some() || self.reference.is_some()
    }

    /// The partners that are named.
    ///
    /// # Errors
    /// A file that cannot be read, a name that no file has, a reference that cannot stand in UNB or would stand in several.
    pub fn agreed(&self, documents: usize, lang: Lang) -> Result<Agreed, Text> {
        let same = |what: String| Text::new(what.clone(), what);
        let partners = self.partners.as_deref().map_or(Ok(Vec::new()), |folder| partners_in(folder, lang));
        let partners = partners.map_err(same)?;
        let named = match &self.partner {
            None => None,
            Some(name) => Some(match partners.iter().find(|partner| partner.name == *name) {
                Some(_) if partners.iter().filter(|partner| partner.name == *name).nth(1).is_some() => {
                    return Err(Text::new(
                        format!(
                            "plusieurs fichiers de --partners s'appellent {name} ; donner le fichier : --partner DOSSIER/FICHIER.toml"
                        ),
                        format!(
                            "several files of --partners have the name {name}; give the file: --partner FOLDER/FILE.toml"
                        ),
                    ));
                }
                Some(partner) => partner.clone(),
                None if name.ends_with(".toml") || Path::new(name).is_file() => {
                    let (partner, remarks) = config::partner(Path::new(name))?;
                    if !remarks.get(lang).is_empty() {
                        show::tell(remarks.get(lang));
                    }
                    partner
                }
                None => {
                    let known: Vec<&str> = partners.iter().map(|partner| partner.name.as_str()).collect();
                    let meant = config::nearest(name, known.iter().copied());
                    let [meant_fr, meant_en] = meant.map_or([String::new(), String::new()], |meant| {
                        [format!(" ; vouliez-vous dire {meant} ?"), format!("; did you mean {meant}?")]
                    });
                    let known = if known.is_empty() { "-".to_owned() } else { known.join(", ") };
                    return Err(Text::new(
                        format!("aucun fichier de --partners ne s'appelle {name} ; connus : {known}{meant_fr}"),
                        format!("no file of --partners has the name {name}; known: {known}{meant_en}"),
                    ));
                }
            }),
        };
        if let Some(reference) = &self.reference {
            let fits = (1..=14).contains(&reference.len()) && reference.bytes().all(|b| (b' '..0x7F).contains(&b));
            if !fits || reference.trim() != reference {
                return Err(Text::new(
                    "--reference a de 1 à 14 caractères ASCII, sans espace au bord",
                    "--reference has 1 to 14 ASCII characters, no blank at either end",
                ));
            }
            if documents > 1 {
                return Err(one_reference());
            }
        }
        Ok(Agreed { partners, named, reference: self.reference.clone() })
    }
}

fn one_reference() -> Text {
    Text::new(
        "--reference nomme un seul échange : convertissez les documents séparément",
        "--reference names one interchange: convert the documents apart",
    )
}

impl Agreed {
    /// Why so many documents of one file cannot be written.
    pub fn refuses(&self, documents: usize) -> Option<Text> {
        (documents > 1 && self.reference.is_some()).then(one_reference)
    }

    /// The interchange of a document (`sha256` is its own, hexadecimal), and what is told of it.
    pub fn interchange(&self, draft: &Draft, directory: Directory, sha256: &str) -> (Interchange, Around) {
        let partner = self.named.as_ref().or_else(|| write::partner_of(draft, &self.partners));
        let default = write::Agreement::default();
        let agreement = partner.map_or(&default, |partner| &partner.out);
        let reference = self.reference.as_deref().map_or(Reference::Document(sha256), Reference::Given);
        let written = write::write(draft, directory, agreement, now(), reference);
        let around = Around {
            partner: partner.map(|partner| partner.name.clone()),
            reference: written.reference.clone(),
            sender: shown(&written.sender),
            recipient: shown(&written.recipient),
        };
        (written, around)
    }
}

impl Around {
    /// A line of the report.
    pub fn text(&self, lang: Lang) -> String {
        let Around { reference, sender, recipient, .. } = self;
        let (sender, recipient, reference) = (visible(sender), visible(recipient), visible(reference));
        let partner = self.partner.as_deref().map(visible);
        match (partner, lang) {
            (Some(name), Lang::Fr) => {
                format!("  échange {reference}, de {sender} à {recipient} ; accords du partenaire {name}\n")
            }
            (Some(name), Lang::En) => {
                format!("  interchange {reference}, from {sender} to {recipient}; settings of partner {name}\n")
            }
            (None, Lang::Fr) => {
                format!(
                    "  échange {reference}, de {sender} à {recipient} ; réglages par défaut, aucun fichier partenaire\n"
                )
            }
            (None, Lang::En) => {
                format!(
                    "  interchange {reference}, from {sender} to {recipient}; settings by default, no partner file\n"
                )
            }
        }
    }
}

/// What a message of EDIFACT or X12 (`bytes`) says and the invoice read from it does not: each once, with what is lost.
pub(super) fn not_carried(read: &Read<'_>, bytes: &[u8]) -> Vec<Loss> {
    let Some(received) = read.received.as_deref() else { return Vec::new() };
    let unwritten = received.losses();
    let mut losses: Vec<Loss> = Vec::new();
    for Beside { kind, term, what, value, place } in received.beside() {
        if let BesideKind::Cut(cut) = kind {
            // First of all: whoever reads on knows that there is more.
            losses.insert(0, Loss { address: what, term: None, value: String::new(), place, reason: Reason::Cut(cut) });
            continue;
        }
        let at = |loss: &&Loss| place.is_some() && loss.place == place && loss.term.is_some();
        if let Some(known) = unwritten.iter().find(at).filter(|_| kind != BesideKind::Currency) {
            losses.push(known.clone());
            continue;
        }
        let value = value.or_else(|| written_at(bytes, place.as_ref()?)).unwrap_or_default();
        let reason = match (kind, term) {
            (BesideKind::Currency, _) => Reason::Currency,
            (BesideKind::Contradiction | BesideKind::Left, Some(_)) => Reason::Once,
            _ => Reason::Outside,
        };
        losses.push(Loss { address: what, term, value, place, reason });
    }
    losses
}

/// What our own reader finds wrong with what was written, in words; none where it is as it should be.
pub(super) fn wrong(written: &Interchange, lang: Lang) -> Option<String> {
    let said = match (&written.refusal, written.faults.first()) {
        (Some(refusal), _) => refusal.what.get(lang).to_owned(),
        (None, Some(fault)) => {
            format!("{} #{}: {}", fault.tag, fault.place.segment, fault.what.get(lang))
        }
        (None, None) => return None,
    };
    Some(match lang {
        Lang::Fr => format!("faute de facteur : l'INVOIC écrit ne tient pas à la relecture, rien n'est écrit : {said}"),
        Lang::En => format!("facteur's fault: the INVOIC does not hold when read again, nothing is written: {said}"),
    })
}

fn shown(address: &Address) -> String {
    if address.qualifier.is_empty() { address.id.clone() } else { format!("{}:{}", address.id, address.qualifier) }
}

/// The moment of preparation, UTC.
fn now() -> Moment {
    let now = clock::RealClock::default().now();
    let minutes = now.rem_euclid(86_400_000) / 60_000;
    let small = |n: i64| u8::try_from(n).unwrap_or_default();
    Moment { day: clock::day_of(now), hour: small(minutes / 60), minute: small(minutes % 60) }
}
