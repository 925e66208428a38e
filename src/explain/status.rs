//! Statuses of the French life cycle (CDAR), their reasons, and what Chorus Pro says.

use super::page::Explanation;
use crate::lifecycle::{
    About, CdarReason, CdarStatus, FlowState, Reason, State, Status, cdar_reasons, cdar_status, cdar_statuses,
    chorus_statuses,
};
use crate::problems::{Family, Mapped, Number, cause_of_code};
use crate::story::words::{self, colon, pick};
use crate::text::Lang;

/// The code of a status as a text that lives as long as the table.
pub fn number(status: &'static CdarStatus) -> &'static str {
    use std::sync::LazyLock;
    static CODES: LazyLock<Vec<(u16, String)>> =
        LazyLock::new(|| cdar_statuses().iter().map(|status| (status.code, status.code.to_string())).collect());
    let codes: &'static [(u16, String)] = &CODES;
    codes.iter().find(|(code, _)| *code == status.code).map_or("", |(_, text)| text)
}

pub fn cdar(status: &'static CdarStatus, lang: Lang) -> Explanation {
    let about = match status.about {
        About::Invoice => pick(lang, "d'une facture", "of an invoice"),
        About::TaxData => pick(lang, "des données fiscales (flux 1)", "of the tax data (flow 1)"),
        About::EReporting => pick(lang, "d'un e-reporting", "of an e-reporting transmission"),
        About::Directory => pick(lang, "d'une ligne d'annuaire", "of a directory line"),
        About::File => pick(lang, "d'un fichier", "of a file"),
        About::Status => pick(lang, "d'un message de statut", "of a status message"),
    };
    let what = pick(lang, "Statut du cycle de vie (CDAR)", "Life-cycle status (CDAR)");
    let mut page = Explanation::new(number(status), status.label.get(lang), format!("{what} {about}"));
    page.section(lang, ("Ce qu'il veut dire", "What it means"), vec![status.meaning.get(lang).to_owned()]);
    let duty = match status.mandatory.as_str() {
        "yes" => pick(lang, "obligatoire", "mandatory"),
        "services" => pick(
            lang,
            "obligatoire pour les services à TVA sur encaissements",
            "mandatory for services whose VAT falls due on payment",
        ),
        _ => pick(lang, "facultatif", "optional"),
    };
    page.section(lang, ("Qui le dit", "Who says it"), vec![format!("{} ({duty})", senders(&status.senders, lang))]);
    if status.about == About::Invoice || status.about == About::File {
        let becomes = status.state.map(|state| state_told(state, lang).to_owned());
        let none = || pick(lang, "ne change rien", "changes nothing").to_owned();
        page.section(lang, ("La facture devient", "The invoice becomes"), vec![becomes.unwrap_or_else(none)]);
    }
    page.section(lang, ("À qui d'agir", "Who acts"), vec![words::acts(&status.acts, lang)]);
    let number = match status.number.as_str() {
        "yes" => pick(lang, "le même peut resservir", "the same one may serve again"),
        "no" => pick(lang, "un nouveau : celui-ci a servi", "a new one: this one has been used"),
        _ => pick(lang, "aucun document n'est demandé", "no document is called for"),
    };
    page.section(lang, ("Numéro du document suivant", "Number of the next document"), vec![number.to_owned()]);
    reasons(&mut page, status, lang);
    problem(&mut page, &cause_of_code(Family::Pa, &status.code.to_string(), None, None), lang);
    let chorus = chorus_statuses().iter().filter(|known| known.cdar == Some(status.code));
    page.section(
        lang,
        ("Chez Chorus Pro", "At Chorus Pro"),
        chorus.map(|s| format!("{}{}{}", s.code, colon(lang), s.label.get(lang))).collect(),
    );
    let codes = [("MDT-77", status.type_code), ("MDT-88", status.condition_code)];
    let codes = codes.into_iter().filter_map(|(term, code)| Some(format!("{term}{}{}", colon(lang), code?)));
    page.section(lang, ("Dans le message", "In the message"), codes.collect());
    page.section(lang, ("Fiabilité", "How sure"), sure(status.second_hand, lang));
    page
}

/// A state in words. One of ours stands for what the life cycle has two statuses for.
fn state_told(state: State, lang: Lang) -> &'static str {
    match state {
        State::Refused => {
            pick(lang, "l'état refused de facteur : refusée ou rejetée", "facteur's state refused: refused or rejected")
        }
        other => words::state(other.as_str(), lang),
    }
}

