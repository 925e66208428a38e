//! Which rule packs are asked for: by the content, or by name.

use super::chorus::{self, Known};
use super::french;
use crate::day::Day;
use crate::formats::facturx::Level;
use crate::invoice::{Identity, Invoice, Syntax, bt};
use crate::report::PackRun;
use crate::rules::chorus::{DIRECT, THROUGH_A_PLATFORM};
use crate::rules::{self, Pack, mentions, ours};
use crate::text::Text;

/// Packs by content or by name.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Choice {
    /// EN 16931, the profile that BT-24 names, French rules for a French seller.
    #[default]
    Content,
    /// Exactly these; structure always runs.
    Named(Vec<String>),
}

/// A name in `--rules` that is no pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("no rule pack is called \"{name}\"; there are: {known}")]
pub struct UnknownPack {
    pub name: String,
    pub known: String,
}

/// One pack asked for.
pub(super) struct Asked {
    pub id: String,
    /// What runs for it; none where nothing does yet.
    pub pack: Option<&'static Pack>,
    pub reason: String,
    /// Is the reason a guess? Then what is fatal in it only warns.
    pub presumed: bool,
    /// Why it did not run, or not whole.
    pub not_run: Option<Text>,
}

/// Packs that invoices ask for and that are not built: `--rules` name, what they are. Never silently left out.
const AWAITED: [(&str, &str, &str); 2] = [
    ("peppol", "les règles Peppol BIS Billing", "the Peppol BIS Billing rules"),
    ("xrechnung", "les règles XRechnung", "the XRechnung rules"),
];

/// What a specification identifier (BT-24) asks for beyond EN 16931: a part of the identifier, and the pack.
const PROFILES: [(&str, &str); 6] = [
    (EXTENDED_CTC_FR_PART, "fr-extended"),
    ("factur-x.eu:", FACTURX),
    ("urn:zugferd", FACTURX),
    ("peppol", "peppol"),
    ("xrechnung", "xrechnung"),
    ("xoev-de", "xrechnung"),
];

/// Profiles that are EN 16931 with some of its rules changed: judged in its place.
const IN_PLACE: [&str; 1] = ["fr-extended"];

/// What names the French profile in BT-24.
pub(super) const EXTENDED_CTC_FR_PART: &str = "extended-ctc-fr";

const EXTENDED_CTC_FR: &str = "urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr";

const EN16931: &str = "urn:cen.eu:en16931:2017";

/// In `--rules`: the Factur-X profile that BT-24 names.
const FACTURX: &str = "facturx";

/// The pack of each Factur-X profile, from the poorest to the richest.
pub(super) const LEVELS: [(Level, &str); 5] = [
    (Level::Minimum, "facturx-minimum"),
    (Level::BasicWl, "facturx-basicwl"),
    (Level::Basic, "facturx-basic"),
    (Level::En16931, "facturx-en16931"),
    (Level::Extended, "facturx-extended"),
];

impl Choice {
    /// The names that [`Choice::parse`] reads.
    pub fn known() -> Vec<&'static str> {
        let mut known = vec!["structure", ours::PACK];
        known.extend(rules::packs().iter().map(|p| p.id));
        known.dedup();
        known.push(mentions::PACK);
        known.push(FACTURX);
        known.extend(AWAITED.iter().map(|(id, ..)| *id));
        known
    }

    /// Reads the list of `--rules`.
    pub fn parse(list: &str) -> Result<Choice, UnknownPack> {
        let names: Vec<String> = list.split(',').map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()).collect();
        let known = Self::known();
        match names.iter().find(|n| !known.contains(&n.as_str())) {
            Some(name) => Err(UnknownPack { name: name.clone(), known: known.join(", ") }),
            None if names.is_empty() => Err(UnknownPack { name: list.to_owned(), known: known.join(", ") }),
            None => Ok(Choice::Named(names)),
        }
    }

    /// Why our own checks run, where they do: whenever the content chooses, or by their name.
    pub(super) fn ours(&self) -> Option<&'static str> {
        match self {
            Choice::Content => Some("always"),
            Choice::Named(names) => names.iter().any(|name| name == ours::PACK).then_some("--rules"),
        }
    }

    /// The packs of a document, in the versions of a day.
    pub(super) fn packs(&self, invoice: &Invoice<'_>, identity: &Identity, known: &Known, day: Day) -> Vec<Asked> {
        match self {
            Choice::Named(names) => {
                let elsewhere = ["structure", ours::PACK, mentions::PACK];
                let names = names.iter().filter(|name| !elsewhere.contains(&name.as_str()));
                names.map(|name| ask(invoice, name, "--rules".to_owned(), day)).collect()
            }
            Choice::Content if !invoice.syntax().is_invoice() => of_message(invoice, day),
            Choice::Content => by_content(invoice, identity, known, day),
        }
    }
}

