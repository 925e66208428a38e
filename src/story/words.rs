//! Small words of the command line, in both languages.

use crate::lifecycle::State;
use crate::problems::Said;
use crate::text::Lang;

/// One of two words.
pub fn pick<'t>(lang: Lang, fr: &'t str, en: &'t str) -> &'t str {
    match lang {
        Lang::Fr => fr,
        Lang::En => en,
    }
}

/// What stands between a label and its value.
pub fn colon(lang: Lang) -> &'static str {
    pick(lang, " : ", ": ")
}

/// A state as people read it; one that this program does not know stays.
pub fn state(name: &str, lang: Lang) -> &str {
    let (fr, en) = match State::parse(name) {
        None => return name,
        Some(State::Received) => ("reçue", "received"),
        Some(State::Blocked) => ("bloquée", "blocked"),
        Some(State::Ready) => ("prête", "ready"),
        Some(State::Sending) => ("en envoi", "sending"),
        Some(State::Delivered) => ("remise", "delivered"),
        Some(State::Refused) => ("rejetée", "refused"),
        Some(State::Unknown) => ("sort inconnu", "fate unknown"),
        Some(State::Accepted) => ("acceptée", "accepted"),
        Some(State::Suspended) => ("suspendue", "suspended"),
        Some(State::Disputed) => ("contestée", "disputed"),
        // A payment order: the money may still be on its way.
        Some(State::Paid) => ("mise en paiement", "payment under way"),
        Some(State::Cancelled) => ("annulée", "cancelled"),
        Some(State::Parked) => ("mise de côté", "parked"),
    };
    pick(lang, fr, en)
}

/// How far a statement of ours is, as people read it; one that this program does not know stays.
pub fn statement(name: &str, lang: Lang) -> &str {
    let (fr, en) = match name {
        "ready" => ("à partir", "to leave"),
        "sending" => ("en envoi", "sending"),
        "unknown" => ("sort inconnu", "fate unknown"),
        "delivered" => ("déposé", "deposited"),
        "taken" => ("pris en compte", "taken up"),
        "refused" => ("refusé", "refused"),
        "parked" => ("mis de côté", "set aside"),
        "withdrawn" => ("retiré", "withdrawn"),
        _ => return name,
    };
    pick(lang, fr, en)
}

/// What made an invoice valid, as people read it: waivers, a lowered official rule, or nothing but itself.
pub fn verdict_by(name: &str, waived: bool, lowered: bool, lang: Lang) -> &str {
    match (name, waived, lowered) {
        ("valid", true, true) => verdict("waived-lowered", lang),
        ("valid", true, false) => verdict("waived", lang),
        ("valid", false, true) => verdict("lowered", lang),
        _ => verdict(name, lang),
    }
}

/// A verdict as people read it.
pub fn verdict(name: &str, lang: Lang) -> &str {
    match name {
        "valid" => pick(lang, "valide", "valid"),
        "waived" => pick(lang, "valide par dérogation", "valid by waiver"),
        "waived-lowered" => {
            pick(lang, "valide par dérogation, règle officielle abaissée", "valid by waiver, official rule lowered")
        }
        "lowered" => pick(lang, "valide, règle officielle abaissée", "valid, official rule lowered"),
        "excused" => pick(lang, "valide par dérogation ou règle abaissée", "valid by waiver or lowered rule"),
        "invalid" => pick(lang, "non valide", "invalid"),
        "not-judged" => pick(lang, "pas jugée", "not judged"),
        other => other,
    }
}

/// The way an invoice came in: `http`, `cli`, `folder:NAME`.
pub fn source(source: &str, lang: Lang) -> String {
    match (source.split_once(':'), source) {
        (Some(("folder", name)), _) => match lang {
            Lang::Fr => format!("dossier {name}"),
            Lang::En => format!("folder {name}"),
        },
        (_, "http") => pick(lang, "par HTTP", "over HTTP").to_owned(),
        (_, "cli") => pick(lang, "par la ligne de commande", "from the command line").to_owned(),
        (_, "folder") => pick(lang, "par le dossier surveillé", "from the watched folder").to_owned(),
        (_, other) => other.to_owned(),
    }
}

/// Why a problem closed.
pub fn closed_why(why: &str, lang: Lang) -> &str {
    match why {
        "replaced" => pick(
            lang,
            "remplacée par un document plus récent, même numéro et même client",
            "replaced by a later document of the same number for the same customer",
        ),
        "corrected" => pick(lang, "corrigée par une autre facture", "corrected by another invoice"),
        "number-free" => pick(lang, "son numéro est libre à nouveau", "its number is free again"),
        "delivered" => pick(lang, "reçue ensuite par la plateforme", "taken later by the platform"),
        "accepted" => pick(lang, "acceptée", "accepted"),
        "paid" => pick(lang, "mise en paiement", "payment under way"),
        "released" => pick(lang, "envoyée malgré les constats", "released"),
        "valid" => pick(lang, "jugée valide", "judged valid"),
        "taken" => pick(lang, "un statut envoyé ensuite a été pris en compte", "a status sent later was taken up"),
        "waived" | "lowered" => verdict(why, lang),
        "person" => pick(lang, "par une personne", "by a person"),
        other => other,
    }
}

/// Who has to act, as the code map says it: several joined by `+`.
pub fn acts(who: &str, lang: Lang) -> String {
    let one = |who: &str| -> String {
        match who {
            "seller" => pick(lang, "vendeur", "seller"),
            "integrator" => pick(lang, "informatique du vendeur", "seller's IT"),
            "buyer" => pick(lang, "acheteur", "buyer"),
            "platform" => pick(lang, "plateforme", "platform"),
            "none" => pick(lang, "personne", "nobody"),
            other => other,
        }
        .to_owned()
    };
    who.split('+').map(one).collect::<Vec<_>>().join(" + ")
}

/// As programs see it.
pub fn said_id(said: Said) -> &'static str {
    match said {
        Said::Rule => "rule",
        Said::Platform => "platform",
        Said::Buyer => "buyer",
    }
}

/// Who said that something is wrong.
pub fn said(who: &str, lang: Lang) -> &str {
    match who {
        "rule" => pick(lang, "règle de facteur", "facteur's rule"),
        "platform" => pick(lang, "plateforme", "platform"),
        "buyer" => pick(lang, "acheteur", "buyer"),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_a_word_of_its_own() {
        for lang in [Lang::Fr, Lang::En] {
            let words: std::collections::BTreeSet<_> = State::ALL.map(|s| state(s.as_str(), lang)).into();
            assert_eq!(words.len(), State::ALL.len());
        }
        assert_eq!(state("paid", Lang::En), "payment under way", "an order to pay is no money yet");
        assert_eq!(state("to-come", Lang::Fr), "to-come");
    }

    #[test]
    fn a_folder_is_called_by_its_name() {
        assert_eq!(
            (source("folder:erp", Lang::Fr), source("folder:erp", Lang::En)),
            ("dossier erp".into(), "folder erp".into())
        );
        assert_eq!(source("by:pigeon", Lang::Fr), "by:pigeon");
    }

    #[test]
    fn whoever_acts_is_named() {
        assert_eq!(acts("seller+platform", Lang::Fr), "vendeur + plateforme");
    }
}
