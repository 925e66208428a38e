//! Which rule packs are asked for: by the content, or by name.

use super::chorus::{self, Known};
use super::french;
use crate::day::Day;
use crate::formats::facturx::Level;
use crate::invoice::{Identity, Invoice, Syntax, bt};
use crate::report::PackRun;
use crate::rules::chorus::{DIRECT, THROUGH_A_PLATFORM};
use crate::rules::{self, Pack, Version, mentions, ours};
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

/// What names the French profile in BT-24.
pub(super) const EXTENDED_CTC_FR_PART: &str = "extended-ctc-fr";

/// A profile that the specification identifier (BT-24) may name beyond EN 16931.
struct Profile {
    /// A part of the identifier, in lower case. The first row that fits counts.
    part: &'static str,
    /// Its name in `--rules`.
    pack: &'static str,
    /// Its pack holds the rules of the norm that the profile keeps: those of EN 16931 are not asked beside it.
    has_the_norm: bool,
    /// The name of the profile and the one identifier that its pack is for: nearly this one may be of another version, or of nobody,
    /// and is not judged. None where the pack itself judges the identifier.
    only: Option<(&'static str, &'static str)>,
}

const PROFILES: [Profile; 6] = [
    Profile {
        part: EXTENDED_CTC_FR_PART,
        pack: "fr-extended",
        has_the_norm: true,
        only: Some(("EXTENDED-CTC-FR", "urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr")),
    },
    Profile { part: "factur-x.eu:", pack: FACTURX, has_the_norm: true, only: None },
    Profile { part: "urn:zugferd", pack: FACTURX, has_the_norm: true, only: None },
    Profile { part: "peppol", pack: "peppol", has_the_norm: false, only: None },
    Profile { part: "xrechnung", pack: "xrechnung", has_the_norm: false, only: None },
    Profile { part: "xoev-de", pack: "xrechnung", has_the_norm: false, only: None },
];

const EN16931: &str = "urn:cen.eu:en16931:2017";

/// The pack of the norm.
const EN16931_PACK: &str = "en16931";

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
        for pack in rules::packs() {
            // Once, in however many versions.
            if !known.contains(&pack.id) {
                known.push(pack.id);
            }
        }
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
    let mut asked = of_profile(invoice, day);
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

/// The norm, the profile that BT-24 names, or both.
fn of_profile(invoice: &Invoice<'_>, day: Day) -> Vec<Asked> {
    let norm = || ask(invoice, EN16931_PACK, "BT-24".to_owned(), day);
    // A missing BT-24 is a finding of EN 16931 itself; it asks for nothing else.
    let Some(named) = invoice.text(bt::BT_24).filter(|named| !named.eq_ignore_ascii_case(EN16931)) else {
        return vec![norm()];
    };
    let not_judged = |id: &str, not_run| Asked {
        id: id.to_owned(),
        pack: None,
        reason: "BT-24".to_owned(),
        presumed: false,
        not_run: Some(not_run),
    };
    let Some(profile) = profile(named) else {
        let not_run = Text::new(
            "aucun jeu de règles n'est connu pour le profil que BT-24 annonce",
            "no rule pack is known for the profile that BT-24 names",
        );
        return vec![norm(), not_judged("profile", not_run)];
    };
    let own = match profile.only {
        Some((name, only)) if !named.eq_ignore_ascii_case(only) => not_judged(
            profile.pack,
            Text::new(
                format!("BT-24 n'est pas l'identifiant du profil {name}, {only}"),
                format!("BT-24 is not the identifier of the profile {name}, {only}"),
            ),
        ),
        _ => ask(invoice, profile.pack, "BT-24".to_owned(), day),
    };
    if profile.has_the_norm && own.pack.is_some() { vec![own] } else { vec![norm(), own] }
}

/// The norm of a day, where the content chose a profile in its place.
pub(super) fn norm_beside(choice: &Choice, ran: &[PackRun], day: Day) -> Option<&'static Pack> {
    let without = *choice == Choice::Content && !ran.iter().any(|run| run.id == EN16931_PACK);
    match without.then(|| rules::version_on(rules::packs(), EN16931_PACK, day)).flatten() {
        Some(Version::InForce(pack)) => Some(pack),
        _ => None,
    }
}

/// The profile that an identifier names.
fn profile(identifier: &str) -> Option<&'static Profile> {
    let lower = identifier.to_ascii_lowercase();
    PROFILES.iter().find(|profile| lower.contains(profile.part))
}

/// Has the profile room for what the French rules ask?
pub(super) fn has_room_for_french(invoice: &Invoice<'_>) -> bool {
    level(invoice) != Some(Level::Minimum)
}

/// The Factur-X profile that BT-24 names. None in UBL, and where it names another kind of profile or none.
fn level(invoice: &Invoice<'_>) -> Option<Level> {
    let identifier = invoice.text(bt::BT_24).filter(|_| invoice.syntax() == Syntax::Cii)?;
    let is_one = identifier.eq_ignore_ascii_case(EN16931) || profile(identifier)?.pack == FACTURX;
    Level::of_profile(identifier).filter(|level| is_one && LEVELS.iter().any(|(known, _)| known == level))
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
    if let Some(version) = rules::version_on(rules::packs(), name, day) {
        return in_version(version, reason, day);
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

/// A pack in the version that a day finds; before the first, nothing was in force that it could be judged by.
pub(super) fn in_version(version: Version, reason: String, day: Day) -> Asked {
    let (pack, not_run) = match version {
        Version::InForce(pack) => (pack, None),
        Version::NotYet(first) => {
            let from = first.from.map(|day| day.to_string()).unwrap_or_default();
            let version = first.version;
            let told = Text::new(
                format!("aucune version n'est en vigueur le {day} : la première, {version}, l'est depuis le {from}"),
                format!("no version is in force on {day}: the first, {version}, is from {from}"),
            );
            (first, Some(told))
        }
    };
    Asked { id: pack.id.to_owned(), pack: Some(pack).filter(|_| not_run.is_none()), reason, presumed: false, not_run }
}