impl Choice {
    /// Why the legal mentions are asked for, where they are: beside the French rules, or by name.
    pub(super) fn mentions(&self, asked: &[PackRun]) -> Option<String> {
        match self {
            Choice::Named(names) => names.iter().any(|name| name == mentions::PACK).then(|| "--rules".to_owned()),
            Choice::Content => asked.iter().find(|pack| pack.id == "fr").map(|pack| pack.reason.clone()),
        }
    }
}

/// What the public portal says of other things than invoices (MDT-3): no public rules are known for them.
const OTHER_MESSAGES: [(&str, &str, &str); 5] = [
    ("urn.cpro.gouv.fr:1p0:CDV:einvoicingF1", "les données de facturation (flux 1)", "invoice data (flow 1)"),
    ("urn.cpro.gouv.fr:1p0:CDV:flux", "un fichier ou un flux", "a file or flow"),
    ("urn.cpro.gouv.fr:1p0:CDV:ereportingF10", "l'e-reporting", "e-reporting"),
    ("urn.cpro.gouv.fr:1p0:CDV:annuaire", "l'annuaire", "the directory"),
    ("urn.cpro.gouv.fr:1p0:CDV:messageCDV", "un statut", "a status"),
];

/// A life-cycle message: the French rules, where it is about an invoice.
fn of_message(message: &Invoice<'_>, day: Day) -> Vec<Asked> {
    let profile = message.text(bt::MDT_3);
    let other = OTHER_MESSAGES.iter().find(|(known, ..)| Some(*known) == profile);
    vec![match other {
        None => ask(message, "fr-cdv", "CDAR".to_owned(), day),
        Some((_, fr, en)) => Asked {
            id: "profile".to_owned(),
            pack: None,
            reason: "MDT-3".to_owned(),
            presumed: false,
            not_run: Some(Text::new(
                format!("aucun jeu de règles n'est connu pour un statut sur {fr} (MDT-3)"),
                format!("no rule pack is known for a status about {en} (MDT-3)"),
            )),
        },
    }]
}

fn by_content(invoice: &Invoice<'_>, identity: &Identity, known: &Known, day: Day) -> Vec<Asked> {
    let mut asked = Vec::new();
    // The norm itself, but for the profiles that are less than it, or more, and have all its rules that they keep.
    if !level(invoice).is_some_and(|level| is_beside_the_norm(invoice, level)) {
        asked.push(ask(invoice, "en16931", "BT-24".to_owned(), day));
    }
    match invoice.text(bt::BT_24) {
        // A missing BT-24 is a finding of EN 16931 itself; it asks for nothing else.
        None => {}
        Some(profile) if profile.eq_ignore_ascii_case(EN16931) => {}
        Some(profile) => {
            let lower = profile.to_ascii_lowercase();
            match PROFILES.iter().find(|(part, _)| lower.contains(part)) {
                // A name that is nearly the profile's may be of another version, or of nobody.
                Some((_, pack)) if *pack == "fr-extended" && !profile.eq_ignore_ascii_case(EXTENDED_CTC_FR) => {
                    asked.push(Asked {
                        id: (*pack).to_owned(),
                        pack: None,
                        reason: "BT-24".to_owned(),
                        presumed: false,
                        not_run: Some(Text::new(
                            format!("BT-24 n'est pas l'identifiant du profil EXTENDED-CTC-FR, {EXTENDED_CTC_FR}"),
                            format!("BT-24 is not the identifier of the profile EXTENDED-CTC-FR, {EXTENDED_CTC_FR}"),
                        )),
                    });
                }
                Some((_, pack)) => {
                    if IN_PLACE.contains(pack) {
                        asked.clear();
                    }
                    asked.push(ask(invoice, pack, "BT-24".to_owned(), day));
                }
                None => asked.push(Asked {
                    id: "profile".to_owned(),
                    pack: None,
                    reason: "BT-24".to_owned(),
                    presumed: false,
                    not_run: Some(Text::new(
                        "aucun jeu de règles n'est connu pour le profil que BT-24 annonce",
                        "no rule pack is known for the profile that BT-24 names",
                    )),
                }),
            }
        }
    }
    // The historical channel of Chorus Pro has cadres and rules of its own: those of the reform refuse its invoices.
    if let Some(reason) = chorus::direct(invoice, identity, known) {
        asked.push(ask(invoice, DIRECT, reason, day));
        // But for the French profile, which is one of the reform.
        if french::of_the_profile(invoice) {
            asked.push(ask(invoice, "fr", "BT-24".to_owned(), day));
        }
        return asked;
    }
    // The French rules are asked of a whole invoice: MINIMUM has no room for what they want, and says so by a finding of its own.
    if let Some(reason) = french::reason(invoice, identity).filter(|_| has_room_for_french(invoice)) {
        asked.push(ask(invoice, "fr", reason, day));
    }
    if let Some((reason, presumed)) = chorus::through_a_platform(invoice, identity, known) {
        asked.push(Asked { presumed, ..ask(invoice, THROUGH_A_PLATFORM, reason, day) });
    }
    asked
}

