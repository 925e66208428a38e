//! From Chorus Pro's answers to statuses: the report of a deposit, the history of an invoice. Pure.

use serde_json::Value;

use crate::lifecycle::{FlowState, chorus_flow_state};
use crate::platforms::line::text_of;
use crate::platforms::{PlatformStatus, Voice};

/// What `consulterCRDetaille` says of a deposit (`etatCourantDepotFlux`).
#[derive(Debug, PartialEq)]
pub(super) enum Deposited {
    /// On its way: no status yet.
    Pending,
    /// Integrated: the invoice has a history. Where only part of the flow was, the status of the rest.
    Integrated(Option<PlatformStatus>),
    /// It ended otherwise, or in a state we do not know; kept as the platform says it.
    Ended(PlatformStatus),
}

/// Reads `etatCourantDepotFlux` with its errors; none where the answer has no such field.
pub(super) fn deposited(report: &Value) -> Option<Deposited> {
    let state = text_of(report, "etatCourantDepotFlux")?;
    Some(match chorus_flow_state(&state) {
        FlowState::Pending => Deposited::Pending,
        FlowState::Integrated => Deposited::Integrated(None),
        FlowState::PartlyIntegrated => Deposited::Integrated(Some(flow_status(state, report))),
        FlowState::Rejected | FlowState::Incident | FlowState::Unknown => Deposited::Ended(flow_status(state, report)),
    })
}

/// A status of the deposit as a whole, with every error text it carries and the error codes as reason.
fn flow_status(code: String, report: &Value) -> PlatformStatus {
    let mut reasons: Vec<String> = Vec::new();
    let mut texts: Vec<String> = Vec::new();
    for (list, key) in [("listeErreurTechnique", "libelleErreur"), ("listeErreurDP", "libelleErreurDP")] {
        for error in report.get(list).and_then(Value::as_array).into_iter().flatten() {
            reasons.extend(text_of(error, "codeErreur"));
            // The platform may tell one error in both lists.
            let text = text_of(error, key).filter(|text| !texts.contains(text));
            texts.extend(text);
        }
    }
    reasons.dedup();
    PlatformStatus {
        code,
        reason: (!reasons.is_empty()).then(|| reasons.join(", ")),
        text: (!texts.is_empty()).then(|| texts.join("\n")),
        at: text_of(report, "dateHeureEtatCourantFlux").or_else(|| text_of(report, "dateDepotFlux")),
        voice: Voice::Platform,
    }
}

/// Statuses that only the buyer's side gives (its services, approvers and accountant).
const BUYER: [&str; 15] = [
    "SUSPENDUE",
    "A_COMPLETER",
    "SERVICE_FAIT",
    "MANDATEE",
    "MISE_A_DISPOSITION_COMPTABLE",
    "COMPTABILISEE",
    "MISE_EN_PAIEMENT",
    "VALIDEE_1",
    "VALIDEE_2",
    "REFUSEE_1",
    "REFUSEE_2",
    "PRISE_EN_COMPTE_DESTINATAIRE",
    "ERREUR_FOURNISSEUR_SUR_VALIDEUR",
    "ERREUR_COTRAITANT_SUR_VALIDEUR",
    "NON_CONFORME",
];

/// The history of an invoice, oldest first, whatever the order of the entries. Where the platform gives no entries, its
/// current status stands alone.
pub(super) fn history(entries: &[Value], current: Option<String>) -> Vec<PlatformStatus> {
    let mut entries: Vec<&Value> = entries.iter().filter(|e| text_of(e, "histoStatutCode").is_some()).collect();
    entries.sort_by_key(|e| {
        let at = text_of(e, "histoStatutDatePassage");
        (moment(at.as_deref().unwrap_or("")), e.get("histoStatutId").and_then(Value::as_i64).unwrap_or(0))
    });
    let mut reached_buyer = false;
    let mut statuses = Vec::with_capacity(entries.len());
    for entry in entries {
        let Some(code) = text_of(entry, "histoStatutCode") else { continue };
        let text = text_of(entry, "histoStatutCommentaire");
        let signed =
            ["histoStatutUtilisateurNom", "histoStatutUtilisateurEmail"].iter().any(|k| text_of(entry, k).is_some());
        reached_buyer |= code == "MISE_A_DISPOSITION";
        // The platform's own controls refuse before the buyer can see the invoice; afterwards only the buyer does.
        let buyer = BUYER.contains(&code.as_str()) || (code == "REJETEE" && (signed || reached_buyer));
        statuses.push(PlatformStatus {
            reason: text.as_deref().and_then(motive),
            at: text_of(entry, "histoStatutDatePassage"),
            voice: if buyer { Voice::Buyer } else { Voice::Platform },
            code,
            text,
        });
    }
    if statuses.is_empty() {
        statuses.extend(current.map(|code| PlatformStatus {
            voice: if BUYER.contains(&code.as_str()) { Voice::Buyer } else { Voice::Platform },
            code,
            reason: None,
            text: None,
            at: None,
        }));
    }
    statuses
}

/// The motive code at the head of a comment, as in `EJ_ERR : …` or `Motif : EJ_ERR`. The history has no field of its own
/// for it.
fn motive(comment: &str) -> Option<String> {
    let comment = comment.trim();
    let head = match comment.get(..5) {
        Some(word) if word.eq_ignore_ascii_case("motif") => comment[5..].trim_start_matches([' ', ':', '\u{a0}']),
        _ => comment,
    };
    let end = head.find(|c: char| !c.is_ascii_uppercase() && c != '_').unwrap_or(head.len());
    let (code, rest) = head.split_at(end);
    let closed = rest.is_empty() || rest.starts_with([' ', ':', ';', ',', '.', '-', '\u{a0}', '\n', '\r', '\t']);
    ((code == "AUTRE" || (code.len() > 3 && code.contains('_'))) && closed).then(|| code.to_owned())
}