/// The reasons that it bears.
fn reasons(page: &mut Explanation, status: &'static CdarStatus, lang: Lang) {
    let need = match status.reason {
        Reason::Required => pick(lang, "un motif est obligatoire", "a reason is mandatory"),
        Reason::Allowed => pick(lang, "un motif est possible", "a reason is possible"),
        Reason::None => pick(lang, "aucun motif", "no reason"),
    };
    let mut lines = vec![need.to_owned()];
    for reason in cdar_reasons() {
        let chorus_alone = match (reason.statuses.contains(&status.code), reason.chorus_statuses.contains(&status.code))
        {
            (true, _) => "",
            (false, true) => pick(lang, " (Chorus Pro seul)", " (Chorus Pro alone)"),
            (false, false) => continue,
        };
        lines.push(format!("{}{}{}{chorus_alone}", reason.code, colon(lang), reason.label.get(lang)));
    }
    page.section(lang, ("Motifs", "Reasons"), lines);
}

pub fn reason(reason: &'static CdarReason, lang: Lang) -> Explanation {
    let what = pick(lang, "Motif d'un statut du cycle de vie (CDAR)", "Reason of a life-cycle status (CDAR)");
    let mut page = Explanation::new(&reason.code, reason.label.get(lang), what);
    page.section(lang, ("Ce qu'il veut dire", "What it means"), vec![reason.meaning.get(lang).to_owned()]);
    let by_status = |codes: &[u16], chorus: &str| -> Vec<String> {
        let known = codes.iter().filter_map(|code| cdar_status(*code));
        known.map(|status| format!("{} {}{chorus}", status.code, status.label.get(lang))).collect()
    };
    let alone: Vec<u16> =
        reason.chorus_statuses.iter().filter(|code| !reason.statuses.contains(code)).copied().collect();
    let mut beside = by_status(&reason.statuses, "");
    beside.extend(by_status(&alone, pick(lang, " (Chorus Pro seul)", " (Chorus Pro alone)")));
    page.section(lang, ("Avec les statuts", "Beside the statuses"), beside);
    // What follows depends on the status; that of the gravest is told.
    let gravest = reason.statuses.iter().chain(&reason.chorus_statuses).max_by_key(|code| {
        cdar_status(**code).map_or(0, |status| usize::from(status.ends) * 1000 + usize::from(status.code))
    });
    if let Some(status) = gravest {
        let mapped = cause_of_code(Family::Pa, &status.to_string(), Some(&reason.code), None);
        problem(&mut page, &mapped, lang);
        page.section(lang, ("À qui d'agir", "Who acts"), vec![words::acts(mapped.acts, lang)]);
        page.section(
            lang,
            ("Numéro du document suivant", "Number of the next document"),
            vec![next_number(&mapped, *status, lang)],
        );
    }
    page
}

/// Which number the corrected document bears.
fn next_number(mapped: &Mapped, status: u16, lang: Lang) -> String {
    let said = match mapped.number {
        Number::Same => pick(lang, "le même peut resservir", "the same one may serve again"),
        Number::New => pick(lang, "un nouveau", "a new one"),
        Number::None => pick(lang, "aucun document n'est demandé", "no document is called for"),
    };
    format!("{said} ({} {status})", pick(lang, "avec le statut", "with status"))
}

pub fn chorus(status: &'static Status, lang: Lang) -> Explanation {
    let mut page = Explanation::new(
        &status.code,
        status.label.get(lang),
        pick(lang, "Statut de Chorus Pro", "Status of Chorus Pro"),
    );
    let cdar = status.cdar.and_then(cdar_status).map(|cdar| format!("{} {}", cdar.code, cdar.label.get(lang)));
    page.section(lang, ("Cycle de vie (CDAR)", "Life cycle (CDAR)"), cdar.into_iter().collect());
    let becomes = status.state.map_or(pick(lang, "ne change rien", "changes nothing"), |state| state_told(state, lang));
    page.section(lang, ("La facture devient", "The invoice becomes"), vec![becomes.to_owned()]);
    page.section(lang, ("À qui d'agir", "Who acts"), vec![words::acts(&status.acts, lang)]);
    if !status.existed {
        let said = pick(
            lang,
            "le même peut resservir : la facture n'a jamais existé là-bas",
            "the same one may serve again: the invoice never existed there",
        );
        page.section(lang, ("Numéro du document suivant", "Number of the next document"), vec![said.to_owned()]);
    }
    let mapped = cause_of_code(Family::Chorus, &status.code, None, None);
    if mapped.known {
        problem(&mut page, &mapped, lang);
    }
    page
}

