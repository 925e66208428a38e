//! When is an invoice that was sent settled? Once the platform has said what became of it, not when it merely took the deposit.

use super::remote::Invoice;
use super::show;
use crate::lifecycle::{About, State, cdar_status, chorus_status};
use crate::text::{Lang, Text};

/// How far an invoice is on its way, for whoever waits for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Here, or on its way to the platform.
    UnderWay,
    /// The platform took the deposit. Whether an invoice became of it, it has not said.
    Deposited,
    /// The platform has it as an invoice, and may still refuse it: its own controls are not over.
    Integrated,
    /// The platform passed it on to the buyer, or the buyer has spoken; or it was refused; or nothing more comes of it without
    /// a person.
    Settled,
}

/// How far it is. A state or a status that this program does not know settles nothing.
pub fn standing(invoice: &Invoice) -> Standing {
    match invoice.state.as_deref().and_then(State::parse) {
        None | Some(State::Received | State::Ready | State::Sending | State::Unknown) => Standing::UnderWay,
        Some(State::Delivered) if statuses(invoice).any(|status| status.spoken) => Standing::Settled,
        Some(State::Delivered) if invoice.existed_at_platform => Standing::Integrated,
        Some(State::Delivered) => Standing::Deposited,
        Some(_) => Standing::Settled,
    }
}

/// A line about what the state's word leaves open: what the platform said last, or that the time is up and what follows.
pub fn note(invoice: &Invoice, lang: Lang) -> Option<String> {
    let last = statuses(invoice).last();
    let last = last.map(|status| format!("{} ({})", status.label.get(lang), show::plain(status.code)));
    let (so_far, then) = match (standing(invoice), lang) {
        (Standing::Settled, _) if invoice.state.as_deref() != Some(State::Delivered.as_str()) => return None,
        (Standing::Settled, Lang::Fr) => {
            return last.map(|last| format!("{last} ; l'acheteur ne s'est pas encore prononcé"));
        }
        (Standing::Settled, Lang::En) => return last.map(|last| format!("{last}; the buyer has not spoken yet")),
        (Standing::UnderWay, Lang::Fr) => {
            ("le temps est écoulé avant que son sort soit connu".to_owned(), "facteur continue")
        }
        (Standing::UnderWay, Lang::En) => ("the time is up before its fate is known".to_owned(), "facteur goes on"),
        (Standing::Deposited, Lang::Fr) => (
            "la plateforme a pris le dépôt, mais n'a pas encore dit si elle en fait une facture ou la rejette"
                .to_owned(),
            "facteur continue de la suivre",
        ),
        (Standing::Deposited, Lang::En) => (
            "the platform took the deposit, but has not said yet whether it makes an invoice of it or refuses it"
                .to_owned(),
            "facteur follows it on",
        ),
        (Standing::Integrated, Lang::Fr) => (
            format!(
                "la plateforme l'a intégrée{}, mais ses contrôles ne sont pas finis",
                last.map(|last| format!(" : {last}")).unwrap_or_default()
            ),
            "facteur continue de la suivre",
        ),
        (Standing::Integrated, Lang::En) => (
            format!(
                "the platform has integrated it{}, but its controls are not over",
                last.map(|last| format!(": {last}")).unwrap_or_default()
            ),
            "facteur follows it on",
        ),
    };
    let next = invoice.due_at.as_deref().map(show::plain);
    let id = show::plain(&invoice.id);
    Some(match lang {
        Lang::Fr => {
            let next = next.map(|at| format!(" (prochaine étape le {at})")).unwrap_or_default();
            format!("{so_far} ; rien n'est perdu, {then}{next} : facteur status {id}")
        }
        Lang::En => {
            let next = next.map(|at| format!(" (next step at {at})")).unwrap_or_default();
            format!("{so_far}; nothing is lost, {then}{next}: facteur status {id}")
        }
    })
}

/// A status that was heard and is known.
struct Said<'i> {
    code: &'i str,
    label: &'static Text,
    /// Somebody behind the platform that took it has spoken, or it has itself said what became of the invoice.
    spoken: bool,
}