/// A date as digits that sort (`2026-11-21 10:08` and ISO 8601 alike); empty where it is none of these.
fn moment(at: &str) -> String {
    let year = at.len() >= 10 && at.as_bytes()[..4].iter().all(u8::is_ascii_digit) && at.as_bytes()[4] == b'-';
    if !year {
        return String::new();
    }
    let digits: String = at.chars().filter(char::is_ascii_digit).take(17).collect();
    format!("{digits:0<17}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn deposit_states() {
        let waiting = json!({ "etatCourantDepotFlux": "IN_DEPOT_PORTAIL_EN_ATTENTE_TRAITEMENT_SE_CPP" });
        assert_eq!(deposited(&waiting), Some(Deposited::Pending));
        assert_eq!(deposited(&json!({ "etatCourantDepotFlux": "IN_INTEGRE" })), Some(Deposited::Integrated(None)));
        assert_eq!(deposited(&json!({ "codeRetour": 0 })), None);
        let Some(Deposited::Ended(status)) = deposited(&json!({ "etatCourantDepotFlux": "IN_INVENTE" })) else {
            panic!()
        };
        assert_eq!((status.code.as_str(), status.text), ("IN_INVENTE", None));
    }

    #[test]
    fn errors_of_both_lists_are_kept() {
        let report = json!({
            "etatCourantDepotFlux": "IN_REJETE", "dateHeureEtatCourantFlux": "2026-11-21 10:08",
            "listeErreurTechnique": [{ "codeErreur": "ERR_XSD_001", "natureErreur": "n", "libelleErreur": "cvc" }],
            "listeErreurDP": [{ "numeroDP": "F-1", "libelleErreurDP": "TypeCode" }, { "libelleErreurDP": null }],
        });
        let Some(Deposited::Ended(status)) = deposited(&report) else { panic!() };
        assert_eq!(status.reason.as_deref(), Some("ERR_XSD_001"));
        assert_eq!(status.text.as_deref(), Some("cvc\nTypeCode"));
        assert_eq!(status.at.as_deref(), Some("2026-11-21 10:08"));
        assert_eq!(status.voice, Voice::Platform);
    }

    #[test]
    fn who_refused_follows_from_how_far_it_came() {
        let refused = json!({ "histoStatutCode": "REJETEE", "histoStatutDatePassage": "2026-11-21 10:09", "histoStatutId": 3,
            "histoStatutCommentaire": "EJ_ERR : engagement inconnu" });
        let shown = json!({ "histoStatutCode": "MISE_A_DISPOSITION", "histoStatutDatePassage": "2026-11-21 10:09",
            "histoStatutId": 2 });
        let deposed =
            json!({ "histoStatutCode": "DEPOSEE", "histoStatutDatePassage": "2026-11-21 10:08", "histoStatutId": 1 });
        let voices = |entries: &[Value]| history(entries, None).iter().map(|s| s.voice).collect::<Vec<_>>();
        assert_eq!(voices(&[refused.clone(), deposed.clone()]), [Voice::Platform, Voice::Platform]);
        assert_eq!(voices(&[refused.clone(), shown, deposed]), [Voice::Platform, Voice::Platform, Voice::Buyer]);
        let mut signed = refused;
        signed["histoStatutUtilisateurNom"] = json!("Martin");
        assert_eq!(voices(&[signed.clone()]), [Voice::Buyer]);
        assert_eq!(history(&[signed], None)[0].reason.as_deref(), Some("EJ_ERR"));
        assert_eq!(history(&[], Some("SUSPENDUE".into()))[0].voice, Voice::Buyer);
        assert!(history(&[json!({}), json!(3)], None).is_empty());
    }

    #[test]
    fn motives_are_codes_not_words() {
        for (comment, expected) in [
            ("EJ_ERR : inconnu", Some("EJ_ERR")),
            ("Motif : SE_ERR - service", Some("SE_ERR")),
            ("MOTIF\u{a0}: AUTRE", Some("AUTRE")),
            ("EJ_ERR", Some("EJ_ERR")),
            ("SIRET inconnu", None),
            ("TVA", None),
            ("AUTREMENT dit", None),
            ("CMD_2026_01 refusée", None),
            ("Voir EJ_ERR", None),
            ("", None),
            ("motié", None),
        ] {
            assert_eq!(motive(comment).as_deref(), expected, "{comment}");
        }
    }

    proptest! {
        #[test]
        fn any_order_of_entries_gives_the_same_history(order in Just((0..8u32).collect::<Vec<_>>()).prop_shuffle()) {
            let entry = |n: &u32| json!({ "histoStatutCode": format!("S{n}"), "histoStatutId": n,
                "histoStatutDatePassage": format!("2026-11-21 10:{:02}", n / 3) });
            let entries: Vec<Value> = order.iter().map(entry).collect();
            let codes: Vec<String> = history(&entries, None).into_iter().map(|s| s.code).collect();
            prop_assert_eq!(codes, (0..8).map(|n| format!("S{n}")).collect::<Vec<_>>());
        }

        #[test]
        fn no_comment_or_date_breaks_it(text in "\\PC*") {
            let _ = motive(&text);
            let _ = moment(&text);
        }
    }
}