/// Has the profile room for what the French rules ask?
pub(super) fn has_room_for_french(invoice: &Invoice<'_>) -> bool {
    level(invoice) != Some(Level::Minimum)
}

/// The Factur-X profile that BT-24 names. None in UBL, and where it names another kind of profile or none.
fn level(invoice: &Invoice<'_>) -> Option<Level> {
    let profile = invoice.text(bt::BT_24).filter(|_| invoice.syntax() == Syntax::Cii)?;
    let lower = profile.to_ascii_lowercase();
    let is_one = lower == EN16931 || PROFILES.iter().find(|(part, _)| lower.contains(part))?.1 == FACTURX;
    Level::of_profile(profile).filter(|level| is_one && LEVELS.iter().any(|(known, _)| known == level))
}

/// Has the profile less than EN 16931 asks for, or more than it allows? Its own rules are then all there is to judge by.
fn is_beside_the_norm(invoice: &Invoice<'_>, level: Level) -> bool {
    invoice.syntax() == Syntax::Cii && matches!(level, Level::Minimum | Level::BasicWl | Level::Extended)
}

fn ask(invoice: &Invoice<'_>, name: &str, reason: String, day: Day) -> Asked {
    if name == FACTURX {
        let pack = level(invoice).and_then(|level| LEVELS.iter().find(|(known, _)| *known == level));
        if let Some((_, pack)) = pack {
            return ask(invoice, pack, reason, day);
        }
    }
    let facturx = name == FACTURX || LEVELS.iter().any(|(_, pack)| *pack == name);
    if facturx && (name == FACTURX || invoice.syntax() != Syntax::Cii) {
        let not_run = match invoice.syntax() {
            Syntax::Cii => Text::new(
                "BT-24 ne nomme aucun profil Factur-X : MINIMUM, BASIC WL, BASIC, EN 16931 ou EXTENDED",
                "BT-24 names no Factur-X profile: MINIMUM, BASIC WL, BASIC, EN 16931 or EXTENDED",
            ),
            _ => Text::new(
                "un profil Factur-X est du CII ; ce document est de l'UBL",
                "a Factur-X profile is CII; this document is UBL",
            ),
        };
        return Asked { id: name.to_owned(), pack: None, reason, presumed: false, not_run: Some(not_run) };
    }
    if let Some(pack) = rules::pack_on(name, day) {
        return Asked { id: name.to_owned(), pack: Some(pack), reason, presumed: false, not_run: None };
    }
    if let Some((id, fr, en)) = AWAITED.iter().find(|(id, ..)| *id == name) {
        let not_run = Text::new(
            format!("{fr} ne sont pas encore jugées par facteur"),
            format!("{en} are not judged by facteur yet"),
        );
        return Asked { id: (*id).to_owned(), pack: None, reason, presumed: false, not_run: Some(not_run) };
    }
    let not_run =
        Text::new(format!("aucun jeu de règles ne s'appelle {name}"), format!("no rule pack is called {name}"));
    Asked { id: name.to_owned(), pack: None, reason, presumed: false, not_run: Some(not_run) }
}