pub fn deposit_title(state: FlowState, lang: Lang) -> &'static str {
    match state {
        FlowState::Pending => pick(lang, "dépôt en cours de traitement", "deposit still being processed"),
        FlowState::Integrated => pick(lang, "dépôt intégré", "deposit integrated"),
        FlowState::PartlyIntegrated => pick(lang, "dépôt intégré en partie", "deposit integrated in part"),
        FlowState::Rejected => {
            pick(lang, "dépôt rejeté : rien n'existe là-bas", "deposit rejected: nothing of it exists there")
        }
        FlowState::Incident => pick(
            lang,
            "incident : les mêmes octets peuvent être renvoyés",
            "incident: the same bytes may be sent again",
        ),
        FlowState::Unknown => pick(lang, "état inconnu", "unknown state"),
    }
}

pub fn deposit(id: &str, state: FlowState, lang: Lang) -> Explanation {
    let what = pick(lang, "État d'un dépôt à Chorus Pro", "State of a deposit at Chorus Pro");
    let mut page = Explanation::new(id, deposit_title(state, lang), what);
    let last = match state.is_final() {
        true => pick(lang, "définitif", "final"),
        false => pick(lang, "provisoire : facteur demande encore", "not final: facteur asks again"),
    };
    page.section(lang, ("Suite", "What comes"), vec![last.to_owned()]);
    page
}

/// The billing problem that it opens, where it opens one.
fn problem(page: &mut Explanation, mapped: &Mapped, lang: Lang) {
    if !mapped.opens || !mapped.known {
        return;
    }
    let cause = format!("{} {}", mapped.cause.id, mapped.cause.label.get(lang));
    page.section(lang, ("Problème de facturation", "Billing problem"), vec![cause]);
    page.section(lang, ("Que faire", "What to do"), vec![mapped.suggestion.get(lang).to_owned()]);
    let rule = mapped.caught_by.iter().map(|rule| match lang {
        Lang::Fr => rule.replace("customer rule", "règle client"),
        Lang::En => rule.clone(),
    });
    page.section(lang, ("La règle qui l'aurait vu", "The rule that would have caught it"), rule.collect());
}

/// Whoever says a status.
fn senders(who: &str, lang: Lang) -> String {
    let one = |who: &str| -> String {
        match who {
            "seller" => pick(lang, "le vendeur", "the seller"),
            "buyer" => pick(lang, "l'acheteur", "the buyer"),
            "issuing-platform" => pick(lang, "la plateforme du vendeur", "the seller's platform"),
            "receiving-platform" => pick(lang, "la plateforme de l'acheteur", "the buyer's platform"),
            "tax-authority" => pick(lang, "le concentrateur de l'État (PPF)", "the State's hub (PPF)"),
            "chorus-pro" => "Chorus Pro",
            "third-party" => pick(lang, "un tiers", "a third party"),
            other => other,
        }
        .to_owned()
    };
    who.split('+').map(one).collect::<Vec<_>>().join(pick(lang, " ou ", " or "))
}

fn sure(second_hand: bool, lang: Lang) -> Vec<String> {
    let said = pick(
        lang,
        "de seconde main, en tout ou partie : à confirmer avec la plateforme",
        "second-hand, in whole or in part: confirm with the platform",
    );
    if second_hand { vec![said.to_owned()] } else { Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two tables say who acts and which number comes next; they say the same.
    #[test]
    fn the_life_cycle_and_the_map_of_causes_agree() {
        for status in cdar_statuses() {
            let mapped = cause_of_code(Family::Pa, &status.code.to_string(), None, None);
            if !mapped.known {
                continue;
            }
            let number = match mapped.number {
                Number::Same => "yes",
                Number::New => "no",
                Number::None => "none",
            };
            assert_eq!((mapped.acts, number), (status.acts.as_str(), status.number.as_str()), "{}", status.code);
        }
    }
}