fn statuses(invoice: &Invoice) -> impl Iterator<Item = Said<'_>> {
    invoice.statuses.iter().filter_map(|heard| {
        let code = heard.code.as_str();
        if let Some(status) = chorus_status(code) {
            return Some(Said { code, label: &status.label, spoken: status.spoken });
        }
        let status = code.parse().ok().and_then(cdar_status).filter(|status| status.about == About::Invoice)?;
        Some(Said { code, label: &status.label, spoken: status.senders != "issuing-platform" })
    })
}

#[cfg(test)]
mod tests {
    use super::super::remote::Heard;
    use super::*;

    fn invoice(state: &str, existed_at_platform: bool, codes: &[&str]) -> Invoice {
        let statuses = codes.iter().map(|code| Heard { code: (*code).to_owned() }).collect();
        Invoice { id: "0f".into(), state: Some(state.into()), existed_at_platform, statuses, ..Invoice::default() }
    }

    #[test]
    fn a_deposit_that_was_taken_settles_nothing() {
        use Standing::{Deposited, Integrated, Settled, UnderWay};
        for (state, existed, codes, expected) in [
            ("received", false, &[][..], UnderWay),
            ("ready", false, &[], UnderWay),
            ("sending", false, &[], UnderWay),
            ("unknown", false, &[], UnderWay),
            ("never-heard-of", false, &[], UnderWay),
            ("delivered", false, &[], Deposited),
            ("delivered", false, &["IN_EN_COURS_TRAITEMENT_CPP"], Deposited),
            ("delivered", false, &["JAMAIS_VU"], Deposited),
            ("delivered", false, &["IN_INTEGRE_PARTIEL"], Deposited),
            ("delivered", true, &[], Integrated),
            ("delivered", true, &["IN_INTEGRE"], Integrated),
            ("delivered", true, &["DEPOSEE"], Integrated),
            ("delivered", true, &["DEPOSEE", "MISE_A_DISPOSITION"], Settled),
            ("delivered", true, &["EN_COURS_ACHEMINEMENT"], Settled),
            ("delivered", true, &["FLOW_OK"], Integrated),
            ("delivered", true, &["200"], Integrated),
            ("delivered", true, &["200", "202"], Settled),
            ("refused", false, &["IN_REJETE"], Settled),
            ("refused", false, &[], Settled),
            ("accepted", true, &["DEPOSEE"], Settled),
            ("suspended", true, &[], Settled),
            ("disputed", true, &[], Settled),
            ("paid", true, &[], Settled),
            ("blocked", false, &[], Settled),
            ("parked", false, &[], Settled),
            ("cancelled", false, &[], Settled),
        ] {
            assert_eq!(standing(&invoice(state, existed, codes)), expected, "{state} {codes:?}");
        }
        assert_eq!(standing(&Invoice::default()), UnderWay);
    }

    #[test]
    fn what_the_word_leaves_open_is_said_in_two_languages() {
        let said = |invoice: &Invoice| [Lang::Fr, Lang::En].map(|lang| note(invoice, lang).unwrap_or_default());
        let due = Some("2026-11-21T10:05:00.000Z".to_owned());
        let [fr, en] = said(&Invoice { due_at: due, ..invoice("delivered", false, &[]) });
        assert!(fr.starts_with("la plateforme a pris le dépôt") && fr.contains("rien n'est perdu"), "{fr}");
        assert!(fr.ends_with("(prochaine étape le 2026-11-21T10:05:00.000Z) : facteur status 0f"), "{fr}");
        assert!(en.starts_with("the platform took the deposit") && en.ends_with(": facteur status 0f"), "{en}");
        let [fr, en] = said(&invoice("delivered", true, &["DEPOSEE"]));
        assert!(
            fr.contains("(DEPOSEE)") && en.contains(": Deposited at Chorus Pro (DEPOSEE), but its controls"),
            "{en}"
        );
        let [fr, en] = said(&invoice("delivered", true, &["DEPOSEE", "MISE_A_DISPOSITION"]));
        assert_eq!(en, "Available to the buyer (MISE_A_DISPOSITION); the buyer has not spoken yet");
        assert!(fr.contains("l'acheteur ne s'est pas encore prononcé"), "{fr}");
        let [fr, en] = said(&invoice("sending", false, &[]));
        assert!(fr.contains("rien n'est perdu") && en.contains("nothing is lost"), "{fr} {en}");
        for state in ["refused", "blocked", "accepted", "parked"] {
            assert_eq!(note(&invoice(state, true, &[]), Lang::En), None, "{state}");
        }
    }
}
